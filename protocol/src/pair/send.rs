//! Sealing a letter (SEAL-15).

use rand_core::CryptoRng;

use super::{
    LetterId, Pair, Position, TagChanges,
    binding::{Binding, Kind, aad},
    body::{self, Content, LaterBody},
    chain::EpochSecrets,
    state::{FreezeReason, Proposal, Role, Status},
};
use crate::{
    envelope::{Envelope, EnvelopeError, Tag},
    hedge::HedgedRng,
    limits::{ABANDONED_MAX, LETTER_CONTENT_MAX, WINDOW_RESERVE},
    secret::Secret,
    suite::{self, KemPublic, Psk, SuiteError},
    time::UnixTime,
    wire::WireError,
};

/// A verified prekey of the desk, to which a first letter is sealed.
#[derive(Debug, Clone, Copy)]
pub struct RecipientPrekey<'a> {
    /// Its epoch.
    pub epoch: u32,
    /// The public key.
    pub key: &'a KemPublic,
    /// The end of its validity.
    pub not_after: UnixTime,
}

/// What a letter is for: the end of a window is kept for what brings a pair back on its feet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An ordinary letter or note.
    Letter,
    /// A digest that stands for many notes, or a letter whose point is re-pairing; may use the last
    /// [`WINDOW_RESERVE`] numbers of a window.
    Digest,
}

/// What sealing needs besides the content.
#[derive(Debug, Clone, Copy)]
pub struct SealContext<'a> {
    /// Needed while [`Pair::needs_prekey`]; ignored afterwards.
    pub prekey: Option<RecipientPrekey<'a>>,
    /// A secret of this vault that is used for nothing else: hedges the randomness (SEAL-12).
    pub vault_secret: &'a Secret,
    /// Ordinary letter or digest.
    pub purpose: Purpose,
    /// The id of a letter sent before, to send it again under a new number; `None` for a new letter.
    pub id: Option<LetterId>,
    /// The time.
    pub now: UnixTime,
}

/// A sealed letter, to be stored with the next state in one transaction, then deposited.
#[derive(Debug, Clone)]
pub struct SealedLetter {
    /// What is deposited; every retry deposits these bytes.
    pub envelope: Envelope,
    /// Its id.
    pub id: LetterId,
    /// Its epoch and number.
    pub position: Position,
    /// Tags to add to the index: a proposal makes a further epoch expected.
    pub tags: TagChanges,
}

