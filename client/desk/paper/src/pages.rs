//! Pages that have been set, and the documents that they become.

use std::fmt;

use tidings_protocol::time::{Day, UnixTime};
use typst::foundations::{Datetime, Smart};
use typst::layout::{Abs, Frame, Point, Size};
use typst::model::DocumentInfo;
use typst_layout::{Page, PagedDocument};
use typst_pdf::{PdfOptions, Timestamp};

use crate::error::PaperError;
use crate::geometry::Paper;
use crate::glyphs::Described;
use crate::join::Join;
use crate::pictures::PrintedPicture;

/// Pages ready to print, and what had to be told in words on them.
#[derive(Clone, Default)]
pub struct Pages {
    pub(crate) pages: Vec<Page>,
    /// What stand-ins on the pages stand for.
    pub(crate) pictures: Vec<PrintedPicture>,
    pub(crate) described: Vec<Described>,
}

impl fmt::Debug for Pages {
    // The frames hold the text of letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pages({})", self.pages.len())
    }
}

/// What makes two runs over the same letters give the same bytes (PRINT-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentId {
    /// Told apart from every other document of the office: a batch number. Only its hash enters the document.
    pub id: String,
    /// The time that the document states as its own.
    pub printed: UnixTime,
}

impl Pages {
    /// Number of pages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Signs without a glyph, and the words printed in their place (PRINT-3): for the person who reviews.
    #[must_use]
    pub fn described(&self) -> &[Described] {
        &self.described
    }

    /// Puts other pages after these.
    pub fn append(&mut self, other: Self) {
        self.pages.extend(other.pages);
        self.pictures.extend(other.pictures);
        for one in other.described {
            if !self.described.contains(&one) {
                self.described.push(one);
            }
        }
    }

    /// Adds an empty page if the number of pages is odd, so that on both sides of the paper the next letter begins a sheet.
    pub fn fill_sheet(&mut self) {
        if self.pages.len() % 2 == 1
            && let Some(last) = self.pages.last()
        {
            let mut blank = last.clone();
            blank.frame = Frame::hard(last.frame.size());
            self.pages.push(blank);
        }
    }

    /// Puts each two A5 pages side by side on A4 across, to be folded in the middle.
    ///
    /// # Errors
    /// [`PaperError::Imposition`] if a page is not A5.
    pub fn two_on_a_sheet(self) -> Result<Self, PaperError> {
        let (width, height) = Paper::A5.size();
        let is_a5 =
            |size: Size| size.x.approx_eq(Abs::mm(width)) && size.y.approx_eq(Abs::mm(height));
        let sheet = Size::new(Abs::mm(297.0), Abs::mm(210.0));
        let mut pages = Vec::with_capacity(self.pages.len().div_ceil(2));
        for pair in self.pages.chunks(2) {
            let Some(first) = pair.first() else { continue };
            let mut frame = Frame::hard(sheet);
            for (page, left) in pair.iter().zip([Abs::zero(), Abs::mm(297.0 - width)]) {
                if !is_a5(page.frame.size()) {
                    return Err(PaperError::Imposition { got: Paper::A4 });
                }
                frame.push_frame(Point::with_x(left), page.frame.clone());
            }
            pages.push(Page {
                frame,
                ..first.clone()
            });
        }
        Ok(Self { pages, ..self })
    }

    /// The document. The same pages and the same `id` give the same bytes (PRINT-1).
    ///
    /// # Errors
    /// [`PaperError::Setting`] if the pages cannot be written as PDF.
    pub fn to_pdf(&self, id: &DocumentId) -> Result<Vec<u8>, PaperError> {
        let bare = self.to_bare_pdf(id)?;
        if self.pictures.is_empty() {
            return Ok(bare);
        }
        let mut join = Join::new(Vec::new())?;
        join.add(&bare, &self.pictures)?;
        join.finish(id)
    }

    /// The document as `typst-pdf` writes it: pictures are stand-ins, which [`Join::add`] replaces.
    pub(crate) fn to_bare_pdf(&self, id: &DocumentId) -> Result<Vec<u8>, PaperError> {
        let document = PagedDocument::new(
            self.pages.iter().cloned().collect(),
            DocumentInfo::default(),
        );
        let options = PdfOptions {
            ident: Smart::Custom(id.id.clone()),
            creator: Smart::Custom(Some("Tidings".to_owned())),
            timestamp: datetime(id.printed).map(Timestamp::new_utc),
            // Structure for screen readers would name every line of every letter a second time; this is for paper.
            tagged: false,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|errors| PaperError::from_pdf(&errors))
    }
}

fn datetime(time: UnixTime) -> Option<Datetime> {
    let date = date(time.day())?;
    let second = u32::try_from(time.0 % 86_400).ok()?;
    let part = |value: u32| u8::try_from(value).ok();
    Datetime::from_ymd_hms(
        date.year(),
        date.month().into(),
        date.day(),
        part(second / 3_600)?,
        part(second / 60 % 60)?,
        part(second % 60)?,
    )
}

fn date(day: Day) -> Option<time::Date> {
    time::OffsetDateTime::UNIX_EPOCH
        .date()
        .checked_add(time::Duration::days(day.0.into()))
}

/// A day as all three languages read it without doubt: `22.11.2026`.
pub(crate) fn written_day(day: Day) -> String {
    date(day).map_or_else(String::new, |date| {
        format!(
            "{:02}.{:02}.{}",
            date.day(),
            u8::from(date.month()),
            date.year()
        )
    })
}

/// A moment as PDF writes it.
pub(crate) fn pdf_date(time: UnixTime) -> String {
    let second = time.0 % 86_400;
    date(time.day()).map_or_else(String::new, |date| {
        format!(
            "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            second / 3_600,
            second / 60 % 60,
            second % 60
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_people_write_them() {
        assert_eq!(written_day(Day(0)), "01.01.1970");
        assert_eq!(written_day(Day(20_513)), "01.03.2026");
        assert_eq!(written_day(Day(19_782)), "29.02.2024");
        assert_eq!(pdf_date(UnixTime(86_400 + 3_661)), "D:19700102010101Z");
    }
}
