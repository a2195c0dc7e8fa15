//! Letters through bad networks, with wrong clocks, and to contacts that change.

use tidings_client::{
    Direction, Error, LetterKind, NextTry, Renewal, Trust, Verification, Warning,
};
use tidings_protocol::{language::Language, limits::DAY_SECONDS, words::CheckWords};

use crate::{
    people::{Person, office_and_family, text, with_drawing},
    relay::MemoryRelay,
};

/// DELIVERY-7: a letter, the office's answer by itself, a scanned reply, and a letter in the next epoch.
#[tokio::test]
async fn a_letter_and_a_reply_cross() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family
        .account
        .write(to, with_drawing("Любий Іване", 150))
        .unwrap();
    family.send().await;
    let report = office.sync().await;
    let family_there = office.only_contact();
    assert_eq!(
        (family_there.name.as_str(), family_there.trust),
        ("Оля", Trust::Unverified)
    );
    let letter = office.account.letter(report.letters[0]).unwrap();
    assert_eq!(letter.addressee.as_deref(), Some("Іван Петренко"));
    assert!(matches!(
        office.account.reply(letter.number, text("too early")),
        Err(Error::NotVerified)
    ));
    office
        .account
        .verify_contact(family_there.number, &Verification::Person)
        .unwrap();
    let mut scan = with_drawing("", 150);
    scan.addressee = None;
    scan.attachments[0].kind = tidings_client::EnclosureKind::Scan;
    office.account.reply(letter.number, scan).unwrap();
    office.send().await;
    family.sync().await;
    let reply = family.received().pop().unwrap();
    assert_eq!(reply.kind, LetterKind::Reply);
    assert_eq!(reply.answers.map(|number| number.0), Some(1));
    assert!(family.account.preview(reply.number, 0).unwrap().is_some());
    let written = &family.account.letters().unwrap()[0];
    assert_eq!(
        (written.direction, written.state.word()),
        (Direction::Out, "taken_by_desk")
    );
    family.account.write(to, text("in the new epoch")).unwrap();
    family.send().await;
    office.sync().await;
    assert_eq!(office.texts(), ["Любий Іване", "in the new epoch"]);
}

#[tokio::test]
async fn a_text_too_long_for_a_letter_moves_to_a_blob() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let long = "Довгий лист. ".repeat(1_500);
    family
        .account
        .write(family.only_contact().number, text(&long))
        .unwrap();
    family.send().await;
    office.sync().await;
    assert_eq!(office.texts(), [long.trim()]);
}

#[tokio::test]
async fn what_is_written_without_network_is_sent_later() {
    let relay = MemoryRelay::new();
    let office = Person::new("Бюро", &relay);
    let card = office.account.card().unwrap();
    office.send().await;
    relay.fail_after(Some(0));
    let family = Person::new("Оля", &relay);
    let contact = family
        .account
        .add_contact_file(&card.file, Some("Штаб"))
        .unwrap();
    let by_file = family
        .account
        .write(contact.number, text("offline"))
        .unwrap();
    assert_eq!(
        by_file.state.word(),
        "sealed",
        "the card file brought a prekey"
    );
    let report = family.send().await;
    assert_eq!((report.sent, report.failures.len()), (0, 1));
    let waiting = family.account.outbox().unwrap();
    assert!(
        waiting
            .iter()
            .all(|item| matches!(item.next, NextTry::At(_)))
    );
    let family = family.reopened();
    relay.fail_after(None);
    // What a new process asks first, the relay's day, shows that it is back: nothing waits out its pause (DELIVERY-5).
    assert_eq!(family.send().await.waiting, 0);
    office.sync().await;
    assert_eq!(office.texts(), ["offline"]);
}

/// However often the network fails, and after however many exchanges: the letter and its drawing arrive once, whole.
#[tokio::test]
async fn interrupted_uploads_and_fetches_go_on() {
    let relay = MemoryRelay::new();
    let (mut office, mut family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    let written = family
        .account
        .write(to, with_drawing("again", 700))
        .unwrap();
    for exchanges in (1..6).cycle().take(60) {
        relay.fail_after(Some(exchanges));
        family.pass(DAY_SECONDS / 3);
        family.send().await;
        family = family.reopened();
        if family.account.outbox().unwrap().is_empty() {
            break;
        }
    }
    assert_eq!(family.account.outbox().unwrap().len(), 0);
    for exchanges in (1..6).cycle().take(60) {
        relay.fail_after(Some(exchanges));
        office.collect().await;
        office = office.reopened();
    }
    relay.fail_after(None);
    assert!(office.sync().await.failures.is_empty());
    let received = office.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        office.account.enclosure(received[0].number, 0).unwrap(),
        family.account.enclosure(written.number, 0).unwrap()
    );
}