/// Why a letter was not sealed. The pair is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The pair is frozen; only a new first contact helps.
    #[error("the pair is frozen")]
    Frozen(FreezeReason),
    /// Too many letters without an answer.
    #[error("{unanswered} letters without an answer, {allowed} are allowed")]
    WindowFull {
        /// Letters sent since the peer's last word.
        unanswered: u32,
        /// How many may be, for this purpose.
        allowed: u32,
    },
    /// A first letter, and no prekey was given.
    #[error("a first letter needs a prekey of the desk")]
    NeedsPrekey,
    /// A prekey of an older epoch than one seen before.
    #[error("prekey of epoch {got}, but epoch {seen} has been seen")]
    PrekeyOlder {
        /// Epoch given.
        got: u32,
        /// Highest epoch seen.
        seen: u32,
    },
    /// A prekey whose validity ended more than 48 hours ago, or a clock that is ahead.
    #[error("the prekey ended {} and it is {} (seconds since 1970)", .not_after.0, .now.0)]
    PrekeyExpired {
        /// End of its validity.
        not_after: UnixTime,
        /// The time given.
        now: UnixTime,
    },
    /// More content than one letter carries.
    #[error("content of {got} bytes, at most {limit} fit a letter")]
    ContentTooLong {
        /// The limit in bytes.
        limit: usize,
        /// Length given.
        got: usize,
    },
    /// A state that no step leads to.
    #[error("the stored pair is damaged: no {missing}")]
    Damaged {
        /// What a pair in this state has.
        missing: &'static str,
    },
    /// A key that is none.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// The body does not encode.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The parts do not make an envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl Pair {
    /// Seals `content` (at most [`LETTER_CONTENT_MAX`] bytes) and returns the state that follows (SEAL-15).
    ///
    /// # Errors
    /// [`SealError`]; nothing has changed then.
    pub fn seal(
        &self,
        content: &[u8],
        context: SealContext<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, SealedLetter), SealError> {
        if let Status::Frozen(reason) = self.status {
            return Err(SealError::Frozen(reason));
        }
        if content.len() > LETTER_CONTENT_MAX {
            return Err(SealError::ContentTooLong {
                limit: LETTER_CONTENT_MAX,
                got: content.len(),
            });
        }
        self.check_window(context.purpose)?;
        let position = self.next_position();
        let mut fresh = HedgedRng::new(
            rng,
            context.vault_secret,
            b"tidings seal v1",
            &[
                self.contact.as_bytes(),
                &position.epoch.to_le_bytes(),
                &position.number.to_le_bytes(),
            ],
        );
        let id = context.id.unwrap_or_else(|| {
            let mut id = [0; 16];
            rand_core::Rng::fill_bytes(&mut fresh, &mut id);
            LetterId(id)
        });
        let mut next = self.clone();
        let mut tags = TagChanges::default();
        let envelope = if self.introduction.is_some() {
            next.seal_first(id, content, context, &mut fresh)?
        } else {
            next.seal_later(id, content, context, &mut fresh, &mut tags)?
        };
        next.sending.next += 1;
        let sealed = SealedLetter {
            envelope,
            id,
            position,
            tags,
        };
        Ok((next, sealed))
    }

    /// The position that the next sealed letter gets: a signed notice is bound to it before it is sealed
    /// ([`crate::notice::NoticePlace`]).
    #[must_use]
    pub fn next_position(&self) -> Position {
        Position {
            epoch: self.epoch,
            number: self.sending.next,
        }
    }

    /// A letter beyond the peer's look-ahead would never open, so none is sealed (SEAL-8).
    fn check_window(&self, purpose: Purpose) -> Result<(), SealError> {
        let window = self.role.other().look_ahead();
        let allowed = match purpose {
            Purpose::Letter => window - WINDOW_RESERVE,
            Purpose::Digest => window,
        };
        let unanswered = (self.sending.next - 1).saturating_sub(self.sending.peer_highest);
        if unanswered < allowed {
            Ok(())
        } else {
            Err(SealError::WindowFull {
                unanswered,
                allowed,
            })
        }
    }

    fn seal_later(
        &mut self,
        id: LetterId,
        content: &[u8],
        context: SealContext<'_>,
        fresh: &mut HedgedRng,
        tags: &mut TagChanges,
    ) -> Result<Envelope, SealError> {
        if self.role == Role::Desk && (self.epoch == 0 || self.repairing) {
            self.propose(fresh, tags);
        }
        let position = self.next_position();
        let (offered_index, offered_key) = self.mine.offer(fresh)?;
        let damaged = |missing| SealError::Damaged { missing };
        let received = self.received();
        let peer = self.peer.as_mut().ok_or(damaged("key of the peer"))?;
        let body = LaterBody {
            id,
            offered_index,
            offered_key,
            since: peer.use_at(position),
            previous_last: self.sending.previous_last,
            received,
            abandoned: self
                .sending
                .abandoned
                .iter()
                .take(ABANDONED_MAX)
                .copied()
                .collect(),
            proposal: self.proposal.as_ref().map(|proposal| proposal.seed.clone()),
            repairing: self.role == Role::Family && self.repairing,
            content: Content(content.to_vec()),
        };
        let (recipient, hash) = (peer.key, peer.hash);
        let chain = self.sending.chain.as_ref().ok_or(damaged("chain"))?;
        let key = chain.letter_key();
        let info = Binding {
            kind: Kind::Later,
            desk: &self.desk,
            contact: Some(&self.contact),
            sender: self.role,
            position,
            prekey_epoch: 0,
            recipient: &hash,
        };
        let envelope = seal_body(
            &body,
            &Addressing {
                recipient: &recipient,
                tag: &key.tag,
                psk: Some(&key.psk),
                info: &info.info(),
            },
            context.vault_secret,
            fresh,
        )?;
        self.sending.chain = Some(chain.step());
        Ok(envelope)
    }

    /// Proposes the next epoch, unless a proposal is out already: that one is repeated (SEAL-7).
    pub(super) fn propose(&mut self, fresh: &mut impl CryptoRng, tags: &mut TagChanges) {
        self.repairing = false;
        if self.proposal.is_some() {
            return;
        }
        let seed = Secret::random(fresh);
        let epoch = self.epoch + 1;
        let secrets = EpochSecrets::following(&self.link, &seed, &self.contact, epoch);
        self.reception
            .add(epoch, secrets.chain_of(Role::Family), tags);
        self.proposal = Some(Proposal {
            seed,
            send: secrets.chain_of(Role::Desk),
            link: secrets.link,
        });
    }
}

/// To whom and under what a body is sealed.
pub(super) struct Addressing<'a> {
    pub(super) recipient: &'a KemPublic,
    pub(super) tag: &'a Tag,
    pub(super) psk: Option<&'a Secret>,
    pub(super) info: &'a [u8],
}

/// Pads, encapsulates with hedged randomness and seals (SEAL-2 to SEAL-4, SEAL-12).
pub(super) fn seal_body(
    body: &impl serde::Serialize,
    to: &Addressing<'_>,
    vault_secret: &Secret,
    fresh: &mut HedgedRng,
) -> Result<Envelope, SealError> {
    let plaintext = body::pad(body)?;
    let mut hedged = HedgedRng::new(
        fresh,
        vault_secret,
        b"tidings encapsulation v1",
        &[to.info, &plaintext],
    );
    let psk = to.psk.map(|key| Psk {
        key,
        id: to.tag.as_bytes(),
    });
    let (encapsulation, mut sealer) = suite::encapsulate(to.recipient, psk, to.info, &mut hedged)?;
    let ciphertext = sealer.seal(&plaintext, &aad(to.tag))?;
    Ok(Envelope::assemble(to.tag, &encapsulation, &ciphertext)?)
}

/// The reader's half of [`seal_body`]: the padded plaintext.
pub(super) fn open_body(
    envelope: &Envelope,
    secret: &suite::KemSecret,
    psk: Option<&Secret>,
    binding: &Binding<'_>,
) -> Result<zeroize::Zeroizing<Vec<u8>>, SuiteError> {
    let tag = envelope.tag();
    let psk = psk.map(|key| Psk {
        key,
        id: tag.as_bytes(),
    });
    suite::decapsulate(secret, &envelope.encapsulation(), psk, &binding.info())?
        .open(envelope.ciphertext(), &aad(&tag))
        .map(zeroize::Zeroizing::new)
}
