//! Contents: what fits, what moves to a blob, what a newer program wrote, and the frozen words.

use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::{
    blob::{BlobRef, open_whole, seal_whole},
    language::Language,
    limits::{BLOB_REF_MAX, LETTER_CONTENT_MAX, STUB_MAX, TEXT_MAX},
    line::{FileName, Line, Prose},
    time::Day,
};

fn rng(seed: u64) -> rand::rngs::StdRng {
    rand::rngs::StdRng::seed_from_u64(seed)
}

fn blob(bytes: &[u8]) -> BlobRef {
    seal_whole(bytes, &mut rng(bytes.len() as u64))
        .unwrap()
        .blob
}

fn photo(number: usize) -> Enclosure {
    Enclosure {
        kind: EnclosureKind::Photo,
        media_type: MediaType::new("image/jpeg").unwrap(),
        name: Some(FileName::new(format!("{number}.jpg")).unwrap()),
        blob: blob(&vec![7; 100_000 + number]),
        preview: Some(blob(&vec![8; 10_000 + number])),
    }
}

fn letter(text: &str, photos: usize) -> Content {
    Content::Letter(Box::new(Letter {
        number: 4,
        route: None,
        language: Language::Ukrainian,
        writer: Writer {
            name: Line::new("Оля").unwrap(),
            relation: Some(Line::new("донька").unwrap()),
        },
        addressee: Some(Addressee {
            name: PersonName {
                own: Line::new("Іваненко Іван Іванович").unwrap(),
                latin: Some(Line::new("Ivanenko Ivan").unwrap()),
            },
            born: Some(BirthDate::Month {
                year: 1_990,
                month: 5,
            }),
            internment_number: Some(Line::new("UA-0017").unwrap()),
        }),
        written: Day(20_703),
        text: Prose::typed(text).unwrap(),
        enclosures: (0..photos).map(photo).collect(),
    }))
}

fn samples() -> Vec<Content> {
    vec![
        letter("Тату, у нас усе добре.\nОля", 2),
        Content::Reply(Reply {
            number: 1,
            answers: Some(4),
            received: Day(20_710),
            written: None,
            remark: Prose::default(),
            pages: vec![photo(1)],
        }),
        Content::Message(Message {
            answers: None,
            language: Language::Russian,
            written: Day(20_703),
            text: Prose::typed("Здравствуйте").unwrap(),
            enclosures: vec![],
        }),
        Content::Moved(Moved { blob: blob(b"x") }),
    ]
}

