//! What can be wrong with a blob.

use crate::limits::BLOB_MAX;

/// Why a blob cannot be sealed or opened. Each names the chunk, so that one chunk can be fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Larger than any blob.
    #[error("a blob of {got} bytes, at most {BLOB_MAX} are allowed")]
    Size {
        /// Its size in bytes.
        got: u64,
    },
    /// Cut into chunks in a way that this program does not know.
    #[error("the blob is cut by plan {got}, this program knows plan 1: a newer program is needed")]
    Plan {
        /// The number of the plan.
        got: u8,
    },
    /// There is no such chunk.
    #[error("chunk {index} of a blob that has {total}")]
    Index {
        /// The index asked for.
        index: u32,
        /// Chunks of the blob.
        total: u32,
    },
    /// A chunk's ciphertext or plaintext has another length than the plan says: cut off, or another blob's.
    #[error("chunk {index} of the blob has {got} bytes, {expected} are expected")]
    Length {
        /// Which chunk.
        index: u32,
        /// Bytes that the plan asks for.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
    /// The chunk was sealed already: sealing another text under the same nonce would give both away.
    #[error("chunk {index} of the blob is sealed already")]
    SealedAlready {
        /// Which chunk.
        index: u32,
    },
    /// The chunk is another one of the same blob: somebody swapped them.
    #[error("chunk {found} of the blob came in place of chunk {index}")]
    Swapped {
        /// The chunk asked for.
        index: u32,
        /// The chunk that came.
        found: u32,
    },
    /// The chunk does not open: another key, another blob, another number of chunks, or changed bytes.
    #[error("chunk {index} does not open: it is not of this blob, or was changed")]
    Chunk {
        /// Which chunk.
        index: u32,
    },
    /// Something but zeros stands behind the end of the plaintext.
    #[error("chunk {index} of the blob holds something behind its end")]
    Padding {
        /// Which chunk.
        index: u32,
    },
    /// Not every chunk has been sealed or opened.
    #[error("chunk {index} of the blob is missing")]
    Missing {
        /// The first one that is missing.
        index: u32,
    },
    /// All chunks opened, but they are not those to which the letter commits.
    #[error("the blob is not the one that the letter names")]
    Root,
    /// The primitive refused to seal.
    #[error("sealing a chunk failed")]
    Seal,
}
