//! The picture room: what a family member picked from a phone or a scanner goes in, what may be sealed comes out.
//!
//! [`prepare_photo`] and [`prepare_drawing`] are pure functions on bytes: no file, clock, thread of our own or global
//! state, so that the command line and the page in the browser share every rule here.
//!
//! # What happens to a picture
//!
//! 1. **Look before decoding.** [`sniff`] names the format from its first bytes; a file whose name or media type says
//!    otherwise is refused. The whole container is then walked: PNG chunks with their CRCs, WebP chunks with their
//!    lengths, JPEG segments *and every Huffman-coded block of every scan*, because decoders paint a half-arrived
//!    JPEG grey without a word. Size, pixels and the memory that decoding would take are checked from the header
//!    ([`limits`]).
//! 2. **Decode to plain pixels**: 8 bits, grey or RGB, transparency laid on white paper, CMYK made RGB.
//! 3. **Scale** to [`limits::FULL_LONG_SIDE`] with a Lanczos filter. It works on the stored (gamma-coded) values on
//!    purpose: averaging in linear light makes dark pencil lines on light paper fade.
//! 4. **Colours.** If the file carried an ICC profile of the matrix kind (Display P3 of telephones, Adobe RGB of
//!    cameras), pixels are converted to sRGB, since the profile itself does not travel. Other profiles (tables, CMYK)
//!    are ignored and the pixels taken as sRGB.
//! 5. **Turn** as the EXIF orientation asked (all eight; HEIC carries its own turn).
//! 6. **Encode anew** from the pixels. Nothing of the input but pixels reaches the output: no EXIF, GPS, maker note,
//!    thumbnail, XMP, IPTC, ICC, comment, text chunk, nor bytes behind the picture's end (motion photos hide a film
//!    there). What comes out is a bare JFIF header and scan, or `IHDR`/`PLTE`/`IDAT`/`IEND`.
//!
//! A photo becomes a JPEG with 4:2:0 colour. A drawing becomes a lossless PNG when that fits
//! [`limits::DRAWING_PNG_BYTES`], otherwise a JPEG that keeps full colour resolution (4:4:4). Grey stays grey.
//! Each comes with a preview of at most [`limits::PREVIEW_LONG_SIDE`] pixels and [`limits::PREVIEW_BYTES`] bytes, small
//! enough to be sent first.
//!
//! # What is refused
//!
//! Everything in [`PictureError`], each with a stable [`PictureError::code`] for the translations. An animation
//! (animated WebP, APNG with more than one frame) is refused rather than cut to one frame behind the writer's back:
//! the letter will be printed. The still of a motion photo or of a HEIC sequence is taken.
//!
//! # HEIC
//!
//! Decoded by `heic-decoder` 0.1: pure Rust without `unsafe`, MIT OR Apache-2.0, builds for WebAssembly. It is young,
//! so its sizes are checked by our own walk of the boxes first, and a panic inside it is caught where the platform
//! unwinds and told as damage.
//!
//! # JPEG
//!
//! Decoded by `zune-jpeg` below the `image` crate. Version 0.5.15 gives wrong pixels without an error for sequential files
//! that code each colour plane in a scan of its own with chroma at half height; those are refused. For the same reason our
//! own output keeps its planes interleaved, though the encoder could save a few percent otherwise.
//!
//! Encoded by `jpeg-encoder` (MIT OR Apache-2.0, and IJG): this software is based in part on the work of the Independent
//! JPEG Group.

mod colour;
mod decode;
mod encode;
mod error;
mod format;
mod heif;
mod jpeg;
pub mod limits;
mod png_chunks;
mod raster;
mod webp;

use std::fmt;

pub use error::{DecoderError, EncoderError, PictureError};
pub use format::{Claim, Foreign, Format, sniff};

/// A picture ready to be sealed: the whole and a small one to be sent before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// At most [`limits::FULL_LONG_SIDE`] pixels on the long side and [`limits::FULL_BYTES`] bytes.
    pub full: Encoded,
    /// JPEG, at most [`limits::PREVIEW_LONG_SIDE`] pixels on the long side and [`limits::PREVIEW_BYTES`] bytes.
    pub preview: Encoded,
}

/// An encoded picture that holds pixels and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// What `bytes` is.
    pub media_type: MediaType,
    /// Pixels across, as shown.
    pub width: u32,
    /// Pixels down, as shown.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Encoded {
    // The pixels are somebody's child: sizes may be printed, contents may not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Encoded({} {}x{}, {} bytes)",
            self.media_type,
            self.width,
            self.height,
            self.bytes.len()
        )
    }
}

/// The media types that this room writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
}

impl MediaType {
    /// The registered media type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The file name extension, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Prepares a photograph: JPEG out, colour at half resolution, as cameras do.
///
/// `declared_name` is what the file claims to be: a file name (`IMG_1.jpg`) or a media type (`image/jpeg`). A claim that
/// contradicts the bytes is refused; a name without a known extension claims nothing.
///
/// # Errors
/// Any [`PictureError`]. The same bytes always give the same result.
///
/// ```
/// use tidings_client::pictures::{PictureError, prepare_photo};
///
/// let refused = prepare_photo(b"%PDF-1.7 ...", Some("letter.pdf")).unwrap_err();
/// assert_eq!(refused.code(), "picture-foreign-format");
/// ```
pub fn prepare_photo(bytes: &[u8], declared_name: Option<&str>) -> Result<Prepared, PictureError> {
    let raster = decode::to_raster(bytes, declared_name, limits::FULL_LONG_SIDE)?;
    Ok(Prepared {
        full: encode::photo(&raster)?,
        preview: encode::preview(&raster)?,
    })
}

/// Prepares a drawing or a scanned page: thin lines and flat colours survive.
///
/// Lossless PNG (with a palette if 256 colours suffice) when that takes at most [`limits::DRAWING_PNG_BYTES`], otherwise
/// a JPEG with full colour resolution. `declared_name` as in [`prepare_photo`].
///
/// # Errors
/// Any [`PictureError`].
pub fn prepare_drawing(
    bytes: &[u8],
    declared_name: Option<&str>,
) -> Result<Prepared, PictureError> {
    let raster = decode::to_raster(bytes, declared_name, limits::FULL_LONG_SIDE)?;
    Ok(Prepared {
        full: encode::drawing(&raster)?,
        preview: encode::preview(&raster)?,
    })
}
