//! HEIC: our own walk of the boxes first, then the decoder.
//!
//! The decoder refuses pictures above 268 megapixels, but a few bytes of header could still make it take gigabytes: coded
//! pictures far larger than what they show, one tile named ten thousand times, one stretch of the file listed over and
//! over. [`boxes`] counts all that without decoding.
//!
//! The turn and mirroring of the container (`irot`, `imir`) are applied by the decoder; the EXIF orientation is not looked
//! at, because the container's is the one that counts (ISO/IEC 23008-12, annex A.2.1).

mod boxes;

use heic_decoder::HeifError;
use image::metadata::Orientation;

use super::decode::{Decoded, checked, on_white};
use super::error::{DecoderError, PictureError};
use super::format::Format;
use super::raster::{Channels, Raster};

/// Memory that decoding may take for each coded pixel. A single picture of 12 megapixels (4:2:0) took 14 bytes: the decoder
/// keeps every sample in 32 bits. A picture in tiles takes more, because tiles and whole are held side by side.
pub(super) const BYTES_FOR_A_PIXEL: u64 = 24;

/// What the boxes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Pixels across, as shown.
    pub(super) width: u32,
    /// Pixels down, as shown.
    pub(super) height: u32,
    /// Pixels that the decoder may have to hold: the whole, or all coded pictures if they are more.
    pub(super) coded_pixels: u64,
}

/// Walks the boxes and reads the size.
pub(super) fn read(bytes: &[u8]) -> Result<Header, PictureError> {
    let coded = boxes::coded_pixels(bytes)?;
    let info = guarded(|| heic_decoder::probe(bytes))?;
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let whole = info.coded_width as u64 * info.coded_height as u64;
    let planes = if info.alpha_bit_depth.is_some() { 2 } else { 1 };
    Ok(Header {
        width: side(info.width),
        height: side(info.height),
        coded_pixels: coded.max(whole * planes),
    })
}

/// Decodes to 8 bits, transparency laid on white.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, PictureError> {
    let image = guarded(|| heic_decoder::decode(bytes))?;
    let (width, height) = (image.width, image.height);
    let samples = if image.alpha.is_some() {
        let rgba = guarded(|| image.to_rgba8())?;
        if rgba.premultiplied {
            premultiplied_on_white(rgba.data)
        } else {
            on_white::<4, 3>(rgba.data)
        }
    } else {
        guarded(|| image.to_rgb8())?.data
    };
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let raster = Raster {
        width: side(width),
        height: side(height),
        channels: Channels::Rgb,
        samples,
    };
    let raster = checked(Format::Heic, raster)?;
    Ok(Decoded {
        raster,
        orientation: Orientation::NoTransforms,
        profile: image.metadata.icc_profile,
    })
}

/// Colours that are already multiplied by their opacity only need the paper added.
fn premultiplied_on_white(rgba: Vec<u8>) -> Vec<u8> {
    let pixels = rgba.as_chunks::<4>().0;
    pixels
        .iter()
        .flat_map(|[r, g, b, opacity]| [r, g, b].map(|ink| ink.saturating_add(255 - opacity)))
        .collect()
}

/// Runs the decoder; its errors, and its panics where the platform unwinds, become ours.
fn guarded<T>(run: impl FnOnce() -> heic_decoder::Result<T>) -> Result<T, PictureError> {
    let format = Format::Heic;
    // Nothing outlives a panic: what the decoder had is dropped with it.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    match result {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(HeifError::Unsupported(coding))) => {
            Err(PictureError::UnsupportedCoding { format, coding })
        }
        Ok(Err(HeifError::Truncated { at, .. })) => Err(PictureError::Truncated {
            format,
            offset: at,
            expected: "more of the picture",
        }),
        Ok(Err(source)) => Err(PictureError::Undecodable {
            format,
            source: source.into(),
        }),
        Err(_) => Err(PictureError::Undecodable {
            format,
            source: DecoderError::Panicked,
        }),
    }
}
