//! Unit and rank of a person, each sealed into the compartment by itself (DESK-36): whoever writes one of them down sees neither,
//! and changes nothing but what he gives.

use rusqlite::{Transaction, params};
use tidings_protocol::time::UnixTime;

use super::{FIELD_MAX, field, people::person};
use crate::{
    Action, Actor, Compartment, Desk, Error, Subject, compartment,
    store::{int, uint},
};

const UNIT: &str = "unit";
const RANK: &str = "rank";

/// Unit and rank. Given to the compartment, an empty one is not known and changes nothing; opened after a merge, what both
/// records say, parted by a semicolon.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceDetails {
    /// The unit.
    pub unit: String,
    /// The rank.
    pub rank: String,
}

impl std::fmt::Debug for ServiceDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceDetails(…)")
    }
}

impl Desk {
    /// Seals unit or rank, or both, into the compartment, in place of what was sealed of the same. It need not be open; what is not
    /// given stays as it is.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::NotFound`]; [`Error::Text`], also if neither is given.
    pub fn seal_service_details(
        &self,
        by: &Actor,
        id: u64,
        details: &ServiceDetails,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "sealing service details",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let id = person(sql, id)?.id;
                let sealed = seal_details(sql, id, details)?;
                log.add(
                    "service_details_sealed",
                    Subject::Person(id),
                    &sealed.join(" "),
                );
                Ok(())
            },
        )
    }

    /// Unit and rank of a person, for somebody who has the compartment open; `None` if nothing is sealed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::OpenCompartment`], [`Error::NotFound`].
    pub fn service_details(
        &self,
        by: &Actor,
        compartment: &Compartment,
        id: u64,
        now: UnixTime,
    ) -> Result<Option<ServiceDetails>, Error> {
        self.act(
            "opening service details",
            by,
            Action::OpenCompartment,
            now,
            |sql, log| {
                let id = person(sql, id)?.id;
                log.add("service_details_opened", Subject::Person(id), "");
                opened(sql, compartment, id)
            },
        )
    }

    /// Erases unit and rank of a person: an act of its own, for somebody who has the compartment open and so could see what goes.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::OpenCompartment`], [`Error::NotFound`]; [`Error::Damaged`] if the compartment is
    /// not the one in which they lie.
    pub fn erase_service_details(
        &self,
        by: &Actor,
        compartment: &Compartment,
        id: u64,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "erasing service details",
            by,
            Action::OpenCompartment,
            now,
            |sql, log| {
                let id = person(sql, id)?.id;
                opened(sql, compartment, id)?;
                sql.execute(
                    "DELETE FROM service_details WHERE person IN (SELECT person FROM people WHERE person = ?1 OR merged = ?1)",
                    [int(id)],
                )?;
                sql.execute(
                    "UPDATE people SET sealed = NULL WHERE person = ?1 OR merged = ?1",
                    [int(id)],
                )?;
                log.add("service_details_erased", Subject::Person(id), "");
                Ok(())
            },
        )
    }
}

/// Seals what is given, and returns which that was.
pub(super) fn seal_details(
    sql: &Transaction<'_>,
    id: u64,
    details: &ServiceDetails,
) -> Result<Vec<&'static str>, Error> {
    let mut sealed = Vec::new();
    for (name, text) in [(UNIT, &details.unit), (RANK, &details.rank)] {
        let Some(text) = field(name, text)? else {
            continue;
        };
        // The name of the field within: rows of the table cannot be exchanged.
        let plain = format!("{name}\n{text}");
        let closed = compartment::seal(sql, plain.as_bytes(), Subject::Person(id))?;
        sql.prepare_cached(
            "INSERT OR REPLACE INTO service_details (person, field, sealed) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![int(id), name, closed])?;
        sealed.push(name);
    }
    if sealed.is_empty() {
        return Err(Error::Text {
            what: "unit and rank",
            limit: FIELD_MAX,
        });
    }
    // Both were replaced: what an older version sealed together says nothing any more.
    sql.prepare_cached(
        "UPDATE people SET sealed = NULL
         WHERE person = ?1 AND (SELECT count(*) FROM service_details WHERE service_details.person = ?1) = 2",
    )?
    .execute([int(id)])?;
    Ok(sealed)
}

/// What lies in the compartment about a person, under his number and those that were merged into him.
fn opened(
    sql: &Transaction<'_>,
    compartment: &Compartment,
    id: u64,
) -> Result<Option<ServiceDetails>, Error> {
    let mut statement =
        sql.prepare_cached("SELECT person, sealed FROM people WHERE person = ?1 OR merged = ?1 ORDER BY person = ?1 DESC, person")?;
    let records = statement
        .query_map([int(id)], |row| {
            Ok((uint(row.get(0)?), row.get::<_, Option<Vec<u8>>>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut units: Vec<String> = Vec::new();
    let mut ranks: Vec<String> = Vec::new();
    for (record, together) in records {
        let text = |sealed: &[u8]| -> Result<(String, String), Error> {
            let plain = compartment.open(sealed, Subject::Person(record))?;
            let plain = String::from_utf8_lossy(&plain);
            let (first, second) = plain.split_once('\n').unwrap_or((&plain, ""));
            Ok((first.to_owned(), second.to_owned()))
        };
        let (mut unit, mut rank) = match together {
            Some(sealed) => text(&sealed)?,
            None => (String::new(), String::new()),
        };
        let mut statement =
            sql.prepare_cached("SELECT field, sealed FROM service_details WHERE person = ?1")?;
        let rows = statement.query_map([int(record)], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        for row in rows {
            let (name, sealed) = row?;
            let (within, value) = text(&sealed)?;
            if within != name {
                return Err(Error::Damaged {
                    what: "what is in the compartment stands in the wrong place",
                });
            }
            match name.as_str() {
                UNIT => unit = value,
                _ => rank = value,
            }
        }
        for (all, value) in [(&mut units, unit), (&mut ranks, rank)] {
            if !value.is_empty() && !all.contains(&value) {
                all.push(value);
            }
        }
    }
    let is_empty = units.is_empty() && ranks.is_empty();
    Ok((!is_empty).then(|| ServiceDetails {
        unit: units.join("; "),
        rank: ranks.join("; "),
    }))
}
