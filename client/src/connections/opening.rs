//! New connections: a race over all ways, which only somebody who has proved to be the relay can win (REACH-2, REACH-3).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tidings_protocol::{
    clocks::Clocks,
    exchange::{Answer, HelloAnswer, Request},
    limits::EXCHANGE_VERSION,
    relay_identity::{RelayAddress, SignedCertificate, Validity, VerifiedCertificate},
    time::{Day, UnixTime},
};
use tokio::time::Instant;

use super::{
    AGAIN, Answered, Connections, Make, Question, Verified, exchange, is_worth_again, race,
    unpoisoned,
};
use crate::{
    Error, Warning,
    network::Network,
    records::RelayRecord,
    transport::{Connection, Proof, TransportError, Way},
};

/// A connection that won, with the answer if one was needed for that.
pub(super) type Opened<T> = (Verified, Option<Answered<T>>);

/// What the attempts of one race share.
struct Race<'r, M> {
    relay: &'r RelayAddress,
    network: Network,
    /// The certificate as it was last shown, unless it is to be asked for.
    known: Option<VerifiedCertificate>,
    /// The highest sequence that was shown.
    seen: u64,
    /// Whether hello was said less than a day ago.
    is_fresh: bool,
    now: UnixTime,
    /// What is to be asked; nothing if only the relay is to be reached.
    make: Option<&'r M>,
    /// Cells of what is to be asked, once that is known.
    cells: AtomicU64,
}

impl Connections {
    /// Connects to the relay: over whichever way it proves itself first.
    pub(super) async fn open<T, M: Make<T>>(
        &self,
        relay: &RelayAddress,
        say_hello: bool,
        make: Option<&M>,
    ) -> Result<Opened<T>, Error> {
        if let Some(source) = unpoisoned(&self.silent).get(relay) {
            return Err(Error::RelayUnreached { source: *source });
        }
        let network = self.network()?;
        let ways = match self.transport.ways(relay, &network).await {
            Ok(ways) => self.in_order(relay, ways)?,
            Err(source) => return Err(self.gave_up(relay, source.into())),
        };
        let now = (self.clock)();
        let record = self
            .safe
            .read(|tables| tables.get::<RelayRecord>(&relay.root))?;
        let known = record
            .as_ref()
            .and_then(|record| record.verified(&relay.root));
        let race = Race {
            relay,
            network,
            seen: known
                .as_ref()
                .map_or(0, |known| known.certificate().sequence),
            is_fresh: !say_hello && record.is_some_and(|record| record.is_fresh(now)),
            known: known.filter(|_| !say_hello),
            now,
            make,
            cells: AtomicU64::new(1),
        };
        let attempts = ways
            .into_iter()
            .map(|(after, way)| (after, self.attempt(&race, way)));
        match race::first(attempts).await {
            Ok((opened, took)) => {
                self.worked(relay, &opened.0.way, took)?;
                self.look_at_clocks(&opened.0.certificate, relay, now)?;
                Ok(opened)
            }
            Err(failures) => {
                let telling = failures.into_iter().max_by_key(telling);
                let failure = telling.unwrap_or_else(|| TransportError::NoWay.into());
                Err(self.gave_up(relay, failure))
            }
        }
    }

    /// What else waits for a relay that cannot be reached fails at once.
    fn gave_up(&self, relay: &RelayAddress, failure: Error) -> Error {
        if let Error::RelayUnreached { source } = &failure
            && (source.is_of_the_connecting() || *source == TransportError::Intercepted)
        {
            unpoisoned(&self.silent).insert(relay.clone(), *source);
        }
        failure
    }

    /// One way. What is lost on it is tried there again at once: the others may be blocked, and only their patience would end the
    /// race.
    async fn attempt<T, M: Make<T>>(
        &self,
        race: &Race<'_, M>,
        way: Way,
    ) -> Result<(Opened<T>, Duration), Error> {
        let mut again = AGAIN;
        loop {
            match self.attempt_once(race, way).await {
                Err(error)
                    if again > 0
                        && is_worth_again(&error)
                        && race.cells.load(Ordering::Relaxed) == 1 =>
                {
                    again -= 1;
                }
                ended => return ended,
            }
        }
    }

    /// It has led to the relay when the handshake proved the key that the relay's certificate names, or when what was
    /// sealed to the relay's online key was answered: an answer alone can come from anybody.
    async fn attempt_once<T, M: Make<T>>(
        &self,
        race: &Race<'_, M>,
        way: Way,
    ) -> Result<(Opened<T>, Duration), Error> {
        let begun = Instant::now();
        let connection = self
            .transport
            .connect(race.relay, &way, &race.network)
            .await?;
        let known = race
            .known
            .as_ref()
            .and_then(|known| Some((known.clone(), connection.prove(known).ok()?)));
        let (link, proof) = match known {
            // A handshake costs no exchange to be sure of, so that a day may be asked for at once.
            Some((_, Proof::Given)) if !race.is_fresh => self.greet(race, connection, way).await?,
            Some((certificate, proof)) => (Verified::new(connection, certificate, way), proof),
            None => self.greet(race, connection, way).await?,
        };
        let opened = match proof {
            Proof::Given => (link, None),
            Proof::WithAnswer => self.prove_by_asking(race, link).await?,
        };
        Ok((opened, begun.elapsed()))
    }

