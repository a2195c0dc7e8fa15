//! How a reply sheet and a letter share out the page between the fixed points of [`crate::geometry`], in millimetres.
//!
//! Normative text: `docs/spec/paper.md`, rules SHEET-1 to SHEET-7. The scanner cuts a page at these places.

use serde::Serialize;

use crate::geometry::{
    Area, CODE_QUIET, Corner, MARK_INSET, MARK_QUIET, MARK_RADIUS, Mark, Paper, Tick, code_area,
    mark_centre, tick_area,
};

/// The ruled part of a page: `lines` lines, `pitch` millimetres apart; the last is the lower edge of the area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ruled {
    /// The whole of it.
    pub area: Area,
    /// Number of lines.
    pub lines: u32,
    /// Distance from line to line.
    pub pitch: f64,
}

/// One page of a reply sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplyLayout {
    /// Its size.
    pub paper: Paper,
    /// Title, letter that is answered, page n of N.
    pub head: Area,
    /// Who answers whom.
    pub people: Area,
    /// The instruction; on the first page only.
    pub instruction: Option<Area>,
    /// Where to write (SHEET-3).
    pub ruled: Ruled,
    /// Where to draw; on the last page only (SHEET-4).
    pub drawing: Option<Area>,
    /// For those who review (SHEET-5).
    pub review: Area,
    /// For the office that scans (SHEET-5).
    pub office: Area,
    /// Words above the tick boxes; on the first page only (PAPER-11).
    pub ticks: Option<Area>,
    /// The plain number beside the lower code, page n of N.
    pub number: Area,
}

impl ReplyLayout {
    /// Page `page` of `pages`, both counted from 1.
    #[must_use]
    pub fn new(paper: Paper, page: u8, pages: u8) -> Self {
        Measures::of(paper).reply(page <= 1, page >= pages)
    }

    /// Everything that stands on the page, codes and marks with the white around them: for checks.
    #[must_use]
    pub fn areas(&self) -> Vec<Area> {
        let mut areas = vec![
            self.head,
            self.people,
            self.ruled.area,
            self.review,
            self.office,
            self.number,
        ];
        areas.extend(
            [self.instruction, self.drawing, self.ticks]
                .into_iter()
                .flatten(),
        );
        areas.extend(Corner::ALL.map(|corner| widened(code_area(self.paper, corner), CODE_QUIET)));
        areas.extend(Mark::ALL.map(|mark| {
            let (x, y) = mark_centre(self.paper, mark);
            widened(area(x, y, 0.0, 0.0), MARK_RADIUS + MARK_QUIET)
        }));
        areas
    }
}

/// Heights at which the fold marks stand: a third, a half, two thirds (SHEET-6).
#[must_use]
pub fn folds(paper: Paper) -> [f64; 3] {
    let (_, height) = paper.size();
    [height / 3.0, height / 2.0, height * 2.0 / 3.0]
}

/// Where the words beside a tick box have room.
#[must_use]
pub fn tick_words(paper: Paper, tick: Tick) -> Area {
    let tick_box = tick_area(paper, tick);
    let step = tick_area(paper, Tick::Photo).x - tick_area(paper, Tick::Letter).x;
    area(
        tick_box.x + tick_box.width + 1.2,
        tick_box.y - 0.5,
        step - tick_box.width - 2.0,
        tick_box.height + 1.0,
    )
}

/// Margins and line distance of a letter (SHEET-7): about thirty lines of text on a page of A4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LetterLayout {
    /// From the left and right edge to the text.
    pub side: f64,
    /// From the upper edge to the text.
    pub top: f64,
    /// From the lower edge to the text.
    pub bottom: f64,
    /// Distance from line to line.
    pub pitch: f64,
    /// Size of the letters in points.
    pub size: f64,
}

