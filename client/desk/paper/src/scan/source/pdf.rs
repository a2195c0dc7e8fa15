//! PDF, as scanners write it: one picture a page, sometimes in strips, sometimes with recognised text hidden behind.
//!
//! Before a page is drawn it is gone through without drawing: how much there is to draw is counted, and whether the page is one
//! picture, which is then taken as it is.

use std::{
    any::Any,
    io::Read as _,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use flate2::read::ZlibDecoder;
use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageData,
        ImageDrawProps, InterpreterCache, InterpreterSettings, InterpreterWarning, SoftMask,
        TransformExt as _, font::GlyphRun, interpret_page,
    },
    hayro_syntax::{DecryptionError, LoadPdfError, Pdf, page::Page},
    kurbo::{Affine, BezPath, Rect},
    vello_cpu::color::palette::css::WHITE,
};

use super::picture;
use crate::scan::{
    error::{FileError, PageError},
    limits,
    raster::{Channels, Raster},
};

pub(super) struct PdfFile(Pdf);

impl PdfFile {
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, FileError> {
        if unfolds_too_far(&bytes) {
            return Err(FileError::Bomb {
                limit: limits::STREAM_BYTES,
            });
        }
        match Pdf::new(bytes) {
            Ok(pdf) => Ok(Self(pdf)),
            Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
                Err(FileError::Password)
            }
            Err(LoadPdfError::Decryption(_) | LoadPdfError::Invalid) => {
                Err(FileError::Damaged { format: "PDF" })
            }
        }
    }

    pub(super) fn pages(&self) -> usize {
        self.0.pages().len()
    }

    pub(super) fn page(&self, index: usize) -> Result<Raster, PageError> {
        let pages = self.0.pages();
        let page = pages.get(index).ok_or(PageError::NoSuchPage {
            page: index + 1,
            pages: pages.len(),
        })?;
        let survey = survey(page)?;
        if let Some(only) = survey.only_picture(page)
            && let Some(raster) = take_picture(page, &only)
        {
            return Ok(raster);
        }
        draw(page, &survey)
    }
}

/// How many pages the file says it has, as far as that stands there in plain; `None` if its end is missing. Programs put things
/// behind the end, and pad files to whole blocks.
pub(super) fn promised(bytes: &[u8]) -> Option<usize> {
    /// Readers look for the end this far back (ISO 32000-1, Annex H, implementation note 18).
    const END_WITHIN: usize = 1_024;
    let padding = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let end = bytes.iter().rposition(|byte| !padding(byte))? + 1;
    let tail = bytes.get(end.saturating_sub(END_WITHIN)..end)?;
    memchr::memmem::find(tail, b"%%EOF")?;
    let mut promised = 0;
    for at in memchr::memmem::find_iter(bytes, b"/Pages") {
        // `/Type /Pages` in a dictionary of its own: a node of the tree; the root of it counts all.
        let before = bytes.get(..at)?.trim_ascii_end();
        if !before.ends_with(b"/Type") {
            continue;
        }
        let begin = memchr::memmem::rfind(before, b" obj").unwrap_or(0);
        let rest = bytes.get(begin..)?;
        let node = rest.get(..memchr::memmem::find(rest, b"endobj").unwrap_or(rest.len()))?;
        let Some(count) = memchr::memmem::find(node, b"/Count") else {
            continue;
        };
        let digits: String = node
            .get(count + b"/Count".len()..)?
            .trim_ascii_start()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .map(|byte| char::from(*byte))
            .collect();
        promised = promised.max(digits.parse().unwrap_or(0));
    }
    Some(promised)
}

/// Whether some deflated part of the file unfolds to more than [`limits::STREAM_BYTES`], also when it is folded twice. The bytes
/// are counted, not kept; what looks like a stream and is none unfolds to nothing.
fn unfolds_too_far(bytes: &[u8]) -> bool {
    const KEYWORD: &[u8] = b"stream";
    // Deflate folds by at most 1,032: shorter streams cannot reach the limit, even folded twice they stay below a thousand times that.
    let worth_it = limits::STREAM_BYTES / 1_032 / 1_032;
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, KEYWORD) {
        rest = rest.get(at + KEYWORD.len()..).unwrap_or(&[]);
        let body = match rest {
            [b'\r', b'\n', body @ ..] | [b'\n' | b'\r', body @ ..] => body,
            _ => continue,
        };
        if !is_deflated(body) || body.len() < worth_it {
            continue;
        }
        let mut head = [0; 2];
        let folded_twice =
            ZlibDecoder::new(body).read_exact(&mut head).is_ok() && is_deflated(&head);
        let once = length(ZlibDecoder::new(body));
        if once > limits::STREAM_BYTES
            || folded_twice
                && length(ZlibDecoder::new(ZlibDecoder::new(body))) > limits::STREAM_BYTES
        {
            return true;
        }
    }
    false
}

