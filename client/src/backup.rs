//! Backups and what follows from restoring one (VAULT-11).
//!
//! A backup is an account in a folder of its own, under its own vault key and passphrase, without what pairs remember: two
//! devices that went on from one state would use one letter's key twice (SEAL-11). A restored family makes new first
//! contacts; a restored office writes to nobody before that family has written anew.

use std::{fs, path::Path};

use secrecy::SecretString;

use crate::{
    Account, Error,
    account::account,
    error::disk,
    files,
    network::Network,
    numbers::next_mailbox,
    office::republish,
    records::{
        AccountRecord, ContactRecord, LetterRecord, MailboxRecord, MailboxUse, NewsRecord,
        OfficeRecord, PrekeysRecord, RelayRecord, SeenRecord,
    },
    surroundings::Surroundings,
    turn::make_guard,
    vault::{Lock, Record, Tables},
};

/// Rows of one kind.
type Rows<R> = Vec<(<R as Record>::Key, R)>;

/// What goes into a backup.
struct Kept {
    account: AccountRecord,
    office: Option<(OfficeRecord, MailboxRecord)>,
    contacts: Rows<ContactRecord>,
    letters: Rows<LetterRecord>,
    news: Rows<NewsRecord>,
    network: Rows<Network>,
    relays: Rows<RelayRecord>,
    prekeys: Rows<PrekeysRecord>,
    /// A relay must not be able to play letters again that were opened before the backup.
    seen: Rows<SeenRecord>,
}

impl Account {
    /// Writes a backup to the folder `path`, which must not exist: name, identity, contacts and letters, sealed under
    /// `passphrase`.
    /// What pairs remember is left out: two devices that go on from one state would endanger every later letter.
    ///
    /// # Errors
    /// [`Error::VaultExists`], [`Error::Disk`], [`Error::VaultStorage`].
    pub fn export_backup(&self, path: &Path, passphrase: &SecretString) -> Result<(), Error> {
        let kept = self.safe.read(Kept::read)?;
        let backup = Self::found(path, passphrase, self.surroundings.clone(), |tables| {
            kept.write(tables)
        })?;
        copy_files(&self.files(), &backup.files())
    }

    /// Makes an account in `home` from a backup, under the backup's passphrase. Every office is begun anew with
    /// [`Account::renew_contact`]; this account, if it is an office, sends nothing to a family before that family has written
    /// again.
    ///
    /// # Errors
    /// [`Error::VaultExists`], [`Error::NoVault`], [`Error::WrongPassphrase`], [`Error::VaultDamaged`], [`Error::Disk`].
    pub fn restore(home: &Path, backup: &Path, passphrase: &SecretString) -> Result<Self, Error> {
        Self::restore_in(home, backup, passphrase, Surroundings::native()?)
    }

    /// [`Account::restore`] with a network and a clock of your own.
    ///
    /// # Errors
    /// As [`Account::restore`].
    pub fn restore_in(
        home: &Path,
        backup: &Path,
        passphrase: &SecretString,
        surroundings: Surroundings,
    ) -> Result<Self, Error> {
        let from = Self::open_in(backup, passphrase, surroundings.clone())?;
        let kept = from.safe.read(Kept::read)?;
        if Self::exists(home) {
            return Err(Error::VaultExists {
                home: home.to_owned(),
            });
        }
        // The files before the key: a restore that was interrupted leaves no account, and can be done again.
        files::create_folder(home).map_err(disk("making", home))?;
        drop(Lock::take(home)?);
        let folder = home.join("files");
        files::create_folder(&folder).map_err(disk("making", &folder))?;
        copy_files(&from.files(), &folder)?;
        let now = surroundings.now();
        Self::found(home, passphrase, surroundings, |tables| {
            kept.write(tables)?;
            let mut record = account(tables)?;
            record.restored = true;
            record.created = now;
            tables.put(&(), &record)?;
            if kept.office.is_some() {
                // The shelf may be old, and the relay may hold a newer one.
                republish(tables, now)?;
            }
            make_guard(tables, now)?;
            next_mailbox(tables, MailboxUse::Spare, now).map(drop)
        })
    }
}

impl Kept {
    fn read(tables: &Tables<'_>) -> Result<Self, Error> {
        let office = crate::account::office(tables)?
            .map(|office| -> Result<_, Error> {
                let mailbox = tables.need::<MailboxRecord>(&office.mailbox)?;
                Ok((office, mailbox))
            })
            .transpose()?;
        Ok(Self {
            account: account(tables)?,
            office,
            contacts: tables.all()?,
            letters: tables.all()?,
            news: tables.all()?,
            network: tables.all()?,
            relays: tables.all()?,
            prekeys: tables.all()?,
            seen: tables.all()?,
        })
    }

    fn write(&self, tables: &mut Tables<'_>) -> Result<(), Error> {
        // The guard is of the vault, not of the account: whoever is restored is no copy.
        let account = AccountRecord {
            guard: None,
            copied: None,
            ..self.account.clone()
        };
        tables.put(&(), &account)?;
        if let Some((office, mailbox)) = &self.office {
            tables.put(&(), office)?;
            tables.put(&office.mailbox, mailbox)?;
        }
        for (number, contact) in &self.contacts {
            let begun_anew = ContactRecord {
                pair: None,
                ..contact.clone()
            };
            tables.put(number, &begun_anew)?;
        }
        for (number, letter) in &self.letters {
            let mut letter = letter.clone();
            // What waited to be sent cannot be sent under a pair that is gone.
            if matches!(letter.state.as_str(), "draft" | "sealed") {
                "withdrawn".clone_into(&mut letter.state);
            }
            tables.put(number, &letter)?;
        }
        put_all(tables, &self.news)?;
        put_all(tables, &self.network)?;
        put_all(tables, &self.relays)?;
        put_all(tables, &self.prekeys)?;
        put_all(tables, &self.seen)
    }
}

fn put_all<R: Record>(tables: &mut Tables<'_>, rows: &Rows<R>) -> Result<(), Error> {
    for (key, row) in rows {
        tables.put(key, row)?;
    }
    Ok(())
}

/// Copies sealed files: noise without the keys in the vault.
fn copy_files(from: &Path, to: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(from).map_err(disk("reading", from))? {
        let entry = entry.map_err(disk("reading", from))?;
        let target = to.join(entry.file_name());
        fs::copy(entry.path(), &target).map_err(disk("copying to", &target))?;
        fs::File::open(&target)
            .and_then(|file| file.sync_all())
            .map_err(disk("writing", &target))?;
    }
    files::sync_folder(&to.join("any")).map_err(disk("writing", to))
}
