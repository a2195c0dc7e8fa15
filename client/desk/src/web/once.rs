//! A form that is sent twice does its deed once: whoever clicks twice is shown what the first click did (DESK-42).
//!
//! Every form carries a random field of its own. A second form that is the same in every byte, for the same address and visitor, is
//! the same act: it waits for the first one, and its answer is the first one's. The act goes on when the browser that asked has gone,
//! as it does on the second click.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// Name of the field.
pub(crate) const ONCE_FIELD: &str = "once";
/// How long an outcome is remembered: a nervous hand on a slow machine.
const KEPT: Duration = Duration::from_secs(120);
/// Outcomes that are remembered.
const COUNT_MAX: usize = 512;
/// Bytes of a page that is remembered; most outcomes are only an address.
const PAGE_MAX: usize = 262_144;

/// What tells one form from another.
pub(crate) type Key = [u8; 32];

/// The key of a form: its visitor, where it goes, and every byte of it. Only its hash is kept: there are passwords in forms.
pub(crate) fn key(token: &str, path: &str, body: &[u8]) -> Key {
    let mut hash = Sha256::new();
    for part in [token.as_bytes(), path.as_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update(body);
    hash.finalize().into()
}

/// Forms that were sent a short time ago.
#[derive(Default)]
pub(crate) struct Once(Mutex<HashMap<Key, Sent>>);

/// A form and its outcome, which is locked while the form is at work.
struct Sent {
    at: Instant,
    outcome: Arc<tokio::sync::Mutex<Option<Outcome>>>,
}

/// An answer that can be given again.
#[derive(Clone)]
struct Outcome {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Once {
    /// Does `work` unless the same was done already, and answers what came of it. What was refused, or failed in the machine, is no
    /// outcome: it is tried again.
    pub(crate) async fn run(
        &self,
        key: Key,
        work: impl Future<Output = Response> + Send + 'static,
    ) -> Response {
        let sent = self.sent(key);
        let task = tokio::spawn(async move {
            let mut outcome = sent.lock().await;
            if let Some(outcome) = &*outcome {
                return outcome.clone().into_response();
            }
            let (response, kept) = keep(work.await).await;
            *outcome = kept;
            response
        });
        match task.await {
            Ok(response) => response,
            Err(_) => Refusal::Broken.into_response(),
        }
    }

    fn sent(&self, key: Key) -> Arc<tokio::sync::Mutex<Option<Outcome>>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, sent| sent.at.elapsed() < KEPT);
        if all.len() >= COUNT_MAX
            && let Some(oldest) = all
                .iter()
                .min_by_key(|(_, sent)| sent.at)
                .map(|(key, _)| *key)
        {
            all.remove(&oldest);
        }
        let sent = all.entry(key).or_insert_with(|| Sent {
            at: Instant::now(),
            outcome: Arc::default(),
        });
        Arc::clone(&sent.outcome)
    }
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// An answer, and what is kept of it: not a session, not a refusal, not a document.
async fn keep(response: Response) -> (Response, Option<Outcome>) {
    let is_outcome = response.extensions().get::<Refusal>().is_none()
        && !response.status().is_server_error()
        && !response.headers().contains_key(SET_COOKIE)
        && response
            .body()
            .size_hint()
            .upper()
            .is_some_and(|size| size <= PAGE_MAX as u64);
    if !is_outcome {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, PAGE_MAX).await else {
        return (Refusal::Broken.into_response(), None);
    };
    let outcome = Outcome {
        status: parts.status,
        headers: parts.headers.clone(),
        body: body.clone(),
    };
    (Response::from_parts(parts, Body::from(body)), Some(outcome))
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    use super::*;

    async fn text(response: Response) -> (StatusCode, String) {
        let status = response.status();
        let body = to_bytes(response.into_body(), PAGE_MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    /// A deed that tells how often it was done; it takes its time.
    fn deed(
        count: &Arc<AtomicUsize>,
        status: StatusCode,
    ) -> impl Future<Output = Response> + Send + use<> {
        let count = Arc::clone(count);
        async move {
            tokio::task::yield_now().await;
            let done = count.fetch_add(1, Ordering::SeqCst) + 1;
            (status, format!("done {done}")).into_response()
        }
    }

    #[test]
    fn two_clicks_do_one_deed_and_both_see_what_it_did() {
        runtime().block_on(async {
            let once = Once::default();
            let count = Arc::new(AtomicUsize::new(0));
            let first = key("visitor", "/register/requests", b"name=a&once=1");
            let clicks = tokio::join!(
                once.run(first, deed(&count, StatusCode::OK)),
                once.run(first, deed(&count, StatusCode::OK)),
            );
            assert_eq!(text(clicks.0).await, text(clicks.1).await);
            let again = once.run(first, deed(&count, StatusCode::OK)).await;
            assert_eq!(text(again).await.1, "done 1");
            for other in [
                key("visitor", "/register/requests", b"name=a&once=2"),
                key("visitor", "/register/request", b"sname=a&once=1"),
                key("another", "/register/requests", b"name=a&once=1"),
            ] {
                once.run(other, deed(&count, StatusCode::OK)).await;
            }
            assert_eq!(count.load(Ordering::SeqCst), 4);
        });
    }

    #[test]
    fn the_deed_is_done_although_the_first_click_went_away() {
        runtime().block_on(async {
            let once = Once::default();
            let count = Arc::new(AtomicUsize::new(0));
            let key = key("visitor", "/print", b"once=1");
            // Polled once and dropped, as a server does with a request whose browser has gone.
            {
                let mut first = std::pin::pin!(once.run(key, deed(&count, StatusCode::OK)));
                let begun = poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await;
                assert!(begun.is_pending(), "too quick to be dropped");
            }
            let second = once.run(key, deed(&count, StatusCode::OK)).await;
            assert_eq!(text(second).await.1, "done 1");
            assert_eq!(count.load(Ordering::SeqCst), 1);
        });
    }

    #[test]
    fn what_failed_is_tried_again() {
        runtime().block_on(async {
            let once = Once::default();
            let count = Arc::new(AtomicUsize::new(0));
            let key = key("visitor", "/print", b"once=1");
            let full = StatusCode::INSUFFICIENT_STORAGE;
            assert_eq!(once.run(key, deed(&count, full)).await.status(), full);
            let refused = async { Refusal::Stale.into_response() };
            once.run(key, refused).await;
            let done = once.run(key, deed(&count, StatusCode::OK)).await;
            assert_eq!(text(done).await.1, "done 2");
        });
    }
}
