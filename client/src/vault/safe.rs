//! Typed rows over any vault, and the one lock around it.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Serialize, de::DeserializeOwned};
use tidings_protocol::wire;
use zeroize::Zeroizing;

use super::{Table, Transaction, Vault};
use crate::Error;

/// Largest row that is read. Pairs are the largest: 128 KiB; integers count with their size in memory.
const RECORD_MAX: usize = 1_048_576;
/// Rows read at once by [`Tables::all`].
const PAGE: usize = 256;

/// A kind of row.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Where it lies.
    const TABLE: Table;
    /// The version of its encoding: the first byte of every row (VAULT-8).
    const VERSION: u8 = 1;
    /// By what it is found.
    type Key: RecordKey;
}

/// A key, as bytes whose order is the order of the keys.
pub(crate) trait RecordKey: Sized {
    /// The bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// From its bytes.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl RecordKey for u64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

/// The key of the only row of a table.
impl RecordKey for () {
    fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

/// A vault behind its lock.
pub(crate) struct Safe {
    vault: Mutex<Box<dyn Vault>>,
    /// The folder, if nothing can be written there.
    read_only: Option<PathBuf>,
}

impl std::fmt::Debug for Safe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Safe(…)")
    }
}

impl Safe {
    pub(crate) fn new(vault: Box<dyn Vault>, read_only: Option<PathBuf>) -> Self {
        Self {
            vault: Mutex::new(vault),
            read_only,
        }
    }

    /// Whether nothing can be written.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only.is_some()
    }

    /// Does `work` in one transaction: all of it lasts, or, after an error, nothing.
    pub(crate) fn transact<T>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(home) = &self.read_only {
            return Err(Error::ReadOnly { home: home.clone() });
        }
        let mut vault = self.lock();
        let mut tables = Tables(vault.begin()?);
        let done = work(&mut tables)?;
        tables.0.commit()?;
        Ok(done)
    }

    /// Does `work`, which changes nothing.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut vault = self.lock();
        work(&Tables(vault.begin()?))
    }

    /// A panic in a transaction has rolled it back: the vault itself is as it was.
    fn lock(&self) -> MutexGuard<'_, Box<dyn Vault>> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tables within a transaction.
pub(crate) struct Tables<'a>(Box<dyn Transaction + 'a>);

impl Tables<'_> {
    /// The record of a key.
    pub(crate) fn get<R: Record>(&self, key: &R::Key) -> Result<Option<R>, Error> {
        self.0
            .get(R::TABLE, &key.to_bytes())?
            .map(|row| decode::<R>(&row))
            .transpose()
    }

    /// The record of a key that another record names.
    pub(crate) fn need<R: Record>(&self, key: &R::Key) -> Result<R, Error> {
        self.get(key)?.ok_or(Error::VaultDamaged {
            what: "a row that another one names is missing",
        })
    }

    /// Sets a record.
    pub(crate) fn put<R: Record>(&mut self, key: &R::Key, record: &R) -> Result<(), Error> {
        let encoded = Zeroizing::new(wire::encode("row", record)?);
        let mut row = Zeroizing::new(Vec::with_capacity(1 + encoded.len()));
        row.push(R::VERSION);
        row.extend_from_slice(&encoded);
        self.0.put(R::TABLE, &key.to_bytes(), &row)
    }

    /// Removes a record, if it is there.
    pub(crate) fn remove<R: Record>(&mut self, key: &R::Key) -> Result<(), Error> {
        self.0.remove(R::TABLE, &key.to_bytes())
    }

    /// Every record whose key begins with these bytes.
    pub(crate) fn beginning_with<R: Record>(
        &self,
        prefix: &[u8],
    ) -> Result<Vec<(R::Key, R)>, Error> {
        let mut found: Vec<(R::Key, R)> = Vec::new();
        let mut from = prefix.to_vec();
        loop {
            let rows = self.0.scan(R::TABLE, &from, PAGE)?;
            let full = rows.len() == PAGE;
            for (key, row) in rows {
                if !key.starts_with(prefix) {
                    return Ok(found);
                }
                from = [&key[..], &[0]].concat();
                found.push((key_of::<R>(&key)?, decode(&row)?));
            }
            if !full {
                return Ok(found);
            }
        }
    }

    /// The records after a key, in the order of keys, at most `count`.
    pub(crate) fn after<R: Record>(
        &self,
        key: &R::Key,
        count: usize,
    ) -> Result<Vec<(R::Key, R)>, Error> {
        let from = [&key.to_bytes()[..], &[0]].concat();
        self.0
            .scan(R::TABLE, &from, count)?
            .iter()
            .map(|(key, row)| Ok((key_of::<R>(key)?, decode(row)?)))
            .collect()
    }

    /// Every record.
    pub(crate) fn all<R: Record>(&self) -> Result<Vec<(R::Key, R)>, Error> {
        self.beginning_with(&[])
    }

    /// Number of records.
    pub(crate) fn count<R: Record>(&self) -> Result<u64, Error> {
        self.0.count(R::TABLE)
    }
}

fn key_of<R: Record>(bytes: &[u8]) -> Result<R::Key, Error> {
    R::Key::from_bytes(bytes).ok_or(Error::VaultDamaged {
        what: "a key has another length",
    })
}

fn decode<R: Record>(row: &[u8]) -> Result<R, Error> {
    match row.split_first() {
        Some((version, encoded)) if *version == R::VERSION => {
            Ok(wire::decode::<R, RECORD_MAX>("row", encoded)?)
        }
        Some((version, _)) => Err(Error::VaultVersion {
            got: u32::from(*version),
            known: u32::from(R::VERSION),
        }),
        None => Err(Error::VaultDamaged {
            what: "a row is empty",
        }),
    }
}
