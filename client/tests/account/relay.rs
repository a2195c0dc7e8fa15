//! A relay in memory behind the client's own transport trait: honest, or lying in one way at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use tidings_client::{
    network::Network,
    transport::{BoxFuture, Carried, Carrier, Connection, Proof, Transport, TransportError, Way},
};
use tidings_protocol::{
    exchange::{Answer, ChunkClass, Frame, HelloAnswer, PutBlob, Receipt, Refusal, Request},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress, SigningPublic},
    limits::{CELL_LEN, ENVELOPE_LEN},
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::{
        Certificate, RelayAddress, RootFingerprint, SignedCertificate, VerifiedCertificate,
    },
    secret::{Secret, SigningSecret},
    suite::KemSecret,
    time::Day,
};

/// The day on which every test begins.
pub(crate) const TODAY: Day = Day(20_700);

/// How the relay lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Not at all.
    None,
    /// Says that a deposit is stored, and drops it.
    DropDeposits,
    /// Goes on showing letters that were acknowledged.
    ForgetAcknowledgements,
    /// Adds envelopes of its own making.
    InventLetters,
    /// Shows every letter of every mailbox to everybody.
    SwapMailboxes,
    /// Shows places that do not rise.
    RepeatPlaces,
    /// Cuts the last cell off every answer of more than one cell, and the last bytes off the others.
    Truncate,
    /// Changes a byte of every blob.
    GarbleBlobs,
    /// Answers no request at all with what was asked.
    Nonsense,
    /// Says that more letters wait, and shows none.
    AlwaysMore,
}

/// What is between a device and the relay on one carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Nothing.
    Open,
    /// An open one of a slow network.
    Slow(Duration),
    /// Whatever is sent vanishes.
    Blocked,
    /// Somebody who plays back the relay's hello, which anybody may ask it for, and cannot be the relay.
    PlaysBack,
    /// No such carrier here.
    None,
}

struct Stored {
    class: ChunkClass,
    terms: PutBlob,
    bytes: Vec<u8>,
}

struct State {
    rng: StdRng,
    lie: Lie,
    root: SigningSecret,
    tls: SigningSecret,
    shown: SigningPublic,
    online: KemSecret,
    certificate: SignedCertificate,
    sequence: u64,
    day: Day,
    mailboxes: BTreeMap<MailboxAddress, BTreeMap<u64, Vec<u8>>>,
    next_place: u64,
    shelves: BTreeMap<MailboxAddress, (u64, Vec<u8>)>,
    blobs: BTreeMap<BlobId, Stored>,
    /// Exchanges until the network fails, if it will.
    exchanges_left: Option<u32>,
    /// Whether what is asked is done, and no answer comes back.
    loses_answers: bool,
    /// Bytes that one connection carries before it freezes, if it does.
    freeze: Option<usize>,
    /// Exchanges that froze.
    frozen: u32,
    /// Whether nothing freezes any more after one has.
    thaws: bool,
    quic: Line,
    tcp: Line,
    /// What was tried, in this order.
    attempts: Vec<Carrier>,
    connections: u64,
    /// What each connection was used for.
    uses: BTreeMap<u64, BTreeSet<String>>,
    requests: Vec<String>,
}

/// The relay; clones are the same one.
#[derive(Clone)]
pub(crate) struct MemoryRelay(Arc<Mutex<State>>);

struct Link {
    relay: MemoryRelay,
    number: u64,
    shown: SigningPublic,
    carrier: Carrier,
    line: Line,
    carried: Mutex<usize>,
}

impl MemoryRelay {
    pub(crate) fn new() -> Self {
        let secret = |byte| SigningSecret::from_seed(&Secret::new([byte; 32]));
        let (root, tls) = (secret(1), secret(2));
        let online = KemSecret::from_seed(Secret::new([3; 32]));
        let certificate = certificate(&root, &tls, &online, 5);
        Self(Arc::new(Mutex::new(State {
            rng: StdRng::seed_from_u64(7),
            lie: Lie::None,
            shown: tls.public(),
            certificate,
            root,
            tls,
            online,
            sequence: 5,
            day: TODAY,
            mailboxes: BTreeMap::new(),
            next_place: 1,
            shelves: BTreeMap::new(),
            blobs: BTreeMap::new(),
            exchanges_left: None,
            loses_answers: false,
            freeze: None,
            frozen: 0,
            thaws: false,
            quic: Line::Open,
            tcp: Line::None,
            attempts: Vec::new(),
            connections: 0,
            uses: BTreeMap::new(),
            requests: Vec::new(),
        })))
    }

