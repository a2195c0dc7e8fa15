//! A letter with a photo crosses networks that block, freeze, lose, delay, throttle, cut and pose (REACH rules). Real programs, and
//! a network of our own between them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and shows what it measured"
)]

use std::{
    cell::Cell,
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tidings_protocol::{
    exchange::{Answer, Frame},
    limits::{CELL_LEN, FREEZE_BUDGET},
};
use tidings_tests::{
    cli::Cli,
    fixture,
    hostile::{
        Conduct, Figures, Portal,
        post::{Crossing, HostilePost, carry, is_whole, letter},
    },
    long_rounds,
    process::Process,
};

/// After so many bytes a flow stops: what was reported from Russia since 2024.
const FREEZE: u64 = 16_384;

fn photo() -> PathBuf {
    fixture("pictures/colour-444.jpg")
}

struct Post {
    post: HostilePost,
    folder: tempfile::TempDir,
}

impl Post {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            post: HostilePost::start(folder.path()).unwrap(),
            folder,
        }
    }

    fn cross(&self, udp: &Conduct, tcp: &Conduct, text: &str) -> Crossing {
        self.post.cross(udp, tcp, text, &photo()).unwrap()
    }

    /// The network is like this for one side alone.
    fn cross_one_way(&self, side: Side, conduct: &Conduct, text: &str) -> Crossing {
        let turn = Cell::new(Side::Family);
        carry(
            &self.post.office,
            &self.post.family,
            text,
            &photo(),
            || {
                let conduct = if turn.replace(Side::Office) == side {
                    conduct.clone()
                } else {
                    Conduct::open()
                };
                self.post.network.conduct(conduct.clone(), conduct);
            },
            || self.post.network.figures(),
        )
        .unwrap()
    }

    /// Kills a command once it has made so many connections; tells what they carried.
    fn killed_after(&self, connections: usize, mut command: Process) -> Figures {
        let begun = Instant::now();
        loop {
            let figures = self.post.network.figures();
            if figures.tcp.len() >= connections {
                command.kill().unwrap();
                return figures;
            }
            assert!(command.is_running().unwrap(), "{}", command.output());
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{} of {connections} connections",
                figures.tcp.len()
            );
            sleep(Duration::from_millis(5));
        }
    }

    /// Writes, and tells why it did not arrive.
    fn failures(&self, text: &str) -> Vec<String> {
        failures(&self.post.family, text)
    }
}

/// Who is behind the network that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Family,
    Office,
}

