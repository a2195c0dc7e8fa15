//! The cover of a campaign.

use serde_json::{Value, json};
use tidings_protocol::language::Language;
use tidings_protocol::time::Day;

use super::Contents;
use crate::error::PaperError;
use crate::layout::folds;
use crate::letter::{Printing, Values};
use crate::pages::{Pages, written_day};
use crate::words::Words;
use crate::world::{Form, set};

/// What lies on top of a consignment.
#[derive(Clone, Debug)]
pub struct CampaignForm {
    /// Name of the campaign.
    pub name: String,
    /// Number of its list.
    pub list: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// The day of handover.
    pub day: Day,
    /// Parcels in it.
    pub parcels: u32,
    /// Letters in it.
    pub letters: u32,
    /// What the parcels hold in all.
    pub contents: Vec<Contents>,
    /// The languages of both sides; one if they are equal.
    pub languages: [Language; 2],
}

impl CampaignForm {
    /// Sets the cover.
    ///
    /// # Errors
    /// Only faults of this crate.
    pub fn set(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        let [first, second] = self.languages;
        let mut values = Values::new(first);
        let (width, height) = printing.paper.size();
        let mut words = vec![Words::of(first)];
        if second != first {
            words.push(Words::of(second));
        }
        let contents: Vec<Value> = self
            .contents
            .iter()
            .map(|one| one.values(&mut values))
            .collect();
        let fields = json!({
            "words": words,
            "width": width,
            "height": height,
            "folds": folds(printing.paper),
            "name": values.text(&self.name),
            "list": values.optional(self.list.as_deref()),
            "route": values.optional(self.route.as_deref()),
            "date": written_day(self.day),
            "parcels": self.parcels.to_string(),
            "letters": self.letters.to_string(),
            "contents": contents,
            "office": values.office(printing.office),
        });
        Ok(Pages {
            pages: set(Form::Campaign, &fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}
