//! The pair through its public interface: each test follows one history that a rule of `docs/spec/seal.md` decides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use rand::{SeedableRng, rngs::StdRng};
use tidings_protocol::{
    envelope::{Envelope, Tag},
    ids::SigningPublic,
    limits::{DAY_SECONDS, LETTER_CONTENT_MAX},
    pair::{
        FreezeReason, LetterId, OpenError, OpenedLetter, Pair, Position, Purpose, RecipientPrekey,
        ReplyTo, SealContext, SealError, SealedLetter, Status, VerifiedBy,
        first_contact::{self, FirstLetter, FirstLetterKeys, Invitation, KnownInvitation},
    },
    prekey_secret::PrekeySecret,
    secret::Secret,
    time::UnixTime,
};

const DESK: SigningPublic = SigningPublic([0xd5; 32]);
const NOW: UnixTime = UnixTime(1_790_000_000);

/// A family, a desk, and their prekey.
struct World {
    rng: StdRng,
    now: UnixTime,
    prekey: PrekeySecret,
    vault: Secret,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            now: NOW,
            prekey: PrekeySecret::new(7, Secret::new([7; 32]), NOW.plus(7 * DAY_SECONDS)).unwrap(),
            vault: Secret::new([3; 32]),
        }
    }

    fn family(&mut self) -> Pair {
        self.invited(None)
    }

    fn invited(&mut self, invitation: Option<Invitation>) -> Pair {
        let reply_to = ReplyTo::new(b"relay and mailbox".to_vec()).unwrap();
        Pair::first_contact(DESK, reply_to, invitation, &self.vault, &mut self.rng)
            .unwrap()
            .0
    }

    fn try_seal(
        &mut self,
        pair: &mut Pair,
        content: &[u8],
        purpose: Purpose,
        id: Option<LetterId>,
    ) -> Result<SealedLetter, SealError> {
        let context = SealContext {
            prekey: Some(RecipientPrekey {
                epoch: self.prekey.epoch,
                key: &self.prekey.public,
                not_after: self.prekey.not_after,
            }),
            vault_secret: &self.vault,
            purpose,
            id,
            now: self.now,
        };
        let (next, sealed) = pair.seal(content, context, &mut self.rng)?;
        *pair = next;
        Ok(sealed)
    }

    fn seal(&mut self, pair: &mut Pair, content: &[u8]) -> Envelope {
        self.try_seal(pair, content, Purpose::Letter, None)
            .unwrap()
            .envelope
    }

    fn open(&self, pair: &mut Pair, envelope: &Envelope) -> Result<OpenedLetter, OpenError> {
        let (next, opened) = pair.open(envelope, self.now)?;
        *pair = next;
        Ok(opened)
    }

    fn read_first(&self, envelope: &Envelope) -> Result<FirstLetter, OpenError> {
        first_contact::open(
            envelope,
            &FirstLetterKeys {
                desk: &DESK,
                prekeys: core::slice::from_ref(&self.prekey),
                invitations: &|_: &Tag| None,
                seen: &|_| false,
            },
        )
    }

    /// A family and a desk after one letter each way: both in epoch 1 once the family writes again.
    fn introduced(&mut self) -> (Pair, Pair) {
        let mut family = self.family();
        let first = self.seal(&mut family, b"first");
        let (mut desk, _) = self.read_first(&first).unwrap().begin().unwrap();
        let answer = self.seal(&mut desk, b"answer");
        self.open(&mut family, &answer).unwrap();
        (family, desk)
    }
}

