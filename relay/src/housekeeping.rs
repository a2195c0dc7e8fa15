//! What a relay does by itself: removes what expired, renews its certificate, notices rotated keys.

use std::{path::Path, sync::Arc};

use tidings_protocol::time::Day;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, MissedTickBehavior, interval},
};
use tracing::{error, info, warn};

use crate::{
    clock::Clock,
    identity::{FileStamp, Identity, KeyError, KeyFolder, Renewal, server_config},
    limits::{DAY_AT_LEAST, HOUSEKEEPING_PERIOD, KEY_POLL},
    listener::Shown,
    store::Store,
};

/// Turns the store's calendar and removes what expired, once a day; tries again sooner after a failure. A clock that is set to
/// and fro makes no more than one day of a day (STORE-21).
pub(crate) async fn expire_daily<S: Store>(store: Arc<S>, clock: Clock) {
    let mut done: Option<(Day, Instant)> = None;
    let mut tick = interval(HOUSEKEEPING_PERIOD);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let shown = clock.today();
        if done.is_some_and(|(day, at)| day == shown || at.elapsed() < DAY_AT_LEAST) {
            continue;
        }
        let expired = match store.turn(shown).await {
            Ok(day) => store.expire(day).await,
            Err(error) => Err(error),
        };
        match expired {
            Ok(expired) => {
                done = Some((shown, Instant::now()));
                info!(
                    letters = expired.letters,
                    blobs = expired.blobs,
                    tombstones = expired.tombstones,
                    "removed what expired"
                );
            }
            Err(error) => error!(%error, "could not remove what expired; trying again later"),
        }
        log_stats(store.as_ref()).await;
    }
}

/// Tells an operator once a day how much is stored, without stopping the relay.
async fn log_stats<S: Store>(store: &S) {
    match store.stats().await {
        Ok(stats) => info!(
            mailboxes = stats.mailboxes,
            letters = stats.letters,
            prekeys = stats.prekeys,
            blobs = stats.blobs,
            bytes = stats.bytes(),
            full = stats.full,
            "what is stored"
        ),
        Err(error) => error!(%error, "could not count what is stored"),
    }
}

/// The relay's keys while it runs.
pub(crate) struct KeyKeeper {
    keys: KeyFolder,
    clock: Clock,
    shown: watch::Sender<Shown>,
    identity: watch::Sender<Arc<Identity>>,
    stamp: Option<FileStamp>,
    /// The day on which certificate and replaced keys were last looked at.
    looked: Option<Day>,
}

impl KeyKeeper {
    /// Opens or makes the keys in `folder`, renewing a certificate that is due where the root is at hand.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(crate) fn open(folder: &Path, clock: Clock) -> Result<Self, KeyError> {
        let keys = KeyFolder::new(folder);
        let mut identity = keys.open_or_create(clock.today())?;
        if identity.renewal(clock.today()) != Renewal::NotDue && keys.has_root() {
            // A full disk is no reason to serve nobody: the old keys still do, and this is tried again every day.
            match keys.rotate(None, clock.today()) {
                Ok(renewed) => identity = renewed,
                Err(error @ KeyError::File { .. }) => {
                    error!(%error, "the certificate is due and cannot be renewed");
                }
                Err(error) => return Err(error),
            }
        }
        let stamp = keys.stamp();
        let identity = Arc::new(identity);
        let shown = Shown {
            config: server_config(identity.tls_key())?,
            identity: Arc::clone(&identity),
        };
        Ok(Self {
            keys,
            clock,
            shown: watch::Sender::new(shown),
            identity: watch::Sender::new(identity),
            stamp,
            looked: None,
        })
    }

    /// What new connections are shown.
    pub(crate) fn shown(&self) -> watch::Receiver<Shown> {
        self.shown.subscribe()
    }

    /// Which identity opens requests.
    pub(crate) fn identity(&self) -> watch::Receiver<Arc<Identity>> {
        self.identity.subscribe()
    }

    /// Looks every few seconds, and at once when `reload` is notified. A key file that cannot be read changes nothing: the
    /// relay goes on with what it has and says so.
    pub(crate) async fn run(mut self, reload: Arc<Notify>) {
        let mut tick = interval(KEY_POLL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = reload.notified() => self.stamp = None,
            }
            if let Err(error) = self.look() {
                error!(%error, "the relay's keys could not be read or renewed; going on with those in use");
            }
        }
    }

    fn look(&mut self) -> Result<(), KeyError> {
        let stamp = self.keys.stamp();
        if stamp != self.stamp {
            // Remembered first: a damaged file is reported once, not every few seconds.
            self.stamp = stamp;
            let identity = self.keys.load()?;
            self.show(identity)?;
        }
        let today = self.clock.today();
        if self.looked != Some(today) {
            self.looked = Some(today);
            self.look_at_calendar(today)?;
        }
        Ok(())
    }

    fn look_at_calendar(&mut self, today: Day) -> Result<(), KeyError> {
        let renewal = self.identity.borrow().renewal(today);
        match renewal {
            Renewal::Due { .. } if self.keys.has_root() => {
                let renewed = self.keys.rotate(None, today)?;
                self.stamp = self.keys.stamp();
                self.show(renewed)?;
            }
            Renewal::Due { days } if renewal.warns() => warn!(
                days,
                "the certificate ends soon and root.key is not here: run `tidings-relay rotate-key --data DIR --root FILE`"
            ),
            Renewal::Due { .. } | Renewal::NotDue => {}
        }
        if let Some(pruned) = self.keys.prune(today)? {
            self.stamp = self.keys.stamp();
            self.show(pruned)?;
        }
        Ok(())
    }

    fn show(&self, identity: Identity) -> Result<(), KeyError> {
        let identity = Arc::new(identity);
        let shown = Shown {
            config: server_config(identity.tls_key())?,
            identity: Arc::clone(&identity),
        };
        let sequence = identity.sequence();
        // First what opens requests, then what invites them.
        self.identity.send_replace(identity);
        self.shown.send_replace(shown);
        info!(sequence, "the relay's keys are in use");
        Ok(())
    }
}
