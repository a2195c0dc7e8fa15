//! Figures: plain counts for the office's page, and a monthly report that names nobody and from which nobody can be
//! worked out.

use rusqlite::{Transaction, params};
use tidings_protocol::{limits::DAY_SECONDS, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, RouteLoss, State,
    store::{int, uint},
};

/// Counts below this are not told in a report: few people could be recognised.
pub const SMALL_COUNT: u64 = 5;

/// What happened between two times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Letters that came.
    pub received: u64,
    /// How many letters reached a state, by state, each letter once.
    pub reached: Vec<(State, u64)>,
    /// Replies that were sent to families.
    pub replies: u64,
    /// Families who wrote.
    pub families: u64,
    /// Tracing requests that were opened.
    pub requests: u64,
    /// Tracing requests that were answered.
    pub answers: u64,
    /// Median of the seconds from coming to paper, of letters that were printed in this time.
    pub wait_median: Option<u64>,
    /// The time within which nine of ten were printed.
    pub wait_most: Option<u64>,
    /// Letters that came on each of the days, from the first.
    pub by_day: Vec<u64>,
}

/// A line of the monthly report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// What is counted: a word of the translations (`figure-…`).
    pub word: String,
    /// The count; none if it is too small to be told.
    pub count: Option<u64>,
}

impl Desk {
    /// What happened from one time until another.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeFigures`].
    pub fn figures(&self, by: &Actor, from: UnixTime, until: UnixTime) -> Result<Figures, Error> {
        by.need(Action::SeeFigures)?;
        self.store.read("counting", |sql| figures(sql, from, until))
    }

    /// The report of a time for others: counts alone, small ones suppressed; where only one of a group would be suppressed,
    /// the next smallest is as well, so that it cannot be worked out from the sum.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeFigures`].
    pub fn report(
        &self,
        by: &Actor,
        from: UnixTime,
        until: UnixTime,
    ) -> Result<Vec<ReportLine>, Error> {
        let figures = self.figures(by, from, until)?;
        let loss = self.loss_by_route(by)?;
        let single = |word: &str, count: u64| (word.to_owned(), count);
        let mut lines = Vec::new();
        for (word, count) in [
            single("received", figures.received),
            single("families", figures.families),
            single("replies", figures.replies),
            single("requests", figures.requests),
            single("answers", figures.answers),
        ] {
            lines.extend(suppressed(vec![(word, count)]));
        }
        let reached = figures.reached.iter();
        lines.extend(suppressed(
            reached
                .map(|(state, count)| single(state.word(), *count))
                .collect(),
        ));
        for RouteLoss {
            route,
            told,
            arrived,
        } in loss
        {
            let route = route.map_or_else(|| "none".to_owned(), |route| route.to_string());
            lines.extend(suppressed(vec![
                (format!("route-{route}-arrived"), arrived),
                (format!("route-{route}-lost"), told - arrived),
            ]));
        }
        Ok(lines)
    }
}

/// Takes the small counts of one group away (DESK-34).
fn suppressed(group: Vec<(String, u64)>) -> Vec<ReportLine> {
    let is_small = |count: u64| (1..SMALL_COUNT).contains(&count);
    let small = group.iter().filter(|(_, count)| is_small(*count)).count();
    // One that is missing alone is the sum less the others.
    let also = match small {
        1 => group
            .iter()
            .enumerate()
            .filter(|(_, (_, count))| *count >= SMALL_COUNT)
            .min_by_key(|(_, (_, count))| *count)
            .map(|(place, _)| place),
        _ => None,
    };
    group
        .into_iter()
        .enumerate()
        .map(|(place, (word, count))| ReportLine {
            word,
            count: (!is_small(count) && also != Some(place)).then_some(count),
        })
        .collect()
}

