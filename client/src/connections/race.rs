//! A race in the manner of Happy Eyeballs (RFC 8305): attempts start one after the other, the first that succeeds wins, the
//! others are dropped.

use std::{collections::VecDeque, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::time::{Instant, sleep_until};

/// Starts each attempt so long after the one before, or as soon as all that run have failed. Brings the first success, or what
/// failed, in the order in which it did.
pub(crate) async fn first<T, E, F>(
    attempts: impl IntoIterator<Item = (Duration, F)>,
) -> Result<T, Vec<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting: VecDeque<(Duration, F)> = attempts.into_iter().collect();
    let mut running = FuturesUnordered::new();
    let mut failures = Vec::new();
    let mut started = Instant::now();
    loop {
        if running.is_empty() {
            let Some((_, attempt)) = waiting.pop_front() else {
                return Err(failures);
            };
            running.push(attempt);
            started = Instant::now();
        }
        let next = waiting.front().map(|(delay, _)| started + *delay);
        let timer = async {
            match next {
                Some(next) => sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(ended) = running.next() => match ended {
                Ok(won) => return Ok(won),
                Err(error) => failures.push(error),
            },
            () = timer => {
                if let Some((_, attempt)) = waiting.pop_front() {
                    running.push(attempt);
                    started = Instant::now();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::sleep;

    use super::*;

    type Log = Arc<Mutex<Vec<(&'static str, &'static str, u64)>>>;

    /// Notes when it starts, ends, or is dropped, in milliseconds.
    struct Noted(Log, &'static str, Instant);

    impl Noted {
        fn note(&self, what: &'static str) {
            let after = u64::try_from(self.2.elapsed().as_millis()).unwrap();
            self.0.lock().unwrap().push((self.1, what, after));
        }
    }

    impl Drop for Noted {
        fn drop(&mut self) {
            self.note("closed");
        }
    }

    async fn run(
        attempts: &[(&'static str, u64, u64, bool)],
    ) -> (
        Result<&'static str, Vec<&'static str>>,
        Vec<(&'static str, &'static str, u64)>,
    ) {
        let log = Log::default();
        let begun = Instant::now();
        let attempts = attempts.iter().map(|&(name, delay, takes, succeeds)| {
            let log = Arc::clone(&log);
            let attempt = async move {
                let noted = Noted(log, name, begun);
                noted.note("started");
                sleep(Duration::from_millis(takes)).await;
                if succeeds { Ok(name) } else { Err(name) }
            };
            (Duration::from_millis(delay), attempt)
        });
        let ended = first(attempts).await;
        let log = log.lock().unwrap().clone();
        (ended, log)
    }

    /// REACH-2: a quick first way is the only one tried.
    #[tokio::test(start_paused = true)]
    async fn a_quick_first_way_stays_alone() {
        let (won, log) = run(&[("quic", 0, 100, true), ("tcp", 250, 10, true)]).await;
        assert_eq!(won, Ok("quic"));
        assert_eq!(log, [("quic", "started", 0), ("quic", "closed", 100)]);
    }

    /// REACH-2: a slow one is overtaken, and closed.
    #[tokio::test(start_paused = true)]
    async fn the_first_that_is_proven_wins_and_the_others_are_closed() {
        let (won, log) = run(&[
            ("quic", 0, 10_000, true),
            ("tcp", 250, 300, true),
            ("quic6", 250, 10_000, true),
            ("tcp6", 250, 10, true),
        ])
        .await;
        assert_eq!(won, Ok("tcp"));
        assert!(log.contains(&("tcp", "started", 250)), "{log:?}");
        assert!(log.contains(&("quic", "closed", 550)), "{log:?}");
        assert!(log.contains(&("quic6", "closed", 550)), "{log:?}");
        assert!(!log.iter().any(|(name, ..)| *name == "tcp6"), "{log:?}");
    }

    /// Nobody waits for a head start of what has failed, and a failure of one is none of the others.
    #[tokio::test(start_paused = true)]
    async fn what_failed_does_not_hold_up_the_next() {
        let (won, log) = run(&[("quic", 0, 20, false), ("tcp", 250, 30, true)]).await;
        assert_eq!(won, Ok("tcp"));
        assert!(log.contains(&("tcp", "started", 20)), "{log:?}");
        let (lost, _) = run(&[("quic", 0, 900, false), ("tcp", 250, 30, false)]).await;
        assert_eq!(lost, Err(vec!["tcp", "quic"]));
        let (none, _) = run(&[]).await;
        assert_eq!(none, Err(vec![]));
    }
}
