//! The forms: a family's letter, a captive's reply, a message; and what is enclosed (LETTER-4 to LETTER-9).

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::LetterError;
use crate::{
    blob::BlobRef,
    language::Language,
    limits::{FILE_NAME_MAX, MEDIA_TYPE_MAX, PERSON_NAME_MAX, SHORT_TEXT_MAX, TEXT_MAX},
    line::{FileName, Line, Prose},
    time::Day,
};

/// A letter from a family, to be printed and handed to a captive, or for the office itself if there is no addressee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The plain number that stands on every page; the family's device counts from 1 for each contact.
    pub number: u32,
    /// The route, if the desk told one.
    pub route: Option<Line<SHORT_TEXT_MAX>>,
    /// The language of the text: some routes take one language only.
    pub language: Language,
    /// Who writes.
    pub writer: Writer,
    /// For whom it is.
    pub addressee: Option<Addressee>,
    /// The day on which it was written.
    pub written: Day,
    /// What it says.
    pub text: Prose<TEXT_MAX>,
    /// What is with it, in order; at most [`crate::limits::ENCLOSURES_MAX`].
    pub enclosures: Vec<Enclosure>,
}

/// Who writes, as the captive knows him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// The name.
    pub name: Line<PERSON_NAME_MAX>,
    /// Mother, wife, friend: in the writer's words.
    pub relation: Option<Line<SHORT_TEXT_MAX>>,
}

/// A person's name in two scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// In the writer's own script, with patronymic if there is one.
    pub own: Line<PERSON_NAME_MAX>,
    /// In Latin letters.
    pub latin: Option<Line<PERSON_NAME_MAX>>,
}

/// The captive. No unit and no rank: the address must not give them away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// The name.
    pub name: PersonName,
    /// The date of birth, as well as it is known.
    pub born: Option<BirthDate>,
    /// The internment number, if known.
    pub internment_number: Option<Line<SHORT_TEXT_MAX>>,
}

/// A date of birth with its precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BirthDate {
    /// To the day.
    Day {
        /// Year, from 1900 to 2100.
        year: u16,
        /// Month, from 1.
        month: u8,
        /// Day, from 1.
        day: u8,
    },
    /// To the month.
    Month {
        /// Year, from 1900 to 2100.
        year: u16,
        /// Month, from 1.
        month: u8,
    },
    /// To the year.
    Year {
        /// Year, from 1900 to 2100.
        year: u16,
    },
    /// About this year.
    About {
        /// Year, from 1900 to 2100.
        year: u16,
    },
}

/// A captive's reply: scanned pages, joined by the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The plain number, counted by the desk for each contact.
    pub number: u32,
    /// The letter that it answers, if the sheet said so.
    pub answers: Option<u32>,
    /// The day on which the desk got it.
    pub received: Day,
    /// The day on which it was written, if the sheet says so.
    pub written: Option<Day>,
    /// What the desk adds, possibly nothing. Not the captive's words.
    pub remark: Prose<TEXT_MAX>,
    /// The pages in order, at most [`crate::limits::ENCLOSURES_MAX`].
    pub pages: Vec<Enclosure>,
}

/// What family and desk say to each other besides letters and notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The letter or message that it answers, by its plain number.
    pub answers: Option<u32>,
    /// The language of the text.
    pub language: Language,
    /// The day on which it was written.
    pub written: Day,
    /// What it says.
    pub text: Prose<TEXT_MAX>,
    /// What is with it, at most [`crate::limits::ENCLOSURES_MAX`].
    pub enclosures: Vec<Enclosure>,
}

/// Something enclosed: what it is, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// What it is to people.
    pub kind: EnclosureKind,
    /// What it is to programs.
    pub media_type: MediaType,
    /// A name for the file, if it has one.
    pub name: Option<FileName<FILE_NAME_MAX>>,
    /// The whole.
    pub blob: BlobRef,
    /// A small picture of it, to be fetched first.
    pub preview: Option<BlobRef>,
}

/// What an enclosure is to people: one byte on the wire. A number that this program does not know stays what it is, so that
/// a letter with it can be read and the enclosure saved (LETTER-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnclosureKind {
    /// A photograph.
    Photo,
    /// A drawing, often a child's.
    Drawing,
    /// A voice recording.
    Voice,
    /// A scanned page.
    Scan,
    /// A text.
    Text,
    /// Something that a newer program knows.
    Other(u8),
}

/// A media type (RFC 6838): `type/subtype`, lower case, without parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(String);

impl Letter {
    /// Lines of the text as typed; the printed form has room for about thirty.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.text.as_str().lines().count()
    }
}

impl Enclosure {
    /// Bytes of the whole.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.blob.size()
    }
}

impl BirthDate {
    /// Whether it is in the calendar.
    ///
    /// # Errors
    /// [`LetterError::BirthDate`].
    pub fn check(self) -> Result<(), LetterError> {
        let (year, month, day) = match self {
            Self::Day { year, month, day } => (year, month, day),
            Self::Month { year, month } => (year, month, 1),
            Self::Year { year } | Self::About { year } => (year, 1, 1),
        };
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        if (1900..=2100).contains(&year) && (1..=days).contains(&day) {
            Ok(())
        } else {
            Err(LetterError::BirthDate)
        }
    }
}

impl EnclosureKind {
    /// The kinds that this program knows, in the order of their numbers.
    pub const KNOWN: [Self; 5] = [
        Self::Photo,
        Self::Drawing,
        Self::Voice,
        Self::Scan,
        Self::Text,
    ];

    /// The frozen word, as in the translations (`enclosure-…`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Drawing => "drawing",
            Self::Voice => "voice",
            Self::Scan => "scan",
            Self::Text => "text",
            Self::Other(_) => "unknown",
        }
    }

    /// The frozen number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Photo => 0,
            Self::Drawing => 1,
            Self::Voice => 2,
            Self::Scan => 3,
            Self::Text => 4,
            Self::Other(number) => number,
        }
    }
}

impl From<u8> for EnclosureKind {
    fn from(number: u8) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|kind| kind.number() == number)
            .unwrap_or(Self::Other(number))
    }
}

impl Serialize for EnclosureKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for EnclosureKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(Self::from)
    }
}

impl MediaType {
    /// Checks a media type.
    ///
    /// # Errors
    /// [`LetterError::MediaType`].
    pub fn new(text: impl Into<String>) -> Result<Self, LetterError> {
        let text = text.into();
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.bytes().all(
                    |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'+' | b'-' | b'_'),
                )
        };
        match text.split_once('/') {
            Some((kind, subtype))
                if text.len() <= MEDIA_TYPE_MAX && is_name(kind) && is_name(subtype) =>
            {
                Ok(Self(text))
            }
            _ => Err(LetterError::MediaType),
        }
    }

    /// The media type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MediaType {
    type Error = LetterError;

    fn try_from(text: String) -> Result<Self, LetterError> {
        Self::new(text)
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
