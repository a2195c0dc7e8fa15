//! Requests inside a WebSocket, over real TCP and TLS (`docs/spec/channel.md`): what is carried, what ends a connection, and that
//! the answers are those of QUIC.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{sync::atomic::Ordering, time::Duration};

use support::{
    envelope, is_deposited, rng,
    running::{Running, TODAY},
    web::{Web, cell, hello_frame},
};
use tidings_line::websocket::{Socket, message, opcode, upgrade_request};
use tidings_protocol::{
    channel::{ClientChannel, FromRelay, Unit, clear_first, websocket_path},
    exchange::{Answer, ChunkClass, Frame, PutBlob, Refusal, Request},
    ids::{BlobId, Capability, MailboxAddress},
    limits::{
        CELL_LEN, CHANNEL_FIRST_LEN, CHANNEL_UNIT_LEN, COLLECT_MAX, ENVELOPE_LEN, FREEZE_BUDGET,
    },
    owner::{OwnerAnswer, OwnerRequest},
};
use tidings_relay::{
    close,
    identity::KeyFolder,
    limits::{OVERLAP_DAYS, STREAMS_MAX},
    server::Allowance,
};
use tokio::time::{Instant, timeout};

const LONG: Duration = Duration::from_secs(15);

/// A socket that is upgraded, and a channel that was opened by a hello.
async fn opened(relay: &Running) -> (Socket, ClientChannel) {
    let certificate = relay.mailbox(1).await.1;
    let mut socket = Socket::connect(relay.server.local()).await.unwrap();
    socket
        .upgrade(&relay.server.address().root, None)
        .await
        .unwrap();
    let mut channel = ClientChannel::open(&certificate, &mut rng(9)).unwrap();
    let first = channel.sealer.seal(1, cell(&hello_frame())).unwrap();
    socket.send(opcode::BINARY, &first).await.unwrap();
    let (number, answer) = sealed(&mut socket, &mut channel).await;
    assert_eq!(number, 1);
    assert!(matches!(answer, Answer::Hello(_)));
    (socket, channel)
}

/// The next answer of one cell in the channel.
async fn sealed(socket: &mut Socket, channel: &mut ClientChannel) -> (u32, Answer) {
    let (kind, mut unit) = timeout(LONG, socket.next()).await.unwrap().unwrap();
    assert_eq!((kind, unit.len()), (opcode::BINARY, CHANNEL_UNIT_LEN));
    let Ok(FromRelay::Sealed(unit)) = channel.opener.open_or_clear(&mut unit) else {
        panic!("not sealed");
    };
    (unit.number, answer_of(unit))
}

fn answer_of(unit: Unit<'_>) -> Answer {
    Answer::from_head(Frame::parse(unit.cell).unwrap().head).unwrap()
}

/// The relay ends the connection and says with which status.
async fn ends(socket: &mut Socket, status: u16, what: &str) {
    let closed = timeout(LONG, socket.closed()).await.expect(what);
    assert_eq!(closed, Some(status), "{what}");
}

/// CHAN-3: whoever knows nothing of the relay but its address says hello in clear, and what it is answered opens a channel.
#[tokio::test]
async fn a_hello_in_clear_leads_to_a_channel() {
    let relay = Running::start();
    let (_, _, _, address) = relay.mailbox(1).await;
    let web = Web::open(&relay).await;
    let deposited = web.deposit(address, &envelope(1)).await;
    assert!(is_deposited(&deposited), "{deposited:?}");
    // Sealed, a hello is a request like any other.
    let (Answer::Hello(answer), _) = web.ask(&support::web::HELLO, b"").await else {
        panic!("no hello");
    };
    assert_eq!((answer.version, answer.day), (1, TODAY));
}

