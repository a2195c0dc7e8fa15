//! What the index's files were at the last stop (STORE-19).
//!
//! The engine checks what it reads, but not every byte of its files is ever read. While a store is closed nothing changes
//! them, so a stop leaves their sums, and a check compares. The first thing that a start does is to remove the list: from then
//! on the files change.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tidings_protocol::ids::labelled_hash;

use super::{
    Fault, StoreError,
    folder::replace_file,
    log::{file_error, sync_folder},
    shared::Folders,
};

pub(super) const FILE: &str = "index.sums";
const TITLE: &str = "tidings index sums 1";
const LABEL: &[u8] = b"tidings store index sums v1";
/// Bytes read at once.
const READ_BYTES: usize = 65_536;

/// Writes the list. Nothing may have the index open.
pub(super) fn write(folders: &Folders) -> Result<(), StoreError> {
    let mut text = format!("{TITLE}\n");
    for (name, path) in files(&folders.index)? {
        let sum = sum(&path).map_err(file_error("read", &path))?;
        text.push_str(&format!("{sum} {name}\n"));
    }
    let seal = data_encoding::HEXLOWER.encode(&labelled_hash(LABEL, &[text.as_bytes()]));
    text.push_str(&format!("{seal}\n"));
    replace_file(&folders.root, FILE, text.as_bytes())
}

/// Forgets the list, before anything of the index changes.
pub(super) fn forget(folders: &Folders) -> Result<(), StoreError> {
    let path = folders.root.join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed
            .and_then(|()| sync_folder(&folders.root))
            .map_err(file_error("remove", &path)),
    }
}

/// Compares every file of the index with the list; `None` if there is no list, because the store was not closed.
pub(super) fn compare(folders: &Folders) -> Result<Option<Vec<Fault>>, StoreError> {
    let path = folders.root.join(FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(file_error("read", &path))?,
    };
    let Some(listed) = parse(&bytes) else {
        return Ok(Some(vec![Fault::File {
            file: FILE.to_owned(),
            what: "is damaged",
        }]));
    };
    let mut there = files(&folders.index)?;
    let mut faults = Vec::new();
    for (name, expected) in listed {
        let what = match there.remove(&name) {
            None => "is missing",
            Some(path) => match sum(&path) {
                Ok(found) if found == expected => continue,
                Ok(_) => "is not as it was when the relay stopped",
                Err(_) => "cannot be read",
            },
        };
        let file = format!("index/{name}");
        faults.push(Fault::File { file, what });
    }
    for name in there.into_keys() {
        faults.push(Fault::File {
            file: format!("index/{name}"),
            what: "was not there when the relay stopped",
        });
    }
    Ok(Some(faults))
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let at = text.strip_suffix('\n')?.rfind('\n')? + 1;
    let (lines, seal) = text.split_at(at);
    let expected = data_encoding::HEXLOWER.encode(&labelled_hash(LABEL, &[lines.as_bytes()]));
    (seal == format!("{expected}\n")).then_some(())?;
    let (title, lines) = lines.split_once('\n')?;
    (title == TITLE).then_some(())?;
    lines
        .lines()
        .map(|line| {
            let (sum, name) = line.split_once(' ')?;
            Some((name.to_owned(), sum.to_owned()))
        })
        .collect()
}

/// Every file below the index's folder, by its name inside it.
fn files(index: &Path) -> Result<BTreeMap<String, PathBuf>, StoreError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![index.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = file_error("list", &folder);
        let entries = match fs::read_dir(&folder) {
            // Every file that is listed is missing, then.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(&failed)?,
        };
        for entry in entries {
            let path = entry.map_err(&failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(index) {
                found.insert(name.to_string_lossy().into_owned(), path);
            }
        }
    }
    Ok(found)
}

fn sum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(data_encoding::HEXLOWER.encode(&hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}
