//! Collecting: envelopes from every mailbox, one transaction each, acknowledged only after it; then their enclosures.
//!
//! The relay is believed nothing. What it drops shows as a gap in the numbers inside letters; what it replays, swaps or
//! invents does not open, or was seen before; what it truncates is no frame. Whatever it does, an envelope is acknowledged when
//! this device has it, opened or parked, and not before (DELIVERY-3).

mod content;
mod fetch;
mod gather;
mod open;
mod parked;

use tidings_protocol::{
    envelope::Envelope,
    exchange::Refusal,
    ids::EnvelopeHash,
    limits::{ACKNOWLEDGE_MAX, COLLECT_MAX, ENVELOPE_LEN},
    owner::{OwnerAnswer, OwnerRequest},
};

use crate::{
    Account, CollectReport, Error, Progress,
    connections::Purpose,
    numbers::enqueue,
    office::republish,
    outbox::doubt_deposits,
    records::{Job, MailboxNumber, MailboxRecord, MailboxUse, ParkedRecord},
    turn::Turn,
};

/// Pages of one mailbox in one collect: a relay that always says "more" does not hold us for ever. At most eight million
/// letters are missed, and the next collect goes on.
const PAGES_MAX: usize = 65_536;
/// How many times fewer letters are asked for at once after a connection was lost.
const COLLECT_STEP: u16 = 8;
/// Seconds for which a watch is held open: most middleboxes keep a flow alive that long with keep-alives.
const WATCH_SECONDS: u16 = 240;

impl Account {
    /// Fetches new letters from all mailboxes, and their enclosures. What the relay refuses or garbles is in the
    /// report. What an office answers by itself waits in the outbox afterwards.
    ///
    /// # Errors
    /// Those of the vault only.
    pub async fn collect(&self, progress: &dyn Progress) -> Result<CollectReport, Error> {
        let _work = self.work.lock().await;
        let mut report = CollectReport::default();
        report.failures.extend(self.begin_work().await?);
        let may_acknowledge = match self.take_turn().await? {
            Turn::Taken => true,
            Turn::Unknown(error) => {
                report.failures.push(error);
                false
            }
            Turn::Copied => false,
        };
        for (number, mailbox) in self.mailboxes()? {
            let collected = self
                .collect_mailbox(number, &mailbox, may_acknowledge, &mut report)
                .await;
            if let Err(error) = collected {
                note(&mut report, error)?;
            }
        }
        self.fetch_enclosures(progress, &mut report).await?;
        for error in self.refresh_prekeys().await {
            note(&mut report, error)?;
        }
        self.connections.close()?;
        report.failures = is_told_once(report.failures);
        report.warnings = self.warnings()?;
        report.parked = self.safe.read(|tables| tables.count::<ParkedRecord>())?;
        Ok(report)
    }

    /// Waits until a letter waits in a mailbox (true), or some minutes have passed (false). Then collect; the relay
    /// may lie.
    ///
    /// # Errors
    /// [`Error::RelayUnreached`] and its like if no mailbox can be watched.
    pub async fn wait_for_letters(&self) -> Result<bool, Error> {
        let mailboxes = self.mailboxes()?;
        let request = OwnerRequest::Watch {
            after: 0,
            seconds: WATCH_SECONDS,
        };
        let watches = mailboxes.iter().map(|(_, mailbox)| {
            let request = &request;
            Box::pin(async move {
                let answer = self
                    .connections
                    .ask_as_owner(&mailbox.relay, &mailbox.owner(), request)
                    .await?;
                match answer {
                    (OwnerAnswer::Watched { waiting }, _) => Ok(waiting),
                    _ => Err(Error::RelayAnswer {
                        expected: "whether a letter waits",
                    }),
                }
            })
        });
        let waited = first_true(watches.collect()).await;
        self.connections.close()?;
        waited
    }

    /// The mailboxes in which letters can be.
    fn mailboxes(&self) -> Result<Vec<(MailboxNumber, MailboxRecord)>, Error> {
        let mut mailboxes = self.safe.read(|tables| tables.all::<MailboxRecord>())?;
        mailboxes.retain(|(_, mailbox)| {
            mailbox.created && matches!(mailbox.purpose, MailboxUse::Card | MailboxUse::Pair(_))
        });
        Ok(mailboxes)
    }

