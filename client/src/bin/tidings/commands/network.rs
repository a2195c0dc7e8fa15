//! `network`: how relays may be reached, for good; and `TIDINGS_PROXY` and `TIDINGS_ONLY`, for one command.

use std::{env, fs, path::Path};

use serde_json::json;
use tidings_client::{
    Account,
    network::{Network, Proxy, ProxyAddressError},
    transport::Carrier,
};
use zeroize::Zeroizing;

use super::{disk, open};
use crate::{arguments, failure::Failure, passphrase, show::Show};

/// What the environment asks for this one command, whatever is set for good.
pub(crate) struct ForNow(Change);

/// A change of the settings; outer `None` leaves a part as it is.
#[derive(Default)]
struct Change {
    proxy: Option<Option<Proxy>>,
    only: Option<Option<Carrier>>,
}

impl ForNow {
    /// Reads the environment.
    pub(crate) fn asked() -> Result<Self, Failure> {
        let from = |name| env::var(name).ok().filter(|value| !value.is_empty());
        Ok(Self(Change {
            proxy: from("TIDINGS_PROXY").map(|text| proxy(&text)).transpose()?,
            only: from("TIDINGS_ONLY").map(|word| only(&word)).transpose()?,
        }))
    }

    /// Lets the account use it.
    pub(crate) fn apply(&self, account: &Account) -> Result<(), Failure> {
        if let Some(network) = self.0.on(account)? {
            account.use_network(network)?;
        }
        Ok(())
    }
}

impl Change {
    /// The settings of the account with the change; none if there is no change.
    fn on(&self, account: &Account) -> Result<Option<Network>, Failure> {
        if self.proxy.is_none() && self.only.is_none() {
            return Ok(None);
        }
        let mut network = account.network()?;
        if let Some(proxy) = &self.proxy {
            network.proxy.clone_from(proxy);
        }
        if let Some(only) = self.only {
            network.only = only;
        }
        Ok(Some(network))
    }
}

/// Shows what is set for good, after changing it if that is asked. Reaches nobody.
pub(crate) fn network(
    home: &Path,
    source: &passphrase::Source,
    asked: &arguments::Network,
    show: &Show,
) -> Result<(), Failure> {
    // What stands on a command line is seen by all users of the computer: a password may come from a file.
    let from_file = asked.proxy_file.as_deref().map(first_line).transpose()?;
    let text = asked
        .proxy
        .as_deref()
        .or(from_file.as_deref().map(String::as_str));
    let change = Change {
        proxy: text.map(proxy).transpose()?,
        only: asked.only.as_deref().map(only).transpose()?,
    };
    let account = open(home, source, show)?;
    if let Some(network) = change.on(&account)? {
        account.set_network(&network)?;
    }
    let network = account.network()?;
    match &network.proxy {
        Some(proxy) => show.line("network-proxy", &[("proxy", proxy.to_string().into())]),
        None => show.line("network-direct", &[]),
    }
    show.line(
        match (&network.proxy, network.only) {
            (Some(_), _) | (None, Some(Carrier::Tcp)) => "network-only-tcp",
            (None, Some(Carrier::Quic)) => "network-only-quic",
            (None, None) => "network-any",
        },
        &[],
    );
    show.json(&json!({
        "proxy": network.proxy.as_ref().map(ToString::to_string),
        "only": network.only.map_or("any", Carrier::word),
    }));
    Ok(())
}

fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = fs::read_to_string(path).map_err(|source| disk(path, "reading", source))?;
    let text = Zeroizing::new(text);
    Ok(Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}

fn proxy(text: &str) -> Result<Option<Proxy>, Failure> {
    if text.trim() == "none" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| {
        Failure::usage(match error {
            ProxyAddressError::Scheme => "proxy-address-scheme",
            ProxyAddressError::Port => "proxy-address-port",
            ProxyAddressError::Host(_) => "proxy-address-host",
            ProxyAddressError::Login => "proxy-address-login",
        })
    })
}

fn only(word: &str) -> Result<Option<Carrier>, Failure> {
    match word {
        "any" => Ok(None),
        "quic" => Ok(Some(Carrier::Quic)),
        "tcp" => Ok(Some(Carrier::Tcp)),
        _ => Err(Failure::usage("network-only")),
    }
}
