//! Numbers of identity documents: recognised so that they are not kept (LISTS-8).
//!
//! A stolen register with passport and tax numbers is a stolen identity for everybody in it. The desk never needs them: people
//! are told apart by name, date of birth and, where known, the number that a camp or the Red Cross gave.

use std::ops::Range;

/// What stands where a number was.
pub const BLANK: &str = "▮▮▮";

/// A kind of identity document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// A Ukrainian passport or military ticket: two letters and six digits.
    UkrainianPassport,
    /// A Russian passport: four and six digits.
    RussianPassport,
    /// The number in the Ukrainian demographic register: eight and five digits.
    DemographicNumber,
    /// РНОКПП, the Ukrainian tax number: ten digits with a check digit.
    UkrainianTaxNumber,
    /// ИНН, the Russian tax number of a person: twelve digits with two check digits.
    RussianTaxNumber,
    /// СНИЛС, the Russian insurance number: eleven digits with a check number.
    Snils,
    /// Any number behind a word for a document.
    Named,
}

impl Document {
    /// A stable key for translations, such as `russian-passport`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::UkrainianPassport => "ukrainian-passport",
            Self::RussianPassport => "russian-passport",
            Self::DemographicNumber => "demographic-number",
            Self::UkrainianTaxNumber => "ukrainian-tax-number",
            Self::RussianTaxNumber => "russian-tax-number",
            Self::Snils => "snils",
            Self::Named => "named",
        }
    }
}

/// The numbers of documents in a text: bytes, on boundaries of characters, in order.
#[must_use]
pub fn find(text: &str) -> Vec<(Range<usize>, Document)> {
    let groups = groups(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        match document(text, &groups, at) {
            Some((to, kind)) => {
                found.push((groups[at].span.start..groups[to - 1].span.end, kind));
                at = to;
            }
            None => at += 1,
        }
    }
    found
}

/// The text with [`BLANK`] in place of every such number, and what they were.
#[must_use]
pub fn blank(text: &str) -> (String, Vec<Document>) {
    let found = find(text);
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for (span, _) in &found {
        blanked.push_str(&text[end..span.start]);
        blanked.push_str(BLANK);
        end = span.end;
    }
    blanked.push_str(&text[end..]);
    (blanked, found.into_iter().map(|(_, kind)| kind).collect())
}

/// A run of digits, or of letters.
struct Group {
    span: Range<usize>,
    digits: bool,
    /// Whether nothing stands between it and the group before.
    joined: bool,
    /// The one character, or the two, between it and the group before.
    between: Range<usize>,
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        let digits = letter.is_ascii_digit();
        if !digits && !letter.is_alphabetic() {
            continue;
        }
        let same = |letter: char| {
            if digits {
                letter.is_ascii_digit()
            } else {
                letter.is_alphabetic()
            }
        };
        let mut end = start + letter.len_utf8();
        while let Some((at, next)) = letters.next_if(|(_, next)| same(*next)) {
            end = at + next.len_utf8();
        }
        let before = groups.last().map_or(0, |group| group.span.end);
        groups.push(Group {
            span: start..end,
            digits,
            joined: !groups.is_empty() && before == start,
            between: before..start,
        });
    }
    groups
}

/// A document's number that begins at this group, and the group after it.
fn document(text: &str, groups: &[Group], at: usize) -> Option<(usize, Document)> {
    let digits = |at: usize| {
        groups
            .get(at)
            .filter(|group| group.digits)
            .map(|group| &text[group.span.clone()])
    };
    let length = |at: usize| digits(at).map_or(0, str::len);
    // A sign between blanks at most: what is further apart is two things.
    let near = |at: usize, marks: &str| {
        groups.get(at).is_some_and(|group| {
            text[group.between.clone()].chars().count() <= 3
                && text[group.between.clone()]
                    .chars()
                    .all(|mark| marks.contains(mark))
        })
    };
    if !groups[at].digits {
        let letters = &text[groups[at].span.clone()];
        let series = letters.chars().count() == 2
            && letters.chars().all(char::is_uppercase)
            && !groups[at].joined;
        return (series
            && length(at + 1) == 6
            && near(at + 1, " №-")
            && !ends_joined(groups, at + 2))
        .then_some((at + 2, Document::UkrainianPassport));
    }
    if groups[at].joined || ends_joined(groups, at + 1) {
        return None;
    }
    if let Some(found) = grouped(&digits, &length, &near, at) {
        return Some(found);
    }
    let number = digits(at)?;
    let whole = match number.len() {
        10 if is_ukrainian_tax_number(number) => Some(Document::UkrainianTaxNumber),
        12 if !number.starts_with("380") && is_russian_tax_number(number) => {
            Some(Document::RussianTaxNumber)
        }
        11 if is_snils(number) => Some(Document::Snils),
        13 if is_date(&number[..8]) => Some(Document::DemographicNumber),
        _ => None,
    };
    if let Some(kind) = whole {
        return Some((at + 1, kind));
    }
    let named = (at.saturating_sub(4)..at).any(|before| {
        let word = text[groups[before].span.clone()].to_lowercase();
        // A Ukrainian passport in the form of a card has nine digits; "id" alone stands before other numbers as well.
        let is_card = word == "id" && number.len() == 9;
        !groups[before].digits && (is_card || is_document_word(&word))
    });
    (named && (5..=14).contains(&number.len())).then_some((at + 1, Document::Named))
}

