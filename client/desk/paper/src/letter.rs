//! A letter on paper: its pages, then its pictures.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

use serde_json::{Value, json};
use tidings_protocol::language::Language;
use tidings_protocol::letter::BirthDate;
use tidings_protocol::time::Day;
use typst::foundations::Bytes;

use crate::code::{CodeKey, PageCode, PageKind};
use crate::error::PaperError;
use crate::fixed::{page_codes, points};
use crate::geometry::{
    CODE_INSET, CODE_QUIET, CODE_SIDE, MARK_INSET, MARK_QUIET, MARK_RADIUS, Paper,
};
use crate::glyphs::{Described, printable};
use crate::layout::LetterLayout;
use crate::number::SheetNumber;
use crate::pages::{Pages, written_day};
use crate::pictures::{Picture, PictureKind, PrintedPicture, STAND_IN};
use crate::words::Words;
use crate::world::{Form, set};

/// The office that prints: the return address of everything (PRINT-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Its name as it stands on paper.
    pub name: String,
    /// Its postal address, a line each.
    pub address: Vec<String>,
}

/// What every page of an office shares.
#[derive(Clone, Copy)]
pub struct Printing<'a> {
    /// Whose return address.
    pub office: &'a Office,
    /// Key of the machine codes.
    pub key: &'a CodeKey,
    /// Size of the pages.
    pub paper: Paper,
}

/// A captive as the address shows him. There is no field for unit, rank or home: they must not stand on paper (PRINT-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captive {
    /// The name in the writer's own script.
    pub own: String,
    /// The name in Latin letters.
    pub latin: Option<String>,
    /// The date of birth, as well as it is known.
    pub born: Option<BirthDate>,
    /// The internment number, if known.
    pub internment_number: Option<String>,
}

/// Who writes, as the captive knows him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The name.
    pub name: String,
    /// Mother, wife, friend: in the writer's words.
    pub relation: Option<String>,
}

/// A part of a letter's text.
#[derive(Clone, PartialEq, Eq)]
pub enum TextPart {
    /// As it was written; line feeds end lines.
    Words(String),
    /// Cut by the reviewer: black bars, whose length tells the size of the cut up to [`CUT_BARS_MAX`] bars.
    Cut {
        /// Characters that stood there.
        characters: usize,
    },
}

impl TextPart {
    /// A text with these ranges of its bytes cut out. Ranges may overlap and stand in any order; one that does not end
    /// between characters takes the whole of those that it touches.
    #[must_use]
    pub fn with_cuts(text: &str, cuts: &[Range<usize>]) -> Vec<Self> {
        let is_cut =
            |start: usize, end: usize| cuts.iter().any(|cut| cut.start < end && start < cut.end);
        let mut parts: Vec<Self> = Vec::new();
        for (start, character) in text.char_indices() {
            let cut = is_cut(start, start + character.len_utf8());
            match (parts.last_mut(), cut) {
                (Some(Self::Cut { characters }), true) => *characters += 1,
                (Some(Self::Words(words)), false) => words.push(character),
                (_, true) => parts.push(Self::Cut { characters: 1 }),
                (_, false) => parts.push(Self::Words(character.to_string())),
            }
        }
        parts
    }
}

/// A letter to be printed.
#[derive(Clone)]
pub struct LetterForm {
    /// The number of its sheet.
    pub sheet: SheetNumber,
    /// The letter's own number, counted by the family.
    pub number: u32,
    /// The route.
    pub route: Option<String>,
    /// The language of the text and of the form.
    pub language: Language,
    /// Who writes.
    pub writer: Writer,
    /// To whom.
    pub addressee: Captive,
    /// When it was written.
    pub written: Day,
    /// What it says, as reviewed.
    pub text: Vec<TextPart>,
    /// Pictures, printed after the text in this order.
    pub pictures: Vec<Picture>,
    /// Whether a reply sheet goes with it, which is then listed.
    pub with_reply_sheet: bool,
}

/// Most bars of one cut: longer ones would only waste toner.
pub const CUT_BARS_MAX: usize = 60;
/// Characters under one bar.
const CUT_BAR: usize = 2;

