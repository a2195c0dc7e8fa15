//! The first run, the second factor of everybody, the lock.

use super::Walk;
use crate::support::PERSON;
use tidings_tests::{
    browser::{Browser, Driver},
    desk::{PASSWORD, Telephone},
    hand::Hand,
};

/// The office is set up, and its head has a code on the telephone.
pub fn first_run(walk: &mut Walk<'_>) {
    walk.browser.open(walk.day.desk().first_address()).unwrap();
    walk.look("01-first-run");
    let (office, head) = (walk.texts.office, walk.texts.head);
    walk.fill("#field-office", office);
    walk.fill("#field-relay", "tidings:relay/nonsense");
    walk.fill("#field-name", head);
    walk.fill("#field-login", "head");
    walk.fill("#field-password", PASSWORD);
    walk.fill("#field-again", PASSWORD);
    walk.press("main form[action='/begin'] button.main");
    // What was wrong is told beside its field; what was typed is still there.
    walk.told("begin-relay-wrong");
    assert_eq!(walk.value("#field-office"), office);
    walk.look("02-first-run-wrong");
    let relay = walk.day.relay();
    walk.fill("#field-relay", &relay);
    walk.fill("#field-password", PASSWORD);
    walk.fill("#field-again", PASSWORD);
    walk.press("main form[action='/begin'] button.main");

    // The code from the telephone.
    walk.look("03-code");
    walk.press("main button.main");
    let seed = walk.text("#seed");
    walk.fill("#field-one-time", "000000");
    walk.press("main button.main");
    walk.told("code-wrong");
    assert_eq!(walk.text("#seed"), seed);
    walk.look("04-code-wrong");
    let mut telephone = Telephone::new(&seed);
    walk.fill("#field-one-time", &telephone.code().unwrap());
    walk.telephones.insert("head", telephone);
    walk.press("main button.main");
    walk.told("done-code-proven");
    let codes =
        "return Array.from(document.querySelectorAll('#recovery code'), (it) => it.textContent)";
    let codes = walk.browser.run(codes, &[]).unwrap();
    let codes = codes.as_array().unwrap().iter();
    walk.recovery = codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(walk.recovery.len(), 10);
    walk.look("05-recovery-codes");
    walk.press("main a.button.main");
    walk.press("header a.person");
    walk.look("05-account");
}

/// A new operator signs in, and sees nothing but the way to the second factor before it is set up.
fn enrol(walk: &mut Walk<'_>, other: &Browser, login: &'static str) {
    let hand = walk.hand;
    other.open(&walk.day.desk().address()).unwrap();
    hand.fill(other, "#field-login", login).unwrap();
    hand.fill(other, "#field-password", PASSWORD).unwrap();
    hand.press(other, "main button.main").unwrap();
    other.find("form[action='/account/second-factor']").unwrap();
    assert!(
        other.look("nav.rooms a").unwrap().is_none(),
        "a room is offered"
    );
    walk.day.look(other, &format!("06-second-factor-{login}"));
    for closed in ["letters", "card", "operators"] {
        other
            .open(&format!("{}{closed}", walk.day.desk().address()))
            .unwrap();
        let address = other.address().unwrap();
        assert!(address.contains("/account/second-factor"), "{address}");
    }
    hand.press(other, "main button.main").unwrap();
    let mut telephone = Telephone::new(&other.find("#seed").unwrap().text().unwrap());
    hand.fill(other, "#field-one-time", &telephone.code().unwrap())
        .unwrap();
    walk.telephones.insert(login, telephone);
    hand.press(other, "main button.main").unwrap();
    hand.press(other, "main a.button.main").unwrap();
    other.find("nav.rooms a[href='/letters']").unwrap();
}

/// A second operator who prints and packs, and sees only the rooms of that.
pub fn second_operator(walk: &mut Walk<'_>, driver: &Driver) {
    walk.room("operators");
    for (name, login, role) in [
        (walk.texts.third, "colleague", "case_worker"),
        (walk.texts.second, "packer", "printer"),
    ] {
        walk.fill("form[action='/operators'] #field-name", name);
        walk.fill("form[action='/operators'] #field-login", login);
        walk.fill("form[action='/operators'] #field-password", PASSWORD);
        walk.tick(&format!("input[name=role][value={role}]"));
        walk.press("form[action='/operators'] button.main");
        walk.told("done-operator-added");
    }
    walk.look("06-operators");
    let colleague = driver.browser(walk.texts.language).unwrap();
    enrol(walk, &colleague, "colleague");
    drop(colleague);
    let other = driver.browser(walk.texts.language).unwrap();
    enrol(walk, &other, "packer");
    other
        .open(&format!("{}letters", walk.day.desk().address()))
        .unwrap();
    assert!(
        other
            .look("nav.rooms a[href='/parcels']")
            .unwrap()
            .is_some()
    );
    for closed in ["operators", "audit", "settings", "register", "replies"] {
        let link = format!("nav.rooms a[href='/{closed}']");
        assert!(other.look(&link).unwrap().is_none(), "{closed} is offered");
        other
            .open(&format!("{}{closed}", walk.day.desk().address()))
            .unwrap();
        assert!(
            other
                .text()
                .unwrap()
                .contains(&walk.texts.say("refusal-forbidden"))
        );
    }
    walk.day.look(&other, "06-second-operator");
}

/// The lock: one key or one press; what was typed comes back. Then out.
pub fn lock(walk: &mut Walk<'_>) {
    walk.room("settings");
    walk.fill("#field-address", "вул. Садова, 5");
    match walk.hand {
        Hand::Mouse => walk.press("button[data-lock-now]"),
        Hand::Keyboard => {
            walk.browser.keys("\u{e00c}").unwrap();
            walk.browser.leave(|it| it.chord("\u{e008}", "L")).unwrap();
        }
    }
    walk.told("unlock-title");
    assert!(!walk.browser.text().unwrap().contains(PERSON));
    walk.look("38-locked");
    walk.fill("#field-password", PASSWORD);
    walk.press("main button.main");
    walk.told("settings-address");
    assert_eq!(walk.value("#field-address"), "вул. Садова, 5");
    walk.press("header a.person");
    walk.press("form[action='/sign-out'] button");
    walk.look("39-sign-in");
    walk.fill("#field-login", "head");
    walk.fill("#field-password", PASSWORD);
    walk.press("main button.main");
    walk.told("error-code-needed");
    // The telephone is lost: a code from paper lets in, once.
    let code = walk.recovery[0].clone();
    let try_in = |walk: &Walk<'_>| {
        walk.fill("#field-login", "head");
        walk.fill("#field-password", PASSWORD);
        walk.fill("#field-one-time", &code);
        walk.press("main button.main");
    };
    try_in(walk);
    walk.press("header a.person");
    walk.look("40-account-recovery");
    walk.press("form[action='/sign-out'] button");
    try_in(walk);
    walk.told("error-credentials");
}
