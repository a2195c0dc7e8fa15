//! A store in memory: the plainest reading of the `Store` trait, for tests of everything above it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use tidings_protocol::{
    exchange::{ChunkClass, PutBlob, Receipt},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::MAILBOX_TOMBSTONE_DAYS,
    time::Day,
};
use tidings_relay::store::{
    CheckProgress, CheckReport, Collected, Created, Deposited, Expired, Stats, Store, StoreError,
};
use tokio::sync::Semaphore;

pub const QUOTA: u32 = 200;

/// Mailboxes and blobs in maps. Two switches make it misbehave.
pub struct MemoryStore {
    kept: Mutex<Kept>,
    /// Deposits wait for a permit of this one: a slow disk.
    pub gate: Semaphore,
    /// Fetching prekeys panics.
    pub panics: AtomicBool,
    /// Everything new is refused.
    pub full: AtomicBool,
    /// Receipts hold no more: as if it had been put back to an older state.
    pub put_back: AtomicBool,
}

#[derive(Default)]
struct Kept {
    mailboxes: HashMap<MailboxAddress, Mailbox>,
    tombstones: HashMap<MailboxAddress, Day>,
    blobs: HashMap<BlobId, Blob>,
    closed: bool,
}

#[derive(Default)]
struct Mailbox {
    letters: BTreeMap<u64, (EnvelopeHash, Bytes, Day)>,
    last: u64,
    prekeys: Option<(u64, Bytes)>,
}

struct Blob {
    terms: PutBlob,
    bytes: Vec<u8>,
    expires: Day,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            panics: AtomicBool::new(false),
            full: AtomicBool::new(false),
            put_back: AtomicBool::new(false),
        }
    }
}

impl MemoryStore {
    pub fn is_closed(&self) -> bool {
        self.kept.lock().unwrap().closed
    }

    /// The days on which the letters of a mailbox go.
    pub fn expiries(&self, mailbox: &MailboxAddress) -> Vec<Day> {
        let kept = self.kept.lock().unwrap();
        kept.mailboxes[mailbox]
            .letters
            .values()
            .map(|letter| letter.2)
            .collect()
    }

    fn check_room(&self) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::RelayFull);
        }
        Ok(())
    }

    fn with_mailbox<T>(
        &self,
        mailbox: &MailboxAddress,
        f: impl FnOnce(&mut Mailbox) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut kept = self.kept.lock().unwrap();
        if kept.closed {
            return Err(StoreError::Stopping);
        }
        if kept.tombstones.contains_key(mailbox) {
            return Err(StoreError::MailboxDeleted);
        }
        f(kept
            .mailboxes
            .get_mut(mailbox)
            .ok_or(StoreError::NoMailbox)?)
    }
}

fn stranger<T>(result: Result<T, StoreError>) -> Result<T, StoreError> {
    result.map_err(|error| match error {
        StoreError::MailboxDeleted => StoreError::NoMailbox,
        error => error,
    })
}

impl Store for MemoryStore {
    async fn create_mailbox(&self, mailbox: MailboxAddress, _: Day) -> Result<Created, StoreError> {
        self.check_room()?;
        let mut kept = self.kept.lock().unwrap();
        if kept.tombstones.contains_key(&mailbox) {
            return Err(StoreError::MailboxDeleted);
        }
        kept.mailboxes.entry(mailbox).or_default();
        Ok(Created { quota: QUOTA })
    }

