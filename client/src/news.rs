//! What has come and a person was not told of, or has not read, yet. It is in the vault with the letter itself: a collect that
//! is interrupted before it has said what came is made up for by the next one.

use crate::{
    Account, ContactNumber, Direction, Error, LetterKind, LetterNumber, Role,
    records::{ContactRecord, LetterRecord, NewsRecord},
    vault::Tables,
};

/// What has come and nobody was told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Letters and notices, by number.
    pub letters: Vec<LetterNumber>,
    /// Families whose first letter is among them.
    pub contacts: Vec<ContactNumber>,
}

impl News {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }
}

impl Account {
    /// What has come, with this collect or an earlier one, and nobody was told of ([`Account::set_told`]).
    ///
    /// # Errors
    /// Those of the vault.
    pub fn news(&self) -> Result<News, Error> {
        self.safe.read(|tables| {
            let letters: Vec<LetterNumber> = tables
                .all::<NewsRecord>()?
                .into_iter()
                .filter(|(_, news)| !news.told)
                .map(|(number, _)| number)
                .collect();
            let contacts = if letters.is_empty() {
                Vec::new()
            } else {
                new_families(tables, &letters)?
            };
            Ok(News { letters, contacts })
        })
    }

    /// Notes that a person was told that these letters have come. Of a notice without a remark that is all there is to read.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn set_told(&self, letters: &[LetterNumber]) -> Result<(), Error> {
        if letters.is_empty() {
            return Ok(());
        }
        self.safe.transact(|tables| {
            for number in letters {
                // Forgotten or read meanwhile.
                if tables.get::<NewsRecord>(number)?.is_none() {
                    continue;
                }
                let letter = tables.need::<LetterRecord>(number)?;
                if letter.kind == LetterKind::Status && letter.text.is_none() {
                    tables.remove::<NewsRecord>(number)?;
                } else {
                    tables.put(number, &NewsRecord { told: true })?;
                }
            }
            Ok(())
        })
    }

    /// Notes that a person has read a letter.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn set_read(&self, number: LetterNumber) -> Result<(), Error> {
        self.safe
            .transact(|tables| tables.remove::<NewsRecord>(&number))
    }
}

/// Families of which every letter that is here is news.
fn new_families(tables: &Tables<'_>, news: &[LetterNumber]) -> Result<Vec<ContactNumber>, Error> {
    let letters = tables.all::<LetterRecord>()?;
    let mut families = Vec::new();
    for (number, contact) in tables.all::<ContactRecord>()? {
        let first = letters
            .iter()
            .find(|(_, letter)| letter.contact == number && letter.direction == Direction::In);
        if contact.role == Role::Family && first.is_some_and(|(letter, _)| news.contains(letter)) {
            families.push(number);
        }
    }
    Ok(families)
}
