//! People of the register.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::LetterNumber;
use tidings_lists::documents;
use tidings_names::{BirthDate, BirthError, query_keys, search_keys};
use tidings_protocol::{
    letter::{Evidence, PersonEvent, PersonState},
    time::UnixTime,
};

use super::{NAME_MAX, Standing, event_of, evidence_of, field, person_of, state_of};
use crate::{
    Action, Actor, Desk, Error, OperatorId, Subject,
    desk::line,
    letters,
    store::{int, uint},
};

/// People that a search gives, at most.
pub(super) const FOUND_MAX: u32 = 400;

/// For how long a second look at the same is no new one in the log, in seconds.
const LOOKED_SECONDS: u64 = 600;

/// What somebody writes into the register about a person. Empty fields are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonForm {
    /// Number; 0 for one who is not in the register yet.
    pub id: u64,
    /// Full name with patronymic in the person's own script.
    pub name: String,
    /// The same in Latin letters.
    pub latin: String,
    /// Date of birth, as well as it is known: `03.05.1990`, `05.1990`, `1990`, `бл. 1990`.
    pub born: String,
    /// Place of birth.
    pub birthplace: String,
    /// Names of the parents.
    pub parents: String,
    /// Last residence.
    pub residence: String,
    /// Internment number.
    pub number: String,
    /// Where it comes from, for a person of a list: the list and the row. The same source is taken over once.
    pub source: String,
}

/// A person of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Number.
    pub id: u64,
    /// Full name.
    pub name: String,
    /// In Latin letters.
    pub latin: Option<String>,
    /// Date of birth, as written.
    pub born: Option<String>,
    /// Place of birth.
    pub birthplace: Option<String>,
    /// Names of the parents.
    pub parents: Option<String>,
    /// Last residence.
    pub residence: Option<String>,
    /// Internment number.
    pub number: Option<String>,
    /// What is known, as one of the five answers.
    pub state: PersonState,
    /// What happened last. A death is written down here and told by a person.
    pub event: Option<PersonEvent>,
    /// How the office knows.
    pub evidence: Evidence,
    /// Since when.
    pub since: UnixTime,
    /// When he reached captivity or another camp, if the clock of the capture card runs from there.
    pub captured: Option<UnixTime>,
    /// When his capture card came.
    pub card: Option<UnixTime>,
    /// Whether unit and rank are known.
    pub has_service_details: bool,
}

