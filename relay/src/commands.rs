//! What each command does.

mod mailbag;

use std::{
    fs::DirBuilder,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Subcommand;
use serde_json::json;
use tidings_protocol::relay_identity::RelayAddress;
use tidings_relay::{
    Server,
    clock::Clock,
    identity::KeyFolder,
    logging,
    server::public_place,
    settings::{Flags, Resolved, Settings},
    store::{EmbeddedStore, Stats, Store, StoreError},
};
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing::{info, warn};

use crate::failure::{CODE_FAULTS, Failure};

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the relay until SIGTERM or SIGINT
    Run,
    /// Print the relay's address
    Address,
    /// Read and verify every stored byte; exit status 0 if it is sound, 7 if not (the relay must not be running)
    Check {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print how much is stored (the relay must not be running)
    Stats {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make new online keys under the root key; a running relay takes them up within seconds
    RotateKey {
        /// Where the root key is, if not in the data folder
        #[arg(long, value_name = "FILE")]
        root: Option<PathBuf>,
        /// Give the certificate a number above this one, for a folder that lost count of what clients have seen
        #[arg(long, value_name = "NUMBER")]
        after: Option<u64>,
    },
    /// Carry post as files between relays that have no line
    #[command(subcommand)]
    Mailbag(mailbag::Mailbag),
    /// Print every setting and where it comes from
    Config {
        /// Print a JSON array of one object for each setting
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    /// Whether programs read the answer.
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Check { json } | Self::Stats { json } | Self::Config { json } => *json,
            Self::Mailbag(mailbag) => mailbag.is_json(),
            Self::Run | Self::Address | Self::RotateKey { .. } => false,
        }
    }
}

pub(crate) fn execute(flags: &Flags, command: Command) -> Result<ExitCode, Failure> {
    let resolved = flags.resolve()?;
    let settings = &resolved.settings;
    match command {
        Command::Run => run(settings),
        Command::Address => address(settings),
        Command::Check { json } => check(settings, json),
        Command::Stats { json } => stats(settings, json),
        Command::RotateKey { root, after } => rotate_key(settings, root.as_deref(), after),
        Command::Mailbag(mailbag) => mailbag::execute(settings, mailbag),
        Command::Config { json } => config(&resolved, json),
    }
}

// --- run -------------------------------------------------------------------------------------------------------------

fn run(settings: &Settings) -> Result<ExitCode, Failure> {
    logging::begin(settings)?;
    let options = settings.server()?;
    make_folder(&options.data)?;
    // Before anything is written into it.
    let keys = KeyFolder::new(&options.data);
    keys.expect_own()?;
    if keys.is_nameless() && options.data.join(STORE_FOLDER).exists() {
        return Err(Failure::Nameless { path: options.data });
    }
    // Before the store: a start that ends between the two leaves keys without a store, never the other way round.
    keys.open_or_create(Clock::system().today())?;
    Runtime::new().map_err(Failure::Runtime)?.block_on(async {
        let mut signals = Signals::new().map_err(Failure::Runtime)?;
        let store = Arc::new(open_store(settings)?);
        let server = match Server::start(&options, Arc::clone(&store), Clock::system()) {
            Ok(server) => server,
            Err(error) => {
                store.close().await?;
                return Err(error.into());
            }
        };
        say(&format!("ready {}", server.address()))?;
        info!("ready");
        loop {
            tokio::select! {
                _ = signals.hangup.recv() => server.reload_keys(),
                _ = signals.terminate.recv() => break,
                _ = signals.interrupt.recv() => break,
            }
        }
        tokio::select! {
            stopped = server.stop() => stopped?,
            () = signals.end() => {
                warn!("stopped at once; everything acknowledged is safe");
                return Ok(ExitCode::FAILURE);
            }
        }
        info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Completes with the next wish to end.
    async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn make_folder(data: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|source| Failure::Folder {
        path: data.to_owned(),
        source,
    })
}

// --- address, rotate-key, config -------------------------------------------------------------------------------------

fn address(settings: &Settings) -> Result<ExitCode, Failure> {
    let identity = KeyFolder::new(settings.data()?).load()?;
    let place = public_place(settings.public.clone(), settings.listen)?;
    let address = RelayAddress {
        host: place.host,
        port: place.port,
        root: *identity.root(),
    };
    say(&address.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn rotate_key(
    settings: &Settings,
    root: Option<&Path>,
    after: Option<u64>,
) -> Result<ExitCode, Failure> {
    let today = Clock::system().today();
    let identity = KeyFolder::new(settings.data()?).rotate_after(root, after, today)?;
    let days = identity
        .certificate()
        .certificate()
        .not_after
        .0
        .saturating_sub(today.0);
    say(&format!(
        "new online keys, certificate {}, valid for {days} days; a running relay takes them up within seconds",
        identity.sequence()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn config(resolved: &Resolved, as_json: bool) -> Result<ExitCode, Failure> {
    let effective = resolved.effective();
    if as_json {
        say(&json!(effective).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for setting in effective {
        let value = match &setting.value {
            None => "(not set)".to_owned(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        say(&format!(
            "{:<24} {value:<28} {}",
            setting.name, setting.source
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

// --- check, stats ----------------------------------------------------------------------------------------------------

fn check(settings: &Settings, as_json: bool) -> Result<ExitCode, Failure> {
    logging::begin(settings)?;
    let data = settings.data()?;
    let keys = match KeyFolder::new(data).verify() {
        Err(error) if error.is_damage() => Some(error.to_string()),
        verified => verified.map(|()| None)?,
    };
    // The engine of the index ends in a panic on some damage; it is reported as what it is, in one line.
    std::panic::set_hook(Box::new(|_| {}));
    let report = Runtime::new()
        .map_err(Failure::Runtime)?
        .block_on(EmbeddedStore::examine(
            &data.join(STORE_FOLDER),
            settings.store(),
            |progress| {
                tracing::debug!(read = progress.read, total = progress.total, "checking");
            },
        ))?;
    let is_sound = report.is_sound() && keys.is_none();
    let fault_count = report.fault_count + u64::from(keys.is_some());
    let advice = report.advice();
    let faults: Vec<_> = keys
        .into_iter()
        .chain(report.faults.iter().map(ToString::to_string))
        .collect();
    if as_json {
        say(&json!({
            "sound": is_sound,
            "letters": report.letters,
            "prekeys": report.prekeys,
            "blobs": report.blobs,
            "bytes": report.bytes,
            "fault_count": fault_count,
            "faults": faults,
            "advice": advice,
        })
        .to_string())?;
    } else {
        say(&format!(
            "read {} letters, {} prekey records, {} blob chunks: {} bytes",
            report.letters, report.prekeys, report.blobs, report.bytes
        ))?;
        for fault in &faults {
            say(&format!("fault: {fault}"))?;
        }
        if let Some(advice) = advice {
            say(&format!("what to do: {advice}"))?;
        }
        say(&match fault_count {
            0 => "sound".to_owned(),
            1 => "1 fault".to_owned(),
            count => format!("{count} faults"),
        })?;
    }
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(CODE_FAULTS)
    })
}

fn stats(settings: &Settings, as_json: bool) -> Result<ExitCode, Failure> {
    let stats = with_store(settings, async |store| store.stats().await)?;
    let Stats {
        mailboxes,
        tombstones,
        letters,
        letter_bytes,
        prekeys,
        prekey_bytes,
        blobs,
        blob_bytes,
        full,
    } = stats;
    if as_json {
        say(&json!({
            "mailboxes": mailboxes,
            "tombstones": tombstones,
            "letters": letters,
            "letter_bytes": letter_bytes,
            "prekeys": prekeys,
            "prekey_bytes": prekey_bytes,
            "blobs": blobs,
            "blob_bytes": blob_bytes,
            "full": full,
        })
        .to_string())?;
    } else {
        for (name, number, bytes) in [
            ("mailboxes", mailboxes, None),
            ("deleted mailboxes", tombstones, None),
            ("letters", letters, Some(letter_bytes)),
            ("prekey records", prekeys, Some(prekey_bytes)),
            ("blob chunks", blobs, Some(blob_bytes)),
        ] {
            let bytes = bytes.map_or_else(String::new, |bytes| format!("  {bytes} bytes"));
            say(&format!("{name:<18} {number:>12}{bytes}"))?;
        }
        say(&format!(
            "{:<18} {:>12}",
            "full",
            if full { "yes" } else { "no" }
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the store; blocks while it reads back what a crash left.
fn open_store(settings: &Settings) -> Result<EmbeddedStore, Failure> {
    let folder = settings.data()?.join(STORE_FOLDER);
    Ok(EmbeddedStore::open(&folder, settings.store())?)
}

/// The store, inside the data folder.
const STORE_FOLDER: &str = "store";

/// Opens the store, works on it, closes it.
fn with_store<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&EmbeddedStore) -> Result<T, StoreError>,
) -> Result<T, Failure> {
    // Where no relay was run there is nothing to open, and nothing is to be made.
    KeyFolder::new(settings.data()?).load()?;
    Runtime::new().map_err(Failure::Runtime)?.block_on(async {
        let store = open_store(settings)?;
        let done = work(&store).await;
        store.close().await?;
        Ok(done?)
    })
}

/// One line on stdout.
fn say(line: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    Ok(())
}
