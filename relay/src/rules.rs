//! What a relay answers to each request (`docs/spec/exchange.md`). No socket here: a request comes in, an answer goes out,
//! the store does the keeping.

mod owner;

use std::sync::Arc;

use bytes::Bytes;
use rand_core::Rng;
use tidings_protocol::{
    exchange::{Answer, HelloAnswer, PutBlob, Receipt, Refusal, Request},
    ids::{BlobId, Capability, MailboxAddress},
    limits::{
        CELL_LEN, CHUNK_CLASSES, ENVELOPE_LEN, EXCHANGE_VERSION, RETENTION_DAYS,
        RETENTION_SPREAD_DAYS,
    },
    time::Day,
};
use tokio::sync::{Semaphore, watch};
use tracing::error;

use crate::{
    budget::Lease,
    clock::{self, Clock},
    identity::Identity,
    store::{Store, StoreError},
    watch::Arrivals,
};

/// The rules over one store.
#[derive(Debug)]
pub struct Rules<S> {
    store: Arc<S>,
    arrivals: Arc<Arrivals>,
    clock: Clock,
    /// Lets as many owners' requests and channels be opened at once as there are cores: the flood of one sort starves no other.
    openings: Semaphore,
    /// True once the relay stops: watches end then.
    stopping: watch::Receiver<bool>,
}

/// Under which keys a request is answered.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The identity that the connection showed in its handshake; hello speaks of this one.
    pub shown: Arc<Identity>,
    /// The identity that the relay has now; it also opens what was sealed to replaced keys.
    pub current: Arc<Identity>,
}

/// An answer and the body of its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The body.
    pub body: Bytes,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            body: Bytes::new(),
        }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Answer::Refused(refusal).into()
    }
}

