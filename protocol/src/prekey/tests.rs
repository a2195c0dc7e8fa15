//! Prekeys: the chain of signatures, the choice under two clocks, the weekly change.

use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::{
    limits::KEY_LIFE_DAYS,
    office::Roles,
    secret::{Secret, SigningSecret},
    suite::KemSecret,
};

/// A Monday, four days into week 2,957.
const TODAY: Day = Day(20_703);
const WEEK: PrekeyEpoch = PrekeyEpoch(2_957);

fn rng(seed: u64) -> rand::rngs::StdRng {
    rand::rngs::StdRng::seed_from_u64(seed)
}

fn identity() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([1; 32]))
}

fn subkey(roles: Roles, days: u32) -> OfficeSubkey {
    OfficeSubkey::issue(&identity(), roles, TODAY, days, 1, &mut rng(1)).unwrap()
}

fn clocks(local: Day, relay: Option<Day>) -> Clocks {
    Clocks::new(local.start().plus(43_200), relay)
}

fn rotation() -> Rotation {
    OfficeKeys::new(identity().public(), subkey(Roles::ALL, 90))
        .rotate(clocks(TODAY, Some(TODAY)), &mut rng(2))
        .unwrap()
}

fn verified() -> VerifiedPrekeys {
    rotation().record.verify(&identity().public()).unwrap()
}

#[test]
fn prekey_1_weeks_follow_from_days() {
    assert_eq!(PrekeyEpoch::of(TODAY), WEEK);
    assert_eq!(WEEK.first_day(), Day(20_699));
    assert_eq!(WEEK.last_day(), Day(20_705));
    assert_eq!(PrekeyEpoch::of(Day(20_706)), PrekeyEpoch(2_958));
    // The last epochs of time saturate instead of wrapping.
    assert!(PrekeyEpoch(u32::MAX).end() >= PrekeyEpoch(u32::MAX - 1).end());
}

#[test]
fn prekey_4_a_record_reads_back_and_verifies() {
    let record = rotation().record;
    let bytes = record.encode();
    assert!(bytes.len() <= PREKEYS_MAX, "{} bytes", bytes.len());
    assert_eq!(PrekeyRecord::decode(&bytes), Ok(record));
    let epochs: Vec<_> = verified()
        .prekeys()
        .iter()
        .map(VerifiedPrekey::epoch)
        .collect();
    assert_eq!(
        epochs,
        (0..4).map(|n| PrekeyEpoch(WEEK.0 + n)).collect::<Vec<_>>()
    );
}

#[test]
fn prekey_4_another_office_or_a_changed_byte_is_refused() {
    let record = rotation().record;
    let other = SigningSecret::from_seed(&Secret::new([9; 32])).public();
    assert_eq!(
        record.verify(&other),
        Err(PrekeyError::Office(OfficeError::OtherIdentity))
    );
    let bytes = record.encode();
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let result =
            PrekeyRecord::decode(&changed).and_then(|record| record.verify(&identity().public()));
        assert!(result.is_err(), "byte {at}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        PrekeyRecord::decode(&longer),
        Err(PrekeyError::Trailing { extra: 1 })
    );
    assert_eq!(
        PrekeyRecord::decode(&bytes[..100]),
        Err(PrekeyError::Malformed)
    );
    assert_eq!(
        PrekeyRecord::decode(&[2, 0]),
        Err(PrekeyError::Version { got: 2 })
    );
    assert!(matches!(
        PrekeyRecord::decode(&vec![1; PREKEYS_MAX + 1]),
        Err(PrekeyError::TooLong { .. })
    ));
}

fn sign(roles: Roles, epochs: &[u32]) -> Result<PrekeyRecord, PrekeyError> {
    let prekeys = epochs
        .iter()
        .map(|&epoch| Prekey {
            epoch: PrekeyEpoch(epoch),
            key: KemSecret::random(&mut rng(7)).public().unwrap(),
        })
        .collect();
    PrekeyRecord::sign(&subkey(roles, 90), &identity().public(), prekeys)
}

