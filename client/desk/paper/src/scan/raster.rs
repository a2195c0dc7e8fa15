//! Plain pixels in memory.

use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images};

use super::plane::Point;

/// Samples per pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// One: lightness.
    Grey,
    /// Three: red, green, blue.
    Rgb,
}

impl Channels {
    /// Samples per pixel.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// A picture of 8 bits a sample, rows from the top, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Raster {
    width: u32,
    height: u32,
    channels: Channels,
    samples: Vec<u8>,
}

impl std::fmt::Debug for Raster {
    // The pixels are somebody's handwriting.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Raster({} x {}, {:?})",
            self.width, self.height, self.channels
        )
    }
}

impl Raster {
    /// A picture of these samples; `None` if it has no pixels or another number of samples than it should.
    #[must_use]
    pub fn new(width: u32, height: u32, channels: Channels, samples: Vec<u8>) -> Option<Self> {
        let expected =
            (u64::from(width) * u64::from(height)).checked_mul(channels.count() as u64)?;
        (expected > 0 && samples.len() as u64 == expected).then_some(Self {
            width,
            height,
            channels,
            samples,
        })
    }

    /// Pixels across.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Samples per pixel.
    #[must_use]
    pub const fn channels(&self) -> Channels {
        self.channels
    }

    /// All samples.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    pub(crate) const fn long_side(&self) -> u32 {
        if self.width > self.height {
            self.width
        } else {
            self.height
        }
    }

    /// Lightness only.
    #[must_use]
    pub fn grey(&self) -> Self {
        let samples = match self.channels {
            Channels::Grey => self.samples.clone(),
            Channels::Rgb => self
                .samples
                .as_chunks::<3>()
                .0
                .iter()
                .map(|[red, green, blue]| {
                    let sum =
                        77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue);
                    (sum >> 8) as u8
                })
                .collect(),
        };
        Self {
            channels: Channels::Grey,
            samples,
            ..*self
        }
    }

    /// The black of a printer only: each pixel by its lightest colour, and what is lighter than `white` (0 to 255) as paper.
    /// Ballpoint, pencil and coffee go, toner stays.
    #[must_use]
    pub(crate) fn toner(&self, white: u8) -> Self {
        let lightest: Vec<u8> = match self.channels {
            Channels::Grey => self.samples.clone(),
            Channels::Rgb => self
                .samples
                .as_chunks::<3>()
                .0
                .iter()
                .map(|[red, green, blue]| (*red).max(*green).max(*blue))
                .collect(),
        };
        let white = u16::from(white.max(1));
        let samples = lightest
            .into_iter()
            .map(|light| (u16::from(light) * 255 / white).min(255) as u8)
            .collect();
        Self {
            channels: Channels::Grey,
            samples,
            ..*self
        }
    }

    /// Whether there is black and white only: a fax, a scan by threshold.
    #[must_use]
    pub(crate) fn is_two_toned(&self) -> bool {
        let between = self
            .samples
            .iter()
            .filter(|sample| (3..=252).contains(*sample))
            .count();
        between * 1_000 <= self.samples.len()
    }

    /// The same picture with this many pixels; averages when it shrinks, so that thin lines fade evenly instead of breaking.
    #[must_use]
    pub(crate) fn resized(&self, width: u32, height: u32) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let pixels = match self.channels {
            Channels::Grey => PixelType::U8,
            Channels::Rgb => PixelType::U8x3,
        };
        let scaled = || {
            let source =
                images::ImageRef::new(self.width, self.height, &self.samples, pixels).ok()?;
            let mut target = images::Image::new(width, height, pixels);
            let options =
                ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
            Resizer::new().resize(&source, &mut target, &options).ok()?;
            Self::new(width, height, self.channels, target.into_vec())
        };
        // Scaling fails only for pictures that cannot be made: no pixels, a wrong number of samples.
        scaled().unwrap_or_else(|| self.clone())
    }

    /// The same picture with at most this many pixels on its long side.
    #[must_use]
    pub(crate) fn at_most(&self, long_side: u32) -> Self {
        if self.long_side() <= long_side {
            return self.clone();
        }
        self.scaled(f64::from(long_side) / f64::from(self.long_side()))
    }

    /// A grey picture with everything within these corners, which go round it, painted white.
    pub(crate) fn without(&self, corners: [Point; 4]) -> Self {
        let mut rest = self.grey();
        let width = rest.width as usize;
        for (y, row) in rest.samples.chunks_exact_mut(width).enumerate() {
            // A convex shape crosses a row in one run.
            let middle = y as f64 + 0.5;
            let mut run: Option<(f64, f64)> = None;
            for (from, to) in (0..4).map(|side| (corners[side], corners[(side + 1) % 4])) {
                if (from.1 <= middle) == (to.1 <= middle) {
                    continue;
                }
                let x = from.0 + (middle - from.1) / (to.1 - from.1) * (to.0 - from.0);
                run = Some(run.map_or((x, x), |(low, high)| (low.min(x), high.max(x))));
            }
            if let Some((low, high)) = run {
                let low = (low.max(0.0) as usize).min(width);
                let high = (high.ceil().max(0.0) as usize).clamp(low, width);
                row[low..high].fill(255);
            }
        }
        rest
    }

    /// The same picture, `factor` times as large.
    #[must_use]
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let side = |side: u32| (f64::from(side) * factor).round().max(1.0) as u32;
        self.resized(side(self.width), side(self.height))
    }

    /// A part of a grey or coloured picture; what lies outside is left out.
    #[must_use]
    pub(crate) fn cropped(&self, x: u32, y: u32, width: u32, height: u32) -> Option<Self> {
        let width = width.min(self.width.checked_sub(x)?);
        let height = height.min(self.height.checked_sub(y)?);
        let count = self.channels.count();
        let row_len = self.width as usize * count;
        let samples = self
            .samples
            .chunks_exact(row_len)
            .skip(y as usize)
            .take(height as usize)
            .flat_map(|row| {
                row.iter()
                    .skip(x as usize * count)
                    .take(width as usize * count)
            })
            .copied()
            .collect();
        Self::new(width, height, self.channels, samples)
    }

    /// Turned clockwise by this many quarters.
    #[must_use]
    pub(crate) fn turned(&self, quarters: u8) -> Self {
        let count = self.channels.count();
        let (width, height) = (self.width as usize, self.height as usize);
        if quarters.is_multiple_of(4) {
            return self.clone();
        }
        let (new_width, new_height) = if quarters % 2 == 1 {
            (height, width)
        } else {
            (width, height)
        };
        let mut samples = Vec::with_capacity(self.samples.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (from_x, from_y) = match quarters % 4 {
                    1 => (y, height - 1 - x),
                    2 => (width - 1 - x, height - 1 - y),
                    _ => (width - 1 - y, x),
                };
                let at = (from_y * width + from_x) * count;
                samples.extend_from_slice(&self.samples[at..at + count]);
            }
        }
        Self {
            width: new_width as u32,
            height: new_height as u32,
            channels: self.channels,
            samples,
        }
    }

    /// Mirrored left to right.
    #[must_use]
    pub(crate) fn mirrored(&self) -> Self {
        let count = self.channels.count();
        let samples = self
            .samples
            .chunks_exact(self.width as usize * count)
            .flat_map(|row| row.chunks_exact(count).rev().flatten())
            .copied()
            .collect();
        Self { samples, ..*self }
    }

    /// The first sample at a place between pixels, `None` outside. Pixel centres are at halves.
    #[inline]
    pub(crate) fn light_at(&self, x: f64, y: f64) -> Option<f64> {
        let (x, y) = (x - 0.5, y - 0.5);
        if !(x >= -0.5
            && y >= -0.5
            && x <= f64::from(self.width) - 0.5
            && y <= f64::from(self.height) - 0.5)
        {
            return None;
        }
        let count = self.channels.count();
        let (x, y) = (
            x.clamp(0.0, f64::from(self.width - 1)),
            y.clamp(0.0, f64::from(self.height - 1)),
        );
        let (left, top) = (x as usize, y as usize);
        let right = (left + 1).min(self.width as usize - 1);
        let bottom = (top + 1).min(self.height as usize - 1);
        let (part_x, part_y) = (x - left as f64, y - top as f64);
        let width = self.width as usize;
        let at = |x: usize, y: usize| f64::from(self.samples[(y * width + x) * count]);
        let above = at(left, top) * (1.0 - part_x) + at(right, top) * part_x;
        let below = at(left, bottom) * (1.0 - part_x) + at(right, bottom) * part_x;
        Some(above * (1.0 - part_y) + below * part_y)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn numbered() -> Raster {
        Raster::new(3, 2, Channels::Grey, vec![1, 2, 3, 4, 5, 6]).unwrap()
    }

    #[test]
    fn a_raster_has_all_its_samples() {
        assert!(Raster::new(3, 2, Channels::Rgb, vec![0; 6]).is_none());
        assert!(Raster::new(0, 2, Channels::Grey, vec![]).is_none());
        assert!(Raster::new(u32::MAX, u32::MAX, Channels::Rgb, vec![0; 3]).is_none());
    }

    #[test]
    fn turning_is_clockwise() {
        assert_eq!(numbered().turned(1).samples(), [4, 1, 5, 2, 6, 3]);
        assert_eq!(numbered().turned(2).samples(), [6, 5, 4, 3, 2, 1]);
        assert_eq!(numbered().turned(3).samples(), [3, 6, 2, 5, 1, 4]);
        assert_eq!(numbered().turned(1).turned(3), numbered());
        assert_eq!(numbered().mirrored().samples(), [3, 2, 1, 6, 5, 4]);
    }

    #[test]
    fn cropping_stays_inside() {
        let part = numbered().cropped(1, 1, 9, 9).unwrap();
        assert_eq!((part.width(), part.samples()), (2, &[5, 6][..]));
        assert!(numbered().cropped(4, 0, 1, 1).is_none());
    }

    #[test]
    fn light_between_pixels_is_their_mean() {
        assert_eq!(numbered().light_at(0.5, 0.5), Some(1.0));
        assert_eq!(numbered().light_at(1.0, 1.0), Some(3.0));
        assert_eq!(numbered().light_at(3.1, 1.0), None);
    }
}
