//! Batches: one document of many letters, the same for any number of threads.

use std::num::NonZeroUsize;

use super::read::{data_matrices, pixels};
use super::*;
use crate::PaperError;
use crate::batch::{self, BatchItem, BatchPlan, BatchReport};
use crate::code::PageCode;
use crate::forms::{CoverEntry, CoverForm};
use crate::pictures::{Picture, PictureKind};

fn items(count: u32) -> Vec<BatchItem> {
    let mut items = vec![BatchItem::Cover(CoverForm {
        title: "Мінськ — 3, пачка 12".to_owned(),
        note: None,
        language: Language::Ukrainian,
        printed: Day(20_600),
        entries: (1..=count)
            .map(|n| CoverEntry {
                sheet: sheet(2 * n),
                number: n,
                addressee: captive().own,
            })
            .collect(),
    })];
    items.extend((1..=count).map(|n| {
        let mut form = letter(&format!("Лист {n}. Вітання з дому!"));
        form.sheet = sheet(2 * n);
        let mut answer = reply(1);
        answer.sheet = sheet(2 * n + 1);
        BatchItem::Letter(Box::new(form), Some(answer))
    }));
    items
}

fn print(plan: &BatchPlan<'_>, items: Vec<BatchItem>) -> (Vec<u8>, BatchReport) {
    let mut out = Vec::new();
    let report = batch::print(plan, items.into_iter().map(Ok::<_, PaperError>), &mut out).unwrap();
    (out, report)
}

fn with_plan<T>(paper: Paper, test: impl Fn(BatchPlan<'_>) -> T) -> T {
    let (office, key) = (office(), key());
    test(BatchPlan {
        printing: Printing {
            office: &office,
            key: &key,
            paper,
        },
        id: id(),
        both_sides: false,
        two_on_a_sheet: false,
        threads: NonZeroUsize::new(1),
    })
}

// PRINT-1, PRINT-8
#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    with_plan(Paper::A4, |mut plan| {
        let (alone, report) = print(&plan, items(40));
        plan.threads = NonZeroUsize::new(3);
        crate::batch::forget();
        let (shared, _) = print(&plan, items(40));
        assert!(alone == shared);
        assert_eq!(report.letters.len(), 40);
        assert!(report.failed.is_empty());
        assert_eq!(report.pages, report.letters[39].first_page + 1);
    });
}

// PRINT-8
#[test]
fn every_letter_is_on_the_pages_that_the_report_names() {
    with_plan(Paper::A5, |mut plan| {
        plan.both_sides = true;
        let (pdf, report) = print(&plan, items(20));
        let pages = pixels(&pdf, 110.0);
        assert_eq!(pages.len(), report.pages);
        for entry in &report.letters {
            assert_eq!(entry.first_page % 2, 1, "begins a sheet of paper");
            // The letter, an empty back, the reply sheet, an empty back.
            assert_eq!(entry.pages, 4);
            let number = |page: usize| {
                data_matrices(&pages[page - 1])
                    .first()
                    .map(|(bytes, _)| PageCode::open(bytes, &[key()]).unwrap().0.number())
            };
            assert_eq!(number(entry.first_page), Some(entry.sheet));
            assert_eq!(number(entry.first_page + 1), None);
            assert_eq!(
                number(entry.first_page + 2),
                Some(sheet(entry.sheet.value() + 1))
            );
        }
    });
}

#[test]
fn a_letter_that_cannot_be_printed_is_named_and_the_others_are_printed() {
    with_plan(Paper::A4, |plan| {
        let mut all = items(5);
        if let Some(BatchItem::Letter(form, _)) = all.get_mut(3) {
            form.pictures.push(Picture {
                kind: PictureKind::Photo,
                bytes: b"not a picture".to_vec(),
            });
        }
        let (_, report) = print(&plan, all);
        assert_eq!(report.letters.len(), 4);
        let [(failed, error)] = &report.failed[..] else {
            panic!("{report:?}");
        };
        assert_eq!(*failed, sheet(6));
        assert!(
            matches!(error, PaperError::Picture { number: 1, .. }),
            "{error}"
        );
    });
}

#[test]
fn two_pages_of_a5_share_a_sheet_of_a4_and_keep_their_codes() {
    with_plan(Paper::A5, |mut plan| {
        plan.two_on_a_sheet = true;
        let (pdf, report) = print(&plan, items(2).split_off(1));
        assert_eq!(report.pages, 2);
        for page in pixels(&pdf, 150.0) {
            assert!(page.width() > page.height());
            assert_eq!(data_matrices(&page).len(), 4);
        }
        plan.printing.paper = Paper::A4;
        let out = batch::print(
            &plan,
            items(1).into_iter().map(Ok::<_, PaperError>),
            Vec::new(),
        );
        assert!(matches!(out, Err(PaperError::Imposition { .. })));
    });
}

#[test]
fn an_error_of_the_source_ends_the_batch() {
    #[derive(Debug)]
    enum Stop {
        Source,
        Paper,
    }
    impl From<PaperError> for Stop {
        fn from(_: PaperError) -> Self {
            Self::Paper
        }
    }
    with_plan(Paper::A4, |plan| {
        let items = items(1).into_iter().map(Ok).chain([Err(Stop::Source)]);
        assert!(matches!(
            batch::print(&plan, items, Vec::new()),
            Err(Stop::Source)
        ));
    });
}

#[test]
fn an_empty_batch_is_a_document_without_pages() {
    with_plan(Paper::A4, |plan| {
        let none = std::iter::empty::<Result<BatchItem, PaperError>>();
        let report = batch::print(&plan, none, Vec::new()).unwrap();
        assert_eq!(report.pages, 0);
    });
}

// The report is printed in logs; numbers of sheets lead to letters.
#[test]
fn reports_do_not_tell_numbers() {
    with_plan(Paper::A4, |plan| {
        let (_, report) = print(&plan, items(1));
        assert!(!format!("{report:?}").contains("0000-0002"));
    });
}
