//! Through a SOCKS5 proxy (RFC 1928, RFC 1929): Tor's, an SSH tunnel's, a company's.

use std::{net::IpAddr, time::Duration};

use data_encoding::HEXLOWER;
use rand_core::Rng as _;
use tidings_protocol::relay_identity::RelayAddress;
use tokio::{net::TcpStream, time::timeout};
use tokio_socks::{Error, TargetAddr, tcp::Socks5Stream};

use super::{ProxyError, TransportError};
use crate::{network::Proxy, surroundings::random};

/// Time for the proxy itself to answer.
const PROXY_TIME: Duration = Duration::from_secs(10);
/// Time for the proxy to reach the relay: over Tor a circuit is built first, and an onion service looked up.
const BEYOND_TIME: Duration = Duration::from_secs(60);

/// A stream to the relay through the proxy. The proxy gets the relay's name as it stands in the address: nothing is looked up
/// on this device (REACH-7).
///
/// # Errors
/// [`TransportError::Proxy`].
pub(super) async fn connect(
    proxy: &Proxy,
    relay: &RelayAddress,
) -> Result<TcpStream, TransportError> {
    let place = (proxy.host().as_str(), proxy.port());
    let stream = timeout(PROXY_TIME, TcpStream::connect(place))
        .await
        .map_err(|_| ProxyError::Unreached)?
        .map_err(|_| ProxyError::Unreached)?;
    let isolation;
    let (name, password) = match proxy.login() {
        Some(login) => login,
        None => {
            isolation = isolating_login();
            (isolation[0].as_str(), isolation[1].as_str())
        }
    };
    let asked =
        Socks5Stream::connect_with_password_and_socket(stream, target(relay), name, password);
    match timeout(BEYOND_TIME, asked).await {
        Ok(Ok(connected)) => Ok(connected.into_inner()),
        Ok(Err(error)) => Err(meaning(&error).into()),
        Err(_) => Err(ProxyError::RelaySilent.into()),
    }
}

/// Name and password of no meaning, new for every connection: Tor gives streams of different logins circuits of their own, so
/// that two connections of one device do not leave it as such (DELIVERY-6). A proxy that wants no login never sees them.
fn isolating_login() -> [String; 2] {
    [(); 2].map(|()| {
        let mut bytes = [0; 16];
        random().fill_bytes(&mut bytes);
        HEXLOWER.encode(&bytes)
    })
}

fn target(relay: &RelayAddress) -> TargetAddr<'_> {
    let host = relay.host.as_str();
    match host.parse::<IpAddr>() {
        Ok(address) => TargetAddr::Ip((address, relay.port).into()),
        Err(_) => TargetAddr::Domain(host.into(), relay.port),
    }
}

fn meaning(error: &Error) -> ProxyError {
    match error {
        Error::PasswordAuthFailure(_)
        | Error::AuthorizationRequired
        | Error::NoAcceptableAuthMethods => ProxyError::Password,
        Error::ConnectionNotAllowedByRuleset => ProxyError::Forbids,
        Error::GeneralSocksServerFailure
        | Error::NetworkUnreachable
        | Error::HostUnreachable
        | Error::ConnectionRefused
        | Error::TtlExpired
        // Codes of Tor for onion services, and whatever else a proxy says after it has understood the request.
        | Error::UnknownAuthMethod
        | Error::AddressTypeNotSupported => ProxyError::RelaySilent,
        _ => ProxyError::NotAProxy,
    }
}
