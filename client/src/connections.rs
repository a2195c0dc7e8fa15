//! Requests to relays: who is asked over which connection, and whether the one who answers is the relay that its address
//! pins (RELAY-3, RELAY-5).
//!
//! A connection serves one purpose. Two mailboxes, or an owner's requests and deposits, or two enclosures, never share one: a
//! relay that cannot link stored bytes must not be able to link them by the connection that brought them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError},
    time::Duration,
};

use tidings_protocol::{
    clocks::Clocks,
    exchange::{Answer, Frame, HelloAnswer, Refusal, Request},
    ids::MailboxAddress,
    limits::EXCHANGE_VERSION,
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::{
        RelayAddress, RootFingerprint, SignedCertificate, Validity, VerifiedCertificate,
    },
    secret::SigningSecret,
    time::{Day, UnixTime},
};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    Error, Warning,
    records::RelayRecord,
    surroundings::{Clock, Surroundings, random},
    transport::{Connection, Transport, TransportError},
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

/// Connections to relays, by relay and purpose.
pub(crate) struct Connections {
    transport: Arc<dyn Transport>,
    clock: Clock,
    safe: Arc<Safe>,
    open: Mutex<HashMap<(RootFingerprint, Purpose), Arc<Verified>>>,
    /// Relays that did not answer in the work of the moment: what else waits for them fails at once.
    silent: StdMutex<BTreeMap<RelayAddress, TransportError>>,
    warnings: StdMutex<BTreeSet<Warning>>,
    /// Relays that answered in the work of the moment.
    answered: StdMutex<BTreeSet<RootFingerprint>>,
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
}

