//! What answers is not the relay that was meant, or has no such name: told apart from a relay out of reach, on every command that
//! asks it, and nothing is lost (RELAY-3).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use tidings_tests::{
    cli::Cli,
    post::{Post, texts},
    relay::RelaySettings,
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
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(failures(&sent), ["relay-identity"]);
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
