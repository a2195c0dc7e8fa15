//! Which column holds what: guessed, shown, changed by a person (LISTS-5).

use tidings_names::FullName;

use crate::{
    dates,
    documents::{self, is_document_word},
    limits::GUESS_ROWS,
    sheet::{Cell, Sheet},
};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Nothing that is read.
    Ignored,
    /// The whole name.
    FullName,
    /// The whole name once more in the other script.
    OtherName,
    /// The surname.
    Surname,
    /// The given name.
    Given,
    /// The patronymic.
    Patronymic,
    /// The date of birth, or a part of it.
    Birth,
    /// The sex.
    Sex,
    /// The place of birth.
    BirthPlace,
    /// The number that a camp or the Red Cross gave.
    CaptiveNumber,
    /// The unit: for the compartment that is opened separately.
    Unit,
    /// The rank: for the same compartment.
    Rank,
    /// The number of a parcel of a campaign.
    Parcel,
    /// The route of a campaign.
    Route,
    /// Anything else that is kept.
    Note,
    /// Numbers of identity documents: never read.
    Document,
}

impl Field {
    /// Every field, in the order of a page.
    pub const ALL: [Self; 16] = [
        Self::Ignored,
        Self::FullName,
        Self::OtherName,
        Self::Surname,
        Self::Given,
        Self::Patronymic,
        Self::Birth,
        Self::Sex,
        Self::BirthPlace,
        Self::CaptiveNumber,
        Self::Unit,
        Self::Rank,
        Self::Parcel,
        Self::Route,
        Self::Note,
        Self::Document,
    ];

    /// A stable key for forms and translations, such as `full-name`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::FullName => "full-name",
            Self::OtherName => "other-name",
            Self::Surname => "surname",
            Self::Given => "given",
            Self::Patronymic => "patronymic",
            Self::Birth => "birth",
            Self::Sex => "sex",
            Self::BirthPlace => "birth-place",
            Self::CaptiveNumber => "captive-number",
            Self::Unit => "unit",
            Self::Rank => "rank",
            Self::Parcel => "parcel",
            Self::Route => "route",
            Self::Note => "note",
            Self::Document => "document",
        }
    }

    /// The field of a key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }

    /// Whether several columns may hold it.
    #[must_use]
    pub const fn may_repeat(self) -> bool {
        matches!(self, Self::Ignored | Self::Note | Self::Document)
    }
}

/// What every column of a sheet holds. A person may change it before rows are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    fields: Vec<Field>,
}

/// Why a mapping cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// There is no such column.
    #[error("mapping columns: expected a column below {columns}, got {got}")]
    NoSuchColumn {
        /// Columns of the sheet.
        columns: usize,
        /// The column asked for, from 0.
        got: usize,
    },
    /// Another column holds it already.
    #[error("mapping columns: column {other} holds it already")]
    Twice {
        /// The other column, from 0.
        other: usize,
        /// What both would hold.
        field: Field,
    },
    /// No column holds a name.
    #[error("mapping columns: expected a column with the full name or the surname")]
    NoName,
}

impl Mapping {
    /// A mapping in which nothing is read.
    #[must_use]
    pub fn none(columns: usize) -> Self {
        Self {
            fields: vec![Field::Ignored; columns],
        }
    }

    /// What each column holds.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The column that holds a field.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|other| *other == field)
    }

    /// Changes one column.
    ///
    /// # Errors
    /// When there is no such column, or another one holds the field and it may stand only once.
    pub fn set(&mut self, column: usize, field: Field) -> Result<(), MappingError> {
        let columns = self.fields.len();
        let other = self.column(field).filter(|other| *other != column);
        if let Some(other) = other.filter(|_| !field.may_repeat()) {
            return Err(MappingError::Twice { other, field });
        }
        let place = self
            .fields
            .get_mut(column)
            .ok_or(MappingError::NoSuchColumn {
                columns,
                got: column,
            })?;
        *place = field;
        Ok(())
    }

    /// Whether rows can be read with it.
    ///
    /// # Errors
    /// When no column holds a name.
    pub fn check(&self) -> Result<(), MappingError> {
        if self
            .column(Field::FullName)
            .or(self.column(Field::Surname))
            .is_some()
        {
            Ok(())
        } else {
            Err(MappingError::NoName)
        }
    }
}

/// What a guess rests on, for the page to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The title of the column.
    Title,
    /// What stands in its cells.
    Contents,
    /// Nothing: the column is ignored until a person says otherwise.
    Nothing,
}

/// A guessed mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// What each column seems to hold.
    pub mapping: Mapping,
    /// What each guess rests on.
    pub by: Vec<By>,
}

