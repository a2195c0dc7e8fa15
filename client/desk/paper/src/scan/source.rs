//! A file from a scanner or a telephone, as pages of pixels.
//!
//! Sizes are checked before anything is decoded. Decoders are other people's code that meets other people's files: each page is
//! decoded by itself, a panic inside is caught where the platform unwinds and told as damage of that page, and the other pages go on.

mod pdf;
mod picture;
mod tiff;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    error::{FileError, PageError},
    limits,
    raster::Raster,
};

/// A file whose kind and number of pages are known.
pub struct Source {
    pages: usize,
    is_whole: bool,
    kind: Kind,
}

enum Kind {
    Pdf(pdf::PdfFile),
    Tiff(Arc<Vec<u8>>),
    Picture(Arc<Vec<u8>>, image::ImageFormat),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Pdf(_) => "PDF",
            Kind::Tiff(_) => "TIFF",
            Kind::Picture(..) => "picture",
        };
        write!(f, "Source({kind}, {} pages)", self.pages)
    }
}

impl Source {
    /// Looks at a file: PDF, TIFF (of any number of pages), JPEG, PNG or WebP, told by its first bytes and never by its name.
    ///
    /// # Errors
    /// [`FileError`], when no page can be had from it.
    pub fn open(bytes: Vec<u8>) -> Result<Self, FileError> {
        if bytes.is_empty() {
            return Err(FileError::Empty);
        }
        if bytes.len() > limits::FILE_BYTES {
            return Err(FileError::TooLarge {
                got: bytes.len(),
                limit: limits::FILE_BYTES,
            });
        }
        let mut is_whole = true;
        let (kind, pages) = match Format::of(&bytes) {
            Some(Format::Pdf) => {
                let promised = pdf::promised(&bytes);
                let file = guarded(|| pdf::PdfFile::open(bytes))
                    .unwrap_or(Err(FileError::Damaged { format: "PDF" }))?;
                let pages = file.pages();
                is_whole = promised.is_some_and(|promised| promised <= pages);
                (Kind::Pdf(file), pages)
            }
            Some(Format::Tiff) => {
                let pages = guarded(|| tiff::count(&bytes))
                    .unwrap_or(Err(FileError::Damaged { format: "TIFF" }))?;
                (Kind::Tiff(Arc::new(bytes)), pages)
            }
            Some(Format::Picture(format)) => (Kind::Picture(Arc::new(bytes), format), 1),
            None => {
                let head = bytes.iter().copied().take(8).collect();
                return Err(FileError::UnknownFormat { head });
            }
        };
        if pages > limits::FILE_PAGES {
            return Err(FileError::TooManyPages {
                got: pages,
                limit: limits::FILE_PAGES,
            });
        }
        Ok(Self {
            pages,
            is_whole,
            kind,
        })
    }

    /// How many pages there are, at most [`limits::FILE_PAGES`].
    #[must_use]
    pub const fn pages(&self) -> usize {
        self.pages
    }

    /// Whether the file is as it was written: a PDF has its end and as many pages as it promises. What is left of one that was cut
    /// off is read, and looks like a whole pile.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The pixels of a page, counted from 0: as the scanner wrote them where the page is one picture, otherwise drawn.
    ///
    /// # Errors
    /// [`PageError`]; other pages are not touched by it.
    pub fn page(&self, index: usize) -> Result<Raster, PageError> {
        if index >= self.pages {
            return Err(PageError::NoSuchPage {
                page: index + 1,
                pages: self.pages,
            });
        }
        guarded(|| match &self.kind {
            Kind::Pdf(file) => file.page(index),
            Kind::Tiff(bytes) => tiff::page(bytes, index),
            Kind::Picture(bytes, format) => picture::decode(bytes, *format),
        })
        .unwrap_or(Err(PageError::Contradiction))
    }
}

/// What the first bytes say.
enum Format {
    Pdf,
    Tiff,
    Picture(image::ImageFormat),
}

impl Format {
    fn of(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..1024).unwrap_or(bytes);
        // Programs put things before the header of a PDF; readers look through the first kilobyte.
        if head.windows(5).any(|window| window == b"%PDF-") {
            return Some(Self::Pdf);
        }
        Some(match head {
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Self::Tiff,
            [0xff, 0xd8, 0xff, ..] => Self::Picture(image::ImageFormat::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Self::Picture(image::ImageFormat::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Self::Picture(image::ImageFormat::WebP),
            _ => return None,
        })
    }
}

/// Runs a decoder; `None` if it panicked.
fn guarded<T>(decode: impl FnOnce() -> T) -> Option<T> {
    // What the decoder held is dropped; nothing of it is used afterwards.
    catch_unwind(AssertUnwindSafe(decode)).ok()
}
