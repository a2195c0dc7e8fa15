//! Letters that never arrived, for the one they were written to: on paper once more, read by nobody on the way.

use tidings_protocol::time::UnixTime;

use super::{JobState, PaperSize, Press, PressError, PrintJob, for_press, number_sheet};
use crate::{Action, Actor, Desk, Error, Subject};

impl Desk {
    /// One document of all letters that never reached this person, to be folded and handed to him closed. No state changes:
    /// what he says about them is written down by [`Desk::record_returned`]. Nothing is kept of the document.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::RecordReturned`]; [`Error::NotFound`]; [`Error::TooMany`] if there is none;
    /// [`PressError::Paper`].
    pub fn print_never_arrived(
        &self,
        by: &Actor,
        person: u64,
        press: &dyn Press,
        now: UnixTime,
    ) -> Result<Vec<u8>, PressError> {
        let letters = self.letters_never_arrived(by, person)?;
        if letters.is_empty() {
            return Err(PressError::Desk(Error::TooMany { got: 0, limit: 0 }));
        }
        self.act(
            "printing for a person who came home",
            by,
            Action::RecordReturned,
            now,
            |sql, log| {
                for letter in &letters {
                    number_sheet(sql, letter.number)?;
                }
                log.add(
                    "returned_printed",
                    Subject::Person(person),
                    &letters.len().to_string(),
                );
                Ok(())
            },
        )?;
        let job = PrintJob {
            id: 0,
            made: now,
            paper: PaperSize::A4,
            reply_pages: 0,
            state: JobState::Waiting,
            letters: letters.len() as u64,
            pages: None,
            has_document: false,
            failure: None,
        };
        let mut read = letters.iter().map(|letter| {
            self.store.read("reading a letter for printing", |sql| {
                for_press(sql, letter.number)
            })
        });
        let mut pdf = Vec::new();
        press.print(&job, &[], &mut read, &mut pdf)?;
        Ok(pdf)
    }
}
