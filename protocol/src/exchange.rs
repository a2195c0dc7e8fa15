//! What a client and a relay say to each other. One request and its answer per stream.
//!
//! Driving contract (normative text: `docs/spec/exchange.md`). The client opens a stream, writes one frame that holds a
//! [`Request`], and ends its side. The relay answers with one frame that holds an [`Answer`] and ends its side. A frame is a
//! whole number of cells in either direction ([`frame`]). Requests that only the owner of a mailbox may make travel as
//! [`Request::Owner`], sealed and signed by [`crate::owner`]; they and their answers do not lean on TLS.
//!
//! The order of variants is their number on the wire: new ones go to the end, none is ever removed or moved.

pub mod frame;
mod refusal;

use serde::{Deserialize, Serialize};

pub use self::{
    frame::{Frame, FrameError, FrameLengths},
    refusal::Refusal,
};
use crate::{
    ids::{BlobId, Capability, CapabilityHash, MailboxAddress, byte_string},
    limits::{CHUNK_CLASSES, FRAME_HEAD_MAX},
    owner::SealedOwnerRequest,
    relay_identity::SignedCertificate,
    time::Day,
    wire::{self, WireError},
};

/// What a client asks. The frame's body is empty unless the variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Names the versions that the client speaks; answered by [`Answer::Hello`] (EXCH-5).
    Hello {
        /// Lowest version spoken.
        lowest: u16,
        /// Highest version spoken.
        highest: u16,
    },
    /// Leaves one envelope for a mailbox; the body is the envelope (EXCH-11). Answered by [`Answer::Deposited`] once
    /// it would survive power loss; a repeated deposit is answered alike.
    Deposit {
        /// Where it goes.
        address: MailboxAddress,
    },
    /// Asks for the prekeys on the shelf of a mailbox (EXCH-15). Answered by [`Answer::Prekeys`].
    FetchPrekeys {
        /// The deposit address on the desk's card.
        address: MailboxAddress,
    },
    /// Writes a piece of one blob chunk; the body is the piece, possibly empty to ask how much is there (EXCH-21).
    /// The first one creates the chunk. Answered by [`Answer::BlobStored`] once durable.
    PutBlob(PutBlob),
    /// Reads a piece of one complete blob chunk (EXCH-23). Answered by [`Answer::BlobPiece`], the body is the piece.
    GetBlob {
        /// Which chunk.
        id: BlobId,
        /// The right to read it.
        read: Capability,
        /// First byte wanted.
        offset: u32,
        /// Number of bytes wanted; fewer come at the end of the chunk.
        length: u32,
    },
    /// Deletes one blob chunk (EXCH-24). Answered by [`Answer::BlobDeleted`], also if it is already gone.
    DeleteBlob {
        /// Which chunk.
        id: BlobId,
        /// The right to delete it.
        delete: Capability,
    },
    /// A request that only a mailbox's owner may make (EXCH-12). Answered by [`Answer::Owner`].
    Owner(Box<SealedOwnerRequest>),
    /// Asks whether what was deposited in a mailbox up to a receipt is still part of what this relay has done
    /// (EXCH-26). Answered by [`Answer::ReceiptChecked`].
    CheckReceipt {
        /// The mailbox of the deposit.
        address: MailboxAddress,
        /// As the relay gave it.
        receipt: Receipt,
    },
}

/// The terms under which a piece of a blob chunk is written. All but the offset are the same in every piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBlob {
    /// Which chunk; chosen at random by the writer.
    pub id: BlobId,
    /// Its size class.
    pub class: ChunkClass,
    /// The right to write it; the first piece establishes it.
    pub write: Capability,
    /// Hash of the right to read it.
    pub read: CapabilityHash,
    /// Hash of the right to delete it.
    pub delete: CapabilityHash,
    /// Where the piece begins; at most what is already stored.
    pub offset: u32,
}

/// What a relay answers. The frame's body is empty unless the variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Who the relay is (EXCH-5).
    Hello(HelloAnswer),
    /// The envelope is stored and synced.
    Deposited {
        /// Lets the depositor notice later that the relay was put back to an older state (EXCH-25).
        receipt: Receipt,
    },
    /// The prekeys on the shelf (EXCH-15).
    Prekeys {
        /// Sequence of the publication.
        sequence: u64,
        /// The record as published; opaque to the relay.
        #[serde(with = "serde_bytes")]
        record: Vec<u8>,
    },
    /// This many bytes of the chunk are stored and synced; it is complete when they reach its class.
    BlobStored {
        /// Bytes from the beginning.
        stored: u32,
    },
    /// A piece of a chunk; the body holds it (EXCH-23).
    BlobPiece {
        /// Size class of the chunk.
        class: ChunkClass,
    },
    /// The chunk is gone.
    BlobDeleted,
    /// The sealed answer to an owner's request; the body is its ciphertext (EXCH-13).
    Owner {
        /// Fresh, random; the answer's key is derived from it.
        nonce: AnswerNonce,
    },
    /// The request was not done, and why.
    Refused(Refusal),
    /// Whether the relay's state goes back to the receipt without a break (EXCH-26).
    ReceiptChecked {
        /// If not, deposits up to this receipt may be lost: they are to be made again.
        holds: bool,
    },
}

byte_string! {
    /// Random part of the key of a sealed answer.
    AnswerNonce, 32
}

byte_string! {
    /// What a relay gives for a deposit: opaque to everybody else, and for one mailbox only (EXCH-25). It says nothing of
    /// the letter itself, which may have been collected since.
    Receipt, 32
}

/// The answer to [`Request::Hello`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// The version that the relay chose: the highest that both speak.
    pub version: u16,
    /// Who the relay is, under its offline root.
    pub certificate: SignedCertificate,
    /// The relay's day: lets a client notice that a clock is wrong. Never a reason to trust or refuse by itself.
    pub day: Day,
}

/// Size class of a blob chunk, by index into [`CHUNK_CLASSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChunkClass {
    /// 16 KiB.
    Small,
    /// 64 KiB.
    Medium,
    /// 256 KiB.
    Large,
    /// 1 MiB.
    Huge,
}

impl ChunkClass {
    /// All classes, smallest first.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Huge];

    /// Bytes of a chunk of this class.
    #[must_use]
    pub fn size(self) -> usize {
        CHUNK_CLASSES[self as usize]
    }
}

impl Request {
    /// The frame that carries this request and `body`, ready for the wire.
    ///
    /// # Errors
    /// [`FrameError`] if head or body is over its limit.
    pub fn to_frame(&self, body: &[u8]) -> Result<Vec<u8>, FrameError> {
        frame::build(&wire::encode("request", self)?, body)
    }

    /// Reads a request from the head of a frame.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not exactly one request.
    pub fn from_head(head: &[u8]) -> Result<Self, WireError> {
        wire::decode::<Self, FRAME_HEAD_MAX>("request", head)
    }
}

impl Answer {
    /// The frame that carries this answer and `body`, ready for the wire.
    ///
    /// # Errors
    /// [`FrameError`] if head or body is over its limit.
    pub fn to_frame(&self, body: &[u8]) -> Result<Vec<u8>, FrameError> {
        frame::build(&wire::encode("answer", self)?, body)
    }

    /// Reads an answer from the head of a frame.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not exactly one answer.
    pub fn from_head(head: &[u8]) -> Result<Self, WireError> {
        wire::decode::<Self, FRAME_HEAD_MAX>("answer", head)
    }
}
