//! The folder into which the office's scanner writes: files are taken in once nobody writes to them any more, and leave the
//! folder only after they are stored.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::show;
use crate::{Desk, Error, SCAN_FILE_MAX, ScanFolder};

/// Where files go that were taken in and are not to be erased.
const TAKEN: &str = "taken";
/// Endings of files that are taken. What a file is, its first bytes tell; this keeps other people's files where they are.
const ENDINGS: [&str; 7] = ["pdf", "tif", "tiff", "jpg", "jpeg", "png", "webp"];

/// Why a file, or the folder, is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The folder cannot be looked into.
    Folder,
    /// A file is larger than the desk takes.
    TooLarge,
    /// A file cannot be read.
    Unreadable,
    /// A file was taken in and cannot be moved away or erased.
    Stays,
}

impl Trouble {
    /// `folder`, `too-large`, `unreadable`, `stays`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::Stays => "stays",
        }
    }
}

/// A file as it was when it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    length: u64,
    changed: SystemTime,
}

/// Looks into the folder again and again.
#[derive(Default)]
pub(crate) struct Watch {
    seen: HashMap<PathBuf, Look>,
    /// Files that are stored and could not be moved away: not read again and again.
    stored: HashMap<PathBuf, Look>,
}

impl Watch {
    /// Takes in what has not changed since the last look. What went wrong, and with which file.
    ///
    /// # Errors
    /// Those of the store: nothing has left the folder then.
    pub(crate) fn look(
        &mut self,
        desk: &Desk,
        folder: &ScanFolder,
    ) -> Result<Vec<(Trouble, String)>, Error> {
        let Ok(files) = files(Path::new(&folder.path)) else {
            self.seen.clear();
            return Ok(vec![(Trouble::Folder, folder.path.clone())]);
        };
        self.stored.retain(|path, _| files.contains_key(path));
        let mut troubles = Vec::new();
        for (path, look) in &files {
            if self.seen.get(path) != Some(look) {
                continue;
            }
            if let Some(trouble) = self.take(desk, folder, path, *look)? {
                let name = path.file_name().unwrap_or_default();
                troubles.push((trouble, name.to_string_lossy().into_owned()));
            }
        }
        self.seen = files;
        troubles.sort_by(|one, other| one.1.cmp(&other.1));
        Ok(troubles)
    }

    fn take(
        &mut self,
        desk: &Desk,
        folder: &ScanFolder,
        path: &Path,
        look: Look,
    ) -> Result<Option<Trouble>, Error> {
        if look.length > SCAN_FILE_MAX as u64 {
            return Ok(Some(Trouble::TooLarge));
        }
        if self.stored.get(path) != Some(&look) {
            let Ok(bytes) = fs::read(path) else {
                return Ok(Some(Trouble::Unreadable));
            };
            // Somebody has begun to write again: the next look decides.
            if look_at(path).ok().flatten() != Some(look) || bytes.len() as u64 != look.length {
                return Ok(None);
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            desk.take_scan_from_folder(&name, &bytes, show::now())?;
        }
        let gone = if folder.erase {
            fs::remove_file(path)
        } else {
            put_away(path)
        };
        Ok(match gone {
            Ok(()) => None,
            Err(_) => {
                self.stored.insert(path.to_owned(), look);
                Some(Trouble::Stays)
            }
        })
    }
}

/// The files of a folder that may be scans and are not empty.
fn files(folder: &Path) -> io::Result<HashMap<PathBuf, Look>> {
    let mut files = HashMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !is_scan(&path) {
            continue;
        }
        // What has gone meanwhile is passed over.
        if let Ok(Some(look)) = look_at(&path) {
            files.insert(path, look);
        }
    }
    Ok(files)
}

fn is_scan(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with(['.', '~']));
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    !hidden && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// `None` for what is no plain file, and for an empty one: a scanner makes it before it writes.
fn look_at(path: &Path) -> io::Result<Option<Look>> {
    let about = fs::symlink_metadata(path)?;
    if !about.is_file() || about.len() == 0 {
        return Ok(None);
    }
    Ok(Some(Look {
        length: about.len(),
        changed: about.modified()?,
    }))
}

