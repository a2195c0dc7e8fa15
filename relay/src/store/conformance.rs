//! What every [`Store`] must do, as functions that a test hands a store to.
//!
//! [`history`] drives a store and a plain reference model ([`model::Model`]) through the same seeded operations and compares
//! every answer, closing and opening the store in the middle. [`rules`] walks through the rules one by one. A failure names
//! seed and step, and happens again with the same seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code that lives in the library so that every store's tests can use it"
)]

pub mod model;

use std::{collections::BTreeSet, future::Future};

use bytes::Bytes;
use tidings_protocol::{
    exchange::{ChunkClass, PutBlob, Refusal},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::{ENVELOPE_LEN, MAILBOX_TOMBSTONE_DAYS},
    time::Day,
};

use self::model::Model;
use super::{
    Deposited, Store, StoreError,
    calendar::Calendar,
    checkpoint::{checkpoint_bytes, parse_checkpoint},
    lives::LifeRecord,
    log::{FrameContents, FrameHeader, SegmentHeader},
    records::{
        BlobRecord, Counters, LetterRecord, MailboxRecord, PrekeyRecord, Record, SegmentRecord,
        letter_key, parse_expiry_key, parse_letter_key, parse_life_key, parse_segment,
    },
};

/// Hands bytes to every decoder of the embedded store; for property tests and fuzzing.
///
/// # Panics
/// If a decoder accepts what it would not write itself.
pub fn decode_everything(bytes: &[u8]) {
    fn same<R: Record>(bytes: &[u8]) {
        if let Ok(record) = R::from_bytes(bytes) {
            assert_eq!(record.to_bytes().unwrap(), bytes, "{}", R::NAME);
        }
    }
    same::<MailboxRecord>(bytes);
    same::<LetterRecord>(bytes);
    same::<PrekeyRecord>(bytes);
    same::<BlobRecord>(bytes);
    same::<SegmentRecord>(bytes);
    same::<Counters>(bytes);
    same::<LifeRecord>(bytes);
    same::<Calendar>(bytes);
    same::<u64>(bytes);
    if let Ok(contents) = FrameContents::from_bytes(bytes) {
        assert_eq!(contents.to_bytes().unwrap(), bytes);
    }
    if let Some((mailbox, place)) = parse_letter_key(bytes) {
        assert_eq!(letter_key(&mailbox, place), bytes);
    }
    if let Some(header) = bytes.first_chunk() {
        assert!(SegmentHeader::from_bytes(header).is_none_or(|read| read.to_bytes() == *header));
    }
    if let Some(header) = bytes.first_chunk() {
        assert!(FrameHeader::from_bytes(header).is_none_or(|read| read.to_bytes() == *header));
    }
    if let Ok(position) = parse_checkpoint(bytes) {
        assert_eq!(checkpoint_bytes(position).unwrap(), bytes);
    }
    let _ = (
        parse_expiry_key(bytes),
        parse_segment(bytes),
        parse_life_key(bytes),
    );
}

/// A small generator of numbers (SplitMix64): histories must not change when a random crate does.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next_u64() % end
    }
}

/// A mailbox for tests.
#[must_use]
pub fn mailbox(number: u8) -> MailboxAddress {
    MailboxAddress([number; 32])
}

/// An envelope for tests: full length, different for every number.
#[must_use]
pub fn envelope(number: u64) -> Bytes {
    let mut dice = Dice(number);
    let mut bytes = Vec::with_capacity(ENVELOPE_LEN);
    while bytes.len() < ENVELOPE_LEN {
        bytes.extend_from_slice(&dice.next_u64().to_le_bytes());
    }
    bytes.into()
}

/// Terms of a blob chunk for tests.
#[must_use]
pub fn terms(number: u8, offset: u32) -> PutBlob {
    PutBlob {
        id: BlobId([number; 32]),
        class: ChunkClass::Small,
        write: Capability([number; 32]),
        read: read_capability(number).hash(),
        delete: delete_capability(number).hash(),
        offset,
    }
}

