//! The ordered index: one fjall keyspace, written only from what the log already holds.
//!
//! The log is what makes an operation durable; the index may lose everything written since the last checkpoint and gets it
//! back from the log. So nothing here waits for a sync, and the engine's own journal counts for nothing (STORE-3).

use std::{
    fs::{self, File},
    ops::Bound,
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, config::CompressionPolicy};

use super::{
    StoreError, StoreIoError,
    log::file_error,
    records::{Part, Record},
};

/// Changes of the index: key and new value, or nothing to remove it.
pub(super) type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Size at which the engine writes its memory table to disk by itself; checkpoints come earlier.
const MEMTABLE_BYTES: u64 = 64 * 1_024 * 1_024;
/// The engine's smallest allowed budget for its own journals.
const ENGINE_JOURNAL_BYTES: u64 = 64 * 1_024 * 1_024;

pub(super) struct Index {
    database: Database,
    keys: Keyspace,
}

impl Index {
    /// Opens or creates the index as the last checkpoint left it, or newer. The engine's own journal is dropped unread: it was
    /// never synced for anybody's answer, and a torn one makes the engine fail or panic. The log brings back what it held.
    pub(super) fn open(folder: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        empty_journal(folder)?;
        Self::open_tables(folder, cache_bytes).map_err(index_error("open the index"))
    }

    fn open_tables(folder: &Path, cache_bytes: u64) -> Result<Self, fjall::Error> {
        let database = Database::builder(folder)
            .cache_size(cache_bytes)
            .max_journaling_size(ENGINE_JOURNAL_BYTES)
            .manual_journal_persist(true)
            .worker_threads(1)
            .open()?;
        let keys = database.keyspace("index", || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(MEMTABLE_BYTES)
                // Keys and values are hashes and numbers: there is nothing to compress.
                .data_block_compression_policy(CompressionPolicy::disabled())
                .index_block_compression_policy(CompressionPolicy::disabled())
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

/// Leaves the engine with one empty journal. None at all would not do: the engine would then begin to number its changes anew,
/// and older values would win over newer ones.
fn empty_journal(folder: &Path) -> Result<(), StoreError> {
    let failed = |path: &Path| file_error("empty the journal of the index", path);
    if !folder.join("version").exists() {
        // Not created yet; the engine wants to do that itself.
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    let path = folder.join("1.jnl");
    File::create(&path).map_err(failed(&path))?;
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
