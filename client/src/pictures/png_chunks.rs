//! Walks the chunks of a PNG (PNG specification, third edition, section 5) from `IHDR` to `IEND`, checking every CRC.
//!
//! The decoder would pass over a missing end and over broken check sums of chunks it does not need.

use super::error::PictureError;
use super::format::Format;

/// What `IHDR` says, and whether the file moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes that a decoded pixel takes: samples of 8 or 16 bits; palettes are taken with transparency.
    pub(super) pixel_bytes: u64,
    /// Frames by `acTL`; 1 for a still picture.
    pub(super) frames: u32,
}

/// Reads the header and walks to the end; bytes behind `IEND` are passed over.
pub(super) fn read(bytes: &[u8]) -> Result<Header, PictureError> {
    let mut position = 8;
    let mut header: Option<Header> = None;
    let mut pixels = false;
    loop {
        let chunk = Chunk::read(bytes, position)?;
        match (&chunk.kind, &mut header) {
            (b"IHDR", None) => header = Some(ihdr(&chunk)?),
            (_, None) => return Err(corrupt(position, "the header chunk (IHDR) first")),
            (b"IHDR", Some(_)) => return Err(corrupt(position, "one header chunk (IHDR) only")),
            (b"acTL", Some(header)) => {
                let frames = chunk
                    .body
                    .first_chunk()
                    .ok_or_else(|| corrupt(position, "a number of frames"))?;
                header.frames = u32::from_be_bytes(*frames);
            }
            (b"IDAT", Some(_)) => pixels = true,
            (b"IEND", Some(header)) if pixels => return Ok(*header),
            (b"IEND", Some(_)) => return Err(corrupt(position, "pixels (IDAT) before the end")),
            _ => {}
        }
        position = chunk.end;
    }
}

struct Chunk<'b> {
    kind: [u8; 4],
    body: &'b [u8],
    end: usize,
}

impl<'b> Chunk<'b> {
    fn read(bytes: &'b [u8], position: usize) -> Result<Self, PictureError> {
        let cut = || PictureError::Truncated {
            format: Format::Png,
            offset: bytes.len(),
            expected: "the chunks up to the end of the picture (IEND)",
        };
        let rest = bytes.get(position..).ok_or_else(cut)?;
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk().ok_or_else(cut)?))
            .unwrap_or(usize::MAX);
        if length > 0x7FFF_FFFF {
            return Err(corrupt(position, "a chunk length below 2^31"));
        }
        let checked = rest.get(4..8 + length).ok_or_else(cut)?;
        let (kind, body) = checked.split_first_chunk().ok_or_else(cut)?;
        let sum = rest
            .get(8 + length..)
            .and_then(<[u8]>::first_chunk)
            .ok_or_else(cut)?;
        if crc32fast::hash(checked) != u32::from_be_bytes(*sum) {
            return Err(corrupt(position, "a chunk whose check sum (CRC) is right"));
        }
        Ok(Self {
            kind: *kind,
            body,
            end: position + 12 + length,
        })
    }
}

fn ihdr(chunk: &Chunk<'_>) -> Result<Header, PictureError> {
    let broken = || corrupt(8, "a sound header chunk (IHDR)");
    let body: [u8; 13] = chunk.body.try_into().map_err(|_| broken())?;
    let [w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, ..] = body;
    let samples = match (colour, depth) {
        (0, 1 | 2 | 4 | 8 | 16) => 2, // grey; `tRNS` may add transparency
        (2, 8 | 16) => 4,
        (3, 1 | 2 | 4 | 8) => 4,
        (4, 8 | 16) => 2,
        (6, 8 | 16) => 4,
        _ => return Err(broken()),
    };
    Ok(Header {
        width: u32::from_be_bytes([w3, w2, w1, w0]),
        height: u32::from_be_bytes([h3, h2, h1, h0]),
        pixel_bytes: samples * if depth == 16 { 2 } else { 1 },
        frames: 1,
    })
}

fn corrupt(offset: usize, expected: &'static str) -> PictureError {
    PictureError::Corrupt {
        format: Format::Png,
        offset,
        expected,
    }
}
