//! Fetching blobs: previews and moved texts first, each going on where it was, each checked before it counts.

use std::{
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use tidings_protocol::{
    blob::BlobRef,
    exchange::{Answer, Refusal, Request},
    relay_identity::RelayAddress,
};

use super::{content::fill, note};
use crate::{
    Account, CollectReport, Direction, Error, LetterNumber, Progress, Transfer,
    account::contact_of,
    blobs::{check_file, chunk_start, open_file},
    connections::Purpose,
    error::disk,
    files,
    numbers::enqueue,
    records::{BlobFile, Job, LetterRecord},
    vault::Tables,
};

/// Smallest piece that is asked for: the answer fits one cell.
const PIECE_MIN: u32 = 8_192;
/// How much smaller pieces become after a connection was lost.
const PIECE_STEP: u32 = 4;

/// One blob that is still to be fetched.
pub(super) struct Wanted {
    pub(super) letter: LetterNumber,
    pub(super) name: String,
    pub(super) relay: RelayAddress,
    pub(super) file: BlobFile,
}

impl Account {
    /// Fetches what belongs to letters that were received. A failure of one blob does not hold up the others.
    pub(super) async fn fetch_enclosures(
        &self,
        progress: &dyn Progress,
        report: &mut CollectReport,
    ) -> Result<(), Error> {
        // What a courier brought before its letter came needs no network.
        self.gather_enclosures(&[], report)?;
        // A moved content may name enclosures of its own: twice.
        for _ in 0..2 {
            let mut failed = false;
            for wanted in self.wanted()? {
                if let Err(error) = self.fetch(&wanted, progress).await {
                    failed = true;
                    note(report, error)?;
                }
            }
            if failed || self.wanted()?.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// What is to be fetched, in the order in which people want it: texts, previews, small before large.
    pub(super) fn wanted(&self) -> Result<Vec<Wanted>, Error> {
        let letters = self.safe.read(|tables| tables.all::<LetterRecord>())?;
        let mut wanted = Vec::new();
        for (number, letter) in &letters {
            let (Direction::In, Some(relay)) = (letter.direction, &letter.relay) else {
                continue;
            };
            let mut want = |order: u8, name: &str, file: &BlobFile| {
                if !file.complete {
                    let wanted_file = Wanted {
                        letter: *number,
                        name: name.to_owned(),
                        relay: relay.clone(),
                        file: file.clone(),
                    };
                    wanted.push((order, file.blob.size(), wanted_file));
                }
            };
            if let Some(moved) = &letter.moved {
                want(0, "text", moved);
            }
            for enclosure in &letter.enclosures {
                if let Some(preview) = &enclosure.preview {
                    want(1, &enclosure.name, preview);
                }
                want(2, &enclosure.name, &enclosure.whole);
            }
        }
        wanted.sort_by_key(|(order, size, _)| (*order, *size));
        Ok(wanted.into_iter().map(|(_, _, wanted)| wanted).collect())
    }

    async fn fetch(&self, wanted: &Wanted, progress: &dyn Progress) -> Result<(), Error> {
        let path = self.file(wanted.file.file);
        self.fetch_to_file(wanted, &path, progress).await?;
        // Its parts came from the relay: nothing is believed before it has opened.
        if let Err(error) = check_file(&path, &wanted.file.blob) {
            if !error.is_of_the_vault() {
                files::remove(&path).map_err(disk("removing", &path))?;
            }
            return Err(error);
        }
        let contents = self.moved_contents(wanted, &path)?;
        // In one transaction with its deletion at the relay (DELIVERY-2).
        self.safe.transact(|tables| {
            self.fetched(tables, wanted, contents.as_ref().map(|bytes| &bytes[..]))?;
            let job = Job::DeleteBlob {
                relay: wanted.relay.clone(),
                blob: wanted.file.blob.clone(),
                chunk: 0,
            };
            enqueue(tables, job, None, self.now()).map(drop)
        })
    }

    /// The opened text, if the blob is the moved content of its letter.
    pub(super) fn moved_contents(
        &self,
        wanted: &Wanted,
        path: &Path,
    ) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Error> {
        let is_moved = self.safe.read(|tables| {
            let letter = tables.get::<LetterRecord>(&wanted.letter)?;
            Ok(letter
                .and_then(|letter| letter.moved.clone())
                .is_some_and(|moved| moved.file == wanted.file.file))
        })?;
        is_moved
            .then(|| open_file(path, &wanted.file.blob))
            .transpose()
    }

    /// Marks a blob as complete, and reads it if it is a moved content.
    pub(super) fn fetched(
        &self,
        tables: &mut Tables<'_>,
        wanted: &Wanted,
        contents: Option<&[u8]>,
    ) -> Result<(), Error> {
        // Forgotten meanwhile.
        let Some(mut letter) = tables.get::<LetterRecord>(&wanted.letter)? else {
            return Ok(());
        };
        let file = wanted.file.file;
        for enclosure in &mut letter.enclosures {
            for blob in std::iter::once(&mut enclosure.whole).chain(enclosure.preview.as_mut()) {
                blob.complete |= blob.file == file;
            }
        }
        if let Some(moved) = letter.moved.as_mut().filter(|moved| moved.file == file) {
            moved.complete = true;
        }
        if let Some(contents) = contents {
            let contact = contact_of(tables, letter.contact)?;
            let moved = tidings_protocol::letter::Moved {
                blob: wanted.file.blob.clone(),
            };
            match moved.open(contents) {
                Ok(content) => fill(tables, &mut letter, Some(&content), None, &contact)?,
                Err(_) => letter.newer = Some(crate::records::SecretBytes::new(contents)),
            }
        }
        tables.put(&wanted.letter, &letter)
    }

    /// Appends to the file what it lacks. Its length is how far the last attempt came.
    async fn fetch_to_file(
        &self,
        wanted: &Wanted,
        path: &Path,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let blob = &wanted.file.blob;
        let plan = blob.plan()?;
        let total = plan.stored_len();
        let mut file = OpenOptions::clone(&files::private())
            .append(true)
            .create(true)
            .open(path)
            .map_err(disk("opening", path))?;
        let mut done = file.seek(SeekFrom::End(0)).map_err(disk("reading", path))?;
        if done > total {
            file.set_len(0).map_err(disk("writing", path))?;
            done = 0;
        }
        let mut piece = u32::MAX;
        let mut went_on = false;
        while done < total {
            progress.transfer(&Transfer {
                upload: false,
                letter: wanted.letter,
                name: wanted.name.clone(),
                done,
                total,
            });
            let purpose = Purpose::Blob(wanted.file.file.0);
            if let Some(passes) = self.connections.piece(&wanted.relay, purpose)? {
                let passes = u32::try_from(passes).unwrap_or(u32::MAX);
                piece = piece.min(passes.max(PIECE_MIN));
            }
            match self.fetch_piece(wanted, blob, done, piece).await {
                Ok(bytes) => {
                    file.write_all(&bytes).map_err(disk("writing", path))?;
                    done += bytes.len() as u64;
                    went_on = true;
                }
                Err((Error::RelayUnreached { source }, asked))
                    if source.is_of_the_crossing() && (went_on || asked > PIECE_MIN) =>
                {
                    piece = (asked / PIECE_STEP).max(PIECE_MIN);
                    went_on = false;
                }
                Err((error, _)) => return Err(error),
            }
        }
        file.sync_all()
            .and_then(|()| files::sync_folder(path))
            .map_err(disk("writing", path))?;
        progress.transfer(&Transfer {
            upload: false,
            letter: wanted.letter,
            name: wanted.name.clone(),
            done,
            total,
        });
        Ok(())
    }

    /// Asks for at most `piece` bytes of the chunk in which byte `done` of the file lies. An error comes with the number of
    /// bytes that were asked for.
    async fn fetch_piece(
        &self,
        wanted: &Wanted,
        blob: &BlobRef,
        done: u64,
        piece: u32,
    ) -> Result<Vec<u8>, (Error, u32)> {
        let plan = blob.plan().map_err(|error| (error.into(), 0))?;
        let chunk = (0..plan.total())
            .find(|chunk| chunk_start(blob, chunk + 1) > done)
            .unwrap_or(0);
        let left = chunk_start(blob, chunk + 1).saturating_sub(done);
        let offset = done.saturating_sub(chunk_start(blob, chunk));
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let length = narrow(left).min(piece);
        let failed = |error| (error, length);
        let request: Request = blob
            .get_request(chunk, narrow(offset), length)
            .map_err(|error| failed(error.into()))?;
        let purpose = Purpose::Blob(wanted.file.file.0);
        let answered = self
            .connections
            .ask(&wanted.relay, purpose, &request, b"")
            .await;
        match answered {
            Ok((Answer::BlobPiece { .. }, bytes))
                if !bytes.is_empty() && bytes.len() <= length as usize =>
            {
                Ok(bytes)
            }
            Ok(_) => Err(failed(Error::RelayAnswer {
                expected: "a piece of the enclosure",
            })),
            // The writer has not finished: the letter overtook it.
            Err(Error::Refused {
                refusal: refusal @ (Refusal::BlobIncomplete { .. } | Refusal::NoBlob),
            }) => Err(failed(Error::Refused { refusal })),
            Err(error) => Err(failed(error)),
        }
    }
}
