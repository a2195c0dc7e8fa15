//! Any text: spans lie on characters, in order, apart.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use tidings_hints::find;

/// Pieces that begin rules, and anything else.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "в/ч ", "А1234", "72 ", "ОМБр", "-й ", "окремої ", "бригада ", "48.4647", ", ", "35.0462", "48°", "30'", "15\"", "N ",
            "36U", " VA ", "12345 ", "+380", "067", "-", " ", "(", ")", "4111 ", "1111 ", "UA21", "@", "olena", ".", "com", "https://",
            "вул. ", "Миру ", "12", "кв. ", "старший ", "сержант", "слава ", "україні", "\u{301}", "\u{200B}", "’", "\n", "é", "🙂",
        ]).prop_map(str::to_owned),
        2 => "\\PC{0,6}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_on_characters_in_order_and_apart(pieces in prop::collection::vec(piece(), 0..30)) {
        let text = pieces.concat();
        let mut end = 0;
        for hint in find(&text) {
            prop_assert!(hint.span.start >= end && hint.span.start < hint.span.end, "{:?} in {:?}", hint, text);
            prop_assert!(text.get(hint.span.clone()).is_some(), "{:?} in {:?}", hint, text);
            end = hint.span.end;
        }
    }

    /// What stands before or after, a paragraph away, changes nothing.
    #[test]
    fn a_hint_does_not_depend_on_far_text(before in "[а-я ]{0,40}", after in "[a-z ]{0,40}") {
        let words = "сержант Бойко, +380 67 123 45 67";
        let alone = find(words);
        let text = format!("{before}.\n— — — —\n{words}\n— — — —\n{after}");
        let start = text.find(words).unwrap();
        let inside: Vec<_> = find(&text)
            .into_iter()
            .filter(|hint| hint.span.start >= start && hint.span.end <= start + words.len())
            .map(|hint| (hint.span.start - start..hint.span.end - start, hint.kind))
            .collect();
        prop_assert_eq!(inside, alone.into_iter().map(|hint| (hint.span, hint.kind)).collect::<Vec<_>>());
    }
}