/// The right to read the chunk of [`terms`].
#[must_use]
pub fn read_capability(number: u8) -> Capability {
    Capability([number ^ 0x55; 32])
}

/// The right to delete the chunk of [`terms`].
#[must_use]
pub fn delete_capability(number: u8) -> Capability {
    Capability([number ^ 0xaa; 32])
}

/// The bytes of a chunk for tests.
#[must_use]
pub fn chunk(number: u8) -> Bytes {
    let size = ChunkClass::Small.size();
    let mut bytes = Vec::with_capacity(size);
    let mut dice = Dice(u64::from(number) << 32);
    while bytes.len() < size {
        bytes.extend_from_slice(&dice.next_u64().to_le_bytes());
    }
    bytes.into()
}

fn refusal<T>(result: Result<T, StoreError>) -> Result<T, Refusal> {
    result.map_err(|error| error.refusal())
}

/// A piece of a blob by its length and hash: what a failed comparison prints stays short.
fn brief(
    result: Result<(ChunkClass, Bytes), Refusal>,
) -> Result<(ChunkClass, usize, [u8; 32]), Refusal> {
    result.map(|(class, piece)| (class, piece.len(), EnvelopeHash::of(&piece).0))
}

/// Drives a store through `steps` seeded operations beside the model. `open` gets the store that was open, to close it, and
/// gives one over the same stored bytes. The store must be empty at first and hold `quota` letters in a mailbox.
///
/// # Panics
/// At the first answer that differs from the model's.
pub async fn history<S: Store, F: Future<Output = S>>(
    seed: u64,
    steps: u32,
    quota: u32,
    mut open: impl FnMut(Option<S>) -> F,
) {
    let mut dice = Dice(seed);
    let mut model = Model::new(quota);
    let mut store = open(None).await;
    let mut today = Day(20_000);
    for step in 0..steps {
        let at = format!("seed {seed}, step {step}");
        let number = u8::try_from(dice.below(6)).unwrap();
        let address = mailbox(number);
        match dice.below(100) {
            0..=9 => {
                let expected = model.create_mailbox(address, today);
                let got = store.create_mailbox(address, today).await;
                assert_eq!(
                    refusal(got).map(|created| created.quota),
                    expected,
                    "{at}: create"
                );
            }
            10..=12 => {
                let expected = model.delete_mailbox(address, today);
                let got = store.delete_mailbox(address, today).await;
                assert_eq!(refusal(got), expected, "{at}: delete");
            }
            13..=44 => {
                let envelope = envelope(dice.below(20));
                let expires = today.plus(u32::try_from(dice.below(8)).unwrap() + 1);
                let expected = model.deposit(address, &envelope, expires);
                let got = store.deposit(address, envelope, expires).await;
                assert_eq!(refusal(got), expected, "{at}: deposit");
            }
            45..=56 => {
                let after = dice.below(12);
                let max = u16::try_from(dice.below(4) + 1).unwrap();
                let got = store.collect(address, after, max).await;
                assert_eq!(
                    refusal(got),
                    model.collect(address, after, max),
                    "{at}: collect"
                );
                let got = store.has_after(address, after).await;
                assert_eq!(
                    refusal(got),
                    model.has_after(address, after),
                    "{at}: has_after"
                );
            }
            57..=68 => {
                let letters: Vec<_> = (0..dice.below(4) + 1)
                    .map(|_| EnvelopeHash::of(&envelope(dice.below(20))))
                    .collect();
                let expected = model.acknowledge(address, &letters);
                let got = store.acknowledge(address, letters).await;
                assert_eq!(refusal(got), expected, "{at}: acknowledge");
            }
            69..=74 => {
                let sequence = dice.below(5);
                let record = Bytes::from(vec![u8::try_from(dice.below(3)).unwrap(); 700]);
                let expected = model.publish_prekeys(address, sequence, &record);
                let got = store.publish_prekeys(address, sequence, record).await;
                assert_eq!(refusal(got), expected, "{at}: publish");
                let got = store.fetch_prekeys(address).await;
                assert_eq!(refusal(got), model.fetch_prekeys(address), "{at}: fetch");
            }
            75..=88 => {
                let (terms, piece) = random_piece(&mut dice, number);
                let expires = today.plus(3);
                let expected = model.put_blob(&terms, &piece, expires);
                let got = store.put_blob(terms, piece, expires).await;
                assert_eq!(refusal(got), expected, "{at}: put_blob");
            }
            89..=92 => {
                let read = if dice.below(8) == 0 {
                    delete_capability(number)
                } else {
                    read_capability(number)
                };
                let offset = u32::try_from(dice.below(17_000)).unwrap();
                let length = u32::try_from(dice.below(20_000)).unwrap();
                let id = terms(number, 0).id;
                let got = store.get_blob(id, read, offset, length).await;
                let expected = model.get_blob(id, &read, offset, length);
                assert_eq!(brief(refusal(got)), brief(expected), "{at}: get_blob");
            }
            93 => {
                let delete = if dice.below(4) == 0 {
                    read_capability(number)
                } else {
                    delete_capability(number)
                };
                let id = terms(number, 0).id;
                let expected = model.delete_blob(id, &delete);
                let got = store.delete_blob(id, delete).await;
                assert_eq!(refusal(got), expected, "{at}: delete_blob");
            }
            94..=96 => {
                // Mostly the next day, now and then past every tombstone.
                today = match dice.below(6) {
                    0 => today.plus(MAILBOX_TOMBSTONE_DAYS),
                    _ => today.plus(1),
                };
                let expected = model.expire(today);
                assert_eq!(store.expire(today).await.unwrap(), expected, "{at}: expire");
            }
            97 => {
                store = open(Some(store)).await;
            }
            _ => {
                assert_eq!(store.stats().await.unwrap(), model.stats(), "{at}: stats");
            }
        }
    }
    store = open(Some(store)).await;
    compare_all(&store, &model, &format!("seed {seed}, at the end")).await;
    store.close().await.unwrap();
}

