//! Deleting a contact. The other side keeps its half of the pair and would go on writing: an office tells a family so with its
//! last letter (NOTICE-11); an office meets a mailbox that is gone (DELIVERY-12).

use tidings_protocol::pair::Status;

use super::{ContactNumber, ReplyAddress, Role};
use crate::{
    Account, Direction, Error, LetterKind, LetterNumber, LetterState,
    account::{account, contact_of, office},
    numbers::{enqueue, next_letter},
    outbox::withdraw_all,
    pairs,
    records::{
        CarriedRecord, ContactRecord, Delivery, Job, JobRecord, LetterIdRecord, LetterRecord,
        NewsRecord, PairNameRecord, PairNumber, PairRecord, Unsealed,
    },
    vault::{RecordKey as _, Tables},
};

/// How the other side learns that it was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// A family: a signed notice waits in the outbox.
    Notice,
    /// An office: its letters meet a mailbox that is gone.
    Mailbox,
    /// Not at all: nothing may be sent to it any more, or nothing can be.
    Silent,
}

impl Account {
    /// How the other side would learn that this contact was deleted.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn parting(&self, number: ContactNumber) -> Result<Parting, Error> {
        self.safe.read(|tables| {
            let contact = contact_of(tables, number)?;
            Ok(match contact.role {
                Role::Office => Parting::Mailbox,
                Role::Family if pair_for_closing(tables, &contact)?.is_some() => Parting::Notice,
                Role::Family => Parting::Silent,
            })
        })
    }

    /// Deletes the contact with its keys and letters here, and its mailbox at the relay. A family is told with the next
    /// [`Account::send`], where that is possible; what it has written and this account has not collected will not open.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn forget_contact(&self, number: ContactNumber) -> Result<Parting, Error> {
        let (files, parting) = self.safe.transact(|tables| {
            let contact = contact_of(tables, number)?;
            let parting = match contact.role {
                Role::Office => Parting::Mailbox,
                Role::Family => self.close(tables, number, &contact)?,
            };
            let mut files = Vec::new();
            for (letter, record) in tables.all::<LetterRecord>()? {
                if record.contact == number {
                    files.extend(record.files());
                    tables.remove::<LetterRecord>(&letter)?;
                    tables.remove::<CarriedRecord>(&letter)?;
                    tables.remove::<NewsRecord>(&letter)?;
                }
            }
            for (key, _) in tables.beginning_with::<LetterIdRecord>(&number.to_bytes())? {
                tables.remove::<LetterIdRecord>(&key)?;
            }
            for (job, record) in tables.all::<JobRecord>()? {
                if record.contact == Some(number) {
                    tables.remove::<JobRecord>(&job)?;
                }
            }
            for (pair, record) in tables.all::<PairRecord>()? {
                if record.contact != number {
                    continue;
                }
                let (_, state) = pairs::load(tables, pair)?;
                pairs::delete(tables, pair, self.now())?;
                if contact.role == Role::Family {
                    // First letters need no keys of the pair: only its name says that they are not taken any more.
                    tables.put(&state.contact_id(), &PairNameRecord(pair))?;
                }
            }
            tables.remove::<ContactRecord>(&number)?;
            Ok((files, parting))
        })?;
        self.remove_files(&files)?;
        Ok(parting)
    }

    /// Seals the last letter to a family, and leaves it in the outbox. What was sealed before and has not left is given up
    /// first, so that the family does not wait for it.
    fn close(
        &self,
        tables: &mut Tables<'_>,
        number: ContactNumber,
        contact: &ContactRecord,
    ) -> Result<Parting, Error> {
        let Some(pair) = pair_for_closing(tables, contact)? else {
            return Ok(Parting::Silent);
        };
        withdraw_all(tables, number)?;
        // Sealing wants a letter; it goes with the contact's others.
        let letter = next_letter(tables)?;
        tables.put(&letter, &self.last_letter(number))?;
        let mut delivery = last_delivery(letter, pair);
        match self.try_seal(tables, &mut delivery) {
            Ok(_) => {}
            Err(error) if error.is_of_the_vault() => return Err(error),
            // A contact can be deleted however its pair fares.
            Err(_) => return Ok(Parting::Silent),
        }
        let Some(sealed) = delivery.sealed else {
            return Ok(Parting::Silent);
        };
        let (_, pair) = pairs::load(tables, pair)?;
        let reply = ReplyAddress::decode(pair.reply_to())?;
        let job = Job::Close {
            relay: reply.relay,
            mailbox: reply.mailbox,
            envelope: sealed.envelope,
            since: self.clocks(tables)?.day(),
        };
        enqueue(tables, job, None, self.now())?;
        Ok(Parting::Notice)
    }

    fn last_letter(&self, contact: ContactNumber) -> LetterRecord {
        LetterRecord {
            direction: Direction::Out,
            contact,
            date: self.now(),
            kind: LetterKind::Status,
            state: LetterState::DRAFT.word().to_owned(),
            plain: None,
            addressee: None,
            text: None,
            id: None,
            answers: None,
            enclosures: Vec::new(),
            notice: None,
            moved: None,
            relay: None,
            newer: None,
        }
    }
}

fn last_delivery(letter: LetterNumber, pair: PairNumber) -> Delivery {
    Delivery {
        letter,
        pair,
        content: Some(Unsealed::Closing),
        digest: true,
        sealed: None,
        uploads: Vec::new(),
        relay: None,
        again: None,
    }
}

/// The pair under which a family can be told: none if nothing may be sent to it, or another copy of this vault may send too.
fn pair_for_closing(
    tables: &Tables<'_>,
    contact: &ContactRecord,
) -> Result<Option<PairNumber>, Error> {
    let Some(number) = contact.pair.filter(|_| !contact.frozen) else {
        return Ok(None);
    };
    if office(tables)?.is_none() || account(tables)?.copied.is_some() {
        return Ok(None);
    }
    let (_, pair) = pairs::load(tables, number)?;
    let is_open = !matches!(pair.status(), Status::Frozen(_)) && pair.window_left() > 0;
    Ok(is_open.then_some(number))
}
