//! The relay's binary over real sockets: killed under load, stopped, filled up, started twice, with a wrong clock, and among
//! hostile clients. Letters are counted by a [`Ledger`]; contents do not matter to a relay.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::{sync::Arc, time::Duration};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use tidings_protocol::{
    exchange::{Answer, ChunkClass, PutBlob, Refusal, Request},
    ids::{BlobId, Capability, MailboxAddress},
    limits::CELL_LEN,
    relay_identity::VerifiedCertificate,
};
use tidings_tests::{
    disk::SmallDisk,
    ledger::{Ledger, envelope},
    line::{self, Line},
    long_rounds,
    relay::{Relay, RelaySettings},
    scan::Scan,
};
use tokio::{sync::Mutex, task::JoinSet};

async fn connect(relay: &Relay) -> (Line, VerifiedCertificate) {
    let endpoint = line::endpoint(line::ALPN).unwrap();
    let line = Line::open(&endpoint, relay.socket())
        .await
        .unwrap_or_else(|error| {
            let log = std::fs::read_to_string(relay.settings().logs().join("relay.stderr"));
            panic!("{error:#}\n{}", log.unwrap_or_default())
        });
    let certificate = line.hello(relay.address()).await.unwrap();
    (line, certificate)
}

/// Puts load on mailboxes until the connection ends: deposits on several connections, and one owner who collects and deletes.
fn load(relay: &Relay, ledgers: &[Arc<Mutex<Ledger>>]) -> JoinSet<()> {
    let socket = relay.socket();
    let mut tasks = JoinSet::new();
    for worker in 0..24 {
        let ledger = Arc::clone(&ledgers[worker % ledgers.len()]);
        tasks.spawn(async move {
            let endpoint = line::endpoint(line::ALPN).unwrap();
            let Ok(line) = Line::open(&endpoint, socket).await else {
                return;
            };
            let address = ledger.lock().await.address();
            loop {
                let envelope = envelope();
                let hash = ledger.lock().await.sends(&envelope);
                match line.deposit(address, &envelope).await {
                    Ok(Ok(())) => ledger.lock().await.acknowledged(hash),
                    Ok(Err(Refusal::Stopping)) | Err(_) => return,
                    Ok(Err(refusal)) => panic!("a deposit was refused: {refusal}"),
                }
            }
        });
    }
    tasks
}

/// Collects everything, holds it against the account, deletes half, and tells how many letters were accounted for.
async fn audit(relay: &Relay, ledgers: &[Arc<Mutex<Ledger>>]) -> usize {
    let (line, certificate) = connect(relay).await;
    let mut acknowledged = 0;
    for ledger in ledgers {
        let mut ledger = ledger.lock().await;
        let mut waiting = ledger.audit(&line, &certificate).await.unwrap();
        waiting.truncate(waiting.len().div_ceil(2));
        ledger.delete(&line, &certificate, &waiting).await.unwrap();
        ledger.audit(&line, &certificate).await.unwrap();
        acknowledged += ledger.count().acknowledged;
    }
    acknowledged
}

/// Waits until the relay has acknowledged more than `before` letters: on a machine that is busy with other things, connecting
/// may take longer than a round.
async fn until_loaded(ledgers: &[Arc<Mutex<Ledger>>], before: usize) {
    let begun = std::time::Instant::now();
    loop {
        let mut acknowledged = 0;
        for ledger in ledgers {
            acknowledged += ledger.lock().await.count().acknowledged;
        }
        if acknowledged > before {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "no letter is taken"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ledgers(relay: &Relay, count: usize) -> Vec<Arc<Mutex<Ledger>>> {
    let (line, certificate) = connect(relay).await;
    let mut ledgers = Vec::new();
    for _ in 0..count {
        let ledger = Ledger::open(&line, &certificate).await.unwrap();
        ledgers.push(Arc::new(Mutex::new(ledger)));
    }
    ledgers
}

/// A relay killed at any moment has lost nothing that it acknowledged, and brings nothing back that was deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_relay_is_killed_under_load() {
    let rounds = if long_rounds() { 250 } else { 10 };
    let mut rng = StdRng::seed_from_u64(1);
    let folder = tempfile::tempdir().unwrap();
    let mut relay = RelaySettings::in_folder(folder.path())
        .arguments(&[
            "--mailbox-letters",
            "100000",
            "--connections-per-network",
            "1000",
        ])
        .start()
        .unwrap();
    let ledgers = ledgers(&relay, 6).await;
    let mut accounted = 0;
    for round in 0..rounds {
        let mut tasks = load(&relay, &ledgers);
        until_loaded(&ledgers, accounted).await;
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..340))).await;
        relay.process().kill().unwrap();
        // The workers notice by themselves only after the idle limit; what they were not told, they do not count.
        tasks.shutdown().await;
        relay = relay.kill_and_restart().unwrap();
        let before = accounted;
        accounted = audit(&relay, &ledgers).await;
        assert!(accounted > before, "round {round} put no load on the relay");
    }
    println!("{rounds} rounds of kill -9, {accounted} acknowledged letters, 0 lost");
    relay.stop().unwrap();
}

