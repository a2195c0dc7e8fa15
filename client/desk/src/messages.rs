//! What families write to the office itself, and what a person of the office answers. Letters to captives are another
//! room's; here a family asks, thanks, corrects a name.
//!
//! A letter that names nobody comes here too: it is a question more often than a letter whose writer forgot the name. Once a
//! person knows for whom it is, it becomes the letter that it was meant to be, and nothing of it is lost (DESK-38).

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::{ContactNumber, Draft, Letter, LetterNumber};
use tidings_protocol::{language::Language, limits::PERSON_NAME_MAX, time::UnixTime};

use crate::{
    Action, Actor, Desk, EnclosureInfo, Error, ImportReport, Picture, Post, Subject,
    desk::{Log, line},
    letters::import::take_letter,
    notes,
    store::{int, uint},
};

/// A message from a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The account's number.
    pub number: LetterNumber,
    /// The family.
    pub contact: ContactNumber,
    /// What the writer is called.
    pub writer: String,
    /// When it was opened here.
    pub received: UnixTime,
    /// What it answers, if it answers something.
    pub answers: Option<LetterNumber>,
    /// The text; empty once its time is over.
    pub text: String,
    /// Since when nobody has to do anything about it.
    pub done: Option<UnixTime>,
    /// Whether it is a letter that names nobody.
    pub unaddressed: bool,
    /// Since when text and enclosures are erased.
    pub erased: Option<UnixTime>,
}

impl Desk {
    /// Messages after this one, by number: those that wait, or all, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`].
    pub fn messages(
        &self,
        by: &Actor,
        waiting_only: bool,
        after: LetterNumber,
        count: u32,
    ) -> Result<Vec<Message>, Error> {
        by.need(Action::Write)?;
        self.store.read("reading messages", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "{SELECT} WHERE letter > ?1 AND (done IS NULL OR NOT ?2) ORDER BY letter LIMIT ?3"
            ))?;
            let rows =
                statement.query_map(params![int(after.0), waiting_only, count], message_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One message. The log says who opened it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`], [`Error::NotFound`].
    pub fn message(
        &self,
        by: &Actor,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<Message, Error> {
        self.act("opening a message", by, Action::Write, now, |sql, log| {
            log.add("message_opened", Subject::Letter(number.0), "");
            message(sql, number)
        })
    }

    /// Answers a message and lays it by. What a person of the office writes is signed by the office, and the warning against
    /// fraud ends it in the language given. A death is told in this way, by a person, never by a note.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`], [`Error::NotFound`]; [`Error::Account`] if the family is not
    /// verified, frozen, or the text is empty or too long.
    pub fn answer_message(
        &self,
        by: &Actor,
        post: &dyn Post,
        number: LetterNumber,
        (language, text): (Language, &str),
        now: UnixTime,
    ) -> Result<LetterNumber, Error> {
        self.act("answering a message", by, Action::Write, now, |sql, log| {
            let contact = message(sql, number)?.contact;
            lay_by(sql, number, now)?;
            log.add("message_answered", Subject::Letter(number.0), "");
            // Last: what the account has taken is sent, whatever becomes of this transaction.
            Ok(post.write(contact, draft(language, text))?)
        })
    }

    /// Writes to a family that nobody has asked for a word.
    ///
    /// # Errors
    /// As [`Desk::answer_message`].
    pub fn write_to_family(
        &self,
        by: &Actor,
        post: &dyn Post,
        contact: ContactNumber,
        (language, text): (Language, &str),
        now: UnixTime,
    ) -> Result<LetterNumber, Error> {
        self.act("writing to a family", by, Action::Write, now, |_, log| {
            log.add("family_written", Subject::Contact(contact.0), "");
            Ok(post.write(contact, draft(language, text))?)
        })
    }

    /// What is enclosed in a message, as the account has it: nothing of it is copied here.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`], [`Error::NotFound`], [`Error::Account`].
    pub fn message_enclosures(
        &self,
        by: &Actor,
        post: &dyn Post,
        number: LetterNumber,
    ) -> Result<Vec<EnclosureInfo>, Error> {
        by.need(Action::Write)?;
        self.store
            .read("reading a message", |sql| message(sql, number))?;
        let letter = post.letter(number)?;
        let enclosures = letter.enclosures.into_iter().enumerate();
        Ok(enclosures
            .map(|(place, it)| EnclosureInfo {
                place: u32::try_from(place).unwrap_or(u32::MAX),
                kind: it.kind.word().to_owned(),
                name: it.name,
                media_type: it.media_type,
                bytes: it.fetched.then_some(it.bytes),
            })
            .collect())
    }

