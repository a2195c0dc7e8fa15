//! Replies on their way to the families who wrote.

use rusqlite::{Transaction, params};
use tidings_client::{Attachment, Direction, Draft, EnclosureKind, LetterKind, LetterNumber};
use tidings_protocol::{letter::Evidence, time::UnixTime};

use super::{REPLIES, Reply, reply, reply_of};
use crate::{
    Desk, Error, Post, State, Subject,
    letters::{Move, go, row},
    notes,
    store::{int, uint},
};

/// What became of replies that were ready.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RepliesReport {
    /// Put into the account's outbox.
    pub sent: u64,
    /// Wait on: the family is not verified, or has to write first.
    pub waiting: u64,
}

impl Desk {
    /// Puts ready replies into the account's outbox, scans enclosed. To be called in the background; it may be broken off
    /// anywhere: none is lost, none is sent twice.
    ///
    /// # Errors
    /// Those of the vault and the store. What cannot be sent to one family waits and holds up no other.
    pub fn send_replies(&self, post: &dyn Post, now: UnixTime) -> Result<RepliesReport, Error> {
        let mut report = RepliesReport::default();
        let ready: Vec<(u64, Option<u64>)> = self.store.read("reading ready replies", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT reply, after FROM replies WHERE state = 'ready' ORDER BY reply",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((uint(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(uint)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        for (id, after) in ready {
            let reply = self.store.read("reading a reply", |sql| reply(sql, id))?;
            let got_there = match after {
                Some(after) => in_outbox(post, &reply, LetterNumber(after))?,
                None => None,
            };
            let number = match got_there {
                Some(number) => Ok(number),
                None => self.send_reply(post, &reply),
            };
            match number {
                Ok(number) => {
                    self.reply_sent(&reply, number, now)?;
                    report.sent += 1;
                }
                Err(Error::Account(error)) if !notes::is_of_the_vault(&error) => {
                    self.store.write("keeping a reply", |sql| {
                        sql.execute(
                            "UPDATE replies SET failure = ?2, after = NULL WHERE reply = ?1",
                            params![int(id), error.code()],
                        )?;
                        Ok(())
                    })?;
                    report.waiting += 1;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(report)
    }

    fn send_reply(&self, post: &dyn Post, reply: &Reply) -> Result<LetterNumber, Error> {
        let after = post.last_number()?;
        let attachments = self.store.write("sending a reply", |sql| {
            sql.execute(
                "UPDATE replies SET after = ?2 WHERE reply = ?1",
                params![int(reply.id), int(after.0)],
            )?;
            scans_of(sql, reply.id)
        })?;
        let draft = Draft {
            attachments,
            ..Draft::default()
        };
        Ok(post.reply(reply.letter, draft)?)
    }

    fn reply_sent(&self, reply: &Reply, number: LetterNumber, now: UnixTime) -> Result<(), Error> {
        self.act_alone("sending a reply", None, now, |sql, log| {
            sql.execute(
                "UPDATE replies SET state = 'sent', sent = ?2, number = ?3, failure = NULL WHERE reply = ?1",
                params![int(reply.id), int(now.0), int(number.0)],
            )?;
            log.add("reply_sent", Subject::Reply(reply.id), "");
            if row(sql, reply.letter)?.state.can_become(State::ReplyReceived) {
                let how = Move {
                    to: State::ReplyReceived,
                    reason: None,
                    by: None,
                    at: now,
                    evidence: Evidence::CaptiveWrote,
                };
                go(sql, log, reply.letter, &how)?;
            }
            Ok(())
        })
    }

    /// The replies to a letter, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`crate::Action::SeeLetters`].
    pub fn letter_replies(
        &self,
        by: &crate::Actor,
        letter: LetterNumber,
    ) -> Result<Vec<Reply>, Error> {
        by.need(crate::Action::SeeLetters)?;
        self.store.read("reading a letter's replies", |sql| {
            let mut statement =
                sql.prepare_cached(&format!("{REPLIES} WHERE letter = ?1 ORDER BY reply"))?;
            let rows = statement.query_map([int(letter.0)], reply_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn scans_of(sql: &Transaction<'_>, reply: u64) -> Result<Vec<Attachment>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT number, media_type, image FROM scan_pages
         WHERE reply = ?1 AND image IS NOT NULL ORDER BY number, page",
    )?;
    let rows = statement.query_map([int(reply)], |row| {
        let (number, media_type): (u32, String) = (row.get(0)?, row.get(1)?);
        let extension = media_type.rsplit('/').next().unwrap_or("png");
        Ok(Attachment {
            kind: EnclosureKind::Scan,
            name: format!("page-{number}.{extension}"),
            bytes: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a reply whose sending had begun is in the account already. Replies to one letter are sent one after another, so
/// that one after this number can be no other.
fn in_outbox(
    post: &dyn Post,
    reply: &Reply,
    after: LetterNumber,
) -> Result<Option<LetterNumber>, Error> {
    notes::find_after(post, after, |letter| {
        letter.direction == Direction::Out
            && letter.kind == LetterKind::Reply
            && letter.answers == Some(reply.letter)
    })
}
