//! The committed corpus of the fuzz targets: every file goes through its decoder here, too, with every truncation and a few
//! thousand seeded mutations, so that a decoder that breaks is noticed without a nightly compiler.
//!
//! The seeds of each target are written by `cargo xtask vectors`; what fuzzing found is added by hand and stays.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

#[path = "../fuzz/src/decoders.rs"]
#[allow(
    unreachable_pub,
    reason = "public in the fuzz package, which is its home"
)]
mod decoders;

use std::{fs, path::PathBuf};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tidings_protocol::{
    blob::seal_whole,
    card::{Card, CardFile, Languages},
    channel::clear_first,
    clocks::Clocks,
    exchange::{Answer, AnswerNonce, ChunkClass, HelloAnswer, PutBlob, Receipt, Refusal, Request},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    language::Language,
    limits::{
        CELL_LEN, ENVELOPE_LEN, ENVELOPE_PLAINTEXT_LEN, MAILBAG_HEAD_LEN, MAILBAG_PART_USUAL,
        MAILBAG_TRAILER_LEN,
    },
    line::Line,
    mailbag::{CarriedEnvelope, Entry, MailbagError, PackingBuilder, Parts},
    office::{OfficeSubkey, Role, Roles},
    owner::{OwnerAnswer, OwnerRequest},
    pair::{
        LetterId, Pair, Position, Purpose, RecipientPrekey, ReplyTo, SealContext,
        first_contact::{self, FirstLetterKeys},
        rewritten_body,
    },
    prekey::{OfficeKeys, PrekeySecret},
    relay_identity::{Certificate, RelayAddress, RootFingerprint},
    secret::{Secret, SigningSecret},
    suite::{KemPublic, KemSecret},
    time::{Day, UnixTime},
    wire,
};
use tidings_relay::store::rewritten;

/// Mutations of every file: a second or two in all.
const MUTATIONS: usize = 4_000;
/// Longer files are cut at this many places instead of everywhere.
const CUTS: usize = 600;

fn folder(target: &str) -> PathBuf {
    tidings_tests::root().join("tests/fuzz/corpus").join(target)
}

fn files(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder(target))
        .unwrap_or_else(|error| panic!("corpus of {target}: {error}"))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn every_decoder_has_a_corpus_and_a_fuzz_target() {
    let manifest = fs::read_to_string(tidings_tests::root().join("tests/fuzz/Cargo.toml")).unwrap();
    for (target, _) in decoders::ALL {
        assert!(!files(target).is_empty(), "{target} has no corpus");
        assert!(
            manifest.contains(&format!("name = \"{target}\"\n")),
            "{target} has no fuzz target"
        );
    }
    assert_eq!(manifest.matches("[[bin]]").count(), decoders::ALL.len());
}

#[test]
fn decoders_hold_on_corpus_truncations_and_mutations() {
    for (target, decoder) in decoders::ALL {
        let mut rng = StdRng::seed_from_u64(20_261_122);
        let files = files(target);
        for (path, bytes) in &files {
            // Shows which file it was when a decoder panics.
            println!("{}", path.display());
            decoder(bytes);
            for cut in (0..bytes.len()).step_by(bytes.len() / CUTS + 1) {
                decoder(&bytes[..cut]);
            }
            for _ in 0..MUTATIONS {
                decoder(&mutated(bytes, &files, &mut rng));
            }
        }
    }
}

/// One of the things that go wrong with bytes: changed, doubled, lost, overlong, or spliced with another file.
fn mutated(bytes: &[u8], others: &[(PathBuf, Vec<u8>)], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let place = rng.random_range(0..=bytes.len());
        let length = rng.random_range(0..=(bytes.len() - place).min(16));
        match rng.random_range(0..5) {
            0 if place < bytes.len() => bytes[place] = rng.random(),
            1 if place < bytes.len() => bytes[place] ^= 1 << rng.random_range(0..8),
            2 => drop(bytes.drain(place..place + length)),
            3 => {
                let piece = bytes[place..place + length].to_vec();
                bytes.splice(place..place, piece);
            }
            _ => {
                let other = &others[rng.random_range(0..others.len())].1;
                bytes.truncate(place);
                bytes.extend_from_slice(&other[place.min(other.len())..]);
            }
        }
    }
    bytes
}

