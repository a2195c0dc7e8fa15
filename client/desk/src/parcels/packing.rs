//! Packing: two people, a scanner, and a seal that is refused while a letter is missing or does not belong there.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{
    letter::{Evidence, ParcelState},
    time::UnixTime,
};

use super::{go, letters, parcel};
use crate::{
    Action, Actor, Desk, Error, State, Subject,
    desk::line,
    letters::{Move, go as letter_goes, row},
    store::{int, uint},
};

/// Bytes of a seal's number.
const SEAL_MAX: usize = 40;
/// Bytes of the contents in words.
const CONTENTS_MAX: usize = 2_000;

/// What holding a letter under the scanner at a parcel meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackScan {
    /// It belongs there and is in now.
    Packed,
    /// It was in already.
    AlreadyIn,
    /// It belongs into another parcel. Until somebody says that it was taken out, this one is not sealed.
    BelongsTo {
        /// The other parcel.
        parcel: u64,
    },
    /// It belongs into no parcel yet.
    Unbound {
        /// The letter.
        letter: LetterNumber,
    },
    /// It is not printed, or has left already.
    NotReady {
        /// Where it is.
        state: State,
    },
}

/// What is written down when a parcel is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// The seal's number, 1 to 40 bytes.
    pub seal: String,
    /// Weight in grams.
    pub grams: u32,
    /// Contents with quantities, one kind a line.
    pub contents: String,
}

