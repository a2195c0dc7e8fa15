//! How much a captive writes: what he may send at the least is counted, so that an office can show when less comes (DESK-32).

use rusqlite::{Row, Transaction, params};
use tidings_protocol::time::UnixTime;

use crate::{
    Action, Actor, Desk, Error,
    store::{int, uint},
};

/// Letters and cards a month below which a detaining power may not limit a captive: two letters and four cards, capture cards
/// not counted (GC III art. 71).
pub const QUOTA_FLOOR: u64 = 6;

/// What went to a captive and came from him in one time: a month, as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The person of the register.
    pub person: u64,
    /// Letters for him that left this office, each with a sheet to answer on.
    pub letters: u64,
    /// Replies that came from him, whole or with pages missing. Each counts against what he may send, as nobody here sees
    /// whether it was counted there as a letter or as a card.
    pub replies: u64,
}

impl Quota {
    /// What he may send at the least and has not sent yet.
    #[must_use]
    pub fn left(&self) -> u64 {
        QUOTA_FLOOR.saturating_sub(self.replies)
    }

    /// Whether fewer answers came than art. 71 guarantees, though enough letters asked for one. It shows nothing about one
    /// captive, and much about many of one camp.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.replies < QUOTA_FLOOR.min(self.letters)
    }
}

impl Desk {
    /// What went to one captive and came from him between two times.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeLetters`].
    pub fn quota(
        &self,
        by: &Actor,
        person: u64,
        from: UnixTime,
        until: UnixTime,
    ) -> Result<Quota, Error> {
        by.need(Action::SeeLetters)?;
        self.store.read("counting a captive's mail", |sql| {
            let counted = counted(sql, from, until, Some(person), u32::MAX)?;
            Ok(counted.into_iter().next().unwrap_or(Quota {
                person,
                letters: 0,
                replies: 0,
            }))
        })
    }

    /// The same for everybody of the register to whom letters went or from whom replies came, at most `count`: those with
    /// most letters and fewest replies first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`].
    pub fn quotas(
        &self,
        by: &Actor,
        from: UnixTime,
        until: UnixTime,
        count: u32,
    ) -> Result<Vec<Quota>, Error> {
        by.need(Action::SeeRegister)?;
        self.store.read("counting captives' mail", |sql| {
            counted(sql, from, until, None, count)
        })
    }
}

/// A letter left when it was first with a carrier.
fn counted(
    sql: &Transaction<'_>,
    from: UnixTime,
    until: UnixTime,
    person: Option<u64>,
    count: u32,
) -> Result<Vec<Quota>, Error> {
    let mut statement = sql.prepare_cached(
        "WITH gone AS (
            SELECT letter, min(at) AS at FROM letter_steps
            WHERE state = 'with_carrier' GROUP BY letter
         ), mail AS (
            SELECT l.person, 1 AS letters, 0 AS replies FROM gone g JOIN letters l USING (letter)
            WHERE g.at >= ?1 AND g.at < ?2 AND l.person IS NOT NULL AND (?3 IS NULL OR l.person = ?3)
            UNION ALL
            SELECT l.person, 0, 1 FROM replies r JOIN letters l USING (letter)
            WHERE r.made >= ?1 AND r.made < ?2 AND l.person IS NOT NULL AND (?3 IS NULL OR l.person = ?3)
         )
         SELECT person, sum(letters), sum(replies) FROM mail GROUP BY person
         ORDER BY sum(letters) - sum(replies) DESC, person LIMIT ?4",
    )?;
    let rows = statement.query_map(
        params![int(from.0), int(until.0), person.map(int), count],
        quota_of,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn quota_of(row: &Row<'_>) -> rusqlite::Result<Quota> {
    Ok(Quota {
        person: uint(row.get(0)?),
        letters: uint(row.get(1)?),
        replies: uint(row.get(2)?),
    })
}
