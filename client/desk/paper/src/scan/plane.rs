//! Maps between the plane of the paper (millimetres) and the plane of a picture (pixels).

/// A point of either plane.
pub(crate) type Point = (f64, f64);

/// The area within corners that go round it.
pub(crate) fn area(corners: [Point; 4]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    let twice: f64 = corners
        .iter()
        .zip(next)
        .map(|(one, other)| one.0 * other.1 - other.0 * one.1)
        .sum();
    twice.abs() / 2.0
}

/// A projective map: what a camera does to a flat sheet, and with nought in its last row what a scanner does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Homography([f64; 9]);

impl Homography {
    /// Where a point comes to lie; points on the horizon go to infinity, which no picture contains.
    #[inline]
    pub(crate) fn map(&self, (x, y): Point) -> Point {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let depth = g * x + h * y + i;
        ((a * x + b * y + c) / depth, (d * x + e * y + f) / depth)
    }

    /// Multiplies what comes out by a factor: the same map into a picture of another size.
    pub(crate) fn scaled(&self, x: f64, y: f64) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([a * x, b * x, c * x, d * y, e * y, f * y, g, h, i])
    }

    /// How much longer a short line becomes at a point: the geometric mean over all directions.
    pub(crate) fn density_at(&self, (x, y): Point) -> f64 {
        let step = 0.5;
        let (left, right) = (self.map((x - step, y)), self.map((x + step, y)));
        let (above, below) = (self.map((x, y - step)), self.map((x, y + step)));
        let (ux, uy) = (right.0 - left.0, right.1 - left.1);
        let (vx, vy) = (below.0 - above.0, below.1 - above.1);
        (ux * vy - uy * vx).abs().sqrt()
    }

    /// The projective map that fits best; `None` for fewer than four pairs or when three of four lie on a line.
    pub(crate) fn through(pairs: &[(Point, Point)]) -> Option<Self> {
        if pairs.len() < 4 {
            return None;
        }
        // Both planes are moved and scaled to about one, or the equations are hopelessly out of balance.
        let (from, _) = balance(pairs.iter().map(|(from, _)| *from))?;
        let (to, to_back) = balance(pairs.iter().map(|(_, to)| *to))?;
        let mut equations = Equations::<8>::new();
        for (source, target) in pairs {
            let ((x, y), (u, v)) = (from.map(*source), to.map(*target));
            equations.add([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u);
            equations.add([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v);
        }
        let [a, b, c, d, e, f, g, h] = equations.solve()?;
        let balanced = Self([a, b, c, d, e, f, g, h, 1.0]);
        Some(to_back.after(&balanced).after(&from))
    }

    /// The turn, uniform scale and move that fit best: what can be said from points close together.
    pub(crate) fn similarity(pairs: &[(Point, Point)]) -> Option<Self> {
        if pairs.len() < 2 {
            return None;
        }
        let mut equations = Equations::<4>::new();
        for ((x, y), (u, v)) in pairs {
            equations.add([*x, -*y, 1.0, 0.0], *u);
            equations.add([*y, *x, 0.0, 1.0], *v);
        }
        let [a, b, c, f] = equations.solve()?;
        Some(Self([a, -b, c, b, a, f, 0.0, 0.0, 1.0]))
    }

    /// Straight lines stay parallel: what fits points that do not span the sheet.
    pub(crate) fn affine(pairs: &[(Point, Point)]) -> Option<Self> {
        if pairs.len() < 3 {
            return None;
        }
        let mut equations = Equations::<6>::new();
        for ((x, y), (u, v)) in pairs {
            equations.add([*x, *y, 1.0, 0.0, 0.0, 0.0], *u);
            equations.add([0.0, 0.0, 0.0, *x, *y, 1.0], *v);
        }
        let [a, b, c, d, e, f] = equations.solve()?;
        Some(Self([a, b, c, d, e, f, 0.0, 0.0, 1.0]))
    }

    /// First `earlier`, then this.
    pub(crate) fn after(&self, earlier: &Self) -> Self {
        let (left, right) = (&self.0, &earlier.0);
        Self(std::array::from_fn(|place| {
            let (row, column) = (place / 3, place % 3);
            (0..3)
                .map(|k| left[row * 3 + k] * right[k * 3 + column])
                .sum()
        }))
    }
}

/// Moves points round the origin and scales them to a mean distance of about one, and the way back.
fn balance(points: impl Iterator<Item = Point> + Clone) -> Option<(Homography, Homography)> {
    let count = points.clone().count() as f64;
    let (sum_x, sum_y) = points
        .clone()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (x, y) = (sum_x / count, sum_y / count);
    let spread = points
        .map(|point| (point.0 - x).hypot(point.1 - y))
        .sum::<f64>()
        / count;
    if !spread.is_finite() || spread < 1e-9 {
        return None;
    }
    let s = 1.0 / spread;
    let there = Homography([s, 0.0, -x * s, 0.0, s, -y * s, 0.0, 0.0, 1.0]);
    let back = Homography([spread, 0.0, x, 0.0, spread, y, 0.0, 0.0, 1.0]);
    Some((there, back))
}

/// Least squares by the normal equations.
struct Equations<const N: usize> {
    normal: [[f64; N]; N],
    right: [f64; N],
}

impl<const N: usize> Equations<N> {
    const fn new() -> Self {
        Self {
            normal: [[0.0; N]; N],
            right: [0.0; N],
        }
    }

    fn add(&mut self, row: [f64; N], value: f64) {
        for i in 0..N {
            for j in 0..N {
                self.normal[i][j] += row[i] * row[j];
            }
            self.right[i] += row[i] * value;
        }
    }

    /// Gauss with pivots; `None` if the equations do not determine the unknowns.
    fn solve(mut self) -> Option<[f64; N]> {
        for column in 0..N {
            let pivot = (column..N).max_by(|one, other| {
                self.normal[*one][column]
                    .abs()
                    .total_cmp(&self.normal[*other][column].abs())
            })?;
            if self.normal[pivot][column].abs() < 1e-12 {
                return None;
            }
            self.normal.swap(column, pivot);
            self.right.swap(column, pivot);
            for row in column + 1..N {
                let factor = self.normal[row][column] / self.normal[column][column];
                for k in column..N {
                    self.normal[row][k] -= factor * self.normal[column][k];
                }
                self.right[row] -= factor * self.right[column];
            }
        }
        let mut unknown = [0.0; N];
        for row in (0..N).rev() {
            let known: f64 = (row + 1..N).map(|k| self.normal[row][k] * unknown[k]).sum();
            unknown[row] = (self.right[row] - known) / self.normal[row][row];
        }
        unknown
            .iter()
            .all(|value| value.is_finite())
            .then_some(unknown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    fn near(one: Point, other: Point) -> bool {
        (one.0 - other.0).hypot(one.1 - other.1) < 1e-5
    }

    proptest! {
        #[test]
        fn four_corners_determine_a_map(
            corners in proptest::array::uniform4((-30.0..30.0, -30.0..30.0)),
            x in 0.0..210.0, y in 0.0..297.0,
        ) {
            let sheet = [(0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)];
            let pairs: Vec<(Point, Point)> = sheet
                .iter()
                .zip(corners)
                .map(|(corner, (dx, dy))| (*corner, (corner.0 * 5.0 + dx, corner.1 * 5.0 + dy)))
                .collect();
            let map = Homography::through(&pairs).unwrap();
            for (from, to) in &pairs {
                prop_assert!(near(map.map(*from), *to));
            }
            // The other way round is a map through the same points.
            let swapped: Vec<_> = pairs.iter().map(|(from, to)| (*to, *from)).collect();
            let back = Homography::through(&swapped).unwrap();
            prop_assert!(near(back.map(map.map((x, y))), (x, y)));
            prop_assert!((map.density_at((100.0, 150.0)) - 5.0).abs() < 1.5);
        }

        #[test]
        fn a_turned_sheet_is_a_similarity(angle in 0.0..6.3_f64, scale in 1.0..20.0, x in -99.0..99.0, y in -99.0..99.0) {
            let turn = |(px, py): Point| (
                scale * (px * angle.cos() - py * angle.sin()) + x,
                scale * (px * angle.sin() + py * angle.cos()) + y,
            );
            let points = [(10.0, 10.0), (25.0, 10.0), (25.0, 25.0)];
            let pairs: Vec<_> = points.iter().map(|point| (*point, turn(*point))).collect();
            for map in [Homography::similarity(&pairs).unwrap(), Homography::affine(&pairs).unwrap()] {
                let (got, expected) = (map.map((200.0, 290.0)), turn((200.0, 290.0)));
                prop_assert!((got.0 - expected.0).hypot(got.1 - expected.1) < 1e-3);
            }
        }
    }

    #[test]
    fn points_on_a_line_determine_nothing() {
        let line: Vec<(Point, Point)> = (0..5)
            .map(|k| f64::from(k) * 10.0)
            .map(|k| ((k, k), (k, k)))
            .collect();
        assert!(Homography::through(&line).is_none());
        assert!(Homography::affine(&line).is_none());
        assert!(Homography::through(&line[..3]).is_none());
        assert!(Homography::through(&[((1.0, 1.0), (1.0, 1.0)); 4]).is_none());
    }

    #[test]
    fn scaling_comes_after() {
        let pairs = [((0.0, 0.0), (0.0, 0.0)), ((1.0, 0.0), (0.0, 2.0))];
        let map = Homography::similarity(&pairs).unwrap();
        assert!(near(map.scaled(2.0, 3.0).map((1.0, 0.0)), (0.0, 6.0)));
    }
}
