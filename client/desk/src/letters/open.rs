//! Opening a letter: what it says, shown to one who may read it, with an entry in the log.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::time::UnixTime;

use super::{LetterRow, State, access, row};
use crate::{
    Action, Actor, Desk, Error, OperatorId, Subject,
    store::{int, uint},
};

/// A letter with its contents. Does not print them.
#[derive(Clone)]
pub struct OpenedLetter {
    /// What lists show.
    pub row: LetterRow,
    /// The text; empty once it is erased.
    pub text: String,
    /// What is enclosed.
    pub enclosures: Vec<EnclosureInfo>,
    /// Where it has been, oldest first.
    pub steps: Vec<Step>,
}

impl std::fmt::Debug for OpenedLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedLetter({})", self.row.number)
    }
}

/// An enclosure, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnclosureInfo {
    /// Its place, from 0.
    pub place: u32,
    /// `photo`, `drawing`, `voice`, `scan`, `text`, `unknown`.
    pub kind: String,
    /// File name.
    pub name: String,
    /// Registered media type.
    pub media_type: String,
    /// Size in bytes; none before it has come, or once it is erased.
    pub bytes: Option<u64>,
}

/// The bytes of an enclosure. Does not print them.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Registered media type, as the family's program stated it: to be checked before it is believed.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Picture({}, {} bytes)",
            self.media_type,
            self.bytes.len()
        )
    }
}

/// A state that a letter came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: UnixTime,
    /// The state.
    pub state: State,
    /// Who moved it there, if a person did.
    pub by: Option<OperatorId>,
    /// A reason, or the number of a parcel.
    pub note: Option<String>,
}

impl Desk {
    /// Opens a letter. The log says who did.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ReadLetter`], [`Error::NoAccess`], [`Error::SecondPersonNeeded`],
    /// [`Error::NotFound`].
    pub fn open_letter(
        &self,
        by: &Actor,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<OpenedLetter, Error> {
        self.act(
            "opening a letter",
            by,
            Action::ReadLetter,
            now,
            |sql, log| {
                access::check(sql, by, number, now)?;
                log.add("letter_opened", Subject::Letter(number.0), "");
                Ok(OpenedLetter {
                    row: row(sql, number)?,
                    text: text(sql, number)?,
                    enclosures: enclosures(sql, number)?,
                    steps: steps(sql, number)?,
                })
            },
        )
    }

    /// What is known about a letter without opening it: for those who print and pack.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`], [`Error::NotFound`].
    pub fn letter_row(&self, by: &Actor, number: LetterNumber) -> Result<LetterRow, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("reading a letter", |sql| row(sql, number))
    }

    /// Where a letter has been.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn letter_steps(&self, by: &Actor, number: LetterNumber) -> Result<Vec<Step>, Error> {
        by.need(Action::SeeLetters)?;
        self.store
            .read("reading a letter's way", |sql| steps(sql, number))
    }

    /// The bytes of an enclosure. Opening the letter has been logged before.
    ///
    /// # Errors
    /// As [`Desk::open_letter`]; [`Error::NotFetched`], [`Error::Erased`].
    pub fn picture(
        &self,
        by: &Actor,
        number: LetterNumber,
        place: u32,
        now: UnixTime,
    ) -> Result<Picture, Error> {
        by.need(Action::ReadLetter)?;
        self.store.read("reading an enclosure", |sql| {
            access::check(sql, by, number, now)?;
            let erased = row(sql, number)?.erased.is_some();
            let found = sql
                .prepare_cached(
                    "SELECT media_type, bytes FROM enclosures WHERE letter = ?1 AND place = ?2",
                )?
                .query_row(params![int(number.0), place], |row| {
                    Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
                })
                .optional()?;
            match found {
                Some((media_type, Some(bytes))) => Ok(Picture { media_type, bytes }),
                _ if erased => Err(Error::Erased),
                Some((_, None)) => Err(Error::NotFetched),
                None => Err(Error::NotFound {
                    what: "enclosure",
                    number: u64::from(place),
                }),
            }
        })
    }
}

/// The text of a letter, as it stands here.
pub(crate) fn text(sql: &Transaction<'_>, number: LetterNumber) -> Result<String, Error> {
    let text = sql
        .prepare_cached("SELECT text FROM letter_texts WHERE letter = ?1")?
        .query_row([int(number.0)], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

fn enclosures(sql: &Transaction<'_>, number: LetterNumber) -> Result<Vec<EnclosureInfo>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT place, kind, name, media_type, length(bytes) FROM enclosures
         WHERE letter = ?1 ORDER BY place",
    )?;
    let rows = statement.query_map([int(number.0)], |row| {
        Ok(EnclosureInfo {
            place: row.get(0)?,
            kind: row.get(1)?,
            name: row.get(2)?,
            media_type: row.get(3)?,
            bytes: row.get::<_, Option<i64>>(4)?.map(uint),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn steps(sql: &Transaction<'_>, number: LetterNumber) -> Result<Vec<Step>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT at, state, operator, note FROM letter_steps WHERE letter = ?1 ORDER BY rowid",
    )?;
    let rows = statement.query_map([int(number.0)], |row| {
        Ok(Step {
            at: UnixTime(uint(row.get(0)?)),
            state: row.get(1)?,
            by: row.get::<_, Option<i64>>(2)?.map(|id| OperatorId(uint(id))),
            note: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
