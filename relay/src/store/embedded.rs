//! The store inside the relay's own data folder.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    future::Future,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, mpsc as std_mpsc},
    thread::{self, JoinHandle},
};

use bytes::Bytes;
use tidings_protocol::{
    exchange::{ChunkClass, PutBlob, Receipt},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::ENVELOPE_LEN,
    time::Day,
};
use tokio::sync::mpsc;

use super::{
    CheckProgress, CheckReport, Collected, Created, Deposited, Expired, Stats, Store, StoreError,
    StoreIoError,
    blobs::Blobs,
    check,
    checkpoint::{self, Work, write_checkpoint},
    commit::{Committer, Job, Load, QUEUE},
    draft::Draft,
    log::{LogWriter, file_error, sync_folder},
    shared::{Folders, Lock, Shared},
};

/// The version of the data folder that this code reads and writes (STORE-15).
pub const STORE_VERSION: u32 = 1;
const VERSION_PREFIX: &str = "tidings store ";

/// How much an embedded store may hold, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Letters that wait in one mailbox at most.
    pub mailbox_letters: u32,
    /// Bytes of letters, prekeys and blob chunks at most ([`Stats::bytes`]).
    pub storage_bytes: u64,
    /// Free bytes of the disk that are left alone, so that letters can still be removed when it is full.
    pub disk_reserve_bytes: u64,
    /// Memory for the index's cache, in bytes.
    pub cache_bytes: u64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            mailbox_letters: 10_000,
            storage_bytes: 64 * 1_024 * 1_024 * 1_024,
            disk_reserve_bytes: 256 * 1_024 * 1_024,
            cache_bytes: 32 * 1_024 * 1_024,
        }
    }
}

/// Why a data folder cannot be opened. Nothing in it was changed, except in the last two cases, where a start may have
/// begun.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process uses the data folder {folder}")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// It was written by another version.
    #[error(
        "the data folder {folder} has store version {found}, this relay knows version {STORE_VERSION}"
    )]
    Version {
        /// The folder.
        folder: PathBuf,
        /// What its version file says.
        found: String,
    },
    /// There are files, but not a store's.
    #[error("{folder} is not empty and not a store: its version file is missing")]
    NotAStore {
        /// The folder.
        folder: PathBuf,
    },
    /// Reading what is there failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A thread could not be started.
    #[error("cannot start a thread of the store: {0}")]
    Thread(#[source] io::Error),
}

/// Mailboxes, letters and blob chunks in one folder of a local disk. One process at a time.
pub struct EmbeddedStore {
    inner: Arc<Inner>,
    threads: Lock<Vec<JoinHandle<()>>>,
}

/// What work that outlives its caller holds on to.
struct Inner {
    shared: Arc<Shared>,
    blobs: Arc<Blobs>,
    /// Gone when the store closes.
    jobs: Lock<Option<mpsc::Sender<Job>>>,
}

impl std::fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedStore(…)")
    }
}

