//! Paper becomes white, whatever lamp, shadow or yellowing there was; pencil, ballpoint and crayon stay what they are.
//!
//! The lightness and colour of bare paper is measured all over the page and everything is divided by it. Paper is told from
//! drawing by three things: it is nearly as colourless as the rest of the paper, it is smooth, and it is not black; what a
//! field of crayon hides is filled in from around.

use super::raster::{Channels, Raster};

/// Side of a field in which paper is measured, millimetres: wider than a word's strokes, finer than a shadow's edge.
const FIELD: f64 = 3.0;
/// Paper is at least this light, compared with the lightest paper of the page: the shadow of a telephone takes half.
const DARKEST_PAPER: f64 = 0.33;
/// Most by which the parts of red and blue in paper may differ from those of the page: lamps differ less, crayons more.
const TINT: f64 = 0.10;
/// Most spread of the lighter half of a field, compared with its lightness: grain is 3 %, pencil shading 10 to 30 %.
const SPREAD: f64 = 0.09;
/// What is this near to the paper is the paper: hides its grain, spares pencil, whose faintest lines take 8 %.
const WHITE: f64 = 0.955;
/// Difference between the largest and the smallest sample from which a pixel counts as coloured.
const COLOURED: u8 = 44;
/// Part of a page that must be coloured for colour to be kept: a signature in ballpoint.
const COLOURED_PART: f64 = 0.000_2;

/// The page with white paper; grey if there is no colour on it.
pub(crate) fn clean(raster: &Raster, density: f64) -> Raster {
    let field = ((FIELD * density).round() as usize).max(6);
    let paper = Paper::measure(raster, field);
    without_idle_colour(paper.divide(raster))
}

/// Bare paper over the page: a coarse grid of colours.
struct Paper {
    field: usize,
    columns: usize,
    rows: usize,
    /// Red, green, blue of each field (lightness three times for grey pages).
    colours: Vec<[f64; 3]>,
}

/// What is measured in one field.
#[derive(Clone, Copy)]
struct Field {
    colour: [f64; 3],
    light: f64,
    spread: f64,
}

impl Paper {
    fn measure(raster: &Raster, field: usize) -> Self {
        let columns = (raster.width() as usize).div_ceil(field);
        let rows = (raster.height() as usize).div_ceil(field);
        let mut fields = Vec::with_capacity(columns * rows);
        let mut scratch = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                fields.push(Field::measure(
                    raster,
                    column * field,
                    row * field,
                    field,
                    &mut scratch,
                ));
            }
        }
        let bare = bare(&fields);
        let mut paper = Self {
            field,
            columns,
            rows,
            colours: fields.iter().map(|field| field.colour).collect(),
        };
        paper.fill_in(bare);
        paper.smooth();
        paper.smooth();
        paper
    }

    /// Fields that are no bare paper take the mean of those around them, from the rims inwards.
    fn fill_in(&mut self, mut bare: Vec<bool>) {
        if !bare.contains(&true) {
            self.colours.fill([255.0; 3]);
            return;
        }
        while bare.contains(&false) {
            let before = bare.clone();
            for index in 0..bare.len() {
                if before[index] {
                    continue;
                }
                let around: Vec<[f64; 3]> = self
                    .around(index)
                    .filter(|near| before[*near])
                    .map(|near| self.colours[near])
                    .collect();
                if !around.is_empty() {
                    self.colours[index] = mean(&around);
                    bare[index] = true;
                }
            }
        }
    }

    fn smooth(&mut self) {
        let before = self.colours.clone();
        for index in 0..before.len() {
            let mut around: Vec<[f64; 3]> = self.around(index).map(|near| before[near]).collect();
            around.push(before[index]);
            around.push(before[index]);
            self.colours[index] = mean(&around);
        }
    }

    /// Fields that touch this one.
    fn around(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let (columns, rows) = (self.columns as i64, self.rows as i64);
        let (column, row) = (index as i64 % columns, index as i64 / columns);
        (-1..=1_i64)
            .flat_map(|down| (-1..=1_i64).map(move |across| (across, down)))
            .filter(|offset| *offset != (0, 0))
            .map(move |(across, down)| (column + across, row + down))
            .filter(move |(x, y)| (0..columns).contains(x) && (0..rows).contains(y))
            .map(move |(x, y)| (y * columns + x) as usize)
    }

    fn divide(&self, raster: &Raster) -> Raster {
        let count = raster.channels().count();
        let width = raster.width() as usize;
        let mut samples = Vec::with_capacity(raster.samples().len());
        for (y, line) in raster.samples().chunks_exact(width * count).enumerate() {
            let (above, below, part_y) = self.neighbours(y, self.rows);
            // The paper along this line, as factors, field by field; between fields they run straight.
            let factors: Vec<[f32; 3]> = (0..self.columns)
                .map(|column| {
                    let top = self.colours[above * self.columns + column];
                    let bottom = self.colours[below * self.columns + column];
                    std::array::from_fn(|channel| {
                        let paper = top[channel] * (1.0 - part_y) + bottom[channel] * part_y;
                        (255.0 / (paper * WHITE).max(1.0)) as f32
                    })
                })
                .collect();
            for (x, pixel) in line.chunks_exact(count).enumerate() {
                let (left, right, part_x) = self.neighbours(x, self.columns);
                let part_x = part_x as f32;
                let (left, right) = (&factors[left], &factors[right]);
                for (channel, sample) in pixel.iter().enumerate() {
                    let factor = left[channel] + (right[channel] - left[channel]) * part_x;
                    samples.push((f32::from(*sample) * factor).min(255.0) as u8);
                }
            }
        }
        Raster::new(raster.width(), raster.height(), raster.channels(), samples)
            .unwrap_or_else(|| raster.clone())
    }

    /// The fields between whose middles a pixel lies, and how near to the second it is.
    fn neighbours(&self, at: usize, count: usize) -> (usize, usize, f64) {
        let place = (at as f64 + 0.5) / self.field as f64 - 0.5;
        let place = place.clamp(0.0, (count - 1) as f64);
        let first = place as usize;
        (first, (first + 1).min(count - 1), place - first as f64)
    }
}

