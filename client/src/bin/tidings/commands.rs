//! One room per command.

mod account;
mod contact;
mod letters;
pub(crate) mod mailbag;
mod network;
mod post;
mod write;

use std::path::{Path, PathBuf};

use tidings_client::{
    Account, SecretString,
    files::{self, Exposed},
};

use crate::{
    arguments::{Action, Arguments, Mailbag},
    failure::Failure,
    passphrase,
    show::Show,
    usage,
};

/// Runs the command.
pub(crate) fn run(arguments: Arguments, show: &Show) -> Result<(), Failure> {
    let source = passphrase::Source::asked(&arguments.common);
    if let Action::Mailbag(Mailbag::Inspect { file }) = &arguments.action {
        // Whoever carries a bag has no account, or none that matters.
        return mailbag::inspect(file, show);
    }
    let home = home(arguments.common.home)?;
    let for_now = network::ForNow::asked()?;
    let open = || {
        let account = open(&home, &source, show)?;
        for_now.apply(&account)?;
        Ok(account)
    };
    match arguments.action {
        Action::Init(init) => account::init(&home, &init, &source, &for_now, show),
        Action::Relay(relay) => account::relay(&open()?, &relay, show),
        Action::Wipe(wipe) => account::wipe(&home, &wipe, show),
        Action::Card(card) => account::card(&open()?, &card, show),
        Action::Status => account::status(&open()?, show),
        Action::Network(asked) => network::network(&home, &source, &asked, show),
        Action::Passphrase(change) => account::passphrase(&home, &source, &change, show),
        Action::Copied(copied) => account::copied(&open()?, &copied, show),
        Action::Contact(contact) => contact::run(&open()?, contact, show),
        Action::Write(write) => write::write(open, write, show),
        Action::Reply(reply) => write::reply(open, reply, show),
        Action::Outbox(outbox) => post::outbox(&open()?, &outbox, show),
        Action::Collect(collect) => post::collect(&open()?, &collect, show),
        Action::Mailbag(Mailbag::Export {
            file,
            to,
            part_size,
            new,
            at_relay,
        }) => {
            let asked = mailbag::Export {
                file: &file,
                to: &to,
                part_size,
                new,
                at_relay,
            };
            mailbag::export(&open()?, &asked, show)
        }
        Action::Mailbag(Mailbag::Import { file }) => mailbag::import(&open()?, &file, show),
        Action::Mailbag(Mailbag::Deliver { file }) => mailbag::deliver(&open()?, &file, show),
        Action::Mailbag(Mailbag::Inspect { file }) => mailbag::inspect(&file, show),
        Action::List => letters::list(&open()?, show),
        Action::Read(read) => letters::read(&open()?, &read, show),
        Action::Forget(forget) => letters::forget(&open()?, &forget, show),
        Action::Help(help) => usage::help(&help.command, show.texts()),
    }
}

fn open(home: &Path, source: &passphrase::Source, show: &Show) -> Result<Account, Failure> {
    open_and_keep(home, source, show).map(|(account, _)| account)
}

/// The account and the passphrase that opened it: a pipe gives it only once.
fn open_and_keep(
    home: &Path,
    source: &passphrase::Source,
    show: &Show,
) -> Result<(Account, SecretString), Failure> {
    if !Account::exists(home) {
        return Err(tidings_client::Error::NoVault {
            home: home.to_owned(),
        }
        .into());
    }
    let passphrase = passphrase::existing(source, show.texts())?;
    let before = files::exposed(home);
    let account = Account::open(home, &passphrase)?;
    if let Some(exposed) = before {
        warn_of_rights(home, exposed, show);
    }
    if account.is_read_only() {
        show.read_only();
    }
    Ok((account, passphrase))
}

/// VAULT-13: others can, or could until now, delete or exchange what lies in the folder. It is said and not refused, as gpg does
/// it: what they could read is sealed, what they could exchange is noticed, and the letters are a family's only ones.
fn warn_of_rights(home: &Path, before: Exposed, show: &Show) {
    let (id, place) = match (before, files::exposed(home)) {
        (Exposed::Above(place), _) | (Exposed::Itself, Some(Exposed::Above(place))) => {
            ("warning-home-above", place)
        }
        (Exposed::Itself, Some(Exposed::Itself)) => ("warning-home-open", home.to_owned()),
        (Exposed::Itself, None) => ("warning-home-was-open", home.to_owned()),
    };
    show.aside(id, &[("path", place.display().to_string().into())]);
}

/// What failed with a file or folder, as the person is told.
pub(crate) fn disk(path: &Path, doing: &'static str, source: std::io::Error) -> Failure {
    tidings_client::Error::Disk {
        doing,
        path: path.to_owned(),
        source,
    }
    .into()
}

/// The folder of the account: as asked for, else the usual place of the platform.
fn home(asked: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(home) = asked {
        return Ok(home);
    }
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = if cfg!(windows) {
        from("APPDATA")
    } else {
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local").join("share")))
    };
    base.map(|base| base.join("tidings"))
        .ok_or_else(|| Failure::usage("home-unknown"))
}

/// Runs one network operation on a runtime of this thread.
fn wait<T, E: Into<Failure>>(operation: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| Failure::failed("runtime"))?;
    runtime.block_on(operation).map_err(Into::into)
}
