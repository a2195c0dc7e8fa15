//! Telling a slow connection from a dead one.
//!
//! A frozen connection is closed by nobody: packets just stop arriving, in both directions. Waiting for the patience of a whole
//! exchange would cost twenty seconds for every few kilobytes. So an exchange also looks at signs of life: as long as the other
//! side owes one, an acknowledgement or the rest of an answer, silence is not waited out for long (REACH-8).

use std::{future::Future, pin::pin, time::Duration};

use tokio::time::{Instant, sleep};

use super::TransportError;

/// The shortest silence that is taken for death: a relay under load, a telephone between two masts.
const QUIET_MIN: Duration = Duration::from_secs(3);
/// The longest.
const QUIET_MAX: Duration = Duration::from_secs(20);
/// How many round trips of silence: several losses in a row, each answered by a later repetition.
const QUIET_ROUND_TRIPS: u32 = 10;
/// How often signs are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What is seen of the other side.
pub(super) struct Signs {
    /// Grows with whatever comes.
    pub(super) heard: u64,
    /// Whether it owes us a sign.
    pub(super) owes: bool,
}

/// How long a silence of the other side is, on a connection with this round trip, until it is taken for dead.
pub(super) fn quiet(round_trip: Duration) -> Duration {
    (round_trip * QUIET_ROUND_TRIPS).clamp(QUIET_MIN, QUIET_MAX)
}

/// Waits for `crossing`.
///
/// # Errors
/// Its own; [`TransportError::Late`] after `patience`; [`TransportError::Frozen`] after `quiet` without a sign that was owed.
pub(super) async fn watched<T>(
    crossing: impl Future<Output = Result<T, TransportError>>,
    patience: Duration,
    quiet: Duration,
    signs: impl Fn() -> Signs,
) -> Result<T, TransportError> {
    let begun = Instant::now();
    let mut crossing = pin!(crossing);
    let mut heard = signs().heard;
    let mut since = begun;
    loop {
        tokio::select! {
            biased;
            crossed = &mut crossing => return crossed,
            () = sleep(LOOK) => {}
        }
        let now = Instant::now();
        let seen = signs();
        if seen.heard != heard || !seen.owes {
            heard = seen.heard;
            since = now;
        }
        if now - since >= quiet {
            return Err(TransportError::Frozen);
        }
        if now - begun >= patience {
            return Err(TransportError::Late);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicU64, Ordering},
    };

    use super::*;

    const QUIET: Duration = Duration::from_secs(4);
    const PATIENCE: Duration = Duration::from_secs(20);

    async fn waited(heard: impl Fn() -> u64, owes: bool) -> (TransportError, Duration) {
        let begun = Instant::now();
        let signs = || Signs {
            heard: heard(),
            owes,
        };
        let failed = watched(pending::<Result<(), _>>(), PATIENCE, QUIET, signs).await;
        (failed.unwrap_err(), begun.elapsed())
    }

    /// A sign that is owed and does not come ends the wait in seconds; one that is not owed, or trickles in, does not.
    #[tokio::test(start_paused = true)]
    async fn silence_is_death_only_where_a_sign_is_owed() {
        let (failed, after) = waited(|| 0, true).await;
        assert_eq!(failed, TransportError::Frozen);
        assert!(after < Duration::from_secs(5), "{after:?}");
        let (failed, after) = waited(|| 0, false).await;
        assert_eq!(failed, TransportError::Late);
        assert!(after >= PATIENCE, "{after:?}");
        let trickle = AtomicU64::new(0);
        let (failed, _) = waited(|| trickle.fetch_add(1, Ordering::Relaxed), true).await;
        assert_eq!(failed, TransportError::Late);
    }

    #[test]
    fn slow_lines_get_more_time() {
        assert_eq!(quiet(Duration::from_millis(1)), QUIET_MIN);
        assert_eq!(quiet(Duration::from_secs(1)), Duration::from_secs(10));
        assert_eq!(quiet(Duration::from_secs(30)), QUIET_MAX);
    }
}