/// Guesses what the columns hold: by their titles in three languages, then by what stands in them. A column in which most cells are
/// numbers of documents is never read, whatever its title says.
#[must_use]
pub fn guess(sheet: &Sheet) -> Guess {
    let columns = sheet.header.len();
    let mut guess = Guess {
        mapping: Mapping::none(columns),
        by: vec![By::Nothing; columns],
    };
    for column in 0..columns {
        let title = titled(&sheet.header[column]);
        let held = if is_documents(sheet, column) {
            Some(Field::Document)
        } else {
            title
        };
        if let Some(field) = held
            && guess.mapping.set(column, field).is_ok()
        {
            guess.by[column] = if title == held {
                By::Title
            } else {
                By::Contents
            };
        }
    }
    for column in 0..columns {
        let untitled = guess.by[column] == By::Nothing && titled(&sheet.header[column]).is_none();
        if let Some(field) = contents(sheet, column).filter(|_| untitled) {
            let parts = [Field::Surname, Field::Given, Field::FullName];
            // A second column of names is no second name: only parts that are still missing are taken.
            let has_name = parts
                .iter()
                .any(|part| guess.mapping.column(*part).is_some());
            let other = field == Field::FullName && has_name;
            if !other && guess.mapping.set(column, field).is_ok() {
                guess.by[column] = By::Contents;
            }
        }
    }
    name_parts(sheet, &mut guess);
    guess
}

/// A column of given names without a title for its neighbour: the words before it are surnames.
fn name_parts(sheet: &Sheet, guess: &mut Guess) {
    let has = |field: Field| guess.mapping.column(field).is_some();
    if has(Field::FullName) || has(Field::Surname) {
        return;
    }
    let Some(before) = guess
        .mapping
        .column(Field::Given)
        .and_then(|given| given.checked_sub(1))
    else {
        return;
    };
    let free = guess.by[before] == By::Nothing
        && share(
            sheet,
            before,
            |cell| matches!(cell, Cell::Text(text) if is_one_word(text)),
        ) >= 80;
    if free && guess.mapping.set(before, Field::Surname).is_ok() {
        guess.by[before] = By::Contents;
    }
}

/// Titles in three languages: whole titles first, then beginnings of words that any title may hold.
const TITLES: [(Field, &[&str]); 14] = [
    (
        Field::FullName,
        &[
            "піб",
            "п і б",
            "прізвище ім'я по батькові",
            "прізвище ім'я та по батькові",
            "прізвище та ім'я",
            "прізвище ім'я",
            "фио",
            "ф и о",
            "фамилия имя отчество",
            "фамилия имя",
            "фамилия и имя",
            "full name",
            "name",
            "адресат",
            "військовополонений",
            "полонений",
            "пленный",
            "военнопленный",
            "кому",
            "addressee",
            "captive",
            "person",
        ],
    ),
    (
        Field::OtherName,
        &[
            "латиницею",
            "латиницей",
            "піб латиницею",
            "фио латиницей",
            "name in latin",
            "latin",
            "latin name",
            "піб англійською",
            "піб російською",
            "піб українською",
            "фио на русском",
            "фио на украинском",
            "фио русское",
            "other script",
            "name en",
        ],
    ),
    (
        Field::Surname,
        &[
            "прізвище",
            "фамилия",
            "surname",
            "last name",
            "family name",
            "lastname",
        ],
    ),
    (
        Field::Given,
        &[
            "ім'я",
            "имя",
            "first name",
            "given name",
            "given names",
            "firstname",
        ],
    ),
    (
        Field::Patronymic,
        &[
            "по батькові",
            "отчество",
            "patronymic",
            "middle name",
            "побатькові",
        ],
    ),
    (
        Field::Birth,
        &[
            "дата народження",
            "дата рождения",
            "д н",
            "д р",
            "дн",
            "др",
            "date of birth",
            "birth date",
            "birthdate",
            "dob",
            "born",
            "рік народження",
            "год рождения",
            "year of birth",
            "р н",
            "г р",
            "рн",
            "гр",
            "народився",
            "дата нар",
            "дата рожд",
            "birthday",
        ],
    ),
    (Field::Sex, &["стать", "пол", "sex", "gender"]),
    (
        Field::BirthPlace,
        &[
            "місце народження",
            "место рождения",
            "place of birth",
            "birthplace",
        ],
    ),
    (
        Field::CaptiveNumber,
        &[
            "номер полоненого",
            "номер військовополоненого",
            "номер пленного",
            "номер военнопленного",
            "internment number",
            "номер мкчх",
            "номер мккк",
            "icrc number",
            "isn",
            "pow number",
            "номер інтернованого",
        ],
    ),
    (
        Field::Unit,
        &[
            "частина",
            "військова частина",
            "в ч",
            "вч",
            "підрозділ",
            "часть",
            "воинская часть",
            "войсковая часть",
            "подразделение",
            "unit",
            "military unit",
        ],
    ),
    (
        Field::Rank,
        &[
            "звання",
            "військове звання",
            "звание",
            "воинское звание",
            "rank",
        ],
    ),
    (
        Field::Parcel,
        &[
            "посилка",
            "посилки",
            "посылки",
            "номер посилки",
            "посылка",
            "номер посылки",
            "parcel",
            "parcel number",
            "parcel no",
        ],
    ),
    (
        Field::Route,
        &["маршрут", "напрямок", "направление", "route"],
    ),
    (
        Field::Note,
        &[
            "примітка",
            "примітки",
            "коментар",
            "коментарі",
            "примечание",
            "примечания",
            "комментарий",
            "note",
            "notes",
            "remarks",
            "comment",
            "comments",
        ],
    ),
];

