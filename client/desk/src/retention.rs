//! What is erased when its time is over, here and in the account.
//!
//! Erasing has two ends: contents go from the desk in one transaction, with a note that the account still has them; then
//! from the account, and the note goes. A kill between leaves the note.

use rusqlite::{Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{limits::DAY_SECONDS, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, Post, Subject,
    desk::Log,
    letters::row,
    store::{int, uint},
};

/// What was erased.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ErasureReport {
    /// Letters whose text and pictures went.
    pub letters: u64,
    /// Documents of print jobs.
    pub documents: u64,
    /// Pictures of scanned pages.
    pub pages: u64,
    /// Tracing requests.
    pub requests: u64,
}

/// Letters that are erased in one transaction.
const BATCH: u32 = 200;

impl Desk {
    /// Erases everything whose time is over by the settings. To be called once a day; calling it again is harmless.
    ///
    /// # Errors
    /// Those of the vault and the store.
    pub fn run_retention(&self, post: &dyn Post, now: UnixTime) -> Result<ErasureReport, Error> {
        let settings = self.settings()?;
        let before = |days: u32| int(now.minus(u64::from(days) * DAY_SECONDS).0);
        let mut report = ErasureReport::default();
        loop {
            let erased = self.act_alone("erasing letters", None, now, |sql, log| {
                let mut statement = sql.prepare_cached(
                    "SELECT letter FROM letters WHERE erased IS NULL AND state NOT IN
                        ('taken_by_desk', 'in_review', 'passed', 'passed_with_cuts', 'held')
                     AND coalesce((SELECT max(at) FROM letter_steps s WHERE s.letter = letters.letter
                        AND s.state IN ('printed', 'refused', 'withdrawn')), since) < ?1
                     AND NOT EXISTS (SELECT 1 FROM print_items JOIN print_jobs j USING (job)
                        WHERE print_items.letter = letters.letter AND j.state IN ('waiting', 'failed'))
                     LIMIT ?2",
                )?;
                let due = statement
                    .query_map(params![before(settings.keep_after_print_days), BATCH], |row| {
                        Ok(LetterNumber(uint(row.get(0)?)))
                    })?
                    .collect::<Result<Vec<_>, _>>()?;
                for letter in &due {
                    erase(sql, log, *letter, now)?;
                }
                Ok(due.len() as u64)
            })?;
            report.letters += erased;
            if erased < u64::from(BATCH) {
                break;
            }
        }
        self.act_alone("erasing documents", None, now, |sql, log| {
            report.documents += sql.execute(
                "UPDATE print_jobs SET pdf = NULL, state = 'closed' WHERE pdf IS NOT NULL AND finished < ?1",
                [before(settings.keep_after_print_days)],
            )? as u64;
            report.pages += sql.execute(
                "UPDATE scan_pages SET image = NULL WHERE image IS NOT NULL AND (
                    reply IN (SELECT reply FROM replies WHERE state = 'sent' AND sent < ?1)
                    OR (state = 'discarded' AND scan IN (SELECT scan FROM scans WHERE taken < ?1)))",
                [before(settings.keep_scans_days)],
            )? as u64;
            report.requests += sql.execute(
                "DELETE FROM requests WHERE closed < ?1",
                [before(settings.keep_requests_days)],
            )? as u64;
            if report != ErasureReport::default() {
                let detail = format!(
                    "{} {} {} {}",
                    report.letters, report.documents, report.pages, report.requests
                );
                log.add("erased_by_time", Subject::Office, &detail);
            }
            Ok(())
        })?;
        self.erase_in_account(post)?;
        if report != ErasureReport::default() {
            self.store.settle()?;
        }
        Ok(report)
    }

    /// Erases a letter before its time: text and pictures, here and in the account. That it came stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Erase`], [`Error::NotFound`].
    pub fn erase_letter(
        &self,
        by: &Actor,
        post: &dyn Post,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("erasing a letter", by, Action::Erase, now, |sql, log| {
            row(sql, number)?;
            erase(sql, log, number, now)
        })?;
        self.erase_in_account(post)?;
        self.store.settle()
    }

    fn erase_in_account(&self, post: &dyn Post) -> Result<(), Error> {
        let waiting: Vec<i64> = self.store.read("reading erasures", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT letter FROM erasures ORDER BY letter")?;
            Ok(statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?)
        })?;
        for letter in waiting {
            match post.erase(LetterNumber(uint(letter))) {
                Ok(()) | Err(tidings_client::Error::NoLetter { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            self.store.write("noting an erasure", |sql| {
                sql.execute("DELETE FROM erasures WHERE letter = ?1", [letter])?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

fn erase(
    sql: &Transaction<'_>,
    log: &mut Log,
    letter: LetterNumber,
    now: UnixTime,
) -> Result<(), Error> {
    let number = int(letter.0);
    sql.prepare_cached("DELETE FROM letter_texts WHERE letter = ?1")?
        .execute([number])?;
    sql.prepare_cached("DELETE FROM enclosures WHERE letter = ?1")?
        .execute([number])?;
    sql.prepare_cached("UPDATE cuts SET original = zeroblob(0) WHERE letter = ?1")?
        .execute([number])?;
    sql.prepare_cached("UPDATE letters SET erased = ?2 WHERE letter = ?1")?
        .execute(params![number, int(now.0)])?;
    sql.prepare_cached("INSERT OR IGNORE INTO erasures (letter) VALUES (?1)")?
        .execute([number])?;
    log.add("letter_erased", Subject::Letter(letter.0), "");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LetterFilter, Role, State,
        printing::print_for_test,
        testing::{List, Office, START, lock},
    };

    const ONE: LetterNumber = LetterNumber(1);
    const TWO: LetterNumber = LetterNumber(2);

    /// One letter printed, one held.
    fn office() -> (Office, List) {
        let office = Office::new();
        let list = List::default();
        list.receive(1, "Іван", "надруковане", &[b"photo"]);
        list.receive(2, "Петро", "чекає", &[b"photo"]);
        let (desk, head) = (&office.desk, &office.head);
        desk.import(&list, START).unwrap();
        desk.begin_review(head, &[ONE, TWO], START).unwrap();
        desk.pass(head, &[ONE], START).unwrap();
        desk.hold(head, &[TWO], crate::HoldReason::SecondOpinion, START)
            .unwrap();
        print_for_test(desk, head, &[ONE]);
        (office, list)
    }

    fn text(office: &Office, number: LetterNumber) -> String {
        office
            .desk
            .open_letter(&office.head, number, START)
            .unwrap()
            .text
    }

    #[test]
    fn what_is_printed_is_erased_in_its_time_here_and_in_the_account() {
        let (office, list) = office();
        let desk = &office.desk;
        let days = |days: u64| START.plus(days * DAY_SECONDS);
        assert_eq!(
            desk.run_retention(&list, days(30)).unwrap(),
            ErasureReport::default()
        );
        let report = desk.run_retention(&list, days(31)).unwrap();
        assert_eq!((report.letters, report.documents), (1, 1));
        assert_eq!(text(&office, ONE), "");
        assert!(matches!(
            desk.picture(&office.head, ONE, 0, START),
            Err(Error::Erased)
        ));
        assert_eq!(text(&office, TWO), "чекає", "what waits is kept");
        {
            let letters = lock(&list.letters);
            assert_eq!(letters[0].0.text, None);
            assert!(letters[1].0.text.is_some());
        }
        let row = desk.letter_row(&office.head, ONE).unwrap();
        assert_eq!((row.state, row.erased), (State::Printed, Some(days(31))));
        assert_eq!(desk.run_retention(&list, days(32)).unwrap().letters, 0);
        let all = desk
            .letters(&office.head, &LetterFilter::default(), None, 9)
            .unwrap();
        assert_eq!(all.rows.len(), 2, "that it came stays");
    }

    #[test]
    fn only_a_head_erases_before_the_time() {
        let (office, list) = office();
        let desk = &office.desk;
        let reader = office.actor(Role::Reader);
        let refused = desk.erase_letter(&reader, &list, TWO, START);
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        desk.erase_letter(&office.head, &list, TWO, START).unwrap();
        assert_eq!(text(&office, TWO), "");
    }

    /// The account could not be reached for a moment, or the power failed: the erasure goes on the next time.
    #[test]
    fn an_erasure_that_was_broken_off_is_finished() {
        let (office, list) = office();
        let desk = &office.desk;
        desk.act_alone("testing", None, START, |sql, log| {
            erase(sql, log, TWO, START)
        })
        .unwrap();
        assert!(lock(&list.letters)[1].0.text.is_some());
        let office = office.reopened();
        office.desk.run_retention(&list, START).unwrap();
        assert!(lock(&list.letters)[1].0.text.is_none());
    }
}
