//! Notices: for whom they hold, what a forwarded copy shows, what is no notice.

use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::{
    letter::{Evidence, LetterState, PersonEvent, PersonName, PersonState},
    limits::REMARK_MAX,
    line::{Line, Prose},
    office::Roles,
    secret::SigningSecret,
};

const TODAY: Day = Day(20_703);
const PLACE: NoticePlace = NoticePlace {
    contact: ContactId([3; 32]),
    position: Position {
        epoch: 2,
        number: 17,
    },
};

fn rng(seed: u64) -> rand::rngs::StdRng {
    rand::rngs::StdRng::seed_from_u64(seed)
}

fn identity() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([1; 32]))
}

fn subkey(roles: Roles) -> OfficeSubkey {
    OfficeSubkey::issue(&identity(), roles, TODAY, 30, 1, &mut rng(1)).unwrap()
}

fn status() -> NoticeBody {
    NoticeBody::Status(StatusNote {
        letter: 4,
        state: LetterState::Packed {
            parcel: Line::new("12-3").unwrap(),
        },
        evidence: Evidence::DeskSaw,
        remark: Prose::typed("Передано в четвер").unwrap(),
    })
}

fn custody(event: PersonEvent) -> NoticeBody {
    NoticeBody::Custody(Custody {
        person: PersonName {
            own: Line::new("Іваненко Іван Іванович").unwrap(),
            latin: None,
        },
        state: PersonState::CaptiveConfirmed,
        event: Some(event),
        evidence: Evidence::DetainingSideSays,
        remark: Prose::default(),
    })
}

fn sign(body: &NoticeBody) -> Result<SignedNotice, NoticeError> {
    let office = subkey(Roles::ALL);
    body.sign(TODAY, &PLACE, &identity().public(), &office, &mut rng(2))
}

#[test]
fn notice_4_a_notice_reads_back_and_verifies() {
    let fact = NoticeBody::Fact(Fact {
        text: Prose::typed("Ми ніколи не просимо грошей.").unwrap(),
    });
    for body in [status(), custody(PersonEvent::Hospital), fact] {
        let notice = sign(&body).unwrap();
        let bytes = notice.encode();
        assert!(bytes.len() <= NOTICE_MAX);
        assert_eq!(SignedNotice::decode(&bytes), Ok(notice.clone()));
        let verified = notice.verify(&identity().public(), &PLACE).unwrap();
        assert_eq!((verified.date(), verified.body()), (TODAY, &body));
    }
}

/// NOTICE-3: in another family's hands, or in another letter, the notice is none.
#[test]
fn notice_3_a_notice_holds_for_its_pair_and_letter_only() {
    let notice = sign(&status()).unwrap();
    let refused = |contact: u8, epoch: u32, number: u32| {
        let place = NoticePlace {
            contact: ContactId([contact; 32]),
            position: Position { epoch, number },
        };
        notice.verify(&identity().public(), &place)
    };
    assert!(refused(3, 2, 17).is_ok());
    for (contact, epoch, number) in [(4, 2, 17), (3, 3, 17), (3, 2, 18)] {
        assert_eq!(
            refused(contact, epoch, number),
            Err(NoticeError::Signature),
            "{contact} {epoch} {number}"
        );
    }
    let other = SigningSecret::from_seed(&Secret::new([9; 32])).public();
    assert_eq!(
        notice.verify(&other, &PLACE),
        Err(NoticeError::Office(OfficeError::OtherIdentity))
    );
}

/// NOTICE-8: who gets a copy learns that the office said it, and not to whom.
#[test]
fn notice_8_a_copy_for_others_names_nobody() {
    let notice = sign(&status()).unwrap();
    let copy = notice.for_others(&PLACE);
    let bytes = copy.encode();
    let read = NoticeForOthers::decode(&bytes).unwrap();
    assert_eq!(read.verify(&identity().public()).unwrap().body(), &status());
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(!holds(&PLACE.contact.0), "the contact is not in the copy");
    assert!(
        !holds(notice.r.expose()),
        "what ties it to the contact is not in the copy"
    );
    // Without `r`, nobody can try whether it was for a certain family.
    assert_ne!(copy.binding, binding(&Secret::new([0; 32]), &PLACE));
    let mut wrong = read;
    wrong.binding.0[0] ^= 1;
    assert_eq!(
        wrong.verify(&identity().public()).unwrap_err(),
        NoticeError::Signature
    );
}

