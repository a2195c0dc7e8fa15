//! Bags in memory: whatever was packed comes out, in whatever order its parts come; whatever was changed is refused.

use std::io::{self, Cursor};

use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::*;
use crate::{
    blob::ChunkHash,
    exchange::ChunkClass,
    ids::{BlobId, Capability, CapabilityHash, EnvelopeHash, MailboxAddress},
    limits::{
        ENVELOPE_LEN, MAILBAG_CONTENTS_MAX, MAILBAG_HEAD_LEN, MAILBAG_PART_MIN, MAILBAG_PART_USUAL,
        MAILBAG_PAYLOAD_MAX, MAILBAG_RELAYS_MAX, MAILBAG_TRAILER_LEN, MAILBAG_UNIT,
    },
    relay_identity::{RelayAddress, RootFingerprint},
};

/// A file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Memory(Vec<u8>);

impl Source for Memory {
    type Reader = Cursor<Vec<u8>>;

    fn open(&self) -> io::Result<Self::Reader> {
        Ok(Cursor::new(self.0.clone()))
    }
}

/// Envelopes and chunks, and the files that they were written to.
struct Post {
    bodies: Vec<(Entry, Vec<u8>)>,
    files: Vec<Vec<u8>>,
}

impl Parts for Post {
    type Part = Vec<u8>;
    type Error = MailbagError;

    fn begin(&mut self, number: u32, _: u32, _: u64) -> Result<Vec<u8>, MailbagError> {
        assert_eq!(number as usize, self.files.len() + 1);
        Ok(Vec::new())
    }

    fn end(&mut self, _: u32, part: Vec<u8>) -> Result<(), MailbagError> {
        self.files.push(part);
        Ok(())
    }

    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, MailbagError> {
        let same = |other: &Entry| other.order() == entry.order();
        let found = self.bodies.iter().find(|(other, _)| same(other));
        Ok(found.unwrap().1.clone())
    }
}

fn relay(number: u8) -> RelayAddress {
    RelayAddress {
        host: format!("relay-{number}.example.org").parse().unwrap(),
        port: 4_433,
        root: RootFingerprint([number; 32]),
    }
}

fn envelope(rng: &mut impl Rng) -> (CarriedEnvelope, Vec<u8>) {
    let mut body = vec![0; ENVELOPE_LEN];
    rng.fill_bytes(&mut body);
    let envelope = CarriedEnvelope {
        relays: Vec::new(),
        address: MailboxAddress(rng.random()),
        hash: EnvelopeHash::of(&body),
    };
    (envelope, body)
}

fn chunk(rng: &mut impl Rng) -> (CarriedChunk, Vec<u8>) {
    let mut body = vec![0; ChunkClass::Small.size()];
    rng.fill_bytes(&mut body);
    let write = if rng.random() {
        WriteRight::Capability(Capability(rng.random()))
    } else {
        WriteRight::Hash(CapabilityHash(rng.random()))
    };
    let chunk = CarriedChunk {
        relays: Vec::new(),
        id: BlobId(rng.random()),
        class: ChunkClass::Small,
        write,
        read: CapabilityHash(rng.random()),
        delete: CapabilityHash(rng.random()),
        hash: ChunkHash::of(&body),
    };
    (chunk, body)
}

/// A bag of so many envelopes and chunks for up to three relays.
fn packed(envelopes: usize, chunks: usize, seed: u64) -> (Packing, Post) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut builder = PackingBuilder::default();
    let mut bodies = Vec::new();
    for _ in 0..envelopes {
        let (carried, body) = envelope(&mut rng);
        let relays = [relay(rng.random_range(1..4)), relay(1)];
        builder.envelope(&relays, carried.clone()).unwrap();
        bodies.push((Entry::Envelope(carried), body));
    }
    for _ in 0..chunks {
        let (carried, body) = chunk(&mut rng);
        let relays = [relay(rng.random_range(1..4))];
        builder.chunk(&relays, carried.clone()).unwrap();
        bodies.push((Entry::Chunk(carried), body));
    }
    let files = Vec::new();
    (builder.finish().unwrap(), Post { bodies, files })
}

fn written(envelopes: usize, chunks: usize, seed: u64, part_size: u64) -> (Packing, Post) {
    let (packing, mut post) = packed(envelopes, chunks, seed);
    let layout = packing.layout(part_size).unwrap();
    packing.write(layout, &mut post, |_| {}).unwrap();
    assert_eq!(post.files.len(), layout.count() as usize);
    for (number, file) in (1..).zip(&post.files) {
        assert_eq!(file.len() as u64, layout.file_len(number));
    }
    (packing, post)
}