    async fn delete_mailbox(&self, mailbox: MailboxAddress, today: Day) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().unwrap();
        if kept.tombstones.contains_key(&mailbox) {
            return Ok(());
        }
        kept.mailboxes
            .remove(&mailbox)
            .ok_or(StoreError::NoMailbox)?;
        kept.tombstones
            .insert(mailbox, today.plus(MAILBOX_TOMBSTONE_DAYS));
        Ok(())
    }

    async fn deposit(
        &self,
        mailbox: MailboxAddress,
        envelope: Bytes,
        expires: Day,
    ) -> Result<Deposited, StoreError> {
        let _turn = self
            .gate
            .acquire()
            .await
            .map_err(|_| StoreError::Stopping)?;
        self.check_room()?;
        stranger(self.with_mailbox(&mailbox, |mailbox| {
            let hash = EnvelopeHash::of(&envelope);
            if mailbox.letters.values().any(|letter| letter.0 == hash) {
                return Ok(Deposited::Repeated);
            }
            if mailbox.letters.len() >= QUOTA as usize {
                return Err(StoreError::MailboxFull { quota: QUOTA });
            }
            mailbox.last += 1;
            mailbox
                .letters
                .insert(mailbox.last, (hash, envelope, expires));
            Ok(Deposited::New)
        }))
    }

    fn today(&self) -> Option<Day> {
        None
    }

    async fn turn(&self, shown: Day) -> Result<Day, StoreError> {
        Ok(shown)
    }

    fn receipt(&self, mailbox: &MailboxAddress) -> Receipt {
        Receipt(mailbox.0.map(|byte| !byte))
    }

    async fn holds(&self, mailbox: MailboxAddress, receipt: Receipt) -> Result<bool, StoreError> {
        Ok(receipt == self.receipt(&mailbox) && !self.put_back.load(Ordering::SeqCst))
    }

    async fn collect(
        &self,
        mailbox: MailboxAddress,
        after: u64,
        max: u16,
    ) -> Result<Collected, StoreError> {
        self.with_mailbox(&mailbox, |mailbox| {
            let mut waiting = mailbox.letters.range(after.saturating_add(1)..);
            let letters: Vec<_> = waiting
                .by_ref()
                .take(max.into())
                .map(|(place, letter)| (*place, letter.1.clone()))
                .collect();
            Ok(Collected {
                letters,
                more: waiting.next().is_some(),
            })
        })
    }

    async fn has_after(&self, mailbox: MailboxAddress, after: u64) -> Result<bool, StoreError> {
        self.with_mailbox(&mailbox, |mailbox| {
            Ok(mailbox
                .letters
                .range(after.saturating_add(1)..)
                .next()
                .is_some())
        })
    }

    async fn acknowledge(
        &self,
        mailbox: MailboxAddress,
        letters: Vec<EnvelopeHash>,
    ) -> Result<(), StoreError> {
        self.with_mailbox(&mailbox, |mailbox| {
            mailbox
                .letters
                .retain(|_, letter| !letters.contains(&letter.0));
            Ok(())
        })
    }

    async fn publish_prekeys(
        &self,
        mailbox: MailboxAddress,
        sequence: u64,
        record: Bytes,
    ) -> Result<(), StoreError> {
        self.with_mailbox(&mailbox, |mailbox| match &mailbox.prekeys {
            Some((stored, kept)) if *stored == sequence && *kept == record => Ok(()),
            Some((stored, _)) if *stored >= sequence => Err(StoreError::Stale { stored: *stored }),
            _ => {
                mailbox.prekeys = Some((sequence, record));
                Ok(())
            }
        })
    }

    async fn fetch_prekeys(&self, mailbox: MailboxAddress) -> Result<(u64, Bytes), StoreError> {
        assert!(!self.panics.load(Ordering::SeqCst), "told to panic");
        stranger(self.with_mailbox(&mailbox, |mailbox| {
            mailbox.prekeys.clone().ok_or(StoreError::NoPrekeys)
        }))
    }

    async fn put_blob(
        &self,
        terms: PutBlob,
        piece: Bytes,
        expires: Day,
    ) -> Result<u32, StoreError> {
        self.check_room()?;
        let mut kept = self.kept.lock().unwrap();
        let offset = terms.offset as usize;
        let blob = kept.blobs.entry(terms.id).or_insert_with(|| Blob {
            terms: terms.clone(),
            bytes: Vec::new(),
            expires,
        });
        let same = PutBlob {
            offset: blob.terms.offset,
            ..terms.clone()
        };
        if same != blob.terms {
            return Err(StoreError::NoBlob);
        }
        let stored = blob.bytes.len();
        let refused = Err(StoreError::BlobPiece {
            stored: u32::try_from(stored).unwrap(),
        });
        if piece.is_empty() {
            return Ok(u32::try_from(stored).unwrap());
        }
        if offset > stored || offset + piece.len() > terms.class.size() {
            return refused;
        }
        let known = piece.len().min(stored - offset);
        if blob.bytes[offset..offset + known] != piece[..known] {
            return refused;
        }
        blob.bytes.extend_from_slice(&piece[known..]);
        Ok(u32::try_from(blob.bytes.len()).unwrap())
    }

    async fn get_blob(
        &self,
        id: BlobId,
        read: Capability,
        offset: u32,
        length: u32,
    ) -> Result<(ChunkClass, Bytes), StoreError> {
        let kept = self.kept.lock().unwrap();
        let blob = kept
            .blobs
            .get(&id)
            .filter(|blob| blob.terms.read == read.hash());
        let blob = blob.ok_or(StoreError::NoBlob)?;
        if blob.bytes.len() < blob.terms.class.size() {
            return Err(StoreError::BlobIncomplete {
                stored: u32::try_from(blob.bytes.len()).unwrap(),
            });
        }
        let begin = (offset as usize).min(blob.bytes.len());
        let end = begin.saturating_add(length as usize).min(blob.bytes.len());
        Ok((
            blob.terms.class,
            Bytes::copy_from_slice(&blob.bytes[begin..end]),
        ))
    }

    async fn delete_blob(&self, id: BlobId, delete: Capability) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().unwrap();
        if kept
            .blobs
            .get(&id)
            .is_some_and(|blob| blob.terms.delete != delete.hash())
        {
            return Err(StoreError::NoBlob);
        }
        kept.blobs.remove(&id);
        Ok(())
    }

    async fn expire(&self, today: Day) -> Result<Expired, StoreError> {
        let mut kept = self.kept.lock().unwrap();
        let mut expired = Expired::default();
        for mailbox in kept.mailboxes.values_mut() {
            let before = mailbox.letters.len();
            mailbox.letters.retain(|_, letter| letter.2 > today);
            expired.letters += (before - mailbox.letters.len()) as u64;
        }
        kept.blobs.retain(|_, blob| blob.expires > today);
        kept.tombstones.retain(|_, until| *until > today);
        Ok(expired)
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        let kept = self.kept.lock().unwrap();
        Ok(Stats {
            mailboxes: kept.mailboxes.len() as u64,
            letters: kept
                .mailboxes
                .values()
                .map(|mailbox| mailbox.letters.len() as u64)
                .sum(),
            ..Stats::default()
        })
    }

    async fn check(
        &self,
        _: impl Fn(CheckProgress) + Send + 'static,
    ) -> Result<CheckReport, StoreError> {
        Ok(CheckReport::default())
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.kept.lock().unwrap().closed = true;
        Ok(())
    }
}
