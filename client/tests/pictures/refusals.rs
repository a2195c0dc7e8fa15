//! What is refused, and how the refusal reads.

use jpeg_encoder::SamplingFactor;
use tidings_client::pictures::{PictureError, limits, prepare_drawing, prepare_photo, sniff};

use super::fixture;

fn refused(bytes: &[u8], declared: Option<&str>) -> PictureError {
    let error = prepare_photo(bytes, declared).unwrap_err();
    let again = prepare_drawing(bytes, declared).unwrap_err();
    assert_eq!(error.to_string(), again.to_string());
    assert!(PictureError::CODES.contains(&error.code()));
    error
}

#[test]
fn each_refusal_has_its_code_and_names_what_was_found() {
    let cases: [(Vec<u8>, Option<&str>, &str, &str); 14] = [
        (vec![], None, "picture-empty", "empty"),
        (
            b"hello, this is text".to_vec(),
            None,
            "picture-unknown-format",
            "68, 65, 6C",
        ),
        (
            b"GIF89a........".to_vec(),
            Some("dance.gif"),
            "picture-foreign-format",
            "GIF",
        ),
        (b"%PDF-1.7".to_vec(), None, "picture-foreign-format", "PDF"),
        (
            fixture("grey.jpg"),
            Some("scan.PNG"),
            "picture-mislabelled",
            "called PNG but holds JPEG",
        ),
        (
            fixture("palette.png"),
            Some("image/jpeg"),
            "picture-mislabelled",
            "called JPEG but holds PNG",
        ),
        (
            fixture("phone.heic"),
            Some("IMG_1.jpg"),
            "picture-mislabelled",
            "called JPEG but holds HEIC",
        ),
        (
            fixture("lossless.webp"),
            Some("a.gif"),
            "picture-mislabelled",
            "called GIF but holds WebP",
        ),
        (
            fixture("bomb.png"),
            None,
            "picture-too-many-pixels",
            "64000 x 64000",
        ),
        (
            fixture("animated.png"),
            None,
            "picture-animated",
            "PNG moves",
        ),
        (
            fixture("animated.webp"),
            None,
            "picture-animated",
            "WebP moves",
        ),
        (
            fixture("torn-then-closed.jpg"),
            None,
            "picture-truncated",
            "cut off at byte 49",
        ),
        (
            fixture("torn-then-closed-progressive.jpg"),
            None,
            "picture-truncated",
            "cut off",
        ),
        (
            vec![0xFF; limits::INPUT_BYTES + 1],
            None,
            "picture-file-too-large",
            "67108865",
        ),
    ];
    for (bytes, declared, code, says) in cases {
        let error = refused(&bytes, declared);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn every_refusal_is_said_in_three_languages() {
    for language in ["uk", "ru", "en"] {
        let path = format!(
            "{}/locales/{language}/pictures.ftl",
            env!("CARGO_MANIFEST_DIR")
        );
        let texts = std::fs::read_to_string(path).unwrap();
        let keys: Vec<&str> = texts
            .lines()
            .map(|line| line.split(" = ").next().unwrap())
            .collect();
        assert_eq!(keys, PictureError::CODES, "{language}");
    }
}

#[test]
fn honest_names_are_taken() {
    for (name, declared) in [
        ("grey.jpg", "x.JPEG"),
        ("grey.jpg", "image/jpeg"),
        ("grey.jpg", "blob"),
        ("phone.heic", "IMG.HEIF"),
    ] {
        prepare_photo(&fixture(name), Some(declared))
            .unwrap_or_else(|error| panic!("{name} as {declared}: {error}"));
    }
}

/// Every length at which a file can be cut, for small files; every tenth for larger ones.
#[test]
fn no_truncation_goes_unnoticed() {
    let names = [
        "odd-size-progressive.jpg",
        "orientation-6.jpg",
        "torn-then-closed.jpg",
        "progressive.jpg",
        "restarts-422.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "palette.png",
        "one-bit.png",
        "interlaced.png",
        "alpha.png",
        "lossless.webp",
        "alpha.webp",
        "lossy-orientation-6.webp",
        "orientation-6.heic",
        "phone.heic",
    ];
    for name in names {
        let bytes = fixture(name);
        let step = bytes.len().div_ceil(1500);
        for length in (0..bytes.len()).step_by(step) {
            // WebP: the padding byte behind an odd last chunk holds nothing.
            if sniff(&bytes).is_some_and(|format| format.name() == "WebP")
                && length + 1 == bytes.len()
            {
                continue;
            }
            let error = prepare_photo(&bytes[..length], None)
                .expect_err(&format!("{name} cut at {length}"));
            let codes = [
                "picture-truncated",
                "picture-empty",
                "picture-unknown-format",
                "picture-foreign-format",
            ];
            assert!(
                codes.contains(&error.code()),
                "{name} cut at {length}: {error}"
            );
        }
    }
}

#[test]
fn a_png_with_any_bit_turned_is_noticed() {
    let bytes = fixture("alpha.png");
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut broken = bytes.clone();
            broken[position] ^= 1 << bit;
            assert!(
                prepare_photo(&broken, None).is_err(),
                "bit {bit} of byte {position}"
            );
        }
    }
}

/// See `Frame::scrambled_by_decoder`; the same planes interleaved are read.
#[test]
fn a_sequential_file_with_a_scan_for_each_plane_is_refused_where_the_decoder_errs() {
    let pixels: Vec<u8> = (0..48 * 48 * 3).map(|index| (index % 251) as u8).collect();
    for (sampling, read) in [
        (SamplingFactor::F_1_1, true),
        (SamplingFactor::F_2_1, true),
        (SamplingFactor::F_2_2, false),
    ] {
        for apart in [false, true] {
            let mut bytes = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
            encoder.set_sampling_factor(sampling);
            // This encoder codes planes apart when it optimises its tables.
            encoder.set_optimized_huffman_tables(apart);
            encoder
                .encode(&pixels, 48, 48, jpeg_encoder::ColorType::Rgb)
                .unwrap();
            match prepare_photo(&bytes, None) {
                Ok(_) => assert!(read || !apart, "{sampling:?} apart: {apart}"),
                Err(error) => {
                    assert!(!read && apart, "{sampling:?} apart: {apart}: {error}");
                    assert_eq!(error.code(), "picture-unsupported-coding");
                }
            }
        }
    }
}

#[test]
fn headers_that_promise_too_much_or_nothing_are_refused() {
    let sized = |width: u16, height: u16| {
        let mut bytes = fixture("progressive.jpg");
        let frame = bytes
            .windows(2)
            .position(|marker| marker == [0xFF, 0xC2])
            .unwrap();
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        bytes
    };
    assert_eq!(refused(&sized(0, 180), None).code(), "picture-zero-size");
    assert_eq!(
        refused(&sized(65_535, 65_535), None).code(),
        "picture-too-many-pixels"
    );
    // Allowed as pixels, but a progressive file takes memory for its coefficients too: with as many for each colour
    // (sampling 1 x 1 at offset 11 of the frame header) as for brightness, too much.
    let mut whole_colour = sized(12_000, 9_000);
    let frame = whole_colour
        .windows(2)
        .position(|marker| marker == [0xFF, 0xC2])
        .unwrap();
    whole_colour[frame + 11] = 0x11;
    assert_eq!(
        refused(&whole_colour, None).code(),
        "picture-too-much-memory"
    );
    // Allowed in both ways, but the scans end long before so many pixels.
    assert_eq!(
        refused(&sized(2_400, 1_800), None).code(),
        "picture-truncated"
    );
}
