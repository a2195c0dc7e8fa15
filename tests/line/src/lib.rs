//! A bare line to a relay: frames over one QUIC connection, or one over TCP ([`websocket`]), without the client library. For the benches, for tests that
//! need thousands of letters, and for hostile ones; the relay's own tests stand on its lower half ([`tls`], [`quic`]).
//!
//! It believes any key that the relay shows in TLS; whoever cares checks the certificate that [`Line::hello`] gives.

mod believing;
mod meter;
pub mod websocket;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use quinn::crypto::rustls::QuicClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use tidings_protocol::{
    exchange::{Answer, Frame, HelloAnswer, Refusal, Request},
    ids::MailboxAddress,
    limits::{EXCHANGE_VERSION, FRAME_BODY_MAX, FRAME_HEAD_MAX},
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::{RelayAddress, VerifiedCertificate},
    secret::SigningSecret,
};

use self::believing::Believing;

/// The protocol that a relay of this version expects in ALPN.
pub const ALPN: &[u8] = b"tidings/1";
/// The most that one answer may be: a largest frame.
const ANSWER_MAX: usize = FRAME_HEAD_MAX + FRAME_BODY_MAX + 65_536;

/// One connection to a relay.
#[derive(Clone)]
pub struct Line {
    connection: quinn::Connection,
}

/// TLS 1.3 with the post-quantum exchange alone, for raw Ed25519 keys, believing any.
///
/// # Errors
/// If the provider lacks a primitive.
pub fn tls(alpn: &[u8]) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    });
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Believing::any_raw_key(provider)))
        .with_no_client_auth();
    tls.alpn_protocols = vec![alpn.to_vec()];
    Ok(tls)
}

/// QUIC over `tls`, as patient as a relay under a full load needs.
///
/// # Errors
/// If `tls` lacks the cipher suite of QUIC's first packets.
pub fn quic(tls: rustls::ClientConfig) -> anyhow::Result<quinn::ClientConfig> {
    let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    let mut transport = quinn::TransportConfig::default();
    transport
        .max_idle_timeout(Some(Duration::from_secs(30).try_into()?))
        .keep_alive_interval(Some(Duration::from_secs(5)))
        // Probes would use up a third of what a freezing network lets through.
        .mtu_discovery_config(None);
    config.transport_config(Arc::new(transport));
    Ok(config)
}

/// A QUIC endpoint for clients, on any free loopback port.
///
/// # Errors
/// If there is no port, or TLS cannot be configured.
pub fn endpoint(alpn: &[u8]) -> anyhow::Result<quinn::Endpoint> {
    let mut endpoint = quinn::Endpoint::client(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    endpoint.set_default_client_config(quic(tls(alpn)?)?);
    Ok(endpoint)
}

/// Sends `request` on a stream of its own and reads the whole answer.
///
/// # Errors
/// If the connection ends or the answer is longer than any may be.
pub async fn round_trip(connection: &quinn::Connection, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(request).await?;
    send.finish()?;
    Ok(receive.read_to_end(ANSWER_MAX).await?)
}

impl Line {
    /// Connects to the relay at `socket`.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn open(endpoint: &quinn::Endpoint, socket: SocketAddr) -> anyhow::Result<Self> {
        let connection = endpoint
            .connect(socket, "relay.invalid")?
            .await
            .with_context(|| format!("connecting to the relay at port {}", socket.port()))?;
        Ok(Self { connection })
    }

    /// The connection below.
    #[must_use]
    pub fn connection(&self) -> &quinn::Connection {
        &self.connection
    }

    /// One request and its answer.
    ///
    /// # Errors
    /// If the connection ends or the answer is none.
    pub async fn ask(&self, request: &Request, body: &[u8]) -> anyhow::Result<(Answer, Vec<u8>)> {
        let answer = round_trip(&self.connection, &request.to_frame(body)?).await?;
        let frame = Frame::parse(&answer)?;
        Ok((Answer::from_head(frame.head)?, frame.body.to_vec()))
    }

    /// Says hello and verifies the relay against its address.
    ///
    /// # Errors
    /// If the relay cannot prove who it is.
    pub async fn hello(&self, address: &RelayAddress) -> anyhow::Result<VerifiedCertificate> {
        let request = Request::Hello {
            lowest: EXCHANGE_VERSION,
            highest: EXCHANGE_VERSION,
        };
        match self.ask(&request, &[]).await? {
            (Answer::Hello(HelloAnswer { certificate, .. }), _) => {
                Ok(certificate.verify(&address.root, 0)?)
            }
            (other, _) => bail!("hello was answered with {other:?}"),
        }
    }

    /// Deposits an envelope; the inner result is the relay's answer.
    ///
    /// # Errors
    /// If the connection ends or the answer is none to a deposit.
    pub async fn deposit(
        &self,
        address: MailboxAddress,
        envelope: &[u8],
    ) -> anyhow::Result<Result<(), Refusal>> {
        match self.ask(&Request::Deposit { address }, envelope).await? {
            (Answer::Deposited { .. }, _) => Ok(Ok(())),
            (Answer::Refused(refusal), _) => Ok(Err(refusal)),
            (other, _) => bail!("a deposit was answered with {other:?}"),
        }
    }

    /// An owner's request and its answer with body.
    ///
    /// # Errors
    /// If the connection ends, the answer does not open, or the relay refuses.
    pub async fn owner(
        &self,
        owner: &SigningSecret,
        certificate: &VerifiedCertificate,
        request: &OwnerRequest,
    ) -> anyhow::Result<(OwnerAnswer, Vec<u8>)> {
        let (sealed, opener) = request.seal(owner, certificate, &mut rand::rng())?;
        match self.ask(&Request::Owner(Box::new(sealed)), &[]).await? {
            (Answer::Owner { nonce }, body) => Ok(opener.open(&nonce, &body)?),
            (other, _) => bail!("{request:?} was answered with {other:?}"),
        }
    }
}
