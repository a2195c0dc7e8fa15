//! What is to be sent, and what was sent and may have to be sent again.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    blob::{BlobRef, BlobWriter},
    exchange::Receipt,
    ids::MailboxAddress,
    notice::{Custody, StatusNote},
    pair::Position,
    relay_identity::RelayAddress,
    secret::Secret,
    time::{Day, UnixTime},
};

use super::{FileNumber, JobNumber, MailboxNumber, PairNumber, SecretBytes};
use crate::{
    ContactNumber, LetterNumber,
    vault::{Record, Table},
};

/// A blob on its way to the relay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) blob: BlobRef,
    pub(crate) writer: BlobWriter,
    pub(crate) file: FileNumber,
    /// The chunk that is being uploaded; those before it are stored.
    pub(crate) chunk: u32,
}

/// A letter on its way to the relay. Blobs first, so that whoever has the letter can fetch them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) letter: LetterNumber,
    pub(crate) pair: PairNumber,
    /// What is to be sealed; none once a relay has it.
    pub(crate) content: Option<Unsealed>,
    /// Whether it may use the end of the window.
    pub(crate) digest: bool,
    /// Once it is sealed.
    pub(crate) sealed: Option<SealedRecord>,
    pub(crate) uploads: Vec<Upload>,
    /// The relay to which it goes; chosen with the first attempt that reaches one.
    pub(crate) relay: Option<RelayAddress>,
    /// If it was deposited before.
    pub(crate) again: Option<Again>,
}

/// Why a letter that was deposited is deposited again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Again {
    /// The day of the first deposit.
    pub(crate) since: Day,
    /// How often the other side has shown a gap where it should be.
    pub(crate) gaps: u32,
    /// The relay has lost it; if not, it is only asked whether the mailbox is still there.
    pub(crate) lost: bool,
}

/// A letter that a relay has, and of which is not known that the other side has it (DELIVERY-11).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DepositRecord {
    pub(crate) delivery: Delivery,
    pub(crate) receipt: Receipt,
    /// The day since which the relay keeps it.
    pub(crate) since: Day,
    /// The day on which it was last deposited.
    pub(crate) probed: Day,
    /// When the receipt was last given or found to hold.
    pub(crate) checked: UnixTime,
    /// How often the other side has shown a gap where it should be.
    pub(crate) gaps: u32,
}

impl Record for DepositRecord {
    const TABLE: Table = Table::Deposits;
    type Key = LetterNumber;
}

/// What is known of the mailbox to which a pair's letters go.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct DestinationRecord {
    /// The newest receipt, and the relay that gave it.
    pub(crate) receipt: Option<(RelayAddress, Receipt)>,
    /// Since when it is missing at a relay that may have lost it (DELIVERY-12).
    pub(crate) missing: Option<Day>,
}

impl Record for DestinationRecord {
    const TABLE: Table = Table::Destinations;
    type Key = PairNumber;
}

/// What is to be sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Unsealed {
    /// A content, packed.
    Content(SecretBytes),
    /// A notice about a letter, which is signed for the number that the letter gets.
    Status(StatusNote),
    /// That this account, an office, ends the correspondence: signed as a notice is.
    Closing,
    /// A notice about a person, signed likewise.
    Custody(Custody),
}

/// The envelope that every attempt deposits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SealedRecord {
    #[serde(with = "serde_bytes")]
    pub(crate) envelope: Vec<u8>,
    pub(crate) position: Position,
}

/// What is to be done at a relay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Make this mailbox.
    CreateMailbox(MailboxNumber),
    /// Put the office's prekeys on the shelf.
    Publish,
    /// Send a letter.
    Deliver(Box<Delivery>),
    /// Delete a mailbox that this account no longer knows.
    DeleteMailbox {
        /// Where it is.
        relay: RelayAddress,
        /// Seed of the owner's key.
        owner: Secret,
    },
    /// Delete a blob that is complete on this device.
    DeleteBlob {
        /// Where it is.
        relay: RelayAddress,
        /// Which one.
        blob: BlobRef,
        /// The chunk that is next; those before it are gone.
        chunk: u32,
    },
    /// Leave the last letter to a family that is deleted here: all that is left of it (NOTICE-11).
    Close {
        /// Where its mailbox is.
        relay: RelayAddress,
        /// Its mailbox.
        mailbox: MailboxAddress,
        /// The sealed letter.
        #[serde(with = "serde_bytes")]
        envelope: Vec<u8>,
        /// The day on which it was written.
        since: Day,
    },
}

/// An item of the outbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct JobRecord {
    pub(crate) job: Job,
    pub(crate) contact: Option<ContactNumber>,
    /// Failures in a row.
    pub(crate) attempts: u32,
    pub(crate) next: UnixTime,
    /// Code of the last failure.
    pub(crate) failed: Option<String>,
    /// The relay refused for good.
    pub(crate) given_up: bool,
}

impl Record for JobRecord {
    const TABLE: Table = Table::Outbox;
    type Key = JobNumber;
}
