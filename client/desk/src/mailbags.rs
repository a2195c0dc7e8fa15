//! Post that people carry (`docs/spec/mailbag.md`), as the office remembers it: which mailbags were taken in and what came of
//! them, which were made here and which letters are in them (DESK-45). The account reads and writes the bags themselves.
//!
//! The files of a bag that was made lie in a folder of their own under `mailbags/out` until somebody erases them or their time is
//! over. They are sealed, and can be made anew as long as the letters wait.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{limits::DAY_SECONDS, time::UnixTime};

use crate::{
    Action, Actor, Desk, Error, OperatorId, Subject,
    store::{int, uint},
};

/// Days for which the files of a bag that was made are kept: a courier who lost one comes back within that time.
const KEEP_DAYS: u64 = 30;

/// What came of a bag that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailbagTaken {
    /// First digits of its name: the same in every part.
    pub name: String,
    /// Files of which it consisted.
    pub parts: u32,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Letters and messages that were not here before.
    pub letters: u64,
    /// Pictures and other enclosures that are whole now.
    pub pictures: u64,
    /// Envelopes of the account that nothing opens yet, from wherever they came.
    pub parked: u64,
    /// Letters in it for others.
    pub others: u64,
}

/// What is in a bag that was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailbagMade {
    /// First digits of its name: the same in every part.
    pub name: String,
    /// Files of which it consists.
    pub parts: u32,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Letters in it, and letters that could not be packed.
    pub letters: Vec<BagLetter>,
    /// Notes and whatever else the program writes by itself.
    pub notices: u64,
    /// The folder of its files under [`Desk::made_mailbags`].
    pub folder: String,
}

/// A letter of a bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagLetter {
    /// The account's number.
    pub letter: LetterNumber,
    /// The code of the failure by which it is not in it ([`tidings_client::Error::code`]).
    pub left_out: Option<String>,
}

/// A bag of the list of those that were taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its number here.
    pub number: u64,
    /// When it was taken in.
    pub at: UnixTime,
    /// By whom.
    pub operator: Option<OperatorId>,
    /// What came of it.
    pub what: MailbagTaken,
}

/// A bag of the list of those that were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its number here.
    pub number: u64,
    /// When it was made.
    pub at: UnixTime,
    /// By whom.
    pub operator: Option<OperatorId>,
    /// First digits of its name.
    pub name: String,
    /// Files of which it consists.
    pub parts: u32,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Letters in it.
    pub letters: u64,
    /// Notes in it.
    pub notices: u64,
    /// Where its files are; none once they are erased.
    pub files: Option<PathBuf>,
}

