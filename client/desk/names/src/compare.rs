//! One part of a name against the same part of another, and date against date (NAMES-11 to NAMES-14, NAMES-20, NAMES-21).
//!
//! Every comparison gives a finding and **points**, tenths of a unit of evidence. They are symmetric, and nothing scores more
//! than a thing compared with itself.

use crate::{
    birth::BirthDate,
    costs::{between_letters, between_sounds},
    given::Known,
    name::FullName,
    reason::{BirthFinding, WordFinding},
    word::Word,
};

/// Points of a surname in the same letters.
pub(crate) const SURNAME_SAME: i32 = 80;
/// Points of a given name in the same letters.
pub(crate) const GIVEN_SAME: i32 = 40;
/// Points of a patronymic in the same letters.
pub(crate) const PATRONYMIC_SAME: i32 = 50;
/// Points of a date of birth that agrees to the day.
pub(crate) const BIRTH_SAME: i32 = 90;

/// A finding and its points.
pub(crate) type Judged<Finding> = (Finding, i32);

/// How far apart two words are.
enum Apart {
    /// The same letters.
    Not,
    /// Nothing but what tables, languages and ears change.
    Spelling,
    /// This many hundredths of a letter.
    Slip(u32),
    Far,
}

/// Price up to which a difference is a matter of spelling: one cheap exchange of sounds, or a few of table's letters.
const SPELLING: u32 = 45;

/// Price up to which a difference is a slip: none in the shortest words, where every letter makes another name.
const fn slip_limit(letters: usize) -> u32 {
    match letters {
        0..=3 => SPELLING,
        4 => 70,
        5..=7 => 120,
        _ => 180,
    }
}

fn apart(one: &Word, other: &Word) -> Apart {
    apart_rows(
        (
            &one.letters,
            one.sounds.as_slice(),
            one.french.as_ref().map(|row| row.as_slice()),
        ),
        (
            &other.letters,
            other.sounds.as_slice(),
            other.french.as_ref().map(|row| row.as_slice()),
        ),
        one.script == other.script,
    )
}

type Rows<'a> = (&'a [char], &'a [u8], Option<&'a [u8]>);

fn apart_rows(one: Rows<'_>, other: Rows<'_>, same_script: bool) -> Apart {
    if one.0 == other.0 {
        return Apart::Not;
    }
    let limit = slip_limit(one.0.len().min(other.0.len()));
    // A script whose sounds are not known has none, and nothing is like nothing.
    let audible = !one.1.is_empty() && !other.1.is_empty();
    let mut price = if audible {
        between_sounds(one.1, other.1, limit)
    } else {
        None
    };
    let mut consider = |found: Option<u32>| {
        price = match (price, found) {
            (Some(known), Some(found)) => Some(known.min(found)),
            (known, found) => known.or(found),
        };
    };
    if let Some(french) = one.2 {
        consider(between_sounds(french, other.1, limit));
    }
    if let Some(french) = other.2 {
        consider(between_sounds(one.1, french, limit));
    }
    if same_script {
        consider(between_letters(one.0, other.0, limit));
    }
    match price {
        Some(price) if price <= SPELLING => Apart::Spelling,
        Some(price) => Apart::Slip(price),
        None => Apart::Far,
    }
}

/// One surname word against another.
fn surname_word(one: &Word, other: &Word) -> Judged<WordFinding> {
    let direct = judge_surname(apart(one, other));
    if one.masculine.is_none() && other.masculine.is_none() {
        return direct;
    }
    let rows = |word: &'_ Word| -> (Vec<char>, crate::sounds::Sounds) {
        word.masculine
            .as_deref()
            .cloned()
            .unwrap_or_else(|| (word.letters.clone(), word.sounds))
    };
    let (a, b) = (rows(one), rows(other));
    // «Ковальов» and «Ковальова»; when both are feminine the direct comparison says all.
    if one.masculine.is_some() && other.masculine.is_some() {
        return direct;
    }
    let by_gender = match apart_rows(
        (&a.0, a.1.as_slice(), None),
        (&b.0, b.1.as_slice(), None),
        one.script == other.script,
    ) {
        Apart::Not => (WordFinding::OtherGender, SURNAME_SAME - 10),
        Apart::Spelling => (WordFinding::OtherGender, SURNAME_SAME - 15),
        Apart::Slip(price) => {
            let (finding, points) = judge_surname(Apart::Slip(price));
            (finding, points - 10)
        }
        Apart::Far => (WordFinding::Different, -80),
    };
    if by_gender.1 > direct.1 {
        by_gender
    } else {
        direct
    }
}

fn judge_surname(apart: Apart) -> Judged<WordFinding> {
    match apart {
        Apart::Not => (WordFinding::Same, SURNAME_SAME),
        Apart::Spelling => (WordFinding::OtherSpelling, SURNAME_SAME - 5),
        Apart::Slip(price) => (
            WordFinding::Slip,
            SURNAME_SAME - 5 - i32::try_from(price * 36 / 100).unwrap_or(i32::MAX).min(80),
        ),
        Apart::Far => (WordFinding::Different, -80),
    }
}

