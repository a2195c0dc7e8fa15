//! The store's folder before it is opened: one process at a time, one version (STORE-14, STORE-15).

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    Fault, StoreError,
    foresight::foresee,
    log::{file_error, sync_folder},
    shared::Folders,
};

/// The version of the data folder that this code reads and writes (STORE-15).
pub const STORE_VERSION: u32 = 1;
const VERSION_PREFIX: &str = "tidings store ";
pub(super) const VERSION_FILE: &str = "version";

/// Why a data folder cannot be opened. Nothing in it was changed, except in the last two cases, where a start may have
/// begun.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process uses the data folder {folder}")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// It was written by another version.
    #[error(
        "the store in {folder} has version {found}, this relay knows version {STORE_VERSION}: use the tidings-relay that wrote it"
    )]
    Version {
        /// The folder.
        folder: PathBuf,
        /// What its version file says.
        found: u32,
    },
    /// Its version file says nothing that could be a version.
    #[error("the file `version` of the store in {folder} is damaged")]
    VersionDamaged {
        /// The folder.
        folder: PathBuf,
    },
    /// There are files, but not a store's.
    #[error("{folder} is not empty and not a store: its version file is missing")]
    NotAStore {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no store to look at.
    #[error("there is no store in {folder}: run makes one")]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// Reading what is there failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A thread could not be started.
    #[error("cannot start a thread of the store: {0}")]
    Thread(#[source] io::Error),
}

/// Locks the folder, compares its version, looks whether a start can succeed, and makes what is missing.
pub(super) fn prepare(folders: &Folders) -> Result<File, OpenError> {
    let root = &folders.root;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .map_err(file_error("create", root))?;
    let lock_file = lock(root)?;
    check_version(folders)?;
    foresee(folders)?;
    for folder in [&folders.log, &folders.index, &folders.blobs] {
        fs::create_dir_all(folder).map_err(file_error("create", folder))?;
    }
    sync_folder(root).map_err(file_error("sync", root))?;
    Ok(lock_file)
}

/// Takes the folder for this process alone (STORE-14).
pub(super) fn lock(root: &Path) -> Result<File, OpenError> {
    let lock_path = root.join("lock");
    let lock_file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&lock_path)
        .map_err(file_error("open", &lock_path))?;
    match lock_file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse {
                folder: root.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => {
            return Err(file_error("lock", &lock_path)(error).into());
        }
    }
    Ok(lock_file)
}

/// Takes a store that is there for this process alone, without changing anything in it. Its version is still to be looked at.
pub(super) fn lock_existing(folders: &Folders) -> Result<File, OpenError> {
    if !folders.root.join(VERSION_FILE).exists() && !folders.log.exists() {
        return Err(OpenError::Missing {
            folder: folders.root.clone(),
        });
    }
    lock(&folders.root)
}

/// What a check has to say about the version file; another version is none of its business.
pub(super) fn version_fault(folders: &Folders) -> Result<Option<Fault>, OpenError> {
    let what = match read_version(&folders.root)? {
        Some(Ok(STORE_VERSION)) => return Ok(None),
        Some(Ok(_)) => return check_version(folders).map(|()| None),
        Some(Err(_)) => "is damaged",
        None => "is missing",
    };
    Ok(Some(Fault::File {
        file: VERSION_FILE.to_owned(),
        what,
    }))
}

/// A new file, or an empty one in place of what was left of another, for its owner only.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Replaces a file in `root`, durably and at once.
pub(super) fn replace_file(root: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let path = root.join(name);
    let part = root.join(format!("{name}.part"));
    new_file(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&part, &path))
        .and_then(|()| sync_folder(root))
        .map_err(file_error("write", &path))
}

/// STORE-15: an unknown version is refused before anything is touched.
pub(super) fn check_version(folders: &Folders) -> Result<(), OpenError> {
    let folder = folders.root.clone();
    match read_version(&folder)? {
        Some(Ok(STORE_VERSION)) => Ok(()),
        Some(Ok(found)) => Err(OpenError::Version { folder, found }),
        Some(Err(NotAVersion)) => Err(OpenError::VersionDamaged { folder }),
        None if folders.log.exists() || folders.index.exists() || folders.blobs.exists() => {
            Err(OpenError::NotAStore { folder })
        }
        None => {
            let text = format!("{VERSION_PREFIX}{STORE_VERSION}\n");
            Ok(replace_file(&folder, VERSION_FILE, text.as_bytes())?)
        }
    }
}

/// A version file that holds something else.
struct NotAVersion;

/// The version of the store in `root`; `None` without a version file.
fn read_version(root: &Path) -> Result<Option<Result<u32, NotAVersion>>, StoreError> {
    let path = root.join(VERSION_FILE);
    let mut bytes = Vec::new();
    match File::open(&path) {
        Ok(file) => file
            .take(256)
            .read_to_end(&mut bytes)
            .map_err(file_error("read", &path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error("open", &path)(error)),
    };
    let version = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.strip_prefix(VERSION_PREFIX)?.strip_suffix('\n'))
        // No sign, no zero in front: one text for one version.
        .filter(|digits| digits.starts_with(|c: char| matches!(c, '1'..='9')))
        .and_then(|digits| digits.parse().ok());
    Ok(Some(version.ok_or(NotAVersion)))
}
