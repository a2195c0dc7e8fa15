//! What happens to a sheet between the printer and the scanner, from a seed.

use image::{ExtendedColorType, ImageEncoder as _, codecs::jpeg::JpegEncoder, imageops};
use tidings_paper::geometry::{CODE_SIDE, Corner, Paper, code_area};

use super::{
    canvas::{Canvas, grey},
    chance::Chance,
};

/// Kinds of damage. Each with strengths that its seed chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spoil {
    /// Through the feeder, up to a degree askew.
    Straight,
    /// Up to 8 degrees askew.
    Askew,
    /// Upside down, and askew.
    UpsideDown,
    /// On its side, and askew.
    Sideways,
    /// Any angle, on a lid that is white or black.
    AnyAngle,
    /// A photo with a telephone: perspective, table, lamp, grain.
    Photo,
    /// Out of focus.
    Blurred,
    /// Grain of a dark or cheap scan.
    Noisy,
    /// A shadow across.
    Shadow,
    /// Folded two or three times; toner flakes off in the folds.
    Folded,
    /// Coffee, near or over a code.
    Coffee,
    /// Handwriting near and over a code.
    Scribbled,
    /// A JPEG of low quality.
    Jpeg,
    /// One to three generations of photocopies.
    Copied,
    /// A fax of 204 × 98 dots an inch.
    Fax,
    /// A corner, with its code or mark, is gone.
    TornCorner,
    /// Pale toner.
    Pale,
    /// Printed smaller to fit the printer's margins, and not in the middle.
    Shrunk,
    /// Too far into a corner of the glass: a strip of one side is not in the picture.
    Cropped,
    /// Thin paper: the ink of the other side shows, mirrored, codes and all.
    ShowThrough,
    /// Some of all this.
    Everything,
}

