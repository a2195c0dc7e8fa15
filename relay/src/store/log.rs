//! The log: segments of frames, appended and synced once per group of operations (STORE-1, STORE-2).
//!
//! A frame carries the envelopes deposited in a group and every change that the group makes to the index, as absolute
//! values: applying a frame twice, or over an index that is already newer, gives the same end. Envelopes are never copied
//! again: the index points into the log. Frames are chained by hash, so that what an abandoned write left behind is never
//! taken for history.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ids::{EnvelopeHash, labelled_hash},
    wire::{self, WireError},
};

use super::{StoreError, StoreIoError, folder::new_file};

/// Bytes of a segment's header.
pub(super) const SEGMENT_HEADER_LEN: usize = 64;
/// Bytes of a frame's header.
pub(super) const FRAME_HEADER_LEN: usize = 88;
/// A new segment is begun rather than letting one grow past this.
pub(super) const SEGMENT_BYTES: u64 = 64 * 1_024 * 1_024;
/// Envelopes begin on such a boundary, so that whole pages can be given back when a letter goes.
pub(super) const PAGE: u64 = 4_096;
/// Largest encoded list of changes in one frame. A group is far smaller; decoding never allocates more.
pub(super) const CHANGES_MAX: usize = 16 * 1_024 * 1_024;

const SEGMENT_MAGIC: [u8; 8] = *b"TIDSEG01";
const FRAME_MAGIC: [u8; 4] = *b"TFR1";
const SEGMENT_LABEL: &[u8] = b"tidings store segment v1";
const FRAME_LABEL: &[u8] = b"tidings store frame v1";

/// What a frame says, besides the envelopes themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameContents {
    /// The envelopes that follow, in order.
    pub envelopes: Vec<EnvelopeLine>,
    /// Changes of the index, in no particular order; no key twice.
    pub changes: Vec<Change>,
}

/// One envelope of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EnvelopeLine {
    /// Bytes.
    pub length: u32,
    /// SHA-256.
    pub hash: EnvelopeHash,
}

/// One change of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    /// Key in the index.
    #[serde(with = "serde_bytes")]
    pub key: Vec<u8>,
    /// New value; nothing removes the key.
    #[serde(with = "serde_bytes")]
    pub value: Option<Vec<u8>>,
}

/// How far something has come in the log: the end of one frame, which is the beginning of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Segment.
    pub segment: u64,
    /// Byte in it.
    pub offset: u64,
    /// Number of the next frame.
    pub sequence: u64,
    /// Checksum of the last frame.
    #[serde(with = "serde_bytes")]
    pub previous: [u8; 32],
}

impl Position {
    /// Before the first frame of an empty store.
    pub(super) const START: Self = Self {
        segment: 0,
        offset: 0,
        sequence: 0,
        previous: [0; 32],
    };
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Bytes of the encoded contents behind the header.
    pub contents: u32,
    /// Where the envelopes begin, counted from the frame's first byte.
    pub envelopes_at: u32,
    /// Bytes of all envelopes.
    pub envelopes: u32,
    /// Number of the frame.
    pub sequence: u64,
    /// Checksum of the frame before.
    pub previous: [u8; 32],
    /// Checksum of this header and the contents; through the hashes in them, of the envelopes too.
    pub checksum: [u8; 32],
}

impl FrameHeader {
    fn covered(&self) -> [u8; 56] {
        let mut bytes = [0; 56];
        bytes[..4].copy_from_slice(&FRAME_MAGIC);
        bytes[4..8].copy_from_slice(&self.contents.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.envelopes_at.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.envelopes.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..].copy_from_slice(&self.previous);
        bytes
    }

    pub(super) fn checksum_of(&self, contents: &[u8]) -> [u8; 32] {
        labelled_hash(FRAME_LABEL, &[&self.covered(), contents])
    }

    pub(super) fn to_bytes(self) -> [u8; FRAME_HEADER_LEN] {
        let mut bytes = [0; FRAME_HEADER_LEN];
        bytes[..56].copy_from_slice(&self.covered());
        bytes[56..].copy_from_slice(&self.checksum);
        bytes
    }

