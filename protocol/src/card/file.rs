//! The card file (`.tidings-card`): a card and the prekeys of its office, enough to write a first letter without any
//! network (CARD-12 to CARD-14).

use serde::{Deserialize, Serialize};

use super::{CardError, SignedCard, VerifiedCard};
use crate::{
    limits::CARD_FILE_MAX,
    prekey::{PrekeyError, PrekeyRecord, VerifiedPrekeys},
    wire,
};

/// The version of card files that this crate reads and writes.
pub const CARD_FILE_VERSION: u8 = 1;
const MAGIC: &[u8; 12] = b"tidings card";

/// A card and prekeys, as they lie in a file; not yet verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFile {
    /// The card.
    pub card: SignedCard,
    /// The record from the office's shelf.
    pub prekeys: PrekeyRecord,
}

/// A card and prekeys of one office, each verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCardFile {
    /// The card.
    pub card: VerifiedCard,
    /// The prekeys.
    pub prekeys: VerifiedPrekeys,
}

/// Why bytes are not a card file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardFileError {
    /// The file does not begin as card files do.
    #[error("the file is not a card file of Tidings")]
    NoCardFile,
    /// A card file of a version that this program does not know.
    #[error("the card file has version {got}, this program knows version {CARD_FILE_VERSION}")]
    Version {
        /// The file's version.
        got: u8,
    },
    /// Larger than any card file.
    #[error("the card file has {got} bytes, at most {CARD_FILE_MAX} are allowed")]
    TooLong {
        /// Its size in bytes.
        got: usize,
    },
    /// Cut off, or garbage behind its head.
    #[error("the card file is cut off or damaged")]
    Malformed,
    /// Bytes follow its end.
    #[error("{extra} bytes follow the end of the card file")]
    Trailing {
        /// Number of bytes after the end.
        extra: usize,
    },
    /// The card in it is refused.
    #[error("the card in the file: {0}")]
    Card(#[from] CardError),
    /// The prekeys in it are refused.
    #[error("the prekeys in the card file: {0}")]
    Prekeys(#[from] PrekeyError),
}

/// The parts as they lie in the file, each as its own bytes, so that an error names the part.
#[derive(Serialize, Deserialize)]
struct Parts {
    #[serde(with = "serde_bytes")]
    card: Vec<u8>,
    #[serde(with = "serde_bytes")]
    prekeys: Vec<u8>,
}

impl CardFile {
    /// The bytes of the file (CARD-12).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let parts = Parts {
            card: self.card.encode(),
            prekeys: self.prekeys.encode(),
        };
        // Two byte strings: bincode can always express them.
        let body = wire::encode("card file", &parts).unwrap_or_default();
        [MAGIC.as_slice(), &[CARD_FILE_VERSION], &body].concat()
    }

    /// Reads a file. Believes nothing: see [`Self::verify`].
    ///
    /// # Errors
    /// [`CardFileError`] names what is wrong with the file, or with which part.
    pub fn decode(bytes: &[u8]) -> Result<Self, CardFileError> {
        if bytes.len() > CARD_FILE_MAX {
            return Err(CardFileError::TooLong { got: bytes.len() });
        }
        let (&got, body) = bytes
            .strip_prefix(MAGIC)
            .ok_or(CardFileError::NoCardFile)?
            .split_first()
            .ok_or(CardFileError::Malformed)?;
        if got != CARD_FILE_VERSION {
            return Err(CardFileError::Version { got });
        }
        let parts: Parts =
            wire::decode::<_, { CARD_FILE_MAX + 64 }>("card file", body).map_err(|error| {
                match error {
                    wire::WireError::Trailing { extra, .. } => CardFileError::Trailing { extra },
                    _ => CardFileError::Malformed,
                }
            })?;
        Ok(Self {
            card: SignedCard::decode(&parts.card)?,
            prekeys: PrekeyRecord::decode(&parts.prekeys)?,
        })
    }

    /// Verifies both, and that they are of one office (CARD-13).
    ///
    /// # Errors
    /// [`CardFileError::Card`] or [`CardFileError::Prekeys`].
    pub fn verify(&self) -> Result<VerifiedCardFile, CardFileError> {
        let card = self.card.verify()?;
        let prekeys = self.prekeys.verify(&card.card().identity)?;
        Ok(VerifiedCardFile { card, prekeys })
    }
}
