//! Military units (HINTS-9).

use crate::{Confidence, Found, Kind, tokens::Text};

/// Words for a unit that mean one when a number or a name stands beside them.
const UNITS: [&str; 24] = [
    "бригад",
    "полк",
    "полку",
    "полка",
    "полком",
    "батальйон",
    "батальон",
    "рота",
    "роти",
    "роты",
    "роту",
    "роті",
    "роте",
    "взвод",
    "дивізі",
    "дивизи",
    "дивізіон",
    "дивизион",
    "корпус",
    "загон",
    "отряд",
    "brigade",
    "battalion",
    "regiment",
];
/// English words of the same kind that begin a longer one.
const UNITS_MORE: [&str; 5] = ["platoon", "division", "squadron", "corps", "company"];
/// Short forms, meant only with a number: «72 ОМБр», «810 обрмп».
const SHORT: [&str; 40] = [
    "омбр",
    "омсбр",
    "ошбр",
    "одшбр",
    "дшбр",
    "оабр",
    "отбр",
    "обр",
    "обрмп",
    "обмп",
    "обро",
    "бр",
    "бртро",
    "обртро",
    "тро",
    "мсд",
    "мсп",
    "мсбр",
    "тп",
    "тд",
    "пдп",
    "пдд",
    "дшп",
    "дшб",
    "ошб",
    "омпб",
    "омб",
    "опз",
    "оаембр",
    "оаембр",
    "аембр",
    "оабр",
    "абр",
    "реабр",
    "зрп",
    "зрбр",
    "обспп",
    "спн",
    "спп",
    "ап",
];
/// Words that may stand between the number and the unit.
const BETWEEN: [&str; 28] = [
    "окрем",
    "отдельн",
    "механізован",
    "механизирован",
    "мотострілец",
    "мотострелков",
    "мотопіхотн",
    "штурмов",
    "десантн",
    "десантно",
    "аеромобільн",
    "аэромобильн",
    "повітрян",
    "воздушн",
    "танков",
    "артилерійськ",
    "артиллерийск",
    "гірсько",
    "горно",
    "морськ",
    "морск",
    "стрілец",
    "стрелков",
    "гвардійськ",
    "гвардейск",
    "прикордонн",
    "separate",
    "mechani",
];

/// A unit by number, by field post, by its letter and number, or by a number beside a word for one.
pub(crate) fn unit(text: &Text<'_>, at: usize) -> Option<Found> {
    let found = |to: usize, confidence: Confidence| {
        Some(Found {
            from: at,
            to,
            kind: Kind::Unit,
            confidence,
        })
    };
    if let Some(to) = part_number(text, at) {
        return found(to, Confidence::High);
    }
    if let Some(to) = numbered(text, at).or_else(|| number_behind(text, at)) {
        return found(to, Confidence::High);
    }
    if let Some(to) = letter_and_number(text, at) {
        return found(to, Confidence::Medium);
    }
    None
}

/// «в/ч А1234», «військова частина 3057», «полевая почта 12345», "military unit A0224".
fn part_number(text: &Text<'_>, at: usize) -> Option<usize> {
    let slashed = text.is_word(at, &["в", "п"])
        && text.is_mark(at + 1, "/\\.")
        && text.is_word(at + 2, &["ч", "п"]);
    let after = if slashed {
        at + 3 + usize::from(text.is_mark(at + 3, "."))
    } else if text.is_word(at, &["вч"]) {
        at + 1
    } else if text.word(at).is_some_and(|word| {
        [
            "військов",
            "войсков",
            "польов",
            "полев",
            "military",
            "field",
        ]
        .iter()
        .any(|begin| word.starts_with(begin))
    }) && text.word(at + 1).is_some_and(|word| {
        ["частин", "част", "пошт", "почт", "unit", "post"]
            .iter()
            .any(|begin| word.starts_with(begin))
    }) {
        at + 2
    } else {
        return None;
    };
    let after = after + usize::from(text.is_mark(after, "№#:"));
    let letter = usize::from(
        text.word(after)
            .is_some_and(|word| word.chars().count() == 1),
    );
    if text.number(after + letter).is_some() {
        return Some(after + letter + 1);
    }
    // «у військовій частині», «в/ч» without its number still says that there is one.
    (slashed || !text.is_word(at, &["вч"])).then_some(after)
}

/// «72 ОМБр», «3-тя окрема штурмова бригада», "2nd battalion": the place after it.
fn numbered(text: &Text<'_>, at: usize) -> Option<usize> {
    text.number(at).filter(|number| number.len() <= 4)?;
    let mut next = at + 1;
    // The ending of an ordinal: `3-тя`, `2nd`.
    if text.is_mark(next, "-–")
        && !text.gap(next)
        && text
            .word(next + 1)
            .is_some_and(|word| word.chars().count() <= 3)
    {
        next += 2;
    } else if !text.gap(next)
        && text.is_word(next, &["st", "nd", "rd", "th", "а", "я", "й", "та", "тя"])
    {
        next += 1;
    }
    let limit = next + 5;
    while next < limit {
        let word = text.word(next)?;
        if is_unit(word) || SHORT.contains(&word) && is_shouted(text.written(next)) {
            return Some(next + 1);
        }
        if !BETWEEN.iter().any(|between| word.starts_with(between)) {
            return None;
        }
        next += 1 + usize::from(text.is_mark(next + 1, "-"));
    }
    None
}

/// Two capitals at least: «ОМБр», «ТрО»; «бр» in small letters is anything.
fn is_shouted(word: &str) -> bool {
    word.chars().filter(|letter| letter.is_uppercase()).count() >= 2
}

/// «бригада № 72», "Battalion 3".
fn number_behind(text: &Text<'_>, at: usize) -> Option<usize> {
    let word = text.word(at)?;
    if !is_unit(word) {
        return None;
    }
    let number = at + 1 + usize::from(text.is_mark(at + 1, "№#"));
    let marked = number > at + 1;
    let digits = text.number(number)?;
    // «корпус 3» is a building, «загін 2» a children's camp: those need the sign.
    let building = ["корпус", "загон", "отряд", "company", "division"]
        .iter()
        .any(|other| word.starts_with(other));
    ((marked || !building) && digits.len() <= 5).then_some(number + 1)
}

fn is_unit(word: &str) -> bool {
    // «полковник» is a rank, «полка» holds books: only whole forms of the short words count.
    let short = |stem: &&str| stem.chars().count() <= 5;
    UNITS.iter().any(|stem| {
        if short(stem) {
            word == *stem || *stem == "взвод" && word.starts_with(stem)
        } else {
            word.starts_with(stem)
        }
    }) || UNITS_MORE
        .iter()
        .any(|stem| word.strip_prefix(stem).is_some_and(|rest| rest.len() <= 1))
}

/// «А1234»: the open number of a Ukrainian unit.
fn letter_and_number(text: &Text<'_>, at: usize) -> Option<usize> {
    let letter = text.written(at);
    let joined = !text.gap(at + 1) || text.is_mark(at + 1, "-");
    let open = matches!(letter, "А" | "A" | "Т" | "T" | "В" | "B") && joined;
    let alone = at == 0 || text.gap(at);
    let number = text.number(at + 1)?;
    (open && alone && number.len() == 4 && !number.starts_with("19") && !number.starts_with("20"))
        .then_some(at + 2)
}
