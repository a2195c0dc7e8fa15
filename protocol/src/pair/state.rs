//! The fields of a pair, what can be read of them, and their stored form (SEAL-14).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    ContactId, LetterId, Position, Received, ReplyTo,
    chain::Chain,
    epochs::Reception,
    first_contact::{FirstLetters, Introduction, InvitationId},
    keys::{MyKeys, PeerKey},
};
use crate::{
    envelope::Tag,
    ids::SigningPublic,
    limits::{IDS_SEEN_MAX, PAIR_MAX, RECEIVED_MAX, WINDOW_DESK, WINDOW_FAMILY},
    secret::Secret,
    wire::{self, WireError},
};

/// Which end of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Makes the first contact.
    Family,
    /// Answers it, confirms it, proposes epochs.
    Desk,
}

impl Role {
    /// The byte that stands for letters that this role sends.
    pub(super) fn direction(self) -> u8 {
        match self {
            Self::Family => 0,
            Self::Desk => 1,
        }
    }

    /// Numbers beyond the highest opened for which this role is ready.
    pub(super) fn look_ahead(self) -> u32 {
        match self {
            Self::Family => WINDOW_FAMILY,
            Self::Desk => WINDOW_DESK,
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Family => Self::Desk,
            Self::Desk => Self::Family,
        }
    }
}

/// How far a pair is to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// At the desk: nobody has verified who writes. At the family: no answer has been opened.
    Unconfirmed,
    /// At the desk: verified. At the family: an answer has been opened.
    Confirmed,
    /// Seals nothing any more; only a new first contact helps (SEAL-11).
    Frozen(FreezeReason),
}

/// Why a pair was frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeReason {
    /// A person said that a device was taken, or that somebody else writes in their name.
    Reported,
    /// The vault was restored from a backup: numbers may have been used that it does not know.
    Restored,
    /// The peer has opened letters that this state never sealed: the state is an old copy.
    RolledBack,
    /// Family: the office has ended the correspondence and deleted its half (NOTICE-11).
    Closed,
}

/// Who verified a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerifiedBy {
    /// A person at the desk, by a name or number of the desk's own, at most [`crate::limits::VERIFIED_BY_MAX`] bytes.
    Person(String),
    /// The invitation that the desk had given.
    Invitation(InvitationId),
}

/// What is sent, and how far.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sending {
    /// `None` while only first letters are written.
    pub(super) chain: Option<Chain>,
    /// The number of the next letter.
    pub(super) next: u32,
    /// The highest number of this epoch that the peer says it opened.
    pub(super) peer_highest: u32,
    /// The last number sent in the epoch before.
    pub(super) previous_last: u32,
    /// Will never be sent; told until the peer has settled them.
    pub(super) abandoned: BTreeSet<Position>,
}

impl Sending {
    pub(super) fn new(
        chain: Option<Chain>,
        previous_last: u32,
        abandoned: BTreeSet<Position>,
    ) -> Self {
        Self {
            chain,
            next: 1,
            peer_highest: 0,
            previous_last,
            abandoned,
        }
    }
}

/// A desk's proposal of the next epoch, repeated until a letter under it opens.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Proposal {
    pub(super) seed: Secret,
    pub(super) link: Secret,
    pub(super) send: Chain,
}

/// One end of a pair. See the [module](super) for the contract.
///
/// Stored ([`Pair::to_bytes`]) it takes about 3 KiB, growing to 5 KiB with the ids of 128 letters; 60 bytes more for every
/// missing letter and 100 for every key kept for missing letters; never more than [`PAIR_MAX`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Pair {
    pub(super) role: Role,
    pub(super) status: Status,
    pub(super) verified_by: Option<VerifiedBy>,
    pub(super) desk: SigningPublic,
    pub(super) contact: ContactId,
    pub(super) reply_to: ReplyTo,
    /// Family only, until an answer has been opened.
    pub(super) introduction: Option<Introduction>,
    /// Desk only.
    pub(super) first_letters: Option<FirstLetters>,
    /// The epoch in which this side sends.
    pub(super) epoch: u32,
    pub(super) link: Secret,
    pub(super) sending: Sending,
    pub(super) reception: Reception,
    /// The newest epoch of which a letter has been opened. Letters of older ones change nothing but their own number.
    pub(super) heard: Option<u32>,
    pub(super) mine: MyKeys,
    pub(super) peer: Option<PeerKey>,
    /// Desk only.
    pub(super) proposal: Option<Proposal>,
    /// Family: asks for a new epoch. Desk: has been asked.
    pub(super) repairing: bool,
    pub(super) ids: Vec<LetterId>,
}

