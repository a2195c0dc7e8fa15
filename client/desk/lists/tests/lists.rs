//! Lists as offices send them, and files that are meant to do harm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use encoding_rs::{IBM866, KOI8_U, WINDOWS_1251};
use proptest::prelude::*;
use tidings_lists::{
    By, Cell, Encoding, Expected, Field, Mapping, MappingError, Notice, Outcome, Sheet, Source,
    documents, export_bad, guess, import, limits, read,
};
use tidings_names::{BirthDate, Sex};

const LIST: &str = "№;ПІБ;Дата народження;Стать;В/ч;Примітка\n\
    1;Коваленко Сергій Олександрович;12.03.1985;ч;А1234;бачили у травні\n\
    2;Шевчук Микола Іванович;01.02.1990;ч;;\n\
    3;Бойко Олена Петрівна;30.11.1992;ж;;\n";

fn imported(list: &Sheet) -> Outcome {
    import(list, &guess(list).mapping).unwrap()
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let mark = mark.then_some('\u{FEFF}');
    mark.into_iter()
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}

/// LISTS-3: one list in every encoding gives the same rows.
#[test]
fn every_encoding_gives_the_same_people() {
    let files: [(Vec<u8>, Encoding); 9] = [
        (LIST.as_bytes().to_vec(), Encoding::Utf8),
        (format!("\u{FEFF}{LIST}").into_bytes(), Encoding::Utf8),
        (utf16(LIST, true, true), Encoding::Utf16Le),
        (utf16(LIST, false, true), Encoding::Utf16Be),
        (utf16(LIST, true, false), Encoding::Utf16Le),
        (utf16(LIST, false, false), Encoding::Utf16Be),
        (
            WINDOWS_1251.encode(LIST).0.into_owned(),
            Encoding::Windows1251,
        ),
        (
            KOI8_U.encode(&LIST.replace('№', "N")).0.into_owned(),
            Encoding::Koi8,
        ),
        (
            IBM866.encode(&LIST.replace(['і', 'І'], "i")).0.into_owned(),
            Encoding::Ibm866,
        ),
    ];
    for (bytes, expected) in files {
        let list = read(&bytes, None).unwrap();
        let Source::Text {
            encoding,
            separator,
        } = list.source
        else {
            panic!("{:?}", list.source)
        };
        assert_eq!((encoding, separator), (expected, ';'));
        let outcome = imported(&list);
        assert!(outcome.bad.is_empty(), "{expected:?}: {:?}", outcome.bad);
        let first = &outcome.good[0];
        assert_eq!(outcome.good.len(), 3);
        assert_eq!(first.person.name.surname(), "Коваленко");
        assert_eq!(first.person.birth, BirthDate::day(1985, 3, 12).ok());
        assert_eq!(
            (first.row, first.sex, first.unit.as_str()),
            (2, Some(Sex::Male), "А1234")
        );
        assert_eq!(outcome.good[2].sex, Some(Sex::Female));
    }
}

#[test]
fn every_separator_is_seen() {
    for separator in [';', ',', '\t', '|'] {
        let text = LIST.replace(';', &separator.to_string());
        let list = read(text.as_bytes(), None).unwrap();
        assert_eq!(
            list.source,
            Source::Text {
                encoding: Encoding::Utf8,
                separator
            }
        );
        assert_eq!(imported(&list).good.len(), 3);
    }
    let named = format!("sep=|\r\n{}", LIST.replace(';', "|"));
    let list = read(named.as_bytes(), None).unwrap();
    assert_eq!(list.rows[0].number, 3);
    assert_eq!(list.rows.len(), 3);
}

/// LISTS-5: titles in three languages, and title rows above them.
/// LISTS-9: a person looks for the row that is named where a list program shows it, whatever ends the lines.
#[test]
fn rows_are_numbered_as_the_file_numbers_them() {
    let lines = [
        "Name;Born",
        "Ann Lee;1990",
        "",
        "Bob Ray;1991",
        "Eve Day;1992",
    ];
    for end in ["\n", "\r\n"] {
        let list = tidings_lists::read(lines.join(end).as_bytes(), None).unwrap();
        let numbers: Vec<u32> = list.rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 4, 5], "{end:?}");
    }
}

