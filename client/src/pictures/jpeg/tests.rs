#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/fixtures/pictures")
            .join(name),
    )
    .unwrap()
}

const WHOLE: [&str; 10] = [
    "garden-phone.jpg",
    "reply-page.jpg",
    "progressive.jpg",
    "odd-size-progressive.jpg",
    "colour-444.jpg",
    "restarts-422.jpg",
    "grey.jpg",
    "cmyk.jpg",
    "orientation-1.jpg",
    "orientation-8.jpg",
];

/// Reading one bit too few or too many in any scan would leave the reader before or behind the next marker.
#[test]
fn scans_are_read_to_their_very_last_byte() {
    for name in WHOLE {
        let bytes = fixture(name);
        let frame = read_frame(&bytes).unwrap();
        let mut segments = Segments::open(&bytes).unwrap();
        walk(&mut segments, &frame).unwrap();
        assert_eq!(segments.strays, 0, "{name}");
        assert_eq!(
            bytes[segments.position - 2..segments.position],
            [0xFF, EOI],
            "{name}"
        );
    }
}

#[test]
fn a_scan_that_lacks_only_its_last_bytes_is_cut_off_even_with_an_end_behind() {
    for name in WHOLE {
        let bytes = fixture(name);
        let frame = read_frame(&bytes).unwrap();
        let mut segments = Segments::open(&bytes).unwrap();
        walk(&mut segments, &frame).unwrap();
        // The padding may fill the last byte nearly whole, so two bytes surely take a bit of picture away.
        let torn = [&bytes[..segments.position - 4], &[0xFF, EOI]].concat();
        let error = verify(&torn, &frame).unwrap_err();
        assert_eq!(error.code(), "picture-truncated", "{name}: {error}");
    }
}

#[test]
fn a_colour_plane_without_a_scan_is_missed() {
    let bytes = fixture("progressive.jpg");
    let frame = read_frame(&bytes).unwrap();
    let first_scan = bytes
        .windows(2)
        .position(|pair| pair == [0xFF, SOS])
        .unwrap();
    let beheaded = [&bytes[..first_scan], &[0xFF, EOI]].concat();
    let error = verify(&beheaded, &frame).unwrap_err();
    assert!(
        matches!(
            error,
            PictureError::Truncated {
                expected: "a scan for each colour plane",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_lost_restart_marker_is_missed() {
    let mut bytes = fixture("restarts-422.jpg");
    let frame = read_frame(&bytes).unwrap();
    let third = bytes
        .windows(2)
        .position(|pair| pair == [0xFF, 0xD2])
        .unwrap();
    bytes[third + 1] = 0xD3;
    assert!(verify(&bytes, &frame).is_err());
}

#[test]
fn rare_codings_are_named() {
    for (marker, name) in [
        (0xC3, "lossless"),
        (0xC9, "arithmetic"),
        (0xC5, "hierarchical"),
    ] {
        let mut bytes = fixture("grey.jpg");
        let header = bytes
            .windows(2)
            .position(|pair| pair == [0xFF, 0xC0])
            .unwrap();
        bytes[header + 1] = marker;
        let error = read_frame(&bytes).unwrap_err();
        assert_eq!(error.code(), "picture-unsupported-coding");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn fill_bytes_and_strays_between_segments_are_passed_over() {
    let bytes = fixture("grey.jpg");
    let padded = [&bytes[..2], &[0, 7, 0xFF, 0xFF], &bytes[2..]].concat();
    verify(&padded, &read_frame(&padded).unwrap()).unwrap();
}
