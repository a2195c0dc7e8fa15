//! A running relay, in the binary and in tests alike.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tidings_protocol::relay_identity::{Host, RelayAddress};
use tokio::{
    sync::{Notify, watch},
    task::{AbortHandle, JoinHandle},
};
use tracing::{error, info};

use crate::{
    admission::Admission,
    budget::Budget,
    clock::Clock,
    connection::{Pace, Shared},
    housekeeping::{KeyKeeper, expire_daily},
    identity::KeyError,
    limits::{
        CELL_TIME, CONNECTIONS_DEFAULT, CONNECTIONS_PER_NETWORK_DEFAULT, MEMORY_MIB_DEFAULT,
        WATCHES_DEFAULT,
    },
    listener::{DoorError, Doors, Listener},
    rules::Rules,
    settings::Place,
    store::{Store, StoreError},
    watch::Arrivals,
    web::{CertificateError, CertificateKeeper, SiteError, Web, WebOptions},
};

/// How a relay is to be run.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The data folder, for the keys; the store is given open.
    pub data: PathBuf,
    /// Where to listen, over UDP and TCP; port 0 takes one that is free.
    pub listen: SocketAddr,
    /// Whether QUIC is spoken.
    pub quic: bool,
    /// What is spoken on TCP; `None` for nothing.
    pub web: Option<WebOptions>,
    /// The host and port that the address shows, if not those of `listen`.
    pub public: Option<Place>,
    /// What clients may hold.
    pub allowance: Allowance,
}

/// What clients may hold of the relay at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Connections in total.
    pub connections: u32,
    /// Connections from one network.
    pub connections_per_network: u32,
    /// Memory for requests and answers in work, in MiB.
    pub memory_mib: u32,
    /// Watches in total.
    pub watches: u32,
    /// Time for one cell on its way in or out; longer frames get more at [`FRAME_PACE`](crate::limits::FRAME_PACE).
    pub cell_time: Duration,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_DEFAULT,
            connections_per_network: CONNECTIONS_PER_NETWORK_DEFAULT,
            memory_mib: MEMORY_MIB_DEFAULT,
            watches: WATCHES_DEFAULT,
            cell_time: CELL_TIME,
        }
    }
}

/// Why a relay does not start or stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The socket.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// Where.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Neither QUIC nor TCP is to be spoken.
    #[error("neither QUIC nor TCP is wanted: nobody could reach this relay")]
    Shut,
    /// The certificate for TLS on TCP.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The pages for strangers.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// Nothing says under which host clients find the relay.
    #[error("{listen} is no host that clients could reach: say which with --public HOST:PORT")]
    Public {
        /// Where the relay listens.
        listen: SocketAddr,
    },
    /// The store did not close as it should; everything answered is safe.
    #[error("closing the store: {0}")]
    Close(#[source] StoreError),
}

/// A relay that runs until [`Server::stop`].
#[derive(Debug)]
pub struct Server<S> {
    local: SocketAddr,
    address: RelayAddress,
    store: Arc<S>,
    stopping: watch::Sender<bool>,
    reload: Vec<Arc<Notify>>,
    listener: JoinHandle<()>,
    keepers: Vec<AbortHandle>,
}

