//! Replies: scanned paper becomes letters to families.
//!
//! ```text
//! file ─ take_scan ─▶ waiting ─ read_scans(Reader) ─▶ pages ┬▶ known sheet ─▶ a reply ─ complete ─▶ ready ─ send_replies ─▶ sent
//!                                                           └▶ queue: unread, doubled, … ─ a person decides ─▶ a reply
//! ```
//!
//! Every arrow is one transaction, and reading is several: a pile of hundreds of pages goes on after a kill with the page that
//! was not stored. A file stays until it is read; a page stays until its reply is sent and its time is over. A reply goes
//! to the family of the letter whose number its sheet carries, and nowhere else.

mod folder;
mod join;
mod pages;
mod queue;
mod send;
mod sheet;

use rusqlite::{Row, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{ids::labelled_hash, time::UnixTime};

pub use self::{
    folder::ScanFolder,
    pages::{BoxTick, PageFound, PageRead, ReadError, Reader, ScanReport, ScannedFile},
    queue::{Aside, PageImage, PageState, QueuedPage},
    send::RepliesReport,
    sheet::{ReplyPage, ScanPage, ScanPageState, SheetOwner},
};
use crate::{
    Action, Actor, Desk, Error, OperatorId, Subject,
    desk::Log,
    store::{int, uint},
};

/// Largest file that is taken in: 500 pages at 300 dpi.
pub const SCAN_FILE_MAX: usize = 256 * 1_048_576;

/// A file that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Number.
    pub id: u64,
    /// What the file was called.
    pub name: String,
    /// When.
    pub taken: UnixTime,
    /// Whether it still waits to be read to its end.
    pub waiting: bool,
    /// Why it could not be read.
    pub failure: Option<String>,
    /// Pages in it, once it was opened.
    pub pages: u64,
    /// Of them, those that were read.
    pub read: u64,
    /// Of them, those that wait for a person.
    pub queued: u64,
}

/// Whether a file was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New(u64),
    /// The very same file was taken in before.
    Doubled(u64),
}

/// How far a reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyState {
    /// Pages are missing.
    Open,
    /// Complete, or a person said that no more comes.
    Ready,
    /// In the account's outbox.
    Sent,
}

impl ReplyState {
    /// `open`, `ready`, `sent`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ready => "ready",
            Self::Sent => "sent",
        }
    }

    fn of(word: &str) -> Self {
        [Self::Open, Self::Ready]
            .into_iter()
            .find(|state| state.word() == word)
            .unwrap_or(Self::Sent)
    }
}

/// A captive's reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Number.
    pub id: u64,
    /// The letter that it answers.
    pub letter: LetterNumber,
    /// When its first page was read.
    pub made: UnixTime,
    /// How far it is.
    pub state: ReplyState,
    /// Pages that are there.
    pub pages: u32,
    /// Pages that its sheet has.
    pub of: u32,
    /// When it was put into the account's outbox.
    pub sent: Option<UnixTime>,
    /// Why it could not be: the code of an error.
    pub failure: Option<String>,
}

impl Desk {
    /// Takes a file in. The same file a second time changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::TooLarge`].
    pub fn take_scan(
        &self,
        by: &Actor,
        name: &str,
        file: &[u8],
        now: UnixTime,
    ) -> Result<Taken, Error> {
        by.need(Action::Scan)?;
        let incoming = Incoming::new(name, file)?;
        self.act("taking a scan in", by, Action::Scan, now, |sql, log| {
            incoming.put(sql, log, by.id(), now)
        })
    }

