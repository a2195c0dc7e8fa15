//! The pages on which scanned answers are sorted, in a real Chromium: a pile is dropped, a page whose codes are gone gets its
//! number from a person, a reply waits for its last page, doubles are laid aside. With the mouse, on a telephone, and with the
//! keyboard alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{fs, path::PathBuf};

use image::GrayImage;
use support::{
    Album, Office, PERSON, Texts,
    sheets::{paper, png, print, sheet_numbers, spoil_codes, wait_for, write},
};
use tidings_tests::{
    browser::{Browser, Driver},
    hand::Hand,
};

/// Somebody who sorts scans.
struct Scanner {
    office: Office,
    browser: Browser,
    hand: Hand,
    texts: Texts,
    album: Album,
    _driver: Driver,
}

impl Scanner {
    /// One letter was printed with a reply sheet of two pages, on which somebody wrote. Gives the pages of the sheet and its
    /// number.
    fn begin(
        name: &str,
        language: &'static str,
        hand: Hand,
        window: (u32, u32),
    ) -> (Self, [GrayImage; 2], String) {
        let mut office = Office::open();
        office.receive_letters(1);
        let mut head = office.visitor("head");
        let pdf = print(&mut head, 1, "2");
        let number = sheet_numbers(&mut head).remove(0);
        let mut pages = paper(office.folder(), &pdf);
        let mut last = pages.pop().unwrap();
        let mut first = pages.pop().unwrap();
        write(&mut first, 1);
        write(&mut last, 2);
        head.post("/account", "/language", &[("language", language)])
            .unwrap();
        let driver = Driver::start(office.folder()).unwrap();
        let browser = driver.browser(language).unwrap();
        browser.size(window.0, window.1).unwrap();
        office.sign_in(&browser, "head");
        let mut album = Album::new(name);
        album.window = window;
        let scanner = Self {
            office,
            browser,
            hand,
            texts: Texts::read(language),
            album,
            _driver: driver,
        };
        (scanner, [first, last], number)
    }

    fn press(&self, selector: &str) {
        self.hand.press(&self.browser, selector).unwrap();
    }

    fn fill(&self, selector: &str, text: &str) {
        self.hand.fill(&self.browser, selector, text).unwrap();
    }

    fn choose(&self, selector: &str, value: &str) {
        self.hand.choose(&self.browser, selector, value).unwrap();
    }

    fn told(&self, key: &str) {
        self.browser.wait_for(&self.texts.say(key)).unwrap();
    }

    fn look(&mut self, name: &str) {
        self.album.look(&self.browser, name);
    }

    /// Goes to the room, by the column or, in a narrow window, by the list that unfolds.
    fn room(&self) {
        if self.album.window.0 < 900 {
            self.hand
                .open(&self.browser, "details.rooms-narrow summary")
                .unwrap();
            self.press("details.rooms-narrow a[href='/replies']");
        } else {
            self.press("nav.rooms a[href='/replies']");
        }
    }

    /// Drops these files, and waits until they are read. A file is chosen in a window of the system, which no test can reach.
    fn drop_files(&self, files: &[(&str, Vec<u8>)]) {
        self.room();
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, bytes)| {
                let path = self.office.folder().join(name);
                fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        self.browser
            .find("#field-files")
            .unwrap()
            .send(&paths.join("\n"))
            .unwrap();
        self.press("form[action='/replies'] button.main");
        // The list renews itself, without a person.
        wait_for("the end of the reading", || {
            let waits = self.browser.look("#scans[hx-trigger]").unwrap().is_some();
            (!waits).then_some(())
        });
    }
}

