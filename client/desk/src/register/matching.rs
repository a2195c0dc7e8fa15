//! Who a sought person may be: ranked, with reasons, for a person to decide (DESK-21).

use rusqlite::Transaction;
use tidings_names::{Match, rank};

use super::{
    people::{PersonRow, with_keys_of},
    person_of,
};
use crate::Error;

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
    let rows: Vec<(PersonRow, tidings_names::Person)> = with_keys_of(sql, &sought)?
        .into_iter()
        .filter_map(|row| {
            let person = person_of(&row.name, row.born.as_deref())?;
            Some((row, person))
        })
        .collect();
    let ranked = rank(&sought, rows.iter().map(|(row, person)| (row, person)));
    Ok(ranked
        .into_iter()
        .map(|candidate| PersonCandidate {
            person: candidate.item.clone(),
            found: candidate.found,
        })
        .collect())
}
