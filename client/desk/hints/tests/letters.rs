//! Two corpora of our own: ordinary family letters, in which almost nothing may be found, and sentences that no letter
//! to a captive should hold.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says what it counted"
)]

use tidings_hints::{Confidence, Hint, Kind, find};

const LETTERS: [(&str, &str); 3] = [
    ("uk", include_str!("letters_uk.txt")),
    ("ru", include_str!("letters_ru.txt")),
    ("en", include_str!("letters_en.txt")),
];

/// Sentences of an ordinary letter that may show a hint to the writer (medium or surer), in a hundred.
const FALSE_ALARMS_MAX: f64 = 2.0;
/// The same for the reviewer, who sees the doubtful ones as well.
const FALSE_ALARMS_MAX_REVIEWER: f64 = 5.0;

/// HINTS-1: few false alarms. The stated rates stand in `docs/spec/names.md`.
#[test]
fn ordinary_letters_raise_few_alarms() {
    for (language, letters) in LETTERS {
        let sentences: Vec<&str> = letters.lines().collect();
        assert!(sentences.len() >= 60, "{language}");
        let count = |least: Confidence| {
            let alarmed: Vec<(&str, Vec<Hint>)> = sentences
                .iter()
                .map(|sentence| (*sentence, find(sentence)))
                .filter(|(_, hints)| hints.iter().any(|hint| hint.confidence >= least))
                .collect();
            println!(
                "{language} {least:?}: {} of {}: {alarmed:#?}",
                alarmed.len(),
                sentences.len()
            );
            100.0 * f64::from(u32::try_from(alarmed.len()).unwrap())
                / f64::from(u32::try_from(sentences.len()).unwrap())
        };
        assert!(
            count(Confidence::Medium) <= FALSE_ALARMS_MAX,
            "{language}: writer"
        );
        assert!(
            count(Confidence::Low) <= FALSE_ALARMS_MAX_REVIEWER,
            "{language}: reviewer"
        );
    }
}

