//! Status notes: each step of a letter is told to its family, signed, with its grade of evidence (DESK-16 to DESK-18).
//!
//! A step and its note are stored in one transaction; the note goes into the account's outbox later. Before that the account's
//! last number is stored, so that after a kill it can be seen whether it got there. Each decision is told, also when several wait:
//! a family reads what happened in its order. Only what was taken back before it was told, and the same once more, is left out.

mod templates;

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::{Direction, Letter, LetterKind, LetterNumber};
use tidings_protocol::{
    language::Language,
    letter::{Evidence, LetterState, Returned},
    limits::{REMARK_MAX, SHORT_TEXT_MAX},
    line::{Line, Prose},
    notice::StatusNote,
    time::UnixTime,
};

pub use self::templates::Template;
pub(crate) use self::templates::fraud_warning;
use crate::{
    Action, Actor, Desk, Error, Post, State, Subject,
    letters::{Move, row},
    store::{int, uint},
};

/// A note as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Number.
    pub id: u64,
    /// The letter that it is about.
    pub letter: LetterNumber,
    /// What it states.
    pub state: State,
    /// How the office knows.
    pub evidence: Evidence,
    /// When the step was made.
    pub made: UnixTime,
    /// When it was put into the account's outbox.
    pub sent: Option<UnixTime>,
    /// Why it could not be, the last time: the code of an error.
    pub failure: Option<String>,
}

/// What became of the notes that waited.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct NotesReport {
    /// Put into the outbox.
    pub sent: u64,
    /// Wait on: the family is not verified, or has to write first.
    pub waiting: u64,
}

impl Desk {
    /// Puts waiting notes into the account's outbox. To be called in the background, after steps were made; it may be
    /// broken off anywhere.
    ///
    /// # Errors
    /// Those of the vault and the store. What cannot be told to one family waits and holds up no other.
    pub fn send_notes(&self, post: &dyn Post, now: UnixTime) -> Result<NotesReport, Error> {
        let mut report = NotesReport::default();
        let waiting: Vec<(NoteRow, Option<String>, Option<u64>)> =
            self.store.read("reading waiting notes", |sql| {
                let mut statement = sql.prepare_cached(&format!(
                    "SELECT {COLUMNS}, reason, after FROM notes WHERE sent IS NULL ORDER BY note"
                ))?;
                let rows = statement.query_map([], |row| {
                    let after: Option<i64> = row.get(8)?;
                    Ok((note_of(row)?, row.get(7)?, after.map(uint)))
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            })?;
        // Notes of one letter keep their order: behind one that waits, the others wait.
        let mut stuck = BTreeSet::new();
        for (note, reason, after) in waiting {
            if stuck.contains(&note.letter) {
                report.waiting += 1;
                continue;
            }
            let got_there = match after {
                Some(after) => in_outbox(post, &note, LetterNumber(after))?,
                None => None,
            };
            let number = match got_there {
                Some(number) => Ok(number),
                None => self.send_note(post, &note, reason.as_deref()),
            };
            match number {
                Ok(number) => {
                    self.note_sent(&note, number, now)?;
                    report.sent += 1;
                }
                Err(Error::Account(error)) if waits(&error) => {
                    self.store.write("keeping a note", |sql| {
                        sql.execute(
                            "UPDATE notes SET failure = ?2, after = NULL WHERE note = ?1",
                            params![int(note.id), error.code()],
                        )?;
                        Ok(())
                    })?;
                    stuck.insert(note.letter);
                    report.waiting += 1;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(report)
    }

    fn send_note(
        &self,
        post: &dyn Post,
        note: &NoteRow,
        reason: Option<&str>,
    ) -> Result<LetterNumber, Error> {
        let after = post.last_number()?;
        let (letter, remark) = self.store.write("sending a note", |sql| {
            sql.execute(
                "UPDATE notes SET after = ?2 WHERE note = ?1",
                params![int(note.id), int(after.0)],
            )?;
            let letter = row(sql, note.letter)?;
            let remark = templates::remark(sql, letter.language, note.state, reason)?;
            Ok((letter, remark))
        })?;
        let status = StatusNote {
            letter: 0,
            state: stated(note.state, reason, letter.language),
            evidence: note.evidence,
            remark,
        };
        Ok(post.state(note.letter, status)?)
    }

    fn note_sent(&self, note: &NoteRow, number: LetterNumber, now: UnixTime) -> Result<(), Error> {
        self.act_alone("sending a note", None, now, |sql, log| {
            sql.execute(
                "UPDATE notes SET sent = ?2, number = ?3, failure = NULL WHERE note = ?1",
                params![int(note.id), int(now.0), int(number.0)],
            )?;
            log.add(
                "note_sent",
                Subject::Letter(note.letter.0),
                note.state.word(),
            );
            Ok(())
        })
    }

    /// Notes that wait, the oldest first, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn notes_waiting(&self, by: &Actor, count: u32) -> Result<Vec<NoteRow>, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("reading waiting notes", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM notes WHERE sent IS NULL ORDER BY note LIMIT ?1"
            ))?;
            Ok(statement
                .query_map([count], note_of)?
                .collect::<Result<_, _>>()?)
        })
    }

