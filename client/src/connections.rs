//! Requests to relays: who is asked over which connection, and whether the one who answers is the relay that its address
//! pins (RELAY-3, RELAY-5).
//!
//! A connection serves one purpose. Two mailboxes, or an owner's requests and deposits, or two enclosures, never share one: a
//! relay that cannot link stored bytes must not be able to link them by the connection that brought them.

mod opening;
pub(crate) mod race;
mod ways;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Arc, Mutex as StdMutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tidings_protocol::{
    exchange::{Answer, Frame, Refusal, Request},
    ids::MailboxAddress,
    limits::{CELL_LEN, ENVELOPE_LEN},
    owner::{AnswerOpener, OwnerAnswer, OwnerRequest},
    relay_identity::{RelayAddress, RootFingerprint, VerifiedCertificate},
    secret::SigningSecret,
    time::Day,
};

use crate::{
    Error, Warning,
    network::Network,
    records::RelayRecord,
    surroundings::{Clock, Surroundings, random},
    transport::{Carrier, Connection, Transport, TransportError, Way},
    vault::Safe,
};

/// What a connection is for. Connections are shared only within one purpose (DELIVERY-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// Hello and nothing else.
    Hello,
    /// Requests of one mailbox's owner.
    Owner(MailboxAddress),
    /// Deposits for one mailbox.
    Deposit(MailboxAddress),
    /// The prekeys of one mailbox.
    Prekeys(MailboxAddress),
    /// The chunks of one enclosure, by its local number.
    Blob(u64),
}

/// Slowest pace, in bytes a second, that is waited for, and the time on top of it.
const PACE: u64 = 2_048;
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a question of one cell is asked again at once when its connection was lost or froze; every request may be asked
/// twice (REACH-5).
const AGAIN: u32 = 2;

/// Connections to relays, by relay and purpose.
pub(crate) struct Connections {
    transport: Arc<dyn Transport>,
    clock: Clock,
    safe: Arc<Safe>,
    open: StdMutex<HashMap<(RootFingerprint, Purpose), Arc<Verified>>>,
    /// What is used instead of the vault's settings, for now.
    network: StdMutex<Option<Network>>,
    /// Carriers on which not even one cell passed in the work of the moment: they are tried last.
    shunned: StdMutex<HashSet<(RootFingerprint, Carrier)>>,
    /// How often a connection was closed before it would freeze.
    closed_early: StdMutex<HashMap<(RootFingerprint, Carrier), u32>>,
    /// Relays that did not answer in the work of the moment: what else waits for them fails at once.
    silent: StdMutex<BTreeMap<RelayAddress, TransportError>>,
    warnings: StdMutex<BTreeSet<Warning>>,
    /// Relays that answered in the work of the moment.
    answered: StdMutex<BTreeSet<RootFingerprint>>,
    /// Relays that answered this process, and of which no failure was noted since.
    in_reach: StdMutex<BTreeSet<RootFingerprint>>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections(…)")
    }
}

/// A connection whose other end is the relay that was meant.
struct Verified {
    connection: Arc<dyn Connection>,
    certificate: VerifiedCertificate,
    way: Way,
    /// Bytes that it had carried when the last exchange was whole; 0 before the first.
    passed: AtomicU64,
}

/// One request, ready for the wire.
struct Question {
    frame: Vec<u8>,
    /// Bytes of the body that the answer may have.
    expected: u64,
    /// Time that the relay may take on purpose.
    longer: Duration,
}

/// Puts a question to the relay of a certificate; what comes with it is needed to read the answer.
trait Make<T>: Fn(&VerifiedCertificate) -> Result<(Question, T), Error> + Sync {}

impl<T, F: Fn(&VerifiedCertificate) -> Result<(Question, T), Error> + Sync> Make<T> for F {}

/// An answer with its body and what is needed to read it.
type Answered<T> = (Answer, Vec<u8>, T);

impl Connections {
    pub(crate) fn new(surroundings: &Surroundings, safe: Arc<Safe>) -> Self {
        Self {
            transport: Arc::clone(&surroundings.transport),
            clock: Arc::clone(&surroundings.clock),
            safe,
            open: StdMutex::default(),
            network: StdMutex::default(),
            shunned: StdMutex::default(),
            closed_early: StdMutex::default(),
            silent: StdMutex::default(),
            warnings: StdMutex::default(),
            answered: StdMutex::default(),
            in_reach: StdMutex::default(),
        }
    }

    /// Whether a relay has answered this process, and nothing failed since because it was out of reach.
    pub(crate) fn is_in_reach(&self, root: &RootFingerprint) -> bool {
        unpoisoned(&self.in_reach).contains(root)
    }

    fn note_answer(&self, root: RootFingerprint) {
        unpoisoned(&self.answered).insert(root);
        unpoisoned(&self.in_reach).insert(root);
    }

    /// Notes that a relay was out of reach: what waits for it waits until it answers again.
    pub(crate) fn note_out_of_reach(&self, root: &RootFingerprint) {
        unpoisoned(&self.in_reach).remove(root);
    }