/// A sentence, the words that must be marked, and as what.
const HARMFUL: [(&str, &str, Kind); 100] = [
    // Units.
    (
        "Дзвонили з в/ч А1234, питали про тебе.",
        "в/ч А1234",
        Kind::Unit,
    ),
    (
        "Приходили з військової частини 3057.",
        "військової частини 3057",
        Kind::Unit,
    ),
    ("Твоя 72 ОМБр зараз на ротації.", "72 ОМБр", Kind::Unit),
    (
        "Хлопці з 3-ї окремої штурмової бригади вітають.",
        "3-ї окремої штурмової бригади",
        Kind::Unit,
    ),
    (
        "Він служив у 36-й бригаді морської піхоти.",
        "36-й бригаді",
        Kind::Unit,
    ),
    ("Пиши на А4010, там передадуть.", "А4010", Kind::Unit),
    ("Як там ваш 2 батальйон?", "2 батальйон", Kind::Unit),
    ("Усі наші з ЗСУ пам'ятають тебе.", "ЗСУ", Kind::Unit),
    ("Брат тепер у нацгвардії.", "нацгвардії", Kind::Unit),
    ("Заходив твій побратим Андрій.", "побратим", Kind::Unit),
    ("Звонили из в/ч 12345.", "в/ч 12345", Kind::Unit),
    (
        "Ему писали на полевую почту 12345.",
        "полевую почту 12345",
        Kind::Unit,
    ),
    ("Ты служил в 810 бригаде.", "810 бригаде", Kind::Unit),
    (
        "Твои из 155-й отдельной гвардейской бригады пишут.",
        "155-й отдельной гвардейской бригады",
        Kind::Unit,
    ),
    ("Он попал в ВДВ.", "ВДВ", Kind::Unit),
    ("Сослуживцы передают привет.", "Сослуживцы", Kind::Unit),
    ("Дядя ушёл в росгвардию.", "росгвардию", Kind::Unit),
    (
        "Your 2nd battalion is still there.",
        "2nd battalion",
        Kind::Unit,
    ),
    (
        "They wrote from military unit A0224.",
        "military unit A0224",
        Kind::Unit,
    ),
    (
        "He joined the 36th Marine Brigade of the armed forces.",
        "armed forces",
        Kind::Unit,
    ),
    // Ranks.
    (
        "Тобі дали старшого сержанта.",
        "старшого сержанта",
        Kind::Rank,
    ),
    ("Твій полковник нам не відповідає.", "полковник", Kind::Rank),
    ("Лейтенант Бойко заходив у гості.", "Лейтенант", Kind::Rank),
    (
        "Командир казав, що тебе нагородили.",
        "Командир",
        Kind::Rank,
    ),
    (
        "Тебе присвоили звание прапорщика.",
        "прапорщика",
        Kind::Rank,
    ),
    (
        "Младший лейтенант звонил нам.",
        "Младший лейтенант",
        Kind::Rank,
    ),
    ("Комбат обещал помочь.", "Комбат", Kind::Rank),
    ("They made you a sergeant.", "sergeant", Kind::Rank),
    ("Colonel Brown called us.", "Colonel", Kind::Rank),
    // Coordinates.
    (
        "Ми бачили це місце: 48.4647, 35.0462.",
        "48.4647, 35.0462",
        Kind::Coordinates,
    ),
    (
        "Тебе взяли под 47.0971 37.5434, мы знаем.",
        "47.0971 37.5434",
        Kind::Coordinates,
    ),
    (
        "Точка 48°30'15\"N 37°58'20\"E на карті.",
        "48°30'15\"N 37°58'20\"E",
        Kind::Coordinates,
    ),
    ("Це 48°30′ пн.ш. і далі.", "48°30′ пн.ш.", Kind::Coordinates),
    (
        "The grid is 36U VA 12345 67890 as you said.",
        "36U VA 12345 67890",
        Kind::Coordinates,
    ),
    (
        "Grid 37TCN1234567890 was yours.",
        "37TCN1234567890",
        Kind::Coordinates,
    ),
    // Telephones.
    (
        "Мій новий номер +380 67 123 45 67.",
        "+380 67 123 45 67",
        Kind::Telephone,
    ),
    (
        "Подзвони на 067-123-45-67.",
        "067-123-45-67",
        Kind::Telephone,
    ),
    (
        "Набери (050) 123 45 67 увечері.",
        "(050) 123 45 67",
        Kind::Telephone,
    ),
    (
        "Телефон 380671234567 той самий.",
        "380671234567",
        Kind::Telephone,
    ),
    (
        "Мой номер 8 (916) 123-45-67.",
        "8 (916) 123-45-67",
        Kind::Telephone,
    ),
    (
        "Звони +7 916 123-45-67.",
        "+7 916 123-45-67",
        Kind::Telephone,
    ),
    ("Тел. 2-34-56 у бабушки.", "2-34-56", Kind::Telephone),
    (
        "Call me at +44 20 7946 0958.",
        "+44 20 7946 0958",
        Kind::Telephone,
    ),
    ("Набери 0671234567!", "0671234567", Kind::Telephone),
    // Money.
    (
        "Гроші на картку 4111 1111 1111 1111.",
        "4111 1111 1111 1111",
        Kind::BankCard,
    ),
    (
        "Карта 5555555555554444 у мамы.",
        "5555555555554444",
        Kind::BankCard,
    ),
    (
        "Рахунок UA213223130000026007233566001 відкрито.",
        "UA213223130000026007233566001",
        Kind::BankAccount,
    ),
    (
        "Send it to DE89 3704 0044 0532 0130 00 please.",
        "DE89 3704 0044 0532 0130 00",
        Kind::BankAccount,
    ),
    // The network.
    (
        "Пиши на olena.koval+lyst@gmail.com.",
        "olena.koval+lyst@gmail.com",
        Kind::Email,
    ),
    (
        "Моя почта ivan_1985@mail.ru, помнишь?",
        "ivan_1985@mail.ru",
        Kind::Email,
    ),
    (
        "Знайди мене: @olena_k85 у телеграмі.",
        "@olena_k85",
        Kind::Handle,
    ),
    (
        "Фото тут https://t.me/nash_kanal/15 подивись.",
        "https://t.me/nash_kanal/15",
        Kind::Link,
    ),
    (
        "Смотри на www.example.ru/family сама.",
        "www.example.ru/family",
        Kind::Link,
    ),
    (
        "We posted it on facebook.com/our.family today.",
        "facebook.com/our.family",
        Kind::Link,
    ),
    // Where they live.
    (
        "Ми живемо на вул. Лесі Українки, 12, кв. 5.",
        "вул. Лесі Українки, 12, кв. 5",
        Kind::StreetAddress,
    ),
    (
        "Переїхали на проспект Миру 5а.",
        "проспект Миру 5а",
        Kind::StreetAddress,
    ),
    (
        "Мы теперь живём: ул. Ленина, д. 7, кв. 12.",
        "ул. Ленина, д. 7, кв. 12",
        Kind::StreetAddress,
    ),
    (
        "Адрес тот же, дом 5, квартира 17.",
        "дом 5, квартира 17",
        Kind::StreetAddress,
    ),
    (
        "We moved to 12 Green Street last week.",
        "12 Green Street",
        Kind::StreetAddress,
    ),
    // Uniform.
    ("Твій камуфляж ми випрали.", "камуфляж", Kind::Uniform),
    (
        "Бронежилет так і лежить у шафі.",
        "Бронежилет",
        Kind::Uniform,
    ),
    (
        "На фото ты в военной форме.",
        "военной форме",
        Kind::Uniform,
    ),
    ("Шеврон с твоей куртки у меня.", "Шеврон", Kind::Uniform),
    (
        "In the photo you wear your military uniform.",
        "military uniform",
        Kind::Uniform,
    ),
    ("Your dog tags are with me.", "dog tags", Kind::Uniform),
    // Weapons.
    ("Ти ж стріляв із кулемета.", "кулемета", Kind::Weapon),
    ("Вчора летіли шахеди.", "шахеди", Kind::Weapon),
    ("У селі стояли БТР.", "БТР", Kind::Weapon),
    ("Наші збили три ракети.", "ракети", Kind::Weapon),
    ("Он подбил танк.", "танк", Kind::Weapon),
    ("Миномёт стоял у школы.", "Миномёт", Kind::Weapon),
    (
        "Над домом летали беспилотники.",
        "беспилотники",
        Kind::Weapon,
    ),
    ("They fired artillery all night.", "artillery", Kind::Weapon),
    ("The drone fell near us.", "drone", Kind::Weapon),
    // Positions.
    ("Ви тоді сиділи в окопах.", "окопах", Kind::Position),
    ("Брат зараз на фронті.", "на фронті", Kind::Position),
    ("Біля нас поставили блокпост.", "блокпост", Kind::Position),
    ("Вас держали в казарме?", "казарме", Kind::Position),
    ("Отец вернулся с фронта.", "с фронта", Kind::Position),
    ("Штаб переехал в школу.", "Штаб", Kind::Position),
    (
        "He is still at the front line.",
        "front line",
        Kind::Position,
    ),
    ("They sleep in the barracks.", "barracks", Kind::Position),
    // Fighting and service.
    ("Вчора знову був обстріл.", "обстріл", Kind::Military),
    ("Дядька мобілізували.", "мобілізували", Kind::Military),
    ("Приходили з ТЦК.", "ТЦК", Kind::Military),
    ("Сосед воюет уже год.", "воюет", Kind::Military),
    ("Его забрали на СВО.", "СВО", Kind::Military),
    ("Вчера опять бомбили.", "бомбили", Kind::Military),
    ("There was shelling again.", "shelling", Kind::Military),
    ("Your cousin was mobilised.", "mobilised", Kind::Military),
    // Politics.
    ("Слава Україні, синку!", "Слава Україні", Kind::Politics),
    ("Скоро проженемо окупантів.", "окупантів", Kind::Politics),
    (
        "Президент сказав, що обміняють.",
        "Президент",
        Kind::Politics,
    ),
    ("Путин обещал.", "Путин", Kind::Politics),
    ("Враги будут наказаны.", "Враги", Kind::Politics),
    ("Эти бандеровцы всё врут.", "бандеровцы", Kind::Politics),
    ("The government does nothing.", "government", Kind::Politics),
    ("The enemy will pay.", "enemy", Kind::Politics),
    // Hidden letters: Latin look-alikes, blanks of no width, stress marks.
    ("Твій пoлковник дзвонив.", "пoлковник", Kind::Rank),
    (
        "Номер 067\u{200B}123\u{200B}45\u{200B}67 мій.",
        "067\u{200B}123\u{200B}45\u{200B}67",
        Kind::Telephone,
    ),
];

