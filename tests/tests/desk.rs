//! The desk as people meet it: the real `tidings-relay`, the real `tidings` of a family, the real `tidings-desk`, and a real
//! Chromium. Pictures of every page are kept in `target/desk-pictures`, to be looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{fs, thread, time::Duration};

use support::{
    Day, Office, Texts,
    journey::{self, Walk},
};
use tidings_tests::{
    browser::Driver,
    desk::{Desk, Visitor},
    hand::Hand,
};

/// A whole day with one hand. Every page is photographed wide and narrow, light and dark, and checked by axe.
fn a_day(name: &'static str, language: &'static str, hand: Hand) {
    let mut day = Day::begin(name);
    let driver = Driver::start(day.folder()).unwrap();
    let mut walk = Walk {
        browser: driver.browser(language).unwrap(),
        hand,
        texts: Texts::read(language),
        day: &mut day,
    };
    journey::first_run(&mut walk);
    journey::second_operator(&mut walk, &driver);
    journey::letter_comes(&mut walk);
    journey::review(&mut walk);
    journey::print(&mut walk);
    journey::parcels(&mut walk);
    journey::register(&mut walk);
    journey::returned(&mut walk);
    journey::figures(&mut walk);
    journey::head(&mut walk);
    journey::lock(&mut walk);
    drop(walk);
    day.done();
}

/// A family that wrote to a captive before asks the office itself.
#[test]
#[ignore = "what a family writes without naming a captive is a letter without a person, in the inbox; only answers to the office are messages"]
fn a_question_to_the_office_is_answered() {
    let mut day = Day::begin("question");
    let driver = Driver::start(day.folder()).unwrap();
    let mut walk = Walk {
        browser: driver.browser("uk").unwrap(),
        hand: Hand::Mouse,
        texts: Texts::read("uk"),
        day: &mut day,
    };
    journey::first_run(&mut walk);
    journey::letter_comes(&mut walk);
    journey::messages(&mut walk);
    drop(walk);
    day.done();
}

#[test]
fn a_day_in_ukrainian_with_the_mouse_only() {
    a_day("uk", "uk", Hand::Mouse);
}

#[test]
fn a_day_in_russian_with_the_mouse_only() {
    a_day("ru", "ru", Hand::Mouse);
}

#[test]
fn a_day_in_english_with_the_keyboard_only() {
    a_day("en", "en", Hand::Keyboard);
}

/// The whole way from the inbox to a decision without a mouse, on a Ukrainian keyboard.
#[test]
fn a_letter_is_passed_by_keyboard_alone() {
    let mut office = Office::open();
    office.receive_letters(3);
    let driver = Driver::start(office.folder()).unwrap();
    let browser = driver.browser("uk").unwrap();
    office.sign_in(&browser, "head");
    browser
        .open(&format!("{}letters", office.desk().address()))
        .unwrap();
    browser.find("tr[data-open]").unwrap();
    browser.keys("jj").unwrap();
    let second = browser
        .find("tr.at a.whole")
        .unwrap()
        .property("href")
        .unwrap();
    browser.keys("k").unwrap();
    let first = browser
        .find("tr.at a.whole")
        .unwrap()
        .property("href")
        .unwrap();
    assert_ne!(first, second);
    browser.leave(|it| it.keys("\u{e007}")).unwrap();
    assert_eq!(browser.address().unwrap(), first);
    let texts = Texts::read("uk");
    browser.wait_for(&texts.say("review-pass")).unwrap();
    browser.leave(|it| it.keys("p")).unwrap();
    browser.wait_for(&texts.say("done-review-passed")).unwrap();
    // The next letter is there without the list.
    assert_ne!(browser.address().unwrap(), first);
    assert!(browser.address().unwrap().contains("/letters/"));
    // The search takes the focus with one key, and Escape gives it back.
    browser
        .open(&format!("{}letters", office.desk().address()))
        .unwrap();
    browser.find("tr[data-open]").unwrap();
    browser.keys("/").unwrap();
    assert_eq!(
        browser
            .run("return document.activeElement.id", &[])
            .unwrap(),
        "find"
    );
    browser.keys("\u{e00c}").unwrap();
    assert_ne!(
        browser
            .run("return document.activeElement.id", &[])
            .unwrap(),
        "find"
    );
    // Lock with one key.
    browser.leave(|it| it.run("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Д', code: 'KeyL', shiftKey: true, bubbles: true }))", &[]).map(drop)).unwrap();
    browser.wait_for(&texts.say("unlock-title")).unwrap();
}

