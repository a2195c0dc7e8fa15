//! The manifest of a consignment (Geneva Convention III, art. 71 and Annex III): what is in which parcel, who packed it, who
//! counted it.

use serde_json::{Value, json};
use tidings_protocol::language::Language;
use tidings_protocol::time::Day;

use crate::error::PaperError;
use crate::letter::{Office, Values};
use crate::number::SheetNumber;
use crate::pages::{Pages, written_day};
use crate::words::Words;
use crate::world::{Form, set};

/// A manifest, on A4. Addressees stand in it as codes: the list travels with the parcels.
#[derive(Clone, Debug)]
pub struct ManifestForm {
    /// Name of the campaign.
    pub campaign: String,
    /// Number of the list.
    pub list: String,
    /// Language of the form.
    pub language: Language,
    /// The parcels, in the order of the list.
    pub parcels: Vec<ManifestParcel>,
    /// Handovers that have been.
    pub handovers: Vec<Handover>,
    /// Blank rows for those to come, to be filled in and signed by hand; at most [`BLANK_HANDOVERS_MAX`].
    pub blank_handovers: usize,
    /// The office's signature over the same manifest as a list.
    pub signed: Option<Signed>,
}

/// An electronic signature, to be compared by eye and copied by hand: hexadecimal.
#[derive(Clone, Debug)]
pub struct Signed {
    /// SHA-256 of what is signed.
    pub fingerprint: String,
    /// The Ed25519 signature.
    pub signature: String,
    /// The key under which it holds.
    pub key: String,
}

/// Most blank rows: they stand together on one page.
pub const BLANK_HANDOVERS_MAX: usize = 8;

/// A parcel of the list.
#[derive(Clone, Debug)]
pub struct ManifestParcel {
    /// Its number.
    pub number: String,
    /// The number of its seal, once it is sealed.
    pub seal: Option<String>,
    /// Who gets it, as a code.
    pub addressee: String,
    /// What is in it.
    pub contents: Vec<Contents>,
    /// Its weight in grams, once it is weighed.
    pub grams: Option<u32>,
    /// The letters in it.
    pub letters: Vec<SheetNumber>,
    /// The two who packed it.
    pub packers: Vec<String>,
}

/// A number of things of one kind.
#[derive(Clone, Debug)]
pub struct Contents {
    /// What.
    pub what: String,
    /// How many.
    pub count: u32,
}

/// Parcels that went from hand to hand.
#[derive(Clone, Debug)]
pub struct Handover {
    /// When.
    pub day: Day,
    /// Who gave.
    pub by: String,
    /// Who took.
    pub to: String,
    /// How many parcels both counted.
    pub counted: u32,
    /// What was not as it should be.
    pub exceptions: Option<String>,
}

impl Contents {
    pub(super) fn values(&self, values: &mut Values) -> Value {
        json!({ "what": values.text(&self.what), "count": self.count })
    }
}

impl ManifestForm {
    /// Sets the manifest.
    ///
    /// # Errors
    /// [`PaperError::Empty`] without parcels, [`PaperError::TooMany`] for more blank rows than [`BLANK_HANDOVERS_MAX`].
    pub fn set(&self, office: &Office) -> Result<Pages, PaperError> {
        if self.parcels.is_empty() {
            return Err(PaperError::Empty {
                form: Form::Manifest.name(),
                what: "parcels",
            });
        }
        if self.blank_handovers > BLANK_HANDOVERS_MAX {
            return Err(PaperError::TooMany {
                form: Form::Manifest.name(),
                what: "blank rows",
                got: self.blank_handovers,
                most: BLANK_HANDOVERS_MAX,
            });
        }
        let mut values = Values::new(self.language);
        let parcels: Vec<Value> = self
            .parcels
            .iter()
            .map(|parcel| parcel_values(parcel, &mut values))
            .collect();
        let handovers: Vec<Value> = self
            .handovers
            .iter()
            .map(|handover| {
                json!({
                    "date": written_day(handover.day),
                    "by": values.text(&handover.by),
                    "to": values.text(&handover.to),
                    "counted": handover.counted,
                    "exceptions": values.optional(handover.exceptions.as_deref()),
                })
            })
            .collect();
        let letters: usize = self.parcels.iter().map(|parcel| parcel.letters.len()).sum();
        let fields = json!({
            "words": Words::of(self.language),
            "campaign": values.text(&self.campaign),
            "list": values.text(&self.list),
            "letters": letters,
            "parcels": parcels,
            "handovers": handovers,
            "blank_handovers": self.blank_handovers,
            "signed": self.signed.as_ref().map(|signed| json!({
                "fingerprint": grouped(&signed.fingerprint),
                "signature": grouped(&signed.signature),
                "key": grouped(&signed.key),
            })),
            "office": values.office(office),
        });
        Ok(Pages {
            pages: set(Form::Manifest, &fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}

fn parcel_values(parcel: &ManifestParcel, values: &mut Values) -> Value {
    let contents: Vec<Value> = parcel
        .contents
        .iter()
        .map(|one| one.values(values))
        .collect();
    let packers: Vec<String> = parcel
        .packers
        .iter()
        .map(|name| values.text(name))
        .collect();
    let letters: Vec<String> = parcel.letters.iter().map(ToString::to_string).collect();
    json!({
        "number": values.text(&parcel.number),
        "seal": values.optional(parcel.seal.as_deref()),
        "addressee": values.text(&parcel.addressee),
        "contents": contents,
        "weight": parcel.grams.map(kilograms),
        "letters": letters,
        "packers": packers,
    })
}

/// Eight signs at a time: whoever compares them does not lose the place.
fn grouped(hex: &str) -> String {
    let signs: Vec<char> = hex.chars().collect();
    let groups: Vec<String> = signs
        .chunks(8)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

/// `1250` grams as `1,25`: all three languages' readers take a comma.
fn kilograms(grams: u32) -> String {
    let text = format!("{},{:03}", grams / 1_000, grams % 1_000);
    text.trim_end_matches('0').trim_end_matches(',').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{grouped, kilograms};

    #[test]
    fn signatures_are_in_groups() {
        assert_eq!(grouped("00112233445566778899"), "00112233 44556677 8899");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn weights_are_short() {
        assert_eq!(kilograms(1_250), "1,25");
        assert_eq!(kilograms(2_000), "2");
        assert_eq!(kilograms(50), "0,05");
        assert_eq!(kilograms(20_000), "20");
    }
}
