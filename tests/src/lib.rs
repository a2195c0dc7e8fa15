//! Drives the real binaries over real sockets: starts them, waits for them with a limit, and stops only what it started.
//!
//! | room | for |
//! |---|---|
//! | [`binary`] | where the built binaries are |
//! | [`process`] | one child: output in files, bounded waits, its CPU time and memory, ended by its own process id |
//! | [`relay`] | a `tidings-relay` on a free loopback port |
//! | [`desk`] | a `tidings-desk` on a free loopback port, and people who ask it for pages |
//! | [`browser`], [`http`] | a real Chromium; plain requests, as wrong as wanted |
//! | [`cli`] | the command line `tidings` in a home of its own |
//! | [`ledger`] | keeps account of letters and holds a relay to it |
//! | [`line`] | a bare line to a relay, below the client library |
//! | [`post`] | a relay, an office and a family that know each other |
//! | [`hostile`], [`socks`], [`tor`] | networks that block, freeze, lose and pose; proxies; a Tor network on loopback |
//! | [`disk`] | a small disk that can be filled and made read-only |
//! | [`terminal`] | a program on a terminal of its own, and the keys that are pressed there |
//! | [`scan`] | searching folders for what must not be there |
//!
//! Errors are `anyhow`: whoever reads them is a person in front of a failed test.

pub mod binary;
pub mod browser;
pub mod cli;
pub mod desk;
pub mod disk;
pub mod hand;
pub mod hostile;
pub mod http;
pub mod ledger;
pub mod post;
pub mod process;
pub mod relay;
pub mod scan;
pub mod socks;
pub mod terminal;
pub mod tor;

pub use tidings_line as line;

use std::path::{Path, PathBuf};

/// The root of the project.
#[must_use]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// A file under `tests/fixtures`.
#[must_use]
pub fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures").join(name)
}

/// Whether the long rounds are wanted: `TIDINGS_LONG=1`, or `cargo xtask test --long`.
#[must_use]
pub fn long_rounds() -> bool {
    std::env::var_os("TIDINGS_LONG").is_some_and(|value| value == "1")
}
