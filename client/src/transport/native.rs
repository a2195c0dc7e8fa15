//! The network of a device: QUIC and WebSocket over TLS, directly or through a proxy.

use std::sync::Arc;

use tidings_protocol::relay_identity::RelayAddress;

use super::{
    BoxFuture, Carrier, Connection, Transport, TransportError, Way,
    quic::{Quic, QuicError},
    resolve,
    websocket::WebSockets,
};
use crate::network::Network;

/// What a device uses. Cheap; holds no connection.
#[derive(Debug, Clone)]
pub struct Native {
    quic: Quic,
    web_sockets: WebSockets,
}

/// Why the network cannot be set up: never on a machine that built this program.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// QUIC.
    #[error(transparent)]
    Quic(#[from] QuicError),
    /// TLS on TCP.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Native {
    /// Sets up TLS for both.
    ///
    /// # Errors
    /// [`NativeError`].
    pub fn new() -> Result<Self, NativeError> {
        Ok(Self {
            quic: Quic::new()?,
            web_sockets: WebSockets::new()?,
        })
    }
}

impl Transport for Native {
    fn ways<'a>(
        &'a self,
        relay: &'a RelayAddress,
        network: &'a Network,
    ) -> BoxFuture<'a, Result<Vec<Way>, TransportError>> {
        Box::pin(async move {
            if network.proxy.is_some() {
                // No datagram passes a proxy, and no name is looked up beside it (REACH-7).
                if network.only == Some(Carrier::Quic) {
                    return Err(TransportError::NoWay);
                }
                return Ok(vec![Way {
                    carrier: Carrier::Tcp,
                    address: None,
                }]);
            }
            let addresses = resolve::addresses(relay).await?;
            Ok(resolve::ways(&addresses, network.only))
        })
    }

    fn connect<'a>(
        &'a self,
        relay: &'a RelayAddress,
        way: &'a Way,
        network: &'a Network,
    ) -> BoxFuture<'a, Result<Arc<dyn Connection>, TransportError>> {
        Box::pin(async move {
            match (way.carrier, way.address, &network.proxy) {
                (Carrier::Tcp, None, Some(proxy)) => {
                    self.web_sockets.connect_through(proxy, relay).await
                }
                (Carrier::Tcp, Some(address), None) => {
                    self.web_sockets.connect(address, relay).await
                }
                (Carrier::Quic, Some(address), None) => self.quic.connect(address).await,
                _ => Err(TransportError::NoWay),
            }
        })
    }
}
