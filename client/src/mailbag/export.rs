//! Packing what waits in the outbox.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use tidings_protocol::{
    blob::BlobRef,
    ids::{BlobId, EnvelopeHash},
    limits::MAILBAG_PART_USUAL,
    mailbag::{
        CarriedChunk, CarriedEnvelope, Contents, Entry, MailbagError, Packing, PackingBuilder,
        Parts, WriteRight,
    },
};

use super::files::{Writing, refused};
use crate::{
    Account, ContactNumber, Error, LetterNumber, MailbagStep, MailbagWork, Progress,
    blobs::{check_file, read_chunk},
    outbox::{Carried, LeftOut, Wish},
};

/// What is to be packed, and where to.
#[derive(Debug, Clone)]
pub struct ExportOrder {
    /// The file; parts get `-1-of-3` before its ending. Nothing that is there is written over.
    pub path: PathBuf,
    /// To whom; letters to everybody if empty.
    pub to: Vec<ContactNumber>,
    /// Largest file, in bytes ([`MAILBAG_PART_USUAL`] if not said): for small media and messengers.
    pub part_size: Option<u64>,
    /// Leave out what a courier was given before. Without this a lost stick costs nothing: the next one has its letters too.
    pub only_new: bool,
    /// Pack also what a relay has and the other side has not confirmed: it may be cut off from that relay.
    pub also_at_relay: bool,
}

impl ExportOrder {
    /// Everything that waits, in a file and its parts.
    #[must_use]
    pub fn to_file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            to: Vec::new(),
            part_size: None,
            only_new: false,
            also_at_relay: false,
        }
    }
}

/// What was packed.
#[derive(Debug)]
pub struct ExportReport {
    /// The files, in the order of the parts.
    pub files: Vec<PathBuf>,
    /// First digits of the bag's name: the same in every part.
    pub bag: String,
    /// Letters in it, notices not counted.
    pub letters: Vec<LetterNumber>,
    /// Notices, and what else the program writes by itself.
    pub notices: u64,
    /// What is in it, as a courier may know it.
    pub contents: Contents,
    /// Bytes of all files.
    pub bytes: u64,
    /// Letters that could not be packed.
    pub left_out: Vec<LeftOut>,
}

impl Account {
    /// Packs sealed letters and their enclosures into a mailbag, and marks them as given to a courier
    /// ([`crate::LetterState::WITH_COURIER`]) once all files are on the disk. They stay in the outbox: over the network they go
    /// as well as soon as there is one, and whoever gets both drops the double. Touches no network.
    ///
    /// # Errors
    /// [`Error::NothingToCarry`] if nothing waits (or nothing could be packed: then the reason is that of the first letter);
    /// [`Error::Copied`]; [`Error::Mailbag`] for a part size that is none; [`Error::Disk`].
    pub async fn export_mailbag(
        &self,
        order: &ExportOrder,
        progress: &dyn Progress,
    ) -> Result<ExportReport, Error> {
        let _work = self.work.lock().await;
        // An office that has been offline for a week renews its keys now.
        self.tidy()?;
        let wish = Wish {
            to: &order.to,
            only_new: order.only_new,
            also_at_relay: order.also_at_relay,
        };
        let (carried, mut left_out) = self.for_courier(wish)?;
        let mut post = Post::default();
        let mut packed = Vec::new();
        let mut notices = 0;
        let refused = refused(&order.path);
        for letter in carried {
            match self.pack(&letter, &mut post).map_err(|error| match error {
                PackError::Mailbag(error) => refused(error),
                PackError::Letter(error) => error,
            }) {
                Ok(()) => {}
                // One enclosure that is gone holds up no other letter.
                Err(reason @ Error::FileLost { .. }) => {
                    left_out.extend(letter.letter.map(|letter| LeftOut { letter, reason }));
                    continue;
                }
                Err(error) => return Err(error),
            }
            match letter.letter {
                Some(number) if !letter.is_notice => packed.push((number, true)),
                Some(number) => packed.push((number, false)),
                None => notices += 1,
            }
        }
        let builder = std::mem::take(&mut post.builder);
        if builder.is_empty() {
            let first = left_out.into_iter().next();
            return Err(first.map_or(Error::NothingToCarry, |left_out| left_out.reason));
        }
        let packing = builder.finish().map_err(&refused)?;
        let (files, bytes) = self.write_mailbag(order, &packing, &mut post, progress)?;
        let numbers: Vec<LetterNumber> = packed.iter().map(|(number, _)| *number).collect();
        self.given_to_courier(&numbers)?;
        notices += packed.iter().filter(|(_, is_letter)| !is_letter).count() as u64;
        packed.retain(|(_, is_letter)| *is_letter);
        Ok(ExportReport {
            files,
            bag: packing.set().short(),
            letters: packed.into_iter().map(|(number, _)| number).collect(),
            notices,
            contents: packing.contents().clone(),
            bytes,
            left_out,
        })
    }

