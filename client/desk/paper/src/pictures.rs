//! Pictures made ready for a black-and-white office printer, and shown beforehand exactly as they will print.
//!
//! Such a printer knows black and white only and draws greys with dots: flat photos become mud, pencil fades, colours of
//! equal brightness melt into one. So photos get local contrast, lighter midtones and sharper edges; drawings get a white
//! ground, darker and stronger strokes, and a grey of its own for each colour (PRINT-5, PRINT-6).

mod drawing;
mod grey;
mod photo;

use std::fmt;
use std::io::Cursor;

use fast_image_resize as resize;
use image::{DynamicImage, ImageReader, Limits};
use jpeg_encoder::{ColorType, Encoder};

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

/// A picture as it will print: grey pixels, the file that goes into the document, its size on paper.
#[derive(Clone)]
pub struct PrintedPicture {
    pub(crate) kind: PictureKind,
    pub(crate) file: Vec<u8>,
    pub(crate) encoding: Encoding,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Millimetres on paper.
    pub(crate) across: f64,
    pub(crate) down: f64,
}

/// How the file of a printed picture is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// JPEG, grey.
    Jpeg,
    /// Bare pixels, a byte each; the document packs them without loss.
    Pixels,
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
            PictureKind::Drawing | PictureKind::Scan => (grey.samples, Encoding::Pixels),
        };
        Ok(Self {
            kind: picture.kind,
            file,
            encoding,
            width,
            height,
            across,
            down,
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
        let samples = match self.encoding {
            Encoding::Pixels => self.file.clone(),
            Encoding::Jpeg => decode(&self.file)?.into_luma8().into_raw(),
        };
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&samples)?;
        Ok(out)
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

impl Grey {
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