/// A network that freezes every connection after 30 KB: pieces become small enough.
#[tokio::test]
async fn enclosures_pass_networks_that_freeze_connections() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    family
        .account
        .write(family.only_contact().number, with_drawing("slow", 200))
        .unwrap();
    relay.freeze_after(Some(30_000));
    assert_eq!(family.send().await.waiting, 0);
    let report = office.collect().await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert!(office.received()[0].enclosures[0].fetched);
}

/// DELIVERY-9, RELAY-6: a clock that is a year off, either way, on either side: letters still open, and the person is told.
#[tokio::test]
async fn wrong_clocks_stop_no_letter() {
    const YEAR: u64 = 365 * DAY_SECONDS;
    for (family_off, office_off) in [(true, false), (false, true)] {
        for ahead in [true, false] {
            let relay = MemoryRelay::new();
            let (office, family) = office_and_family(&relay).await;
            for (person, off) in [(&family, family_off), (&office, office_off)] {
                if off && ahead {
                    person.pass(YEAR);
                } else if off {
                    person.pass(0_u64.wrapping_sub(YEAR));
                }
            }
            let case = format!("family off {family_off}, office off {office_off}, ahead {ahead}");
            let to = family.only_contact().number;
            family.account.write(to, text("one")).unwrap();
            let sent = family.send().await;
            assert_eq!(sent.waiting, 0, "{case}: {:?}", sent.failures);
            let collected = office.sync().await;
            family.sync().await;
            family.account.write(to, text("two")).unwrap();
            family.send().await;
            office.sync().await;
            assert_eq!(office.texts(), ["one", "two"], "{case}");
            let warned = if family_off {
                sent.warnings
            } else {
                collected.warnings
            };
            let expected = if ahead {
                Warning::ClockAhead
            } else {
                Warning::ClockBehind
            };
            assert!(warned.contains(&expected), "{case}: {warned:?}");
        }
    }
}

#[tokio::test]
async fn check_words_verify_an_office_and_no_other() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let contact = family.only_contact();
    let words = office.account.card().unwrap().words;
    assert_eq!(contact.words, Some(words));
    let other = CheckWords::of(&[1; 32]);
    assert!(matches!(
        family
            .account
            .verify_contact(contact.number, &Verification::Words(other)),
        Err(Error::WordsDiffer)
    ));
    let heard = words.words(Language::Ukrainian).join(" ");
    let heard = CheckWords::parse(&heard, Language::Ukrainian).unwrap();
    let contact = family
        .account
        .verify_contact(contact.number, &Verification::Words(heard))
        .unwrap();
    assert!(matches!(contact.trust, Trust::Verified { .. }));
}

/// A frozen contact gets nothing more, and begins anew with a new first contact that is verified anew.
#[tokio::test]
async fn a_frozen_contact_begins_anew() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family.account.write(to, text("before")).unwrap();
    family.send().await;
    office.sync().await;
    let there = office.only_contact().number;
    office.account.freeze_contact(there).unwrap();
    assert!(matches!(
        office.account.write(there, text("no")),
        Err(Error::Frozen)
    ));
    assert!(matches!(
        office.account.renew_contact(there),
        Err(Error::FamilyMustBegin)
    ));
    family.account.freeze_contact(to).unwrap();
    assert_eq!(family.account.renew_contact(to).unwrap(), Renewal::Begun);
    family.account.write(to, text("anew")).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    office.sync().await;
    assert_eq!(office.texts(), ["before", "anew"]);
    let contacts = office.account.contacts().unwrap();
    let trust: Vec<_> = contacts.iter().map(|contact| contact.trust).collect();
    assert_eq!(trust, [Trust::Frozen, Trust::Unverified]);
}

