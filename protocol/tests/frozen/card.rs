//! `tests/vectors/card/`: cards, links, card files.

use tidings_protocol::{
    card::{Card, CardError, CardFile, CardFileError, CardValidity, Languages, SignedCard},
    clocks::Clocks,
    ids::MailboxAddress,
    language::Language,
    line::Line,
    relay_identity::{RelayAddress, RootFingerprint},
    time::Day,
};

use crate::{Parts, TODAY, Vector, flipped, identity, longer, other_identity, settle};

fn relay(host: &str, fill: u8) -> RelayAddress {
    RelayAddress {
        host: host.parse().unwrap(),
        port: 443,
        root: RootFingerprint([fill; 32]),
    }
}

pub(crate) fn card() -> Card {
    Card {
        identity: identity().public(),
        address: MailboxAddress([0xaa; 32]),
        relays: vec![relay("relay.example.org", 0x31), relay("2001:db8::7", 0x32)],
        name: Line::new("Комітет матерів, Полтава").unwrap(),
        languages: Languages::of(&[Language::Ukrainian, Language::Russian]),
        not_before: TODAY,
        not_after: TODAY.plus(365),
        sequence: 1,
    }
}

#[test]
fn cards() {
    let signed = card().sign(&identity()).unwrap();
    let bytes = signed.encode();
    let link = signed.to_link();
    let record = super::prekey::record().encode();
    let file = CardFile {
        card: signed.clone(),
        prekeys: super::prekey::record(),
    }
    .encode();
    let foreign = Card {
        identity: other_identity().public(),
        ..card()
    }
    .sign(&other_identity())
    .unwrap();
    let mixed = CardFile {
        card: foreign,
        prekeys: super::prekey::record(),
    }
    .encode();
    let bytes_vector = |name, shows, bytes: &[u8]| Vector::new(name, shows).with("card", bytes);
    let link_vector = |name, shows, link: &str| Vector::new(name, shows).with("text", link);
    let file_vector = |name, shows, bytes: &[u8]| Vector::new(name, shows).with("file", bytes);
    let mut damaged = link.clone().into_bytes();
    damaged[100] = if damaged[100] == b'a' { b'b' } else { b'a' };
    let vectors = [
        bytes_vector("card", "A card with two relays, valid for a year.", &bytes)
            .with("identity", identity().public().0)
            .with("link", &link)
            .with("name", card().name.as_str()),
        bytes_vector(
            "card_expired",
            "The same card, read on the day after its last.",
            &bytes,
        )
        .with("today", TODAY.plus(366).0.to_le_bytes()),
        bytes_vector(
            "card_expired_by_one_clock",
            "The same card: the device's clock is a year ahead, the relay's day is right.",
            &bytes,
        )
        .with("today", TODAY.plus(400).0.to_le_bytes())
        .with("relay_day", TODAY.0.to_le_bytes()),
        bytes_vector(
            "card_signature_flipped",
            "One bit of the signature is another.",
            &flipped(&bytes, bytes.len() - 1),
        ),
        bytes_vector(
            "card_name_flipped",
            "One bit of the name is another.",
            &flipped(&bytes, bytes.len() - 90),
        ),
        bytes_vector(
            "card_trailing_byte",
            "A byte follows the end.",
            &longer(&bytes),
        ),
        bytes_vector(
            "card_truncated",
            "The last byte is missing.",
            &bytes[..bytes.len() - 1],
        ),
        bytes_vector(
            "card_version_unknown",
            "Version 2.",
            &[&[2], &bytes[1..]].concat(),
        ),
        bytes_vector(
            "card_too_long",
            "401 bytes.",
            &[bytes.as_slice(), &[0; 400]].concat()[..401],
        ),
        bytes_vector(
            "card_length_not_canonical",
            "The length of the inner card in five bytes instead of three.",
            &[&[1, 252, bytes[2], bytes[3], 0, 0], &bytes[4..]].concat(),
        ),
        link_vector("link", "The card's link.", &link).with("card", &bytes),
        link_vector(
            "link_as_qr_text",
            "The text of its QR code.",
            &signed.to_qr_text(),
        ),
        link_vector(
            "link_in_a_message",
            "The link in capitals and small letters, quoted and broken, with text around it.",
            &format!(
                "Ось:\r\n> {}\r\n> {}\nCall us",
                link[..60].to_uppercase(),
                &link[60..]
            ),
        ),
        link_vector(
            "link_truncated",
            "Ten characters are missing.",
            &link[..link.len() - 10],
        ),
        link_vector(
            "link_damaged",
            "One character is another.",
            core::str::from_utf8(&damaged).unwrap(),
        ),
        link_vector(
            "link_version_unknown",
            "Version 2.",
            &link.replacen("card/a", "card/b", 1),
        ),
        link_vector(
            "link_is_a_relay_address",
            "The address of a relay.",
            &relay("relay.example.org", 0x31).to_string(),
        ),
        file_vector(
            "file",
            "A card file: the card and its office's prekeys.",
            &file,
        )
        .with("card", &bytes)
        .with("prekeys", &record),
        file_vector(
            "file_of_two_offices",
            "The prekeys are another office's.",
            &mixed,
        ),
        file_vector(
            "file_truncated",
            "The last byte is missing.",
            &file[..file.len() - 1],
        ),
        file_vector(
            "file_trailing_byte",
            "A byte follows the end.",
            &longer(&file),
        ),
        file_vector(
            "file_version_unknown",
            "Version 2.",
            &[&file[..12], &[2], &file[13..]].concat(),
        ),
        file_vector("file_is_a_picture", "Something else.", b"GIF89a"),
    ];
    settle("card", &vectors, |parts| {
        outcome(parts).map_or_else(|reason| format!("refused: {reason}"), |()| "good".into())
    });
}

