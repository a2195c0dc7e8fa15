use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::{
    exchange::{Frame, FrameError, Request, frame},
    ids::SigningPublic,
    limits::{CELL_LEN, CHANNEL_OPENING_LEN, FRAME_BODY_MAX},
    relay_identity::Certificate,
    secret::{Secret, SigningSecret},
    time::Day,
};

fn rng(seed: u64) -> rand::rngs::StdRng {
    rand::rngs::StdRng::seed_from_u64(seed)
}

struct Relay {
    root: RootFingerprint,
    online: KemSecret,
    certificate: VerifiedCertificate,
}

fn relay() -> Relay {
    let root_key = SigningSecret::from_seed(&Secret::new([1; 32]));
    let online = KemSecret::from_seed(Secret::new([2; 32]));
    let root = RootFingerprint::of(&root_key.public());
    let certificate = Certificate {
        root: root_key.public(),
        sequence: 1,
        not_before: Day(1),
        not_after: Day(2),
        tls_key: SigningPublic([3; 32]),
        online_key: online.public().unwrap(),
    };
    let certificate = certificate
        .sign(&root_key)
        .unwrap()
        .verify(&root, 0)
        .unwrap();
    Relay {
        root,
        online,
        certificate,
    }
}

/// A client's and a relay's channel, past the first message.
fn channel(relay: &Relay) -> (ClientChannel, RelayChannel) {
    let mut client = ClientChannel::open(&relay.certificate, &mut rng(4)).unwrap();
    let mut first = client.sealer.seal(1, &[0; CELL_LEN]).unwrap();
    let Ok(FirstMessage::Opening(opening)) = FirstMessage::parse(&mut first) else {
        panic!("not an opening");
    };
    let (there, _) = opening.accept(&relay.root, &relay.online).unwrap();
    (client, there)
}

/// CHAN-4, CHAN-5: the first message opens the channel, and what follows crosses both ways.
#[test]
fn a_channel_carries_cells_both_ways() {
    let relay = relay();
    let mut client = ClientChannel::open(&relay.certificate, &mut rng(4)).unwrap();
    let mut first = client.sealer.seal(7, &[5; CELL_LEN]).unwrap();
    assert_eq!(first.len(), CHANNEL_FIRST_LEN);
    let FirstMessage::Opening(opening) = FirstMessage::parse(&mut first).unwrap() else {
        panic!("not an opening");
    };
    assert_eq!(opening.online_key(), relay.certificate.online_key_hash());
    let (mut there, unit) = opening.accept(&relay.root, &relay.online).unwrap();
    assert_eq!((unit.number, *unit.cell), (7, [5; CELL_LEN]));

    let mut second = client.sealer.seal(8, &[6; CELL_LEN]).unwrap();
    assert_eq!(second.len(), CHANNEL_UNIT_LEN);
    let unit = there.opener.open(&mut second).unwrap();
    assert_eq!((unit.number, *unit.cell), (8, [6; CELL_LEN]));

    let mut answer = there.sealer.seal(8, &[9; CELL_LEN]).unwrap();
    assert_eq!(answer.len(), CHANNEL_UNIT_LEN);
    let expected = FromRelay::Sealed(Unit {
        number: 8,
        cell: &[9; CELL_LEN],
    });
    assert_eq!(client.opener.open_or_clear(&mut answer), Ok(expected));
}

/// CHAN-4: another root, another key, a changed byte anywhere: nothing opens.
#[test]
fn only_the_relay_of_the_root_takes_up_the_channel() {
    let relay = relay();
    let mut client = ClientChannel::open(&relay.certificate, &mut rng(4)).unwrap();
    let first = client.sealer.seal(1, &[0; CELL_LEN]).unwrap();
    let refused = Err(ChannelError::Suite(SuiteError::Open));
    let accept = |mut first: Vec<u8>, root: &RootFingerprint, secret: &KemSecret| {
        let FirstMessage::Opening(opening) = FirstMessage::parse(&mut first)? else {
            panic!("not an opening");
        };
        opening
            .accept(root, secret)
            .map(|(_, unit)| (unit.number, *unit.cell))
    };
    assert_eq!(
        accept(first.clone(), &relay.root, &relay.online),
        Ok((1, [0; CELL_LEN]))
    );
    let other = KemSecret::random(&mut rng(5));
    assert_eq!(accept(first.clone(), &relay.root, &other), refused);
    let root = RootFingerprint([9; 32]);
    assert_eq!(accept(first.clone(), &root, &relay.online), refused);
    for at in [0, 31, 32, 1_120, 1_151, 1_152, 1_156, 10_883, 10_899] {
        let mut flipped = first.clone();
        flipped[at] ^= 1;
        assert_eq!(
            accept(flipped, &relay.root, &relay.online),
            refused,
            "byte {at}"
        );
    }
}

