//! The files of a bag: read from wherever they lie, written whole or not at all.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use tidings_protocol::mailbag::{Bag, Layout, MailbagError, Part, Source};

use crate::{Error, error::disk, files};

/// A file of a bag, opened when it is read.
#[derive(Debug, Clone)]
pub(crate) struct BagFile(pub(crate) PathBuf);

impl Source for BagFile {
    type Reader = File;

    fn open(&self) -> io::Result<File> {
        File::open(&self.0)
    }
}

/// Says in which file it is wrong; what the system says of a file is told as for any other.
pub(super) fn refused(path: &Path) -> impl Fn(MailbagError) -> Error + use<> {
    let path = path.to_owned();
    move |error| match error {
        MailbagError::Io(source) => disk("reading", &path)(source),
        source => Error::Mailbag {
            path: path.clone(),
            source,
        },
    }
}

/// Reads the heads of files and sorts them into bags.
pub(super) fn open_bags<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Bag<BagFile>>, Error> {
    let mut parts = Vec::with_capacity(paths.len());
    for path in paths {
        let path = path.as_ref();
        // A folder opens as a file does on some systems, and fails strangely when it is read.
        if path.is_dir() {
            return Err(disk("reading", path)(io::ErrorKind::IsADirectory.into()));
        }
        parts.push(Part::open(BagFile(path.to_owned())).map_err(refused(path))?);
    }
    Ok(Bag::gather(parts))
}

/// The file at which an error of a bag is told: that of the part, if the error names one.
pub(super) fn told(bag: &Bag<BagFile>, error: MailbagError) -> Error {
    let number = match &error {
        MailbagError::Damaged { number } => Some(*number),
        _ => None,
    };
    let any = (1..=bag.layout().count()).find_map(|number| bag.source(number));
    let file = number.and_then(|number| bag.source(number)).or(any);
    let path = file.map_or_else(PathBuf::new, |file| file.0.clone());
    refused(&path)(error)
}

/// The name of the file of a part: `NAME`, or `NAME-1-of-3` before its ending.
fn name(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

/// The files that are being written. None has its name before all of them are on the disk; those that are not to be are removed.
#[derive(Debug)]
pub(super) struct Writing {
    names: Vec<PathBuf>,
    begun: Vec<PathBuf>,
    named: Vec<PathBuf>,
    kept: bool,
}

impl Writing {
    /// Looks whether all names are free.
    ///
    /// # Errors
    /// [`Error::Disk`] names the first that is not.
    pub(super) fn begin(path: &Path, layout: &Layout) -> Result<Self, Error> {
        let names: Vec<PathBuf> = (1..=layout.count())
            .map(|number| name(path, &layout.name_of(number)))
            .collect();
        for name in &names {
            if name.symlink_metadata().is_ok() {
                let source = io::ErrorKind::AlreadyExists.into();
                return Err(disk("writing", name)(source));
            }
        }
        Ok(Self {
            names,
            begun: Vec::new(),
            named: Vec::new(),
            kept: false,
        })
    }

    /// Opens part `number`, from 1.
    pub(super) fn open(&mut self, number: u32) -> Result<BufWriter<File>, Error> {
        let mut beside = OsString::from(self.name(number));
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let doing = || disk("writing", &beside);
        // Left by one that was killed.
        files::remove(&beside).map_err(doing())?;
        let file = files::create_new_private(&beside).map_err(doing())?;
        self.begun.push(beside.clone());
        Ok(BufWriter::with_capacity(65_536, file))
    }

    /// Makes a part that was written last.
    pub(super) fn close(&self, number: u32, part: BufWriter<File>) -> Result<(), Error> {
        part.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(disk("writing", self.name(number)))
    }

    /// What the system said while the part was written that was begun last.
    pub(super) fn failed(&self, source: io::Error) -> Error {
        let number = u32::try_from(self.begun.len().max(1)).unwrap_or(u32::MAX);
        disk("writing", self.name(number))(source)
    }

    /// Gives all of them their names.
    pub(super) fn finish(mut self) -> Result<Vec<PathBuf>, Error> {
        for (beside, name) in self.begun.iter().zip(&self.names) {
            files::give_name(beside, name).map_err(disk("writing", name))?;
            self.named.push(name.clone());
        }
        self.kept = true;
        Ok(std::mem::take(&mut self.names))
    }

    fn name(&self, number: u32) -> &Path {
        let place = (number as usize).saturating_sub(1);
        self.names
            .get(place)
            .map_or(Path::new(""), PathBuf::as_path)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for path in self.begun.iter().chain(&self.named) {
            // Why it came to that is what the person has to hear.
            let _ = files::remove(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn parts_are_named_in_order() {
        let names = |path: &str, payload| -> Vec<String> {
            let layout = Layout::new(payload, 100_000).unwrap();
            let writing = Writing::begin(Path::new(path), &layout).unwrap();
            let names = writing.names.iter();
            names.map(|name| name.display().to_string()).collect()
        };
        assert_eq!(names("/none/post.mailbag", 65_536), ["/none/post.mailbag"]);
        assert_eq!(names("none", 131_072), ["none-1-of-2", "none-2-of-2"]);
        let many = names("/none/post.mailbag", 1_048_576);
        assert_eq!(many[0], "/none/post-01-of-11.mailbag");
        assert!(many.is_sorted());
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("post.mailbag");
        let two = Layout::new(131_072, 100_000).unwrap();
        let one = Layout::new(65_536, 100_000).unwrap();
        let mut writing = Writing::begin(&path, &two).unwrap();
        let mut part = writing.open(1).unwrap();
        part.write_all(b"half").unwrap();
        writing.close(1, part).unwrap();
        drop(writing);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        let mut writing = Writing::begin(&path, &one).unwrap();
        let part = writing.open(1).unwrap();
        writing.close(1, part).unwrap();
        assert_eq!(writing.finish().unwrap(), std::slice::from_ref(&path));
        assert!(matches!(
            Writing::begin(&path, &one),
            Err(Error::Disk { .. })
        ));
    }
}
