//! Reads a symbol whose place is nearly known, module by module.
//!
//! The general reader has to find a symbol before it reads one, and gives up where blur, a stain or a fold breaks the solid
//! sides. Here the size is known and the place is foretold by the other code or the marks: the sampler moves its grid until
//! the known border fits best, fits one plane of ink and one of paper through the modules that are known, and decides the rest by
//! what lies between.

use datamatrix::DataMatrix;

use super::{
    mend::{Damaged, Foreknown},
    plane::{Homography, Point},
    raster::Raster,
};
use crate::code::MODULES;

/// Sixteen bytes and the corners of the symbol, in pixels: upper left, upper right, lower right, lower left.
pub(crate) struct Sampled {
    pub(crate) bytes: Vec<u8>,
    pub(crate) corners: [Point; 4],
}

/// The corners of the symbol in its own plane of modules.
const CORNERS: [Point; 4] = {
    let side = MODULES as f64;
    [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)]
};

/// Tries to read a symbol near `corners`, which may be wrong by about `slack` modules. What is read counts only if it is `proven`.
pub(crate) fn sample(
    grey: &Raster,
    corners: [Point; 4],
    slack: f64,
    foreknown: impl FnOnce() -> Vec<Foreknown>,
    proven: impl Fn(&[u8]) -> bool,
) -> Option<Sampled> {
    let corners = settle(grey, corners, slack)?;
    for measure in [Measure::Middle, Measure::Lightest] {
        let modules = lightness(grey, corners, measure)?;
        let border = Border::of(&modules)?;
        // Blur draws a lone module towards its neighbours: each step takes back more of it.
        for sharpening in [0.0, 0.35, 0.7] {
            for bias in [0.5, 0.42, 0.58, 0.3] {
                let bits = border.decide(&modules, sharpening, bias);
                if let Ok(bytes) = DataMatrix::decode(&bits, MODULES)
                    && proven(&bytes)
                {
                    return Some(Sampled { bytes, corners });
                }
            }
        }
    }
    let bytes = mended(grey, corners, &foreknown(), proven)?;
    Some(Sampled { bytes, corners })
}

