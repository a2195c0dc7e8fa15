//! Through SOCKS5 proxies: a real one with and without a password, one that writes down what it is asked for, and Tor (REACH-7).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_protocol::relay_identity::RelayAddress;
use tidings_tests::{
    cli::Cli,
    fixture,
    hostile::{
        Conduct, Figures, HostileNetwork,
        post::{acquaint, carry},
    },
    relay::Relay,
    socks::{Microsocks, NamingProxy, free_port},
    tor::TorNetwork,
};

fn photo() -> std::path::PathBuf {
    fixture("pictures/colour-444.jpg")
}

/// An office and a family that know each other, and reach their relay through a network that tells what crosses.
fn acquainted() -> (TempDir, Relay, HostileNetwork, [Cli; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let network = HostileNetwork::start(relay.socket()).unwrap();
    let people = ["office", "family"].map(|who| Cli::new(folder.path(), who));
    let [office, family] = &people;
    acquaint(office, family, &network.address(relay.address())).unwrap();
    (folder, relay, network, people)
}

/// The code of what fails when somebody collects.
fn trouble(of: &Cli) -> Value {
    let collected = of.run(&["--json", "collect"]).unwrap();
    let collected: Value = serde_json::from_str(collected.stdout.trim()).unwrap();
    collected["failures"][0].clone()
}

/// REACH-7: everything goes through the proxy, and it alone looks names up: the relay's name means nothing to anybody else here.
#[test]
fn nothing_goes_around_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let proxy = NamingProxy::start(relay.socket()).unwrap();
    let named = RelayAddress {
        host: "relay.invalid".parse().unwrap(),
        ..relay.address().clone()
    };
    let [office, family] = ["office", "family"].map(|who| {
        // `init` asks the relay at once: for it the proxy has to stand in the environment.
        Cli::new(folder.path(), who).environment("TIDINGS_PROXY", &proxy.address())
    });
    acquaint(&office, &family, &named).unwrap();
    carry(
        &office,
        &family,
        "by name",
        &photo(),
        || {},
        Figures::default,
    )
    .unwrap();
    let asked = proxy.asked();
    let target = format!("relay.invalid:{}", named.port);
    assert!(asked.len() > 8, "{asked:?}");
    assert!(
        asked.iter().all(|asked| asked.target == target),
        "{asked:?}"
    );
    // DELIVERY-6: every connection is a stranger to every other, to Tor as well.
    let mut logins: Vec<_> = asked
        .iter()
        .map(|asked| asked.login.clone().unwrap())
        .collect();
    logins.sort();
    logins.dedup();
    assert_eq!(logins.len(), asked.len());
}

/// REACH-7: with a proxy set no packet goes to the relay's own address, even where the proxy is away.
#[test]
fn a_proxy_that_is_away_is_not_gone_around() {
    let (folder, _relay, network, [_, family]) = acquainted();
    network.conduct(Conduct::open(), Conduct::open());
    let away = format!("socks5://127.0.0.1:{}", free_port().unwrap());
    let set = family.json(&["network", "--proxy", &away]).unwrap();
    assert_eq!(set, json!({ "proxy": away, "only": "any" }));
    assert_eq!(trouble(&family), json!("proxy-unreached"));
    let collected = family.run(&["collect"]).unwrap().failure().unwrap();
    assert!(
        collected.stderr.contains("nothing goes around it"),
        "{collected:?}"
    );
    let figures = network.figures();
    assert_eq!((figures.udp.len(), figures.tcp.len()), (0, 0));
    // For one command something else may hold.
    let directly = Cli::new(folder.path(), "family").environment("TIDINGS_PROXY", "none");
    assert_eq!(trouble(&directly), Value::Null);
    assert_eq!(trouble(&family), json!("proxy-unreached"));
    let quic = family
        .run(&["--json", "network", "--only", "quic"])
        .unwrap();
    let quic: Value = serde_json::from_str(quic.failure().unwrap().stdout.trim()).unwrap();
    assert_eq!(quic["error"]["code"], "network-settings");
}

/// A letter with a photo through a real SOCKS server, which wants a password.
#[test]
fn a_letter_passes_a_socks_server() {
    let (folder, relay, network, [office, family]) = acquainted();
    let logs = folder.path().join("logs");
    let open = Microsocks::start(&logs, None).unwrap();
    let closed = Microsocks::start(&logs, Some(("olia", "p@ss"))).unwrap();

    let set = office
        .json(&["network", "--proxy", &open.address()])
        .unwrap();
    assert_eq!(set["proxy"], open.address());
    // A password does not have to stand on the command line, and is never shown.
    let file = folder.path().join("proxy.txt");
    let place = closed.address().replace("p@ss", "p%40ss");
    std::fs::write(&file, format!("{place}\n")).unwrap();
    let set = family
        .json(&["network", "--proxy-file", file.to_str().unwrap()])
        .unwrap();
    assert!(!set.to_string().contains("ss@"), "{set}");
    let crossing = carry(
        &office,
        &family,
        "through a proxy",
        &photo(),
        || network.conduct(Conduct::open(), Conduct::open()),
        || network.figures(),
    )
    .unwrap();
    assert!(crossing.sent.udp.is_empty() && crossing.collected.udp.is_empty());
    assert!(!crossing.sent.tcp.is_empty() && !crossing.collected.tcp.is_empty());

    let wrong = place.replace("p%40ss", "wrong");
    family.json(&["network", "--proxy", &wrong]).unwrap();
    assert_eq!(trouble(&family), json!("proxy-password"));
    let none = format!("socks5://127.0.0.1:{}", closed.port());
    family.json(&["network", "--proxy", &none]).unwrap();
    assert_eq!(trouble(&family), json!("proxy-password"));
    // The relay's own port is no proxy.
    let other = format!("socks5://127.0.0.1:{}", relay.address().port);
    family.json(&["network", "--proxy", &other]).unwrap();
    assert_eq!(trouble(&family), json!("proxy-other"));
    family
        .json(&["network", "--proxy", &open.address()])
        .unwrap();
    relay.stop().unwrap();
    drop(network);
    assert_eq!(trouble(&family), json!("proxy-relay-silent"));
}

/// Over Tor, shown and not assumed: a network of our own on loopback, an onion service in front of the relay. Tor takes half a
/// minute to agree on its network.
#[test]
fn a_letter_passes_tor() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let tor = TorNetwork::start(folder.path(), relay.address()).unwrap();
    let onion = tor.address(relay.address()).unwrap();
    assert!(onion.host.as_str().ends_with(".onion"));
    let [office, family] = ["office", "family"]
        .map(|who| Cli::new(folder.path(), who).environment("TIDINGS_PROXY", &tor.proxy()));
    acquaint(&office, &family, &onion).unwrap();
    carry(
        &office,
        &family,
        "over Tor",
        &photo(),
        || {},
        Figures::default,
    )
    .unwrap();
}
