//! Letters that a relay has lost, and mailboxes that are gone (DELIVERY-11): offered again, once, or told as not delivered.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use serde_json::json;
use tidings_tests::{
    cli::Cli,
    post::{Post, copy_folder, letters, picture, texts},
    relay::{Relay, RelaySettings},
};

/// Puts the relay's folder back to what `state` holds.
fn put_back(relay: Relay, state: &std::path::Path) -> Relay {
    let settings = relay.stop().unwrap();
    fs::remove_dir_all(settings.data()).unwrap();
    copy_folder(state, settings.data()).unwrap();
    settings.start().unwrap()
}

/// Stops the relay, copies its folder, and starts it again.
fn keep_state(relay: Relay, state: &std::path::Path) -> Relay {
    let settings: RelaySettings = relay.stop().unwrap();
    copy_folder(settings.data(), state).unwrap();
    settings.start().unwrap()
}

/// EXCH-26: what was deposited after the copy of the relay's folder was made arrives all the same, with its enclosures, and once.
#[test]
fn a_letter_that_a_relay_forgot_is_offered_again_and_arrives_once() {
    let mut post = Post::new().unwrap();
    post.acquainted().unwrap();
    let state = post.folder.path().join("state");
    post.relay = keep_state(post.relay, &state);
    let drawing = picture("drawing-scan.png");
    let text = post.text("behind the copy").unwrap();
    let drawing = drawing.to_str().unwrap();
    let written = post
        .family
        .json(&[
            "write",
            "--to",
            "office",
            "--yes",
            "--text",
            &text,
            "--drawing",
            drawing,
        ])
        .unwrap();
    assert_eq!(written["letter"]["state"], "at_relay", "{written}");
    post.relay = put_back(post.relay, &state);

    post.office.json(&["collect"]).unwrap();
    assert_eq!(texts(&post.office, "in").unwrap(), ["acquainted"]);
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["sent"], 1, "{sent}");
    assert_eq!(sent["waiting"], json!([]), "{sent}");
    for _ in 0..2 {
        let collected = post.office.json(&["collect"]).unwrap();
        assert_eq!(collected["failures"], json!([]), "{collected}");
        post.family.json(&["collect"]).unwrap();
        post.family.json(&["outbox", "--send"]).unwrap();
    }
    let received = letters(&post.office).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        ["acquainted", "behind the copy"]
    );
    assert_eq!(received[1]["enclosures"][0]["fetched"], true);
    let written = letters(&post.family).unwrap();
    assert_eq!(written[1]["state"], "taken_by_desk", "{written:?}");
}

/// A first letter is lost with the relay's data. The second one notices it where it is deposited, brings it along, and both
/// mailboxes, which were made after the copy, are made again.
#[test]
fn a_lost_first_letter_comes_with_the_second() {
    let mut post = Post::new().unwrap();
    let state = post.folder.path().join("state");
    post.relay = keep_state(post.relay, &state);
    let second = Cli::new(post.folder.path(), "second");
    let address = post.relay.address().to_string();
    second
        .json(&["init", "--name", "Ганна", "--relay", &address])
        .unwrap();
    let card = post.office.json(&["card"]).unwrap();
    let card = card["card"].as_str().unwrap();
    second
        .json(&["contact", "add", card, "--name", "office"])
        .unwrap();
    post.write(&second, "office", "first").unwrap();
    post.relay = put_back(post.relay, &state);
    post.write(&second, "office", "second").unwrap();
    post.office.json(&["collect"]).unwrap();
    let mut received = texts(&post.office, "in").unwrap();
    received.sort();
    assert_eq!(received, ["first", "second"]);
    // The office's answers wait until the family has found its mailbox gone and made it again.
    let collected = second.json(&["collect"]).unwrap();
    assert_eq!(collected["failures"], json!([]), "{collected}");
    post.office.json(&["outbox", "--send"]).unwrap();
    second.json(&["collect"]).unwrap();
    let states: Vec<_> = letters(&second)
        .unwrap()
        .into_iter()
        .map(|letter| letter["state"].clone())
        .collect();
    assert_eq!(states, ["taken_by_desk", "taken_by_desk"]);
}