    pub(crate) fn address(&self) -> RelayAddress {
        RelayAddress {
            host: "relay.example".parse().unwrap(),
            port: 443,
            root: RootFingerprint::of(&self.state().root.public()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn lie(&self, lie: Lie) {
        self.state().lie = lie;
    }

    /// The network fails after so many exchanges; `None` mends it.
    pub(crate) fn fail_after(&self, exchanges: Option<u32>) {
        self.state().exchanges_left = exchanges;
    }

    /// What is asked is done, and no answer to an owner comes back.
    pub(crate) fn lose_answers(&self, lose: bool) {
        self.state().loses_answers = lose;
    }

    /// Connections freeze after so many bytes; `None` mends them.
    pub(crate) fn freeze_after(&self, bytes: Option<usize>) {
        self.state().freeze = bytes;
    }

    /// One connection freezes after so many bytes, and none after it.
    pub(crate) fn freeze_once(&self, bytes: usize) {
        let state = &mut *self.state();
        (state.freeze, state.thaws) = (Some(bytes), true);
    }

    /// Exchanges that froze since the last call.
    pub(crate) fn take_frozen(&self) -> u32 {
        std::mem::take(&mut self.state().frozen)
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> u64 {
        self.state().connections
    }

    /// What is between the devices and the relay.
    pub(crate) fn lines(&self, quic: Line, tcp: Line) {
        let state = &mut *self.state();
        (state.quic, state.tcp) = (quic, tcp);
    }

    /// The carriers on which the relay was tried since the last call.
    pub(crate) fn take_attempts(&self) -> Vec<Carrier> {
        std::mem::take(&mut self.state().attempts)
    }

    /// New keys under the root, as `rotate-key` makes them.
    pub(crate) fn rotate(&self) {
        let state = &mut *self.state();
        state.sequence += 1;
        let byte = u8::try_from(state.sequence).unwrap() + 40;
        state.tls = SigningSecret::from_seed(&Secret::new([byte; 32]));
        state.online = KemSecret::from_seed(Secret::new([byte + 1; 32]));
        state.certificate = certificate(&state.root, &state.tls, &state.online, state.sequence);
        state.shown = state.tls.public();
    }

    /// A certificate of an earlier sequence, with the keys that it names.
    pub(crate) fn go_back(&self) {
        let state = &mut *self.state();
        // A key that the cached certificate does not name, so that hello is said.
        let tls = SigningSecret::from_seed(&Secret::new([90; 32]));
        state.certificate = certificate(&state.root, &tls, &state.online, 4);
        state.shown = tls.public();
    }

    /// Somebody in between: another key in the handshake, the relay's own certificate in the hello.
    pub(crate) fn come_between(&self) {
        self.state().shown = SigningPublic([66; 32]);
    }

    pub(crate) fn blobs(&self) -> usize {
        self.state().blobs.len()
    }

    pub(crate) fn mailboxes(&self) -> usize {
        self.state().mailboxes.len()
    }

    /// What each connection was used for.
    pub(crate) fn uses(&self) -> Vec<BTreeSet<String>> {
        self.state().uses.values().cloned().collect()
    }

    /// The kinds of requests since the last call.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    /// All bytes that the relay holds.
    pub(crate) fn everything(&self) -> Vec<u8> {
        let state = self.state();
        let letters = state
            .mailboxes
            .values()
            .flat_map(BTreeMap::values)
            .flatten();
        let blobs = state.blobs.values().flat_map(|blob| &blob.bytes);
        let shelves = state.shelves.values().flat_map(|(_, record)| record);
        letters.chain(blobs).chain(shelves).copied().collect()
    }
}

fn certificate(
    root: &SigningSecret,
    tls: &SigningSecret,
    online: &KemSecret,
    sequence: u64,
) -> SignedCertificate {
    Certificate {
        root: root.public(),
        sequence,
        not_before: TODAY.minus(1),
        not_after: TODAY.plus(29),
        tls_key: tls.public(),
        online_key: online.public().unwrap(),
    }
    .sign(root)
    .unwrap()
}

impl Transport for MemoryRelay {
    fn ways<'a>(
        &'a self,
        _: &'a RelayAddress,
        _: &'a Network,
    ) -> BoxFuture<'a, Result<Vec<Way>, TransportError>> {
        let state = self.state();
        let lines = [(Carrier::Quic, state.quic), (Carrier::Tcp, state.tcp)];
        let ways = lines
            .into_iter()
            .filter(|(_, line)| *line != Line::None)
            .map(|(carrier, _)| Way {
                carrier,
                address: None,
            })
            .collect();
        Box::pin(async move { Ok(ways) })
    }

    fn connect<'a>(
        &'a self,
        _: &'a RelayAddress,
        way: &'a Way,
        _: &'a Network,
    ) -> BoxFuture<'a, Result<Arc<dyn Connection>, TransportError>> {
        Box::pin(async move {
            let line = {
                let mut state = self.state();
                state.attempts.push(way.carrier);
                match way.carrier {
                    Carrier::Quic => state.quic,
                    Carrier::Tcp => state.tcp,
                }
            };
            match line {
                Line::Slow(delay) => tokio::time::sleep(delay).await,
                Line::Blocked => {
                    tokio::time::sleep(Duration::from_secs(10)).await;
                    return Err(TransportError::Silent);
                }
                _ => {}
            }
            let state = &mut *self.state();
            if state.exchanges_left == Some(0) {
                return Err(TransportError::Silent);
            }
            state.connections += 1;
            Ok(Arc::new(Link {
                relay: self.clone(),
                number: state.connections,
                shown: state.shown,
                carrier: way.carrier,
                line,
                carried: Mutex::new(0),
            }) as Arc<dyn Connection>)
        })
    }
}

