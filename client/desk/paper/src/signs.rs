//! Names of the picture signs that families write most and the fonts do not draw.

use tidings_protocol::language::Language;

/// Stands for any flag: Tidings takes no side, and a flag on a letter can harm.
pub(crate) const FLAG: char = '\u{1f3f3}';

/// What stands in place of a flag.
pub(crate) const fn flag(language: Language) -> &'static str {
    in_language(language, ["прапор", "флаг", "flag"])
}

/// What stands in place of several people joined to one sign.
pub(crate) const fn family(language: Language) -> &'static str {
    in_language(language, ["родина", "семья", "family"])
}

/// The name of a sign, or its number if it is not in the table.
pub(crate) fn name(sign: char, language: Language) -> String {
    if let Ok(place) = NAMES.binary_search_by_key(&sign, |(sign, _)| *sign)
        && let Some((_, names)) = NAMES.get(place)
    {
        return in_language(language, *names).to_owned();
    }
    let word = in_language(language, ["знак", "знак", "sign"]);
    format!("{word} U+{:04X}", u32::from(sign))
}

/// Whether the sign shows a person.
pub(crate) const fn is_person(sign: char) -> bool {
    matches!(sign, '\u{1f466}'..='\u{1f469}' | '\u{1f474}'..='\u{1f476}' | '\u{1f9d1}'..='\u{1f9d3}')
}

