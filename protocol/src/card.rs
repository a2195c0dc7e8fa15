//! What an office publishes so that families can write to it: a card of at most [`CARD_MAX`] bytes.
//!
//! Normative text: `docs/spec/cards.md`, rules CARD-1 to CARD-14. A card that was read is a [`SignedCard`] and says
//! nothing yet; [`SignedCard::verify`] turns it into a [`VerifiedCard`]. Even then it vouches for the key only: that the
//! key belongs to the office of that name is what check words ([`crate::words`]) are compared for.
//!
//! It travels as a link and QR code ([`SignedCard::to_link`], [`SignedCard::to_qr_text`]), or as a file together with
//! prekeys ([`CardFile`]), with which a first letter can be written without any network.
//!
//! One name, not one in each language: three names would cost the second and third relay, and a family gives the contact
//! the name that it likes anyhow.

mod file;
mod link;
#[cfg(test)]
mod tests;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use self::file::{CARD_FILE_VERSION, CardFile, CardFileError, VerifiedCardFile};
use crate::{
    clocks::Clocks,
    ids::{MailboxAddress, Signature, SigningPublic},
    language::Language,
    limits::{CARD_CHECKSUM_LEN, CARD_MAX, CARD_NAME_MAX, CARD_RELAYS_MAX, CARD_VALIDITY_MAX_DAYS},
    line::Line,
    relay_identity::RelayAddress,
    secret::SigningSecret,
    time::Day,
    wire,
};

/// The version of cards that this crate reads and writes.
pub const CARD_VERSION: u8 = 1;

/// What an office states about itself (CARD-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The office's identity key: who it is, for good.
    pub identity: SigningPublic,
    /// Where first letters are deposited.
    pub address: MailboxAddress,
    /// 1 to [`CARD_RELAYS_MAX`] relays that hold this mailbox, the preferred one first.
    pub relays: Vec<RelayAddress>,
    /// What the office calls itself. Nothing vouches for it.
    pub name: Line<CARD_NAME_MAX>,
    /// The languages in which the office can be written to, at least one.
    pub languages: Languages,
    /// First day of validity.
    pub not_before: Day,
    /// Last day of validity, at most [`CARD_VALIDITY_MAX_DAYS`] after the first.
    pub not_after: Day,
    /// Rises with every card of this identity: a newer card replaces an older one, never the other way round.
    pub sequence: u32,
}

/// A set of [`Language`]s: one byte, bit `n` for the language with number `n`. Other bits mean nothing here (CARD-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Languages(u8);

/// A [`Card`] with the identity's signature, as it travels; not yet verified. Does not print itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCard {
    version: u8,
    #[serde(with = "serde_bytes")]
    card: Vec<u8>,
    signature: Signature,
}

/// A card whose identity signed it. Only [`SignedCard::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCard {
    card: Card,
    signed: SignedCard,
}

/// How a card's validity lies to the clocks. [`Self::Expired`] is a reason to ask the office for a new card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardValidity {
    /// Valid.
    Current,
    /// Valid, but the clocks contradict each other or lie before the card's first day: warn that a clock is wrong.
    ClockDoubt,
    /// Past its last day by every clock known.
    Expired,
}

