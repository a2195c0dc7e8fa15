//! Thousands of seeded histories of a family and a desk against a simple reference model: loss, doubles, crossing, disorder,
//! months of delay, changed copies, re-pairing, theft, restored and rolled-back vaults.
//!
//! The model knows nothing of keys. It counts letters and epochs and tells for each delivery whether the letter must open, may
//! open, or must be refused, and for each sealing which epoch and number it gets and whether the window allows it.
//!
//! A failure prints its seed; `TIDINGS_MODEL_SEED=n cargo test -p tidings-protocol --test pair_model` replays it alone.
//! `TIDINGS_MODEL_HISTORIES=n` sets how many are run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise and says where"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tidings_protocol::{
    envelope::{Envelope, Tag},
    ids::{EnvelopeHash, SigningPublic},
    limits::{DAY_SECONDS, ENVELOPE_LEN, WINDOW_DESK, WINDOW_FAMILY, WINDOW_RESERVE},
    pair::{
        FreezeReason, LetterId, OpenError, OpenedLetter, Pair, Position, Purpose, RecipientPrekey,
        ReplyTo, Role, SealContext, SealError, Status, TagChanges,
        first_contact::{self, FirstLetterKeys},
    },
    prekey_secret::PrekeySecret,
    secret::Secret,
    time::UnixTime,
};

const DESK: SigningPublic = SigningPublic([0xd5; 32]);
const START: u64 = 1_790_000_000;
const HISTORIES: u64 = 2_000;
const STEPS: u32 = 36;
/// Longer than a week, so that a desk has few prekeys at a time: each one tried costs a decapsulation.
const PREKEY_DAYS: u64 = 45;
const KEPT: u64 = 210 * DAY_SECONDS;

/// One letter on its way, and what the model knows of it.
struct Letter {
    envelope: Envelope,
    id: LetterId,
    content: Vec<u8>,
    sender: Role,
    position: Position,
    /// A first letter, and the epoch of its prekey.
    prekey: Option<u32>,
    proposes: bool,
    requests: bool,
    previous_last: u32,
    /// Highest number that the sender had opened, by epoch.
    acks: BTreeMap<u32, u32>,
    abandoned: bool,
    opened: bool,
    /// Still somewhere on the way.
    travelling: bool,
}

/// What the model knows of the letters that one end receives in one epoch.
#[derive(Clone, Default)]
struct Heard {
    highest: u32,
    closed: bool,
    /// Numbers passed over, and when that was noticed.
    missing: BTreeMap<u32, u64>,
    expired: BTreeSet<u32>,
}

impl Heard {
    fn pass_to(&mut self, number: u32, now: u64) {
        while self.highest < number {
            self.highest += 1;
            self.missing.insert(self.highest, now);
        }
    }
}

/// The model of one end of a pair.
#[derive(Clone, Default)]
struct End {
    epoch: u32,
    sent: u32,
    previous_last: u32,
    peer_highest: u32,
    newest: Option<u32>,
    heard: BTreeMap<u32, Heard>,
    proposes: bool,
    asked: bool,
    introduced: bool,
}

impl End {
    fn enter(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.previous_last = self.sent;
        self.sent = 0;
        self.peer_highest = 0;
        self.proposes = false;
    }

    fn seal(&mut self, role: Role) -> (Position, bool, bool) {
        if role == Role::Desk && (self.epoch == 0 || self.asked) {
            self.proposes = true;
            self.asked = false;
        }
        self.sent += 1;
        let position = Position {
            epoch: self.epoch,
            number: self.sent,
        };
        let first = role == Role::Family && !self.introduced;
        let requests = role == Role::Family && self.asked && !first;
        (position, self.proposes, requests)
    }

