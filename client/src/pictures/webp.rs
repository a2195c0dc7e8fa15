//! Walks the chunks of a WebP (RFC 9649) and reads the size of its one picture.

use super::error::PictureError;
use super::format::Format;

/// Size in pixels, and whether the file moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) animated: bool,
}

/// Reads the header and walks to the end that RIFF declares; bytes behind it are passed over.
pub(super) fn read(bytes: &[u8]) -> Result<Header, PictureError> {
    let cut = |expected| PictureError::Truncated {
        format: Format::WebP,
        offset: bytes.len(),
        expected,
    };
    let declared = bytes
        .get(4..8)
        .and_then(<[u8]>::first_chunk)
        .ok_or_else(|| cut("the length of the file"))?;
    let end = usize::try_from(u32::from_le_bytes(*declared))
        .unwrap_or(usize::MAX)
        .saturating_add(8);
    // Some writers leave out the padding byte of the last chunk.
    if bytes.len() + 1 < end {
        return Err(cut("as many bytes as the header says"));
    }
    let bytes = &bytes[..end.min(bytes.len())];
    let mut position = 12;
    let mut canvas: Option<Header> = None;
    let mut picture: Option<(u32, u32)> = None;
    while position < bytes.len() {
        let rest = &bytes[position..];
        let kind = rest
            .first_chunk::<4>()
            .ok_or_else(|| cut("a whole chunk header"))?;
        let length = rest
            .get(4..8)
            .and_then(<[u8]>::first_chunk)
            .ok_or_else(|| cut("a whole chunk header"))?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let body = rest
            .get(8..length.saturating_add(8))
            .ok_or_else(|| cut("a whole chunk"))?;
        match kind {
            b"VP8X" => {
                canvas = Some(
                    extended(body)
                        .ok_or_else(|| corrupt(position, "a whole header chunk (VP8X)"))?,
                )
            }
            b"ANMF" | b"ANIM" => {
                canvas
                    .get_or_insert(Header {
                        width: 1,
                        height: 1,
                        animated: true,
                    })
                    .animated = true
            }
            b"VP8 " | b"VP8L" if picture.is_some() => {
                return Err(corrupt(position, "one picture only"));
            }
            b"VP8 " => {
                picture = Some(lossy(body).ok_or_else(|| corrupt(position, "a key frame (VP8)"))?)
            }
            b"VP8L" => {
                picture = Some(
                    lossless(body).ok_or_else(|| corrupt(position, "a lossless picture (VP8L)"))?,
                )
            }
            _ => {}
        }
        position = position.saturating_add(8 + length + length % 2);
    }
    match (canvas, picture) {
        (Some(canvas), _) if canvas.animated => Ok(canvas),
        (Some(canvas), Some(size)) if (canvas.width, canvas.height) == size => Ok(canvas),
        (Some(_), Some(_)) => Err(corrupt(12, "a canvas as large as the picture")),
        (None, Some((width, height))) => Ok(Header {
            width,
            height,
            animated: false,
        }),
        (_, None) => Err(cut("a picture (VP8 or VP8L)")),
    }
}

fn extended(body: &[u8]) -> Option<Header> {
    let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = *body.first_chunk()?;
    let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
    Some(Header {
        width: side(w0, w1, w2),
        height: side(h0, h1, h2),
        animated: flags & 2 != 0,
    })
}

/// RFC 6386, 9.1: frame tag, start code, 14 bits of width and height.
fn lossy(body: &[u8]) -> Option<(u32, u32)> {
    let [tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1] = *body.first_chunk()? else {
        return None;
    };
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    (tag & 1 == 0).then_some((side(w0, w1), side(h0, h1)))
}

/// RFC 9649, 3.4: signature, 14 bits of width - 1 and of height - 1.
fn lossless(body: &[u8]) -> Option<(u32, u32)> {
    let [0x2F, sizes @ ..] = *body.first_chunk::<5>()? else {
        return None;
    };
    let sizes = u32::from_le_bytes(sizes);
    Some(((sizes & 0x3FFF) + 1, (sizes >> 14 & 0x3FFF) + 1))
}

fn corrupt(offset: usize, expected: &'static str) -> PictureError {
    PictureError::Corrupt {
        format: Format::WebP,
        offset,
        expected,
    }
}
