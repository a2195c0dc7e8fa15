//! Finds a registration mark near where it ought to be.

use super::{
    plane::{Homography, Point},
    raster::Raster,
};
use crate::geometry::{MARK_DOT, MARK_HOLE, MARK_QUIET, MARK_RADIUS};

/// Samples per millimetre of paper while looking: the black ring is one millimetre wide.
const DENSITY: f64 = 3.0;
/// Half the side of the template in samples: the mark and the white around it.
const REACH: i32 = ((MARK_RADIUS + MARK_QUIET) * DENSITY) as i32;
/// Least correlation with the ideal mark. Handwriting stays below 0.5, a photocopied and blurred mark above 0.7.
const LIKENESS: f64 = 0.6;

/// The centre in pixels of the mark that is most like one within `slack` millimetres of `centre` on the paper.
pub(crate) fn find(grey: &Raster, page: &Homography, centre: Point, slack: f64) -> Option<Point> {
    let radius = (slack * DENSITY).ceil().min(90.0) as i32;
    let patch = Patch::cut(grey, page, centre, radius + REACH)?;
    let template = Template::new();
    let mut best: Option<(f64, i32, i32)> = None;
    for down in -radius..=radius {
        for across in -radius..=radius {
            let likeness = template.likeness(&patch, across, down);
            if best.is_none_or(|(most, ..)| likeness > most) {
                best = Some((likeness, across, down));
            }
        }
    }
    let (likeness, across, down) = best.filter(|(likeness, ..)| *likeness >= LIKENESS)?;
    // Between samples: the top of the parabola through the neighbours.
    let top = |before: f64, after: f64| {
        let bend = before - 2.0 * likeness + after;
        if bend.abs() < 1e-9 {
            0.0
        } else {
            ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5)
        }
    };
    let part_x = top(
        template.likeness(&patch, across - 1, down),
        template.likeness(&patch, across + 1, down),
    );
    let part_y = top(
        template.likeness(&patch, across, down - 1),
        template.likeness(&patch, across, down + 1),
    );
    Some(page.map((
        centre.0 + (f64::from(across) + part_x) / DENSITY,
        centre.1 + (f64::from(down) + part_y) / DENSITY,
    )))
}

/// A square of paper as it would lie upright, lightness 0 to 255.
struct Patch {
    reach: i32,
    light: Vec<f32>,
}

impl Patch {
    /// `None` if none of it is in the picture.
    fn cut(grey: &Raster, page: &Homography, centre: Point, reach: i32) -> Option<Self> {
        let mut inside = false;
        let mut light = Vec::new();
        for down in -reach..=reach {
            for across in -reach..=reach {
                let at = (
                    centre.0 + f64::from(across) / DENSITY,
                    centre.1 + f64::from(down) / DENSITY,
                );
                let (x, y) = page.map(at);
                let value = grey.light_at(x, y);
                inside |= value.is_some();
                light.push(value.unwrap_or(255.0) as f32);
            }
        }
        inside.then_some(Self { reach, light })
    }

    fn row(&self, across: i32, down: i32, len: usize) -> &[f32] {
        let side = self.reach * 2 + 1;
        let at = (down + self.reach) * side + across + self.reach;
        usize::try_from(at)
            .ok()
            .and_then(|at| self.light.get(at..at + len))
            .unwrap_or(&[])
    }
}

/// The ideal mark, of mean nought and length one.
struct Template(Vec<f32>);

impl Template {
    fn new() -> Self {
        let mut ideal = Vec::new();
        for down in -REACH..=REACH {
            for across in -REACH..=REACH {
                // A sample is the mean over its square.
                let mut ink = 0.0;
                for part in 0..16 {
                    let (part_x, part_y) = (f64::from(part % 4), f64::from(part / 4));
                    let x = (f64::from(across) + (part_x - 1.5) / 4.0) / DENSITY;
                    let y = (f64::from(down) + (part_y - 1.5) / 4.0) / DENSITY;
                    let radius = x.hypot(y);
                    if radius <= MARK_DOT || (MARK_HOLE..=MARK_RADIUS).contains(&radius) {
                        ink += 1.0;
                    }
                }
                ideal.push(-ink);
            }
        }
        let mean = ideal.iter().sum::<f32>() / ideal.len() as f32;
        let length = ideal
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f32>()
            .sqrt();
        Self(ideal.iter().map(|value| (value - mean) / length).collect())
    }

    /// Correlation with the patch at a place, -1 to 1.
    fn likeness(&self, patch: &Patch, across: i32, down: i32) -> f64 {
        let side = (REACH * 2 + 1) as usize;
        let (mut product, mut sum, mut squares) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (offset, ideal) in (-REACH..=REACH).zip(self.0.chunks_exact(side)) {
            let row = patch.row(across - REACH, down + offset, side);
            if row.len() != side {
                return -1.0;
            }
            for (light, ideal) in row.iter().zip(ideal) {
                product += light * ideal;
                sum += light;
                squares += light * light;
            }
        }
        let count = (side * side) as f32;
        let spread = (squares - sum * sum / count).max(0.0).sqrt();
        // Nearly even paper is like anything: demand a contrast of a few levels.
        if spread < 6.0 * (side as f32) {
            return -1.0;
        }
        f64::from(product / spread)
    }
}
