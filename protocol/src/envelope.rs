//! The envelope: what a relay stores and everybody may see of a letter (SEAL-1). Exactly 8,192 bytes, in which only
//! version and suite are not random to a stranger.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 1 | suite, 1 |
//! | 16 | tag |
//! | 1,120 | encapsulation |
//! | 7,054 | ciphertext and its AEAD tag |

use core::fmt;

use rand_core::CryptoRng;

use crate::{
    ids::{EnvelopeHash, byte_string},
    limits::{ENVELOPE_HEADER_LEN, ENVELOPE_LEN, ENVELOPE_TAG_LEN, KEM_ENCAPSULATION_LEN},
    suite::{Encapsulation, SUITE_1},
};

/// The version of envelopes that this crate writes and reads.
pub const ENVELOPE_VERSION: u8 = 1;

const TAG_AT: usize = 2;
const ENCAPSULATION_AT: usize = TAG_AT + ENVELOPE_TAG_LEN;

byte_string! {
    /// By which a receiver finds the pair and the number of a letter. Random to everybody else.
    Tag, ENVELOPE_TAG_LEN
}

impl Tag {
    /// A random tag, as first letters without an invitation carry it.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; ENVELOPE_TAG_LEN];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

/// Bytes that cannot be an envelope that this crate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not exactly [`ENVELOPE_LEN`] bytes.
    #[error("envelope: {got} bytes, {ENVELOPE_LEN} expected")]
    Length {
        /// Length given, in bytes.
        got: usize,
    },
    /// A version that this crate does not know; a newer one may.
    #[error("envelope version {got} is unknown, {ENVELOPE_VERSION} expected")]
    Version {
        /// Version given.
        got: u8,
    },
    /// A suite that this crate does not know; a newer one may.
    #[error("envelope suite {got} is unknown, {SUITE_1} expected")]
    Suite {
        /// Suite given.
        got: u8,
    },
}

/// One sealed letter as it is deposited, stored and collected. Cheap to move; 8 KiB to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope(Box<[u8; ENVELOPE_LEN]>);

impl Envelope {
    /// Takes any bytes of the right length, version and suite (SEAL-1). Nothing else is checked: that is for opening.
    ///
    /// # Errors
    /// [`EnvelopeError`] with what was given.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let bytes: Box<[u8; ENVELOPE_LEN]> = bytes
            .to_vec()
            .into_boxed_slice()
            .try_into()
            .map_err(|_| EnvelopeError::Length { got: bytes.len() })?;
        let envelope = Self(bytes);
        match (envelope.0[0], envelope.0[1]) {
            (ENVELOPE_VERSION, SUITE_1) => Ok(envelope),
            (ENVELOPE_VERSION, got) => Err(EnvelopeError::Suite { got }),
            (got, _) => Err(EnvelopeError::Version { got }),
        }
    }

    /// Puts the fields together; `ciphertext` has the one length that fills the envelope.
    pub(crate) fn assemble(
        tag: &Tag,
        encapsulation: &Encapsulation,
        ciphertext: &[u8],
    ) -> Result<Self, EnvelopeError> {
        let mut bytes = Vec::with_capacity(ENVELOPE_LEN);
        bytes.extend_from_slice(&[ENVELOPE_VERSION, SUITE_1]);
        bytes.extend_from_slice(tag.as_bytes());
        bytes.extend_from_slice(encapsulation.as_bytes());
        bytes.extend_from_slice(ciphertext);
        Self::from_slice(&bytes)
    }

    /// All 8,192 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; ENVELOPE_LEN] {
        &self.0
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Tag {
        let mut tag = [0; ENVELOPE_TAG_LEN];
        tag.copy_from_slice(&self.0[TAG_AT..ENCAPSULATION_AT]);
        Tag(tag)
    }

    /// SHA-256 of all bytes: the name of the letter at a relay.
    #[must_use]
    pub fn hash(&self) -> EnvelopeHash {
        EnvelopeHash::of(&self.0[..])
    }

    pub(crate) fn encapsulation(&self) -> Encapsulation {
        let mut bytes = [0; KEM_ENCAPSULATION_LEN];
        bytes.copy_from_slice(&self.0[ENCAPSULATION_AT..ENVELOPE_HEADER_LEN]);
        Encapsulation(bytes)
    }

    pub(crate) fn ciphertext(&self) -> &[u8] {
        &self.0[ENVELOPE_HEADER_LEN..]
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Envelope(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEAL-1: one length, one version, one suite.
    #[test]
    fn only_the_one_length_version_and_suite_are_read() {
        let mut bytes = vec![0; ENVELOPE_LEN];
        bytes[..2].copy_from_slice(&[ENVELOPE_VERSION, SUITE_1]);
        assert!(Envelope::from_slice(&bytes).is_ok());
        assert_eq!(
            Envelope::from_slice(&bytes[1..]),
            Err(EnvelopeError::Length { got: 8_191 })
        );
        bytes[1] = 2;
        assert_eq!(
            Envelope::from_slice(&bytes),
            Err(EnvelopeError::Suite { got: 2 })
        );
        bytes[0] = 9;
        assert_eq!(
            Envelope::from_slice(&bytes),
            Err(EnvelopeError::Version { got: 9 })
        );
    }

    #[test]
    fn the_fields_fill_the_envelope() {
        let tag = Tag([3; 16]);
        let enc = Encapsulation([4; KEM_ENCAPSULATION_LEN]);
        let envelope =
            Envelope::assemble(&tag, &enc, &[5; ENVELOPE_LEN - ENVELOPE_HEADER_LEN]).unwrap();
        assert_eq!(envelope.tag(), tag);
        assert_eq!(envelope.encapsulation(), enc);
        assert!(envelope.ciphertext().iter().all(|byte| *byte == 5));
        assert_eq!(format!("{envelope:?}"), "Envelope(…)");
    }
}
