//! Letters that a relay has and of which is not known that the other side has them (DELIVERY-11): offered again, the same
//! bytes, when the relay has lost them, when the other side shows a gap where they were, and now and then to learn whether
//! the mailbox is still there.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::{
    exchange::{Answer, Receipt, Request},
    ids::MailboxAddress,
    limits::{DAY_SECONDS, KEY_LIFE_DAYS, RETENTION_MAX_DAYS},
    pair::{Received, Status},
    relay_identity::RelayAddress,
    time::UnixTime,
};

use super::{due::is_over, upload::destination};
use crate::{
    Account, Error, LetterNumber, LetterState,
    connections::Purpose,
    numbers::enqueue,
    pairs,
    records::{
        Again, CarriedRecord, Delivery, DepositRecord, DestinationRecord, Job, JobRecord,
        LetterRecord, PairNumber,
    },
    vault::Tables,
};

/// Seconds between two looks at a receipt.
const CHECK_SECONDS: u64 = DAY_SECONDS;
/// Days after which a letter that nobody has taken is deposited once more: only the answer to that tells that a mailbox was
/// deleted with what lay in it.
const PROBE_DAYS: u32 = 7;
/// How often a letter is offered again because the other side shows a gap.
const GAP_OFFERS_MAX: u32 = 3;

/// One question to a relay, and the letters to which the answer applies.
type Questions = BTreeMap<(MailboxAddress, Receipt), (RelayAddress, Vec<LetterNumber>)>;

impl Account {
    /// Asks the relays whether what they were given is still part of what they have done, and puts what is not into the
    /// outbox again. Everything when in a hurry, else what was not asked for a day.
    ///
    /// # Errors
    /// Those of the vault only; what a relay refuses is in the list.
    pub(super) async fn look_after_deposits(&self, hurry: bool) -> Result<Vec<Error>, Error> {
        let mut failures = Vec::new();
        for ((address, receipt), (relay, letters)) in self.questions(hurry)? {
            let request = Request::CheckReceipt { address, receipt };
            let asked = self
                .connections
                .ask(&relay, Purpose::Deposit(address), &request, b"")
                .await;
            match asked {
                Ok((Answer::ReceiptChecked { holds }, _)) => self
                    .safe
                    .transact(|tables| self.checked(tables, &letters, holds))?,
                Ok(_) => failures.push(Error::RelayAnswer {
                    expected: "whether a receipt holds",
                }),
                Err(error) if error.is_of_the_vault() => return Err(error),
                Err(error) => failures.push(error),
            }
        }
        self.safe.transact(|tables| self.age_deposits(tables))?;
        Ok(failures)
    }

    fn questions(&self, hurry: bool) -> Result<Questions, Error> {
        let now = self.now();
        self.safe.read(|tables| {
            let jobs = tables.all::<JobRecord>()?;
            // Where a letter is to be deposited now, those before it are asked for as well (EXCH-26).
            let meets = |pair: PairNumber| {
                let goes =
                    |job: &Job| matches!(job, Job::Deliver(delivery) if delivery.pair == pair);
                jobs.iter().any(|(_, record)| {
                    let is_due = is_over(record.next, record.attempts, now)
                        || self.is_passable(tables, record, &BTreeSet::new());
                    goes(&record.job) && is_due && !record.given_up
                })
            };
            let mut questions = Questions::new();
            for (letter, deposit) in tables.all::<DepositRecord>()? {
                // A clock that was set back must not put the next look off.
                let fresh = deposit.checked <= now && now < deposit.checked.plus(CHECK_SECONDS);
                let Some(relay) = deposit.delivery.relay.clone() else {
                    continue;
                };
                if fresh && !hurry && !meets(deposit.delivery.pair) {
                    continue;
                }
                let (destination, _) = destination(tables, &deposit.delivery)?;
                questions
                    .entry((destination.mailbox, deposit.receipt))
                    .or_insert_with(|| (relay, Vec::new()))
                    .1
                    .push(letter);
            }
            Ok(questions)
        })
    }

    fn checked(
        &self,
        tables: &mut Tables<'_>,
        letters: &[LetterNumber],
        holds: bool,
    ) -> Result<(), Error> {
        for number in letters {
            if !holds {
                self.offer_again(tables, *number, true)?;
            } else if let Some(deposit) = tables.get::<DepositRecord>(number)? {
                let checked = self.now();
                tables.put(number, &DepositRecord { checked, ..deposit })?;
            }
        }
        Ok(())
    }