/// Two reviewers open the same letter; the second to decide is told, and nothing happens twice.
#[test]
fn two_operators_at_once() {
    let mut office = Office::open();
    office.receive_letters(1);
    office.add_operator("reader", &["reader"]);
    let (mut head, mut reader) = (office.visitor("head"), office.visitor("reader"));
    let address = format!("/letters/{}", office.letters("all")[0]);
    assert_eq!(head.get(&address).unwrap().status, 200);
    assert_eq!(reader.get(&address).unwrap().status, 200);
    let decide = |who: &mut Visitor, decision: &str| {
        who.post(
            "/account",
            &format!("{address}/review"),
            &[("decision", decision), ("refuse", "military")],
        )
        .unwrap()
    };
    assert_eq!(decide(&mut head, "pass").status, 303);
    let second = decide(&mut reader, "refuse");
    assert_eq!(second.status, 422, "{}", second.text());
    assert!(
        second.text().contains("role=\"alert\""),
        "{}",
        second.text()
    );
    let list = head.get("/letters?drawer=print").unwrap().text();
    assert!(list.contains(&format!("{address}\"")), "{list}");
}

/// The desk is killed while letters come in and decisions are made; afterwards everything that was confirmed is there.
#[test]
fn a_killed_desk_has_lost_nothing_it_confirmed() {
    let mut office = Office::open();
    office.receive_letters(6);
    let mut head = office.visitor("head");
    let mut confirmed = Vec::new();
    let letters = office.letters("all");
    for &letter in &letters[..3] {
        assert_eq!(head.get(&format!("/letters/{letter}")).unwrap().status, 200);
        let told = head
            .post(
                "/account",
                &format!("/letters/{letter}/review"),
                &[("decision", "pass")],
            )
            .unwrap();
        assert_eq!(told.status, 303, "{}", told.text());
        confirmed.push(letter);
    }
    // In the middle of a request.
    let mut cut_off = head.clone();
    let request = thread::spawn(move || {
        let fourth = format!("/letters/{}/review", letters[3]);
        cut_off.post("/account", &fourth, &[("decision", "pass")])
    });
    thread::sleep(Duration::from_millis(20));
    office.kill_and_restart();
    let _ = request.join();
    // The session outlives the kill, and so does the token of a page from before.
    let list = head.get("/letters?drawer=print").unwrap();
    assert_eq!(list.status, 200, "{}", list.text());
    for letter in confirmed {
        assert!(
            list.text().contains(&format!("/letters/{letter}\"")),
            "letter {letter} is gone\n{}",
            list.text()
        );
    }
    assert_eq!(office.letters("all").len(), 6);
    let log = head.post("/audit", "/audit/verify", &[]).unwrap();
    assert!(log.text().contains("notice good"), "{}", log.text());
}

/// On the office's network pages go over HTTPS only, under a certificate whose fingerprint the desk tells.
#[test]
fn the_network_gets_https_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::start_on_network(folder.path()).unwrap();
    assert!(
        desk.first_address().starts_with("https://"),
        "{}",
        desk.first_address()
    );
    let told = fs::read_to_string(desk.process().stdout()).unwrap();
    let fingerprint = told
        .lines()
        .find_map(|line| line.strip_prefix("fingerprint "))
        .unwrap();
    assert_eq!(fingerprint.split(':').count(), 32, "{fingerprint}");
    let plain = tidings_tests::http::Request::new("GET", "/sign-in").send(desk.socket());
    assert!(
        plain.is_err() || plain.unwrap().status >= 400,
        "plain HTTP was answered"
    );
    let driver = Driver::start(folder.path()).unwrap();
    let browser = driver.browser_that_trusts_everybody("uk").unwrap();
    browser.open(desk.first_address()).unwrap();
    browser.find("#field-office").unwrap();
}

