//! `mailbag import` and `mailbag export`: post that people carry between relays that have no line.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Subcommand;
use serde_json::json;
use tidings_protocol::{
    card::SignedCard,
    ids::MailboxAddress,
    limits::{CARD_RELAYS_MAX, MAILBAG_PART_USUAL},
    relay_identity::RelayAddress,
};
use tidings_relay::{
    carry::{self, Imported, Wish},
    clock::Clock,
    identity::KeyFolder,
    server::public_place,
    settings::Settings,
    store::Store,
};
use tokio::runtime::Runtime;

use super::{open_store, say};
use crate::failure::{CODE_LEFT, Failure};

#[derive(Debug, Subcommand)]
pub(crate) enum Mailbag {
    /// Take post for this relay out of a mailbag (the relay must not be running)
    Import {
        /// The files of one mailbag, in any order
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Pack letters that wait here into a mailbag; they stay here too (the relay must not be running)
    Export {
        /// The file; parts get -1-of-3 before its ending
        file: PathBuf,
        /// Whose letters: an office's card (tidings:card/…), or a mailbox's address in 64 hexadecimal digits
        #[arg(long = "for", value_name = "CARD", required = true)]
        mailboxes: Vec<String>,
        /// A relay at which they may be left, if the card does not name it (tidings://…)
        #[arg(long = "to", value_name = "RELAY")]
        relays: Vec<RelayAddress>,
        /// Leave out enclosures: all of this relay's are packed, since it cannot tell whose they are
        #[arg(long)]
        letters_only: bool,
        /// Largest file, in bytes
        #[arg(long, default_value_t = MAILBAG_PART_USUAL)]
        part_size: u64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl Mailbag {
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Import { json, .. } | Self::Export { json, .. } => *json,
        }
    }
}

pub(super) fn execute(settings: &Settings, mailbag: Mailbag) -> Result<ExitCode, Failure> {
    match mailbag {
        Mailbag::Import { files, json } => import(settings, &files, json),
        Mailbag::Export {
            file,
            mailboxes,
            relays,
            letters_only,
            part_size,
            json,
        } => {
            let relays = own_relays(settings, relays)?;
            let mailboxes = mailboxes
                .iter()
                .map(|text| mailbox(text, &relays))
                .collect::<Result<Vec<_>, _>>()?;
            let wish = Wish {
                path: file,
                mailboxes,
                chunks: !letters_only,
                part_size,
            };
            export(settings, wish, json)
        }
    }
}

fn import(settings: &Settings, files: &[PathBuf], as_json: bool) -> Result<ExitCode, Failure> {
    let identity = KeyFolder::new(settings.data()?).load()?;
    // Every byte, before the store is touched.
    let bag = carry::open_bag(files)?;
    let contents = bag.set().short();
    let imported = Runtime::new().map_err(Failure::Runtime)?.block_on(async {
        let store = Arc::new(open_store(settings)?);
        // Terms are counted from the store's own day (STORE-21).
        let done = match store.turn(Clock::system().today()).await {
            Ok(today) => carry::import(Arc::clone(&store), bag, *identity.root(), today).await,
            Err(error) => Err(error.into()),
        };
        store.close().await?;
        Ok::<_, Failure>(done?)
    })?;
    let Imported {
        letters,
        known,
        chunks,
        others,
        no_mailbox,
        full,
        refused,
    } = imported;
    if as_json {
        say(&json!({
            "bag": contents,
            "letters": letters,
            "known": known,
            "chunks": chunks,
            "others": others,
            "no_mailbox": no_mailbox,
            "full": full,
            "refused": refused,
            "complete": imported.is_complete(),
        })
        .to_string())?;
    } else {
        say(&format!(
            "mailbag {contents}: {letters} letters taken, {known} were here already, {chunks} blob chunks kept"
        ))?;
        for (count, what) in [
            (
                others,
                "letters and chunks are for other relays: pass the mailbag on",
            ),
            (
                no_mailbox,
                "letters are for mailboxes that are not here: their owners have to make them first",
            ),
            (
                full,
                "letters and chunks found no room: make room and import the mailbag again; letters were left out if a chunk was",
            ),
            (refused, "chunks have the name of another one that is here"),
        ] {
            if count > 0 {
                say(&format!("{count} {what}"))?;
            }
        }
    }
    Ok(if imported.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(CODE_LEFT)
    })
}

fn export(settings: &Settings, wish: Wish, as_json: bool) -> Result<ExitCode, Failure> {
    let exported = Runtime::new().map_err(Failure::Runtime)?.block_on(async {
        let store = Arc::new(open_store(settings)?);
        let done = carry::export(Arc::clone(&store), wish).await;
        store.close().await?;
        Ok::<_, Failure>(done?)
    })?;
    let files: Vec<_> = exported
        .files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let contents = &exported.contents;
    if as_json {
        say(&json!({
            "bag": exported.bag,
            "files": files,
            "letters": contents.envelopes,
            "chunks": contents.chunks(),
            "bytes": exported.bytes,
        })
        .to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "mailbag {}: {} letters and {} blob chunks, {} bytes; all of it stays here until its owner acknowledges it or it expires",
        exported.bag,
        contents.envelopes,
        contents.chunks(),
        exported.bytes
    ))?;
    files.iter().try_for_each(|file| say(file))?;
    Ok(ExitCode::SUCCESS)
}

/// This relay, if it knows how others reach it, and those that were named.
fn own_relays(settings: &Settings, named: Vec<RelayAddress>) -> Result<Vec<RelayAddress>, Failure> {
    let identity = KeyFolder::new(settings.data()?).load()?;
    let own = public_place(settings.public.clone(), settings.listen).ok();
    let own = own.map(|place| RelayAddress {
        host: place.host,
        port: place.port,
        root: *identity.root(),
    });
    Ok(named.into_iter().chain(own).collect())
}

/// A mailbox and where its post may be left: the relays of the card, then those that were named, then this one.
fn mailbox(
    text: &str,
    further: &[RelayAddress],
) -> Result<(MailboxAddress, Vec<RelayAddress>), Failure> {
    let (address, named) = if text.len() == 64
        && let Some(address) = hexadecimal(text)
    {
        (address, Vec::new())
    } else {
        let card = SignedCard::from_text(text).and_then(|card| card.verify());
        let card = card.map_err(Failure::Card)?;
        (card.card().address, card.card().relays.clone())
    };
    let mut relays = Vec::new();
    for relay in named.iter().chain(further) {
        if !relays.contains(relay) && relays.len() < CARD_RELAYS_MAX {
            relays.push(relay.clone());
        }
    }
    if relays.is_empty() {
        return Err(Failure::NoRelay);
    }
    Ok((address, relays))
}

fn hexadecimal(text: &str) -> Option<MailboxAddress> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    MailboxAddress::from_slice(&bytes.ok()?)
}
