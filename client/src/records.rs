//! What the vault's tables hold (VAULT-8): keys and numbers here, rows by what they are about.

mod bags;
mod letters;
mod outbox;
mod own;
mod people;
mod relays;

use std::fmt;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    envelope::Tag,
    ids::{BlobId, EnvelopeHash, SigningPublic},
    pair::ContactId,
    relay_identity::RootFingerprint,
};
use zeroize::Zeroize;

pub(crate) use self::{
    bags::{CarriedRecord, HeldRecord},
    letters::{
        BlobFile, EnclosureRecord, LetterIdRecord, LetterKey, LetterRecord, NewsRecord,
        NoticeRecord, ParkedKey, ParkedRecord, SeenRecord,
    },
    outbox::{
        Again, Delivery, DepositRecord, DestinationRecord, Job, JobRecord, SealedRecord, Unsealed,
        Upload,
    },
    own::{AccountRecord, GuardRecord, MailboxRecord, MailboxUse, Mark, OfficeRecord},
    people::{ContactRecord, PairNameRecord, PairRecord, TagRecord},
    relays::{LastWay, PrekeysRecord, RelayRecord, WaysRecord},
};
use crate::{ContactNumber, LetterNumber, vault::RecordKey};

/// Bytes that are wiped on drop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretBytes(#[serde(with = "serde_bytes")] Vec<u8>);

impl SecretBytes {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub(crate) struct $name(pub(crate) u64);
        number_key!($name);
    )*};
}

macro_rules! number_key {
    ($name:ident) => {
        impl RecordKey for $name {
            fn to_bytes(&self) -> Vec<u8> {
                self.0.to_bytes()
            }

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                u64::from_bytes(bytes).map(Self)
            }
        }
    };
}

macro_rules! id_key {
    ($($name:ident)*) => {$(
        impl RecordKey for $name {
            fn to_bytes(&self) -> Vec<u8> {
                self.as_bytes().to_vec()
            }

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Self::from_slice(bytes)
            }
        }
    )*};
}

numbers! {
    /// A pair in this account.
    PairNumber
    /// A mailbox of this account.
    MailboxNumber
    /// An item of the outbox; they are sent in this order.
    JobNumber
    /// A file of sealed bytes in the account's folder.
    FileNumber
}
number_key!(ContactNumber);
number_key!(LetterNumber);
id_key!(Tag EnvelopeHash ContactId RootFingerprint SigningPublic BlobId);
