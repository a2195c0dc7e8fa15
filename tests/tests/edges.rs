//! What a person meets at the edges of the command line: names of files that are no text, files that are gone, questions that
//! are asked before it is too late.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt as _,
    process::{Command, Output},
};

use serde_json::Value;
use tidings_tests::{
    binary,
    cli::{Cli, PASSPHRASE},
    post::{Post, letters, picture, texts},
};

/// No letter of any alphabet in UTF-8.
const NO_TEXT: &[u8] = b"\xff\xfe-old";

/// A file may be called by bytes that are no text; nothing else may, and that is said.
#[test]
fn a_name_that_is_no_text_is_taken_for_files_only() {
    let post = Post::new().unwrap();
    let odd = |ending: &str| {
        let mut name = NO_TEXT.to_vec();
        name.extend_from_slice(ending.as_bytes());
        post.folder.path().join(OsStr::from_bytes(&name))
    };
    let (text, photo, card) = (odd(".txt"), odd(".jpg"), odd(".tidings-card"));
    fs::write(&text, "from an old disk").unwrap();
    fs::copy(picture("garden-phone.jpg"), &photo).unwrap();
    let mut write: Vec<OsString> = ["write", "--to", "office", "--yes", "--text"]
        .map(OsString::from)
        .to_vec();
    write.extend([text.into(), "--photo".into(), photo.into()]);
    post.family.json(&write).unwrap();
    post.office.json(&["collect"]).unwrap();
    let received = letters(&post.office).unwrap();
    assert_eq!(received[0]["text"], "from an old disk");
    assert_eq!(received[0]["enclosures"][0]["fetched"], true);

    let made = [OsStr::new("card"), OsStr::new("--file"), card.as_os_str()];
    post.office.json(&made).unwrap();
    assert!(card.is_file());
    let added = [OsStr::new("contact"), OsStr::new("add"), card.as_os_str()];
    assert_eq!(post.family.json(&added).unwrap()["known"], true);

    let no_text = OsStr::from_bytes(NO_TEXT);
    for words in [
        vec![OsStr::new("read"), no_text],
        vec![OsStr::new("contact"), OsStr::new("freeze"), no_text],
        vec![no_text],
        vec![OsStr::new("--lang"), no_text, OsStr::new("list")],
    ] {
        let refused = post.family.run(&words).unwrap().failure().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    }
    let refused = post.family.run(&[OsStr::new("read"), no_text]).unwrap();
    assert!(refused.stderr.contains("UTF-8"), "{refused:?}");
}

/// A passphrase that is no text is not the same as none.
#[test]
fn a_passphrase_of_the_environment_that_is_no_text_is_refused() {
    let post = Post::new().unwrap();
    let listed: Output = Command::new(binary::find("tidings").unwrap())
        .args(["--json", "--home"])
        .arg(post.family.home())
        .arg("list")
        .env("TIDINGS_PASSPHRASE", OsStr::from_bytes(NO_TEXT))
        .output()
        .unwrap();
    assert_eq!(listed.status.code(), Some(2), "{listed:?}");
    let said: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(said["error"]["code"], "passphrase-variable-text");
}

/// What waits here is withdrawn by it, so that it is asked first; asking for new keys takes nothing away.
#[test]
fn beginning_anew_asks_first() {
    let mut post = Post::new().unwrap();
    post.acquainted().unwrap();
    let text = post.text("waits here").unwrap();
    let relay = post.relay.stop().unwrap();
    post.family
        .json(&["write", "--to", "office", "--yes", "--text", &text])
        .unwrap();
    let state = || letters(&post.family).unwrap()[1]["state"].clone();
    post.family.json(&["contact", "renew", "office"]).unwrap();
    let anew = ["--json", "contact", "renew", "office", "--anew"];
    let refused = post.family.run(&anew).unwrap().failure().unwrap();
    assert!(refused.stdout.contains("\"not-confirmed\""), "{refused:?}");
    assert!(
        refused.stderr.contains("wait here are withdrawn"),
        "{refused:?}"
    );
    assert_eq!(state(), "sealed");
    let said = post
        .family
        .json(&[&anew[1..], &["--yes"]].concat())
        .unwrap();
    assert_eq!(said["renewal"], "begun");
    assert_eq!(state(), "withdrawn");
    post.relay = relay.start().unwrap();
}

