//! A bare line over TCP: TLS that believes any certificate, a WebSocket written by hand, a channel (`docs/spec/channel.md`).
//!
//! [`Socket`] sends and reads single WebSocket messages and whatever else a hostile client may want to; [`WebLine`] asks many things
//! at once, as [`crate::Line`] does over QUIC.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use anyhow::{Context, bail, ensure};
use rustls::{
    client::Resumption,
    crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs},
    pki_types::ServerName,
};
use tidings_protocol::{
    channel::{
        Assembled, Assembler, ClientChannel, FromRelay, Unit, UnitOpener, UnitSealer, clear_first,
        websocket_path,
    },
    exchange::{Answer, Frame, HelloAnswer, Request},
    limits::{CELL_LEN, EXCHANGE_VERSION},
    relay_identity::{RelayAddress, RootFingerprint, VerifiedCertificate},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    net::TcpStream,
    sync::{Mutex, oneshot},
    task::AbortHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::believing::Believing;
pub use crate::meter::{Meter, Metered};

/// Opcodes of RFC 6455, section 5.2.
pub mod opcode {
    /// A text message.
    pub const TEXT: u8 = 1;
    /// A binary message.
    pub const BINARY: u8 = 2;
    /// The connection closes.
    pub const CLOSE: u8 = 8;
    /// Asks for a pong.
    pub const PING: u8 = 9;
    /// Answers a ping.
    pub const PONG: u8 = 10;
}

/// TLS for web servers, with the post-quantum exchange, believing any certificate.
///
/// # Errors
/// If the provider lacks a primitive.
pub fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    tls_with(vec![aws_lc_rs::kx_group::X25519MLKEM768])
}

/// The same for web servers that know no better exchange than X25519.
///
/// # Errors
/// If the provider lacks a primitive.
pub fn plain_tls() -> Result<rustls::ClientConfig, rustls::Error> {
    tls_with(vec![aws_lc_rs::kx_group::X25519])
}

fn tls_with(
    kx_groups: Vec<&'static dyn SupportedKxGroup>,
) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(CryptoProvider {
        kx_groups,
        ..aws_lc_rs::default_provider()
    });
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Believing::any_certificate(provider)))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls.resumption = Resumption::disabled();
    Ok(tls)
}

/// A TLS connection to a relay's TCP port, and a WebSocket inside once it is upgraded.
pub struct Socket {
    reading: Reading,
    writing: Writing,
    /// What crossed so far.
    pub meter: Meter,
    certificate: Option<Vec<u8>>,
}

/// The half that reads messages.
pub struct Reading {
    stream: ReadHalf<TlsStream<Metered>>,
}

/// The half that writes messages.
pub struct Writing {
    stream: WriteHalf<TlsStream<Metered>>,
}

impl Socket {
    /// Connects with TCP and TLS.
    ///
    /// # Errors
    /// If the relay does not take the connection.
    pub async fn connect(relay: SocketAddr) -> anyhow::Result<Self> {
        Self::connect_with(relay, tls()?).await
    }

