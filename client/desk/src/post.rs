//! What the desk needs of the office's account: letters that came, and ways to answer them.

use tidings_client::{Account, ContactNumber, Draft, Error, Letter, LetterNumber, Verification};
use tidings_protocol::notice::{Custody, StatusNote};

/// The office's account, as the desk uses it. Nothing here touches the network: what is written waits in the account's
/// outbox.
pub trait Post {
    /// Letters after this number, in the order of numbers, in and out, at most `count`.
    ///
    /// # Errors
    /// Those of the vault.
    fn letters_after(&self, after: LetterNumber, count: usize) -> Result<Vec<Letter>, Error>;

    /// The highest number that a letter has, in or out; 0 if there is none.
    ///
    /// # Errors
    /// Those of the vault.
    fn last_number(&self) -> Result<LetterNumber, Error>;

    /// One letter.
    ///
    /// # Errors
    /// [`Error::NoLetter`].
    fn letter(&self, number: LetterNumber) -> Result<Letter, Error>;

    /// The opened bytes of an enclosure.
    ///
    /// # Errors
    /// [`Error::NotFetched`] while it has not come.
    fn enclosure(&self, number: LetterNumber, place: usize) -> Result<Vec<u8>, Error>;

    /// Answers a letter; with scans alone it is a captive's reply.
    ///
    /// # Errors
    /// As [`Account::reply`].
    fn reply(&self, to: LetterNumber, draft: Draft) -> Result<LetterNumber, Error>;

    /// Writes to a family.
    ///
    /// # Errors
    /// As [`Account::write`].
    fn write(&self, to: ContactNumber, draft: Draft) -> Result<LetterNumber, Error>;

    /// A person has made sure which family writes.
    ///
    /// # Errors
    /// As [`Account::verify_contact`].
    fn verify(&self, contact: ContactNumber) -> Result<(), Error>;

    /// States to its family, signed, what became of a letter.
    ///
    /// # Errors
    /// As [`Account::state`].
    fn state(&self, about: LetterNumber, note: StatusNote) -> Result<LetterNumber, Error>;

    /// States to a family, signed, what is known about a person.
    ///
    /// # Errors
    /// As [`Account::tell`].
    fn tell(&self, contact: ContactNumber, custody: Custody) -> Result<LetterNumber, Error>;

    /// Erases text and enclosures of a letter; that it came, and how to answer it, stays.
    ///
    /// # Errors
    /// [`Error::NoLetter`].
    fn erase(&self, number: LetterNumber) -> Result<(), Error>;
}

impl Post for Account {
    fn letters_after(&self, after: LetterNumber, count: usize) -> Result<Vec<Letter>, Error> {
        self.letters_after(after, count)
    }

    fn last_number(&self) -> Result<LetterNumber, Error> {
        self.last_number()
    }

    fn letter(&self, number: LetterNumber) -> Result<Letter, Error> {
        self.letter(number)
    }

    fn enclosure(&self, number: LetterNumber, place: usize) -> Result<Vec<u8>, Error> {
        self.enclosure(number, place)
    }

    fn reply(&self, to: LetterNumber, draft: Draft) -> Result<LetterNumber, Error> {
        self.reply(to, draft).map(|letter| letter.number)
    }

    fn write(&self, to: ContactNumber, draft: Draft) -> Result<LetterNumber, Error> {
        self.write(to, draft).map(|letter| letter.number)
    }

    fn verify(&self, contact: ContactNumber) -> Result<(), Error> {
        self.verify_contact(contact, &Verification::Person)
            .map(drop)
    }

    fn state(&self, about: LetterNumber, note: StatusNote) -> Result<LetterNumber, Error> {
        self.state(about, note)
    }

    fn tell(&self, contact: ContactNumber, custody: Custody) -> Result<LetterNumber, Error> {
        self.tell(contact, custody)
    }

    fn erase(&self, number: LetterNumber) -> Result<(), Error> {
        self.erase_letter(number)
    }
}