impl Desk {
    /// Whether somebody may carry post. Asked before the account is set to work; who may not stands in the log (DESK-7).
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`].
    pub fn begin_carrying(&self, by: &Actor, now: UnixTime) -> Result<(), Error> {
        self.act("carrying post", by, Action::CarryPost, now, |_, _| Ok(()))
    }

    /// Notes that a bag was taken in. Gives its number here.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`].
    pub fn mailbag_taken(
        &self,
        by: &Actor,
        taken: &MailbagTaken,
        now: UnixTime,
    ) -> Result<u64, Error> {
        self.act("noting a mailbag", by, Action::CarryPost, now, |sql, log| {
            sql.prepare_cached(
                "INSERT INTO mailbags (made, name, at, operator, parts, bytes, letters, notices, pictures, parked, others)
                 VALUES (0, ?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9)",
            )?
            .execute(params![
                taken.name,
                int(now.0),
                by.id().map(|id| int(id.0)),
                taken.parts,
                int(taken.bytes),
                int(taken.letters),
                int(taken.pictures),
                int(taken.parked),
                int(taken.others)
            ])?;
            let number = uint(sql.last_insert_rowid());
            log.add(
                "mailbag_taken",
                Subject::Mailbag(number),
                &taken.letters.to_string(),
            );
            Ok(number)
        })
    }

    /// Notes that a bag was made, and which letters are in it. Gives its number here.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`].
    pub fn mailbag_made(
        &self,
        by: &Actor,
        made: &MailbagMade,
        now: UnixTime,
    ) -> Result<u64, Error> {
        self.act("noting a mailbag", by, Action::CarryPost, now, |sql, log| {
            let packed = made.letters.iter().filter(|it| it.left_out.is_none());
            let packed = packed.count();
            sql.prepare_cached(
                "INSERT INTO mailbags (made, name, at, operator, parts, bytes, letters, notices, pictures, parked, others, folder)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8)",
            )?
            .execute(params![
                made.name,
                int(now.0),
                by.id().map(|id| int(id.0)),
                made.parts,
                int(made.bytes),
                int(packed as u64),
                int(made.notices),
                made.folder
            ])?;
            let number = sql.last_insert_rowid();
            let mut insert = sql.prepare_cached(
                "INSERT OR IGNORE INTO mailbag_letters (bag, letter, left_out) VALUES (?1, ?2, ?3)",
            )?;
            for it in &made.letters {
                insert.execute(params![number, int(it.letter.0), it.left_out])?;
            }
            let number = uint(number);
            log.add(
                "mailbag_made",
                Subject::Mailbag(number),
                &packed.to_string(),
            );
            Ok(number)
        })
    }

    /// Bags that were taken in, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`].
    pub fn mailbags_taken(&self, by: &Actor, count: u32) -> Result<Vec<Taken>, Error> {
        by.need(Action::CarryPost)?;
        self.store.read("reading mailbags", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT bag, at, operator, name, parts, bytes, letters, pictures, parked, others
                 FROM mailbags WHERE made = 0 ORDER BY bag DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([count], |row| {
                Ok(Taken {
                    number: uint(row.get(0)?),
                    at: UnixTime(uint(row.get(1)?)),
                    operator: row.get::<_, Option<i64>>(2)?.map(|id| OperatorId(uint(id))),
                    what: MailbagTaken {
                        name: row.get(3)?,
                        parts: row.get(4)?,
                        bytes: uint(row.get(5)?),
                        letters: uint(row.get(6)?),
                        pictures: uint(row.get(7)?),
                        parked: uint(row.get(8)?),
                        others: uint(row.get(9)?),
                    },
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Bags that were made, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`].
    pub fn mailbags_made(&self, by: &Actor, count: u32) -> Result<Vec<Made>, Error> {
        by.need(Action::CarryPost)?;
        self.store.read("reading mailbags", |sql| {
            let mut statement =
                sql.prepare_cached(&format!("{MADE} ORDER BY bag DESC LIMIT ?1"))?;
            let rows = statement.query_map([count], |row| self.made_of(row))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One bag that was made, with the letters in it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`], [`Error::NotFound`].
    pub fn mailbag(&self, by: &Actor, number: u64) -> Result<(Made, Vec<BagLetter>), Error> {
        by.need(Action::CarryPost)?;
        self.store.read("reading a mailbag", |sql| {
            let made = self.made(sql, number)?;
            let mut statement = sql.prepare_cached(
                "SELECT letter, left_out FROM mailbag_letters WHERE bag = ?1 ORDER BY letter",
            )?;
            let letters = statement.query_map([int(number)], |row| {
                Ok(BagLetter {
                    letter: LetterNumber(uint(row.get(0)?)),
                    left_out: row.get(1)?,
                })
            })?;
            Ok((made, letters.collect::<Result<_, _>>()?))
        })
    }

    /// The file of a part, from 1, to be given to whoever asks. The log says so.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`], [`Error::NotFound`] also for a file that is not there any more.
    pub fn mailbag_part(
        &self,
        by: &Actor,
        number: u64,
        part: u32,
        now: UnixTime,
    ) -> Result<PathBuf, Error> {
        self.act(
            "giving a part of a mailbag",
            by,
            Action::CarryPost,
            now,
            |sql, log| {
                let files = self.made(sql, number)?.part_files();
                let place = (part as usize).checked_sub(1);
                let file = place.and_then(|place| files.into_iter().nth(place));
                let file = file.ok_or(Error::NotFound {
                    what: "part of a mailbag",
                    number: u64::from(part),
                })?;
                log.add("mailbag_saved", Subject::Mailbag(number), &part.to_string());
                Ok(file)
            },
        )
    }

    /// Erases the files of a bag that was made; what was in it stays known.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::CarryPost`], [`Error::NotFound`].
    pub fn erase_mailbag(&self, by: &Actor, number: u64, now: UnixTime) -> Result<(), Error> {
        let files = self.act(
            "erasing a mailbag",
            by,
            Action::CarryPost,
            now,
            |sql, log| {
                let made = self.made(sql, number)?;
                sql.execute(
                    "UPDATE mailbags SET folder = NULL WHERE bag = ?1",
                    [int(number)],
                )?;
                log.add("mailbag_erased", Subject::Mailbag(number), "");
                Ok(made.files)
            },
        )?;
        // What cannot be removed now belongs to no bag any more, and goes with the next day.
        let _ = files.map(std::fs::remove_dir_all);
        Ok(())
    }

    /// The folder in which the bags lie that were made.
    #[must_use]
    pub fn made_mailbags(&self) -> PathBuf {
        self.home.join("mailbags").join("out")
    }

    /// The folder in which parts of bags wait for the other parts.
    #[must_use]
    pub fn begun_mailbags(&self) -> PathBuf {
        self.home.join("mailbags").join("in")
    }

    /// Erases the files of bags whose time is over, folders that belong to no bag because a kill came between, and parts whose
    /// other parts never came.
    pub(crate) fn tidy_mailbags(&self, now: UnixTime) -> Result<(), Error> {
        let over = now.minus(KEEP_DAYS * DAY_SECONDS);
        let kept: Vec<String> = self.act_alone("erasing mailbags", None, now, |sql, log| {
            let mut due = sql.prepare_cached(
                "UPDATE mailbags SET folder = NULL WHERE folder IS NOT NULL AND at < ?1 RETURNING bag",
            )?;
            let due = due
                .query_map([int(over.0)], |row| row.get::<_, i64>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            for bag in due {
                log.add("mailbag_erased", Subject::Mailbag(uint(bag)), "");
            }
            let mut kept =
                sql.prepare_cached("SELECT folder FROM mailbags WHERE folder IS NOT NULL")?;
            let kept = kept.query_map([], |row| row.get(0))?;
            Ok(kept.collect::<Result<_, _>>()?)
        })?;
        for entry in entries(self.made_mailbags()) {
            let name = entry.file_name();
            if !kept.iter().any(|folder| name == folder.as_str()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        for entry in entries(self.begun_mailbags()) {
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            let age = changed.ok().and_then(|changed| changed.elapsed().ok());
            if age.is_some_and(|age| age.as_secs() > KEEP_DAYS * DAY_SECONDS) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    fn made(&self, sql: &Transaction<'_>, number: u64) -> Result<Made, Error> {
        sql.prepare_cached(&format!("{MADE} AND bag = ?1"))?
            .query_row([int(number)], |row| self.made_of(row))
            .optional()?
            .ok_or(Error::NotFound {
                what: "mailbag",
                number,
            })
    }

    fn made_of(&self, row: &Row<'_>) -> rusqlite::Result<Made> {
        Ok(Made {
            number: uint(row.get(0)?),
            at: UnixTime(uint(row.get(1)?)),
            operator: row.get::<_, Option<i64>>(2)?.map(|id| OperatorId(uint(id))),
            name: row.get(3)?,
            parts: row.get(4)?,
            bytes: uint(row.get(5)?),
            letters: uint(row.get(6)?),
            notices: uint(row.get(7)?),
            files: row
                .get::<_, Option<String>>(8)?
                .map(|folder| self.made_mailbags().join(folder)),
        })
    }
}

const MADE: &str = "SELECT bag, at, operator, name, parts, bytes, letters, notices, folder FROM mailbags WHERE made = 1";

impl Made {
    /// The files of its parts that are there, in order: none once they are erased, or on a computer onto which a backup was
    /// restored.
    #[must_use]
    pub fn part_files(&self) -> Vec<PathBuf> {
        let Some(folder) = &self.files else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries(folder.clone())
            .into_iter()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "mailbag"))
            .collect();
        // Names of parts sort as their numbers do (BAG-2).
        files.sort();
        files
    }
}

fn entries(folder: PathBuf) -> Vec<std::fs::DirEntry> {
    let entries = std::fs::read_dir(folder);
    entries.map_or_else(|_| Vec::new(), |entries| entries.flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::{Office, START};

    fn made(office: &Office, folder: &str) -> u64 {
        let place = office.desk.made_mailbags().join(folder);
        fs::create_dir_all(&place).unwrap();
        for name in ["post-2-of-2.mailbag", "post-1-of-2.mailbag", "note.txt"] {
            fs::write(place.join(name), name).unwrap();
        }
        let made = MailbagMade {
            name: "0a1b2c3d".into(),
            parts: 2,
            bytes: 38,
            letters: vec![
                BagLetter {
                    letter: LetterNumber(7),
                    left_out: None,
                },
                BagLetter {
                    letter: LetterNumber(4),
                    left_out: Some("prekeys-expired".into()),
                },
            ],
            notices: 3,
            folder: folder.into(),
        };
        let made = office.desk.mailbag_made(&office.head, &made, START);
        made.unwrap()
    }

    #[test]
    fn a_bag_is_known_with_its_letters_after_its_files_are_gone() {
        let office = Office::new();
        let number = made(&office, "one");
        let (bag, letters) = office.desk.mailbag(&office.head, number).unwrap();
        assert_eq!((bag.letters, bag.notices, bag.parts), (1, 3, 2));
        let numbers: Vec<u64> = letters.iter().map(|it| it.letter.0).collect();
        assert_eq!(numbers, [4, 7]);
        assert_eq!(letters[0].left_out.as_deref(), Some("prekeys-expired"));
        let part = |part| {
            let file = office
                .desk
                .mailbag_part(&office.head, number, part, START)?;
            Ok::<_, Error>(fs::read_to_string(file).unwrap())
        };
        assert_eq!(part(1).unwrap(), "post-1-of-2.mailbag");
        assert_eq!(part(2).unwrap(), "post-2-of-2.mailbag");
        for none in [0, 3, u32::MAX] {
            assert!(matches!(part(none), Err(Error::NotFound { .. })), "{none}");
        }
        office
            .desk
            .erase_mailbag(&office.head, number, START)
            .unwrap();
        assert!(!office.desk.made_mailbags().join("one").exists());
        assert!(part(1).is_err());
        let (bag, letters) = office.desk.mailbag(&office.head, number).unwrap();
        assert_eq!((bag.files, letters.len()), (None, 2));
    }

    /// DESK-45: files go after thirty days, and what a kill left behind goes at once; what is kept is not touched.
    #[test]
    fn files_go_when_their_time_is_over() {
        let office = Office::new();
        let number = made(&office, "one");
        let orphan = office.desk.made_mailbags().join("orphan");
        fs::create_dir_all(&orphan).unwrap();
        let begun = office.desk.begun_mailbags();
        fs::create_dir_all(&begun).unwrap();
        fs::write(begun.join("part"), "new").unwrap();
        let later = |days: u64| START.plus(days * DAY_SECONDS);
        office.desk.tidy_mailbags(later(30)).unwrap();
        assert!(!orphan.exists() && begun.join("part").exists());
        let files = || {
            let (bag, _) = office.desk.mailbag(&office.head, number).unwrap();
            bag.part_files().len()
        };
        assert_eq!(files(), 2);
        office.desk.tidy_mailbags(later(31)).unwrap();
        assert_eq!(files(), 0);
        assert!(!office.desk.made_mailbags().join("one").exists());
    }

    #[test]
    fn what_was_taken_in_is_listed() {
        let office = Office::new();
        let taken = |letters| MailbagTaken {
            name: "0a1b2c3d".into(),
            parts: 3,
            letters,
            pictures: 5,
            ..MailbagTaken::default()
        };
        for letters in [2, 0] {
            office
                .desk
                .mailbag_taken(&office.head, &taken(letters), START)
                .unwrap();
        }
        let listed = office.desk.mailbags_taken(&office.head, 10).unwrap();
        let letters: Vec<u64> = listed.iter().map(|it| it.what.letters).collect();
        assert_eq!(letters, [0, 2], "the newest first");
        assert_eq!(listed[1].what, taken(2));
        assert!(
            office
                .desk
                .mailbags_made(&office.head, 10)
                .unwrap()
                .is_empty()
        );
    }
}
