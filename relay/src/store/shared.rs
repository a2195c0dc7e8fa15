//! What the threads of the embedded store and its callers share.

use std::{
    collections::HashMap,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use tidings_protocol::ids::{EnvelopeHash, MailboxAddress};

use super::{
    Collected, StoreError, StoreIoError, StoreSettings,
    ballast::Ballast,
    calendar::Calendar,
    index::{Entry, Index},
    lives::Life,
    log::{file_error, segment_path},
    records::{
        Counters, LetterRecord, MailboxRecord, Part, PrekeyRecord, Record, deposit_key, letter_key,
        mailbox_key, parse_letter_key, prekeys_key,
    },
};

/// Segment files kept open for reading.
const OPEN_SEGMENTS: usize = 128;

/// A lock that a panicking thread does not poison: every value behind one is whole between two statements.
#[derive(Default)]
pub(super) struct Lock<T>(std::sync::Mutex<T>);

impl<T> Lock<T> {
    pub(super) fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same for many readers.
pub(super) struct SharedLock<T>(std::sync::RwLock<T>);

impl<T> SharedLock<T> {
    pub(super) fn new(value: T) -> Self {
        Self(std::sync::RwLock::new(value))
    }

    pub(super) fn read(&self) -> std::sync::RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> std::sync::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where things lie.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    pub root: PathBuf,
    pub log: PathBuf,
    pub index: PathBuf,
    pub blobs: PathBuf,
}

impl Folders {
    pub(super) fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            log: root.join("log"),
            index: root.join("index"),
            blobs: root.join("blobs"),
        }
    }
}

pub(super) struct Shared {
    pub folders: Folders,
    pub settings: StoreSettings,
    /// Held for reading while a letter found in it is being read: bytes are given back to the disk only after the lock was
    /// held for writing once. None only while a failed index is opened again.
    pub index: SharedLock<Option<Index>>,
    pub counters: Lock<Counters>,
    /// As of the last group that was answered.
    pub life: Lock<Life>,
    /// As of the last group, or the start.
    pub calendar: Lock<Option<Calendar>>,
    /// Whether the last checkpoint holds everything: then a stop leaves sums behind (STORE-19).
    pub stopped: AtomicBool,
    ballast: Ballast,
    pub full: AtomicBool,
    /// Free bytes that the disk is pretended to have at most; for tests of a full disk.
    pub disk_limit: AtomicU64,
    segments: SharedLock<HashMap<u64, Arc<File>>>,
    /// Held as long as the store is open (STORE-14).
    _lock_file: File,
}

impl Shared {
    pub(super) fn new(
        folders: Folders,
        settings: StoreSettings,
        index: Index,
        lock_file: File,
    ) -> Self {
        let ballast = Ballast::of(&folders);
        Self {
            folders,
            settings,
            index: SharedLock::new(Some(index)),
            counters: Lock::default(),
            life: Lock::new(Life::begin()),
            calendar: Lock::default(),
            stopped: AtomicBool::new(false),
            ballast,
            full: AtomicBool::new(false),
            disk_limit: AtomicU64::new(u64::MAX),
            segments: SharedLock::new(HashMap::new()),
            _lock_file: lock_file,
        }
    }

    /// Runs `read` on the index.
    pub(super) fn with_index<T>(
        &self,
        read: impl FnOnce(&Index) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.index.read().as_ref() {
            Some(index) => read(index),
            None => Err(StoreIoError::Thread {
                attempt: "open the index",
            }
            .into()),
        }
    }

    /// Free bytes of the disk. One that does not tell counts as full.
    pub(super) fn free_bytes(&self) -> u64 {
        free_bytes(&self.folders.root).min(self.disk_limit.load(Ordering::Relaxed))
    }

    /// Bytes that may still be written before the disk's reserve is touched (STORE-10): none while the ballast is given up.
    pub(super) fn disk_room(&self) -> u64 {
        if !self.ballast.is_held() {
            return 0;
        }
        self.free_bytes()
            .saturating_sub(self.settings.disk_reserve_bytes)
    }

    /// Gives the ballast up or makes it again, as the disk has room (STORE-20).
    pub(super) fn keep_ballast(&self) {
        self.ballast
            .keep(self.free_bytes(), self.settings.disk_reserve_bytes);
    }

