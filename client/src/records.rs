//! What the vault's tables hold (VAULT-8).

use std::fmt;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    blob::{BlobRef, BlobWriter},
    card::{SignedCard, VerifiedCard},
    envelope::Tag,
    ids::{EnvelopeHash, MailboxAddress, SigningPublic},
    language::Language,
    letter,
    limits::DAY_SECONDS,
    notice::StatusNote,
    pair::{ContactId, LetterId, Position},
    prekey::{OfficeKeys, PrekeyRecord},
    relay_identity::{RelayAddress, RootFingerprint, SignedCertificate, VerifiedCertificate},
    secret::{Secret, SigningSecret},
    time::{Day, UnixTime},
};
use zeroize::Zeroize;

use crate::{
    ContactNumber, Direction, Error, LetterKind, LetterNumber, Role,
    vault::{Record, RecordKey, Table},
};

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
id_key!(Tag EnvelopeHash ContactId RootFingerprint SigningPublic);

/// The account itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) name: String,
    pub(crate) relay: RelayAddress,
    pub(crate) languages: Vec<Language>,
    /// Hedges the randomness of seals (SEAL-12), and is used for nothing else.
    pub(crate) hedge: Secret,
    pub(crate) created: UnixTime,
    pub(crate) restored: bool,
    /// The last numbers given out: to contacts, to letters, to all else.
    pub(crate) last_contact: u64,
    pub(crate) last_letter: u64,
    pub(crate) last_number: u64,
    /// Day of the last daily work.
    pub(crate) tidied: Day,
}

impl Record for AccountRecord {
    const TABLE: Table = Table::Account;
    type Key = ();
}

/// What makes the account an office.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfficeRecord {
    /// Seed of the identity key.
    pub(crate) identity: Secret,
    pub(crate) keys: OfficeKeys,
    /// Highest sequence of a subkey certificate.
    pub(crate) subkey_sequence: u32,
    /// Last day of the subkey in use.
    pub(crate) subkey_until: Day,
    pub(crate) card: SignedCard,
    pub(crate) mailbox: MailboxNumber,
    /// What is, or is to be, on the shelf.
    pub(crate) shelf: PrekeyRecord,
    /// Sequence under which it is published.
    pub(crate) sequence: u64,
    /// Highest sequence that the relay has confirmed.
    pub(crate) published: u64,
}

impl Record for OfficeRecord {
    const TABLE: Table = Table::Office;
    type Key = ();
}

impl OfficeRecord {
    pub(crate) fn identity(&self) -> SigningSecret {
        SigningSecret::from_seed(&self.identity)
    }
}

/// What a mailbox is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MailboxUse {
    /// The address on an office's card.
    Card,
    /// The answers of one office.
    Pair(PairNumber),
    /// Made ahead, so that making one and writing a first letter do not fall together.
    Spare,
}

/// A mailbox of this account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MailboxRecord {
    pub(crate) relay: RelayAddress,
    /// Seed of the owner's key.
    pub(crate) owner: Secret,
    pub(crate) purpose: MailboxUse,
    /// Whether the relay has confirmed that it is there.
    pub(crate) created: bool,
}

impl Record for MailboxRecord {
    const TABLE: Table = Table::Mailboxes;
    type Key = MailboxNumber;
}

impl MailboxRecord {
    pub(crate) fn owner(&self) -> SigningSecret {
        SigningSecret::from_seed(&self.owner)
    }

    pub(crate) fn address(&self) -> MailboxAddress {
        MailboxAddress::of(&self.owner().public())
    }
}

/// A contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContactRecord {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// An office's card.
    pub(crate) card: Option<SignedCard>,
    /// An office's check words in English: computing them anew takes long.
    pub(crate) words: Option<String>,
    pub(crate) verified: Option<UnixTime>,
    pub(crate) frozen: bool,
    /// A letter of the other side was opened.
    pub(crate) answered: bool,
    /// The plain number of the last letter or reply written to it.
    pub(crate) last_plain: u32,
    /// The pair under which letters are written; none until the first one is, and after a freeze or restore.
    pub(crate) pair: Option<PairNumber>,
}

impl Record for ContactRecord {
    const TABLE: Table = Table::Contacts;
    type Key = ContactNumber;
}

impl ContactRecord {
    /// The card of an office. It was verified before it was stored, and is again.
    pub(crate) fn card(&self) -> Result<VerifiedCard, Error> {
        let card = self.card.as_ref().ok_or(Error::NotAnOffice)?;
        Ok(card.verify()?)
    }
}

/// What is remembered of a pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PairRecord {
    pub(crate) contact: ContactNumber,
    /// A family's reply mailbox.
    pub(crate) mailbox: Option<MailboxNumber>,
    /// [`tidings_protocol::pair::Pair::to_bytes`].
    pub(crate) state: SecretBytes,
    /// Until when letters under a pair that was replaced are still opened.
    pub(crate) until: Option<Day>,
}

impl Record for PairRecord {
    const TABLE: Table = Table::Pairs;
    type Key = PairNumber;
}

/// Under which pair an envelope with this tag is opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TagRecord(pub(crate) PairNumber);

impl Record for TagRecord {
    const TABLE: Table = Table::Tags;
    type Key = Tag;
}

/// The number of the pair of this name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PairNameRecord(pub(crate) PairNumber);

impl Record for PairNameRecord {
    const TABLE: Table = Table::PairNames;
    type Key = ContactId;
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

/// A relay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RelayRecord {
    pub(crate) certificate: SignedCertificate,
    /// The day that it told.
    pub(crate) day: Day,
    /// When it told it, by this device's clock.
    pub(crate) told: UnixTime,
}

impl Record for RelayRecord {
    const TABLE: Table = Table::Relays;
    type Key = RootFingerprint;
}

impl RelayRecord {
    /// The certificate, if its root is the pinned one.
    pub(crate) fn verified(&self, root: &RootFingerprint) -> Option<VerifiedCertificate> {
        self.certificate.verify(root, 0).ok()
    }

    /// Whether hello was said less than a day ago.
    pub(crate) fn is_fresh(&self, now: UnixTime) -> bool {
        now >= self.told && now < self.told.plus(DAY_SECONDS)
    }

    /// The relay's day, carried on by this device's clock, for a week; a clock that was set meanwhile makes it void.
    pub(crate) fn day_now(&self, now: UnixTime) -> Option<Day> {
        let passed = now.0.checked_sub(self.told.0)? / DAY_SECONDS;
        (passed < 7).then(|| self.day.plus(u32::try_from(passed).unwrap_or(0)))
    }
}

/// Prekeys of an office, as they were last fetched or came with its card file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PrekeysRecord {
    pub(crate) shelf: PrekeyRecord,
    pub(crate) fetched: UnixTime,
    /// Highest epoch ever used.
    pub(crate) highest: Option<u32>,
}

impl Record for PrekeysRecord {
    const TABLE: Table = Table::Prekeys;
    type Key = SigningPublic;
}

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
    /// What is to be sealed; none once it is.
    pub(crate) content: Option<Unsealed>,
    /// Whether it may use the end of the window.
    pub(crate) digest: bool,
    /// Once it is sealed.
    pub(crate) sealed: Option<SealedRecord>,
    pub(crate) uploads: Vec<Upload>,
    /// The relay to which it goes; chosen with the first attempt that reaches one.
    pub(crate) relay: Option<RelayAddress>,
}

/// What is to be sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Unsealed {
    /// A content, packed.
    Content(SecretBytes),
    /// A notice, which is signed for the number that the letter gets.
    Status(StatusNote),
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
