//! What the lists promise, and what reading words forgives.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::SeedableRng;
use sha2::{Digest, Sha256};

use super::*;

fn alphabet(language: Language) -> &'static str {
    match language {
        Language::Ukrainian => "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        Language::Russian => "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        Language::English => "abcdefghijklmnopqrstuvwxyz",
    }
}

#[test]
fn words_1_lists_are_frozen() {
    for (language, expected) in [
        (
            Language::Ukrainian,
            "2e5fd577a753708d38605cc53ef64b1a59d5fd2c1a779408cea23377aedd3678",
        ),
        (
            Language::Russian,
            "47c10d05508873a9501503c83c15613d2bf8eae59079ae0524974766e28c87a8",
        ),
        (
            Language::English,
            "b7f06feb7564271ba3120dc1ce13b24ba9059fa2d550392770c330abafc03c52",
        ),
    ] {
        let hash = hex::encode(Sha256::digest(list_text(language)));
        assert_eq!(hash, expected, "list {language}");
    }
}

#[test]
fn words_1_lists_are_whole_sorted_and_spelt_in_their_alphabet() {
    for language in Language::ALL {
        let list = list(language);
        assert_eq!(list.len(), WORD_LIST_LEN, "list {language}");
        assert_eq!(list_text(language), format!("{}\n", list.join("\n")));
        let places = |word: &str| -> Vec<usize> {
            word.chars()
                .map(|letter| {
                    alphabet(language)
                        .chars()
                        .position(|known| known == letter)
                        .unwrap_or_else(|| panic!("{letter:?} in {word}"))
                })
                .collect()
        };
        for word in list {
            assert!((4..=8).contains(&word.chars().count()), "{word}");
            assert!(word.len() <= WORD_BYTES_MAX, "{word}");
        }
        for pair in list.windows(2) {
            assert!(places(pair[0]) < places(pair[1]), "{pair:?}");
        }
    }
}

#[test]
fn words_1_no_single_slip_turns_one_word_into_another() {
    for language in Language::ALL {
        let list = list(language);
        for (position, word) in list.iter().enumerate() {
            for other in &list[position + 1..] {
                if word.chars().count().abs_diff(other.chars().count()) < 2 {
                    assert!(distance(word, other) >= 2, "{word} {other}");
                }
            }
        }
        let known: BTreeSet<&str> = list.iter().copied().collect();
        for word in list {
            let letters: Vec<char> = word.chars().collect();
            for place in 1..letters.len() {
                let mut swapped = letters.clone();
                swapped.swap(place - 1, place);
                let swapped: String = swapped.into_iter().collect();
                assert!(
                    swapped == *word || !known.contains(swapped.as_str()),
                    "{word} {swapped}"
                );
            }
        }
    }
}

#[test]
fn words_1_five_letters_tell_a_word() {
    for language in Language::ALL {
        let heads: BTreeSet<String> = list(language)
            .iter()
            .map(|word| word.chars().take(5).collect())
            .collect();
        assert_eq!(heads.len(), WORD_LIST_LEN, "list {language}");
    }
}

#[test]
fn words_4_bits_are_taken_most_significant_first() {
    let mut hash = [0; CHECK_WORDS_HASH_LEN];
    // 11 ones, 11 zeros, then 1, then 2, then zeros; what follows the 88th bit must not matter.
    hash[..6].copy_from_slice(&[0xff, 0xe0, 0x00, 0x00, 0x80, 0x20]);
    hash[11..].fill(0xff);
    assert_eq!(
        CheckWords::from_hash(&hash).indices(),
        [2_047, 0, 1, 2, 0, 0, 0, 0]
    );
}

