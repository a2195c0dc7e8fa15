//! What a group of operations changes, before it is written: the rules of mailboxes, letters, prekeys and blob records.
//!
//! Operations of one group see each other's changes here; everybody else sees them once they are durable. An operation
//! that is refused has changed nothing.

mod writing;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use bytes::Bytes;
use tidings_protocol::{
    ids::{BlobId, EnvelopeHash, MailboxAddress},
    limits::{ENVELOPE_LEN, MAILBOX_TOMBSTONE_DAYS, PREKEYS_MAX},
    time::Day,
};

pub(super) use self::writing::into_changes;
use super::{
    Created, Deposited, Expired, StoreError,
    calendar::Calendar,
    index::Index,
    lives::{LIVES_MAX, LifeRecord},
    records::{
        BlobRecord, Counters, Expiring, LetterRecord, MailboxRecord, Part, PrekeyRecord, Record,
        blob_key, calendar_key, deposit_key, expiry_key, hole_key, letter_key, life_key,
        mailbox_key, parse_expiry_key, parse_letter_key, prekeys_key, segment_key,
    },
};

/// Letters that one step of a deletion or expiry removes: other operations get their turn between steps.
pub(super) const STEP_LETTERS: usize = 500;

/// What a draft is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Letters that a mailbox may hold.
    pub mailbox_letters: u32,
    /// Bytes that the store may hold.
    pub cap: u64,
    /// Bytes that may still be written to the disk before its reserve is touched.
    pub disk: u64,
}

/// A letter of this group.
struct NewLetter {
    key: Vec<u8>,
    hash: EnvelopeHash,
    expires: Day,
    envelope: Bytes,
}

pub(super) struct Draft<'a> {
    index: &'a Index,
    room: Room,
    counters: Counters,
    changes: HashMap<Vec<u8>, Option<Vec<u8>>>,
    letters: Vec<Option<NewLetter>>,
    letter_bytes: u64,
    by_key: HashMap<Vec<u8>, usize>,
    /// Letters removed, by segment.
    removed: BTreeMap<u64, u32>,
    holes: u64,
    /// How often something was changed: tells whether a failed operation left half of itself behind.
    steps: u64,
}

/// One step of an expiry.
#[derive(Debug, Default)]
pub(super) struct ExpiryStep {
    pub expired: Expired,
    /// Chunks whose files can go.
    pub blobs: Vec<BlobId>,
    /// Whether more waits.
    pub more: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(index: &'a Index, room: Room, counters: Counters) -> Self {
        Self {
            index,
            room,
            counters,
            changes: HashMap::new(),
            letters: Vec::new(),
            letter_bytes: 0,
            by_key: HashMap::new(),
            removed: BTreeMap::new(),
            holes: 0,
            steps: 0,
        }
    }

    /// How often something was changed so far.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    // --- Operations ------------------------------------------------------------------------------------------------

    /// Writes down that a life begins with this group, and forgets one that is too long ago (STORE-18).
    pub(super) fn begin_life(
        &mut self,
        number: u64,
        record: &LifeRecord,
    ) -> Result<(), StoreError> {
        self.put(life_key(number), record)?;
        if let Some(forgotten) = number.checked_sub(LIVES_MAX) {
            self.remove(life_key(forgotten));
        }
        Ok(())
    }

    pub(super) fn create_mailbox(
        &mut self,
        mailbox: &MailboxAddress,
        today: Day,
    ) -> Result<Created, StoreError> {
        let key = mailbox_key(mailbox);
        let created = Created {
            quota: self.room.mailbox_letters,
        };
        let closed_until = match self.record::<MailboxRecord>(&key)? {
            Some(MailboxRecord::Open { .. }) => return Ok(created),
            Some(MailboxRecord::Deleted { until }) if today <= until => {
                return Err(StoreError::MailboxDeleted);
            }
            Some(MailboxRecord::Deleted { until }) => Some(until),
            None => None,
        };
        self.need_room(0)?;
        if let Some(until) = closed_until {
            self.remove(expiry_key(until.plus(1), &Expiring::Tombstone(*mailbox)));
            self.counters.tombstones = self.counters.tombstones.saturating_sub(1);
        }
        // Letters that an interrupted deletion left are behind the tombstone; new places come after them.
        let next = self.last_place(mailbox)?.saturating_add(1);
        self.put(key, &MailboxRecord::Open { next, letters: 0 })?;
        self.counters.mailboxes += 1;
        Ok(created)
    }