impl Desk {
    /// Writes a person into the register, or changes what stands there. Returns the number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::Text`], [`Error::IdentityDocument`].
    pub fn save_person(&self, by: &Actor, form: &PersonForm, now: UnixTime) -> Result<u64, Error> {
        self.act(
            "writing into the register",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let id = save(sql, form, now)?.unwrap_or(form.id);
                log.add("person_saved", Subject::Person(id), "");
                Ok(id)
            },
        )
    }

    /// One person. One who was merged into another is shown as the other.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`], [`Error::NotFound`].
    pub fn person(&self, by: &Actor, id: u64) -> Result<PersonRow, Error> {
        by.need(Action::SeeRegister)?;
        self.store
            .read("reading the register", |sql| person(sql, id))
    }

    /// Opens one person, as [`Desk::person`] does, and notes in the log who looked, once in [`LOOKED_SECONDS`]: who sells
    /// what stands in the register is found by what he read.
    ///
    /// # Errors
    /// As [`Desk::person`].
    pub fn open_person(&self, by: &Actor, id: u64, now: UnixTime) -> Result<PersonRow, Error> {
        by.need(Action::SeeRegister)?;
        self.act_freely("opening a person", by, now, |sql, log| {
            let row = person(sql, id)?;
            if !looked(sql, by, "person_opened", Subject::Person(row.id), now)? {
                log.add("person_opened", Subject::Person(row.id), "");
            }
            Ok(row)
        })
    }

    /// Looks through the register, as [`Desk::people`] does, and notes in the log who did: each page of the list, a search once
    /// in [`LOOKED_SECONDS`], as it is made anew with each letter that is typed. What was sought is not noted: it is a name.
    ///
    /// # Errors
    /// As [`Desk::people`].
    pub fn look_through_people(
        &self,
        by: &Actor,
        search: &str,
        after: u64,
        count: u32,
        now: UnixTime,
    ) -> Result<Vec<PersonRow>, Error> {
        let found = self.people(by, search, after, count)?;
        let is_search = !search.trim().is_empty();
        let what = if is_search {
            "register_searched"
        } else {
            "register_listed"
        };
        self.act_freely("looking through the register", by, now, |sql, log| {
            match (found.first(), found.last()) {
                (Some(first), Some(last)) if !is_search => {
                    log.add(what, Subject::Office, &format!("{}–{}", first.id, last.id));
                }
                _ if is_search && !looked(sql, by, what, Subject::Office, now)? => {
                    log.add(what, Subject::Office, "");
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// People whose name is like this, best first; all, by number, if it is empty.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`].
    pub fn people(
        &self,
        by: &Actor,
        search: &str,
        after: u64,
        count: u32,
    ) -> Result<Vec<PersonRow>, Error> {
        by.need(Action::SeeRegister)?;
        self.store.read("reading the register", |sql| {
            if search.trim().is_empty() {
                let mut statement = sql.prepare_cached(&format!(
                    "{SELECT} WHERE merged IS NULL AND person > ?1 ORDER BY person LIMIT ?2"
                ))?;
                let rows = statement.query_map(params![int(after), count], row_of)?;
                return Ok(rows.collect::<Result<_, _>>()?);
            }
            let mut found: Vec<PersonRow> = super::matching::like(sql, search, None)?
                .into_iter()
                .map(|candidate| candidate.person)
                .collect();
            found.truncate(count as usize);
            Ok(found)
        })
    }

    /// Everybody in the register, by number, to be carried out of the office: the log says who did it, and how many there were. Units
    /// and ranks are not among it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::BackUp`].
    pub fn export_people(&self, by: &Actor, now: UnixTime) -> Result<Vec<PersonRow>, Error> {
        self.act(
            "exporting the register",
            by,
            Action::BackUp,
            now,
            |sql, log| {
                let mut statement =
                    sql.prepare_cached(&format!("{SELECT} WHERE merged IS NULL ORDER BY person"))?;
                let people: Vec<PersonRow> =
                    statement.query_map([], row_of)?.collect::<Result<_, _>>()?;
                log.add(
                    "register_exported",
                    Subject::Office,
                    &people.len().to_string(),
                );
                Ok(people)
            },
        )
    }

    /// Writes down what is known about a person, and how. Nobody is told by this.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::NotFound`].
    pub fn set_person_state(
        &self,
        by: &Actor,
        id: u64,
        state: PersonState,
        event: Option<PersonEvent>,
        evidence: Evidence,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "writing into the register",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let person = person(sql, id)?;
                // The week of the capture card begins on capture and again on transfer or illness (GC III art. 70).
                let begins = state == PersonState::CaptiveConfirmed
                    && (person.state != PersonState::CaptiveConfirmed
                        || matches!(
                            event,
                            Some(PersonEvent::Transferred | PersonEvent::Hospital)
                        ));
                sql.execute(
                    "UPDATE people SET state = ?2, event = ?3, evidence = ?4, since = ?5,
                    captured = CASE WHEN ?6 THEN ?5 ELSE captured END,
                    card = CASE WHEN ?6 THEN NULL ELSE card END
                 WHERE person = ?1",
                    params![
                        int(person.id),
                        state.word(),
                        event.map(PersonEvent::word),
                        evidence.word(),
                        int(now.0),
                        begins
                    ],
                )?;
                keep_state(sql, person.id, (state, event, evidence), (by.id(), now))?;
                log.add("person_state", Subject::Person(person.id), state.word());
                Ok(())
            },
        )
    }

    /// Writes down that a person's capture card came.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::NotFound`].
    pub fn note_capture_card(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.act(
            "writing into the register",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let id = person(sql, id)?.id;
                sql.execute(
                    "UPDATE people SET card = ?2 WHERE person = ?1",
                    params![int(id), int(now.0)],
                )?;
                log.add("capture_card", Subject::Person(id), "");
                Ok(())
            },
        )
    }

    /// Says for which person of the register letters are, or that it is not known any more.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::NotFound`].
    pub fn set_letter_person(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        id: Option<u64>,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "naming a letter's person",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let id = id
                    .map(|id| person(sql, id))
                    .transpose()?
                    .map(|person| person.id);
                for letter in letters {
                    letters::row(sql, *letter)?;
                    sql.execute(
                        "UPDATE letters SET person = ?2 WHERE letter = ?1",
                        params![int(letter.0), id.map(int)],
                    )?;
                    log.add("letter_person_set", Subject::Letter(letter.0), "");
                }
                Ok(())
            },
        )
    }
}

