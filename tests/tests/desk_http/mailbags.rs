//! DESK-45: an office without a network, and a family without one: post goes there and back as files, at the desk's pages.

use std::{fs, path::PathBuf};

use crate::support::{PERSON, Texts};
use serde_json::Value;
use tidings_tests::{
    cli::Cli,
    desk::{Desk, Visitor, token_of},
    http::{Answer, Request},
    post::picture,
};

/// A relay that no machine finds.
const NOWHERE: &str =
    "tidings://relay.invalid:4433/#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LETTER: &str = "Любий Іване, яблуня знову зацвіла.";
const QUESTION: &str = "Коли буде передача?";
const ANSWER: &str = "Передача буде у грудні.";

/// A desk and a family that never see a network.
struct Offline {
    folder: tempfile::TempDir,
    head: Visitor,
    family: Cli,
    _desk: Desk,
}

impl Offline {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::start(folder.path()).unwrap();
        let mut head = Visitor::found(desk.first_address(), NOWHERE).unwrap();
        let card = folder.path().join("office.tidings");
        fs::write(&card, head.get("/card/file").unwrap().body).unwrap();
        let family = Cli::new(folder.path(), "family");
        family
            .json(&["init", "--name", "Марія", "--relay", NOWHERE])
            .unwrap();
        let add = ["contact", "add", card.to_str().unwrap(), "--name", "office"];
        family.json(&add).unwrap();
        Self {
            folder,
            head,
            family,
            _desk: desk,
        }
    }

    /// A letter to a captive with a photo, and a question to the office, on a stick in small parts.
    fn family_writes(&self) -> Vec<(String, Vec<u8>)> {
        let text = self.folder.path().join("letter.txt");
        let photo = picture("garden-phone.jpg");
        fs::write(&text, LETTER).unwrap();
        let text = text.to_str().unwrap();
        let letter = ["write", "--to", "office", "--for", PERSON, "--text", text];
        let photo = ["--photo", photo.to_str().unwrap()];
        self.family.json(&[&letter[..], &photo].concat()).unwrap();
        fs::write(text, QUESTION).unwrap();
        let question = ["write", "--to", "office", "--yes", "--text", text];
        self.family.json(&question).unwrap();
        let stick = self.folder.path().join("post.mailbag");
        let stick = stick.to_str().unwrap();
        let export = ["mailbag", "export", stick, "--part-size", "70000"];
        let packed = self.family.json(&export).unwrap();
        let files = packed["files"].as_array().unwrap().iter();
        files
            .map(|file| {
                let path = PathBuf::from(file.as_str().unwrap());
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read(path).unwrap())
            })
            .collect()
    }

    fn upload(&mut self, files: &[(String, Vec<u8>)]) -> Answer {
        self.head.upload("/mailbags", "parts", files).unwrap()
    }

    fn pack(&mut self, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("size", "18000000")];
        all.extend_from_slice(fields);
        self.head.post("/mailbags", "/mailbags/pack", &all).unwrap()
    }

    /// Saves the files of a bag as somebody does who copies them to a stick.
    fn save(&mut self, page: &str) -> Vec<PathBuf> {
        let page = self.head.get(page).unwrap().text();
        let links = page.split("href=\"/mailbags/").skip(1);
        let links = links.filter_map(|rest| {
            let address = rest.split('"').next().unwrap();
            address.contains("/parts/").then(|| address.to_owned())
        });
        let links: Vec<String> = links.collect();
        assert!(!links.is_empty(), "{page}");
        let mut saved = Vec::new();
        for (place, link) in links.iter().enumerate() {
            let answer = self.head.get(&format!("/mailbags/{link}")).unwrap();
            assert_eq!(answer.status, 200);
            let disposition = answer.header("content-disposition").unwrap();
            assert!(disposition.contains(".mailbag\""), "{disposition}");
            let path = self.folder.path().join(format!("saved-{place}.mailbag"));
            fs::write(&path, &answer.body).unwrap();
            saved.push(path);
        }
        saved
    }

    fn family_imports(&self, files: &[PathBuf]) -> Vec<Value> {
        let mut line = vec!["mailbag", "import"];
        line.extend(files.iter().map(|file| file.to_str().unwrap()));
        self.family.json(&line).unwrap();
        let listed = self.family.json(&["list"]).unwrap();
        listed.as_array().unwrap().clone()
    }
}

