//! How things look: dates, sizes, lines for people, JSON for programs.

use serde_json::Value;
use tidings_client::{Letter, Trust, Warning};
use tidings_protocol::time::UnixTime;
use time::{OffsetDateTime, macros::format_description};

use crate::{
    failure::Failure,
    translations::{Arguments, Texts},
};

/// The way to the person, or to the program that asked.
#[derive(Debug)]
pub(crate) struct Show {
    texts: Texts,
    json: bool,
}

impl Show {
    pub(crate) fn new(texts: Texts, json: bool) -> Self {
        Self { texts, json }
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

    /// A failure that does not end the command.
    pub(crate) fn note(&self, failure: &Failure) {
        if !self.json {
            eprintln!("{}", failure.sentence(&self.texts));
        }
    }

    /// Asks a yes-or-no question on the terminal; only the language's whole word for yes means yes.
    pub(crate) fn ask(&self, id: &str, arguments: &Arguments<'_>) -> bool {
        eprint!("{}", self.texts.with(id, arguments));
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && answer.trim().to_lowercase() == self.texts.text("answer-yes")
    }

    /// A number of bytes for people.
    pub(crate) fn size(&self, bytes: u64) -> String {
        let (id, n) = match bytes {
            0..1_024 => ("size-bytes", bytes.to_string()),
            1_024..1_048_576 => ("size-kib", bytes.div_ceil(1_024).to_string()),
            _ => {
                let tenths = (bytes * 10).div_ceil(1_048_576);
                let point = if self.texts.code() == "en" { '.' } else { ',' };
                ("size-mib", format!("{}{point}{}", tenths / 10, tenths % 10))
            }
        };
        self.texts.with(id, &[("n", n.into())])
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

    /// One line of a list of letters.
    pub(crate) fn letter_line(&self, letter: &Letter) {
        let arrow = match letter.direction {
            tidings_client::Direction::In => "arrow-in",
            tidings_client::Direction::Out => "arrow-out",
        };
        self.line(
            "list-line",
            &[
                ("number", letter.number.to_string().into()),
                ("date", self.date(letter.date).into()),
                ("arrow", self.texts.text(arrow).into()),
                ("name", letter.contact_name.clone().into()),
                (
                    "kind",
                    self.texts
                        .text(&format!("kind-{}", letter.kind.word()))
                        .into(),
                ),
                ("state", self.state(letter.state.word()).into()),
            ],
        );
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
    if let Err(error) = writeln!(std::io::stdout(), "{line}")
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("{error}");
    }
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
