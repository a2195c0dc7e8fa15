//! `tests/vectors/notice/`: signed notices, and for whom they hold.

use tidings_protocol::{
    ids::SigningPublic,
    letter::{Evidence, LetterState, PersonName, PersonState},
    line::{Line, Prose},
    notice::{
        Closing, Custody, Fact, NoticeBody, NoticeError, NoticeForOthers, NoticePlace,
        SignedNotice, StatusNote,
    },
    office::{OfficeError, Roles},
    pair::{ContactId, Position},
};

use crate::{
    Counting, Parts, TODAY, Vector, flipped, identity, longer, other_identity, settle, subkey,
};

const PLACE: NoticePlace = NoticePlace {
    contact: ContactId([0xc0; 32]),
    position: Position {
        epoch: 2,
        number: 17,
    },
};

pub(crate) fn sign(body: &NoticeBody) -> SignedNotice {
    let office = subkey(Roles::ALL);
    body.sign(
        TODAY,
        &PLACE,
        &identity().public(),
        &office,
        &mut Counting(0x60),
    )
    .unwrap()
}

pub(crate) fn status() -> NoticeBody {
    NoticeBody::Status(StatusNote {
        letter: 4,
        state: LetterState::Packed {
            parcel: Line::new("12-3").unwrap(),
        },
        evidence: Evidence::DeskSaw,
        remark: Prose::typed("У четвер.").unwrap(),
    })
}

fn place(vector: Vector, place: &NoticePlace) -> Vector {
    vector
        .with("contact_id", place.contact.0)
        .with("epoch", place.position.epoch.to_le_bytes())
        .with("number", place.position.number.to_le_bytes())
}

#[test]
fn notices() {
    let custody = NoticeBody::Custody(Custody {
        person: PersonName {
            own: Line::new("Іваненко Іван Іванович").unwrap(),
            latin: Some(Line::new("Ivanenko Ivan").unwrap()),
        },
        state: PersonState::CaptiveConfirmed,
        event: None,
        evidence: Evidence::DetainingSideSays,
        remark: Prose::default(),
    });
    let fact = NoticeBody::Fact(Fact {
        text: Prose::typed("Ми ніколи не просимо грошей.").unwrap(),
    });
    let closing = NoticeBody::Closing(Closing {
        remark: Prose::default(),
    });
    let notice = sign(&status());
    let bytes = notice.encode();
    // Version, kind, and the day as 251 and two bytes.
    let mut later = bytes.clone();
    later[3] += 1;
    let copy = notice.for_others(&PLACE).encode();
    let vector = |name, shows, bytes: &[u8]| {
        let vector = Vector::new(name, shows)
            .with("identity", identity().public().0)
            .with("notice", bytes);
        place(vector, &PLACE)
    };
    let elsewhere = |name, shows, contact: u8, number: u32| {
        let vector = Vector::new(name, shows)
            .with("identity", identity().public().0)
            .with("notice", &bytes);
        let position = Position { epoch: 2, number };
        let contact = ContactId([contact; 32]);
        place(vector, &NoticePlace { contact, position })
    };
    let other = Vector::new("notice_other_office", "A good notice of another office.")
        .with("identity", other_identity().public().0)
        .with("notice", &bytes);
    let for_others = |name, shows, bytes: &[u8]| {
        Vector::new(name, shows)
            .with("identity", identity().public().0)
            .with("for_others", bytes)
    };
    let vectors = [
        vector(
            "notice_status",
            "Letter 4 is in parcel 12-3; the desk saw it.",
            &bytes,
        ),
        vector(
            "notice_custody",
            "A captive, confirmed.",
            &sign(&custody).encode(),
        ),
        vector(
            "notice_fact",
            "We never ask for money.",
            &sign(&fact).encode(),
        ),
        vector(
            "notice_closing",
            "The office has ended the correspondence.",
            &sign(&closing).encode(),
        ),
        elsewhere(
            "notice_of_another_family",
            "Another pair's contact id.",
            0xc1,
            17,
        ),
        elsewhere(
            "notice_in_another_letter",
            "The next letter's number.",
            0xc0,
            18,
        ),
        place(other, &PLACE),
        vector(
            "notice_signature_flipped",
            "One bit of the signature is another.",
            &flipped(&bytes, bytes.len() - 1),
        ),
        vector("notice_of_another_day", "Dated a day later.", &later),
        vector(
            "notice_trailing_byte",
            "A byte follows the end.",
            &longer(&bytes),
        ),
        vector(
            "notice_truncated",
            "The last byte is missing.",
            &bytes[..bytes.len() - 1],
        ),
        vector(
            "notice_version_unknown",
            "Version 2.",
            &[&[2], &bytes[1..]].concat(),
        ),
        for_others(
            "notice_for_others",
            "A copy to be shown: names nobody.",
            &copy,
        ),
        for_others(
            "notice_for_others_flipped",
            "One bit of what binds it is another.",
            &flipped(&copy, copy.len() - 210),
        ),
    ];
    settle("notice", &vectors, |parts| {
        outcome(parts).map_or_else(|reason| format!("refused: {reason}"), |()| "good".into())
    });
}

fn outcome(parts: &Parts) -> Result<(), &'static str> {
    let identity = SigningPublic(parts.array("identity"));
    if parts.has("for_others") {
        let copy = NoticeForOthers::decode(parts.get("for_others")).map_err(reason)?;
        return copy.verify(&identity).map(|_| ()).map_err(reason);
    }
    let notice = SignedNotice::decode(parts.get("notice")).map_err(reason)?;
    let place = NoticePlace {
        contact: ContactId(parts.array("contact_id")),
        position: Position {
            epoch: parts.number("epoch"),
            number: parts.number("number"),
        },
    };
    notice.verify(&identity, &place).map(|_| ()).map_err(reason)
}

fn reason(error: NoticeError) -> &'static str {
    match error {
        NoticeError::Signature => "signature",
        NoticeError::Office(OfficeError::OtherIdentity) => "other office",
        NoticeError::Malformed => "malformed",
        NoticeError::Version { .. } => "version",
        other => panic!("{other}"),
    }
}
