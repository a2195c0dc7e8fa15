//! The yardstick: what QUIC and a disk give by themselves. quinn, an append-only log, one sync for all that wait (group
//! commit); no index, no rules, no quotas, no framing. In a process of its own, as the relay is.

use std::{
    fs::File, io::Write, net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration,
};

use anyhow::Context;
use quinn::crypto::rustls::QuicServerConfig;
use rustls::{
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    server::AlwaysResolvesServerRawPublicKeys,
    sign::CertifiedKey,
};
use tidings_protocol::limits::CELL_LEN;
use tidings_tests::process::Process;
use tokio::sync::{mpsc, oneshot};

/// What the first byte of a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Wish {
    /// Keep the request; answer with a cell once it is synced.
    KeepCell,
    /// Keep the request; answer with one byte once it is synced.
    KeepTiny,
    /// Answer with as many bytes as the next four say, little-endian.
    Give,
}

pub(crate) const ALPN: &[u8] = b"yardstick";
/// Most requests that one sync covers.
const GROUP_MAX: usize = 256;
const REQUEST_MAX: usize = 16 * 1_048_576;

/// Starts the server in a process of its own, with its log below `folder`.
pub(crate) fn start(folder: &Path) -> anyhow::Result<(Process, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("yardstick").arg(folder);
    let mut process = Process::start(command, "yardstick", folder)?;
    let port = process.wait_for_line("ready ", Duration::from_secs(10))?;
    Ok((process, SocketAddr::from(([127, 0, 0, 1], port.parse()?))))
}

/// The server's whole life.
pub(crate) fn serve(folder: &Path) -> anyhow::Result<()> {
    let log = File::create(folder.join("log"))?;
    let (keep, kept) = mpsc::channel(4_096);
    std::thread::spawn(move || write(log, kept));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let endpoint =
                quinn::Endpoint::server(config()?, SocketAddr::from(([127, 0, 0, 1], 0)))?;
            println!("ready {}", endpoint.local_addr()?.port());
            while let Some(incoming) = endpoint.accept().await {
                tokio::spawn(connection(incoming, keep.clone()));
            }
            Ok(())
        })
}

type Keep = (Vec<u8>, oneshot::Sender<()>);

/// Writes and syncs all that waits, then answers all of it.
fn write(mut log: File, mut kept: mpsc::Receiver<Keep>) {
    let (mut group, mut bytes) = (Vec::new(), Vec::new());
    while kept.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        bytes.clear();
        group
            .iter()
            .for_each(|(request, _)| bytes.extend_from_slice(request));
        if log
            .write_all(&bytes)
            .and_then(|()| log.sync_data())
            .is_err()
        {
            return;
        }
        for (_, answer) in group.drain(..) {
            // Whoever asked may be gone.
            let _ = answer.send(());
        }
    }
}

async fn connection(incoming: quinn::Incoming, keep: mpsc::Sender<Keep>) {
    let Ok(connection) = incoming.await else {
        return;
    };
    while let Ok(stream) = connection.accept_bi().await {
        let keep = keep.clone();
        tokio::spawn(async move {
            if let Err(error) = exchange(stream, &keep).await {
                eprintln!("{error:#}");
            }
        });
    }
}

async fn exchange(
    (mut send, mut receive): (quinn::SendStream, quinn::RecvStream),
    keep: &mpsc::Sender<Keep>,
) -> anyhow::Result<()> {
    let request = receive.read_to_end(REQUEST_MAX).await?;
    let &[wish, a, b, c, d, ..] = request.as_slice() else {
        anyhow::bail!("a request of {} bytes", request.len());
    };
    let answer_len = if wish == Wish::Give as u8 {
        usize::try_from(u32::from_le_bytes([a, b, c, d]))?
    } else {
        let (done, synced) = oneshot::channel();
        keep.send((request, done)).await?;
        synced.await.context("the log failed")?;
        if wish == Wish::KeepCell as u8 {
            CELL_LEN
        } else {
            1
        }
    };
    send.write_all(&vec![7; answer_len]).await?;
    send.finish()?;
    Ok(())
}

/// quinn as it comes, with the relay's key exchange and kind of key.
fn config() -> anyhow::Result<quinn::ServerConfig> {
    let provider = Arc::new(CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    });
    // Ed25519 in PKCS#8 and SubjectPublicKeyInfo (RFC 8410); the key is nobody's secret.
    let secret = tidings_protocol::secret::SigningSecret::random(&mut rand::rng());
    let pkcs8 = [
        &hex::decode("302e020100300506032b657004220420")?,
        &secret.seed()[..],
    ]
    .concat();
    let spki = [
        &hex::decode("302a300506032b6570032100")?,
        &secret.public().as_bytes()[..],
    ]
    .concat();
    let signer = aws_lc_rs::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8.as_slice()))?;
    let key = CertifiedKey::new(vec![CertificateDer::from(spki)], signer);
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(Arc::new(
            key,
        ))));
    tls.alpn_protocols = vec![ALPN.to_vec()];
    Ok(quinn::ServerConfig::with_crypto(Arc::new(
        QuicServerConfig::try_from(tls)?,
    )))
}
