//! Taking what a courier brought into the store: chunks before letters, each durable before it counts (BAG-15).

use std::sync::Arc;

use bytes::Bytes;
use tidings_protocol::{
    mailbag::{Bag, CarriedChunk, Entry, Event, MailbagError},
    relay_identity::RootFingerprint,
    time::Day,
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{BagFile, CarryError, files::refused};
use crate::{
    rules::expiry_from,
    store::{Deposited, EmbeddedStore, KeptChunk, Store, StoreError},
};

/// What became of a bag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Letters that are kept now and were not before.
    pub letters: u64,
    /// Letters that were there already.
    pub known: u64,
    /// Chunks that are kept now, those included that were there already.
    pub chunks: u64,
    /// Letters and chunks for other relays.
    pub others: u64,
    /// Letters for mailboxes that are not at this relay: never made, deleted, or not made yet.
    pub no_mailbox: u64,
    /// Letters and chunks for which there is no room. If there is a chunk among them, no letter is taken.
    pub full: u64,
    /// Chunks of whose name there are others.
    pub refused: u64,
}

impl Imported {
    /// Whether everything for this relay is kept now.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.no_mailbox == 0 && self.full == 0 && self.refused == 0
    }

    fn note(&mut self, result: Result<Kept, StoreError>) -> Result<(), StoreError> {
        match result {
            Ok(Kept::Letter(Deposited::New)) => self.letters += 1,
            Ok(Kept::Letter(Deposited::Repeated)) => self.known += 1,
            Ok(Kept::Chunk) => self.chunks += 1,
            Err(StoreError::NoMailbox | StoreError::MailboxDeleted) => self.no_mailbox += 1,
            Err(StoreError::MailboxFull { .. } | StoreError::RelayFull) => self.full += 1,
            Err(StoreError::NoBlob | StoreError::BlobPiece { .. }) => self.refused += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

enum Kept {
    Letter(Deposited),
    Chunk,
}

/// Entries that are stored at once: they share syncs.
const AT_ONCE: usize = 64;
/// Entries that wait between the file and the store; each has at most a mebibyte.
const WAITING: usize = 4;

/// Takes the entries of a bag that name the relay with this root, from a bag that was checked. `today` is the store's day.
///
/// # Errors
/// [`CarryError::Store`] if the disk fails: what was counted before is kept, and the bag can be imported again.
pub async fn import(
    store: Arc<EmbeddedStore>,
    bag: Bag<BagFile>,
    root: RootFingerprint,
    today: Day,
) -> Result<Imported, CarryError> {
    let mut imported = Imported::default();
    let bag = Arc::new(bag);
    // A letter is deposited when all its chunks are stored (BLOB-14); which are its own is not known here.
    store_entries(&store, &bag, root, today, true, &mut imported).await?;
    if imported.full == 0 {
        store_entries(&store, &bag, root, today, false, &mut imported).await?;
    }
    Ok(imported)
}

async fn store_entries(
    store: &Arc<EmbeddedStore>,
    bag: &Arc<Bag<BagFile>>,
    root: RootFingerprint,
    today: Day,
    wants_chunks: bool,
    imported: &mut Imported,
) -> Result<(), CarryError> {
    let (entries, mut coming) = mpsc::channel::<Option<(Entry, Bytes)>>(WAITING);
    let reader = {
        let bag = Arc::clone(bag);
        tokio::task::spawn_blocking(move || read_entries(&bag, root, wants_chunks, &entries))
    };
    let mut work = JoinSet::new();
    let mut stored = Ok(());
    while let Some(entry) = coming.recv().await {
        let Some((entry, body)) = entry else {
            imported.others += 1;
            continue;
        };
        let store = Arc::clone(store);
        let expires = expiry_from(today);
        work.spawn(async move { keep(&store, entry, body, expires).await });
        if work.len() >= AT_ONCE
            && let Some(done) = work.join_next().await
        {
            stored = imported.note(done.map_err(|_| CarryError::Thread)?);
            if stored.is_err() {
                break;
            }
        }
    }
    // Ends the reader if it is not at its end.
    drop(coming);
    while let Some(done) = work.join_next().await {
        let noted = imported.note(done.map_err(|_| CarryError::Thread)?);
        stored = stored.and(noted);
    }
    stored?;
    let read = reader.await.map_err(|_| CarryError::Thread)?;
    read.map_err(|error| {
        let path = bag.source(1).map(|file| file.0.clone());
        refused(&path.unwrap_or_default())(error)
    })
}

/// Sends what is for this relay; nothing for an entry that is for others.
fn read_entries(
    bag: &Bag<BagFile>,
    root: RootFingerprint,
    wants_chunks: bool,
    entries: &mpsc::Sender<Option<(Entry, Bytes)>>,
) -> Result<(), MailbagError> {
    bag.entries(|event| {
        let Event::Entry {
            contents,
            entry,
            body,
            ..
        } = event
        else {
            return Ok(());
        };
        if matches!(entry, Entry::Chunk(_)) != wants_chunks {
            return Ok(());
        }
        let is_ours = contents.relays_of(entry).any(|relay| relay.root == root);
        let sent = is_ours.then(|| (entry.clone(), Bytes::copy_from_slice(body)));
        // Nobody waits for more after the store has failed.
        let _ = entries.blocking_send(sent);
        Ok(())
    })
}

async fn keep(
    store: &EmbeddedStore,
    entry: Entry,
    body: Bytes,
    expires: Day,
) -> Result<Kept, StoreError> {
    match entry {
        Entry::Envelope(envelope) => store
            .deposit(envelope.address, body, expires)
            .await
            .map(Kept::Letter),
        Entry::Chunk(chunk) => store
            .take_chunk(kept(&chunk), body, expires)
            .await
            .map(|_| Kept::Chunk),
    }
}

fn kept(chunk: &CarriedChunk) -> KeptChunk {
    KeptChunk {
        id: chunk.id,
        class: chunk.class,
        write: chunk.write.hash(),
        read: chunk.read,
        delete: chunk.delete,
        hash: chunk.hash,
    }
}
