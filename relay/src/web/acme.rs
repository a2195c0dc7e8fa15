//! A certificate for a public name from an authority that speaks ACME (RFC 8555), proved on the relay's own port with TLS-ALPN-01
//! (RFC 8737): no other port, no other program.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount,
    NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use tidings_protocol::{
    relay_identity::Host,
    time::{Day, UnixTime},
};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::certificate::{CertificateError, certified, config};
use crate::{
    identity::{KeyError, read_secret_file, replace},
    limits::ACME_TIME,
};

/// Which authority is asked, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeOptions {
    /// The public name.
    pub domain: Host,
    /// Where the authority may write to, as an address of e-mail.
    pub contact: Option<String>,
    /// The authority's directory.
    pub directory: String,
    /// A root certificate in PEM that signs the authority's own web server, if that is none of the system's.
    pub root: Option<PathBuf>,
}

/// Why there is no certificate from the authority.
#[derive(Debug, thiserror::Error)]
pub(super) enum AcmeError {
    /// The authority does not answer, or refuses.
    #[error("the authority: {0}")]
    Acme(#[from] instant_acme::Error),
    /// The authority offers no TLS-ALPN-01.
    #[error("the authority does not offer TLS-ALPN-01 for this name")]
    NoChallenge,
    /// The authority could not check that the name leads here.
    #[error(
        "the authority did not confirm that the name leads to this relay's TCP port (order {status:?}): it connects to port 443 of the name"
    )]
    NotConfirmed {
        /// What became of the order.
        status: OrderStatus,
    },
    /// It took too long.
    #[error("the authority did not finish within {} s", ACME_TIME.as_secs())]
    Slow,
    /// What was kept of an account.
    #[error("the account in {path} cannot be read: {source}")]
    Account {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate could not be made or used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// What TLS-ALPN-01 speaks (RFC 8737, section 6.2).
pub(super) const ALPN: &[u8] = b"acme-tls/1";

/// In the data folder; key files in the sense of RELAY-12.
pub(super) const FILE: &str = "acme.pem";
const ACCOUNT_FILE: &str = "acme.account";
const TITLE: &str = "tidings acme certificate 1";

/// A certificate of the authority, as it is kept.
pub(super) struct Kept {
    /// First line, domain, days, key, chain.
    pub(super) text: Zeroizing<Vec<u8>>,
    until: Day,
    since: Day,
}

impl Kept {
    /// What is in the file, if it is for this domain.
    pub(super) fn read(path: &Path, domain: &Host) -> Option<Self> {
        let text = read_secret_file(path).ok()?;
        let head = std::str::from_utf8(&text).ok()?;
        let mut lines = head.lines();
        let is_ours =
            lines.next()? == TITLE && lines.next()?.strip_prefix("domain ")? == domain.as_str();
        let mut days = lines.next()?.strip_prefix("days ")?.split(" to ");
        let since = Day(days.next()?.parse().ok()?);
        let until = Day(days.next()?.parse().ok()?);
        is_ours.then_some(Self { text, until, since })
    }

    /// Whether a new one is to be got: two thirds of its time have passed, however short that is.
    pub(super) fn is_due(&self, today: Day) -> bool {
        let whole = self.until.0.saturating_sub(self.since.0);
        today.0.saturating_sub(self.since.0) >= whole.saturating_mul(2) / 3
    }
}

/// Gets a certificate. While the authority looks, `challenge` is told what to show it.
///
/// # Errors
/// [`AcmeError`].
pub(super) async fn obtain(
    options: &AcmeOptions,
    data: &Path,
    today: Day,
    challenge: impl Fn(Option<Arc<ServerConfig>>) + Send + Sync,
) -> Result<(), AcmeError> {
    let ordered = timeout(ACME_TIME, order(options, data, &challenge)).await;
    challenge(None);
    let (key, chain) = ordered.map_err(|_| AcmeError::Slow)??;
    let until = end_of(&chain).unwrap_or(today.plus(30));
    let head = format!(
        "{TITLE}\ndomain {}\ndays {} to {}\n",
        options.domain.as_str(),
        today.0,
        until.0
    );
    let mut text = Zeroizing::new(Vec::with_capacity(16_384));
    for part in [&head, &*key, &chain] {
        text.extend_from_slice(part.as_bytes());
    }
    let path = data.join(FILE);
    certified((&path, &text), (&path, &text))?;
    Ok(replace(&path, &text)?)
}

async fn order(
    options: &AcmeOptions,
    data: &Path,
    challenge: &(impl Fn(Option<Arc<ServerConfig>>) + Send + Sync),
) -> Result<(Zeroizing<String>, String), AcmeError> {
    let account = account(options, data).await?;
    let names = [Identifier::Dns(options.domain.as_str().to_owned())];
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let mut offered = authorization
            .challenge(ChallengeType::TlsAlpn01)
            .ok_or(AcmeError::NoChallenge)?;
        let shown = offered.key_authorization();
        let shown = proof(options.domain.as_str(), shown.digest().as_ref())?;
        challenge(Some(shown));
        offered.set_ready().await?;
    }
    let patience = RetryPolicy::new().timeout(ACME_TIME);
    let status = order.poll_ready(&patience).await?;
    if status != OrderStatus::Ready {
        return Err(AcmeError::NotConfirmed { status });
    }
    let key = KeyPair::generate().map_err(CertificateError::from)?;
    let mut wanted = CertificateParams::new(vec![options.domain.as_str().to_owned()])
        .map_err(CertificateError::from)?;
    wanted.distinguished_name = rcgen::DistinguishedName::new();
    let request = wanted
        .serialize_request(&key)
        .map_err(CertificateError::from)?;
    order.finalize_csr(request.der()).await?;
    let chain = order.poll_certificate(&patience).await?;
    Ok((Zeroizing::new(key.serialize_pem()), chain))
}

