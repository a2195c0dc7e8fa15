//! Many bytes at once: a photograph up and down, and a morning's letters at an office, beside raw quinn with the same bytes.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rand::Rng;
use tidings_protocol::{
    exchange::{Answer, ChunkClass, PutBlob, Request},
    ids::{BlobId, Capability},
    limits::{COLLECT_MAX, ENVELOPE_LEN},
    owner::{OwnerAnswer, OwnerRequest},
};
use tidings_tests::{
    line::{self, Line},
    relay::Relay,
};

use crate::{
    Wishes,
    deposits::{Mailboxes, fill, fresh_folder},
    load::sample,
    probe,
    report::{Report, Sample},
    yardstick::{self, Wish},
};

const PHOTO_LEN: usize = 2 * 1_048_576;
/// Photographs in a round: one alone is too short to measure CPU time by the kernel's ticks.
const PHOTOS: usize = 40;
const LETTERS: usize = 1_000;
/// Collects of all letters in a round.
const COLLECTS: usize = 20;

pub(crate) async fn photo(wishes: Wishes) -> anyhow::Result<()> {
    let place = fresh_folder()?;
    let (bare, bare_at) = yardstick::start(place.path())?;
    let relay = Relay::start(place.path())?;
    let mut report = Report::new(
        "photo",
        "photos/s",
        &[
            "raw quinn: 2 MiB up, synced, and down",
            "tidings-relay: two chunks of 1 MiB up, synced, and down",
        ],
    );
    while report.rows[0].samples.len() < wishes.rounds && report.rejected <= wishes.rounds {
        let before = probe::fdatasync(place.path())?;
        let connection = line::endpoint(yardstick::ALPN)?
            .connect(bare_at, "yardstick.invalid")?
            .await?;
        let cpu = bare.usage()?.cpu;
        let bare_sample = timed(PHOTOS, async |_| bare_photo(&connection).await).await?;
        let bare_cpu = bare.usage()?.cpu.saturating_sub(cpu);
        let line = Line::open(&line::endpoint(line::ALPN)?, relay.socket()).await?;
        let cpu = relay.usage()?.cpu;
        let relay_sample = timed(PHOTOS, async |_| relay_photo(&line).await).await?;
        let relay_cpu = relay.usage()?.cpu.saturating_sub(cpu);
        let after = probe::fdatasync(place.path())?;
        add(
            &mut report,
            [(bare_sample, bare_cpu), (relay_sample, relay_cpu)],
            before,
            after,
        );
    }
    report.finish()?;
    relay.stop()?;
    Ok(())
}

pub(crate) async fn collect(wishes: Wishes) -> anyhow::Result<()> {
    let place = fresh_folder()?;
    let (bare, bare_at) = yardstick::start(place.path())?;
    let relay = Relay::start(place.path())?;
    let endpoint = line::endpoint(line::ALPN)?;
    let mailboxes = Mailboxes::make(&relay, &endpoint, 1).await?;
    // All to the first mailbox: one owner who comes in the morning.
    let office = mailboxes.first();
    fill(&relay, &endpoint, &office, LETTERS as u64).await?;
    let mut report = Report::new(
        "collect",
        "collects/s",
        &[
            "raw quinn: 1,000 x 8 KiB down in one stream",
            "tidings-relay: 1,000 letters, sealed answers of 128",
        ],
    );
    while report.rows[0].samples.len() < wishes.rounds && report.rejected <= wishes.rounds {
        let before = probe::fdatasync(place.path())?;
        let connection = line::endpoint(yardstick::ALPN)?
            .connect(bare_at, "yardstick.invalid")?
            .await?;
        let cpu = bare.usage()?.cpu;
        let bare_sample = timed(COLLECTS, async |_| {
            give(&connection, LETTERS * ENVELOPE_LEN).await
        })
        .await?;
        let bare_cpu = bare.usage()?.cpu.saturating_sub(cpu);
        let line = Line::open(&endpoint, relay.socket()).await?;
        let cpu = relay.usage()?.cpu;
        let relay_sample = timed(COLLECTS, async |_| collect_all(&line, &office).await).await?;
        let relay_cpu = relay.usage()?.cpu.saturating_sub(cpu);
        let after = probe::fdatasync(place.path())?;
        add(
            &mut report,
            [(bare_sample, bare_cpu), (relay_sample, relay_cpu)],
            before,
            after,
        );
    }
    report.finish()?;
    relay.stop()?;
    Ok(())
}

