//! Who waits for letters: a waiter per watch, woken by deposits. Nothing of it outlives the request that waits.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tidings_protocol::ids::MailboxAddress;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::limits::WATCHES_PER_MAILBOX;

/// Wakes watches when a letter comes.
#[derive(Debug)]
pub struct Arrivals {
    /// Split by mailbox, so that deposits on several cores seldom wait for each other.
    shards: [Mutex<HashMap<MailboxAddress, Waiting>>; SHARDS],
    hasher: RandomState,
    room: Arc<Semaphore>,
}

const SHARDS: usize = 16;

#[derive(Debug)]
struct Waiting {
    arrived: Arc<Notify>,
    watches: usize,
}

/// One watch; it ends on drop.
#[derive(Debug)]
pub struct Watch {
    arrivals: Arc<Arrivals>,
    mailbox: MailboxAddress,
    arrived: Arc<Notify>,
    _room: OwnedSemaphorePermit,
}

/// As many watch as may, on this mailbox or in total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many watches")]
pub struct TooManyWatches;

impl Arrivals {
    /// Room for `watches` at once.
    #[must_use]
    pub fn new(watches: u32) -> Arc<Self> {
        let room = usize::try_from(watches)
            .unwrap_or(usize::MAX)
            .min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            shards: Default::default(),
            hasher: RandomState::new(),
            room: Arc::new(Semaphore::new(room)),
        })
    }

    /// Begins to watch a mailbox. A letter that comes from now on wakes [`Watch::arrived`]; look for one that came
    /// before after this call, not before it.
    ///
    /// # Errors
    /// [`TooManyWatches`].
    pub fn watch(self: &Arc<Self>, mailbox: MailboxAddress) -> Result<Watch, TooManyWatches> {
        let room = Arc::clone(&self.room)
            .try_acquire_owned()
            .map_err(|_| TooManyWatches)?;
        let mut shard = self.shard(&mailbox);
        let waiting = shard.entry(mailbox).or_insert_with(|| Waiting {
            arrived: Arc::new(Notify::new()),
            watches: 0,
        });
        if waiting.watches >= WATCHES_PER_MAILBOX {
            return Err(TooManyWatches);
        }
        waiting.watches += 1;
        Ok(Watch {
            arrivals: Arc::clone(self),
            mailbox,
            arrived: Arc::clone(&waiting.arrived),
            _room: room,
        })
    }

    /// Wakes all who watch this mailbox.
    pub fn announce(&self, mailbox: &MailboxAddress) {
        if let Some(waiting) = self.shard(mailbox).get(mailbox) {
            waiting.arrived.notify_waiters();
        }
    }

    fn shard(&self, mailbox: &MailboxAddress) -> MutexGuard<'_, HashMap<MailboxAddress, Waiting>> {
        // Keyed: addresses are chosen by clients, who must not be able to crowd one shard.
        let shard = self.hasher.hash_one(mailbox) as usize % SHARDS;
        // Nothing panics while it holds a shard, and its contents are whole between any two statements.
        self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Completes when a letter has come since this was called (also before it is polled).
    pub fn arrived(&self) -> impl Future<Output = ()> + Send {
        let mut arrived = Box::pin(Arc::clone(&self.arrived).notified_owned());
        arrived.as_mut().enable();
        arrived
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut shard = self.arrivals.shard(&self.mailbox);
        if let Some(waiting) = shard.get_mut(&self.mailbox) {
            waiting.watches -= 1;
            if waiting.watches == 0 {
                shard.remove(&self.mailbox);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const MAILBOX: MailboxAddress = MailboxAddress([1; 32]);

    #[tokio::test]
    async fn a_letter_between_the_call_and_the_wait_is_not_missed() {
        let arrivals = Arrivals::new(4);
        let watch = arrivals.watch(MAILBOX).unwrap();
        let arrived = watch.arrived();
        arrivals.announce(&MAILBOX);
        timeout(Duration::from_secs(5), arrived).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_mailbox_that_got_a_letter_is_woken() {
        let arrivals = Arrivals::new(4);
        let watch = arrivals.watch(MAILBOX).unwrap();
        let arrived = watch.arrived();
        arrivals.announce(&MailboxAddress([2; 32]));
        assert!(timeout(Duration::from_secs(5), arrived).await.is_err());
    }

    #[tokio::test]
    async fn watches_are_bounded_and_leave_nothing_behind() {
        let arrivals = Arrivals::new(20);
        let mut watches: Vec<_> = (0..WATCHES_PER_MAILBOX)
            .map(|_| arrivals.watch(MAILBOX).unwrap())
            .collect();
        assert_eq!(arrivals.watch(MAILBOX).unwrap_err(), TooManyWatches);
        for mailbox in 2..6 {
            watches.push(arrivals.watch(MailboxAddress([mailbox; 32])).unwrap());
        }
        assert_eq!(
            arrivals.watch(MailboxAddress([9; 32])).unwrap_err(),
            TooManyWatches,
            "all {} places are taken",
            watches.len()
        );
        drop(watches);
        assert!(
            arrivals
                .shards
                .iter()
                .all(|shard| shard.lock().unwrap().is_empty())
        );
        assert!(arrivals.watch(MAILBOX).is_ok());
    }
}
