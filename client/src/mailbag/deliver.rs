//! Leaving a bag at the relays that it names: for a courier who has a line (BAG-17).

use std::{collections::BTreeMap, path::Path};

use tidings_protocol::{
    exchange::{Answer, Refusal, Request},
    mailbag::{Bag, Entry, Event, MailbagError},
    relay_identity::RelayAddress,
};

use super::files::{BagFile, open_bags, told};
use crate::{
    Account, Error, MailbagStep, MailbagWork, Progress, connections::Purpose, sync::is_told_once,
};

/// What became of a bag that was left at relays.
#[derive(Debug, Default)]
pub struct DeliverReport {
    /// Letters that a relay has now; those included that it had already.
    pub letters: u64,
    /// Chunks that a relay has now.
    pub chunks: u64,
    /// Letters and chunks that no relay took; [`Self::failures`] say why.
    pub left: u64,
    /// Why, each reason once.
    pub failures: Vec<Error>,
}

/// All chunks of a bag go over one connection: who carries them is not who wrote them, and the relay learns from it no more than from
/// the bag.
const CHUNKS: Purpose = Purpose::Blob(u64::MAX);

/// An entry, and where its bytes are.
type Places = Vec<(Entry, u64)>;

impl Account {
    /// Leaves everything in mailbags at the first of its relays that answers: chunks first, then letters, each as its writer would.
    /// What a relay has already changes nothing, so that it may be done again after any failure. The account lends its network, and
    /// takes nothing for itself.
    ///
    /// # Errors
    /// [`Error::Mailbag`] if a bag is not whole: then nothing was sent; those of the vault. What relays refuse is in the report.
    pub async fn deliver_mailbag<P: AsRef<Path>>(
        &self,
        paths: &[P],
        progress: &dyn Progress,
    ) -> Result<DeliverReport, Error> {
        let _work = self.work.lock().await;
        let bags = open_bags(paths)?;
        for bag in &bags {
            let total = bag.layout().payload();
            let step = |done| {
                progress.mailbag(MailbagStep {
                    work: MailbagWork::Check,
                    done,
                    total,
                });
            };
            bag.check(step).map_err(|error| told(bag, error))?;
        }
        let mut report = DeliverReport::default();
        for bag in &bags {
            self.deliver_bag(bag, &mut report, progress).await?;
        }
        self.connections.close()?;
        report.failures = is_told_once(std::mem::take(&mut report.failures));
        Ok(report)
    }

    async fn deliver_bag(
        &self,
        bag: &Bag<BagFile>,
        report: &mut DeliverReport,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        for (relays, entries) in by_relays(bag)? {
            let count = entries.len() as u64;
            let Some(relay) = self.first_that_answers(&relays, report).await? else {
                report.left += count;
                continue;
            };
            let mut whole = true;
            // A letter is there when all its chunks are (BLOB-14); which are its own is not known here.
            for wants_chunks in [true, false] {
                for (done, (entry, at)) in (1..).zip(&entries) {
                    if matches!(entry, Entry::Chunk(_)) != wants_chunks {
                        continue;
                    }
                    if !wants_chunks && !whole {
                        report.left += 1;
                        continue;
                    }
                    let body = bag.read_body(*at, entry.body_len());
                    let body = body.map_err(|error| told(bag, error))?;
                    match self.leave(&relay, entry, &body).await {
                        Ok(()) if wants_chunks => report.chunks += 1,
                        Ok(()) => report.letters += 1,
                        Err(error) if error.is_of_the_vault() => return Err(error),
                        Err(error) => {
                            // A mailbox that is not there holds up no other letter.
                            whole &= !wants_chunks;
                            report.left += 1;
                            report.failures.push(error);
                        }
                    }
                    progress.mailbag(MailbagStep {
                        work: MailbagWork::Deliver,
                        done,
                        total: count,
                    });
                }
            }
        }
        Ok(())
    }

    async fn first_that_answers(
        &self,
        relays: &[RelayAddress],
        report: &mut DeliverReport,
    ) -> Result<Option<RelayAddress>, Error> {
        for relay in relays {
            match self.connections.reach(relay).await {
                Ok(()) => return Ok(Some(relay.clone())),
                Err(error) if error.is_of_the_vault() => return Err(error),
                Err(error) => report.failures.push(error),
            }
        }
        Ok(None)
    }

    async fn leave(&self, relay: &RelayAddress, entry: &Entry, body: &[u8]) -> Result<(), Error> {
        match entry {
            Entry::Chunk(chunk) => {
                let terms = chunk.put_terms().ok_or(Error::ChunkByHash)?;
                self.put_chunk(relay, CHUNKS, terms, body, true, &|_| {})
                    .await
            }
            Entry::Envelope(envelope) => {
                let address = envelope.address;
                let request = Request::Deposit { address };
                let purpose = Purpose::Deposit(address);
                match self.connections.ask(relay, purpose, &request, body).await {
                    Ok((Answer::Deposited { .. }, _)) => Ok(()),
                    Ok(_) => Err(Error::RelayAnswer {
                        expected: "a receipt",
                    }),
                    // The courier cannot ask for another card, as a writer can.
                    Err(Error::Refused {
                        refusal: Refusal::NoMailbox,
                    }) => Err(Error::MailboxMissing),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

/// The entries of a bag by the relays that they name: what belongs together names the same.
fn by_relays(bag: &Bag<BagFile>) -> Result<BTreeMap<Vec<RelayAddress>, Places>, Error> {
    let mut sorted: BTreeMap<Vec<RelayAddress>, Places> = BTreeMap::new();
    bag.entries(|event| {
        if let Event::Entry {
            contents,
            entry,
            at,
            ..
        } = event
        {
            let relays = contents.relays_of(entry).cloned().collect();
            sorted.entry(relays).or_default().push((entry.clone(), at));
        }
        Ok::<_, MailbagError>(())
    })
    .map_err(|error| told(bag, error))?;
    Ok(sorted)
}
