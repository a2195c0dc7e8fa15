//! Drawings and written pages (PRINT-6): white ground, dark strong strokes, a grey of its own for each colour.

use image::{DynamicImage, RgbImage};

use super::grey::{Grey, table, to_sample};

/// The ground is taken from squares of this many pixels.
const SQUARE: usize = 24;
/// Squares on each side that are asked when one is drawn over.
const REACH: usize = 3;
/// A ground darker than this is no paper: somebody painted the whole page.
const DARKEST_GROUND: f32 = 110.0;
/// Brighter than this share of the ground is ground: paper has a grain.
const WHITE: f32 = 0.93;
/// Strokes below this share of the ground become black.
const BLACK_MOST: f32 = 0.6;
/// How far below the darkest tenth of what is drawn black begins: dark colours stay apart from one another.
const BLACK_BELOW: f32 = 0.12;
/// Above one, what lies between becomes darker: pencil.
const DARKEN: f32 = 1.25;
/// How much of its darkest neighbour a pixel takes: thin strokes get body.
const STRENGTHEN: f32 = 0.4;
/// Edges of strokes.
const SHARPEN: f32 = 0.5;

/// Greys of the pure colours, from 0 black, at every sixth of the circle from red: chosen so that neighbours differ by a
/// printable step, and yellow, which vanishes otherwise, still shows.
const TONES: [f32; 7] = [
    0.30, // red
    0.78, // yellow
    0.56, // green
    0.66, // cyan
    0.12, // blue
    0.46, // magenta
    0.30, // red again
];

/// To grey samples, ready to print.
pub(super) fn prepare(picture: &DynamicImage) -> Grey {
    let rgb = picture.to_rgb8();
    let mut grey = toned(&rgb, &Ground::of(&rgb));
    deepen(&mut grey);
    strengthen(&mut grey);
    grey.sharpen(SHARPEN);
    grey
}

/// The colour of the paper under each square: its bright end, smoothed over neighbours, so that shadows and folds go.
struct Ground {
    across: usize,
    down: usize,
    colours: Vec<[f32; 3]>,
}

impl Ground {
    fn of(rgb: &RgbImage) -> Self {
        let across = (rgb.width() as usize).div_ceil(SQUARE);
        let down = (rgb.height() as usize).div_ceil(SQUARE);
        let colours = (0..across * down)
            .map(|place| bright_end(rgb, place % across * SQUARE, place / across * SQUARE))
            .collect();
        let sharp = Self {
            across,
            down,
            colours,
        };
        // A square that is drawn over knows nothing of the paper: it takes the brightest of those around.
        sharp
            .spread(|values| {
                values.fold([0.0_f32; 3], |most, value| {
                    if whiteness(value) > whiteness(most) {
                        value
                    } else {
                        most
                    }
                })
            })
            .spread(|values| {
                let (sum, count) = values.fold(([0.0_f32; 3], 0.0), |(sum, count), value| {
                    (std::array::from_fn(|c| sum[c] + value[c]), count + 1.0)
                });
                sum.map(|sum| sum / count)
            })
    }

    /// Replaces each square by what `of` makes of those within [`REACH`].
    fn spread(&self, of: impl Fn(&mut dyn Iterator<Item = [f32; 3]>) -> [f32; 3]) -> Self {
        let around =
            |at: usize, count: usize| at.saturating_sub(REACH)..(at + REACH + 1).min(count);
        let colours = (0..self.colours.len())
            .map(|place| {
                let columns = around(place % self.across, self.across);
                let rows = around(place / self.across, self.down);
                let mut values = rows.flat_map(|y| {
                    let row = y * self.across;
                    self.colours
                        .get(row + columns.start..row + columns.end)
                        .unwrap_or_default()
                        .iter()
                        .copied()
                });
                of(&mut values)
            })
            .collect();
        Self { colours, ..*self }
    }

    /// Between the middles of the squares.
    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        let place = |at: usize, count: usize| {
            let place = ((at as f32 + 0.5) / SQUARE as f32 - 0.5).max(0.0);
            let low = (place as usize).min(count - 1);
            (low, (low + 1).min(count - 1), place - low as f32)
        };
        let (left, right, fx) = place(x, self.across);
        let (top, bottom, fy) = place(y, self.down);
        let of = |x: usize, y: usize, colour: usize| self.colours[y * self.across + x][colour];
        std::array::from_fn(|colour| {
            let upper = of(left, top, colour) * (1.0 - fx) + of(right, top, colour) * fx;
            let lower = of(left, bottom, colour) * (1.0 - fx) + of(right, bottom, colour) * fx;
            (upper * (1.0 - fy) + lower * fy).max(DARKEST_GROUND)
        })
    }
}

/// The least part of a colour: bright yellow has more red than shaded paper, and is no paper.
fn whiteness([r, g, b]: [f32; 3]) -> f32 {
    r.min(g).min(b)
}