/// SIGTERM ends the work in hand; what was acknowledged until then is there after the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let ledgers = ledgers(&relay, 6).await;
    let mut tasks = load(&relay, &ledgers);
    until_loaded(&ledgers, 0).await;
    let settings = tokio::task::spawn_blocking(|| relay.stop())
        .await
        .unwrap()
        .unwrap();
    while let Some(worker) = tasks.join_next().await {
        worker.unwrap();
    }
    let relay = settings.start().unwrap();
    assert!(audit(&relay, &ledgers).await > 0);
}

/// Every byte of a chunk that the relay confirmed is there after a kill, and the upload goes on behind it.
#[tokio::test]
async fn an_upload_goes_on_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut relay = Relay::start(folder.path()).unwrap();
    let mut chunk = vec![0; ChunkClass::Large.size()];
    StdRng::seed_from_u64(2).fill_bytes(&mut chunk);
    let [write, read, delete] = [1, 2, 3].map(|byte| Capability([byte; 32]));
    let put = |offset: usize| {
        Request::PutBlob(PutBlob {
            id: BlobId([9; 32]),
            class: ChunkClass::Large,
            write,
            read: read.hash(),
            delete: delete.hash(),
            offset: offset.try_into().unwrap(),
        })
    };
    let mut stored = 0;
    while stored < chunk.len() {
        let (line, _) = connect(&relay).await;
        // What does the relay have? An empty piece asks.
        let (answer, _) = line.ask(&put(0), &[]).await.unwrap();
        let Answer::BlobStored { stored: kept } = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(
            usize::try_from(kept).unwrap(),
            stored,
            "confirmed bytes are lost"
        );
        let piece = &chunk[stored..(stored + 50_001).min(chunk.len())];
        let (answer, _) = line.ask(&put(stored), piece).await.unwrap();
        stored += piece.len();
        assert_eq!(
            answer,
            Answer::BlobStored {
                stored: stored.try_into().unwrap()
            }
        );
        relay = relay.kill_and_restart().unwrap();
    }
    let (line, _) = connect(&relay).await;
    let get = Request::GetBlob {
        id: BlobId([9; 32]),
        read,
        offset: 0,
        length: chunk.len().try_into().unwrap(),
    };
    let (_, body) = line.ask(&get, &[]).await.unwrap();
    assert_eq!(body, chunk);
}

/// A full relay says so, keeps what it has, lets owners collect, and takes letters again when there is room.
#[tokio::test]
async fn a_full_relay_refuses_deposits_while_collects_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelaySettings::in_folder(folder.path())
        .arguments(&["--storage-mib", "8", "--mailbox-letters", "100000"])
        .start()
        .unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    assert_eq!(fill(&line, &mut ledger, 3_000).await, Refusal::RelayFull);
    let waiting = ledger.audit(&line, &certificate).await.unwrap();
    assert!(
        (500..=1_024).contains(&waiting.len()),
        "{} letters in 8 MiB",
        waiting.len()
    );
    ledger
        .delete(&line, &certificate, &waiting[..200])
        .await
        .unwrap();
    ledger.audit(&line, &certificate).await.unwrap();
    deposit_one(&line, &mut ledger)
        .await
        .expect("there is room again");
}