/// Moves a file to the folder [`TAKEN`] beside it, under a name that is free there.
fn put_away(path: &Path) -> io::Result<()> {
    let taken = path.parent().unwrap_or(Path::new(".")).join(TAKEN);
    fs::create_dir_all(&taken)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let mut target = taken.join(format!("{stem}.{ending}"));
    let mut number = 1;
    while target.exists() {
        number += 1;
        target = taken.join(format!("{stem}-{number}.{ending}"));
    }
    fs::rename(path, target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
        testing::{Office, START},
    };

    struct Scanner {
        office: Office,
        folder: tempfile::TempDir,
        watch: Watch,
    }

    impl Scanner {
        fn new() -> Self {
            Self {
                office: Office::new(),
                folder: tempfile::tempdir().unwrap(),
                watch: Watch::default(),
            }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            fs::write(self.path(name), bytes).unwrap();
        }

        fn look(&mut self, erase: bool) -> Vec<Trouble> {
            let folder = ScanFolder {
                path: self.folder.path().to_str().unwrap().to_owned(),
                erase,
            };
            let troubles = self.watch.look(&self.office.desk, &folder).unwrap();
            troubles.into_iter().map(|(trouble, _)| trouble).collect()
        }

        fn taken(&self) -> Vec<String> {
            let scanner = self.office.desk.scans(&self.office.head, 9).unwrap();
            let mut names: Vec<_> = scanner.into_iter().map(|scan| scan.name).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_file_is_taken_once_it_has_stopped_growing() {
        let mut scanner = Scanner::new();
        scanner.write("pile.pdf", b"half");
        assert!(scanner.look(false).is_empty());
        scanner.write("pile.pdf", b"half and half");
        assert!(scanner.look(false).is_empty());
        assert!(scanner.taken().is_empty(), "it was still growing");
        scanner.look(false);
        assert_eq!(scanner.taken(), ["pile.pdf"]);
        assert!(!scanner.path("pile.pdf").exists());
        assert_eq!(
            fs::read(scanner.path("taken/pile.pdf")).unwrap(),
            b"half and half"
        );
        // Another file of the same name, as scanners number them anew each day, does not write over the first.
        scanner.write("pile.pdf", b"another");
        scanner.look(false);
        scanner.look(false);
        assert!(scanner.path("taken/pile-2.pdf").exists());
        assert_eq!(scanner.taken().len(), 2);
    }

    #[test]
    fn only_scans_are_touched() {
        let mut scanner = Scanner::new();
        for name in ["notes.docx", ".hidden.pdf", "~lock.pdf", "no-ending"] {
            scanner.write(name, b"mine");
        }
        scanner.write("empty.pdf", b"");
        fs::create_dir(scanner.path("folder.pdf")).unwrap();
        scanner.write("PAGE.JPG", b"\xff\xd8\xff");
        scanner.look(true);
        scanner.look(true);
        assert_eq!(scanner.taken(), ["PAGE.JPG"]);
        assert!(!scanner.path("PAGE.JPG").exists(), "it was to be erased");
        assert!(!scanner.path("taken").exists());
        assert!(scanner.path("notes.docx").exists() && scanner.path("empty.pdf").exists());
    }

    #[test]
    fn what_cannot_be_moved_away_is_told_and_taken_once() {
        let mut scanner = Scanner::new();
        scanner.write("pile.pdf", b"pages");
        // A file where the folder would be.
        scanner.write("taken", b"in the way");
        scanner.look(false);
        for _ in 0..3 {
            assert_eq!(scanner.look(false), [Trouble::Stays]);
        }
        assert_eq!(scanner.taken(), ["pile.pdf"]);
        fs::remove_file(scanner.path("taken")).unwrap();
        assert!(scanner.look(false).is_empty());
        assert!(!scanner.path("pile.pdf").exists());
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        let mut scanner = Scanner::new();
        let folder = ScanFolder {
            path: "/nowhere/at/all".to_owned(),
            erase: false,
        };
        let troubles = scanner.watch.look(&scanner.office.desk, &folder).unwrap();
        assert_eq!(troubles, [(Trouble::Folder, "/nowhere/at/all".to_owned())]);
    }

    #[test]
    fn the_folder_is_for_a_head_to_name() {
        let office = Office::new();
        let folder = ScanFolder {
            path: "/scans".to_owned(),
            erase: true,
        };
        let scanner = office.actor(Role::Scanner);
        let refused = office.desk.set_scan_folder(&scanner, Some(&folder), START);
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        office
            .desk
            .set_scan_folder(&office.head, Some(&folder), START)
            .unwrap();
        assert_eq!(office.desk.scan_folder().unwrap(), Some(folder));
        office
            .desk
            .set_scan_folder(&office.head, None, START)
            .unwrap();
        assert_eq!(office.desk.scan_folder().unwrap(), None);
    }
}
