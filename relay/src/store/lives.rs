//! Lives of a store and receipts for deposits (STORE-18, EXCH-25): how a depositor notices that a relay was put back to an
//! older state.
//!
//! A life lasts from one start to the next. Its first group writes down a random key and the number of the frame that it
//! begins with, so that the lives of one history follow each other in the log. A receipt names a life and a frame, under
//! that life's key. Where the folder is put back, the lives behind that state are gone; those that follow have other keys and
//! begin earlier, so that no receipt from behind it holds again, however much is written since.

use rand_core::Rng;
use serde::{Deserialize, Serialize};
use tidings_protocol::{
    exchange::Receipt,
    ids::{MailboxAddress, labelled_hash},
};

use super::{
    StoreError,
    index::Index,
    records::{Part, Record, life_key, parse_life_key},
};
use crate::clock;

/// Lives that a store remembers. A relay that is started twice a day knows every receipt for longer than it keeps letters;
/// one that starts more often loses the oldest, and depositors offer those letters once more.
pub(super) const LIVES_MAX: u64 = 4_096;

const RECEIPT_LABEL: &[u8] = b"tidings store receipt v1";
const MASK_LABEL: &[u8] = b"tidings store receipt mask v1";

/// What the index keeps of a life.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LifeRecord {
    /// Number of the first frame of this life.
    pub begins: u64,
    /// Random; makes its receipts, and tells it from a life of the same number in another history.
    #[serde(with = "serde_bytes")]
    pub key: [u8; 32],
}

impl std::fmt::Debug for LifeRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LifeRecord(begins {}, …)", self.begins)
    }
}

impl Record for LifeRecord {
    const NAME: &'static str = "life record";
}

/// The life that lasts.
#[derive(Clone, Copy)]
pub(super) struct Life {
    /// One more than the life before.
    pub number: u64,
    /// Number of the next frame: everything answered so far is in frames before it.
    pub reached: u64,
    /// Whether its record is in the log. The first group of a life takes it there.
    pub recorded: bool,
    key: [u8; 32],
}

impl Life {
    /// A new one, with a fresh key; its number is known only when the index was looked at ([`Self::follow`]).
    pub(super) fn begin() -> Self {
        let mut key = [0; 32];
        clock::random().fill_bytes(&mut key);
        Self {
            number: 0,
            reached: 0,
            recorded: false,
            key,
        }
    }

    /// Takes its place behind the lives that the index knows, or finds itself among them.
    pub(super) fn follow(&mut self, index: &Index) -> Result<(), StoreError> {
        let lives = index.scan_part(Part::Life, usize::MAX)?;
        let Some((key, value)) = lives.last() else {
            self.number = 1;
            return Ok(());
        };
        let last = parse_life_key(key).ok_or(StoreError::Damaged {
            what: "a life's key",
        })?;
        self.recorded = LifeRecord::from_bytes(value)?.key == self.key;
        self.number = if self.recorded { last } else { last + 1 };
        Ok(())
    }

    /// What to keep of it, in the frame of number `begins`.
    pub(super) fn record(&self, begins: u64) -> LifeRecord {
        LifeRecord {
            begins,
            key: self.key,
        }
    }

    /// A receipt for everything that was answered so far in `mailbox`.
    pub(super) fn receipt(&self, mailbox: &MailboxAddress) -> Receipt {
        make_receipt(&self.key, mailbox, self.number, self.reached)
    }

    /// Whether a receipt is of this history.
    pub(super) fn holds(
        &self,
        index: &Index,
        mailbox: &MailboxAddress,
        receipt: &Receipt,
    ) -> Result<bool, StoreError> {
        let number = receipt_life(receipt);
        if number == self.number {
            let frame = read_receipt(&self.key, mailbox, receipt);
            return Ok(frame.is_some_and(|frame| frame <= self.reached));
        }
        let Some(life) = index.record::<LifeRecord>(&life_key(number))? else {
            return Ok(false);
        };
        let Some(frame) = read_receipt(&life.key, mailbox, receipt) else {
            return Ok(false);
        };
        // The life ended where the next one begins. Until this one has written anything, nothing is behind the last one.
        let next = index.record::<LifeRecord>(&life_key(number.saturating_add(1)))?;
        Ok(frame <= next.map_or(self.reached, |next| next.begins))
    }
}