/// Everything that a store holds is what the model holds, and the store's own check agrees.
async fn compare_all<S: Store>(store: &S, model: &Model, at: &str) {
    for number in 0..6 {
        let address = mailbox(number);
        let got = store.collect(address, 0, u16::MAX).await;
        assert_eq!(
            refusal(got),
            model.collect(address, 0, u16::MAX),
            "{at}: collect"
        );
        let got = store.fetch_prekeys(address).await;
        assert_eq!(refusal(got), model.fetch_prekeys(address), "{at}: prekeys");
        let id = terms(number, 0).id;
        let read = read_capability(number);
        let got = store.get_blob(id, read, 0, u32::MAX).await;
        let expected = model.get_blob(id, &read, 0, u32::MAX);
        assert_eq!(brief(refusal(got)), brief(expected), "{at}: blob");
    }
    assert_eq!(store.stats().await.unwrap(), model.stats(), "{at}: stats");
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound(), "{at}: {:?}", report.faults);
    assert_eq!(
        report.letters,
        model.stats().letters,
        "{at}: letters checked"
    );
    assert_eq!(report.blobs, model.stats().blobs, "{at}: blobs checked");
}

fn random_piece(dice: &mut Dice, number: u8) -> (PutBlob, Bytes) {
    let chunk = chunk(number);
    let offset = match dice.below(4) {
        0 => 0,
        1 => 5_000,
        2 => 10_000,
        _ => dice.below(17_000),
    };
    let length = usize::try_from(dice.below(9_000)).unwrap();
    let begin = usize::try_from(offset).unwrap().min(chunk.len());
    let mut piece = chunk.slice(begin..(begin + length).min(chunk.len()));
    if dice.below(12) == 0 && !piece.is_empty() {
        let mut changed = piece.to_vec();
        changed[0] ^= 1;
        piece = changed.into();
    }
    let mut terms = terms(number, u32::try_from(offset).unwrap());
    match dice.below(20) {
        0 => terms.write = Capability([0; 32]),
        1 => terms.class = ChunkClass::Medium,
        _ => {}
    }
    (terms, piece)
}

