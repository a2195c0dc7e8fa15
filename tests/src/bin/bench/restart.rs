//! A relay that holds a million letters: how soon it is ready again, after a stop and after a kill, and its memory.

use std::time::Instant;

use serde_json::json;
use tidings_tests::{line, process::bytes_below, relay::Relay};

use crate::{
    Wishes,
    deposits::{Mailboxes, fill, fresh_folder},
    report::folder,
};

pub(crate) async fn run(wishes: Wishes) -> anyhow::Result<()> {
    let place = fresh_folder()?;
    let relay = Relay::start(place.path())?;
    let endpoint = line::endpoint(line::ALPN)?;
    let mailboxes = Mailboxes::make(&relay, &endpoint, wishes.letters).await?;
    let begun = Instant::now();
    fill(&relay, &endpoint, &mailboxes, wishes.letters).await?;
    let filled = begun.elapsed();
    println!(
        "{} letters in {} mailboxes, {filled:.0?}; memory {} MiB, at most {} MiB",
        wishes.letters,
        mailboxes.owners().len(),
        mebibytes(relay.usage()?.resident),
        mebibytes(relay.usage()?.resident_peak)
    );
    let full_load_peak = relay.usage()?.resident_peak;
    let disk = bytes_below(relay.settings().data())?;
    let relay = relay.stop()?.start()?;
    let (after_stop, stopped) = (relay.ready_after(), relay.usage()?);
    println!(
        "restart after a stop: ready in {after_stop:.2?}, memory {} MiB, at most {} MiB",
        mebibytes(stopped.resident),
        mebibytes(stopped.resident_peak)
    );
    let relay = relay.kill_and_restart()?;
    let (after_kill, killed) = (relay.ready_after(), relay.usage()?);
    println!(
        "restart after kill -9: ready in {after_kill:.2?}, memory {} MiB, at most {} MiB",
        mebibytes(killed.resident),
        mebibytes(killed.resident_peak)
    );
    println!(
        "on disk {} MiB, {:.2} bytes a byte",
        mebibytes(disk),
        ratio(disk, wishes.letters * 8_192)
    );
    let result = json!({
        "bench": "restart",
        "letters": wishes.letters,
        "fill_seconds": filled.as_secs_f64(),
        "fill_resident_peak_bytes": full_load_peak,
        "disk_bytes": disk,
        "after_stop": {"ready_ms": after_stop.as_millis(), "resident_bytes": stopped.resident, "peak_bytes": stopped.resident_peak},
        "after_kill": {"ready_ms": after_kill.as_millis(), "resident_bytes": killed.resident, "peak_bytes": killed.resident_peak},
    });
    let file = folder()?.join("restart.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&result)?)?;
    println!("{}", file.display());
    relay.stop()?;
    Ok(())
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / 1_048_576
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}