impl core::fmt::Debug for Pair {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pair")
            .field("role", &self.role)
            .field("status", &self.status)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

const STORED_VERSION: u8 = 1;

#[derive(Serialize)]
struct StoredRef<'a> {
    version: u8,
    pair: &'a Pair,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u8,
    pair: Pair,
}

impl Pair {
    /// The stored form (SEAL-14): secret, wiped on drop, to be encrypted at rest.
    ///
    /// # Errors
    /// [`WireError`] never for a pair that this crate made.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, WireError> {
        wire::encode_secret(
            "stored pair",
            &StoredRef {
                version: STORED_VERSION,
                pair: self,
            },
        )
    }

    /// Reads what [`Pair::to_bytes`] wrote (SEAL-14).
    ///
    /// # Errors
    /// [`WireError`] for anything else, another version included.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let what = "stored pair";
        if bytes
            .first()
            .is_some_and(|version| *version != STORED_VERSION)
        {
            return Err(WireError::Malformed { what });
        }
        // Integers count with their size in memory: twice the size on disk is ample.
        let stored: Stored = wire::decode_secret::<_, { 2 * PAIR_MAX }>(what, bytes)?;
        Ok(stored.pair)
    }

    /// Which end this is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// How far this pair is to be trusted.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Who verified the contact, if anybody did. Stays when the pair is frozen.
    #[must_use]
    pub fn verified_by(&self) -> Option<&VerifiedBy> {
        self.verified_by.as_ref()
    }

    /// The pair's name at both ends.
    #[must_use]
    pub fn contact_id(&self) -> ContactId {
        self.contact
    }

    /// The desk's identity.
    #[must_use]
    pub fn desk(&self) -> &SigningPublic {
        &self.desk
    }

    /// Where the desk answers.
    #[must_use]
    pub fn reply_to(&self) -> &ReplyTo {
        &self.reply_to
    }

    /// The epoch in which this side sends; 0 until an answer has been opened (family) or a letter under the first proposal
    /// (desk).
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether the next letter is a first letter and needs a prekey of the desk.
    #[must_use]
    pub fn needs_prekey(&self) -> bool {
        self.introduction.is_some()
    }

    /// Whether a desk has a proposal out, or a family waits for one it asked for.
    #[must_use]
    pub fn is_repairing(&self) -> bool {
        self.proposal.is_some() || self.repairing
    }

    /// Whether names, places and news of a person may go into the next letter (SEAL-10): at the desk only to a verified
    /// contact, and nowhere once frozen.
    #[must_use]
    pub fn may_carry_personal_facts(&self) -> bool {
        match (self.role, &self.status) {
            (_, Status::Frozen(_)) => false,
            (Role::Family, _) => true,
            (Role::Desk, status) => *status == Status::Confirmed,
        }
    }

    /// Every tag under which a letter of the peer may come, gaps and look-ahead of all epochs: for an index from tag to
    /// contact. At a desk 64 a contact and epoch, at a family 512. After each step only [`super::TagChanges`] is needed.
    pub fn expected_tags(&self) -> impl Iterator<Item = (Tag, Position)> + '_ {
        self.reception.tags()
    }

    /// Letters that the next one may still be followed by, before the peer must have answered, the reserve included.
    #[must_use]
    pub fn window_left(&self) -> u32 {
        let window = self.role.other().look_ahead();
        (self.sending.peer_highest.saturating_add(window)).saturating_sub(self.sending.next - 1)
    }

    /// What this side has opened of the peer's letters, newest epoch first: as the next letter will tell it.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        let first = self.first_letters.as_ref().and_then(FirstLetters::received);
        self.reception
            .received()
            .chain(first)
            .take(RECEIVED_MAX)
            .collect()
    }

    /// Keys that are kept only for letters still missing: numbers passed over, and superseded private keys. Both are 0 once
    /// everything has come: from then on an old letter opens for nobody who takes the device.
    #[must_use]
    pub fn keys_kept_for_missing_letters(&self) -> (usize, usize) {
        (self.reception.gap_count(), self.mine.draining_count())
    }

    /// Notes a letter's id; tells whether it was known.
    pub(super) fn note_id(&mut self, id: LetterId) -> bool {
        if self.ids.contains(&id) {
            return true;
        }
        if self.ids.len() >= IDS_SEEN_MAX {
            self.ids.remove(0);
        }
        self.ids.push(id);
        false
    }
}
