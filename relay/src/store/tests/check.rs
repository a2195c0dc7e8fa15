//! What a check finds: every flipped bit of a stopped store, and what is damaged in one that runs.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use tidings_protocol::{limits::ENVELOPE_LEN, time::Day};

use super::{
    super::{
        CheckReport, EmbeddedStore, Fault, OpenError, Store, StoreError,
        checkpoint::{load, recover},
        conformance::{Dice, chunk, envelope, mailbox, terms},
        foresight::passed_over,
        log::{list_segments, segment_path},
        shared::Folders,
    },
    faults::{copy, expected, filled, last_segment, letters},
    reopen, settings,
};

/// STORE-16: a flipped bit in a letter, a flipped bit in a blob, a missing blob: each is found and named by file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_finds_every_damaged_byte() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 5).await;
    store
        .put_blob(terms(1, 0), chunk(1), Day(90))
        .await
        .unwrap();
    store
        .put_blob(terms(2, 0), chunk(2).slice(..5_000), Day(90))
        .await
        .unwrap();
    store
        .put_blob(terms(3, 0), chunk(3), Day(90))
        .await
        .unwrap();
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound() && report.letters == 5 && report.blobs == 3);
    assert_eq!(report.bytes, 5 * ENVELOPE_LEN as u64 + 2 * 16_384 + 5_000);

    let flip = |path: &Path, at: u64| {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 1], at).unwrap();
    };
    let segment = last_segment(folder.path());
    let end = fs::metadata(&segment).unwrap().len();
    let name = |number: u8| format!("{number:02x}").repeat(32);
    flip(&folder.path().join("blobs/01").join(name(1)), 16_383);
    flip(&folder.path().join("blobs/part").join(name(2)), 4_999);
    fs::remove_file(folder.path().join("blobs/03").join(name(3))).unwrap();
    // The last frame holds the last blob's record only; the letter lies somewhere before: find it by its bytes.
    let bytes = fs::read(&segment).unwrap();
    let letter = envelope(4);
    let at = bytes
        .windows(64)
        .position(|window| window == &letter[..64])
        .unwrap() as u64;
    assert!(at < end);
    flip(&segment, at + 8_191);
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.fault_count, 4, "{:?}", report.faults);
    assert!(matches!(&report.faults[0], Fault::Letter { offset, .. } if *offset == at));
    assert!(
        report.faults[1..]
            .iter()
            .all(|fault| matches!(fault, Fault::Blob { .. }))
    );
    store.close().await.unwrap();
}

async fn examine(folder: &Path) -> Result<CheckReport, OpenError> {
    EmbeddedStore::examine(folder, settings(100_000), |_| ()).await
}

