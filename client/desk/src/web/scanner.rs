//! The desk's scanner: files become pages, read by `tidings_paper`.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tidings_paper::{
    code::{CodeError, CodeKey, PageKind},
    geometry::Tick,
    scan::{Finding, PageError, ScannedPage, Slip, Source, TickHint, Unread, join, scan_source},
};

use crate::{BoxTick, Desk, Error, PageFound, PageRead, ReadError, Reader, ScannedFile};

/// Sureness from which a tick is told as one.
const SURE: f64 = 0.3;

/// Reads files with the office's key.
pub(crate) struct OfficeScanner {
    keys: [CodeKey; 1],
    threads: NonZeroUsize,
    stop: Arc<AtomicBool>,
}

impl OfficeScanner {
    /// The scanner of this desk. It stops at the next page once `stop` is set.
    pub(crate) fn of(desk: &Desk, stop: Arc<AtomicBool>) -> Result<Self, Error> {
        Ok(Self {
            keys: [CodeKey::new(*desk.code_key()?)],
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            stop,
        })
    }
}

impl Reader for OfficeScanner {
    fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
        match Source::open(file) {
            Ok(source) if source.pages() == 0 => Err(ReadError {
                code: "scan-file-no-pages",
            }),
            Ok(source) => Ok(Box::new(Pile {
                scanner: self,
                source,
            })),
            Err(error) => Err(ReadError { code: error.code() }),
        }
    }
}

struct Pile<'a> {
    scanner: &'a OfficeScanner,
    source: Source,
}

impl ScannedFile for Pile<'_> {
    fn pages(&self) -> u32 {
        u32::try_from(self.source.pages()).unwrap_or(u32::MAX)
    }

    fn is_whole(&self) -> bool {
        self.source.is_whole()
    }

    fn read(&self, from: u32, take: &mut dyn FnMut(PageRead) -> ControlFlow<()>) {
        let OfficeScanner {
            keys,
            threads,
            stop,
        } = self.scanner;
        scan_source(&self.source, keys, from as usize, *threads, |_, page| {
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            take(read(page))
        });
    }
}

/// A page of the scanner as a page of the desk.
fn read(page: Result<ScannedPage, PageError>) -> PageRead {
    match page {
        Ok(page) => PageRead {
            found: found(&page),
            media_type: page.picture.format.media_type().to_owned(),
            ticks: ticks(&page.ticks),
            image: page.picture.bytes,
        },
        Err(_) => PageRead {
            found: PageFound::Broken,
            media_type: "image/png".to_owned(),
            image: Vec::new(),
            ticks: None,
        },
    }
}

fn found(page: &ScannedPage) -> PageFound {
    // PAPER-15, by the one who wrote it down: only a page without any code may be empty.
    if !join(&[Slip::of(page)]).blanks.is_empty() {
        return PageFound::Blank;
    }
    match &page.finding {
        Finding::Proven(code) => {
            let (sheet, page, pages) = (code.number().value(), code.page(), code.pages());
            match code.kind() {
                PageKind::Reply => PageFound::Sheet { sheet, page, pages },
                PageKind::Letter => PageFound::Returned { sheet, page, pages },
            }
        }
        Finding::Unread(Unread::NoCode) => PageFound::Unread,
        Finding::Unread(Unread::Refused(refused)) => {
            let is_foreign = |error: &CodeError| matches!(error, CodeError::AnotherOffice { .. });
            if refused.iter().all(is_foreign) {
                PageFound::Foreign
            } else {
                PageFound::Unread
            }
        }
        Finding::Unread(Unread::Differ { proven, .. }) => {
            if proven.windows(2).any(|two| two[0] != two[1]) {
                PageFound::Several
            } else {
                PageFound::Differ
            }
        }
    }
}

