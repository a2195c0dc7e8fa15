//! Taking turns: how two copies of one vault notice each other (DELIVERY-10).
//!
//! Two copies that go on from one state seal two letters under one number, and each acknowledges letters that the other never
//! sees. Neither can know of the other by itself. So every vault has a mailbox that nobody writes to, its *guard*; before
//! a vault collects or sends, it puts a random mark on the guard's shelf, under the next sequence. The shelf takes each
//! sequence once: whoever comes second is told.

use rand_core::Rng as _;
use tidings_protocol::{
    exchange::{Answer, Refusal, Request},
    owner::OwnerRequest,
    time::UnixTime,
};

use crate::{
    Account, Error,
    account::account,
    connections::Purpose,
    numbers::{forget_spares, next_mailbox},
    outbox::{doubt_deposits, withdraw_all},
    pairs,
    records::{
        AccountRecord, ContactRecord, GuardRecord, MailboxNumber, MailboxRecord, MailboxUse, Mark,
        PairRecord,
    },
    surroundings::random,
    vault::Tables,
};

/// Seconds for which a turn that was taken counts: a collect and the send that follows it share one.
const TURN_SECONDS: u64 = 60;
/// Marks that are remembered without an answer. More are not lost in a row: each takes an answer that did not come.
const TRIED_MAX: usize = 64;
/// Steps until a turn is taken or refused: the mailbox is made, an answer that was lost is recognised, a copy is told.
const STEPS_MAX: u32 = 4;

/// What became of asking for the turn.
#[derive(Debug)]
pub(crate) enum Turn {
    /// No other copy has been there since this one's last turn.
    Taken,
    /// The relay of the guard could not be asked. What would harm if there were a copy is left undone where that loses nothing.
    Unknown(Error),
    /// Another copy is in use, and nobody has decided yet.
    Copied,
}

/// What a person says about a copy that was noticed ([`Error::Copied`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyVerdict {
    /// There is, or was, another one: a copied folder, a restored image of the disk, a stolen device. Everything that both
    /// know is frozen; contacts begin anew ([`Account::renew_contact`]). The other one must not be used again: if it is,
    /// this one is told again.
    Copied,
    /// There is no other one, the relay is wrong. Everything goes on as it was.
    NoCopy,
}

/// One step on the way to a turn.
enum Step {
    Done(Turn),
    Again,
}

impl Account {
    /// Asks for the turn, unless this process has it.
    ///
    /// # Errors
    /// Those of the vault only.
    pub(crate) async fn take_turn(&self) -> Result<Turn, Error> {
        let now = self.now();
        let has_it = self.turn_taken().is_some_and(|taken| {
            now >= taken && now < taken.plus(TURN_SECONDS) && self.is_copied().is_ok_and(|is| !is)
        });
        if has_it {
            return Ok(Turn::Taken);
        }
        for _ in 0..STEPS_MAX {
            match self.step_to_turn().await {
                Ok(Step::Again) => {}
                Ok(Step::Done(turn)) => {
                    let taken = matches!(turn, Turn::Taken).then_some(now);
                    self.note_turn(taken);
                    return Ok(turn);
                }
                Err(error) if error.is_of_the_vault() => return Err(error),
                Err(error) => return self.if_not_copied(Turn::Unknown(error)),
            }
        }
        let unclear = Error::RelayAnswer {
            expected: "whose turn it is",
        };
        self.if_not_copied(Turn::Unknown(unclear))
    }

    fn if_not_copied(&self, turn: Turn) -> Result<Turn, Error> {
        Ok(if self.is_copied()? {
            Turn::Copied
        } else {
            turn
        })
    }

    pub(crate) fn is_copied(&self) -> Result<bool, Error> {
        self.safe
            .read(|tables| Ok(account(tables)?.copied.is_some()))
    }

    async fn step_to_turn(&self) -> Result<Step, Error> {
        let (number, mailbox, sequence, mark) =
            self.safe.transact(|tables| self.next_mark(tables))?;
        let owner = mailbox.owner();
        if !mailbox.created {
            self.connections
                .ask_as_owner(&mailbox.relay, &owner, &OwnerRequest::CreateMailbox)
                .await?;
            self.safe.transact(|tables| made(tables, number, true))?;
        }
        let request = OwnerRequest::PublishPrekeys {
            sequence,
            record: mark.to_vec(),
        };
        let asked = self
            .connections
            .ask_as_owner(&mailbox.relay, &owner, &request)
            .await;
        match asked {
            Ok(_) => {
                self.safe.transact(|tables| confirm(tables, sequence))?;
                self.if_not_copied(Turn::Taken).map(Step::Done)
            }
            Err(Error::Refused {
                refusal: Refusal::Stale { stored },
            }) => {
                let there = self.mark_at_relay(&mailbox).await?;
                self.safe
                    .transact(|tables| look_at(tables, stored, &there, self.now()))?;
                Ok(Step::Again)
            }
            Err(Error::Refused {
                refusal: Refusal::NoMailbox,
            }) => {
                // The relay has lost it: it was put back to an older state, or began anew.
                self.safe.transact(|tables| {
                    made(tables, number, false)?;
                    doubt_deposits(tables, &mailbox.relay)
                })?;
                Ok(Step::Again)
            }
            Err(error) => {
                if never_left(&error) {
                    self.safe.transact(|tables| untry(tables, &mark))?;
                }
                Err(error)
            }
        }
    }

