//! Whole records against each other: the sum of the evidence, its reasons, and a ranking (NAMES-21 to NAMES-24).

use crate::{
    compare::{
        BIRTH_SAME, GIVEN_SAME, PATRONYMIC_SAME, SURNAME_SAME, births, givens, patronymics,
        surnames,
    },
    costs::{LETTER, between_sounds},
    given::Sex,
    name::{FullName, Person},
    reason::{Part, Reason, WordFinding},
};

/// Points at which a match is as likely as not, in tenths.
const EVEN: i32 = 100;
/// Points that change the odds by a factor of e, in tenths.
const STEP: f32 = 20.0;
/// Points below which [`rank`] leaves a record out, in tenths, unless only one word was asked for.
const WORTH_SHOWING: i32 = 60;
/// The same when one side is a single word, which can never reach more.
const WORTH_SHOWING_ONE_WORD: i32 = 25;
/// Points taken off when surname and given name stand in each other's place.
const SWAPPED: i32 = 20;
/// Points taken off when one record tells of a man and the other of a woman.
const SEX_DIFFERS: i32 = 100;
/// Points of a surname that differs where a woman may have married.
const PERHAPS_MARRIED: i32 = -20;

/// How well two records agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Between 0 and 1, rising with the evidence that both records are of one person; 0.5 is as likely as not in a register
    /// of tens of thousands. It orders; it is not a probability that may be relied on.
    pub score: f32,
    /// Why: one reason for every part that either record has, then what concerns both as a whole.
    pub reasons: Vec<Reason>,
}

/// How a score should be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Little agrees, or much speaks against it.
    Weak,
    /// Worth a look: at least as likely as not.
    Possible,
    /// Nearly everything that is known agrees.
    Likely,
    /// Name, patronymic and date of birth agree.
    Strong,
}

impl Match {
    /// The band of the score: from 0.5 possible, from 0.85 likely, from 0.99 strong.
    #[must_use]
    pub fn strength(&self) -> Strength {
        match self.score {
            score if score >= 0.99 => Strength::Strong,
            score if score >= 0.85 => Strength::Likely,
            score if score >= 0.5 => Strength::Possible,
            _ => Strength::Weak,
        }
    }
}

/// A record that may be of the person sought, with the reasons for and against. A person decides (NAMES-22).
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<T> {
    /// What the caller gave for the record: its row, its number.
    pub item: T,
    /// How well it agrees.
    pub found: Match,
}

/// How well two records agree. Symmetric; no record agrees better with another than with itself.
#[must_use]
pub fn score(query: &Person, candidate: &Person) -> Match {
    let (points, reasons) = judge(query, candidate);
    Match {
        score: score_of(points),
        reasons,
    }
}