/// Surnames, double and former ones included.
pub(crate) fn surnames(one: &FullName, other: &FullName) -> Judged<WordFinding> {
    let present = |name: &FullName| !name.surname.is_empty() || !name.former.is_empty();
    if !present(one) || !present(other) {
        return (WordFinding::Missing, 0);
    }
    let mut best = in_order(&one.surname, &other.surname);
    let mut consider = |found: Judged<WordFinding>| {
        if found.1 > best.1 {
            best = found;
        }
    };
    if one.surname.len() > 1 || other.surname.len() > 1 {
        consider(lowered(
            best_pair(&one.surname, &other.surname),
            WordFinding::PartOfDouble,
            15,
        ));
    }
    for (mine, theirs) in [
        (&one.former, &other.surname),
        (&one.surname, &other.former),
        (&one.former, &other.former),
    ] {
        consider(lowered(best_pair(mine, theirs), WordFinding::Former, 20));
    }
    if one.is_one_word() || other.is_one_word() {
        consider(beginning(&one.surname, &other.surname));
    }
    best
}

/// Parts against parts in their order; the weakest pair speaks for all.
fn in_order(one: &[Word], other: &[Word]) -> Judged<WordFinding> {
    if one.len() != other.len() || one.is_empty() {
        // Written apart or together: «Білий Бік», «Білийбік» is rare enough to be a slip elsewhere.
        return (WordFinding::Different, -80);
    }
    one.iter()
        .zip(other)
        .map(|(one, other)| surname_word(one, other))
        .min_by_key(|(_, points)| *points)
        .unwrap_or((WordFinding::Different, -80))
}

fn best_pair(one: &[Word], other: &[Word]) -> Judged<WordFinding> {
    one.iter()
        .flat_map(|one| other.iter().map(move |other| surname_word(one, other)))
        .max_by_key(|(_, points)| *points)
        .unwrap_or((WordFinding::Different, -80))
}

fn lowered(found: Judged<WordFinding>, name: WordFinding, by: i32) -> Judged<WordFinding> {
    match found.0 {
        WordFinding::Different => found,
        _ => (name, found.1 - by),
    }
}

/// A single word that is still being typed.
fn beginning(one: &[Word], other: &[Word]) -> Judged<WordFinding> {
    let ([one], [other]) = (one, other) else {
        return (WordFinding::Different, -80);
    };
    let (short, long) = if one.letters.len() <= other.letters.len() {
        (one, other)
    } else {
        (other, one)
    };
    let begins = short.letters.len() >= 3 && long.letters.starts_with(&short.letters)
        || short.sounds.as_slice().len() >= 4
            && long.sounds.as_slice().starts_with(short.sounds.as_slice());
    if begins {
        (WordFinding::Beginning, 30)
    } else {
        (WordFinding::Different, -80)
    }
}

/// Given names (NAMES-11, NAMES-12).
pub(crate) fn givens(one: &FullName, other: &FullName) -> Judged<WordFinding> {
    let (Some(mine), Some(theirs)) = (&one.given, &other.given) else {
        return (WordFinding::Missing, 0);
    };
    let different = (WordFinding::Different, -130);
    if mine.is_initial() || theirs.is_initial() {
        return initials(
            mine,
            &one.given_known,
            theirs,
            &other.given_known,
            different.1,
        );
    }
    let (known, other_known) = (&one.given_known, &other.given_known);
    if mine.letters == theirs.letters {
        return (WordFinding::Same, GIVEN_SAME);
    }
    let exact = !known.mended && !other_known.mended;
    if known.shares(other_known) {
        if !exact {
            return (WordFinding::Slip, GIVEN_SAME - 15);
        }
        if !known.full || !other_known.full {
            return (WordFinding::ShortForm, GIVEN_SAME - 10);
        }
        return if mine.sounds.key() == theirs.sounds.key() {
            (WordFinding::OtherSpelling, GIVEN_SAME - 2)
        } else {
            (WordFinding::OtherLanguage, GIVEN_SAME - 3)
        };
    }
    // Two names of the table are two names, however near: «Валентин» and «Валентина».
    if known.is_known() && other_known.is_known() && exact {
        return different;
    }
    match apart(mine, theirs) {
        Apart::Not | Apart::Spelling => (WordFinding::OtherSpelling, GIVEN_SAME - 5),
        Apart::Slip(price) => (
            WordFinding::Slip,
            GIVEN_SAME - 10 - i32::try_from(price / 10).unwrap_or(30),
        ),
        Apart::Far => different,
    }
}

fn initials(
    mine: &Word,
    known: &Known,
    theirs: &Word,
    other_known: &Known,
    different: i32,
) -> Judged<WordFinding> {
    let first = |word: &Word| word.sounds.as_slice().first().copied();
    let fits = match (first(mine), first(theirs)) {
        (Some(a), Some(b)) => {
            between_sounds(&[a], &[b], 30).is_some()
                || mine.letters.first() == theirs.letters.first()
                || mine.is_initial() && other_known.may_begin_with(a)
                || theirs.is_initial() && known.may_begin_with(b)
        }
        _ => true,
    };
    // An initial is weak evidence for, and not quite as strong evidence against: it may be of the other language.
    if fits {
        (WordFinding::Initial, 15)
    } else {
        (WordFinding::Different, different / 2)
    }
}

