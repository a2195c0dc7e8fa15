//! From an address to served pages: HTTP on loopback, HTTPS everywhere else, under a certificate of the desk's own.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};
use tidings_client::SecretString;
use tidings_protocol::language::Language;

use super::{
    Site,
    guard::Names,
    refusal,
    texts::{Texts, args},
};
use crate::Error;

/// How long open requests may take to end when the desk stops.
const GRACE: Duration = Duration::from_secs(5);
/// Days for which the desk's certificate is valid: browsers are told once to trust it.
const CERTIFICATE_DAYS: i64 = 3_650;

/// How a desk is to be served.
#[derive(Debug)]
pub struct Start {
    /// Folder of the desk.
    pub home: PathBuf,
    /// Where to listen; on loopback over HTTP, elsewhere over HTTPS.
    pub listen: SocketAddr,
    /// Names under which browsers may ask, besides addresses.
    pub hosts: Vec<String>,
    /// Language for whoever has not chosen one; otherwise the browser's.
    pub language: Option<Language>,
    /// Opens the desk, or will open the one that the first run makes.
    pub passphrase: SecretString,
}

/// Told once pages can be asked for.
#[derive(Debug, Clone)]
pub struct Ready {
    /// What to open in a browser; for a new desk with the code that its first-run page asks for.
    pub address: String,
    /// SHA-256 of the certificate, as browsers show it, if pages go over HTTPS.
    pub fingerprint: Option<String>,
}

/// Why no page can be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The desk does not open.
    #[error(transparent)]
    Desk(#[from] Error),
    /// The address cannot be listened on.
    #[error("listening on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the certificate cannot be read or written.
    #[error("{}: {source}", path.display())]
    CertificateFile {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate cannot be made.
    #[error("making a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The stored certificate does not read.
    #[error("the certificate in {} does not read", path.display())]
    CertificateDamaged {
        /// Which file.
        path: PathBuf,
    },
    /// TLS refused the certificate.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl StartError {
    /// The sentence for a person at the terminal.
    #[must_use]
    pub fn sentence(&self, texts: &Texts) -> String {
        match self {
            Self::Desk(error) => refusal::sentence(texts, error),
            Self::Listen { address, source } => texts.with(
                "start-listen",
                args![address = address.to_string(), reason = source.to_string()],
            ),
            Self::CertificateFile { path, .. } | Self::CertificateDamaged { path } => texts.with(
                "start-certificate-file",
                args![path = path.display().to_string()],
            ),
            Self::Certificate(_) | Self::Tls(_) => texts.say("start-certificate"),
        }
    }
}

/// Opens the desk and serves its pages until `stop` ends.
///
/// # Errors
/// [`StartError`].
pub async fn serve(
    start: Start,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(&Ready),
) -> Result<(), StartError> {
    let listener = bind(start.listen)?;
    let listen = listener.local_addr().map_err(|source| StartError::Listen {
        address: start.listen,
        source,
    })?;
    let is_https = !listen.ip().is_loopback();
    let names = Names {
        listen,
        allowed: start
            .hosts
            .iter()
            .map(|host| host.to_ascii_lowercase())
            .collect(),
        is_https,
    };
    let tls = if is_https {
        fs::create_dir_all(&start.home).map_err(|source| StartError::CertificateFile {
            path: start.home.clone(),
            source,
        })?;
        Some(certificate(&start.home, &names)?)
    } else {
        None
    };
    let fingerprint = tls.as_ref().map(|(_, fingerprint)| fingerprint.clone());
    let site = Site::open(start, names, fingerprint.clone()).await?;
    let address = site.first_address();
    let pages = super::pages(site.clone()).into_make_service();
    let handle = Handle::new();
    let serving = async {
        match tls {
            Some((config, _)) => {
                axum_server::from_tcp_rustls(listener, config)?
                    .handle(handle.clone())
                    .serve(pages)
                    .await
            }
            None => {
                axum_server::from_tcp(listener)?
                    .handle(handle.clone())
                    .serve(pages)
                    .await
            }
        }
    };
    ready(&Ready {
        address,
        fingerprint,
    });
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = stop => {
            site.stop();
            handle.graceful_shutdown(Some(GRACE));
            serving.await
        }
    };
    site.rest().await;
    served.map_err(|source| StartError::Listen {
        address: listen,
        source,
    })
}

/// Ends at SIGTERM, SIGINT or Ctrl-C.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without a handler the system's own way to end a process is left.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| StartError::Listen { address, source })
}

/// The desk's own certificate, made on the first use, and its fingerprint.
fn certificate(home: &Path, names: &Names) -> Result<(RustlsConfig, String), StartError> {
    let (chain, key) = (home.join("desk-tls.pem"), home.join("desk-tls.key"));
    if !chain.exists() || !key.exists() {
        make_certificate(&chain, &key, names)?;
    }
    let damaged = |path: &Path| StartError::CertificateDamaged {
        path: path.to_owned(),
    };
    let certificate = CertificateDer::from_pem_file(&chain).map_err(|_| damaged(&chain))?;
    let secret = PrivateKeyDer::from_pem_file(&key).map_err(|_| damaged(&key))?;
    let fingerprint = Sha256::digest(&certificate)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":");
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], secret)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((RustlsConfig::from_config(Arc::new(config)), fingerprint))
}

fn make_certificate(chain: &Path, key: &Path, names: &Names) -> Result<(), StartError> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(
        std::iter::once("localhost".to_owned())
            .chain(names.allowed.iter().cloned())
            .collect::<Vec<_>>(),
    )?;
    if !names.listen.ip().is_unspecified() {
        params
            .subject_alt_names
            .push(SanType::IpAddress(names.listen.ip()));
    }
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "tidings-desk");
    params.distinguished_name = name;
    let now = time::OffsetDateTime::now_utc();
    params.not_before = now - time::Duration::DAY;
    params.not_after = now + time::Duration::days(CERTIFICATE_DAYS);
    let certificate = params.self_signed(&pair)?;
    write_private(key, pair.serialize_pem().as_bytes())?;
    write_private(chain, certificate.pem().as_bytes())
}

/// Writes a file that nobody else can read, whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StartError> {
    let new = path.with_extension("new");
    let written = || -> io::Result<()> {
        let mut file = fs::File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().map_err(|source| StartError::CertificateFile {
        path: path.to_owned(),
        source,
    })
}
