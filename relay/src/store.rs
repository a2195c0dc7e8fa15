//! Where a relay keeps what was left with it.
//!
//! [`Store`] is the whole boundary: the server knows nothing of files or databases. Everything that a method has answered
//! survives power loss (STORE-1); what it refused or failed to do has left no trace that a later call could see.
//! Addresses, capabilities and envelopes come in as the exchange carries them; the store has no clock (days are arguments)
//! and chooses nothing at random but keys of receipts (the server spreads expiry days, STORE-9). Normative text:
//! `docs/spec/store.md`.

mod ballast;
mod blobs;
mod calendar;
mod carried;
mod check;
mod checkpoint;
mod commit;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod draft;
mod embedded;
mod error;
mod folder;
mod foresight;
mod fresh;
mod index;
mod inspect;
mod lives;
mod log;
mod records;
mod replay;
#[doc(hidden)]
pub mod rewritten;
mod shared;
mod sums;
#[cfg(test)]
mod tests;

use std::future::Future;

use bytes::Bytes;
use tidings_protocol::{
    exchange::{ChunkClass, PutBlob, Receipt},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    time::Day,
};

pub use self::{
    carried::KeptChunk,
    embedded::{EmbeddedStore, StoreSettings},
    error::{StoreError, StoreIoError},
    folder::{OpenError, STORE_VERSION},
};