#[test]
fn prekey_5_the_subkey_must_cover_role_and_week() {
    assert!(sign(Roles::ALL, &[WEEK.0]).is_ok());
    assert_eq!(
        sign(Roles::of(&[Role::Notices]), &[WEEK.0]).unwrap_err(),
        PrekeyError::Office(OfficeError::Role { what: "prekeys" })
    );
    // A stolen subkey cannot push families to a week beyond its own end.
    for epoch in [WEEK.0 - 1, WEEK.0 + 13, u32::MAX] {
        let refused = sign(Roles::ALL, &[epoch]);
        assert!(
            matches!(refused, Err(PrekeyError::Office(OfficeError::Day { .. }))),
            "week {epoch}"
        );
    }
}

#[test]
fn prekey_6_count_and_order_are_checked() {
    assert_eq!(
        sign(Roles::ALL, &[]).unwrap_err(),
        PrekeyError::Count { got: 0 }
    );
    let five: Vec<u32> = (WEEK.0..WEEK.0 + 5).collect();
    assert_eq!(
        sign(Roles::ALL, &five).unwrap_err(),
        PrekeyError::Count { got: 5 }
    );
    for epochs in [[WEEK.0, WEEK.0], [WEEK.0 + 1, WEEK.0]] {
        assert_eq!(sign(Roles::ALL, &epochs).unwrap_err(), PrekeyError::Order);
    }
}

#[test]
fn prekey_8_the_newest_week_that_has_begun_is_chosen() {
    let prekeys = verified();
    let epoch = |day: u32| {
        let chosen = prekeys
            .choose(clocks(Day(day), Some(Day(day))), None)
            .unwrap();
        assert!(!chosen.clock_doubt, "day {day}");
        chosen.prekey.epoch().0
    };
    assert_eq!(epoch(TODAY.0), WEEK.0);
    assert_eq!(epoch(WEEK.last_day().0 + 1), WEEK.0 + 1);
    assert_eq!(epoch(WEEK.last_day().0 + 21), WEEK.0 + 3);
    // The last one on the shelf lives two days longer.
    assert_eq!(epoch(PrekeyEpoch(WEEK.0 + 3).last_day().0 + 2), WEEK.0 + 3);
}

#[test]
fn prekey_9_expired_by_more_than_two_days_is_refused() {
    let prekeys = verified();
    let last = PrekeyEpoch(WEEK.0 + 3);
    let end = last.end().plus(PREKEY_GRACE_SECONDS);
    assert!(prekeys.choose(Clocks::new(end, None), None).is_ok());
    assert_eq!(
        prekeys.choose(Clocks::new(end.plus(1), None), None),
        Err(PrekeyError::Expired {
            last: last.last_day()
        })
    );
    let later = Some(Day(20_900));
    assert!(matches!(
        prekeys.choose(Clocks::new(end.plus(1), later), None),
        Err(PrekeyError::Expired { .. })
    ));
}

#[test]
fn prekey_9_one_wrong_clock_locks_nobody_out() {
    let prekeys = verified();
    for (local, relay) in [
        (Day(TODAY.0 + 365), Some(TODAY)),
        (Day(TODAY.0 - 365), Some(TODAY)),
        (TODAY, Some(Day(TODAY.0 + 365))),
        (TODAY, Some(Day(0))),
        (Day(0), None),
    ] {
        let chosen = prekeys.choose(clocks(local, relay), None).unwrap();
        assert!(chosen.clock_doubt, "{local:?} {relay:?}");
        assert_eq!(chosen.prekey.epoch(), WEEK, "{local:?} {relay:?}");
    }
}

#[test]
fn prekey_10_a_lower_epoch_than_seen_is_refused() {
    let prekeys = verified();
    let now = clocks(TODAY, Some(TODAY));
    let choose = |seen: u32| prekeys.choose(now, Some(PrekeyEpoch(seen)));
    assert_eq!(choose(WEEK.0).unwrap().prekey.epoch(), WEEK);
    // A clock that once ran ahead chose a later week: still writable, with a doubt about the clock.
    let ahead = choose(WEEK.0 + 2).unwrap();
    assert_eq!(ahead.prekey.epoch(), PrekeyEpoch(WEEK.0 + 2));
    assert!(ahead.clock_doubt);
    assert_eq!(
        choose(WEEK.0 + 4),
        Err(PrekeyError::LowerEpoch {
            got: PrekeyEpoch(WEEK.0 + 3),
            seen: PrekeyEpoch(WEEK.0 + 4)
        })
    );
}