    /// The notes about a letter, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn letter_notes(&self, by: &Actor, number: LetterNumber) -> Result<Vec<NoteRow>, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("reading a letter's notes", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM notes WHERE letter = ?1 ORDER BY note"
            ))?;
            let rows = statement.query_map([int(number.0)], note_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

const COLUMNS: &str = "note, letter, state, evidence, made, sent, failure";

fn note_of(row: &Row<'_>) -> rusqlite::Result<NoteRow> {
    let evidence: String = row.get(3)?;
    Ok(NoteRow {
        id: uint(row.get(0)?),
        letter: LetterNumber(uint(row.get(1)?)),
        state: row.get(2)?,
        evidence: evidence.parse().unwrap_or(Evidence::DeskSaw),
        made: UnixTime(uint(row.get(4)?)),
        sent: row.get::<_, Option<i64>>(5)?.map(|at| UnixTime(uint(at))),
        failure: row.get(6)?,
    })
}

/// Queues the note of a step, within the step's transaction. Going into review is nobody's news; that the office has the
/// letter, the account tells by itself.
pub(crate) fn queue(
    sql: &Transaction<'_>,
    number: LetterNumber,
    how: &Move<'_>,
) -> Result<(), Error> {
    // A decision that is taken back before anybody was told of it is none.
    let taken_back: &[State] = match how.to {
        State::TakenByDesk | State::InReview => &[
            State::Passed,
            State::PassedWithCuts,
            State::Refused,
            State::Printed,
        ],
        State::Printed => &[State::Packed],
        _ => &[],
    };
    for state in taken_back {
        sql.prepare_cached(
            "DELETE FROM notes WHERE letter = ?1 AND state = ?2 AND sent IS NULL AND after IS NULL",
        )?
        .execute(params![int(number.0), state])?;
    }
    if matches!(how.to, State::TakenByDesk | State::InReview) {
        return Ok(());
    }
    // The last one that waits says the very same.
    let is_said: bool = sql
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM notes WHERE note = (SELECT max(note) FROM notes WHERE letter = ?1)
                AND sent IS NULL AND state = ?2 AND reason IS ?3 AND evidence = ?4)",
        )?
        .query_row(
            params![int(number.0), how.to, how.reason, how.evidence.word()],
            |row| row.get(0),
        )?;
    if is_said {
        return Ok(());
    }
    sql.prepare_cached(
        "INSERT INTO notes (letter, state, reason, evidence, made) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        int(number.0),
        how.to,
        how.reason,
        how.evidence.word(),
        int(how.at.0)
    ])?;
    Ok(())
}

/// Whether a note whose sending had begun is in the account already.
fn in_outbox(
    post: &dyn Post,
    note: &NoteRow,
    after: LetterNumber,
) -> Result<Option<LetterNumber>, Error> {
    find_after(post, after, |letter| {
        letter.direction == Direction::Out
            && letter.kind == LetterKind::Status
            && letter.notice.as_ref().is_some_and(|notice| {
                notice.about == Some(note.letter) && notice.state == note.state.word()
            })
    })
}

/// The first letter after this number that is the one.
pub(crate) fn find_after(
    post: &dyn Post,
    mut after: LetterNumber,
    is_it: impl Fn(&Letter) -> bool,
) -> Result<Option<LetterNumber>, Error> {
    /// Letters that are looked at in one go.
    const PAGE: usize = 256;
    loop {
        let letters = post.letters_after(after, PAGE)?;
        if let Some(found) = letters.iter().find(|letter| is_it(letter)) {
            return Ok(Some(found.number));
        }
        match letters.last() {
            Some(last) => after = last.number,
            None => return Ok(None),
        }
    }
}

/// Whether the account itself is in trouble, as against one letter.
pub(crate) fn is_of_the_vault(error: &tidings_client::Error) -> bool {
    use tidings_client::Error as E;
    matches!(
        error,
        E::VaultDamaged { .. } | E::VaultStorage { .. } | E::VaultVersion { .. } | E::Disk { .. }
    )
}

/// Whether a note has to wait for something that the family or a person at the desk does.
fn waits(error: &tidings_client::Error) -> bool {
    use tidings_client::Error as E;
    matches!(
        error,
        E::NotVerified
            | E::Frozen
            | E::FamilyMustBegin
            | E::MustBegin
            | E::WindowFull { .. }
            | E::NoLetter { .. }
            | E::NoContact { .. }
    )
}

/// The state as a notice says it.
fn stated(state: State, reason: Option<&str>, language: Language) -> LetterState {
    match state {
        State::TakenByDesk => LetterState::TakenByDesk,
        State::InReview => LetterState::InReview,
        State::Passed => LetterState::Passed,
        State::PassedWithCuts => LetterState::PassedWithCuts,
        State::Held => LetterState::Held,
        State::Refused => {
            let reason = reason.and_then(|word| templates::reason(language, word));
            match Line::<REMARK_MAX>::new(reason.unwrap_or("—")) {
                Ok(reason) => LetterState::Refused { reason },
                Err(_) => LetterState::Held,
            }
        }
        State::Printed => LetterState::Printed,
        State::Packed => match Line::<SHORT_TEXT_MAX>::new(reason.unwrap_or("—")) {
            Ok(parcel) => LetterState::Packed { parcel },
            Err(_) => LetterState::Printed,
        },
        State::WithCarrier => LetterState::WithCarrier,
        State::AtReceivingSide => LetterState::AtReceivingSide,
        State::HandoverReported => LetterState::HandoverReported,
        State::ReplyReceived => LetterState::ReplyReceived,
        State::Returned => {
            let why = reason.and_then(|word| word.parse().ok());
            LetterState::Returned(why.unwrap_or(Returned::Unknown))
        }
        State::Lost => LetterState::Lost,
        State::Withdrawn => LetterState::Withdrawn,
    }
}

#[cfg(test)]
mod tests;