/// Whether the log has it already that somebody looked at this a short time ago.
fn looked(
    sql: &Transaction<'_>,
    by: &Actor,
    what: &str,
    subject: Subject,
    now: UnixTime,
) -> Result<bool, Error> {
    Ok(sql
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM audit WHERE operator = ?1 AND action = ?2 AND subject = ?3 AND at > ?4)",
        )?
        .query_row(
            params![
                by.id().map(|id| int(id.0)),
                what,
                subject.word(),
                int(now.0.saturating_sub(LOOKED_SECONDS))
            ],
            |row| row.get(0),
        )?)
}

pub(super) const SELECT: &str = "SELECT person, name, latin, born, birthplace, parents, residence, number, state, event, evidence,
    since, captured, card, sealed IS NOT NULL
        OR EXISTS (SELECT 1 FROM service_details WHERE service_details.person = people.person)
        OR EXISTS (SELECT 1 FROM people AS record LEFT JOIN service_details AS details ON details.person = record.person
            WHERE record.merged = people.person AND (record.sealed IS NOT NULL OR details.sealed IS NOT NULL))
    FROM people";

pub(super) fn row_of(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    let time = |value: Option<i64>| value.map(|at| UnixTime(uint(at)));
    Ok(PersonRow {
        id: uint(row.get(0)?),
        name: row.get(1)?,
        latin: row.get(2)?,
        born: row.get(3)?,
        birthplace: row.get(4)?,
        parents: row.get(5)?,
        residence: row.get(6)?,
        number: row.get(7)?,
        state: state_of(&row.get::<_, String>(8)?),
        event: event_of(row.get(9)?),
        evidence: evidence_of(&row.get::<_, String>(10)?),
        since: UnixTime(uint(row.get(11)?)),
        captured: time(row.get(12)?),
        card: time(row.get(13)?),
        has_service_details: row.get(14)?,
    })
}

/// The person of this number, or the one into whom he was merged.
pub(super) fn person(sql: &Transaction<'_>, id: u64) -> Result<PersonRow, Error> {
    sql.prepare_cached(&format!(
        "{SELECT} WHERE person = (SELECT coalesce(merged, person) FROM people WHERE person = ?1)"
    ))?
    .query_row([int(id)], row_of)
    .optional()?
    .ok_or(Error::NotFound {
        what: "person",
        number: id,
    })
}

