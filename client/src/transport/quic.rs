//! QUIC with TLS 1.3, post-quantum key exchange first, and the relay's raw key instead of a certificate chain (RFC 7250).

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use quinn::{
    Endpoint, IdleTimeout, TransportConfig, VarInt,
    crypto::rustls::{NoInitialCipherSuite, QuicClientConfig},
};
use rustls::{
    CertificateError, DigitallySignedStruct, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
};
use tidings_protocol::{
    exchange::FrameLengths,
    ids::SigningPublic,
    limits::{CELL_LEN, FRAME_PREFIX_LEN},
    relay_identity::VerifiedCertificate,
};
use tokio::time::timeout;

use super::{
    BoxFuture, Carried, Connection, Proof, TransportError,
    vigil::{self, Signs, watched},
};

const ALPN: &[u8] = b"tidings/1";
/// SubjectPublicKeyInfo (RFC 8410, section 4) before the 32 bytes of an Ed25519 public key.
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// Time for the handshake: three post-quantum flights on a mobile network that loses packets.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// The silence after which a connection is given up.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a connection that waits shows that it lives: routers forget UDP flows after half a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Bytes of a stream on their way to us: one largest frame.
const STREAM_WINDOW: u32 = 1_310_720;

/// QUIC by `quinn`. Cheap; holds no connection.
#[derive(Debug, Clone)]
pub(super) struct Quic {
    config: quinn::ClientConfig,
}

/// Why QUIC cannot be set up: never on a machine that built this program.
#[derive(Debug, thiserror::Error)]
pub enum QuicError {
    /// TLS 1.3 is not there.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// QUIC's first cipher suite is not there.
    #[error("TLS: {0}")]
    Cipher(#[from] NoInitialCipherSuite),
}

impl Quic {
    /// Sets up TLS.
    ///
    /// # Errors
    /// [`QuicError`].
    pub(super) fn new() -> Result<Self, QuicError> {
        let provider = Arc::new(CryptoProvider {
            // The order is the preference; the first share sent is the post-quantum one.
            kx_groups: vec![
                aws_lc_rs::kx_group::X25519MLKEM768,
                aws_lc_rs::kx_group::X25519,
            ],
            ..aws_lc_rs::default_provider()
        });
        let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(ProvenKey(provider)))
            .with_no_client_auth();
        tls.alpn_protocols = vec![ALPN.to_vec()];
        // A ticket would link two connections of one device.
        tls.resumption = Resumption::disabled();
        tls.enable_early_data = false;
        tls.enable_sni = false;
        let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
        config.transport_config(Arc::new(transport()));
        // An address token from an earlier connection would link the two.
        config.token_store(Arc::new(quinn::NoneTokenStore));
        Ok(Self { config })
    }

    /// Connects to one address.
    pub(super) async fn connect(
        &self,
        address: SocketAddr,
    ) -> Result<Arc<dyn Connection>, TransportError> {
        // A socket of its own: connections over one port would be linked by it.
        let any: SocketAddr = if address.is_ipv4() {
            (Ipv4Addr::UNSPECIFIED, 0).into()
        } else {
            (Ipv6Addr::UNSPECIFIED, 0).into()
        };
        let endpoint = Endpoint::client(any).map_err(|_| TransportError::Socket)?;
        let connecting = endpoint
            .connect_with(self.config.clone(), address, "relay.invalid")
            .map_err(|_| TransportError::Socket)?;
        let connection = match timeout(HANDSHAKE_TIME, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(quinn::ConnectionError::TransportError(_))) => {
                return Err(TransportError::NotARelay);
            }
            Ok(Err(_)) | Err(_) => return Err(TransportError::Silent),
        };
        let shown_key = shown_key(&connection).ok_or(TransportError::NotARelay)?;
        Ok(Arc::new(QuicConnection {
            endpoint,
            connection,
            shown_key,
        }))
    }
}

fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .keep_alive_interval(Some(KEEP_ALIVE))
        // The smallest that QUIC allows: hostile and mobile networks drop larger packets. And no probes for more (RELAY-11):
        // they would use up a third of what a freezing network lets through.
        .initial_mtu(1_200)
        .mtu_discovery_config(None);
    if let Ok(idle) = IdleTimeout::try_from(SILENCE) {
        transport.max_idle_timeout(Some(idle));
    }
    transport
}