    pub(super) fn collect(
        &self,
        mailbox: &MailboxAddress,
        after: u64,
        max: u16,
    ) -> Result<Collected, StoreError> {
        self.with_index(|index| {
            owned(index, mailbox)?;
            let max = usize::from(max);
            let mut after = after;
            loop {
                let found = letters_after(index, mailbox, after, max + 1)?;
                let mut collected = Collected {
                    letters: Vec::with_capacity(found.len().min(max)),
                    more: found.len() > max,
                };
                for (key, value) in found.iter().take(max) {
                    let (_, place) = parse_letter_key(key).ok_or(StoreError::Damaged {
                        what: "a letter's key",
                    })?;
                    after = place;
                    let letter = LetterRecord::from_bytes(value)?;
                    match self.read_letter(&letter) {
                        Ok(bytes) => collected.letters.push((place, bytes)),
                        // One that is lost holds up none of the others (STORE-23).
                        Err(error) if error.is_lost() => {
                            tracing::warn!(%error, "a letter is lost; `tidings-relay check` tells more");
                        }
                        Err(error) => return Err(error),
                    }
                }
                if !collected.more || max == 0 || !collected.letters.is_empty() {
                    return Ok(collected);
                }
            }
        })
    }

    /// Whether a letter that is kept still has the bytes that were acknowledged, or was taken away meanwhile (STORE-23).
    pub(super) fn is_whole(
        &self,
        mailbox: &MailboxAddress,
        hash: &EnvelopeHash,
    ) -> Result<bool, StoreError> {
        self.with_index(|index| {
            let Some(place) = index.record::<u64>(&deposit_key(mailbox, hash))? else {
                return Ok(true);
            };
            let Some(letter) = index.record::<LetterRecord>(&letter_key(mailbox, place))? else {
                return Ok(true);
            };
            match self.read_letter(&letter) {
                Ok(bytes) => Ok(EnvelopeHash::of(&bytes) == *hash),
                Err(error) if error.is_lost() => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    pub(super) fn has_after(
        &self,
        mailbox: &MailboxAddress,
        after: u64,
    ) -> Result<bool, StoreError> {
        self.with_index(|index| {
            owned(index, mailbox)?;
            Ok(!letters_after(index, mailbox, after, 1)?.is_empty())
        })
    }

    pub(super) fn fetch_prekeys(
        &self,
        mailbox: &MailboxAddress,
    ) -> Result<(u64, Bytes), StoreError> {
        self.with_index(|index| {
            let Some(MailboxRecord::Open { .. }) = index.record(&mailbox_key(mailbox))? else {
                return Err(StoreError::NoMailbox);
            };
            let shelf: PrekeyRecord = index
                .record(&prekeys_key(mailbox))?
                .ok_or(StoreError::NoPrekeys)?;
            Ok((shelf.sequence, shelf.record.into()))
        })
    }

    /// The bytes of a letter. The caller holds the index for reading.
    pub(super) fn read_letter(&self, letter: &LetterRecord) -> Result<Bytes, StoreError> {
        let file = self.segment(letter.segment)?;
        let mut bytes = vec![0; letter.length as usize];
        file.read_exact_at(&mut bytes, u64::from(letter.offset))
            .map_err(file_error(
                "read a letter in",
                &segment_path(&self.folders.log, letter.segment),
            ))?;
        Ok(bytes.into())
    }

    fn segment(&self, segment: u64) -> Result<Arc<File>, StoreError> {
        if let Some(file) = self.segments.read().get(&segment) {
            return Ok(Arc::clone(file));
        }
        let path = segment_path(&self.folders.log, segment);
        let file = Arc::new(File::open(&path).map_err(file_error("open", &path))?);
        let mut open = self.segments.write();
        if open.len() >= OPEN_SEGMENTS {
            open.clear();
        }
        open.insert(segment, Arc::clone(&file));
        Ok(file)
    }

    /// Closes a segment that is about to be deleted.
    pub(super) fn close_segment(&self, segment: u64) {
        self.segments.write().remove(&segment);
    }
}

/// Free bytes of the disk on which `folder` lies.
pub(super) fn free_bytes(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// That a mailbox is there and open, as its owner is told.
fn owned(index: &Index, mailbox: &MailboxAddress) -> Result<(), StoreError> {
    match index.record(&mailbox_key(mailbox))? {
        Some(MailboxRecord::Open { .. }) => Ok(()),
        Some(MailboxRecord::Deleted { .. }) => Err(StoreError::MailboxDeleted),
        None => Err(StoreError::NoMailbox),
    }
}

fn letters_after(
    index: &Index,
    mailbox: &MailboxAddress,
    after: u64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    index.scan(
        &Part::Letter.key(&[&mailbox.0]),
        std::ops::Bound::Excluded(letter_key(mailbox, after)),
        limit,
    )
}
