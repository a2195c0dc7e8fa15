//! Letters as they would be printed, before they are: for the screen. No sheet number is given out for that.

use tidings_client::LetterNumber;
use tidings_protocol::time::UnixTime;

use super::{PrintLetter, SHEET_OF_PREVIEWS, envelope, whole};
use crate::{
    Action, Actor, Desk, Error, Subject,
    letters::{access, row},
};

impl Desk {
    /// A letter with all that would stand on paper, whatever its state. The log says that it was opened.
    ///
    /// # Errors
    /// As [`Desk::open_letter`]; [`Error::Erased`].
    pub fn preview_letter(
        &self,
        by: &Actor,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<PrintLetter, Error> {
        self.act(
            "showing a letter as it will be printed",
            by,
            Action::ReadLetter,
            now,
            |sql, log| {
                access::check(sql, by, number, now)?;
                let letter = row(sql, number)?;
                let sheet = letter.sheet.unwrap_or(SHEET_OF_PREVIEWS);
                let letter = whole(sql, letter, sheet)?;
                log.add("letter_previewed", Subject::Letter(number.0), "");
                Ok(letter)
            },
        )
    }

    /// The same without text and pictures: for those who print without reading (DESK-10).
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Print`], [`Error::NotFound`].
    pub fn preview_closed(&self, by: &Actor, number: LetterNumber) -> Result<PrintLetter, Error> {
        by.need(Action::Print)?;
        self.store.read("reading a letter for its preview", |sql| {
            let letter = row(sql, number)?;
            let sheet = letter.sheet.unwrap_or(SHEET_OF_PREVIEWS);
            envelope(sql, letter, sheet)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::{
        AuditFilter, Role,
        testing::{List, Office, START},
    };

    #[test]
    fn a_preview_gives_no_number_and_shows_what_its_reader_may_see() {
        let office = Office::new();
        let desk = &office.desk;
        let list = List::default();
        let letter = list.receive(1, "Іван", "Чекаємо", &[b"photo"]);
        desk.import(&list, START).unwrap();
        let reader = office.actor(Role::Reader);
        let open = desk.preview_letter(&reader, letter, START).unwrap();
        assert_eq!(
            (open.sheet, open.text.as_str(), open.pictures.len()),
            (SHEET_OF_PREVIEWS, "Чекаємо", 1)
        );
        let printer = office.actor(Role::Printer);
        let closed = desk.preview_closed(&printer, letter).unwrap();
        assert_eq!(
            (closed.addressee.as_str(), closed.text.as_str()),
            ("Іван", "")
        );
        assert!(closed.pictures.is_empty());
        assert_eq!(desk.letter_row(&reader, letter).unwrap().sheet, None);
        let newest = AuditFilter {
            count: 9,
            ..AuditFilter::default()
        };
        let opened = desk.audit_entries(&office.head, &newest).unwrap();
        let opened = opened
            .iter()
            .filter(|entry| entry.action == "letter_previewed")
            .count();
        assert_eq!(opened, 1, "one of the two was opened, and the log says so");
    }
}
