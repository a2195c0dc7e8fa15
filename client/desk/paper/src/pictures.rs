//! Pictures made ready for a black-and-white office printer, and shown beforehand exactly as they will print.
//!
//! Such a printer knows black and white only and draws greys with dots: flat photos become mud, pencil fades, colours of
//! equal brightness melt into one. So photos get local contrast, lighter midtones and sharper edges; drawings get a white
//! ground, darker and stronger strokes, and a grey of its own for each colour (PRINT-5, PRINT-6).

mod drawing;
mod grey;
mod photo;

use std::fmt;
use std::io::{Cursor, Write};
use std::sync::Arc;

use fast_image_resize as resize;
use image::{DynamicImage, ImageReader, Limits};
use jpeg_encoder::{ColorType, Encoder};
use sha2::{Digest as _, Sha256};

use crate::error::{PaperError, PicturePrintError};
use crate::geometry::Paper;
use crate::layout::LetterLayout;

pub(crate) use grey::Grey;

/// What a picture is, which decides how it is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureKind {
    /// A photograph.
    Photo,
    /// Pencil, pen, paint or felt pen on paper, or drawn on a screen.
    Drawing,
    /// A written or printed page.
    Scan,
}

/// A picture as it was sent: JPEG, PNG or WebP.
#[derive(Clone)]
pub struct Picture {
    /// What it is.
    pub kind: PictureKind,
    /// The file.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Picture {
    // Somebody's child: sizes may be printed, contents may not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// A picture as it will print: grey pixels, coded as they go into the document, and their size on paper. Copies share the pixels.
#[derive(Clone)]
pub struct PrintedPicture {
    pub(crate) kind: PictureKind,
    file: Arc<Vec<u8>>,
    encoding: Encoding,
    /// Pixels.
    width: u32,
    height: u32,
    /// Millimetres on paper.
    pub(crate) across: f64,
    pub(crate) down: f64,
    stand_in: StandIn,
}

/// The beginning of a picture's hash: set as so many grey pixels where the picture stands. The picture itself enters the document when
/// that is written, so that setting neither decodes, hashes nor remembers it.
pub(crate) type StandIn = [u8; STAND_IN];
/// Pixels of a stand-in, side by side.
pub(crate) const STAND_IN: usize = 16;

/// How the file of a printed picture is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// JPEG, grey.
    Jpeg,
    /// PNG, grey, eight bits: its packed pixels are what PDF understands too.
    Png,
}

impl fmt::Debug for PrintedPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PrintedPicture({:?}, {}x{}, {} bytes)",
            self.kind,
            self.width,
            self.height,
            self.file.len()
        )
    }
}

/// Most pixels of a picture to be decoded: the clients send at most 2,560 on the long side; scans of A4 at 600 dpi fit.
pub const PIXELS_MAX: u64 = 36_000_000;
/// Most memory for decoding one picture.
const WORKING_BYTES: u64 = 320 << 20;
/// Pixels per millimetre of a photo, about 200 dpi: more than the dots of a 600 dpi printer can show.
const PHOTO_PIXELS: f64 = 8.0;
/// Pixels per millimetre of a drawing, about 280 dpi: strokes have edges, dots have none.
const DRAWING_PIXELS: f64 = 11.0;
/// Least pixels per millimetre before a picture is printed smaller rather than coarser: about 75 dpi.
const COARSEST: f64 = 3.0;
/// At this quality grain and edges print as from the original.
const PHOTO_QUALITY: u8 = 88;

impl PrintedPicture {
    /// Prepares a picture for a page of this size. The same bytes always give the same pixels.
    ///
    /// # Errors
    /// [`PaperError::Picture`] with number 0 if it cannot be decoded or is larger than [`PIXELS_MAX`].
    pub fn prepare(picture: &Picture, paper: Paper) -> Result<Self, PaperError> {
        Self::prepare_as(picture, paper).map_err(|source| PaperError::Picture { number: 0, source })
    }

    fn prepare_as(picture: &Picture, paper: Paper) -> Result<Self, PicturePrintError> {
        let decoded = decode(&picture.bytes)?;
        let (across, down) = size_on_paper(decoded.width(), decoded.height(), paper);
        let density = match picture.kind {
            PictureKind::Photo => PHOTO_PIXELS,
            PictureKind::Drawing | PictureKind::Scan => DRAWING_PIXELS,
        };
        let width = pixels(across * density).min(decoded.width());
        let height = pixels(down * density).min(decoded.height());
        let scaled = scale(&decoded, width, height)?;
        drop(decoded);
        let grey = match picture.kind {
            PictureKind::Photo => photo::prepare(&scaled),
            PictureKind::Drawing | PictureKind::Scan => drawing::prepare(&scaled),
        };
        let (file, encoding) = match picture.kind {
            PictureKind::Photo => (grey.jpeg()?, Encoding::Jpeg),
            PictureKind::Drawing | PictureKind::Scan => (grey.png()?, Encoding::Png),
        };
        let hash = Sha256::digest(&file);
        let mut stand_in = [0; STAND_IN];
        for (byte, of_hash) in stand_in.iter_mut().zip(hash) {
            *byte = of_hash;
        }
        Ok(Self {
            kind: picture.kind,
            file: Arc::new(file),
            encoding,
            width,
            height,
            across,
            down,
            stand_in,
        })
    }

    /// Exactly the pixels that will be printed, as a PNG for the screen.
    ///
    /// # Errors
    /// [`PaperError::Picture`] if the PNG cannot be written.
    pub fn preview(&self) -> Result<Vec<u8>, PaperError> {
        self.preview_as()
            .map_err(|source| PaperError::Picture { number: 0, source })
    }

