//! WebSocket over TLS on TCP (CHAN rules): for networks that block UDP, and for proxies.
//!
//! TLS here is a disguise and nothing more: any certificate is taken, because the relay's identity is not in it. Who is at the
//! other end shows when it opens what was sealed to the relay's online key, and answers (CHAN-4).

mod counted;
mod link;
mod tls;
mod upgrade;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::{ClientConfig, pki_types::ServerName};
use tidings_protocol::{
    channel::websocket_path,
    relay_identity::{Host, RelayAddress},
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::TlsConnector;

use self::{counted::Counted, link::WebSocketConnection, upgrade::Upgrading};
use super::{Connection, TransportError, socks, vigil};
use crate::network::Proxy;

/// Time for TCP to connect.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Time for TLS: two flights of several packets each.
const TLS_TIME: Duration = Duration::from_secs(15);

/// Makes connections. Cheap; holds none.
#[derive(Debug, Clone)]
pub(super) struct WebSockets {
    config: Arc<ClientConfig>,
}

impl WebSockets {
    /// Sets up TLS.
    ///
    /// # Errors
    /// If TLS 1.3 is not there.
    pub(super) fn new() -> Result<Self, rustls::Error> {
        let config = Arc::new(tls::config()?);
        Ok(Self { config })
    }

    /// Connects to one address.
    pub(super) async fn connect(
        &self,
        address: SocketAddr,
        relay: &RelayAddress,
    ) -> Result<Arc<dyn Connection>, TransportError> {
        let begun = Instant::now();
        let stream = timeout(CONNECT_TIME, TcpStream::connect(address))
            .await
            .map_err(|_| TransportError::Silent)?
            .map_err(|_| TransportError::Silent)?;
        self.secure(stream, relay, begun.elapsed()).await
    }

    /// Connects through a proxy.
    pub(super) async fn connect_through(
        &self,
        proxy: &Proxy,
        relay: &RelayAddress,
    ) -> Result<Arc<dyn Connection>, TransportError> {
        let stream = socks::connect(proxy, relay).await?;
        self.secure(stream, relay, Duration::ZERO).await
    }

    /// TLS; the upgrade goes out with the first frame.
    async fn secure(
        &self,
        stream: TcpStream,
        relay: &RelayAddress,
        connected_after: Duration,
    ) -> Result<Arc<dyn Connection>, TransportError> {
        // A unit must not wait for the acknowledgement of the one before.
        stream
            .set_nodelay(true)
            .map_err(|_| TransportError::Socket)?;
        let counted = Counted::new(stream);
        let counter = counted.counter();
        let begun = Instant::now();
        let connecting = TlsConnector::from(Arc::clone(&self.config))
            .connect(server_name(&relay.host)?, counted);
        let stream = match timeout(TLS_TIME, connecting).await {
            Ok(Ok(stream)) => stream,
            // Something answered that is not TLS, or ended it.
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(TransportError::NotARelay);
            }
            Ok(Err(_)) | Err(_) => return Err(TransportError::Silent),
        };
        // What is nearer than the relay, a proxy or a middlebox, may answer TCP in its place.
        let quiet = vigil::quiet(begun.elapsed().max(connected_after));
        let host = authority(relay);
        let upgrading = Upgrading::new(stream, &host, &websocket_path(&relay.root));
        let connection = WebSocketConnection::new(upgrading, counter, quiet).await;
        Ok(Arc::new(connection))
    }
}

/// What stands in the handshake. A name goes out in clear, as with every web site (THREATS.md); an address does not.
fn server_name(host: &Host) -> Result<ServerName<'static>, TransportError> {
    ServerName::try_from(host.as_str().to_owned()).map_err(|_| TransportError::Name)
}

/// As browsers write it.
fn authority(relay: &RelayAddress) -> String {
    let host = relay.host.as_str();
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    match relay.port {
        443 => host,
        port => format!("{host}:{port}"),
    }
}
