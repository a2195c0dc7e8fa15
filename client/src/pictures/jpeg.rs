//! Walks a JPEG (ITU-T T.81, Annex B) from SOI to EOI and proves that every block of every scan is there.
//!
//! Decoders fill what is missing with grey and report success, also when a program has put an EOI behind the torn end;
//! so the entropy-coded blocks are read here too ([`scan`]), without computing pixels.
//!
//! Bytes between segments and behind EOI are passed over: cameras pad there and append films and depth maps.

mod bits;
mod scan;

use super::error::PictureError;
use super::format::Format;
use super::limits;
use bits::Huffman;
use scan::{Scan, ScanComponent};

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DHT: u8 = 0xC4;
const DRI: u8 = 0xDD;

/// What the frame header says (T.81, B.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
}

/// One colour plane of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    id: u8,
    horizontal: u32,
    vertical: u32,
    /// Blocks across and down that hold pixels: what a scan of this component alone codes.
    across: u32,
    down: u32,
    /// Blocks across, with those that fill up the last interleaved unit.
    stride: u32,
    padded_down: u32,
}

impl Frame {
    /// Sum of the planes' samples: the decoder of a progressive file keeps a coefficient for each.
    pub(super) fn coefficients(&self) -> u64 {
        self.components
            .iter()
            .map(|plane| u64::from(plane.stride) * u64::from(plane.padded_down) * 64)
            .sum()
    }

    /// The decoder (zune-jpeg 0.5.15) gives wrong pixels, without an error, for a sequential file that codes its planes in
    /// scans of their own and has chroma at half height. Such files are rare; better refused than sent scrambled.
    fn scrambled_by_decoder(&self, planes_in_scan: usize) -> bool {
        !self.progressive
            && planes_in_scan < self.components.len()
            && self.components.iter().any(|plane| plane.vertical > 1)
    }

    /// Interleaved units (MCUs) across and down.
    fn units(&self) -> (u32, u32) {
        let widest = self
            .components
            .iter()
            .map(|plane| plane.horizontal)
            .max()
            .unwrap_or(1);
        let tallest = self
            .components
            .iter()
            .map(|plane| plane.vertical)
            .max()
            .unwrap_or(1);
        (
            self.width.div_ceil(widest * 8),
            self.height.div_ceil(tallest * 8),
        )
    }
}

/// Finds the frame header; looks at no pixel.
pub(super) fn read_frame(bytes: &[u8]) -> Result<Frame, PictureError> {
    let mut segments = Segments::open(bytes)?;
    loop {
        let segment = segments.next("a frame header (SOF)")?;
        match segment.marker {
            0xC0..=0xC2 => return frame(&segment),
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(unsupported(segment.marker));
            }
            SOS | EOI => {
                return Err(corrupt(
                    segment.start,
                    "a frame header (SOF) before the pixels",
                ));
            }
            _ => {}
        }
    }
}

/// Reads every segment and every coded block up to EOI.
///
/// # Errors
/// `Truncated` where the file or a scan ends early, `Corrupt` for codes that no encoder writes.
pub(super) fn verify(bytes: &[u8], frame: &Frame) -> Result<(), PictureError> {
    walk(&mut Segments::open(bytes)?, frame)
}

fn walk(segments: &mut Segments<'_>, frame: &Frame) -> Result<(), PictureError> {
    let mut tables = Tables::default();
    let mut planes = scan::Planes::new(frame);
    let mut scans = 0;
    loop {
        let segment = segments.next("the end of the picture (EOI)")?;
        match segment.marker {
            DHT => tables.define(&segment)?,
            DRI => tables.restart_interval = restart_interval(&segment)?,
            SOS => {
                scans += 1;
                if scans > limits::JPEG_SCANS {
                    return Err(corrupt(segment.start, "no more scans than encoders write"));
                }
                let scan = scan_header(&segment, frame, &tables)?;
                if frame.scrambled_by_decoder(scan.components.len()) {
                    return Err(PictureError::UnsupportedCoding {
                        format: Format::Jpeg,
                        coding: "a scan for each colour plane",
                    });
                }
                segments.position =
                    scan::read(segments.bytes, segments.position, frame, &scan, &mut planes)?;
            }
            EOI if planes.all_coded() => return Ok(()),
            EOI => return Err(truncated(segment.start, "a scan for each colour plane")),
            _ => {}
        }
    }
}

