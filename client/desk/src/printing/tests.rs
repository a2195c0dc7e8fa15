use super::*;
use crate::{
    LetterFilter, Role,
    testing::{List, Office, START},
};

/// A press that writes down what it is given.
struct Plain {
    fails_at: Option<LetterNumber>,
    leaves_out: Option<LetterNumber>,
}

impl Press for Plain {
    fn print(
        &self,
        _: &PrintJob,
        _: &[PrintListed],
        letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
        out: &mut dyn std::io::Write,
    ) -> Result<Document, PressError> {
        let mut pdf = String::new();
        for letter in letters {
            let letter = letter?;
            if self.fails_at == Some(letter.number) {
                return Err(PressError::Paper {
                    letter: letter.number,
                    why: "glyphs",
                });
            }
            pdf.push_str(&format!(
                "{} {} {} {}\n",
                letter.number,
                letter.sheet,
                letter.text,
                letter.pictures.len()
            ));
        }
        let pages = pdf.lines().count() as u32;
        out.write_all(pdf.as_bytes()).unwrap();
        Ok(Document {
            pages,
            left_out: self
                .leaves_out
                .map(|letter| (letter, "picture"))
                .into_iter()
                .collect(),
        })
    }
}

const PLAIN: Plain = Plain {
    fails_at: None,
    leaves_out: None,
};

fn passed(count: u64) -> (Office, Actor, Vec<LetterNumber>) {
    let office = Office::new();
    let list = List::default();
    let letters: Vec<LetterNumber> = (1..=count)
        .map(|n| list.receive(n, "Іван", "Чекаємо", &[b"photo"]))
        .collect();
    office.desk.import(&list, START).unwrap();
    office
        .desk
        .begin_review(&office.head, &letters, START)
        .unwrap();
    office.desk.pass(&office.head, &letters, START).unwrap();
    let printer = office.actor(Role::Printer);
    (office, printer, letters)
}

#[test]
fn a_job_becomes_a_document_and_its_letters_printed() {
    let (office, printer, letters) = passed(3);
    let desk = &office.desk;
    let id = desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    assert!(matches!(
        desk.print_job_document(&printer, id, START),
        Err(Error::NotFetched)
    ));
    assert_eq!(desk.run_print_jobs(&PLAIN, START).unwrap(), 1);
    let job = desk.print_job(&printer, id).unwrap();
    assert_eq!(
        (job.state, job.letters, job.pages),
        (JobState::Printed, 3, Some(3))
    );
    let document = desk.print_job_document(&printer, id, START).unwrap();
    let document = String::from_utf8(document).unwrap();
    let rows = desk.print_job_letters(&printer, id).unwrap();
    for (line, row) in document.lines().zip(&rows) {
        let expected = format!("{} {} Чекаємо 1", row.number, row.sheet.unwrap());
        assert_eq!(line, expected);
        assert_eq!(row.state, State::Printed);
    }
    assert_eq!(desk.run_print_jobs(&PLAIN, START).unwrap(), 0);
    desk.close_print_job(&printer, id, START).unwrap();
    assert!(matches!(
        desk.print_job_document(&printer, id, START),
        Err(Error::Erased)
    ));
}

#[test]
fn only_what_was_passed_is_printed_and_by_whom_may() {
    let (office, printer, letters) = passed(2);
    let desk = &office.desk;
    desk.begin_review(&office.head, &letters[1..], START)
        .unwrap();
    let refused = desk.make_print_job(&printer, &letters, PaperSize::A4, 1, START);
    assert!(matches!(refused, Err(Error::Transition { .. })));
    let reader = office.actor(Role::Reader);
    let refused = desk.make_print_job(&reader, &letters[..1], PaperSize::A4, 1, START);
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    let refused = desk.make_print_job(&printer, &[], PaperSize::A4, 1, START);
    assert!(matches!(refused, Err(Error::TooMany { .. })));
    assert!(
        desk.print_jobs(&printer, 9).unwrap().is_empty(),
        "nothing half made"
    );
}

#[test]
fn a_letter_is_in_one_open_job_and_keeps_its_number_when_it_is_printed_again() {
    let (office, printer, letters) = passed(1);
    let desk = &office.desk;
    let make = || desk.make_print_job(&printer, &letters, PaperSize::A5, 2, START);
    let first = make().unwrap();
    assert!(matches!(make(), Err(Error::InAnotherJob { job }) if job == first));
    let sheet = desk.letter_row(&printer, letters[0]).unwrap().sheet;
    assert!(sheet.is_some());
    desk.run_print_jobs(&PLAIN, START).unwrap();
    make().unwrap();
    desk.run_print_jobs(&PLAIN, START).unwrap();
    let row = desk.letter_row(&printer, letters[0]).unwrap();
    assert_eq!((row.sheet, row.state), (sheet, State::Printed));
    let steps = desk.letter_steps(&printer, letters[0]).unwrap();
    let printed = steps
        .iter()
        .filter(|step| step.state == State::Printed)
        .count();
    assert_eq!(printed, 1);
}

