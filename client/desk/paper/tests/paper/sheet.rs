//! Pages as the press makes them, drawn as a printer would, and written on.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings,
    hayro_syntax::Pdf, render, vello_cpu::color::palette::css::WHITE,
};
use tidings_paper::{
    Captive, DocumentId, LetterForm, Office, Pages, Printing, ReplyForm, TextPart, Writer,
    code::{CodeKey, PageCode, PageKind},
    geometry::{Paper, Tick, tick_area},
    layout::ReplyLayout,
};
use tidings_protocol::{
    language::Language,
    time::{Day, UnixTime},
};

use super::{canvas::Canvas, chance::Chance};

/// Dots an inch of the drawn page.
const DPI: f64 = 300.0;
/// A ballpoint, a pencil, a crayon.
const PENS: [[u8; 3]; 3] = [[30, 45, 140], [118, 118, 120], [20, 20, 24]];

/// Who draws the pages of a document: two programs that share no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    Hayro,
    Poppler,
}

/// The printed page of this code at 300 dpi.
pub fn print(code: &PageCode, key: &CodeKey) -> Canvas {
    print_by(Drawer::Hayro, code, key)
}

/// As [`print`], by this program.
pub fn print_by(drawer: Drawer, code: &PageCode, key: &CodeKey) -> Canvas {
    let pdf = document(code, key);
    let place = usize::from(code.page()) - 1;
    match drawer {
        Drawer::Hayro => draw(&pdf, place),
        Drawer::Poppler => draw_by_poppler(&pdf, place),
    }
}

/// The whole letter or reply sheet of which this code names a page.
pub fn document(code: &PageCode, key: &CodeKey) -> Vec<u8> {
    let office = Office {
        name: "Бюро листування «Вісточка»".into(),
        address: vec!["а/с 17".into(), "01001 Київ".into()],
    };
    let printing = Printing {
        office: &office,
        key,
        paper: code.paper(),
    };
    let pages = set(code, &printing);
    assert_eq!(pages.len(), usize::from(code.pages()));
    let id = DocumentId {
        id: code.number().to_string(),
        printed: UnixTime(1_795_000_000),
    };
    pages.to_pdf(&id).unwrap()
}

fn set(code: &PageCode, printing: &Printing<'_>) -> Pages {
    let languages = [
        [Language::Ukrainian, Language::Russian],
        [Language::Russian, Language::Russian],
        [Language::English, Language::Ukrainian],
    ][code.number().value() as usize % 3];
    let writer = Writer {
        name: "Ґринченко Марія Іванівна".into(),
        relation: Some("мама".into()),
    };
    let captive = Captive {
        own: "Ґринченко Олександр Сергійович".into(),
        latin: Some("Hrynchenko Oleksandr".into()),
        born: None,
        internment_number: None,
    };
    match code.kind() {
        PageKind::Reply => ReplyForm {
            sheet: code.number(),
            pages: code.pages(),
            answers: 17,
            languages,
            to: writer,
            from: captive,
        }
        .set(printing),
        PageKind::Letter => LetterForm {
            sheet: code.number(),
            number: 17,
            route: None,
            language: languages[0],
            writer,
            addressee: captive,
            written: Day(20_600),
            text: vec![TextPart::Words(
                "У нас усе гаразд, город посадили вчасно, яблука вродили. ".repeat(
                    match (code.pages(), code.paper()) {
                        (1, _) => 6,
                        (_, Paper::A4) => 50,
                        (_, Paper::A5) => 28,
                    },
                ),
            )],
            pictures: Vec::new(),
            with_reply_sheet: true,
        }
        .set(printing),
    }
    .unwrap()
}

/// One page of a document, drawn by the library that the scanner's files are read with.
fn draw(pdf: &[u8], place: usize) -> Canvas {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let scale = (DPI / 72.0) as f32;
    let pixmap = render(
        &pdf.pages()[place],
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        },
    );
    Canvas {
        width: pixmap.width().into(),
        height: pixmap.height().into(),
        density: DPI / 25.4,
        // A laser printer's black is no black to a scanner.
        pixels: pixmap
            .data()
            .iter()
            .map(|pixel| [pixel.r, pixel.g, pixel.b].map(toner))
            .collect(),
    }
}

fn toner(light: u8) -> u8 {
    20 + (u16::from(light) * 235 / 255) as u8
}

/// Whether `pdftoppm` is on this machine.
pub fn has_poppler() -> bool {
    Command::new("pdftoppm").arg("-v").output().is_ok()
}

/// One page of a document, drawn by `pdftoppm`.
fn draw_by_poppler(pdf: &[u8], place: usize) -> Canvas {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let stem = std::env::temp_dir().join(format!("tidings-sheet-{}-{number}", std::process::id()));
    let (input, output) = (stem.with_extension("pdf"), stem.with_extension("ppm"));
    fs::write(&input, pdf).unwrap();
    let page = (place + 1).to_string();
    let done = Command::new("pdftoppm")
        .args(["-r", "300", "-singlefile", "-f", &page, "-l", &page])
        .args([input.as_os_str(), stem.as_os_str()])
        .status()
        .unwrap();
    assert!(done.success());
    let canvas = read_ppm(&output);
    fs::remove_file(input).unwrap();
    fs::remove_file(output).unwrap();
    canvas
}

/// A portable pixmap as `pdftoppm` writes it: `P6`, sizes, 255, samples.
fn read_ppm(path: &Path) -> Canvas {
    let bytes = fs::read(path).unwrap();
    let mut at = 0;
    let mut words = Vec::new();
    while words.len() < 4 {
        let end = at
            + bytes[at..]
                .iter()
                .position(u8::is_ascii_whitespace)
                .unwrap();
        words.push(std::str::from_utf8(&bytes[at..end]).unwrap().to_owned());
        at = end + 1;
    }
    assert_eq!((words[0].as_str(), words[3].as_str()), ("P6", "255"));
    let (pixels, rest) = bytes[at..].as_chunks::<3>();
    assert!(rest.is_empty());
    Canvas {
        width: words[1].parse().unwrap(),
        height: words[2].parse().unwrap(),
        density: DPI / 25.4,
        pixels: pixels.iter().map(|pixel| pixel.map(toner)).collect(),
    }
}

/// Writes by hand on every line, draws a house, ticks the first and the third box.
pub fn write_on(canvas: &mut Canvas, code: &PageCode, chance: &mut Chance) {
    let (width, height) = code.paper().size();
    let pen = chance.pick(&PENS);
    let layout = ReplyLayout::new(code.paper(), code.page(), code.pages());
    let ruled = layout.ruled;
    for line in 1..=ruled.lines {
        let length = chance.between(0.3, 1.0) * (ruled.area.width - 10.0);
        let y = ruled.area.y + f64::from(line) * ruled.pitch - 0.6;
        canvas.scrawl(chance, ruled.area.x + 2.0, y, length, pen);
    }
    let frame = layout.drawing.unwrap_or(ruled.area);
    let (x, y) = (
        width * 0.3,
        (frame.y + frame.height * 0.6).min(height * 0.72),
    );
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
    if layout.ticks.is_none() {
        return;
    }
    for tick in [Tick::Letter, Tick::Drawing] {
        let area = tick_area(code.paper(), tick);
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