/// Reads a DRI segment (T.81, B.2.4.4).
fn restart_interval(segment: &Segment<'_>) -> Result<u32, PictureError> {
    let interval = segment
        .payload
        .first_chunk()
        .ok_or_else(|| corrupt(segment.start, "a restart interval"))?;
    Ok(u32::from(u16::from_be_bytes(*interval)))
}

/// Huffman tables and restart interval in force.
#[derive(Default)]
struct Tables {
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    restart_interval: u32,
}

impl Tables {
    /// Reads a DHT segment (T.81, B.2.4.2), which may define several tables.
    fn define(&mut self, segment: &Segment<'_>) -> Result<(), PictureError> {
        let broken = || corrupt(segment.start, "Huffman tables");
        let mut rest = segment.payload;
        while let Some((&class_and_id, after)) = rest.split_first() {
            let counts = after.first_chunk::<16>().ok_or_else(broken)?;
            let total = counts
                .iter()
                .map(|count| usize::from(*count))
                .sum::<usize>();
            let symbols = after.get(16..16 + total).ok_or_else(broken)?;
            rest = &after[16 + total..];
            let class = if class_and_id >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            let slot = class
                .get_mut(usize::from(class_and_id & 15))
                .ok_or_else(broken)?;
            *slot = Some(Huffman::new(counts, symbols).ok_or_else(broken)?);
        }
        Ok(())
    }
}

/// Reads an SOF segment (T.81, B.2.2).
fn frame(segment: &Segment<'_>) -> Result<Frame, PictureError> {
    let broken = || corrupt(segment.start, "a sound frame header");
    let [precision, h1, h0, w1, w0, count] = *segment.payload.first_chunk().ok_or_else(broken)?;
    if precision != 8 {
        return Err(PictureError::UnsupportedCoding {
            format: Format::Jpeg,
            coding: "12 bits for each sample",
        });
    }
    let (width, height) = (
        u32::from(u16::from_be_bytes([w1, w0])),
        u32::from(u16::from_be_bytes([h1, h0])),
    );
    let specs = segment.payload[6..].as_chunks::<3>().0;
    if specs.len() < usize::from(count) || !matches!(count, 1 | 3 | 4) {
        return Err(broken());
    }
    let specs = &specs[..usize::from(count)];
    let factors = |sampling: u8| (u32::from(sampling >> 4), u32::from(sampling & 15));
    if specs
        .iter()
        .map(|spec| factors(spec[1]))
        .any(|(h, v)| !(1..=4).contains(&h) || !(1..=4).contains(&v))
    {
        return Err(broken());
    }
    let widest = specs
        .iter()
        .map(|spec| factors(spec[1]).0)
        .max()
        .unwrap_or(1);
    let tallest = specs
        .iter()
        .map(|spec| factors(spec[1]).1)
        .max()
        .unwrap_or(1);
    let components = specs
        .iter()
        .map(|[id, sampling, _]| {
            let (horizontal, vertical) = factors(*sampling);
            Component {
                id: *id,
                horizontal,
                vertical,
                across: (width * horizontal).div_ceil(widest * 8),
                down: (height * vertical).div_ceil(tallest * 8),
                stride: width.div_ceil(widest * 8) * horizontal,
                padded_down: height.div_ceil(tallest * 8) * vertical,
            }
        })
        .collect();
    Ok(Frame {
        width,
        height,
        progressive: segment.marker == 0xC2,
        components,
    })
}

