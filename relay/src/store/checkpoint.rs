//! Checkpoints, recovery, and giving space back (STORE-3, STORE-8).
//!
//! A checkpoint says: everything before this position of the log is in the index's synced tables. A start reads the log
//! from there. Space of letters that are gone is given back page by page where they lay (a hole in the segment's file), and
//! with the whole file when nothing in it waits any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::{atomic::Ordering, mpsc as std_mpsc},
    thread,
    time::Duration,
};

use rustix::fs::FallocateFlags;
use tidings_protocol::{ids::labelled_hash, wire};
use tokio::sync::mpsc;

use super::{
    StoreError, StoreSettings,
    commit::{Job, Load},
    draft::into_changes,
    folder::replace_file,
    index::Index,
    inspect::read_segment_header,
    log::{
        FRAME_HEADER_LEN, FrameHeader, PAGE, Position, SEGMENT_HEADER_LEN, file_error,
        list_segments, segment_path,
    },
    records::{Counters, Part, Record, SegmentRecord, counters_key, parse_segment},
    replay::{read_whole, replay},
    shared::{Folders, Shared},
};

/// Holes given back in one step.
const STEP_HOLES: usize = 512;
/// Pause before giving back: letters acknowledged together then go together.
const RECLAIM_PAUSE: Duration = Duration::from_millis(200);
const LABEL: &[u8] = b"tidings store checkpoint v1";
const CHECKPOINT_MAX: usize = 256;

/// What the checkpoint thread is asked to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// Make everything before this position durable in the index.
    Checkpoint(Position),
    /// Give dead bytes back.
    Reclaim,
    /// The same as a checkpoint, then end.
    Close(Position),
}

/// The thread's life. `jobs` is weak: it must not keep the committer alive. `reached` is the segment of the checkpoint made
/// at the start.
pub(super) fn run(
    shared: &Shared,
    work: &std_mpsc::Receiver<Work>,
    jobs: &mpsc::WeakSender<Job>,
    mut reached: u64,
) {
    while let Ok(work) = work.recv() {
        let result = match work {
            Work::Checkpoint(position) => checkpoint(shared, position).map(|made| {
                if made {
                    reached = position.segment;
                }
            }),
            Work::Reclaim => Ok(()),
            Work::Close(position) => {
                match checkpoint(shared, position) {
                    Ok(made) => {
                        let ends = ends_at(shared, position);
                        shared.stopped.store(made && ends, Ordering::Relaxed);
                    }
                    Err(error) => {
                        tracing::error!(%error, "no checkpoint at the end; the next start reads more of the log");
                    }
                }
                return;
            }
        };
        let result = result.and_then(|()| reclaim(shared, jobs, reached));
        if let Err(error) = result {
            tracing::error!(%error, "a checkpoint failed; the next one does its work too");
        }
    }
}

/// Makes a checkpoint; false if the disk has no room for tables: then the log is read from the last one.
fn checkpoint(shared: &Shared, position: Position) -> Result<bool, StoreError> {
    let free = shared.free_bytes();
    if !shared.with_index(|index| Ok(index.has_room(free)))? {
        tracing::warn!("no room for a checkpoint; the next start reads more of the log");
        return Ok(false);
    }
    shared.with_index(Index::flush)?;
    write_checkpoint(&shared.folders.root, position)?;
    Ok(true)
}

/// Whether nothing lies in the last segment behind the last frame: what a failed write left there cannot be told from damage.
fn ends_at(shared: &Shared, position: Position) -> bool {
    fs::metadata(segment_path(&shared.folders.log, position.segment))
        .is_ok_and(|file| file.len() == position.offset)
}

