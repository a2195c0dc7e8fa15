//! Letters from families: taking in, states, lists, search, opening.

pub(crate) mod access;
pub(crate) mod import;
mod list;
mod open;
mod search;
mod state;
mod track;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::{ContactNumber, LetterNumber};
use tidings_protocol::{language::Language, time::UnixTime};

pub use self::{
    access::Opening,
    import::ImportReport,
    list::{Cursor, LetterCounts, LetterFilter, LetterPage, Order},
    open::{EnclosureInfo, OpenedLetter, Picture, Step},
    state::State,
    track::{Evidence, Returned, Tracked},
};
pub(crate) use self::{open::text, search::like};
use crate::{
    Error, OperatorId, Subject,
    desk::Log,
    notes,
    operators::language_of,
    store::{int, uint},
};

/// A letter as lists show it: nothing of its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// The account's number.
    pub number: LetterNumber,
    /// The family.
    pub contact: ContactNumber,
    /// What the writer is called.
    pub writer: String,
    /// For whom it is.
    pub addressee: Option<String>,
    /// The language of the text, as far as its letters tell.
    pub language: Language,
    /// When it was opened here.
    pub received: UnixTime,
    /// Where it is.
    pub state: State,
    /// Since when.
    pub since: UnixTime,
    /// Photographs and drawings.
    pub pictures: u32,
    /// Lines of text as typed.
    pub lines: u32,
    /// The value of the sheet number on its paper, once it has one.
    pub sheet: Option<u32>,
    /// The route it goes.
    pub route: Option<u64>,
    /// The person of the register for whom it is, once somebody confirmed that.
    pub person: Option<u64>,
    /// Whether some operators only may open it.
    pub restricted: bool,
    /// Whether two people open it.
    pub two_people: bool,
    /// Why it is held, refused or returned: the word of a reason.
    pub reason: Option<String>,
    /// Since when text and pictures are erased here.
    pub erased: Option<UnixTime>,
}

/// The columns of [`row_of`].
pub(crate) const COLUMNS: &str = "letter, contact, writer, addressee, language, received, state, since, \
    pictures, lines, sheet, route, person, restricted, two_people, reason, erased";

pub(crate) fn row_of(row: &Row<'_>) -> rusqlite::Result<LetterRow> {
    Ok(LetterRow {
        number: LetterNumber(uint(row.get(0)?)),
        contact: ContactNumber(uint(row.get(1)?)),
        writer: row.get(2)?,
        addressee: row.get(3)?,
        language: language_of(&row.get::<_, String>(4)?),
        received: UnixTime(uint(row.get(5)?)),
        state: row.get(6)?,
        since: UnixTime(uint(row.get(7)?)),
        pictures: row.get(8)?,
        lines: row.get(9)?,
        sheet: row.get(10)?,
        route: row.get::<_, Option<i64>>(11)?.map(uint),
        person: row.get::<_, Option<i64>>(12)?.map(uint),
        restricted: row.get(13)?,
        two_people: row.get(14)?,
        reason: row.get(15)?,
        erased: row.get::<_, Option<i64>>(16)?.map(|at| UnixTime(uint(at))),
    })
}

/// The row of a letter.
pub(crate) fn row(sql: &Transaction<'_>, number: LetterNumber) -> Result<LetterRow, Error> {
    sql.prepare_cached(&format!("SELECT {COLUMNS} FROM letters WHERE letter = ?1"))?
        .query_row([int(number.0)], row_of)
        .optional()?
        .ok_or(Error::NotFound {
            what: "letter",
            number: number.0,
        })
}

/// How a letter comes to a new state.
pub(crate) struct Move<'a> {
    pub(crate) to: State,
    /// The word of a reason, or a parcel's number.
    pub(crate) reason: Option<&'a str>,
    pub(crate) by: Option<OperatorId>,
    pub(crate) at: UnixTime,
    /// How the office knows.
    pub(crate) evidence: Evidence,
}

/// Moves a letter to another state: the only place that writes one.
pub(crate) fn go(
    sql: &Transaction<'_>,
    log: &mut Log,
    number: LetterNumber,
    how: &Move<'_>,
) -> Result<LetterRow, Error> {
    let before = row(sql, number)?;
    if !before.state.can_become(how.to) {
        return Err(Error::Transition {
            from: before.state,
            to: how.to,
        });
    }
    sql.prepare_cached("UPDATE letters SET state = ?2, since = ?3, reason = ?4 WHERE letter = ?1")?
        .execute(params![int(number.0), how.to, int(how.at.0), how.reason])?;
    step(sql, number, how)?;
    notes::queue(sql, number, how)?;
    log.add(
        "letter_moved",
        Subject::Letter(number.0),
        &format!("{} {}", before.state.word(), how.to.word()),
    );
    Ok(before)
}

/// Notes a state in the letter's own history.
fn step(sql: &Transaction<'_>, number: LetterNumber, how: &Move<'_>) -> Result<(), Error> {
    sql.prepare_cached(
        "INSERT INTO letter_steps (letter, at, state, operator, note) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        int(number.0),
        int(how.at.0),
        how.to,
        how.by.map(|id| int(id.0)),
        how.reason
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests;
