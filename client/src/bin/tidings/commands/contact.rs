//! `contact …`

use std::{ffi::OsStr, io::Read, path::Path};

use serde_json::{Value, json};
use tidings_client::{
    Account, Contact, ContactNumber, Error, Parting, Renewal, Role, Silent, Trust, Verification,
    WaitingKind, contacts::is_number,
};
use tidings_protocol::{
    language::Language,
    limits::CARD_TEXT_MAX,
    name,
    words::{CheckWords, WordsError},
};

use super::{
    account::{words, words_json},
    disk, wait,
    write::refused,
};
use crate::{
    arguments::Contact as Action,
    failure::Failure,
    interrupt::{self, Stage},
    show::{Show, timestamp},
};

pub(crate) fn run(account: &Account, action: Action, show: &Show) -> Result<(), Failure> {
    match action {
        Action::Add { card, name } => add(account, &card, name.as_deref(), show),
        Action::List => list(account, show),
        Action::Rename { name, new } => rename(account, &name, &new, show),
        Action::Verify { name, words, yes } => verify(account, &name, words.as_deref(), yes, show),
        Action::Freeze { name, yes } => freeze(account, &name, yes, show),
        Action::Renew { name, anew, yes } => renew(account, &name, anew, yes, show),
        Action::Forget { name, yes } => forget(account, &name, yes, show),
    }
}

fn add(account: &Account, card: &OsStr, name: Option<&str>, show: &Show) -> Result<(), Failure> {
    let before: Vec<ContactNumber> = account
        .contacts()?
        .iter()
        .map(|contact| contact.number)
        .collect();
    let contact = match card_given(card)? {
        CardGiven::Text(text) => account.add_contact(&text, name)?,
        CardGiven::File(bytes) => account.add_contact_file(&bytes, name)?,
    };
    let is_known = before.contains(&contact.number);
    if is_known {
        tell_known(&contact, name, show);
    } else {
        show.line("contact-added", &[("name", called(&contact).into())]);
        warn_of_looks(account, &contact, show)?;
    }
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
    if !is_known {
        show.line("contact-law", &[]);
    }
    let mut value = contact_json(&contact);
    value["known"] = is_known.into();
    show.json(&value);
    Ok(())
}

/// A card that is here already brings no new contact and no new name.
fn tell_known(contact: &Contact, asked: Option<&str>, show: &Show) {
    let number = || contact.number.to_string().into();
    show.line(
        "contact-known",
        &[("name", called(contact).into()), ("number", number())],
    );
    if let Some(asked) = asked
        && name::chosen(asked).as_ref() != Ok(&contact.name)
    {
        show.line(
            "contact-known-name",
            &[("name", asked.to_owned().into()), ("number", number())],
        );
    }
}

/// What stands on the command line for a card.
enum CardGiven {
    /// A link, perhaps within a message.
    Text(String),
    /// A card file.
    File(Vec<u8>),
}

/// A link as it is, or what lies in the file of this name: a card file, or a text with the link in it.
fn card_given(given: &OsStr) -> Result<CardGiven, Failure> {
    let path = Path::new(given);
    let given = given.to_string_lossy();
    let is_link = given.to_lowercase().contains("tidings:");
    if is_link {
        return Ok(CardGiven::Text(given.into_owned()));
    }
    if path.is_dir() {
        return Err(Failure::failed("card-folder").with("path", given.into_owned()));
    }
    if !path.exists() {
        // A link that lost its beginning has neither a dot nor a slash in it.
        let is_path = given.contains(['/', '\\', '.']);
        return Err(if is_path {
            Failure::failed("card-no-file").with("path", given.into_owned())
        } else {
            Failure::failed("card-none")
        });
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(CARD_READ_MAX).read_to_end(&mut bytes))
        .map_err(|source| disk(path, "reading", source))?;
    if bytes.is_empty() {
        return Err(Failure::failed("card-empty").with("path", given.into_owned()));
    }
    if is_picture(&bytes) {
        return Err(Failure::failed("card-picture").with("path", given.into_owned()));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) if text.to_lowercase().contains("tidings:") => CardGiven::Text(text),
        Ok(text) => CardGiven::File(text.into_bytes()),
        Err(binary) => CardGiven::File(binary.into_bytes()),
    })
}

/// More than any text that is searched for a card, and any card file: what is longer is refused by its length.
const CARD_READ_MAX: u64 = CARD_TEXT_MAX as u64 + 1;

/// Whether a file begins as pictures and printed pages do: people photograph the code instead of reading it.
fn is_picture(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 5] = [b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"%PDF"];
    marks.iter().any(|mark| bytes.starts_with(mark)) || bytes.get(4..8) == Some(b"ftyp")
}

/// LETTER-20, LETTER-21: the name does not look like what it is, or would be taken for a number or for another contact's.
pub(crate) fn warn_of_looks(
    account: &Account,
    contact: &Contact,
    show: &Show,
) -> Result<(), Failure> {
    let number = || contact.number.to_string().into();
    let of_itself = if name::chosen(&contact.name).as_ref() != Ok(&contact.name) {
        Some("contact-looks")
    } else if is_number(&contact.name) {
        Some("contact-digits")
    } else {
        None
    };
    if let Some(id) = of_itself {
        show.aside(
            id,
            &[("name", called(contact).into()), ("number", number())],
        );
    }
    let contacts = account.contacts()?;
    let alike = contacts.iter().find(|other| {
        other.number != contact.number && name::look_alike(&other.name, &contact.name)
    });
    if let Some(other) = alike {
        show.aside(
            "contact-alike",
            &[
                ("name", called(contact).into()),
                ("number", number()),
                ("other", called(other).into()),
                ("other_number", other.number.to_string().into()),
            ],
        );
    }
    Ok(())
}

