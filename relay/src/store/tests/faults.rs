//! Torn files, foreign folders, space that comes back.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

use tidings_protocol::{ids::EnvelopeHash, limits::ENVELOPE_LEN, time::Day};

use super::{
    super::{
        Deposited, EmbeddedStore, OpenError, Store,
        conformance::{chunk, envelope, mailbox, read_capability, terms},
        log::list_segments,
    },
    reopen, settings,
};

pub(super) async fn filled(folder: &Path, letters: u64) -> EmbeddedStore {
    let store = EmbeddedStore::open(folder, settings(100_000)).unwrap();
    store.create_mailbox(mailbox(1), Day(1)).await.unwrap();
    for number in 0..letters {
        store
            .deposit(mailbox(1), envelope(number), Day(90))
            .await
            .unwrap();
    }
    store
}

pub(super) async fn letters(store: &EmbeddedStore) -> Vec<EnvelopeHash> {
    let collected = store.collect(mailbox(1), 0, u16::MAX).await.unwrap();
    collected
        .letters
        .iter()
        .map(|(_, letter)| EnvelopeHash::of(letter))
        .collect()
}

pub(super) fn expected(numbers: impl IntoIterator<Item = u64>) -> Vec<EnvelopeHash> {
    numbers
        .into_iter()
        .map(|number| EnvelopeHash::of(&envelope(number)))
        .collect()
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a power cut leaves of the index: nothing that was not synced.
pub(super) fn lose_index_journals(folder: &Path) {
    for entry in fs::read_dir(folder.join("index")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            fs::remove_file(path).unwrap();
        }
    }
}

pub(super) fn last_segment(folder: &Path) -> PathBuf {
    let segment = *list_segments(&folder.join("log")).unwrap().last().unwrap();
    folder.join("log").join(format!("{segment:016x}.seg"))
}

/// STORE-3: wherever the newest segment is cut, what was whole before is there, and nothing else; the store goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_torn_anywhere_opens_with_what_was_synced() {
    let source = tempfile::tempdir().unwrap();
    let store = filled(source.path(), 3).await;
    let path = last_segment(source.path());
    let synced = fs::metadata(&path).unwrap().len();
    store
        .deposit(mailbox(1), envelope(3), Day(90))
        .await
        .unwrap();
    let end = fs::metadata(&path).unwrap().len();
    assert!(end > synced + ENVELOPE_LEN as u64);
    for cut in [
        synced,
        synced + 1,
        synced + 87,
        synced + 88,
        synced + 300,
        synced + 5_000,
        end - 1,
        end,
    ] {
        let copied = tempfile::tempdir().unwrap();
        copy(source.path(), copied.path());
        lose_index_journals(copied.path());
        OpenOptions::new()
            .write(true)
            .open(last_segment(copied.path()))
            .unwrap()
            .set_len(cut)
            .unwrap();
        let torn = EmbeddedStore::open(copied.path(), settings(100)).unwrap();
        let there = if cut == end { 0..4 } else { 0..3 };
        assert_eq!(
            letters(&torn).await,
            expected(there),
            "cut at {}",
            cut - synced
        );
        torn.deposit(mailbox(1), envelope(3), Day(90))
            .await
            .unwrap();
        assert_eq!(
            letters(&torn).await,
            expected(0..4),
            "cut at {}",
            cut - synced
        );
        assert!(torn.check(|_| ()).await.unwrap().is_sound());
        torn.close().await.unwrap();
    }
    store.close().await.unwrap();
}

/// STORE-3: pages of the last write that arrived out of order or not at all make it void as a whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_frame_with_missing_pages_never_happened() {
    let source = tempfile::tempdir().unwrap();
    let store = filled(source.path(), 2).await;
    let synced = fs::metadata(last_segment(source.path())).unwrap().len();
    store
        .deposit(mailbox(1), envelope(2), Day(90))
        .await
        .unwrap();
    let end = fs::metadata(last_segment(source.path())).unwrap().len();
    for lost in [
        synced + 1,
        synced + 60,
        synced + 120,
        end - ENVELOPE_LEN as u64,
        end - 1,
    ] {
        let copied = tempfile::tempdir().unwrap();
        copy(source.path(), copied.path());
        lose_index_journals(copied.path());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(last_segment(copied.path()))
            .unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, lost).unwrap();
        file.write_all_at(&[byte[0] ^ 0xff], lost).unwrap();
        let torn = EmbeddedStore::open(copied.path(), settings(100)).unwrap();
        assert_eq!(
            letters(&torn).await,
            expected(0..2),
            "lost at {}",
            lost - synced
        );
        torn.close().await.unwrap();
    }
    store.close().await.unwrap();
}

