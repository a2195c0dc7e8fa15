//! `kill -9` at any moment loses nothing that was acknowledged, and needs no operator (STORE-1, STORE-3).
//!
//! The child is this test program itself; it says on its standard output what was acknowledged to it. One folder goes through
//! all rounds, so that what one crash left is there at the next.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tidings_protocol::{ids::EnvelopeHash, time::Day};

use super::{
    super::{
        EmbeddedStore, Store,
        conformance::{Dice, chunk, envelope, mailbox, terms},
    },
    settings,
};

const CHILD_FOLDER: &str = "TIDINGS_STORE_KILL_FOLDER";
const CHILD_ROUND: &str = "TIDINGS_STORE_KILL_ROUND";
const CHILD_TEST: &str = "store::tests::kill::writes_until_killed";
const MAILBOXES: u8 = 4;
const QUOTA: u32 = 100_000;

/// What all children so far were told.
#[derive(Default)]
struct Told {
    /// Letters whose deposit was acknowledged, by mailbox.
    deposited: BTreeMap<u8, BTreeSet<u64>>,
    /// Letters whose removal was asked for: they may be there or not.
    asked: BTreeMap<u8, BTreeSet<u64>>,
    /// Letters whose removal was acknowledged.
    gone: BTreeMap<u8, BTreeSet<u64>>,
    /// Highest acknowledged prekey sequence.
    prekeys: BTreeMap<u8, u64>,
    /// Acknowledged bytes of blob chunks.
    blobs: BTreeMap<u8, u32>,
    lines: u64,
}

impl Told {
    fn hear(&mut self, line: &str) {
        let Some(line) = line.strip_prefix('@') else {
            return;
        };
        let words: Vec<u64> = line[1..]
            .split_whitespace()
            .map(|word| word.parse().unwrap())
            .collect();
        let [number, value] = words[..] else {
            panic!("the child said {line:?}");
        };
        let number = u8::try_from(number).unwrap();
        self.lines += 1;
        match &line[..1] {
            "d" => drop(self.deposited.entry(number).or_default().insert(value)),
            "A" => drop(self.asked.entry(number).or_default().insert(value)),
            "a" => drop(self.gone.entry(number).or_default().insert(value)),
            "p" => drop(self.prekeys.insert(number, value)),
            "b" => drop(self.blobs.insert(number, u32::try_from(value).unwrap())),
            other => panic!("the child said {other:?}"),
        }
    }
}

/// `TIDINGS_KILL_ROUNDS` asks for more than the usual ten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_killed() {
    let rounds = std::env::var("TIDINGS_KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(7);
    let mut told = Told::default();
    for round in 0..rounds {
        let before = told.lines;
        let life = Duration::from_millis(60 + dice.below(400));
        run_child(folder.path(), round, life, &mut told);
        compare(folder.path(), &told, round).await;
        assert!(told.lines > before, "round {round}: the child did nothing");
    }
    let acknowledged: usize = told.gone.values().map(BTreeSet::len).sum();
    assert!(acknowledged > 0 && !told.blobs.is_empty() && !told.prekeys.is_empty());
}

fn run_child(folder: &Path, round: u64, life: Duration, told: &mut Told) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD_TEST, "--nocapture", "--test-threads=1"])
        .env(CHILD_FOLDER, folder)
        .env(CHILD_ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut line, mut killer) = (String::new(), None);
    while lines.read_line(&mut line).unwrap() > 0 {
        // A last line cut off by the kill was never read whole by anybody.
        if line.ends_with('\n') {
            told.hear(line.trim_end());
        }
        if killer.is_none() && line.starts_with('@') {
            let id = rustix::process::Pid::from_child(&child);
            killer = Some(std::thread::spawn(move || {
                std::thread::sleep(life);
                rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
            }));
        }
        line.clear();
    }
    if let Some(killer) = killer {
        killer.join().unwrap();
    }
    let status = child.wait().unwrap();
    assert!(!status.success(), "the child ended by itself");
}