#[test]
fn post_goes_there_and_back_on_a_stick() {
    let texts = Texts::read("uk");
    let mut office = Offline::new();
    let parts = office.family_writes();
    let count = parts.len();
    assert!(count >= 3, "{count} parts");

    // One part after the other, the last one first: what is missing is named, and nothing is taken in.
    let first = office.upload(&parts[count - 1..]);
    assert_eq!(first.status, 200, "{}", first.text());
    let missing: Vec<String> = (1..count).map(|number| number.to_string()).collect();
    let told = first.text();
    assert!(told.contains(&missing.join(", ")), "{told}");
    // The same once more is the same.
    assert_eq!(
        told.matches("name=\"bag\"").count(),
        office
            .upload(&parts[count - 1..])
            .text()
            .matches("name=\"bag\"")
            .count()
    );

    // What is none, what was cut off, what was changed on the way.
    let cut = parts[0].1[..parts[0].1.len() - 9].to_vec();
    let mut long = parts[0].1.clone();
    long.push(0);
    for (name, bytes, expected) in [
        (
            "photo.jpg",
            b"\xff\xd8\xff and so on".to_vec(),
            "photo.jpg — не поштова сумка",
        ),
        ("cut.mailbag", cut, "cut.mailbag обрізано"),
        ("long.mailbag", long, "У long.mailbag є щось після кінця"),
    ] {
        let told = office.upload(&[(name.to_owned(), bytes)]);
        assert_eq!(told.status, 422, "{name}");
        assert!(told.text().contains(expected), "{}", told.text());
    }
    let mut spoiled = parts[..count - 1].to_vec();
    spoiled[0].1[500] ^= 1;
    let told = office.upload(&spoiled);
    assert_eq!(told.status, 422);
    let text = told.text();
    assert!(text.contains("Частину 1 поштової сумки"), "{text}");
    assert_eq!(
        office
            .head
            .get("/letters?drawer=all")
            .unwrap()
            .text()
            .matches("data-open")
            .count(),
        0
    );

    // The good one makes it whole.
    let told = office.upload(&parts[..1]);
    assert_eq!(told.status, 200, "{}", told.text());
    let text = told.text();
    assert!(text.contains("Надійшли 2 нові листи."), "{text}");
    assert!(text.contains("З ними 1 зображення."), "{text}");
    assert!(
        !text.contains("name=\"bag\""),
        "nothing waits any more\n{text}"
    );
    // All of it again, in another order, changes nothing.
    let mut again = parts.clone();
    again.reverse();
    let told = office.upload(&again);
    assert_eq!(told.status, 200);
    assert!(
        told.text().contains(&texts.say("mailbags-told-none")),
        "{}",
        told.text()
    );
    let list = office.head.get("/letters?drawer=all").unwrap().text();
    assert_eq!(list.matches("data-open").count(), 1, "{list}");

    // It is a letter like any other, with its picture.
    let letter = list.split("class=\"whole\" href=\"").nth(1).unwrap();
    let letter = letter.split('"').next().unwrap().to_owned();
    let page = office.head.get(&letter).unwrap().text();
    assert!(page.contains("яблуня знову зацвіла"), "{page}");
    let picture = office.head.get(&format!("{letter}/pictures/0")).unwrap();
    assert_eq!(picture.status, 200);
    let messages = office.head.get("/messages").unwrap().text();
    let message = messages.split("class=\"whole\" href=\"").nth(1).unwrap();
    let message = message.split('"').next().unwrap().to_owned();

    // The family is verified, its letter passes, its question is answered; all of it goes back the way it came.
    let mut post = |path: String, fields: &[(&str, &str)]| {
        let told = office.head.post("/account", &path, fields).unwrap();
        assert_eq!(told.status, 303, "{path}: {}", told.text());
    };
    post(format!("{letter}/verify"), &[]);
    post(format!("{letter}/review"), &[("decision", "pass")]);
    post(
        format!("{message}/answer"),
        &[("language", "uk"), ("text", ANSWER)],
    );
    let packed = office.pack(&[]);
    assert_eq!(packed.status, 303, "{}", packed.text());
    let bag = packed.header("location").unwrap();
    let bag = bag.split('?').next().unwrap().to_owned();
    let page = office.head.get(&bag).unwrap().text();
    assert!(page.contains("Марія"), "who is told\n{page}");
    assert!(page.contains(&texts.say("mailbags-packed")), "{page}");
    let files = office.save(&bag);
    let listed = office.family_imports(&files);
    let answers: Vec<&Value> = listed
        .iter()
        .filter(|letter| letter["direction"] == "in")
        .collect();
    assert!(!answers.is_empty(), "{listed:?}");
    let told = serde_json::to_string(&listed).unwrap();
    assert!(told.contains("passed"), "the decision was told: {told}");
    let read = answers.iter().any(|letter| {
        let number = letter["number"].to_string();
        let read = office.family.json(&["read", &number]).unwrap();
        read.to_string().contains(ANSWER)
    });
    assert!(read, "{answers:?}");

    // Nothing new waits: what was carried is known, and can be carried again.
    let page = office.head.get("/mailbags").unwrap().text();
    assert!(page.contains("уже давали кур’єрові"), "{page}");
    let nothing = office.pack(&[("only-new", "yes")]);
    assert_eq!(nothing.status, 422);
    let told = nothing.text();
    assert!(told.contains(&texts.say("error-mailbag-nothing")), "{told}");
    // The family's own bag, and the office's, are for others.
    let own: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|file| ("own.mailbag".to_owned(), fs::read(file).unwrap()))
        .collect();
    let told = office.upload(&own);
    assert_eq!(told.status, 422);
    let text = told.text();
    assert!(
        text.contains(&texts.say("error-mailbag-for-others")),
        "{text}"
    );

    // Erased here, it is still known what was in it; and all of it stands in the log.
    let erased = office.head.post("/account", &format!("{bag}/erase"), &[]);
    assert_eq!(erased.unwrap().status, 303);
    assert_eq!(
        office.head.get(&format!("{bag}/parts/1")).unwrap().status,
        404
    );
    let page = office.head.get(&bag).unwrap().text();
    assert!(
        page.contains(&texts.say("mailbags-files-gone-long")),
        "{page}"
    );
    assert!(page.contains("Марія"), "{page}");
    let log = office.head.get("/audit").unwrap().text();
    for deed in ["taken", "made", "saved", "erased"] {
        let deed = texts.say(&format!("did-mailbag-{deed}"));
        assert!(log.contains(&deed), "{deed}\n{log}");
    }
}