/// The seeds are what the code writes today; a change is a format change. Written by `cargo xtask vectors`.
#[test]
fn vectors_of_the_corpus_are_frozen() {
    for (target, name, bytes) in seeds() {
        let path = folder(target).join(name);
        if std::env::var_os("TIDINGS_WRITE_VECTORS").is_some() {
            fs::create_dir_all(folder(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let kept = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            kept == bytes,
            "{} is not what the code writes",
            path.display()
        );
    }
}

type Seed = (&'static str, &'static str, Vec<u8>);

fn seeds() -> Vec<Seed> {
    [
        exchange_seeds(),
        channel_seeds(),
        owner_seeds(),
        relay_seeds(),
        letter_seeds(),
        body_seeds(),
        office_seeds(),
        vector_seeds(),
        blob_seeds(),
        mailbag_seeds(),
    ]
    .concat()
}

/// A blob of one chunk, whole and with a flipped bit.
fn blob_seeds() -> Vec<Seed> {
    let sealed = seal_whole(b"a small picture", &mut StdRng::seed_from_u64(14)).unwrap();
    let reference = wire::encode("blob reference", &sealed.blob).unwrap();
    let seed = |chunk: &[u8]| {
        let len = u8::try_from(reference.len()).unwrap();
        [&[len], reference.as_slice(), chunk].concat()
    };
    let mut flipped = sealed.chunks[0].clone();
    flipped[100] ^= 1;
    vec![
        ("blob_chunk", "whole", seed(&sealed.chunks[0])),
        ("blob_chunk", "bit_flipped", seed(&flipped)),
    ]
}

/// One envelope, packed.
struct OneEnvelope {
    body: Vec<u8>,
    file: Vec<u8>,
}

impl Parts for OneEnvelope {
    type Part = Vec<u8>;
    type Error = MailbagError;

    fn begin(&mut self, _: u32, _: u32, _: u64) -> Result<Vec<u8>, MailbagError> {
        Ok(Vec::new())
    }

    fn end(&mut self, _: u32, part: Vec<u8>) -> Result<(), MailbagError> {
        self.file = part;
        Ok(())
    }

    fn body(&mut self, _: &Entry) -> Result<Vec<u8>, MailbagError> {
        Ok(self.body.clone())
    }
}

/// A mailbag with one envelope for one of two relays: its head, and its payload without padding.
fn mailbag_seeds() -> Vec<Seed> {
    let body = vec![0x5a; ENVELOPE_LEN];
    let relay = |host: &str| RelayAddress {
        host: host.parse().unwrap(),
        port: 4_433,
        root: fingerprint(),
    };
    let mut builder = PackingBuilder::default();
    let envelope = CarriedEnvelope {
        relays: Vec::new(),
        address: MailboxAddress([7; 32]),
        hash: EnvelopeHash::of(&body),
    };
    let relays = [relay("relay.example.org"), relay("192.0.2.7")];
    builder.envelope(&relays, envelope).unwrap();
    let packing = builder.finish().unwrap();
    let mut parts = OneEnvelope {
        body,
        file: Vec::new(),
    };
    let layout = packing.layout(MAILBAG_PART_USUAL).unwrap();
    packing.write(layout, &mut parts, |_| {}).unwrap();
    let (head, rest) = parts.file.split_at(MAILBAG_HEAD_LEN);
    let payload = &rest[..rest.len() - MAILBAG_TRAILER_LEN];
    let end = payload.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let seed = [&[16], &packing.set().0[..], &payload[..end]].concat();
    vec![
        ("mailbag_head", "only_part", head.to_vec()),
        ("mailbag", "one_envelope", seed),
    ]
}

/// A family's first letters and a desk's answer: envelopes, and both pairs as they are stored on the way.
fn letter_seeds() -> Vec<Seed> {
    let mut rng = StdRng::seed_from_u64(11);
    let vault_secret = Secret::new([12; 32]);
    let now = UnixTime(1_790_000_000);
    let desk = root().public();
    let prekey = PrekeySecret::new(5, Secret::new([13; 32]), now.plus(600_000)).unwrap();
    let context = |prekey| SealContext {
        prekey,
        vault_secret: &vault_secret,
        purpose: Purpose::Letter,
        id: None,
        now,
    };
    let recipient = RecipientPrekey {
        epoch: prekey.epoch,
        key: &prekey.public,
        not_after: prekey.not_after,
    };
    let reply_to = ReplyTo::new(vec![14; 80]).unwrap();
    let (family, _) = Pair::first_contact(desk, reply_to, None, &vault_secret, &mut rng).unwrap();
    let (family, first) = family
        .seal(b"first letter", context(Some(recipient)), &mut rng)
        .unwrap();
    let keys = FirstLetterKeys {
        desk: &desk,
        prekeys: std::slice::from_ref(&prekey),
        invitations: &|_| None,
        seen: &|_| false,
    };
    let (office, _) = first_contact::open(&first.envelope, &keys)
        .unwrap()
        .begin()
        .unwrap();
    let (office, answer) = office.seal(b"answer", context(None), &mut rng).unwrap();
    let (family_after, _) = family.open(&answer.envelope, now).unwrap();
    let (family_after, later) = family_after
        .seal(b"later letter", context(None), &mut rng)
        .unwrap();
    let (office_after, _) = office.open(&later.envelope, now).unwrap();
    let stored = |pair: &Pair| pair.to_bytes().unwrap().to_vec();
    vec![
        (
            "envelope",
            "first_letter",
            first.envelope.as_bytes().to_vec(),
        ),
        ("envelope", "answer", answer.envelope.as_bytes().to_vec()),
        (
            "envelope",
            "later_letter",
            later.envelope.as_bytes().to_vec(),
        ),
        ("pair", "family_first", stored(&family)),
        ("pair", "family_after_answer", stored(&family_after)),
        ("pair", "office_unconfirmed", stored(&office)),
        ("pair", "office_epoch_1", stored(&office_after)),
    ]
}

fn exchange_seeds() -> Vec<Seed> {
    let address = MailboxAddress([1; 32]);
    let receipt = Receipt([10; 32]);
    let (id, capability) = (BlobId([2; 32]), Capability([3; 32]));
    let put = PutBlob {
        id,
        class: ChunkClass::Large,
        write: capability,
        read: capability.hash(),
        delete: Capability([4; 32]).hash(),
        offset: 65_536,
    };
    let (sealed, _) = OwnerRequest::CreateMailbox
        .seal(
            &SigningSecret::from_seed(&Secret::new([5; 32])),
            &certificate()
                .sign(&root())
                .unwrap()
                .verify(&fingerprint(), 0)
                .unwrap(),
            &mut StdRng::seed_from_u64(6),
        )
        .unwrap();
    let requests = [
        (
            "hello",
            Request::Hello {
                lowest: 1,
                highest: 1,
            },
        ),
        ("deposit", Request::Deposit { address }),
        ("fetch_prekeys", Request::FetchPrekeys { address }),
        ("put_blob", Request::PutBlob(put)),
        (
            "get_blob",
            Request::GetBlob {
                id,
                read: capability,
                offset: 0,
                length: 262_144,
            },
        ),
        (
            "delete_blob",
            Request::DeleteBlob {
                id,
                delete: capability,
            },
        ),
        ("owner", Request::Owner(Box::new(sealed))),
        ("check_receipt", Request::CheckReceipt { address, receipt }),
    ];
    let hello = HelloAnswer {
        version: 1,
        certificate: certificate().sign(&root()).unwrap(),
        day: Day(20_700),
    };
    let answers = [
        ("hello", Answer::Hello(hello)),
        ("deposited", Answer::Deposited { receipt }),
        (
            "prekeys",
            Answer::Prekeys {
                sequence: 300,
                record: vec![8; 40],
            },
        ),
        ("blob_stored", Answer::BlobStored { stored: 65_536 }),
        (
            "blob_piece",
            Answer::BlobPiece {
                class: ChunkClass::Huge,
            },
        ),
        ("blob_deleted", Answer::BlobDeleted),
        (
            "owner",
            Answer::Owner {
                nonce: AnswerNonce([9; 32]),
            },
        ),
        (
            "refused",
            Answer::Refused(Refusal::BlobPiece { stored: 70_000 }),
        ),
        ("receipt_checked", Answer::ReceiptChecked { holds: true }),
    ];
    let frames = [
        (
            "one_cell",
            requests[1].1.to_frame(&[7; ENVELOPE_LEN]).unwrap(),
        ),
        ("two_cells", requests[3].1.to_frame(&[7; 12_000]).unwrap()),
        ("empty_body", answers[1].1.to_frame(&[]).unwrap()),
    ];
    let requests =
        requests.map(|(name, value)| ("request", name, wire::encode("request", &value).unwrap()));
    let answers =
        answers.map(|(name, value)| ("answer", name, wire::encode("answer", &value).unwrap()));
    let frames = frames.map(|(name, bytes)| ("frame", name, bytes));
    requests.into_iter().chain(answers).chain(frames).collect()
}

/// First messages, and units as the decoder takes them: a number and the lengths at the beginning of its cell.
fn channel_seeds() -> Vec<Seed> {
    let hello = Request::Hello {
        lowest: 1,
        highest: 1,
    };
    let frame = hello.to_frame(&[]).unwrap();
    let cell: &[u8; CELL_LEN] = frame.as_slice().try_into().unwrap();
    let unit = |number: u8, head: u32, body: u32| {
        [&[number][..], &head.to_le_bytes(), &body.to_le_bytes()].concat()
    };
    vec![
        ("channel_first", "hello_in_clear", clear_first(1, cell)),
        (
            "channel_units",
            "one_cell_each",
            [unit(1, 3, 0), unit(2, 9, 500)].concat(),
        ),
        (
            "channel_units",
            "two_cells",
            [unit(1, 3, 12_000), unit(1, 0, 0)].concat(),
        ),
        (
            "channel_units",
            "mixed",
            [unit(1, 3, 12_000), unit(2, 3, 0)].concat(),
        ),
        ("channel_units", "oversized", unit(1, 1, u32::MAX)),
    ]
}

fn owner_seeds() -> Vec<Seed> {
    let letters = vec![EnvelopeHash([1; 32]), EnvelopeHash([2; 32])];
    let requests = [
        ("create_mailbox", OwnerRequest::CreateMailbox),
        (
            "collect",
            OwnerRequest::Collect {
                after: 70_000,
                max: 128,
            },
        ),
        ("acknowledge", OwnerRequest::Acknowledge { letters }),
        (
            "watch",
            OwnerRequest::Watch {
                after: 5,
                seconds: 300,
            },
        ),
        (
            "publish_prekeys",
            OwnerRequest::PublishPrekeys {
                sequence: 9,
                record: vec![3; 30],
            },
        ),
        ("delete_mailbox", OwnerRequest::DeleteMailbox),
    ];
    let answers = [
        ("created", OwnerAnswer::Created { quota: 4_096 }),
        (
            "collected",
            OwnerAnswer::Collected {
                places: vec![1, 300, 70_000],
                more: true,
            },
        ),
        ("acknowledged", OwnerAnswer::Acknowledged),
        ("watched", OwnerAnswer::Watched { waiting: true }),
        ("published", OwnerAnswer::Published),
        ("deleted", OwnerAnswer::Deleted),
        (
            "refused",
            OwnerAnswer::Refused(Refusal::Stale { stored: 12 }),
        ),
    ];
    let requests = requests.map(|(name, value)| {
        (
            "owner_request",
            name,
            wire::encode("request", &value).unwrap(),
        )
    });
    let answers = answers.map(|(name, value)| {
        (
            "owner_answer",
            name,
            wire::encode("answer", &value).unwrap(),
        )
    });
    requests.into_iter().chain(answers).collect()
}

fn relay_seeds() -> Vec<Seed> {
    let signed = certificate().sign(&root()).unwrap().to_bytes().unwrap();
    let inside = wire::encode("certificate", &certificate()).unwrap();
    let address = |host: &str| {
        let address = RelayAddress {
            host: host.parse().unwrap(),
            port: 4_433,
            root: fingerprint(),
        };
        address.to_string().into_bytes()
    };
    vec![
        ("certificate", "signed", signed),
        ("certificate", "inside", inside),
        ("relay_address", "name", address("relay.example.org")),
        ("relay_address", "ipv4", address("192.0.2.7")),
        ("relay_address", "ipv6", address("2001:db8::7")),
    ]
}

/// Bodies as they stand behind the seal, written field by field.
fn body_seeds() -> Vec<Seed> {
    let (id, key) = (LetterId([1; 16]), KemPublic([2; KemPublic::LEN]));
    let bytes = |length| ReplyTo::new(vec![3; length]).unwrap();
    let first = (id, 1_u8, Secret::new([4; 32]), bytes(80), key, bytes(20));
    let position = Position {
        epoch: 1,
        number: 7,
    };
    let later = (
        id,
        3_u32,
        key,
        position,
        9_u32,
        Vec::<Position>::new(),
        vec![position],
        Some(Secret::new([5; 32])),
        true,
        bytes(20),
    );
    let padded = |body: Vec<u8>| {
        let mut plaintext = u16::try_from(body.len()).unwrap().to_le_bytes().to_vec();
        plaintext.extend_from_slice(&body);
        plaintext.resize(ENVELOPE_PLAINTEXT_LEN, 0);
        plaintext
    };
    let seeds = [
        (
            "letter_body",
            "first",
            padded(wire::encode("body", &first).unwrap()),
        ),
        (
            "letter_body",
            "later",
            padded(wire::encode("body", &later).unwrap()),
        ),
    ];
    for (_, name, bytes) in &seeds {
        let read = rewritten_body(bytes).into_iter().flatten().count();
        assert!(read > 0, "the {name} body is not read");
    }
    seeds.into_iter().collect()
}

/// An office's card, in each of its forms, and its prekeys.
fn office_seeds() -> Vec<Seed> {
    let mut rng = StdRng::seed_from_u64(15);
    let (identity, today) = (root(), Day(20_700));
    let relay = RelayAddress {
        host: "relay.example.org".parse().unwrap(),
        port: 4_433,
        root: fingerprint(),
    };
    let card = Card {
        identity: identity.public(),
        address: MailboxAddress([1; 32]),
        relays: vec![relay],
        name: Line::new("Бюро листування").unwrap(),
        languages: Languages::of(&[Language::Ukrainian, Language::Russian]),
        not_before: today,
        not_after: today.plus(365),
        sequence: 2,
    };
    let card = card.sign(&identity).unwrap();
    let roles = Roles::of(&[Role::Prekeys, Role::Notices]);
    let subkey = OfficeSubkey::issue(&identity, roles, today, 90, 1, &mut rng).unwrap();
    let clocks = Clocks::new(today.start(), None);
    let rotation = OfficeKeys::new(identity.public(), subkey)
        .rotate(clocks, &mut rng)
        .unwrap();
    let file = CardFile {
        card: card.clone(),
        prekeys: rotation.record.clone(),
    };
    let message = format!("Пишіть нам сюди: {} (бюро)", card.to_link());
    vec![
        ("card", "office", card.encode()),
        ("card_link", "link", card.to_link().into_bytes()),
        ("card_link", "qr", card.to_qr_text().into_bytes()),
        ("card_link", "in_a_message", message.into_bytes()),
        ("card_file", "office", file.encode()),
        ("prekeys", "shelf", rotation.record.encode()),
    ]
}

/// What the frozen vectors of the rooms hold anyway.
fn vector_seeds() -> Vec<Seed> {
    let field = |file: &'static str, key: &str| {
        let path = tidings_tests::root().join("tests/vectors").join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let digits: String = if key.is_empty() {
            lines.collect()
        } else {
            lines.filter_map(|line| line.strip_prefix(key)).collect()
        };
        hex::decode(digits.trim_start_matches(':').trim())
            .unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let name = |file: &'static str| file.split(['/', '.']).nth(1).unwrap();
    let mut seeds = vec![(
        "channel_first",
        "opening",
        field("channel/channel_exchange.txt", "first_message"),
    )];
    for file in [
        "letter/letter.txt",
        "letter/letter_plain.txt",
        "letter/message.txt",
        "letter/moved.txt",
        "letter/notice.txt",
        "letter/reply.txt",
    ] {
        seeds.push(("letter", name(file), field(file, "content")));
    }
    seeds.push((
        "notice",
        "notice_status",
        field("notice/notice_status.txt", "notice"),
    ));
    seeds.push((
        "notice",
        "notice_custody",
        field("notice/notice_custody.txt", "notice"),
    ));
    seeds.push((
        "notice",
        "notice_for_others",
        field("notice/notice_for_others.txt", "for_others"),
    ));
    for (kind, file) in [
        (0, "store/mailbox_open.txt"),
        (0, "store/mailbox_deleted.txt"),
        (1, "store/letter.txt"),
        (2, "store/prekeys.txt"),
        (3, "store/blob_growing.txt"),
        (3, "store/blob_complete.txt"),
        (4, "store/segment.txt"),
        (5, "store/counters.txt"),
        (6, "store/segment_header.txt"),
        (7, "store/frame_header.txt"),
        (8, "store/frame_contents.txt"),
        (9, "store/checkpoint.txt"),
        (10, "store/key_expiry_letter.txt"),
        (10, "store/key_expiry_blob.txt"),
        (10, "store/key_expiry_tombstone.txt"),
    ] {
        let record = [vec![kind], field(file, "")].concat();
        let read = rewritten::rewritten(kind, &record[1..]);
        assert_eq!(read.as_deref(), Some(&record[1..]), "{file}");
        seeds.push(("store_record", name(file), record));
    }
    seeds
}

fn root() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([7; 32]))
}

fn fingerprint() -> RootFingerprint {
    RootFingerprint::of(&root().public())
}

fn certificate() -> Certificate {
    Certificate {
        root: root().public(),
        sequence: 3,
        not_before: Day(20_700),
        not_after: Day(20_730),
        tls_key: root().public(),
        online_key: KemSecret::from_seed(Secret::new([8; 32])).public().unwrap(),
    }
}
