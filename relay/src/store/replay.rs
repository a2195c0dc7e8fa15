//! Reading the log back after a start, from the last checkpoint to the last whole frame (STORE-3).

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use tidings_protocol::ids::EnvelopeHash;

use super::{
    StoreError,
    log::{
        CHANGES_MAX, FRAME_HEADER_LEN, FrameContents, FrameHeader, Position, SEGMENT_HEADER_LEN,
        SegmentHeader, file_error, list_segments, segment_path,
    },
};

/// Hands every frame from `from` on to `each`, in order, and returns where the log ends.
///
/// The last frame counts only if its envelopes are whole: it may have been in flight when power went. Every other frame was
/// synced before the next was written.
///
/// # Errors
/// [`StoreError::Damaged`] if frames are missing that a later segment proves to have been there.
pub(super) fn replay(
    folder: &Path,
    from: Position,
    mut each: impl FnMut(FrameContents) -> Result<(), StoreError>,
) -> Result<Position, StoreError> {
    let segments: Vec<(u64, SegmentHeader)> = segments_behind(folder, from.segment)?;
    let mut position = from;
    let mut pending: Option<(Position, FrameContents)> = None;
    let mut next_segments = segments.iter().peekable();
    loop {
        let limit = next_segments.peek().map(|(_, header)| header.previous_end);
        if position.segment > 0 {
            let path = segment_path(folder, position.segment);
            let file = File::open(&path).map_err(file_error("open", &path))?;
            while limit.is_none_or(|limit| position.offset < limit) {
                let Some((header, contents)) = read_frame(&file, &path, &position)? else {
                    if was_whole(&file, &path, &position)? {
                        return Err(StoreError::Damaged { what: "the log" });
                    }
                    break;
                };
                if let Some((_, contents)) = pending.take() {
                    each(contents)?;
                }
                let next = Position {
                    segment: position.segment,
                    offset: position.offset + header.frame_len(),
                    sequence: header.sequence + 1,
                    previous: header.checksum,
                };
                if limit.is_none() && !envelopes_whole(&file, &path, &position, &header, &contents)?
                {
                    pending = Some((position, contents));
                    position = next;
                    continue;
                }
                position = next;
                each(contents)?;
            }
        }
        let Some((segment, header)) = next_segments.next() else {
            break;
        };
        if position.offset != header.previous_end || position.sequence != header.sequence {
            return Err(StoreError::Damaged { what: "the log" });
        }
        position = Position {
            segment: *segment,
            offset: SEGMENT_HEADER_LEN as u64,
            ..position
        };
    }
    // A frame whose envelopes are not whole counts only if a later frame proves that it was synced (its letters may have
    // been given back since).
    Ok(pending.map_or(position, |(before, _)| before))
}

/// Headers of the segments behind `segment`, which must follow each other without a gap. A last one without a whole header
/// was being created when the relay stopped, and holds nothing.
pub(super) fn segments_behind(
    folder: &Path,
    segment: u64,
) -> Result<Vec<(u64, SegmentHeader)>, StoreError> {
    let mut found = Vec::new();
    let behind: Vec<u64> = list_segments(folder)?
        .into_iter()
        .filter(|number| *number > segment)
        .collect();
    for (index, number) in behind.iter().enumerate() {
        let path = segment_path(folder, *number);
        let file = File::open(&path).map_err(file_error("open", &path))?;
        let mut bytes = [0; SEGMENT_HEADER_LEN];
        let header = match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => SegmentHeader::from_bytes(&bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(file_error("read", &path)(error)),
        };
        match header {
            Some(header) if header.segment == *number && *number == segment + 1 + index as u64 => {
                found.push((*number, header));
            }
            None if index + 1 == behind.len() => {}
            _ => return Err(StoreError::Damaged { what: "the log" }),
        }
    }
    Ok(found)
}

/// Whether the frame that should be at `position` was whole once although it is not now: its header still tells where it ends
/// and the next one, which names its checksum, is there. Written later, that one proves it synced.
fn was_whole(file: &File, path: &Path, position: &Position) -> Result<bool, StoreError> {
    let mut bytes = [0; FRAME_HEADER_LEN];
    if !read_whole(file, path, &mut bytes, position.offset)? {
        return Ok(false);
    }
    let Some(header) = FrameHeader::from_bytes(&bytes) else {
        return Ok(false);
    };
    let next = Position {
        segment: position.segment,
        offset: position.offset.saturating_add(header.frame_len()),
        sequence: position.sequence + 1,
        previous: header.checksum,
    };
    Ok(read_frame(file, path, &next)?.is_some())
}

/// The frame at `position`, or nothing if there is none that continues the chain.
pub(super) fn read_frame(
    file: &File,
    path: &Path,
    position: &Position,
) -> Result<Option<(FrameHeader, FrameContents)>, StoreError> {
    let mut bytes = [0; FRAME_HEADER_LEN];
    if !read_whole(file, path, &mut bytes, position.offset)? {
        return Ok(None);
    }
    let Some(header) = FrameHeader::from_bytes(&bytes) else {
        return Ok(None);
    };
    let contents_len = header.contents as usize;
    if header.sequence != position.sequence
        || header.previous != position.previous
        || contents_len > CHANGES_MAX
    {
        return Ok(None);
    }
    let mut contents = vec![0; contents_len];
    if !read_whole(
        file,
        path,
        &mut contents,
        position.offset + FRAME_HEADER_LEN as u64,
    )? || header.checksum_of(&contents) != header.checksum
    {
        return Ok(None);
    }
    // The checksum holds: bytes that do not decode now were written by another version.
    let contents = FrameContents::from_bytes(&contents)?;
    let total: u64 = contents
        .envelopes
        .iter()
        .map(|line| u64::from(line.length))
        .sum();
    if total != u64::from(header.envelopes) {
        return Err(StoreError::Damaged { what: "the log" });
    }
    Ok(Some((header, contents)))
}

fn envelopes_whole(
    file: &File,
    path: &Path,
    position: &Position,
    header: &FrameHeader,
    contents: &FrameContents,
) -> Result<bool, StoreError> {
    let mut offset = position.offset + u64::from(header.envelopes_at);
    for line in &contents.envelopes {
        let mut envelope = vec![0; line.length as usize];
        if !read_whole(file, path, &mut envelope, offset)?
            || EnvelopeHash::of(&envelope) != line.hash
        {
            return Ok(false);
        }
        offset += u64::from(line.length);
    }
    Ok(true)
}

/// Fills `bytes`; false if the file ends before.
pub(super) fn read_whole(
    file: &File,
    path: &Path,
    bytes: &mut [u8],
    offset: u64,
) -> Result<bool, StoreError> {
    match file.read_exact_at(bytes, offset) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(file_error("read", path)(error)),
    }
}
