//! What durable deposits cost in the embedded store, beside a bare log and beside the index engine alone.
//!
//! `cargo run --release -p tidings-relay --example store_cost -- [--seconds N] [--writers N] [--rounds N] [--dir DIR]`
//! `cargo run --release -p tidings-relay --example store_cost -- --fill 1000000 [--dir DIR]`
//!
//! All three write the same 8,192-byte envelopes and answer a writer only when its envelope is synced; one thread takes
//! everything that waits, writes it, syncs once. *Bare log*: append and `fdatasync`, no index, no rules, forgets everything. *fjall
//! alone*: one batch per group with key-value separation and `SyncData`, no rules. Rounds are interleaved, and a probe
//! (append of 8 KiB and `fdatasync`) tells how the disk was meanwhile. `--fill` deposits that many letters, and measures a start after
//! an orderly end, memory, what acknowledging everything costs, and how much disk is left used.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that measures and prints"
)]

use std::{
    fs::File,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tidings_protocol::{
    ids::{EnvelopeHash, MailboxAddress},
    limits::ENVELOPE_LEN,
    time::Day,
};
use tidings_relay::store::{EmbeddedStore, Store, StoreSettings};
use tokio::sync::{mpsc, oneshot};

struct Plan {
    seconds: u64,
    writers: usize,
    rounds: usize,
    fill: Option<u64>,
    folder: PathBuf,
}

fn main() {
    let mut plan = Plan {
        seconds: 4,
        writers: 128,
        rounds: 3,
        fill: None,
        folder: std::env::temp_dir(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        match word.as_str() {
            "--seconds" => plan.seconds = value.parse().unwrap(),
            "--writers" => plan.writers = value.parse().unwrap(),
            "--rounds" => plan.rounds = value.parse().unwrap(),
            "--fill" => plan.fill = Some(value.parse().unwrap()),
            "--dir" => plan.folder = value.into(),
            other => {
                println!("unknown option {other}; see the head of relay/examples/store_cost.rs");
                std::process::exit(2);
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match plan.fill {
            Some(letters) => fill(&plan, letters).await,
            None => compare(&plan).await,
        }
    });
}

/// Something that deposits are given to.
trait Sink: Send + Sync + 'static {
    fn deposit(&self, writer: usize, envelope: Bytes) -> impl Future<Output = ()> + Send;
}

async fn compare(plan: &Plan) {
    println!("{} writers, {} s a round", plan.writers, plan.seconds);
    for round in 0..plan.rounds {
        println!(
            "round {}: sync probe p50 {:.0} us",
            round + 1,
            probe(&plan.folder)
        );
        for writers in [plan.writers, 1] {
            let folder = tempfile::tempdir_in(&plan.folder).unwrap();
            run("bare log", BareLog::begin(folder.path()), writers, plan).await;
            let folder = tempfile::tempdir_in(&plan.folder).unwrap();
            run(
                "fjall alone",
                BareFjall::begin(folder.path()),
                writers,
                plan,
            )
            .await;
            let folder = tempfile::tempdir_in(&plan.folder).unwrap();
            let store = Arc::new(open(folder.path()));
            for number in 0..writers {
                store
                    .create_mailbox(address(number as u64), Day(1))
                    .await
                    .unwrap();
            }
            run(
                "store",
                Arc::new(StoreSink(Arc::clone(&store))),
                writers,
                plan,
            )
            .await;
            let stored = store.stats().await.unwrap().letter_bytes;
            store.close().await.unwrap();
            println!(
                "           store: {:.3} bytes of disk per byte stored",
                disk_use(folder.path()) as f64 / stored as f64
            );
        }
    }
}

async fn run(name: &str, sink: Arc<impl Sink>, writers: usize, plan: &Plan) {
    let stop = Arc::new(AtomicBool::new(false));
    let serial = Arc::new(AtomicU64::new(1));
    let cpu = cpu_seconds();
    let written = written_bytes();
    let begin = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (sink, stop, serial) = (Arc::clone(&sink), Arc::clone(&stop), Arc::clone(&serial));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let envelope = envelope(serial.fetch_add(1, Ordering::Relaxed));
                    let begin = Instant::now();
                    sink.deposit(writer, envelope).await;
                    times.push(begin.elapsed());
                }
                times
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(plan.seconds)).await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let took = begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: f64| times[(times.len() as f64 * part) as usize].as_secs_f64() * 1e3;
    println!(
        "  {writers:4} writers, {name:12} {:8.0} deposits/s  p50 {:7.3} ms  p99 {:7.3} ms  {:5.1} us CPU each  {:.2} bytes written per byte",
        times.len() as f64 / took,
        at(0.5),
        at(0.99),
        (cpu_seconds() - cpu) / times.len() as f64 * 1e6,
        (written_bytes() - written) as f64 / (times.len() * ENVELOPE_LEN) as f64,
    );
}

