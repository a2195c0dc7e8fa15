//! Rows by a mapping: good ones, bad ones with their reasons, and what was refused (LISTS-7, LISTS-8).

use std::collections::BTreeMap;

use tidings_names::{BirthDate, BirthError, FullName, NAME_LETTERS_MAX, Person, Sex};

use crate::{
    columns::{Field, Mapping, MappingError},
    dates,
    documents::{self, Document},
    limits::{CELL_CHARS_MAX, FOUND_CHARS_MAX},
    sheet::{Cell, Row, Sheet},
};

/// One person of a list. Texts are empty where the list has none; none holds a number of an identity document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Row of the file.
    pub row: u32,
    /// Name and date of birth.
    pub person: Person,
    /// The name as the list writes it; its parts in their order where they have columns of their own.
    pub written: String,
    /// The name in the other script.
    pub other_name: Option<FullName>,
    /// That name as the list writes it.
    pub other_written: String,
    /// The sex, as the list says.
    pub sex: Option<Sex>,
    /// The place of birth.
    pub birth_place: String,
    /// Where he is held.
    pub place: String,
    /// The number that a camp or the Red Cross gave.
    pub captive_number: String,
    /// The unit: for the compartment that is opened separately.
    pub unit: String,
    /// The rank: for the same compartment.
    pub rank: String,
    /// The number of the parcel.
    pub parcel: String,
    /// The route.
    pub route: String,
    /// Everything that was mapped as a note, one line a column.
    pub note: String,
}

/// What a cell should have held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// A name of letters.
    Name,
    /// A surname beside the other parts.
    Surname,
    /// A date such as `31.12.1985`, `1985-12-31`, `12.1985`, `1985`.
    Date,
    /// A year of four digits.
    FourDigitYear,
    /// A year from 1900 to 2100.
    YearInRange,
    /// A day that the calendar has.
    ExistingDay,
    /// `ч`, `ж`, `м`, `m`, `f` or the words.
    Sex,
    /// Less text.
    ShorterText {
        /// Most characters.
        most: usize,
    },
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// Column, from 0.
    pub column: usize,
    /// What the column is mapped to.
    pub field: Field,
    /// What the cell holds: its beginning, numbers of documents blanked.
    pub found: String,
    /// What it should have held.
    pub expected: Expected,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Row of the file.
    pub row: u32,
    /// Its cells as text, to be corrected; numbers of documents and columns of documents are blanked.
    pub cells: Vec<String>,
    /// What is wrong, at least one.
    pub errors: Vec<CellError>,
}

/// What a person must be told beside the errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A column of documents was not read.
    DocumentColumn {
        /// Column, from 0.
        column: usize,
        /// Cells in it that were not empty.
        cells: usize,
    },
    /// A number in a cell was blanked.
    DocumentBlanked {
        /// Row of the file.
        row: u32,
        /// Column, from 0.
        column: usize,
        /// What the number seems to be.
        document: Document,
    },
    /// A row tells of the same name and date of birth as one before; both are taken.
    Repeated {
        /// Row of the file.
        row: u32,
        /// The row before.
        first: u32,
    },
}

/// What a list gave.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    /// People, in the order of the list.
    pub good: Vec<Entry>,
    /// Rows that were not taken.
    pub bad: Vec<BadRow>,
    /// What was refused or repeated.
    pub notices: Vec<Notice>,
}

