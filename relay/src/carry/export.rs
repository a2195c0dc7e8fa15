//! Packing what waits in mailboxes of this relay, for owners who have no line to it (BAG-16).

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter},
    path::PathBuf,
    sync::Arc,
};

use tidings_protocol::{
    ids::{EnvelopeHash, MailboxAddress},
    limits::COLLECT_MAX,
    mailbag::{
        CarriedChunk, CarriedEnvelope, Contents, Entry, MailbagError, PackingBuilder, Parts,
        WriteRight,
    },
    relay_identity::RelayAddress,
};
use tokio::runtime::Handle;

use super::{
    CarryError,
    files::{Writing, refused},
};
use crate::store::{EmbeddedStore, Store, StoreError};

/// What is to be packed.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The file; parts get `-1-of-3` before its ending.
    pub path: PathBuf,
    /// Mailboxes, each with the relays at which its post may be left, the preferred one first.
    pub mailboxes: Vec<(MailboxAddress, Vec<RelayAddress>)>,
    /// Whether chunks are packed: all that are whole, since nobody but the readers of letters knows whose they are.
    pub chunks: bool,
    /// Largest file, in bytes.
    pub part_size: u64,
}

/// What was packed.
#[derive(Debug)]
pub struct Exported {
    /// The files, in the order of the parts.
    pub files: Vec<PathBuf>,
    /// What is in them.
    pub contents: Contents,
    /// Bytes of all files.
    pub bytes: u64,
    /// First digits of the bag's name.
    pub bag: String,
}

/// Chunks that are looked at together.
const PAGE: usize = 1_024;
/// Behind which place of which mailbox a letter waits.
type Places = BTreeMap<EnvelopeHash, (MailboxAddress, u64)>;

/// Packs letters that wait, and chunks. The store stays as it is.
///
/// # Errors
/// [`CarryError::Store`] if a mailbox is not there or the disk fails, [`CarryError::Nothing`], [`CarryError::Write`],
/// [`CarryError::Mailbag`] for a part size that is none.
pub async fn export(store: Arc<EmbeddedStore>, wish: Wish) -> Result<Exported, CarryError> {
    let refused = refused(&wish.path);
    let mut builder = PackingBuilder::default();
    let mut places = Places::new();
    for (mailbox, relays) in &wish.mailboxes {
        let mut after = 0;
        loop {
            let page = store.collect(*mailbox, after, COLLECT_MAX).await?;
            for (place, envelope) in &page.letters {
                let hash = EnvelopeHash::of(envelope);
                let carried = CarriedEnvelope {
                    relays: Vec::new(),
                    address: *mailbox,
                    hash,
                };
                builder.envelope(relays, carried).map_err(&refused)?;
                places.insert(hash, (*mailbox, place.saturating_sub(1)));
                after = *place;
            }
            if !page.more {
                break;
            }
        }
    }
    if wish.chunks && !builder.is_empty() {
        pack_chunks(&store, &wish, &mut builder).await?;
    }
    if builder.is_empty() {
        return Err(CarryError::Nothing);
    }
    let packing = builder.finish().map_err(&refused)?;
    let layout = packing.layout(wish.part_size).map_err(&refused)?;
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut shelf = Shelf {
            writing: Writing::begin(&wish.path, &layout)?,
            store,
            places,
            handle,
        };
        let written = packing.write(layout, &mut shelf, |_| {});
        written.map_err(|error| match error {
            WriteError::Carry(error) => error,
            WriteError::Mailbag(error) => self::refused(&wish.path)(error),
            WriteError::Io(source) => shelf.writing.failed(source),
        })?;
        Ok(Exported {
            files: shelf.writing.finish()?,
            contents: packing.contents().clone(),
            bytes: layout.files_len(),
            bag: packing.set().short(),
        })
    })
    .await
    .map_err(|_| CarryError::Thread)?
}

async fn pack_chunks(
    store: &EmbeddedStore,
    wish: &Wish,
    builder: &mut PackingBuilder,
) -> Result<(), CarryError> {
    let mut relays = Vec::new();
    for relay in wish.mailboxes.iter().flat_map(|(_, relays)| relays) {
        if !relays.contains(relay) {
            relays.push(relay.clone());
        }
    }
    let mut after = None;
    loop {
        let (chunks, last) = store.kept_chunks(after, PAGE).await?;
        for chunk in chunks {
            let carried = CarriedChunk {
                relays: Vec::new(),
                id: chunk.id,
                class: chunk.class,
                write: WriteRight::Hash(chunk.write),
                read: chunk.read,
                delete: chunk.delete,
                hash: chunk.hash,
            };
            builder
                .chunk(&relays, carried)
                .map_err(refused(&wish.path))?;
        }
        match last {
            Some(_) => after = last,
            None => return Ok(()),
        }
    }
}

struct Shelf {
    writing: Writing,
    store: Arc<EmbeddedStore>,
    places: Places,
    handle: Handle,
}

enum WriteError {
    Carry(CarryError),
    Mailbag(MailbagError),
    Io(io::Error),
}

impl From<CarryError> for WriteError {
    fn from(error: CarryError) -> Self {
        Self::Carry(error)
    }
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Carry(error.into())
    }
}

impl From<MailbagError> for WriteError {
    fn from(error: MailbagError) -> Self {
        Self::Mailbag(error)
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Parts for Shelf {
    type Part = BufWriter<File>;
    type Error = WriteError;

    fn begin(&mut self, number: u32, _: u32, _: u64) -> Result<Self::Part, WriteError> {
        Ok(self.writing.open(number)?)
    }

    fn end(&mut self, number: u32, part: Self::Part) -> Result<(), WriteError> {
        Ok(self.writing.close(number, part)?)
    }

    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, WriteError> {
        match entry {
            Entry::Envelope(envelope) => {
                let Some((mailbox, before)) = self.places.get(&envelope.hash) else {
                    return Ok(Vec::new());
                };
                let page = self.store.collect(*mailbox, *before, 1);
                let page = self.handle.block_on(page)?;
                let letter = page.letters.into_iter().next();
                Ok(letter.map_or_else(Vec::new, |(_, bytes)| bytes.to_vec()))
            }
            Entry::Chunk(chunk) => {
                let bytes = self.handle.block_on(self.store.kept_bytes(chunk.id))?;
                Ok(bytes.to_vec())
            }
        }
    }
}
