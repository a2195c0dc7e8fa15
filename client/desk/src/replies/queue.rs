//! Pages that wait for a person, who sees the page and types the plain number.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_protocol::time::UnixTime;

use super::{
    join::{Joined, Place, Said, join, letter_of_sheet, new_reply, put},
    pages::SEVERAL,
};
use crate::{
    Action, Actor, Desk, Error, Subject,
    store::{int, uint},
};

/// Why a page waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// Its code could not be read.
    Unread,
    /// Another picture of the same page is there.
    Doubled,
    /// Its number is of another office, or of none.
    Foreign,
    /// It is a page of a letter, not of a reply sheet: the letter came back.
    Returned,
    /// Its codes do not agree.
    Differ,
    /// More than one sheet lies in the picture.
    Several,
    /// Pages of its number say different things about how many there are.
    Counts,
    /// The page of the file is damaged: there is nothing to see.
    Broken,
}

impl PageState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unread,
        Self::Doubled,
        Self::Foreign,
        Self::Returned,
        Self::Differ,
        Self::Several,
        Self::Counts,
        Self::Broken,
    ];

    /// `unread`, `doubled`, `foreign`, `returned`, `differ`, `several`, `counts`, `broken`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Doubled => "doubled",
            Self::Foreign => "foreign",
            Self::Returned => "returned",
            Self::Differ => "differ",
            Self::Several => SEVERAL,
            Self::Counts => "counts",
            Self::Broken => "broken",
        }
    }

    /// The state of this word.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The states of [`PageState`] as a list of SQL.
const WAITING: &str =
    "('unread', 'doubled', 'foreign', 'returned', 'differ', 'several', 'counts', 'broken')";

/// Why a page is put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// There is nothing on it.
    Blank,
    /// It was scanned twice.
    Double,
    /// It is no reply.
    NoReply,
}

impl Aside {
    /// `blank`, `double`, `no_reply`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Double => "double",
            Self::NoReply => "no_reply",
        }
    }

    /// The reason of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Blank, Self::Double, Self::NoReply]
            .into_iter()
            .find(|aside| aside.word() == word)
    }
}

/// A page that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedPage {
    /// Number.
    pub id: u64,
    /// The file it came in.
    pub scan: u64,
    /// What that was called.
    pub file: String,
    /// Its place there, from 0.
    pub place: u32,
    /// Why it waits.
    pub state: PageState,
    /// What its codes said, if they are of this office: sheet number, page, pages.
    pub said: Option<(u32, u8, u8)>,
    /// The sheet number of the page before it in the pile: to be shown, never to be acted on (PAPER-15).
    pub near: Option<u32>,
}

/// A page's picture. Does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PageImage {
    /// `image/png`, `image/jpeg`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for PageImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PageImage({}, {} bytes)",
            self.media_type,
            self.bytes.len()
        )
    }
}

