//! A connection over QUIC: each request has a stream of its own (EXCH-7).

use std::sync::Arc;

use quinn::{Connection, ReadExactError, RecvStream, SendStream, VarInt};
use tidings_protocol::exchange::Refusal;
use tokio::task::JoinSet;
use tracing::debug;

use super::{
    Shared, close,
    frames::{Arriving, Leaving, Pace, ReadError, Unsent, read_request, write_reply},
    note_panic, settle,
};
use crate::{budget::Share, identity::Identity, rules::Reply, store::Store};

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
                if shared.is_retired(&shown.certificate().online_key_hash()) {
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
        Ok((request, body)) => shared.answer(shown, request, body, &mut lease).await,
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
        Err(ReadError::Gone | ReadError::Broken) => return,
    };
    settle(&mut lease, &reply).await;
    reply_on(&mut send, reply, shared.pace).await;
}

async fn refuse_stopping(mut send: SendStream, mut recv: RecvStream, pace: Pace) {
    let _ = recv.stop(VarInt::from_u32(close::UNWANTED));
    debug!("a request came while stopping");
    reply_on(&mut send, Refusal::Stopping.into(), pace).await;
}

async fn reply_on(send: &mut SendStream, reply: Reply, pace: Pace) {
    if write_reply(send, reply, pace).await == Err(Unsent::Slow) {
        let _ = send.reset(VarInt::from_u32(close::SLOW));
    }
}

impl Arriving for RecvStream {
    async fn fill(&mut self, into: &mut [u8]) -> Result<(), ReadError> {
        match self.read_exact(into).await {
            Ok(()) => Ok(()),
            Err(ReadExactError::FinishedEarly(_)) => Err(ReadError::Refused(Refusal::Malformed)),
            Err(ReadExactError::ReadError(_)) => Err(ReadError::Gone),
        }
    }

    async fn end(&mut self) -> Result<(), ReadError> {
        match self.read(&mut [0]).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(ReadError::Refused(Refusal::Malformed)),
            Err(_) => Err(ReadError::Gone),
        }
    }
}

impl Leaving for SendStream {
    async fn send(&mut self, frame: Vec<u8>) -> bool {
        if self.write_all(&frame).await.is_err() || self.finish().is_err() {
            return false;
        }
        self.stopped().await.is_ok()
    }
}