impl<S: Store> Server<S> {
    /// Opens or makes the keys, binds the sockets, and serves `store`. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn start(
        options: &ServerOptions,
        store: Arc<S>,
        clock: Clock,
    ) -> Result<Self, ServerError> {
        let keeper = KeyKeeper::open(&options.data, clock.clone())?;
        let doors = open_doors(options, &keeper)?;
        let local = doors.local();
        let identity = keeper.identity();
        let root = *identity.borrow().root();
        let Place { host, port } = public_place(options.public.clone(), local)?;
        let address = RelayAddress { host, port, root };
        let (certificates, web) = match &options.web {
            None => (None, None),
            Some(web) => {
                let source = web.certificate.clone();
                let (data, clock) = (&options.data, clock.clone());
                let keeper = CertificateKeeper::open(source, data, &address.host, clock)?;
                let web = Web::new(web, data, &address, keeper.shown())?;
                (Some(keeper), Some(web))
            }
        };
        let stopping = watch::Sender::new(false);
        let arrivals = Arrivals::new(options.allowance.watches);
        let shared = Arc::new(Shared {
            rules: Rules::new(
                Arc::clone(&store),
                arrivals,
                clock.clone(),
                stopping.subscribe(),
            ),
            budget: Budget::new(options.allowance.memory_mib),
            pace: Pace::new(options.allowance.cell_time),
            clock: clock.clone(),
            identity,
            stopping: stopping.subscribe(),
        });
        let admission = Admission::new(
            options.allowance.connections,
            options.allowance.connections_per_network,
        );
        let listener = Listener {
            doors,
            shown: keeper.shown(),
            web,
            admission,
            shared,
        };
        let reload: Vec<_> = (0..2).map(|_| Arc::new(Notify::new())).collect();
        let mut keepers = vec![
            tokio::spawn(keeper.run(Arc::clone(&reload[0]))).abort_handle(),
            tokio::spawn(expire_daily(Arc::clone(&store), clock)).abort_handle(),
        ];
        if let Some(certificates) = certificates {
            let certificates = certificates.run(Arc::clone(&reload[1]));
            keepers.push(tokio::spawn(certificates).abort_handle());
        }
        Ok(Self {
            local,
            address,
            stopping,
            keepers,
            reload,
            store,
            listener: tokio::spawn(listener.run()),
        })
    }

    /// The relay's address, for clients.
    #[must_use]
    pub fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// Where the relay listens, with the port that it got.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Looks at the files of keys and certificate now instead of within seconds.
    pub fn reload_keys(&self) {
        for keeper in &self.reload {
            keeper.notify_one();
        }
    }

    /// Takes nothing new in, answers what is in work, closes the store.
    ///
    /// # Errors
    /// [`ServerError::Close`].
    pub async fn stop(self) -> Result<(), ServerError> {
        info!("stopping");
        self.stopping.send_replace(true);
        if self.listener.await.is_err() {
            error!("the listener ended early; this is a bug worth reporting");
        }
        for keeper in self.keepers {
            keeper.abort();
        }
        self.store.close().await.map_err(ServerError::Close)
    }
}

fn open_doors(options: &ServerOptions, keeper: &KeyKeeper) -> Result<Doors, ServerError> {
    let config = keeper.shown().borrow().config.clone();
    let quic = options.quic.then_some(config.as_ref());
    Doors::open(options.listen, quic, options.web.is_some()).map_err(|error| match error {
        DoorError::System(source) => ServerError::Listen {
            listen: options.listen,
            source,
        },
        DoorError::Shut => ServerError::Shut,
    })
}

/// What the address shows: `public` if it is given, else where the relay listens, else the name of the machine.
///
/// # Errors
/// [`ServerError::Public`] if the relay listens everywhere and the machine has no name, or if the port is not known yet.
pub fn public_place(public: Option<Place>, local: SocketAddr) -> Result<Place, ServerError> {
    if let Some(place) = public {
        return Ok(place);
    }
    let unknown = || ServerError::Public { listen: local };
    if local.port() == 0 {
        return Err(unknown());
    }
    let host = match local.ip().to_canonical() {
        ip if ip.is_unspecified() => machine_name().ok_or_else(unknown)?,
        IpAddr::V4(ip) => ip.to_string().parse().map_err(|_| unknown())?,
        IpAddr::V6(ip) => ip.to_string().parse().map_err(|_| unknown())?,
    };
    Ok(Place {
        host,
        port: local.port(),
    })
}

/// The name of this machine, if it is one that others could know: with a dot in it.
fn machine_name() -> Option<Host> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    name.trim()
        .contains('.')
        .then(|| name.trim().parse().ok())?
}
