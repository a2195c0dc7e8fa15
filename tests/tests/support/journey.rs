//! A day of an office, from the first run to a backup, with one hand: the mouse or the keyboard.

use std::{fs, path::PathBuf, process::Command, thread, time::Duration, time::Instant};

use super::{Day, PERSON, Texts};
use tidings_tests::{
    browser::{Browser, Driver},
    desk::{PASSWORD, code_now},
    hand::Hand,
};

/// Somebody at a browser, with one hand, in one language.
pub struct Walk<'a> {
    pub day: &'a mut Day,
    pub browser: Browser,
    pub hand: Hand,
    pub texts: Texts,
}

impl Walk<'_> {
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
        rasterised(&self.day.pictures, name, &pdf)
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
    walk.fill("#field-one-time", &code_now(&seed).unwrap());
    walk.press("main button.main");
    walk.told("done-code-proven");
    walk.look("05-account");
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
    let other = driver.browser("en").unwrap();
    other.open(&walk.day.desk().address()).unwrap();
    walk.hand.fill(&other, "#field-login", "packer").unwrap();
    walk.hand.fill(&other, "#field-password", PASSWORD).unwrap();
    walk.hand.press(&other, "main button.main").unwrap();
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

/// A campaign with a list that has an error, packing with a scanner, a seal that waits for the letter, handovers.
pub fn parcels(walk: &mut Walk<'_>) {
    walk.room("parcels");
    walk.fill("#field-name", walk.texts.campaign);
    walk.look("17-campaign-new");
    walk.press("form[action='/parcels'] button.main");
    walk.press("main a[href$='/list']");
    let list = walk.day.folder().join("list.csv");
    fs::write(
        &list,
        format!(
            "Код;ПІБ;Дата народження;Місце\r\nK-001;{PERSON};03.05.1990;Сектор 2\r\nK-002;;1985;\r\nK-003;Бондар Олег Петрович;1985;\r\n"
        ),
    )
    .unwrap();
    // A file is chosen in a window of the system, which no test can reach.
    walk.browser
        .find("#field-list")
        .unwrap()
        .send(list.to_str().unwrap())
        .unwrap();
    walk.press("main form button.main");
    walk.told("list-columns");
    // "Code" alone may be anything: the person says what it is.
    walk.choose("#column-0", "parcel");
    walk.look("18-list-columns");
    walk.press("main form[action$='/rows'] button.main");
    walk.told("list-faults-caption");
    walk.look("19-list-faults");
    walk.press("button[name=only-good]");
    walk.shown("K-003");
    assert!(!walk.browser.text().unwrap().contains("K-002"));
    walk.look("20-campaign");
    let campaign = walk.browser.address().unwrap();
    let campaign = &campaign[campaign.find("/parcels").unwrap()..];
    let campaign = campaign.split('?').next().unwrap().to_owned();
    let (pages, text) = walk.document(&format!("{campaign}/labels.pdf"), "20-labels");
    assert!(
        pages == 1 && text.contains("K-001") && !text.contains("Петренко"),
        "{text}"
    );

    // Two people, one scanner: what it reads it types, and ends with Enter.
    walk.press("main a[href$='/pack']");
    walk.look("21-packing-empty");
    scan(walk, "K-999");
    walk.told("error-no-parcel");
    scan(walk, "K-001");
    walk.shown(PERSON);
    walk.tick("form[action$='/bind'] input[name=letter]");
    walk.press("form[action$='/bind'] button");
    let sheet = walk.text("ul.hints li code");
    seal(walk, "A-100");
    walk.told("error-letters-missing");
    walk.look("22-seal-stopped");
    scan(walk, "1234-5678-90");
    assert!(walk.browser.look(".notice.bad").unwrap().is_some());
    scan(walk, &sheet);
    walk.told("pack-told-packed");
    walk.look("23-packed");
    seal(walk, "A-100");
    walk.told("parcel-sealed");
    walk.look("24-sealed");

    walk.press(&format!("main a[href='{campaign}']"));
    let (_, text) = walk.document(&format!("{campaign}/manifest.pdf"), "24-manifest");
    assert!(text.contains("A-100") && text.contains(&sheet), "{text}");
    assert!(!text.contains("Петренко"), "a name travels outside\n{text}");
    let csv = walk.browser.fetch(&format!("{campaign}/manifest")).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(
        csv.contains("\"A-100\"") && csv.contains("# Ed25519 "),
        "{csv}"
    );

    // Counted here, and otherwise there.
    walk.fill("#field-counted", "1");
    walk.press("form[action$='/count'] button");
    walk.told("parcels-agrees");
    walk.choose("#field-theirs", "yes");
    walk.fill("#field-counted", "0");
    walk.fill("#field-note", "0?");
    walk.press("form[action$='/count'] button");
    walk.told("parcels-differs");
    for stage in ["counted", "crossed"] {
        walk.tick("tbody tr:first-child input[type=checkbox]");
        walk.choose("#field-stage", stage);
        walk.press("form[action$='/hand-over'] button[data-bulk]");
        let state = walk.text("tbody tr:first-child .state");
        assert_eq!(state, walk.texts.say(&format!("parcel-{stage}")));
    }
    walk.look("25-counts");
}

