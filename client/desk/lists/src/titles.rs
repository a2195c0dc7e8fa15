//! Titles of columns in three languages (LISTS-5).

use crate::{columns::Field, documents::is_document_word};

/// Titles in three languages: whole titles first, then beginnings of words that any title may hold.
const TITLES: [(Field, &[&str]); 15] = [
    (
        Field::FullName,
        &[
            "піб",
            "п і б",
            "прізвище ім'я по батькові",
            "прізвище ім'я та по батькові",
            "прізвище та ім'я",
            "прізвище ім'я",
            "фио",
            "ф и о",
            "фамилия имя отчество",
            "фамилия имя",
            "фамилия и имя",
            "full name",
            "name",
            "адресат",
            "військовополонений",
            "полонений",
            "пленный",
            "военнопленный",
            "кому",
            "addressee",
            "captive",
            "person",
        ],
    ),
    (
        Field::OtherName,
        &[
            "латиницею",
            "латиницей",
            "піб латиницею",
            "фио латиницей",
            "name in latin",
            "latin",
            "latin name",
            "піб англійською",
            "піб російською",
            "піб українською",
            "фио на русском",
            "фио на украинском",
            "фио русское",
            "other script",
            "name en",
        ],
    ),
    (
        Field::Surname,
        &[
            "прізвище",
            "фамилия",
            "surname",
            "last name",
            "family name",
            "lastname",
        ],
    ),
    (
        Field::Given,
        &[
            "ім'я",
            "имя",
            "first name",
            "given name",
            "given names",
            "firstname",
        ],
    ),
    (
        Field::Patronymic,
        &[
            "по батькові",
            "отчество",
            "patronymic",
            "middle name",
            "побатькові",
        ],
    ),
    (
        Field::Birth,
        &[
            "дата народження",
            "дата рождения",
            "д н",
            "д р",
            "дн",
            "др",
            "date of birth",
            "birth date",
            "birthdate",
            "dob",
            "born",
            "рік народження",
            "год рождения",
            "year of birth",
            "р н",
            "г р",
            "рн",
            "гр",
            "народився",
            "дата нар",
            "дата рожд",
            "birthday",
        ],
    ),
    (Field::Sex, &["стать", "пол", "sex", "gender"]),
    (
        Field::BirthPlace,
        &[
            "місце народження",
            "место рождения",
            "place of birth",
            "birthplace",
        ],
    ),
    (
        Field::Place,
        &[
            "місце утримання",
            "місце перебування",
            "місце",
            "табір",
            "колонія",
            "сізо",
            "установа",
            "место содержания",
            "место пребывания",
            "место",
            "лагерь",
            "колония",
            "сизо",
            "учреждение",
            "place of detention",
            "place",
            "camp",
            "facility",
        ],
    ),
    (
        Field::CaptiveNumber,
        &[
            "номер полоненого",
            "номер військовополоненого",
            "номер пленного",
            "номер военнопленного",
            "internment number",
            "номер мкчх",
            "номер мккк",
            "icrc number",
            "isn",
            "pow number",
            "номер інтернованого",
        ],
    ),
    (
        Field::Unit,
        &[
            "частина",
            "військова частина",
            "в ч",
            "вч",
            "підрозділ",
            "часть",
            "воинская часть",
            "войсковая часть",
            "подразделение",
            "unit",
            "military unit",
        ],
    ),
    (
        Field::Rank,
        &[
            "звання",
            "військове звання",
            "звание",
            "воинское звание",
            "rank",
        ],
    ),
    (
        Field::Parcel,
        &[
            "посилка",
            "код посилки",
            "шифр посилки",
            "код посылки",
            "шифр посылки",
            "parcel code",
            "посилки",
            "посылки",
            "номер посилки",
            "посылка",
            "номер посылки",
            "parcel",
            "parcel number",
            "parcel no",
        ],
    ),
    (
        Field::Route,
        &["маршрут", "напрямок", "направление", "route"],
    ),
    (
        Field::Note,
        &[
            "примітка",
            "примітки",
            "коментар",
            "коментарі",
            "примечание",
            "примечания",
            "комментарий",
            "note",
            "notes",
            "remarks",
            "comment",
            "comments",
        ],
    ),
];

/// Titles of columns that hold nothing but the number of the row.
const COUNTERS: [&str; 10] = [
    "",
    "з п",
    "п п",
    "n",
    "no",
    "nr",
    "number",
    "id",
    "порядковий номер",
    "номер п п",
];

/// What a title says.
pub(crate) fn titled(title: &str) -> Option<Field> {
    let title = plain(title);
    if title.is_empty() {
        return None;
    }
    if title.split(' ').any(is_document_word)
        || matches!(
            title.as_str(),
            "документ"
                | "document"
                | "id card"
                | "серія та номер"
                | "серия и номер"
                | "військовий квиток"
                | "военный билет"
        )
    {
        return Some(Field::Document);
    }
    // Alone it is what offices call parcels by; «код підрозділу» and the like are something else.
    if title == "код" {
        return Some(Field::Parcel);
    }
    if COUNTERS.contains(&title.as_str()) {
        return Some(Field::Ignored);
    }
    let whole = TITLES
        .iter()
        .find(|(_, titles)| titles.contains(&title.as_str()));
    // «ПІБ полоненого», «Дата народження (дд.мм.рррр)»: the longest known title that it begins with.
    let longest = || {
        TITLES
            .iter()
            .flat_map(|(field, titles)| titles.iter().map(move |known| (*field, *known)))
            .filter(|(_, known)| {
                known.chars().count() >= 3
                    && title
                        .strip_prefix(known)
                        .is_some_and(|rest| rest.starts_with(' '))
            })
            .max_by_key(|(_, known)| known.len())
            .map(|(field, _)| field)
    };
    whole.map(|(field, _)| *field).or_else(longest)
}

/// Whether a cell is the title of a column: of any field, or of the number of the row.
pub(crate) fn is_header(cell: &str) -> bool {
    cell.chars().count() <= 60 && titled(cell).is_some()
}

/// A title in small letters, one apostrophe, its marks as single blanks.
fn plain(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    for letter in title.chars().flat_map(char::to_lowercase) {
        match letter {
            'ё' => plain.push('е'),
            '\'' | '\u{2019}' | '\u{2BC}' | '`' | '\u{2018}' => plain.push('\''),
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ if !plain.ends_with(' ') && !plain.is_empty() => plain.push(' '),
            _ => {}
        }
    }
    plain.trim_end().to_owned()
}
