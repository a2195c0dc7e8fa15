//! Pairs of records as offices meet them: what must be shown as a likely match, and what must not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use tidings_names::{
    BirthDate, BirthFinding, FullName, Part, Person, Reason, Strength, WordFinding, rank, score,
};

/// `name; date`, the date may be missing.
fn person(record: &str) -> Person {
    let (name, birth) = record.split_once(';').unwrap_or((record, ""));
    let birth = (!birth.trim().is_empty()).then(|| BirthDate::parse(birth).unwrap());
    Person::new(FullName::parse(name).unwrap(), birth)
}

fn strength(one: &str, other: &str) -> (Strength, f32, Vec<Reason>) {
    let found = score(&person(one), &person(other));
    (found.strength(), found.score, found.reasons)
}

/// One person in two records.
const SAME: [(&str, &str); 52] = [
    // Two languages.
    (
        "Коваленко Сергій Олександрович; 12.03.1985",
        "Коваленко Сергей Александрович; 12.03.1985",
    ),
    (
        "Шевчук Микола Іванович; 01.02.1990",
        "Шевчук Николай Иванович; 01.02.1990",
    ),
    ("Бойко Дмитро Михайлович", "Бойко Дмитрий Михайлович"),
    (
        "Кузнєцов Євген Юрійович; 1979",
        "Кузнецов Евгений Юрьевич; 05.06.1979",
    ),
    ("Ковальов Олексій Григорович", "Ковалёв Алексей Григорьевич"),
    ("Ковальов Олексій Григорович", "Ковалев Алексей Григорьевич"),
    (
        "Соловйов Пилип Якович; 3.4.1988",
        "Соловьев Филипп Яковлевич; 3.4.1988",
    ),
    (
        "Білоус Володимир Ілліч; 1.1.1991",
        "Белоус Владимир Ильич; 1.1.1991",
    ),
    ("Воробйов Ілля Лукич", "Воробьёв Илья Лукич"),
    ("Григор'єв Артем Дем’янович", "Григорьев Артём Демьянович"),
    (
        "Лук\u{02BC}яненко В`ячеслав Петрович",
        "Лукьяненко Вячеслав Петрович",
    ),
    ("Ґалаґан Назар Остапович", "Галаган Назар Остапович"),
    // Two scripts and every table.
    (
        "Коваленко Сергій; 12.03.1985",
        "KOVALENKO SERHII; 12.03.1985",
    ),
    (
        "Коваленко Сергій; 12.03.1985",
        "Sergey Kovalenko; 1985-03-12",
    ),
    ("Зеленський Юрій Євгенович", "Zelenskyi Yurii Yevhenovych"),
    ("Зеленский Юрий Евгеньевич", "Zelenskyy Iurii Evgenevich"),
    (
        "Щербак Олександр; 7.7.1977",
        "Shcherbak Oleksandr; 7.7.1977",
    ),
    (
        "Щербаков Александр Жанович; 7.7.1977",
        "Chtcherbakov Alexandre; 7.7.1977",
    ),
    ("Шевченко Юлія Василівна", "Chevtchenko Ioulia Vassilievna"),
    ("Цвєтков Андрій Ігорович", "Tcvetkov Andrei Igorevich"),
    (
        "Згурський Михайло; 5.5.1995",
        "Zghurskyi Mykhailo; 05/05/1995",
    ),
    ("Хоменко Григорій; 1980", "Khomenko Hryhorii; 1980"),
    ("Хоменко Григорий; 9.10.1980", "Homenko Grigory; 9.10.1980"),
    ("Iваненко Олег Петрович", "Іваненко Олег Петрович"),
    // Short forms and initials.
    (
        "Мельник Саша; 11.08.2001",
        "Мельник Олександр Вікторович; 11.08.2001",
    ),
    ("Мельник Льоша Петрович", "Мельник Алексей Петрович"),
    (
        "Ткаченко Серёжа; 30.12.1999",
        "Ткаченко Сергій Миколайович; 30.12.1999",
    ),
    (
        "Ткаченко С. М.; 30.12.1999",
        "Ткаченко Сергій Миколайович; 30.12.1999",
    ),
    (
        "Ткаченко М. С.; 30.12.1999",
        "Ткаченко Николай Сергеевич; 30.12.1999",
    ),
    // Order of the parts.
    (
        "Сергій Олександрович Коваленко",
        "Коваленко Сергій Олександрович",
    ),
    ("Янукович Іван Федорович", "Иван Фёдорович Янукович"),
    ("Роман, Тарас Васильович", "Тарас Роман Васильевич; 1970"),
    // Dates.
    (
        "Савчук Роман Петрович; 05.11.1987",
        "Савчук Роман Петрович; 11.05.1987",
    ),
    (
        "Савчук Роман Петрович; 05.11.1987",
        "Савчук Роман Петрович; 05.11.1988",
    ),
    (
        "Савчук Роман Петрович; 05.11.1987",
        "Савчук Роман Петрович; 05.12.1987",
    ),
    (
        "Савчук Роман Петрович; 05.11.1987",
        "Савчук Роман Петрович; бл. 1988",
    ),
    (
        "Савчук Роман Петрович; 05.11.1987",
        "Савчук Роман Петрович; листопад 1987",
    ),
    (
        "Савчук Роман; 05.11.1987",
        "Савчук Роман Петрович; 05.11.1987",
    ),
    // Slips.
    (
        "Коваленок Сергій Олександрович; 12.03.1985",
        "Коваленко Сергей Александрович; 12.03.1985",
    ),
    (
        "Ковлаенко Сергій Олександрович",
        "Коваленко Сергій Олександрович",
    ),
    (
        "Кавалинко Сергей Александрович; 1985",
        "Коваленко Сергій Олександрович; 12.03.1985",
    ),
    (
        "Коваленко Сергйи Олександрович",
        "Коваленко Сергій Олександрович",
    ),
    (
        "Коваленко Сергій Олексадрович",
        "Коваленко Сергій Олександрович",
    ),
    (
        "Гончяренко Богдан Ігорович; 1.2.2000",
        "Гончаренко Богдан Ігорович; 1.2.2000",
    ),
    // Women and marriages.
    (
        "Ковальська Олена Ігорівна; 2.2.1992",
        "Kovalskyi Olena; 2.2.1992",
    ),
    (
        "Петрова Ірина Олегівна; 8.3.1993",
        "Петрова Ирина Олеговна; 8.3.1993",
    ),
    (
        "Петренко-Іваненко Олена Іванівна",
        "Петренко Елена Ивановна",
    ),
    (
        "Іваненко (Петренко) Олена Іванівна; 3.3.1983",
        "Петренко Олена Іванівна; 3.3.1983",
    ),
    (
        "Коваль Марія Степанівна; 4.5.1990",
        "Бондар Марія Степанівна; 4.5.1990",
    ),
    ("Ганна Лисенко; 6.6.1986", "Лысенко Анна; 6.6.1986"),
    // Names of other peoples.
    (
        "Алієв Мамед Гасан огли; 1.9.1994",
        "Алиев Мамед Гасан оглы; 1.9.1994",
    ),
    (
        "Аблязов Ернес Серверович; 2.10.1989",
        "Аблязов Эрнес; 2.10.1989",
    ),
];

