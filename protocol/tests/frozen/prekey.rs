//! `tests/vectors/prekey/`: shelves of prekeys, and the choice among them.

use tidings_protocol::{
    clocks::Clocks,
    ids::SigningPublic,
    office::{OfficeError, Roles},
    prekey::{Prekey, PrekeyEpoch, PrekeyError, PrekeyRecord},
    secret::Secret,
    suite::KemSecret,
    time::Day,
};

use crate::{Parts, TODAY, Vector, flipped, identity, longer, other_identity, settle, subkey};

const WEEK: u32 = 2_957;

fn prekeys() -> Vec<Prekey> {
    (0..4_u8)
        .map(|number| Prekey {
            epoch: PrekeyEpoch(WEEK + u32::from(number)),
            key: KemSecret::from_seed(Secret::new([0x51 + number; 32]))
                .public()
                .unwrap(),
        })
        .collect()
}

pub(crate) fn record() -> PrekeyRecord {
    PrekeyRecord::sign(&subkey(Roles::ALL), &identity().public(), prekeys()).unwrap()
}

#[test]
fn shelves() {
    let bytes = record().encode();
    let vector = |name, shows, bytes: &[u8], today: Day| {
        Vector::new(name, shows)
            .with("identity", identity().public().0)
            .with("record", bytes)
            .with("today", today.0.to_le_bytes())
    };
    let chosen = |vector: Vector, epoch: u32| vector.with("chosen_epoch", epoch.to_le_bytes());
    let last = Day((WEEK + 4) * 7 - 1);
    let vectors = [
        chosen(
            vector(
                "prekey",
                "Four weeks' keys; the first week's is chosen.",
                &bytes,
                TODAY,
            ),
            WEEK,
        )
        .with("first_seed", [0x51; 32])
        .with("first_key", prekeys()[0].key.0),
        chosen(
            vector(
                "prekey_third_week",
                "The same two weeks later.",
                &bytes,
                TODAY.plus(14),
            ),
            WEEK + 2,
        ),
        chosen(
            vector(
                "prekey_in_its_grace",
                "One day after the last week: still used.",
                &bytes,
                last.plus(2),
            ),
            WEEK + 3,
        ),
        chosen(
            vector(
                "prekey_clock_a_year_ahead",
                "The device's clock is a year ahead, the relay's day is right.",
                &bytes,
                TODAY.plus(365),
            )
            .with("relay_day", TODAY.0.to_le_bytes()),
            WEEK,
        ),
        chosen(
            vector(
                "prekey_clock_at_1970",
                "The device's clock was never set.",
                &bytes,
                Day(0),
            ),
            WEEK,
        ),
        chosen(
            vector(
                "prekey_seen_before",
                "A clock that once ran ahead chose the third week: it stays.",
                &bytes,
                TODAY,
            )
            .with("highest_seen", (WEEK + 2).to_le_bytes()),
            WEEK + 2,
        ),
        vector(
            "prekey_lower_epoch",
            "A prekey of a later week than any of these was used before.",
            &bytes,
            TODAY,
        )
        .with("highest_seen", (WEEK + 4).to_le_bytes()),
        vector(
            "prekey_expired",
            "Four days after the last week, by the only clock.",
            &bytes,
            last.plus(5),
        ),
        vector(
            "prekey_signature_flipped",
            "One bit of the signature is another.",
            &flipped(&bytes, bytes.len() - 1),
            TODAY,
        ),
        vector(
            "prekey_key_flipped",
            "One bit of a key is another.",
            &flipped(&bytes, bytes.len() - 100),
            TODAY,
        ),
        vector(
            "prekey_certificate_flipped",
            "One bit of the subkey's certificate is another.",
            &flipped(&bytes, 80),
            TODAY,
        ),
        vector(
            "prekey_trailing_byte",
            "A byte follows the end.",
            &longer(&bytes),
            TODAY,
        ),
        vector(
            "prekey_truncated",
            "The last byte is missing.",
            &bytes[..bytes.len() - 1],
            TODAY,
        ),
        vector(
            "prekey_version_unknown",
            "Version 2.",
            &[&[2], &bytes[1..]].concat(),
            TODAY,
        ),
        Vector::new("prekey_other_office", "A good shelf of another office.")
            .with("identity", other_identity().public().0)
            .with("record", &bytes)
            .with("today", TODAY.0.to_le_bytes()),
    ];
    settle("prekey", &vectors, |parts| {
        outcome(parts).map_or_else(|reason| format!("refused: {reason}"), |()| "good".into())
    });
}

fn outcome(parts: &Parts) -> Result<(), &'static str> {
    let record = PrekeyRecord::decode(parts.get("record")).map_err(reason)?;
    let verified = record
        .verify(&SigningPublic(parts.array("identity")))
        .map_err(reason)?;
    let relay = parts
        .has("relay_day")
        .then(|| Day(parts.number("relay_day")));
    let clocks = Clocks::new(Day(parts.number("today")).start(), relay);
    let seen = parts
        .has("highest_seen")
        .then(|| PrekeyEpoch(parts.number("highest_seen")));
    let chosen = verified.choose(clocks, seen).map_err(reason)?;
    assert_eq!(chosen.prekey.epoch().0, parts.number("chosen_epoch"));
    if parts.has("first_seed") {
        let secret = KemSecret::from_seed(Secret::new(parts.array("first_seed")));
        assert_eq!(secret.public().unwrap(), *chosen.prekey.key());
        assert_eq!(chosen.prekey.key().0, parts.get("first_key"));
    }
    Ok(())
}

fn reason(error: PrekeyError) -> &'static str {
    match error {
        PrekeyError::LowerEpoch { .. } => "lower epoch",
        PrekeyError::Expired { .. } => "expired",
        PrekeyError::Office(OfficeError::Signature) => "signature",
        PrekeyError::Office(OfficeError::OtherIdentity) => "other office",
        PrekeyError::Trailing { .. } => "trailing bytes",
        PrekeyError::Malformed => "malformed",
        PrekeyError::Version { .. } => "version",
        other => panic!("{other}"),
    }
}
