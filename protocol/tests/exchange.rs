//! The frozen vectors of `tests/vectors/exchange/` (`docs/spec/exchange.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod vectors;

use tidings_protocol::{
    exchange::{
        Answer, AnswerNonce, ChunkClass, Frame, FrameError, HelloAnswer, PutBlob, Receipt, Refusal,
        Request,
    },
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::{CELL_LEN, COLLECT_MAX, ENVELOPE_LEN, FRAME_BODY_MAX, FRAME_HEAD_MAX},
    owner::{OwnerAnswer, OwnerError, OwnerRequest},
    relay_identity::{Certificate, RootFingerprint, VerifiedCertificate},
    secret::{Secret, SigningSecret},
    suite::{KemSecret, SuiteError},
    time::Day,
    wire::{self, WireError},
};
use vectors::{Counting, Vector, compare};

fn envelope() -> Vec<u8> {
    (0..ENVELOPE_LEN)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect()
}

fn root_key() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([0x11; 32]))
}

fn online_key() -> KemSecret {
    KemSecret::from_seed(Secret::new([0x22; 32]))
}

fn owner_key() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([0x33; 32]))
}

fn certificate() -> VerifiedCertificate {
    signed()
        .verify(&RootFingerprint::of(&root_key().public()), 0)
        .unwrap()
}

fn signed() -> tidings_protocol::relay_identity::SignedCertificate {
    let certificate = Certificate {
        root: root_key().public(),
        sequence: 1_312_000,
        not_before: Day(20_499),
        not_after: Day(20_529),
        tls_key: SigningSecret::from_seed(&Secret::new([0x44; 32])).public(),
        online_key: online_key().public().unwrap(),
    };
    certificate.sign(&root_key()).unwrap()
}

fn put_blob() -> PutBlob {
    PutBlob {
        id: BlobId([0x51; 32]),
        class: ChunkClass::Small,
        write: Capability([0x52; 32]),
        read: Capability([0x53; 32]).hash(),
        delete: Capability([0x54; 32]).hash(),
        offset: 300,
    }
}

fn requests() -> Vec<(&'static str, &'static str, Request, Vec<u8>)> {
    vec![
        (
            "request_hello",
            "EXCH-5: hello of a client that speaks version 1 only",
            Request::Hello {
                lowest: 1,
                highest: 1,
            },
            vec![],
        ),
        (
            "request_deposit",
            "EXCH-11: a deposit; byte n of the envelope is n modulo 251",
            Request::Deposit {
                address: MailboxAddress::of(&owner_key().public()),
            },
            envelope(),
        ),
        (
            "request_fetch_prekeys",
            "EXCH-15: prekeys of a mailbox",
            Request::FetchPrekeys {
                address: MailboxAddress::of(&owner_key().public()),
            },
            vec![],
        ),
        (
            "request_put_blob",
            "EXCH-21: a piece of 5 bytes at offset 300; write, read and delete capabilities are 32 bytes 52, 53, 54",
            Request::PutBlob(put_blob()),
            b"piece".to_vec(),
        ),
        (
            "request_get_blob",
            "EXCH-23: 16,384 bytes from the beginning",
            Request::GetBlob {
                id: BlobId([0x51; 32]),
                read: Capability([0x53; 32]),
                offset: 0,
                length: 16_384,
            },
            vec![],
        ),
        (
            "request_delete_blob",
            "EXCH-24",
            Request::DeleteBlob {
                id: BlobId([0x51; 32]),
                delete: Capability([0x54; 32]),
            },
            vec![],
        ),
        (
            "request_check_receipt",
            "EXCH-26: a receipt of 32 bytes 71",
            Request::CheckReceipt {
                address: MailboxAddress::of(&owner_key().public()),
                receipt: Receipt([0x71; 32]),
            },
            vec![],
        ),
    ]
}

