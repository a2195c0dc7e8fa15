//! Who a relay is: an offline root key, which its address pins, signs short-lived online certificates
//! (normative text: `docs/spec/relay-identity.md`).

mod address;

use serde::{Deserialize, Serialize};

pub use self::address::{AddressError, Host, HostError, RelayAddress};
use crate::{
    ids::{Signature, SigningPublic, byte_string, labelled_hash},
    limits::{FRAME_HEAD_MAX, RELAY_CERTIFICATE_MAX_DAYS},
    secret::SigningSecret,
    suite::KemPublic,
    time::Day,
    wire,
};

byte_string! {
    /// SHA-256 of a label and a relay's root key (RELAY-1). It stands in every address and card: whoever knows it knows
    /// the relay for good, whatever keys come and go below the root.
    RootFingerprint, 32
}
byte_string! {
    /// SHA-256 of a label and a relay's online X-Wing key (RELAY-4); names the key to which a request is sealed.
    OnlineKeyHash, 32
}

impl RootFingerprint {
    /// The fingerprint of a root key (RELAY-1).
    #[must_use]
    pub fn of(root: &SigningPublic) -> Self {
        Self(labelled_hash(b"tidings relay root v1", &[root.as_bytes()]))
    }
}

impl OnlineKeyHash {
    /// The name of an online key (RELAY-4).
    #[must_use]
    pub fn of(key: &KemPublic) -> Self {
        Self(labelled_hash(
            b"tidings relay online key v1",
            &[key.as_bytes()],
        ))
    }
}

/// What the root states about the relay's online keys (RELAY-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The root key itself; its fingerprint is in the address.
    pub root: SigningPublic,
    /// Rises with every certificate; a client refuses one below the highest that it has seen.
    pub sequence: u64,
    /// First day of validity.
    pub not_before: Day,
    /// Last day of validity, at most [`RELAY_CERTIFICATE_MAX_DAYS`] after the first.
    pub not_after: Day,
    /// The key that the relay shows in TLS (RFC 7250 raw public key).
    pub tls_key: SigningPublic,
    /// The key to which owners seal their requests.
    pub online_key: KemPublic,
}

/// A [`Certificate`] as it travels, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCertificate {
    #[serde(with = "serde_bytes")]
    certificate: Vec<u8>,
    signature: Signature,
}

/// A [`Certificate`] that the pinned root has signed. Only [`SignedCertificate::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCertificate {
    certificate: Certificate,
    online_key_hash: OnlineKeyHash,
}

/// Why a relay's certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not an encoding of a certificate.
    #[error("the relay's certificate is malformed")]
    Malformed,
    /// Signed by another root than the address pins: another relay, or somebody in between.
    #[error("the relay's certificate belongs to another root key than its address")]
    OtherRoot,
    /// The signature does not verify.
    #[error("the relay's certificate is not signed by its root key")]
    Signature,
    /// The validity is reversed or longer than allowed.
    #[error(
        "the relay's certificate is valid for {days} days, at most {RELAY_CERTIFICATE_MAX_DAYS} are allowed"
    )]
    Validity {
        /// Days between first and last, negative if reversed.
        days: i64,
    },
    /// An older certificate than one seen before: somebody replays a retired key.
    #[error("the relay shows certificate {got}, but {seen} was seen before")]
    Retired {
        /// Sequence shown.
        got: u64,
        /// Highest sequence seen.
        seen: u64,
    },
}

/// How a certificate's validity lies to a given day. Not a refusal by itself (RELAY-6): a family's clock may be wrong by
/// a year, and a letter must still get through; the client warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Within the validity.
    Current,
    /// Before its first day: this clock is behind, or the relay's ahead.
    Early,
    /// After its last day: the relay was not renewed, this clock is ahead, or a stolen key is in use.
    Expired,
}

const CERTIFICATE_LABEL: &[u8] = b"tidings relay certificate v1";
const CERTIFICATE_MAX: usize = 2_048;

impl Certificate {
    /// Signs the certificate with the offline root (RELAY-2).
    ///
    /// # Errors
    /// [`CertificateError::OtherRoot`] if `root` is not the key that the certificate names, [`CertificateError::Validity`]
    /// if it would be refused.
    pub fn sign(&self, root: &SigningSecret) -> Result<SignedCertificate, CertificateError> {
        if root.public() != self.root {
            return Err(CertificateError::OtherRoot);
        }
        self.check_validity()?;
        let certificate =
            wire::encode("relay certificate", self).map_err(|_| CertificateError::Malformed)?;
        let signature = root.sign(CERTIFICATE_LABEL, &[&certificate]);
        Ok(SignedCertificate {
            certificate,
            signature,
        })
    }

    fn check_validity(&self) -> Result<(), CertificateError> {
        let days = i64::from(self.not_after.0) - i64::from(self.not_before.0);
        if (0..=i64::from(RELAY_CERTIFICATE_MAX_DAYS)).contains(&days) {
            Ok(())
        } else {
            Err(CertificateError::Validity { days })
        }
    }
}

