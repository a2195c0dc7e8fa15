//! A letter's way to the relay: enclosures in pieces, then the envelope (DELIVERY-2).

use std::time::Duration;

use tidings_protocol::{
    exchange::{Answer, PutBlob, Receipt, Refusal, Request},
    ids::MailboxAddress,
    relay_identity::{RelayAddress, RootFingerprint},
};

use crate::{
    Account, ContactNumber, Error, Progress, Role, Transfer,
    account::contact_of,
    connections::{Purpose, race},
    contacts::ReplyAddress,
    pairs,
    records::{Delivery, Job, JobNumber, JobRecord, MailboxRecord, PairRecord, Upload},
    vault::Tables,
};

/// Smallest piece: with its request it fits one cell, so that it passes networks that freeze a connection after 15 KB.
const PIECE_MIN: usize = 8_192;
/// How much smaller pieces become after a connection was lost.
const PIECE_STEP: usize = 4;
/// Head start of a relay of a card before the next of the same card: the second learns of a deposit only where the first does
/// not answer.
const RELAY_HEAD_START: Duration = Duration::from_secs(2);

/// Bytes of a job that are at the relay, and in all.
pub(super) fn amount(job: &Job) -> (u64, u64) {
    let Job::Deliver(delivery) = job else {
        return (0, 0);
    };
    let mut amount = (0, tidings_protocol::limits::ENVELOPE_LEN as u64);
    for upload in &delivery.uploads {
        let Ok(plan) = upload.blob.plan() else {
            continue;
        };
        amount.1 += plan.stored_len();
        amount.0 += chunk_start(upload, upload.chunk);
    }
    amount
}

/// Where a chunk begins in the file of sealed chunks.
fn chunk_start(upload: &Upload, chunk: u32) -> u64 {
    crate::blobs::chunk_start(&upload.blob, chunk)
}

/// Where a letter goes.
pub(super) struct Destination {
    pub(super) relays: Vec<RelayAddress>,
    pub(super) mailbox: MailboxAddress,
}

impl Destination {
    /// The relays at which it may be left.
    pub(super) fn roots(&self) -> impl Iterator<Item = RootFingerprint> {
        self.relays.iter().map(|relay| relay.root)
    }
}

impl Account {
    pub(super) async fn deliver(
        &self,
        number: JobNumber,
        mut delivery: Delivery,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let (destination, contact) = self.safe.read(|tables| destination(tables, &delivery))?;
        self.check_answerable(&delivery)?;
        let (relay, is_choice) = match (&delivery.relay, &destination.relays[..]) {
            (Some(relay), _) => (relay.clone(), false),
            // Where there is no choice nothing is asked beforehand, and nothing kept that another card may change.
            (None, [only]) => (only.clone(), false),
            (None, relays) => (self.choose_relay(relays).await?, true),
        };
        if delivery.sealed.is_none() {
            self.seal(number, &mut delivery, contact).await?;
        }
        // Whoever collects the letter looks for its enclosures at the relay where he collected it.
        delivery.relay = Some(relay.clone());
        if is_choice {
            self.keep(number, &delivery)?;
        }
        for place in 0..delivery.uploads.len() {
            self.upload(number, &mut delivery, place, &relay, progress)
                .await?;
        }
        let sealed = delivery.sealed.as_ref().ok_or(Error::VaultDamaged {
            what: "a letter to be sent is not sealed",
        })?;
        let request = Request::Deposit {
            address: destination.mailbox,
        };
        let purpose = Purpose::Deposit(destination.mailbox);
        let asked = self
            .connections
            .ask(&relay, purpose, &request, &sealed.envelope)
            .await;
        match asked {
            Ok((Answer::Deposited { receipt }, _)) => self.delivered(number, delivery, receipt),
            Ok(_) => Err(Error::RelayAnswer {
                expected: "a receipt",
            }),
            Err(Error::Refused {
                refusal: Refusal::NoMailbox,
            }) => Err(self
                .missing_mailbox(delivery.pair, &relay, destination.mailbox)
                .await?),
            Err(error) => Err(error),
        }
    }

    /// A letter under a reply mailbox that is not made yet would have an answer that finds no mailbox.
    fn check_answerable(&self, delivery: &Delivery) -> Result<(), Error> {
        let made = self.safe.read(|tables| is_answerable(tables, delivery))?;
        made.then_some(()).ok_or(Error::MailboxNotMade)
    }

    /// The first of several relays that answers as itself (REACH-10).
    async fn choose_relay(&self, relays: &[RelayAddress]) -> Result<RelayAddress, Error> {
        let attempts = relays.iter().map(|relay| {
            let attempt =
                async move { self.connections.reach(relay).await.map(|()| relay.clone()) };
            (RELAY_HEAD_START, attempt)
        });
        race::first(attempts).await.map_err(|failures| {
            failures.into_iter().last().unwrap_or(Error::VaultDamaged {
                what: "a contact has no relay",
            })
        })
    }

    fn keep(&self, number: JobNumber, delivery: &Delivery) -> Result<(), Error> {
        self.safe.transact(|tables| keep(tables, number, delivery))
    }

