//! The key files of one data folder, as `run` and `rotate-key` share them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tidings_protocol::{relay_identity::RootFingerprint, secret::SigningSecret, time::Day};

use super::{
    Identity,
    files::{
        FINGERPRINT, KeyError, LOCK, ONLINE, ROOT, expect_exact, failed, fingerprint_file,
        fingerprint_text, read_fingerprint, read_online, read_root, root_file, write_fingerprint,
        write_online, write_root,
    },
    fresh_root, highest_after,
    number::{NUMBER, read_number, write_number},
};

/// The keys in one data folder. Every method that reads more than one file, or writes, holds the folder's key lock, so that
/// a running relay and `rotate-key` never mix.
#[derive(Debug, Clone)]
pub struct KeyFolder {
    folder: PathBuf,
}

/// Tells one state of a file from another: inode, length, time of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp(u64, u64, i64, i64);

impl FileStamp {
    /// The state of the file now; `None` while there is none.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path)
            .ok()
            .map(|file| Self(file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
    }
}

impl KeyFolder {
    /// The keys in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// RELAY-12: whoever may write to the folder can put other keys into it, so that nobody but its owner may. A folder that
    /// is not there yet is made that way.
    ///
    /// # Errors
    /// [`KeyError::Folder`], [`KeyError::File`].
    pub fn expect_own(&self) -> Result<(), KeyError> {
        let mode = match fs::metadata(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            metadata => metadata.map_err(failed("read", &self.folder))?.mode() & 0o777,
        };
        if mode & 0o022 == 0 {
            return Ok(());
        }
        Err(KeyError::Folder {
            folder: self.folder.clone(),
            mode,
        })
    }

