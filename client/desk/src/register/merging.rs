//! One person who stands in the register twice (DESK-23).
//!
//! Nothing that either record says is lost: what was written down stays under its old number and is shown with the other, and what
//! holds from now on is decided by people where the two differ. A death is never merged away.

use rusqlite::{Transaction, params};
use tidings_protocol::{
    letter::{Evidence, PersonEvent, PersonState},
    time::UnixTime,
};

use super::{
    Standing, event_of, evidence_of,
    people::{PersonRow, SELECT, index, keep_state, person, row_of},
    state_of,
};
use crate::{
    Action, Actor, Desk, Error, Subject,
    store::{int, uint},
};

/// Which of two records says what is known from now on, where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The one that stays.
    Kept,
    /// The one that becomes part of it.
    Merged,
}

/// What was written down about a person at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateEntry {
    /// The number of the record in which it was written.
    pub record: u64,
    /// When.
    pub at: UnixTime,
    /// What was known.
    pub state: PersonState,
    /// What had happened.
    pub event: Option<PersonEvent>,
    /// How the office knew.
    pub evidence: Evidence,
}

/// What stands behind a person of the register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonPast {
    /// Everything that was ever written down about him, in any of his records, oldest first.
    pub states: Vec<StateEntry>,
    /// Records that were merged into his, as they were.
    pub records: Vec<PersonRow>,
}

impl Desk {
    /// Merges one person into another: letters, requests, parcels and ticks of the one are the other's from now on, and his
    /// history, his spellings and what is sealed about him stand with them. Two people decide it. Where the records differ in what
    /// is known, `holds` says which of them is right; a record that says nothing gives way by itself.
    ///
    /// An answer to a family that has not gone yet and says something else than what holds now is taken back: a person answers anew.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::SamePerson`] if the two deciding are one, or the two to
    /// be merged; [`Error::RecordsDiffer`] where they do and nobody has said which holds; [`Error::DeathStays`] if that would take
    /// a death back; [`Error::NotFound`].
    pub fn merge_people(
        &self,
        by: &Actor,
        second: &Actor,
        (keep, merge): (u64, u64),
        holds: Option<Holds>,
        now: UnixTime,
    ) -> Result<(), Error> {
        second.need(Action::KeepRegister)?;
        if second.operator_id()? == by.operator_id()? {
            return Err(Error::SamePerson);
        }
        self.act(
            "merging two people",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let (keep, merge) = (person(sql, keep)?, person(sql, merge)?);
                if keep.id == merge.id {
                    return Err(Error::SamePerson);
                }
                let known = known_of(&keep, &merge, holds)?;
                let before = standing(&keep);
                carry(sql, &keep, &merge, &known)?;
                if before != standing(&known) {
                    keep_state(sql, keep.id, standing(&known), (by.id(), now))?;
                }
                take_answers_back(sql, keep.id, &known)?;
                index(sql, keep.id)?;
                log.add(
                    "people_merged",
                    Subject::Person(keep.id),
                    &merge.id.to_string(),
                );
                Ok(())
            },
        )
    }

    /// What stands behind a person: his history, and the records that were merged into his.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`], [`Error::NotFound`].
    pub fn person_past(&self, by: &Actor, id: u64) -> Result<PersonPast, Error> {
        by.need(Action::SeeRegister)?;
        self.store.read("reading the register", |sql| {
            let id = person(sql, id)?.id;
            let mut statement = sql.prepare_cached(
                "SELECT person, at, state, event, evidence FROM person_states
                 WHERE person IN (SELECT person FROM people WHERE person = ?1 OR merged = ?1) ORDER BY at, entry",
            )?;
            let states = statement.query_map([int(id)], |row| {
                Ok(StateEntry {
                    record: uint(row.get(0)?),
                    at: UnixTime(uint(row.get(1)?)),
                    state: state_of(&row.get::<_, String>(2)?),
                    event: event_of(row.get(3)?),
                    evidence: evidence_of(&row.get::<_, String>(4)?),
                })
            })?;
            let states = states.collect::<Result<_, _>>()?;
            let mut statement =
                sql.prepare_cached(&format!("{SELECT} WHERE merged = ?1 ORDER BY person"))?;
            let records = statement.query_map([int(id)], row_of)?;
            Ok(PersonPast {
                states,
                records: records.collect::<Result<_, _>>()?,
            })
        })
    }
}

