//! Labels for envelopes and parcels, on sheets of A4 as stationers sell them.

use serde_json::{Value, json};
use tidings_protocol::language::Language;

use crate::error::PaperError;
use crate::letter::{Captive, Office, Values, written_birth};
use crate::number::SheetNumber;
use crate::pages::Pages;
use crate::symbol::Symbol;
use crate::words::Words;
use crate::world::{Form, set};

/// The sheet of labels in the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSheet {
    /// Fourteen of 99.1 × 38.1 mm, two across.
    Fourteen,
    /// Eight of 99.1 × 67.7 mm, two across.
    Eight,
}

impl LabelSheet {
    /// Labels on a sheet.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Fourteen => 14,
            Self::Eight => 8,
        }
    }

    fn values(self) -> Value {
        let (rows, height, top) = match self {
            Self::Fourteen => (7, 38.1, 15.15),
            Self::Eight => (4, 67.7, 13.1),
        };
        json!({
            "columns": 2, "rows": rows, "width": 99.1, "height": height,
            "left": 4.65, "top": top, "step": 101.6,
        })
    }
}

/// Labels to be printed.
#[derive(Clone, Debug)]
pub struct LabelsForm {
    /// The sheet.
    pub sheet: LabelSheet,
    /// Labels already taken from the first sheet.
    pub used: usize,
    /// What to print, in order.
    pub labels: Vec<Label>,
}

/// A label.
#[derive(Clone, Debug)]
pub enum Label {
    /// For the envelope of a letter.
    Envelope(EnvelopeLabel),
    /// For a parcel.
    Parcel(ParcelLabel),
}

/// Whom a letter is for. Neither unit nor rank nor home: there are no fields for them (PRINT-7).
#[derive(Clone, Debug)]
pub struct EnvelopeLabel {
    /// Language of the words on it.
    pub language: Language,
    /// To whom.
    pub addressee: Captive,
    /// The letter's own number.
    pub number: u32,
    /// The letter's sheet, printed as digits and as a code of those digits for the packers' scanner.
    pub sheet: SheetNumber,
}

/// What a parcel is. No name: the addressee is a code.
#[derive(Clone, Debug)]
pub struct ParcelLabel {
    /// Language of the words on it.
    pub language: Language,
    /// Name of the campaign.
    pub campaign: String,
    /// Number of the list.
    pub list: String,
    /// Number of the parcel as its list has it, in any script: large; at most [`PARCEL_NUMBER_MAX`].
    pub parcel: String,
    /// What the packers' scanner reads: ASCII, as scanners type keys and no letters of other alphabets.
    pub machine: String,
    /// Who gets it, as a code.
    pub addressee: String,
    /// The number of the seal, if it is known before the label is printed.
    pub seal: Option<String>,
}

/// Most characters of a parcel's number.
pub const PARCEL_NUMBER_MAX: usize = 40;

impl LabelsForm {
    /// Sets the labels.
    ///
    /// # Errors
    /// [`PaperError::Empty`] without labels; [`PaperError::TooMany`] if more labels are used than a sheet has, or if a
    /// parcel's number is too long; [`PaperError::Code`] if what the scanner reads is not ASCII.
    pub fn set(&self, office: &Office) -> Result<Pages, PaperError> {
        let form = Form::Labels.name();
        if self.labels.is_empty() {
            return Err(PaperError::Empty {
                form,
                what: "labels",
            });
        }
        if self.used >= self.sheet.count() {
            return Err(PaperError::TooMany {
                form,
                what: "labels used",
                got: self.used,
                most: self.sheet.count() - 1,
            });
        }
        let mut values = Values::new(Language::Ukrainian);
        let labels = self
            .labels
            .iter()
            .map(|label| match label {
                Label::Envelope(label) => envelope(label, office, &mut values),
                Label::Parcel(label) => parcel(label, office, &mut values),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let fields = json!({
            "sheet": self.sheet.values(),
            "skip": self.used,
            "labels": labels,
        });
        Ok(Pages {
            pages: set(Form::Labels, &fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}

fn envelope(
    label: &EnvelopeLabel,
    office: &Office,
    values: &mut Values,
) -> Result<Value, PaperError> {
    values.language = label.language;
    let words = Words::of(label.language);
    let mut lines = Vec::new();
    lines.extend(values.optional(label.addressee.latin.as_deref()));
    if let Some(born) = label.addressee.born {
        lines.push(format!("{}: {}", words.born, written_birth(born, words)));
    }
    if let Some(number) = values.optional(label.addressee.internment_number.as_deref()) {
        lines.push(format!("{}: {number}", words.internment_number));
    }
    Ok(json!({
        "kind": "envelope",
        "words": words,
        "own": values.text(&label.addressee.own),
        "lines": lines,
        "number": label.number,
        "sheet": label.sheet.to_string(),
        "code": Symbol::data_matrix_of_text(&label.sheet.digits())?,
        "office": return_address(office, values),
    }))
}

fn parcel(label: &ParcelLabel, office: &Office, values: &mut Values) -> Result<Value, PaperError> {
    values.language = label.language;
    let length = label.parcel.chars().count();
    if length > PARCEL_NUMBER_MAX {
        return Err(PaperError::TooMany {
            form: Form::Labels.name(),
            what: "characters of a parcel's number",
            got: length,
            most: PARCEL_NUMBER_MAX,
        });
    }
    Ok(json!({
        "kind": "parcel",
        "words": Words::of(label.language),
        "campaign": values.text(&label.campaign),
        "list": values.text(&label.list),
        "parcel": values.text(&label.parcel),
        "addressee": values.text(&label.addressee),
        "seal": values.optional(label.seal.as_deref()),
        "code": Symbol::data_matrix_of_text(&label.machine)?,
        "office": return_address(office, values),
    }))
}

fn return_address(office: &Office, values: &mut Values) -> String {
    let mut lines = vec![values.text(&office.name)];
    lines.extend(office.address.iter().map(|line| values.text(line)));
    lines.join(", ")
}
