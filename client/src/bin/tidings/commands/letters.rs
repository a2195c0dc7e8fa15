//! `list`, `read`, `forget`.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tidings_client::{
    Account, ContactNumber, Direction, Enclosure, Letter, LetterKind, LetterNumber, Notice, Trust,
};
use tidings_protocol::name;

use super::{contact::trust_word, disk};
use crate::{
    arguments::{Forget, Read},
    failure::Failure,
    interrupt::{self, Stage},
    show::{self, Show, timestamp},
};

pub(crate) fn list(account: &Account, show: &Show) -> Result<(), Failure> {
    let letters = account.letters()?;
    let trust = Trusts::of(account)?;
    if letters.is_empty() {
        show.line("list-none", &[]);
    }
    for letter in &letters {
        show.list_line(letter, trust.in_writer(letter));
    }
    show.json(
        &letters
            .iter()
            .map(|letter| letter_json(letter, trust.in_writer(letter)))
            .collect::<Value>(),
    );
    Ok(())
}

/// How far each contact is to be trusted: a list says beside a letter if nobody has verified who wrote it.
pub(crate) struct Trusts(HashMap<ContactNumber, Trust>);

impl Trusts {
    pub(crate) fn of(account: &Account) -> Result<Self, Failure> {
        let contacts = account.contacts()?;
        Ok(Self(
            contacts
                .iter()
                .map(|contact| (contact.number, contact.trust))
                .collect(),
        ))
    }

    /// Trust in the other side of a letter; none in one whose contact is gone.
    pub(crate) fn in_writer(&self, letter: &Letter) -> Trust {
        self.0
            .get(&letter.contact)
            .copied()
            .unwrap_or(Trust::Unverified)
    }
}

pub(crate) fn read(account: &Account, read: &Read, show: &Show) -> Result<(), Failure> {
    let letter = account.letter(LetterNumber(read.number))?;
    let trust = Trusts::of(account)?.in_writer(&letter);
    header(&letter, trust, show);
    if let Some(notice) = &letter.notice {
        tell_notice(&letter, notice, show);
    }
    if let Some(text) = &letter.text {
        show.plain("");
        show.plain(&printable(text));
        show.plain("");
    }
    let mut saved = Vec::new();
    if let Some(folder) = &read.save {
        interrupt::at(Stage::Saving);
        saved = save(account, &letter, folder)?;
    }
    for enclosure in &letter.enclosures {
        let id = if enclosure.fetched {
            "read-enclosure"
        } else {
            "read-enclosure-missing"
        };
        show.line(
            id,
            &[
                (
                    "kind",
                    show.texts()
                        .text(&format!("enclosure-{}", enclosure.kind.word()))
                        .into(),
                ),
                ("name", name::shown(&enclosure.name).into()),
                ("size", show.texts().size(enclosure.bytes).into()),
            ],
        );
    }
    for path in &saved {
        show.line("read-saved", &[("path", path.display().to_string().into())]);
    }
    let mut value = letter_json(&letter, trust);
    value["saved"] = saved
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Value>();
    show.json(&value);
    // It is read, whatever becomes of the note of that.
    if letter.unread
        && !show::is_output_lost()
        && !account.is_read_only()
        && let Err(error) = account.set_read(letter.number)
    {
        show.note(&error.into());
    }
    Ok(())
}

fn header(letter: &Letter, trust: Trust, show: &Show) {
    let id = match letter.direction {
        Direction::In => "read-from",
        Direction::Out => "read-to",
    };
    show.line(id, &[("name", name::shown(&letter.contact_name).into())]);
    if letter.direction == Direction::In && trust == Trust::Unverified {
        show.line(
            "read-unverified",
            &[("number", letter.contact.to_string().into())],
        );
    }
    if let Some(addressee) = &letter.addressee {
        let id = match letter.kind {
            // As in the list: of a captive's reply the name says who wrote it.
            LetterKind::Reply => "read-by",
            LetterKind::Status => "read-about",
            _ => "read-for",
        };
        show.line(id, &[("name", name::shown(addressee).into())]);
    }
    show.line("read-date", &[("date", show.date(letter.date).into())]);
    if let Some(answered) = letter.answers {
        show.line("read-answers", &[("number", answered.to_string().into())]);
    }
}