    /// Says hello to somebody who is not proven: the answer tells the certificate, which the pinned root signed, and the other
    /// end is then held to it (RELAY-3).
    async fn greet<M>(
        &self,
        race: &Race<'_, M>,
        connection: Arc<dyn Connection>,
        way: Way,
    ) -> Result<(Verified, Proof), Error> {
        let hello = match self.hello(race, &*connection).await {
            Err(
                error @ Error::RelayUnreached {
                    source: TransportError::Frozen,
                },
            ) => {
                self.shun(race.relay, way.carrier);
                return Err(error);
            }
            hello => hello?,
        };
        let freezes = self.freezes(&race.relay.root, way.carrier)?;
        let other_key = |_| Error::RelayOtherKey;
        let mut proof = connection.prove(&hello.certificate).map_err(other_key)?;
        match proof {
            Proof::Given => self.learn(race, &hello)?,
            // Its day is not proven: it is asked for again behind the proof (REACH-6).
            Proof::WithAnswer => self.learn_certificate(race, &hello)?,
        }
        let mut passed = connection.carried().fuller();
        let mut connection = connection;
        if freezes {
            // A hello and a letter would not pass together.
            connection = self
                .transport
                .connect(race.relay, &way, &race.network)
                .await?;
            proof = connection.prove(&hello.certificate).map_err(other_key)?;
            passed = 0;
        }
        let link = Verified::new(connection, hello.certificate, way);
        link.passed.store(passed, Ordering::Relaxed);
        Ok((link, proof))
    }

    /// Asks what is to be asked: whoever answers is the relay. Beside it the day, if it was not told for a day.
    async fn prove_by_asking<T, M: Make<T>>(
        &self,
        race: &Race<'_, M>,
        link: Verified,
    ) -> Result<Opened<T>, Error> {
        let asked = self.ask_to_prove(race, &link).await;
        let Err(Error::RelayUnreached {
            source: TransportError::OnlineKey,
        }) = asked
        else {
            return asked.map(|answered| (link, answered));
        };
        // The relay has other keys now. Nothing was read that was asked.
        let Verified {
            connection, way, ..
        } = link;
        let (link, _) = self.greet(race, connection, way).await?;
        let answered = self.ask_to_prove(race, &link).await?;
        Ok((link, answered))
    }

    async fn ask_to_prove<T, M: Make<T>>(
        &self,
        race: &Race<'_, M>,
        link: &Verified,
    ) -> Result<Option<Answered<T>>, Error> {
        let freezes = self.freezes(&race.relay.root, link.way.carrier)?;
        let made = race.make.map(|make| make(&link.certificate)).transpose()?;
        // A watch is answered when a letter comes: that is too late for a proof, unless nothing else would pass beside it.
        let Some((question, keep)) =
            made.filter(|(question, _)| freezes || question.longer.is_zero())
        else {
            let hello = self.hello(race, &*link.connection).await;
            self.note_trouble(race.relay, link, 1, &hello)?;
            self.learn(race, &hello?)?;
            return Ok(None);
        };
        race.cells.store(question.cells(), Ordering::Relaxed);
        let asks_day = !race.is_fresh && !freezes;
        let day = async {
            if asks_day {
                let hello = self.hello(race, &*link.connection).await?;
                self.learn(race, &hello)?;
            }
            Ok(())
        };
        let (told, asked) = tokio::join!(day, self.over(race.relay, link, &question));
        let (answer, body) = asked?;
        match told {
            Err(error @ (Error::RelayIdentity(_) | Error::Refused { .. })) => Err(error),
            Err(error) if error.is_of_the_vault() => Err(error),
            _ => Ok(Some((answer, body, keep))),
        }
    }

    async fn hello<M>(
        &self,
        race: &Race<'_, M>,
        connection: &dyn Connection,
    ) -> Result<Hello, Error> {
        let request = Request::Hello {
            lowest: EXCHANGE_VERSION,
            highest: EXCHANGE_VERSION,
        };
        let question = Question::new(&request, b"", Duration::ZERO)?;
        let answer = match exchange(connection, &question).await? {
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
        let certificate = signed.verify(&race.relay.root, race.seen)?;
        Ok(Hello {
            signed,
            certificate,
            day,
        })
    }

    /// Keeps what the relay has told.
    fn learn<M>(&self, race: &Race<'_, M>, hello: &Hello) -> Result<(), Error> {
        let record = RelayRecord {
            certificate: hello.signed.clone(),
            day: hello.day,
            told: race.now,
            reached: race.now,
        };
        self.safe
            .transact(|tables| tables.put(&race.relay.root, &record))
    }

    /// Keeps a certificate alone: the root has signed it, whoever brought it. The day beside it nobody has signed (REACH-6).
    fn learn_certificate<M>(&self, race: &Race<'_, M>, hello: &Hello) -> Result<(), Error> {
        self.safe.transact(|tables| {
            let before = tables.get::<RelayRecord>(&race.relay.root)?;
            let record = match before {
                Some(before) => RelayRecord {
                    certificate: hello.signed.clone(),
                    ..before
                },
                None => RelayRecord::untold(hello.signed.clone()),
            };
            tables.put(&race.relay.root, &record)
        })
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

/// What a relay said of itself.
struct Hello {
    signed: SignedCertificate,
    certificate: VerifiedCertificate,
    day: Day,
}

impl Verified {
    fn new(connection: Arc<dyn Connection>, certificate: VerifiedCertificate, way: Way) -> Self {
        Self {
            connection,
            certificate,
            way,
            passed: AtomicU64::new(0),
        }
    }
}

/// Which of several failures tells a person most: that somebody poses as the relay before that a line is dead.
fn telling(error: &Error) -> (u8, Option<TransportError>) {
    match error {
        error if error.is_of_the_vault() => (3, None),
        Error::RelayIdentity(_) | Error::RelayOtherKey => (2, None),
        Error::RelayUnreached { source } => (0, Some(*source)),
        _ => (1, None),
    }
}