fn ticks(hints: &[TickHint]) -> Option<[BoxTick; 4]> {
    let told = Tick::ALL.map(|tick| {
        let hint = hints.iter().find(|hint| hint.tick == tick)?;
        Some(match (hint.confidence >= SURE, hint.ticked) {
            (false, _) => BoxTick::Unsure,
            (true, true) => BoxTick::Yes,
            (true, false) => BoxTick::No,
        })
    });
    match told {
        [Some(letter), Some(photo), Some(drawing), Some(parcel)] => {
            Some([letter, photo, drawing, parcel])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LetterFilter, PageState, PaperSize, ReplyState, Role, State,
        testing::{List, Office, START},
        web::press::OfficePress,
    };

    fn scanner(desk: &Desk) -> OfficeScanner {
        OfficeScanner::of(desk, Arc::default()).unwrap()
    }

    /// An office whose press has printed letters with reply sheets of two pages.
    fn printed(letters: u64, paper: PaperSize) -> (Office, Vec<u8>) {
        let office = Office::new();
        let list = List::default();
        let numbers: Vec<_> = (1..=letters)
            .map(|n| list.receive(n, "Ґринченко Олександр", "У нас усе гаразд.", &[]))
            .collect();
        let (desk, head) = (&office.desk, &office.head);
        desk.import(&list, START).unwrap();
        desk.begin_review(head, &numbers, START).unwrap();
        desk.pass(head, &numbers, START).unwrap();
        let job = desk
            .make_print_job(head, &numbers, paper, 2, START)
            .unwrap();
        let press = OfficePress::of(desk).unwrap();
        assert_eq!(desk.run_print_jobs(&press, START).unwrap(), 1);
        let pdf = desk.print_job_document(head, job, START).unwrap();
        (office, pdf)
    }

    #[test]
    fn what_the_press_prints_the_scanner_reads() {
        for paper in [PaperSize::A4, PaperSize::A5] {
            let (office, pdf) = printed(3, paper);
            let (desk, head) = (&office.desk, &office.head);
            desk.take_scan(head, "pile.pdf", &pdf, START).unwrap();
            let report = desk.read_scans(&scanner(desk), START).unwrap();
            // Two pages of a reply from each letter; the letters' own pages and the cover sheet wait.
            assert_eq!((report.files, report.joined, report.queued), (1, 6, 4));
            let ready = desk.replies(head, Some(ReplyState::Ready), 9).unwrap();
            assert_eq!(ready.len(), 3);
            let (_, pages) = desk.reply_pages(head, ready[0].id).unwrap();
            let numbers: Vec<u8> = pages.iter().map(|page| page.number).collect();
            assert_eq!(numbers, [1, 2]);
            assert_eq!(pages[0].ticks, Some([BoxTick::No; 4]));
            let mut waiting: Vec<PageState> = desk
                .queued_pages(head, 9)
                .unwrap()
                .iter()
                .map(|page| page.state)
                .collect();
            waiting.sort_by_key(|state| state.word());
            assert_eq!(
                waiting,
                [
                    PageState::Returned,
                    PageState::Returned,
                    PageState::Returned,
                    PageState::Unread
                ]
            );
            let rows = desk
                .letters(head, &LetterFilter::default(), None, 9)
                .unwrap()
                .rows;
            assert!(rows.iter().all(|row| row.state == State::Printed));
        }
    }

    #[test]
    fn sheets_of_another_office_are_told_as_such() {
        let (_, pdf) = printed(1, PaperSize::A5);
        let office = Office::new();
        let scanning = office.actor(Role::Scanner);
        let desk = &office.desk;
        desk.take_scan(&scanning, "theirs.pdf", &pdf, START)
            .unwrap();
        let report = desk.read_scans(&scanner(desk), START).unwrap();
        assert_eq!((report.joined, report.queued), (0, 3));
        let waiting = desk.queued_pages(&scanning, 9).unwrap();
        assert!(waiting.iter().all(|page| page.state == PageState::Foreign));
        assert!(waiting.iter().all(|page| page.said.is_none()));
    }

    #[test]
    fn files_that_are_none_say_why() {
        let office = Office::new();
        let (desk, head) = (&office.desk, &office.head);
        for (name, file) in [
            ("empty.pdf", &b""[..]),
            ("letter.docx", b"PK\x03\x04"),
            ("cut.pdf", b"%PDF-1.7\n"),
        ] {
            desk.take_scan(head, name, file, START).unwrap();
        }
        let report = desk.read_scans(&scanner(desk), START).unwrap();
        assert_eq!((report.files, report.failed), (0, 3));
        let mut codes: Vec<_> = desk
            .scans(head, 9)
            .unwrap()
            .into_iter()
            .filter_map(|scan| scan.failure)
            .collect();
        codes.sort();
        assert_eq!(
            codes,
            [
                "scan-file-damaged",
                "scan-file-empty",
                "scan-file-unknown-format"
            ]
        );
    }

    #[test]
    fn a_scanner_that_is_told_to_stop_leaves_the_rest_for_later() {
        let (office, pdf) = printed(1, PaperSize::A5);
        let (desk, head) = (&office.desk, &office.head);
        desk.take_scan(head, "pile.pdf", &pdf, START).unwrap();
        let stop = Arc::new(AtomicBool::new(true));
        let stopped = OfficeScanner::of(desk, Arc::clone(&stop)).unwrap();
        desk.read_scans(&stopped, START).unwrap();
        assert!(desk.scans(head, 1).unwrap()[0].waiting);
        stop.store(false, Ordering::Relaxed);
        desk.read_scans(&stopped, START).unwrap();
        assert!(!desk.scans(head, 1).unwrap()[0].waiting);
        assert_eq!(desk.replies(head, None, 9).unwrap().len(), 1);
    }
}
