//! Cards: sizes, links that survive people, and every refusal.

use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::{
    limits::CARD_FIXED_LEN, relay_identity::RootFingerprint, secret::Secret, time::UnixTime,
};

fn identity() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([1; 32]))
}

fn relay(host: &str) -> RelayAddress {
    RelayAddress {
        host: host.parse().unwrap(),
        port: 443,
        root: RootFingerprint([0xab; 32]),
    }
}

fn card() -> Card {
    Card {
        identity: identity().public(),
        address: MailboxAddress([2; 32]),
        relays: vec![relay("relay.example.org")],
        name: Line::new("Комітет матерів, Полтава").unwrap(),
        languages: Languages::of(&[Language::Ukrainian, Language::Russian]),
        not_before: Day(20_700),
        not_after: Day(21_065),
        sequence: 3,
    }
}

fn signed() -> SignedCard {
    card().sign(&identity()).unwrap()
}

#[test]
fn card_1_the_largest_card_fits() {
    let name: Line<CARD_NAME_MAX> = Line::new("Щ".repeat(CARD_NAME_MAX / 2)).unwrap();
    let host = |letter: &str| relay(&format!("{}.example", letter.repeat(8)));
    let largest = Card {
        relays: vec![host("a"), host("b"), host("c")],
        name,
        not_before: Day(4_000_000_000),
        not_after: Day(4_000_001_000),
        sequence: u32::MAX,
        ..card()
    };
    let bytes = largest.sign(&identity()).unwrap().encode();
    assert_eq!(bytes.len(), CARD_FIXED_LEN + CARD_NAME_MAX + 3 * 16);
    assert!(bytes.len() <= CARD_MAX);
    assert_eq!(
        SignedCard::decode(&bytes).unwrap().verify().unwrap().card(),
        &largest
    );
    let relays = vec![relay(&format!("{}.example", "a".repeat(60))); 3];
    let refused = Card { relays, ..largest }.sign(&identity()).unwrap_err();
    assert!(matches!(refused, CardError::TooLong { got } if got > CARD_MAX));
}

#[test]
fn card_3_what_no_reader_would_take_is_not_signed() {
    let refused = |card: Card| card.sign(&identity()).unwrap_err();
    assert_eq!(
        refused(Card {
            relays: vec![],
            ..card()
        }),
        CardError::Relays { got: 0 }
    );
    let four = vec![relay("a.example"); 4];
    assert_eq!(
        refused(Card {
            relays: four,
            ..card()
        }),
        CardError::Relays { got: 4 }
    );
    let mut portless = card();
    portless.relays[0].port = 0;
    assert_eq!(refused(portless), CardError::Port);
    let mute = Card {
        languages: Languages::of(&[]),
        ..card()
    };
    assert_eq!(refused(mute), CardError::Languages);
    let reversed = Card {
        not_after: Day(20_699),
        ..card()
    };
    assert_eq!(refused(reversed), CardError::Validity { days: -1 });
    let endless = Card {
        not_after: Day(21_801),
        ..card()
    };
    assert_eq!(refused(endless), CardError::Validity { days: 1_101 });
    let other = SigningSecret::from_seed(&Secret::new([9; 32]));
    assert_eq!(card().sign(&other), Err(CardError::OtherIdentity));
}

/// CARD-6: the reader keeps the rules even if the writer does not.
#[test]
fn card_6_a_signed_breach_is_refused() {
    let breach = Card {
        relays: vec![],
        ..card()
    };
    let bytes = wire::encode("card", &breach).unwrap();
    let signature = identity().sign(CARD_LABEL, &[&[CARD_VERSION], &bytes]);
    let signed = SignedCard {
        version: CARD_VERSION,
        card: bytes,
        signature,
    };
    assert_eq!(signed.verify(), Err(CardError::Relays { got: 0 }));
}

