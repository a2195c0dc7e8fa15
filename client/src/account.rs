//! One person's or one office's account: a folder with a vault.
//!
//! | in the folder | what |
//! |---|---|
//! | `vault.json` | the vault's key, wrapped by the passphrase |
//! | `vault.db` | the vault |
//! | `files/` | sealed enclosures, to be sent or received; their keys are in the vault |
//! | `lock` | held by the process that has the account open |

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::SecretString;
use tidings_protocol::{
    clocks::Clocks,
    language::Language,
    limits::CARD_NAME_MAX,
    line::Line,
    name,
    relay_identity::RelayAddress,
    secret::Secret,
    time::{Day, UnixTime},
};

use crate::{
    Error, LetterKind, LetterState, OfficeCard,
    connections::Connections,
    error::disk,
    files,
    letters::Direction,
    network::Network,
    numbers::next_mailbox,
    records::{
        AccountRecord, ContactRecord, LetterRecord, MailboxUse, OfficeRecord, ParkedRecord,
        RelayRecord,
    },
    surroundings::{Surroundings, random},
    turn::make_guard,
    vault::{Access, Lock, Safe, Tables, WrappedKey, native::NativeVault},
};

/// What a new account is made from.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What this person or office calls itself; stands on the card of an office. At most 80 bytes, one line.
    pub name: String,
    /// Where its mailboxes are made.
    pub relay: RelayAddress,
    /// Languages in which it can be written to; stands on the card. Empty means all.
    pub languages: Vec<Language>,
}

/// An open account. One process at a time; methods may be called from several threads.
#[derive(Debug)]
pub struct Account {
    pub(crate) home: PathBuf,
    pub(crate) safe: Arc<Safe>,
    pub(crate) connections: Connections,
    pub(crate) surroundings: Surroundings,
    /// Sending and collecting do not overlap: an item of the outbox is worked on once at a time.
    pub(crate) work: tokio::sync::Mutex<()>,
    /// When this process last took the turn from other copies of the vault.
    turn: Mutex<Option<UnixTime>>,
    _lock: Lock,
}

/// What is known about an account.
#[derive(Debug, Clone)]
pub struct AccountStatus {
    /// Name of the account.
    pub name: String,
    /// Its folder.
    pub home: PathBuf,
    /// Its relay.
    pub relay: RelayAddress,
    /// Its card, if it has issued one.
    pub office: Option<OfficeCard>,
    /// Number of contacts.
    pub contacts: u64,
    /// Letters received, notices not counted.
    pub received: u64,
    /// Letters that have left this device, notices not counted.
    pub sent: u64,
    /// Letters that wait to be sent; notices and what only the relay is told do not count.
    pub waiting: u64,
    /// Envelopes that cannot be opened yet and are kept.
    pub parked: u64,
    /// When the relay last answered.
    pub reached: Option<UnixTime>,
    /// Whether it was restored from a backup: contacts begin anew.
    pub restored: bool,
    /// Since when it is known that another copy of this account is in use. A person has to decide
    /// ([`Account::settle_copy`]).
    pub copied: Option<UnixTime>,
}

impl Account {
    /// Makes an account in `home`, which is created if it is not there and must not hold an account yet. Nothing is
    /// sent; what the relay must know waits in the outbox.
    ///
    /// # Errors
    /// [`Error::VaultExists`], [`Error::VaultBusy`], [`Error::Name`], [`Error::NameLooks`], [`Error::Disk`], [`Error::VaultStorage`].
    pub fn create(home: &Path, passphrase: &SecretString, new: NewAccount) -> Result<Self, Error> {
        Self::create_in(home, passphrase, new, Surroundings::native()?)
    }

    /// [`Account::create`] with a network and a clock of your own.
    ///
    /// # Errors
    /// As [`Account::create`].
    pub fn create_in(
        home: &Path,
        passphrase: &SecretString,
        new: NewAccount,
        surroundings: Surroundings,
    ) -> Result<Self, Error> {
        let name = checked_name::<CARD_NAME_MAX>(&new.name)?.into();
        let languages = if new.languages.is_empty() {
            Language::ALL.to_vec()
        } else {
            new.languages
        };
        let now = surroundings.now();
        let account = AccountRecord {
            name,
            relay: new.relay,
            languages,
            hedge: Secret::random(&mut random()),
            created: now,
            restored: false,
            last_contact: 0,
            last_letter: 0,
            last_number: 0,
            tidied: Day(0),
            tells_taken: true,
            guard: None,
            copied: None,
        };
        Self::found(home, passphrase, surroundings, |tables| {
            tables.put(&(), &account)?;
            make_guard(tables, now)?;
            next_mailbox(tables, MailboxUse::Spare, now).map(drop)
        })
    }