/// The records that are worth a look, best first; equals keep their order. Give it what the index found
/// ([`crate::search_keys`]): it compares every record, at a few microseconds each.
#[must_use]
pub fn rank<'a, T>(
    query: &Person,
    candidates: impl IntoIterator<Item = (T, &'a Person)>,
) -> Vec<Candidate<T>> {
    let mut found: Vec<(i32, Candidate<T>)> = candidates
        .into_iter()
        .filter_map(|(item, candidate)| {
            let (points, reasons) = judge(query, candidate);
            let one_word = query.name.is_one_word()
                || candidate.name.is_one_word()
                || is_only_given(&query.name);
            let least = if one_word {
                WORTH_SHOWING_ONE_WORD
            } else {
                WORTH_SHOWING
            };
            (points >= least).then(|| {
                let found = Match {
                    score: score_of(points),
                    reasons,
                };
                (points, Candidate { item, found })
            })
        })
        .collect();
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

fn is_only_given(name: &FullName) -> bool {
    name.surname.is_empty() && name.given.is_some()
}

fn score_of(points: i32) -> f32 {
    // Points are small whole numbers: every machine computes the same order from them, and the order is by points.
    #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^23")]
    let steps = (points - EVEN) as f32 / STEP;
    1.0 / (1.0 + (-steps).exp())
}

/// Most points that two records can have.
pub(crate) const MOST: i32 = SURNAME_SAME + GIVEN_SAME + PATRONYMIC_SAME + BIRTH_SAME;

fn judge(one: &Person, other: &Person) -> (i32, Vec<Reason>) {
    let (points, reasons) = parts(&one.name, &other.name);
    let (mut points, mut reasons) = match turned(one, other) {
        Some((turned_points, mut turned_reasons)) if turned_points - SWAPPED > points => {
            turned_reasons.push(Reason::PartsSwapped);
            (turned_points - SWAPPED, turned_reasons)
        }
        _ => (points, reasons),
    };
    let (birth, birth_points) = births(one.birth, other.birth);
    points += birth_points;
    if one.birth.is_some() || other.birth.is_some() {
        reasons.push(Reason::Birth(birth));
    }
    let sexes = (one.name.sex(), other.name.sex());
    if let (Some(a), Some(b)) = sexes
        && a != b
    {
        points -= SEX_DIFFERS;
        reasons.push(Reason::SexDiffers);
    }
    (points.min(MOST), reasons)
}

/// The three parts of the name.
fn parts(one: &FullName, other: &FullName) -> (i32, Vec<Reason>) {
    let mut surname = surnames(one, other);
    let given = givens(one, other);
    let patronymic = patronymics(one, other);
    let woman = one.sex() == Some(Sex::Female) || other.sex() == Some(Sex::Female);
    let rest_agrees = given.1 > 0 && patronymic.1 > 0;
    if surname.0 == WordFinding::Different && woman && rest_agrees {
        surname = (WordFinding::PerhapsMarried, PERHAPS_MARRIED);
    }
    let mut reasons = Vec::with_capacity(5);
    let mut add = |part: Part, finding: WordFinding, mentioned: bool| {
        if mentioned {
            reasons.push(Reason::Word(part, finding));
        }
    };
    let has_surname = |name: &FullName| !name.surname.is_empty() || !name.former.is_empty();
    add(
        Part::Surname,
        surname.0,
        has_surname(one) || has_surname(other),
    );
    add(
        Part::Given,
        given.0,
        one.given.is_some() || other.given.is_some(),
    );
    add(
        Part::Patronymic,
        patronymic.0,
        one.patronymic.is_some() || other.patronymic.is_some(),
    );
    (surname.1 + given.1 + patronymic.1, reasons)
}

/// The same with surname and given name of either record exchanged, tried only when both parts contradict as they stand: lists
/// are often filled in the wrong order.
fn turned(one: &Person, other: &Person) -> Option<(i32, Vec<Reason>)> {
    let contradict = surnames(&one.name, &other.name).1 < 0 && givens(&one.name, &other.name).1 < 0;
    if !contradict {
        return None;
    }
    // Reading a name anew costs more than all comparisons together: only where the given name of one is the other's surname.
    let first = is_surname_of(&one.name, &other.name)
        .then(|| exchanged(&one.name))
        .flatten()
        .map(|name| parts(&name, &other.name));
    let second = is_surname_of(&other.name, &one.name)
        .then(|| exchanged(&other.name))
        .flatten()
        .map(|name| parts(&one.name, &name));
    first
        .into_iter()
        .chain(second)
        .max_by_key(|(points, _)| *points)
}

/// Whether the given name of one record sounds like the surname of the other, give or take a slip.
fn is_surname_of(one: &FullName, other: &FullName) -> bool {
    let (Some(given), [surname]) = (&one.given, other.surname.as_slice()) else {
        return false;
    };
    between_sounds(given.sounds.as_slice(), surname.sounds.as_slice(), LETTER).is_some()
}

/// The name with a simple surname and the given name in each other's place.
fn exchanged(name: &FullName) -> Option<FullName> {
    let [surname] = name.surname.as_slice() else {
        return None;
    };
    let given = name.given.as_ref()?;
    let mut exchanged =
        FullName::from_parts(given.written(), surname.written(), name.patronymic()).ok()?;
    exchanged.former.clone_from(&name.former);
    Some(exchanged)
}
