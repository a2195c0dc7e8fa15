//! Full disks: what is refused, what goes on, and that nobody has to do anything when there is room again.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::PathBuf,
    process::Command,
};

use tidings_protocol::{exchange::Refusal, ids::EnvelopeHash, limits::ENVELOPE_LEN, time::Day};

use super::{
    super::{
        EmbeddedStore, Store, StoreError, StoreSettings,
        conformance::{chunk, envelope, mailbox, terms},
    },
    faults::{copy, expected, filled, letters, lose_index_journals},
    settings,
};

/// STORE-10: a full disk refuses what is new, goes on with everything else, and takes deposits again by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 3).await;
    store.limit_disk(settings(1).disk_reserve_bytes + 4_096);
    let refusal = |error: StoreError| error.refusal();
    let deposited = store.deposit(mailbox(1), envelope(7), Day(90)).await;
    assert_eq!(deposited.map_err(refusal), Err(Refusal::RelayFull));
    let put = store.put_blob(terms(1, 0), chunk(1), Day(90)).await;
    assert_eq!(put.map_err(refusal), Err(Refusal::RelayFull));
    store.limit_disk(0);
    let created = store.create_mailbox(mailbox(2), Day(1)).await;
    assert_eq!(
        created.map(|_| ()).map_err(refusal),
        Err(Refusal::RelayFull)
    );
    assert!(store.stats().await.unwrap().full);
    assert_eq!(letters(&store).await, expected(0..3));
    store.acknowledge(mailbox(1), expected(0..1)).await.unwrap();
    assert_eq!(letters(&store).await, expected(1..3));
    store.limit_disk(u64::MAX);
    store
        .deposit(mailbox(1), envelope(7), Day(90))
        .await
        .unwrap();
    assert!(!store.stats().await.unwrap().full);
    store.close().await.unwrap();
}

/// STORE-10: the same for the configured cap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_storage_cap_holds() {
    let folder = tempfile::tempdir().unwrap();
    let capped = StoreSettings {
        storage_bytes: 3 * ENVELOPE_LEN as u64,
        ..settings(100)
    };
    let store = EmbeddedStore::open(folder.path(), capped).unwrap();
    store.create_mailbox(mailbox(1), Day(1)).await.unwrap();
    for number in 0..3 {
        store
            .deposit(mailbox(1), envelope(number), Day(90))
            .await
            .unwrap();
    }
    let over = store
        .deposit(mailbox(1), envelope(3), Day(90))
        .await
        .unwrap_err();
    assert_eq!(over.refusal(), Refusal::RelayFull);
    store.acknowledge(mailbox(1), expected([1])).await.unwrap();
    store
        .deposit(mailbox(1), envelope(3), Day(90))
        .await
        .unwrap();
    assert_eq!(letters(&store).await, expected([0, 2, 3]));
    store.close().await.unwrap();
}

/// A small file system of its own, if this machine lets us make one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn make(mebibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .output();
    }
}

/// STORE-11: when the disk really has no byte left (somebody else filled it), nothing is acknowledged that is not stored,
/// collects go on, and writing goes on by itself once there is room, in the same process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_space_left_is_survived() {
    let Some(disk) = SmallDisk::make(48) else {
        eprintln!("not run: this user may not mount a small file system");
        return;
    };
    let careless = StoreSettings {
        disk_reserve_bytes: 1,
        ..settings(100_000)
    };
    let store = EmbeddedStore::open(&disk.0.path().join("data"), careless.clone()).unwrap();
    store.create_mailbox(mailbox(1), Day(1)).await.unwrap();
    let mut kept = Vec::new();
    for number in 0..20 {
        store
            .deposit(mailbox(1), envelope(number), Day(90))
            .await
            .unwrap();
        kept.push(number);
    }
    // Somebody else takes all the rest.
    let filler = disk.0.path().join("filler");
    let file = File::create(&filler).unwrap();
    let mut at = 0;
    for piece in [1_048_576, 4_096] {
        while file.write_all_at(&vec![1; piece], at).is_ok() {
            at += piece as u64;
        }
    }
    for number in 20..30 {
        if store
            .deposit(mailbox(1), envelope(number), Day(90))
            .await
            .is_ok()
        {
            kept.push(number);
        }
    }
    assert!(kept.len() < 30, "the disk was not full");
    assert_eq!(
        letters(&store).await,
        expected(kept.clone()),
        "collects go on"
    );
    fs::remove_file(&filler).unwrap();
    drop(file);
    store
        .deposit(mailbox(1), envelope(40), Day(90))
        .await
        .unwrap();
    store.acknowledge(mailbox(1), expected([0])).await.unwrap();
    let there = letters(&store).await;
    for number in kept.iter().filter(|number| **number != 0).chain(&[40]) {
        assert!(
            there.contains(&EnvelopeHash::of(&envelope(*number))),
            "letter {number}"
        );
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    store.close().await.unwrap();
    drop(store);
    let store = EmbeddedStore::open(&disk.0.path().join("data"), careless).unwrap();
    assert_eq!(letters(&store).await, there);
    store.close().await.unwrap();
}

