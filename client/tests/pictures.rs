//! The picture room on real files: what goes out, what is refused, and that nothing but pixels goes out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "pictures/hostile.rs"]
mod hostile;
#[path = "pictures/lines.rs"]
mod lines;
#[path = "pictures/looks.rs"]
mod looks;
#[path = "pictures/metadata.rs"]
mod metadata;
#[path = "pictures/refusals.rs"]
mod refusals;

use std::fs;
use std::path::PathBuf;

use image::RgbImage;
use tidings_client::pictures::{Encoded, Prepared, prepare_drawing, prepare_photo};

/// The fixtures that are whole pictures, with the size in which they are to be shown.
const GOOD: [(&str, u32, u32); 28] = [
    ("garden-phone.jpg", 1600, 1200),
    ("drawing-scan.png", 1240, 874),
    ("reply-page.jpg", 874, 1240),
    ("progressive.jpg", 240, 180),
    ("odd-size-progressive.jpg", 37, 23),
    ("colour-444.jpg", 240, 180),
    ("restarts-422.jpg", 240, 180),
    ("grey.jpg", 240, 180),
    ("cmyk.jpg", 240, 180),
    ("palette.png", 120, 90),
    ("one-bit.png", 240, 180),
    ("interlaced.png", 120, 90),
    ("grey-16.png", 80, 60),
    ("colour-16.png", 60, 45),
    ("alpha.png", 64, 64),
    ("text-bomb.png", 16, 12),
    ("lossy-orientation-6.webp", 180, 240),
    ("lossless.webp", 80, 60),
    ("alpha.webp", 64, 64),
    ("phone.heic", 240, 180),
    ("orientation-1.jpg", 96, 64),
    ("orientation-2.jpg", 96, 64),
    ("orientation-3.jpg", 96, 64),
    ("orientation-4.jpg", 96, 64),
    ("orientation-5.jpg", 96, 64),
    ("orientation-6.jpg", 96, 64),
    ("orientation-7.jpg", 96, 64),
    ("orientation-8.jpg", 96, 64),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pictures")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn photo(name: &str) -> Prepared {
    prepare_photo(&fixture(name), Some(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn drawing(name: &str) -> Prepared {
    prepare_drawing(&fixture(name), Some(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Decodes an output with the `image` crate, as any viewer would: no orientation to apply, no profile.
fn shown(encoded: &Encoded) -> RgbImage {
    let picture = image::load_from_memory(&encoded.bytes).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (encoded.width, encoded.height));
    picture
}

/// Mean difference of samples, 0 to 255.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one
        .iter()
        .zip(other.iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / one.len() as f64
}