type Timed = (Vec<Duration>, Duration);

async fn timed(
    count: usize,
    mut operation: impl AsyncFnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Timed> {
    let begun = Instant::now();
    let mut times = Vec::new();
    for number in 0..count {
        let start = Instant::now();
        operation(number).await?;
        times.push(start.elapsed());
    }
    Ok((times, begun.elapsed()))
}

fn add(report: &mut Report, systems: [(Timed, Duration); 2], before: u64, after: u64) {
    let samples: Vec<Sample> = systems
        .into_iter()
        .map(|((times, elapsed), cpu)| sample(times, elapsed, cpu))
        .collect();
    println!(
        "{}: p50 {:.2} {:.2} ms; CPU {:.0} {:.0} µs; fdatasync {before} and {after} µs",
        report.name, samples[0].p50, samples[1].p50, samples[0].cpu, samples[1].cpu
    );
    report.probes.extend([before, after]);
    if before.max(after) > probe::NOISY {
        report.rejected += 1;
        return;
    }
    for (row, sample) in report.rows.iter_mut().zip(samples) {
        row.samples.push(sample);
    }
}

async fn bare_photo(connection: &quinn::Connection) -> anyhow::Result<()> {
    let mut photo = vec![0; PHOTO_LEN];
    photo[0] = Wish::KeepTiny as u8;
    line::round_trip(connection, &photo).await?;
    give(connection, PHOTO_LEN).await
}

async fn give(connection: &quinn::Connection, bytes: usize) -> anyhow::Result<()> {
    let mut request = vec![Wish::Give as u8];
    request.extend_from_slice(&u32::try_from(bytes)?.to_le_bytes());
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(&request).await?;
    send.finish()?;
    let answer = receive.read_to_end(bytes).await?;
    ensure!(answer.len() == bytes);
    Ok(())
}

async fn relay_photo(line: &Line) -> anyhow::Result<()> {
    let chunks = PHOTO_LEN / ChunkClass::Huge.size();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..chunks {
        let line = line.clone();
        tasks.spawn(async move {
            let mut chunk = vec![0; ChunkClass::Huge.size()];
            rand::rng().fill_bytes(&mut chunk[..4_096]);
            let mut id = [0; 32];
            rand::rng().fill_bytes(&mut id);
            let [write, read, delete] = [(); 3].map(|()| Capability::random(&mut rand::rng()));
            let put = Request::PutBlob(PutBlob {
                id: BlobId(id),
                class: ChunkClass::Huge,
                write,
                read: read.hash(),
                delete: delete.hash(),
                offset: 0,
            });
            let (answer, _) = line.ask(&put, &chunk).await?;
            let stored = u32::try_from(chunk.len())?;
            ensure!(answer == Answer::BlobStored { stored }, "{answer:?}");
            Ok((
                Request::GetBlob {
                    id: BlobId(id),
                    read,
                    offset: 0,
                    length: stored,
                },
                chunk,
            ))
        });
    }
    let mut gets = Vec::new();
    while let Some(put) = tasks.join_next().await {
        gets.push(put??);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for (get, chunk) in gets {
        let line = line.clone();
        tasks.spawn(async move {
            let (answer, body) = line.ask(&get, &[]).await?;
            ensure!(
                body == chunk,
                "{answer:?} with other bytes than were stored"
            );
            Ok(())
        });
    }
    while let Some(get) = tasks.join_next().await {
        get??;
    }
    Ok(())
}

async fn collect_all(line: &Line, office: &Mailboxes) -> anyhow::Result<()> {
    let owner = office.owners().first().context("no mailbox")?;
    let (mut after, mut letters) = (0, 0);
    loop {
        let request = OwnerRequest::Collect {
            after,
            max: COLLECT_MAX,
        };
        let (answer, body) = line.owner(owner, office.certificate(), &request).await?;
        let OwnerAnswer::Collected { places, more } = answer else {
            anyhow::bail!("a collect was answered with {answer:?}");
        };
        letters += body.len() / ENVELOPE_LEN;
        after = places.last().copied().unwrap_or(after);
        if !more {
            break;
        }
    }
    ensure!(letters == LETTERS, "{letters} letters came, {LETTERS} wait");
    Ok(())
}