    /// The bytes of an enclosure of a message. Opening the message has been logged before.
    ///
    /// # Errors
    /// As [`Desk::message_enclosures`]; [`Error::Account`] while it has not come.
    pub fn message_picture(
        &self,
        by: &Actor,
        post: &dyn Post,
        number: LetterNumber,
        place: u32,
    ) -> Result<Picture, Error> {
        let enclosures = self.message_enclosures(by, post, number)?;
        let found = enclosures.into_iter().find(|it| it.place == place);
        let found = found.ok_or(Error::NotFound {
            what: "enclosure",
            number: u64::from(place),
        })?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        Ok(Picture {
            media_type: found.media_type,
            bytes: post.enclosure(number, place)?,
        })
    }

    /// For whom a family has written letters, the newest first, at most `count`: one of them may be meant.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`].
    pub fn addressees_of(
        &self,
        by: &Actor,
        contact: ContactNumber,
        count: u32,
    ) -> Result<Vec<String>, Error> {
        by.need(Action::Write)?;
        self.store.read("reading addressees", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT addressee FROM letters WHERE contact = ?1 AND addressee IS NOT NULL
                 GROUP BY addressee ORDER BY max(letter) DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![int(contact.0), count], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Says for whom a letter is that named nobody: from now on it is a letter in the inbox, with all that was enclosed, and
    /// its time of waiting is that since it came (DESK-38).
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`], [`Error::NotFound`], [`Error::NotALetter`] for what came as an answer,
    /// [`Error::Erased`], [`Error::Text`] for a name that is none.
    pub fn address_message(
        &self,
        by: &Actor,
        post: &dyn Post,
        number: LetterNumber,
        addressee: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("addressing a letter", by, Action::Write, now, |sql, log| {
            let addressee = line("addressee", addressee, PERSON_NAME_MAX)?;
            let said = message(sql, number)?;
            if said.erased.is_some() {
                return Err(Error::Erased);
            }
            if !said.unaddressed {
                return Err(Error::NotALetter);
            }
            let letter = Letter {
                addressee: Some(addressee),
                ..post.letter(number)?
            };
            take_letter(sql, &letter)?;
            sql.execute("DELETE FROM messages WHERE letter = ?1", [int(number.0)])?;
            log.add("message_addressed", Subject::Letter(number.0), "");
            Ok(())
        })?;
        self.fill_enclosures(post, &mut ImportReport::default())
    }

    /// A person has made sure which family writes: from now on it is told what concerns it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepContacts`], [`Error::Account`].
    pub fn verify_family(
        &self,
        by: &Actor,
        post: &dyn Post,
        contact: ContactNumber,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "verifying a family",
            by,
            Action::KeepContacts,
            now,
            |_, log| {
                log.add("family_verified", Subject::Contact(contact.0), "");
                Ok(post.verify(contact)?)
            },
        )
    }

    /// Lays a message by without an answer.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Write`], [`Error::NotFound`].
    pub fn lay_message_by(
        &self,
        by: &Actor,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("laying a message by", by, Action::Write, now, |sql, log| {
            message(sql, number)?;
            log.add("message_laid_by", Subject::Letter(number.0), "");
            lay_by(sql, number, now)
        })
    }
}

const SELECT: &str = "SELECT letter, contact, writer, received, answers, text, done, unaddressed, erased FROM messages";

fn message_of(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        number: LetterNumber(uint(row.get(0)?)),
        contact: ContactNumber(uint(row.get(1)?)),
        writer: row.get(2)?,
        received: UnixTime(uint(row.get(3)?)),
        answers: row
            .get::<_, Option<i64>>(4)?
            .map(|letter| LetterNumber(uint(letter))),
        text: row.get(5)?,
        done: row.get::<_, Option<i64>>(6)?.map(|at| UnixTime(uint(at))),
        unaddressed: row.get(7)?,
        erased: row.get::<_, Option<i64>>(8)?.map(|at| UnixTime(uint(at))),
    })
}

fn message(sql: &Transaction<'_>, number: LetterNumber) -> Result<Message, Error> {
    sql.prepare_cached(&format!("{SELECT} WHERE letter = ?1"))?
        .query_row([int(number.0)], message_of)
        .optional()?
        .ok_or(Error::NotFound {
            what: "message",
            number: number.0,
        })
}

