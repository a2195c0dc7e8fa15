//! The account, its office, its mailboxes.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    card::SignedCard,
    ids::MailboxAddress,
    language::Language,
    prekey::{OfficeKeys, PrekeyRecord},
    relay_identity::RelayAddress,
    secret::{Secret, SigningSecret},
    time::{Day, UnixTime},
};

use super::{MailboxNumber, PairNumber};
use crate::vault::{Record, Table};

/// The account itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) name: String,
    pub(crate) relay: RelayAddress,
    pub(crate) languages: Vec<Language>,
    /// Hedges the randomness of seals (SEAL-12), and is used for nothing else.
    pub(crate) hedge: Secret,
    pub(crate) created: UnixTime,
    pub(crate) restored: bool,
    /// The last numbers given out: to contacts, to letters, to all else.
    pub(crate) last_contact: u64,
    pub(crate) last_letter: u64,
    pub(crate) last_number: u64,
    /// Day of the last daily work.
    pub(crate) tidied: Day,
    /// Whether an office tells a family by itself that it has its letter (DELIVERY-7).
    pub(crate) tells_taken: bool,
    /// By which two copies of this vault notice each other; a backup has none.
    pub(crate) guard: Option<GuardRecord>,
    /// Since when it is known that another copy of this vault is in use; none once a person has decided.
    pub(crate) copied: Option<UnixTime>,
}

/// The mailbox that nobody writes to: only its owner knows it, and every copy of the owner (DELIVERY-10).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GuardRecord {
    pub(crate) mailbox: MailboxNumber,
    /// The sequence that the relay has confirmed.
    pub(crate) sequence: u64,
    /// Marks that may have reached the relay under the sequence after it, without an answer.
    pub(crate) tried: Vec<Mark>,
}

/// A random mark: what one attempt puts on the guard's shelf.
pub(crate) type Mark = [u8; 16];

impl Record for AccountRecord {
    const TABLE: Table = Table::Account;
    type Key = ();
}

/// What makes the account an office.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfficeRecord {
    /// Seed of the identity key.
    pub(crate) identity: Secret,
    pub(crate) keys: OfficeKeys,
    /// Highest sequence of a subkey certificate.
    pub(crate) subkey_sequence: u32,
    /// Last day of the subkey in use.
    pub(crate) subkey_until: Day,
    pub(crate) card: SignedCard,
    pub(crate) mailbox: MailboxNumber,
    /// What is, or is to be, on the shelf.
    pub(crate) shelf: PrekeyRecord,
    /// Sequence under which it is published.
    pub(crate) sequence: u64,
    /// Highest sequence that the relay has confirmed.
    pub(crate) published: u64,
}

impl Record for OfficeRecord {
    const TABLE: Table = Table::Office;
    type Key = ();
}

impl OfficeRecord {
    pub(crate) fn identity(&self) -> SigningSecret {
        SigningSecret::from_seed(&self.identity)
    }
}

/// What a mailbox is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MailboxUse {
    /// The address on an office's card.
    Card,
    /// The answers of one office.
    Pair(PairNumber),
    /// Made ahead, so that making one and writing a first letter do not fall together.
    Spare,
    /// Shows whether a copy of this vault is in use.
    Guard,
}

/// A mailbox of this account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MailboxRecord {
    pub(crate) relay: RelayAddress,
    /// Seed of the owner's key.
    pub(crate) owner: Secret,
    pub(crate) purpose: MailboxUse,
    /// Whether the relay has confirmed that it is there.
    pub(crate) created: bool,
}

impl Record for MailboxRecord {
    const TABLE: Table = Table::Mailboxes;
    type Key = MailboxNumber;
}

impl MailboxRecord {
    pub(crate) fn owner(&self) -> SigningSecret {
        SigningSecret::from_seed(&self.owner)
    }

    pub(crate) fn address(&self) -> MailboxAddress {
        MailboxAddress::of(&self.owner().public())
    }
}