impl LetterForm {
    /// Sets the letter. Every page carries the sheet's number and codes; page n of N counts pictures too.
    ///
    /// # Errors
    /// [`PaperError::Picture`] names the picture that cannot be printed; [`PaperError::PageCode`] if there are more pages than
    /// a code can count; the rest are faults of this crate.
    pub fn set(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        // Pictures take most of the time, and somebody waits for the letter.
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut prepared = Vec::new();
        for some in self.pictures.chunks(cores) {
            thread::scope(|scope| {
                let threads: Vec<_> = some
                    .iter()
                    .map(|picture| scope.spawn(|| PrintedPicture::prepare(picture, printing.paper)))
                    .collect();
                for thread in threads {
                    prepared.push(thread.join().unwrap_or(Err(PaperError::Worker)));
                }
            });
        }
        self.set_with(&numbered(prepared)?, printing)
    }

    /// As [`Self::set`], on this thread alone: for batches, which set several letters at once.
    pub(crate) fn set_alone(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        let prepare = |picture| PrintedPicture::prepare(picture, printing.paper);
        self.set_with(&numbered(self.pictures.iter().map(prepare))?, printing)
    }

    /// As [`Self::set`], with pictures that are prepared already and stand for [`Self::pictures`].
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn set_with(
        &self,
        pictures: &[PrintedPicture],
        printing: &Printing<'_>,
    ) -> Result<Pages, PaperError> {
        let mut values = self.values(pictures, printing);
        let files: Vec<Bytes> = pictures
            .iter()
            .map(|picture| Bytes::new(*picture.stand_in()))
            .collect();
        // How many pages there are is known once they are set, and stands on each: most letters are as long as guessed.
        let mut pages = usize::from(!pictures.is_empty()) + 1;
        let mut guessed = true;
        loop {
            let count = u8::try_from(pages).unwrap_or(u8::MAX);
            values.fields["pages"] = json!(pages);
            values.fields["codes"] = (1..=count)
                .map(|page| {
                    let code =
                        PageCode::new(self.sheet, PageKind::Letter, printing.paper, page, count)?;
                    page_codes(&code, printing.key)
                })
                .collect::<Result<_, PaperError>>()?;
            let set = set(Form::Letter, &values.fields, &files)?;
            if set.len() == pages {
                return Ok(Pages {
                    pages: set,
                    pictures: pictures.to_vec(),
                    described: values.described,
                });
            }
            if !guessed {
                return Err(PaperError::Pages {
                    expected: pages,
                    got: set.len(),
                });
            }
            guessed = false;
            pages = set.len();
        }
    }

    fn values(&self, pictures: &[PrintedPicture], printing: &Printing<'_>) -> Values {
        let mut values = Values::new(self.language);
        let words = Words::of(self.language);
        let layout = LetterLayout::new(printing.paper);
        let (width, height) = printing.paper.size();
        let beside_mark = MARK_INSET + MARK_RADIUS + MARK_QUIET + 1.0;
        let beside_code = CODE_INSET + CODE_SIDE + CODE_QUIET + 1.0;
        let text = lines(&self.text, &mut values);
        let born = self.addressee.born.map(|born| written_birth(born, words));
        let fields = json!({
            "words": words,
            "layout": layout,
            "points": points(printing.paper),
            "head": { "x": beside_mark, "y": CODE_INSET, "width": width - beside_mark - beside_code, "height": CODE_SIDE },
            "foot": { "x": beside_code, "y": height - CODE_INSET - CODE_SIDE, "width": width - beside_mark - beside_code, "height": CODE_SIDE },
            "office": values.office(printing.office),
            "sheet": self.sheet.to_string(),
            "number": self.number,
            "route": values.optional(self.route.as_deref()),
            "addressee": {
                "own": values.text(&self.addressee.own),
                "latin": values.optional(self.addressee.latin.as_deref()),
                "born": born,
                "internment_number": values.optional(self.addressee.internment_number.as_deref()),
            },
            "writer": {
                "name": values.text(&self.writer.name),
                "relation": values.optional(self.writer.relation.as_deref()),
            },
            "written": written_day(self.written),
            "text": text,
            "cut": self.text.iter().any(|part| matches!(part, TextPart::Cut { .. })),
            "enclosed": enclosed(pictures, self.with_reply_sheet),
            "pictures": pictures.iter().map(picture_values).collect::<Vec<_>>(),
        });
        values.fields = fields;
        values.fields["described"] = json!(!values.described.is_empty());
        values
    }
}

/// The pictures, or the first error with the number of its picture.
fn numbered(
    prepared: impl IntoIterator<Item = Result<PrintedPicture, PaperError>>,
) -> Result<Vec<PrintedPicture>, PaperError> {
    prepared
        .into_iter()
        .zip(1..)
        .map(|(picture, number)| {
            picture.map_err(|error| match error {
                PaperError::Picture { source, .. } => PaperError::Picture { number, source },
                other => other,
            })
        })
        .collect()
}