fn lay_by(sql: &Transaction<'_>, number: LetterNumber, now: UnixTime) -> Result<(), Error> {
    sql.execute(
        "UPDATE messages SET done = coalesce(done, ?2) WHERE letter = ?1",
        params![int(number.0), int(now.0)],
    )?;
    Ok(())
}

fn draft(language: Language, text: &str) -> Draft {
    Draft {
        text: match text.trim() {
            "" => String::new(),
            text => format!("{text}\n\n{}", notes::fraud_warning(language)),
        },
        ..Draft::default()
    }
}

/// Erases a message: the text here, and the whole of it in the account.
pub(crate) fn erase(
    sql: &Transaction<'_>,
    log: &mut Log,
    number: LetterNumber,
    now: UnixTime,
) -> Result<(), Error> {
    let letter = int(number.0);
    sql.prepare_cached("UPDATE messages SET text = '', erased = ?2 WHERE letter = ?1")?
        .execute([letter, int(now.0)])?;
    sql.prepare_cached("INSERT OR IGNORE INTO erasures (letter) VALUES (?1)")?
        .execute([letter])?;
    log.add("message_erased", Subject::Letter(number.0), "");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LetterFilter, Role, State,
        testing::{List, Office, START, lock},
    };

    #[test]
    fn a_case_worker_answers_with_the_warning_and_the_message_is_laid_by() {
        let office = Office::new();
        let list = List::default();
        let (one, two) = (
            list.message(1, "Чи є новини?"),
            list.message(2, "Дякуємо вам"),
        );
        let desk = &office.desk;
        desk.import(&list, START).unwrap();
        let worker = office.actor(Role::CaseWorker);
        let waiting = || {
            let waiting = desk.messages(&worker, true, LetterNumber(0), 9).unwrap();
            waiting
                .into_iter()
                .map(|message| message.number)
                .collect::<Vec<_>>()
        };
        assert_eq!(waiting(), [one, two]);
        assert_eq!(
            desk.message(&worker, one, START).unwrap().text,
            "Чи є новини?"
        );
        let text = (Language::Ukrainian, "Поки що немає.");
        let sent = desk
            .answer_message(&worker, &list, one, text, START)
            .unwrap();
        let letter = Post::letter(&list, sent).unwrap();
        assert_eq!(letter.contact, ContactNumber(1));
        let said = letter.text.unwrap();
        assert!(
            said.starts_with("Поки що немає.") && said.contains("не просимо грошей"),
            "{said}"
        );
        desk.lay_message_by(&worker, two, START).unwrap();
        assert_eq!(waiting(), []);
        let all = desk.messages(&worker, false, LetterNumber(0), 9).unwrap();
        assert_eq!(all.len(), 2);
    }

    /// DESK-38: a letter that names nobody waits among the messages, and becomes a whole letter once it is known for whom.
    #[test]
    fn a_letter_without_a_name_becomes_one_once_it_is_known_for_whom() {
        let office = Office::new();
        let list = List::default();
        let desk = &office.desk;
        let known = list.receive(1, "Петренко Іван", "Любий Іване!", &[]);
        let unnamed = list.add(
            tidings_client::Direction::In,
            tidings_client::LetterKind::Letter,
            1,
            None,
            "Синку, її яблуня цвіте.",
            vec![Some(b"photo".to_vec()), None],
        );
        let answer = list.message(1, "Дякуємо");
        let report = desk.import(&list, START).unwrap();
        assert_eq!(report.letters, [known]);
        assert_eq!(report.messages, [unnamed, answer]);
        let worker = office.actor(Role::CaseWorker);
        let message = desk.message(&worker, unnamed, START).unwrap();
        assert!(message.unaddressed && !desk.message(&worker, answer, START).unwrap().unaddressed);
        let enclosed = desk.message_enclosures(&worker, &list, unnamed).unwrap();
        assert_eq!(
            enclosed.iter().map(|it| it.bytes).collect::<Vec<_>>(),
            [Some(5), None]
        );
        let picture = desk.message_picture(&worker, &list, unnamed, 0).unwrap();
        assert_eq!(picture.bytes, b"photo");
        assert_eq!(
            desk.addressees_of(&worker, message.contact, 9).unwrap(),
            ["Петренко Іван"]
        );

        let name = |number, text: &str| desk.address_message(&worker, &list, number, text, START);
        assert!(matches!(name(unnamed, " "), Err(Error::Text { .. })));
        assert!(matches!(
            name(answer, "Петренко Іван"),
            Err(Error::NotALetter)
        ));
        name(unnamed, "Петренко Іван").unwrap();
        assert!(matches!(
            name(unnamed, "Петренко Іван"),
            Err(Error::NotFound { .. })
        ));
        let row = desk.letter_row(&office.head, unnamed).unwrap();
        assert_eq!(
            (row.state, row.addressee.as_deref()),
            (State::TakenByDesk, Some("Петренко Іван"))
        );
        assert_eq!(row.received, message.received);
        let opened = desk.open_letter(&office.head, unnamed, START).unwrap();
        assert_eq!(opened.text, "Синку, її яблуня цвіте.");
        let picture = desk.picture(&office.head, unnamed, 0, START).unwrap();
        assert_eq!(picture.bytes, b"photo");
        // It is found by its name, and taken over no second time.
        let filter = LetterFilter {
            search: "Петренко".into(),
            ..LetterFilter::default()
        };
        let found = desk.letters(&office.head, &filter, None, 9).unwrap();
        assert_eq!(found.rows.len(), 2);
        assert_eq!(
            desk.import(&list, START).unwrap(),
            ImportReport {
                awaited: 1,
                ..ImportReport::default()
            }
        );
        let left = desk.messages(&worker, false, LetterNumber(0), 9).unwrap();
        assert_eq!(left.len(), 1);
    }

    /// A message of pictures alone has no text, and is erased in its time all the same.
    #[test]
    fn a_message_of_pictures_is_erased_in_its_time() {
        let office = Office::new();
        let list = List::default();
        let desk = &office.desk;
        let number = list.add(
            tidings_client::Direction::In,
            tidings_client::LetterKind::Letter,
            1,
            None,
            "",
            vec![Some(b"photo".to_vec())],
        );
        desk.import(&list, START).unwrap();
        desk.lay_message_by(&office.head, number, START).unwrap();
        let days = |days: u64| START.plus(days * tidings_protocol::limits::DAY_SECONDS);
        assert_eq!(desk.run_retention(&list, days(365)).unwrap().messages, 0);
        assert_eq!(desk.run_retention(&list, days(366)).unwrap().messages, 1);
        assert_eq!(desk.run_retention(&list, days(367)).unwrap().messages, 0);
        let left = desk.message_enclosures(&office.head, &list, number);
        assert!(left.unwrap().is_empty());
        let late = desk.address_message(&office.head, &list, number, "Петренко", days(367));
        assert!(matches!(late, Err(Error::Erased)));
    }

    /// Who a family is, a person says; the log says who did.
    #[test]
    fn a_verified_family_can_be_answered_and_the_log_says_by_whom() {
        let office = Office::new();
        let list = List::default();
        let desk = &office.desk;
        let asked = list.message(1, "Чи є новини?");
        desk.import(&list, START).unwrap();
        lock(&list.unverified).push(ContactNumber(1));
        let worker = office.actor(Role::CaseWorker);
        let text = (Language::Ukrainian, "Так");
        let refused = desk.answer_message(&worker, &list, asked, text, START);
        assert!(matches!(refused, Err(Error::Account(_))));
        desk.verify_family(&worker, &list, ContactNumber(1), START)
            .unwrap();
        let filter = crate::AuditFilter {
            count: 1,
            ..Default::default()
        };
        let last = desk.audit_entries(&office.head, &filter).unwrap();
        assert_eq!(last[0].action, "family_verified");
        assert_eq!(last[0].operator, worker.id());
        desk.answer_message(&worker, &list, asked, text, START)
            .unwrap();
    }

    #[test]
    fn an_answer_that_cannot_go_leaves_the_message_waiting() {
        let office = Office::new();
        let list = List::default();
        let one = list.message(1, "Чи є новини?");
        let desk = &office.desk;
        desk.import(&list, START).unwrap();
        lock(&list.unverified).push(ContactNumber(1));
        let text = (Language::Ukrainian, "Так");
        let refused = desk.answer_message(&office.head, &list, one, text, START);
        assert!(matches!(refused, Err(Error::Account(_))));
        let waiting = desk.messages(&office.head, true, LetterNumber(0), 9);
        assert_eq!(waiting.unwrap().len(), 1);
    }
}
