//! Files that only this user may read, and folders that keep what was renamed into them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Makes a folder that only this user may enter, and those above it that are missing.
///
/// # Errors
/// Those of the system.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a new file that only this user may read.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::AlreadyExists`] if there is one.
pub fn create_new_private(path: &Path) -> io::Result<File> {
    private().write(true).create_new(true).open(path)
}

/// Writes a file of this name that only this user may read, whole or not at all: what cannot be finished, for want of room or
/// because the process is killed, never has the name. Nothing that is there is written over.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::AlreadyExists`] if there is something of this name.
pub fn save_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    // Left by one that was killed.
    remove(&beside)?;
    let saved = write_whole(&beside, bytes).and_then(|()| give_name(&beside, path));
    if saved.is_err() {
        // Why it failed is what the person has to hear.
        let _ = remove(&beside);
    }
    saved
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write as _;
    let mut file = create_new_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file its name. A link never takes the place of what is there; disks that know no links (FAT) were looked at before.
pub(crate) fn give_name(beside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(beside, path) {
        Ok(()) => remove(beside)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        Err(_) => fs::rename(beside, path)?,
    }
    sync_folder(path)
}

/// A folder whose contents others than its owner could delete or exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposed {
    /// Others may write to the folder itself.
    Itself,
    /// Others may write to this folder, in which it lies, and so put another one in its place.
    Above(PathBuf),
}

/// Whether others may write to a folder or to one above it (VAULT-13). A folder that is not there yet is judged by those above
/// it. Above, write access of a group is not looked at: groups of one user are usual there; nor are folders in which nobody
/// may rename what is another's (the sticky bit, as in `/tmp`).
#[must_use]
pub fn exposed(folder: &Path) -> Option<Exposed> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        const GROUP_OR_OTHERS: u32 = 0o022;
        const OTHERS: u32 = 0o002;
        const STICKY: u32 = 0o1000;
        let absolute = std::path::absolute(folder).ok()?;
        let there = absolute.ancestors().find(|place| place.exists())?;
        // Links on the way lead elsewhere: what counts is where the folder really lies.
        let real = fs::canonicalize(there).ok()?;
        for place in real.ancestors() {
            let mode = fs::metadata(place).ok()?.mode();
            if place == real && there == absolute {
                if mode & GROUP_OR_OTHERS != 0 {
                    return Some(Exposed::Itself);
                }
            } else if mode & OTHERS != 0 && mode & STICKY == 0 {
                return Some(Exposed::Above(place.to_owned()));
            }
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    None
}

/// Takes from everybody else what is this user's alone: folders that were made or copied with looser rights.
pub(crate) fn tighten(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            metadata => metadata?,
        };
        let mode = metadata.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Whether this user may make files in a folder, as the system sees it at this moment. A full disk is another matter: room can
/// be made while the account is open.
pub(crate) fn may_write_in(folder: &Path) -> bool {
    let probe = folder.join("probe");
    let made = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&probe);
    match made {
        Ok(_) => fs::remove_file(&probe).is_ok(),
        Err(error) => !is_read_only(&error),
    }
}

/// Whether an error says that nothing can be written here.
pub(crate) fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// Makes or empties a file that only this user may read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private().write(true).create(true).truncate(true).open(path)
}

/// Options under which a new file is this user's alone.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a new or renamed entry of the folder that holds `path` last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // A name alone has the empty path as its parent, which opens nothing: it lies in the working folder.
        let here = folder.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { folder })?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes a file; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Overwrites a file's contents in place. What a disk keeps of older blocks is out of reach.
pub(crate) fn overwrite(path: &Path) -> io::Result<()> {
    use std::io::Write as _;
    let length = fs::metadata(path)?.len();
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(&vec![0; usize::try_from(length).unwrap_or(0)])?;
    file.sync_all()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_name_alone_lies_in_the_working_folder() {
        sync_folder(Path::new("letters.mailbag")).unwrap();
        sync_folder(Path::new("./letters.mailbag")).unwrap();
    }

    /// What stands under the name is whole, and the person's own file is never touched.
    #[test]
    fn a_file_is_saved_whole_and_never_over_another() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("letter-1.txt");
        fs::write(
            place.path().join("letter-1.txt.part"),
            "left by a killed one",
        )
        .unwrap();
        save_new(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let refused = save_new(&path, b"another").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        let dangling = place.path().join("dangling");
        std::os::unix::fs::symlink(place.path().join("elsewhere"), &dangling).unwrap();
        assert!(save_new(&dangling, b"through").is_err());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
    }

    /// VAULT-13: rights of the folder, of those above it, and the exceptions.
    #[test]
    fn a_folder_that_others_may_write_to_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let shared = fs::canonicalize(place.path()).unwrap().join("shared");
        let home = shared.join("home");
        fs::create_dir_all(&home).unwrap();
        let judged = |above: u32, own: u32| {
            fs::set_permissions(&shared, fs::Permissions::from_mode(above)).unwrap();
            fs::set_permissions(&home, fs::Permissions::from_mode(own)).unwrap();
            exposed(&home)
        };
        assert_eq!(judged(0o755, 0o700), None);
        assert_eq!(judged(0o755, 0o755), None);
        assert_eq!(judged(0o755, 0o702), Some(Exposed::Itself));
        assert_eq!(judged(0o755, 0o720), Some(Exposed::Itself));
        // Like /tmp, and like a home whose group is its user's own.
        assert_eq!(judged(0o1777, 0o700), None);
        assert_eq!(judged(0o775, 0o700), None);
        assert_eq!(judged(0o1777, 0o1777), Some(Exposed::Itself));
        let above = Some(Exposed::Above(shared.clone()));
        assert_eq!(judged(0o777, 0o700), above);
        assert_eq!(exposed(&shared.join("not/there/yet")), above);
        let link = place.path().join("link");
        std::os::unix::fs::symlink(&home, &link).unwrap();
        assert_eq!(exposed(&link), above);
    }
}
