//! What is written in digits: coordinates, telephones, bank cards and accounts (HINTS-4 to HINTS-6).

use crate::{Confidence, Found, Kind, tokens::Text};

/// Tokens that a rule looks ahead: enough for the longest IBAN in groups of four with a letter in each.
const AHEAD: usize = 40;

/// Coordinates in any of three notations (HINTS-4).
pub(crate) fn coordinates(text: &Text<'_>, at: usize) -> Option<Found> {
    let to = degrees(text, at)
        .or_else(|| decimal_pair(text, at))
        .or_else(|| mgrs(text, at))?;
    Some(Found {
        from: at,
        to,
        kind: Kind::Coordinates,
        confidence: Confidence::High,
    })
}

/// `48°30'15"N`, `48° 30′`, and what follows it as the second half.
fn degrees(text: &Text<'_>, at: usize) -> Option<usize> {
    let one = |at: usize| -> Option<usize> {
        let degrees: u32 = text.number(at)?.parse().ok()?;
        let mut to = at + 1;
        if text.is_mark(to, ".,") && !text.gap(to) && text.number(to + 1).is_some() {
            to += 2;
        }
        if degrees > 180 || !text.is_mark(to, "°º˚") {
            return None;
        }
        to += 1;
        let mut minutes = false;
        while text.number(to).is_some() {
            let mut mark = to + 1;
            if text.is_mark(mark, ".,") && text.number(mark + 1).is_some() {
                mark += 2;
            }
            if !text.is_mark(mark, "'′’\"″”“`") {
                break;
            }
            minutes = true;
            to = mark + 1;
            // Two single marks are a double one.
            if text.is_mark(to, "'′’") && !text.gap(to) {
                to += 1;
            }
            if to > at + 12 {
                break;
            }
        }
        let side = hemisphere(text, to);
        // Twenty degrees of frost have neither minutes nor a side of the world.
        (minutes || side > to).then_some(side)
    };
    let first = one(at)?;
    let second = if text.is_mark(first, ",;") {
        first + 1
    } else {
        first
    };
    Some(one(second).unwrap_or(first))
}

/// `N`, `пн. ш.`, `с.ш.`: the place after it, or the same place when there is none.
fn hemisphere(text: &Text<'_>, at: usize) -> usize {
    let sides = [
        "n", "s", "e", "w", "пн", "пд", "сх", "зх", "с", "ю", "в", "з",
    ];
    if !text.is_word(at, &sides) {
        return at;
    }
    let mut to = at + 1;
    if text.is_mark(to, ".") {
        to += 1;
    }
    if text.is_word(to, &["ш", "д"]) {
        to += 1;
        if text.is_mark(to, ".") {
            to += 1;
        }
        return to;
    }
    // A single «с» or «в» is a preposition; a Latin capital is not.
    let alone = text.written(at);
    if matches!(alone, "N" | "S" | "E" | "W") {
        at + 1
    } else {
        at
    }
}

/// `48.4647, 35.0462`.
fn decimal_pair(text: &Text<'_>, at: usize) -> Option<usize> {
    let fraction = |at: usize, most: f64| -> Option<usize> {
        let whole = text.number(at)?;
        let digits = text.number(at + 2)?;
        let joined = text.is_mark(at + 1, ".") && !text.gap(at + 1) && !text.gap(at + 2);
        let value: f64 = format!("{whole}.{digits}").parse().ok()?;
        (joined && (3..=8).contains(&digits.len()) && whole.len() <= 3 && value <= most)
            .then_some(at + 3)
    };
    let mut next = fraction(at, 90.0)?;
    if text.is_mark(next, ",;/") {
        next += 1;
    }
    if text.is_mark(next, "-+") {
        next += 1;
    }
    fraction(next, 180.0)
}

/// `36U VA 12345 67890`, `36UVA1234567890`.
fn mgrs(text: &Text<'_>, at: usize) -> Option<usize> {
    let zone: u8 = text
        .number(at)?
        .parse()
        .ok()
        .filter(|zone| (1..=60).contains(zone))?;
    let _ = zone;
    let letters = text.written(at + 1);
    let is_upper = |letters: &str, length: usize| {
        letters.len() == length
            && letters
                .bytes()
                .all(|letter| letter.is_ascii_uppercase() && !b"IO".contains(&letter))
    };
    let mut next = if is_upper(letters, 3) && !text.gap(at + 1) {
        at + 2
    } else if is_upper(letters, 1) && !text.gap(at + 1) && is_upper(text.written(at + 2), 2) {
        at + 3
    } else {
        return None;
    };
    let mut digits = text.number(next)?.len();
    next += 1;
    if let Some(more) = text.number(next).filter(|more| more.len() == digits) {
        digits += more.len();
        next += 1;
    }
    (digits.is_multiple_of(2) && (4..=10).contains(&digits)).then_some(next)
}

/// Digits with the separators that people put between them, from a place: all digits and the place after them.
fn digits_from(
    text: &Text<'_>,
    at: usize,
    separators: &str,
    most: usize,
) -> (String, usize, usize) {
    let (mut digits, mut to, mut groups) = (String::new(), at, 0);
    let mut next = at;
    while next < at + AHEAD {
        if let Some(more) = text.number(next) {
            // Two numbers with a word's distance between them are still one telephone: "067 123 45 67".
            if digits.len() + more.len() > most {
                break;
            }
            digits.push_str(more);
            groups += 1;
            next += 1;
            to = next;
        } else if text.is_mark(next, separators) {
            next += 1;
        } else {
            break;
        }
    }
    (digits, to, groups)
}

