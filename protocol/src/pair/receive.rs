//! Opening a later letter (SEAL-16). A first letter is opened in [`super::first_contact`].

use zeroize::Zeroizing;

use super::{
    LetterId, Pair, Position, Received, TagChanges,
    binding::{Binding, Kind},
    body::{self, LaterBody},
    chain::EpochSecrets,
    epochs::Contradiction,
    keys::{PeerKey, Which},
    send::open_body,
    state::{FreezeReason, Role, Sending, Status},
};
use crate::{
    envelope::{Envelope, Tag},
    limits::ABANDONED_WAITING_MAX,
    secret::Secret,
    time::UnixTime,
    wire::WireError,
};

/// A letter that was opened, to be stored with the next state in one transaction, then acknowledged to the relay.
#[derive(Clone)]
pub struct OpenedLetter {
    /// Its id. The same id under another number is the same letter sent again.
    pub id: LetterId,
    /// Its epoch and number; epoch 0 from a family means a first letter.
    pub position: Position,
    /// Its content; wiped on drop.
    pub content: Zeroizing<Vec<u8>>,
    /// Whether this pair has opened this id before: the state goes on, but nothing is shown to a person.
    pub repeated: bool,
    /// The family asks for a new epoch. The desk's next letter proposes one by itself.
    pub requested_repairing: bool,
    /// Whether the state moved to a new epoch with this letter.
    pub new_epoch: bool,
    /// The family's first opened answer: from now on it needs no prekey.
    pub introduced: bool,
    /// What the peer has opened of this side's letters. Empty in first letters and in letters of older epochs.
    pub received: Vec<Received>,
    /// Tags to change in the index.
    pub tags: TagChanges,
}

impl core::fmt::Debug for OpenedLetter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OpenedLetter")
            .field("position", &self.position)
            .field("repeated", &self.repeated)
            .finish_non_exhaustive()
    }
}

/// Why an envelope was not opened. The pair is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The pair does not expect this tag: another contact's, a later epoch's, or opened before.
    #[error("no letter of this pair carries this tag")]
    UnknownTag,
    /// The letter was opened before (first letters only; others are [`OpenError::UnknownTag`] the second time).
    #[error("the letter was opened before")]
    AlreadyOpened,
    /// No key opens it: changed on the way, not for this reader, or its key is gone.
    #[error("no key opens the envelope")]
    Unopenable,
    /// It opened, and what is inside is not a letter.
    #[error(transparent)]
    Malformed(#[from] WireError),
    /// It opened, and what it says about its sender's state cannot be true.
    #[error("the letter contradicts what its sender said before")]
    Contradiction,
    /// It opened under an invitation that belongs to another contact.
    #[error("the invitation was used by another contact")]
    InvitationUsed,
    /// It opened, and belongs to another pair or to a pair of the other role.
    #[error("the letter belongs to another pair")]
    OtherPair,
}

impl OpenError {
    /// Whether to keep the envelope and try it again after a new contact, a new epoch or a new prekey (SEAL-17): also one that
    /// contradicts this state, because the state may be an old copy and the right one may come back. Otherwise it
    /// is a double or never will be a letter, and is dropped.
    #[must_use]
    pub fn park(&self) -> bool {
        matches!(
            self,
            Self::UnknownTag | Self::Unopenable | Self::Contradiction
        )
    }
}

impl From<Contradiction> for OpenError {
    fn from(_: Contradiction) -> Self {
        Self::Contradiction
    }
}

impl Pair {
    /// Whether a letter with this tag may come next from the peer.
    #[must_use]
    pub fn expects(&self, tag: &Tag) -> bool {
        self.reception.find(tag).is_some()
    }

    /// Opens a later letter and returns the state that follows (SEAL-16).
    ///
    /// # Errors
    /// [`OpenError`]; nothing has changed then, and an intact copy of a changed letter still opens.
    pub fn open(
        &self,
        envelope: &Envelope,
        now: UnixTime,
    ) -> Result<(Self, OpenedLetter), OpenError> {
        let expected = self
            .reception
            .find(&envelope.tag())
            .ok_or(OpenError::UnknownTag)?;
        let position = expected.position;
        let (which, plaintext) = self
            .mine
            .candidates(position)
            .into_iter()
            .find_map(|(which, secret, hash)| {
                let binding = Binding {
                    kind: Kind::Later,
                    desk: &self.desk,
                    contact: Some(&self.contact),
                    sender: self.role.other(),
                    position,
                    prekey_epoch: 0,
                    recipient: hash,
                };
                let opened = open_body(envelope, secret, Some(&expected.psk), &binding);
                opened.ok().map(|plaintext| (which, plaintext))
            })
            .ok_or(OpenError::Unopenable)?;
        let body = body::read_later(&plaintext)?;
        let mut next = self.clone();
        let opened = next.absorb(which, position, body, now)?;
        Ok((next, opened))
    }