fn standing(row: &PersonRow) -> Standing {
    (row.state, row.event, row.evidence)
}

/// The record that says what is known from now on.
fn known_of(keep: &PersonRow, merge: &PersonRow, holds: Option<Holds>) -> Result<PersonRow, Error> {
    let says_nothing = |row: &PersonRow| row.state == PersonState::NoRecord && row.event.is_none();
    let died = |row: &PersonRow| row.event == Some(PersonEvent::Died);
    let known = if says_nothing(merge) {
        keep
    } else if says_nothing(keep) {
        merge
    } else if standing(keep) == standing(merge) {
        if merge.since < keep.since {
            merge
        } else {
            keep
        }
    } else {
        match holds {
            Some(Holds::Kept) => keep,
            Some(Holds::Merged) => merge,
            None => {
                return Err(Error::RecordsDiffer {
                    kept: (keep.state, keep.event),
                    merged: (merge.state, merge.event),
                });
            }
        }
    };
    if !died(known) && (died(keep) || died(merge)) {
        return Err(Error::DeathStays);
    }
    let other = if known.id == keep.id { merge } else { keep };
    let captured = known.captured.or(other.captured);
    // A card that came before the week began again is not the one that is waited for.
    let card = other
        .card
        .filter(|card| captured.is_none_or(|begun| *card >= begun));
    Ok(PersonRow {
        captured,
        card: known.card.or(card),
        ..known.clone()
    })
}

/// Moves everything that hangs on the one to the other, and fills what the other does not say.
fn carry(
    sql: &Transaction<'_>,
    keep: &PersonRow,
    merge: &PersonRow,
    known: &PersonRow,
) -> Result<(), Error> {
    for table in ["letters", "requests", "parcels", "arrivals"] {
        sql.execute(
            &format!("UPDATE {table} SET person = ?1 WHERE person = ?2"),
            params![int(keep.id), int(merge.id)],
        )?;
    }
    // Also those that were merged into the one before: a number leads to its person in one step.
    sql.execute(
        "UPDATE people SET merged = ?1 WHERE person = ?2 OR merged = ?2",
        params![int(keep.id), int(merge.id)],
    )?;
    sql.execute("DELETE FROM person_keys WHERE rowid = ?1", [int(merge.id)])?;
    sql.execute(
        "UPDATE people SET state = ?2, event = ?3, evidence = ?4, since = ?5, captured = ?6, card = ?7,
            latin = coalesce(latin, ?8), born = coalesce(born, ?9), birthplace = coalesce(birthplace, ?10),
            parents = coalesce(parents, ?11), residence = coalesce(residence, ?12), number = coalesce(number, ?13)
         WHERE person = ?1",
        params![
            int(keep.id),
            known.state.word(),
            known.event.map(PersonEvent::word),
            known.evidence.word(),
            int(known.since.0),
            known.captured.map(|at| int(at.0)),
            known.card.map(|at| int(at.0)),
            merge.latin,
            merge.born,
            merge.birthplace,
            merge.parents,
            merge.residence,
            merge.number
        ],
    )?;
    Ok(())
}

/// Answers that wait and say something else than what is known now.
fn take_answers_back(sql: &Transaction<'_>, id: u64, known: &PersonRow) -> Result<(), Error> {
    sql.execute(
        "UPDATE requests SET answer = NULL, evidence = NULL, answered = NULL, failure = 'answer-overtaken'
         WHERE person = ?1 AND answered IS NOT NULL AND sent IS NULL AND after IS NULL
            AND (answer <> ?2 OR evidence <> ?3)",
        params![int(id), known.state.word(), known.evidence.word()],
    )?;
    Ok(())
}
