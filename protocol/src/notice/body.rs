//! What a notice says (NOTICE-1).

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::NoticeError;
use crate::{
    letter::{Evidence, LetterState, PersonEvent, PersonName, PersonState},
    limits::{NOTICE_BODY_MAX, REMARK_MAX},
    line::Prose,
    wire,
};

/// What a notice says. The numbers of the kinds are in [`NoticeBody::kind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeBody {
    /// What became of a letter.
    Status(StatusNote),
    /// What is known about a person.
    Custody(Custody),
    /// A fact that somebody might invent to cheat: about money, about a meeting, about who speaks for the office.
    Fact(Fact),
    /// The office has ended the correspondence.
    Closing(Closing),
}

/// What became of a letter, and how the office knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusNote {
    /// The letter's plain number.
    pub letter: u32,
    /// How far it came.
    pub state: LetterState,
    /// How the office knows.
    pub evidence: Evidence,
    /// A remark, possibly empty.
    pub remark: Prose<REMARK_MAX>,
}

/// What is known about a person, and how the office knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// Whom it is about.
    pub person: PersonName,
    /// One of the five answers that a national bureau gives.
    pub state: PersonState,
    /// What happened last, if anything. Never a death (NOTICE-9).
    pub event: Option<PersonEvent>,
    /// How the office knows.
    pub evidence: Evidence,
    /// A remark, possibly empty.
    pub remark: Prose<REMARK_MAX>,
}

/// A fact in the office's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What the office states; not empty.
    pub text: Prose<{ 2 * REMARK_MAX }>,
}

/// The office has deleted the contact with its keys: nothing that still comes under them will be opened (NOTICE-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// A remark, possibly empty.
    pub remark: Prose<REMARK_MAX>,
}

const STATUS: u8 = 1;
const CUSTODY: u8 = 2;
const FACT: u8 = 3;
const CLOSING: u8 = 4;

impl NoticeBody {
    /// The frozen number of its kind.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self {
            Self::Status(_) => STATUS,
            Self::Custody(_) => CUSTODY,
            Self::Fact(_) => FACT,
            Self::Closing(_) => CLOSING,
        }
    }

    pub(super) fn encode(&self) -> Result<(u8, Vec<u8>), NoticeError> {
        self.check()?;
        let body = match self {
            Self::Status(note) => wire::encode("notice", note),
            Self::Custody(custody) => wire::encode("notice", custody),
            Self::Fact(fact) => wire::encode("notice", fact),
            Self::Closing(closing) => wire::encode("notice", closing),
        };
        Ok((self.kind(), body.map_err(|_| NoticeError::Body)?))
    }

    pub(super) fn decode(kind: u8, body: &[u8]) -> Result<Self, NoticeError> {
        let this = match kind {
            STATUS => Self::Status(part(body)?),
            CUSTODY => Self::Custody(part(body)?),
            FACT => Self::Fact(part(body)?),
            CLOSING => Self::Closing(part(body)?),
            _ => return Err(NoticeError::Body),
        };
        this.check()?;
        Ok(this)
    }

    /// NOTICE-9: a program never tells a death.
    fn check(&self) -> Result<(), NoticeError> {
        match self {
            Self::Custody(custody) if custody.event == Some(PersonEvent::Died) => {
                Err(NoticeError::ToldByAPerson)
            }
            Self::Fact(fact) if fact.text.is_empty() => Err(NoticeError::Body),
            _ => Ok(()),
        }
    }
}

fn part<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, NoticeError> {
    wire::decode::<T, { NOTICE_BODY_MAX + 128 }>("notice", body).map_err(|_| NoticeError::Body)
}