fn ends_joined(groups: &[Group], at: usize) -> bool {
    groups.get(at).is_some_and(|group| group.joined)
}

/// Numbers that are written in groups.
fn grouped<'a>(
    digits: &impl Fn(usize) -> Option<&'a str>,
    length: &impl Fn(usize) -> usize,
    near: &impl Fn(usize, &str) -> bool,
    at: usize,
) -> Option<(usize, Document)> {
    if length(at) == 3 && length(at + 1) == 3 && length(at + 2) == 3 && length(at + 3) == 2 {
        let tight = (1..=3).all(|next| near(at + next, "- "));
        let number: String = (0..4).filter_map(|next| digits(at + next)).collect();
        if tight && is_snils(&number) {
            return Some((at + 4, Document::Snils));
        }
    }
    if length(at) == 8
        && length(at + 1) == 5
        && near(at + 1, "-")
        && digits(at).is_some_and(is_date)
    {
        return Some((at + 2, Document::DemographicNumber));
    }
    if length(at) == 4 && length(at + 1) == 6 && near(at + 1, " №-") {
        return Some((at + 2, Document::RussianPassport));
    }
    if length(at) == 2
        && length(at + 1) == 2
        && length(at + 2) == 6
        && near(at + 1, " ")
        && near(at + 2, " №-")
    {
        return Some((at + 3, Document::RussianPassport));
    }
    None
}

/// Words behind which a number is a document's.
pub(crate) fn is_document_word(word: &str) -> bool {
    const STEMS: [&str; 14] = [
        "паспорт",
        "рнокпп",
        "ідентифікаційн",
        "идентификационн",
        "іпн",
        "инн",
        "снилс",
        "унзр",
        "посвідчен",
        "удостоверен",
        "passport",
        "taxpayer",
        "військов квит",
        "иин",
    ];
    STEMS.iter().any(|stem| word.starts_with(stem))
}

fn values(number: &str) -> Vec<i32> {
    number
        .bytes()
        .map(|digit| i32::from(digit) - i32::from(b'0'))
        .collect()
}

/// Ten digits: days since 31 December 1899, a number, a check digit (weights −1 5 7 9 4 6 10 5 7, modulo 11, modulo 10).
fn is_ukrainian_tax_number(number: &str) -> bool {
    let values = values(number);
    let sum: i32 = values
        .iter()
        .zip([-1, 5, 7, 9, 4, 6, 10, 5, 7])
        .map(|(value, weight)| value * weight)
        .sum();
    let days = values[..5].iter().fold(0, |days, value| days * 10 + value);
    // From 1927: so that no telephone number, which begins with 0, is taken for one.
    (10_000..60_000).contains(&days) && sum.rem_euclid(11) % 10 == values[9]
}

/// Twelve digits of which the last two are check digits.
fn is_russian_tax_number(number: &str) -> bool {
    let values = values(number);
    let check = |weights: &[i32]| {
        values
            .iter()
            .zip(weights)
            .map(|(value, weight)| value * weight)
            .sum::<i32>()
            % 11
            % 10
    };
    check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == values[10]
        && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == values[11]
}

/// Nine digits and a check number of two. Numbers up to 001-001-998 have none and were given to nobody alive.
fn is_snils(number: &str) -> bool {
    let values = values(number);
    let sum: i32 = values[..9]
        .iter()
        .zip((1..=9).rev())
        .map(|(value, weight)| value * weight)
        .sum();
    let check = sum % 101 % 100;
    number > "00100199800" && check == values[9] * 10 + values[10]
}

fn is_date(number: &str) -> bool {
    let part = |from: usize, to: usize| {
        number
            .get(from..to)
            .and_then(|part| part.parse().ok())
            .unwrap_or(0)
    };
    (1_900..2_100).contains(&part(0, 4))
        && (1..=12).contains(&part(4, 6))
        && (1..=31).contains(&part(6, 8))
}
