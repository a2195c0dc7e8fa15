//! Counts what a HEIF file would make a decoder hold (ISO/IEC 14496-12 boxes, 23008-12 items, 14496-15 `hvcC`).

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::PictureError;
use super::super::format::Format;

/// Pixels of all coded pictures, those that serve as tiles counted as often as they are named.
///
/// # Errors
/// `Truncated` if a box reaches behind the end, `Corrupt` for boxes that contradict themselves or make a decoder copy the
/// file over and over, `UnsupportedCoding` for a film without a still.
pub(super) fn coded_pixels(bytes: &[u8]) -> Result<u64, PictureError> {
    let mut meta = None;
    let mut film = false;
    for item in Boxes::new(bytes, 0) {
        let item = item?;
        film |= item.kind == *b"moov";
        if item.kind == *b"meta" {
            meta = Some(item);
        }
    }
    let format = Format::Heic;
    let meta = match meta {
        Some(meta) => meta,
        None if film => {
            return Err(PictureError::UnsupportedCoding {
                format,
                coding: "a film without a still picture",
            });
        }
        None => {
            return Err(PictureError::Truncated {
                format,
                offset: bytes.len(),
                expected: "the list of items (meta)",
            });
        }
    };
    let items = Items::read(&meta)?;
    let copied = items.total(&items.lengths);
    // Items share no bytes in sound files; a factor of two leaves room for thumbnails that do.
    if copied > bytes.len() as u64 * 2 {
        return Err(corrupt(meta.start, "items that do not share their bytes"));
    }
    Ok(items.total(&items.areas))
}

/// What the `meta` box says about its items.
#[derive(Default)]
struct Items {
    /// Item to the pixels of its coded picture.
    areas: BTreeMap<u32, u64>,
    /// Item to the bytes that its extents cover.
    lengths: BTreeMap<u32, u64>,
    /// The items that others are put together from, each as often as it is named.
    parts: Vec<u32>,
}

impl Items {
    fn read(meta: &HeifBox<'_>) -> Result<Self, PictureError> {
        let mut items = Self::default();
        for child in meta.children(4)? {
            let child = child?;
            match &child.kind {
                b"iprp" => items.properties(&child)?,
                b"iloc" => items
                    .locations(&child)
                    .ok_or_else(|| corrupt(child.start, "item locations (iloc)"))?,
                b"iref" => items.references(&child)?,
                _ => {}
            }
        }
        Ok(items)
    }

    /// Sum over all items, parts counted as often as they are named.
    fn total(&self, of: &BTreeMap<u32, u64>) -> u64 {
        let named: BTreeSet<u32> = self.parts.iter().copied().collect();
        let alone = of
            .iter()
            .filter(|(item, _)| !named.contains(item))
            .map(|(_, value)| *value);
        let parts = self.parts.iter().filter_map(|item| of.get(item).copied());
        alone.chain(parts).fold(0, u64::saturating_add)
    }

    /// `ipco` and `ipma`: which item has which HEVC configuration.
    fn properties(&mut self, iprp: &HeifBox<'_>) -> Result<(), PictureError> {
        let mut areas = Vec::new();
        for child in iprp.children(0)? {
            let child = child?;
            if child.kind == *b"ipco" {
                for property in child.children(0)? {
                    let property = property?;
                    let area = match &property.kind {
                        b"hvcC" => hevc_area(property.body).ok_or_else(|| {
                            corrupt(property.start, "an HEVC configuration (hvcC)")
                        })?,
                        _ => 0,
                    };
                    areas.push(area);
                }
            } else if child.kind == *b"ipma" {
                self.associations(child.body, &areas)
                    .ok_or_else(|| corrupt(child.start, "item properties (ipma)"))?;
            }
        }
        Ok(())
    }

    fn associations(&mut self, body: &[u8], areas: &[u64]) -> Option<()> {
        let mut fields = Fields(body);
        let (version, flags) = (fields.number(1)?, fields.number(3)?);
        for _ in 0..fields.number(4)? {
            let item = u32::try_from(fields.number(if version == 0 { 2 } else { 4 })?).ok()?;
            for _ in 0..fields.number(1)? {
                // The topmost bit says "essential".
                let index = if flags & 1 == 1 {
                    fields.number(2)? & 0x7FFF
                } else {
                    fields.number(1)? & 0x7F
                };
                let area = usize::try_from(index)
                    .ok()?
                    .checked_sub(1)
                    .and_then(|index| areas.get(index));
                let largest = self.areas.entry(item).or_default();
                *largest = (*largest).max(area.copied().unwrap_or(0));
            }
        }
        Some(())
    }

    fn locations(&mut self, iloc: &HeifBox<'_>) -> Option<()> {
        let mut fields = Fields(iloc.body);
        let (version, _) = (fields.number(1)?, fields.number(3)?);
        let sizes = fields.number(2)?;
        let size = |shift: u32| usize::try_from(sizes >> shift & 15).ok();
        let (offset, length, base) = (size(12)?, size(8)?, size(4)?);
        let index = if version == 0 { 0 } else { size(0)? };
        let id = if version < 2 { 2 } else { 4 };
        for _ in 0..fields.number(id)? {
            let item = u32::try_from(fields.number(id)?).ok()?;
            fields.number(if version == 0 { 2 } else { 4 })?; // construction method, data reference
            fields.number(base)?;
            for _ in 0..fields.number(2)? {
                fields.number(index)?;
                fields.number(offset)?;
                let bytes = fields.number(length)?;
                let sum = self.lengths.entry(item).or_default();
                *sum = sum.saturating_add(bytes);
            }
        }
        Some(())
    }

