//! The desk's press: letters of a job become one document, set by `tidings_paper`.

use std::{
    collections::HashMap,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tidings_client::LetterNumber;
use tidings_paper::{
    Captive, DocumentId, LetterForm, Office, Pages, PaperError, Printing, ReplyForm, TextPart,
    Writer,
    batch::{self, BatchItem, BatchPlan},
    code::CodeKey,
    forms::{CoverEntry, CoverForm, EnvelopeLabel},
    geometry::Paper,
    number::SheetNumber,
    pictures::{Picture, PictureKind},
};

use tidings_names::{Table, to_latin};
use tidings_protocol::{language::Language, time::Day};

use crate::{
    Desk, Document, Error, LetterRow, PaperSize, Press, PressError, PrintJob, PrintLetter,
    PrintListed,
};

/// What a reviewer's cut looks like in the text of a letter.
const BLOCK: char = '█';

/// Sets letters under the office's name, address and key.
pub(crate) struct OfficePress {
    office: Office,
    key: CodeKey,
    /// In which the office works.
    language: Language,
    stop: Arc<AtomicBool>,
}

/// What ends a batch early.
enum Stop {
    Told,
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
            language: settings
                .languages
                .first()
                .copied()
                .unwrap_or(Language::Ukrainian),
            stop: Arc::default(),
        })
    }

    /// Name and return address, as they stand on paper.
    pub(crate) fn office(&self) -> &Office {
        &self.office
    }

    /// The same, which stops at the next letter once `stop` is set.
    pub(crate) fn stopped_by(self, stop: &Arc<AtomicBool>) -> Self {
        Self {
            stop: Arc::clone(stop),
            ..self
        }
    }

    /// What lies on top of a pile, to be counted.
    fn cover(&self, job: &PrintJob, list: &[PrintListed]) -> CoverForm {
        CoverForm {
            title: format!("№ {}", job.id),
            note: None,
            language: self.language,
            printed: job.made.day(),
            entries: list
                .iter()
                .filter_map(|letter| {
                    Some(CoverEntry {
                        sheet: SheetNumber::new(letter.sheet).ok()?,
                        number: u32::try_from(letter.number.0).unwrap_or(u32::MAX),
                        addressee: letter.addressee.clone(),
                    })
                })
                .collect(),
        }
    }

    /// A letter and its reply sheet as they would be printed today. The codes are made with a key that nobody has: what somebody
    /// prints from a screen must not come back as a reply (PRINT-9).
    pub(crate) fn preview(
        &self,
        letter: PrintLetter,
        paper: PaperSize,
        reply_pages: u8,
        today: Day,
    ) -> Result<Pages, PaperError> {
        let key = CodeKey::new([0; 32]);
        let printing = Printing {
            key: &key,
            ..self.printing(paper_of(paper))
        };
        let (form, reply) = forms(letter, reply_pages, today)?;
        let mut pages = form.set(&printing)?;
        if let Some(reply) = reply {
            pages.append(reply.set(&printing)?);
        }
        Ok(pages)
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
        list: &[PrintListed],
        letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
        out: &mut dyn Write,
    ) -> Result<Document, PressError> {
        let plan = BatchPlan {
            printing: self.printing(paper_of(job.paper)),
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
        let cover = (list.len() > 1).then(|| self.cover(job, list));
        let letters = letters.map(|letter| {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stop::Told);
            }
            let letter = letter.map_err(Stop::Desk)?;
            numbers.insert(letter.sheet, letter.number);
            last = letter.number;
            let (letter, reply) =
                forms(letter, job.reply_pages, job.made.day()).map_err(Stop::Paper)?;
            Ok(BatchItem::Letter(Box::new(letter), reply))
        });
        let items = cover
            .into_iter()
            .map(|cover| Ok(BatchItem::Cover(cover)))
            .chain(letters);
        let report = match batch::print(&plan, items, out) {
            Ok(report) => report,
            Err(Stop::Told) => return Err(PressError::Stopped),
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
            pages: u32::try_from(report.pages).unwrap_or(u32::MAX),
            left_out,
        })
    }
}

/// The size of paper as the press names it.
pub(crate) const fn paper_of(size: PaperSize) -> Paper {
    match size {
        PaperSize::A4 => Paper::A4,
        PaperSize::A5 => Paper::A5,
    }
}