impl Spoil {
    pub const ALL: [Self; 21] = [
        Self::Straight,
        Self::Askew,
        Self::UpsideDown,
        Self::Sideways,
        Self::AnyAngle,
        Self::Photo,
        Self::Blurred,
        Self::Noisy,
        Self::Shadow,
        Self::Folded,
        Self::Coffee,
        Self::Scribbled,
        Self::Jpeg,
        Self::Copied,
        Self::Fax,
        Self::TornCorner,
        Self::Pale,
        Self::Shrunk,
        Self::Cropped,
        Self::ShowThrough,
        Self::Everything,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::Askew => "askew",
            Self::UpsideDown => "upside down",
            Self::Sideways => "sideways",
            Self::AnyAngle => "any angle",
            Self::Photo => "phone photo",
            Self::Blurred => "blurred",
            Self::Noisy => "noisy",
            Self::Shadow => "shadow",
            Self::Folded => "folded",
            Self::Coffee => "coffee on a code",
            Self::Scribbled => "writing on a code",
            Self::Jpeg => "low JPEG quality",
            Self::Copied => "photocopied 1-3 times",
            Self::Fax => "fax 204 x 98",
            Self::TornCorner => "corner torn off",
            Self::Pale => "pale toner",
            Self::Shrunk => "printed smaller",
            Self::Cropped => "a strip cut off",
            Self::ShowThrough => "ink shows through",
            Self::Everything => "some of everything",
        }
    }

    /// The sheet (at 300 dpi) as it comes out of a scanner of `dpi`.
    pub fn apply(self, sheet: &Canvas, paper: Paper, dpi: f64, seed: u64) -> Canvas {
        let mut chance = Chance::new(seed);
        let chance = &mut chance;
        let mut sheet = sheet.clone();
        // What is done to the paper.
        match self {
            Self::Folded => fold(&mut sheet, chance),
            Self::Coffee => coffee(&mut sheet, paper, chance),
            Self::Scribbled => scribble(&mut sheet, paper, chance),
            Self::TornCorner => tear(&mut sheet, chance),
            Self::Pale => pale(&mut sheet, chance.between(0.25, 0.6)),
            Self::Shrunk => sheet = shrunk(&sheet, chance),
            Self::ShowThrough => show_through(&mut sheet, chance.between(0.08, 0.25)),
            Self::Everything => {
                fold(&mut sheet, chance);
                if chance.between(0.0, 1.0) < 0.5 {
                    coffee(&mut sheet, paper, chance);
                } else {
                    scribble(&mut sheet, paper, chance);
                }
                pale(&mut sheet, chance.between(0.6, 1.0));
            }
            _ => {}
        }
        let mut page = sheet.at_dpi(dpi);
        if self == Self::Photo {
            return photo(&page, chance);
        }
        let lid = chance.pick(&[[250, 250, 248], [14, 14, 16]]);
        let angle: f64 = match self {
            Self::Straight => chance.between(-1.0, 1.0),
            Self::AnyAngle => chance.between(0.0, 360.0),
            Self::UpsideDown => 180.0 + chance.between(-4.0, 4.0),
            Self::Sideways => chance.pick(&[90.0, 270.0]) + chance.between(-4.0, 4.0),
            Self::Askew | Self::Everything => chance.between(-8.0, 8.0),
            _ => chance.between(-2.5, 2.5),
        };
        page = lay(&page, angle, lid, chance);
        if self == Self::Cropped {
            page = cropped(&page, chance);
        }
        // What scanner, copier and lamp do.
        match self {
            Self::Blurred => page.blur(chance.between(0.5, 1.2) * (dpi / 150.0).max(1.0)),
            Self::Noisy => noise(&mut page, chance.between(12.0, 30.0), chance),
            Self::Shadow => shadow(&mut page, chance.between(0.35, 0.65), chance),
            Self::Jpeg => page = jpeg(&page, chance.between(12.0, 40.0) as u8),
            Self::Copied => {
                for _ in 0..chance.pick(&[1, 2, 3]) {
                    page = copy(page, chance);
                }
            }
            Self::Fax => page = fax(&page, chance),
            Self::Everything => {
                page.blur(chance.between(0.3, 0.7) * (dpi / 150.0).max(1.0));
                shadow(&mut page, chance.between(0.1, 0.35), chance);
                noise(&mut page, chance.between(3.0, 10.0), chance);
                page = jpeg(&page, chance.between(40.0, 80.0) as u8);
            }
            _ => noise(&mut page, 2.5, chance),
        }
        page
    }
}

/// On the glass, turned, with a rim of lid around as scanners leave it.
fn lay(page: &Canvas, degrees: f64, lid: [u8; 3], chance: &mut Chance) -> Canvas {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (page.width as f64, page.height as f64);
    // The glass is as large as the page if that lies nearly straight, as feeders crop it, else as it has to be.
    let tilt = (degrees.rem_euclid(90.0)).min(90.0 - degrees.rem_euclid(90.0));
    let (full_width, full_height) = (
        width * cos.abs() + height * sin.abs(),
        width * sin.abs() + height * cos.abs(),
    );
    let (upright_width, upright_height) = if cos.abs() > sin.abs() {
        (width, height)
    } else {
        (height, width)
    };
    let room = if tilt < 3.0 { 0.35 } else { 1.0 };
    let new_width = upright_width + (full_width - upright_width) * room;
    let new_height = upright_height + (full_height - upright_height) * room;
    let (off_x, off_y) = (
        chance.between(-1.0, 1.0) * page.density,
        chance.between(-1.0, 1.0) * page.density,
    );
    let mut glass = Canvas::white(
        new_width.round() as usize,
        new_height.round() as usize,
        page.density,
    );
    glass.each(|x, y, _| {
        let (dx, dy) = (
            x as f64 + 0.5 - new_width / 2.0 - off_x,
            y as f64 + 0.5 - new_height / 2.0 - off_y,
        );
        page.sample(
            dx * cos + dy * sin + width / 2.0,
            dy * cos - dx * sin + height / 2.0,
            lid,
        )
    });
    glass
}

