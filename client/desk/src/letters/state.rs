//! How far a letter came, and which way it can go from there (DESK-3).

use std::str::FromStr;

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};

macro_rules! states {
    ($($(#[$doc:meta])* $state:ident = $word:literal => $($next:ident)*;)+) => {
        /// A letter's state at the desk, in the project's words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum State {
            $($(#[$doc])* $state,)+
        }

        impl State {
            /// All of them, in the order of the way.
            pub const ALL: &'static [Self] = &[$(Self::$state),+];

            /// The frozen word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$state => $word,)+
                }
            }

            /// Where a letter can go from here.
            #[must_use]
            pub fn next(self) -> &'static [Self] {
                match self {
                    $(Self::$state => &[$(Self::$next),*],)+
                }
            }
        }
    };
}

// A reply can come before anybody reported a handover, and to a letter that was believed lost. What was printed can
// come back for another review: a page is found wrong before it leaves.
states! {
    /// Collected and opened.
    TakenByDesk = "taken_by_desk" => InReview Held Withdrawn;
    /// Somebody reads it.
    InReview = "in_review" => TakenByDesk Passed PassedWithCuts Held Refused Withdrawn;
    /// May be printed.
    Passed = "passed" => InReview Printed Held Withdrawn;
    /// May be printed with parts blacked out.
    PassedWithCuts = "passed_with_cuts" => InReview Printed Held Withdrawn;
    /// Waits for something.
    Held = "held" => InReview Refused Withdrawn;
    /// Not accepted.
    Refused = "refused" => InReview;
    /// On paper.
    Printed = "printed" => InReview Packed WithCarrier ReplyReceived Returned Lost Withdrawn;
    /// In a parcel.
    Packed = "packed" => Printed WithCarrier ReplyReceived Returned Lost;
    /// Under way.
    WithCarrier = "with_carrier" => AtReceivingSide HandoverReported ReplyReceived Returned Lost;
    /// Taken over by the receiving side.
    AtReceivingSide = "at_receiving_side" => HandoverReported ReplyReceived Returned Lost;
    /// Reported as handed to the captive.
    HandoverReported = "handover_reported" => ReplyReceived Returned Lost;
    /// A reply came.
    ReplyReceived = "reply_received" => ;
    /// Came back.
    Returned = "returned" => Printed ReplyReceived;
    /// Never arrived, as far as is known.
    Lost = "lost" => ReplyReceived Returned HandoverReported;
    /// Taken back by the family.
    Withdrawn = "withdrawn" => ;
}

impl State {
    /// Whether a letter can go from here to `to`.
    #[must_use]
    pub fn can_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }

    /// Whether it may be printed.
    #[must_use]
    pub fn is_printable(self) -> bool {
        matches!(self, Self::Passed | Self::PassedWithCuts)
    }

    /// Whether it was printed at some time.
    #[must_use]
    pub fn is_on_paper(self) -> bool {
        self >= Self::Printed && self != Self::Withdrawn
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.word() == word)
            .ok_or(())
    }
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.word().into())
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map_err(|()| FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::letter::LetterState;

    #[test]
    fn the_words_are_those_of_the_protocol() {
        let words: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
        assert_eq!(words, LetterState::WORDS[3..]);
    }

    /// Every pair, written out by hand.
    #[test]
    fn only_these_ways_are_open() {
        let ways = "\
            taken_by_desk: in_review held withdrawn
            in_review: taken_by_desk passed passed_with_cuts held refused withdrawn
            passed: in_review printed held withdrawn
            passed_with_cuts: in_review printed held withdrawn
            held: in_review refused withdrawn
            refused: in_review
            printed: in_review packed with_carrier reply_received returned lost withdrawn
            packed: printed with_carrier reply_received returned lost
            with_carrier: at_receiving_side handover_reported reply_received returned lost
            at_receiving_side: handover_reported reply_received returned lost
            handover_reported: reply_received returned lost
            reply_received:
            returned: printed reply_received
            lost: reply_received returned handover_reported
            withdrawn:";
        let mut seen = 0;
        for line in ways.lines() {
            let (from, open) = line.trim().split_once(':').unwrap();
            let from: State = from.parse().unwrap();
            let open: Vec<&str> = open.split_whitespace().collect();
            for to in State::ALL {
                assert_eq!(
                    from.can_become(*to),
                    open.contains(&to.word()),
                    "{from:?} {to:?}"
                );
            }
            seen += 1;
        }
        assert_eq!(seen, State::ALL.len());
    }

    /// Nothing is printed that was not passed, whatever way a letter takes.
    #[test]
    fn paper_comes_after_review_only() {
        for from in State::ALL {
            if from.can_become(State::Printed) {
                let reviewed = from.is_printable() || from.is_on_paper();
                assert!(reviewed, "{from:?}");
            }
        }
        assert!(!State::Withdrawn.is_on_paper() && !State::Refused.is_on_paper());
    }
}