/// HINTS-2 to HINTS-9.
#[test]
fn what_harms_is_found() {
    let mut missed = Vec::new();
    for (sentence, words, kind) in HARMFUL {
        let start = sentence.find(words).unwrap();
        let span = start..start + words.len();
        let hints = find(sentence);
        let found = hints.iter().any(|hint| {
            hint.kind == kind && hint.confidence >= Confidence::Medium && hint.span == span
        });
        if !found {
            let seen: Vec<_> = hints
                .iter()
                .map(|hint| (&sentence[hint.span.clone()], hint.kind, hint.confidence))
                .collect();
            missed.push(format!("{sentence} [{words}] {kind:?}: {seen:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Things that look like something else.
#[test]
fn lookalikes_are_left_alone() {
    for sentence in [
        "Книжка на полиці, полка нова.",
        "Помыл рот и лёг спать.",
        "Температура 36.6, уже легче.",
        "Заплатили 12 500 гривень 00 копійок.",
        "Народилася 12.03.2024 о 10:45.",
        "С 2019 по 2023 год мы жили у моря.",
        "Мінус 12° надворі.",
        "Рахунок матчу 3:2, 45 хвилин.",
        "Рецепт: 200 г масла, 3-4 яйця, 500 мл молока.",
        "Поїзд 725 о 18.30.",
        "Квартира 60 кв. м.",
        "Школа на вулиці Миру стоїть.",
        "Рост 102 см, вес 15.400 кг.",
        "Поймал карпа на 4 кг 200.",
        "Серия 12, сезон 3, смотрим вдвоём.",
        "Форма для кекса і форма піску.",
        "Зробили генеральне прибирання.",
        "We live at home, that is all.",
        "The general idea is good, in my opinion.",
    ] {
        let hints: Vec<_> = find(sentence)
            .into_iter()
            .filter(|hint| hint.confidence >= Confidence::Medium)
            .collect();
        assert!(hints.is_empty(), "{sentence}: {hints:?}");
    }
}

#[test]
fn a_letter_is_marked_in_order() {
    let letter = "Сержант Бойко з 72 ОМБр дав номер 067 123 45 67.";
    let kinds: Vec<_> = find(letter).iter().map(|hint| hint.kind).collect();
    assert_eq!(kinds, [Kind::Rank, Kind::Unit, Kind::Telephone]);
    assert!(find("").is_empty());
}
