//! The sheet as it would lie under glass: upright, square, cropped to its edges.

use super::{limits::PICTURE_LONG_SIDE, plane::Homography, raster::Raster};
use crate::geometry::Paper;

/// A sheet cut out of a picture.
pub(crate) struct Flat {
    pub(crate) raster: Raster,
    /// Pixels per millimetre of paper.
    pub(crate) density: f64,
    /// Part of the sheet that is in the picture, 0 to 1.
    pub(crate) covered: f64,
}

/// Cuts the sheet out of a picture, with as many pixels as it has there, up to [`PICTURE_LONG_SIDE`].
pub(crate) fn flatten(raster: &Raster, page: &Homography, paper: Paper) -> Option<Flat> {
    let (width_mm, height_mm) = paper.size();
    let there = page.density_at((width_mm / 2.0, height_mm / 2.0));
    if !there.is_finite() || there <= 0.2 {
        return None;
    }
    let most = f64::from(PICTURE_LONG_SIDE) / height_mm;
    let density = there.min(most);
    // Shrinking averages first, so that no line falls between samples.
    let shrunk;
    let (source, page) = if there > density * 1.2 {
        shrunk = raster.scaled(density / there);
        let x = f64::from(shrunk.width()) / f64::from(raster.width());
        let y = f64::from(shrunk.height()) / f64::from(raster.height());
        (&shrunk, page.scaled(x, y))
    } else {
        (raster, *page)
    };
    let width = (width_mm * density).round().max(1.0) as u32;
    let height = (height_mm * density).round().max(1.0) as u32;
    let mut samples = Vec::with_capacity((width * height) as usize * source.channels().count());
    let mut inside = 0_u64;
    for row in 0..height {
        let y = (f64::from(row) + 0.5) / density;
        for column in 0..width {
            let x = (f64::from(column) + 0.5) / density;
            let (source_x, source_y) = page.map((x, y));
            inside += u64::from(push_sample(source, source_x, source_y, &mut samples));
        }
    }
    Some(Flat {
        raster: Raster::new(width, height, source.channels(), samples)?,
        density,
        covered: inside as f64 / f64::from(width) / f64::from(height),
    })
}

/// Appends the colour between pixels; white outside, and then `false`.
#[inline]
fn push_sample(source: &Raster, x: f64, y: f64, samples: &mut Vec<u8>) -> bool {
    let count = source.channels().count();
    let (width, height) = (source.width() as usize, source.height() as usize);
    let (x, y) = (x - 0.5, y - 0.5);
    if !(x >= -0.5 && y >= -0.5 && x <= width as f64 - 0.5 && y <= height as f64 - 0.5) {
        samples.extend(std::iter::repeat_n(255, count));
        return false;
    }
    let (x, y) = (
        x.clamp(0.0, (width - 1) as f64),
        y.clamp(0.0, (height - 1) as f64),
    );
    let (left, top) = (x as usize, y as usize);
    let right = (left + 1).min(width - 1);
    let bottom = (top + 1).min(height - 1);
    let part_x = ((x - left as f64) * 256.0) as u32;
    let part_y = ((y - top as f64) * 256.0) as u32;
    let all = source.samples();
    let (a, b) = ((top * width + left) * count, (top * width + right) * count);
    let (c, d) = (
        (bottom * width + left) * count,
        (bottom * width + right) * count,
    );
    for channel in 0..count {
        let at = |place: usize| u32::from(all[place + channel]);
        let above = at(a) * (256 - part_x) + at(b) * part_x;
        let below = at(c) * (256 - part_x) + at(d) * part_x;
        let light = above * (256 - part_y) + below * part_y;
        samples.push(((light + (1 << 15)) >> 16) as u8);
    }
    true
}