    /// The same with a TLS configuration of one's own.
    ///
    /// # Errors
    /// As [`Socket::connect`].
    pub async fn connect_with(
        relay: SocketAddr,
        tls: rustls::ClientConfig,
    ) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(relay).await?;
        stream.set_nodelay(true)?;
        let meter = Meter::default();
        let stream = Metered {
            stream,
            meter: meter.clone(),
        };
        let name = ServerName::try_from("relay.invalid")?;
        let stream = TlsConnector::from(Arc::new(tls))
            .connect(name, stream)
            .await
            .context("TLS")?;
        let shown = stream.get_ref().1.peer_certificates();
        let certificate = shown.and_then(|chain| Some(chain.first()?.to_vec()));
        let (reading, writing) = tokio::io::split(stream);
        Ok(Self {
            certificate,
            reading: Reading { stream: reading },
            writing: Writing { stream: writing },
            meter,
        })
    }

    /// The certificate that was shown in TLS, in DER.
    #[must_use]
    pub fn certificate(&self) -> Option<Vec<u8>> {
        self.certificate.clone()
    }

    /// Asks for the WebSocket of the relay of `root`, with `first` as the first message right behind the request, and reads the answer.
    ///
    /// # Errors
    /// If the answer is not 101.
    pub async fn upgrade(
        &mut self,
        root: &RootFingerprint,
        first: Option<&[u8]>,
    ) -> anyhow::Result<()> {
        let mut request = upgrade_request(&websocket_path(root)).into_bytes();
        if let Some(first) = first {
            request.extend_from_slice(&message(opcode::BINARY, first));
        }
        self.writing.write(&request).await?;
        let head = self.reading.head().await?;
        ensure!(
            head.starts_with("HTTP/1.1 101 "),
            "no upgrade, but {:?}",
            head.lines().next()
        );
        Ok(())
    }

    /// Writes these bytes as they are.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.writing.write(bytes).await
    }

    /// Sends one message.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn send(&mut self, opcode: u8, payload: &[u8]) -> anyhow::Result<()> {
        self.writing.write(&message(opcode, payload)).await
    }

    /// The head of an HTTP answer.
    ///
    /// # Errors
    /// If the connection ends before it.
    pub async fn head(&mut self) -> anyhow::Result<String> {
        self.reading.head().await
    }

    /// The next message, control frames included: opcode and payload.
    ///
    /// # Errors
    /// If the connection ends, or what comes is no message.
    pub async fn next(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        self.reading.next().await
    }

    /// Status in the close frame that comes next, whatever comes before it; `None` if the connection ends without one.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Ok((opcode::CLOSE, payload)) => {
                    let status = payload.first_chunk::<2>()?;
                    return Some(u16::from_be_bytes(*status));
                }
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// The halves.
    #[must_use]
    pub fn split(self) -> (Reading, Writing) {
        (self.reading, self.writing)
    }
}

