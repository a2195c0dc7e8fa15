//! Piles of pages: one that is long, one that a kill broke off, one that was scanned twice, one that does not read.

use super::*;

#[test]
fn a_file_that_cannot_be_read_stays_and_holds_up_no_other() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let desk = &scanning.office.desk;
    desk.take_scan(&scanning.scanner, "bad\u{7}.pdf", b"\xff\xfe", START)
        .unwrap();
    let report = scanning.scan(&format!("{one} 1 1"));
    assert_eq!((report.files, report.failed), (1, 1));
    let scans = desk.scans(&scanning.scanner, 9).unwrap();
    assert_eq!(scans[1].failure.as_deref(), Some("broken"));
    assert_eq!(scans[1].name, "bad.pdf");
}

#[test]
fn a_desk_that_stopped_in_the_middle_of_a_pile_goes_on() {
    struct Broken(std::sync::Mutex<u32>);
    impl Reader for Broken {
        fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
            let mut left = lock(&self.0);
            *left = left.checked_sub(1).expect("killed");
            Lines.open(file)
        }
    }
    let scanning = Scanning::new(3);
    let desk = &scanning.office.desk;
    for (n, sheet) in scanning.sheets.iter().enumerate() {
        let file = format!("{sheet} 1 1");
        desk.take_scan(
            &scanning.scanner,
            &format!("{n}.pdf"),
            file.as_bytes(),
            START,
        )
        .unwrap();
    }
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = desk.read_scans(&Broken(std::sync::Mutex::new(2)), START);
    }));
    assert!(killed.is_err());
    let Scanning {
        office,
        list,
        scanner,
        sheets,
    } = scanning;
    let scanning = Scanning {
        office: office.reopened(),
        list,
        scanner,
        sheets,
    };
    let report = scanning.office.desk.read_scans(&Lines, START).unwrap();
    assert_eq!(report.files, 1, "two were read before");
    assert_eq!(scanning.send().sent, 3);
    assert_eq!(scanning.replied().len(), 3);
}

/// A pile that is longer than what is stored at once, and a kill in its middle: it goes on with the page that was not stored.
#[test]
fn a_long_pile_goes_on_with_the_page_that_was_not_stored() {
    struct Killed(std::sync::Mutex<u32>);
    struct KilledPile<'a>(Pile, &'a Killed);
    impl Reader for Killed {
        fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
            let text = String::from_utf8(file).unwrap();
            Ok(Box::new(KilledPile(Pile(text), self)))
        }
    }
    impl ScannedFile for KilledPile<'_> {
        fn pages(&self) -> u32 {
            self.0.pages()
        }

        fn read(&self, from: u32, take: &mut dyn FnMut(PageRead) -> ControlFlow<()>) {
            self.0.read(from, &mut |page| {
                let mut left = lock(&self.1.0);
                *left = left.checked_sub(1).expect("killed");
                drop(left);
                take(page)
            });
        }
    }
    let mut scanning = Scanning::new(30);
    let pile: Vec<String> = scanning
        .sheets
        .iter()
        .map(|sheet| format!("{sheet} 1 1\nblank"))
        .collect();
    scanning
        .office
        .desk
        .take_scan(
            &scanning.scanner,
            "pile.pdf",
            pile.join("\n").as_bytes(),
            START,
        )
        .unwrap();
    let mut opened = Vec::new();
    for pages in [5, 17, 30] {
        let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = scanning
                .office
                .desk
                .read_scans(&Killed(std::sync::Mutex::new(pages)), START);
        }));
        assert!(killed.is_err());
        let Scanning {
            office,
            list,
            scanner,
            sheets,
        } = scanning;
        scanning = Scanning {
            office: office.reopened(),
            list,
            scanner,
            sheets,
        };
        let scan = &scanning.office.desk.scans(&scanning.scanner, 1).unwrap()[0];
        assert!(scan.waiting && scan.pages == 60);
        opened.push(scan.read);
    }
    assert_eq!(opened, [0, 12, 36]);
    scanning.office.desk.read_scans(&Lines, START).unwrap();
    assert_eq!(scanning.send().sent, 30);
    let mut replied = scanning.replied();
    replied.sort();
    assert_eq!(replied.len(), 30, "no reply twice, none lost");
    assert!(replied.iter().all(|(_, pages)| pages.len() == 1));
}

// PAPER-14

#[test]
fn a_pile_that_was_scanned_twice_is_put_aside_at_once_and_can_be_brought_back() {
    let scanning = Scanning::new(2);
    let [one, two] = scanning.sheets[..] else {
        panic!()
    };
    scanning.scan(&format!("{one} 1 1\n{two} 1 1"));
    scanning.scan(&format!("{one} 1 1 \n{two} 1 1 \nunread"));
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    assert_eq!(desk.queued_pages(scanner, 9).unwrap().len(), 3);
    assert_eq!(desk.discard_doubles(scanner, 2, START).unwrap(), 2);
    assert_eq!(desk.queued_pages(scanner, 9).unwrap().len(), 1);
    let (scan, pages) = desk.scan_pages(scanner, 2).unwrap();
    assert_eq!((scan.pages, scan.read, scan.queued), (3, 3, 1));
    assert_eq!(pages[0].state, ScanPageState::Aside);
    desk.restore_page(scanner, pages[0].id, START).unwrap();
    assert!(desk.restore_page(scanner, pages[0].id, START).is_err());
    assert_eq!(desk.queued_pages(scanner, 9).unwrap().len(), 2);
}

#[test]
fn a_file_that_failed_is_read_again_or_erased() {
    let scanning = Scanning::new(1);
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    let Taken::New(id) = desk.take_scan(scanner, "bad.pdf", b"\xff", START).unwrap() else {
        panic!()
    };
    desk.read_scans(&Lines, START).unwrap();
    desk.retry_scan(scanner, id, START).unwrap();
    assert_eq!(desk.read_scans(&Lines, START).unwrap().failed, 1);
    desk.erase_scan(scanner, id, START).unwrap();
    assert!(desk.retry_scan(scanner, id, START).is_err());
    // It may come again.
    let again = desk.take_scan_from_folder("bad.pdf", b"\xff", START);
    assert!(matches!(again, Ok(Taken::New(_))));
}
