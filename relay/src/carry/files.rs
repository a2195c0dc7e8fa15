//! The files of a bag.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use tidings_protocol::mailbag::{Bag, Layout, MailbagError, Part, Source};

use super::CarryError;

/// A file of a bag, opened when it is read.
#[derive(Debug, Clone)]
pub struct BagFile(pub PathBuf);

impl Source for BagFile {
    type Reader = File;

    fn open(&self) -> io::Result<File> {
        File::open(&self.0)
    }
}

/// Says in which file it is wrong.
pub(super) fn refused(path: &Path) -> impl Fn(MailbagError) -> CarryError + use<> {
    let path = path.to_owned();
    move |source| CarryError::Mailbag {
        path: path.clone(),
        source,
    }
}

/// Opens the files of one bag, in any order, and compares every byte with its checksums.
///
/// # Errors
/// [`CarryError::Mailbag`] names the file, and parts that are missing; [`CarryError::Several`].
pub fn open_bag(paths: &[PathBuf]) -> Result<Bag<BagFile>, CarryError> {
    let mut parts = Vec::with_capacity(paths.len());
    for path in paths {
        parts.push(Part::open(BagFile(path.clone())).map_err(refused(path))?);
    }
    let mut bags = Bag::gather(parts);
    let bag = match (bags.pop(), bags.len()) {
        (Some(bag), 0) => bag,
        (_, others) => return Err(CarryError::Several { got: others + 1 }),
    };
    if let Err(error) = bag.check(|_| {}) {
        let number = match &error {
            MailbagError::Damaged { number } => *number,
            _ => 0,
        };
        let file = bag.source(number).map(|file| file.0.clone());
        let path = file.or_else(|| paths.first().cloned()).unwrap_or_default();
        return Err(refused(&path)(error));
    }
    Ok(bag)
}

/// The files that are being written: none has its name before all are on the disk.
#[derive(Debug)]
pub(super) struct Writing {
    names: Vec<PathBuf>,
    begun: Vec<PathBuf>,
    kept: bool,
}

impl Writing {
    pub(super) fn begin(path: &Path, layout: &Layout) -> Result<Self, CarryError> {
        let names: Vec<_> = (1..=layout.count())
            .map(|number| named(path, &layout.name_of(number)))
            .collect();
        for name in &names {
            if name.symlink_metadata().is_ok() {
                return Err(CarryError::Write {
                    path: name.clone(),
                    source: io::ErrorKind::AlreadyExists.into(),
                });
            }
        }
        Ok(Self {
            names,
            begun: Vec::new(),
            kept: false,
        })
    }

    pub(super) fn open(&mut self, number: u32) -> Result<BufWriter<File>, CarryError> {
        let mut beside = OsString::from(self.name(number));
        beside.push(".part");
        let path = PathBuf::from(beside);
        let file = remove(&path).and_then(|()| {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
        });
        let file = file.map_err(|source| CarryError::Write {
            path: path.clone(),
            source,
        })?;
        self.begun.push(path);
        Ok(BufWriter::with_capacity(65_536, file))
    }

    pub(super) fn close(&self, number: u32, part: BufWriter<File>) -> Result<(), CarryError> {
        part.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(|source| CarryError::Write {
                path: self.name(number).to_owned(),
                source,
            })
    }

    /// What the system said while a part was written.
    pub(super) fn failed(&self, source: io::Error) -> CarryError {
        let number = u32::try_from(self.begun.len().max(1)).unwrap_or(u32::MAX);
        CarryError::Write {
            path: self.name(number).to_owned(),
            source,
        }
    }

    /// Gives all of them their names.
    pub(super) fn finish(mut self) -> Result<Vec<PathBuf>, CarryError> {
        for (beside, name) in self.begun.iter().zip(&self.names) {
            // Looked at before; a link would be followed by nobody.
            let folder = name.parent().filter(|folder| folder.as_os_str() != "");
            fs::rename(beside, name)
                .and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all())
                .map_err(|source| CarryError::Write {
                    path: name.clone(),
                    source,
                })?;
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
        if !self.kept {
            for path in &self.begun {
                // Why it came to that is what the operator has to hear.
                let _ = remove(path);
            }
        }
    }
}

fn named(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
