//! The frozen vectors of `tests/vectors/channel/` (`docs/spec/channel.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod vectors;

use tidings_protocol::{
    channel::{
        ChannelError, ClientChannel, FirstMessage, FromRelay, Unit, clear_first, clear_unit,
        websocket_path,
    },
    exchange::{Answer, Receipt, Refusal, Request},
    ids::MailboxAddress,
    limits::{CELL_LEN, CHANNEL_FIRST_LEN, CHANNEL_UNIT_LEN, ENVELOPE_LEN},
    relay_identity::{Certificate, RootFingerprint},
    secret::{Secret, SigningSecret},
    suite::{KemSecret, SuiteError},
    time::Day,
};
use vectors::{Counting, Frozen, Vector, compare};

fn root_key() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([0x11; 32]))
}

fn root() -> RootFingerprint {
    RootFingerprint::of(&root_key().public())
}

fn online_key() -> KemSecret {
    KemSecret::from_seed(Secret::new([0x22; 32]))
}

fn client() -> ClientChannel {
    let certificate = Certificate {
        root: root_key().public(),
        sequence: 1_312_000,
        not_before: Day(20_499),
        not_after: Day(20_529),
        tls_key: SigningSecret::from_seed(&Secret::new([0x44; 32])).public(),
        online_key: online_key().public().unwrap(),
    };
    let certificate = certificate.sign(&root_key()).unwrap();
    ClientChannel::open(&certificate.verify(&root(), 0).unwrap(), &mut Counting(0)).unwrap()
}

/// One cell.
fn cell(frame: &[u8]) -> &[u8; CELL_LEN] {
    frame.try_into().unwrap()
}

fn hello() -> Vec<u8> {
    let hello = Request::Hello {
        lowest: 1,
        highest: 1,
    };
    hello.to_frame(&[]).unwrap()
}

fn deposit() -> Vec<u8> {
    let envelope: Vec<u8> = (0..ENVELOPE_LEN)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let address = MailboxAddress([0x33; 32]);
    Request::Deposit { address }.to_frame(&envelope).unwrap()
}

fn deposited() -> Vec<u8> {
    let receipt = Receipt([0x71; 32]);
    Answer::Deposited { receipt }.to_frame(&[]).unwrap()
}

fn exchange() -> Vector {
    let mut here = client();
    let first = here.sealer.seal(1, cell(&deposit())).unwrap();
    let second = here.sealer.seal(2, cell(&hello())).unwrap();
    let mut read = first.clone();
    let Ok(FirstMessage::Opening(opening)) = FirstMessage::parse(&mut read) else {
        panic!("not an opening");
    };
    let (mut there, _) = opening.accept(&root(), &online_key()).unwrap();
    let answer = there.sealer.seal(1, cell(&deposited())).unwrap();
    Vector::new(
        "channel_exchange",
        "CHAN-4 to CHAN-6: a first message with a deposit (number 1; byte n of the envelope is n modulo 251), a second\n\
         message with a hello (number 2), and the relay's first unit, the answer to number 1 (a receipt of 32 bytes 71).\n\
         Where randomness is needed the bytes 00 01 02 … were taken. The seeds are private: of the root (Ed25519) and\n\
         the online key (X-Wing).",
    )
    .hex("root_seed", [0x11; 32])
    .hex("online_seed", [0x22; 32])
    .text("path", &websocket_path(&root()))
    .padded("deposit", &deposit())
    .hex("first_message", first)
    .hex("second_message", second)
    .hex("first_answer", answer)
}

fn clear(name: &'static str, comment: &'static str, message: &[u8]) -> Vector {
    Vector::new(name, comment).padded("message", message)
}

