//! `tidings-desk`: opens the office's desk and serves its pages.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a command line is for"
)]

use std::{ffi::OsString, io::IsTerminal, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tidings_client::{ExposeSecret, SecretString};
use tidings_desk::web::{self, Start, StartError, Texts};
use tidings_protocol::language::Language;

/// The environment variable with the passphrase.
const VARIABLE: &str = "TIDINGS_PASSPHRASE";
/// The systemd credential with the passphrase (`LoadCredential=tidings-passphrase:…`).
const CREDENTIAL: &str = "tidings-passphrase";

#[derive(Debug, Parser)]
#[command(
    name = "tidings-desk",
    version,
    about = "The desk of an office: prints letters, packs them, scans replies"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the desk and serve its pages until SIGTERM or Ctrl-C
    Run {
        /// Folder of the desk; made if it is not there
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Address to listen on. On loopback pages go over HTTP, on any other address over HTTPS only
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// A name of the office's network under which browsers may ask; may be given several times
        #[arg(long = "host", value_name = "NAME")]
        hosts: Vec<String>,
        /// Language of pages for whoever has not chosen: uk, ru, en. Without it, the browser's
        #[arg(long, value_name = "LANGUAGE", value_parser = parse_language)]
        lang: Option<Language>,
    },
}

fn parse_language(code: &str) -> Result<Language, tidings_protocol::language::LanguageError> {
    code.parse()
}

fn main() -> ExitCode {
    let Arguments {
        command:
            Command::Run {
                home,
                listen,
                hosts,
                lang,
            },
    } = Arguments::parse();
    let texts = Texts::of(lang.unwrap_or_else(machine_language));
    match run(home, listen, hosts, lang, &texts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    home: PathBuf,
    listen: SocketAddr,
    hosts: Vec<String>,
    language: Option<Language>,
    texts: &Texts,
) -> Result<(), String> {
    let is_new = !tidings_desk::Desk::exists(&home);
    let passphrase = passphrase(texts, is_new)?;
    let start = Start {
        home,
        listen,
        hosts,
        language,
        passphrase,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            StartError::Listen {
                address: listen,
                source: error,
            }
            .sentence(texts)
        })?;
    runtime.block_on(async {
        let served = web::serve(start, web::stop_signal(), |ready| {
            if let Some(fingerprint) = &ready.fingerprint {
                println!("fingerprint {fingerprint}");
            }
            println!("ready {}", ready.address);
        });
        served.await.map_err(|error| error.sentence(texts))
    })
}

/// From a systemd credential, the environment, or a prompt that does not echo; in this order.
fn passphrase(texts: &Texts, is_new: bool) -> Result<SecretString, String> {
    if let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        let file = PathBuf::from(folder).join(CREDENTIAL);
        match std::fs::read_to_string(&file) {
            Ok(text) => return Ok(text.trim_end_matches(['\r', '\n']).to_owned().into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => return Err(texts.say("start-credential")),
        }
    }
    let given = std::env::var_os(VARIABLE).map(OsString::into_string);
    match given {
        Some(Ok(text)) if !text.is_empty() => return Ok(text.into()),
        Some(Err(_)) => return Err(texts.say("start-passphrase-unreadable")),
        _ => {}
    }
    if !std::io::stdin().is_terminal() {
        return Err(texts.say("start-no-terminal"));
    }
    let ask = |key: &str| {
        rpassword::prompt_password(format!("{} ", texts.say(key)))
            .map(SecretString::from)
            .map_err(|_| texts.say("start-no-terminal"))
    };
    if !is_new {
        return ask("start-passphrase");
    }
    let first = ask("start-passphrase-new")?;
    let second = ask("start-passphrase-again")?;
    if first.expose_secret().trim().is_empty() {
        Err(texts.say("start-passphrase-empty"))
    } else if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(texts.say("start-passphrase-differs"))
    }
}

fn machine_language() -> Language {
    sys_locale::get_locale()
        .and_then(|locale| locale.get(..2)?.parse().ok())
        .unwrap_or(Language::English)
}
