//! TIFF: any number of pages, two-toned faxes included.

use std::io::Cursor;

use tiff::{
    ColorType,
    decoder::{Decoder, DecodingResult, Limits, ifd::Value},
    tags::Tag,
};

use super::picture;
use crate::scan::{
    error::{FileError, PageError},
    limits::{FILE_PAGES, PAGE_WORKING_BYTES},
    raster::{Channels, Raster},
};

/// Pages of a file; one more than [`FILE_PAGES`] stands for any greater number.
pub(super) fn count(bytes: &[u8]) -> Result<usize, FileError> {
    let damaged = |_| FileError::Damaged { format: "TIFF" };
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut pages = 1;
    // A broken page hides those behind it, and those before it are good.
    while pages <= FILE_PAGES && decoder.more_images() && decoder.next_image().is_ok() {
        pages += 1;
    }
    Ok(pages)
}

pub(super) fn page(bytes: &[u8], index: usize) -> Result<Raster, PageError> {
    let mut limits = Limits::default();
    let most = usize::try_from(PAGE_WORKING_BYTES).unwrap_or(usize::MAX);
    limits.decoding_buffer_size = most;
    limits.intermediate_buffer_size = most;
    let mut decoder = Decoder::new(Cursor::new(bytes))?.with_limits(limits);
    if index > 0 {
        decoder.seek_to_image(index)?;
    }
    let (width, height) = decoder.dimensions()?;
    PageError::check_size(width, height)?;
    let colour = decoder.colortype()?;
    let resolution = resolution(&mut decoder);
    let orientation = decoder
        .find_tag_unsigned::<u16>(Tag::Orientation)
        .ok()
        .flatten();
    let samples = match decoder.read_image()? {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples
            .into_iter()
            .map(|sample| (sample >> 8) as u8)
            .collect(),
        _ => return Err(PageError::UnusualPixels),
    };
    let raster = raster(width, height, colour, samples)?;
    Ok(turned(square(raster, resolution), orientation))
}

/// Dots per unit across and down.
fn resolution(decoder: &mut Decoder<Cursor<&[u8]>>) -> Option<(f64, f64)> {
    let mut one = |tag| match decoder.get_tag(tag) {
        Ok(Value::Rational(dots, units)) => Some(f64::from(dots) / f64::from(units)),
        Ok(Value::Float(dots)) => Some(f64::from(dots)),
        Ok(Value::Double(dots)) => Some(dots),
        _ => None,
    };
    one(Tag::XResolution).zip(one(Tag::YResolution))
}

/// Faxes have twice as many dots across as down: the coarser direction is stretched.
fn square(raster: Raster, resolution: Option<(f64, f64)>) -> Raster {
    let Some((x, y)) = resolution else {
        return raster;
    };
    let ratio = x / y;
    if !(0.2..=5.0).contains(&ratio) || (0.98..=1.02).contains(&ratio) {
        return raster;
    }
    let stretched = |side: u32, by: f64| (f64::from(side) * by).round() as u32;
    let (width, height) = if ratio > 1.0 {
        (raster.width(), stretched(raster.height(), ratio))
    } else {
        (stretched(raster.width(), 1.0 / ratio), raster.height())
    };
    match PageError::check_size(width, height) {
        Ok(()) => raster.resized(width, height),
        Err(_) => raster,
    }
}

/// The eight orientations of TIFF and EXIF.
fn turned(raster: Raster, orientation: Option<u16>) -> Raster {
    match orientation {
        Some(2) => raster.mirrored(),
        Some(3) => raster.turned(2),
        Some(4) => raster.mirrored().turned(2),
        Some(5) => raster.mirrored().turned(3),
        Some(6) => raster.turned(1),
        Some(7) => raster.mirrored().turned(1),
        Some(8) => raster.turned(3),
        _ => raster,
    }
}

fn raster(
    width: u32,
    height: u32,
    colour: ColorType,
    samples: Vec<u8>,
) -> Result<Raster, PageError> {
    let (channels, samples) = match colour {
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            (Channels::Grey, unpacked(width, height, bits, &samples))
        }
        ColorType::Gray(8 | 16) => (Channels::Grey, samples),
        ColorType::RGB(8 | 16) => (Channels::Rgb, samples),
        ColorType::RGBA(8 | 16) => {
            let image = image::RgbaImage::from_raw(width, height, samples)
                .ok_or(PageError::Contradiction)?;
            return picture::plain(image.into());
        }
        ColorType::GrayA(8 | 16) => {
            let image = image::GrayAlphaImage::from_raw(width, height, samples)
                .ok_or(PageError::Contradiction)?;
            return picture::plain(image.into());
        }
        ColorType::CMYK(8 | 16) => (
            Channels::Rgb,
            samples
                .as_chunks::<4>()
                .0
                .iter()
                .flat_map(|[cyan, magenta, yellow, black]| {
                    [cyan, magenta, yellow].map(|ink| {
                        let light = (255 - u32::from(*ink)) * (255 - u32::from(*black));
                        (light / 255) as u8
                    })
                })
                .collect(),
        ),
        _ => return Err(PageError::UnusualPixels),
    };
    Raster::new(width, height, channels, samples).ok_or(PageError::Contradiction)
}

/// One byte a sample, of rows that begin at whole bytes.
fn unpacked(width: u32, height: u32, bits: u8, packed: &[u8]) -> Vec<u8> {
    let per_byte = 8 / usize::from(bits);
    let row_len = (width as usize).div_ceil(per_byte);
    let highest = (1_u16 << bits) - 1;
    packed
        .chunks_exact(row_len.max(1))
        .take(height as usize)
        .flat_map(|row| {
            (0..width as usize).map(move |x| {
                let byte = u16::from(row[x / per_byte]);
                let shift = 8 - usize::from(bits) * (x % per_byte + 1);
                ((byte >> shift & highest) * 255 / highest) as u8
            })
        })
        .collect()
}
