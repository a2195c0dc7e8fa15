//! Letters come, are read, cut and printed.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::Walk;
use crate::support::PERSON;

/// A family writes, the letter appears by itself and is found by its names.
pub fn letter_comes(walk: &mut Walk<'_>) {
    // An empty inbox says what to do next: show the card.
    walk.room("letters");
    walk.told("inbox-empty-review");
    walk.look("07-inbox-empty");
    walk.press("main a[href='/card']");
    let card = walk.value("#card-link");
    assert!(card.starts_with("tidings:card/"), "{card}");
    walk.look("08-card");
    let (pages, text) = walk.document("/card/poster", "08-poster");
    assert_eq!(pages, 1);
    for language in ["uk", "ru", "en"] {
        let word = walk.text(&format!("ol.words[lang={language}] li"));
        assert!(
            text.contains(word.trim()),
            "{word} is not on the poster\n{text}"
        );
    }
    walk.day.family_writes(&card, &walk.texts);
    let begun = Instant::now();
    while !walk.browser.text().unwrap().contains(PERSON) {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no letter came\n{}",
            walk.browser.text().unwrap()
        );
        walk.room("letters");
        thread::sleep(Duration::from_millis(300));
    }
    walk.look("09-inbox");
    // In the other script, and with slips, as it is typed.
    for typed in ["petrenko", "Петернко", "Іван Сергійович Петренко"]
    {
        walk.fill("#find", typed);
        thread::sleep(Duration::from_millis(600));
        walk.shown(PERSON);
    }
    walk.fill("#find", "Шевченко");
    walk.told("inbox-nothing-found");
    walk.look("10-nothing-found");
    walk.press("main .empty a.button");
    // Filters.
    walk.choose("#field-pictures", "without");
    walk.told("inbox-nothing-found");
    walk.choose("#field-pictures", "with");
    walk.shown(PERSON);
}

/// The letter is read, a passage is cut, it goes on.
pub fn review(walk: &mut Walk<'_>) {
    walk.press("tr[data-open] a.whole");
    walk.shown(walk.texts.letter_line);
    assert!(
        walk.browser.look(".letter-text mark").unwrap().is_some(),
        "no hint is marked"
    );
    walk.browser.find(".pictures img").unwrap();
    let is_shown = "return document.querySelector('.pictures img').naturalWidth > 0";
    let begun = Instant::now();
    while walk.browser.run(is_shown, &[]).unwrap() != true {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the picture is not shown"
        );
        thread::sleep(Duration::from_millis(100));
    }
    walk.look("11-letter");
    preview(walk);
    walk.open(".decisions details:has(#field-cuts) summary");
    walk.fill("#field-cuts", "this stands nowhere");
    walk.press("button[value=cut]");
    walk.told("review-cut-not-found");
    assert_eq!(walk.value("#field-cuts"), "this stands nowhere");
    walk.fill("#field-cuts", walk.texts.cut);
    walk.look("12-letter-cut");
    walk.press("button[value=cut]");
    walk.told("done-review-cut");
    // The family cannot be told before somebody has made sure who it is.
    walk.press("a[href='/letters?drawer=print']");
    walk.shown(PERSON);
    walk.press("tr[data-open] a.whole");
    let text = walk.text(".letter-text");
    assert!(
        text.contains('█') && !text.contains(walk.texts.cut),
        "{text}"
    );
    walk.press("form[action$='/verify'] button");
    walk.told("done-verified");
    // What was cut lies sealed; the head may see it, once, and the log says so.
    walk.open("details:has(form[action$='/original']) summary");
    walk.press("form[action$='/original'] button");
    walk.shown(walk.texts.cut);
    walk.look("13-letter-passed");
}

/// The letter as it will look on paper, in black and white.
fn preview(walk: &mut Walk<'_>) {
    walk.press("main a.button[href*='/preview']");
    walk.told("preview-lead");
    let is_drawn = "return [...document.querySelectorAll('.sheets img')].slice(0, 2).every(it => it.naturalWidth > 0)";
    let begun = Instant::now();
    while walk.browser.run(is_drawn, &[]).unwrap() != true {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the pages of the preview are not shown"
        );
        thread::sleep(Duration::from_millis(100));
    }
    walk.look("11-letter-preview");
    walk.press("main p a[href^='/letters/']");
    walk.shown(walk.texts.letter_line);
}

/// On paper.
pub fn print(walk: &mut Walk<'_>) {
    walk.room("print");
    walk.look("14-print");
    walk.press("form[action='/print/new'] button.main");
    walk.tick("input[name=reply][value='2']");
    walk.look("15-print-new");
    walk.press("form[action='/print'] button.main");
    walk.told("print-open");
    walk.look("16-print-ready");
    let document = walk.browser.find("main a.button.main").unwrap();
    let address = document.property("pathname").unwrap();
    let labels = address.replace("/document", "/labels.pdf");
    let (sheets, label) = walk.document(&labels, "16-envelopes");
    assert!(sheets == 1 && label.contains("Іван"), "{label}");
    let (pages, text) = walk.document(&address, "16-letters");
    assert!(
        pages >= 3,
        "{pages} pages: letter, drawing, two of the reply sheet"
    );
    assert!(text.contains(walk.texts.letter_line), "{text}");
    assert!(
        !text.contains(walk.texts.cut),
        "what was cut is on paper\n{text}"
    );
}
