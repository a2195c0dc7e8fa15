//! What comes in: messages, the opening of a channel, units, requests (CHAN-2 to CHAN-8).

use std::{convert::Infallible, io::ErrorKind, ops::Range, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, stream::SplitStream};
use tidings_protocol::{
    channel::{ChannelError, FirstMessage, UnitOpener},
    exchange::{Frame, FrameLengths, Refusal, Request},
    limits::{AEAD_TAG_LEN, CELL_LEN, CHANNEL_FIRST_LEN},
    relay_identity::OnlineKeyHash,
    suite::SuiteError,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, error::ProtocolError, protocol::frame::coding::CloseCode},
};
use tracing::debug;

use super::{
    super::{
        Shared, close,
        frames::{Arriving, ReadError, read_request},
    },
    outgoing::Outgoing,
    private, turns,
};
use crate::{
    budget::{Lease, Share},
    limits::{FIRST_MESSAGES_MAX, IDLE_TIME},
    store::Store,
};

/// A request that came whole, or that is to be refused.
pub(super) struct Arrived {
    pub(super) number: u32,
    pub(super) request: Result<(Request, Bytes), Refusal>,
    /// The memory that it takes.
    pub(super) lease: Lease,
    /// One of those in which requests of this connection may be in work.
    pub(super) turn: OwnedSemaphorePermit,
}

/// Why nothing more is read.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The client left, or was silent for too long.
    Gone,
    /// A message or a frame did not come whole in time.
    Slow,
    /// What came is not this protocol.
    Broken,
    /// The online key of the channel is retired.
    Retired,
}

/// The reading side of one connection.
pub(super) struct Incoming<S, T> {
    messages: Messages<T>,
    shared: Arc<Shared<S>>,
    share: Share,
    turns: Arc<Semaphore>,
    outbox: mpsc::Sender<Outgoing>,
    arrivals: mpsc::Sender<Arrived>,
    /// CHAN-5: the highest number so far.
    last: u32,
}

/// Binary messages, one at a time.
struct Messages<T> {
    stream: SplitStream<WebSocketStream<T>>,
    /// The last one; opened in place.
    bytes: Vec<u8>,
}

/// The channel's end here.
struct Channel {
    opener: UnitOpener,
    online_key: OnlineKeyHash,
}

