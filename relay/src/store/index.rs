//! The ordered index: one fjall keyspace under the changes that are not in its tables yet.
//!
//! The log is what makes an operation durable; the index may lose everything written since the last checkpoint and gets it
//! back from the log. So changes wait in memory, and reach the engine only as whole sorted tables: its own journal and
//! memory table stay empty, and nothing is written, ordered or synced twice (STORE-3).

use std::{
    cmp::Ordering,
    fs::{self, File},
    ops::Bound,
    path::Path,
    sync::Arc,
};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, config::CompressionPolicy};

use super::{
    StoreError, StoreIoError,
    ballast::NEED_BYTES,
    fresh::{Fresh, Layer},
    log::file_error,
    records::{Part, Record},
    shared::{Lock, SharedLock},
};

/// Changes of the index: key and new value, or nothing to remove it.
pub(super) type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// A key and its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// Bytes of changes in memory after which whoever applies more has to write them into tables first. Checkpoints come
/// earlier; this is for a start that reads much back, and for an engine that cannot write.
const FRESH_BYTES: usize = 64 * 1_024 * 1_024;
/// The engine's smallest allowed budget for its own journals.
const ENGINE_JOURNAL_BYTES: u64 = 64 * 1_024 * 1_024;

pub(super) struct Index {
    database: Database,
    keys: Keyspace,
    /// Locked for writing only to change what is in memory, never while something is read or written on the disk.
    fresh: SharedLock<Fresh>,
    /// Held during a flush: there is one sealed layer.
    flushing: Lock<()>,
}

impl Index {
    /// Opens or creates the index as the last checkpoint left it, or newer. The engine's own journal is dropped unread: it was
    /// never synced for anybody's answer, and a torn one makes the engine fail or panic. The log brings back what it held.
    pub(super) fn open(folder: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        empty_journal(folder)?;
        make_lock(folder)?;
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
                // Keys and values are hashes and numbers: there is nothing to compress.
                .data_block_compression_policy(CompressionPolicy::disabled())
                .index_block_compression_policy(CompressionPolicy::disabled())
        })?;
        Ok(Self {
            database,
            keys,
            fresh: SharedLock::new(Fresh::default()),
            flushing: Lock::default(),
        })
    }

    /// The bytes under `key`.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(known) = self.fresh.read().get(key) {
            return Ok(known.map(<[u8]>::to_vec));
        }
        // A change that reached the tables since is newer than what was looked for, and as true.
        let value = self.keys.get(key).map_err(index_error("read the index"))?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// The record under `key`.
    pub(super) fn record<R: Record>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        match self.get(key)? {
            Some(bytes) => Ok(Some(R::from_bytes(&bytes)?)),
            None => Ok(None),
        }
    }

    /// The first `limit` keys and values from `from` on that begin with `prefix`, in order, all as of one moment.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        from: Bound<Vec<u8>>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let end = match next_prefix(prefix) {
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        let from = match from {
            Bound::Unbounded => Bound::Included(prefix.to_vec()),
            from => from,
        };
        let keys = (from, end);
        // Held to the end: a sealed layer must not go before the tables that replace it are looked at.
        let fresh = self.fresh.read();
        let mut changes = fresh.range(&keys).peekable();
        let mut tables = self
            .keys
            .range::<Vec<u8>, _>(keys)
            .map(|guard| guard.into_inner().map_err(index_error("read the index")));
        let mut found = Vec::new();
        let mut table = tables.next().transpose()?;
        while found.len() < limit {
            let order = match (changes.peek(), &table) {
                (Some((change, _)), Some((key, _))) => (*change).cmp(key),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            if order.is_le()
                && let Some((key, Some(value))) = changes.next()
            {
                found.push((key.to_vec(), value.to_vec()));
            }
            if order.is_ge() {
                if order.is_gt()
                    && let Some((key, value)) = &table
                {
                    found.push((key.to_vec(), value.to_vec()));
                }
                table = tables.next().transpose()?;
            }
        }
        Ok(found)
    }

    /// The first `limit` of one part.
    pub(super) fn scan_part(&self, part: Part, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.scan(&[part as u8], Bound::Unbounded, limit)
    }

    /// Makes changes visible, all at once.
    pub(super) fn apply(&self, changes: Changes) -> Result<(), StoreError> {
        if self.fresh.read().bytes() >= FRESH_BYTES {
            self.flush()?;
        }
        self.fresh.write().apply(changes);
        Ok(())
    }

    /// Writes all that is visible now into sorted tables and syncs them; returns when they would survive power loss. After an
    /// error everything is as visible as before, and the next flush tries again.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let _alone = self.flushing.lock();
        self.check_alive()?;
        loop {
            let (layer, last) = self.fresh.write().seal();
            if !layer.is_empty() {
                self.ingest(&layer)
                    .map_err(index_error("flush the index"))?;
            }
            self.fresh.write().forget_sealed();
            if last {
                return self.check_alive();
            }
        }
    }

    /// All of a layer in new tables, which the engine takes in at one moment.
    fn ingest(&self, layer: &Layer) -> Result<(), fjall::Error> {
        let mut tables = self.keys.start_ingestion()?;
        for (key, value) in layer.iter() {
            match value {
                Some(value) => tables.write(key, value)?,
                None => tables.write_tombstone(key)?,
            }
        }
        tables.finish()
    }

    /// Whether `free` bytes of disk are enough to write what is in memory into tables: twice as much, for what the engine adds
    /// and merges, and something to go on with. A flush that fails would end the engine's writing.
    pub(super) fn has_room(&self, free: u64) -> bool {
        let bytes = self.fresh.read().bytes() as u64;
        free >= bytes.saturating_mul(2).saturating_add(NEED_BYTES)
    }

    /// An error if the engine takes no writes any more.
    fn check_alive(&self) -> Result<(), StoreError> {
        self.database
            .persist(fjall::PersistMode::Buffer)
            .map_err(index_error("write the index"))
    }
}

fn index_error(attempt: &'static str) -> impl Fn(fjall::Error) -> StoreError + Copy {
    move |source| {
        let source: Arc<dyn std::error::Error + Send + Sync> = match source {
            // The engine would show it as programs are debugged.
            fjall::Error::Io(source) => Arc::new(source),
            source => Arc::new(source),
        };
        StoreError::Io(StoreIoError::Index { attempt, source })
    }
}

/// Makes the engine's lock again where it is gone: it holds nothing, and the engine makes it only with an index.
fn make_lock(folder: &Path) -> Result<(), StoreError> {
    if !folder.join("version").exists() {
        return Ok(());
    }
    let path = folder.join("lock");
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map(drop)
        .map_err(file_error("make the lock of the index", &path))
}

/// Leaves the engine with one empty journal. None at all would not do: the engine would then begin to number its changes anew,
/// and older values would win over newer ones.
pub(super) fn empty_journal(folder: &Path) -> Result<(), StoreError> {
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
