//! The relay's settings: command line, before environment (`TIDINGS_RELAY_*`), before file (TOML), before defaults.

mod place;
mod sources;

use std::{
    net::{Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use figment::{
    Figment, Source,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use tidings_protocol::relay_identity::HostError;

use self::sources::{ConfigFile, Environment, variable};
pub use self::{
    place::{Place, PlaceError},
    sources::Flags,
};
use crate::{
    limits::{
        CONNECTIONS_DEFAULT, CONNECTIONS_PER_NETWORK_DEFAULT, MEMORY_MIB_DEFAULT, WATCHES_DEFAULT,
    },
    server::{Allowance, ServerOptions},
    store::StoreSettings,
    web::{AcmeOptions, CertificateSource, WebOptions},
};

/// All settings, resolved. `docs/OPERATING.md` explains each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The data folder.
    pub data: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The host and port that the address shows.
    pub public: Option<Place>,
    /// Whether QUIC is spoken.
    pub quic: bool,
    /// Whether WebSockets are taken on TCP, and strangers shown a site.
    pub tcp: bool,
    /// The folder of pages that strangers are shown.
    pub site: Option<PathBuf>,
    /// The certificate for TLS on TCP, in PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key, in PEM.
    pub certificate_key: Option<PathBuf>,
    /// The public name for which an authority is asked for a certificate.
    pub acme: Option<String>,
    /// The address of e-mail that the authority is given.
    pub acme_contact: Option<String>,
    /// The authority's directory.
    pub acme_directory: String,
    /// A root certificate, in PEM, for the authority's own web server.
    pub acme_root: Option<PathBuf>,
    /// Which log lines are written, as in `info` or `tidings_relay=debug`.
    pub log: String,
    /// How they are written.
    pub log_format: LogFormat,
    /// Connections at once.
    pub connections: u32,
    /// Connections at once from one IPv4 address or IPv6 /56.
    pub connections_per_network: u32,
    /// Memory for requests and answers in work, in MiB.
    pub memory_mib: u32,
    /// Watches at once.
    pub watches: u32,
    /// Letters that one mailbox may hold.
    pub mailbox_letters: u32,
    /// Most that letters, prekeys and blobs may take on the disk, in MiB.
    pub storage_mib: u64,
    /// Space on the disk that the relay leaves free, in MiB.
    pub reserve_mib: u64,
    /// Memory for the cache of the store's index, in MiB.
    pub cache_mib: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let store = StoreSettings::default();
        Self {
            data: None,
            listen: SocketAddr::from((Ipv6Addr::UNSPECIFIED, 443)),
            public: None,
            quic: true,
            tcp: true,
            site: None,
            certificate: None,
            certificate_key: None,
            acme: None,
            acme_contact: None,
            acme_directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            acme_root: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            connections: CONNECTIONS_DEFAULT,
            connections_per_network: CONNECTIONS_PER_NETWORK_DEFAULT,
            memory_mib: MEMORY_MIB_DEFAULT,
            watches: WATCHES_DEFAULT,
            mailbox_letters: store.mailbox_letters,
            storage_mib: store.storage_bytes / MIB,
            reserve_mib: store.disk_reserve_bytes / MIB,
            cache_mib: store.cache_bytes / MIB,
        }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The configuration file named is not there.
    #[error("there is no configuration file {path}")]
    NoFile {
        /// Which.
        path: PathBuf,
    },
    /// A value is missing its type or range, or a key is unknown; names key and source.
    #[error("settings: {0}")]
    Value(#[from] Box<figment::Error>),
    /// Nothing says where the data folder is.
    #[error(
        "say where the data folder is: --data DIR, TIDINGS_RELAY_DATA, or data in the configuration file"
    )]
    NoData,
    /// A certificate without its key, or a key without its certificate.
    #[error("settings: {given} is set and {missing} is not: they belong together")]
    Half {
        /// What is set.
        given: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// Two certificates at once.
    #[error("settings: certificate and acme are both set: one certificate is shown")]
    TwoCertificates,
    /// The name for ACME is none.
    #[error("settings: acme: {0}")]
    Acme(#[source] HostError),
    /// Nothing is to be spoken.
    #[error("settings: quic and tcp are both false: nobody could reach this relay")]
    Shut,
    /// A number that makes no sense.
    #[error("settings: {key} must be from {least} to {most}, got {got}")]
    Range {
        /// Which setting.
        key: &'static str,
        /// Smallest allowed.
        least: u64,
        /// Largest allowed.
        most: u64,
        /// Given.
        got: u64,
    },
}

/// One setting as `config` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// Its name.
    pub name: &'static str,
    /// Its value; `None` if it is not set.
    pub value: Option<serde_json::Value>,
    /// Where the value comes from.
    pub source: String,
}

/// Settings together with where each comes from.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The settings.
    pub settings: Settings,
    figment: Figment,
}

const MIB: u64 = 1_048_576;
/// One exbibyte: more than any disk, and no sum of bytes overflows.
const MIB_MAX: u64 = 1 << 40;

/// The names of all settings, in the order in which they are explained.
const NAMES: [&str; 22] = [
    "data",
    "listen",
    "public",
    "quic",
    "tcp",
    "site",
    "certificate",
    "certificate-key",
    "acme",
    "acme-contact",
    "acme-directory",
    "acme-root",
    "log",
    "log-format",
    "connections",
    "connections-per-network",
    "memory-mib",
    "watches",
    "mailbox-letters",
    "storage-mib",
    "reserve-mib",
    "cache-mib",
];

impl Flags {
    /// Resolves all settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn resolve(&self) -> Result<Resolved, SettingsError> {
        let mut figment = Figment::from(Serialized::defaults(Settings::default()));
        if let Some(path) = &self.config {
            if !path.is_file() {
                return Err(SettingsError::NoFile { path: path.clone() });
            }
            figment = figment.merge(ConfigFile(Toml::file_exact(path)));
        }
        figment = figment.merge(Environment).merge(self);
        let settings: Settings = figment.extract().map_err(Box::new)?;
        settings.check()?;
        Ok(Resolved { settings, figment })
    }
}