    /// The identity in the folder; makes folder, root and online keys where no relay was run before (RELAY-8).
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Lost`] rather than a new root where one was before.
    pub fn open_or_create(&self, today: Day) -> Result<Identity, KeyError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed("make the data folder", &self.folder))?;
        self.expect_own()?;
        let _lock = self.lock()?;
        if self.path(ONLINE).exists() {
            let identity = self.load_online()?;
            self.remember(&identity)?;
            return Ok(identity);
        }
        let root = match (self.root()?, read_fingerprint(&self.path(FINGERPRINT))?) {
            (Some(root), _) => root,
            (None, Some(fingerprint)) => {
                return Err(KeyError::Lost {
                    folder: self.folder.clone(),
                    fingerprint: fingerprint_text(&fingerprint),
                });
            }
            (None, None) => {
                let root = fresh_root();
                write_root(&self.path(ROOT), &root)?;
                root
            }
        };
        let after = read_number(&self.path(NUMBER))?;
        self.renew_under(&root, None, after, today)
    }

    /// RELAY-13: a folder of online keys that came without their number or fingerprint gets them, so that the keys can be lost.
    fn remember(&self, identity: &Identity) -> Result<(), KeyError> {
        let path = self.path(FINGERPRINT);
        if !path.exists() {
            write_fingerprint(&path, identity.root())?;
        }
        let path = self.path(NUMBER);
        match read_number(&path) {
            // The keys tell all that is needed while they are there; a check reports the file, and a rotation replaces it.
            Err(KeyError::Damaged { .. }) => Ok(()),
            known
                if known
                    .as_ref()
                    .is_ok_and(|known| *known < Some(identity.sequence())) =>
            {
                write_number(&path, identity.sequence())
            }
            known => known.map(|_| ()),
        }
    }

    /// The identity in the folder, as it stands.
    ///
    /// # Errors
    /// [`KeyError::NoRelay`] if there never was one; [`KeyError::Missing`] if the root can make it again.
    pub fn load(&self) -> Result<Identity, KeyError> {
        self.expect_own()?;
        let path = self.path(ONLINE);
        if path.exists() {
            return self.load_online();
        }
        if self.has_root() {
            return Err(KeyError::Missing { path });
        }
        Err(match read_fingerprint(&self.path(FINGERPRINT))? {
            Some(fingerprint) => KeyError::Lost {
                folder: self.folder.clone(),
                fingerprint: fingerprint_text(&fingerprint),
            },
            None => KeyError::NoRelay {
                folder: self.folder.clone(),
            },
        })
    }

    /// Reads every key file and compares it, byte for byte, with what it should be (RELAY-12).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verify(&self) -> Result<(), KeyError> {
        let identity = self.load()?;
        let path = self.path(FINGERPRINT);
        match read_fingerprint(&path)? {
            Some(fingerprint) if fingerprint == *identity.root() => {}
            Some(_) => {
                return Err(KeyError::Damaged {
                    path,
                    what: "it is not that of the online keys",
                });
            }
            None => return Err(KeyError::Missing { path }),
        }
        expect_exact(&path, &fingerprint_file(identity.root()))?;
        let path = self.path(NUMBER);
        match read_number(&path)? {
            Some(number) if number >= identity.sequence() => {}
            Some(_) => {
                return Err(KeyError::Damaged {
                    path,
                    what: "it is below the number of the certificate",
                });
            }
            None => return Err(KeyError::Missing { path }),
        }
        if let Some(root) = self.root()? {
            expect_exact(&self.path(ROOT), &root_file(&root))?;
        }
        Ok(())
    }

    fn load_online(&self) -> Result<Identity, KeyError> {
        let identity = read_online(&self.path(ONLINE))?;
        if let Some(root) = self.root()? {
            self.expect_root(
                &self.path(ROOT),
                &RootFingerprint::of(&root.public()),
                identity.root(),
            )?;
        }
        Ok(identity)
    }

    /// Makes new online keys under the root in `root_file`, or in the folder if none is given (RELAY-9). Online keys that are
    /// damaged are replaced like others, and a damaged fingerprint is written anew if they tell whose it was.
    ///
    /// # Errors
    /// [`KeyError::NoRoot`], [`KeyError::OtherRoot`].
    pub fn rotate(&self, root_file: Option<&Path>, today: Day) -> Result<Identity, KeyError> {
        self.rotate_after(root_file, None, today)
    }

    /// The same, with a number above `after` too: for a folder that does not know what clients have seen, because all of the
    /// relay's files were lost but its root (RELAY-13).
    ///
    /// # Errors
    /// As [`KeyFolder::rotate`], and [`KeyError::NumberTooHigh`].
    pub fn rotate_after(
        &self,
        root_file: Option<&Path>,
        after: Option<u64>,
        today: Day,
    ) -> Result<Identity, KeyError> {
        let highest = highest_after(today);
        if let Some(number) = after.filter(|number| *number > highest) {
            return Err(KeyError::NumberTooHigh { number, highest });
        }
        if !self.folder.is_dir() {
            return Err(KeyError::NoRelay {
                folder: self.folder.clone(),
            });
        }
        self.expect_own()?;
        let _lock = self.lock()?;
        let (path, root) = match root_file {
            Some(path) => (path.to_owned(), read_root(path)?),
            None => (
                self.path(ROOT),
                self.root()?.ok_or_else(|| KeyError::NoRoot {
                    folder: self.folder.clone(),
                })?,
            ),
        };
        let is_there = self.path(ONLINE).exists();
        let earlier = match is_there
            .then(|| read_online(&self.path(ONLINE)))
            .transpose()
        {
            Err(KeyError::Damaged { .. } | KeyError::Identity { .. }) => None,
            earlier => earlier?,
        };
        let got = RootFingerprint::of(&root.public());
        if let Some(earlier) = &earlier {
            self.expect_root(&path, &got, earlier.root())?;
        } else if let Some(expected) = read_fingerprint(&self.path(FINGERPRINT))? {
            self.expect_root(&path, &got, &expected)?;
        }
        let known = match read_number(&self.path(NUMBER)) {
            Err(KeyError::Damaged { .. }) if earlier.is_some() || after.is_some() => None,
            known => known?,
        };
        self.renew_under(&root, earlier.as_ref(), known.max(after), today)
    }

    /// Whether the folder tells nothing at all of who the relay is.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        [ROOT, ONLINE, FINGERPRINT]
            .iter()
            .all(|name| !self.path(name).exists())
    }

    /// Whether the root key is in the folder.
    #[must_use]
    pub fn has_root(&self) -> bool {
        self.path(ROOT).exists()
    }

    /// Wipes replaced keys whose time has passed (RELAY-9); the identity that then stands, if that changed anything.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn prune(&self, today: Day) -> Result<Option<Identity>, KeyError> {
        let _lock = self.lock()?;
        let pruned = self.load_online()?.pruned(today);
        if let Some(pruned) = &pruned {
            write_online(&self.path(ONLINE), pruned)?;
        }
        Ok(pruned)
    }

    /// Which state of the online keys is on the disk; `None` while there is none.
    #[must_use]
    pub fn stamp(&self) -> Option<FileStamp> {
        FileStamp::of(&self.path(ONLINE))
    }

    fn renew_under(
        &self,
        root: &SigningSecret,
        earlier: Option<&Identity>,
        after: Option<u64>,
        today: Day,
    ) -> Result<Identity, KeyError> {
        let path = self.path(ONLINE);
        let identity =
            Identity::fresh(root, earlier, after, today).map_err(|source| KeyError::Identity {
                path: path.clone(),
                source,
            })?;
        write_fingerprint(&self.path(FINGERPRINT), identity.root())?;
        // First: a number that no certificate came to bear is no loss, one that nobody remembers is.
        write_number(&self.path(NUMBER), identity.sequence())?;
        write_online(&path, &identity)?;
        Ok(identity)
    }

    fn root(&self) -> Result<Option<SigningSecret>, KeyError> {
        let path = self.path(ROOT);
        path.exists().then(|| read_root(&path)).transpose()
    }

    fn expect_root(
        &self,
        path: &Path,
        got: &RootFingerprint,
        expected: &RootFingerprint,
    ) -> Result<(), KeyError> {
        if got == expected {
            return Ok(());
        }
        Err(KeyError::OtherRoot {
            path: path.to_owned(),
            expected: fingerprint_text(expected),
            got: fingerprint_text(got),
        })
    }

    /// Held until dropped. Waits: whoever holds it works for milliseconds.
    fn lock(&self) -> Result<File, KeyError> {
        let path = self.path(LOCK);
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(failed("lock", &path))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
