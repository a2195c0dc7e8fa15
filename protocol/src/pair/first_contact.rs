//! The first letters, at both ends (SEAL-5): until an answer of the desk has been opened, every letter of a family carries
//! the same seed, reply address and key, so that a lost one loses nothing but itself.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    ContactId, KeyHash, LetterId, OpenError, OpenedLetter, Pair, Position, Received, ReplyTo,
    SealContext, SealError, Status, TagChanges, VerifiedBy,
    binding::{Binding, Kind},
    body::{self, Content, FirstBody},
    chain::{EpochSecrets, truncate},
    epochs::{Contradiction, Reception},
    keys::{MyKeys, PeerKey},
    send::{Addressing, open_body, seal_body},
    state::{Role, Sending},
};
use crate::{
    envelope::{Envelope, Tag},
    hedge::HedgedRng,
    ids::{EnvelopeHash, SigningPublic, byte_string, labelled_hash},
    limits::{PREKEY_GRACE_SECONDS, WINDOW_DESK},
    prekey_secret::PrekeySecret,
    secret::Secret,
    suite::{KemPublic, SuiteError, derive},
};

byte_string! {
    /// Names an invitation without giving it away.
    InvitationId, 32
}

/// A secret that a desk gives to one family by another way: its first letters are keyed with it, and are verified by it
/// at once (SEAL-10).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    secret: Secret,
}

impl core::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Invitation(…)")
    }
}

impl Invitation {
    /// A fresh invitation.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self::from_secret(Secret::random(rng))
    }

    /// From its 32 bytes.
    #[must_use]
    pub fn from_secret(secret: Secret) -> Self {
        Self { secret }
    }

    /// The 32 bytes, for storage and for the way to the family.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> InvitationId {
        InvitationId(*derive(&self.secret, b"", b"tidings invitation id v1", &[]).expose())
    }

    /// The tags of the first letters written under it, by number: for the desk's index.
    pub fn tags(&self, desk: &SigningPublic) -> impl Iterator<Item = Tag> + '_ {
        let desk = *desk;
        (1..=WINDOW_DESK).map(move |number| self.tag(&desk, number))
    }

    fn tag(&self, desk: &SigningPublic, number: u32) -> Tag {
        truncate(&derive(
            &self.secret,
            desk.as_bytes(),
            b"tidings invitation tag v1",
            &[&number.to_le_bytes()],
        ))
    }

    pub(super) fn psk(&self, desk: &SigningPublic) -> Secret {
        derive(
            &self.secret,
            desk.as_bytes(),
            b"tidings invitation psk v1",
            &[],
        )
    }
}

/// What a family repeats until an answer has been opened; then it is wiped.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Introduction {
    pair_seed: Secret,
    invitation: Option<Invitation>,
    prekey_seen: u32,
}

/// Which first letters of a family a desk has opened.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FirstLetters {
    /// Bit `n - 1` stands for number `n`.
    settled: u64,
    opened: u64,
    /// Known once a later letter has come.
    last: Option<u8>,
}

impl FirstLetters {
    fn bit(number: u32) -> Option<u64> {
        (1..=WINDOW_DESK)
            .contains(&number)
            .then(|| 1 << (number - 1))
    }

    /// Notes a number; an error if it was settled before or cannot be.
    fn take(&mut self, number: u32) -> Result<(), OpenError> {
        let bit = Self::bit(number).ok_or(OpenError::Contradiction)?;
        if self.settled & bit != 0 {
            return Err(OpenError::AlreadyOpened);
        }
        if self.last.is_some_and(|last| number > u32::from(last)) {
            return Err(OpenError::Contradiction);
        }
        self.settled |= bit;
        self.opened |= bit;
        Ok(())
    }

    /// The family has written its last first letter: whoever gets at a prekey later invents no further one.
    pub(super) fn close(&mut self, last: u32) -> Result<(), Contradiction> {
        let last = u8::try_from(last).map_err(|_| Contradiction)?;
        let highest = u64::BITS - self.opened.leading_zeros();
        let known = self.last.is_none_or(|known| known == last);
        if !known || u32::from(last) < highest || u32::from(last) > WINDOW_DESK {
            return Err(Contradiction);
        }
        self.last = Some(last);
        Ok(())
    }