#[test]
fn words_6_marks_case_numbers_and_keyboards_are_forgiven() {
    let list = list(Language::Ukrainian);
    let index = |word: &str| u16::try_from(list.iter().position(|w| *w == word).unwrap()).unwrap();
    let expected = CheckWords(
        [
            "ґанок",
            "йогурт",
            "їжак",
            "олія",
            "айва",
            "борщ",
            "ґудзик",
            "вишня",
        ]
        .map(index),
    );
    for text in [
        "ґанок йогурт їжак олія айва борщ ґудзик вишня",
        "1. Ганок,\n2. Йогурт,\n3. Їжак,\n4. Олія,\n5. Айва,\n6. Борщ,\n7. Гудзик,\n8. Вишня.",
        "ГАНОК—ЙОГУРТ—ЇЖАК—ОЛІЯ – АЙВА – БОРЩ – ҐУДЗИК – ВИШНЯ",
        "ґа́нок и\u{306}огурт і\u{308}жак oлiя аи\u{306}ва борщ’ ґудзик «вишня»",
    ] {
        assert_eq!(
            CheckWords::parse(text, Language::Ukrainian),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn words_6_yo_is_read_as_ye() {
    let words = list(Language::Russian);
    let index = words.iter().position(|word| *word == "актер").unwrap();
    let text = format!("актёр {}", words[..7].join(" "));
    let read = CheckWords::parse(&text, Language::Russian).unwrap();
    assert_eq!(usize::from(read.indices()[0]), index);
}

#[test]
fn words_7_the_wrong_word_is_named() {
    assert_eq!(
        CheckWords::parse("абажур Вышня", Language::Ukrainian),
        Err(WordsError::Unknown {
            position: 2,
            word: "вышня".to_owned(),
            nearest: Some("вишня"),
        })
    );
    let error = CheckWords::parse("qqqqqqqq", Language::English).unwrap_err();
    assert_eq!(
        error.to_string(),
        "reading check words: word 1, \"qqqqqqqq\", is not in the list"
    );
    let error = CheckWords::parse("umbrela", Language::English).unwrap_err();
    assert_eq!(
        error.to_string(),
        "reading check words: word 1, \"umbrela\", is not in the list; did you mean \"umbrella\"?"
    );
}

#[test]
fn words_7_too_few_too_many_and_too_long_are_refused() {
    let read = |text: &str| CheckWords::parse(text, Language::English);
    assert_eq!(read(""), Err(WordsError::Count { got: 0 }));
    assert_eq!(
        read(&"umbrella ".repeat(7)),
        Err(WordsError::Count { got: 7 })
    );
    assert!(read(&"umbrella ".repeat(8)).is_ok());
    assert_eq!(
        read(&"umbrella ".repeat(9)),
        Err(WordsError::Count { got: 9 })
    );
    assert_eq!(
        read(&" ".repeat(1_025)),
        Err(WordsError::TooLong { got: 1_025 })
    );
}

#[test]
fn words_9_random_words_are_independent_and_reach_the_whole_list() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(9);
    let mut seen = BTreeSet::new();
    for _ in 0..160 {
        let text = random_words(&mut rng, Language::Russian, 200);
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!(words.len(), 200);
        for word in words {
            seen.insert(index_of(word, Language::Russian).expect("a listed word"));
        }
    }
    // 32,000 draws miss a given word with probability e^-15.6; the seed is fixed.
    assert_eq!(seen.len(), WORD_LIST_LEN);
    assert!(random_words(&mut rng, Language::English, 0).is_empty());
}

fn any_language() -> impl Strategy<Value = Language> {
    prop::sample::select(Language::ALL.to_vec())
}

proptest! {
    #[test]
    fn words_6_what_is_shown_is_read_back(
        indices in prop::array::uniform8(0_u16..2_048),
        language in any_language(),
        separator in "[ ,;.\n\t0-9)—-]{1,6}",
        upper in any::<bool>(),
    ) {
        let shown = CheckWords(indices);
        let mut text = shown.words(language).join(&separator);
        if upper {
            text = text.to_uppercase();
        }
        prop_assert_eq!(CheckWords::parse(&text, language), Ok(shown));
    }

    #[test]
    fn words_7_one_wrong_letter_is_never_read_as_another_word(
        index in 0_u16..2_048,
        language in any_language(),
        place in 0_usize..8,
        letter in 0_usize..33,
    ) {
        let word = list(language)[usize::from(index)];
        let letters: Vec<char> = alphabet(language).chars().collect();
        let mut heard: Vec<char> = word.chars().collect();
        let place = place % heard.len();
        heard[place] = letters[letter % letters.len()];
        let heard: String = heard.into_iter().collect();
        match index_of(&heard, language) {
            Some(found) => prop_assert_eq!(found, index),
            None => prop_assert!(nearest(&heard, language).is_some()),
        }
    }

    #[test]
    fn words_7_any_text_is_read_or_refused(text in any::<String>(), language in any_language()) {
        if let Ok(read) = CheckWords::parse(&text, language) {
            prop_assert!(read.indices().iter().all(|index| usize::from(*index) < WORD_LIST_LEN));
        }
    }
}
