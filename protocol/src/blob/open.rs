//! Opening a blob, chunk by chunk (BLOB-10 to BLOB-12).

use chacha20poly1305::{ChaCha20Poly1305, aead::AeadInOut};

use super::{
    BlobError, BlobRef, BlobRoot, ChunkHash, ChunkPlan, all_hashes, associated_data, cipher, nonce,
    root,
};
use crate::limits::AEAD_TAG_LEN;

/// Opens the chunks of one blob, in any order; the same one may be opened again.
pub struct BlobOpener {
    plan: ChunkPlan,
    cipher: ChaCha20Poly1305,
    root: BlobRoot,
    hashes: Vec<Option<ChunkHash>>,
}

impl BlobOpener {
    /// Begins with what the letter says.
    ///
    /// # Errors
    /// [`BlobError::Plan`] or [`BlobError::Size`].
    pub fn new(blob: &BlobRef) -> Result<Self, BlobError> {
        let plan = blob.plan()?;
        Ok(Self {
            plan,
            cipher: cipher(&blob.secret),
            root: blob.root,
            // At most a few hundred chunks.
            hashes: vec![None; plan.total() as usize],
        })
    }

    /// Into which chunks the blob is cut.
    #[must_use]
    pub fn plan(&self) -> &ChunkPlan {
        &self.plan
    }

    /// Opens chunk `index`, in place: takes the ciphertext over and gives the bytes of [`ChunkPlan::range`] back.
    ///
    /// What it gives is what the sender sealed at this place (BLOB-10), and may be shown before the others are there.
    ///
    /// # Errors
    /// [`BlobError`] names the chunk and what is wrong with it.
    pub fn open_chunk(&mut self, index: u32, mut chunk: Vec<u8>) -> Result<Vec<u8>, BlobError> {
        let expected = self.plan.class(index)?.size();
        if chunk.len() != expected {
            return Err(BlobError::Length {
                index,
                expected,
                got: chunk.len(),
            });
        }
        let hash = ChunkHash::of(&chunk);
        self.decrypt(index, &mut chunk)
            .map_err(|error| self.find_place(index, &mut chunk).unwrap_or(error))?;
        chunk.truncate(chunk.len() - AEAD_TAG_LEN);
        let range = self.plan.range(index)?;
        let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        if chunk.iter().skip(len).any(|&byte| byte != 0) {
            return Err(BlobError::Padding { index });
        }
        chunk.truncate(len);
        if let Some(place) = usize::try_from(index)
            .ok()
            .and_then(|place| self.hashes.get_mut(place))
        {
            *place = Some(hash);
        }
        Ok(chunk)
    }

    /// Ends the blob: every chunk was opened, and together they are what the letter commits to (BLOB-12).
    ///
    /// # Errors
    /// [`BlobError::Missing`] or [`BlobError::Root`].
    pub fn finish(self) -> Result<(), BlobError> {
        if root(&all_hashes(&self.hashes)?) == self.root {
            Ok(())
        } else {
            Err(BlobError::Root)
        }
    }

    /// Decrypts in place if the tag, which is checked first, is right; else leaves the bytes as they are.
    fn decrypt(&self, index: u32, chunk: &mut [u8]) -> Result<(), BlobError> {
        let failed = BlobError::Chunk { index };
        let (text, tag) = chunk.split_last_chunk_mut::<AEAD_TAG_LEN>().ok_or(failed)?;
        self.cipher
            .decrypt_inout_detached(
                &nonce(&self.plan, index).into(),
                &associated_data(&self.plan),
                text.into(),
                &(*tag).into(),
            )
            .map_err(|_| failed)
    }

    /// Whether a chunk that does not open at its place opens at another one: tells a swap from damage (BLOB-11). Only
    /// after a failure, and a tag is checked at the speed of memory.
    fn find_place(&self, index: u32, chunk: &mut [u8]) -> Option<BlobError> {
        (0..self.plan.total())
            .filter(|&found| found != index)
            .filter(|&found| self.plan.class(found) == self.plan.class(index))
            .find(|&found| self.decrypt(found, chunk).is_ok())
            .map(|found| BlobError::Swapped { index, found })
    }
}

impl core::fmt::Debug for BlobOpener {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("BlobOpener(…)")
    }
}

/// Opens a blob whose chunks are in memory anyhow.
///
/// # Errors
/// [`BlobError`].
pub fn open_whole(
    blob: &BlobRef,
    chunks: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Vec<u8>, BlobError> {
    let mut opener = BlobOpener::new(blob)?;
    let mut plaintext = Vec::new();
    for (index, chunk) in (0..).zip(chunks) {
        plaintext.extend_from_slice(&opener.open_chunk(index, chunk)?);
    }
    opener.finish()?;
    Ok(plaintext)
}
