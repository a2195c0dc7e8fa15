//! What a letter says, in the form that fits who writes to whom.

use tidings_protocol::{
    language::Language,
    letter::{self, Addressee, Content, Enclosure, Message, PersonName, Reply, Writer},
    line::{Line, Prose},
    time::Day,
};

use crate::{
    Draft, Error, Role,
    account::account,
    records::{ContactRecord, LetterRecord},
    vault::Tables,
};

/// What is written, in the form that fits who writes to whom.
pub(super) fn content(
    tables: &Tables<'_>,
    contact: &mut ContactRecord,
    draft: &Draft,
    answered: Option<&LetterRecord>,
    enclosures: Vec<Enclosure>,
    today: Day,
) -> Result<Content, Error> {
    let account = account(tables)?;
    let text = draft.text.trim();
    let language = language_of(text, &account.languages);
    let answers = answered.and_then(|answered| answered.plain);
    let all_scans = !enclosures.is_empty()
        && enclosures
            .iter()
            .all(|enclosure| enclosure.kind == letter::EnclosureKind::Scan);
    let is_reply = contact.role == Role::Family && answered.is_some() && all_scans;
    let is_letter =
        contact.role == Role::Office && (draft.addressee.is_some() || answered.is_none());
    if is_reply || is_letter {
        contact.last_plain = contact.last_plain.saturating_add(1);
    }
    let number = contact.last_plain;
    if is_reply {
        return Ok(Content::Reply(Reply {
            number,
            answers,
            received: today,
            written: None,
            remark: Prose::typed(text)?,
            pages: enclosures,
        }));
    }
    if !is_letter {
        return Ok(Content::Message(Message {
            answers,
            language,
            written: today,
            text: Prose::typed(text)?,
            enclosures,
        }));
    }
    let addressee = draft
        .addressee
        .as_deref()
        .map(|name| -> Result<_, Error> {
            Ok(Addressee {
                name: PersonName {
                    own: Line::new(name)?,
                    latin: None,
                },
                born: None,
                internment_number: None,
            })
        })
        .transpose()?;
    Ok(Content::Letter(Box::new(letter::Letter {
        number,
        route: None,
        language,
        writer: Writer {
            name: Line::new(account.name)?,
            relation: None,
        },
        addressee,
        written: today,
        text: Prose::typed(text)?,
        enclosures,
    })))
}

/// Told by the letters that only one of the languages has; else the first language of the account. A person at the desk
/// reads the letter anyhow.
fn language_of(text: &str, languages: &[Language]) -> Language {
    let lower = text.to_lowercase();
    let has = |letters: &[char]| lower.contains(letters);
    if has(&['і', 'ї', 'є', 'ґ']) {
        Language::Ukrainian
    } else if has(&['ы', 'э', 'ъ', 'ё']) {
        Language::Russian
    } else if !text.is_empty() && text.is_ascii() {
        Language::English
    } else {
        languages.first().copied().unwrap_or(Language::Ukrainian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_told_by_letters_that_one_of_them_lacks() {
        let languages = [Language::Russian, Language::Ukrainian];
        for (text, language) in [
            ("Любий Іване!", Language::Ukrainian),
            ("Как ты? Пиши.", Language::Russian),
            ("Мама", Language::Russian),
            ("Dear friend", Language::English),
            ("", Language::Russian),
        ] {
            assert_eq!(language_of(text, &languages), language, "{text}");
        }
    }
}