/// STORE-3: a journal of the index engine full of garbage is dropped; the log has everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_journal_of_the_index_needs_no_operator() {
    let source = tempfile::tempdir().unwrap();
    let store = filled(source.path(), 40).await;
    for keep in [0, 10, 1_000, 5_000, 9_999] {
        let copied = tempfile::tempdir().unwrap();
        copy(source.path(), copied.path());
        let mut mangled = 0;
        for entry in fs::read_dir(copied.path().join("index")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "jnl") {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.write_all_at(&[0xa5; 3_000], keep).unwrap();
                mangled += 1;
            }
        }
        assert!(mangled > 0);
        let opened = EmbeddedStore::open(copied.path(), settings(100)).unwrap();
        assert_eq!(letters(&opened).await, expected(0..40), "garbage at {keep}");
        assert!(opened.check(|_| ()).await.unwrap().is_sound());
        opened.close().await.unwrap();
    }
    store.close().await.unwrap();
}

/// STORE-3: frames that a later segment proves to have been there are not silently given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hole_in_history_is_an_error() {
    let source = tempfile::tempdir().unwrap();
    let store = filled(source.path(), 3).await;
    let first = last_segment(source.path());
    let copied = tempfile::tempdir().unwrap();
    copy(source.path(), copied.path());
    store.close().await.unwrap();
    // A second life of the copy begins a second segment; then its checkpoint goes back to before the first.
    let checkpoint = fs::read(copied.path().join("checkpoint")).unwrap();
    lose_index_journals(copied.path());
    let again = EmbeddedStore::open(copied.path(), settings(100)).unwrap();
    again
        .deposit(mailbox(1), envelope(9), Day(90))
        .await
        .unwrap();
    again.close().await.unwrap();
    drop(again);
    fs::write(copied.path().join("checkpoint"), checkpoint).unwrap();
    let damaged = copied.path().join("log").join(first.file_name().unwrap());
    let end = fs::metadata(&damaged).unwrap().len();
    OpenOptions::new()
        .write(true)
        .open(&damaged)
        .unwrap()
        .set_len(end - 100_000.min(end / 2))
        .unwrap();
    let error = EmbeddedStore::open(copied.path(), settings(100)).unwrap_err();
    assert_eq!(error.to_string(), "the log on disk is damaged");
}

/// STORE-14: a second process is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 1).await;
    let second = EmbeddedStore::open(folder.path(), settings(5));
    assert!(matches!(second, Err(OpenError::InUse { .. })), "{second:?}");
    store.close().await.unwrap();
    drop(store);
    assert!(EmbeddedStore::open(folder.path(), settings(5)).is_ok());
}

/// STORE-15: an unknown version is named and nothing is touched; neither is a folder that holds something else.
#[test]
fn an_unknown_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("version"), "tidings store 2\n").unwrap();
    let error = EmbeddedStore::open(folder.path(), settings(5)).unwrap_err();
    assert!(
        matches!(&error, OpenError::Version { found, .. } if *found == 2),
        "{error}"
    );
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["lock", "version"]);

    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("log")).unwrap();
    let error = EmbeddedStore::open(other.path(), settings(5)).unwrap_err();
    assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");

    let file = other.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(EmbeddedStore::open(&file, settings(5)).is_err());
}

/// STORE-12: bytes of a chunk's file that were written but never acknowledged are overwritten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_that_was_in_flight_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 0).await;
    store
        .put_blob(terms(1, 0), chunk(1).slice(..6_000), Day(90))
        .await
        .unwrap();
    store.close().await.unwrap();
    drop(store);
    let part = folder.path().join("blobs/part").join("01".repeat(32));
    OpenOptions::new()
        .write(true)
        .open(&part)
        .unwrap()
        .write_all_at(&[9; 4_000], 6_000)
        .unwrap();
    // And a chunk whose first piece was never acknowledged at all.
    let unknown = folder.path().join("blobs/part").join("02".repeat(32));
    fs::write(&unknown, [9; 100]).unwrap();
    let store = EmbeddedStore::open(folder.path(), settings(5)).unwrap();
    assert!(!unknown.exists());
    let stored = store
        .put_blob(terms(1, 6_000), chunk(1).slice(6_000..), Day(90))
        .await
        .unwrap();
    assert_eq!(stored, 16_384);
    let (_, bytes) = store
        .get_blob(terms(1, 0).id, read_capability(1), 0, u32::MAX)
        .await
        .unwrap();
    assert_eq!(bytes, chunk(1));
    assert!(store.check(|_| ()).await.unwrap().is_sound());
    store.close().await.unwrap();
}

