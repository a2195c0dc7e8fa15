//! Reading files into pages, and joining pages into replies.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{ids::labelled_hash, time::UnixTime};

use crate::{
    Desk, Error, Subject,
    desk::Log,
    store::{int, uint},
};

/// What stands on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFound {
    /// A sheet of this office.
    Sheet {
        /// The value of the sheet number.
        sheet: u32,
        /// The page, from 1.
        page: u8,
        /// Pages of the sheet.
        pages: u8,
    },
    /// A sheet of another office.
    Foreign,
    /// Nothing that could be read for certain.
    Unread,
    /// An empty page: the back of a sheet.
    Blank,
}

/// A page as it was read: straightened, cropped, cleaned. Does not print itself.
#[derive(Clone)]
pub struct PageRead {
    /// What stands on it.
    pub found: PageFound,
    /// `image/png`, `image/jpeg`.
    pub media_type: String,
    /// The picture.
    pub image: Vec<u8>,
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
    /// The pages of a file, in order.
    ///
    /// # Errors
    /// [`ReadError`] for a file that is broken, too large, or none that is known.
    fn read(&self, file: &[u8]) -> Result<Vec<PageRead>, ReadError>;
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

impl Desk {
    /// Reads every waiting file. To be called in the background; a kill leaves a file waiting or read, nothing between.
    ///
    /// # Errors
    /// Those of the store.
    pub fn read_scans(&self, reader: &dyn Reader, now: UnixTime) -> Result<ScanReport, Error> {
        let mut report = ScanReport::default();
        loop {
            let next = self.store.read("reading a scan", |sql| {
                Ok(sql
                    .query_row(
                        "SELECT scan, file FROM scans WHERE state = 'waiting' ORDER BY scan LIMIT 1",
                        [],
                        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)),
                    )
                    .optional()?)
            })?;
            let Some((scan, file)) = next else {
                return Ok(report);
            };
            let pages = reader.read(&file);
            self.act_alone("storing scanned pages", None, now, |sql, log| match &pages {
                Ok(pages) => {
                    for (place, page) in pages.iter().enumerate() {
                        take_page(sql, log, (scan, place), page, now, &mut report)?;
                    }
                    sql.execute(
                        "UPDATE scans SET state = 'read', file = NULL, failure = NULL WHERE scan = ?1",
                        [scan],
                    )?;
                    log.add("scan_read", Subject::Scan(uint(scan)), &pages.len().to_string());
                    report.files += 1;
                    Ok(())
                }
                // The file stays: a newer program, or a person, may make something of it.
                Err(error) => {
                    sql.execute(
                        "UPDATE scans SET state = 'failed', failure = ?2 WHERE scan = ?1",
                        params![scan, error.code],
                    )?;
                    log.add("scan_failed", Subject::Scan(uint(scan)), error.code);
                    report.failed += 1;
                    Ok(())
                }
            })?;
        }
    }
}