impl Connection for Link {
    fn prove(&self, certificate: &VerifiedCertificate) -> Result<Proof, TransportError> {
        if self.carrier == Carrier::Tcp {
            Ok(Proof::WithAnswer)
        } else if certificate.certificate().tls_key == self.shown {
            Ok(Proof::Given)
        } else {
            Err(TransportError::OtherKey)
        }
    }

    fn exchange<'a>(
        &'a self,
        frame: &'a [u8],
        _: Duration,
    ) -> BoxFuture<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            if self.line == Line::PlaysBack {
                let parsed = Frame::parse(frame).expect("the client sends frames");
                let request = Request::from_head(parsed.head).expect("the client sends requests");
                if !matches!(request, Request::Hello { .. }) {
                    return Err(TransportError::Lost);
                }
            }
            let state = &mut *self.relay.state();
            if let Some(left) = &mut state.exchanges_left {
                *left = left.checked_sub(1).ok_or(TransportError::Lost)?;
            }
            let mut carried = self.carried.lock().unwrap();
            let frozen = |carried: usize| state.freeze.is_some_and(|freeze| carried > freeze);
            if frozen(*carried + frame.len()) {
                return Err(state.freezes());
            }
            let freeze = state.freeze;
            let answer = state.answer(self.number, frame);
            if state.loses_answers {
                return Err(TransportError::Lost);
            }
            *carried += frame.len().max(answer.len());
            if freeze.is_some_and(|freeze| *carried > freeze) {
                return Err(state.freezes());
            }
            Ok(answer)
        })
    }

    fn is_open(&self) -> bool {
        true
    }

    fn carried(&self) -> Carried {
        let carried = *self.carried.lock().unwrap() as u64;
        Carried {
            sent: carried,
            received: carried,
        }
    }
}

impl State {
    fn freezes(&mut self) -> TransportError {
        self.frozen += 1;
        if self.thaws {
            (self.freeze, self.thaws) = (None, false);
        }
        TransportError::Frozen
    }

    fn answer(&mut self, connection: u64, frame: &[u8]) -> Vec<u8> {
        let frame = Frame::parse(frame).expect("the client sends frames");
        let request = Request::from_head(frame.head).expect("the client sends requests");
        let (used, answer, body) = self.serve(request, frame.body);
        self.requests
            .push(used.split(' ').next().unwrap().to_owned());
        if used != "hello" {
            self.uses.entry(connection).or_default().insert(used);
        }
        let answer = match self.lie {
            Lie::Nonsense if !matches!(answer, Answer::Hello(_)) => Answer::BlobDeleted,
            _ => answer,
        };
        let mut answer = answer.to_frame(&body).unwrap();
        if self.lie == Lie::Truncate {
            let cut = if answer.len() > CELL_LEN { CELL_LEN } else { 5 };
            answer.truncate(answer.len() - cut);
        }
        answer
    }

