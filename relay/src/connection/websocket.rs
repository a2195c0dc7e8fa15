//! A connection inside a WebSocket: one after the other, units of a channel are put together to requests (CHAN-2 to CHAN-9).

mod incoming;
mod outgoing;

use std::{collections::HashMap, pin::pin, sync::Arc};

use futures_util::StreamExt;
use tidings_protocol::{exchange::Refusal, limits::CHANNEL_FIRST_LEN};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::{JoinError, JoinSet},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::protocol::{Role, WebSocketConfig, frame::coding::CloseCode},
};
use tracing::debug;

use self::{
    incoming::{Arrived, Incoming},
    outgoing::{Outgoing, write_all},
};
use super::{Shared, close, note_panic, settle};
use crate::{
    budget::Lease,
    limits::{FIRST_MESSAGES_MAX, STREAMS_MAX, WEBSOCKET_BUFFER},
    rules::Reply,
    store::Store,
};

/// Serves one upgraded connection until either side ends it, as [`super::quic::serve`] does. `read` is what came behind the
/// upgrade request already (CHAN-1). The stream tells who stalls in the middle of a message ([`std::io::ErrorKind::TimedOut`]).
pub(crate) async fn serve<S: Store, T: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: T,
    read: Vec<u8>,
    shared: Arc<Shared<S>>,
) {
    let config = WebSocketConfig::default()
        .read_buffer_size(WEBSOCKET_BUFFER)
        .write_buffer_size(WEBSOCKET_BUFFER)
        .max_write_buffer_size(4 * WEBSOCKET_BUFFER)
        .max_message_size(Some(CHANNEL_FIRST_LEN))
        .max_frame_size(Some(CHANNEL_FIRST_LEN));
    let socket =
        WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await;
    let (sink, messages) = socket.split();
    // Never full: as many replies as there may be requests, and what goes out beside them.
    let (outbox, leaving) = mpsc::channel(STREAMS_MAX as usize + FIRST_MESSAGES_MAX + 2);
    let (arrivals, mut arrived) = mpsc::channel(1);
    let incoming = Incoming::new(messages, Arc::clone(&shared), outbox.clone(), arrivals);
    let mut reading = pin!(incoming.run());
    let mut writing = pin!(write_all(sink, leaving, shared.pace));

    let mut stopping = shared.stopping.clone();
    let mut is_stopping = false;
    let mut requests = JoinSet::new();
    let mut numbers = HashMap::new();
    let over = loop {
        tokio::select! {
            code = &mut reading => break Some(code),
            // Whoever does not take his answers, or left, is not read from either.
            () = &mut writing => break None,
            Some(one) = arrived.recv() => {
                let number = one.number;
                let work = if is_stopping {
                    debug!("a request came while stopping");
                    requests.spawn(refuse(one, Refusal::Stopping, outbox.clone()))
                } else {
                    requests.spawn(answer(one, Arc::clone(&shared), outbox.clone()))
                };
                numbers.insert(work.id(), number);
            }
            Some(ended) = requests.join_next_with_id() => {
                let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
                let number = numbers.remove(&id);
                if let (Err(_), Some(number)) = (&ended, number) {
                    // There is no stream to cut off: whoever asked is told that nothing was acknowledged.
                    let reply = Refusal::Storage.into();
                    let _ = outbox.try_send(Outgoing::Reply { number, reply, held: None });
                }
                note_panic(ended.map(|_| ()));
            }
            _ = stopping.wait_for(|&stopping| stopping), if !is_stopping => is_stopping = true,
        }
        if is_stopping && requests.is_empty() {
            break Some(Some(private(close::STOPPING)));
        }
    };
    let Some(code) = over else {
        return requests.shutdown().await;
    };
    if code != Some(private(close::STOPPING)) {
        // The client broke off, or left: nobody waits for what is still in work.
        requests.shutdown().await;
    }
    // Replies that are ready go out before the close frame.
    if outbox.try_send(Outgoing::Close(code)).is_ok() {
        writing.await;
    }
}

/// How many requests of one connection may be in work (EXCH-7): a turn is held until the reply is written.
fn turns() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(STREAMS_MAX as usize))
}

/// The status in a close frame for a code of EXCH-8 (CHAN-9).
fn private(code: u32) -> CloseCode {
    CloseCode::from(4_000 + u16::try_from(code).unwrap_or(0))
}

async fn answer<S: Store>(one: Arrived, shared: Arc<Shared<S>>, outbox: mpsc::Sender<Outgoing>) {
    let Arrived {
        number,
        request,
        mut lease,
        turn,
    } = one;
    let reply = match request {
        Ok((request, body)) => {
            // What a hello tells is the newest: there is no key of a handshake that it would have to agree with (RELAY-9).
            let shown = shared.current();
            shared.answer(shown, request, body, &mut lease).await
        }
        Err(refusal) => refusal.into(),
    };
    settle(&mut lease, &reply).await;
    leave(outbox, number, reply, lease, turn).await;
}

async fn refuse(one: Arrived, refusal: Refusal, outbox: mpsc::Sender<Outgoing>) {
    leave(outbox, one.number, refusal.into(), one.lease, one.turn).await;
}

async fn leave(
    outbox: mpsc::Sender<Outgoing>,
    number: u32,
    reply: Reply,
    lease: Lease,
    turn: OwnedSemaphorePermit,
) {
    // An error says that the connection is gone.
    let _ = outbox
        .send(Outgoing::Reply {
            number,
            reply,
            held: Some((lease, turn)),
        })
        .await;
}