    /// Closes a mailbox and removes its letters, a bounded number at a time; true while there are more. Must be first in its
    /// group.
    pub(super) fn delete_mailbox(
        &mut self,
        mailbox: &MailboxAddress,
        today: Day,
    ) -> Result<bool, StoreError> {
        let key = mailbox_key(mailbox);
        match self.record::<MailboxRecord>(&key)? {
            None => return Err(StoreError::NoMailbox),
            Some(MailboxRecord::Deleted { .. }) => {}
            Some(MailboxRecord::Open { .. }) => {
                let until = today.plus(MAILBOX_TOMBSTONE_DAYS);
                self.put(key, &MailboxRecord::Deleted { until })?;
                let gone = Expiring::Tombstone(*mailbox);
                self.set(expiry_key(until.plus(1), &gone), Some(Vec::new()));
                self.counters.mailboxes = self.counters.mailboxes.saturating_sub(1);
                self.counters.tombstones += 1;
                self.remove_prekeys(mailbox)?;
            }
        }
        self.remove_letters(mailbox)
    }

    pub(super) fn deposit(
        &mut self,
        mailbox: &MailboxAddress,
        hash: EnvelopeHash,
        envelope: Bytes,
        expires: Day,
    ) -> Result<Deposited, StoreError> {
        if envelope.is_empty() || envelope.len() > ENVELOPE_LEN {
            return Err(StoreError::EnvelopeLength {
                got: envelope.len(),
            });
        }
        let key = mailbox_key(mailbox);
        let Some(MailboxRecord::Open { next, letters }) = self.record(&key)? else {
            return Err(StoreError::NoMailbox);
        };
        let deposit = deposit_key(mailbox, &hash);
        if self.contains(&deposit)? {
            return Ok(Deposited::Repeated);
        }
        if letters >= self.room.mailbox_letters {
            return Err(StoreError::MailboxFull {
                quota: self.room.mailbox_letters,
            });
        }
        self.need_room(envelope.len() as u64)?;
        let letters = letters + 1;
        self.put(
            key,
            &MailboxRecord::Open {
                next: next + 1,
                letters,
            },
        )?;
        self.add_letter(mailbox, next, hash, envelope, expires)?;
        Ok(Deposited::New)
    }

    /// Takes a letter's bytes anew, behind the others, because those that were kept are damaged (STORE-23). It goes on the day
    /// on which it would have gone.
    pub(super) fn deposit_again(
        &mut self,
        mailbox: &MailboxAddress,
        hash: EnvelopeHash,
        envelope: Bytes,
    ) -> Result<Deposited, StoreError> {
        let key = mailbox_key(mailbox);
        let Some(MailboxRecord::Open { next, letters }) = self.record(&key)? else {
            return Err(StoreError::NoMailbox);
        };
        let Some(place) = self.record::<u64>(&deposit_key(mailbox, &hash))? else {
            return Ok(Deposited::Repeated);
        };
        // Of this group, and so not the damaged one.
        let Some(damaged) = self.record::<LetterRecord>(&letter_key(mailbox, place))? else {
            return Ok(Deposited::Repeated);
        };
        self.need_room(envelope.len() as u64)?;
        self.remove_letter(mailbox, place)?;
        self.put(
            key,
            &MailboxRecord::Open {
                next: next + 1,
                letters,
            },
        )?;
        self.add_letter(mailbox, next, hash, envelope, damaged.expires)?;
        Ok(Deposited::New)
    }

    pub(super) fn acknowledge(
        &mut self,
        mailbox: &MailboxAddress,
        letters: &[EnvelopeHash],
    ) -> Result<(), StoreError> {
        let key = mailbox_key(mailbox);
        let Some(MailboxRecord::Open { next, letters: had }) = self.owned(&key)? else {
            return Err(StoreError::NoMailbox);
        };
        let mut gone = 0;
        for hash in letters {
            if let Some(place) = self.record::<u64>(&deposit_key(mailbox, hash))? {
                gone += u32::from(self.remove_letter(mailbox, place)?);
            }
        }
        if gone > 0 {
            let letters = had.saturating_sub(gone);
            self.put(key, &MailboxRecord::Open { next, letters })?;
        }
        Ok(())
    }

    pub(super) fn publish_prekeys(
        &mut self,
        mailbox: &MailboxAddress,
        sequence: u64,
        record: &[u8],
    ) -> Result<(), StoreError> {
        if record.is_empty() || record.len() > PREKEYS_MAX {
            return Err(StoreError::PrekeysLength { got: record.len() });
        }
        if self.owned(&mailbox_key(mailbox))?.is_none() {
            return Err(StoreError::NoMailbox);
        }
        let key = prekeys_key(mailbox);
        let old = self.record::<PrekeyRecord>(&key)?;
        let old_len = match &old {
            Some(old) if old.sequence == sequence && old.record == record => return Ok(()),
            Some(old) if old.sequence >= sequence => {
                return Err(StoreError::Stale {
                    stored: old.sequence,
                });
            }
            Some(old) => old.record.len() as u64,
            None => 0,
        };
        self.need_room((record.len() as u64).saturating_sub(old_len))?;
        self.put(
            key,
            &PrekeyRecord {
                sequence,
                record: record.to_vec(),
            },
        )?;
        self.counters.prekeys += u64::from(old.is_none());
        self.counters.prekey_bytes =
            self.counters.prekey_bytes.saturating_sub(old_len) + record.len() as u64;
        Ok(())
    }

