//! Lists of letters: filters, order, pages that stay quick however many there are.

use std::{fmt, str::FromStr};

use rusqlite::{params_from_iter, types::Value};
use tidings_client::{ContactNumber, LetterNumber};
use tidings_protocol::{language::Language, time::UnixTime};

use super::{COLUMNS, LetterRow, State, row_of, search::found};
use crate::{
    Action, Actor, Desk, Error,
    store::{int, uint},
};

/// Letters on a page, at most.
const PAGE_MAX: usize = 500;

/// Which letters are shown. The default shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// In one of these states; in any if there are none.
    pub states: Vec<State>,
    /// Names, in any script and with errors; or a number.
    pub search: String,
    /// In this language.
    pub language: Option<Language>,
    /// With pictures, or without.
    pub pictures: Option<bool>,
    /// Of this family.
    pub contact: Option<ContactNumber>,
    /// For this person of the register.
    pub person: Option<u64>,
    /// On this route.
    pub route: Option<u64>,
    /// Received at this time or later.
    pub from: Option<UnixTime>,
    /// Received before this time.
    pub until: Option<UnixTime>,
    /// In this order.
    pub order: Order,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What has waited longest comes first.
    #[default]
    Oldest,
    /// What came last comes first.
    Newest,
}

/// A place in a list: after which letter a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    received: UnixTime,
    letter: LetterNumber,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.received.0, self.letter.0)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (received, letter) = text.split_once('-').ok_or(Error::Cursor)?;
        Ok(Self {
            received: UnixTime(received.parse().map_err(|_| Error::Cursor)?),
            letter: LetterNumber(letter.parse().map_err(|_| Error::Cursor)?),
        })
    }
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct LetterPage {
    /// The letters.
    pub rows: Vec<LetterRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// How many letters are in which state.
#[derive(Debug, Clone, Default)]
pub struct LetterCounts {
    counts: Vec<(State, u64)>,
}

impl LetterCounts {
    /// Letters in a state.
    #[must_use]
    pub fn of(&self, state: State) -> u64 {
        let found = self.counts.iter().find(|(of, _)| *of == state);
        found.map_or(0, |(_, count)| *count)
    }

    /// All letters.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

impl Desk {
    /// A page of letters; nothing of their contents.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn letters(
        &self,
        by: &Actor,
        filter: &LetterFilter,
        after: Option<Cursor>,
        count: usize,
    ) -> Result<LetterPage, Error> {
        by.need(Action::SeeLetters)?;
        let count = count.clamp(1, PAGE_MAX);
        self.store.read("reading letters", |sql| {
            let mut query = Query::of(filter);
            if !filter.search.trim().is_empty() {
                let numbers = found(sql, &filter.search)?;
                query.among(&numbers);
            }
            query.after(after, filter.order);
            let direction = match filter.order {
                Order::Oldest => "ASC",
                Order::Newest => "DESC",
            };
            let text = format!(
                "SELECT {COLUMNS} FROM letters{} ORDER BY received {direction}, letter {direction} LIMIT {}",
                query.conditions(),
                count + 1
            );
            let mut statement = sql.prepare_cached(&text)?;
            let mut rows: Vec<LetterRow> = statement
                .query_map(params_from_iter(query.values), row_of)?
                .collect::<Result<_, _>>()?;
            let more = rows.len() > count;
            rows.truncate(count);
            let next = rows.last().filter(|_| more).map(|last| Cursor {
                received: last.received,
                letter: last.number,
            });
            Ok(LetterPage { rows, next })
        })
    }

    /// How many letters are in which state.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn letter_counts(&self, by: &Actor) -> Result<LetterCounts, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("counting letters", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT state, count(*) FROM letters GROUP BY state")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, uint(row.get(1)?))))?;
            Ok(LetterCounts {
                counts: rows.collect::<Result<_, _>>()?,
            })
        })
    }
}

/// Conditions with their values.
#[derive(Default)]
struct Query {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    fn of(filter: &LetterFilter) -> Self {
        let mut query = Self::default();
        if !filter.states.is_empty() {
            let places: Vec<String> = filter
                .states
                .iter()
                .map(|state| query.place(state.word().to_owned().into()))
                .collect();
            query
                .conditions
                .push(format!("state IN ({})", places.join(", ")));
        }
        let language = filter
            .language
            .map(|language| language.code().to_owned().into());
        query.when("language =", language);
        query.when(
            "contact =",
            filter.contact.map(|contact| int(contact.0).into()),
        );
        query.when("person =", filter.person.map(|person| int(person).into()));
        query.when("route =", filter.route.map(|route| int(route).into()));
        query.when("received >=", filter.from.map(|from| int(from.0).into()));
        query.when("received <", filter.until.map(|until| int(until.0).into()));
        if let Some(pictures) = filter.pictures {
            let condition = if pictures {
                "pictures > 0"
            } else {
                "pictures = 0"
            };
            query.conditions.push(condition.to_owned());
        }
        query
    }

    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    fn when(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            let place = self.place(value);
            self.conditions.push(format!("{condition} {place}"));
        }
    }

    fn among(&mut self, numbers: &[i64]) {
        let list: Vec<String> = numbers.iter().map(i64::to_string).collect();
        let place = self.place(format!("[{}]", list.join(",")).into());
        self.conditions
            .push(format!("letter IN (SELECT value FROM json_each({place}))"));
    }

    fn after(&mut self, after: Option<Cursor>, order: Order) {
        if let Some(after) = after {
            let sign = match order {
                Order::Oldest => '>',
                Order::Newest => '<',
            };
            let received = self.place(int(after.received.0).into());
            let letter = self.place(int(after.letter.0).into());
            self.conditions
                .push(format!("(received, letter) {sign} ({received}, {letter})"));
        }
    }

    fn conditions(&self) -> String {
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", self.conditions.join(" AND ")),
        }
    }
}
