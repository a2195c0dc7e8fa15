//! What is erased when its time is over, here and in the account (DESK-24 to DESK-27).
//!
//! Erasing has two ends: contents go from the desk in one transaction, with a note that the account still has them; then
//! from the account, and the note goes. A kill between leaves the note.

use rusqlite::{Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{limits::DAY_SECONDS, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, Post, Settings, Subject,
    desk::Log,
    letters::row,
    messages,
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
    /// Messages from families.
    pub messages: u64,
}

/// What is erased in its time (DESK-24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Text and enclosures of letters.
    Letters,
    /// Documents of print jobs.
    Documents,
    /// Pictures of scanned pages.
    Pages,
    /// Tracing requests.
    Requests,
    /// Messages from families.
    Messages,
}

impl Kept {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Letters,
        Self::Documents,
        Self::Pages,
        Self::Requests,
        Self::Messages,
    ];

    /// The word of the translations (`kept-…`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Documents => "documents",
            Self::Pages => "pages",
            Self::Requests => "requests",
            Self::Messages => "messages",
        }
    }

    /// For how many days it is kept.
    #[must_use]
    pub fn days(self, settings: &Settings) -> u32 {
        match self {
            Self::Letters | Self::Documents => settings.keep_after_print_days,
            Self::Pages => settings.keep_scans_days,
            Self::Requests => settings.keep_requests_days,
            Self::Messages => settings.keep_messages_days,
        }
    }

    /// A query of its items whose time runs: their numbers, and since when it runs. The one place that says what is erased.
    fn running(self) -> &'static str {
        match self {
            Self::Letters => {
                "SELECT letter AS item, coalesce((SELECT max(at) FROM letter_steps s WHERE s.letter = letters.letter
                    AND s.state IN ('printed', 'refused', 'withdrawn')), since) AS begun
                 FROM letters WHERE erased IS NULL AND state NOT IN
                    ('taken_by_desk', 'in_review', 'passed', 'passed_with_cuts', 'held')
                 AND NOT EXISTS (SELECT 1 FROM print_items JOIN print_jobs j USING (job)
                    WHERE print_items.letter = letters.letter AND j.state IN ('waiting', 'failed'))"
            }
            Self::Documents => {
                "SELECT job AS item, finished AS begun FROM print_jobs
                 WHERE pdf IS NOT NULL AND finished IS NOT NULL"
            }
            Self::Pages => {
                "SELECT scan_pages.page AS item, CASE scan_pages.state WHEN 'discarded' THEN scans.taken ELSE replies.sent END AS begun
                 FROM scan_pages JOIN scans USING (scan) LEFT JOIN replies ON replies.reply = scan_pages.reply
                 WHERE image IS NOT NULL AND (replies.state = 'sent' OR scan_pages.state = 'discarded')"
            }
            Self::Requests => "SELECT request AS item, closed AS begun FROM requests WHERE closed IS NOT NULL",
            Self::Messages => {
                "SELECT letter AS item, done AS begun FROM messages WHERE done IS NOT NULL AND erased IS NULL"
            }
        }
    }
}

