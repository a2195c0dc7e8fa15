//! Hundreds of letters as one document, in bounded memory (PRINT-8).
//!
//! A few letters at a time are set, by one thread for each core, and become a PDF of their own, whose fonts they share; the
//! parts are joined as they come, straight to the output. Order and bytes do not depend on the number of threads.

use std::io::Write;
use std::num::NonZeroUsize;
use std::thread;

use crate::error::PaperError;
use crate::forms::CoverForm;
use crate::glyphs::Described;
use crate::join::Join;
use crate::letter::{LetterForm, Printing};
use crate::number::SheetNumber;
use crate::pages::{DocumentId, Pages};
use crate::reply::ReplyForm;

/// How a batch is printed.
#[derive(Clone)]
pub struct BatchPlan<'a> {
    /// What all pages share.
    pub printing: Printing<'a>,
    /// Makes the document the same each time it is printed.
    pub id: DocumentId,
    /// Printed on both sides of the paper: every letter begins on a new sheet.
    pub both_sides: bool,
    /// Two A5 pages side by side on A4 across.
    pub two_on_a_sheet: bool,
    /// Threads; the number of cores if none is given.
    pub threads: Option<NonZeroUsize>,
}

/// What follows next in a batch.
pub enum BatchItem {
    /// A cover sheet, before the letters that it lists.
    Cover(CoverForm),
    /// A letter, and the sheet for the reply.
    Letter(Box<LetterForm>, Option<ReplyForm>),
}

/// What a batch became.
#[derive(Debug, Default)]
pub struct BatchReport {
    /// Pages of the document.
    pub pages: usize,
    /// The letters in it, in order.
    pub letters: Vec<BatchLetter>,
    /// Letters that are not in it, each with its reason. The others are printed all the same.
    pub failed: Vec<(SheetNumber, PaperError)>,
}

/// Where a letter stands in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLetter {
    /// Its sheet.
    pub sheet: SheetNumber,
    /// Its first page in the document, from 1.
    pub first_page: usize,
    /// Pages, the reply sheet included.
    pub pages: usize,
    /// Signs that were told in words.
    pub described: Vec<Described>,
}

/// Letters in one part: enough to share fonts, few enough that two parts with their pictures stay small.
const PART: usize = 16;
/// Rounds after which what typst remembers of earlier pages is dropped if it was not used again.
const MEMORY_ROUNDS: usize = 2;

/// Prints a batch to `out`. `items` is asked for a few at a time, so that pictures are fetched as they are needed; the
/// first error that it gives ends the batch.
///
/// # Errors
/// What `items` gives, and [`PaperError`] if the document itself cannot be set, joined or written. A letter that cannot be
/// printed is no error: it is named in [`BatchReport::failed`].
pub fn print<E, W>(
    plan: &BatchPlan<'_>,
    items: impl IntoIterator<Item = Result<BatchItem, E>>,
    out: W,
) -> Result<BatchReport, E>
where
    E: From<PaperError>,
    W: Write,
{
    let threads = plan
        .threads
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let mut items = items.into_iter();
    let mut join = Join::new(out)?;
    let mut report = BatchReport::default();
    loop {
        let round = (&mut items)
            .take(PART * threads)
            .collect::<Result<Vec<_>, E>>()?;
        if round.is_empty() {
            break;
        }
        let done = set_round(plan, round)?;
        for part in done {
            for mut letter in part.letters {
                letter.first_page += report.pages;
                report.letters.push(letter);
            }
            report.failed.extend(part.failed);
            if !part.pages.is_empty() {
                join.add(&part.pdf, &part.pages.pictures)?;
                report.pages += part.pages.len();
            }
        }
        typst::comemo::evict(MEMORY_ROUNDS);
    }
    join.finish(&plan.id)?;
    Ok(report)
}

/// Drops what is remembered of earlier pages to set later ones faster: for a program that prints now and then.
pub fn forget() {
    typst::comemo::evict(0);
}

/// A few letters, set and written.
struct Part {
    pages: Pages,
    pdf: Vec<u8>,
    letters: Vec<BatchLetter>,
    failed: Vec<(SheetNumber, PaperError)>,
}

/// Shares a round among threads, a part each; gives the parts in order.
fn set_round(plan: &BatchPlan<'_>, round: Vec<BatchItem>) -> Result<Vec<Part>, PaperError> {
    let mut parts: Vec<Vec<BatchItem>> = Vec::new();
    for item in round {
        match parts.last_mut() {
            Some(part) if part.len() < PART => part.push(item),
            _ => parts.push(vec![item]),
        }
    }
    thread::scope(|scope| {
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || set_part(plan, part)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| PaperError::Worker)?)
            .collect()
    })
}

fn set_part(plan: &BatchPlan<'_>, items: Vec<BatchItem>) -> Result<Part, PaperError> {
    let mut pages = Pages::default();
    let mut letters = Vec::new();
    let mut failed = Vec::new();
    for item in items {
        let (sheet, set) = match item {
            BatchItem::Cover(cover) => (None, cover.set(&plan.printing)),
            BatchItem::Letter(letter, reply) => (
                Some(letter.sheet),
                set_letter(&letter, reply.as_ref(), plan),
            ),
        };
        let mut set = match (set, sheet) {
            (Ok(set), _) => set,
            (Err(error), Some(sheet)) => {
                failed.push((sheet, error));
                continue;
            }
            (Err(error), None) => return Err(error),
        };
        if plan.two_on_a_sheet {
            set = set.two_on_a_sheet()?;
        }
        if plan.both_sides {
            set.fill_sheet();
        }
        if let Some(sheet) = sheet {
            letters.push(BatchLetter {
                sheet,
                first_page: pages.len() + 1,
                pages: set.len(),
                described: set.described.clone(),
            });
        }
        pages.append(set);
    }
    let pdf = if pages.is_empty() {
        Vec::new()
    } else {
        pages.to_bare_pdf(&plan.id)?
    };
    Ok(Part {
        pages,
        pdf,
        letters,
        failed,
    })
}

fn set_letter(
    letter: &LetterForm,
    reply: Option<&ReplyForm>,
    plan: &BatchPlan<'_>,
) -> Result<Pages, PaperError> {
    let mut pages = letter.set_alone(&plan.printing)?;
    if let Some(reply) = reply {
        if plan.both_sides && !plan.two_on_a_sheet {
            pages.fill_sheet();
        }
        pages.append(reply.set(&plan.printing)?);
    }
    Ok(pages)
}
