//! When an item is tried: its pauses after failures, and what ends one early (DELIVERY-5).

use std::collections::BTreeSet;

use rand_core::Rng as _;
use tidings_protocol::{exchange::Refusal, relay_identity::RootFingerprint, time::UnixTime};

use super::{SendReport, deposits, upload};
use crate::{
    Account, Error,
    account::office,
    records::{CarriedRecord, Job, JobNumber, JobRecord, MailboxNumber, MailboxRecord},
    surroundings::random,
    turn::Turn,
    vault::Tables,
};

/// First pause after a failure, in seconds; it doubles with every further one (DELIVERY-5).
const PAUSE_FIRST: u64 = 30;
/// Longest pause, in seconds: six hours.
const PAUSE_MAX: u64 = 21_600;

/// The order of work: mailboxes before the letters whose answers come to them, deletions when nobody waits.
pub(super) fn urgency(job: &Job) -> u8 {
    match job {
        Job::CreateMailbox(_) => 0,
        Job::Publish => 1,
        Job::Deliver(_) | Job::Close { .. } => 2,
        Job::DeleteMailbox { .. } | Job::DeleteBlob { .. } => 3,
    }
}

impl Account {
    /// Takes from `open` what is to be tried now, in its order. What a copy of this vault would do as well, and differently, is
    /// left undone unless this one has the turn.
    pub(super) async fn due(
        &self,
        hurry: bool,
        open: &mut BTreeSet<JobNumber>,
        report: &mut SendReport,
    ) -> Result<Vec<JobNumber>, Error> {
        let needs_turn =
            |job: &Job| matches!(job, Job::Deliver(_) | Job::Publish | Job::Close { .. });
        let mut due = self.tryable(hurry, open)?;
        let mut is_copied = false;
        if due.iter().any(|(_, job)| needs_turn(job)) {
            match self.take_turn().await? {
                // The turn may have shown that a relay is back, and letters go in their order.
                Turn::Taken => due = self.tryable(hurry, open)?,
                // Another relay may be reached all the same.
                Turn::Unknown(error) => report.failures.push(error),
                Turn::Copied => {
                    is_copied = true;
                    report.failures.push(Error::Copied);
                }
            }
        }
        for (number, _) in &due {
            open.remove(number);
        }
        due.retain(|(_, job)| !(is_copied && needs_turn(job)));
        Ok(due.into_iter().map(|(number, _)| number).collect())
    }

    /// What of `open` is in no pause, or in one whose reason has gone.
    fn tryable(
        &self,
        hurry: bool,
        open: &BTreeSet<JobNumber>,
    ) -> Result<Vec<(JobNumber, Job)>, Error> {
        let now = self.now();
        self.safe.read(|tables| {
            let mut jobs = tables.all::<JobRecord>()?;
            jobs.retain(|(number, record)| open.contains(number) && (hurry || !record.given_up));
            let (mut ready, paused): (Vec<_>, Vec<_>) = jobs
                .into_iter()
                .partition(|(_, record)| hurry || is_over(record.next, record.attempts, now));
            // Where something goes anyway, what waited there longer goes before it.
            let asked = if paused.is_empty() {
                BTreeSet::new()
            } else {
                let jobs = ready.iter().map(|(_, record)| &record.job);
                jobs.flat_map(|job| relays(tables, job)).collect()
            };
            let passable =
                |(_, record): &(JobNumber, JobRecord)| self.is_passable(tables, record, &asked);
            ready.extend(paused.into_iter().filter(passable));
            ready.sort_by_key(|(number, record)| (urgency(&record.job), *number));
            Ok(ready
                .into_iter()
                .map(|(number, record)| (number, record.job))
                .collect())
        })
    }

    /// Whether an item that is in a pause waits for nothing any more: its relay was out of reach, and has answered since or is one
    /// of those that are `asked` now; or the mailbox for its answer has been made.
    pub(super) fn is_passable(
        &self,
        tables: &Tables<'_>,
        record: &JobRecord,
        asked: &BTreeSet<RootFingerprint>,
    ) -> bool {
        match (record.failed.as_deref(), &record.job) {
            (Some(failed), job) if Error::is_code_of_reach(failed) => relays(tables, job)
                .iter()
                .any(|root| asked.contains(root) || self.connections.is_in_reach(root)),
            (Some(failed), Job::Deliver(delivery)) if failed == Error::MailboxNotMade.code() => {
                // A row that does not read is told by the work on its item.
                upload::is_answerable(tables, delivery).unwrap_or(false)
            }
            _ => false,
        }
    }