    /// Reads a header; `None` if these bytes are none.
    pub(super) fn from_bytes(bytes: &[u8; FRAME_HEADER_LEN]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        (bytes[..4] == FRAME_MAGIC).then_some(())?;
        Some(Self {
            contents: number(4)?,
            envelopes_at: number(8)?,
            envelopes: number(12)?,
            sequence: u64::from_le_bytes(bytes[16..24].try_into().ok()?),
            previous: bytes[24..56].try_into().ok()?,
            checksum: bytes[56..].try_into().ok()?,
        })
    }

    /// Bytes of the whole frame.
    pub(super) fn frame_len(&self) -> u64 {
        if self.envelopes == 0 {
            FRAME_HEADER_LEN as u64 + u64::from(self.contents)
        } else {
            u64::from(self.envelopes_at) + u64::from(self.envelopes)
        }
    }
}

/// The header of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    /// Its number; also its file name.
    pub segment: u64,
    /// Where the frames of the segment before end that count. What lies behind was abandoned.
    pub previous_end: u64,
    /// Number of its first frame.
    pub sequence: u64,
}

impl SegmentHeader {
    pub(super) fn to_bytes(self) -> [u8; SEGMENT_HEADER_LEN] {
        let mut bytes = [0; SEGMENT_HEADER_LEN];
        bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..16].copy_from_slice(&self.segment.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.previous_end.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.sequence.to_le_bytes());
        let checksum = labelled_hash(SEGMENT_LABEL, &[&bytes[..32]]);
        bytes[32..].copy_from_slice(&checksum);
        bytes
    }

    /// Reads a header; `None` if these bytes are none.
    pub(super) fn from_bytes(bytes: &[u8; SEGMENT_HEADER_LEN]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let header = Self {
            segment: number(8)?,
            previous_end: number(16)?,
            sequence: number(24)?,
        };
        (header.to_bytes() == *bytes).then_some(header)
    }
}

impl FrameContents {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        wire::encode("store frame", self)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        wire::decode::<Self, CHANGES_MAX>("store frame", bytes)
    }
}

/// Where the envelopes of the next frame will lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Segment.
    pub segment: u64,
    /// First byte of the first envelope.
    pub offset: u32,
}

/// The end of the log, where frames are written. One thread owns it.
pub(super) struct LogWriter {
    folder: PathBuf,
    /// The segment that `position` is in; none until it is begun.
    file: Option<File>,
    position: Position,
    /// An earlier write or sync failed: what is behind `position` is unknown, so the next frame goes to a new segment.
    suspect: bool,
    buffer: Vec<u8>,
}

impl LogWriter {
    /// Begins a new segment behind `end` (the segment after `end.segment`).
    pub(super) fn begin(folder: &Path, end: Position) -> Result<Self, StoreError> {
        let (file, position) = begin_segment(folder, end)?;
        Ok(Self {
            folder: folder.to_owned(),
            file: Some(file),
            position,
            suspect: false,
            buffer: Vec::new(),
        })
    }

    /// Begins one only with the next frame: where the disk has no room even for a header.
    pub(super) fn later(folder: &Path, end: Position) -> Self {
        Self {
            folder: folder.to_owned(),
            file: None,
            position: end,
            suspect: true,
            buffer: Vec::new(),
        }
    }

    /// The end of what is durable.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Chooses where the next frame goes, in a new segment if this one is full or a write to it failed. `contents_bound`
    /// is at least the encoded length of the frame's contents.
    pub(super) fn place(
        &mut self,
        contents_bound: usize,
        envelope_bytes: u64,
    ) -> Result<Place, StoreError> {
        let bound = (FRAME_HEADER_LEN + contents_bound) as u64;
        let end = (self.position.offset + bound).next_multiple_of(PAGE) + envelope_bytes;
        if self.suspect || (end > SEGMENT_BYTES && self.position.offset > SEGMENT_HEADER_LEN as u64)
        {
            let (file, position) = begin_segment(&self.folder, self.position)?;
            (self.file, self.position) = (Some(file), position);
            self.suspect = false;
        }
        let offset = (self.position.offset + bound).next_multiple_of(PAGE);
        Ok(Place {
            segment: self.position.segment,
            offset: u32::try_from(offset).map_err(|_| WireError::Unencodable {
                what: "store frame",
            })?,
        })
    }

