//! What in a letter could harm a captive: places in the text, with kind and confidence.
//!
//! ```text
//! "Твій побратим з в/ч А1234 дзвонив: +380 67 123 45 67"
//!               └─ Unit, High         └─ Telephone, High
//! ```
//!
//! A captor's intelligence reads every letter. A unit, a rank, a place or a telephone number in it is used against the
//! captive or his family. The family's page shows these hints while the letter is written, the desk shows them to the
//! reviewer. **They never block, change or send anything**, and they are never stored: a hint is a question to a person.
//!
//! The rules know Ukrainian, Russian and English and work on all three at once, for people mix them. There are no regular
//! expressions: the text is cut into words, numbers and marks once, and at each of them every rule looks at a bounded number
//! that follow, so that the time is linear in the text. Pure; compiles to WebAssembly. Rules: `docs/spec/names.md`,
//! HINTS-1 to HINTS-9.

use std::ops::Range;

mod lexicon;
mod network;
mod numbers;
mod places;
mod tokens;
mod units;

use tokens::Text;

/// What a place in the text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A military unit, by number, name or field post.
    Unit,
    /// A military rank.
    Rank,
    /// Coordinates: decimal degrees, degrees with minutes, or MGRS.
    Coordinates,
    /// A telephone number.
    Telephone,
    /// The number of a bank card.
    BankCard,
    /// The number of a bank account.
    BankAccount,
    /// An e-mail address.
    Email,
    /// A web address.
    Link,
    /// A name in a messenger or social network.
    Handle,
    /// Where somebody lives.
    StreetAddress,
    /// Uniform and what is worn with it.
    Uniform,
    /// Weapons and vehicles.
    Weapon,
    /// Positions, barracks, staffs, the front.
    Position,
    /// Fighting, mobilisation, service.
    Military,
    /// Politics, politicians, words of enmity.
    Politics,
}

impl Kind {
    /// A stable key for translations, such as `bank-card`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Rank => "rank",
            Self::Coordinates => "coordinates",
            Self::Telephone => "telephone",
            Self::BankCard => "bank-card",
            Self::BankAccount => "bank-account",
            Self::Email => "email",
            Self::Link => "link",
            Self::Handle => "handle",
            Self::StreetAddress => "street-address",
            Self::Uniform => "uniform",
            Self::Weapon => "weapon",
            Self::Position => "position",
            Self::Military => "military",
            Self::Politics => "politics",
        }
    }
}

/// How sure a hint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A word that has a harmless meaning as often: for a reviewer, not for the writer.
    Low,
    /// More likely harmful than not.
    Medium,
    /// The form leaves little doubt.
    High,
}

/// One place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Bytes of the text, on boundaries of characters.
    pub span: Range<usize>,
    /// What it tells.
    pub kind: Kind,
    /// How sure that is.
    pub confidence: Confidence,
}

/// What a rule found: the tokens from `from` to before `to`.
struct Found {
    from: usize,
    to: usize,
    kind: Kind,
    confidence: Confidence,
}

type Rule = fn(&Text<'_>, usize) -> Option<Found>;

/// The rules in the order in which they are asked; the first answer at a place counts. What is written in digits goes before
/// what is written in words (HINTS-2).
const RULES: [Rule; 9] = [
    numbers::coordinates,
    numbers::bank_account,
    numbers::bank_card,
    network::email_or_handle,
    network::link,
    units::unit,
    numbers::telephone,
    places::street_address,
    lexicon::word,
];

/// The places in a text that could harm a captive, in their order, not overlapping (HINTS-1).
///
/// Takes time linear in the text; any text is accepted.
#[must_use]
pub fn find(text: &str) -> Vec<Hint> {
    find_in(&Text::new(text))
}

fn find_in(text: &Text<'_>) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(found) = RULES.iter().find_map(|rule| rule(text, at)) else {
            at += 1;
            continue;
        };
        let span = text.start(found.from)..text.end(found.to - 1);
        // A rule may reach back (what stands before an @): it takes the place of what was seen there.
        while hints.last().is_some_and(|last| last.span.end > span.start) {
            hints.pop();
        }
        hints.push(Hint {
            span,
            kind: found.kind,
            confidence: found.confidence,
        });
        at = found.to.max(at + 1);
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::{Text, find_in};

    /// HINTS-3: eight times the text, about eight times the looks. Counted, not timed: the texts keep every rule busy.
    #[test]
    fn the_work_is_linear() {
        for unit in [
            "1 ",
            "12-",
            "+380 ",
            "a.",
            "@",
            "а@",
            "48.4647 ",
            "UA21 ",
            "4111 ",
            "в/ч ",
            "72 окремої ",
            "слава ",
            "вул. Миру ",
            "48°30'",
            "36U ",
            "старший ",
            "12 Green ",
            "тел. 1 ",
            "http://a.",
            "a_",
            "(1) ",
        ] {
            let looks = |count: usize| {
                let source = unit.repeat(count);
                let text = Text::new(&source);
                let _ = find_in(&text);
                (text.looks(), text.len())
            };
            let ((short, _), (long, tokens)) = (looks(500), looks(4_000));
            // A little more at the ends; what is quadratic would be 64 times as much.
            assert!(long <= short * 9, "{unit:?}: {short} and {long}");
            // The longest look-ahead of every rule together.
            assert!(long <= tokens * 600, "{unit:?}: {long} at {tokens} tokens");
        }
    }
}