/// The same with a disk that is really full, because something else filled it: a file system of 160 MiB in memory, where the
/// machine allows one.
#[tokio::test]
async fn a_full_disk_refuses_deposits_while_collects_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 160).unwrap() else {
        println!("SKIPPED: no small file system can be mounted here (root only)");
        return;
    };
    let relay = RelaySettings::in_folder(folder.path())
        .data_in(&disk.path().join("relay"))
        .arguments(&["--reserve-mib", "32", "--mailbox-letters", "100000"])
        .start()
        .unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    for _ in 0..200 {
        deposit_one(&line, &mut ledger).await.unwrap();
    }
    disk.fill().unwrap();
    let refusal = fill(&line, &mut ledger, 10_000).await;
    assert!(
        matches!(refusal, Refusal::RelayFull | Refusal::Storage),
        "{refusal}"
    );
    let waiting = ledger.audit(&line, &certificate).await.unwrap();
    assert!(waiting.len() >= 200, "{} letters", waiting.len());
    // As soon as there is room, and nobody has touched the relay, letters are taken again.
    disk.free().unwrap();
    let begun = std::time::Instant::now();
    while deposit_one(&line, &mut ledger).await.is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(90),
            "no letter is taken though there is room"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Filled up to its own reserve, it starts again and has everything.
    let refusal = fill(&line, &mut ledger, 30_000).await;
    assert_eq!(refusal, Refusal::RelayFull);
    let relay = relay.kill_and_restart().unwrap();
    let (line, certificate) = connect(&relay).await;
    ledger.audit(&line, &certificate).await.unwrap();
    relay.stop().unwrap();
}

async fn fill(line: &Line, ledger: &mut Ledger, most: usize) -> Refusal {
    for _ in 0..most {
        if let Err(refusal) = deposit_one(line, ledger).await {
            return refusal;
        }
    }
    panic!("{most} deposits and still not full");
}

async fn deposit_one(line: &Line, ledger: &mut Ledger) -> Result<(), Refusal> {
    let envelope = envelope();
    let hash = ledger.sends(&envelope);
    line.deposit(ledger.address(), &envelope).await.unwrap()?;
    ledger.acknowledged(hash);
    Ok(())
}

/// Two relays on one data folder would tear it apart: the second does not start, and says why.
#[test]
fn a_second_relay_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let second = RelaySettings::in_folder(folder.path());
    let mut second = second.spawn().unwrap();
    let status = second.wait(Duration::from_secs(30)).unwrap();
    let code = status.code().expect("it ends by itself");
    assert!(code != 0 && code != 101, "{status}");
    let output = second.output();
    assert!(
        output.contains("in use") || output.contains("another"),
        "{output}"
    );
    relay.stop().unwrap();
}

