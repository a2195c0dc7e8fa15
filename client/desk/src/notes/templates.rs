//! The wording of notes, in three languages, which a head may change. A warning against fraud ends every one
//! (DESK-20).

use super::{Language, OptionalExtension, Prose, REMARK_MAX, State, Transaction, UnixTime, params};
use crate::{Action, Actor, Desk, Error, Subject};

/// The wordings that come with the program: a word and its sentence in each line.
const WORDINGS: [(Language, &str); 3] = [
    (Language::Ukrainian, include_str!("uk.txt")),
    (Language::Russian, include_str!("ru.txt")),
    (Language::English, include_str!("en.txt")),
];

/// The word of the sentence that ends every note.
const FRAUD: &str = "fraud";

/// Beginnings of words that speak of a death. A person tells it, never a note (DESK-19, NOTICE-9).
const DEATH: [&str; 10] = [
    "помер",
    "загин",
    "мертв",
    "смерт",
    "умер",
    "погиб",
    "скончал",
    "died",
    "death",
    "killed",
];
/// Such words that begin others.
const DEATH_WHOLE: [&str; 5] = ["тіло", "тіла", "тело", "труп", "dead"];

/// A wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its language.
    pub language: Language,
    /// What it is for: the word of a state.
    pub word: String,
    /// The sentence.
    pub text: String,
    /// Whether the office changed it.
    pub own: bool,
}

impl Desk {
    /// Every wording, by language and in the order of the way.
    ///
    /// # Errors
    /// Those of the store.
    pub fn templates(&self) -> Result<Vec<Template>, Error> {
        self.store.read("reading the templates", |sql| {
            let mut templates = Vec::new();
            for (language, _) in WORDINGS {
                for state in State::ALL.iter().filter(|state| **state > State::InReview) {
                    let own = own(sql, language, state.word())?;
                    templates.push(Template {
                        language,
                        word: state.word().to_owned(),
                        own: own.is_some(),
                        text: own.unwrap_or_else(|| {
                            wording(language, state.word()).unwrap_or("").to_owned()
                        }),
                    });
                }
            }
            Ok(templates)
        })
    }

    /// Changes a wording; an empty text brings back the one that came with the program.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::EditTemplates`]; [`Error::Text`] for one that is too long with the warning
    /// against fraud; [`Error::ToldByAPerson`] for one that speaks of a death; [`Error::Placeholder`] for one with braces.
    pub fn save_template(
        &self,
        by: &Actor,
        language: Language,
        state: State,
        text: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        let text = text.trim();
        check(language, text)?;
        self.act(
            "changing a template",
            by,
            Action::EditTemplates,
            now,
            |sql, log| {
                sql.execute(
                    "DELETE FROM templates WHERE language = ?1 AND word = ?2",
                    params![language.code(), state.word()],
                )?;
                if !text.is_empty() {
                    sql.execute(
                        "INSERT INTO templates (language, word, text) VALUES (?1, ?2, ?3)",
                        params![language.code(), state.word(), text],
                    )?;
                }
                let detail = format!("{} {}", language.code(), state.word());
                log.add("template_changed", Subject::Office, &detail);
                Ok(())
            },
        )
    }
}

/// The sentence that ends everything that this office tells a family.
pub(crate) fn fraud_warning(language: Language) -> &'static str {
    wording(language, FRAUD).unwrap_or_default()
}

fn check(language: Language, text: &str) -> Result<(), Error> {
    // Nothing is filled in: state, parcel and reason are parts of the note itself. A family would read the braces.
    if text.contains(['{', '}']) {
        return Err(Error::Placeholder);
    }
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic());
    let speaks_of_death = |word: &str| {
        DEATH_WHOLE.contains(&word) || DEATH.iter().any(|begin| word.starts_with(begin))
    };
    if words.any(speaks_of_death) {
        return Err(Error::ToldByAPerson);
    }
    compose(text, None, wording(language, FRAUD)).map(drop)
}

