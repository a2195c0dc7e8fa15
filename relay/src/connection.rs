//! One connection: streams in, a task for each, frames read and written within limits of time and memory.

mod frames;

use std::sync::Arc;

use bytes::Bytes;
use quinn::{Connection, RecvStream, SendStream, VarInt};
use tidings_protocol::{
    exchange::{Refusal, Request},
    limits::CELL_LEN,
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};
use tracing::{debug, error};

pub(crate) use self::frames::Pace;
use self::frames::{ReadError, read_request, write_reply};
use crate::{
    budget::{Budget, Share},
    clock::Clock,
    identity::Identity,
    rules::{Keys, Reply, Rules},
    store::Store,
};

/// Codes with which this relay closes connections and resets streams (EXCH-8).
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

/// Serves one connection until either side ends it. When the relay stops, requests in work are answered, new ones are
/// told so, and then the connection is closed.
pub(crate) async fn serve<S: Store>(
    connection: Connection,
    shown: Arc<Identity>,
    shared: Arc<Shared<S>>,
) {
    let share = shared.budget.share();
    let mut stopping = shared.stopping.clone();
    let mut is_stopping = false;
    let mut requests = JoinSet::new();
    loop {
        tokio::select! {
            accepted = connection.accept_bi() => {
                let Ok((send, recv)) = accepted else { break };
                if is_retired(&shown, &shared) {
                    connection.close(VarInt::from_u32(close::RETIRED), b"keys retired");
                    break;
                }
                if is_stopping {
                    requests.spawn(refuse_stopping(send, recv, shared.pace));
                } else {
                    requests.spawn(answer_stream(send, recv, Arc::clone(&shown), share.clone(), Arc::clone(&shared)));
                }
            }
            Some(ended) = requests.join_next() => note_panic(ended),
            _ = stopping.wait_for(|&stopping| stopping), if !is_stopping => is_stopping = true,
        }
        if is_stopping && requests.is_empty() {
            connection.close(VarInt::from_u32(close::STOPPING), b"stopping");
            break;
        }
    }
    // The connection is gone: nobody waits for what is still in work.
    requests.shutdown().await;
}

/// Whether what this connection showed opens requests no longer (RELAY-9). Its client has to see newer keys, and those
/// come with a new handshake only.
fn is_retired<S>(shown: &Identity, shared: &Shared<S>) -> bool {
    let hash = shown.certificate().online_key_hash();
    let current = shared.identity.borrow();
    current.online_key(&hash, shared.clock.today()).is_none()
}

/// One panicking request ends alone; its stream is cut off.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(ended) = ended
        && ended.is_panic()
    {
        error!("a request panicked; this is a bug worth reporting");
    }
}

/// Reads one request, answers it.
async fn answer_stream<S: Store>(
    mut send: SendStream,
    mut recv: RecvStream,
    shown: Arc<Identity>,
    share: Share,
    shared: Arc<Shared<S>>,
) {
    let mut lease = share.lease();
    let reply = match read_request(&mut recv, &mut lease, shared.pace).await {
        Ok((request, body)) => answer(&shared, shown, request, body, &mut lease).await,
        Err(ReadError::Refused(refusal)) => {
            // Whatever else comes is not read; an error only says that nothing else can come.
            let _ = recv.stop(VarInt::from_u32(close::UNWANTED));
            refusal.into()
        }
        Err(ReadError::Slow) => {
            let _ = recv.stop(VarInt::from_u32(close::SLOW));
            let _ = send.reset(VarInt::from_u32(close::SLOW));
            return;
        }
        Err(ReadError::Gone) => return,
    };
    // Shrinking never waits, and growing from nothing to one cell may fail without harm.
    let needed = CELL_LEN + reply.body.len();
    let _ = lease.resize(needed).await;
    write_reply(&mut send, reply, shared.pace).await;
}

async fn answer<S: Store>(
    shared: &Shared<S>,
    shown: Arc<Identity>,
    request: Request,
    body: Bytes,
    lease: &mut crate::budget::Lease,
) -> Reply {
    let keys = Keys {
        shown,
        current: Arc::clone(&shared.identity.borrow()),
    };
    shared.rules.answer(&keys, request, body, lease).await
}

async fn refuse_stopping(mut send: SendStream, mut recv: RecvStream, pace: Pace) {
    let _ = recv.stop(VarInt::from_u32(close::UNWANTED));
    debug!("a request came while stopping");
    write_reply(&mut send, Refusal::Stopping.into(), pace).await;
}
