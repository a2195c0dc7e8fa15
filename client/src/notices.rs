//! What an office states, signed: about a letter, about a person.

use tidings_protocol::{
    limits::WINDOW_RESERVE,
    notice::{Custody, NoticeError, StatusNote},
};

use crate::{
    Account, ContactNumber, Direction, Error, LetterKind, LetterNumber, LetterState,
    account::office,
    compose::may_write,
    numbers::next_letter,
    pairs,
    records::{Delivery, LetterRecord, NoticeRecord, PairNumber, Unsealed},
    vault::Tables,
};

impl Account {
    /// States to its family what became of a letter that was received here. The note is signed for the letter in which it
    /// travels; its number is set to that of `about`.
    ///
    /// # Errors
    /// [`Error::NoLetter`], [`Error::NotAnOffice`], [`Error::NotVerified`] before a person has verified the family,
    /// [`Error::Frozen`], [`Error::FamilyMustBegin`], [`Error::WindowFull`].
    pub fn state(&self, about: LetterNumber, mut note: StatusNote) -> Result<LetterNumber, Error> {
        self.safe.transact(|tables| {
            let letter = tables
                .get::<LetterRecord>(&about)?
                .filter(|letter| letter.direction == Direction::In)
                .ok_or(Error::NoLetter { number: about })?;
            note.letter = letter.plain.ok_or(Error::NoLetter { number: about })?;
            let pair = open_pair(tables, letter.contact)?;
            self.post_note(tables, letter.contact, pair, note, false)
        })
    }

    /// States to a family what is known about a person, signed.
    ///
    /// # Errors
    /// As [`Account::state`]; [`Error::Notice`] for a death, which a person tells (NOTICE-9).
    pub fn tell(&self, contact: ContactNumber, custody: Custody) -> Result<LetterNumber, Error> {
        if custody.event == Some(tidings_protocol::letter::PersonEvent::Died) {
            return Err(NoticeError::ToldByAPerson.into());
        }
        self.safe.transact(|tables| {
            let pair = open_pair(tables, contact)?;
            let record = NoticeRecord {
                verified: true,
                state: custody.state.word().to_owned(),
                evidence: custody.evidence.word().to_owned(),
                about: None,
            };
            let content = Unsealed::Custody(custody);
            self.post_notice(tables, (contact, pair), record, content, false)
        })
    }

    /// Puts a note into the outbox. With `digest` it may stand for others that wait.
    pub(crate) fn post_note(
        &self,
        tables: &mut Tables<'_>,
        contact: ContactNumber,
        pair: PairNumber,
        note: StatusNote,
        digest: bool,
    ) -> Result<LetterNumber, Error> {
        let record = NoticeRecord {
            verified: true,
            state: note.state.word().to_owned(),
            evidence: note.evidence.word().to_owned(),
            about: (note.letter > 0).then_some(note.letter),
        };
        let content = Unsealed::Status(note);
        self.post_notice(tables, (contact, pair), record, content, digest)
    }

    fn post_notice(
        &self,
        tables: &mut Tables<'_>,
        (contact, pair): (ContactNumber, PairNumber),
        notice: NoticeRecord,
        content: Unsealed,
        digest: bool,
    ) -> Result<LetterNumber, Error> {
        let number = next_letter(tables)?;
        let record = LetterRecord {
            direction: Direction::Out,
            contact,
            date: self.now(),
            kind: LetterKind::Status,
            state: LetterState::DRAFT.word().to_owned(),
            plain: None,
            addressee: None,
            text: None,
            id: None,
            answers: notice.about,
            enclosures: Vec::new(),
            notice: Some(notice),
            moved: None,
            relay: None,
            newer: None,
        };
        tables.put(&number, &record)?;
        let delivery = Delivery {
            letter: number,
            pair,
            content: Some(content),
            digest,
            sealed: None,
            uploads: Vec::new(),
            relay: None,
            again: None,
        };
        self.post(tables, contact, delivery)?;
        Ok(number)
    }
}

/// The pair under which an office can state something to a family now, without using up the numbers that are kept for digests
/// and new keys.
fn open_pair(tables: &Tables<'_>, contact: ContactNumber) -> Result<PairNumber, Error> {
    office(tables)?.ok_or(Error::NotAnOffice)?;
    let number = may_write(tables, contact)?
        .pair
        .ok_or(Error::FamilyMustBegin)?;
    let (_, pair) = pairs::load(tables, number)?;
    let left = pair.window_left();
    if left <= WINDOW_RESERVE {
        return Err(Error::WindowFull {
            unanswered: tidings_protocol::limits::WINDOW_FAMILY.saturating_sub(left),
        });
    }
    Ok(number)
}
