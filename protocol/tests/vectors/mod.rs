//! Frozen vectors: annotated text, `name: value`, one file each (`tests/vectors/`).
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "every test file uses its own part, and a test stops at the first surprise"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fs,
    path::PathBuf,
};

use rand_core::{TryCryptoRng, TryRng};

/// A vector: what it shows, and its fields in order.
pub struct Vector {
    pub name: &'static str,
    pub comment: &'static str,
    pub fields: Vec<(String, String)>,
}

impl Vector {
    pub fn new(name: &'static str, comment: &'static str) -> Self {
        Self {
            name,
            comment,
            fields: Vec::new(),
        }
    }

    pub fn hex(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.text(name, &hex::encode(bytes))
    }

    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.fields.push((name.to_owned(), text.to_owned()));
        self
    }

    /// A long byte string that ends in zeros: the zeros are counted instead of written.
    pub fn padded(self, name: &str, bytes: &[u8]) -> Self {
        let end = bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        self.hex(name, &bytes[..end])
            .text("zeros", &(bytes.len() - end).to_string())
    }

    /// [`Self::padded`], for one of several in one file.
    pub fn padded_as(self, name: &str, bytes: &[u8]) -> Self {
        let end = bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        self.hex(name, &bytes[..end]).text(
            &format!("zeros of {name}"),
            &(bytes.len() - end).to_string(),
        )
    }

    fn render(&self) -> String {
        let mut text = String::new();
        for line in self.comment.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        for (name, value) in &self.fields {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text
    }
}

/// A vector as it was read back from its file.
pub struct Frozen(BTreeMap<String, String>);

impl Frozen {
    pub fn text(&self, name: &str) -> &str {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("no field {name}"))
    }

    pub fn hex(&self, name: &str) -> Vec<u8> {
        hex::decode(self.text(name)).unwrap()
    }

    pub fn padded(&self, name: &str) -> Vec<u8> {
        let mut bytes = self.hex(name);
        bytes.resize(
            bytes.len() + self.text("zeros").parse::<usize>().unwrap(),
            0,
        );
        bytes
    }

    pub fn padded_as(&self, name: &str) -> Vec<u8> {
        let mut bytes = self.hex(name);
        let zeros: usize = self.text(&format!("zeros of {name}")).parse().unwrap();
        bytes.resize(bytes.len() + zeros, 0);
        bytes
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Compares `vectors` with the files of `folder`, each of which must be there and nothing else, and returns what is in
/// the files. With `TIDINGS_WRITE_VECTORS=1` writes them first: a changed file is a change of the format.
pub fn compare(folder: &str, vectors: &[Vector]) -> BTreeMap<&'static str, Frozen> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/vectors")
        .join(folder);
    if std::env::var_os("TIDINGS_WRITE_VECTORS").is_some_and(|value| value == "1") {
        fs::create_dir_all(&folder).unwrap();
        for vector in vectors {
            fs::write(folder.join(format!("{}.txt", vector.name)), vector.render()).unwrap();
        }
    }
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected: BTreeSet<String> = vectors
        .iter()
        .map(|vector| format!("{}.txt", vector.name))
        .collect();
    assert_eq!(there, expected, "files of {}", folder.display());
    vectors
        .iter()
        .map(|vector| {
            let text = fs::read_to_string(folder.join(format!("{}.txt", vector.name))).unwrap();
            assert!(
                text == vector.render(),
                "{} is not what the code makes of it",
                vector.name
            );
            let fields = text
                .lines()
                .filter(|line| !line.starts_with('#'))
                .map(|line| {
                    line.split_once(": ")
                        .unwrap_or_else(|| (line.trim_end_matches(':'), ""))
                })
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            (vector.name, Frozen(fields))
        })
        .collect()
}

/// Not random at all: the bytes 0, 1, 2 and so on, so that a vector can be made anew anywhere.
pub struct Counting(pub u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for byte in into {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}
