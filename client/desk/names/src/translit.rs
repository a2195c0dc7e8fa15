//! Transliteration tables, letter by letter with the rules of place, and the way back (NAMES-3 to NAMES-8).

use crate::letters::{is_apostrophe, is_hyphen};

/// Most candidates that [`from_latin`] gives.
pub const BACK_MAX: usize = 24;

/// A table by which documents turn Cyrillic into Latin letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Ukraine since 2010: resolution 55 of the Cabinet of Ministers of 27 January 2010 (NAMES-3).
    Ukrainian,
    /// Ukrainian papers before 2010, as they are seen: `g` for г, `yu`, `ya`, `yi` in every place (NAMES-4).
    UkrainianOlder,
    /// Russia since 2013: ICAO Doc 9303, part 3 (NAMES-5).
    RussianIcao,
    /// Russia 2010 to 2013: GOST R 52535.1-2006 (NAMES-6).
    RussianGost,
    /// Russia 1997 to 2010: order 310 of the Ministry of Internal Affairs of 26 May 1997 (NAMES-7).
    Russian1997,
    /// Passports of the Soviet time, after French spelling (NAMES-8).
    Soviet,
}

impl Table {
    /// Every table, the present ones first.
    pub const ALL: [Self; 6] = [
        Self::Ukrainian,
        Self::RussianIcao,
        Self::RussianGost,
        Self::Russian1997,
        Self::UkrainianOlder,
        Self::Soviet,
    ];
}

/// Into which language a Latin spelling is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Back {
    /// Ukrainian letters.
    Ukrainian,
    /// Russian letters.
    Russian,
}

/// Transliterates a text by a table. Case is kept letter by letter: a capital that becomes two letters is written `Shch`, or
/// `SHCH` where its neighbours are capitals too. What is not Cyrillic passes unchanged, except that apostrophes are dropped between letters.
#[must_use]
pub fn to_latin(text: &str, table: Table) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        let around = Around::new(&letters, at);
        match letter_in(table, &around) {
            Some(latin) => push_cased(&mut out, latin, &letters, at),
            None => out.push(letter),
        }
    }
    out
}

/// A letter and what stands round it, in lower case.
struct Around {
    this: char,
    before: Option<char>,
    after: Option<char>,
    /// Whether a word begins here.
    starts: bool,
    /// Whether a word ends here.
    ends: bool,
}

impl Around {
    fn new(letters: &[char], at: usize) -> Self {
        let before = at.checked_sub(1).map(|before| lower(letters[before]));
        let after = letters.get(at + 1).map(|after| lower(*after));
        let in_word = |letter: Option<char>| {
            letter.is_some_and(|letter| letter.is_alphabetic() || is_apostrophe(letter))
        };
        Self {
            this: lower(letters[at]),
            before,
            after,
            starts: !in_word(before),
            ends: !in_word(after),
        }
    }

    fn after_vowel_or_sign(&self) -> bool {
        self.before.is_some_and(|before| {
            matches!(
                before,
                'а' | 'е' | 'ё' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' | 'ь' | 'ъ'
            )
        })
    }
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn push_cased(out: &mut String, latin: &str, letters: &[char], at: usize) {
    if !letters[at].is_uppercase() {
        out.push_str(latin);
        return;
    }
    let shouted = |place: Option<usize>| {
        place
            .and_then(|place| letters.get(place))
            .is_some_and(|letter| letter.is_uppercase())
    };
    if shouted(at.checked_sub(1)) || shouted(Some(at + 1)) {
        out.extend(latin.chars().flat_map(char::to_uppercase));
    } else {
        let mut latin = latin.chars();
        out.extend(latin.next().into_iter().flat_map(char::to_uppercase));
        out.extend(latin);
    }
}

fn letter_in(table: Table, around: &Around) -> Option<&'static str> {
    let own = match table {
        Table::Ukrainian => ukrainian(around),
        Table::UkrainianOlder => ukrainian_older(around),
        Table::RussianIcao => russian_icao(around),
        Table::RussianGost => russian_gost(around),
        Table::Russian1997 => russian_1997(around),
        Table::Soviet => soviet(around),
    };
    own.or_else(|| common(around))
}

/// What all tables share.
fn common(around: &Around) -> Option<&'static str> {
    Some(match around.this {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'є' => "ie",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' | 'й' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' => "y",
        'ю' => "iu",
        'я' => "ia",
        letter if is_apostrophe(letter) && !around.starts && !around.ends => "",
        _ => return None,
    })
}

/// NAMES-3.
fn ukrainian(around: &Around) -> Option<&'static str> {
    Some(match around.this {
        // «зг» would read like ж.
        'г' if around.before == Some('з') => "gh",
        'г' => "h",
        'ґ' => "g",
        'и' => "y",
        'є' if around.starts => "ye",
        'ї' if around.starts => "yi",
        'й' if around.starts => "y",
        'ю' if around.starts => "yu",
        'я' if around.starts => "ya",
        _ => return None,
    })
}

/// NAMES-4.
fn ukrainian_older(around: &Around) -> Option<&'static str> {
    Some(match around.this {
        'и' | 'й' => "y",
        'є' => "ye",
        'ї' => "yi",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

/// NAMES-5.
fn russian_icao(around: &Around) -> Option<&'static str> {
    (around.this == 'ъ').then_some("ie")
}

/// NAMES-6.
fn russian_gost(around: &Around) -> Option<&'static str> {
    (around.this == 'ц').then_some("tc")
}

