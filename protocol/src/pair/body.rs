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

/// A door for the fuzz targets to the decoders behind the seal: reads `plaintext` as the body of a first and of a later
/// letter, and gives what was accepted as it would be written again.
#[doc(hidden)]
#[must_use]
pub fn rewritten(plaintext: &[u8]) -> [Option<Zeroizing<Vec<u8>>>; 2] {
    [
        read_first(plaintext).ok().and_then(|body| pad(&body).ok()),
        read_later(plaintext).ok().and_then(|body| pad(&body).ok()),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{FIRST_BODY_HEAD_MAX, KEM_PUBLIC_LEN, LATER_BODY_HEAD_MAX, REPLY_TO_MAX};

    fn position() -> impl Strategy<Value = Position> {
        any::<(u32, u32)>().prop_map(|(epoch, number)| Position { epoch, number })
    }

    prop_compose! {
        fn received()(epoch: u32, highest: u32, missing in any::<[u8; 32]>()) -> Received {
            let mut bitmap = [0; BITMAP_LEN];
            bitmap[..32].copy_from_slice(&missing);
            Received { epoch, highest, missing: serde_bytes::ByteArray::new(bitmap) }
        }
    }

    prop_compose! {
        fn later()(
            id: [u8; 16], offered_index: u32, key: u8, since in position(), previous_last: u32,
            received in prop::collection::vec(received(), 0..=RECEIVED_MAX),
            abandoned in prop::collection::vec(position(), 0..=ABANDONED_MAX),
            proposal: Option<[u8; 32]>, repairing: bool,
            content in prop::collection::vec(any::<u8>(), 0..=LETTER_CONTENT_MAX),
        ) -> Vec<u8> {
            let body = LaterBody {
                id: LetterId(id), offered_index, offered_key: KemPublic([key; KEM_PUBLIC_LEN]),
                since, previous_last, received, abandoned, proposal: proposal.map(Secret::new), repairing,
                content: Content(content),
            };
            pad(&body).unwrap().to_vec()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// SEAL-4: every body within its limits fits, reads, and has one encoding.
        #[test]
        fn a_body_reads_as_it_was_written(padded in later()) {
            prop_assert_eq!(padded.len(), ENVELOPE_PLAINTEXT_LEN);
            let read = read_later(&padded).unwrap();
            prop_assert!(**pad(&read).unwrap() == *padded);
        }

        /// SEAL-4: a changed plaintext is refused, or is the one encoding of another body; it never panics.
        #[test]
        fn a_changed_body_has_one_encoding_or_none(
            written in later(), changes in prop::collection::vec((0..ENVELOPE_PLAINTEXT_LEN, any::<u8>()), 1..4),
        ) {
            let mut padded = written;
            for (at, byte) in changes {
                padded[at] = byte;
            }
            if let Ok(read) = read_later(&padded) {
                prop_assert!(**pad(&read).unwrap() == *padded);
            }
            if let Ok(read) = read_first(&padded) {
                prop_assert!(**pad(&read).unwrap() == *padded);
            }
        }

        /// SEAL-4: garbage of any length is refused or canonical.
        #[test]
        fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            prop_assert!(read_later(&bytes).is_err());
            prop_assert!(read_first(&bytes).is_err());
        }

        /// SEAL-4: the bitmap tells exactly the gaps in reach.
        #[test]
        fn the_bitmap_tells_the_gaps(highest in 1..2_000u32, gaps in prop::collection::btree_set(1..2_000u32, 0..40)) {
            let report = Received::new(0, highest, gaps.iter().copied());
            let reach = highest.saturating_sub(GAP_SPAN)..highest;
            let expected: BTreeSet<u32> = gaps.into_iter().filter(|gap| reach.contains(gap)).collect();
            for number in 1..=highest {
                prop_assert_eq!(report.is_settled(number), !expected.contains(&number));
            }
            prop_assert!(!report.is_settled(0) && !report.is_settled(highest + 1));
            prop_assert_eq!(report.missing(), expected);
        }
    }

    /// SEAL-4: the sums in `limits` are those of the encoding.
    #[test]
    fn the_largest_heads_are_as_computed() {
        let position = Position {
            epoch: u32::MAX,
            number: u32::MAX,
        };
        let later = LaterBody {
            id: LetterId([1; 16]),
            offered_index: u32::MAX,
            offered_key: KemPublic([1; KEM_PUBLIC_LEN]),
            since: position,
            previous_last: u32::MAX,
            received: vec![Received::new(u32::MAX, u32::MAX, 0..0); RECEIVED_MAX],
            abandoned: vec![position; ABANDONED_MAX],
            proposal: Some(Secret::new([1; 32])),
            repairing: true,
            content: Content(vec![1; LETTER_CONTENT_MAX]),
        };
        let length = |encoded: Vec<u8>| encoded.len() - LETTER_CONTENT_MAX;
        assert_eq!(
            length(wire::encode("", &later).unwrap()),
            LATER_BODY_HEAD_MAX
        );
        let first = FirstBody {
            id: LetterId([1; 16]),
            number: 64,
            pair_seed: Secret::new([1; 32]),
            reply_to: ReplyTo::new(vec![1; REPLY_TO_MAX]).unwrap(),
            key: KemPublic([1; KEM_PUBLIC_LEN]),
            content: Content(vec![1; LETTER_CONTENT_MAX]),
        };
        assert_eq!(
            length(wire::encode("", &first).unwrap()),
            FIRST_BODY_HEAD_MAX
        );
        assert!(read_first(&pad(&first).unwrap()).is_ok());
        assert!(read_later(&pad(&later).unwrap()).is_ok());
        let mut over = later;
        over.content = Content(vec![1; LETTER_CONTENT_MAX + 1]);
        assert!(
            read_later(&pad(&over).unwrap()).is_err(),
            "there is room for one byte more, and it is refused"
        );
    }
}