    fn serve(&mut self, request: Request, body: &[u8]) -> (String, Answer, Vec<u8>) {
        match request {
            Request::Hello { .. } => {
                let answer = Answer::Hello(HelloAnswer {
                    version: 1,
                    certificate: self.certificate.clone(),
                    day: self.day,
                });
                ("hello".to_owned(), answer, Vec::new())
            }
            Request::Deposit { address } => {
                let used = format!("deposit {:?}", address.0);
                (used, self.deposit(address, body), Vec::new())
            }
            Request::FetchPrekeys { address } => {
                let answer = match self.shelves.get(&address) {
                    Some((sequence, record)) => Answer::Prekeys {
                        sequence: *sequence,
                        record: record.clone(),
                    },
                    None => Answer::Refused(Refusal::NoPrekeys),
                };
                (format!("prekeys {:?}", address.0), answer, Vec::new())
            }
            Request::PutBlob(terms) => ("blob".to_owned(), self.put(terms, body), Vec::new()),
            Request::GetBlob {
                id,
                read,
                offset,
                length,
            } => {
                let (answer, piece) = self.get(id, read, offset, length);
                ("blob".to_owned(), answer, piece)
            }
            Request::DeleteBlob { id, delete } => {
                let allowed = |blob: &Stored| blob.terms.delete == delete.hash();
                if self.blobs.get(&id).is_some_and(allowed) {
                    self.blobs.remove(&id);
                }
                ("blob".to_owned(), Answer::BlobDeleted, Vec::new())
            }
            Request::Owner(sealed) => {
                let root = RootFingerprint::of(&self.root.public());
                let online = self.online.clone();
                let Ok(opened) = sealed.open(&root, |hash| {
                    let known = tidings_protocol::relay_identity::OnlineKeyHash::of(
                        &online.public().unwrap(),
                    );
                    (*hash == known).then_some(&online)
                }) else {
                    let refused = Answer::Refused(Refusal::OnlineKey);
                    return ("owner ?".to_owned(), refused, Vec::new());
                };
                let used = format!("owner {:?}", opened.mailbox.0);
                let (answer, body) = self.own(opened.mailbox, opened.request);
                let (nonce, sealed) = opened.answer.seal(&answer, &body, &mut self.rng).unwrap();
                (used, Answer::Owner { nonce }, sealed)
            }
            Request::CheckReceipt { address, .. } => {
                let used = format!("deposit {:?}", address.0);
                (used, Answer::ReceiptChecked { holds: true }, Vec::new())
            }
        }
    }

    fn deposit(&mut self, address: MailboxAddress, envelope: &[u8]) -> Answer {
        assert_eq!(envelope.len(), ENVELOPE_LEN);
        let Some(letters) = self.mailboxes.get_mut(&address) else {
            return Answer::Refused(Refusal::NoMailbox);
        };
        let known = letters.values().any(|letter| letter == envelope);
        if !known && self.lie != Lie::DropDeposits {
            letters.insert(self.next_place, envelope.to_vec());
            self.next_place += 1;
        }
        Answer::Deposited {
            receipt: Receipt([0; 32]),
        }
    }

    fn put(&mut self, terms: PutBlob, piece: &[u8]) -> Answer {
        let blob = self.blobs.entry(terms.id).or_insert_with(|| Stored {
            class: terms.class,
            terms: terms.clone(),
            bytes: Vec::new(),
        });
        let stored = u32::try_from(blob.bytes.len()).unwrap();
        if terms.write != blob.terms.write {
            return Answer::Refused(Refusal::NoBlob);
        }
        let offset = terms.offset as usize;
        let overlap = &blob.bytes[offset.min(blob.bytes.len())..];
        let length = overlap.len().min(piece.len());
        let end = offset + piece.len();
        if offset > blob.bytes.len()
            || overlap[..length] != piece[..length]
            || end > blob.class.size()
        {
            return Answer::Refused(Refusal::BlobPiece { stored });
        }
        blob.bytes.extend_from_slice(&piece[length..]);
        Answer::BlobStored {
            stored: u32::try_from(blob.bytes.len()).unwrap(),
        }
    }