fn open(files: &[Vec<u8>]) -> Result<Vec<Bag<Memory>>, MailbagError> {
    let parts: Result<Vec<_>, _> = files
        .iter()
        .map(|file| Part::open(Memory(file.clone())))
        .collect();
    Ok(Bag::gather(parts?))
}

/// Opens files that are one whole bag, and checks them.
fn checked(files: &[Vec<u8>]) -> Result<Contents, MailbagError> {
    let bags = open(files)?;
    assert_eq!(bags.len(), 1);
    Ok(bags[0].check(|_| {})?.contents)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// BAG-2, BAG-8: parts come in any order and more than once; entries come out as they went in.
    #[test]
    fn what_is_packed_comes_out(
        envelopes in 0..4_usize, chunks in 0..12_usize, seed: u64, part_size in MAILBAG_PART_MIN..200_000,
    ) {
        prop_assume!(envelopes + chunks > 0);
        let (packing, mut post) = written(envelopes, chunks, seed, part_size);
        let mut rng = StdRng::seed_from_u64(seed);
        post.files.push(post.files[0].clone());
        post.files.shuffle(&mut rng);
        let bags = open(&post.files).unwrap();
        prop_assert_eq!(bags.len(), 1);
        let bag = &bags[0];
        let mut heard = 0;
        let checked = bag.check(|done| heard = done).unwrap();
        prop_assert_eq!(heard, bag.layout().payload());
        prop_assert_eq!(&checked.contents, packing.contents());
        prop_assert_eq!(checked.contents.envelopes, envelopes as u64);
        prop_assert_eq!(checked.contents.chunks, [chunks as u64, 0, 0, 0]);
        let peeked = bag.peek().unwrap();
        prop_assert_eq!(peeked.as_ref(), Some(packing.contents()));
        let mut count = 0;
        bag.entries(|event| {
            if let Event::Entry { entry, body, at, contents } = event {
                count += 1;
                assert_eq!(post.body(entry)?, body);
                assert_eq!(bag.read_body(at, body.len())?, body);
                assert!(contents.relays_of(entry).count() > 0);
            }
            Ok::<_, MailbagError>(())
        }).unwrap();
        prop_assert_eq!(count, envelopes + chunks);
    }

    /// BAG-5, BAG-9: no bit may be another, wherever it lies; and none of it panics.
    #[test]
    fn a_flipped_bit_is_refused(seed: u64, place: prop::sample::Index, bit in 0..8_u8) {
        let (_, mut post) = written(2, 3, seed, 100_000);
        let length: usize = post.files.iter().map(Vec::len).sum();
        let mut at = place.index(length);
        for file in &mut post.files {
            if at < file.len() {
                file[at] ^= 1 << bit;
                break;
            }
            at -= file.len();
        }
        let refused = open(&post.files).and_then(|bags| {
            // Parts that name two bags are incomplete, each.
            bags.iter().try_for_each(|bag| bag.check(|_| {}).map(drop))
        });
        prop_assert!(refused.is_err());
    }

    /// BAG-5: a part that was cut off anywhere, or goes on, is refused, and says so.
    #[test]
    fn a_cut_part_is_refused(seed: u64, place: prop::sample::Index, extra in 1..100_usize) {
        let (_, post) = written(1, 0, seed, MAILBAG_PART_USUAL);
        let file = &post.files[0];
        let cut = file[..place.index(file.len())].to_vec();
        let short = cut.len() < 16;
        let refused = Part::open(Memory(cut)).unwrap_err();
        match refused {
            MailbagError::Truncated { expected, got } => prop_assert!(got < expected),
            MailbagError::NoMailbag | MailbagError::Version { .. } => prop_assert!(short),
            other => prop_assert!(false, "{other}"),
        }
        let long = [file.clone(), vec![0; extra]].concat();
        let refused = Part::open(Memory(long)).unwrap_err();
        let told = matches!(refused, MailbagError::Trailing { extra: more } if more == extra as u64);
        prop_assert!(told, "{refused}");
    }

    /// Any bytes: refused without a panic, in a payload of any length and in pieces of any length.
    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..2_000), piece in 1..700_usize) {
        let mut unpacker = Unpacker::new(BagSet([0; 32]), MAILBAG_UNIT);
        let pushed = noise
            .chunks(piece)
            .try_for_each(|bytes| unpacker.push(bytes, &mut |_| Ok::<_, MailbagError>(())));
        prop_assert!(pushed.is_err() || unpacker.finish().is_err());
    }
}

