//! Kills, backups, locks, the network.

use std::{fs, thread, time::Duration};

use crate::support::{Office, Texts};
use tidings_tests::{
    browser::Driver,
    cli::PASSPHRASE,
    desk::{Desk, Visitor},
    relay::command,
};

/// The desk is killed while letters come in and decisions are made; afterwards everything that was confirmed is there.
#[test]
fn a_killed_desk_has_lost_nothing_it_confirmed() {
    let mut office = Office::open();
    office.receive_letters(6);
    let mut head = office.visitor("head");
    let mut confirmed = Vec::new();
    let letters = office.letters("all");
    for &letter in &letters[..3] {
        assert_eq!(head.get(&format!("/letters/{letter}")).unwrap().status, 200);
        let told = head
            .post(
                "/account",
                &format!("/letters/{letter}/review"),
                &[("decision", "pass")],
            )
            .unwrap();
        assert_eq!(told.status, 303, "{}", told.text());
        confirmed.push(letter);
    }
    // In the middle of a request.
    let mut cut_off = head.clone();
    let request = thread::spawn(move || {
        let fourth = format!("/letters/{}/review", letters[3]);
        cut_off.post("/account", &fourth, &[("decision", "pass")])
    });
    thread::sleep(Duration::from_millis(20));
    office.kill_and_restart();
    let _ = request.join();
    // The session outlives the kill, and so does the token of a page from before.
    let list = head.get("/letters?drawer=print").unwrap();
    assert_eq!(list.status, 200, "{}", list.text());
    for letter in confirmed {
        assert!(
            list.text().contains(&format!("/letters/{letter}\"")),
            "letter {letter} is gone\n{}",
            list.text()
        );
    }
    assert_eq!(office.letters("all").len(), 6);
    let log = head.post("/audit", "/audit/verify", &[]).unwrap();
    assert!(log.text().contains("notice good"), "{}", log.text());
}

/// On the office's network pages go over HTTPS only, under a certificate whose fingerprint the desk tells.
#[test]
fn the_network_gets_https_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::start_on_network(folder.path()).unwrap();
    assert!(
        desk.first_address().starts_with("https://"),
        "{}",
        desk.first_address()
    );
    let told = fs::read_to_string(desk.process().stdout()).unwrap();
    let fingerprint = told
        .lines()
        .find_map(|line| line.strip_prefix("fingerprint "))
        .unwrap();
    assert_eq!(fingerprint.split(':').count(), 32, "{fingerprint}");
    let plain = tidings_tests::http::Request::new("GET", "/sign-in").send(desk.socket());
    assert!(
        plain.is_err() || plain.unwrap().status >= 400,
        "plain HTTP was answered"
    );
    let driver = Driver::start(folder.path()).unwrap();
    let browser = driver.browser_that_trusts_everybody("uk").unwrap();
    browser.open(desk.first_address()).unwrap();
    browser.find("#field-office").unwrap();
}

/// A screen at which nobody does anything locks itself, in the browser and for whoever holds its session.
#[test]
fn an_idle_screen_locks_itself() {
    let office = Office::open();
    let mut head = office.visitor("head");
    let saved = head
        .post("/settings", "/settings", &[("name", "Офіс"), ("idle", "1")])
        .unwrap();
    assert_eq!(saved.status, 303, "{}", saved.text());
    let driver = Driver::start(office.folder()).unwrap();
    let browser = driver.browser("uk").unwrap();
    office.sign_in(&browser, "head");
    let letters = format!("{}letters", office.desk().address());
    browser.open(&letters).unwrap();
    thread::sleep(Duration::from_secs(30));
    // Whoever works stays: half of the minute has passed, and begins anew.
    browser.keys("k").unwrap();
    thread::sleep(Duration::from_secs(40));
    assert_eq!(
        browser.address().unwrap(),
        letters,
        "locked while somebody worked"
    );
    browser
        .wait_for(&Texts::read("uk").say("unlock-title"))
        .unwrap();
    let locked = head.get("/letters").unwrap();
    assert_eq!(locked.status, 303);
    assert!(locked.header("location").unwrap().starts_with("/unlock"));
}