/// A stopped store with everything in it that a store can hold, in several segments.
async fn store_of_everything(folder: &Path) {
    for life in 0..4_u64 {
        let store = EmbeddedStore::open(folder, settings(100_000)).unwrap();
        store.turn(Day(100)).await.unwrap();
        for address in [mailbox(1), mailbox(2)] {
            store.create_mailbox(address, Day(1)).await.unwrap();
        }
        for number in 0..30 {
            let expires = if number % 3 == 0 { Day(5) } else { Day(90) };
            store
                .deposit(mailbox(1), envelope(100 * life + number), expires)
                .await
                .unwrap();
        }
        let gone = expected(100 * life..100 * life + 10);
        store.acknowledge(mailbox(1), gone).await.unwrap();
        store.expire(Day(10)).await.unwrap();
        let number = u8::try_from(life).unwrap();
        let whole = terms(10 + number, 0);
        store.put_blob(whole, chunk(1), Day(90)).await.unwrap();
        let part = chunk(2).slice(..5_000);
        store
            .put_blob(terms(20 + number, 0), part, Day(90))
            .await
            .unwrap();
        store
            .publish_prekeys(mailbox(2), life + 1, vec![7; 2_000].into())
            .await
            .unwrap();
        let closed = mailbox(30 + number);
        store.create_mailbox(closed, Day(1)).await.unwrap();
        store.delete_mailbox(closed, Day(1)).await.unwrap();
        store.close().await.unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if fs::metadata(&path).unwrap().len() > 0 {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// STORE-16: whichever bit of whichever file of a stopped store is flipped, dead or alive, it is reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_flipped_bit_of_a_stopped_store_is_passed_over() {
    let source = tempfile::tempdir().unwrap();
    store_of_everything(source.path()).await;
    let report = examine(source.path()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    assert_eq!(report.advice(), None, "nothing is to be done");
    let names: Vec<_> = files(source.path())
        .iter()
        .map(|path| path.strip_prefix(source.path()).unwrap().to_owned())
        .collect();
    assert!(names.len() > 15, "{names:?}");
    let mut dice = Dice(16);
    let mut kinds = std::collections::BTreeSet::new();
    let copied = tempfile::tempdir().unwrap();
    copy(source.path(), copied.path());
    for round in 0..8 {
        for name in &names {
            // Chunks are read only after the store was opened, which changes it.
            let own = name.starts_with("blobs").then(|| {
                let own = tempfile::tempdir().unwrap();
                copy(source.path(), own.path());
                own
            });
            let folder = own.as_ref().unwrap_or(&copied).path();
            let path = folder.join(name);
            let len = fs::metadata(&path).unwrap().len();
            // First and last byte, then anywhere.
            let at = match round {
                0 => 0,
                1 => len - 1,
                _ => dice.below(len),
            };
            let bits = 1 << dice.below(8);
            flip(&path, at, bits);
            match examine(folder).await {
                Ok(report) => {
                    assert!(
                        !report.is_sound(),
                        "byte {at} of {}, {len} bytes long, was flipped",
                        name.display()
                    );
                    assert!(report.advice().is_some());
                    let found = report.faults.iter().map(std::mem::discriminant);
                    kinds.extend(found.map(|kind| format!("{kind:?}")));
                }
                Err(OpenError::Version { .. }) => assert_eq!(name, Path::new("version")),
                Err(error) => panic!("{}: {error}", name.display()),
            }
            flip(&path, at, bits);
        }
    }
    let report = examine(copied.path()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    assert!(kinds.len() >= 4, "letters, blobs, log and files: {kinds:?}");
}

fn flip(path: &Path, at: u64, bits: u8) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ bits], at).unwrap();
}

/// STORE-16: of a store that was killed, whatever was acknowledged is looked at, dead or alive; what was in flight is no fault.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_store_is_sound_and_its_damage_is_found() {
    let source = tempfile::tempdir().unwrap();
    let store = filled(source.path(), 20).await;
    store.acknowledge(mailbox(1), expected(0..5)).await.unwrap();
    let killed = tempfile::tempdir().unwrap();
    copy(source.path(), killed.path());
    store.close().await.unwrap();

    let torn = tempfile::tempdir().unwrap();
    copy(killed.path(), torn.path());
    let segment = last_segment(torn.path());
    let len = fs::metadata(&segment).unwrap().len();
    let file = OpenOptions::new().write(true).open(&segment).unwrap();
    file.write_all_at(&[0x5a; 700], len).unwrap();
    let report = examine(torn.path()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);

    // The header of a frame, its contents, and a letter, each with whole frames behind it.
    let segment = last_segment(killed.path());
    let bytes = fs::read(&segment).unwrap();
    let letter = envelope(8);
    let at = bytes
        .windows(64)
        .position(|window| window == &letter[..64])
        .unwrap();
    let frame = bytes[..at]
        .windows(4)
        .rposition(|window| window == b"TFR1")
        .unwrap();
    for (what, at) in [
        ("header", frame + 20),
        ("contents", frame + 90),
        ("letter", at + 9),
    ] {
        let copied = tempfile::tempdir().unwrap();
        copy(killed.path(), copied.path());
        flip(&last_segment(copied.path()), at as u64, 4);
        let report = examine(copied.path()).await.unwrap();
        assert!(!report.is_sound(), "{what}");
    }
    // And a start does not take the damaged frame for the end of history.
    let copied = tempfile::tempdir().unwrap();
    copy(killed.path(), copied.path());
    flip(&last_segment(copied.path()), frame as u64 + 90, 4);
    let error = EmbeddedStore::open(copied.path(), settings(100)).unwrap_err();
    assert_eq!(error.to_string(), "the log on disk is damaged");
}

/// STORE-19: an index that nobody could have opened is one sentence, not a panic.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_a_killed_store_that_is_cut_short_is_a_fault() {
    let source = tempfile::tempdir().unwrap();
    store_of_everything(source.path()).await;
    fs::remove_file(source.path().join("index.sums")).unwrap();
    let tables: Vec<_> = files(&source.path().join("index"))
        .into_iter()
        .filter(|path| {
            path.parent()
                .is_some_and(|folder| folder.ends_with("tables"))
        })
        .collect();
    assert!(!tables.is_empty());
    for table in tables {
        let copied = tempfile::tempdir().unwrap();
        copy(source.path(), copied.path());
        let cut = copied
            .path()
            .join(table.strip_prefix(source.path()).unwrap());
        let len = fs::metadata(&cut).unwrap().len();
        let file = OpenOptions::new().write(true).open(&cut).unwrap();
        file.set_len(len / 2).unwrap();
        let report = examine(copied.path()).await.unwrap();
        assert!(!report.is_sound());
        assert!(report.advice().is_some());
    }
}

