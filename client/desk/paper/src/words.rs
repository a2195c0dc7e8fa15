//! What stands on the forms, in three languages: one table for each, complete because it is one struct.

mod en;
mod ru;
mod uk;

use serde::Serialize;
use tidings_protocol::language::Language;

/// The fixed words of every form in one language.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Words {
    /// ISO 639-1, for line breaking.
    pub(crate) code: &'static str,

    // Letter.
    pub(crate) letter: &'static str,
    pub(crate) number: &'static str,
    pub(crate) route: &'static str,
    pub(crate) language: &'static str,
    pub(crate) language_name: &'static str,
    pub(crate) to: &'static str,
    pub(crate) from: &'static str,
    pub(crate) born: &'static str,
    pub(crate) about: &'static str,
    pub(crate) internment_number: &'static str,
    pub(crate) written: &'static str,
    pub(crate) enclosed: &'static str,
    pub(crate) photo: &'static str,
    pub(crate) drawing: &'static str,
    pub(crate) scan: &'static str,
    pub(crate) reply_sheet: &'static str,
    pub(crate) cut_note: &'static str,
    pub(crate) described_note: &'static str,
    pub(crate) return_address: &'static str,
    pub(crate) free_of_charge: &'static str,
    pub(crate) page: &'static str,
    pub(crate) of: &'static str,
    pub(crate) sheet_number: &'static str,

    // Reply sheet.
    pub(crate) reply: &'static str,
    pub(crate) answers: &'static str,
    pub(crate) reply_to: &'static str,
    pub(crate) reply_from: &'static str,
    pub(crate) instruction: &'static str,
    pub(crate) received: &'static str,
    pub(crate) received_letter: &'static str,
    pub(crate) received_photo: &'static str,
    pub(crate) received_drawing: &'static str,
    pub(crate) received_parcel: &'static str,
    pub(crate) drawing_box: &'static str,
    pub(crate) review: &'static str,
    pub(crate) review_passed: &'static str,
    pub(crate) review_cut: &'static str,
    pub(crate) date: &'static str,
    pub(crate) office_box: &'static str,
    pub(crate) scanned: &'static str,
    pub(crate) signature: &'static str,
    pub(crate) signed_note: &'static str,
    pub(crate) key: &'static str,

    // Covers, labels, manifest, poster.
    pub(crate) batch: &'static str,
    pub(crate) letters: &'static str,
    pub(crate) printed: &'static str,
    pub(crate) addressee: &'static str,
    pub(crate) batch_note: &'static str,
    pub(crate) campaign: &'static str,
    pub(crate) list: &'static str,
    pub(crate) parcel: &'static str,
    pub(crate) parcels: &'static str,
    pub(crate) seal: &'static str,
    pub(crate) addressee_code: &'static str,
    pub(crate) weight: &'static str,
    pub(crate) kilograms: &'static str,
    pub(crate) contents: &'static str,
    pub(crate) letters_inside: &'static str,
    pub(crate) packers: &'static str,
    pub(crate) manifest: &'static str,
    pub(crate) handovers: &'static str,
    pub(crate) handed_by: &'static str,
    pub(crate) taken_by: &'static str,
    pub(crate) counted: &'static str,
    pub(crate) exceptions: &'static str,
    pub(crate) none: &'static str,
    pub(crate) prisoner_mail: &'static str,
    pub(crate) poster_title: &'static str,
    pub(crate) poster_how: &'static str,
    pub(crate) poster_words: &'static str,
    pub(crate) poster_money: &'static str,
}

impl Words {
    pub(crate) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Ukrainian => &uk::WORDS,
            Language::Russian => &ru::WORDS,
            Language::English => &en::WORDS,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::Value;

    use super::*;
    use crate::fonts::covers;

    fn table(language: Language) -> serde_json::Map<String, Value> {
        match serde_json::to_value(Words::of(language)).unwrap() {
            Value::Object(map) => map,
            other => unreachable!("{other}"),
        }
    }

    /// Words that are the same in Ukrainian and Russian.
    const SHARED: [&str; 8] = [
        "photo",
        "number",
        "date",
        "scan",
        "page",
        "parcel",
        "poster_title",
        "weight",
    ];

    #[test]
    fn every_word_is_there_in_its_own_language() {
        let [uk, ru, en] = Language::ALL.map(table);
        for (key, word) in &uk {
            let word = word.as_str().unwrap();
            assert!(!word.is_empty(), "{key}");
            let russian = ru.get(key).unwrap().as_str().unwrap();
            let english = en.get(key).unwrap().as_str().unwrap();
            assert!(
                !word.chars().any(|c| "ыэъё".contains(c)),
                "uk {key}: {word}"
            );
            assert!(
                !russian.chars().any(|c| "іїєґ’".contains(c)),
                "ru {key}: {russian}"
            );
            assert!(
                !english
                    .chars()
                    .any(|c| ('\u{400}'..='\u{4ff}').contains(&c)),
                "en {key}: {english}"
            );
            if word.chars().count() > 14 && !SHARED.contains(&key.as_str()) {
                assert_ne!(word, russian, "{key} is not translated");
            }
            for text in [word, russian, english] {
                assert!(text.chars().all(covers), "{key}: {text}");
                assert!(
                    !text.contains(['\'', '"']),
                    "{key}: typewriter quotes in {text}"
                );
            }
        }
    }
}