/// Opens the index and brings it up to the end of the log. Also tells where the log was read from.
pub(super) fn recover(
    folders: &Folders,
    settings: &StoreSettings,
) -> Result<(Index, Position, Position), StoreError> {
    let from = beginning(folders)?;
    if from == Position::START {
        // Nothing is made anew from a log that turns out not to have it all.
        replay(&folders.log, from, |_| Ok(()))?;
        // The first start never came to its end, or the checkpoint is gone: what there is of an index may be half made, and the
        // log has it all.
        let failed = file_error("create", &folders.index);
        fs::remove_dir_all(&folders.index).map_err(&failed)?;
        fs::create_dir_all(&folders.index).map_err(&failed)?;
    }
    let index = Index::open(&folders.index, settings.cache_bytes)?;
    // Every frame ends with the counters, so a checkpoint behind the first frame has put them into the tables. Without them
    // the tables are gone: going on would call an empty store sound and delete the log as unused.
    if from.sequence > 0 && index.record::<Counters>(&counters_key())?.is_none() {
        return Err(StoreError::Damaged { what: "the index" });
    }
    let end = replay(&folders.log, from, |contents| {
        index.apply(into_changes(contents))
    })?;
    Ok((index, from, end))
}

/// Counters and waiting letters by segment.
pub(super) fn load(index: &Index) -> Result<(Counters, BTreeMap<u64, u32>), StoreError> {
    let counters = index.record(&counters_key())?.unwrap_or_default();
    let mut segments = BTreeMap::new();
    for (key, value) in index.scan_part(Part::Segment, usize::MAX)? {
        let (segment, _) = parse_segment(&key).ok_or(StoreError::Damaged {
            what: "a segment's key",
        })?;
        segments.insert(segment, SegmentRecord::from_bytes(&value)?.letters);
    }
    Ok((counters, segments))
}

/// Gives back the bytes of letters that are gone. `reached` is the segment of the last checkpoint: files before it are not
/// needed for a start any more.
fn reclaim(shared: &Shared, jobs: &mpsc::WeakSender<Job>, reached: u64) -> Result<(), StoreError> {
    thread::sleep(RECLAIM_PAUSE);
    loop {
        let segments = empty_segments(shared, reached)?;
        let holes = shared.with_index(|index| {
            index
                .scan_part(Part::Hole, STEP_HOLES)?
                .into_iter()
                .map(|(key, value)| {
                    let (segment, offset) = parse_segment(&key)
                        .and_then(|(segment, offset)| Some((segment, offset?)))
                        .ok_or(StoreError::Damaged {
                            what: "a hole's key",
                        })?;
                    Ok((segment, offset, u64::from_bytes(&value)?))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        })?;
        if holes.is_empty() && segments.is_empty() {
            return Ok(());
        }
        // Whoever found one of these letters before they went has read it when this lock is had.
        drop(shared.index.write());
        for segment in &segments {
            shared.close_segment(*segment);
            let path = segment_path(&shared.folders.log, *segment);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(file_error("delete", &path)(error));
                }
                _ => {}
            }
        }
        for (segment, offset, length) in &holes {
            punch(&shared.folders.log, *segment, u64::from(*offset), *length)?;
        }
        // A hole that is forgotten is there after a power cut, too, and not half.
        let punched: BTreeSet<u64> = holes.iter().map(|(segment, _, _)| *segment).collect();
        for segment in punched {
            let path = segment_path(&shared.folders.log, segment);
            match File::open(&path).and_then(|file| file.sync_data()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(file_error("sync", &path)(error));
                }
                _ => {}
            }
        }
        let more = holes.len() == STEP_HOLES;
        let holes: Vec<_> = holes
            .into_iter()
            .map(|(segment, offset, _)| (segment, offset))
            .collect();
        let Some(jobs) = jobs.upgrade() else {
            return Ok(());
        };
        let (job, done) = Job::new(Load::ONE, move |draft| {
            draft.forget(&holes, &segments);
            Ok(())
        });
        if jobs.blocking_send(job).is_err() {
            return Ok(());
        }
        drop(jobs);
        match done.blocking_recv() {
            Ok(result) => result?,
            Err(_) => return Ok(()),
        }
        if !more {
            return Ok(());
        }
    }
}

