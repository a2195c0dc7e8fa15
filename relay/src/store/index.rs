//! The ordered index: one fjall keyspace, written only from what the log already holds.
//!
//! The log is what makes an operation durable; the index may lose everything written since the last checkpoint and gets it
//! back from the log. So nothing here waits for a sync, and a journal of the engine that a power cut left torn is dropped
//! instead of mended (STORE-3).

use std::{
    fs, io,
    ops::Bound,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use fjall::{Database, Keyspace, KeyspaceCreateOptions};

use super::{
    StoreError, StoreIoError,
    records::{Part, Record},
};

/// Changes of the index: key and new value, or nothing to remove it.
pub(super) type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Size at which the engine writes its memory table to disk by itself; checkpoints come earlier.
const MEMTABLE_BYTES: u64 = 16 * 1_024 * 1_024;
/// The engine's smallest allowed budget for its own journals.
const ENGINE_JOURNAL_BYTES: u64 = 64 * 1_024 * 1_024;

pub(super) struct Index {
    database: Database,
    keys: Keyspace,
}

impl Index {
    /// Opens or creates the index. A journal of the engine that cannot be read is dropped: what it held and was answered
    /// is in the log.
    pub(super) fn open(folder: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        match Self::open_once(folder, cache_bytes) {
            Err(
                fjall::Error::JournalRecovery(_)
                | fjall::Error::InvalidTag(_)
                | fjall::Error::InvalidTrailer
                | fjall::Error::Unrecoverable,
            ) => {
                remove_journals(folder)?;
                Self::open_once(folder, cache_bytes)
            }
            other => other,
        }
        .map_err(index_error("open the index"))
    }

    fn open_once(folder: &Path, cache_bytes: u64) -> Result<Self, fjall::Error> {
        let database = Database::builder(folder)
            .cache_size(cache_bytes)
            .max_journaling_size(ENGINE_JOURNAL_BYTES)
            .worker_threads(1)
            .open()?;
        let keys = database.keyspace("index", || {
            KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES)
        })?;
        Ok(Self { database, keys })
    }

    /// The bytes under `key`.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<fjall::UserValue>, StoreError> {
        self.keys.get(key).map_err(index_error("read the index"))
    }

    /// The record under `key`.
    pub(super) fn record<R: Record>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        match self.get(key)? {
            Some(bytes) => Ok(Some(R::from_bytes(&bytes)?)),
            None => Ok(None),
        }
    }

    /// Keys and values from `from` on that begin with `prefix`, in order.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        from: Bound<Vec<u8>>,
    ) -> impl Iterator<Item = Result<(fjall::UserKey, fjall::UserValue), StoreError>> + use<> {
        let end = match next_prefix(prefix) {
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        let from = match from {
            Bound::Unbounded => Bound::Included(prefix.to_vec()),
            from => from,
        };
        self.keys
            .range::<Vec<u8>, _>((from, end))
            .map(|guard| guard.into_inner().map_err(index_error("read the index")))
    }

    /// Everything of one part.
    pub(super) fn scan_part(
        &self,
        part: Part,
    ) -> impl Iterator<Item = Result<(fjall::UserKey, fjall::UserValue), StoreError>> + use<> {
        self.scan(&[part as u8], Bound::Unbounded)
    }

    /// Makes changes visible, all at once.
    pub(super) fn apply(&self, changes: Changes) -> Result<(), StoreError> {
        let mut batch = self.database.batch();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(&self.keys, key, value),
                None => batch.remove(&self.keys, key),
            }
        }
        batch.commit().map_err(index_error("write the index"))
    }

    /// Writes all that is visible now into sorted tables and syncs them; returns when they would survive power loss.
    ///
    /// `rotate_memtable` and `sealed_memtable_count` are hidden in the engine's documentation; its version is pinned.
    /// Waiting here, not in the engine, because the engine waits for ever once its worker has failed.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let attempt = "flush the index";
        self.keys.rotate_memtable().map_err(index_error(attempt))?;
        while self.keys.sealed_memtable_count() > 0 {
            self.check_alive()?;
            thread::sleep(Duration::from_millis(2));
        }
        self.check_alive()
    }

    /// An error if the engine takes no writes any more.
    pub(super) fn check_alive(&self) -> Result<(), StoreError> {
        self.database
            .persist(fjall::PersistMode::Buffer)
            .map_err(index_error("write the index"))
    }
}

fn index_error(attempt: &'static str) -> impl Fn(fjall::Error) -> StoreError + Copy {
    move |source| {
        StoreError::Io(StoreIoError::Index {
            attempt,
            source: Arc::new(source),
        })
    }
}

fn remove_journals(folder: &Path) -> Result<(), StoreError> {
    let failed = |path: PathBuf| {
        move |source: io::Error| {
            StoreError::Io(StoreIoError::File {
                attempt: "drop the torn journal of the index",
                path,
                source: Arc::new(source),
            })
        }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder.to_owned()))? {
        let path = entry.map_err(failed(folder.to_owned()))?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            fs::remove_file(&path).map_err(failed(path.clone()))?;
        }
    }
    Ok(())
}

/// The first key behind all keys that begin with `prefix`.
fn next_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}