/// SEAL-5, SEAL-7: letter, answer, letter; the answer moves the pair to epoch 1.
#[test]
fn a_letter_an_answer_and_a_letter() {
    let mut world = World::new(1);
    let mut family = world.family();
    assert!(family.needs_prekey());
    let first = world.seal(&mut family, "Доброго дня".as_bytes());
    let letter = world.read_first(&first).unwrap();
    assert_eq!(letter.contact_id(), family.contact_id());
    assert_eq!(letter.prekey_epoch(), 7);
    let (mut desk, opened) = letter.begin().unwrap();
    assert_eq!(&**opened.content, "Доброго дня".as_bytes());
    assert_eq!(*desk.status(), Status::Unconfirmed);
    assert_eq!(desk.reply_to().as_bytes(), b"relay and mailbox");

    let answer = world.seal(&mut desk, b"answer");
    let opened = world.open(&mut family, &answer).unwrap();
    assert!(opened.introduced && opened.new_epoch);
    assert_eq!(&**opened.content, b"answer");
    assert_eq!(family.epoch(), 1);
    assert!(!family.needs_prekey());

    let later = world.seal(&mut family, b"later");
    let opened = world.open(&mut desk, &later).unwrap();
    assert_eq!(
        opened.position,
        Position {
            epoch: 1,
            number: 1
        }
    );
    assert!(opened.new_epoch);
    assert_eq!(desk.epoch(), 1);
    let answer = world.seal(&mut desk, b"again");
    assert_eq!(
        &**world.open(&mut family, &answer).unwrap().content,
        b"again"
    );
    assert_eq!(
        world.open(&mut family, &answer).unwrap_err(),
        OpenError::UnknownTag,
        "nothing opens twice"
    );
}

/// SEAL-5: the first two letters are lost; the third makes the contact, and the first, carried by hand, joins it later.
#[test]
fn lost_first_letters_lose_nothing_else() {
    let mut world = World::new(2);
    let mut family = world.family();
    let one = world.seal(&mut family, b"one");
    let _lost = world.seal(&mut family, b"two");
    let three = world.seal(&mut family, b"three");
    let (mut desk, opened) = world.read_first(&three).unwrap().begin().unwrap();
    assert_eq!(opened.position.number, 3);
    assert_eq!(
        desk.received()[0].missing().into_iter().collect::<Vec<_>>(),
        [1, 2]
    );
    let (next, opened) = desk.open_first(world.read_first(&one).unwrap()).unwrap();
    desk = next;
    assert_eq!(&**opened.content, b"one");
    assert_eq!(
        desk.open_first(world.read_first(&one).unwrap())
            .unwrap_err(),
        OpenError::AlreadyOpened
    );
    let answer = world.seal(&mut desk, b"answer");
    let opened = world.open(&mut family, &answer).unwrap();
    assert_eq!(
        opened.received[0].missing().into_iter().collect::<Vec<_>>(),
        [2]
    );
    assert!(opened.received[0].is_settled(1) && opened.received[0].is_settled(3));
    assert!(!opened.received[0].is_settled(2) && !opened.received[0].is_settled(4));
}

/// SEAL-5: the desk's first answer is lost, the family goes on with first letters, the second answer brings both to epoch 1.
#[test]
fn a_lost_answer_is_followed_by_another() {
    let mut world = World::new(3);
    let mut family = world.family();
    let one = world.seal(&mut family, b"one");
    let (mut desk, _) = world.read_first(&one).unwrap().begin().unwrap();
    let _lost = world.seal(&mut desk, b"answer one");
    let two = world.seal(&mut family, b"two");
    desk = desk.open_first(world.read_first(&two).unwrap()).unwrap().0;
    let answer = world.seal(&mut desk, b"answer two");
    assert!(world.open(&mut family, &answer).unwrap().introduced);
    let later = world.seal(&mut family, b"later");
    assert!(world.open(&mut desk, &later).unwrap().new_epoch);
}

/// SEAL-5: once the family says how many first letters it wrote, no further one is taken, whoever has the prekey by then.
#[test]
fn a_prekey_stolen_later_invents_no_letter() {
    let mut world = World::new(4);
    let mut family = world.family();
    let one = world.seal(&mut family, b"one");
    let thief = family.clone();
    let (mut desk, _) = world.read_first(&one).unwrap().begin().unwrap();
    let answer = world.seal(&mut desk, b"answer");
    world.open(&mut family, &answer).unwrap();
    let later = world.seal(&mut family, b"later");
    world.open(&mut desk, &later).unwrap();
    let mut thief = thief;
    let forged = world.seal(&mut thief, b"forged");
    assert_eq!(
        desk.open_first(world.read_first(&forged).unwrap())
            .unwrap_err(),
        OpenError::Contradiction
    );
}