impl<S: Store> Rules<S> {
    /// The rules over `store`. `stopping` becomes true when the relay stops.
    #[must_use]
    pub fn new(
        store: Arc<S>,
        arrivals: Arc<Arrivals>,
        clock: Clock,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            store,
            arrivals,
            clock,
            openings: Semaphore::new(cores),
            stopping,
        }
    }

    /// Does what takes 0.6 ms of a core, the opening of something that was encapsulated to the online key, off the threads that
    /// serve the network, and no more at once than there are cores. `None` if the relay ends.
    pub(crate) async fn open_aside<T: Send + 'static>(
        &self,
        opening: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _turn = self.openings.acquire().await.ok()?;
        match tokio::task::spawn_blocking(opening).await {
            Ok(opened) => Some(opened),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => None,
        }
    }

    /// Answers one request. `lease` holds the memory of the request; it is exchanged for that of the answer.
    pub async fn answer(
        &self,
        keys: &Keys,
        request: Request,
        body: Bytes,
        lease: &mut Lease,
    ) -> Reply {
        let takes_body = matches!(request, Request::Deposit { .. } | Request::PutBlob(_));
        if !takes_body && !body.is_empty() {
            return Refusal::Malformed.into();
        }
        let answered = match request {
            Request::Hello { lowest, highest } => self.hello(&keys.shown, lowest, highest),
            Request::Deposit { address } => self.deposit(address, body).await,
            Request::FetchPrekeys { address } => self.fetch_prekeys(address).await,
            Request::PutBlob(terms) => self.put_blob(terms, body).await,
            Request::GetBlob {
                id,
                read,
                offset,
                length,
            } => self.get_blob(id, read, offset, length, lease).await,
            Request::DeleteBlob { id, delete } => self.delete_blob(id, delete).await,
            Request::Owner(sealed) => self.owner(&keys.current, sealed, lease).await,
            Request::CheckReceipt { address, receipt } => {
                self.check_receipt(address, receipt).await
            }
        };
        answered.unwrap_or_else(Reply::from)
    }

    /// EXCH-5.
    fn hello(&self, shown: &Identity, lowest: u16, highest: u16) -> Result<Reply, Refusal> {
        if lowest > highest {
            return Err(Refusal::Malformed);
        }
        if !(lowest..=highest).contains(&EXCHANGE_VERSION) {
            return Err(Refusal::Version {
                lowest: EXCHANGE_VERSION,
                highest: EXCHANGE_VERSION,
            });
        }
        Ok(Answer::Hello(HelloAnswer {
            version: EXCHANGE_VERSION,
            certificate: shown.signed_certificate().clone(),
            day: self.clock.today(),
        })
        .into())
    }

    /// EXCH-11.
    async fn deposit(&self, address: MailboxAddress, envelope: Bytes) -> Result<Reply, Refusal> {
        if envelope.len() != ENVELOPE_LEN {
            return Err(Refusal::Malformed);
        }
        self.store
            .deposit(address, envelope, self.expiry())
            .await
            .map_err(|failure| refused(&failure))?;
        // Also for a repeated one: that it was there before is not to be seen, not even in the pace of the answer.
        self.arrivals.announce(&address);
        let receipt = self.store.receipt(&address);
        Ok(Answer::Deposited { receipt }.into())
    }

    /// EXCH-26.
    async fn check_receipt(
        &self,
        address: MailboxAddress,
        receipt: Receipt,
    ) -> Result<Reply, Refusal> {
        let holds = self
            .store
            .holds(address, receipt)
            .await
            .map_err(|failure| refused(&failure))?;
        Ok(Answer::ReceiptChecked { holds }.into())
    }

    /// EXCH-15.
    async fn fetch_prekeys(&self, address: MailboxAddress) -> Result<Reply, Refusal> {
        let (sequence, record) = self
            .store
            .fetch_prekeys(address)
            .await
            .map_err(|failure| refused(&failure))?;
        Ok(Answer::Prekeys {
            sequence,
            record: record.into(),
        }
        .into())
    }

    /// EXCH-21, EXCH-22.
    async fn put_blob(&self, terms: PutBlob, piece: Bytes) -> Result<Reply, Refusal> {
        let stored = self
            .store
            .put_blob(terms, piece, self.expiry())
            .await
            .map_err(|failure| refused(&failure))?;
        Ok(Answer::BlobStored { stored }.into())
    }

    /// EXCH-23.
    async fn get_blob(
        &self,
        id: BlobId,
        read: Capability,
        offset: u32,
        length: u32,
        lease: &mut Lease,
    ) -> Result<Reply, Refusal> {
        let wanted = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(CHUNK_CLASSES[3]);
        lease
            .resize(wanted + CELL_LEN)
            .await
            .map_err(|_| Refusal::Busy)?;
        let (class, body) = self
            .store
            .get_blob(id, read, offset, u32::try_from(wanted).unwrap_or(length))
            .await
            .map_err(|failure| refused(&failure))?;
        Ok(Reply {
            answer: Answer::BlobPiece { class },
            body,
        })
    }

    /// EXCH-24.
    async fn delete_blob(&self, id: BlobId, delete: Capability) -> Result<Reply, Refusal> {
        self.store
            .delete_blob(id, delete)
            .await
            .map_err(|failure| refused(&failure))?;
        Ok(Answer::BlobDeleted.into())
    }

    /// The day from which terms are counted: the store's own (STORE-21), which a wrong clock does not move.
    fn today(&self) -> Day {
        self.store.today().unwrap_or_else(|| self.clock.today())
    }

    /// The day on which something deposited now goes: around [`RETENTION_DAYS`] from today, each day of the spread as
    /// likely as any other, so that it does not tell the day of deposit (STORE-9).
    fn expiry(&self) -> Day {
        expiry_from(self.today())
    }
}

/// The day on which something deposited on the day `today` goes.
pub(crate) fn expiry_from(today: Day) -> Day {
    let spread = 2 * RETENTION_SPREAD_DAYS + 1;
    // 2^64 is no multiple of 29; the difference in likelihood is below 2^-59.
    let days = clock::random().next_u64() % u64::from(spread);
    today
        .plus(RETENTION_DAYS - RETENTION_SPREAD_DAYS)
        .plus(u32::try_from(days).unwrap_or(0))
}

/// What the client is told of a failure; the operator reads of those that are the disk's.
fn refused(failure: &StoreError) -> Refusal {
    let refusal = failure.refusal();
    if refusal == Refusal::Storage {
        error!(error = %failure, "the store failed; nothing was acknowledged");
    }
    refusal
}
