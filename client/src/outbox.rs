//! What waits to be sent.

mod carried;
mod closing;
mod deposits;
mod missing;
mod prekeys;
mod sealing;
mod upload;

use std::collections::BTreeSet;

use rand_core::Rng as _;
use tidings_protocol::{
    blob::BlobRef,
    exchange::{Answer, Refusal},
    owner::OwnerRequest,
    relay_identity::{RelayAddress, RootFingerprint},
    secret::SigningSecret,
    time::UnixTime,
};

use crate::{
    Account, ContactNumber, Error, LetterKind, LetterNumber, LetterState, Progress, Warning,
    account::office,
    connections::Purpose,
    pairs,
    records::{
        CarriedRecord, Delivery, Job, JobNumber, JobRecord, LetterRecord, MailboxNumber,
        MailboxRecord, OfficeRecord,
    },
    surroundings::random,
    turn::Turn,
    vault::Tables,
};

pub use self::carried::LeftOut;
pub(crate) use self::{
    carried::{Carried, Wish},
    deposits::{doubt_deposits, forget_deposits, give_up_deposits},
};

/// What one waiting item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingKind {
    /// A letter with its enclosures.
    Letter(LetterNumber),
    /// A mailbox to be made at the relay.
    Mailbox,
    /// Prekeys to be put on the shelf.
    Prekeys,
    /// A deletion at the relay.
    Deletion,
    /// The last letter to a family that was deleted here.
    Closing,
}

/// When it is tried next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextTry {
    /// At the next send.
    Now,
    /// After a pause, because it failed.
    At(UnixTime),
    /// Never by itself: the relay refused it for good, and a person must decide.
    Never,
}

/// One item of the outbox.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it is.
    pub kind: WaitingKind,
    /// To whom, if to a contact.
    pub to: Option<ContactNumber>,
    /// Bytes already at the relay, of enclosures and envelope.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
    /// When it is tried next.
    pub next: NextTry,
    /// Code of the last failure ([`Error::code`]).
    pub failed: Option<String>,
    /// Whether it is a letter that was given to a courier: what is tried here is a second way.
    pub with_courier: bool,
}

/// What a send did.
#[derive(Debug, Default)]
pub struct SendReport {
    /// Items that are done.
    pub sent: u64,
    /// Letters among them that the relay has now; notices are not counted.
    pub letters: u64,
    /// Items that still wait.
    pub waiting: u64,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What failed; later sends try again.
    pub failures: Vec<Error>,
}

impl WaitingKind {
    fn of(job: &Job) -> Self {
        match job {
            Job::CreateMailbox(_) => Self::Mailbox,
            Job::Publish => Self::Prekeys,
            Job::Deliver(delivery) => Self::Letter(delivery.letter),
            Job::DeleteMailbox { .. } | Job::DeleteBlob { .. } => Self::Deletion,
            Job::Close { .. } => Self::Closing,
        }
    }
}

/// The order of work: mailboxes before the letters whose answers come to them, deletions when nobody waits.
fn urgency(job: &Job) -> u8 {
    match job {
        Job::CreateMailbox(_) => 0,
        Job::Publish => 1,
        Job::Deliver(_) | Job::Close { .. } => 2,
        Job::DeleteMailbox { .. } | Job::DeleteBlob { .. } => 3,
    }
}

/// First pause after a failure, in seconds; it doubles with every further one (DELIVERY-5).
const PAUSE_FIRST: u64 = 30;
/// Longest pause, in seconds: six hours.
const PAUSE_MAX: u64 = 21_600;

