//! A content that is longer than a letter moves to a blob (LETTER-16 to LETTER-18).

use serde::{Deserialize, Serialize};

use super::{Content, LetterError};
use crate::{blob::BlobRef, limits::STUB_MAX};

/// A content, ready for sealing.
#[derive(Clone, PartialEq, Eq)]
pub enum Packed {
    /// It fits: the bytes for the pair.
    Inline(Vec<u8>),
    /// It does not: seal [`Overflow::plaintext`] as a blob, then give [`Overflow::stub`] to the pair.
    Overflow(Overflow),
}

/// A content that is too long for a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Overflow(Vec<u8>);

/// Where a content lies that was too long for a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The blob that holds the content.
    pub blob: BlobRef,
}

impl Content {
    /// The content as bytes for a letter that has room for `capacity` bytes
    /// ([`crate::limits::LETTER_CONTENT_MAX`]), or as a blob.
    ///
    /// # Errors
    /// Those of [`Content::encode`], and [`LetterError::Capacity`] if not even a stub would fit.
    pub fn pack(&self, capacity: usize) -> Result<Packed, LetterError> {
        if capacity < STUB_MAX {
            return Err(LetterError::Capacity { capacity });
        }
        let bytes = self.encode()?;
        Ok(if bytes.len() <= capacity {
            Packed::Inline(bytes)
        } else {
            Packed::Overflow(Overflow(bytes))
        })
    }
}

impl Overflow {
    /// What the blob holds: the whole content.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        &self.0
    }

    /// What the letter holds instead, at most [`STUB_MAX`] bytes. `blob` is what sealing [`Self::plaintext`] gave.
    ///
    /// # Errors
    /// None that can happen; the type of the encoder cannot say so.
    pub fn stub(&self, blob: BlobRef) -> Result<Vec<u8>, LetterError> {
        Content::Moved(Moved { blob }).encode()
    }
}

impl Moved {
    /// Reads the content from the blob's plaintext.
    ///
    /// # Errors
    /// Those of [`Content::decode`], and [`LetterError::MovedTwice`]: one blob after another could go on without end.
    pub fn open(&self, plaintext: &[u8]) -> Result<Content, LetterError> {
        match Content::decode(plaintext)? {
            Content::Moved(_) => Err(LetterError::MovedTwice),
            content => Ok(content),
        }
    }
}

impl core::fmt::Debug for Packed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Inline(bytes) => write!(f, "Inline({} bytes)", bytes.len()),
            Self::Overflow(overflow) => overflow.fmt(f),
        }
    }
}

impl core::fmt::Debug for Overflow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Overflow({} bytes)", self.0.len())
    }
}
