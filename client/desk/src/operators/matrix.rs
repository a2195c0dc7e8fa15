//! Every door of the desk with every role: who may not is refused by the door itself, whatever page leads there (DESK-6).

mod doors;

use self::doors::DOORS;
use super::*;
use crate::testing::{List, Office, START, operator};

#[test]
fn every_door_asks_the_table() {
    let office = Office::new();
    let list = List::default();
    list.receive(1, "Петренко Сергій", "Чекаємо", &[b"photo"]);
    list.message(1, "Чи є новини?");
    let desk = &office.desk;
    desk.import(&list, START).unwrap();
    desk.add_operator(&office.head, &operator("second", &[Role::Head]), START)
        .unwrap();
    let actors = Role::ALL.map(|role| (role, office.actor(role)));
    for (name, action, door) in DOORS {
        for (role, actor) in &actors {
            let got = door(desk, actor);
            let refused =
                matches!(&got, Err(Error::Forbidden { action: needed }) if needed == action);
            let forbidden = matches!(&got, Err(Error::Forbidden { .. }));
            if may(*role, *action) {
                assert!(!forbidden, "{name}: {role:?} may, and got {got:?}");
            } else {
                assert!(refused, "{name}: {role:?} may not, and got {got:?}");
            }
        }
    }
}

/// No door was forgotten: every function of the desk that takes who acts stands above, but those that are everybody's own.
#[test]
fn every_door_is_tried() {
    const OWN: [&str; 8] = [
        "change_password",
        "change_language",
        "begin_second_factor",
        "prove_second_factor",
        "has_second_factor",
        "recovery_codes_left",
        "renew_recovery_codes",
        "lock_office",
    ];
    let mut tried: Vec<&str> = DOORS.iter().map(|(name, ..)| *name).collect();
    tried.extend(OWN);
    let room = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut folders = vec![std::path::PathBuf::from(room)];
    let mut missing = Vec::new();
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("web") {
                    folders.push(path);
                }
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for rest in source.split("\n    pub fn ").skip(1) {
                let Some((name, rest)) = rest.split_once('(') else {
                    continue;
                };
                let arguments = rest.split(") ->").next().unwrap_or_default();
                if arguments.contains("&self") && arguments.contains("by: &Actor") {
                    found += 1;
                    if !tried.contains(&name) {
                        missing.push(name.to_owned());
                    }
                }
            }
        }
    }
    assert!(found > 80, "only {found} doors were found");
    assert!(missing.is_empty(), "doors that nobody tries: {missing:?}");
}

/// The table of the specification is the table of the program.
#[test]
fn the_specification_has_the_table() {
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/desk.md");
    let spec = std::fs::read_to_string(spec).unwrap();
    for action in Action::ALL {
        let marks: Vec<&str> = Role::ALL
            .iter()
            .map(|role| if may(*role, *action) { "x" } else { "" })
            .collect();
        let line = format!("| {} | {} |", action.word(), marks.join(" | ")).replace("|  |", "| |");
        let line = line.replace("|  |", "| |");
        assert!(
            spec.lines().any(|of_spec| of_spec == line),
            "docs/spec/desk.md lacks: {line}"
        );
    }
}