/// A screen at which nobody does anything locks itself, in the browser and for whoever holds its session.
#[test]
fn an_idle_screen_locks_itself() {
    let office = Office::open();
    let mut head = office.visitor("head");
    let saved = head
        .post(
            "/settings",
            "/settings",
            &[
                ("name", "Офіс"),
                ("idle", "1"),
                ("letters", "30"),
                ("scans", "90"),
                ("requests", "365"),
            ],
        )
        .unwrap();
    assert_eq!(saved.status, 303, "{}", saved.text());
    let driver = Driver::start(office.folder()).unwrap();
    let browser = driver.browser("uk").unwrap();
    office.sign_in(&browser, "head");
    let letters = format!("{}letters", office.desk().address());
    browser.open(&letters).unwrap();
    thread::sleep(Duration::from_secs(30));
    // Whoever works stays: half of the minute has passed, and begins anew.
    browser.keys("k").unwrap();
    thread::sleep(Duration::from_secs(40));
    assert_eq!(
        browser.address().unwrap(),
        letters,
        "locked while somebody worked"
    );
    browser
        .wait_for(&Texts::read("uk").say("unlock-title"))
        .unwrap();
    let locked = head.get("/letters").unwrap();
    assert_eq!(locked.status, 303);
    assert!(locked.header("location").unwrap().starts_with("/unlock"));
}

/// The head locks every screen of the office with one press.
#[test]
fn the_whole_office_is_locked_at_once() {
    let office = Office::open();
    office.add_operator("reader", &["reader"]);
    let (mut head, mut reader) = (office.visitor("head"), office.visitor("reader"));
    assert_eq!(reader.get("/letters").unwrap().status, 200);
    assert_eq!(
        head.post("/account", "/lock-office", &[]).unwrap().status,
        303
    );
    for who in [&mut head, &mut reader] {
        let answer = who.get("/letters").unwrap();
        assert_eq!(answer.status, 303);
        assert!(answer.header("location").unwrap().starts_with("/unlock"));
    }
}