/// Reads every row by a mapping. One bad cell makes a bad row and touches no other row.
///
/// # Errors
/// When no column holds a name.
pub fn import(sheet: &Sheet, mapping: &Mapping) -> Result<Outcome, MappingError> {
    mapping.check()?;
    let mut outcome = Outcome::default();
    for (column, field) in mapping.fields().iter().enumerate() {
        let full = |row: &&Row| row.cells.get(column).is_some_and(|cell| !cell.is_empty());
        let cells = sheet.rows.iter().filter(full).count();
        if *field == Field::Document && cells > 0 {
            outcome
                .notices
                .push(Notice::DocumentColumn { column, cells });
        }
    }
    let mut seen: BTreeMap<(String, Option<BirthDate>), u32> = BTreeMap::new();
    for row in &sheet.rows {
        let mut reading = Reading {
            row,
            mapping,
            errors: Vec::new(),
            notices: Vec::new(),
        };
        let entry = reading.entry();
        let Reading {
            errors, notices, ..
        } = reading;
        outcome.notices.extend(notices);
        match entry {
            Some(entry) if errors.is_empty() => {
                let name = &entry.person.name;
                let same = format!("{} {} {}", name.surname(), name.given(), name.patronymic())
                    .to_lowercase();
                match seen.entry((same, entry.person.birth)) {
                    std::collections::btree_map::Entry::Occupied(first) => {
                        outcome.notices.push(Notice::Repeated {
                            row: row.number,
                            first: *first.get(),
                        })
                    }
                    std::collections::btree_map::Entry::Vacant(place) => {
                        place.insert(row.number);
                    }
                }
                outcome.good.push(entry);
            }
            _ => outcome.bad.push(BadRow {
                row: row.number,
                cells: blanked(row, mapping),
                errors,
            }),
        }
    }
    Ok(outcome)
}

/// The cells as they may go back to whoever made the list.
fn blanked(row: &Row, mapping: &Mapping) -> Vec<String> {
    row.cells
        .iter()
        .enumerate()
        .map(|(column, cell)| match mapping.fields().get(column) {
            Some(Field::Document) if !cell.is_empty() => documents::BLANK.to_owned(),
            _ => documents::blank(&cell.shown()).0,
        })
        .collect()
}

/// One row while it is read.
struct Reading<'a> {
    row: &'a Row,
    mapping: &'a Mapping,
    errors: Vec<CellError>,
    notices: Vec<Notice>,
}

