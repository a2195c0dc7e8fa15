//! What a column most likely holds: by its title, then by what stands in it (LISTS-5).

use tidings_names::FullName;

use crate::{
    columns::{Field, Mapping},
    dates, documents,
    limits::GUESS_ROWS,
    sheet::{Cell, Sheet},
    titles::titled,
};

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
