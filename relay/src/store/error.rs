//! Why the store did not do what was asked.

use std::{io, path::PathBuf, sync::Arc};

use tidings_protocol::{
    exchange::Refusal,
    limits::{ENVELOPE_LEN, PREKEYS_MAX},
    wire::WireError,
};

use super::Fault;

/// Why the store refused or failed. [`StoreError::refusal`] is what the client is told.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such mailbox.
    #[error("no such mailbox")]
    NoMailbox,
    /// Its owner deleted it; the tombstone stands.
    #[error("the mailbox was deleted")]
    MailboxDeleted,
    /// It holds as many letters as it may.
    #[error("the mailbox is full ({quota} letters)")]
    MailboxFull {
        /// Letters that it may hold.
        quota: u32,
    },
    /// The storage cap or the disk reserve is reached.
    #[error("the relay's storage is full")]
    RelayFull,
    /// An envelope of a length that is never stored.
    #[error("an envelope of {got} bytes, from 1 to {ENVELOPE_LEN} are kept")]
    EnvelopeLength {
        /// Its length in bytes.
        got: usize,
    },
    /// A prekey record of a length that is never stored.
    #[error("a prekey record of {got} bytes, from 1 to {PREKEYS_MAX} are kept")]
    PrekeysLength {
        /// Its length in bytes.
        got: usize,
    },
    /// A publication with a sequence not above the stored one.
    #[error("prekeys of sequence {stored} are published")]
    Stale {
        /// The stored sequence.
        stored: u64,
    },
    /// The prekey shelf is empty.
    #[error("no prekeys are published")]
    NoPrekeys,
    /// No such chunk, or not its capability.
    #[error("no such blob")]
    NoBlob,
    /// The chunk is not complete.
    #[error("the blob is incomplete ({stored} bytes stored)")]
    BlobIncomplete {
        /// Bytes from the beginning.
        stored: u32,
    },
    /// The piece leaves a gap, passes the end, or differs from what is stored.
    #[error("the piece does not continue the blob ({stored} bytes stored)")]
    BlobPiece {
        /// Bytes from the beginning.
        stored: u32,
    },
    /// The disk failed; nothing was acknowledged.
    #[error(transparent)]
    Io(#[from] StoreIoError),
    /// The disk gave other bytes than were stored.
    #[error("{what} on disk is damaged")]
    Damaged {
        /// What was being read.
        what: &'static str,
    },
    /// A record of the index cannot be read.
    #[error("a record of the store: {0}")]
    Record(#[from] WireError),
    /// The store is closing.
    #[error("the store is closing")]
    Stopping,
}

impl StoreError {
    /// The fault that a check reports for it; `None` if it tells nothing of what is stored.
    pub(super) fn fault(&self) -> Option<Fault> {
        match self {
            Self::Damaged { what } => Some(Fault::Index { what }),
            Self::Record(_) => Some(Fault::Record { part: "index" }),
            Self::Io(StoreIoError::Index { .. }) => Some(Fault::Engine),
            _ => None,
        }
    }

    /// Whether bytes that were stored are lost: their file is gone or too short, or the disk does not give them any more.
    pub(super) fn is_lost(&self) -> bool {
        let Self::Io(StoreIoError::File { source, .. }) = self else {
            return false;
        };
        matches!(
            source.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof
        ) || source.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
    }

    /// What the client is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::NoMailbox => Refusal::NoMailbox,
            Self::MailboxDeleted => Refusal::MailboxDeleted,
            Self::MailboxFull { .. } => Refusal::MailboxFull,
            Self::RelayFull => Refusal::RelayFull,
            Self::EnvelopeLength { .. } | Self::PrekeysLength { .. } => Refusal::Malformed,
            Self::Stale { stored } => Refusal::Stale { stored: *stored },
            Self::NoPrekeys => Refusal::NoPrekeys,
            Self::NoBlob => Refusal::NoBlob,
            Self::BlobIncomplete { stored } => Refusal::BlobIncomplete { stored: *stored },
            Self::BlobPiece { stored } => Refusal::BlobPiece { stored: *stored },
            Self::Io(_) | Self::Damaged { .. } | Self::Record(_) => Refusal::Storage,
            Self::Stopping => Refusal::Stopping,
        }
    }
}

/// A failed operation on a file or the index, with what was being done. Cloned to every operation of a failed group.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreIoError {
    /// A file operation failed.
    #[error("{attempt} {path}: {source}")]
    File {
        /// What was being done, as in "write to".
        attempt: &'static str,
        /// The file, inside the data folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The index failed.
    #[error("{attempt}: {source}")]
    Index {
        /// What was being done, as in "read the index".
        attempt: &'static str,
        /// What the engine said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A thread of the store ended before it answered.
    #[error("{attempt}: the store's thread ended")]
    Thread {
        /// What was being done.
        attempt: &'static str,
    },
}