    /// Takes a file in that lay in the folder which the head has named: nobody is at the desk. The same file a second time changes
    /// nothing. Once this returns, the file in the folder may go.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn take_scan_from_folder(
        &self,
        name: &str,
        file: &[u8],
        now: UnixTime,
    ) -> Result<Taken, Error> {
        let incoming = Incoming::new(name, file)?;
        self.act_alone("taking a scan in", None, now, |sql, log| {
            incoming.put(sql, log, None, now)
        })
    }

    /// Files, the newest first, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`].
    pub fn scans(&self, by: &Actor, count: u32) -> Result<Vec<Scan>, Error> {
        by.need(Action::Scan)?;
        self.store.read("reading scans", |sql| {
            let mut statement =
                sql.prepare_cached(&format!("{SCANS} ORDER BY scan DESC LIMIT ?1"))?;
            let rows = statement.query_map([count], scan_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Lets a file be read again that could not be.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`] unless it failed.
    pub fn retry_scan(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.change_failed(
            by,
            id,
            "scan_retried",
            "state = 'waiting', failure = NULL",
            now,
        )
    }

    /// Erases a file that could not be read.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`] unless it failed.
    pub fn erase_scan(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        // Without its hash it may come again: as another attempt, not as a double.
        let change = "state = 'erased', file = NULL, hash = randomblob(32)";
        self.change_failed(by, id, "scan_erased", change, now)
    }

    fn change_failed(
        &self,
        by: &Actor,
        id: u64,
        what: &'static str,
        change: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("changing a scan", by, Action::Scan, now, |sql, log| {
            let changed = sql.execute(
                &format!("UPDATE scans SET {change} WHERE scan = ?1 AND state = 'failed'"),
                [int(id)],
            )?;
            if changed == 0 {
                return Err(Error::NotFound {
                    what: "scan",
                    number: id,
                });
            }
            log.add(what, Subject::Scan(id), "");
            Ok(())
        })
    }

    /// Replies in these states (all if there are none), the newest first, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`].
    pub fn replies(
        &self,
        by: &Actor,
        state: Option<ReplyState>,
        count: u32,
    ) -> Result<Vec<Reply>, Error> {
        by.need(Action::Scan)?;
        self.store.read("reading replies", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "{REPLIES} WHERE ?1 IS NULL OR state = ?1 ORDER BY reply DESC LIMIT ?2"
            ))?;
            let rows =
                statement.query_map(params![state.map(ReplyState::word), count], reply_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// A file on its way in.
struct Incoming<'a> {
    name: String,
    file: &'a [u8],
    hash: [u8; 32],
}

impl<'a> Incoming<'a> {
    fn new(name: &str, file: &'a [u8]) -> Result<Self, Error> {
        if file.len() > SCAN_FILE_MAX {
            return Err(Error::TooLarge {
                got: file.len(),
                limit: SCAN_FILE_MAX,
            });
        }
        Ok(Self {
            // A name is shown, never opened: what is not a line is left out of it.
            name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
            file,
            hash: labelled_hash(b"tidings desk scan v1", &[file]),
        })
    }

    fn put(
        &self,
        sql: &Transaction<'_>,
        log: &mut Log,
        by: Option<OperatorId>,
        now: UnixTime,
    ) -> Result<Taken, Error> {
        let inserted = sql.execute(
            "INSERT OR IGNORE INTO scans (name, hash, taken, operator, state, file)
             VALUES (?1, ?2, ?3, ?4, 'waiting', ?5)",
            params![
                self.name,
                self.hash,
                int(now.0),
                by.map(|id| int(id.0)),
                self.file
            ],
        )?;
        let id = uint(sql.query_row(
            "SELECT scan FROM scans WHERE hash = ?1",
            [self.hash],
            |row| row.get(0),
        )?);
        if inserted == 0 {
            return Ok(Taken::Doubled(id));
        }
        log.add("scan_taken", Subject::Scan(id), "");
        Ok(Taken::New(id))
    }
}

const SCANS: &str =
    "SELECT scan, name, taken, state = 'waiting', failure, coalesce(pages, 0), next,
    (SELECT count(*) FROM scan_pages p WHERE p.scan = scans.scan
        AND p.state NOT IN ('joined', 'same', 'discarded'))
    FROM scans";

fn scan_of(row: &Row<'_>) -> rusqlite::Result<Scan> {
    Ok(Scan {
        id: uint(row.get(0)?),
        name: row.get(1)?,
        taken: UnixTime(uint(row.get(2)?)),
        waiting: row.get(3)?,
        failure: row.get(4)?,
        pages: uint(row.get(5)?),
        read: uint(row.get(6)?),
        queued: uint(row.get(7)?),
    })
}

const REPLIES: &str = "SELECT reply, letter, made, state, sent, failure,
    (SELECT count(*) FROM scan_pages p WHERE p.reply = replies.reply),
    (SELECT max(pages) FROM scan_pages p WHERE p.reply = replies.reply) FROM replies";

fn reply_of(row: &Row<'_>) -> rusqlite::Result<Reply> {
    Ok(Reply {
        id: uint(row.get(0)?),
        letter: LetterNumber(uint(row.get(1)?)),
        made: UnixTime(uint(row.get(2)?)),
        state: ReplyState::of(&row.get::<_, String>(3)?),
        sent: row.get::<_, Option<i64>>(4)?.map(|at| UnixTime(uint(at))),
        failure: row.get(5)?,
        pages: row.get(6)?,
        of: row.get::<_, Option<u32>>(7)?.unwrap_or(0),
    })
}

fn reply(sql: &Transaction<'_>, id: u64) -> Result<Reply, Error> {
    use rusqlite::OptionalExtension as _;
    sql.prepare_cached(&format!("{REPLIES} WHERE reply = ?1"))?
        .query_row([int(id)], reply_of)
        .optional()?
        .ok_or(Error::NotFound {
            what: "reply",
            number: id,
        })
}

#[cfg(test)]
mod tests;
