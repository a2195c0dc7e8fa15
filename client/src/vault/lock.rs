//! One process at a time (VAULT-5): two that go on from one state would use one letter's key twice.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::{Error, error::disk};

/// The lock of a home folder, held until dropped. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`Error::VaultBusy`] if another process (or another [`Lock`] of this one) holds it, [`Error::Disk`].
    pub(crate) fn take(home: &Path) -> Result<Self, Error> {
        let path = home.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(disk("opening", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::VaultBusy {
                home: home.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(disk("locking", &path)(error)),
        }
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
