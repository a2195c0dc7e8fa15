//! What a bag holds: a record of all of it, then one entry after the other (BAG-7, BAG-8).

use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::MailbagError;
use crate::{
    blob::ChunkHash,
    exchange::{ChunkClass, PutBlob},
    ids::{BlobId, Capability, CapabilityHash, EnvelopeHash, MailboxAddress, absorb},
    limits::{
        CARD_RELAYS_MAX, ENVELOPE_LEN, MAILBAG_CONTENTS_MAX, MAILBAG_ENTRY_HEAD_MAX,
        MAILBAG_RELAYS_MAX,
    },
    relay_identity::RelayAddress,
    wire,
};

/// What decoding may claim: lengths and integers count with their size in memory (WIRE-2).
const ENTRY_BUDGET: usize = MAILBAG_ENTRY_HEAD_MAX + 128;
/// The same for the contents, whose every relay has three lengths and integers.
const CONTENTS_BUDGET: usize = MAILBAG_CONTENTS_MAX + MAILBAG_RELAYS_MAX * 24 + 64;

/// What the whole bag holds: all that a courier is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The relays at which the post may be left, rising; entries name them by their places here.
    pub relays: Vec<RelayAddress>,
    /// Number of envelopes.
    pub envelopes: u64,
    /// Number of chunks of each class, the smallest first.
    pub chunks: [u64; 4],
}

/// One envelope or chunk; its bytes follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A sealed letter.
    Envelope(CarriedEnvelope),
    /// A piece of a sealed picture, voice note or long text.
    Chunk(CarriedChunk),
}

/// Where a sealed letter goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedEnvelope {
    /// Places in [`Contents::relays`], the preferred one first; 1 to [`CARD_RELAYS_MAX`].
    pub relays: Vec<u16>,
    /// The mailbox.
    pub address: MailboxAddress,
    /// The envelope's hash, which is its name.
    pub hash: EnvelopeHash,
}

/// Under which terms a chunk is left at a relay: those of [`PutBlob`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedChunk {
    /// As [`CarriedEnvelope::relays`].
    pub relays: Vec<u16>,
    /// Its name.
    pub id: BlobId,
    /// Its size.
    pub class: ChunkClass,
    /// The right to write it.
    pub write: WriteRight,
    /// Hash of the right to read it.
    pub read: CapabilityHash,
    /// Hash of the right to delete it.
    pub delete: CapabilityHash,
    /// Hash of its bytes.
    pub hash: ChunkHash,
}

/// What travels of the right to write a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WriteRight {
    /// The right itself: whoever carries the chunk may upload it over the network. Packed by senders.
    Capability(Capability),
    /// Its hash, which is all that a relay has: the operator of another relay may take it in. Packed by relays.
    Hash(CapabilityHash),
}

impl WriteRight {
    /// What a relay keeps of it.
    #[must_use]
    pub fn hash(&self) -> CapabilityHash {
        match self {
            Self::Capability(capability) => capability.hash(),
            Self::Hash(hash) => *hash,
        }
    }
}

impl CarriedChunk {
    /// The terms of an upload over the network, if the right to write came with it.
    #[must_use]
    pub fn put_terms(&self) -> Option<PutBlob> {
        let WriteRight::Capability(write) = self.write else {
            return None;
        };
        Some(PutBlob {
            id: self.id,
            class: self.class,
            write,
            read: self.read,
            delete: self.delete,
            offset: 0,
        })
    }
}

impl Entry {
    /// Places of its relays in [`Contents::relays`], the preferred one first.
    #[must_use]
    pub fn relays(&self) -> &[u16] {
        match self {
            Self::Envelope(envelope) => &envelope.relays,
            Self::Chunk(chunk) => &chunk.relays,
        }
    }

    pub(super) fn relays_mut(&mut self) -> &mut Vec<u16> {
        match self {
            Self::Envelope(envelope) => &mut envelope.relays,
            Self::Chunk(chunk) => &mut chunk.relays,
        }
    }

    /// Number of bytes that follow it.
    #[must_use]
    pub fn body_len(&self) -> usize {
        match self {
            Self::Envelope(_) => ENVELOPE_LEN,
            Self::Chunk(chunk) => chunk.class.size(),
        }
    }

    /// Whether these are its bytes.
    #[must_use]
    pub fn is_body(&self, body: &[u8]) -> bool {
        match self {
            Self::Envelope(envelope) => EnvelopeHash::of(body) == envelope.hash,
            Self::Chunk(chunk) => ChunkHash::of(body) == chunk.hash,
        }
    }

    /// The order of entries: envelopes before chunks, each by names that look random, so that nothing shows which chunks
    /// belong together or to which envelope (BAG-8).
    pub(super) fn order(&self) -> (u8, [u8; 32], [u8; 32]) {
        match self {
            Self::Envelope(envelope) => (0, envelope.hash.0, envelope.address.0),
            Self::Chunk(chunk) => (1, chunk.id.0, [0; 32]),
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, MailbagError> {
        Ok(wire::encode("entry of a mailbag", self)?)
    }

    pub(super) fn decode(bytes: &[u8], contents: &Contents) -> Result<Self, MailbagError> {
        let entry = wire::decode::<Self, ENTRY_BUDGET>("entry of a mailbag", bytes)?;
        let relays = entry.relays();
        let distinct = relays
            .iter()
            .enumerate()
            .all(|(place, relay)| !relays[..place].contains(relay));
        let known = relays
            .iter()
            .all(|relay| usize::from(*relay) < contents.relays.len());
        if relays.is_empty() || relays.len() > CARD_RELAYS_MAX || !distinct || !known {
            return Err(MailbagError::Malformed {
                what: "an entry names its relays wrongly",
            });
        }
        Ok(entry)
    }
}

impl Contents {
    pub(super) fn new(relays: Vec<RelayAddress>) -> Self {
        Self {
            relays,
            envelopes: 0,
            chunks: [0; 4],
        }
    }

    pub(super) fn count(&mut self, entry: &Entry) {
        match entry {
            Entry::Envelope(_) => self.envelopes += 1,
            Entry::Chunk(chunk) => self.chunks[chunk.class as usize] += 1,
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.chunks
            .iter()
            .fold(self.envelopes, |sum, count| sum.saturating_add(*count))
    }

    /// Number of chunks of all classes.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.entries() - self.envelopes
    }

    /// The relays that an entry names, the preferred one first.
    pub fn relays_of(&self, entry: &Entry) -> impl Iterator<Item = &RelayAddress> {
        entry
            .relays()
            .iter()
            .filter_map(|place| self.relays.get(usize::from(*place)))
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, MailbagError> {
        Ok(wire::encode("contents of a mailbag", self)?)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, MailbagError> {
        let contents = wire::decode::<Self, CONTENTS_BUDGET>("contents of a mailbag", bytes)?;
        let relays = &contents.relays;
        if relays.len() > MAILBAG_RELAYS_MAX
            || !relays.is_sorted_by(|a, b| a < b)
            || relays.iter().any(|relay| relay.port == 0)
        {
            return Err(MailbagError::Malformed {
                what: "its list of relays is not one",
            });
        }
        Ok(contents)
    }
}

/// The running hash that becomes the name of a bag (BAG-9).
pub(super) fn begin_set(contents: &[u8]) -> Sha256 {
    let mut hash = <Sha256 as sha2::Digest>::new();
    absorb(&mut hash, b"tidings mailbag set v1");
    absorb(&mut hash, contents);
    hash
}

/// One more entry of the bag.
pub(super) fn absorb_entry(hash: &mut Sha256, head: &[u8]) {
    absorb(hash, head);
}