/// The two bytes with which deflated data begins (RFC 1950).
fn is_deflated(bytes: &[u8]) -> bool {
    matches!(bytes, [method, check, ..]
        if method & 0x0f == 8 && method >> 4 <= 7 && (u16::from(*method) << 8 | u16::from(*check)).is_multiple_of(31))
}

/// How much comes out, counted up to just beyond the limit.
fn length(reader: impl std::io::Read) -> usize {
    let mut reader = reader.take(limits::STREAM_BYTES as u64 + 1);
    let mut buffer = [0; 16_384];
    let mut length = 0;
    while let Ok(got @ 1..) = reader.read(&mut buffer) {
        length += got;
    }
    length
}

/// What stops going through a page.
struct Stop(PageError);

/// What is on a page.
#[derive(Default)]
struct Survey {
    steps: usize,
    images: usize,
    /// Something is visible besides pictures.
    drawn: bool,
    pictures: Vec<Placed>,
}

/// A picture on a page: its pixels and where they lie, in points of the upright page.
#[derive(Clone, Copy)]
struct Placed {
    width: u32,
    height: u32,
    transform: Affine,
    /// Ink through holes, not pixels.
    stencil: bool,
    masked: bool,
}

fn survey(page: &Page<'_>) -> Result<Survey, PageError> {
    let mut survey = Survey::default();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        go_through(page, &mut survey);
    }));
    match outcome {
        Ok(()) => Ok(survey),
        Err(reason) => Err(stop_of(reason)),
    }
}

fn stop_of(reason: Box<dyn Any + Send>) -> PageError {
    match reason.downcast::<Stop>() {
        Ok(stop) => stop.0,
        Err(_) => PageError::Contradiction,
    }
}

/// Interprets a page for a device that does not draw.
fn go_through<'a>(page: &Page<'a>, device: &mut impl Device<'a>) {
    let cache = InterpreterCache::new();
    let (width, height) = page.render_dimensions();
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
        &cache,
        page.xref(),
        InterpreterSettings::default(),
    );
    interpret_page(page, &mut context, device);
}

impl Survey {
    fn step(&mut self, by: usize) {
        self.steps += by;
        if self.steps > limits::DRAWN_STEPS {
            stop(PageError::TooMuchToDraw {
                what: "drawing steps",
                limit: limits::DRAWN_STEPS,
            });
        }
    }

    /// The picture, if it is all there is and covers the page.
    fn only_picture(&self, page: &Page<'_>) -> Option<Placed> {
        let [only] = self.pictures.as_slice() else {
            return None;
        };
        let (width, height) = page.render_dimensions();
        let covered =
            only.bounds()
                .intersect(Rect::new(0.0, 0.0, f64::from(width), f64::from(height)));
        let all = f64::from(width) * f64::from(height);
        (!self.drawn && !only.stencil && !only.masked && covered.area() >= 0.85 * all)
            .then_some(*only)
    }

    /// Pixels per point at which the page has to be drawn so that no picture on it loses any.
    fn scale(&self, page: &Page<'_>) -> f32 {
        let (width, height) = page.render_dimensions();
        let long_side = width.max(height);
        let all = f64::from(width) * f64::from(height);
        let densest = self
            .pictures
            .iter()
            .filter(|picture| picture.bounds().area() >= 0.02 * all)
            .map(Placed::density)
            .fold(0.0, f64::max) as f32;
        let least = limits::DRAWN_LONG_SIDE / long_side;
        let most = limits::DRAWN_LONG_SIDE * 1.5 / long_side;
        if densest > 0.0 && !self.drawn {
            densest.min(most)
        } else {
            densest.clamp(least, most)
        }
    }
}

impl Placed {
    fn bounds(&self) -> Rect {
        let pixels = Rect::new(0.0, 0.0, f64::from(self.width), f64::from(self.height));
        self.transform.transform_rect_bbox(pixels)
    }

    /// Pixels per point in the finer direction.
    fn density(&self) -> f64 {
        let [a, b, c, d, _, _] = self.transform.as_coeffs();
        let (across, down) = (a.hypot(b), c.hypot(d));
        1.0 / across.min(down).max(1e-6)
    }
}

/// Leaves the interpreter, which knows no other way to be stopped.
fn stop(error: PageError) -> ! {
    resume_unwind(Box::new(Stop(error)))
}

