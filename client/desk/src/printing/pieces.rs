//! Documents in pieces: written while the press works, read while a browser fetches them.

use std::io::{self, Write};

use rusqlite::{OptionalExtension, params};

use super::job;
use crate::{
    Action, Actor, Desk, Error, JobState, Subject,
    store::{int, uint},
};
use tidings_protocol::time::UnixTime;

/// Bytes of a piece: some dozens of letters with pictures. Small under test, so that a kill falls between pieces often.
pub(super) const PIECE: usize = if cfg!(test) { 32 << 10 } else { 8 << 20 };

/// A document on its way into the store. Its beginning is held back until the job is done; a job that is broken off leaves
/// pieces that nobody sees, and that its next run throws away.
pub(super) struct Pieces<'a> {
    desk: &'a Desk,
    job: u64,
    place: u32,
    beginning: Vec<u8>,
    buffer: Vec<u8>,
    /// Why a piece could not be stored: more than an error of writing can say.
    pub(super) failed: Option<Error>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(desk: &'a Desk, job: u64) -> Result<Self, Error> {
        desk.store.write("beginning a document", |sql| {
            sql.execute("DELETE FROM print_pieces WHERE job = ?1", [int(job)])?;
            Ok(())
        })?;
        Ok(Self {
            desk,
            job,
            place: 0,
            beginning: Vec::new(),
            buffer: Vec::new(),
            failed: None,
        })
    }

    /// Stores what is left and gives the beginning.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Error> {
        if !self.buffer.is_empty() {
            self.store()?;
        }
        Ok(self.beginning)
    }

    fn store(&mut self) -> Result<(), Error> {
        let (job, place, bytes) = (int(self.job), self.place, &self.buffer);
        self.desk
            .store
            .write("storing a piece of a document", |sql| {
                sql.execute(
                    "INSERT INTO print_pieces (job, place, bytes) VALUES (?1, ?2, ?3)",
                    params![job, place, bytes],
                )?;
                Ok(())
            })?;
        self.place += 1;
        self.buffer.clear();
        Ok(())
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let into = if self.beginning.len() < PIECE {
            &mut self.beginning
        } else {
            &mut self.buffer
        };
        let taken = bytes.len().min(PIECE - into.len());
        into.extend_from_slice(bytes.get(..taken).unwrap_or(bytes));
        if self.buffer.len() == PIECE
            && let Err(error) = self.store()
        {
            self.failed = Some(error);
            return Err(io::Error::other("the document could not be stored"));
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Desk {
    /// Says how long the document of a job is, in bytes. It is then fetched piece by piece with
    /// [`Desk::print_job_piece`]; the log says that it was taken.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`], [`Error::NotFound`], [`Error::NotFetched`] before it is there,
    /// [`Error::Erased`] afterwards.
    pub fn take_print_job(&self, by: &Actor, id: u64, now: UnixTime) -> Result<u64, Error> {
        self.act("taking a document", by, Action::Print, now, |sql, log| {
            let job = job(sql, id)?;
            let length: Option<i64> = sql.query_row(
                "SELECT length(pdf) + (SELECT coalesce(sum(length(bytes)), 0)
                    FROM print_pieces p WHERE p.job = print_jobs.job)
                 FROM print_jobs WHERE job = ?1",
                [int(id)],
                |row| row.get(0),
            )?;
            log.add("document_taken", Subject::PrintJob(id), "");
            length.map(uint).ok_or(match job.state {
                JobState::Closed => Error::Erased,
                _ => Error::NotFetched,
            })
        })
    }

    /// A piece of a document, counted from 0; none behind the last.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`], [`Error::Erased`] if the document was erased meanwhile.
    pub fn print_job_piece(
        &self,
        by: &Actor,
        id: u64,
        place: u32,
    ) -> Result<Option<Vec<u8>>, Error> {
        by.need(Action::Print)?;
        self.store.read("reading a document", |sql| {
            let beginning = "SELECT pdf FROM print_jobs WHERE job = ?1 AND pdf IS NOT NULL";
            match place.checked_sub(1) {
                None => sql
                    .query_row(beginning, [int(id)], |row| row.get(0))
                    .optional()?
                    .ok_or(Error::Erased)
                    .map(Some),
                Some(place) => Ok(sql
                    .query_row(
                        "SELECT bytes FROM print_pieces WHERE job = ?1 AND place = ?2",
                        params![int(id), place],
                        |row| row.get(0),
                    )
                    .optional()?),
            }
        })
    }

    /// The whole document of a job, for those that are known to be small.
    ///
    /// # Errors
    /// As [`Desk::take_print_job`].
    pub fn print_job_document(&self, by: &Actor, id: u64, now: UnixTime) -> Result<Vec<u8>, Error> {
        self.take_print_job(by, id, now)?;
        let mut document = Vec::new();
        let mut place = 0;
        while let Some(piece) = self.print_job_piece(by, id, place)? {
            document.extend_from_slice(&piece);
            place += 1;
        }
        Ok(document)
    }
}
