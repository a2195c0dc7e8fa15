//! Sealed enclosures as files: one file a blob, its chunks one after the other. The keys are in the vault, so that a file
//! alone is noise, and forgetting a letter is enough to make its enclosures unreadable.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use tidings_protocol::blob::{BlobOpener, BlobRef, BlobSealer, BlobWriter, ChunkHash};
use zeroize::Zeroizing;

use crate::{
    Account, Error,
    error::disk,
    files,
    records::{FileNumber, HeldRecord, LetterRecord},
    surroundings::random,
};

/// Where a chunk begins in its blob's file; the length of the file for the one after the last.
pub(crate) fn chunk_start(blob: &BlobRef, chunk: u32) -> u64 {
    let Ok(plan) = blob.plan() else { return 0 };
    (0..chunk.min(plan.total()))
        .filter_map(|index| plan.class(index).ok())
        .map(|class| class.size() as u64)
        .sum()
}

/// Seals bytes into a new file, which is on disk for good when this returns.
pub(crate) fn seal_to_file(path: &Path, plaintext: &[u8]) -> Result<(BlobRef, BlobWriter), Error> {
    let mut sealer = BlobSealer::new(plaintext.len() as u64, &mut random())?;
    let plan = *sealer.plan();
    let doing = disk("writing", path);
    let written = || -> io::Result<File> { files::create_private(path) };
    let mut file = match written() {
        Ok(file) => file,
        Err(error) => return Err(doing(error)),
    };
    for index in 0..plan.total() {
        let range = plan.range(index)?;
        let bounds = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let piece = plaintext
            .get(bounds(range.start)..bounds(range.end))
            .unwrap_or_default();
        let chunk = sealer.seal_chunk(index, piece)?;
        file.write_all(&chunk).map_err(disk("writing", path))?;
    }
    file.sync_all()
        .and_then(|()| files::sync_folder(path))
        .map_err(disk("writing", path))?;
    Ok(sealer.finish()?)
}

/// Opens the whole blob of a file.
pub(crate) fn open_file(path: &Path, blob: &BlobRef) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut opener = BlobOpener::new(blob)?;
    let plan = *opener.plan();
    let mut file = File::open(path).map_err(disk("reading", path))?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(
        usize::try_from(blob.size()).unwrap_or(0),
    ));
    for index in 0..plan.total() {
        let mut chunk = vec![0; plan.class(index)?.size()];
        file.read_exact(&mut chunk).map_err(disk("reading", path))?;
        plaintext.extend_from_slice(&opener.open_chunk(index, chunk)?);
    }
    opener.finish()?;
    Ok(plaintext)
}

/// Checks a file of sealed chunks, one after the other, without keeping what it opens. Gives their hashes, in order.
///
/// # Errors
/// [`Error::Blob`] names the first chunk that is wrong.
pub(crate) fn check_file(path: &Path, blob: &BlobRef) -> Result<Vec<ChunkHash>, Error> {
    let mut opener = BlobOpener::new(blob)?;
    let plan = *opener.plan();
    let mut file = File::open(path).map_err(disk("reading", path))?;
    let mut hashes = Vec::new();
    for index in 0..plan.total() {
        let mut chunk = vec![0; plan.class(index)?.size()];
        file.read_exact(&mut chunk).map_err(disk("reading", path))?;
        hashes.push(ChunkHash::of(&chunk));
        drop(Zeroizing::new(opener.open_chunk(index, chunk)?));
    }
    opener.finish()?;
    Ok(hashes)
}

/// Reads one chunk of a file of sealed chunks.
pub(crate) fn read_chunk(path: &Path, blob: &BlobRef, chunk: u32) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; blob.plan()?.class(chunk)?.size()];
    let read = |bytes: &mut [u8]| {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(chunk_start(blob, chunk)))?;
        file.read_exact(bytes)
    };
    read(&mut bytes).map_err(disk("reading", path))?;
    Ok(bytes)
}

impl Account {
    /// Where a blob's sealed chunks lie.
    pub(crate) fn file(&self, number: FileNumber) -> PathBuf {
        self.files().join(number.0.to_string())
    }

    pub(crate) fn remove_files(&self, numbers: &[FileNumber]) -> Result<(), Error> {
        for number in numbers {
            let path = self.file(*number);
            files::remove(&path).map_err(disk("removing", &path))?;
        }
        Ok(())
    }

    /// Removes files that no letter and no chunk that waits for one names: left by a process that was killed, or had no room, before it had stored the letter,
    /// or after it had forgotten it (VAULT-15). Only while nothing else is done with the account: what is being written has
    /// no letter yet. A file that cannot be removed now is met again the next time.
    ///
    /// # Errors
    /// Those of the vault.
    pub(crate) fn remove_orphans(&self) -> Result<(), Error> {
        let Ok(entries) = std::fs::read_dir(self.files()) else {
            return Ok(());
        };
        let mut orphans: BTreeMap<u64, PathBuf> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let number = path.file_name()?.to_str()?.parse().ok()?;
                Some((number, path))
            })
            .collect();
        if orphans.is_empty() {
            return Ok(());
        }
        let (letters, held) = self.safe.read(|tables| {
            let held = tables.all::<HeldRecord>()?;
            Ok((tables.all::<LetterRecord>()?, held))
        })?;
        for file in letters.iter().flat_map(|(_, letter)| letter.files()) {
            orphans.remove(&file.0);
        }
        for (_, held) in held {
            orphans.remove(&held.file.0);
        }
        for path in orphans.values() {
            let _ = files::remove(path);
        }
        Ok(())
    }
}

/// Files of a letter that is being written. Removed again when it does not come to that.
#[derive(Debug, Default)]
pub(crate) struct Unclaimed(Vec<PathBuf>);

impl Unclaimed {
    /// One more file.
    pub(crate) fn add(&mut self, path: PathBuf) {
        self.0.push(path);
    }

    /// A letter names them, or may.
    pub(crate) fn claim(&mut self) {
        self.0.clear();
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        for path in &self.0 {
            // What stays is swept when the account is opened the next time.
            let _ = files::remove(path);
        }
    }
}
