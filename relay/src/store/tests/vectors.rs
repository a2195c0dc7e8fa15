//! Frozen bytes of everything that the store writes (`tests/vectors/store`), and garbage for every decoder.
//!
//! `TIDINGS_WRITE_VECTORS=1` writes files that are missing; one that is there is never changed.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use tidings_protocol::{
    exchange::ChunkClass,
    ids::{BlobId, CapabilityHash, EnvelopeHash, MailboxAddress},
    time::Day,
};

use super::super::{
    calendar::Calendar,
    checkpoint::{checkpoint_bytes, parse_checkpoint},
    conformance::decode_everything,
    lives::{LifeRecord, make_receipt},
    log::{Change, EnvelopeLine, FrameContents, FrameHeader, Position, SegmentHeader},
    records::{
        BlobChecksum, BlobRecord, Counters, Expiring, LetterRecord, MailboxRecord, PrekeyRecord,
        Record, SegmentRecord, blob_key, calendar_key, counters_key, deposit_key, expiry_key,
        hole_key, letter_key, life_key, mailbox_key, parse_expiry_key, parse_letter_key,
        parse_life_key, parse_segment, prekeys_key, segment_key,
    },
};

fn vector_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/vectors/store")
        .join(format!("{name}.txt"))
}

/// Compares with the frozen file: lines of hex, after `#` a comment.
fn frozen(name: &str, about: &str, bytes: &[u8]) {
    let path = vector_path(name);
    if !path.exists() && std::env::var_os("TIDINGS_WRITE_VECTORS").is_some() {
        let lines: Vec<String> = bytes.chunks(32).map(hex::encode).collect();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            &path,
            format!("# {about} (docs/spec/store.md)\n{}\n", lines.join("\n")),
        )
        .unwrap();
    }
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let digits: String = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
        .collect();
    assert_eq!(hex::encode(bytes), digits, "{name}");
}

fn record<R: Record + PartialEq + std::fmt::Debug>(name: &str, about: &str, record: &R) {
    let bytes = record.to_bytes().unwrap();
    frozen(name, about, &bytes);
    assert_eq!(R::from_bytes(&bytes).as_ref(), Ok(record), "{name}");
    for cut in 0..bytes.len() {
        assert!(R::from_bytes(&bytes[..cut]).is_err(), "{name} cut at {cut}");
    }
    assert!(
        R::from_bytes(&[&bytes[..], &[0]].concat()).is_err(),
        "{name} with a byte behind it"
    );
}