/// STORE-20: a store closed, or killed, is opened on a disk without a free byte: it gives letters out, takes removals, refuses
/// what is new, and takes letters again, in the same process, as soon as there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_opens_on_a_disk_without_a_free_byte() {
    for killed in [false, true] {
        let Some(disk) = SmallDisk::make(192) else {
            eprintln!("not run: this user may not mount a small file system");
            return;
        };
        let folder = disk.0.path().join("data");
        let store = filled(&folder, 300).await;
        let folder = if killed {
            // What is on the disk while it runs is what a kill leaves there.
            let killed = disk.0.path().join("killed");
            copy(&folder, &killed);
            // The engine's empty journal is sparse; copied, it would be most of the disk, and be given back at the start.
            lose_index_journals(&killed);
            store.close().await.unwrap();
            drop(store);
            fs::remove_dir_all(&folder).unwrap();
            killed
        } else {
            store.close().await.unwrap();
            drop(store);
            folder
        };
        let filler = disk.fill();
        let store = EmbeddedStore::open(&folder, settings(1_000)).unwrap();
        assert_eq!(letters(&store).await, expected(0..300));
        refuses_what_is_new(&store).await;
        let repeated = store.deposit(mailbox(1), envelope(299), Day(90)).await;
        assert!(repeated.is_ok(), "killed: {killed}");
        for number in 0..100 {
            store
                .acknowledge(mailbox(1), expected([number]))
                .await
                .unwrap();
        }
        let step = store.expire(Day(2)).await.unwrap();
        assert_eq!(step.letters, 0);
        store.close().await.unwrap();
        drop(store);
        // Somebody takes what the ballast was, too: now nothing can be written at all, but letters still go out.
        disk.fill_more(&filler);
        let store = EmbeddedStore::open(&folder, settings(1_000)).unwrap();
        assert_eq!(letters(&store).await, expected(100..300));
        refuses_what_is_new(&store).await;
        fs::remove_file(&filler).unwrap();
        store
            .deposit(mailbox(1), envelope(400), Day(90))
            .await
            .unwrap();
        let there = expected((100..300).chain([400]));
        assert_eq!(letters(&store).await, there);
        store.close().await.unwrap();
        drop(store);
        let report = EmbeddedStore::examine(&folder, settings(1_000), |_| ())
            .await
            .unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert!(folder.join("ballast").exists(), "the ballast is held again");
    }
}

async fn refuses_what_is_new(store: &EmbeddedStore) {
    let refused = store.deposit(mailbox(1), envelope(400), Day(90)).await;
    assert_eq!(
        refused.map_err(|error| error.refusal()),
        Err(Refusal::RelayFull)
    );
}

impl SmallDisk {
    /// Takes every free byte; removing the file gives them back.
    fn fill(&self) -> PathBuf {
        let filler = self.0.path().join("filler");
        self.fill_more(&filler);
        filler
    }

    fn fill_more(&self, filler: &std::path::Path) {
        let file = File::options()
            .create(true)
            .append(false)
            .write(true)
            .truncate(false)
            .open(filler)
            .unwrap();
        let mut at = file.metadata().unwrap().len();
        for piece in [1_048_576, 4_096, 1] {
            while file.write_all_at(&vec![1; piece], at).is_ok() {
                at += piece as u64;
            }
        }
    }
}
