//! Where letters are after they left: recorded for many at once, with the grade of evidence.

use tidings_client::LetterNumber;
use tidings_protocol::time::UnixTime;

use super::{Move, State, go};
use crate::{Action, Actor, Desk, Error};

pub use tidings_protocol::letter::{Evidence, Returned};

/// What somebody records about letters that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracked {
    /// Given to the carrier.
    WithCarrier,
    /// Taken over by the receiving side.
    AtReceivingSide,
    /// Reported as handed over. A photograph of it is no delivery.
    HandoverReported,
    /// Came back.
    Returned(Returned),
    /// Lost.
    Lost,
    /// Taken back by the family.
    Withdrawn,
}

impl Tracked {
    /// The state that it means.
    #[must_use]
    pub fn state(self) -> State {
        match self {
            Self::WithCarrier => State::WithCarrier,
            Self::AtReceivingSide => State::AtReceivingSide,
            Self::HandoverReported => State::HandoverReported,
            Self::Returned(_) => State::Returned,
            Self::Lost => State::Lost,
            Self::Withdrawn => State::Withdrawn,
        }
    }

    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Returned(why) => Some(why.word()),
            _ => None,
        }
    }
}

impl Desk {
    /// Records where letters are. All of them move, or, if one cannot, none.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::Transition`], [`Error::NotFound`].
    pub fn track(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        what: Tracked,
        evidence: Evidence,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "recording where letters are",
            by,
            Action::Track,
            now,
            |sql, log| {
                for letter in letters {
                    let how = Move {
                        to: what.state(),
                        reason: what.reason(),
                        by: by.id(),
                        at: now,
                        evidence,
                    };
                    go(sql, log, *letter, &how)?;
                }
                Ok(())
            },
        )
    }
}