/// The rules one by one, on an empty store that holds `quota` letters (at least 3) in a mailbox.
///
/// # Panics
/// At the first rule that is broken.
pub async fn rules<S: Store>(store: &S, quota: u32) {
    letters_keep_their_order(store).await;
    receipts_hold(store).await;
    days_are_counted(store).await;
    many_at_once(store).await;
    a_full_mailbox_takes_letters_again(store, quota).await;
    a_deleted_mailbox_stays_closed(store).await;
    limits_of_length(store).await;
}

/// STORE-4: places rise, a repeated deposit moves nothing, an acknowledged letter is gone.
async fn letters_keep_their_order<S: Store>(store: &S) {
    let (address, today) = (mailbox(100), Day(1));
    store.create_mailbox(address, today).await.unwrap();
    for (number, expected) in [
        (1, Deposited::New),
        (2, Deposited::New),
        (1, Deposited::Repeated),
    ] {
        let got = store.deposit(address, envelope(number), Day(9)).await;
        assert_eq!(refusal(got), Ok(expected));
    }
    let collected = store.collect(address, 0, 9).await.unwrap();
    let letters: Vec<_> = collected
        .letters
        .iter()
        .map(|(_, letter)| letter.clone())
        .collect();
    assert_eq!(letters, [envelope(1), envelope(2)]);
    assert!(collected.letters[0].0 > 0 && collected.letters[0].0 < collected.letters[1].0);
    assert!(store.collect(address, 0, 1).await.unwrap().more);
    let first = EnvelopeHash::of(&envelope(1));
    store
        .acknowledge(address, vec![first, first])
        .await
        .unwrap();
    let left = store.collect(address, 0, 9).await.unwrap().letters;
    assert_eq!(left, [collected.letters[1].clone()]);
    assert!(!store.has_after(address, left[0].0).await.unwrap());
}

/// STORE-18: a receipt holds for its mailbox, also when its letter is gone; anything else does not.
async fn receipts_hold<S: Store>(store: &S) {
    let address = mailbox(105);
    store.create_mailbox(address, Day(1)).await.unwrap();
    for repeated in 0..2 {
        store.deposit(address, envelope(1), Day(9)).await.unwrap();
        let receipt = store.receipt(&address);
        assert_eq!(refusal(store.holds(address, receipt).await), Ok(true));
        let other = store.holds(mailbox(106), receipt).await;
        assert_eq!(refusal(other), Ok(false), "deposit {repeated}");
        let gone = vec![EnvelopeHash::of(&envelope(1))];
        store.acknowledge(address, gone).await.unwrap();
        assert_eq!(refusal(store.holds(address, receipt).await), Ok(true));
        let mut changed = receipt;
        changed.0[9] ^= 1;
        assert_eq!(refusal(store.holds(address, changed).await), Ok(false));
    }
}

/// STORE-21: a later day counts as one, however much later it is, an earlier one as none.
async fn days_are_counted<S: Store>(store: &S) {
    let first = store.turn(Day(20_000)).await.unwrap();
    for (shown, passed) in [
        (20_000, 0),
        (20_001, 1),
        (20_366, 2),
        (20_002, 2),
        (20_003, 3),
        (19_000, 3),
        (20_004, 4),
    ] {
        let day = store.turn(Day(shown)).await.unwrap();
        assert_eq!(day, first.plus(passed), "the clock shows {shown}");
        assert_eq!(store.today(), Some(day));
    }
}

