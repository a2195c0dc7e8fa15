//! How frames reach a relay. What is above this trait decides; what is below only carries.
//!
//! [`quic`] is the native one. A page in a browser has its own, over WebSocket; tests have one that lies. Neither is
//! trusted: the connection only *tells* which key the relay showed ([`Connection::shown_key`]), and the frames it brings are
//! checked above.

pub mod quic;

use std::{future::Future, pin::Pin, sync::Arc};

use tidings_protocol::{ids::SigningPublic, relay_identity::RelayAddress};

/// A future behind a pointer: traits with futures do not make trait objects otherwise.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes connections.
pub trait Transport: Send + Sync {
    /// Connects to a relay. Every connection is a stranger to every other: no resumption, no token, no shared port, so
    /// that two of them are not linked by anything but the network address.
    fn connect<'a>(
        &'a self,
        relay: &'a RelayAddress,
    ) -> BoxFuture<'a, Result<Arc<dyn Connection>, TransportError>>;
}

/// One connection to a relay. Closed when dropped.
pub trait Connection: Send + Sync {
    /// The key that the relay proved to hold in the handshake. Whose it is, the relay's certificate tells.
    fn shown_key(&self) -> SigningPublic;

    /// Sends one frame and brings the frame that answers it, whole: a multiple of a cell, at most what its prefix says.
    fn exchange<'a>(&'a self, frame: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, TransportError>>;

    /// Whether it can still be used.
    fn is_open(&self) -> bool;
}

/// Why bytes did not cross. Trying again later may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The host's name does not resolve.
    #[error("the relay's name does not resolve")]
    Name,
    /// No address of the host answers.
    #[error("the relay does not answer")]
    Silent,
    /// It answers, and does not speak our protocol, or shows no raw Ed25519 key.
    #[error("what answers is not a relay")]
    NotARelay,
    /// The connection ended before the answer was whole.
    #[error("the connection was lost")]
    Lost,
    /// The answer did not come in time.
    #[error("the relay did not answer in time")]
    Late,
    /// The frame that came is none.
    #[error("the relay's answer is not a frame")]
    Frame,
    /// This machine cannot open a socket.
    #[error("this machine has no network")]
    Socket,
}

impl TransportError {
    /// Whether nothing that was to be asked has left this device.
    #[must_use]
    pub fn is_of_the_connecting(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Silent | Self::NotARelay | Self::Socket
        )
    }

    /// Whether smaller pieces over a new connection may pass where this failed.
    #[must_use]
    pub fn is_of_the_crossing(self) -> bool {
        matches!(self, Self::Lost | Self::Late)
    }
}
