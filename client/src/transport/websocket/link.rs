//! One WebSocket with a channel in it (CHAN rules): several exchanges at once, answers in any order.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex as StdMutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tidings_protocol::{
    channel::{
        Assembled, Assembler, ChannelError, ClientChannel, FromRelay, Unit, UnitOpener, UnitSealer,
        clear_first,
    },
    limits::{CELL_LEN, CHANNEL_NUMBER_MAX, CHANNEL_UNIT_LEN},
    relay_identity::VerifiedCertificate,
};
use tokio::{
    net::TcpStream,
    sync::{Mutex, oneshot},
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{Role, WebSocketConfig},
    },
};

use super::{
    counted::{Counted, Counter},
    upgrade::{Upgrading, is_refusal},
};
use crate::{
    surroundings::random,
    transport::{
        BoxFuture, Carried, Connection, Proof, TransportError,
        vigil::{Signs, watched},
    },
};

/// How often a connection that waits shows that it lives: half of the shortest that middleboxes forget after.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Messages are written as they come: what is buffered here no freeze and no slow line shows.
const WRITE_BUFFER: usize = 0;
/// Room for what cannot be written yet: one unit with the ping behind it.
const WRITE_BUFFER_MAX: usize = 4 * CHANNEL_UNIT_LEN;

type Socket = WebSocketStream<Upgrading<TlsStream<Counted<TcpStream>>>>;

/// A connection. Closed when dropped.
pub(super) struct WebSocketConnection {
    writer: Arc<Mutex<Writer>>,
    shared: Arc<Shared>,
    counter: Arc<Counter>,
    quiet: Duration,
    tasks: [AbortHandle; 2],
}

/// What writes, one frame at a time.
struct Writer {
    sink: SplitSink<Socket, Message>,
    number: u32,
    pings: u64,
    /// A frame was begun and given up: nothing can follow it.
    is_broken: bool,
}

/// What writer and reader both know.
#[derive(Default)]
struct Shared {
    state: StdMutex<State>,
    /// The highest ping that came back.
    pongs: AtomicU64,
}

#[derive(Default)]
struct State {
    sealer: Option<UnitSealer>,
    opener: Option<UnitOpener>,
    assembler: Assembler,
    waiting: HashMap<u32, Waiting>,
    /// Why nothing comes any more.
    over: Option<TransportError>,
}

/// An exchange that waits for its answer.
struct Waiting {
    answer: oneshot::Sender<Result<Vec<u8>, TransportError>>,
    has_begun: Arc<AtomicBool>,
}

impl WebSocketConnection {
    pub(super) async fn new(
        stream: Upgrading<TlsStream<Counted<TcpStream>>>,
        counter: Arc<Counter>,
        quiet: Duration,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(CHANNEL_UNIT_LEN)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(WRITE_BUFFER_MAX)
            .max_message_size(Some(CHANNEL_UNIT_LEN))
            .max_frame_size(Some(CHANNEL_UNIT_LEN));
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
        let (sink, source) = socket.split();
        let shared = Arc::new(Shared::default());
        let writer = Arc::new(Mutex::new(Writer {
            sink,
            number: 0,
            pings: 0,
            is_broken: false,
        }));
        let reading = tokio::spawn(read(source, Arc::clone(&shared)));
        let keeping = tokio::spawn(keep_alive(
            Arc::clone(&writer),
            Arc::clone(&shared),
            Arc::clone(&counter),
        ));
        Self {
            writer,
            shared,
            counter,
            quiet,
            tasks: [reading.abort_handle(), keeping.abort_handle()],
        }
    }

    /// Writes a frame. Tells the last ping behind it, and where its answer comes.
    async fn write(
        &self,
        frame: &[u8],
        stage: &Stage,
    ) -> Result<oneshot::Receiver<Result<Vec<u8>, TransportError>>, TransportError> {
        let mut writer = self.writer.lock().await;
        if std::mem::replace(&mut writer.is_broken, true) {
            return Err(TransportError::Lost);
        }
        writer.number = (writer.number + 1).min(CHANNEL_NUMBER_MAX);
        let number = writer.number;
        let answer = self.shared.expect(number, &stage.has_begun)?;
        for cell in frame.as_chunks::<CELL_LEN>().0 {
            let message = self.shared.message(number, cell)?;
            writer.send(Message::Binary(message.into())).await?;
            // Its echo tells that the unit has arrived.
            writer.ping().await?;
        }
        stage.last_ping.store(writer.pings, Ordering::Relaxed);
        writer.is_broken = false;
        Ok(answer)
    }
}

impl Drop for WebSocketConnection {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Writer {
    async fn send(&mut self, message: Message) -> Result<(), TransportError> {
        self.sink
            .send(message)
            .await
            .map_err(|_| TransportError::Lost)
    }

    async fn ping(&mut self) -> Result<(), TransportError> {
        self.pings += 1;
        let number = Bytes::copy_from_slice(&self.pings.to_be_bytes());
        self.send(Message::Ping(number)).await
    }
}

/// How far an exchange is.
struct Stage {
    /// The ping behind its last unit, once that was written.
    last_ping: AtomicU64,
    /// The answer has begun to come.
    has_begun: Arc<AtomicBool>,
}

impl Connection for WebSocketConnection {
    fn prove(&self, certificate: &VerifiedCertificate) -> Result<Proof, TransportError> {
        let channel = ClientChannel::open(certificate, &mut random())
            .map_err(|_| TransportError::OtherKey)?;
        let mut state = self.shared.state();
        state.sealer = Some(channel.sealer);
        state.opener = Some(channel.opener);
        Ok(Proof::WithAnswer)
    }

