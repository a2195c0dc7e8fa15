//! TCP: every connection of a client is joined to one of its own towards the relay.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, duplex, split},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

use super::{Conduct, Direction, Flow, Shared, passes, portal};

/// Bytes that are read at once: a packet.
const PACKET: usize = 1_400;
/// Bytes between a portal and the road to it.
const DUPLEX: usize = 65_536;
/// Packets that wait before a slow line.
const QUEUE: usize = 64;

/// One joined connection.
pub(super) struct Joined {
    shared: Arc<Shared>,
    place: usize,
    conduct: Conduct,
    /// Bytes after which it is reset.
    reset_after: Option<u64>,
    up: AtomicU64,
    over: Notify,
}

/// Accepts until the runtime ends.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        let (place, conduct) = {
            let mut state = shared.state();
            state.figures.tcp.push(Flow::default());
            (state.figures.tcp.len() - 1, state.tcp.clone())
        };
        let reset_after = conduct
            .reset
            .filter(|(flows, _)| (place as u64) < *flows)
            .map(|(_, bytes)| bytes);
        let joined = Arc::new(Joined {
            shared: Arc::clone(&shared),
            place,
            conduct,
            reset_after,
            up: AtomicU64::new(0),
            over: Notify::new(),
        });
        tokio::spawn(serve(client, joined));
    }
}

async fn serve(client: TcpStream, joined: Arc<Joined>) {
    let _ = client.set_nodelay(true);
    if joined.conduct.blocked {
        // The kernel has accepted already; nothing more is said.
        hold(client).await;
        return;
    }
    if let Some(portal) = joined.conduct.portal.clone() {
        let (here, there) = duplex(DUPLEX);
        let answering = async {
            // Whatever goes wrong with a client of a portal is the client's to notice.
            let _ = portal::answer(portal, here, &joined).await;
        };
        tokio::join!(answering, join(client, split(there), Arc::clone(&joined)));
        return;
    }
    let Ok(relay) = TcpStream::connect(joined.shared.relay).await else {
        return;
    };
    let _ = relay.set_nodelay(true);
    if joined.reset_after.is_some() {
        // Closing it, whoever does that, is a reset then.
        let _ = client.set_zero_linger();
    }
    join(client, relay.into_split(), joined).await;
}

/// Passes bytes both ways until one side ends, or the network does as it is told.
async fn join<R, W>(client: TcpStream, (from_relay, to_relay): (R, W), joined: Arc<Joined>)
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (from_client, to_client) = client.into_split();
    let up = tokio::spawn(pump(
        from_client,
        to_relay,
        Arc::clone(&joined),
        Direction::Up,
    ));
    let down = tokio::spawn(pump(
        from_relay,
        to_client,
        Arc::clone(&joined),
        Direction::Down,
    ));
    let (stop_up, stop_down) = (up.abort_handle(), down.abort_handle());
    let ended = async {
        let (_, _) = tokio::join!(up, down);
    };
    tokio::select! {
        () = ended => {}
        () = joined.over.notified() => {
            stop_up.abort();
            stop_down.abort();
        }
    }
}

/// One direction: what is read now is written when the network has carried it.
async fn pump(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    to: impl AsyncWrite + Unpin + Send + 'static,
    joined: Arc<Joined>,
    direction: Direction,
) -> io::Result<()> {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let writing = tokio::spawn(write(to, waiting));
    let mut free = Instant::now();
    let mut packet = vec![0; PACKET];
    loop {
        let length = from.read(&mut packet).await?;
        if length == 0 {
            break;
        }
        if joined.resets(direction, length) {
            joined.over.notify_one();
            return Ok(());
        }
        if !joined.passes(direction, length) {
            // Nobody is told: both ends are held open until they give up by themselves.
            hold(from).await;
            return Ok(());
        }
        let now = Instant::now();
        if let Some(bits) = joined.conduct.bits_per_second {
            let takes = Duration::from_secs(length as u64 * 8) / u32::try_from(bits).unwrap_or(1);
            free = free.max(now) + takes;
        } else {
            free = now;
        }
        let arrives = free + joined.conduct.latency;
        if queue
            .send((arrives, packet[..length].to_vec()))
            .await
            .is_err()
        {
            return Ok(());
        }
    }
    drop(queue);
    writing.await?
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut waiting: mpsc::Receiver<(Instant, Vec<u8>)>,
) -> io::Result<()> {
    while let Some((arrives, bytes)) = waiting.recv().await {
        sleep_until(arrives).await;
        to.write_all(&bytes).await?;
        to.flush().await?;
    }
    to.shutdown().await
}

/// Takes whatever comes, to nowhere.
async fn hold(mut from: impl AsyncRead + Unpin) {
    let mut nothing = [0; PACKET];
    while from.read(&mut nothing).await.is_ok_and(|length| length > 0) {}
}

impl Joined {
    fn passes(&self, direction: Direction, length: usize) -> bool {
        let mut state = self.shared.state();
        let mut unknown = Flow::default();
        let flow = state
            .figures
            .tcp
            .get_mut(self.place)
            .unwrap_or(&mut unknown);
        passes(flow, &self.conduct, direction, length)
    }

    fn resets(&self, direction: Direction, length: usize) -> bool {
        if direction == Direction::Down {
            return false;
        }
        let up = self.up.fetch_add(length as u64, Ordering::Relaxed) + length as u64;
        self.reset_after.is_some_and(|limit| up > limit)
    }

    /// Where the relay is.
    pub(super) fn relay(&self) -> std::net::SocketAddr {
        self.shared.relay
    }

    /// Notes what was read inside TLS.
    pub(super) fn read(&self, direction: Direction, bytes: &[u8]) {
        self.shared.state().figures.read[direction as usize].extend_from_slice(bytes);
    }
}
