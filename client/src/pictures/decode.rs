//! From a file of any kind to plain pixels, upright, in sRGB, scaled: the checks first, then the decoder.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, Limits};

use super::error::{DecoderError, PictureError};
use super::format::{Claim, Foreign, Format, sniff};
use super::raster::{Channels, Raster};
use super::{colour, heif, jpeg, limits, png_chunks, webp};

/// Checks, decodes, scales to `long_side`, converts to sRGB and turns upright.
pub(super) fn to_raster(
    bytes: &[u8],
    declared: Option<&str>,
    long_side: u32,
) -> Result<Raster, PictureError> {
    let format = identify(bytes, declared)?;
    let decoded = match format {
        Format::Jpeg => {
            let frame = jpeg::read_frame(bytes)?;
            let pixels = admit(format, frame.width, frame.height)?;
            // A progressive file is decoded in two steps, with all coefficients (16 bits each) in between.
            let coefficients = if frame.progressive {
                frame.coefficients() * 2
            } else {
                0
            };
            let needed = pixels * 3 + coefficients + bytes.len() as u64 * 2;
            let allowed = afford(format, needed)?;
            jpeg::verify(bytes, &frame)?;
            with_image(format, JpegDecoder::new(Cursor::new(bytes)), allowed)?
        }
        Format::Png => {
            let header = png_chunks::read(bytes)?;
            let pixels = admit(format, header.width, header.height)?;
            if header.frames > 1 {
                return Err(PictureError::Animated { format });
            }
            let allowed = afford(format, pixels * (header.pixel_bytes + 3))?;
            with_image(
                format,
                PngDecoder::with_limits(Cursor::new(bytes), allocation(allowed)),
                allowed,
            )?
        }
        Format::WebP => {
            let header = webp::read(bytes)?;
            let pixels = admit(format, header.width, header.height)?;
            if header.animated {
                return Err(PictureError::Animated { format });
            }
            // The decoder keeps its planes or its 32-bit pixels beside the result.
            let allowed = afford(format, pixels * 8)?;
            with_image(format, WebPDecoder::new(Cursor::new(bytes)), allowed)?
        }
        Format::Heic => {
            let header = heif::read(bytes)?;
            admit(format, header.width, header.height)?;
            afford(format, header.coded_pixels * heif::BYTES_FOR_A_PIXEL)?;
            heif::decode(bytes)?
        }
    };
    let scaled = decoded.raster.fit(long_side)?;
    let upright = colour::to_srgb(scaled, decoded.profile.as_deref()).turn(decoded.orientation);
    Ok(upright.without_needless_colour())
}

/// A decoded picture as stored, with what is still to be done to it.
pub(super) struct Decoded {
    pub(super) raster: Raster,
    pub(super) orientation: Orientation,
    pub(super) profile: Option<Vec<u8>>,
}

/// Settles the format, or why there is none to settle.
fn identify(bytes: &[u8], declared: Option<&str>) -> Result<Format, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() > limits::INPUT_BYTES {
        return Err(PictureError::FileTooLarge {
            limit: limits::INPUT_BYTES,
            got: bytes.len(),
        });
    }
    let Some(format) = sniff(bytes) else {
        if let Some(found) = Foreign::sniff(bytes) {
            return Err(PictureError::ForeignFormat { found });
        }
        let mut start = [0; 8];
        start
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        return Err(PictureError::UnknownFormat { start });
    };
    match declared.and_then(Claim::read) {
        Some(declared) if declared != Claim::Ours(format) => Err(PictureError::Mislabelled {
            declared,
            found: format,
        }),
        _ => Ok(format),
    }
}

/// Holds the size of the header against the caps; gives the number of pixels.
fn admit(format: Format, width: u32, height: u32) -> Result<u64, PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        Err(PictureError::ZeroSize {
            format,
            width,
            height,
        })
    } else if pixels > limits::INPUT_PIXELS || width.max(height) > limits::INPUT_SIDE {
        Err(PictureError::TooManyPixels {
            format,
            width,
            height,
            limit: limits::INPUT_PIXELS,
        })
    } else {
        Ok(pixels)
    }
}

/// Holds the memory that decoding will take against the cap; gives it back as the decoder's allowance.
fn afford(format: Format, needed: u64) -> Result<u64, PictureError> {
    if needed > limits::WORKING_BYTES {
        return Err(PictureError::TooMuchMemory {
            format,
            needed,
            limit: limits::WORKING_BYTES,
        });
    }
    Ok(needed)
}

fn allocation(allowed: u64) -> Limits {
    // Even a picture of one pixel needs the decoder's fixed buffers.
    const FIXED: u64 = 1 << 20;
    let mut decoder_limits = Limits::no_limits();
    decoder_limits.max_alloc = Some(allowed + FIXED);
    decoder_limits.max_image_width = Some(limits::INPUT_SIDE);
    decoder_limits.max_image_height = Some(limits::INPUT_SIDE);
    decoder_limits
}