    /// Appends one frame at the place chosen and syncs it. On an error nothing of it will ever be read back (STORE-2).
    pub(super) fn append(
        &mut self,
        place: Place,
        contents: &FrameContents,
        envelopes: &[Bytes],
    ) -> Result<(), StoreError> {
        let encoded = contents.to_bytes()?;
        let unencodable = |_| WireError::Unencodable {
            what: "store frame",
        };
        let total: usize = envelopes.iter().map(Bytes::len).sum();
        let envelopes_at = u64::from(place.offset) - self.position.offset;
        let mut header = FrameHeader {
            contents: u32::try_from(encoded.len()).map_err(unencodable)?,
            envelopes_at: u32::try_from(envelopes_at).map_err(unencodable)?,
            envelopes: u32::try_from(total).map_err(unencodable)?,
            sequence: self.position.sequence,
            previous: self.position.previous,
            checksum: [0; 32],
        };
        if FRAME_HEADER_LEN as u64 + encoded.len() as u64 > envelopes_at
            || encoded.len() > CHANGES_MAX
        {
            return Err(WireError::TooLong {
                what: "store frame",
                got: encoded.len(),
                limit: CHANGES_MAX,
            }
            .into());
        }
        header.checksum = header.checksum_of(&encoded);
        self.buffer.clear();
        self.buffer.extend_from_slice(&header.to_bytes());
        self.buffer.extend_from_slice(&encoded);
        if total > 0 {
            self.buffer
                .resize(usize::try_from(envelopes_at).unwrap_or(usize::MAX), 0);
            for envelope in envelopes {
                self.buffer.extend_from_slice(envelope);
            }
        }
        let file = self.file.as_ref().ok_or(StoreIoError::Thread {
            attempt: "append to the log",
        })?;
        let written = file
            .write_all_at(&self.buffer, self.position.offset)
            .and_then(|()| file.sync_data());
        if let Err(source) = written {
            self.suspect = true;
            // Best effort: the next segment says where this one ends.
            let _ = file.set_len(self.position.offset);
            return Err(file_error(
                "append to",
                &segment_path(&self.folder, self.position.segment),
            )(source));
        }
        self.position = Position {
            segment: self.position.segment,
            offset: self.position.offset + self.buffer.len() as u64,
            sequence: self.position.sequence + 1,
            previous: header.checksum,
        };
        Ok(())
    }
}

fn begin_segment(folder: &Path, end: Position) -> Result<(File, Position), StoreError> {
    let segment = end.segment + 1;
    let path = segment_path(folder, segment);
    let header = SegmentHeader {
        segment,
        previous_end: end.offset,
        sequence: end.sequence,
    };
    // A file of this number can only be what an earlier start left before it wrote a frame.
    let file = new_file(&path).map_err(file_error("create", &path))?;
    file.write_all_at(&header.to_bytes(), 0)
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(folder))
        .map_err(file_error("write to", &path))?;
    let position = Position {
        segment,
        offset: SEGMENT_HEADER_LEN as u64,
        ..end
    };
    Ok((file, position))
}

pub(super) fn segment_path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("{segment:016x}.seg"))
}

/// Numbers of the segments in a folder, rising.
pub(super) fn list_segments(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let failed = file_error("list", folder);
    let mut segments = Vec::new();
    let entries = match fs::read_dir(folder) {
        // Whether any should be there is the checkpoint's to say.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(segments),
        entries => entries.map_err(&failed)?,
    };
    for entry in entries {
        let name = entry.map_err(&failed)?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_suffix(".seg"))
            .and_then(|name| u64::from_str_radix(name, 16).ok());
        segments.extend(number);
    }
    segments.sort_unstable();
    Ok(segments)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A file error with what was attempted.
pub(super) fn file_error(
    attempt: &'static str,
    path: &Path,
) -> impl Fn(io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| {
        StoreError::Io(StoreIoError::File {
            attempt,
            path: path.clone(),
            source: Arc::new(source),
        })
    }
}