/// The head locks every screen of the office with one press.
#[test]
fn the_whole_office_is_locked_at_once() {
    let office = Office::open();
    office.add_operator("reader", &["reader"]);
    let (mut head, mut reader) = (office.visitor("head"), office.visitor("reader"));
    assert_eq!(reader.get("/letters").unwrap().status, 200);
    assert_eq!(
        head.post("/account", "/lock-office", &[]).unwrap().status,
        303
    );
    for who in [&mut head, &mut reader] {
        let answer = who.get("/letters").unwrap();
        assert_eq!(answer.status, 303);
        assert!(answer.header("location").unwrap().starts_with("/unlock"));
    }
}

/// A backup that was saved from the page makes the same office on another computer, from its first page.
#[test]
fn a_backup_brings_the_office_back() {
    let mut office = Office::open();
    office.receive_letters(2);
    let mut head = office.visitor("head");
    let backup = head
        .post("/settings/backup", "/settings/backup", &[])
        .unwrap();
    assert_eq!(backup.status, 200);
    let name = backup.header("content-disposition").unwrap().to_owned();
    assert!(
        name.starts_with("attachment; filename=\"tidings-"),
        "{name}"
    );
    let file = office.folder().join("backup.zip");
    fs::write(&file, &backup.body).unwrap();
    for word in ["Петренко".as_bytes(), b"Yablunya", "Яблуня".as_bytes()] {
        assert!(
            memchr::memmem::find(&backup.body, word).is_none(),
            "a name stands in the backup"
        );
    }
    // Nothing of it stays on the disk.
    let left: Vec<_> = fs::read_dir(office.desk().home())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("backup"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let elsewhere = tempfile::tempdir().unwrap();
    let desk = Desk::start(elsewhere.path()).unwrap();
    let driver = Driver::start(elsewhere.path()).unwrap();
    let browser = driver.browser("uk").unwrap();
    browser.open(desk.first_address()).unwrap();
    let give = |path: &std::path::Path| {
        if browser
            .look("details[open] #field-backup")
            .unwrap()
            .is_none()
        {
            browser
                .find("details:has(#field-backup) summary")
                .unwrap()
                .click()
                .unwrap();
        }
        browser
            .find("#field-backup")
            .unwrap()
            .send(path.to_str().unwrap())
            .unwrap();
        browser
            .leave(|it| it.find("form[action='/begin/restore'] button")?.click())
            .unwrap();
    };
    // Another file is told, and makes nothing.
    let other = elsewhere.path().join("other.zip");
    fs::write(&other, &backup.body[..backup.body.len() / 2]).unwrap();
    give(&other);
    browser.find(".notice.bad").unwrap();
    give(&file);
    browser.find("#field-login").unwrap();
    let mut head = Visitor::new(&desk);
    head.sign_in("head", tidings_tests::desk::PASSWORD).unwrap();
    let list = head.get("/letters?drawer=all").unwrap().text();
    assert_eq!(list.matches("data-open=\"\"").count(), 2, "{list}");
    let log = head.post("/audit", "/audit/verify", &[]).unwrap();
    assert!(log.text().contains("notice good"), "{}", log.text());
    desk.stop().unwrap();

    // The command line takes the same file, and says plainly what is wrong with a passphrase or another file.
    let texts = Texts::read("uk");
    let home = elsewhere.path().join("from the command line");
    let restore = |from: &std::path::Path, passphrase: &str| {
        let mut command = command("tidings-desk", None).unwrap();
        command
            .args(["--lang", "uk", "restore", "--home"])
            .arg(&home)
            .arg("--from")
            .arg(from)
            .env("TIDINGS_BACKUP_PASSPHRASE", passphrase);
        let told = command.output().unwrap();
        let said = [told.stdout, told.stderr].concat();
        (told.status.success(), String::from_utf8(said).unwrap())
    };
    for (from, passphrase, key) in [
        (&file, "not this one", "error-backup-passphrase"),
        (&other, PASSPHRASE, "error-backup-none"),
        (&home, PASSPHRASE, "error-backup-none"),
    ] {
        let (done, said) = restore(from, passphrase);
        assert!(!done && said.contains(&texts.say(key)), "{said}");
        assert!(!home.exists(), "{key}: something was made");
    }
    let (done, said) = restore(&file, PASSPHRASE);
    assert!(done, "{said}");
    let left = fs::read_dir(&home).unwrap();
    let left = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("backup")
    });
    assert_eq!(left.count(), 0, "the unpacked file lies about");
}
