//! What the index holds: keys and records, and how they become bytes (STORE-5 to STORE-7).
//!
//! One ordered index for everything. The first byte of a key names its [`Part`]; numbers in keys are big-endian, so that
//! the order of keys is the order of places and days. Values go through `wire`, like everything that has a version.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tidings_protocol::{
    exchange::ChunkClass,
    ids::{BlobId, CapabilityHash, EnvelopeHash, MailboxAddress},
    limits::PREKEYS_MAX,
    time::Day,
    wire::{self, WireError},
};

use super::Stats;

/// Largest encoded record: a full prekey record with its framing and what decoding counts for it.
pub(super) const RECORD_MAX: usize = PREKEYS_MAX + 64;

/// The parts of the index, by the first byte of a key (STORE-5). None is ever given another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Part {
    /// Counters of the whole store.
    Counters = 0,
    /// Address → [`MailboxRecord`].
    Mailbox = 1,
    /// Address, place → [`LetterRecord`].
    Letter = 2,
    /// Address, envelope hash → place.
    Deposit = 3,
    /// Address → [`PrekeyRecord`].
    Prekeys = 4,
    /// Blob → [`BlobRecord`].
    Blob = 5,
    /// Day, what → nothing.
    Expiry = 6,
    /// Segment → [`SegmentRecord`].
    Segment = 7,
    /// Segment, offset → length of bytes that are dead and not yet given back.
    Hole = 8,
    /// Number → [`LifeRecord`](super::lives::LifeRecord).
    Life = 9,
    /// The [`Calendar`](super::calendar::Calendar).
    Calendar = 10,
}

impl Part {
    /// What the part is called in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::Mailbox => "mailboxes",
            Self::Letter => "letters",
            Self::Deposit => "deposits",
            Self::Prekeys => "prekeys",
            Self::Blob => "blobs",
            Self::Expiry => "expiry",
            Self::Segment => "segments",
            Self::Hole => "holes",
            Self::Life => "lives",
            Self::Calendar => "calendar",
        }
    }

    /// The key of `pieces` in this part.
    pub(super) fn key(self, pieces: &[&[u8]]) -> Vec<u8> {
        let mut key = Vec::with_capacity(1 + pieces.iter().map(|piece| piece.len()).sum::<usize>());
        key.push(self as u8);
        for piece in pieces {
            key.extend_from_slice(piece);
        }
        key
    }
}

pub(super) fn counters_key() -> Vec<u8> {
    Part::Counters.key(&[])
}

pub(super) fn mailbox_key(mailbox: &MailboxAddress) -> Vec<u8> {
    Part::Mailbox.key(&[&mailbox.0])
}

pub(super) fn letter_key(mailbox: &MailboxAddress, place: u64) -> Vec<u8> {
    Part::Letter.key(&[&mailbox.0, &place.to_be_bytes()])
}

/// Mailbox and place out of the key of a letter.
pub(super) fn parse_letter_key(key: &[u8]) -> Option<(MailboxAddress, u64)> {
    let (&part, rest) = key.split_first()?;
    let (mailbox, place) = rest.split_at_checked(MailboxAddress::LEN)?;
    (part == Part::Letter as u8).then_some(())?;
    Some((
        MailboxAddress::from_slice(mailbox)?,
        u64::from_be_bytes(place.try_into().ok()?),
    ))
}

pub(super) fn deposit_key(mailbox: &MailboxAddress, envelope: &EnvelopeHash) -> Vec<u8> {
    Part::Deposit.key(&[&mailbox.0, &envelope.0])
}

pub(super) fn prekeys_key(mailbox: &MailboxAddress) -> Vec<u8> {
    Part::Prekeys.key(&[&mailbox.0])
}

pub(super) fn blob_key(blob: &BlobId) -> Vec<u8> {
    Part::Blob.key(&[&blob.0])
}

pub(super) fn segment_key(segment: u64) -> Vec<u8> {
    Part::Segment.key(&[&segment.to_be_bytes()])
}

pub(super) fn hole_key(segment: u64, offset: u32) -> Vec<u8> {
    Part::Hole.key(&[&segment.to_be_bytes(), &offset.to_be_bytes()])
}

/// Segment and offset out of the key of a hole, or segment alone out of that of a segment.
pub(super) fn parse_segment(key: &[u8]) -> Option<(u64, Option<u32>)> {
    let (segment, rest) = key.get(1..)?.split_first_chunk::<8>()?;
    let offset = match rest {
        [] => None,
        rest => Some(u32::from_be_bytes(rest.try_into().ok()?)),
    };
    Some((u64::from_be_bytes(*segment), offset))
}

pub(super) fn life_key(number: u64) -> Vec<u8> {
    Part::Life.key(&[&number.to_be_bytes()])
}

pub(super) fn calendar_key() -> Vec<u8> {
    Part::Calendar.key(&[])
}

/// The number out of the key of a life.
pub(super) fn parse_life_key(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(1..)?.try_into().ok()?))
}

/// What a key of the expiry part is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Expiring {
    /// A letter.
    Letter(MailboxAddress, u64),
    /// A blob chunk.
    Blob(BlobId),
    /// The tombstone of a deleted mailbox.
    Tombstone(MailboxAddress),
}