impl Field {
    fn measure(
        raster: &Raster,
        x: usize,
        y: usize,
        side: usize,
        scratch: &mut Vec<(u8, [u8; 3])>,
    ) -> Self {
        let count = raster.channels().count();
        let width = raster.width() as usize;
        let end_x = (x + side).min(width);
        let end_y = (y + side).min(raster.height() as usize);
        scratch.clear();
        // Every other pixel is enough for a mean.
        for row in (y..end_y).step_by(2) {
            let line = &raster.samples()[(row * width + x) * count..(row * width + end_x) * count];
            for pixel in line.chunks_exact(count).step_by(2) {
                let colour = match pixel {
                    [red, green, blue] => [*red, *green, *blue],
                    [light, ..] => [*light; 3],
                    [] => [255; 3],
                };
                let light =
                    (2 * u32::from(colour[0]) + 5 * u32::from(colour[1]) + u32::from(colour[2]))
                        / 8;
                scratch.push((light as u8, colour));
            }
        }
        let middle = scratch.len() / 2;
        if scratch.is_empty() {
            return Self {
                colour: [255.0; 3],
                light: 255.0,
                spread: 0.0,
            };
        }
        // The lighter half is the paper between the strokes.
        scratch.select_nth_unstable_by_key(middle, |(light, _)| *light);
        let lighter = &mut scratch[middle..];
        let quarter = lighter.len() * 3 / 4;
        let low = f64::from(lighter[0].0);
        lighter.select_nth_unstable_by_key(quarter, |(light, _)| *light);
        let high = f64::from(lighter[quarter].0);
        let colours: Vec<[f64; 3]> = lighter
            .iter()
            .map(|(_, colour)| colour.map(f64::from))
            .collect();
        Self {
            colour: mean(&colours),
            light: high,
            spread: high - low,
        }
    }
}

/// Which fields show bare paper.
fn bare(fields: &[Field]) -> Vec<bool> {
    let lightest = quantile(fields.iter().map(|field| field.light), 0.9);
    let light: Vec<&Field> = fields
        .iter()
        .filter(|field| field.light >= 0.6 * lightest)
        .collect();
    let red = quantile(light.iter().map(|field| tint(field.colour).0), 0.5);
    let blue = quantile(light.iter().map(|field| tint(field.colour).1), 0.5);
    fields
        .iter()
        .map(|field| {
            let (own_red, own_blue) = tint(field.colour);
            field.light >= DARKEST_PAPER * lightest
                && field.spread <= SPREAD * field.light + 2.0
                && (own_red - red).abs() <= TINT
                && (own_blue - blue).abs() <= TINT
        })
        .collect()
}

/// Red and blue compared with green.
fn tint([red, green, blue]: [f64; 3]) -> (f64, f64) {
    let green = green.max(1.0);
    (red / green, blue / green)
}

fn mean(colours: &[[f64; 3]]) -> [f64; 3] {
    let count = colours.len().max(1) as f64;
    let mut sum = [0.0; 3];
    for colour in colours {
        for (sum, channel) in sum.iter_mut().zip(colour) {
            *sum += channel;
        }
    }
    sum.map(|sum| sum / count)
}

/// The value below which this part of the values lies; 0 for none.
fn quantile(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * part) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

/// Drops colour that is only the scanner's.
fn without_idle_colour(raster: Raster) -> Raster {
    if raster.channels() == Channels::Grey {
        return raster;
    }
    let pixels = raster.samples().as_chunks::<3>().0;
    let coloured = pixels
        .iter()
        .filter(|[red, green, blue]| {
            let high = red.max(green).max(blue);
            let low = red.min(green).min(blue);
            high - low >= COLOURED
        })
        .count();
    if coloured as f64 >= COLOURED_PART * pixels.len() as f64 {
        raster
    } else {
        raster.grey()
    }
}
