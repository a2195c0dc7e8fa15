//! Why a relay did not do what was asked.

use serde::{Deserialize, Serialize};

/// The relay's reasons. A client decides by the variant; people see a sentence in their language made from it. The
/// order of variants is their number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// The frame or request could not be read. Trying again with the same bytes is useless.
    #[error("the request is malformed")]
    Malformed,
    /// No version in common.
    #[error("no exchange version in common; the relay speaks {lowest} to {highest}")]
    Version {
        /// Lowest version that the relay speaks.
        lowest: u16,
        /// Highest version that the relay speaks.
        highest: u16,
    },
    /// There is no mailbox under this address, or no longer.
    #[error("no such mailbox")]
    NoMailbox,
    /// The mailbox holds as much as it may; the owner has to collect first.
    #[error("the mailbox is full")]
    MailboxFull,
    /// The relay has no room for anything new. Collecting goes on.
    #[error("the relay's storage is full")]
    RelayFull,
    /// The relay failed to store or read; nothing was acknowledged. Worth trying again later.
    #[error("the relay's storage failed")]
    Storage,
    /// The request was sealed to an online key that the relay no longer has; say hello and seal again.
    #[error("sealed to an online key that the relay does not have")]
    OnlineKey,
    /// The owner's signature or seal does not verify.
    #[error("not authorised")]
    NotAuthorised,
    /// The mailbox was deleted by its owner and stays closed.
    #[error("the mailbox was deleted")]
    MailboxDeleted,
    /// A publication with a sequence not above the stored one.
    #[error("a newer publication is stored (sequence {stored})")]
    Stale {
        /// The stored sequence.
        stored: u64,
    },
    /// Nothing is on the prekey shelf of this mailbox.
    #[error("no prekeys are published")]
    NoPrekeys,
    /// There is no such chunk, or the capability is not its own. The two look alike on purpose.
    #[error("no such blob")]
    NoBlob,
    /// The chunk is not complete yet; `stored` bytes are there.
    #[error("the blob is incomplete ({stored} bytes stored)")]
    BlobIncomplete {
        /// Bytes from the beginning.
        stored: u32,
    },
    /// The piece begins after the end of what is stored, passes the end of the chunk, or differs from what is stored.
    #[error("the piece does not continue the blob ({stored} bytes stored)")]
    BlobPiece {
        /// Bytes from the beginning.
        stored: u32,
    },
    /// Too many requests at once from this connection, or in total.
    #[error("the relay is busy")]
    Busy,
    /// The relay is stopping; connect again in a moment.
    #[error("the relay is stopping")]
    Stopping,
}

impl Refusal {
    /// Whether the same request may succeed later without anybody doing anything different.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::MailboxFull
                | Self::RelayFull
                | Self::Storage
                | Self::OnlineKey
                | Self::NoPrekeys
                | Self::BlobIncomplete { .. }
                | Self::BlobPiece { .. }
                | Self::Busy
                | Self::Stopping
        )
    }
}
