//! What waits to be sent.

mod carried;
mod closing;
mod deposits;
mod due;
mod missing;
mod prekeys;
mod sealing;
mod upload;

use std::collections::BTreeSet;

use tidings_protocol::{
    blob::BlobRef,
    exchange::{Answer, Refusal},
    owner::OwnerRequest,
    relay_identity::RelayAddress,
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
    vault::Tables,
};

pub use self::carried::LeftOut;
use self::due::{is_over, urgency};
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
