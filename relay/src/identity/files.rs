//! Key files: versioned, checked, readable by their owner only, replaced whole (RELAY-12).

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ids::labelled_hash,
    relay_identity::{OnlineKeyHash, RootFingerprint, SignedCertificate},
    secret::{Secret, SigningSecret},
    suite::KemSecret,
    time::Day,
    wire,
};
use zeroize::Zeroizing;

use super::{Identity, IdentityError, ReplacedKey, TlsError, number::NUMBER};

/// Why the relay's keys cannot be read, made or replaced.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file operation failed.
    #[error("cannot {attempt} {path}: {source}")]
    File {
        /// What was being done.
        attempt: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than its owner may read a key file.
    #[error(
        "{path} may be read by others (mode {mode:03o}): run chmod 600 on it, and consider rotate-key"
    )]
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Others than its owner may write to the data folder.
    #[error(
        "{folder} may be written to by others (mode {mode:03o}), and whoever can replace the keys is the relay: run chmod go-w on it"
    )]
    Folder {
        /// The data folder.
        folder: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A key file of a version that this program does not know.
    #[error("{path} has a format that this version does not know; a newer tidings-relay wrote it")]
    Version {
        /// Which file.
        path: PathBuf,
    },
    /// A key file whose contents are not as they were written.
    #[error("{path} is damaged: {what}; {}", way_out(path))]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
    },
    /// Keys that do not fit each other.
    #[error("{path}: {source}; {}", way_out(path))]
    Identity {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        source: IdentityError,
    },
    /// The root key of another relay.
    #[error("{path} is the root key of another relay ({got}), this one has {expected}")]
    OtherRoot {
        /// Which file.
        path: PathBuf,
        /// Fingerprint that the folder expects.
        expected: String,
        /// Fingerprint of the key in the file.
        got: String,
    },
    /// A key file is missing that the others are enough to make again.
    #[error("{path} is missing: `tidings-relay rotate-key`, or the next start, writes it anew")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The folder belongs to a relay, but its keys are gone.
    #[error(
        "{folder} belongs to relay {fingerprint}, but online.keys is missing: put root.key back, or run rotate-key --root FILE"
    )]
    Lost {
        /// The data folder.
        folder: PathBuf,
        /// Which relay.
        fingerprint: String,
    },
    /// No relay was ever run in this folder.
    #[error("{folder} holds no relay's keys: run makes them on its first start")]
    NoRelay {
        /// The data folder.
        folder: PathBuf,
    },
    /// A new certificate needs the root, which is not in the folder.
    #[error("root.key is not in {folder}: say where it is with rotate-key --root FILE")]
    NoRoot {
        /// The data folder.
        folder: PathBuf,
    },
    /// A certificate number that would leave none for later certificates.
    #[error("--after {number} is more than a hundred years ahead: {highest} is the highest")]
    NumberTooHigh {
        /// What was asked for.
        number: u64,
        /// The highest that may be.
        highest: u64,
    },
    /// The keys do not make a TLS configuration.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl KeyError {
    /// Whether a key file is not as it was written, or is gone.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::Identity { .. }
                | Self::Version { .. }
                | Self::OtherRoot { .. }
                | Self::Missing { .. }
                | Self::Lost { .. }
        )
    }
}

/// What an operator does about a key file that is damaged: only the root cannot be made again.
fn way_out(path: &Path) -> &'static str {
    match path.file_name().and_then(OsStr::to_str) {
        Some(ONLINE) => {
            "`tidings-relay rotate-key` makes new ones under the same address (with --root FILE if root.key lies elsewhere)"
        }
        Some(FINGERPRINT) => {
            "`tidings-relay rotate-key` writes it anew if online.keys is whole; if not, delete it once you are sure that root.key is this relay's"
        }
        Some(NUMBER) => {
            "`tidings-relay rotate-key` writes it anew if online.keys is whole; if not, add --after with the highest number that rotate-key or the log told"
        }
        _ => "put a copy of the root key in its place",
    }
}

/// Makes an error of a failed operation on `path`.
pub(super) fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| KeyError::File {
        attempt,
        path,
        source,
    }
}

/// The fingerprint as addresses show it.
pub(super) fn fingerprint_text(root: &RootFingerprint) -> String {
    BASE32_NOPAD.encode(root.as_bytes()).to_ascii_lowercase()
}

