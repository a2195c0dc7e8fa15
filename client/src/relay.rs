//! Putting a wrong relay address right, as long as nobody can know the mailboxes that were to be made there.
//!
//! A mailbox's address is told to others: on an office's card, in a family's first letters. Once the relay has made one, letters
//! may be on their way to it. Before that, everything that names the old address can be made anew.

use tidings_protocol::{
    card::Card,
    pair::{Pair, Status},
    relay_identity::RelayAddress,
    secret::Secret,
};

use crate::{
    Account, ContactNumber, Error, LetterState,
    account::{account, contact_of, office},
    contacts::ReplyAddress,
    pairs,
    records::{
        AccountRecord, CarriedRecord, ContactRecord, Delivery, Job, JobRecord, LetterIdRecord,
        LetterKey, LetterRecord, MailboxNumber, MailboxRecord, OfficeRecord, PairNumber,
        PairRecord,
    },
    surroundings::random,
    vault::Tables,
};

impl Account {
    /// Gives the account another relay than the one with which it was made, because that address was wrong. Mailboxes, the
    /// card, and first letters that wait here are made anew for it; [`Account::send`] then tells the relay. A card that was
    /// given out before has never worked and does not now.
    ///
    /// # Errors
    /// [`Error::RelayKept`] once a relay has made a mailbox of this account; [`Error::Card`] if name and host are too long for
    /// a card together; those of the vault.
    pub async fn correct_relay(&self, relay: RelayAddress) -> Result<(), Error> {
        // An answer that is under way must not be taken for one of the new relay.
        let _work = self.work.lock().await;
        self.safe.transact(|tables| {
            let old = account(tables)?.relay;
            if old == relay {
                return Ok(());
            }
            if is_at_relay(tables)? {
                return Err(Error::RelayKept { relay: old });
            }
            self.drop_stopped_pairs(tables)?;
            let record = account(tables)?;
            tables.put(
                &(),
                &AccountRecord {
                    relay: relay.clone(),
                    ..record
                },
            )?;
            for (number, mailbox) in tables.all::<MailboxRecord>()? {
                // With a new owner's key: whatever answered at the old address may have seen the old one.
                let moved = MailboxRecord {
                    relay: relay.clone(),
                    owner: Secret::random(&mut random()),
                    ..mailbox
                };
                tables.put(&number, &moved)?;
            }
            for (number, record) in tables.all::<JobRecord>()? {
                if matches!(&record.job, Job::DeleteMailbox { relay, .. } if *relay == old) {
                    tables.remove::<JobRecord>(&number)?;
                    continue;
                }
                let tried_at_once = JobRecord {
                    attempts: 0,
                    next: self.now(),
                    failed: None,
                    given_up: false,
                    ..record
                };
                tables.put(&number, &tried_at_once)?;
            }
            for (number, record) in tables.all::<PairRecord>()? {
                if let Some(mailbox) = record.mailbox {
                    self.begin_again(tables, number, &record, mailbox)?;
                }
            }
            sign_card(tables, relay)
        })
    }

    /// Pairs that only wait for letters that nobody can have written: their mailboxes were never made.
    fn drop_stopped_pairs(&self, tables: &mut Tables<'_>) -> Result<(), Error> {
        for (number, record) in tables.all::<PairRecord>()? {
            let contact = contact_of(tables, record.contact)?;
            let (_, pair) = pairs::load(tables, number)?;
            let in_use = contact.pair == Some(number);
            if record.mailbox.is_none() || (in_use && !matches!(pair.status(), Status::Frozen(_))) {
                continue;
            }
            pairs::delete(tables, number, self.now())?;
            if in_use {
                let pair = None;
                tables.put(&record.contact, &ContactRecord { pair, ..contact })?;
            }
        }
        Ok(())
    }

    /// A first contact whose letters have not left this device, with the new reply address, and its letters sealed anew.
    fn begin_again(
        &self,
        tables: &mut Tables<'_>,
        number: PairNumber,
        record: &PairRecord,
        mailbox: MailboxNumber,
    ) -> Result<(), Error> {
        let (_, old) = pairs::load(tables, number)?;
        let own = tables.need::<MailboxRecord>(&mailbox)?;
        let reply_to = ReplyAddress {
            relay: own.relay.clone(),
            mailbox: own.address(),
        };
        let hedge = account(tables)?.hedge;
        let (pair, tags) =
            Pair::first_contact(*old.desk(), reply_to.encode()?, None, &hedge, &mut random())?;
        pairs::remove_names(tables, &old)?;
        pairs::save_new(tables, number, record.contact, Some(mailbox), &pair, &tags)?;
        for (job, waiting) in tables.all::<JobRecord>()? {
            if let Job::Deliver(delivery) = &waiting.job
                && delivery.pair == number
            {
                let mut delivery = Delivery::clone(delivery);
                self.seal_anew(tables, record.contact, &mut delivery)?;
                let job_anew = Job::Deliver(Box::new(delivery));
                tables.put(
                    &job,
                    &JobRecord {
                        job: job_anew,
                        ..waiting
                    },
                )?;
            }
        }
        Ok(())
    }

    fn seal_anew(
        &self,
        tables: &mut Tables<'_>,
        contact: ContactNumber,
        delivery: &mut Delivery,
    ) -> Result<(), Error> {
        if delivery.sealed.take().is_some() {
            let mut letter = tables.need::<LetterRecord>(&delivery.letter)?;
            if let Some(id) = letter.id.take() {
                tables.remove::<LetterIdRecord>(&LetterKey(contact, id))?;
            }
            LetterState::DRAFT.word().clone_into(&mut letter.state);
            tables.put(&delivery.letter, &letter)?;
        }
        // Without prekeys it stays a draft, as before.
        self.try_seal(tables, delivery).map(drop)
    }
}

/// Whether a relay has, or had, a mailbox of this account, or a courier letters that name one: then others may know it.
fn is_at_relay(tables: &Tables<'_>) -> Result<bool, Error> {
    let made = tables
        .all::<MailboxRecord>()?
        .iter()
        .any(|(_, mailbox)| mailbox.created);
    // A mailbox that its relay has lost was there as well.
    let had_turn = account(tables)?
        .guard
        .is_some_and(|guard| guard.sequence > 0);
    let heard = tables
        .all::<ContactRecord>()?
        .iter()
        .any(|(_, contact)| contact.answered && contact.pair.is_some());
    let carried = tables.count::<CarriedRecord>()? > 0;
    Ok(made || had_turn || heard || carried)
}

/// The card of an office, with the new address (CARD-11).
fn sign_card(tables: &mut Tables<'_>, relay: RelayAddress) -> Result<(), Error> {
    let Some(record) = office(tables)? else {
        return Ok(());
    };
    let old = record.card.verify()?.card().clone();
    let card = Card {
        address: tables.need::<MailboxRecord>(&record.mailbox)?.address(),
        relays: vec![relay],
        sequence: old.sequence + 1,
        ..old
    };
    let card = card.sign(&record.identity())?;
    tables.put(&(), &OfficeRecord { card, ..record })
}
