//! Into which chunks a blob of a given size is cut (BLOB-1, BLOB-2, BLOB-5).

use core::ops::Range;

use super::BlobError;
use crate::{
    exchange::ChunkClass,
    limits::{AEAD_TAG_LEN, BLOB_MAX, BLOB_SIZE_BITS, CHUNK_CLASSES},
};

/// The chunks of one blob, largest first; a function of the size alone.
///
/// The size is rounded up to a whole number of 16-KiB units of which only the [`BLOB_SIZE_BITS`] highest bits may be set:
/// the waste stays under a sixteenth, and all a watcher learns of a size is one of sixteen steps in each doubling. Units are
/// then gathered into as few chunks as possible: at most three of each class but the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlan {
    size: u64,
    units: u32,
}

const UNIT: usize = CHUNK_CLASSES[0];
const UNIT_U64: u64 = UNIT as u64;
/// Units of each class, largest first.
const CLASS_UNITS: [u32; 4] = [64, 16, 4, 1];
const CLASSES: [ChunkClass; 4] = [
    ChunkClass::Huge,
    ChunkClass::Large,
    ChunkClass::Medium,
    ChunkClass::Small,
];

impl ChunkPlan {
    /// The plan for `size` bytes of plaintext.
    ///
    /// # Errors
    /// [`BlobError::Size`] above [`BLOB_MAX`].
    pub fn for_size(size: u64) -> Result<Self, BlobError> {
        let too_large = BlobError::Size { got: size };
        if size > BLOB_MAX {
            return Err(too_large);
        }
        let least = u32::try_from(size.div_ceil(UNIT_U64)).map_err(|_| too_large)?;
        let mut plan = Self {
            size,
            units: rounded(least.max(1)),
        };
        // The tags take room too: now and then one step more is needed.
        while plan.capacity() < size {
            plan.units = rounded(plan.units + 1);
        }
        Ok(plan)
    }

    /// Bytes of plaintext.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Number of chunks, at least one.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.counts().iter().sum()
    }

    /// Bytes that all chunks take at a relay.
    #[must_use]
    pub fn stored_len(&self) -> u64 {
        u64::from(self.units) * UNIT_U64
    }

    /// Size class of a chunk.
    ///
    /// # Errors
    /// [`BlobError::Index`].
    pub fn class(&self, index: u32) -> Result<ChunkClass, BlobError> {
        Ok(self.place(index)?.0)
    }

    /// Which bytes of the plaintext a chunk holds; empty for a chunk that is all padding.
    ///
    /// # Errors
    /// [`BlobError::Index`].
    pub fn range(&self, index: u32) -> Result<Range<u64>, BlobError> {
        let (class, start) = self.place(index)?;
        let end = start + room(class);
        Ok(start.min(self.size)..end.min(self.size))
    }

    /// Number of chunks of each class, largest class first.
    fn counts(&self) -> [u32; 4] {
        let mut rest = self.units;
        CLASS_UNITS.map(|units| {
            let count = rest / units;
            rest %= units;
            count
        })
    }

    /// Class of a chunk, and where its room in the padded plaintext begins.
    fn place(&self, index: u32) -> Result<(ChunkClass, u64), BlobError> {
        let mut first = 0;
        let mut start = 0;
        for (class, count) in CLASSES.into_iter().zip(self.counts()) {
            if index < first + count {
                return Ok((class, start + u64::from(index - first) * room(class)));
            }
            first += count;
            start += u64::from(count) * room(class);
        }
        Err(BlobError::Index {
            index,
            total: first,
        })
    }

    fn capacity(&self) -> u64 {
        CLASSES
            .into_iter()
            .zip(self.counts())
            .map(|(class, count)| u64::from(count) * room(class))
            .sum()
    }
}

/// Bytes of plaintext that a chunk of this class holds.
fn room(class: ChunkClass) -> u64 {
    // At most a mebibyte.
    (class.size() - AEAD_TAG_LEN) as u64
}

/// Rounds up to the next number in which only the highest [`BLOB_SIZE_BITS`] bits may be set.
fn rounded(units: u32) -> u32 {
    let low_bits = (u32::BITS - units.leading_zeros()).saturating_sub(BLOB_SIZE_BITS);
    units.div_ceil(1 << low_bits) << low_bits
}

const _: () = assert!(CLASS_UNITS[0] as usize * UNIT == CHUNK_CLASSES[3]);
const _: () = assert!(CLASS_UNITS[1] as usize * UNIT == CHUNK_CLASSES[2]);
const _: () = assert!(CLASS_UNITS[2] as usize * UNIT == CHUNK_CLASSES[1]);
