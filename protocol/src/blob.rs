//! Blobs: photographs, drawings, voice, long texts. Sealed once into chunks of a few sizes; the letter holds a
//! [`BlobRef`] of some 75 bytes from which everything that a reader needs is derived.
//!
//! Normative text: `docs/spec/blobs.md`, rules BLOB-1 to BLOB-16.
//!
//! ```text
//! BlobSealer ─ seal_chunk(0..total) ─▶ ciphertexts (kept on disk, then uploaded: a resumed upload sends the same bytes)
//!            └ finish ─▶ BlobRef (into the letter) + BlobWriter (stays with the sender)
//! BlobRef + BlobWriter ─ put_terms(i) ─▶ exchange::PutBlob      BlobRef ─ get_request(i), delete_request(i)
//! BlobOpener::new(BlobRef) ─ open_chunk(0..total) ─▶ plaintext, finish ─▶ all of it, and nothing else
//! ```
//!
//! The construction of a chunk's nonce is that of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), counter and last flag.
//! It is spelled out here instead of taken from `aead-stream` because chunks are sealed and opened in any order and in the
//! caller's buffer, and because the number of chunks and the size are bound as well.

mod error;
mod open;
mod plan;
mod seal;
#[cfg(test)]
mod tests;

use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{
    error::BlobError,
    open::{BlobOpener, open_whole},
    plan::ChunkPlan,
    seal::{BlobSealer, SealedBlob, seal_whole},
};
use crate::{
    exchange::{ChunkClass, PutBlob, Request},
    ids::{BlobId, Capability, byte_string, labelled_hash},
    secret::Secret,
    suite,
};

byte_string! {
    /// Labelled hash of the hashes of all chunks of one blob, in order (BLOB-9): what the letter commits to.
    BlobRoot, 32
}
byte_string! {
    /// SHA-256 of one chunk as it is stored.
    ChunkHash, 32
}

/// What a letter says about a blob: enough to fetch, open, check and delete it. Whoever has it can do all of that, so it
/// travels inside seals only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// From this the key, the chunks' names and the capabilities to read and delete are derived (BLOB-3).
    secret: Secret,
    /// Bytes of plaintext.
    size: u64,
    /// How the size determines the chunks: [`PLAN_1`].
    plan: u8,
    /// What was sealed.
    root: BlobRoot,
}

/// What only the sender keeps: the capabilities to write are derived from it (BLOB-4). Without it a reader of the letter
/// cannot put other bytes in place of chunks that were not uploaded yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobWriter(Secret);

/// The number of the only plan (BLOB-2).
pub const PLAN_1: u8 = 1;

const KEY_LABEL: &[u8] = b"tidings blob key v1";
const ID_LABEL: &[u8] = b"tidings blob chunk id v1";
const READ_LABEL: &[u8] = b"tidings blob read v1";
const DELETE_LABEL: &[u8] = b"tidings blob delete v1";
const WRITE_LABEL: &[u8] = b"tidings blob write v1";
const ROOT_LABEL: &[u8] = b"tidings blob root v1";

impl BlobRef {
    /// Bytes of plaintext.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What was sealed; tells two blobs apart.
    #[must_use]
    pub fn root(&self) -> &BlobRoot {
        &self.root
    }

    /// Into which chunks the blob is cut (BLOB-2).
    ///
    /// # Errors
    /// [`BlobError::Plan`] if a newer program cut it, [`BlobError::Size`] if it is larger than any blob.
    pub fn plan(&self) -> Result<ChunkPlan, BlobError> {
        if self.plan != PLAN_1 {
            return Err(BlobError::Plan { got: self.plan });
        }
        ChunkPlan::for_size(self.size)
    }