impl Connections {
    pub(crate) fn new(surroundings: &Surroundings, safe: Arc<Safe>) -> Self {
        Self {
            transport: Arc::clone(&surroundings.transport),
            clock: Arc::clone(&surroundings.clock),
            safe,
            open: Mutex::default(),
            silent: StdMutex::default(),
            warnings: StdMutex::default(),
            answered: StdMutex::default(),
        }
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
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.open.lock().await.clear();
        unpoisoned(&self.silent).clear();
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

    /// Makes sure that a relay answers as itself.
    pub(crate) async fn reach(&self, relay: &RelayAddress, purpose: Purpose) -> Result<(), Error> {
        self.link(relay, purpose).await.map(drop)
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
        let link = self.link(relay, purpose).await?;
        let asked = exchange(&*link.connection, request, body, Duration::ZERO).await;
        self.after(relay, purpose, asked).await
    }

    /// Asks as the owner of a mailbox. Seals anew, once, if the relay has changed its online key (EXCH-12).
    pub(crate) async fn ask_as_owner(
        &self,
        relay: &RelayAddress,
        owner: &SigningSecret,
        request: &OwnerRequest,
    ) -> Result<(OwnerAnswer, Vec<u8>), Error> {
        let purpose = Purpose::Owner(MailboxAddress::of(&owner.public()));
        match self.ask_as_owner_once(relay, purpose, owner, request).await {
            Err(Error::Refused {
                refusal: Refusal::OnlineKey,
            }) => {
                // The connection may show the old key: only a new one is sure to speak of the new certificate.
                self.drop_link(relay, purpose).await;
                let link = Arc::new(self.connect(relay, true).await?);
                self.keep(relay, purpose, link).await;
                self.ask_as_owner_once(relay, purpose, owner, request).await
            }
            answered => answered,
        }
    }

    async fn ask_as_owner_once(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
        owner: &SigningSecret,
        request: &OwnerRequest,
    ) -> Result<(OwnerAnswer, Vec<u8>), Error> {
        let link = self.link(relay, purpose).await?;
        let (sealed, opener) = request.seal(owner, &link.certificate, &mut random())?;
        let longer = match request {
            OwnerRequest::Watch { seconds, .. } => Duration::from_secs(u64::from(*seconds)),
            _ => Duration::ZERO,
        };
        let request = Request::Owner(Box::new(sealed));
        let asked = exchange(&*link.connection, &request, b"", longer).await;
        let (answer, body) = self.after(relay, purpose, asked).await?;
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

    /// A connection on which something failed is not used again; a refusal leaves it in use.
    async fn after(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
        asked: Result<(Answer, Vec<u8>), Error>,
    ) -> Result<(Answer, Vec<u8>), Error> {
        if asked.is_ok() {
            unpoisoned(&self.answered).insert(relay.root);
        }
        match asked {
            Ok((Answer::Refused(refusal), _)) => Err(Error::Refused { refusal }),
            Err(error) => {
                self.drop_link(relay, purpose).await;
                Err(error)
            }
            answered => answered,
        }
    }

    async fn drop_link(&self, relay: &RelayAddress, purpose: Purpose) {
        self.open.lock().await.remove(&(relay.root, purpose));
    }

    async fn keep(&self, relay: &RelayAddress, purpose: Purpose, link: Arc<Verified>) {
        self.open.lock().await.insert((relay.root, purpose), link);
    }

    async fn link(&self, relay: &RelayAddress, purpose: Purpose) -> Result<Arc<Verified>, Error> {
        let known = self
            .open
            .lock()
            .await
            .get(&(relay.root, purpose))
            .filter(|link| link.connection.is_open())
            .cloned();
        if let Some(link) = known {
            return Ok(link);
        }
        let link = Arc::new(self.connect(relay, false).await?);
        self.keep(relay, purpose, Arc::clone(&link)).await;
        Ok(link)
    }

    /// Connects and makes sure who answers (RELAY-3, RELAY-5): a certificate known from before must name the key that
    /// the handshake proved; otherwise, and once a day, hello is said before anything else.
    async fn connect(&self, relay: &RelayAddress, say_hello: bool) -> Result<Verified, Error> {
        if let Some(source) = unpoisoned(&self.silent).get(relay) {
            return Err(Error::RelayUnreached { source: *source });
        }
        let connection = match self.transport.connect(relay).await {
            Ok(connection) => connection,
            Err(source) => {
                unpoisoned(&self.silent).insert(relay.clone(), source);
                return Err(Error::RelayUnreached { source });
            }
        };
        let record = self
            .safe
            .read(|tables| tables.get::<RelayRecord>(&relay.root))?;
        let now = (self.clock)();
        let known = record
            .as_ref()
            .and_then(|record| record.verified(&relay.root));
        let certificate = match known {
            Some(known)
                if !say_hello
                    && known.certificate().tls_key == connection.shown_key()
                    && record.as_ref().is_some_and(|record| record.is_fresh(now)) =>
            {
                known
            }
            known => {
                let seen = known.map_or(0, |known| known.certificate().sequence);
                self.hello(relay, &*connection, seen, now).await?
            }
        };
        self.look_at_clocks(&certificate, relay, now)?;
        Ok(Verified {
            connection,
            certificate,
        })
    }

    async fn hello(
        &self,
        relay: &RelayAddress,
        connection: &dyn Connection,
        seen: u64,
        now: UnixTime,
    ) -> Result<VerifiedCertificate, Error> {
        let request = Request::Hello {
            lowest: EXCHANGE_VERSION,
            highest: EXCHANGE_VERSION,
        };
        let answer = match exchange(connection, &request, b"", Duration::ZERO).await? {
            (Answer::Hello(answer), _) => answer,
            (Answer::Refused(refusal), _) => return Err(Error::Refused { refusal }),
            _ => return Err(Error::RelayAnswer { expected: "hello" }),
        };
        let HelloAnswer {
            version,
            certificate: signed,
            day,
        } = answer;
        if version != EXCHANGE_VERSION {
            return Err(Error::RelayAnswer {
                expected: "a version that was offered",
            });
        }
        let certificate = signed.verify(&relay.root, seen)?;
        if certificate.certificate().tls_key != connection.shown_key() {
            return Err(Error::RelayOtherKey);
        }
        self.learn(relay, &signed, day, now)?;
        Ok(certificate)
    }

    fn learn(
        &self,
        relay: &RelayAddress,
        signed: &SignedCertificate,
        day: Day,
        now: UnixTime,
    ) -> Result<(), Error> {
        let record = RelayRecord {
            certificate: signed.clone(),
            day,
            told: now,
            reached: now,
        };
        self.safe
            .transact(|tables| tables.put(&relay.root, &record))
    }

    /// RELAY-6: a clock that is wrong is told, and stops nothing.
    fn look_at_clocks(
        &self,
        certificate: &VerifiedCertificate,
        relay: &RelayAddress,
        now: UnixTime,
    ) -> Result<(), Error> {
        let differ = self
            .relay_day(&relay.root)?
            .is_some_and(|day| Clocks::new(now, Some(day)).disagree());
        let doubt = match certificate.validity(now.day()) {
            Validity::Early => Some(Warning::ClockBehind),
            Validity::Expired => Some(Warning::ClockAhead),
            Validity::Current => differ.then_some(Warning::ClocksDiffer),
        };
        unpoisoned(&self.warnings).extend(doubt);
        Ok(())
    }
}

/// A panic elsewhere leaves these sets whole.
fn unpoisoned<T>(mutex: &StdMutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request and its answer, within a time that leaves room for slow networks.
async fn exchange(
    connection: &dyn Connection,
    request: &Request,
    body: &[u8],
    longer: Duration,
) -> Result<(Answer, Vec<u8>), Error> {
    let frame = request.to_frame(body)?;
    let expected = match request {
        Request::GetBlob { length, .. } => u64::from(*length),
        _ => 0,
    };
    let crossing = (frame.len() as u64 + expected) / PACE;
    let patience = PATIENCE + Duration::from_secs(crossing) + longer;
    let answer = timeout(patience, connection.exchange(&frame))
        .await
        .map_err(|_| TransportError::Late)??;
    let frame = Frame::parse(&answer).map_err(|_| TransportError::Frame)?;
    let head = Answer::from_head(frame.head).map_err(|_| TransportError::Frame)?;
    Ok((head, frame.body.to_vec()))
}
