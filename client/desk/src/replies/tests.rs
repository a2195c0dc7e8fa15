mod piles;

use std::ops::ControlFlow;

use super::*;
use crate::{
    Role, State,
    printing::print_for_test,
    testing::{List, Office, START, lock},
};
use tidings_client::ContactNumber;

/// A reader of files that say what stands on their pages: one page a line.
struct Lines;

impl Reader for Lines {
    fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
        let text = String::from_utf8(file).map_err(|_| ReadError { code: "broken" })?;
        Ok(Box::new(Pile(text)))
    }
}

struct Pile(String);

impl ScannedFile for Pile {
    fn pages(&self) -> u32 {
        self.0.lines().count() as u32
    }

    fn is_whole(&self) -> bool {
        !self.0.contains("torn")
    }

    fn read(&self, from: u32, take: &mut dyn FnMut(PageRead) -> ControlFlow<()>) {
        for line in self.0.lines().skip(from as usize) {
            if take(page(line)).is_break() {
                return;
            }
        }
    }
}

fn page(line: &str) -> PageRead {
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    let numbers: Vec<u32> = [kind, rest]
        .iter()
        .flat_map(|part| part.split(' '))
        .filter_map(|word| word.parse().ok())
        .collect();
    let found = match (kind, numbers.as_slice()) {
        ("blank", _) => PageFound::Blank,
        ("unread", _) => PageFound::Unread,
        ("foreign", _) => PageFound::Foreign,
        ("differ", _) => PageFound::Differ,
        ("several", _) => PageFound::Several,
        ("torn", _) => PageFound::Blank,
        ("broken", _) => PageFound::Broken,
        ("letter", &[sheet, page, pages]) => PageFound::Returned {
            sheet,
            page: page as u8,
            pages: pages as u8,
        },
        (_, &[sheet, page, pages]) => PageFound::Sheet {
            sheet,
            page: page as u8,
            pages: pages as u8,
        },
        _ => panic!("{line}"),
    };
    let image = match found {
        PageFound::Broken => Vec::new(),
        _ => format!("picture of {line}").into_bytes(),
    };
    PageRead {
        found,
        media_type: "image/png".into(),
        image,
        ticks: line.ends_with("1 2").then_some([
            BoxTick::Yes,
            BoxTick::No,
            BoxTick::Unsure,
            BoxTick::No,
        ]),
    }
}

struct Scanning {
    office: Office,
    list: List,
    scanner: Actor,
    /// Sheet numbers of the letters 1, 2, …
    sheets: Vec<u32>,
}

impl Scanning {
    fn new(letters: u64) -> Self {
        let office = Office::new();
        let list = List::default();
        let numbers: Vec<LetterNumber> = (1..=letters)
            .map(|n| list.receive(n, "Іван", "Чекаємо", &[]))
            .collect();
        let desk = &office.desk;
        desk.import(&list, START).unwrap();
        desk.begin_review(&office.head, &numbers, START).unwrap();
        desk.pass(&office.head, &numbers, START).unwrap();
        print_for_test(desk, &office.head, &numbers);
        let sheets = numbers
            .iter()
            .map(|number| {
                desk.letter_row(&office.head, *number)
                    .unwrap()
                    .sheet
                    .unwrap()
            })
            .collect();
        let scanner = office.actor(Role::Scanner);
        Self {
            office,
            list,
            scanner,
            sheets,
        }
    }

    fn scan(&self, file: &str) -> ScanReport {
        let desk = &self.office.desk;
        let taken = desk
            .take_scan(&self.scanner, "pile.pdf", file.as_bytes(), START)
            .unwrap();
        assert!(matches!(taken, Taken::New(_)));
        desk.read_scans(&Lines, START).unwrap()
    }

    fn replied(&self) -> Vec<(u64, Vec<String>)> {
        let replies = lock(&self.list.replies);
        replies
            .iter()
            .map(|(to, draft)| {
                let pages = draft.attachments.iter();
                let pages = pages.map(|page| String::from_utf8(page.bytes.clone()).unwrap());
                (to.0, pages.collect())
            })
            .collect()
    }

