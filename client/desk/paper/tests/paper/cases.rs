//! One sheet through one kind of damage, as the matrix runs it.

use std::time::{Duration, Instant};

use tidings_paper::{
    code::{CodeKey, PageCode, PageKind},
    geometry::{Paper, Tick},
    number::SheetNumber,
    scan::{Channels, Finding, ScannedPage, scan_page},
};

use super::{
    canvas::Canvas,
    chance::Chance,
    processor::of_thread,
    sheet::{self, Drawer},
    spoil::Spoil,
};

/// The key of the office whose sheets these are.
pub fn office() -> CodeKey {
    CodeKey::new([7; 32])
}

/// A printed and written page. Every fourth is A5, one in eight is the second page of its sheet, one a page of a letter that
/// came back.
pub struct Written {
    pub code: PageCode,
    pub canvas: Canvas,
}

impl Written {
    pub fn new(seed: u64) -> Self {
        Self::by(Drawer::Hayro, seed)
    }

    pub fn by(drawer: Drawer, seed: u64) -> Self {
        let value = 1_000 + (seed as u32).wrapping_mul(7_919) % 90_000_000;
        let paper = if seed % 4 == 3 { Paper::A5 } else { Paper::A4 };
        let number = SheetNumber::new(value).unwrap();
        let (kind, page) = match seed % 8 {
            4 => (PageKind::Letter, 1),
            6 => (PageKind::Reply, 2),
            _ => (PageKind::Reply, 1),
        };
        let code = PageCode::new(number, kind, paper, page, 2).unwrap();
        let mut canvas = sheet::print_by(drawer, &code, &office());
        sheet::write_on(&mut canvas, &code, &mut Chance::new(seed));
        Self { code, canvas }
    }

    /// Whether there are boxes to tick on it.
    pub fn has_ticks(&self) -> bool {
        self.code.kind() == PageKind::Reply && self.code.page() == 1
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
    /// Every box was told right, where there are any.
    pub ticks_right: bool,
    pub took: Duration,
    /// Processor time of it.
    pub worked: Duration,
}

pub fn scan(written: &Written, spoilt: &Canvas) -> Outcome {
    let raster = spoilt.raster(Channels::Rgb);
    let (start, before) = (Instant::now(), of_thread());
    let page = scan_page(&raster, &[office()]).unwrap();
    let (took, worked) = (start.elapsed(), of_thread() - before);
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
        ticks_right: if written.has_ticks() {
            ticked == [Tick::Letter, Tick::Drawing]
        } else {
            ticked.is_empty()
        },
        took,
        worked,
        page,
    }
}