    /// The family will never send this number.
    pub(super) fn give_up(&mut self, number: u32) {
        self.settled |= Self::bit(number).unwrap_or(0);
    }

    /// What to tell the family.
    pub(super) fn received(&self) -> Option<Received> {
        let highest = u64::BITS - self.opened.leading_zeros();
        let missing = (1..highest)
            .filter(|number| Self::bit(*number).is_some_and(|bit| self.settled & bit == 0));
        (highest > 0).then(|| Received::new(0, highest, missing))
    }
}

/// The name of a pair (SEAL-5).
pub(super) fn contact_id(
    pair_seed: &Secret,
    desk: &SigningPublic,
    reply_to: &ReplyTo,
    key: &KemPublic,
) -> ContactId {
    ContactId(labelled_hash(
        b"tidings contact id v1",
        &[
            pair_seed.expose(),
            desk.as_bytes(),
            reply_to.as_bytes(),
            key.as_bytes(),
        ],
    ))
}

impl Pair {
    /// A family's new pair with `desk`, before any letter (SEAL-5). `reply_to` names a mailbox that is used for nothing else;
    /// `vault_secret` hedges the randomness.
    ///
    /// # Errors
    /// [`SuiteError`] never for a working generator; the type of the primitive cannot say so.
    pub fn first_contact(
        desk: SigningPublic,
        reply_to: ReplyTo,
        invitation: Option<Invitation>,
        vault_secret: &Secret,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, TagChanges), SuiteError> {
        let mut fresh = HedgedRng::new(
            rng,
            vault_secret,
            b"tidings first contact v1",
            &[desk.as_bytes(), reply_to.as_bytes()],
        );
        let pair_seed = Secret::random(&mut fresh);
        let mut mine = MyKeys::none();
        let (_, key) = mine.offer(&mut fresh)?;
        let contact = contact_id(&pair_seed, &desk, &reply_to, &key);
        let secrets = EpochSecrets::first(&pair_seed, &contact);
        let mut tags = TagChanges::default();
        let mut pair = Self::empty(Role::Family, desk, contact, reply_to, secrets.link.clone());
        pair.mine = mine;
        pair.introduction = Some(Introduction {
            pair_seed,
            invitation,
            prekey_seen: 0,
        });
        pair.reception
            .add(0, secrets.chain_of(Role::Desk), &mut tags);
        Ok((pair, tags))
    }

    fn empty(
        role: Role,
        desk: SigningPublic,
        contact: ContactId,
        reply_to: ReplyTo,
        link: Secret,
    ) -> Self {
        Self {
            role,
            status: Status::Unconfirmed,
            verified_by: None,
            desk,
            contact,
            reply_to,
            introduction: None,
            first_letters: None,
            epoch: 0,
            link,
            sending: Sending::new(None, 0, std::collections::BTreeSet::new()),
            reception: Reception::new(role.look_ahead()),
            heard: None,
            mine: MyKeys::none(),
            peer: None,
            proposal: None,
            repairing: false,
            ids: Vec::new(),
        }
    }