/// What a scanner does: types and presses Enter into the field that has the focus.
fn scan(walk: &Walk<'_>, code: &str) {
    let focus = walk
        .browser
        .run("return document.activeElement.id", &[])
        .unwrap();
    assert_eq!(focus, "field-scan", "the scanner would type into nothing");
    walk.browser
        .leave(|it| it.keys(&format!("{code}\u{e007}")))
        .unwrap();
}

fn seal(walk: &Walk<'_>, seal: &str) {
    walk.fill("#field-seal", seal);
    walk.fill("#field-grams", "1250");
    walk.fill("#field-contents", "шкарпетки, 2");
    walk.fill("#field-second-login", "packer");
    walk.fill("#field-second-password", PASSWORD);
    walk.press("form[action$='/seal'] button.main");
}

/// The register: a person, his letters, a request of the family, an answer; then he comes home.
pub fn register(walk: &mut Walk<'_>) {
    walk.room("register");
    walk.look("26-register-empty");
    // A list of another office: a row with a day that no calendar has, unit and rank that nobody sees here.
    walk.press("main a[href='/register/list']");
    let list = walk.day.folder().join("people.csv");
    fs::write(
        &list,
        "ПІБ;Дата народження;Військова частина\r\nКоваль Петро Іванович;1988;А1234\r\nТкач Ілля;31.02.1990;\r\n",
    )
    .unwrap();
    walk.browser
        .find("#field-list")
        .unwrap()
        .send(list.to_str().unwrap())
        .unwrap();
    walk.press("main form button.main");
    walk.press("main form[action='/register/rows'] button.main");
    walk.told("list-faults-caption");
    walk.look("26-register-list");
    walk.press("button[name=only-good]");
    walk.shown("Коваль Петро Іванович");
    assert!(!walk.browser.text().unwrap().contains("А1234"));
    walk.press("main a[href='/register/people/0']");
    walk.fill("#field-name", "Петренко Иван Сергеевич");
    walk.fill("#field-born", "03.05.1990");
    walk.press("main form[action='/register/people/0'] button.main");
    walk.told("person-letters-offered");
    walk.tick("form[action$='/letters'] input[name=letter]");
    walk.press("form[action$='/letters'] button");
    walk.choose("#field-state", "captive_confirmed");
    walk.choose("#field-grade", "detaining_side_says");
    walk.press("form[action$='/state'] button");
    walk.told("done-saved");
    walk.look("27-person");

    walk.room("register");
    walk.press("main a[href='/register/requests']");
    walk.press("main a[href='/register/requests/new']");
    let family = walk.value("#field-contact option:nth-child(2)");
    walk.choose("#field-contact", &family);
    walk.fill("#field-enquirer", "Марія Петренко");
    walk.fill("#field-relation", walk.texts.relation);
    walk.fill("#field-name", "Петренко Іван Сергійович");
    walk.fill("#field-born", "05.03.1990");
    walk.tick("input[name=search]");
    walk.look("28-request-new");
    walk.press("form[action='/register/requests'] button.main");
    walk.told("match-birth-day-month-swapped");
    walk.look("29-request");
    // The dates differ: one person alone does not confirm it, and a packer is no second one.
    for (login, told) in [("packer", "error-credentials"), ("colleague", "done-saved")] {
        let details = "details:not([open]):has(form[action$='/confirm']) summary";
        if walk.browser.look(details).unwrap().is_some() {
            walk.open(details);
        }
        walk.fill("#field-second-login", login);
        walk.fill("#field-second-password", PASSWORD);
        walk.press("form[action$='/confirm'] button");
        walk.told(told);
    }
    walk.told("request-is-the-one");
    walk.look("30-request-confirmed");
    walk.press("form[action$='/answer'] button.main");
    walk.told("done-saved");
}