    /// Packs one letter; its enclosures are read, and checked, before anything of it is packed.
    fn pack(&self, letter: &Carried, post: &mut Post) -> Result<(), PackError> {
        let mut chunks = Vec::new();
        for upload in &letter.uploads {
            let path = self.file(upload.file);
            let hashes = check_file(&path, &upload.blob).map_err(|error| lost(error, &path))?;
            for (index, hash) in (0..).zip(hashes) {
                let terms = upload
                    .blob
                    .put_terms(index, &upload.writer)
                    .map_err(Error::from)?;
                let carried = CarriedChunk {
                    relays: Vec::new(),
                    id: terms.id,
                    class: terms.class,
                    write: WriteRight::Capability(terms.write),
                    read: terms.read,
                    delete: terms.delete,
                    hash,
                };
                chunks.push((carried, (path.clone(), upload.blob.clone(), index)));
            }
        }
        let hash = EnvelopeHash::of(&letter.envelope);
        post.builder.envelope(
            &letter.relays,
            CarriedEnvelope {
                relays: Vec::new(),
                address: letter.mailbox,
                hash,
            },
        )?;
        post.envelopes.insert(hash, letter.envelope.clone());
        for (chunk, place) in chunks {
            post.chunks.insert(chunk.id, place);
            post.builder.chunk(&letter.relays, chunk)?;
        }
        Ok(())
    }

    fn write_mailbag(
        &self,
        order: &ExportOrder,
        packing: &Packing,
        post: &mut Post,
        progress: &dyn Progress,
    ) -> Result<(Vec<PathBuf>, u64), Error> {
        let part_size = order.part_size.unwrap_or(MAILBAG_PART_USUAL);
        let layout = packing.layout(part_size).map_err(refused(&order.path))?;
        let mut shelf = Shelf {
            writing: Writing::begin(&order.path, &layout)?,
            post,
        };
        let written = packing.write(layout, &mut shelf, |done| {
            progress.mailbag(MailbagStep {
                work: MailbagWork::Write,
                done,
                total: layout.payload(),
            });
        });
        written.map_err(|error| match error {
            WriteError::Client(error) => error,
            WriteError::Mailbag(error) => refused(&order.path)(error),
            WriteError::Io(source) => shelf.writing.failed(source),
        })?;
        Ok((shelf.writing.finish()?, layout.files_len()))
    }
}

/// What is to be packed, and where its bytes are.
#[derive(Default)]
struct Post {
    builder: PackingBuilder,
    envelopes: BTreeMap<EnvelopeHash, Vec<u8>>,
    chunks: BTreeMap<BlobId, (PathBuf, BlobRef, u32)>,
}

struct Shelf<'p> {
    writing: Writing,
    post: &'p Post,
}

enum PackError {
    Letter(Error),
    Mailbag(MailbagError),
}

impl From<Error> for PackError {
    fn from(error: Error) -> Self {
        Self::Letter(error)
    }
}

impl From<MailbagError> for PackError {
    fn from(error: MailbagError) -> Self {
        Self::Mailbag(error)
    }
}

enum WriteError {
    Client(Error),
    Mailbag(MailbagError),
    Io(io::Error),
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Client(error)
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

impl Parts for Shelf<'_> {
    type Part = BufWriter<File>;
    type Error = WriteError;

    fn begin(&mut self, number: u32, _: u32, _: u64) -> Result<Self::Part, WriteError> {
        Ok(self.writing.open(number)?)
    }

    fn end(&mut self, number: u32, part: Self::Part) -> Result<(), WriteError> {
        Ok(self.writing.close(number, part)?)
    }

    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, WriteError> {
        Ok(match entry {
            Entry::Envelope(envelope) => self
                .post
                .envelopes
                .get(&envelope.hash)
                .cloned()
                .unwrap_or_default(),
            Entry::Chunk(chunk) => match self.post.chunks.get(&chunk.id) {
                Some((path, blob, index)) => read_chunk(path, blob, *index)?,
                None => Vec::new(),
            },
        })
    }
}

/// What was sealed here and does not open any more was changed on this disk.
fn lost(error: Error, path: &Path) -> Error {
    let is_gone = |kind| matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof);
    match error {
        Error::Blob(_) => {}
        Error::Disk { source, .. } if is_gone(source.kind()) => {}
        other => return other,
    }
    Error::FileLost {
        path: path.to_owned(),
    }
}
