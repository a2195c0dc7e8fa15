//! The door: takes connections in, over QUIC and TCP alike, within limits, until the relay stops.

mod doors;

use std::sync::Arc;

use quinn::{Connection, Incoming, VarInt};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::timeout,
};
use tracing::{debug, info, warn};

pub(crate) use self::doors::{DoorError, Doors};
use crate::{
    admission::{Admission, Admitted},
    connection::{Shared, close, quic},
    identity::Identity,
    limits::{HANDSHAKE_TIME, HANDSHAKES_BEFORE_RETRY, HANDSHAKES_MAX, STOP_TIME},
    store::Store,
    web::Web,
};

/// The identity that is shown, and the QUIC configuration that shows it. They change together.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) identity: Arc<Identity>,
    pub(crate) config: Arc<quinn::ServerConfig>,
}

/// Takes connections in.
pub(crate) struct Listener<S> {
    pub(crate) doors: Doors,
    pub(crate) shown: watch::Receiver<Shown>,
    /// What TCP connections are answered with; none comes while that door is shut.
    pub(crate) web: Option<Arc<Web>>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) shared: Arc<Shared<S>>,
}

impl<S: Store> Listener<S> {
    /// Runs until the relay is told to stop, then until requests in work are answered, [`STOP_TIME`] at most.
    pub(crate) async fn run(mut self) {
        let mut stopping = self.shared.stopping.clone();
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                incoming = self.doors.quic() => {
                    let Some(incoming) = incoming else { break };
                    self.take(incoming, &handshakes, &mut connections);
                }
                (stream, address) = self.doors.tcp() => {
                    self.take_tcp(stream, address, &handshakes, &mut connections);
                }
                Some(_) = connections.join_next() => {}
                _ = stopping.wait_for(|&stopping| stopping) => break,
            }
        }
        self.doors.shut_tcp();
        let drain = async {
            while !connections.is_empty() {
                tokio::select! {
                    _ = connections.join_next() => {}
                    // Refused rather than left to wait: the client tries another relay, or comes again.
                    Some(incoming) = self.doors.quic() => incoming.refuse(),
                }
            }
        };
        if timeout(STOP_TIME, drain).await.is_err() {
            warn!("requests were still in work when the time to stop had passed");
        }
        self.doors.close(VarInt::from_u32(close::STOPPING));
        connections.shutdown().await;
        // Lets the last packets out; whoever does not answer is not waited for.
        let _ = timeout(LAST_PACKETS_TIME, self.doors.wait_idle()).await;
        info!("no more connections");
    }

    /// Decides about one attempt over QUIC before it costs anything.
    fn take(&self, incoming: Incoming, handshakes: &Arc<Semaphore>, connections: &mut JoinSet<()>) {
        let pending = HANDSHAKES_MAX - handshakes.available_permits();
        if pending >= HANDSHAKES_BEFORE_RETRY && incoming.may_retry() {
            if incoming.retry().is_err() {
                debug!("a retry could not be sent");
            }
            return;
        }
        let Some((turn, admitted)) = self.admit(incoming.remote_address(), handshakes) else {
            return incoming.refuse();
        };
        let shown = self.shown.borrow().clone();
        let shared = Arc::clone(&self.shared);
        connections.spawn(async move {
            if let Some(connection) = shake_hands(incoming, &shown, turn).await {
                serve_admitted(connection, shown.identity, shared, admitted).await;
            }
        });
    }

    /// The same over TCP, where whoever connects has shown that he receives at his address.
    fn take_tcp(
        &self,
        stream: TcpStream,
        address: std::net::SocketAddr,
        handshakes: &Arc<Semaphore>,
        connections: &mut JoinSet<()>,
    ) {
        let (Some((turn, admitted)), Some(web)) = (self.admit(address, handshakes), &self.web)
        else {
            return;
        };
        let (web, shared) = (Arc::clone(web), Arc::clone(&self.shared));
        connections.spawn(async move {
            web.serve(stream, turn, shared).await;
            drop(admitted);
        });
    }

    /// One of the handshakes at once, and one of the connections from a network and in total, whatever they come over.
    fn admit(
        &self,
        address: std::net::SocketAddr,
        handshakes: &Arc<Semaphore>,
    ) -> Option<(OwnedSemaphorePermit, Admitted)> {
        let Ok(turn) = Arc::clone(handshakes).try_acquire_owned() else {
            debug!("refused a connection: too many handshakes");
            return None;
        };
        let Some(admitted) = self.admission.admit(address.ip()) else {
            debug!("refused a connection: too many from one network or in total");
            return None;
        };
        Some((turn, admitted))
    }
}

const LAST_PACKETS_TIME: std::time::Duration = std::time::Duration::from_secs(1);

async fn shake_hands(
    incoming: Incoming,
    shown: &Shown,
    _turn: OwnedSemaphorePermit,
) -> Option<Connection> {
    // The configuration comes with the identity, so that a hello always speaks of the key that the handshake showed.
    let connecting = incoming.accept_with(Arc::clone(&shown.config)).ok()?;
    match timeout(HANDSHAKE_TIME, connecting).await {
        Ok(Ok(connection)) => Some(connection),
        Ok(Err(_)) | Err(_) => {
            debug!("a handshake failed");
            None
        }
    }
}

async fn serve_admitted<S: Store>(
    connection: Connection,
    shown: Arc<Identity>,
    shared: Arc<Shared<S>>,
    _admitted: Admitted,
) {
    quic::serve(connection, shown, shared).await;
}