/// STORE-14: a check beside a running relay is refused before it reads anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_use_is_not_examined() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 1).await;
    let refused = examine(folder.path()).await;
    assert!(
        matches!(refused, Err(OpenError::InUse { .. })),
        "{refused:?}"
    );
    store.close().await.unwrap();
    let nothing = tempfile::tempdir().unwrap();
    let missing = examine(nothing.path()).await;
    assert!(
        matches!(missing, Err(OpenError::Missing { .. })),
        "{missing:?}"
    );
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0);
}

/// Every file of a folder with its bytes.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files(folder)
        .into_iter()
        // The lock is empty; whoever looks makes it.
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// Damages a store in one way.
type Harm = fn(&Path);

fn first_segment(folder: &Path) -> PathBuf {
    segment_path(&folder.join("log"), 1)
}

/// STORE-22: what a start cannot do without is refused before anything is changed, and a check says the same before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_must_fail_changes_nothing() {
    const ANEW: &str = "move the folder";
    const FROM_LOG: &str = "delete `store/checkpoint`";
    let source = tempfile::tempdir().unwrap();
    store_of_everything(source.path()).await;
    let harms: [(&str, Harm, &str); 6] = [
        (
            "index",
            |folder| fs::remove_dir_all(folder.join("index")).unwrap(),
            FROM_LOG,
        ),
        (
            "index of a killed relay",
            |folder| {
                fs::remove_dir_all(folder.join("index")).unwrap();
                fs::remove_file(folder.join("index.sums")).unwrap();
            },
            FROM_LOG,
        ),
        (
            "index, and the first segment",
            |folder| {
                fs::remove_dir_all(folder.join("index")).unwrap();
                fs::remove_file(first_segment(folder)).unwrap();
            },
            ANEW,
        ),
        (
            "last segment",
            |folder| fs::remove_file(last_segment(folder)).unwrap(),
            ANEW,
        ),
        (
            "log",
            |folder| fs::remove_dir_all(folder.join("log")).unwrap(),
            ANEW,
        ),
        (
            "checkpoint and log",
            |folder| {
                flip(&folder.join("checkpoint"), 3, 1);
                fs::remove_dir_all(folder.join("log")).unwrap();
            },
            ANEW,
        ),
    ];
    for (what, harm, words) in harms {
        let copied = tempfile::tempdir().unwrap();
        copy(source.path(), copied.path());
        harm(copied.path());
        let before = snapshot(copied.path());
        let report = examine(copied.path()).await.unwrap();
        assert!(!report.is_sound(), "{what}");
        let advice = report.advice().unwrap();
        assert!(advice.contains(words), "{what}: {advice}");
        let error = EmbeddedStore::open(copied.path(), settings(100)).unwrap_err();
        assert!(
            matches!(error, OpenError::Store(StoreError::Damaged { .. })),
            "{what}: {error}"
        );
        assert!(snapshot(copied.path()) == before, "{what}");
        assert_eq!(examine(copied.path()).await.unwrap(), report, "{what}");
    }
}

/// STORE-16, STORE-22: where a start goes on, the check does not advise to begin anew, and says what is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advice_is_no_more_than_a_start_needs() {
    let source = tempfile::tempdir().unwrap();
    let store = filled(source.path(), 6).await;
    reopen(source.path(), Some(store), 100)
        .await
        .close()
        .await
        .unwrap();
    let harms: [(&str, Harm, &str, bool); 5] = [
        (
            "checkpoint",
            |folder| fs::remove_file(folder.join("checkpoint")).unwrap(),
            "makes the checkpoint again",
            true,
        ),
        (
            "a bit of the checkpoint",
            |folder| flip(&folder.join("checkpoint"), 20, 1),
            "makes the checkpoint again",
            true,
        ),
        (
            "the lock of the index",
            |folder| fs::remove_file(folder.join("index/lock")).unwrap(),
            "makes the lock of the index again",
            false,
        ),
        (
            "last segment",
            |folder| {
                let file = OpenOptions::new().write(true).open(last_segment(folder));
                file.unwrap().set_len(0).unwrap();
            },
            "the relay starts and goes on",
            true,
        ),
        (
            "a frame before the checkpoint",
            |folder| flip(&first_segment(folder), 64 + 20, 1),
            "the relay starts and goes on",
            false,
        ),
    ];
    for (what, harm, words, is_noticed) in harms {
        let copied = tempfile::tempdir().unwrap();
        copy(source.path(), copied.path());
        harm(copied.path());
        let report = examine(copied.path()).await.unwrap();
        assert!(!report.is_sound(), "{what}");
        let advice = report.advice().unwrap();
        assert!(advice.contains(words), "{what}: {advice}");
        assert!(!advice.contains("move the folder"), "{what}: {advice}");

        let folders = Folders::of(copied.path());
        let (index, from, end) = recover(&folders, &settings(100)).unwrap();
        let waiting = load(&index).unwrap().1;
        let noticed = passed_over(&folders, from, end, &waiting).unwrap();
        assert_eq!(!noticed.is_empty(), is_noticed, "{what}: {noticed:?}");
        drop(index);

        let store = EmbeddedStore::open(copied.path(), settings(100)).unwrap();
        assert_eq!(letters(&store).await, expected(0..6), "{what}");
        store.close().await.unwrap();
    }
    // What is whole is not warned of, and a segment that letters wait in is missed.
    let folders = Folders::of(source.path());
    let (index, from, end) = recover(&folders, &settings(100)).unwrap();
    let waiting = load(&index).unwrap().1;
    assert_eq!(passed_over(&folders, from, end, &waiting).unwrap(), vec![]);
    fs::remove_file(first_segment(source.path())).unwrap();
    let noticed = passed_over(&folders, from, end, &waiting).unwrap();
    assert_eq!(noticed.len(), 1, "{noticed:?}");
}