    /// What time alone does: a letter that no relay keeps any more is not delivered, one that waits long is offered again.
    fn age_deposits(&self, tables: &mut Tables<'_>) -> Result<(), Error> {
        let clocks = self.clocks(tables)?;
        // As with everything that gives something up (DELIVERY-9).
        if clocks.relay.is_none() || clocks.disagree() {
            return Ok(());
        }
        let today = clocks.day();
        for (number, deposit) in tables.all::<DepositRecord>()? {
            if deposit.since.plus(RETENTION_MAX_DAYS) < today {
                tables.remove::<DepositRecord>(&number)?;
                undeliverable(tables, number)?;
            } else if deposit.probed.plus(PROBE_DAYS) <= today {
                self.offer_again(tables, number, false)?;
            }
        }
        // A courier who took longer than this brings what the other side has no keys for any more (BAG-13).
        for (number, carried) in tables.all::<CarriedRecord>()? {
            let is_over = carried.since.plus(KEY_LIFE_DAYS) < today;
            if is_over && tables.get::<DepositRecord>(&number)?.is_none() {
                give_up_carried(tables, number)?;
            }
        }
        Ok(())
    }

    /// Puts a letter that was deposited into the outbox again. Where the relay has lost it, its enclosures go with it.
    pub(crate) fn offer_again(
        &self,
        tables: &mut Tables<'_>,
        number: LetterNumber,
        lost: bool,
    ) -> Result<(), Error> {
        let Some(deposit) = tables.get::<DepositRecord>(&number)? else {
            return Ok(());
        };
        tables.remove::<DepositRecord>(&number)?;
        let (record, pair) = pairs::load(tables, deposit.delivery.pair)?;
        if matches!(pair.status(), Status::Frozen(_)) {
            return Ok(());
        }
        let mut delivery = deposit.delivery;
        delivery.again = Some(Again {
            since: deposit.since,
            gaps: deposit.gaps,
            lost,
        });
        if lost {
            for upload in &mut delivery.uploads {
                upload.chunk = 0;
            }
            if let Some(mut letter) = tables.get::<LetterRecord>(&number)? {
                let state = match tables.get::<CarriedRecord>(&number)? {
                    Some(_) => LetterState::WITH_COURIER,
                    None => LetterState::SEALED,
                };
                state.word().clone_into(&mut letter.state);
                tables.put(&number, &letter)?;
            }
        }
        let contact = record.contact;
        let job = Job::Deliver(Box::new(delivery));
        enqueue(tables, job, Some(contact), self.now()).map(drop)
    }

    /// Remembers a letter that a relay has taken.
    pub(super) fn deposited(
        &self,
        tables: &mut Tables<'_>,
        mut delivery: Delivery,
        receipt: Receipt,
    ) -> Result<(), Error> {
        let number = delivery.letter;
        let again = delivery.again.take();
        delivery.content = None;
        let Some(mut letter) = tables.get::<LetterRecord>(&number)? else {
            return Ok(());
        };
        // A notice that came meanwhile knows better.
        if [
            LetterState::DRAFT,
            LetterState::SEALED,
            LetterState::WITH_COURIER,
            LetterState::UNDELIVERABLE,
        ]
        .iter()
        .any(|state| state.word() == letter.state)
        {
            LetterState::AT_RELAY.word().clone_into(&mut letter.state);
            tables.put(&number, &letter)?;
        }
        let today = self.clocks(tables)?.day();
        let since = match &again {
            Some(again) if !again.lost => again.since,
            _ => today,
        };
        let gaps = again.map_or(0, |again| again.gaps);
        let destination = DestinationRecord {
            receipt: delivery.relay.clone().map(|relay| (relay, receipt)),
            missing: None,
        };
        tables.put(&delivery.pair, &destination)?;
        tables.put(
            &number,
            &DepositRecord {
                delivery,
                receipt,
                since,
                probed: today,
                checked: self.now(),
                gaps,
            },
        )
    }

