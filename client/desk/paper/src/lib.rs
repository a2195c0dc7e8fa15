//! Pages that are printed and pages that are scanned back.
//!
//! The crate takes plain values and bytes; it knows nothing of letters' storage, of people or of networks. The normative text is
//! `docs/spec/paper.md`.
//!
//! ```text
//! LetterForm ┐                    ┌ fill_sheet, two_on_a_sheet, preview
//! ReplyForm  ├─ set(&Printing) ─▶ Pages ─ to_pdf(&DocumentId) ─▶ one document
//! CoverForm… ┘                    └ batch::print: hundreds of letters, in bounded memory
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::single_range_in_vec_init,
        reason = "a cut is a range, also a single one"
    )
)]

pub mod batch;
pub mod code;
mod error;
mod fixed;
mod fonts;
pub mod forms;
pub mod geometry;
mod glyphs;
mod join;
pub mod layout;
mod letter;
pub mod number;
mod pages;
pub mod pictures;
mod preview;
mod reply;
pub mod scan;
mod signs;
mod symbol;
#[cfg(test)]
mod tests;
mod words;
mod world;

pub use error::{PaperError, PicturePrintError};
pub use glyphs::Described;
pub use letter::{CUT_BARS_MAX, Captive, LetterForm, Office, Printing, TextPart, Writer};
pub use pages::{DocumentId, Pages};
pub use preview::{PREVIEW_WIDTH_MAX, preview_height};
pub use reply::ReplyForm;
