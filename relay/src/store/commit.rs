//! Group commit: one thread takes all operations that wait, writes them as one frame, syncs once, and answers all.
//!
//! There is no timer: while one group is being synced, the next one gathers by itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering, mpsc as std_mpsc},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    StoreError, StoreIoError,
    checkpoint::{self, Work},
    draft::{Draft, Room},
    lives::Life,
    log::{LogWriter, Position},
    records::{Counters, calendar_key},
    shared::Shared,
};

/// Operations that may wait before callers are held back.
pub(super) const QUEUE: usize = 1_024;
/// Operations (an acknowledgement counts by its letters) in one group.
const GROUP_WEIGHT: usize = 1_024;
/// Bytes of envelopes in one group: an answer never waits for more than this much of other people's.
const GROUP_BYTES: usize = 4 * 1_024 * 1_024;
/// Bytes of log after which a checkpoint is made: bounds what a start has to read back.
const CHECKPOINT_BYTES: u64 = 256 * 1_024 * 1_024;
/// Bytes of changes after which one is made too: small operations fill the index's memory before the log is that long.
const CHECKPOINT_CHANGES: usize = 32 * 1_024 * 1_024;
/// Dead bytes after which they are given back to the disk without waiting for a checkpoint.
const RECLAIM_BYTES: u64 = 4 * 1_024 * 1_024;

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Run = Box<dyn FnOnce(&mut Draft<'_>) -> (Answer, Option<StoreError>) + Send>;

/// An operation that waits for its group.
pub(super) struct Job {
    weight: usize,
    bytes: usize,
    /// Scans the index, so that it must not share a group with operations before it.
    first: bool,
    run: Run,
}

/// What an operation weighs in its group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Operations that it counts for.
    pub weight: usize,
    /// Bytes of envelopes.
    pub bytes: usize,
    /// Whether it must be the first of its group.
    pub first: bool,
}

impl Load {
    pub(super) const ONE: Self = Self {
        weight: 1,
        bytes: 0,
        first: false,
    };
    pub(super) const FIRST: Self = Self {
        first: true,
        ..Self::ONE
    };
}

impl Job {
    /// A job that runs `operation` on the draft of its group, and where its result will arrive once it is durable.
    pub(super) fn new<T: Send + 'static>(
        load: Load,
        operation: impl FnOnce(&mut Draft<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (sender, receiver) = oneshot::channel();
        let run: Run = Box::new(move |draft| {
            let before = draft.steps();
            let result = operation(draft);
            // Half of an operation must not be written: then the whole group fails.
            let broken = match &result {
                Err(error) if draft.steps() != before => Some(error.clone()),
                _ => None,
            };
            let answer: Answer = Box::new(move |committed| {
                // That there is no room is as true of a group that could not be written, and tells the client more.
                let answer = match (committed, result) {
                    (Err(_), Err(StoreError::RelayFull)) => Err(StoreError::RelayFull),
                    (committed, result) => committed.and(result),
                };
                // Nobody may be waiting any more; the work is done all the same.
                let _ = sender.send(answer);
            });
            (answer, broken)
        });
        let job = Self {
            weight: load.weight,
            bytes: load.bytes,
            first: load.first,
            run,
        };
        (job, receiver)
    }
}

/// The thread that writes. Owns the log's end, the counters, and how many letters wait in each segment.
pub(super) struct Committer {
    shared: Arc<Shared>,
    log: LogWriter,
    counters: Counters,
    life: Life,
    segments: BTreeMap<u64, u32>,
    checkpoints: std_mpsc::Sender<Work>,
    /// Where the last checkpoint was asked for.
    checkpoint_at: Position,
    log_bytes: u64,
    change_bytes: usize,
    dead_bytes: u64,
    /// The index missed a frame that is in the log; it has to be opened again before anything is written.
    index_behind: bool,
}

impl Committer {
    pub(super) fn new(
        shared: Arc<Shared>,
        log: LogWriter,
        checkpoints: std_mpsc::Sender<Work>,
    ) -> Result<Self, StoreError> {
        let checkpoint_at = log.position();
        let life = *shared.life.lock();
        let mut committer = Self {
            shared,
            life,
            log,
            counters: Counters::default(),
            segments: BTreeMap::new(),
            checkpoints,
            checkpoint_at,
            log_bytes: 0,
            change_bytes: 0,
            dead_bytes: 0,
            index_behind: false,
        };
        committer.load()?;
        Ok(committer)
    }

