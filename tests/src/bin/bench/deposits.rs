//! Durable deposits: our relay, over QUIC and over a WebSocket, beside quinn with a bare log, the same bytes each way.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use rand::Rng;
use tidings_protocol::{
    exchange::{Answer, Request},
    ids::MailboxAddress,
    limits::{CELL_LEN, ENVELOPE_LEN},
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::VerifiedCertificate,
    secret::SigningSecret,
};
use tidings_tests::{
    line::{self, Line, websocket::WebLine},
    process::Process,
    relay::Relay,
};

use crate::{
    Wishes,
    load::closed_loop,
    probe,
    report::{Report, Sample, folder},
    yardstick::{self, Wish},
};

const MANY: usize = 64;
/// More deposits a second than any system here reaches: sizes the mailboxes.
const RATE_MAX: u64 = 40_000;

pub(crate) async fn run(wishes: Wishes) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder()?)?;
    let place = tempfile::tempdir_in(folder()?)?;
    let (bare, bare_at) = yardstick::start(place.path())?;
    let relay = Relay::start(place.path())?;
    for (name, connections) in [("deposits-64", MANY), ("deposits-1", 1)] {
        let mut report = Report::new(
            name,
            "deposits/s",
            &[
                "quinn + log + group commit, a cell each way",
                "tidings-relay",
                "tidings-relay, WebSocket over TLS",
                "for information: same yardstick, 8 KiB and 1 byte",
            ],
        );
        report.compared = Some(("tidings-relay over a WebSocket to the same over QUIC", 2, 1));
        while report.rows[0].samples.len() < wishes.rounds && report.rejected <= wishes.rounds {
            let before = probe::fdatasync(place.path())?;
            let samples = [
                bare_load(&bare, bare_at, connections, Wish::KeepCell, wishes).await?,
                relay_load(&relay, connections, Carrier::Quic, wishes).await?,
                relay_load(&relay, connections, Carrier::WebSocket, wishes).await?,
                bare_load(&bare, bare_at, connections, Wish::KeepTiny, wishes).await?,
            ];
            let after = probe::fdatasync(place.path())?;
            let rates = samples
                .map(|sample| format!("{:>6.0}", sample.rate))
                .join(" ");
            let cpu = samples.map(|sample| format!("{:.1}", sample.cpu)).join(" ");
            println!("{name}: {rates} a second; CPU {cpu} µs; fdatasync {before} and {after} µs");
            report.probes.extend([before, after]);
            if before.max(after) > probe::NOISY {
                report.rejected += 1;
                continue;
            }
            for (row, sample) in report.rows.iter_mut().zip(samples) {
                row.samples.push(sample);
            }
        }
        report.finish()?;
    }
    relay.stop()?;
    Ok(())
}

async fn bare_load(
    server: &Process,
    at: SocketAddr,
    connections: usize,
    wish: Wish,
    wishes: Wishes,
) -> anyhow::Result<Sample> {
    let endpoint = line::endpoint(yardstick::ALPN)?;
    let mut lines = Vec::new();
    for _ in 0..connections {
        lines.push(endpoint.connect(at, "yardstick.invalid")?.await?);
    }
    let request_len = if wish == Wish::KeepTiny {
        ENVELOPE_LEN
    } else {
        CELL_LEN
    };
    let mut request = vec![0; request_len];
    rand::rng().fill_bytes(&mut request);
    request[0] = wish as u8;
    let request = Arc::new(request);
    let answer_len = if wish == Wish::KeepTiny { 1 } else { CELL_LEN };
    closed_loop(
        lines,
        Duration::from_secs(wishes.seconds),
        || server.usage(),
        move |line: quinn::Connection, _| {
            let request = Arc::clone(&request);
            async move {
                let answer = line::round_trip(&line, &request).await?;
                ensure!(
                    answer.len() == answer_len,
                    "answer of {} bytes",
                    answer.len()
                );
                Ok(())
            }
        },
    )
    .await
}

/// What carries the deposits.
#[derive(Debug, Clone, Copy)]
enum Carrier {
    Quic,
    WebSocket,
}

/// A line over either.
#[derive(Clone)]
enum AnyLine {
    Quic(Line),
    WebSocket(WebLine),
}

impl AnyLine {
    async fn deposit(&self, address: MailboxAddress, envelope: &[u8]) -> anyhow::Result<()> {
        let request = Request::Deposit { address };
        let (answer, _) = match self {
            Self::Quic(line) => line.ask(&request, envelope).await?,
            Self::WebSocket(line) => line.ask(&request, envelope).await?,
        };
        ensure!(matches!(answer, Answer::Deposited { .. }), "{answer:?}");
        Ok(())
    }
}

