//! Search keys: what the desk stores beside every record and asks its index for (NAMES-25 to NAMES-27).

use std::collections::BTreeSet;

use crate::{
    birth::BirthDate,
    given::with_one_left_out,
    name::{FullName, Person},
    sounds::{
        B, CH, D, F, G, H, K, L, M, N, P, R, S, SH, SHCH, Sounds, T, TS, V, X, Z, ZH, is_vowel,
    },
    word::Word,
};

/// The version of the keys. It changes when the rules change so that stored keys no longer meet new ones: the desk stores it
/// and computes all keys again when it differs.
pub const KEYS_VERSION: u32 = 1;

/// The keys of a person, sorted: at most some dozens of short words of `a` to `z` and `0` to `9`, each of which a full-text
/// index keeps whole (FTS5's `unicode61` does). Two records that [`crate::rank`] would call possible share a key, with the
/// exceptions that `docs/BENCHMARKS.md` counts. Ask for records that have **any** of the query's keys, then rank them.
///
/// The first letter tells the kind: `s` skeleton of a surname, `d` the same with one consonant left out, `p` given name with
/// patronymic, `c` given name with day and month of birth, `b` date of birth, `g` given name alone; the last is
/// given only when there is no surname, else it would fetch a tenth of the register.
#[must_use]
pub fn search_keys(person: &Person) -> Vec<String> {
    let mut keys = BTreeSet::new();
    let name = &person.name;
    for word in name.surname.iter().chain(&name.former) {
        surname_keys(word, &mut keys);
    }
    let givens = given_keys(name);
    for given in &givens {
        keys.insert(format!("g{given}"));
    }
    for father in father_keys(name) {
        for given in &givens {
            keys.insert(format!("p{given}0{father}"));
        }
    }
    if let Some(BirthDate::Day { year, month, day }) = person.birth {
        // Day and month sorted: swapped ones meet.
        let (low, high) = (month.min(day), month.max(day));
        keys.insert(format!("b{year:04}{low:02}{high:02}"));
        for given in &givens {
            keys.insert(format!("c{given}0{low:02}{high:02}"));
        }
    }
    keys.into_iter().collect()
}

/// The keys to ask for: those of [`search_keys`] without the given name alone, unless nothing else is known.
#[must_use]
pub fn query_keys(person: &Person) -> Vec<String> {
    let keys = search_keys(person);
    let selective: Vec<String> = keys
        .iter()
        .filter(|key| !key.starts_with('g'))
        .cloned()
        .collect();
    if selective.is_empty() {
        keys
    } else {
        selective
    }
}

fn surname_keys(word: &Word, keys: &mut BTreeSet<String>) {
    let mut add = |row: &Sounds| {
        let skeleton = skeleton(row);
        // A script that is not read leaves only the date of birth to search by.
        if skeleton.is_empty() {
            return;
        }
        if skeleton.len() >= 4 {
            keys.extend(
                with_one_left_out(&skeleton)
                    .skip(1)
                    .map(|shortened| format!("d{shortened}")),
            );
            // A record with a consonant too few meets a query with all of them.
            keys.insert(format!("d{skeleton}"));
        }
        keys.insert(format!("s{skeleton}"));
    };
    add(&word.sounds);
    if let Some(french) = &word.french {
        add(french);
    }
    if let Some(masculine) = &word.masculine {
        add(&masculine.1);
    }
}

/// Stable words for the given name; its skeleton when the table does not know it.
fn given_keys(name: &FullName) -> Vec<String> {
    let Some(word) = name.given.as_ref().filter(|word| !word.is_initial()) else {
        return Vec::new();
    };
    if name.given_known.is_known() {
        name.given_known.keys().map(plain).collect()
    } else {
        audible(&word.sounds)
    }
}

fn father_keys(name: &FullName) -> Vec<String> {
    let Some(word) = name.patronymic.as_ref().filter(|word| !word.is_initial()) else {
        return Vec::new();
    };
    if name.father.names.is_known() {
        name.father.names.keys().map(plain).collect()
    } else {
        audible(&word.sounds)
    }
}

/// The skeleton, if the script is read at all.
fn audible(row: &Sounds) -> Vec<String> {
    let skeleton = skeleton(row);
    if skeleton.is_empty() {
        Vec::new()
    } else {
        vec![skeleton]
    }
}

fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Consonants, those that are confused made one; a vowel counts only at the beginning, and fills up what is too short to find
/// anything.
fn skeleton(row: &Sounds) -> String {
    let row = row.as_slice();
    let mut skeleton = String::with_capacity(row.len());
    for (at, sound) in row.iter().enumerate() {
        let class = match *sound {
            B | P => 'b',
            V | F => 'v',
            G | H | K | X => 'k',
            D | T => 't',
            ZH | SH | SHCH | CH => 'c',
            Z | S | TS => 's',
            L => 'l',
            M | N => 'n',
            R => 'r',
            _ if at == 0 => 'a',
            _ => continue,
        };
        if !skeleton.ends_with(class) {
            skeleton.push(class);
        }
    }
    if skeleton.len() < 3 {
        // «Лі», «Бойко»: two consonants are shared by half the register.
        for sound in row.iter().filter(|sound| is_vowel(**sound)).take(2) {
            skeleton.push(match *sound {
                crate::sounds::O | crate::sounds::U | crate::sounds::YU => 'o',
                crate::sounds::A | crate::sounds::YA => 'o',
                _ => 'e',
            });
        }
    }
    skeleton
}