    fn preview_as(&self) -> Result<Vec<u8>, PicturePrintError> {
        match self.encoding {
            Encoding::Png => Ok(self.file.to_vec()),
            Encoding::Jpeg => Grey {
                width: self.width,
                height: self.height,
                samples: decode(&self.file)?.into_luma8().into_raw(),
            }
            .png(),
        }
    }

    /// What is set in its place.
    pub(crate) const fn stand_in(&self) -> &StandIn {
        &self.stand_in
    }

    /// Writes it as the body of a PDF object, from its dictionary to `endobj`.
    pub(crate) fn write_object(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (width, height) = (self.width, self.height);
        let parts = match self.encoding {
            Encoding::Jpeg => vec![self.file.as_slice()],
            Encoding::Png => packed_pixels(&self.file),
        };
        let length: usize = parts.iter().map(|part| part.len()).sum();
        write!(
            out,
            "<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
        )?;
        match self.encoding {
            Encoding::Jpeg => write!(out, "/Filter/DCTDecode")?,
            // Rows are filtered as in PNG.
            Encoding::Png => write!(
                out,
                "/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors 1/BitsPerComponent 8/Columns {width}>>"
            )?,
        }
        write!(out, "/Length {length}>>\nstream\n")?;
        for part in parts {
            out.write_all(part)?;
        }
        out.write_all(b"\nendstream\nendobj\n\n")
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> PictureKind {
        self.kind
    }

    /// Width and height on paper in millimetres.
    #[must_use]
    pub const fn size(&self) -> (f64, f64) {
        (self.across, self.down)
    }
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PicturePrintError> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(image::ImageError::IoError)?;
    let (width, height) = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(image::ImageError::IoError)?
        .into_dimensions()?;
    if u64::from(width) * u64::from(height) > PIXELS_MAX || width == 0 || height == 0 {
        return Err(PicturePrintError::TooLarge {
            width,
            height,
            most: PIXELS_MAX,
        });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(WORKING_BYTES);
    reader.limits(limits);
    let decoded = reader.decode()?;
    // Transparent is the colour of the paper.
    if decoded.color().has_alpha() {
        let mut rgba = decoded.into_rgba8();
        for pixel in rgba.pixels_mut() {
            let [r, g, b, a] = pixel.0;
            let on_white = |sample: u8| {
                let mixed = u32::from(sample) * u32::from(a) + 255 * (255 - u32::from(a));
                u8::try_from(mixed / 255).unwrap_or(u8::MAX)
            };
            pixel.0 = [on_white(r), on_white(g), on_white(b), u8::MAX];
        }
        return Ok(DynamicImage::ImageRgb8(
            DynamicImage::ImageRgba8(rgba).into_rgb8(),
        ));
    }
    Ok(match decoded {
        kept @ (DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_)) => kept,
        grey @ DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(grey.into_luma8()),
        other => DynamicImage::ImageRgb8(other.into_rgb8()),
    })
}

/// Fills the width of the text if the pixels allow, and at most the height of a page; two landscape pictures share one.
fn size_on_paper(width: u32, height: u32, paper: Paper) -> (f64, f64) {
    let layout = LetterLayout::new(paper);
    let (page_width, page_height) = paper.size();
    let widest = page_width - 2.0 * layout.side;
    let text_height = page_height - layout.top - layout.bottom;
    let (w, h) = (f64::from(width), f64::from(height));
    let tallest = if w > h * 1.1 {
        (text_height - CAPTIONS) / 2.0
    } else {
        text_height - CAPTIONS / 2.0
    };
    let scale = (widest / w).min(tallest / h).min(1.0 / COARSEST);
    (w * scale, h * scale)
}

/// What the captions of two pictures on a page and the space between them take, in millimetres.
const CAPTIONS: f64 = 26.0;

fn pixels(length: f64) -> u32 {
    // Lengths on paper are below a thousand millimetres, so the cast keeps the value.
    length.round().clamp(1.0, 65_535.0) as u32
}

fn scale(
    decoded: &DynamicImage,
    width: u32,
    height: u32,
) -> Result<DynamicImage, PicturePrintError> {
    if (decoded.width(), decoded.height()) == (width, height) {
        return Ok(decoded.clone());
    }
    let mut out = DynamicImage::new(width, height, decoded.color());
    // Stored values, not light: averaging in linear light makes dark pencil on light paper fade.
    let options = resize::ResizeOptions::new()
        .resize_alg(resize::ResizeAlg::Convolution(resize::FilterType::Lanczos3));
    resize::Resizer::new().resize(decoded, &mut out, &options)?;
    Ok(out)
}

/// The contents of the `IDAT` chunks of a PNG that was written here: together one stream of zlib.
fn packed_pixels(png: &[u8]) -> Vec<&[u8]> {
    const SIGNATURE: usize = 8;
    let mut parts = Vec::new();
    let mut rest = png.get(SIGNATURE..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((kind, after)) = after.split_first_chunk::<4>() else {
            break;
        };
        if kind == b"IDAT" {
            parts.extend(after.get(..length));
        }
        // The contents, and their checksum.
        rest = after.get(length + 4..).unwrap_or_default();
    }
    parts
}

impl Grey {
    /// Without loss. Drawings are mostly even: the quick way packs them nearly as small as the slow one.
    pub(crate) fn png(&self) -> Result<Vec<u8>, PicturePrintError> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.samples)?;
        writer.finish()?;
        Ok(out)
    }

    fn jpeg(&self) -> Result<Vec<u8>, PicturePrintError> {
        let mut out = Vec::new();
        // Sides of printed pictures stay far below what a JPEG can say.
        let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
        Encoder::new(&mut out, PHOTO_QUALITY).encode(
            &self.samples,
            side(self.width),
            side(self.height),
            ColorType::Luma,
        )?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
