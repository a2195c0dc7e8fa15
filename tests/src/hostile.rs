//! A hostile network between clients and a relay: one loopback port, UDP and TCP, that passes on to the relay's, and blocks, freezes,
//! loses, delays, throttles, cuts, or answers in the relay's place, as it is told at any moment. It counts what each flow carries.

mod portal;
pub mod post;
mod tcp;
mod udp;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context;
use tidings_protocol::relay_identity::RelayAddress;
use tokio::{
    net::{TcpListener, UdpSocket},
    runtime::Runtime,
};

pub use portal::Portal;

/// How often a port is looked for that is free on both UDP and TCP.
const PORT_ATTEMPTS: u32 = 50;

/// What the network does to the flows of one protocol.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conduct {
    /// Whatever is sent vanishes.
    pub blocked: bool,
    /// A flow stops for good, in both directions and without a word, before it carries more bytes than this in either.
    pub freeze_after: Option<u64>,
    /// How many packets of a hundred are lost, by chance; for UDP.
    pub lost_percent: u32,
    /// How long everything takes, each way.
    pub latency: Duration,
    /// Bits a second, each way, of all flows together.
    pub bits_per_second: Option<u64>,
    /// The first flows, so many of them, are reset after so many bytes towards the relay; for TCP.
    pub reset: Option<(u64, u64)>,
    /// Who answers in the relay's place; for TCP.
    pub portal: Option<Portal>,
}

/// What one flow carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Bytes towards the relay.
    pub up: u64,
    /// Bytes from the relay.
    pub down: u64,
    /// Whether it was stopped.
    pub frozen: bool,
}

/// What all flows carried.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Flows of UDP, by the client's port.
    pub udp: Vec<Flow>,
    /// TCP connections.
    pub tcp: Vec<Flow>,
    /// What a middlebox that opens TLS has read, towards the relay and from it.
    pub read: [Vec<u8>; 2],
}

/// A running network. Ends when dropped.
pub struct HostileNetwork {
    shared: Arc<Shared>,
    port: u16,
    // Dropped in the background: a test does not wait for the last sleep of a delayed packet.
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Shared {
    relay: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    udp: Conduct,
    tcp: Conduct,
    figures: Figures,
}

impl HostileNetwork {
    /// A network in front of the relay at this socket, harmless at first.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn start(relay: SocketAddr) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let shared = Arc::new(Shared {
            relay,
            state: Mutex::default(),
        });
        let (listener, socket) = runtime.block_on(both())?;
        let port = listener.local_addr()?.port();
        runtime.spawn(tcp::run(listener, Arc::clone(&shared)));
        runtime.spawn(udp::run(socket, Arc::clone(&shared)));
        Ok(Self {
            shared,
            port,
            runtime: Some(runtime),
        })
    }

    /// The relay's address as it is on the far side of this network.
    #[must_use]
    pub fn address(&self, relay: &RelayAddress) -> RelayAddress {
        RelayAddress {
            port: self.port,
            ..relay.clone()
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Conducts itself like this from now on, to new flows; figures begin anew.
    pub fn conduct(&self, udp: Conduct, tcp: Conduct) {
        let mut state = self.shared.state();
        *state = State {
            udp,
            tcp,
            figures: Figures::default(),
        };
    }

    /// What flows have carried since the last change.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.shared.state().figures.clone()
    }
}

impl Conduct {
    /// Harmless.
    #[must_use]
    pub fn open() -> Self {
        Self::default()
    }

    /// Lets nothing through.
    #[must_use]
    pub fn blocked() -> Self {
        Self {
            blocked: true,
            ..Self::default()
        }
    }

    /// Freezes each flow after so many bytes.
    #[must_use]
    pub fn freezing(after: u64) -> Self {
        Self {
            freeze_after: Some(after),
            ..Self::default()
        }
    }
}

impl Flow {
    /// The fuller direction.
    #[must_use]
    pub fn fuller(&self) -> u64 {
        self.up.max(self.down)
    }
}

impl Figures {
    /// The most that one direction of one flow carried.
    #[must_use]
    pub fn fullest(&self) -> u64 {
        let flows = self.udp.iter().chain(&self.tcp);
        flows.map(Flow::fuller).max().unwrap_or(0)
    }

    /// Bytes of all flows: towards the relay, and from it.
    #[must_use]
    pub fn total(&self) -> (u64, u64) {
        let flows = self.udp.iter().chain(&self.tcp);
        flows.fold((0, 0), |sum, flow| (sum.0 + flow.up, sum.1 + flow.down))
    }
}

impl Drop for HostileNetwork {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in one flow leaves the others as they are.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// Counts bytes of a flow and says whether they may pass.
fn passes(flow: &mut Flow, conduct: &Conduct, direction: Direction, bytes: usize) -> bool {
    let carried = match direction {
        Direction::Up => &mut flow.up,
        Direction::Down => &mut flow.down,
    };
    let after = *carried + bytes as u64;
    if flow.frozen || conduct.freeze_after.is_some_and(|limit| after > limit) {
        flow.frozen = true;
        return false;
    }
    *carried = after;
    true
}

async fn both() -> anyhow::Result<(TcpListener, UdpSocket)> {
    for _ in 0..PORT_ATTEMPTS {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        if let Ok(socket) = UdpSocket::bind(listener.local_addr()?).await {
            return Ok((listener, socket));
        }
    }
    Err(anyhow::anyhow!("every free TCP port is taken on UDP")).context("a port for both")
}