/// The label of a letter's envelope; none before it has a number.
pub(crate) fn envelope(letter: LetterRow) -> Option<EnvelopeLabel> {
    let addressee = letter.addressee.unwrap_or_default();
    Some(EnvelopeLabel {
        language: letter.language,
        addressee: captive(addressee, letter.language),
        number: u32::try_from(letter.number.0).unwrap_or(u32::MAX),
        sheet: SheetNumber::new(letter.sheet?).ok()?,
    })
}

/// A captive as a letter names him.
fn captive(name: String, language: Language) -> Captive {
    Captive {
        latin: latin(&name, language),
        own: name,
        born: None,
        internment_number: None,
    }
}

/// A letter, and the sheet for its reply. `today` is its day where its route does not date letters.
fn forms(
    letter: PrintLetter,
    reply_pages: u8,
    today: Day,
) -> Result<(LetterForm, Option<ReplyForm>), PaperError> {
    let sheet = SheetNumber::new(letter.sheet).map_err(|_| PaperError::Empty {
        form: "letter",
        what: "sheet number",
    })?;
    let number = u32::try_from(letter.number.0).unwrap_or(u32::MAX);
    let writer = Writer {
        name: letter.writer,
        relation: None,
    };
    let captive = captive(letter.addressee, letter.language);
    let reply = (reply_pages > 0).then(|| ReplyForm {
        sheet,
        pages: reply_pages,
        answers: number,
        languages: sheet_languages(letter.language, &letter.route_languages),
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
        written: letter.dated.unwrap_or(today),
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
    Ok((form, reply))
}

/// The name in Latin letters, by the table of present documents; none where it is Latin already.
fn latin(name: &str, language: Language) -> Option<String> {
    let table = match language {
        Language::Russian => Table::RussianIcao,
        Language::Ukrainian | Language::English => Table::Ukrainian,
    };
    let latin = to_latin(name, table);
    (latin != name).then_some(latin)
}

/// The languages of a reply sheet: those that the route allows, the letter's own first; where all are allowed, the one that is
/// read on the other side is the second.
fn sheet_languages(letter: Language, route: &[Language]) -> [Language; 2] {
    let Some(fallback) = route.first() else {
        let second = match letter {
            Language::Russian => Language::Ukrainian,
            Language::Ukrainian | Language::English => Language::Russian,
        };
        return [letter, second];
    };
    let first = if route.contains(&letter) {
        letter
    } else {
        *fallback
    };
    let second = route.iter().copied().find(|one| *one != first);
    [first, second.unwrap_or(first)]
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
    use tidings_paper::scan::{Finding, Source, scan_page};

    use super::*;
    use crate::testing::{List, Office, START};

    #[test]
    fn names_stand_in_both_scripts_and_sheets_in_two_languages() {
        assert_eq!(
            latin("Ґринченко Олександр", Language::Ukrainian).as_deref(),
            Some("Grynchenko Oleksandr")
        );
        assert_eq!(latin("Anna Novak", Language::English), None);
        let (uk, ru, en) = (Language::Ukrainian, Language::Russian, Language::English);
        assert_eq!(sheet_languages(uk, &[]), [uk, ru]);
        assert_eq!(sheet_languages(ru, &[]), [ru, uk]);
        assert_eq!(sheet_languages(uk, &[en, uk]), [uk, en]);
        // A route on which only Russian passes.
        assert_eq!(sheet_languages(uk, &[ru]), [ru, ru]);
        assert_eq!(sheet_languages(ru, &[ru]), [ru, ru]);
    }

    /// PRINT-9: somebody prints a preview from the screen, writes on it, and it comes back: it leads to nobody's letter.
    #[test]
    fn the_codes_of_a_preview_prove_nothing() {
        let office = Office::new();
        let list = List::default();
        let letter = list.receive(1, "Іван", "Чекаємо", &[]);
        let (desk, head) = (&office.desk, &office.head);
        desk.import(&list, START).unwrap();
        let press = OfficePress::of(desk).unwrap();
        let opened = desk.preview_letter(head, letter, START).unwrap();
        let pages = press
            .preview(opened, PaperSize::A4, 1, START.day())
            .unwrap();
        assert_eq!(pages.len(), 2);
        let drawn = pages.preview(1, 1_240).unwrap().unwrap();
        let page = Source::open(drawn).unwrap().page(0).unwrap();
        let finding = |key| scan_page(&page, &[key]).unwrap().finding;
        let own = CodeKey::new(*desk.code_key().unwrap());
        assert!(matches!(finding(own), Finding::Unread(_)));
        // It is a page with codes all the same.
        assert!(matches!(finding(CodeKey::new([0; 32])), Finding::Proven(_)));
    }

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
