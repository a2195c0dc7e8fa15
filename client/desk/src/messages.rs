//! What families write to the office itself, and what a person of the office answers. Letters to captives are another
//! room's; here a family asks, thanks, corrects a name.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::{ContactNumber, Draft, LetterNumber};
use tidings_protocol::{language::Language, limits::DAY_SECONDS, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, Post, Subject,
    desk::Log,
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

const SELECT: &str = "SELECT letter, contact, writer, received, answers, text, done FROM messages";

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

/// Erases messages that were laid by so many days ago: the text here, and the whole of it in the account. Returns how many.
pub(crate) fn erase_old(
    sql: &Transaction<'_>,
    log: &mut Log,
    days: u32,
    now: UnixTime,
) -> Result<u64, Error> {
    let before = int(now.minus(u64::from(days) * DAY_SECONDS).0);
    let mut statement =
        sql.prepare_cached("SELECT letter FROM messages WHERE done < ?1 AND text <> ''")?;
    let due: Vec<i64> = statement
        .query_map([before], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for letter in &due {
        sql.prepare_cached("UPDATE messages SET text = '' WHERE letter = ?1")?
            .execute([letter])?;
        sql.prepare_cached("INSERT OR IGNORE INTO erasures (letter) VALUES (?1)")?
            .execute([letter])?;
        log.add("message_erased", Subject::Letter(uint(*letter)), "");
    }
    Ok(due.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
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