/// CHAN-1, CHAN-2: with a known relay the first message goes out with the upgrade request, before its answer; what crosses has the
/// same size whether it is a hello or a deposit.
#[tokio::test]
async fn the_first_message_may_come_with_the_upgrade() {
    let relay = Running::start();
    let (_, certificate, _, address) = relay.mailbox(1).await;
    let root = relay.server.address().root;
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let mut channel = ClientChannel::open(&certificate, &mut rng(3)).unwrap();
    let first = channel.sealer.seal(1, cell(&deposit)).unwrap();
    let mut socket = Socket::connect(relay.server.local()).await.unwrap();
    let handshake = socket.meter.read();
    let both = [
        upgrade_request(&websocket_path(&root)).into_bytes(),
        message(opcode::BINARY, &first),
    ];
    // In one write: there is no time to wait for 101.
    socket.upgrade(&root, Some(&first)).await.unwrap();
    let (number, answer) = sealed(&mut socket, &mut channel).await;
    assert_eq!(number, 1);
    assert!(is_deposited(&answer), "{answer:?}");
    let deposit = socket.meter.read();
    assert!(both.concat().len() as u64 <= deposit.0 - handshake.0);

    let mut other = Socket::connect(relay.server.local()).await.unwrap();
    let handshake_again = other.meter.read();
    let hello = clear_first(1, cell(&hello_frame()));
    other.upgrade(&root, Some(&hello)).await.unwrap();
    let (kind, unit) = other.next().await.unwrap();
    assert_eq!((kind, unit.len()), (opcode::BINARY, CHANNEL_UNIT_LEN));
    let unit = Unit::from_clear(&unit).unwrap();
    assert!(matches!(answer_of(unit), Answer::Hello(_)));
    let hello = other.meter.read();
    assert_eq!(
        (deposit.0 - handshake.0, deposit.1 - handshake.1),
        (hello.0 - handshake_again.0, hello.1 - handshake_again.1),
        "a watcher sees no difference"
    );
}

/// EXCH-6: a letter passes a network that freezes a connection after [`FREEZE_BUDGET`] bytes, each way, TLS with its post-quantum
/// exchange, certificate and upgrade included. The figures stand in `docs/spec/channel.md`.
#[tokio::test]
async fn a_deposit_fits_a_freezing_network() {
    let relay = Running::start();
    let (_, certificate, _, address) = relay.mailbox(1).await;
    let mut socket = Socket::connect(relay.server.local()).await.unwrap();
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let mut channel = ClientChannel::open(&certificate, &mut rng(3)).unwrap();
    let first = channel.sealer.seal(1, cell(&deposit)).unwrap();
    let root = relay.server.address().root;
    socket.upgrade(&root, Some(&first)).await.unwrap();
    assert!(is_deposited(&sealed(&mut socket, &mut channel).await.1));
    let (up, down) = socket.meter.read();
    println!("{up} bytes up, {down} bytes down");
    // Headers of IP and TCP: 40 to 60 bytes for each segment of 1,400 bytes and for each acknowledgement of two.
    let headers = 60 * (up.max(down).div_ceil(1_400) * 3 / 2 + 4);
    let budget = FREEZE_BUDGET as u64;
    assert!(up + headers <= budget, "{up} bytes up");
    assert!(down + headers <= budget, "{down} bytes down");
    let spec = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/channel.md");
    let spec = std::fs::read_to_string(spec).unwrap();
    let stated = |what: &str| -> u64 {
        let row = spec.lines().find(|line| line.contains(what)).expect(what);
        let figure = row.split('|').nth(2).unwrap();
        figure.trim().replace(',', "").parse().unwrap()
    };
    // Certificates and signatures differ by a few bytes from time to time.
    assert!(up.abs_diff(stated("client to relay")) <= 40, "{up}");
    assert!(down.abs_diff(stated("relay to client")) <= 40, "{down}");
}