    fn get(&mut self, id: BlobId, read: Capability, offset: u32, length: u32) -> (Answer, Vec<u8>) {
        let lie = self.lie;
        let Some(blob) = self
            .blobs
            .get(&id)
            .filter(|blob| blob.terms.read == read.hash())
        else {
            return (Answer::Refused(Refusal::NoBlob), Vec::new());
        };
        let end = (offset as usize + length as usize).min(blob.bytes.len());
        let mut piece = blob.bytes[offset as usize..end].to_vec();
        if lie == Lie::GarbleBlobs {
            piece[0] ^= 1;
        }
        (Answer::BlobPiece { class: blob.class }, piece)
    }

    fn own(&mut self, mailbox: MailboxAddress, request: OwnerRequest) -> (OwnerAnswer, Vec<u8>) {
        if request == OwnerRequest::CreateMailbox {
            self.mailboxes.entry(mailbox).or_default();
            return (OwnerAnswer::Created { quota: 1_000 }, Vec::new());
        }
        if !self.mailboxes.contains_key(&mailbox) {
            return (OwnerAnswer::Refused(Refusal::NoMailbox), Vec::new());
        }
        let answer = match request {
            OwnerRequest::Collect { after, max } => return self.collect(mailbox, after, max),
            OwnerRequest::Acknowledge { letters } => {
                if self.lie != Lie::ForgetAcknowledgements {
                    let gone = |bytes: &Vec<u8>| letters.contains(&EnvelopeHash::of(bytes));
                    let mailbox = self.mailboxes.get_mut(&mailbox).unwrap();
                    mailbox.retain(|_, bytes| !gone(bytes));
                }
                OwnerAnswer::Acknowledged
            }
            OwnerRequest::Watch { .. } => OwnerAnswer::Watched {
                waiting: !self.mailboxes[&mailbox].is_empty(),
            },
            OwnerRequest::PublishPrekeys { sequence, record } => {
                let stored = self.shelves.get(&mailbox);
                match stored {
                    Some((stored, there))
                        if sequence < *stored || (sequence == *stored && record != *there) =>
                    {
                        OwnerAnswer::Refused(Refusal::Stale { stored: *stored })
                    }
                    _ => {
                        self.shelves.insert(mailbox, (sequence, record));
                        OwnerAnswer::Published
                    }
                }
            }
            OwnerRequest::DeleteMailbox => {
                self.mailboxes.remove(&mailbox);
                OwnerAnswer::Deleted
            }
            OwnerRequest::CreateMailbox => unreachable!(),
        };
        (answer, Vec::new())
    }

    fn collect(&mut self, mailbox: MailboxAddress, after: u64, max: u16) -> (OwnerAnswer, Vec<u8>) {
        let mut letters: BTreeMap<u64, Vec<u8>> = match self.lie {
            Lie::SwapMailboxes => {
                let all = self.mailboxes.values();
                all.flatten()
                    .map(|(place, bytes)| (*place, bytes.clone()))
                    .collect()
            }
            Lie::AlwaysMore => BTreeMap::new(),
            _ => self.mailboxes[&mailbox].clone(),
        };
        if self.lie == Lie::InventLetters {
            for place in 0..3 {
                let mut bytes = vec![1; ENVELOPE_LEN];
                self.rng.fill_bytes(&mut bytes[2..]);
                bytes[1] = [1, 1, 9][place];
                letters.insert(1_000_000 + place as u64, bytes);
            }
        }
        let rest = letters.range(after + 1..).count();
        let page: Vec<_> = letters
            .range(after + 1..)
            .take(usize::from(max))
            .map(|(place, bytes)| (*place, bytes.clone()))
            .collect();
        let mut places: Vec<u64> = page.iter().map(|(place, _)| *place).collect();
        if self.lie == Lie::RepeatPlaces {
            places.fill(after.max(1));
            places.push(after.max(1));
        }
        let mut body: Vec<u8> = page.into_iter().flat_map(|(_, bytes)| bytes).collect();
        body.resize(places.len() * ENVELOPE_LEN, 1);
        let more = self.lie == Lie::AlwaysMore || rest > usize::from(max);
        (OwnerAnswer::Collected { places, more }, body)
    }
}