/// Runs one of the `image` crate's decoders.
fn with_image<D: ImageDecoder>(
    format: Format,
    decoder: image::ImageResult<D>,
    allowed: u64,
) -> Result<Decoded, PictureError> {
    let undecodable = |source: image::ImageError| PictureError::Undecodable {
        format,
        source: source.into(),
    };
    let mut decoder = decoder.map_err(undecodable)?;
    decoder
        .set_limits(allocation(allowed))
        .map_err(undecodable)?;
    // A broken profile or EXIF block does not spoil the pixels.
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let ((width, height), colour) = (decoder.dimensions(), decoder.color_type());
    let length = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX);
    if length as u64 > limits::WORKING_BYTES {
        return Err(PictureError::TooMuchMemory {
            format,
            needed: length as u64,
            limit: limits::WORKING_BYTES,
        });
    }
    let mut samples = vec![0; length];
    decoder.read_image(&mut samples).map_err(undecodable)?;
    let (channels, samples) = plain(colour, samples).ok_or(PictureError::UnsupportedCoding {
        format,
        coding: "a colour type unknown to this program",
    })?;
    let raster = Raster {
        width,
        height,
        channels,
        samples,
    };
    Ok(Decoded {
        raster,
        orientation,
        profile,
    })
}

/// Brings samples to 8 bits, grey or RGB, in place: transparency is laid on white paper, 16 bits are rounded.
fn plain(colour: ColorType, samples: Vec<u8>) -> Option<(Channels, Vec<u8>)> {
    Some(match colour {
        ColorType::L8 => (Channels::Grey, samples),
        ColorType::Rgb8 => (Channels::Rgb, samples),
        ColorType::La8 => (Channels::Grey, on_white::<2, 1>(samples)),
        ColorType::Rgba8 => (Channels::Rgb, on_white::<4, 3>(samples)),
        ColorType::L16 => (Channels::Grey, eight_bits(samples)),
        ColorType::Rgb16 => (Channels::Rgb, eight_bits(samples)),
        ColorType::La16 => (Channels::Grey, on_white::<2, 1>(eight_bits(samples))),
        ColorType::Rgba16 => (Channels::Rgb, on_white::<4, 3>(eight_bits(samples))),
        _ => return None,
    })
}

/// 16-bit samples in this machine's byte order to the nearest 8-bit ones.
fn eight_bits(mut samples: Vec<u8>) -> Vec<u8> {
    let half = samples.len() / 2;
    for index in 0..half {
        let wide = u32::from(u16::from_ne_bytes([
            samples[index * 2],
            samples[index * 2 + 1],
        ]));
        samples[index] = u8::try_from((wide * 255 + 32_767) / 65_535).unwrap_or(u8::MAX);
    }
    samples.truncate(half);
    samples
}

/// `WITH` samples, the last one opacity, to the `WITHOUT` that white paper would show.
pub(super) fn on_white<const WITH: usize, const WITHOUT: usize>(mut samples: Vec<u8>) -> Vec<u8> {
    let pixels = samples.len() / WITH;
    for pixel in 0..pixels {
        let opacity = u32::from(samples[pixel * WITH + WITHOUT]);
        for channel in 0..WITHOUT {
            let ink = u32::from(samples[pixel * WITH + channel]);
            let shown = (ink * opacity + 255 * (255 - opacity) + 127) / 255;
            samples[pixel * WITHOUT + channel] = u8::try_from(shown).unwrap_or(u8::MAX);
        }
    }
    samples.truncate(pixels * WITHOUT);
    samples
}

/// The decoder's answer as a raster, if it has the promised length.
pub(super) fn checked(format: Format, raster: Raster) -> Result<Raster, PictureError> {
    let expected = raster.width as usize * raster.height as usize * raster.channels.count();
    if raster.samples.len() == expected {
        return Ok(raster);
    }
    let source = DecoderError::Length {
        expected,
        got: raster.samples.len(),
    };
    Err(PictureError::Undecodable { format, source })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn transparency_is_laid_on_white() {
        let ink = vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128];
        assert_eq!(
            on_white::<4, 3>(ink),
            [10, 20, 30, 255, 255, 255, 127, 127, 127]
        );
    }

    #[test]
    fn sixteen_bits_round_to_the_nearest_eight() {
        let wide = [0_u16, 128, 129, 257, 65_535, 65_407]
            .iter()
            .flat_map(|sample| sample.to_ne_bytes())
            .collect();
        assert_eq!(eight_bits(wide), [0, 0, 1, 1, 255, 255]);
    }

    #[test]
    fn caps_are_held_against_the_header() {
        assert_eq!(admit(Format::Png, 12_000, 9_000).unwrap(), 108_000_000);
        assert_eq!(
            admit(Format::Png, 12_000, 9_001).unwrap_err().code(),
            "picture-too-many-pixels"
        );
        assert_eq!(
            admit(Format::Png, u32::MAX, u32::MAX).unwrap_err().code(),
            "picture-too-many-pixels"
        );
        assert_eq!(
            admit(Format::Png, 70_000, 1).unwrap_err().code(),
            "picture-too-many-pixels"
        );
        assert_eq!(
            admit(Format::Png, 0, 9_000).unwrap_err().code(),
            "picture-zero-size"
        );
        assert_eq!(
            afford(Format::Png, limits::WORKING_BYTES + 1)
                .unwrap_err()
                .code(),
            "picture-too-much-memory"
        );
    }
}