impl Desk {
    /// Binds letters to a parcel: they belong into it from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Pack`], [`Error::BoundElsewhere`], [`Error::ParcelClosed`],
    /// [`Error::Transition`] for a letter that was neither passed nor printed.
    pub fn bind_letters(
        &self,
        by: &Actor,
        id: u64,
        numbers: &[LetterNumber],
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "binding letters to a parcel",
            by,
            Action::Pack,
            now,
            |sql, log| {
                let state = still_open(sql, id)?;
                for number in numbers {
                    let letter = row(sql, *number)?;
                    if !letter.state.is_printable() && letter.state != State::Printed {
                        return Err(Error::Transition {
                            from: letter.state,
                            to: State::Packed,
                        });
                    }
                    match bound_to(sql, *number)? {
                        Some(parcel) if parcel != id => {
                            return Err(Error::BoundElsewhere { parcel });
                        }
                        Some(_) => {}
                        None => {
                            sql.execute(
                                "INSERT INTO parcel_letters (letter, parcel) VALUES (?1, ?2)",
                                params![int(number.0), int(id)],
                            )?;
                            // Held under the scanner before it was bound, it lies where it belongs now.
                            sql.execute(
                                "DELETE FROM misplaced WHERE parcel = ?1
                                    AND sheet IN (SELECT sheet FROM sheets WHERE letter = ?2)",
                                params![int(id), int(number.0)],
                            )?;
                            log.add("letter_bound", Subject::Letter(number.0), &id.to_string());
                        }
                    }
                }
                if state != ParcelState::LetterIn && !numbers.is_empty() {
                    go(sql, log, id, ParcelState::LetterIn, None, (by, now))?;
                }
                Ok(())
            },
        )
    }

    /// Takes a letter's binding away: it belongs into no parcel.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Pack`], [`Error::ParcelClosed`], [`Error::NotFound`].
    pub fn unbind_letter(
        &self,
        by: &Actor,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "taking a letter out of a parcel",
            by,
            Action::Pack,
            now,
            |sql, log| {
                let id = bound_to(sql, number)?.ok_or(Error::NotFound {
                    what: "letter in a parcel",
                    number: number.0,
                })?;
                still_open(sql, id)?;
                sql.execute(
                    "DELETE FROM parcel_letters WHERE letter = ?1",
                    [int(number.0)],
                )?;
                log.add("letter_unbound", Subject::Letter(number.0), &id.to_string());
                Ok(())
            },
        )
    }

    /// A letter was held under the scanner at a parcel. `sheet` is the value of its number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Pack`], [`Error::NoSheet`], [`Error::ParcelClosed`].
    pub fn pack_letter(
        &self,
        by: &Actor,
        id: u64,
        sheet: u32,
        now: UnixTime,
    ) -> Result<PackScan, Error> {
        self.act("packing a letter", by, Action::Pack, now, |sql, log| {
            still_open(sql, id)?;
            let number = letter_of(sql, sheet)?;
            let letter = row(sql, number)?;
            let scan = match bound_to(sql, number)? {
                Some(parcel) if parcel != id => PackScan::BelongsTo { parcel },
                Some(_) if letter.state != State::Printed => PackScan::NotReady {
                    state: letter.state,
                },
                Some(_) => {
                    let changed = sql.execute(
                        "UPDATE parcel_letters SET packed = ?2 WHERE letter = ?1 AND packed IS NULL",
                        params![int(number.0), int(now.0)],
                    )?;
                    if changed == 0 { PackScan::AlreadyIn } else { PackScan::Packed }
                }
                None => PackScan::Unbound { letter: number },
            };
            match scan {
                PackScan::Packed => log.add("letter_packed", Subject::Letter(number.0), &id.to_string()),
                PackScan::BelongsTo { .. } | PackScan::Unbound { .. } => {
                    sql.execute(
                        "INSERT OR REPLACE INTO misplaced (parcel, sheet, at) VALUES (?1, ?2, ?3)",
                        params![int(id), sheet, int(now.0)],
                    )?;
                    log.add("letter_misplaced", Subject::Letter(number.0), &id.to_string());
                }
                PackScan::AlreadyIn | PackScan::NotReady { .. } => {}
            }
            Ok(scan)
        })
    }

    /// Says that a letter which does not belong there was taken out again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Pack`].
    pub fn take_out(&self, by: &Actor, id: u64, sheet: u32, now: UnixTime) -> Result<(), Error> {
        self.act(
            "taking a letter out of a parcel",
            by,
            Action::Pack,
            now,
            |sql, log| {
                sql.execute(
                    "DELETE FROM misplaced WHERE parcel = ?1 AND sheet = ?2",
                    params![int(id), sheet],
                )?;
                log.add("letter_taken_out", Subject::Parcel(id), "");
                Ok(())
            },
        )
    }

    /// Closes a parcel: `packed` first, then, with the second packer, sealed. Letters in it are packed from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if one of the two may not pack, [`Error::SamePerson`], [`Error::LettersMissing`],
    /// [`Error::LettersMisplaced`], [`Error::SealTaken`], [`Error::Text`].
    pub fn seal_parcel(
        &self,
        by: &Actor,
        second: &Actor,
        id: u64,
        sealing: &Sealing,
        now: UnixTime,
    ) -> Result<(), Error> {
        let seal = line("seal", &sealing.seal, SEAL_MAX)?;
        let contents = sealing.contents.trim();
        if contents.len() > CONTENTS_MAX {
            return Err(Error::Text {
                what: "contents",
                limit: CONTENTS_MAX,
            });
        }
        second.need(Action::Pack)?;
        if by.operator_id()? == second.operator_id()? {
            return Err(Error::SamePerson);
        }
        self.act("sealing a parcel", by, Action::Pack, now, |sql, log| {
            still_open(sql, id)?;
            let inside = letters(sql, id)?;
            let missing = inside.iter().filter(|letter| !letter.packed).count();
            if missing > 0 {
                return Err(Error::LettersMissing { missing });
            }
            let misplaced: i64 = sql.query_row(
                "SELECT count(*) FROM misplaced WHERE parcel = ?1",
                [int(id)],
                |row| row.get(0),
            )?;
            if misplaced > 0 {
                return Err(Error::LettersMisplaced {
                    misplaced: misplaced.unsigned_abs(),
                });
            }
            let parcel = parcel(sql, id)?;
            let taken: i64 = sql.query_row(
                "SELECT count(*) FROM parcels WHERE campaign = ?1 AND seal = ?2 AND parcel <> ?3",
                params![int(parcel.campaign), seal, int(id)],
                |row| row.get(0),
            )?;
            if taken > 0 {
                return Err(Error::SealTaken);
            }
            if parcel.state != ParcelState::Packed {
                go(sql, log, id, ParcelState::Packed, None, (by, now))?;
            }
            go(sql, log, id, ParcelState::Sealed, Some(&seal), (by, now))?;
            sql.execute(
                "UPDATE parcels SET seal = ?2, grams = ?3, contents = ?4, packer = ?5, second = ?6
                 WHERE parcel = ?1",
                params![
                    int(id),
                    seal,
                    sealing.grams,
                    contents,
                    int(by.operator_id()?.0),
                    int(second.operator_id()?.0)
                ],
            )?;
            for letter in inside {
                let how = Move {
                    to: State::Packed,
                    reason: Some(&parcel.code),
                    by: by.id(),
                    at: now,
                    evidence: Evidence::DeskSaw,
                };
                letter_goes(sql, log, letter.letter, &how)?;
            }
            Ok(())
        })
    }

    /// Breaks our own seal, before the parcel is counted: its letters are printed again, and have to be scanned in anew.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Pack`], [`Error::ParcelTransition`].
    pub fn unseal_parcel(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.act("opening a parcel", by, Action::Pack, now, |sql, log| {
            go(
                sql,
                log,
                id,
                ParcelState::Packed,
                Some("unsealed"),
                (by, now),
            )?;
            sql.execute(
                "UPDATE parcels SET seal = NULL WHERE parcel = ?1",
                [int(id)],
            )?;
            for letter in letters(sql, id)? {
                let how = Move {
                    to: State::Printed,
                    reason: None,
                    by: by.id(),
                    at: now,
                    evidence: Evidence::DeskSaw,
                };
                letter_goes(sql, log, letter.letter, &how)?;
            }
            sql.execute(
                "UPDATE parcel_letters SET packed = NULL WHERE parcel = ?1",
                [int(id)],
            )?;
            Ok(())
        })
    }
}

/// The state of a parcel into which letters can still be put.
fn still_open(sql: &Transaction<'_>, id: u64) -> Result<ParcelState, Error> {
    let state = parcel(sql, id)?.state;
    match state {
        ParcelState::Listed
        | ParcelState::FamilyInvited
        | ParcelState::LetterIn
        | ParcelState::FamilyDeclined
        | ParcelState::Packed => Ok(state),
        _ => Err(Error::ParcelClosed { state }),
    }
}

fn bound_to(sql: &Transaction<'_>, letter: LetterNumber) -> Result<Option<u64>, Error> {
    let parcel: Option<i64> = sql
        .prepare_cached("SELECT parcel FROM parcel_letters WHERE letter = ?1")?
        .query_row([int(letter.0)], |row| row.get(0))
        .optional()?;
    Ok(parcel.map(uint))
}

fn letter_of(sql: &Transaction<'_>, sheet: u32) -> Result<LetterNumber, Error> {
    let letter: Option<i64> = sql
        .prepare_cached("SELECT letter FROM sheets WHERE sheet = ?1")?
        .query_row([sheet], |row| row.get(0))
        .optional()?;
    letter
        .map(|letter| LetterNumber(uint(letter)))
        .ok_or(Error::NoSheet)
}