/// The key under which something goes on `day` (STORE-8).
pub(super) fn expiry_key(day: Day, what: &Expiring) -> Vec<u8> {
    let day = day.0.to_be_bytes();
    match what {
        Expiring::Letter(mailbox, place) => {
            Part::Expiry.key(&[&day, &[0], &mailbox.0, &place.to_be_bytes()])
        }
        Expiring::Blob(blob) => Part::Expiry.key(&[&day, &[1], &blob.0]),
        Expiring::Tombstone(mailbox) => Part::Expiry.key(&[&day, &[2], &mailbox.0]),
    }
}

/// Day and subject out of a key of the expiry part.
pub(super) fn parse_expiry_key(key: &[u8]) -> Option<(Day, Expiring)> {
    let (day, rest) = key.get(1..)?.split_first_chunk::<4>()?;
    let (&kind, rest) = rest.split_first()?;
    let what = match kind {
        0 => {
            let (mailbox, place) = rest.split_at_checked(MailboxAddress::LEN)?;
            Expiring::Letter(
                MailboxAddress::from_slice(mailbox)?,
                u64::from_be_bytes(place.try_into().ok()?),
            )
        }
        1 => Expiring::Blob(BlobId::from_slice(rest)?),
        2 => Expiring::Tombstone(MailboxAddress::from_slice(rest)?),
        _ => return None,
    };
    Some((Day(u32::from_be_bytes(*day)), what))
}

/// A mailbox, or what is left of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum MailboxRecord {
    /// It is there.
    Open {
        /// The place that the next letter gets.
        next: u64,
        /// Letters that wait.
        letters: u32,
    },
    /// Its owner deleted it.
    Deleted {
        /// The address stays closed through this day.
        until: Day,
    },
}

/// Where a letter lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LetterRecord {
    /// Segment of the log.
    pub segment: u64,
    /// First byte in it.
    pub offset: u32,
    /// Bytes.
    pub length: u32,
    /// SHA-256 of the envelope.
    pub hash: EnvelopeHash,
    /// The day on which it goes.
    pub expires: Day,
}

/// A prekey shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PrekeyRecord {
    /// Sequence of the publication.
    pub sequence: u64,
    /// As published.
    #[serde(with = "serde_bytes")]
    pub record: Vec<u8>,
}

/// A blob chunk. Its bytes are in a file of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlobRecord {
    /// Size class.
    pub class: ChunkClass,
    /// Hash of the right to write.
    pub write: CapabilityHash,
    /// Hash of the right to read.
    pub read: CapabilityHash,
    /// Hash of the right to delete.
    pub delete: CapabilityHash,
    /// The day on which it goes.
    pub expires: Day,
    /// Bytes from the beginning that are durable.
    pub stored: u32,
    /// Checksum of those bytes.
    pub checksum: BlobChecksum,
}

/// Checksum of a chunk's stored bytes (STORE-13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum BlobChecksum {
    /// The chunk grows: the running state of SHA-256, so that the next piece continues it without reading back.
    Growing(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The chunk is complete: SHA-256 of all of it.
    Complete([u8; 32]),
}

/// A segment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentRecord {
    /// Letters in it that wait. At none, the file is deleted.
    pub letters: u32,
}

/// Counters of the whole store, as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Counters {
    pub mailboxes: u64,
    pub tombstones: u64,
    pub letters: u64,
    pub letter_bytes: u64,
    pub prekeys: u64,
    pub prekey_bytes: u64,
    pub blobs: u64,
    pub blob_bytes: u64,
}

impl Counters {
    /// What counts against the storage cap.
    pub(super) fn bytes(&self) -> u64 {
        self.letter_bytes + self.prekey_bytes + self.blob_bytes
    }

    pub(super) fn stats(&self, full: bool) -> Stats {
        Stats {
            mailboxes: self.mailboxes,
            tombstones: self.tombstones,
            letters: self.letters,
            letter_bytes: self.letter_bytes,
            prekeys: self.prekeys,
            prekey_bytes: self.prekey_bytes,
            blobs: self.blobs,
            blob_bytes: self.blob_bytes,
            full,
        }
    }
}

/// A record that the index holds, with its name in errors.
pub(super) trait Record: Serialize + DeserializeOwned {
    const NAME: &'static str;

    fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        wire::encode(Self::NAME, self)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        wire::decode::<Self, RECORD_MAX>(Self::NAME, bytes)
    }
}

impl Record for MailboxRecord {
    const NAME: &'static str = "mailbox record";
}
impl Record for LetterRecord {
    const NAME: &'static str = "letter record";
}
impl Record for PrekeyRecord {
    const NAME: &'static str = "prekey record";
}
impl Record for BlobRecord {
    const NAME: &'static str = "blob record";
}
impl Record for SegmentRecord {
    const NAME: &'static str = "segment record";
}
impl Record for Counters {
    const NAME: &'static str = "counters record";
}
/// The place of a deposit, or the length of a hole.
impl Record for u64 {
    const NAME: &'static str = "number record";
}