/// A pinhole camera over a table.
fn photo(page: &Canvas, chance: &mut Chance) -> Canvas {
    let (width, height) = (page.width as f64, page.height as f64);
    // Tilts of the sheet against the camera, a turn, and the margin of table around.
    let tilt_x = chance.between(-0.30, 0.30);
    let tilt_y = chance.between(-0.25, 0.25);
    let turn =
        chance.between(-0.25, 0.25) + chance.pick(&[0.0, 0.0, 0.0, 1.0]) * std::f64::consts::PI;
    let distance = 1.9 * height;
    let margin = chance.between(1.06, 1.3);
    let (sin, cos) = turn.sin_cos();
    let spread_width = (width * cos.abs() + height * sin.abs()) * margin;
    let spread_height = (width * sin.abs() + height * cos.abs()) * margin;
    let table = chance.pick(&[[96, 70, 48], [60, 62, 66], [178, 172, 160]]);
    let mut shot = Canvas::white(spread_width as usize, spread_height as usize, page.density);
    let lamp = (chance.between(0.0, 1.0), chance.between(0.0, 1.0));
    let dark = chance.between(0.25, 0.5);
    shot.each(|x, y, _| {
        let u = x as f64 - spread_width / 2.0;
        let v = y as f64 - spread_height / 2.0;
        // The ray through this pixel meets the tilted plane z = tilt_x * x + tilt_y * y.
        let depth = distance / (distance - tilt_x * u - tilt_y * v);
        let (px, py) = (u * depth, v * depth);
        let colour = page.sample(
            px * cos + py * sin + width / 2.0,
            py * cos - px * sin + height / 2.0,
            table,
        );
        let away = (x as f64 / spread_width - lamp.0).hypot(y as f64 / spread_height - lamp.1);
        let light = 1.0 - dark * away;
        [
            (f64::from(colour[0]) * light) as u8,
            (f64::from(colour[1]) * light * 0.96) as u8,
            (f64::from(colour[2]) * light * 0.86) as u8,
        ]
    });
    // The shadow of the hand.
    if chance.between(0.0, 1.0) < 0.5 {
        shadow(&mut shot, chance.between(0.2, 0.45), chance);
    }
    shot.blur(chance.between(0.3, 0.7));
    noise(&mut shot, chance.between(2.0, 6.0), chance);
    jpeg(&shot, 80)
}

fn noise(page: &mut Canvas, deviation: f64, chance: &mut Chance) {
    page.each(|_, _, pixel| {
        let common = chance.normal() * deviation;
        pixel.map(|light| (f64::from(light) + common).clamp(0.0, 255.0) as u8)
    });
}

/// Everything beyond a line is darker, with a soft rim.
fn shadow(page: &mut Canvas, depth: f64, chance: &mut Chance) {
    let (sin, cos) = chance.between(0.0, 6.3).sin_cos();
    let middle = (page.width as f64 / 2.0, page.height as f64 / 2.0);
    let off = chance.between(-0.3, 0.3) * page.width as f64;
    let soft = chance.between(8.0, 60.0) * page.density;
    page.each(|x, y, pixel| {
        let beyond = (x as f64 - middle.0) * cos + (y as f64 - middle.1) * sin - off;
        let part = (beyond / soft + 0.5).clamp(0.0, 1.0);
        let light = 1.0 - depth * part * part * (3.0 - 2.0 * part);
        pixel.map(|sample| (f64::from(sample) * light) as u8)
    });
}

