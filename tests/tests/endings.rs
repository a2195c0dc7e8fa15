//! An office ends a correspondence: the family is told, truthfully, and can begin anew (NOTICE-11).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::json;
use tidings_tests::{
    cli::Cli,
    post::{Post, letters, texts},
};

fn states(of: &Cli) -> Vec<String> {
    letters(of)
        .unwrap()
        .iter()
        .filter(|letter| letter["direction"] == "out")
        .map(|letter| letter["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_family_whose_contact_the_office_deleted_is_told_and_may_begin_anew() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    post.write(&post.family, "office", "on its way").unwrap();
    let forgotten = post
        .office
        .run(&["contact", "forget", "Олена", "--yes"])
        .unwrap()
        .success()
        .unwrap();
    assert!(forgotten.stderr.contains("can still write to you"));
    assert!(forgotten.stdout.contains("has been told"), "{forgotten:?}");
    assert_eq!(post.office.json(&["list"]).unwrap(), json!([]));
    // Whatever is under way does not open any more.
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(collected["letters"], json!([]), "{collected}");

    assert_eq!(states(&post.family), ["taken_by_desk", "at_relay"]);
    let collected = post.family.json(&["collect"]).unwrap();
    let notice = &collected["letters"][0]["notice"];
    assert_eq!(notice["state"], "closed", "{collected}");
    assert_eq!(notice["verified"], true, "{collected}");
    assert_eq!(states(&post.family), ["taken_by_desk", "undeliverable"]);
    let number = collected["letters"][0]["number"].to_string();
    let read = post.family.run(&["read", &number]).unwrap();
    assert!(read.stdout.contains("tidings contact renew 1"), "{read:?}");

    let text = post.text("once more").unwrap();
    let write = ["write", "--to", "office", "--yes", "--text", &text];
    let refused = post.family.run(&write).unwrap().failure().unwrap();
    assert!(refused.stderr.contains("has ended this correspondence"));
    post.family.json(&["contact", "renew", "office"]).unwrap();
    post.family.json(&write).unwrap();
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(collected["contacts"], json!([2]), "{collected}");
    assert_eq!(texts(&post.office, "in").unwrap(), ["once more"]);
}

/// NOTICE-11: a first letter can be opened without the keys of its pair, and is not taken all the same: the family is told that it
/// is not delivered.
#[test]
fn first_letters_under_a_deleted_pair_make_no_new_contact() {
    let post = Post::new().unwrap();
    post.write(&post.family, "office", "first").unwrap();
    post.office.json(&["collect"]).unwrap();
    // The family has no answer yet, so that these are first letters as well.
    post.write(&post.family, "office", "on its way").unwrap();
    post.office
        .json(&["contact", "forget", "1", "--yes"])
        .unwrap();
    post.write(&post.family, "office", "written unawares")
        .unwrap();
    for _ in 0..2 {
        let collected = post.office.json(&["collect"]).unwrap();
        assert_eq!(collected["letters"], json!([]), "{collected}");
        assert_eq!(collected["contacts"], json!([]), "{collected}");
        assert_eq!(collected["parked"], 0, "{collected}");
    }
    assert_eq!(post.office.json(&["contact", "list"]).unwrap(), json!([]));

    let collected = post.family.json(&["collect"]).unwrap();
    assert_eq!(collected["parked"], 0, "{collected}");
    assert_eq!(
        states(&post.family),
        ["taken_by_desk", "undeliverable", "undeliverable"]
    );
    post.family.json(&["contact", "renew", "office"]).unwrap();
    post.write(&post.family, "office", "once more").unwrap();
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(collected["contacts"], json!([2]), "{collected}");
    assert_eq!(texts(&post.office, "in").unwrap(), ["once more"]);
    let collected = post.family.json(&["collect"]).unwrap();
    assert_eq!(collected["parked"], 0, "{collected}");
    assert_eq!(states(&post.family).last().unwrap(), "taken_by_desk");
}

/// The notice is the first that the family hears of the office at all, and waits for the network.
#[test]
fn a_family_that_was_never_answered_is_told_when_the_relay_is_back() {
    let mut post = Post::new().unwrap();
    post.office.json(&["card", "--tell-taken", "no"]).unwrap();
    post.write(&post.family, "office", "taken in silently")
        .unwrap();
    post.office.json(&["collect"]).unwrap();
    let relay = post.relay.stop().unwrap();
    let forgotten = post
        .office
        .json(&["contact", "forget", "1", "--yes"])
        .unwrap();
    assert_eq!(forgotten["told"], false, "{forgotten}");
    let outbox = post.office.json(&["outbox"]).unwrap();
    assert!(
        outbox["waiting"].to_string().contains("\"closing\""),
        "{outbox}"
    );
    post.relay = relay.start().unwrap();
    let sent = post.office.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["waiting"], json!([]), "{sent}");
    let collected = post.family.json(&["collect"]).unwrap();
    assert_eq!(collected["letters"][0]["notice"]["state"], "closed");
    assert_eq!(states(&post.family), ["opened"]);
}

/// Nothing is sent to a device that was taken.
#[test]
fn a_frozen_family_is_not_told_and_the_office_knows() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    post.office
        .json(&["contact", "freeze", "1", "--yes"])
        .unwrap();
    let forgotten = post
        .office
        .run(&["contact", "forget", "1", "--yes"])
        .unwrap()
        .success()
        .unwrap();
    assert!(forgotten.stderr.contains("is not told"), "{forgotten:?}");
    assert_eq!(post.office.json(&["outbox"]).unwrap()["waiting"], json!([]));
    let collected = post.family.json(&["collect"]).unwrap();
    assert_eq!(collected["letters"], json!([]), "{collected}");
}