/// CHAN-8: everything that QUIC carries, many requests at once, frames of many cells both ways.
#[tokio::test]
async fn letters_watches_and_blobs_cross() {
    let relay = Running::start();
    let (_, certificate, owner, address) = relay.mailbox(1).await;
    let depositor = Web::open(&relay).await;
    let reader = Web::open(&relay).await;
    let watch = OwnerRequest::Watch {
        after: 0,
        seconds: 300,
    };
    let watching = tokio::spawn({
        let (reader, owner, certificate) = (reader.clone(), owner.clone(), certificate.clone());
        async move { reader.owner(&owner, &certificate, &watch).await }
    });
    let mut deposits = tokio::task::JoinSet::new();
    for number in 0..u64::from(COLLECT_MAX) {
        let depositor = depositor.clone();
        deposits.spawn(async move { depositor.deposit(address, &envelope(number)).await });
    }
    let answers = timeout(LONG, deposits.join_all()).await.unwrap();
    assert!(answers.iter().all(is_deposited));
    let watched = timeout(LONG, watching).await.unwrap().unwrap().unwrap();
    assert_eq!(watched.0, OwnerAnswer::Watched { waiting: true });
    let collect = OwnerRequest::Collect {
        after: 0,
        max: COLLECT_MAX,
    };
    let (answer, body) = reader.owner(&owner, &certificate, &collect).await.unwrap();
    let OwnerAnswer::Collected { places, more } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!((places.len(), more), (usize::from(COLLECT_MAX), false));
    assert_eq!(body.len(), usize::from(COLLECT_MAX) * ENVELOPE_LEN);

    let blobs = Web::open(&relay).await;
    let chunk: Vec<u8> = envelope(5)
        .into_iter()
        .cycle()
        .take(ChunkClass::Huge.size())
        .collect();
    let (id, write) = (BlobId([1; 32]), Capability([2; 32]));
    let (read, delete) = (Capability([3; 32]), Capability([4; 32]));
    let put = Request::PutBlob(PutBlob {
        id,
        class: ChunkClass::Huge,
        write,
        read: read.hash(),
        delete: delete.hash(),
        offset: 0,
    });
    let stored = u32::try_from(chunk.len()).unwrap();
    assert_eq!(
        blobs.ask(&put, &chunk).await.0,
        Answer::BlobStored { stored }
    );
    let get = Request::GetBlob {
        id,
        read,
        offset: 0,
        length: stored,
    };
    let (answer, body) = blobs.ask(&get, b"").await;
    assert_eq!(
        answer,
        Answer::BlobPiece {
            class: ChunkClass::Huge
        }
    );
    assert!(body == chunk, "another chunk came back");
}

/// CHAN-2, CHAN-3, CHAN-5: what is no first message ends the connection, each with the reason in the close frame.
#[tokio::test]
async fn first_messages_that_are_none_end_the_connection() {
    let relay = Running::start();
    let (_, certificate, _, address) = relay.mailbox(1).await;
    let root = relay.server.address().root;
    let hello = clear_first(1, cell(&hello_frame()));
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let mut broken_hello = hello_frame();
    *broken_hello.last_mut().unwrap() = 1;
    let mut opening = ClientChannel::open(&certificate, &mut rng(3))
        .unwrap()
        .sealer
        .seal(1, cell(&deposit))
        .unwrap();
    opening[2_000] ^= 1;
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a text message", message(opcode::TEXT, &hello)),
        ("nothing in it", message(opcode::BINARY, b"")),
        (
            "a byte short",
            message(opcode::BINARY, &hello[..CHANNEL_FIRST_LEN - 1]),
        ),
        (
            "a unit",
            message(opcode::BINARY, &hello[..CHANNEL_UNIT_LEN]),
        ),
        (
            "a byte too many",
            message(opcode::BINARY, &[&hello[..], &[0]].concat()),
        ),
        (
            "a deposit in clear",
            message(opcode::BINARY, &clear_first(1, cell(&deposit))),
        ),
        (
            "a hello that is none",
            message(opcode::BINARY, &clear_first(1, cell(&broken_hello))),
        ),
        (
            "number 0",
            message(opcode::BINARY, &clear_first(0, cell(&hello_frame()))),
        ),
        (
            "a kept number",
            message(opcode::BINARY, &clear_first(1 << 31, cell(&hello_frame()))),
        ),
        (
            "an opening that was changed",
            message(opcode::BINARY, &opening),
        ),
        ("a message that is not masked", {
            let mut bytes = message(opcode::BINARY, &hello);
            bytes[1] &= 0x7f;
            bytes
        }),
        ("reserved bits", {
            let mut bytes = message(opcode::BINARY, &hello);
            bytes[0] |= 0x40;
            bytes
        }),
    ];
    for (what, bytes) in cases {
        let mut socket = Socket::connect(relay.server.local()).await.unwrap();
        socket.upgrade(&root, None).await.unwrap();
        // The relay may break off before it has read everything.
        let _ = socket.write(&bytes).await;
        ends(&mut socket, 1002, what).await;
    }
    serves_on(&relay).await;
}

/// A channel and everybody else's connection are served after whatever came before.
async fn serves_on(relay: &Running) {
    let web = Web::open(relay).await;
    let (answer, _) = timeout(LONG, web.ask(&support::web::HELLO, b""))
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Hello(_)));
}

