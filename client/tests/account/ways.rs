//! Networks that block, freeze and pose as the relay: which way is taken, what is remembered of it, and what it costs.

use std::time::Duration;

use tidings_client::{
    network::{Network, Proxy},
    transport::Carrier,
};

use crate::{
    people::{office_and_family, text, with_drawing},
    relay::{Line, MemoryRelay},
};

/// REACH-9: what freezes is noticed once; from then on connections are closed before, and the next process knows.
#[tokio::test]
async fn a_freeze_is_noticed_once_and_remembered() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    relay.freeze_after(Some(16_384));
    relay.take_frozen();
    let before = relay.connections();
    family.account.write(to, with_drawing("one", 120)).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    // Once for the network; once more to be sure that it was no tunnel on the road.
    let frozen = relay.take_frozen();
    assert!((1..=2).contains(&frozen), "{frozen}");
    // A drawing of three chunks at least, a cell for each connection.
    let connections = relay.connections() - before;
    assert!(connections > 6, "{connections}");

    let family = family.reopened();
    family.account.write(to, with_drawing("two", 120)).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    assert_eq!(relay.take_frozen(), 0, "it was known");

    // The office notices for itself, in the other direction.
    let report = office.collect().await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let letters = office.received();
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|letter| letter.enclosures[0].fetched));
    assert!(relay.take_frozen() <= 2);
}

/// REACH-9: what has crossed piece by piece need not cross again, whatever ends in between.
#[tokio::test]
async fn pieces_go_on_in_the_next_process() {
    let relay = MemoryRelay::new();
    let (_office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    relay.freeze_after(Some(16_384));
    let pieces = |requests: Vec<String>| requests.iter().filter(|kind| *kind == "blob").count();
    family
        .account
        .write(to, with_drawing("whole", 120))
        .unwrap();
    assert_eq!(family.send().await.waiting, 0);
    let whole = pieces(relay.take_requests());
    // The network is gone in the middle of the second one.
    relay.fail_after(Some(u32::try_from(whole / 2).unwrap()));
    family
        .account
        .write(to, with_drawing("halves", 120))
        .unwrap();
    assert!(family.send().await.waiting > 0);
    let first = pieces(relay.take_requests());
    assert!(first > 2, "{first} of {whole}");
    relay.fail_after(None);
    let family = family.reopened();
    family.pass(3_600);
    assert_eq!(family.send().await.waiting, 0);
    let second = pieces(relay.take_requests());
    // One question where the relay stands, and what was lost.
    assert!(
        first + second <= whole + 3,
        "{first} and {second} of {whole}"
    );
}

/// REACH-9: one freeze that was none is forgotten, and pieces are large again.
#[tokio::test]
async fn a_tunnel_on_the_road_is_no_freeze() {
    let relay = MemoryRelay::new();
    let (_office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    let connections_for = async |words: &str, side: u32| {
        let before = relay.connections();
        family.account.write(to, with_drawing(words, side)).unwrap();
        assert_eq!(family.send().await.waiting, 0);
        relay.connections() - before
    };
    let usual = connections_for("one", 120).await;
    relay.freeze_once(16_384);
    // Careful at first, and not for long.
    let careful = connections_for("two", 120).await;
    assert!(careful > usual, "{careful}, {usual}");
    assert_eq!(relay.take_frozen(), 1);
    let after = connections_for("three", 120).await;
    assert!(after <= usual, "{after}, {usual}");
}

/// REACH-3: whoever only plays back what the relay says to everybody does not win, however quick; and gets no letter.
#[tokio::test(start_paused = true)]
async fn an_impostor_that_answers_first_does_not_win() {
    let relay = MemoryRelay::new();
    let slow = Line::Slow(Duration::from_secs(2));
    let (office, family) = office_and_family(&relay).await;
    for strangers in [false, true] {
        if strangers {
            // Keys changed: the certificate that is known does not help.
            relay.rotate();
        }
        relay.lines(slow, Line::PlaysBack);
        let to = family.only_contact().number;
        family.account.write(to, text("for the relay")).unwrap();
        let sent = family.send().await;
        assert_eq!(sent.waiting, 0, "{:?}", sent.failures);
        assert!(relay.take_attempts().contains(&Carrier::Tcp));
        relay.lines(Line::Open, Line::None);
    }
    office.collect().await;
    assert_eq!(office.texts(), ["for the relay", "for the relay"]);
    // Where nobody else answers nothing is sent at all.
    relay.lines(Line::Blocked, Line::PlaysBack);
    let to = family.only_contact().number;
    family.account.write(to, text("waits")).unwrap();
    let sent = family.send().await;
    assert!(sent.waiting > 0 && !sent.failures.is_empty());
    office.collect().await;
    relay.lines(Line::Open, Line::None);
    office.collect().await;
    assert_eq!(office.texts().len(), 2);
}

/// REACH-4: the way that led to the relay is tried first, by the next process as well; after a day everything is tried anew.
#[tokio::test(start_paused = true)]
async fn what_worked_is_tried_first() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    relay.lines(Line::Blocked, Line::Open);
    relay.take_attempts();
    family.account.write(to, text("one")).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    let tried = relay.take_attempts();
    assert_eq!(tried[..2], [Carrier::Quic, Carrier::Tcp], "{tried:?}");
    assert!(
        tried[2..].iter().all(|carrier| *carrier == Carrier::Tcp),
        "{tried:?}"
    );

    let family = family.reopened();
    family.account.write(to, text("two")).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    let tried = relay.take_attempts();
    assert!(
        tried.iter().all(|carrier| *carrier == Carrier::Tcp),
        "{tried:?}"
    );

    family.pass(86_400 + 60);
    relay.lines(Line::Open, Line::Open);
    family.account.write(to, text("three")).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    assert_eq!(relay.take_attempts()[0], Carrier::Quic);
    office.collect().await;
    assert_eq!(office.texts(), ["one", "two", "three"]);
}

/// REACH-7: what a person sets is kept in the vault, and asked of the transport every time.
#[tokio::test]
async fn network_settings_are_kept() {
    let relay = MemoryRelay::new();
    let (_office, family) = office_and_family(&relay).await;
    assert_eq!(family.account.network().unwrap(), Network::default());
    let proxy: Proxy = "socks5://olia:secret@127.0.0.1:9050".parse().unwrap();
    let network = Network {
        proxy: Some(proxy.clone()),
        only: Some(Carrier::Tcp),
    };
    family.account.set_network(&network).unwrap();
    let for_now = Network {
        proxy: None,
        only: Some(Carrier::Quic),
    };
    family.account.use_network(for_now.clone()).unwrap();
    assert_eq!(family.account.network().unwrap(), for_now);
    let family = family.reopened();
    assert_eq!(family.account.network().unwrap(), network);
    let refused = family.account.set_network(&Network {
        proxy: Some(proxy),
        only: Some(Carrier::Quic),
    });
    assert_eq!(refused.unwrap_err().code(), "network-settings");
    assert_eq!(family.account.network().unwrap(), network);
}