/// CHAN-6: a unit that was changed, left out, doubled, moved or turned round does not open.
#[test]
fn units_open_in_order_and_in_their_direction_only() {
    let relay = relay();
    let refused = Err(ChannelError::Suite(SuiteError::Open));
    let (mut client, mut there) = channel(&relay);
    let second = client.sealer.seal(2, &[2; CELL_LEN]).unwrap();
    let third = client.sealer.seal(3, &[3; CELL_LEN]).unwrap();
    assert_eq!(there.opener.open(&mut third.clone()), refused, "left out");

    let (_, mut there) = channel(&relay);
    assert!(there.opener.open(&mut second.clone()).is_ok());
    assert_eq!(there.opener.open(&mut second.clone()), refused, "doubled");

    let (mut client, _) = channel(&relay);
    let mut mirrored = client.sealer.seal(2, &[2; CELL_LEN]).unwrap();
    assert_eq!(client.opener.open(&mut mirrored), refused, "turned round");

    let (_, mut there) = channel(&relay);
    let mut flipped = second.clone();
    flipped[CHANNEL_UNIT_LEN - 1] ^= 1;
    assert_eq!(there.opener.open(&mut flipped), refused, "changed");
}

/// CHAN-5: zero and the kept numbers are neither sent nor taken.
#[test]
fn numbers_have_their_range() {
    let relay = relay();
    let (mut client, mut there) = channel(&relay);
    for got in [0, CHANNEL_NUMBER_MAX + 1, u32::MAX] {
        let sealed = client.sealer.seal(got, &[0; CELL_LEN]);
        assert_eq!(sealed, Err(ChannelError::Number { got }));
        let mut first = clear_first(got, &[0; CELL_LEN]);
        let parsed = FirstMessage::parse(&mut first).map(|_| ());
        assert_eq!(parsed, Err(ChannelError::Number { got }));
    }
    // A refused number uses up no nonce.
    let mut unit = client
        .sealer
        .seal(CHANNEL_NUMBER_MAX, &[1; CELL_LEN])
        .unwrap();
    let opened = there.opener.open(&mut unit).unwrap();
    assert_eq!(opened.number, CHANNEL_NUMBER_MAX);
}

/// CHAN-3, CHAN-7: a hello and its answer cross in clear, as long as sealed ones; a client takes nothing in clear after that.
#[test]
fn clear_messages_are_as_long_as_sealed_ones() {
    let cell = [7; CELL_LEN];
    let mut hello = clear_first(1, &cell);
    assert_eq!(hello.len(), CHANNEL_FIRST_LEN);
    let FirstMessage::Clear(unit) = FirstMessage::parse(&mut hello).unwrap() else {
        panic!("not clear");
    };
    assert_eq!((unit.number, *unit.cell), (1, cell));
    for at in [32, CHANNEL_OPENING_LEN - 1, CHANNEL_FIRST_LEN - 1] {
        let mut flawed = hello.clone();
        flawed[at] = 1;
        let parsed = FirstMessage::parse(&mut flawed).map(|_| ());
        assert_eq!(parsed, Err(ChannelError::NotClear), "byte {at}");
    }
    // The last of the 32 zeros is kept for other kinds of first messages; today it names a key that nobody has.
    let mut kept = hello.clone();
    kept[31] = 1;
    let Ok(FirstMessage::Opening(opening)) = FirstMessage::parse(&mut kept) else {
        panic!("taken for a hello in clear");
    };
    assert_eq!(opening.online_key().0[..31], [0; 31]);

    let (mut client, mut there) = channel(&relay());
    let mut refusal = clear_unit(0, &cell);
    assert_eq!(refusal.len(), CHANNEL_UNIT_LEN);
    let clear = FromRelay::Clear(Unit {
        number: 0,
        cell: &cell,
    });
    assert_eq!(client.opener.open_or_clear(&mut refusal), Ok(clear));
    let mut answer = there.sealer.seal(1, &cell).unwrap();
    assert!(client.opener.open_or_clear(&mut answer).is_ok());
    assert_eq!(
        client.opener.open_or_clear(&mut refusal).map(|_| ()),
        Err(ChannelError::Suite(SuiteError::Open)),
        "clear after sealed"
    );
}

/// CHAN-1: the path is a slash and 32 characters that every web server takes.
#[test]
fn the_path_depends_on_the_root() {
    let path = websocket_path(&relay().root);
    assert_eq!(path.len(), 33);
    assert!(path.starts_with('/'));
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
    assert!(path.bytes().skip(1).all(is_plain), "{path}");
    assert_ne!(path, websocket_path(&RootFingerprint([0; 32])));
}

