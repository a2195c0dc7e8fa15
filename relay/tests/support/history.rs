//! Seeded histories of requests, good and bad, for relays that must answer alike.

use rand::RngExt;
use tidings_protocol::{
    exchange::{Answer, ChunkClass, PutBlob, Refusal, Request},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::CELL_LEN,
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::VerifiedCertificate,
    secret::{Secret, SigningSecret},
};

use super::{client::Client, envelope, rng, web::Web};

/// What comes next.
pub struct History {
    rng: rand::rngs::StdRng,
    deposits: usize,
}

/// One thing to ask.
#[derive(Debug)]
pub enum Step {
    Plain(Request, Vec<u8>),
    Owner(u8, OwnerRequest),
    Cells(Vec<u8>),
}

/// What came of it, without what is random.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Plain(Answer, Vec<u8>),
    /// Certificates differ from relay to relay.
    Hello,
    Owner(Result<(OwnerAnswer, Vec<u8>), Refusal>),
}

fn owner(number: u8) -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([number; 32]))
}

impl History {
    pub fn new(seed: u64) -> Self {
        Self {
            rng: rng(seed),
            deposits: 0,
        }
    }

    pub fn deposits(&self) -> usize {
        self.deposits
    }

    pub fn next(&mut self) -> Step {
        let who = self.rng.random_range(1..4);
        let address = MailboxAddress::of(&owner(who).public());
        let letter = self.rng.random_range(0..12);
        match self.rng.random_range(0..16) {
            0..=4 => {
                self.deposits += 1;
                Step::Plain(Request::Deposit { address }, envelope(letter))
            }
            5 => Step::Plain(Request::Deposit { address }, vec![1; 100]),
            6 => Step::Plain(super::web::HELLO, vec![]),
            7 => Step::Plain(Request::FetchPrekeys { address }, vec![]),
            8 => Step::Plain(self.put(), vec![5; self.rng.random_range(0..30_000)]),
            9 => Step::Plain(
                Request::GetBlob {
                    id: BlobId([1; 32]),
                    read: Capability([3; 32]),
                    offset: self.rng.random_range(0..20_000),
                    length: 20_000,
                },
                vec![],
            ),
            10 => {
                let mut cells = vec![0; CELL_LEN];
                cells[..9].fill_with(|| self.rng.random_range(0..3));
                // Lengths that fit one cell, so that the frame is whole.
                cells[5..8].fill(0);
                cells[1..4].fill(0);
                Step::Cells(cells)
            }
            _ => Step::Owner(who, self.owners(letter)),
        }
    }

    fn put(&mut self) -> Request {
        Request::PutBlob(PutBlob {
            id: BlobId([1; 32]),
            class: ChunkClass::Small,
            write: Capability([2; 32]),
            read: Capability([3; 32]).hash(),
            delete: Capability([4; 32]).hash(),
            offset: self.rng.random_range(0..3) * 1_000,
        })
    }

    fn owners(&mut self, letter: u64) -> OwnerRequest {
        match self.rng.random_range(0..8) {
            0..=2 => OwnerRequest::CreateMailbox,
            3 | 4 => OwnerRequest::Collect {
                after: self.rng.random_range(0..4),
                max: self.rng.random_range(1..5),
            },
            5 => OwnerRequest::Acknowledge {
                letters: vec![EnvelopeHash::of(&envelope(letter))],
            },
            6 => OwnerRequest::PublishPrekeys {
                sequence: self.rng.random_range(1..4),
                record: vec![7; 40],
            },
            _ => OwnerRequest::DeleteMailbox,
        }
    }
}

impl Step {
    pub async fn ask_quic(&self, client: &Client, certificate: &VerifiedCertificate) -> Outcome {
        match self {
            Self::Plain(request, body) => Outcome::of(client.ask(request, body).await),
            Self::Cells(cells) => Outcome::of(client.ask_raw(cells).await),
            Self::Owner(who, request) => {
                Outcome::Owner(client.owner(&owner(*who), certificate, request).await)
            }
        }
    }

    pub async fn ask_web(&self, web: &Web) -> Outcome {
        match self {
            Self::Plain(request, body) => Outcome::of(web.ask(request, body).await),
            Self::Cells(cells) => Outcome::of(web.ask_raw(cells).await),
            Self::Owner(who, request) => {
                Outcome::Owner(web.owner(&owner(*who), &web.certificate, request).await)
            }
        }
    }
}

impl Outcome {
    fn of((answer, body): (Answer, Vec<u8>)) -> Self {
        match answer {
            Answer::Hello(_) => Self::Hello,
            answer => Self::Plain(answer, body),
        }
    }
}