    /// What the other side says it has opened: those letters need no looking after. One that is missing below one that was
    /// opened was lost on the way.
    pub(crate) fn settle_deposits(
        &self,
        tables: &mut Tables<'_>,
        pair: PairNumber,
        received: &[Received],
    ) -> Result<(), Error> {
        if received.is_empty() {
            return Ok(());
        }
        for (job, record) in tables.all::<JobRecord>()? {
            if let Job::Deliver(delivery) = &record.job
                && delivery.pair == pair
                && is_taken(delivery, received)
            {
                tables.remove::<JobRecord>(&job)?;
                taken(tables, delivery.letter)?;
            }
        }
        for (number, mut deposit) in tables.all::<DepositRecord>()? {
            if deposit.delivery.pair != pair {
                continue;
            }
            if is_taken(&deposit.delivery, received) {
                tables.remove::<DepositRecord>(&number)?;
                taken(tables, number)?;
            } else if is_missing(&deposit.delivery, received) && deposit.gaps < GAP_OFFERS_MAX {
                deposit.gaps += 1;
                tables.put(&number, &deposit)?;
                self.offer_again(tables, number, true)?;
            }
        }
        Ok(())
    }
}

fn reports<'r>(delivery: &Delivery, received: &'r [Received]) -> Option<(u32, &'r Received)> {
    let position = delivery.sealed.as_ref()?.position;
    let report = received
        .iter()
        .find(|report| report.epoch == position.epoch)?;
    Some((position.number, report))
}

fn is_taken(delivery: &Delivery, received: &[Received]) -> bool {
    reports(delivery, received).is_some_and(|(number, report)| report.is_settled(number))
}

fn is_missing(delivery: &Delivery, received: &[Received]) -> bool {
    reports(delivery, received)
        .is_some_and(|(number, report)| number < report.highest && !report.is_settled(number))
}

/// The other side's program has opened it: an office's notices say more, and come in letters of their own.
fn taken(tables: &mut Tables<'_>, number: LetterNumber) -> Result<(), Error> {
    tables.remove::<CarriedRecord>(&number)?;
    let Some(mut letter) = tables.get::<LetterRecord>(&number)? else {
        return Ok(());
    };
    if [
        LetterState::SEALED,
        LetterState::WITH_COURIER,
        LetterState::AT_RELAY,
    ]
    .iter()
    .any(|state| state.word() == letter.state)
    {
        LetterState::OPENED.word().clone_into(&mut letter.state);
        tables.put(&number, &letter)?;
    }
    Ok(())
}

/// The relay has lost a mailbox of this account, and so perhaps what was deposited for others: it is asked with the next
/// send.
pub(crate) fn doubt_deposits(tables: &mut Tables<'_>, relay: &RelayAddress) -> Result<(), Error> {
    for (number, deposit) in tables.all::<DepositRecord>()? {
        if deposit.delivery.relay.as_ref() == Some(relay) {
            let checked = UnixTime(0);
            tables.put(&number, &DepositRecord { checked, ..deposit })?;
        }
    }
    Ok(())
}

/// Looks no more after letters under a pair that is gone.
pub(crate) fn forget_deposits(tables: &mut Tables<'_>, pair: PairNumber) -> Result<(), Error> {
    for (number, deposit) in tables.all::<DepositRecord>()? {
        if deposit.delivery.pair == pair {
            tables.remove::<DepositRecord>(&number)?;
        }
    }
    Ok(())
}

/// The other side opens nothing under this pair any more: what it has not opened yet is not delivered, whether a relay has it
/// or it is on its way there again.
pub(crate) fn give_up_deposits(tables: &mut Tables<'_>, pair: PairNumber) -> Result<(), Error> {
    for (number, deposit) in tables.all::<DepositRecord>()? {
        if deposit.delivery.pair == pair {
            tables.remove::<DepositRecord>(&number)?;
            undeliverable(tables, number)?;
        }
    }
    for (job, record) in tables.all::<JobRecord>()? {
        if let Job::Deliver(delivery) = &record.job
            && delivery.pair == pair
        {
            tables.remove::<JobRecord>(&job)?;
            undeliverable(tables, delivery.letter)?;
        }
    }
    Ok(())
}

/// No courier brings it in time any more.
fn give_up_carried(tables: &mut Tables<'_>, number: LetterNumber) -> Result<(), Error> {
    tables.remove::<CarriedRecord>(&number)?;
    for (job, record) in tables.all::<JobRecord>()? {
        if let Job::Deliver(delivery) = &record.job
            && delivery.letter == number
        {
            tables.remove::<JobRecord>(&job)?;
            undeliverable(tables, number)?;
        }
    }
    Ok(())
}

/// Nobody will collect it any more, and the writer has to know.
pub(super) fn undeliverable(tables: &mut Tables<'_>, number: LetterNumber) -> Result<(), Error> {
    let Some(mut letter) = tables.get::<LetterRecord>(&number)? else {
        return Ok(());
    };
    LetterState::UNDELIVERABLE
        .word()
        .clone_into(&mut letter.state);
    tables.put(&number, &letter)
}