/// The files in the data folder.
pub(super) const ROOT: &str = "root.key";
pub(super) const ONLINE: &str = "online.keys";
pub(super) const FINGERPRINT: &str = "root.fingerprint";
pub(super) const LOCK: &str = "keys.lock";

// --- root.key --------------------------------------------------------------------------------------------------------

const ROOT_TITLE: &str = "tidings relay root key ";
const ROOT_VERSION: &str = "1";

/// Reads a root key file: three lines of text, so that it can be kept on paper. The fingerprint in it proves that no
/// character was lost.
///
/// # Errors
/// [`KeyError`].
pub fn read_root(path: &Path) -> Result<SigningSecret, KeyError> {
    let bytes = read_secret_file(path)?;
    let damaged = |what| KeyError::Damaged {
        path: path.to_owned(),
        what,
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged("it is not text"))?;
    let mut lines = text.lines().map(str::trim_end);
    let version = lines
        .next()
        .and_then(|line| line.strip_prefix(ROOT_TITLE))
        .ok_or_else(|| damaged("it does not begin as a root key"))?;
    if version != ROOT_VERSION {
        return Err(KeyError::Version {
            path: path.to_owned(),
        });
    }
    let seed = lines
        .next()
        .and_then(|line| line.strip_prefix("seed "))
        .ok_or_else(|| damaged("there is no seed"))?;
    let seed = Zeroizing::new(
        HEXLOWER
            .decode(seed.as_bytes())
            .map_err(|_| damaged("the seed is not hexadecimal"))?,
    );
    let seed: Zeroizing<[u8; 32]> = Zeroizing::new(
        seed.as_slice()
            .try_into()
            .map_err(|_| damaged("the seed is not 32 bytes long"))?,
    );
    let root = SigningSecret::from_seed(&Secret::new(*seed));
    let stated = lines
        .next()
        .and_then(|line| line.strip_prefix("fingerprint "));
    if stated != Some(&fingerprint_text(&RootFingerprint::of(&root.public()))) {
        return Err(damaged("the seed does not fit the fingerprint"));
    }
    Ok(root)
}

pub(super) fn write_root(path: &Path, root: &SigningSecret) -> Result<(), KeyError> {
    replace(path, root_file(root).as_bytes())
}

/// The whole text of a root key file.
pub(super) fn root_file(root: &SigningSecret) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{ROOT_TITLE}{ROOT_VERSION}\nseed {}\nfingerprint {}\n",
        *Zeroizing::new(HEXLOWER.encode(&*root.seed())),
        fingerprint_text(&RootFingerprint::of(&root.public())),
    ))
}

// --- root.fingerprint ------------------------------------------------------------------------------------------------

pub(super) fn read_fingerprint(path: &Path) -> Result<Option<RootFingerprint>, KeyError> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(KeyError::Damaged {
                path: path.to_owned(),
                what: "it is not text",
            });
        }
        read => read.map_err(failed("read", path))?,
    };
    BASE32_NOPAD
        .decode(text.trim().to_ascii_uppercase().as_bytes())
        .ok()
        .and_then(|bytes| RootFingerprint::from_slice(&bytes))
        .map(Some)
        .ok_or_else(|| KeyError::Damaged {
            path: path.to_owned(),
            what: "it is not a fingerprint",
        })
}

pub(super) fn write_fingerprint(path: &Path, root: &RootFingerprint) -> Result<(), KeyError> {
    replace(path, fingerprint_file(root).as_bytes())
}

/// The whole text of a fingerprint file.
pub(super) fn fingerprint_file(root: &RootFingerprint) -> Zeroizing<String> {
    Zeroizing::new(format!("{}\n", fingerprint_text(root)))
}

/// That a file holds exactly this text: a person may have written it with other white space, which reads the same.
pub(super) fn expect_exact(path: &Path, text: &str) -> Result<(), KeyError> {
    let bytes = Zeroizing::new(fs::read(path).map_err(failed("read", path))?);
    if *bytes == text.as_bytes() {
        return Ok(());
    }
    Err(KeyError::Damaged {
        path: path.to_owned(),
        what: "it reads right, but not every byte is as it was written",
    })
}

// --- online.keys -----------------------------------------------------------------------------------------------------