/// Mailboxes, their letters and prekeys, and blob chunks, kept so that nothing answered is ever lost.
///
/// Static dispatch: the server is generic over it. All methods may be called from any number of tasks at once. Dropping a
/// future gives up the answer, not the work: what was handed in may still be done.
///
/// Methods for owners (`create_mailbox`, `delete_mailbox`, `collect`, `has_after`, `acknowledge`, `publish_prekeys`) answer
/// [`StoreError::MailboxDeleted`] while the tombstone of a deleted mailbox stands; methods for strangers (`deposit`,
/// `fetch_prekeys`) answer [`StoreError::NoMailbox`] in both cases, so that nobody learns that a mailbox was given up.
pub trait Store: Send + Sync + 'static {
    /// Makes a mailbox, or confirms that it is there: then with the same answer (EXCH-10).
    ///
    /// # Errors
    /// [`StoreError::MailboxDeleted`] until `MAILBOX_TOMBSTONE_DAYS` after its deletion, [`StoreError::RelayFull`].
    fn create_mailbox(
        &self,
        mailbox: MailboxAddress,
        today: Day,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;

    /// Deletes a mailbox with its letters and prekeys; the address stays closed for `MAILBOX_TOMBSTONE_DAYS` from `today`.
    /// Deleting it again is no error and does not move that day.
    ///
    /// # Errors
    /// [`StoreError::NoMailbox`].
    fn delete_mailbox(
        &self,
        mailbox: MailboxAddress,
        today: Day,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps one envelope (1 to `ENVELOPE_LEN` bytes) until `expires` or until it is acknowledged. Its key is the mailbox
    /// and the SHA-256 of the envelope: a second deposit while the first is kept costs nothing and moves nothing (STORE-4).
    ///
    /// # Errors
    /// [`StoreError::NoMailbox`], [`StoreError::MailboxFull`], [`StoreError::RelayFull`], [`StoreError::EnvelopeLength`].
    fn deposit(
        &self,
        mailbox: MailboxAddress,
        envelope: Bytes,
        expires: Day,
    ) -> impl Future<Output = Result<Deposited, StoreError>> + Send;

    /// The day that the store counts (STORE-21); `None` before the first [`Store::turn`] of its life. All days that are given
    /// to it are counted from this one.
    fn today(&self) -> Option<Day>;

    /// Tells the store which day the clock shows, once a day and at every start; returns the day that it counts from now on:
    /// at most one later than before.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the count is as before then.
    fn turn(&self, shown: Day) -> impl Future<Output = Result<Day, StoreError>> + Send;

    /// A receipt for everything that was answered so far in a mailbox (STORE-18).
    fn receipt(&self, mailbox: &MailboxAddress) -> Receipt;

    /// Whether the store's state still goes back to the moment of a receipt: false if it was put back to an older one since,
    /// if it is another store, or if the receipt is none for this mailbox. Tells nothing of letters.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    fn holds(
        &self,
        mailbox: MailboxAddress,
        receipt: Receipt,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The oldest letters behind place `after` (0: from the beginning), at most `max`. Deletes nothing.
    ///
    /// # Errors
    /// [`StoreError::NoMailbox`], [`StoreError::MailboxDeleted`].
    fn collect(
        &self,
        mailbox: MailboxAddress,
        after: u64,
        max: u16,
    ) -> impl Future<Output = Result<Collected, StoreError>> + Send;

    /// Whether a letter waits behind place `after`.
    ///
    /// # Errors
    /// [`StoreError::NoMailbox`], [`StoreError::MailboxDeleted`].
    fn has_after(
        &self,
        mailbox: MailboxAddress,
        after: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the letters named; one that is not there is no error.
    ///
    /// # Errors
    /// [`StoreError::NoMailbox`], [`StoreError::MailboxDeleted`].
    fn acknowledge(
        &self,
        mailbox: MailboxAddress,
        letters: Vec<EnvelopeHash>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Puts a record (1 to `PREKEYS_MAX` bytes) on the prekey shelf in place of one with a lower sequence. The stored
    /// sequence with the stored record is no error.
    ///
    /// # Errors
    /// [`StoreError::Stale`], [`StoreError::NoMailbox`], [`StoreError::MailboxDeleted`], [`StoreError::RelayFull`],
    /// [`StoreError::PrekeysLength`].
    fn publish_prekeys(
        &self,
        mailbox: MailboxAddress,
        sequence: u64,
        record: Bytes,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What is on the prekey shelf: sequence and record.
    ///
    /// # Errors
    /// [`StoreError::NoMailbox`], [`StoreError::NoPrekeys`].
    fn fetch_prekeys(
        &self,
        mailbox: MailboxAddress,
    ) -> impl Future<Output = Result<(u64, Bytes), StoreError>> + Send;

    /// Writes a piece of a blob chunk and tells how many bytes from its beginning are durable. The first piece (offset 0,
    /// possibly empty) creates the chunk under its terms and decides the day on which it goes; an empty later piece asks
    /// how much is there. Bytes that are stored already must come again as they are (STORE-12).
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] if the terms are not those of the chunk, [`StoreError::BlobPiece`], [`StoreError::RelayFull`].
    fn put_blob(
        &self,
        terms: PutBlob,
        piece: Bytes,
        expires: Day,
    ) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Reads at most `length` bytes of a complete chunk from `offset`; fewer, down to none, come at its end.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`], [`StoreError::BlobIncomplete`]. Bytes are not compared with their checksum here: whoever asked
    /// has the chunk's hash in the letter that named it; [`Store::check`] does.
    fn get_blob(
        &self,
        id: BlobId,
        read: Capability,
        offset: u32,
        length: u32,
    ) -> impl Future<Output = Result<(ChunkClass, Bytes), StoreError>> + Send;

    /// Deletes a chunk; one that is gone is no error.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] if `delete` is not its capability.
    fn delete_blob(
        &self,
        id: BlobId,
        delete: Capability,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes what expired before or on `today`: letters, chunks, tombstones. Works in bounded batches between which
    /// other work goes on; returns when nothing of that day or earlier is left.
    ///
    /// # Errors
    /// [`StoreError::Io`]; what was removed before stays removed.
    fn expire(&self, today: Day) -> impl Future<Output = Result<Expired, StoreError>> + Send;

    /// How much is kept. Counters, never a scan.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    fn stats(&self) -> impl Future<Output = Result<Stats, StoreError>> + Send;

    /// Reads every stored byte and compares it with its checksum, and the counters with what is there. `progress` is called
    /// now and then. What is being removed or written meanwhile is no fault.
    ///
    /// # Errors
    /// [`StoreError::Io`] only if the check itself cannot go on; faults found are in the report.
    fn check(
        &self,
        progress: impl Fn(CheckProgress) + Send + 'static,
    ) -> impl Future<Output = Result<CheckReport, StoreError>> + Send;

    /// Ends what waits, writes down what makes the next start quick, and refuses everything after with
    /// [`StoreError::Stopping`].
    ///
    /// # Errors
    /// [`StoreError::Io`]; everything answered before is safe all the same.
    fn close(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A mailbox is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    /// Letters that it may hold.
    pub quota: u32,
}

/// An envelope is kept. The depositor gets the same answer for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deposited {
    /// It was not there before.
    New,
    /// It was there.
    Repeated,
}

/// Waiting letters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Places, rising, and envelopes.
    pub letters: Vec<(u64, Bytes)>,
    /// Whether more wait behind the last one.
    pub more: bool,
}

impl std::fmt::Debug for Collected {
    /// Places and lengths, not the envelopes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entries(
                self.letters
                    .iter()
                    .map(|(place, letter)| (place, letter.len())),
            )
            .finish()?;
        f.write_str(if self.more { " and more" } else { "" })
    }
}

/// What [`Store::expire`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Letters.
    pub letters: u64,
    /// Blob chunks.
    pub blobs: u64,
    /// Tombstones of deleted mailboxes: their addresses may be used again.
    pub tombstones: u64,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Mailboxes.
    pub mailboxes: u64,
    /// Tombstones of deleted mailboxes.
    pub tombstones: u64,
    /// Letters that wait.
    pub letters: u64,
    /// Bytes of their envelopes.
    pub letter_bytes: u64,
    /// Mailboxes with something on the prekey shelf.
    pub prekeys: u64,
    /// Bytes of prekey records.
    pub prekey_bytes: u64,
    /// Blob chunks, complete or not.
    pub blobs: u64,
    /// Bytes reserved for them: every chunk counts with the size of its class from its first piece on.
    pub blob_bytes: u64,
    /// Whether new letters, chunks, mailboxes are refused at this moment with [`StoreError::RelayFull`].
    pub full: bool,
}

impl Stats {
    /// What counts against the storage cap, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.letter_bytes
            .saturating_add(self.prekey_bytes)
            .saturating_add(self.blob_bytes)
    }
}

/// How far a check has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckProgress {
    /// Bytes read so far.
    pub read: u64,
    /// Bytes to read in total, as counted at the start.
    pub total: u64,
}

/// What a check found. Names no mailbox: an operator may paste it anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Letters read.
    pub letters: u64,
    /// Prekey records read.
    pub prekeys: u64,
    /// Blob chunks read.
    pub blobs: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What is wrong, in the order found; at most [`CheckReport::FAULTS_MAX`].
    pub faults: Vec<Fault>,
    /// All faults, also those that the list had no room for.
    pub fault_count: u64,
    /// Whether a start finds what it needs in spite of the faults in checkpoint and log.
    starts: bool,
    /// Whether the log has everything that the index held.
    has_log: bool,
}

impl CheckReport {
    /// Faults listed one by one.
    pub const FAULTS_MAX: usize = 100;

    /// A report of faults that were found before anything was counted.
    fn of(mut faults: Vec<Fault>) -> Self {
        let fault_count = faults.len() as u64;
        faults.truncate(Self::FAULTS_MAX);
        Self {
            faults,
            fault_count,
            ..Self::default()
        }
    }

    /// What an operator does about the faults, in a sentence; nothing if there are none. Never more than is needed: what can be
    /// made again beside sound letters costs none of them.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let mut remedies: Vec<_> = self
            .faults
            .iter()
            .map(|fault| match fault {
                // What the index holds is not read from the log again.
                Fault::Log { .. } if self.starts => Remedy::LeaveLog,
                Fault::File { file, .. } if self.starts && file == "checkpoint" => {
                    Remedy::MakeCheckpoint
                }
                Fault::File { file, what } if self.starts && is_lock(file, what) => {
                    Remedy::MakeLock
                }
                fault if self.has_log && fault.is_of_index() => Remedy::MakeIndex,
                fault => fault.remedy(),
            })
            .collect();
        remedies.sort_unstable();
        remedies.dedup();
        let what = match remedies.as_slice() {
            [] => return None,
            // It covers all others.
            [.., Remedy::BeginAnew] => Remedy::BeginAnew.told().to_owned(),
            remedies => {
                let told: Vec<_> = remedies.iter().map(|remedy| remedy.told()).collect();
                told.join("; ")
            }
        };
        Some(format!(
            "the disk changed what it was given, replace it: {what}"
        ))
    }

    /// Whether every stored byte is as it was written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.fault_count == 0
    }
}

/// What is to be done about a fault, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    GoOn,
    LeaveLog,
    MakeCheckpoint,
    MakeLock,
    DropBallast,
    DropSums,
    WriteVersion,
    MakeIndex,
    BeginAnew,
}

impl Remedy {
    fn told(self) -> &'static str {
        match self {
            Self::GoOn => {
                "beside damaged letters and chunks everything is as it was, and the relay may go on"
            }
            Self::LeaveLog => {
                "the relay starts and goes on; letters that lay in the damaged part of the log cannot be read any more"
            }
            Self::MakeCheckpoint => "start the relay, it makes the checkpoint again from the log",
            Self::MakeLock => "start the relay, it makes the lock of the index again",
            Self::DropBallast => "delete `store/ballast`, the relay makes it again",
            Self::DropSums => {
                "delete `store/index.sums` and check again, the index itself is then read instead of compared"
            }
            Self::WriteVersion => {
                "write the line `tidings store 1` into `store/version` and check again"
            }
            Self::MakeIndex => {
                "delete `store/checkpoint` and start the relay, it makes the index again from the whole log"
            }
            Self::BeginAnew => {
                "move the folder `store` out of the data folder and start the relay; owners make their mailboxes again and depositors offer again what was not collected"
            }
        }
    }
}

/// One thing that a check found wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The envelope on disk is not the one that was deposited.
    #[error("the bytes of a letter in {file} at byte {offset} are damaged")]
    Letter {
        /// File name inside the data folder.
        file: String,
        /// Where in it.
        offset: u64,
    },
    /// A chunk's bytes are not those that were stored, or its file is missing or short.
    #[error("the blob chunk in {file} is damaged")]
    Blob {
        /// File name inside the data folder.
        file: String,
    },
    /// The log is not as it was written.
    #[error("{what}: {file} at byte {offset}")]
    Log {
        /// File name inside the store's folder.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Another file is not as it was written.
    #[error("{file} {what}")]
    File {
        /// File name inside the store's folder.
        file: String,
        /// What is wrong, as the end of the sentence.
        what: &'static str,
    },
    /// The index cannot be opened or read at all.
    #[error("the files in the folder `index` cannot be read as an index")]
    Engine,
    /// A record of the index cannot be read.
    #[error("a record of the index ({part}) cannot be read")]
    Record {
        /// Which part of the index.
        part: &'static str,
    },
    /// Two records that must agree do not.
    #[error("the index disagrees with itself: {what}")]
    Index {
        /// What does not agree.
        what: &'static str,
    },
    /// A counter is not what is there.
    #[error("the counter of {what} says {counted}, there are {found}")]
    Counter {
        /// What is counted.
        what: &'static str,
        /// What the counter says.
        counted: u64,
        /// What was found.
        found: u64,
    },
}

/// Whether a file is the index engine's lock and is gone: it holds nothing.
fn is_lock(file: &str, what: &str) -> bool {
    file == "index/lock" && what == "is missing"
}

impl Fault {
    /// Whether the log can make good what is wrong, if it is there from its first segment.
    fn is_of_index(&self) -> bool {
        match self {
            Self::File { file, .. } => file == "index" || file.starts_with("index/"),
            Self::Engine | Self::Record { .. } | Self::Index { .. } | Self::Counter { .. } => true,
            Self::Letter { .. } | Self::Blob { .. } | Self::Log { .. } => false,
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::Letter { .. } | Self::Blob { .. } => Remedy::GoOn,
            Self::File { file, .. } => match file.as_str() {
                ballast::FILE => Remedy::DropBallast,
                sums::FILE => Remedy::DropSums,
                folder::VERSION_FILE => Remedy::WriteVersion,
                _ => Remedy::BeginAnew,
            },
            Self::Log { .. }
            | Self::Engine
            | Self::Record { .. }
            | Self::Index { .. }
            | Self::Counter { .. } => Remedy::BeginAnew,
        }
    }
}
