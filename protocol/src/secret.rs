//! Secrets: wiped on drop, never printed, compared in constant time.

use core::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ids::{Signature, SigningPublic, labelled_hash};

/// 32 secret bytes: a seed, a chain key, a symmetric key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes the bytes over; the caller wipes what it still holds.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Fresh random bytes.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Self([0; 32]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// The bytes, for the primitive that needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = serde_bytes::ByteArray::<32>::deserialize(deserializer)?;
        let secret = Self(*bytes);
        bytes.zeroize();
        Ok(secret)
    }
}

/// An Ed25519 private key with its public half.
#[derive(Clone)]
pub struct SigningSecret(SigningKey);

impl SigningSecret {
    /// From the 32-byte seed of RFC 8032.
    #[must_use]
    pub fn from_seed(seed: &Secret) -> Self {
        Self(SigningKey::from_bytes(seed.expose()))
    }

    /// A fresh key.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self::from_seed(&Secret::random(rng))
    }

    /// The seed, for storage.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> SigningPublic {
        SigningPublic(self.0.verifying_key().to_bytes())
    }

    /// Signs `parts` under `label`: Ed25519 over their labelled hash (WIRE-6). The label keeps a signature made for
    /// one purpose from being shown for another.
    #[must_use]
    pub fn sign(&self, label: &'static [u8], parts: &[&[u8]]) -> Signature {
        Signature(self.0.sign(&labelled_hash(label, parts)).to_bytes())
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// A signature that does not verify, or a key that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

impl SigningPublic {
    /// Verifies what [`SigningSecret::sign`] made, strictly (no small-order keys, canonical encodings only; WIRE-6).
    ///
    /// # Errors
    /// [`BadSignature`] without a reason: there is nothing that a caller could do differently.
    pub fn verify(
        &self,
        label: &'static [u8],
        parts: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| BadSignature)?;
        key.verify_strict(
            &labelled_hash(label, parts),
            &ed25519_dalek::Signature::from_bytes(&signature.0),
        )
        .map_err(|_| BadSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_bound_to_label_and_parts() {
        let key = SigningSecret::from_seed(&Secret::new([3; 32]));
        let signature = key.sign(b"one", &[b"text"]);
        assert_eq!(key.public().verify(b"one", &[b"text"], &signature), Ok(()));
        assert_eq!(
            key.public().verify(b"two", &[b"text"], &signature),
            Err(BadSignature)
        );
        assert_eq!(
            key.public().verify(b"one", &[b"texT"], &signature),
            Err(BadSignature)
        );
        let mut flipped = signature;
        flipped.0[10] ^= 1;
        assert_eq!(
            key.public().verify(b"one", &[b"text"], &flipped),
            Err(BadSignature)
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Secret::new([9; 32])), "Secret(…)");
        assert_eq!(
            format!("{:?}", SigningSecret::from_seed(&Secret::new([9; 32]))),
            "SigningSecret(…)"
        );
    }
}
