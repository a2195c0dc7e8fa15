//! The open desk: making it, opening it, and the one way in which anything is done there.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::Mutex,
};

use rusqlite::Transaction;
use tidings_client::{
    SecretString,
    vault::{Cost, WrappedKey},
};
use tidings_protocol::{
    line::Line,
    secret::{Secret, SigningSecret},
    time::UnixTime,
};
use zeroize::Zeroizing;

use crate::{
    Action, Actor, Error, NewOperator, OperatorId, Settings, Subject,
    audit::{self, HeadFile},
    error::disk,
    operators::Prepared,
    settings,
    store::{self, PageFault, Store},
};

/// The name of the setting that holds the key of the codes on paper.
const CODE_KEY: &str = "code_key";

/// The desk of one office: a folder with one encrypted database (DESK-2).
///
/// | in the folder | what |
/// |---|---|
/// | `desk.json` | the database's key, wrapped by the passphrase |
/// | `desk.db` | everything that the desk keeps |
/// | `audit.head` | how far the log reached, signed |
/// | `desk.lock` | held by the process that has the desk open |
///
/// The office's account may lie in the same folder.
#[derive(Debug)]
pub struct Desk {
    pub(crate) home: PathBuf,
    pub(crate) store: Store,
    pub(crate) signer: SigningSecret,
    pub(crate) head: Mutex<HeadFile>,
    pub(crate) cost: Cost,
    _lock: File,
}

/// What a new desk is made from.
#[derive(Debug, Clone)]
pub struct FirstRun {
    /// The settings; the name of the office at least.
    pub settings: Settings,
    /// The first operator, who becomes a head whatever roles are given.
    pub head: NewOperator,
}

impl Desk {
    /// Makes a desk in `home`, which is created if it is not there.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Busy`], [`Error::WeakPassword`], [`Error::Text`], [`Error::Disk`].
    pub fn create(
        home: &Path,
        passphrase: &SecretString,
        first: &FirstRun,
        now: UnixTime,
    ) -> Result<Self, Error> {
        Self::create_at(home, passphrase, first, now, Cost::STANDARD)
    }