/// BAG-6: few sizes; a letter or four without pictures look alike, and the waste is small.
#[test]
fn lengths_are_those_of_classes() {
    assert_eq!(padded_len(0), MAILBAG_UNIT);
    assert_eq!(padded_len(MAILBAG_UNIT), MAILBAG_UNIT);
    assert_eq!(padded_len(MAILBAG_UNIT + 1), 2 * MAILBAG_UNIT);
    let mut rng = StdRng::seed_from_u64(6);
    for _ in 0..10_000 {
        let len = rng.random_range(1..MAILBAG_PAYLOAD_MAX) >> rng.random_range(0..20);
        let padded = padded_len(len);
        assert!(padded >= len && padded <= len + len / 16 + 2 * MAILBAG_UNIT);
        assert_eq!(padded_len(padded), padded, "{len}");
        assert!(
            (padded / MAILBAG_UNIT).leading_zeros() + 5 + (padded / MAILBAG_UNIT).trailing_zeros()
                >= 64
        );
    }
    let alike = |envelopes| written(envelopes, 0, 1, MAILBAG_PART_USUAL).1.files[0].len();
    assert_eq!(alike(1), alike(6));
}

/// BAG-10: a missing part is named.
#[test]
fn a_missing_part_is_named() {
    let (_, mut post) = written(1, 20, 7, MAILBAG_PART_MIN);
    assert!(post.files.len() >= 5);
    post.files.remove(3);
    post.files.remove(1);
    let refused = checked(&post.files).unwrap_err();
    assert!(
        matches!(&refused, MailbagError::Missing { missing, .. } if *missing == [2, 4]),
        "{refused}"
    );
    assert!(refused.to_string().contains("part 2"), "{refused}");
}

/// BAG-5: which part is damaged is told, also where an entry goes on in the next.
#[test]
fn a_damaged_part_is_named() {
    let (_, mut post) = written(1, 20, 8, MAILBAG_PART_MIN);
    let at = post.files[2].len() / 2;
    post.files[2][at] ^= 1;
    let refused = checked(&post.files).unwrap_err();
    let told = matches!(refused, MailbagError::Damaged { number: 3 });
    assert!(told, "{refused}");
}

/// BAG-9: a bag is named by what is in it, however it is cut and in whatever order it was packed.
#[test]
fn the_same_post_makes_the_same_bag() {
    let (first, post) = written(3, 3, 9, MAILBAG_PART_USUAL);
    let (again, _) = written(3, 3, 9, MAILBAG_PART_MIN);
    let (other, _) = written(3, 3, 10, MAILBAG_PART_USUAL);
    assert_eq!(first.set(), again.set());
    assert_ne!(first.set(), other.set());
    let mut builder = PackingBuilder::default();
    for (entry, _) in post.bodies.iter().rev() {
        // Twice: it is packed once.
        for _ in 0..2 {
            let named: Vec<_> = first
                .contents()
                .relays_of(&packed_like(&first, entry))
                .cloned()
                .collect();
            match entry.clone() {
                Entry::Envelope(envelope) => builder.envelope(&named, envelope),
                Entry::Chunk(chunk) => builder.chunk(&named, chunk),
            }
            .unwrap();
        }
    }
    assert_eq!(builder.finish().unwrap().set(), first.set());
}

/// The entry as it stands in a bag, with its places.
fn packed_like(packing: &Packing, entry: &Entry) -> Entry {
    let same = |candidate: &&Entry| candidate.order() == entry.order();
    packing
        .entries_for_tests()
        .iter()
        .find(same)
        .unwrap()
        .clone()
}

/// BAG-8: what two bags hold does not show which chunks go with which envelope.
#[test]
fn entries_stand_in_an_order_that_tells_nothing() {
    let (packing, _) = packed(5, 20, 11);
    let orders: Vec<_> = packing
        .entries_for_tests()
        .iter()
        .map(Entry::order)
        .collect();
    assert!(orders.is_sorted());
    assert_eq!(orders.iter().filter(|order| order.0 == 0).count(), 5);
}

