//! The disk under an account is full, or turns read-only in the middle of the work: a sentence says so, nothing is lost, and
//! nothing is left lying.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::{fs, os::unix::fs::symlink, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tidings_tests::{
    cli::Cli,
    disk::SmallDisk,
    post::{Post, letters, picture},
    relay::Relay,
};

/// A relay, and an office and a family of which one lives on a small disk.
struct Tight {
    disk: SmallDisk,
    _relay: Relay,
    office: Cli,
    family: Cli,
    folder: TempDir,
}

impl Tight {
    /// `None` where no file system can be mounted.
    fn with(on_the_disk: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let Some(disk) = SmallDisk::mount(folder.path(), 16).unwrap() else {
            println!("SKIPPED: no small file system can be mounted here (root only)");
            return None;
        };
        let relay = Relay::start(folder.path()).unwrap();
        let address = relay.address().to_string();
        let make = |who: &str| {
            if who == on_the_disk {
                // Only the home: what the program prints has to find room.
                let home = disk.path().join(who);
                fs::create_dir(&home).unwrap();
                symlink(home, folder.path().join(who)).unwrap();
            }
            let cli = Cli::new(folder.path(), who);
            cli.json(&["init", "--name", who, "--relay", &address])
                .unwrap();
            cli
        };
        let (office, family) = (make("office"), make("family"));
        let card = office.json(&["card", "--office"]).unwrap();
        let card = card["card"].as_str().unwrap();
        family
            .json(&["contact", "add", card, "--name", "office"])
            .unwrap();
        fs::write(folder.path().join("text.txt"), "with a photo").unwrap();
        Some(Self {
            disk,
            _relay: relay,
            office,
            family,
            folder,
        })
    }

    fn write(&self) -> Value {
        let text = self.folder.path().join("text.txt");
        let photo = picture("garden-phone.jpg");
        let (text, photo) = (text.to_str().unwrap(), photo.to_str().unwrap());
        let words = ["--json", "write", "--to", "office", "--yes", "--text"];
        let enclosed = [text, "--photo", photo];
        answer(&self.family, &[&words[..], &enclosed[..]].concat())
    }

    /// Does `work` with more and more room until it succeeds, and gives what it said every time.
    fn until_there_is_room(&self, work: impl Fn() -> Value) -> Vec<Value> {
        let mut said = Vec::new();
        for spare in (0..40).map(|step| step * 32_768) {
            self.disk.fill_but(spare).unwrap();
            let answer = work();
            let done = answer.get("error").is_none();
            said.push(answer);
            self.disk.free().unwrap();
            if done {
                return said;
            }
        }
        said
    }
}

/// What a command with `--json` said, however it ended.
fn answer(of: &Cli, words: &[&str]) -> Value {
    let finished = of.run(words).unwrap();
    serde_json::from_str(&finished.stdout).unwrap()
}

fn files(of: &Cli) -> usize {
    fs::read_dir(of.home().join("files")).unwrap().count()
}

/// The failures among the answers are sentences about room.
fn speak_of_room(said: &[Value]) -> usize {
    let failures = said.iter().filter_map(|answer| answer.get("error"));
    failures
        .inspect(|error| {
            let sentence = error["message"].as_str().unwrap();
            assert!(sentence.contains("Make room"), "{error}");
        })
        .count()
}

#[test]
fn a_letter_that_has_no_room_leaves_nothing_behind() {
    let Some(tight) = Tight::with("family") else {
        return;
    };
    let said = tight.until_there_is_room(|| {
        let answer = tight.write();
        if answer.get("error").is_some() {
            // It failed before there was a letter; the next command sweeps what the writer could not remove.
            assert!(letters(&tight.family).unwrap().is_empty());
            assert_eq!(files(&tight.family), 0, "{answer}");
        }
        answer
    });
    assert!(speak_of_room(&said) >= 2, "{said:?}");
    let written = letters(&tight.family).unwrap();
    assert_eq!(written.len(), 1, "{said:?}");
    tight.family.json(&["outbox", "--send"]).unwrap();
    tight.office.json(&["collect"]).unwrap();
    assert_eq!(
        letters(&tight.office).unwrap()[0]["enclosures"][0]["fetched"],
        true
    );
}

