//! A backup as one file: a ZIP archive of its two folders (DESK-28), and folders that are gone after use.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    Error,
    desk::{create_folder, random_bytes},
    error::disk,
};

/// The parts of a backup, as folders of the file.
const PARTS: [&str; 2] = ["account", "desk"];
/// Files in a backup, at most: an account keeps one for each enclosure.
const ENTRIES_MAX: usize = 4_000_000;

/// A folder beside the desk's data that is gone when this is dropped. Everything in it is sealed.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one in `home`, and `home` if it is not there.
    pub(crate) fn make(home: &Path) -> Result<Self, Error> {
        let name = HEXLOWER.encode(&random_bytes::<6>()?);
        let folder = home.join(format!("backup-{name}"));
        create_folder(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes what a kill left behind.
pub(crate) fn tidy(home: &Path) {
    let Ok(entries) = fs::read_dir(home) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with("backup-") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Puts a folder into one file. Sealed bytes do not get smaller: nothing is compressed.
pub(crate) fn pack(folder: &Path, to: &Path) -> io::Result<()> {
    let mut archive = ZipWriter::new(fs::File::create(to)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(true);
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&at)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        entries.sort();
        for entry in entries {
            if entry.is_dir() {
                open.push(entry);
                continue;
            }
            let name = entry.strip_prefix(folder).map_err(io::Error::other)?;
            archive
                .start_file(name.to_string_lossy(), options)
                .map_err(io::Error::other)?;
            io::copy(&mut fs::File::open(&entry)?, &mut archive)?;
        }
    }
    archive.finish().map_err(io::Error::other)?.sync_all()
}

/// Takes a backup apart into a folder. Nothing is written outside of it, whatever names the file holds, and no more than
/// the file itself has: only stored entries are taken.
pub(super) fn unpack(file: &Path, to: &Path) -> Result<(), Error> {
    let damaged = || Error::NoBackup {
        path: file.to_owned(),
    };
    let read = fs::File::open(file).map_err(disk("reading", file))?;
    let mut archive = ZipArchive::new(read).map_err(|_| damaged())?;
    if archive.len() > ENTRIES_MAX {
        return Err(damaged());
    }
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|_| damaged())?;
        let name = entry.enclosed_name().ok_or_else(damaged)?;
        let is_ours = PARTS.iter().any(|part| name.starts_with(part));
        if !is_ours || entry.compression() != CompressionMethod::Stored {
            return Err(damaged());
        }
        let path = to.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(disk("making", parent))?;
        }
        let mut out = fs::File::create_new(&path).map_err(disk("writing", &path))?;
        let size = entry.size();
        let copied = io::copy(&mut entry.take(size), &mut out).map_err(disk("writing", &path))?;
        if copied != size {
            return Err(damaged());
        }
        out.flush().map_err(disk("writing", &path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_comes_back_as_it_was_and_nothing_lands_outside() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("account/files")).unwrap();
        fs::create_dir_all(from.join("desk")).unwrap();
        fs::write(from.join("account/files/a"), b"one").unwrap();
        fs::write(from.join("desk/desk.db"), vec![7; 70_000]).unwrap();
        let file = folder.path().join("backup.zip");
        pack(&from, &file).unwrap();
        let to = folder.path().join("to");
        unpack(&file, &to).unwrap();
        assert_eq!(fs::read(to.join("account/files/a")).unwrap(), b"one");
        assert_eq!(fs::read(to.join("desk/desk.db")).unwrap().len(), 70_000);
        // Cut off, or something else altogether.
        let whole = fs::read(&file).unwrap();
        for bytes in [
            &whole[..whole.len() - 30],
            &whole[..40],
            b"%PDF-1.7".as_slice(),
        ] {
            fs::write(&file, bytes).unwrap();
            let refused = unpack(&file, &folder.path().join("none"));
            assert!(
                matches!(refused, Err(Error::NoBackup { .. })),
                "{refused:?}"
            );
        }
        // Names that lead elsewhere, and entries that would grow.
        for (name, method) in [
            ("../evil", CompressionMethod::Stored),
            ("elsewhere/a", CompressionMethod::Stored),
            ("desk/a", CompressionMethod::Deflated),
        ] {
            let mut archive = ZipWriter::new(fs::File::create(&file).unwrap());
            let options = SimpleFileOptions::default().compression_method(method);
            archive.start_file(name, options).unwrap();
            archive.write_all(b"x").unwrap();
            archive.finish().unwrap();
            let refused = unpack(&file, &folder.path().join("none"));
            assert!(matches!(refused, Err(Error::NoBackup { .. })), "{name}");
            assert!(!folder.path().join("evil").exists());
        }
    }
}
