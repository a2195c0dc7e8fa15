//! What a few reads tell of a folder: whether a start can succeed, before it changes anything, and what it goes on in spite of
//! (STORE-22).

use std::{
    collections::BTreeMap,
    fs::{self, File},
};

use super::{
    Fault, StoreError,
    checkpoint::{beginning, parse_checkpoint, read_checkpoint_file},
    inspect::{file_name, read_segment_header},
    log::{Position, file_error, list_segments, segment_path},
    replay::{replay, segments_behind},
    shared::Folders,
};

/// That the index, and the segments from the checkpoint on, are there: without them a start fails, and it must not have made
/// folders or files by then that a check would meet afterwards.
pub(super) fn foresee(folders: &Folders) -> Result<(), StoreError> {
    let from = beginning(folders)?;
    if from.sequence > 0 && !folders.index.join("version").exists() {
        return Err(StoreError::Damaged { what: "the index" });
    }
    if from.segment > 0 && !segment_path(&folders.log, from.segment).exists() {
        return Err(StoreError::Damaged { what: "the log" });
    }
    segments_behind(&folders.log, from.segment).map(|_| ())
}

/// Whether a start would find all that it needs of checkpoint and log. Reads what a start reads, changes nothing.
pub(super) fn would_start(folders: &Folders) -> bool {
    foresee(folders).is_ok()
        && beginning(folders)
            .and_then(|from| replay(&folders.log, from, |_| Ok(())))
            .is_ok()
}

/// Whether the log has everything that the index held, from the first segment on: then the index can be made again. Changes
/// nothing.
pub(super) fn has_it_all(folders: &Folders) -> bool {
    list_segments(&folders.log).is_ok_and(|segments| segments.first() == Some(&1))
        && replay(&folders.log, Position::START, |_| Ok(())).is_ok()
}

/// What a start that succeeded went on in spite of. `from` and `end` are where it read the log, `waiting` the letters by
/// segment. Frames before `from` are not read here: that is a check's work.
pub(super) fn passed_over(
    folders: &Folders,
    from: Position,
    end: Position,
    waiting: &BTreeMap<u64, u32>,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    let segments = list_segments(&folders.log)?;
    let kept = read_checkpoint_file(&folders.root)?;
    let what = match kept.as_deref().map(parse_checkpoint) {
        Some(Ok(_)) => None,
        Some(Err(_)) => Some("is damaged"),
        // A log begins together with its first checkpoint; a new store has neither.
        None => (!segments.is_empty()).then_some("is missing"),
    };
    faults.extend(what.map(|what| Fault::File {
        file: "checkpoint".to_owned(),
        what,
    }));
    for segment in &segments {
        let path = segment_path(&folders.log, *segment);
        let file = File::open(&path).map_err(file_error("open", &path))?;
        let header = read_segment_header(&file, &path)?;
        // The last one may have been in the making when the machine stopped; it holds nothing then.
        let is_new = *segment > end.segment;
        if !is_new && header.is_none_or(|header| header.segment != *segment) {
            faults.push(log_fault(*segment, 0, "the segment's header is damaged"));
        }
    }
    for (segment, letters) in waiting {
        if *letters > 0 && !segments.contains(segment) {
            faults.push(log_fault(
                *segment,
                0,
                "a segment in which letters wait is missing",
            ));
        }
    }
    let path = segment_path(&folders.log, from.segment);
    if from.segment > 0 {
        let len = fs::metadata(&path)
            .map_err(file_error("read", &path))?
            .len();
        if len < from.offset {
            faults.push(log_fault(
                from.segment,
                len,
                "the log ends before its checkpoint",
            ));
        }
    }
    Ok(faults)
}

fn log_fault(segment: u64, offset: u64, what: &'static str) -> Fault {
    Fault::Log {
        file: file_name(segment),
        offset,
        what,
    }
}