    pub(super) fn seal_first(
        &mut self,
        id: LetterId,
        content: &[u8],
        context: SealContext<'_>,
        fresh: &mut HedgedRng,
    ) -> Result<Envelope, SealError> {
        let prekey = context.prekey.ok_or(SealError::NeedsPrekey)?;
        let number = self.sending.next;
        let (_, key) = self.mine.offer(fresh)?;
        let damaged = |missing| SealError::Damaged { missing };
        let introduction = self.introduction.as_mut().ok_or(damaged("pair seed"))?;
        if prekey.epoch < introduction.prekey_seen {
            return Err(SealError::PrekeyOlder {
                got: prekey.epoch,
                seen: introduction.prekey_seen,
            });
        }
        if context.now > prekey.not_after.plus(PREKEY_GRACE_SECONDS) {
            return Err(SealError::PrekeyExpired {
                not_after: prekey.not_after,
                now: context.now,
            });
        }
        introduction.prekey_seen = prekey.epoch;
        let body = FirstBody {
            id,
            number: u8::try_from(number).map_err(|_| damaged("room for first letters"))?,
            pair_seed: introduction.pair_seed.clone(),
            reply_to: self.reply_to.clone(),
            key,
            content: Content(content.to_vec()),
        };
        let (kind, tag, psk) = match &introduction.invitation {
            None => (Kind::First, Tag::random(fresh), None),
            Some(invitation) => (
                Kind::Invited,
                invitation.tag(&self.desk, number),
                Some(invitation.psk(&self.desk)),
            ),
        };
        let hash = KeyHash::of(prekey.key);
        let info = first_binding(kind, &self.desk, prekey.epoch, &hash).info();
        let to = Addressing {
            recipient: prekey.key,
            tag: &tag,
            psk: psk.as_ref(),
            info: &info,
        };
        seal_body(&body, &to, context.vault_secret, fresh)
    }
}

/// A first letter tells its reader neither contact nor number: both are inside.
fn first_binding<'a>(
    kind: Kind,
    desk: &'a SigningPublic,
    prekey_epoch: u32,
    recipient: &'a KeyHash,
) -> Binding<'a> {
    Binding {
        kind,
        desk,
        contact: None,
        sender: Role::Family,
        position: Position {
            epoch: 0,
            number: 0,
        },
        prekey_epoch,
        recipient,
    }
}

/// An invitation as a desk's index finds it by tag.
#[derive(Debug, Clone)]
pub struct KnownInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The contact that it made, if it was used: no second one is accepted.
    pub used_by: Option<ContactId>,
}

/// What a desk reads first letters with.
pub struct FirstLetterKeys<'a> {
    /// The desk's identity.
    pub desk: &'a SigningPublic,
    /// Private prekeys that are not over, newest first.
    pub prekeys: &'a [PrekeySecret],
    /// Finds an invitation by the tag of an envelope ([`Invitation::tags`]).
    pub invitations: &'a dyn Fn(&Tag) -> Option<KnownInvitation>,
    /// Whether a first letter with this hash was opened before. The desk remembers each until its prekey is over,
    /// also when the contact has been deleted: a relay that plays it again makes no new contact (SEAL-13).
    pub seen: &'a dyn Fn(&EnvelopeHash) -> bool,
}

/// A first letter, opened and read; what becomes of it depends on whether its contact is known.
pub struct FirstLetter {
    contact: ContactId,
    desk: SigningPublic,
    reply_to: ReplyTo,
    key: KemPublic,
    secrets: EpochSecrets,
    invitation: Option<InvitationId>,
    id: LetterId,
    number: u32,
    content: Zeroizing<Vec<u8>>,
    hash: EnvelopeHash,
    prekey_epoch: u32,
}