fn failures(family: &Cli, text: &str) -> Vec<String> {
    let file = family.home().with_extension("txt");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    family
        .json(&["write", "--to", "office", "--yes", "--text", &file])
        .unwrap();
    let sent = family.json(&["outbox", "--send"]).unwrap();
    let codes = sent["failures"].as_array().unwrap().iter();
    codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

/// REACH-1, REACH-2: without UDP everything goes over TCP, and costs no more than the head start.
#[test]
fn udp_is_blocked() {
    let post = Post::new();
    let crossing = post.cross(&Conduct::blocked(), &Conduct::open(), "over TCP");
    assert!(crossing.sent.tcp.iter().any(|flow| flow.up > 9_000));
    assert!(crossing.collected.tcp.iter().any(|flow| flow.down > 9_000));
    assert!(crossing.sent.udp.is_empty(), "{:?}", crossing.sent);
}

/// REACH-1: without TCP everything goes over QUIC.
#[test]
fn tcp_is_blocked() {
    let post = Post::new();
    let crossing = post.cross(&Conduct::open(), &Conduct::blocked(), "over QUIC");
    assert!(crossing.sent.udp.iter().any(|flow| flow.up > 9_000));
}

/// EXCH-6: a letter fits one connection of a freezing network, both ways, handshake included; on QUIC and on TCP.
#[test]
fn a_letter_fits_a_connection_that_freezes() {
    let post = Post::new();
    for (udp, tcp, name) in [
        (Conduct::freezing(FREEZE), Conduct::blocked(), "QUIC"),
        (Conduct::blocked(), Conduct::freezing(FREEZE), "TCP"),
    ] {
        // The first ones find out what the network is like: the second is the first to ask what became of another.
        for round in ["finds out", "finds out more", "knows"] {
            post.post.network.conduct(udp.clone(), tcp.clone());
            let text = format!("{name} {round}");
            assert_eq!(post.failures(&text), Vec::<String>::new());
        }
        let figures = post.post.network.figures();
        let flows = [figures.udp.as_slice(), &figures.tcp].concat();
        let letters: Vec<_> = flows.iter().filter(|flow| flow.up > 9_728).collect();
        let leanest = letters.iter().map(|flow| flow.fuller()).min();
        assert!(
            leanest.is_some_and(|bytes| bytes <= FREEZE_BUDGET as u64),
            "{name}: {flows:?}"
        );
        // A machine that is busy answers late, and then packets go twice.
        let frozen = flows.iter().filter(|flow| flow.frozen).count();
        assert!(frozen <= 1, "{name}: {flows:?}");
        println!("over {name}: {letters:?}");
    }
}

/// REACH-9: a photo goes on in pieces over as many connections as it takes, both ways; few of them are wasted on finding out.
#[test]
fn quic_freezes_after_16_kib() {
    freezes(&Conduct::freezing(FREEZE), &Conduct::blocked());
}

/// REACH-9, over TCP.
#[test]
fn tcp_freezes_after_16_kib() {
    freezes(&Conduct::blocked(), &Conduct::freezing(FREEZE));
}

fn freezes(udp: &Conduct, tcp: &Conduct) {
    let post = Post::new();
    let crossing = post.cross(udp, tcp, "piece by piece");
    for figures in [crossing.sent, crossing.collected] {
        let flows = [figures.udp.as_slice(), &figures.tcp].concat();
        assert!(flows.len() > 4, "{flows:?}");
        let frozen = flows.iter().filter(|flow| flow.frozen).count();
        // Two find out. On a machine that is busy some packets go twice.
        assert!(frozen <= 3 + flows.len() / 8, "{frozen} of {flows:?}");
    }
}

/// REACH-9: what has crossed before a program was killed need not cross again, in either direction.
#[test]
fn pieces_outlive_a_kill() {
    let post = Post::new();
    let (blocked, freezing) = (Conduct::blocked(), Conduct::freezing(FREEZE));
    let photo = fixture("pictures/garden-phone.jpg");
    let [family, office] = [&post.post.family, &post.post.office];
    let whole = post
        .post
        .cross(&blocked, &freezing, "undisturbed", &photo)
        .unwrap();

    let change = || {
        post.post.network.conduct(blocked.clone(), freezing.clone());
    };
    let text = post.folder.path().join("killed.txt");
    std::fs::write(&text, "killed twice").unwrap();
    let write = [
        "write",
        "--to",
        "office",
        "--yes",
        "--text",
        text.to_str().unwrap(),
        "--photo",
        photo.to_str().unwrap(),
    ];
    change();
    let first = post.killed_after(whole.sent.tcp.len() / 2, family.spawn(&write).unwrap());
    change();
    let sent = family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["failures"], json!([]), "{sent}");
    let written = letter(family, "killed twice").unwrap().unwrap();
    assert_eq!(written["state"], "at_relay", "{written}");
    goes_on(&whole.sent, &first, &post.post.network.figures());

    change();
    let collect = office.spawn(&["collect"]).unwrap();
    let first = post.killed_after(whole.collected.tcp.len() / 2, collect);
    change();
    let collected = office.json(&["collect"]).unwrap();
    assert_eq!(collected["failures"], json!([]), "{collected}");
    goes_on(&whole.collected, &first, &post.post.network.figures());
    let came = letter(office, "killed twice").unwrap().unwrap();
    assert!(is_whole(&came), "{came}");
}

/// Two halves cost hardly more connections than the whole.
fn goes_on(whole: &Figures, first: &Figures, second: &Figures) {
    let [whole, first, second] = [whole, first, second].map(|figures| figures.tcp.len());
    assert!(second < whole * 3 / 4, "{first} and {second} of {whole}");
    assert!(
        first + second <= whole + 5,
        "{first} and {second} of {whole}"
    );
}

/// A third of all packets is lost.
#[test]
fn packets_are_lost() {
    let post = Post::new();
    let lossy = Conduct {
        lost_percent: 30,
        ..Conduct::open()
    };
    post.cross(&lossy, &Conduct::blocked(), "a third was lost");
}

/// Over a satellite and a slow exchange behind it: two seconds from a question to its answer. The long rounds take twice that.
fn satellite() -> Conduct {
    Conduct {
        latency: Duration::from_secs(if long_rounds() { 2 } else { 1 }),
        ..Conduct::open()
    }
}

#[test]
fn sending_takes_long() {
    let crossing = Post::new().cross_one_way(Side::Family, &satellite(), "to the satellite");
    assert!(crossing.sent_in > 4 * satellite().latency, "{crossing:?}");
}

#[test]
fn collecting_takes_long() {
    let crossing = Post::new().cross_one_way(Side::Office, &satellite(), "from the satellite");
    assert!(
        crossing.collected_in > 4 * satellite().latency,
        "{crossing:?}"
    );
}

/// The line of a telephone of thirty years ago: 64 kbit/s.
fn thin() -> Conduct {
    Conduct {
        bits_per_second: Some(64_000),
        ..Conduct::open()
    }
}