/// The same where ink lies over the symbol: codewords that it makes doubtful are struck out.
fn mended(
    grey: &Raster,
    corners: [Point; 4],
    foreknown: &[Foreknown],
    proven: impl Fn(&[u8]) -> bool,
) -> Option<Vec<u8>> {
    let [middle, lightest] = [Measure::Middle, Measure::Lightest].map(|measure| {
        let modules = lightness(grey, corners, measure)?;
        Some(Border::of(&modules)?.darkness(&modules))
    });
    let (middle, lightest) = (middle?, lightest?);
    // A module that is neither dark nor light is doubtful, and so is one whose parts differ.
    let doubts: Vec<f64> = middle
        .iter()
        .zip(&lightest)
        .map(|(middle, lightest)| {
            let between = 1.0 - (2.0 * lightest - 1.0).abs();
            between.max((middle - lightest).abs()).clamp(0.0, 1.0)
        })
        .collect();
    for (dark, bias) in [
        (&lightest, 0.5),
        (&lightest, 0.65),
        (&middle, 0.5),
        (&middle, 0.65),
    ] {
        let bits: Vec<bool> = dark.iter().map(|dark| *dark > bias).collect();
        let damaged = Damaged::of(&bits, &doubts);
        let found = damaged.readings(foreknown).find(|bytes| proven(bytes));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// How the lightness of a module is told.
#[derive(Clone, Copy)]
enum Measure {
    /// The mean of its middle.
    Middle,
    /// What its lighter part is like: the stroke of a pen is thinner than a module, and leaves some of a white one white.
    Lightest,
}

/// Moves corners that a reader found onto the edges of the symbol, beginning with its upper left one: readers report whole
/// pixels, and begin where they like.
pub(crate) fn refine(grey: &Raster, corners: [Point; 4]) -> [Point; 4] {
    let turned = |by: usize| {
        let mut turned = corners;
        turned.rotate_left(by);
        turned
    };
    let upright = (0..4)
        .map(turned)
        .max_by(|one, other| fit(grey, *one).total_cmp(&fit(grey, *other)))
        .unwrap_or(corners);
    settle(grey, upright, 0.4).unwrap_or(upright)
}

fn grid(corners: [Point; 4]) -> Option<Homography> {
    let pairs: [(Point, Point); 4] = std::array::from_fn(|index| (CORNERS[index], corners[index]));
    Homography::through(&pairs)
}

/// What the border of a symbol is by the standard: the solid sides left and below, the dashed ones above and right, white around.
fn known(column: i32, row: i32) -> Option<bool> {
    let last = MODULES as i32 - 1;
    if column < 0 || row < 0 || column > last || row > last {
        Some(false)
    } else if column == 0 || row == last {
        Some(true)
    } else if row == 0 {
        Some(column % 2 == 0)
    } else if column == last {
        Some(row % 2 == 1)
    } else {
        None
    }
}

/// How well the known border fits: lightness of what must be white less lightness of what must be black.
fn fit(grey: &Raster, corners: [Point; 4]) -> f64 {
    let Some(grid) = grid(corners) else {
        return f64::MIN;
    };
    let end = MODULES as i32;
    let (mut white, mut whites, mut black, mut blacks) = (0.0, 0.0_f64, 0.0, 0.0_f64);
    let mut take = |column: i32, row: i32| {
        let Some(known) = known(column, row) else {
            return;
        };
        let (x, y) = grid.map((f64::from(column) + 0.5, f64::from(row) + 0.5));
        let light = grey.light_at(x, y).unwrap_or(255.0);
        if known {
            black += light;
            blacks += 1.0;
        } else {
            white += light;
            whites += 1.0;
        }
    };
    for along in -1..=end {
        take(along, -1);
        take(along, end);
        if (0..end).contains(&along) {
            take(along, 0);
            take(along, end - 1);
            take(-1, along);
            take(end, along);
            if (1..end - 1).contains(&along) {
                take(0, along);
                take(end - 1, along);
            }
        }
    }
    white / whites.max(1.0) - black / blacks.max(1.0)
}

/// The corners round the given ones at which the border fits best; `None` where nothing looks like a border.
fn settle(grey: &Raster, corners: [Point; 4], slack: f64) -> Option<[Point; 4]> {
    let module = side(corners) / MODULES as f64;
    if !module.is_finite() || module < 1.0 {
        return None;
    }
    let moved = |corners: [Point; 4], dx: f64, dy: f64| corners.map(|(x, y)| (x + dx, y + dy));
    let mut best = (fit(grey, corners), corners);
    // The whole, by halves of a module, then each corner by ever smaller steps.
    let steps = (slack * 2.0).round() as i32;
    let start = corners;
    for across in -steps..=steps {
        for down in -steps..=steps {
            let (dx, dy) = (
                f64::from(across) * module / 2.0,
                f64::from(down) * module / 2.0,
            );
            let candidate = moved(start, dx, dy);
            let score = fit(grey, candidate);
            if score > best.0 {
                best = (score, candidate);
            }
        }
    }
    let mut step = module * slack.clamp(0.4, 0.8);
    while step > module * 0.06 {
        let mut improved = false;
        for corner in 0..5 {
            for (dx, dy) in [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)] {
                let mut candidate = best.1;
                if corner == 4 {
                    candidate = moved(candidate, dx, dy);
                } else {
                    candidate[corner].0 += dx;
                    candidate[corner].1 += dy;
                }
                let score = fit(grey, candidate);
                if score > best.0 + 0.05 {
                    best = (score, candidate);
                    improved = true;
                }
            }
        }
        if !improved {
            step /= 2.0;
        }
    }
    // Less than a tenth of the range between the known white and the known black is no border.
    (best.0 > 20.0).then_some(best.1)
}

/// Mean length of the sides.
pub(crate) fn side(corners: [Point; 4]) -> f64 {
    (0..4)
        .map(|index| {
            let (from, to) = (corners[index], corners[(index + 1) % 4]);
            (to.0 - from.0).hypot(to.1 - from.1)
        })
        .sum::<f64>()
        / 4.0
}

/// Mean lightness of each module and of one ring around; 255 where the picture ends.
struct Lightness([[f64; MODULES + 2]; MODULES + 2]);

impl Lightness {
    fn at(&self, column: i32, row: i32) -> f64 {
        let place = |index: i32| usize::try_from(index + 1).ok();
        place(row)
            .and_then(|row| self.0.get(row))
            .zip(place(column))
            .and_then(|(row, column)| row.get(column))
            .copied()
            .unwrap_or(255.0)
    }
}

fn lightness(grey: &Raster, corners: [Point; 4], measure: Measure) -> Option<Lightness> {
    let grid = grid(corners)?;
    let mut modules = Lightness([[255.0; MODULES + 2]; MODULES + 2]);
    // The middle of a module: its rim belongs half to the neighbours. A pen leaves its white nearer to the rim.
    let parts = match measure {
        Measure::Middle => [-0.26, -0.09, 0.09, 0.26],
        Measure::Lightest => [-0.36, -0.12, 0.12, 0.36],
    };
    let mut seen = Vec::with_capacity(16);
    for (row, line) in modules.0.iter_mut().enumerate() {
        for (column, module) in line.iter_mut().enumerate() {
            seen.clear();
            for down in parts {
                for across in parts {
                    let at = (column as f64 - 0.5 + across, row as f64 - 0.5 + down);
                    let (x, y) = grid.map(at);
                    seen.extend(grey.light_at(x, y));
                }
            }
            if seen.is_empty() {
                continue;
            }
            *module = match measure {
                Measure::Middle => seen.iter().sum::<f64>() / seen.len() as f64,
                Measure::Lightest => {
                    seen.sort_unstable_by(f64::total_cmp);
                    let place = seen.len() - 1 - seen.len() / 5;
                    seen.get(place).copied().unwrap_or(255.0)
                }
            };
        }
    }
    Some(modules)
}

/// Ink and paper as planes over the symbol: a shadow across it is a slope.
struct Border {
    paper: [f64; 3],
    ink: [f64; 3],
}

impl Border {
    fn of(modules: &Lightness) -> Option<Self> {
        let end = MODULES as i32;
        let (mut paper, mut ink) = (Vec::new(), Vec::new());
        for row in -1..=end {
            for column in -1..=end {
                let light = modules.at(column, row);
                match known(column, row) {
                    Some(true) => ink.push((column, row, light)),
                    Some(false) => paper.push((column, row, light)),
                    None => {}
                }
            }
        }
        let (paper, ink) = (plane(&paper)?, plane(&ink)?);
        Some(Self { paper, ink })
    }

    /// How dark each module is, row by row: 0 as paper, 1 as ink.
    fn darkness(&self, modules: &Lightness) -> Vec<f64> {
        let end = MODULES as i32;
        (0..end * end)
            .map(|place| {
                let (column, row) = (place % end, place / end);
                let (paper, ink) = (
                    level(&self.paper, column, row),
                    level(&self.ink, column, row),
                );
                let range = (paper - ink).max(1.0);
                ((paper - modules.at(column, row)) / range).clamp(0.0, 1.0)
            })
            .collect()
    }

    fn decide(&self, modules: &Lightness, sharpening: f64, bias: f64) -> Vec<bool> {
        let end = MODULES as i32;
        let mut bits = Vec::with_capacity(MODULES * MODULES);
        for row in 0..end {
            for column in 0..end {
                // The border is known, and a decoder that checks it must not refuse for a stain on it.
                if let Some(known) = known(column, row) {
                    bits.push(known);
                    continue;
                }
                let own = modules.at(column, row);
                let neighbours = (modules.at(column - 1, row)
                    + modules.at(column + 1, row)
                    + modules.at(column, row - 1)
                    + modules.at(column, row + 1))
                    / 4.0;
                let light = own + sharpening * (own - neighbours);
                let (paper, ink) = (
                    level(&self.paper, column, row),
                    level(&self.ink, column, row),
                );
                bits.push(light < ink + (paper - ink) * bias);
            }
        }
        bits
    }
}

/// The lightness of a plane at a module.
fn level(plane: &[f64; 3], column: i32, row: i32) -> f64 {
    plane[0] + plane[1] * f64::from(column) + plane[2] * f64::from(row)
}

/// The plane through points, by least squares, after the quarter that fits worst has been left out: stains.
fn plane(points: &[(i32, i32, f64)]) -> Option<[f64; 3]> {
    let first = least_squares(points)?;
    let off = |(column, row, light): &(i32, i32, f64)| {
        (first[0] + first[1] * f64::from(*column) + first[2] * f64::from(*row) - light).abs()
    };
    let mut kept = points.to_vec();
    kept.sort_by(|one, other| off(one).total_cmp(&off(other)));
    kept.truncate(points.len() * 3 / 4);
    least_squares(&kept)
}

fn least_squares(points: &[(i32, i32, f64)]) -> Option<[f64; 3]> {
    // As a map whose second coordinate does not matter.
    let pairs: Vec<(Point, Point)> = points
        .iter()
        .map(|(column, row, light)| ((f64::from(*column), f64::from(*row)), (*light, 0.0)))
        .collect();
    let map = Homography::affine(&pairs)?;
    let origin = map.map((0.0, 0.0)).0;
    Some([
        origin,
        map.map((1.0, 0.0)).0 - origin,
        map.map((0.0, 1.0)).0 - origin,
    ])
}

/// How well white and black of a symbol are apart, 0 to 1: low for blur, faint ink and shadow.
pub(crate) fn clarity(grey: &Raster, corners: [Point; 4]) -> f64 {
    (fit(grey, corners) / 255.0).clamp(0.0, 1.0)
}
