//! What can go wrong with a file, and with one page of it.

use super::limits;

/// Why a file gives no pages at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than [`limits::FILE_BYTES`].
    #[error("the file has {got} bytes, at most {limit} are read: scan the pile in parts")]
    TooLarge {
        /// Bytes of the file.
        got: usize,
        /// Most that is read.
        limit: usize,
    },
    /// Neither PDF, TIFF, JPEG, PNG nor WebP.
    #[error("the file is no PDF, TIFF, JPEG, PNG or WebP: it begins with {head:02x?}")]
    UnknownFormat {
        /// Its first bytes.
        head: Vec<u8>,
    },
    /// Encrypted with a password that is not empty.
    #[error("the PDF is protected by a password: save it without one")]
    Password,
    /// The structure of the PDF or TIFF is broken beyond repair.
    #[error("the {format} is damaged: its list of pages cannot be read")]
    Damaged {
        /// `PDF` or `TIFF`.
        format: &'static str,
    },
    /// More pages than [`limits::FILE_PAGES`].
    #[error("the file has {got} pages, at most {limit} are read: scan the pile in parts")]
    TooManyPages {
        /// Pages of the file.
        got: usize,
        /// Most that are read.
        limit: usize,
    },
    /// A compressed part of the file unfolds to more than [`limits::STREAM_BYTES`].
    #[error("a part of the PDF unfolds to more than {limit} bytes: no scanner writes that")]
    Bomb {
        /// Most to which a part may unfold.
        limit: usize,
    },
}

impl FileError {
    /// A stable name of the kind of error, the key of its translations.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "scan-file-empty",
            Self::TooLarge { .. } => "scan-file-too-large",
            Self::UnknownFormat { .. } => "scan-file-unknown-format",
            Self::Password => "scan-file-password",
            Self::Damaged { .. } => "scan-file-damaged",
            Self::TooManyPages { .. } => "scan-file-too-many-pages",
            Self::Bomb { .. } => "scan-file-bomb",
        }
    }
}

/// Why one page gives no picture; the others of the file are not touched by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// There is no such page.
    #[error("page {page} was asked for, the file has {pages}")]
    NoSuchPage {
        /// Counted from 1.
        page: usize,
        /// Pages of the file.
        pages: usize,
    },
    /// More pixels than [`limits::PAGE_PIXELS`], or a side longer than [`limits::PAGE_SIDE`].
    #[error("the page has {width} x {height} pixels, at most {limit} in all are read")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Most pixels.
        limit: u64,
    },
    /// A page of a PDF with more to draw than any scanner or letter has.
    #[error("the page has more than {limit} {what}: no scanner writes that")]
    TooMuchToDraw {
        /// `drawing steps` or `images`.
        what: &'static str,
        /// Most that is drawn.
        limit: usize,
    },
    /// The file ends before the page does.
    #[error("the page is incomplete: the file was cut off when it was copied or scanned")]
    Truncated,
    /// The page has no area.
    #[error("the page has no area: {width} x {height}")]
    NoArea {
        /// Across.
        width: u32,
        /// Down.
        height: u32,
    },
    /// The decoder of pictures refused the page.
    #[error("the page could not be decoded")]
    Undecodable(#[from] image::ImageError),
    /// The decoder of TIFF refused the page.
    #[error("the page of the TIFF could not be decoded")]
    Tiff(#[from] tiff::TiffError),
    /// A kind of pixels that scanners do not write.
    #[error("the page of the TIFF has pixels of an unusual kind: save it as an ordinary picture")]
    UnusualPixels,
    /// A picture on a page of a PDF does not decode: what is drawn without it would look like a blank page.
    #[error("a picture on the page is damaged")]
    PictureDamaged,
    /// A decoder ran into a contradiction and was stopped.
    #[error("the page contradicts itself and could not be decoded")]
    Contradiction,
    /// The cleaned page could not be encoded.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl PageError {
    /// A stable name of the kind of error, the key of its translations.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPage { .. } => "scan-page-none",
            Self::TooManyPixels { .. } => "scan-page-too-many-pixels",
            Self::TooMuchToDraw { .. } => "scan-page-too-much-to-draw",
            Self::Truncated => "scan-page-truncated",
            Self::NoArea { .. } => "scan-page-no-area",
            Self::Undecodable(_) | Self::Tiff(_) | Self::PictureDamaged | Self::Contradiction => {
                "scan-page-undecodable"
            }
            Self::UnusualPixels => "scan-page-unusual-pixels",
            Self::Picture(_) => "scan-page-picture",
        }
    }

    /// Refuses sizes beyond the limits, before anything is decoded.
    pub(crate) fn check_size(width: u32, height: u32) -> Result<(), Self> {
        if width == 0 || height == 0 {
            return Err(Self::NoArea { width, height });
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > limits::PAGE_PIXELS || width.max(height) > limits::PAGE_SIDE {
            return Err(Self::TooManyPixels {
                width,
                height,
                limit: limits::PAGE_PIXELS,
            });
        }
        Ok(())
    }
}

/// Why a page could not be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Longer than a JPEG can be, which scaling before rules out.
    #[error("a side has {got} pixels, pictures have at most {limit}")]
    TooLong {
        /// Pixels.
        got: u32,
        /// Most pixels.
        limit: u32,
    },
    /// The JPEG encoder.
    #[error("encoding the page as JPEG failed")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// The PNG encoder.
    #[error("encoding the page as PNG failed")]
    Png(#[from] png::EncodingError),
}
