//! Letters, what is enclosed in them, and envelopes that are none yet.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    blob::BlobRef,
    envelope::Tag,
    ids::EnvelopeHash,
    letter,
    pair::LetterId,
    relay_identity::RelayAddress,
    time::{Day, UnixTime},
};
use zeroize::Zeroize;

use super::{FileNumber, MailboxNumber, SecretBytes};
use crate::{
    ContactNumber, Direction, LetterKind, LetterNumber,
    vault::{Record, RecordKey, Table},
};

/// A blob and the file in which its sealed chunks lie, one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BlobFile {
    pub(crate) blob: BlobRef,
    pub(crate) file: FileNumber,
    /// Every chunk is in the file, and together they are what the letter names.
    pub(crate) complete: bool,
}

/// An enclosure of a letter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EnclosureRecord {
    pub(crate) kind: letter::EnclosureKind,
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) whole: BlobFile,
    /// A small picture of it.
    pub(crate) preview: Option<BlobFile>,
}

impl EnclosureRecord {
    pub(crate) fn files(&self) -> impl Iterator<Item = FileNumber> {
        let preview = self.preview.as_ref().map(|preview| preview.file);
        std::iter::once(self.whole.file).chain(preview)
    }
}

/// What an office stated in a notice.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NoticeRecord {
    pub(crate) verified: bool,
    pub(crate) state: String,
    pub(crate) evidence: String,
    /// Plain number of the letter that it is about.
    pub(crate) about: Option<u32>,
}

/// A letter, in or out.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LetterRecord {
    pub(crate) direction: Direction,
    pub(crate) contact: ContactNumber,
    pub(crate) date: UnixTime,
    pub(crate) kind: LetterKind,
    /// The word of its state.
    pub(crate) state: String,
    /// The plain number that the writer gave it, for each contact from 1; none for notices and messages.
    pub(crate) plain: Option<u32>,
    pub(crate) addressee: Option<String>,
    pub(crate) text: Option<String>,
    /// The id inside the seal; none before a letter is sealed.
    pub(crate) id: Option<LetterId>,
    /// Plain number of the letter that it answers.
    pub(crate) answers: Option<u32>,
    pub(crate) enclosures: Vec<EnclosureRecord>,
    pub(crate) notice: Option<NoticeRecord>,
    /// Where its content lies, if that was too long for a letter and is not here yet.
    pub(crate) moved: Option<BlobFile>,
    /// The relay at which its blobs lie.
    pub(crate) relay: Option<RelayAddress>,
    /// A content of a newer program, kept until this one is newer.
    pub(crate) newer: Option<SecretBytes>,
}

impl Record for LetterRecord {
    const TABLE: Table = Table::Letters;
    type Key = LetterNumber;
}

impl LetterRecord {
    /// The files of everything that belongs to it.
    pub(crate) fn files(&self) -> Vec<FileNumber> {
        let moved = self.moved.as_ref().map(|moved| moved.file);
        let enclosed = self.enclosures.iter().flat_map(EnclosureRecord::files);
        moved.into_iter().chain(enclosed).collect()
    }
}

impl Drop for LetterRecord {
    fn drop(&mut self) {
        self.text.zeroize();
        self.addressee.zeroize();
    }
}

/// A letter by its contact and the id inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LetterKey(pub(crate) ContactNumber, pub(crate) LetterId);

impl RecordKey for LetterKey {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.0.to_bytes()[..], self.1.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (contact, id) = bytes.split_at_checked(8)?;
        Some(Self(
            ContactNumber::from_bytes(contact)?,
            LetterId::from_slice(id)?,
        ))
    }
}

/// The number of a letter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LetterIdRecord(pub(crate) LetterNumber);

impl Record for LetterIdRecord {
    const TABLE: Table = Table::LetterIds;
    type Key = LetterKey;
}

/// Where an unopened envelope is kept: by tag first, so that a tag that becomes known finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ParkedKey(pub(crate) Tag, pub(crate) EnvelopeHash);

impl RecordKey for ParkedKey {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.0.as_bytes()[..], self.1.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, hash) = bytes.split_at_checked(Tag::LEN)?;
        Some(Self(Tag::from_slice(tag)?, EnvelopeHash::from_slice(hash)?))
    }
}

/// An envelope that nothing opens yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ParkedRecord {
    #[serde(with = "serde_bytes")]
    pub(crate) envelope: Vec<u8>,
    pub(crate) mailbox: MailboxNumber,
    pub(crate) since: Day,
}

impl Record for ParkedRecord {
    const TABLE: Table = Table::Parked;
    type Key = ParkedKey;
}

/// A received letter that nobody has read yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewsRecord {
    /// Whether a person was told that it has come.
    pub(crate) told: bool,
}

impl Record for NewsRecord {
    const TABLE: Table = Table::News;
    type Key = LetterNumber;
}

/// An envelope that was opened or judged: its double changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SeenRecord {
    pub(crate) since: Day,
    /// The prekey that opened it: remembered as long as that one lives (SEAL-13).
    pub(crate) prekey_epoch: Option<u32>,
}

impl Record for SeenRecord {
    const TABLE: Table = Table::Seen;
    type Key = EnvelopeHash;
}