    fn exchange<'a>(
        &'a self,
        frame: &'a [u8],
        patience: Duration,
    ) -> BoxFuture<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let stage = Stage {
                last_ping: AtomicU64::new(u64::MAX),
                has_begun: Arc::default(),
            };
            let crossing = async {
                let answer = match self.write(frame, &stage).await {
                    Ok(answer) => answer,
                    // Why it was lost, the reader may know.
                    Err(error) => return Err(self.shared.over().unwrap_or(error)),
                };
                answer.await.unwrap_or(Err(TransportError::Lost))
            };
            let signs = || {
                let arrived = self.shared.pongs.load(Ordering::Relaxed)
                    >= stage.last_ping.load(Ordering::Relaxed);
                Signs {
                    heard: self.counter.carried().received,
                    owes: !arrived || stage.has_begun.load(Ordering::Relaxed),
                }
            };
            watched(crossing, patience, self.quiet, signs).await
        })
    }

    fn is_open(&self) -> bool {
        let is_broken = self.writer.try_lock().is_ok_and(|writer| writer.is_broken);
        self.shared.over().is_none() && !is_broken
    }

    fn carried(&self) -> Carried {
        self.counter.carried()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves a channel that opens nothing any more, which is told.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn over(&self) -> Option<TransportError> {
        self.state().over
    }

    fn expect(
        &self,
        number: u32,
        has_begun: &Arc<AtomicBool>,
    ) -> Result<oneshot::Receiver<Result<Vec<u8>, TransportError>>, TransportError> {
        let mut state = self.state();
        if let Some(over) = state.over {
            return Err(over);
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            answer,
            has_begun: Arc::clone(has_begun),
        };
        state.waiting.insert(number, waiting);
        Ok(answered)
    }

    /// The message for one cell: sealed; or in clear while the relay's online key is not known, which is said to hello alone
    /// (CHAN-3).
    fn message(&self, number: u32, cell: &[u8; CELL_LEN]) -> Result<Vec<u8>, TransportError> {
        match &mut self.state().sealer {
            Some(sealer) => sealer.seal(number, cell).map_err(|_| TransportError::Lost),
            None => Ok(clear_first(number, cell)),
        }
    }

    /// Takes a message of the relay.
    fn take(&self, mut message: Vec<u8>) -> Result<(), TransportError> {
        let mut state = self.state();
        let state = &mut *state;
        let unit = match &mut state.opener {
            Some(opener) => match opener.open_or_clear(&mut message) {
                Ok(FromRelay::Sealed(unit)) => unit,
                Ok(FromRelay::Clear(_)) => {
                    // CHAN-7: nothing that it says is believed. A hello may follow on this connection.
                    state.sealer = None;
                    state.opener = None;
                    state.answer_all(TransportError::OnlineKey);
                    return Ok(());
                }
                Err(_) => return Err(TransportError::Frame),
            },
            None => Unit::from_clear(&message)
                .ok()
                .filter(|unit| unit.number > 0)
                .ok_or(TransportError::Frame)?,
        };
        let assembled = state.assembler.push(unit);
        match assembled.map_err(|_: ChannelError| TransportError::Frame)? {
            Assembled::Growing { number, .. } => {
                if let Some(waiting) = state.waiting.get(&number) {
                    waiting.has_begun.store(true, Ordering::Relaxed);
                }
            }
            Assembled::Whole { number, frame } => {
                // Nobody waits any more for an answer whose exchange was given up.
                if let Some(waiting) = state.waiting.remove(&number) {
                    let _ = waiting.answer.send(Ok(frame));
                }
            }
        }
        Ok(())
    }

    fn end(&self, why: TransportError) {
        let mut state = self.state();
        state.over.get_or_insert(why);
        state.answer_all(why);
    }
}

impl State {
    fn answer_all(&mut self, why: TransportError) {
        for (_, waiting) in self.waiting.drain() {
            let _ = waiting.answer.send(Err(why));
        }
    }
}

/// Reads until the connection ends.
async fn read(mut source: SplitStream<Socket>, shared: Arc<Shared>) {
    let why = loop {
        match source.next().await {
            Some(Ok(Message::Binary(message))) => {
                if let Err(why) = shared.take(message.into()) {
                    break why;
                }
            }
            Some(Ok(Message::Pong(number))) => {
                if let Ok(number) = number.as_ref().try_into() {
                    shared
                        .pongs
                        .fetch_max(u64::from_be_bytes(number), Ordering::Relaxed);
                }
            }
            Some(Ok(Message::Ping(_))) => {}
            Some(Err(Error::Io(error))) if is_refusal(&error) => break TransportError::Intercepted,
            Some(
                Ok(Message::Text(_) | Message::Frame(_))
                | Err(Error::Capacity(_) | Error::Protocol(_)),
            ) => {
                break TransportError::Frame;
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => break TransportError::Lost,
        }
    };
    shared.end(why);
}

/// Pings, so that middleboxes remember the connection and a dead one is noticed while nothing but an answer is waited for.
async fn keep_alive(writer: Arc<Mutex<Writer>>, shared: Arc<Shared>, counter: Arc<Counter>) {
    let mut ticks = interval(KEEP_ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first comes at once; the upgrade must not go out before the first frame.
    ticks.tick().await;
    let mut last = None;
    loop {
        ticks.tick().await;
        let heard = counter.carried().received;
        if let Some((ping, before)) = last
            && shared.pongs.load(Ordering::Relaxed) < ping
            && heard == before
        {
            shared.end(TransportError::Lost);
            return;
        }
        let mut writer = writer.lock().await;
        if writer.number == 0 || writer.is_broken {
            continue;
        }
        if writer.ping().await.is_err() {
            return;
        }
        last = Some((writer.pings, heard));
    }
}