impl core::fmt::Debug for FirstLetter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FirstLetter")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Opens a first letter at the desk (SEAL-5, SEAL-13). An envelope whose tag no pair expects is tried here, with every
/// prekey; the outcome depends on nothing but prekeys and invitations, so it is tried again only when one was added.
///
/// # Errors
/// [`OpenError::AlreadyOpened`] for a double, [`OpenError::Unopenable`] for what is no first letter to this desk,
/// [`OpenError::InvitationUsed`], or [`OpenError::Malformed`].
pub fn open(envelope: &Envelope, keys: &FirstLetterKeys<'_>) -> Result<FirstLetter, OpenError> {
    let hash = envelope.hash();
    if (keys.seen)(&hash) {
        return Err(OpenError::AlreadyOpened);
    }
    let tag = envelope.tag();
    let known = (keys.invitations)(&tag);
    let psk = known.as_ref().map(|known| known.invitation.psk(keys.desk));
    let kind = if known.is_some() {
        Kind::Invited
    } else {
        Kind::First
    };
    let (prekey_epoch, plaintext) = keys
        .prekeys
        .iter()
        .find_map(|prekey| {
            let recipient = KeyHash::of(&prekey.public);
            let binding = first_binding(kind, keys.desk, prekey.epoch, &recipient);
            let opened = open_body(envelope, &prekey.secret, psk.as_ref(), &binding);
            opened.ok().map(|plaintext| (prekey.epoch, plaintext))
        })
        .ok_or(OpenError::Unopenable)?;
    let body = body::read_first(&plaintext)?;
    let number = u32::from(body.number);
    let contact = contact_id(&body.pair_seed, keys.desk, &body.reply_to, &body.key);
    if FirstLetters::bit(number).is_none() {
        return Err(OpenError::Contradiction);
    }
    if let Some(known) = &known {
        if known.used_by.is_some_and(|used_by| used_by != contact) {
            return Err(OpenError::InvitationUsed);
        }
        if known.invitation.tag(keys.desk, number) != tag {
            return Err(OpenError::Contradiction);
        }
    }
    Ok(FirstLetter {
        contact,
        desk: *keys.desk,
        secrets: EpochSecrets::first(&body.pair_seed, &contact),
        reply_to: body.reply_to,
        key: body.key,
        invitation: known.map(|known| known.invitation.id()),
        id: body.id,
        number,
        content: body.content.into_bytes(),
        hash,
        prekey_epoch,
    })
}

impl FirstLetter {
    /// The contact that it belongs to: known or new.
    #[must_use]
    pub fn contact_id(&self) -> ContactId {
        self.contact
    }

    /// The hash to remember, until the prekey of [`FirstLetter::prekey_epoch`] is over (SEAL-13).
    #[must_use]
    pub fn hash(&self) -> EnvelopeHash {
        self.hash
    }

    /// The epoch of the prekey that opened it.
    #[must_use]
    pub fn prekey_epoch(&self) -> u32 {
        self.prekey_epoch
    }

    /// The invitation under which it was written; mark it as used by this contact.
    #[must_use]
    pub fn invitation(&self) -> Option<InvitationId> {
        self.invitation
    }

    /// Makes the desk's pair of a new contact: unconfirmed, or confirmed by its invitation (SEAL-10).
    ///
    /// # Errors
    /// [`OpenError`] never for a letter that [`open`] returned.
    pub fn begin(self) -> Result<(Pair, OpenedLetter), OpenError> {
        let link = self.secrets.link.clone();
        let reply_to = self.reply_to.clone();
        let mut pair = Pair::empty(Role::Desk, self.desk, self.contact, reply_to, link);
        pair.sending.chain = Some(self.secrets.chain_of(Role::Desk));
        pair.first_letters = Some(FirstLetters {
            settled: 0,
            opened: 0,
            last: None,
        });
        pair.peer = Some(PeerKey::new(1, self.key));
        pair.heard = Some(0);
        if let Some(invitation) = self.invitation {
            pair.status = Status::Confirmed;
            pair.verified_by = Some(VerifiedBy::Invitation(invitation));
        }
        pair.open_first(self)
    }
}

impl Pair {
    /// Takes a further first letter of a contact that the desk knows (SEAL-5). Only its number and id are noted: status,
    /// keys and epoch stay, whoever wrote it.
    ///
    /// # Errors
    /// [`OpenError::OtherPair`], [`OpenError::AlreadyOpened`], or [`OpenError::Contradiction`] for a number beyond the last
    /// one that the family says it wrote.
    pub fn open_first(&self, letter: FirstLetter) -> Result<(Self, OpenedLetter), OpenError> {
        let mut next = self.clone();
        if letter.contact != self.contact {
            return Err(OpenError::OtherPair);
        }
        next.first_letters
            .as_mut()
            .ok_or(OpenError::OtherPair)?
            .take(letter.number)?;
        let opened = OpenedLetter {
            id: letter.id,
            position: Position {
                epoch: 0,
                number: letter.number,
            },
            content: letter.content,
            repeated: next.note_id(letter.id),
            requested_repairing: false,
            new_epoch: false,
            introduced: false,
            received: Vec::new(),
            tags: TagChanges::default(),
        };
        Ok((next, opened))
    }
}
