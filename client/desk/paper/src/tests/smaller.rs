//! The smaller forms: with little, with much, in each language.

use super::read::{assert_inside, data_matrices, pixels, squeezed, text};
use super::*;
use crate::PaperError;
use crate::forms::{
    CampaignForm, Contents, CoverEntry, CoverForm, EnvelopeLabel, Handover, Label, LabelSheet,
    LabelsForm, ManifestForm, ManifestParcel, ParcelLabel, PosterForm,
};

fn endless() -> String {
    format!("{} {}", "Ї".repeat(60), "Зимова кампанія ".repeat(6))
}

fn label(n: u32) -> Label {
    if n.is_multiple_of(2) {
        Label::Envelope(EnvelopeLabel {
            language: Language::ALL[n as usize % 3],
            addressee: captive(),
            number: n,
            sheet: sheet(n + 1),
        })
    } else {
        Label::Parcel(ParcelLabel {
            language: Language::ALL[n as usize % 3],
            campaign: endless(),
            list: "7".to_owned(),
            // As an office writes them, up to the longest.
            parcel: match n % 3 {
                0 => "Щ".repeat(crate::forms::PARCEL_NUMBER_MAX),
                1 => format!("П-{n:03}"),
                _ => format!("7-{n:03}"),
            },
            machine: format!("={n}"),
            addressee: "K-0012".to_owned(),
            seal: Some("A081000".to_owned()),
        })
    }
}

#[test]
fn labels_stay_on_their_label_and_are_read_by_a_scanner() {
    for kind in [LabelSheet::Fourteen, LabelSheet::Eight] {
        let form = LabelsForm {
            sheet: kind,
            used: 3,
            labels: (0..20).map(label).collect(),
        };
        let pages = form.set(&office()).unwrap();
        let (rows, height, top) = match kind {
            LabelSheet::Fourteen => (7, 38.1, 15.15),
            LabelSheet::Eight => (4, 67.7, 13.1),
        };
        assert_eq!(pages.len(), (20 + 3_usize).div_ceil(kind.count()));
        for runs in super::read::runs(&pages) {
            for run in runs {
                let column = if run.left > 105.0 { 106.25 } else { 4.65 };
                assert!(
                    run.left >= column + 2.0 && run.right <= column + 97.1,
                    "{run:?}"
                );
                let row = ((run.baseline - top) / height).floor();
                assert!((0.0..f64::from(rows)).contains(&row), "{run:?}");
                let within = run.baseline - top - row * height;
                assert!(
                    (2.0..height - 1.0).contains(&within),
                    "{kind:?} {within} {run:?}"
                );
            }
        }
        let pdf = pages.to_pdf(&id()).unwrap();
        let mut read: Vec<String> = pixels(&pdf, 200.0)
            .iter()
            .flat_map(data_matrices)
            .map(|(bytes, _)| String::from_utf8(bytes).unwrap())
            .collect();
        let mut expected: Vec<String> = (0..20)
            .map(|n| match n % 2 {
                0 => sheet(n + 1).digits(),
                _ => format!("={n}"),
            })
            .collect();
        read.sort_unstable();
        expected.sort_unstable();
        assert_eq!(read, expected);
    }
}

#[test]
fn labels_refuse_what_does_not_fit() {
    let form = |used, labels| LabelsForm {
        sheet: LabelSheet::Eight,
        used,
        labels,
    };
    let error = |form: LabelsForm| form.set(&office()).unwrap_err();
    assert!(matches!(
        error(form(0, Vec::new())),
        PaperError::Empty { .. }
    ));
    assert!(matches!(
        error(form(8, vec![label(1)])),
        PaperError::TooMany { .. }
    ));
    let mut long = label(1);
    if let Label::Parcel(parcel) = &mut long {
        parcel.parcel = "9".repeat(crate::forms::PARCEL_NUMBER_MAX + 1);
    }
    assert!(matches!(
        error(form(0, vec![long])),
        PaperError::TooMany { .. }
    ));
}