    /// The guard and the mark that is tried next, remembered before it is sent.
    fn next_mark(
        &self,
        tables: &mut Tables<'_>,
    ) -> Result<(MailboxNumber, MailboxRecord, u64, Mark), Error> {
        let mut guard = guard(tables)?;
        let mut mark = Mark::default();
        random().fill_bytes(&mut mark);
        if guard.tried.len() == TRIED_MAX {
            guard.tried.remove(0);
        }
        guard.tried.push(mark);
        let (number, sequence) = (guard.mailbox, guard.sequence.saturating_add(1));
        keep(tables, guard)?;
        let mailbox = tables.need::<MailboxRecord>(&number)?;
        Ok((number, mailbox, sequence, mark))
    }

    /// What lies on the guard's shelf.
    async fn mark_at_relay(&self, mailbox: &MailboxRecord) -> Result<Vec<u8>, Error> {
        let address = mailbox.address();
        let request = Request::FetchPrekeys { address };
        let purpose = Purpose::Prekeys(address);
        match self
            .connections
            .ask(&mailbox.relay, purpose, &request, b"")
            .await?
        {
            (Answer::Prekeys { record, .. }, _) => Ok(record),
            _ => Err(Error::RelayAnswer {
                expected: "the mark of the last turn",
            }),
        }
    }

    /// What a person decides after [`Error::Copied`] (SEAL-11). Letters that wait here and cannot be sent any more are
    /// withdrawn.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn settle_copy(&self, verdict: CopyVerdict) -> Result<(), Error> {
        self.safe.transact(|tables| {
            if verdict == CopyVerdict::Copied {
                self.freeze_all(tables)?;
            }
            let record = account(tables)?;
            let copied = None;
            tables.put(&(), &AccountRecord { copied, ..record })
        })?;
        self.note_turn(None);
        Ok(())
    }

    /// Freezes whatever another copy has as well.
    fn freeze_all(&self, tables: &mut Tables<'_>) -> Result<(), Error> {
        for (number, _) in tables.all::<PairRecord>()? {
            pairs::freeze(tables, number)?;
        }
        for (number, contact) in tables.all::<ContactRecord>()? {
            let frozen = contact.frozen || contact.pair.is_some();
            tables.put(&number, &ContactRecord { frozen, ..contact })?;
            withdraw_all(tables, number)?;
        }
        forget_spares(tables)?;
        next_mailbox(tables, MailboxUse::Spare, self.now()).map(drop)
    }
}

/// A mark that never left needs no remembering.
fn never_left(error: &Error) -> bool {
    match error {
        Error::RelayUnreached { source } => source.is_of_the_connecting(),
        // Somebody who poses as the relay on one way may have passed on what was sealed to it on another.
        _ => false,
    }
}

fn keep(tables: &mut Tables<'_>, guard: GuardRecord) -> Result<(), Error> {
    let record = account(tables)?;
    let guard = Some(guard);
    tables.put(&(), &AccountRecord { guard, ..record })
}

/// Makes the guard of a vault that is just being made: a copy that is taken later, at whatever moment, has the same one.
pub(crate) fn make_guard(tables: &mut Tables<'_>, now: UnixTime) -> Result<(), Error> {
    let guard = GuardRecord {
        mailbox: next_mailbox(tables, MailboxUse::Guard, now)?,
        sequence: 0,
        tried: Vec::new(),
    };
    keep(tables, guard)
}

fn guard(tables: &Tables<'_>) -> Result<GuardRecord, Error> {
    account(tables)?.guard.ok_or(Error::VaultDamaged {
        what: "the guard is missing",
    })
}

fn made(tables: &mut Tables<'_>, number: MailboxNumber, created: bool) -> Result<(), Error> {
    let mailbox = tables.need::<MailboxRecord>(&number)?;
    tables.put(&number, &MailboxRecord { created, ..mailbox })
}

fn confirm(tables: &mut Tables<'_>, sequence: u64) -> Result<(), Error> {
    let guard = guard(tables)?;
    let tried = Vec::new();
    keep(
        tables,
        GuardRecord {
            sequence,
            tried,
            ..guard
        },
    )
}

fn untry(tables: &mut Tables<'_>, mark: &Mark) -> Result<(), Error> {
    let mut guard = guard(tables)?;
    guard.tried.retain(|tried| tried != mark);
    keep(tables, guard)
}

/// The relay has a sequence that was not confirmed here: this vault's own, whose answer was lost, or a copy's. Either way
/// the next turn goes above it, so that the copy is told as well.
fn look_at(tables: &mut Tables<'_>, stored: u64, there: &[u8], now: UnixTime) -> Result<(), Error> {
    let guard = guard(tables)?;
    let is_ours = stored == guard.sequence.saturating_add(1)
        && guard.tried.iter().any(|tried| tried == there);
    confirm(tables, stored)?;
    let record = account(tables)?;
    if !is_ours && record.copied.is_none() {
        let copied = Some(now);
        tables.put(&(), &AccountRecord { copied, ..record })?;
    }
    Ok(())
}
