//! What is no request: each is refused or cut off, and everybody else is served on (EXCH-1 to EXCH-4, EXCH-8).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::time::Duration;

use quinn::{ReadExactError, ReadToEndError, VarInt};
use support::{
    client::{Client, read_answer},
    envelope,
    running::Running,
};
use tidings_protocol::{
    exchange::{Answer, Refusal, Request},
    ids::MailboxAddress,
    limits::{CELL_LEN, FRAME_BODY_MAX, FRAME_HEAD_MAX},
    wire,
};
use tidings_relay::{close, server::Allowance};
use tokio::time::{Instant, timeout};

const HELLO: Request = Request::Hello {
    lowest: 1,
    highest: 1,
};

async fn serves_on(client: &Client) {
    assert!(matches!(client.ask(&HELLO, b"").await.0, Answer::Hello(_)));
}

/// A frame with these parts, however wrong they are.
fn frame(head_len: u32, body_len: u32, rest: &[u8], wire_len: usize) -> Vec<u8> {
    let mut frame = [&head_len.to_le_bytes()[..], &body_len.to_le_bytes(), rest].concat();
    frame.resize(wire_len, 0);
    frame
}

#[tokio::test]
async fn malformed_frames_are_refused_and_the_connection_goes_on() {
    let relay = Running::start();
    let client = relay.client().await;
    let head = wire::encode("request", &HELLO).unwrap();
    let len = u32::try_from(head.len()).unwrap();
    let good = HELLO.to_frame(b"").unwrap();
    let to_nobody = Request::Deposit {
        address: MailboxAddress([1; 32]),
    };
    let with_padding_of_ones = {
        let mut frame = good.clone();
        *frame.last_mut().unwrap() = 1;
        frame
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("one byte", vec![1]),
        ("less than a cell", good[..CELL_LEN - 1].to_vec()),
        ("more than a cell", [&good[..], &[0]].concat()),
        ("two frames", [&good[..], &good].concat()),
        ("no head", frame(0, 0, &[], CELL_LEN)),
        (
            "head over the limit",
            frame(u32::try_from(FRAME_HEAD_MAX).unwrap() + 1, 0, &[], CELL_LEN),
        ),
        (
            "body over the limit",
            frame(1, u32::try_from(FRAME_BODY_MAX).unwrap() + 1, &[], CELL_LEN),
        ),
        ("everything over the limit", vec![255; CELL_LEN]),
        (
            "promised body that does not come",
            frame(len, 20_000, &head, CELL_LEN),
        ),
        ("padding that is not zero", with_padding_of_ones),
        ("unknown request", frame(1, 0, &[99], CELL_LEN)),
        ("head cut short", frame(len - 1, 0, &head, CELL_LEN)),
        ("bytes behind the head", frame(len + 1, 0, &head, CELL_LEN)),
        (
            "head that is not canonical",
            frame(
                len + 2,
                0,
                &[&[head[0], 251, 1, 0][..], &head[2..]].concat(),
                CELL_LEN,
            ),
        ),
        ("body where none belongs", HELLO.to_frame(b"body").unwrap()),
        (
            "envelope that is too short",
            to_nobody.to_frame(&envelope(1)[1..]).unwrap(),
        ),
        (
            "envelope that is too long",
            to_nobody
                .to_frame(&[&envelope(1)[..], &[0]].concat())
                .unwrap(),
        ),
        (
            "deposit without an envelope",
            to_nobody.to_frame(b"").unwrap(),
        ),
    ];
    for (what, bytes) in cases {
        // Bytes that never arrive open no stream: the empty case needs none.
        if bytes.is_empty() {
            let (mut send, _) = client.open().await;
            send.finish().unwrap();
            continue;
        }
        let (answer, body) = client.ask_raw(&bytes).await;
        assert_eq!(answer, Answer::Refused(Refusal::Malformed), "{what}");
        assert_eq!(body, b"", "{what}");
        serves_on(&client).await;
    }
}

#[tokio::test]
async fn garbage_is_refused() {
    let relay = Running::start();
    let client = relay.client().await;
    for seed in 0..40 {
        let mut garbage = envelope(seed);
        garbage.resize(CELL_LEN, 7);
        // A plausible prefix, so that the head itself is read.
        garbage[..8].copy_from_slice(&[200, 0, 0, 0, 100, 0, 0, 0]);
        garbage[308..].fill(0);
        let (answer, _) = client.ask_raw(&garbage).await;
        assert_eq!(answer, Answer::Refused(Refusal::Malformed), "seed {seed}");
    }
    serves_on(&client).await;
}