#[test]
fn a_collect_without_room_loses_nothing() {
    let Some(tight) = Tight::with("office") else {
        return;
    };
    for _ in 0..2 {
        assert_eq!(tight.write()["letter"]["state"], "at_relay");
    }
    let said = tight.until_there_is_room(|| answer(&tight.office, &["--json", "collect"]));
    assert!(speak_of_room(&said) >= 2, "{said:?}");
    // Told once, by the one that came to its end, whichever of them stored it.
    let told: Vec<&Value> = said
        .iter()
        .filter_map(|answer| answer["letters"].as_array())
        .flatten()
        .collect();
    assert_eq!(told.len(), 2, "{said:?}");
    let received: Vec<Value> = letters(&tight.office).unwrap();
    assert_eq!(received.len(), 2, "{received:?}");
    for letter in &received {
        assert_eq!(letter["enclosures"][0]["fetched"], true, "{letter}");
    }
    assert_eq!(files(&tight.office), 4, "photos and previews");
    // Reading needs no room at all.
    tight.disk.fill().unwrap();
    let read = tight.office.run(&["read", "1"]).unwrap().success().unwrap();
    assert!(read.stdout.contains("with a photo"), "{read:?}");
    tight.disk.free().unwrap();
}

#[test]
fn what_a_killed_writer_left_is_swept_and_what_a_letter_names_is_not() {
    let post = Post::new().unwrap();
    let text = post.text("with a photo").unwrap();
    let photo = picture("garden-phone.jpg");
    let photo = photo.to_str().unwrap();
    let words = ["write", "--to", "office", "--yes", "--text", &text];
    let words = [&words[..], &["--photo", photo]].concat();
    for milliseconds in [150, 300, 450, 600] {
        let mut writer = post.family.spawn(&words).unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        writer.kill().unwrap();
    }
    // As a kill between two files of a letter leaves it, whatever the moments above met.
    let stray = post.family.home().join("files").join("999999");
    fs::write(&stray, "sealed").unwrap();
    let named: usize = letters(&post.family)
        .unwrap()
        .iter()
        .map(|letter| 2 * letter["enclosures"].as_array().unwrap().len())
        .sum();
    assert!(!stray.exists());
    assert_eq!(files(&post.family), named);
    post.family.json(&words).unwrap();
    assert_eq!(files(&post.family), named + 2);
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["failures"], serde_json::json!([]), "{sent}");
}

/// A file that looks like the letter is the letter.
#[test]
fn what_has_no_room_is_not_saved_in_part() {
    let Some(tight) = Tight::with("office") else {
        return;
    };
    assert_eq!(tight.write()["letter"]["state"], "at_relay");
    tight.office.json(&["collect"]).unwrap();
    let folder = tight.disk.path().join("saved");
    let to = folder.to_str().unwrap();
    let whole = tight.folder.path().join("whole");
    let kept = ["read", "1", "--save", whole.to_str().unwrap()];
    let names = tight.office.json(&kept).unwrap();
    assert_eq!(names["saved"].as_array().unwrap().len(), 2);
    fs::create_dir(&folder).unwrap();
    let said = tight.until_there_is_room(|| {
        let answer = answer(&tight.office, &["--json", "read", "1", "--save", to]);
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let as_it_is = fs::read(whole.join(entry.file_name())).unwrap();
            assert_eq!(fs::read(entry.path()).unwrap(), as_it_is, "{entry:?}");
            fs::remove_file(entry.path()).unwrap();
        }
        answer
    });
    assert!(speak_of_room(&said) >= 1, "{said:?}");
    assert!(said.last().unwrap().get("error").is_none(), "{said:?}");
}
