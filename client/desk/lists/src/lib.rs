//! Lists of people out of spreadsheets, for the register and for campaigns.
//!
//! ```text
//! bytes ─ read ─▶ Sheet ─ guess ─▶ Mapping (a person looks at it and changes it) ─ import ─▶ good rows, bad rows, notices
//!                                                                                   └─ export_bad ─▶ CSV to correct
//! ```
//!
//! Offices get lists from each other as CSV in many encodings with four separators, and as XLSX and ODS with title rows, dates
//! as text or as numbers, and columns in any order. A list that is half good gives its good rows, and for every other one the row,
//! the column, what was found and what was expected.
//!
//! **Identity documents are never stored.** Columns that hold them are not read, numbers in other cells are recognised and
//! blanked, and the person is told ([`Notice`]). They are blanked in the rows that go back for correction, too.
//!
//! Pure: bytes in, values out. Memory is bounded by [`limits`] for hostile files as well. Rules: `docs/spec/names.md`,
//! LISTS-1 to LISTS-9.

pub mod documents;
pub mod limits;

mod columns;
mod dates;
mod export;
mod guess;
mod ods;
mod rows;
mod sheet;
mod text;
mod titles;
mod workbook;

pub use columns::{Field, Mapping, MappingError};
pub use export::export_bad;
pub use guess::{By, Guess, guess};
pub use rows::{BadRow, CellError, Entry, Expected, Notice, Outcome, import};
pub use sheet::{Cell, Encoding, ListError, Row, Sheet, Source, read};