/// Lines across, one of them often through a code.
fn fold(sheet: &mut Canvas, chance: &mut Chance) {
    let height = sheet.height as f64 / sheet.density;
    let mut folds = vec![height / 2.0 + chance.between(-4.0, 4.0)];
    if chance.between(0.0, 1.0) < 0.7 {
        folds.push(chance.between(8.0, 23.0));
    }
    if chance.between(0.0, 1.0) < 0.7 {
        folds.push(height - chance.between(8.0, 23.0));
    }
    let folds: Vec<(f64, f64, f64)> = folds
        .into_iter()
        .map(|y| (y, chance.between(-0.01, 0.01), chance.between(0.12, 0.4)))
        .collect();
    let density = sheet.density;
    let mut flake = Chance::new(chance.next());
    sheet.each(|x, y, pixel| {
        let mut pixel = pixel.map(f64::from);
        for (at, slope, half) in &folds {
            let away = y as f64 / density - at - slope * x as f64 / density;
            let crease = (-(away / 0.8).powi(2)).exp();
            let side: f64 = if away > 0.0 { 0.94 } else { 1.0 };
            for light in &mut pixel {
                *light *= (1.0 - 0.16 * crease) * side.max(1.0 - away.abs() / 60.0).min(1.0);
            }
            if away.abs() < *half && flake.between(0.0, 1.0) < 0.65 {
                // Toner is gone, the fibres show.
                for light in &mut pixel {
                    *light = light.max(190.0);
                }
            }
        }
        pixel.map(|light| light.clamp(0.0, 255.0) as u8)
    });
}

/// A point within 16 mm of the middle of a code.
fn near_code(paper: Paper, chance: &mut Chance) -> (f64, f64) {
    let area = code_area(paper, chance.pick(&Corner::ALL));
    let middle = CODE_SIDE / 2.0;
    (
        area.x + middle + chance.between(-14.0, 14.0),
        area.y + middle + chance.between(-14.0, 14.0),
    )
}

fn coffee(sheet: &mut Canvas, paper: Paper, chance: &mut Chance) {
    let (x, y) = near_code(paper, chance);
    let radius = chance.between(10.0, 26.0);
    let inner = chance.between(0.30, 0.55);
    let rim = chance.between(0.5, 0.8);
    let area = (x - radius, y - radius, x + radius, y + radius);
    sheet.paint(area, [120, 74, 30], |px, py| {
        let away = (px - x).hypot(py - y) / radius;
        if away > 1.0 {
            0.0
        } else if away > 0.9 {
            rim
        } else {
            inner * (0.6 + 0.4 * away)
        }
    });
}

fn scribble(sheet: &mut Canvas, paper: Paper, chance: &mut Chance) {
    let pen = chance.pick(&[[30, 45, 140], [30, 30, 34], [110, 110, 112]]);
    for _ in 0..3 {
        let (x, y) = near_code(paper, chance);
        sheet.scrawl(chance, x - 15.0, y, 30.0, pen);
    }
}

/// A corner of the sheet is missing; the glass shows.
fn tear(sheet: &mut Canvas, chance: &mut Chance) {
    let (right, below) = chance.pick(&[(false, false), (true, false), (false, true), (true, true)]);
    let (across, down) = (chance.between(30.0, 60.0), chance.between(30.0, 60.0));
    let lid = chance.pick(&[[250, 250, 248], [14, 14, 16]]);
    let (width, height) = (sheet.width as f64, sheet.height as f64);
    let density = sheet.density;
    sheet.each(|x, y, pixel| {
        let x = if right { width - x as f64 } else { x as f64 } / density;
        let y = if below { height - y as f64 } else { y as f64 } / density;
        if x / across + y / down < 1.0 {
            lid
        } else {
            pixel
        }
    });
}

/// Ink that covers only in part.
fn pale(sheet: &mut Canvas, strength: f64) {
    sheet.each(|_, _, pixel| pixel.map(|light| 255 - (f64::from(255 - light) * strength) as u8));
}

