//! What a person typed, understood or answered in the person's language.

use std::process::ExitCode;

use clap::{
    FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    arguments::{Arguments, command},
    encoding,
    failure::{EXIT_USAGE, Failure},
    show::{self, Show},
    translations::Texts,
};

/// The value of `--lang`, looked for before anything is parsed, since it decides the language of parsing's own errors.
pub(crate) fn asked_language() -> Option<String> {
    let mut arguments = words();
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            return arguments.next();
        }
        if let Some(value) = argument.strip_prefix("--lang=") {
            return Some(value.to_owned());
        }
    }
    None
}

/// The words of this command line, to be looked at and not to be used: a file may have a name that is no text.
fn words() -> impl Iterator<Item = String> {
    std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
}

/// The arguments of this process; or help, version or an error was shown, and this is the exit status.
pub(crate) fn parse(texts: &Texts) -> Result<Arguments, ExitCode> {
    let parsed = command(texts)
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            show::note_output(error.print());
            match show::is_output_lost() {
                true => ExitCode::from(Failure::failed("output").show(&shown(texts))),
                false => ExitCode::SUCCESS,
            }
        }
        // A program is told in its own way; people get the help of the command that lacks its second word.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
            if is_asked("--json") =>
        {
            let missing = texts.text("help-value-command");
            ExitCode::from(
                Failure::usage("usage-missing")
                    .with("what", missing)
                    .show(&shown(texts)),
            )
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(EXIT_USAGE)
        }
        ErrorKind::MissingSubcommand => {
            let named: Vec<String> = words().collect();
            eprint!("{}", innermost(command(texts), &named).render_help());
            ExitCode::from(EXIT_USAGE)
        }
        _ => ExitCode::from(sentence(&error).show(&shown(texts))),
    })
}

fn is_asked(flag: &str) -> bool {
    words().any(|word| word == flag)
}

/// How errors of a command line that was not understood are shown, as far as it says that.
fn shown(texts: &Texts) -> Show {
    Show::new(texts.clone(), is_asked("--json"), is_asked("--verbose"))
}

/// `tidings help [COMMAND]`: the help of the command of this path.
pub(crate) fn help(path: &[String], texts: &Texts) -> Result<(), Failure> {
    let mut command = command(texts);
    for name in path {
        command.build();
        let Some(sub) = command.find_subcommand(name) else {
            return Err(Failure::usage("usage-unknown").with("what", name.clone()));
        };
        command = sub.clone();
    }
    show::note_output(command.print_help());
    Ok(())
}

/// The deepest command that the words of a command line name; options and their values between them are passed over.
fn innermost(mut command: clap::Command, words: &[String]) -> clap::Command {
    command.build();
    for word in words {
        if let Some(sub) = command.find_subcommand(word) {
            command = sub.clone();
        }
    }
    command
}

fn sentence(error: &clap::Error) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(value)) => Some(value.clone()),
        Some(ContextValue::Strings(values)) => Some(values.join(", ")),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg)
        .or_else(|| context(ContextKind::InvalidSubcommand))
        .unwrap_or_default();
    let suggestion =
        context(ContextKind::SuggestedArg).or_else(|| context(ContextKind::SuggestedSubcommand));
    match (error.kind(), suggestion) {
        (ErrorKind::MissingRequiredArgument, _) => {
            Failure::usage("usage-missing").with("what", argument)
        }
        (ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand, Some(suggestion)) => {
            Failure::usage("usage-unknown-like")
                .with("what", argument)
                .with("like", suggestion)
        }
        (ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand, None) => {
            Failure::usage("usage-unknown").with("what", argument)
        }
        (ErrorKind::ValueValidation, _) if argument.starts_with("--text-encoding") => {
            let value = context(ContextKind::InvalidValue).unwrap_or_default();
            Failure::usage("usage-encoding")
                .with("value", value)
                .with("encodings", encoding::names().join(", "))
        }
        (ErrorKind::ArgumentConflict, _) => Failure::usage("usage-conflict")
            .with("what", argument)
            .with("other", context(ContextKind::PriorArg).unwrap_or_default()),
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, _) => {
            let value = context(ContextKind::InvalidValue).unwrap_or_default();
            if value.is_empty() {
                Failure::usage("usage-missing").with("what", argument)
            } else {
                Failure::usage("usage-value")
                    .with("what", argument)
                    .with("value", value)
            }
        }
        (ErrorKind::InvalidUtf8, _) => Failure::usage("usage-no-text"),
        _ => Failure::usage("usage-other").with("what", argument),
    }
}