/// A file goes to the disk only after the form's token; parts that nobody wants any more go on request.
#[test]
fn parts_are_taken_from_our_own_page_alone() {
    let mut office = Offline::new();
    let parts = office.family_writes();
    let folder = office.folder.path().join("desk/mailbags/in");
    let (name, bytes) = &parts[0];
    let file = [("parts", name.as_str(), bytes.as_slice())];
    for token in ["", "x"] {
        let request = Request::new("POST", "/mailbags").files(&[("token", token)], &file);
        assert_eq!(office.head.send(&request).unwrap().status, 403);
    }
    assert!(!folder.exists());
    let page = office.upload(&parts[..1]).text();
    let on_disk = || fs::read_dir(&folder).unwrap().count();
    assert_eq!(on_disk(), 1);
    let name = page.split("name=\"bag\" value=\"").nth(1).unwrap();
    let name = name.split('"').next().unwrap();
    let token = token_of(&page).unwrap();
    let fields = [("token", token.as_str()), ("bag", name), ("what", "forget")];
    let request = Request::new("POST", "/mailbags/begun").form(&fields);
    assert_eq!(office.head.send(&request).unwrap().status, 200);
    assert_eq!(on_disk(), 0);
    let nothing = Request::new("POST", "/mailbags").files(&[("token", &token)], &[]);
    let told = office.head.send(&nothing).unwrap();
    assert_eq!(told.status, 422);
    assert!(
        told.text()
            .contains(&Texts::read("uk").say("mailbags-none-chosen"))
    );
    for wrong in [&[("size", "5")][..], &[("size", "18000000"), ("to", "x")]] {
        let told = office.head.post("/mailbags", "/mailbags/pack", wrong);
        assert_eq!(told.unwrap().status, 400, "{wrong:?}");
    }
}
