//! A relay that lies is detected or harmless.

use tidings_client::Error;

use crate::{
    people::{Person, office_and_family, text, with_drawing},
    relay::{Lie, MemoryRelay},
};

async fn write(from: &Person, words: &str) {
    let to = from.only_contact().number;
    from.account.write(to, text(words)).unwrap();
    from.send().await;
}

fn codes(failures: &[Error]) -> Vec<&'static str> {
    failures.iter().map(Error::code).collect()
}

#[tokio::test]
async fn a_dropped_first_letter_loses_nothing_else() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    relay.lie(Lie::DropDeposits);
    write(&family, "lost").await;
    relay.lie(Lie::None);
    write(&family, "arrives").await;
    office.sync().await;
    assert_eq!(office.texts(), ["arrives"]);
    family.sync().await;
    assert!(
        family.only_contact().answered,
        "the answer came all the same"
    );
    let states: Vec<_> = family.account.letters().unwrap();
    assert_eq!(
        states[0].state.word(),
        "at_relay",
        "no office took the lost one yet"
    );
    assert_eq!(states[1].state.word(), "taken_by_desk");
    // The answer showed a gap where the first one should be: it was deposited again, the same bytes, and is taken.
    office.sync().await;
    assert_eq!(office.texts(), ["arrives", "lost"]);
    family.sync().await;
    assert_eq!(
        family.account.letters().unwrap()[0].state.word(),
        "taken_by_desk"
    );
}

/// DELIVERY-11: a relay that goes on dropping a letter is not asked for ever.
#[tokio::test]
async fn a_letter_that_is_always_dropped_is_offered_a_few_times_only() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    relay.lie(Lie::DropDeposits);
    write(&family, "lost").await;
    for round in 0..6 {
        relay.lie(Lie::None);
        write(&family, &format!("{round}")).await;
        office.sync().await;
        family.collect().await;
        relay.lie(Lie::DropDeposits);
        family.pass(3_600);
        family.send().await;
        relay.lie(Lie::None);
        assert_eq!(family.account.outbox().unwrap().len(), 0, "round {round}");
    }
    assert_eq!(office.texts().len(), 6);
}

/// DELIVERY-3.
#[tokio::test]
async fn replayed_letters_are_shown_once() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    relay.lie(Lie::ForgetAcknowledgements);
    write(&family, "first").await;
    for _ in 0..3 {
        office.sync().await;
        family.sync().await;
    }
    write(&family, "second, in the next epoch").await;
    for _ in 0..3 {
        office.sync().await;
        family.sync().await;
    }
    assert_eq!(office.texts(), ["first", "second, in the next epoch"]);
    assert_eq!(office.account.contacts().unwrap().len(), 1);
    assert_eq!(
        family.account.letters().unwrap().len(),
        4,
        "two letters, two notices"
    );
    assert_eq!(office.account.status().unwrap().parked, 0);
}

/// DELIVERY-4.
#[tokio::test]
async fn invented_letters_are_kept_unopened_and_shown_to_nobody() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    relay.lie(Lie::InventLetters);
    write(&family, "real").await;
    let report = office.sync().await;
    assert_eq!((report.letters.len(), report.parked), (1, 3));
    assert_eq!(office.texts(), ["real"]);
}

#[tokio::test]
async fn letters_of_other_mailboxes_open_only_where_they_belong() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let card = office.account.office().unwrap().unwrap();
    let other = Person::new("Ганна", &relay);
    other.account.add_contact(&card.link, None).unwrap();
    other.send().await;
    write(&family, "from Olia").await;
    write(&other, "from Hanna").await;
    office.sync().await;
    relay.lie(Lie::SwapMailboxes);
    for person in [&family, &other] {
        person.sync().await;
        assert!(person.only_contact().answered);
        let taken: Vec<_> = person.account.letters().unwrap();
        assert_eq!(taken.len(), 2, "its own letter and its own notice");
        assert!(taken[1].notice.as_ref().unwrap().verified);
    }
}

#[tokio::test]
async fn places_that_do_not_rise_are_refused_and_more_without_letters_ends() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    write(&family, "waits").await;
    relay.lie(Lie::RepeatPlaces);
    assert_eq!(codes(&office.collect().await.failures), ["relay-answer"]);
    relay.lie(Lie::AlwaysMore);
    assert_eq!(office.collect().await.letters.len(), 0);
    relay.lie(Lie::None);
    office.sync().await;
    assert_eq!(office.texts(), ["waits"]);
}