#[test]
fn one_person_in_two_records_is_likely() {
    let mut missed = Vec::new();
    for (one, other) in SAME {
        let (strength, score, reasons) = strength(one, other);
        if strength < Strength::Likely {
            missed.push(format!("{one} | {other}: {score} {reasons:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Two persons whose records are near.
const DIFFERENT: [(&str, &str); 22] = [
    // Brothers, and twins.
    (
        "Коваленко Сергій Олександрович; 12.03.1985",
        "Коваленко Андрій Олександрович; 01.09.1988",
    ),
    (
        "Коваленко Сергій Олександрович",
        "Коваленко Андрій Олександрович",
    ),
    (
        "Савчук Роман Петрович; 05.11.1987",
        "Савчук Руслан Петрович; 05.11.1987",
    ),
    (
        "Бойко Валентин Ігорович; 3.3.1990",
        "Бойко Валентина Ігорівна; 3.3.1990",
    ),
    ("Бойко Олексій Ігорович", "Бойко Олександр Ігорович"),
    // Father and son.
    (
        "Мельник Іван Петрович; 10.10.1965",
        "Мельник Петро Іванович; 04.04.1992",
    ),
    (
        "Мельник Іван Іванович; 10.10.1965",
        "Мельник Іван Іванович; 04.04.1992",
    ),
    (
        "Мельник Іван Петрович; 10.10.1965",
        "Мельник Іван Іванович; 04.04.1992",
    ),
    ("Мельник Іван Петрович", "Мельник Іван Іванович; 04.04.1992"),
    // Namesakes.
    (
        "Шевченко Олександр Миколайович; 12.03.1985",
        "Шевченко Олександр Миколайович; 30.07.1979",
    ),
    ("Шевченко Олександр; 12.03.1985", "Шевченко Александр; 1979"),
    (
        "Шевченко Олександр Миколайович; 1985",
        "Шевченко Олександр Миколайович; бл. 1975",
    ),
    (
        "Шевченко Олександр; 12.03.1985",
        "Шевченко Олександр; 25.11.1985",
    ),
    // Surnames of one root.
    (
        "Бондар Сергій Іванович; 1985",
        "Бондаренко Сергій Іванович; 1985",
    ),
    (
        "Іванов Сергій Петрович; 1.2.1990",
        "Іваненко Сергій Олегович; 1.2.1990",
    ),
    ("Петренко Олег Ігорович", "Петров Олег Ігорович"),
    ("Ткач Олег Ігорович", "Ткачук Олег Ігорович"),
    ("Мельник Сергій; 1990", "Мельничук Сергій; 1990"),
    // Nothing but a part in common.
    ("Коваленко Сергій", "Ткаченко Сергій"),
    (
        "Коваленко Сергій; 12.03.1985",
        "Ткаченко Сергій; 12.03.1985",
    ),
    (
        "Коваленко Олена Ігорівна; 1.1.1990",
        "Бондар Ірина Ігорівна; 1.1.1990",
    ),
    ("Лі Ван; 1.1.1990", "Лю Вей; 1.1.1990"),
];

#[test]
fn two_persons_are_not_even_possible() {
    let mut wrong = Vec::new();
    for (one, other) in DIFFERENT {
        let (strength, score, reasons) = strength(one, other);
        if strength > Strength::Weak {
            wrong.push(format!("{one} | {other}: {score} {reasons:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// NAMES-23: the reasons say what was seen.
#[test]
fn reasons_say_what_was_seen() {
    use Part::{Given, Patronymic, Surname};
    let cases: [(&str, &str, &[Reason]); 9] = [
        (
            "Коваленко Сергій Олександрович; 12.03.1985",
            "Kovalenko Sergey Aleksandrovich; 03.12.1985",
            &[
                Reason::Word(Surname, WordFinding::OtherSpelling),
                Reason::Word(Given, WordFinding::OtherLanguage),
                Reason::Word(Patronymic, WordFinding::OtherSpelling),
                Reason::Birth(BirthFinding::DayMonthSwapped),
            ],
        ),
        (
            "Ковальова Саша",
            "Ковальов Олександр",
            &[
                Reason::Word(Surname, WordFinding::OtherGender),
                Reason::Word(Given, WordFinding::ShortForm),
            ],
        ),
        (
            "Бойко С.",
            "Бойко Сергій Іванович",
            &[
                Reason::Word(Surname, WordFinding::Same),
                Reason::Word(Given, WordFinding::Initial),
                Reason::Word(Patronymic, WordFinding::Missing),
            ],
        ),
        (
            "Іваненко-Коваль Олег; 1990",
            "Коваль Олег; 5.5.1990",
            &[
                Reason::Word(Surname, WordFinding::PartOfDouble),
                Reason::Word(Given, WordFinding::Same),
                Reason::Birth(BirthFinding::LessPrecise),
            ],
        ),
        (
            "Коваль Марія Степанівна",
            "Бондар Марія Степанівна",
            &[
                Reason::Word(Surname, WordFinding::PerhapsMarried),
                Reason::Word(Given, WordFinding::Same),
                Reason::Word(Patronymic, WordFinding::Same),
            ],
        ),
        (
            "Гончареко Роман",
            "Гончаренко Роман; 1999",
            &[
                Reason::Word(Surname, WordFinding::Slip),
                Reason::Word(Given, WordFinding::Same),
                Reason::Birth(BirthFinding::Missing),
            ],
        ),
        (
            "Бойко Валентин",
            "Бойко Валентина",
            &[
                Reason::Word(Surname, WordFinding::Same),
                Reason::Word(Given, WordFinding::Different),
                Reason::SexDiffers,
            ],
        ),
        (
            "Коваль",
            "Коваленко Роман",
            &[
                Reason::Word(Surname, WordFinding::Beginning),
                Reason::Word(Given, WordFinding::Missing),
            ],
        ),
        (
            "Бойко Олег; 5.5.1990",
            "Бойко Олег; 6.5.1991",
            &[
                Reason::Word(Surname, WordFinding::Same),
                Reason::Word(Given, WordFinding::Same),
                Reason::Birth(BirthFinding::Different),
            ],
        ),
    ];
    for (one, other, expected) in cases {
        let found = score(&person(one), &person(other));
        assert_eq!(found.reasons, expected, "{one} | {other}");
    }
}

#[test]
fn parts_in_each_others_place_are_noticed() {
    let birth = BirthDate::parse("1.2.1990").ok();
    let right = Person::new(FullName::from_parts("Яременко", "Олег", "").unwrap(), birth);
    let wrong = Person::new(FullName::from_parts("Олег", "Яременко", "").unwrap(), birth);
    let found = score(&right, &wrong);
    assert!(
        found.reasons.contains(&Reason::PartsSwapped),
        "{:?}",
        found.reasons
    );
    assert!(found.strength() >= Strength::Likely);
}

/// NAMES-24: the best first, what is not worth a look left out.
#[test]
fn the_ranking_puts_the_best_first() {
    let register: Vec<Person> = [
        "Коваленко Андрій Олександрович; 12.03.1985",
        "Коваленко Сергей Александрович",
        "Kovalenko Serhii; 12.03.1985",
        "Ткаченко Ольга Іванівна; 1960",
        "Коваленко Сергій Олександрович; 12.03.1985",
    ]
    .map(person)
    .into();
    let found = rank(
        &person("Коваленко Серёжа Олександрович; 12.03.1985"),
        register.iter().enumerate(),
    );
    let order: Vec<usize> = found.iter().map(|candidate| candidate.item).collect();
    assert_eq!(order[..3], [4, 2, 1]);
    assert!(!order.contains(&3));
    assert!(
        found
            .windows(2)
            .all(|pair| pair[0].found.score >= pair[1].found.score)
    );
    // One word, still being typed.
    let found = rank(&person("Ковал"), register.iter().enumerate());
    assert_eq!(found.len(), 4);
}