    /// Makes the vault of a new or restored account: first the database, last its key. Before the key is there, there is no
    /// account, whatever else lies in the folder (VAULT-10).
    pub(crate) fn found(
        home: &Path,
        passphrase: &SecretString,
        surroundings: Surroundings,
        fill: impl FnOnce(&mut Tables<'_>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        files::create_folder(home).map_err(disk("making", home))?;
        let lock = Lock::take(home)?.for_writing(home)?;
        if Self::exists(home) {
            return Err(Error::VaultExists {
                home: home.to_owned(),
            });
        }
        let database = database(home);
        for leftover in [&database, &database.with_extension("db-journal")] {
            files::remove(leftover).map_err(disk("removing", leftover))?;
        }
        let folder = files_folder(home);
        files::create_folder(&folder).map_err(disk("making", &folder))?;
        let key = Secret::random(&mut random());
        let vault = NativeVault::create(&database, &key)?;
        let account = Self::with(home, lock, vault, surroundings);
        account.safe.transact(fill)?;
        WrappedKey::wrap(&key, passphrase, account.surroundings.cost)?.save(&header(home))?;
        Ok(account)
    }

    fn with(home: &Path, lock: Lock, vault: NativeVault, surroundings: Surroundings) -> Self {
        let read_only = (lock.access() == Access::Read).then(|| home.to_owned());
        let safe = Arc::new(Safe::new(Box::new(vault), read_only));
        Self {
            home: home.to_owned(),
            connections: Connections::new(&surroundings, Arc::clone(&safe)),
            safe,
            surroundings,
            work: tokio::sync::Mutex::new(()),
            turn: Mutex::default(),
            _lock: lock,
        }
    }

    /// Opens the account in `home`. Where nothing can be written it is opened for reading
    /// ([`Account::is_read_only`]).
    ///
    /// # Errors
    /// [`Error::NoVault`], [`Error::WrongPassphrase`], [`Error::VaultBusy`] if another process has it open,
    /// [`Error::VaultDamaged`], [`Error::VaultVersion`].
    pub fn open(home: &Path, passphrase: &SecretString) -> Result<Self, Error> {
        Self::open_in(home, passphrase, Surroundings::native()?)
    }

    /// [`Account::open`] with a network and a clock of your own.
    ///
    /// # Errors
    /// As [`Account::open`].
    pub fn open_in(
        home: &Path,
        passphrase: &SecretString,
        surroundings: Surroundings,
    ) -> Result<Self, Error> {
        if !Self::exists(home) {
            return Err(none(home));
        }
        let lock = Lock::take(home)?;
        let wrapped = WrappedKey::load(&header(home))?.ok_or_else(|| none(home))?;
        let key = wrapped.unwrap(passphrase)?;
        let database = database(home);
        if !database.exists() {
            return Err(Error::VaultDamaged {
                what: "its database is missing",
            });
        }
        if lock.access() == Access::Write {
            let folder = files_folder(home);
            for place in [home, &header(home), &database, &home.join("lock"), &folder] {
                files::tighten(place).map_err(disk("setting the rights of", place))?;
            }
        }
        let vault = NativeVault::open(&database, &key, lock.access())?;
        let account = Self::with(home, lock, vault, surroundings);
        if !account.is_read_only() {
            account.remove_orphans()?;
        }
        Ok(account)
    }

    /// Whether there is an account in `home`.
    #[must_use]
    pub fn exists(home: &Path) -> bool {
        header(home).exists()
    }

    /// Destroys the account in `home`: first the key of the vault, without which the rest is noise, then the files.
    /// Needs no passphrase. Whatever else lies in the folder stays.
    ///
    /// # Errors
    /// [`Error::NoVault`], [`Error::VaultBusy`], [`Error::Disk`].
    pub fn wipe(home: &Path) -> Result<(), Error> {
        if !Self::exists(home) {
            return Err(none(home));
        }
        let lock = Lock::take(home)?.for_writing(home)?;
        let header = header(home);
        files::overwrite(&header).map_err(disk("overwriting", &header))?;
        let database = database(home);
        for file in [
            &header,
            &header.with_extension("new"),
            &database,
            &database.with_extension("db-journal"),
        ] {
            files::remove(file).map_err(disk("removing", file))?;
        }
        let folder = files_folder(home);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(disk("removing", &folder)(error));
            }
            _ => {}
        }
        drop(lock);
        let lock = home.join("lock");
        files::remove(&lock).map_err(disk("removing", &lock))?;
        // Not ours to remove if anything else lies in it.
        let _ = fs::remove_dir(home);
        Ok(())
    }

    /// Changes the passphrase. The vault itself is not rewritten: only its key is wrapped anew (VAULT-2).
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::VaultDamaged`], [`Error::Disk`].
    pub fn change_passphrase(&self, old: &SecretString, new: &SecretString) -> Result<(), Error> {
        let path = header(&self.home);
        if self.is_read_only() {
            let home = self.home.clone();
            return Err(Error::ReadOnly { home });
        }
        let wrapped = WrappedKey::load(&path)?.ok_or_else(|| none(&self.home))?;
        let key = wrapped.unwrap(old)?;
        WrappedKey::wrap(&key, new, self.surroundings.cost)?.save(&path)
    }

    /// Whether nothing can be written to its folder: letters can be listed and read, and that is all (VAULT-12).
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.safe.is_read_only()
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What is known about the account.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn status(&self) -> Result<AccountStatus, Error> {
        let office = self.office()?;
        self.safe.read(|tables| {
            let account = account(tables)?;
            let mut letters = tables.all::<LetterRecord>()?;
            letters.retain(|(_, letter)| letter.kind != LetterKind::Status);
            let of = |direction| {
                letters
                    .iter()
                    .filter(|(_, letter)| letter.direction == direction)
                    .count() as u64
            };
            let waits = |letter: &LetterRecord| {
                [LetterState::DRAFT, LetterState::SEALED]
                    .iter()
                    .any(|state| state.word() == letter.state)
            };
            let waiting = letters.iter().filter(|(_, letter)| waits(letter)).count() as u64;
            let reached = tables
                .get::<RelayRecord>(&account.relay.root)?
                .map(|relay| relay.reached)
                // Of some only the certificate is known yet.
                .filter(|reached| reached.0 > 0);
            Ok(AccountStatus {
                home: self.home.clone(),
                office,
                contacts: tables.count::<ContactRecord>()?,
                received: of(Direction::In),
                sent: of(Direction::Out) - waiting,
                waiting,
                parked: tables.count::<ParkedRecord>()?,
                reached,
                restored: account.restored,
                copied: account.copied,
                name: account.name,
                relay: account.relay,
            })
        })
    }

    /// Whether an office tells a family by itself that it has its letter; true unless it was switched off.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn tells_taken(&self) -> Result<bool, Error> {
        self.safe.read(|tables| Ok(account(tables)?.tells_taken))
    }

    /// Switches on or off that an office tells a family by itself that it has its letter (DELIVERY-7). Without it a person
    /// has to answer before the family's letters move to new keys.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn set_tells_taken(&self, tells_taken: bool) -> Result<(), Error> {
        self.safe.transact(|tables| {
            let record = account(tables)?;
            tables.put(
                &(),
                &AccountRecord {
                    tells_taken,
                    ..record
                },
            )
        })
    }

    /// How this account may reach relays.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn network(&self) -> Result<Network, Error> {
        self.connections.network()
    }

    /// Sets for good how this account may reach relays.
    ///
    /// # Errors
    /// [`Error::NetworkSettings`] for a proxy and QUIC alone: no datagram passes a proxy; those of the vault.
    pub fn set_network(&self, network: &Network) -> Result<(), Error> {
        network.check()?;
        self.safe.transact(|tables| tables.put(&(), network))?;
        self.connections.use_network(None);
        Ok(())
    }

    /// Sets how relays may be reached until this account is closed, whatever was set for good.
    ///
    /// # Errors
    /// [`Error::NetworkSettings`].
    pub fn use_network(&self, network: Network) -> Result<(), Error> {
        network.check()?;
        self.connections.use_network(Some(network));
        Ok(())
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.surroundings.now()
    }

    pub(crate) fn turn_taken(&self) -> Option<UnixTime> {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_turn(&self, taken: Option<UnixTime>) {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = taken;
    }

    /// This device's clock beside that of the account's relay.
    pub(crate) fn clocks(&self, tables: &Tables<'_>) -> Result<Clocks, Error> {
        let now = self.now();
        let root = account(tables)?.relay.root;
        let day = tables
            .get::<RelayRecord>(&root)?
            .and_then(|relay| relay.day_now(now));
        Ok(Clocks::new(now, day))
    }

    pub(crate) fn files(&self) -> PathBuf {
        files_folder(&self.home)
    }
}

/// The account's own record; every vault has one.
pub(crate) fn account(tables: &Tables<'_>) -> Result<AccountRecord, Error> {
    tables.need::<AccountRecord>(&())
}

/// The office's record, if the account is one.
pub(crate) fn office(tables: &Tables<'_>) -> Result<Option<OfficeRecord>, Error> {
    tables.get::<OfficeRecord>(&())
}

/// A name as it may stand on a card, in a letter or in a list of contacts: of at most `MAX` bytes, in the form in which names
/// are written (LETTER-19).
pub(crate) fn checked_name<const MAX: usize>(name: &str) -> Result<Line<MAX>, Error> {
    let name = name::chosen(name)?;
    let got = name.len();
    // What else a line must not hold was refused above.
    Line::new(name).map_err(|_| Error::Name { got, limit: MAX })
}

/// Contacts in the order of their numbers, for callers within a transaction.
pub(crate) fn contact_of(
    tables: &Tables<'_>,
    number: crate::ContactNumber,
) -> Result<ContactRecord, Error> {
    tables.get(&number)?.ok_or_else(|| Error::NoContact {
        asked: number.to_string(),
    })
}

fn none(home: &Path) -> Error {
    Error::NoVault {
        home: home.to_owned(),
    }
}

fn header(home: &Path) -> PathBuf {
    home.join("vault.json")
}

fn database(home: &Path) -> PathBuf {
    home.join("vault.db")
}

fn files_folder(home: &Path) -> PathBuf {
    home.join("files")
}