    fn send(&self) -> RepliesReport {
        self.office.desk.send_replies(&self.list, START).unwrap()
    }
}

#[test]
fn pages_are_joined_in_order_and_reach_the_family_that_wrote() {
    let scanning = Scanning::new(2);
    let [one, two] = scanning.sheets[..] else {
        panic!()
    };
    // Mixed, backwards, with an empty back.
    let report = scanning.scan(&format!("{one} 2 2\nblank\n{two} 1 1\n{one} 1 2"));
    assert_eq!(
        (report.joined, report.queued, report.passed_over),
        (3, 0, 1)
    );
    assert_eq!(scanning.send().sent, 2);
    let mut replied = scanning.replied();
    replied.sort();
    assert_eq!(
        replied,
        [
            (
                1,
                vec![
                    format!("picture of {one} 1 2"),
                    format!("picture of {one} 2 2")
                ]
            ),
            (2, vec![format!("picture of {two} 1 1")]),
        ]
    );
    for number in [1, 2] {
        let row = scanning
            .office
            .desk
            .letter_row(&scanning.scanner, LetterNumber(number))
            .unwrap();
        assert_eq!(row.state, State::ReplyReceived);
    }
    assert_eq!(scanning.send(), RepliesReport::default());
}

#[test]
fn a_reply_waits_for_its_missing_page_until_a_person_says_that_none_comes() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    scanning.scan(&format!("{one} 1 2"));
    assert_eq!(scanning.send().sent, 0);
    let desk = &scanning.office.desk;
    let open = desk
        .replies(&scanning.scanner, Some(ReplyState::Open), 9)
        .unwrap();
    assert_eq!((open.len(), open[0].pages, open[0].of), (1, 1, 2));
    desk.finish_reply(&scanning.scanner, open[0].id, START)
        .unwrap();
    assert_eq!(scanning.send().sent, 1);
}

#[test]
fn the_same_file_and_the_same_page_count_once() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let file = format!("{one} 1 2");
    scanning.scan(&file);
    let desk = &scanning.office.desk;
    let again = desk.take_scan(&scanning.scanner, "again.pdf", file.as_bytes(), START);
    assert!(matches!(again, Ok(Taken::Doubled(1))));
    let report = scanning.scan(&format!("{one} 1 2\n{one} 2 2"));
    assert_eq!((report.joined, report.passed_over), (1, 1));
    scanning.send();
    assert_eq!(scanning.replied()[0].1.len(), 2);
}

/// Another picture of a page that is there: a worse scan, or a second letter on a copied sheet. A person decides.
#[test]
fn a_second_picture_of_a_page_waits_for_a_person() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let desk = &scanning.office.desk;
    scanning.scan(&format!("{one} 1 1"));
    scanning.send();
    let report = scanning.scan(&format!("{one} 1 1 \n"));
    assert_eq!(report.queued, 1);
    let queued = desk.queued_pages(&scanning.scanner, 9).unwrap();
    assert_eq!(queued[0].state, PageState::Doubled);
    let placed = desk.place_page(&scanning.scanner, queued[0].id, one, 1, 1, START);
    assert!(matches!(placed, Err(Error::PageIsThere)));
    desk.place_page_anew(&scanning.scanner, queued[0].id, one, 1, 1, START)
        .unwrap();
    assert_eq!(scanning.send().sent, 1);
    assert_eq!(scanning.replied().len(), 2);
}

