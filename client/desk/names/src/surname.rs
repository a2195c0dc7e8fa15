//! Feminine endings of surnames (NAMES-14).

/// Shortest surname that is taken to carry a feminine ending: «Нова» may be a root.
const SHORTEST: usize = 5;

/// Endings and what a man of the same family bears instead. The first that fits is taken.
const ENDINGS: [(&str, &str); 24] = [
    ("ська", "ський"),
    ("цька", "цький"),
    ("зька", "зький"),
    ("ская", "ский"),
    ("цкая", "цкий"),
    ("зкая", "зкий"),
    ("ова", "ов"),
    ("ева", "ев"),
    ("єва", "єв"),
    ("ёва", "ёв"),
    ("іна", "ін"),
    ("їна", "їн"),
    ("ина", "ин"),
    ("ына", "ын"),
    ("ая", "ый"),
    ("яя", "ий"),
    ("skaya", "skiy"),
    ("skaia", "skii"),
    ("skaja", "skij"),
    ("ska", "skyi"),
    ("ova", "ov"),
    ("eva", "ev"),
    ("ina", "in"),
    ("yna", "yn"),
];

/// The surname as a man of the family bears it, when this one looks feminine. Only looks: «Калина» is anybody's surname, so
/// the answer is a second spelling to compare, never a replacement.
pub(crate) fn masculine(letters: &[char]) -> Option<Vec<char>> {
    if letters.len() < SHORTEST {
        return None;
    }
    ENDINGS.iter().find_map(|(feminine, masculine)| {
        let length = feminine.chars().count();
        let stem = letters.len().checked_sub(length)?;
        letters[stem..]
            .iter()
            .copied()
            .eq(feminine.chars())
            .then(|| {
                letters[..stem]
                    .iter()
                    .copied()
                    .chain(masculine.chars())
                    .collect()
            })
    })
}

/// Endings that surnames have and given names do not: they tell which of two unknown words is the surname.
pub(crate) fn looks_like_surname(letters: &[char]) -> bool {
    const TYPICAL: [&str; 40] = [
        "енко",
        "ченко",
        "ський",
        "цький",
        "зький",
        "ська",
        "цька",
        "ский",
        "цкий",
        "ская",
        "цкая",
        "ов",
        "ев",
        "єв",
        "ёв",
        "ова",
        "ева",
        "єва",
        "ін",
        "ин",
        "ына",
        "чук",
        "щук",
        "юк",
        "ук",
        "як",
        "ець",
        "дзе",
        "швілі",
        "швили",
        "ян",
        "enko",
        "skyi",
        "sky",
        "ski",
        "ov",
        "ev",
        "chuk",
        "iuk",
        "ets",
    ];
    letters.len() >= 4
        && TYPICAL.iter().any(|ending| {
            let length = ending.chars().count();
            letters.len() > length
                && letters[letters.len() - length..]
                    .iter()
                    .copied()
                    .eq(ending.chars())
        })
}