/// The request for a WebSocket under `path`, as a browser makes it.
#[must_use]
pub fn upgrade_request(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: relay.invalid\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// One message in one frame, masked as those of clients must be. The mask hides nothing: it is always the same.
#[must_use]
pub fn message(opcode: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x5a, 0xa5, 0x3c, 0xc3];
    let mut bytes = vec![0x80 | opcode];
    match u16::try_from(payload.len()) {
        Ok(len @ 0..126) => bytes.push(0x80 | len.to_be_bytes()[1]),
        Ok(len) => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&len.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    bytes.extend(
        payload
            .iter()
            .zip(MASK.into_iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

impl Reading {
    /// The head of an HTTP answer.
    ///
    /// # Errors
    /// If the connection ends before it.
    pub async fn head(&mut self) -> anyhow::Result<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            ensure!(head.len() < 16_384, "no end of the head");
            head.push(self.stream.read_u8().await?);
        }
        Ok(String::from_utf8(head)?)
    }

    /// The next message.
    ///
    /// # Errors
    /// As [`Socket::next`].
    pub async fn next(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        let first = self.stream.read_u8().await?;
        ensure!(
            first & 0xf0 == 0x80,
            "a message in pieces, or reserved bits"
        );
        let len = match self.stream.read_u8().await? {
            126 => self.stream.read_u16().await?.into(),
            127 => self.stream.read_u64().await?,
            len @ 0..126 => len.into(),
            _ => bail!("a masked message from the relay"),
        };
        ensure!(len <= 1_048_576, "a message of {len} bytes");
        let mut payload = vec![0; usize::try_from(len)?];
        self.stream.read_exact(&mut payload).await?;
        Ok((first & 0x0f, payload))
    }

    /// The stream below, for what is no message.
    pub fn stream(&mut self) -> &mut (impl AsyncRead + Unpin + use<>) {
        &mut self.stream
    }
}

impl Writing {
    /// Writes these bytes as they are.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        Ok(())
    }
}

/// Asks a relay over a WebSocket, many things at once.
#[derive(Clone)]
pub struct WebLine(Arc<Inner>);

struct Inner {
    writing: Mutex<Sealing>,
    waiting: Waiting,
    reader: AbortHandle,
    /// What crossed so far.
    meter: Meter,
}

type Waiting = Arc<std::sync::Mutex<HashMap<u32, oneshot::Sender<Vec<u8>>>>>;

struct Sealing {
    writing: Writing,
    sealer: UnitSealer,
    last: u32,
}

impl WebLine {
    /// Connects, says hello in clear, verifies the relay, opens a channel.
    ///
    /// # Errors
    /// If the relay does not answer, or cannot prove who it is.
    pub async fn open(
        socket: SocketAddr,
        address: &RelayAddress,
    ) -> anyhow::Result<(Self, VerifiedCertificate)> {
        let mut socket = Socket::connect(socket).await?;
        let hello = Request::Hello {
            lowest: EXCHANGE_VERSION,
            highest: EXCHANGE_VERSION,
        };
        let frame = hello.to_frame(&[])?;
        let cell: &[u8; CELL_LEN] = frame.as_slice().try_into()?;
        socket
            .upgrade(&address.root, Some(&clear_first(1, cell)))
            .await?;
        let (_, unit) = socket.next().await?;
        let unit = Unit::from_clear(&unit)?;
        let frame = Frame::parse(unit.cell)?;
        let Answer::Hello(HelloAnswer { certificate, .. }) = Answer::from_head(frame.head)? else {
            bail!("hello was answered with something else");
        };
        let certificate = certificate.verify(&address.root, 0)?;
        let line = Self::over(socket, &certificate, 1)?;
        Ok((line, certificate))
    }

    /// Connects to a relay whose certificate is known, without a hello. The first request goes out with the upgrade.
    ///
    /// # Errors
    /// If the relay does not answer.
    pub async fn open_known(
        socket: SocketAddr,
        address: &RelayAddress,
        certificate: &VerifiedCertificate,
    ) -> anyhow::Result<Self> {
        let mut socket = Socket::connect(socket).await?;
        socket.upgrade(&address.root, None).await?;
        Self::over(socket, certificate, 0)
    }

    /// A channel over a WebSocket on which `last` was the last number used.
    ///
    /// # Errors
    /// If the relay's key is malformed.
    pub fn over(
        socket: Socket,
        certificate: &VerifiedCertificate,
        last: u32,
    ) -> anyhow::Result<Self> {
        let ClientChannel { sealer, opener } = ClientChannel::open(certificate, &mut rand::rng())?;
        let meter = socket.meter.clone();
        let (reading, writing) = socket.split();
        let waiting = Waiting::default();
        let reader = tokio::spawn(read_answers(reading, opener, Arc::clone(&waiting)));
        Ok(Self(Arc::new(Inner {
            writing: Mutex::new(Sealing {
                writing,
                sealer,
                last,
            }),
            waiting,
            reader: reader.abort_handle(),
            meter,
        })))
    }

    /// Bytes that crossed so far.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// One request and its answer.
    ///
    /// # Errors
    /// If the connection ends or the answer is none.
    pub async fn ask(&self, request: &Request, body: &[u8]) -> anyhow::Result<(Answer, Vec<u8>)> {
        let answer = self.ask_raw(&request.to_frame(body)?).await?;
        let frame = Frame::parse(&answer)?;
        Ok((Answer::from_head(frame.head)?, frame.body.to_vec()))
    }

    /// Sends whole cells as one frame and reads the whole frame that answers them.
    ///
    /// # Errors
    /// If the connection ends.
    pub async fn ask_raw(&self, cells: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (answer, answered) = oneshot::channel();
        {
            let mut sealing = self.0.writing.lock().await;
            sealing.last += 1;
            let number = sealing.last;
            lock(&self.0.waiting).insert(number, answer);
            let mut bytes = Vec::new();
            for cell in cells.as_chunks::<CELL_LEN>().0 {
                let unit = sealing.sealer.seal(number, cell)?;
                bytes.extend_from_slice(&message(opcode::BINARY, &unit));
            }
            sealing.writing.write(&bytes).await?;
        }
        answered.await.context("the connection ended")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, HashMap<u32, oneshot::Sender<Vec<u8>>>> {
    waiting
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn read_answers(mut reading: Reading, mut opener: UnitOpener, waiting: Waiting) {
    let mut assembler = Assembler::new();
    while let Ok((opcode::BINARY, mut unit)) = reading.next().await {
        let Ok(FromRelay::Sealed(unit)) = opener.open_or_clear(&mut unit) else {
            break;
        };
        match assembler.push(unit) {
            Ok(Assembled::Growing { .. }) => {}
            Ok(Assembled::Whole { number, frame }) => {
                if let Some(waiting) = lock(&waiting).remove(&number) {
                    // Whoever asked may have given up.
                    let _ = waiting.send(frame);
                }
            }
            Err(_) => break,
        }
    }
    // Whoever still waits is told that nothing comes.
    lock(&waiting).clear();
}