impl<S, T> Incoming<S, T>
where
    S: Store,
    T: AsyncRead + AsyncWrite + Send + Unpin,
{
    pub(super) fn new(
        stream: SplitStream<WebSocketStream<T>>,
        shared: Arc<Shared<S>>,
        outbox: mpsc::Sender<Outgoing>,
        arrivals: mpsc::Sender<Arrived>,
    ) -> Self {
        Self {
            messages: Messages {
                stream,
                bytes: Vec::new(),
            },
            share: shared.budget.share(),
            turns: turns(),
            shared,
            outbox,
            arrivals,
            last: 0,
        }
    }

    /// Reads until the connection is to end; with which status, if anybody is there to be told.
    pub(super) async fn run(mut self) -> Option<CloseCode> {
        let Err(end) = self.read().await;
        match end {
            End::Gone => None,
            End::Slow => Some(private(close::SLOW)),
            End::Broken => Some(CloseCode::Protocol),
            End::Retired => Some(private(close::RETIRED)),
        }
    }

    async fn read(&mut self) -> Result<Infallible, End> {
        let (mut channel, mut next) = self.open().await?;
        loop {
            // CHAN-8: with as many requests in work as there may be, nothing more is read.
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let turn = turn.map_err(|_| End::Gone)?;
            let (number, cell) = match next.take() {
                Some(first) => first,
                None => self.messages.unit(&mut channel.opener).await?,
            };
            if self.shared.is_retired(&channel.online_key) {
                return Err(End::Retired);
            }
            self.rise(number)?;
            let mut lease = self.share.lease();
            let mut frame = Units::of(&mut self.messages, &mut channel.opener, number, cell);
            let request = match read_request(&mut frame, &mut lease, self.shared.pace).await {
                Ok(request) => Ok(request),
                Err(ReadError::Refused(refusal)) => {
                    let rest = self.shared.pace.time_for(frame.left * CELL_LEN);
                    timeout(rest, frame.skip()).await.map_err(|_| End::Slow)??;
                    Err(refusal)
                }
                Err(ReadError::Slow) => return Err(End::Slow),
                Err(ReadError::Gone) => return Err(End::Gone),
                Err(ReadError::Broken) => return Err(End::Broken),
            };
            let arrived = Arrived {
                number,
                request,
                lease,
                turn,
            };
            self.arrivals.send(arrived).await.map_err(|_| End::Gone)?;
        }
    }

    /// First messages, until one opens a channel (CHAN-3, CHAN-4, CHAN-7): with it comes the first unit, whose cell lies in the
    /// last message.
    async fn open(&mut self) -> Result<(Channel, Option<(u32, Range<usize>)>), End> {
        for _ in 0..FIRST_MESSAGES_MAX {
            self.messages.next().await?;
            let mut message = std::mem::take(&mut self.messages.bytes);
            let opening = match FirstMessage::parse(&mut message) {
                Ok(FirstMessage::Clear(unit)) => {
                    self.rise(unit.number)?;
                    self.greet(unit.number, unit.cell).await?;
                    continue;
                }
                Ok(FirstMessage::Opening(opening)) => opening,
                Err(error) => {
                    debug!(%error, "no first message");
                    return Err(End::Broken);
                }
            };
            let online_key = opening.online_key();
            let identity = self.shared.current();
            let today = self.shared.clock.today();
            if identity.online_key(&online_key, today).is_none() {
                let reply = Refusal::OnlineKey.into();
                self.leave(Outgoing::Clear { number: 0, reply }).await?;
                continue;
            }
            let opened = self.shared.rules.open_aside(move || {
                let FirstMessage::Opening(opening) = FirstMessage::parse(&mut message)? else {
                    return Err(ChannelError::NotClear);
                };
                let secret = identity.online_key(&online_key, today);
                let secret = secret.ok_or(SuiteError::Key)?;
                let (ends, unit) = opening.accept(identity.root(), secret)?;
                let number = unit.number;
                Ok((ends, number, message))
            });
            let (ends, number, message) = opened.await.ok_or(End::Gone)?.map_err(broken)?;
            self.messages.bytes = message;
            self.leave(Outgoing::Open(Box::new(ends.sealer))).await?;
            let channel = Channel {
                opener: ends.opener,
                online_key,
            };
            return Ok((channel, Some((number, cell_at_end_of(CHANNEL_FIRST_LEN)))));
        }
        debug!("too many first messages");
        Err(End::Broken)
    }

    /// CHAN-3: a hello in clear, and nothing else.
    async fn greet(&mut self, number: u32, cell: &[u8; CELL_LEN]) -> Result<(), End> {
        let frame = Frame::parse(cell).map_err(broken)?;
        let request = Request::from_head(frame.head).map_err(broken)?;
        if !matches!(request, Request::Hello { .. }) {
            debug!("a request that is no hello came in clear");
            return Err(End::Broken);
        }
        let body = Bytes::copy_from_slice(frame.body);
        let mut lease = self.share.lease();
        let shown = self.shared.current();
        let reply = self.shared.answer(shown, request, body, &mut lease).await;
        self.leave(Outgoing::Clear { number, reply }).await
    }

    async fn leave(&self, outgoing: Outgoing) -> Result<(), End> {
        self.outbox.send(outgoing).await.map_err(|_| End::Gone)
    }

    /// CHAN-5: numbers rise.
    fn rise(&mut self, number: u32) -> Result<(), End> {
        if number <= self.last {
            debug!("a number that does not rise");
            return Err(End::Broken);
        }
        self.last = number;
        Ok(())
    }
}

