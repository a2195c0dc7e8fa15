//! Reading files into pages.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_protocol::{ids::labelled_hash, time::UnixTime};

use super::join::{Joined, Place, Said, join, keep_place};
use crate::{
    Desk, Error, Subject,
    desk::Log,
    store::{int, uint},
};

/// What stands on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFound {
    /// A page of a reply sheet of this office.
    Sheet {
        /// The value of the sheet number.
        sheet: u32,
        /// The page, from 1.
        page: u8,
        /// Pages of the sheet.
        pages: u8,
    },
    /// A page of a letter that this office printed: it came back.
    Returned {
        /// The value of the sheet number.
        sheet: u32,
        /// The page, from 1.
        page: u8,
        /// Pages of the letter.
        pages: u8,
    },
    /// A sheet of another office.
    Foreign,
    /// Nothing that could be read for certain.
    Unread,
    /// Codes that do not agree: something is pasted over.
    Differ,
    /// More than one sheet in one picture: it belongs to nobody, as one family would be sent the other's page.
    Several,
    /// An empty page: the back of a sheet.
    Blank,
    /// The page of the file is damaged; there is no picture.
    Broken,
}

/// What a box on a reply sheet shows. A hint: no evidence follows from it without a person (PAPER-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxTick {
    /// Ticked.
    Yes,
    /// Empty.
    No,
    /// Not to be told.
    Unsure,
}

impl BoxTick {
    fn sign(self) -> char {
        match self {
            Self::Yes => 'x',
            Self::No => '-',
            Self::Unsure => '?',
        }
    }

    /// The boxes of a page as they are stored.
    pub(super) fn text(ticks: &[Self; 4]) -> String {
        ticks.iter().map(|tick| tick.sign()).collect()
    }

    /// What [`Self::text`] wrote.
    pub(super) fn of(text: &str) -> Option<[Self; 4]> {
        let ticks: Vec<Self> = text
            .chars()
            .filter_map(|sign| {
                [Self::Yes, Self::No, Self::Unsure]
                    .into_iter()
                    .find(|tick| tick.sign() == sign)
            })
            .collect();
        ticks.try_into().ok()
    }
}

/// A page as it was read: straightened, cropped, cleaned. Does not print itself.
#[derive(Clone)]
pub struct PageRead {
    /// What stands on it.
    pub found: PageFound,
    /// `image/png`, `image/jpeg`.
    pub media_type: String,
    /// The picture; empty for [`PageFound::Broken`].
    pub image: Vec<u8>,
    /// The boxes for letter, photo, drawing, parcel; on first pages of reply sheets.
    pub ticks: Option<[BoxTick; 4]>,
}

impl std::fmt::Debug for PageRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PageRead({} bytes)", self.image.len())
    }
}

/// Why a file gave no pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file cannot be read: {code}")]
pub struct ReadError {
    /// The code of the failure.
    pub code: &'static str,
}

/// Reads files. The desk knows nothing of pixels; `tidings_paper` does it behind this trait.
pub trait Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`ReadError`] for a file that is broken, too large, or none that is known.
    fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError>;
}

/// A file that is open.
pub trait ScannedFile {
    /// How many pages it has.
    fn pages(&self) -> u32;

    /// Whether the file is as it was written. One that was cut off may have fewer pages than were scanned, and nobody knows which.
    fn is_whole(&self) -> bool {
        true
    }

    /// Hands over the pages from `from` on, counted from 0, each once and in order, until `take` breaks. Fewer than there are
    /// mean that the reader was told to stop: the rest is read another time.
    fn read(&self, from: u32, take: &mut dyn FnMut(PageRead) -> ControlFlow<()>);
}

/// Pages that were all read before.
impl ScannedFile for Vec<PageRead> {
    fn pages(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }

    fn read(&self, from: u32, take: &mut dyn FnMut(PageRead) -> ControlFlow<()>) {
        for page in self.iter().skip(from as usize) {
            if take(page.clone()).is_break() {
                return;
            }
        }
    }
}

/// What became of files that waited.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ScanReport {
    /// Files that were read.
    pub files: u64,
    /// Files that could not be.
    pub failed: u64,
    /// Pages that found their reply.
    pub joined: u64,
    /// Pages that wait for a person.
    pub queued: u64,
    /// Pages that were empty, or the very same as one that is there.
    pub passed_over: u64,
}

/// The state of a picture with more than one sheet, also as the reason that stays with it when it is put aside.
pub(super) const SEVERAL: &str = "several";

/// Pages that are stored at once: a kill costs the reading of so many, some seconds of work.
const SLICE: usize = 12;

/// Why a file counts as failed although pages of it were read.
const TORN: &str = "scan-file-torn";

/// A file of which pages are still to be read.
struct Waiting {
    scan: i64,
    next: u32,
    file: Vec<u8>,
}

impl Desk {
    /// Reads every waiting file. To be called in the background. Pages are stored a few at a time, together with how far the
    /// file is read: after a kill it goes on there, and no page is lost or taken twice.
    ///
    /// # Errors
    /// Those of the store.
    pub fn read_scans(&self, reader: &dyn Reader, now: UnixTime) -> Result<ScanReport, Error> {
        let mut report = ScanReport::default();
        while let Some(Waiting { scan, next, file }) = self.next_scan()? {
            match reader.open(file) {
                Ok(opened) => {
                    if !self.read_scan(&*opened, scan, next, now, &mut report)? {
                        return Ok(report);
                    }
                    if opened.is_whole() {
                        report.files += 1;
                    } else {
                        report.failed += 1;
                    }
                }
                // The file stays: a newer program, or a person, may make something of it.
                Err(error) => {
                    self.act_alone("keeping an unreadable scan", None, now, |sql, log| {
                        sql.execute(
                            "UPDATE scans SET state = 'failed', failure = ?2 WHERE scan = ?1",
                            params![scan, error.code],
                        )?;
                        log.add("scan_failed", Subject::Scan(uint(scan)), error.code);
                        Ok(())
                    })?;
                    report.failed += 1;
                }
            }
        }
        Ok(report)
    }

