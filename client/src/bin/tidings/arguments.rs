//! The commands and their flags. Help texts are not here: they come from the translations (`help-…` in `help.ftl`), set by
//! [`command`] for the person's language, so that nothing a person sees is outside them.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, Parser, Subcommand};

use crate::translations::Texts;

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
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, value_parser = ["uk", "ru", "en"])]
    pub(crate) lang: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Init(Init),
    Card(Card),
    #[command(subcommand)]
    Contact(Contact),
    Write(Write),
    Reply(Reply),
    Outbox(Outbox),
    Collect(Collect),
    List,
    Read(Read),
    Status,
    Forget(Forget),
    Wipe(Wipe),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long)]
    pub(crate) relay: String,
}

#[derive(Debug, Args)]
pub(crate) struct Card {
    #[arg(long)]
    pub(crate) qr: bool,
    #[arg(long)]
    pub(crate) words: bool,
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contact {
    Add {
        card: String,
        #[arg(long)]
        name: Option<String>,
    },
    List,
    Verify {
        name: String,
        #[arg(long)]
        words: Option<String>,
        #[arg(long)]
        yes: bool,
    },
    Freeze {
        name: String,
    },
    Renew {
        name: String,
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
    #[command(flatten)]
    pub(crate) contents: Contents,
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

#[derive(Debug, Args)]
pub(crate) struct Read {
    pub(crate) number: u64,
    #[arg(long)]
    pub(crate) save: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Forget {
    pub(crate) number: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Wipe {
    #[arg(long)]
    pub(crate) yes: bool,
}

/// The command with every help text in the language of `texts`.
pub(crate) fn command(texts: &Texts) -> Command {
    translated(Arguments::command(), "help", texts).help_template(format!(
        "{{about}}\n\n{}: {{usage}}\n\n{{all-args}}\n",
        texts.text("help-usage")
    ))
}

/// Sets the texts of one command, its arguments and its subcommands; keys are `help-SUBCOMMAND-ARGUMENT`.
fn translated(command: Command, key: &str, texts: &Texts) -> Command {
    let arguments: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let top = key == "help";
    let mut command = command
        .about(texts.text(key))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .subcommand_help_heading(texts.text("help-commands"))
        .arg(
            clap::Arg::new("help")
                .short('h')
                .long("help")
                .help(texts.text("help-help"))
                .help_heading(texts.text("help-options"))
                .action(clap::ArgAction::Help),
        );
    if top {
        command = command.arg(
            clap::Arg::new("version")
                .short('V')
                .long("version")
                .help(texts.text("help-version"))
                .help_heading(texts.text("help-options"))
                .action(clap::ArgAction::Version),
        );
    } else {
        command = command.help_template(format!(
            "{{about}}\n\n{}: {{usage}}\n\n{{all-args}}\n",
            texts.text("help-usage")
        ));
    }
    for id in arguments {
        let help = texts.text(&format!("{key}-{id}"));
        let heading = texts.text("help-options");
        command = command.mut_arg(id, |argument| {
            let positional = argument.is_positional();
            let argument = argument.help(help);
            if positional {
                argument.help_heading(texts.text("help-arguments"))
            } else {
                argument.help_heading(heading)
            }
        });
    }
    for name in subcommands {
        let key = format!("{key}-{name}");
        command = command.mut_subcommand(name, |sub| translated(sub, &key, texts));
    }
    command
}
