//! Taking what a courier brought: envelopes go the same road as collected ones, chunks go to the letters that name them.

use std::{collections::BTreeMap, io::Write as _, path::Path};

use tidings_protocol::{
    blob::ChunkHash,
    envelope::{Envelope, Tag},
    exchange::ChunkClass,
    ids::{BlobId, EnvelopeHash, MailboxAddress},
    mailbag::{Bag, Entry, Event, MailbagError},
};

use super::files::{BagFile, open_bags, told};
use crate::{
    Account, CollectReport, Error, MailbagStep, MailbagWork, Progress,
    error::disk,
    files,
    numbers::next_file,
    records::{HeldRecord, MailboxNumber, MailboxRecord, MailboxUse, ParkedKey, ParkedRecord},
};

/// Bytes of chunks that are kept for letters that nothing opens yet: as much as a family's mailbag of photographs, many times
/// over. Beyond that the bag has to be imported again once the letters open.
const HELD_MAX: u64 = 1_073_741_824;

/// What a courier brought.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// As after a collect: new letters and contacts, what failed. Nothing in it comes from a network.
    pub collected: CollectReport,
    /// Envelopes for this account, those included that it had already.
    pub envelopes: u64,
    /// Enclosures that are whole now.
    pub enclosures: u64,
    /// Envelopes for others: the bag goes on.
    pub others: u64,
}

/// A bag that was checked, and where its chunks are.
#[derive(Debug)]
pub(crate) struct BagIndex<'b> {
    bag: &'b Bag<BagFile>,
    chunks: BTreeMap<BlobId, (u64, ChunkClass, ChunkHash)>,
}

impl BagIndex<'_> {
    pub(crate) fn has(&self, id: &BlobId) -> bool {
        self.chunks.contains_key(id)
    }

    /// The bytes of a chunk, compared with their hash: the file may have changed since it was checked.
    pub(crate) fn chunk(&self, id: &BlobId) -> Result<Vec<u8>, Error> {
        let (at, class, hash) = self.chunks.get(id).ok_or(Error::NotFetched)?;
        let read = self.bag.read_body(*at, class.size());
        let chunk = read.map_err(|error| told(self.bag, error))?;
        if ChunkHash::of(&chunk) != *hash {
            let what = "an entry is not what it says";
            return Err(told(self.bag, MailbagError::Malformed { what }));
        }
        Ok(chunk)
    }
}

impl Account {
    /// Takes what is for this account out of mailbags. Files may come in any order, of several bags, and more than once; every
    /// byte of all of them is checked before anything is taken. Touches no network; what an office answers by itself waits in
    /// the outbox afterwards, for the network or the next bag.
    ///
    /// # Errors
    /// [`Error::Mailbag`] with the file and what is wrong with it, parts that are missing included;
    /// [`Error::MailbagForOthers`] if nothing in it is for this account; [`Error::Disk`]; those of the vault.
    pub async fn import_mailbag<P: AsRef<Path>>(
        &self,
        paths: &[P],
        progress: &dyn Progress,
    ) -> Result<ImportReport, Error> {
        let _work = self.work.lock().await;
        self.tidy()?;
        let bags = open_bags(paths)?;
        let total: u64 = bags.iter().map(|bag| bag.layout().payload()).sum();
        let mut before = 0;
        for bag in &bags {
            let step = |done| {
                progress.mailbag(MailbagStep {
                    work: MailbagWork::Check,
                    done: before + done,
                    total,
                });
            };
            bag.check(step).map_err(|error| told(bag, error))?;
            before += bag.layout().payload();
        }
        let mut report = ImportReport::default();
        let mailboxes = self.addresses()?;
        let mut indexes = Vec::with_capacity(bags.len());
        let mut parked = false;
        let mut done = 0;
        for bag in &bags {
            let step = |at| {
                progress.mailbag(MailbagStep {
                    work: MailbagWork::Take,
                    done: done + at,
                    total,
                });
            };
            let (index, some_parked) = self.take_bag(bag, &mailboxes, &mut report, &step)?;
            indexes.push(index);
            parked |= some_parked;
            done += bag.layout().payload();
        }
        report.enclosures = self.gather_enclosures(&indexes, &mut report.collected)?;
        if report.envelopes == 0 && report.enclosures == 0 {
            return Err(Error::MailbagForOthers);
        }
        if parked {
            self.hold(&indexes)?;
        }
        report.collected.warnings = self.warnings()?;
        report.collected.parked = self.safe.read(|tables| tables.count::<ParkedRecord>())?;
        Ok(report)
    }

