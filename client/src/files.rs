//! Files that only this user may read, and folders that keep what was renamed into them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
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

/// Whether files can be made in a folder, as the system sees it at this moment.
pub(crate) fn may_write_in(folder: &Path) -> bool {
    let probe = folder.join("probe");
    let made = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&probe);
    made.is_ok() && fs::remove_file(&probe).is_ok()
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
        File::open(folder)?.sync_all()?;
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
