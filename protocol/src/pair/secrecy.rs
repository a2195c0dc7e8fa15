//! What a thief of a state can and cannot do: tests that look at the keys themselves.

use rand::{SeedableRng, rngs::StdRng};

use super::{
    OpenError, Pair, Purpose, RecipientPrekey, ReplyTo, Role, SealContext,
    binding::{Binding, Kind},
    first_contact::{self, FirstLetterKeys},
    keys::MyKeys,
    send::open_body,
};
use crate::{
    envelope::Envelope, ids::SigningPublic, limits::DAY_SECONDS, prekey_secret::PrekeySecret,
    secret::Secret, suite::KemSecret, time::UnixTime,
};

const DESK: SigningPublic = SigningPublic([0xd5; 32]);
const NOW: UnixTime = UnixTime(1_790_000_000);

struct World {
    rng: StdRng,
    prekey: PrekeySecret,
    vault: Secret,
    family: Pair,
    desk: Pair,
    now: UnixTime,
}

/// A later letter with what only its sender's chain could tell.
struct Written {
    envelope: Envelope,
    position: super::Position,
    sender: Role,
    psk: Secret,
    recipient: super::KeyHash,
}

impl World {
    /// A family and a desk after the first letter.
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let prekey = PrekeySecret::new(7, Secret::new([7; 32]), NOW.plus(7 * DAY_SECONDS)).unwrap();
        let vault = Secret::new([3; 32]);
        let reply_to = ReplyTo::new(vec![1; 80]).unwrap();
        let (family, _) = Pair::first_contact(DESK, reply_to, None, &vault, &mut rng).unwrap();
        let mut world = Self {
            desk: family.clone(),
            family,
            rng,
            prekey,
            vault,
            now: NOW,
        };
        let first = world.seal(Role::Family, b"first");
        let keys = FirstLetterKeys {
            desk: &DESK,
            prekeys: core::slice::from_ref(&world.prekey),
            invitations: &|_| None,
            seen: &|_| false,
        };
        world.desk = first_contact::open(&first, &keys)
            .unwrap()
            .begin()
            .unwrap()
            .0;
        world
    }

    fn side(&mut self, role: Role) -> &mut Pair {
        match role {
            Role::Family => &mut self.family,
            Role::Desk => &mut self.desk,
        }
    }

    fn seal(&mut self, role: Role, content: &[u8]) -> Envelope {
        let context = SealContext {
            prekey: Some(RecipientPrekey {
                epoch: self.prekey.epoch,
                key: &self.prekey.public,
                not_after: self.prekey.not_after,
            }),
            vault_secret: &self.vault,
            purpose: Purpose::Letter,
            id: None,
            now: self.now,
        };
        let pair = match role {
            Role::Family => &self.family,
            Role::Desk => &self.desk,
        };
        let (next, sealed) = pair.seal(content, context, &mut self.rng).unwrap();
        *self.side(role) = next;
        sealed.envelope
    }

    fn write(&mut self, role: Role) -> Written {
        let position = self.side(role).next_position();
        let psk = self
            .side(role)
            .sending
            .chain
            .as_ref()
            .unwrap()
            .letter_key()
            .psk;
        let recipient = self.side(role).peer.as_ref().unwrap().hash;
        let envelope = self.seal(role, b"text");
        Written {
            envelope,
            position,
            sender: role,
            psk,
            recipient,
        }
    }

    fn read(&mut self, letter: &Written) {
        let now = self.now;
        let side = self.side(letter.sender.other());
        let (next, _) = side.open(&letter.envelope, now).unwrap();
        *side = next;
    }

    /// The desk writes, the family answers.
    fn exchange(&mut self) -> [Written; 2] {
        [Role::Desk, Role::Family].map(|role| {
            let letter = self.write(role);
            self.read(&letter);
            letter
        })
    }
}

impl MyKeys {
    /// Every private key that a thief of this state finds.
    fn all(&self) -> Vec<KemSecret> {
        let positions = [0, u32::MAX].map(|n| super::Position {
            epoch: n,
            number: n,
        });
        let mut keys: Vec<KemSecret> = positions
            .into_iter()
            .flat_map(|position| self.candidates(position))
            .map(|(_, secret, _)| secret.clone())
            .collect();
        keys.extend(self.draining_secrets());
        keys
    }
}

