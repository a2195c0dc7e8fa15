//! Clocks that the conventions set, with warnings before they run out (DESK-31).

use rusqlite::{Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{limits::DAY_SECONDS, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, State,
    store::{int, uint},
};

/// What a clock measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockKind {
    /// A letter is reviewed once, as quickly as possible (GC III art. 76).
    Review,
    /// A letter that was passed is not held back (GC III art. 71).
    Dispatch,
    /// A captive's reply goes to his family (GC III art. 71 and 76: not delayed, looked through once).
    Reply,
    /// A capture card is written within a week of reaching a camp (GC III art. 70).
    CaptureCard,
}

impl ClockKind {
    /// The word of the translations (`clock-…`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Dispatch => "dispatch",
            Self::Reply => "reply",
            Self::CaptureCard => "capture_card",
        }
    }

    /// Days that it runs. Only that of the capture card is in the convention; the others are this office's reading of "as
    /// quickly as possible" and "not delayed".
    #[must_use]
    pub fn days(self) -> u64 {
        match self {
            Self::Review | Self::Reply | Self::CaptureCard => 7,
            Self::Dispatch => 14,
        }
    }

    /// Days before its end at which it warns.
    #[must_use]
    pub fn warns(self) -> u64 {
        match self {
            Self::Review | Self::Reply | Self::CaptureCard => 2,
            Self::Dispatch => 4,
        }
    }
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockLevel {
    /// There is time.
    Running,
    /// It runs out soon.
    Warning,
    /// It has run out.
    Over,
}

/// A clock that warns or has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// What it measures.
    pub kind: ClockKind,
    /// The letter, for those of letters; for a reply, the letter that it answers.
    pub letter: Option<LetterNumber>,
    /// The person of the register, for a capture card.
    pub person: Option<u64>,
    /// When it began.
    pub begun: UnixTime,
    /// When it runs out.
    pub due: UnixTime,
    /// How it stands.
    pub level: ClockLevel,
}

/// How a clock of this kind stands that began then.
pub(crate) fn clock(kind: ClockKind, begun: UnixTime, now: UnixTime) -> (UnixTime, ClockLevel) {
    let due = begun.plus(kind.days() * DAY_SECONDS);
    let level = if now >= due {
        ClockLevel::Over
    } else if now >= due.minus(kind.warns() * DAY_SECONDS) {
        ClockLevel::Warning
    } else {
        ClockLevel::Running
    };
    (due, level)
}

/// Clocks of letters: which states they run in, and since when.
const RUNNING: [(ClockKind, &[State], &str); 2] = [
    (
        ClockKind::Review,
        &[State::TakenByDesk, State::InReview],
        "received",
    ),
    (
        ClockKind::Dispatch,
        &[
            State::Passed,
            State::PassedWithCuts,
            State::Printed,
            State::Packed,
        ],
        "(SELECT min(at) FROM letter_steps s WHERE s.letter = l.letter
             AND s.state IN ('passed', 'passed_with_cuts'))",
    ),
];

impl Desk {
    /// Clocks that warn or have run out, the oldest first, at most `count` of each kind. Held letters have none: what they
    /// wait for has a reason that a person gave.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn clocks(&self, by: &Actor, now: UnixTime, count: u32) -> Result<Vec<Clock>, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("reading the clocks", |sql| {
            let mut clocks = Vec::new();
            for (kind, states, since) in RUNNING {
                let words: Vec<String> = states
                    .iter()
                    .map(|state| format!("'{}'", state.word()))
                    .collect();
                let query = format!(
                    "SELECT letter, NULL, {since} AS begun FROM letters l WHERE state IN ({})",
                    words.join(", ")
                );
                clocks.extend(late(sql, kind, &query, now, count)?);
            }
            for (kind, query) in [
                (
                    ClockKind::Reply,
                    "SELECT letter, NULL, made AS begun FROM replies WHERE state <> 'sent'",
                ),
                (
                    ClockKind::CaptureCard,
                    "SELECT NULL, person, captured AS begun FROM people
                     WHERE captured IS NOT NULL AND card IS NULL AND merged IS NULL",
                ),
            ] {
                clocks.extend(late(sql, kind, query, now, count)?);
            }
            Ok(clocks)
        })
    }
}

/// Those of a query (letter, person, begun) whose clock warns or has run out.
fn late(
    sql: &Transaction<'_>,
    kind: ClockKind,
    query: &str,
    now: UnixTime,
    count: u32,
) -> Result<Vec<Clock>, Error> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT * FROM ({query}) WHERE begun <= ?1 ORDER BY begun LIMIT ?2"
    ))?;
    let latest = now.minus((kind.days() - kind.warns()) * DAY_SECONDS);
    let rows = statement.query_map(params![int(latest.0), count], |row| {
        let begun = UnixTime(uint(row.get(2)?));
        let (due, level) = clock(kind, begun, now);
        Ok(Clock {
            kind,
            letter: row
                .get::<_, Option<i64>>(0)?
                .map(|letter| LetterNumber(uint(letter))),
            person: row.get::<_, Option<i64>>(1)?.map(uint),
            begun,
            due,
            level,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