impl EmbeddedStore {
    /// Opens the store in `folder`, or creates one if the folder is missing or empty. Blocks while it reads back what a
    /// crash left: at most what was written since the last checkpoint (about 256 MiB of letters).
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(folder: &Path, settings: StoreSettings) -> Result<Self, OpenError> {
        let folders = Folders::of(folder);
        let lock_file = prepare(&folders)?;
        let (index, end) = checkpoint::recover(&folders, &settings)?;
        // Everything read back becomes durable in the index before it is forgotten where reading began.
        index.flush()?;
        let log = LogWriter::begin(&folders.log, end)?;
        let begin = log.position();
        write_checkpoint(&folders.root, begin)?;
        let blobs = Arc::new(Blobs::open(&folders.blobs, &index)?);
        let shared = Arc::new(Shared::new(folders, settings, index, lock_file));

        let (jobs, waiting) = mpsc::channel(QUEUE);
        let (work, asked) = std_mpsc::channel();
        // What an earlier life left to give back.
        let _ = work.send(Work::Reclaim);
        let committer = Committer::new(Arc::clone(&shared), log, work)?;
        let weak = jobs.downgrade();
        let for_checkpoints = Arc::clone(&shared);
        let threads = vec![
            spawn("store-commit", move || committer.run(waiting))?,
            spawn("store-checkpoint", move || {
                checkpoint::run(&for_checkpoints, &asked, &weak, begin.segment);
            })?,
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                shared,
                blobs,
                jobs: Lock::new(Some(jobs)),
            }),
            threads: Lock::new(threads),
        })
    }

    /// From now on behaves as if the disk had at most this many free bytes; for trying out a full disk.
    pub fn limit_disk(&self, free_bytes: u64) {
        self.inner
            .shared
            .disk_limit
            .store(free_bytes, std::sync::atomic::Ordering::Relaxed);
    }

    /// Runs work that must not stop half way when its caller goes away: it holds a chunk's lock while a thread writes.
    async fn whole<
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    >(
        &self,
        work: impl FnOnce(Arc<Inner>) -> F,
    ) -> Result<T, StoreError> {
        tokio::spawn(work(Arc::clone(&self.inner)))
            .await
            .map_err(|_| StoreIoError::Thread {
                attempt: "write a blob",
            })?
    }
}

impl Inner {
    /// Hands an operation to the committer and waits until it is durable.
    async fn submit<T: Send + 'static>(
        &self,
        load: Load,
        operation: impl FnOnce(&mut Draft<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let jobs = self.jobs.lock().clone().ok_or(StoreError::Stopping)?;
        let (job, done) = Job::new(load, operation);
        jobs.send(job).await.map_err(|_| StoreError::Stopping)?;
        drop(jobs);
        done.await.map_err(|_| StoreIoError::Thread {
            attempt: "store an operation",
        })?
    }

    /// Runs `read` where blocking is allowed.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.jobs.lock().is_none() {
            return Err(StoreError::Stopping);
        }
        let shared = Arc::clone(&self.shared);
        blocking(move || read(&shared)).await
    }

    async fn put_blob(
        &self,
        terms: PutBlob,
        piece: Bytes,
        expires: Day,
    ) -> Result<u32, StoreError> {
        let id = terms.id;
        let _lock = self.blobs.lock(&id).await;
        let blobs = Arc::clone(&self.blobs);
        let written = self
            .read(move |shared| blobs.write(shared, &terms, &piece, expires))
            .await?;
        let Some(record) = written.changed else {
            return Ok(written.stored);
        };
        let complete = record.is_complete();
        let continues = written.continues;
        let kept = self
            .submit(Load::ONE, move |draft| {
                draft.put_blob(&id, &record, continues)
            })
            .await;
        let blobs = Arc::clone(&self.blobs);
        match kept {
            Ok(()) if complete => blocking(move || blobs.finish(&id)).await?,
            Ok(()) => {}
            Err(error) => {
                if !continues {
                    blocking(move || blobs.remove(&id)).await?;
                }
                return Err(error);
            }
        }
        Ok(written.stored)
    }

    async fn delete_blob(&self, id: BlobId, delete: Capability) -> Result<(), StoreError> {
        let _lock = self.blobs.lock(&id).await;
        let blobs = Arc::clone(&self.blobs);
        if !self
            .read(move |shared| blobs.may_delete(shared, &id, &delete))
            .await?
        {
            return Ok(());
        }
        self.submit(Load::ONE, move |draft| draft.remove_blob(&id))
            .await?;
        let blobs = Arc::clone(&self.blobs);
        blocking(move || blobs.remove(&id)).await
    }

    async fn expire(&self, today: Day) -> Result<Expired, StoreError> {
        let mut total = Expired::default();
        loop {
            let step = self
                .submit(Load::FIRST, move |draft| draft.expire(today))
                .await?;
            total.letters += step.expired.letters;
            total.blobs += step.expired.blobs;
            total.tombstones += step.expired.tombstones;
            for id in step.blobs {
                let _lock = self.blobs.lock(&id).await;
                let blobs = Arc::clone(&self.blobs);
                self.read(move |shared| blobs.remove_forgotten(shared, &id))
                    .await?;
            }
            if !step.more {
                return Ok(total);
            }
        }
    }
}

