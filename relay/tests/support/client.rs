//! A small client: pins the relay's raw key, speaks frames, seals owners' requests.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use quinn::{Connection, Endpoint, RecvStream, SendStream};
use rustls::pki_types::CertificateDer;
use tidings_protocol::{
    exchange::{Answer, Frame, HelloAnswer, Refusal, Request},
    ids::SigningPublic,
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::{RootFingerprint, VerifiedCertificate},
    secret::SigningSecret,
};

use super::rng;

/// One connection to a relay.
pub struct Client {
    pub endpoint: Endpoint,
    pub connection: Connection,
    root: RootFingerprint,
    seed: std::sync::atomic::AtomicU64,
}

/// The TLS configuration of [`Client`], for tests that change it.
pub fn tls() -> rustls::ClientConfig {
    tidings_line::tls(tidings_line::ALPN).unwrap()
}

pub fn quic(tls: rustls::ClientConfig) -> quinn::ClientConfig {
    tidings_line::quic(tls).unwrap()
}

impl Client {
    /// Connects; checks nothing yet.
    pub async fn connect(relay: SocketAddr, root: RootFingerprint) -> Self {
        Self::try_connect(relay, root, quic(tls())).await.unwrap()
    }

    pub async fn try_connect(
        relay: SocketAddr,
        root: RootFingerprint,
        config: quinn::ClientConfig,
    ) -> Result<Self, quinn::ConnectionError> {
        let endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let connection = endpoint
            .connect_with(config, relay, "relay.invalid")
            .unwrap()
            .await?;
        Ok(Self {
            endpoint,
            connection,
            root,
            seed: std::sync::atomic::AtomicU64::new(u64::from(std::process::id()) << 20),
        })
    }

    /// The raw key that the relay showed.
    pub fn shown_key(&self) -> SigningPublic {
        let identity = self.connection.peer_identity().unwrap();
        let keys = identity.downcast::<Vec<CertificateDer<'static>>>().unwrap();
        SigningPublic::from_slice(&keys[0][keys[0].len() - 32..]).unwrap()
    }

    /// Says hello and verifies root, certificate and TLS key.
    pub async fn hello(&self) -> (HelloAnswer, VerifiedCertificate) {
        let hello = Request::Hello {
            lowest: 1,
            highest: 1,
        };
        let Answer::Hello(answer) = self.ask(&hello, b"").await.0 else {
            panic!("no hello");
        };
        let certificate = answer.certificate.verify(&self.root, 0).unwrap();
        assert_eq!(certificate.certificate().tls_key, self.shown_key());
        (answer, certificate)
    }

    pub async fn open(&self) -> (SendStream, RecvStream) {
        self.connection.open_bi().await.unwrap()
    }

    /// One request and its answer.
    pub async fn ask(&self, request: &Request, body: &[u8]) -> (Answer, Vec<u8>) {
        self.ask_raw(&request.to_frame(body).unwrap()).await
    }

    /// Sends these bytes as a whole stream and reads the answer.
    pub async fn ask_raw(&self, bytes: &[u8]) -> (Answer, Vec<u8>) {
        let (mut send, recv) = self.open().await;
        // The relay may refuse before it has read everything.
        let _ = send.write_all(bytes).await;
        let _ = send.finish();
        read_answer(recv).await
    }

    pub async fn deposit(
        &self,
        address: tidings_protocol::ids::MailboxAddress,
        envelope: &[u8],
    ) -> Answer {
        self.ask(&Request::Deposit { address }, envelope).await.0
    }

    /// Seals, asks, opens.
    pub async fn owner(
        &self,
        owner: &SigningSecret,
        certificate: &VerifiedCertificate,
        request: &OwnerRequest,
    ) -> Result<(OwnerAnswer, Vec<u8>), Refusal> {
        let seed = self.seed.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let (sealed, opener) = request.seal(owner, certificate, &mut rng(seed)).unwrap();
        match self.ask(&Request::Owner(Box::new(sealed)), b"").await {
            (Answer::Owner { nonce }, body) => Ok(opener.open(&nonce, &body).unwrap()),
            (Answer::Refused(refusal), _) => Err(refusal),
            (other, _) => panic!("{other:?}"),
        }
    }
}

/// Reads a whole answer; its frame must be whole cells.
pub async fn read_answer(mut recv: RecvStream) -> (Answer, Vec<u8>) {
    let bytes = tokio::time::timeout(Duration::from_secs(60), recv.read_to_end(2_000_000))
        .await
        .expect("an answer in time")
        .unwrap();
    let frame = Frame::parse(&bytes).unwrap();
    (Answer::from_head(frame.head).unwrap(), frame.body.to_vec())
}