impl Account {
    /// What waits to be sent, in the order in which it is worked on.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn outbox(&self) -> Result<Vec<Waiting>, Error> {
        let now = self.now();
        let (mut jobs, carried) = self.safe.read(|tables| {
            let carried = tables.all::<CarriedRecord>()?;
            Ok((tables.all::<JobRecord>()?, carried))
        })?;
        jobs.sort_by_key(|(number, record)| (urgency(&record.job), *number));
        let is_carried = |job: &Job| match job {
            Job::Deliver(delivery) => carried.iter().any(|(letter, _)| *letter == delivery.letter),
            _ => false,
        };
        let waiting = jobs.into_iter().map(|(_, record)| {
            let (done, total) = upload::amount(&record.job);
            Waiting {
                kind: WaitingKind::of(&record.job),
                with_courier: is_carried(&record.job),
                to: record.contact,
                done,
                total,
                next: match record.next {
                    _ if record.given_up => NextTry::Never,
                    next if is_over(next, record.attempts, now) => NextTry::Now,
                    next => NextTry::At(next),
                },
                failed: record.failed,
            }
        });
        Ok(waiting.collect())
    }

    /// Sends what waits and is due; `hurry` tries also what is in a pause after a failure, or was given up. Failures of
    /// single items are in the report, and later calls try again.
    ///
    /// # Errors
    /// Those of the vault only.
    pub async fn send(&self, hurry: bool, progress: &dyn Progress) -> Result<SendReport, Error> {
        let _work = self.work.lock().await;
        let mut report = SendReport::default();
        report.failures.extend(self.begin_work().await?);
        report
            .failures
            .extend(self.look_after_deposits(hurry).await?);
        // What comes into the outbox meanwhile is for the next send.
        let mut open: BTreeSet<JobNumber> = self
            .safe
            .read(|tables| tables.all::<JobRecord>())?
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        // What is due; then what waited only for a relay that answered meanwhile (DELIVERY-5).
        for _ in 0..2 {
            for number in self.due(hurry, &mut open, &mut report).await? {
                self.try_one(number, &mut report, progress).await?;
            }
        }
        self.connections.close()?;
        // One relay out of reach is one failure, however many items waited for it.
        let mut told = BTreeSet::new();
        report
            .failures
            .retain(|failure| told.insert(failure.code()));
        report.warnings = self.warnings()?;
        report.waiting = self.safe.read(|tables| tables.count::<JobRecord>())?;
        Ok(report)
    }

    fn is_letter_at_relay(&self, number: Option<LetterNumber>) -> Result<bool, Error> {
        let Some(number) = number else {
            return Ok(false);
        };
        let letter = self
            .safe
            .read(|tables| tables.get::<LetterRecord>(&number))?;
        Ok(letter.is_some_and(|letter| {
            letter.kind != LetterKind::Status && letter.state == LetterState::AT_RELAY.word()
        }))
    }

    /// Works on one item, and puts it off if that fails.
    async fn try_one(
        &self,
        number: JobNumber,
        report: &mut SendReport,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        // An earlier item may have removed it.
        let Some(record) = self.safe.read(|tables| tables.get::<JobRecord>(&number))? else {
            return Ok(());
        };
        let letter = match &record.job {
            Job::Deliver(delivery) => Some(delivery.letter),
            _ => None,
        };
        match self.work(number, record, progress).await {
            Ok(()) => {
                report.sent += 1;
                report.letters += u64::from(self.is_letter_at_relay(letter)?);
            }
            Err(error) if error.is_of_the_vault() => return Err(error),
            Err(error) => {
                self.postpone(number, &error)?;
                // It waits for another item, whose failure is told.
                if !matches!(error, Error::MailboxNotMade) {
                    report.failures.push(error);
                }
            }
        }
        Ok(())
    }

    /// Takes from `open` what is to be tried now, in its order. What a copy of this vault would do as well, and differently, is
    /// left undone unless this one has the turn.
    async fn due(
        &self,
        hurry: bool,
        open: &mut BTreeSet<JobNumber>,
        report: &mut SendReport,
    ) -> Result<Vec<JobNumber>, Error> {
        let needs_turn =
            |job: &Job| matches!(job, Job::Deliver(_) | Job::Publish | Job::Close { .. });
        let mut due = self.tryable(hurry, open)?;
        let mut is_copied = false;
        if due.iter().any(|(_, job)| needs_turn(job)) {
            match self.take_turn().await? {
                // The turn may have shown that a relay is back, and letters go in their order.
                Turn::Taken => due = self.tryable(hurry, open)?,
                // Another relay may be reached all the same.
                Turn::Unknown(error) => report.failures.push(error),
                Turn::Copied => {
                    is_copied = true;
                    report.failures.push(Error::Copied);
                }
            }
        }
        for (number, _) in &due {
            open.remove(number);
        }
        due.retain(|(_, job)| !(is_copied && needs_turn(job)));
        Ok(due.into_iter().map(|(number, _)| number).collect())
    }

    /// What of `open` is in no pause, or in one whose reason has gone.
    fn tryable(
        &self,
        hurry: bool,
        open: &BTreeSet<JobNumber>,
    ) -> Result<Vec<(JobNumber, Job)>, Error> {
        let now = self.now();
        self.safe.read(|tables| {
            let mut jobs = tables.all::<JobRecord>()?;
            jobs.retain(|(number, record)| open.contains(number) && (hurry || !record.given_up));
            let (mut ready, paused): (Vec<_>, Vec<_>) = jobs
                .into_iter()
                .partition(|(_, record)| hurry || is_over(record.next, record.attempts, now));
            // Where something goes anyway, what waited there longer goes before it.
            let asked = if paused.is_empty() {
                BTreeSet::new()
            } else {
                let jobs = ready.iter().map(|(_, record)| &record.job);
                jobs.flat_map(|job| relays(tables, job)).collect()
            };
            let passable =
                |(_, record): &(JobNumber, JobRecord)| self.is_passable(tables, record, &asked);
            ready.extend(paused.into_iter().filter(passable));
            ready.sort_by_key(|(number, record)| (urgency(&record.job), *number));
            Ok(ready
                .into_iter()
                .map(|(number, record)| (number, record.job))
                .collect())
        })
    }

    /// Whether an item that is in a pause waits for nothing any more: its relay was out of reach, and has answered since or is one
    /// of those that are `asked` now; or the mailbox for its answer has been made.
    fn is_passable(
        &self,
        tables: &Tables<'_>,
        record: &JobRecord,
        asked: &BTreeSet<RootFingerprint>,
    ) -> bool {
        match (record.failed.as_deref(), &record.job) {
            (Some(failed), job) if Error::is_code_of_reach(failed) => relays(tables, job)
                .iter()
                .any(|root| asked.contains(root) || self.connections.is_in_reach(root)),
            (Some(failed), Job::Deliver(delivery)) if failed == Error::MailboxNotMade.code() => {
                // A row that does not read is told by the work on its item.
                upload::is_answerable(tables, delivery).unwrap_or(false)
            }
            _ => false,
        }
    }

    async fn work(
        &self,
        number: JobNumber,
        record: JobRecord,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        match record.job {
            Job::CreateMailbox(mailbox) => self.create_mailbox(number, mailbox).await,
            Job::Publish => self.publish(number).await,
            Job::Deliver(delivery) => self.deliver(number, *delivery, progress).await,
            Job::DeleteMailbox { relay, owner } => {
                let owner = SigningSecret::from_seed(&owner);
                let deleted = self
                    .connections
                    .ask_as_owner(&relay, &owner, &OwnerRequest::DeleteMailbox)
                    .await;
                match deleted {
                    Ok(_)
                    | Err(Error::Refused {
                        refusal: Refusal::NoMailbox | Refusal::MailboxDeleted,
                    }) => self.done(number),
                    Err(error) => Err(error),
                }
            }
            Job::DeleteBlob { relay, blob, chunk } => {
                self.delete_blob(number, &relay, &blob, chunk).await
            }
            Job::Close {
                relay,
                mailbox,
                envelope,
                since,
            } => {
                self.deposit_closing(number, &relay, mailbox, &envelope, since)
                    .await
            }
        }
    }

    async fn create_mailbox(&self, number: JobNumber, mailbox: MailboxNumber) -> Result<(), Error> {
        let record = self
            .safe
            .read(|tables| tables.need::<MailboxRecord>(&mailbox))?;
        self.connections
            .ask_as_owner(&record.relay, &record.owner(), &OwnerRequest::CreateMailbox)
            .await?;
        self.safe.transact(|tables| {
            let record = tables.need::<MailboxRecord>(&mailbox)?;
            tables.put(
                &mailbox,
                &MailboxRecord {
                    created: true,
                    ..record
                },
            )?;
            tables.remove::<JobRecord>(&number)
        })
    }

    async fn publish(&self, number: JobNumber) -> Result<(), Error> {
        let Some((office, mailbox)) = self.safe.read(|tables| {
            office(tables)?
                .map(|office| {
                    let mailbox = tables.need::<MailboxRecord>(&office.mailbox)?;
                    Ok((office, mailbox))
                })
                .transpose()
        })?
        else {
            return self.done(number);
        };
        let request = OwnerRequest::PublishPrekeys {
            sequence: office.sequence,
            record: office.shelf.encode(),
        };
        let published = self
            .connections
            .ask_as_owner(&mailbox.relay, &mailbox.owner(), &request)
            .await;
        match published {
            Ok(_) => self.safe.transact(|tables| {
                if let Some(current) = crate::account::office(tables)? {
                    let published = office.sequence;
                    tables.put(
                        &(),
                        &OfficeRecord {
                            published,
                            ..current
                        },
                    )?;
                }
                tables.remove::<JobRecord>(&number)
            }),
            // The relay has lost the mailbox: it is made first.
            Err(Error::Refused {
                refusal: Refusal::NoMailbox,
            }) => {
                self.make_again(office.mailbox)?;
                Err(Error::MailboxNotMade)
            }
            // A restored office knows fewer publications than its relay: it goes on above them.
            Err(Error::Refused {
                refusal: Refusal::Stale { stored },
            }) => {
                self.safe.transact(|tables| {
                    if let Some(current) = crate::account::office(tables)? {
                        let sequence = stored.saturating_add(1);
                        tables.put(
                            &(),
                            &OfficeRecord {
                                sequence,
                                ..current
                            },
                        )?;
                    }
                    Ok(())
                })?;
                Err(Error::Refused {
                    refusal: Refusal::Stale { stored },
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn delete_blob(
        &self,
        number: JobNumber,
        relay: &RelayAddress,
        blob: &BlobRef,
        first: u32,
    ) -> Result<(), Error> {
        for chunk in first..blob.plan()?.total() {
            let deleted = self
                .connections
                .ask(
                    relay,
                    Purpose::Blob(number.0),
                    &blob.delete_request(chunk)?,
                    b"",
                )
                .await;
            match deleted {
                Ok((Answer::BlobDeleted, _))
                | Err(Error::Refused {
                    refusal: Refusal::NoBlob,
                }) => {}
                Ok(_) => {
                    return Err(Error::RelayAnswer {
                        expected: "a deletion",
                    });
                }
                Err(error) => return Err(error),
            }
        }
        self.done(number)
    }

    fn done(&self, number: JobNumber) -> Result<(), Error> {
        self.safe
            .transact(|tables| tables.remove::<JobRecord>(&number))
    }

    /// Puts an item off after a failure: longer every time, and never to the same second as others that failed with it.
    fn postpone(&self, number: JobNumber, error: &Error) -> Result<(), Error> {
        let now = self.now();
        self.safe.transact(|tables| {
            let Some(mut record) = tables.get::<JobRecord>(&number)? else {
                return Ok(());
            };
            if Error::is_code_of_reach(error.code()) {
                for root in relays(tables, &record.job) {
                    self.connections.note_out_of_reach(&root);
                }
            }
            record.attempts = record.attempts.saturating_add(1);
            record.next = now.plus(pause(record.attempts));
            record.failed = Some(error.code().to_owned());
            record.given_up = match (&record.job, error) {
                (Job::Deliver(delivery), error) => is_for_good(error) && delivery.sealed.is_some(),
                (_, error) => is_for_good(error),
            };
            if let Job::Deliver(delivery) = &record.job
                && record.given_up
                // A courier needs no mailbox at a relay.
                && tables.get::<CarriedRecord>(&delivery.letter)?.is_none()
            {
                deposits::undeliverable(tables, delivery.letter)?;
            }
            tables.put(&number, &record)
        })
    }
}

/// Whether trying again helps nobody. That a mailbox is not there is final only where it cannot be made again (DELIVERY-12):
/// until then it is another error.
fn is_for_good(error: &Error) -> bool {
    matches!(
        error,
        Error::Refused {
            refusal: Refusal::Malformed
                | Refusal::MailboxDeleted
                | Refusal::NoMailbox
                | Refusal::Version { .. },
        }
    )
}

/// Where an item is worked on; nowhere if a row that it needs does not read, which the work on it tells.
fn relays(tables: &Tables<'_>, job: &Job) -> Vec<RootFingerprint> {
    let mailbox = |number: &MailboxNumber| {
        let mailbox = tables.need::<MailboxRecord>(number);
        Vec::from_iter(mailbox.ok().map(|mailbox| mailbox.relay.root))
    };
    match job {
        Job::CreateMailbox(number) => mailbox(number),
        Job::Publish => match office(tables) {
            Ok(Some(office)) => mailbox(&office.mailbox),
            _ => Vec::new(),
        },
        Job::Deliver(delivery) => match &delivery.relay {
            Some(relay) => vec![relay.root],
            None => upload::destination(tables, delivery)
                .map(|(destination, _)| destination.roots().collect())
                .unwrap_or_default(),
        },
        Job::DeleteMailbox { relay, .. }
        | Job::DeleteBlob { relay, .. }
        | Job::Close { relay, .. } => vec![relay.root],
    }
}

/// Whether a pause after so many failures is over. One that is longer than any was begun by a clock that was ahead
/// (DELIVERY-5).
fn is_over(next: UnixTime, attempts: u32, now: UnixTime) -> bool {
    next <= now || next > now.plus(longest_pause(attempts))
}

/// Seconds until the next attempt at most.
fn longest_pause(attempts: u32) -> u64 {
    let pause = middle_pause(attempts);
    pause + pause / 4
}

/// Seconds until the next attempt, but for chance; none where nothing has failed.
fn middle_pause(attempts: u32) -> u64 {
    match attempts {
        0 => 0,
        attempts => (PAUSE_FIRST << (attempts - 1).min(16)).min(PAUSE_MAX),
    }
}

/// Seconds until the next attempt: doubling, a quarter more or less by chance.
fn pause(attempts: u32) -> u64 {
    let pause = middle_pause(attempts);
    let quarter = pause / 4;
    pause - quarter + random().next_u64() % (2 * quarter + 1)
}

/// Takes back every letter to a contact that has not left this device.
pub(crate) fn withdraw_all(tables: &mut Tables<'_>, contact: ContactNumber) -> Result<(), Error> {
    for (number, record) in tables.all::<JobRecord>()? {
        if record.contact == Some(contact)
            && let Job::Deliver(delivery) = &record.job
        {
            withdraw(tables, number, delivery)?;
        }
    }
    Ok(())
}

/// Takes back a letter that has not left this device, and tells the other side not to wait for it. One that has, to a relay or
/// with a courier, is only not offered again.
pub(crate) fn withdraw(
    tables: &mut Tables<'_>,
    number: JobNumber,
    delivery: &Delivery,
) -> Result<(), Error> {
    let is_carried = tables.get::<CarriedRecord>(&delivery.letter)?.is_some();
    if delivery.again.is_some() || is_carried {
        return tables.remove::<JobRecord>(&number);
    }
    if let Some(sealed) = &delivery.sealed {
        let (record, pair) = pairs::load(tables, delivery.pair)?;
        let pair = pair.abandon(sealed.position)?;
        pairs::save(tables, delivery.pair, record, &pair)?;
    }
    if let Some(mut letter) = tables.get::<LetterRecord>(&delivery.letter)? {
        letter.state = "withdrawn".to_owned();
        tables.put(&delivery.letter, &letter)?;
    }
    tables.remove::<JobRecord>(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_spread_and_end() {
        for attempts in 1..40 {
            let middle = (PAUSE_FIRST << (attempts - 1).min(16)).min(PAUSE_MAX);
            for _ in 0..20 {
                let pause = pause(attempts);
                assert!(pause >= middle - middle / 4 && pause <= middle + middle / 4 + 1);
            }
        }
        assert!((0..50).any(|_| pause(5) != pause(5)), "chance has its part");
    }

    #[test]
    fn a_pause_that_a_wrong_clock_began_is_over() {
        let now = UnixTime(1_800_000_000);
        for attempts in 1..40 {
            for _ in 0..20 {
                let next = now.plus(pause(attempts));
                assert!(!is_over(next, attempts, now));
                assert!(is_over(next, attempts, next));
            }
            // A day ahead, and years.
            for ahead in [86_400, 3_000_000_000] {
                assert!(is_over(now.plus(ahead), attempts, now));
            }
        }
        assert!(is_over(now.plus(1), 0, now), "nothing has failed yet");
        assert!(!is_over(now.plus(37), 1, now) && is_over(now.plus(38), 1, now));
    }
}
