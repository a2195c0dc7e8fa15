//! Post that people carry (`docs/spec/mailbag.md`), with the real programs: no network at either end, parts in any order, files
//! that were changed on the way, doubles over the network, relays whose operators carry for them, and kills anywhere.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

mod damage;
mod journey;
mod relays;
mod repacking;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tempfile::TempDir;
use tidings_client::{Account, Attachment, Draft, EnclosureKind};
use tidings_protocol::{
    blob::ChunkHash,
    exchange::ChunkClass,
    ids::{BlobId, Capability, CapabilityHash, EnvelopeHash, MailboxAddress},
    limits::MAILBAG_PART_USUAL,
    mailbag::{
        Bag, CarriedChunk, CarriedEnvelope, Entry, Event, MailbagError, PackingBuilder, Part,
        Parts, Source, WriteRight,
    },
};
use tidings_tests::{
    binary,
    cli::{Cli, Finished, PASSPHRASE},
    post::{Post, letters, picture},
    process::Process,
    relay::RelaySettings,
    scan::Scan,
};

/// A relay that no machine finds: whoever tries is told at once, as on a machine without a network.
const NOWHERE: &str =
    "tidings://relay.invalid:4433/#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TEXT: &str = "Любий Іване! Яблуня знову зацвіла, а Марійка вже ходить до школи.";
const ANSWER: &str = "Іван передає вам вітання; його відповідь на сторінці.";
const CAPTIVE: &str = "Петренко Іван Сергійович";

/// An office and a family that have never seen a network, and the stick that goes between them.
struct Offline {
    office: Cli,
    family: Cli,
    folder: TempDir,
}

impl Offline {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("stick")).unwrap();
        let office = account(folder.path(), "office", NOWHERE);
        let family = account(folder.path(), "family", NOWHERE);
        let card = folder.path().join("stick/office.tidings-card");
        office
            .json(&words(["card", "--office", "--file"], [&card]))
            .unwrap();
        family.json(&words(["contact", "add"], [&card])).unwrap();
        let number = family.json(&["contact", "list"]).unwrap()[0]["number"].to_string();
        family
            .json(&["contact", "rename", &number, "office"])
            .unwrap();
        Self {
            office,
            family,
            folder,
        }
    }

    fn stick(&self, name: &str) -> PathBuf {
        self.folder.path().join("stick").join(name)
    }

    /// A letter with so many photos, which waits at the family.
    fn write(&self, text: &str, photos: usize) -> Value {
        write(&self.family, self.folder.path(), text, photos)
    }
}

fn account(folder: &Path, who: &str, relay: &str) -> Cli {
    let cli = Cli::new(folder, who);
    cli.json(&["init", "--name", who, "--relay", relay])
        .unwrap();
    cli
}

fn write(family: &Cli, folder: &Path, text: &str, photos: usize) -> Value {
    let path = folder.join("letter.txt");
    fs::write(&path, text).unwrap();
    let mut line = words(
        ["write", "--to", "office", "--for", CAPTIVE, "--text"],
        [&path],
    );
    for number in 0..photos {
        line.push("--photo".into());
        line.push(picture(&format!("orientation-{}.jpg", number % 8 + 1)).into());
    }
    let written = family.json(&line).unwrap();
    fs::remove_file(path).unwrap();
    written
}

/// Writes a letter as the program does, and sends nothing: a relay that is not there would be waited for.
fn draft(family: &Cli, text: &str, attachments: Vec<Attachment>) {
    let passphrase = PASSPHRASE.to_owned().into();
    let account = Account::open(family.home(), &passphrase).unwrap();
    let office = account.find_contact("office").unwrap();
    let draft = Draft {
        addressee: Some(CAPTIVE.to_owned()),
        text: text.to_owned(),
        attachments,
    };
    account.write(office.number, draft).unwrap();
}

/// Gives the family the office's keys for a first letter, by a card file.
fn bring_keys(post: &Post) {
    let card = post.folder.path().join("office.tidings-card");
    let line = words(["card", "--file"], [&card]);
    post.office.json(&line).unwrap();
    post.family
        .json(&words(["contact", "add"], [&card]))
        .unwrap();
}