impl Settings {
    fn check(&self) -> Result<(), SettingsError> {
        let ranges = [
            ("connections", self.connections.into(), 1, 1_000_000),
            (
                "connections-per-network",
                self.connections_per_network.into(),
                1,
                1_000_000,
            ),
            ("memory-mib", self.memory_mib.into(), 4, 1_048_576),
            ("storage-mib", self.storage_mib, 1, MIB_MAX),
            ("reserve-mib", self.reserve_mib, 0, MIB_MAX),
            ("cache-mib", self.cache_mib, 1, 1_048_576),
            ("watches", self.watches.into(), 1, 10_000_000),
            (
                "mailbox-letters",
                self.mailbox_letters.into(),
                1,
                10_000_000,
            ),
        ];
        for (key, got, least, most) in ranges {
            if !(least..=most).contains(&got) {
                return Err(SettingsError::Range {
                    key,
                    least,
                    most,
                    got,
                });
            }
        }
        if !self.quic && !self.tcp {
            return Err(SettingsError::Shut);
        }
        self.certificate_source().map(|_| ())
    }

    fn certificate_source(&self) -> Result<CertificateSource, SettingsError> {
        let half = |given, missing| Err(SettingsError::Half { given, missing });
        if let Some(domain) = &self.acme {
            if self.certificate.is_some() || self.certificate_key.is_some() {
                return Err(SettingsError::TwoCertificates);
            }
            return Ok(CertificateSource::Acme(AcmeOptions {
                domain: domain.parse().map_err(SettingsError::Acme)?,
                contact: self.acme_contact.clone(),
                directory: self.acme_directory.clone(),
                root: self.acme_root.clone(),
            }));
        }
        match (&self.certificate, &self.certificate_key) {
            (None, None) => Ok(CertificateSource::Own),
            (Some(certificate), Some(key)) => Ok(CertificateSource::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            (Some(_), None) => half("certificate", "certificate-key"),
            (None, Some(_)) => half("certificate-key", "certificate"),
        }
    }

    /// The data folder.
    ///
    /// # Errors
    /// [`SettingsError::NoData`].
    pub fn data(&self) -> Result<&Path, SettingsError> {
        self.data.as_deref().ok_or(SettingsError::NoData)
    }

    /// What the store needs of them.
    #[must_use]
    pub fn store(&self) -> StoreSettings {
        StoreSettings {
            mailbox_letters: self.mailbox_letters,
            storage_bytes: self.storage_mib * MIB,
            disk_reserve_bytes: self.reserve_mib * MIB,
            cache_bytes: self.cache_mib * MIB,
        }
    }

    /// What a server needs of them.
    ///
    /// # Errors
    /// [`SettingsError::NoData`], [`SettingsError::Half`].
    pub fn server(&self) -> Result<ServerOptions, SettingsError> {
        let web = WebOptions {
            site: self.site.clone(),
            certificate: self.certificate_source()?,
        };
        Ok(ServerOptions {
            data: self.data()?.to_owned(),
            listen: self.listen,
            public: self.public.clone(),
            quic: self.quic,
            web: self.tcp.then_some(web),
            allowance: Allowance {
                connections: self.connections,
                connections_per_network: self.connections_per_network,
                memory_mib: self.memory_mib,
                watches: self.watches,
                ..Allowance::default()
            },
        })
    }
}

impl Resolved {
    /// Every setting with its source.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        let values = serde_json::to_value(&self.settings).unwrap_or_default();
        NAMES
            .into_iter()
            .map(|name| Effective {
                name,
                value: values.get(name).filter(|value| !value.is_null()).cloned(),
                source: self.source(name),
            })
            .collect()
    }

    fn source(&self, name: &str) -> String {
        let metadata = self.figment.find_metadata(name);
        match metadata {
            Some(metadata) if metadata.name == "command line" => "command line".to_owned(),
            Some(metadata) => match &metadata.source {
                Some(Source::File(path)) => format!("file {}", path.display()),
                _ if metadata.name == "environment" => {
                    format!("environment {}", variable(name))
                }
                _ => "default".to_owned(),
            },
            None => "default".to_owned(),
        }
    }
}
