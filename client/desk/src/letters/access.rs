//! Who may open one letter: some operators only (DESK-8), or two people together (DESK-9).

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::time::UnixTime;

use super::row;
use crate::{
    Action, Actor, Desk, Error, OperatorId, Role, Subject,
    store::{int, uint},
};

/// Seconds for which an opening that two people agreed to lasts.
pub(crate) const OPENING_SECONDS: u64 = 1_800;

/// An opening that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The letter.
    pub letter: LetterNumber,
    /// Who asked.
    pub asked_by: OperatorId,
    /// When.
    pub asked: UnixTime,
}

impl Desk {
    /// Says that a letter is opened by two people only, or no more.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Restrict`]; lifting it needs a head.
    pub fn set_two_people(
        &self,
        by: &Actor,
        number: LetterNumber,
        two_people: bool,
        now: UnixTime,
    ) -> Result<(), Error> {
        let action = restricting(two_people);
        self.act("restricting a letter", by, action, now, |sql, log| {
            row(sql, number)?;
            sql.execute(
                "UPDATE letters SET two_people = ?2 WHERE letter = ?1",
                params![int(number.0), two_people],
            )?;
            sql.execute("DELETE FROM openings WHERE letter = ?1", [int(number.0)])?;
            let what = if two_people {
                "two_people_set"
            } else {
                "two_people_lifted"
            };
            log.add(what, Subject::Letter(number.0), "");
            Ok(())
        })
    }

    /// Says that only these operators, and heads, may open a letter; everybody with the role if the list is empty.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Restrict`]; lifting it needs a head.
    pub fn set_access(
        &self,
        by: &Actor,
        number: LetterNumber,
        operators: &[OperatorId],
        now: UnixTime,
    ) -> Result<(), Error> {
        let action = restricting(!operators.is_empty());
        self.act("restricting a letter", by, action, now, |sql, log| {
            if row(sql, number)?.restricted {
                check(sql, by, number, now)?;
            }
            sql.execute(
                "DELETE FROM letter_access WHERE letter = ?1",
                [int(number.0)],
            )?;
            for operator in operators {
                sql.execute(
                    "INSERT OR IGNORE INTO letter_access (letter, operator) VALUES (?1, ?2)",
                    params![int(number.0), int(operator.0)],
                )?;
            }
            sql.execute(
                "UPDATE letters SET restricted = ?2 WHERE letter = ?1",
                params![int(number.0), !operators.is_empty()],
            )?;
            log.add(
                "access_set",
                Subject::Letter(number.0),
                &operators.len().to_string(),
            );
            Ok(())
        })
    }

    /// Asks for a second person to open a letter with.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ReadLetter`].
    pub fn ask_opening(
        &self,
        by: &Actor,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<(), Error> {
        let asker = by.operator_id()?;
        self.act(
            "asking for an opening",
            by,
            Action::ReadLetter,
            now,
            |sql, log| {
                row(sql, number)?;
                sql.execute(
                    "INSERT OR REPLACE INTO openings (letter, asked_by, asked) VALUES (?1, ?2, ?3)",
                    params![int(number.0), int(asker.0), int(now.0)],
                )?;
                log.add("opening_asked", Subject::Letter(number.0), "");
                Ok(())
            },
        )
    }

    /// Openings that wait for a second person: another one than who looks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Agree`].
    pub fn openings(&self, by: &Actor, now: UnixTime) -> Result<Vec<Opening>, Error> {
        by.need(Action::Agree)?;
        let own = by.operator_id()?;
        self.store.read("reading openings", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT letter, asked_by, asked FROM openings
                 WHERE agreed_by IS NULL AND asked_by <> ?1 AND asked > ?2 ORDER BY asked",
            )?;
            let oldest = int(now.minus(OPENING_SECONDS).0);
            let rows = statement.query_map(params![int(own.0), oldest], |row| {
                Ok(Opening {
                    letter: LetterNumber(uint(row.get(0)?)),
                    asked_by: OperatorId(uint(row.get(1)?)),
                    asked: UnixTime(uint(row.get(2)?)),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Agrees to an opening that another one asked for: for half an hour he may open the letter.
    ///
    /// # Errors
    /// [`Error::SamePerson`], [`Error::NotFound`] if nobody asked in the last half hour, [`Error::NoAccess`].
    pub fn agree(
        &self,
        by: &Actor,
        number: LetterNumber,
        asked_by: OperatorId,
        now: UnixTime,
    ) -> Result<(), Error> {
        let second = by.operator_id()?;
        if second == asked_by {
            return Err(Error::SamePerson);
        }
        self.act(
            "agreeing to an opening",
            by,
            Action::Agree,
            now,
            |sql, log| {
                check_list(sql, by, number)?;
                let changed = sql.execute(
                    "UPDATE openings SET agreed_by = ?3, agreed = ?4
                 WHERE letter = ?1 AND asked_by = ?2 AND asked > ?5",
                    params![
                        int(number.0),
                        int(asked_by.0),
                        int(second.0),
                        int(now.0),
                        int(now.minus(OPENING_SECONDS).0)
                    ],
                )?;
                if changed == 0 {
                    return Err(Error::NotFound {
                        what: "opening",
                        number: number.0,
                    });
                }
                log.add(
                    "opening_agreed",
                    Subject::Letter(number.0),
                    &asked_by.0.to_string(),
                );
                Ok(())
            },
        )
    }
}

/// To restrict is easy; to lift a restriction is a head's.
fn restricting(on: bool) -> Action {
    if on {
        Action::Restrict
    } else {
        Action::OpenOriginal
    }
}

/// Whether this operator may open this letter now.
pub(crate) fn check(
    sql: &Transaction<'_>,
    by: &Actor,
    number: LetterNumber,
    now: UnixTime,
) -> Result<(), Error> {
    let letter = row(sql, number)?;
    check_list(sql, by, number)?;
    if !letter.two_people {
        return Ok(());
    }
    let agreed: Option<i64> = sql
        .prepare_cached(
            "SELECT agreed FROM openings
             WHERE letter = ?1 AND asked_by = ?2 AND agreed_by IS NOT NULL",
        )?
        .query_row(params![int(number.0), int(by.operator_id()?.0)], |row| {
            row.get(0)
        })
        .optional()?;
    match agreed {
        Some(agreed) if now.0 < uint(agreed) + OPENING_SECONDS => Ok(()),
        _ => Err(Error::SecondPersonNeeded),
    }
}

fn check_list(sql: &Transaction<'_>, by: &Actor, number: LetterNumber) -> Result<(), Error> {
    if !row(sql, number)?.restricted || by.roles().has(Role::Head) {
        return Ok(());
    }
    let listed: i64 = sql
        .prepare_cached("SELECT count(*) FROM letter_access WHERE letter = ?1 AND operator = ?2")?
        .query_row(params![int(number.0), int(by.operator_id()?.0)], |row| {
            row.get(0)
        })?;
    match listed {
        0 => Err(Error::NoAccess),
        _ => Ok(()),
    }
}
