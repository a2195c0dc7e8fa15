//! What holds for every name: symmetry, nothing is nearer than itself, no panic on any text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

use proptest::prelude::*;
use tidings_names::{
    Back, BirthDate, FullName, Person, Table, from_latin, query_keys, rank, score, search_keys,
    to_latin,
};

/// Words that meet in names, and words that do not.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "Коваленко", "Ковальська", "Петров", "Петрова", "Сергій", "Сергей", "Саша", "Олександрович",
            "Александровна", "Иванович", "Янукович", "О.", "С.", "Serhii", "KOVALENKO", "Chevtchenko", "Yulia",
            "Петренко-Іваненко", "(Бондар)", "огли", "Мамед", "Лі", "Роман", "Мар'яна", "Iваненко", "d’Artagnan",
        ]).prop_map(str::to_owned),
        2 => "[А-ЩЬЮЯҐЄІЇ][а-щьюяґєії']{0,12}",
        1 => "[A-Z][a-z]{0,14}",
        1 => "\\PC{0,8}",
    ]
}

fn birth() -> impl Strategy<Value = Option<BirthDate>> {
    prop_oneof![
        Just(None),
        (1985_u32..1990, 1_u32..13, 1_u32..13)
            .prop_map(|(year, month, day)| BirthDate::day(year, month, day).ok()),
        (1985_u32..1990, 1_u32..13).prop_map(|(year, month)| BirthDate::month(year, month).ok()),
        (1985_u16..1990).prop_map(|year| Some(BirthDate::Year { year })),
        (1985_u16..1990).prop_map(|year| Some(BirthDate::About { year })),
    ]
}

fn person() -> impl Strategy<Value = Person> {
    (prop::collection::vec(word(), 1..5), birth()).prop_filter_map("a name", |(words, birth)| {
        Some(Person::new(FullName::parse(&words.join(" ")).ok()?, birth))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scores_are_symmetric_and_bounded(one in person(), other in person()) {
        let (there, back) = (score(&one, &other), score(&other, &one));
        prop_assert_eq!(there.score.to_bits(), back.score.to_bits());
        prop_assert!((0.0..=1.0).contains(&there.score));
    }

    #[test]
    fn nothing_is_nearer_than_itself(one in person(), other in person()) {
        let itself = score(&one, &one);
        prop_assert!(score(&one, &other).score <= itself.score.max(score(&other, &other).score));
        prop_assert!(!itself.reasons.iter().any(|reason| reason.is_against()), "{:?}", itself.reasons);
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter(
        surname in prop::sample::select(vec!["Коваленко", "Шевчук", "Янукович", "Петров", "Zelenskyi"]),
        given in prop::sample::select(vec!["Сергій", "Иван", "Oleksandr", "Микита", "Юрий"]),
        patronymic in prop::sample::select(vec!["Олександрович", "Иванович", "Ілліч", "Yuriiovych"]),
    ) {
        let parts = FullName::from_parts(surname, given, patronymic).unwrap();
        for line in [
            format!("{surname} {given} {patronymic}"),
            format!("{given} {patronymic} {surname}"),
            format!("{surname}, {given} {patronymic}"),
        ] {
            let name = FullName::parse(&line).unwrap();
            prop_assert_eq!(name.surname(), parts.surname(), "{}", line);
            prop_assert_eq!(name.given(), parts.given(), "{}", line);
            prop_assert_eq!(name.patronymic(), parts.patronymic(), "{}", line);
        }
    }

    #[test]
    fn keys_are_plain_words(one in person()) {
        let keys = search_keys(&one);
        for key in &keys {
            prop_assert!(key.len() >= 2 && key.len() < 80);
            prop_assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{}", key);
        }
        prop_assert!(query_keys(&one).iter().all(|key| keys.contains(key)));
    }

    #[test]
    fn no_text_panics(text in "\\PC*", other in any::<String>()) {
        for text in [&text, &other] {
            if let Ok(name) = FullName::parse(text) {
                let person = Person::new(name, BirthDate::parse(text).ok());
                let _ = rank(&person, [((), &person)]);
                let _ = search_keys(&person);
            }
            let _ = FullName::from_parts(text, &other, text);
            for table in Table::ALL {
                let _ = to_latin(text, table);
            }
            let _ = (from_latin(text, Back::Ukrainian), from_latin(text, Back::Russian));
        }
    }

    /// Latin spellings by every table of today find the Cyrillic record.
    #[test]
    fn a_transliterated_surname_shares_a_key(
        surname in "[БВГДЖЗКЛМНПРСТФХЦЧШ][аеиіоуяю]([бвгґджзклмнпрстфхцчшщ][аеиіоуєюя]){1,4}(нко|к|в|ль|ський|йко|вська)",
    ) {
        let keys = |line: &str| search_keys(&Person::new(FullName::from_parts(line, "", "").unwrap(), None));
        let own = keys(&surname);
        for table in [Table::Ukrainian, Table::RussianIcao, Table::Russian1997] {
            let latin = to_latin(&surname, table);
            prop_assert!(
                own.is_empty() || keys(&latin).iter().any(|key| own.contains(key)),
                "{} {}", surname, latin
            );
        }
    }
}