/// What a note says besides its state: the wording, the reason if there is one, the warning.
pub(super) fn remark(
    sql: &Transaction<'_>,
    language: Language,
    state: State,
    why: Option<&str>,
) -> Result<Prose<REMARK_MAX>, Error> {
    let own = own(sql, language, state.word())?;
    let text = own
        .as_deref()
        .or(wording(language, state.word()))
        .unwrap_or("");
    let why = why.and_then(|word| reason(language, word));
    let fraud = wording(language, FRAUD);
    // A long wording leaves no room for the reason: the warning goes before it.
    compose(text, why, fraud).or_else(|_| compose(text, None, fraud))
}

fn compose(text: &str, why: Option<&str>, fraud: Option<&str>) -> Result<Prose<REMARK_MAX>, Error> {
    let parts: Vec<&str> = [Some(text), why, fraud]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    Prose::typed(&parts.join("\n")).map_err(|_| Error::Text {
        what: "template",
        limit: REMARK_MAX,
    })
}

/// The sentence for the word of a reason.
pub(super) fn reason(language: Language, word: &str) -> Option<&'static str> {
    wording(language, &format!("reason.{word}"))
}

fn wording(language: Language, word: &str) -> Option<&'static str> {
    let (_, text) = WORDINGS.iter().find(|(of, _)| *of == language)?;
    text.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(of, _)| *of == word)
        .map(|(_, sentence)| sentence)
}

fn own(sql: &Transaction<'_>, language: Language, word: &str) -> Result<Option<String>, Error> {
    Ok(sql
        .prepare_cached("SELECT text FROM templates WHERE language = ?1 AND word = ?2")?
        .query_row(params![language.code(), word], |row| row.get(0))
        .optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HoldReason, RefusalReason};

    /// Every state that is told, and every reason, has a sentence in each language, and fits with reason and warning.
    #[test]
    fn wordings_are_complete_and_fit() {
        let reasons: Vec<&str> = HoldReason::ALL
            .iter()
            .map(|reason| reason.word())
            .chain(RefusalReason::ALL.iter().map(|reason| reason.word()))
            .collect();
        for (language, text) in WORDINGS {
            let fraud = wording(language, FRAUD).unwrap();
            let longest = reasons
                .iter()
                .map(|word| reason(language, word).unwrap_or_else(|| panic!("{language} {word}")))
                .max_by_key(|sentence| sentence.len());
            for state in State::ALL.iter().filter(|state| **state > State::InReview) {
                let sentence = wording(language, state.word());
                let sentence = sentence.unwrap_or_else(|| panic!("{language} {state:?}"));
                assert!(check(language, sentence).is_ok(), "{language} {state:?}");
                let why = matches!(state, State::Held | State::Refused)
                    .then_some(longest)
                    .flatten();
                assert!(
                    compose(sentence, why, Some(fraud)).is_ok(),
                    "{language} {state:?}"
                );
            }
            let lines = text.lines().count();
            assert_eq!(lines, 13 + reasons.len() + 1, "{language}: nothing unused");
        }
    }

    #[test]
    fn a_note_speaks_of_no_death() {
        for (language, text) in [
            (Language::Ukrainian, "На жаль, він загинув."),
            (Language::Russian, "Он УМЕР вчера"),
            (Language::English, "We are sorry: he died."),
        ] {
            assert!(
                matches!(check(language, text), Err(Error::ToldByAPerson)),
                "{text}"
            );
        }
        assert!(check(Language::English, "The deadline is Monday").is_ok());
        for filled_by_nobody in ["Лист {number} у нас", "Шановна { $name }!", "}"] {
            let refused = check(Language::Ukrainian, filled_by_nobody);
            assert!(matches!(refused, Err(Error::Placeholder)));
        }
        let long = "я".repeat(REMARK_MAX / 2);
        assert!(matches!(
            check(Language::Ukrainian, &long),
            Err(Error::Text { .. })
        ));
    }
}
