//! Offices, families and days for the tests of the desk.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test programs of which none uses everything"
)]

pub mod journey;
pub mod sheets;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use tidings_tests::{
    browser::Browser,
    cli::Cli,
    desk::{Desk, PASSWORD, Visitor},
    relay::Relay,
};

/// For whom letters are.
pub const PERSON: &str = "Петренко Іван Сергійович";

/// The words of the desk in one language, as its own files have them, and what people type in it.
pub struct Texts {
    texts: HashMap<String, String>,
    pub language: &'static str,
    pub office: &'static str,
    pub head: &'static str,
    pub letter: &'static str,
    pub letter_line: &'static str,
    pub cut: &'static str,
    pub second: &'static str,
    pub third: &'static str,
    pub campaign: &'static str,
    pub relation: &'static str,
    pub printed: &'static str,
    pub question: &'static str,
    pub died: &'static str,
}

impl Texts {
    /// Reads `client/desk/locales/LANGUAGE`.
    pub fn read(language: &str) -> Self {
        let mut texts = HashMap::new();
        let folder = tidings_tests::root()
            .join("client/desk/locales")
            .join(language);
        for file in fs::read_dir(folder).unwrap() {
            for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
                if let Some((key, text)) = line.split_once(" = ") {
                    texts.insert(key.to_owned(), text.to_owned());
                }
            }
        }
        let (office, head, letter, letter_line, cut) = match language {
            "uk" => (
                "Офіс «Вісті»",
                "Олена Коваль",
                "Любий Іване!\n\nУ нас усе добре. Яблуня зацвіла.\nДядько каже, що твій полк десь далеко.\nЦілуємо, мама.",
                "Яблуня зацвіла",
                "твій полк десь далеко",
            ),
            "ru" => (
                "Офис «Вести»",
                "Елена Коваль",
                "Дорогой Иван!\n\nУ нас всё хорошо. Яблоня зацвела.\nДядя говорит, что твой полк где-то далеко.\nЦелуем, мама.",
                "Яблоня зацвела",
                "твой полк где-то далеко",
            ),
            _ => (
                "Tidings Office",
                "Olena Koval",
                "Dear Ivan,\n\nAll is well here. The apple tree is in bloom.\nUncle says that your regiment is far away.\nLove, mother.",
                "The apple tree is in bloom",
                "your regiment is far away",
            ),
        };
        let (second, third, campaign, relation, printed, question, died) = match language {
            "uk" => (
                "Ірина Мельник",
                "Ганна Ткач",
                "Зима 2026",
                "дружина",
                "Лист уже на папері.",
                "Коли буде передача?",
                "На жаль, він загинув.",
            ),
            "ru" => (
                "Ирина Мельник",
                "Анна Ткач",
                "Зима 2026",
                "жена",
                "Письмо уже на бумаге.",
                "Когда будет передача?",
                "К сожалению, он погиб.",
            ),
            _ => (
                "Iryna Melnyk",
                "Hanna Tkach",
                "Winter 2026",
                "wife",
                "The letter is on paper now.",
                "When will the parcels go?",
                "We are sorry: he died.",
            ),
        };
        let language = match language {
            "uk" => "uk",
            "ru" => "ru",
            _ => "en",
        };
        Self {
            texts,
            language,
            second,
            third,
            campaign,
            relation,
            printed,
            question,
            died,
            office,
            head,
            letter,
            letter_line,
            cut,
        }
    }

    /// A text without arguments.
    pub fn say(&self, key: &str) -> String {
        self.texts
            .get(key)
            .unwrap_or_else(|| panic!("no text {key}"))
            .clone()
    }
}

/// A relay, a desk that was never run, and nobody yet.
pub struct Day {
    folder: tempfile::TempDir,
    pub album: Album,
    relay: Relay,
    desk: Desk,
}

