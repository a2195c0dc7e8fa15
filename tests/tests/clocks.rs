//! Clocks that are wrong, on the real programs: 60 days or a year, either way, on either side, from the beginning and then set
//! right. Letters open, nothing is lost, prekeys heal by themselves (DELIVERY-9, PREKEY-9).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::json;
use tidings_tests::{
    cli::Cli,
    post::{Post, letters, picture, texts},
};

/// Whose clock is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Office,
    Family,
}

fn goes_on(wrong: Wrong, offset: &str) {
    let set = |whose| {
        move |cli: Cli| {
            if wrong == whose {
                cli.faketime(offset)
            } else {
                cli
            }
        }
    };
    let mut post = Post::with(set(Wrong::Office), set(Wrong::Family)).unwrap();

    // First contact and answers by the wrong clock.
    post.acquainted().unwrap();
    let page = picture("reply-page.jpg");
    let page = page.to_str().unwrap();
    post.office.json(&["reply", "1", "--scan", page]).unwrap();
    post.family.json(&["collect"]).unwrap();
    post.write(&post.family, "office", "by the wrong clock")
        .unwrap();
    // This one is on its way when the clock is set right, and so is the answer to it.
    post.office.json(&["collect"]).unwrap();
    post.write(&post.office, "Олена", "answer on its way")
        .unwrap();
    post.write(&post.family, "office", "letter on its way")
        .unwrap();

    post.office = post.office.right_clock();
    post.family = post.family.right_clock();
    for round in 0..2 {
        for cli in [&post.office, &post.family] {
            let collected = cli.json(&["collect"]).unwrap();
            assert_eq!(collected["failures"], json!([]), "{collected}");
            assert_eq!(collected["parked"], 0, "{collected}");
        }
        if round == 0 {
            post.write(&post.family, "office", "by the right clock")
                .unwrap();
        }
    }
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        [
            "acquainted",
            "by the wrong clock",
            "letter on its way",
            "by the right clock"
        ]
    );
    assert_eq!(texts(&post.family, "in").unwrap(), ["answer on its way"]);
    for letter in letters(&post.family).unwrap() {
        let expected = if letter["direction"] == "out" {
            "taken_by_desk"
        } else {
            "opened"
        };
        assert_eq!(letter["state"], expected, "{letter}");
    }

    // A family that comes new, with a right clock, can write at once: the prekeys on the shelf are of these weeks.
    let newcomer = Cli::new(post.folder.path(), "newcomer");
    let address = post.relay.address().to_string();
    newcomer
        .json(&["init", "--name", "Ганна", "--relay", &address])
        .unwrap();
    let card = post.office.json(&["card"]).unwrap();
    newcomer
        .json(&[
            "contact",
            "add",
            card["card"].as_str().unwrap(),
            "--name",
            "office",
        ])
        .unwrap();
    let written = post.write(&newcomer, "office", "newcomer").unwrap();
    assert_eq!(written["letter"]["state"], "at_relay", "{written}");
    post.office.json(&["collect"]).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap().last().unwrap(),
        "newcomer"
    );
}

#[test]
fn the_office_is_sixty_days_ahead() {
    goes_on(Wrong::Office, "+60d");
}

#[test]
fn the_office_is_a_year_ahead() {
    goes_on(Wrong::Office, "+366d");
}

#[test]
fn the_office_is_a_year_behind() {
    goes_on(Wrong::Office, "-366d");
}

#[test]
fn the_family_is_sixty_days_ahead() {
    goes_on(Wrong::Family, "+60d");
}

#[test]
fn the_family_is_a_year_ahead() {
    goes_on(Wrong::Family, "+366d");
}

#[test]
fn the_family_is_a_year_behind() {
    goes_on(Wrong::Family, "-366d");
}
