//! Photographs (PRINT-5): full range, local contrast, lighter midtones against the spreading of toner, sharper edges.

use std::ops::Range;

use image::DynamicImage;

use super::grey::{Grey, table, to_sample};

/// Tiles across and down for local contrast.
const TILES: usize = 8;
/// A histogram bin may hold this many times its even share before the rest is spread out: faces stay smooth.
const CLIP: f32 = 2.2;
/// How much of the local contrast is taken; the rest stays the photographer's.
const LOCAL: f32 = 0.55;
/// Share of pixels that may become pure black, and pure white.
const TAIL: f32 = 0.004;
/// Toner spreads: a middle grey prints about 15 % darker than asked.
const LIFT: f32 = 0.86;
/// Halftoning softens.
const SHARPEN: f32 = 0.7;

/// To grey samples, ready to print.
pub(super) fn prepare(picture: &DynamicImage) -> Grey {
    let mut grey = Grey {
        width: picture.width(),
        height: picture.height(),
        samples: match picture {
            DynamicImage::ImageLuma8(luma) => luma.as_raw().clone(),
            other => other.to_luma8().into_raw(),
        },
    };
    stretch(&mut grey);
    equalise(&mut grey);
    grey.map(&table(|value| value.powf(LIFT)));
    grey.sharpen(SHARPEN);
    grey
}

/// Spreads the values over the whole range; a photo of one grey stays as it is.
fn stretch(grey: &mut Grey) {
    let counts = grey.histogram();
    let tail = (grey.samples.len() as f32 * TAIL) as u32;
    let dark = past_tail(&counts, 0..256, tail);
    let light = past_tail(&counts, (0..256).rev(), tail);
    if light - dark < 0.1 {
        return;
    }
    grey.map(&table(|value| (value - dark) / (light - dark)));
}

/// The first value, as a share, at which more than `tail` pixels have been passed.
fn past_tail(counts: &[u32; 256], mut values: impl Iterator<Item = usize>, tail: u32) -> f32 {
    let mut sum = 0;
    let value = values.find(|value| {
        sum += counts[*value];
        sum > tail
    });
    value.unwrap_or(0) as f32 / 255.0
}

/// Contrast-limited adaptive histogram equalisation, mixed with what was there.
fn equalise(grey: &mut Grey) {
    let (width, height) = (grey.width as usize, grey.height as usize);
    let (tiles_x, tiles_y) = (TILES.min(width), TILES.min(height));
    let tables: Vec<[u8; 256]> = (0..tiles_x * tiles_y)
        .map(|tile| {
            let (tx, ty) = (tile % tiles_x, tile / tiles_x);
            let columns = tx * width / tiles_x..(tx + 1) * width / tiles_x;
            let rows = ty * height / tiles_y..(ty + 1) * height / tiles_y;
            tile_table(grey, &columns, rows)
        })
        .collect();
    let (across, down) = (nearest(width, tiles_x), nearest(height, tiles_y));
    for (row, (top, bottom, fy)) in grey.samples.chunks_exact_mut(width.max(1)).zip(down) {
        for (sample, (left, right, fx)) in row.iter_mut().zip(&across) {
            let at =
                |tx: usize, ty: usize| f32::from(tables[ty * tiles_x + tx][usize::from(*sample)]);
            let upper = at(*left, top) * (1.0 - fx) + at(*right, top) * fx;
            let lower = at(*left, bottom) * (1.0 - fx) + at(*right, bottom) * fx;
            let local = upper * (1.0 - fy) + lower * fy;
            *sample = to_sample(f32::from(*sample) * (1.0 - LOCAL) + local * LOCAL);
        }
    }
}

/// For each place the two tiles whose middles are nearest, and the share of the second.
fn nearest(length: usize, tiles: usize) -> Vec<(usize, usize, f32)> {
    (0..length)
        .map(|at| {
            let place = (at as f32 + 0.5) * tiles as f32 / length as f32 - 0.5;
            let low = place.max(0.0).floor();
            let next = (low as usize + 1).min(tiles - 1);
            (low as usize, next, (place - low).clamp(0.0, 1.0))
        })
        .collect()
}

/// The curve that spreads the values of one tile, no steeper than [`CLIP`].
fn tile_table(grey: &Grey, columns: &Range<usize>, rows: Range<usize>) -> [u8; 256] {
    let mut counts = [0_f32; 256];
    let mut total = 0.0;
    for y in rows {
        for sample in grey.row(y).get(columns.clone()).unwrap_or_default() {
            counts[usize::from(*sample)] += 1.0;
            total += 1.0;
        }
    }
    let limit = CLIP * total / 256.0;
    let mut excess = 0.0;
    for count in &mut counts {
        excess += (*count - limit).max(0.0);
        *count = count.min(limit);
    }
    let share = excess / 256.0;
    let mut sum = 0.0;
    std::array::from_fn(|value| {
        let own = counts[value] + share;
        sum += own;
        to_sample(255.0 * (sum - own / 2.0) / total.max(1.0))
    })
}
