//! Routes: on which way letters go, and what is taken there (DESK-33).

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{language::Language, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, Subject,
    desk::line,
    letters::{LetterRow, row},
    operators::language_of,
    store::{int, uint},
};

/// Bytes of a route's name.
const NAME_MAX: usize = 80;

/// A route with its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Number; 0 for one that is not stored yet.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Languages that are taken; every one if the list is empty. By rule a captive's own (GC III art. 71).
    pub languages: Vec<Language>,
    /// Lines of text, at most.
    pub lines: Option<u32>,
    /// Pictures, at most; none are taken if it is 0.
    pub pictures: Option<u32>,
    /// Whether letters are dated on paper.
    pub dated: bool,
    /// Whether it takes letters now.
    pub open: bool,
}

/// Which rule of its route a letter breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleBreak {
    /// The route takes no letters now.
    Closed,
    /// The language is not taken.
    Language {
        /// The letter's.
        got: Language,
    },
    /// Too many lines.
    Lines {
        /// The letter's.
        got: u32,
        /// The route's.
        limit: u32,
    },
    /// Too many pictures.
    Pictures {
        /// The letter's.
        got: u32,
        /// The route's.
        limit: u32,
    },
}

impl Desk {
    /// All routes, by number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn routes(&self, by: &Actor) -> Result<Vec<Route>, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("reading the routes", |sql| {
            let mut statement = sql.prepare_cached(&format!("{SELECT} ORDER BY route"))?;
            Ok(statement
                .query_map([], route_of)?
                .collect::<Result<_, _>>()?)
        })
    }

    /// Stores a route: a new one if its number is 0. Returns its number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`], [`Error::Text`], [`Error::NotFound`].
    pub fn save_route(&self, by: &Actor, route: &Route, now: UnixTime) -> Result<u64, Error> {
        let name = line("name", &route.name, NAME_MAX)?;
        let codes: Vec<&str> = route
            .languages
            .iter()
            .map(|language| language.code())
            .collect();
        self.act("storing a route", by, Action::ChangeSettings, now, |sql, log| {
            let values = params![
                name,
                codes.join(" "),
                route.lines,
                route.pictures,
                route.dated,
                route.open,
                int(route.id)
            ];
            let id = if route.id == 0 {
                sql.execute(
                    "INSERT INTO routes (name, languages, lines, pictures, dated, open)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?7 = 0",
                    values,
                )?;
                uint(sql.last_insert_rowid())
            } else {
                let changed = sql.execute(
                    "UPDATE routes SET name = ?1, languages = ?2, lines = ?3, pictures = ?4, dated = ?5, open = ?6
                     WHERE route = ?7",
                    values,
                )?;
                if changed == 0 {
                    return Err(none(route.id));
                }
                route.id
            };
            log.add("route_saved", Subject::Office, &id.to_string());
            Ok(id)
        })
    }

    /// Puts letters on a route, or on none.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Review`], [`Error::NotFound`].
    pub fn set_route(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        id: Option<u64>,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("setting a route", by, Action::Review, now, |sql, log| {
            if let Some(id) = id {
                route(sql, id)?;
            }
            for letter in letters {
                row(sql, *letter)?;
                sql.execute(
                    "UPDATE letters SET route = ?2 WHERE letter = ?1",
                    params![int(letter.0), id.map(int)],
                )?;
                log.add("route_set", Subject::Letter(letter.0), "");
            }
            Ok(())
        })
    }

    /// Which rules of its route a letter breaks; none if it is on no route.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`], [`Error::NotFound`].
    pub fn rule_breaks(&self, by: &Actor, number: LetterNumber) -> Result<Vec<RuleBreak>, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("reading a route's rules", |sql| {
            let letter = row(sql, number)?;
            match letter.route {
                Some(id) => Ok(route(sql, id)?.breaks(&letter)),
                None => Ok(Vec::new()),
            }
        })
    }
}

impl Route {
    /// Which rules a letter breaks.
    #[must_use]
    pub fn breaks(&self, letter: &LetterRow) -> Vec<RuleBreak> {
        let mut breaks = Vec::new();
        if !self.open {
            breaks.push(RuleBreak::Closed);
        }
        if !self.languages.is_empty() && !self.languages.contains(&letter.language) {
            breaks.push(RuleBreak::Language {
                got: letter.language,
            });
        }
        if let Some(limit) = self.lines.filter(|limit| letter.lines > *limit) {
            let got = letter.lines;
            breaks.push(RuleBreak::Lines { got, limit });
        }
        if let Some(limit) = self.pictures.filter(|limit| letter.pictures > *limit) {
            let got = letter.pictures;
            breaks.push(RuleBreak::Pictures { got, limit });
        }
        breaks
    }
}

const SELECT: &str = "SELECT route, name, languages, lines, pictures, dated, open FROM routes";

pub(crate) fn route(sql: &Transaction<'_>, id: u64) -> Result<Route, Error> {
    sql.prepare_cached(&format!("{SELECT} WHERE route = ?1"))?
        .query_row([int(id)], route_of)
        .optional()?
        .ok_or_else(|| none(id))
}

fn route_of(row: &Row<'_>) -> rusqlite::Result<Route> {
    let languages: String = row.get(2)?;
    Ok(Route {
        id: uint(row.get(0)?),
        name: row.get(1)?,
        languages: languages.split_whitespace().map(language_of).collect(),
        lines: row.get(3)?,
        pictures: row.get(4)?,
        dated: row.get(5)?,
        open: row.get(6)?,
    })
}

fn none(id: u64) -> Error {
    Error::NotFound {
        what: "route",
        number: id,
    }
}
