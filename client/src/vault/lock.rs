//! One process at a time (VAULT-5): two that go on from one state would use one letter's key twice.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use crate::{Error, error::disk, files};

/// What a process may do with a home folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Write,
    /// Only look: the folder lies on a medium, or belongs to somebody, that lets nothing be written (VAULT-12).
    Read,
}

/// The lock of a home folder, held until dropped. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Option<File>,
    access: Access,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread is just starting holds our descriptor until its own program
        // begins, and with it the lock.
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

impl Lock {
    /// Takes the lock; where nothing can be written, one that only other readers may share.
    ///
    /// # Errors
    /// [`Error::VaultBusy`] if another process (or another [`Lock`] of this one) holds it, [`Error::Disk`].
    pub(crate) fn take(home: &Path) -> Result<Self, Error> {
        let path = home.join("lock");
        let opened = files::private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let (file, access) = match opened {
            Ok(file) if files::may_write_in(home) => (Some(file), Access::Write),
            Ok(file) => (Some(file), Access::Read),
            Err(error) if files::is_read_only(&error) => (open_existing(&path)?, Access::Read),
            Err(error) => return Err(disk("opening", &path)(error)),
        };
        let locked = match (&file, access) {
            (Some(file), Access::Write) => file.try_lock(),
            (Some(file), Access::Read) => file.try_lock_shared(),
            (None, _) => Ok(()),
        };
        match locked {
            Ok(()) => Ok(Self { file, access }),
            Err(TryLockError::WouldBlock) => Err(Error::VaultBusy {
                home: home.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(disk("locking", &path)(error)),
        }
    }

    /// What may be done under it.
    pub(crate) fn access(&self) -> Access {
        self.access
    }

    /// What may be done under it, if that is everything.
    ///
    /// # Errors
    /// [`Error::ReadOnly`].
    pub(crate) fn for_writing(self, home: &Path) -> Result<Self, Error> {
        match self.access {
            Access::Write => Ok(self),
            Access::Read => Err(Error::ReadOnly {
                home: home.to_owned(),
            }),
        }
    }
}

/// Where nothing can be written nobody else writes either: a lock that is not there is not needed.
fn open_existing(path: &Path) -> Result<Option<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk("opening", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VAULT-5.
    #[test]
    fn the_second_is_refused_until_the_first_lets_go() {
        let home = tempfile::tempdir().unwrap();
        let first = Lock::take(home.path()).unwrap();
        assert!(matches!(
            Lock::take(home.path()),
            Err(Error::VaultBusy { .. })
        ));
        drop(first);
        assert!(Lock::take(home.path()).is_ok());
    }
}
