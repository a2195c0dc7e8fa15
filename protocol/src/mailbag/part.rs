//! Parts: slices of the payload, each a file with a head and a checksum (BAG-1 to BAG-5).

use core::ops::Range;

use sha2::{Digest, Sha256};

use super::{MAILBAG_VERSION, MailbagError, pack::padded_len};
use crate::{
    ids::byte_string,
    limits::{
        MAILBAG_HEAD_LEN, MAILBAG_PART_MAX, MAILBAG_PART_MIN, MAILBAG_PARTS_MAX,
        MAILBAG_PAYLOAD_MAX, MAILBAG_TRAILER_LEN,
    },
};

byte_string! {
    /// Names a bag: labelled hash of everything in it (BAG-9). Parts of one bag have the same, and so has the same bag written
    /// a second time.
    BagSet, 32
}

impl BagSet {
    /// Its first bytes in hexadecimal digits, for people who hold several bags.
    #[must_use]
    pub fn short(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0[..4])
    }
}

const MAGIC: &[u8; 15] = b"tidings mailbag";
const OVERHEAD: u64 = (MAILBAG_HEAD_LEN + MAILBAG_TRAILER_LEN) as u64;
/// Bytes of the checksum over a head.
const CHECK_LEN: usize = 16;

/// How a payload is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layout {
    payload: u64,
    slice: u64,
}

impl Layout {
    /// A padded payload of `payload` bytes in files of at most `part_size` bytes.
    ///
    /// # Errors
    /// [`MailbagError::PartSize`], [`MailbagError::TooManyParts`], [`MailbagError::TooLarge`].
    pub fn new(payload: u64, part_size: u64) -> Result<Self, MailbagError> {
        if !(MAILBAG_PART_MIN..=MAILBAG_PART_MAX).contains(&part_size) {
            return Err(MailbagError::PartSize { got: part_size });
        }
        if payload > MAILBAG_PAYLOAD_MAX {
            return Err(MailbagError::TooLarge {
                got: payload,
                limit: MAILBAG_PAYLOAD_MAX,
            });
        }
        // One part is as long as it is: the size that was allowed is nobody's business.
        let slice = (part_size - OVERHEAD).min(payload);
        let count = payload.div_ceil(slice.max(1));
        if count > u64::from(MAILBAG_PARTS_MAX) {
            return Err(MailbagError::TooManyParts { got: count });
        }
        Ok(Self { payload, slice })
    }

    /// Bytes of the padded payload.
    #[must_use]
    pub fn payload(&self) -> u64 {
        self.payload
    }

    /// Number of parts.
    #[must_use]
    pub fn count(&self) -> u32 {
        // At most MAILBAG_PARTS_MAX, by both constructors.
        u32::try_from(self.payload.div_ceil(self.slice.max(1))).unwrap_or(u32::MAX)
    }

    /// Which bytes of the payload part `number`, from 1, holds.
    #[must_use]
    pub fn range(&self, number: u32) -> Range<u64> {
        let start = u64::from(number.saturating_sub(1)) * self.slice;
        start.min(self.payload)..(start + self.slice).min(self.payload)
    }

    /// Bytes of the file of part `number`.
    #[must_use]
    pub fn file_len(&self, number: u32) -> u64 {
        let range = self.range(number);
        range.end - range.start + OVERHEAD
    }

    /// What distinguishes the name of the file of part `number`, before its ending: nothing for the only part, `-01-of-12` for
    /// the first of twelve, so that names sort as parts do (BAG-2).
    #[must_use]
    pub fn name_of(&self, number: u32) -> String {
        let count = self.count();
        let width = count.to_string().len();
        match count {
            1 => String::new(),
            _ => format!("-{number:0width$}-of-{count}"),
        }
    }

    /// Bytes of all files.
    #[must_use]
    pub fn files_len(&self) -> u64 {
        self.payload + u64::from(self.count()) * OVERHEAD
    }

    /// In which part byte `at` of the payload lies, and where in its file.
    #[must_use]
    pub fn place(&self, at: u64) -> (u32, u64) {
        let before = at / self.slice.max(1);
        let number = u32::try_from(before + 1).unwrap_or(u32::MAX);
        (number, MAILBAG_HEAD_LEN as u64 + at % self.slice.max(1))
    }
}

/// What the head of a part says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHead {
    /// Of which bag it is.
    pub set: BagSet,
    /// How that is cut.
    pub layout: Layout,
    /// Which part, from 1.
    pub number: u32,
}

impl PartHead {
    /// The bytes of the head (BAG-3).
    #[must_use]
    pub fn encode(&self) -> [u8; MAILBAG_HEAD_LEN] {
        let mut head = [0; MAILBAG_HEAD_LEN];
        let fields: [&[u8]; 7] = [
            MAGIC,
            &[MAILBAG_VERSION],
            self.set.as_bytes(),
            &self.layout.payload.to_le_bytes(),
            &self.layout.slice.to_le_bytes(),
            &self.number.to_le_bytes(),
            &self.layout.count().to_le_bytes(),
        ];
        let mut at = 0;
        for field in fields {
            head[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        }
        let check = checksum(&head[..at]);
        head[at..].copy_from_slice(&check);
        head
    }

    /// Reads a head (BAG-3, BAG-4).
    ///
    /// # Errors
    /// [`MailbagError::NoMailbag`], [`MailbagError::Version`], [`MailbagError::Head`]; [`MailbagError::Malformed`] for a whole
    /// head that names impossible numbers.
    pub fn decode(head: &[u8; MAILBAG_HEAD_LEN]) -> Result<Self, MailbagError> {
        let mut rest = Fields(head);
        if rest.take::<15>() != *MAGIC {
            return Err(MailbagError::NoMailbag);
        }
        let [got] = rest.take::<1>();
        if got != MAILBAG_VERSION {
            return Err(MailbagError::Version { got });
        }
        let read = Self {
            set: BagSet(rest.take()),
            layout: Layout {
                payload: u64::from_le_bytes(rest.take()),
                slice: u64::from_le_bytes(rest.take()),
            },
            number: u32::from_le_bytes(rest.take()),
        };
        let count = u32::from_le_bytes(rest.take());
        if checksum(&head[..MAILBAG_HEAD_LEN - CHECK_LEN]) != rest.take::<CHECK_LEN>() {
            return Err(MailbagError::Head);
        }
        read.check(count)?;
        Ok(read)
    }

    /// BAG-4.
    fn check(&self, count: u32) -> Result<(), MailbagError> {
        let Layout { payload, slice } = self.layout;
        let malformed = |what| Err(MailbagError::Malformed { what });
        if payload == 0 || payload > MAILBAG_PAYLOAD_MAX || padded_len(payload) != payload {
            return malformed("its length is not one that a mailbag has");
        }
        if slice == 0 || slice > payload || slice > MAILBAG_PART_MAX - OVERHEAD {
            return malformed("its parts have an impossible length");
        }
        if payload.div_ceil(slice) != u64::from(count) || count > MAILBAG_PARTS_MAX {
            return malformed("the number of its parts does not fit its length");
        }
        if self.number == 0 || self.number > count {
            return malformed("the number of a part is beyond their count");
        }
        Ok(())
    }
}

fn checksum(head: &[u8]) -> [u8; CHECK_LEN] {
    let digest: [u8; 32] = Sha256::digest(head).into();
    Fields(&digest).take()
}

/// Fixed fields, one after the other, of bytes that are known to be long enough.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((field, rest)) = self.0.split_first_chunk::<N>() else {
            return [0; N];
        };
        self.0 = rest;
        *field
    }
}
