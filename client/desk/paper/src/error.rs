//! Why something was not printed.

use typst::diag::SourceDiagnostic;

use crate::code::CodeError;
use crate::geometry::Paper;
use crate::world::Form;

/// What can go wrong between a letter and a page.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// A page has no room for what must stand on it.
    #[error("setting the {form}: {got} {what} given, at most {most} fit")]
    TooMany {
        /// The form.
        form: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// Given.
        got: usize,
        /// Allowed.
        most: usize,
    },
    /// A value that must be there is empty.
    #[error("setting the {form}: no {what} given")]
    Empty {
        /// The form.
        form: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// More pages than a machine code can count.
    #[error("coding the pages: {0}")]
    PageCode(#[from] CodeError),
    /// The bytes of a machine code do not fill its symbol.
    #[error("drawing a machine code: {got} bytes do not fit the symbol")]
    Code {
        /// Bytes given.
        got: usize,
    },
    /// A card's link is too long for a QR code.
    #[error("drawing the card's QR code: {got} bytes do not fit")]
    Qr {
        /// Bytes given.
        got: usize,
    },
    /// A picture that cannot be decoded.
    #[error("preparing picture {number} for print: {source}")]
    Picture {
        /// Its place among the enclosures, from 1; 0 for a picture on its own.
        number: usize,
        /// What is wrong with it.
        source: PicturePrintError,
    },
    /// A character without a glyph came as far as the page; it should have been described in words.
    #[error("setting the {form}: no font has a glyph for U+{code_point:04X}")]
    Glyph {
        /// The form.
        form: &'static str,
        /// The character.
        code_point: u32,
    },
    /// The values could not be handed to the form.
    #[error("handing values to the {form}: {source}")]
    Values {
        /// The form.
        form: &'static str,
        /// What failed.
        source: serde_json::Error,
    },
    /// A form is not among the sources: a fault of this crate.
    #[error("the form {path} is not built in")]
    FormMissing {
        /// Where it was sought.
        path: &'static str,
    },
    /// Setting failed: a fault of a form, not of a letter.
    #[error("setting the {form} failed {place}: {message}")]
    Setting {
        /// The form.
        form: &'static str,
        /// File and byte.
        place: String,
        /// What typst says.
        message: String,
    },
    /// The number of pages of a letter did not settle.
    #[error("a letter was set on {got} pages after {expected} were counted")]
    Pages {
        /// Pages counted first.
        expected: usize,
        /// Pages that came out.
        got: usize,
    },
    /// Pages of another size were asked to share a sheet.
    #[error("two pages on a sheet must be A5, not {got:?}")]
    Imposition {
        /// The size given.
        got: Paper,
    },
    /// A part of the document could not be joined to the rest.
    #[error("joining the parts of a document: {what} at byte {offset}")]
    Join {
        /// What was sought there.
        what: &'static str,
        /// Where.
        offset: usize,
    },
    /// The finished document could not be written.
    #[error("writing the document: {0}")]
    Write(#[from] std::io::Error),
    /// A page that was set cannot be drawn for the screen.
    #[error("drawing a page for the screen: the document that was written is not understood")]
    Drawing,
    /// A worker ended without an answer.
    #[error("a printing thread ended without an answer")]
    Worker,
}

/// Why a picture cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum PicturePrintError {
    /// Not a picture of a known kind, or damaged.
    #[error("cannot be decoded: {0}")]
    Decode(#[from] image::ImageError),
    /// Too many pixels.
    #[error("{width} x {height} pixels, at most {most} are allowed")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Pixels allowed in all.
        most: u64,
    },
    /// Scaling failed.
    #[error("cannot be scaled: {0}")]
    Scale(#[from] fast_image_resize::ResizeError),
    /// The sizes of a buffer do not fit together.
    #[error("cannot be scaled: {0}")]
    Buffer(#[from] fast_image_resize::ImageBufferError),
    /// Encoding failed.
    #[error("cannot be encoded: {0}")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// Encoding failed.
    #[error("cannot be encoded: {0}")]
    Png(#[from] png::EncodingError),
}

impl PaperError {
    pub(crate) fn from_typst(form: Form, errors: &[SourceDiagnostic]) -> Self {
        Self::setting(form.name(), errors)
    }

    pub(crate) fn from_pdf(errors: &[SourceDiagnostic]) -> Self {
        Self::setting("document", errors)
    }

    fn setting(form: &'static str, errors: &[SourceDiagnostic]) -> Self {
        let (place, message) = errors.first().map_or_else(Default::default, |error| {
            let file = error.span.id().map_or_else(String::new, |id| {
                format!("in {}", id.get().vpath().get_without_slash())
            });
            (file, error.message.to_string())
        });
        Self::Setting {
            form,
            place,
            message,
        }
    }
}
