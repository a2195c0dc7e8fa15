//! How much memory a picture may take: measured by an allocator that counts, so this test has a binary of its own and
//! only one test function.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use peak_alloc::PeakAlloc;
use tidings_client::pictures::{PictureError, Prepared, limits, prepare_drawing, prepare_photo};

#[global_allocator]
static COUNTING: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// The most that a run held at once, beyond what was held before it.
fn peak(
    run: impl FnOnce() -> Result<Prepared, PictureError>,
) -> (usize, Result<Prepared, PictureError>) {
    let before = COUNTING.current_usage();
    COUNTING.reset_peak_usage();
    let result = run();
    (COUNTING.peak_usage().saturating_sub(before), result)
}

#[test]
fn memory_is_bounded_by_what_the_header_says() {
    refusals_cost_nothing();
    swollen_side_chunks_are_not_unpacked();
    decoding_stays_within_the_estimate();
    changed_headers_stay_below_the_cap();
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/fixtures/pictures")
            .join(name),
    )
    .unwrap()
}

fn refusals_cost_nothing() {
    for name in [
        "bomb.png",
        "animated.png",
        "animated.webp",
        "torn-then-closed.jpg",
    ] {
        let bytes = fixture(name);
        let (held, result) = peak(|| prepare_photo(&bytes, None));
        assert!(result.is_err(), "{name}");
        assert!(held < MIB, "{name} was refused after taking {held} bytes");
    }
}

/// Both unpack to 64 MiB beside a picture of 16 x 12 pixels.
fn swollen_side_chunks_are_not_unpacked() {
    let text_bomb = fixture("text-bomb.png");
    let start = text_bomb
        .windows(4)
        .position(|kind| kind == b"zTXt")
        .unwrap();
    let mut profile_bomb = text_bomb.clone();
    // The layouts are the same: a name, two zeros, packed bytes.
    profile_bomb[start..start + 4].copy_from_slice(b"iCCP");
    let length = u32::from_be_bytes(profile_bomb[start - 4..start].try_into().unwrap()) as usize;
    let sum = crc32fast::hash(&profile_bomb[start..start + 4 + length]).to_be_bytes();
    profile_bomb[start + 4 + length..start + 8 + length].copy_from_slice(&sum);
    for bytes in [text_bomb, profile_bomb] {
        let (held, result) = peak(|| prepare_photo(&bytes, None));
        let bounded = held < 8 * MIB;
        assert!(
            bounded,
            "{held} bytes for a picture of 16 x 12 pixels: {result:?}"
        );
    }
}

fn decoding_stays_within_the_estimate() {
    let (width, height) = (3200_u32, 2400_u32);
    let pixels = (width * height) as usize;
    let large = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x / 13) as u8, (y / 10) as u8, (x * y / 9999) as u8])
    });
    // Beside decoding: the scaled picture, its copies on the way, and what is being encoded.
    let rest = (limits::FULL_LONG_SIDE * limits::FULL_LONG_SIDE * 3 / 4) as usize * 4 * 3;
    let jpeg = |progressive| {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 85);
        encoder.set_progressive(progressive);
        encoder
            .encode(&large, 3200, 2400, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        bytes
    };
    let coded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        large.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let inputs = [
        ("baseline JPEG", jpeg(false), 3),
        ("progressive JPEG", jpeg(true), 9),
        ("PNG", coded(image::ImageFormat::Png), 7),
        ("WebP", coded(image::ImageFormat::WebP), 8),
    ];
    for (name, bytes, for_a_pixel) in inputs {
        for prepare in [prepare_photo, prepare_drawing] {
            let (held, result) = peak(|| prepare(&bytes, None));
            result.unwrap();
            let allowed = pixels * for_a_pixel + bytes.len() * 2 + rest;
            assert!(
                held <= allowed,
                "{name} took {} MiB of {} MiB",
                held / MIB,
                allowed / MIB
            );
        }
    }
}

/// Any byte of the first 700, set to values that make sizes large.
fn changed_headers_stay_below_the_cap() {
    for name in [
        "odd-size-progressive.jpg",
        "orientation-6.jpg",
        "lossless.webp",
        "alpha.webp",
        "orientation-6.heic",
    ] {
        let bytes = fixture(name);
        for position in 0..bytes.len().min(700) {
            for value in [0x00, 0x7F, 0xFF] {
                let mut changed = bytes.clone();
                changed[position] = value;
                let (held, _) = peak(|| prepare_photo(&changed, None));
                let cap = usize::try_from(limits::WORKING_BYTES).unwrap() + 128 * MIB;
                assert!(
                    held < cap,
                    "{name}, byte {position} = {value}: {} MiB",
                    held / MIB
                );
            }
        }
    }
}
