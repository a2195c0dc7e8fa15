//! The office's card for a wall.

use serde_json::json;
use tidings_protocol::language::Language;

use crate::error::PaperError;
use crate::letter::{Printing, Values};
use crate::pages::Pages;
use crate::symbol::Symbol;
use crate::words::Words;
use crate::world::{Form, set};

/// A poster: name of the office, its card as QR code and link, check words in the three languages.
#[derive(Clone, Debug)]
pub struct PosterForm {
    /// The link of the office's card.
    pub link: String,
    /// The check words of the office's key in each language, in the order of [`Language::ALL`].
    pub check_words: [Vec<String>; 3],
}

impl PosterForm {
    /// Sets the poster.
    ///
    /// # Errors
    /// [`PaperError::Qr`] if the link is too long for a QR code, [`PaperError::Empty`] without check words.
    pub fn set(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        if self.check_words.iter().any(Vec::is_empty) {
            return Err(PaperError::Empty {
                form: Form::Poster.name(),
                what: "check words",
            });
        }
        let mut values = Values::new(Language::Ukrainian);
        let (width, height) = printing.paper.size();
        let fields = json!({
            "words": Language::ALL.map(Words::of),
            "width": width,
            "height": height,
            "qr": Symbol::qr(&self.link)?,
            // A long link may break anywhere.
            "link": values.text(&self.link),
            "check": self.check_words,
            "office": values.office(printing.office),
        });
        Ok(Pages {
            pages: set(Form::Poster, &fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}