/// What is advised can be done: only `contact add` has an option for another name.
#[test]
fn a_name_that_is_taken_is_advised_upon_where_it_is_given() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    let card = post.office.json(&["card", "--office"]).unwrap();
    let card = card["card"].as_str().unwrap();
    let other = Cli::new(post.folder.path(), "other");
    let address = post.relay.address().to_string();
    other
        .json(&["init", "--name", "Ганна", "--relay", &address])
        .unwrap();
    other
        .json(&["contact", "add", card, "--name", "office"])
        .unwrap();
    post.write(&other, "office", "from another family").unwrap();
    post.office.json(&["collect"]).unwrap();
    let taken = ["contact", "rename", "2", "Олена"];
    let refused = post.office.run(&taken).unwrap().failure().unwrap();
    assert!(refused.stderr.contains("(number 1)"), "{refused:?}");
    assert!(!refused.stderr.contains("--name"), "{refused:?}");
}

/// RELAY-6: the collect and the answer that follows it both meet the wrong clock; it is told once, on either carrier, and stops
/// nothing: no certificate is refused for its dates.
#[test]
fn a_wrong_clock_is_warned_of_once() {
    let post = Post::new().unwrap();
    for (carrier, offset) in [("any", "+60d"), ("quic", "-366d"), ("tcp", "+366d")] {
        post.write(&post.family, "office", carrier).unwrap();
        let office = Cli::new(post.folder.path(), "office")
            .faketime(offset)
            .environment("TIDINGS_ONLY", carrier);
        let collected = office.run(&["collect"]).unwrap().success().unwrap();
        let warned = collected.stderr.matches("clock").count();
        let lines: Vec<&str> = collected.stderr.lines().collect();
        assert!(warned > 0, "{carrier}: {collected:?}");
        let mut different = lines.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(lines.len(), different.len(), "{carrier}: {collected:?}");
    }
    assert_eq!(texts(&post.office, "in").unwrap(), ["any", "quic", "tcp"]);
}

/// The folder of the account is at fault, not what was typed.
#[test]
fn an_enclosure_that_vanished_from_the_folder_is_called_so() {
    let post = Post::new().unwrap();
    let text = post.text("with a photo").unwrap();
    let photo = picture("garden-phone.jpg");
    let photo = photo.to_str().unwrap();
    let write = ["write", "--to", "office", "--yes", "--text", &text];
    post.family
        .json(&[&write[..], &["--photo", photo]].concat())
        .unwrap();
    post.office.json(&["collect"]).unwrap();
    let files: Vec<_> = fs::read_dir(post.office.home().join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let to = post.folder.path().join("saved");
    let read = ["--json", "read", "1", "--save", to.to_str().unwrap()];
    let lost = || {
        let refused = post.office.run(&read).unwrap().failure().unwrap();
        let said: Value = serde_json::from_str(&refused.stdout).unwrap();
        assert_eq!(said["error"]["code"], "enclosure-lost", "{said}");
    };
    for file in &files {
        let mut sealed = fs::read(file).unwrap();
        let middle = sealed.len() / 2;
        sealed[middle] ^= 1;
        fs::write(file, sealed).unwrap();
    }
    lost();
    for file in &files {
        let sealed = fs::read(file).unwrap();
        fs::write(file, &sealed[..sealed.len() / 2]).unwrap();
    }
    lost();
    for file in &files {
        fs::remove_file(file).unwrap();
    }
    lost();
    // The text is in the vault, and needs no file.
    let text = post.office.json(&["read", "1"]).unwrap()["text"].clone();
    assert_eq!(text, "with a photo");
    assert_eq!(texts(&post.office, "in").unwrap(), ["with a photo"]);
}

/// People count letters, not what the program has to do for them.
#[test]
fn what_was_sent_is_counted_in_letters() {
    let mut post = Post::new().unwrap();
    let text = post.text("waits for the network").unwrap();
    let relay = post.relay.stop().unwrap();
    for _ in 0..2 {
        post.family
            .json(&["write", "--to", "office", "--yes", "--text", &text])
            .unwrap();
    }
    post.relay = relay.start().unwrap();
    let sent = post.family.run(&["outbox", "--send"]).unwrap();
    assert!(sent.stdout.starts_with("2 letters were sent."), "{sent:?}");
    post.office.json(&["collect"]).unwrap();
    post.office
        .json(&["contact", "verify", "1", "--yes"])
        .unwrap();
    post.write(&post.office, "1", "answer").unwrap();
    let sent = post.office.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["letters"], 0, "{sent}");
}