/// Titles of columns that hold nothing but the number of the row.
const COUNTERS: [&str; 10] = [
    "",
    "з п",
    "п п",
    "n",
    "no",
    "nr",
    "number",
    "id",
    "порядковий номер",
    "номер п п",
];

/// What a title says.
fn titled(title: &str) -> Option<Field> {
    let title = plain(title);
    if title.is_empty() {
        return None;
    }
    if title.split(' ').any(is_document_word)
        || matches!(
            title.as_str(),
            "документ"
                | "document"
                | "id card"
                | "серія та номер"
                | "серия и номер"
                | "військовий квиток"
                | "военный билет"
                | "код"
        )
    {
        return Some(Field::Document);
    }
    if COUNTERS.contains(&title.as_str()) {
        return Some(Field::Ignored);
    }
    let whole = TITLES
        .iter()
        .find(|(_, titles)| titles.contains(&title.as_str()));
    // «ПІБ полоненого», «Дата народження (дд.мм.рррр)»: the longest known title that it begins with.
    let longest = || {
        TITLES
            .iter()
            .flat_map(|(field, titles)| titles.iter().map(move |known| (*field, *known)))
            .filter(|(_, known)| {
                known.chars().count() >= 3
                    && title
                        .strip_prefix(known)
                        .is_some_and(|rest| rest.starts_with(' '))
            })
            .max_by_key(|(_, known)| known.len())
            .map(|(field, _)| field)
    };
    whole.map(|(field, _)| *field).or_else(longest)
}

/// Whether a cell is the title of a column: of any field, or of the number of the row.
pub(crate) fn is_header(cell: &str) -> bool {
    cell.chars().count() <= 60 && titled(cell).is_some()
}

/// A title in small letters, one apostrophe, its marks as single blanks.
fn plain(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    for letter in title.chars().flat_map(char::to_lowercase) {
        match letter {
            'ё' => plain.push('е'),
            '\'' | '\u{2019}' | '\u{2BC}' | '`' | '\u{2018}' => plain.push('\''),
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ if !plain.ends_with(' ') && !plain.is_empty() => plain.push(' '),
            _ => {}
        }
    }
    plain.trim_end().to_owned()
}

/// Of the cells that hold something, in a hundred, those of which something is true; 0 when there are fewer than two.
fn share(sheet: &Sheet, column: usize, holds: impl Fn(&Cell) -> bool) -> usize {
    let cells: Vec<&Cell> = sheet
        .rows
        .iter()
        .take(GUESS_ROWS)
        .filter_map(|row| row.cells.get(column))
        .filter(|cell| !cell.is_empty())
        .collect();
    if cells.len() < 2 {
        return 0;
    }
    cells.iter().filter(|cell| holds(cell)).count() * 100 / cells.len()
}

fn is_documents(sheet: &Sheet, column: usize) -> bool {
    share(sheet, column, |cell| {
        let shown = cell.shown();
        let (rest, found) = documents::blank(&shown);
        // The whole cell, not a note that mentions one.
        !found.is_empty()
            && rest
                .chars()
                .filter(|letter| letter.is_alphanumeric())
                .count()
                <= 8
    }) >= 60
}

/// A field, the share of cells in a hundred that must look like it, and what they must look like.
type Check<'a> = (Field, usize, &'a dyn Fn(&Cell) -> bool);

/// What the cells of a column look like.
fn contents(sheet: &Sheet, column: usize) -> Option<Field> {
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    };
    let name = |cell: &Cell| {
        text(cell).and_then(|text| FullName::parse(&text).ok().map(|name| (text, name)))
    };
    let checks: [Check<'_>; 5] = [
        (Field::Birth, 70, &|cell| {
            dates::birth(cell).is_ok_and(|birth| birth.is_some())
        }),
        (Field::Sex, 90, &|cell| {
            text(cell).is_some_and(|text| crate::rows::sex(&text).is_some())
        }),
        (Field::FullName, 60, &|cell| {
            name(cell).is_some_and(|(text, name)| {
                text.split_whitespace().count() >= 2
                    && name.knows_given()
                    && !name.surname().is_empty()
            })
        }),
        (Field::Patronymic, 60, &|cell| {
            name(cell)
                .is_some_and(|(text, name)| is_one_word(&text) && !name.patronymic().is_empty())
        }),
        (Field::Given, 60, &|cell| {
            name(cell).is_some_and(|(text, name)| is_one_word(&text) && name.knows_given())
        }),
    ];
    checks
        .into_iter()
        .find(|(_, least, holds)| share(sheet, column, holds) >= *least)
        .map(|(field, ..)| field)
}

fn is_one_word(text: &str) -> bool {
    text.split_whitespace().count() == 1 && text.chars().any(char::is_alphabetic)
}