/// CHAN-2, CHAN-5, CHAN-6, CHAN-8: what is no unit, or not the next one, ends the connection.
#[tokio::test]
async fn units_that_are_none_end_the_connection() {
    let relay = Running::start();
    let hello = hello_frame();
    let two_cells = Request::FetchPrekeys {
        address: MailboxAddress([1; 32]),
    }
    .to_frame(&[1; CELL_LEN])
    .unwrap();
    type Flaw<'a> = Box<dyn Fn(&mut ClientChannel) -> Vec<Vec<u8>> + 'a>;
    let cases: Vec<(&str, Flaw<'_>)> = vec![
        (
            "a first message again",
            Box::new(|_| vec![clear_first(2, cell(&hello))]),
        ),
        (
            "a clear unit",
            Box::new(|_| vec![tidings_protocol::channel::clear_unit(2, cell(&hello))]),
        ),
        (
            "a changed one",
            Box::new(|channel| {
                let mut unit = channel.sealer.seal(2, cell(&hello)).unwrap();
                unit[17] ^= 1;
                vec![unit]
            }),
        ),
        (
            "one left out",
            Box::new(|channel| {
                channel.sealer.seal(2, cell(&hello)).unwrap();
                vec![channel.sealer.seal(3, cell(&hello)).unwrap()]
            }),
        ),
        (
            "the same number again",
            Box::new(|channel| vec![channel.sealer.seal(1, cell(&hello)).unwrap()]),
        ),
        (
            "another frame inside of one",
            Box::new(|channel| {
                let first = cell(&two_cells[..CELL_LEN]);
                vec![
                    channel.sealer.seal(2, first).unwrap(),
                    channel.sealer.seal(3, first).unwrap(),
                ]
            }),
        ),
        (
            "more units than were promised",
            Box::new(|channel| {
                (0..2)
                    .map(|_| channel.sealer.seal(2, cell(&hello)).unwrap())
                    .collect()
            }),
        ),
    ];
    for (what, flaw) in cases {
        let (mut socket, mut channel) = opened(&relay).await;
        for unit in flaw(&mut channel) {
            let _ = socket.send(opcode::BINARY, &unit).await;
        }
        ends(&mut socket, 1002, what).await;
    }
    serves_on(&relay).await;
}

/// CHAN-7: an opening to a key that the relay does not have is refused in clear, and the connection goes on from there.
#[tokio::test]
async fn an_unknown_online_key_is_told() {
    let relay = Running::start();
    let (_, certificate, _, address) = relay.mailbox(1).await;
    let other = Running::start().mailbox(1).await.1;
    let root = relay.server.address().root;
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let mut stranger = ClientChannel::open(&other, &mut rng(3)).unwrap();
    let first = stranger.sealer.seal(1, cell(&deposit)).unwrap();
    let mut socket = Socket::connect(relay.server.local()).await.unwrap();
    socket.upgrade(&root, Some(&first)).await.unwrap();
    let (_, mut unit) = socket.next().await.unwrap();
    let Ok(FromRelay::Clear(unit)) = stranger.opener.open_or_clear(&mut unit) else {
        panic!("not in clear");
    };
    assert_eq!(unit.number, 0);
    assert_eq!(answer_of(unit), Answer::Refused(Refusal::OnlineKey));

    let hello = clear_first(2, cell(&hello_frame()));
    socket.send(opcode::BINARY, &hello).await.unwrap();
    let (_, unit) = socket.next().await.unwrap();
    let unit = Unit::from_clear(&unit).unwrap();
    assert_eq!(unit.number, 2);
    assert!(matches!(answer_of(unit), Answer::Hello(_)));
    let mut channel = ClientChannel::open(&certificate, &mut rng(4)).unwrap();
    let first = channel.sealer.seal(3, cell(&deposit)).unwrap();
    socket.send(opcode::BINARY, &first).await.unwrap();
    let (number, answer) = sealed(&mut socket, &mut channel).await;
    assert_eq!(number, 3);
    assert!(is_deposited(&answer));
}