    /// Notes something doubtful.
    pub(crate) fn warn(&self, warning: Warning) {
        unpoisoned(&self.warnings).insert(warning);
    }

    /// What became doubtful since the last call.
    pub(crate) fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut *unpoisoned(&self.warnings))
            .into_iter()
            .collect()
    }

    /// Closes what is idle and notes which relays were reached: to be called when the work of the moment is done.
    ///
    /// # Errors
    /// Those of the vault.
    pub(crate) fn close(&self) -> Result<(), Error> {
        self.forget_connections();
        let answered = std::mem::take(&mut *unpoisoned(&self.answered));
        if answered.is_empty() {
            return Ok(());
        }
        let reached = (self.clock)();
        self.safe.transact(|tables| {
            for root in answered {
                if let Some(record) = tables.get::<RelayRecord>(&root)? {
                    tables.put(&root, &RelayRecord { reached, ..record })?;
                }
            }
            Ok(())
        })
    }

    /// Closes all connections, and believes nothing any more of what cannot be reached.
    pub(crate) fn forget_connections(&self) {
        unpoisoned(&self.open).clear();
        unpoisoned(&self.silent).clear();
        unpoisoned(&self.shunned).clear();
    }

    /// How relays may be reached: as was said for now, or else as the vault has it.
    pub(crate) fn network(&self) -> Result<Network, Error> {
        if let Some(network) = &*unpoisoned(&self.network) {
            return Ok(network.clone());
        }
        let kept = self.safe.read(|tables| tables.get::<Network>(&()))?;
        Ok(kept.unwrap_or_default())
    }

    /// Sets how relays may be reached until the account is closed; none: as the vault has it.
    pub(crate) fn use_network(&self, network: Option<Network>) {
        *unpoisoned(&self.network) = network;
        self.forget_connections();
    }

    /// Makes sure that a relay answers as itself.
    pub(crate) async fn reach(&self, relay: &RelayAddress) -> Result<(), Error> {
        if self.open_link(relay, Purpose::Hello).is_some() {
            return Ok(());
        }
        let nothing = None::<&fn(&VerifiedCertificate) -> Result<(Question, ()), Error>>;
        let mut again = AGAIN;
        let link = loop {
            match self.open(relay, false, nothing).await {
                Ok((link, _)) => break link,
                Err(error) if again > 0 && is_worth_again(&error) => again -= 1,
                Err(error) => return Err(error),
            }
        };
        self.note_answer(relay.root);
        self.keep(relay, Purpose::Hello, Arc::new(link));
        Ok(())
    }

    /// The relay's day as it was last told, if that was not long ago by this device's clock.
    pub(crate) fn relay_day(&self, root: &RootFingerprint) -> Result<Option<Day>, Error> {
        let record = self.safe.read(|tables| tables.get::<RelayRecord>(root))?;
        Ok(record.and_then(|record| record.day_now((self.clock)())))
    }

    /// Asks a relay, and brings its answer with the body. A refusal is an error.
    pub(crate) async fn ask(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
        request: &Request,
        body: &[u8],
    ) -> Result<(Answer, Vec<u8>), Error> {
        let make = |_: &VerifiedCertificate| {
            Question::new(request, body, Duration::ZERO).map(|question| (question, ()))
        };
        let (answer, body, ()) = self.put(relay, purpose, &make).await?;
        Ok((answer, body))
    }

    /// Asks as the owner of a mailbox. Seals anew, once, if the relay has changed its online key (EXCH-12).
    pub(crate) async fn ask_as_owner(
        &self,
        relay: &RelayAddress,
        owner: &SigningSecret,
        request: &OwnerRequest,
    ) -> Result<(OwnerAnswer, Vec<u8>), Error> {
        let purpose = Purpose::Owner(MailboxAddress::of(&owner.public()));
        let longer = match request {
            OwnerRequest::Watch { seconds, .. } => Duration::from_secs(u64::from(*seconds)),
            _ => Duration::ZERO,
        };
        let expected = match request {
            OwnerRequest::Collect { max, .. } => u64::from(*max) * ENVELOPE_LEN as u64,
            _ => 0,
        };
        let make = |certificate: &VerifiedCertificate| {
            let (sealed, opener) = request.seal(owner, certificate, &mut random())?;
            let sealed = Request::Owner(Box::new(sealed));
            let question = Question {
                expected,
                ..Question::new(&sealed, b"", longer)?
            };
            Ok::<(Question, AnswerOpener), Error>((question, opener))
        };
        let (answer, body, opener) = self.put(relay, purpose, &make).await?;
        let Answer::Owner { nonce } = answer else {
            return Err(Error::RelayAnswer {
                expected: "an answer to the owner",
            });
        };
        match opener.open(&nonce, &body)? {
            (OwnerAnswer::Refused(refusal), _) => Err(Error::Refused { refusal }),
            answered => Ok(answered),
        }
    }

    /// Puts a question. A connection on which something failed is not used again, and a question of one cell is put once more
    /// over another; a refusal leaves the connection in use.
    async fn put<T: Send, M: Make<T>>(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
        make: &M,
    ) -> Result<Answered<T>, Error> {
        let mut say_hello = false;
        let mut again = AGAIN;
        let cells = AtomicU64::new(1);
        let counting = |certificate: &VerifiedCertificate| {
            let made = make(certificate)?;
            cells.store(made.0.cells(), Ordering::Relaxed);
            Ok(made)
        };
        loop {
            let failed = match self.put_once(relay, purpose, say_hello, &counting).await {
                Ok((Answer::Refused(Refusal::OnlineKey), ..)) if !say_hello => {
                    // The connection may show the old key: only a new one is sure to speak of the new certificate.
                    self.drop_link(relay, purpose);
                    say_hello = true;
                    continue;
                }
                Ok(answered) => {
                    self.note_answer(relay.root);
                    return match answered {
                        (Answer::Refused(refusal), ..) => Err(Error::Refused { refusal }),
                        answered => Ok(answered),
                    };
                }
                Err(failed) => failed,
            };
            self.drop_link(relay, purpose);
            let is_small = cells.load(Ordering::Relaxed) == 1;
            if again == 0 || !is_small || !is_worth_again(&failed) {
                return Err(failed);
            }
            again -= 1;
        }
    }

    async fn put_once<T: Send, M: Make<T>>(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
        say_hello: bool,
        make: &M,
    ) -> Result<Answered<T>, Error> {
        if !say_hello && let Some(link) = self.open_link(relay, purpose) {
            let (question, keep) = make(&link.certificate)?;
            if self.has_room(relay, &link, &question)? {
                let (answer, body) = self.over(relay, &link, &question).await?;
                return Ok((answer, body, keep));
            }
            self.drop_link(relay, purpose);
        }
        let (link, answered) = self.open(relay, say_hello, Some(make)).await?;
        let link = Arc::new(link);
        self.keep(relay, purpose, Arc::clone(&link));
        if let Some(answered) = answered {
            return Ok(answered);
        }
        let (question, keep) = make(&link.certificate)?;
        let (answer, body) = self.over(relay, &link, &question).await?;
        Ok((answer, body, keep))
    }

    /// One exchange over one connection, and what it shows of the network.
    async fn over(
        &self,
        relay: &RelayAddress,
        link: &Verified,
        question: &Question,
    ) -> Result<(Answer, Vec<u8>), Error> {
        let asked = exchange(&*link.connection, question).await;
        self.note_trouble(relay, link, question.cells(), &asked)?;
        if asked.is_ok() {
            self.note_passed(relay, link)?;
        }
        asked
    }

    fn open_link(&self, relay: &RelayAddress, purpose: Purpose) -> Option<Arc<Verified>> {
        let open = unpoisoned(&self.open);
        let link = open.get(&(relay.root, purpose))?;
        link.connection.is_open().then(|| Arc::clone(link))
    }

    fn drop_link(&self, relay: &RelayAddress, purpose: Purpose) {
        unpoisoned(&self.open).remove(&(relay.root, purpose));
    }

    fn keep(&self, relay: &RelayAddress, purpose: Purpose, link: Arc<Verified>) {
        unpoisoned(&self.open).insert((relay.root, purpose), link);
    }
}

