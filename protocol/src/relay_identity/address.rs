//! A relay's address: `tidings://host:port/#fingerprint` (RELAY-7).

use core::{fmt, net::Ipv4Addr, net::Ipv6Addr, str::FromStr};

use data_encoding::{BASE32_NOPAD, DecodeError};
use serde::{Deserialize, Serialize};

use super::RootFingerprint;
use crate::limits::HOST_MAX;

/// A host: a DNS name in its ASCII form, or an IPv4 or IPv6 address. Lower case; IPv6 without brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

/// Why a text is not a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Empty or longer than DNS allows.
    #[error("a host name has 1 to {HOST_MAX} characters, got {got}")]
    Length {
        /// Characters given.
        got: usize,
    },
    /// A label that is empty, too long, or has other characters than letters, digits and inner hyphens.
    #[error("not a host name or IP address")]
    Label,
}

impl Host {
    /// The host as it goes to a resolver; IPv6 without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        text.parse()
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        if text.is_empty() || text.len() > HOST_MAX {
            return Err(HostError::Length { got: text.len() });
        }
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self(address.to_string()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self(address.to_string()));
        }
        let label_is_good = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        // A name whose last label is all digits would be a broken IPv4 address, not a name.
        let last_is_number = text
            .rsplit('.')
            .next()
            .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        if last_is_number || !text.split('.').all(label_is_good) {
            return Err(HostError::Label);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// Where a relay is reached and which root key it must prove (RELAY-7).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelayAddress {
    /// Host name or IP address.
    pub host: Host,
    /// Port, for QUIC on UDP and WebSocket on TCP alike; never 0.
    pub port: u16,
    /// The relay's root key.
    pub root: RootFingerprint,
}

/// Why a text is not a relay address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Does not begin with `tidings://`.
    #[error("a relay address begins with tidings://")]
    Scheme,
    /// It is an office's card.
    #[error("this is an office's card (tidings:card/), not the address of a relay (tidings://)")]
    Card,
    /// The part after `/#` is missing.
    #[error("a relay address ends with /# and the fingerprint of the relay's root key")]
    NoFingerprint,
    /// The fingerprint is not 52 characters of base 32.
    #[error("the fingerprint in the relay address is not 52 letters and digits of base 32")]
    Fingerprint,
    /// The port is missing or not a number from 1 to 65535.
    #[error("a relay address names a port from 1 to 65535 after the host")]
    Port,
    /// The host is none.
    #[error("the host in the relay address: {0}")]
    Host(#[from] HostError),
}

const SCHEME: &str = "tidings://";
const CARD_SCHEME: &str = "tidings:card/";

impl FromStr for RelayAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| {
            let is_card = text.to_ascii_lowercase().starts_with(CARD_SCHEME);
            if is_card {
                AddressError::Card
            } else {
                AddressError::Scheme
            }
        })?;
        let (place, fingerprint) = rest.split_once("/#").ok_or(AddressError::NoFingerprint)?;
        let (host, port) = place.rsplit_once(':').ok_or(AddressError::Port)?;
        let port = match port.parse() {
            Ok(0) | Err(_) => return Err(AddressError::Port),
            Ok(port) => port,
        };
        let host = match host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
        {
            Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => inner.parse()?,
            Some(_) => return Err(HostError::Label.into()),
            None => host.parse()?,
        };
        let root = decode_fingerprint(fingerprint).map_err(|_| AddressError::Fingerprint)?;
        Ok(Self {
            host,
            port,
            root: root.ok_or(AddressError::Fingerprint)?,
        })
    }
}

fn decode_fingerprint(text: &str) -> Result<Option<RootFingerprint>, DecodeError> {
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes())?;
    Ok(RootFingerprint::from_slice(&bytes))
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprint = BASE32_NOPAD.encode(&self.root.0).to_ascii_lowercase();
        let Self {
            host: Host(host),
            port,
            ..
        } = self;
        if host.contains(':') {
            write!(f, "{SCHEME}[{host}]:{port}/#{fingerprint}")
        } else {
            write!(f, "{SCHEME}{host}:{port}/#{fingerprint}")
        }
    }
}

impl fmt::Debug for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(host: &str) -> RelayAddress {
        RelayAddress {
            host: host.parse().unwrap(),
            port: 443,
            root: RootFingerprint([0xab; 32]),
        }
    }

    #[test]
    fn an_address_reads_back() {
        for host in [
            "relay.example.org",
            "127.0.0.1",
            "::1",
            "2001:db8::7",
            "xn--80ak6aa92e.example",
        ] {
            let text = address(host).to_string();
            assert_eq!(text.parse::<RelayAddress>(), Ok(address(host)), "{text}");
            assert_eq!(
                text.to_uppercase()
                    .replacen("TIDINGS", "tidings", 1)
                    .parse(),
                Ok(address(host))
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = address("relay.example").to_string();
        let refused = |text: &str| text.parse::<RelayAddress>().unwrap_err();
        assert_eq!(
            refused(&good.replace("tidings", "https")),
            AddressError::Scheme
        );
        assert_eq!(refused("TIDINGS:CARD/AH5Q"), AddressError::Card);
        assert_eq!(
            refused(&good.replace("/#", "/")),
            AddressError::NoFingerprint
        );
        assert_eq!(refused(&good[..good.len() - 1]), AddressError::Fingerprint);
        assert_eq!(refused(&good.replace(":443", "")), AddressError::Port);
        assert_eq!(refused(&good.replace("443", "0")), AddressError::Port);
        assert_eq!(refused(&good.replace("443", "70000")), AddressError::Port);
        assert_eq!(
            refused(&good.replace("relay.example", "re lay")),
            AddressError::Host(HostError::Label)
        );
        assert_eq!(
            refused(&good.replace("relay.example", "1.2.3")),
            AddressError::Host(HostError::Label)
        );
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in "(tidings://)?[ -~а-я]{0,90}(/#)?[a-z2-7]{0,60}") {
            let _ = text.parse::<RelayAddress>();
        }
    }
}