#[test]
fn sheet_numbers_differ_and_are_in_range() {
    let (office, printer, letters) = passed(200);
    office
        .desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    let page = office
        .desk
        .letters(&printer, &LetterFilter::default(), None, 200)
        .unwrap();
    let mut sheets: Vec<u32> = page.rows.iter().map(|row| row.sheet.unwrap()).collect();
    sheets.sort_unstable();
    sheets.dedup();
    assert_eq!(sheets.len(), 200);
    assert!(sheets[0] >= 1 && sheets[199] <= SHEET_MAX);
}

#[test]
fn a_letter_that_cannot_be_set_fails_its_job_alone() {
    let (office, printer, letters) = passed(3);
    let desk = &office.desk;
    let bad = desk
        .make_print_job(&printer, &letters[..2], PaperSize::A4, 1, START)
        .unwrap();
    let good = desk
        .make_print_job(&printer, &letters[2..], PaperSize::A4, 1, START)
        .unwrap();
    let press = Plain {
        fails_at: Some(letters[1]),
        ..PLAIN
    };
    assert_eq!(desk.run_print_jobs(&press, START).unwrap(), 1);
    let failed = desk.print_job(&printer, bad).unwrap();
    assert_eq!(failed.state, JobState::Failed);
    assert_eq!(failed.failure.as_deref(), Some("2 glyphs"));
    assert_eq!(
        desk.print_job(&printer, good).unwrap().state,
        JobState::Printed
    );
    assert_eq!(
        desk.letter_row(&printer, letters[0]).unwrap().state,
        State::Passed
    );
    desk.retry_print_job(&printer, bad, START).unwrap();
    assert_eq!(desk.run_print_jobs(&PLAIN, START).unwrap(), 1);
}

#[test]
fn a_letter_that_is_left_out_is_not_printed_and_can_be_tried_again() {
    let (office, printer, letters) = passed(2);
    let desk = &office.desk;
    let id = desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    let press = Plain {
        leaves_out: Some(letters[0]),
        ..PLAIN
    };
    assert_eq!(desk.run_print_jobs(&press, START).unwrap(), 1);
    let failures = desk.print_job_failures(&printer, id).unwrap();
    assert_eq!(failures, [(letters[0], "picture".to_owned())]);
    let state = |number| desk.letter_row(&printer, number).unwrap().state;
    assert_eq!(
        (state(letters[0]), state(letters[1])),
        (State::Passed, State::Printed)
    );
    print_for_test(desk, &printer, &letters[..1]);
    assert_eq!(state(letters[0]), State::Printed);
}

#[test]
fn a_letter_that_was_taken_back_is_not_printed_behind_anybodys_back() {
    let (office, printer, letters) = passed(2);
    let desk = &office.desk;
    let id = desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    desk.begin_review(&office.head, &letters[..1], START)
        .unwrap();
    assert_eq!(desk.run_print_jobs(&PLAIN, START).unwrap(), 0);
    assert_eq!(
        desk.print_job(&printer, id).unwrap().state,
        JobState::Failed
    );
    assert_eq!(
        desk.letter_row(&printer, letters[1]).unwrap().state,
        State::Passed
    );
}

/// A desk that is dropped while a press is working: the job waits, nothing counts as printed.
#[test]
fn a_job_that_was_broken_off_is_still_waiting() {
    struct Broken;
    impl Press for Broken {
        fn print(
            &self,
            _: &PrintJob,
            _: &[PrintListed],
            letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
            out: &mut dyn std::io::Write,
        ) -> Result<Document, PressError> {
            letters.next().unwrap()?;
            out.write_all(&vec![b'.'; 3 * pieces::PIECE]).unwrap();
            panic!("killed");
        }
    }
    let (office, printer, letters) = passed(2);
    let id = office
        .desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = office.desk.run_print_jobs(&Broken, START);
    }));
    assert!(killed.is_err());
    let office = office.reopened();
    assert_eq!(
        office.desk.print_job(&printer, id).unwrap().state,
        JobState::Waiting
    );
    assert_eq!(
        office.desk.letter_row(&printer, letters[0]).unwrap().state,
        State::Passed
    );
    assert_eq!(office.desk.run_print_jobs(&PLAIN, START).unwrap(), 1);
    // Nothing of the first attempt is in it.
    let printer = office.actor(Role::Printer);
    let document = office.desk.print_job_document(&printer, id, START).unwrap();
    assert_eq!(String::from_utf8(document).unwrap().lines().count(), 2);
}

