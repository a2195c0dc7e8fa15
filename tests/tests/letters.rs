//! Letters end to end: the real `tidings` and the real `tidings-relay`, over real sockets, with what goes wrong between them.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{fs, path::Path, process::Command, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tidings_tests::{
    cli::Cli,
    relay::{Relay, RelaySettings},
};

const TEXT: &str = "Любий Тарасе, у нас усе добре. Яблуня зацвіла.";

/// A relay, an office with a card, and a family that has it.
struct Post {
    relay: Relay,
    office: Cli,
    family: Cli,
    folder: tempfile::TempDir,
}

fn post() -> Post {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let (office, family) = (
        Cli::new(folder.path(), "office"),
        Cli::new(folder.path(), "family"),
    );
    let address = relay.address().to_string();
    office
        .json(&["init", "--name", "Office", "--relay", &address])
        .unwrap();
    let card = office.json(&["card", "--office"]).unwrap();
    assert_eq!(card["published"], true, "{card}");
    family
        .json(&["init", "--name", "Олена", "--relay", &address])
        .unwrap();
    let contact = family
        .json(&[
            "contact",
            "add",
            card["card"].as_str().unwrap(),
            "--name",
            "office",
        ])
        .unwrap();
    assert_eq!(contact["words"], card["words"]);
    Post {
        relay,
        office,
        family,
        folder,
    }
}

impl Post {
    fn text(&self) -> String {
        let path = self.folder.path().join("text.txt");
        fs::write(&path, TEXT).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn write(&self) -> Value {
        let (text, drawing) = (self.text(), picture("drawing-scan.png"));
        self.family
            .json(&[
                "write",
                "--to",
                "office",
                "--for",
                "Коваленко Тарас",
                "--text",
                &text,
                "--drawing",
                &drawing,
            ])
            .unwrap()
    }
}

fn picture(name: &str) -> String {
    let path = tidings_tests::root()
        .join("tests/fixtures/pictures")
        .join(name);
    path.to_str().unwrap().to_owned()
}

/// The texts of the letters that the office has received.
fn received(office: &Cli) -> Vec<String> {
    let letters = office.json(&["list"]).unwrap();
    letters
        .as_array()
        .unwrap()
        .iter()
        .filter(|letter| letter["direction"] == "in" && letter["kind"] == "letter")
        .map(|letter| letter["text"].as_str().unwrap().to_owned())
        .collect()
}

/// The demo is the main job on real input, with its own proof that nothing readable is left behind.
#[test]
fn the_demo_succeeds() {
    let output = Command::new(env!("CARGO_BIN_EXE_demo")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let place = told.lines().next().unwrap().rsplit(' ').next().unwrap();
    fs::remove_dir_all(Path::new(place)).unwrap();
}

/// A letter that is written while the relay is away waits on the device, survives, and goes out once.
#[test]
fn a_letter_waits_for_the_relay() {
    let post = post();
    let text = post.text();
    let settings: RelaySettings = post.relay.stop().unwrap();
    let written = post
        .family
        .json(&["write", "--to", "office", "--yes", "--text", &text])
        .unwrap();
    // Without the office's prekeys, which only the relay has, it cannot even be sealed yet.
    assert_eq!(written["letter"]["state"], "draft", "{written}");
    let _relay = settings.start().unwrap();
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["waiting"], serde_json::json!([]), "{sent}");
    post.office.json(&["collect"]).unwrap();
    post.office.json(&["collect"]).unwrap();
    assert_eq!(received(&post.office), [TEXT]);
}

/// Whenever the family's program is killed while it writes and sends, what the vault has is sent later, whole and once.
#[test]
fn a_killed_writer_loses_and_doubles_nothing() {
    let post = post();
    let (text, photo) = (post.text(), picture("garden-phone.jpg"));
    let mut rng = StdRng::seed_from_u64(4);
    for _ in 0..6 {
        let mut writer = post
            .family
            .spawn(&[
                "write", "--to", "office", "--yes", "--text", &text, "--photo", &photo,
            ])
            .unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(50..900)));
        writer.kill().unwrap();
    }
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["waiting"], serde_json::json!([]), "{sent}");
    let written = post
        .family
        .json(&["list"])
        .unwrap()
        .as_array()
        .unwrap()
        .len();
    let report = post.office.json(&["collect"]).unwrap();
    assert_eq!(report["failures"], serde_json::json!([]), "{report}");
    assert_eq!(received(&post.office), vec![TEXT; written]);
    let letters = post.office.json(&["list"]).unwrap();
    for letter in letters.as_array().unwrap() {
        for enclosure in letter["enclosures"].as_array().unwrap() {
            assert_eq!(enclosure["fetched"], true, "{letter}");
        }
    }
}

/// After `rotate-key` and a restart that nobody announced, both sides go on.
#[test]
fn letters_cross_when_the_relay_changes_its_keys_and_is_killed() {
    let mut post = post();
    post.write();
    let rotated = Command::new(tidings_tests::binary::find("tidings-relay").unwrap())
        .args(["rotate-key", "--data"])
        .arg(post.relay.settings().data())
        .output()
        .unwrap();
    assert!(
        rotated.status.success(),
        "{}",
        String::from_utf8_lossy(&rotated.stderr)
    );
    post.relay = post.relay.kill_and_restart().unwrap();
    post.office.json(&["collect"]).unwrap();
    assert_eq!(received(&post.office), [TEXT]);
    post.office
        .json(&["contact", "verify", "1", "--yes"])
        .unwrap();
    let page = picture("reply-page.jpg");
    post.office.json(&["reply", "1", "--scan", &page]).unwrap();
    let report = post.family.json(&["collect"]).unwrap();
    let kinds: Vec<&Value> = report["letters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|letter| &letter["kind"])
        .collect();
    assert_eq!(kinds, ["status", "reply"], "{report}");
}

/// Nothing personal goes to a family that nobody has verified, and the sentence says what to do.
#[test]
fn an_unverified_family_gets_no_answer() {
    let post = post();
    post.write();
    post.office.json(&["collect"]).unwrap();
    let page = picture("reply-page.jpg");
    let refused = post
        .office
        .run(&["reply", "1", "--scan", &page])
        .unwrap()
        .failure()
        .unwrap();
    assert!(
        refused.stderr.contains("tidings contact verify"),
        "{}",
        refused.stderr
    );
}