/// STORE-1: operations from many tasks at once are all done, each once.
async fn many_at_once<S: Store>(store: &S) {
    let address = mailbox(101);
    store.create_mailbox(address, Day(1)).await.unwrap();
    let deposits = (0..3u64).flat_map(|number| [number, number, number]);
    let mut new = 0;
    let mut waiting: Vec<_> = deposits
        .map(|number| Box::pin(store.deposit(address, envelope(number), Day(9))))
        .collect();
    // Polled together, so that they share a group.
    let mut done = BTreeSet::new();
    std::future::poll_fn(|context| {
        for (at, deposit) in waiting.iter_mut().enumerate() {
            if !done.contains(&at)
                && let std::task::Poll::Ready(result) = deposit.as_mut().poll(context)
            {
                done.insert(at);
                new += u32::from(result.unwrap() == Deposited::New);
            }
        }
        if done.len() == 9 {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    assert_eq!(new, 3);
    assert_eq!(
        store.collect(address, 0, 100).await.unwrap().letters.len(),
        3
    );
}

/// STORE-10: a full mailbox refuses, and takes letters again when some are gone; what it holds is still confirmed.
async fn a_full_mailbox_takes_letters_again<S: Store>(store: &S, quota: u32) {
    let address = mailbox(102);
    let created = store.create_mailbox(address, Day(1)).await.unwrap();
    assert_eq!(created.quota, quota);
    for number in 0..u64::from(quota) {
        store
            .deposit(address, envelope(number), Day(9))
            .await
            .unwrap();
    }
    let full = store.deposit(address, envelope(u64::MAX), Day(9)).await;
    assert_eq!(refusal(full), Err(Refusal::MailboxFull));
    let repeated = store.deposit(address, envelope(0), Day(9)).await;
    assert_eq!(refusal(repeated), Ok(Deposited::Repeated));
    let gone = vec![EnvelopeHash::of(&envelope(0))];
    store.acknowledge(address, gone).await.unwrap();
    let taken = store.deposit(address, envelope(u64::MAX), Day(9)).await;
    assert_eq!(refusal(taken), Ok(Deposited::New));
}

/// EXCH-10: the tombstone stands for its days; strangers see no difference to a mailbox that never was.
async fn a_deleted_mailbox_stays_closed<S: Store>(store: &S) {
    let address = mailbox(103);
    let missing = store.deposit(address, envelope(1), Day(9)).await;
    assert_eq!(refusal(missing), Err(Refusal::NoMailbox));
    store.create_mailbox(address, Day(1)).await.unwrap();
    store.deposit(address, envelope(1), Day(90)).await.unwrap();
    store.delete_mailbox(address, Day(1)).await.unwrap();
    store.delete_mailbox(address, Day(5)).await.unwrap();
    assert_eq!(
        refusal(store.deposit(address, envelope(1), Day(9)).await),
        Err(Refusal::NoMailbox)
    );
    assert_eq!(
        refusal(store.collect(address, 0, 1).await),
        Err(Refusal::MailboxDeleted)
    );
    let last = Day(1).plus(MAILBOX_TOMBSTONE_DAYS);
    assert_eq!(
        refusal(store.create_mailbox(address, last).await).map(|_| ()),
        Err(Refusal::MailboxDeleted)
    );
    store.create_mailbox(address, last.plus(1)).await.unwrap();
    assert!(!store.has_after(address, 0).await.unwrap());
}

async fn limits_of_length<S: Store>(store: &S) {
    let address = mailbox(104);
    store.create_mailbox(address, Day(1)).await.unwrap();
    for length in [0, ENVELOPE_LEN + 1] {
        let got = store.deposit(address, vec![1; length].into(), Day(9)).await;
        assert_eq!(refusal(got), Err(Refusal::Malformed));
    }
    let got = store.publish_prekeys(address, 1, Bytes::new()).await;
    assert_eq!(refusal(got), Err(Refusal::Malformed));
}
