//! What has come is told once, also when the collect that fetched it was interrupted, and marked until somebody reads it.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;

use serde_json::{Value, json};
use tidings_tests::{
    cli::Cli,
    post::{Post, picture},
};

fn unread(of: &Cli) -> Vec<u64> {
    let letters = of.json(&["list"]).unwrap();
    let letters = letters.as_array().unwrap().iter();
    letters
        .filter(|letter| letter["unread"] == true)
        .map(|letter| letter["number"].as_u64().unwrap())
        .collect()
}

fn numbers(collected: &Value) -> Vec<u64> {
    let letters = collected["letters"].as_array().unwrap().iter();
    letters
        .map(|letter| letter["number"].as_u64().unwrap())
        .collect()
}

#[test]
fn what_an_interrupted_collect_brought_is_told_by_the_next_one() {
    let post = Post::new().unwrap();
    let text = post.text("with a drawing").unwrap();
    let drawing = picture("drawing-scan.png");
    let write = ["write", "--to", "office", "--yes", "--text", &text];
    let enclosed = ["--drawing", drawing.to_str().unwrap()];
    post.family
        .json(&[&write[..], &enclosed[..]].concat())
        .unwrap();

    // The letter is opened, stored and acknowledged; then there is no place for its drawing.
    let files = post.office.home().join("files");
    let away = post.office.home().join("away");
    fs::rename(&files, &away).unwrap();
    fs::write(&files, "").unwrap();
    let failed = post.office.run(&["collect"]).unwrap().failure().unwrap();
    assert!(!failed.stdout.contains("new letter"), "{failed:?}");
    assert!(!failed.stderr.is_empty());
    fs::remove_file(&files).unwrap();
    fs::rename(&away, &files).unwrap();

    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(numbers(&collected), [1], "{collected}");
    assert_eq!(collected["contacts"], json!([1]), "{collected}");
    assert_eq!(collected["letters"][0]["enclosures"][0]["fetched"], true);
    let again = post.office.json(&["collect"]).unwrap();
    assert_eq!(numbers(&again), [0; 0], "{again}");
    assert_eq!(again["contacts"], json!([]), "{again}");
}

#[test]
fn lists_mark_what_nobody_has_read() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    assert_eq!(unread(&post.office), [1]);
    let list = post.office.run(&["list"]).unwrap().success().unwrap();
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert!(lines[0].contains("from Олена (unread)"), "{lines:?}");
    assert!(!lines[1].contains("unread"), "written here: {lines:?}");
    let read = post.office.json(&["read", "1"]).unwrap();
    assert_eq!(read["unread"], true, "until now");
    assert_eq!(unread(&post.office), [0; 0]);

    // A notice without a remark has been read when it was told; an answer has not.
    post.write(&post.office, "Олена", "an answer").unwrap();
    let collected = post.family.json(&["collect"]).unwrap();
    assert_eq!(collected["letters"].as_array().unwrap().len(), 1);
    assert_eq!(unread(&post.family), [3]);
    post.family.run(&["read", "3"]).unwrap().success().unwrap();
    assert_eq!(unread(&post.family), [0; 0]);
}