/// CHAN-3: hellos in clear come to an end.
#[tokio::test]
async fn first_messages_are_counted() {
    let relay = Running::start();
    let mut socket = Socket::connect(relay.server.local()).await.unwrap();
    let root = relay.server.address().root;
    socket.upgrade(&root, None).await.unwrap();
    for number in 1..=8 {
        let hello = clear_first(number, cell(&hello_frame()));
        socket.send(opcode::BINARY, &hello).await.unwrap();
        let (_, unit) = socket.next().await.unwrap();
        assert_eq!(Unit::from_clear(&unit).unwrap().number, number);
    }
    ends(&mut socket, 1002, "too many").await;
}

/// CHAN-8, EXCH-3: a frame that is none is refused under its number, and the connection goes on.
#[tokio::test]
async fn malformed_frames_are_refused_and_the_connection_goes_on() {
    let relay = Running::start();
    let web = Web::open(&relay).await;
    let frame = |head: u32, body: u32, cells: usize| {
        let mut frame = [head.to_le_bytes(), body.to_le_bytes()].concat();
        frame.push(99);
        frame.resize(cells * CELL_LEN, 0);
        frame
    };
    let padded = {
        let mut padded = hello_frame();
        *padded.last_mut().unwrap() = 1;
        padded
    };
    for (what, cells) in [
        ("no head", frame(0, 0, 1)),
        ("a head over the limit", frame(u32::MAX, 0, 1)),
        ("a body over the limit", frame(1, u32::MAX, 1)),
        ("an unknown request", frame(1, 0, 1)),
        ("an unknown request of three cells", frame(1, 20_000, 3)),
        ("padding that is not zero", padded),
    ] {
        let (answer, _) = timeout(LONG, web.ask_raw(&cells)).await.expect(what);
        assert_eq!(answer, Answer::Refused(Refusal::Malformed), "{what}");
    }
    assert!(matches!(
        web.ask(&support::web::HELLO, b"").await.0,
        Answer::Hello(_)
    ));
}

/// CHAN-9: who does not send on what he began, or does not take his answers, is let go; others are not held up.
#[tokio::test]
async fn slow_clients_are_let_go() {
    let cell_time = Duration::from_millis(400);
    let relay = Running::with(Allowance {
        cell_time,
        ..Allowance::default()
    });
    let slow = 4_000 + u16::try_from(close::SLOW).unwrap();
    let since = Instant::now();
    let (mut socket, mut channel) = opened(&relay).await;
    let unit = channel.sealer.seal(2, cell(&hello_frame())).unwrap();
    let half = message(opcode::BINARY, &unit);
    socket.write(&half[..5_000]).await.unwrap();
    ends(&mut socket, slow, "half a message").await;
    assert!(since.elapsed() >= cell_time);

    let (mut socket, mut channel) = opened(&relay).await;
    let units = [2, 3].map(|number| {
        let unit = channel.sealer.seal(number, cell(&hello_frame())).unwrap();
        message(opcode::BINARY, &unit)
    });
    let one_and_a_half = [&units[0][..], &units[1][..5_000]].concat();
    socket.write(&one_and_a_half).await.unwrap();
    assert_eq!(sealed(&mut socket, &mut channel).await.0, 2);
    ends(&mut socket, slow, "half a message right behind another").await;

    let (mut socket, mut channel) = opened(&relay).await;
    let long = Request::FetchPrekeys {
        address: MailboxAddress([1; 32]),
    }
    .to_frame(&[1; CELL_LEN])
    .unwrap();
    let unit = channel.sealer.seal(2, cell(&long[..CELL_LEN])).unwrap();
    socket.send(opcode::BINARY, &unit).await.unwrap();
    ends(&mut socket, slow, "half a frame").await;

    let mut socket = Socket::connect(relay.server.local()).await.unwrap();
    let root = relay.server.address().root;
    let first = message(opcode::BINARY, &clear_first(1, cell(&hello_frame())));
    let request = upgrade_request(&websocket_path(&root)).into_bytes();
    socket
        .write(&[&request[..], &first[..100]].concat())
        .await
        .unwrap();
    let head = socket.head().await.unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    ends(&mut socket, slow, "half a message with the upgrade").await;
    serves_on(&relay).await;
}

