//! A letter with a photograph crosses networks that block, freeze, lose, delay, throttle, cut and pose; then a SOCKS server,
//! Tor, and a stick where nothing gets through. `cargo xtask demo --hostile`.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::ensure;
use serde_json::Value;
use tidings_tests::{
    cli::Cli,
    hostile::{
        Conduct, Figures, Flow, HostileNetwork, Portal,
        post::{Crossing, HostilePost, acquaint, carry, is_whole, write},
    },
    relay::Relay,
    socks::Microsocks,
    tor::{self, TorNetwork},
};

use crate::place::{list, photo};

/// What is written, whatever the network does.
const TEXT: &str = "Тарасику, ми всі живі й здорові. Посилаю тобі наш сад.";

/// One kind of network.
struct Kind {
    name: &'static str,
    what: &'static str,
    udp: Conduct,
    tcp: Conduct,
}

pub(crate) fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    let place = tempfile::Builder::new()
        .prefix("tidings-hostile-")
        .tempdir()?;
    println!(
        "A letter with a photograph of {} KiB crosses hostile networks on this machine. Bytes are those between the devices",
        fs::metadata(photo())?.len().div_ceil(1_024)
    );
    println!("and the network: TLS or QUIC included, headers of IP, UDP and TCP not.");
    for (number, kind) in kinds().into_iter().enumerate() {
        println!("\n{}. {}", number + 1, kind.what);
        let folder = place.path().join(kind.name);
        fs::create_dir(&folder)?;
        let post = HostilePost::start(&folder)?;
        tell(&post.cross(&kind.udp, &kind.tcp, TEXT, &photo())?);
        post.relay.stop()?;
    }
    let number = kinds().len() + 1;
    through_socks(&place.path().join("socks"), number)?;
    over_tor(&place.path().join("tor"), number + 1)?;
    by_mailbag(&place.path().join("mailbag"), number + 2)?;
    println!("\nDone in {:.0} s.", begun.elapsed().as_secs_f64());
    Ok(())
}

fn kinds() -> Vec<Kind> {
    let open = Conduct::open;
    let blocked = Conduct::blocked;
    let freezing = || Conduct::freezing(16_384);
    let thin = || Conduct {
        bits_per_second: Some(256_000),
        ..open()
    };
    let slow = || Conduct {
        latency: Duration::from_millis(500),
        ..open()
    };
    vec![
        Kind {
            name: "open",
            what: "Nothing is in the way: QUIC.",
            udp: open(),
            tcp: open(),
        },
        Kind {
            name: "blocked",
            what: "UDP is blocked: WebSocket over TLS, on the same port number.",
            udp: blocked(),
            tcp: open(),
        },
        Kind {
            name: "freezing",
            what: "Every flow freezes after 16 KiB, on UDP and TCP.",
            udp: freezing(),
            tcp: freezing(),
        },
        Kind {
            name: "both",
            what: "UDP is blocked, and every TCP connection freezes after 16 KiB.",
            udp: blocked(),
            tcp: freezing(),
        },
        Kind {
            name: "lossy",
            what: "TCP is blocked, and a third of all UDP packets is lost.",
            udp: Conduct {
                lost_percent: 30,
                ..open()
            },
            tcp: blocked(),
        },
        Kind {
            name: "slow",
            what: "From a question to its answer it takes a second, as over a satellite.",
            udp: slow(),
            tcp: slow(),
        },
        Kind {
            name: "thin",
            what: "The line carries 256 kbit/s.",
            udp: thin(),
            tcp: thin(),
        },
        Kind {
            name: "cut",
            what: "UDP is blocked, and the first connections are reset in the middle of a frame.",
            udp: blocked(),
            tcp: Conduct {
                reset: Some((4, 6_000)),
                ..open()
            },
        },
        Kind {
            name: "login",
            what: "A login page answers TCP in the relay's place, before the relay answers on UDP.",
            udp: Conduct {
                latency: Duration::from_millis(400),
                ..open()
            },
            tcp: Conduct {
                portal: Some(Portal::Tls),
                ..open()
            },
        },
        Kind {
            name: "middlebox",
            what: "UDP is blocked, and a middlebox opens TLS and reads along: it sees sealed cells.",
            udp: blocked(),
            tcp: Conduct {
                portal: Some(Portal::Reads),
                ..open()
            },
        },
    ]
}

fn through_socks(folder: &Path, number: usize) -> anyhow::Result<()> {
    println!(
        "\n{number}. Through a SOCKS server (microsocks) that wants a password; nothing goes around it."
    );
    fs::create_dir(folder)?;
    let relay = Relay::start(folder)?;
    let network = HostileNetwork::start(relay.socket())?;
    let address = network.address(relay.address());
    let [office, family] = ["office", "family"].map(|who| Cli::new(folder, who));
    acquaint(&office, &family, &address)?;
    let proxy = Microsocks::start(&folder.join("logs"), Some(("olena", "secret")))?;
    for who in [&office, &family] {
        who.json(&["network", "--proxy", &proxy.address()])?;
    }
    let crossing = carry(
        &office,
        &family,
        TEXT,
        &photo(),
        || network.conduct(Conduct::open(), Conduct::open()),
        || network.figures(),
    )?;
    ensure!(
        crossing.sent.udp.is_empty() && crossing.collected.udp.is_empty(),
        "something went around the proxy"
    );
    tell(&crossing);
    relay.stop().map(drop)
}