    /// Puts an item off after a failure: longer every time, and never to the same second as others that failed with it.
    pub(super) fn postpone(&self, number: JobNumber, error: &Error) -> Result<(), Error> {
        let now = self.now();
        self.safe.transact(|tables| {
            let Some(mut record) = tables.get::<JobRecord>(&number)? else {
                return Ok(());
            };
            if Error::is_code_of_reach(error.code()) {
                for root in relays(tables, &record.job) {
                    self.connections.note_out_of_reach(&root);
                }
            }
            record.attempts = record.attempts.saturating_add(1);
            record.next = now.plus(pause(record.attempts));
            record.failed = Some(error.code().to_owned());
            record.given_up = match (&record.job, error) {
                (Job::Deliver(delivery), error) => is_for_good(error) && delivery.sealed.is_some(),
                (_, error) => is_for_good(error),
            };
            if let Job::Deliver(delivery) = &record.job
                && record.given_up
                // A courier needs no mailbox at a relay.
                && tables.get::<CarriedRecord>(&delivery.letter)?.is_none()
            {
                deposits::undeliverable(tables, delivery.letter)?;
            }
            tables.put(&number, &record)
        })
    }
}

/// Whether trying again helps nobody. That a mailbox is not there is final only where it cannot be made again (DELIVERY-12):
/// until then it is another error.
fn is_for_good(error: &Error) -> bool {
    matches!(
        error,
        Error::Refused {
            refusal: Refusal::Malformed
                | Refusal::MailboxDeleted
                | Refusal::NoMailbox
                | Refusal::Version { .. },
        }
    )
}

/// Where an item is worked on; nowhere if a row that it needs does not read, which the work on it tells.
fn relays(tables: &Tables<'_>, job: &Job) -> Vec<RootFingerprint> {
    let mailbox = |number: &MailboxNumber| {
        let mailbox = tables.need::<MailboxRecord>(number);
        Vec::from_iter(mailbox.ok().map(|mailbox| mailbox.relay.root))
    };
    match job {
        Job::CreateMailbox(number) => mailbox(number),
        Job::Publish => match office(tables) {
            Ok(Some(office)) => mailbox(&office.mailbox),
            _ => Vec::new(),
        },
        Job::Deliver(delivery) => match &delivery.relay {
            Some(relay) => vec![relay.root],
            None => upload::destination(tables, delivery)
                .map(|(destination, _)| destination.roots().collect())
                .unwrap_or_default(),
        },
        Job::DeleteMailbox { relay, .. }
        | Job::DeleteBlob { relay, .. }
        | Job::Close { relay, .. } => vec![relay.root],
    }
}

/// Whether a pause after so many failures is over. One that is longer than any was begun by a clock that was ahead
/// (DELIVERY-5).
pub(super) fn is_over(next: UnixTime, attempts: u32, now: UnixTime) -> bool {
    next <= now || next > now.plus(longest_pause(attempts))
}

/// Seconds until the next attempt at most.
fn longest_pause(attempts: u32) -> u64 {
    let pause = middle_pause(attempts);
    pause + pause / 4
}

/// Seconds until the next attempt, but for chance; none where nothing has failed.
fn middle_pause(attempts: u32) -> u64 {
    match attempts {
        0 => 0,
        attempts => (PAUSE_FIRST << (attempts - 1).min(16)).min(PAUSE_MAX),
    }
}

/// Seconds until the next attempt: doubling, a quarter more or less by chance.
fn pause(attempts: u32) -> u64 {
    let pause = middle_pause(attempts);
    let quarter = pause / 4;
    pause - quarter + random().next_u64() % (2 * quarter + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_spread_and_end() {
        for attempts in 1..40 {
            let middle = (PAUSE_FIRST << (attempts - 1).min(16)).min(PAUSE_MAX);
            for _ in 0..20 {
                let pause = pause(attempts);
                assert!(pause >= middle - middle / 4 && pause <= middle + middle / 4 + 1);
            }
        }
        assert!((0..50).any(|_| pause(5) != pause(5)), "chance has its part");
    }

    #[test]
    fn a_pause_that_a_wrong_clock_began_is_over() {
        let now = UnixTime(1_800_000_000);
        for attempts in 1..40 {
            for _ in 0..20 {
                let next = now.plus(pause(attempts));
                assert!(!is_over(next, attempts, now));
                assert!(is_over(next, attempts, next));
            }
            // A day ahead, and years.
            for ahead in [86_400, 3_000_000_000] {
                assert!(is_over(now.plus(ahead), attempts, now));
            }
        }
        assert!(is_over(now.plus(1), 0, now), "nothing has failed yet");
        assert!(!is_over(now.plus(37), 1, now) && is_over(now.plus(38), 1, now));
    }
}
