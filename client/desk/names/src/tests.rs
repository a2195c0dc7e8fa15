//! What only the inside can see: the table of given names, and prices.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeSet;

use crate::{
    BirthDate,
    costs::{LETTER, between_letters, between_sounds},
    given::{Known, Sex, TABLE, known},
    keyboard::neighbours,
    letters::fold,
    patronymic::father,
    sounds::sounds,
};

fn known_of(word: &str) -> Known {
    let (row, french) = sounds(&fold(word));
    known(&row, french.as_ref())
}

fn keys(word: &str) -> BTreeSet<&'static str> {
    known_of(word).keys().collect()
}

/// NAMES-11: one name in two languages and its short forms are one.
#[test]
fn names_of_the_table_are_found_by_every_form() {
    for (one, other) in [
        ("Сергій", "Сергей"),
        ("Олександр", "Александр"),
        ("Дмитро", "Дмитрий"),
        ("Микола", "Николай"),
        ("Євген", "Евгений"),
        ("Олексій", "Алексей"),
        ("Михайло", "Михаил"),
        ("Олексій", "Льоша"),
        ("Алексей", "Алёша"),
        ("Олександра", "Сашка"),
        ("Oleksandr", "Alexander"),
        ("Serhii", "Sergey"),
        ("Dmytro", "Dmitriy"),
        ("Mykola", "Nikolay"),
        ("Yevhen", "Evgeny"),
        ("Guennadi", "Геннадий"),
        ("Ioulia", "Юлія"),
        ("Volodymyr", "Wladimir"),
        ("Пилип", "Филипп"),
        ("В’ячеслав", "Вячеслав"),
        ("В\u{02BC}ячеслав", "Viacheslav"),
        ("Наталія", "Natalia"),
        ("Ганна", "Анна"),
    ] {
        assert!(known_of(one).shares(&known_of(other)), "{one} and {other}");
    }
    for (one, other) in [
        ("Валентин", "Валентина"),
        ("Іван", "Ігор"),
        ("Олег", "Ольга"),
        ("Марина", "Марія"),
        ("Данило", "Денис"),
        ("Роман", "Руслан"),
    ] {
        assert!(!known_of(one).shares(&known_of(other)), "{one} and {other}");
    }
}

#[test]
fn the_table_is_large_and_its_names_are_apart() {
    assert!(TABLE.names.len() >= 250, "{}", TABLE.names.len());
    let keys: BTreeSet<_> = TABLE.names.iter().map(|name| &name.key).collect();
    assert_eq!(keys.len(), TABLE.names.len(), "two names have one key");
    // A full form belongs to one name only, except where life itself does not tell them apart.
    let mut shared = BTreeSet::new();
    for name in &TABLE.names {
        for form in name.ukrainian.iter().chain(&name.russian) {
            let row = sounds(&fold(form)).0;
            let found = known(&row, None);
            assert!(
                found.full && found.keys().any(|key| key == name.key),
                "{form}"
            );
            let same_sex = found
                .names
                .iter()
                .filter(|other| TABLE.names[usize::from(**other)].sex == name.sex)
                .count();
            if same_sex > 1 {
                shared.insert(*form);
            }
        }
    }
    let expected = BTreeSet::from(SHARED);
    assert_eq!(shared, expected);
}

/// Full forms that are also a form of another name of the same sex.
const SHARED: [&str; 16] = [
    "Антоний",
    "Антоній",
    "Віра",
    "Дарина",
    "Леся",
    "Лина",
    "Ліна",
    "Ника",
    "Ніка",
    "Олеся",
    "Полина",
    "Поліна",
    "Сава",
    "Савва",
    "Юлия",
    "Юлія",
];

/// NAMES-12: a slip in a given name still finds it, and a known name is never mended into another.
#[test]
fn slips_in_given_names_are_mended() {
    for (written, meant) in [
        ("Сергйи", "serhii"),
        ("Олекандр", "oleksandr"),
        ("Володимер", "volodymyr"),
        ("Дмитоо", "dmytro"),
    ] {
        let found = known_of(written);
        assert!(
            found.keys().any(|key| key == meant),
            "{written}: {:?}",
            keys(written)
        );
    }
    assert!(!known_of("Валентина").mended);
    assert_eq!(keys("Валентина"), BTreeSet::from(["valentyna"]));
    assert_eq!(known_of("Коваленко"), Known::default());
}