const fn in_language(language: Language, names: [&'static str; 3]) -> &'static str {
    let [uk, ru, en] = names;
    match language {
        Language::Ukrainian => uk,
        Language::Russian => ru,
        Language::English => en,
    }
}

/// By code point; Ukrainian, Russian, English.
const NAMES: &[(char, [&str; 3])] = &[
    ('\u{2b50}', ["зірка", "звезда", "star"]),
    ('\u{1f308}', ["веселка", "радуга", "rainbow"]),
    ('\u{1f319}', ["місяць", "месяц", "moon"]),
    ('\u{1f31e}', ["сонечко", "солнышко", "smiling sun"]),
    (
        '\u{1f31f}',
        ["сяйлива зірка", "сияющая звезда", "shining star"],
    ),
    ('\u{1f331}', ["паросток", "росток", "seedling"]),
    ('\u{1f337}', ["тюльпан", "тюльпан", "tulip"]),
    ('\u{1f338}', ["цвіт вишні", "цвет вишни", "cherry blossom"]),
    ('\u{1f339}', ["троянда", "роза", "rose"]),
    ('\u{1f33a}', ["квітка", "цветок", "flower"]),
    ('\u{1f33b}', ["соняшник", "подсолнух", "sunflower"]),
    ('\u{1f33c}', ["квітка", "цветок", "flower"]),
    ('\u{1f33e}', ["колосся", "колосья", "ears of grain"]),
    (
        '\u{1f340}',
        ["листок конюшини", "листок клевера", "clover leaf"],
    ),
    ('\u{1f353}', ["полуниця", "клубника", "strawberry"]),
    ('\u{1f381}', ["подарунок", "подарок", "present"]),
    (
        '\u{1f382}',
        ["святковий торт", "праздничный торт", "birthday cake"],
    ),
    ('\u{1f384}', ["ялинка", "ёлка", "Christmas tree"]),
    (
        '\u{1f388}',
        ["повітряна кулька", "воздушный шарик", "balloon"],
    ),
    ('\u{1f389}', ["хлопавка", "хлопушка", "party popper"]),
    ('\u{1f3e0}', ["дім", "дом", "house"]),
    (
        '\u{1f3e1}',
        ["дім із садом", "дом с садом", "house with garden"],
    ),
    ('\u{1f3f3}', ["прапор", "флаг", "flag"]),
    ('\u{1f3f4}', ["прапор", "флаг", "flag"]),
    ('\u{1f408}', ["кіт", "кот", "cat"]),
    ('\u{1f415}', ["собака", "собака", "dog"]),
    ('\u{1f430}', ["кролик", "кролик", "rabbit"]),
    ('\u{1f431}', ["котик", "котик", "cat"]),
    ('\u{1f436}', ["песик", "пёсик", "dog"]),
    ('\u{1f43b}', ["ведмедик", "мишка", "bear"]),
    ('\u{1f44b}', ["махаю рукою", "машу рукой", "waving hand"]),
    ('\u{1f44c}', ["усе гаразд", "всё в порядке", "all is well"]),
    (
        '\u{1f44d}',
        ["великий палець угору", "большой палец вверх", "thumbs up"],
    ),
    ('\u{1f44f}', ["оплески", "аплодисменты", "clapping hands"]),
    ('\u{1f466}', ["хлопчик", "мальчик", "boy"]),
    ('\u{1f467}', ["дівчинка", "девочка", "girl"]),
    ('\u{1f468}', ["чоловік", "мужчина", "man"]),
    ('\u{1f469}', ["жінка", "женщина", "woman"]),
    ('\u{1f46a}', ["родина", "семья", "family"]),
    ('\u{1f474}', ["дідусь", "дедушка", "old man"]),
    ('\u{1f475}', ["бабуся", "бабушка", "old woman"]),
    ('\u{1f476}', ["немовля", "малыш", "baby"]),
    ('\u{1f47c}', ["янголятко", "ангелочек", "little angel"]),
    ('\u{1f48b}', ["поцілунок", "поцелуй", "kiss"]),
    (
        '\u{1f48c}',
        ["любовний лист", "любовное письмо", "love letter"],
    ),
    ('\u{1f490}', ["букет", "букет", "bouquet"]),
    (
        '\u{1f493}',
        ["серце, що б’ється", "бьющееся сердце", "beating heart"],
    ),
    (
        '\u{1f494}',
        ["розбите серце", "разбитое сердце", "broken heart"],
    ),
    ('\u{1f495}', ["два серця", "два сердца", "two hearts"]),
    (
        '\u{1f496}',
        ["сяйливе серце", "сияющее сердце", "sparkling heart"],
    ),
    ('\u{1f497}', ["серце", "сердце", "heart"]),
    (
        '\u{1f498}',
        ["серце зі стрілою", "сердце со стрелой", "heart with arrow"],
    ),
    ('\u{1f499}', ["синє серце", "синее сердце", "blue heart"]),
    (
        '\u{1f49a}',
        ["зелене серце", "зелёное сердце", "green heart"],
    ),
    (
        '\u{1f49b}',
        ["жовте серце", "жёлтое сердце", "yellow heart"],
    ),
    (
        '\u{1f49c}',
        ["фіолетове серце", "фиолетовое сердце", "violet heart"],
    ),
    (
        '\u{1f49d}',
        ["серце зі стрічкою", "сердце с лентой", "heart with ribbon"],
    ),
    ('\u{1f49e}', ["серця", "сердца", "hearts"]),
    ('\u{1f49f}', ["серце", "сердце", "heart"]),
    ('\u{1f4aa}', ["міцна рука", "сильная рука", "strong arm"]),
    (
        '\u{1f4af}',
        ["сто відсотків", "сто процентов", "one hundred"],
    ),
    ('\u{1f4f7}', ["фотоапарат", "фотоаппарат", "camera"]),
    ('\u{1f525}', ["вогонь", "огонь", "fire"]),
    ('\u{1f54a}', ["голуб", "голубь", "dove"]),
    ('\u{1f56f}', ["свічка", "свеча", "candle"]),
    ('\u{1f5a4}', ["чорне серце", "чёрное сердце", "black heart"]),
    ('\u{1f600}', ["усмішка", "улыбка", "smile"]),
    ('\u{1f641}', ["сумне обличчя", "грустное лицо", "sad face"]),
    ('\u{1f642}', ["усмішка", "улыбка", "smile"]),
    (
        '\u{1f643}',
        [
            "перевернута усмішка",
            "перевёрнутая улыбка",
            "upside-down smile",
        ],
    ),
    (
        '\u{1f644}',
        ["закочені очі", "закатанные глаза", "rolling eyes"],
    ),
    (
        '\u{1f64b}',
        ["піднята рука", "поднятая рука", "raised hand"],
    ),
    (
        '\u{1f64c}',
        ["підняті руки", "поднятые руки", "raised hands"],
    ),
    (
        '\u{1f64f}',
        ["складені долоні", "сложенные ладони", "folded hands"],
    ),
    ('\u{1f90d}', ["біле серце", "белое сердце", "white heart"]),
    (
        '\u{1f90e}',
        ["коричневе серце", "коричневое сердце", "brown heart"],
    ),
    ('\u{1f917}', ["обійми", "объятия", "hug"]),
    ('\u{1f923}', ["регочу", "хохочу", "laughing out loud"]),
    ('\u{1f929}', ["захоплення", "восторг", "delight"]),
    (
        '\u{1f970}',
        [
            "усмішка із серцями",
            "улыбка с сердечками",
            "smile with hearts",
        ],
    ),
    (
        '\u{1f972}',
        [
            "усмішка крізь сльозу",
            "улыбка сквозь слезу",
            "smile with a tear",
        ],
    ),
    ('\u{1f973}', ["святкую", "праздную", "celebrating"]),
    (
        '\u{1f97a}',
        ["благальний погляд", "умоляющий взгляд", "pleading look"],
    ),
    (
        '\u{1f9e1}',
        ["помаранчеве серце", "оранжевое сердце", "orange heart"],
    ),
    (
        '\u{1f9f8}',
        ["іграшковий ведмедик", "игрушечный мишка", "teddy bear"],
    ),
    (
        '\u{1fa75}',
        ["блакитне серце", "голубое сердце", "light blue heart"],
    ),
    (
        '\u{1fa77}',
        ["рожеве серце", "розовое сердце", "pink heart"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_complete() {
        assert!(NAMES.is_sorted_by_key(|(sign, _)| *sign));
        for (sign, names) in NAMES {
            assert!(names.iter().all(|name| !name.is_empty()), "{sign}");
            let [uk, ru, en] = names;
            assert!(uk.chars().all(|c| !"ыэъё".contains(c)), "{uk}");
            assert!(ru.chars().all(|c| !"іїєґ’".contains(c)), "{ru}");
            assert!(en.is_ascii(), "{en}");
        }
    }
}
