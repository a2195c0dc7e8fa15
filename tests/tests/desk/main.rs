//! The desk as people meet it: the real `tidings-relay`, the real `tidings` of a family, the real `tidings-desk`, and a real
//! Chromium. Pictures of every page are kept in `target/desk-pictures`, to be looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod decisions;
mod safety;
#[path = "../support/mod.rs"]
mod support;

use support::{
    Day, Texts,
    journey::{Walk, doors, families, letters, office, parcels, register},
};
use tidings_tests::{browser::Driver, hand::Hand};

/// A whole day with one hand. Every page is photographed wide and narrow, light and dark, and checked by axe.
fn a_day(name: &'static str, language: &'static str, hand: Hand) {
    let mut day = Day::begin(name);
    let driver = Driver::start(day.folder()).unwrap();
    let browser = driver.browser(language).unwrap();
    let mut walk = Walk::new(&mut day, browser, hand, Texts::read(language));
    doors::first_run(&mut walk);
    doors::second_operator(&mut walk, &driver);
    letters::letter_comes(&mut walk);
    letters::review(&mut walk);
    letters::print(&mut walk);
    parcels::parcels(&mut walk);
    register::register(&mut walk);
    register::returned(&mut walk);
    office::mailbags(&mut walk);
    office::figures(&mut walk);
    office::head(&mut walk);
    doors::lock(&mut walk);
    drop(walk);
    day.done();
}

/// DESK-38: a family that wrote to a captive before asks the office itself, and then forgets for whom its next letter is.
#[test]
fn a_question_to_the_office_is_answered() {
    let mut day = Day::begin("question");
    let driver = Driver::start(day.folder()).unwrap();
    let browser = driver.browser("uk").unwrap();
    let mut walk = Walk::new(&mut day, browser, Hand::Mouse, Texts::read("uk"));
    doors::first_run(&mut walk);
    letters::letter_comes(&mut walk);
    families::question(&mut walk);
    families::forgotten_name(&mut walk);
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
