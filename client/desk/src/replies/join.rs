//! Joining pages into replies.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::time::UnixTime;

use crate::{
    Error, Subject,
    desk::Log,
    store::{int, uint},
};

/// Where a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) sheet: u32,
    pub(super) page: u8,
    pub(super) pages: u8,
}

impl Place {
    /// As a waiting page keeps it, until a person has decided: `SHEET PAGE PAGES`.
    pub(super) fn text(&self) -> String {
        format!("{} {} {}", self.sheet, self.page, self.pages)
    }

    /// What [`Self::text`] wrote.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(Self {
            sheet: words.next()?.parse().ok()?,
            page: words.next()?.parse().ok()?,
            pages: words.next()?.parse().ok()?,
        })
    }
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

/// Who says where a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Its codes.
    ByCodes,
    /// A person who has seen it.
    ByPerson,
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
    said: Said,
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
            keep_place(sql, id, at)?;
            return Ok(Joined::Queued("doubled"));
        }
        None => {}
    }
    if said == Said::ByCodes && part_if_counts_differ(sql, letter, at)? {
        keep_place(sql, id, at)?;
        return Ok(Joined::Queued("counts"));
    }
    let reply = open_reply(sql, letter, now)?;
    put(sql, log, id, reply, at)?;
    Ok(Joined::Reply)
}

/// Remembers what the codes of a page said, for the person who decides.
pub(super) fn keep_place(sql: &Transaction<'_>, id: u64, at: &Place) -> Result<(), Error> {
    sql.prepare_cached("UPDATE scan_pages SET why = ?2 WHERE page = ?1")?
        .execute(params![int(id), at.text()])?;
    Ok(())
}

/// PAPER-14: codes of one number that disagree about how many pages there are come from two printings; nobody but a person can
/// tell what belongs together. What was joined and is not yet on its way waits for that person too.
fn part_if_counts_differ(
    sql: &Transaction<'_>,
    letter: LetterNumber,
    at: &Place,
) -> Result<bool, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT DISTINCT reply FROM scan_pages JOIN replies r USING (reply)
         WHERE r.letter = ?1 AND r.after IS NULL AND r.state IN ('open', 'ready') AND pages <> ?2",
    )?;
    let parted: Vec<i64> = statement
        .query_map(params![int(letter.0), at.pages], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for reply in &parted {
        sql.prepare_cached(
            "UPDATE scan_pages SET state = 'counts', reply = NULL, number = NULL, pages = NULL,
                why = ?2 || ' ' || number || ' ' || pages WHERE reply = ?1",
        )?
        .execute(params![reply, at.sheet.to_string()])?;
        sql.prepare_cached("DELETE FROM replies WHERE reply = ?1")?
            .execute([reply])?;
    }
    Ok(!parted.is_empty())
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
