//! The sockets: one port number, for QUIC over UDP and for TLS over TCP.

use std::{
    future::pending,
    io,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
};

use quinn::{Endpoint, EndpointConfig, Incoming, TokioRuntime, VarInt};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::sleep,
};
use tracing::warn;

use crate::limits::{ACCEPT_PAUSE, BACKLOG, PORT_ATTEMPTS};

/// The open sockets. At least one of the two is there.
pub(crate) struct Doors {
    quic: Option<Endpoint>,
    tcp: Option<TcpListener>,
    local: SocketAddr,
}

/// Why a relay cannot listen.
#[derive(Debug)]
pub(crate) enum DoorError {
    /// The system does not give the socket.
    System(io::Error),
    /// Neither QUIC nor TCP is wanted.
    Shut,
}

impl From<io::Error> for DoorError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Doors {
    /// Binds `listen`, for QUIC if there is a configuration for it, and for TCP if that is wanted. Port 0 takes one that is free for
    /// all that is wanted.
    pub(crate) fn open(
        listen: SocketAddr,
        quic: Option<&quinn::ServerConfig>,
        tcp: bool,
    ) -> Result<Self, DoorError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match Self::try_open(listen, quic, tcp) {
                // Only the other half of a port that the system chose can be taken without anybody's fault.
                Err(DoorError::System(error))
                    if listen.port() == 0
                        && error.kind() == io::ErrorKind::AddrInUse
                        && attempts < PORT_ATTEMPTS => {}
                opened => return opened,
            }
        }
    }

    fn try_open(
        listen: SocketAddr,
        quic: Option<&quinn::ServerConfig>,
        tcp: bool,
    ) -> Result<Self, DoorError> {
        let mut local = listen;
        let tcp = tcp.then(|| listen_tcp(local)).transpose()?;
        if let Some(tcp) = &tcp {
            local = tcp.local_addr()?;
        }
        let quic = quic.map(|config| listen_quic(local, config)).transpose()?;
        if let Some(quic) = &quic {
            local = quic.local_addr()?;
        }
        if quic.is_none() && tcp.is_none() {
            return Err(DoorError::Shut);
        }
        Ok(Self { quic, tcp, local })
    }

    /// Where the relay listens, with the port that it got.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// The next attempt over QUIC; `None` once the endpoint is closed.
    pub(crate) async fn quic(&self) -> Option<Incoming> {
        match &self.quic {
            Some(endpoint) => endpoint.accept().await,
            None => pending().await,
        }
    }

    /// The next connection over TCP.
    pub(crate) async fn tcp(&self) -> (TcpStream, SocketAddr) {
        let Some(listener) = &self.tcp else {
            return pending().await;
        };
        loop {
            match listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) => {
                    warn!(%error, "a TCP connection could not be taken in");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Takes no more TCP connections: whoever comes is refused by the system, and tries another relay.
    pub(crate) fn shut_tcp(&mut self) {
        self.tcp = None;
    }

    /// Ends what is left over QUIC.
    pub(crate) fn close(&self, code: VarInt) {
        if let Some(endpoint) = &self.quic {
            endpoint.close(code, b"stopping");
        }
    }

    pub(crate) async fn wait_idle(&self) {
        if let Some(endpoint) = &self.quic {
            endpoint.wait_idle().await;
        }
    }
}

fn listen_quic(listen: SocketAddr, config: &quinn::ServerConfig) -> io::Result<Endpoint> {
    let socket = UdpSocket::bind(listen)?;
    let runtime = Arc::new(TokioRuntime);
    Endpoint::new(
        EndpointConfig::default(),
        Some(config.clone()),
        socket,
        runtime,
    )
}

fn listen_tcp(listen: SocketAddr) -> io::Result<TcpListener> {
    let socket = match listen {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections of the process before, which the system still remembers, do not keep the port from us.
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use tidings_protocol::secret::{Secret, SigningSecret};

    use super::*;
    use crate::identity::server_config;

    fn config() -> Arc<quinn::ServerConfig> {
        server_config(&SigningSecret::from_seed(&Secret::new([1; 32]))).unwrap()
    }

    #[tokio::test]
    async fn both_doors_have_one_number() {
        for ip in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
            let listen = SocketAddr::new(ip, 0);
            let doors = Doors::open(listen, Some(&config()), true).unwrap();
            let port = doors.local().port();
            assert_ne!(port, 0);
            let tcp = doors.tcp.as_ref().unwrap().local_addr().unwrap();
            let quic = doors.quic.as_ref().unwrap().local_addr().unwrap();
            assert_eq!((tcp.port(), quic.port()), (port, port));
        }
    }

    #[tokio::test]
    async fn a_door_may_be_shut_and_a_taken_one_is_told() {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let only_tcp = Doors::open(listen, None, true).unwrap();
        let only_quic = Doors::open(only_tcp.local(), Some(&config()), false).unwrap();
        assert_eq!(only_quic.local(), only_tcp.local());
        let taken = Doors::open(only_tcp.local(), None, true);
        assert!(matches!(
            taken.map(|_| ()),
            Err(DoorError::System(error)) if error.kind() == io::ErrorKind::AddrInUse
        ));
        let shut = Doors::open(listen, None, false);
        assert!(matches!(shut.map(|_| ()), Err(DoorError::Shut)));
    }
}
