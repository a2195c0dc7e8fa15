//! One encrypted database, `desk.db`: SQLCipher under the key that `desk.json` wraps (DESK-1).
//!
//! Write-ahead log with a sync at every commit: what a function returned `Ok` for survives power loss. One connection
//! writes, behind a lock; readers have connections of their own and never wait for it.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use data_encoding::HEXLOWER;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use tidings_protocol::secret::Secret;
use zeroize::Zeroizing;

use crate::Error;

/// Marks the file as ours: "TIDD".
const APPLICATION_ID: i64 = 0x5449_4444;

/// What one version of the tables needs to become the next: entry `n` leads from version `n` to `n + 1`.
const MIGRATIONS: [&str; 10] = [
    include_str!("store/1-office.sql"),
    include_str!("store/2-letters.sql"),
    include_str!("store/3-review.sql"),
    include_str!("store/4-paper.sql"),
    include_str!("store/5-parcels.sql"),
    include_str!("store/6-register.sql"),
    include_str!("store/7-piles.sql"),
    include_str!("store/8-office.sql"),
    include_str!("store/9-mended.sql"),
    include_str!("store/10-mailbags.sql"),
];

/// The version of the tables that this program writes.
pub(crate) const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// Reading connections that are kept for the next reader.
const READERS_KEPT: usize = 4;

/// Faults that are named; a disk that is dying has more than anybody reads.
const FAULTS_MAX: usize = 100;

/// What is wrong in the database, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// A page is not what was written.
    #[error("desk.db, page {}: not what was written", page.map_or_else(|| "?".to_owned(), |page| page.to_string()))]
    Checksum {
        /// Which, from 1, if that is known.
        page: Option<u64>,
    },
    /// Pages do not hold together.
    #[error("desk.db: {sentence}")]
    Order {
        /// What SQLite says, with the place.
        sentence: String,
    },
}

/// The open database.
pub(crate) struct Store {
    path: PathBuf,
    key: Secret,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store(…)")
    }
}

impl Store {
    /// Opens the database at `path` under `key`, and brings its tables to this version; makes it if `create` is set.
    pub(crate) fn open(path: &Path, key: Secret, create: bool) -> Result<Self, Error> {
        let mut writer = connect(path, &key, create)?;
        migrate(&mut writer)?;
        Ok(Self {
            path: path.to_owned(),
            key,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// Does `work` in one transaction: all of it lasts, or, after an error, nothing.
    pub(crate) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut writer = lock(&self.writer);
        let whole = || -> Result<T, Error> {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        whole().map_err(|error| error.during(doing))
    }

    /// Does `work`, which changes nothing, on one state of the database.
    pub(crate) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let kept = lock(&self.readers).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => {
                let reader = connect(&self.path, &self.key, false)?;
                reader
                    .pragma_update(None, "query_only", true)
                    .map_err(|error| Error::Sql(error).during(doing))?;
                reader
            }
        };
        let whole = |reader: &mut Connection| -> Result<T, Error> {
            let transaction = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&transaction)
        };
        let done = whole(&mut reader).map_err(|error| error.during(doing));
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        done
    }

    /// Does what no transaction can hold, while nobody else writes.
    pub(crate) fn alone<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        work(&lock(&self.writer)).map_err(|error| error.during(doing))
    }

    /// Reads every page: SQLCipher's checksum of each, and how SQLite holds them together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.alone("checking the database", faults_of)?.is_empty() {
            true => Ok(()),
            false => Err(Error::Damaged {
                what: "a page of the database is not what was written",
            }),
        }
    }

    /// Moves what was committed into the database itself and empties the write-ahead log, so that erased pages are not
    /// left in it (DESK-27).
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let writer = lock(&self.writer);
        writer
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| Error::Sql(error).during("emptying the write-ahead log"))
    }
}

/// What is wrong with the pages of the database at `path`, also of one that is too damaged to be worked with.
pub(crate) fn faults(path: &Path, key: &Secret) -> Result<Vec<PageFault>, Error> {
    match connect(path, key, false) {
        Ok(connection) => {
            let found = faults_of(&connection);
            match found.map_err(|error| error.during("checking the database")) {
                Err(Error::Damaged { what }) => Ok(vec![PageFault::Order {
                    sentence: what.to_owned(),
                }]),
                found => found,
            }
        }
        // The key is the right one: it was wrapped with its own checksum. So the page with which all begins is not.
        Err(Error::Damaged { .. }) => Ok(vec![PageFault::Checksum { page: Some(1) }]),
        Err(other) => Err(other),
    }
}

