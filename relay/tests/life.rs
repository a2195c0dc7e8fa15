//! A relay's life: stopping, panics, full disks, too many at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{sync::atomic::Ordering, time::Duration};

use support::{
    client::{Client, quic, read_answer, tls},
    envelope, is_deposited,
    running::Running,
};
use tidings_protocol::{
    exchange::{Answer, Refusal, Request},
    owner::{OwnerAnswer, OwnerRequest},
};
use tidings_relay::{limits::WATCHES_PER_MAILBOX, server::Allowance};
use tokio::time::{Instant, sleep, timeout};

const HELLO: Request = Request::Hello {
    lowest: 1,
    highest: 1,
};

/// What is in work when the relay stops is answered, watches end, new requests are told why, the store is closed last.
#[tokio::test]
async fn stopping_answers_what_is_in_work() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    let watcher = relay.client().await;
    relay.store.gate.forget_permits(usize::MAX >> 3);
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let (mut send, answer) = client.open().await;
    send.write_all(&deposit).await.unwrap();
    send.finish().unwrap();
    let watch = OwnerRequest::Watch {
        after: 0,
        seconds: 300,
    };
    let watching = watcher.owner(&owner, &certificate, &watch);
    tokio::pin!(watching);
    assert!(
        timeout(Duration::from_millis(500), &mut watching)
            .await
            .is_err()
    );

    let store = relay.store.clone();
    let (local, root) = (relay.server.local(), relay.server.address().root);
    let stopping = tokio::spawn(relay.server.stop());
    let watched = timeout(Duration::from_secs(5), watching).await.unwrap();
    assert_eq!(watched.unwrap().0, OwnerAnswer::Refused(Refusal::Stopping));
    assert_eq!(
        client.ask(&HELLO, b"").await.0,
        Answer::Refused(Refusal::Stopping)
    );
    let late = timeout(
        Duration::from_secs(5),
        Client::try_connect(local, root, quic(tls())),
    )
    .await;
    assert!(
        late.is_ok_and(|connected| connected.is_err()),
        "no new connections"
    );
    assert!(!store.is_closed());

    store.gate.add_permits(1);
    assert!(is_deposited(&read_answer(answer).await.0));
    timeout(Duration::from_secs(5), stopping)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(store.is_closed());
}

/// A request that never ends does not keep the relay from stopping.
#[tokio::test]
async fn stopping_is_bounded() {
    let relay = Running::start();
    let (client, _, _, address) = relay.mailbox(1).await;
    relay.store.gate.forget_permits(usize::MAX >> 3);
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let (mut send, _answer) = client.open().await;
    send.write_all(&deposit).await.unwrap();
    send.finish().unwrap();
    sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    timeout(Duration::from_secs(20), relay.server.stop())
        .await
        .unwrap()
        .unwrap();
    assert!(
        begun.elapsed() >= Duration::from_secs(9),
        "the request had its time"
    );
}

/// A panic in one request ends that request only.
#[tokio::test]
async fn a_panic_stays_in_its_request() {
    let relay = Running::start();
    let (client, _, _, address) = relay.mailbox(1).await;
    relay.store.panics.store(true, Ordering::SeqCst);
    let (mut send, mut recv) = client.open().await;
    send.write_all(&Request::FetchPrekeys { address }.to_frame(b"").unwrap())
        .await
        .unwrap();
    send.finish().unwrap();
    let cut_off = timeout(Duration::from_secs(10), recv.read_to_end(100_000))
        .await
        .unwrap();
    assert_eq!(cut_off, Ok(vec![]));
    assert!(matches!(client.ask(&HELLO, b"").await.0, Answer::Hello(_)));
    assert!(is_deposited(&client.deposit(address, &envelope(1)).await));
}

/// A full disk refuses what is new, and letters are still collected.
#[tokio::test]
async fn a_full_relay_still_gives_letters_out() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    client.deposit(address, &envelope(1)).await;
    relay.store.full.store(true, Ordering::SeqCst);
    assert_eq!(
        client.deposit(address, &envelope(2)).await,
        Answer::Refused(Refusal::RelayFull)
    );
    let collect = OwnerRequest::Collect { after: 0, max: 9 };
    let (answer, body) = client.owner(&owner, &certificate, &collect).await.unwrap();
    assert_eq!(
        answer,
        OwnerAnswer::Collected {
            places: vec![1],
            more: false
        }
    );
    assert_eq!(body, envelope(1));
}

/// One network gets its share of connections; who leaves makes room.
#[tokio::test]
async fn connections_are_bounded() {
    let relay = Running::with(Allowance {
        connections_per_network: 2,
        ..Allowance::default()
    });
    let first = relay.client().await;
    let second = relay.client().await;
    second.hello().await;
    let (local, root) = (relay.server.local(), relay.server.address().root);
    assert!(Client::try_connect(local, root, quic(tls())).await.is_err());
    first.connection.close(quinn::VarInt::from_u32(0), b"");
    timeout(Duration::from_secs(10), async {
        while Client::try_connect(local, root, quic(tls())).await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("room again");
}

/// Watches on one mailbox are bounded, and one that ends makes room.
#[tokio::test]
async fn watches_are_bounded() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    let watch = OwnerRequest::Watch {
        after: 0,
        seconds: 300,
    };
    let client = std::sync::Arc::new(client);
    let watches: Vec<_> = (0..=WATCHES_PER_MAILBOX)
        .map(|_| {
            let (client, certificate, owner, watch) = (
                client.clone(),
                certificate.clone(),
                owner.clone(),
                watch.clone(),
            );
            tokio::spawn(async move { client.owner(&owner, &certificate, &watch).await.unwrap().0 })
        })
        .collect();
    let busy = async {
        while !watches.iter().any(tokio::task::JoinHandle::is_finished) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), busy)
        .await
        .expect("one too many is refused");
    client.deposit(address, &envelope(1)).await;
    let mut answers = Vec::new();
    for watch in watches {
        answers.push(
            timeout(Duration::from_secs(20), watch)
                .await
                .unwrap()
                .unwrap(),
        );
    }
    let refused = answers
        .iter()
        .filter(|answer| **answer == OwnerAnswer::Refused(Refusal::Busy))
        .count();
    assert_eq!(refused, 1);
    assert!(answers.iter().all(|answer| matches!(
        answer,
        OwnerAnswer::Refused(Refusal::Busy) | OwnerAnswer::Watched { waiting: true }
    )));
}