fn over_tor(folder: &Path, number: usize) -> anyhow::Result<()> {
    if !tor::is_installed() {
        println!(
            "\n{number}. Over Tor: not shown, Tor is not installed (`cargo xtask doctor` tells how)."
        );
        return Ok(());
    }
    println!(
        "\n{number}. Over Tor: a network of our own on loopback, an onion service in front of the relay."
    );
    fs::create_dir(folder)?;
    let relay = Relay::start(folder)?;
    let tor = TorNetwork::start(folder, relay.address())?;
    let address = tor.address(relay.address())?;
    println!(
        "   The Tor network was ready after {:.0} s; the relay's name in it, which leads nowhere else:\n   {}",
        tor.ready_after().as_secs_f64(),
        address.host.as_str()
    );
    // Counts what crosses between a device and its Tor.
    let network = HostileNetwork::start(tor.socks())?;
    let proxy = format!("socks5://{}", network.socket());
    let [office, family] =
        ["office", "family"].map(|who| Cli::new(folder, who).environment("TIDINGS_PROXY", &proxy));
    acquaint(&office, &family, &address)?;
    tell(&carry(
        &office,
        &family,
        TEXT,
        &photo(),
        || network.conduct(Conduct::open(), Conduct::open()),
        || network.figures(),
    )?);
    relay.stop().map(drop)
}

fn by_mailbag(folder: &Path, number: usize) -> anyhow::Result<()> {
    println!("\n{number}. Nothing gets through, UDP or TCP: by mailbag, a file that is carried.");
    fs::create_dir(folder)?;
    let post = HostilePost::start(folder)?;
    let blocked = Conduct::blocked;
    post.network.conduct(blocked(), blocked());
    let begun = Instant::now();
    let written = write(&post.family, TEXT, &photo())?;
    let state = &written["letter"]["state"];
    ensure!(*state == "sealed", "it should wait, and is {state}");
    println!(
        "   The network was tried for {:.0} s and let nothing through: the letter waits, sealed.",
        begun.elapsed().as_secs_f64()
    );
    let (bytes, letters) = carried(&post.family, &post.office, &folder.join("letter.mailbag"))?;
    let came = letters.iter().find(|letter| letter["text"] == TEXT);
    ensure!(
        came.is_some_and(is_whole),
        "it did not come whole: {letters:?}"
    );
    let (back, letters) = carried(&post.office, &post.family, &folder.join("back.mailbag"))?;
    let is_notice = |letter: &Value| letter["notice"]["verified"] == true;
    ensure!(
        letters.iter().any(is_notice),
        "no notice came back: {letters:?}"
    );
    let (up, down) = post.network.figures().total();
    ensure!((up, down) == (0, 0), "{up} and {down} bytes got through");
    println!(
        "   There: a file of {} bytes; the letter and its photograph are open.\n   \
         Back: a file of {} bytes; the office's signed notice. Over the network: 0 bytes.",
        grouped(bytes),
        grouped(back)
    );
    post.relay.stop().map(drop)
}

/// What waits at one side goes to the other as a mailbag: its bytes, and the letters that came out.
fn carried(from: &Cli, to: &Cli, bag: &Path) -> anyhow::Result<(u64, Vec<Value>)> {
    let words = |verb| ["mailbag".as_ref(), OsStr::new(verb), bag.as_os_str()];
    from.json(&words("export"))?;
    let brought = to.json(&words("import"))?;
    Ok((fs::metadata(bag)?.len(), list(&brought, "letters")?.clone()))
}

fn tell(crossing: &Crossing) {
    for (what, figures, took) in [
        ("sent", &crossing.sent, crossing.sent_in),
        ("collected", &crossing.collected, crossing.collected_in),
    ] {
        let (up, down) = figures.total();
        println!(
            "   {what:<9} in {:>5.1} s: {:>9} bytes up, {:>9} down, over {}",
            took.as_secs_f64(),
            grouped(up),
            grouped(down),
            flows(figures)
        );
    }
}

/// How many, and what became of them.
fn flows(figures: &Figures) -> String {
    // What was blocked carried nothing.
    let of = |flows: &[Flow], one: &str, many: &str| match flows
        .iter()
        .filter(|flow| flow.fuller() > 0)
        .count()
    {
        0 => None,
        1 => Some(format!("1 {one}")),
        several => Some(format!("{several} {many}")),
    };
    let kinds = [
        of(&figures.udp, "UDP flow", "UDP flows"),
        of(&figures.tcp, "TCP connection", "TCP connections"),
    ];
    let kinds: Vec<String> = kinds.into_iter().flatten().collect();
    let mut said = kinds.join(" and ");
    let frozen = figures.udp.iter().chain(&figures.tcp);
    let frozen = frozen.filter(|flow| flow.frozen).count();
    if frozen > 0 {
        let fullest = grouped(figures.fullest());
        said += &format!("; {frozen} froze, none carried more than {fullest} one way");
    }
    said
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
