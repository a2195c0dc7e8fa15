//! The reference: what a store is, said in maps. Nothing in it is fast, durable or shared.

use std::collections::BTreeMap;

use bytes::Bytes;
use tidings_protocol::{
    exchange::{ChunkClass, PutBlob, Refusal},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::MAILBOX_TOMBSTONE_DAYS,
    time::Day,
};

use crate::store::{Collected, Deposited, Expired, Stats};

#[derive(Debug)]
enum Mailbox {
    Open {
        next: u64,
        letters: BTreeMap<u64, (Bytes, Day)>,
        prekeys: Option<(u64, Bytes)>,
    },
    Deleted {
        until: Day,
    },
}

#[derive(Debug)]
struct Blob {
    terms: PutBlob,
    bytes: Vec<u8>,
    expires: Day,
}

/// Mailboxes and blobs in maps.
#[derive(Debug)]
pub struct Model {
    quota: u32,
    mailboxes: BTreeMap<MailboxAddress, Mailbox>,
    blobs: BTreeMap<BlobId, Blob>,
}

type Letters = BTreeMap<u64, (Bytes, Day)>;

impl Model {
    /// An empty model whose mailboxes hold `quota` letters.
    #[must_use]
    pub fn new(quota: u32) -> Self {
        Self {
            quota,
            mailboxes: BTreeMap::new(),
            blobs: BTreeMap::new(),
        }
    }

    /// As [`crate::store::Store::create_mailbox`]; gives the quota.
    ///
    /// # Errors
    /// As there.
    pub fn create_mailbox(&mut self, mailbox: MailboxAddress, today: Day) -> Result<u32, Refusal> {
        match self.mailboxes.get(&mailbox) {
            Some(Mailbox::Deleted { until }) if today <= *until => Err(Refusal::MailboxDeleted),
            Some(Mailbox::Open { .. }) => Ok(self.quota),
            _ => {
                let empty = Mailbox::Open {
                    next: 1,
                    letters: BTreeMap::new(),
                    prekeys: None,
                };
                self.mailboxes.insert(mailbox, empty);
                Ok(self.quota)
            }
        }
    }

    /// As [`crate::store::Store::delete_mailbox`].
    ///
    /// # Errors
    /// As there.
    pub fn delete_mailbox(&mut self, mailbox: MailboxAddress, today: Day) -> Result<(), Refusal> {
        match self.mailboxes.get_mut(&mailbox) {
            None => Err(Refusal::NoMailbox),
            Some(Mailbox::Deleted { .. }) => Ok(()),
            Some(open) => {
                *open = Mailbox::Deleted {
                    until: today.plus(MAILBOX_TOMBSTONE_DAYS),
                };
                Ok(())
            }
        }
    }

    /// As [`crate::store::Store::deposit`].
    ///
    /// # Errors
    /// As there.
    pub fn deposit(
        &mut self,
        mailbox: MailboxAddress,
        envelope: &Bytes,
        expires: Day,
    ) -> Result<Deposited, Refusal> {
        let quota = self.quota as usize;
        let Some(Mailbox::Open { next, letters, .. }) = self.mailboxes.get_mut(&mailbox) else {
            return Err(Refusal::NoMailbox);
        };
        if letters.values().any(|(letter, _)| letter == envelope) {
            return Ok(Deposited::Repeated);
        }
        if letters.len() >= quota {
            return Err(Refusal::MailboxFull);
        }
        letters.insert(*next, (envelope.clone(), expires));
        *next += 1;
        Ok(Deposited::New)
    }

    fn owned(&self, mailbox: MailboxAddress) -> Result<&Letters, Refusal> {
        match self.mailboxes.get(&mailbox) {
            Some(Mailbox::Open { letters, .. }) => Ok(letters),
            Some(Mailbox::Deleted { .. }) => Err(Refusal::MailboxDeleted),
            None => Err(Refusal::NoMailbox),
        }
    }

    /// As [`crate::store::Store::collect`].
    ///
    /// # Errors
    /// As there.
    pub fn collect(
        &self,
        mailbox: MailboxAddress,
        after: u64,
        max: u16,
    ) -> Result<Collected, Refusal> {
        let mut behind = self.owned(mailbox)?.range(after + 1..);
        let letters = behind
            .by_ref()
            .take(usize::from(max))
            .map(|(place, (letter, _))| (*place, letter.clone()))
            .collect();
        Ok(Collected {
            letters,
            more: behind.next().is_some(),
        })
    }

    /// As [`crate::store::Store::has_after`].
    ///
    /// # Errors
    /// As there.
    pub fn has_after(&self, mailbox: MailboxAddress, after: u64) -> Result<bool, Refusal> {
        Ok(self.owned(mailbox)?.range(after + 1..).next().is_some())
    }

    /// As [`crate::store::Store::acknowledge`].
    ///
    /// # Errors
    /// As there.
    pub fn acknowledge(
        &mut self,
        mailbox: MailboxAddress,
        gone: &[EnvelopeHash],
    ) -> Result<(), Refusal> {
        self.owned(mailbox)?;
        if let Some(Mailbox::Open { letters, .. }) = self.mailboxes.get_mut(&mailbox) {
            letters.retain(|_, (letter, _)| !gone.contains(&EnvelopeHash::of(letter)));
        }
        Ok(())
    }