/// NAMES-13.
#[test]
fn patronymics_name_the_father() {
    let father_of = |word: &str| {
        let letters = fold(word);
        let (row, french) = sounds(&letters);
        let father = father(&letters, &row, french.as_ref());
        (father.names.keys().collect::<BTreeSet<_>>(), father.child)
    };
    for (patronymic, key, sex) in [
        ("Іванович", "ivan", Sex::Male),
        ("Иванович", "ivan", Sex::Male),
        ("Ivanovych", "ivan", Sex::Male),
        ("Ivanovitch", "ivan", Sex::Male),
        ("Олександрівна", "oleksandr", Sex::Female),
        ("Александровна", "oleksandr", Sex::Female),
        ("Миколайович", "mykola", Sex::Male),
        ("Николаевич", "mykola", Sex::Male),
        ("Mykolaiovych", "mykola", Sex::Male),
        ("Сергійович", "serhii", Sex::Male),
        ("Сергеевна", "serhii", Sex::Female),
        ("Юрьевич", "yurii", Sex::Male),
        ("Юріївна", "yurii", Sex::Female),
        ("Ілліч", "illia", Sex::Male),
        ("Ильинична", "illia", Sex::Female),
        ("Яковлевич", "yakiv", Sex::Male),
        ("Лукич", "luka", Sex::Male),
        ("Дмитриевна", "dmytro", Sex::Female),
        ("Дмитрівна", "dmytro", Sex::Female),
        ("Григорович", "hryhorii", Sex::Male),
        ("Григорьевич", "hryhorii", Sex::Male),
        ("Евгеньевич", "yevhen", Sex::Male),
        ("Євгенович", "yevhen", Sex::Male),
        ("Анатоліївна", "anatolii", Sex::Female),
        ("Анатольевна", "anatolii", Sex::Female),
    ] {
        let (names, child) = father_of(patronymic);
        assert!(names.contains(key), "{patronymic}: {names:?}");
        assert_eq!(child, Some(sex), "{patronymic}");
    }
    assert_eq!(father_of("Шевченко"), (BTreeSet::new(), None));
}

/// NAMES-9: one word by every table is one row of sounds, or nearly.
#[test]
fn transliterations_sound_alike() {
    for (one, other, most) in [
        ("Шевченко", "Shevchenko", 0),
        ("Щербаков", "Shcherbakov", 0),
        ("Згурський", "Zghurskyi", 0),
        ("Єнакієнко", "Yenakiienko", 0),
        ("Єременко", "Еременко", 5),
        ("Ковальов", "Ковалёв", 0),
        ("Ковальов", "Ковалев", 15),
        ("Соловйов", "Solovyov", 0),
        ("Гончаренко", "Honcharenko", 10),
        ("Гончаренко", "Goncharenko", 0),
        ("Цибуля", "Tcybulia", 0),
        ("Ільїн", "Ильин", 0),
        ("Кузнєцов", "Kuznetsov", 10),
        ("Зеленський", "Zelensky", 15),
        ("Зеленский", "Zelenskyy", 0),
        ("Мар'яненко", "Марьяненко", 0),
        ("Юхимчук", "Iukhymchuk", 0),
    ] {
        let (a, b) = (sounds(&fold(one)).0, sounds(&fold(other)).0);
        let price = between_sounds(a.as_slice(), b.as_slice(), 400).unwrap();
        assert!(price <= most, "{one} and {other} cost {price}");
    }
    let french = sounds(&fold("Chevtchenko")).1.unwrap();
    let whole = sounds(&fold("Шевченко")).0;
    assert_eq!(
        between_sounds(french.as_slice(), whole.as_slice(), 100),
        Some(0)
    );
}

/// NAMES-10.
#[test]
fn near_keys_cost_less_than_far_ones() {
    let price = |one: &str, other: &str| between_letters(&fold(one), &fold(other), 1_000).unwrap();
    assert!(
        neighbours('к', 'е')
            && neighbours('в', 'а')
            && neighbours('q', 'w')
            && neighbours('ф', 'й')
    );
    assert!(!neighbours('к', 'к') && !neighbours('й', 'х') && !neighbours('й', 'q'));
    assert!(price("Коваль", "Ковадь") < price("Коваль", "Ковафь"));
    assert_eq!(price("Коваль", "Ковафь"), LETTER);
    assert!(price("Коваль", "Окваль") < LETTER);
    assert_eq!(price("Коваль", "Коваль"), 0);
}

/// NAMES-19: what is shown reads back as the same date, with the same precision.
#[test]
fn a_date_reads_back_as_it_is_shown() {
    for text in ["31.12.1985", "02.1990", "1971", "~1970"] {
        let date = BirthDate::parse(text).unwrap();
        assert_eq!(date.to_string(), text);
    }
    let about = BirthDate::parse("бл. 1985").unwrap();
    assert_eq!(about.to_string(), "~1985");
}
