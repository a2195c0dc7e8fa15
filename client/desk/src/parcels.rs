//! Parcels of a campaign: packed against a list, sealed only when the right letters are in, counted at every handover.

mod campaigns;
mod counts;
mod manifest;
mod packing;
mod state;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{letter::ParcelState, time::UnixTime};

pub(crate) use self::manifest::quoted;
pub use self::{
    campaigns::Campaign,
    counts::{Count, Stage},
    manifest::{
        Manifest, ManifestCheck, ManifestRow, ManifestWords, check_manifest, verify_manifest,
    },
    packing::{PackScan, Sealing},
};
use crate::{
    Action, Actor, Desk, Error, Subject,
    desk::Log,
    store::{int, uint},
};

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Number.
    pub id: u64,
    /// The campaign.
    pub campaign: u64,
    /// What stands outside: no name.
    pub code: String,
    /// For whom it is.
    pub name: String,
    /// Date of birth, as the list has it.
    pub born: Option<String>,
    /// Place, as the list has it.
    pub place: Option<String>,
    /// Internment number.
    pub number: Option<String>,
    /// The list's remark.
    pub remark: Option<String>,
    /// How far it is.
    pub state: ParcelState,
    /// Since when.
    pub since: UnixTime,
    /// The seal's number.
    pub seal: Option<String>,
    /// Weight in grams.
    pub grams: Option<u32>,
    /// Contents in words, with quantities.
    pub contents: Option<String>,
    /// Letters that belong into it.
    pub letters: u32,
    /// Of them, those that are in.
    pub packed: u32,
}

/// Begins what a label says to a scanner: a key that is the same on Ukrainian, Russian and Latin keyboards.
const LABEL_SIGN: char = '=';

impl Parcel {
    /// What its label says to the packers' scanner: the parcel's own number, digits behind a sign. Codes of lists are in any
    /// script, and a scanner types keys: in another layout they would become other letters
    /// (DESK-43).
    #[must_use]
    pub fn label_code(&self) -> String {
        format!("{LABEL_SIGN}{}", self.id)
    }

    /// Whether its state can become this one.
    #[must_use]
    pub fn can_become(&self, to: ParcelState) -> bool {
        state::can_become(self.state, to)
    }
}

/// A letter of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelLetter {
    /// The letter.
    pub letter: LetterNumber,
    /// The value of its sheet number.
    pub sheet: Option<u32>,
    /// Who wrote it.
    pub writer: String,
    /// For whom it is.
    pub addressee: Option<String>,
    /// Whether it is in.
    pub packed: bool,
}

