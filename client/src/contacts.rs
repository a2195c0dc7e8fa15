//! Contacts: offices that were added by their card, families that wrote a first letter.

use std::fmt;

use serde::{Deserialize, Serialize};
use tidings_protocol::{time::UnixTime, words::CheckWords};

/// Names a contact in this account, from 1; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContactNumber(pub u64);

impl fmt::Display for ContactNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the other side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// An office, added by its card.
    Office,
    /// A family, known from its first letter.
    Family,
}

/// How far a contact is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nobody has compared check words, or made sure who writes.
    Unverified,
    /// A person has.
    Verified {
        /// When, by this device's clock.
        on: UnixTime,
    },
    /// Nothing is sent any more.
    Frozen,
}

/// A contact.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Its number.
    pub number: ContactNumber,
    /// What it is called here.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// How far it is to be trusted.
    pub trust: Trust,
    /// An office's check words.
    pub words: Option<CheckWords>,
    /// Whether a letter of the other side was ever opened.
    pub answered: bool,
    /// Whether new keys were asked for and have not come.
    pub renewing: bool,
    /// Letters that may still be written before the other side must have collected and answered.
    pub letters_left: u32,
}

/// How a contact was verified.
#[derive(Debug, Clone)]
pub enum Verification {
    /// The words that somebody heard by telephone; compared here.
    Words(CheckWords),
    /// A person compared the words himself, or made sure in another way who writes.
    Person,
}

/// What renewing a contact does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// New keys are asked for with the next letter.
    Asked,
    /// A new first contact with a new mailbox; the office has to verify it again.
    Begun,
}
