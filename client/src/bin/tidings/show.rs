//! How things look: dates, sizes, lines for people, JSON for programs.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use tidings_client::{Direction, Letter, LetterKind, Trust, Warning};
use tidings_protocol::{name, time::UnixTime};
use time::{OffsetDateTime, macros::format_description};

use crate::{
    failure::Failure,
    translations::{Arguments, Texts},
};

/// The way to the person, or to the program that asked.
#[derive(Debug, Clone)]
pub(crate) struct Show {
    texts: Texts,
    json: bool,
    verbose: bool,
}

impl Show {
    pub(crate) fn new(texts: Texts, json: bool, verbose: bool) -> Self {
        Self {
            texts,
            json,
            verbose,
        }
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// One line of text; nothing for programs.
    pub(crate) fn line(&self, id: &str, arguments: &Arguments<'_>) {
        if !self.json {
            print(&self.texts.with(id, arguments));
        }
    }

    /// A line that needs no translation: a link, a person's own words.
    pub(crate) fn plain(&self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// The one JSON value of this command; nothing for people.
    pub(crate) fn json(&self, value: &Value) {
        if self.json {
            print(&value.to_string());
        }
    }

    /// What a person should know although nothing failed; on standard error, so that it never mixes with the output.
    pub(crate) fn warnings(&self, warnings: &[Warning]) {
        if !self.json {
            for warning in warnings {
                eprintln!(
                    "{}",
                    self.texts.text(&format!("warning-{}", warning.code()))
                );
            }
        }
    }

    /// That nothing can be written, beside what is asked for.
    pub(crate) fn read_only(&self) {
        if !self.json {
            eprintln!("{}", self.texts.text("warning-read-only"));
        }
    }

    /// A failure, and with `--verbose` what the system said about it.
    pub(crate) fn note(&self, failure: &Failure) {
        if self.json {
            return;
        }
        eprintln!("{}", failure.sentence(&self.texts));
        if self.verbose
            && let Some(detail) = failure.detail()
        {
            eprintln!("  ({}: {detail})", failure.code());
        }
    }

    /// A line on standard error: what a person should know beside the output.
    pub(crate) fn aside(&self, id: &str, arguments: &Arguments<'_>) {
        if !self.json {
            eprintln!("{}", self.texts.with(id, arguments));
        }
    }

    /// Asks for a line on the terminal.
    pub(crate) fn ask_for(&self, id: &str, arguments: &Arguments<'_>) -> Option<String> {
        eprint!("{}", self.texts.with(id, arguments));
        let mut answer = String::new();
        match std::io::stdin().read_line(&mut answer) {
            Ok(read) if read > 0 => Some(answer.trim().to_owned()),
            // The question stands alone on its line: what follows begins on a new one.
            _ => {
                eprintln!();
                None
            }
        }
    }

    /// Asks a yes-or-no question on the terminal; only the language's whole word for yes means yes.
    pub(crate) fn ask(&self, id: &str, arguments: &Arguments<'_>) -> bool {
        self.ask_for(id, arguments)
            .is_some_and(|answer| answer.to_lowercase() == self.texts.text("answer-yes"))
    }

    /// How far a contact is to be trusted.
    pub(crate) fn trust(&self, trust: Trust) -> String {
        match trust {
            Trust::Unverified => self.texts.text("trust-unverified"),
            Trust::Verified { on } => self
                .texts
                .with("trust-verified", &[("date", self.date(on).into())]),
            Trust::Frozen => self.texts.text("trust-frozen"),
        }
    }

    /// A day as the language writes it.
    pub(crate) fn date(&self, moment: UnixTime) -> String {
        let Some(moment) = calendar(moment) else {
            return String::new();
        };
        let written = if self.texts.code() == "en" {
            moment.format(format_description!("[year]-[month]-[day]"))
        } else {
            moment.format(format_description!("[day].[month].[year]"))
        };
        written.unwrap_or_default()
    }

    /// A moment of today or another day.
    pub(crate) fn moment(&self, moment: UnixTime) -> String {
        let clock = calendar(moment)
            .and_then(|moment| {
                moment
                    .format(format_description!("[hour]:[minute]:[second] UTC"))
                    .ok()
            })
            .unwrap_or_default();
        format!("{} {clock}", self.date(moment))
    }

    /// One line of all letters, which says also what nobody has read yet.
    pub(crate) fn list_line(&self, letter: &Letter, trust: Trust) {
        self.line_of(letter, trust, letter.unread);
    }

    /// A letter that has just come or gone: whose, for whom or about what, and where it is.
    pub(crate) fn letter_line(&self, letter: &Letter, trust: Trust) {
        self.line_of(letter, trust, false);
    }

    fn line_of(&self, letter: &Letter, trust: Trust, unread: bool) {
        let way = match letter.direction {
            Direction::In => "list-from",
            Direction::Out => "list-to",
        };
        let mut mark = match (letter.direction, trust) {
            (_, Trust::Verified { .. }) => String::new(),
            (Direction::Out, Trust::Unverified) => String::new(),
            (Direction::In, Trust::Unverified) => self.texts.text("list-unverified"),
            (_, Trust::Frozen) => self.texts.text("list-frozen"),
        };
        if unread {
            mark.push_str(&self.texts.text("list-unread"));
        }
        let line = self.texts.with(
            "list-line",
            &[
                ("number", letter.number.to_string().into()),
                ("date", self.date(letter.date).into()),
                (
                    "way",
                    self.texts
                        .with(way, &[("name", name::shown(&letter.contact_name).into())])
                        .into(),
                ),
                ("mark", mark.into()),
                ("what", self.what(letter).into()),
            ],
        );
        self.plain(&line);
    }

    /// A letter for somebody, or a notice about one: not the same thing to whoever waits.
    fn what(&self, letter: &Letter) -> String {
        if let Some(notice) = &letter.notice {
            let state = self.state(notice.state);
            return match notice.about {
                _ if !notice.verified => self.texts.text("list-notice-unsigned"),
                Some(about) => self.texts.with(
                    "list-notice-about",
                    &[
                        ("number", about.to_string().into()),
                        ("state", state.into()),
                    ],
                ),
                None => self.texts.with("list-notice", &[("state", state.into())]),
            };
        }
        let kind = self.texts.text(&format!("kind-{}", letter.kind.word()));
        let kind = match &letter.addressee {
            // Of a captive's reply the name says who wrote it.
            Some(addressee) => self.texts.with(
                if letter.kind == LetterKind::Reply {
                    "list-of"
                } else {
                    "list-for"
                },
                &[
                    ("kind", kind.into()),
                    ("name", name::shown(addressee).into()),
                ],
            ),
            None => kind,
        };
        match letter.direction {
            // That a received letter is open needs no word.
            Direction::In => kind,
            Direction::Out => format!("{kind}, {}", self.state(letter.state.word())),
        }
    }

    /// A state in the person's words; one of a newer program as it is.
    pub(crate) fn state(&self, word: &str) -> String {
        self.texts
            .find(&format!("state-{word}"), &[])
            .unwrap_or_else(|| word.to_owned())
    }
}

/// One line on standard output. Whoever reads it may leave early (`tidings list | head`): then there is nobody left to
/// tell, which is no failure of the command.
pub(crate) fn print(line: &str) {
    use std::io::Write;
    note_output(writeln!(io::stdout(), "{line}"));
}

/// Whether something that the command had to say could not be written; the command itself went on.
static OUTPUT_LOST: AtomicBool = AtomicBool::new(false);

/// Remembers what became of writing to standard output. That it fails is told once, at the end, when it is known what was
/// done all the same.
pub(crate) fn note_output(written: io::Result<()>) {
    if written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe) {
        OUTPUT_LOST.store(true, Ordering::Relaxed);
    }
}

/// Whether somebody who may be there was not told what was to be told.
pub(crate) fn is_output_lost() -> bool {
    OUTPUT_LOST.load(Ordering::Relaxed)
}

fn calendar(moment: UnixTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(moment.0).ok()?).ok()
}

/// RFC 3339, for programs.
pub(crate) fn timestamp(moment: UnixTime) -> Option<String> {
    calendar(moment)?
        .format(&time::format_description::well_known::Rfc3339)
        .ok()
}
