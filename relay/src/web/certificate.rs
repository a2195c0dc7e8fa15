//! The certificate that strangers are shown in TLS on TCP. Tidings' own clients do not look at it (CHAN-1); it is there so that the
//! port is an ordinary web server's (CHAN-10).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, NoServerSessionStorage},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tidings_protocol::{relay_identity::Host, time::Day};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, MissedTickBehavior, interval},
};
use tracing::{error, info};
use zeroize::Zeroizing;

use super::{CertificateSource, acme};
use crate::{
    clock::Clock,
    identity::{FileStamp, KeyError, read_secret_file, replace},
    limits::{ACME_PAUSE, KEY_POLL, OWN_CERTIFICATE_DAYS, OWN_CERTIFICATE_RENEW_DAYS},
};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The relay's own file.
    #[error(transparent)]
    Own(#[from] KeyError),
    /// An operator's file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds no certificate or no private key in PEM.
    #[error("{path} holds no {expected} in PEM")]
    Pem {
        /// Which.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// rustls refused key and certificate: of no kind that it knows, or not of each other.
    #[error("certificate and key for TLS on TCP: {0}")]
    Tls(#[from] rustls::Error),
    /// The relay could not make its own.
    #[error("making a certificate: {0}")]
    Make(#[from] rcgen::Error),
}

/// What is shown; follows what the keeper finds.
#[derive(Debug, Clone)]
pub(crate) struct Shown(watch::Receiver<Configs>);

#[derive(Debug, Clone)]
struct Configs {
    /// For strangers.
    site: Arc<ServerConfig>,
    /// For an authority that looks whether the name leads here.
    challenge: Option<Arc<ServerConfig>>,
}

impl Shown {
    /// The configuration under which a stranger who said `hello` is answered.
    pub(super) fn config_for(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        let configs = self.0.borrow();
        let is_authority = hello
            .alpn()
            .is_some_and(|mut offered| offered.any(|protocol| protocol == acme::ALPN));
        match &configs.challenge {
            Some(challenge) if is_authority => Arc::clone(challenge),
            _ => Arc::clone(&configs.site),
        }
    }
}

/// Reads, makes and renews the certificate while the relay runs.
pub(crate) struct CertificateKeeper {
    source: CertificateSource,
    data: PathBuf,
    own: OwnCertificate,
    clock: Clock,
    shown: watch::Sender<Configs>,
    stamps: [Option<FileStamp>; 2],
}

impl CertificateKeeper {
    /// Opens what `source` names. The relay's own certificate lies in `data` and names `host`.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub(crate) fn open(
        source: CertificateSource,
        data: &Path,
        host: &Host,
        clock: Clock,
    ) -> Result<Self, CertificateError> {
        let own = OwnCertificate {
            path: data.join(OWN_FILE),
            host: host.as_str().to_owned(),
        };
        let key = load(&source, data, &own, clock.today())?;
        let configs = Configs {
            site: config(key, HTTP)?,
            challenge: None,
        };
        Ok(Self {
            shown: watch::Sender::new(configs),
            stamps: stamps(&source, data, &own),
            source,
            data: data.to_owned(),
            own,
            clock,
        })
    }

    pub(crate) fn shown(&self) -> Shown {
        Shown(self.shown.subscribe())
    }

    /// Looks every few seconds whether a file changed or a certificate is due, and at once when `reload` is notified. What
    /// cannot be read or got changes nothing: the relay goes on with what it has and says so.
    pub(crate) async fn run(mut self, reload: Arc<Notify>) {
        let mut tick = interval(KEY_POLL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looked = self.clock.today();
        let mut ask_again = Instant::now();
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = reload.notified() => self.stamps = [None; 2],
            }
            let today = self.clock.today();
            if Instant::now() >= ask_again && !self.obtain(today).await {
                ask_again = Instant::now() + ACME_PAUSE;
            }
            let stamps = stamps(&self.source, &self.data, &self.own);
            if stamps == self.stamps && looked == today {
                continue;
            }
            // Remembered first: a damaged file is reported once, not every few seconds.
            let is_same = stamps == self.stamps;
            (self.stamps, looked) = (stamps, today);
            if is_same && !self.own.is_due(&self.source, today) {
                continue;
            }
            let key = load(&self.source, &self.data, &self.own, today);
            match key.and_then(|key| config(key, HTTP)) {
                Ok(site) => {
                    self.shown.send_modify(|configs| configs.site = site);
                    self.stamps = self::stamps(&self.source, &self.data, &self.own);
                    info!("the certificate for TLS on TCP is in use");
                }
                Err(error) => {
                    error!(%error, "the certificate for TLS on TCP could not be read; going on with the one in use");
                }
            }
        }
    }

    /// Asks the authority for a certificate if one is due; false if that failed.
    async fn obtain(&self, today: Day) -> bool {
        let CertificateSource::Acme(options) = &self.source else {
            return true;
        };
        let kept = acme::Kept::read(&self.data.join(acme::FILE), &options.domain);
        if kept.is_some_and(|kept| !kept.is_due(today)) {
            return true;
        }
        let challenge = |challenge| {
            self.shown
                .send_modify(|configs| configs.challenge = challenge)
        };
        match acme::obtain(options, &self.data, today, challenge).await {
            Ok(()) => {
                info!("a certificate for TLS on TCP was obtained");
                true
            }
            Err(error) => {
                error!(%error, "no certificate for TLS on TCP was obtained; going on with the one in use and asking again in an hour");
                false
            }
        }
    }
}

fn stamps(source: &CertificateSource, data: &Path, own: &OwnCertificate) -> [Option<FileStamp>; 2] {
    match source {
        CertificateSource::Own => [FileStamp::of(&own.path), None],
        CertificateSource::Files { certificate, key } => {
            [FileStamp::of(certificate), FileStamp::of(key)]
        }
        CertificateSource::Acme(_) => [
            FileStamp::of(&data.join(acme::FILE)),
            FileStamp::of(&own.path),
        ],
    }
}

fn load(
    source: &CertificateSource,
    data: &Path,
    own: &OwnCertificate,
    today: Day,
) -> Result<CertifiedKey, CertificateError> {
    match source {
        CertificateSource::Own => own.load_or_make(today),
        CertificateSource::Files { certificate, key } => {
            let chain = read(certificate)?;
            let key_text = read(key)?;
            certified((certificate, &chain), (key, &key_text))
        }
        CertificateSource::Acme(options) => {
            let path = data.join(acme::FILE);
            match acme::Kept::read(&path, &options.domain) {
                Some(kept) => certified((&path, &kept.text), (&path, &kept.text)),
                // Until the authority has given one.
                None => own.load_or_make(today),
            }
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| CertificateError::File {
            path: path.to_owned(),
            source,
        })
}

/// A certificate chain and its key, out of texts in PEM, each with the file where it was found.
pub(super) fn certified(
    (chain_path, chain): (&Path, &[u8]),
    (key_path, key): (&Path, &[u8]),
) -> Result<CertifiedKey, CertificateError> {
    let none = |path: &Path, expected| CertificateError::Pem {
        path: path.to_owned(),
        expected,
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| none(chain_path, "certificate"))?;
    if chain.is_empty() {
        return Err(none(chain_path, "certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| none(key_path, "private key"))?;
    Ok(CertifiedKey::from_der(chain, key, &provider())?)
}

// --- TLS -------------------------------------------------------------------------------------------------------------

/// What strangers speak inside TLS.
const HTTP: &[u8] = b"http/1.1";

/// What plain web servers take: TLS 1.3 and 1.2, the post-quantum exchange first (CHAN-1).
pub(super) fn config(
    key: CertifiedKey,
    alpn: &[u8],
) -> Result<Arc<ServerConfig>, CertificateError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.alpn_protocols = vec![alpn.to_vec()];
    // A resumed session would link two connections of one client (RELAY-11).
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
        ],
        ..aws_lc_rs::default_provider()
    }
}

// --- The relay's own -------------------------------------------------------------------------------------------------

/// In the data folder; a key file in the sense of RELAY-12.
const OWN_FILE: &str = "web.pem";
const OWN_TITLE: &str = "tidings web certificate 1";

/// A certificate that signs itself, like those that fresh machines have.
struct OwnCertificate {
    path: PathBuf,
    host: String,
}

impl OwnCertificate {
    /// The first lines of its file, before the blocks in PEM.
    fn head(&self, until: Day) -> String {
        format!("{OWN_TITLE}\nhost {}\nuntil day {}\n", self.host, until.0)
    }

    /// The last day of the certificate in the file, if it is one for this host.
    fn until(&self, text: &[u8]) -> Option<Day> {
        let text = std::str::from_utf8(text).ok()?;
        let until = text.lines().nth(2)?.strip_prefix("until day ")?;
        let until = Day(until.parse().ok()?);
        text.starts_with(&self.head(until)).then_some(until)
    }

    /// Whether the certificate in the file is to be used today still.
    fn is_fresh(&self, text: &[u8], today: Day) -> bool {
        let renewed_at = today.plus(OWN_CERTIFICATE_RENEW_DAYS);
        self.until(text).is_some_and(|until| until > renewed_at)
    }

    /// Whether a new one is to be made today.
    fn is_due(&self, source: &CertificateSource, today: Day) -> bool {
        let text = read_secret_file(&self.path);
        *source == CertificateSource::Own && !text.is_ok_and(|text| self.is_fresh(&text, today))
    }

    /// The certificate in the file; a new one if there is none, if it ends soon, or if the host has another name now. It
    /// proves nothing, so that one which is damaged is simply replaced.
    fn load_or_make(&self, today: Day) -> Result<CertifiedKey, CertificateError> {
        if self.path.exists() {
            let text = read_secret_file(&self.path)?;
            let key = certified((&self.path, &text), (&self.path, &text));
            if let (Ok(key), true) = (key, self.is_fresh(&text, today)) {
                return Ok(key);
            }
        }
        let text = self.make(today)?;
        replace(&self.path, &text)?;
        certified((&self.path, &text), (&self.path, &text))
    }

    fn make(&self, today: Day) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
        let until = today.plus(OWN_CERTIFICATE_DAYS);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, self.host.as_str());
        let name = match self.host.parse() {
            Ok(ip) => Some(SanType::IpAddress(ip)),
            Err(_) => self.host.as_str().try_into().ok().map(SanType::DnsName),
        };
        params.subject_alt_names = name.into_iter().collect();
        params.not_before = date(today)?;
        params.not_after = date(until)?;
        let certificate = params.self_signed(&key)?;
        let key = Zeroizing::new(key.serialize_pem());
        let mut text = Zeroizing::new(Vec::with_capacity(4_096));
        for part in [&self.head(until), &*key, &certificate.pem()] {
            text.extend_from_slice(part.as_bytes());
        }
        Ok(text)
    }
}

