//! The store's folder before it is opened: one process at a time, one version (STORE-14, STORE-15).

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    StoreError,
    log::{file_error, sync_folder},
    shared::Folders,
};

/// The version of the data folder that this code reads and writes (STORE-15).
pub const STORE_VERSION: u32 = 1;
const VERSION_PREFIX: &str = "tidings store ";

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
        "the data folder {folder} has store version {found}, this relay knows version {STORE_VERSION}"
    )]
    Version {
        /// The folder.
        folder: PathBuf,
        /// What its version file says.
        found: String,
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

/// Locks the folder, compares its version, and makes what is missing.
pub(super) fn prepare(folders: &Folders) -> Result<File, OpenError> {
    let root = &folders.root;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .map_err(file_error("create", root))?;
    let lock_file = lock(root)?;
    check_version(folders)?;
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

/// Takes a store that is there for this process alone, without changing anything in it.
pub(super) fn lock_existing(folders: &Folders) -> Result<File, OpenError> {
    if !folders.root.join("version").exists() && !folders.log.exists() {
        return Err(OpenError::Missing {
            folder: folders.root.clone(),
        });
    }
    let lock_file = lock(&folders.root)?;
    check_version(folders)?;
    Ok(lock_file)
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
    let root = &folders.root;
    let path = root.join("version");
    let expected = format!("{VERSION_PREFIX}{STORE_VERSION}\n");
    let mut bytes = Vec::new();
    match File::open(&path) {
        Ok(file) => {
            file.take(256)
                .read_to_end(&mut bytes)
                .map_err(file_error("read", &path))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if folders.log.exists() || folders.index.exists() || folders.blobs.exists() {
                return Err(OpenError::NotAStore {
                    folder: root.clone(),
                });
            }
            return Ok(replace_file(root, "version", expected.as_bytes())?);
        }
        Err(error) => return Err(file_error("open", &path)(error).into()),
    }
    if bytes == expected.as_bytes() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&bytes);
    let found = text.strip_prefix(VERSION_PREFIX).unwrap_or(&text).trim();
    Err(OpenError::Version {
        folder: root.clone(),
        found: found.chars().take(32).filter(|c| !c.is_control()).collect(),
    })
}
