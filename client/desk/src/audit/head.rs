//! How far the log reached, in a file of its own: two signed slots that are written by turns, so that a torn write leaves the
//! other one (DESK-13).

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    sync::PoisonError,
};

use tidings_protocol::{ids::Signature, secret::SigningSecret, time::UnixTime};

use super::AuditHead;
use crate::{Desk, Error, Subject, error::disk, store::int};
use rusqlite::{OptionalExtension, Transaction};

/// The file's name in the desk's folder.
pub(crate) const HEAD_FILE: &str = "audit.head";
const LABEL: &[u8] = b"tidings desk log head v1";
/// Number, hash, signature.
const SLOT: usize = 8 + 32 + 64;

/// The open file, and the highest head in it that is signed.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    seq: u64,
}

impl HeadFile {
    /// Makes an empty file.
    pub(crate) fn create(home: &Path) -> Result<Self, Error> {
        Self::with(home, true)
    }

    /// Opens the file; one that is missing is made, and shows as a log that goes beyond its head.
    pub(crate) fn open(home: &Path) -> Result<Self, Error> {
        Self::with(home, false)
    }

    fn with(home: &Path, empty: bool) -> Result<Self, Error> {
        let path = home.join(HEAD_FILE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(empty)
            .open(&path)
            .map_err(disk("opening", &path))?;
        Ok(Self { file, seq: 0 })
    }

    /// The highest head that the log's key has signed.
    pub(super) fn read(&mut self, signer: &SigningSecret) -> std::io::Result<Option<AuditHead>> {
        let mut bytes = Vec::with_capacity(2 * SLOT);
        self.file.seek(SeekFrom::Start(0))?;
        (&self.file).take(2 * SLOT as u64).read_to_end(&mut bytes)?;
        let head = bytes
            .chunks_exact(SLOT)
            .filter_map(|slot| signed(slot, signer))
            .max_by_key(|head| head.seq);
        self.seq = head.map_or(0, |head| head.seq);
        Ok(head)
    }

    /// Forgets every head, for a log that no more reaches them.
    fn empty(&mut self) -> std::io::Result<()> {
        self.seq = 0;
        self.file.set_len(0)
    }

    /// Writes a head over the older slot, unless a higher one is there already.
    pub(super) fn advance(
        &mut self,
        head: &AuditHead,
        signer: &SigningSecret,
    ) -> std::io::Result<()> {
        if head.seq <= self.seq {
            return Ok(());
        }
        let mut slot = [0; SLOT];
        slot[..8].copy_from_slice(&head.seq.to_le_bytes());
        slot[8..40].copy_from_slice(&head.hash);
        let signature = signer.sign(LABEL, &[&slot[..40]]);
        slot[40..].copy_from_slice(signature.as_bytes());
        let place = SLOT as u64 * (head.seq % 2);
        self.file.seek(SeekFrom::Start(place))?;
        self.file.write_all(&slot)?;
        self.file.sync_data()?;
        self.seq = head.seq;
        Ok(())
    }
}

fn signed(slot: &[u8], signer: &SigningSecret) -> Option<AuditHead> {
    let (stated, signature) = slot.split_at_checked(40)?;
    let signature = Signature::from_slice(signature)?;
    signer.public().verify(LABEL, &[stated], &signature).ok()?;
    let (seq, hash) = stated.split_at_checked(8)?;
    Some(AuditHead {
        seq: u64::from_le_bytes(seq.try_into().ok()?),
        hash: hash.try_into().ok()?,
    })
}

impl Desk {
    /// Notes how far the log reached. A head that could not be written is behind, which is no fault, and the next one goes
    /// beyond it: what was done stays done.
    pub(crate) fn advance_head(&self, reached: &AuditHead) {
        let mut file = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.advance(reached, &self.signer);
    }

    pub(super) fn noted_head(&self) -> Result<Option<AuditHead>, Error> {
        let mut file = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        file.read(&self.signer)
            .map_err(disk("reading", &self.home.join(HEAD_FILE)))
    }

    /// Compares log and head when the desk is opened (DESK-14). A log that does not reach its head was cut, or is an older one: the
    /// log itself says so from then on.
    pub(crate) fn meet_head(&self, now: UnixTime) -> Result<(), Error> {
        let noted = self.noted_head()?;
        let (last, kept) = self.store.read("reading the log", |sql| {
            let kept = noted.map(|noted| holds(sql, &noted)).transpose()?;
            Ok((super::last(sql)?, kept))
        })?;
        let missing = match (noted, kept) {
            (None, _) if last.seq > 0 => Some("its head is missing".to_owned()),
            (Some(noted), Some(false)) => Some(format!(
                "it reached {} before and reaches {} now",
                noted.seq, last.seq
            )),
            _ => None,
        };
        match missing {
            None => self.advance_head(&last),
            Some(what) => {
                // The head may stand beyond the end of the cut log: the next one is noted whatever its number.
                self.head
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .empty()
                    .map_err(disk("emptying", &self.home.join(HEAD_FILE)))?;
                self.act_alone("opening the desk", None, now, |_, log| {
                    log.add("log_cut", Subject::Office, &what);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

/// Whether the log holds this head.
pub(super) fn holds(sql: &Transaction<'_>, head: &AuditHead) -> Result<bool, Error> {
    if head.seq == 0 {
        return Ok(true);
    }
    let hash: Option<Vec<u8>> = sql
        .query_row(
            "SELECT hash FROM audit WHERE seq = ?1",
            [int(head.seq)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(hash.is_some_and(|hash| hash == head.hash))
}