fn faults_of(connection: &Connection) -> Result<Vec<PageFault>, Error> {
    let mut faults = Vec::new();
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let told = statement.query_map([], |row| row.get::<_, String>(0))?;
    for sentence in told {
        let sentence = sentence?;
        let number = sentence.split_once("page ").map_or("", |(_, rest)| rest);
        let page = number.split(' ').next().and_then(|word| word.parse().ok());
        faults.push(PageFault::Checksum { page });
        if faults.len() == FAULTS_MAX {
            return Ok(faults);
        }
    }
    // What does not decrypt has no order to be looked at.
    if !faults.is_empty() {
        return Ok(faults);
    }
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({FAULTS_MAX})"))?;
    let told = statement.query_map([], |row| row.get::<_, String>(0))?;
    for sentence in told {
        match sentence {
            Ok(sentence) if sentence == "ok" => {}
            Ok(sentence) => faults.push(PageFault::Order { sentence }),
            Err(error) => {
                faults.push(PageFault::Order {
                    sentence: error.to_string(),
                });
                break;
            }
        }
    }
    Ok(faults)
}

/// A panic in a transaction has rolled it back: the database is as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(path: &Path, key: &Secret, create: bool) -> Result<Connection, Error> {
    let doing = "opening the desk's database";
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| Error::Sql(error).during(doing))?;
    unlock(&connection, key).map_err(|error| error.during(doing))?;
    Ok(connection)
}

/// Sets key and manners of the connection, and reads one page to see that the key is right.
fn unlock(connection: &Connection, key: &Secret) -> Result<(), Error> {
    // A raw key: the passphrase has been stretched before.
    let mut pragma = Zeroizing::new(String::with_capacity(128));
    let hex = Zeroizing::new(HEXLOWER.encode(key.expose()));
    // Its own log goes to standard error, past every rule about logs.
    pragma.push_str("PRAGMA cipher_log_level = NONE; ");
    let _ = write!(pragma, "PRAGMA key = \"x'{}'\";", *hex);
    connection.execute_batch(&pragma)?;
    let readable = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    if let Err(rusqlite::Error::SqliteFailure(failure, _)) = &readable
        && failure.code == ErrorCode::NotADatabase
    {
        return Err(Error::Damaged {
            what: "the database does not open under its key",
        });
    }
    readable?;
    connection.busy_timeout(std::time::Duration::from_secs(20))?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -32768;",
    )?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let doing = "bringing the desk's tables to this version";
    let mut whole = || -> Result<(), Error> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: u32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > SCHEMA_VERSION {
            return Err(Error::Version {
                got: version,
                known: SCHEMA_VERSION,
            });
        }
        for step in &MIGRATIONS[version as usize..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()?;
        Ok(())
    };
    whole().map_err(|error| error.during(doing))
}