impl Question {
    fn new(request: &Request, body: &[u8], longer: Duration) -> Result<Self, Error> {
        let expected = match request {
            Request::GetBlob { length, .. } => u64::from(*length),
            _ => 0,
        };
        Ok(Self {
            frame: request.to_frame(body)?,
            expected,
            longer,
        })
    }

    /// Cells of the fuller direction, as far as the question tells.
    fn cells(&self) -> u64 {
        let answer = self.expected.div_ceil(CELL_LEN as u64);
        answer.max((self.frame.len() / CELL_LEN) as u64)
    }
}

/// Whether a new connection may do at once what this one did not. What was late has taken long enough.
fn is_worth_again(error: &Error) -> bool {
    matches!(
        error,
        Error::RelayUnreached {
            source: TransportError::Lost | TransportError::Frozen
        }
    )
}

/// A panic elsewhere leaves these sets whole.
fn unpoisoned<T>(mutex: &StdMutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request and its answer, within a time that leaves room for slow networks.
async fn exchange(
    connection: &dyn Connection,
    question: &Question,
) -> Result<(Answer, Vec<u8>), Error> {
    let crossing = (question.frame.len() as u64 + question.expected) / PACE;
    let patience = PATIENCE + Duration::from_secs(crossing) + question.longer;
    let answer = connection.exchange(&question.frame, patience).await?;
    let frame = Frame::parse(&answer).map_err(|_| TransportError::Frame)?;
    let head = Answer::from_head(frame.head).map_err(|_| TransportError::Frame)?;
    Ok((head, frame.body.to_vec()))
}
