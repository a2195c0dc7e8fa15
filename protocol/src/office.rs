//! Who an office is: an identity key, offline at the desk's head, certifies subkeys that sign daily.
//!
//! ```text
//! identity (Ed25519, years, offline) ─ certifies ─▶ subkey (90 days at most) ─ signs ─▶ prekeys, notices
//!          └─ signs ─▶ card
//! ```
//!
//! Normative text: `docs/spec/cards.md`, rules OFFICE-1 to OFFICE-6. A [`SubkeyCertificate`] that was only read says
//! nothing; [`SubkeyCertificate::verify`] turns it into a [`VerifiedSubkey`], and only that signs anything.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{Signature, SigningPublic},
    limits::{SUBKEY_CERTIFICATE_MAX, SUBKEY_MAX_DAYS},
    secret::{BadSignature, Secret, SigningSecret},
    time::Day,
    wire,
};

/// What an identity states about one of its subkeys (OFFICE-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subkey {
    /// The office's identity key.
    pub identity: SigningPublic,
    /// The key that it certifies.
    pub subkey: SigningPublic,
    /// What the subkey may sign.
    pub roles: Roles,
    /// First day of validity.
    pub not_before: Day,
    /// Last day of validity, fewer than [`SUBKEY_MAX_DAYS`] after the first.
    pub not_after: Day,
    /// Rises with every certificate of this identity; tells certificates apart in an office's records.
    pub sequence: u32,
}

/// What a subkey may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Prekeys on the shelf.
    Prekeys,
    /// Notices to families.
    Notices,
}

/// A set of [`Role`]s: one byte, one bit each. Bits that this version does not know grant nothing here (OFFICE-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles(u8);

/// A [`Subkey`] with the identity's signature, as it travels; not yet verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubkeyCertificate {
    #[serde(with = "serde_bytes")]
    subkey: Vec<u8>,
    signature: Signature,
}

/// A subkey that the identity certified. Only [`SubkeyCertificate::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSubkey(Subkey);

/// A subkey's private half with its certificate: what lies on an office's laptop. For storage it serialises; the seed is
/// a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeSubkey {
    seed: Secret,
    certificate: SubkeyCertificate,
}

/// Why a subkey's certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficeError {
    /// Not an encoding of a certificate.
    #[error("the office's subkey certificate is malformed")]
    Malformed,
    /// Made by another identity than expected.
    #[error("the subkey certificate belongs to another office")]
    OtherIdentity,
    /// The signature does not verify.
    #[error("the subkey certificate is not signed by the office's identity key")]
    Signature,
    /// The validity is reversed or longer than allowed.
    #[error(
        "the subkey certificate is valid for {days} days, from 1 to {SUBKEY_MAX_DAYS} are allowed"
    )]
    Validity {
        /// Days from the first to the last, both counted; zero or negative if reversed.
        days: i64,
    },
    /// The subkey may not sign this kind of thing.
    #[error("the subkey may not sign {what}")]
    Role {
        /// What was signed.
        what: &'static str,
    },
    /// The subkey was not valid on the day of what it signed.
    #[error("the subkey is valid from day {} to day {}, but signed for day {}", not_before.0, not_after.0, day.0)]
    Day {
        /// Day of the signed thing.
        day: Day,
        /// First day of the certificate.
        not_before: Day,
        /// Last day of the certificate.
        not_after: Day,
    },
    /// The private key is another than the certificate names.
    #[error("the private key does not belong to the certificate")]
    OtherKey,
}

const SUBKEY_LABEL: &[u8] = b"tidings office subkey v1";

impl Roles {
    /// All roles that this version knows.
    pub const ALL: Self = Self(0b11);

    /// These roles.
    #[must_use]
    pub fn of(roles: &[Role]) -> Self {
        Self(roles.iter().fold(0, |bits, &role| bits | role.bit()))
    }

    /// Whether `role` is among them.
    #[must_use]
    pub fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }
}

impl Role {
    fn bit(self) -> u8 {
        match self {
            Self::Prekeys => 1,
            Self::Notices => 2,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Prekeys => "prekeys",
            Self::Notices => "notices",
        }
    }
}

impl Subkey {
    /// Signs the certificate with the office's identity (OFFICE-2).
    ///
    /// # Errors
    /// [`OfficeError::OtherIdentity`] if `identity` is not the key that the certificate names,
    /// [`OfficeError::Validity`] if it would be refused.
    pub fn sign(&self, identity: &SigningSecret) -> Result<SubkeyCertificate, OfficeError> {
        if identity.public() != self.identity {
            return Err(OfficeError::OtherIdentity);
        }
        self.check_validity()?;
        let subkey =
            wire::encode("subkey certificate", self).map_err(|_| OfficeError::Malformed)?;
        let signature = identity.sign(SUBKEY_LABEL, &[&subkey]);
        Ok(SubkeyCertificate { subkey, signature })
    }