fn first_messages() -> Vec<(&'static str, &'static str, Vec<u8>, &'static str)> {
    let hello = clear_first(1, cell(&hello()));
    let changed = |at: usize, byte: u8| {
        let mut message = hello.clone();
        message[at] = byte;
        message
    };
    vec![
        (
            "first_too_short",
            "CHAN-2: the last byte of a first message is missing",
            hello[..CHANNEL_FIRST_LEN - 1].to_vec(),
            "length",
        ),
        (
            "first_as_long_as_a_unit",
            "CHAN-2: a unit where a first message belongs",
            hello[..CHANNEL_UNIT_LEN].to_vec(),
            "length",
        ),
        (
            "first_clear_with_encapsulation",
            "CHAN-3: 32 zeros, but not 1,152",
            changed(32, 1),
            "not clear",
        ),
        (
            "first_clear_with_tag",
            "CHAN-3: a tag behind a clear cell",
            changed(CHANNEL_FIRST_LEN - 1, 1),
            "not clear",
        ),
        (
            "first_clear_number_zero",
            "CHAN-5: number 0 belongs to no request",
            changed(1_152, 0),
            "number",
        ),
        (
            "first_clear_number_kept",
            "CHAN-5: number 2^31 + 1 is kept for what is forwarded",
            changed(1_155, 0x80),
            "number",
        ),
    ]
}

fn reason(error: &ChannelError) -> &'static str {
    match error {
        ChannelError::FirstLength { .. } | ChannelError::UnitLength { .. } => "length",
        ChannelError::NotClear => "not clear",
        ChannelError::Number { .. } => "number",
        ChannelError::Suite(SuiteError::Open) => "does not open",
        other => panic!("unexpected: {other}"),
    }
}

fn all() -> Vec<Vector> {
    let refusal = Answer::Refused(Refusal::OnlineKey).to_frame(&[]).unwrap();
    let mut vectors = vec![
        exchange(),
        clear(
            "first_hello_in_clear",
            "CHAN-3: hello with number 1 of a client that does not know the relay's online key",
            &clear_first(1, cell(&hello())),
        ),
        clear(
            "unit_refused_online_key",
            "CHAN-7: the opening was sealed to a key that the relay does not have; number 0",
            &clear_unit(0, cell(&refusal)),
        ),
    ];
    for (name, comment, message, reason) in first_messages() {
        vectors.push(
            Vector::new(name, comment)
                .padded("message", &message)
                .text("refused", reason),
        );
    }
    vectors
}

/// CHAN-4 to CHAN-6: from the file alone both sides read what the other wrote.
#[test]
fn vectors_of_an_exchange_are_frozen() {
    let frozen = compare("channel", &all());
    let file = &frozen["channel_exchange"];
    let root_key = SigningSecret::from_seed(&seed(file, "root_seed"));
    let root = RootFingerprint::of(&root_key.public());
    let online = KemSecret::from_seed(seed(file, "online_seed"));
    assert_eq!(file.text("path"), websocket_path(&root));
    let mut first = file.hex("first_message");
    let Ok(FirstMessage::Opening(opening)) = FirstMessage::parse(&mut first) else {
        panic!("not an opening");
    };
    let (mut there, unit) = opening.accept(&root, &online).unwrap();
    assert_eq!(unit.number, 1);
    assert_eq!(unit.cell[..], file.padded("deposit"));
    let mut second = file.hex("second_message");
    let unit = there.opener.open(&mut second).unwrap();
    assert_eq!((unit.number, &unit.cell[..]), (2, &hello()[..]));

    let mut here = client();
    here.sealer.seal(1, cell(&deposit())).unwrap();
    let mut answer = file.hex("first_answer");
    let deposited = deposited();
    let expected = FromRelay::Sealed(Unit {
        number: 1,
        cell: cell(&deposited),
    });
    assert_eq!(here.opener.open_or_clear(&mut answer), Ok(expected));
}

#[test]
fn vectors_of_clear_and_flawed_messages_are_frozen() {
    let frozen = compare("channel", &all());
    let mut message = frozen["first_hello_in_clear"].padded("message");
    let Ok(FirstMessage::Clear(unit)) = FirstMessage::parse(&mut message) else {
        panic!("not clear");
    };
    assert_eq!((unit.number, &unit.cell[..]), (1, &hello()[..]));
    let mut message = frozen["unit_refused_online_key"].padded("message");
    let Ok(FromRelay::Clear(unit)) = client().opener.open_or_clear(&mut message) else {
        panic!("not clear");
    };
    assert_eq!(unit.number, 0);
    for (name, ..) in first_messages() {
        let mut message = frozen[name].padded("message");
        let refused = FirstMessage::parse(&mut message).expect_err(name);
        assert_eq!(reason(&refused), frozen[name].text("refused"), "{name}");
    }
}

fn seed(file: &Frozen, name: &str) -> Secret {
    Secret::new(file.hex(name).try_into().unwrap())
}
