//! Which format the bytes are, and which one a name claims.

use std::fmt;

/// The formats that this room reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG (ITU-T T.81), baseline or progressive, grey, YCbCr, RGB, CMYK or YCCK.
    Jpeg,
    /// PNG, any colour type and depth, interlaced or not.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// HEIF with HEVC inside, as telephones write it (`.heic`, `.heif`, `.hif`).
    Heic,
}

impl Format {
    /// The name people know.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Heic => "HEIC",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Formats that are recognised only to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF, or a camera's raw file built on it.
    Tiff,
    /// AVIF.
    Avif,
    /// JPEG XL.
    JpegXl,
    /// PDF.
    Pdf,
    /// SVG.
    Svg,
    /// A film (MP4, QuickTime and kin).
    Film,
}

impl Foreign {
    /// The name people know.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Avif => "AVIF",
            Self::JpegXl => "JPEG XL",
            Self::Pdf => "PDF",
            Self::Svg => "SVG",
            Self::Film => "MP4",
        }
    }

    /// Recognises `bytes`; `None` if they are nothing known.
    pub(super) fn sniff(bytes: &[u8]) -> Option<Self> {
        let starts: [(&[u8], Self); 10] = [
            (b"GIF8", Self::Gif),
            (b"BM", Self::Bmp),
            (b"II*\0", Self::Tiff),
            (b"MM\0*", Self::Tiff),
            (b"\xFF\x0A", Self::JpegXl),
            (b"\0\0\0\x0CJXL ", Self::JpegXl),
            (b"%PDF-", Self::Pdf),
            (b"<svg", Self::Svg),
            (b"<?xml", Self::Svg),
            (b"\xEF\xBB\xBF<svg", Self::Svg),
        ];
        if let Some((_, found)) = starts.iter().find(|(start, _)| bytes.starts_with(start)) {
            return Some(*found);
        }
        match ftyp_brands(bytes)? {
            brands
                if brands
                    .clone()
                    .any(|brand| matches!(brand, b"avif" | b"avis")) =>
            {
                Some(Self::Avif)
            }
            _ => Some(Self::Film),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names the format from the first bytes; `None` if it is none of ours. Looks at no more than the first box or 12 bytes.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        Some(Format::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        Some(Format::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(Format::WebP)
    } else {
        let brands = ftyp_brands(bytes)?;
        let hevc = brands.clone().any(|brand| {
            matches!(
                brand,
                b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx"
            )
        });
        let avif = brands
            .clone()
            .any(|brand| matches!(brand, b"avif" | b"avis"));
        let heif = brands
            .clone()
            .any(|brand| matches!(brand, b"mif1" | b"msf1"));
        (hevc || (heif && !avif)).then_some(Format::Heic)
    }
}

/// The major and the compatible brands of a leading `ftyp` box (ISO/IEC 14496-12, 4.3).
fn ftyp_brands(bytes: &[u8]) -> Option<impl Iterator<Item = &[u8; 4]> + Clone> {
    let length = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    if bytes.get(4..8)? != b"ftyp" || !(16..=1024).contains(&length) {
        return None;
    }
    let brands = bytes.get(8..length.min(bytes.len()))?.as_chunks::<4>().0;
    // The second word is the minor version, not a brand.
    Some(
        brands
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != 1)
            .map(|(_, brand)| brand),
    )
}

/// What a file name or a media type says that the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// One of the formats read here.
    Ours(Format),
    /// Another known format.
    Foreign(Foreign),
}

impl Claim {
    /// Reads a file name (`IMG_1.JPG`) or a media type (`image/jpeg; q=1`); `None` if it claims no known format.
    #[must_use]
    pub fn read(declared: &str) -> Option<Self> {
        let declared = declared.trim().to_ascii_lowercase();
        let media_type = declared.strip_prefix("image/").or_else(|| {
            declared
                .strip_prefix("video/")
                .or_else(|| declared.strip_prefix("application/"))
        });
        let word = match media_type {
            // A folder may be called `image`: only a name without dot can be a media type.
            Some(subtype) if !subtype.contains(['.', '/']) => {
                subtype.split(';').next().unwrap_or(subtype).trim()
            }
            _ => declared.rsplit_once('.')?.1,
        };
        Some(match word {
            "jpg" | "jpeg" | "jpe" | "jfif" | "pjpeg" => Self::Ours(Format::Jpeg),
            "png" | "apng" | "x-png" => Self::Ours(Format::Png),
            "webp" => Self::Ours(Format::WebP),
            "heic" | "heif" | "hif" | "heics" | "heifs" | "heic-sequence" | "heif-sequence" => {
                Self::Ours(Format::Heic)
            }
            "gif" => Self::Foreign(Foreign::Gif),
            "bmp" | "x-ms-bmp" => Self::Foreign(Foreign::Bmp),
            "tif" | "tiff" | "dng" => Self::Foreign(Foreign::Tiff),
            "avif" => Self::Foreign(Foreign::Avif),
            "jxl" => Self::Foreign(Foreign::JpegXl),
            "pdf" => Self::Foreign(Foreign::Pdf),
            "svg" | "svg+xml" => Self::Foreign(Foreign::Svg),
            "mp4" | "mov" | "quicktime" => Self::Foreign(Foreign::Film),
            _ => return None,
        })
    }

    /// The name people know.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours(format) => format.name(),
            Self::Foreign(foreign) => foreign.name(),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn formats_are_named_by_their_first_bytes() {
        let known: [(&[u8], Option<Format>); 9] = [
            (b"\xFF\xD8\xFF\xE0", Some(Format::Jpeg)),
            (b"\x89PNG\r\n\x1A\n", Some(Format::Png)),
            (b"RIFF\x04\0\0\0WEBP", Some(Format::WebP)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Some(Format::Heic)),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heix", Some(Format::Heic)),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", None),
            (b"RIFF\x04\0\0\0WAVE", None),
            (b"\xFF\xD8", None),
            (b"", None),
        ];
        for (bytes, expected) in known {
            assert_eq!(sniff(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn foreign_formats_are_named() {
        assert_eq!(
            Foreign::sniff(b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"),
            Some(Foreign::Avif)
        );
        assert_eq!(
            Foreign::sniff(b"\0\0\0\x18ftypisom\0\0\0\0isommp41"),
            Some(Foreign::Film)
        );
        assert_eq!(Foreign::sniff(b"GIF89a"), Some(Foreign::Gif));
        assert_eq!(Foreign::sniff(b"hello"), None);
    }

    #[test]
    fn the_minor_version_is_not_a_brand() {
        assert_eq!(sniff(b"\0\0\0\x14ftypisomheicisom"), None);
    }

    #[test]
    fn claims_are_read_from_names_and_media_types() {
        let jpeg = Some(Claim::Ours(Format::Jpeg));
        for name in [
            "a.jpg",
            "A.JPEG",
            "image/jpeg",
            " image/jpeg; charset=x ",
            "image/holiday.jpg",
            "сад.2026.jpg",
        ] {
            assert_eq!(Claim::read(name), jpeg, "{name}");
        }
        assert_eq!(Claim::read("image/png"), Some(Claim::Ours(Format::Png)));
        assert_eq!(
            Claim::read("application/pdf"),
            Some(Claim::Foreign(Foreign::Pdf))
        );
        for name in ["", "scan", "scan.tmp", "application/octet-stream", "jpg"] {
            assert_eq!(Claim::read(name), None, "{name}");
        }
    }
}