#[test]
fn columns_are_guessed_from_titles() {
    use Field::{
        Birth, BirthPlace, CaptiveNumber, Document, FullName, Given, Ignored, Note, Parcel,
        Patronymic, Rank, Surname, Unit,
    };
    for (header, fields) in [
        (
            "№ з/п;Прізвище;Ім’я;По батькові;Дата народження (дд.мм.рррр)",
            vec![Ignored, Surname, Given, Patronymic, Birth],
        ),
        (
            "Фамилия;Имя;Отчество;Д.р.;Воинская часть;Звание",
            vec![Surname, Given, Patronymic, Birth, Unit, Rank],
        ),
        (
            "Full name;Date of birth;Place of birth;ICRC number;Notes",
            vec![FullName, Birth, BirthPlace, CaptiveNumber, Note],
        ),
        (
            "П.І.Б. полоненого;р.н.;Паспорт;РНОКПП;№ посилки",
            vec![FullName, Birth, Document, Document, Parcel],
        ),
        (
            "Ф. И. О.;Год рождения;ИНН;СНИЛС;Примечание;Комментарий",
            vec![FullName, Birth, Document, Document, Note, Note],
        ),
    ] {
        let text = format!("Список № 5 від 01.02.2026\n\n{header}\nа;б;в;г;ґ;д\n");
        let list = read(text.as_bytes(), None).unwrap();
        let guess = guess(&list);
        assert_eq!(guess.mapping.fields()[..fields.len()], fields, "{header}");
        assert_eq!(list.rows.len(), 1, "{header}");
    }
}

#[test]
fn columns_are_guessed_from_contents() {
    let list = read(
        "Коваленко;Сергій;Олександрович;12.03.1985;ч\nШевчук;Микола;Іванович;01.02.1990;ч\nБойко;Олена;Петрівна;1992;ж\n".as_bytes(),
        None,
    )
    .unwrap();
    let guess = guess(&list);
    assert_eq!(
        guess.mapping.fields(),
        [
            Field::Surname,
            Field::Given,
            Field::Patronymic,
            Field::Birth,
            Field::Sex
        ]
    );
    assert!(guess.by.iter().all(|by| *by == By::Contents));
    assert_eq!(
        imported(&list).good[2].person.birth,
        Some(BirthDate::Year { year: 1992 })
    );
    let list = read(
        "Kyiv,Kovalenko Serhii,1985-03-12\nLviv,Shevchuk Mykola,1990-02-01\n".as_bytes(),
        None,
    )
    .unwrap();
    assert_eq!(
        tidings_lists::guess(&list).mapping.fields(),
        [Field::Ignored, Field::FullName, Field::Birth]
    );
}

#[test]
fn a_person_changes_the_mapping() {
    let mut mapping = Mapping::none(3);
    assert_eq!(mapping.check(), Err(MappingError::NoName));
    assert_eq!(mapping.set(1, Field::FullName), Ok(()));
    assert_eq!(mapping.check(), Ok(()));
    assert_eq!(
        mapping.set(0, Field::FullName),
        Err(MappingError::Twice {
            other: 1,
            field: Field::FullName
        })
    );
    assert_eq!(mapping.set(0, Field::Note), Ok(()));
    assert_eq!(mapping.set(2, Field::Note), Ok(()));
    assert_eq!(
        mapping.set(3, Field::Note),
        Err(MappingError::NoSuchColumn { columns: 3, got: 3 })
    );
    for field in Field::ALL {
        assert_eq!(Field::from_key(field.key()), Some(field));
    }
}