/// The whole way of a pile: what is read by itself, what a person has to look at, what is complete.
fn a_pile_is_sorted(name: &str, language: &'static str, hand: Hand, window: (u32, u32)) {
    let (mut scanner, [first, last], number) = Scanner::begin(name, language, hand, window);
    scanner.room();
    scanner.told("replies-empty");
    scanner.look("01-empty");

    // The second page is read; the first one has lost its codes; and there is a file that is none.
    let mut spoilt = first.clone();
    spoil_codes(&mut spoilt);
    scanner.drop_files(&[
        ("last.png", png(&last)),
        ("spoilt.png", png(&spoilt)),
        ("broken.pdf", b"%PDF-1.7\nnothing that follows".to_vec()),
    ]);
    scanner.told("scan-file-damaged");
    scanner.told("replies-open");
    scanner.look("02-pile");
    scanner.press("#scans a[href^='/replies/files/']");
    scanner.look("03-file");

    // A person types the number: with a slip, then rightly; sees to whom it leads, says no, and then yes.
    scanner.room();
    scanner.press("a[href='/replies/queue']");
    scanner.told("page-unread");
    scanner.browser.find("img.sheet").unwrap();
    let digit = if number.ends_with('1') { "2" } else { "1" };
    let slip = format!("{}{digit}", &number[..number.len() - 1]);
    scanner.fill("#field-sheet", &slip);
    scanner.press("form:has(#field-sheet) button.main");
    scanner.told("replies-number-check");
    let kept = scanner.browser.find("#field-sheet").unwrap();
    assert_eq!(
        kept.property("value").unwrap(),
        slip,
        "what was typed is gone"
    );
    scanner.look("04-number-wrong");
    scanner.fill("#field-sheet", &number);
    scanner.choose("#field-pages", "2");
    scanner.press("form:has(#field-sheet) button.main");
    scanner.browser.wait_for(PERSON).unwrap();
    scanner.told("replies-compare");
    scanner.look("05-whose");
    scanner.press("main a.button[href='/replies/queue']");
    scanner.fill("#field-sheet", &number);
    scanner.choose("#field-pages", "2");
    scanner.press("form:has(#field-sheet) button.main");
    scanner.press("form:has(input[name=sure]) button.main");
    scanner.told("done-page-placed");
    scanner.told("replies-queue-empty");

    // The reply has both pages, in their order, and is on its way; it stands with the letter that it answers.
    scanner.room();
    scanner.press("a[href='/replies/1']");
    let shown =
        "return Array.from(document.querySelectorAll('img.sheet'), (it) => it.naturalWidth > 0)";
    wait_for("the pictures of both pages", || {
        let shown = scanner.browser.run(shown, &[]).unwrap();
        (shown == serde_json::json!([true, true])).then_some(())
    });
    scanner.look("06-reply");

    // The same paper under the scanner once more, on its head and with a stroke that was not there: a person lays it aside.
    let mut again = last.clone();
    write(&mut again, 7);
    scanner.drop_files(&[("again.png", png(&image::imageops::rotate180(&again)))]);
    scanner.press("a[href='/replies/queue']");
    scanner.told("page-doubled");
    scanner.look("07-double");
    scanner.press("button[name=discard][value=double]");
    scanner.told("replies-queue-empty");
    let Scanner { album, office, .. } = scanner;
    album.done();
    let mut head = office.visitor("head");
    let letter = office.letters("all")[0];
    let page = head.get(&format!("/letters/{letter}")).unwrap().text();
    let texts = Texts::read(language);
    let is_shown = ["reply-ready", "reply-sent"]
        .iter()
        .any(|key| page.contains(&texts.say(key)));
    assert!(is_shown, "{page}");
}

#[test]
fn a_pile_is_sorted_in_ukrainian_on_a_telephone() {
    a_pile_is_sorted("scans-uk", "uk", Hand::Mouse, (390, 844));
}

#[test]
fn a_pile_is_sorted_in_russian_with_the_mouse_only() {
    a_pile_is_sorted("scans-ru", "ru", Hand::Mouse, (1366, 768));
}

#[test]
fn a_pile_is_sorted_in_english_with_the_keyboard_only() {
    a_pile_is_sorted("scans-en", "en", Hand::Keyboard, (1366, 768));
}

/// Pages that cannot be joined: one that will never come, and one that says nothing.
#[test]
fn a_reply_that_lacks_a_page_is_sent_when_a_person_says_so() {
    let (scanner, [first, _], _) =
        Scanner::begin("scans-lacking", "uk", Hand::Keyboard, (1366, 768));
    let mut blank = first.clone();
    spoil_codes(&mut blank);
    scanner.drop_files(&[("first.png", png(&first)), ("other.png", png(&blank))]);
    scanner.press("a[href='/replies/queue']");
    scanner.told("page-unread");
    scanner.press("button[name=discard][value=no_reply]");
    scanner.told("replies-queue-empty");
    scanner.room();
    scanner.told("replies-open");
    scanner.press("a[href='/replies/1']");
    scanner.told("replies-finish");
    scanner.press("form[action='/replies/1'] button");
    scanner.told("done-saved");
    // What was laid aside can be brought back.
    scanner.room();
    scanner.press("#scans tbody tr:first-child a[href^='/replies/files/']");
    let restore = "button[name=restore]";
    if scanner.browser.look(restore).unwrap().is_none() {
        scanner.room();
        scanner.press("#scans tbody tr:nth-child(2) a[href^='/replies/files/']");
    }
    scanner.press(restore);
    scanner.told("page-unread");
}