impl SignedCertificate {
    /// Verifies against the pinned root and the highest sequence seen (RELAY-3, RELAY-5); 0 if none was.
    ///
    /// # Errors
    /// [`CertificateError`]; every one of them means: do not go on with this relay.
    pub fn verify(
        &self,
        root: &RootFingerprint,
        highest_seen: u64,
    ) -> Result<VerifiedCertificate, CertificateError> {
        let certificate: Certificate =
            wire::decode::<_, CERTIFICATE_MAX>("relay certificate", &self.certificate)
                .map_err(|_| CertificateError::Malformed)?;
        if RootFingerprint::of(&certificate.root) != *root {
            return Err(CertificateError::OtherRoot);
        }
        certificate
            .root
            .verify(CERTIFICATE_LABEL, &[&self.certificate], &self.signature)
            .map_err(|_| CertificateError::Signature)?;
        certificate.check_validity()?;
        if certificate.sequence < highest_seen {
            return Err(CertificateError::Retired {
                got: certificate.sequence,
                seen: highest_seen,
            });
        }
        let online_key_hash = OnlineKeyHash::of(&certificate.online_key);
        Ok(VerifiedCertificate {
            certificate,
            online_key_hash,
        })
    }

    /// The bytes for storage.
    ///
    /// # Errors
    /// [`wire::WireError`] never for a certificate that was read or signed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, wire::WireError> {
        wire::encode("signed relay certificate", self)
    }

    /// From stored bytes.
    ///
    /// # Errors
    /// [`wire::WireError`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, wire::WireError> {
        wire::decode::<Self, FRAME_HEAD_MAX>("signed relay certificate", bytes)
    }
}

impl VerifiedCertificate {
    /// What the root states.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The name of the online key.
    #[must_use]
    pub fn online_key_hash(&self) -> OnlineKeyHash {
        self.online_key_hash
    }

    /// How the validity lies to `today` (RELAY-6).
    #[must_use]
    pub fn validity(&self, today: Day) -> Validity {
        if today < self.certificate.not_before {
            Validity::Early
        } else if today > self.certificate.not_after {
            Validity::Expired
        } else {
            Validity::Current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn root() -> SigningSecret {
        SigningSecret::from_seed(&Secret::new([1; 32]))
    }

    fn certificate(sequence: u64) -> Certificate {
        Certificate {
            root: root().public(),
            sequence,
            not_before: Day(20_000),
            not_after: Day(20_030),
            tls_key: SigningPublic([2; 32]),
            online_key: KemPublic([3; KemPublic::LEN]),
        }
    }

    /// RELAY-3: another root, a changed byte and a foreign signature are refused.
    #[test]
    fn only_the_pinned_root_convinces() {
        let fingerprint = RootFingerprint::of(&root().public());
        let signed = certificate(4).sign(&root()).unwrap();
        assert_eq!(
            signed.verify(&fingerprint, 4).unwrap().certificate(),
            &certificate(4)
        );
        assert_eq!(
            signed.verify(&RootFingerprint([0; 32]), 0),
            Err(CertificateError::OtherRoot)
        );
        let mut changed = signed.clone();
        let middle = changed.certificate.len() / 2;
        changed.certificate[middle] ^= 1;
        assert_eq!(
            changed.verify(&fingerprint, 0),
            Err(CertificateError::Signature)
        );
        let thief = SigningSecret::from_seed(&Secret::new([9; 32]));
        assert_eq!(
            certificate(4).sign(&thief),
            Err(CertificateError::OtherRoot)
        );
    }

    /// RELAY-5: a retired certificate is refused.
    #[test]
    fn lower_sequences_are_refused() {
        let fingerprint = RootFingerprint::of(&root().public());
        let signed = certificate(4).sign(&root()).unwrap();
        assert_eq!(
            signed.verify(&fingerprint, 5),
            Err(CertificateError::Retired { got: 4, seen: 5 })
        );
    }

    /// RELAY-2: nobody signs, and nobody believes, a validity over the limit.
    #[test]
    fn long_validity_is_refused() {
        let mut long = certificate(1);
        long.not_after = Day(20_031);
        assert_eq!(
            long.sign(&root()),
            Err(CertificateError::Validity { days: 31 })
        );
        long.not_after = Day(19_999);
        assert_eq!(
            long.sign(&root()),
            Err(CertificateError::Validity { days: -1 })
        );
    }

    /// RELAY-6: validity is told, not enforced here.
    #[test]
    fn validity_is_told() {
        let fingerprint = RootFingerprint::of(&root().public());
        let verified = certificate(1)
            .sign(&root())
            .unwrap()
            .verify(&fingerprint, 0)
            .unwrap();
        assert_eq!(verified.validity(Day(19_999)), Validity::Early);
        assert_eq!(verified.validity(Day(20_000)), Validity::Current);
        assert_eq!(verified.validity(Day(20_030)), Validity::Current);
        assert_eq!(verified.validity(Day(20_031)), Validity::Expired);
    }
}
