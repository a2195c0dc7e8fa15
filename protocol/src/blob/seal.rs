//! Sealing a blob, chunk by chunk (BLOB-5 to BLOB-9).

use chacha20poly1305::{ChaCha20Poly1305, aead::AeadInOut};
use rand_core::CryptoRng;

use super::{
    BlobError, BlobRef, BlobWriter, ChunkHash, ChunkPlan, PLAN_1, all_hashes, associated_data,
    cipher, nonce, root,
};
use crate::{limits::AEAD_TAG_LEN, secret::Secret};

/// Seals one blob whose size is known. Each chunk is sealed exactly once, in any order.
pub struct BlobSealer {
    pub(super) secret: Secret,
    pub(super) writer: BlobWriter,
    pub(super) plan: ChunkPlan,
    pub(super) cipher: ChaCha20Poly1305,
    pub(super) hashes: Vec<Option<ChunkHash>>,
}

/// A blob that was sealed in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBlob {
    /// For the letter.
    pub blob: BlobRef,
    /// For the outbox.
    pub writer: BlobWriter,
    /// The ciphertexts in order, each exactly as long as its class.
    pub chunks: Vec<Vec<u8>>,
}

impl BlobSealer {
    /// Begins a blob of `size` bytes under fresh secrets.
    ///
    /// # Errors
    /// [`BlobError::Size`].
    pub fn new(size: u64, rng: &mut impl CryptoRng) -> Result<Self, BlobError> {
        let plan = ChunkPlan::for_size(size)?;
        let secret = Secret::random(rng);
        let writer = BlobWriter(Secret::random(rng));
        let cipher = cipher(&secret);
        // At most a few hundred chunks.
        let hashes = vec![None; plan.total() as usize];
        Ok(Self {
            secret,
            writer,
            plan,
            cipher,
            hashes,
        })
    }

    /// Into which chunks the blob is cut.
    #[must_use]
    pub fn plan(&self) -> &ChunkPlan {
        &self.plan
    }

    /// Seals chunk `index`. `plaintext` are the bytes of [`ChunkPlan::range`]; the answer is as long as the chunk's class.
    ///
    /// # Errors
    /// [`BlobError::Index`], [`BlobError::Length`], [`BlobError::SealedAlready`].
    pub fn seal_chunk(&mut self, index: u32, plaintext: &[u8]) -> Result<Vec<u8>, BlobError> {
        let mut chunk = Vec::with_capacity(self.plan.class(index)?.size());
        chunk.extend_from_slice(plaintext);
        self.seal_chunk_in_place(index, &mut chunk)?;
        Ok(chunk)
    }

    /// Like [`Self::seal_chunk`], without a copy: `chunk` holds the plaintext before and the sealed chunk after; reserve
    /// the class's size to spare a reallocation.
    ///
    /// # Errors
    /// [`BlobError::Index`], [`BlobError::Length`], [`BlobError::SealedAlready`]; `chunk` is unchanged then.
    pub fn seal_chunk_in_place(
        &mut self,
        index: u32,
        chunk: &mut Vec<u8>,
    ) -> Result<(), BlobError> {
        let class_len = self.plan.class(index)?.size();
        let range = self.plan.range(index)?;
        let expected = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        if chunk.len() != expected {
            return Err(BlobError::Length {
                index,
                expected,
                got: chunk.len(),
            });
        }
        let total = self.plan.total();
        let hash = usize::try_from(index)
            .ok()
            .and_then(|place| self.hashes.get_mut(place))
            .ok_or(BlobError::Index { index, total })?;
        if hash.is_some() {
            return Err(BlobError::SealedAlready { index });
        }
        chunk.resize(class_len - AEAD_TAG_LEN, 0);
        let tag = self
            .cipher
            .encrypt_inout_detached(
                &nonce(&self.plan, index).into(),
                &associated_data(&self.plan),
                chunk.as_mut_slice().into(),
            )
            .map_err(|_| BlobError::Seal)?;
        chunk.extend_from_slice(&tag);
        *hash = Some(ChunkHash::of(chunk));
        Ok(())
    }

    /// Ends the blob once every chunk is sealed. Store both before anything is uploaded.
    ///
    /// # Errors
    /// [`BlobError::Missing`].
    pub fn finish(self) -> Result<(BlobRef, BlobWriter), BlobError> {
        let blob = BlobRef {
            root: root(&all_hashes(&self.hashes)?),
            secret: self.secret,
            size: self.plan.size(),
            plan: PLAN_1,
        };
        Ok((blob, self.writer))
    }
}

impl core::fmt::Debug for BlobSealer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("BlobSealer(…)")
    }
}

/// Seals a blob that is in memory anyhow: a preview, a text.
///
/// # Errors
/// [`BlobError::Size`].
pub fn seal_whole(plaintext: &[u8], rng: &mut impl CryptoRng) -> Result<SealedBlob, BlobError> {
    // usize has at most 64 bits on every target of this crate.
    let mut sealer = BlobSealer::new(plaintext.len() as u64, rng)?;
    let plan = *sealer.plan();
    let mut rest = plaintext;
    let mut chunks = Vec::new();
    for index in 0..plan.total() {
        let range = plan.range(index)?;
        let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let (own, others) = rest
            .split_at_checked(len)
            .ok_or(BlobError::Missing { index })?;
        chunks.push(sealer.seal_chunk(index, own)?);
        rest = others;
    }
    let (blob, writer) = sealer.finish()?;
    Ok(SealedBlob {
        blob,
        writer,
        chunks,
    })
}