/// People of the index that share a key with this name.
pub(super) fn with_keys_of(
    sql: &Transaction<'_>,
    sought: &tidings_names::Person,
) -> Result<Vec<PersonRow>, Error> {
    let keys = query_keys(sought).join(" OR ");
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = sql.prepare_cached(&format!(
        "{SELECT} WHERE merged IS NULL AND person IN
            (SELECT rowid FROM person_keys WHERE person_keys MATCH ?1 ORDER BY rank LIMIT ?2)"
    ))?;
    let rows = statement.query_map(params![keys, FOUND_MAX], row_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Stores a form. Returns the number of a person who is new.
pub(super) fn save(
    sql: &Transaction<'_>,
    form: &PersonForm,
    now: UnixTime,
) -> Result<Option<u64>, Error> {
    let name = name_of("name", &form.name)?;
    let born = born_of(&form.born)?;
    let values = (
        field("latin name", &form.latin)?,
        field("birthplace", &form.birthplace)?,
        field("parents", &form.parents)?,
        field("residence", &form.residence)?,
        line_or_none("number", &form.number)?,
        line_or_none("source", &form.source)?,
    );
    let (latin, birthplace, parents, residence, number, source) = values;
    let id = if form.id == 0 {
        sql.prepare_cached(
            "INSERT INTO people (name, latin, born, birthplace, parents, residence, number, source,
                state, evidence, since, made)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'no_record', 'desk_saw', ?9, ?9)",
        )?
        .execute(params![
            name,
            latin,
            born,
            birthplace,
            parents,
            residence,
            number,
            source,
            int(now.0)
        ])?;
        uint(sql.last_insert_rowid())
    } else {
        let changed = sql
            .prepare_cached(
                "UPDATE people SET name = ?2, latin = ?3, born = ?4, birthplace = ?5, parents = ?6, residence = ?7,
                    number = ?8 WHERE person = ?1 AND merged IS NULL",
            )?
            .execute(params![
                int(form.id), name, latin, born, birthplace, parents, residence, number
            ])?;
        if changed == 0 {
            return Err(Error::NotFound {
                what: "person",
                number: form.id,
            });
        }
        form.id
    };
    index(sql, id)?;
    Ok((form.id == 0).then_some(id))
}

/// By which keys a person is found: those of every spelling that stands in his record or in one that was merged into it.
pub(super) fn index(sql: &Transaction<'_>, id: u64) -> Result<(), Error> {
    let mut statement = sql
        .prepare_cached("SELECT name, latin, born FROM people WHERE person = ?1 OR merged = ?1")?;
    let spellings = statement.query_map([int(id)], |row| {
        Ok((
            [row.get::<_, Option<String>>(0)?, row.get(1)?],
            row.get::<_, Option<String>>(2)?,
        ))
    })?;
    let mut keys = Vec::new();
    for spelling in spellings {
        let (names, born) = spelling?;
        let people = names.iter().flatten();
        let people = people.filter_map(|name| person_of(name, born.as_deref()));
        keys.extend(people.flat_map(|person| search_keys(&person)));
    }
    keys.sort_unstable();
    keys.dedup();
    sql.prepare_cached("DELETE FROM person_keys WHERE rowid = ?1")?
        .execute([int(id)])?;
    sql.prepare_cached("INSERT INTO person_keys (rowid, keys) VALUES (?1, ?2)")?
        .execute(params![int(id), keys.join(" ")])?;
    Ok(())
}

/// Keeps what was written down about a person, for good.
pub(super) fn keep_state(
    sql: &Transaction<'_>,
    id: u64,
    (state, event, evidence): Standing,
    (by, at): (Option<OperatorId>, UnixTime),
) -> Result<(), Error> {
    sql.prepare_cached(
        "INSERT INTO person_states (person, at, state, event, evidence, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        int(id),
        int(at.0),
        state.word(),
        event.map(PersonEvent::word),
        evidence.word(),
        by.map(|by| int(by.0))
    ])?;
    Ok(())
}

/// A name: no number of a document stands in it (LISTS-8).
pub(super) fn name_of(what: &'static str, text: &str) -> Result<String, Error> {
    let name = line(what, text, NAME_MAX)?;
    match documents::find(&name)[..] {
        [] => Ok(name),
        _ => Err(Error::IdentityDocument),
    }
}

/// A date of birth as it was written. One that does not read is kept for people's eyes; a day that never was is a slip.
pub(super) fn born_of(text: &str) -> Result<Option<String>, Error> {
    let born = field("date of birth", text)?;
    match born.as_deref().map(BirthDate::parse) {
        Some(Err(BirthError::NoSuchDay { .. } | BirthError::Year { .. })) => Err(Error::NoSuchDay),
        _ => Ok(born),
    }
}

/// An internment number looks like a document's, and is asked for.
fn line_or_none(what: &'static str, text: &str) -> Result<Option<String>, Error> {
    match text.trim() {
        "" => Ok(None),
        text => line(what, text, NAME_MAX).map(Some),
    }
}