#[tokio::test]
async fn truncated_and_senseless_answers_lose_nothing() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    for lie in [Lie::Truncate, Lie::Nonsense] {
        relay.lie(lie);
        let to = family.only_contact().number;
        family
            .account
            .write(to, with_drawing("whole", 150))
            .unwrap();
        let report = family.send().await;
        assert_eq!(report.sent, 0, "{lie:?}");
        assert!(!report.failures.is_empty(), "{lie:?}");
        assert!(!office.collect().await.failures.is_empty(), "{lie:?}");
        relay.lie(Lie::None);
        family.pass(3_600);
        assert_eq!(family.send().await.waiting, 0, "{lie:?}");
        office.sync().await;
        family.sync().await;
    }
    assert_eq!(office.texts(), ["whole", "whole"]);
}

#[tokio::test]
async fn garbled_enclosures_are_refused_and_fetched_again() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    let written = family.account.write(to, with_drawing("look", 150)).unwrap();
    family.send().await;
    relay.lie(Lie::GarbleBlobs);
    let report = office.collect().await;
    assert_eq!(codes(&report.failures), ["enclosure-damaged"]);
    let number = report.letters[0];
    assert!(!office.account.letter(number).unwrap().enclosures[0].fetched);
    assert!(matches!(
        office.account.enclosure(number, 0),
        Err(Error::NotFetched)
    ));
    relay.lie(Lie::None);
    assert!(office.sync().await.failures.is_empty());
    assert_eq!(
        office.account.enclosure(number, 0).unwrap(),
        family.account.enclosure(written.number, 0).unwrap()
    );
    assert_eq!(relay.blobs(), 0, "what is complete here is deleted there");
}

/// RELAY-3, RELAY-5: nothing but hello is said to what cannot prove to be the relay.
#[tokio::test]
async fn nothing_is_sent_to_somebody_in_between() {
    let relay = MemoryRelay::new();
    let (_, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family
        .account
        .write(to, text("for the office only"))
        .unwrap();
    relay.take_requests();
    for (deceive, code) in [
        (
            MemoryRelay::come_between as fn(&MemoryRelay),
            "relay-identity",
        ),
        (MemoryRelay::go_back, "relay-retired"),
    ] {
        deceive(&relay);
        family.pass(3_600);
        let report = family.send().await;
        assert_eq!(codes(&report.failures), [code]);
        assert!(
            relay
                .take_requests()
                .iter()
                .all(|request| request == "hello")
        );
    }
}

/// RELAY-9: new keys under the root are taken at once, also in the middle of a connection.
#[tokio::test]
async fn rotated_keys_are_followed() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    relay.rotate();
    write(&family, "under new keys").await;
    assert!(office.sync().await.failures.is_empty());
    assert_eq!(office.texts(), ["under new keys"]);
}

/// DELIVERY-6: no connection serves two mailboxes, or two kinds of requests.
#[tokio::test]
async fn a_connection_serves_one_purpose() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family.account.write(to, with_drawing("one", 150)).unwrap();
    family.send().await;
    office.sync().await;
    family.sync().await;
    let uses = relay.uses();
    assert!(uses.len() > 8, "{uses:?}");
    assert!(uses.iter().all(|uses| uses.len() == 1), "{uses:?}");
}

#[tokio::test]
async fn the_relay_holds_nothing_readable() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family
        .account
        .write(to, with_drawing("Слово-мітка", 150))
        .unwrap();
    family.send().await;
    let held = relay.everything();
    assert!(held.len() > 100_000);
    let holds = |needle: &[u8]| held.windows(needle.len()).any(|part| part == needle);
    for needle in ["Слово-мітка", "Петренко", "Оля", "Бюро", "малюнок"]
    {
        assert!(!holds(needle.as_bytes()), "{needle}");
    }
    // The whole signature: three letters of it come by chance in a megabyte of noise now and then.
    assert!(!holds(b"\x89PNG\r\n\x1a\n"));
    office.sync().await;
    assert_eq!(office.texts(), ["Слово-мітка"]);
}