fn shown_key(connection: &quinn::Connection) -> Option<SigningPublic> {
    let identity = connection.peer_identity()?;
    let keys = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    let [key] = keys.as_slice() else { return None };
    SigningPublic::from_slice(key.strip_prefix(&SPKI_PREFIX)?)
}

struct QuicConnection {
    endpoint: Endpoint,
    connection: quinn::Connection,
    shown_key: SigningPublic,
}

impl Drop for QuicConnection {
    fn drop(&mut self) {
        self.connection.close(VarInt::from_u32(0), b"");
        self.endpoint.close(VarInt::from_u32(0), b"");
    }
}

impl Connection for QuicConnection {
    fn prove(&self, certificate: &VerifiedCertificate) -> Result<Proof, TransportError> {
        if certificate.certificate().tls_key == self.shown_key {
            Ok(Proof::Given)
        } else {
            Err(TransportError::OtherKey)
        }
    }

    fn exchange<'a>(
        &'a self,
        frame: &'a [u8],
        patience: Duration,
    ) -> BoxFuture<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let stage = Stage::default();
            let crossing = async {
                let (mut send, mut receive) = self
                    .connection
                    .open_bi()
                    .await
                    .map_err(|_| TransportError::Lost)?;
                // A relay that refuses from the prefix alone stops our stream and answers: its answer still counts.
                if send.write_all(frame).await.is_ok() {
                    let _ = send.finish();
                }
                let arrived = send.stopped();
                let mut answer = std::pin::pin!(read_frame(&mut receive, &stage));
                tokio::select! {
                    answer = &mut answer => return answer,
                    _ = arrived => stage.arrived.store(true, Ordering::Relaxed),
                }
                answer.await
            };
            let quiet = vigil::quiet(self.connection.rtt());
            let signs = || Signs {
                heard: self.connection.stats().udp_rx.datagrams,
                owes: stage.owes(),
            };
            watched(crossing, patience, quiet, signs).await
        })
    }

    fn is_open(&self) -> bool {
        self.connection.close_reason().is_none()
    }

    fn carried(&self) -> Carried {
        let stats = self.connection.stats();
        Carried {
            sent: stats.udp_tx.bytes,
            received: stats.udp_rx.bytes,
        }
    }
}

/// How far an exchange is.
#[derive(Default)]
struct Stage {
    /// The relay has acknowledged all of the request.
    arrived: AtomicBool,
    /// The answer has begun to come.
    answered: AtomicBool,
}

impl Stage {
    /// Whether the relay owes a sign: only between the two it may be silent, while it thinks.
    fn owes(&self) -> bool {
        !self.arrived.load(Ordering::Relaxed) || self.answered.load(Ordering::Relaxed)
    }
}

/// Reads one frame and the end of the stream: nothing is allocated beyond what a checked prefix promises (EXCH-2).
async fn read_frame(
    receive: &mut quinn::RecvStream,
    stage: &Stage,
) -> Result<Vec<u8>, TransportError> {
    let lost = |error| match error {
        quinn::ReadExactError::FinishedEarly(_) => TransportError::Frame,
        quinn::ReadExactError::ReadError(_) => TransportError::Lost,
    };
    let mut frame = vec![0; CELL_LEN];
    let (prefix, cell) = frame.split_at_mut(FRAME_PREFIX_LEN);
    receive.read_exact(prefix).await.map_err(lost)?;
    stage.answered.store(true, Ordering::Relaxed);
    receive.read_exact(cell).await.map_err(lost)?;
    let length = FrameLengths::parse(&frame)
        .map_err(|_| TransportError::Frame)?
        .wire_len();
    frame.resize(length, 0);
    receive
        .read_exact(&mut frame[CELL_LEN..])
        .await
        .map_err(lost)?;
    match receive.read(&mut [0]).await {
        Ok(None) => Ok(frame),
        Ok(Some(_)) => Err(TransportError::Frame),
        Err(_) => Err(TransportError::Lost),
    }
}

/// Takes any Ed25519 key that its holder proves in the handshake. Whose it must be is not known before hello has shown the
/// relay's certificate; nothing is sent to it before that (RELAY-3).
#[derive(Debug)]
struct ProvenKey(Arc<CryptoProvider>);

impl ServerCertVerifier for ProvenKey {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let is_key = key.len() == SPKI_PREFIX.len() + 32 && key.starts_with(&SPKI_PREFIX);
        if is_key && chain.is_empty() {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::BadEncoding.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature_with_raw_key(
            message,
            &SubjectPublicKeyInfoDer::from(key.as_ref()),
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
