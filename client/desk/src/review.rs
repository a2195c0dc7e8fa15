//! Review: a person reads a letter once and decides whether it goes on its way.

mod clocks;
mod cuts;
mod quota;
mod routes;

use rusqlite::{Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{
    letter::{Evidence, PersonState},
    time::UnixTime,
};

pub(crate) use self::routes::route;
pub use self::{
    clocks::{Clock, ClockKind, ClockLevel},
    cuts::Cuts,
    quota::{QUOTA_FLOOR, Quota},
    routes::{Route, RuleBreak},
};
use crate::{
    Action, Actor, Desk, Error, Settings, State,
    letters::{Move, access, go},
    settings,
    store::int,
};

macro_rules! reasons {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $reason:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $reason,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$reason),+];

            /// The word of the translations (`reason-…`).
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$reason => $word,)+
                }
            }

            /// The reason of this word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.word() == word)
            }
        }
    };
}

reasons! {
    /// Why a letter is held. Never as a punishment (GC III art. 71): nothing of the kind is in the list.
    HoldReason {
        /// Captors may think him a civilian: wait until the captivity is confirmed.
        CaptivityUnconfirmed = "captivity_unconfirmed",
        /// It is not clear for whom it is.
        AddresseeUnclear = "addressee_unclear",
        /// Somebody who reads the language has to read it.
        TranslationNeeded = "translation_needed",
        /// Another person should look.
        SecondOpinion = "second_opinion",
        /// The route takes no letters now.
        RouteClosed = "route_closed",
        /// An enclosure has not come.
        EnclosureMissing = "enclosure_missing",
        /// The family was asked something.
        FamilyAsked = "family_asked",
    }
}

reasons! {
    /// Why a letter is refused.
    RefusalReason {
        /// Says something military.
        Military = "military",
        /// Says something political.
        Political = "political",
        /// Could endanger the captive.
        Endangers = "endangers",
        /// Longer than the route takes.
        TooLong = "too_long",
        /// In a language that the route does not take.
        WrongLanguage = "wrong_language",
        /// Cannot be read.
        Illegible = "illegible",
        /// Not from the family, or not for a captive.
        NotFamilyMail = "not_family_mail",
        /// The office does not serve this captive.
        NotServed = "not_served",
        /// The same letter is there already.
        Doubled = "doubled",
    }
}

impl Desk {
    /// Takes letters for review; they move to `in_review`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Review`], [`Error::Transition`], [`Error::NoAccess`].
    pub fn begin_review(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        now: UnixTime,
    ) -> Result<(), Error> {
        self.review(
            "beginning a review",
            by,
            letters,
            State::InReview,
            None,
            now,
        )
    }

    /// Gives letters back that were taken for review.
    ///
    /// # Errors
    /// As [`Desk::begin_review`].
    pub fn end_review(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        now: UnixTime,
    ) -> Result<(), Error> {
        self.review(
            "ending a review",
            by,
            letters,
            State::TakenByDesk,
            None,
            now,
        )
    }

    /// Passes letters. One of which something was cut before passes with its cuts.
    ///
    /// # Errors
    /// As [`Desk::begin_review`]; [`Error::CaptivityUnconfirmed`] where letters wait for that.
    pub fn pass(&self, by: &Actor, letters: &[LetterNumber], now: UnixTime) -> Result<(), Error> {
        self.review("passing letters", by, letters, State::Passed, None, now)
    }

    /// Holds letters.
    ///
    /// # Errors
    /// As [`Desk::begin_review`].
    pub fn hold(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        reason: HoldReason,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.review(
            "holding letters",
            by,
            letters,
            State::Held,
            Some(reason.word()),
            now,
        )
    }

    /// Refuses letters.
    ///
    /// # Errors
    /// As [`Desk::begin_review`].
    pub fn refuse(
        &self,
        by: &Actor,
        letters: &[LetterNumber],
        reason: RefusalReason,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.review(
            "refusing letters",
            by,
            letters,
            State::Refused,
            Some(reason.word()),
            now,
        )
    }

    /// All of the letters move, or, if one cannot, none.
    fn review(
        &self,
        doing: &'static str,
        by: &Actor,
        letters: &[LetterNumber],
        to: State,
        reason: Option<&str>,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(doing, by, Action::Review, now, |sql, log| {
            for letter in letters {
                access::check(sql, by, *letter, now)?;
                if to == State::Passed {
                    gate(sql, *letter)?;
                }
                let to = match to {
                    State::Passed if cuts::has_cuts(sql, *letter)? => State::PassedWithCuts,
                    to => to,
                };
                let how = Move {
                    to,
                    reason,
                    by: by.id(),
                    at: now,
                    evidence: Evidence::DeskSaw,
                };
                go(sql, log, *letter, &how)?;
            }
            Ok(())
        })
    }
}

/// The send gate (DESK-37): where the office says so, a letter waits until the register has its person as a captive who is
/// confirmed. Captors may think him a civilian.
fn gate(sql: &Transaction<'_>, number: LetterNumber) -> Result<(), Error> {
    let settings: Settings = settings::get(sql, settings::OFFICE)?.unwrap_or_default();
    if !settings.hold_until_confirmed {
        return Ok(());
    }
    let confirmed: i64 = sql
        .prepare_cached(
            "SELECT count(*) FROM letters l JOIN people p ON p.person = l.person
             WHERE l.letter = ?1 AND p.state = ?2",
        )?
        .query_row(
            params![int(number.0), PersonState::CaptiveConfirmed.word()],
            |row| row.get(0),
        )?;
    match confirmed {
        0 => Err(Error::CaptivityUnconfirmed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
