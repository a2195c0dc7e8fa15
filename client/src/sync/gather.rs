//! Enclosures without a network: put together from chunks that a courier brought, just now or earlier (BAG-14).

use std::{collections::BTreeMap, io::Write as _};

use tidings_protocol::ids::BlobId;

use super::{fetch::Wanted, note};
use crate::{
    Account, CollectReport, Error,
    blobs::check_file,
    error::disk,
    files,
    mailbag::BagIndex,
    records::{FileNumber, HeldRecord},
};

/// Where a chunk is at hand.
enum Place<'b> {
    Bag(&'b BagIndex<'b>),
    Held(FileNumber),
}

type Held = BTreeMap<BlobId, HeldRecord>;

impl Account {
    /// Completes every enclosure all of whose chunks are at hand: in these bags, or kept from earlier ones. Gives their number. A
    /// chunk that is not what the letter names is told, and dropped: a relay may have the right one.
    ///
    /// # Errors
    /// Those of the vault only.
    pub(crate) fn gather_enclosures(
        &self,
        bags: &[BagIndex<'_>],
        report: &mut CollectReport,
    ) -> Result<u64, Error> {
        let mut gathered = 0;
        // A moved content may name enclosures of its own: twice.
        for _ in 0..2 {
            let held: Held = self
                .safe
                .read(|tables| tables.all::<HeldRecord>())?
                .into_iter()
                .collect();
            if bags.is_empty() && held.is_empty() {
                break;
            }
            let before = gathered;
            for wanted in self.wanted()? {
                match self.gather(&wanted, bags, &held) {
                    Ok(whole) => gathered += u64::from(whole),
                    Err(error) => note(report, error)?,
                }
            }
            if gathered == before {
                break;
            }
        }
        Ok(gathered)
    }

    /// Completes one enclosure; false if a chunk of it is not at hand.
    fn gather(&self, wanted: &Wanted, bags: &[BagIndex<'_>], held: &Held) -> Result<bool, Error> {
        let blob = &wanted.file.blob;
        // One of a newer plan waits for a newer program.
        let Ok(plan) = blob.plan() else {
            return Ok(false);
        };
        let ids: Vec<BlobId> = (0..plan.total())
            .map(|index| blob.chunk_id(index))
            .collect();
        let place = |id: &BlobId| {
            let in_bag = bags.iter().find(|bag| bag.has(id)).map(Place::Bag);
            in_bag.or_else(|| held.get(id).map(|held| Place::Held(held.file)))
        };
        let Some(places) = ids.iter().map(place).collect::<Option<Vec<_>>>() else {
            return Ok(false);
        };
        let path = self.file(wanted.file.file);
        let writing = || disk("writing", &path);
        let mut file = files::create_private(&path).map_err(writing())?;
        for (id, place) in ids.iter().zip(places) {
            let chunk = match place {
                Place::Bag(bag) => bag.chunk(id)?,
                Place::Held(file) => {
                    let path = self.file(file);
                    std::fs::read(&path).map_err(disk("reading", &path))?
                }
            };
            file.write_all(&chunk).map_err(writing())?;
        }
        file.sync_all()
            .and_then(|()| files::sync_folder(&path))
            .map_err(writing())?;
        drop(file);
        if let Err(error) = check_file(&path, blob) {
            // Whoever carried it may have changed it: nothing is believed before it has opened.
            files::remove(&path).map_err(disk("removing", &path))?;
            self.drop_held(&ids, held)?;
            return Err(match error {
                // Chunks of another length than their class: no fault of this disk.
                Error::Disk { source, .. }
                    if source.kind() == std::io::ErrorKind::UnexpectedEof =>
                {
                    Error::FileLost { path }
                }
                error => error,
            });
        }
        let contents = self.moved_contents(wanted, &path)?;
        self.safe.transact(|tables| {
            for id in &ids {
                tables.remove::<HeldRecord>(id)?;
            }
            self.fetched(tables, wanted, contents.as_ref().map(|bytes| &bytes[..]))
        })?;
        self.remove_files(&files_of(&ids, held))?;
        Ok(true)
    }

    fn drop_held(&self, ids: &[BlobId], held: &Held) -> Result<(), Error> {
        self.safe.transact(|tables| {
            ids.iter()
                .try_for_each(|id| tables.remove::<HeldRecord>(id))
        })?;
        self.remove_files(&files_of(ids, held))
    }
}

fn files_of(ids: &[BlobId], held: &Held) -> Vec<FileNumber> {
    ids.iter()
        .filter_map(|id| held.get(id).map(|held| held.file))
        .collect()
}
