//! The names of things: fixed-size byte strings, each its own type, so that none can be passed for another.
//!
//! On the wire each is a `bincode` byte string: a length and the bytes. None prints itself: a mailbox address in a log
//! line is a trace that somebody wrote to somebody.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

/// Defines a fixed-size byte string type with redacted `Debug` and exact-length decoding.
macro_rules! byte_string {
    ($(#[$meta:meta])* $name:ident, $len:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// From a slice of exactly [`Self::LEN`] bytes; `None` for any other length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde_bytes::ByteArray::<$len>::deserialize(deserializer)
                    .map(|bytes| Self(bytes.into_array()))
            }
        }
    };
}
pub(crate) use byte_string;

byte_string! {
    /// Where letters are deposited: SHA-256 of a label and the owner's public key (EXCH-10). Whoever holds the
    /// key can prove it; nobody can create a mailbox under somebody else's address.
    MailboxAddress, 32
}
byte_string! {
    /// SHA-256 of an envelope; with the mailbox address the key of a deposit.
    EnvelopeHash, 32
}
byte_string! {
    /// Name of one stored blob chunk at a relay.
    BlobId, 32
}
byte_string! {
    /// Right to write, read or delete one blob chunk. The relay stores only its [`CapabilityHash`].
    Capability, 32
}
byte_string! {
    /// What a relay stores of a [`Capability`].
    CapabilityHash, 32
}
byte_string! {
    /// An Ed25519 public key (RFC 8032).
    SigningPublic, 32
}
byte_string! {
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
}

impl MailboxAddress {
    /// The address of the mailbox that `owner` owns (EXCH-10).
    #[must_use]
    pub fn of(owner: &SigningPublic) -> Self {
        Self(labelled_hash(
            b"tidings mailbox address v1",
            &[owner.as_bytes()],
        ))
    }
}

impl EnvelopeHash {
    /// SHA-256 of the envelope's bytes, without label: what a stranger would compute.
    #[must_use]
    pub fn of(envelope: &[u8]) -> Self {
        Self(Sha256::digest(envelope).into())
    }
}

impl Capability {
    /// A fresh random capability.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// What the relay stores of it (EXCH-20).
    #[must_use]
    pub fn hash(&self) -> CapabilityHash {
        CapabilityHash(labelled_hash(b"tidings blob capability v1", &[&self.0]))
    }
}

/// SHA-256 of a label and parts, each behind its length in four bytes, little-endian, so that no two lists of parts
/// give the same input (WIRE-5).
#[must_use]
pub fn labelled_hash(label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    absorb(&mut hash, label);
    for part in parts {
        absorb(&mut hash, part);
    }
    hash.finalize().into()
}

/// Feeds one part of a labelled hash, or its label: for inputs that come piece by piece.
pub(crate) fn absorb(hash: &mut Sha256, part: &[u8]) {
    // No part of this protocol reaches 4 GiB; a saturated length would only make two hashes differ.
    hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
    hash.update(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_bytes() {
        assert_eq!(
            format!("{:?}", MailboxAddress([7; 32])),
            "MailboxAddress(…)"
        );
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(
            labelled_hash(b"l", &[b"ab", b"c"]),
            labelled_hash(b"l", &[b"a", b"bc"])
        );
    }

    #[test]
    fn a_byte_string_of_another_length_is_refused() {
        let bytes = crate::wire::encode("id", &BlobId([1; 32])).unwrap();
        assert_eq!(bytes.len(), 33);
        assert!(crate::wire::decode::<Signature, 128>("id", &bytes).is_err());
        assert_eq!(
            crate::wire::decode::<BlobId, 128>("id", &bytes),
            Ok(BlobId([1; 32]))
        );
    }
}
