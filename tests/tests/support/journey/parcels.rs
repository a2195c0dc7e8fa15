//! A campaign from its list to the counts on the other side.

use std::fs;

use super::Walk;
use crate::support::PERSON;
use tidings_tests::{desk::PASSWORD, relay::command};

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
    manifest_is_checked(walk, &csv);
    walk.browser
        .open(&format!("{}{}", walk.day.desk().address(), &campaign[1..]))
        .unwrap();

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

/// The manifest comes back: as it was signed, and with one digit changed.
fn manifest_is_checked(walk: &mut Walk<'_>, csv: &str) {
    walk.room("parcels");
    walk.press("main a[href='/parcels/check']");
    let changed = csv.replacen("1250", "1205", 1);
    assert_ne!(changed, csv);
    let key = csv.lines().last().unwrap().strip_prefix("# key ").unwrap();
    let other = key.chars().rev().collect::<String>();
    for (name, text, told) in [
        ("manifest.csv", csv, "check-whole"),
        ("changed.csv", &changed, "check-changed"),
    ] {
        let file = walk.day.folder().join(name);
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        walk.browser
            .find("#field-manifest")
            .unwrap()
            .send(file)
            .unwrap();
        walk.press("form[action='/parcels/check'] button.main");
        walk.told(told);
        walk.look(&format!("24-{told}"));
    }
    // The command line says the same, to an office that has no desk.
    for (name, key, told, status) in [
        ("manifest.csv", None, "check-whole-any", 0),
        ("manifest.csv", Some(key), "check-whole-key", 0),
        ("manifest.csv", Some(other.as_str()), "check-other-key", 7),
        ("changed.csv", Some(key), "check-changed", 7),
    ] {
        let mut line = command("tidings-desk", None).unwrap();
        line.args(["--lang", walk.texts.language, "verify-manifest"]);
        line.arg(walk.day.folder().join(name));
        line.args(key.map(|key| ["--key", key]).into_iter().flatten());
        let said = line.output().unwrap();
        assert_eq!(said.status.code(), Some(status), "{name}: {said:?}");
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(text.contains(&walk.texts.say(told)), "{text}");
    }
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

fn seal(walk: &mut Walk<'_>, seal: &str) {
    walk.fill("#field-seal", seal);
    walk.fill("#field-grams", "1250");
    walk.fill("#field-contents", "шкарпетки, 2");
    walk.fill("#field-second-login", "packer");
    walk.fill("#field-second-password", PASSWORD);
    let code = walk.code("packer");
    walk.fill("#field-second-code", &code);
    walk.press("form[action$='/seal'] button.main");
}