/// A backup that was saved from the page makes the same office on another computer, from its first page.
#[test]
fn a_backup_brings_the_office_back() {
    let mut office = Office::open();
    office.receive_letters(2);
    let mut head = office.visitor("head");
    let backup = head
        .post("/settings/backup", "/settings/backup", &[])
        .unwrap();
    assert_eq!(backup.status, 200);
    let name = backup.header("content-disposition").unwrap().to_owned();
    assert!(
        name.starts_with("attachment; filename=\"tidings-"),
        "{name}"
    );
    let file = office.folder().join("backup.zip");
    fs::write(&file, &backup.body).unwrap();
    for word in ["Петренко".as_bytes(), b"Yablunya", "Яблуня".as_bytes()] {
        assert!(
            memchr::memmem::find(&backup.body, word).is_none(),
            "a name stands in the backup"
        );
    }
    // Nothing of it stays on the disk.
    let left: Vec<_> = fs::read_dir(office.desk().home())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("backup"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let elsewhere = tempfile::tempdir().unwrap();
    let desk = Desk::start(elsewhere.path()).unwrap();
    let driver = Driver::start(elsewhere.path()).unwrap();
    let browser = driver.browser("uk").unwrap();
    browser.open(desk.first_address()).unwrap();
    let give = |path: &std::path::Path| {
        if browser
            .look("details[open] #field-backup")
            .unwrap()
            .is_none()
        {
            browser
                .find("details:has(#field-backup) summary")
                .unwrap()
                .click()
                .unwrap();
        }
        browser
            .find("#field-backup")
            .unwrap()
            .send(path.to_str().unwrap())
            .unwrap();
        browser
            .leave(|it| it.find("form[action='/begin/restore'] button")?.click())
            .unwrap();
    };
    // Another file is told, and makes nothing.
    let other = elsewhere.path().join("other.zip");
    fs::write(&other, &backup.body[..backup.body.len() / 2]).unwrap();
    give(&other);
    browser.find(".notice.bad").unwrap();
    give(&file);
    browser.find("#field-login").unwrap();
    let mut head = Visitor::new(&desk);
    head.sign_in("head", tidings_tests::desk::PASSWORD).unwrap();
    let list = head.get("/letters?drawer=all").unwrap().text();
    assert_eq!(list.matches("data-open=\"\"").count(), 2, "{list}");
    let log = head.post("/audit", "/audit/verify", &[]).unwrap();
    assert!(log.text().contains("notice good"), "{}", log.text());
}

/// Letters are held and refused with a reason from the list, and what passed is printed together; a reason that is not on the
/// list decides nothing.
#[test]
fn letters_are_held_refused_and_printed_together() {
    let mut office = Office::open();
    office.receive_letters(4);
    let texts = Texts::read("uk");
    let letters = office.letters("all");
    let mut head = office.visitor("head");
    let mut decide = |letter: u64, fields: &[(&str, &str)]| {
        let page = format!("/letters/{letter}");
        assert_eq!(head.get(&page).unwrap().status, 200);
        head.post("/account", &format!("{page}/review"), fields)
            .unwrap()
            .status
    };
    let nonsense = [("decision", "refuse"), ("refuse", "because")];
    assert_ne!(decide(letters[0], &nonsense), 303);
    let held = [("decision", "hold"), ("hold", "second_opinion")];
    assert_eq!(decide(letters[0], &held), 303);
    let refused = [("decision", "refuse"), ("refuse", "military")];
    assert_eq!(decide(letters[1], &refused), 303);
    for letter in &letters[2..] {
        assert_eq!(decide(*letter, &[("decision", "pass")]), 303);
    }
    assert_eq!(office.letters("held"), letters[..1]);
    assert_eq!(office.letters("print"), letters[2..]);
    for (letter, reason) in [(letters[0], "second_opinion"), (letters[1], "military")] {
        let page = head.get(&format!("/letters/{letter}")).unwrap().text();
        assert!(
            page.contains(&texts.say(&format!("reason-{reason}"))),
            "{page}"
        );
    }
    // Both on paper, in one document.
    let numbers = [letters[2].to_string(), letters[3].to_string()];
    let mut fields = vec![("paper", "a5"), ("reply", "1")];
    fields.extend(numbers.iter().map(|number| ("letter", number.as_str())));
    let made = head.post("/account", "/print", &fields).unwrap();
    assert_eq!(made.status, 303, "{}", made.text());
    let job = made.header("location").unwrap().to_owned();
    let begun = std::time::Instant::now();
    let pdf = loop {
        let answer = head.get(&format!("{job}/document")).unwrap();
        if answer.status == 200 {
            break answer.body;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no document: {}",
            answer.text()
        );
        thread::sleep(Duration::from_millis(300));
    };
    let (pages, text) = journey::rasterised(office.folder(), "both", &pdf);
    assert!(pages >= 6, "{pages}");
    assert_eq!(text.matches(texts.letter_line).count(), 2, "{text}");
    // Erased on request: the document is gone, the letters are not.
    assert_eq!(
        head.post("/account", &format!("{job}/close"), &[])
            .unwrap()
            .status,
        303
    );
    assert_ne!(head.get(&format!("{job}/document")).unwrap().status, 200);
    assert_eq!(office.letters("pack"), letters[2..]);
}