/// The mean colour of the whitest tenth of a square.
fn bright_end(rgb: &RgbImage, x0: usize, y0: usize) -> [f32; 3] {
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let rows = || {
        (y0..(y0 + SQUARE).min(height)).flat_map(|y| {
            let part = (y * width + x0) * 3..(y * width + (x0 + SQUARE).min(width)) * 3;
            rgb.as_raw().get(part).unwrap_or_default().chunks_exact(3)
        })
    };
    let least = |pixel: &[u8]| pixel.iter().copied().min().unwrap_or(0);
    let mut counts = [0_u32; 256];
    let mut total = 0;
    for pixel in rows() {
        counts[usize::from(least(pixel))] += 1;
        total += 1;
    }
    let mut above = 0;
    let from = (0..=255_u8).rev().find(|value| {
        above += counts[usize::from(*value)];
        above > total / 10
    });
    let (mut sum, mut count) = ([0.0_f32; 3], 0.0_f32);
    for pixel in rows().filter(|pixel| least(pixel) >= from.unwrap_or(0)) {
        for (sum, sample) in sum.iter_mut().zip(pixel) {
            *sum += f32::from(*sample);
        }
        count += 1.0;
    }
    sum.map(|sum| sum / count.max(1.0))
}

/// Divides by the ground and gives every colour its grey.
fn toned(rgb: &RgbImage, ground: &Ground) -> Grey {
    let width = rgb.width() as usize;
    let mut samples = Vec::with_capacity(rgb.as_raw().len() / 3);
    for (y, row) in rgb.as_raw().chunks_exact(width.max(1) * 3).enumerate() {
        // What makes the ground white.
        let mut whiten = [1.0; 3];
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            // The ground changes slowly.
            if x % 8 == 0 {
                whiten = ground.at(x, y).map(|part| 1.0 / part);
            }
            let share: [f32; 3] =
                std::array::from_fn(|c| (f32::from(pixel[c]) * whiten[c]).min(1.0));
            samples.push(to_sample(255.0 * tone(share)));
        }
    }
    Grey {
        width: rgb.width(),
        height: rgb.height(),
        samples,
    }
}

/// The grey of a colour whose parts are shares of the ground.
fn tone([r, g, b]: [f32; 3]) -> f32 {
    let most = r.max(g).max(b);
    let chroma = most - r.min(g).min(b);
    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
    if chroma < 0.02 {
        return luma;
    }
    // Place on the circle of colours, in sixths from red.
    let hue = if most == r {
        ((g - b) / chroma).rem_euclid(6.0)
    } else if most == g {
        (b - r) / chroma + 2.0
    } else {
        (r - g) / chroma + 4.0
    };
    let low = (hue as usize).min(5);
    let between = hue - low as f32;
    let pure = TONES[low] * (1.0 - between) + TONES[low + 1] * between;
    let saturation = chroma / most;
    // Dark shades of a colour darken it less than they would dim a lamp, or all would end as black.
    luma * (1.0 - saturation) + pure * most.sqrt() * saturation
}

/// White becomes white, the darkest strokes black, pencil darker.
fn deepen(grey: &mut Grey) {
    let counts = grey.histogram();
    let white = (WHITE * 255.0) as usize;
    let drawn: u32 = counts.iter().take(white).sum();
    // The darkest tenth of what is drawn sets black, so that a page of pencil alone prints as dark as one in ink.
    let mut sum = 0;
    let black = counts.iter().take(white).position(|count| {
        sum += count;
        sum > drawn / 10
    });
    let black = (black.unwrap_or(0) as f32 / 255.0 - BLACK_BELOW).clamp(0.0, BLACK_MOST);
    grey.map(&table(|value| {
        ((value - black) / (WHITE - black))
            .clamp(0.0, 1.0)
            .powf(DARKEN)
    }));
}

/// Each pixel moves towards its darkest neighbour.
fn strengthen(grey: &mut Grey) {
    let (width, height) = (grey.width as usize, grey.height as usize);
    let mut samples = Vec::with_capacity(grey.samples.len());
    for y in 0..height {
        let rows = [
            grey.row(y.saturating_sub(1)),
            grey.row(y),
            grey.row((y + 1).min(height - 1)),
        ];
        // The darkest of three above one another first, then of three side by side.
        let columns: Vec<u8> = (0..width)
            .map(|x| rows[0][x].min(rows[1][x]).min(rows[2][x]))
            .collect();
        for x in 0..width {
            let darkest = columns[x.saturating_sub(1)]
                .min(columns[x])
                .min(columns[(x + 1).min(width - 1)]);
            let own = f32::from(rows[1][x]);
            samples.push(to_sample(own + STRENGTHEN * (f32::from(darkest) - own)));
        }
    }
    grey.samples = samples;
}
