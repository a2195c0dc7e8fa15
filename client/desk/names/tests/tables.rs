//! Transliteration tables against the examples that the norms themselves print (NAMES-3 to NAMES-8).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use tidings_names::{BACK_MAX, Back, Table, from_latin, to_latin};

/// NAMES-3: the examples in the table of resolution 55.
#[test]
fn ukrainian_examples_of_resolution_55() {
    for (cyrillic, latin) in [
        ("Алушта", "Alushta"),
        ("Андрій", "Andrii"),
        ("Борщагівка", "Borshchahivka"),
        ("Борисенко", "Borysenko"),
        ("Вінниця", "Vinnytsia"),
        ("Володимир", "Volodymyr"),
        ("Гадяч", "Hadiach"),
        ("Богдан", "Bohdan"),
        ("Згурський", "Zghurskyi"),
        ("Розгон", "Rozghon"),
        ("Ґалаґан", "Galagan"),
        ("Ґорґани", "Gorgany"),
        ("Донецьк", "Donetsk"),
        ("Дмитро", "Dmytro"),
        ("Рівне", "Rivne"),
        ("Олег", "Oleh"),
        ("Есмань", "Esman"),
        ("Єнакієве", "Yenakiieve"),
        ("Гаєвич", "Haievych"),
        ("Короп'є", "Koropie"),
        ("Короп’є", "Koropie"),
        ("Житомир", "Zhytomyr"),
        ("Жанна", "Zhanna"),
        ("Жежелів", "Zhezheliv"),
        ("Закарпаття", "Zakarpattia"),
        ("Казимирчук", "Kazymyrchuk"),
        ("Медвин", "Medvyn"),
        ("Михайленко", "Mykhailenko"),
        ("Іванків", "Ivankiv"),
        ("Іващенко", "Ivashchenko"),
        ("Їжакевич", "Yizhakevych"),
        ("Кадиївка", "Kadyivka"),
        ("Мар'їне", "Marine"),
        ("Йосипівка", "Yosypivka"),
        ("Стрий", "Stryi"),
        ("Олексій", "Oleksii"),
        ("Київ", "Kyiv"),
        ("Коваленко", "Kovalenko"),
        ("Лебедин", "Lebedyn"),
        ("Леонід", "Leonid"),
        ("Миколаїв", "Mykolaiv"),
        ("Маринич", "Marynych"),
        ("Ніжин", "Nizhyn"),
        ("Наталія", "Nataliia"),
        ("Одеса", "Odesa"),
        ("Онищенко", "Onyshchenko"),
        ("Полтава", "Poltava"),
        ("Петро", "Petro"),
        ("Решетилівка", "Reshetylivka"),
        ("Рибчинський", "Rybchynskyi"),
        ("Суми", "Sumy"),
        ("Соломія", "Solomiia"),
        ("Тернопіль", "Ternopil"),
        ("Троць", "Trots"),
        ("Ужгород", "Uzhhorod"),
        ("Уляна", "Uliana"),
        ("Фастів", "Fastiv"),
        ("Філіпчук", "Filipchuk"),
        ("Харків", "Kharkiv"),
        ("Христина", "Khrystyna"),
        ("Біла Церква", "Bila Tserkva"),
        ("Стеценко", "Stetsenko"),
        ("Чернівці", "Chernivtsi"),
        ("Шевченко", "Shevchenko"),
        ("Шостка", "Shostka"),
        ("Кишеньки", "Kyshenky"),
        ("Щербухи", "Shcherbukhy"),
        ("Гоща", "Hoshcha"),
        ("Гаращенко", "Harashchenko"),
        ("Юрій", "Yurii"),
        ("Корюківка", "Koriukivka"),
        ("Яготин", "Yahotyn"),
        ("Ярошенко", "Yaroshenko"),
        ("Костянтин", "Kostiantyn"),
        ("Знам'янка", "Znamianka"),
        ("Феодосія", "Feodosiia"),
    ] {
        assert_eq!(to_latin(cyrillic, Table::Ukrainian), latin, "{cyrillic}");
    }
}

/// NAMES-4 to NAMES-8: where the tables differ.
#[test]
fn tables_differ_where_they_should() {
    for (table, cyrillic, latin) in [
        (Table::RussianIcao, "Подъячев Андрей", "Podieiachev Andrei"),
        (Table::RussianIcao, "Цветаев Юрий", "Tsvetaev Iurii"),
        (Table::RussianIcao, "Щёголев Илья", "Shchegolev Ilia"),
        (Table::RussianIcao, "Хрущёв", "Khrushchev"),
        (Table::RussianGost, "Цветаев Юрий", "Tcvetaev Iurii"),
        (Table::RussianGost, "Подъячев", "Podiachev"),
        (Table::Russian1997, "Васильев Евгений", "Vasilyev Yevgeniy"),
        (Table::Russian1997, "Андреев Юрий", "Andreyev Yuriy"),
        (Table::Russian1997, "Соловьёв", "Solovyev"),
        (Table::Soviet, "Ющенко Юлия", "Iouchtchenko Ioulia"),
        (Table::Soviet, "Жуков Сергей", "Joukov Serguei"),
        (Table::Soviet, "Юрий", "Iouri"),
        (Table::Soviet, "Пушкин", "Pouchkine"),
        (Table::Soviet, "Кусакин", "Koussakine"),
        (Table::UkrainianOlder, "Сергій Гуляєв", "Sergiy Gulyayev"),
        (Table::UkrainianOlder, "Її Юрій", "Yiyi Yuriy"),
    ] {
        assert_eq!(to_latin(cyrillic, table), latin, "{table:?}");
    }
}

#[test]
fn case_follows_the_neighbours_and_the_rest_passes() {
    assert_eq!(to_latin("ЩЕРБАК", Table::Ukrainian), "SHCHERBAK");
    assert_eq!(to_latin("Щ", Table::Ukrainian), "Shch");
    assert_eq!(to_latin("Smith, 'Ґ' 5", Table::Ukrainian), "Smith, 'G' 5");
    assert_eq!(to_latin("", Table::Soviet), "");
}

/// The way back has the true spelling among its candidates.
#[test]
fn candidates_hold_the_true_spelling() {
    for (latin, language, wanted) in [
        ("Kovalenko", Back::Ukrainian, "коваленко"),
        ("Zghurskyi", Back::Ukrainian, "згурський"),
        ("Yurii", Back::Ukrainian, "юрій"),
        ("Oleksandr", Back::Ukrainian, "олександр"),
        ("Marian", Back::Ukrainian, "мар'ян"),
        ("Shcherbakov", Back::Russian, "щербаков"),
        ("Iurii", Back::Russian, "юрий"),
        ("Andrei", Back::Russian, "андрей"),
        ("Tcybin", Back::Russian, "цыбин"),
    ] {
        let found = from_latin(latin, language);
        assert!(found.len() <= BACK_MAX);
        assert!(
            found.iter().any(|reading| reading == wanted),
            "{latin}: {found:?}"
        );
    }
    assert!(from_latin("", Back::Russian).is_empty());
    assert!(from_latin("Ковач", Back::Russian).is_empty());
    assert!(from_latin(&"ya".repeat(40), Back::Russian).is_empty());
}