/// SEAL-6, SEAL-9: after quiet exchanges nothing is kept for missing letters, and whoever takes both devices *and* knows the
/// chain key of every letter opens none of those that were answered.
#[test]
fn a_state_stolen_later_opens_no_earlier_letter() {
    let mut world = World::new(1);
    let mut letters = Vec::new();
    for round in 0..6 {
        if round == 3 {
            world.desk = world.desk.propose_epoch().unwrap();
        }
        letters.extend(world.exchange());
    }
    assert_eq!(world.family.epoch(), 2);
    assert_eq!(world.family.keys_kept_for_missing_letters(), (0, 0));
    assert_eq!(world.desk.keys_kept_for_missing_letters(), (0, 0));
    let stolen: Vec<KemSecret> = world
        .family
        .mine
        .all()
        .into_iter()
        .chain(world.desk.mine.all())
        .collect();
    assert!(stolen.len() >= 2);
    let answered = letters.len() - 2;
    let mut opened = 0;
    for (at, letter) in letters.iter().enumerate() {
        assert!(!world.family.expects(&letter.envelope.tag()));
        assert!(!world.desk.expects(&letter.envelope.tag()));
        let binding = Binding {
            kind: Kind::Later,
            desk: &DESK,
            contact: Some(&world.desk.contact),
            sender: letter.sender,
            position: letter.position,
            prekey_epoch: 0,
            recipient: &letter.recipient,
        };
        let opens = stolen
            .iter()
            .any(|key| open_body(&letter.envelope, key, Some(&letter.psk), &binding).is_ok());
        assert!(!(opens && at < answered), "letter {at} opens to a thief");
        opened += usize::from(opens);
    }
    assert!(
        opened > 0,
        "the newest are sealed to keys still in use: else this test shows nothing"
    );
}

/// SEAL-7, SEAL-9: a passive thief of either state follows for as long as the keys in it are used, and is then shut out.
#[test]
fn a_passive_thief_is_shut_out() {
    for victim in [Role::Family, Role::Desk] {
        let mut world = World::new(2);
        world.exchange();
        // The theft comes when a key is offered that is not used yet: the worst moment.
        if victim == Role::Desk {
            let letter = world.write(victim);
            world.read(&letter);
        }
        let mut thief = world.side(victim).clone();
        let mut followed = Vec::new();
        for round in 0..5 {
            if round == 2 {
                world.desk = world.desk.propose_epoch().unwrap();
            }
            for letter in world.exchange() {
                if letter.sender == victim.other() {
                    let result = thief.open(&letter.envelope, NOW);
                    followed.push(result.is_ok());
                    if let Ok((next, _)) = result {
                        thief = next;
                    }
                }
            }
        }
        assert_eq!(followed, [true, false, false, false, false], "{victim:?}");
        let last = world.write(victim.other());
        assert_eq!(
            thief.open(&last.envelope, NOW).unwrap_err(),
            OpenError::UnknownTag,
            "after the new epoch not even the tags are known"
        );
    }
}

/// SEAL-16: a thief of an old state writes into a gap of an old epoch; that brings content, and no key, proposal or report.
#[test]
fn a_letter_forged_into_an_old_gap_changes_nothing_else() {
    let mut world = World::new(3);
    let mut thief = world.desk.clone();
    let _lost = world.write(Role::Desk);
    for _ in 0..3 {
        world.exchange();
    }
    assert!(world.family.keys_kept_for_missing_letters().0 == 1);
    // A key that would be taken for the newest by far.
    for _ in 0..50 {
        thief.mine = thief.mine.with_next_offer();
    }
    let context = SealContext {
        prekey: None,
        vault_secret: &world.vault,
        purpose: Purpose::Letter,
        id: None,
        now: NOW,
    };
    let (_, forged) = thief.seal(b"forged", context, &mut world.rng).unwrap();
    let before = world.family.clone();
    let (after, opened) = world.family.open(&forged.envelope, NOW).unwrap();
    assert_eq!(opened.position.epoch, 0);
    assert!(!opened.new_epoch && opened.received.is_empty());
    assert_eq!(after.epoch, before.epoch);
    assert!(after.link == before.link);
    assert!(after.peer.as_ref().unwrap().key == before.peer.as_ref().unwrap().key);
    assert_eq!(after.keys_kept_for_missing_letters(), (0, 0));
}