async fn fill(plan: &Plan, letters: u64) {
    const WRITERS: u64 = 128;
    let folder = tempfile::tempdir_in(&plan.folder).unwrap();
    let store = Arc::new(open(folder.path()));
    for number in 0..WRITERS {
        store.create_mailbox(address(number), Day(1)).await.unwrap();
    }
    let begin = Instant::now();
    let deposits = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in (writer..letters).step_by(WRITERS as usize) {
                store
                    .deposit(address(writer), envelope(number), Day(200))
                    .await
                    .unwrap();
            }
        })
    });
    for task in deposits.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let took = begin.elapsed().as_secs_f64();
    println!(
        "{letters} letters deposited, {:.0} a second; resident {} MiB",
        letters as f64 / took,
        resident_mib()
    );
    store.close().await.unwrap();
    drop(store);
    println!(
        "disk used: {:.3} bytes per byte stored",
        disk_use(folder.path()) as f64 / (letters * ENVELOPE_LEN as u64) as f64
    );

    // A start is measured in a process of its own, so that its memory is its own.
    let begin = Instant::now();
    let store = Arc::new(open(folder.path()));
    println!(
        "start: {:.3} s; resident {} MiB",
        begin.elapsed().as_secs_f64(),
        resident_mib()
    );

    let begin = Instant::now();
    let collects = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut after = 0;
            loop {
                let collected = store.collect(address(writer), after, 128).await.unwrap();
                let Some((last, _)) = collected.letters.last() else {
                    return;
                };
                after = *last;
                let gone = collected
                    .letters
                    .iter()
                    .map(|(_, letter)| EnvelopeHash::of(letter))
                    .collect();
                store.acknowledge(address(writer), gone).await.unwrap();
            }
        })
    });
    for task in collects.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    println!(
        "collected and acknowledged: {:.0} letters a second",
        letters as f64 / begin.elapsed().as_secs_f64()
    );
    let begin = Instant::now();
    store.close().await.unwrap();
    drop(store);
    println!(
        "closed in {:.3} s; disk used after everything is gone: {:.1} MiB",
        begin.elapsed().as_secs_f64(),
        disk_use(folder.path()) as f64 / 1_048_576.0
    );
    let begin = Instant::now();
    let store = open(folder.path());
    println!(
        "start of the empty store: {:.3} s",
        begin.elapsed().as_secs_f64()
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    store.close().await.unwrap();
    println!(
        "disk used two seconds later: {:.1} MiB",
        disk_use(folder.path()) as f64 / 1_048_576.0
    );
}

fn open(folder: &Path) -> EmbeddedStore {
    let settings = StoreSettings {
        mailbox_letters: u32::MAX,
        storage_bytes: u64::MAX,
        ..StoreSettings::default()
    };
    EmbeddedStore::open(folder, settings).unwrap()
}

struct StoreSink(Arc<EmbeddedStore>);

impl Sink for StoreSink {
    async fn deposit(&self, writer: usize, envelope: Bytes) {
        self.0
            .deposit(address(writer as u64), envelope, Day(200))
            .await
            .unwrap();
    }
}