/// SEAL-10: an invitation confirms at once, for one contact; a wrong one opens nothing.
#[test]
fn an_invitation_confirms_one_contact() {
    let mut world = World::new(5);
    let invitation = Invitation::from_secret(Secret::new([9; 32]));
    let mut family = world.invited(Some(invitation.clone()));
    let letter = world.seal(&mut family, b"one");
    assert_eq!(
        world.read_first(&letter).unwrap_err(),
        OpenError::Unopenable,
        "without the invitation it does not open"
    );
    assert_eq!(
        invitation.tags(&DESK).next(),
        Some(letter.tag()),
        "the index finds it by its tag"
    );
    let read = |used_by| {
        first_contact::open(
            &letter,
            &FirstLetterKeys {
                desk: &DESK,
                prekeys: core::slice::from_ref(&world.prekey),
                invitations: &|_: &Tag| {
                    Some(KnownInvitation {
                        invitation: invitation.clone(),
                        used_by,
                    })
                },
                seen: &|_| false,
            },
        )
    };
    assert_eq!(
        read(Some(tidings_protocol::pair::ContactId([1; 32]))).unwrap_err(),
        OpenError::InvitationUsed
    );
    assert!(read(Some(family.contact_id())).is_ok());
    let (desk, _) = read(None).unwrap().begin().unwrap();
    assert_eq!(*desk.status(), Status::Confirmed);
    assert_eq!(
        desk.verified_by(),
        Some(&VerifiedBy::Invitation(invitation.id()))
    );
    assert!(desk.may_carry_personal_facts());
}

/// SEAL-10, SEAL-11: facts only to a confirmed contact; a frozen one seals nothing, and nothing lifts it.
#[test]
fn confirming_and_freezing() {
    let mut world = World::new(6);
    let (family, mut desk) = world.introduced();
    assert!(!desk.may_carry_personal_facts());
    desk = desk.confirm(VerifiedBy::Person("O.".into())).unwrap();
    assert!(desk.may_carry_personal_facts());
    desk = desk.freeze(FreezeReason::Reported);
    assert!(!desk.may_carry_personal_facts());
    assert_eq!(
        world
            .try_seal(&mut desk, b"", Purpose::Digest, None)
            .unwrap_err(),
        SealError::Frozen(FreezeReason::Reported)
    );
    assert!(desk.confirm(VerifiedBy::Person("O.".into())).is_err());
    let mut thief = family;
    let letter = world.seal(&mut thief, b"let me in");
    world.open(&mut desk, &letter).unwrap();
    assert_eq!(*desk.status(), Status::Frozen(FreezeReason::Reported));
    assert_eq!(
        *desk.freeze(FreezeReason::Restored).status(),
        Status::Frozen(FreezeReason::Reported),
        "the first reason stays"
    );
}

/// SEAL-8: a sender stops at the end of the peer's look-ahead and keeps 16 numbers for digests.
#[test]
fn the_window_ends() {
    let mut world = World::new(7);
    let (mut family, mut desk) = world.introduced();
    let mut last = None;
    for _ in 0..48 {
        last = Some(world.seal(&mut family, b"text"));
    }
    assert_eq!(
        world
            .try_seal(&mut family, b"text", Purpose::Letter, None)
            .unwrap_err(),
        SealError::WindowFull {
            unanswered: 48,
            allowed: 48
        }
    );
    for _ in 0..16 {
        last = Some(
            world
                .try_seal(&mut family, b"digest", Purpose::Digest, None)
                .unwrap()
                .envelope,
        );
    }
    assert!(
        world
            .try_seal(&mut family, b"", Purpose::Digest, None)
            .is_err()
    );
    assert_eq!(family.window_left(), 0);
    // The very last still opens, the answer tells it, and the window is open again.
    world.open(&mut desk, &last.unwrap()).unwrap();
    let answer = world.seal(&mut desk, b"answer");
    world.open(&mut family, &answer).unwrap();
    assert_eq!(family.window_left(), 64);
    world.seal(&mut family, b"text");
}