/// NAMES-7.
fn russian_1997(around: &Around) -> Option<&'static str> {
    Some(match around.this {
        'е' | 'ё' if around.starts || around.after_vowel_or_sign() => "ye",
        'й' => "y",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

/// NAMES-8.
fn soviet(around: &Around) -> Option<&'static str> {
    let between_vowels = around.after_vowel_or_sign()
        && around.after.is_some_and(|after| {
            matches!(
                after,
                'а' | 'е' | 'ё' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я'
            )
        });
    Some(match around.this {
        'г' if matches!(around.after, Some('е' | 'и' | 'ы' | 'ё')) => "gu",
        // «Юлия» is Ioulia, «Юрий» Iouri.
        'и' if around.after == Some('я') => "",
        'й' if around.before == Some('и') => "",
        'ё' => "io",
        'е' if around.after_vowel_or_sign() => "ie",
        'ж' => "j",
        'с' if between_vowels => "ss",
        'у' => "ou",
        'ч' => "tch",
        'ш' => "ch",
        'щ' => "chtch",
        'ю' => "iou",
        // A French reader would otherwise say the end through the nose.
        'н' if around.ends && matches!(around.before, Some('и' | 'ы')) => "ne",
        _ => return None,
    })
}

/// What a Latin group can be in each language, longest groups first; the likeliest reading stands first.
const BACK: [(&str, &str, &str); 50] = [
    ("shch", "щ", "щ"),
    ("skyi", "ський", "ский"),
    ("zgh", "зг", "зг"),
    ("tsk", "цьк цк", "цк"),
    ("sky", "ський", "ский"),
    ("iia", "ія", "ия"),
    ("iya", "ія", "ия"),
    ("iie", "іє", "ие"),
    ("zh", "ж", "ж"),
    ("kh", "х", "х"),
    ("ts", "ц", "ц тс"),
    ("tc", "ц", "ц"),
    ("ch", "ч", "ч"),
    ("sh", "ш", "ш сх"),
    ("ia", "я ья 'я іа", "я ья иа"),
    ("ya", "я ья 'я", "я ья"),
    ("iu", "ю ью", "ю ью"),
    ("yu", "ю ью", "ю ью"),
    ("ie", "є ьє 'є іє", "ье ъе ие"),
    ("ye", "є ьє 'є", "е ье"),
    ("io", "ьо йо іо", "ё ио"),
    ("yo", "йо ьо", "ё ьо"),
    ("yi", "ї ий", "ый ьи"),
    ("ii", "ій", "ий"),
    ("iy", "ій", "ий"),
    ("yy", "ий", "ый"),
    ("a", "а", "а"),
    ("b", "б", "б"),
    ("c", "к ц", "к ц"),
    ("d", "д", "д"),
    ("e", "е", "е ё э"),
    ("f", "ф", "ф"),
    ("g", "ґ г", "г"),
    ("h", "г х", "г х"),
    ("i", "і й ї", "и й"),
    ("j", "й", "й дж"),
    ("k", "к", "к"),
    ("l", "л ль", "л ль"),
    ("m", "м", "м"),
    ("n", "н нь", "н нь"),
    ("o", "о", "о"),
    ("p", "п", "п"),
    ("r", "р", "р рь"),
    ("s", "с", "с"),
    ("t", "т", "т"),
    ("u", "у", "у"),
    ("v", "в", "в"),
    ("w", "в", "в"),
    ("y", "и й", "ы й"),
    ("z", "з", "з"),
];

/// Cyrillic words that a Latin spelling may stand for, the likeliest first, at most [`BACK_MAX`], in lower case. They are for
/// showing and searching, never a fact: "Petrenko" has one reading, "Halych" several. Empty for a text without Latin letters
/// or with more than 30.
#[must_use]
pub fn from_latin(text: &str, language: Back) -> Vec<String> {
    let letters: Vec<char> = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| if is_hyphen(letter) { '-' } else { letter })
        .collect();
    if letters.len() > 30 || !letters.iter().any(char::is_ascii_alphabetic) {
        return Vec::new();
    }
    // Every reading with the sum of the places of its choices: the least sums survive each step.
    let mut readings = vec![(0_usize, String::new())];
    let mut at = 0;
    while at < letters.len() {
        let rest: String = letters[at..].iter().take(4).collect();
        let found = BACK.iter().find(|(latin, ..)| rest.starts_with(latin));
        let (taken, choices): (usize, Vec<String>) = match found {
            Some((latin, ukrainian, russian)) => {
                let choices = if language == Back::Ukrainian {
                    ukrainian
                } else {
                    russian
                };
                (latin.len(), choices.split(' ').map(str::to_owned).collect())
            }
            None => (1, vec![letters[at].to_string()]),
        };
        let begins = at == 0 || letters[at - 1] == '-';
        // No word begins with a sign or with ы, unless there is no other reading.
        let choices: Vec<_> = if begins && choices.iter().any(|choice| may_begin(choice)) {
            choices
                .into_iter()
                .filter(|choice| may_begin(choice))
                .collect()
        } else {
            choices
        };
        readings = readings
            .iter()
            .flat_map(|(sum, reading)| {
                choices
                    .iter()
                    .enumerate()
                    .map(move |(place, choice)| (sum + place, format!("{reading}{choice}")))
            })
            .collect();
        readings.sort();
        readings.truncate(BACK_MAX);
        at += taken;
    }
    readings.into_iter().map(|(_, reading)| reading).collect()
}

fn may_begin(choice: &str) -> bool {
    !choice.starts_with(['ь', 'ъ', '\'', 'ы'])
}
