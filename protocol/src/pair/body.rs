//! What is inside a letter (SEAL-4): two bytes of length, the body, zeros. The content itself is opaque here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{LetterId, Position, ReplyTo};
use crate::{
    limits::{ABANDONED_MAX, ENVELOPE_PLAINTEXT_LEN, GAP_SPAN, LETTER_CONTENT_MAX, RECEIVED_MAX},
    secret::Secret,
    suite::KemPublic,
    wire::{self, WireError},
};

const BITMAP_LEN: usize = GAP_SPAN as usize / 8;
/// Budget of decoding: integers and lengths count with their size in memory.
const DECODE_MAX: usize = 2 * ENVELOPE_PLAINTEXT_LEN;

/// Content of a letter; wiped on drop.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Content(#[serde(with = "serde_bytes")] pub(super) Vec<u8>);

impl Drop for Content {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Content {
    pub(super) fn into_bytes(mut self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(core::mem::take(&mut self.0))
    }
}

/// A first letter, family to desk.
#[derive(Serialize, Deserialize)]
pub(super) struct FirstBody {
    pub(super) id: LetterId,
    pub(super) number: u8,
    pub(super) pair_seed: Secret,
    pub(super) reply_to: ReplyTo,
    pub(super) key: KemPublic,
    pub(super) content: Content,
}

/// A later letter, either way.
#[derive(Serialize, Deserialize)]
pub(super) struct LaterBody {
    pub(super) id: LetterId,
    pub(super) offered_index: u32,
    pub(super) offered_key: KemPublic,
    pub(super) since: Position,
    pub(super) previous_last: u32,
    pub(super) received: Vec<Received>,
    pub(super) abandoned: Vec<Position>,
    pub(super) proposal: Option<Secret>,
    pub(super) repairing: bool,
    pub(super) content: Content,
}

/// What a side has opened in one epoch of the other's letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The epoch.
    pub epoch: u32,
    /// Highest number opened.
    pub highest: u32,
    /// Bit `i` (from the lowest of byte 0): `highest - 1 - i` has not been opened yet and still can be.
    missing: serde_bytes::ByteArray<BITMAP_LEN>,
}

impl Received {
    pub(super) fn new(epoch: u32, highest: u32, gaps: impl Iterator<Item = u32>) -> Self {
        let mut missing = [0; BITMAP_LEN];
        for number in gaps {
            let bit = highest.saturating_sub(number).wrapping_sub(1) as usize;
            if let Some(byte) = missing.get_mut(bit / 8) {
                *byte |= 1 << (bit % 8);
            }
        }
        Self {
            epoch,
            highest,
            missing: serde_bytes::ByteArray::new(missing),
        }
    }

    /// Numbers below the highest that have not been opened yet and still can be, rising.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<u32> {
        (0..GAP_SPAN)
            .filter(|bit| self.missing[*bit as usize / 8] & (1 << (bit % 8)) != 0)
            .filter_map(|bit| self.highest.checked_sub(bit + 1))
            .filter(|number| *number > 0)
            .collect()
    }

    /// Whether this number needs no sending any more: opened, or given up by the receiver.
    #[must_use]
    pub fn is_settled(&self, number: u32) -> bool {
        number > 0 && number <= self.highest && {
            let behind = self.highest - number;
            let bit = behind.wrapping_sub(1);
            behind == 0 || bit >= GAP_SPAN || self.missing[bit as usize / 8] & (1 << (bit % 8)) == 0
        }
    }
}

impl LaterBody {
    /// Limits that the encoding does not carry by itself.
    fn within_limits(&self) -> bool {
        self.received.len() <= RECEIVED_MAX
            && self.abandoned.len() <= ABANDONED_MAX
            && self.content.0.len() <= LETTER_CONTENT_MAX
    }
}

pub(super) fn pad(body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, WireError> {
    let what = "letter body";
    let encoded = wire::encode_secret(what, body)?;
    let too_long = WireError::TooLong {
        what,
        got: encoded.len(),
        limit: ENVELOPE_PLAINTEXT_LEN - 2,
    };
    let length = u16::try_from(encoded.len()).map_err(|_| too_long.clone())?;
    if encoded.len() > ENVELOPE_PLAINTEXT_LEN - 2 {
        return Err(too_long);
    }
    let mut plaintext = Zeroizing::new(vec![0; ENVELOPE_PLAINTEXT_LEN]);
    plaintext[..2].copy_from_slice(&length.to_le_bytes());
    plaintext[2..2 + encoded.len()].copy_from_slice(&encoded);
    Ok(plaintext)
}

fn unpad(plaintext: &[u8]) -> Result<&[u8], WireError> {
    let what = "letter padding";
    let malformed = WireError::Malformed { what };
    let (length, rest) = plaintext
        .split_first_chunk::<2>()
        .ok_or_else(|| malformed.clone())?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (body, padding) = rest.split_at_checked(length).ok_or(malformed)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(WireError::NotCanonical { what });
    }
    Ok(body)
}

pub(super) fn read_first(plaintext: &[u8]) -> Result<FirstBody, WireError> {
    let what = "first letter";
    let body: FirstBody = wire::decode_secret::<_, DECODE_MAX>(what, unpad(plaintext)?)?;
    if body.content.0.len() > LETTER_CONTENT_MAX {
        return Err(WireError::Malformed { what });
    }
    Ok(body)
}

pub(super) fn read_later(plaintext: &[u8]) -> Result<LaterBody, WireError> {
    let what = "letter";
    let body: LaterBody = wire::decode_secret::<_, DECODE_MAX>(what, unpad(plaintext)?)?;
    if !body.within_limits() {
        return Err(WireError::Malformed { what });
    }
    Ok(body)
}