/// A relay whose clock is wrong by a year takes and gives letters; one whose clock falls back by a year keeps what it has.
#[tokio::test]
async fn a_clock_wrong_by_a_year_stops_nothing() {
    for offset in ["+366d", "-366d"] {
        let folder = tempfile::tempdir().unwrap();
        let wrong = RelaySettings::in_folder(folder.path()).faketime(offset);
        let relay = wrong.start().unwrap();
        let (line, certificate) = connect(&relay).await;
        let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
        deposit_one(&line, &mut ledger).await.unwrap();
        assert_eq!(ledger.audit(&line, &certificate).await.unwrap().len(), 1);
        relay.stop().unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    deposit_one(&line, &mut ledger).await.unwrap();
    let relay = relay.stop().unwrap().faketime("-366d").start().unwrap();
    let (line, certificate) = connect(&relay).await;
    deposit_one(&line, &mut ledger).await.unwrap();
    assert_eq!(ledger.audit(&line, &certificate).await.unwrap().len(), 2);
    relay.stop().unwrap();
}

/// Whatever hostile clients send, honest ones are served, and the relay neither ends nor grows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_clients_do_not_stop_honest_ones() {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelaySettings::in_folder(folder.path())
        .arguments(&["--connections-per-network", "1000"])
        .start()
        .unwrap();
    let endpoint = line::endpoint(line::ALPN).unwrap();
    let mut rng = StdRng::seed_from_u64(3);
    let mut held = Vec::new();
    for number in 0..120 {
        let line = Line::open(&endpoint, relay.socket()).await.unwrap();
        let connection = line.connection();
        let mut bytes = vec![0; rng.random_range(1..3 * CELL_LEN)];
        rng.fill_bytes(&mut bytes);
        match number % 4 {
            // Garbage, ended properly: an answer or a reset comes.
            0 => drop(line::round_trip(connection, &bytes).await),
            // A prefix that promises the largest frame, and then nothing.
            1 => {
                let (mut send, receive) = connection.open_bi().await.unwrap();
                let promise = [16_u32.to_le_bytes(), 1_100_000_u32.to_le_bytes()].concat();
                send.write_all(&promise).await.unwrap();
                held.push((line.clone(), Some((send, receive))));
            }
            // A stream that is abandoned halfway.
            2 => {
                let (mut send, _receive) = connection.open_bi().await.unwrap();
                send.write_all(&bytes[..bytes.len().min(5_000)])
                    .await
                    .unwrap();
                send.reset(quinn::VarInt::from_u32(0)).unwrap();
            }
            // A connection that says nothing.
            _ => held.push((line.clone(), None)),
        }
    }
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    for _ in 0..20 {
        tokio::time::timeout(Duration::from_secs(10), deposit_one(&line, &mut ledger))
            .await
            .expect("an honest client is served in time")
            .unwrap();
    }
    assert_eq!(ledger.audit(&line, &certificate).await.unwrap().len(), 20);
    let memory = relay.usage().unwrap().resident_peak;
    assert!(memory < 200 * 1_048_576, "{memory} bytes of memory");
    drop(held);
    relay.stop().unwrap();
}

/// At the most talkative setting no log line holds a mailbox, a hash, a capability or a client's network address.
#[tokio::test]
async fn logs_name_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelaySettings::in_folder(folder.path())
        .arguments(&["--log", "trace"])
        .start()
        .unwrap();
    let endpoint = line::endpoint(line::ALPN).unwrap();
    let line = Line::open(&endpoint, relay.socket()).await.unwrap();
    let certificate = line.hello(relay.address()).await.unwrap();
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    let sealed = envelope();
    let hash = ledger.sends(&sealed);
    line.deposit(ledger.address(), &sealed)
        .await
        .unwrap()
        .unwrap();
    ledger.acknowledged(hash);
    let stranger = MailboxAddress([0x5a; 32]);
    assert_eq!(
        line.deposit(stranger, &sealed).await.unwrap(),
        Err(Refusal::NoMailbox)
    );
    let waiting = ledger.audit(&line, &certificate).await.unwrap();
    ledger.delete(&line, &certificate, &waiting).await.unwrap();
    let capability = Capability([0xc3; 32]);
    let get = Request::GetBlob {
        id: BlobId([0xb1; 32]),
        read: capability,
        offset: 0,
        length: 1,
    };
    let (answer, _) = line.ask(&get, &[]).await.unwrap();
    assert_eq!(answer, Answer::Refused(Refusal::NoBlob));
    // Garbage makes a relay talk.
    drop(line::round_trip(line.connection(), &[0xff; CELL_LEN]).await);
    let client = endpoint.local_addr().unwrap();
    let settings = relay.stop().unwrap();
    let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    let findings = Scan::new()
        .bytes("mailbox", ledger.address().as_bytes())
        .bytes("stranger's mailbox", stranger.as_bytes())
        .bytes("envelope hash", hash.as_bytes())
        .bytes("capability", capability.as_bytes())
        .bytes("blob", &[0xb1; 32])
        .text("mailbox as a list", &list(ledger.address().as_bytes()))
        .text("client's address", &client.to_string())
        .text("client's port", &format!(":{}", client.port()))
        .below(settings.logs())
        .unwrap();
    assert_eq!(findings.found, [], "{findings:?}");
    assert!(
        findings.bytes > 100,
        "the log is empty: nothing was looked at"
    );
}