    fn open(&mut self, role: Role, letter: &Letter, now: u64) {
        let Position { epoch, number } = letter.position;
        let heard = self.heard.entry(epoch).or_default();
        heard.pass_to(number, now);
        heard.missing.remove(&number);
        if letter.prekey.is_some() {
            return;
        }
        if let Some(previous) = epoch.checked_sub(1) {
            let heard = self.heard.entry(previous).or_default();
            if !heard.closed {
                heard.pass_to(letter.previous_last, now);
                heard.closed = true;
            }
        }
        if self.newest.is_some_and(|newest| newest > epoch) {
            return;
        }
        self.newest = Some(epoch);
        match role {
            Role::Desk => {
                if epoch > self.epoch {
                    self.enter(epoch);
                }
                if letter.requests {
                    self.asked = !self.proposes;
                }
            }
            Role::Family => {
                if letter.proposes && epoch == self.epoch {
                    self.enter(epoch + 1);
                    self.asked = false;
                }
                self.introduced = true;
            }
        }
        if let Some(highest) = letter.acks.get(&self.epoch) {
            self.peer_highest = self.peer_highest.max(*highest);
        }
    }

    /// Letters missing for longer than their keys are kept are given up. First letters live with their prekey.
    fn expire(&mut self, role: Role, now: u64) {
        for (epoch, heard) in &mut self.heard {
            if role == Role::Desk && *epoch == 0 {
                continue;
            }
            let over: Vec<u32> = heard
                .missing
                .iter()
                .filter(|(_, noticed)| **noticed + KEPT <= now)
                .map(|(number, _)| *number)
                .collect();
            for number in over {
                heard.missing.remove(&number);
                heard.expired.insert(number);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Expect {
    Open,
    Either,
    Refuse,
}

/// One end: the real state and the model's.
struct Side {
    role: Role,
    pair: Option<Pair>,
    end: End,
    tags: BTreeSet<Tag>,
    frozen: bool,
    /// Its numbers are no longer to be relied on: an old copy came back, here or at the peer.
    unreliable: bool,
}

impl Side {
    fn new(role: Role) -> Self {
        Self {
            role,
            pair: None,
            end: End::default(),
            tags: BTreeSet::new(),
            frozen: false,
            unreliable: false,
        }
    }

    fn apply(&mut self, changes: &TagChanges) {
        for tag in &changes.removed {
            assert!(self.tags.remove(tag), "a tag leaves that was not expected");
        }
        for tag in &changes.added {
            assert!(self.tags.insert(*tag), "a tag comes twice");
        }
    }

    /// The index that was kept step by step is what the pair itself expects.
    fn check_tags(&self) {
        if let Some(pair) = &self.pair {
            let expected: BTreeSet<Tag> = pair.expected_tags().map(|(tag, _)| tag).collect();
            assert!(
                expected == self.tags,
                "{:?}: index of tags differs",
                self.role
            );
        }
    }
}

/// A family's contact: both ends and every letter ever written.
struct Couple {
    family: Side,
    desk: Side,
    letters: Vec<Letter>,
    snapshot: Option<(Role, Vec<u8>, End, BTreeSet<Tag>)>,
}

impl Couple {
    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Family => &mut self.family,
            Role::Desk => &mut self.desk,
        }
    }
}

struct History {
    rng: StdRng,
    now: u64,
    vault: Secret,
    couples: Vec<Couple>,
    seen: BTreeSet<EnvelopeHash>,
    opened: u64,
}

/// Prints the seed if a check below it fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("history failed; replay with TIDINGS_MODEL_SEED={}", self.0);
        }
    }
}

/// The desk's prekeys of all histories: made once, because each costs a key generation.
fn prekeys() -> &'static [PrekeySecret] {
    static PREKEYS: OnceLock<Vec<PrekeySecret>> = OnceLock::new();
    PREKEYS.get_or_init(|| {
        (0..120u32)
            .map(|number| {
                let end = START + (u64::from(number) + 1) * PREKEY_DAYS * DAY_SECONDS;
                let mut seed = [0x5e; 32];
                seed[..4].copy_from_slice(&number.to_le_bytes());
                PrekeySecret::new(number + 1, Secret::new(seed), UnixTime(end)).unwrap()
            })
            .collect()
    })
}

