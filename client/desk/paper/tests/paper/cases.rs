//! One sheet through one kind of damage, as the matrix runs it.

use std::time::{Duration, Instant};

use tidings_paper::{
    code::{CodeKey, PageCode, PageKind},
    geometry::{Paper, Tick},
    number::SheetNumber,
    scan::{Channels, Finding, ScannedPage, scan_page},
};

use super::{canvas::Canvas, chance::Chance, sheet, spoil::Spoil};

/// The key of the office whose sheets these are.
pub fn office() -> CodeKey {
    CodeKey::new([7; 32])
}

/// A printed and written sheet; every fourth is A5.
pub struct Written {
    pub code: PageCode,
    pub canvas: Canvas,
}

impl Written {
    pub fn new(seed: u64) -> Self {
        let value = 1_000 + (seed as u32).wrapping_mul(7_919) % 90_000_000;
        let paper = if seed % 4 == 3 { Paper::A5 } else { Paper::A4 };
        let number = SheetNumber::new(value).unwrap();
        let code = PageCode::new(number, PageKind::Reply, paper, 1, 2).unwrap();
        let mut canvas = sheet::print(&code, &office());
        sheet::write_on(&mut canvas, paper, &mut Chance::new(seed));
        Self { code, canvas }
    }

    pub fn spoilt(&self, spoil: Spoil, dpi: f64, seed: u64) -> Canvas {
        let seed = seed * 1_000 + dpi as u64;
        spoil.apply(&self.canvas, self.code.paper(), dpi, seed)
    }
}

/// How one page fared.
pub struct Outcome {
    pub page: ScannedPage,
    pub read: bool,
    pub misrouted: bool,
    /// Two or more boxes told wrong with confidence.
    pub ticks_right: bool,
    pub took: Duration,
}

pub fn scan(written: &Written, spoilt: &Canvas) -> Outcome {
    let raster = spoilt.raster(Channels::Rgb);
    let start = Instant::now();
    let page = scan_page(&raster, &[office()]).unwrap();
    let took = start.elapsed();
    let (read, misrouted) = match &page.finding {
        Finding::Proven(code) => (*code == written.code, *code != written.code),
        Finding::Unread(_) => (false, false),
    };
    let ticked: Vec<Tick> = page
        .ticks
        .iter()
        .filter(|hint| hint.ticked)
        .map(|hint| hint.tick)
        .collect();
    Outcome {
        read,
        misrouted,
        ticks_right: ticked == [Tick::Letter, Tick::Drawing],
        took,
        page,
    }
}
