//! From pixels to the small file that is kept and sent.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::{
    error::PictureError,
    limits::{PICTURE_LONG_SIDE, PICTURE_PNG_BYTES, PICTURE_QUALITY},
    raster::{Channels, Raster},
};

/// An encoded page: pixels and nothing else, no metadata.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// What `bytes` is.
    pub format: PictureFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    // Somebody's handwriting.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Picture({:?} {} x {}, {} bytes)",
            self.format,
            self.width,
            self.height,
            self.bytes.len()
        )
    }
}

/// The formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG with full colour resolution, so that thin coloured lines keep their colour.
    Jpeg,
    /// PNG, for black and white.
    Png,
}

impl PictureFormat {
    /// The registered media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// The smaller of a lossless PNG, if that is at most [`PICTURE_PNG_BYTES`], and a JPEG; at most [`PICTURE_LONG_SIDE`] pixels on the long side.
pub(crate) fn encode(raster: &Raster) -> Result<Picture, PictureError> {
    let small = raster.at_most(PICTURE_LONG_SIDE);
    let jpeg = jpeg(&small)?;
    // Grain never compresses: look at a sample of pixels before trying.
    let (format, bytes) = if has_grain(&small) {
        (PictureFormat::Jpeg, jpeg)
    } else {
        let png = png(&small)?;
        if png.len() <= PICTURE_PNG_BYTES.min(jpeg.len()) {
            (PictureFormat::Png, png)
        } else {
            (PictureFormat::Jpeg, jpeg)
        }
    };
    Ok(Picture {
        format,
        width: small.width(),
        height: small.height(),
        bytes,
    })
}

/// Whether more than a tenth of the pixels are neither white nor black.
fn has_grain(raster: &Raster) -> bool {
    let samples = raster.samples().iter().step_by(17);
    let all = samples.len();
    let between = samples.filter(|sample| (1..=254).contains(*sample)).count();
    between * 10 > all
}

fn jpeg(raster: &Raster) -> Result<Vec<u8>, PictureError> {
    let side = |side: u32| {
        u16::try_from(side).map_err(|_| PictureError::TooLong {
            got: side,
            limit: PICTURE_LONG_SIDE,
        })
    };
    let (width, height) = (side(raster.width())?, side(raster.height())?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, PICTURE_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    let colour = match raster.channels() {
        Channels::Grey => ColorType::Luma,
        Channels::Rgb => ColorType::Rgb,
    };
    encoder.encode(raster.samples(), width, height, colour)?;
    Ok(bytes)
}

fn png(raster: &Raster) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, raster.width(), raster.height());
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_color(match raster.channels() {
        Channels::Grey => png::ColorType::Grayscale,
        Channels::Rgb => png::ColorType::Rgb,
    });
    let mut writer = encoder.write_header()?;
    writer.write_image_data(raster.samples())?;
    writer.finish()?;
    Ok(bytes)
}
