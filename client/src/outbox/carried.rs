//! What is given to couriers: the same sealed bytes that go over the network, with the terms under which a relay takes them
//! (BAG-11 to BAG-13).

use tidings_protocol::{ids::MailboxAddress, pair::Status, relay_identity::RelayAddress};

use super::upload::{destination, keep};
use crate::{
    Account, ContactNumber, Error, LetterKind, LetterNumber, LetterState,
    account::account,
    pairs,
    records::{
        CarriedRecord, Delivery, DepositRecord, Job, JobNumber, JobRecord, LetterRecord, Upload,
    },
    vault::Tables,
};

/// A sealed letter, ready to be carried.
#[derive(Debug)]
pub(crate) struct Carried {
    /// The letter; none for the last one to a family that was deleted here.
    pub(crate) letter: Option<LetterNumber>,
    /// Whether a person wrote it, and not a program.
    pub(crate) is_notice: bool,
    /// Where it may be left, the preferred relay first.
    pub(crate) relays: Vec<RelayAddress>,
    pub(crate) mailbox: MailboxAddress,
    pub(crate) envelope: Vec<u8>,
    pub(crate) uploads: Vec<Upload>,
}

/// A letter that could not be packed, and why.
#[derive(Debug)]
pub struct LeftOut {
    /// The letter.
    pub letter: LetterNumber,
    /// Why: most often [`Error::NoPrekey`].
    pub reason: Error,
}

/// Which letters are to be packed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'w> {
    /// To whom; to everybody if empty.
    pub(crate) to: &'w [ContactNumber],
    /// Only what no courier was given yet.
    pub(crate) only_new: bool,
    /// Also what a relay has and the other side is not known to have.
    pub(crate) also_at_relay: bool,
}

impl Wish<'_> {
    fn is_to(&self, contact: Option<ContactNumber>) -> bool {
        self.to.is_empty() || contact.is_some_and(|contact| self.to.contains(&contact))
    }
}

impl Account {
    /// What can be given to a courier now. Letters that still wait for a key are sealed if it has come meanwhile.
    ///
    /// # Errors
    /// [`Error::Copied`] if another copy of this vault may seal under the same numbers (DELIVERY-10); those of the vault.
    pub(crate) fn for_courier(
        &self,
        wish: Wish<'_>,
    ) -> Result<(Vec<Carried>, Vec<LeftOut>), Error> {
        let (jobs, deposits) = self.safe.read(|tables| {
            if account(tables)?.copied.is_some() {
                return Err(Error::Copied);
            }
            Ok((tables.all::<JobRecord>()?, tables.all::<DepositRecord>()?))
        })?;
        let mut carried = Vec::new();
        let mut left_out = Vec::new();
        for (number, record) in jobs {
            if !wish.is_to(record.contact) {
                continue;
            }
            match record.job {
                Job::Deliver(delivery) => {
                    let letter = delivery.letter;
                    match self.ready(number, *delivery, wish) {
                        Ok(ready) => carried.extend(ready),
                        Err(error) if error.is_of_the_vault() => return Err(error),
                        Err(reason) => left_out.push(LeftOut { letter, reason }),
                    }
                }
                Job::Close {
                    relay,
                    mailbox,
                    envelope,
                    ..
                } => carried.push(Carried {
                    letter: None,
                    is_notice: true,
                    relays: vec![relay],
                    mailbox,
                    envelope,
                    uploads: Vec::new(),
                }),
                _ => {}
            }
        }
        if wish.also_at_relay {
            for (_, deposit) in deposits {
                let found = self
                    .safe
                    .read(|tables| sealed(tables, deposit.delivery, wish))?;
                carried.extend(found);
            }
        }
        Ok((carried, left_out))
    }

    /// A letter of the outbox, sealed if it is not yet.
    fn ready(
        &self,
        number: JobNumber,
        mut delivery: Delivery,
        wish: Wish<'_>,
    ) -> Result<Option<Carried>, Error> {
        self.safe.transact(|tables| {
            if delivery.sealed.is_none() {
                if !self.try_seal(tables, &mut delivery)? {
                    return Err(Error::NoPrekey);
                }
                keep(tables, number, &delivery)?;
            }
            sealed(tables, delivery, wish)
        })
    }

    /// Remembers that letters are in a bag that is written and whole.
    ///
    /// # Errors
    /// Those of the vault.
    pub(crate) fn given_to_courier(&self, letters: &[LetterNumber]) -> Result<(), Error> {
        let today = self.now().day();
        self.safe.transact(|tables| {
            for number in letters {
                let Some(mut letter) = tables.get::<LetterRecord>(number)? else {
                    continue;
                };
                let (since, times) = match tables.get::<CarriedRecord>(number)? {
                    Some(before) => (before.since, before.times),
                    None => (today, 0),
                };
                let times = times.saturating_add(1);
                tables.put(number, &CarriedRecord { since, times })?;
                let waits = [LetterState::SEALED, LetterState::UNDELIVERABLE]
                    .iter()
                    .any(|state| state.word() == letter.state);
                if waits {
                    LetterState::WITH_COURIER
                        .word()
                        .clone_into(&mut letter.state);
                    tables.put(number, &letter)?;
                }
            }
            Ok(())
        })
    }
}

/// A sealed letter with where it goes; none if it is not wanted, or nothing may go there any more.
fn sealed(
    tables: &Tables<'_>,
    delivery: Delivery,
    wish: Wish<'_>,
) -> Result<Option<Carried>, Error> {
    let (_, pair) = pairs::load(tables, delivery.pair)?;
    let (destination, contact) = destination(tables, &delivery)?;
    let is_carried = tables.get::<CarriedRecord>(&delivery.letter)?.is_some();
    if matches!(pair.status(), Status::Frozen(_))
        || !wish.is_to(Some(contact))
        || (wish.only_new && is_carried)
    {
        return Ok(None);
    }
    let Some(letter) = tables.get::<LetterRecord>(&delivery.letter)? else {
        return Ok(None);
    };
    let Some(sealed) = delivery.sealed else {
        return Ok(None);
    };
    let mut relays = destination.relays;
    if let Some(begun) = delivery.relay {
        // Chunks may lie there already.
        relays.retain(|relay| *relay != begun);
        relays.insert(0, begun);
    }
    Ok(Some(Carried {
        letter: Some(delivery.letter),
        is_notice: letter.kind == LetterKind::Status,
        relays,
        mailbox: destination.mailbox,
        envelope: sealed.envelope,
        uploads: delivery.uploads,
    }))
}
