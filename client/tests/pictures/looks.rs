//! What goes out looks like what went in: upright, right size, right colours.

use image::imageops;
use image::{Rgb, RgbImage};
use tidings_client::pictures::{MediaType, limits, prepare_drawing, prepare_photo};

use super::{GOOD, difference, drawing, fixture, folder, photo, shown};

#[test]
fn every_fixture_comes_out_in_its_size_with_a_small_preview() {
    for (name, width, height) in GOOD {
        for prepared in [photo(name), drawing(name)] {
            assert_eq!(
                (prepared.full.width, prepared.full.height),
                (width, height),
                "{name}"
            );
            assert!(
                prepared.full.bytes.len() <= limits::FULL_BYTES,
                "{name}: {prepared:?}"
            );
            assert_eq!(prepared.preview.media_type, MediaType::Jpeg, "{name}");
            assert!(
                prepared.preview.bytes.len() <= limits::PREVIEW_BYTES,
                "{name}: {prepared:?}"
            );
            assert!(
                prepared.preview.width.max(prepared.preview.height) <= limits::PREVIEW_LONG_SIDE,
                "{name}"
            );
            shown(&prepared.full);
            // A preview may be coded coarsely, so the two are compared as blurred shapes.
            let blurred = |picture| imageops::thumbnail(&picture, 6, 6);
            let far = difference(
                &blurred(shown(&prepared.preview)),
                &blurred(shown(&prepared.full)),
            );
            assert!(far < 6.0, "{name}: preview differs by {far}");
        }
        assert_eq!(photo(name).full.media_type, MediaType::Jpeg, "{name}");
    }
}

#[test]
fn the_list_of_fixtures_is_complete() {
    let refused = [
        "animated.png",
        "animated.webp",
        "bomb.png",
        "torn-then-closed.jpg",
        "torn-then-closed-progressive.jpg",
        "orientation-6.heic",
        "make.py",
    ];
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let listed = GOOD.iter().any(|(good, ..)| *good == name);
        assert!(
            listed || refused.contains(&name.as_str()),
            "{name} is in no test"
        );
    }
}

#[test]
fn all_eight_orientations_come_out_upright() {
    for value in 1..=8 {
        upright(&format!("orientation-{value}.jpg"));
    }
    upright("orientation-6.heic");
}

fn upright(name: &str) {
    for encoded in [photo(name).full, drawing(name).full] {
        let picture = shown(&encoded);
        assert_eq!(picture.dimensions(), (96, 64), "{name}");
        let corners = [
            ((24, 16), [255, 0, 0]),
            ((72, 16), [0, 255, 0]),
            ((24, 48), [0, 0, 255]),
            ((72, 48), [255, 255, 255]),
        ];
        for ((x, y), colour) in corners {
            let far = picture
                .get_pixel(x, y)
                .0
                .iter()
                .zip(colour)
                .map(|(a, b)| a.abs_diff(b))
                .max()
                .unwrap();
            assert!(
                far < 12,
                "{name}: {:?} at {x},{y}, expected {colour:?}",
                picture.get_pixel(x, y)
            );
        }
    }
}

#[test]
fn every_coding_of_the_same_picture_looks_the_same() {
    let reference = image::load_from_memory(&fixture("colour-444.jpg"))
        .unwrap()
        .into_rgb8();
    for name in [
        "progressive.jpg",
        "restarts-422.jpg",
        "cmyk.jpg",
        "phone.heic",
        "colour-444.jpg",
    ] {
        let far = difference(&shown(&photo(name).full), &reference);
        assert!(far < 7.0, "{name} differs by {far}");
    }
    let tiny = imageops::resize(&reference, 120, 90, imageops::FilterType::Lanczos3);
    for name in ["palette.png", "interlaced.png"] {
        let far = difference(&shown(&drawing(name).full), &tiny);
        assert!(far < 9.0, "{name} differs by {far}");
    }
    let turned = imageops::rotate90(&reference);
    let far = difference(&shown(&photo("lossy-orientation-6.webp").full), &turned);
    assert!(far < 12.0, "lossy-orientation-6.webp differs by {far}");
}

