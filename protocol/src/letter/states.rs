//! The words for states, grades of evidence and answers about a person (LETTER-10 to LETTER-15). The words are frozen: they
//! are the keys of the translations and of every program's output; the order of variants is their number on the wire.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    limits::{REMARK_MAX, SHORT_TEXT_MAX},
    line::Line,
};

/// A word that names nothing in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a word for {what}")]
pub struct UnknownWord {
    /// The list.
    pub what: &'static str,
}

/// Defines a list of words: the enum, its words in both directions, and all of them in order.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The frozen word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { what: $what }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// How an office knows what it states. A photograph of a handover is no delivery.
    Evidence, "a grade of evidence" {
        /// The office saw it itself.
        DeskSaw = "desk_saw",
        /// The carrier gave a receipt.
        CarrierReceipt = "carrier_receipt",
        /// The detaining side says so.
        DetainingSideSays = "detaining_side_says",
        /// The captive wrote it himself.
        CaptiveWrote = "captive_wrote",
        /// A released person confirms it.
        ReleasedPersonConfirms = "released_person_confirms",
    }
}

words! {
    /// Why a letter came back. A death is not among the reasons: a person of the desk tells it.
    Returned, "a reason of return" {
        /// Nobody knows.
        Unknown = "unknown",
        /// The captive is elsewhere.
        Transferred = "transferred",
        /// The captive is free.
        Released = "released",
        /// The captive, or the receiving side, did not take it.
        Refused = "refused",
    }
}

words! {
    /// The five answers that a national information bureau gives about a person.
    PersonState, "an answer about a person" {
        /// Nothing is known.
        NoRecord = "no_record",
        /// Known, but nothing about captivity.
        RecordedNoCaptivityData = "recorded_no_captivity_data",
        /// Probably a captive.
        ProbablyCaptive = "probably_captive",
        /// A captive, confirmed.
        CaptiveConfirmed = "captive_confirmed",
        /// Free.
        Released = "released",
    }
}

words! {
    /// What happened to a person.
    PersonEvent, "an event" {
        /// Moved to another place.
        Transferred = "transferred",
        /// In hospital.
        Hospital = "hospital",
        /// Set free.
        Released = "released",
        /// Brought home.
        Repatriated = "repatriated",
        /// Escaped.
        Escaped = "escaped",
        /// Died. Never told by a program (NOTICE-9).
        Died = "died",
    }
}

words! {
    /// How far a parcel came.
    ParcelState, "a state of a parcel" {
        /// On the list.
        Listed = "listed",
        /// The family was asked for a letter.
        FamilyInvited = "family_invited",
        /// The family's letter is there.
        LetterIn = "letter_in",
        /// The family sends none.
        FamilyDeclined = "family_declined",
        /// Packed.
        Packed = "packed",
        /// Closed with a seal.
        Sealed = "sealed",
        /// Counted against the list.
        Counted = "counted",
        /// Across the line.
        Crossed = "crossed",
        /// Taken over by the receiving side.
        Received = "received",
        /// Reported as handed over.
        HandedOver = "handed_over",
        /// Something was missing.
        Short = "short",
        /// Its seal was broken.
        Opened = "opened",
        /// Taken away.
        Confiscated = "confiscated",
        /// Its receipt came back.
        Acknowledged = "acknowledged",
    }
}

/// How far a letter came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterState {
    /// Being written.
    Draft,
    /// Sealed; waits on the family's device.
    Sealed,
    /// Durably stored by a relay.
    AtRelay,
    /// Collected and opened by the desk.
    TakenByDesk,
    /// Under review, once per side.
    InReview,
    /// Reviewed and passed.
    Passed,
    /// Passed with parts blacked out.
    PassedWithCuts,
    /// Waits for something, for instance the confirmation of captivity.
    Held,
    /// Not accepted.
    Refused {
        /// Why, in the desk's words.
        reason: Line<REMARK_MAX>,
    },
    /// On paper.
    Printed,
    /// In a parcel.
    Packed {
        /// The parcel's number.
        parcel: Line<SHORT_TEXT_MAX>,
    },
    /// Under way.
    WithCarrier,
    /// Taken over by the receiving side.
    AtReceivingSide,
    /// Reported as handed to the captive.
    HandoverReported,
    /// A reply came.
    ReplyReceived,
    /// Came back.
    Returned(Returned),
    /// Lost.
    Lost,
    /// Taken back by the family.
    Withdrawn,
}

impl LetterState {
    /// All words, in the order of their numbers.
    pub const WORDS: [&'static str; 18] = [
        "draft",
        "sealed",
        "at_relay",
        "taken_by_desk",
        "in_review",
        "passed",
        "passed_with_cuts",
        "held",
        "refused",
        "printed",
        "packed",
        "with_carrier",
        "at_receiving_side",
        "handover_reported",
        "reply_received",
        "returned",
        "lost",
        "withdrawn",
    ];

    /// The frozen word, without its particulars.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let number = match self {
            Self::Draft => 0,
            Self::Sealed => 1,
            Self::AtRelay => 2,
            Self::TakenByDesk => 3,
            Self::InReview => 4,
            Self::Passed => 5,
            Self::PassedWithCuts => 6,
            Self::Held => 7,
            Self::Refused { .. } => 8,
            Self::Printed => 9,
            Self::Packed { .. } => 10,
            Self::WithCarrier => 11,
            Self::AtReceivingSide => 12,
            Self::HandoverReported => 13,
            Self::ReplyReceived => 14,
            Self::Returned(_) => 15,
            Self::Lost => 16,
            Self::Withdrawn => 17,
        };
        Self::WORDS[number]
    }
}