fn date(day: Day) -> Result<time::OffsetDateTime, CertificateError> {
    let seconds = i64::try_from(day.start().0).unwrap_or(i64::MAX);
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| CertificateError::Make(rcgen::Error::Time))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const TODAY: Day = Day(20_500);

    fn own(folder: &Path, host: &str) -> OwnCertificate {
        OwnCertificate {
            path: folder.join(OWN_FILE),
            host: host.to_owned(),
        }
    }

    fn shown(own: &OwnCertificate, today: Day) -> Vec<u8> {
        let key = own.load_or_make(today).unwrap();
        key.cert[0].to_vec()
    }

    /// RELAY-12: the relay's own certificate stays the same until it ends soon, or the host is called otherwise; what is
    /// damaged is replaced, and what others may read is refused.
    #[test]
    fn the_relays_own_certificate_is_kept_and_renewed_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let here = own(folder.path(), "relay.example.org");
        let first = shown(&here, TODAY);
        let mode = fs::metadata(&here.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let late = TODAY.plus(OWN_CERTIFICATE_DAYS - OWN_CERTIFICATE_RENEW_DAYS);
        assert_eq!(shown(&here, late.minus(1)), first);
        assert!(here.is_due(&CertificateSource::Own, late));
        let renewed = shown(&here, late);
        assert_ne!(renewed, first);
        assert_eq!(shown(&here, late), renewed);
        let renamed = own(folder.path(), "192.0.2.7");
        assert_ne!(shown(&renamed, late), renewed);

        fs::write(&here.path, "nothing").unwrap();
        let again = shown(&here, late);
        assert_ne!(again, renewed);
        assert_eq!(shown(&here, late), again);
        fs::set_permissions(&here.path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            here.load_or_make(late),
            Err(CertificateError::Own(KeyError::Permissions { .. }))
        ));
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let one = own(folder.path(), "one.example").make(TODAY).unwrap();
        let two = own(folder.path(), "two.example").make(TODAY).unwrap();
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        let source = CertificateSource::Files {
            certificate: certificate.clone(),
            key: key.clone(),
        };
        let load = || load(&source, folder.path(), &own(folder.path(), ""), TODAY).map(|_| ());
        assert!(matches!(load(), Err(CertificateError::File { .. })));
        fs::write(&certificate, &*one).unwrap();
        fs::write(&key, "no key").unwrap();
        assert!(matches!(
            load(),
            Err(CertificateError::Pem {
                expected: "private key",
                ..
            })
        ));
        fs::write(&key, &*two).unwrap();
        assert!(matches!(load(), Err(CertificateError::Tls(_))));
        fs::write(&key, &*one).unwrap();
        load().unwrap();
        fs::write(&certificate, "no certificate").unwrap();
        assert!(matches!(
            load(),
            Err(CertificateError::Pem {
                expected: "certificate",
                ..
            })
        ));
    }
}
