//! What a job is, and what a press makes of it.

use std::io::Write;

use tidings_client::LetterNumber;
use tidings_protocol::{
    language::Language,
    time::{Day, UnixTime},
};

use crate::Error;

/// Paper in the office's printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperSize {
    /// 210 x 297 mm.
    A4,
    /// 148 x 210 mm.
    A5,
}

impl PaperSize {
    /// `a4`, `a5`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A5 => "a5",
        }
    }

    /// The size of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::A4, Self::A5]
            .into_iter()
            .find(|size| size.word() == word)
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits to be run.
    Waiting,
    /// The document is stored, its letters count as printed.
    Printed,
    /// Could not be made; a person changes something and tries again.
    Failed,
    /// Taken back, or its document erased.
    Closed,
}

impl JobState {
    pub(super) const ALL: [Self; 4] = [Self::Waiting, Self::Printed, Self::Failed, Self::Closed];

    /// `waiting`, `printed`, `failed`, `closed`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Printed => "printed",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }
}

/// A job of the printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintJob {
    /// Number.
    pub id: u64,
    /// When it was made.
    pub made: UnixTime,
    /// On which paper.
    pub paper: PaperSize,
    /// Pages of the reply sheet, 1 or 2; 0 for none.
    pub reply_pages: u8,
    /// How far it is.
    pub state: JobState,
    /// Letters in it.
    pub letters: u64,
    /// Pages of the document, once it is there.
    pub pages: Option<u32>,
    /// Whether the document is still here.
    pub has_document: bool,
    /// Why it could not be made.
    pub failure: Option<String>,
}

/// A letter as it goes to the press. Does not print its contents.
#[derive(Clone)]
pub struct PrintLetter {
    /// The account's number.
    pub number: LetterNumber,
    /// The value of the sheet number.
    pub sheet: u32,
    /// Who writes.
    pub writer: String,
    /// For whom it is.
    pub addressee: String,
    /// The language of the text.
    pub language: Language,
    /// The day to be printed, if the route wants one.
    pub dated: Option<Day>,
    /// The route's name.
    pub route: Option<String>,
    /// Languages that the route allows; none is said where all are.
    pub route_languages: Vec<Language>,
    /// The text; what was cut shows as blocks (`█`).
    pub text: String,
    /// Photographs and drawings that are not left out: whether it is a drawing, and the bytes.
    pub pictures: Vec<(bool, Vec<u8>)>,
}

impl std::fmt::Debug for PrintLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrintLetter({})", self.number)
    }
}

/// A letter as the cover sheet of its job lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintListed {
    /// The account's number.
    pub number: LetterNumber,
    /// The value of the sheet number.
    pub sheet: u32,
    /// For whom it is.
    pub addressee: String,
}

/// What a press made, besides the PDF that it wrote.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its pages.
    pub pages: u32,
    /// Letters that are not in it, with the code of the reason. They stay where they are; the others are printed.
    pub left_out: Vec<(LetterNumber, &'static str)>,
}

/// Makes pages. The desk knows nothing of layout; `tidings_paper` does it behind this trait.
pub trait Press {
    /// One document for all letters of `list`, written to `out` as it comes. Letters are read one by one: a picture is in memory
    /// only while it is set.
    ///
    /// # Errors
    /// [`PressError::Paper`] with a sentence for the technician; errors of the letters are passed on.
    fn print(
        &self,
        job: &PrintJob,
        list: &[PrintListed],
        letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
        out: &mut dyn Write,
    ) -> Result<Document, PressError>;
}

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The pages cannot be set.
    #[error("letter {letter}: {why}")]
    Paper {
        /// The letter at which it stopped.
        letter: LetterNumber,
        /// The code of the failure.
        why: &'static str,
    },
    /// The press was told to stop: the job waits and is begun anew another time.
    #[error("the press was told to stop")]
    Stopped,
    /// A letter could not be read.
    #[error(transparent)]
    Desk(#[from] Error),
}
