//! How frames reach a relay. What is above this trait decides; what is below only carries.
//!
//! [`native`] is what a device uses: QUIC ([`quic`]), and WebSocket over TLS on TCP ([`websocket`]), directly or through a
//! proxy ([`socks`]). A page in a browser has its own; tests have one that lies. None is trusted: a [`Connection`] is told which
//! relay is meant ([`Connection::prove`]), and the frames it brings are checked above.

mod native;
mod quic;
mod resolve;
mod socks;
mod vigil;
mod websocket;

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tidings_protocol::relay_identity::{RelayAddress, VerifiedCertificate};

pub use self::native::{Native, NativeError};
use crate::network::Network;

/// A future behind a pointer: traits with futures do not make trait objects otherwise.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What carries frames (REACH-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Carrier {
    /// QUIC on UDP: the quickest, and the first that hostile networks block.
    Quic,
    /// WebSocket over TLS on TCP: looks like visiting an ordinary site, and passes proxies.
    Tcp,
}

/// One way to a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// What carries.
    pub carrier: Carrier,
    /// Where to. `None` where somebody else looks the name up: a proxy, a browser.
    pub address: Option<SocketAddr>,
}

/// Finds ways and makes connections.
pub trait Transport: Send + Sync {
    /// The ways to a relay that `network` allows, the most promising first; at least one.
    fn ways<'a>(
        &'a self,
        relay: &'a RelayAddress,
        network: &'a Network,
    ) -> BoxFuture<'a, Result<Vec<Way>, TransportError>>;

    /// Connects to a relay on one way. Every connection is a stranger to every other: no resumption, no token, no shared
    /// port, so that two of them are not linked by anything but the network address (DELIVERY-6).
    fn connect<'a>(
        &'a self,
        relay: &'a RelayAddress,
        way: &'a Way,
        network: &'a Network,
    ) -> BoxFuture<'a, Result<Arc<dyn Connection>, TransportError>>;
}

/// What a connection can say about who is at its other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The handshake proved it.
    Given,
    /// The first answer to anything but a hello proves it: nobody else can read what is asked, or answer. Until then the
    /// connection counts for nothing.
    WithAnswer,
}

/// Bytes on the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// That left this device, handshake included.
    pub sent: u64,
    /// That came.
    pub received: u64,
}

impl Carried {
    /// The fuller direction: networks that freeze connections count each by itself.
    #[must_use]
    pub fn fuller(self) -> u64 {
        self.sent.max(self.received)
    }
}

/// One connection to a relay. Closed when dropped.
pub trait Connection: Send + Sync {
    /// Holds the other end to a certificate, which the pinned root signed (RELAY-3, CHAN-4). To be called before anything but
    /// hello is asked.
    ///
    /// # Errors
    /// [`TransportError::OtherKey`] if the handshake proved another key than the certificate names.
    fn prove(&self, certificate: &VerifiedCertificate) -> Result<Proof, TransportError>;

    /// Sends one frame and brings the frame that answers it, whole: a multiple of a cell, at most what its prefix says. Several
    /// may be under way at once. Waits at most `patience`, and gives up sooner when the connection is as dead.
    fn exchange<'a>(
        &'a self,
        frame: &'a [u8],
        patience: Duration,
    ) -> BoxFuture<'a, Result<Vec<u8>, TransportError>>;

    /// Whether it can still be used.
    fn is_open(&self) -> bool;

    /// What it has carried.
    fn carried(&self) -> Carried;
}

/// Why bytes did not cross. Trying again later may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TransportError {
    /// The host's name does not resolve.
    #[error("the relay's name does not resolve")]
    Name,
    /// This machine cannot open a socket.
    #[error("this machine has no network")]
    Socket,
    /// No address of the host answers.
    #[error("the relay does not answer")]
    Silent,
    /// The settings leave no way.
    #[error("the network settings leave no way to the relay")]
    NoWay,
    /// The proxy does not let us through.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// It answers, and does not speak our protocol, or shows no raw Ed25519 key.
    #[error("what answers is not a relay")]
    NotARelay,
    /// Another web server answers in the relay's place: the login page of a network, a proxy that opens TLS.
    #[error("a web server that is no relay answers in the relay's place")]
    Intercepted,
    /// The handshake proved another key than the relay's certificate names.
    #[error("the relay's certificate names another key than the connection shows")]
    OtherKey,
    /// The relay does not have the online key to which the channel was opened: a hello tells the new one. Said by whoever
    /// answers, and proves nothing.
    #[error("the relay does not have the key to which the channel was opened")]
    OnlineKey,
    /// The frame that came is none.
    #[error("the relay's answer is not a frame")]
    Frame,
    /// The answer did not come in time.
    #[error("the relay did not answer in time")]
    Late,
    /// The connection ended before the answer was whole.
    #[error("the connection was lost")]
    Lost,
    /// Nothing crosses any more, and nobody closed the connection: some networks freeze connections after so many bytes.
    #[error("the connection froze")]
    Frozen,
}

/// What stands between this device and its proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ProxyError {
    /// The proxy's name does not resolve, or nothing answers there.
    #[error("the proxy cannot be reached")]
    Unreached,
    /// What answers there does not speak SOCKS5.
    #[error("what answers at the proxy's address is not a SOCKS5 proxy")]
    NotAProxy,
    /// It wants a name and password, or refuses those that it got.
    #[error("the proxy refuses name or password")]
    Password,
    /// It is not willing to connect to the relay.
    #[error("the proxy does not allow a connection to the relay")]
    Forbids,
    /// It tried, and the relay did not answer it.
    #[error("the proxy does not reach the relay")]
    RelaySilent,
}

impl TransportError {
    /// Whether nothing that was to be asked has left this device.
    #[must_use]
    pub fn is_of_the_connecting(self) -> bool {
        matches!(
            self,
            Self::Name
                | Self::Socket
                | Self::Silent
                | Self::NoWay
                | Self::Proxy(_)
                | Self::NotARelay
                | Self::OtherKey
        )
    }

    /// Whether smaller pieces over a new connection may pass where this failed.
    #[must_use]
    pub fn is_of_the_crossing(self) -> bool {
        matches!(self, Self::Lost | Self::Late | Self::Frozen)
    }
}
