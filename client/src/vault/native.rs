//! The vault on disk: an SQLCipher database `vault.db` under the key of `vault.json` (VAULT-6 to VAULT-9).

use std::{fmt::Write as _, path::Path};

use data_encoding::HEXLOWER;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};
use tidings_protocol::secret::Secret;
use zeroize::Zeroizing;

use super::{Access, Row, Table, Transaction, Vault};
use crate::{Error, error::disk, files};

/// The version of the tables that this program writes (VAULT-9).
const SCHEMA_VERSION: u32 = 4;

/// Marks the file as ours: "TIDI".
const APPLICATION_ID: i64 = 0x5449_4449;

/// What one version of the tables needs to become the next: entry `n` leads from version `n` to `n + 1`.
const MIGRATIONS: [fn(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>;
    SCHEMA_VERSION as usize] = [create_tables, add_second, add_third, add_fourth];

/// The tables that the second version brought.
const SECOND: [Table; 2] = [Table::Destinations, Table::News];
/// The tables that the third version brought.
const THIRD: [Table; 2] = [Table::Network, Table::Ways];
/// The tables that the fourth version brought.
const FOURTH: [Table; 2] = [Table::Carried, Table::Held];

/// An open database.
#[derive(Debug)]
pub struct NativeVault {
    connection: Connection,
    access: Access,
}

/// Whether a database may have no tables yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It is being made.
    New,
    /// It was made before.
    Kept,
}

struct NativeTransaction<'a>(rusqlite::Transaction<'a>);

impl NativeVault {
    /// Makes the database at `path` under `key`, for this user alone; opens one that is there.
    ///
    /// # Errors
    /// Those of [`NativeVault::open`].
    pub fn create(path: &Path, key: &Secret) -> Result<Self, Error> {
        // The database engine would make it with the rights that the user's mask leaves to others.
        files::private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(disk("making", path))?;
        Self::connect(path, key, Access::Write, Origin::New)
    }

    /// Opens the database at `path` under `key`.
    ///
    /// # Errors
    /// [`Error::VaultDamaged`] if it is no database under this key, [`Error::VaultVersion`] for a newer one, or for an older
    /// one that cannot be brought up because nothing may be written, [`Error::VaultStorage`].
    pub fn open(path: &Path, key: &Secret, access: Access) -> Result<Self, Error> {
        Self::connect(path, key, access, Origin::Kept)
    }

