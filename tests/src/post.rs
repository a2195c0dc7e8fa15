//! A relay, an office with a card, and a family that has it: where most end-to-end tests begin.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    cli::Cli,
    relay::{Relay, RelaySettings},
};

/// The three, and the folder in which all of them live.
pub struct Post {
    /// The relay of both.
    pub relay: Relay,
    /// Has published its card.
    pub office: Cli,
    /// Has added it under the name `office`.
    pub family: Cli,
    /// Goes with the test.
    pub folder: TempDir,
}

impl Post {
    /// Starts the relay and makes both accounts.
    ///
    /// # Errors
    /// If any command fails.
    pub fn new() -> anyhow::Result<Self> {
        Self::with(|office| office, |family| family)
    }

    /// With command lines that are set up otherwise.
    ///
    /// # Errors
    /// If any command fails.
    pub fn with(
        office: impl FnOnce(Cli) -> Cli,
        family: impl FnOnce(Cli) -> Cli,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let settings = RelaySettings::in_folder(folder.path()).arguments(&["--log", "trace"]);
        let relay = settings.start()?;
        let office = office(Cli::new(folder.path(), "office"));
        let family = family(Cli::new(folder.path(), "family"));
        let address = relay.address().to_string();
        office.json(&["init", "--name", "Office", "--relay", &address])?;
        let card = office.json(&["card", "--office"])?;
        ensure!(card["published"] == true, "{card}");
        family.json(&["init", "--name", "Олена", "--relay", &address])?;
        let card = card["card"].as_str().context("no card")?;
        family.json(&["contact", "add", card, "--name", "office"])?;
        Ok(Self {
            relay,
            office,
            family,
            folder,
        })
    }

    /// A file with this text.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn text(&self, text: &str) -> anyhow::Result<String> {
        let path = self.folder.path().join("text.txt");
        fs::write(&path, text)?;
        Ok(path.display().to_string())
    }

    /// Writes this text from `from` to `to`.
    ///
    /// # Errors
    /// If the command fails.
    pub fn write(&self, from: &Cli, to: &str, text: &str) -> anyhow::Result<Value> {
        let text = self.text(text)?;
        from.json(&["write", "--to", to, "--yes", "--text", &text])
    }

    /// A letter of the family that the office has, an answer that the family has, and the family verified: both in the
    /// first epoch after first contact.
    ///
    /// # Errors
    /// If any command fails.
    pub fn acquainted(&self) -> anyhow::Result<()> {
        self.write(&self.family, "office", "acquainted")?;
        self.office.json(&["collect"])?;
        self.office.json(&["contact", "verify", "1", "--yes"])?;
        self.family.json(&["collect"])?;
        Ok(())
    }

    /// A copy of somebody's home, as `cp -a` makes it.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn copy_of(&self, of: &Cli, who: &str) -> anyhow::Result<Cli> {
        let copy = Cli::new(self.folder.path(), who);
        copy_folder(of.home(), copy.home())?;
        Ok(copy)
    }
}

/// Copies a folder with everything that `cp -a` keeps.
///
/// # Errors
/// If `cp` fails.
pub fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(copied.success(), "cp -a ended with {copied}");
    Ok(())
}

/// The texts of what somebody received or wrote, notices left out.
///
/// # Errors
/// If `list` fails.
pub fn texts(of: &Cli, direction: &str) -> anyhow::Result<Vec<String>> {
    Ok(letters(of)?
        .into_iter()
        .filter(|letter| letter["direction"] == direction)
        .filter_map(|letter| Some(letter["text"].as_str()?.to_owned()))
        .collect())
}

/// Letters in and out, notices left out.
///
/// # Errors
/// If `list` fails.
pub fn letters(of: &Cli) -> anyhow::Result<Vec<Value>> {
    let all = of.json(&["list"])?;
    let all = all.as_array().context("a list")?.iter();
    Ok(all
        .filter(|letter| letter["kind"] != "status")
        .cloned()
        .collect())
}

/// A picture of the fixtures.
#[must_use]
pub fn picture(name: &str) -> PathBuf {
    crate::fixture("pictures").join(name)
}