/// Before the checksum and the encoded keys; the last byte is the version.
const ONLINE_MAGIC: &[u8; 20] = b"tidings online keys\x01";
const ONLINE_MAX: usize = 16_384;
const CHECKSUM_LABEL: &[u8] = b"tidings relay key file v1";

/// What stands in the file.
#[derive(Serialize, Deserialize)]
struct StoredKeys {
    root: RootFingerprint,
    certificate: SignedCertificate,
    tls_seed: Secret,
    online_seed: Secret,
    replaced: Vec<StoredReplaced>,
}

#[derive(Serialize, Deserialize)]
struct StoredReplaced {
    online_seed: Secret,
    until: Day,
}

pub(super) fn read_online(path: &Path) -> Result<Identity, KeyError> {
    let bytes = read_secret_file(path)?;
    let damaged = |what| KeyError::Damaged {
        path: path.to_owned(),
        what,
    };
    let (magic, rest) = bytes
        .split_first_chunk::<20>()
        .filter(|(magic, _)| magic[..19] == ONLINE_MAGIC[..19])
        .ok_or_else(|| damaged("it does not begin as a key file"))?;
    if magic != ONLINE_MAGIC {
        return Err(KeyError::Version {
            path: path.to_owned(),
        });
    }
    let (checksum, keys) = rest
        .split_first_chunk::<32>()
        .ok_or_else(|| damaged("it is too short"))?;
    if labelled_hash(CHECKSUM_LABEL, &[keys]) != *checksum {
        return Err(damaged("its checksum does not fit"));
    }
    let stored: StoredKeys = wire::decode::<_, ONLINE_MAX>("key file", keys)
        .map_err(|_| damaged("its contents cannot be read"))?;
    let of_identity = |source| KeyError::Identity {
        path: path.to_owned(),
        source,
    };
    let replaced = stored
        .replaced
        .into_iter()
        .map(|key| {
            let secret = KemSecret::from_seed(key.online_seed);
            let hash = OnlineKeyHash::of(&secret.public().map_err(IdentityError::from)?);
            Ok(ReplacedKey {
                secret,
                hash,
                until: key.until,
            })
        })
        .collect::<Result<_, IdentityError>>()
        .map_err(of_identity)?;
    Identity::assemble(
        stored.root,
        stored.certificate,
        SigningSecret::from_seed(&stored.tls_seed),
        KemSecret::from_seed(stored.online_seed),
        replaced,
    )
    .map_err(of_identity)
}

pub(super) fn write_online(path: &Path, identity: &Identity) -> Result<(), KeyError> {
    let stored = StoredKeys {
        root: identity.root,
        certificate: identity.signed.clone(),
        tls_seed: Secret::new(*identity.tls_key.seed()),
        online_seed: identity.online.seed().clone(),
        replaced: identity
            .replaced
            .iter()
            .map(|key| StoredReplaced {
                online_seed: key.secret.seed().clone(),
                until: key.until,
            })
            .collect(),
    };
    let keys =
        Zeroizing::new(
            wire::encode("key file", &stored).map_err(|_| KeyError::Damaged {
                path: path.to_owned(),
                what: "its contents cannot be written",
            })?,
        );
    let checksum = labelled_hash(CHECKSUM_LABEL, &[&keys]);
    let bytes = Zeroizing::new([&ONLINE_MAGIC[..], &checksum, &keys].concat());
    replace(path, &bytes)
}

// --- All of them -----------------------------------------------------------------------------------------------------

/// Largest key file: reading stops there, whatever somebody has put in its place.
const FILE_MAX: u64 = 32_768;

pub(crate) fn read_secret_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file = File::open(path).map_err(failed("read", path))?;
    let mode = file.metadata().map_err(failed("read", path))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Permissions {
            path: path.to_owned(),
            mode,
        });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(4_096));
    file.take(FILE_MAX)
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    Ok(bytes)
}

/// Writes a file beside `path`, syncs it, and puts it in its place: whoever reads, even after power loss, sees the old
/// file or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .map_err(failed("write", &beside))?;
    // The mode above counts only for a file that was not left behind by an interrupted attempt.
    file.set_permissions(fs::Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all())
        .map_err(failed("write", &beside))?;
    fs::rename(&beside, path).map_err(failed("replace", path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync", folder))
}
