//! A host with its port, as people write it.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use serde::{Deserialize, Serialize};
use tidings_protocol::relay_identity::{Host, HostError};

/// A host and a port, as in `relay.example.org:443` or `[2001:db8::7]:443`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    /// Name or IP address.
    pub host: Host,
    /// Never 0.
    pub port: u16,
}

/// Why a text is not a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No port, or none from 1 to 65535.
    #[error("expected HOST:PORT with a port from 1 to 65535")]
    Port,
    /// An IPv6 address without brackets, or brackets round something else.
    #[error("an IPv6 address stands in brackets, as in [2001:db8::7]:443")]
    Brackets,
    /// The host is none.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (host, port) = text.rsplit_once(':').ok_or(PlaceError::Port)?;
        let port = port
            .parse()
            .ok()
            .filter(|&port| port != 0)
            .ok_or(PlaceError::Port)?;
        let inner = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match inner {
            Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => inner.parse()?,
            None if !host.contains([':', '[', ']']) => host.parse()?,
            _ => return Err(PlaceError::Brackets),
        };
        Ok(Self { host, port })
    }
}

impl TryFrom<String> for Place {
    type Error = PlaceError;

    fn try_from(text: String) -> Result<Self, PlaceError> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_str();
        if host.contains(':') {
            write!(f, "[{host}]:{}", self.port)
        } else {
            write!(f, "{host}:{}", self.port)
        }
    }
}
