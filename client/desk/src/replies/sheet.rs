//! What stands beside a page: whose sheet it is, what came of a file, what a reply holds.

use rusqlite::{OptionalExtension, params};
use tidings_client::LetterNumber;

use super::{
    BoxTick, PageState, REPLIES, Reply, SCANS, Scan, join::letter_of_sheet, reply_of, scan_of,
};
use crate::{
    Action, Actor, Desk, Error,
    letters::row,
    store::{int, uint},
};

/// To whom a sheet number leads: shown beside a page before a person says that it belongs there (PAPER-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetOwner {
    /// The letter that the sheet was printed for.
    pub letter: LetterNumber,
    /// Who wrote it and gets the reply.
    pub writer: String,
    /// Who answers.
    pub addressee: Option<String>,
    /// Pages of its replies that are there.
    pub there: Vec<u8>,
    /// Pages that were printed of its reply sheet the last time.
    pub printed: Option<u8>,
}

/// What became of a page of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanPageState {
    /// It is in this reply.
    Joined(u64),
    /// The very same picture was there.
    Same,
    /// A person put it aside.
    Aside,
    /// It waits for a person.
    Waits(PageState),
}

/// A page of a file. Empty ones are not kept and not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPage {
    /// Number.
    pub id: u64,
    /// Its place in the file, from 0.
    pub place: u32,
    /// What became of it.
    pub state: ScanPageState,
    /// Whether its picture is still here.
    pub has_image: bool,
}

/// A page of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPage {
    /// Number.
    pub id: u64,
    /// Which page of the sheet, from 1.
    pub number: u8,
    /// The boxes for letter, photo, drawing, parcel, where they are on the page and could be looked at.
    pub ticks: Option<[BoxTick; 4]>,
    /// Whether its picture is still here.
    pub has_image: bool,
}

impl Desk {
    /// To whom a sheet number leads.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NoSheet`] for a number that was never given out.
    pub fn sheet_owner(&self, by: &Actor, sheet: u32) -> Result<SheetOwner, Error> {
        by.need(Action::Scan)?;
        self.store.read("looking a sheet up", |sql| {
            let letter = letter_of_sheet(sql, sheet)?.ok_or(Error::NoSheet)?;
            let found = row(sql, letter)?;
            let mut statement = sql.prepare_cached(
                "SELECT DISTINCT scan_pages.number FROM scan_pages JOIN replies USING (reply)
                 WHERE letter = ?1 ORDER BY scan_pages.number",
            )?;
            let there = statement.query_map([int(letter.0)], |row| row.get(0))?;
            let printed: Option<u8> = sql
                .prepare_cached(
                    "SELECT reply_pages FROM print_jobs JOIN print_items USING (job)
                     WHERE letter = ?1 AND finished IS NOT NULL ORDER BY job DESC LIMIT 1",
                )?
                .query_row([int(letter.0)], |row| row.get(0))
                .optional()?;
            Ok(SheetOwner {
                letter,
                writer: found.writer,
                addressee: found.addressee,
                there: there.collect::<Result<_, _>>()?,
                printed: printed.filter(|pages| *pages > 0),
            })
        })
    }

    /// A file and what became of its pages, in their order.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`].
    pub fn scan_pages(&self, by: &Actor, scan: u64) -> Result<(Scan, Vec<ScanPage>), Error> {
        by.need(Action::Scan)?;
        self.store.read("reading a scan's pages", |sql| {
            let found = sql
                .prepare_cached(&format!("{SCANS} WHERE scan = ?1"))?
                .query_row([int(scan)], scan_of)
                .optional()?
                .ok_or(Error::NotFound {
                    what: "scan",
                    number: scan,
                })?;
            let mut statement = sql.prepare_cached(
                "SELECT page, place, state, reply, image IS NOT NULL FROM scan_pages
                 WHERE scan = ?1 ORDER BY place",
            )?;
            let rows = statement.query_map([int(scan)], |row| {
                let (state, reply): (String, Option<i64>) = (row.get(2)?, row.get(3)?);
                Ok(ScanPage {
                    id: uint(row.get(0)?),
                    place: row.get(1)?,
                    state: match (state.as_str(), reply) {
                        (_, Some(reply)) => ScanPageState::Joined(uint(reply)),
                        ("same", _) => ScanPageState::Same,
                        ("discarded", _) => ScanPageState::Aside,
                        (waits, _) => {
                            ScanPageState::Waits(PageState::of(waits).unwrap_or(PageState::Unread))
                        }
                    },
                    has_image: row.get(4)?,
                })
            })?;
            Ok((found, rows.collect::<Result<_, _>>()?))
        })
    }

    /// A reply and its pages, in their order.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`].
    pub fn reply_pages(&self, by: &Actor, id: u64) -> Result<(Reply, Vec<ReplyPage>), Error> {
        by.need(Action::Scan)?;
        self.store.read("reading a reply's pages", |sql| {
            let found = sql
                .prepare_cached(&format!("{REPLIES} WHERE reply = ?1"))?
                .query_row([int(id)], reply_of)
                .optional()?
                .ok_or(Error::NotFound {
                    what: "reply",
                    number: id,
                })?;
            let mut statement = sql.prepare_cached(
                "SELECT page, number, ticks, image IS NOT NULL FROM scan_pages
                 WHERE reply = ?1 ORDER BY number, page",
            )?;
            let rows = statement.query_map(params![int(id)], |row| {
                let ticks: Option<String> = row.get(2)?;
                Ok(ReplyPage {
                    id: uint(row.get(0)?),
                    number: row.get(1)?,
                    ticks: ticks.as_deref().and_then(BoxTick::of),
                    has_image: row.get(3)?,
                })
            })?;
            Ok((found, rows.collect::<Result<_, _>>()?))
        })
    }
}
