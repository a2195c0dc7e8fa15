//! The desk's press: letters of a job become one document, set by `tidings_paper`.

use std::collections::HashMap;

use tidings_client::LetterNumber;
use tidings_paper::{
    Captive, DocumentId, LetterForm, Office, PaperError, Printing, ReplyForm, TextPart, Writer,
    batch::{self, BatchItem, BatchPlan},
    code::CodeKey,
    geometry::Paper,
    number::SheetNumber,
    pictures::{Picture, PictureKind},
};

use crate::{Desk, Document, Error, PaperSize, Press, PressError, PrintJob, PrintLetter};

/// What a reviewer's cut looks like in the text of a letter.
const BLOCK: char = '█';

/// Sets letters under the office's name, address and key.
pub(crate) struct OfficePress {
    office: Office,
    key: CodeKey,
}

/// What ends a batch early.
enum Stop {
    Desk(Error),
    Paper(PaperError),
}

impl From<PaperError> for Stop {
    fn from(error: PaperError) -> Self {
        Self::Paper(error)
    }
}

impl OfficePress {
    /// The press of this desk, as its settings are now.
    pub(crate) fn of(desk: &Desk) -> Result<Self, Error> {
        let settings = desk.settings()?;
        let address = settings.address.lines().map(str::to_owned).collect();
        Ok(Self {
            office: Office {
                name: settings.name,
                address,
            },
            key: CodeKey::new(*desk.code_key()?),
        })
    }

    /// Name and return address, as they stand on paper.
    pub(crate) fn office(&self) -> &Office {
        &self.office
    }

    /// What all pages of this office share.
    pub(crate) fn printing(&self, paper: Paper) -> Printing<'_> {
        Printing {
            office: &self.office,
            key: &self.key,
            paper,
        }
    }
}

impl Press for OfficePress {
    fn print(
        &self,
        job: &PrintJob,
        letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
    ) -> Result<Document, PressError> {
        let paper = match job.paper {
            PaperSize::A4 => Paper::A4,
            PaperSize::A5 => Paper::A5,
        };
        let plan = BatchPlan {
            printing: self.printing(paper),
            id: DocumentId {
                id: format!("print job {}", job.id),
                printed: job.made,
            },
            both_sides: false,
            two_on_a_sheet: false,
            threads: None,
        };
        let mut numbers: HashMap<u32, LetterNumber> = HashMap::new();
        let mut last = LetterNumber(0);
        let mut pdf = Vec::new();
        let items = letters.map(|letter| {
            let letter = letter.map_err(Stop::Desk)?;
            numbers.insert(letter.sheet, letter.number);
            last = letter.number;
            item(letter, job).map_err(Stop::Paper)
        });
        let report = match batch::print(&plan, items, &mut pdf) {
            Ok(report) => report,
            Err(Stop::Desk(error)) => return Err(PressError::Desk(error)),
            Err(Stop::Paper(error)) => {
                return Err(PressError::Paper {
                    letter: last,
                    why: code(&error),
                });
            }
        };
        let left_out = report
            .failed
            .iter()
            .filter_map(|(sheet, error)| Some((*numbers.get(&sheet.value())?, code(error))))
            .collect();
        Ok(Document {
            pdf,
            pages: u32::try_from(report.pages).unwrap_or(u32::MAX),
            left_out,
        })
    }
}

fn item(letter: PrintLetter, job: &PrintJob) -> Result<BatchItem, PaperError> {
    let sheet = SheetNumber::new(letter.sheet).map_err(|_| PaperError::Empty {
        form: "letter",
        what: "sheet number",
    })?;
    let number = u32::try_from(letter.number.0).unwrap_or(u32::MAX);
    let writer = Writer {
        name: letter.writer,
        relation: None,
    };
    let captive = Captive {
        own: letter.addressee,
        latin: None,
        born: None,
        internment_number: None,
    };
    let reply = (job.reply_pages > 0).then(|| ReplyForm {
        sheet,
        pages: job.reply_pages,
        answers: number,
        languages: [letter.language, letter.language],
        to: writer.clone(),
        from: captive.clone(),
    });
    let form = LetterForm {
        sheet,
        number,
        route: letter.route,
        language: letter.language,
        writer,
        addressee: captive,
        written: letter.dated.unwrap_or_else(|| job.made.day()),
        text: parts(&letter.text),
        pictures: letter
            .pictures
            .into_iter()
            .map(|(is_drawing, bytes)| Picture {
                kind: if is_drawing {
                    PictureKind::Drawing
                } else {
                    PictureKind::Photo
                },
                bytes,
            })
            .collect(),
        with_reply_sheet: reply.is_some(),
    };
    Ok(BatchItem::Letter(Box::new(form), reply))
}

/// Blocks are cuts; everything else is words.
fn parts(text: &str) -> Vec<TextPart> {
    let mut parts: Vec<TextPart> = Vec::new();
    for character in text.chars() {
        match (parts.last_mut(), character == BLOCK) {
            (Some(TextPart::Cut { characters }), true) => *characters += 1,
            (Some(TextPart::Words(words)), false) => words.push(character),
            (_, true) => parts.push(TextPart::Cut { characters: 1 }),
            (_, false) => parts.push(TextPart::Words(character.to_string())),
        }
    }
    parts
}

/// A stable word for the page that says why (`print-failed-…`).
fn code(error: &PaperError) -> &'static str {
    match error {
        PaperError::Picture { .. } => "picture",
        PaperError::Glyph { .. } => "glyph",
        PaperError::PageCode(_) | PaperError::TooMany { .. } => "too-long",
        _ => "setting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_cuts() {
        let shown: Vec<String> = parts("Твій ███ тут\n██")
            .iter()
            .map(|part| match part {
                TextPart::Words(words) => words.clone(),
                TextPart::Cut { characters } => format!("<{characters}>"),
            })
            .collect();
        assert_eq!(shown, ["Твій ", "<3>", " тут\n", "<2>"]);
        assert!(parts("").is_empty());
    }
}
