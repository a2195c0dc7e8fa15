//! STORE-18: receipts hold as long as the store goes on from the state in which they were given, and no longer.

use std::{fs, path::Path};

use tidings_protocol::{exchange::Receipt, ids::EnvelopeHash, time::Day};

use super::{
    super::{
        EmbeddedStore, OpenError, Store, StoreError, StoreSettings,
        conformance::{envelope, mailbox},
    },
    faults::copy,
    reopen,
};

async fn deposit(store: &EmbeddedStore, number: u64) -> Receipt {
    store
        .deposit(mailbox(1), envelope(number), Day(90))
        .await
        .unwrap();
    store.receipt(&mailbox(1))
}

async fn holds(store: &EmbeddedStore, receipt: Receipt) -> bool {
    store.holds(mailbox(1), receipt).await.unwrap()
}

async fn open(folder: &Path) -> EmbeddedStore {
    let store = reopen(folder, None, 1_000).await;
    store.create_mailbox(mailbox(1), Day(1)).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_outlives_starts_and_its_letter() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).await;
    let mut receipts = Vec::new();
    for number in 0..6 {
        receipts.push(deposit(&store, number).await);
        let hash = EnvelopeHash::of(&envelope(number));
        store.acknowledge(mailbox(1), vec![hash]).await.unwrap();
        // Asked before the new life has written anything, and in lives that never write anything.
        store = reopen(folder.path(), Some(store), 1_000).await;
        store = reopen(folder.path(), Some(store), 1_000).await;
        for receipt in &receipts {
            assert!(holds(&store, *receipt).await, "after start {number}");
        }
    }
    let other = store.holds(mailbox(2), receipts[0]).await.unwrap();
    assert!(!other, "a receipt is for one mailbox");
    assert!(!holds(&store, Receipt([0; 32])).await);
    store.close().await.unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let another = open(elsewhere.path()).await;
    for receipt in receipts {
        assert!(!holds(&another, receipt).await, "in another store");
    }
    another.close().await.unwrap();
}

/// What was deposited behind the state that was put back is noticed, at once and for ever; what was before holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_put_back_to_an_older_state_is_noticed() {
    // The copy is made of a stopped store, and of one in the middle of its work, as a snapshot of the disk would be.
    for stopped in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        let before = deposit(&store, 1).await;
        let kept = tempfile::tempdir().unwrap();
        let store = if stopped {
            store.close().await.unwrap();
            drop(store);
            copy(folder.path(), kept.path());
            reopen(folder.path(), None, 1_000).await
        } else {
            copy(folder.path(), kept.path());
            store
        };
        let behind = deposit(&store, 2).await;
        let store = reopen(folder.path(), Some(store), 1_000).await;
        let later = deposit(&store, 3).await;
        assert!(holds(&store, before).await && holds(&store, behind).await);
        store.close().await.unwrap();

        let mut store = reopen(kept.path(), None, 1_000).await;
        for number in 10..30 {
            assert!(holds(&store, before).await, "stopped: {stopped}, {number}");
            assert!(!holds(&store, behind).await, "stopped: {stopped}, {number}");
            assert!(!holds(&store, later).await, "stopped: {stopped}, {number}");
            // The new history passes the old one in letters and in lives, and is no more like it.
            let new = deposit(&store, number).await;
            if number % 5 == 0 {
                store = reopen(kept.path(), Some(store), 1_000).await;
            }
            assert!(holds(&store, new).await);
        }
        store.close().await.unwrap();
    }
}

/// A store whose tables were removed is refused, and its log stays as it is: it must not pass for an empty one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_its_index_is_refused_and_keeps_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    deposit(&store, 1).await;
    store.close().await.unwrap();
    drop(store);
    let log = fs::read_dir(folder.path().join("log")).unwrap().count();
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    for _ in 0..2 {
        let refused = EmbeddedStore::open(folder.path(), StoreSettings::default());
        assert!(matches!(
            refused,
            Err(OpenError::Store(StoreError::Damaged { what: "the index" }))
        ));
    }
    let left = fs::read_dir(folder.path().join("log")).unwrap().count();
    assert_eq!(left, log);
}