#[test]
fn sixteen_bits_become_eight_exactly() {
    let ramp = shown(&drawing("grey-16.png").full);
    for (x, _, pixel) in ramp.enumerate_pixels() {
        let expected = u8::try_from((x * 819 * 255 + 32_767) / 65_535).unwrap();
        assert_eq!(pixel.0, [expected; 3], "column {x}");
    }
    let colour = shown(&drawing("colour-16.png").full);
    let reference = image::load_from_memory(&fixture("colour-16.png"))
        .unwrap()
        .into_rgb16();
    for (pixel, wide) in colour.pixels().zip(reference.pixels()) {
        assert_eq!(pixel.0.map(|sample| u16::from(sample) * 257), wide.0);
    }
}

#[test]
fn transparency_becomes_white_paper() {
    for name in ["alpha.png", "alpha.webp"] {
        let picture = shown(&drawing(name).full);
        assert_eq!(picture.get_pixel(0, 0).0, [255, 255, 255], "{name}");
        assert_eq!(picture.get_pixel(32, 32).0, [200, 0, 0], "{name}");
    }
}

#[test]
fn grey_stays_grey() {
    for name in ["grey.jpg", "one-bit.png", "grey-16.png", "reply-page.jpg"] {
        let encoded = photo(name).full;
        let components = components(&encoded.bytes);
        assert_eq!(components, 1, "{name}");
        let encoded = drawing(name).full;
        match encoded.media_type {
            MediaType::Png => assert_eq!(encoded.bytes[25], 0, "{name}: IHDR says grey"),
            MediaType::Jpeg => panic!("{name}: small enough for PNG"),
        }
    }
    let one_bit = shown(&drawing("one-bit.png").full);
    assert!(
        one_bit
            .pixels()
            .all(|pixel| matches!(pixel.0, [0, 0, 0] | [255, 255, 255]))
    );
    assert_eq!(components(&photo("colour-444.jpg").full.bytes), 3);
}

/// The number of components in the frame header.
fn components(jpeg: &[u8]) -> u8 {
    let frame = jpeg
        .windows(2)
        .position(|marker| marker == [0xFF, 0xC0])
        .unwrap();
    jpeg[frame + 9]
}

#[test]
fn large_pictures_are_scaled_to_the_long_side() {
    for (width, height, expected) in [
        (3000, 1500, (2560, 1280)),
        (1000, 4000, (640, 2560)),
        (2561, 3, (2560, 3)),
    ] {
        let large = RgbImage::from_fn(width, height, |x, y| {
            Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90])
        });
        let mut png = std::io::Cursor::new(Vec::new());
        large.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let prepared = prepare_photo(png.get_ref(), Some("large.png")).unwrap();
        assert_eq!((prepared.full.width, prepared.full.height), expected);
        let scaled = imageops::resize(
            &large,
            expected.0,
            expected.1,
            imageops::FilterType::Lanczos3,
        );
        let drawn = prepare_drawing(png.get_ref(), Some("large.png")).unwrap();
        assert_eq!((drawn.full.width, drawn.full.height), expected);
        assert_eq!(drawn.full.media_type, MediaType::Png);
        assert!(difference(&shown(&drawn.full), &scaled) < 1.0);
        // Chroma at half height cannot follow a colour that changes with each of three rows.
        assert!(expected.1 < 10 || difference(&shown(&prepared.full), &scaled) < 2.0);
    }
}

#[test]
fn colours_of_a_profile_are_converted() {
    let with = fixture("garden-phone.jpg");
    let at = with
        .windows(11)
        .position(|window| window == b"ICC_PROFILE")
        .unwrap()
        - 4;
    let length = usize::from(u16::from_be_bytes([with[at + 2], with[at + 3]])) + 2;
    let without = [&with[..at], &with[at + length..]].concat();
    let [with, without] =
        [with, without].map(|bytes| shown(&prepare_photo(&bytes, None).unwrap().full));
    // The red roof is redder in the larger space of Display P3 than the same numbers are in sRGB.
    let roof = |picture: &RgbImage| *picture.get_pixel(480, 620);
    let (Rgb([red, _, blue]), Rgb([plain_red, _, plain_blue])) = (roof(&with), roof(&without));
    assert!(
        red >= plain_red + 5 && blue + 3 <= plain_blue,
        "{red},{blue} against {plain_red},{plain_blue}"
    );
}

#[test]
fn the_same_bytes_give_the_same_result() {
    for name in ["garden-phone.jpg", "drawing-scan.png", "phone.heic"] {
        assert_eq!(photo(name), photo(name));
        assert_eq!(drawing(name), drawing(name));
    }
}
