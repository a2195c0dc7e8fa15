//! Those who came home say which letters arrived: the only proof of delivery there is.

use rusqlite::params;
use tidings_client::LetterNumber;
use tidings_protocol::{letter::Evidence, time::UnixTime};

use super::people::person;
use crate::{
    Action, Actor, Desk, Error, State, Subject,
    letters::{COLUMNS, LetterRow, Move, go, row, row_of},
    store::{int, uint},
};

/// What a person ticks on the list of his letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The letter.
    pub letter: LetterNumber,
    /// Whether it arrived.
    pub arrived: bool,
}

/// How many letters of a route arrived, of those that somebody said it about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteLoss {
    /// The route; none for letters on no route.
    pub route: Option<u64>,
    /// Letters that somebody said it about.
    pub told: u64,
    /// Of them, those that arrived.
    pub arrived: u64,
}

impl Desk {
    /// The letters for a person that went out on paper, oldest first: what he is asked about.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::RecordReturned`], [`Error::NotFound`].
    pub fn letters_of_person(&self, by: &Actor, id: u64) -> Result<Vec<LetterRow>, Error> {
        by.need(Action::RecordReturned)?;
        self.store.read("reading a person's letters", |sql| {
            let id = person(sql, id)?.id;
            let mut statement = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM letters WHERE person = ?1 AND sheet IS NOT NULL ORDER BY letter"
            ))?;
            let rows = statement.query_map([int(id)], row_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Writes down what a person who came home ticked. What arrived is confirmed to its family, what did not is lost as far as
    /// is known; both with the highest grade of evidence.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::RecordReturned`]; [`Error::NotFound`] for a letter that is not his.
    pub fn record_returned(
        &self,
        by: &Actor,
        id: u64,
        ticks: &[Tick],
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "writing down what arrived",
            by,
            Action::RecordReturned,
            now,
            |sql, log| {
                let id = person(sql, id)?.id;
                for tick in ticks {
                    let letter = row(sql, tick.letter)?;
                    if letter.person != Some(id) {
                        return Err(Error::NotFound {
                            what: "letter of this person",
                            number: tick.letter.0,
                        });
                    }
                    sql.execute(
                        "INSERT OR REPLACE INTO arrivals (letter, person, arrived, at, operator)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                        params![
                            int(tick.letter.0),
                            int(id),
                            tick.arrived,
                            int(now.0),
                            by.id().map(|id| int(id.0))
                        ],
                    )?;
                    let to = match tick.arrived {
                        true => State::HandoverReported,
                        false => State::Lost,
                    };
                    if letter.state.can_become(to) {
                        let how = Move {
                            to,
                            reason: None,
                            by: by.id(),
                            at: now,
                            evidence: Evidence::ReleasedPersonConfirms,
                        };
                        go(sql, log, tick.letter, &how)?;
                    }
                }
                log.add(
                    "returned_recorded",
                    Subject::Person(id),
                    &ticks.len().to_string(),
                );
                Ok(())
            },
        )
    }

    /// Letters that never reached a person and are still here: to be handed to him as they are.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::RecordReturned`], [`Error::NotFound`].
    pub fn letters_never_arrived(&self, by: &Actor, id: u64) -> Result<Vec<LetterRow>, Error> {
        by.need(Action::RecordReturned)?;
        self.store.read("reading a person's letters", |sql| {
            let id = person(sql, id)?.id;
            let mut statement = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM letters l WHERE person = ?1 AND erased IS NULL AND state <> 'withdrawn'
                 AND NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.letter = l.letter AND a.arrived)
                 ORDER BY letter"
            ))?;
            let rows = statement.query_map([int(id)], row_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many letters arrived, for each route, as those who came home say.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeFigures`].
    pub fn loss_by_route(&self, by: &Actor) -> Result<Vec<RouteLoss>, Error> {
        by.need(Action::SeeFigures)?;
        self.store.read("counting what arrived", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT l.route, count(*), sum(a.arrived) FROM arrivals a JOIN letters l USING (letter)
                 GROUP BY l.route ORDER BY l.route",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(RouteLoss {
                    route: row.get::<_, Option<i64>>(0)?.map(uint),
                    told: uint(row.get(1)?),
                    arrived: uint(row.get(2)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