#[test]
fn card_6_every_changed_byte_is_noticed() {
    let bytes = signed().encode();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let result = SignedCard::decode(&changed).and_then(|card| card.verify());
        assert!(result.is_err(), "byte {at}");
    }
    for len in 0..bytes.len() {
        assert!(SignedCard::decode(&bytes[..len]).is_err(), "{len} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        SignedCard::decode(&longer),
        Err(CardError::Trailing { extra: 1 })
    );
    let mut newer = bytes;
    newer[0] = 2;
    assert_eq!(
        SignedCard::decode(&newer),
        Err(CardError::Version { got: 2 })
    );
    assert_eq!(
        SignedCard::decode(&[1; CARD_MAX + 1]),
        Err(CardError::TooLong { got: CARD_MAX + 1 })
    );
}

#[test]
fn card_7_one_good_clock_is_enough() {
    let verified = signed().verify().unwrap();
    let validity = |local: u32, relay: Option<u32>| {
        verified.validity(Clocks::new(Day(local).start(), relay.map(Day)))
    };
    assert_eq!(validity(20_700, None), CardValidity::Current);
    assert_eq!(validity(21_065, Some(21_065)), CardValidity::Current);
    assert_eq!(validity(21_066, None), CardValidity::Expired);
    assert_eq!(validity(21_466, Some(21_465)), CardValidity::Expired);
    assert_eq!(validity(21_400, Some(20_800)), CardValidity::ClockDoubt);
    assert_eq!(validity(20_800, Some(21_400)), CardValidity::ClockDoubt);
    assert_eq!(validity(0, None), CardValidity::ClockDoubt);
    let last_second = UnixTime(Day(21_066).start().0 - 1);
    assert_eq!(
        verified.validity(Clocks::new(last_second, None)),
        CardValidity::Current
    );
}

#[test]
fn card_11_only_a_newer_card_of_the_same_office_replaces() {
    let verify = |card: Card, key: &SigningSecret| card.sign(key).unwrap().verify().unwrap();
    let known = verify(card(), &identity());
    let newer = verify(
        Card {
            sequence: 4,
            ..card()
        },
        &identity(),
    );
    assert!(newer.replaces(&known));
    assert!(!known.replaces(&newer));
    assert!(!known.replaces(&known));
    let other = SigningSecret::from_seed(&Secret::new([9; 32]));
    let foreign = verify(
        Card {
            identity: other.public(),
            sequence: 9,
            ..card()
        },
        &other,
    );
    assert!(!foreign.replaces(&known));
}

#[test]
fn card_9_a_link_survives_messengers() {
    let signed = signed();
    let link = signed.to_link();
    let found = |text: &str| SignedCard::from_text(text);
    assert_eq!(found(&link), Ok(signed.clone()));
    assert_eq!(found(&signed.to_qr_text()), Ok(signed.clone()));
    let broken: String = link
        .as_bytes()
        .chunks(40)
        .map(|line| format!("> {}\r\n", String::from_utf8_lossy(line)))
        .collect();
    assert_eq!(found(&broken), Ok(signed.clone()), "quoted in mail");
    let soft: String = link.chars().flat_map(|c| [c, '\u{200b}']).collect();
    assert_eq!(found(&soft), Ok(signed.clone()), "with soft breaks");
    for text in [
        format!("Ось картка: {link} зателефонуйте мені"),
        format!("Here is the card:\n{link}\nCall me tomorrow"),
        format!("<a href=\"{link}\">"),
        format!("Tidings:Card/{}", link.replacen("tidings:card/", "", 1)),
        format!("relay tidings://r.example:1/#aa and card {link}."),
    ] {
        assert_eq!(found(&text), Ok(signed.clone()), "{text}");
    }
}

