//! The link of a card: `tidings:card/` and, in base 32, the card's bytes and a checksum (CARD-8 to CARD-10).
//!
//! Base 32, although base 64 would be a fifth shorter: messengers read `_` and `-` as marks for italics, capitalise, and
//! break lines; letters and digits in either case come through all of that, and fit the dense mode of QR codes.

use data_encoding::BASE32_NOPAD;

use super::{CARD_VERSION, CardError};
use crate::{
    ids::labelled_hash,
    limits::{CARD_CHECKSUM_LEN, CARD_MAX, CARD_TEXT_MAX, SIGNATURE_LEN},
};

const PREFIX: &str = "tidings:card/";
const RELAY_PREFIX: &str = "tidings://";
const CHECKSUM_LABEL: &[u8] = b"tidings card link v1";
/// Characters that hold the version and the length of the inner card: 4 bytes.
const HEAD_CHARS: usize = 7;

/// The link of a card, its payload in upper case.
pub(super) fn write(card: &[u8]) -> String {
    let payload = [card, &checksum(card)].concat();
    format!("{PREFIX}{}", BASE32_NOPAD.encode(&payload))
}

fn checksum(card: &[u8]) -> [u8; CARD_CHECKSUM_LEN] {
    let hash = labelled_hash(CHECKSUM_LABEL, &[card]);
    core::array::from_fn(|i| hash[i])
}

/// Finds the link in `text` and gives back the card's bytes, whose checksum is right.
pub(super) fn read(text: &str) -> Result<Vec<u8>, CardError> {
    if text.len() > CARD_TEXT_MAX {
        return Err(CardError::TooMuchText { got: text.len() });
    }
    let text: String = text
        .chars()
        .filter(|&c| !is_skipped(c))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let Some((_, rest)) = text.split_once(PREFIX) else {
        return Err(if text.contains(RELAY_PREFIX) {
            CardError::RelayAddress
        } else {
            CardError::NoCard
        });
    };
    let characters: Vec<u8> = rest
        .bytes()
        .take_while(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    // The beginning of a card tells its length: what follows the link in the text is not taken for a part of it.
    let payload_len = payload_len(&characters)?;
    let expected = (payload_len * 8).div_ceil(5);
    let Some(link) = characters.get(..expected) else {
        return Err(CardError::Truncated {
            expected,
            got: characters.len(),
        });
    };
    let payload = BASE32_NOPAD.decode(link).map_err(|_| CardError::Checksum)?;
    let (card, sum) = payload
        .split_at_checked(payload_len - CARD_CHECKSUM_LEN)
        .ok_or(CardError::Malformed)?;
    if sum != checksum(card) {
        return Err(CardError::Checksum);
    }
    Ok(card.to_vec())
}

/// Line breaks, spaces, quotation marks of mail (`>`), and what messengers put in to break long words.
fn is_skipped(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '>' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
        )
}

/// Bytes of card and checksum, as the version and the length at the head of the card give them (CARD-9).
fn payload_len(characters: &[u8]) -> Result<usize, CardError> {
    let truncated = CardError::Truncated {
        expected: HEAD_CHARS,
        got: characters.len(),
    };
    let head = characters.get(..HEAD_CHARS).ok_or(truncated)?;
    // An eighth character, of which no bit is used, completes the block of five bytes.
    let mut block = [b'A'; 8];
    block[..HEAD_CHARS].copy_from_slice(head);
    let bytes = BASE32_NOPAD
        .decode(&block)
        .map_err(|_| CardError::Checksum)?;
    // WIRE-1: a length below 251 is one byte, one of two bytes stands behind 251.
    let (head_len, inner) = match bytes[..] {
        [got, ..] if got != CARD_VERSION => return Err(CardError::Version { got }),
        [_, 251, low, high, ..] => (4, usize::from(u16::from_le_bytes([low, high]))),
        [_, short, ..] if short <= 250 => (2, usize::from(short)),
        _ => return Err(CardError::Malformed),
    };
    let card_len = head_len + inner + 1 + SIGNATURE_LEN;
    if card_len > CARD_MAX {
        return Err(CardError::TooLong { got: card_len });
    }
    Ok(card_len + CARD_CHECKSUM_LEN)
}
