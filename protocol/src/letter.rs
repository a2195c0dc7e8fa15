//! What is inside a letter: the content that a pair seals and opens as opaque bytes.
//!
//! Normative text: `docs/spec/letters.md`, rules LETTER-1 to LETTER-18.
//!
//! ```text
//! Content ─ pack(capacity) ─▶ Packed::Inline(bytes)  ─────────────────────────────▶ Pair::seal
//!                          └▶ Packed::Overflow       ─ seal_whole(plaintext) ─ stub ─▶ Pair::seal
//! Pair::open ─▶ Content::decode ─▶ Letter | Reply | Notice | Message
//!                              ├▶ Moved  ─ fetch the blob ─ Moved::open ─▶ Content
//!                              └▶ Newer  ─ kept as it is, shown as "needs a newer program"
//! ```

mod form;
mod pack;
mod states;
#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};

pub use self::{
    form::{
        Addressee, BirthDate, Enclosure, EnclosureKind, Letter, MediaType, Message, PersonName,
        Reply, Writer,
    },
    pack::{Moved, Overflow, Packed},
    states::{Evidence, LetterState, ParcelState, PersonEvent, PersonState, Returned, UnknownWord},
};
use crate::{
    limits::{CONTENT_MAX, ENCLOSURES_MAX},
    notice::{NoticeError, SignedNotice},
    wire::{self, WireError},
};

/// The format of contents that this crate reads and writes: the first byte of every content (LETTER-1).
pub const CONTENT_FORMAT: u8 = 1;

/// What a letter holds. The numbers of the kinds are frozen (LETTER-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// From a family, to be handed to a captive.
    Letter(Box<Letter>),
    /// From a captive: scanned pages.
    Reply(Reply),
    /// What an office states and signs; to be verified ([`SignedNotice::verify`]).
    Notice(Box<SignedNotice>),
    /// Anything else that family and desk say to each other. From a desk it is shown as "not a notice" (NOTICE-10).
    Message(Message),
    /// The content was too long for a letter and lies in a blob.
    Moved(Moved),
    /// A kind or format that this program does not know, kept as it came.
    Newer(Newer),
}

/// A content from a newer program: the bytes, to be kept until this program is newer (LETTER-3).
#[derive(Clone, PartialEq, Eq)]
pub struct Newer {
    bytes: Vec<u8>,
}

/// Why a content cannot be packed or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// Fewer bytes than format and kind.
    #[error("the content of the letter is empty or cut off")]
    Truncated,
    /// Larger than any content.
    #[error("the content of the letter has {got} bytes, at most {CONTENT_MAX} are allowed")]
    TooLong {
        /// Its size in bytes.
        got: usize,
    },
    /// Not an encoding of what its kind says.
    #[error("the {what} is malformed")]
    Malformed {
        /// The kind.
        what: &'static str,
    },
    /// Bytes follow its end.
    #[error("{extra} bytes follow the end of the {what}")]
    Trailing {
        /// The kind.
        what: &'static str,
        /// Number of bytes after the end.
        extra: usize,
    },
    /// More enclosures than allowed.
    #[error("{got} enclosures, at most {ENCLOSURES_MAX} are allowed")]
    Enclosures {
        /// Enclosures given.
        got: usize,
    },
    /// A date that is in no calendar.
    #[error("the date of birth is in no calendar")]
    BirthDate,
    /// Not a media type.
    #[error("not a media type such as image/jpeg")]
    MediaType,
    /// The notice in it is refused.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// Not even the stub of a moved content fits.
    #[error("a capacity of {capacity} bytes does not hold even a stub")]
    Capacity {
        /// Bytes offered.
        capacity: usize,
    },
    /// A moved content names a further blob.
    #[error("the content was moved twice")]
    MovedTwice,
}

const LETTER: u8 = 1;
const REPLY: u8 = 2;
const NOTICE: u8 = 3;
const MESSAGE: u8 = 4;
const MOVED: u8 = 5;

