//! Addresses of relays: one that was wrong is put right, and what was made meanwhile is not lost; one of IPv6 does as well as any.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::{Ipv6Addr, TcpListener};

use serde_json::json;
use tidings_protocol::relay_identity::{RelayAddress, RootFingerprint};
use tidings_tests::{
    cli::Cli,
    post::{letters, picture, texts},
    relay::{Relay, RelaySettings},
};

#[test]
fn a_wrong_relay_address_is_put_right_before_anybody_can_know_the_mailboxes() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let right = relay.address().to_string();
    let nobody_there = RelayAddress {
        port: 1,
        ..relay.address().clone()
    };
    let somebody_else = RelayAddress {
        root: RootFingerprint([9; 32]),
        ..relay.address().clone()
    };
    let (office, family) = (
        Cli::new(folder.path(), "office"),
        Cli::new(folder.path(), "family"),
    );

    let made = ["init", "--name", "Office", "--relay"];
    let made = office
        .json(&[&made[..], &[&nobody_there.to_string()]].concat())
        .unwrap();
    assert_eq!(made["failure"], "relay-unreached", "{made}");
    let old_card = office.json(&["card", "--office"]).unwrap();
    assert_eq!(old_card["published"], false, "{old_card}");
    let corrected = office.json(&["relay", &right]).unwrap();
    assert_eq!(corrected["failure"], json!(null), "{corrected}");
    assert_eq!(corrected["waiting"], 0, "{corrected}");
    let file = folder.path().join("office.tidings-card");
    let file = file.to_str().unwrap();
    let card = office.json(&["card", "--file", file]).unwrap();
    assert_eq!(card["published"], true, "{card}");
    assert_eq!(card["words"], old_card["words"], "it is the same office");
    assert_ne!(card["card"], old_card["card"]);

    let made = ["init", "--name", "Олена", "--relay"];
    let said = family
        .run(&[&made[..], &[&somebody_else.to_string()]].concat())
        .unwrap()
        .success()
        .unwrap();
    assert!(said.stderr.contains("not the relay of this address"));
    assert!(said.stdout.contains("tidings relay ADDRESS"), "{said:?}");
    // A first letter that is sealed already says where the answer goes.
    family
        .json(&["contact", "add", file, "--name", "office"])
        .unwrap();
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "sealed too early").unwrap();
    let drawing = picture("drawing-scan.png");
    let write = ["write", "--to", "office", "--yes", "--text"];
    let enclosed = [
        text.to_str().unwrap(),
        "--drawing",
        drawing.to_str().unwrap(),
    ];
    let written = family.json(&[&write[..], &enclosed[..]].concat()).unwrap();
    assert_eq!(written["letter"]["state"], "sealed", "{written}");
    let corrected = family.json(&["relay", &right]).unwrap();
    assert_eq!(corrected["failure"], json!(null), "{corrected}");
    assert_eq!(letters(&family).unwrap()[0]["state"], "at_relay");

    let collected = office.json(&["collect"]).unwrap();
    assert_eq!(collected["failures"], json!([]), "{collected}");
    assert_eq!(texts(&office, "in").unwrap(), ["sealed too early"]);
    assert_eq!(
        letters(&office).unwrap()[0]["enclosures"][0]["fetched"],
        true
    );
    office.json(&["contact", "verify", "1", "--yes"]).unwrap();
    std::fs::write(&text, "it has arrived").unwrap();
    let answer = ["reply", "1", "--text", text.to_str().unwrap()];
    office.json(&answer).unwrap();
    family.json(&["collect"]).unwrap();
    assert_eq!(texts(&family, "in").unwrap(), ["it has arrived"]);

    // From now on others know where to find it.
    let kept = family
        .run(&["relay", &nobody_there.to_string()])
        .unwrap()
        .failure()
        .unwrap();
    assert!(kept.stderr.contains("make another account"), "{kept:?}");
    assert_eq!(family.json(&["status"]).unwrap()["relay"], right.as_str());
    relay.stop().unwrap();
}

/// REACH-1: both carriers reach a relay that has an address of IPv6 alone.
#[test]
fn a_relay_has_an_address_of_ipv6() {
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        eprintln!("this machine has no IPv6, nothing was tested: {error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let relay = RelaySettings::in_folder(folder.path())
        .ip(Ipv6Addr::LOCALHOST)
        .start()
        .unwrap();
    let address = relay.address().to_string();
    assert!(address.contains("//[::1]:"), "{address}");
    let office = Cli::new(folder.path(), "office");
    office
        .json(&["init", "--name", "Office", "--relay", &address])
        .unwrap();
    let card = office.json(&["card", "--office"]).unwrap();
    let card = card["card"].as_str().unwrap();
    let photo = picture("colour-444.jpg");
    let photo = photo.to_str().unwrap();
    for carrier in ["quic", "tcp"] {
        let family = Cli::new(folder.path(), carrier).environment("TIDINGS_ONLY", carrier);
        family
            .json(&["init", "--name", carrier, "--relay", &address])
            .unwrap();
        family
            .json(&["contact", "add", card, "--name", "office"])
            .unwrap();
        let text = folder.path().join("text.txt");
        std::fs::write(&text, carrier).unwrap();
        let text = text.to_str().unwrap();
        let write = ["write", "--to", "office", "--yes", "--text", text];
        let written = family
            .json(&[&write[..], &["--photo", photo]].concat())
            .unwrap();
        assert_eq!(written["letter"]["state"], "at_relay", "{written}");
    }
    let collected = office.json(&["collect"]).unwrap();
    assert_eq!(collected["failures"], json!([]), "{collected}");
    let mut came = texts(&office, "in").unwrap();
    came.sort();
    assert_eq!(came, ["quic", "tcp"]);
    relay.stop().unwrap();
}