    /// As [`crate::store::Store::publish_prekeys`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_prekeys(
        &mut self,
        mailbox: MailboxAddress,
        sequence: u64,
        record: &Bytes,
    ) -> Result<(), Refusal> {
        self.owned(mailbox)?;
        if let Some(Mailbox::Open { prekeys, .. }) = self.mailboxes.get_mut(&mailbox) {
            match prekeys {
                Some((stored, same)) if *stored == sequence && same == record => {}
                Some((stored, _)) if *stored >= sequence => {
                    return Err(Refusal::Stale { stored: *stored });
                }
                _ => *prekeys = Some((sequence, record.clone())),
            }
        }
        Ok(())
    }

    /// As [`crate::store::Store::fetch_prekeys`].
    ///
    /// # Errors
    /// As there.
    pub fn fetch_prekeys(&self, mailbox: MailboxAddress) -> Result<(u64, Bytes), Refusal> {
        match self.mailboxes.get(&mailbox) {
            Some(Mailbox::Open { prekeys, .. }) => prekeys.clone().ok_or(Refusal::NoPrekeys),
            _ => Err(Refusal::NoMailbox),
        }
    }

    /// As [`crate::store::Store::put_blob`].
    ///
    /// # Errors
    /// As there.
    pub fn put_blob(
        &mut self,
        terms: &PutBlob,
        piece: &[u8],
        expires: Day,
    ) -> Result<u32, Refusal> {
        let same = |old: &PutBlob| {
            (old.class, old.write, old.read, old.delete)
                == (terms.class, terms.write, terms.read, terms.delete)
        };
        let there = self.blobs.get(&terms.id);
        if there.is_some_and(|blob| !same(&blob.terms)) {
            return Err(Refusal::NoBlob);
        }
        let mut bytes = there.map_or_else(Vec::new, |blob| blob.bytes.clone());
        let stored = u32::try_from(bytes.len()).unwrap();
        let begin = terms.offset as usize;
        let end = begin + piece.len();
        let overlap = bytes.len().min(end);
        if begin > bytes.len()
            || end > terms.class.size()
            || bytes[begin..overlap] != piece[..overlap - begin]
        {
            return Err(Refusal::BlobPiece { stored });
        }
        bytes.extend_from_slice(&piece[overlap - begin..]);
        let expires = there.map_or(expires, |blob| blob.expires);
        let stored = u32::try_from(bytes.len()).unwrap();
        let blob = Blob {
            terms: terms.clone(),
            bytes,
            expires,
        };
        self.blobs.insert(terms.id, blob);
        Ok(stored)
    }

    /// As [`crate::store::Store::get_blob`].
    ///
    /// # Errors
    /// As there.
    pub fn get_blob(
        &self,
        id: BlobId,
        read: &Capability,
        offset: u32,
        length: u32,
    ) -> Result<(ChunkClass, Bytes), Refusal> {
        let blob = self
            .blobs
            .get(&id)
            .filter(|blob| blob.terms.read == read.hash())
            .ok_or(Refusal::NoBlob)?;
        if blob.bytes.len() < blob.terms.class.size() {
            let stored = u32::try_from(blob.bytes.len()).unwrap();
            return Err(Refusal::BlobIncomplete { stored });
        }
        let begin = (offset as usize).min(blob.bytes.len());
        let end = begin.saturating_add(length as usize).min(blob.bytes.len());
        let piece = Bytes::copy_from_slice(&blob.bytes[begin..end]);
        Ok((blob.terms.class, piece))
    }

    /// As [`crate::store::Store::delete_blob`].
    ///
    /// # Errors
    /// As there.
    pub fn delete_blob(&mut self, id: BlobId, delete: &Capability) -> Result<(), Refusal> {
        match self.blobs.get(&id) {
            Some(blob) if blob.terms.delete != delete.hash() => Err(Refusal::NoBlob),
            _ => {
                self.blobs.remove(&id);
                Ok(())
            }
        }
    }

    /// As [`crate::store::Store::expire`].
    pub fn expire(&mut self, today: Day) -> Expired {
        let mut expired = Expired::default();
        for mailbox in self.mailboxes.values_mut() {
            if let Mailbox::Open { letters, .. } = mailbox {
                let before = letters.len();
                letters.retain(|_, (_, day)| *day > today);
                expired.letters += (before - letters.len()) as u64;
            }
        }
        let before = self.mailboxes.len();
        self.mailboxes
            .retain(|_, mailbox| !matches!(mailbox, Mailbox::Deleted { until } if *until < today));
        expired.tombstones = (before - self.mailboxes.len()) as u64;
        let before = self.blobs.len();
        self.blobs.retain(|_, blob| blob.expires > today);
        expired.blobs = (before - self.blobs.len()) as u64;
        expired
    }

    /// As [`crate::store::Store::stats`], of a store that has room.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for mailbox in self.mailboxes.values() {
            match mailbox {
                Mailbox::Open {
                    letters, prekeys, ..
                } => {
                    stats.mailboxes += 1;
                    stats.letters += letters.len() as u64;
                    stats.letter_bytes +=
                        letters.values().map(|(l, _)| l.len() as u64).sum::<u64>();
                    stats.prekeys += u64::from(prekeys.is_some());
                    stats.prekey_bytes += prekeys.as_ref().map_or(0, |(_, r)| r.len() as u64);
                }
                Mailbox::Deleted { .. } => stats.tombstones += 1,
            }
        }
        stats.blobs = self.blobs.len() as u64;
        stats.blob_bytes = self
            .blobs
            .values()
            .map(|blob| blob.terms.class.size() as u64)
            .sum();
        stats
    }
}