fn take_page(
    sql: &Transaction<'_>,
    log: &mut Log,
    (scan, place): (i64, usize),
    page: &PageRead,
    now: UnixTime,
    report: &mut ScanReport,
) -> Result<(), Error> {
    if page.found == PageFound::Blank {
        report.passed_over += 1;
        return Ok(());
    }
    let hash = labelled_hash(b"tidings desk page v1", &[&page.image]);
    sql.prepare_cached(
        "INSERT INTO scan_pages (scan, place, state, media_type, image, hash)
         VALUES (?1, ?2, 'unread', ?3, ?4, ?5)",
    )?
    .execute(params![
        scan,
        int(place as u64),
        page.media_type,
        page.image,
        hash
    ])?;
    let id = uint(sql.last_insert_rowid());
    let outcome = match page.found {
        PageFound::Sheet { sheet, page, pages } => {
            join(sql, log, id, &Place { sheet, page, pages }, now)?
        }
        PageFound::Foreign => Joined::Queued("foreign"),
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

/// Where a page belongs.
pub(super) struct Place {
    pub(super) sheet: u32,
    pub(super) page: u8,
    pub(super) pages: u8,
}

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    /// It is part of a reply.
    Reply,
    /// The very same picture is there already.
    Same,
    /// A person has to look: the state it waits in.
    Queued(&'static str),
}

/// The letter that a sheet was printed for.
pub(super) fn letter_of_sheet(
    sql: &Transaction<'_>,
    sheet: u32,
) -> Result<Option<LetterNumber>, Error> {
    let letter: Option<i64> = sql
        .prepare_cached("SELECT letter FROM sheets WHERE sheet = ?1")?
        .query_row([sheet], |row| row.get(0))
        .optional()?;
    Ok(letter.map(|letter| LetterNumber(uint(letter))))
}

/// Joins a page to the reply of its sheet. A number that this office never gave out waits for a person, and so does a second
/// picture of a page that is there: two replies on one sheet are not for a program to tell apart.
pub(super) fn join(
    sql: &Transaction<'_>,
    log: &mut Log,
    id: u64,
    at: &Place,
    now: UnixTime,
) -> Result<Joined, Error> {
    let Some(letter) = letter_of_sheet(sql, at.sheet)? else {
        return Ok(Joined::Queued("foreign"));
    };
    let is_there: Option<bool> = sql
        .prepare_cached(
            "SELECT max(p.hash = (SELECT hash FROM scan_pages WHERE page = ?3))
             FROM scan_pages p JOIN replies r USING (reply)
             WHERE r.letter = ?1 AND p.number = ?2 AND p.page <> ?3",
        )?
        .query_row(params![int(letter.0), at.page, int(id)], |row| row.get(0))?;
    match is_there {
        Some(true) => {
            sql.execute(
                "UPDATE scan_pages SET state = 'same', image = NULL WHERE page = ?1",
                [int(id)],
            )?;
            return Ok(Joined::Same);
        }
        Some(false) => {
            sql.execute(
                "UPDATE scan_pages SET why = ?2 WHERE page = ?1",
                params![int(id), format!("{} {} {}", at.sheet, at.page, at.pages)],
            )?;
            return Ok(Joined::Queued("doubled"));
        }
        None => {}
    }
    let reply = open_reply(sql, letter, now)?;
    put(sql, log, id, reply, at)?;
    Ok(Joined::Reply)
}

/// The reply to a letter that still takes pages, or a new one.
fn open_reply(sql: &Transaction<'_>, letter: LetterNumber, now: UnixTime) -> Result<u64, Error> {
    let open: Option<i64> = sql
        .prepare_cached("SELECT reply FROM replies WHERE letter = ?1 AND state = 'open' LIMIT 1")?
        .query_row([int(letter.0)], |row| row.get(0))
        .optional()?;
    match open {
        Some(open) => Ok(uint(open)),
        None => new_reply(sql, letter, now),
    }
}

pub(super) fn new_reply(
    sql: &Transaction<'_>,
    letter: LetterNumber,
    now: UnixTime,
) -> Result<u64, Error> {
    sql.prepare_cached("INSERT INTO replies (letter, made, state) VALUES (?1, ?2, 'open')")?
        .execute(params![int(letter.0), int(now.0)])?;
    Ok(uint(sql.last_insert_rowid()))
}

/// Puts a page into a reply; one that has all its pages is ready.
pub(super) fn put(
    sql: &Transaction<'_>,
    log: &mut Log,
    id: u64,
    reply: u64,
    at: &Place,
) -> Result<(), Error> {
    sql.prepare_cached(
        "UPDATE scan_pages SET state = 'joined', why = NULL, reply = ?2, number = ?3, pages = ?4 WHERE page = ?1",
    )?
    .execute(params![int(id), int(reply), at.page, at.pages])?;
    let complete: bool = sql
        .prepare_cached(
            "SELECT count(DISTINCT number) >= max(pages) FROM scan_pages WHERE reply = ?1",
        )?
        .query_row([int(reply)], |row| row.get(0))?;
    if complete {
        sql.prepare_cached(
            "UPDATE replies SET state = 'ready' WHERE reply = ?1 AND state = 'open'",
        )?
        .execute([int(reply)])?;
    }
    log.add("page_joined", Subject::Reply(reply), &at.page.to_string());
    Ok(())
}