/// STORE-22: the log of an older store begins behind segments that were given back. A checkpoint that is lost or damaged then costs
/// nothing either, whether the relay was stopped or killed; nor does a damaged index while the log is there from its beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_store_does_without_its_checkpoint() {
    let source = tempfile::tempdir().unwrap();
    let mut store = filled(source.path(), 3).await;
    for number in 3..6 {
        store = reopen(source.path(), Some(store), 100_000).await;
        let kept = envelope(number);
        store.deposit(mailbox(1), kept, Day(90)).await.unwrap();
    }
    // Of the second life nothing is left, and its segment goes with the next start.
    store.acknowledge(mailbox(1), expected([3])).await.unwrap();
    store = reopen(source.path(), Some(store), 100_000).await;
    store = reopen(source.path(), Some(store), 100_000).await;
    let segments = list_segments(&source.path().join("log")).unwrap();
    assert!(
        segments.contains(&1) && !segments.contains(&2),
        "{segments:?}"
    );
    store
        .deposit(mailbox(1), envelope(6), Day(90))
        .await
        .unwrap();
    let killed = tempfile::tempdir().unwrap();
    copy(source.path(), killed.path());
    store.close().await.unwrap();
    drop(store);

    let harms: [Harm; 2] = [
        |folder| flip(&folder.join("checkpoint"), 20, 1),
        |folder| fs::remove_file(folder.join("checkpoint")).unwrap(),
    ];
    for (what, folder) in [("stopped", source.path()), ("killed", killed.path())] {
        for (which, harm) in harms.into_iter().enumerate() {
            let copied = tempfile::tempdir().unwrap();
            copy(folder, copied.path());
            harm(copied.path());
            let before = snapshot(copied.path());
            let report = examine(copied.path()).await.unwrap();
            assert!(!report.is_sound(), "{what} {which}");
            let advice = report.advice().unwrap();
            assert!(
                advice.contains("makes the checkpoint again"),
                "{what} {which}: {advice}"
            );
            assert!(
                !advice.contains("move the folder"),
                "{what} {which}: {advice}"
            );
            assert!(snapshot(copied.path()) == before, "{what} {which}");

            let store = EmbeddedStore::open(copied.path(), settings(100)).unwrap();
            assert_eq!(
                letters(&store).await,
                expected([0, 1, 2, 4, 5, 6]),
                "{what} {which}"
            );
            store.close().await.unwrap();
            drop(store);
            let report = examine(copied.path()).await.unwrap();
            assert!(report.is_sound(), "{what} {which}: {:?}", report.faults);
        }
    }
    // The index is needed there: the log does not have it all.
    fs::remove_dir_all(source.path().join("index")).unwrap();
    flip(&source.path().join("checkpoint"), 20, 1);
    let advice = examine(source.path()).await.unwrap().advice().unwrap();
    assert!(advice.contains("move the folder"), "{advice}");
    let refused = EmbeddedStore::open(source.path(), settings(100)).unwrap_err();
    assert!(
        matches!(refused, OpenError::Store(StoreError::Damaged { .. })),
        "{refused}"
    );
}

/// STORE-22: while the log is there from its first segment, the advice for a damaged index makes it again, and costs no letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_index_is_made_again_from_the_whole_log() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4).await.close().await.unwrap();
    let table = files(&folder.path().join("index"))
        .into_iter()
        .find(|path| {
            path.parent()
                .is_some_and(|tables| tables.ends_with("tables"))
        })
        .unwrap();
    flip(&table, 30, 1);
    let advice = examine(folder.path()).await.unwrap().advice().unwrap();
    assert!(
        advice.contains("delete `store/checkpoint` and start"),
        "{advice}"
    );
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    let store = EmbeddedStore::open(folder.path(), settings(100)).unwrap();
    assert_eq!(letters(&store).await, expected(0..4));
    store.close().await.unwrap();
    drop(store);
    let report = examine(folder.path()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
}
