//! The index against an ordered map: changes in memory over changes in tables must look like one map (STORE-5).

use std::{
    collections::BTreeMap,
    fs,
    ops::Bound,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::super::index::Index;

const CACHE: u64 = 1_024 * 1_024;

/// What a test does to an index.
#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<(u8, u8, Option<u8>)>),
    Flush,
    Reopen,
}

/// Two-byte keys, so that they meet again; one in five steps writes tables.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (
        0u8..3,
        0u8..12,
        proptest::option::weighted(0.6, any::<u8>()),
    );
    let step = prop_oneof![
        8 => proptest::collection::vec(change, 0..12).prop_map(Step::Apply),
        2 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..20)
}

fn compare(index: &Index, model: &BTreeMap<Vec<u8>, Vec<u8>>) {
    for part in 0..3u8 {
        for key in 0..12u8 {
            let key = vec![part, key];
            assert_eq!(index.get(&key).unwrap(), model.get(&key).cloned());
            for limit in [0, 1, 5, usize::MAX] {
                let from = Bound::Excluded(key.clone());
                let expected: Vec<_> = model
                    .range((from.clone(), Bound::Excluded(vec![part + 1])))
                    .take(limit)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                assert_eq!(index.scan(&[part], from, limit).unwrap(), expected);
            }
        }
    }
    let all: Vec<_> = model.clone().into_iter().collect();
    assert_eq!(index.scan(&[], Bound::Unbounded, usize::MAX).unwrap(), all);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn looks_like_one_map(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(folder.path(), CACHE).unwrap();
        let mut model = BTreeMap::new();
        for step in steps {
            match step {
                Step::Apply(changes) => {
                    let mut group = BTreeMap::new();
                    for (part, key, value) in changes {
                        group.insert(vec![part, key], value.map(|value| vec![value]));
                    }
                    for (key, value) in &group {
                        match value {
                            Some(value) => model.insert(key.clone(), value.clone()),
                            None => model.remove(key),
                        };
                    }
                    index.apply(group.into_iter().collect()).unwrap();
                }
                Step::Flush => index.flush().unwrap(),
                Step::Reopen => {
                    index.flush().unwrap();
                    drop(index);
                    index = Index::open(folder.path(), CACHE).unwrap();
                }
            }
            compare(&index, &model);
        }
    }
}

/// Only what was flushed is there after a start; the rest is the log's to bring back (STORE-3).
#[test]
fn what_was_not_flushed_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), CACHE).unwrap();
    index.apply(vec![(vec![1], Some(vec![1]))]).unwrap();
    index.flush().unwrap();
    index
        .apply(vec![(vec![1], None), (vec![2], Some(vec![2]))])
        .unwrap();
    drop(index);
    let index = Index::open(folder.path(), CACHE).unwrap();
    assert_eq!(index.get(&[1]).unwrap(), Some(vec![1]));
    assert_eq!(index.get(&[2]).unwrap(), None);
}

/// Each group replaces all of a hundred keys while flushes run: nobody ever sees two groups at once, an older one again, or
/// a key missing. Enough flushes that the engine merges tables meanwhile.
#[test]
fn readers_see_whole_groups_while_tables_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let index = Arc::new(Index::open(folder.path(), CACHE).unwrap());
    let group = |number: u64| {
        (0..100u8)
            .map(|key| (vec![7, key], Some(number.to_be_bytes().to_vec())))
            .collect()
    };
    index.apply(group(0)).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (index, stop) = (Arc::clone(&index), Arc::clone(&stop));
            thread::spawn(move || {
                let (mut last, mut scans) = (vec![0; 8], 0);
                while !stop.load(Ordering::Relaxed) {
                    let seen = index.scan(&[7], Bound::Unbounded, usize::MAX).unwrap();
                    assert_eq!(seen.len(), 100);
                    let number = seen[0].1.clone();
                    assert!(seen.iter().all(|(_, value)| *value == number));
                    assert!(number >= last, "went back");
                    let single = index.get(&[7, 50]).unwrap().unwrap();
                    assert!(single >= number, "went back");
                    last = single;
                    scans += 1;
                }
                scans
            })
        })
        .collect();
    for number in 1..=400 {
        index.apply(group(number)).unwrap();
        if number % 20 == 0 {
            index.flush().unwrap();
        }
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().unwrap() > 0);
    }
    let last = index.get(&[7, 0]).unwrap();
    assert_eq!(last, Some(400u64.to_be_bytes().to_vec()));
}

/// What was replaced or removed does not stay in the tables: the engine merges what it was given.
#[test]
fn replaced_values_leave_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), CACHE).unwrap();
    let generation = |number: u8| -> Vec<_> {
        (0..2_000u32)
            .map(|key| (key.to_be_bytes().to_vec(), Some(vec![number; 100])))
            .collect()
    };
    index.apply(generation(0)).unwrap();
    index.flush().unwrap();
    let one = disk_use(folder.path());
    for number in 1..=40 {
        index.apply(generation(number)).unwrap();
        index.flush().unwrap();
    }
    let begin = Instant::now();
    // Up to three tables may wait to be merged, and one merge may be under way.
    while disk_use(folder.path()) > 10 * one {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "{} bytes left of {one}",
            disk_use(folder.path())
        );
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(index.get(&7u32.to_be_bytes()).unwrap(), Some(vec![40; 100]));
}

fn disk_use(folder: &Path) -> u64 {
    fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            // A table that goes meanwhile counts for nothing.
            let path = entry.unwrap().path();
            let about = fs::metadata(&path).ok()?;
            Some(if about.is_dir() {
                disk_use(&path)
            } else {
                about.blocks() * 512
            })
        })
        .sum()
}

/// A flush that fails loses nothing: all stays visible, and the next one writes it (STORE-11).
#[test]
fn a_failed_flush_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), CACHE).unwrap();
    index.apply(vec![(vec![1], Some(vec![1]))]).unwrap();
    let tables = find(folder.path(), "tables");
    let hidden: Vec<_> = tables
        .iter()
        .map(|path| (path.clone(), path.with_extension("hidden")))
        .collect();
    for (path, hidden) in &hidden {
        fs::rename(path, hidden).unwrap();
    }
    assert!(index.flush().is_err());
    index
        .apply(vec![(vec![1], None), (vec![2], Some(vec![2]))])
        .unwrap();
    assert!(index.flush().is_err());
    let seen = vec![(vec![2], vec![2])];
    assert_eq!(index.get(&[1]).unwrap(), None);
    assert_eq!(index.scan(&[], Bound::Unbounded, 9).unwrap(), seen);
    for (path, hidden) in &hidden {
        fs::rename(hidden, path).unwrap();
    }
    index.flush().unwrap();
    assert_eq!(index.scan(&[], Bound::Unbounded, 9).unwrap(), seen);
    drop(index);
    let index = Index::open(folder.path(), CACHE).unwrap();
    assert_eq!(index.scan(&[], Bound::Unbounded, 9).unwrap(), seen);
}

/// Folders of that name at any depth.
fn find(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(find(&path, name));
            found.extend(path.ends_with(name).then_some(path));
        }
    }
    found
}