#[test]
fn card_9_a_broken_link_says_how() {
    let link = signed().to_link();
    let refused = |text: &str| SignedCard::from_text(text).unwrap_err();
    let expected = link.len() - "tidings:card/".len();
    assert_eq!(
        refused(&link[..link.len() - 3]),
        CardError::Truncated {
            expected,
            got: expected - 3
        }
    );
    assert!(matches!(
        refused("tidings:card/ae"),
        CardError::Truncated { got: 2, .. }
    ));
    let mut typo = link.clone().into_bytes();
    typo[200] = if typo[200] == b'a' { b'b' } else { b'a' };
    assert_eq!(
        refused(&String::from_utf8(typo).unwrap()),
        CardError::Checksum
    );
    let address = relay("relay.example").to_string();
    assert_eq!(refused(&address), CardError::RelayAddress);
    assert_eq!(refused("Добрий день"), CardError::NoCard);
    let newer = link.replacen("card/ag", "card/ak", 1);
    assert_eq!(refused(&newer), CardError::Version { got: 2 });
    let long = "x".repeat(crate::limits::CARD_TEXT_MAX + 1);
    assert!(matches!(refused(&long), CardError::TooMuchText { .. }));
}

#[test]
fn card_12_a_file_holds_card_and_prekeys_of_one_office() {
    use crate::{
        office::{OfficeSubkey, Roles},
        prekey::OfficeKeys,
    };
    let mut rng = rand::rngs::StdRng::seed_from_u64(5);
    let mut prekeys = |identity: &SigningSecret| {
        let subkey =
            OfficeSubkey::issue(identity, Roles::ALL, Day(20_700), 90, 1, &mut rng).unwrap();
        let clocks = Clocks::new(Day(20_710).start(), None);
        OfficeKeys::new(identity.public(), subkey)
            .rotate(clocks, &mut rng)
            .unwrap()
            .record
    };
    let file = CardFile {
        card: signed(),
        prekeys: prekeys(&identity()),
    };
    let bytes = file.encode();
    assert!(bytes.len() <= crate::limits::CARD_FILE_MAX);
    assert_eq!(CardFile::decode(&bytes), Ok(file.clone()));
    assert_eq!(file.verify().unwrap().card.card(), &card());

    let other = SigningSecret::from_seed(&Secret::new([9; 32]));
    let mixed = CardFile {
        card: signed(),
        prekeys: prekeys(&other),
    };
    assert!(matches!(mixed.verify(), Err(CardFileError::Prekeys(_))));

    assert_eq!(
        CardFile::decode(&bytes[..bytes.len() - 1]),
        Err(CardFileError::Malformed)
    );
    assert_eq!(
        CardFile::decode(&[bytes.as_slice(), &[0, 0]].concat()),
        Err(CardFileError::Trailing { extra: 2 })
    );
    assert_eq!(CardFile::decode(b"GIF89a"), Err(CardFileError::NoCardFile));
    let mut newer = bytes.clone();
    newer[12] = 7;
    assert_eq!(
        CardFile::decode(&newer),
        Err(CardFileError::Version { got: 7 })
    );
    let long = vec![0; crate::limits::CARD_FILE_MAX + 1];
    assert!(matches!(
        CardFile::decode(&long),
        Err(CardFileError::TooLong { .. })
    ));
}

#[test]
fn debug_shows_nothing_that_leads_to_an_office() {
    let signed = signed();
    let shown = format!("{signed:?} {:?}", signed.verify().unwrap());
    assert!(
        !shown.contains("example") && !shown.contains("Комітет"),
        "{shown}"
    );
    assert!(shown.contains("SignedCard(…)"), "{shown}");
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..450), text in "(tidings:card/)?[a-zа-я2-7/ :>]{0,900}") {
        prop_assert!(SignedCard::decode(&bytes).and_then(|card| card.verify()).is_err());
        prop_assert!(SignedCard::from_text(&text).and_then(|card| card.verify()).is_err());
        let _ = CardFile::decode(&bytes);
        let file = [b"tidings card\x01".as_slice(), &bytes].concat();
        prop_assert!(CardFile::decode(&file).is_err());
    }

    /// A card of a later version, or one that was made by chance, is never read as a card of this one.
    #[test]
    fn behind_a_good_head_garbage_is_refused(mut bytes in prop::collection::vec(any::<u8>(), 60..400)) {
        bytes[0] = CARD_VERSION;
        prop_assert!(SignedCard::decode(&bytes).and_then(|card| card.verify()).is_err());
    }
}
