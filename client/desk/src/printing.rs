//! Printing: letters become one document, which is stored before any of them counts as printed (DESK-5). Nobody reads them
//! for that (DESK-10).
//!
//! A job is a list of letters. Whoever drives the desk runs waiting jobs in the background with a [`Press`]; a job that was
//! broken off by a kill is still waiting afterwards, and the same letters give the same pages.

mod closed;
mod pieces;
mod press;
mod preview;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{letter::Evidence, time::UnixTime};

pub use self::press::{
    Document, JobState, PaperSize, Press, PressError, PrintJob, PrintLetter, PrintListed,
};

use self::pieces::Pieces;
use crate::{
    Action, Actor, Desk, Error, State, Subject,
    desk::random_bytes,
    letters::{LetterRow, Move, go, row, text},
    store::{int, uint},
};

/// Letters in one job, at most: a pile that a person can carry.
pub const PRINT_JOB_MAX: usize = 2_000;
/// Highest value of a sheet number ([`tidings_paper::number::VALUE_MAX`]).
const SHEET_MAX: u32 = 99_999_999;
/// The sheet number of previews of letters that have none yet: never given to a letter (DESK-5).
const SHEET_OF_PREVIEWS: u32 = 1;

impl Desk {
    /// Makes a job. Every letter gets its sheet number now; printing does not open it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`]; [`Error::Transition`] for a letter that was not passed;
    /// [`Error::InAnotherJob`]; [`Error::TooMany`].
    pub fn make_print_job(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        paper: PaperSize,
        reply_pages: u8,
        now: UnixTime,
    ) -> Result<u64, Error> {
        if letters.is_empty() || letters.len() > PRINT_JOB_MAX {
            return Err(Error::TooMany {
                got: letters.len(),
                limit: PRINT_JOB_MAX,
            });
        }
        self.act("making a print job", by, Action::Print, now, |sql, log| {
            sql.execute(
                "INSERT INTO print_jobs (made, operator, paper, reply_pages, state)
                 VALUES (?1, ?2, ?3, ?4, 'waiting')",
                params![
                    int(now.0),
                    by.id().map(|id| int(id.0)),
                    paper.word(),
                    reply_pages.min(2)
                ],
            )?;
            let job = sql.last_insert_rowid();
            for (place, letter) in letters.iter().enumerate() {
                let state = row(sql, *letter)?.state;
                // What is on paper already may be printed again: a page is torn, a printer jams.
                if !state.is_printable() && state != State::Printed {
                    return Err(Error::Transition {
                        from: state,
                        to: State::Printed,
                    });
                }
                in_no_job(sql, *letter)?;
                number_sheet(sql, *letter)?;
                sql.prepare_cached(
                    "INSERT INTO print_items (job, place, letter) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![job, int(place as u64), int(letter.0)])?;
            }
            let id = uint(job);
            log.add(
                "print_job_made",
                Subject::PrintJob(id),
                &letters.len().to_string(),
            );
            Ok(id)
        })
    }

    /// Jobs, the newest first, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`].
    pub fn print_jobs(&self, by: &Actor, count: u32) -> Result<Vec<PrintJob>, Error> {
        by.need(Action::Print)?;
        self.store.read("reading print jobs", |sql| {
            let mut statement =
                sql.prepare_cached(&format!("{SELECT} ORDER BY job DESC LIMIT ?1"))?;
            Ok(statement
                .query_map([count], job_of)?
                .collect::<Result<_, _>>()?)
        })
    }

    /// One job.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`], [`Error::NotFound`].
    pub fn print_job(&self, by: &Actor, id: u64) -> Result<PrintJob, Error> {
        by.need(Action::Print)?;
        self.store.read("reading a print job", |sql| job(sql, id))
    }

    /// The letters of a job, in the order of the document.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`].
    pub fn print_job_letters(&self, by: &Actor, id: u64) -> Result<Vec<LetterRow>, Error> {
        by.need(Action::Print)?;
        self.store.read("reading a print job", |sql| {
            items(sql, id)?
                .into_iter()
                .map(|letter| row(sql, letter))
                .collect()
        })
    }

    /// Letters of a job that could not be set, with the code of the reason.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`].
    pub fn print_job_failures(
        &self,
        by: &Actor,
        id: u64,
    ) -> Result<Vec<(LetterNumber, String)>, Error> {
        by.need(Action::Print)?;
        self.store.read("reading a print job", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT letter, failure FROM print_items
                 WHERE job = ?1 AND failure IS NOT NULL ORDER BY place",
            )?;
            let rows = statement.query_map([int(id)], |row| {
                Ok((LetterNumber(uint(row.get(0)?)), row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Runs every waiting job. To be called in the background. One that fails is marked so and holds up no other.
    /// Returns how many were printed.
    ///
    /// # Errors
    /// Those of the store.
    pub fn run_print_jobs(&self, press: &dyn Press, now: UnixTime) -> Result<u64, Error> {
        let waiting: Vec<PrintJob> = self.store.read("reading print jobs", |sql| {
            let mut statement =
                sql.prepare_cached(&format!("{SELECT} WHERE state = 'waiting' ORDER BY job"))?;
            Ok(statement.query_map([], job_of)?.collect::<Result<_, _>>()?)
        })?;
        let mut printed = 0;
        for job in waiting {
            let failure = match self.run_print_job(press, &job, now) {
                Ok(()) => {
                    printed += 1;
                    continue;
                }
                Err(PressError::Stopped) => return Ok(printed),
                Err(PressError::Paper { letter, why }) => format!("{letter} {why}"),
                // A letter was taken back meanwhile, or somebody looks at it again.
                Err(PressError::Desk(error @ Error::Transition { .. })) => error.code().to_owned(),
                Err(PressError::Desk(error)) => return Err(error),
            };
            self.act_alone("printing", None, now, |sql, log| {
                sql.execute(
                    "UPDATE print_jobs SET state = 'failed', failure = ?2 WHERE job = ?1",
                    params![int(job.id), failure],
                )?;
                log.add("print_job_failed", Subject::PrintJob(job.id), "");
                Ok(())
            })?;
        }
        Ok(printed)
    }

    fn run_print_job(
        &self,
        press: &dyn Press,
        job: &PrintJob,
        now: UnixTime,
    ) -> Result<(), PressError> {
        let (letters, list) = self.store.read("reading a print job", |sql| {
            let letters = items(sql, job.id)?;
            let list = letters
                .iter()
                .map(|letter| listed(sql, *letter))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((letters, list))
        })?;
        let mut read = letters.iter().map(|letter| {
            self.store.read("reading a letter for printing", |sql| {
                print_letter(sql, *letter)
            })
        });
        let mut pieces = Pieces::new(self, job.id)?;
        let document = match press.print(job, &list, &mut read, &mut pieces) {
            Ok(document) => document,
            Err(error) => return Err(pieces.failed.map_or(error, PressError::Desk)),
        };
        let beginning = pieces.finish()?;
        self.act_alone("storing a printed document", None, now, |sql, log| {
            let stored = sql.execute(
                "UPDATE print_jobs SET state = 'printed', pdf = ?2, pages = ?3, finished = ?4, failure = NULL
                 WHERE job = ?1 AND state = 'waiting'",
                params![int(job.id), beginning, document.pages, int(now.0)],
            )?;
            // It was taken back while it was set: nothing of it is on paper.
            if stored == 0 {
                sql.execute("DELETE FROM print_pieces WHERE job = ?1", [int(job.id)])?;
                return Ok(());
            }
            for (letter, why) in &document.left_out {
                sql.prepare_cached("UPDATE print_items SET failure = ?3 WHERE job = ?1 AND letter = ?2")?
                    .execute(params![int(job.id), int(letter.0), why])?;
            }
            for letter in &letters {
                let left_out = document.left_out.iter().any(|(out, _)| out == letter);
                if left_out || row(sql, *letter)?.state == State::Printed {
                    continue;
                }
                let how = Move {
                    to: State::Printed,
                    reason: None,
                    by: None,
                    at: now,
                    evidence: Evidence::DeskSaw,
                };
                go(sql, log, *letter, &how)?;
            }
            log.add("print_job_printed", Subject::PrintJob(job.id), &document.pages.to_string());
            Ok(())
        })?;
        Ok(())
    }

    /// Lets a job wait again that failed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`], [`Error::NotFound`].
    pub fn retry_print_job(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.set_job_state(
            by,
            id,
            "print_job_retried",
            "state = 'waiting', failure = NULL",
            "'failed'",
            now,
        )
    }

    /// Takes a job back that has not been printed, or erases the document of one that lies on paper.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`], [`Error::NotFound`].
    pub fn close_print_job(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        let states = "'failed', 'waiting', 'printed'";
        self.set_job_state(
            by,
            id,
            "print_job_closed",
            "state = 'closed', pdf = NULL",
            states,
            now,
        )?;
        self.store.settle()
    }

    fn set_job_state(
        &self,
        by: &Actor,
        id: u64,
        what: &'static str,
        change: &str,
        from: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "changing a print job",
            by,
            Action::Print,
            now,
            |sql, log| {
                let changed = sql.execute(
                    &format!("UPDATE print_jobs SET {change} WHERE job = ?1 AND state IN ({from})"),
                    [int(id)],
                )?;
                if changed == 0 {
                    return Err(none(id));
                }
                log.add(what, Subject::PrintJob(id), "");
                Ok(())
            },
        )
    }
}

const SELECT: &str = "SELECT job, made, paper, reply_pages, state, pages, pdf IS NOT NULL, failure,
    (SELECT count(*) FROM print_items i WHERE i.job = print_jobs.job) FROM print_jobs";

fn job_of(row: &Row<'_>) -> rusqlite::Result<PrintJob> {
    let state: String = row.get(4)?;
    let state = JobState::ALL
        .into_iter()
        .find(|known| known.word() == state);
    Ok(PrintJob {
        id: uint(row.get(0)?),
        made: UnixTime(uint(row.get(1)?)),
        paper: PaperSize::of(&row.get::<_, String>(2)?).unwrap_or(PaperSize::A4),
        reply_pages: row.get(3)?,
        state: state.unwrap_or(JobState::Failed),
        pages: row.get(5)?,
        has_document: row.get(6)?,
        failure: row.get(7)?,
        letters: uint(row.get(8)?),
    })
}

fn job(sql: &Transaction<'_>, id: u64) -> Result<PrintJob, Error> {
    sql.prepare_cached(&format!("{SELECT} WHERE job = ?1"))?
        .query_row([int(id)], job_of)
        .optional()?
        .ok_or_else(|| none(id))
}

fn none(id: u64) -> Error {
    Error::NotFound {
        what: "print job",
        number: id,
    }
}

fn items(sql: &Transaction<'_>, id: u64) -> Result<Vec<LetterNumber>, Error> {
    let mut statement =
        sql.prepare_cached("SELECT letter FROM print_items WHERE job = ?1 ORDER BY place")?;
    let rows = statement.query_map([int(id)], |row| Ok(LetterNumber(uint(row.get(0)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn in_no_job(sql: &Transaction<'_>, letter: LetterNumber) -> Result<(), Error> {
    let job: Option<i64> = sql
        .prepare_cached(
            "SELECT job FROM print_items JOIN print_jobs USING (job)
             WHERE letter = ?1 AND state IN ('waiting', 'failed') LIMIT 1",
        )?
        .query_row([int(letter.0)], |row| row.get(0))
        .optional()?;
    match job {
        Some(job) => Err(Error::InAnotherJob { job: uint(job) }),
        None => Ok(()),
    }
}

/// Gives a letter its sheet number, once and for ever. Random: numbers in a row would tell whoever sees two sheets how many
/// letters go out.
fn number_sheet(sql: &Transaction<'_>, letter: LetterNumber) -> Result<(), Error> {
    if row(sql, letter)?.sheet.is_some() {
        return Ok(());
    }
    loop {
        let sheet = u32::from_le_bytes(random_bytes()?) % SHEET_MAX + 1;
        if sheet == SHEET_OF_PREVIEWS {
            continue;
        }
        let given = sql
            .prepare_cached("INSERT OR IGNORE INTO sheets (sheet, letter) VALUES (?1, ?2)")?
            .execute(params![sheet, int(letter.0)])?;
        if given == 1 {
            sql.prepare_cached("UPDATE letters SET sheet = ?2 WHERE letter = ?1")?
                .execute(params![int(letter.0), sheet])?;
            return Ok(());
        }
    }
}

fn listed(sql: &Transaction<'_>, number: LetterNumber) -> Result<PrintListed, Error> {
    let letter = row(sql, number)?;
    Ok(PrintListed {
        number,
        sheet: letter.sheet.ok_or(UNNUMBERED)?,
        addressee: letter.addressee.unwrap_or_default(),
    })
}

const UNNUMBERED: Error = Error::Damaged {
    what: "a letter in a print job has no sheet number",
};

fn print_letter(sql: &Transaction<'_>, number: LetterNumber) -> Result<PrintLetter, Error> {
    let letter = row(sql, number)?;
    if !letter.state.is_printable() && letter.state != State::Printed {
        return Err(Error::Transition {
            from: letter.state,
            to: State::Printed,
        });
    }
    for_press(sql, number)
}

/// A letter as the press wants it, whatever its state.
fn for_press(sql: &Transaction<'_>, number: LetterNumber) -> Result<PrintLetter, Error> {
    let letter = row(sql, number)?;
    let sheet = letter.sheet.ok_or(UNNUMBERED)?;
    whole(sql, letter, sheet)
}

/// A letter with all that stands on its pages.
fn whole(sql: &Transaction<'_>, letter: LetterRow, sheet: u32) -> Result<PrintLetter, Error> {
    if letter.erased.is_some() {
        return Err(Error::Erased);
    }
    let number = letter.number;
    let mut statement = sql.prepare_cached(
        "SELECT kind, bytes FROM enclosures
         WHERE letter = ?1 AND NOT left_out AND kind IN ('photo', 'drawing') AND bytes IS NOT NULL
         ORDER BY place",
    )?;
    let pictures = statement
        .query_map([int(number.0)], |row| {
            Ok((row.get::<_, String>(0)? == "drawing", row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(PrintLetter {
        text: text(sql, number)?,
        pictures,
        ..envelope(sql, letter, sheet)?
    })
}

/// A letter as lists show it: without its text and its pictures.
fn envelope(sql: &Transaction<'_>, letter: LetterRow, sheet: u32) -> Result<PrintLetter, Error> {
    let route = letter
        .route
        .map(|id| crate::review::route(sql, id))
        .transpose()?;
    Ok(PrintLetter {
        number: letter.number,
        sheet,
        writer: letter.writer,
        addressee: letter.addressee.unwrap_or_default(),
        language: letter.language,
        dated: route
            .as_ref()
            .is_none_or(|route| route.dated)
            .then_some(letter.received.day()),
        route_languages: route
            .as_ref()
            .map_or_else(Vec::new, |route| route.languages.clone()),
        route: route.map(|route| route.name),
        text: String::new(),
        pictures: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::print_for_test;