    /// Keeps what is known of a chunk whose bytes are durable already. The caller holds the chunk's lock and has compared
    /// the terms; `continues` tells whether it saw the chunk, which may have expired since.
    pub(super) fn put_blob(
        &mut self,
        id: &BlobId,
        record: &BlobRecord,
        continues: bool,
    ) -> Result<(), StoreError> {
        let key = blob_key(id);
        let there = self.contains(&key)?;
        if continues && !there {
            return Err(StoreError::NoBlob);
        }
        if !there {
            let size = record.class.size() as u64;
            self.need_room(size)?;
            self.set(
                expiry_key(record.expires, &Expiring::Blob(*id)),
                Some(Vec::new()),
            );
            self.counters.blobs += 1;
            self.counters.blob_bytes += size;
        }
        self.put(key, record)
    }

    /// Forgets a chunk; false if there was none.
    pub(super) fn remove_blob(&mut self, id: &BlobId) -> Result<bool, StoreError> {
        let key = blob_key(id);
        let Some(record) = self.record::<BlobRecord>(&key)? else {
            return Ok(false);
        };
        self.remove(key);
        self.remove(expiry_key(record.expires, &Expiring::Blob(*id)));
        self.counters.blobs = self.counters.blobs.saturating_sub(1);
        let size = record.class.size() as u64;
        self.counters.blob_bytes = self.counters.blob_bytes.saturating_sub(size);
        Ok(true)
    }

    /// Removes some of what goes on `today` or before (STORE-8). Must be first in its group.
    pub(super) fn expire(&mut self, today: Day) -> Result<ExpiryStep, StoreError> {
        let mut step = ExpiryStep::default();
        let entries = self.index.scan_part(Part::Expiry, STEP_LETTERS)?;
        for (key, _) in &entries {
            let (day, what) = parse_expiry_key(key).ok_or(StoreError::Damaged {
                what: "an expiry key",
            })?;
            if day > today {
                return Ok(step);
            }
            match what {
                Expiring::Letter(mailbox, place) => {
                    if self.remove_letter(&mailbox, place)? {
                        step.expired.letters += 1;
                        let key = mailbox_key(&mailbox);
                        if let Some(MailboxRecord::Open { next, letters }) = self.record(&key)? {
                            let letters = letters.saturating_sub(1);
                            self.put(key, &MailboxRecord::Open { next, letters })?;
                        }
                    }
                }
                Expiring::Blob(blob) => {
                    if self.remove_blob(&blob)? {
                        step.expired.blobs += 1;
                        step.blobs.push(blob);
                    }
                }
                Expiring::Tombstone(mailbox) => {
                    if self.remove_letters(&mailbox)? {
                        step.more = true;
                        return Ok(step);
                    }
                    self.remove(mailbox_key(&mailbox));
                    self.counters.tombstones = self.counters.tombstones.saturating_sub(1);
                    step.expired.tombstones += 1;
                }
            }
            self.remove(key.clone());
        }
        step.more = entries.len() == STEP_LETTERS;
        Ok(step)
    }

    /// Turns the calendar's page, if the clock shows another day (STORE-21).
    pub(super) fn turn(&mut self, shown: Day) -> Result<Calendar, StoreError> {
        let key = calendar_key();
        let before = self.record::<Calendar>(&key)?;
        let turned = Calendar::turned(before, shown);
        if before != Some(turned) {
            self.put(key, &turned)?;
        }
        Ok(turned)
    }

    /// Forgets holes that were given back and segments whose files are gone.
    pub(super) fn forget(&mut self, holes: &[(u64, u32)], segments: &[u64]) {
        for (segment, offset) in holes {
            self.remove(hole_key(*segment, *offset));
        }
        for segment in segments {
            self.remove(segment_key(*segment));
        }
    }

    // --- Steps -----------------------------------------------------------------------------------------------------

    /// An open mailbox for its owner, nothing, or that it was deleted.
    fn owned(&self, key: &[u8]) -> Result<Option<MailboxRecord>, StoreError> {
        match self.record(key)? {
            Some(MailboxRecord::Deleted { .. }) => Err(StoreError::MailboxDeleted),
            other => Ok(other),
        }
    }

