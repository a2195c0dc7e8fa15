//! Plain pixels: 8 bits, grey or RGB, rows from the top, no padding.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeError, ResizeOptions, Resizer};
use image::metadata::Orientation;

use super::error::PictureError;

/// Samples of one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channels {
    Grey,
    Rgb,
}

impl Channels {
    pub(super) const fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// A picture in memory; `samples.len() == width * height * channels`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) samples: Vec<u8>,
}

impl Raster {
    /// Scales so that the long side is at most `long_side`; never enlarges, no side becomes zero.
    pub(super) fn fit(self, long_side: u32) -> Result<Self, PictureError> {
        let (from, to) = (
            (self.width, self.height),
            fitted(self.width, self.height, long_side),
        );
        if from == to {
            return Ok(self);
        }
        let failed = |source| PictureError::Scale { from, to, source };
        let samples = match self.channels {
            Channels::Grey => scale::<U8>(&self.samples, from, to),
            Channels::Rgb => scale::<U8x3>(&self.samples, from, to),
        }
        .map_err(failed)?;
        Ok(Self {
            width: to.0,
            height: to.1,
            channels: self.channels,
            samples,
        })
    }

    /// Turns and mirrors as the EXIF orientation asks (TIFF 6.0, tag 274).
    pub(super) fn turn(self, orientation: Orientation) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        // For each shape: which stored pixel is shown at (x, y).
        let from: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
            Orientation::NoTransforms => return self,
            Orientation::FlipHorizontal => |x, y, w, _| (w - 1 - x, y),
            Orientation::Rotate180 => |x, y, w, h| (w - 1 - x, h - 1 - y),
            Orientation::FlipVertical => |x, y, _, h| (x, h - 1 - y),
            Orientation::Rotate90FlipH => |x, y, _, _| (y, x),
            Orientation::Rotate90 => |x, y, _, h| (y, h - 1 - x),
            Orientation::Rotate270FlipH => |x, y, w, h| (w - 1 - y, h - 1 - x),
            Orientation::Rotate270 => |x, y, w, _| (w - 1 - y, x),
        };
        let swapped = matches!(
            orientation,
            Orientation::Rotate90FlipH
                | Orientation::Rotate90
                | Orientation::Rotate270FlipH
                | Orientation::Rotate270
        );
        let (width, height) = if swapped { (h, w) } else { (w, h) };
        let n = self.channels.count();
        let mut samples = Vec::with_capacity(self.samples.len());
        for y in 0..height {
            for x in 0..width {
                let (stored_x, stored_y) = from(x, y, w, h);
                let at = (stored_y * w + stored_x) * n;
                samples.extend_from_slice(&self.samples[at..at + n]);
            }
        }
        let (width, height) = if swapped {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        Self {
            width,
            height,
            channels: self.channels,
            samples,
        }
    }

    /// Drops colour that is not there: a scanner's RGB file of a pencil page is grey.
    pub(super) fn without_needless_colour(self) -> Self {
        let grey = self.channels == Channels::Rgb
            && self
                .samples
                .as_chunks::<3>()
                .0
                .iter()
                .all(|[r, g, b]| r == g && g == b);
        if !grey {
            return self;
        }
        let samples = self.samples.iter().step_by(3).copied().collect();
        Self {
            channels: Channels::Grey,
            samples,
            ..self
        }
    }
}

/// Typed by its pixel: the library's form that asks at run time compiles every filter for fifteen kinds of pixels.
fn scale<P: PixelTrait>(
    samples: &[u8],
    from: (u32, u32),
    to: (u32, u32),
) -> Result<Vec<u8>, ResizeError> {
    let wrong = |_| ResizeError::PixelTypesAreDifferent;
    let source = TypedImageRef::<P>::from_buffer(from.0, from.1, samples).map_err(wrong)?;
    let mut scaled = vec![0; to.0 as usize * to.1 as usize * P::size()];
    let mut target = TypedImage::<P>::from_buffer(to.0, to.1, &mut scaled).map_err(wrong)?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    Resizer::new().resize_typed(&source, &mut target, &options)?;
    Ok(scaled)
}

/// Width and height within `long_side`, proportions kept, each at least 1.
fn fitted(width: u32, height: u32, long_side: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= long_side {
        return (width, height);
    }
    let scaled = |side: u32| {
        let exact =
            (u64::from(side) * u64::from(long_side) + u64::from(long) / 2) / u64::from(long);
        u32::try_from(exact)
            .unwrap_or(long_side)
            .clamp(1, long_side)
    };
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// A 3 x 2 picture whose grey values are their positions: rows `1 2 3` and `4 5 6`.
    fn numbered() -> Raster {
        Raster {
            width: 3,
            height: 2,
            channels: Channels::Grey,
            samples: vec![1, 2, 3, 4, 5, 6],
        }
    }

    #[test]
    fn every_orientation_moves_every_pixel_to_its_place() {
        // The picture of the TIFF table: what is row 0 and column 0 of the stored picture is named by each value.
        let shown: [(u8, u32, [u8; 6]); 8] = [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ];
        for (value, width, samples) in shown {
            let orientation = Orientation::from_exif(value).unwrap();
            let turned = numbered().turn(orientation);
            assert_eq!(
                (turned.width, turned.samples.as_slice()),
                (width, samples.as_slice()),
                "orientation {value}"
            );
        }
    }

    #[test]
    fn fitting_keeps_proportions_and_never_reaches_zero() {
        assert_eq!(fitted(4000, 3000, 2560), (2560, 1920));
        assert_eq!(fitted(3000, 4000, 2560), (1920, 2560));
        assert_eq!(fitted(2560, 1, 2560), (2560, 1));
        assert_eq!(fitted(65_535, 1, 320), (320, 1));
        assert_eq!(fitted(10, 20, 320), (10, 20));
    }

    #[test]
    fn grey_stored_as_colour_becomes_grey() {
        let raster = |samples| Raster {
            width: 2,
            height: 1,
            channels: Channels::Rgb,
            samples,
        };
        assert_eq!(
            raster(vec![7, 7, 7, 9, 9, 9])
                .without_needless_colour()
                .samples,
            [7, 9]
        );
        let coloured = raster(vec![7, 7, 7, 9, 9, 8]);
        assert_eq!(coloured.clone().without_needless_colour(), coloured);
    }
}
