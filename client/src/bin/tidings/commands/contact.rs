//! `contact …`

use std::path::Path;

use serde_json::{Value, json};
use tidings_client::{Account, Contact, Renewal, Role, Trust, Verification};
use tidings_protocol::{
    language::Language,
    words::{CheckWords, WordsError},
};

use super::account::{disk, words, words_json};
use crate::{
    arguments::Contact as Action,
    failure::Failure,
    show::{Show, timestamp},
};

pub(crate) fn run(account: &Account, action: Action, show: &Show) -> Result<(), Failure> {
    match action {
        Action::Add { card, name } => add(account, &card, name.as_deref(), show),
        Action::List => list(account, show),
        Action::Verify { name, words, yes } => verify(account, &name, words.as_deref(), yes, show),
        Action::Freeze { name } => freeze(account, &name, show),
        Action::Renew { name } => renew(account, &name, show),
        Action::Forget { name, yes } => forget(account, &name, yes, show),
    }
}

fn add(account: &Account, card: &str, name: Option<&str>, show: &Show) -> Result<(), Failure> {
    let path = Path::new(card);
    let contact = if path.is_file() {
        let file = std::fs::read(path).map_err(|source| disk(path, "reading", source))?;
        account.add_contact_file(&file, name)?
    } else {
        account.add_contact(card, name)?
    };
    show.line("contact-added", &[("name", contact.name.clone().into())]);
    if let Some(check) = &contact.words
        && contact.trust == Trust::Unverified
    {
        show.line("contact-check", &[]);
        words(check, show);
        show.line(
            "contact-check-how",
            &[("name", contact.number.to_string().into())],
        );
    }
    show.line("contact-law", &[]);
    show.json(&contact_json(&contact));
    Ok(())
}

fn list(account: &Account, show: &Show) -> Result<(), Failure> {
    let contacts = account.contacts()?;
    if contacts.is_empty() {
        show.line("contacts-none", &[]);
    }
    for contact in &contacts {
        show.line(
            "contact-line",
            &[
                ("id", contact.number.to_string().into()),
                ("name", contact.name.clone().into()),
                ("role", show.texts().text(role_key(contact.role)).into()),
                ("trust", show.trust(contact.trust).into()),
            ],
        );
    }
    show.json(&contacts.iter().map(contact_json).collect::<Value>());
    Ok(())
}

fn role_key(role: Role) -> &'static str {
    match role {
        Role::Office => "role-office",
        Role::Family => "role-family",
    }
}

/// Words from another channel, or a person who says that they are equal; a card is never compared with itself (WORDS-8).
fn verify(
    account: &Account,
    name: &str,
    heard: Option<&str>,
    yes: bool,
    show: &Show,
) -> Result<(), Failure> {
    let contact = account.find_contact(name)?;
    let called = || contact.name.clone().into();
    let verification = match heard {
        Some(heard) => Verification::Words(parse_words(heard, show.texts().language())?),
        None => {
            let question = match &contact.words {
                Some(check) => {
                    show.line("contact-verify-words", &[("name", called())]);
                    words(check, show);
                    "contact-verify-ask"
                }
                None => {
                    show.line("contact-verify-family", &[("name", called())]);
                    "contact-verify-ask-family"
                }
            };
            if !yes && !show.ask(question, &[]) {
                show.line("contact-not-verified", &[]);
                return Err(Failure::failed("not-confirmed"));
            }
            Verification::Person
        }
    };
    let contact = account.verify_contact(contact.number, &verification)?;
    show.line("contact-verified", &[("name", contact.name.clone().into())]);
    show.json(&contact_json(&contact));
    Ok(())
}

/// Words heard by telephone, in the language of the output or in another.
fn parse_words(heard: &str, language: Language) -> Result<CheckWords, Failure> {
    let mut best: Option<WordsError> = None;
    for language in [language].into_iter().chain(Language::ALL) {
        match CheckWords::parse(heard, language) {
            Ok(words) => return Ok(words),
            // The language in which most words were understood is the one that was meant.
            Err(error) => {
                if best
                    .as_ref()
                    .is_none_or(|best| understood(&error) > understood(best))
                {
                    best = Some(error);
                }
            }
        }
    }
    Err(best.map_or_else(|| Failure::usage("words-count"), words_failure))
}

/// How many words were understood before this.
fn understood(error: &WordsError) -> usize {
    match error {
        WordsError::Unknown { position, .. } => position.saturating_sub(1),
        WordsError::Count { .. } => usize::MAX,
        WordsError::TooLong { .. } => 0,
    }
}

fn words_failure(error: WordsError) -> Failure {
    match error {
        WordsError::Unknown {
            position,
            word,
            nearest: Some(nearest),
        } => Failure::usage("words-unknown-like")
            .with("position", position.to_string())
            .with("word", word)
            .with("like", nearest),
        WordsError::Unknown {
            position,
            word,
            nearest: None,
        } => Failure::usage("words-unknown")
            .with("position", position.to_string())
            .with("word", word),
        WordsError::Count { got } => Failure::usage("words-count").with("got", got.to_string()),
        WordsError::TooLong { .. } => Failure::usage("words-count").with("got", ">8"),
    }
}

fn freeze(account: &Account, name: &str, show: &Show) -> Result<(), Failure> {
    let contact = account.freeze_contact(account.find_contact(name)?.number)?;
    show.line("contact-frozen", &[("name", contact.name.clone().into())]);
    show.json(&contact_json(&contact));
    Ok(())
}

fn renew(account: &Account, name: &str, show: &Show) -> Result<(), Failure> {
    let contact = account.find_contact(name)?;
    let (id, word) = match account.renew_contact(contact.number)? {
        Renewal::Asked => ("contact-renewing", "asked"),
        Renewal::Begun => ("contact-renewed", "begun"),
    };
    show.line(id, &[("name", contact.name.clone().into())]);
    show.json(&json!({ "contact": contact.number.0, "renewal": word }));
    Ok(())
}

fn forget(account: &Account, name: &str, yes: bool, show: &Show) -> Result<(), Failure> {
    let contact = account.find_contact(name)?;
    let called = || contact.name.clone().into();
    if !yes && !show.ask("contact-forget-ask", &[("name", called())]) {
        return Err(Failure::failed("not-confirmed"));
    }
    account.forget_contact(contact.number)?;
    show.line("contact-forgotten", &[("name", called())]);
    show.json(&json!({ "forgotten": contact.number.0 }));
    Ok(())
}

fn contact_json(contact: &Contact) -> Value {
    let (trust, on) = match contact.trust {
        Trust::Unverified => ("unverified", None),
        Trust::Verified { on } => ("verified", timestamp(on)),
        Trust::Frozen => ("frozen", None),
    };
    json!({
        "number": contact.number.0,
        "name": contact.name,
        "role": match contact.role { Role::Office => "office", Role::Family => "family" },
        "trust": trust,
        "verified_on": on,
        "words": contact.words.as_ref().map(words_json),
        "answered": contact.answered,
        "renewing": contact.renewing,
        "letters_left": contact.letters_left,
    })
}
