//! Who the relay is: pinning, rotation while it runs, the key files (`docs/spec/relay-identity.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    time::Duration,
};

use rustls::NamedGroup;
use support::{
    client::{Client, quic, tls},
    envelope, is_deposited, rng,
    running::{Running, TODAY},
};
use tidings_protocol::{
    exchange::{Refusal, Request},
    limits::{FREEZE_BUDGET, RELAY_CERTIFICATE_MAX_DAYS},
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::{CertificateError, RootFingerprint},
};
use tidings_relay::{
    close,
    identity::{KeyError, KeyFolder, Renewal},
    limits::{OVERLAP_DAYS, RENEW_DAYS, WARN_DAYS},
};
use tokio::time::timeout;

const COLLECT: OwnerRequest = OwnerRequest::Collect { after: 0, max: 1 };

/// Waits until new connections are shown another certificate than `old`.
async fn rotated(relay: &Running, old: u64) -> Client {
    relay.server.reload_keys();
    timeout(Duration::from_secs(30), async {
        loop {
            let client = relay.client().await;
            if client.hello().await.1.certificate().sequence > old {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("a running relay notices new keys")
}

/// RELAY-3, RELAY-11: the TLS key is the one that the pinned root has certified, exchanged with ML-KEM.
#[tokio::test]
async fn the_tls_key_is_the_certified_one() {
    let relay = Running::start();
    let client = relay.client().await;
    let (answer, certificate) = client.hello().await;
    assert_eq!(certificate.certificate().tls_key, client.shown_key());
    let other = RootFingerprint([3; 32]);
    assert_eq!(
        answer.certificate.verify(&other, 0),
        Err(CertificateError::OtherRoot)
    );
    let data = client.connection.handshake_data().unwrap();
    let data = data
        .downcast::<quinn::crypto::rustls::HandshakeData>()
        .unwrap();
    assert_eq!(data.protocol.as_deref(), Some(&b"tidings/1"[..]));
    // This client offers no other exchange: that it is connected says that ML-KEM was used.
    assert_eq!(tls().crypto_provider().kx_groups.len(), 1);
    assert_eq!(
        tls().crypto_provider().kx_groups[0].name(),
        NamedGroup::X25519MLKEM768
    );
}

/// RELAY-11: another protocol, or a client that wants a chain of certificates, is not let in.
#[tokio::test]
async fn other_protocols_and_chains_are_refused() {
    let relay = Running::start();
    let root = relay.server.address().root;
    let mut other = tls();
    other.alpn_protocols = vec![b"h3".to_vec()];
    assert!(
        Client::try_connect(relay.server.local(), root, quic(other))
            .await
            .is_err()
    );
    let mut none = tls();
    none.alpn_protocols = vec![];
    assert!(
        Client::try_connect(relay.server.local(), root, quic(none))
            .await
            .is_err()
    );
    let mut chain = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_protocol_versions(&[&rustls::version::TLS13])
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    chain.alpn_protocols = vec![b"tidings/1".to_vec()];
    assert!(
        Client::try_connect(relay.server.local(), root, quic(chain))
            .await
            .is_err()
    );
}

/// RELAY-11: no tickets and no address tokens, so that two connections cannot be linked.
#[tokio::test]
async fn nothing_is_left_with_the_client_that_links_connections() {
    #[derive(Debug, Default)]
    struct Tickets(std::sync::Mutex<usize>);
    impl rustls::client::ClientSessionStore for Tickets {
        fn set_kx_hint(&self, _: rustls::pki_types::ServerName<'static>, _: NamedGroup) {}
        fn kx_hint(&self, _: &rustls::pki_types::ServerName<'_>) -> Option<NamedGroup> {
            None
        }
        fn set_tls12_session(
            &self,
            _: rustls::pki_types::ServerName<'static>,
            _: rustls::client::Tls12ClientSessionValue,
        ) {
        }
        fn tls12_session(
            &self,
            _: &rustls::pki_types::ServerName<'_>,
        ) -> Option<rustls::client::Tls12ClientSessionValue> {
            None
        }
        fn remove_tls12_session(&self, _: &rustls::pki_types::ServerName<'static>) {}
        fn insert_tls13_ticket(
            &self,
            _: rustls::pki_types::ServerName<'static>,
            _: rustls::client::Tls13ClientSessionValue,
        ) {
            *self.0.lock().unwrap() += 1;
        }
        fn take_tls13_ticket(
            &self,
            _: &rustls::pki_types::ServerName<'static>,
        ) -> Option<rustls::client::Tls13ClientSessionValue> {
            None
        }
    }
    #[derive(Debug, Default)]
    struct Tokens(std::sync::Mutex<usize>);
    impl quinn::TokenStore for Tokens {
        fn insert(&self, _: &str, _: bytes::Bytes) {
            *self.0.lock().unwrap() += 1;
        }
        fn take(&self, _: &str) -> Option<bytes::Bytes> {
            None
        }
    }
    let relay = Running::start();
    let (tickets, tokens) = (
        std::sync::Arc::new(Tickets::default()),
        std::sync::Arc::new(Tokens::default()),
    );
    let mut with_tickets = tls();
    with_tickets.resumption = rustls::client::Resumption::store(tickets.clone());
    let mut config = quic(with_tickets);
    config.token_store(tokens.clone());
    let root = relay.server.address().root;
    let client = Client::try_connect(relay.server.local(), root, config)
        .await
        .unwrap();
    client.hello().await;
    client.hello().await;
    assert_eq!(
        (*tickets.0.lock().unwrap(), *tokens.0.lock().unwrap()),
        (0, 0)
    );
}

/// A letter passes a network that freezes a connection after [`FREEZE_BUDGET`] bytes, each way, handshake included.
#[tokio::test]
async fn a_deposit_fits_a_freezing_network() {
    let relay = Running::start();
    let (_, _, _, address) = relay.mailbox(1).await;
    let client = relay.client().await;
    assert!(is_deposited(&client.deposit(address, &envelope(1)).await));
    let stats = client.connection.stats();
    let (up, down) = (stats.udp_tx.bytes, stats.udp_rx.bytes);
    assert!(up <= FREEZE_BUDGET as u64, "{up} bytes up");
    assert!(down <= FREEZE_BUDGET as u64, "{down} bytes down");
}

/// RELAY-9: rotation while the relay runs. Old connections and requests sealed to the old key go on, new connections
/// see the new keys, and after the overlap the old ones are refused.
#[tokio::test]
async fn rotation_is_noticed_and_old_clients_go_on() {
    let relay = Running::start();
    let (old_client, old, owner, address) = relay.mailbox(1).await;
    old_client.deposit(address, &envelope(1)).await;
    let before = old.certificate().sequence;

    let made = KeyFolder::new(&relay.data()).rotate(None, TODAY).unwrap();
    assert!(made.sequence() > before);
    let new_client = rotated(&relay, before).await;
    let (_, new) = new_client.hello().await;
    assert_eq!(new.certificate().sequence, made.sequence());
    assert_ne!(new.certificate().tls_key, old.certificate().tls_key);
    assert_ne!(new.online_key_hash(), old.online_key_hash());

    let (_, again) = old_client.hello().await;
    assert_eq!(
        again.certificate().sequence,
        before,
        "hello fits the key that this connection showed"
    );
    for (client, certificate) in [
        (&old_client, &old),
        (&new_client, &old),
        (&new_client, &new),
        (&old_client, &new),
    ] {
        let (answer, _) = client.owner(&owner, certificate, &COLLECT).await.unwrap();
        assert_eq!(
            answer,
            OwnerAnswer::Collected {
                places: vec![1],
                more: false
            }
        );
    }

    // Renewals come in between; no later state accepts the first key.
    relay.set_day(TODAY.plus(OVERLAP_DAYS));
    assert!(
        new_client.owner(&owner, &old, &COLLECT).await.is_ok(),
        "last day of the overlap"
    );
    relay.set_day(TODAY.plus(OVERLAP_DAYS + 1));
    assert_eq!(
        new_client.owner(&owner, &old, &COLLECT).await,
        Err(Refusal::OnlineKey)
    );
    let hello = Request::Hello {
        lowest: 1,
        highest: 1,
    };
    let (mut send, mut recv) = old_client.open().await;
    let _ = send.write_all(&hello.to_frame(b"").unwrap()).await;
    assert!(recv.read_to_end(100_000).await.is_err());
    let retired = quinn::ApplicationClose {
        error_code: quinn::VarInt::from_u32(close::RETIRED),
        reason: b"keys retired".to_vec().into(),
    };
    assert_eq!(
        old_client.connection.closed().await,
        quinn::ConnectionError::ApplicationClosed(retired)
    );
}

/// RELAY-10: with the root at hand the relay renews by itself; without it, it goes on and says so.
#[tokio::test]
async fn certificates_are_renewed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFolder::new(folder.path());
    let first = keys.open_or_create(TODAY).unwrap();
    let last = first.certificate().certificate().not_after;
    assert!(
        last.0 - TODAY.0 <= RELAY_CERTIFICATE_MAX_DAYS
            && last.0 - TODAY.0 >= RELAY_CERTIFICATE_MAX_DAYS - 1
    );
    assert_eq!(first.renewal(TODAY), Renewal::NotDue);
    assert_eq!(first.renewal(last.minus(RENEW_DAYS + 1)), Renewal::NotDue);
    let due = first.renewal(last.minus(RENEW_DAYS));
    assert_eq!((due, due.warns()), (Renewal::Due { days: 10 }, false));
    assert!(first.renewal(last.minus(WARN_DAYS)).warns());
    assert_eq!(first.renewal(last.plus(3)), Renewal::Due { days: -3 });
    assert!(
        matches!(first.renewal(TODAY.minus(5)), Renewal::Due { .. }),
        "made by a clock that was ahead"
    );

    let second = keys.rotate(None, last).unwrap();
    assert!(second.sequence() > first.sequence());
    assert!(
        second
            .online_key(&first.certificate().online_key_hash(), last)
            .is_some()
    );
    let third = keys.rotate(None, last).unwrap();
    assert_eq!(third.sequence(), second.sequence() + 1);
    assert!(
        third
            .online_key(
                &first.certificate().online_key_hash(),
                last.plus(OVERLAP_DAYS)
            )
            .is_some()
    );
    let late = last.plus(OVERLAP_DAYS + 1);
    assert!(
        third
            .online_key(&first.certificate().online_key_hash(), late)
            .is_none()
    );
    let pruned = keys.prune(late).unwrap().expect("two keys to wipe");
    assert!(
        pruned
            .online_key(&first.certificate().online_key_hash(), last)
            .is_none()
    );
    assert!(keys.prune(late).unwrap().is_none());
}

/// A relay that runs past its calendar renews without being told.
#[tokio::test]
async fn a_running_relay_renews_by_itself() {
    let relay = Running::start();
    let before = relay.client().await.hello().await.1.certificate().sequence;
    relay.set_day(TODAY.plus(25));
    let client = rotated(&relay, before).await;
    let (_, certificate) = client.hello().await;
    assert_eq!(certificate.certificate().not_before, TODAY.plus(24));
}

/// RELAY-8: with the root gone to a safe place the relay starts, and `rotate-key --root FILE` renews.
#[tokio::test]
async fn the_root_may_live_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFolder::new(folder.path());
    let first = keys.open_or_create(TODAY).unwrap();
    let away = tempfile::tempdir().unwrap();
    let root_file = away.path().join("root.key");
    fs::rename(folder.path().join("root.key"), &root_file).unwrap();
    assert!(!keys.has_root());
    assert_eq!(
        keys.open_or_create(TODAY).unwrap().sequence(),
        first.sequence()
    );
    assert!(matches!(
        keys.rotate(None, TODAY),
        Err(KeyError::NoRoot { .. })
    ));
    let second = keys.rotate(Some(&root_file), TODAY).unwrap();
    assert_eq!(
        (second.root(), second.sequence()),
        (first.root(), first.sequence() + 1)
    );

    // All keys but the root lost: no new root is made in their place, and the old one brings the relay back.
    fs::remove_file(folder.path().join("online.keys")).unwrap();
    assert!(matches!(
        keys.open_or_create(TODAY),
        Err(KeyError::Lost { .. })
    ));
    assert!(matches!(keys.load(), Err(KeyError::Lost { .. })));
    let other = tempfile::tempdir().unwrap();
    KeyFolder::new(other.path()).open_or_create(TODAY).unwrap();
    let wrong = keys.rotate(Some(&other.path().join("root.key")), TODAY);
    assert!(matches!(wrong, Err(KeyError::OtherRoot { .. })));
    fs::copy(&root_file, folder.path().join("root.key")).unwrap();
    let back = keys.open_or_create(TODAY.plus(1)).unwrap();
    assert_eq!(back.root(), first.root());
    assert!(
        back.sequence() > second.sequence(),
        "restored from the root alone, the sequence still rises"
    );
}

/// RELAY-13: keys that are lost or damaged do not take the certificate's number with them, whatever the clock showed.
#[test]
fn a_lost_key_does_not_set_the_number_back() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFolder::new(folder.path());
    let path = |name: &str| folder.path().join(name);
    keys.open_or_create(TODAY).unwrap();
    // A year ahead once, and twice on one day.
    keys.rotate(None, TODAY.plus(365)).unwrap();
    let mut highest = keys.rotate(None, TODAY).unwrap().sequence();
    let mut rises = |made: Result<tidings_relay::identity::Identity, KeyError>, how: &str| {
        let made = made.unwrap().sequence();
        assert!(made > highest, "{how}: {made} after {highest}");
        highest = made;
    };
    fs::write(path("online.keys"), "damaged").unwrap();
    rises(keys.rotate(None, TODAY), "damaged, rotated");
    fs::remove_file(path("online.keys")).unwrap();
    rises(keys.rotate(None, TODAY), "lost, rotated");
    fs::remove_file(path("online.keys")).unwrap();
    rises(keys.open_or_create(TODAY), "lost, started");
    // While one of both can be read, the other is made again.
    fs::remove_file(path("certificate.number")).unwrap();
    let before = keys.open_or_create(TODAY).unwrap().sequence();
    fs::remove_file(path("online.keys")).unwrap();
    let again = keys.open_or_create(TODAY).unwrap().sequence();
    assert_eq!(again, before + 1, "a start writes the number anew");
    fs::write(path("certificate.number"), "damaged").unwrap();
    assert!(matches!(keys.verify(), Err(KeyError::Damaged { .. })));
    assert_eq!(keys.rotate(None, TODAY).unwrap().sequence(), before + 2);
    keys.verify().unwrap();

    // With neither nothing is guessed.
    let number = fs::read_to_string(path("certificate.number")).unwrap();
    fs::write(path("online.keys"), "damaged").unwrap();
    for damaged in [
        number.replace("number ", "number 1"),
        number.replace("number ", "number 0"),
        number.trim_end().to_owned(),
        String::new(),
    ] {
        fs::write(path("certificate.number"), damaged).unwrap();
        let refused = keys.rotate(None, TODAY);
        assert!(
            matches!(&refused, Err(KeyError::Damaged { path, .. }) if path.ends_with("certificate.number")),
            "{refused:?}"
        );
    }
    fs::remove_file(path("online.keys")).unwrap();
    let refused = keys.open_or_create(TODAY);
    assert!(
        matches!(refused, Err(KeyError::Damaged { .. })),
        "{refused:?}"
    );
    let named = keys.rotate_after(None, Some(before + 9), TODAY).unwrap();
    assert_eq!(named.sequence(), before + 10);
    keys.verify().unwrap();

    // An empty folder with the root in it: the operator says what clients have seen.
    let empty = tempfile::tempdir().unwrap();
    fs::copy(path("root.key"), empty.path().join("root.key")).unwrap();
    let restored = KeyFolder::new(empty.path());
    let lower = restored.open_or_create(TODAY).unwrap();
    assert!(lower.sequence() < named.sequence());
    let raised = restored
        .rotate_after(None, Some(named.sequence()), TODAY)
        .unwrap();
    assert_eq!(
        (raised.sequence(), raised.root()),
        (named.sequence() + 1, named.root())
    );
    let lower = restored.rotate_after(None, Some(7), TODAY).unwrap();
    assert_eq!(lower.sequence(), raised.sequence() + 1, "never down");
    assert!(matches!(
        restored.rotate_after(None, Some(u64::MAX), TODAY),
        Err(KeyError::NumberTooHigh { .. })
    ));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// RELAY-12: key files are their owner's only, complete, and of a known version; anything else is refused by name.
#[tokio::test]
async fn key_files_are_guarded() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let keys = KeyFolder::new(&folder);
    keys.open_or_create(TODAY).unwrap();
    assert_eq!(mode(&folder), 0o700);
    for name in ["root.key", "online.keys"] {
        let path = folder.join(name);
        assert_eq!(mode(&path), 0o600, "{name}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = keys.open_or_create(TODAY);
        assert!(
            matches!(&refused, Err(KeyError::Permissions { mode: 0o640, path: named }) if *named == path),
            "{refused:?}"
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

        let whole = fs::read(&path).unwrap();
        let mut rng = rng(7);
        for cut in [0, 1, 10, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            // Without its final line break a text is still whole.
            let is_whole = name == "root.key" && cut == whole.len() - 1;
            assert_eq!(
                keys.open_or_create(TODAY).is_ok(),
                is_whole,
                "{name} cut to {cut}"
            );
        }
        for _ in 0..60 {
            let mut flipped = whole.clone();
            let at = rand::Rng::next_u32(&mut rng) as usize % (whole.len() - 1);
            flipped[at] ^= 0x10;
            fs::write(&path, &flipped).unwrap();
            let refused = keys.open_or_create(TODAY);
            assert!(
                matches!(
                    refused,
                    Err(KeyError::Damaged { .. } | KeyError::Version { .. })
                ),
                "{name}, byte {at}: {refused:?}"
            );
        }
        fs::write(&path, &whole).unwrap();
    }
    let text = fs::read_to_string(folder.join("root.key")).unwrap();
    fs::write(
        folder.join("root.key"),
        text.replace("root key 1", "root key 2"),
    )
    .unwrap();
    assert!(matches!(
        keys.open_or_create(TODAY),
        Err(KeyError::Version { .. })
    ));
}

/// An interrupted replacement leaves a file beside, which the next one writes over.
#[tokio::test]
async fn a_left_over_file_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFolder::new(folder.path());
    let first = keys.open_or_create(TODAY).unwrap();
    let left_over = folder.path().join("online.keys.new");
    fs::write(&left_over, b"half of a key fi").unwrap();
    fs::set_permissions(&left_over, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        keys.open_or_create(TODAY).unwrap().sequence(),
        first.sequence()
    );
    keys.rotate(None, TODAY).unwrap();
    assert_eq!(mode(&folder.path().join("online.keys")), 0o600);
}
