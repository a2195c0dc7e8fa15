//! Blob chunks as files (STORE-12, STORE-13): a chunk's bytes are durable in its file before its record says so.
//!
//! While a chunk grows, its file is in `blobs/part`; complete, it moves to `blobs/ab`, where `ab` are the first two digits of
//! its name. Bytes of the file behind what the record says were never acknowledged; the next piece overwrites them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use sha2::{
    Digest, Sha256,
    digest::common::hazmat::{SerializableState, SerializedState},
};
use tidings_protocol::{
    exchange::{ChunkClass, PutBlob},
    ids::{BlobId, Capability, CapabilityHash},
    time::Day,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    StoreError,
    index::Index,
    log::{file_error, sync_folder},
    records::{BlobChecksum, BlobRecord, blob_key},
    shared::Shared,
};

/// Locks over which chunks are spread: pieces of one chunk are written one after the other.
const LOCKS: usize = 64;
/// Bytes read at once.
const READ_BYTES: usize = 65_536;

pub(super) struct Blobs {
    folder: PathBuf,
    locks: Vec<Arc<Mutex<()>>>,
}

/// [`PutBlob`] as the store sees it: of the right to write, the hash is enough.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub id: BlobId,
    pub class: ChunkClass,
    pub write: CapabilityHash,
    pub read: CapabilityHash,
    pub delete: CapabilityHash,
    pub offset: u32,
}

impl From<&PutBlob> for Terms {
    fn from(terms: &PutBlob) -> Self {
        Self {
            id: terms.id,
            class: terms.class,
            write: terms.write.hash(),
            read: terms.read,
            delete: terms.delete,
            offset: terms.offset,
        }
    }
}

/// What writing a piece came to.
pub(super) struct Written {
    /// Bytes from the chunk's beginning.
    pub stored: u32,
    /// The record to keep; nothing if the piece brought nothing new.
    pub changed: Option<BlobRecord>,
    /// Whether the chunk was there before.
    pub continues: bool,
}

impl BlobRecord {
    /// Whether all of it is stored.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.checksum, BlobChecksum::Complete(_))
    }

    /// The checksum that the stored bytes must have.
    pub(super) fn expected(&self) -> Result<[u8; 32], StoreError> {
        match &self.checksum {
            BlobChecksum::Complete(checksum) => Ok(*checksum),
            BlobChecksum::Growing(state) => Ok(resume(state)?.finalize().into()),
        }
    }
}

impl Blobs {
    /// Makes the folders, and tidies what a crash left: files of chunks that were never acknowledged go, complete ones move
    /// to their place.
    pub(super) fn open(folder: &Path, index: &Index) -> Result<Self, StoreError> {
        let blobs = Self {
            folder: folder.to_owned(),
            locks: (0..LOCKS).map(|_| Arc::default()).collect(),
        };
        let part = folder.join("part");
        fs::create_dir_all(&part).map_err(file_error("create", &part))?;
        for first in 0..=u8::MAX {
            let place = folder.join(format!("{first:02x}"));
            fs::create_dir_all(&place).map_err(file_error("create", &place))?;
        }
        sync_folder(folder).map_err(file_error("sync", folder))?;
        let failed = file_error("list", &part);
        for entry in fs::read_dir(&part).map_err(&failed)? {
            let path = entry.map_err(&failed)?.path();
            let id = path.file_name().and_then(|name| parse_name(name.to_str()?));
            let record = match id {
                Some(id) => index.record::<BlobRecord>(&blob_key(&id))?,
                None => continue,
            };
            match (id, record) {
                (Some(id), Some(record)) if record.is_complete() => blobs.finish(&id)?,
                (_, Some(_)) => {}
                (_, None) => remove(&path)?,
            }
        }
        Ok(blobs)
    }

    /// Whoever writes or deletes a chunk holds its lock.
    pub(super) async fn lock(&self, id: &BlobId) -> OwnedMutexGuard<()> {
        let lock = &self.locks[usize::from(id.0[0]) % LOCKS];
        Arc::clone(lock).lock_owned().await
    }

