//! From codes to the place of the whole sheet in the picture.

use super::{
    marks, mend,
    plane::{Homography, Point},
    raster::Raster,
    read::{self, Proven, Reading, Window},
    symbol,
};
use crate::{
    code::{CodeKey, PageCode},
    geometry::{CODE_SIDE, Corner, Mark, Paper, code_area, mark_centre},
};

/// Where the sheet lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// From millimetres of paper to pixels.
    pub(crate) page: Homography,
    /// Corners of the sheet that were seen, codes and marks: 1 to 4.
    pub(crate) anchors: usize,
}

/// Finds marks and the other code from the proven ones, and with them the place of the sheet. New codes are added to `reading`.
pub(crate) fn place(
    grey: &Raster,
    paper: Paper,
    reading: &mut Reading,
    keys: &[CodeKey],
) -> Option<Place> {
    for proven in &mut reading.proven {
        proven.corners = symbol::refine(grey, proven.corners);
    }
    let mut anchors = Anchors::of(paper, &reading.proven);
    anchors.find_marks(grey);
    if let Some(missing) = Corner::ALL
        .into_iter()
        .find(|corner| !anchors.codes.contains(corner))
    {
        let known = reading.proven.len();
        seek(grey, paper, &anchors, missing, keys, reading);
        if let Some(proven) = reading.proven.get(known) {
            anchors.add_code(proven);
            anchors.marks.clear();
            anchors.pairs.retain(|pair| pair.anchor < 2);
            anchors.find_marks(grey);
        }
    }
    Some(Place {
        page: anchors.model()?,
        anchors: anchors.codes.len() + anchors.marks.len(),
    })
}

/// Looks for codes on a page on which no reader sees one: written over, stained. The marks of a page that fills the picture tell
/// where its codes are, whichever way up it lies; what is sampled there counts only with its proof (PAPER-12).
pub(crate) fn seek_by_marks(grey: &Raster, keys: &[CodeKey], reading: &mut Reading) {
    let (width, height) = (f64::from(grey.width()), f64::from(grey.height()));
    let is_upright = width <= height;
    for paper in [Paper::A4, Paper::A5] {
        let (across, down) = paper.size();
        let density = width.max(height) / down;
        // The page in the middle of the picture, on its feet or on its side.
        let turned = |(x, y): Point| {
            let (x, y) = ((x - across / 2.0) * density, (y - down / 2.0) * density);
            let (x, y) = if is_upright { (x, y) } else { (-y, x) };
            (x + width / 2.0, y + height / 2.0)
        };
        let corners = [(0.0, 0.0), (across, 0.0), (across, down), (0.0, down)];
        let Some(guess) = Homography::similarity(&corners.map(|at| (at, turned(at)))) else {
            continue;
        };
        // Turned by a half, a page has its marks in the same two corners of the picture.
        let found = Mark::ALL.map(|mark| {
            let centre = mark_centre(paper, mark);
            marks::find(grey, &guess, centre, MARK_SEARCH)
        });
        let [Some(first), Some(second)] = found else {
            continue;
        };
        let centres = Mark::ALL.map(|mark| mark_centre(paper, mark));
        for pictures in [[first, second], [second, first]] {
            let pairs = [(centres[0], pictures[0]), (centres[1], pictures[1])];
            let Some(page) = Homography::similarity(&pairs) else {
                continue;
            };
            for corner in Corner::ALL {
                let expected = code_corners(paper, corner).map(|at| page.map(at));
                take_sampled(grey, expected, 2.5, (paper, corner), keys, reading);
            }
            if !reading.proven.is_empty() {
                return;
            }
        }
    }
}

/// How far from where it would be on a straight page a mark is looked for, in millimetres: pages lie some degrees askew.
const MARK_SEARCH: f64 = 20.0;

/// Samples a symbol near these corners; what is not proven was perhaps no code at all, and is forgotten.
fn take_sampled(
    grey: &Raster,
    expected: [Point; 4],
    slack: f64,
    (paper, corner): (Paper, Corner),
    keys: &[CodeKey],
    reading: &mut Reading,
) {
    let foreknown = || mend::foreknown(keys, paper, corner);
    let proven = |bytes: &[u8]| PageCode::open(bytes, keys).is_ok();
    if let Some(sampled) = symbol::sample(grey, expected, slack, foreknown, proven) {
        reading.take(&sampled.bytes, sampled.corners, keys);
    }
}

/// Looks for the other code where it must be.
fn seek(
    grey: &Raster,
    paper: Paper,
    anchors: &Anchors,
    corner: Corner,
    keys: &[CodeKey],
    reading: &mut Reading,
) {
    let Some(page) = anchors.model() else { return };
    let expected = code_corners(paper, corner).map(|at| page.map(at));
    if expected
        .iter()
        .any(|(x, y)| !x.is_finite() || !y.is_finite())
    {
        return;
    }
    let slack = if anchors.marks.is_empty() { 4.0 } else { 2.5 };
    let proven = reading.proven.len();
    // PAPER-12: what a forced reading yields counts only with its proof; nothing says that a code is there at all.
    take_sampled(grey, expected, slack, (paper, corner), keys, reading);
    if reading.proven.len() > proven {
        return;
    }
    let reach = symbol::side(expected) * 1.6;
    if let Some(window) = window(grey, expected, reach) {
        read::look(grey, window, keys, reading);
        for proven in reading.proven.iter_mut().skip(proven) {
            proven.corners = symbol::refine(grey, proven.corners);
        }
    }
}

