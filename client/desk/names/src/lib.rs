//! Names of people in two scripts: read, transliterate, compare, rank.
//!
//! ```text
//! "Сергей Иванович КОВАЛЁВ" ─▶ FullName ─┐
//!                              BirthDate ─┴▶ Person ─▶ search_keys ─▶ the desk's index ─▶ a few hundred records
//!                                                  └─▶ rank(query, records) ─▶ Vec<Candidate>, best first
//! ```
//!
//! A register of captives holds one man as «Коваленко Сергій Олександрович», the other side's list as «Коваленко Сергей»,
//! a passport as "Kovalenko Serhii", his mother writes «Серёжа». This crate says how well two such records agree, and why.
//!
//! **It never confirms.** Its answer is a [`Candidate`]: a record, a score, and [`Reason`]s for and against, to be laid before
//! a person. There is no type here that means "this is the man"; similar names have brought families other people's news.
//!
//! Pure: no clock, disk, network or randomness; the same input gives the same ranking on every machine. Rules:
//! `docs/spec/names.md`.

mod birth;
mod compare;
mod costs;
mod given;
mod index;
mod keyboard;
mod letters;
mod matching;
mod name;
mod patronymic;
mod reason;
mod sounds;
mod surname;
mod translit;
mod word;

pub use birth::{BirthDate, BirthError};
pub use given::Sex;
pub use index::{KEYS_VERSION, query_keys, search_keys};
pub use matching::{Candidate, Match, Strength, rank, score};
pub use name::{FullName, NAME_LETTERS_MAX, NameError, Person};
pub use reason::{BirthFinding, Part, Reason, WordFinding};
pub use translit::{BACK_MAX, Back, Table, from_latin, to_latin};
pub use word::{Script, Word};

#[cfg(test)]
mod tests;
