//! JPEG, PNG and WebP.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};

use crate::scan::{
    error::PageError,
    limits::{PAGE_SIDE, PAGE_WORKING_BYTES},
    raster::{Channels, Raster},
};

pub(super) fn decode(bytes: &[u8], format: ImageFormat) -> Result<Raster, PageError> {
    if format == ImageFormat::Jpeg && !ends(bytes) {
        return Err(PageError::Truncated);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(PAGE_SIDE);
    limits.max_image_height = Some(PAGE_SIDE);
    limits.max_alloc = Some(PAGE_WORKING_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    PageError::check_size(width, height)?;
    // A broken note about orientation is no reason to refuse the pixels.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    plain(image)
}

/// 8 bits, grey or colour, on white paper.
pub(super) fn plain(image: DynamicImage) -> Result<Raster, PageError> {
    let (width, height) = (image.width(), image.height());
    let has_colour = image.color().has_color();
    let (channels, samples) = match (image.color().has_alpha(), has_colour) {
        (true, _) => {
            let samples = image
                .into_rgba8()
                .pixels()
                .flat_map(|pixel| {
                    let [red, green, blue, alpha] = pixel.0;
                    [red, green, blue].map(|light| {
                        let covered = u32::from(light) * u32::from(alpha);
                        ((covered + 255 * (255 - u32::from(alpha))) / 255) as u8
                    })
                })
                .collect();
            (Channels::Rgb, samples)
        }
        (false, true) => (Channels::Rgb, image.into_rgb8().into_raw()),
        (false, false) => (Channels::Grey, image.into_luma8().into_raw()),
    };
    Raster::new(width, height, channels, samples).ok_or(PageError::NoArea { width, height })
}

/// Whether a JPEG has its end mark behind the beginning of its last scan: decoders paint what is missing grey without a word.
pub(super) fn ends(bytes: &[u8]) -> bool {
    let last = |mark: [u8; 2]| bytes.windows(2).rposition(|window| window == mark);
    match (last([0xff, 0xda]), last([0xff, 0xd9])) {
        (Some(scan), Some(end)) => end > scan,
        // No scan at all: let the decoder say what is wrong.
        (None, _) => true,
        (Some(_), None) => false,
    }
}