    /// Works until every sender is gone, then asks for a last checkpoint.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut held: Option<Job> = None;
        while let Some(first) = held.take().or_else(|| jobs.blocking_recv()) {
            let (mut weight, mut bytes) = (first.weight, first.bytes);
            let mut group = vec![first];
            while weight < GROUP_WEIGHT && bytes < GROUP_BYTES {
                match jobs.try_recv() {
                    Ok(job) if job.first => {
                        held = Some(job);
                        break;
                    }
                    Ok(job) => {
                        weight += job.weight;
                        bytes += job.bytes;
                        group.push(job);
                    }
                    Err(_) => break,
                }
            }
            self.commit(group);
        }
        let _ = self.checkpoints.send(Work::Close(self.log.position()));
    }

    fn commit(&mut self, group: Vec<Job>) {
        let mut answers = Vec::with_capacity(group.len());
        let result = self.write(group, &mut answers);
        if let Err(error) = &result {
            tracing::error!(%error, operations = answers.len(), "a group of operations was not stored");
        }
        for answer in answers {
            answer(result.clone());
        }
    }

    /// STORE-1: nothing is answered before this returns.
    fn write(&mut self, group: Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let mended = if self.index_behind {
            self.mend()
        } else {
            Ok(())
        };
        let shared = Arc::clone(&self.shared);
        let index = shared.index.read();
        let Some(index) = index.as_ref().filter(|_| mended.is_ok()) else {
            drop(group);
            return mended.and(Err(StoreIoError::Thread {
                attempt: "open the index",
            }
            .into()));
        };
        shared.keep_ballast();
        let disk = shared.disk_room();
        let room = Room {
            mailbox_letters: shared.settings.mailbox_letters,
            cap: shared.settings.storage_bytes,
            disk,
        };
        let mut draft = Draft::new(index, room, self.counters);
        if !self.life.recorded {
            let record = self.life.record(self.log.position().sequence);
            draft.begin_life(self.life.number, &record)?;
        }
        let mut broken = None;
        for job in group {
            let (answer, failed) = (job.run)(&mut draft);
            answers.push(answer);
            broken = broken.or(failed);
        }
        if let Some(error) = broken {
            return Err(error);
        }
        if !draft.is_empty() {
            let place = self
                .log
                .place(draft.contents_bound(), draft.envelope_bytes())?;
            let segments = &self.segments;
            let placed = draft.at(place, |segment| {
                segments.get(&segment).copied().unwrap_or(0)
            })?;
            let before = self.log.position();
            self.log
                .append(place, &placed.contents, &placed.envelopes)?;
            let after = self.log.position();
            self.counters = placed.counters;
            self.life.reached = after.sequence;
            self.segments.extend(
                placed
                    .segments
                    .iter()
                    .map(|(segment, letters)| (*segment, *letters)),
            );
            self.dead_bytes += placed.holes;
            self.log_bytes += after.offset.saturating_sub(before.offset);
            let changes = placed.into_changes();
            self.change_bytes += changes
                .iter()
                .map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len))
                .sum::<usize>();
            if let Err(error) = index.apply(changes) {
                // In the log, so it will be there; but reads cannot see it yet, so it must not be answered.
                self.index_behind = true;
                return Err(error);
            }
            self.life.recorded = true;
            self.ask_for_checkpoint(after);
        }
        self.publish(room);
        Ok(())
    }

    fn publish(&self, room: Room) {
        let full = room.disk == 0 || self.counters.bytes() >= room.cap;
        self.shared.full.store(full, Ordering::Relaxed);
        *self.shared.counters.lock() = self.counters;
        *self.shared.life.lock() = self.life;
    }

    fn ask_for_checkpoint(&mut self, after: Position) {
        // The checkpoint thread lives as long as this one; if it failed to start, a start just takes longer.
        if self.log_bytes >= CHECKPOINT_BYTES || self.change_bytes >= CHECKPOINT_CHANGES {
            self.log_bytes = 0;
            self.change_bytes = 0;
            self.checkpoint_at = after;
            let _ = self.checkpoints.send(Work::Checkpoint(after));
        }
        if self.dead_bytes >= RECLAIM_BYTES {
            self.dead_bytes = 0;
            let _ = self.checkpoints.send(Work::Reclaim);
        }
    }

    /// Opens the index again and brings it to the end of the log (STORE-11).
    fn mend(&mut self) -> Result<(), StoreError> {
        self.shared.keep_ballast();
        if self.shared.disk_room() == 0 {
            // Opening would fail for the same reason and take the readable index away meanwhile.
            return Err(StoreError::RelayFull);
        }
        let mut index = self.shared.index.write();
        *index = None;
        let (opened, _, _) = checkpoint::recover(&self.shared.folders, &self.shared.settings)?;
        *index = Some(opened);
        drop(index);
        self.load()?;
        self.index_behind = false;
        tracing::info!("the index was opened again after a failure");
        Ok(())
    }

    fn load(&mut self) -> Result<(), StoreError> {
        let index = self.shared.index.read();
        if let Some(index) = index.as_ref() {
            (self.counters, self.segments) = checkpoint::load(index)?;
            self.life.follow(index)?;
            *self.shared.calendar.lock() = index.record(&calendar_key())?;
        }
        drop(index);
        self.life.reached = self.log.position().sequence;
        *self.shared.counters.lock() = self.counters;
        *self.shared.life.lock() = self.life;
        Ok(())
    }
}