/// Patronymics (NAMES-13).
pub(crate) fn patronymics(one: &FullName, other: &FullName) -> Judged<WordFinding> {
    let (Some(mine), Some(theirs)) = (&one.patronymic, &other.patronymic) else {
        return (WordFinding::Missing, 0);
    };
    let different = (WordFinding::Different, -60);
    let (known, other_known) = (&one.father.names, &other.father.names);
    if mine.is_initial() || theirs.is_initial() {
        return initials(mine, known, theirs, other_known, different.1);
    }
    if mine.letters == theirs.letters {
        return (WordFinding::Same, PATRONYMIC_SAME);
    }
    let exact = !known.mended && !other_known.mended;
    let same_child = one.father.child == other.father.child;
    if known.shares(other_known) {
        if !exact {
            return (WordFinding::Slip, PATRONYMIC_SAME - 20);
        }
        return if mine.script == theirs.script
            && same_child
            && mine.sounds.key() != theirs.sounds.key()
        {
            (WordFinding::OtherLanguage, PATRONYMIC_SAME - 3)
        } else {
            (WordFinding::OtherSpelling, PATRONYMIC_SAME - 3)
        };
    }
    if known.is_known() && other_known.is_known() && exact {
        return different;
    }
    match apart(mine, theirs) {
        Apart::Not | Apart::Spelling => (WordFinding::OtherSpelling, PATRONYMIC_SAME - 5),
        Apart::Slip(price) => (
            WordFinding::Slip,
            PATRONYMIC_SAME - 15 - i32::try_from(price / 10).unwrap_or(30),
        ),
        Apart::Far => different,
    }
}

/// Dates of birth (NAMES-20).
pub(crate) fn births(one: Option<BirthDate>, other: Option<BirthDate>) -> Judged<BirthFinding> {
    let (Some(one), Some(other)) = (one, other) else {
        return (BirthFinding::Missing, 0);
    };
    let years = one.year().abs_diff(other.year());
    match (one, other) {
        (
            BirthDate::Day {
                year: year_a,
                month: month_a,
                day: day_a,
            },
            BirthDate::Day {
                year: year_b,
                month: month_b,
                day: day_b,
            },
        ) => {
            if one == other {
                (BirthFinding::SameDay, BIRTH_SAME)
            } else if years == 0 && month_a == day_b && day_a == month_b {
                (BirthFinding::DayMonthSwapped, 70)
            } else if years == 1 && month_a == month_b && day_a == day_b {
                (BirthFinding::YearOffByOne, 55)
            } else if is_one_digit(year_a, month_a, day_a, year_b, month_b, day_b) {
                (BirthFinding::OneDigit, 45)
            } else if years == 0 {
                (BirthFinding::OnlyYear, -25)
            } else {
                (BirthFinding::Different, -100)
            }
        }
        (BirthDate::About { .. }, _) | (_, BirthDate::About { .. }) => match years {
            0..=2 => (BirthFinding::About, if one == other { 15 } else { 10 }),
            3..=5 => (BirthFinding::Different, -20),
            _ => (BirthFinding::Different, -100),
        },
        (
            BirthDate::Month { month: a, .. },
            BirthDate::Day { month: b, .. } | BirthDate::Month { month: b, .. },
        )
        | (BirthDate::Day { month: a, .. }, BirthDate::Month { month: b, .. }) => {
            match (years, a == b) {
                (0, true) => (BirthFinding::LessPrecise, 45),
                (1, true) => (BirthFinding::YearOffByOne, 10),
                (0, false) => (BirthFinding::OnlyYear, -30),
                _ => (BirthFinding::Different, -100),
            }
        }
        (BirthDate::Year { .. }, _) | (_, BirthDate::Year { .. }) => match years {
            0 => (BirthFinding::LessPrecise, 25),
            1 => (BirthFinding::YearOffByOne, 0),
            _ => (BirthFinding::Different, -100),
        },
    }
}

/// Whether the dates as eight digits differ in one, or in two neighbours that are exchanged.
fn is_one_digit(year_a: u16, month_a: u8, day_a: u8, year_b: u16, month_b: u8, day_b: u8) -> bool {
    let digits = |year: u16, month: u8, day: u8| {
        let mut value = u32::from(year) * 10_000 + u32::from(month) * 100 + u32::from(day);
        let mut digits = [0_u32; 8];
        for place in digits.iter_mut().rev() {
            *place = value % 10;
            value /= 10;
        }
        digits
    };
    let (one, other) = (
        digits(year_a, month_a, day_a),
        digits(year_b, month_b, day_b),
    );
    let differing: Vec<usize> = (0..8).filter(|at| one[*at] != other[*at]).collect();
    match differing.as_slice() {
        [_] => true,
        [a, b] => a + 1 == *b && one[*a] == other[*b] && one[*b] == other[*a],
        _ => false,
    }
}