/// STORE-8: what is gone gives its space back while the store is open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn space_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path(), settings(100_000)).unwrap();
    store.create_mailbox(mailbox(1), Day(1)).await.unwrap();
    let log = |folder: &Path| -> u64 {
        let used = |entry: fs::DirEntry| entry.metadata().unwrap().blocks() * 512;
        fs::read_dir(folder.join("log"))
            .unwrap()
            .map(|entry| used(entry.unwrap()))
            .sum()
    };
    const LETTERS: u64 = 1_000;
    for number in 0..LETTERS {
        store
            .deposit(mailbox(1), envelope(number), Day(90))
            .await
            .unwrap();
    }
    let full = log(folder.path());
    assert!(full >= LETTERS * ENVELOPE_LEN as u64);
    for gone in expected(0..LETTERS).chunks(100) {
        store.acknowledge(mailbox(1), gone.to_vec()).await.unwrap();
    }
    let begin = std::time::Instant::now();
    while log(folder.path()) > full / 2 {
        assert!(
            begin.elapsed().as_secs() < 20,
            "{} of {full} bytes still used",
            log(folder.path())
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    store.close().await.unwrap();
    drop(store);
    // A start gives the rest back: everything before its checkpoint is empty.
    let store = EmbeddedStore::open(folder.path(), settings(5)).unwrap();
    let begin = std::time::Instant::now();
    while log(folder.path()) > full / 100 {
        assert!(
            begin.elapsed().as_secs() < 20,
            "{} of {full} bytes still used",
            log(folder.path())
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    store.close().await.unwrap();
}

/// Where a letter lies: the segment's file and the first byte.
fn place_of(folder: &Path, letter: &[u8]) -> (PathBuf, u64) {
    list_segments(&folder.join("log"))
        .unwrap()
        .into_iter()
        .find_map(|segment| {
            let path = folder.join("log").join(format!("{segment:016x}.seg"));
            let bytes = fs::read(&path).unwrap();
            let at = bytes
                .windows(letter.len())
                .position(|window| window == letter)?;
            Some((path, at as u64))
        })
        .unwrap()
}

/// STORE-23: a letter that was damaged on the disk, or lost with its segment, is kept anew when it is offered again, whether the
/// store goes on or is opened again; a whole one is not moved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_letter_is_kept_anew_when_it_is_offered_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(folder.path(), 3).await;
    for round in 0..2 {
        let (path, at) = place_of(folder.path(), &envelope(1));
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.write_all_at(&[envelope(1)[4_000] ^ 1], at + 4_000)
            .unwrap();
        if round > 0 {
            store = reopen(folder.path(), Some(store), 100_000).await;
        }
        assert_ne!(letters(&store).await, expected([0, 2, 1]));
        for (number, kept) in [(0, Deposited::Repeated), (1, Deposited::New)] {
            let again = store.deposit(mailbox(1), envelope(number), Day(120));
            assert_eq!(again.await.unwrap(), kept);
        }
        assert_eq!(letters(&store).await, expected([0, 2, 1]));
        let repeated = store.deposit(mailbox(1), envelope(1), Day(120));
        assert_eq!(repeated.await.unwrap(), Deposited::Repeated);
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    // Until the day on which they would have gone.
    let gone = store.expire(Day(90)).await.unwrap();
    assert_eq!(gone.letters, 3);
    store.close().await.unwrap();
}

/// STORE-23: letters whose segment is gone hold up none of the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_letter_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 3).await.close().await.unwrap();
    let store = EmbeddedStore::open(folder.path(), settings(100_000)).unwrap();
    for number in 3..5 {
        let kept = store.deposit(mailbox(1), envelope(number), Day(90));
        kept.await.unwrap();
    }
    store.close().await.unwrap();
    drop(store);
    fs::remove_file(place_of(folder.path(), &envelope(1)).0).unwrap();

    let store = EmbeddedStore::open(folder.path(), settings(100_000)).unwrap();
    assert_eq!(letters(&store).await, expected([3, 4]));
    // Nor where an answer has room for fewer than are lost: none is empty while others wait.
    for max in 1..=3 {
        let some = store.collect(mailbox(1), 0, max).await.unwrap();
        assert_eq!(some.letters[0], (4, envelope(3)), "{max}");
        assert_eq!(some.more, some.letters.len() < 2, "{max}");
    }
    for number in 0..3 {
        let again = store.deposit(mailbox(1), envelope(number), Day(90));
        assert_eq!(again.await.unwrap(), Deposited::New);
    }
    assert_eq!(letters(&store).await, expected([3, 4, 0, 1, 2]));
    let store = reopen(folder.path(), Some(store), 100_000).await;
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    store.close().await.unwrap();
}
