//! What becomes of letters: by keyboard, by two at once, by two together, many at once.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::support::{Office, Texts, journey::rasterised};
use tidings_tests::{browser::Driver, desk::Visitor};

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

/// DESK-9: a letter of a sensitive case is opened by two. Whoever reads asks, a colleague is told in the inbox and agrees, and
/// nothing of the letter is given before, no picture either.
#[test]
fn a_letter_for_two_is_opened_by_two() {
    let mut office = Office::open();
    office.receive_letters(1);
    office.add_operator("reader", &["reader"]);
    office.add_operator("worker", &["case_worker"]);
    let letter = office.letters("all")[0];
    let page = format!("/letters/{letter}");
    let texts = Texts::read("uk");
    let [mut reader, mut worker] = ["reader", "worker"].map(|login| office.visitor(login));
    let post = |who: &mut Visitor, what: &str, fields: &[(&str, &str)]| {
        let told = who.post("/account", &format!("{page}/{what}"), fields);
        told.unwrap().status
    };
    assert_eq!(post(&mut worker, "two-people", &[("two", "yes")]), 303);
    // Who set it cannot lift it: that is a head's.
    assert_eq!(post(&mut worker, "two-people", &[]), 403);
    let reads = |who: &mut Visitor| {
        let text = who.get(&page).unwrap().text().contains(texts.letter_line);
        let picture = who.get(&format!("{page}/pictures/0")).unwrap().status;
        (text, picture)
    };
    assert_eq!(reads(&mut reader), (false, 422));
    assert_eq!(post(&mut reader, "review", &[("decision", "pass")]), 422);
    assert_eq!(post(&mut reader, "ask", &[]), 303);
    assert_eq!(
        reads(&mut reader),
        (false, 422),
        "asking alone opens nothing"
    );
    let inbox = worker.get("/letters").unwrap().text();
    assert!(inbox.contains(&texts.say("inbox-asked-open")), "{inbox}");
    let own = reader.get("/letters").unwrap().text();
    assert!(!own.contains(&texts.say("inbox-asked-open")), "{own}");
    let asked = worker.get(&page).unwrap().text();
    let who = asked.split("name=\"who\" value=\"").nth(1).unwrap();
    let who = who.split('"').next().unwrap().to_owned();
    // Nobody agrees with himself.
    assert_eq!(post(&mut reader, "agree", &[("who", &who)]), 422);
    assert_eq!(post(&mut worker, "agree", &[("who", &who)]), 303);
    assert_eq!(reads(&mut reader), (true, 200));
    assert_eq!(
        reads(&mut worker),
        (false, 422),
        "the second one has asked for nothing"
    );
    assert_eq!(post(&mut reader, "review", &[("decision", "pass")]), 303);
    let log = office.visitor("head").get("/audit").unwrap().text();
    for deed in [
        "did-two-people-set",
        "did-opening-asked",
        "did-opening-agreed",
    ] {
        assert!(log.contains(&texts.say(deed)), "{deed}\n{log}");
    }
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
    let begun = Instant::now();
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
    let (pages, text) = rasterised(office.folder(), "both", &pdf);
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
