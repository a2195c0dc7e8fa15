//! Who the relay is: its root key, its online keys with their certificate, and the files that hold them
//! (`docs/spec/relay-identity.md`).
//!
//! | file in the data folder | holds |
//! |---|---|
//! | `root.key` | the root's seed; its owner may move it off the machine |
//! | `online.keys` | the online keys, their certificate, and replaced keys that still open requests |
//! | `root.fingerprint` | the root's fingerprint: tells a folder whose keys were lost from a new one |
//! | `certificate.number` | the highest certificate number given out: outlives keys that are lost or damaged |
//! | `web.pem` | key and certificate of TLS on TCP, which prove nothing ([`crate::web`]) |
//! | `keys.lock` | held while the other files are read and replaced |

mod files;
mod folder;
mod number;
mod tls;

use tidings_protocol::{
    limits::RELAY_CERTIFICATE_MAX_DAYS,
    relay_identity::{
        Certificate, CertificateError, OnlineKeyHash, RootFingerprint, SignedCertificate, Validity,
        VerifiedCertificate,
    },
    secret::{Secret, SigningSecret},
    suite::{KemSecret, SuiteError},
    time::Day,
};

pub(crate) use self::files::{read_secret_file, replace};
pub use self::{
    files::{KeyError, read_root},
    folder::{FileStamp, KeyFolder},
    tls::{ALPN, TlsError, server_config},
};
use crate::{
    clock,
    limits::{OVERLAP_DAYS, RENEW_DAYS, REPLACED_KEYS_MAX, WARN_DAYS},
};

/// The relay's online keys and what the root states about them. One value is one state of the key file; rotation makes
/// another.
#[derive(Debug, Clone)]
pub struct Identity {
    root: RootFingerprint,
    signed: SignedCertificate,
    certificate: VerifiedCertificate,
    tls_key: SigningSecret,
    online: KemSecret,
    replaced: Vec<ReplacedKey>,
}

/// An online key that a newer one replaced; it opens requests of clients that have not said hello since (RELAY-9).
#[derive(Debug, Clone)]
pub(crate) struct ReplacedKey {
    secret: KemSecret,
    hash: OnlineKeyHash,
    /// Last day on which it opens anything.
    until: Day,
}

/// What is to be done about the certificate on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing yet.
    NotDue,
    /// A relay with its root at hand renews now; `days` are left.
    Due {
        /// Whole days until the last day of validity; negative after it.
        days: i64,
    },
}

impl Renewal {
    /// Whether an operator who keeps the root elsewhere must act soon.
    #[must_use]
    pub fn warns(self) -> bool {
        matches!(self, Self::Due { days } if days <= i64::from(WARN_DAYS))
    }
}

impl Identity {
    /// Fresh online keys under `root` (RELAY-8). The keys of `earlier` open requests for [`OVERLAP_DAYS`] more, and its
    /// sequence is surpassed, and so is `after`, the highest that is known otherwise (RELAY-13). The sequence also never lies
    /// below the number of the day times 64, so that a relay restored from its root key alone mostly shows a higher one than
    /// before.
    ///
    /// # Errors
    /// [`IdentityError`]; with a root of 32 bytes none is expected.
    pub fn fresh(
        root: &SigningSecret,
        earlier: Option<&Self>,
        after: Option<u64>,
        today: Day,
    ) -> Result<Self, IdentityError> {
        let mut rng = clock::random();
        let tls_key = SigningSecret::random(&mut rng);
        let online = KemSecret::random(&mut rng);
        let known = after.max(earlier.map(Self::sequence));
        let after_known = known.map_or(0, |known| known.saturating_add(1));
        let certificate = Certificate {
            root: root.public(),
            sequence: after_known.max(u64::from(today.0) * SEQUENCES_PER_DAY),
            // A day back, for clients whose clock is a little behind.
            not_before: today.minus(1),
            not_after: today.minus(1).plus(RELAY_CERTIFICATE_MAX_DAYS),
            tls_key: tls_key.public(),
            online_key: online.public()?,
        };
        let signed = certificate.sign(root)?;
        let replaced = earlier
            .map(|earlier| earlier.handed_down(today))
            .unwrap_or_default();
        let fingerprint = RootFingerprint::of(&root.public());
        Self::assemble(fingerprint, signed, tls_key, online, replaced)
    }