/// A program that forgets the command is answered like any other mistake of its own.
#[test]
fn a_missing_command_is_told_to_programs_as_well() {
    let tidings = |words: &[&str]| {
        let program = binary::find("tidings").unwrap();
        Command::new(program).args(words).output().unwrap()
    };
    for words in [&["--json"][..], &["contact", "--json"]] {
        let refused = tidings(words);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let said: Value = serde_json::from_slice(&refused.stdout).unwrap();
        assert_eq!(said["error"]["code"], "usage-missing", "{said}");
        assert!(refused.stderr.is_empty(), "{refused:?}");
    }
    for words in [&[][..], &["contact"]] {
        let refused = tidings(words);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(refused.stdout.is_empty() && !refused.stderr.is_empty());
    }
}

/// What a collect says of a letter is what the next list says.
#[test]
fn a_collect_and_a_list_agree_on_what_is_unread() {
    let post = Post::new().unwrap();
    post.write(&post.family, "office", "first").unwrap();
    post.office.json(&["collect"]).unwrap();
    post.office
        .json(&["contact", "verify", "1", "--yes"])
        .unwrap();
    post.write(&post.office, "1", "answer").unwrap();
    let collected = post.family.json(&["collect"]).unwrap();
    let told = collected["letters"].as_array().unwrap();
    assert_eq!(told.len(), 2, "a notice and an answer: {collected}");
    let listed = post.family.json(&["list"]).unwrap();
    for letter in told {
        let same = |other: &&Value| other["number"] == letter["number"];
        let later = listed.as_array().unwrap().iter().find(same).unwrap();
        assert_eq!(letter, later);
        assert_eq!(letter["unread"], letter["kind"] != "status", "{letter}");
    }
}

/// What was promised is kept: the next command that reaches the relay sends what waited, and until then it is named.
#[test]
fn a_collect_names_what_waits_and_sends_it() {
    let mut post = Post::new().unwrap();
    post.acquainted().unwrap();
    let text = post.text("written meanwhile").unwrap();
    let relay = post.relay.stop().unwrap();
    post.family
        .json(&["write", "--to", "office", "--yes", "--text", &text])
        .unwrap();
    let collected = post.family.run(&["collect"]).unwrap().failure().unwrap();
    let waits = "Still waiting here to be sent:\nletter 3 to office";
    assert!(collected.stdout.contains(waits), "{collected:?}");
    post.relay = relay.start().unwrap();
    let collected = post.family.run(&["collect"]).unwrap().success().unwrap();
    assert!(
        collected.stdout.contains("One letter was sent."),
        "{collected:?}"
    );
    assert!(!collected.stdout.contains("waiting"), "{collected:?}");
    post.office.json(&["collect"]).unwrap();
    assert!(
        texts(&post.office, "in")
            .unwrap()
            .contains(&"written meanwhile".to_owned())
    );
}