impl LetterLayout {
    /// For this paper.
    #[must_use]
    pub const fn new(paper: Paper) -> Self {
        match paper {
            Paper::A4 => Self {
                side: 24.0,
                top: 27.0,
                bottom: 30.0,
                pitch: 6.7,
                size: 13.0,
            },
            Paper::A5 => Self {
                side: 16.0,
                top: 26.0,
                bottom: 28.0,
                pitch: 5.8,
                size: 11.5,
            },
        }
    }
}

/// The numbers in which the two papers differ.
struct Measures {
    paper: Paper,
    /// From the left and right edge to everything between the codes.
    side: f64,
    people: f64,
    instruction: f64,
    foot: f64,
    /// Lines of a sheet's only page, and of the last page of several.
    lines_single: u32,
    lines_last: u32,
    pitch: f64,
    pitch_single: f64,
}

/// Between two things that stand one below the other.
const GAP: f64 = 1.5;

impl Measures {
    const fn of(paper: Paper) -> Self {
        match paper {
            Paper::A4 => Self {
                paper,
                side: 17.0,
                people: 12.0,
                instruction: 17.0,
                foot: 12.0,
                lines_single: 25,
                lines_last: 16,
                pitch: 7.0,
                pitch_single: 6.2,
            },
            Paper::A5 => Self {
                paper,
                side: 12.0,
                people: 11.0,
                instruction: 19.0,
                foot: 12.0,
                lines_single: 12,
                lines_last: 12,
                pitch: 6.2,
                pitch_single: 6.2,
            },
        }
    }

    fn reply(&self, first: bool, last: bool) -> ReplyLayout {
        let (width, height) = self.paper.size();
        let upper_code = widened(code_area(self.paper, Corner::TopRight), CODE_QUIET);
        let lower_code = widened(code_area(self.paper, Corner::BottomLeft), CODE_QUIET);
        let mark_room = MARK_INSET + MARK_RADIUS + MARK_QUIET;
        let text_width = width - 2.0 * self.side;
        let mut y = upper_code.y + upper_code.height;
        let mut band = |tall: f64| {
            let area = area(self.side, y, text_width, tall);
            y += tall + GAP;
            area
        };
        let people = band(self.people);
        let instruction = first.then(|| band(self.instruction));
        let foot_y = lower_code.y - self.foot;
        let floor = foot_y - GAP;
        let (lines, pitch) = match (first, last) {
            (true, true) => (self.lines_single, self.pitch_single),
            (false, true) => (self.lines_last, self.pitch),
            _ => (whole((floor - y) / self.pitch), self.pitch),
        };
        let ruled = Ruled {
            area: area(self.side, y, text_width, f64::from(lines) * pitch),
            lines,
            pitch,
        };
        let drawing = last.then(|| {
            let y = ruled.area.y + ruled.area.height + 3.0;
            area(self.side, y, text_width, floor - y)
        });
        let review_width = (text_width - 3.0) * 0.64;
        let beside_code = lower_code.x + lower_code.width + 1.0;
        let until_mark = width - mark_room - 1.0;
        let (tick_y, tick_side) = {
            let tick = tick_area(self.paper, Tick::Letter);
            (tick.y, tick.height)
        };
        ReplyLayout {
            paper: self.paper,
            head: area(
                mark_room + 1.0,
                upper_code.y + 1.0,
                upper_code.x - mark_room - 2.0,
                upper_code.height - 2.0,
            ),
            people,
            instruction,
            ruled,
            drawing,
            review: area(self.side, foot_y, review_width, self.foot - GAP),
            office: area(
                self.side + review_width + 3.0,
                foot_y,
                text_width - review_width - 3.0,
                self.foot - GAP,
            ),
            ticks: first.then(|| {
                let y = lower_code.y + 0.5;
                area(beside_code, y, until_mark - beside_code, tick_y - y - 0.5)
            }),
            number: area(
                beside_code,
                tick_y + tick_side + 0.8,
                until_mark - beside_code,
                height - 7.0 - (tick_y + tick_side + 0.8),
            ),
        }
    }
}

const fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
    Area {
        x,
        y,
        width,
        height,
    }
}

fn widened(inner: Area, by: f64) -> Area {
    area(
        inner.x - by,
        inner.y - by,
        inner.width + 2.0 * by,
        inner.height + 2.0 * by,
    )
}

/// How many whole lines fit; never more than a page has millimetres.
fn whole(lines: f64) -> u32 {
    (0..300).rev().find(|n| f64::from(*n) <= lines).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: &Area, b: &Area) -> bool {
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }

    fn every_page() -> impl Iterator<Item = (String, ReplyLayout)> {
        [Paper::A4, Paper::A5].into_iter().flat_map(|paper| {
            [(1, 1), (1, 2), (2, 2), (1, 4), (2, 4), (4, 4)].map(|(page, pages)| {
                (
                    format!("{paper:?} {page}/{pages}"),
                    ReplyLayout::new(paper, page, pages),
                )
            })
        })
    }

    // SHEET-1
    #[test]
    fn nothing_overlaps_and_nothing_is_near_the_edge() {
        for (name, page) in every_page() {
            let (width, height) = page.paper.size();
            let areas = page.areas();
            for (i, a) in areas.iter().enumerate() {
                assert!(a.width > 2.0 && a.height > 2.0, "{name} {a:?}");
                assert!(a.x >= 5.9 && a.x + a.width <= width - 5.9, "{name} {a:?}");
                assert!(a.y >= 5.9 && a.y + a.height <= height - 5.9, "{name} {a:?}");
                for b in &areas[i + 1..] {
                    assert!(!overlap(a, b), "{name} {a:?} {b:?}");
                }
            }
        }
    }

    // PAPER-11: the boxes and the words beside them are free of everything else.
    #[test]
    fn ticks_have_their_own_room() {
        for (name, page) in every_page() {
            let mut taken = page.areas();
            for tick in Tick::ALL {
                for room in [tick_area(page.paper, tick), tick_words(page.paper, tick)] {
                    for other in &taken {
                        assert!(!overlap(&room, other), "{name} {tick:?} {room:?} {other:?}");
                    }
                    taken.push(room);
                }
            }
        }
    }

    // SHEET-6
    #[test]
    fn no_fold_crosses_a_code_or_a_mark() {
        for (name, page) in every_page() {
            let (width, _) = page.paper.size();
            let marks = Mark::ALL.map(|mark| {
                let (x, y) = mark_centre(page.paper, mark);
                widened(area(x, y, 0.0, 0.0), MARK_RADIUS)
            });
            let codes = Corner::ALL.map(|corner| code_area(page.paper, corner));
            for one in codes.iter().chain(&marks) {
                for fold in folds(page.paper) {
                    assert!(
                        fold < one.y - 5.0 || fold > one.y + one.height + 5.0,
                        "{name}"
                    );
                }
                let upright = width / 2.0;
                assert!(
                    upright < one.x - 5.0 || upright > one.x + one.width + 5.0,
                    "{name}"
                );
            }
        }
    }

    // SHEET-3, SHEET-4
    #[test]
    fn a_sheet_has_room_for_a_letter() {
        let lines = |paper, pages| -> u32 {
            (1..=pages)
                .map(|page| ReplyLayout::new(paper, page, pages).ruled.lines)
                .sum()
        };
        assert!((25..=30).contains(&lines(Paper::A4, 1)));
        assert!((25..=30).contains(&ReplyLayout::new(Paper::A4, 1, 2).ruled.lines));
        assert!(lines(Paper::A5, 2) >= 25);
        for (name, page) in every_page() {
            assert!(page.ruled.pitch >= 6.0, "{name}");
            if let Some(drawing) = page.drawing {
                assert!(drawing.height >= 30.0, "{name} {drawing:?}");
            }
        }
    }
}
