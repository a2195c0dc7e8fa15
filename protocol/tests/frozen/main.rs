//! Frozen bytes of cards, prekeys, notices, contents and blobs, in `tests/vectors/`: one file for each, named after what it
//! shows, with lines `name: hex`, and `outcome: …` for what a reader must make of it.
//!
//! Each is made anew and must come out the same, byte for byte; then it is read from the file, as another implementation
//! would, and must end as the file says. `TIDINGS_WRITE_VECTORS=1` writes them: a changed file is a format change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod blob;
mod card;
mod letter;
mod notice;
mod prekey;

use std::{collections::BTreeMap, convert::Infallible, fs, path::PathBuf};

use rand_core::{TryCryptoRng, TryRng};
use tidings_protocol::{
    office::{OfficeSubkey, Roles},
    secret::{Secret, SigningSecret},
    time::Day,
};

/// The day on which everything here happens: 2026-09-07, a Monday.
const TODAY: Day = Day(20_703);

/// 0, 1, 2, … 255, 0, …: no generator of any crate's version.
struct Counting(u8);

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

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

fn identity() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([0x11; 32]))
}

fn other_identity() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([0x22; 32]))
}

fn subkey(roles: Roles) -> OfficeSubkey {
    OfficeSubkey::issue(&identity(), roles, TODAY, 90, 1, &mut Counting(0x40)).unwrap()
}

/// One file: what it shows, and named bytes.
struct Vector {
    name: &'static str,
    shows: &'static str,
    parts: Vec<(String, Vec<u8>)>,
}

impl Vector {
    fn new(name: &'static str, shows: &'static str) -> Self {
        Self {
            name,
            shows,
            parts: Vec::new(),
        }
    }

    fn with(mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        self.parts.push((name.into(), bytes.as_ref().to_vec()));
        self
    }
}

/// What a file holds, for a reader.
struct Parts(BTreeMap<String, Vec<u8>>);

impl Parts {
    fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).unwrap_or_else(|| panic!("no line {name}"))
    }

    fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.get(name).try_into().unwrap()
    }

    fn number(&self, name: &str) -> u32 {
        u32::from_le_bytes(self.array(name))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// Writes or compares every vector of a folder; `read` is the reader.
fn settle(folder: &str, vectors: &[Vector], read: impl Fn(&Parts) -> String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/vectors")
        .join(folder);
    for vector in vectors {
        let path = folder.join(format!("{}.txt", vector.name));
        let made = Parts(vector.parts.iter().cloned().collect());
        let mut text = format!("# {}\noutcome: {}\n", vector.shows, read(&made));
        for (name, bytes) in &vector.parts {
            text += &format!("{name}: {}\n", hex::encode(bytes));
        }
        if std::env::var_os("TIDINGS_WRITE_VECTORS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let frozen =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (outcome, parts) = parse(&frozen);
        assert_eq!(read(&parts), outcome, "{}: read from the file", vector.name);
        assert!(frozen == text, "{}: not the frozen bytes", vector.name);
        let is_good = outcome == "good";
        let is_flawed_by_name = outcome.starts_with("refused");
        assert!(is_good || is_flawed_by_name, "{}: {outcome}", vector.name);
    }
    let mut names: Vec<_> = vectors
        .iter()
        .map(|vector| format!("{}.txt", vector.name))
        .collect();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    files.sort();
    assert_eq!(files, names, "every file of the folder is tested");
}

fn parse(text: &str) -> (String, Parts) {
    let mut outcome = String::new();
    let mut parts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line
            .split_once(": ")
            .unwrap_or((line.trim_end_matches(':'), ""));
        if name == "outcome" {
            outcome = value.to_owned();
        } else {
            parts.insert(name.to_owned(), hex::decode(value).unwrap());
        }
    }
    (outcome, Parts(parts))
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

fn longer(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}