/// STORE-6: records.
#[test]
fn records_are_frozen() {
    record(
        "mailbox_open",
        "MailboxRecord::Open: next place 300, 7 letters",
        &MailboxRecord::Open {
            next: 300,
            letters: 7,
        },
    );
    record(
        "mailbox_deleted",
        "MailboxRecord::Deleted until day 20000",
        &MailboxRecord::Deleted { until: Day(20_000) },
    );
    record(
        "letter",
        "LetterRecord: segment 5, offset 12288, 8192 bytes, hash 11.., expires day 20000",
        &LetterRecord {
            segment: 5,
            offset: 12_288,
            length: 8_192,
            hash: EnvelopeHash([0x11; 32]),
            expires: Day(20_000),
        },
    );
    record("deposit_place", "the place of a deposit: 299", &299u64);
    record(
        "prekeys",
        "PrekeyRecord: sequence 9, record 01 02 03",
        &PrekeyRecord {
            sequence: 9,
            record: vec![1, 2, 3],
        },
    );
    let blob = |stored, checksum| BlobRecord {
        class: ChunkClass::Medium,
        write: CapabilityHash([1; 32]),
        read: CapabilityHash([2; 32]),
        delete: CapabilityHash([3; 32]),
        expires: Day(20_000),
        stored,
        checksum,
    };
    let complete = BlobChecksum::Complete([4; 32]);
    record(
        "blob_complete",
        "BlobRecord: 64 KiB, capabilities 01.. 02.. 03.., day 20000, all stored, SHA-256 04..",
        &blob(65_536, complete),
    );
    let growing = BlobChecksum::Growing(growing_state(b"tidings"));
    record(
        "blob_growing",
        "BlobRecord: the same with 7 bytes (\"tidings\") stored and the state of SHA-256 after them",
        &blob(7, growing),
    );
    record(
        "life",
        "LifeRecord: begins with frame 300, key 06..",
        &LifeRecord {
            begins: 300,
            key: [6; 32],
        },
    );
    record(
        "calendar",
        "Calendar: the clock showed day 20001 last, the store counts day 20000",
        &Calendar {
            shown: Day(20_001),
            day: Day(20_000),
        },
    );
    let receipt = make_receipt(&[6; 32], &MailboxAddress([0xaa; 32]), 258, 70_000);
    frozen(
        "receipt",
        "receipt of life 258 with key 06.. for mailbox aa.., next frame 70000",
        &receipt.0,
    );
    record(
        "segment",
        "SegmentRecord: 12 letters wait",
        &SegmentRecord { letters: 12 },
    );
    let counters = Counters {
        mailboxes: 1,
        tombstones: 2,
        letters: 3,
        letter_bytes: 4,
        prekeys: 5,
        prekey_bytes: 6,
        blobs: 7,
        blob_bytes: 80_000,
    };
    record(
        "counters",
        "Counters: 1, 2, 3, 4, 5, 6, 7, 80000",
        &counters,
    );
}

fn growing_state(bytes: &[u8]) -> Vec<u8> {
    use sha2::{Digest, digest::common::hazmat::SerializableState};
    let mut hash = sha2::Sha256::new();
    hash.update(bytes);
    hash.serialize().to_vec()
}

/// STORE-13: the frozen state of a growing chunk's hash continues to the hash of the whole.
#[test]
fn a_growing_checksum_continues() {
    use sha2::Digest;
    let record = BlobRecord {
        class: ChunkClass::Small,
        write: CapabilityHash([1; 32]),
        read: CapabilityHash([2; 32]),
        delete: CapabilityHash([3; 32]),
        expires: Day(1),
        stored: 7,
        checksum: BlobChecksum::Growing(growing_state(b"tidings")),
    };
    let whole: [u8; 32] = sha2::Sha256::digest(b"tidings").into();
    assert_eq!(record.expected().unwrap(), whole);
    let broken = BlobRecord {
        checksum: BlobChecksum::Growing(vec![0; 3]),
        ..record
    };
    assert!(broken.expected().is_err());
}

/// STORE-5: keys.
#[test]
fn keys_are_frozen() {
    let mailbox = MailboxAddress([0xaa; 32]);
    frozen("key_counters", "key of the counters", &counters_key());
    frozen("key_mailbox", "key of mailbox aa..", &mailbox_key(&mailbox));
    frozen(
        "key_letter",
        "key of the letter at place 258 in mailbox aa..",
        &letter_key(&mailbox, 258),
    );
    frozen(
        "key_deposit",
        "key of the deposit of envelope 11.. in mailbox aa..",
        &deposit_key(&mailbox, &EnvelopeHash([0x11; 32])),
    );
    frozen(
        "key_prekeys",
        "key of the prekeys of mailbox aa..",
        &prekeys_key(&mailbox),
    );
    frozen(
        "key_blob",
        "key of blob bb..",
        &blob_key(&BlobId([0xbb; 32])),
    );
    frozen("key_segment", "key of segment 258", &segment_key(258));
    frozen("key_calendar", "key of the calendar", &calendar_key());
    frozen("key_life", "key of life 258", &life_key(258));
    assert_eq!(parse_life_key(&life_key(258)), Some(258));
    frozen(
        "key_hole",
        "key of the hole at byte 4096 of segment 258",
        &hole_key(258, 4_096),
    );
    for (name, what) in [
        ("key_expiry_letter", Expiring::Letter(mailbox, 258)),
        ("key_expiry_blob", Expiring::Blob(BlobId([0xbb; 32]))),
        ("key_expiry_tombstone", Expiring::Tombstone(mailbox)),
    ] {
        let key = expiry_key(Day(20_000), &what);
        frozen(name, "key under which something goes on day 20000", &key);
        assert_eq!(parse_expiry_key(&key), Some((Day(20_000), what)));
    }
    assert_eq!(
        parse_letter_key(&letter_key(&mailbox, 258)),
        Some((mailbox, 258))
    );
    assert_eq!(
        parse_segment(&hole_key(258, 4_096)),
        Some((258, Some(4_096)))
    );
}

