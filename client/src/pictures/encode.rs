//! From plain pixels to the files that travel.

use jpeg_encoder::{ColorType as JpegColour, Encoder as JpegEncoder, SamplingFactor};

use super::error::{EncoderError, PictureError};
use super::raster::{Channels, Raster};
use super::{Encoded, MediaType, limits};

/// A photograph: colour at half resolution (4:2:0), which the eye does not miss.
pub(super) fn photo(raster: &Raster) -> Result<Encoded, PictureError> {
    within(
        raster,
        &limits::PHOTO_QUALITIES,
        SamplingFactor::F_2_2,
        limits::FULL_BYTES,
    )
}

/// A drawing: lossless if it is small enough so, else with every pixel's own colour (4:4:4).
pub(super) fn drawing(raster: &Raster) -> Result<Encoded, PictureError> {
    let bytes = png(raster).map_err(|source| failed(raster, source))?;
    if bytes.len() <= limits::DRAWING_PNG_BYTES {
        return Ok(Encoded {
            media_type: MediaType::Png,
            width: raster.width,
            height: raster.height,
            bytes,
        });
    }
    within(
        raster,
        &limits::DRAWING_QUALITIES,
        SamplingFactor::F_1_1,
        limits::FULL_BYTES,
    )
}

/// The small picture that is sent first.
pub(super) fn preview(raster: &Raster) -> Result<Encoded, PictureError> {
    let small = raster.clone().fit(limits::PREVIEW_LONG_SIDE)?;
    within(
        &small,
        &limits::PREVIEW_QUALITIES,
        SamplingFactor::F_2_2,
        limits::PREVIEW_BYTES,
    )
}

/// The first of `qualities` whose JPEG has at most `limit` bytes; when none has, the same with a smaller picture.
fn within(
    raster: &Raster,
    qualities: &[u8],
    sampling: SamplingFactor,
    limit: usize,
) -> Result<Encoded, PictureError> {
    let mut smallest = usize::MAX;
    for quality in qualities {
        let bytes = jpeg(raster, *quality, sampling).map_err(|source| failed(raster, source))?;
        if bytes.len() <= limit {
            return Ok(Encoded {
                media_type: MediaType::Jpeg,
                width: raster.width,
                height: raster.height,
                bytes,
            });
        }
        smallest = smallest.min(bytes.len());
    }
    let long_side = raster.width.max(raster.height);
    if long_side == 1 {
        return Err(failed(
            raster,
            EncoderError::TooLarge {
                limit,
                got: smallest,
            },
        ));
    }
    within(
        &raster.clone().fit(long_side * 3 / 4)?,
        qualities,
        sampling,
        limit,
    )
}

fn jpeg(raster: &Raster, quality: u8, sampling: SamplingFactor) -> Result<Vec<u8>, EncoderError> {
    let (Ok(width), Ok(height)) = (u16::try_from(raster.width), u16::try_from(raster.height))
    else {
        let (width, height) = (u16::MAX, u16::MAX);
        return Err(jpeg_encoder::EncodingError::ZeroImageDimensions { width, height }.into());
    };
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(sampling);
    let colour = match raster.channels {
        Channels::Grey => JpegColour::Luma,
        Channels::Rgb => JpegColour::Rgb,
    };
    encoder.encode(&raster.samples, width, height, colour)?;
    Ok(bytes)
}

/// Lossless, with a palette if the colours fit one.
fn png(raster: &Raster) -> Result<Vec<u8>, EncoderError> {
    let palette = Palette::of(raster);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, raster.width, raster.height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let samples = match (raster.channels, &palette) {
        (Channels::Rgb, Some(palette)) => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette.colours.concat());
            // Neighbouring indices mean nothing to each other, so differences compress worse than the indices.
            encoder.set_filter(png::Filter::NoFilter);
            &palette.indices
        }
        (Channels::Rgb, None) => {
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_filter(png::Filter::Adaptive);
            &raster.samples
        }
        (Channels::Grey, _) => {
            encoder.set_color(png::ColorType::Grayscale);
            encoder.set_filter(png::Filter::Adaptive);
            &raster.samples
        }
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()?;
    Ok(bytes)
}