#[test]
fn covers_list_every_letter_in_every_language() {
    on_each_paper(|printing| {
        for language in Language::ALL {
            let form = CoverForm {
                title: endless(),
                note: Some(endless()),
                language,
                printed: Day(20_600),
                entries: (1..=120)
                    .map(|n| CoverEntry {
                        sheet: sheet(n),
                        number: n,
                        addressee: endless(),
                    })
                    .collect(),
            };
            let pages = form.set(printing).unwrap();
            assert_inside(&pages, "cover");
            let printed = squeezed(&text(&pages));
            for entry in &form.entries {
                assert!(printed.contains(&entry.sheet.to_string()));
            }
        }
    });
}

#[test]
fn manifests_hold_every_parcel_and_name_nobody() {
    for language in Language::ALL {
        let form = ManifestForm {
            campaign: endless(),
            list: "7".to_owned(),
            language,
            parcels: (1..=150)
                .map(|n| ManifestParcel {
                    number: format!("7-{n:03}"),
                    seal: (n % 2 == 0).then(|| format!("A{n:06}")),
                    addressee: format!("K-{n:04}"),
                    contents: vec![Contents {
                        what: endless(),
                        count: n,
                    }],
                    grams: Some(1_000 + n),
                    letters: (0..n % 9).map(|i| sheet(10 * n + i)).collect(),
                    packers: vec!["О. Коваль".to_owned(), endless()],
                })
                .collect(),
            handovers: vec![Handover {
                day: Day(20_611),
                by: endless(),
                to: endless(),
                counted: 150,
                exceptions: Some(endless()),
            }],
            blank_handovers: 8,
            signed: Some(crate::forms::Signed {
                fingerprint: "0123abcd".repeat(8),
                signature: "4567cdef".repeat(16),
                key: "89ab0123".repeat(8),
            }),
        };
        let pages = form.set(&office()).unwrap();
        assert_inside(&pages, "manifest");
        let printed = squeezed(&text(&pages));
        for signed in ["0123abcd", "4567cdef", "89ab0123"] {
            assert!(printed.contains(signed), "{signed}");
        }
        for parcel in &form.parcels {
            assert!(printed.contains(&parcel.number) && printed.contains(&parcel.addressee));
            for number in &parcel.letters {
                assert!(printed.contains(&number.to_string()), "{number}");
            }
        }
        let mut empty = form.clone();
        empty.parcels.clear();
        assert!(matches!(
            empty.set(&office()),
            Err(PaperError::Empty { .. })
        ));
        let mut many = form;
        many.blank_handovers = 9;
        assert!(matches!(
            many.set(&office()),
            Err(PaperError::TooMany { .. })
        ));
    }
}

#[test]
fn campaigns_stay_on_one_page() {
    on_each_paper(|printing| {
        let form = CampaignForm {
            name: endless(),
            list: Some("7".to_owned()),
            route: Some(endless()),
            day: Day(20_600),
            parcels: 2_000,
            letters: 4_000,
            contents: (0..8)
                .map(|n| Contents {
                    what: format!("шкарпетки {n}"),
                    count: n,
                })
                .collect(),
            languages: [Language::Ukrainian, Language::Russian],
        };
        let pages = form.set(printing).unwrap();
        assert_eq!(pages.len(), 1);
        assert_inside(&pages, "campaign");
    });
}

#[test]
fn the_poster_holds_the_link_as_code_and_as_text() {
    let link = format!("https://card.example/#{}", "uE4c9QkX7vT2mWz5".repeat(18));
    let words = |word: &str| vec![word.to_owned(); 8];
    on_each_paper(|printing| {
        let form = PosterForm {
            link: link.clone(),
            check_words: [words("яблуко"), words("яблоко"), words("apple")],
        };
        let pages = form.set(printing).unwrap();
        assert_eq!(pages.len(), 1);
        assert_inside(&pages, "poster");
        assert!(squeezed(&text(&pages)).contains(&link));
        let page = pixels(&pages.to_pdf(&id()).unwrap(), 200.0).remove(0);
        let view = zxingcpp::ImageView::from_slice(
            page.as_raw(),
            page.width(),
            page.height(),
            zxingcpp::ImageFormat::Lum,
        )
        .unwrap();
        let found = zxingcpp::read()
            .formats([zxingcpp::BarcodeFormat::QRCode])
            .from(&view)
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text(), link);
        let long = PosterForm {
            link: "x".repeat(4_000),
            ..form
        };
        assert!(matches!(
            long.set(printing),
            Err(PaperError::Qr { got: 4_000 })
        ));
    });
}