/// CHAN-9: nobody's answers fill the relay's memory because he does not take them.
#[tokio::test]
async fn answers_that_are_not_taken_end_the_connection() {
    let relay = Running::with(Allowance {
        cell_time: Duration::from_millis(400),
        ..Allowance::default()
    });
    let (mut socket, mut channel) = opened(&relay).await;
    // Far more answers than sockets and buffers hold, none of them read. Writing fails once the relay has let go.
    let flood = async {
        for number in 2..20_000 {
            let unit = channel.sealer.seal(number, cell(&hello_frame())).unwrap();
            if socket.send(opcode::BINARY, &unit).await.is_err() {
                return true;
            }
        }
        false
    };
    let is_cut_off = timeout(LONG, flood).await.expect("the relay lets go");
    assert!(is_cut_off, "everything was taken");
    serves_on(&relay).await;
}

/// CHAN-8: with as many requests in work as there may be, nothing more is read; others are served.
#[tokio::test]
async fn requests_in_work_are_bounded() {
    let relay = Running::start();
    let (_, certificate, owner, address) = relay.mailbox(1).await;
    let greedy = Web::open(&relay).await;
    relay.store.gate.forget_permits(usize::MAX >> 3);
    let mut deposits = tokio::task::JoinSet::new();
    for number in 0..u64::from(STREAMS_MAX) {
        let greedy = greedy.clone();
        deposits.spawn(async move { greedy.deposit(address, &envelope(number)).await });
    }
    let one_more = greedy.ask(&support::web::HELLO, b"");
    tokio::pin!(one_more);
    // One of them may still be on its way when the last is sent: a hello before it would be answered.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let early = timeout(Duration::from_millis(500), &mut one_more).await;
    assert!(early.is_err(), "read beyond the limit");
    serves_on(&relay).await;
    let other = Web::open(&relay).await;
    let collect = OwnerRequest::Collect { after: 0, max: 1 };
    assert!(other.owner(&owner, &certificate, &collect).await.is_ok());
    relay.store.gate.add_permits(1_000);
    let answers = timeout(LONG, deposits.join_all()).await.unwrap();
    assert!(answers.iter().all(is_deposited));
    assert!(matches!(
        timeout(LONG, one_more).await.unwrap().0,
        Answer::Hello(_)
    ));
}

