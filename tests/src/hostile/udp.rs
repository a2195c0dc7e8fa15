//! UDP: every port of a client is a flow with a socket of its own towards the relay.

use std::{
    collections::{HashMap, hash_map::Entry},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    net::UdpSocket,
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Direction, Shared, passes};

/// Largest packet.
const PACKET_MAX: usize = 65_535;
/// Bytes that wait before a throttled line; a router drops what is beyond.
const QUEUE_MAX: u64 = 65_536;
/// Losses are the same in every run.
const SEED: u64 = 16;

/// A throttled line, and chance.
struct Line {
    free: Instant,
    chance: StdRng,
}

struct Client {
    place: usize,
    /// Towards the relay.
    road: Road,
}

/// Packets with the time at which they arrive: in the order in which they were sent, or QUIC would take the late ones for lost.
type Road = mpsc::UnboundedSender<(Instant, Vec<u8>)>;

/// A road at whose end `arrive` is called.
fn road<F: Future<Output = ()> + Send>(arrive: impl Fn(Vec<u8>) -> F + Send + 'static) -> Road {
    let (road, mut waiting) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((at, packet)) = waiting.recv().await {
            // The timer's grain is a millisecond: too coarse for what does not wait.
            if at > Instant::now() {
                sleep_until(at).await;
            }
            arrive(packet).await;
        }
    });
    road
}

/// Passes packets on until the runtime ends.
pub(super) async fn run(socket: UdpSocket, shared: Arc<Shared>) {
    let socket = Arc::new(socket);
    let mut clients: HashMap<SocketAddr, Client> = HashMap::new();
    let mut packet = vec![0; PACKET_MAX];
    let mut line = Line::new(SEED);
    loop {
        let Ok((length, from)) = socket.recv_from(&mut packet).await else {
            continue;
        };
        if shared.state().udp.blocked {
            continue;
        }
        let client = match clients.entry(from) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(stranger) => match Client::begin(from, &socket, &shared).await {
                Ok(client) => stranger.insert(client),
                Err(_) => continue,
            },
        };
        if let Some(at) = line.pass(&shared, client.place, Direction::Up, length) {
            // Its end goes with the runtime.
            let _ = client.road.send((at, packet[..length].to_vec()));
        }
    }
}

impl Client {
    async fn begin(
        from: SocketAddr,
        socket: &Arc<UdpSocket>,
        shared: &Arc<Shared>,
    ) -> io::Result<Self> {
        let towards = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        towards.connect(shared.relay).await?;
        let place = {
            let mut state = shared.state();
            state.figures.udp.push(super::Flow::default());
            state.figures.udp.len() - 1
        };
        let back = back(
            Arc::clone(&towards),
            Arc::clone(socket),
            from,
            place,
            Arc::clone(shared),
        );
        tokio::spawn(back);
        let road = road(move |packet| {
            let towards = Arc::clone(&towards);
            async move {
                // A relay that is gone answers nothing; that is all a client may notice.
                let _ = towards.send(&packet).await;
            }
        });
        Ok(Self { place, road })
    }
}

/// Passes the relay's packets back to one client.
async fn back(
    from: Arc<UdpSocket>,
    to: Arc<UdpSocket>,
    client: SocketAddr,
    place: usize,
    shared: Arc<Shared>,
) {
    let mut packet = vec![0; PACKET_MAX];
    let mut line = Line::new(SEED + place as u64 + 1);
    let road = road(move |packet| {
        let to = Arc::clone(&to);
        async move {
            let _ = to.send_to(&packet, client).await;
        }
    });
    loop {
        let Ok(length) = from.recv(&mut packet).await else {
            // The port of a relay that is not there.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if let Some(at) = line.pass(&shared, place, Direction::Down, length) {
            let _ = road.send((at, packet[..length].to_vec()));
        }
    }
}

impl Line {
    fn new(seed: u64) -> Self {
        Self {
            free: Instant::now(),
            chance: StdRng::seed_from_u64(seed),
        }
    }

    /// When a packet arrives, if it does.
    fn pass(
        &mut self,
        shared: &Shared,
        place: usize,
        direction: Direction,
        length: usize,
    ) -> Option<Instant> {
        let mut state = shared.state();
        let conduct = state.udp.clone();
        if conduct.blocked {
            return None;
        }
        // Figures may have begun anew since the flow did.
        let mut unknown = super::Flow::default();
        let flow = state.figures.udp.get_mut(place).unwrap_or(&mut unknown);
        if !passes(flow, &conduct, direction, length)
            || self.chance.random_range(0..100) < conduct.lost_percent
        {
            return None;
        }
        let now = Instant::now();
        let mut arrives = now;
        if let Some(bits) = conduct.bits_per_second {
            let takes =
                |bytes: u64| Duration::from_secs(bytes * 8) / u32::try_from(bits).unwrap_or(1);
            let begins = self.free.max(now);
            if begins - now > takes(QUEUE_MAX) {
                return None;
            }
            self.free = begins + takes(length as u64);
            arrives = self.free;
        }
        Some(arrives + conduct.latency)
    }
}
