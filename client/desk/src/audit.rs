//! The log: who did what to which letter, so that changing it shows (DESK-11, DESK-12).
//!
//! Each entry holds the hash of all entries before it and a signature. How far the log reached stands in a file of its own
//! beside the database, so that an older database, or one that was cut, shows too; a head that was noted elsewhere
//! ([`Desk::audit_head`]: printed on the month's report, read out to another office) shows even both files put back together.

mod head;
mod verify;

use std::fmt;

use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};
use tidings_protocol::{
    ids::{Signature, labelled_hash},
    secret::SigningSecret,
    time::UnixTime,
};

pub(crate) use self::head::{HEAD_FILE, HeadFile};
pub use self::verify::{AuditFault, AuditReport};
use crate::{
    Action, Actor, Desk, Error, OperatorId,
    desk::Log,
    store::{int, uint},
};

/// The name of the setting that holds the seed of the log's key.
pub(crate) const SEED: &str = "audit_seed";
const ENTRY_LABEL: &[u8] = b"tidings desk log entry v1";

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The office itself.
    Office,
    /// An operator.
    Operator(OperatorId),
    /// A letter, by the account's number.
    Letter(u64),
    /// A family.
    Contact(u64),
    /// A job of the printer.
    PrintJob(u64),
    /// A campaign.
    Campaign(u64),
    /// A parcel.
    Parcel(u64),
    /// A pile of scanned pages.
    Scan(u64),
    /// A reply.
    Reply(u64),
    /// A person of the register.
    Person(u64),
    /// A tracing request.
    Request(u64),
    /// A mailbag that was taken in or made.
    Mailbag(u64),
}

impl Subject {
    /// `letter:12` and the like.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Office => "office".to_owned(),
            Self::Operator(id) => format!("operator:{}", id.0),
            Self::Letter(number) => format!("letter:{number}"),
            Self::Contact(number) => format!("contact:{number}"),
            Self::PrintJob(number) => format!("print:{number}"),
            Self::Campaign(number) => format!("campaign:{number}"),
            Self::Parcel(number) => format!("parcel:{number}"),
            Self::Scan(number) => format!("scan:{number}"),
            Self::Reply(number) => format!("reply:{number}"),
            Self::Person(number) => format!("person:{number}"),
            Self::Request(number) => format!("request:{number}"),
            Self::Mailbag(number) => format!("mailbag:{number}"),
        }
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1 without gaps.
    pub seq: u64,
    /// When.
    pub at: UnixTime,
    /// Who; nobody if the desk did it by itself.
    pub operator: Option<OperatorId>,
    /// What was done: a word of the translations (`did-…`).
    pub action: String,
    /// To what ([`Subject::word`]).
    pub subject: String,
    /// Particulars without names.
    pub detail: String,
}

/// How far the log reached: enough to notice later that something was taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Entries.
    pub seq: u64,
    /// The hash of the last one.
    pub hash: [u8; 32],
}

/// The number of entries and the hash, in hexadecimal: to be written down and compared.
impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seq, HEXLOWER.encode(&self.hash))
    }
}

/// What of the log is shown.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this operator.
    pub operator: Option<OperatorId>,
    /// About this.
    pub subject: Option<Subject>,
    /// Before this place; the newest if none.
    pub before: Option<u64>,
    /// Entries, at most.
    pub count: u32,
}

impl Desk {
    /// Entries, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeAudit`].
    pub fn audit_entries(&self, by: &Actor, filter: &AuditFilter) -> Result<Vec<Entry>, Error> {
        by.need(Action::SeeAudit)?;
        let mut query = String::from(
            "SELECT seq, at, operator, action, subject, detail FROM audit WHERE seq < ?1",
        );
        let mut values: Vec<rusqlite::types::Value> =
            vec![filter.before.map_or(i64::MAX, int).into()];
        if let Some(operator) = filter.operator {
            values.push(int(operator.0).into());
            query.push_str(&format!(" AND operator = ?{}", values.len()));
        }
        if let Some(subject) = filter.subject {
            values.push(subject.word().into());
            query.push_str(&format!(" AND subject = ?{}", values.len()));
        }
        values.push(i64::from(filter.count).into());
        query.push_str(&format!(" ORDER BY seq DESC LIMIT ?{}", values.len()));
        self.store.read("reading the log", |sql| {
            let mut statement = sql.prepare_cached(&query)?;
            let rows = statement.query_map(params_from_iter(values), entry_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How far the log reaches now, to be noted elsewhere.
    ///
    /// # Errors
    /// Those of the store.
    pub fn audit_head(&self) -> Result<AuditHead, Error> {
        self.store.read("reading the log", last)
    }
}

/// Appends what a transaction did. Returns the new head, if there is one.
pub(crate) fn append(
    sql: &Transaction<'_>,
    signer: &SigningSecret,
    operator: Option<OperatorId>,
    now: UnixTime,
    log: Log,
) -> Result<Option<AuditHead>, Error> {
    if log.0.is_empty() {
        return Ok(None);
    }
    let mut head = last(sql)?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO audit (seq, at, operator, action, subject, detail, hash, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (action, subject, detail) in log.0 {
        let entry = Entry {
            seq: head.seq + 1,
            at: now,
            operator,
            action: action.to_owned(),
            subject: subject.word(),
            detail,
        };
        let hash = entry.hash(&head.hash);
        insert.execute(params![
            int(entry.seq),
            int(entry.at.0),
            entry.operator.map(|id| int(id.0)),
            entry.action,
            entry.subject,
            entry.detail,
            hash,
            signer.sign(ENTRY_LABEL, &[&hash]).0
        ])?;
        head = AuditHead {
            seq: entry.seq,
            hash,
        };
    }
    Ok(Some(head))
}

impl Entry {
    fn hash(&self, before: &[u8; 32]) -> [u8; 32] {
        let operator = self.operator.map_or(0, |id| id.0);
        labelled_hash(
            ENTRY_LABEL,
            &[
                before,
                &self.seq.to_le_bytes(),
                &self.at.0.to_le_bytes(),
                &operator.to_le_bytes(),
                self.action.as_bytes(),
                self.subject.as_bytes(),
                self.detail.as_bytes(),
            ],
        )
    }
}

fn last(sql: &Transaction<'_>) -> Result<AuditHead, Error> {
    let last = sql
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(AuditHead {
                seq: uint(row.get(0)?),
                hash: row.get(1)?,
            })
        })
        .optional()?;
    Ok(last.unwrap_or(AuditHead {
        seq: 0,
        hash: [0; 32],
    }))
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: uint(row.get(0)?),
        at: UnixTime(uint(row.get(1)?)),
        operator: row.get::<_, Option<i64>>(2)?.map(|id| OperatorId(uint(id))),
        action: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
    })
}

fn signature_of(bytes: &[u8]) -> Option<Signature> {
    Signature::from_slice(bytes)
}

#[cfg(test)]
mod tests;