    /// `iref`: the tiles of grids and the sources of derived pictures (`dimg`).
    fn references(&mut self, iref: &HeifBox<'_>) -> Result<(), PictureError> {
        let broken = || corrupt(iref.start, "item references (iref)");
        let id = if iref.body.first() == Some(&0) { 2 } else { 4 };
        for child in iref.children(4)? {
            let child = child?;
            let mut fields = Fields(child.body);
            while child.kind == *b"dimg" && !fields.0.is_empty() {
                fields.number(id).ok_or_else(broken)?;
                for _ in 0..fields.number(2).ok_or_else(broken)? {
                    let item = fields
                        .number(id)
                        .and_then(|item| u32::try_from(item).ok())
                        .ok_or_else(broken)?;
                    self.parts.push(item);
                }
            }
        }
        Ok(())
    }
}

/// The pixels of the largest picture that a configuration's parameter sets allow (ISO/IEC 14496-15, 8.3.3.1).
fn hevc_area(body: &[u8]) -> Option<u64> {
    const SPS: u64 = 33;
    let mut fields = Fields(body.get(22..)?);
    let mut largest = 0;
    for _ in 0..fields.number(1)? {
        let kind = fields.number(1)? & 0x3F;
        for _ in 0..fields.number(2)? {
            let length = usize::try_from(fields.number(2)?).ok()?;
            let unit = fields.take(length)?;
            if kind == SPS {
                largest = largest.max(sps_area(unit)?);
            }
        }
    }
    Some(largest)
}

/// Width times height of a sequence parameter set (ITU-T H.265, 7.3.2.2), as coded: what is shown may be less.
fn sps_area(unit: &[u8]) -> Option<u64> {
    // Header, layer count, general profile and level take 15 bytes; the sizes follow within a few more.
    let mut plain = Vec::with_capacity(64);
    for byte in unit {
        // A 3 behind two zeros is there only to keep start codes out.
        if !(*byte == 3 && plain.ends_with(&[0, 0])) {
            plain.push(*byte);
        }
        if plain.len() == 64 {
            break;
        }
    }
    let mut bits = PlainBits {
        bytes: &plain,
        position: 16 + 8 + 96,
    };
    if plain.get(2)? >> 1 & 7 != 0 {
        return Some(u64::MAX); // Sub-layers move the sizes; no telephone writes them, and the decoder refuses them.
    }
    bits.exp_golomb()?;
    if bits.exp_golomb()? == 3 {
        bits.take(1)?;
    }
    let (width, height) = (bits.exp_golomb()?, bits.exp_golomb()?);
    width.checked_mul(height)
}

struct PlainBits<'b> {
    bytes: &'b [u8],
    position: usize,
}

impl PlainBits<'_> {
    fn take(&mut self, count: u32) -> Option<u64> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.position / 8)?;
            value = value << 1 | u64::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(value)
    }

    /// ue(v), H.265, 9.2.
    fn exp_golomb(&mut self) -> Option<u64> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }
}

/// Big-endian fields, one after the other.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of at most 8 bytes.
    fn number(&mut self, length: usize) -> Option<u64> {
        if length > 8 {
            return None;
        }
        Some(
            self.take(length)?
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte)),
        )
    }
}

struct HeifBox<'b> {
    kind: [u8; 4],
    /// Offset in the file.
    start: usize,
    body: &'b [u8],
    /// Offset of the body in the file.
    inside: usize,
}

impl<'b> HeifBox<'b> {
    /// The boxes inside, behind `skip` bytes of fields.
    fn children(&self, skip: usize) -> Result<Boxes<'b>, PictureError> {
        let body = self
            .body
            .get(skip..)
            .ok_or_else(|| corrupt(self.start, "a whole box header"))?;
        Ok(Boxes::new(body, self.inside + skip))
    }
}

/// Steps from box to box (ISO/IEC 14496-12, 4.2).
struct Boxes<'b> {
    bytes: &'b [u8],
    position: usize,
    origin: usize,
}

impl<'b> Boxes<'b> {
    const fn new(bytes: &'b [u8], origin: usize) -> Self {
        Self {
            bytes,
            position: 0,
            origin,
        }
    }

    fn read(&mut self) -> Option<HeifBox<'b>> {
        let rest = self.bytes.get(self.position..)?;
        let mut fields = Fields(rest);
        let size = fields.number(4)?;
        let kind = *fields.take(4)?.first_chunk()?;
        let size = match size {
            0 => rest.len(),
            1 => usize::try_from(fields.number(8)?).ok()?,
            _ => usize::try_from(size).ok()?,
        };
        let header = rest.len() - fields.0.len();
        let body = rest.get(header..size)?;
        let start = self.origin + self.position;
        self.position += size;
        Some(HeifBox {
            kind,
            start,
            body,
            inside: start + header,
        })
    }
}

impl<'b> Iterator for Boxes<'b> {
    type Item = Result<HeifBox<'b>, PictureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.bytes.len() {
            return None;
        }
        let here = self.origin + self.position;
        let cut = PictureError::Truncated {
            format: Format::Heic,
            offset: here,
            expected: "a whole box",
        };
        let found = self.read();
        if found.is_none() {
            self.position = self.bytes.len();
        }
        Some(found.ok_or(cut))
    }
}

fn corrupt(offset: usize, expected: &'static str) -> PictureError {
    PictureError::Corrupt {
        format: Format::Heic,
        offset,
        expected,
    }
}