    /// What an opened letter changes. On a copy of the state: an error discards it.
    fn absorb(
        &mut self,
        which: Which,
        position: Position,
        body: LaterBody,
        now: UnixTime,
    ) -> Result<OpenedLetter, OpenError> {
        let mut tags = TagChanges::default();
        self.reception.take(position, now, &mut tags);
        self.close_previous(position.epoch, body.previous_last, now, &mut tags)?;
        self.mine.used(which, body.since, position, now)?;
        let mut opened = OpenedLetter {
            id: body.id,
            position,
            content: Zeroizing::new(Vec::new()),
            repeated: self.note_id(body.id),
            requested_repairing: false,
            new_epoch: false,
            introduced: false,
            received: Vec::new(),
            tags: TagChanges::default(),
        };
        // Whoever steals an old epoch's keys can forge letters into its gaps: they change nothing else (SEAL-16).
        if self.heard.is_none_or(|heard| heard <= position.epoch) {
            self.absorb_news(position, &body, &mut opened, &mut tags)?;
            opened.received = body.received;
        }
        let reception = &self.reception;
        self.mine
            .drain(|from, before| reception.any_gap(from, before));
        opened.content = body.content.into_bytes();
        opened.tags = tags;
        Ok(opened)
    }

    /// The first letter of an epoch tells where the one before ended.
    fn close_previous(
        &mut self,
        epoch: u32,
        last: u32,
        now: UnixTime,
        tags: &mut TagChanges,
    ) -> Result<(), Contradiction> {
        let Some(previous) = epoch.checked_sub(1) else {
            return if last == 0 {
                Ok(())
            } else {
                Err(Contradiction)
            };
        };
        if let (0, Some(first)) = (previous, &mut self.first_letters) {
            return first.close(last);
        }
        self.reception.close(previous, last, now, tags)
    }

    /// What only letters of the newest epoch may change.
    fn absorb_news(
        &mut self,
        position: Position,
        body: &LaterBody,
        opened: &mut OpenedLetter,
        tags: &mut TagChanges,
    ) -> Result<(), OpenError> {
        self.heard = Some(position.epoch);
        if body.offered_index == 0 {
            return Err(OpenError::Contradiction);
        }
        match &mut self.peer {
            Some(peer) => peer.take_newer(body.offered_index, &body.offered_key)?,
            None => self.peer = Some(PeerKey::new(body.offered_index, body.offered_key)),
        }
        for abandoned in &body.abandoned {
            self.reception.abandon(*abandoned, tags);
            if let (0, Some(first)) = (abandoned.epoch, &mut self.first_letters) {
                first.give_up(abandoned.number);
            }
        }
        match self.role {
            Role::Desk => self.absorb_from_family(position, body, opened)?,
            Role::Family => self.absorb_from_desk(position, body, opened, tags)?,
        }
        self.absorb_received(&body.received);
        Ok(())
    }

    fn absorb_from_family(
        &mut self,
        position: Position,
        body: &LaterBody,
        opened: &mut OpenedLetter,
    ) -> Result<(), OpenError> {
        if body.proposal.is_some() {
            return Err(OpenError::Contradiction);
        }
        if position.epoch > self.epoch {
            let proposal = self.proposal.take().ok_or(OpenError::Contradiction)?;
            self.enter(position.epoch, proposal.link, proposal.send);
            opened.new_epoch = true;
        }
        if body.repairing {
            opened.requested_repairing = true;
            // A proposal that is out answers the request.
            self.repairing = self.proposal.is_none();
        }
        Ok(())
    }

    fn absorb_from_desk(
        &mut self,
        position: Position,
        body: &LaterBody,
        opened: &mut OpenedLetter,
        tags: &mut TagChanges,
    ) -> Result<(), OpenError> {
        if body.repairing {
            return Err(OpenError::Contradiction);
        }
        if let Some(seed) = &body.proposal
            && position.epoch == self.epoch
        {
            self.adopt(seed, tags);
            opened.new_epoch = true;
        }
        if position.epoch == 0 && self.epoch == 0 {
            // An answer proposes an epoch, always (SEAL-7).
            return Err(OpenError::Contradiction);
        }
        if self.introduction.take().is_some() {
            opened.introduced = true;
            if self.status == Status::Unconfirmed {
                self.status = Status::Confirmed;
            }
        }
        Ok(())
    }

    /// The family follows the desk's proposal at once.
    fn adopt(&mut self, seed: &Secret, tags: &mut TagChanges) {
        let epoch = self.epoch + 1;
        let secrets = EpochSecrets::following(&self.link, seed, &self.contact, epoch);
        self.reception
            .add(epoch, secrets.chain_of(Role::Desk), tags);
        let send = secrets.chain_of(Role::Family);
        self.enter(epoch, secrets.link, send);
        self.repairing = false;
    }

    /// From now on this side sends in `epoch`.
    fn enter(&mut self, epoch: u32, link: Secret, send: super::chain::Chain) {
        self.epoch = epoch;
        self.link = link;
        let abandoned = core::mem::take(&mut self.sending.abandoned);
        self.sending = Sending::new(Some(send), self.sending.next - 1, abandoned);
    }

    fn absorb_received(&mut self, received: &[Received]) {
        for report in received {
            let sent = if report.epoch == self.epoch {
                self.sending.next - 1
            } else if report.epoch.checked_add(1) == Some(self.epoch) {
                self.sending.previous_last
            } else if report.epoch > self.epoch {
                0
            } else {
                continue;
            };
            if report.highest > sent {
                // The peer has opened what this state never sealed: this is an old copy of the vault (SEAL-11).
                self.status = Status::Frozen(FreezeReason::RolledBack);
            } else if report.epoch == self.epoch {
                self.sending.peer_highest = self.sending.peer_highest.max(report.highest);
            }
            self.sending.abandoned.retain(|position| {
                position.epoch != report.epoch || !report.is_settled(position.number)
            });
        }
        while self.sending.abandoned.len() > ABANDONED_WAITING_MAX {
            self.sending.abandoned.pop_first();
        }
    }
}
