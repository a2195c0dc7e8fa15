//! Backups of an office: a copy under a passphrase and a key of its own, and what comes back from one (DESK-28 to DESK-30).
//!
//! The desk's part and the account's lie in folders of their own, `desk` and `account`, and belong together.

pub(crate) mod archive;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::PoisonError,
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tidings_client::{Account, SecretString, files, vault::WrappedKey};
use tidings_protocol::{secret::Secret, time::UnixTime};
use zeroize::Zeroizing;

use self::archive::{Scratch, unpack};
use crate::{
    Action, Actor, Desk, Error, OperatorId, Subject,
    audit::HEAD_FILE,
    desk::{create_folder, random_bytes},
    error::disk,
    settings,
    store::{SCHEMA_VERSION, Store},
};

/// What a backup of the desk consists of, in the order in which it is copied: without the last there is no desk.
const FILES: [&str; 4] = [DATABASE, COMPARTMENT, HEAD_FILE, HEADER];
const DATABASE: &str = "desk.db";
const COMPARTMENT: &str = "compartment.json";
const HEADER: &str = "desk.json";
/// The name of the setting, in a backup alone, that holds the hashes of the files beside the database.
const BESIDE: &str = "backup";

/// Writes a backup of desk and account into the folder `to`, under `passphrase`.
///
/// # Errors
/// [`Error::Forbidden`] without [`Action::BackUp`], [`Error::Exists`] if there is a backup in the folder, [`Error::Disk`],
/// [`Error::DiskFull`], [`Error::Account`].
pub fn back_up_office(
    desk: &Desk,
    account: &Account,
    by: &Actor,
    to: &Path,
    passphrase: &SecretString,
    now: UnixTime,
) -> Result<(), Error> {
    by.need(Action::BackUp)?;
    prepare(to)?;
    account.export_backup(&account_part(to), passphrase)?;
    desk.back_up(by, &desk_part(to), passphrase, now)
}

/// The same for whoever has the machine and the desk's passphrase, with no session: from the command line.
///
/// # Errors
/// As [`back_up_office`], but for [`Error::Forbidden`].
pub fn back_up_office_alone(
    desk: &Desk,
    account: &Account,
    to: &Path,
    passphrase: &SecretString,
    now: UnixTime,
) -> Result<(), Error> {
    prepare(to)?;
    account.export_backup(&account_part(to), passphrase)?;
    desk.back_up_as(None, &desk_part(to), passphrase, now)
}

/// Makes an office in the empty folder `home` from a backup, under the backup's passphrase. `backup` is the folder that
/// [`back_up_office`] wrote, or the file that a page gave. The desk comes last: before it is there, there is no office, and
/// restoring can be done again into another folder.
///
/// # Errors
/// [`Error::Exists`], [`Error::BackupPassphrase`], [`Error::NoBackup`] for what is none, not whole or damaged, [`Error::Disk`],
/// [`Error::DiskFull`].
pub fn restore_office(
    home: &Path,
    backup: &Path,
    passphrase: &SecretString,
    now: UnixTime,
) -> Result<(Desk, Account), Error> {
    if Desk::exists(home) {
        return Err(Error::Exists {
            home: home.to_owned(),
        });
    }
    let is_new = !home.exists();
    let restored = restore_any(home, backup, passphrase, now);
    if restored.is_err() && is_new {
        // Only if nothing is left in it.
        let _ = fs::remove_dir(home);
    }
    restored.map_err(|error| match error {
        Error::WrongPassphrase | Error::Account(tidings_client::Error::WrongPassphrase) => {
            Error::BackupPassphrase
        }
        Error::Damaged { .. }
        | Error::None { .. }
        | Error::Account(
            tidings_client::Error::NoVault { .. } | tidings_client::Error::VaultDamaged { .. },
        ) => Error::NoBackup {
            path: backup.to_owned(),
        },
        other => other,
    })
}

