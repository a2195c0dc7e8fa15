//! Finds and proves the codes of a page.

use zxingcpp::{BarcodeFormat, Binarizer, ImageFormat, ImageView};

use super::{
    plane::Point,
    raster::{Channels, Raster},
};
use crate::{
    code::{CODE_LEN, CodeError, CodeKey, PageCode},
    geometry::Corner,
};

/// A code whose proof holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven {
    pub(crate) code: PageCode,
    pub(crate) corner: Corner,
    /// Of the symbol, in pixels of the picture that was read: upper left, upper right, lower right, lower left.
    pub(crate) corners: [Point; 4],
}

/// Every code that was seen.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) proven: Vec<Proven>,
    /// Why codes that could be ours are not.
    pub(crate) refused: Vec<CodeError>,
}

impl Reading {
    /// Takes what a reader found, each code of each corner once.
    pub(crate) fn take(&mut self, bytes: &[u8], corners: [Point; 4], keys: &[CodeKey]) {
        match PageCode::open(bytes, keys) {
            Ok((code, corner)) => {
                let seen = |proven: &Proven| proven.code == code && proven.corner == corner;
                if !self.proven.iter().any(seen) {
                    self.proven.push(Proven {
                        code,
                        corner,
                        corners,
                    });
                }
            }
            // A parcel label says nothing about the page.
            Err(CodeError::Length { .. }) => {}
            Err(refused) => {
                if !self.refused.contains(&refused) {
                    self.refused.push(refused);
                }
            }
        }
    }

    /// Adds what was read elsewhere in the picture.
    pub(crate) fn add(&mut self, other: Self) {
        for found in other.proven {
            let seen = |proven: &Proven| proven.code == found.code && proven.corner == found.corner;
            if !self.proven.iter().any(seen) {
                self.proven.push(found);
            }
        }
        for refused in other.refused {
            if !self.refused.contains(&refused) {
                self.refused.push(refused);
            }
        }
    }

    /// Whether nothing was seen that might be a code.
    pub(crate) fn is_empty(&self) -> bool {
        self.proven.is_empty() && self.refused.is_empty()
    }

    /// PAPER-13: the one code that all codes of the page agree on. `None` if there is none, or if two differ: never a guess.
    pub(crate) fn agreed(&self) -> Option<PageCode> {
        let first = self.proven.first()?.code;
        let agree = self.proven.iter().all(|proven| proven.code == first);
        (agree && self.refused.is_empty()).then_some(first)
    }
}

/// Looks for codes where they are on a scanned page, then everywhere; stops at the first proven one, since the place of the other
/// follows from it.
pub(crate) fn read_plainly(grey: &Raster, keys: &[CodeKey]) -> Reading {
    let mut reading = Reading::default();
    for (x, y) in CORNER_WINDOWS {
        if look(grey, corner_window(grey, x, y), keys, &mut reading) {
            return reading;
        }
    }
    for (bytes, corners) in decode(grey, Binarizer::LocalAverage) {
        reading.take(&bytes, corners, keys);
    }
    reading
}

/// Looks at the whole picture, prepared in other ways, until something is proven.
pub(crate) fn read_harder(grey: &Raster, keys: &[CodeKey], reading: &mut Reading) {
    for prepare in PREPARATIONS {
        let Some((picture, factor, binarizer)) = prepare.of(grey) else {
            continue;
        };
        for (bytes, corners) in decode(&picture, binarizer) {
            let corners = corners.map(|corner| prepare.back(corner, grey, factor));
            reading.take(&bytes, corners, keys);
        }
        if !reading.proven.is_empty() {
            return;
        }
    }
}

/// Looks at the whole picture once, as it is.
pub(crate) fn read_quickly(grey: &Raster, keys: &[CodeKey]) -> Reading {
    let mut reading = Reading::default();
    for (bytes, corners) in decode(grey, Binarizer::LocalAverage) {
        reading.take(&bytes, corners, keys);
    }
    reading
}

/// A part of a picture: left, top, width, height.
pub(crate) type Window = (u32, u32, u32, u32);

/// Reads one part of the picture; `true` once something is proven.
pub(crate) fn look(
    grey: &Raster,
    (x, y, width, height): Window,
    keys: &[CodeKey],
    reading: &mut Reading,
) -> bool {
    if let Some(part) = grey.cropped(x, y, width, height) {
        for (bytes, corners) in decode(&part, Binarizer::LocalAverage) {
            let moved = corners.map(|(px, py)| (px + f64::from(x), py + f64::from(y)));
            reading.take(&bytes, moved, keys);
        }
    }
    !reading.proven.is_empty()
}

/// Corners of the picture in the order in which pages come out of scanners: upright and upside down, then on their side.
const CORNER_WINDOWS: [(u32, u32); 4] = [(1, 0), (0, 1), (0, 0), (1, 1)];

/// A third of the short side: a code ends 23 mm from the edges of a sheet of 148 or 210 mm, and sheets lie askew.
fn corner_window(grey: &Raster, x: u32, y: u32) -> Window {
    let side = grey.width().min(grey.height()).div_ceil(3);
    (
        x * (grey.width() - side),
        y * (grey.height() - side),
        side,
        side,
    )
}