    /// Under which terms chunk `index` is uploaded, from its first byte on; for a later piece set
    /// [`PutBlob::offset`].
    ///
    /// # Errors
    /// Those of [`Self::plan`], and [`BlobError::Index`].
    pub fn put_terms(&self, index: u32, writer: &BlobWriter) -> Result<PutBlob, BlobError> {
        let class = self.class(index)?;
        Ok(PutBlob {
            id: self.chunk_id(index),
            class,
            write: capability(&writer.0, WRITE_LABEL, index),
            read: self.read_capability(index).hash(),
            delete: self.delete_capability(index).hash(),
            offset: 0,
        })
    }

    /// The request for `length` bytes of chunk `index` from `offset` on.
    ///
    /// # Errors
    /// Those of [`Self::plan`], and [`BlobError::Index`].
    pub fn get_request(&self, index: u32, offset: u32, length: u32) -> Result<Request, BlobError> {
        self.class(index)?;
        Ok(Request::GetBlob {
            id: self.chunk_id(index),
            read: self.read_capability(index),
            offset,
            length,
        })
    }

    /// The request to delete chunk `index`.
    ///
    /// # Errors
    /// Those of [`Self::plan`], and [`BlobError::Index`].
    pub fn delete_request(&self, index: u32) -> Result<Request, BlobError> {
        self.class(index)?;
        Ok(Request::DeleteBlob {
            id: self.chunk_id(index),
            delete: self.delete_capability(index),
        })
    }

    /// The name of chunk `index` at a relay (BLOB-3). Without the secret the names of one blob's chunks look unrelated.
    #[must_use]
    pub fn chunk_id(&self, index: u32) -> BlobId {
        BlobId(*derived(&self.secret, ID_LABEL, index).expose())
    }

    fn class(&self, index: u32) -> Result<ChunkClass, BlobError> {
        self.plan()?.class(index)
    }

    fn read_capability(&self, index: u32) -> Capability {
        capability(&self.secret, READ_LABEL, index)
    }

    fn delete_capability(&self, index: u32) -> Capability {
        capability(&self.secret, DELETE_LABEL, index)
    }
}

impl ChunkHash {
    /// The hash of a chunk as it is stored.
    #[must_use]
    pub fn of(chunk: &[u8]) -> Self {
        Self(Sha256::digest(chunk).into())
    }
}

/// BLOB-3, BLOB-4: one key for one purpose and one chunk.
fn derived(secret: &Secret, label: &[u8], index: u32) -> Secret {
    suite::derive(secret, b"", label, &[&index.to_le_bytes()])
}

fn capability(secret: &Secret, label: &[u8], index: u32) -> Capability {
    Capability(*derived(secret, label, index).expose())
}

/// The key of a blob's chunks (BLOB-3).
fn cipher(secret: &Secret) -> ChaCha20Poly1305 {
    let key = suite::derive(secret, b"", KEY_LABEL, &[]);
    ChaCha20Poly1305::new(key.expose().into())
}

/// Binds a chunk to its index and to being the last or not (BLOB-6). The key is used for one blob only, so that no random
/// part is needed.
fn nonce(plan: &ChunkPlan, index: u32) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..4].copy_from_slice(&index.to_le_bytes());
    nonce[11] = u8::from(index + 1 == plan.total());
    nonce
}

/// Binds a chunk to the number of chunks and the size of the whole (BLOB-7).
fn associated_data(plan: &ChunkPlan) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&plan.total().to_le_bytes());
    bytes[4..].copy_from_slice(&plan.size().to_le_bytes());
    bytes
}

/// BLOB-9.
fn root(hashes: &[ChunkHash]) -> BlobRoot {
    let parts: Vec<&[u8]> = hashes.iter().map(|hash| hash.0.as_slice()).collect();
    BlobRoot(labelled_hash(ROOT_LABEL, &parts))
}

/// The hashes of all chunks, if each was seen.
fn all_hashes(hashes: &[Option<ChunkHash>]) -> Result<Vec<ChunkHash>, BlobError> {
    let missing = |index: usize| BlobError::Missing {
        index: u32::try_from(index).unwrap_or(u32::MAX),
    };
    hashes
        .iter()
        .enumerate()
        .map(|(index, hash)| hash.ok_or_else(|| missing(index)))
        .collect()
}