/// SEAL-8, SEAL-9: keys for a missing letter live for 210 days, also if the clock was ahead when it was noticed.
#[test]
fn keys_for_missing_letters_end() {
    for ahead in [0, 400 * DAY_SECONDS] {
        let mut world = World::new(4);
        world.exchange();
        world.now = NOW.plus(ahead);
        let missing = world.write(Role::Desk);
        world.exchange();
        world.exchange();
        assert_eq!(world.family.keys_kept_for_missing_letters(), (1, 1));
        let (early, _) = world.family.expire(NOW.plus(209 * DAY_SECONDS));
        assert!(early.open(&missing.envelope, NOW).is_ok());
        let (late, tags) = early.expire(NOW.plus((209 + 210) * DAY_SECONDS));
        assert_eq!(late.keys_kept_for_missing_letters(), (0, 0));
        assert_eq!(tags.removed, [missing.envelope.tag()]);
        assert_eq!(
            late.open(&missing.envelope, NOW).unwrap_err(),
            OpenError::UnknownTag
        );
    }
}

/// SEAL-9: an abandoned letter is told until it is settled, and frees its keys at once.
#[test]
fn an_abandoned_letter_frees_its_keys() {
    let mut world = World::new(5);
    world.exchange();
    let withdrawn = world.write(Role::Desk);
    world.exchange();
    world.exchange();
    assert_eq!(world.family.keys_kept_for_missing_letters(), (1, 1));
    world.desk = world.desk.abandon(withdrawn.position).unwrap();
    world.exchange();
    assert_eq!(world.family.keys_kept_for_missing_letters(), (0, 0));
    assert!(world.desk.sending.abandoned.is_empty(), "told and settled");
    assert!(world.desk.abandon(world.desk.next_position()).is_err());
}

/// SEAL-8, SEAL-14: a whole window of gaps is remembered, stored and read, and every one still opens.
#[test]
fn a_window_of_gaps_is_stored_and_opens() {
    let mut world = World::new(6);
    world.exchange();
    let letters: Vec<Written> = (0..496).map(|_| world.write(Role::Desk)).collect();
    world.read(&letters[495]);
    assert_eq!(world.family.keys_kept_for_missing_letters().0, 495);
    let bytes = world.family.to_bytes().unwrap();
    assert!(bytes.len() < 40_000, "{} bytes", bytes.len());
    world.family = Pair::from_bytes(&bytes).unwrap();
    for letter in letters[..495].iter().rev().step_by(41) {
        world.read(letter);
    }
    assert!(world.desk.to_bytes().unwrap().len() < 4_096, "a quiet desk");
}

/// SEAL-11: an old copy of a vault is noticed by what the peer has opened.
#[test]
fn an_old_copy_freezes_itself() {
    for victim in [Role::Family, Role::Desk] {
        let mut world = World::new(7);
        world.exchange();
        // The peer knows the key that the old copy offers: reports to it open.
        let letter = world.write(victim);
        world.read(&letter);
        let old = world.side(victim).clone();
        let letter = world.write(victim);
        world.read(&letter);
        *world.side(victim) = old;
        let report = world.write(victim.other());
        world.read(&report);
        assert_eq!(
            *world.side(victim).status(),
            super::Status::Frozen(super::FreezeReason::RolledBack)
        );
    }
}

/// SEAL-14: nothing but a stored pair of this version is read.
#[test]
fn a_damaged_pair_is_refused() {
    let world = World::new(8);
    let bytes = world.desk.to_bytes().unwrap().to_vec();
    for end in 0..bytes.len() {
        assert!(Pair::from_bytes(&bytes[..end]).is_err());
    }
    let mut other = bytes.clone();
    other[0] = 2;
    assert!(Pair::from_bytes(&other).is_err());
    let mut longer = bytes;
    longer.push(0);
    assert!(Pair::from_bytes(&longer).is_err());
    assert!(!format!("{:?}", world.desk).contains("Secret"));
}
