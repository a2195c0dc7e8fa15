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
#[path = "../vectors/mod.rs"]
mod vectors;

use std::collections::BTreeMap;

use tidings_protocol::{
    office::{OfficeSubkey, Roles},
    secret::{Secret, SigningSecret},
    time::Day,
};
use vectors::{Counting, Frozen};

/// The day on which everything here happens: 2026-09-07, a Monday.
const TODAY: Day = Day(20_703);

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
    fn of(frozen: &Frozen) -> Self {
        Self(
            frozen
                .names()
                .filter(|&name| name != "outcome")
                .map(|name| (name.to_owned(), frozen.hex(name)))
                .collect(),
        )
    }

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
fn settle(folder: &str, made: &[Vector], read: impl Fn(&Parts) -> String) {
    let made: Vec<_> = made
        .iter()
        .map(|vector| {
            let outcome = read(&Parts(vector.parts.iter().cloned().collect()));
            vector.parts.iter().fold(
                vectors::Vector::new(vector.name, vector.shows).text("outcome", &outcome),
                |frozen, (name, bytes)| frozen.hex(name, bytes),
            )
        })
        .collect();
    for (name, frozen) in vectors::compare(folder, &made) {
        let outcome = frozen.text("outcome");
        assert_eq!(
            read(&Parts::of(&frozen)),
            outcome,
            "{name}: read from the file"
        );
        let is_good = outcome == "good";
        let is_flawed_by_name = outcome.starts_with("refused");
        assert!(is_good || is_flawed_by_name, "{name}: {outcome}");
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

fn longer(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}