/// Number of the life (8 bytes, little-endian) ‖ number of the frame (8, little-endian, masked) ‖ first 16 bytes of a keyed
/// hash over both and the mailbox.
pub(super) fn make_receipt(
    key: &[u8; 32],
    mailbox: &MailboxAddress,
    life: u64,
    frame: u64,
) -> Receipt {
    let tag = receipt_tag(key, mailbox, life, frame);
    let masked = frame ^ receipt_mask(key, mailbox, &tag);
    let mut bytes = [0; Receipt::LEN];
    bytes[..8].copy_from_slice(&life.to_le_bytes());
    bytes[8..16].copy_from_slice(&masked.to_le_bytes());
    bytes[16..].copy_from_slice(&tag);
    Receipt(bytes)
}

/// The life that a receipt names.
fn receipt_life(receipt: &Receipt) -> u64 {
    let (life, _) = receipt_parts(receipt);
    life
}

/// The frame that a receipt names, if `key` made it for `mailbox`.
fn read_receipt(key: &[u8; 32], mailbox: &MailboxAddress, receipt: &Receipt) -> Option<u64> {
    let (life, masked) = receipt_parts(receipt);
    let tag = receipt.0.last_chunk::<16>()?;
    let frame = masked ^ receipt_mask(key, mailbox, tag);
    (receipt_tag(key, mailbox, life, frame) == *tag).then_some(frame)
}

fn receipt_parts(receipt: &Receipt) -> (u64, u64) {
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&receipt.0[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    (number(0), number(8))
}

fn receipt_tag(key: &[u8; 32], mailbox: &MailboxAddress, life: u64, frame: u64) -> [u8; 16] {
    let hash = labelled_hash(
        RECEIPT_LABEL,
        &[key, &mailbox.0, &life.to_le_bytes(), &frame.to_le_bytes()],
    );
    let mut tag = [0; 16];
    tag.copy_from_slice(&hash[..16]);
    tag
}

fn receipt_mask(key: &[u8; 32], mailbox: &MailboxAddress, tag: &[u8; 16]) -> u64 {
    let hash = labelled_hash(MASK_LABEL, &[key, &mailbox.0, tag]);
    let mut mask = [0; 8];
    mask.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EXCH-25: a receipt reads back under its own key and mailbox only, and no changed bit passes.
    #[test]
    fn a_receipt_is_bound_to_its_life_mailbox_and_bytes() {
        let (key, mailbox) = ([7; 32], MailboxAddress([1; 32]));
        let receipt = make_receipt(&key, &mailbox, 3, 70_000);
        assert_eq!(read_receipt(&key, &mailbox, &receipt), Some(70_000));
        assert_eq!(receipt_life(&receipt), 3);
        assert_eq!(read_receipt(&[8; 32], &mailbox, &receipt), None);
        assert_eq!(read_receipt(&key, &MailboxAddress([2; 32]), &receipt), None);
        for bit in 0..256 {
            let mut changed = receipt;
            changed.0[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_receipt(&key, &mailbox, &changed), None, "bit {bit}");
        }
    }

    /// EXCH-25: who deposits twice in mailboxes of his own cannot count what the relay wrote in between.
    #[test]
    fn receipts_do_not_show_their_frame() {
        let (key, mailbox) = ([7; 32], MailboxAddress([1; 32]));
        let masked = |frame| receipt_parts(&make_receipt(&key, &mailbox, 1, frame)).1;
        for frame in 0..1_000 {
            let difference = masked(frame) ^ masked(frame + 1);
            assert!(difference.leading_zeros() < 40, "frame {frame}");
        }
    }
}