/// Why a card cannot be made, read or believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// There is no card in the text.
    #[error("there is no card in the text: a card's link begins with tidings:card/")]
    NoCard,
    /// The text holds the address of a relay, not the card of an office.
    #[error("this is the address of a relay (tidings://), not an office's card (tidings:card/)")]
    RelayAddress,
    /// The text is longer than any that a link is looked for in.
    #[error("a text of {got} bytes is too long to look for a card in")]
    TooMuchText {
        /// Bytes given.
        got: usize,
    },
    /// The link ends early: copied or scanned in part.
    #[error("the card's link is cut off: {got} of {expected} characters are there")]
    Truncated {
        /// Characters that its beginning promises.
        expected: usize,
        /// Characters found.
        got: usize,
    },
    /// Some characters of the link were changed on the way.
    #[error("the card's link is damaged: its checksum is wrong")]
    Checksum,
    /// A card of a version that this program does not know.
    #[error("the card has version {got}, this program knows version {CARD_VERSION}")]
    Version {
        /// The card's version.
        got: u8,
    },
    /// Not an encoding of a card.
    #[error("the card is malformed")]
    Malformed,
    /// Larger than a card may be.
    #[error(
        "the card has {got} bytes, at most {CARD_MAX} are allowed: shorten the name or name fewer relays"
    )]
    TooLong {
        /// Its size in bytes.
        got: usize,
    },
    /// Bytes follow the card's end.
    #[error("{extra} bytes follow the end of the card")]
    Trailing {
        /// Number of bytes after the end.
        extra: usize,
    },
    /// Another number of relays than allowed.
    #[error("the card names {got} relays, from 1 to {CARD_RELAYS_MAX} are allowed")]
    Relays {
        /// Relays named.
        got: usize,
    },
    /// A relay's port is 0.
    #[error("the card names a relay without a port")]
    Port,
    /// No language that this program knows.
    #[error("the card names no language that this program knows")]
    Languages,
    /// The validity is reversed or longer than allowed.
    #[error("the card is valid for {days} days, from 0 to {CARD_VALIDITY_MAX_DAYS} are allowed")]
    Validity {
        /// Days between first and last, negative if reversed.
        days: i64,
    },
    /// Signed by another key than it names, or changed.
    #[error("the card is not signed by the office that it names")]
    Signature,
    /// The signing key is another than the card names.
    #[error("the card names another identity than the key that is to sign it")]
    OtherIdentity,
}

const CARD_LABEL: &[u8] = b"tidings card v1";

impl Languages {
    /// These languages.
    #[must_use]
    pub fn of(languages: &[Language]) -> Self {
        Self(
            languages
                .iter()
                .fold(0, |bits, &language| bits | bit(language)),
        )
    }

    /// Whether `language` is among them.
    #[must_use]
    pub fn contains(self, language: Language) -> bool {
        self.0 & bit(language) != 0
    }

    /// The languages, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL
            .into_iter()
            .filter(move |&language| self.contains(language))
    }
}

fn bit(language: Language) -> u8 {
    1 << language.number()
}

impl Card {
    /// Signs the card with the office's identity (CARD-2).
    ///
    /// # Errors
    /// [`CardError`]: whatever a reader would refuse is not signed.
    pub fn sign(&self, identity: &SigningSecret) -> Result<SignedCard, CardError> {
        if identity.public() != self.identity {
            return Err(CardError::OtherIdentity);
        }
        self.check()?;
        let card = wire::encode("card", self).map_err(|_| CardError::Malformed)?;
        let signature = identity.sign(CARD_LABEL, &[&[CARD_VERSION], &card]);
        let signed = SignedCard {
            version: CARD_VERSION,
            card,
            signature,
        };
        match signed.encode().len() {
            got if got > CARD_MAX => Err(CardError::TooLong { got }),
            _ => Ok(signed),
        }
    }

    /// CARD-3, CARD-4, CARD-5: what the encoding alone does not ensure.
    fn check(&self) -> Result<(), CardError> {
        if !(1..=CARD_RELAYS_MAX).contains(&self.relays.len()) {
            return Err(CardError::Relays {
                got: self.relays.len(),
            });
        }
        if self.relays.iter().any(|relay| relay.port == 0) {
            return Err(CardError::Port);
        }
        if self.languages.iter().next().is_none() {
            return Err(CardError::Languages);
        }
        let days = i64::from(self.not_after.0) - i64::from(self.not_before.0);
        if !(0..=i64::from(CARD_VALIDITY_MAX_DAYS)).contains(&days) {
            return Err(CardError::Validity { days });
        }
        Ok(())
    }
}

