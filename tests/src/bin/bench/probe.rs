//! How fast this disk syncs at this moment: the same machine gives other figures in another minute.

use std::{fs::File, io::Write, path::Path, time::Instant};

/// Median time of an 8 KiB append with fdatasync above which a round does not count, in microseconds.
pub(crate) const NOISY: u64 = 300;

/// Median time of an 8 KiB append with fdatasync in `folder`, in microseconds.
pub(crate) fn fdatasync(folder: &Path) -> anyhow::Result<u64> {
    let path = folder.join("probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        file.write_all(&[7; 8_192])?;
        file.sync_data()?;
        times.push(u64::try_from(begun.elapsed().as_micros())?);
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