/// He is home: what arrived, what is handed to him closed.
pub fn returned(walk: &mut Walk<'_>) {
    walk.room("register");
    walk.fill("#find", "Petrenko Ivan");
    thread::sleep(Duration::from_millis(800));
    walk.press("#list tr[data-open] a.whole[href='/register/people/2']");
    walk.tick("input[type=radio][value=no]");
    walk.press("form[action$='/returned'] button.main");
    walk.told("returned-closed");
    walk.look("31-returned");
    let address = walk.browser.find("a[href$='/closed.pdf']").unwrap();
    let address = address.property("pathname").unwrap();
    let (pages, text) = walk.document(&address, "31-closed");
    assert!(
        pages >= 1 && text.contains(walk.texts.letter_line),
        "{text}"
    );
}

/// A family asks the office itself, and a person answers.
pub fn messages(walk: &mut Walk<'_>) {
    walk.day.family_asks(walk.texts.question);
    let begun = Instant::now();
    loop {
        walk.room("messages");
        if walk.browser.text().unwrap().contains(walk.texts.question) {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no message came"
        );
        thread::sleep(Duration::from_millis(300));
    }
    walk.look("31-messages");
    walk.press("tr[data-open] a.whole");
    walk.shown(walk.texts.question);
    walk.fill("#field-text", walk.texts.printed);
    walk.look("31-message");
    walk.press("main form button.main");
    walk.told("done-message-answered");
}

/// Figures and the report for others.
pub fn figures(walk: &mut Walk<'_>) {
    walk.room("figures");
    walk.look("32-figures");
    let month = walk.value("#field-month");
    let (pages, text) = walk.document(&format!("/figures/report.pdf?month={month}"), "32-report");
    assert_eq!(pages, 1);
    assert!(
        !text.contains("Петренко") && !text.contains("Марія"),
        "{text}"
    );
    let csv = walk
        .browser
        .fetch(&format!("/figures/report?month={month}"))
        .unwrap();
    // One letter is too few to be told.
    let csv = String::from_utf8(csv).unwrap();
    let received = csv.lines().next().unwrap();
    assert!(!received.contains("\"1\""), "{csv}");
}

/// Settings, wording of notes, the log.
pub fn head(walk: &mut Walk<'_>) {
    walk.room("settings");
    walk.look("33-settings");
    walk.press("main a[href='/settings/notes']");
    walk.look("34-notes");
    let field = "form:has(input[value=printed]) textarea";
    walk.fill(field, walk.texts.died);
    walk.press("form:has(input[value=printed]) button:not(.plain)");
    walk.told("error-told-by-a-person");
    assert_eq!(walk.value(field), walk.texts.died);
    walk.fill(field, walk.texts.printed);
    walk.press("form:has(input[value=printed]) button:not(.plain)");
    walk.told("done-saved");
    assert_eq!(walk.value(field), walk.texts.printed);
    walk.look("35-notes-own");
    walk.press("main a[href='/settings/backup']");
    walk.look("36-backup");
    let backup = walk.browser.post("/settings/backup").unwrap();
    assert!(backup.starts_with(b"PK"), "no archive");
    walk.room("audit");
    walk.look("37-log");
    walk.press("main .head button");
    walk.browser.find(".notice.good").unwrap();
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
}