/// The few colours of a flat drawing.
struct Palette {
    colours: Vec<[u8; 3]>,
    indices: Vec<u8>,
}

impl Palette {
    /// `None` if the picture is grey or has more than [`limits::PALETTE_COLOURS`] colours.
    fn of(raster: &Raster) -> Option<Self> {
        let pixels = raster.samples.as_chunks::<3>().0;
        if raster.channels != Channels::Rgb {
            return None;
        }
        let mut colours = std::collections::BTreeSet::new();
        for run in pixels.chunk_by(|one, next| one == next) {
            colours.insert(*run.first()?);
            if colours.len() > limits::PALETTE_COLOURS {
                return None;
            }
        }
        let colours: Vec<[u8; 3]> = colours.into_iter().collect();
        let mut indices = Vec::with_capacity(pixels.len());
        for run in pixels.chunk_by(|one, next| one == next) {
            let index = u8::try_from(colours.binary_search(run.first()?).ok()?).ok()?;
            indices.resize(indices.len() + run.len(), index);
        }
        Some(Self { colours, indices })
    }
}

fn failed(raster: &Raster, source: EncoderError) -> PictureError {
    PictureError::Encode {
        width: raster.width,
        height: raster.height,
        source,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn raster(width: u32, height: u32, sample: impl Fn(usize) -> u8) -> Raster {
        let length = (width * height * 3) as usize;
        Raster {
            width,
            height,
            channels: Channels::Rgb,
            samples: (0..length).map(sample).collect(),
        }
    }

    /// Numbers without pattern, the worst case for any encoder.
    fn noise(index: usize) -> u8 {
        let mixed = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ mixed >> 29)
            .wrapping_mul(0xBF58_476D_1CE4_E5B9)
            .to_be_bytes()[0]
    }

    #[test]
    fn noise_is_held_to_the_budgets() {
        let noisy = raster(limits::FULL_LONG_SIDE, limits::FULL_LONG_SIDE, noise);
        for encoded in [photo(&noisy).unwrap(), drawing(&noisy).unwrap()] {
            assert!(encoded.bytes.len() <= limits::FULL_BYTES, "{encoded:?}");
        }
        let small = preview(&noisy).unwrap();
        assert!(small.bytes.len() <= limits::PREVIEW_BYTES, "{small:?}");
        assert!(
            small.width <= limits::PREVIEW_LONG_SIDE && small.width >= 64,
            "{small:?}"
        );
    }

    #[test]
    fn few_colours_get_a_palette_and_come_back_exactly() {
        let flat = raster(300, 200, |index| {
            if index % 3 == 2 {
                200
            } else {
                u8::try_from(index / 3 % 200).unwrap()
            }
        });
        let encoded = drawing(&flat).unwrap();
        assert_eq!(encoded.media_type, MediaType::Png);
        assert_eq!(encoded.bytes[25], 3, "IHDR says indexed colour");
        let decoded = image::load_from_memory(&encoded.bytes).unwrap().into_rgb8();
        assert_eq!(decoded.into_raw(), flat.samples);
    }

    #[test]
    fn a_drawing_too_large_for_lossless_keeps_full_colour_resolution() {
        let noisy = raster(1200, 1000, noise);
        let encoded = drawing(&noisy).unwrap();
        assert_eq!(encoded.media_type, MediaType::Jpeg);
        let frame = encoded
            .bytes
            .windows(2)
            .position(|marker| marker == [0xFF, 0xC0])
            .unwrap();
        let sampling: Vec<u8> = (0..3)
            .map(|plane| encoded.bytes[frame + 11 + plane * 3])
            .collect();
        assert_eq!(sampling, [0x11, 0x11, 0x11], "4:4:4");
    }
}
