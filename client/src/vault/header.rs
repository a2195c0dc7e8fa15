//! The key of a vault, wrapped by a passphrase: the file `vault.json` (VAULT-1 to VAULT-4).
//!
//! The vault's key is random and never changes; the passphrase wraps it. So another passphrase costs one small file, and
//! destroying that file destroys the vault.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Aead, aead::Payload};
use data_encoding::HEXLOWER;
use rand_core::Rng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tidings_protocol::{ids::labelled_hash, secret::Secret};
use zeroize::Zeroizing;

use crate::{Error, error::disk, surroundings::random};

/// The version of vaults that this program writes, and the highest that it reads.
pub(crate) const VAULT_VERSION: u32 = 1;

const FORMAT: &str = "tidings vault";
const LABEL: &[u8] = b"tidings vault key v1";
/// Largest header that is read: some three times what is written.
const HEADER_MAX: u64 = 2_048;
const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 12;
/// The wrapped key with its AEAD tag.
const WRAPPED_LEN: usize = 32 + 16;

/// What one guess at a passphrase costs: parameters of Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106, section 4, second choice, with one lane as the page in a browser has only one thread: 64 MiB, three passes;
    /// a quarter of a second on a laptop.
    pub const STANDARD: Self = Self {
        memory_kib: 65_536,
        passes: 3,
        lanes: 1,
    };

    /// What a header may ask for: a forged one must not exhaust the machine (VAULT-3).
    fn is_bearable(self) -> bool {
        (8_192..=1_048_576).contains(&self.memory_kib)
            && (1..=16).contains(&self.passes)
            && (1..=16).contains(&self.lanes)
    }
}

/// A vault's key as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    cost: Cost,
    salt: [u8; SALT_LEN],
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; WRAPPED_LEN],
}

/// The header as JSON. Bytes are hexadecimal, lower case.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    nonce: String,
    wrapped_key: String,
    checksum: String,
}

const KDF: &str = "argon2id-19";

impl WrappedKey {
    /// Wraps `key` under a passphrase (VAULT-2).
    ///
    /// # Errors
    /// [`Error::VaultDamaged`] never for a [`Cost`] that is bearable.
    pub fn wrap(key: &Secret, passphrase: &SecretString, cost: Cost) -> Result<Self, Error> {
        let mut rng = random();
        let (mut salt, mut nonce) = ([0; SALT_LEN], [0; NONCE_LEN]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let mut wrapped = Self {
            cost,
            salt,
            nonce,
            wrapped: [0; WRAPPED_LEN],
        };
        let ciphertext = wrapped
            .cipher(passphrase)?
            .encrypt(
                &nonce.into(),
                Payload {
                    msg: key.expose(),
                    aad: &wrapped.bound(),
                },
            )
            .map_err(|_| damaged("the key cannot be wrapped"))?;
        wrapped.wrapped = ciphertext
            .try_into()
            .map_err(|_| damaged("the key cannot be wrapped"))?;
        Ok(wrapped)
    }

    /// The key.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`]. Damage was found by the checksum before, so nothing else is likely.
    pub fn unwrap(&self, passphrase: &SecretString) -> Result<Secret, Error> {
        let opened = self
            .cipher(passphrase)?
            .decrypt(
                &self.nonce.into(),
                Payload {
                    msg: &self.wrapped,
                    aad: &self.bound(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| Error::WrongPassphrase)?;
        let key: &[u8; 32] = opened
            .as_slice()
            .try_into()
            .map_err(|_| damaged("the wrapped key has another length"))?;
        Ok(Secret::new(*key))
    }

    fn cipher(&self, passphrase: &SecretString) -> Result<ChaCha20Poly1305, Error> {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let refused = |_| damaged("the cost of the passphrase is not bearable");
        let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(refused)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose_secret().as_bytes(), &self.salt, &mut *key)
            .map_err(refused)?;
        Ok(ChaCha20Poly1305::new((&*key).into()))
    }

    /// Everything but the wrapped key, in one hash: a changed cost does not pass for a wrong passphrase alone.
    fn bound(&self) -> [u8; 32] {
        labelled_hash(
            LABEL,
            &[
                &VAULT_VERSION.to_le_bytes(),
                &self.cost.memory_kib.to_le_bytes(),
                &self.cost.passes.to_le_bytes(),
                &self.cost.lanes.to_le_bytes(),
                &self.salt,
                &self.nonce,
            ],
        )
    }

    /// Tells damage from a wrong passphrase (VAULT-4). Not secret, not a proof of anything else.
    fn checksum(&self) -> [u8; 32] {
        labelled_hash(LABEL, &[&self.bound(), &self.wrapped])
    }

    /// Writes the header in place of an older one: whole or not at all (VAULT-4).
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
        let file = File {
            format: FORMAT.to_owned(),
            version: VAULT_VERSION,
            kdf: KDF.to_owned(),
            memory_kib: self.cost.memory_kib,
            passes: self.cost.passes,
            lanes: self.cost.lanes,
            salt: hex(&self.salt),
            nonce: hex(&self.nonce),
            wrapped_key: hex(&self.wrapped),
            checksum: hex(&self.checksum()),
        };
        let text = serde_json::to_vec_pretty(&file).map_err(|_| damaged("header"))?;
        replace_file(path, &text).map_err(disk("writing", path))
    }

    /// Reads a header. `None` if there is none.
    ///
    /// # Errors
    /// [`Error::VaultDamaged`] for anything but a whole, unchanged header, [`Error::VaultVersion`] for a newer one.
    pub fn load(path: &Path) -> Result<Option<Self>, Error> {
        let length = match fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk("reading", path)(error)),
        };
        if length > HEADER_MAX {
            return Err(damaged("its header is too long"));
        }
        let text = fs::read(path).map_err(disk("reading", path))?;
        Self::parse(&text).map(Some)
    }

    fn parse(text: &[u8]) -> Result<Self, Error> {
        /// Read before all else: later versions may have other fields.
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let unreadable = |_| damaged("its header cannot be read");
        let head: Head = serde_json::from_slice(text).map_err(unreadable)?;
        if head.format != FORMAT {
            return Err(damaged("its header is of another program"));
        }
        if head.version != VAULT_VERSION {
            return Err(Error::VaultVersion {
                got: head.version,
                known: VAULT_VERSION,
            });
        }
        let file: File = serde_json::from_slice(text).map_err(unreadable)?;
        let cost = Cost {
            memory_kib: file.memory_kib,
            passes: file.passes,
            lanes: file.lanes,
        };
        let header = Self {
            cost,
            salt: bytes(&file.salt)?,
            nonce: bytes(&file.nonce)?,
            wrapped: bytes(&file.wrapped_key)?,
        };
        if file.kdf != KDF || header.checksum() != bytes::<32>(&file.checksum)? {
            return Err(damaged("its header was changed"));
        }
        if !cost.is_bearable() {
            return Err(damaged("the cost of the passphrase is not bearable"));
        }
        Ok(header)
    }
}

