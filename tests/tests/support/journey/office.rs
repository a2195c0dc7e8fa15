//! What the head of an office looks after: figures, settings, wordings, keeping, backup, the log.

use std::fs;

use super::Walk;

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

/// Post for a courier: what the server has and the family has not confirmed.
pub fn mailbags(walk: &mut Walk<'_>) {
    walk.room("mailbags");
    walk.look("31-mailbags");
    walk.tick("input[name=at-relay]");
    walk.press("form[action='/mailbags/pack'] button.main");
    walk.told("done-mailbag-packed");
    walk.look("31-mailbag");
    let part = walk.browser.find("main a[href*='/parts/']").unwrap();
    let part = walk
        .browser
        .fetch(&part.property("pathname").unwrap())
        .unwrap();
    assert!(part.starts_with(b"tidings mailbag"), "no mailbag");
    // Brought back to where it was packed, nothing in it is for anybody here.
    let file = walk.day.folder().join("post.mailbag");
    fs::write(&file, part).unwrap();
    walk.room("mailbags");
    walk.browser
        .find("#field-parts")
        .unwrap()
        .send(file.to_str().unwrap())
        .unwrap();
    walk.press("form[enctype] button.main");
    walk.told("error-mailbag-for-others");
    walk.look("31-mailbag-for-others");
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
    walk.press("main a[href='/settings/network']");
    walk.look("35-network");
    walk.fill("#field-proxy", "proxy.example");
    walk.press("form[action='/settings/network'] button.main");
    walk.told("network-wrong-scheme");
    assert_eq!(walk.value("#field-proxy"), "proxy.example");
    walk.fill("#field-proxy", "");
    walk.press("form[action='/settings/network'] button.main");
    walk.told("done-saved");
    walk.press("main a[href='/settings/keeping']");
    walk.look("35-keeping");
    walk.fill("input[name=messages]", "0");
    walk.press("form[action='/settings/keeping'] button.main");
    walk.told("keeping-wrong");
    assert_eq!(walk.value("input[name=messages]"), "0");
    walk.fill("input[name=messages]", "30");
    walk.press("form[action='/settings/keeping'] button.main");
    walk.told("done-saved");
    assert_eq!(walk.value("input[name=messages]"), "30");
    walk.press("main a[href='/settings/backup']");
    walk.look("36-backup");
    let backup = walk.browser.post("/settings/backup").unwrap();
    assert!(backup.starts_with(b"PK"), "no archive");
    walk.room("audit");
    walk.look("37-log");
    walk.press("main .head button");
    walk.browser.find(".notice.good").unwrap();
}
