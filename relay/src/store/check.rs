//! Reading every stored byte and comparing it with what was stored (STORE-16).
//!
//! Runs beside the server: what went or came while it ran is looked up once more before it is called a fault.

use tidings_protocol::ids::{BlobId, EnvelopeHash};

use super::{
    CheckProgress, CheckReport, Fault, StoreError,
    blobs::Blobs,
    calendar::Calendar,
    index::Index,
    lives::LifeRecord,
    records::{
        BlobRecord, Expiring, LetterRecord, MailboxRecord, Part, PrekeyRecord, Record,
        SegmentRecord, deposit_key, expiry_key, letter_key, mailbox_key, parse_letter_key,
        parse_life_key, parse_segment,
    },
    shared::Shared,
};

/// Bytes between two calls of the progress function.
const PROGRESS_BYTES: u64 = 8 * 1_024 * 1_024;

pub(super) fn run(
    shared: &Shared,
    blobs: &Blobs,
    progress: &impl Fn(CheckProgress),
) -> Result<CheckReport, StoreError> {
    let before = *shared.counters.lock();
    let mut check = Check {
        shared,
        report: CheckReport::default(),
        progress: CheckProgress {
            read: 0,
            total: before.bytes(),
        },
        told: 0,
    };
    let mut found = before;
    found.mailboxes = 0;
    found.tombstones = 0;
    check.letters(progress)?;
    check.mailboxes(&mut found)?;
    check.prekeys()?;
    check.blobs(blobs, progress)?;
    let waiting = check.segments()?;
    check.lives()?;
    check.calendar()?;
    let after = *shared.counters.lock();
    // Counters are compared only if nothing moved meanwhile.
    if before == after {
        for (what, counted, found) in [
            ("letters", after.letters, check.report.letters),
            ("letters in segments", after.letters, waiting),
            ("mailboxes", after.mailboxes, found.mailboxes),
            ("tombstones", after.tombstones, found.tombstones),
            ("prekeys", after.prekeys, check.report.prekeys),
            ("blobs", after.blobs, check.report.blobs),
        ] {
            if counted != found {
                check.fault(Fault::Counter {
                    what,
                    counted,
                    found,
                });
            }
        }
    }
    check.progress.total = check.progress.read;
    progress(check.progress);
    Ok(check.report)
}

struct Check<'a> {
    shared: &'a Shared,
    report: CheckReport,
    progress: CheckProgress,
    told: u64,
}