    fn connect(path: &Path, key: &Secret, access: Access, origin: Origin) -> Result<Self, Error> {
        let flags = match access {
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(storage("opening the vault"))?;
        unlock(&connection, key, access)?;
        let mut vault = Self { connection, access };
        vault.migrate(origin)?;
        Ok(vault)
    }

    fn migrate(&mut self, origin: Origin) -> Result<(), Error> {
        let version: u32 = self
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(storage("reading the vault's version"))?;
        // The engine takes an empty file for a new database: whoever had letters would be shown none, and lose the file.
        if version == 0 && origin == Origin::Kept {
            return Err(Error::VaultDamaged {
                what: "its database is empty",
            });
        }
        if version > SCHEMA_VERSION || (version < SCHEMA_VERSION && self.access == Access::Read) {
            return Err(Error::VaultVersion {
                got: version,
                known: SCHEMA_VERSION,
            });
        }
        if version == SCHEMA_VERSION {
            return Ok(());
        }
        let doing = "bringing the vault to this version";
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(storage(doing))?;
        for step in &MIGRATIONS[version as usize..] {
            step(&transaction).map_err(storage(doing))?;
        }
        transaction
            .pragma_update(None, "user_version", SCHEMA_VERSION)
            .and_then(|()| transaction.commit())
            .map_err(storage(doing))
    }

    /// Checks every page against its authentication code, and the structure (VAULT-7). Slow for a large vault.
    ///
    /// # Errors
    /// [`Error::VaultDamaged`].
    pub fn check(&self) -> Result<(), Error> {
        let doing = "checking the vault";
        let mut statement = self
            .connection
            .prepare("PRAGMA cipher_integrity_check")
            .map_err(storage(doing))?;
        let pages_good = statement
            .query([])
            .and_then(|mut rows| rows.next().map(|row| row.is_none()))
            .map_err(storage(doing))?;
        let structure: String = self
            .connection
            .query_row("PRAGMA quick_check", [], |row| row.get(0))
            .map_err(storage(doing))?;
        if pages_good && structure == "ok" {
            Ok(())
        } else {
            Err(Error::VaultDamaged {
                what: "a page of the database was changed",
            })
        }
    }
}

/// Sets key and manners of the connection (VAULT-6), and reads one page to see that the key is right.
fn unlock(connection: &Connection, key: &Secret, access: Access) -> Result<(), Error> {
    // A raw key: the passphrase has been stretched before.
    let mut pragma = Zeroizing::new(String::with_capacity(128));
    let hex = Zeroizing::new(HEXLOWER.encode(key.expose()));
    // Its own log goes to standard error, past every rule about logs.
    pragma.push_str("PRAGMA cipher_log_level = NONE; ");
    let _ = write!(pragma, "PRAGMA key = \"x'{}'\";", *hex);
    connection
        .execute_batch(&pragma)
        .map_err(storage("unlocking the vault"))?;
    let readable = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    if let Err(rusqlite::Error::SqliteFailure(failure, _)) = &readable
        && failure.code == ErrorCode::NotADatabase
    {
        return Err(Error::VaultDamaged {
            what: "the database does not open under its key",
        });
    }
    readable.map_err(storage("unlocking the vault"))?;
    if access == Access::Read {
        return connection
            .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
            .map_err(storage("setting up the vault"));
    }
    // One file holds the whole state after every commit: deleted keys live on in no write-ahead log. EXTRA also syncs the
    // folder after the journal is gone, so that a commit survives power loss.
    connection
        .execute_batch(
            "PRAGMA journal_mode = DELETE;
             PRAGMA synchronous = EXTRA;
             PRAGMA secure_delete = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;",
        )
        .map_err(storage("setting up the vault"))
}

fn create_tables(transaction: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    let first = |table: &&Table| ![SECOND, THIRD, FOURTH].concat().contains(table);
    Table::ALL
        .iter()
        .filter(first)
        .try_for_each(|table| create_table(transaction, *table))
}

fn add_second(transaction: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    SECOND
        .iter()
        .try_for_each(|table| create_table(transaction, *table))
}

fn add_fourth(transaction: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    FOURTH
        .iter()
        .try_for_each(|table| create_table(transaction, *table))
}

fn add_third(transaction: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    THIRD
        .iter()
        .try_for_each(|table| create_table(transaction, *table))
}

fn create_table(transaction: &rusqlite::Transaction<'_>, table: Table) -> rusqlite::Result<()> {
    transaction.execute_batch(&format!(
        "CREATE TABLE {} (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;",
        table.name()
    ))
}

impl Vault for NativeVault {
    fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, Error> {
        let behaviour = match self.access {
            Access::Write => TransactionBehavior::Immediate,
            Access::Read => TransactionBehavior::Deferred,
        };
        self.connection
            .transaction_with_behavior(behaviour)
            .map(|transaction| Box::new(NativeTransaction(transaction)) as Box<dyn Transaction>)
            .map_err(storage("beginning a change"))
    }
}

impl Transaction for NativeTransaction<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.0
            .prepare_cached(&format!(
                "SELECT value FROM {} WHERE key = ?1",
                table.name()
            ))
            .and_then(|mut statement| {
                statement
                    .query_row([key], |row| row.get(0).map(Zeroizing::new))
                    .optional()
            })
            .map_err(storage("reading from the vault"))
    }

    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.0
            .prepare_cached(&format!(
                "INSERT INTO {} (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                table.name()
            ))
            .and_then(|mut statement| statement.execute((key, value)))
            .map(drop)
            .map_err(storage("writing to the vault"))
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.0
            .prepare_cached(&format!("DELETE FROM {} WHERE key = ?1", table.name()))
            .and_then(|mut statement| statement.execute([key]))
            .map(drop)
            .map_err(storage("deleting from the vault"))
    }

    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.0
            .prepare_cached(&format!(
                "SELECT key, value FROM {} WHERE key >= ?1 ORDER BY key LIMIT ?2",
                table.name()
            ))
            .and_then(|mut statement| {
                statement
                    .query_map((from, limit), |row| {
                        Ok((row.get(0)?, Zeroizing::new(row.get(1)?)))
                    })?
                    .collect()
            })
            .map_err(storage("reading from the vault"))
    }

    fn count(&self, table: Table) -> Result<u64, Error> {
        self.0
            .query_row(
                &format!("SELECT count(*) FROM {}", table.name()),
                [],
                |row| row.get::<_, i64>(0),
            )
            .map(|count| u64::try_from(count).unwrap_or(0))
            .map_err(storage("reading from the vault"))
    }

    fn commit(self: Box<Self>) -> Result<(), Error> {
        self.0.commit().map_err(storage("keeping a change"))
    }
}

