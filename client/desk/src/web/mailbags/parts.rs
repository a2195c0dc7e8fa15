//! Parts of mailbags that were brought and wait for the other parts, as files under names that say which they are: a part that is
//! brought twice lies there once.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use axum::extract::multipart::Field;
use data_encoding::HEXLOWER;
use tidings_protocol::{
    limits::MAILBAG_HEAD_LEN,
    mailbag::{Bag, MailbagError, Part, PartHead, Source},
};
use tokio::io::AsyncWriteExt;

use crate::{
    Error,
    desk::{create_folder, random_bytes},
    error::disk,
    web::{refusal::Refusal, upload::refused},
};

/// The ending of a part that is here whole.
const WHOLE: &str = "mailbag";
/// The ending of one that is being received.
const BROKEN_OFF: &str = "part";

/// A file that is opened when it is read.
#[derive(Debug, Clone)]
pub(super) struct PartFile(pub(super) PathBuf);

impl Source for PartFile {
    type Reader = fs::File;

    fn open(&self) -> io::Result<fs::File> {
        fs::File::open(&self.0)
    }
}

/// A bag of which parts are here, perhaps all.
pub(super) type Begun = Bag<PartFile>;

/// The files of a bag, in the order of its parts.
pub(super) fn files(bag: &Begun) -> Vec<PathBuf> {
    let numbers = 1..=bag.layout().count();
    numbers
        .filter_map(|number| Some(bag.source(number)?.0.clone()))
        .collect()
}

/// Bags of which parts are here. A file that the disk did not keep whole counts for nothing.
pub(super) fn begun(folder: &Path) -> Vec<Begun> {
    let mut parts = Vec::new();
    for path in files_with(folder, WHOLE) {
        match Part::open(PartFile(path.clone())) {
            Ok(part) => parts.push(part),
            Err(MailbagError::Io(_)) => {}
            Err(_) => forget(&[path]),
        }
    }
    Bag::gather(parts)
}

/// Removes files. One that stays is looked at again the next time.
pub(super) fn forget(files: &[PathBuf]) {
    for file in files {
        let _ = fs::remove_file(file);
    }
}

/// Removes what was being received in `home` when the program was killed.
pub(crate) fn forget_broken_off(home: &Path) {
    forget(&files_with(&home.join("mailbags").join("in"), BROKEN_OFF));
}

fn files_with(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder);
    let entries = entries.map_or_else(|_| Vec::new(), |entries| entries.flatten().collect());
    let paths = entries.into_iter().map(|entry: fs::DirEntry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == ending))
        .collect()
}

/// Writes a part to the disk as it comes. What is no part of a mailbag is known by its first bytes, and not written at all.
pub(super) async fn receive(
    folder: &Path,
    field: &mut Field<'_>,
) -> Result<Result<(), MailbagError>, Refusal> {
    let mut beginning = Vec::with_capacity(MAILBAG_HEAD_LEN);
    while beginning.len() < MAILBAG_HEAD_LEN {
        match field.chunk().await.map_err(|error| refused(&error))? {
            Some(piece) => beginning.extend_from_slice(&piece),
            None => break,
        }
    }
    let head = match head_of(&beginning) {
        Ok(head) => head,
        Err(error) => return Ok(Err(error)),
    };
    create_folder(folder)?;
    let receiving = Receiving::begin(folder)?;
    let expected = head.layout.file_len(head.number);
    let mut got = beginning.len() as u64;
    let written = async {
        let mut file = tokio::fs::File::create_new(&receiving.0)
            .await
            .map_err(failed(&receiving.0))?;
        file.write_all(&beginning)
            .await
            .map_err(failed(&receiving.0))?;
        while got <= expected {
            let Some(piece) = field.chunk().await.map_err(|error| refused(&error))? else {
                break;
            };
            got += piece.len() as u64;
            file.write_all(&piece).await.map_err(failed(&receiving.0))?;
        }
        file.sync_all().await.map_err(failed(&receiving.0))
    };
    written.await?;
    if got < expected {
        return Ok(Err(MailbagError::Truncated { expected, got }));
    }
    if got > expected {
        return Ok(Err(MailbagError::Trailing {
            extra: got - expected,
        }));
    }
    let name = format!(
        "{}-{}-{:03}.{WHOLE}",
        HEXLOWER.encode(head.set.as_bytes()),
        head.layout.range(1).end,
        head.number
    );
    let path = folder.join(name);
    fs::rename(&receiving.0, &path).map_err(failed(&path))?;
    Ok(Ok(()))
}

fn head_of(beginning: &[u8]) -> Result<PartHead, MailbagError> {
    let mut head = [0; MAILBAG_HEAD_LEN];
    let got = beginning.len().min(MAILBAG_HEAD_LEN);
    head[..got].copy_from_slice(&beginning[..got]);
    PartHead::decode(&head).map_err(|error| match error {
        MailbagError::Head if got < MAILBAG_HEAD_LEN => MailbagError::Truncated {
            expected: MAILBAG_HEAD_LEN as u64,
            got: got as u64,
        },
        error => error,
    })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Refusal + use<> {
    let failed = disk("writing", path);
    |source| failed(source).into()
}

/// A file that is gone when this is dropped, unless it was given its name before.
struct Receiving(PathBuf);

impl Receiving {
    fn begin(folder: &Path) -> Result<Self, Error> {
        let name = HEXLOWER.encode(&random_bytes::<8>()?);
        Ok(Self(folder.join(format!("{name}.{BROKEN_OFF}"))))
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mailbag_is_known_by_its_beginning() {
        let told = |bytes: &[u8]| head_of(bytes).unwrap_err();
        assert!(matches!(told(b""), MailbagError::NoMailbag));
        assert!(matches!(
            told(b"%PDF-1.7 and so on"),
            MailbagError::NoMailbag
        ));
        let cut = [b"tidings mailbag\x01".as_slice(), &[0; 20]].concat();
        let cut = told(&cut);
        assert!(
            matches!(
                cut,
                MailbagError::Truncated {
                    expected: 88,
                    got: 36
                }
            ),
            "{cut:?}"
        );
        let newer = told(b"tidings mailbag\x02");
        assert!(matches!(newer, MailbagError::Version { got: 2 }));
        let damaged = [b"tidings mailbag\x01".as_slice(), &[7; 80]].concat();
        assert!(matches!(told(&damaged), MailbagError::Head));
    }

    #[test]
    fn only_parts_that_are_whole_count() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in ["torn.mailbag", "other.txt"] {
            fs::write(place(name), b"tidings mail").unwrap();
        }
        assert!(begun(folder.path()).is_empty());
        assert!(!place("torn.mailbag").exists() && place("other.txt").exists());
        assert!(begun(&place("nowhere")).is_empty());
    }
}