/// LISTS-7: every bad row says which cell, what was found and what was expected; the good rows are taken.
#[test]
fn a_half_good_list_gives_its_good_rows() {
    let text = "ПІБ;Дата народження;Стать\n\
        Коваленко Сергій;12.03.1985;ч\n\
        Шевчук Микола;31.02.1990;ч\n\
        Бойко Олег;12.03.85;ч\n\
        Бойко Роман;завтра;чол\n\
        ;01.01.1990;ч\n\
        Савчук 12 Роман;1990;ч\n\
        Мельник Іван;01.01.1890;так\n\
        Ткач Ігор;;\n";
    let list = read(text.as_bytes(), None).unwrap();
    let outcome = imported(&list);
    assert_eq!(
        outcome
            .good
            .iter()
            .map(|entry| entry.row)
            .collect::<Vec<_>>(),
        [2, 9]
    );
    let wrong: Vec<_> = outcome
        .bad
        .iter()
        .map(|bad| {
            (
                bad.row,
                bad.errors
                    .iter()
                    .map(|error| (error.column, error.found.as_str(), error.expected))
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        wrong,
        [
            (3, vec![(1, "31.02.1990", Expected::ExistingDay)]),
            (4, vec![(1, "12.03.85", Expected::FourDigitYear)]),
            (5, vec![(1, "завтра", Expected::Date)]),
            (6, vec![(0, "", Expected::Name)]),
            (7, vec![(0, "Савчук 12 Роман", Expected::Name)]),
            (
                8,
                vec![
                    (1, "01.01.1890", Expected::YearInRange),
                    (2, "так", Expected::Sex)
                ]
            ),
        ]
    );
}

#[test]
fn repeated_people_are_told() {
    let list = read(
        "ПІБ;Дата народження\nБойко Олег;1990\nбойко олег;1990\nБойко Олег;1991\n".as_bytes(),
        None,
    )
    .unwrap();
    let outcome = imported(&list);
    assert_eq!(outcome.good.len(), 3);
    assert_eq!(outcome.notices, [Notice::Repeated { row: 3, first: 2 }]);
}

/// LISTS-9: what goes back can be corrected and read again, and computes nothing.
#[test]
fn bad_rows_go_back_and_come_again() {
    let text = "ПІБ;Дата народження;Примітка;Паспорт\n\
        =HYPERLINK(\"x\") Бойко;вчора;\"він; \"\"сказав\"\"\";МЕ123456\n\
        Мельник Іван;позавчора;паспорт МЕ123456;\n";
    let list = read(text.as_bytes(), None).unwrap();
    let outcome = imported(&list);
    assert_eq!(outcome.bad.len(), 2);
    let file = export_bad(
        &list,
        &outcome.bad,
        ["Рядок", "Що не так"],
        |error| format!("{:?}", error.expected),
    );
    let written = String::from_utf8(file.clone()).unwrap();
    assert!(!written.contains("123456"), "{written}");
    assert!(
        !written.contains(";=") && written.contains("'=HYPERLINK"),
        "{written}"
    );
    let again = read(&file, None).unwrap();
    assert_eq!(again.header[..3], ["Рядок", "Що не так", "ПІБ"]);
    assert_eq!(
        again.rows[0].cells[4],
        Cell::Text("він; \"сказав\"".to_owned())
    );
    let corrected = written.replace("позавчора", "01.02.1990");
    let again = read(corrected.as_bytes(), None).unwrap();
    assert_eq!(imported(&again).good.len(), 1);
}

/// LISTS-8: documents by their form and check digits, and what only looks like one.
#[test]
fn documents_are_recognised() {
    use documents::Document::{
        DemographicNumber, Named, RussianPassport, RussianTaxNumber, Snils, UkrainianPassport,
        UkrainianTaxNumber,
    };
    for (text, kinds, blanked) in [
        ("МЕ123456", vec![UkrainianPassport], "▮▮▮"),
        (
            "серія АЕ № 123456 виданий",
            vec![UkrainianPassport],
            "серія ▮▮▮ виданий",
        ),
        ("4510 123456", vec![RussianPassport], "▮▮▮"),
        ("45 10 № 123456, ОВД", vec![RussianPassport], "▮▮▮, ОВД"),
        ("19850312-01234", vec![DemographicNumber], "▮▮▮"),
        ("код 3111800012.", vec![UkrainianTaxNumber], "код ▮▮▮."),
        ("ИНН 500100732259", vec![RussianTaxNumber], "ИНН ▮▮▮"),
        ("112-233-445 95", vec![Snils], "▮▮▮"),
        ("11223344595", vec![Snils], "▮▮▮"),
        (
            "паспорт 001234567 від 2020",
            vec![Named],
            "паспорт ▮▮▮ від 2020",
        ),
        ("ID-картка 001234567", vec![Named], "ID-картка ▮▮▮"),
        (
            "МЕ123456 та КС654321",
            vec![UkrainianPassport, UkrainianPassport],
            "▮▮▮ та ▮▮▮",
        ),
    ] {
        assert_eq!(
            documents::blank(text),
            (blanked.to_owned(), kinds),
            "{text}"
        );
    }
    for text in [
        "12.03.1985",
        "1985-03-12",
        "0501234567",
        "+380501234567",
        "380501234567",
        "3111800017",
        "112-233-445 96",
        "А1234",
        "посилка 123456",
        "id 12345",
        "МКЧХ UA 1234567",
        "вул. Миру 12, кв. 5",
        "2026",
    ] {
        assert_eq!(documents::find(text), [], "{text}");
    }
}

#[test]
fn documents_never_reach_an_entry() {
    let text = "ПІБ;Дата народження;Паспорт;Номер полоненого;Примітка;Дані\n\
        Коваленко Сергій МЕ123456;1985;КС111111;UA 3111800012;тел. мами, ИНН 500100732259;4510 123456\n\
        Бойко Олег;1990;;77;без паспорта;4511 654321\n";
    let list = read(text.as_bytes(), None).unwrap();
    let guess = guess(&list);
    // Nothing in the title said so: the contents did.
    assert_eq!(
        (guess.mapping.fields()[5], guess.by[5]),
        (Field::Document, By::Contents)
    );
    let outcome = import(&list, &guess.mapping).unwrap();
    let all = format!("{:?}", outcome.good);
    for number in ["123456", "111111", "500100732259", "654321"] {
        assert!(!all.contains(number), "{number} in {all}");
    }
    assert_eq!(outcome.good[0].person.name.given(), "Сергій");
    // The number that a camp gave is kept even when it looks like a tax number.
    assert_eq!(outcome.good[0].captive_number, "UA 3111800012");
    let columns = outcome
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::DocumentColumn { .. }))
        .count();
    let blanked = outcome
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::DocumentBlanked { row: 2, .. }))
        .count();
    assert_eq!((columns, blanked), (2, 2), "{:?}", outcome.notices);
}

