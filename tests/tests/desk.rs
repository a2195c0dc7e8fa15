//! The desk as people meet it: the real `tidings-relay`, the real `tidings` of a family, the real `tidings-desk`, and a real
//! Chromium. Pictures of every page are kept in `target/desk-pictures`, to be looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{fs, thread, time::Duration};

use support::{Day, Office, PERSON, Texts};
use tidings_tests::{
    browser::Driver,
    desk::{Desk, PASSWORD, Visitor, code_now},
};

/// A whole day, mouse only: from the first run to a letter that was passed. Every page is photographed wide and narrow, and
/// checked by axe.
fn journey(language: &'static str) {
    let mut day = Day::begin(language);
    let texts = Texts::read(language);
    let driver = Driver::start(day.folder()).unwrap();
    let browser = driver.browser(language).unwrap();

    // The first run.
    browser.open(day.desk().first_address()).unwrap();
    day.look(&browser, "01-first-run");
    browser
        .find("#field-office")
        .unwrap()
        .fill(texts.office)
        .unwrap();
    browser
        .find("#field-relay")
        .unwrap()
        .fill("tidings:relay/nonsense")
        .unwrap();
    browser
        .find("#field-name")
        .unwrap()
        .fill(texts.head)
        .unwrap();
    browser.find("#field-login").unwrap().fill("head").unwrap();
    browser
        .find("#field-password")
        .unwrap()
        .fill(PASSWORD)
        .unwrap();
    browser
        .find("#field-again")
        .unwrap()
        .fill(PASSWORD)
        .unwrap();
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    // What was wrong is told beside its field; what was typed is still there.
    browser.wait_for(&texts.say("begin-relay-wrong")).unwrap();
    assert_eq!(
        browser
            .find("#field-office")
            .unwrap()
            .property("value")
            .unwrap(),
        texts.office
    );
    day.look(&browser, "02-first-run-wrong");
    browser
        .find("#field-relay")
        .unwrap()
        .fill(&day.relay())
        .unwrap();
    browser
        .find("#field-password")
        .unwrap()
        .fill(PASSWORD)
        .unwrap();
    browser
        .find("#field-again")
        .unwrap()
        .fill(PASSWORD)
        .unwrap();
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();

    // The code from the telephone.
    day.look(&browser, "03-code");
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    let seed = browser.find("#seed").unwrap().text().unwrap();
    browser
        .find("#field-one-time")
        .unwrap()
        .fill("000000")
        .unwrap();
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    browser.wait_for(&texts.say("code-wrong")).unwrap();
    assert_eq!(browser.find("#seed").unwrap().text().unwrap(), seed);
    day.look(&browser, "04-code-wrong");
    browser
        .find("#field-one-time")
        .unwrap()
        .fill(&code_now(&seed).unwrap())
        .unwrap();
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    browser.wait_for(&texts.say("done-code-proven")).unwrap();
    day.look(&browser, "05-account");

    // An empty inbox says what to do next: show the card.
    browser
        .leave(|it| it.find("nav.rooms a[href='/letters']")?.click())
        .unwrap();
    browser.wait_for(&texts.say("inbox-empty-review")).unwrap();
    day.look(&browser, "06-inbox-empty");
    browser
        .leave(|it| it.find("main a[href='/card']")?.click())
        .unwrap();
    let card = browser
        .find("#card-link")
        .unwrap()
        .property("value")
        .unwrap();
    assert!(card.starts_with("tidings:card/"), "{card}");
    day.look(&browser, "07-card");

    // A family writes; the letter appears by itself.
    day.family_writes(&card, &texts);
    let begun = std::time::Instant::now();
    while !browser.text().unwrap().contains(PERSON) {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no letter came\n{}",
            browser.text().unwrap()
        );
        browser
            .open(&format!("{}letters", day.desk().address()))
            .unwrap();
        thread::sleep(Duration::from_millis(300));
    }
    day.look(&browser, "08-inbox");

    // Found by the name in another script, as it is typed.
    browser.find("#find").unwrap().fill("petrenko").unwrap();
    thread::sleep(Duration::from_millis(800));
    browser.wait_for(PERSON).unwrap();
    browser.find("#find").unwrap().fill("Шевченко").unwrap();
    browser.wait_for(&texts.say("inbox-nothing-found")).unwrap();
    day.look(&browser, "09-nothing-found");
    browser
        .leave(|it| it.find("main .empty a.button")?.click())
        .unwrap();

    // Read, and pass with a cut.
    browser
        .leave(|it| it.find("tr[data-open] a.whole")?.click())
        .unwrap();
    browser.wait_for(texts.letter_line).unwrap();
    assert!(
        browser.look(".letter-text mark").unwrap().is_some(),
        "no hint is marked"
    );
    let is_shown = browser.run(
        "return document.querySelector('.pictures img').naturalWidth > 0",
        &[],
    );
    assert_eq!(is_shown.unwrap(), true, "the picture is not shown");
    day.look(&browser, "10-letter");
    browser
        .find(".decisions details summary")
        .unwrap()
        .click()
        .unwrap();
    browser
        .find("#field-cuts")
        .unwrap()
        .fill("this stands nowhere")
        .unwrap();
    browser
        .leave(|it| it.find("button[value=cut]")?.click())
        .unwrap();
    browser
        .wait_for(&texts.say("review-cut-not-found"))
        .unwrap();
    assert_eq!(
        browser
            .find("#field-cuts")
            .unwrap()
            .property("value")
            .unwrap(),
        "this stands nowhere"
    );
    browser
        .find("#field-cuts")
        .unwrap()
        .fill(texts.cut)
        .unwrap();
    day.look(&browser, "11-letter-cut");
    browser
        .leave(|it| it.find("button[value=cut]")?.click())
        .unwrap();
    browser.wait_for(&texts.say("done-review-cut")).unwrap();
    browser
        .leave(|it| it.find("a[href='/letters?drawer=print']")?.click())
        .unwrap();
    browser.wait_for(PERSON).unwrap();
    browser
        .leave(|it| it.find("tr[data-open] a.whole")?.click())
        .unwrap();
    let text = browser.find(".letter-text").unwrap().text().unwrap();
    assert!(text.contains('█') && !text.contains(texts.cut), "{text}");
    day.look(&browser, "12-letter-passed");

    // On paper.
    browser
        .leave(|it| it.find("nav.rooms a[href='/print']")?.click())
        .unwrap();
    day.look(&browser, "12-print");
    browser
        .leave(|it| it.find("form[action='/print/new'] button.main")?.click())
        .unwrap();
    day.look(&browser, "12-print-new");
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    browser.wait_for(&texts.say("print-open")).unwrap();
    day.look(&browser, "12-print-ready");

    // The rooms of the head of the office.
    for (room, name) in [
        ("operators", "13-operators"),
        ("audit", "14-log"),
        ("settings", "15-settings"),
    ] {
        browser
            .leave(|it| it.find(&format!("nav.rooms a[href='/{room}']"))?.click())
            .unwrap();
        day.look(&browser, name);
    }
    browser
        .leave(|it| it.find("nav.rooms a[href='/audit']")?.click())
        .unwrap();
    browser
        .leave(|it| it.find("main .head button")?.click())
        .unwrap();
    browser.find(".notice.good").unwrap();

    // The lock: one key; what was typed comes back.
    browser
        .leave(|it| it.find("nav.rooms a[href='/settings']")?.click())
        .unwrap();
    browser
        .find("#field-address")
        .unwrap()
        .fill("вул. Садова, 5")
        .unwrap();
    browser.find("h1").unwrap().click().unwrap();
    browser
        .leave(|it| it.find("button[data-lock-now]")?.click())
        .unwrap();
    browser.wait_for(&texts.say("unlock-title")).unwrap();
    assert!(!browser.text().unwrap().contains(PERSON));
    day.look(&browser, "16-locked");
    browser
        .find("#field-password")
        .unwrap()
        .fill(PASSWORD)
        .unwrap();
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    browser.wait_for(&texts.say("settings-address")).unwrap();
    assert_eq!(
        browser
            .find("#field-address")
            .unwrap()
            .property("value")
            .unwrap(),
        "вул. Садова, 5"
    );

    // Out, and in again with the code.
    browser
        .open(&format!("{}account", day.desk().address()))
        .unwrap();
    browser
        .leave(|it| it.find("form[action='/sign-out'] button")?.click())
        .unwrap();
    day.look(&browser, "17-sign-in");
    browser.find("#field-login").unwrap().fill("head").unwrap();
    browser
        .find("#field-password")
        .unwrap()
        .fill(PASSWORD)
        .unwrap();
    browser
        .leave(|it| it.find("main button.main")?.click())
        .unwrap();
    browser.wait_for(&texts.say("error-code-needed")).unwrap();
    day.done();
}

#[test]
fn a_day_in_ukrainian() {
    journey("uk");
}

#[test]
fn a_day_in_russian() {
    journey("ru");
}

#[test]
fn a_day_in_english() {
    journey("en");
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
    assert_eq!(head.get("/letters/1").unwrap().status, 200);
    assert_eq!(reader.get("/letters/1").unwrap().status, 200);
    let decide = |who: &mut Visitor, decision: &str| {
        who.post(
            "/account",
            "/letters/1/review",
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
    assert!(list.contains("/letters/1\""), "{list}");
}

/// The desk is killed while letters come in and decisions are made; afterwards everything that was confirmed is there.
#[test]
fn a_killed_desk_has_lost_nothing_it_confirmed() {
    let mut office = Office::open();
    office.receive_letters(6);
    let mut head = office.visitor("head");
    let mut confirmed = Vec::new();
    for letter in 1..=3 {
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
        cut_off.post("/account", "/letters/4/review", &[("decision", "pass")])
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
    let all = head.get("/letters?drawer=all").unwrap().text();
    let shown = (1..=6)
        .filter(|letter| all.contains(&format!("\"/letters/{letter}\"")))
        .count();
    assert_eq!(shown, 6, "{all}");
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
