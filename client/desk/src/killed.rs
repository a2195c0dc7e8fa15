//! The desk under `kill -9`: a child process works, is killed at a moment of chance, and another goes on, many times.

use std::{
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tidings_client::{LetterNumber, vault::Cost};

use crate::{
    Desk, Document, JobState, LetterFilter, PageFound, PageRead, PaperSize, Press, PressError,
    PrintJob, PrintLetter, PrintListed, ReadError, Reader, ScannedFile, State, Taken,
    testing::{CHEAP, List, Office, PASSPHRASE, START, signed_in},
};

/// Names the desk's folder to the child.
const HOME: &str = "TIDINGS_TEST_DESK";
/// Letters that are there from the beginning.
const LETTERS: u64 = 60;
/// How often the child is killed.
const ROUNDS: u64 = 12;

struct Paper;

impl Press for Paper {
    fn print(
        &self,
        _: &PrintJob,
        _: &[PrintListed],
        letters: &mut dyn Iterator<Item = Result<PrintLetter, crate::Error>>,
        out: &mut dyn std::io::Write,
    ) -> Result<Document, PressError> {
        let mut pages = Vec::new();
        for letter in letters {
            pages.push(letter?.sheet.to_string());
        }
        // Longer than one piece, so that a kill may fall between two.
        for _ in 0..3 {
            out.write_all(&vec![b' '; 50 << 10]).unwrap();
        }
        out.write_all(pages.join("\n").as_bytes()).unwrap();
        Ok(Document {
            pages: pages.len() as u32,
            left_out: Vec::new(),
        })
    }
}

impl Reader for Paper {
    fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
        Ok(Box::new(Pile(String::from_utf8_lossy(&file).into_owned())))
    }
}

/// A sheet number on each line.
struct Pile(String);

impl ScannedFile for Pile {
    fn pages(&self) -> u32 {
        self.0.lines().count() as u32
    }

    fn read(&self, from: u32, take: &mut dyn FnMut(PageRead) -> ControlFlow<()>) {
        for line in self.0.lines().skip(from as usize) {
            let page = PageRead {
                found: PageFound::Sheet {
                    sheet: line.parse().unwrap_or(1),
                    page: 1,
                    pages: 1,
                },
                media_type: "image/png".into(),
                image: line.as_bytes().to_vec(),
                ticks: None,
            };
            if take(page).is_break() {
                return;
            }
        }
    }
}

/// What the child does until it is killed: everything that can be done with each letter, in small steps.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child() {
    let Ok(home) = std::env::var(HOME) else {
        return;
    };
    let desk = open(Path::new(&home));
    let head = signed_in(&desk, "head");
    let list = letters();
    std::fs::write(started(Path::new(&home)), b"").unwrap();
    loop {
        let mut pile = Vec::new();
        desk.import(&list, START).unwrap();
        let page = desk
            .letters(&head, &LetterFilter::default(), None, 500)
            .unwrap();
        for row in page.rows {
            let one = [row.number];
            match row.state {
                State::TakenByDesk => desk.begin_review(&head, &one, START).unwrap(),
                State::InReview => desk.pass(&head, &one, START).unwrap(),
                State::Passed if row.sheet.is_none() => {
                    desk.make_print_job(&head, &one, PaperSize::A4, 1, START)
                        .unwrap();
                }
                State::Printed => pile.push(row.sheet.unwrap().to_string()),
                _ => {}
            }
        }
        // Ever longer piles, in which every sheet comes again: read over several transactions, each page counts once.
        let taken = desk
            .take_scan(&head, "pile", pile.join("\n").as_bytes(), START)
            .unwrap();
        assert!(matches!(taken, Taken::New(_) | Taken::Doubled(_)));
        desk.run_print_jobs(&Paper, START).unwrap();
        desk.read_scans(&Paper, START).unwrap();
    }
}

/// The file that says that a child is at work.
fn started(home: &Path) -> std::path::PathBuf {
    home.join("started")
}

fn letters() -> List {
    let list = List::default();
    for n in 1..=LETTERS {
        list.receive(n, "Іван Петренко", "Чекаємо", &[b"photo"]);
    }
    list
}

fn open(home: &Path) -> Desk {
    let cost: Cost = CHEAP;
    Desk::open_at(home, &PASSPHRASE.to_owned().into(), START, cost).unwrap()
}

#[test]
fn a_killed_desk_goes_on_where_it_was() {
    let Office { desk, head, folder } = Office::new();
    drop((desk, head));
    let home = folder.path();
    let mut progress = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["killed::child", "--exact", "--ignored", "--test-threads=1"])
            .env(HOME, home)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !started(home).exists() && begun.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Spread over the first part of a second, in steps that no rhythm of the work meets.
        std::thread::sleep(Duration::from_millis(20 + round * 137 % 700));
        let ended_by_itself = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(started(home)).unwrap();
        assert!(
            ended_by_itself.is_none(),
            "the child failed: {ended_by_itself:?}"
        );
        progress = progress.max(check(home));
    }
    assert!(progress > 0, "something was done between the kills");
}

/// What must hold whenever the desk is opened. Returns how many letters are on paper.
fn check(home: &Path) -> usize {
    let desk = open(home);
    let head = signed_in(&desk, "head");
    let report = desk.verify_audit(&head, None).unwrap();
    assert!(report.is_whole(), "{report:?}");

    let rows = desk
        .letters(&head, &LetterFilter::default(), None, 500)
        .unwrap()
        .rows;
    let numbers: Vec<u64> = rows.iter().map(|row| row.number.0).collect();
    let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected, "each letter once, none left out");

    let mut sheets: Vec<u32> = rows.iter().filter_map(|row| row.sheet).collect();
    let given = sheets.len();
    sheets.sort_unstable();
    sheets.dedup();
    assert_eq!(sheets.len(), given, "no number twice");

    let mut printed = Vec::new();
    for job in desk.print_jobs(&head, 500).unwrap() {
        assert_eq!(job.has_document, job.state == JobState::Printed);
        if job.state == JobState::Printed {
            let document = desk.print_job_document(&head, job.id, START).unwrap();
            assert!(document.len() > 150 << 10, "the document is whole");
            let letters = desk.print_job_letters(&head, job.id).unwrap();
            printed.extend(letters.iter().map(|row| row.number));
        }
    }
    printed.sort_unstable();
    let on_paper: Vec<LetterNumber> = rows
        .iter()
        .filter(|row| row.state.is_on_paper())
        .map(|row| row.number)
        .collect();
    assert_eq!(printed, on_paper, "on paper is what has a document");
    let mut answered = Vec::new();
    for reply in desk.replies(&head, None, 500).unwrap() {
        assert_eq!((reply.pages, reply.of), (1, 1));
        assert!(on_paper.contains(&reply.letter));
        answered.push(reply.letter);
    }
    let replies = answered.len();
    answered.sort_unstable();
    answered.dedup();
    assert_eq!(answered.len(), replies, "no reply twice");
    assert!(desk.queued_pages(&head, 9).unwrap().is_empty());
    for scan in desk.scans(&head, 500).unwrap() {
        assert!(scan.read <= scan.pages && (scan.waiting || scan.read == scan.pages));
    }
    on_paper.len()
}
