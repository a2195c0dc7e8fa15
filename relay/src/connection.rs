//! One connection: requests in, a task for each, frames read and written within limits of time and memory. The same over QUIC
//! ([`quic`]) and inside a WebSocket ([`websocket`]); what differs is only how a frame comes and how a reply goes
//! ([`frames::Arriving`], [`frames::Leaving`]).

mod frames;
pub(crate) mod quic;
pub(crate) mod websocket;

use std::sync::Arc;

use bytes::Bytes;
use tidings_protocol::{exchange::Request, limits::CELL_LEN, relay_identity::OnlineKeyHash};
use tokio::{sync::watch, task::JoinError};
use tracing::error;

pub(crate) use self::frames::Pace;
use crate::{
    budget::{Budget, Lease},
    clock::Clock,
    identity::Identity,
    rules::{Keys, Reply, Rules},
    store::Store,
};

/// Codes with which this relay closes connections and resets streams (EXCH-8). A WebSocket is closed with 4,000 more (CHAN-9).
pub mod close {
    /// The relay is stopping.
    pub const STOPPING: u32 = 1;
    /// The keys that the connection was made under are retired: connect again.
    pub const RETIRED: u32 = 2;
    /// A stream was too slow.
    pub const SLOW: u32 = 3;
    /// The rest of a request is not wanted.
    pub const UNWANTED: u32 = 4;
}

/// What all connections of a relay share.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) rules: Rules<S>,
    pub(crate) budget: Budget,
    pub(crate) pace: Pace,
    pub(crate) clock: Clock,
    pub(crate) identity: watch::Receiver<Arc<Identity>>,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl<S: Store> Shared<S> {
    /// The identity that the relay has now.
    fn current(&self) -> Arc<Identity> {
        Arc::clone(&self.identity.borrow())
    }

    /// Whether an online key opens requests no longer (RELAY-9). A client that was shown it has to see newer keys, and those
    /// come with a new connection only.
    fn is_retired(&self, online_key: &OnlineKeyHash) -> bool {
        let current = self.identity.borrow();
        current.online_key(online_key, self.clock.today()).is_none()
    }

    /// Answers one request; what is held for it is exchanged for what its reply takes.
    async fn answer(
        &self,
        shown: Arc<Identity>,
        request: Request,
        body: Bytes,
        lease: &mut Lease,
    ) -> Reply {
        let keys = Keys {
            shown,
            current: self.current(),
        };
        self.rules.answer(&keys, request, body, lease).await
    }
}

/// Holds no more than the reply needs from now on. Shrinking never waits, and growing from nothing to one cell may fail without
/// harm.
async fn settle(lease: &mut Lease, reply: &Reply) {
    let _ = lease.resize(CELL_LEN + reply.body.len()).await;
}

/// One panicking request ends alone; its stream is cut off.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(ended) = ended
        && ended.is_panic()
    {
        error!("a request panicked; this is a bug worth reporting");
    }
}