/// EXCH-8: a refused frame is not read to its end.
#[tokio::test]
async fn a_refused_request_is_not_read_on() {
    let relay = Running::start();
    let client = relay.client().await;
    let (mut send, recv) = client.open().await;
    send.write_all(&vec![255; CELL_LEN]).await.unwrap();
    let stopped = timeout(Duration::from_secs(10), send.stopped())
        .await
        .unwrap();
    assert_eq!(stopped, Ok(Some(VarInt::from_u32(close::UNWANTED))));
    assert_eq!(
        read_answer(recv).await.0,
        Answer::Refused(Refusal::Malformed)
    );
}

/// EXCH-8: who does not send what he began is cut off after the time for a cell; others are not held up.
#[tokio::test]
async fn slow_writers_are_cut_off() {
    let cell_time = Duration::from_millis(400);
    let relay = Running::with(Allowance {
        cell_time,
        ..Allowance::default()
    });
    let client = relay.client().await;
    let good = HELLO.to_frame(b"").unwrap();
    for (what, begun) in [
        ("half a cell", &good[..CELL_LEN / 2]),
        ("a frame without its end", &good[..]),
    ] {
        let since = Instant::now();
        let (mut send, mut recv) = client.open().await;
        send.write_all(begun).await.unwrap();
        serves_on(&client).await;
        let ended = timeout(Duration::from_secs(20), recv.read_to_end(100_000))
            .await
            .expect(what);
        let slow = ReadToEndError::Read(quinn::ReadError::Reset(VarInt::from_u32(close::SLOW)));
        assert_eq!(ended, Err(slow), "{what}");
        assert!(since.elapsed() >= cell_time, "{what}");
    }
    serves_on(&client).await;
}

/// EXCH-8: who does not take his answer is cut off, and holds nothing of the relay's memory after that.
#[tokio::test]
async fn slow_readers_are_cut_off() {
    let relay = Running::with(Allowance {
        cell_time: Duration::from_millis(400),
        ..Allowance::default()
    });
    let mut narrow = quinn::TransportConfig::default();
    narrow.stream_receive_window(VarInt::from_u32(1_000));
    let mut config = support::client::quic(support::client::tls());
    config.transport_config(std::sync::Arc::new(narrow));
    let root = relay.server.address().root;
    let client = Client::try_connect(relay.server.local(), root, config)
        .await
        .unwrap();
    let (mut send, mut recv) = client.open().await;
    send.write_all(&HELLO.to_frame(b"").unwrap()).await.unwrap();
    send.finish().unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let mut answer = vec![0; CELL_LEN];
    let read = timeout(Duration::from_secs(10), recv.read_exact(&mut answer))
        .await
        .unwrap();
    let slow = quinn::ReadError::Reset(VarInt::from_u32(close::SLOW));
    assert_eq!(read, Err(ReadExactError::ReadError(slow)));
    serves_on(&relay.client().await).await;
}

/// As many streams as are allowed, all half open, do not keep another connection from being served.
#[tokio::test]
async fn half_open_streams_hold_up_nobody_else() {
    let relay = Running::start();
    let greedy = relay.client().await;
    let mut held = Vec::new();
    for _ in 0..64 {
        let (mut send, recv) = greedy.open().await;
        // Asks for the largest frame and sends one cell of it.
        let begin = frame(100, u32::try_from(FRAME_BODY_MAX).unwrap(), &[], CELL_LEN);
        send.write_all(&begin).await.unwrap();
        held.push((send, recv));
    }
    let more = timeout(Duration::from_millis(300), greedy.connection.open_bi()).await;
    assert!(more.is_err(), "one more stream than is allowed");
    let other = relay.client().await;
    timeout(Duration::from_secs(10), serves_on(&other))
        .await
        .unwrap();
    drop(held);
}

/// A client that vanishes in the middle of a request takes nothing with it.
#[tokio::test]
async fn a_client_that_leaves_is_forgotten() {
    let relay = Running::start();
    for _ in 0..20 {
        let client = relay.client().await;
        let (mut send, _recv) = client.open().await;
        send.write_all(&HELLO.to_frame(b"").unwrap()[..5_000])
            .await
            .unwrap();
        client.connection.close(VarInt::from_u32(0), b"");
    }
    serves_on(&relay.client().await).await;
}