/// The account that was made before, or a new one.
async fn account(options: &AcmeOptions, data: &Path) -> Result<Account, AcmeError> {
    let builder = match &options.root {
        Some(root) => Account::builder_with_root(root)?,
        None => Account::builder()?,
    };
    let path = data.join(ACCOUNT_FILE);
    if path.exists() {
        let text = read_secret_file(&path)?;
        let kept: Credentials =
            serde_json::from_slice(&text).map_err(|source| AcmeError::Account {
                path: path.clone(),
                source,
            })?;
        if kept.directory == options.directory {
            return Ok(builder.from_credentials(kept.credentials).await?);
        }
    }
    let contact = options
        .contact
        .as_ref()
        .map(|contact| format!("mailto:{contact}"));
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    let wanted = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let directory = options.directory.clone();
    let (account, credentials) = builder.create(&wanted, directory.clone(), None).await?;
    let kept = Credentials {
        directory,
        credentials,
    };
    let text = serde_json::to_vec(&kept).map(Zeroizing::new);
    let text = text.map_err(|source| AcmeError::Account {
        path: path.clone(),
        source,
    })?;
    replace(&path, &text)?;
    Ok(account)
}

/// An account, and at which authority.
#[derive(serde::Serialize, serde::Deserialize)]
struct Credentials {
    directory: String,
    credentials: AccountCredentials,
}

/// The certificate that shows the authority the digest that it asked for (RFC 8737, section 3).
fn proof(domain: &str, digest: &[u8]) -> Result<Arc<ServerConfig>, CertificateError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![domain.to_owned()])?;
    // rcgen takes nothing but 32 bytes, which a SHA-256 has.
    if digest.len() == 32 {
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    }
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let signer = aws_lc_rs::sign::any_supported_type(&key)?;
    // Not by the way of other certificates: rustls would refuse the extension that only authorities understand.
    config(
        CertifiedKey::new(vec![certificate.der().clone()], signer),
        ALPN,
    )
}

/// The day on which the first certificate of a chain ends.
fn end_of(chain: &str) -> Option<Day> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(chain.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let end = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    Some(UnixTime(end).day())
}