impl SignedCard {
    /// The bytes of the card (CARD-2), at most [`CARD_MAX`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Three fields that bincode can always express.
        wire::encode("card", self).unwrap_or_default()
    }

    /// Reads the bytes of a card. Believes nothing: see [`Self::verify`].
    ///
    /// # Errors
    /// [`CardError::TooLong`], [`CardError::Version`], [`CardError::Trailing`] or [`CardError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > CARD_MAX {
            return Err(CardError::TooLong { got: bytes.len() });
        }
        match bytes.first() {
            None => return Err(CardError::Malformed),
            Some(&got) if got != CARD_VERSION => return Err(CardError::Version { got }),
            Some(_) => {}
        }
        wire::decode::<Self, { CARD_MAX + 64 }>("card", bytes).map_err(|error| match error {
            wire::WireError::Trailing { extra, .. } => CardError::Trailing { extra },
            _ => CardError::Malformed,
        })
    }

    /// The link: `tidings:card/` and base 32 in lower case (CARD-8).
    #[must_use]
    pub fn to_link(&self) -> String {
        link::write(&self.encode()).to_ascii_lowercase()
    }

    /// The text of the QR code: the link in upper case, which QR codes pack more densely (CARD-10). A scanner that hands
    /// it on as a link works too.
    #[must_use]
    pub fn to_qr_text(&self) -> String {
        link::write(&self.encode()).to_ascii_uppercase()
    }

    /// Finds a card's link in what somebody pasted: a bare link, one broken over lines, or one in the middle of a message
    /// (CARD-9).
    ///
    /// # Errors
    /// [`CardError`] tells what is wrong with the link, and if the text is a relay's address instead.
    pub fn from_text(text: &str) -> Result<Self, CardError> {
        Self::decode(&link::read(text)?)
    }

    /// Verifies that the identity on the card signed it, and that the card keeps the rules (CARD-6). The clock is a
    /// question of its own: [`VerifiedCard::validity`].
    ///
    /// # Errors
    /// [`CardError`]; every one of them means: do not write to this office.
    pub fn verify(&self) -> Result<VerifiedCard, CardError> {
        let card: Card = wire::decode::<_, { CARD_MAX + 128 }>("card", &self.card)
            .map_err(|_| CardError::Malformed)?;
        card.identity
            .verify(CARD_LABEL, &[&[self.version], &self.card], &self.signature)
            .map_err(|_| CardError::Signature)?;
        card.check()?;
        Ok(VerifiedCard {
            card,
            signed: self.clone(),
        })
    }
}

impl fmt::Debug for SignedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedCard(…)")
    }
}

impl VerifiedCard {
    /// What the office states.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The card as it travels, to be kept and passed on.
    #[must_use]
    pub fn signed(&self) -> &SignedCard {
        &self.signed
    }

    /// How the card's validity lies to the clocks (CARD-7). Too early is no refusal: it means that a clock is behind.
    #[must_use]
    pub fn validity(&self, clocks: Clocks) -> CardValidity {
        let end = self.card.not_after.plus(1).start();
        let days: Vec<_> = clocks.moments().collect();
        if days.iter().all(|&moment| moment >= end) {
            CardValidity::Expired
        } else if clocks.disagree()
            || days
                .iter()
                .any(|moment| moment.day() < self.card.not_before)
        {
            CardValidity::ClockDoubt
        } else {
            CardValidity::Current
        }
    }

    /// Whether this card takes the place of `known` (CARD-11): the same office, and a higher sequence.
    #[must_use]
    pub fn replaces(&self, known: &Self) -> bool {
        self.card.identity == known.card.identity && self.card.sequence > known.card.sequence
    }
}

const _: () = assert!(Language::ALL.len() <= 8, "a language has a bit in one byte");
const _: () = assert!(CARD_CHECKSUM_LEN <= 32);