/// An answer lies in a mailbox that its owner deletes unread: a week later the writer is told.
#[test]
fn an_answer_to_somebody_who_has_forgotten_the_office_is_told_as_not_delivered() {
    let mut post = Post::new().unwrap();
    post.acquainted().unwrap();
    let written = post
        .write(&post.office, "Олена", "to somebody who is gone")
        .unwrap();
    assert_eq!(written["letter"]["state"], "at_relay", "{written}");
    post.family
        .json(&["contact", "forget", "office", "--yes"])
        .unwrap();
    post.family.json(&["outbox", "--send"]).unwrap();
    let state = |office: &Cli| letters(office).unwrap()[1]["state"].clone();
    post.office.json(&["outbox", "--send"]).unwrap();
    assert_eq!(state(&post.office), "at_relay", "nobody can know yet");

    let settings = post.relay.stop().unwrap().faketime("+8d");
    post.relay = settings.start().unwrap();
    let office = post.office.faketime("+8d");
    let sent = office.json(&["outbox"]).unwrap();
    assert_eq!(sent["failures"], json!(["relay-no-mailbox"]), "{sent}");
    assert_eq!(state(&office), "undeliverable");
}

/// Stops the relay and starts it with nothing but its root key.
fn lose_all_but_the_root(relay: Relay) -> Relay {
    let settings = relay.stop().unwrap();
    let (key, away) = (
        settings.data().join("root.key"),
        settings.logs().join("key"),
    );
    fs::rename(&key, &away).unwrap();
    fs::remove_dir_all(settings.data()).unwrap();
    fs::create_dir(settings.data()).unwrap();
    fs::rename(&away, &key).unwrap();
    settings.start().unwrap()
}

/// DELIVERY-12: a family that writes before the office has noticed the loss is told why its letter waits; it goes by itself once
/// the office has its mailbox again.
#[test]
fn a_letter_waits_for_a_mailbox_that_the_relay_has_lost() {
    let mut post = Post::new().unwrap();
    post.acquainted().unwrap();
    post.office.json(&["collect"]).unwrap();
    post.relay = lose_all_but_the_root(post.relay);
    let text = post.text("into the gap").unwrap();
    let write = ["write", "--to", "office", "--yes", "--text", &text];
    let written = post.family.run(&write).unwrap().success().unwrap();
    assert!(
        written.stdout.contains("waits on this device") && written.stdout.contains("30 days"),
        "{written:?}"
    );
    let outbox = post.family.json(&["outbox"]).unwrap();
    let waiting = outbox["waiting"].as_array().unwrap();
    let letter = waiting.iter().find(|item| item["letter"] == 3).unwrap();
    assert_eq!(letter["failed"], "mailbox-missing", "{outbox}");
    assert_ne!(letter["next"], "never", "{outbox}");

    // The office finds its mailbox gone, and makes it again with what it sends by itself.
    post.office.json(&["collect"]).unwrap();
    let family = post.family.faketime("+2h");
    let sent = family.json(&["outbox"]).unwrap();
    assert_eq!(sent["failures"], json!([]), "{sent}");
    post.office.json(&["collect"]).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        ["acquainted", "into the gap"]
    );
}

/// DELIVERY-12: the waiting ends, and is told.
#[test]
fn a_mailbox_that_does_not_come_back_is_given_up_after_thirty_days() {
    let mut post = Post::new().unwrap();
    post.acquainted().unwrap();
    post.office.json(&["collect"]).unwrap();
    post.relay = lose_all_but_the_root(post.relay);
    let written = post
        .write(&post.family, "office", "to nobody there")
        .unwrap();
    assert_eq!(written["letter"]["state"], "sealed", "{written}");
    let state = |family: &Cli| letters(family).unwrap()[1]["state"].clone();
    for (days, expected) in [("+29d", "sealed"), ("+31d", "undeliverable")] {
        let settings = post.relay.stop().unwrap().faketime(days);
        post.relay = settings.start().unwrap();
        post.family = post.family.faketime(days);
        post.family.json(&["outbox"]).unwrap();
        assert_eq!(state(&post.family), expected, "{days}");
    }
    // The office comes back after all: a person can still have it sent.
    post.office = post.office.faketime("+31d");
    post.office.json(&["collect"]).unwrap();
    post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(state(&post.family), "at_relay");
}

/// DELIVERY-12: a relay that has lost nothing says that a mailbox was deleted, and that is final at once.
#[test]
fn a_mailbox_that_its_owner_deleted_is_told_from_one_that_was_lost() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    post.family
        .json(&["contact", "forget", "office", "--yes"])
        .unwrap();
    post.family.json(&["outbox", "--send"]).unwrap();
    let written = post
        .write(&post.office, "Олена", "to somebody who is gone")
        .unwrap();
    assert_eq!(written["letter"]["state"], "undeliverable", "{written}");
}
