//! The pair: what a family and a desk remember of each other, and how a letter is sealed and opened (`docs/spec/seal.md`).
//!
//! Everything is a function from a state to the next one. [`Pair::seal`] and [`Pair::open`] leave `self` as it was and return
//! the state that follows; a failure changes nothing. The caller writes the next state and the envelope (or the opened
//! letter) in *one* transaction and only then deposits (or acknowledges): whoever deposits first and writes later seals two
//! letters under one number, of which the second never opens.
//!
//! ```text
//! family                                             desk
//! Pair::first_contact ── seal ── first letters ────▶ first_contact::open ─ FirstLetter::begin ─▶ Pair (unconfirmed)
//!                                                                          Pair::open_first  ─▶ the same Pair
//! Pair::open  ◀───────── answer, epoch 0, proposes epoch 1 ──────────────── Pair::seal
//! Pair::seal  ────────── letters, epoch 1 ─────────────────────────────────▶ Pair::open
//! ```
//!
//! | part | holds |
//! |---|---|
//! | `state` | the fields, what is known about a pair, stored form |
//! | `chain` | tags and keys from chains, roots of epochs |
//! | `epochs` | reception: look-ahead, gaps, closed epochs |
//! | `keys` | the key for the answer: current, offered, draining |
//! | `body` | what is inside a letter, byte for byte |
//! | `binding` | what a letter is bound to |
//! | `send`, `receive` | the two steps |
//! | `first_contact` | the first letters, at both ends |
//! | `freeze` | confirming, freezing, abandoning, expiring |

mod binding;
mod body;
mod chain;
mod epochs;
pub mod first_contact;
mod freeze;
mod keys;
mod receive;
#[cfg(test)]
mod secrecy;
mod send;
mod state;
#[cfg(test)]
mod vectors;

#[doc(hidden)]
pub use self::body::rewritten as rewritten_body;
pub use self::{
    body::Received,
    freeze::{ConfirmError, NeverSealed},
    receive::{OpenError, OpenedLetter},
    send::{Purpose, RecipientPrekey, SealContext, SealError, SealedLetter},
    state::{FreezeReason, Pair, Role, Status, VerifiedBy},
};

use serde::{Deserialize, Serialize};

use crate::{envelope::Tag, ids::byte_string, limits::REPLY_TO_MAX};

byte_string! {
    /// Names a pair at both ends: a hash of the family's seed, the desk, the reply address and the family's first key (SEAL-5).
    ContactId, 32
}
byte_string! {
    /// Names one letter, inside its seal; the same when a letter is sent again under a new number.
    LetterId, 16
}
byte_string! {
    /// SHA-256 of an X-Wing public key: what a letter is bound to.
    KeyHash, 32
}

/// Which letter of a direction: epochs rise, and numbers rise from 1 within an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The epoch; 0 until the family has opened an answer.
    pub epoch: u32,
    /// The number in this epoch and direction, from 1.
    pub number: u32,
}

/// Where a desk answers: relay and mailbox, in the client's encoding; opaque here. At most
/// [`REPLY_TO_MAX`] bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyTo(Vec<u8>);

impl ReplyTo {
    /// Takes the bytes; `None` above [`REPLY_TO_MAX`].
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() <= REPLY_TO_MAX).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl core::fmt::Debug for ReplyTo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ReplyTo(…)")
    }
}

impl Serialize for ReplyTo {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for ReplyTo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?.into_vec();
        Self::new(bytes).ok_or_else(|| serde::de::Error::custom("reply address over its limit"))
    }
}

/// What a step did to the tags that a pair expects: for an index from tag to contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChanges {
    /// Expected from now on.
    pub added: Vec<Tag>,
    /// Expected no longer. Never also in `added`.
    pub removed: Vec<Tag>,
}
