//! A home that was copied and is used twice (DELIVERY-10): whoever comes second is told, the first at its next contact, and no
//! letter is lost for either.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use tidings_tests::{
    cli::Cli,
    post::{Post, letters, texts},
};

/// Whether a command told of a copy, in its JSON.
fn told(value: &Value) -> bool {
    let has = |key: &str, code: &str| {
        let list = value[key].as_array();
        list.is_some_and(|list| list.iter().any(|told| told == code))
    };
    has("warnings", "copied") || has("failures", "account-copied")
}

fn is_copied(cli: &Cli) -> bool {
    !cli.json(&["status"]).unwrap()["copied"].is_null()
}

#[test]
fn the_second_user_of_a_copied_home_is_told_at_once_and_the_first_at_its_next_contact() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    let copy = post.copy_of(&post.family, "copy").unwrap();

    // The original goes on; nothing is wrong yet.
    assert!(!told(&post.family.json(&["collect"]).unwrap()));
    post.write(&post.office, "Олена", "for both").unwrap();

    // The copy is told at its first contact, has the letter, and does not take it away.
    let collected = copy.json(&["collect"]).unwrap();
    assert!(told(&collected), "{collected}");
    assert_eq!(texts(&copy, "in").unwrap(), ["for both"]);
    assert!(is_copied(&copy));

    // Now the original is told, and has the letter as well.
    let collected = post.family.json(&["collect"]).unwrap();
    assert!(told(&collected), "{collected}");
    assert_eq!(texts(&post.family, "in").unwrap(), ["for both"]);
    assert!(is_copied(&post.family));

    // Neither writes under keys that both have, and the sentence says what to do.
    for cli in [&post.family, &copy] {
        let text = post.text("under a number that both would use").unwrap();
        let refused = cli
            .run(&["write", "--to", "office", "--yes", "--text", &text])
            .unwrap()
            .failure()
            .unwrap();
        assert!(
            refused.stderr.contains("tidings copied --freeze"),
            "{}",
            refused.stderr
        );
        // And it says so before anybody types a letter: this one would be asked for whom it is first.
        let asked = cli.run(&["--json", "write", "--to", "office"]).unwrap();
        let told = asked.failure().unwrap().stdout;
        assert!(told.contains("account-copied"), "{told}");
    }
}

/// The letter was sealed and waited when the copy was noticed: it does not go out under the copy's number.
#[test]
fn a_letter_of_the_second_user_waits_and_the_freeze_begins_anew() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    let copy = post.copy_of(&post.family, "copy").unwrap();
    post.write(&copy, "office", "by the copy").unwrap();
    let text = post.text("by the original").unwrap();
    let written = post
        .family
        .run(&["write", "--to", "office", "--yes", "--text", &text])
        .unwrap()
        .success()
        .unwrap();
    // Nothing is promised that only a person's decision makes true.
    let waits = "waits on this device.";
    let then = "After --dismiss it is sent with the next command";
    assert!(
        written.stdout.contains(waits) && written.stdout.contains(then),
        "{written:?}"
    );
    assert_eq!(letters(&post.family).unwrap()[1]["state"], "sealed");
    post.office.json(&["collect"]).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        ["acquainted", "by the copy"]
    );

    post.family.json(&["copied", "--freeze"]).unwrap();
    assert!(!is_copied(&post.family));
    let states: Vec<Value> = letters(&post.family)
        .unwrap()
        .iter()
        .map(|letter| letter["state"].clone())
        .collect();
    assert_eq!(states, ["taken_by_desk", "withdrawn"]);
    post.family.json(&["contact", "renew", "office"]).unwrap();
    post.write(&post.family, "office", "begun anew").unwrap();
    post.office.json(&["collect"]).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        ["acquainted", "by the copy", "begun anew"]
    );

    // The answer comes to a mailbox that the copy does not know.
    assert!(told(&copy.json(&["collect"]).unwrap()));
    let collected = post.family.json(&["collect"]).unwrap();
    assert_eq!(
        collected["letters"].as_array().unwrap().len(),
        1,
        "{collected}"
    );
    // And that the copy was used again is told again.
    assert!(told(&collected), "{collected}");
}

/// An office that is copied publishes no second set of keys, and takes no letter away from its other self.
#[test]
fn a_copied_office_loses_no_letter() {
    let post = Post::new().unwrap();
    let copy = post.copy_of(&post.office, "copy").unwrap();
    post.office.json(&["collect"]).unwrap();
    post.write(&post.family, "office", "first letter").unwrap();
    for office in [&copy, &post.office] {
        assert!(told(&office.json(&["collect"]).unwrap()));
        assert_eq!(texts(office, "in").unwrap(), ["first letter"]);
    }
    // The person says that there is no other one any more: everything goes on, and the answer goes out.
    post.office.json(&["copied", "--dismiss"]).unwrap();
    let sent = post.office.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["waiting"], json!([]), "{sent}");
    post.family.json(&["collect"]).unwrap();
    assert_eq!(letters(&post.family).unwrap()[0]["state"], "taken_by_desk");
}

/// The same on every terminal: the warning is there in each language.
#[test]
fn the_warning_is_told_in_three_languages() {
    let post = Post::new().unwrap();
    let _copy = {
        let copy = post.copy_of(&post.family, "copy").unwrap();
        post.family.json(&["collect"]).unwrap();
        copy
    };
    for (language, word) in [("uk", "копії"), ("ru", "копии"), ("en", "copy")] {
        let copy = Cli::new(post.folder.path(), "copy").language(language);
        let collected = copy.run(&["collect"]).unwrap().success().unwrap();
        assert!(collected.stderr.contains(word), "{}", collected.stderr);
        assert!(
            collected.stderr.contains("tidings copied --freeze"),
            "{}",
            collected.stderr
        );
    }
}