impl<'a> Device<'a> for Survey {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.step(1);
        self.drawn = true;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.step(1);
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.step(1);
        self.drawn = true;
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        self.step(run.glyphs().len().max(1));
        // Text that a scanner's recognition hid behind the picture.
        self.drawn |= !matches!(mode, DrawMode::Invisible);
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.step(1);
        self.images += 1;
        if self.images > limits::DRAWN_IMAGES {
            stop(PageError::TooMuchToDraw {
                what: "images",
                limit: limits::DRAWN_IMAGES,
            });
        }
        let stream = match &image {
            Image::Stencil(stencil) => stencil.stream().raw_data(),
            Image::Raster(raster) => raster.stream().raw_data(),
        };
        if stream.starts_with(&[0xff, 0xd8, 0xff]) && !picture::ends(&stream) {
            stop(PageError::Truncated);
        }
        let (width, height) = (image.width(), image.height());
        if let Err(error) = PageError::check_size(width, height) {
            stop(error);
        }
        self.pictures.push(Placed {
            width,
            height,
            transform: props.transform,
            stencil: matches!(image, Image::Stencil(_)),
            masked: props.soft_mask.is_some(),
        });
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

/// Takes the pixels of the one picture of a page.
struct Take(Option<Raster>);

impl<'a> Device<'a> for Take {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}

    fn draw_image(&mut self, image: Image<'a, '_>, _: ImageDrawProps<'a>) {
        if let Image::Raster(picture) = image {
            picture.with_rgba(
                |pixels, alpha| {
                    if alpha.is_none() {
                        self.0 = match pixels {
                            ImageData::Rgb(rgb) => {
                                Raster::new(rgb.width, rgb.height, Channels::Rgb, rgb.data)
                            }
                            ImageData::Luma(luma) => {
                                Raster::new(luma.width, luma.height, Channels::Grey, luma.data)
                            }
                        };
                    }
                },
                None,
            );
        }
    }

    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// The one picture of a page with square pixels, turned as the page shows it; `None` if it lies askew or does not decode.
fn take_picture(page: &Page<'_>, placed: &Placed) -> Option<Raster> {
    let [a, b, c, d, _, _] = placed.transform.as_coeffs();
    let upright = b.abs() < 0.01 * a.abs() && c.abs() < 0.01 * d.abs();
    let sideways = a.abs() < 0.01 * b.abs() && d.abs() < 0.01 * c.abs();
    if !upright && !sideways {
        return None;
    }
    let mut take = Take(None);
    go_through(page, &mut take);
    let raster = take.0?;
    // The decoder may give fewer pixels than promised; their shape on the page stays.
    let across = a.hypot(b) * f64::from(placed.width) / f64::from(raster.width());
    let down = c.hypot(d) * f64::from(placed.height) / f64::from(raster.height());
    let finer = across.min(down);
    let side = |pixels: u32, size: f64| (f64::from(pixels) * size / finer).round() as u32;
    let (width, height) = (side(raster.width(), across), side(raster.height(), down));
    PageError::check_size(width, height).ok()?;
    let near = |one: u32, other: u32| one.abs_diff(other) * 50 <= other;
    let raster = if near(width, raster.width()) && near(height, raster.height()) {
        raster
    } else {
        raster.resized(width, height)
    };
    let mirrored = a * d - b * c < 0.0;
    // A mirrored picture is mirrored first, so that its rows run the other way; then both are turned alike.
    let (x, y) = if mirrored { (-a, -b) } else { (a, b) };
    let quarters = if upright {
        if x > 0.0 { 0 } else { 2 }
    } else if y > 0.0 {
        1
    } else {
        3
    };
    let raster = if mirrored { raster.mirrored() } else { raster };
    Some(raster.turned(quarters))
}

/// Draws a page that is more than a picture.
fn draw(page: &Page<'_>, survey: &Survey) -> Result<Raster, PageError> {
    let scale = survey.scale(page);
    let (width, height) = page.render_dimensions();
    let side = |side: f32| (side * scale).min(f32::from(u16::MAX)) as u32;
    PageError::check_size(side(width), side(height))?;
    let damaged = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&damaged);
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                seen.store(true, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &settings,
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        },
    );
    if damaged.load(Ordering::Relaxed) {
        return Err(PageError::PictureDamaged);
    }
    let samples = pixmap
        .data_as_u8_slice()
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
        .collect();
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    Raster::new(width, height, Channels::Rgb, samples).ok_or(PageError::NoArea { width, height })
}