/// SQLite's words name columns and files, never values.
fn storage(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Error::VaultDamaged {
            what: "a page of the database was changed",
        },
        Some(ErrorCode::DiskFull) => Error::VaultFull {
            doing,
            source: Box::new(source),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            Error::VaultUnwritable {
                doing,
                source: Box::new(source),
            }
        }
        _ => Error::VaultStorage {
            doing,
            source: Box::new(source),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VAULT-7: a file that was emptied or cut is damaged, and left as it is.
    #[test]
    fn an_emptied_or_cut_database_is_damaged_and_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        let key = Secret::new([7; 32]);
        drop(NativeVault::create(&path, &key).unwrap());
        let whole = std::fs::read(&path).unwrap();
        assert!(whole.len() > 16_384, "{} bytes", whole.len());
        for length in [0, 1, 15, 16, 100, 4_095, 4_096, 8_192, whole.len() - 4_096] {
            for access in [Access::Write, Access::Read] {
                std::fs::write(&path, &whole[..length]).unwrap();
                let refused = NativeVault::open(&path, &key, access)
                    .and_then(|mut vault| {
                        vault.begin()?.scan(Table::Letters, &[], 1).map(drop)?;
                        vault.check()
                    })
                    .unwrap_err();
                assert!(
                    matches!(refused, Error::VaultDamaged { .. }),
                    "{length} bytes: {refused}"
                );
                assert!(
                    std::fs::read(&path).unwrap() == whole[..length],
                    "{length} bytes"
                );
            }
        }
        std::fs::write(&path, &whole).unwrap();
        NativeVault::open(&path, &key, Access::Write)
            .unwrap()
            .check()
            .unwrap();
    }

    /// VAULT-9: a vault of the first tables is brought up with what is in it; one of later tables is left alone.
    #[test]
    fn older_tables_are_brought_up_and_newer_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        let key = Secret::new([7; 32]);
        let mut vault = NativeVault::create(&path, &key).unwrap();
        let mut change = vault.begin().unwrap();
        change.put(Table::Letters, b"key", b"value").unwrap();
        change.commit().unwrap();
        // As programs of the first tables, and of the third, left it.
        let third = "DROP TABLE carried; DROP TABLE held; PRAGMA user_version = 3;";
        let first = "DROP TABLE carried; DROP TABLE held; DROP TABLE ways; DROP TABLE network; DROP TABLE news; DROP TABLE destinations;
                     PRAGMA user_version = 1;";
        for (left, version) in [(first, 1), (third, 3)] {
            vault.connection.execute_batch(left).unwrap();
            drop(vault);
            assert!(matches!(
                NativeVault::open(&path, &key, Access::Read),
                Err(Error::VaultVersion { got, .. }) if got == version
            ));
            vault = NativeVault::open(&path, &key, Access::Write).unwrap();
            let mut change = vault.begin().unwrap();
            assert_eq!(
                change.get(Table::Letters, b"key").unwrap().unwrap()[..],
                *b"value"
            );
            for table in [Table::News, Table::Ways, Table::Carried, Table::Held] {
                change.put(table, b"key", b"value").unwrap();
            }
            change.commit().unwrap();
        }
        let later = SCHEMA_VERSION + 1;
        vault
            .connection
            .pragma_update(None, "user_version", later)
            .unwrap();
        drop(vault);
        let refused = NativeVault::open(&path, &key, Access::Write).unwrap_err();
        assert!(matches!(refused, Error::VaultVersion { got, .. } if got == later));
    }
}