fn answers() -> Vec<(&'static str, &'static str, Answer, Vec<u8>)> {
    vec![
        (
            "answer_hello",
            "EXCH-5: version 1, a certificate (see relay_identity/certificate.txt), day 20,500",
            Answer::Hello(HelloAnswer {
                version: 1,
                certificate: signed(),
                day: Day(20_500),
            }),
            vec![],
        ),
        (
            "answer_deposited",
            "EXCH-25: a receipt of 32 bytes 71",
            Answer::Deposited {
                receipt: Receipt([0x71; 32]),
            },
            vec![],
        ),
        (
            "answer_prekeys",
            "EXCH-15: sequence 300 and a record of 6 bytes",
            Answer::Prekeys {
                sequence: 300,
                record: b"record".to_vec(),
            },
            vec![],
        ),
        (
            "answer_blob_stored",
            "EXCH-21: 305 bytes are durable",
            Answer::BlobStored { stored: 305 },
            vec![],
        ),
        (
            "answer_blob_piece",
            "EXCH-23: a piece of 5 bytes of a chunk of 64 KiB",
            Answer::BlobPiece {
                class: ChunkClass::Medium,
            },
            b"piece".to_vec(),
        ),
        (
            "answer_blob_deleted",
            "EXCH-24",
            Answer::BlobDeleted,
            vec![],
        ),
        (
            "answer_receipt_checked",
            "EXCH-26: the receipt does not hold",
            Answer::ReceiptChecked { holds: false },
            vec![],
        ),
    ]
}

const REFUSALS: [(&str, Refusal); 16] = [
    ("malformed", Refusal::Malformed),
    (
        "version",
        Refusal::Version {
            lowest: 1,
            highest: 2,
        },
    ),
    ("no_mailbox", Refusal::NoMailbox),
    ("mailbox_full", Refusal::MailboxFull),
    ("relay_full", Refusal::RelayFull),
    ("storage", Refusal::Storage),
    ("online_key", Refusal::OnlineKey),
    ("not_authorised", Refusal::NotAuthorised),
    ("mailbox_deleted", Refusal::MailboxDeleted),
    ("stale", Refusal::Stale { stored: 70_000 }),
    ("no_prekeys", Refusal::NoPrekeys),
    ("no_blob", Refusal::NoBlob),
    ("blob_incomplete", Refusal::BlobIncomplete { stored: 300 }),
    ("blob_piece", Refusal::BlobPiece { stored: 300 }),
    ("busy", Refusal::Busy),
    ("stopping", Refusal::Stopping),
];

fn owner_requests() -> Vec<(&'static str, OwnerRequest)> {
    vec![
        ("create_mailbox", OwnerRequest::CreateMailbox),
        (
            "collect",
            OwnerRequest::Collect {
                after: 70_000,
                max: COLLECT_MAX,
            },
        ),
        (
            "acknowledge",
            OwnerRequest::Acknowledge {
                letters: vec![EnvelopeHash::of(&envelope()), EnvelopeHash([0x61; 32])],
            },
        ),
        (
            "watch",
            OwnerRequest::Watch {
                after: 7,
                seconds: 300,
            },
        ),
        (
            "publish_prekeys",
            OwnerRequest::PublishPrekeys {
                sequence: 300,
                record: b"record".to_vec(),
            },
        ),
        ("delete_mailbox", OwnerRequest::DeleteMailbox),
    ]
}

fn owner_answers() -> Vec<(&'static str, OwnerAnswer)> {
    vec![
        ("created", OwnerAnswer::Created { quota: 10_000 }),
        (
            "collected",
            OwnerAnswer::Collected {
                places: vec![70_001, 70_002],
                more: true,
            },
        ),
        ("acknowledged", OwnerAnswer::Acknowledged),
        ("watched", OwnerAnswer::Watched { waiting: true }),
        ("published", OwnerAnswer::Published),
        ("deleted", OwnerAnswer::Deleted),
        ("refused", OwnerAnswer::Refused(Refusal::MailboxDeleted)),
    ]
}

/// A frame by hand, however wrong.
fn raw(head_len: usize, body_len: usize, rest: &[u8], wire_len: usize) -> Vec<u8> {
    let len = |len: usize| u32::try_from(len).unwrap().to_le_bytes();
    let mut frame = [&len(head_len)[..], &len(body_len), rest].concat();
    frame.resize(wire_len, 0);
    frame
}