    fn next_scan(&self) -> Result<Option<Waiting>, Error> {
        self.store.read("reading a scan", |sql| {
            Ok(sql
                .query_row(
                    "SELECT scan, next, file FROM scans WHERE state = 'waiting' ORDER BY scan LIMIT 1",
                    [],
                    |row| {
                        Ok(Waiting {
                            scan: row.get(0)?,
                            next: row.get(1)?,
                            file: row.get(2)?,
                        })
                    },
                )
                .optional()?)
        })
    }

    /// Whether the file was read to its end.
    fn read_scan(
        &self,
        file: &dyn ScannedFile,
        scan: i64,
        mut next: u32,
        now: UnixTime,
        report: &mut ScanReport,
    ) -> Result<bool, Error> {
        let pages = file.pages();
        self.store.write("opening a scan", |sql| {
            sql.execute(
                "UPDATE scans SET pages = ?2 WHERE scan = ?1",
                params![scan, pages],
            )?;
            Ok(())
        })?;
        let mut slice = Vec::with_capacity(SLICE);
        let mut failed = None;
        file.read(next, &mut |page| {
            slice.push(page);
            if slice.len() < SLICE {
                return ControlFlow::Continue(());
            }
            match self.store_pages(scan, &mut next, &slice, now, report) {
                Ok(()) => {
                    slice.clear();
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        self.store_pages(scan, &mut next, &slice, now, report)?;
        if next < pages {
            return Ok(false);
        }
        self.act_alone("finishing a scan", None, now, |sql, log| {
            if !file.is_whole() {
                // What could be read is joined; the file stays until a person has looked what is missing.
                sql.execute(
                    "UPDATE scans SET state = 'failed', failure = ?2 WHERE scan = ?1",
                    params![scan, TORN],
                )?;
                log.add("scan_failed", Subject::Scan(uint(scan)), TORN);
                return Ok(true);
            }
            sql.execute(
                "UPDATE scans SET state = 'read', file = NULL, failure = NULL WHERE scan = ?1",
                [scan],
            )?;
            log.add("scan_read", Subject::Scan(uint(scan)), &pages.to_string());
            Ok(true)
        })
    }

    /// Stores pages, the first of which has the place `next` in its file.
    fn store_pages(
        &self,
        scan: i64,
        next: &mut u32,
        pages: &[PageRead],
        now: UnixTime,
        report: &mut ScanReport,
    ) -> Result<(), Error> {
        let (after, counted) = self.act_alone("storing scanned pages", None, now, |sql, log| {
            let mut counted = report.clone();
            let mut place = *next;
            for page in pages {
                take_page(sql, log, (scan, place), page, now, &mut counted)?;
                place += 1;
            }
            sql.execute(
                "UPDATE scans SET next = ?2 WHERE scan = ?1",
                params![scan, place],
            )?;
            Ok((place, counted))
        })?;
        *next = after;
        *report = counted;
        Ok(())
    }
}

fn take_page(
    sql: &Transaction<'_>,
    log: &mut Log,
    (scan, place): (i64, u32),
    page: &PageRead,
    now: UnixTime,
    report: &mut ScanReport,
) -> Result<(), Error> {
    if page.found == PageFound::Blank {
        report.passed_over += 1;
        return Ok(());
    }
    let hash = labelled_hash(b"tidings desk page v1", &[&page.image]);
    let image = (!page.image.is_empty()).then_some(&page.image);
    sql.prepare_cached(
        "INSERT INTO scan_pages (scan, place, state, media_type, image, hash, ticks)
         VALUES (?1, ?2, 'unread', ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        scan,
        place,
        page.media_type,
        image,
        hash,
        page.ticks.as_ref().map(BoxTick::text)
    ])?;
    let id = uint(sql.last_insert_rowid());
    let outcome = match page.found {
        PageFound::Sheet { sheet, page, pages } => {
            let at = Place { sheet, page, pages };
            join(sql, log, id, &at, Said::ByCodes, now)?
        }
        PageFound::Returned { sheet, page, pages } => {
            keep_place(sql, id, &Place { sheet, page, pages })?;
            Joined::Queued("returned")
        }
        PageFound::Foreign => Joined::Queued("foreign"),
        PageFound::Differ => Joined::Queued("differ"),
        PageFound::Several => {
            sql.prepare_cached("UPDATE scan_pages SET why = ?2 WHERE page = ?1")?
                .execute(params![int(id), SEVERAL])?;
            Joined::Queued(SEVERAL)
        }
        PageFound::Broken => Joined::Queued("broken"),
        PageFound::Unread | PageFound::Blank => Joined::Queued("unread"),
    };
    match outcome {
        Joined::Reply => report.joined += 1,
        Joined::Same => report.passed_over += 1,
        Joined::Queued(state) => {
            sql.execute(
                "UPDATE scan_pages SET state = ?2 WHERE page = ?1",
                params![int(id), state],
            )?;
            report.queued += 1;
        }
    }
    Ok(())
}
