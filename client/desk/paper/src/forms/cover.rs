//! The cover sheet of a batch.

use serde_json::{Value, json};
use tidings_protocol::language::Language;
use tidings_protocol::time::Day;

use crate::error::PaperError;
use crate::layout::folds;
use crate::letter::{Printing, Values};
use crate::number::SheetNumber;
use crate::pages::{Pages, written_day};
use crate::words::Words;
use crate::world::{Form, set};

/// What lies on top of a batch: the letters in it, to be counted. Stays in the office.
#[derive(Clone, Debug)]
pub struct CoverForm {
    /// Name of the batch: route, campaign, number.
    pub title: String,
    /// A remark of the office.
    pub note: Option<String>,
    /// Language of the office.
    pub language: Language,
    /// When it is printed.
    pub printed: Day,
    /// The letters, in the order of the batch; the list may take several pages.
    pub entries: Vec<CoverEntry>,
}

/// A letter on the list.
#[derive(Clone, Debug)]
pub struct CoverEntry {
    /// Its sheet.
    pub sheet: SheetNumber,
    /// Its own number.
    pub number: u32,
    /// To whom.
    pub addressee: String,
}

impl CoverForm {
    /// Sets the cover sheet.
    ///
    /// # Errors
    /// Only faults of this crate.
    pub fn set(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        let mut values = Values::new(self.language);
        let (width, height) = printing.paper.size();
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                json!({
                    "sheet": entry.sheet.to_string(),
                    "number": entry.number,
                    "addressee": values.text(&entry.addressee),
                })
            })
            .collect();
        let fields = json!({
            "words": Words::of(self.language),
            "width": width,
            "height": height,
            "folds": folds(printing.paper),
            "title": values.text(&self.title),
            "note": values.optional(self.note.as_deref()),
            "printed": written_day(self.printed),
            "office": values.office(printing.office),
            "entries": entries,
        });
        Ok(Pages {
            pages: set(Form::Cover, &fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}