    async fn collect_mailbox(
        &self,
        number: MailboxNumber,
        mailbox: &MailboxRecord,
        may_acknowledge: bool,
        report: &mut CollectReport,
    ) -> Result<(), Error> {
        let owner = mailbox.owner();
        // What was acknowledged is gone, so that every collect begins at the beginning; what could not be acknowledged the
        // last time comes again, is known, and is acknowledged now.
        let mut after = 0;
        let mut max = COLLECT_MAX;
        for _ in 0..PAGES_MAX {
            max = max.min(self.letters_at_once(mailbox)?);
            let request = OwnerRequest::Collect { after, max };
            let asked = self
                .connections
                .ask_as_owner(&mailbox.relay, &owner, &request)
                .await;
            let (answer, body) = match asked {
                Err(Error::Refused {
                    refusal: Refusal::NoMailbox,
                }) => return self.make_again(number),
                // Fewer at once may pass where many do not.
                Err(Error::RelayUnreached { source }) if source.is_of_the_crossing() && max > 1 => {
                    max = (max / COLLECT_STEP).max(1);
                    continue;
                }
                answered => answered?,
            };
            let OwnerAnswer::Collected { places, more } = answer else {
                return Err(Error::RelayAnswer {
                    expected: "letters",
                });
            };
            let rising = places.is_sorted_by(|a, b| a < b);
            if !rising || places.first().is_some_and(|first| *first <= after) {
                return Err(Error::RelayAnswer {
                    expected: "letters in the order of their places",
                });
            }
            let Some(last) = places.last() else { break };
            after = *last;
            let mut taken = Vec::with_capacity(places.len());
            for envelope in body.chunks_exact(ENVELOPE_LEN) {
                taken.push(self.take(number, envelope, report)?);
            }
            if !may_acknowledge {
                // Another copy of this vault would never see them (DELIVERY-10).
                taken.clear();
            }
            for hashes in taken.chunks(ACKNOWLEDGE_MAX) {
                let request = OwnerRequest::Acknowledge {
                    letters: hashes.to_vec(),
                };
                self.connections
                    .ask_as_owner(&mailbox.relay, &owner, &request)
                    .await?;
            }
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// How many letters one answer may bring on the way to this mailbox's relay (REACH-9).
    fn letters_at_once(&self, mailbox: &MailboxRecord) -> Result<u16, Error> {
        let purpose = Purpose::Owner(mailbox.address());
        let passes = self.connections.piece(&mailbox.relay, purpose)?;
        Ok(passes.map_or(COLLECT_MAX, |bytes| {
            u16::try_from(bytes / ENVELOPE_LEN)
                .unwrap_or(COLLECT_MAX)
                .clamp(1, COLLECT_MAX)
        }))
    }

    /// The relay has lost the mailbox (EXCH-26): with the next send it is made again, and what was deposited there for others
    /// is looked after.
    pub(crate) fn make_again(&self, number: MailboxNumber) -> Result<(), Error> {
        let now = self.now();
        self.safe.transact(|tables| {
            let mailbox = tables.need::<MailboxRecord>(&number)?;
            if !mailbox.created {
                return Ok(());
            }
            enqueue(tables, Job::CreateMailbox(number), None, now)?;
            if mailbox.purpose == MailboxUse::Card {
                republish(tables, now)?;
            }
            doubt_deposits(tables, &mailbox.relay)?;
            let created = false;
            tables.put(&number, &MailboxRecord { created, ..mailbox })
        })
    }

    /// Takes one envelope in: opened, parked, or known to be worthless. Returns the hash that may be acknowledged.
    pub(crate) fn take(
        &self,
        mailbox: MailboxNumber,
        bytes: &[u8],
        report: &mut CollectReport,
    ) -> Result<EnvelopeHash, Error> {
        let hash = EnvelopeHash::of(bytes);
        match Envelope::from_slice(bytes) {
            Ok(envelope) => self.open_envelope(mailbox, &envelope, report)?,
            // Of a version that a newer program may know: parked like any other that does not open.
            Err(_) => self.park_unknown(mailbox, bytes, hash)?,
        }
        Ok(hash)
    }
}

/// One relay out of reach is one failure, however many items waited for it.
pub(crate) fn is_told_once(mut failures: Vec<Error>) -> Vec<Error> {
    let mut told = std::collections::BTreeSet::new();
    failures.retain(|failure| told.insert(failure.code()));
    failures
}

/// A failure of the vault ends a collect; any other is told.
pub(crate) fn note(report: &mut CollectReport, error: Error) -> Result<(), Error> {
    if error.is_of_the_vault() {
        return Err(error);
    }
    report.failures.push(error);
    Ok(())
}

/// Runs all futures until one says true; false when all have said false, and the last error when none could say anything.
async fn first_true<F>(mut futures: Vec<F>) -> Result<bool, Error>
where
    F: Future<Output = Result<bool, Error>> + Unpin,
{
    let mut failure = None;
    let mut answered = false;
    std::future::poll_fn(move |context| {
        let mut place = 0;
        while place < futures.len() {
            match std::pin::Pin::new(&mut futures[place]).poll(context) {
                std::task::Poll::Pending => place += 1,
                std::task::Poll::Ready(Ok(true)) => return std::task::Poll::Ready(Ok(true)),
                std::task::Poll::Ready(done) => {
                    match done {
                        Ok(_) => answered = true,
                        Err(error) => failure = Some(error),
                    }
                    drop(futures.swap_remove(place));
                }
            }
        }
        if !futures.is_empty() {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(match failure.take() {
            Some(error) if !answered => Err(error),
            _ => Ok(false),
        })
    })
    .await
}
