//! A client over TCP, with the same words as the one over QUIC.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tidings_line::websocket::WebLine;
use tidings_protocol::{
    exchange::{Answer, Frame, Refusal, Request},
    ids::MailboxAddress,
    limits::CELL_LEN,
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::VerifiedCertificate,
    secret::SigningSecret,
};

use super::{memory::MemoryStore, rng, running::Running};

pub const HELLO: Request = Request::Hello {
    lowest: 1,
    highest: 1,
};

/// The frame of a hello.
pub fn hello_frame() -> Vec<u8> {
    HELLO.to_frame(b"").unwrap()
}

/// A frame of one cell, as the cell that it is.
pub fn cell(frame: &[u8]) -> &[u8; CELL_LEN] {
    frame.try_into().unwrap()
}

/// A channel to a relay, opened by a hello.
#[derive(Clone)]
pub struct Web {
    pub line: WebLine,
    pub certificate: VerifiedCertificate,
    seed: Arc<AtomicU64>,
}

impl Web {
    /// Connects, says hello, opens a channel.
    pub async fn open(relay: &Running) -> Self {
        let server: &tidings_relay::Server<MemoryStore> = &relay.server;
        let (line, certificate) = WebLine::open(server.local(), server.address())
            .await
            .unwrap();
        Self::over(line, certificate)
    }

    /// A channel to a key that is known already; `None` if the relay does not take it.
    pub async fn open_known(relay: &Running, certificate: &VerifiedCertificate) -> Option<Self> {
        let address = relay.server.address();
        let line = WebLine::open_known(relay.server.local(), address, certificate)
            .await
            .unwrap();
        line.ask(&HELLO, b"").await.ok()?;
        Some(Self::over(line, certificate.clone()))
    }

    fn over(line: WebLine, certificate: VerifiedCertificate) -> Self {
        Self {
            line,
            certificate,
            seed: Arc::new(AtomicU64::new(u64::from(std::process::id()) << 20)),
        }
    }

    pub async fn ask(&self, request: &Request, body: &[u8]) -> (Answer, Vec<u8>) {
        self.line.ask(request, body).await.unwrap()
    }

    pub async fn ask_raw(&self, cells: &[u8]) -> (Answer, Vec<u8>) {
        let bytes = self.line.ask_raw(cells).await.unwrap();
        let frame = Frame::parse(&bytes).unwrap();
        (Answer::from_head(frame.head).unwrap(), frame.body.to_vec())
    }

    pub async fn deposit(&self, address: MailboxAddress, envelope: &[u8]) -> Answer {
        self.ask(&Request::Deposit { address }, envelope).await.0
    }

    pub async fn owner(
        &self,
        owner: &SigningSecret,
        certificate: &VerifiedCertificate,
        request: &OwnerRequest,
    ) -> Result<(OwnerAnswer, Vec<u8>), Refusal> {
        let seed = self.seed.fetch_add(1, Ordering::SeqCst);
        let (sealed, opener) = request.seal(owner, certificate, &mut rng(seed)).unwrap();
        match self.ask(&Request::Owner(Box::new(sealed)), b"").await {
            (Answer::Owner { nonce }, body) => Ok(opener.open(&nonce, &body).unwrap()),
            (Answer::Refused(refusal), _) => Err(refusal),
            (other, _) => panic!("{other:?}"),
        }
    }
}