impl Content {
    /// The word for its kind, as in the translations (`kind-…`).
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Letter(_) => "letter",
            Self::Reply(_) => "reply",
            Self::Notice(_) => "status",
            Self::Message(_) => "text",
            Self::Moved(_) => "moved",
            Self::Newer(_) => "unknown",
        }
    }

    /// What is enclosed.
    #[must_use]
    pub fn enclosures(&self) -> &[Enclosure] {
        match self {
            Self::Letter(letter) => &letter.enclosures,
            Self::Reply(reply) => &reply.pages,
            Self::Message(message) => &message.enclosures,
            Self::Notice(_) | Self::Moved(_) | Self::Newer(_) => &[],
        }
    }

    /// The bytes: format, kind, body (LETTER-1).
    ///
    /// # Errors
    /// [`LetterError`]: what a reader would refuse is not written.
    pub fn encode(&self) -> Result<Vec<u8>, LetterError> {
        self.check()?;
        let bytes = match self {
            Self::Letter(letter) => with_head(LETTER, "letter", letter)?,
            Self::Reply(reply) => with_head(REPLY, "reply", reply)?,
            Self::Notice(notice) => {
                [&[CONTENT_FORMAT, NOTICE], notice.encode().as_slice()].concat()
            }
            Self::Message(message) => with_head(MESSAGE, "message", message)?,
            Self::Moved(moved) => with_head(MOVED, "moved content", moved)?,
            Self::Newer(newer) => newer.bytes.clone(),
        };
        match bytes.len() {
            got if got > CONTENT_MAX => Err(LetterError::TooLong { got }),
            _ => Ok(bytes),
        }
    }

    /// Reads a content. What a newer program wrote becomes [`Content::Newer`], not an error (LETTER-3).
    ///
    /// # Errors
    /// [`LetterError`] names the kind and what is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, LetterError> {
        if bytes.len() > CONTENT_MAX {
            return Err(LetterError::TooLong { got: bytes.len() });
        }
        let Some((&[format, kind], body)) = bytes.split_first_chunk::<2>() else {
            return Err(LetterError::Truncated);
        };
        let content = match (format, kind) {
            (CONTENT_FORMAT, LETTER) => Self::Letter(Box::new(part("letter", body)?)),
            (CONTENT_FORMAT, REPLY) => Self::Reply(part("reply", body)?),
            (CONTENT_FORMAT, NOTICE) => match SignedNotice::decode(body) {
                Err(NoticeError::Version { .. }) => Self::newer(bytes),
                notice => Self::Notice(Box::new(notice?)),
            },
            (CONTENT_FORMAT, MESSAGE) => Self::Message(part("message", body)?),
            (CONTENT_FORMAT, MOVED) => Self::Moved(part("moved content", body)?),
            _ => Self::newer(bytes),
        };
        content.check()?;
        Ok(content)
    }

    fn newer(bytes: &[u8]) -> Self {
        Self::Newer(Newer {
            bytes: bytes.to_vec(),
        })
    }

    /// LETTER-7 to LETTER-9: what the encoding alone does not ensure.
    fn check(&self) -> Result<(), LetterError> {
        let got = self.enclosures().len();
        if got > ENCLOSURES_MAX {
            return Err(LetterError::Enclosures { got });
        }
        if let Self::Letter(letter) = self
            && let Some(born) = letter.addressee.as_ref().and_then(|person| person.born)
        {
            born.check()?;
        }
        Ok(())
    }
}

impl Newer {
    /// Format and kind.
    #[must_use]
    pub fn number(&self) -> (u8, u8) {
        match self.bytes[..] {
            [format, kind, ..] => (format, kind),
            _ => (0, 0),
        }
    }

    /// The content as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl core::fmt::Debug for Newer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (format, kind) = self.number();
        write!(
            f,
            "Newer(format {format}, kind {kind}, {} bytes)",
            self.bytes.len()
        )
    }
}

fn with_head<T: Serialize>(kind: u8, what: &'static str, body: &T) -> Result<Vec<u8>, LetterError> {
    let body = wire::encode(what, body).map_err(|_| LetterError::Malformed { what })?;
    Ok([&[CONTENT_FORMAT, kind], body.as_slice()].concat())
}

fn part<T: Serialize + DeserializeOwned>(
    what: &'static str,
    body: &[u8],
) -> Result<T, LetterError> {
    wire::decode::<T, { 2 * CONTENT_MAX }>(what, body).map_err(|error| match error {
        WireError::Trailing { extra, .. } => LetterError::Trailing { what, extra },
        _ => LetterError::Malformed { what },
    })
}