#[test]
fn unread_and_foreign_pages_wait_and_nothing_goes_astray() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let never_given = if one == 5 { 6 } else { 5 };
    let report = scanning.scan(&format!("unread\nforeign\n{never_given} 1 1"));
    assert_eq!((report.joined, report.queued), (0, 3));
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    let queued = desk.queued_pages(scanner, 9).unwrap();
    let states: Vec<PageState> = queued.iter().map(|page| page.state).collect();
    assert_eq!(
        states,
        [PageState::Unread, PageState::Foreign, PageState::Foreign]
    );
    assert_eq!(scanning.send(), RepliesReport::default());

    assert_eq!(
        desk.page_image(scanner, queued[0].id).unwrap().bytes,
        b"picture of unread"
    );
    let wrong = desk.place_page(scanner, queued[0].id, never_given, 1, 1, START);
    assert!(matches!(wrong, Err(Error::NoSheet)));
    desk.place_page(scanner, queued[0].id, one, 1, 1, START)
        .unwrap();
    desk.discard_page(scanner, queued[1].id, Aside::NoReply, START)
        .unwrap();
    assert_eq!(desk.queued_pages(scanner, 9).unwrap().len(), 1);
    let gone = desk.discard_page(scanner, queued[1].id, Aside::NoReply, START);
    assert!(matches!(gone, Err(Error::NotFound { .. })));
    assert_eq!(scanning.send().sent, 1);
    assert_eq!(
        scanning.replied(),
        [(1, vec!["picture of unread".to_owned()])]
    );
}

#[test]
fn pages_of_two_printings_wait_for_a_person_all_of_them() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let report = scanning.scan(&format!("{one} 1 2\n{one} 2 3"));
    assert_eq!(report.queued, 1);
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    assert!(desk.replies(scanner, None, 9).unwrap().is_empty());
    let queued = desk.queued_pages(scanner, 9).unwrap();
    let said: Vec<_> = queued.iter().map(|page| (page.state, page.said)).collect();
    assert_eq!(
        said,
        [
            (PageState::Counts, Some((one, 1, 2))),
            (PageState::Counts, Some((one, 2, 3)))
        ]
    );
    for (page, number) in queued.iter().zip([1, 2]) {
        desk.place_page(scanner, page.id, one, number, 2, START)
            .unwrap();
    }
    assert_eq!(scanning.send().sent, 1);
    assert_eq!(scanning.replied()[0].1.len(), 2);
}

#[test]
fn a_letter_that_came_back_is_no_reply_and_the_page_before_is_suggested() {
    let scanning = Scanning::new(2);
    let [one, two] = scanning.sheets[..] else {
        panic!()
    };
    let report = scanning.scan(&format!(
        "letter {two} 1 1\n{one} 1 1\nunread\ndiffer\nbroken"
    ));
    assert_eq!((report.joined, report.queued), (1, 4));
    let desk = &scanning.office.desk;
    let queued = desk.queued_pages(&scanning.scanner, 9).unwrap();
    let told: Vec<_> = queued.iter().map(|page| (page.state, page.near)).collect();
    assert_eq!(
        told,
        [
            (PageState::Returned, None),
            (PageState::Unread, Some(one)),
            (PageState::Differ, Some(one)),
            (PageState::Broken, Some(one))
        ]
    );
    assert_eq!(queued[0].said, Some((two, 1, 1)));
    assert!(matches!(
        desk.page_image(&scanning.scanner, queued[3].id),
        Err(Error::Erased)
    ));
    assert_eq!(scanning.send().sent, 1);
}

#[test]
fn a_sheet_and_a_reply_tell_whose_they_are() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    scanning.scan(&format!("{one} 1 2"));
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    let owner = desk.sheet_owner(scanner, one).unwrap();
    assert_eq!(
        (
            owner.letter,
            owner.addressee.as_deref(),
            owner.there.as_slice(),
            owner.printed
        ),
        (LetterNumber(1), Some("Іван"), &[1][..], Some(1))
    );
    let never_given = if one == 5 { 6 } else { 5 };
    assert!(matches!(
        desk.sheet_owner(scanner, never_given),
        Err(Error::NoSheet)
    ));
    let open = desk.replies(scanner, Some(ReplyState::Open), 9).unwrap();
    let (reply, pages) = desk.reply_pages(scanner, open[0].id).unwrap();
    assert_eq!((reply.pages, reply.of), (1, 2));
    assert_eq!(
        pages[0].ticks,
        Some([BoxTick::Yes, BoxTick::No, BoxTick::Unsure, BoxTick::No])
    );
}

