//! People, requests, answers, and somebody who came home.

use std::{fs, thread, time::Duration};

use super::Walk;
use tidings_tests::desk::PASSWORD;

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
    let table = walk.browser.fetch("/register/people.csv").unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.contains("Коваль Петро Іванович"), "{table}");
    assert!(!table.contains("А1234"), "a unit left the office\n{table}");
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
        let code = walk.code(login);
        walk.fill("#field-second-code", &code);
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
    assert!(
        walk.browser
            .look("form[action$='/returned']")
            .unwrap()
            .is_none()
    );
    walk.choose("#field-state", "released");
    walk.choose("#field-grade", "desk_saw");
    walk.press("form[action$='/state'] button");
    walk.told("done-saved");
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
