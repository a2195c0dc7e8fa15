//! A relay behind a hostile network, an office and a family on the near side, and letters that have to cross.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tidings_protocol::relay_identity::RelayAddress;

use super::{Conduct, Figures, HostileNetwork};
use crate::{cli::Cli, relay::Relay};

/// How often a person tries again before the test gives up.
const ATTEMPTS: u32 = 4;
/// For whom the letters are.
const CAPTIVE: &str = "Коваленко Тарас Миколайович";

/// The three, and the network between them.
pub struct HostilePost {
    /// The relay.
    pub relay: Relay,
    /// Between it and everybody.
    pub network: HostileNetwork,
    /// Has published its card.
    pub office: Cli,
    /// Has added the office, verified, and had an answer.
    pub family: Cli,
}

/// How a letter crossed.
#[derive(Debug)]
pub struct Crossing {
    /// What the network carried while the family wrote.
    pub sent: Figures,
    /// How long that took.
    pub sent_in: Duration,
    /// What the network carried while the office collected.
    pub collected: Figures,
    /// How long that took.
    pub collected_in: Duration,
}

impl HostilePost {
    /// Starts everything below `folder`, and lets office and family meet while the network is still harmless.
    ///
    /// # Errors
    /// If any command fails.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let relay = Relay::start(folder)?;
        let network = HostileNetwork::start(relay.socket())?;
        let address = network.address(relay.address());
        let post = Self {
            relay,
            network,
            office: Cli::new(folder, "office"),
            family: Cli::new(folder, "family"),
        };
        acquaint(&post.office, &post.family, &address)?;
        Ok(post)
    }

    /// The network is like this while a letter with a photo is sent and collected.
    ///
    /// # Errors
    /// As [`carry`].
    pub fn cross(
        &self,
        udp: &Conduct,
        tcp: &Conduct,
        text: &str,
        photo: &Path,
    ) -> anyhow::Result<Crossing> {
        carry(
            &self.office,
            &self.family,
            text,
            photo,
            || self.network.conduct(udp.clone(), tcp.clone()),
            || self.network.figures(),
        )
    }
}

/// Makes both accounts at this relay; the family writes, the office answers, both confirm each other.
///
/// # Errors
/// If any command fails.
pub fn acquaint(office: &Cli, family: &Cli, relay: &RelayAddress) -> anyhow::Result<()> {
    let relay = relay.to_string();
    office.json(&["init", "--name", "Office", "--relay", &relay])?;
    let card = office.json(&["card", "--office"])?;
    ensure!(card["published"] == true, "{card}");
    family.json(&["init", "--name", "Олена", "--relay", &relay])?;
    let link = card["card"].as_str().context("no card")?;
    family.json(&["contact", "add", link, "--name", "office"])?;
    family.json(&["contact", "verify", "office", "--yes"])?;
    let text = family.home().with_extension("txt");
    fs::write(&text, "acquainted")?;
    let text = text.display().to_string();
    family.json(&["write", "--to", "office", "--yes", "--text", &text])?;
    office.json(&["collect"])?;
    office.json(&["contact", "verify", "1", "--yes"])?;
    family.json(&["collect"])?;
    Ok(())
}

/// A letter with a photo goes from the family to the office, whatever it takes; `change` sets the network before either side
/// begins.
///
/// # Errors
/// If it has not arrived whole after a few attempts.
pub fn carry(
    office: &Cli,
    family: &Cli,
    text: &str,
    photo: &Path,
    change: impl Fn(),
    figures: impl Fn() -> Figures,
) -> anyhow::Result<Crossing> {
    change();
    let begun = Instant::now();
    let written = write(family, text, photo)?;
    let mut state = written["letter"]["state"].clone();
    for _ in 1..ATTEMPTS {
        if state == "at_relay" {
            break;
        }
        family.json(&["outbox", "--send"])?;
        state = letter(family, text)?.context("the letter is not listed")?["state"].clone();
    }
    ensure!(
        state == "at_relay",
        "{text:?} is {state} after {ATTEMPTS} attempts"
    );
    let (sent, sent_in) = (figures(), begun.elapsed());
    change();
    let begun = Instant::now();
    for _ in 0..ATTEMPTS {
        // It ends with a failure if anything did not come; what came is kept.
        office.run(&["--json", "collect"])?;
        let came = letter(office, text)?;
        if came.as_ref().is_some_and(is_whole) {
            return Ok(Crossing {
                sent,
                sent_in,
                collected: figures(),
                collected_in: begun.elapsed(),
            });
        }
    }
    bail!("{text:?} has not come whole after {ATTEMPTS} attempts")
}

/// The family writes a letter with a photo to the office, and sends it if anything lets it through; what the program then said.
///
/// # Errors
/// If it could not be written.
pub fn write(family: &Cli, text: &str, photo: &Path) -> anyhow::Result<Value> {
    let file = family.home().with_extension("txt");
    fs::write(&file, text)?;
    family.json(&[
        "write".as_ref(),
        "--to".as_ref(),
        "office".as_ref(),
        "--for".as_ref(),
        CAPTIVE.as_ref(),
        "--text".as_ref(),
        file.as_os_str(),
        "--photo".as_ref(),
        photo.as_os_str(),
    ])
}

/// Whether all of a letter's enclosures have come, one at least.
#[must_use]
pub fn is_whole(letter: &Value) -> bool {
    letter["enclosures"]
        .as_array()
        .is_some_and(|all| !all.is_empty() && all.iter().all(|one| one["fetched"] == true))
}

/// The letter with this text, as somebody's list shows it.
///
/// # Errors
/// If the list is none.
pub fn letter(of: &Cli, text: &str) -> anyhow::Result<Option<Value>> {
    let list = of.json(&["list"])?;
    let mut all = list.as_array().context("a list")?.iter();
    Ok(all.find(|letter| letter["text"] == text).cloned())
}