#[tokio::test]
async fn what_is_forgotten_is_gone_here_and_at_the_relay() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    let written = family
        .account
        .write(to, with_drawing("secret", 150))
        .unwrap();
    family.send().await;
    office.sync().await;
    family.sync().await;
    let files = || {
        std::fs::read_dir(family.account.home().join("files"))
            .unwrap()
            .count()
    };
    assert_eq!(files(), 2);
    family.account.forget_letter(written.number).unwrap();
    assert_eq!(files(), 0);
    assert!(matches!(
        family.account.letter(written.number),
        Err(Error::NoLetter { .. })
    ));
    let before = relay.mailboxes();
    family.account.forget_contact(to).unwrap();
    family.send().await;
    assert_eq!(relay.mailboxes(), before - 1);
    assert_eq!(family.account.letters().unwrap().len(), 0);
}

/// DELIVERY-5: a deposit for a mailbox that is gone is a state that a person sees, and no attempt is made by itself.
#[tokio::test]
async fn a_mailbox_that_is_gone_is_told() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family.account.write(to, text("hello")).unwrap();
    family.send().await;
    office.sync().await;
    let there = office.only_contact().number;
    office
        .account
        .verify_contact(there, &Verification::Person)
        .unwrap();
    family.account.forget_contact(to).unwrap();
    family.send().await;
    office.account.write(there, text("to nobody")).unwrap();
    let report = office.send().await;
    assert_eq!(report.failures[0].code(), "relay-no-mailbox");
    let waiting = office.account.outbox().unwrap();
    assert_eq!(waiting[0].next, NextTry::Never);
    assert_eq!(waiting[0].failed.as_deref(), Some("relay-no-mailbox"));
}

#[tokio::test]
async fn a_watch_tells_that_a_letter_waits() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    assert!(!office.account.wait_for_letters().await.unwrap());
    family
        .account
        .write(family.only_contact().number, text("here"))
        .unwrap();
    family.send().await;
    assert!(office.account.wait_for_letters().await.unwrap());
}

/// DELIVERY-5: what waited because the relay was away goes with whatever reaches the relay, before what was written later; of
/// itself, without a word from the relay, it waits for its time.
#[tokio::test]
async fn what_waited_for_the_relay_goes_as_soon_as_it_answers() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    let away = async |words: &str| {
        relay.fail_after(Some(0));
        family.account.write(to, text(words)).unwrap();
        let report = family.send().await;
        assert_eq!(report.failures[0].code(), "relay-unreached");
        relay.fail_after(None);
    };
    away("first").await;
    relay.take_requests();
    assert_eq!(family.send().await.letters, 0, "in its pause");
    assert_eq!(relay.take_requests(), Vec::<String>::new());
    family.collect().await;
    assert_eq!(family.send().await.letters, 1);

    away("second").await;
    away("third").await;
    family.account.write(to, text("fourth")).unwrap();
    assert_eq!(family.send().await.letters, 3);
    office.sync().await;
    assert_eq!(office.texts(), ["first", "second", "third", "fourth"]);
}

/// DELIVERY-5: a pause that was begun by a clock that was ahead does not last until that day.
#[tokio::test]
async fn a_clock_that_was_ahead_holds_no_letter_back() {
    for ahead in [DAY_SECONDS, 75 * 365 * DAY_SECONDS] {
        let relay = MemoryRelay::new();
        let (office, family) = office_and_family(&relay).await;
        let to = family.only_contact().number;
        let right = family.clock.load(std::sync::atomic::Ordering::Relaxed);
        family.pass(ahead);
        relay.fail_after(Some(0));
        family.account.write(to, text("written tomorrow")).unwrap();
        family.send().await;
        relay.fail_after(None);
        let NextTry::At(_) = family.account.outbox().unwrap()[0].next else {
            panic!("it should be in a pause");
        };
        family
            .clock
            .store(right, std::sync::atomic::Ordering::Relaxed);
        // Another process, which has not met the relay.
        let family = family.reopened();
        assert_eq!(family.account.outbox().unwrap()[0].next, NextTry::Now);
        assert_eq!(family.send().await.letters, 1);
        office.sync().await;
        assert_eq!(office.texts(), ["written tomorrow"]);
    }
}