impl Check<'_> {
    fn fault(&mut self, fault: Fault) {
        self.report.fault_count += 1;
        if self.report.faults.len() < CheckReport::FAULTS_MAX {
            self.report.faults.push(fault);
        }
    }

    fn read(&mut self, bytes: u64, progress: &impl Fn(CheckProgress)) {
        self.report.bytes += bytes;
        self.progress.read += bytes;
        self.progress.total = self.progress.total.max(self.progress.read);
        if self.progress.read - self.told >= PROGRESS_BYTES {
            self.told = self.progress.read;
            progress(self.progress);
        }
    }

    /// Everything of one part, a bounded number at a time so that the index is never held for long.
    fn each(
        &mut self,
        part: Part,
        mut each: impl FnMut(&mut Self, &Index, &[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let step = match part {
            // Up to a mebibyte each.
            Part::Blob => 4,
            _ => 256,
        };
        let mut from = std::ops::Bound::Unbounded;
        let shared = self.shared;
        loop {
            let last = shared.with_index(|index| {
                let entries = index.scan(&[part as u8], from.clone(), step)?;
                for (key, value) in &entries {
                    each(self, index, key, value)?;
                }
                let whole = entries.len() == step;
                Ok(entries.into_iter().last().filter(|_| whole))
            })?;
            match last {
                Some((key, _)) => from = std::ops::Bound::Excluded(key),
                None => return Ok(()),
            }
        }
    }

    fn letters(&mut self, progress: &impl Fn(CheckProgress)) -> Result<(), StoreError> {
        self.each(Part::Letter, |check, index, key, value| {
            let (Some((mailbox, place)), Ok(letter)) =
                (parse_letter_key(key), LetterRecord::from_bytes(value))
            else {
                check.fault(Fault::Record {
                    part: Part::Letter.name(),
                });
                return Ok(());
            };
            check.report.letters += 1;
            check.read(u64::from(letter.length), progress);
            let whole = check
                .shared
                .read_letter(&letter)
                .is_ok_and(|envelope| EnvelopeHash::of(&envelope) == letter.hash);
            if !whole && index.get(&letter_key(&mailbox, place))?.is_some() {
                check.fault(Fault::Letter {
                    file: format!("log/{:016x}.seg", letter.segment),
                    offset: u64::from(letter.offset),
                });
            }
            let deposit = index.record::<u64>(&deposit_key(&mailbox, &letter.hash));
            let expiry = expiry_key(letter.expires, &Expiring::Letter(mailbox, place));
            let agrees =
                matches!(deposit, Ok(Some(at)) if at == place) && index.get(&expiry)?.is_some();
            if !agrees && index.get(&letter_key(&mailbox, place))?.is_some() {
                check.fault(Fault::Index {
                    what: "a letter without its deposit or expiry",
                });
            }
            Ok(())
        })
    }

    fn mailboxes(&mut self, found: &mut super::records::Counters) -> Result<(), StoreError> {
        self.each(Part::Mailbox, |check, _, _, value| {
            match MailboxRecord::from_bytes(value) {
                Ok(MailboxRecord::Open { .. }) => found.mailboxes += 1,
                Ok(MailboxRecord::Deleted { .. }) => found.tombstones += 1,
                Err(_) => check.fault(Fault::Record {
                    part: Part::Mailbox.name(),
                }),
            }
            Ok(())
        })
    }

    fn prekeys(&mut self) -> Result<(), StoreError> {
        self.each(Part::Prekeys, |check, index, key, value| {
            let Ok(shelf) = PrekeyRecord::from_bytes(value) else {
                check.fault(Fault::Record {
                    part: Part::Prekeys.name(),
                });
                return Ok(());
            };
            check.report.prekeys += 1;
            check.report.bytes += shelf.record.len() as u64;
            check.progress.read += shelf.record.len() as u64;
            let mailbox = key
                .get(1..)
                .and_then(tidings_protocol::ids::MailboxAddress::from_slice);
            if let Some(mailbox) = mailbox
                && index.get(&mailbox_key(&mailbox))?.is_none()
            {
                check.fault(Fault::Index {
                    what: "prekeys without a mailbox",
                });
            }
            Ok(())
        })
    }

    fn blobs(
        &mut self,
        blobs: &Blobs,
        progress: &impl Fn(CheckProgress),
    ) -> Result<(), StoreError> {
        self.each(Part::Blob, |check, index, key, value| {
            let id = key.get(1..).and_then(BlobId::from_slice);
            let (Some(id), Ok(record)) = (id, BlobRecord::from_bytes(value)) else {
                check.fault(Fault::Record {
                    part: Part::Blob.name(),
                });
                return Ok(());
            };
            check.report.blobs += 1;
            check.read(u64::from(record.stored), progress);
            let whole = match (
                record.expected(),
                blobs.checksum(&id, record.is_complete(), record.stored),
            ) {
                (Ok(expected), Ok(found)) => expected == found,
                _ => false,
            };
            // Completed or deleted since: another record, or none.
            if !whole
                && index
                    .record::<BlobRecord>(key)?
                    .is_some_and(|now| now == record)
            {
                check.fault(Fault::Blob {
                    file: Blobs::name(&id),
                });
            }
            Ok(())
        })
    }

    /// The calendar, if a page of it was ever turned.
    fn calendar(&mut self) -> Result<(), StoreError> {
        self.each(Part::Calendar, |check, _, _, value| {
            if Calendar::from_bytes(value).is_err() {
                check.fault(Fault::Record {
                    part: Part::Calendar.name(),
                });
            }
            Ok(())
        })
    }

    /// Lives follow each other without a gap, and none begins before the one in front of it.
    fn lives(&mut self) -> Result<(), StoreError> {
        let mut before: Option<(u64, u64)> = None;
        self.each(Part::Life, |check, _, key, value| {
            let (Some(number), Ok(life)) = (parse_life_key(key), LifeRecord::from_bytes(value))
            else {
                check.fault(Fault::Record {
                    part: Part::Life.name(),
                });
                return Ok(());
            };
            let follows =
                before.is_none_or(|(last, began)| number == last + 1 && life.begins >= began);
            if !follows {
                check.fault(Fault::Index {
                    what: "lives that do not follow each other",
                });
            }
            before = Some((number, life.begins));
            Ok(())
        })
    }

    /// Letters that wait, as the segments count them.
    fn segments(&mut self) -> Result<u64, StoreError> {
        let mut waiting = 0;
        self.each(Part::Segment, |check, _, key, value| {
            match (parse_segment(key), SegmentRecord::from_bytes(value)) {
                (Some(_), Ok(record)) => waiting += u64::from(record.letters),
                _ => check.fault(Fault::Record {
                    part: Part::Segment.name(),
                }),
            }
            Ok(())
        })?;
        Ok(waiting)
    }
}
