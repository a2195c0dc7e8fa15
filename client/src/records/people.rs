//! Contacts and their pairs.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    card::{SignedCard, VerifiedCard},
    envelope::Tag,
    pair::ContactId,
    time::{Day, UnixTime},
};

use super::{MailboxNumber, PairNumber, SecretBytes};
use crate::{
    ContactNumber, Error, Role,
    vault::{Record, Table},
};

/// A contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContactRecord {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// An office's card.
    pub(crate) card: Option<SignedCard>,
    /// An office's check words in English: computing them anew takes long.
    pub(crate) words: Option<String>,
    pub(crate) verified: Option<UnixTime>,
    pub(crate) frozen: bool,
    /// A letter of the other side was opened.
    pub(crate) answered: bool,
    /// The plain number of the last letter or reply written to it.
    pub(crate) last_plain: u32,
    /// The pair under which letters are written; none until the first one is, and after a freeze or restore.
    pub(crate) pair: Option<PairNumber>,
}

impl Record for ContactRecord {
    const TABLE: Table = Table::Contacts;
    type Key = ContactNumber;
}

impl ContactRecord {
    /// The card of an office. It was verified before it was stored, and is again.
    pub(crate) fn card(&self) -> Result<VerifiedCard, Error> {
        let card = self.card.as_ref().ok_or(Error::NotAnOffice)?;
        Ok(card.verify()?)
    }
}

/// What is remembered of a pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PairRecord {
    pub(crate) contact: ContactNumber,
    /// A family's reply mailbox.
    pub(crate) mailbox: Option<MailboxNumber>,
    /// [`tidings_protocol::pair::Pair::to_bytes`].
    pub(crate) state: SecretBytes,
    /// Until when letters under a pair that was replaced are still opened.
    pub(crate) until: Option<Day>,
}

impl Record for PairRecord {
    const TABLE: Table = Table::Pairs;
    type Key = PairNumber;
}

/// Under which pair an envelope with this tag is opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TagRecord(pub(crate) PairNumber);

impl Record for TagRecord {
    const TABLE: Table = Table::Tags;
    type Key = Tag;
}

/// The number of the pair of this name. The pair may be gone: first letters under the name are refused then (NOTICE-11).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PairNameRecord(pub(crate) PairNumber);

impl Record for PairNameRecord {
    const TABLE: Table = Table::PairNames;
    type Key = ContactId;
}