    /// OFFICE-4: from 1 to [`SUBKEY_MAX_DAYS`] days, both ends counted.
    fn check_validity(&self) -> Result<(), OfficeError> {
        let days = i64::from(self.not_after.0) - i64::from(self.not_before.0) + 1;
        if (1..=i64::from(SUBKEY_MAX_DAYS)).contains(&days) {
            Ok(())
        } else {
            Err(OfficeError::Validity { days })
        }
    }
}

impl SubkeyCertificate {
    /// Verifies that `identity` certified this subkey (OFFICE-5). No clock is asked: the day that counts is the day of
    /// what the subkey signed, and [`VerifiedSubkey::verify`] compares it.
    ///
    /// # Errors
    /// [`OfficeError`]; every one of them means: nothing that this subkey signed counts.
    pub fn verify(&self, identity: &SigningPublic) -> Result<VerifiedSubkey, OfficeError> {
        let subkey: Subkey =
            wire::decode::<_, SUBKEY_CERTIFICATE_MAX>("subkey certificate", &self.subkey)
                .map_err(|_| OfficeError::Malformed)?;
        if subkey.identity != *identity {
            return Err(OfficeError::OtherIdentity);
        }
        identity
            .verify(SUBKEY_LABEL, &[&self.subkey], &self.signature)
            .map_err(|_| OfficeError::Signature)?;
        subkey.check_validity()?;
        Ok(VerifiedSubkey(subkey))
    }

    /// The bytes that were certified, as a part of what the subkey signs: binds a signature to identity and validity.
    pub(crate) fn certified_bytes(&self) -> &[u8] {
        &self.subkey
    }
}

impl VerifiedSubkey {
    /// What the identity stated.
    #[must_use]
    pub fn subkey(&self) -> &Subkey {
        &self.0
    }

    /// Verifies something that the subkey signed, in the role that it needs and on the days that it is for (OFFICE-6).
    ///
    /// # Errors
    /// [`OfficeError::Role`], [`OfficeError::Day`], or [`OfficeError::Signature`].
    pub fn verify(
        &self,
        role: Role,
        days: impl IntoIterator<Item = Day>,
        label: &'static [u8],
        parts: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), OfficeError> {
        self.check(role, days)?;
        self.0
            .subkey
            .verify(label, parts, signature)
            .map_err(|BadSignature| OfficeError::Signature)
    }

    /// Whether the subkey may act in `role` on these days.
    pub(crate) fn check(
        &self,
        role: Role,
        days: impl IntoIterator<Item = Day>,
    ) -> Result<(), OfficeError> {
        let Subkey {
            roles,
            not_before,
            not_after,
            ..
        } = self.0;
        if !roles.contains(role) {
            return Err(OfficeError::Role { what: role.what() });
        }
        match days
            .into_iter()
            .find(|day| !(not_before..=not_after).contains(day))
        {
            Some(day) => Err(OfficeError::Day {
                day,
                not_before,
                not_after,
            }),
            None => Ok(()),
        }
    }
}