fn tell_notice(letter: &Letter, notice: &Notice, show: &Show) {
    let grade = || show.texts().text(&format!("grade-{}", notice.grade));
    if letter.direction == Direction::Out {
        // The office reads what it said itself: it has no need to be told whom to trust.
        show.line(
            "notice-own",
            &[
                ("state", show.state(notice.state).into()),
                ("grade", grade().into()),
            ],
        );
    } else if notice.verified {
        show.line(
            "notice-verified",
            &[
                ("name", name::shown(&letter.contact_name).into()),
                ("state", show.state(notice.state).into()),
                ("grade", grade().into()),
            ],
        );
        show.line(
            "notice-money",
            &[("name", name::shown(&letter.contact_name).into())],
        );
        if notice.state == "closed" {
            show.line(
                "notice-closed",
                &[("number", letter.contact.to_string().into())],
            );
        }
    } else {
        show.line("notice-unverified", &[]);
    }
}

/// What comes from outside must not steer the terminal: control characters but line breaks and tabs are taken out.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|&c| c == '\n' || c == '\t' || !c.is_control())
        .collect()
}

/// Saves text and enclosures; existing files are never written over.
fn save(account: &Account, letter: &Letter, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    tidings_client::files::create_folder(folder)
        .map_err(|source| disk(folder, "writing", source))?;
    let mut saved = Vec::new();
    if let Some(text) = &letter.text {
        saved.push(write_new(
            folder,
            &format!("letter-{}.txt", letter.number),
            text.as_bytes(),
        )?);
    }
    for (place, enclosure) in letter.enclosures.iter().enumerate() {
        if enclosure.fetched {
            let bytes = account.enclosure(letter.number, place)?;
            let name = file_name(letter.number, place, enclosure);
            saved.push(write_new(folder, &name, &bytes)?);
        }
    }
    Ok(saved)
}

/// A name that no sender can choose: only the ending follows the media type that was checked.
fn file_name(number: LetterNumber, place: usize, enclosure: &Enclosure) -> String {
    let ending = match enclosure.media_type.as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/wav" => "wav",
        "text/plain" => "txt",
        _ => "bin",
    };
    format!(
        "letter-{number}-{}-{}.{ending}",
        place + 1,
        enclosure.kind.word()
    )
}

fn write_new(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
    let mut path = folder.join(name);
    for copy in 2.. {
        match tidings_client::files::save_new(&path, bytes) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                path = folder.join(format!("{stem} ({copy}).{ending}"));
            }
            Err(source) => return Err(disk(&path, "writing", source)),
        }
    }
    Ok(path)
}

pub(crate) fn forget(account: &Account, forget: &Forget, show: &Show) -> Result<(), Failure> {
    let letter = account.letter(LetterNumber(forget.number))?;
    if !forget.yes {
        show.letter_line(&letter, Trusts::of(account)?.in_writer(&letter));
        if !show.ask(
            "forget-ask",
            &[("number", forget.number.to_string().into())],
        ) {
            return Err(Failure::failed("not-confirmed"));
        }
    }
    account.forget_letter(letter.number)?;
    show.line(
        "forget-done",
        &[("number", forget.number.to_string().into())],
    );
    show.json(&json!({ "forgotten": forget.number }));
    Ok(())
}

/// A letter for programs.
pub(crate) fn letter_json(letter: &Letter, trust: Trust) -> Value {
    json!({
        "number": letter.number.0,
        "direction": match letter.direction { Direction::In => "in", Direction::Out => "out" },
        "contact": letter.contact.0,
        "contact_name": letter.contact_name,
        "contact_trust": trust_word(trust),
        "date": timestamp(letter.date),
        "kind": letter.kind.word(),
        "state": letter.state.word(),
        "addressee": letter.addressee,
        "text": letter.text,
        "answers": letter.answers.map(|number| number.0),
        "enclosures": letter.enclosures.iter().map(enclosure_json).collect::<Value>(),
        "notice": letter.notice.as_ref().map(|notice| json!({
            "verified": notice.verified,
            "state": notice.state,
            "grade": notice.grade,
            "about": notice.about.map(|number| number.0),
        })),
        "unread": letter.unread,
    })
}

fn enclosure_json(enclosure: &Enclosure) -> Value {
    json!({
        "kind": enclosure.kind.word(),
        "name": enclosure.name,
        "media_type": enclosure.media_type,
        "bytes": enclosure.bytes,
        "fetched": enclosure.fetched,
    })
}
