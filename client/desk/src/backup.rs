//! Backups of the desk: a copy under a passphrase and a key of its own, and what comes back from one.
//!
//! The account makes its own backup ([`tidings_client::Account::export_backup`]); both belong together.

use std::{fs, path::Path, sync::PoisonError};

use data_encoding::HEXLOWER;
use tidings_client::{SecretString, vault::WrappedKey};
use tidings_protocol::{secret::Secret, time::UnixTime};
use zeroize::Zeroizing;

use crate::{
    Action, Actor, Desk, Error, Subject,
    audit::HEAD_FILE,
    desk::{create_folder, random_bytes},
    error::disk,
    store::SCHEMA_VERSION,
};

/// What a backup consists of, in the order in which it is copied: without the last there is no desk.
const FILES: [&str; 4] = ["desk.db", "compartment.json", HEAD_FILE, "desk.json"];

impl Desk {
    /// Writes a backup into the folder `to`, which must not hold a desk: everything, under `passphrase`. The compartment keeps
    /// its own passphrase.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::BackUp`], [`Error::Exists`], [`Error::Disk`], [`Error::DiskFull`].
    pub fn back_up(
        &self,
        by: &Actor,
        to: &Path,
        passphrase: &SecretString,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("backing up", by, Action::BackUp, now, |_, log| {
            log.add("backed_up", Subject::Office, "");
            Ok(())
        })?;
        create_folder(to)?;
        if Self::exists(to) {
            return Err(Error::Exists {
                home: to.to_owned(),
            });
        }
        let database = to.join("desk.db");
        remove(&database)?;
        let key = Secret::new(random_bytes()?);
        // The head before the data: a log that goes on meanwhile is longer than its head, which is no fault.
        self.copy_head(to)?;
        self.store.export(&database, &key)?;
        sync(&database)?;
        let compartment = self.home.join("compartment.json");
        if compartment.exists() {
            copy(&compartment, &to.join("compartment.json"))?;
        }
        WrappedKey::wrap(&key, passphrase, self.cost)?.save(&to.join("desk.json"))?;
        Ok(())
    }

    fn copy_head(&self, to: &Path) -> Result<(), Error> {
        let _head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        copy(&self.home.join(HEAD_FILE), &to.join(HEAD_FILE))
    }

    /// Makes a desk in `home` from a backup, under the backup's passphrase, and opens it. The log says so.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::None`] if there is no backup, [`Error::WrongPassphrase`], [`Error::Damaged`],
    /// [`Error::Disk`].
    pub fn restore(
        home: &Path,
        backup: &Path,
        passphrase: &SecretString,
        now: UnixTime,
    ) -> Result<Self, Error> {
        if Self::exists(home) {
            return Err(Error::Exists {
                home: home.to_owned(),
            });
        }
        // Opened once where it lies: what does not open is not copied over anything.
        drop(Self::open(backup, passphrase, now)?);
        create_folder(home)?;
        for name in ["desk.db-wal", "desk.db-shm"] {
            remove(&home.join(name))?;
        }
        for name in FILES {
            let from = backup.join(name);
            if from.exists() {
                copy(&from, &home.join(name))?;
            }
        }
        let desk = Self::open(home, passphrase, now)?;
        desk.act_alone("restoring", None, now, |sql, log| {
            // Sessions of the old desk are over, and an account that was restored starts its numbers anew.
            sql.execute("DELETE FROM sessions", [])?;
            sql.execute("UPDATE notes SET after = NULL WHERE sent IS NULL", [])?;
            sql.execute("UPDATE replies SET after = NULL WHERE sent IS NULL", [])?;
            log.add("restored", Subject::Office, "");
            Ok(())
        })?;
        Ok(desk)
    }
}

impl crate::store::Store {
    /// Copies everything into a new database under another key.
    fn export(&self, to: &Path, key: &Secret) -> Result<(), Error> {
        let hex = Zeroizing::new(HEXLOWER.encode(key.expose()));
        let keyed = Zeroizing::new(format!("x'{}'", *hex));
        self.alone("copying the desk's data", |connection| {
            connection.execute(
                "ATTACH DATABASE ?1 AS copy KEY ?2",
                rusqlite::params![to.to_string_lossy(), *keyed],
            )?;
            let copied = connection
                .query_row("SELECT sqlcipher_export('copy')", [], |_| Ok(()))
                .and_then(|()| {
                    connection
                        .execute_batch(&format!("PRAGMA copy.user_version = {SCHEMA_VERSION}"))
                });
            connection.execute("DETACH DATABASE copy", [])?;
            Ok(copied?)
        })
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to).map_err(disk("copying to", to))?;
    sync(to)
}

fn sync(path: &Path) -> Result<(), Error> {
    fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(disk("writing", path))
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk("removing", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LetterFilter, Role,
        testing::{List, Office, PASSPHRASE, START, signed_in},
    };
    use tidings_client::LetterNumber;

    fn pass(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn a_restored_desk_has_everything_and_its_log_is_whole() {
        let office = Office::new();
        let list = List::default();
        list.receive(1, "Петренко Сергій", "Чекаємо", &[b"photo"]);
        let desk = &office.desk;
        desk.import(&list, START).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (backup, home) = (folder.path().join("backup"), folder.path().join("home"));
        let reader = office.actor(Role::Reader);
        let refused = desk.back_up(&reader, &backup, &pass("копія"), START);
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        desk.back_up(&office.head, &backup, &pass("копія"), START)
            .unwrap();
        let again = desk.back_up(&office.head, &backup, &pass("копія"), START);
        assert!(matches!(again, Err(Error::Exists { .. })));

        for wrong in [PASSPHRASE, ""] {
            let refused = Desk::restore(&home, &backup, &pass(wrong), START);
            assert!(matches!(refused, Err(Error::WrongPassphrase)));
            assert!(!Desk::exists(&home));
        }
        let restored = Desk::restore(&home, &backup, &pass("копія"), START).unwrap();
        let head = signed_in(&restored, "head");
        let opened = restored.open_letter(&head, LetterNumber(1), START).unwrap();
        assert_eq!(opened.text, "Чекаємо");
        assert_eq!(
            restored
                .picture(&head, LetterNumber(1), 0, START)
                .unwrap()
                .bytes,
            b"photo"
        );
        let found = LetterFilter {
            search: "Petrenko".into(),
            ..Default::default()
        };
        assert_eq!(
            restored.letters(&head, &found, None, 9).unwrap().rows.len(),
            1
        );
        let report = restored.verify_audit(&head, None).unwrap();
        assert!(report.is_whole(), "{report:?}");
        assert_eq!(
            restored.import(&list, START).unwrap(),
            crate::ImportReport::default()
        );
        let compartment = restored.open_compartment(&head, None, START);
        assert!(compartment.is_ok());
    }

    #[test]
    fn a_backup_says_nothing_without_its_passphrase() {
        let office = Office::new();
        let list = List::default();
        list.receive(1, "Петренко", "a sentence to look for", &[]);
        office.desk.import(&list, START).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("backup");
        office
            .desk
            .back_up(&office.head, &backup, &pass("копія"), START)
            .unwrap();
        for entry in fs::read_dir(&backup).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            let needle = b"a sentence to look for";
            assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        }
    }
}