#[test]
fn prekey_11_rotation_keeps_what_is_there_and_adds_a_week() {
    let first = rotation();
    assert_eq!(first.made.len(), 4);
    let again = first.keys.rotate(clocks(TODAY, None), &mut rng(3)).unwrap();
    assert_eq!((again.made.len(), &again.keys), (0, &first.keys));
    let week_later = clocks(TODAY.plus(7), Some(TODAY.plus(7)));
    let second = first.keys.rotate(week_later, &mut rng(4)).unwrap();
    assert_eq!(second.made, [PrekeyEpoch(WEEK.0 + 4)]);
    assert!(second.deleted.is_empty());
    assert_eq!(second.keys.secret(WEEK), first.keys.secret(WEEK));
    let epochs: Vec<_> = second
        .keys
        .secrets()
        .iter()
        .map(|prekey| prekey.epoch - WEEK.0)
        .collect();
    assert_eq!(epochs, [4, 3, 2, 1, 0], "newest first");
    // The shelf moves on by one week, and its public keys are those of the secrets.
    let shelf = second.record.verify(&identity().public()).unwrap();
    for prekey in shelf.prekeys() {
        let secret = second.keys.secret(prekey.epoch()).unwrap();
        assert_eq!(*prekey.key(), secret.secret.public().unwrap());
    }
    assert_eq!(shelf.prekeys()[0].epoch(), PrekeyEpoch(WEEK.0 + 1));
}

#[test]
fn prekey_12_private_halves_live_for_210_days_more_and_then_go() {
    let keys = rotation().keys;
    assert_eq!(keys.secret(WEEK).unwrap().not_after, WEEK.end());
    // The desk's head certifies the next subkey in time.
    let day_after = WEEK.last_day().plus(KEY_LIFE_DAYS + 2);
    let day_before = WEEK.last_day().plus(KEY_LIFE_DAYS);
    let next =
        OfficeSubkey::issue(&identity(), Roles::ALL, day_before, 90, 2, &mut rng(5)).unwrap();
    let keys = keys.with_subkey(next);
    let rotate = |relay: Option<Day>| keys.rotate(clocks(day_after, relay), &mut rng(6)).unwrap();
    assert_eq!(rotate(Some(day_after)).deleted, [WEEK]);
    assert!(
        rotate(None).deleted.is_empty(),
        "one clock alone deletes nothing"
    );
    let kept = keys
        .rotate(clocks(Day(9), Some(day_after)), &mut rng(6))
        .unwrap();
    assert!(kept.clock_doubt && kept.deleted.is_empty());
}

#[test]
fn prekey_13_the_shelf_ends_where_the_certificate_ends() {
    // 17 days from a Monday on: weeks end on days 2, 9 and 16 after it.
    let keys = OfficeKeys::new(identity().public(), subkey(Roles::ALL, 17));
    let rotation = keys.rotate(clocks(TODAY, None), &mut rng(2)).unwrap();
    assert_eq!(rotation.made.len(), 3);
    let late = clocks(TODAY.plus(20), None);
    assert!(matches!(
        rotation.keys.rotate(late, &mut rng(2)),
        Err(PrekeyError::Office(OfficeError::Day { .. }))
    ));
}

#[test]
fn stored_keys_read_back() {
    let keys = rotation().keys;
    let bytes = wire::encode("office keys", &keys).unwrap();
    assert_eq!(
        wire::decode::<OfficeKeys, 8_192>("office keys", &bytes),
        Ok(keys)
    );
}

proptest! {
    #[test]
    fn garbage_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 1..6_500), version in 0..3_u8) {
        bytes[0] = version;
        let record = PrekeyRecord::decode(&bytes);
        prop_assert!(record.and_then(|record| record.verify(&identity().public())).is_err());
    }

    /// Whatever the clocks say, the choice never goes below what was seen, and never panics.
    #[test]
    fn a_choice_never_goes_backwards(local in 0..40_000_u32, relay in prop::option::of(0..40_000_u32), seen in prop::option::of(2_950..2_965_u32)) {
        let prekeys = verified();
        let clocks = clocks(Day(local), relay.map(Day));
        let seen = seen.map(PrekeyEpoch);
        match prekeys.choose(clocks, seen) {
            Ok(chosen) => prop_assert!(Some(chosen.prekey.epoch()) >= seen),
            Err(PrekeyError::LowerEpoch { .. }) => prop_assert!(seen > Some(PrekeyEpoch(WEEK.0 + 3))),
            Err(PrekeyError::Expired { .. }) => prop_assert!(local > WEEK.0 * 7),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