/// What of one kind is going to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Of what kind.
    pub kind: Kept,
    /// How many there are whose time runs.
    pub count: u64,
    /// When the first of them is over.
    pub first: Option<UnixTime>,
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
                let due = format!("{} LIMIT ?2", over(Kept::Letters));
                let mut statement = sql.prepare_cached(&due)?;
                let due = statement
                    .query_map(
                        params![before(Kept::Letters.days(&settings)), BATCH],
                        |row| Ok(LetterNumber(uint(row.get(0)?))),
                    )?
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
            let erase_all = |kind: Kept, how: &str| -> Result<u64, Error> {
                let query = format!("{how} IN ({})", over(kind));
                Ok(sql.execute(&query, [before(kind.days(&settings))])? as u64)
            };
            report.documents += erase_all(
                Kept::Documents,
                "UPDATE print_jobs SET pdf = NULL, state = 'closed' WHERE job",
            )?;
            report.pages +=
                erase_all(Kept::Pages, "UPDATE scan_pages SET image = NULL WHERE page")?;
            report.requests += erase_all(Kept::Requests, "DELETE FROM requests WHERE request")?;
            let due: Vec<i64> = sql
                .prepare_cached(&over(Kept::Messages))?
                .query_map([before(settings.keep_messages_days)], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for message in &due {
                messages::erase(sql, log, LetterNumber(uint(*message)), now)?;
            }
            report.messages += due.len() as u64;
            if report != ErasureReport::default() {
                let detail = format!(
                    "{} {} {} {} {}",
                    report.letters,
                    report.documents,
                    report.pages,
                    report.requests,
                    report.messages
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

    /// What is going to be erased by itself, kind by kind: how many items there are whose time runs, and when the first is over.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`].
    pub fn erasures_due(&self, by: &Actor) -> Result<Vec<Due>, Error> {
        by.need(Action::ChangeSettings)?;
        let settings = self.settings()?;
        self.store
            .read("reading what is going to be erased", |sql| {
                let mut all = Vec::with_capacity(Kept::ALL.len());
                for kind in Kept::ALL {
                    let query = format!("SELECT count(*), min(begun) FROM ({})", kind.running());
                    let (count, begun) = sql.query_row(&query, [], |row| {
                        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
                    })?;
                    let kept = u64::from(kind.days(&settings)) * DAY_SECONDS;
                    all.push(Due {
                        kind,
                        count: uint(count),
                        first: begun.map(|begun| UnixTime(uint(begun)).plus(kept)),
                    });
                }
                Ok(all)
            })
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

/// The numbers of the items of a kind whose time was over at `?1`.
fn over(kind: Kept) -> String {
    format!("SELECT item FROM ({}) WHERE begun < ?1", kind.running())
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

    /// Every table with the number of its rows, or the rows whose contents are left, where erasing empties a row.
    fn kept(office: &Office) -> std::collections::BTreeMap<String, i64> {
        let count = |query: String| -> i64 {
            office
                .desk
                .store
                .read("testing", |sql| {
                    Ok(sql.query_row(&query, [], |row| row.get(0))?)
                })
                .unwrap()
        };
        let tables: Vec<String> = office
            .desk
            .store
            .read("testing", |sql| {
                let mut statement = sql.prepare(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                     AND name NOT LIKE 'letter_names_%' AND name NOT LIKE 'letter_keys_%'
                     AND name NOT LIKE 'person_keys_%'",
                )?;
                Ok(statement
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?)
            })
            .unwrap();
        let mut kept = std::collections::BTreeMap::new();
        for table in tables {
            kept.insert(
                table.clone(),
                count(format!("SELECT count(*) FROM {table}")),
            );
        }
        for (what, query) in [
            ("documents", "SELECT count(pdf) FROM print_jobs"),
            ("pictures of pages", "SELECT count(image) FROM scan_pages"),
            (
                "texts of messages",
                "SELECT count(*) FROM messages WHERE text <> ''",
            ),
            (
                "originals",
                "SELECT count(*) FROM cuts WHERE length(original) > 0",
            ),
        ] {
            kept.insert(what.to_owned(), count(query.to_owned()));
        }
        kept
    }

    /// What changed from one time to another, besides the log.
    fn gone(
        before: &std::collections::BTreeMap<String, i64>,
        office: &Office,
    ) -> Vec<(String, i64, i64)> {
        let after = kept(office);
        before
            .iter()
            .filter(|(what, count)| *what != "audit" && after[*what] != **count)
            .map(|(what, count)| (what.clone(), *count, after[what]))
            .collect()
    }

    /// DESK-24, DESK-25: each kind goes in its own time, and nothing else ever does.
    #[test]
    fn each_kind_goes_in_its_time_and_nothing_else() {
        let (office, list) = office();
        let (desk, head) = (&office.desk, &office.head);
        let days = |days: u64| START.plus(days * DAY_SECONDS);
        let settings = crate::Settings {
            keep_after_print_days: 10,
            keep_scans_days: 20,
            keep_requests_days: 30,
            keep_messages_days: 40,
            ..desk.settings().unwrap()
        };
        desk.change_settings(head, &settings, START).unwrap();
        // Of every kind one whose time comes, and one that is still needed.
        let sheet = desk.letter_row(head, ONE).unwrap().sheet.unwrap();
        desk.take_scan(head, "pile", format!("{sheet}").as_bytes(), START)
            .unwrap();
        desk.take_scan(head, "other", b"unread", START).unwrap();
        desk.read_scans(&crate::testing::Lines, START).unwrap();
        desk.send_replies(&list, START).unwrap();
        let form = crate::RequestForm {
            enquirer: "Олена".into(),
            name: "Петренко Сергій".into(),
            may_search: true,
            ..Default::default()
        };
        let contact = tidings_client::ContactNumber(1);
        for _ in 0..2 {
            desk.open_request(head, contact, &form, START).unwrap();
        }
        desk.close_request(head, 1, START).unwrap();
        desk.save_person(
            head,
            &crate::PersonForm {
                name: "Петренко Сергій".into(),
                ..Default::default()
            },
            START,
        )
        .unwrap();
        let (told, asked) = (list.message(1, "Дякуємо"), list.message(1, "Чи є новини?"));
        desk.import(&list, START).unwrap();
        desk.lay_message_by(head, told, START).unwrap();
        let cut = list.receive(3, "Іван", "Він сержант", &[]);
        desk.import(&list, START).unwrap();
        desk.begin_review(head, &[cut], START).unwrap();
        let cuts = crate::Cuts {
            text: vec![0..6],
            ..Default::default()
        };
        desk.pass_with_cuts(head, cut, &cuts, START).unwrap();

        // What the page foretells is what happens.
        let due = desk.erasures_due(head).unwrap();
        let foretold: Vec<_> = due
            .iter()
            .map(|due| (due.kind.word(), due.count, due.first))
            .collect();
        assert_eq!(
            foretold,
            [
                ("letters", 1, Some(days(10))),
                ("documents", 1, Some(days(10))),
                ("pages", 1, Some(days(20))),
                ("requests", 1, Some(days(30))),
                ("messages", 1, Some(days(40))),
            ]
        );

        let run = |at: UnixTime, expected: &[(&str, i64, i64)]| {
            let before = kept(&office);
            desk.run_retention(&list, at).unwrap();
            let expected: Vec<(String, i64, i64)> = expected
                .iter()
                .map(|(what, from, to)| ((*what).to_owned(), *from, *to))
                .collect();
            assert_eq!(gone(&before, &office), expected, "{at:?}");
        };
        run(days(10), &[]);
        // Letter 1 is printed; letter 2 is held, letter 3 waits for the printer: both stay whole.
        run(
            days(11),
            &[
                ("documents", 1, 0),
                ("enclosures", 2, 1),
                ("letter_texts", 3, 2),
            ],
        );
        run(days(20), &[]);
        // The page that nobody has read stays until somebody does.
        run(days(21), &[("pictures of pages", 2, 1)]);
        run(days(30), &[]);
        run(days(31), &[("requests", 2, 1)]);
        run(days(40), &[]);
        run(days(41), &[("texts of messages", 2, 1)]);
        run(days(4_000), &[]);
        assert_eq!(
            desk.messages(head, true, LetterNumber(0), 9).unwrap().len(),
            1
        );
        let in_account = lock(&list.letters);
        let texts = |number: LetterNumber| {
            let at = usize::try_from(number.0).unwrap() - 1;
            in_account[at].0.text.is_some()
        };
        assert_eq!(
            [ONE, TWO, told, asked, cut].map(texts),
            [false, true, false, true, true]
        );
    }
}
