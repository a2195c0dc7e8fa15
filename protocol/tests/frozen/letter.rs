//! `tests/vectors/letter/`: contents of every kind.

use tidings_protocol::{
    blob::{BlobRef, seal_whole},
    language::Language,
    letter::{
        Addressee, BirthDate, Content, Enclosure, EnclosureKind, Letter, LetterError, MediaType,
        Message, Moved, PersonName, Reply, Writer,
    },
    line::{FileName, Line, Prose},
};

use crate::{Counting, Parts, TODAY, Vector, longer, notice, settle};

fn blob(first: u8) -> BlobRef {
    seal_whole(b"picture", &mut Counting(first)).unwrap().blob
}

fn photo() -> Enclosure {
    Enclosure {
        kind: EnclosureKind::Photo,
        media_type: MediaType::new("image/jpeg").unwrap(),
        name: Some(FileName::new("фото.jpg").unwrap()),
        blob: blob(0),
        preview: Some(blob(64)),
    }
}

fn letter() -> Letter {
    Letter {
        number: 4,
        route: Some(Line::new("північ").unwrap()),
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
            born: Some(BirthDate::Day {
                year: 1_990,
                month: 5,
                day: 17,
            }),
            internment_number: Some(Line::new("17").unwrap()),
        }),
        written: TODAY,
        text: Prose::typed("Тату, у нас усе добре.\nОля").unwrap(),
        enclosures: vec![photo()],
    }
}

#[test]
fn contents() {
    let encode = |content: Content| content.encode().unwrap();
    let whole = encode(Content::Letter(Box::new(letter())));
    let plain = Letter {
        route: None,
        addressee: None,
        writer: Writer {
            name: Line::new("Оля").unwrap(),
            relation: None,
        },
        enclosures: vec![],
        ..letter()
    };
    let mut strange = photo();
    strange.kind = EnclosureKind::Other(200);
    let reply = |pages| Reply {
        number: 1,
        answers: Some(4),
        received: TODAY,
        written: Some(TODAY.minus(40)),
        remark: Prose::default(),
        pages,
    };
    let message = Message {
        answers: None,
        language: Language::Russian,
        written: TODAY,
        text: Prose::typed("Здравствуйте!").unwrap(),
        enclosures: vec![],
    };
    let vector = |name, shows, bytes: &[u8]| Vector::new(name, shows).with("content", bytes);
    let line_break = replaced(&whole, "Оля\u{1}".as_bytes(), "О\nя\u{1}".as_bytes());
    let path = replaced(&whole, "фото.jpg".as_bytes(), "../х.jpg".as_bytes());
    let vectors = [
        vector("letter", "A letter with everything.", &whole),
        vector(
            "letter_plain",
            "A letter to the office, without optional parts.",
            &encode(Content::Letter(Box::new(plain))),
        ),
        vector(
            "reply",
            "One scanned page.",
            &encode(Content::Reply(reply(vec![photo()]))),
        ),
        vector(
            "reply_enclosure_unknown",
            "A page of a kind that this version does not know; the reply is readable.",
            &encode(Content::Reply(reply(vec![strange]))),
        ),
        vector(
            "notice",
            "A signed notice.",
            &encode(Content::Notice(Box::new(notice::sign(&notice::status())))),
        ),
        vector("message", "A message.", &encode(Content::Message(message))),
        vector(
            "moved",
            "The content lies in a blob.",
            &encode(Content::Moved(Moved { blob: blob(128) })),
        ),
        vector(
            "kind_unknown",
            "A kind of a newer program: kept.",
            &[1, 99, 1, 2, 3],
        ),
        vector(
            "format_unknown",
            "A format of a newer program: kept.",
            &[2, 1, 1, 2, 3],
        ),
        vector(
            "letter_trailing_byte",
            "A byte follows the end.",
            &longer(&whole),
        ),
        vector(
            "letter_truncated",
            "The last byte is missing.",
            &whole[..whole.len() - 1],
        ),
        vector("letter_one_byte", "Only a format.", &[1]),
        vector(
            "letter_name_of_two_lines",
            "A line feed in the writer's name.",
            &line_break,
        ),
        vector(
            "letter_file_name_with_path",
            "A file name that leads out of its folder.",
            &path,
        ),
    ];
    settle("letter", &vectors, |parts| {
        outcome(parts).map_or_else(|reason| format!("refused: {reason}"), |()| "good".into())
    });
}

/// The bytes with one stretch in place of another of the same length.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    // Cyrillic letters take two bytes, what replaces them may take one: fill up.
    let mut new = new.to_vec();
    while new.len() < old.len() {
        new.insert(new.len() - 1, b'x');
    }
    let at = bytes
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    [&bytes[..at], &new, &bytes[at + old.len()..]].concat()
}

fn outcome(parts: &Parts) -> Result<(), &'static str> {
    let content = Content::decode(parts.get("content")).map_err(reason)?;
    assert_eq!(content.encode().unwrap(), parts.get("content"));
    Ok(())
}

fn reason(error: LetterError) -> &'static str {
    match error {
        LetterError::Truncated => "cut off",
        LetterError::Malformed { .. } => "malformed",
        LetterError::Trailing { .. } => "trailing bytes",
        other => panic!("{other}"),
    }
}
