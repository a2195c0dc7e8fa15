//! The commands and their flags. Help texts are not here: they come from the translations (`help-…` in `help.ftl`), set by
//! [`command`] for the person's language, so that nothing a person sees is outside them.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Command, CommandFactory, Parser, Subcommand};
use encoding_rs::Encoding;

use crate::{commands::mailbag::parse_size, encoding, translations::Texts};

/// The command line of `tidings`.
#[derive(Debug, Parser)]
#[command(name = "tidings", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[arg(long, global = true, env = "TIDINGS_HOME", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    #[arg(long, global = true, conflicts_with = "passphrase_fd")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[arg(long, global = true)]
    pub(crate) passphrase_fd: Option<u32>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, value_parser = ["uk", "ru", "en"])]
    pub(crate) lang: Option<String>,
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Init(Init),
    Relay(Relay),
    Card(Card),
    #[command(subcommand)]
    Contact(Contact),
    Write(Write),
    Reply(Reply),
    Outbox(Outbox),
    Collect(Collect),
    #[command(subcommand)]
    Mailbag(Mailbag),
    List,
    Read(Read),
    Status,
    Network(Network),
    Passphrase(Passphrase),
    Copied(Copied),
    Forget(Forget),
    Wipe(Wipe),
    Help(Help),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long)]
    pub(crate) relay: String,
}

#[derive(Debug, Args)]
pub(crate) struct Relay {
    pub(crate) address: String,
}