/// Output that has no room is no trouble of the account: it is said once, with what was done all the same.
#[test]
#[cfg(target_os = "linux")]
fn a_full_output_hides_no_letter() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    let text = post.text("sent all the same").unwrap();
    let into_full = |words: &[&str]| {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let done = Command::new(binary::find("tidings").unwrap())
            .args(["--lang", "en", "--home"])
            .arg(post.family.home())
            .args(words)
            .env("TIDINGS_PASSPHRASE", PASSPHRASE)
            .stdin(std::process::Stdio::null())
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1), "{words:?} {done:?}");
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(!said.contains("Make room"), "{words:?} {said}");
        said
    };
    let write = ["write", "--to", "office", "--yes", "--text", &text];
    let said = into_full(&write);
    assert!(
        said.contains("at the relay: do not write it again"),
        "{said}"
    );
    let said = into_full(&[&["--json"], &write[..]].concat());
    assert!(
        said.contains("at the relay: do not write it again"),
        "{said}"
    );
    for words in [
        &["list"][..],
        &["read", "1"],
        &["status"],
        &["collect"],
        &["help"],
        &["--help"],
    ] {
        assert_eq!(into_full(words).lines().count(), 1, "{words:?}");
    }
    let written = letters(&post.family).unwrap();
    assert_eq!(
        written
            .iter()
            .filter(|letter| letter["direction"] == "out")
            .count(),
        3
    );
    assert!(
        written.iter().all(|letter| letter["state"] != "sealed"),
        "{written:?}"
    );
}

/// A pipe in place of a picture is refused, not waited for; names of files steer no terminal.
#[test]
fn what_is_enclosed_is_a_file() {
    let post = Post::new().unwrap();
    let pipe = post.folder.path().join("evil\u{1b}[31m\u{202e}gpj");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let write = [
        "--json",
        "write",
        "--to",
        "office",
        "--yes",
        "--photo",
        pipe.to_str().unwrap(),
    ];
    let refused = post.family.run(&write).unwrap().failure().unwrap();
    assert!(refused.stdout.contains("\"file-special\""), "{refused:?}");
    let refused = post.family.run(&write[1..]).unwrap().failure().unwrap();
    assert!(
        refused.stderr.contains("evil<U+001B>[31m<U+202E>gpj"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains('\u{1b}'), "{refused:?}");
    assert!(letters(&post.family).unwrap().is_empty());
}

/// What comes through a pipe has no file's name, and is not called by one.
#[test]
fn what_was_typed_is_not_called_by_the_name_of_a_file() {
    let post = Post::new().unwrap();
    let wrong = post.folder.path().join("wrong.txt");
    fs::write(&wrong, "Тарасику\u{7}").unwrap();
    let done = Command::new(binary::find("tidings").unwrap())
        .args(["--lang", "en", "--home"])
        .arg(post.family.home())
        .args(["write", "--to", "office", "--yes", "--text", "-"])
        .env("TIDINGS_PASSPHRASE", PASSPHRASE)
        .stdin(fs::File::open(&wrong).unwrap())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(
        said.starts_with("The typed text: line 1 holds a control character (U+0007)"),
        "{said}"
    );
}

/// An account with contacts or letters is a family's: it becomes an office only if somebody says so twice.
#[test]
fn a_family_does_not_become_an_office_by_the_way() {
    let post = Post::new().unwrap();
    for words in [&["card", "--office"][..], &["--json", "card", "--office"]] {
        let refused = post.family.run(words).unwrap().failure().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    assert_eq!(
        post.family.json(&["status"]).unwrap()["office"],
        Value::Null
    );
    let mut terminal = post.family.on_terminal(&["card", "--office"]).unwrap();
    terminal.wait_for("Passphrase: ").unwrap();
    terminal.wait_until_silent().unwrap();
    terminal.type_line(PASSPHRASE).unwrap();
    terminal.wait_for("all the same? Type yes: ").unwrap();
    terminal.type_line("no").unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(2));
    post.family.json(&["card", "--office", "--yes"]).unwrap();
    assert_ne!(
        post.family.json(&["status"]).unwrap()["office"],
        Value::Null
    );
}