    /// Puts the parts of a key file together; each must belong to the certificate.
    fn assemble(
        root: RootFingerprint,
        signed: SignedCertificate,
        tls_key: SigningSecret,
        online: KemSecret,
        replaced: Vec<ReplacedKey>,
    ) -> Result<Self, IdentityError> {
        let certificate = signed.verify(&root, 0)?;
        let stated = certificate.certificate();
        if stated.tls_key != tls_key.public() || stated.online_key != online.public()? {
            return Err(IdentityError::OtherKeys);
        }
        Ok(Self {
            root,
            signed,
            tls_key,
            online,
            replaced,
            certificate,
        })
    }

    /// The replaced keys of the next identity: this one's own key, and those before it that are still in time.
    fn handed_down(&self, today: Day) -> Vec<ReplacedKey> {
        let own = ReplacedKey {
            secret: self.online.clone(),
            hash: self.certificate.online_key_hash(),
            until: today.plus(OVERLAP_DAYS),
        };
        std::iter::once(own)
            .chain(
                self.replaced
                    .iter()
                    .filter(|key| key.until >= today)
                    .cloned(),
            )
            .take(REPLACED_KEYS_MAX)
            .collect()
    }

    /// This identity without the replaced keys whose time has passed; `None` if there are none.
    #[must_use]
    pub fn pruned(&self, today: Day) -> Option<Self> {
        let mut pruned = self.clone();
        pruned.replaced.retain(|key| key.until >= today);
        (pruned.replaced.len() < self.replaced.len()).then_some(pruned)
    }

    /// The fingerprint of the root.
    #[must_use]
    pub fn root(&self) -> &RootFingerprint {
        &self.root
    }

    /// What a client is shown.
    #[must_use]
    pub fn signed_certificate(&self) -> &SignedCertificate {
        &self.signed
    }

    /// What the root states.
    #[must_use]
    pub fn certificate(&self) -> &VerifiedCertificate {
        &self.certificate
    }

    /// The certificate's sequence.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.certificate.certificate().sequence
    }

    /// The key that the relay shows in TLS.
    #[must_use]
    pub fn tls_key(&self) -> &SigningSecret {
        &self.tls_key
    }

    /// The online key of this name, if it opens requests on this day (RELAY-9).
    #[must_use]
    pub fn online_key(&self, hash: &OnlineKeyHash, today: Day) -> Option<&KemSecret> {
        if *hash == self.certificate.online_key_hash() {
            return Some(&self.online);
        }
        self.replaced
            .iter()
            .find(|key| key.hash == *hash && key.until >= today)
            .map(|key| &key.secret)
    }

    /// What is to be done about the certificate (RELAY-10).
    #[must_use]
    pub fn renewal(&self, today: Day) -> Renewal {
        let days = i64::from(self.certificate.certificate().not_after.0) - i64::from(today.0);
        // "Early" means that the clock was ahead when the keys were made: clients warn until they are made anew.
        let early = self.certificate.validity(today) == Validity::Early;
        if early || days <= i64::from(RENEW_DAYS) {
            Renewal::Due { days }
        } else {
            Renewal::NotDue
        }
    }
}

/// Sequences that one day has room for before they run ahead of the calendar.
const SEQUENCES_PER_DAY: u64 = 64;

/// The highest number that an operator may ask to surpass: a hundred years ahead of the calendar. Whatever clock was wrong, it
/// suffices; and a slip of the finger cannot use the numbers up, after which no client could be shown new keys.
fn highest_after(today: Day) -> u64 {
    u64::from(today.0.saturating_add(36_525)) * SEQUENCES_PER_DAY
}

/// A fresh root key.
#[must_use]
pub fn fresh_root() -> SigningSecret {
    SigningSecret::from_seed(&Secret::random(&mut clock::random()))
}

/// Why keys and certificate do not make an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The certificate is none.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A key is none.
    #[error(transparent)]
    Key(#[from] SuiteError),
    /// The certificate names other keys.
    #[error("the certificate belongs to other online keys")]
    OtherKeys,
}