    /// Compares a piece with what is there and writes what is new of it, synced. Its record is still to be kept.
    pub(super) fn write(
        &self,
        shared: &Shared,
        terms: &Terms,
        piece: &[u8],
        expires: Day,
    ) -> Result<Written, StoreError> {
        let size = terms.class.size();
        let old = shared.with_index(|index| index.record::<BlobRecord>(&blob_key(&terms.id)))?;
        let continues = old.is_some();
        let mut record = match old {
            Some(record) => {
                let same = record.class == terms.class
                    && record.write == terms.write
                    && record.read == terms.read
                    && record.delete == terms.delete;
                if !same {
                    return Err(StoreError::NoBlob);
                }
                record
            }
            None if terms.offset == 0 => BlobRecord {
                class: terms.class,
                write: terms.write,
                read: terms.read,
                delete: terms.delete,
                expires,
                stored: 0,
                checksum: BlobChecksum::Growing(Sha256::new().serialize().to_vec()),
            },
            None => return Err(StoreError::BlobPiece { stored: 0 }),
        };
        let stored = record.stored;
        let refused = StoreError::BlobPiece { stored };
        let overlap = stored.checked_sub(terms.offset).ok_or(refused.clone())? as usize;
        if terms.offset as usize + piece.len() > size {
            return Err(refused);
        }
        let (known, fresh) = piece.split_at(overlap.min(piece.len()));
        if !known.is_empty() {
            let mut there = vec![0; known.len()];
            self.read_at(&terms.id, record.is_complete(), &mut there, terms.offset)?;
            if there != known {
                return Err(refused);
            }
        }
        if fresh.is_empty() && continues {
            return Ok(Written {
                stored,
                changed: None,
                continues,
            });
        }
        let room = shared.disk_room();
        let needed = if continues { fresh.len() } else { size };
        if room == 0 || needed as u64 > room {
            return Err(StoreError::RelayFull);
        }
        let BlobChecksum::Growing(state) = &record.checksum else {
            return Err(refused);
        };
        let mut hash = resume(state)?;
        hash.update(fresh);
        self.append(&terms.id, fresh, stored, !continues)?;
        let reached = stored as usize + fresh.len();
        record.stored = u32::try_from(reached).map_err(|_| refused)?;
        record.checksum = if reached == size {
            BlobChecksum::Complete(hash.finalize().into())
        } else {
            BlobChecksum::Growing(hash.serialize().to_vec())
        };
        Ok(Written {
            stored: record.stored,
            changed: Some(record),
            continues,
        })
    }

    fn append(&self, id: &BlobId, bytes: &[u8], at: u32, new: bool) -> Result<(), StoreError> {
        let path = self.part_path(id);
        let failed = file_error("write to", &path);
        let file = OpenOptions::new()
            .write(true)
            .create(new)
            .truncate(new)
            .open(&path)
            .map_err(&failed)?;
        file.write_all_at(bytes, u64::from(at)).map_err(&failed)?;
        file.sync_data().map_err(&failed)?;
        if new {
            sync_folder(&self.folder.join("part")).map_err(&failed)?;
        }
        Ok(())
    }

