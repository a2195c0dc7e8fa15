//! A relay in this process, on a free loopback port, with a store in memory.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::TempDir;
use tidings_protocol::{
    ids::MailboxAddress,
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::VerifiedCertificate,
    secret::SigningSecret,
    time::{Day, UnixTime},
};
use tidings_relay::{
    Server,
    clock::Clock,
    server::{Allowance, ServerOptions},
    web::WebOptions,
};

use super::{
    client::Client,
    memory::{MemoryStore, QUOTA},
    rng,
};

pub const TODAY: Day = Day(20_500);

pub struct Running {
    pub server: Server<MemoryStore>,
    pub store: Arc<MemoryStore>,
    pub folder: TempDir,
    seconds: Arc<AtomicU64>,
}

impl Running {
    pub fn start() -> Self {
        Self::with(Allowance::default())
    }

    pub fn with(allowance: Allowance) -> Self {
        Self::with_all(allowance, |_| Some(WebOptions::default()))
    }

    /// With another site or certificate, which `web` may lay into the folder that it is given.
    pub fn with_web(web: impl FnOnce(&Path) -> Option<WebOptions>) -> Self {
        Self::with_all(Allowance::default(), web)
    }

    fn with_all(allowance: Allowance, web: impl FnOnce(&Path) -> Option<WebOptions>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let web = web(folder.path());
        let store = Arc::new(MemoryStore::default());
        let seconds = Arc::new(AtomicU64::new(TODAY.start().0 + 7_000));
        let options = ServerOptions {
            data: folder.path().join("data"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public: None,
            quic: true,
            web,
            allowance,
        };
        let now = Arc::clone(&seconds);
        let clock = Clock::from_fn(move || UnixTime(now.load(Ordering::SeqCst)));
        let server = Server::start(&options, Arc::clone(&store), clock).unwrap();
        Self {
            server,
            store,
            folder,
            seconds,
        }
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Moves the relay's clock.
    pub fn set_day(&self, day: Day) {
        self.seconds.store(day.start().0, Ordering::SeqCst);
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.server.local(), self.server.address().root).await
    }

    /// A client that said hello, and a mailbox with its owner's key.
    pub async fn mailbox(
        &self,
        seed: u64,
    ) -> (Client, VerifiedCertificate, SigningSecret, MailboxAddress) {
        let client = self.client().await;
        let (_, certificate) = client.hello().await;
        let owner = SigningSecret::random(&mut rng(seed));
        let (answer, _) = client
            .owner(&owner, &certificate, &OwnerRequest::CreateMailbox)
            .await
            .unwrap();
        assert_eq!(answer, OwnerAnswer::Created { quota: QUOTA });
        let address = MailboxAddress::of(&owner.public());
        (client, certificate, owner, address)
    }
}
