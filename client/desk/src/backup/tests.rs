use super::*;
use crate::{
    LetterFilter, Role,
    testing::{List, Office, PASSPHRASE, START, signed_in},
};
use tidings_client::LetterNumber;

fn pass(text: &str) -> SecretString {
    text.to_owned().into()
}

#[test]
fn a_restored_desk_has_everything_and_its_log_is_whole() {
    // Opened, not just made: so it is on every day but the first.
    let office = Office::new().reopened();
    let list = List::default();
    list.receive(1, "Петренко Сергій", "Чекаємо", &[b"photo"]);
    let desk = &office.desk;
    desk.import(&list, START).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (backup, home) = (folder.path().join("backup"), folder.path().join("home"));
    let reader = office.actor(Role::Reader);
    let refused = desk.back_up(&reader, &backup, &pass("копія"), START);
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    desk.back_up(&office.head, &backup, &pass("копія"), START)
        .unwrap();
    let again = desk.back_up(&office.head, &backup, &pass("копія"), START);
    assert!(matches!(again, Err(Error::Exists { .. })));

    for wrong in [PASSPHRASE, ""] {
        let refused = Desk::restore(&home, &backup, &pass(wrong), START);
        assert!(matches!(refused, Err(Error::WrongPassphrase)));
        assert!(!Desk::exists(&home));
    }
    let restored = Desk::restore(&home, &backup, &pass("копія"), START).unwrap();
    let head = signed_in(&restored, "head");
    let opened = restored.open_letter(&head, LetterNumber(1), START).unwrap();
    assert_eq!(opened.text, "Чекаємо");
    assert_eq!(
        restored
            .picture(&head, LetterNumber(1), 0, START)
            .unwrap()
            .bytes,
        b"photo"
    );
    let found = LetterFilter {
        search: "Petrenko".into(),
        ..Default::default()
    };
    assert_eq!(
        restored.letters(&head, &found, None, 9).unwrap().rows.len(),
        1
    );
    let report = restored.verify_audit(&head, None).unwrap();
    assert!(report.is_whole(), "{report:?}");
    assert_eq!(
        restored.import(&list, START).unwrap(),
        crate::ImportReport::default()
    );
    let compartment = restored.open_compartment(&head, None, START);
    assert!(compartment.is_ok());
}

/// DESK-29: one bit anywhere in a backup, a file that is missing or of another backup: told, and no desk is made.
#[test]
fn a_damaged_backup_is_found_before_there_is_a_desk() {
    let office = Office::new().reopened();
    let list = List::default();
    for n in 1..40 {
        list.receive(n, "Петренко Сергій", &"Чекаємо. ".repeat(60), &[b"photo"]);
    }
    let desk = &office.desk;
    desk.import(&list, START).unwrap();
    desk.set_compartment_passphrase(&office.head, None, &pass("окреме слово"), START)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (backup, older) = (folder.path().join("backup"), folder.path().join("older"));
    desk.back_up(&office.head, &older, &pass("копія"), START)
        .unwrap();
    desk.back_up(&office.head, &backup, &pass("копія"), START)
        .unwrap();
    let restore = |name: &str| {
        let home = folder.path().join(name);
        let restored = Desk::restore(&home, &backup, &pass("копія"), START);
        assert_eq!(Desk::exists(&home), restored.is_ok(), "{name}");
        restored
    };
    let database = fs::metadata(backup.join(DATABASE)).unwrap().len() as usize;
    let mut cases: Vec<(&str, Option<usize>)> = (0..12)
        .map(|step| (DATABASE, Some(20 + step * (database - 40) / 11)))
        .collect();
    for file in [COMPARTMENT, HEAD_FILE, HEADER] {
        cases.extend([(file, Some(12)), (file, None)]);
    }
    cases.push((DATABASE, None));
    for (at, (file, byte)) in cases.into_iter().enumerate() {
        let path = backup.join(file);
        let whole = fs::read(&path).unwrap();
        match byte {
            Some(byte) => {
                let mut changed = whole.clone();
                changed[byte] ^= 1;
                fs::write(&path, changed).unwrap();
            }
            None => fs::remove_file(&path).unwrap(),
        }
        let refused = restore(&format!("home-{at}"));
        let told = match file {
            HEADER => matches!(refused, Err(Error::Account(_) | Error::None { .. })),
            _ => matches!(refused, Err(Error::Damaged { .. })),
        };
        assert!(told, "{file} {byte:?}: {refused:?}");
        fs::write(&path, whole).unwrap();
    }
    // A head of another backup of the same desk.
    let head = fs::read(backup.join(HEAD_FILE)).unwrap();
    fs::copy(older.join(HEAD_FILE), backup.join(HEAD_FILE)).unwrap();
    assert!(matches!(restore("mixed"), Err(Error::Damaged { .. })));
    fs::write(backup.join(HEAD_FILE), head).unwrap();
    // Half a database, as a stick that was pulled out leaves it.
    let whole = fs::read(backup.join(DATABASE)).unwrap();
    fs::write(backup.join(DATABASE), &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(restore("half"), Err(Error::Damaged { .. })));
    fs::write(backup.join(DATABASE), whole).unwrap();
    assert!(restore("whole").is_ok());
}

/// DESK-29: a stick that cannot be written is read all the same, and stays as it was.
#[test]
fn restoring_changes_nothing_in_the_backup() {
    let office = Office::new().reopened();
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    office
        .desk
        .back_up(&office.head, &backup, &pass("копія"), START)
        .unwrap();
    let files = || -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(&backup)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = files();
    Desk::restore(&folder.path().join("home"), &backup, &pass("копія"), START).unwrap();
    assert_eq!(files(), before);
}

#[test]
fn a_backup_says_nothing_without_its_passphrase() {
    let office = Office::new().reopened();
    let list = List::default();
    list.receive(1, "Петренко", "a sentence to look for", &[]);
    office.desk.import(&list, START).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    office
        .desk
        .back_up(&office.head, &backup, &pass("копія"), START)
        .unwrap();
    for entry in fs::read_dir(&backup).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let needle = b"a sentence to look for";
        assert!(!bytes.windows(needle.len()).any(|window| window == needle));
    }
}