#[test]
fn the_line_of_the_sender_is_thin() {
    let crossing = Post::new().cross_one_way(Side::Family, &thin(), "drop by drop");
    let (up, _) = crossing.sent.total();
    assert!(up > 26_000, "{crossing:?}");
    // Two carriers may share the bytes, each at that pace.
    let at_least = Duration::from_millis(up * 8 / 64 / 2);
    assert!(crossing.sent_in > at_least, "{crossing:?}");
}

#[test]
fn the_line_of_the_receiver_is_thin() {
    let crossing = Post::new().cross_one_way(Side::Office, &thin(), "drop after drop");
    let (_, down) = crossing.collected.total();
    assert!(down > 26_000, "{crossing:?}");
    let at_least = Duration::from_millis(down * 8 / 64 / 2);
    assert!(crossing.collected_in > at_least, "{crossing:?}");
}

/// Connections are reset in the middle of a frame.
#[test]
fn connections_are_reset() {
    let post = Post::new();
    let cut = Conduct {
        reset: Some((4, 6_000)),
        ..Conduct::open()
    };
    let crossing = post.cross(&Conduct::blocked(), &cut, "cut four times");
    assert!(crossing.sent.tcp.len() > 4, "{:?}", crossing.sent.tcp);
}

/// REACH-3: a login page that answers for the relay, and sooner, does not win.
#[test]
fn a_login_page_answers_first() {
    let post = Post::new();
    // What led to the relay last is asked first.
    post.post
        .network
        .conduct(Conduct::blocked(), Conduct::open());
    assert_eq!(post.failures("over TCP"), Vec::<String>::new());
    let page = Conduct {
        portal: Some(Portal::Tls),
        ..Conduct::open()
    };
    let crossing = post.cross(&Conduct::open(), &page, "behind a login page");
    assert!(crossing.sent.udp.iter().any(|flow| flow.up > 9_000));
    assert!(!crossing.sent.tcp.is_empty(), "it was asked");
}

/// REACH-3: where nothing but a login page answers, a person is told what it is, nothing is sent, and nothing lost.
#[test]
fn nothing_but_a_login_page_answers() {
    let post = Post::new();
    // Without the ten seconds that UDP is waited for.
    let family = Cli::new(post.folder.path(), "family").environment("TIDINGS_ONLY", "tcp");
    for (portal, code, text) in [
        (Portal::Plain, "relay-other", "first"),
        (Portal::Tls, "relay-intercepted", "second"),
    ] {
        let page = Conduct {
            portal: Some(portal),
            ..Conduct::open()
        };
        post.post.network.conduct(Conduct::blocked(), page);
        assert_eq!(failures(&family, text), [code], "{text}");
    }
    let told = family.run(&["collect"]).unwrap().failure().unwrap();
    assert!(told.stderr.contains("login page"), "{told:?}");
    post.post.network.conduct(Conduct::open(), Conduct::open());
    family.json(&["outbox", "--send"]).unwrap();
    post.cross(&Conduct::open(), &Conduct::open(), "after logging in");
    let came = post.post.office.json(&["list"]).unwrap();
    let texts: Vec<&Value> = came
        .as_array()
        .unwrap()
        .iter()
        .map(|letter| &letter["text"])
        .collect();
    for text in ["first", "second", "after logging in"] {
        assert!(texts.contains(&&Value::from(text)), "{texts:?}");
    }
}

/// CHAN-4: a middlebox that opens TLS carries the letter and reads nothing of it. What it can read is the hello of somebody who
/// does not know the relay yet, which holds nothing but what the relay says to everybody.
#[test]
fn a_middlebox_opens_tls() {
    let post = Post::new();
    let reading = Conduct {
        portal: Some(Portal::Reads),
        ..Conduct::open()
    };
    post.post
        .network
        .conduct(Conduct::blocked(), reading.clone());
    let address = post.post.network.address(post.post.relay.address());
    Cli::new(post.folder.path(), "stranger")
        .json(&["init", "--name", "Ганна", "--relay", &address.to_string()])
        .unwrap();
    let hello = post.post.network.figures().read;
    assert_eq!(answers_in(&hello[1]), 1);
    let crossing = post.cross(&Conduct::blocked(), &reading, "not for the middlebox");
    for read in [crossing.sent.read, crossing.collected.read] {
        // It was there, and has read the requests for the upgrade.
        assert!(memchr::memmem::find(&read[0], b"Upgrade: websocket").is_some());
        for read in &read {
            assert!(memchr::memmem::find(read, b"not for the middlebox").is_none());
        }
        assert_eq!(answers_in(&read[1]), 0);
    }
}

/// Answers of a relay that stand in these bytes, readable; messages from a relay are not masked.
fn answers_in(bytes: &[u8]) -> usize {
    let is_answer = |place: &usize| {
        bytes.get(*place..place + CELL_LEN).is_some_and(|cell| {
            Frame::parse(cell).is_ok_and(|frame| Answer::from_head(frame.head).is_ok())
        })
    };
    (0..bytes.len()).filter(is_answer).count()
}
