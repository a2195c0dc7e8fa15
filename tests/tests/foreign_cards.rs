//! Cards of offices that call themselves what nobody should: the name is shown as what it is, and the contact can be dealt with
//! (LETTER-20).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rand::{SeedableRng, rngs::StdRng};
use tidings_protocol::{
    card::{Card, SignedCard},
    line::Line,
    secret::SigningSecret,
};
use tidings_tests::{cli::Cli, post::Post};

#[test]
fn an_odd_name_on_a_card_is_shown_as_what_it_is() {
    let post = Post::new().unwrap();
    let genuine = post.office.json(&["card"]).unwrap();
    let genuine = SignedCard::from_text(genuine["card"].as_str().unwrap()).unwrap();
    let genuine = genuine.verify().unwrap();
    let mut rng = StdRng::seed_from_u64(20);
    let mut link = |name: &str| {
        let identity = SigningSecret::random(&mut rng);
        let card = Card {
            identity: identity.public(),
            name: Line::new(name).unwrap(),
            ..genuine.card().clone()
        };
        card.sign(&identity).unwrap().to_link()
    };
    let family = Cli::new(post.folder.path(), "family").language("en");
    for (at, (name, shown, warning)) in [
        // Something invisible in the middle, and a Latin letter among Cyrillic ones.
        (
            "Бю\u{200b}ро",
            "Бю<U+200B>ро",
            "does not look like what it is",
        ),
        ("Бюpо", "Бюpо", "does not look like what it is"),
        (
            "Бюро\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
            "Бюро",
            "does not look like what it is",
        ),
        ("1", "1", "calls itself by digits only"),
        // It is right by itself, and looks like the first of them.
        ("Бюро", "Бюро", "looks like"),
    ]
    .into_iter()
    .enumerate()
    {
        let number = at + 2;
        let added = family.run(&["contact", "add", &link(name)]).unwrap();
        let added = added.success().unwrap();
        let first = added.stdout.lines().next().unwrap();
        assert!(first.starts_with(shown), "{name:?}: {first:?}");
        assert!(!first.contains('\u{200b}'), "{name:?}: {first:?}");
        assert!(first.matches('\u{301}').count() <= 4, "{name:?}: {first:?}");
        assert!(added.stderr.contains(warning), "{name:?}: {}", added.stderr);
        let way_out = format!("tidings contact rename {number} NAME");
        assert!(added.stderr.contains(&way_out), "{}", added.stderr);
    }
    // Digits are a number, whoever calls himself so: contact 1 is the genuine office.
    let verified = family.json(&["contact", "verify", "1", "--yes"]).unwrap();
    assert_eq!(verified["name"], "office");
    let renamed = family
        .json(&["contact", "rename", "5", "Not an office"])
        .unwrap();
    assert_eq!(renamed["number"], 5);
    let refused = family.run(&["contact", "rename", "5", "1"]).unwrap();
    let refused = refused.failure().unwrap();
    assert!(refused.stderr.contains("digits only"), "{}", refused.stderr);
    let none = family.run(&["contact", "verify", "99", "--yes"]).unwrap();
    assert_eq!(none.failure().unwrap().status.code(), Some(1));
}
