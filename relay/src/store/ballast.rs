//! A file of zeros that is given up when the disk has no free space at all, so that a relay can still start, collect,
//! acknowledge and delete (STORE-20).

use std::{fs, io, path::PathBuf};

use rustix::fs::FallocateFlags;

use super::{
    Fault, StoreError,
    folder::new_file,
    log::{file_error, sync_folder},
    shared::Folders,
};

/// What is held ready. An acknowledgement of 128 letters writes about 32 KiB and gives a mebibyte back; a start writes less.
pub(super) const BALLAST_BYTES: u64 = 8 * 1_024 * 1_024;
/// Free bytes under which it is given up.
pub(super) const NEED_BYTES: u64 = 1_024 * 1_024;

pub(super) const FILE: &str = "ballast";

pub(super) struct Ballast {
    path: PathBuf,
    folder: PathBuf,
}

impl Ballast {
    pub(super) fn of(folders: &Folders) -> Self {
        Self {
            path: folders.root.join(FILE),
            folder: folders.root.clone(),
        }
    }

    /// Whether it is held.
    pub(super) fn is_held(&self) -> bool {
        self.path.exists()
    }

    /// Gives it up if the disk is that full; makes it again if there is room for it above the reserve. A failure to make it is
    /// none of the relay: it is tried again.
    pub(super) fn keep(&self, free: u64, reserve: u64) {
        let held = self.is_held();
        if held && free < NEED_BYTES {
            match fs::remove_file(&self.path).and_then(|()| sync_folder(&self.folder)) {
                Ok(()) => tracing::warn!(
                    "the disk is full: the ballast is given up, nothing new is taken until there is room"
                ),
                Err(error) => tracing::error!(%error, "the ballast cannot be given up"),
            }
        } else if !held
            && free
                > BALLAST_BYTES
                    .saturating_add(reserve)
                    .saturating_add(NEED_BYTES)
        {
            match self.make() {
                Ok(()) => tracing::debug!("the ballast is held"),
                Err(error) => tracing::warn!(%error, "the ballast cannot be made"),
            }
        }
    }

    fn make(&self) -> Result<(), StoreError> {
        let part = self.path.with_extension("part");
        let failed = file_error("write", &part);
        let file = new_file(&part).map_err(&failed)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, BALLAST_BYTES) {
            Ok(()) => {}
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {
                io::copy(
                    &mut io::Read::take(io::repeat(0), BALLAST_BYTES),
                    &mut &file,
                )
                .map_err(&failed)?;
            }
            Err(error) => return Err(failed(error.into())),
        }
        file.sync_all()
            .and_then(|()| fs::rename(&part, &self.path))
            .and_then(|()| sync_folder(&self.folder))
            .map_err(&failed)
    }

    /// It carries nothing: whatever is not zero in it tells that the disk does not keep what it was given.
    pub(super) fn inspect(&self) -> Result<Option<Fault>, StoreError> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(file_error("read", &self.path))?,
        };
        let whole = bytes.len() as u64 == BALLAST_BYTES && bytes.iter().all(|byte| *byte == 0);
        Ok((!whole).then(|| Fault::File {
            file: FILE.to_owned(),
            what: "does not hold the zeros that it was made of (it carries nothing; the disk is to be mistrusted)",
        }))
    }
}
