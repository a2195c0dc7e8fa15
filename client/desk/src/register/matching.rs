//! Who a sought person may be: ranked, with reasons, for a person to decide (DESK-21).

use rusqlite::Transaction;
use tidings_names::{Match, rank};

use super::{
    people::{PersonRow, with_keys_of},
    person_of,
};
use crate::{Error, store::int};

/// A person of the register who may be the one.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonCandidate {
    /// The person.
    pub person: PersonRow,
    /// How well both agree, and why.
    pub found: Match,
}

/// People who are like this name and date of birth, best first. A name that cannot be read as one finds nobody.
pub(super) fn like(
    sql: &Transaction<'_>,
    name: &str,
    born: Option<&str>,
) -> Result<Vec<PersonCandidate>, Error> {
    let Some(sought) = person_of(name, born) else {
        return Ok(Vec::new());
    };
    let mut rows: Vec<(PersonRow, tidings_names::Person)> = Vec::new();
    let mut merged =
        sql.prepare_cached("SELECT name, born FROM people WHERE merged = ?1 ORDER BY person")?;
    for row in with_keys_of(sql, &sought)? {
        // Also under the spellings of records that were merged into his.
        let mut spellings = vec![(row.name.clone(), row.born.clone())];
        let others = merged.query_map([int(row.id)], |other| Ok((other.get(0)?, other.get(1)?)))?;
        for other in others {
            let (name, born): (String, Option<String>) = other?;
            spellings.push((name, born.or_else(|| row.born.clone())));
        }
        for (name, born) in spellings {
            if let Some(person) = person_of(&name, born.as_deref()) {
                rows.push((row.clone(), person));
            }
        }
    }
    let ranked = rank(&sought, rows.iter().map(|(row, person)| (row, person)));
    let mut found: Vec<PersonCandidate> = Vec::new();
    for candidate in ranked {
        if found.iter().all(|seen| seen.person.id != candidate.item.id) {
            found.push(PersonCandidate {
                person: candidate.item.clone(),
                found: candidate.found,
            });
        }
    }
    Ok(found)
}