impl Reading<'_> {
    fn entry(&mut self) -> Option<Entry> {
        let (name, written) = self.name().unzip();
        let (other_name, other_written) = self.other_name().unzip();
        let birth = self.birth();
        let sex = self.sex();
        let entry = Entry {
            row: self.row.number,
            person: Person::new(name.unwrap_or_default(), birth),
            written: written.unwrap_or_default(),
            other_name,
            other_written: other_written.unwrap_or_default(),
            sex,
            birth_place: self.text(Field::BirthPlace),
            place: self.text(Field::Place),
            captive_number: self.text(Field::CaptiveNumber),
            unit: self.text(Field::Unit),
            rank: self.text(Field::Rank),
            parcel: self.text(Field::Parcel),
            route: self.text(Field::Route),
            note: self.notes(),
        };
        self.errors.is_empty().then_some(entry)
    }

    fn name(&mut self) -> Option<(FullName, String)> {
        if let Some(column) = self.mapping.column(Field::FullName) {
            let text = self.letters(column, Field::FullName);
            let read = text.and_then(|text| Some((FullName::parse(&text).ok()?, one_line(&text))));
            if read.is_none() {
                self.wrong(column, Field::FullName, Expected::Name);
            }
            return read;
        }
        let column = self.mapping.column(Field::Surname)?;
        let parts = [Field::Surname, Field::Given, Field::Patronymic].map(|field| {
            let column = self.mapping.column(field)?;
            self.letters(column, field)
        });
        if parts[0].is_none() {
            self.wrong(column, Field::Surname, Expected::Surname);
            return None;
        }
        let [surname, given, patronymic] = parts.map(Option::unwrap_or_default);
        let name = FullName::from_parts(&surname, &given, &patronymic).ok();
        if name.is_none() {
            self.wrong(column, Field::Surname, Expected::Name);
        }
        Some((name?, one_line(&format!("{surname} {given} {patronymic}"))))
    }

    fn other_name(&mut self) -> Option<(FullName, String)> {
        let column = self.mapping.column(Field::OtherName)?;
        let text = self.letters(column, Field::OtherName)?;
        let name = FullName::parse(&text).ok();
        if name.is_none() {
            self.wrong(column, Field::OtherName, Expected::Name);
        }
        Some((name?, one_line(&text)))
    }

    /// The letters of a name; digits that are no document's number are a mistake.
    fn letters(&mut self, column: usize, field: Field) -> Option<String> {
        let text = self.cell(column, field)?;
        let rest = text.replace(documents::BLANK, " ");
        if rest.chars().any(|letter| letter.is_ascii_digit()) {
            self.wrong(column, field, Expected::Name);
            return None;
        }
        if rest.chars().count() > NAME_LETTERS_MAX {
            self.wrong(
                column,
                field,
                Expected::ShorterText {
                    most: NAME_LETTERS_MAX,
                },
            );
            return None;
        }
        rest.chars().any(char::is_alphabetic).then_some(rest)
    }

    fn birth(&mut self) -> Option<BirthDate> {
        let column = self.mapping.column(Field::Birth)?;
        let cell = self.row.cells.get(column)?;
        match dates::birth(cell) {
            Ok(birth) => birth,
            Err(error) => {
                let expected = match error {
                    BirthError::Form => Expected::Date,
                    BirthError::TwoDigitYear { .. } => Expected::FourDigitYear,
                    BirthError::Year { .. } => Expected::YearInRange,
                    BirthError::NoSuchDay { .. } => Expected::ExistingDay,
                };
                self.wrong(column, Field::Birth, expected);
                None
            }
        }
    }

    fn sex(&mut self) -> Option<Sex> {
        let column = self.mapping.column(Field::Sex)?;
        let text = self.cell(column, Field::Sex)?;
        let sex = sex(&text);
        if sex.is_none() {
            self.wrong(column, Field::Sex, Expected::Sex);
        }
        sex
    }

    fn text(&mut self, field: Field) -> String {
        self.mapping
            .column(field)
            .and_then(|column| self.cell(column, field))
            .unwrap_or_default()
    }

    fn notes(&mut self) -> String {
        let columns: Vec<usize> = (0..self.mapping.fields().len())
            .filter(|column| self.mapping.fields()[*column] == Field::Note)
            .collect();
        let notes: Vec<String> = columns
            .into_iter()
            .filter_map(|column| self.cell(column, Field::Note))
            .collect();
        notes.join("\n")
    }

    /// What stands in a cell, numbers of documents blanked; `None` when nothing does or it is too long.
    fn cell(&mut self, column: usize, field: Field) -> Option<String> {
        let shown = match self.row.cells.get(column)? {
            Cell::Empty => return None,
            Cell::TooLong(_) => {
                self.wrong(
                    column,
                    field,
                    Expected::ShorterText {
                        most: CELL_CHARS_MAX,
                    },
                );
                return None;
            }
            cell => cell.shown(),
        };
        // A number that a camp gave may look like anything: only what is called a document there is one.
        let numbered = matches!(field, Field::CaptiveNumber | Field::Parcel);
        let found = documents::find(&shown);
        if found.is_empty()
            || numbered
                && found
                    .iter()
                    .all(|(_, document)| *document != Document::Named)
        {
            return Some(shown);
        }
        self.notices
            .extend(found.iter().map(|(_, document)| Notice::DocumentBlanked {
                row: self.row.number,
                column,
                document: *document,
            }));
        Some(documents::blank(&shown).0)
    }

    fn wrong(&mut self, column: usize, field: Field, expected: Expected) {
        if self.errors.iter().any(|error| error.column == column) {
            return;
        }
        let shown = self
            .row
            .cells
            .get(column)
            .map(Cell::shown)
            .unwrap_or_default();
        let found = documents::blank(&shown)
            .0
            .chars()
            .take(FOUND_CHARS_MAX)
            .collect();
        self.errors.push(CellError {
            column,
            field,
            found,
            expected,
        });
    }
}

/// A name as it was written, its blanks single.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A sex in three languages, by its first letter or its word.
pub(crate) fn sex(text: &str) -> Option<Sex> {
    match text.trim_end_matches('.').to_lowercase().as_str() {
        "ч" | "чол" | "чоловік" | "чоловіча" | "м" | "муж" | "мужской" | "мужчина" | "m"
        | "male" | "man" => Some(Sex::Male),
        "ж" | "жін" | "жінка" | "жіноча" | "жен" | "женский" | "женщина" | "f" | "female"
        | "woman" => Some(Sex::Female),
        _ => None,
    }
}
