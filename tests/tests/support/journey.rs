//! A day of an office, from the first run to a backup, with one hand: the mouse or the keyboard.

pub mod doors;
pub mod families;
pub mod letters;
pub mod office;
pub mod parcels;
pub mod register;

use std::{collections::HashMap, fs, path::PathBuf, process::Command};

use super::{Day, Texts};
use tidings_tests::{browser::Browser, desk::Telephone, hand::Hand};

/// Somebody at a browser, with one hand, in one language.
pub struct Walk<'a> {
    pub day: &'a mut Day,
    pub browser: Browser,
    pub hand: Hand,
    pub texts: Texts,
    /// The telephones of those who have set one up, by login.
    pub telephones: HashMap<&'static str, Telephone>,
    /// The head's recovery codes, as they were written down.
    pub recovery: Vec<String>,
}

impl<'a> Walk<'a> {
    /// A person who begins the day.
    pub fn new(day: &'a mut Day, browser: Browser, hand: Hand, texts: Texts) -> Self {
        Self {
            day,
            browser,
            hand,
            texts,
            telephones: HashMap::new(),
            recovery: Vec::new(),
        }
    }

    /// What the telephone of an operator shows, and has not been typed before.
    pub fn code(&mut self, login: &str) -> String {
        self.telephones.get_mut(login).unwrap().code().unwrap()
    }

    pub fn press(&self, selector: &str) {
        self.hand.press(&self.browser, selector).unwrap();
    }

    pub fn fill(&self, selector: &str, text: &str) {
        self.hand.fill(&self.browser, selector, text).unwrap();
    }

    pub fn tick(&self, selector: &str) {
        self.hand.tick(&self.browser, selector).unwrap();
    }

    pub fn choose(&self, selector: &str, value: &str) {
        self.hand.choose(&self.browser, selector, value).unwrap();
    }

    pub fn open(&self, selector: &str) {
        self.hand.open(&self.browser, selector).unwrap();
    }

    /// Goes to a room by the column of rooms.
    pub fn room(&self, room: &str) {
        self.press(&format!("nav.rooms a[href='/{room}']"));
    }

    /// The page says this text of the translations.
    pub fn told(&self, key: &str) {
        self.browser.wait_for(&self.texts.say(key)).unwrap();
    }

    pub fn shown(&self, text: &str) {
        self.browser.wait_for(text).unwrap();
    }

    pub fn look(&mut self, name: &str) {
        self.day.look(&self.browser, name);
    }

    pub fn value(&self, selector: &str) -> String {
        self.browser
            .find(selector)
            .unwrap()
            .property("value")
            .unwrap()
    }

    pub fn text(&self, selector: &str) -> String {
        self.browser.find(selector).unwrap().text().unwrap()
    }

    /// A document, kept beside the pictures, with its pages as pictures; how many it has.
    pub fn document(&self, path: &str, name: &str) -> (usize, String) {
        let pdf = self.browser.fetch(path).unwrap();
        assert!(pdf.starts_with(b"%PDF-"), "{path} is no PDF");
        rasterised(&self.day.album.pictures, name, &pdf)
    }
}

/// Writes a PDF and its pages as pictures; the number of pages and the text on them.
pub fn rasterised(folder: &std::path::Path, name: &str, pdf: &[u8]) -> (usize, String) {
    let file = folder.join(format!("{name}.pdf"));
    fs::write(&file, pdf).unwrap();
    let pages = folder.join(format!("{name}-page"));
    let drawn = Command::new("pdftoppm")
        .args(["-r", "70", "-png"])
        .args([&file, &pages])
        .output()
        .unwrap();
    assert!(
        drawn.status.success() && drawn.stderr.is_empty(),
        "{name}: {}",
        String::from_utf8_lossy(&drawn.stderr)
    );
    let beginning = format!("{name}-page-");
    let count = fs::read_dir(folder)
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with(&beginning)
        })
        .count();
    let text = Command::new("pdftotext")
        .args([&file, &PathBuf::from("-")])
        .output()
        .unwrap();
    (count, String::from_utf8_lossy(&text.stdout).into_owned())
}
