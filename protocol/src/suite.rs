//! Suite 1, the only one: HPKE (RFC 9180) with X-Wing (ML-KEM-768 and X25519), HKDF-SHA256, ChaCha20-Poly1305, in base
//! and PSK mode. There is no negotiation: a letter carries the number of its suite and a reader knows it or not.

use core::fmt;

use hkdf::Hkdf;
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, PskBundle, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::XWing,
};
use rand_core::CryptoRng;
use sha2::Sha256;

use crate::{
    ids::byte_string,
    limits::{KEM_ENCAPSULATION_LEN, KEM_PUBLIC_LEN},
    secret::Secret,
};

/// The number of this suite in envelopes, cards and prekeys.
pub const SUITE_1: u8 = 1;

byte_string! {
    /// An X-Wing public key, not yet checked: the check happens when something is encapsulated to it.
    KemPublic, KEM_PUBLIC_LEN
}
byte_string! {
    /// An X-Wing encapsulation.
    Encapsulation, KEM_ENCAPSULATION_LEN
}

/// An X-Wing private key: its 32-byte seed.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KemSecret(Secret);

impl KemSecret {
    /// A fresh key.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// From its stored seed.
    #[must_use]
    pub fn from_seed(seed: Secret) -> Self {
        Self(seed)
    }

    /// The seed, for storage.
    #[must_use]
    pub fn seed(&self) -> &Secret {
        &self.0
    }

    /// The public half. Costs a key expansion (about 0.1 ms): keep it where it is needed often.
    ///
    /// # Errors
    /// [`SuiteError::Key`] never for a seed of 32 bytes; the type of the primitive cannot say so.
    pub fn public(&self) -> Result<KemPublic, SuiteError> {
        let mut bytes = [0; KEM_PUBLIC_LEN];
        XWing::sk_to_pk(&self.expand()?).write_exact(&mut bytes);
        Ok(KemPublic(bytes))
    }

    fn expand(&self) -> Result<<XWing as hpke::Kem>::PrivateKey, SuiteError> {
        <XWing as hpke::Kem>::PrivateKey::from_bytes(self.0.expose()).map_err(|_| SuiteError::Key)
    }
}

impl fmt::Debug for KemSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemSecret(…)")
    }
}

/// What went wrong in the suite. Deliberately coarse: an attacker learns nothing from the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// A public or private key that is none.
    #[error("not a valid X-Wing key")]
    Key,
    /// Sealing failed: the plaintext is too long for the primitive.
    #[error("sealing failed")]
    Seal,
    /// Opening failed: another key, another context, or changed bytes.
    #[error("does not open: sealed to another key or changed on the way")]
    Open,
}

/// A key shared before: HPKE's PSK mode (RFC 9180, section 5.1.2).
#[derive(Clone, Copy)]
pub struct Psk<'a> {
    /// The key, 32 bytes of full entropy.
    pub key: &'a Secret,
    /// What names it to both sides; not secret, not empty.
    pub id: &'a [u8],
}

type SenderContext = hpke::aead::AeadCtxS<ChaCha20Poly1305, HkdfSha256, XWing>;
type ReceiverContext = hpke::aead::AeadCtxR<ChaCha20Poly1305, HkdfSha256, XWing>;

/// The sender's end of one encapsulation.
pub struct Sealer(SenderContext);

/// The receiver's end of one encapsulation.
pub struct Opener(ReceiverContext);