/// STORE-2: the log.
#[test]
fn the_log_is_frozen() {
    let segment = SegmentHeader {
        segment: 2,
        previous_end: 4_096,
        sequence: 77,
    };
    frozen(
        "segment_header",
        "header of segment 2: the one before ends at 4096, first frame 77",
        &segment.to_bytes(),
    );
    assert_eq!(
        SegmentHeader::from_bytes(&segment.to_bytes()),
        Some(segment)
    );
    let contents = FrameContents {
        envelopes: vec![EnvelopeLine {
            length: 8_192,
            hash: EnvelopeHash([0x11; 32]),
        }],
        changes: vec![
            Change {
                key: vec![1, 2],
                value: Some(vec![3]),
            },
            Change {
                key: vec![4],
                value: None,
            },
        ],
    };
    let encoded = contents.to_bytes().unwrap();
    frozen(
        "frame_contents",
        "contents of a frame: one envelope, key 0102 gets 03, key 04 goes",
        &encoded,
    );
    assert_eq!(FrameContents::from_bytes(&encoded), Ok(contents));
    let mut header = FrameHeader {
        contents: u32::try_from(encoded.len()).unwrap(),
        envelopes_at: 4_032,
        envelopes: 8_192,
        sequence: 77,
        previous: [5; 32],
        checksum: [0; 32],
    };
    header.checksum = header.checksum_of(&encoded);
    frozen(
        "frame_header",
        "header of that frame: number 77, after a frame with checksum 05.., envelopes at 4032",
        &header.to_bytes(),
    );
    assert_eq!(FrameHeader::from_bytes(&header.to_bytes()), Some(header));
    let position = Position {
        segment: 2,
        offset: 64,
        sequence: 77,
        previous: [5; 32],
    };
    let checkpoint = checkpoint_bytes(position).unwrap();
    frozen(
        "checkpoint",
        "checkpoint at byte 64 of segment 2, before frame 77",
        &checkpoint,
    );
    assert_eq!(parse_checkpoint(&checkpoint).unwrap(), position);
    let mut flipped = checkpoint;
    flipped[1] ^= 1;
    assert!(parse_checkpoint(&flipped).is_err());
}

proptest! {
    /// Every decoder takes any bytes without a panic, and what it accepts it would write the same way.
    #[test]
    fn garbage_is_refused_or_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        decode_everything(&bytes);
        prop_assert!(parse_checkpoint(&bytes).is_err());
    }

    /// The same for bytes that are nearly right.
    #[test]
    fn a_changed_record_is_refused_or_canonical(at in 0usize..200, byte in any::<u8>()) {
        let record = LetterRecord {
            segment: 1 << 40,
            offset: 1 << 20,
            length: 8_192,
            hash: EnvelopeHash([7; 32]),
            expires: Day(20_000),
        };
        let mailbox = MailboxRecord::Open { next: 1 << 33, letters: 70_000 };
        for mut bytes in [record.to_bytes().unwrap(), mailbox.to_bytes().unwrap()] {
            let at = at % bytes.len();
            bytes[at] = byte;
            decode_everything(&bytes);
        }
    }
}