#[test]
fn notice_5_every_changed_byte_is_noticed() {
    let notice = sign(&status()).unwrap();
    let bytes = notice.encode();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let result = SignedNotice::decode(&changed)
            .and_then(|notice| notice.verify(&identity().public(), &PLACE));
        assert!(result.is_err(), "byte {at}");
    }
    for len in 0..bytes.len() {
        assert!(SignedNotice::decode(&bytes[..len]).is_err(), "{len} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(SignedNotice::decode(&longer), Err(NoticeError::Malformed));
    assert_eq!(
        SignedNotice::decode(&[9]),
        Err(NoticeError::Version { got: 9 })
    );
}

#[test]
fn notice_6_the_subkey_must_cover_role_and_day() {
    let prekeys_only = subkey(Roles::of(&[Role::Prekeys]));
    let public = identity().public();
    assert_eq!(
        status().sign(TODAY, &PLACE, &public, &prekeys_only, &mut rng(2)),
        Err(NoticeError::Office(OfficeError::Role { what: "notices" }))
    );
    let late = status().sign(
        TODAY.plus(30),
        &PLACE,
        &public,
        &subkey(Roles::ALL),
        &mut rng(2),
    );
    assert!(matches!(
        late,
        Err(NoticeError::Office(OfficeError::Day { .. }))
    ));
}

/// NOTICE-9: neither signed nor believed.
#[test]
fn notice_9_a_death_is_told_by_a_person() {
    assert_eq!(
        sign(&custody(PersonEvent::Died)),
        Err(NoticeError::ToldByAPerson)
    );
    let good = sign(&custody(PersonEvent::Escaped)).unwrap();
    let NoticeBody::Custody(said) = custody(PersonEvent::Died) else {
        panic!("a custody notice")
    };
    let body = wire::encode("", &said).unwrap();
    let head = Head {
        version: 1,
        kind: 2,
        date: TODAY,
    };
    let office = subkey(Roles::ALL);
    let signature = head.with_parts(
        &body,
        &binding(&good.r, &PLACE),
        &good.certificate,
        |parts| office.sign(NOTICE_LABEL, parts),
    );
    let breach = SignedNotice {
        body,
        signature,
        ..good
    };
    assert_eq!(
        breach.verify(&identity().public(), &PLACE),
        Err(NoticeError::ToldByAPerson)
    );
}

#[test]
fn notice_1_an_empty_fact_and_an_unknown_kind_say_nothing() {
    let empty = NoticeBody::Fact(Fact {
        text: Prose::default(),
    });
    assert_eq!(sign(&empty), Err(NoticeError::Body));
    assert_eq!(NoticeBody::decode(5, b""), Err(NoticeError::Body));
}

#[test]
fn notice_11_a_closing_says_so_with_or_without_a_remark() {
    for remark in ["", "We have moved."] {
        let remark = Prose::typed(remark).unwrap();
        let body = NoticeBody::Closing(Closing { remark });
        let notice = SignedNotice::decode(&sign(&body).unwrap().encode()).unwrap();
        let verified = notice.verify(&identity().public(), &PLACE).unwrap();
        assert_eq!(*verified.body(), body);
        assert_eq!(body.kind(), 4);
    }
    assert_eq!(NoticeBody::decode(4, b""), Err(NoticeError::Body));
}

#[test]
fn the_largest_notice_fits() {
    let person = PersonName {
        own: Line::new("Щ".repeat(80)).unwrap(),
        latin: Some(Line::new("S".repeat(160)).unwrap()),
    };
    let body = NoticeBody::Custody(Custody {
        person,
        state: PersonState::Released,
        event: Some(PersonEvent::Escaped),
        evidence: Evidence::ReleasedPersonConfirms,
        remark: Prose::typed(&"ї".repeat(REMARK_MAX / 2)).unwrap(),
    });
    let bytes = sign(&body).unwrap().encode();
    assert!(bytes.len() <= NOTICE_MAX);
    assert!(SignedNotice::decode(&bytes).is_ok());
}

proptest! {
    #[test]
    fn garbage_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 1..1_200), version in 0..3_u8) {
        bytes[0] = version;
        let read = SignedNotice::decode(&bytes).and_then(|notice| notice.verify(&identity().public(), &PLACE));
        prop_assert!(read.is_err());
        prop_assert!(NoticeForOthers::decode(&bytes).and_then(|notice| notice.verify(&identity().public())).is_err());
        for kind in 0..5 {
            let _ = NoticeBody::decode(kind, &bytes);
        }
    }
}