/// Runs `work` on a thread where blocking is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| StoreIoError::Thread {
            attempt: "read from the store",
        })?
}

impl Store for EmbeddedStore {
    async fn create_mailbox(
        &self,
        mailbox: MailboxAddress,
        today: Day,
    ) -> Result<Created, StoreError> {
        self.inner
            .submit(Load::ONE, move |draft| {
                draft.create_mailbox(&mailbox, today)
            })
            .await
    }

    async fn delete_mailbox(&self, mailbox: MailboxAddress, today: Day) -> Result<(), StoreError> {
        while self
            .inner
            .submit(Load::FIRST, move |draft| {
                draft.delete_mailbox(&mailbox, today)
            })
            .await?
        {}
        Ok(())
    }

    async fn deposit(
        &self,
        mailbox: MailboxAddress,
        envelope: Bytes,
        expires: Day,
    ) -> Result<Deposited, StoreError> {
        if envelope.len() > ENVELOPE_LEN {
            return Err(StoreError::EnvelopeLength {
                got: envelope.len(),
            });
        }
        // Hashed here, not in the one thread that everybody waits for.
        let hash = EnvelopeHash::of(&envelope);
        let load = Load {
            bytes: envelope.len(),
            ..Load::ONE
        };
        self.inner
            .submit(load, move |draft| {
                draft.deposit(&mailbox, hash, envelope, expires)
            })
            .await
    }

    fn receipt(&self, mailbox: &MailboxAddress) -> Receipt {
        self.inner.shared.life.lock().receipt(mailbox)
    }

    async fn holds(&self, mailbox: MailboxAddress, receipt: Receipt) -> Result<bool, StoreError> {
        self.inner
            .read(move |shared| {
                let life = *shared.life.lock();
                shared.with_index(|index| life.holds(index, &mailbox, &receipt))
            })
            .await
    }

    async fn collect(
        &self,
        mailbox: MailboxAddress,
        after: u64,
        max: u16,
    ) -> Result<Collected, StoreError> {
        self.inner
            .read(move |shared| shared.collect(&mailbox, after, max))
            .await
    }

    async fn has_after(&self, mailbox: MailboxAddress, after: u64) -> Result<bool, StoreError> {
        self.inner
            .read(move |shared| shared.has_after(&mailbox, after))
            .await
    }

    async fn acknowledge(
        &self,
        mailbox: MailboxAddress,
        letters: Vec<EnvelopeHash>,
    ) -> Result<(), StoreError> {
        let load = Load {
            weight: letters.len().max(1),
            ..Load::ONE
        };
        self.inner
            .submit(load, move |draft| draft.acknowledge(&mailbox, &letters))
            .await
    }

    async fn publish_prekeys(
        &self,
        mailbox: MailboxAddress,
        sequence: u64,
        record: Bytes,
    ) -> Result<(), StoreError> {
        self.inner
            .submit(Load::ONE, move |draft| {
                draft.publish_prekeys(&mailbox, sequence, &record)
            })
            .await
    }

    async fn fetch_prekeys(&self, mailbox: MailboxAddress) -> Result<(u64, Bytes), StoreError> {
        self.inner
            .read(move |shared| shared.fetch_prekeys(&mailbox))
            .await
    }

    async fn put_blob(
        &self,
        terms: PutBlob,
        piece: Bytes,
        expires: Day,
    ) -> Result<u32, StoreError> {
        self.whole(|inner| async move { inner.put_blob(terms, piece, expires).await })
            .await
    }

