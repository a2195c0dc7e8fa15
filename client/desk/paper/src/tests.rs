//! PRINT-1 to PRINT-8, SHEET-2: what stands on pages, read back from their frames and from their pixels.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]

mod batches;
mod letters;
mod read;
mod sheets;
mod smaller;

use tidings_protocol::language::Language;
use tidings_protocol::letter::BirthDate;
use tidings_protocol::time::{Day, UnixTime};

use crate::code::CodeKey;
use crate::geometry::Paper;
use crate::number::SheetNumber;
use crate::{Captive, DocumentId, LetterForm, Office, Printing, ReplyForm, TextPart, Writer};

const PAPERS: [Paper; 2] = [Paper::A4, Paper::A5];

fn office() -> Office {
    Office {
        name: "Бюро листування «Вісточка»".to_owned(),
        address: vec!["а/с 17".to_owned(), "01001 Київ".to_owned()],
    }
}

fn key() -> CodeKey {
    CodeKey::new([9; 32])
}

fn id() -> DocumentId {
    DocumentId {
        id: "batch 12".to_owned(),
        printed: UnixTime(1_795_000_000),
    }
}

fn sheet(value: u32) -> SheetNumber {
    SheetNumber::new(value).unwrap()
}

fn captive() -> Captive {
    Captive {
        own: "Ґринченко Олександр Сергійович".to_owned(),
        latin: Some("Hrynchenko Oleksandr".to_owned()),
        born: Some(BirthDate::About { year: 1990 }),
        internment_number: Some("48-00012".to_owned()),
    }
}

fn letter(text: &str) -> LetterForm {
    LetterForm {
        sheet: sheet(12_345_678),
        number: 17,
        route: Some("Мінськ — 3".to_owned()),
        language: Language::Ukrainian,
        writer: Writer {
            name: "Марія".to_owned(),
            relation: Some("мама".to_owned()),
        },
        addressee: captive(),
        written: Day(20_600),
        text: vec![TextPart::Words(text.to_owned())],
        pictures: Vec::new(),
        with_reply_sheet: true,
    }
}

fn reply(pages: u8) -> ReplyForm {
    ReplyForm {
        sheet: sheet(12_345_679),
        pages,
        answers: 17,
        languages: [Language::Russian, Language::Ukrainian],
        to: letter("").writer,
        from: captive(),
    }
}

/// Calls with a printing of each size of paper.
fn on_each_paper(test: impl Fn(&Printing<'_>)) {
    let (office, key) = (office(), key());
    for paper in PAPERS {
        test(&Printing {
            office: &office,
            key: &key,
            paper,
        });
    }
}
