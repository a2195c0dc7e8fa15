//! A reply sheet with the geometry of the specification, drawn without a typesetter, and written on.

use tidings_paper::{
    code::{CodeKey, MODULES, PageCode, symbol},
    geometry::{
        CODE_SIDE, Corner, MARK_DOT, MARK_HOLE, MARK_RADIUS, Mark, Paper, TICK_LINE, Tick,
        code_area, mark_centre, tick_area,
    },
};

use super::{canvas::Canvas, chance::Chance};

const BLACK: [u8; 3] = [20, 20, 20];
/// A ballpoint, a pencil, a crayon.
const PENS: [[u8; 3]; 3] = [[30, 45, 140], [118, 118, 120], [20, 20, 24]];

/// The printed sheet at 300 dpi.
pub fn print(code: &PageCode, key: &CodeKey) -> Canvas {
    let (width, height) = code.paper().size();
    let density = 300.0 / 25.4;
    let mut canvas = Canvas::white(
        (width * density).round() as usize,
        (height * density).round() as usize,
        density,
    );
    for corner in Corner::ALL {
        draw_code(&mut canvas, code, corner, key);
    }
    for mark in Mark::ALL {
        let (x, y) = mark_centre(code.paper(), mark);
        let area = (
            x - MARK_RADIUS,
            y - MARK_RADIUS,
            x + MARK_RADIUS,
            y + MARK_RADIUS,
        );
        canvas.paint(area, BLACK, |px, py| {
            let radius = (px - x).hypot(py - y);
            let black = radius <= MARK_DOT || (MARK_HOLE..=MARK_RADIUS).contains(&radius);
            f64::from(u8::from(black))
        });
    }
    for tick in Tick::ALL {
        let area = tick_area(code.paper(), tick);
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        canvas.block(area.x, area.y, area.width, TICK_LINE, BLACK);
        canvas.block(area.x, bottom - TICK_LINE, area.width, TICK_LINE, BLACK);
        canvas.block(area.x, area.y, TICK_LINE, area.height, BLACK);
        canvas.block(right - TICK_LINE, area.y, TICK_LINE, area.height, BLACK);
    }
    let mut y = 40.0;
    while y < height - 40.0 {
        canvas.block(20.0, y, width - 40.0, 0.2, [120; 3]);
        y += 8.5;
    }
    canvas
}

fn draw_code(canvas: &mut Canvas, code: &PageCode, corner: Corner, key: &CodeKey) {
    let area = code_area(code.paper(), corner);
    let modules = symbol(&code.seal(corner, key));
    let module = CODE_SIDE / MODULES as f64;
    let bounds = (area.x, area.y, area.x + area.width, area.y + area.height);
    canvas.paint(bounds, BLACK, |x, y| {
        let column = ((x - area.x) / module).floor();
        let row = ((y - area.y) / module).floor();
        let inside = |index: f64| (0.0..MODULES as f64).contains(&index);
        let black = inside(column) && inside(row) && modules[row as usize][column as usize];
        f64::from(u8::from(black))
    });
}

/// Writes lines by hand, draws a house, ticks the first and the third box.
pub fn write_on(canvas: &mut Canvas, paper: Paper, chance: &mut Chance) {
    let (width, height) = paper.size();
    let pen = chance.pick(&PENS);
    let mut y = 40.0;
    while y < height * 0.62 {
        let length = chance.between(0.3, 1.0) * (width - 46.0);
        canvas.scrawl(chance, 23.0, y - 0.6, length, pen);
        y += 8.5;
    }
    let (x, y) = (width * 0.3, height * 0.72);
    let house = [
        (x, y),
        (x + 40.0, y),
        (x + 40.0, y + 25.0),
        (x, y + 25.0),
        (x, y),
        (x + 20.0, y - 14.0),
        (x + 40.0, y),
    ];
    canvas.stroke(&house, 0.9, [200, 30, 30], 0.85);
    for line in 0..9 {
        let down = y + 3.0 + f64::from(line) * 2.2;
        canvas.stroke(
            &[(x + 3.0, down), (x + 37.0, down + 1.6)],
            1.5,
            [40, 110, 210],
            0.45,
        );
    }
    for tick in [Tick::Letter, Tick::Drawing] {
        let area = tick_area(paper, tick);
        let cross = [
            (area.x + 0.9, area.y + 1.1),
            (area.x + area.width - 0.7, area.y + area.height - 0.9),
        ];
        let back = [
            (area.x + area.width - 0.9, area.y + 0.8),
            (area.x + 0.8, area.y + area.height - 1.1),
        ];
        canvas.stroke(&cross, 0.45, pen, 0.9);
        canvas.stroke(&back, 0.45, pen, 0.9);
    }
}
