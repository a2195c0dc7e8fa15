//! A drawing keeps its colours and its thin lines.

use image::{Rgb, RgbImage};
use tidings_client::pictures::{MediaType, prepare_drawing};

use super::{drawing, fixture, shown};

const PAPER: Rgb<u8> = Rgb([248, 245, 236]);
const PENCIL: Rgb<u8> = Rgb([70, 70, 76]);

/// A sheet with upright and level lines, `thick` pixels each, every 40 pixels.
fn ruled(width: u32, height: u32, thick: u32) -> Vec<u8> {
    let sheet = RgbImage::from_fn(width, height, |x, y| {
        let line = |at: u32| (20..20 + thick).contains(&(at % 40));
        if line(x) || line(y) { PENCIL } else { PAPER }
    });
    let mut png = std::io::Cursor::new(Vec::new());
    sheet.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// For each upright line: how much darker than the paper it gets, and all its ink together, as shares of one pixel of
/// pure pencil. Read along a row that lies between two level lines.
fn profile(picture: &RgbImage, scale: f64, lines: u32) -> Vec<(f64, f64)> {
    let paper = f64::from(PAPER.0[1]);
    let contrast = paper - f64::from(PENCIL.0[1]);
    let between = |line: u32| ((f64::from(line) * 40.0 + 40.0) * scale) as u32;
    let ink = |x| (paper - f64::from(picture.get_pixel(x, between(2)).0[1])) / contrast;
    (1..lines - 1)
        .map(|line| {
            let around = || (between(line - 1)..between(line)).map(ink);
            (around().fold(0.0, f64::max), around().sum())
        })
        .collect()
}

/// Where a line falls between two pixels of the smaller picture, it must be shared between them; what may not happen is
/// that ink gets lost, or that the fainter lines vanish into the paper.
#[test]
fn thin_lines_survive_scaling() {
    // A5 at 450 dpi to 2,560 pixels is 1.4 to one, A4 at 450 dpi 2.05 to one.
    for (side, thick, faintest) in [
        (3600, 1, 0.42),
        (3600, 2, 0.80),
        (5260, 1, 0.27),
        (5260, 2, 0.54),
    ] {
        let prepared = prepare_drawing(&ruled(side, 800, thick), Some("scan.png")).unwrap();
        let scale = 2560.0 / f64::from(side);
        for (line, (contrast, ink)) in profile(&shown(&prepared.full), scale, side / 40)
            .into_iter()
            .enumerate()
        {
            let what = format!("line {line} of {thick} px in {side} px");
            assert!(
                contrast >= faintest,
                "{what} keeps {contrast:.2} of its contrast"
            );
            let expected = f64::from(thick) * scale;
            // A little more is the filter's overshoot, which the white of the paper cuts off on the other side.
            let sound = 0.95 * expected..1.2 * expected;
            assert!(
                sound.contains(&ink),
                "{what} has {ink:.2} px of ink, expected {expected:.2}"
            );
        }
    }
}

#[test]
fn a_small_drawing_is_kept_exactly() {
    let sheet = ruled(1200, 800, 1);
    let prepared = prepare_drawing(&sheet, Some("scan.png")).unwrap();
    assert_eq!(prepared.full.media_type, MediaType::Png);
    assert_eq!(
        shown(&prepared.full),
        image::load_from_memory(&sheet).unwrap().into_rgb8()
    );
    for name in [
        "palette.png",
        "interlaced.png",
        "one-bit.png",
        "lossless.webp",
    ] {
        let exact = image::load_from_memory(&fixture(name)).unwrap().into_rgb8();
        assert_eq!(shown(&drawing(name).full), exact, "{name}");
    }
}

#[test]
fn the_scanned_drawing_stays_lossless_and_coloured() {
    let encoded = drawing("drawing-scan.png").full;
    assert_eq!(encoded.media_type, MediaType::Png);
    let picture = shown(&encoded);
    let strong =
        |test: fn(&[u8; 3]) -> bool| picture.pixels().filter(|pixel| test(&pixel.0)).count();
    let reds = strong(|[r, g, b]| *r > 150 && *g < 110 && *b < 110);
    let blues = strong(|[r, g, b]| *b > 130 && *r < 110 && *g < 140);
    let greens = strong(|[r, g, b]| *g > 120 && *r < 130 && *b < 130);
    assert!(
        reds > 5_000 && blues > 3_000 && greens > 10_000,
        "{reds} red, {blues} blue, {greens} green pixels"
    );
}

#[test]
fn a_grainy_scan_keeps_its_lines_as_jpeg() {
    let mut state = 7_u32;
    let mut grain = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 / 16
    };
    let mut sheet = image::load_from_memory(&ruled(2400, 1600, 2))
        .unwrap()
        .into_rgb8();
    sheet
        .iter_mut()
        .for_each(|sample| *sample = sample.saturating_sub(grain()));
    let mut png = std::io::Cursor::new(Vec::new());
    sheet.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let prepared = prepare_drawing(png.get_ref(), None).unwrap();
    assert_eq!(prepared.full.media_type, MediaType::Jpeg);
    for (line, (contrast, _)) in profile(&shown(&prepared.full), 1.0, 60)
        .into_iter()
        .enumerate()
    {
        assert!(
            contrast >= 0.9,
            "line {line} keeps {contrast:.2} of its contrast"
        );
    }
}
