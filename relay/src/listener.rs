//! The door: takes connections in, within limits, until the relay stops.

use std::sync::Arc;

use quinn::{Connection, Endpoint, Incoming, VarInt};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::timeout,
};
use tracing::{debug, info, warn};

use crate::{
    admission::{Admission, Admitted},
    connection::{Shared, close, serve},
    identity::Identity,
    limits::{HANDSHAKE_TIME, HANDSHAKES_BEFORE_RETRY, HANDSHAKES_MAX, STOP_TIME},
    store::Store,
};

/// The identity that is shown, and the QUIC configuration that shows it. They change together.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) identity: Arc<Identity>,
    pub(crate) config: Arc<quinn::ServerConfig>,
}

/// Takes connections in.
pub(crate) struct Listener<S> {
    pub(crate) endpoint: Endpoint,
    pub(crate) shown: watch::Receiver<Shown>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) shared: Arc<Shared<S>>,
}

impl<S: Store> Listener<S> {
    /// Runs until the relay is told to stop, then until requests in work are answered, [`STOP_TIME`] at most.
    pub(crate) async fn run(self) {
        let mut stopping = self.shared.stopping.clone();
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                incoming = self.endpoint.accept() => {
                    let Some(incoming) = incoming else { break };
                    self.take(incoming, &handshakes, &mut connections);
                }
                Some(_) = connections.join_next() => {}
                _ = stopping.wait_for(|&stopping| stopping) => break,
            }
        }
        let drain = async {
            while !connections.is_empty() {
                tokio::select! {
                    _ = connections.join_next() => {}
                    // Refused rather than left to wait: the client tries another relay, or comes again.
                    Some(incoming) = self.endpoint.accept() => incoming.refuse(),
                }
            }
        };
        if timeout(STOP_TIME, drain).await.is_err() {
            warn!("requests were still in work when the time to stop had passed");
        }
        self.endpoint
            .close(VarInt::from_u32(close::STOPPING), b"stopping");
        connections.shutdown().await;
        // Lets the last packets out; whoever does not answer is not waited for.
        let _ = timeout(LAST_PACKETS_TIME, self.endpoint.wait_idle()).await;
        info!("no more connections");
    }

    /// Decides about one attempt before it costs anything.
    fn take(&self, incoming: Incoming, handshakes: &Arc<Semaphore>, connections: &mut JoinSet<()>) {
        let pending = HANDSHAKES_MAX - handshakes.available_permits();
        if pending >= HANDSHAKES_BEFORE_RETRY && incoming.may_retry() {
            if incoming.retry().is_err() {
                debug!("a retry could not be sent");
            }
            return;
        }
        let Ok(turn) = Arc::clone(handshakes).try_acquire_owned() else {
            debug!("refused a connection: too many handshakes");
            return incoming.refuse();
        };
        let Some(admitted) = self.admission.admit(incoming.remote_address().ip()) else {
            debug!("refused a connection: too many from one network or in total");
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
    serve(connection, shown, shared).await;
}