/// Values for a form, collected while signs are described.
pub(crate) struct Values {
    pub(crate) language: Language,
    pub(crate) fields: Value,
    pub(crate) described: Vec<Described>,
}

impl Values {
    pub(crate) const fn new(language: Language) -> Self {
        Self {
            language,
            fields: Value::Null,
            described: Vec::new(),
        }
    }

    /// Text of people on one line.
    pub(crate) fn text(&mut self, text: &str) -> String {
        self.prose(text).replace('\n', " ")
    }

    pub(crate) fn optional(&mut self, text: Option<&str>) -> Option<String> {
        text.filter(|text| !text.trim().is_empty())
            .map(|text| self.text(text))
    }

    /// Text of people with its line feeds.
    pub(crate) fn prose(&mut self, text: &str) -> String {
        let printable = printable(text, self.language);
        for one in printable.described {
            if !self.described.contains(&one) {
                self.described.push(one);
            }
        }
        printable.text
    }

    pub(crate) fn office(&mut self, office: &Office) -> Value {
        let address: Vec<String> = office.address.iter().map(|line| self.text(line)).collect();
        json!({ "name": self.text(&office.name), "address": address })
    }
}

/// Lines of parts: text, or a number of bars.
fn lines(parts: &[TextPart], values: &mut Values) -> Vec<Vec<Value>> {
    let mut lines = vec![Vec::new()];
    for part in parts {
        match part {
            TextPart::Cut { characters } => {
                let bars = characters.div_ceil(CUT_BAR).clamp(1, CUT_BARS_MAX);
                if let Some(line) = lines.last_mut() {
                    line.push(json!(bars));
                }
            }
            TextPart::Words(text) => {
                let text = values.prose(text);
                for (i, piece) in text.split('\n').enumerate() {
                    if i > 0 {
                        lines.push(Vec::new());
                    }
                    if let Some(line) = lines.last_mut()
                        && !piece.is_empty()
                    {
                        line.push(json!(piece));
                    }
                }
            }
        }
    }
    while lines.len() > 1 && lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

fn picture_values(picture: &PrintedPicture) -> Value {
    json!({
        "kind": word_of(picture.kind),
        "stand_in": STAND_IN,
        "across": picture.across,
        "down": picture.down,
    })
}

const fn word_of(kind: PictureKind) -> &'static str {
    match kind {
        PictureKind::Photo => "photo",
        PictureKind::Drawing => "drawing",
        PictureKind::Scan => "scan",
    }
}

/// What is enclosed, counted by kind.
fn enclosed(pictures: &[PrintedPicture], with_reply_sheet: bool) -> Vec<Value> {
    [PictureKind::Photo, PictureKind::Drawing, PictureKind::Scan]
        .into_iter()
        .map(|kind| {
            let count = pictures.iter().filter(|one| one.kind == kind).count();
            (word_of(kind), count)
        })
        .chain([("reply_sheet", usize::from(with_reply_sheet))])
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| json!({ "kind": kind, "count": count }))
        .collect()
}

/// A date of birth with as much as is known of it.
pub(crate) fn written_birth(born: BirthDate, words: &Words) -> String {
    match born {
        BirthDate::Day { year, month, day } => format!("{day:02}.{month:02}.{year}"),
        BirthDate::Month { year, month } => format!("{month:02}.{year}"),
        BirthDate::Year { year } => year.to_string(),
        BirthDate::About { year } => format!("{} {year}", words.about),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_take_whole_characters_and_may_overlap() {
        let text = "один два три";
        let two = text.find("два").unwrap_or_default();
        let parts = TextPart::with_cuts(text, &[two..two + 1, two + 1..two + 6]);
        assert!(
            parts
                == [
                    TextPart::Words("один ".into()),
                    TextPart::Cut { characters: 3 },
                    TextPart::Words(" три".into()),
                ]
        );
        assert!(TextPart::with_cuts(text, &[]) == [TextPart::Words(text.into())]);
        assert!(TextPart::with_cuts("", &[0..9]).is_empty());
    }

    #[test]
    fn cuts_within_a_line_stay_in_it() {
        let mut values = Values::new(Language::Ukrainian);
        let parts = TextPart::with_cuts("ab\ncdef\n\n\n", &[4..6]);
        let lines = lines(&parts, &mut values);
        assert_eq!(
            lines,
            [vec![json!("ab")], vec![json!("c"), json!(1), json!("f")]]
        );
    }
}
