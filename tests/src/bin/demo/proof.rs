//! The proof at the end: what people wrote lies nowhere but where they opened it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use tidings_tests::scan::{Findings, Scan};

use crate::place::{files_below, opened, relative};

/// Searches the relay's folder, every log, every vault and the desk's folder for anything that was written, shown or secret
/// (STORE-17). The same search must find it where it was opened: else it would prove nothing.
///
/// # Errors
/// If anything was found, or the search finds nothing at all.
pub(crate) fn prove(place: &Path, mut scan: Scan, homes: &[PathBuf]) -> anyhow::Result<()> {
    // What was saved is encoded anew: other bytes than the originals, looked for as well.
    for file in files_below(&opened(place))? {
        scan = scan.contents("opened picture", &fs::read(file)?);
    }
    let control = scan.below(&opened(place))?;
    ensure!(
        !control.found.is_empty(),
        "the search does not even find what lies open in {}",
        opened(place).display()
    );
    println!("\n7. Nothing readable was left behind.");
    println!(
        "   A search for every text, name, picture, card and passphrase finds {} of them in {}, as it must;",
        control.found.len(),
        relative(&opened(place), place)
    );

    let mut left = Findings::default();
    let mut places = vec![place.join("relay")];
    places.extend(homes.iter().cloned());
    // Logs of relay and desk whole; of the clients what they wrote to their logs, not what they showed to their users.
    places.extend(
        files_below(&place.join("logs"))?
            .into_iter()
            .filter(|file| {
                let is_server = file
                    .file_stem()
                    .is_some_and(|name| name == "relay" || name == "desk");
                is_server || file.extension().is_some_and(|end| end == "stderr")
            }),
    );
    for place in &places {
        let findings = scan.below(place)?;
        left.files += findings.files;
        left.bytes += findings.bytes;
        left.found.extend(findings.found);
    }
    for finding in &left.found {
        println!(
            "   FOUND {} in {} at byte {}",
            finding.what,
            finding.file.display(),
            finding.offset
        );
    }
    ensure!(
        left.found.is_empty(),
        "{} traces of plaintext were left behind",
        left.found.len()
    );
    println!(
        "   and nothing in {} files ({} MiB): the folders and logs of relay and desk, all vaults and their logs.",
        left.files,
        left.bytes / 1_048_576
    );
    Ok(())
}