/// Frames that must be refused: name, comment, bytes, reason.
fn flawed() -> Vec<(&'static str, &'static str, Vec<u8>, &'static str)> {
    let hello = wire::encode(
        "",
        &Request::Hello {
            lowest: 1,
            highest: 1,
        },
    )
    .unwrap();
    let good = raw(hello.len(), 0, &hello, CELL_LEN);
    let mut padded = good.clone();
    padded[CELL_LEN - 1] = 1;
    let fetch = wire::encode(
        "",
        &Request::FetchPrekeys {
            address: MailboxAddress([1; 32]),
        },
    )
    .unwrap();
    let short = [&[fetch[0], 31][..], &[1; 31]].concat();
    vec![
        (
            "frame_head_empty",
            "EXCH-2: no head",
            raw(0, 0, &[], CELL_LEN),
            "head",
        ),
        (
            "frame_head_oversized",
            "EXCH-2: a head of one byte too many",
            raw(FRAME_HEAD_MAX + 1, 0, &[], CELL_LEN),
            "head",
        ),
        (
            "frame_body_oversized",
            "EXCH-2: a body of one byte too many",
            raw(1, FRAME_BODY_MAX + 1, &[], CELL_LEN),
            "body",
        ),
        (
            "frame_truncated",
            "EXCH-3: the last byte of a cell is missing",
            good[..CELL_LEN - 1].to_vec(),
            "length",
        ),
        (
            "frame_longer_than_promised",
            "EXCH-3: a byte behind the last cell",
            [&good[..], &[0]].concat(),
            "length",
        ),
        (
            "frame_cell_missing",
            "EXCH-3: a body of 20,000 bytes promised, one cell there",
            raw(hello.len(), 20_000, &hello, CELL_LEN),
            "length",
        ),
        (
            "frame_padding_not_zero",
            "EXCH-3: the last byte of the padding is 1",
            padded,
            "padding",
        ),
        (
            "head_unknown_request",
            "WIRE-3: request number 99",
            raw(1, 0, &[99], CELL_LEN),
            "malformed",
        ),
        (
            "head_truncated",
            "WIRE-3: hello without its last byte",
            raw(hello.len() - 1, 0, &hello[..hello.len() - 1], CELL_LEN),
            "malformed",
        ),
        (
            "head_trailing_byte",
            "WIRE-3: a byte behind hello",
            raw(hello.len() + 1, 0, &hello, CELL_LEN),
            "trailing",
        ),
        (
            "head_not_canonical",
            "WIRE-4: the version 1 written in three bytes",
            raw(hello.len() + 2, 0, &[0, 251, 1, 0, 1], CELL_LEN),
            "not canonical",
        ),
        (
            "head_address_too_short",
            "a mailbox address of 31 bytes",
            raw(short.len(), 0, &short, CELL_LEN),
            "malformed",
        ),
    ]
}

fn reason(error: &FrameError) -> &'static str {
    match error {
        FrameError::Head { .. } => "head",
        FrameError::Body { .. } => "body",
        FrameError::Length { .. } => "length",
        FrameError::Padding => "padding",
        FrameError::Wire(WireError::Trailing { .. }) => "trailing",
        FrameError::Wire(WireError::NotCanonical { .. }) => "not canonical",
        FrameError::Wire(_) => "malformed",
    }
}

fn read_request(bytes: &[u8]) -> Result<(Request, Vec<u8>), FrameError> {
    let frame = Frame::parse(bytes)?;
    Ok((Request::from_head(frame.head)?, frame.body.to_vec()))
}

fn of_frame(
    name: &'static str,
    comment: &'static str,
    head: &[u8],
    body: &[u8],
    frame: &[u8],
) -> Vector {
    Vector::new(name, comment)
        .hex("head", head)
        .hex("body", body)
        .padded("frame", frame)
}

