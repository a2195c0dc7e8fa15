//! The binary's TCP side as an operator and a family meet it (`docs/spec/channel.md`, `docs/OPERATING.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    os::unix::fs::{PermissionsExt as _, symlink},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::Signal;
use support::{
    envelope, is_deposited,
    process::{Process, output, text},
    rng,
};
use tidings_line::websocket::{Socket, WebLine, upgrade_request};
use tidings_protocol::{
    channel::websocket_path,
    exchange::Request,
    ids::{EnvelopeHash, MailboxAddress},
    limits::{COLLECT_MAX, ENVELOPE_LEN},
    owner::{OwnerAnswer, OwnerRequest},
    secret::SigningSecret,
};
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(15);

fn socket_of(process: &Process) -> SocketAddr {
    (std::net::Ipv4Addr::LOCALHOST, process.address.port).into()
}

/// EXCH-11: what was acknowledged inside a WebSocket is there after `kill -9`, at whatever moment it comes; and the whole log, with
/// everything that it could say, names neither mailbox nor peer nor path.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let owner = SigningSecret::random(&mut rng(1));
    let mailbox = MailboxAddress::of(&owner.public());
    let mut process = Process::start(&data, &["--log", "trace"]);
    let client = process.client().await;
    let (_, certificate) = client.hello().await;
    client
        .owner(&owner, &certificate, &OwnerRequest::CreateMailbox)
        .await
        .unwrap();

    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let mut depositors = tokio::task::JoinSet::new();
    for depositor in 0..4 {
        let (line, _) = WebLine::open(socket_of(&process), &process.address)
            .await
            .unwrap();
        let acknowledged = Arc::clone(&acknowledged);
        depositors.spawn(async move {
            for number in 0..10_000 {
                let letter = envelope(depositor * 10_000 + number);
                let deposit = Request::Deposit { address: mailbox };
                match line.ask(&deposit, &letter).await {
                    Ok((answer, _)) if is_deposited(&answer) => {
                        acknowledged
                            .lock()
                            .unwrap()
                            .insert(EnvelopeHash::of(&letter));
                    }
                    _ => return,
                }
            }
        });
    }
    let enough = async {
        while acknowledged.lock().unwrap().len() < 50 {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LONG, enough).await.expect("letters are taken");
    process.child.kill().unwrap();
    timeout(LONG, depositors.join_all()).await.unwrap();
    let path = websocket_path(&process.address.root);
    let log = process.end().1;
    for secret in [
        "127.0.0.1",
        path.trim_start_matches('/'),
        &hex::encode(mailbox.0),
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }

    let process = Process::start(&data, &[]);
    let (line, certificate) = WebLine::open(socket_of(&process), &process.address)
        .await
        .unwrap();
    let mut missing = acknowledged.lock().unwrap().clone();
    let mut after = 0;
    loop {
        let collect = OwnerRequest::Collect {
            after,
            max: COLLECT_MAX,
        };
        let (sealed, opener) = collect.seal(&owner, &certificate, &mut rng(7)).unwrap();
        let (answer, body) = line
            .ask(&Request::Owner(Box::new(sealed)), b"")
            .await
            .unwrap();
        let tidings_protocol::exchange::Answer::Owner { nonce } = answer else {
            panic!("{answer:?}");
        };
        let (OwnerAnswer::Collected { places, more }, body) = opener.open(&nonce, &body).unwrap()
        else {
            panic!("not collected");
        };
        for letter in body.chunks(ENVELOPE_LEN) {
            missing.remove(&EnvelopeHash::of(letter));
        }
        if !more {
            break;
        }
        after = *places.last().unwrap();
    }
    assert!(
        missing.is_empty(),
        "{} acknowledged letters are gone",
        missing.len()
    );
    process.signal(Signal::TERM);
    assert_eq!(process.end().0, Some(0));
}

/// `--tcp false` and `--quic false` shut what they name and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_door_may_be_shut() {
    let folder = tempfile::tempdir().unwrap();
    let only_quic = Process::start(&folder.path().join("quic"), &["--tcp", "false"]);
    only_quic.client().await.hello().await;
    assert!(Socket::connect(socket_of(&only_quic)).await.is_err());
    let only_tcp = Process::start(&folder.path().join("tcp"), &["--quic", "false"]);
    WebLine::open(socket_of(&only_tcp), &only_tcp.address)
        .await
        .unwrap();
    let config = support::client::quic(support::client::tls());
    let quic =
        support::client::Client::try_connect(socket_of(&only_tcp), only_tcp.address.root, config);
    let quic = timeout(Duration::from_millis(700), quic).await;
    assert!(!matches!(quic, Ok(Ok(_))), "QUIC is shut");
    for process in [only_quic, only_tcp] {
        process.signal(Signal::TERM);
        assert_eq!(process.end().0, Some(0));
    }
}

/// A stranger's request in progress does not keep the relay from stopping, and a stopping relay answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_do_not_hold_up_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("data"), &[]);
    let mut idle = Socket::connect(socket_of(&process)).await.unwrap();
    idle.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let head = idle.head().await.unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut half = Socket::connect(socket_of(&process)).await.unwrap();
    let path = websocket_path(&process.address.root);
    half.write(&upgrade_request(&path).as_bytes()[..60])
        .await
        .unwrap();
    process.signal(Signal::TERM);
    let begun = std::time::Instant::now();
    assert_eq!(process.end().0, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(9), "held up");
}

/// What an operator may get wrong about the TCP side is told in one line, each with its exit status.
#[test]
fn wrong_settings_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("text.pem"), "no certificate").unwrap();
    let (data, text_pem, nowhere) = (path("data"), path("text.pem"), path("nowhere"));
    let run = ["run", "--data", &data, "--listen", "127.0.0.1:0"];
    let (above, link) = (path("."), path("link"));
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    symlink(&data, &link).unwrap();
    let shown = "strangers would be shown its keys";
    let cases: [(&[&str], &str); 8] = [
        (&["--tcp", "false", "--quic", "false"], "both false"),
        (&["--certificate", &text_pem], "certificate-key is not"),
        (&["--certificate-key", &text_pem], "certificate is not"),
        (
            &["--certificate", &text_pem, "--certificate-key", &text_pem],
            "holds no certificate in PEM",
        ),
        (&["--site", &nowhere], "cannot read the site"),
        (&["--site", &data], shown),
        (&["--site", &above], shown),
        (&["--site", &link], shown),
    ];
    for (flags, told) in cases {
        let ended = output(&[&run[..], flags].concat());
        let line = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{flags:?}: {line}");
        let last = line.lines().last().unwrap();
        assert!(
            last.starts_with("tidings-relay: ") && last.contains(told),
            "{flags:?}: {line}"
        );
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let ended = output(&["run", "--data", &data, "--listen", &taken]);
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
}
