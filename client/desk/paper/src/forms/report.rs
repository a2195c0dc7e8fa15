//! A report of counts for others: a title, and lines of words with a number each.

use serde_json::{Value, json};
use tidings_protocol::language::Language;
use tidings_protocol::time::Day;

use crate::error::PaperError;
use crate::letter::{Printing, Values};
use crate::pages::{Pages, written_day};
use crate::words::Words;
use crate::world::{Form, set};

/// A report. It names nobody: whoever fills it in has taken small counts away.
#[derive(Clone, Debug)]
pub struct ReportForm {
    /// What it reports: `Letters, November 2026`.
    pub title: String,
    /// What a reader has to know about the counts.
    pub note: String,
    /// Language of the form.
    pub language: Language,
    /// When it was drawn up.
    pub drawn: Day,
    /// What was counted, and the count in words: a number, or that it is too small to be told.
    pub lines: Vec<(String, String)>,
}

impl ReportForm {
    /// Sets the report; long lists take several pages.
    ///
    /// # Errors
    /// [`PaperError::Empty`] without lines.
    pub fn set(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        if self.lines.is_empty() {
            return Err(PaperError::Empty {
                form: Form::Report.name(),
                what: "lines",
            });
        }
        let mut values = Values::new(self.language);
        let (width, height) = printing.paper.size();
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|(what, count)| json!({ "what": values.text(what), "count": values.text(count) }))
            .collect();
        let fields = json!({
            "words": Words::of(self.language),
            "width": width,
            "height": height,
            "title": values.text(&self.title),
            "note": values.text(&self.note),
            "drawn": written_day(self.drawn),
            "lines": lines,
            "office": values.office(printing.office),
        });
        Ok(Pages {
            pages: set(Form::Report, &fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}