#[test]
fn a_reply_that_got_there_before_the_power_failed_is_not_sent_twice() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    scanning.scan(&format!("{one} 1 1"));
    scanning.send();
    // As it stands when the account has taken it, and the desk has not heard of it.
    scanning
        .office
        .desk
        .store
        .write("testing", |sql| {
            Ok(sql.execute(
                "UPDATE replies SET state = 'ready', sent = NULL, number = NULL",
                [],
            )?)
        })
        .unwrap();
    assert_eq!(scanning.send().sent, 1);
    assert_eq!(scanning.replied().len(), 1);
}

#[test]
fn a_family_that_nobody_verified_waits() {
    let scanning = Scanning::new(2);
    let [one, two] = scanning.sheets[..] else {
        panic!()
    };
    lock(&scanning.list.unverified).push(ContactNumber(1));
    scanning.scan(&format!("{one} 1 1\n{two} 1 1"));
    assert_eq!(
        scanning.send(),
        RepliesReport {
            sent: 1,
            waiting: 1
        }
    );
    lock(&scanning.list.unverified).clear();
    assert_eq!(
        scanning.send(),
        RepliesReport {
            sent: 1,
            waiting: 0
        }
    );
}

#[test]
fn only_who_scans_sees_pages() {
    let scanning = Scanning::new(1);
    scanning.scan("unread");
    let desk = &scanning.office.desk;
    let printer = scanning.office.actor(Role::Printer);
    for refused in [
        desk.queued_pages(&printer, 9).map(drop),
        desk.page_image(&printer, 1).map(drop),
        desk.take_scan(&printer, "x", b"unread", START).map(drop),
        desk.place_page(&printer, 1, scanning.sheets[0], 1, 1, START),
    ] {
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    }
}

/// Two families on one glass: whichever number a person types, one of them would see the other's page.
#[test]
fn a_picture_with_several_sheets_reaches_nobody() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let report = scanning.scan("several");
    assert_eq!((report.joined, report.queued), (0, 1));
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    let queued = || desk.queued_pages(scanner, 9).unwrap();
    let id = queued()[0].id;
    for _ in 0..2 {
        assert_eq!(queued()[0].state, PageState::Several);
        for placed in [
            desk.place_page(scanner, id, one, 1, 1, START),
            desk.place_page_anew(scanner, id, one, 1, 1, START),
        ] {
            assert!(matches!(placed, Err(Error::SeveralSheets)), "{placed:?}");
        }
        // Also once it has been put aside and brought back.
        desk.discard_page(scanner, id, Aside::NoReply, START)
            .unwrap();
        assert!(queued().is_empty());
        desk.restore_page(scanner, id, START).unwrap();
    }
    assert_eq!(scanning.send().sent, 0);
    assert!(scanning.replied().is_empty());
}

/// The pages that are there go their way; the file stays, and says that others may be missing.
#[test]
fn a_file_that_was_cut_off_is_kept_and_told() {
    let scanning = Scanning::new(1);
    let one = scanning.sheets[0];
    let report = scanning.scan(&format!("{one} 1 1\ntorn"));
    assert_eq!((report.files, report.failed, report.joined), (0, 1, 1));
    assert_eq!(scanning.send().sent, 1);
    let desk = &scanning.office.desk;
    let scanner = &scanning.scanner;
    let file = || desk.scans(scanner, 9).unwrap().remove(0);
    assert_eq!(file().failure.as_deref(), Some("scan-file-torn"));
    let kept = || -> Option<Vec<u8>> {
        let read = desk.store.read("testing", |sql| {
            Ok(sql.query_row("SELECT file FROM scans", [], |row| row.get(0))?)
        });
        read.unwrap()
    };
    assert!(kept().is_some());
    // Read once more, nothing is doubled and nothing sent again.
    desk.retry_scan(scanner, file().id, START).unwrap();
    assert_eq!(desk.read_scans(&Lines, START).unwrap().joined, 0);
    assert_eq!(file().failure.as_deref(), Some("scan-file-torn"));
    assert_eq!(scanning.send().sent, 0);
    desk.erase_scan(scanner, file().id, START).unwrap();
    assert!(kept().is_none());
}