async fn relay_load(
    relay: &Relay,
    connections: usize,
    carrier: Carrier,
    wishes: Wishes,
) -> anyhow::Result<Sample> {
    let endpoint = line::endpoint(line::ALPN)?;
    let mailboxes = Mailboxes::make(relay, &endpoint, RATE_MAX * wishes.seconds).await?;
    let addresses = Arc::new(mailboxes.addresses());
    let mut lines = Vec::new();
    for index in 0..connections {
        let line = match carrier {
            Carrier::Quic => AnyLine::Quic(Line::open(&endpoint, relay.socket()).await?),
            Carrier::WebSocket => {
                AnyLine::WebSocket(WebLine::open(relay.socket(), relay.address()).await?.0)
            }
        };
        lines.push((line, index));
    }
    let envelope = Arc::new(random_envelope());
    let sample = closed_loop(
        lines,
        Duration::from_secs(wishes.seconds),
        || relay.usage(),
        move |(line, index): (AnyLine, usize), number| {
            let (envelope, addresses) = (Arc::clone(&envelope), Arc::clone(&addresses));
            async move {
                let mut envelope = envelope.to_vec();
                number_envelope(&mut envelope, index, number);
                let turn = usize::try_from(number)? * MANY + index;
                line.deposit(addresses[turn % addresses.len()], &envelope)
                    .await
                    .with_context(|| format!("deposit {number}"))
            }
        },
    )
    .await?;
    mailboxes.delete(relay, &endpoint).await?;
    Ok(sample)
}

/// An envelope of random bytes, as sealed ones are.
pub(crate) fn random_envelope() -> Vec<u8> {
    let mut envelope = vec![0; ENVELOPE_LEN];
    rand::rng().fill_bytes(&mut envelope);
    envelope[..2].copy_from_slice(&[1, 1]);
    envelope
}

/// Makes a copy differ from all others.
pub(crate) fn number_envelope(envelope: &mut [u8], index: usize, number: u64) {
    envelope[2..10].copy_from_slice(&number.to_le_bytes());
    envelope[10..18].copy_from_slice(&(index as u64).to_le_bytes());
}

/// Mailboxes with room for a round of load.
pub(crate) struct Mailboxes {
    owners: Vec<SigningSecret>,
    certificate: VerifiedCertificate,
}

impl Mailboxes {
    /// Makes as many as `letters` need under the relay's quota.
    pub(crate) async fn make(
        relay: &Relay,
        endpoint: &quinn::Endpoint,
        letters: u64,
    ) -> anyhow::Result<Self> {
        let line = Line::open(endpoint, relay.socket()).await?;
        let certificate = line.hello(relay.address()).await?;
        let mut owners = Vec::new();
        let mut room = 0;
        while room < letters || owners.len() < MANY {
            let owner = SigningSecret::random(&mut rand::rng());
            let (answer, _) = line
                .owner(&owner, &certificate, &OwnerRequest::CreateMailbox)
                .await?;
            let OwnerAnswer::Created { quota } = answer else {
                anyhow::bail!("a new mailbox was answered with {answer:?}");
            };
            room += u64::from(quota);
            owners.push(owner);
        }
        Ok(Self {
            owners,
            certificate,
        })
    }

    /// Their addresses.
    pub(crate) fn addresses(&self) -> Vec<MailboxAddress> {
        self.owners
            .iter()
            .map(|owner| MailboxAddress::of(&owner.public()))
            .collect()
    }

    /// The first of them alone.
    pub(crate) fn first(&self) -> Self {
        Self {
            owners: self.owners.iter().take(1).cloned().collect(),
            certificate: self.certificate.clone(),
        }
    }

    /// Their owners' keys.
    pub(crate) fn owners(&self) -> &[SigningSecret] {
        &self.owners
    }

    /// The relay's certificate.
    pub(crate) fn certificate(&self) -> &VerifiedCertificate {
        &self.certificate
    }

    /// Deletes them with their letters, so that the next round begins as this one did.
    async fn delete(&self, relay: &Relay, endpoint: &quinn::Endpoint) -> anyhow::Result<()> {
        let line = Line::open(endpoint, relay.socket()).await?;
        for owner in &self.owners {
            let (answer, _) = line
                .owner(owner, &self.certificate, &OwnerRequest::DeleteMailbox)
                .await?;
            ensure!(answer == OwnerAnswer::Deleted, "{answer:?}");
        }
        Ok(())
    }
}

/// Fills mailboxes with `letters` letters over many connections and streams at once.
pub(crate) async fn fill(
    relay: &Relay,
    endpoint: &quinn::Endpoint,
    mailboxes: &Mailboxes,
    letters: u64,
) -> anyhow::Result<()> {
    let addresses = Arc::new(mailboxes.addresses());
    let envelope = Arc::new(random_envelope());
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..MANY {
        let line = Line::open(endpoint, relay.socket()).await?;
        let (addresses, envelope) = (Arc::clone(&addresses), Arc::clone(&envelope));
        let own = letters / MANY as u64 + u64::from((index as u64) < letters % MANY as u64);
        tasks.spawn(async move {
            let mut envelope = envelope.to_vec();
            for number in 0..own {
                number_envelope(&mut envelope, index, number);
                let turn = usize::try_from(number)? * MANY + index;
                let request = Request::Deposit {
                    address: addresses[turn % addresses.len()],
                };
                let (answer, _) = line.ask(&request, &envelope).await?;
                ensure!(matches!(answer, Answer::Deposited { .. }), "{answer:?}");
            }
            Ok(())
        });
    }
    while let Some(finished) = tasks.join_next().await {
        finished??;
    }
    Ok(())
}

/// A fresh folder on the disk that is measured.
pub(crate) fn fresh_folder() -> anyhow::Result<tempfile::TempDir> {
    let parent: &Path = &folder()?;
    std::fs::create_dir_all(parent)?;
    Ok(tempfile::tempdir_in(parent)?)
}
