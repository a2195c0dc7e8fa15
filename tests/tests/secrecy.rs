//! What lies on disks and in logs, at the most talkative setting, shows nobody who writes to whom or what (STORE-17): no text, no
//! name, no network address, no mailbox in a log, no key anywhere. The search is shown to be able to find each.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use tidings_client::vault::WrappedKey;
use tidings_protocol::card::SignedCard;
use tidings_tests::{
    cli::PASSPHRASE,
    post::{Post, picture},
    scan::{Finding, Scan},
};

const TEXT: &str = "Любий Тарасе, яблуня зацвіла, бабуся передає вітання";
const CAPTIVE: &str = "Тарас Мельниченко";

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut logs: Vec<PathBuf> = fs::read_dir(folder.join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "stderr"))
        .collect();
    logs.sort();
    logs
}

fn found(scan: &Scan, places: &[PathBuf]) -> Vec<Finding> {
    let search = |place: &PathBuf| scan.below(place).unwrap().found;
    places.iter().flat_map(search).collect()
}

/// The key of a vault, as its passphrase opens it.
fn vault_key(home: &Path) -> [u8; 32] {
    let wrapped = WrappedKey::load(&home.join("vault.json")).unwrap().unwrap();
    let passphrase = PASSPHRASE.to_owned().into();
    *wrapped.unwrap(&passphrase).unwrap().expose()
}

#[test]
fn disks_and_logs_show_nothing() {
    let post = Post::new().unwrap();
    let folder = post.folder.path();
    let drawing = picture("drawing-scan.png");
    let text = post.text(TEXT).unwrap();
    post.family
        .json(&[
            "write",
            "--to",
            "office",
            "--for",
            CAPTIVE,
            "--text",
            &text,
            "--drawing",
            drawing.to_str().unwrap(),
        ])
        .unwrap();
    fs::remove_file(&text).unwrap();
    post.office.json(&["collect"]).unwrap();
    post.office
        .json(&["contact", "verify", "1", "--yes"])
        .unwrap();
    let page = picture("reply-page.jpg");
    post.office
        .json(&["reply", "1", "--scan", page.to_str().unwrap()])
        .unwrap();
    post.family.json(&["collect"]).unwrap();

    let card = post.office.json(&["card"]).unwrap();
    let link = card["card"].as_str().unwrap();
    let card = SignedCard::from_text(link).unwrap().verify().unwrap();
    let keys = [post.office.home(), post.family.home()].map(vault_key);
    let relay = post.relay.address().to_string();
    let _settings = post.relay.stop().unwrap();

    // Nowhere: what people wrote, who they are, what opens it.
    let private = Scan::new()
        .words("text", TEXT)
        .words("captive", CAPTIVE)
        .text("family", "Олена")
        .text("passphrase", PASSPHRASE)
        .contents("drawing", &fs::read(&drawing).unwrap())
        .contents("page", &fs::read(&page).unwrap())
        .bytes("office's vault key", &keys[0])
        .bytes("family's vault key", &keys[1]);
    // In no log and no home: which mailbox, whose card, which relay. A relay's store is where mailboxes are, by address.
    let local = Scan::new()
        .text("card", link)
        .text("relay", &relay)
        .bytes("mailbox", card.card().address.as_bytes())
        .bytes("identity", card.card().identity.as_bytes());
    let mut homes = vec![post.office.home().to_owned(), post.family.home().to_owned()];
    let (relay_logs, client_logs): (Vec<_>, Vec<_>) = logs(folder)
        .into_iter()
        .partition(|path| path.file_stem().is_some_and(|stem| stem == "relay"));
    let written = |logs: &[PathBuf]| -> u64 {
        let lengths = logs.iter().map(|log| fs::metadata(log).unwrap().len());
        lengths.sum()
    };
    assert!(written(&relay_logs) > 0, "the relay has said something");
    assert!(client_logs.len() >= 8, "every command has a log");
    let mut everywhere = vec![folder.join("relay")];
    everywhere.extend_from_slice(&relay_logs);
    everywhere.extend_from_slice(&client_logs);
    homes.extend_from_slice(&client_logs);
    everywhere.extend_from_slice(&homes);
    assert_eq!(found(&private, &everywhere), []);
    homes.extend_from_slice(&relay_logs);
    let mut mailboxes = found(&local, &homes);
    // Its own address the relay may say; an identity it never learns.
    mailboxes.retain(|finding| !finding.what.starts_with("relay"));
    assert_eq!(mailboxes, []);
    // Whoever connects has a port that nobody else has: the only loopback address in the relay's log is its own.
    for log in &relay_logs {
        let said = fs::read_to_string(log).unwrap();
        let own = relay
            .split("://")
            .nth(1)
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        assert!(!said.replace(own, "").contains("127.0.0.1:"), "{said}");
    }

    // The searches can fail: each needle, planted, is found.
    let planted = folder.join("planted");
    fs::create_dir(&planted).unwrap();
    let needles: [(&str, &[u8]); 5] = [
        ("text", "…яблуня…".as_bytes()),
        ("captive", "Мельниченко".as_bytes()),
        ("passphrase", PASSPHRASE.as_bytes()),
        ("office's vault key", &keys[0]),
        ("page", &fs::read(&page).unwrap()[500..600]),
    ];
    for (name, bytes) in needles {
        fs::write(planted.join("log"), bytes).unwrap();
        let found = found(&private, std::slice::from_ref(&planted));
        assert!(
            found.iter().any(|finding| finding.what.contains(name)),
            "{name}: {found:?}"
        );
    }
    let hexadecimal: String = card
        .card()
        .address
        .as_bytes()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    for (name, text) in [("mailbox", hexadecimal.as_str()), ("card", link)] {
        fs::write(planted.join("log"), text).unwrap();
        let found = found(&local, std::slice::from_ref(&planted));
        assert!(
            found.iter().any(|finding| finding.what.contains(name)),
            "{name}: {found:?}"
        );
    }
}