/// Reads an SOS header (T.81, B.2.3) and binds its tables.
fn scan_header<'t>(
    segment: &Segment<'_>,
    frame: &Frame,
    tables: &'t Tables,
) -> Result<Scan<'t>, PictureError> {
    let broken = || corrupt(segment.start, "a sound scan header");
    let (&count, rest) = segment.payload.split_first().ok_or_else(broken)?;
    let count = usize::from(count);
    if !(1..=frame.components.len()).contains(&count) || rest.len() < count * 2 + 3 {
        return Err(broken());
    }
    let mut components = Vec::with_capacity(count);
    for [id, selectors] in &rest.as_chunks::<2>().0[..count] {
        let plane = frame
            .components
            .iter()
            .position(|plane| plane.id == *id)
            .ok_or_else(broken)?;
        if components
            .iter()
            .any(|seen: &ScanComponent<'_>| seen.plane == plane)
        {
            return Err(broken());
        }
        let table = |class: &'t [Option<Huffman>; 4], id: u8| {
            class.get(usize::from(id)).and_then(Option::as_ref)
        };
        components.push(ScanComponent {
            plane,
            dc: table(&tables.dc, selectors >> 4),
            ac: table(&tables.ac, selectors & 15),
        });
    }
    let [first, last, approximation] = *rest[count * 2..].first_chunk().ok_or_else(broken)?;
    let scan = if frame.progressive {
        Scan {
            components,
            first,
            last,
            high: approximation >> 4,
            restart_interval: tables.restart_interval,
        }
    } else {
        Scan {
            components,
            first: 0,
            last: 63,
            high: 0,
            restart_interval: tables.restart_interval,
        }
    };
    let spectral = frame.progressive && (scan.last > 63 || scan.first > scan.last);
    let mixed = frame.progressive && (scan.first == 0) != (scan.last == 0);
    let interleaved_ac = scan.first > 0 && count > 1;
    if spectral || mixed || interleaved_ac {
        Err(broken())
    } else {
        Ok(scan)
    }
}

/// One marker segment.
struct Segment<'b> {
    marker: u8,
    /// Offset of the marker.
    start: usize,
    payload: &'b [u8],
}

/// Steps from marker to marker (T.81, B.1.1).
struct Segments<'b> {
    bytes: &'b [u8],
    position: usize,
    /// Bytes passed over because they belong to no segment.
    strays: usize,
}

impl<'b> Segments<'b> {
    fn open(bytes: &'b [u8]) -> Result<Self, PictureError> {
        if bytes.starts_with(&[0xFF, SOI]) {
            Ok(Self {
                bytes,
                position: 2,
                strays: 0,
            })
        } else {
            Err(corrupt(0, "a start of image (SOI)"))
        }
    }

    fn next(&mut self, expected: &'static str) -> Result<Segment<'b>, PictureError> {
        let cut = || truncated(self.bytes.len(), expected);
        // A marker is FF and a byte other than 00 and FF; stray bytes before it and restart markers are passed over.
        let rest = self.bytes.get(self.position..).ok_or_else(cut)?;
        let ahead = rest
            .windows(2)
            .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 1 | 0xFF | 0xD0..=0xD8))
            .ok_or_else(cut)?;
        self.strays += ahead;
        let start = self.position + ahead;
        let marker = self.bytes[start + 1];
        if marker == EOI {
            self.position = start + 2;
            return Ok(Segment {
                marker,
                start,
                payload: &[],
            });
        }
        let length = self
            .bytes
            .get(start + 2..start + 4)
            .and_then(<[u8]>::first_chunk)
            .ok_or_else(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length < 2 {
            return Err(corrupt(start, "a segment length of at least 2"));
        }
        let payload = self
            .bytes
            .get(start + 4..start + 2 + length)
            .ok_or_else(cut)?;
        self.position = start + 2 + length;
        Ok(Segment {
            marker,
            start,
            payload,
        })
    }
}

fn corrupt(offset: usize, expected: &'static str) -> PictureError {
    PictureError::Corrupt {
        format: Format::Jpeg,
        offset,
        expected,
    }
}

fn truncated(offset: usize, expected: &'static str) -> PictureError {
    PictureError::Truncated {
        format: Format::Jpeg,
        offset,
        expected,
    }
}

fn unsupported(marker: u8) -> PictureError {
    let coding = match marker {
        0xC3 => "lossless coding",
        0xC9..=0xCB => "arithmetic coding",
        _ => "hierarchical coding",
    };
    PictureError::UnsupportedCoding {
        format: Format::Jpeg,
        coding,
    }
}

#[cfg(test)]
mod tests;