    /// Under which addresses letters come to this account, whether or not a relay has made the mailboxes yet.
    fn addresses(&self) -> Result<BTreeMap<MailboxAddress, MailboxNumber>, Error> {
        let mailboxes = self.safe.read(|tables| tables.all::<MailboxRecord>())?;
        Ok(mailboxes
            .into_iter()
            .filter(|(_, mailbox)| {
                matches!(mailbox.purpose, MailboxUse::Card | MailboxUse::Pair(_))
            })
            .map(|(number, mailbox)| (mailbox.address(), number))
            .collect())
    }

    /// Opens the envelopes of a bag, each in its own transaction, and notes where its chunks are. Tells whether an envelope is
    /// parked now.
    fn take_bag<'b>(
        &self,
        bag: &'b Bag<BagFile>,
        mailboxes: &BTreeMap<MailboxAddress, MailboxNumber>,
        report: &mut ImportReport,
        step: &dyn Fn(u64),
    ) -> Result<(BagIndex<'b>, bool), Error> {
        let mut chunks = BTreeMap::new();
        let mut ours = Vec::new();
        let taken = bag.entries(|event| {
            let Event::Entry {
                entry, body, at, ..
            } = event
            else {
                return Ok(());
            };
            step(at);
            match entry {
                Entry::Chunk(chunk) => {
                    chunks.insert(chunk.id, (at, chunk.class, chunk.hash));
                }
                Entry::Envelope(envelope) => match mailboxes.get(&envelope.address) {
                    Some(mailbox) => {
                        self.take(*mailbox, body, &mut report.collected)?;
                        report.envelopes += 1;
                        ours.push(parked_key(body));
                    }
                    None => report.others += 1,
                },
            }
            Ok::<_, TakeError>(())
        });
        taken.map_err(|error| match error {
            TakeError::Account(error) => error,
            TakeError::Mailbag(error) => told(bag, error),
        })?;
        let parked = self.safe.read(|tables| {
            for key in &ours {
                if tables.get::<ParkedRecord>(key)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        Ok((BagIndex { bag, chunks }, parked))
    }

    /// Keeps the chunks that no letter has taken: the one that names them is parked (BAG-14).
    fn hold(&self, bags: &[BagIndex<'_>]) -> Result<(), Error> {
        let today = self.now().day();
        let mut room = self.room_to_hold()?;
        for bag in bags {
            for (id, (_, class, hash)) in &bag.chunks {
                let known = self.safe.read(|tables| tables.get::<HeldRecord>(id))?;
                let size = class.size() as u64;
                if known.is_some_and(|held| held.hash == *hash) || room < size {
                    continue;
                }
                room -= size;
                let file = self.safe.transact(next_file)?;
                let path = self.file(file);
                let chunk = bag.chunk(id)?;
                files::create_private(&path)
                    .and_then(|mut opened| {
                        opened.write_all(&chunk)?;
                        opened.sync_all()
                    })
                    .and_then(|()| files::sync_folder(&path))
                    .map_err(disk("writing", &path))?;
                let held = HeldRecord {
                    file,
                    hash: *hash,
                    since: today,
                };
                self.safe.transact(|tables| tables.put(id, &held))?;
            }
        }
        Ok(())
    }

    fn room_to_hold(&self) -> Result<u64, Error> {
        let held = self.safe.read(|tables| tables.all::<HeldRecord>())?;
        let sizes = held
            .iter()
            .filter_map(|(_, held)| std::fs::metadata(self.file(held.file)).ok())
            .map(|metadata| metadata.len());
        Ok(HELD_MAX.saturating_sub(sizes.sum()))
    }
}

enum TakeError {
    Account(Error),
    Mailbag(MailbagError),
}

impl From<Error> for TakeError {
    fn from(error: Error) -> Self {
        Self::Account(error)
    }
}

impl From<MailbagError> for TakeError {
    fn from(error: MailbagError) -> Self {
        Self::Mailbag(error)
    }
}

/// Under which key an envelope is parked if nothing opens it.
fn parked_key(bytes: &[u8]) -> ParkedKey {
    let tag = Envelope::from_slice(bytes).map_or(Tag([0; Tag::LEN]), |envelope| envelope.tag());
    ParkedKey(tag, EnvelopeHash::of(bytes))
}
