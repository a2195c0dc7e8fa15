//! How this device may reach relays: what a person sets, for good or for one call.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use serde::{Deserialize, Serialize};
use tidings_protocol::relay_identity::{Host, HostError};
use zeroize::Zeroize;

use crate::{Error, transport::Carrier};

/// What connections may use. By default everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Through which proxy everything goes, if any: then nothing goes around it, names included (REACH-7).
    pub proxy: Option<Proxy>,
    /// The only carrier that may be used, if not all.
    pub only: Option<Carrier>,
}

/// A SOCKS5 proxy (RFC 1928), with a name and password if it wants them (RFC 1929).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    host: Host,
    port: u16,
    login: Option<Login>,
}

/// Wiped on drop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Login {
    name: String,
    password: String,
}

/// Why a text is not the address of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyAddressError {
    /// Does not begin with `socks5://` or `socks5h://`.
    #[error("the address of a proxy begins with socks5://")]
    Scheme,
    /// The port is missing or not a number from 1 to 65535.
    #[error("the address of a proxy names a port from 1 to 65535 after the host")]
    Port,
    /// The host is none.
    #[error("the host in the address of the proxy: {0}")]
    Host(#[from] HostError),
    /// A name without password or the other way round, one of more than 255 bytes, or a broken `%` sequence.
    #[error("name and password of the proxy stand as name:password@ before the host")]
    Login,
}

impl Network {
    /// Whether it leaves any way at all.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self {
                proxy: Some(_),
                only: Some(Carrier::Quic),
            } => Err(Error::NetworkSettings),
            _ => Ok(()),
        }
    }
}

/// Most bytes of a name or password (RFC 1929, section 2).
const LOGIN_MAX: usize = 255;

impl Proxy {
    /// Where it listens.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// At which port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Name and password, if it was given any.
    pub(crate) fn login(&self) -> Option<(&str, &str)> {
        let login = self.login.as_ref()?;
        Some((&login.name, &login.password))
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.name.zeroize();
        self.password.zeroize();
    }
}

impl FromStr for Proxy {
    type Err = ProxyAddressError;

    /// `socks5://[name:password@]host:port`, as curl and others write it; `%` escapes in name and password. Names are looked up
    /// by the proxy in any case: `socks5h` means the same here.
    fn from_str(text: &str) -> Result<Self, ProxyAddressError> {
        let text = text.trim();
        let rest = ["socks5://", "socks5h://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .ok_or(ProxyAddressError::Scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let (host, port) = place.rsplit_once(':').ok_or(ProxyAddressError::Port)?;
        let port = match port.parse() {
            Ok(0) | Err(_) => return Err(ProxyAddressError::Port),
            Ok(port) => port,
        };
        let bracketed = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => inner.parse()?,
            Some(_) => return Err(HostError::Label.into()),
            None => host.parse()?,
        };
        let login = login.map(parse_login).transpose()?;
        Ok(Self { host, port, login })
    }
}

fn parse_login(text: &str) -> Result<Login, ProxyAddressError> {
    let (name, password) = text.split_once(':').ok_or(ProxyAddressError::Login)?;
    let part = |text| unescaped(text).filter(|part| (1..=LOGIN_MAX).contains(&part.len()));
    match (part(name), part(password)) {
        (Some(name), Some(password)) => Ok(Login { name, password }),
        _ => Err(ProxyAddressError::Login),
    }
}

/// Resolves `%XX` (RFC 3986, section 2.1).
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// For people and programs: without the password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("socks5://")?;
        if let Some(login) = &self.login {
            write!(f, "{}:…@", login.name)?;
        }
        let host = self.host.as_str();
        if host.contains(':') {
            write!(f, "[{host}]:{}", self.port)
        } else {
            write!(f, "{host}:{}", self.port)
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(…)")
    }
}

impl Carrier {
    /// A stable word: `quic`, `tcp`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Quic => "quic",
            Self::Tcp => "tcp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_and_shown_without_its_password() {
        let proxy: Proxy = "socks5://olia:p%40ss:%D1%8F@Proxy.example:1080"
            .parse()
            .unwrap();
        assert_eq!(proxy.login(), Some(("olia", "p@ss:я")));
        assert_eq!(proxy.to_string(), "socks5://olia:…@proxy.example:1080");
        assert_eq!(format!("{proxy:?}"), "Proxy(…)");
        let proxy: Proxy = " socks5h://[::1]:9050/ ".parse().unwrap();
        assert_eq!((proxy.host().as_str(), proxy.port()), ("::1", 9050));
        assert_eq!(proxy.to_string(), "socks5://[::1]:9050");
        assert_eq!(proxy.login(), None);
    }

    #[test]
    fn what_is_wrong_with_a_proxy_is_named() {
        let long = format!("socks5://{}:b@h:1", "a".repeat(256));
        for (text, error) in [
            ("http://proxy:3128", ProxyAddressError::Scheme),
            ("127.0.0.1:9050", ProxyAddressError::Scheme),
            ("socks5://proxy", ProxyAddressError::Port),
            ("socks5://proxy:0", ProxyAddressError::Port),
            ("socks5://olia@proxy:1", ProxyAddressError::Login),
            ("socks5://olia:@proxy:1", ProxyAddressError::Login),
            ("socks5://olia:%4@proxy:1", ProxyAddressError::Login),
            ("socks5://olia:%+4@proxy:1", ProxyAddressError::Login),
            (&long, ProxyAddressError::Login),
            (
                "socks5://pro_xy:1",
                ProxyAddressError::Host(HostError::Label),
            ),
        ] {
            assert_eq!(text.parse::<Proxy>().unwrap_err(), error, "{text}");
        }
    }
}
