//! What families write to the office itself.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::Walk;
use crate::support::PERSON;

/// A family asks the office itself; a person makes sure who it is, and answers.
pub fn question(walk: &mut Walk<'_>) {
    walk.day.family_asks(walk.texts.question);
    wait(walk, walk.texts.question);
    walk.look("31-messages");
    walk.press("tr[data-open] a.whole");
    walk.shown(walk.texts.question);
    walk.fill("#field-text", walk.texts.printed);
    walk.press("form[action$='/answer'] button.main");
    walk.told("error-contact-not-verified");
    assert_eq!(walk.value("#field-text"), walk.texts.printed);
    walk.press("form[action$='/verify'] button");
    walk.told("done-verified");
    walk.fill("#field-text", walk.texts.printed);
    walk.look("31-message");
    walk.press("form[action$='/answer'] button.main");
    walk.told("done-message-answered");
    walk.told("messages-empty");
}

/// A letter to a captive whose writer forgot to say to whom: nothing of it is lost.
pub fn forgotten_name(walk: &mut Walk<'_>) {
    walk.day.family_asks(walk.texts.letter);
    let first = walk.texts.letter.lines().next().unwrap();
    wait(walk, first);
    walk.press("tr[data-open] a.whole");
    walk.shown(walk.texts.letter_line);
    walk.fill("#field-person", PERSON);
    walk.look("32-message-addressed");
    walk.press("form:has(#field-person) button");
    walk.told("done-message-addressed");
    walk.shown(PERSON);
    walk.shown(walk.texts.letter_line);
    walk.room("messages");
    walk.told("messages-empty");
    walk.room("letters");
    let waiting = walk
        .browser
        .run(
            "return document.querySelectorAll('tr[data-open]').length",
            &[],
        )
        .unwrap();
    assert_eq!(waiting, 2, "the first letter, and this one");
}

/// Waits until a message that begins so is among those that wait.
fn wait(walk: &Walk<'_>, text: &str) {
    let begun = Instant::now();
    loop {
        walk.room("messages");
        if walk.browser.text().unwrap().contains(text) {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no message came\n{}",
            walk.browser.text().unwrap()
        );
        thread::sleep(Duration::from_millis(300));
    }
}