/// An opening quote that never closes swallows nothing; a cell that is too long is one bad cell.
#[test]
fn broken_quotes_and_long_cells_cost_one_row() {
    let rows: String = (0..500)
        .map(|at| format!("Коваленко Сергій;{}\n", 1900 + at % 100))
        .collect();
    let list = read(
        format!("ПІБ;Дата народження\n\"Бойко Олег;1990\n{rows}").as_bytes(),
        None,
    )
    .unwrap();
    assert_eq!(list.rows.len(), 501);
    let long = "дуже ".repeat(1_000);
    let list = read(
        format!("ПІБ;Примітка\nБойко Олег;{long}\nБойко Роман;так\n").as_bytes(),
        None,
    )
    .unwrap();
    let outcome = imported(&list);
    assert_eq!(outcome.good.len(), 1);
    let error = &outcome.bad[0].errors[0];
    assert_eq!(
        error.expected,
        Expected::ShorterText {
            most: limits::CELL_CHARS_MAX
        }
    );
    assert!(error.found.chars().count() <= limits::FOUND_CHARS_MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(list) = read(&bytes, None) {
            let mut mapping = guess(&list).mapping;
            if mapping.check().is_err() {
                let _ = mapping.set(0, Field::FullName);
            }
            let outcome = import(&list, &mapping).unwrap();
            prop_assert_eq!(outcome.good.len() + outcome.bad.len(), list.rows.len());
            prop_assert!(outcome.bad.iter().all(|bad| !bad.errors.is_empty()));
            let _ = export_bad(&list, &outcome.bad, ["", ""], |_| String::new());
        }
    }

    #[test]
    fn what_goes_back_is_read_as_it_was(cells in prop::collection::vec("[^\u{0}\u{FEFF}\u{200B}]{0,12}", 1..5)) {
        let list = read("ПІБ;Примітка\nБойко;x\n".as_bytes(), None).unwrap();
        let bad = [tidings_lists::BadRow { row: 7, cells: cells.clone(), errors: Vec::new() }];
        let file = export_bad(&list, &bad, ["Рядок", "Помилка"], |_| String::new());
        let again = read(&file, None).unwrap();
        let row = &again.rows[0];
        for (at, cell) in cells.iter().enumerate() {
            let back = row.cells.get(at + 2).map(Cell::shown).unwrap_or_default();
            let cell = cell.trim();
            prop_assert!(back == cell || back == format!("'{cell}") || back.trim_start_matches('\'').trim() == cell, "{:?} {:?}", back, cell);
        }
    }
}

/// «Код» alone is what an office calls its parcels; one that holds tax numbers is known by what stands in it.
#[test]
fn a_column_of_codes_is_no_document_unless_documents_stand_in_it() {
    for (codes, held) in [
        (["П-001", "П-002", "П-003"], Field::Parcel),
        (["3111800012", "3111800012", "3111800012"], Field::Document),
    ] {
        let rows: String = codes
            .iter()
            .map(|code| format!("{code};Петренко Сергій Іванович\n"))
            .collect();
        let sheet = read(format!("Код;ПІБ\n{rows}").as_bytes(), None).unwrap();
        let guessed = guess(&sheet);
        assert_eq!(guessed.mapping.fields()[0], held, "{codes:?}");
    }
}