    /// Refuses if `bytes` more would pass the cap or touch the disk's reserve (STORE-10).
    fn need_room(&self, bytes: u64) -> Result<(), StoreError> {
        let cap = self.room.cap.saturating_sub(self.counters.bytes());
        let disk = self.room.disk.saturating_sub(self.letter_bytes);
        if bytes > cap || bytes > disk || disk == 0 {
            return Err(StoreError::RelayFull);
        }
        Ok(())
    }

    /// Adds a letter at a place that was never given.
    fn add_letter(
        &mut self,
        mailbox: &MailboxAddress,
        place: u64,
        hash: EnvelopeHash,
        envelope: Bytes,
        expires: Day,
    ) -> Result<(), StoreError> {
        let key = letter_key(mailbox, place);
        self.put(deposit_key(mailbox, &hash), &place)?;
        let expiry = expiry_key(expires, &Expiring::Letter(*mailbox, place));
        self.set(expiry, Some(Vec::new()));
        self.counters.letters += 1;
        self.counters.letter_bytes += envelope.len() as u64;
        self.letter_bytes += envelope.len() as u64;
        self.by_key.insert(key.clone(), self.letters.len());
        self.letters.push(Some(NewLetter {
            key,
            hash,
            expires,
            envelope,
        }));
        Ok(())
    }

    /// Removes a letter; false if there was none.
    fn remove_letter(&mut self, mailbox: &MailboxAddress, place: u64) -> Result<bool, StoreError> {
        let key = letter_key(mailbox, place);
        let pending = self
            .by_key
            .remove(&key)
            .and_then(|at| self.letters[at].take());
        let (hash, expires, length) = if let Some(letter) = pending {
            let length = letter.envelope.len() as u64;
            self.letter_bytes -= length;
            (letter.hash, letter.expires, length)
        } else {
            let Some(record) = self.record::<LetterRecord>(&key)? else {
                return Ok(false);
            };
            *self.removed.entry(record.segment).or_default() += 1;
            self.holes += u64::from(record.length);
            self.put(
                hole_key(record.segment, record.offset),
                &u64::from(record.length),
            )?;
            (record.hash, record.expires, u64::from(record.length))
        };
        self.remove(key);
        self.remove(deposit_key(mailbox, &hash));
        self.remove(expiry_key(expires, &Expiring::Letter(*mailbox, place)));
        self.counters.letters = self.counters.letters.saturating_sub(1);
        self.counters.letter_bytes = self.counters.letter_bytes.saturating_sub(length);
        Ok(true)
    }

    /// Removes a bounded number of a closed mailbox's letters; true if more are left.
    fn remove_letters(&mut self, mailbox: &MailboxAddress) -> Result<bool, StoreError> {
        let keys = self.index.scan(
            &Part::Letter.key(&[&mailbox.0]),
            Bound::Unbounded,
            STEP_LETTERS + 1,
        )?;
        for (key, _) in keys.iter().take(STEP_LETTERS) {
            if let Some((mailbox, place)) = parse_letter_key(key) {
                self.remove_letter(&mailbox, place)?;
            }
        }
        Ok(keys.len() > STEP_LETTERS)
    }

    fn last_place(&self, mailbox: &MailboxAddress) -> Result<u64, StoreError> {
        let letters = self.index.scan(
            &Part::Letter.key(&[&mailbox.0]),
            Bound::Unbounded,
            usize::MAX,
        )?;
        let last = letters.last().and_then(|(key, _)| parse_letter_key(key));
        Ok(last.map_or(0, |(_, place)| place))
    }

    fn remove_prekeys(&mut self, mailbox: &MailboxAddress) -> Result<(), StoreError> {
        let key = prekeys_key(mailbox);
        if let Some(old) = self.record::<PrekeyRecord>(&key)? {
            self.remove(key);
            self.counters.prekeys = self.counters.prekeys.saturating_sub(1);
            self.counters.prekey_bytes = self
                .counters
                .prekey_bytes
                .saturating_sub(old.record.len() as u64);
        }
        Ok(())
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        match self.changes.get(key) {
            Some(value) => Ok(value.is_some()),
            None => Ok(self.index.get(key)?.is_some()),
        }
    }

    fn record<R: Record>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        match self.changes.get(key) {
            Some(Some(value)) => Ok(Some(R::from_bytes(value)?)),
            Some(None) => Ok(None),
            None => self.index.record(key),
        }
    }

    fn put<R: Record>(&mut self, key: Vec<u8>, record: &R) -> Result<(), StoreError> {
        let bytes = record.to_bytes()?;
        self.set(key, Some(bytes));
        Ok(())
    }

    fn remove(&mut self, key: Vec<u8>) {
        self.set(key, None);
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.steps += 1;
        self.changes.insert(key, value);
    }
}