/// Telephone numbers of both countries and of any other with a plus (HINTS-5).
pub(crate) fn telephone(text: &Text<'_>, at: usize) -> Option<Found> {
    let plus = text.is_mark(at, "+");
    let opened = text.is_mark(at, "(") || (plus && text.is_mark(at + 1, "("));
    let first = at + usize::from(plus) + usize::from(opened);
    text.number(first)?;
    // The middle of a longer number is not the beginning of a telephone.
    let inside =
        at > 0 && !text.gap(at) && (text.number(at - 1).is_some() || text.is_mark(at - 1, ".,"));
    if inside && !plus {
        return None;
    }
    let (digits, to, groups) = digits_from(text, first, "-–—() ", 15);
    let short_group = (first..to)
        .filter_map(|at| text.number(at))
        .filter(|group| group.len() == 1)
        .count();
    if groups > 7 || short_group > 2 {
        return None;
    }
    let named = named_before(text, at);
    let national = digits.len() == 10 && digits.starts_with('0');
    let ukrainian = digits.len() == 12 && digits.starts_with("380");
    let russian = digits.len() == 11
        && (digits.starts_with("79")
            || digits.starts_with("89")
            || digits.starts_with("84")
            || digits.starts_with("74"));
    let whole = plus && (9..=15).contains(&digits.len()) || ukrainian || national || russian;
    let confidence = if whole || named && (5..=12).contains(&digits.len()) {
        Confidence::High
    } else if groups == 3
        && digits.len() == 7
        && text.is_mark(first + 1, "-–")
        && text.is_mark(first + 3, "-–")
    {
        // 123-45-67
        Confidence::Medium
    } else {
        return None;
    };
    Some(Found {
        from: at,
        to,
        kind: Kind::Telephone,
        confidence,
    })
}

/// «тел.», «номер телефону:», "call me at" within three tokens before.
fn named_before(text: &Text<'_>, at: usize) -> bool {
    (at.saturating_sub(4)..at).any(|before| {
        text.word(before).is_some_and(|word| {
            matches!(
                word,
                "тел" | "моб" | "phone" | "tel" | "whatsapp" | "viber" | "вайбер" | "ватсап"
            ) || word.starts_with("телефон")
                || word.starts_with("мобільн")
                || word.starts_with("мобильн")
                || word.starts_with("telephone")
        })
    })
}

/// Sixteen digits, or 13 to 19 in one piece, whose Luhn sum is right (HINTS-6).
pub(crate) fn bank_card(text: &Text<'_>, at: usize) -> Option<Found> {
    let first = text.number(at)?;
    if at > 0 && !text.gap(at) && text.number(at - 1).is_some() {
        return None;
    }
    let (digits, to) = if (13..=19).contains(&first.len()) {
        (first.to_owned(), at + 1)
    } else if first.len() == 4 {
        let (digits, to, groups) = digits_from(text, at, "-– ", 16);
        let even = (at..to)
            .filter_map(|at| text.number(at))
            .all(|group| group.len() == 4);
        if groups != 4 || !even {
            return None;
        }
        (digits, to)
    } else {
        return None;
    };
    let payment = digits.starts_with(['2', '3', '4', '5', '6', '9']);
    (payment && luhn(&digits)).then_some(Found {
        from: at,
        to,
        kind: Kind::BankCard,
        confidence: Confidence::High,
    })
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An IBAN whose check digits are right; with wrong ones still a hint when it has the Ukrainian length (HINTS-6).
pub(crate) fn bank_account(text: &Text<'_>, at: usize) -> Option<Found> {
    let country = text.written(at);
    let check = text.number(at + 1)?;
    if country.len() != 2
        || !country.bytes().all(|letter| letter.is_ascii_alphabetic())
        || check.len() < 2
        || text.gap(at + 1) && check.len() < 4
    {
        return None;
    }
    let mut account = country.to_ascii_uppercase();
    let (mut to, mut next) = (at, at + 1);
    while next < at + AHEAD && account.len() < 34 {
        let part = text.written(next);
        if !part.bytes().all(|letter| letter.is_ascii_alphanumeric()) || part.is_empty() {
            break;
        }
        account.push_str(&part.to_ascii_uppercase());
        next += 1;
        to = next;
        if account.starts_with("UA") && account.len() >= 29 || mod_97(&account) {
            break;
        }
    }
    let right = mod_97(&account);
    let confidence = match account.len() {
        29 if account.starts_with("UA") => Confidence::High,
        15..=34 if right => Confidence::High,
        _ => return None,
    };
    Some(Found {
        from: at,
        to,
        kind: Kind::BankAccount,
        confidence,
    })
}

/// ISO 7064 MOD 97-10 over an account of at least 15 characters.
fn mod_97(account: &str) -> bool {
    if account.len() < 15 {
        return false;
    }
    let (head, tail) = account.split_at(4);
    let rest = tail
        .bytes()
        .chain(head.bytes())
        .fold(0_u32, |rest, letter| {
            if letter.is_ascii_digit() {
                (rest * 10 + u32::from(letter - b'0')) % 97
            } else {
                (rest * 100 + u32::from(letter - b'A') + 10) % 97
            }
        });
    rest == 1
}