/// What is well formed and still not a bag.
#[test]
fn contradictions_are_refused() {
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let (packing, post) = written(2, 1, 12, MAILBAG_PART_USUAL);
        let end = post.files[0].len() - MAILBAG_TRAILER_LEN;
        let mut payload = post.files[0][MAILBAG_HEAD_LEN..end].to_vec();
        change(&mut payload);
        let mut unpacker = Unpacker::new(*packing.set(), packing.payload_for_tests());
        unpacker
            .push(&payload, &mut |_| Ok::<_, MailbagError>(()))
            .and_then(|()| unpacker.finish())
            .unwrap_err()
            .to_string()
    };
    let (packing, post) = written(2, 1, 12, MAILBAG_PART_USUAL);
    assert!(checked(&post.files).is_ok());
    let contents = 4 + packing.contents().encode().unwrap().len();
    let first = 2 + packing.entries_for_tests()[0].encode().unwrap().len();
    let entry = first + ENVELOPE_LEN;
    let told =
        refused(&|payload| payload.copy_within(contents..contents + entry, contents + entry));
    assert!(told.contains("order"), "{told}");
    let told = refused(&|payload| *payload.last_mut().unwrap() = 1);
    assert!(told.contains("behind its last entry"), "{told}");
    let told = refused(&|payload| payload.extend_from_slice(&[0]));
    assert!(told.contains("behind"), "{told}");
    let told = refused(&|payload| payload.truncate(contents + 1));
    assert!(told.contains("too early"), "{told}");
    let told = refused(&|payload| payload[contents + first + 5] ^= 1);
    assert!(told.contains("not what it says"), "{told}");
    // An end where an entry should be.
    let told = refused(&|payload| payload[contents + entry..contents + entry + 2].fill(0));
    assert!(told.contains("does not hold"), "{told}");
    // Another mailbox: the envelope is whole, the bag is another one.
    let told = refused(&|payload| payload[contents + 10] ^= 1);
    assert!(told.contains("not those of its name"), "{told}");
}

/// BAG-7: what an entry says of its relays.
#[test]
fn relays_are_named_once_and_there() {
    let contents = Contents::new(vec![relay(1), relay(2)]);
    let with = |relays: &[u16]| {
        let (mut carried, _) = envelope(&mut StdRng::seed_from_u64(13));
        carried.relays = relays.to_vec();
        Entry::decode(&Entry::Envelope(carried).encode().unwrap(), &contents).is_ok()
    };
    assert!(with(&[0]) && with(&[1, 0]));
    assert!(!with(&[]) && !with(&[2]) && !with(&[1, 1]) && !with(&[0, 1, 0, 1]));
    let sorted = |relays| Contents::decode(&Contents::new(relays).encode().unwrap()).is_ok();
    assert!(sorted(vec![relay(1), relay(2)]));
    assert!(!sorted(vec![relay(2), relay(1)]) && !sorted(vec![relay(1), relay(1)]));
    let mut portless = relay(1);
    portless.port = 0;
    assert!(!sorted(vec![portless]));
}

/// As many relays as a bag may name, with hosts about as long as there are.
#[test]
fn the_longest_list_of_relays_is_read() {
    let long = |number: usize| {
        let labels = ["a", "b", "c", "d"].map(|label| label.repeat(60)).join(".");
        RelayAddress {
            host: format!("{number:04}.{labels}").parse().unwrap(),
            ..relay(1)
        }
    };
    let contents = Contents::new((0..MAILBAG_RELAYS_MAX).map(long).collect());
    let bytes = contents.encode().unwrap();
    assert!(
        bytes.len() <= MAILBAG_CONTENTS_MAX
            && bytes.len() > MAILBAG_CONTENTS_MAX - 24 * MAILBAG_RELAYS_MAX
    );
    assert_eq!(Contents::decode(&bytes).unwrap(), contents);
}

#[test]
fn part_sizes_have_limits() {
    let (packing, mut post) = packed(1, 20, 14);
    let told = |size| packing.layout(size).unwrap_err().to_string();
    assert!(told(MAILBAG_PART_MIN - 1).contains("65536"));
    assert!(Layout::new(padded_len(1 << 30), MAILBAG_PART_MIN).is_err());
    assert!(Layout::new(MAILBAG_PAYLOAD_MAX, MAILBAG_PART_USUAL).is_ok());
    assert!(PackingBuilder::default().finish().is_err());
    // A file that changed since it was packed.
    post.bodies[0].1[7] ^= 1;
    let layout = packing.layout(MAILBAG_PART_USUAL).unwrap();
    let refused = packing.write(layout, &mut post, |_| {}).unwrap_err();
    assert!(
        refused.to_string().contains("the one that was packed"),
        "{refused}"
    );
    assert!(post.files.is_empty());
}