    /// Moves a chunk whose record says that it is complete. A crash before leaves it in `part`, where it is found too.
    pub(super) fn finish(&self, id: &BlobId) -> Result<(), StoreError> {
        let path = self.path(id);
        match fs::rename(self.part_path(id), &path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file_error("move a chunk to", &path)(error))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn read(
        &self,
        shared: &Shared,
        id: &BlobId,
        read: &Capability,
        offset: u32,
        length: u32,
    ) -> Result<(ChunkClass, Bytes), StoreError> {
        let record = record(shared, id)?.ok_or(StoreError::NoBlob)?;
        if record.read != read.hash() {
            return Err(StoreError::NoBlob);
        }
        if !record.is_complete() {
            return Err(StoreError::BlobIncomplete {
                stored: record.stored,
            });
        }
        let length = record.stored.saturating_sub(offset).min(length);
        let mut bytes = vec![0; length as usize];
        match self.read_at(id, true, &mut bytes, offset) {
            Ok(()) => Ok((record.class, bytes.into())),
            // Deleted since its record was read?
            Err(error) => match self::record(shared, id)? {
                Some(_) => Err(error),
                None => Err(StoreError::NoBlob),
            },
        }
    }

    /// All bytes of a complete chunk, compared with their checksum: whoever asks has no other.
    pub(super) fn read_whole(&self, shared: &Shared, id: &BlobId) -> Result<Bytes, StoreError> {
        let record = record(shared, id)?.ok_or(StoreError::NoBlob)?;
        let BlobChecksum::Complete(checksum) = record.checksum else {
            return Err(StoreError::BlobIncomplete {
                stored: record.stored,
            });
        };
        let mut bytes = vec![0; record.class.size()];
        self.read_at(id, true, &mut bytes, 0)?;
        if <[u8; 32]>::from(Sha256::digest(&bytes)) != checksum {
            return Err(StoreError::Damaged {
                what: "a blob chunk",
            });
        }
        Ok(bytes.into())
    }

    /// Whether there is a chunk and `delete` is its capability (EXCH-24).
    pub(super) fn may_delete(
        &self,
        shared: &Shared,
        id: &BlobId,
        delete: &Capability,
    ) -> Result<bool, StoreError> {
        match record(shared, id)? {
            Some(record) if record.delete == delete.hash() => Ok(true),
            Some(_) => Err(StoreError::NoBlob),
            None => Ok(false),
        }
    }

    /// Deletes the file of a chunk that has no record any more. The caller holds its lock.
    pub(super) fn remove_forgotten(&self, shared: &Shared, id: &BlobId) -> Result<(), StoreError> {
        match record(shared, id)? {
            Some(_) => Ok(()),
            None => self.remove(id),
        }
    }

    /// Deletes the file of a chunk.
    pub(super) fn remove(&self, id: &BlobId) -> Result<(), StoreError> {
        remove(&self.part_path(id))?;
        remove(&self.path(id))
    }

    /// SHA-256 of the first `length` bytes on disk.
    pub(super) fn checksum(
        &self,
        id: &BlobId,
        complete: bool,
        length: u32,
    ) -> Result<[u8; 32], StoreError> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; READ_BYTES];
        let mut offset = 0;
        while offset < length {
            let step = (length - offset).min(READ_BYTES as u32);
            let piece = &mut buffer[..step as usize];
            self.read_at(id, complete, piece, offset)?;
            hash.update(piece);
            offset += step;
        }
        Ok(hash.finalize().into())
    }

    /// The name of a chunk's file inside the data folder, for reports. Random, and tells no mailbox.
    pub(super) fn name(id: &BlobId) -> String {
        format!("blobs/{:02x}/{}", id.0[0], hex(id))
    }

    fn read_at(
        &self,
        id: &BlobId,
        complete: bool,
        bytes: &mut [u8],
        offset: u32,
    ) -> Result<(), StoreError> {
        let path = self.path(id);
        let part = self.part_path(id);
        let opened = if complete {
            match File::open(&path) {
                // Not moved yet, or being moved at this moment.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    File::open(&part).or_else(|_| File::open(&path))
                }
                other => other,
            }
        } else {
            File::open(&part)
        };
        opened
            .and_then(|file| file.read_exact_at(bytes, u64::from(offset)))
            .map_err(file_error("read", &path))
    }

    fn path(&self, id: &BlobId) -> PathBuf {
        self.folder.join(format!("{:02x}", id.0[0])).join(hex(id))
    }

    fn part_path(&self, id: &BlobId) -> PathBuf {
        self.folder.join("part").join(hex(id))
    }
}

fn record(shared: &Shared, id: &BlobId) -> Result<Option<BlobRecord>, StoreError> {
    shared.with_index(|index| index.record(&blob_key(id)))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(file_error("delete", path)(error))
        }
        _ => Ok(()),
    }
}

/// The hash of a growing chunk, where it was left.
fn resume(state: &[u8]) -> Result<Sha256, StoreError> {
    SerializedState::<Sha256>::try_from(state)
        .ok()
        .and_then(|state| Sha256::deserialize(&state).ok())
        .ok_or(StoreError::Damaged {
            what: "the checksum of a growing blob",
        })
}

fn hex(id: &BlobId) -> String {
    use std::fmt::Write;
    id.0.iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn parse_name(name: &str) -> Option<BlobId> {
    let mut bytes = [0; 32];
    if name.len() != 64 || !name.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(name.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(BlobId(bytes))
}
