//! Nothing but pixels goes out.

use tidings_client::pictures::{Encoded, MediaType};

use super::{GOOD, drawing, fixture, photo};

/// What the generator plants, and the names under which metadata lives, each also in both byte orders of UTF-16.
const TRACES: [&str; 14] = [
    "PLANTED-",
    "Exif",
    "exif",
    "eXIf",
    "GPS",
    "http://",
    "adobe",
    "xpacket",
    "8BIM",
    "Photoshop",
    "ICC_PROFILE",
    "iCCP",
    "Apple",
    "Pillow",
];

#[test]
fn the_planted_markers_are_in_the_inputs() {
    let expected: [(&str, &[&str]); 5] = [
        (
            "garden-phone.jpg",
            &[
                "PLANTED-MAKE",
                "PLANTED-MODEL",
                "PLANTED-ARTIST",
                "PLANTED-SOFTWARE",
                "PLANTED-MAKERNOTE",
                "PLANTED-USERCOMMENT",
                "PLANTED-SERIAL",
                "PLANTED-GPS",
                "PLANTED-THUMBNAIL",
                "PLANTED-XMP",
                "PLANTED-IPTC",
                "PLANTED-CITY",
                "PLANTED-COMMENT",
                "PLANTED-APP9",
                "PLANTED-TRAILER",
            ],
        ),
        (
            "drawing-scan.png",
            &[
                "PLANTED-ICCNAME",
                "PLANTED-ARTIST",
                "PLANTED-GPS",
                "PLANTED-TEXT",
                "PLANTED-XMP",
                "PLANTED-PRIVATE",
            ],
        ),
        (
            "lossy-orientation-6.webp",
            &["PLANTED-ARTIST", "PLANTED-GPS", "PLANTED-XMP"],
        ),
        (
            "phone.heic",
            &["PLANTED-ARTIST", "PLANTED-GPS", "PLANTED-XMP"],
        ),
        ("reply-page.jpg", &["PLANTED-COMMENT"]),
    ];
    for (name, markers) in expected {
        let bytes = fixture(name);
        for marker in markers {
            assert!(
                contains(&bytes, marker.as_bytes()),
                "{name} has no {marker}"
            );
        }
    }
    let garden = fixture("garden-phone.jpg");
    assert!(contains(
        &garden,
        &wide("PLANTED-XPCOMMENT", u16::to_le_bytes)
    ));
    assert!(contains(&garden, &wide("PLANTED-ICC", u16::to_be_bytes)));
}

#[test]
fn no_trace_of_metadata_is_in_any_output() {
    for (name, ..) in GOOD {
        for prepared in [photo(name), drawing(name)] {
            for encoded in [&prepared.full, &prepared.preview] {
                for trace in TRACES {
                    for form in [
                        trace.as_bytes().to_vec(),
                        wide(trace, u16::to_le_bytes),
                        wide(trace, u16::to_be_bytes),
                    ] {
                        // Four bytes of compressed pixels may spell a word by chance; longer ones do not.
                        assert!(
                            form.len() < 5 || !contains(&encoded.bytes, &form),
                            "{name}: {trace} in {encoded:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn outputs_consist_of_the_parts_that_hold_pixels_only() {
    for (name, ..) in GOOD {
        for prepared in [photo(name), drawing(name)] {
            for encoded in [&prepared.full, &prepared.preview] {
                match encoded.media_type {
                    MediaType::Jpeg => jpeg_holds_only_pixels(name, encoded),
                    MediaType::Png => png_holds_only_pixels(name, encoded),
                }
            }
        }
    }
}

/// SOI, a bare JFIF header, tables, one baseline frame with one scan, EOI, nothing behind.
fn jpeg_holds_only_pixels(name: &str, encoded: &Encoded) {
    let bytes = &encoded.bytes;
    assert_eq!(bytes[..2], [0xFF, 0xD8], "{name}");
    let mut position = 2;
    loop {
        let (marker, length) = (
            bytes[position + 1],
            u16::from_be_bytes([bytes[position + 2], bytes[position + 3]]),
        );
        assert_eq!(bytes[position], 0xFF, "{name}");
        match marker {
            0xE0 => {
                assert_eq!(length, 16, "{name}: JFIF header without thumbnail");
                assert_eq!(bytes[position + 4..position + 9], *b"JFIF\0", "{name}");
                assert_eq!(
                    bytes[position + 16..position + 18],
                    [0, 0],
                    "{name}: thumbnail of 0 x 0 pixels"
                );
            }
            0xDB | 0xC4 | 0xC0 | 0xDA => {}
            other => panic!("{name}: segment {other:02X} in the output"),
        }
        position += 2 + usize::from(length);
        if marker == 0xDA {
            break;
        }
    }
    let ends: Vec<_> = (position..bytes.len() - 1)
        .filter(|at| bytes[*at] == 0xFF && bytes[at + 1] != 0)
        .collect();
    assert_eq!(
        ends,
        [bytes.len() - 2],
        "{name}: one marker behind the scan"
    );
    assert_eq!(bytes[bytes.len() - 1], 0xD9, "{name}");
}

fn png_holds_only_pixels(name: &str, encoded: &Encoded) {
    let bytes = &encoded.bytes;
    let mut position = 8;
    let mut kinds = Vec::new();
    while position < bytes.len() {
        let length = u32::from_be_bytes(bytes[position..position + 4].try_into().unwrap()) as usize;
        kinds.push(String::from_utf8(bytes[position + 4..position + 8].to_vec()).unwrap());
        position += 12 + length;
    }
    assert_eq!(position, bytes.len(), "{name}: bytes behind the end");
    assert_eq!(kinds.first().map(String::as_str), Some("IHDR"), "{name}");
    assert_eq!(kinds.last().map(String::as_str), Some("IEND"), "{name}");
    assert!(
        kinds
            .iter()
            .all(|kind| ["IHDR", "PLTE", "IDAT", "IEND"].contains(&kind.as_str())),
        "{name}: {kinds:?}"
    );
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}