fn figures(sql: &Transaction<'_>, from: UnixTime, until: UnixTime) -> Result<Figures, Error> {
    let span = params![int(from.0), int(until.0)];
    let count = |query: &str| -> Result<u64, Error> {
        Ok(uint(
            sql.prepare_cached(query)?
                .query_row(span, |row| row.get(0))?,
        ))
    };
    let mut figures = Figures {
        received: count("SELECT count(*) FROM letters WHERE received >= ?1 AND received < ?2")?,
        families: count(
            "SELECT count(DISTINCT contact) FROM letters WHERE received >= ?1 AND received < ?2",
        )?,
        replies: count("SELECT count(*) FROM replies WHERE sent >= ?1 AND sent < ?2")?,
        requests: count("SELECT count(*) FROM requests WHERE opened >= ?1 AND opened < ?2")?,
        answers: count("SELECT count(*) FROM requests WHERE sent >= ?1 AND sent < ?2")?,
        ..Figures::default()
    };
    for state in State::ALL.iter().filter(|state| **state > State::InReview) {
        let reached: i64 = sql
            .prepare_cached(
                "SELECT count(DISTINCT letter) FROM letter_steps WHERE state = ?3 AND at >= ?1 AND at < ?2",
            )?
            .query_row(params![int(from.0), int(until.0), state], |row| row.get(0))?;
        figures.reached.push((*state, uint(reached)));
    }
    let mut statement = sql.prepare_cached(
        "SELECT min(s.at) - l.received FROM letter_steps s JOIN letters l USING (letter)
         WHERE s.state = 'printed' AND s.at >= ?1 AND s.at < ?2 GROUP BY s.letter ORDER BY 1",
    )?;
    let waits: Vec<u64> = statement
        .query_map(span, |row| Ok(uint(row.get(0)?)))?
        .collect::<Result<_, _>>()?;
    figures.wait_median = waits.get(waits.len() / 2).copied();
    figures.wait_most = waits
        .get((waits.len() * 9).div_ceil(10).saturating_sub(1))
        .copied();
    let days = (until.0.saturating_sub(from.0))
        .div_ceil(DAY_SECONDS)
        .min(366);
    figures.by_day = vec![0; usize::try_from(days).unwrap_or(0)];
    let mut statement = sql.prepare_cached(
        "SELECT (received - ?1) / ?3, count(*) FROM letters WHERE received >= ?1 AND received < ?2 GROUP BY 1",
    )?;
    let rows = statement.query_map(
        params![int(from.0), int(until.0), int(DAY_SECONDS)],
        |row| Ok((uint(row.get(0)?), uint(row.get(1)?))),
    )?;
    for row in rows {
        let (day, count) = row?;
        let slot = usize::try_from(day)
            .ok()
            .and_then(|day| figures.by_day.get_mut(day));
        if let Some(slot) = slot {
            *slot = count;
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
        printing::print_for_test,
        testing::{List, Office, START},
    };
    use tidings_client::LetterNumber;

    fn counts(group: &[u64]) -> Vec<Option<u64>> {
        let group = group.iter().map(|count| (String::new(), *count)).collect();
        suppressed(group)
            .into_iter()
            .map(|line| line.count)
            .collect()
    }

    #[test]
    fn small_counts_are_not_told_and_cannot_be_worked_out() {
        assert_eq!(counts(&[0, 5, 100]), [Some(0), Some(5), Some(100)]);
        assert_eq!(counts(&[3]), [None]);
        assert_eq!(
            counts(&[3, 50, 9]),
            [None, Some(50), None],
            "the next smallest goes as well"
        );
        assert_eq!(counts(&[3, 50, 4]), [None, Some(50), None]);
        assert_eq!(counts(&[1, 0]), [None, Some(0)]);
    }

    #[test]
    fn figures_count_each_letter_once_in_its_time() {
        let office = Office::new();
        let list = List::default();
        let letters: Vec<LetterNumber> = (1..=6)
            .map(|n| list.receive(n % 3, "Іван", "text", &[]))
            .collect();
        let (desk, head) = (&office.desk, &office.head);
        desk.import(&list, START).unwrap();
        let later = START.plus(DAY_SECONDS);
        desk.begin_review(head, &letters, later).unwrap();
        desk.pass(head, &letters[..4], later).unwrap();
        desk.begin_review(head, &letters[..1], later).unwrap();
        desk.pass(head, &letters[..1], later).unwrap();
        print_for_test(desk, head, &letters[..2]);
        let figures = desk
            .figures(head, START, START.plus(2 * DAY_SECONDS))
            .unwrap();
        assert_eq!((figures.received, figures.families), (6, 3));
        let reached = |state| {
            figures
                .reached
                .iter()
                .find(|(of, _)| *of == state)
                .unwrap()
                .1
        };
        assert_eq!((reached(State::Passed), reached(State::Printed)), (4, 2));
        assert_eq!(figures.by_day, [6, 0]);
        assert!(figures.wait_median.is_some());
        let before = desk.figures(head, UnixTime(0), START).unwrap();
        assert_eq!(before.received, 0);
        let report = desk
            .report(head, START, START.plus(2 * DAY_SECONDS))
            .unwrap();
        let line = |word: &str| report.iter().find(|line| line.word == word).unwrap().count;
        assert_eq!(
            (line("received"), line("families"), line("printed")),
            (Some(6), None, None)
        );
        let printer = office.actor(Role::Printer);
        assert!(matches!(
            desk.figures(&printer, START, START),
            Err(Error::Forbidden { .. })
        ));
    }
}
