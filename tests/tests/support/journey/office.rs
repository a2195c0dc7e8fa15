//! What the head of an office looks after: figures, settings, wordings, keeping, backup, the log.

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