/// A sealed collect with its answer, all from counted bytes in place of random ones.
fn owner_exchange() -> Vector {
    let request = OwnerRequest::Collect {
        after: 70_000,
        max: 2,
    };
    let (sealed, opener) = request
        .seal(&owner_key(), &certificate(), &mut Counting(0))
        .unwrap();
    let root = RootFingerprint::of(&root_key().public());
    let online = online_key();
    let opened = sealed.open(&root, |_| Some(&online)).unwrap();
    let answer = OwnerAnswer::Collected {
        places: vec![70_001],
        more: false,
    };
    let (nonce, ciphertext) = opened
        .answer
        .seal(&answer, &envelope(), &mut Counting(0x80))
        .unwrap();
    assert_eq!(
        opener.open(&nonce, &ciphertext).unwrap(),
        (answer.clone(), envelope())
    );
    let request_frame = Request::Owner(Box::new(sealed.clone()));
    Vector::new(
        "owner_exchange",
        "EXCH-12, EXCH-13: a collect, sealed, and its sealed answer with one envelope (byte n is n modulo 251).\n\
         Where randomness is needed the bytes 00 01 02 … (request) and 80 81 82 … (answer) were taken.\n\
         The seeds are private: of the root (Ed25519), the online key (X-Wing) and the owner (Ed25519).",
    )
    .hex("root_seed", [0x11; 32])
    .hex("online_seed", [0x22; 32])
    .hex("owner_seed", [0x33; 32])
    .hex("root_fingerprint", root.0)
    .hex("mailbox", MailboxAddress::of(&owner_key().public()).0)
    .hex("request", wire::encode("", &request).unwrap())
    .hex("encapsulation", sealed.encapsulation.0)
    .hex("ciphertext", &sealed.ciphertext)
    .hex("request_head", wire::encode("", &request_frame).unwrap())
    .hex("answer", wire::encode("", &answer).unwrap())
    .hex("answer_head", wire::encode("", &Answer::Owner { nonce }).unwrap())
    .hex("answer_body", &ciphertext)
}

fn all() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (name, comment, request, body) in requests() {
        let head = wire::encode("", &request).unwrap();
        vectors.push(of_frame(
            name,
            comment,
            &head,
            &body,
            &request.to_frame(&body).unwrap(),
        ));
    }
    for (name, comment, answer, body) in answers() {
        let head = wire::encode("", &answer).unwrap();
        vectors.push(of_frame(
            name,
            comment,
            &head,
            &body,
            &answer.to_frame(&body).unwrap(),
        ));
    }
    for (name, comment, frame, reason) in flawed() {
        vectors.push(
            Vector::new(name, comment)
                .padded("frame", &frame)
                .text("refused", reason),
        );
    }
    let mut refusals = Vector::new(
        "refusals",
        "EXCH-9: the head of the answer for every refusal",
    );
    for (name, refusal) in REFUSALS {
        refusals = refusals.hex(name, wire::encode("", &Answer::Refused(refusal)).unwrap());
    }
    let mut requests = Vector::new(
        "owner_requests",
        "EXCH-14: every request of an owner, before signing and sealing",
    );
    for (name, request) in owner_requests() {
        requests = requests.hex(name, wire::encode("", &request).unwrap());
    }
    let mut answers = Vector::new(
        "owner_answers",
        "EXCH-13: every answer to an owner, before sealing and without body",
    );
    for (name, answer) in owner_answers() {
        answers = answers.hex(name, wire::encode("", &answer).unwrap());
    }
    vectors.extend([refusals, requests, answers, owner_exchange()]);
    vectors
}

#[test]
fn frames_are_frozen() {
    let frozen = compare("exchange", &all());
    for (name, _, request, body) in requests() {
        let file = &frozen[name];
        let frame = file.padded("frame");
        assert_eq!(frame.len() % CELL_LEN, 0, "{name}");
        assert_eq!(read_request(&frame), Ok((request, body)), "{name}");
    }
    for (name, _, answer, body) in answers() {
        let frame = frozen[name].padded("frame");
        let frame = Frame::parse(&frame).unwrap();
        assert_eq!(Answer::from_head(frame.head), Ok(answer), "{name}");
        assert_eq!(frame.body, body, "{name}");
    }
    for (name, ..) in flawed() {
        let refused = read_request(&frozen[name].padded("frame")).expect_err(name);
        assert_eq!(reason(&refused), frozen[name].text("refused"), "{name}");
    }
}

