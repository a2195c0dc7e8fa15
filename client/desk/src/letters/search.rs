//! Finding letters by names in any script, with errors, or by a number.

use std::collections::{HashMap, HashSet};

use rusqlite::{Transaction, params};
use tidings_client::LetterNumber;
use tidings_names::{Person, Strength, query_keys, rank, search_keys};

use crate::{
    Error,
    folding::folded,
    register::person_of,
    store::{int, uint},
};

/// Letters that a search gives, at most: nobody pages through more, and a longer name gives fewer.
const FOUND_MAX: i64 = 2_000;
/// Letters that are given when nothing fits as it was typed.
const NEAR_MAX: usize = 200;

/// The numbers of the letters that fit.
pub(super) fn found(sql: &Transaction<'_>, text: &str) -> Result<Vec<i64>, Error> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = !digits.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || c == '-');
    if is_number {
        return by_number(sql, &digits);
    }
    let typed = text;
    let text = folded(typed);
    let words: Vec<&str> = text.split(' ').filter(|word| word.len() >= 3).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let exact = by_parts(sql, &words)?;
    match exact.is_empty() {
        true => by_likeness(sql, typed),
        false => Ok(exact),
    }
}

fn by_number(sql: &Transaction<'_>, digits: &str) -> Result<Vec<i64>, Error> {
    let mut statement =
        sql.prepare_cached("SELECT letter FROM letters WHERE sheet = ?1 OR letter = ?2")?;
    // Of a sheet's ten digits the last two check the others.
    let sheet = match digits.len() {
        10 => digits[..8].parse().ok(),
        _ => None::<u32>,
    };
    let number: Option<u32> = digits.parse().ok();
    let rows = statement.query_map(params![sheet, number], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every word stands in the names as a whole or as a part.
fn by_parts(sql: &Transaction<'_>, words: &[&str]) -> Result<Vec<i64>, Error> {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let mut statement = sql.prepare_cached(
        "SELECT rowid FROM letter_names WHERE letter_names MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![quoted.join(" AND "), FOUND_MAX], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Names that are like the one sought, as [`tidings_names`] judges it: the other script, the other language, short forms, slips.
fn by_likeness(sql: &Transaction<'_>, text: &str) -> Result<Vec<i64>, Error> {
    Ok(like(sql, text, None, NEAR_MAX)?
        .into_iter()
        .map(|(letter, _)| int(letter.0))
        .collect())
}

/// Letters to or from somebody of this name, best first, with the strength of the likeness.
pub(crate) fn like(
    sql: &Transaction<'_>,
    name: &str,
    born: Option<&str>,
    count: usize,
) -> Result<Vec<(LetterNumber, Strength)>, Error> {
    let Some(sought) = person_of(name, born) else {
        return Ok(Vec::new());
    };
    let keys = query_keys(&sought).join(" OR ");
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = sql.prepare_cached(
        "SELECT l.letter, l.addressee, l.writer
         FROM (SELECT rowid FROM letter_keys WHERE letter_keys MATCH ?1 ORDER BY rank LIMIT ?2) AS n
         JOIN letters l ON l.letter = n.rowid",
    )?;
    let rows = statement.query_map(params![keys, int(4 * count as u64)], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, Option<String>>(1)?,
            row.get::<_, String>(2)?,
        ))
    })?;
    // The same few people stand on many letters: each name is taken apart and judged once.
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut people: Vec<(Option<Person>, Vec<LetterNumber>)> = Vec::new();
    for row in rows {
        let (letter, addressee, writer) = row?;
        for name in [addressee, Some(writer)].into_iter().flatten() {
            let place = *places.entry(name).or_insert_with_key(|name| {
                people.push((person_of(name, None), Vec::new()));
                people.len() - 1
            });
            if let Some((_, letters)) = people.get_mut(place) {
                letters.push(LetterNumber(uint(letter)));
            }
        }
    }
    let judged = people
        .iter()
        .filter_map(|(person, letters)| Some((letters, person.as_ref()?)));
    let mut found: Vec<(LetterNumber, Strength)> = Vec::new();
    let mut seen = HashSet::new();
    for candidate in rank(&sought, judged) {
        for letter in candidate.item {
            if found.len() == count {
                return Ok(found);
            }
            if seen.insert(*letter) {
                found.push((*letter, candidate.found.strength()));
            }
        }
    }
    Ok(found)
}

/// The keys of a letter's people, for the index.
pub(super) fn keys_of(addressee: Option<&str>, writer: &str) -> String {
    let mut keys: Vec<String> = [addressee, Some(writer)]
        .into_iter()
        .flatten()
        .filter_map(|name| person_of(name, None))
        .flat_map(|person| search_keys(&person))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys.join(" ")
}
