//! Contacts whose names look alike and are not the same (LETTER-21).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use tidings_tests::{cli::Cli, post::Post};

/// In Cyrillic letters.
const WASP: &str = "Оса";
/// In Latin ones.
const GOOSE: &str = "Oca";

/// A second office under a name that looks like the first one's is warned of in every language when it is added, and whenever a contact is
/// given such a name; nothing is refused.
#[test]
fn letter_21_a_name_like_another_contacts_is_told() {
    let post = Post::new().unwrap();
    let address = post.relay.address().to_string();
    let second = Cli::new(post.folder.path(), "second");
    second
        .json(&["init", "--name", GOOSE, "--relay", &address])
        .unwrap();
    let card = second.json(&["card", "--office"]).unwrap();
    let card = card["card"].as_str().unwrap();
    let family = |language| Cli::new(post.folder.path(), "family").language(language);
    for (language, warning) in [
        (
            "uk",
            "Увага: «Oca» на вигляд не відрізнити від «Оса» (номер 1), але це інший контакт",
        ),
        (
            "ru",
            "Внимание: «Oca» на вид не отличить от «Оса» (номер 1), но это другой контакт",
        ),
        (
            "en",
            "Warning: Oca looks like Оса (number 1) and is another contact",
        ),
    ] {
        let family = family(language);
        let said = |arguments: &[&str]| {
            let finished = family.run(arguments).unwrap().success().unwrap();
            finished.stderr.contains(warning)
        };
        assert!(!said(&["contact", "rename", "1", WASP]));
        assert!(said(&["contact", "add", card]), "{language}");
        let contacts = family.json(&["contact", "list"]).unwrap();
        let number = contacts[1]["number"].to_string();
        assert!(!said(&["contact", "rename", &number, "Інша"]));
        assert!(said(&["contact", "rename", &number, GOOSE]), "{language}");
        family
            .json(&["contact", "forget", &number, "--yes"])
            .unwrap();
    }
}

/// Nobody at the office chose the name of a family: it comes with the first letter.
#[test]
fn letter_21_a_family_with_another_familys_name_is_told() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    post.office.json(&["contact", "rename", "1", WASP]).unwrap();
    let address = post.relay.address().to_string();
    let card = post.office.json(&["card"]).unwrap();
    let impostor = Cli::new(post.folder.path(), "impostor");
    impostor
        .json(&["init", "--name", GOOSE, "--relay", &address])
        .unwrap();
    let card = card["card"].as_str().unwrap();
    impostor.json(&["contact", "add", card]).unwrap();
    post.write(&impostor, "Office", "я — Оса").unwrap();
    let collected = post.office.run(&["collect"]).unwrap().success().unwrap();
    let warning = "Warning: Oca looks like Оса (number 1) and is another contact";
    assert!(collected.stderr.contains(warning), "{}", collected.stderr);
}