/// Segments before `reached` in which nothing waits.
fn empty_segments(shared: &Shared, reached: u64) -> Result<Vec<u64>, StoreError> {
    let known = shared.with_index(|index| Ok(load(index)?.1))?;
    Ok(list_segments(&shared.folders.log)?
        .into_iter()
        .filter(|segment| *segment < reached && known.get(segment).copied().unwrap_or(0) == 0)
        .collect())
}

/// Gives the whole pages of a dead letter back. On a file system that cannot, they go with the file.
fn punch(folder: &Path, segment: u64, offset: u64, length: u64) -> Result<(), StoreError> {
    let begin = offset.next_multiple_of(PAGE);
    let end = (offset + length) / PAGE * PAGE;
    if begin >= end {
        return Ok(());
    }
    let path = segment_path(folder, segment);
    let file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error("open", &path)(error)),
    };
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match rustix::fs::fallocate(&file, flags, begin, end - begin) {
        Ok(()) | Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
        Err(error) => Err(file_error("give back part of", &path)(error.into())),
    }
}

/// Replaces the checkpoint, durably and at once.
pub(super) fn write_checkpoint(root: &Path, position: Position) -> Result<(), StoreError> {
    replace_file(root, "checkpoint", &checkpoint_bytes(position)?)
}

pub(super) fn checkpoint_bytes(position: Position) -> Result<Vec<u8>, StoreError> {
    let mut bytes = wire::encode("store checkpoint", &position)?;
    let checksum = labelled_hash(LABEL, &[&bytes]);
    bytes.extend_from_slice(&checksum);
    Ok(bytes)
}

/// Where a start begins to read the log: at the checkpoint. Without one, or with one that does not read, as far back as the log
/// goes without a gap (STORE-22): a segment is given up only when the checkpoint is behind it, so that the index is never behind
/// that place, and what is applied a second time changes nothing.
pub(super) fn beginning(folders: &Folders) -> Result<Position, StoreError> {
    let kept = read_checkpoint_file(&folders.root)?;
    if let Some(Ok(position)) = kept.as_deref().map(parse_checkpoint) {
        return Ok(position);
    }
    let segments = list_segments(&folders.log)?;
    let unbroken = segments.chunk_by(|one, next| one + 1 == *next).next_back();
    match unbroken.and_then(|segments| segments.first()) {
        None if kept.is_some() => Err(StoreError::Damaged {
            what: "the checkpoint",
        }),
        None | Some(1) => Ok(Position::START),
        Some(first) => begin_of(folders, *first),
    }
}

/// The first frame of a segment whose predecessor is gone.
fn begin_of(folders: &Folders, segment: u64) -> Result<Position, StoreError> {
    let path = segment_path(&folders.log, segment);
    let file = File::open(&path).map_err(file_error("open", &path))?;
    let header = read_segment_header(&file, &path)?
        .filter(|header| header.segment == segment)
        .ok_or(StoreError::Damaged { what: "the log" })?;
    let offset = SEGMENT_HEADER_LEN as u64;
    let mut bytes = [0; FRAME_HEADER_LEN];
    let frame = match read_whole(&file, &path, &mut bytes, offset)? {
        true => FrameHeader::from_bytes(&bytes),
        false => None,
    };
    Ok(Position {
        segment,
        offset,
        sequence: header.sequence,
        // Of the frame before only the next one tells.
        previous: frame.map_or([0; 32], |frame| frame.previous),
    })
}

/// The bytes of the checkpoint, if there is one.
pub(super) fn read_checkpoint_file(root: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let path = root.join("checkpoint");
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error("read", &path)(error)),
    }
}

pub(super) fn parse_checkpoint(bytes: &[u8]) -> Result<Position, StoreError> {
    let damaged = StoreError::Damaged {
        what: "the checkpoint",
    };
    let (position, checksum) = bytes.split_last_chunk::<32>().ok_or(damaged.clone())?;
    if labelled_hash(LABEL, &[position]) != *checksum {
        return Err(damaged);
    }
    Ok(wire::decode::<Position, CHECKPOINT_MAX>(
        "store checkpoint",
        position,
    )?)
}
