//! Bytes from hell: nothing panics, and what comes out all the same keeps the limits.

use proptest::prelude::*;
use tidings_client::pictures::{PictureError, Prepared, limits, prepare_drawing, prepare_photo};

use super::{GOOD, fixture};

/// The smaller fixtures, where a mutation is likely to hit something that matters.
fn small_fixtures() -> Vec<Vec<u8>> {
    GOOD.iter()
        .map(|(name, ..)| fixture(name))
        .filter(|bytes| bytes.len() < 40_000)
        .collect()
}

fn keeps_the_limits(result: Result<Prepared, PictureError>) {
    match result {
        Ok(prepared) => {
            assert!(prepared.full.bytes.len() <= limits::FULL_BYTES);
            assert!(prepared.preview.bytes.len() <= limits::PREVIEW_BYTES);
            assert!(prepared.full.width.max(prepared.full.height) <= limits::FULL_LONG_SIDE);
            image::load_from_memory(&prepared.full.bytes).unwrap();
        }
        Err(error) => assert!(PictureError::CODES.contains(&error.code())),
    }
}

#[derive(Clone, Debug)]
enum Change {
    Flip {
        at: prop::sample::Index,
        bit: u8,
    },
    Set {
        at: prop::sample::Index,
        to: u8,
    },
    Cut {
        at: prop::sample::Index,
    },
    Remove {
        at: prop::sample::Index,
        length: usize,
    },
    Repeat {
        at: prop::sample::Index,
        length: usize,
    },
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let total = bytes.len();
        match self {
            Self::Flip { at, bit } => bytes[at.index(total)] ^= 1 << bit,
            Self::Set { at, to } => bytes[at.index(total)] = *to,
            Self::Cut { at } => bytes.truncate(at.index(total)),
            Self::Remove { at, length } => {
                let start = at.index(total);
                bytes.drain(start..(start + length).min(total));
            }
            Self::Repeat { at, length } => {
                let start = at.index(total);
                let copy = bytes[start..(start + length).min(total)].to_vec();
                bytes.splice(start..start, copy);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        6 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip { at, bit }),
        3 => (at(), prop_oneof![Just(0), Just(0xFF), any::<u8>()]).prop_map(|(at, to)| Change::Set { at, to }),
        1 => at().prop_map(|at| Change::Cut { at }),
        1 => (at(), 1..200_usize).prop_map(|(at, length)| Change::Remove { at, length }),
        1 => (at(), 1..200_usize).prop_map(|(at, length)| Change::Repeat { at, length }),
    ]
}

/// Makes every chunk check sum of a PNG right again, so that changes reach the decoder.
fn with_right_check_sums(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut position = 8;
    while let Some(header) = bytes.get(position..position + 4) {
        let length = u32::from_be_bytes(header.try_into().unwrap()) as usize;
        let Some(checked) = bytes.get(position + 4..(position + 8).saturating_add(length)) else {
            break;
        };
        let sum = crc32fast::hash(checked).to_be_bytes();
        let place = position + 8 + length;
        match bytes.get_mut(place..place + 4) {
            Some(slot) => slot.copy_from_slice(&sum),
            None => break,
        }
        position = place + 4;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_pictures_neither_panic_nor_pass_the_limits(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let fixtures = small_fixtures();
        let mut bytes = which.get(&fixtures).clone();
        for change in &changes {
            change.apply(&mut bytes);
        }
        if bytes.starts_with(b"\x89PNG") {
            bytes = with_right_check_sums(bytes);
        }
        keeps_the_limits(prepare_photo(&bytes, None));
        keeps_the_limits(prepare_drawing(&bytes, None));
    }

    #[test]
    fn noise_behind_a_good_beginning_is_refused_or_harmless(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let fixtures = small_fixtures();
        let bytes = which.get(&fixtures);
        let spoiled = [&bytes[..at.index(bytes.len())], &noise].concat();
        keeps_the_limits(prepare_photo(&spoiled, None));
    }
}