#[test]
fn letter_1_every_kind_reads_back() {
    for content in samples() {
        let bytes = content.encode().unwrap();
        assert_eq!(
            Content::decode(&bytes),
            Ok(content.clone()),
            "{}",
            content.word()
        );
        for len in 0..bytes.len() {
            assert!(
                Content::decode(&bytes[..len]).is_err(),
                "{} {len}",
                content.word()
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(
            Content::decode(&longer),
            Err(LetterError::Trailing { extra: 1, .. })
        ));
    }
    assert_eq!(Content::decode(&[1]), Err(LetterError::Truncated));
    let long = vec![1; CONTENT_MAX + 1];
    assert_eq!(
        Content::decode(&long),
        Err(LetterError::TooLong {
            got: CONTENT_MAX + 1
        })
    );
}

/// LETTER-3: what a newer program wrote is kept, byte for byte.
#[test]
fn letter_3_newer_contents_are_kept() {
    for bytes in [&[2, 1, 9, 9][..], &[1, 77, 5], &[1, 3, 2, 0, 0], &[0, 0]] {
        let content = Content::decode(bytes).unwrap();
        assert!(
            matches!(&content, Content::Newer(newer) if newer.bytes() == bytes),
            "{bytes:?}"
        );
        assert_eq!(content.encode().unwrap(), bytes);
        assert_eq!(content.word(), "unknown");
    }
}

#[test]
fn letter_8_an_unknown_enclosure_does_not_hide_the_letter() {
    let mut enclosure = photo(1);
    enclosure.kind = EnclosureKind::Other(200);
    let content = Content::Reply(Reply {
        number: 1,
        answers: None,
        received: Day(1),
        written: None,
        remark: Prose::default(),
        pages: vec![enclosure],
    });
    let read = Content::decode(&content.encode().unwrap()).unwrap();
    assert_eq!(read.enclosures()[0].kind, EnclosureKind::Other(200));
    assert_eq!(EnclosureKind::from(1), EnclosureKind::Drawing);
}

#[test]
fn letter_16_a_page_with_two_pictures_fits_a_letter() {
    // 250 words of Ukrainian are about 3,500 bytes.
    let page = letter(&"слово ".repeat(320), 2);
    let Packed::Inline(bytes) = page.pack(LETTER_CONTENT_MAX).unwrap() else {
        panic!("a page and two pictures move to a blob")
    };
    assert_eq!(Content::decode(&bytes), Ok(page));
}

#[test]
fn letter_17_twenty_photos_and_a_long_text_move_to_a_blob_and_come_back() {
    let content = letter(&"слово ".repeat(TEXT_MAX / 11), 20);
    let Packed::Overflow(overflow) = content.pack(LETTER_CONTENT_MAX).unwrap() else {
        panic!("it cannot fit")
    };
    let sealed = seal_whole(overflow.plaintext(), &mut rng(1)).unwrap();
    let stub = overflow.stub(sealed.blob.clone()).unwrap();
    assert!(stub.len() <= STUB_MAX && stub.len() <= 2 + BLOB_REF_MAX);
    let Content::Moved(moved) = Content::decode(&stub).unwrap() else {
        panic!("a stub")
    };
    let plaintext = open_whole(&moved.blob, sealed.chunks).unwrap();
    let read = moved.open(&plaintext).unwrap();
    assert_eq!(read, content);
    assert_eq!(read.enclosures().len(), 20);
    assert_eq!(moved.open(&stub), Err(LetterError::MovedTwice));
    let small = content.pack(STUB_MAX - 1);
    assert_eq!(
        small,
        Err(LetterError::Capacity {
            capacity: STUB_MAX - 1
        })
    );
}

/// The sum in `limits` holds for the largest letter that the types allow.
#[test]
fn letter_7_the_largest_letter_fits() {
    let largest = |text: usize| Line::new("x".repeat(text)).unwrap();
    let enclosure = Enclosure {
        kind: EnclosureKind::Other(255),
        media_type: MediaType::new(format!("a/{}", "x".repeat(62))).unwrap(),
        name: Some(FileName::new("x".repeat(120)).unwrap()),
        blob: blob(&[1; 100_000]),
        preview: Some(blob(&[1; 100_001])),
    };
    let mut content = Letter {
        number: u32::MAX,
        route: Some(Line::new("x".repeat(80)).unwrap()),
        language: Language::English,
        writer: Writer {
            name: largest(160),
            relation: Some(Line::new("x".repeat(80)).unwrap()),
        },
        addressee: Some(Addressee {
            name: PersonName {
                own: largest(160),
                latin: Some(largest(160)),
            },
            born: Some(BirthDate::Day {
                year: 2_000,
                month: 2,
                day: 29,
            }),
            internment_number: Some(Line::new("x".repeat(80)).unwrap()),
        }),
        written: Day(u32::MAX),
        text: Prose::typed(&"x".repeat(TEXT_MAX)).unwrap(),
        enclosures: vec![enclosure.clone(); ENCLOSURES_MAX],
    };
    let bytes = Content::Letter(Box::new(content.clone())).encode().unwrap();
    assert!(Content::decode(&bytes).is_ok(), "{} bytes", bytes.len());
    assert_eq!(content.line_count(), 1);
    content.enclosures.push(enclosure);
    assert_eq!(
        Content::Letter(Box::new(content)).encode(),
        Err(LetterError::Enclosures {
            got: ENCLOSURES_MAX + 1
        })
    );
}

#[test]
fn letter_9_dates_of_birth_are_in_the_calendar() {
    let day = |year, month, day| BirthDate::Day { year, month, day }.check().is_ok();
    assert!(day(2_000, 2, 29) && day(1_996, 2, 29) && day(1_985, 12, 31));
    assert!(!day(1_900, 2, 29) && !day(1_999, 2, 29) && !day(1_999, 4, 31));
    assert!(!day(1_999, 13, 1) && !day(1_999, 0, 1) && !day(1_999, 1, 0) && !day(1_899, 1, 1));
    assert!(BirthDate::About { year: 1_980 }.check().is_ok());
    assert_eq!(
        BirthDate::Year { year: 3_000 }.check(),
        Err(LetterError::BirthDate)
    );
    let mut wrong = letter("", 0);
    if let Content::Letter(letter) = &mut wrong
        && let Some(addressee) = &mut letter.addressee
    {
        addressee.born = Some(BirthDate::Year { year: 1 });
    }
    assert_eq!(wrong.encode(), Err(LetterError::BirthDate));
}

#[test]
fn media_types_are_plain() {
    assert!(MediaType::new("image/svg+xml").is_ok());
    for wrong in [
        "image",
        "image/",
        "/png",
        "image/png; x=1",
        "Image/PNG",
        "a/b/c",
        "text/\nx",
    ] {
        assert_eq!(
            MediaType::new(wrong),
            Err(LetterError::MediaType),
            "{wrong}"
        );
    }
}

/// LETTER-10: the words are keys of translations and programs' output; their numbers are on the wire.
#[test]
fn letter_10_words_and_numbers_are_frozen() {
    fn check<T: Copy + core::fmt::Debug + PartialEq + core::str::FromStr + Serialize>(
        all: &[T],
        word: impl Fn(T) -> &'static str,
        words: &str,
    ) {
        let expected: Vec<&str> = words.split(' ').collect();
        assert_eq!(
            all.iter().map(|&item| word(item)).collect::<Vec<_>>(),
            expected
        );
        for (number, &item) in (0..).zip(all) {
            assert_eq!(wire::encode("word", &item).unwrap(), [number]);
            assert_eq!(word(item).parse::<T>().ok(), Some(item));
        }
        assert!("Draft".parse::<T>().is_err());
    }
    check(
        Evidence::ALL,
        Evidence::word,
        "desk_saw carrier_receipt detaining_side_says captive_wrote released_person_confirms",
    );
    check(
        Returned::ALL,
        Returned::word,
        "unknown transferred released refused",
    );
    check(
        PersonState::ALL,
        PersonState::word,
        "no_record recorded_no_captivity_data probably_captive captive_confirmed released",
    );
    check(
        PersonEvent::ALL,
        PersonEvent::word,
        "transferred hospital released repatriated escaped died",
    );
    check(
        ParcelState::ALL,
        ParcelState::word,
        "listed family_invited letter_in family_declined packed sealed counted crossed received handed_over short opened confiscated acknowledged",
    );
    let reason = Line::new("x").unwrap();
    let states = [
        LetterState::Draft,
        LetterState::Sealed,
        LetterState::AtRelay,
        LetterState::TakenByDesk,
        LetterState::InReview,
        LetterState::Passed,
        LetterState::PassedWithCuts,
        LetterState::Held,
        LetterState::Refused { reason },
        LetterState::Printed,
        LetterState::Packed {
            parcel: Line::new("7").unwrap(),
        },
        LetterState::WithCarrier,
        LetterState::AtReceivingSide,
        LetterState::HandoverReported,
        LetterState::ReplyReceived,
        LetterState::Returned(Returned::Refused),
        LetterState::Lost,
        LetterState::Withdrawn,
    ];
    for (number, state) in (0..).zip(&states) {
        let bytes = wire::encode("state", state).unwrap();
        assert_eq!(bytes[0], number, "{}", state.word());
        assert_eq!(state.word(), LetterState::WORDS[usize::from(number)]);
        assert_eq!(
            wire::decode::<LetterState, 64>("state", &bytes).as_ref(),
            Ok(state)
        );
    }
    let line = "draft sealed at_relay taken_by_desk in_review passed passed_with_cuts held refused printed packed with_carrier at_receiving_side handover_reported reply_received returned lost withdrawn";
    assert_eq!(LetterState::WORDS.join(" "), line);
}

#[test]
fn debug_shows_no_text_and_no_name() {
    let shown = format!(
        "{:?} {:?}",
        letter("таємниця", 1),
        Content::decode(&[9, 9, 65]).unwrap()
    );
    assert!(
        !shown.contains("таємниця") && !shown.contains("Іваненко"),
        "{shown}"
    );
    assert!(
        shown.contains("Newer(format 9, kind 9, 3 bytes)"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn garbage_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 2..2_000), kind in 0..7_u8) {
        bytes[0] = CONTENT_FORMAT;
        bytes[1] = kind;
        if let Ok(content) = Content::decode(&bytes) {
            // Whatever is read is what would be written.
            prop_assert_eq!(content.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn texts_of_any_length_pack_and_read_back(len in 0..9_000_usize, photos in 0..4_usize) {
        let content = letter(&"п".repeat(len), photos);
        match content.pack(LETTER_CONTENT_MAX).unwrap() {
            Packed::Inline(bytes) => {
                prop_assert!(bytes.len() <= LETTER_CONTENT_MAX);
                prop_assert_eq!(Content::decode(&bytes), Ok(content));
            }
            Packed::Overflow(overflow) => {
                prop_assert!(overflow.plaintext().len() > LETTER_CONTENT_MAX);
                prop_assert_eq!(Content::decode(overflow.plaintext()), Ok(content));
            }
        }
    }
}