type Waiting = mpsc::Receiver<(Bytes, oneshot::Sender<()>)>;

/// Takes everything that waits, hands it to `write`, answers.
fn groups(mut waiting: Waiting, mut write: impl FnMut(&[Bytes])) {
    while let Some(first) = waiting.blocking_recv() {
        let (mut envelopes, mut answers) = (vec![first.0], vec![first.1]);
        while envelopes.len() < 512 {
            let Ok((envelope, answer)) = waiting.try_recv() else {
                break;
            };
            envelopes.push(envelope);
            answers.push(answer);
        }
        write(&envelopes);
        for answer in answers {
            let _ = answer.send(());
        }
    }
}

struct BareLog(mpsc::Sender<(Bytes, oneshot::Sender<()>)>);

impl BareLog {
    fn begin(folder: &Path) -> Arc<Self> {
        let (jobs, waiting) = mpsc::channel(1_024);
        let file = File::create(folder.join("log")).unwrap();
        std::thread::spawn(move || {
            let (mut end, mut buffer) = (0, Vec::new());
            groups(waiting, |envelopes| {
                buffer.clear();
                for envelope in envelopes {
                    buffer.extend_from_slice(envelope);
                }
                file.write_all_at(&buffer, end).unwrap();
                file.sync_data().unwrap();
                end += buffer.len() as u64;
            });
        });
        Arc::new(Self(jobs))
    }
}

impl Sink for BareLog {
    async fn deposit(&self, _: usize, envelope: Bytes) {
        let (answer, done) = oneshot::channel();
        self.0.send((envelope, answer)).await.unwrap();
        done.await.unwrap();
    }
}

struct BareFjall(BareLog);

impl BareFjall {
    fn begin(folder: &Path) -> Arc<Self> {
        let (jobs, waiting) = mpsc::channel(1_024);
        let database = fjall::Database::builder(folder)
            .cache_size(32 << 20)
            .open()
            .unwrap();
        let letters = database
            .keyspace("letters", || {
                fjall::KeyspaceCreateOptions::default()
                    .with_kv_separation(Some(fjall::KvSeparationOptions::default()))
            })
            .unwrap();
        std::thread::spawn(move || {
            let mut serial = 0u64;
            groups(waiting, |envelopes| {
                let mut batch = database
                    .batch()
                    .durability(Some(fjall::PersistMode::SyncData));
                for envelope in envelopes {
                    serial += 1;
                    batch.insert(&letters, serial.to_be_bytes(), envelope.as_ref());
                }
                batch.commit().unwrap();
            });
        });
        Arc::new(Self(BareLog(jobs)))
    }
}

impl Sink for BareFjall {
    async fn deposit(&self, writer: usize, envelope: Bytes) {
        self.0.deposit(writer, envelope).await;
    }
}

fn address(number: u64) -> MailboxAddress {
    MailboxAddress(tidings_protocol::ids::labelled_hash(
        b"store cost",
        &[&number.to_be_bytes()],
    ))
}

/// Incompressible, different for every number.
fn envelope(number: u64) -> Bytes {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(ENVELOPE_LEN);
    while bytes.len() < ENVELOPE_LEN {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.into()
}

fn probe(folder: &Path) -> f64 {
    let file = tempfile::tempfile_in(folder).unwrap();
    let mut times: Vec<_> = (0..200u64)
        .map(|at| {
            let begin = Instant::now();
            file.write_all_at(&[7; 8_192], at * 8_192).unwrap();
            file.sync_data().unwrap();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[100].as_secs_f64() * 1e6
}

/// CPU seconds of this process so far.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

/// Bytes that this process caused to be written to the disk so far.
fn written_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok())
        .unwrap_or(0)
}

fn resident_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    text.lines()
        .find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        })
        .unwrap_or(0)
        / 1_024
}

fn disk_use(folder: &Path) -> u64 {
    let mut total = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        total += if about.is_dir() {
            disk_use(&entry.path())
        } else {
            about.blocks() * 512
        };
    }
    total
}
