//! What an operator's tools need of a store that lies on this machine, beside what clients may ask: chunks as couriers carry
//! them, without the rights that only their owners have (`docs/spec/mailbag.md`).

use std::{ops::Bound, sync::Arc};

use bytes::Bytes;
use tidings_protocol::{
    blob::ChunkHash,
    exchange::ChunkClass,
    ids::{BlobId, CapabilityHash},
    time::Day,
};

use super::{
    EmbeddedStore, StoreError,
    blobs::Terms,
    records::{BlobChecksum, BlobRecord, Part, Record as _, blob_key},
};

/// A complete chunk, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChunk {
    /// Its name.
    pub id: BlobId,
    /// Its size.
    pub class: ChunkClass,
    /// Hash of the right to write it.
    pub write: CapabilityHash,
    /// Hash of the right to read it.
    pub read: CapabilityHash,
    /// Hash of the right to delete it.
    pub delete: CapabilityHash,
    /// SHA-256 of its bytes.
    pub hash: ChunkHash,
}

impl EmbeddedStore {
    /// The complete chunks behind `after`, in the order of their names, at most `limit` of those that were looked at, and the name
    /// from which to go on; none at the end.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Record`].
    pub async fn kept_chunks(
        &self,
        after: Option<BlobId>,
        limit: usize,
    ) -> Result<(Vec<KeptChunk>, Option<BlobId>), StoreError> {
        self.inner
            .read(move |shared| {
                let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(blob_key(&id)));
                let found =
                    shared.with_index(|index| index.scan(&[Part::Blob as u8], from, limit))?;
                let mut chunks = Vec::new();
                let mut last = None;
                for (key, value) in found {
                    let id = key.get(1..).and_then(BlobId::from_slice);
                    let id = id.ok_or(StoreError::Damaged {
                        what: "the name of a blob",
                    })?;
                    last = Some(id);
                    let record = BlobRecord::from_bytes(&value)?;
                    if let BlobChecksum::Complete(hash) = record.checksum {
                        chunks.push(KeptChunk {
                            id,
                            class: record.class,
                            write: record.write,
                            read: record.read,
                            delete: record.delete,
                            hash: ChunkHash(hash),
                        });
                    }
                }
                Ok((chunks, last))
            })
            .await
    }

    /// The bytes of a complete chunk.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`], [`StoreError::Io`].
    pub async fn kept_bytes(&self, id: BlobId) -> Result<Bytes, StoreError> {
        let blobs = Arc::clone(&self.inner.blobs);
        self.inner
            .read(move |shared| blobs.read_whole(shared, &id))
            .await
    }

    /// Keeps a whole chunk that a courier brought, as [`super::Store::put_blob`] would; the right to write it is known by its
    /// hash alone. One that is there already changes nothing.
    ///
    /// # Errors
    /// As [`super::Store::put_blob`].
    pub async fn take_chunk(
        &self,
        chunk: KeptChunk,
        bytes: Bytes,
        expires: Day,
    ) -> Result<u32, StoreError> {
        let terms = Terms {
            id: chunk.id,
            class: chunk.class,
            write: chunk.write,
            read: chunk.read,
            delete: chunk.delete,
            offset: 0,
        };
        self.whole(|inner| async move { inner.put_blob(terms, bytes, expires).await })
            .await
    }
}