/// Encapsulates to `recipient` under `info`, in PSK mode if `psk` is given, else in base mode.
///
/// # Errors
/// [`SuiteError::Key`] if the recipient's key is malformed.
pub fn encapsulate(
    recipient: &KemPublic,
    psk: Option<Psk<'_>>,
    info: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(Encapsulation, Sealer), SuiteError> {
    let recipient =
        <XWing as hpke::Kem>::PublicKey::from_bytes(&recipient.0).map_err(|_| SuiteError::Key)?;
    let mode = match psk {
        None => OpModeS::Base,
        Some(psk) => {
            OpModeS::Psk(PskBundle::new(psk.key.expose(), psk.id).map_err(|_| SuiteError::Key)?)
        }
    };
    let (enc, context) = hpke::setup_sender_with_rng::<_, _, XWing>(&mode, &recipient, info, rng)
        .map_err(|_| SuiteError::Key)?;
    let mut bytes = [0; KEM_ENCAPSULATION_LEN];
    enc.write_exact(&mut bytes);
    Ok((Encapsulation(bytes), Sealer(context)))
}

/// The receiver's half of [`encapsulate`]. Never fails for a wrong key or context: that shows at the first opening.
///
/// # Errors
/// [`SuiteError::Open`] if the encapsulation is malformed.
pub fn decapsulate(
    secret: &KemSecret,
    encapsulation: &Encapsulation,
    psk: Option<Psk<'_>>,
    info: &[u8],
) -> Result<Opener, SuiteError> {
    let enc = <XWing as hpke::Kem>::EncappedKey::from_bytes(&encapsulation.0)
        .map_err(|_| SuiteError::Open)?;
    let mode = match psk {
        None => OpModeR::Base,
        Some(psk) => {
            OpModeR::Psk(PskBundle::new(psk.key.expose(), psk.id).map_err(|_| SuiteError::Key)?)
        }
    };
    hpke::setup_receiver::<_, _, XWing>(&mode, &secret.expand()?, &enc, info)
        .map(Opener)
        .map_err(|_| SuiteError::Open)
}

impl Sealer {
    /// Seals `plaintext`, bound to `aad`; the tag of [`crate::limits::AEAD_TAG_LEN`] bytes follows the ciphertext.
    ///
    /// # Errors
    /// [`SuiteError::Seal`] past the primitive's length limit.
    pub fn seal(&mut self, plaintext: &[u8], aad: &[u8]) -> Result<Vec<u8>, SuiteError> {
        self.0.seal(plaintext, aad).map_err(|_| SuiteError::Seal)
    }

    /// A secret that both ends can derive (RFC 9180, section 5.3).
    ///
    /// # Errors
    /// Never for 32 bytes; the type of the primitive cannot say so.
    pub fn export(&self, label: &[u8]) -> Result<Secret, SuiteError> {
        let mut out = zeroize::Zeroizing::new([0; 32]);
        self.0
            .export(label, &mut *out)
            .map_err(|_| SuiteError::Seal)?;
        Ok(Secret::new(*out))
    }
}

impl Opener {
    /// Opens what [`Sealer::seal`] made.
    ///
    /// # Errors
    /// [`SuiteError::Open`] for another key, context, `aad` or changed bytes.
    pub fn open(&mut self, ciphertext: &[u8], aad: &[u8]) -> Result<Vec<u8>, SuiteError> {
        self.0.open(ciphertext, aad).map_err(|_| SuiteError::Open)
    }

    /// The receiver's half of [`Sealer::export`].
    ///
    /// # Errors
    /// Never for 32 bytes; the type of the primitive cannot say so.
    pub fn export(&self, label: &[u8]) -> Result<Secret, SuiteError> {
        let mut out = zeroize::Zeroizing::new([0; 32]);
        self.0
            .export(label, &mut *out)
            .map_err(|_| SuiteError::Open)?;
        Ok(Secret::new(*out))
    }
}

/// HKDF-SHA256 (RFC 5869): 32 bytes from `key`, `salt` and a label with its parts, each part behind its length
/// (SEAL-2). The one key derivation of the protocol outside HPKE.
#[must_use]
pub fn derive(key: &Secret, salt: &[u8], label: &[u8], parts: &[&[u8]]) -> Secret {
    let mut out = zeroize::Zeroizing::new([0; 32]);
    let info = crate::ids::labelled_hash(label, parts);
    let expanded = Hkdf::<Sha256>::new(Some(salt), key.expose()).expand(&info, &mut *out);
    debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
    Secret::new(*out)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn rng() -> rand::rngs::StdRng {
        rand::rngs::StdRng::seed_from_u64(1)
    }

    #[test]
    fn base_mode_opens_only_with_the_same_context() {
        let secret = KemSecret::random(&mut rng());
        let (enc, mut sealer) =
            encapsulate(&secret.public().unwrap(), None, b"info", &mut rng()).unwrap();
        let sealed = sealer.seal(b"text", b"aad").unwrap();
        let open = |secret: &KemSecret, psk: Option<Psk<'_>>, info: &[u8], aad: &[u8]| {
            decapsulate(secret, &enc, psk, info)
                .unwrap()
                .open(&sealed, aad)
        };
        assert_eq!(open(&secret, None, b"info", b"aad"), Ok(b"text".to_vec()));
        assert_eq!(open(&secret, None, b"inf0", b"aad"), Err(SuiteError::Open));
        assert_eq!(open(&secret, None, b"info", b"aaD"), Err(SuiteError::Open));
        let psk = Psk {
            key: &Secret::new([1; 32]),
            id: b"id",
        };
        assert_eq!(
            open(&secret, Some(psk), b"info", b"aad"),
            Err(SuiteError::Open)
        );
        let other = KemSecret::from_seed(Secret::new([8; 32]));
        assert_eq!(open(&other, None, b"info", b"aad"), Err(SuiteError::Open));
    }

    #[test]
    fn psk_mode_needs_the_key_and_exports_agree() {
        let secret = KemSecret::random(&mut rng());
        let key = Secret::new([5; 32]);
        let psk = Psk {
            key: &key,
            id: b"id",
        };
        let (enc, mut sealer) =
            encapsulate(&secret.public().unwrap(), Some(psk), b"", &mut rng()).unwrap();
        let sealed = sealer.seal(b"text", b"").unwrap();
        let mut opener = decapsulate(&secret, &enc, Some(psk), b"").unwrap();
        assert_eq!(opener.open(&sealed, b""), Ok(b"text".to_vec()));
        assert_eq!(opener.export(b"x").unwrap(), sealer.export(b"x").unwrap());
        let wrong = Psk {
            key: &Secret::new([6; 32]),
            id: b"id",
        };
        let mut opener = decapsulate(&secret, &enc, Some(wrong), b"").unwrap();
        assert_eq!(opener.open(&sealed, b""), Err(SuiteError::Open));
    }

    #[test]
    fn a_malformed_public_key_is_refused() {
        let garbage = KemPublic([0xff; KEM_PUBLIC_LEN]);
        assert!(matches!(
            encapsulate(&garbage, None, b"", &mut rng()),
            Err(SuiteError::Key)
        ));
    }
}