#[derive(Debug, Args)]
pub(crate) struct Card {
    #[arg(long)]
    pub(crate) office: bool,
    #[arg(long)]
    pub(crate) qr: bool,
    #[arg(long)]
    pub(crate) words: bool,
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    #[arg(long, value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) tell_taken: Option<bool>,
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contact {
    Add {
        /// A link, or the name of a file.
        card: OsString,
        #[arg(long)]
        name: Option<String>,
    },
    List,
    Rename {
        name: String,
        new: String,
    },
    Verify {
        name: String,
        #[arg(long)]
        words: Option<String>,
        #[arg(long)]
        yes: bool,
    },
    Freeze {
        name: String,
        #[arg(long)]
        yes: bool,
    },
    Renew {
        name: String,
        #[arg(long)]
        anew: bool,
        #[arg(long)]
        yes: bool,
    },
    Forget {
        name: String,
        #[arg(long)]
        yes: bool,
    },
}

/// What a letter is made of; the same for a first letter and an answer.
#[derive(Debug, Args)]
pub(crate) struct Contents {
    #[arg(long)]
    pub(crate) text: Option<PathBuf>,
    #[arg(long, value_parser = encoding::parse)]
    pub(crate) text_encoding: Option<&'static Encoding>,
    #[arg(long)]
    pub(crate) photo: Vec<PathBuf>,
    #[arg(long)]
    pub(crate) drawing: Vec<PathBuf>,
    #[arg(long)]
    pub(crate) voice: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Write {
    #[arg(long)]
    pub(crate) to: String,
    #[arg(long = "for")]
    pub(crate) addressee: Option<String>,
    #[arg(long = "for-file", conflicts_with = "addressee")]
    pub(crate) addressee_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) contents: Contents,
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reply {
    pub(crate) number: u64,
    #[arg(long)]
    pub(crate) scan: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) contents: Contents,
}

#[derive(Debug, Args)]
pub(crate) struct Outbox {
    #[arg(long)]
    pub(crate) send: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Mailbag {
    Export {
        file: PathBuf,
        #[arg(long)]
        to: Vec<String>,
        #[arg(long, value_parser = parse_size)]
        part_size: Option<u64>,
        #[arg(long)]
        new: bool,
        #[arg(long)]
        at_relay: bool,
    },
    Import {
        #[arg(required = true)]
        file: Vec<PathBuf>,
    },
    Deliver {
        #[arg(required = true)]
        file: Vec<PathBuf>,
    },
    Inspect {
        #[arg(required = true)]
        file: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Read {
    pub(crate) number: u64,
    #[arg(long)]
    pub(crate) save: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Forget {
    pub(crate) number: u64,
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Network {
    #[arg(long)]
    pub(crate) proxy: Option<String>,
    #[arg(long, conflicts_with = "proxy")]
    pub(crate) proxy_file: Option<PathBuf>,
    #[arg(long, value_parser = ["quic", "tcp", "any"])]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Passphrase {
    #[arg(long, conflicts_with = "new_passphrase_fd")]
    pub(crate) new_passphrase_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) new_passphrase_fd: Option<u32>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Copied {
    #[arg(long)]
    pub(crate) freeze: bool,
    #[arg(long)]
    pub(crate) dismiss: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Wipe {
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Of which command help is wanted; of all if none is named.
#[derive(Debug, Args)]
pub(crate) struct Help {
    pub(crate) command: Vec<String>,
}

/// The command with every help text in the language of `texts`.
pub(crate) fn command(texts: &Texts) -> Command {
    translated(Arguments::command(), "help", "tidings", texts)
}

/// Sets the texts of one command, its arguments and its subcommands; keys are `help-SUBCOMMAND-ARGUMENT`. Whatever clap
/// would say by itself is said here or switched off, since it knows English only.
fn translated(command: Command, key: &str, path: &str, texts: &Texts) -> Command {
    let arguments: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let usage = usage(&command, path, texts);
    // What does not fit the one line that a list of commands has for it.
    let more = texts
        .find(&format!("{key}-more"), &[])
        .map_or_else(String::new, |more| format!("{more}\n\n"));
    let mut command = command
        .about(texts.text(key))
        .override_usage(usage)
        .help_template(format!(
            "{{about}}\n\n{more}{}: {{usage}}\n\n{{all-args}}\n",
            texts.text("help-usage")
        ))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .subcommand_help_heading(texts.text("help-commands"));
    for (place, id) in arguments.into_iter().enumerate() {
        let common = COMMON_FLAGS.iter().position(|common| *common == id);
        let text = match common {
            Some(_) => format!("help-{id}"),
            None => format!("{key}-{id}"),
        };
        let help = texts.text(&text);
        let what = match id.as_str() {
            "lang" => "uk|ru|en".to_owned(),
            "tell_taken" => "yes|no".to_owned(),
            "only" => "quic|tcp|any".to_owned(),
            "proxy" => "socks5://…|none".to_owned(),
            _ => texts.text(&format!("help-value-{}", value_kind(&id))),
        };
        command = command.mut_arg(id, |argument| {
            let (heading, place) = match common {
                Some(place) => ("help-options-common", COMMON + place),
                None if argument.is_positional() => ("help-arguments", place),
                None => ("help-options", place),
            };
            let takes_value = argument.get_action().takes_values();
            let argument = argument
                .help(help)
                .help_heading(texts.text(heading))
                .display_order(place);
            if takes_value {
                argument
                    .value_name(what)
                    .hide_possible_values(true)
                    .hide_env(true)
            } else {
                argument
            }
        });
    }
    // Added behind the command's own, so that their heading is the last.
    command = command.arg(
        flag("help", 'h', "help-flag", texts)
            .display_order(COMMON + 8)
            .action(clap::ArgAction::Help),
    );
    if key == "help" {
        command = command.arg(
            flag("version", 'V', "help-version", texts)
                .display_order(COMMON + 9)
                .action(clap::ArgAction::Version),
        );
    }
    for name in subcommands {
        let key = format!("{key}-{name}");
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |sub| translated(sub, &key, &path, texts));
    }
    command
}

/// Where the options that every command takes begin in the order of help: behind those of the command itself.
const COMMON: usize = 100;
/// These options, in the order of help.
const COMMON_FLAGS: [&str; 6] = [
    "home",
    "passphrase_file",
    "passphrase_fd",
    "lang",
    "json",
    "verbose",
];

fn flag(name: &'static str, short: char, help: &str, texts: &Texts) -> clap::Arg {
    clap::Arg::new(name)
        .short(short)
        .long(name)
        .help(texts.text(help))
        .help_heading(texts.text("help-options-common"))
}

/// How one command is written: its path, what must stand, what may.
fn usage(command: &Command, path: &str, texts: &Texts) -> String {
    let mut usage = path.to_owned();
    for argument in command.get_arguments() {
        let what = texts.text(&format!(
            "help-value-{}",
            value_kind(argument.get_id().as_str())
        ));
        if argument.is_positional() && argument.is_required_set() {
            usage.push_str(&format!(" <{what}>"));
        } else if argument.is_positional() {
            usage.push_str(&format!(" [{what}]"));
        } else if argument.is_required_set()
            && let Some(long) = argument.get_long()
        {
            usage.push_str(&format!(" --{long} <{what}>"));
        }
    }
    if command.has_subcommands() {
        usage.push_str(&format!(" <{}>", texts.text("help-value-command")));
    }
    usage.push_str(&format!(" [{}]", texts.text("help-value-options")));
    usage
}

/// What kind of value an argument takes, by its name: the key of the word that stands for it in help.
fn value_kind(id: &str) -> &'static str {
    match id {
        "name" | "new" | "to" | "addressee" => "name",
        "relay" | "address" => "address",
        "card" => "card",
        "number" | "passphrase_fd" | "new_passphrase_fd" => "number",
        "text_encoding" => "encoding",
        "command" => "command",
        "words" => "words",
        "home" | "save" => "folder",
        "part_size" => "size",
        _ => "file",
    }
}