fn restore_any(
    home: &Path,
    backup: &Path,
    passphrase: &SecretString,
    now: UnixTime,
) -> Result<(Desk, Account), Error> {
    if !backup.is_file() {
        return restore_folders(home, backup, passphrase, now);
    }
    let scratch = Scratch::make(home)?;
    let parts = scratch.path().join("parts");
    unpack(backup, &parts)?;
    restore_folders(home, &parts, passphrase, now)
}

fn restore_folders(
    home: &Path,
    backup: &Path,
    passphrase: &SecretString,
    now: UnixTime,
) -> Result<(Desk, Account), Error> {
    let part = desk_part(backup);
    if !Desk::exists(&part) {
        return Err(Error::None { home: part });
    }
    // A wrong passphrase is told before anything is made.
    drop(key_of(&part, passphrase)?);
    let account = Account::restore(home, &account_part(backup), passphrase)?;
    let desk = Desk::restore(home, &part, passphrase, now)?;
    Ok((desk, account))
}

/// A backup that was broken off holds an account and no desk: it is written anew.
fn prepare(to: &Path) -> Result<(), Error> {
    if Desk::exists(&desk_part(to)) {
        return Err(Error::Exists {
            home: to.to_owned(),
        });
    }
    create_folder(to)?;
    let account = account_part(to);
    match fs::remove_dir_all(&account) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk("removing", &account)(error))
        }
        _ => Ok(()),
    }
}

fn desk_part(backup: &Path) -> PathBuf {
    backup.join("desk")
}

fn account_part(backup: &Path) -> PathBuf {
    backup.join("account")
}

impl Desk {
    /// Writes a backup of the desk alone into the folder `to`, which must not hold a desk: everything, under `passphrase`. The
    /// compartment keeps its own passphrase.
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
        self.act("backing up", by, Action::BackUp, now, |_, _| Ok(()))?;
        self.back_up_as(by.id(), to, passphrase, now)
    }

    fn back_up_as(
        &self,
        by: Option<OperatorId>,
        to: &Path,
        passphrase: &SecretString,
        now: UnixTime,
    ) -> Result<(), Error> {
        if Self::exists(to) {
            return Err(Error::Exists {
                home: to.to_owned(),
            });
        }
        self.act_alone("backing up", by, now, |_, log| {
            log.add("backed_up", Subject::Office, "");
            Ok(())
        })?;
        create_folder(to)?;
        let database = to.join(DATABASE);
        remove(&database)?;
        let key = Secret::new(random_bytes()?);
        // The head before the data: a log that goes on meanwhile is longer than its head, which is no fault.
        self.copy_head(to)?;
        let compartment = self.home.join(COMPARTMENT);
        remove(&to.join(COMPARTMENT))?;
        if compartment.exists() {
            copy(&compartment, &to.join(COMPARTMENT))?;
        }
        self.store.export(&database, &key, &beside(to)?)?;
        sync(&database)?;
        WrappedKey::wrap(&key, passphrase, self.cost)?.save(&to.join(HEADER))?;
        Ok(())
    }

    fn copy_head(&self, to: &Path) -> Result<(), Error> {
        let _head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        copy(&self.home.join(HEAD_FILE), &to.join(HEAD_FILE))
    }

    /// Makes a desk in `home` from a backup, under the backup's passphrase, and opens it. The log says so. The backup itself
    /// is only read; what does not come back whole leaves no desk.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::None`] if there is no backup, [`Error::WrongPassphrase`], [`Error::Damaged`],
    /// [`Error::Disk`], [`Error::DiskFull`].
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
        let key = key_of(backup, passphrase)?;
        create_folder(home)?;
        for leftover in ["desk.db-wal", "desk.db-shm"]
            .into_iter()
            .chain(FILES)
            .filter(|name| *name != HEADER)
        {
            remove(&home.join(leftover))?;
        }
        // Copied, checked, and only then given the header that makes a folder a desk.
        let checked = copy_data(backup, home).and_then(|()| check(home, key));
        if let Err(error) = checked {
            for name in [
                DATABASE,
                "desk.db-wal",
                "desk.db-shm",
                COMPARTMENT,
                HEAD_FILE,
            ] {
                remove(&home.join(name))?;
            }
            return Err(error);
        }
        copy(&backup.join(HEADER), &home.join(HEADER))?;
        let desk = Self::open(home, passphrase, now)?;
        desk.act_alone("restoring", None, now, |sql, log| {
            // Sessions of the old desk are over, and an account that was restored starts its numbers anew.
            sql.execute("DELETE FROM sessions", [])?;
            sql.execute("UPDATE notes SET after = NULL WHERE sent IS NULL", [])?;
            sql.execute("UPDATE replies SET after = NULL WHERE sent IS NULL", [])?;
            sql.execute("UPDATE requests SET after = NULL WHERE sent IS NULL", [])?;
            sql.execute("DELETE FROM settings WHERE name = ?1", [BESIDE])?;
            log.add("restored", Subject::Office, "");
            Ok(())
        })?;
        Ok(desk)
    }

    /// Reads every page of the database and checks it against its checksum and its neighbours.
    ///
    /// # Errors
    /// [`Error::Damaged`] if one is not what was written.
    pub fn check_storage(&self) -> Result<(), Error> {
        self.store.check()
    }
}

