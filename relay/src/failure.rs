//! Why a command failed, in one line, and the exit code that tells programs (`docs/OPERATING.md`, "Exit codes").

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::error::ErrorKind;
use tidings_protocol::card::CardError;
use tidings_relay::{
    carry::CarryError,
    identity::KeyError,
    logging::LogError,
    server::ServerError,
    settings::SettingsError,
    store::{OpenError, StoreError, StoreIoError},
    web::{CertificateError, SiteError},
};

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot make the data folder {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "{path} holds a store, but no keys tell whose it is, and new ones would be another address: put root.key back, or move the folder `store` out of it to begin a new relay"
    )]
    Nameless { path: PathBuf },
    #[error(transparent)]
    Carry(#[from] CarryError),
    #[error(
        "--for wants an office's card or the address of a mailbox in 64 hexadecimal digits: {0}"
    )]
    Card(CardError),
    #[error(
        "no relay is named at which the letters may be left: use --to, or --public to say how this one is reached"
    )]
    NoRelay,
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

/// What clap says about a command line, in the form of every other failure; help and version as they are.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to tell if the other end is closed.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        // Clap would print all of the help.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = writeln!(
                io::stderr(),
                "tidings-relay: no command is given: run, address, check, stats, rotate-key, mailbag or config; see --help"
            );
            return ExitCode::from(CODE_SETTINGS);
        }
        _ => {}
    }
    let rendered = error.render().to_string();
    let told = rendered
        .lines()
        .map(str::trim)
        // How the command is written is what --help shows.
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .filter(|line| !line.is_empty());
    let mut line = String::new();
    for part in told {
        if !line.is_empty() {
            line.push_str(if line.ends_with(':') { " " } else { "; " });
        }
        line.push_str(part.strip_prefix("error: ").unwrap_or(part));
    }
    let _ = writeln!(io::stderr(), "tidings-relay: {line}; see --help");
    ExitCode::from(CODE_SETTINGS)
}

/// A flag or setting is wrong, unknown or missing.
const CODE_SETTINGS: u8 = 2;
/// A mailbag was taken, and something in it was not.
pub(crate) const CODE_LEFT: u8 = 9;
/// A file is no mailbag, or not all of one.
const CODE_MAILBAG: u8 = 10;
/// A check found faults.
pub(crate) const CODE_FAULTS: u8 = 7;

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Settings(_)
            | Self::Card(_)
            | Self::NoRelay
            | Self::Log(_)
            | Self::Keys(KeyError::NumberTooHigh { .. })
            | Self::Server(ServerError::Public { .. } | ServerError::Shut) => CODE_SETTINGS,
            Self::Server(ServerError::Site(SiteError::Page { .. })) => 4,
            Self::Server(ServerError::Certificate(CertificateError::Own(error))) => match error {
                KeyError::File { .. } => 4,
                _ => 6,
            },
            // What the operator named is not there, or is not what it should be.
            Self::Server(ServerError::Site(_) | ServerError::Certificate(_)) => CODE_SETTINGS,
            Self::Server(ServerError::Listen { .. }) => 3,
            Self::Folder { .. }
            | Self::Keys(KeyError::File { .. })
            | Self::Server(ServerError::Keys(KeyError::File { .. }))
            | Self::Open(OpenError::Store(StoreError::Io(StoreIoError::File { .. }))) => 4,
            Self::Open(OpenError::InUse { .. }) => 5,
            Self::Open(OpenError::Missing { .. }) => 6,
            Self::Keys(_) | Self::Nameless { .. } | Self::Server(ServerError::Keys(_)) => 6,
            Self::Open(_) => 8,
            Self::Carry(CarryError::Mailbag { .. } | CarryError::Several { .. }) => CODE_MAILBAG,
            Self::Carry(CarryError::Write { .. }) => 4,
            _ => 1,
        }
    }

    /// Whether the disk took no writes: `run`, `check`, `stats` and `rotate-key` take a lock in the folder.
    fn is_read_only(&self) -> bool {
        let source = match self {
            Self::Folder { source, .. }
            | Self::Keys(KeyError::File { source, .. })
            | Self::Server(ServerError::Keys(KeyError::File { source, .. })) => source,
            Self::Open(OpenError::Store(StoreError::Io(StoreIoError::File { source, .. }))) => {
                source.as_ref()
            }
            _ => return false,
        };
        source.kind() == io::ErrorKind::ReadOnlyFilesystem
    }

    /// What is said: one line.
    fn line(&self) -> String {
        let mut line = format!("tidings-relay: {self}");
        // Most of our errors name their source themselves; what they leave out is added.
        let mut source = self.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !line.contains(&cause_text) {
                line.push_str(": ");
                line.push_str(&cause_text);
            }
            source = cause.source();
        }
        if self.code() == 8 && !matches!(self, Self::Open(OpenError::Version { .. })) {
            line.push_str("; `tidings-relay check` tells what is damaged and what to do");
        }
        if self.is_read_only() {
            line.push_str(
                "; a disk that cannot be written is looked at on a copy of the data folder",
            );
        }
        line.replace('\n', " ")
    }

    /// Says it on stderr, and on stdout as JSON if that was asked for.
    pub(crate) fn report(&self, as_json: bool) -> ExitCode {
        let line = self.line();
        if as_json {
            let error = line.strip_prefix("tidings-relay: ").unwrap_or(&line);
            let told = serde_json::json!({ "error": error, "status": self.code() });
            let _ = writeln!(io::stdout(), "{told}");
        }
        // A closed stderr leaves only the exit code to tell.
        let _ = writeln!(io::stderr(), "{line}");
        ExitCode::from(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A check or a start on a disk that takes no writes says what to do instead; other failures do not.
    #[test]
    fn a_read_only_disk_is_told() {
        let of = |kind: io::ErrorKind| {
            Failure::Open(OpenError::Store(StoreError::Io(StoreIoError::File {
                attempt: "open",
                path: PathBuf::from("store/lock"),
                source: Arc::new(kind.into()),
            })))
        };
        let read_only = of(io::ErrorKind::ReadOnlyFilesystem);
        assert!(read_only.line().contains("on a copy of the data folder"));
        assert_eq!(read_only.code(), 4);
        let full = of(io::ErrorKind::StorageFull);
        assert!(!full.line().contains("copy"), "{}", full.line());
    }
}