impl Desk {
    /// Parcels of a campaign after this one, in the order of the list, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`].
    pub fn parcels(
        &self,
        by: &Actor,
        campaign: u64,
        state: Option<ParcelState>,
        after: u64,
        count: u32,
    ) -> Result<Vec<Parcel>, Error> {
        by.need(Action::Track)?;
        self.store.read("reading parcels", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "{SELECT} WHERE campaign = ?1 AND (?2 IS NULL OR state = ?2) AND parcel > ?3
                 ORDER BY parcel LIMIT ?4"
            ))?;
            let state = state.map(ParcelState::word);
            let rows =
                statement.query_map(params![int(campaign), state, int(after), count], parcel_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The parcel with this code: of its label ([`Parcel::label_code`]), or of the campaign's list.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::NoParcel`].
    pub fn find_parcel(&self, by: &Actor, campaign: u64, code: &str) -> Result<Parcel, Error> {
        by.need(Action::Track)?;
        self.store.read("reading a parcel", |sql| {
            let code = code.trim();
            // The label first: whatever a list calls another parcel, a label leads to its own.
            if let Some(id) = code
                .strip_prefix(LABEL_SIGN)
                .and_then(|id| id.parse::<i64>().ok())
                && let Some(parcel) = sql
                    .prepare_cached(&format!("{SELECT} WHERE campaign = ?1 AND parcel = ?2"))?
                    .query_row(params![int(campaign), id], parcel_of)
                    .optional()?
            {
                return Ok(parcel);
            }
            sql.prepare_cached(&format!("{SELECT} WHERE campaign = ?1 AND code = ?2"))?
                .query_row(params![int(campaign), code], parcel_of)
                .optional()?
                .ok_or(Error::NoParcel)
        })
    }

    /// Sheets that were held under the scanner at a parcel that is not theirs, and that nobody has said to be out again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`].
    pub fn misplaced(&self, by: &Actor, id: u64) -> Result<Vec<u32>, Error> {
        by.need(Action::Track)?;
        self.store.read("reading misplaced letters", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT sheet FROM misplaced WHERE parcel = ?1 ORDER BY at")?;
            Ok(statement
                .query_map([int(id)], |row| row.get(0))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// One parcel with its letters.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::NotFound`].
    pub fn parcel(&self, by: &Actor, id: u64) -> Result<(Parcel, Vec<ParcelLetter>), Error> {
        by.need(Action::Track)?;
        self.store.read("reading a parcel", |sql| {
            Ok((parcel(sql, id)?, letters(sql, id)?))
        })
    }
}

const SELECT: &str = "SELECT parcel, campaign, code, name, born, place, number, remark, state, since, seal, grams, contents,
    (SELECT count(*) FROM parcel_letters l WHERE l.parcel = parcels.parcel),
    (SELECT count(packed) FROM parcel_letters l WHERE l.parcel = parcels.parcel) FROM parcels";

fn parcel_of(row: &Row<'_>) -> rusqlite::Result<Parcel> {
    let state: String = row.get(8)?;
    Ok(Parcel {
        id: uint(row.get(0)?),
        campaign: uint(row.get(1)?),
        code: row.get(2)?,
        name: row.get(3)?,
        born: row.get(4)?,
        place: row.get(5)?,
        number: row.get(6)?,
        remark: row.get(7)?,
        state: state.parse().unwrap_or(ParcelState::Listed),
        since: UnixTime(uint(row.get(9)?)),
        seal: row.get(10)?,
        grams: row.get(11)?,
        contents: row.get(12)?,
        letters: row.get(13)?,
        packed: row.get(14)?,
    })
}

fn parcel(sql: &Transaction<'_>, id: u64) -> Result<Parcel, Error> {
    sql.prepare_cached(&format!("{SELECT} WHERE parcel = ?1"))?
        .query_row([int(id)], parcel_of)
        .optional()?
        .ok_or(Error::NotFound {
            what: "parcel",
            number: id,
        })
}

fn letters(sql: &Transaction<'_>, id: u64) -> Result<Vec<ParcelLetter>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT letter, l.sheet, l.writer, l.addressee, p.packed IS NOT NULL
         FROM parcel_letters p JOIN letters l USING (letter) WHERE p.parcel = ?1 ORDER BY letter",
    )?;
    let rows = statement.query_map([int(id)], |row| {
        Ok(ParcelLetter {
            letter: LetterNumber(uint(row.get(0)?)),
            sheet: row.get(1)?,
            writer: row.get(2)?,
            addressee: row.get(3)?,
            packed: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Moves a parcel to another state: the only place that writes one.
fn go(
    sql: &Transaction<'_>,
    log: &mut Log,
    id: u64,
    to: ParcelState,
    note: Option<&str>,
    (by, now): (&Actor, UnixTime),
) -> Result<(), Error> {
    let from = parcel(sql, id)?.state;
    if !state::can_become(from, to) {
        return Err(Error::ParcelTransition { from, to });
    }
    sql.prepare_cached("UPDATE parcels SET state = ?2, since = ?3 WHERE parcel = ?1")?
        .execute(params![int(id), to.word(), int(now.0)])?;
    sql.prepare_cached(
        "INSERT INTO parcel_steps (parcel, at, state, operator, note) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        int(id),
        int(now.0),
        to.word(),
        by.id().map(|id| int(id.0)),
        note
    ])?;
    let detail = format!("{} {}", from.word(), to.word());
    log.add("parcel_moved", Subject::Parcel(id), &detail);
    Ok(())
}

#[cfg(test)]
mod tests;
