//! The store inside the relay's own data folder.

use std::{
    future::Future,
    path::Path,
    sync::{Arc, atomic::Ordering, mpsc as std_mpsc},
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
    CheckProgress, CheckReport, Collected, Created, Deposited, Expired, Fault, Stats, Store,
    StoreError, StoreIoError,
    ballast::Ballast,
    blobs::{Blobs, Terms},
    check,
    checkpoint::{self, Work, write_checkpoint},
    commit::{Committer, Job, Load, QUEUE},
    draft::Draft,
    folder::{self, OpenError, prepare},
    foresight,
    index::{Index, empty_journal},
    inspect,
    log::{LogWriter, Position},
    shared::{Folders, Lock, Shared, free_bytes},
    sums,
};

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

/// Mailboxes, letters and blob chunks in one folder of a local disk. One process at a time.
pub struct EmbeddedStore {
    pub(super) inner: Arc<Inner>,
    threads: Lock<Vec<JoinHandle<()>>>,
}

/// What work that outlives its caller holds on to.
pub(super) struct Inner {
    shared: Arc<Shared>,
    pub(super) blobs: Arc<Blobs>,
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
        sums::forget(&folders)?;
        let ballast = Ballast::of(&folders);
        ballast.keep(free_bytes(&folders.root), settings.disk_reserve_bytes);
        let (index, from, end) = checkpoint::recover(&folders, &settings)?;
        for fault in foresight::passed_over(&folders, from, end, &checkpoint::load(&index)?.1)? {
            tracing::warn!(%fault, "the store is damaged; stop the relay and run `tidings-relay check`");
        }
        let (log, reached) = begin_log(&folders, &index, from, end)?;
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
                checkpoint::run(&for_checkpoints, &asked, &weak, reached);
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

    /// Reads a stopped relay's store, every byte of it, and tells what is wrong (STORE-16). First as it lies there, which
    /// changes nothing; only if all of that is sound it is opened and its contents are compared with each other.
    ///
    /// # Errors
    /// [`OpenError`] if there is no store, if it is in use or of another version, or if files cannot be read at all.
    pub async fn examine(
        folder: &Path,
        settings: StoreSettings,
        progress: impl Fn(CheckProgress) + Send + 'static,
    ) -> Result<CheckReport, OpenError> {
        let folder = folder.to_owned();
        let folders = Folders::of(&folder);
        let opening = tokio::task::spawn_blocking(move || {
            let folders = Folders::of(&folder);
            let lock_file = folder::lock_existing(&folders)?;
            let mut faults = Vec::from_iter(folder::version_fault(&folders)?);
            faults.extend(inspect::inspect(&folders)?);
            drop(lock_file);
            if faults.is_empty() {
                Self::open(&folder, settings).map(Ok)
            } else {
                Ok(Err(CheckReport {
                    starts: foresight::would_start(&folders),
                    ..damage(&folders, faults)
                }))
            }
        });
        let store = match opening.await {
            Ok(Ok(Ok(store))) => store,
            Ok(Ok(Err(report))) => return Ok(report),
            Ok(Err(OpenError::Store(error))) => {
                return error
                    .fault()
                    .map(|fault| damage(&folders, vec![fault]))
                    .ok_or(OpenError::Store(error));
            }
            Ok(Err(error)) => return Err(error),
            // The engine trusts its own files and ends on some damage.
            Err(_) => return Ok(damage(&folders, vec![Fault::Engine])),
        };
        let report = match store.check(progress).await {
            Ok(report) => Ok(report),
            Err(error) => error
                .fault()
                .map(|fault| CheckReport::of(vec![fault]))
                .ok_or(error),
        };
        let closed = store.close().await;
        let mut report = report?;
        report.has_log = !report.is_sound() && foresight::has_it_all(&folders);
        if report.is_sound() {
            closed?;
        }
        Ok(report)
    }

    /// From now on behaves as if the disk had at most this many free bytes; for trying out a full disk.
    pub fn limit_disk(&self, free_bytes: u64) {
        self.inner
            .shared
            .disk_limit
            .store(free_bytes, Ordering::Relaxed);
    }

    /// Runs work that must not stop half way when its caller goes away: it holds a chunk's lock while a thread writes.
    pub(super) async fn whole<
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
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.jobs.lock().is_none() {
            return Err(StoreError::Stopping);
        }
        let shared = Arc::clone(&self.shared);
        blocking(move || read(&shared)).await
    }

    pub(super) async fn put_blob(
        &self,
        terms: Terms,
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
        let offered = envelope.clone();
        let kept = self
            .inner
            .submit(load, move |draft| {
                draft.deposit(&mailbox, hash, offered, expires)
            })
            .await?;
        let is_whole = move |shared: &Shared| shared.is_whole(&mailbox, &hash);
        if kept == Deposited::New || self.inner.read(is_whole).await? {
            return Ok(kept);
        }
        tracing::warn!(
            "a letter that was damaged on the disk is kept anew, for it was offered again"
        );
        self.inner
            .submit(load, move |draft| {
                draft.deposit_again(&mailbox, hash, envelope)
            })
            .await
    }

    fn today(&self) -> Option<Day> {
        let calendar = *self.inner.shared.calendar.lock();
        calendar.map(|calendar| calendar.day)
    }

    async fn turn(&self, shown: Day) -> Result<Day, StoreError> {
        let turned = self
            .inner
            .submit(Load::ONE, move |draft| draft.turn(shown))
            .await?;
        *self.inner.shared.calendar.lock() = Some(turned);
        Ok(turned.day)
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
        let terms = Terms::from(&terms);
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
        let full = self.inner.shared.full.load(Ordering::Relaxed);
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
        let shared = Arc::clone(&self.inner.shared);
        blocking(move || {
            let first = !threads.is_empty();
            for thread in threads {
                thread.join().map_err(|_| StoreIoError::Thread {
                    attempt: "close the store",
                })?;
            }
            if first && shared.stopped.load(Ordering::Relaxed) {
                // The engine ends its own threads here, and leaves its files alone from then on.
                drop(shared.index.write().take());
                empty_journal(&shared.folders.index)?;
                if let Err(error) = sums::write(&shared.folders) {
                    tracing::warn!(%error, "no sums of the index; a check reads it through the engine");
                }
            }
            Ok(())
        })
        .await
    }
}

/// A report of faults for which nothing was counted.
fn damage(folders: &Folders, faults: Vec<Fault>) -> CheckReport {
    CheckReport {
        has_log: foresight::has_it_all(folders),
        ..CheckReport::of(faults)
    }
}

/// Makes everything that was read back durable in the index and begins a segment behind it; tells in which segment the
/// checkpoint then is. A disk without room for that stops nothing: then the next start reads the same again.
fn begin_log(
    folders: &Folders,
    index: &Index,
    from: Position,
    end: Position,
) -> Result<(LogWriter, u64), StoreError> {
    if end != Position::START && !index.has_room(free_bytes(&folders.root)) {
        tracing::warn!("the disk is full: letters go out, none are taken until there is room");
        return Ok((LogWriter::later(&folders.log, end), from.segment));
    }
    index.flush()?;
    let log = LogWriter::begin(&folders.log, end)?;
    let begin = log.position();
    write_checkpoint(&folders.root, begin)?;
    Ok((log, begin.segment))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(OpenError::Thread)
}