/// A contact's name as it is shown.
pub(crate) fn called(contact: &Contact) -> String {
    name::shown(&contact.name)
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
                ("name", called(contact).into()),
                ("role", show.texts().text(role_key(contact.role)).into()),
                ("trust", show.trust(contact.trust).into()),
            ],
        );
    }
    show.json(&contacts.iter().map(contact_json).collect::<Value>());
    Ok(())
}

fn rename(account: &Account, name: &str, new: &str, show: &Show) -> Result<(), Failure> {
    let before = account.find_contact(name)?;
    let contact = account
        .rename_contact(before.number, new)
        .map_err(|error| match error {
            // Unlike adding, renaming has no option for another name.
            Error::NameTaken { .. } => Failure::from(error).renamed("name-taken-already"),
            error => error.into(),
        })?;
    show.line(
        "contact-named",
        &[
            ("before", called(&before).into()),
            ("name", called(&contact).into()),
        ],
    );
    warn_of_looks(account, &contact, show)?;
    show.json(&contact_json(&contact));
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
    let called = || called(&contact).into();
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
    let contact = account
        .verify_contact(contact.number, &verification)
        .map_err(|error| refused(error, &contact))?;
    show.line(
        "contact-verified",
        &[("name", name::shown(&contact.name).into())],
    );
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

/// After a freeze only a family can begin anew, so each side is told another next step.
fn freeze(account: &Account, name: &str, yes: bool, show: &Show) -> Result<(), Failure> {
    let contact = account.find_contact(name)?;
    if !yes && !show.ask("contact-freeze-ask", &[("name", called(&contact).into())]) {
        return Err(Failure::failed("not-confirmed"));
    }
    let contact = account.freeze_contact(contact.number)?;
    let id = match contact.role {
        Role::Office => "contact-frozen-office",
        Role::Family => "contact-frozen-family",
    };
    show.line(
        id,
        &[
            ("name", called(&contact).into()),
            ("number", contact.number.to_string().into()),
        ],
    );
    show.json(&contact_json(&contact));
    Ok(())
}

fn renew(account: &Account, name: &str, anew: bool, yes: bool, show: &Show) -> Result<(), Failure> {
    let contact = account.find_contact(name)?;
    if anew && contact.role == Role::Family {
        return Err(tidings_client::Error::FamilyMustBegin.into());
    }
    if anew && !yes && !show.ask("contact-renew-ask", &[("name", called(&contact).into())]) {
        return Err(Failure::failed("not-confirmed"));
    }
    if anew {
        // Nothing more goes out under the old keys, whoever has them; what follows a freeze is a new first contact.
        account.freeze_contact(contact.number)?;
    }
    let (id, word) = match account.renew_contact(contact.number)? {
        Renewal::Asked => ("contact-renewing", "asked"),
        Renewal::Begun => ("contact-renewed", "begun"),
    };
    show.line(
        id,
        &[
            ("name", called(&contact).into()),
            ("number", contact.number.to_string().into()),
        ],
    );
    show.json(&json!({ "contact": contact.number.0, "renewal": word }));
    Ok(())
}

/// Whoever is deleted could still write: that is said before it is too late, and the other side is told as well as it can be.
fn forget(account: &Account, name: &str, yes: bool, show: &Show) -> Result<(), Failure> {
    let contact = account.find_contact(name)?;
    let called = || called(&contact).into();
    match account.parting(contact.number)? {
        Parting::Notice => show.aside("contact-forget-family", &[("name", called())]),
        Parting::Silent => show.aside("contact-forget-silent", &[("name", called())]),
        Parting::Mailbox => {}
    }
    if !yes && !show.ask("contact-forget-ask", &[("name", called())]) {
        return Err(Failure::failed("not-confirmed"));
    }
    let parting = account.forget_contact(contact.number)?;
    show.line("contact-forgotten", &[("name", called())]);
    let mut told = None;
    if parting == Parting::Notice {
        interrupt::at(Stage::Sending);
        let report = wait(account.send(false, &Silent))?;
        show.warnings(&report.warnings);
        let waits = account
            .outbox()?
            .iter()
            .any(|item| item.kind == WaitingKind::Closing);
        let id = if waits {
            "contact-closing-waits"
        } else {
            "contact-closing-sent"
        };
        show.line(id, &[("name", called())]);
        told = Some(!waits);
    }
    show.json(&json!({ "forgotten": contact.number.0, "told": told }));
    Ok(())
}

/// How far a contact is to be trusted, for programs.
pub(crate) fn trust_word(trust: Trust) -> &'static str {
    match trust {
        Trust::Unverified => "unverified",
        Trust::Verified { .. } => "verified",
        Trust::Frozen => "frozen",
    }
}

fn contact_json(contact: &Contact) -> Value {
    let on = match contact.trust {
        Trust::Verified { on } => timestamp(on),
        Trust::Unverified | Trust::Frozen => None,
    };
    json!({
        "number": contact.number.0,
        "name": contact.name,
        "role": match contact.role { Role::Office => "office", Role::Family => "family" },
        "trust": trust_word(contact.trust),
        "verified_on": on,
        "words": contact.words.as_ref().map(words_json),
        "answered": contact.answered,
        "renewing": contact.renewing,
        "letters_left": contact.letters_left,
    })
}