#[test]
fn refusals_and_owners_words_are_frozen() {
    let frozen = compare("exchange", &all());
    for (name, refusal) in REFUSALS {
        let head = frozen["refusals"].hex(name);
        assert_eq!(
            Answer::from_head(&head),
            Ok(Answer::Refused(refusal)),
            "{name}"
        );
    }
    assert_eq!(frozen["refusals"].names().count(), REFUSALS.len());
    for (name, request) in owner_requests() {
        let read: OwnerRequest =
            wire::decode::<_, FRAME_HEAD_MAX>("", &frozen["owner_requests"].hex(name)).unwrap();
        assert_eq!(read, request, "{name}");
    }
    for (name, answer) in owner_answers() {
        let read: OwnerAnswer =
            wire::decode::<_, FRAME_HEAD_MAX>("", &frozen["owner_answers"].hex(name)).unwrap();
        assert_eq!(read, answer, "{name}");
    }
}

/// EXCH-12, EXCH-13: from the file alone the relay opens the request, and only with the right root, key and bytes.
#[test]
fn an_owners_exchange_is_frozen() {
    let frozen = compare("exchange", &all());
    let file = &frozen["owner_exchange"];
    let Ok(Request::Owner(sealed)) = Request::from_head(&file.hex("request_head")) else {
        panic!("not an owner's request");
    };
    let root = RootFingerprint::from_slice(&file.hex("root_fingerprint")).unwrap();
    let seed: [u8; 32] = file.hex("online_seed").try_into().unwrap();
    let online = KemSecret::from_seed(Secret::new(seed));
    let opened = sealed.open(&root, |_| Some(&online)).unwrap();
    assert_eq!(opened.mailbox.0.to_vec(), file.hex("mailbox"));
    assert_eq!(
        wire::encode("", &opened.request).unwrap(),
        file.hex("request")
    );

    let Ok(Answer::Owner { nonce }) = Answer::from_head(&file.hex("answer_head")) else {
        panic!("not an owner's answer");
    };
    assert_eq!(
        nonce,
        AnswerNonce(std::array::from_fn(|n| 0x80 + u8::try_from(n).unwrap()))
    );
    let answer: OwnerAnswer = wire::decode::<_, FRAME_HEAD_MAX>("", &file.hex("answer")).unwrap();
    let (again, body) = opened
        .answer
        .seal(&answer, &envelope(), &mut Counting(0x80))
        .unwrap();
    assert_eq!((again, body), (nonce, file.hex("answer_body")));

    let refused = |sealed: &tidings_protocol::owner::SealedOwnerRequest, root: &RootFingerprint| {
        sealed
            .open(root, |_| Some(&online))
            .map(|opened| opened.mailbox)
            .unwrap_err()
    };
    assert_eq!(
        refused(&sealed, &RootFingerprint([0; 32])),
        OwnerError::Suite(SuiteError::Open)
    );
    for at in [0, 40, sealed.ciphertext.len() - 1] {
        let mut flipped = (*sealed).clone();
        flipped.ciphertext[at] ^= 1;
        assert_eq!(
            refused(&flipped, &root),
            OwnerError::Suite(SuiteError::Open),
            "byte {at}"
        );
    }
}

/// EXCH-9, EXCH-14: the tables of the spec number what the code numbers.
#[test]
fn the_spec_numbers_as_the_code_does() {
    let spec = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/exchange.md");
    let spec = std::fs::read_to_string(spec).unwrap();
    let named = |debug: String, encoded: Vec<u8>| {
        let name = debug.split([' ', '(']).next().unwrap().to_owned();
        let row = format!("| {} | {name} |", encoded[0]);
        assert!(spec.contains(&row), "{row}");
    };
    for (_, _, request, _) in requests() {
        named(format!("{request:?}"), wire::encode("", &request).unwrap());
    }
    for (_, _, answer, _) in answers() {
        named(format!("{answer:?}"), wire::encode("", &answer).unwrap());
    }
    for (_, refusal) in REFUSALS {
        named(format!("{refusal:?}"), wire::encode("", &refusal).unwrap());
    }
    for (_, request) in owner_requests() {
        named(format!("{request:?}"), wire::encode("", &request).unwrap());
    }
    for (_, answer) in owner_answers() {
        named(format!("{answer:?}"), wire::encode("", &answer).unwrap());
    }
}