/// The key of a backup's database.
fn key_of(backup: &Path, passphrase: &SecretString) -> Result<Secret, Error> {
    let wrapped = WrappedKey::load(&backup.join(HEADER))?.ok_or_else(|| Error::None {
        home: backup.to_owned(),
    })?;
    wrapped.unwrap(passphrase).map_err(|error| match error {
        tidings_client::Error::WrongPassphrase => Error::WrongPassphrase,
        other => Error::Account(other),
    })
}

fn copy_data(backup: &Path, home: &Path) -> Result<(), Error> {
    for name in FILES.into_iter().filter(|name| *name != HEADER) {
        let from = backup.join(name);
        if from.exists() {
            copy(&from, &home.join(name))?;
        }
    }
    Ok(())
}

/// Whether what was copied is what was backed up: every page of the database, and the files beside it by their hashes.
fn check(home: &Path, key: Secret) -> Result<(), Error> {
    let damaged = || Error::Damaged {
        what: "the backup is not what was written",
    };
    let database = home.join(DATABASE);
    if !database.exists() {
        return Err(damaged());
    }
    // Whatever SQLite makes of pages that are not its own: the backup does not come back whole.
    let unreadable = |error| match error {
        Error::Store { .. } => damaged(),
        other => other,
    };
    let store = Store::open(&database, key, false).map_err(unreadable)?;
    store.check().map_err(unreadable)?;
    let expected: Option<BTreeMap<String, String>> =
        store.read("reading a backup", |sql| settings::get(sql, BESIDE))?;
    match expected == Some(beside(home)?) {
        true => Ok(()),
        false => Err(damaged()),
    }
}

/// The hashes of the files beside a database.
fn beside(folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut hashes = BTreeMap::new();
    for name in [COMPARTMENT, HEAD_FILE] {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => {
                hashes.insert(name.to_owned(), HEXLOWER.encode(&Sha256::digest(&bytes)));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk("reading", &path)(error)),
        }
    }
    Ok(hashes)
}

impl Store {
    /// Copies everything into a new database under another key, with the hashes of the files beside it.
    fn export(
        &self,
        to: &Path,
        key: &Secret,
        beside: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        // The desk's own connection makes no files, so that a lost database is told and not begun anew: this one is made here,
        // and only this user may read it.
        files::create_new_private(to).map_err(disk("making", to))?;
        let beside = serde_json::to_string(beside).map_err(|_| Error::Damaged {
            what: "a setting cannot be written",
        })?;
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
                    connection.execute(
                        "INSERT INTO copy.settings (name, value) VALUES (?1, ?2)",
                        rusqlite::params![BESIDE, beside],
                    )
                })
                .and_then(|_| {
                    connection
                        .execute_batch(&format!("PRAGMA copy.user_version = {SCHEMA_VERSION}"))
                });
            // What went wrong first is what is told.
            let detached = connection.execute("DETACH DATABASE copy", []);
            copied?;
            detached?;
            Ok(())
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
mod tests;