impl Day {
    /// Pictures are kept under `name`.
    pub fn begin(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start(folder.path()).unwrap();
        let desk = Desk::start(folder.path()).unwrap();
        Self {
            folder,
            album: Album::new(name),
            relay,
            desk,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    pub fn relay(&self) -> String {
        self.relay.address().to_string()
    }

    /// Photographs the page and has axe look for faults.
    pub fn look(&mut self, browser: &Browser, name: &str) {
        self.album.look(browser, name);
    }

    /// A family adds the office by its card and writes a letter with a drawing.
    pub fn family_writes(&self, card: &str, texts: &Texts) {
        family_writes(self.folder.path(), &self.relay(), card, texts, 1);
    }

    /// The same family asks the office itself something.
    pub fn family_asks(&self, question: &str) {
        // A command line of its own begins to number its outputs anew: those of the first must not be taken for them.
        for entry in fs::read_dir(self.folder.path().join("logs")).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_string_lossy().starts_with("family-") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        let family = Cli::new(self.folder.path(), "family");
        let text = self.folder.path().join("question.txt");
        fs::write(&text, question).unwrap();
        family
            .json(&[
                "write",
                "--to",
                "office",
                "--text",
                text.to_str().unwrap(),
                "--yes",
            ])
            .unwrap();
    }

    /// Ends the day: what was seen to be wrong on the way is told together.
    pub fn done(self) {
        self.album.done();
        self.desk.stop().unwrap();
    }
}

/// Pictures of pages, and what is wrong with the pages.
pub struct Album {
    pub pictures: PathBuf,
    /// The window at which somebody works.
    pub window: (u32, u32),
    faults: Vec<String>,
}

impl Album {
    /// Pictures are kept under `name`.
    pub fn new(name: &str) -> Self {
        let pictures = pictures_folder().join(name);
        fs::create_dir_all(&pictures).unwrap();
        Self {
            pictures,
            window: (1366, 768),
            faults: Vec::new(),
        }
    }

    /// Photographs the page wide, narrow, enlarged and dark, and has axe look for faults; then the window is as it was.
    pub fn look(&mut self, browser: &Browser, name: &str) {
        // A telephone, a laptop at 200 %, a laptop.
        for (width, height, end) in [
            (390, 844, "-narrow"),
            (683, 384, "-zoomed"),
            (1366, 768, ""),
        ] {
            browser.size(width, height).unwrap();
            let wide = browser
                .run(
                    "return document.documentElement.scrollWidth - window.innerWidth",
                    &[],
                )
                .unwrap();
            if wide.as_i64().unwrap_or(0) > 0 {
                self.faults.push(format!(
                    "{name} at {width}: wider than the window by {wide}"
                ));
            }
            fs::write(
                self.pictures.join(format!("{name}{end}.png")),
                browser.screenshot().unwrap(),
            )
            .unwrap();
        }
        for dark in [true, false] {
            browser.prefer_dark(dark).unwrap();
            let faults = browser.faults().unwrap();
            self.faults.extend(
                faults
                    .into_iter()
                    .map(|fault| format!("{name} (dark {dark}): {fault}")),
            );
            if dark {
                let picture = browser.screenshot().unwrap();
                fs::write(self.pictures.join(format!("{name}-dark.png")), picture).unwrap();
            }
        }
        let (width, height) = self.window;
        browser.size(width, height).unwrap();
        self.note_faults();
    }

    /// What was seen to be wrong so far lies beside the pictures, whatever becomes of the test.
    fn note_faults(&self) {
        fs::write(self.pictures.join("faults.txt"), self.faults.join("\n")).unwrap();
    }

    /// What was seen to be wrong on the way is told together.
    pub fn done(self) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}

/// Where pictures of pages are kept.
fn pictures_folder() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    // target/debug/deps/desk-…
    own.ancestors().nth(3).unwrap().join("desk-pictures")
}

fn family_writes(folder: &Path, relay: &str, card: &str, texts: &Texts, letters: u32) {
    let family = Cli::new(folder, "family");
    if !family.home().exists() {
        family
            .json(&["init", "--name", "Марія", "--relay", relay])
            .unwrap();
        family
            .json(&["contact", "add", card, "--name", "office"])
            .unwrap();
    }
    let text = folder.join("letter.txt");
    fs::write(&text, texts.letter).unwrap();
    let drawing = tidings_tests::fixture("pictures/drawing-scan.png");
    for _ in 0..letters {
        family
            .json(&[
                "write",
                "--to",
                "office",
                "--for",
                PERSON,
                "--text",
                text.to_str().unwrap(),
                "--drawing",
                drawing.to_str().unwrap(),
            ])
            .unwrap();
    }
}

/// An office at work, with a head who has no second factor.
pub struct Office {
    folder: tempfile::TempDir,
    relay: Relay,
    desk: Option<Desk>,
}

impl Office {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start(folder.path()).unwrap();
        let desk = Desk::start(folder.path()).unwrap();
        Visitor::found(desk.first_address(), &relay.address().to_string()).unwrap();
        Self {
            folder,
            relay,
            desk: Some(desk),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn desk(&self) -> &Desk {
        self.desk.as_ref().unwrap()
    }

    /// A visitor who is signed in.
    pub fn visitor(&self, login: &str) -> Visitor {
        let mut visitor = Visitor::new(self.desk());
        visitor.sign_in(login, PASSWORD).unwrap();
        visitor
    }

    pub fn add_operator(&self, login: &str, roles: &[&str]) {
        let mut head = self.visitor("head");
        let mut fields = vec![
            ("name", login),
            ("login", login),
            ("password", PASSWORD),
            ("language", "uk"),
        ];
        fields.extend(roles.iter().map(|role| ("role", *role)));
        let told = head.post("/operators", "/operators", &fields).unwrap();
        assert_eq!(told.status, 303, "{}", told.text());
    }

    /// A family writes, and the letters are in the inbox.
    pub fn receive_letters(&mut self, count: u32) {
        let mut head = self.visitor("head");
        let card = head.get("/card").unwrap().text();
        let begin = card.find("tidings:card/").unwrap();
        let link = &card[begin..begin + card[begin..].find('<').unwrap()];
        let texts = Texts::read("uk");
        family_writes(
            self.folder.path(),
            &self.relay.address().to_string(),
            link,
            &texts,
            count,
        );
        self.wait_for_letters(count);
    }

    /// Another family, which has the office's card and has written nothing yet.
    pub fn another_family(&self) -> Cli {
        let card = self.visitor("head").get("/card").unwrap().text();
        let begin = card.find("tidings:card/").unwrap();
        let link = &card[begin..begin + card[begin..].find('<').unwrap()];
        let folder = self.folder.path().join("another");
        fs::create_dir_all(&folder).unwrap();
        let family = Cli::new(&folder, "family");
        let relay = self.relay.address().to_string();
        family
            .json(&["init", "--name", "Надія", "--relay", &relay])
            .unwrap();
        family
            .json(&["contact", "add", link, "--name", "office"])
            .unwrap();
        family
    }

    /// Waits until so many letters are in the inbox.
    pub fn wait_for_letters(&self, count: u32) {
        let mut head = self.visitor("head");
        let begun = Instant::now();
        loop {
            let list = head.get("/letters?drawer=all").unwrap().text();
            if list.matches("data-open=\"\"").count() >= count as usize {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "no letters came\n{list}"
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// The numbers of the letters in a drawer, in the order of the list. What the office sends takes numbers too.
    pub fn letters(&self, drawer: &str) -> Vec<u64> {
        let list = self
            .visitor("head")
            .get(&format!("/letters?drawer={drawer}"))
            .unwrap()
            .text();
        list.split("class=\"whole\" href=\"/letters/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect()
    }

    /// Signs in with the browser.
    pub fn sign_in(&self, browser: &Browser, login: &str) {
        browser
            .open(&format!("{}sign-in", self.desk().address()))
            .unwrap();
        browser.find("#field-login").unwrap().fill(login).unwrap();
        browser
            .find("#field-password")
            .unwrap()
            .fill(PASSWORD)
            .unwrap();
        browser
            .leave(|it| it.find("main button.main")?.click())
            .unwrap();
    }

    /// Stops the desk; its folder stays until the office is dropped.
    pub fn close(&mut self) -> PathBuf {
        let desk = self.desk.take().unwrap();
        let home = desk.home().to_owned();
        desk.stop().unwrap();
        home
    }

    pub fn kill_and_restart(&mut self) {
        let desk = self.desk.take().unwrap();
        self.desk = Some(desk.kill_and_restart().unwrap());
    }
}