fn outcome(parts: &Parts) -> Result<(), &'static str> {
    if parts.has("file") {
        let file = CardFile::decode(parts.get("file")).map_err(file_reason)?;
        file.verify().map_err(file_reason)?;
        if parts.has("prekeys") {
            assert_eq!(file.prekeys.encode(), parts.get("prekeys"));
        }
        return Ok(());
    }
    let signed = if parts.has("text") {
        let text = core::str::from_utf8(parts.get("text")).unwrap();
        let signed = SignedCard::from_text(text).map_err(reason)?;
        if parts.has("card") {
            assert_eq!(signed.encode(), parts.get("card"));
        }
        signed
    } else {
        SignedCard::decode(parts.get("card")).map_err(reason)?
    };
    let verified = signed.verify().map_err(reason)?;
    if parts.has("today") {
        let relay = parts
            .has("relay_day")
            .then(|| Day(parts.number("relay_day")));
        let clocks = Clocks::new(Day(parts.number("today")).start(), relay);
        return match verified.validity(clocks) {
            CardValidity::Expired => Err("expired"),
            CardValidity::ClockDoubt | CardValidity::Current => Ok(()),
        };
    }
    Ok(())
}

fn reason(error: CardError) -> &'static str {
    match error {
        CardError::Signature => "signature",
        CardError::Trailing { .. } => "trailing bytes",
        CardError::Malformed => "malformed",
        CardError::Version { .. } => "version",
        CardError::TooLong { .. } => "too long",
        CardError::Truncated { .. } => "cut off",
        CardError::Checksum => "checksum",
        CardError::RelayAddress => "address of a relay",
        other => panic!("{other}"),
    }
}

fn file_reason(error: CardFileError) -> &'static str {
    match error {
        CardFileError::NoCardFile => "no card file",
        CardFileError::Version { .. } => "version",
        CardFileError::Malformed => "malformed",
        CardFileError::Trailing { .. } => "trailing bytes",
        CardFileError::Prekeys(_) => "prekeys",
        other => panic!("{other}"),
    }
}
