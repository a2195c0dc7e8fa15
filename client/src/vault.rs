//! The vault: everything that an account remembers, encrypted on disk (normative text: `docs/spec/vault.md`).
//!
//! [`Vault`] is narrow on purpose: named tables of keys and values, ordered by key, changed in transactions. The native one
//! is an SQLCipher database ([`native`]); a page in a browser can keep the same tables in one sealed snapshot; tests keep them in
//! memory ([`memory`]). What the tables hold is in `records`.

mod header;
mod lock;
pub mod memory;
pub mod native;
mod safe;

use zeroize::Zeroizing;

pub use self::{
    header::{Cost, WrappedKey},
    lock::Access,
};
pub(crate) use self::{
    lock::Lock,
    safe::{Record, RecordKey, Safe, Tables},
};
use crate::Error;

/// The tables of a vault. Their order is nothing; their names are part of the format (VAULT-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The account itself.
    Account,
    /// What makes the account an office.
    Office,
    /// Mailboxes and their owners' keys.
    Mailboxes,
    /// Contacts.
    Contacts,
    /// What is remembered of each pair.
    Pairs,
    /// From the tag of an envelope that may come to its pair.
    Tags,
    /// From the name of a pair to its number.
    PairNames,
    /// Letters, in and out.
    Letters,
    /// From the id inside a letter to its number.
    LetterIds,
    /// Envelopes that could not be opened yet, by tag.
    Parked,
    /// Envelopes that were opened or judged, by hash.
    Seen,
    /// What waits to be sent.
    Outbox,
    /// Letters that a relay has, until the other side is known to have them.
    Deposits,
    /// What is known of the mailboxes to which letters go.
    Destinations,
    /// Letters that were given to a courier.
    Carried,
    /// Chunks that a courier brought before their letters could be opened.
    Held,
    /// Received letters that nobody has read yet.
    News,
    /// Relays and their certificates.
    Relays,
    /// Prekeys of offices.
    Prekeys,
    /// How this device may reach relays.
    Network,
    /// How each relay was last reached, and where connections to it freeze.
    Ways,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 21] = [
        Self::Account,
        Self::Office,
        Self::Mailboxes,
        Self::Contacts,
        Self::Pairs,
        Self::Tags,
        Self::PairNames,
        Self::Letters,
        Self::LetterIds,
        Self::Parked,
        Self::Seen,
        Self::Outbox,
        Self::Deposits,
        Self::Destinations,
        Self::Carried,
        Self::Held,
        Self::News,
        Self::Relays,
        Self::Prekeys,
        Self::Network,
        Self::Ways,
    ];

    /// Its name in the database (VAULT-8).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Office => "office",
            Self::Mailboxes => "mailboxes",
            Self::Contacts => "contacts",
            Self::Pairs => "pairs",
            Self::Tags => "tags",
            Self::PairNames => "pair_names",
            Self::Letters => "letters",
            Self::LetterIds => "letter_ids",
            Self::Parked => "parked",
            Self::Seen => "seen",
            Self::Outbox => "outbox",
            Self::Deposits => "deposits",
            Self::Destinations => "destinations",
            Self::Carried => "carried",
            Self::Held => "held",
            Self::News => "news",
            Self::Relays => "relays",
            Self::Prekeys => "prekeys",
            Self::Network => "network",
            Self::Ways => "ways",
        }
    }
}

/// A key and its value; both may be secret.
pub type Row = (Vec<u8>, Zeroizing<Vec<u8>>);

/// A place that keeps tables. One writer.
pub trait Vault: Send {
    /// Begins a transaction. Dropped without [`Transaction::commit`], it has changed nothing.
    ///
    /// # Errors
    /// [`Error::VaultStorage`].
    fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, Error>;
}

/// A change of several rows that happens whole or not at all, and survives power loss once committed (VAULT-6).
pub trait Transaction {
    /// The value of a key.
    ///
    /// # Errors
    /// [`Error::VaultStorage`].
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error>;

    /// Sets the value of a key.
    ///
    /// # Errors
    /// [`Error::VaultStorage`].
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error>;

    /// Removes a key, if it is there.
    ///
    /// # Errors
    /// [`Error::VaultStorage`].
    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error>;

    /// At most `limit` rows from `from` on, in the order of their keys as bytes.
    ///
    /// # Errors
    /// [`Error::VaultStorage`].
    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, Error>;

    /// Number of rows.
    ///
    /// # Errors
    /// [`Error::VaultStorage`].
    fn count(&self, table: Table) -> Result<u64, Error>;

    /// Makes the changes last.
    ///
    /// # Errors
    /// [`Error::VaultStorage`]; then nothing has changed.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}
