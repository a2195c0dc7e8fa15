//! What goes out: replies, unit by unit, in the order in which they are ready (CHAN-6, CHAN-8).

use futures_util::{SinkExt, stream::SplitSink};
use tidings_protocol::{
    channel::{UnitSealer, clear_unit},
    limits::CELL_LEN,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message, Utf8Bytes,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use tracing::{debug, error};

use super::super::frames::{Leaving, Pace, Unsent, write_reply};
use crate::{budget::Lease, limits::CLOSE_TIME, rules::Reply};

/// What is to go out next.
pub(super) enum Outgoing {
    /// The channel is open: what follows is sealed.
    Open(Box<UnitSealer>),
    /// A reply before there is a channel.
    Clear { number: u32, reply: Reply },
    /// A reply in the channel, with what is given back once it is written.
    Reply {
        number: u32,
        reply: Reply,
        held: Option<(Lease, OwnedSemaphorePermit)>,
    },
    /// Nothing more; with which status, if anybody is there to be told.
    Close(Option<CloseCode>),
}

type Sink<T> = SplitSink<WebSocketStream<T>, Message>;

/// Writes until the connection is closed, the client has left, or does not take his answers in time.
pub(super) async fn write_all<T: AsyncRead + AsyncWrite + Send + Unpin>(
    mut sink: Sink<T>,
    mut leaving: mpsc::Receiver<Outgoing>,
    pace: Pace,
) {
    let mut sealer = None;
    while let Some(next) = leaving.recv().await {
        let (number, reply, held) = match next {
            Outgoing::Open(opened) => {
                sealer = Some(opened);
                continue;
            }
            Outgoing::Clear { number, reply } => (number, reply, None),
            Outgoing::Reply {
                number,
                reply,
                held,
            } => (number, reply, held),
            Outgoing::Close(status) => return close(sink, status).await,
        };
        let mut units = Units {
            sink: &mut sink,
            sealer: sealer.as_deref_mut(),
            number,
        };
        match write_reply(&mut units, reply, pace).await {
            Ok(()) => drop(held),
            Err(Unsent::Slow) => return debug!("a client did not take its answers in time"),
            Err(Unsent::Gone) => return,
        }
    }
}

/// Says why, and waits a moment that it goes out.
async fn close<T: AsyncRead + AsyncWrite + Unpin>(mut sink: Sink<T>, status: Option<CloseCode>) {
    let frame = status.map(|code| CloseFrame {
        code,
        reason: Utf8Bytes::default(),
    });
    let closing = async {
        // Whoever is gone cannot be told.
        let _ = sink.send(Message::Close(frame)).await;
        let _ = sink.close().await;
    };
    let _ = timeout(CLOSE_TIME, closing).await;
}

/// Where the units of one reply go.
struct Units<'a, T> {
    sink: &'a mut Sink<T>,
    /// None before there is a channel.
    sealer: Option<&'a mut UnitSealer>,
    number: u32,
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Leaving for Units<'_, T> {
    async fn send(&mut self, frame: Vec<u8>) -> bool {
        for cell in frame.as_chunks::<CELL_LEN>().0 {
            let message = match &mut self.sealer {
                None => clear_unit(self.number, cell),
                Some(sealer) => match sealer.seal(self.number, cell) {
                    Ok(message) => message,
                    Err(error) => {
                        error!(%error, "an answer could not be sealed; this is a bug worth reporting");
                        return false;
                    }
                },
            };
            if self
                .sink
                .feed(Message::Binary(message.into()))
                .await
                .is_err()
            {
                return false;
            }
        }
        self.sink.flush().await.is_ok()
    }
}