/// A natural number as the database keeps it. What this program counts stays far below 2^63.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The natural number that [`int`] stored.
pub(crate) fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, key: u8, create: bool) -> Result<Store, Error> {
        Store::open(path, Secret::new([key; 32]), create)
    }

    #[test]
    fn another_key_opens_nothing_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        drop(open(&path, 1, true).unwrap());
        assert!(matches!(open(&path, 2, false), Err(Error::Damaged { .. })));
        assert!(open(&path, 1, false).is_ok());
    }

    /// Two bytes changed, wherever: the page is named, also where nothing opens any more.
    #[test]
    fn a_damaged_page_is_named() {
        const PAGE: usize = 4_096;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let store = open(&path, 1, true).unwrap();
        store.settle().unwrap();
        drop(store);
        let key = Secret::new([1; 32]);
        assert_eq!(faults(&path, &key).unwrap(), []);
        let whole = std::fs::read(&path).unwrap();
        let pages = whole.len() / PAGE;
        for page in [1, 2, pages / 2, pages] {
            let mut damaged = whole.clone();
            let at = (page - 1) * PAGE + 777;
            damaged[at] ^= 1;
            damaged[at + 1] ^= 0x80;
            std::fs::write(&path, damaged).unwrap();
            let found = faults(&path, &key).unwrap();
            let expected = PageFault::Checksum {
                page: Some(page as u64),
            };
            assert!(found.contains(&expected), "{page}: {found:?}");
        }
    }

    #[test]
    fn nothing_readable_lies_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let store = open(&path, 1, true).unwrap();
        store
            .write("testing", |sql| {
                sql.execute("INSERT INTO settings VALUES ('x', 'a plain sentence')", [])?;
                Ok(())
            })
            .unwrap();
        store.settle().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let needle = b"a plain sentence";
        assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        assert!(!bytes.starts_with(b"SQLite format"));
    }

    #[test]
    fn a_failed_transaction_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("desk.db"), 1, true).unwrap();
        let failed: Result<(), Error> = store.write("testing", |sql| {
            sql.execute("INSERT INTO settings VALUES ('x', 'y')", [])?;
            Err(Error::SamePerson)
        });
        assert!(matches!(failed, Err(Error::SamePerson)));
        let count = |store: &Store| {
            store.read("testing", |sql| {
                Ok(sql.query_row("SELECT count(*) FROM settings", [], |row| row.get(0))?)
            })
        };
        let left: i64 = count(&store).unwrap();
        assert_eq!(left, 0);
    }

    #[test]
    fn a_newer_version_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let store = open(&path, 1, true).unwrap();
        lock(&store.writer)
            .pragma_update(None, "user_version", SCHEMA_VERSION + 1)
            .unwrap();
        drop(store);
        assert!(matches!(open(&path, 1, false), Err(Error::Version { .. })));
    }

    #[test]
    fn readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("desk.db"), 1, true).unwrap();
        let refused: Result<usize, Error> = store.read("testing", |sql| {
            Ok(sql.execute("INSERT INTO settings VALUES ('x', 'y')", [])?)
        });
        assert!(matches!(refused, Err(Error::Store { .. })));
    }

    /// DESK-1: a disk that is full refuses the one transaction, whole, says so, and takes the next when there is room.
    #[test]
    fn a_full_disk_is_told_and_work_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("desk.db"), 1, true).unwrap();
        let pages = |limit: u32| {
            lock(&store.writer)
                .query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))
                .unwrap();
        };
        let put = |name: &str| {
            store.write("storing", |sql| {
                for part in 0..20 {
                    sql.execute(
                        "INSERT INTO settings VALUES (?1, ?2)",
                        (format!("{name} {part}"), "x".repeat(4_000)),
                    )?;
                }
                Ok(())
            })
        };
        let count = || -> i64 {
            store
                .read("testing", |sql| {
                    Ok(sql.query_row("SELECT count(*) FROM settings", [], |row| row.get(0))?)
                })
                .unwrap()
        };
        put("a").unwrap();
        let full: u32 = store
            .read("testing", |sql| {
                Ok(sql.pragma_query_value(None, "page_count", |row| row.get(0))?)
            })
            .unwrap();
        pages(full + 3);
        let refused = put("b");
        assert!(
            matches!(refused, Err(Error::DiskFull { doing: "storing" })),
            "{refused:?}"
        );
        assert_eq!(count(), 20, "nothing of it");
        store.settle().unwrap();
        store.check().unwrap();
        pages(1_000_000);
        put("b").unwrap();
        assert_eq!(count(), 40);
    }

    /// DESK-1: what a commit promised is on the disk: nothing is left to a later sync.
    #[test]
    fn every_connection_syncs_every_commit() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("desk.db"), 1, true).unwrap();
        let manners = |connection: &Connection| -> (String, i64, i64) {
            let value = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
            (
                connection
                    .pragma_query_value(None, "journal_mode", |row| row.get(0))
                    .unwrap(),
                value("synchronous").unwrap(),
                value("secure_delete").unwrap(),
            )
        };
        let expected = ("wal".to_owned(), 2, 1);
        assert_eq!(manners(&lock(&store.writer)), expected);
        store
            .read("testing", |sql| {
                assert_eq!(manners(sql), expected);
                Ok(())
            })
            .unwrap();
    }

    /// DESK-29: a flipped bit in any page is found, also where no row is read.
    #[test]
    fn a_flipped_bit_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let store = open(&path, 1, true).unwrap();
        store
            .write("testing", |sql| {
                for part in 0..30 {
                    sql.execute(
                        "INSERT INTO settings VALUES (?1, ?2)",
                        (part.to_string(), "x".repeat(3_000)),
                    )?;
                }
                Ok(())
            })
            .unwrap();
        store.settle().unwrap();
        store.check().unwrap();
        drop(store);
        let whole = std::fs::read(&path).unwrap();
        for at in (4_096..whole.len()).step_by(whole.len() / 9) {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            std::fs::write(&path, flipped).unwrap();
            let found = open(&path, 1, false).and_then(|store| store.check());
            assert!(found.is_err(), "a bit at {at}");
        }
        std::fs::write(&path, whole).unwrap();
        open(&path, 1, false).unwrap().check().unwrap();
    }
}
