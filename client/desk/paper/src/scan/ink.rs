//! What can be told from a cleaned page without reading it: ticks, and whether there is anything at all.

use super::raster::Raster;
use crate::geometry::{
    Area, CODE_QUIET, Corner, MARK_QUIET, MARK_RADIUS, Mark, Paper, TICK_LINE, Tick, code_area,
    mark_centre, tick_area,
};

/// A box of the tick line, as a hint for a person: a smudge looks like a tick, and a captive may tick on command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TickHint {
    /// Which box.
    pub tick: Tick,
    /// Whether it seems ticked.
    pub ticked: bool,
    /// How sure that is, 0 (a coin toss) to 1.
    pub confidence: f64,
}

/// Ink in the inner part of a box from which it seems ticked: a thin cross of ballpoint covers about 12 %.
const TICKED_INK: f64 = 0.045;
/// Ink beyond which (or below whose mirror) there is no doubt.
const SURE_RATIO: f64 = 3.0;

/// Looks into the boxes of the first page of a reply sheet (PAPER-16).
pub(crate) fn ticks(page: &Raster, density: f64, paper: Paper) -> Vec<TickHint> {
    let grey = page.grey();
    Tick::ALL
        .into_iter()
        .map(|tick| {
            let expected = tick_area(paper, tick);
            let found = settle(&grey, density, expected);
            // Inside the line, and a little more: the box was printed, copied and cut out with some error.
            let inner = shrunk(found, TICK_LINE + 0.55);
            let ink = mean_ink(&grey, density, inner);
            let ratio = (ink + 0.004) / TICKED_INK;
            TickHint {
                tick,
                ticked: ink >= TICKED_INK,
                confidence: (ratio.ln().abs() / SURE_RATIO.ln()).min(1.0),
            }
        })
        .collect()
}

/// The box within 1.2 mm of where it is expected whose outline is darkest.
fn settle(grey: &Raster, density: f64, expected: Area) -> Area {
    let mut best = (f64::MIN, expected);
    for down in -6..=6 {
        for across in -6..=6 {
            let (dx, dy) = (f64::from(across) * 0.2, f64::from(down) * 0.2);
            let area = Area {
                x: expected.x + dx,
                y: expected.y + dy,
                ..expected
            };
            // A step away from where it belongs must be worth it: an unprinted page has no boxes.
            let score = outline_ink(grey, density, area) - 0.01 * (dx.abs() + dy.abs());
            if score > best.0 {
                best = (score, area);
            }
        }
    }
    best.1
}

fn outline_ink(grey: &Raster, density: f64, area: Area) -> f64 {
    let half = TICK_LINE / 2.0;
    let steps = 20;
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for step in 0..steps {
        let part = (f64::from(step) + 0.5) / f64::from(steps);
        let (along_x, along_y) = (area.x + part * area.width, area.y + part * area.height);
        let (right, below) = (area.x + area.width - half, area.y + area.height - half);
        for (x, y) in [
            (along_x, area.y + half),
            (along_x, below),
            (area.x + half, along_y),
            (right, along_y),
        ] {
            if let Some(light) = grey.light_at(x * density, y * density) {
                sum += 1.0 - light / 255.0;
                count += 1.0;
            }
        }
    }
    sum / count.max(1.0)
}

/// Mean darkness of an area, 0 to 1.
fn mean_ink(grey: &Raster, density: f64, area: Area) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0_f64);
    let steps = ((area.width * density).ceil() as i32).clamp(4, 80);
    for down in 0..steps {
        for across in 0..steps {
            let x = area.x + area.width * (f64::from(across) + 0.5) / f64::from(steps);
            let y = area.y + area.height * (f64::from(down) + 0.5) / f64::from(steps);
            if let Some(light) = grey.light_at(x * density, y * density) {
                sum += 1.0 - light / 255.0;
                count += 1.0;
            }
        }
    }
    sum / count.max(1.0)
}

fn shrunk(area: Area, by: f64) -> Area {
    Area {
        x: area.x + by,
        y: area.y + by,
        width: area.width - 2.0 * by,
        height: area.height - 2.0 * by,
    }
}

/// Side of a cell in which ink is looked for, millimetres.
const CELL: f64 = 1.5;
/// The darkest place of a cell from which there is ink: the faintest pencil is darker, grain is not.
const FAINTEST: u8 = 238;
/// Cells with ink that a blank page may have, none touching another: dust.
const DUST: usize = 4;
/// Outer rim that is not looked at: shadows of edges, staples, punched holes.
const RIM: f64 = 7.0;

/// Whether a page without print has certainly nothing on it (PAPER-15): at most a few specks of dust, far from each other.
///
/// Bleeding-through ink of the other side counts as something: a person decides.
pub(crate) fn is_blank(page: &Raster, density: f64) -> bool {
    let grey = page.grey();
    let cell = ((CELL * density).round() as usize).max(3);
    let rim = (RIM * density).round() as usize;
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    if width <= 2 * rim + 4 * cell || height <= 2 * rim + 4 * cell {
        return false;
    }
    let columns = (width - 2 * rim) / cell;
    let rows = (height - 2 * rim) / cell;
    let mut inked = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            if darkest(&grey, rim + column * cell, rim + row * cell, cell) < FAINTEST {
                inked.push((column, row));
                if inked.len() > DUST {
                    return false;
                }
            }
        }
    }
    inked.iter().enumerate().all(|(index, one)| {
        inked[..index]
            .iter()
            .all(|other| one.0.abs_diff(other.0) > 1 || one.1.abs_diff(other.1) > 1)
    })
}

/// The darkest mean of 2 × 2 pixels in a square.
fn darkest(grey: &Raster, x: usize, y: usize, side: usize) -> u8 {
    let width = grey.width() as usize;
    let light = |x: usize, y: usize| {
        grey.samples()
            .get(y * width + x)
            .map_or(255, |light| u32::from(*light))
    };
    let mut darkest = 255;
    for row in y..y + side {
        for column in x..x + side {
            let sum = light(column, row)
                + light(column + 1, row)
                + light(column, row + 1)
                + light(column + 1, row + 1);
            darkest = darkest.min(sum / 4);
        }
    }
    darkest as u8
}

/// Paints the codes, the marks and their quiet zones white, so that only what else is on the page remains.
pub(crate) fn without_print(page: &Raster, density: f64, paper: Paper) -> Raster {
    let grey = page.grey();
    let (width, height) = (grey.width(), grey.height());
    let mut areas: Vec<Area> = Corner::ALL
        .into_iter()
        .map(|corner| code_area(paper, corner))
        .map(|area| shrunk(area, -CODE_QUIET))
        .collect();
    areas.extend(Mark::ALL.into_iter().map(|mark| {
        let (x, y) = mark_centre(paper, mark);
        let reach = MARK_RADIUS + MARK_QUIET;
        Area {
            x: x - reach,
            y: y - reach,
            width: 2.0 * reach,
            height: 2.0 * reach,
        }
    }));
    let mut samples = grey.samples().to_vec();
    for area in areas {
        let range = |from: f64, length: f64, end: u32| {
            let low = (from * density).max(0.0) as usize;
            let high = ((from + length) * density).max(0.0) as usize;
            low.min(end as usize)..high.min(end as usize)
        };
        for row in range(area.y, area.height, height) {
            for column in range(area.x, area.width, width) {
                samples[row * width as usize + column] = 255;
            }
        }
    }
    Raster::new(width, height, grey.channels(), samples).unwrap_or(grey)
}
