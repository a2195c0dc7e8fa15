//! PRINT-5, PRINT-6: what comes out of each kind, measured.
#![allow(clippy::unwrap_used, reason = "tests")]

use image::{ImageFormat, Rgb, RgbImage};

use super::*;

fn file(image: &RgbImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

fn prepared(kind: PictureKind, image: &RgbImage) -> image::GrayImage {
    let picture = Picture {
        kind,
        bytes: file(image),
    };
    let printed = PrintedPicture::prepare(&picture, Paper::A4).unwrap();
    image::load_from_memory(&printed.preview().unwrap())
        .unwrap()
        .into_luma8()
}

/// Mean of a square of nine pixels.
fn around(image: &image::GrayImage, x: u32, y: u32) -> u32 {
    let nine = (0..9).map(|i| u32::from(image.get_pixel(x + i % 3 - 1, y + i / 3 - 1).0[0]));
    nine.sum::<u32>() / 9
}

/// A sheet of paper with a shadow from left to right, and a pencil line down the middle.
fn pencil() -> RgbImage {
    RgbImage::from_fn(400, 300, |x, _| {
        let paper = 235 - u8::try_from(x / 8).unwrap();
        let value = if x.abs_diff(200) < 2 {
            paper - 60
        } else {
            paper
        };
        Rgb([value, value, value.saturating_sub(12)])
    })
}

#[test]
fn pencil_on_shaded_paper_becomes_dark_on_white() {
    let out = prepared(PictureKind::Drawing, &pencil());
    for x in [10, 100, 300, 390] {
        assert!(around(&out, x, 150) >= 252, "{x}: {}", around(&out, x, 150));
    }
    let line = (0..out.width())
        .map(|x| out.get_pixel(x, 150).0[0])
        .min()
        .unwrap();
    assert!(line <= 60, "{line}");
}

/// A child's sun: yellow has more red than the shaded paper around it, and the paper stays white all the same.
#[test]
fn bright_colours_leave_no_cloud_on_the_paper() {
    let image = RgbImage::from_fn(600, 500, |x, y| {
        let away = f64::from(x).hypot(f64::from(y) - 250.0) - 250.0;
        let shaded = 215 - u8::try_from(x / 20).unwrap();
        Rgb(if away.abs() < 10.0 {
            [252, 228, 40]
        } else {
            [shaded, shaded - 2, shaded - 9]
        })
    });
    let out = prepared(PictureKind::Drawing, &image);
    for x in [180, 220, 285, 320, 400] {
        assert!(around(&out, x, 250) >= 250, "{x}: {}", around(&out, x, 250));
    }
    assert!(around(&out, 250, 250) <= 215);
}

#[test]
fn colours_that_would_vanish_or_melt_are_kept_apart() {
    // Yellow vanishes in ordinary grey; this red and this green have the same brightness.
    let colours = [
        [255, 240, 0],
        [228, 26, 28],
        [26, 130, 26],
        [30, 60, 200],
        [255, 140, 0],
    ];
    let image = RgbImage::from_fn(500, 200, |x, y| {
        let inside = (30..70).contains(&(x % 100)) && (60..140).contains(&y);
        let paper = [250, 250, 246];
        Rgb(if inside {
            colours[(x / 100) as usize]
        } else {
            paper
        })
    });
    let out = prepared(PictureKind::Drawing, &image);
    let mut greys: Vec<u32> = (0..5).map(|i| around(&out, i * 100 + 50, 100)).collect();
    assert!(greys.iter().all(|grey| *grey <= 215), "{greys:?}");
    greys.sort_unstable();
    for pair in greys.windows(2) {
        assert!(pair[1] - pair[0] >= 14, "{greys:?}");
    }
    assert!(around(&out, 10, 10) >= 252);
}

#[test]
fn a_flat_photo_gets_contrast_and_keeps_its_order() {
    // Values from 90 to 150 only, as in a room without light.
    let image = RgbImage::from_fn(600, 400, |x, _| {
        let value = 90 + u8::try_from(x / 10).unwrap();
        Rgb([value, value, value])
    });
    let out = prepared(PictureKind::Photo, &image);
    let greys: Vec<u32> = (0..6).map(|i| around(&out, i * 100 + 50, 200)).collect();
    assert!(greys.is_sorted(), "{greys:?}");
    assert!(greys[5] - greys[0] >= 150, "{greys:?}");
    // Midtones are lifted against the spreading of toner.
    assert!(greys[3] >= 135, "{greys:?}");
}

#[test]
fn an_even_photo_stays_even() {
    let image = RgbImage::from_pixel(300, 200, Rgb([128, 128, 128]));
    let out = prepared(PictureKind::Photo, &image);
    let least = out.pixels().map(|p| p.0[0]).min().unwrap();
    let most = out.pixels().map(|p| p.0[0]).max().unwrap();
    assert!(
        most - least <= 4 && (100..180).contains(&most),
        "{least} {most}"
    );
}

#[test]
fn transparent_is_paper() {
    let image = image::RgbaImage::from_fn(200, 200, |x, _| {
        image::Rgba([0, 0, 0, if x.abs_diff(100) < 5 { 255 } else { 0 }])
    });
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    let picture = Picture {
        kind: PictureKind::Drawing,
        bytes: out.into_inner(),
    };
    let printed = PrintedPicture::prepare(&picture, Paper::A5).unwrap();
    let grey = image::load_from_memory(&printed.preview().unwrap())
        .unwrap()
        .into_luma8();
    assert!(around(&grey, 20, 100) >= 252);
    assert!(around(&grey, 100, 100) <= 20);
}

#[test]
fn odd_sizes_and_broken_files() {
    for (width, height) in [(1, 1), (1, 900), (900, 1), (2, 3), (33, 17)] {
        for kind in [PictureKind::Photo, PictureKind::Drawing, PictureKind::Scan] {
            let image = RgbImage::from_pixel(width, height, Rgb([200, 100, 50]));
            let out = prepared(kind, &image);
            assert_eq!((out.width(), out.height()), (width, height));
        }
    }
    let broken: [&[u8]; 4] = [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"];
    for bytes in broken {
        let picture = Picture {
            kind: PictureKind::Photo,
            bytes: bytes.to_vec(),
        };
        let error = PrintedPicture::prepare(&picture, Paper::A4).unwrap_err();
        assert!(matches!(error, PaperError::Picture { .. }), "{error}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 60_000, 60_000);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
    drop(writer);
    let picture = Picture {
        kind: PictureKind::Photo,
        bytes: out,
    };
    let error = PrintedPicture::prepare(&picture, Paper::A4).unwrap_err();
    assert!(error.to_string().contains("60000"), "{error}");
}

#[test]
fn pictures_fit_their_page_and_are_never_blown_up() {
    for paper in [Paper::A4, Paper::A5] {
        let layout = LetterLayout::new(paper);
        let (width, height) = paper.size();
        for (w, h) in [
            (2560, 1440),
            (1440, 2560),
            (2000, 2000),
            (100, 60),
            (2560, 100),
        ] {
            let (across, down) = size_on_paper(w, h, paper);
            assert!(across <= width - 2.0 * layout.side + 0.001);
            assert!(down <= height - layout.top - layout.bottom - 10.0);
            assert!(f64::from(w) / across >= COARSEST - 0.001);
        }
    }
}