/// A document longer than a piece comes out as it went in, and goes when it is erased.
#[test]
fn long_documents_are_kept_in_pieces() {
    struct Long(usize);
    impl Press for Long {
        fn print(
            &self,
            _: &PrintJob,
            _: &[PrintListed],
            letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
            out: &mut dyn std::io::Write,
        ) -> Result<Document, PressError> {
            letters.for_each(drop);
            let bytes: Vec<u8> = (0..self.0).map(|n| (n % 251) as u8).collect();
            for part in bytes.chunks(1_000) {
                out.write_all(part).unwrap();
            }
            Ok(Document {
                pages: 1,
                left_out: Vec::new(),
            })
        }
    }
    let (office, printer, letters) = passed(4);
    let desk = &office.desk;
    let lengths = [1, pieces::PIECE, pieces::PIECE + 1, 5 * pieces::PIECE - 7];
    for (letter, length) in letters.iter().zip(lengths) {
        let id = desk
            .make_print_job(&printer, &[*letter], PaperSize::A4, 1, START)
            .unwrap();
        desk.run_print_jobs(&Long(length), START).unwrap();
        assert_eq!(
            desk.take_print_job(&printer, id, START).unwrap(),
            length as u64
        );
        let document = desk.print_job_document(&printer, id, START).unwrap();
        assert_eq!(document.len(), length);
        assert!(
            (0..)
                .zip(&document)
                .all(|(n, byte)| n % 251 == usize::from(*byte))
        );
        desk.close_print_job(&printer, id, START).unwrap();
        assert!(matches!(
            desk.print_job_piece(&printer, id, 0),
            Err(Error::Erased)
        ));
        assert!(desk.print_job_piece(&printer, id, 1).unwrap().is_none());
    }
}

/// Somebody takes a job back while it is being set: its letters are not printed.
#[test]
fn a_job_that_is_taken_back_while_it_is_set_prints_nothing() {
    struct Interrupted<'a>(&'a Desk, Actor);
    impl Press for Interrupted<'_> {
        fn print(
            &self,
            job: &PrintJob,
            list: &[PrintListed],
            letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
            out: &mut dyn std::io::Write,
        ) -> Result<Document, PressError> {
            out.write_all(&vec![b'.'; 3 * pieces::PIECE]).unwrap();
            self.0.close_print_job(&self.1, job.id, START).unwrap();
            PLAIN.print(job, list, letters, out)
        }
    }
    let (office, printer, letters) = passed(2);
    let desk = &office.desk;
    let id = desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    let press = Interrupted(desk, office.actor(Role::Printer));
    desk.run_print_jobs(&press, START).unwrap();
    assert_eq!(
        desk.print_job(&printer, id).unwrap().state,
        JobState::Closed
    );
    assert!(desk.print_job_piece(&printer, id, 1).unwrap().is_none());
    assert_eq!(
        desk.letter_row(&printer, letters[0]).unwrap().state,
        State::Passed
    );
}

#[test]
fn what_was_cut_or_left_out_is_not_printed() {
    let (office, printer, letters) = passed(1);
    let desk = &office.desk;
    desk.begin_review(&office.head, &letters, START).unwrap();
    let cuts = crate::Cuts {
        text: vec![0.."Чекаємо".len()],
        enclosures: vec![0],
    };
    desk.pass_with_cuts(&office.head, letters[0], &cuts, START)
        .unwrap();
    let id = desk
        .make_print_job(&printer, &letters, PaperSize::A4, 1, START)
        .unwrap();
    desk.run_print_jobs(&PLAIN, START).unwrap();
    let document = desk.print_job_document(&printer, id, START).unwrap();
    let document = String::from_utf8(document).unwrap();
    assert!(document.trim().ends_with("███████ 0"), "{document}");
}

/// Prints letters, for tests of what comes after.
pub(crate) fn print_for_test(desk: &Desk, by: &Actor, letters: &[LetterNumber]) {
    desk.make_print_job(by, letters, PaperSize::A4, 1, START)
        .unwrap();
    assert_eq!(desk.run_print_jobs(&PLAIN, START).unwrap(), 1);
}
