//! Letters as a person sees them.

use std::fmt;

use serde::{Deserialize, Serialize};
use tidings_protocol::time::UnixTime;

use crate::{ContactNumber, Warning};

/// Names a letter in this account, from 1, in and out; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LetterNumber(pub u64);

impl fmt::Display for LetterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which way a letter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Received.
    In,
    /// Written here.
    Out,
}

/// What a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterKind {
    /// A letter to a captive.
    Letter,
    /// A captive's reply, as the office scanned it.
    Reply,
    /// An office's notice about a letter or a person.
    Status,
    /// A message between family and office.
    Text,
    /// Of a kind that a newer program knows.
    Unknown,
}

impl LetterKind {
    /// `letter`, `reply`, `status`, `text`, `unknown`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Reply => "reply",
            Self::Status => "status",
            Self::Text => "text",
            Self::Unknown => "unknown",
        }
    }
}

/// Where a letter is, in the project's words for states (`sealed`, `at_relay`, `taken_by_desk`, …; `opened` for one that
/// was received).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterState(pub(crate) &'static str);

impl LetterState {
    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.0
    }
}

/// What is enclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnclosureKind {
    /// A photograph.
    Photo,
    /// A drawing.
    Drawing,
    /// A voice note.
    Voice,
    /// A scanned page of a reply.
    Scan,
    /// A text too long for the letter itself.
    Text,
}

impl EnclosureKind {
    /// `photo`, `drawing`, `voice`, `scan`, `text`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Drawing => "drawing",
            Self::Voice => "voice",
            Self::Scan => "scan",
            Self::Text => "text",
        }
    }
}

/// An enclosure of a letter.
#[derive(Debug, Clone)]
pub struct Enclosure {
    /// What it is.
    pub kind: EnclosureKind,
    /// File name, without a path.
    pub name: String,
    /// Registered media type.
    pub media_type: String,
    /// Its size once opened, in bytes.
    pub bytes: u64,
    /// Whether it is all on this device.
    pub fetched: bool,
}

/// What an office states, and whether its signature makes it a notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Whether the office signed it, for this contact. If not, it is *not a notice*.
    pub verified: bool,
    /// The state: a word like those of [`LetterState`].
    pub state: &'static str,
    /// Grade of evidence: `desk_saw`, `carrier_receipt`, `detaining_side_says`, `captive_wrote`,
    /// `released_person_confirms`.
    pub grade: &'static str,
    /// The letter that it is about, if that was written here.
    pub about: Option<LetterNumber>,
}

/// A letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its number.
    pub number: LetterNumber,
    /// In or out.
    pub direction: Direction,
    /// The other side.
    pub contact: ContactNumber,
    /// What the other side is called here.
    pub contact_name: String,
    /// When it was written or opened, by this device's clock.
    pub date: UnixTime,
    /// What it is.
    pub kind: LetterKind,
    /// Where it is.
    pub state: LetterState,
    /// For which captive.
    pub addressee: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The letter that it answers, if that is in this account.
    pub answers: Option<LetterNumber>,
    /// What is enclosed.
    pub enclosures: Vec<Enclosure>,
    /// If it is a notice.
    pub notice: Option<Notice>,
}

/// A file to enclose: its name says what it claims to be, its bytes are looked at.
#[derive(Clone)]
pub struct Attachment {
    /// What to make of it. [`EnclosureKind::Text`] is not taken here: long texts move by themselves.
    pub kind: EnclosureKind,
    /// File name; a path before it is dropped.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Attachment({}, {} bytes)",
            self.kind.word(),
            self.bytes.len()
        )
    }
}

/// What a letter is written from.
#[derive(Clone, Default)]
pub struct Draft {
    /// Full name of the captive for whom it is.
    pub addressee: Option<String>,
    /// The text; may be empty if something is enclosed.
    pub text: String,
    /// What is enclosed, in order.
    pub attachments: Vec<Attachment>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Draft({} bytes, {:?})",
            self.text.len(),
            self.attachments
        )
    }
}

/// What a collect brought.
#[derive(Debug, Default)]
pub struct CollectReport {
    /// New letters, in the order in which they were opened.
    pub letters: Vec<LetterNumber>,
    /// New contacts: families that wrote for the first time.
    pub contacts: Vec<ContactNumber>,
    /// Envelopes that cannot be opened yet and are kept.
    pub parked: u64,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What failed; the next collect tries again.
    pub failures: Vec<crate::Error>,
}
