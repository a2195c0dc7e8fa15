//! `tidings-desk`: opens the office's desk and serves its pages; backs it up, brings it back, checks it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a command line is for"
)]

use std::{
    ffi::OsString,
    io::IsTerminal,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Parser, Subcommand};
use data_encoding::HEXLOWER;
use tidings_client::{Account, ExposeSecret, SecretString};
use tidings_desk::{
    Desk, Error, ManifestCheck, check_manifest,
    web::{self, Start, StartError, Texts},
};
use tidings_protocol::{language::Language, time::UnixTime};

/// The environment variable with the passphrase.
const VARIABLE: &str = "TIDINGS_PASSPHRASE";
/// The systemd credential with the passphrase (`LoadCredential=tidings-passphrase:…`).
const CREDENTIAL: &str = "tidings-passphrase";
/// The environment variable with the passphrase of a backup.
const BACKUP_VARIABLE: &str = "TIDINGS_BACKUP_PASSPHRASE";
/// The exit status of a check that found something wrong.
const FOUND_FAULTS: u8 = 7;

#[derive(Debug, Parser)]
#[command(
    name = "tidings-desk",
    version,
    about = "The desk of an office: prints letters, packs them, scans replies"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Language of pages for whoever has not chosen, and of this program: uk, ru, en. Without it, the browser's and the system's
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = parse_language)]
    lang: Option<Language>,
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
    },
    /// Write a backup of desk and account, under a passphrase of its own. The desk must not be running
    Backup {
        /// Folder of the desk
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Folder for the backup; made if it is not there
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Make a desk from a backup; its passphrase is the backup's
    Restore {
        /// Folder of the new desk; made if it is not there
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// The backup: a folder that `backup` wrote, or the ZIP file that the page gave
        #[arg(long, value_name = "BACKUP")]
        from: PathBuf,
    },
    /// Check the CSV file of a manifest: whether it is what was signed, and by which key. Needs no desk
    VerifyManifest {
        /// The file, as the page gave it
        file: PathBuf,
        /// The key that the office told on another way, as its page shows it; another one is told as a fault
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Read every page of the database and every entry of the log. The desk must not be running
    Check {
        /// Folder of the desk
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
    },
}

fn parse_language(code: &str) -> Result<Language, tidings_protocol::language::LanguageError> {
    code.parse()
}

fn main() -> ExitCode {
    let Arguments { command, lang } = Arguments::parse();
    let texts = Texts::of(lang.unwrap_or_else(machine_language));
    let done = match command {
        Command::Run {
            home,
            listen,
            hosts,
        } => run(home, listen, hosts, lang, &texts).map(|()| ExitCode::SUCCESS),
        Command::Backup { home, to } => back_up(&home, &to, &texts),
        Command::Restore { home, from } => restore(&home, &from, &texts),
        Command::VerifyManifest { file, key } => verify_manifest(&file, key.as_deref(), &texts),
        Command::Check { home } => check(&home, &texts),
    };
    match done {
        Ok(code) => code,
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
    let passphrase = match Desk::exists(&home) {
        true => passphrase(texts)?,
        false => new_passphrase(texts, VARIABLE, true, "start-passphrase-new")?,
    };
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

fn back_up(home: &Path, to: &Path, texts: &Texts) -> Result<ExitCode, String> {
    let said = |error: Error| StartError::Desk(error).sentence(texts);
    let passphrase = passphrase(texts)?;
    let desk = Desk::open(home, &passphrase, now()).map_err(said)?;
    let account = Account::open(home, &passphrase).map_err(|error| said(error.into()))?;
    let backup = new_passphrase(texts, BACKUP_VARIABLE, false, "start-backup-new")?;
    tidings_desk::back_up_office_alone(&desk, &account, to, &backup, now()).map_err(said)?;
    println!("{}", texts.say("start-backed-up"));
    Ok(ExitCode::SUCCESS)
}

fn restore(home: &Path, from: &Path, texts: &Texts) -> Result<ExitCode, String> {
    let said = |error: Error| StartError::Desk(error).sentence(texts);
    let passphrase = match variable(texts, BACKUP_VARIABLE)? {
        Some(given) => given,
        None => ask(texts, "start-backup")?,
    };
    let restored = tidings_desk::restore_office(home, from, &passphrase, now());
    restored.map(drop).map_err(said)?;
    println!("{}", texts.say("start-restored"));
    Ok(ExitCode::SUCCESS)
}

/// Says what a manifest's file is, and by whose key; a fault is one of the exit status.
fn verify_manifest(file: &Path, key: Option<&str>, texts: &Texts) -> Result<ExitCode, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let check =
        String::from_utf8(bytes).map_or(ManifestCheck::Unsigned, |text| check_manifest(&text));
    let (fault, told) = match check {
        ManifestCheck::Whole {
            key: found,
            fingerprint,
        } => {
            println!("key {}", HEXLOWER.encode(found.as_bytes()));
            println!("sha256 {fingerprint}");
            let found = HEXLOWER.encode(found.as_bytes());
            let given = key.map(|key| key.split_whitespace().collect::<String>());
            match given {
                Some(given) if !given.eq_ignore_ascii_case(&found) => (true, "check-other-key"),
                Some(_) => (false, "check-whole-key"),
                None => (false, "check-whole-any"),
            }
        }
        ManifestCheck::Changed => (true, "check-changed"),
        ManifestCheck::Unsigned => (true, "check-unsigned"),
    };
    println!("{}", texts.say(told));
    Ok(if fault {
        ExitCode::from(FOUND_FAULTS)
    } else {
        ExitCode::SUCCESS
    })
}

/// Whoever has the machine and the passphrase may check: what is told holds no name.
fn check(home: &Path, texts: &Texts) -> Result<ExitCode, String> {
    let said = |error: Error| StartError::Desk(error).sentence(texts);
    let passphrase = passphrase(texts)?;
    // The pages first: with damaged ones there may be no desk to open.
    let faults = Desk::page_faults(home, &passphrase).map_err(said)?;
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        return Ok(ExitCode::from(FOUND_FAULTS));
    }
    let report =
        match Desk::open(home, &passphrase, now()).and_then(|desk| desk.verify_audit_alone()) {
            Ok(report) => report,
            Err(fault @ Error::Damaged { .. }) => {
                println!("{fault}");
                return Ok(ExitCode::from(FOUND_FAULTS));
            }
            Err(other) => return Err(said(other)),
        };
    for fault in &report.faults {
        println!("{fault}");
    }
    if report.is_whole() {
        println!("sound {}", report.head);
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(FOUND_FAULTS))
    }
}

fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    UnixTime(since.map_or(0, |since| since.as_secs()))
}

/// From a systemd credential, the environment, or a prompt that does not echo; in this order.
fn passphrase(texts: &Texts) -> Result<SecretString, String> {
    match credential(texts)?.or(variable(texts, VARIABLE)?) {
        Some(given) => Ok(given),
        None => ask(texts, "start-passphrase"),
    }
}

/// One that is chosen now: typed twice, unless it is given.
fn new_passphrase(
    texts: &Texts,
    name: &str,
    may_be_credential: bool,
    key: &str,
) -> Result<SecretString, String> {
    let credential = match may_be_credential {
        true => credential(texts)?,
        false => None,
    };
    if let Some(given) = credential.or(variable(texts, name)?) {
        return Ok(given);
    }
    let first = ask(texts, key)?;
    let second = ask(texts, "start-passphrase-again")?;
    if first.expose_secret().trim().is_empty() {
        Err(texts.say("start-passphrase-empty"))
    } else if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(texts.say("start-passphrase-differs"))
    }
}

fn credential(texts: &Texts) -> Result<Option<SecretString>, String> {
    let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
        return Ok(None);
    };
    let file = PathBuf::from(folder).join(CREDENTIAL);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned().into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) => Err(texts.say("start-credential")),
    }
}

fn variable(texts: &Texts, name: &str) -> Result<Option<SecretString>, String> {
    match std::env::var_os(name).map(OsString::into_string) {
        Some(Ok(text)) if !text.is_empty() => Ok(Some(text.into())),
        Some(Err(_)) => Err(texts.say("start-passphrase-unreadable")),
        _ => Ok(None),
    }
}

fn ask(texts: &Texts, key: &str) -> Result<SecretString, String> {
    if !std::io::stdin().is_terminal() {
        return Err(texts.say("start-no-terminal"));
    }
    rpassword::prompt_password(format!("{} ", texts.say(key)))
        .map(SecretString::from)
        .map_err(|_| texts.say("start-no-terminal"))
}

fn machine_language() -> Language {
    sys_locale::get_locale()
        .and_then(|locale| locale.get(..2)?.parse().ok())
        .unwrap_or(Language::English)
}
