//! What a person or the passing of time does to a pair: confirming, freezing, asking for an epoch, giving letters up,
//! wiping keys (SEAL-9 to SEAL-11).

use super::{FreezeReason, Pair, Position, Status, TagChanges, VerifiedBy, send::SealError};
use crate::{
    limits::{ABANDONED_WAITING_MAX, VERIFIED_BY_MAX},
    time::UnixTime,
};

/// A position given up that was never sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("letter {} of epoch {} was never sealed", .0.number, .0.epoch)]
pub struct NeverSealed(pub Position);

/// Why a contact was not confirmed. The pair is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmError {
    /// A frozen pair stays frozen: the family makes a new first contact.
    #[error("the pair is frozen")]
    Frozen(FreezeReason),
    /// Longer than [`VERIFIED_BY_MAX`] bytes.
    #[error("name of {got} bytes, at most {VERIFIED_BY_MAX} are kept")]
    NameTooLong {
        /// Length given in bytes.
        got: usize,
    },
}

impl Pair {
    /// A person at the desk has verified who writes (SEAL-10). On a confirmed pair it replaces who verified it.
    ///
    /// # Errors
    /// [`ConfirmError`]: nothing lifts a freeze.
    pub fn confirm(&self, verified_by: VerifiedBy) -> Result<Self, ConfirmError> {
        if let Status::Frozen(reason) = self.status {
            return Err(ConfirmError::Frozen(reason));
        }
        if let VerifiedBy::Person(name) = &verified_by
            && name.len() > VERIFIED_BY_MAX
        {
            return Err(ConfirmError::NameTooLong { got: name.len() });
        }
        let mut next = self.clone();
        next.status = Status::Confirmed;
        next.verified_by = Some(verified_by);
        Ok(next)
    }

    /// Seals nothing any more, for ever (SEAL-11). Letters already under way still open, so that a person can judge them.
    /// There is no way back: a person who wants to be reached makes a new first contact with a new mailbox, and
    /// is verified anew. A pair that is frozen keeps its first reason.
    #[must_use]
    pub fn freeze(&self, reason: FreezeReason) -> Self {
        let mut next = self.clone();
        if !matches!(next.status, Status::Frozen(_)) {
            next.status = Status::Frozen(reason);
        }
        next
    }

    /// Family: asks for a new epoch in every letter until it comes. Desk: the next letter proposes one (SEAL-7).
    /// While a desk's proposal is out it changes nothing: that proposal is repeated.
    ///
    /// # Errors
    /// [`SealError::Frozen`].
    pub fn request_repairing(&self) -> Result<Self, SealError> {
        if let Status::Frozen(reason) = self.status {
            return Err(SealError::Frozen(reason));
        }
        let mut next = self.clone();
        next.repairing = self.proposal.is_none();
        Ok(next)
    }

    /// Desk: the next letter proposes a new epoch; the same as [`Pair::request_repairing`] under the desk's word for it.
    ///
    /// # Errors
    /// [`SealError::Frozen`].
    pub fn propose_epoch(&self) -> Result<Self, SealError> {
        self.request_repairing()
    }

    /// Declares that a sealed letter will never be deposited (withdrawn, or lost before its deposit), so that the peer wipes
    /// the keys it keeps for it (SEAL-9). Told in every letter until the peer has settled it.
    ///
    /// # Errors
    /// [`NeverSealed`] for a position of this or a later epoch that has not been sealed.
    pub fn abandon(&self, position: Position) -> Result<Self, NeverSealed> {
        if position.number == 0 || position >= self.next_position() {
            return Err(NeverSealed(position));
        }
        let mut next = self.clone();
        next.sending.abandoned.insert(position);
        while next.sending.abandoned.len() > ABANDONED_WAITING_MAX {
            next.sending.abandoned.pop_first();
        }
        Ok(next)
    }

    /// Wipes keys for missing letters that are older than 210 days (SEAL-9). To be called about once a day.
    #[must_use]
    pub fn expire(&self, now: UnixTime) -> (Self, TagChanges) {
        let mut next = self.clone();
        let mut tags = TagChanges::default();
        next.reception.expire(now, &mut tags);
        next.mine.expire(now);
        let reception = &next.reception;
        next.mine
            .drain(|from, before| reception.any_gap(from, before));
        (next, tags)
    }
}
