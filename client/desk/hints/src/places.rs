//! Where somebody lives (HINTS-8).

use crate::{Confidence, Found, Kind, tokens::Text};

/// Words for a street that stand before its name, and their short forms.
const STREETS: [&str; 15] = [
    "вулиц",
    "улиц",
    "проспект",
    "бульвар",
    "провул",
    "переул",
    "набережн",
    "шосе",
    "шоссе",
    "узвоз",
    "майдан",
    "площ",
    "мікрорайон",
    "микрорайон",
    "проїзд",
];
const STREETS_SHORT: [&str; 10] = [
    "вул",
    "ул",
    "просп",
    "пр",
    "бул",
    "бульв",
    "пров",
    "пер",
    "мкр",
    "пл",
];
/// English names have it behind them.
const STREETS_AFTER: [&str; 12] = [
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "lane",
    "boulevard",
    "blvd",
    "drive",
    "square",
    "court",
];

/// A street with a number, a house with a flat, a flat.
pub(crate) fn street_address(text: &Text<'_>, at: usize) -> Option<Found> {
    let found = |to: usize, confidence: Confidence| {
        Some(Found {
            from: at,
            to,
            kind: Kind::StreetAddress,
            confidence,
        })
    };
    if let Some(to) = street(text, at) {
        return found(flat(text, to).unwrap_or(to), Confidence::High);
    }
    if let Some(to) = house(text, at) {
        return match flat(text, to) {
            Some(to) => found(to, Confidence::High),
            None => None,
        };
    }
    if let Some(to) = english(text, at) {
        return found(to, Confidence::High);
    }
    let short =
        text.is_word(at, &["кв"]) && text.is_mark(at + 1, ".") && text.number(at + 2).is_some();
    // Sixty square metres are no flat: «60 кв. м».
    let area = at > 0 && text.number(at - 1).is_some();
    if short && !area {
        found(at + 3, Confidence::Medium)
    } else {
        None
    }
}

/// «вул. Лесі Українки, 12», «проспект Миру 5а»: the place after the number.
fn street(text: &Text<'_>, at: usize) -> Option<usize> {
    let word = text.word(at)?;
    let whole = STREETS.iter().any(|street| word.starts_with(street));
    let short = STREETS_SHORT.contains(&word) && text.is_mark(at + 1, ".");
    if !whole && !short {
        return None;
    }
    let name = at + 1 + usize::from(text.is_mark(at + 1, "."));
    if !text.is_capital(name) && text.number(name).is_none() {
        return None;
    }
    let number = (name..name + 8).find(|place| {
        *place > name
            && text.number(*place).is_some_and(|number| number.len() <= 4)
            && (name + 1..*place).all(|between| {
                text.is_capital(between)
                    || text.is_mark(between, ",.-–")
                    || text.is_word(
                        between,
                        &["буд", "будинок", "дом", "д", "б", "будинку", "дома"],
                    )
            })
    })?;
    Some(after_house_number(text, number))
}

/// «буд. 5», «д. 12а»: the place after the number.
fn house(text: &Text<'_>, at: usize) -> Option<usize> {
    let house = text.is_word(at, &["буд", "будинок", "дом", "д"]);
    let number = at + 1 + usize::from(text.is_mark(at + 1, "."));
    (house && text.number(number).is_some()).then(|| after_house_number(text, number))
}

/// A letter or a second number may belong to it: `12а`, `12/4`.
fn after_house_number(text: &Text<'_>, number: usize) -> usize {
    let mut to = number + 1;
    if text.is_mark(to, "/-") && !text.gap(to) && text.number(to + 1).is_some() {
        to += 2;
    }
    if !text.gap(to)
        && text
            .word(to)
            .is_some_and(|letter| letter.chars().count() == 1)
    {
        to += 1;
    }
    to
}

/// «, кв. 7», «квартира 7» from here: the place after the number.
fn flat(text: &Text<'_>, at: usize) -> Option<usize> {
    let word = at + usize::from(text.is_mark(at, ",;"));
    let named = text.is_word(word, &["кв", "квартира", "apt", "flat", "apartment"]);
    let number = word + 1 + usize::from(text.is_mark(word + 1, "."));
    (named && text.number(number).is_some()).then_some(number + 1)
}

/// "12 Green Street", "221b Baker St".
fn english(text: &Text<'_>, at: usize) -> Option<usize> {
    text.number(at).filter(|number| number.len() <= 5)?;
    let mut name = at + 1;
    if !text.gap(name) && text.written(name).len() == 1 {
        name += 1;
    }
    (name + 1..name + 4)
        .find(|street| {
            text.is_word(*street, &STREETS_AFTER)
                && (name..=*street).all(|word| text.is_capital(word) && text.gap(word))
        })
        .map(|street| street + 1)
}