impl OfficeSubkey {
    /// Makes a fresh subkey and has `identity` certify it for `days` days from `first` on.
    ///
    /// # Errors
    /// [`OfficeError::Validity`] for more than [`SUBKEY_MAX_DAYS`] days, or none.
    pub fn issue(
        identity: &SigningSecret,
        roles: Roles,
        first: Day,
        days: u32,
        sequence: u32,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, OfficeError> {
        let seed = Secret::random(rng);
        let not_after = Day(first.plus(days).0.saturating_sub(1));
        let subkey = Subkey {
            identity: identity.public(),
            subkey: SigningSecret::from_seed(&seed).public(),
            roles,
            not_before: first,
            not_after,
            sequence,
        };
        let certificate = subkey.sign(identity)?;
        Ok(Self { seed, certificate })
    }

    /// Joins a stored private half and a certificate that came from the desk's head.
    ///
    /// # Errors
    /// [`OfficeError::OtherKey`] if they do not belong together, else those of [`SubkeyCertificate::verify`].
    pub fn join(
        seed: Secret,
        certificate: SubkeyCertificate,
        identity: &SigningPublic,
    ) -> Result<Self, OfficeError> {
        let named = certificate.verify(identity)?.0.subkey;
        if SigningSecret::from_seed(&seed).public() != named {
            return Err(OfficeError::OtherKey);
        }
        Ok(Self { seed, certificate })
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &SubkeyCertificate {
        &self.certificate
    }

    /// Signs with the subkey. Whether it may is the receiver's question, and [`VerifiedSubkey::verify`] answers it.
    pub(crate) fn sign(&self, label: &'static [u8], parts: &[&[u8]]) -> Signature {
        SigningSecret::from_seed(&self.seed).sign(label, parts)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn rng(seed: u64) -> rand::rngs::StdRng {
        rand::rngs::StdRng::seed_from_u64(seed)
    }

    fn identity() -> SigningSecret {
        SigningSecret::random(&mut rng(1))
    }

    fn issue(roles: Roles, days: u32) -> Result<OfficeSubkey, OfficeError> {
        OfficeSubkey::issue(&identity(), roles, Day(100), days, 1, &mut rng(2))
    }

    #[test]
    fn office_5_a_certificate_verifies_under_its_identity_only() {
        let certificate = issue(Roles::ALL, 90).unwrap().certificate;
        let verified = certificate.verify(&identity().public()).unwrap();
        assert_eq!(verified.subkey().not_after, Day(189));
        let other = SigningSecret::random(&mut rng(9)).public();
        assert_eq!(certificate.verify(&other), Err(OfficeError::OtherIdentity));
        let mut flipped = certificate.clone();
        flipped.signature.0[5] ^= 1;
        let refused = flipped.verify(&identity().public());
        assert_eq!(refused, Err(OfficeError::Signature));
        let mut longer = certificate;
        longer.subkey.push(0);
        let refused = longer.verify(&identity().public());
        assert_eq!(refused, Err(OfficeError::Malformed));
    }

    #[test]
    fn office_4_ninety_days_at_most() {
        assert_eq!(
            issue(Roles::ALL, 91).unwrap_err(),
            OfficeError::Validity { days: 91 }
        );
        assert_eq!(
            issue(Roles::ALL, 0).unwrap_err(),
            OfficeError::Validity { days: 0 }
        );
        // An identity that signs more all the same is refused by the reader.
        let subkey = Subkey {
            identity: identity().public(),
            subkey: identity().public(),
            roles: Roles::ALL,
            not_before: Day(100),
            not_after: Day(400),
            sequence: 1,
        };
        let bytes = wire::encode("", &subkey).unwrap();
        let signature = identity().sign(SUBKEY_LABEL, &[&bytes]);
        let certificate = SubkeyCertificate {
            subkey: bytes,
            signature,
        };
        assert_eq!(
            certificate.verify(&identity().public()),
            Err(OfficeError::Validity { days: 301 })
        );
    }

    #[test]
    fn office_6_role_and_day_are_checked() {
        let office = issue(Roles::of(&[Role::Notices]), 10).unwrap();
        let verified = office.certificate.verify(&identity().public()).unwrap();
        let signature = office.sign(b"label", &[b"text"]);
        let verify =
            |role, day| verified.verify(role, [Day(day)], b"label", &[b"text"], &signature);
        assert_eq!(verify(Role::Notices, 100), Ok(()));
        assert_eq!(verify(Role::Notices, 109), Ok(()));
        assert_eq!(
            verify(Role::Prekeys, 100),
            Err(OfficeError::Role { what: "prekeys" })
        );
        for day in [99, 110] {
            let refused = verify(Role::Notices, day);
            assert!(matches!(refused, Err(OfficeError::Day { .. })), "day {day}");
        }
    }

    /// OFFICE-3: a later version's role neither breaks the certificate nor grants anything here.
    #[test]
    fn office_3_unknown_roles_grant_nothing() {
        let roles: Roles = wire::decode::<_, 8>("roles", &[0b1000_0001]).unwrap();
        assert!(roles.contains(Role::Prekeys));
        assert!(!roles.contains(Role::Notices));
    }

    #[test]
    fn a_stored_subkey_joins_its_certificate_only() {
        let office = issue(Roles::ALL, 10).unwrap();
        let public = identity().public();
        let joined = OfficeSubkey::join(office.seed.clone(), office.certificate.clone(), &public);
        assert_eq!(joined.as_ref(), Ok(&office));
        let other = OfficeSubkey::join(Secret::new([4; 32]), office.certificate, &public);
        assert_eq!(other.unwrap_err(), OfficeError::OtherKey);
    }
}
