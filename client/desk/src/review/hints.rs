//! Hints for the reviewer: words that may harm the captive. They are hints: a person decides, nothing is blocked.

use std::ops::Range;

/// What a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintKind {
    /// A military unit.
    Unit,
    /// A rank.
    Rank,
    /// Coordinates.
    Coordinates,
    /// A telephone number.
    Telephone,
    /// Uniform, weapons, badges.
    Uniform,
}

impl HintKind {
    /// The word of the translations (`hint-…`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Rank => "rank",
            Self::Coordinates => "coordinates",
            Self::Telephone => "telephone",
            Self::Uniform => "uniform",
        }
    }
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it may be.
    pub kind: HintKind,
    /// Where, in bytes of UTF-8.
    pub range: Range<usize>,
}

/// Beginnings of words, folded to lower case.
const UNIT: [&str; 16] = [
    "бригад",
    "батальйон",
    "батальон",
    "взвод",
    "дивізі",
    "дивизи",
    "підрозділ",
    "подразделени",
    "гарнізон",
    "гарнизон",
    "омбр",
    "одшбр",
    "brigade",
    "battalion",
    "regiment",
    "platoon",
];
/// Whole words: too short to be a beginning of others.
const UNIT_WHOLE: [&str; 8] = [
    "полк",
    "полку",
    "рота",
    "роти",
    "роте",
    "роті",
    "в/ч",
    "тро",
];
const RANK: [&str; 18] = [
    "сержант",
    "лейтенант",
    "капітан",
    "капитан",
    "майор",
    "полковник",
    "підполковник",
    "подполковник",
    "генерал",
    "єфрейтор",
    "ефрейтор",
    "прапорщик",
    "sergeant",
    "lieutenant",
    "captain",
    "colonel",
    "private",
    "corporal",
];
const UNIFORM: [&str; 16] = [
    "камуфляж",
    "шеврон",
    "погон",
    "бронежилет",
    "кевлар",
    "автомат",
    "кулемет",
    "пулемет",
    "гранат",
    "танків",
    "міномет",
    "миномет",
    "uniform",
    "camouflage",
    "rifle",
    "helmet",
];
const UNIFORM_WHOLE: [&str; 6] = ["форма", "формі", "форме", "форму", "бтр", "бмп"];

/// Digits of a telephone number, at least and at most (ITU-T E.164 allows 15).
const TELEPHONE_DIGITS: std::ops::RangeInclusive<usize> = 9..=15;

/// What may harm, in the order of the text.
#[must_use]
pub fn hints(text: &str) -> Vec<Hint> {
    let mut hints: Vec<Hint> = words(text)
        .filter_map(|range| {
            let word = text[range.clone()].to_lowercase();
            kind_of(&word).map(|kind| Hint { kind, range })
        })
        .collect();
    hints.extend(numbers(text));
    hints.sort_by_key(|hint| hint.range.start);
    hints
}

fn kind_of(word: &str) -> Option<HintKind> {
    let begins = |list: &[&str]| list.iter().any(|begin| word.starts_with(begin));
    if begins(&UNIT) || UNIT_WHOLE.contains(&word) {
        Some(HintKind::Unit)
    } else if begins(&RANK) {
        Some(HintKind::Rank)
    } else if begins(&UNIFORM) || UNIFORM_WHOLE.contains(&word) {
        Some(HintKind::Uniform)
    } else {
        None
    }
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_of_a_word = |c: char| c.is_alphanumeric() || matches!(c, '/' | '\'' | '’' | 'ʼ');
    let mut rest = 0;
    std::iter::from_fn(move || {
        let from = rest + text[rest..].find(is_of_a_word)?;
        let length = text[from..].find(|c: char| !is_of_a_word(c));
        let to = length.map_or(text.len(), |length| from + length);
        rest = to;
        Some(from..to)
    })
}

/// Runs of digits with what people put between them: two decimal fractions are coordinates, many digits a telephone number.
fn numbers(text: &str) -> Vec<Hint> {
    let between = |c: char| {
        matches!(
            c,
            ' ' | '-' | '(' | ')' | '.' | ',' | '°' | '′' | '″' | '\'' | '"'
        )
    };
    let mut hints = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(|c: char| c.is_ascii_digit() || c == '+') {
        let from = at + found;
        let length = text[from..]
            .find(|c: char| !(c.is_ascii_digit() || c == '+' || between(c)))
            .unwrap_or(text.len() - from);
        let run = text[from..from + length].trim_end_matches(between);
        at = from + length.max(1);
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let kind = if is_place(run) {
            HintKind::Coordinates
        } else if TELEPHONE_DIGITS.contains(&digits) && !run.contains('.') {
            HintKind::Telephone
        } else {
            continue;
        };
        hints.push(Hint {
            kind,
            range: from..from + run.len(),
        });
    }
    hints
}

/// `48.5132, 37.9871`, `48°30'47"`.
fn is_place(run: &str) -> bool {
    let fractions = run
        .split([' ', ',', ';'])
        .filter(|part| {
            part.split_once('.').is_some_and(|(whole, fraction)| {
                matches!(whole.len(), 1..=3) && fraction.len() >= 3 && !fraction.contains('.')
            })
        })
        .count();
    fractions >= 2 || run.contains('°')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(HintKind, &str)> {
        let hints = hints(text).into_iter();
        hints.map(|hint| (hint.kind, &text[hint.range])).collect()
    }

    #[test]
    fn what_may_harm_is_found_in_three_languages() {
        use HintKind::{Coordinates, Rank, Telephone, Uniform, Unit};
        for (text, expected) in [
            (
                "Він сержант 4-ї бригади.",
                vec![(Rank, "сержант"), (Unit, "бригади")],
            ),
            ("Его полк, в/ч", vec![(Unit, "полк"), (Unit, "в/ч")]),
            (
                "телефонуй +38 (067) 123-45-67!",
                vec![(Telephone, "+38 (067) 123-45-67")],
            ),
            (
                "тут 48.5132, 37.9871.",
                vec![(Coordinates, "48.5132, 37.9871")],
            ),
            ("48°30'47\" пн", vec![(Coordinates, "48°30'47")]),
            (
                "His uniform and the CAPTAIN",
                vec![(Uniform, "uniform"), (Rank, "CAPTAIN")],
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn ordinary_letters_give_none() {
        for text in [
            "Мамі 65 років, донці 7. Чекаємо 12.05.2025 вдома, о 18:30.",
            "Посадили 120 кущів картоплі, по 3.5 кг",
            "Читаю роман, платформа, ротація",
            "",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