/// "Fit to page": the whole smaller by some hundredths, moved by some millimetres.
fn shrunk(sheet: &Canvas, chance: &mut Chance) -> Canvas {
    let factor = chance.between(0.9, 0.97);
    let (width, height) = (sheet.width as f64, sheet.height as f64);
    let room = (1.0 - factor) / 2.0;
    let left = width * room * chance.between(0.3, 1.7);
    let top = height * room * chance.between(0.3, 1.7);
    let mut small = Canvas::white(sheet.width, sheet.height, sheet.density);
    small.each(|x, y, _| {
        let (x, y) = (x as f64 + 0.5 - left, y as f64 + 0.5 - top);
        sheet.sample(x / factor, y / factor, [255; 3])
    });
    small
}

/// Up to 14 mm of one side are missing: half a code.
fn cropped(page: &Canvas, chance: &mut Chance) -> Canvas {
    let strip = (chance.between(6.0, 14.0) * page.density) as usize;
    let side = chance.pick(&[0, 1, 2, 3]);
    let (left, top) = (
        if side == 0 { strip } else { 0 },
        if side == 1 { strip } else { 0 },
    );
    let width = page.width - if side % 2 == 0 { strip } else { 0 };
    let height = page.height - if side % 2 == 1 { strip } else { 0 };
    let mut part = Canvas::white(width, height, page.density);
    part.each(|x, y, _| page.pixels[(y + top) * page.width + x + left]);
    part
}

fn show_through(sheet: &mut Canvas, strength: f64) {
    let front = sheet.clone();
    sheet.each(|x, y, pixel| {
        let back = front.pixels[y * front.width + front.width - 1 - x];
        std::array::from_fn(|channel| {
            let ink = f64::from(255 - back[channel]) * strength;
            (f64::from(pixel[channel]) * (1.0 - ink / 255.0)) as u8
        })
    });
}

fn jpeg(page: &Canvas, quality: u8) -> Canvas {
    let image = page.image();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            image.as_raw(),
            image.width(),
            image.height(),
            ExtendedColorType::Rgb8,
        )
        .unwrap();
    let decoded = image::load_from_memory(&bytes).unwrap().into_rgb8();
    Canvas::of(&decoded, page.density)
}

/// A copier: lens, hard contrast, specks, a little askew.
fn copy(mut page: Canvas, chance: &mut Chance) -> Canvas {
    page.blur(chance.between(0.35, 0.65) * page.density * 25.4 / 150.0);
    let threshold = chance.between(110.0, 175.0);
    let hardness = chance.between(2.0, 5.0);
    let mut specks = Chance::new(chance.next());
    page.each(|_, _, pixel| {
        let light = f64::from(grey(pixel)) + specks.normal() * 8.0;
        let hard = (light - threshold) * hardness + 128.0;
        let chance = specks.between(0.0, 1.0);
        let dirty = if chance < 0.001 { 40.0 } else { hard };
        [dirty.clamp(0.0, 255.0) as u8; 3]
    });
    let angle = chance.between(-0.6, 0.6);
    lay(&page, angle, [255; 3], chance)
}

/// Two tones, twice as coarse down as across, shown square again as readers of faxes do.
fn fax(page: &Canvas, chance: &mut Chance) -> Canvas {
    let factor = 204.0 / 25.4 / page.density;
    let (width, height) = (
        (page.width as f64 * factor) as u32,
        (page.height as f64 * factor * 98.0 / 204.0) as u32,
    );
    let small = imageops::resize(&page.image(), width, height, imageops::FilterType::Triangle);
    let mut two_tone = Canvas::of(&small, page.density * factor);
    let threshold = chance.between(110.0, 170.0);
    let mut specks = Chance::new(chance.next());
    two_tone.each(|_, _, pixel| {
        let light = f64::from(grey(pixel)) + specks.normal() * 10.0;
        [if light > threshold { 255 } else { 0 }; 3]
    });
    let square = imageops::resize(
        &two_tone.image(),
        width,
        (f64::from(height) * 204.0 / 98.0) as u32,
        imageops::FilterType::Nearest,
    );
    Canvas::of(&square, page.density * factor)
}
