//! The embedded store against the conformance suite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod check;
mod disk;
mod faults;
mod index;
mod kill;
mod lives;
mod vectors;

use std::path::Path;

use super::{EmbeddedStore, Store, StoreSettings, conformance};

fn settings(quota: u32) -> StoreSettings {
    StoreSettings {
        mailbox_letters: quota,
        disk_reserve_bytes: 1_024 * 1_024,
        cache_bytes: 4 * 1_024 * 1_024,
        ..StoreSettings::default()
    }
}

async fn reopen(folder: &Path, old: Option<EmbeddedStore>, quota: u32) -> EmbeddedStore {
    if let Some(old) = old {
        old.close().await.unwrap();
        drop(old);
    }
    EmbeddedStore::open(folder, settings(quota)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rules_hold() {
    let folder = tempfile::tempdir().unwrap();
    let store = reopen(folder.path(), None, 4).await;
    conformance::rules(&store, 4).await;
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    store.close().await.unwrap();
}

/// `TIDINGS_HISTORIES` asks for more than the usual few.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_agree_with_the_model() {
    let histories = std::env::var("TIDINGS_HISTORIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    for seed in 0..histories {
        let folder = tempfile::tempdir().unwrap();
        conformance::history(seed, 600, 5, |old| reopen(folder.path(), old, 5)).await;
    }
}