impl Desk {
    /// Pages that wait for a person, oldest first, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`].
    pub fn queued_pages(&self, by: &Actor, count: u32) -> Result<Vec<QueuedPage>, Error> {
        by.need(Action::Scan)?;
        self.store.read("reading queued pages", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT page, scan, name, place, scan_pages.state, why, (
                    SELECT s.sheet FROM scan_pages before
                        JOIN replies USING (reply) JOIN sheets s USING (letter)
                    WHERE before.scan = scan_pages.scan AND before.place < scan_pages.place
                    ORDER BY before.place DESC LIMIT 1)
                 FROM scan_pages JOIN scans USING (scan)
                 WHERE scan_pages.state IN {WAITING} ORDER BY page LIMIT ?1"
            ))?;
            let rows = statement.query_map([count], |row| {
                let why: Option<String> = row.get(5)?;
                let said = why.as_deref().and_then(Place::of);
                Ok(QueuedPage {
                    id: uint(row.get(0)?),
                    scan: uint(row.get(1)?),
                    file: row.get(2)?,
                    place: row.get(3)?,
                    state: PageState::of(&row.get::<_, String>(4)?).unwrap_or(PageState::Unread),
                    said: said.map(|at| (at.sheet, at.page, at.pages)),
                    near: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The picture of a page.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`], [`Error::Erased`].
    pub fn page_image(&self, by: &Actor, id: u64) -> Result<PageImage, Error> {
        by.need(Action::Scan)?;
        self.store.read("reading a page", |sql| {
            let found = sql
                .prepare_cached("SELECT media_type, image FROM scan_pages WHERE page = ?1")?
                .query_row([int(id)], |row| {
                    Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
                })
                .optional()?;
            match found {
                Some((media_type, Some(bytes))) => Ok(PageImage { media_type, bytes }),
                Some((_, None)) => Err(Error::Erased),
                None => Err(none(id)),
            }
        })
    }

    /// Says on which sheet a waiting page stands. `sheet` is the value of a number whose check digits were right.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NoSheet`] for a number that was never given out,
    /// [`Error::PageIsThere`] if the reply has another picture of this page already; [`Error::SeveralSheets`] for a picture of
    /// more than one.
    pub fn place_page(
        &self,
        by: &Actor,
        id: u64,
        sheet: u32,
        page: u8,
        pages: u8,
        now: UnixTime,
    ) -> Result<(), Error> {
        let pages = pages.max(page).max(1);
        let page = page.max(1);
        self.act("placing a page", by, Action::Scan, now, |sql, log| {
            waiting(sql, id)?;
            one_sheet(sql, id)?;
            letter_of_sheet(sql, sheet)?.ok_or(Error::NoSheet)?;
            log.add(
                "page_placed",
                Subject::Scan(scan_of(sql, id)?),
                &id.to_string(),
            );
            let at = Place { sheet, page, pages };
            match join(sql, log, id, &at, Said::ByPerson, now)? {
                Joined::Reply | Joined::Same => Ok(()),
                Joined::Queued(_) => Err(Error::PageIsThere),
            }
        })
    }

    /// Says that a page which is there already, in another picture, belongs to a further reply on the same sheet.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NoSheet`], [`Error::NotFound`], [`Error::SeveralSheets`].
    pub fn place_page_anew(
        &self,
        by: &Actor,
        id: u64,
        sheet: u32,
        page: u8,
        pages: u8,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("placing a page", by, Action::Scan, now, |sql, log| {
            waiting(sql, id)?;
            one_sheet(sql, id)?;
            let letter = letter_of_sheet(sql, sheet)?.ok_or(Error::NoSheet)?;
            let reply = new_reply(sql, letter, now)?;
            put(sql, log, id, reply, &Place { sheet, page, pages })
        })
    }

    /// Puts a waiting page aside: a double, a back, somebody's shopping list. It is kept as long as other scans.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`].
    pub fn discard_page(
        &self,
        by: &Actor,
        id: u64,
        why: Aside,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("putting a page aside", by, Action::Scan, now, |sql, log| {
            waiting(sql, id)?;
            sql.execute(
                "UPDATE scan_pages SET state = 'discarded' WHERE page = ?1",
                [int(id)],
            )?;
            log.add(
                "page_discarded",
                Subject::Scan(scan_of(sql, id)?),
                &format!("{id} {}", why.word()),
            );
            Ok(())
        })
    }

    /// Puts all pages of a file aside that are there already in another picture: a pile that was scanned a second time.
    /// Returns how many.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`].
    pub fn discard_doubles(&self, by: &Actor, scan: u64, now: UnixTime) -> Result<u64, Error> {
        self.act("putting pages aside", by, Action::Scan, now, |sql, log| {
            let count = sql.execute(
                "UPDATE scan_pages SET state = 'discarded' WHERE scan = ?1 AND state = 'doubled'",
                [int(scan)],
            )?;
            if count > 0 {
                log.add(
                    "pages_discarded",
                    Subject::Scan(scan),
                    &format!("{count} {}", Aside::Double.word()),
                );
            }
            Ok(count as u64)
        })
    }

    /// Brings a page back to the queue that was put aside.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`] unless it was put aside and is still here.
    pub fn restore_page(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.act("bringing a page back", by, Action::Scan, now, |sql, log| {
            let changed = sql.execute(
                "UPDATE scan_pages SET state = CASE WHEN why = ?2 THEN ?2 ELSE 'unread' END
                 WHERE page = ?1 AND state = 'discarded' AND image IS NOT NULL",
                params![int(id), SEVERAL],
            )?;
            if changed == 0 {
                return Err(none(id));
            }
            let scan = scan_of(sql, id)?;
            log.add("page_restored", Subject::Scan(scan), &id.to_string());
            Ok(())
        })
    }

    /// Says that no more pages of a reply will come.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Scan`], [`Error::NotFound`] if it is not open.
    pub fn finish_reply(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.act("finishing a reply", by, Action::Scan, now, |sql, log| {
            let changed = sql.execute(
                "UPDATE replies SET state = 'ready' WHERE reply = ?1 AND state = 'open'",
                [int(id)],
            )?;
            if changed == 0 {
                return Err(Error::NotFound {
                    what: "reply",
                    number: id,
                });
            }
            log.add("reply_finished", Subject::Reply(id), "");
            Ok(())
        })
    }
}

fn waiting(sql: &Transaction<'_>, id: u64) -> Result<(), Error> {
    let count: i64 = sql
        .prepare_cached(&format!(
            "SELECT count(*) FROM scan_pages WHERE page = ?1 AND state IN {WAITING}"
        ))?
        .query_row(params![int(id)], |row| row.get(0))?;
    match count {
        0 => Err(none(id)),
        _ => Ok(()),
    }
}

/// Whoever gets this picture must not see somebody else's page.
fn one_sheet(sql: &Transaction<'_>, id: u64) -> Result<(), Error> {
    let several: bool = sql
        .prepare_cached("SELECT why IS ?2 FROM scan_pages WHERE page = ?1")?
        .query_row(params![int(id), SEVERAL], |row| row.get(0))?;
    if several {
        return Err(Error::SeveralSheets);
    }
    Ok(())
}

fn scan_of(sql: &Transaction<'_>, id: u64) -> Result<u64, Error> {
    let scan: i64 = sql.query_row(
        "SELECT scan FROM scan_pages WHERE page = ?1",
        [int(id)],
        |row| row.get(0),
    )?;
    Ok(uint(scan))
}

fn none(id: u64) -> Error {
    Error::NotFound {
        what: "page",
        number: id,
    }
}
