//! Reading a store's folder as it lies there, without opening it: every byte of the log, dead or alive, and every file that has
//! a sum (STORE-16). Changes nothing, so that it may also be done where a start would fail.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use tidings_protocol::ids::EnvelopeHash;

use super::{
    Fault, StoreError,
    ballast::Ballast,
    checkpoint::{parse_checkpoint, read_checkpoint_file},
    log::{
        FRAME_HEADER_LEN, FrameContents, FrameHeader, PAGE, Position, SEGMENT_HEADER_LEN,
        SegmentHeader, file_error, list_segments, segment_path,
    },
    replay::{read_frame, read_whole},
    shared::Folders,
    sums,
};

/// What is wrong with a folder that nobody has open.
pub(super) fn inspect(folders: &Folders) -> Result<Vec<Fault>, StoreError> {
    let sums = sums::compare(folders)?;
    let mut inspection = Inspection {
        folders,
        stopped: sums.is_some(),
        checkpoint: Position::START,
        faults: sums.unwrap_or_default(),
    };
    inspection.faults.extend(Ballast::of(folders).inspect()?);
    let segments = list_segments(&folders.log)?;
    match read_checkpoint_file(&folders.root)? {
        Some(bytes) => match parse_checkpoint(&bytes) {
            Ok(position) => inspection.checkpoint = position,
            Err(_) => inspection.file_fault("checkpoint", "is damaged"),
        },
        None if inspection.stopped || !(1..).zip(&segments).all(|(at, number)| at == *number) => {
            inspection.file_fault("checkpoint", "is missing");
        }
        None => {}
    }
    if !folders.index.join("version").exists() && inspection.checkpoint.sequence > 0 {
        inspection.file_fault("index", "is missing or has no version");
    }
    let needed = inspection.checkpoint.segment;
    if needed > 0 && !segments.contains(&needed) {
        inspection.fault(needed, 0, "the segment of the checkpoint is missing");
    }
    let mut before: Option<Position> = None;
    for (at, segment) in segments.iter().enumerate() {
        let next = segments.get(at + 1).copied();
        before = inspection.segment(*segment, before, next)?;
    }
    Ok(inspection.faults)
}

struct Inspection<'a> {
    folders: &'a Folders,
    /// Whether the store was closed: then nothing may be torn.
    stopped: bool,
    checkpoint: Position,
    faults: Vec<Fault>,
}

/// One segment while it is read.
struct Segment {
    number: u64,
    path: PathBuf,
    file: File,
    /// Where its frames end, if a later segment tells.
    end: Option<u64>,
    len: u64,
}

impl Inspection<'_> {
    fn file_fault(&mut self, file: &str, what: &'static str) {
        let file = file.to_owned();
        self.faults.push(Fault::File { file, what });
    }

    fn fault(&mut self, segment: u64, offset: u64, what: &'static str) {
        self.faults.push(Fault::Log {
            file: file_name(segment),
            offset,
            what,
        });
    }

    /// Reads one segment; returns where its frames end. `before` is where those of the segment before end, if that is there.
    fn segment(
        &mut self,
        number: u64,
        before: Option<Position>,
        next: Option<u64>,
    ) -> Result<Option<Position>, StoreError> {
        let path = segment_path(&self.folders.log, number);
        let file = File::open(&path).map_err(file_error("open", &path))?;
        let len = file.metadata().map_err(file_error("read", &path))?.len();
        let Some(header) = read_segment_header(&file, &path)? else {
            // The last one may have been in the making when the machine stopped.
            if next.is_some() || self.stopped {
                self.fault(number, 0, "the segment's header is damaged");
            }
            return Ok(None);
        };
        let mut position = Position {
            segment: number,
            offset: SEGMENT_HEADER_LEN as u64,
            sequence: header.sequence,
            previous: [0; 32],
        };
        let mut chained = false;
        if header.segment != number {
            self.fault(number, 0, "the segment's header is that of another one");
        }
        if let Some(before) = before.filter(|before| before.segment + 1 == number) {
            if before.offset != header.previous_end || before.sequence != header.sequence {
                let end = before.offset;
                self.fault(
                    before.segment,
                    end,
                    "frames are missing at the end of the segment",
                );
            } else {
                position.previous = before.previous;
                chained = true;
            }
        }
        let end = match next {
            Some(next) if next == number + 1 => {
                let path = segment_path(&self.folders.log, next);
                let file = File::open(&path).map_err(file_error("open", &path))?;
                read_segment_header(&file, &path)?.map(|header| header.previous_end)
            }
            _ => None,
        };
        let segment = Segment {
            number,
            path,
            file,
            end,
            len,
        };
        self.frames(&segment, position, chained).map(Some)
    }

    fn frames(
        &mut self,
        segment: &Segment,
        mut position: Position,
        mut chained: bool,
    ) -> Result<Position, StoreError> {
        while position.offset < segment.end.unwrap_or(segment.len) {
            if !chained && let Some(header) = segment.header_at(position.offset)? {
                // The frame before lies in a segment that is gone.
                position.previous = header.previous;
            }
            chained = true;
            let frame = read_frame(&segment.file, &segment.path, &position);
            let Ok(Some((header, contents))) = frame else {
                if self.must_be_whole(segment, &position)? {
                    self.fault(segment.number, position.offset, "a frame is damaged");
                }
                break;
            };
            let next = Position {
                segment: segment.number,
                offset: position.offset + header.frame_len(),
                sequence: header.sequence + 1,
                previous: header.checksum,
            };
            let in_flight = !self.stopped
                && segment.end.is_none()
                && next.offset >= segment.len
                && !self.is_behind_checkpoint(&position);
            let faults = self.faults.len();
            let whole = self.envelopes(segment, &position, &header, &contents)?;
            if !whole && in_flight {
                // It was never acknowledged; a start leaves it behind.
                self.faults.truncate(faults);
                break;
            }
            position = next;
        }
        let cut_short =
            segment.number == self.checkpoint.segment && position.offset < self.checkpoint.offset;
        let unread = self.stopped && segment.end.is_none() && position.offset != segment.len;
        let known = self.faults.iter().any(
            |fault| matches!(fault, Fault::Log { file, .. } if *file == file_name(segment.number)),
        );
        if (cut_short || unread) && !known {
            self.fault(
                segment.number,
                position.offset,
                "the log does not end where it should",
            );
        }
        Ok(position)
    }

    /// Whether a position lies before the checkpoint.
    fn is_behind_checkpoint(&self, position: &Position) -> bool {
        (position.segment, position.offset) < (self.checkpoint.segment, self.checkpoint.offset)
    }

    /// Whether a frame that cannot be read was ever whole: everything was, but what was in flight when the relay ended.
    fn must_be_whole(&self, segment: &Segment, position: &Position) -> Result<bool, StoreError> {
        if self.stopped || segment.end.is_some() || self.is_behind_checkpoint(position) {
            return Ok(true);
        }
        segment.holds_a_frame_behind(position)
    }

    /// Zeros up to the envelopes, and the envelopes: as deposited, or given back.
    fn envelopes(
        &mut self,
        segment: &Segment,
        position: &Position,
        header: &FrameHeader,
        contents: &FrameContents,
    ) -> Result<bool, StoreError> {
        if header.envelopes == 0 {
            return Ok(true);
        }
        let mut offset = position.offset + FRAME_HEADER_LEN as u64 + u64::from(header.contents);
        let begin = position.offset + u64::from(header.envelopes_at);
        let padding = segment.read(offset, begin.saturating_sub(offset))?;
        if padding.is_none_or(|bytes| bytes.iter().any(|byte| *byte != 0)) {
            self.fault(segment.number, offset, "the padding of a frame is damaged");
        }
        offset = begin;
        let mut whole = true;
        for line in &contents.envelopes {
            let bytes = segment.read(offset, u64::from(line.length))?;
            let kept = bytes.is_some_and(|bytes| {
                EnvelopeHash::of(&bytes) == line.hash || is_given_back(&bytes, offset, self.stopped)
            });
            if !kept {
                whole = false;
                self.faults.push(Fault::Letter {
                    file: file_name(segment.number),
                    offset,
                });
            }
            offset += u64::from(line.length);
        }
        Ok(whole)
    }
}

