//! What answers is not the relay that was meant, or has no such name: told apart from a relay out of reach, on every command that
//! asks it, and nothing is lost (RELAY-3).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use tidings_protocol::relay_identity::RelayAddress;
use tidings_tests::{
    cli::Cli,
    hostile::{Conduct, HostileNetwork, Portal, post::acquaint},
    post::{Post, texts},
    relay::{Relay, RelaySettings},
    socks::NamingProxy,
};

fn failures(value: &Value) -> Vec<&str> {
    let list = value["failures"].as_array().unwrap();
    list.iter().map(|code| code.as_str().unwrap()).collect()
}

/// Another relay has taken the place of the one that both know.
#[test]
fn a_relay_in_anothers_place_is_told_and_gets_nothing() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    let settings = post.relay.stop().unwrap();
    let port = settings.listen_port();
    let other = RelaySettings::in_folder(post.folder.path())
        .data_in(&post.folder.path().join("other"))
        .port(port)
        .start()
        .unwrap();
    let text = post.folder.path().join("text.txt");
    std::fs::write(&text, "only for the right one").unwrap();
    let text = text.to_str().unwrap();
    let written = post
        .family
        .run(&["write", "--to", "office", "--yes", "--text", text])
        .unwrap();
    let said = format!("{}{}", written.stdout, written.stderr);
    assert!(said.contains("not the relay of this address"), "{said}");
    // On either carrier, with the other one out of reach. On TCP another relay is a web server as any other (CHAN-10).
    for (carrier, code) in [
        ("any", "relay-identity"),
        ("quic", "relay-identity"),
        ("tcp", "relay-intercepted"),
    ] {
        let family = Cli::new(post.folder.path(), "family").environment("TIDINGS_ONLY", carrier);
        let sent = family.json(&["outbox", "--send"]).unwrap();
        assert_eq!(failures(&sent), [code], "{carrier}");
    }
    let collected = post.office.run(&["collect"]).unwrap().failure().unwrap();
    assert!(
        collected.stderr.contains("not the relay of this address"),
        "{}",
        collected.stderr
    );
    other.stop().unwrap();
    let _relay = settings.start().unwrap();
    post.family.json(&["outbox", "--send"]).unwrap();
    post.office.json(&["collect"]).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        ["acquainted", "only for the right one"]
    );
}

/// The address was wrong from the beginning: its fingerprint, or its name.
#[test]
fn an_account_with_a_wrong_address_is_told_on_every_command() {
    let post = Post::new().unwrap();
    let address = post.relay.address().to_string();
    let other = RelaySettings::in_folder(post.folder.path())
        .data_in(&post.folder.path().join("other"))
        .start()
        .unwrap();
    let fingerprint = other.address().to_string();
    let fingerprint = fingerprint.split("/#").nth(1).unwrap();
    let wrong_key = format!("{}/#{fingerprint}", address.split("/#").next().unwrap());
    let wrong_name = address.replace("127.0.0.1", "no-such-relay.invalid");
    let card = post.office.json(&["card"]).unwrap();
    for (who, address, code) in [
        ("wrong-key", &wrong_key, "relay-identity"),
        ("wrong-name", &wrong_name, "relay-name"),
    ] {
        let cli = Cli::new(post.folder.path(), who);
        cli.json(&["init", "--name", "Ганна", "--relay", address])
            .unwrap();
        let status = cli.json(&["status"]).unwrap();
        assert_eq!(status["failure"], code, "{status}");
        let collected = cli.run(&["--json", "collect"]).unwrap().failure().unwrap();
        let collected: Value = serde_json::from_str(collected.stdout.trim()).unwrap();
        assert_eq!(failures(&collected), [code], "{collected}");
        cli.json(&[
            "contact",
            "add",
            card["card"].as_str().unwrap(),
            "--name",
            "office",
        ])
        .unwrap();
        let written = post.write(&cli, "office", "waits").unwrap();
        assert_ne!(written["letter"]["state"], "at_relay", "{written}");
        let sent = cli.json(&["outbox", "--send"]).unwrap();
        assert!(failures(&sent).contains(&code), "{sent}");
        assert!(!failures(&sent).contains(&"relay-unreached"), "{sent}");
    }
}

/// The relay's name leads to somebody else, as where its look-up is hijacked: to another relay, or to a web server. Each is told as
/// what it is, nothing is sent, and nothing weaker is tried.
#[test]
fn a_hijacked_name_is_told_and_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let relay = Relay::start(folder).unwrap();
    let named = RelayAddress {
        host: "relay.example".parse().unwrap(),
        ..relay.address().clone()
    };
    // Whoever looks names up decides where they lead: here, a proxy.
    let honest = NamingProxy::start(relay.socket()).unwrap();
    let through = |who, proxy: &NamingProxy| {
        Cli::new(folder, who).environment("TIDINGS_PROXY", &proxy.address())
    };
    let [office, family] = ["office", "family"].map(|who| through(who, &honest));
    acquaint(&office, &family, &named).unwrap();

    let impostor = RelaySettings::in_folder(folder)
        .data_in(&folder.join("impostor"))
        .start()
        .unwrap();
    let page = HostileNetwork::start(impostor.socket()).unwrap();
    let portal = Conduct {
        portal: Some(Portal::Tls),
        ..Conduct::open()
    };
    page.conduct(Conduct::blocked(), portal);
    for (leads_to, what) in [(impostor.socket(), "a relay"), (page.socket(), "a page")] {
        let hijacked = NamingProxy::start(leads_to).unwrap();
        let family = through("family", &hijacked);
        let text = folder.join("text.txt");
        std::fs::write(&text, what).unwrap();
        let text = text.to_str().unwrap();
        let written = family
            .json(&["write", "--to", "office", "--yes", "--text", text])
            .unwrap();
        assert_eq!(written["letter"]["state"], "sealed", "{written}");
        assert_eq!(written["failure"], "relay-intercepted", "{written}");
        let sent = family.json(&["outbox", "--send"]).unwrap();
        assert!(failures(&sent).contains(&"relay-intercepted"), "{sent}");
        let told = family.run(&["collect"]).unwrap().failure().unwrap();
        assert!(told.stderr.contains("in the relay's place"), "{told:?}");
        let target = format!("relay.example:{}", named.port);
        assert!(hijacked.asked().iter().all(|asked| asked.target == target));
        assert!(hijacked.asked().len() > 2);
    }
    family.json(&["outbox", "--send"]).unwrap();
    office.json(&["collect"]).unwrap();
    let mut came = texts(&office, "in").unwrap();
    came.sort();
    assert_eq!(came, ["a page", "a relay", "acquainted"]);
    impostor.stop().unwrap();
    relay.stop().unwrap();
}
