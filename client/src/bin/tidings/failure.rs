//! Whatever ends a command early, as a sentence in the person's language that says what to do.

use fluent_templates::fluent_bundle::FluentValue;
use serde_json::json;

use tidings_client::{Error, Field};

use crate::{show, translations::Texts};

/// Why a command ended early: the key of a text (`error-…`) and its arguments.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    arguments: Vec<(&'static str, FluentValue<'static>)>,
    exit: u8,
    told: bool,
}

/// The command could not be understood (as clap exits).
const EXIT_USAGE: u8 = 2;
/// The command was understood and failed.
const EXIT_FAILED: u8 = 1;

impl Failure {
    /// The command line itself is wrong.
    pub(crate) fn usage(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            arguments: Vec::new(),
            exit: EXIT_USAGE,
            told: false,
        }
    }

    /// The command failed.
    pub(crate) fn failed(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            arguments: Vec::new(),
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
        self.arguments.push((name, value.into()));
        self
    }

    /// The sentence. Texts of failures are `error-CODE`; those of pictures are the code itself, behind the file's name.
    pub(crate) fn sentence(&self, texts: &Texts) -> String {
        if let Some(sentence) = texts.find(&format!("error-{}", self.code), &self.arguments) {
            return sentence;
        }
        if self.code.starts_with("picture-")
            && let Some(sentence) = texts.find(&self.code, &self.arguments)
        {
            let name = self.arguments.iter().find_map(|(key, value)| match value {
                FluentValue::String(name) if *key == "name" => Some(name.as_ref()),
                _ => None,
            });
            return match name {
                Some(name) => format!("{name}: {sentence}"),
                None => sentence,
            };
        }
        texts.with("error-other", &[("code", self.code.clone().into())])
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

    /// Shows the failure: on standard error for people, as one JSON value on standard output for programs.
    pub(crate) fn show(&self, texts: &Texts, as_json: bool) -> u8 {
        let sentence = self.sentence(texts);
        if self.told {
            return self.exit;
        }
        if as_json {
            show::print(
                &json!({ "error": { "code": self.code, "message": sentence } }).to_string(),
            );
        } else {
            eprintln!("{sentence}");
        }
        self.exit
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self::failed(error.code());
        for (name, field) in error.fields() {
            failure = match field {
                Field::Number(number) => failure.with(name, number),
                Field::Text(text) => failure.with(name, text),
            };
        }
        failure
    }
}
