//! A part of a document, as `typst-pdf` writes it.

use std::io::Read as _;
use std::ops::Range;

use flate2::read::ZlibDecoder;

use crate::error::PaperError;
use crate::pictures::{STAND_IN, StandIn};

/// A document as `typst-pdf` writes it.
pub(super) struct Part<'a> {
    bytes: &'a [u8],
    /// Where the body of object 1, 2, … lies, from behind `obj` to behind `endobj`.
    pub(super) objects: Vec<Option<Range<usize>>>,
    /// The page tree's number, and how many pages hang in it.
    pub(super) tree: usize,
    pub(super) pages: usize,
    /// Numbers of objects that describe the part as a document of its own.
    pub(super) left_out: Vec<usize>,
}

impl<'a> Part<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PaperError> {
        let mut part = Self {
            bytes,
            objects: Vec::new(),
            tree: 0,
            pages: 0,
            left_out: Vec::new(),
        };
        let table = part.table_offset()?;
        let trailer = part.read_table(table)?;
        let root = part.reference(&trailer, b"/Root")?;
        let catalogue = part.object(root)?;
        part.tree = part.reference(&catalogue, b"/Pages")?;
        let tree = part.object(part.tree)?;
        part.pages = part.integer(&tree, b"/Count")?;
        part.left_out.push(root);
        for (range, key) in [(&trailer, &b"/Info"[..]), (&catalogue, &b"/Metadata"[..])] {
            if let Ok(number) = part.reference(range, key) {
                part.left_out.push(number);
            }
        }
        Ok(part)
    }

    pub(super) fn slice(&self, range: Range<usize>) -> Result<&'a [u8], PaperError> {
        let offset = range.start;
        self.bytes.get(range).ok_or(PaperError::Join {
            what: "an object",
            offset,
        })
    }

    fn table_offset(&self) -> Result<usize, PaperError> {
        let tail = self.bytes.len().saturating_sub(64);
        let found = find(self.bytes, tail, b"startxref").ok_or(PaperError::Join {
            what: "the end of a part",
            offset: tail,
        })?;
        number_at(self.bytes, found + b"startxref".len()).map(|(number, _)| number)
    }

    /// Reads the table of objects; gives the range of the trailer.
    fn read_table(&mut self, table: usize) -> Result<Range<usize>, PaperError> {
        let missing = PaperError::Join {
            what: "a table of objects",
            offset: table,
        };
        if !self
            .bytes
            .get(table..)
            .is_some_and(|rest| rest.starts_with(b"xref"))
        {
            return Err(missing);
        }
        let (first, after) = number_at(self.bytes, table + 4)?;
        let (count, after) = number_at(self.bytes, after)?;
        if first != 0 || count > self.bytes.len() / 20 {
            return Err(missing);
        }
        // Every entry has twenty bytes.
        let mut start = after;
        while self.bytes.get(start).is_some_and(u8::is_ascii_whitespace) {
            start += 1;
        }
        let mut starts = Vec::with_capacity(count);
        for number in 1..count {
            let entry = start + 20 * number;
            let (offset, _) = number_at(self.bytes, entry)?;
            if self.bytes.get(entry + 17) == Some(&b'n') {
                starts.push((offset, number));
            }
        }
        starts.sort_unstable();
        self.objects = vec![None; count.saturating_sub(1)];
        let ends = starts
            .iter()
            .skip(1)
            .map(|(offset, _)| *offset)
            .chain([table]);
        for ((offset, number), end) in starts.iter().zip(ends) {
            let body = find(self.bytes, *offset, b"obj")
                .map(|found| found + b"obj".len())
                .filter(|body| *body < end)
                .ok_or(PaperError::Join {
                    what: "an object",
                    offset: *offset,
                })?;
            let skipped = self.bytes[body..end]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            if let Some(place) = self.objects.get_mut(number - 1) {
                *place = Some(body + skipped..end);
            }
        }
        Ok(start + 20 * count..self.bytes.len())
    }

    fn object(&self, number: usize) -> Result<Range<usize>, PaperError> {
        self.objects
            .get(number.wrapping_sub(1))
            .cloned()
            .flatten()
            .ok_or(PaperError::Join {
                what: "an object that is referred to",
                offset: 0,
            })
    }

    fn after_key(&self, within: &Range<usize>, key: &[u8]) -> Result<usize, PaperError> {
        find(self.bytes, within.start, key)
            .filter(|found| *found < within.end)
            .map(|found| found + key.len())
            .ok_or(PaperError::Join {
                what: "an entry of a dictionary",
                offset: within.start,
            })
    }

    fn reference(&self, within: &Range<usize>, key: &[u8]) -> Result<usize, PaperError> {
        self.integer(within, key)
    }

    fn integer(&self, within: &Range<usize>, key: &[u8]) -> Result<usize, PaperError> {
        let after = self.after_key(within, key)?;
        number_at(self.bytes, after).map(|(number, _)| number)
    }
}

/// What the body of an object says if it is a stand-in: a picture of [`STAND_IN`] grey pixels side by side, of which no form has any other.
pub(super) fn stand_in(body: &[u8]) -> Option<StandIn> {
    let stream = find(body, 0, b"stream")?;
    let dictionary = body.get(..stream)?;
    let number = |key: &[u8]| {
        let found = find(dictionary, 0, key)?;
        Some(number_at(dictionary, found + key.len()).ok()?.0)
    };
    find(dictionary, 0, b"/Image")?;
    if (number(b"/Width")?, number(b"/Height")?) != (STAND_IN, 1) {
        return None;
    }
    let start = stream + b"stream".len();
    let ends_line = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
    let start = start
        + body
            .get(start..)?
            .iter()
            .take(2)
            .take_while(ends_line)
            .count();
    let mut pixels = Vec::with_capacity(STAND_IN);
    let most = STAND_IN as u64 + 1;
    ZlibDecoder::new(body.get(start..)?)
        .take(most)
        .read_to_end(&mut pixels)
        .ok()?;
    pixels.try_into().ok()
}

pub(super) fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes
        .get(from..)?
        .windows(what.len())
        .position(|window| window == what)
        .map(|found| from + found)
}

/// The number at a place, white space before it passed over, and where it ends.
pub(super) fn number_at(bytes: &[u8], mut at: usize) -> Result<(usize, usize), PaperError> {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let digits = bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    std::str::from_utf8(&bytes[at.min(bytes.len())..(at + digits).min(bytes.len())])
        .ok()
        .and_then(|text| text.parse().ok())
        .map(|number| (number, at + digits))
        .ok_or(PaperError::Join {
            what: "a number",
            offset: at,
        })
}
