//! Where the built binaries are.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Path of a binary of this workspace, as built beside the running test or program.
///
/// # Errors
/// If it is not there: cargo builds no other package's binaries for a test, so they have to be built first.
pub fn find(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("where this program lies")?;
    // A test lies in target/debug/deps, a binary in target/debug.
    let folders = own.ancestors().skip(1).take(2);
    for path in folders.map(|folder| folder.join(name)) {
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!(
        "{name} is not built beside {}: run `cargo build --workspace --bins` first, or `cargo xtask test`, which does",
        own.parent().unwrap_or(Path::new(".")).display()
    )
}
