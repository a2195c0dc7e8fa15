//! Where settings come from: the command line, the environment, the file.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use figment::{
    Metadata, Profile, Provider,
    providers::{Data, Serialized, Toml},
    value::{Dict, Map, Value},
};
use serde::Serialize;

use super::{LogFormat, Place};

/// Settings from the command line; those not given come from elsewhere.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Flags {
    /// Configuration file in TOML
    #[arg(long, global = true, value_name = "FILE", env = "TIDINGS_RELAY_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Data folder, made on the first start
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<PathBuf>,
    /// Where to listen (UDP and TCP); port 0 takes a free one
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) listen: Option<SocketAddr>,
    /// Host and port under which clients find the relay, if not those of --listen
    #[arg(long, global = true, value_name = "HOST:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Place>,
    /// Whether to speak QUIC
    #[arg(long, global = true, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quic: Option<bool>,
    /// Whether to take WebSockets on TCP, and to show strangers a site there
    #[arg(long, global = true, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tcp: Option<bool>,
    /// Folder of the pages that strangers are shown on TCP
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) site: Option<PathBuf>,
    /// Certificate for TLS on TCP, in PEM, if not one that the relay makes itself
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<PathBuf>,
    /// Private key of that certificate, in PEM
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate_key: Option<PathBuf>,
    /// Public name for which to get a certificate by ACME, on port 443
    #[arg(long, global = true, value_name = "DOMAIN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acme: Option<String>,
    /// Address of e-mail for the authority
    #[arg(long, global = true, value_name = "MAIL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acme_contact: Option<String>,
    /// Directory of the authority
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acme_directory: Option<String>,
    /// Root certificate of the authority's own server, in PEM, if the system does not know it
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acme_root: Option<PathBuf>,
    /// Which log lines to write, as in info or tidings_relay=debug
    #[arg(long, global = true, value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<String>,
    /// How to write them
    #[arg(long, global = true, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_format: Option<LogFormat>,
    /// Connections at once
    #[arg(long, global = true, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connections: Option<u32>,
    /// Connections at once from one IPv4 address or IPv6 /56
    #[arg(long, global = true, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connections_per_network: Option<u32>,
    /// Memory for requests and answers in work, in MiB
    #[arg(long, global = true, value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_mib: Option<u32>,
    /// Watches at once
    #[arg(long, global = true, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) watches: Option<u32>,
    /// Letters that one mailbox may hold
    #[arg(long, global = true, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mailbox_letters: Option<u32>,
    /// Most that letters, prekeys and blobs may take, in MiB
    #[arg(long, global = true, value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_mib: Option<u64>,
    /// Space on the disk to leave free, in MiB
    #[arg(long, global = true, value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserve_mib: Option<u64>,
    /// Memory for the cache of the store's index, in MiB
    #[arg(long, global = true, value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_mib: Option<u64>,
}

impl Provider for Flags {
    fn metadata(&self) -> Metadata {
        Metadata::named("command line").interpolater(|_, keys| format!("--{}", keys.join(".")))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::defaults(self).data()
    }
}

/// Settings from the file. They are called there as on the command line; `_` for `-` is usual in TOML and means the same.
pub(super) struct ConfigFile(pub(super) Data<Toml>);

impl Provider for ConfigFile {
    fn metadata(&self) -> Metadata {
        self.0.metadata()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut profiles = self.0.data()?;
        for settings in profiles.values_mut() {
            for (key, value) in std::mem::take(settings) {
                let name = key.replace('_', "-");
                if settings.contains_key(&name) {
                    return Err(figment::Error::from(format!("{name} stands twice")));
                }
                settings.insert(name, value);
            }
        }
        Ok(profiles)
    }
}

/// Settings from variables that begin with `TIDINGS_RELAY_`. What is a text stays one: a folder may be called 007.
pub(super) struct Environment;

const PREFIX: &str = "TIDINGS_RELAY_";
const TEXTS: [&str; 12] = [
    "data",
    "listen",
    "public",
    "site",
    "certificate",
    "certificate-key",
    "acme",
    "acme-contact",
    "acme-directory",
    "acme-root",
    "log",
    "log-format",
];

/// The variable of a setting.
pub(super) fn variable(setting: &str) -> String {
    format!("{PREFIX}{}", setting.to_uppercase().replace('-', "_"))
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment").interpolater(|_, keys| variable(&keys.join(".")))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut settings = Dict::new();
        for (name, text) in std::env::vars_os() {
            let Some(key) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
                continue;
            };
            let key = key.to_ascii_lowercase().replace('_', "-");
            // Where the file is was needed before there were settings.
            if key == "config" {
                continue;
            }
            let text = text
                .into_string()
                .map_err(|_| figment::Error::from(format!("{} is not UTF-8", variable(&key))))?;
            let value = if TEXTS.contains(&key.as_str()) {
                Value::from(text)
            } else {
                text.parse().unwrap_or_else(|never| match never {})
            };
            settings.insert(key, value);
        }
        Ok(Map::from([(Profile::Default, settings)]))
    }
}