/// SEAL-4: content up to the limit, in first and later letters.
#[test]
fn a_full_letter_fits() {
    let mut world = World::new(8);
    let mut family = world.family();
    let text = vec![0xd0; LETTER_CONTENT_MAX];
    let first = world.seal(&mut family, &text);
    let (mut desk, opened) = world.read_first(&first).unwrap().begin().unwrap();
    assert_eq!(**opened.content, text);
    let answer = world.seal(&mut desk, &text);
    assert_eq!(**world.open(&mut family, &answer).unwrap().content, text);
    assert_eq!(
        world
            .try_seal(
                &mut family,
                &vec![0; LETTER_CONTENT_MAX + 1],
                Purpose::Letter,
                None
            )
            .unwrap_err(),
        SealError::ContentTooLong {
            limit: LETTER_CONTENT_MAX,
            got: LETTER_CONTENT_MAX + 1
        }
    );
}

/// SEAL-16: an id sent again under a new number opens and is told to be a repetition.
#[test]
fn a_letter_sent_again_is_recognised() {
    let mut world = World::new(9);
    let (mut family, mut desk) = world.introduced();
    let id = Some(LetterId([4; 16]));
    for repeated in [false, true] {
        let sealed = world
            .try_seal(&mut family, b"text", Purpose::Letter, id)
            .unwrap();
        let opened = world.open(&mut desk, &sealed.envelope).unwrap();
        assert_eq!(opened.repeated, repeated);
    }
}

/// SEAL-8, SEAL-9: of two answers that overtake each other, the older takes back neither window nor key.
#[test]
fn an_older_answer_takes_nothing_back() {
    let mut world = World::new(10);
    let (mut family, mut desk) = world.introduced();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let letter = world.seal(&mut family, b"text");
        world.open(&mut desk, &letter).unwrap();
        answers.push(world.seal(&mut desk, b"answer"));
    }
    world.open(&mut family, &answers[1]).unwrap();
    assert_eq!(family.window_left(), 64);
    world.open(&mut family, &answers[0]).unwrap();
    assert_eq!(family.window_left(), 64);
    let letter = world.seal(&mut family, b"text");
    world.open(&mut desk, &letter).unwrap();
    assert_eq!(desk.keys_kept_for_missing_letters(), (0, 0));
}

/// SEAL-5: a prekey of a lower epoch than one used before, or one that ended over 48 hours ago, seals nothing.
#[test]
fn old_prekeys_are_refused() {
    let mut world = World::new(11);
    let mut family = world.family();
    let other = PrekeySecret::new(6, Secret::new([6; 32]), NOW.plus(90 * DAY_SECONDS)).unwrap();
    world.seal(&mut family, b"to epoch 7");
    let newer = core::mem::replace(&mut world.prekey, other);
    assert_eq!(
        world
            .try_seal(&mut family, b"", Purpose::Letter, None)
            .unwrap_err(),
        SealError::PrekeyOlder { got: 6, seen: 7 }
    );
    world.prekey = newer;
    world.now = world.prekey.not_after.plus(2 * DAY_SECONDS);
    world.seal(&mut family, b"within the grace");
    world.now = world.now.plus(1);
    assert_eq!(
        world
            .try_seal(&mut family, b"", Purpose::Letter, None)
            .unwrap_err(),
        SealError::PrekeyExpired {
            not_after: world.prekey.not_after,
            now: world.now
        }
    );
}

/// SEAL-13: what was opened before is not opened again, also after the contact has been deleted.
#[test]
fn a_replayed_first_letter_makes_no_contact() {
    let mut world = World::new(12);
    let mut family = world.family();
    let first = world.seal(&mut family, b"first");
    let hash = world.read_first(&first).unwrap().hash();
    let keys = FirstLetterKeys {
        desk: &DESK,
        prekeys: core::slice::from_ref(&world.prekey),
        invitations: &|_: &Tag| None,
        seen: &|seen| *seen == hash,
    };
    assert_eq!(
        first_contact::open(&first, &keys).unwrap_err(),
        OpenError::AlreadyOpened
    );
}