    /// [`Desk::create`] with another cost of passphrase and passwords.
    ///
    /// # Errors
    /// As [`Desk::create`].
    pub fn create_at(
        home: &Path,
        passphrase: &SecretString,
        first: &FirstRun,
        now: UnixTime,
        cost: Cost,
    ) -> Result<Self, Error> {
        let mut settings = first.settings.clone();
        settings.name = line(
            "name",
            &settings.name,
            tidings_protocol::limits::CARD_NAME_MAX,
        )?;
        let mut head = first.head.clone();
        head.roles = crate::Roles::of(
            &head
                .roles
                .iter()
                .chain([crate::Role::Head])
                .collect::<Vec<_>>(),
        );
        let head = Prepared::new(&head, cost)?;
        create_folder(home)?;
        let lock = take_lock(home)?;
        if Self::exists(home) {
            return Err(Error::Exists {
                home: home.to_owned(),
            });
        }
        // Before the key is there, there is no desk: what a broken attempt left is in the way of nothing.
        for leftover in ["desk.db", "desk.db-wal", "desk.db-shm", audit::HEAD_FILE] {
            let path = home.join(leftover);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(disk("removing", &path)(error));
                }
                _ => {}
            }
        }
        let key = Secret::new(random_bytes()?);
        let store = Store::open(&database(home), key.clone(), true)?;
        let signer = SigningSecret::from_seed(&Secret::new(random_bytes()?));
        store.write("making the desk", |sql| {
            settings::put(sql, settings::OFFICE, &settings)?;
            crate::compartment::found(sql)?;
            settings::put(sql, CODE_KEY, &random_bytes::<32>()?)?;
            settings::put(sql, audit::SEED, &*signer.seed())
        })?;
        let desk = Self {
            home: home.to_owned(),
            head: Mutex::new(HeadFile::create(home)?),
            store,
            signer,
            cost,
            _lock: lock,
        };
        desk.act_alone("making the desk", None, now, |sql, log| {
            log.add("desk_made", Subject::Office, &settings.name);
            head.insert(sql, log, now)
        })?;
        WrappedKey::wrap(&key, passphrase, cost)?.save(&header(home))?;
        Ok(desk)
    }

    /// Opens the desk in `home`.
    ///
    /// # Errors
    /// [`Error::None`], [`Error::Busy`] if another process has it open, [`Error::WrongPassphrase`], [`Error::Damaged`],
    /// [`Error::Version`].
    pub fn open(home: &Path, passphrase: &SecretString, now: UnixTime) -> Result<Self, Error> {
        Self::open_at(home, passphrase, now, Cost::STANDARD)
    }

    /// [`Desk::open`] with another cost of passwords that are set from now on.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub fn open_at(
        home: &Path,
        passphrase: &SecretString,
        now: UnixTime,
        cost: Cost,
    ) -> Result<Self, Error> {
        let none = || Error::None {
            home: home.to_owned(),
        };
        if !Self::exists(home) {
            return Err(none());
        }
        let lock = take_lock(home)?;
        let wrapped = WrappedKey::load(&header(home))?.ok_or_else(none)?;
        let key = wrapped.unwrap(passphrase).map_err(|error| match error {
            tidings_client::Error::WrongPassphrase => Error::WrongPassphrase,
            other => Error::Account(other),
        })?;
        let store = Store::open(&database(home), key, false)?;
        let seed: [u8; 32] = store
            .read("reading the log's key", |sql| {
                settings::get(sql, audit::SEED)
            })?
            .ok_or(Error::Damaged {
                what: "the log's key is missing",
            })?;
        let desk = Self {
            home: home.to_owned(),
            head: Mutex::new(HeadFile::open(home)?),
            store,
            signer: SigningSecret::from_seed(&Secret::new(seed)),
            cost,
            _lock: lock,
        };
        desk.meet_head(now)?;
        Ok(desk)
    }

    /// Reads every page of the database of the desk in `home`, also of one that is too damaged to be opened, and says what is wrong
    /// where; nothing, if it is sound.
    ///
    /// # Errors
    /// [`Error::None`], [`Error::Busy`] while it is open, [`Error::WrongPassphrase`].
    pub fn page_faults(home: &Path, passphrase: &SecretString) -> Result<Vec<PageFault>, Error> {
        let none = || Error::None {
            home: home.to_owned(),
        };
        if !Self::exists(home) {
            return Err(none());
        }
        let _lock = take_lock(home)?;
        let wrapped = WrappedKey::load(&header(home))?.ok_or_else(none)?;
        let key = wrapped.unwrap(passphrase).map_err(|error| match error {
            tidings_client::Error::WrongPassphrase => Error::WrongPassphrase,
            other => Error::Account(other),
        })?;
        store::faults(&database(home), &key)
    }

    /// Whether there is a desk in `home`.
    #[must_use]
    pub fn exists(home: &Path) -> bool {
        header(home).exists()
    }

    /// Changes the passphrase of the desk. Only its key is wrapped anew.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`].
    pub fn change_passphrase(&self, old: &SecretString, new: &SecretString) -> Result<(), Error> {
        let path = header(&self.home);
        let wrapped = WrappedKey::load(&path)?.ok_or_else(|| Error::None {
            home: self.home.clone(),
        })?;
        let key = wrapped.unwrap(old).map_err(|error| match error {
            tidings_client::Error::WrongPassphrase => Error::WrongPassphrase,
            other => Error::Account(other),
        })?;
        WrappedKey::wrap(&key, new, self.cost)?.save(&path)?;
        Ok(())
    }

    /// The key under which the codes on this office's sheets are made and read (`docs/spec/paper.md`).
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is missing.
    pub fn code_key(&self) -> Result<Zeroizing<[u8; 32]>, Error> {
        let key: Option<[u8; 32]> = self
            .store
            .read("reading the codes' key", |sql| settings::get(sql, CODE_KEY))?;
        key.map(Zeroizing::new).ok_or(Error::Damaged {
            what: "the codes' key is missing",
        })
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Does what `action` allows, with its entries in the log, in one transaction. Who may not is refused, and the log
    /// says so (DESK-7).
    pub(crate) fn act<T>(
        &self,
        doing: &'static str,
        by: &Actor,
        action: Action,
        now: UnixTime,
        work: impl FnOnce(&Transaction<'_>, &mut Log) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(refusal) = by.need(action) {
            self.act_freely(doing, by, now, |_, log| {
                log.add("refused", Subject::Office, action.word());
                Ok(())
            })?;
            return Err(refusal);
        }
        self.act_freely(doing, by, now, work)
    }

    /// Does what everybody who has a session may do.
    pub(crate) fn act_freely<T>(
        &self,
        doing: &'static str,
        by: &Actor,
        now: UnixTime,
        work: impl FnOnce(&Transaction<'_>, &mut Log) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.act_alone(doing, by.operator, now, work)
    }

    /// Does what the desk does by itself, or before there is a session.
    pub(crate) fn act_alone<T>(
        &self,
        doing: &'static str,
        operator: Option<OperatorId>,
        now: UnixTime,
        work: impl FnOnce(&Transaction<'_>, &mut Log) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (done, reached) = self.store.write(doing, |sql| {
            let mut log = Log::default();
            let done = work(sql, &mut log)?;
            let reached = audit::append(sql, &self.signer, operator, now, log)?;
            Ok((done, reached))
        })?;
        if let Some(reached) = reached {
            self.advance_head(&reached);
        }
        Ok(done)
    }
}

/// What is written into the log with a transaction.
#[derive(Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<(&'static str, Subject, String)>);

impl Log {
    /// Adds that `what` was done to `subject`. `detail` names no person: the log outlives what it is about.
    pub(crate) fn add(&mut self, what: &'static str, subject: Subject, detail: &str) {
        self.0.push((what, subject, detail.to_owned()));
    }
}

/// A text that people typed: trimmed, one line, at most `limit` bytes.
pub(crate) fn line(what: &'static str, text: &str, limit: usize) -> Result<String, Error> {
    let text = text.trim();
    let refused = || Error::Text { what, limit };
    if text.len() > limit {
        return Err(refused());
    }
    Line::<{ usize::MAX }>::new(text).map_err(|_| refused())?;
    Ok(text.to_owned())
}

/// The system's randomness. It panics where the system has none: nothing can be sealed there.
pub(crate) fn random() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// Random bytes of the system.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(bytes)
}

fn header(home: &Path) -> PathBuf {
    home.join("desk.json")
}

fn database(home: &Path) -> PathBuf {
    home.join("desk.db")
}

/// Makes a folder that only this user may enter.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(disk("making", path))
}

/// Two processes that write one desk would each believe that they are the only one.
fn take_lock(home: &Path) -> Result<File, Error> {
    let path = home.join("desk.lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(disk("opening", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy {
            home: home.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(disk("locking", &path)(error)),
    }
}