/// Both carriers share one count of connections.
#[tokio::test]
async fn connections_are_counted_over_both_carriers() {
    let relay = Running::with(Allowance {
        connections_per_network: 2,
        ..Allowance::default()
    });
    let over_quic = relay.client().await;
    over_quic.hello().await;
    let web = Web::open(&relay).await;
    let third = timeout(LONG, Socket::connect(relay.server.local())).await;
    assert!(third.unwrap().is_err(), "one more than is allowed");
    drop(web);
    let again = async {
        while Socket::connect(relay.server.local()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, again)
        .await
        .expect("who left makes room for another");
}

/// When the relay stops, what is in work is answered, new requests are told why, and then the connection is closed.
#[tokio::test]
async fn stopping_answers_what_is_in_work() {
    let relay = Running::start();
    let (_, _, _, address) = relay.mailbox(1).await;
    let (mut socket, mut channel) = opened(&relay).await;
    let idle = opened(&relay).await;
    relay.store.gate.forget_permits(usize::MAX >> 3);
    let deposit = Request::Deposit { address }.to_frame(&envelope(1)).unwrap();
    let unit = channel.sealer.seal(2, cell(&deposit)).unwrap();
    socket.send(opcode::BINARY, &unit).await.unwrap();
    // The deposit is in work once a hello behind it was answered.
    let unit = channel.sealer.seal(3, cell(&hello_frame())).unwrap();
    socket.send(opcode::BINARY, &unit).await.unwrap();
    assert_eq!(sealed(&mut socket, &mut channel).await.0, 3);

    let (store, local) = (relay.store.clone(), relay.server.local());
    let stopping = tokio::spawn(relay.server.stop());
    let (mut idle, _) = idle;
    let status = 4_000 + u16::try_from(close::STOPPING).unwrap();
    ends(&mut idle, status, "an idle connection").await;
    assert!(Socket::connect(local).await.is_err(), "no new connections");
    let unit = channel.sealer.seal(4, cell(&hello_frame())).unwrap();
    socket.send(opcode::BINARY, &unit).await.unwrap();
    assert_eq!(
        sealed(&mut socket, &mut channel).await,
        (4, Answer::Refused(Refusal::Stopping))
    );
    assert!(!store.is_closed());
    store.gate.add_permits(1);
    let (number, answer) = sealed(&mut socket, &mut channel).await;
    assert_eq!(number, 2);
    assert!(is_deposited(&answer));
    ends(&mut socket, status, "a connection with work").await;
    timeout(LONG, stopping).await.unwrap().unwrap().unwrap();
    assert!(store.is_closed());
}

/// A panic in one request is answered and ends that request only.
#[tokio::test]
async fn a_panic_stays_in_its_request() {
    let relay = Running::start();
    let (_, _, _, address) = relay.mailbox(1).await;
    let web = Web::open(&relay).await;
    relay.store.panics.store(true, Ordering::SeqCst);
    let fetch = Request::FetchPrekeys { address };
    let (answer, _) = timeout(LONG, web.ask(&fetch, b"")).await.unwrap();
    assert_eq!(answer, Answer::Refused(Refusal::Storage));
    assert!(matches!(
        web.ask(&support::web::HELLO, b"").await.0,
        Answer::Hello(_)
    ));
}

/// RELAY-9, CHAN-4: rotation ends no channel; a replaced key opens new ones until its time has passed, and then the old
/// channels, too, are told to begin anew.
#[tokio::test]
async fn rotation_ends_no_channel_before_its_time() {
    let relay = Running::start();
    let (_, old, owner, _) = relay.mailbox(1).await;
    let (mut socket, mut channel) = opened(&relay).await;
    let made = KeyFolder::new(&relay.data()).rotate(None, TODAY).unwrap();
    relay.server.reload_keys();
    let noticed = async {
        loop {
            let web = Web::open(&relay).await;
            if web.certificate.certificate().sequence == made.sequence() {
                return web;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let new = timeout(LONG, noticed)
        .await
        .expect("a running relay notices new keys");
    let collect = OwnerRequest::Collect { after: 0, max: 1 };
    assert!(new.owner(&owner, &old, &collect).await.is_ok());
    let unit = channel.sealer.seal(2, cell(&hello_frame())).unwrap();
    socket.send(opcode::BINARY, &unit).await.unwrap();
    let (_, Answer::Hello(answer)) = sealed(&mut socket, &mut channel).await else {
        panic!("no hello");
    };
    let root = relay.server.address().root;
    let shown = answer.certificate.verify(&root, 0).unwrap();
    assert_eq!(
        shown.certificate().sequence,
        made.sequence(),
        "a hello tells the newest keys"
    );
    relay.set_day(TODAY.plus(OVERLAP_DAYS));
    Web::open_known(&relay, &old).await.expect("the last day");
    relay.set_day(TODAY.plus(OVERLAP_DAYS + 1));
    let unit = channel.sealer.seal(3, cell(&hello_frame())).unwrap();
    socket.send(opcode::BINARY, &unit).await.unwrap();
    let status = 4_000 + u16::try_from(close::RETIRED).unwrap();
    ends(&mut socket, status, "retired").await;
    assert!(
        Web::open_known(&relay, &old).await.is_none(),
        "a retired key opens nothing"
    );
}

/// CHAN-2, CHAN-9: a ping is answered, before a channel and in one.
#[tokio::test]
async fn pings_are_answered() {
    let relay = Running::start();
    let (mut in_channel, _) = opened(&relay).await;
    let mut fresh = Socket::connect(relay.server.local()).await.unwrap();
    let root = relay.server.address().root;
    fresh.upgrade(&root, None).await.unwrap();
    for socket in [&mut in_channel, &mut fresh] {
        socket.send(opcode::PING, b"here").await.unwrap();
        let pong = timeout(LONG, socket.next()).await.unwrap().unwrap();
        assert_eq!(pong, (opcode::PONG, b"here".to_vec()));
    }
}

/// Whatever is asked, the answer is the same over both carriers: a seeded history, step by step on two relays.
#[tokio::test]
async fn both_carriers_answer_alike() {
    for seed in 0..3 {
        let (over_quic, over_tcp) = (Running::start(), Running::start());
        let quic = over_quic.client().await;
        let (_, quic_certificate) = quic.hello().await;
        let web = Web::open(&over_tcp).await;
        let mut history = support::history::History::new(seed);
        for step in 0..120 {
            let what = history.next();
            let there = what.ask_quic(&quic, &quic_certificate).await;
            let here = what.ask_web(&web).await;
            assert_eq!(there, here, "seed {seed}, step {step}: {what:?}");
        }
        assert!(history.deposits() > 10, "a history without letters");
    }
}