/// Whether the pages that a letter fills are holes: all of them, or some, where the machine stopped in the middle.
fn is_given_back(bytes: &[u8], offset: u64, stopped: bool) -> bool {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let skip = usize::try_from(offset.next_multiple_of(PAGE) - offset).unwrap_or(usize::MAX);
    let pages = bytes.get(skip..).unwrap_or_default().chunks_exact(page);
    let (whole, holes) = (
        pages.len(),
        pages
            .filter(|page| page.iter().all(|byte| *byte == 0))
            .count(),
    );
    if stopped {
        holes > 0 && holes == whole
    } else {
        holes > 0
    }
}

impl Segment {
    fn read(&self, offset: u64, length: u64) -> Result<Option<Vec<u8>>, StoreError> {
        // Nothing is made room for that the file cannot fill.
        if offset.saturating_add(length) > self.len {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        let there = read_whole(&self.file, &self.path, &mut bytes, offset)?;
        Ok(there.then_some(bytes))
    }

    fn header_at(&self, offset: u64) -> Result<Option<FrameHeader>, StoreError> {
        let bytes = self.read(offset, FRAME_HEADER_LEN as u64)?;
        Ok(bytes
            .and_then(|bytes| bytes.try_into().ok())
            .and_then(|bytes| FrameHeader::from_bytes(&bytes)))
    }

    /// Whether a whole frame with a later number lies behind `position`: then the one that should be there was synced.
    fn holds_a_frame_behind(&self, position: &Position) -> Result<bool, StoreError> {
        let Some(rest) = self.read(position.offset, self.len.saturating_sub(position.offset))?
        else {
            return Ok(false);
        };
        for at in 1..rest.len().saturating_sub(FRAME_HEADER_LEN) {
            if rest[at..].starts_with(b"TFR1")
                && let Some(header) = self.header_at(position.offset + at as u64)?
                && header.sequence > position.sequence
            {
                let found = Position {
                    segment: self.number,
                    offset: position.offset + at as u64,
                    sequence: header.sequence,
                    previous: header.previous,
                };
                if matches!(read_frame(&self.file, &self.path, &found), Ok(Some(_))) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The header of a segment; `None` if it is short or damaged.
pub(super) fn read_segment_header(
    file: &File,
    path: &Path,
) -> Result<Option<SegmentHeader>, StoreError> {
    let mut bytes = [0; SEGMENT_HEADER_LEN];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => Ok(SegmentHeader::from_bytes(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(file_error("read", path)(error)),
    }
}

/// The name of a segment inside the store's folder.
pub(super) fn file_name(segment: u64) -> String {
    format!("log/{segment:016x}.seg")
}
