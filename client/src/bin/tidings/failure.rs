//! Whatever ends a command early, as a sentence in the person's language that says what to do.

use std::{error::Error as _, io};

use fluent_templates::fluent_bundle::FluentValue;
use serde_json::json;

use tidings_client::{Error, Field};
use tidings_protocol::name;

use crate::{
    show::{self, Show},
    translations::Texts,
};

/// Why a command ended early: the key of a text (`error-…`) and its arguments.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    arguments: Vec<(&'static str, Argument)>,
    /// What the system or a library said, in its own language: for whoever is asked for help.
    detail: Option<String>,
    exit: u8,
    told: bool,
}

/// What stands in a sentence.
#[derive(Debug)]
enum Argument {
    Value(FluentValue<'static>),
    /// Bytes, said in units of the language.
    Size(u64),
    /// The key of another text.
    Text(&'static str),
}

/// The argument that has lines of its own; whoever makes it leaves out what steers a terminal.
pub(crate) const CANDIDATES: &str = "candidates";

/// The command could not be understood (as clap exits).
pub(crate) const EXIT_USAGE: u8 = 2;
/// The command was understood and failed.
const EXIT_FAILED: u8 = 1;

impl Failure {
    /// The command line itself is wrong.
    pub(crate) fn usage(code: &str) -> Self {
        Self {
            exit: EXIT_USAGE,
            ..Self::failed(code)
        }
    }

    /// The command failed.
    pub(crate) fn failed(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            arguments: Vec::new(),
            detail: None,
            exit: EXIT_FAILED,
            told: false,
        }
    }

    /// With an argument of the text.
    pub(crate) fn with(
        mut self,
        name: &'static str,
        value: impl Into<FluentValue<'static>>,
    ) -> Self {
        self.arguments.push((name, Argument::Value(value.into())));
        self
    }

    /// With a number of bytes.
    pub(crate) fn with_size(mut self, name: &'static str, bytes: u64) -> Self {
        self.arguments.push((name, Argument::Size(bytes)));
        self
    }

    /// With what the system said about a file: as a sentence of ours, its own words as the detail.
    fn with_reason(mut self, source: &io::Error) -> Self {
        self.arguments
            .push(("reason", Argument::Text(reason(source.kind()))));
        self
    }

    /// The same failure of what was typed or came through a pipe, which has no name of a file.
    pub(crate) fn of_typed(mut self) -> Self {
        for (name, argument) in &mut self.arguments {
            if *name == "path" {
                *argument = Argument::Text("typed-text");
            }
        }
        self
    }

    /// The same failure under another name, where more is known about what to do.
    pub(crate) fn renamed(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    /// The sentence. Texts of failures are `error-CODE`; those of pictures are the code itself, behind the file's name.
    pub(crate) fn sentence(&self, texts: &Texts) -> String {
        let arguments: Vec<(&'static str, FluentValue<'_>)> = self
            .arguments
            .iter()
            .map(|(name, argument)| {
                let value = match argument {
                    // Names of files and words of the command line are anybody's: nothing in them steers a terminal.
                    Argument::Value(FluentValue::String(text)) if *name != CANDIDATES => {
                        name::shown(text).into()
                    }
                    Argument::Value(value) => value.clone(),
                    Argument::Size(bytes) => texts.size(*bytes).into(),
                    Argument::Text(id) => texts.text(id).into(),
                };
                (*name, value)
            })
            .collect();
        if let Some(sentence) = texts.find(&format!("error-{}", self.code), &arguments) {
            return sentence;
        }
        if self.code.starts_with("picture-")
            && let Some(sentence) = texts.find(&self.code, &arguments)
        {
            let name = arguments.iter().find_map(|(key, value)| match value {
                FluentValue::String(name) if *key == "name" => Some(name.as_ref()),
                _ => None,
            });
            return match name {
                Some(name) => format!("{name}: {}", uncapitalised(&sentence)),
                None => sentence,
            };
        }
        texts.with("error-other", &[("code", self.code.clone().into())])
    }

    /// The sentence as it stands behind a colon.
    pub(crate) fn clause(&self, texts: &Texts) -> String {
        uncapitalised(&self.sentence(texts))
    }

    /// The same with another exit status.
    pub(crate) fn exiting(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    /// The same, already told to the person: only the exit status is left.
    pub(crate) fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// The stable name of the failure.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What the system or a library said.
    pub(crate) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Shows the failure: on standard error for people, as one JSON value on standard output for programs.
    pub(crate) fn show(&self, show: &Show) -> u8 {
        if self.told {
            return self.exit;
        }
        if !show.is_json() {
            show.note(self);
            return self.exit;
        }
        let error = json!({
            "code": self.code,
            "message": self.sentence(show.texts()),
            "detail": self.detail,
        });
        show::print(&json!({ "error": error }).to_string());
        if show::is_output_lost() {
            eprintln!("{}", self.sentence(show.texts()));
        }
        self.exit
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self::failed(error.code());
        failure.detail = Some(chain(&error));
        if let Error::Disk { path, source, .. } = &error {
            return failure
                .with("path", path.display().to_string())
                .with_reason(source);
        }
        if let Error::Name { limit, .. } = &error {
            // Cyrillic letters take two bytes.
            return failure.with("letters", *limit as u64 / 2);
        }
        let in_bytes = matches!(
            error,
            Error::Voice { .. } | Error::Line(_) | Error::Content(_)
        );
        for (name, field) in error.fields() {
            failure = match field {
                Field::Number(number) if in_bytes => failure.with_size(name, number),
                Field::Number(number) => failure.with(name, number),
                Field::Text(text) => failure.with(name, text),
            };
        }
        failure
    }
}

/// A sentence with a small first letter, unless that begins an abbreviation.
fn uncapitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), second) if second.is_none_or(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

/// An error and what caused it, in the words of the programs.
fn chain(error: &Error) -> String {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Some errors repeat their cause in their own words.
        if !chain.contains(&words) {
            chain.push_str(": ");
            chain.push_str(&words);
        }
        cause = error.source();
    }
    chain
}

/// What a person can make of a failed file operation.
pub(crate) fn reason(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => "os-not-found",
        Kind::PermissionDenied => "os-permission-denied",
        Kind::AlreadyExists => "os-already-exists",
        Kind::IsADirectory => "os-is-a-folder",
        Kind::NotADirectory => "os-not-a-folder",
        Kind::StorageFull | Kind::QuotaExceeded => "os-storage-full",
        Kind::FileTooLarge => "os-file-too-large",
        Kind::ReadOnlyFilesystem => "os-read-only",
        Kind::InvalidFilename | Kind::InvalidInput => "os-file-name",
        Kind::ResourceBusy | Kind::ExecutableFileBusy => "os-busy",
        _ => "os-other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_named_steers_no_terminal() {
        let english = Texts::choose(Some("en"));
        let path = "evil\u{1b}[31m\u{202e}gpj.exe\nYour letter is sent";
        let said = Failure::failed("card-empty")
            .with("path", path)
            .sentence(&english);
        assert!(
            said.starts_with("evil<U+001B>[31m<U+202E>gpj.exe<U+000A>"),
            "{said}"
        );
    }

    #[test]
    fn behind_a_colon_a_sentence_begins_small() {
        let ukrainian = Texts::choose(Some("uk"));
        let refused = Failure::failed("picture-unknown-format").with("name", "fake.jpg");
        let sentence = refused.sentence(&ukrainian);
        assert!(sentence.starts_with("fake.jpg: це не"), "{sentence}");
        assert_eq!(uncapitalised("В этом тексте"), "в этом тексте");
        assert_eq!(uncapitalised("PNG"), "PNG");
        assert_eq!(uncapitalised(""), "");
    }
}