fn bytes<const N: usize>(hex: &str) -> Result<[u8; N], Error> {
    HEXLOWER
        .decode(hex.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(damaged("its header cannot be read"))
}

fn damaged(what: &'static str) -> Error {
    Error::VaultDamaged { what }
}

/// Writes beside the old file, syncs, renames, syncs the folder.
pub(crate) fn replace_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = crate::files::create_private(&beside)?;
    file.write_all(contents)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    crate::files::sync_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 8_192,
        passes: 1,
        lanes: 1,
    };

    fn passphrase(text: &str) -> SecretString {
        text.to_owned().into()
    }

    fn saved() -> (tempfile::TempDir, std::path::PathBuf, Secret) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.json");
        let key = Secret::new([7; 32]);
        WrappedKey::wrap(&key, &passphrase("калина"), CHEAP)
            .unwrap()
            .save(&path)
            .unwrap();
        (folder, path, key)
    }

    /// VAULT-2: only the passphrase opens, and says so if it does not.
    #[test]
    fn only_the_passphrase_unwraps() {
        let (_folder, path, key) = saved();
        let header = WrappedKey::load(&path).unwrap().unwrap();
        assert_eq!(header.unwrap(&passphrase("калина")).unwrap(), key);
        for wrong in ["Калина", "калина ", ""] {
            assert!(matches!(
                header.unwrap(&passphrase(wrong)),
                Err(Error::WrongPassphrase)
            ));
        }
    }

    /// VAULT-4: every changed byte is told as damage (or as a newer version), never as a wrong passphrase.
    #[test]
    fn damage_is_told_from_a_wrong_passphrase() {
        let (_folder, path, _) = saved();
        let text = fs::read(&path).unwrap();
        let good = WrappedKey::parse(&text).unwrap();
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 1;
            match WrappedKey::parse(&changed) {
                // White space and the case of a digit carry nothing.
                Ok(header) => assert_eq!(header, good, "byte {at}"),
                Err(Error::VaultDamaged { .. } | Error::VaultVersion { .. }) => {}
                Err(other) => panic!("byte {at}: {other:?}"),
            }
            assert!(matches!(
                WrappedKey::parse(&text[..at]),
                Err(Error::VaultDamaged { .. })
            ));
        }
    }

    /// VAULT-3: a header that asks for a terabyte is refused before anything is computed.
    #[test]
    fn an_unbearable_cost_is_refused() {
        let (_folder, path, key) = saved();
        for cost in [
            Cost {
                memory_kib: u32::MAX,
                ..CHEAP
            },
            Cost {
                passes: 1_000_000,
                ..CHEAP
            },
            Cost {
                memory_kib: 8,
                ..CHEAP
            },
        ] {
            let mut header = WrappedKey::wrap(&key, &passphrase("x"), CHEAP).unwrap();
            header.cost = cost;
            header.save(&path).unwrap();
            assert!(
                matches!(WrappedKey::load(&path), Err(Error::VaultDamaged { .. })),
                "{cost:?}"
            );
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let text = br#"{"format":"tidings vault","version":2,"something":"else"}"#;
        assert!(matches!(
            WrappedKey::parse(text),
            Err(Error::VaultVersion { got: 2, known: 1 })
        ));
    }
}