#[test]
fn debug_shows_no_key() {
    let (client, there) = channel(&relay());
    assert_eq!(
        format!("{client:?}{there:?}"),
        "ClientChannel { sealer: UnitSealer(…), opener: UnitOpener(…) }\
         RelayChannel { opener: UnitOpener(…), sealer: UnitSealer(…) }"
    );
}

fn units(frame: &[u8], number: u32) -> impl Iterator<Item = Unit<'_>> {
    let (cells, rest) = frame.as_chunks::<CELL_LEN>();
    assert!(rest.is_empty());
    cells.iter().map(move |cell| Unit { number, cell })
}

/// CHAN-8: a frame inside another one, and one over the limits, end the channel.
#[test]
fn frames_do_not_mix() {
    let two = frame::build(b"head", &[1; CELL_LEN]).unwrap();
    let mut assembler = Assembler::new();
    let mut of_two = units(&two, 3);
    assert_eq!(
        assembler.push(of_two.next().unwrap()),
        Ok(Assembled::Growing {
            number: 3,
            wire_len: 2 * CELL_LEN
        })
    );
    let other = units(&two, 4).next().unwrap();
    assert_eq!(
        assembler.push(other),
        Err(ChannelError::Interleaved {
            expected: 3,
            got: 4
        })
    );
    let huge = Unit {
        number: 5,
        cell: &[0xff; CELL_LEN],
    };
    assert!(matches!(
        Assembler::new().push(huge),
        Err(ChannelError::Frame {
            number: 5,
            source: FrameError::Head { .. }
        })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Frames of any length cross a channel, one after the other.
    #[test]
    fn frames_cross(lengths in prop::collection::vec(0_usize..60_000, 1..6)) {
        let relay = relay();
        let (mut client, mut there) = channel(&relay);
        let mut assembler = Assembler::new();
        for (number, length) in (2..).zip(lengths) {
            let body = vec![u8::try_from(number).unwrap(); length];
            let sent = frame::build(b"head", &body).unwrap();
            let mut whole = None;
            for unit in units(&sent, number) {
                prop_assert!(whole.is_none());
                let mut message = client.sealer.seal(unit.number, unit.cell).unwrap();
                match assembler.push(there.opener.open(&mut message).unwrap()).unwrap() {
                    Assembled::Growing { wire_len, .. } => prop_assert_eq!(wire_len, sent.len()),
                    Assembled::Whole { number: got, frame } => {
                        prop_assert_eq!(got, number);
                        whole = Some(frame);
                    }
                }
            }
            prop_assert_eq!(whole, Some(sent));
        }
    }

    /// Whatever first message comes, nothing panics, and what is taken as clear is what `clear_first` writes.
    #[test]
    fn any_first_message_is_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        zeros in 0_usize..1_300,
        length in prop::sample::select(vec![0, CHANNEL_FIRST_LEN - 1, CHANNEL_FIRST_LEN, CHANNEL_FIRST_LEN + 1]),
    ) {
        let mut message = vec![0; zeros];
        message.extend_from_slice(&bytes);
        message.resize(length, 0);
        let kept = message.clone();
        match FirstMessage::parse(&mut message) {
            Ok(FirstMessage::Clear(unit)) => prop_assert_eq!(clear_first(unit.number, unit.cell), kept),
            Ok(FirstMessage::Opening(opening)) => prop_assert_eq!(&opening.online_key().0[..], &kept[..32]),
            Err(ChannelError::FirstLength { got }) => {
                prop_assert_eq!(got, kept.len());
                prop_assert_ne!(got, CHANNEL_FIRST_LEN);
            }
            Err(_) => prop_assert!(kept.starts_with(&[0; 32])),
        }
    }

    /// Whatever cells come, a frame never grows past what its prefix promised, and never past the limit.
    #[test]
    fn an_assembler_is_bounded(cells in prop::collection::vec((1_u32..4, 0_u32..4, 0_u32..40_000), 1..12)) {
        let mut assembler = Assembler::new();
        for (number, head, body) in cells {
            let mut cell = [0; CELL_LEN];
            cell[..4].copy_from_slice(&head.to_le_bytes());
            cell[4..8].copy_from_slice(&body.to_le_bytes());
            match assembler.push(Unit { number, cell: &cell }) {
                Ok(Assembled::Growing { wire_len, .. }) => prop_assert!(wire_len <= FRAME_BODY_MAX + 2 * CELL_LEN),
                Ok(Assembled::Whole { frame, .. }) => {
                    prop_assert!(frame.len().is_multiple_of(CELL_LEN));
                    if let Ok(read) = Frame::parse(&frame) {
                        let _ = Request::from_head(read.head);
                    }
                }
                Err(ChannelError::Interleaved { expected, got }) => prop_assert_ne!(expected, got),
                Err(error) => {
                    let is_frame = matches!(error, ChannelError::Frame { .. });
                    prop_assert!(is_frame);
                }
            }
        }
    }
}