    /// Uploads what is left of one blob.
    async fn upload(
        &self,
        number: JobNumber,
        delivery: &mut Delivery,
        place: usize,
        relay: &RelayAddress,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let plan = delivery.uploads[place].blob.plan()?;
        let mut resumed = true;
        while delivery.uploads[place].chunk < plan.total() {
            let upload = &delivery.uploads[place];
            let terms = upload.blob.put_terms(upload.chunk, &upload.writer)?;
            let chunk = self.read_chunk(upload)?;
            let start = chunk_start(upload, upload.chunk);
            let told = |stored: u64| {
                progress.transfer(&Transfer {
                    upload: true,
                    letter: delivery.letter,
                    name: upload.name.clone(),
                    done: start + stored,
                    total: plan.stored_len(),
                });
            };
            let purpose = Purpose::Blob(upload.file.0);
            self.put_chunk(relay, purpose, terms, &chunk, resumed, &told)
                .await?;
            resumed = false;
            delivery.uploads[place].chunk += 1;
            self.keep(number, delivery)?;
        }
        Ok(())
    }

    /// Uploads one chunk, going on where the relay is. After a lost connection the pieces become smaller: some networks
    /// let only so many bytes through one.
    pub(crate) async fn put_chunk(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
        terms: PutBlob,
        chunk: &[u8],
        resumed: bool,
        told: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Error> {
        let mut piece = chunk.len();
        let mut stored = 0;
        // What a resumed upload has there already is asked with an empty piece.
        let mut ask = resumed;
        let mut went_on = false;
        loop {
            told(stored as u64);
            if let Some(passes) = self.connections.piece(relay, purpose)? {
                piece = piece.min(passes.max(PIECE_MIN));
            }
            let end = if ask {
                stored
            } else {
                (stored + piece).min(chunk.len())
            };
            let request = Request::PutBlob(PutBlob {
                offset: u32::try_from(stored).unwrap_or(u32::MAX),
                ..terms.clone()
            });
            let asked = self
                .connections
                .ask(relay, purpose, &request, &chunk[stored..end])
                .await;
            let now_stored = match asked {
                Ok((Answer::BlobStored { stored }, _)) => stored,
                Err(Error::Refused {
                    refusal: Refusal::BlobPiece { stored: there },
                }) if there as usize != stored => there,
                Ok(_) => {
                    return Err(Error::RelayAnswer {
                        expected: "how much is stored",
                    });
                }
                Err(Error::RelayUnreached { source })
                    if source.is_of_the_crossing() && (went_on || piece > PIECE_MIN) =>
                {
                    piece = (piece / PIECE_STEP).max(PIECE_MIN);
                    ask = true;
                    went_on = false;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let now_stored = now_stored as usize;
            if now_stored > chunk.len() || (!ask && now_stored <= stored) {
                return Err(Error::RelayAnswer {
                    expected: "that the enclosure goes on",
                });
            }
            went_on |= now_stored > stored;
            stored = now_stored;
            ask = false;
            if stored == chunk.len() {
                told(stored as u64);
                return Ok(());
            }
        }
    }

    fn read_chunk(&self, upload: &Upload) -> Result<Vec<u8>, Error> {
        crate::blobs::read_chunk(&self.file(upload.file), &upload.blob, upload.chunk)
    }

    fn delivered(
        &self,
        number: JobNumber,
        delivery: Delivery,
        receipt: Receipt,
    ) -> Result<(), Error> {
        self.safe.transact(|tables| {
            self.deposited(tables, delivery, receipt)?;
            tables.remove::<JobRecord>(&number)
        })
    }
}

/// Whether the mailbox to which the answer is to come is at its relay.
pub(super) fn is_answerable(tables: &Tables<'_>, delivery: &Delivery) -> Result<bool, Error> {
    let mailbox = tables.need::<PairRecord>(&delivery.pair)?.mailbox;
    Ok(match mailbox {
        Some(mailbox) => tables.need::<MailboxRecord>(&mailbox)?.created,
        None => true,
    })
}

pub(super) fn keep(
    tables: &mut Tables<'_>,
    number: JobNumber,
    delivery: &Delivery,
) -> Result<(), Error> {
    let record = tables.need::<JobRecord>(&number)?;
    let job = Job::Deliver(Box::new(delivery.clone()));
    tables.put(&number, &JobRecord { job, ..record })
}

pub(super) fn destination(
    tables: &Tables<'_>,
    delivery: &Delivery,
) -> Result<(Destination, ContactNumber), Error> {
    let (record, pair) = pairs::load(tables, delivery.pair)?;
    let contact = contact_of(tables, record.contact)?;
    let destination = match contact.role {
        Role::Office => {
            let card = contact.card()?;
            Destination {
                relays: card.card().relays.clone(),
                mailbox: card.card().address,
            }
        }
        Role::Family => {
            let reply = ReplyAddress::decode(pair.reply_to())?;
            Destination {
                relays: vec![reply.relay],
                mailbox: reply.mailbox,
            }
        }
    };
    Ok((destination, record.contact))
}