fn broken(error: impl std::fmt::Display) -> End {
    debug!(%error, "a channel ends");
    End::Broken
}

impl<T: AsyncRead + AsyncWrite + Unpin> Messages<T> {
    /// The next binary message, into [`Self::bytes`]. Anything else that carries something ends the connection (CHAN-2).
    async fn next(&mut self) -> Result<(), End> {
        loop {
            // CHAN-9: any message keeps a connection alive.
            let Ok(Some(message)) = timeout(IDLE_TIME, self.stream.next()).await else {
                return Err(End::Gone);
            };
            match message {
                Ok(Message::Binary(bytes)) => {
                    self.bytes.clear();
                    self.bytes.extend_from_slice(&bytes);
                    return Ok(());
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) => return Err(End::Gone),
                Ok(Message::Text(_) | Message::Frame(_)) => return Err(End::Broken),
                Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                    return Err(End::Slow);
                }
                Err(
                    Error::Io(_)
                    | Error::ConnectionClosed
                    | Error::AlreadyClosed
                    | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                ) => return Err(End::Gone),
                Err(error) => return Err(broken(error)),
            }
        }
    }

    /// The next unit: its number, and where its cell lies in [`Self::bytes`].
    async fn unit(&mut self, opener: &mut UnitOpener) -> Result<(u32, Range<usize>), End> {
        self.next().await?;
        let number = opener.open(&mut self.bytes).map_err(broken)?.number;
        Ok((number, cell_at_end_of(self.bytes.len())))
    }
}

/// Where the cell lies in a message of this length: before the tag.
fn cell_at_end_of(message: usize) -> Range<usize> {
    let end = message.saturating_sub(AEAD_TAG_LEN);
    end.saturating_sub(CELL_LEN)..end
}

/// The units of one frame; the first has come (CHAN-8).
struct Units<'a, T> {
    messages: &'a mut Messages<T>,
    opener: &'a mut UnitOpener,
    number: u32,
    /// Where the cell of the first unit lies, until it is taken.
    first: Option<Range<usize>>,
    /// Units that are still to come.
    left: usize,
}

impl<'a, T: AsyncRead + AsyncWrite + Unpin> Units<'a, T> {
    fn of(
        messages: &'a mut Messages<T>,
        opener: &'a mut UnitOpener,
        number: u32,
        first: Range<usize>,
    ) -> Self {
        // A prefix over the limits counts as one cell.
        let left = FrameLengths::parse(&messages.bytes[first.clone()])
            .map_or(0, |lengths| lengths.wire_len() / CELL_LEN - 1);
        Self {
            messages,
            opener,
            number,
            first: Some(first),
            left,
        }
    }

    async fn next(&mut self) -> Result<Range<usize>, End> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let (number, cell) = self.messages.unit(self.opener).await?;
        if number != self.number || self.left == 0 {
            debug!("a unit of another frame inside of one");
            return Err(End::Broken);
        }
        self.left -= 1;
        Ok(cell)
    }

    /// Reads past the rest of a frame that is refused.
    async fn skip(&mut self) -> Result<(), End> {
        self.first = None;
        while self.left > 0 {
            self.next().await?;
        }
        Ok(())
    }
}

impl<T> Arriving for Units<'_, T>
where
    T: AsyncRead + AsyncWrite + Send + Unpin,
{
    async fn fill(&mut self, into: &mut [u8]) -> Result<(), ReadError> {
        for into in into.chunks_exact_mut(CELL_LEN) {
            let cell = self.next().await.map_err(|end| match end {
                End::Slow => ReadError::Slow,
                End::Gone => ReadError::Gone,
                End::Broken | End::Retired => ReadError::Broken,
            })?;
            into.copy_from_slice(&self.messages.bytes[cell]);
        }
        Ok(())
    }

    /// The number of units says where a frame ends.
    async fn end(&mut self) -> Result<(), ReadError> {
        Ok(())
    }
}