/// The part of the picture round some corners.
fn window(grey: &Raster, corners: [Point; 4], reach: f64) -> Option<Window> {
    let bounds = |values: [f64; 4], end: u32| {
        let low = values.into_iter().fold(f64::MAX, f64::min) - reach;
        let high = values.into_iter().fold(f64::MIN, f64::max) + reach;
        let (low, high) = (low.max(0.0), high.min(f64::from(end)));
        (high - low >= 8.0).then_some((low as u32, (high - low) as u32))
    };
    let (x, width) = bounds(corners.map(|corner| corner.0), grey.width())?;
    let (y, height) = bounds(corners.map(|corner| corner.1), grey.height())?;
    Some((x, y, width, height))
}

fn code_corners(paper: Paper, corner: Corner) -> [Point; 4] {
    let area = code_area(paper, corner);
    let (right, below) = (area.x + CODE_SIDE, area.y + CODE_SIDE);
    [
        (area.x, area.y),
        (right, area.y),
        (right, below),
        (area.x, below),
    ]
}

/// A point of the paper and of the picture, and which corner of the sheet it belongs to: 0 and 1 codes, 2 and 3 marks.
#[derive(Clone, Copy)]
struct Pair {
    anchor: usize,
    paper: Point,
    picture: Point,
}

struct Anchors {
    paper: Paper,
    codes: Vec<Corner>,
    marks: Vec<Mark>,
    pairs: Vec<Pair>,
}

impl Anchors {
    fn of(paper: Paper, proven: &[Proven]) -> Self {
        let mut anchors = Self {
            paper,
            codes: Vec::new(),
            marks: Vec::new(),
            pairs: Vec::new(),
        };
        for proven in proven {
            if !anchors.codes.contains(&proven.corner) {
                anchors.add_code(proven);
            }
        }
        anchors
    }

    fn add_code(&mut self, proven: &Proven) {
        let anchor = usize::from(proven.corner == Corner::BottomLeft);
        let expected = code_corners(self.paper, proven.corner);
        for (paper, picture) in expected.into_iter().zip(proven.corners) {
            self.pairs.push(Pair {
                anchor,
                paper,
                picture,
            });
        }
        self.codes.push(proven.corner);
    }

    /// The nearer mark first: it tells better where the other is.
    fn find_marks(&mut self, grey: &Raster) {
        let mut open: Vec<Mark> = Mark::ALL.to_vec();
        while !open.is_empty() {
            let nearest = (0..open.len())
                .min_by(|one, other| self.away(open[*one]).total_cmp(&self.away(open[*other])));
            let (Some(nearest), Some(page)) = (nearest, self.model()) else {
                return;
            };
            let mark = open.swap_remove(nearest);
            let centre = mark_centre(self.paper, mark);
            // A pixel at a code's corner is one part in ninety of its side, and so of every distance.
            let slack = match self.clusters() {
                1 => 3.0 + 0.07 * self.away(mark),
                _ => 3.0 + 0.035 * self.away(mark),
            };
            if let Some(picture) = marks::find(grey, &page, centre, slack) {
                self.marks.push(mark);
                self.pairs.push(Pair {
                    anchor: 2 + usize::from(mark == Mark::BottomRight),
                    paper: centre,
                    picture,
                });
            }
        }
    }

    /// Millimetres from a mark to the nearest point known.
    fn away(&self, mark: Mark) -> f64 {
        let (x, y) = mark_centre(self.paper, mark);
        self.pairs
            .iter()
            .map(|pair| (pair.paper.0 - x).hypot(pair.paper.1 - y))
            .fold(f64::MAX, f64::min)
    }

    fn clusters(&self) -> usize {
        self.codes.len() + self.marks.len()
    }

    /// The simplest map that explains what was seen: more freedom than there are anchors follows the noise.
    fn model(&self) -> Option<Homography> {
        let pairs: Vec<(Point, Point)> = self
            .pairs
            .iter()
            .map(|pair| (pair.paper, pair.picture))
            .collect();
        // Explained: to a hundredth of the picture of a code.
        let limit = self.pairs.chunks_exact(4).next().map_or(1.0, |code| {
            let side = symbol::side([
                code[0].picture,
                code[1].picture,
                code[2].picture,
                code[3].picture,
            ]);
            (side * 0.02).max(1.0)
        });
        let explains = |map: &Homography| {
            pairs.iter().all(|(paper, picture)| {
                let (x, y) = map.map(*paper);
                (x - picture.0).hypot(y - picture.1) <= limit
            })
        };
        match self.clusters() {
            0 => None,
            1 => Homography::similarity(&pairs)
                .filter(explains)
                .or_else(|| Homography::affine(&pairs)),
            // A code and a mark: the code alone would decide about perspective, and is too small for that.
            2 if self.codes.len() < 2 => Homography::affine(&pairs),
            2 | 3 => Homography::affine(&pairs)
                .filter(explains)
                .or_else(|| Homography::through(&pairs)),
            _ => Homography::through(&pairs),
        }
    }
}