async fn compare(folder: &Path, told: &Told, round: u64) {
    let store = EmbeddedStore::open(folder, settings(QUOTA)).unwrap();
    for number in 0..MAILBOXES {
        if store.create_mailbox(mailbox(number), Day(1)).await.is_err() {
            panic!("round {round}: mailbox {number} does not open");
        }
        let mut there = BTreeSet::new();
        let mut after = 0;
        loop {
            let collected = store.collect(mailbox(number), after, 128).await.unwrap();
            there.extend(
                collected
                    .letters
                    .iter()
                    .map(|(_, letter)| EnvelopeHash::of(letter)),
            );
            match collected.letters.last() {
                Some((place, _)) if collected.more => after = *place,
                _ => break,
            }
        }
        let none = BTreeSet::new();
        let asked = told.asked.get(&number).unwrap_or(&none);
        for value in told
            .deposited
            .get(&number)
            .unwrap_or(&none)
            .difference(asked)
        {
            let hash = EnvelopeHash::of(&envelope(*value));
            assert!(
                there.contains(&hash),
                "round {round}: letter {value} of mailbox {number} is lost"
            );
        }
        for value in told.gone.get(&number).unwrap_or(&none) {
            let hash = EnvelopeHash::of(&envelope(*value));
            assert!(
                !there.contains(&hash),
                "round {round}: letter {value} of mailbox {number} came back"
            );
        }
        if let Some(sequence) = told.prekeys.get(&number) {
            let (stored, _) = store.fetch_prekeys(mailbox(number)).await.unwrap();
            assert!(
                stored >= *sequence,
                "round {round}: prekeys {sequence} are lost"
            );
        }
    }
    for (number, stored) in &told.blobs {
        let asked = terms(*number, 0);
        let got = store
            .put_blob(asked, bytes::Bytes::new(), Day(90))
            .await
            .unwrap();
        assert!(
            got >= *stored,
            "round {round}: blob {number} has {got} bytes, {stored} were acknowledged"
        );
    }
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_sound(), "round {round}: {:?}", report.faults);
    store.close().await.unwrap();
}

/// The child. Does nothing when the tests are run as usual.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_until_killed() {
    let Ok(folder) = std::env::var(CHILD_FOLDER) else {
        return;
    };
    let round: u64 = std::env::var(CHILD_ROUND).unwrap().parse().unwrap();
    let store = Arc::new(EmbeddedStore::open(Path::new(&folder), settings(QUOTA)).unwrap());
    let out = Arc::new(Mutex::new(std::io::stdout()));
    let say = move |line: String| writeln!(out.lock().unwrap(), "@{line}").unwrap();
    let serial = Arc::new(AtomicU64::new(round * 1_000_000));
    let mut tasks = Vec::new();
    for writer in 0..12u64 {
        let (store, serial, say) = (Arc::clone(&store), Arc::clone(&serial), say.clone());
        tasks.push(tokio::spawn(async move {
            let number = u8::try_from(writer).unwrap() % MAILBOXES;
            let mut dice = Dice(round << 32 | writer);
            store.create_mailbox(mailbox(number), Day(1)).await.unwrap();
            if writer < 2 {
                return write_blobs(
                    &store,
                    u8::try_from(round * 8 + writer * 4).unwrap_or(255),
                    &say,
                )
                .await;
            }
            loop {
                let value = serial.fetch_add(1, Ordering::Relaxed);
                store
                    .deposit(mailbox(number), envelope(value), Day(90))
                    .await
                    .unwrap();
                say(format!("d {number} {value}"));
                if dice.below(3) == 0 {
                    say(format!("A {number} {value}"));
                    let letter = EnvelopeHash::of(&envelope(value));
                    store
                        .acknowledge(mailbox(number), vec![letter])
                        .await
                        .unwrap();
                    say(format!("a {number} {value}"));
                }
                if writer == 2 {
                    let record = value.to_be_bytes().to_vec();
                    store
                        .publish_prekeys(mailbox(number), value + 1, record.into())
                        .await
                        .unwrap();
                    say(format!("p {number} {}", value + 1));
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    // Nothing more to write for this child: the kill is near.
    std::future::pending::<()>().await;
}

async fn write_blobs(store: &EmbeddedStore, first: u8, say: &impl Fn(String)) {
    for number in first..=first.saturating_add(3) {
        let chunk = chunk(number);
        for begin in (0..chunk.len()).step_by(1_500) {
            let piece = chunk.slice(begin..(begin + 1_500).min(chunk.len()));
            let terms = terms(number, u32::try_from(begin).unwrap());
            let stored = store.put_blob(terms, piece, Day(90)).await.unwrap();
            say(format!("b {number} {stored}"));
        }
    }
}