/// Ways to look at the whole picture, cheapest first.
#[derive(Clone, Copy, Debug)]
enum Preparation {
    /// Smaller: grain, halftone and broken edges average out.
    Scaled(f64),
    /// Each pixel the median of nine: the specks of a copied copy go.
    Median,
    /// The mean of 5 × 5: what a fold or a dither breaks closes.
    Blurred,
    /// Each pixel the darkest of nine: thin ink of a faint copy grows together.
    Darkest,
    /// Turned by an eighth, for readers that look along rows and columns.
    Turned,
    /// One threshold for all: a stain whose edges mislead local ones.
    Global,
}

const PREPARATIONS: [Preparation; 8] = [
    Preparation::Scaled(0.5),
    Preparation::Blurred,
    Preparation::Median,
    Preparation::Scaled(2.0),
    Preparation::Darkest,
    Preparation::Scaled(0.71),
    Preparation::Global,
    Preparation::Turned,
];

impl Preparation {
    /// The prepared picture, how much larger it is, and how it is made black and white; `None` where it would tell nothing new.
    fn of(self, grey: &Raster) -> Option<(Raster, f64, Binarizer)> {
        let local = Binarizer::LocalAverage;
        Some(match self {
            Self::Scaled(factor) if factor > 1.0 => {
                if grey.long_side() > 1_300 {
                    return None;
                }
                (grey.scaled(factor), factor, local)
            }
            Self::Scaled(factor) => {
                if f64::from(grey.long_side()) * factor < 700.0 {
                    return None;
                }
                (grey.scaled(factor), factor, local)
            }
            Self::Median => (
                nine(grey, |mut nine| {
                    nine.sort_unstable();
                    nine[4]
                }),
                1.0,
                local,
            ),
            Self::Darkest => (
                nine(grey, |nine| nine.into_iter().min().unwrap_or(255)),
                1.0,
                local,
            ),
            Self::Blurred => {
                let mean = |nine: [u8; 9]| (nine.into_iter().map(u32::from).sum::<u32>() / 9) as u8;
                (nine(&nine(grey, mean), mean), 1.0, local)
            }
            Self::Turned => (eighth(grey), 1.0, local),
            Self::Global => (grey.clone(), 1.0, Binarizer::GlobalHistogram),
        })
    }

    /// A place in the prepared picture as a place in the picture.
    fn back(self, (x, y): Point, grey: &Raster, factor: f64) -> Point {
        match self {
            Self::Turned => {
                let middle = f64::from(eighth_side(grey)) / 2.0;
                let (x, y) = (x - middle, y - middle);
                let half = std::f64::consts::FRAC_1_SQRT_2;
                (
                    (x + y) * half + f64::from(grey.width()) / 2.0,
                    (y - x) * half + f64::from(grey.height()) / 2.0,
                )
            }
            _ => (x / factor, y / factor),
        }
    }
}

/// Side of the square that holds the picture turned by an eighth.
fn eighth_side(grey: &Raster) -> u32 {
    let diagonal = f64::from(grey.width()).hypot(f64::from(grey.height()));
    diagonal.ceil() as u32
}

fn eighth(grey: &Raster) -> Raster {
    let side = eighth_side(grey);
    let mut samples = Vec::with_capacity((side as usize).pow(2));
    for y in 0..side {
        for x in 0..side {
            let at = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let (x, y) = Preparation::Turned.back(at, grey, 1.0);
            samples.push(grey.light_at(x, y).unwrap_or(255.0) as u8);
        }
    }
    Raster::new(side, side, Channels::Grey, samples).unwrap_or_else(|| grey.clone())
}

/// Each pixel replaced by something of the nine around it; the rim stays.
fn nine(grey: &Raster, something: impl Fn([u8; 9]) -> u8) -> Raster {
    let width = grey.width() as usize;
    let mut samples = grey.samples().to_vec();
    for (y, rows) in grey
        .samples()
        .chunks_exact(width)
        .collect::<Vec<_>>()
        .array_windows::<3>()
        .enumerate()
    {
        for x in 1..width.max(1) - 1 {
            let mut around = [0; 9];
            for (place, row) in around.chunks_exact_mut(3).zip(rows) {
                place.copy_from_slice(&row[x - 1..x + 2]);
            }
            samples[(y + 1) * width + x] = something(around);
        }
    }
    Raster::new(grey.width(), grey.height(), Channels::Grey, samples)
        .unwrap_or_else(|| grey.clone())
}

/// Every Data Matrix of our length class that the reader sees, with its corners in its own order.
fn decode(grey: &Raster, binarizer: Binarizer) -> Vec<(Vec<u8>, [Point; 4])> {
    let reader = zxingcpp::read()
        .formats([BarcodeFormat::DataMatrix])
        .try_harder(true)
        .try_rotate(true)
        .try_invert(false)
        .try_downscale(false)
        .max_number_of_symbols(8)
        .binarizer(binarizer);
    let Ok(view) = ImageView::from_slice(
        grey.samples(),
        grey.width(),
        grey.height(),
        ImageFormat::Lum,
    ) else {
        return Vec::new();
    };
    let Ok(found) = reader.from(view) else {
        return Vec::new();
    };
    found
        .iter()
        .filter(|code| code.is_valid())
        .map(|code| {
            let at = code.position();
            let corners = [at.top_left, at.top_right, at.bottom_right, at.bottom_left];
            (
                code.bytes(),
                corners.map(|corner| (f64::from(corner.x), f64::from(corner.y))),
            )
        })
        .filter(|(bytes, _)| bytes.len() <= 4 * CODE_LEN)
        .collect()
}