impl History {
    fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            now: START,
            vault: Secret::new([3; 32]),
            couples: Vec::new(),
            seen: BTreeSet::new(),
            opened: 0,
        }
    }

    fn time(&self) -> UnixTime {
        UnixTime(self.now)
    }

    fn current_prekey(&self) -> &'static PrekeySecret {
        let number = (self.now - START) / (PREKEY_DAYS * DAY_SECONDS);
        &prekeys()[usize::try_from(number).unwrap()]
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.random_range(0..n) == 0
    }

    fn meet(&mut self) {
        let reply_to = ReplyTo::new(vec![0x77; 90]).unwrap();
        let (pair, tags) =
            Pair::first_contact(DESK, reply_to, None, &self.vault, &mut self.rng).unwrap();
        let mut family = Side::new(Role::Family);
        family.pair = Some(pair);
        family.apply(&tags);
        self.couples.push(Couple {
            family,
            desk: Side::new(Role::Desk),
            letters: Vec::new(),
            snapshot: None,
        });
    }

    fn run(&mut self) {
        self.meet();
        for _ in 0..STEPS {
            self.step();
        }
        self.deliver_the_rest();
    }

    fn step(&mut self) {
        let jump = self.rng.random_range(0..20);
        self.now += match jump {
            0 => self.rng.random_range(1..120) * DAY_SECONDS,
            1..4 => self.rng.random_range(1..10) * DAY_SECONDS,
            _ => self.rng.random_range(1..7_200),
        };
        if jump == 0 {
            for couple in 0..self.couples.len() {
                self.expire(couple);
            }
        }
        let couple = self.couples.len() - 1;
        match self.rng.random_range(0..100) {
            0..26 => self.seal(couple, Role::Family),
            26..48 => self.seal(couple, Role::Desk),
            48..80 => self.deliver_one(),
            80..83 => self.lose_one(),
            83..86 => self.deliver_again(),
            86..89 => self.deliver_changed(),
            89..91 => self.deliver_to_strangers(),
            91..93 => self.ask_for_epoch(couple),
            93..95 => self.abandon(couple),
            95..97 => self.expire(couple),
            97 => self.store(couple),
            98 => self.snapshot(couple),
            _ => self.disaster(couple),
        }
    }

    fn seal(&mut self, couple: usize, role: Role) {
        let now = self.time();
        let prekey = self.current_prekey();
        let digest = self.one_in(8);
        let side = self.couples[couple].side(role);
        let Some(pair) = side.pair.clone() else {
            return;
        };
        let content: Vec<u8> = (0..self.rng.random_range(0..64))
            .map(|_| self.rng.random())
            .collect();
        let context = SealContext {
            prekey: Some(RecipientPrekey {
                epoch: prekey.epoch,
                key: &prekey.public,
                not_after: prekey.not_after,
            }),
            vault_secret: &self.vault,
            purpose: if digest {
                Purpose::Digest
            } else {
                Purpose::Letter
            },
            id: None,
            now,
        };
        let result = pair.seal(&content, context, &mut self.rng);
        let side = self.couples[couple].side(role);
        if side.frozen {
            assert!(
                matches!(result, Err(SealError::Frozen(_))),
                "frozen: {result:?}"
            );
            return;
        }
        let window = if role == Role::Family {
            WINDOW_DESK
        } else {
            WINDOW_FAMILY
        };
        let unanswered = side.end.sent - side.end.peer_highest;
        let allowed = if digest {
            window
        } else {
            window - WINDOW_RESERVE
        };
        if !side.unreliable && unanswered >= allowed {
            assert_eq!(
                result.err(),
                Some(SealError::WindowFull {
                    unanswered,
                    allowed
                }),
                "a full window"
            );
            return;
        }
        let (next, sealed) = match result {
            Err(error) if side.unreliable => {
                side.frozen |= matches!(error, SealError::Frozen(_));
                return;
            }
            result => result.unwrap(),
        };
        let first = pair.needs_prekey();
        let (position, proposes, requests) = side.end.seal(role);
        if !side.unreliable {
            assert_eq!(sealed.position, position, "epoch and number");
            assert_eq!(first, role == Role::Family && !side.end.introduced);
            assert_eq!(next.window_left(), window - unanswered - 1);
        }
        side.apply(&sealed.tags);
        side.pair = Some(next);
        let letter = Letter {
            envelope: sealed.envelope,
            id: sealed.id,
            content,
            sender: role,
            position: sealed.position,
            prekey: first.then_some(prekey.epoch),
            proposes,
            requests,
            previous_last: side.end.previous_last,
            acks: side
                .end
                .heard
                .iter()
                .map(|(epoch, heard)| (*epoch, heard.highest))
                .collect(),
            abandoned: false,
            opened: false,
            travelling: true,
        };
        self.couples[couple].letters.push(letter);
    }

    /// Chooses a letter: the oldest travelling one, or any (so that letters overtake each other).
    fn choose(&mut self, travelling: bool) -> Option<(usize, usize)> {
        let any: Vec<(usize, usize)> = self
            .couples
            .iter()
            .enumerate()
            .flat_map(|(c, couple)| {
                couple
                    .letters
                    .iter()
                    .enumerate()
                    .filter(move |(_, l)| l.travelling == travelling)
                    .map(move |(l, _)| (c, l))
            })
            .collect();
        if any.is_empty() {
            return None;
        }
        let at = if self.one_in(2) {
            self.rng.random_range(0..any.len())
        } else {
            0
        };
        Some(any[at])
    }

    fn deliver_one(&mut self) {
        if let Some((couple, letter)) = self.choose(true) {
            self.couples[couple].letters[letter].travelling = false;
            self.deliver(couple, letter);
        }
    }

    fn lose_one(&mut self) {
        if let Some((couple, letter)) = self.choose(true) {
            self.couples[couple].letters[letter].travelling = false;
        }
    }

    fn deliver_again(&mut self) {
        if let Some((couple, letter)) = self.choose(false) {
            self.deliver(couple, letter);
        }
    }

    fn deliver_the_rest(&mut self) {
        while let Some((couple, letter)) = self.choose(true) {
            self.couples[couple].letters[letter].travelling = false;
            self.deliver(couple, letter);
        }
        for couple in &self.couples {
            couple.family.check_tags();
            couple.desk.check_tags();
        }
    }

    fn expectation(&mut self, couple: usize, letter: usize) -> Expect {
        let now = self.time();
        let couple = &mut self.couples[couple];
        let letter = &couple.letters[letter];
        let (opened, abandoned, position, first) = (
            letter.opened,
            letter.abandoned,
            letter.position,
            letter.prekey,
        );
        let receiver = match letter.sender {
            Role::Family => &couple.desk,
            Role::Desk => &couple.family,
        };
        if opened && !receiver.unreliable {
            return Expect::Refuse;
        }
        if couple.family.unreliable || couple.desk.unreliable || abandoned {
            return Expect::Either;
        }
        if let Some(epoch) = first {
            let over = prekeys()[epoch as usize - 1].is_over(now);
            return if over { Expect::Refuse } else { Expect::Open };
        }
        let heard = receiver.end.heard.get(&position.epoch);
        if heard.is_some_and(|heard| heard.expired.contains(&position.number)) {
            return Expect::Refuse;
        }
        Expect::Open
    }

    fn deliver(&mut self, couple: usize, letter: usize) {
        let expect = self.expectation(couple, letter);
        let envelope = self.couples[couple].letters[letter].envelope.clone();
        let sender = self.couples[couple].letters[letter].sender;
        let result = match sender {
            Role::Desk => self.open_at(couple, Role::Family, &envelope),
            Role::Family => self.read_at_desk(couple, &envelope),
        };
        let now = self.now;
        match (&result, &expect) {
            (Ok(_), Expect::Refuse) => panic!("opened, but must be refused"),
            (Err(error), Expect::Open) => panic!("must open, but {error}"),
            _ => {}
        }
        let Ok(opened) = result else { return };
        self.opened += 1;
        let couple = &mut self.couples[couple];
        let letter = &mut couple.letters[letter];
        letter.opened = true;
        assert_eq!(opened.id, letter.id);
        assert_eq!(**opened.content, letter.content);
        assert_eq!(opened.position, letter.position);
        let receiver = match sender {
            Role::Family => &mut couple.desk,
            Role::Desk => &mut couple.family,
        };
        receiver.end.open(sender.other_end(), letter, now);
        receiver.apply(&opened.tags);
        let status = receiver.pair.as_ref().unwrap().status().clone();
        if status == Status::Frozen(FreezeReason::RolledBack) {
            assert!(
                receiver.unreliable,
                "an honest state is taken for an old copy"
            );
            receiver.frozen = true;
        }
    }

    fn open_at(
        &mut self,
        couple: usize,
        role: Role,
        envelope: &Envelope,
    ) -> Result<OpenedLetter, OpenError> {
        let now = self.time();
        let side = self.couples[couple].side(role);
        let pair = side.pair.as_ref().ok_or(OpenError::UnknownTag)?;
        assert_eq!(
            pair.expects(&envelope.tag()),
            side.tags.contains(&envelope.tag())
        );
        let (next, opened) = pair.open(envelope, now)?;
        side.pair = Some(next);
        Ok(opened)
    }

    /// As a desk does: by tag, else as a first letter.
    fn read_at_desk(
        &mut self,
        couple: usize,
        envelope: &Envelope,
    ) -> Result<OpenedLetter, OpenError> {
        match self.open_at(couple, Role::Desk, envelope) {
            Err(OpenError::UnknownTag) => {}
            other => return other,
        }
        let now = self.time();
        let alive: Vec<PrekeySecret> = prekeys()
            .iter()
            .take(self.current_prekey().epoch as usize)
            .filter(|prekey| !prekey.is_over(now))
            .rev()
            .cloned()
            .collect();
        // Every second double is read again, to see that the pair itself refuses it.
        let ask = self.one_in(2);
        let keys = FirstLetterKeys {
            desk: &DESK,
            prekeys: &alive,
            invitations: &|_| None,
            seen: &|hash| ask && self.seen.contains(hash),
        };
        let letter = first_contact::open(envelope, &keys)?;
        let hash = letter.hash();
        let side = &mut self.couples[couple].desk;
        let (next, opened) = match &side.pair {
            Some(pair) => {
                assert_eq!(pair.contact_id(), letter.contact_id());
                pair.open_first(letter)?
            }
            None => letter.begin()?,
        };
        side.pair = Some(next);
        self.seen.insert(hash);
        Ok(opened)
    }

    /// A copy with one bit changed opens nowhere and takes nothing from the intact one.
    fn deliver_changed(&mut self) {
        let Some((couple, letter)) = self.choose(true) else {
            return;
        };
        let letter = &self.couples[couple].letters[letter];
        let receiver = letter.sender.other_end();
        let mut bytes = *letter.envelope.as_bytes();
        let bit = self.rng.random_range(16..ENVELOPE_LEN * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let changed = Envelope::from_slice(&bytes).unwrap();
        let before = self.couples[couple].side(receiver).pair.clone();
        let result = if receiver == Role::Desk && self.one_in(4) {
            self.read_at_desk(couple, &changed)
        } else {
            self.open_at(couple, receiver, &changed)
        };
        assert!(
            result.is_err_and(|error| error.park()),
            "a changed copy is parked"
        );
        let after = self.couples[couple].side(receiver).pair.clone();
        let bytes = |pair: Option<Pair>| pair.map(|pair| pair.to_bytes().unwrap());
        assert!(bytes(before) == bytes(after), "a failure changes nothing");
    }

    /// No letter opens at its own sender or in another pair.
    fn deliver_to_strangers(&mut self) {
        let Some((from, letter)) = self.choose(true) else {
            return;
        };
        let letter = &self.couples[from].letters[letter];
        let (envelope, sender) = (letter.envelope.clone(), letter.sender);
        let now = self.time();
        for (at, couple) in self.couples.iter().enumerate() {
            for side in [&couple.family, &couple.desk] {
                if (at != from || side.role == sender)
                    && let Some(pair) = &side.pair
                {
                    assert_eq!(pair.open(&envelope, now).err(), Some(OpenError::UnknownTag));
                }
            }
        }
    }

    fn ask_for_epoch(&mut self, couple: usize) {
        let role = if self.one_in(2) {
            Role::Family
        } else {
            Role::Desk
        };
        let side = self.couples[couple].side(role);
        let Some(pair) = &side.pair else { return };
        match pair.request_repairing() {
            Ok(next) => {
                side.end.asked = !side.end.proposes;
                side.pair = Some(next);
            }
            Err(_) => assert!(side.frozen),
        }
    }

    fn abandon(&mut self, couple: usize) {
        let Some((_, letter)) = self.choose(true) else {
            return;
        };
        let couple = &mut self.couples[couple];
        let Some(letter) = couple.letters.get_mut(letter) else {
            return;
        };
        let (sender, position) = (letter.sender, letter.position);
        letter.abandoned = true;
        let side = couple.side(sender);
        if let Some(pair) = &side.pair
            && let Ok(next) = pair.abandon(position)
        {
            side.pair = Some(next);
        }
    }

    fn expire(&mut self, couple: usize) {
        let (time, now) = (self.time(), self.now);
        for role in [Role::Family, Role::Desk] {
            let side = self.couples[couple].side(role);
            let Some(pair) = &side.pair else { continue };
            let (next, tags) = pair.expire(time);
            side.pair = Some(next);
            side.apply(&tags);
            side.end.expire(role, now);
            side.check_tags();
        }
    }

    fn store(&mut self, couple: usize) {
        for role in [Role::Family, Role::Desk] {
            let side = self.couples[couple].side(role);
            if let Some(pair) = &side.pair {
                let bytes = pair.to_bytes().unwrap();
                let read = Pair::from_bytes(&bytes).unwrap();
                assert!(read.to_bytes().unwrap() == bytes);
                side.pair = Some(read);
            }
        }
    }

    fn snapshot(&mut self, couple: usize) {
        let role = if self.one_in(2) {
            Role::Family
        } else {
            Role::Desk
        };
        let side = self.couples[couple].side(role);
        if let Some(pair) = &side.pair {
            let kept = (
                role,
                pair.to_bytes().unwrap().to_vec(),
                side.end.clone(),
                side.tags.clone(),
            );
            self.couples[couple].snapshot = Some(kept);
        }
    }

    /// A taken phone, a restored vault, an old copy of a vault. The first two end in a new first contact.
    fn disaster(&mut self, couple: usize) {
        match self.rng.random_range(0..4) {
            0 => {
                let side = &mut self.couples[couple].desk;
                if let Some(pair) = &side.pair {
                    side.pair = Some(pair.freeze(FreezeReason::Reported));
                    side.frozen = true;
                }
                self.meet();
            }
            1 => {
                self.couples[couple].family.pair = None;
                self.couples[couple].family.tags.clear();
                self.couples[couple].family.unreliable = true;
                self.meet();
            }
            2 => {
                self.couples[couple].desk.pair = None;
                self.couples[couple].desk.tags.clear();
                self.couples[couple].desk.unreliable = true;
                self.couples[couple].family.unreliable = true;
                self.meet();
            }
            _ => {
                let couple = &mut self.couples[couple];
                let Some((role, bytes, end, tags)) = couple.snapshot.take() else {
                    return;
                };
                let frozen = couple.side(role).frozen;
                if couple.side(role).pair.is_none() || frozen {
                    return;
                }
                let side = couple.side(role);
                side.pair = Some(Pair::from_bytes(&bytes).unwrap());
                side.end = end;
                side.tags = tags;
                couple.family.unreliable = true;
                couple.desk.unreliable = true;
            }
        }
    }
}

trait OtherEnd {
    fn other_end(self) -> Self;
}

impl OtherEnd for Role {
    fn other_end(self) -> Self {
        match self {
            Role::Family => Role::Desk,
            Role::Desk => Role::Family,
        }
    }
}

fn run(seeds: impl Iterator<Item = u64>) -> u64 {
    seeds
        .map(|seed| {
            let _seed = Seed(seed);
            let mut history = History::new(seed);
            history.run();
            history.opened
        })
        .sum()
}

/// SEAL-5 to SEAL-11, SEAL-15 to SEAL-17 at once.
#[test]
fn histories_follow_the_model() {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    if let Some(seed) = number("TIDINGS_MODEL_SEED") {
        println!(
            "history {seed}: {} letters opened",
            run(core::iter::once(seed))
        );
        return;
    }
    let histories = number("TIDINGS_MODEL_HISTORIES").unwrap_or(HISTORIES);
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let opened: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || run((first..histories).step_by(threads as usize))))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    });
    println!("{histories} histories, {opened} letters opened");
    assert!(
        opened > histories * 5,
        "the histories are too quiet to show anything"
    );
}