fn photos(count: usize) -> Vec<Attachment> {
    let photo = |number| {
        let name = format!("orientation-{}.jpg", number % 8 + 1);
        let bytes = fs::read(picture(&name)).unwrap();
        Attachment {
            kind: EnclosureKind::Photo,
            name,
            bytes,
        }
    };
    (0..count).map(photo).collect()
}

fn words<const N: usize, const M: usize>(
    words: [&str; N],
    paths: [&dyn AsRef<Path>; M],
) -> Vec<OsString> {
    let words = words.iter().map(OsString::from);
    let paths = paths
        .iter()
        .map(|path| path.as_ref().as_os_str().to_owned());
    words.chain(paths).collect()
}

fn export(from: &Cli, path: &Path, more: &[&str]) -> Value {
    let mut line = words(["mailbag", "export"], [&path]);
    line.extend(more.iter().map(OsString::from));
    from.json(&line).unwrap()
}

fn import(to: &Cli, files: &[PathBuf]) -> Value {
    to.json(&import_line(files)).unwrap()
}

fn import_line(files: &[PathBuf]) -> Vec<OsString> {
    let mut line = words(["mailbag", "import"], []);
    line.extend(files.iter().map(OsString::from));
    line
}

/// Runs a command with `--json` that must fail in good order; gives the code of its failure.
fn refused(cli: &Cli, line: &[OsString]) -> String {
    let mut with = vec![OsString::from("--json")];
    with.extend_from_slice(line);
    let finished: Finished = cli.run(&with).unwrap().failure().unwrap();
    let told: Value = serde_json::from_str(&finished.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", finished.stdout, finished.stderr));
    told["error"]["code"].as_str().unwrap().to_owned()
}

fn files(report: &Value) -> Vec<PathBuf> {
    let files = report["files"].as_array().unwrap().iter();
    files.map(|file| file.as_str().unwrap().into()).collect()
}

/// Number of chunks in what was packed.
fn chunks(packed: &Value) -> u64 {
    let counts = packed["contents"]["chunks"].as_array().unwrap().iter();
    counts.map(|count| count.as_u64().unwrap()).sum()
}

/// The only letter of this direction, notices left out.
fn only(of: &Cli, direction: &str) -> Value {
    let mut all = letters(of).unwrap();
    all.retain(|letter| letter["direction"] == direction);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The pictures of a letter, opened and saved.
fn saved(of: &Cli, letter: &Value, folder: &Path) -> usize {
    let number = letter["number"].to_string();
    of.json(&words(["read", &number, "--save"], [&folder]))
        .unwrap();
    let pictures = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    pictures
        .filter(|path| path.extension().is_some_and(|end| end != "txt"))
        .inspect(|path| drop(image::open(path).unwrap()))
        .count()
}

/// A sound file of some bytes, all of them different enough.
fn wav(length: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&(36 + length).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    for field in [16_000_u32, 32_000] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    for field in [2_u16, 16] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    let mut rng = StdRng::seed_from_u64(3);
    bytes.extend((0..length).map(|_| rng.random::<u8>()));
    bytes
}

/// The link of the office's card, by which an operator names its mailbox.
fn address_of_card(office: &Cli) -> String {
    office.json(&["card"]).unwrap()["card"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn relay_command(settings: &RelaySettings, line: &[&str], paths: &[PathBuf]) -> Output {
    Command::new(binary::find("tidings-relay").unwrap())
        .arg("--data")
        .arg(settings.data())
        .args(settings.further())
        .args(line)
        .args(paths)
        .output()
        .unwrap()
}

fn relay_json(settings: &RelaySettings, line: &[&str]) -> Value {
    let mut line = line.to_vec();
    line.push("--json");
    let output = relay_command(settings, &line, &[]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Imports a bag, whatever of it is left.
fn relay_import_any(settings: &RelaySettings, files: &[PathBuf]) -> Value {
    let output = relay_command(settings, &["mailbag", "import", "--json"], files);
    let left = output.status.code() == Some(9);
    assert!(left || output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["complete"] == false, left, "{told}");
    told
}

fn relay_import(settings: &RelaySettings, files: &[PathBuf]) -> Value {
    let told = relay_import_any(settings, files);
    assert_eq!(told["complete"], true, "{told}");
    told
}