    async fn get_blob(
        &self,
        id: BlobId,
        read: Capability,
        offset: u32,
        length: u32,
    ) -> Result<(ChunkClass, Bytes), StoreError> {
        let blobs = Arc::clone(&self.inner.blobs);
        self.inner
            .read(move |shared| blobs.read(shared, &id, &read, offset, length))
            .await
    }

    async fn delete_blob(&self, id: BlobId, delete: Capability) -> Result<(), StoreError> {
        self.whole(|inner| async move { inner.delete_blob(id, delete).await })
            .await
    }

    async fn expire(&self, today: Day) -> Result<Expired, StoreError> {
        self.whole(|inner| async move { inner.expire(today).await })
            .await
    }

    fn stats(&self) -> impl Future<Output = Result<Stats, StoreError>> + Send {
        let full = self
            .inner
            .shared
            .full
            .load(std::sync::atomic::Ordering::Relaxed);
        let stats = self.inner.shared.counters.lock().stats(full);
        std::future::ready(Ok(stats))
    }

    async fn check(
        &self,
        progress: impl Fn(CheckProgress) + Send + 'static,
    ) -> Result<CheckReport, StoreError> {
        let blobs = Arc::clone(&self.inner.blobs);
        self.inner
            .read(move |shared| check::run(shared, &blobs, &progress))
            .await
    }

    async fn close(&self) -> Result<(), StoreError> {
        drop(self.inner.jobs.lock().take());
        let threads = std::mem::take(&mut *self.threads.lock());
        blocking(move || {
            for thread in threads {
                thread.join().map_err(|_| StoreIoError::Thread {
                    attempt: "close the store",
                })?;
            }
            Ok(())
        })
        .await
    }
}

/// Locks the folder, compares its version, and makes what is missing.
fn prepare(folders: &Folders) -> Result<File, OpenError> {
    let root = &folders.root;
    fs::create_dir_all(root).map_err(file_error("create", root))?;
    let lock_path = root.join("lock");
    let lock_file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(file_error("open", &lock_path))?;
    match lock_file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse {
                folder: root.clone(),
            });
        }
        Err(TryLockError::Error(error)) => {
            return Err(file_error("lock", &lock_path)(error).into());
        }
    }
    check_version(folders)?;
    for folder in [&folders.log, &folders.index, &folders.blobs] {
        fs::create_dir_all(folder).map_err(file_error("create", folder))?;
    }
    sync_folder(root).map_err(file_error("sync", root))?;
    Ok(lock_file)
}

/// STORE-15: an unknown version is refused before anything is touched.
fn check_version(folders: &Folders) -> Result<(), OpenError> {
    let root = &folders.root;
    let path = root.join("version");
    let expected = format!("{VERSION_PREFIX}{STORE_VERSION}\n");
    let mut text = String::new();
    match File::open(&path) {
        Ok(file) => {
            file.take(256)
                .read_to_string(&mut text)
                .map_err(file_error("read", &path))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if folders.log.exists() || folders.index.exists() || folders.blobs.exists() {
                return Err(OpenError::NotAStore {
                    folder: root.clone(),
                });
            }
            let part = root.join("version.part");
            let written = File::create(&part).and_then(|mut file| {
                file.write_all(expected.as_bytes())?;
                file.sync_all()?;
                fs::rename(&part, &path)?;
                sync_folder(root)
            });
            return Ok(written.map_err(file_error("write", &path))?);
        }
        Err(error) => return Err(file_error("open", &path)(error).into()),
    }
    if text == expected {
        return Ok(());
    }
    let found = text.strip_prefix(VERSION_PREFIX).unwrap_or(&text).trim();
    Err(OpenError::Version {
        folder: root.clone(),
        found: found.chars().take(32).filter(|c| !c.is_control()).collect(),
    })
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(OpenError::Thread)
}
