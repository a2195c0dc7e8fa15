use super::*;
use crate::testing::{Office, PASSWORD, START, operator, signed_in};

fn password(text: &str) -> SecretString {
    text.to_owned().into()
}

fn try_in(desk: &Desk, login: &str, text: &str, now: UnixTime) -> Result<SignIn, Error> {
    desk.sign_in(login, &password(text), None, now)
}

#[test]
fn every_action_is_refused_to_who_may_not_and_the_log_says_so() {
    let office = Office::new();
    let scanner = office.actor(Role::Scanner);
    let refused = office
        .desk
        .add_operator(&scanner, &operator("new", &[]), START);
    assert!(matches!(
        refused,
        Err(Error::Forbidden {
            action: Action::KeepOperators
        })
    ));
    let filter = crate::AuditFilter {
        count: 1,
        ..Default::default()
    };
    let last = office.desk.audit_entries(&office.head, &filter).unwrap();
    assert_eq!(last[0].action, "refused");
    assert_eq!(last[0].operator, scanner.id());
}

#[test]
fn wrong_attempts_cost_growing_pauses_and_a_right_one_forgets_them() {
    let office = Office::new();
    let desk = &office.desk;
    let mut now = START;
    let wrong = |now| try_in(desk, "reader", "wrong password", now);
    for _ in 0..2 {
        assert!(matches!(wrong(now), Err(Error::Credentials)));
    }
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert!(matches!(wrong(now), Err(Error::Credentials)));
        let Err(Error::LockedOut { until }) = try_in(desk, "reader", PASSWORD, now) else {
            panic!("not locked out");
        };
        pauses.push(until.0 - now.0);
        assert!(matches!(
            try_in(desk, "reader", PASSWORD, until.minus(1)),
            Err(Error::LockedOut { .. })
        ));
        now = until;
    }
    assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    assert!(try_in(desk, " READER ", PASSWORD, now).is_ok());
    assert!(matches!(wrong(now), Err(Error::Credentials)));
    assert!(try_in(desk, "reader", PASSWORD, now).is_ok());
}

#[test]
fn nobody_learns_which_logins_there_are() {
    let office = Office::new();
    for login in ["nobody", "reader"] {
        let refused = try_in(&office.desk, login, "wrong password", START);
        assert!(matches!(refused, Err(Error::Credentials)), "{login}");
    }
}

#[test]
fn an_idle_session_locks_itself_and_the_password_opens_it() {
    let office = Office::new();
    let desk = &office.desk;
    let idle = u64::from(desk.settings().unwrap().idle_seconds);
    let token = try_in(desk, "reader", PASSWORD, START).unwrap().token;
    let used = START.plus(idle - 1);
    assert!(desk.actor(&token, used).is_ok());
    assert!(desk.actor(&token, used.plus(idle - 1)).is_ok());
    let late = used.plus(2 * idle);
    assert!(matches!(
        desk.actor(&token, late),
        Err(Error::SessionLocked)
    ));
    // Also for a clock that goes back: locked is locked.
    assert!(matches!(
        desk.actor(&token, used),
        Err(Error::SessionLocked)
    ));
    assert_eq!(desk.session_name(&token).unwrap(), "reader");
    let wrong = desk.unlock(&token, &password("wrong password"), late);
    assert!(matches!(wrong, Err(Error::Credentials)));
    assert!(desk.unlock(&token, &password(PASSWORD), late).is_ok());
    assert!(desk.actor(&token, late).is_ok());
    desk.lock_session(&token).unwrap();
    assert!(matches!(
        desk.actor(&token, late),
        Err(Error::SessionLocked)
    ));
}

#[test]
fn a_session_ends_with_the_day_and_with_the_operator() {
    let office = Office::new();
    let desk = &office.desk;
    let first = try_in(desk, "reader", PASSWORD, START).unwrap();
    let mut now = START;
    while now < START.plus(14 * 3_600) {
        assert!(desk.actor(&first.token, now).is_ok());
        now = now.plus(500);
    }
    assert!(matches!(
        desk.actor(&first.token, now),
        Err(Error::SessionEnded)
    ));
    let second = try_in(desk, "reader", PASSWORD, now).unwrap();
    let id = second.actor.id().unwrap();
    desk.set_operator_active(&office.head, id, false, now)
        .unwrap();
    assert!(matches!(
        desk.actor(&second.token, now),
        Err(Error::SessionEnded)
    ));
    assert!(matches!(
        try_in(desk, "reader", PASSWORD, now),
        Err(Error::Credentials)
    ));
    assert!(matches!(
        desk.actor(&Token::new("made up"), now),
        Err(Error::SessionEnded)
    ));
}

#[test]
fn the_store_holds_no_token() {
    let office = Office::new();
    let token = try_in(&office.desk, "reader", PASSWORD, START)
        .unwrap()
        .token;
    let kept: i64 = office
        .desk
        .store
        .read("testing", |sql| {
            Ok(sql.query_row(
                "SELECT count(*) FROM sessions WHERE token = ?1",
                [token.expose().as_bytes()],
                |row| row.get(0),
            )?)
        })
        .unwrap();
    assert_eq!(kept, 0);
    assert_eq!(format!("{token:?}"), "Token(…)");
}

#[test]
fn a_second_factor_is_asked_for_once_it_is_proven_and_works_once() {
    let office = Office::new();
    let desk = &office.desk;
    let reader = office.actor(Role::Reader);
    let factor = desk.begin_second_factor(&reader, START).unwrap();
    assert!(factor.uri.starts_with("otpauth://totp/"));
    assert!(
        try_in(desk, "reader", PASSWORD, START).is_ok(),
        "not proven yet"
    );
    let wrong = desk.prove_second_factor(&reader, "000000", START);
    assert!(matches!(wrong, Err(Error::Credentials)));
    desk.prove_second_factor(&reader, &code_of(&factor.base32, START), START)
        .unwrap();

    assert!(matches!(
        try_in(desk, "reader", PASSWORD, START),
        Err(Error::CodeNeeded)
    ));
    let with = |code: &str, now| desk.sign_in("reader", &password(PASSWORD), Some(code), now);
    let used = with(&code_of(&factor.base32, START), START);
    assert!(
        matches!(used, Err(Error::Credentials)),
        "the proving code was taken"
    );
    let later = START.plus(30);
    let code = code_of(&factor.base32, later);
    assert!(with(&code, later).is_ok());
    assert!(
        matches!(with(&code, later), Err(Error::Credentials)),
        "a second time"
    );

    let id = reader.id().unwrap();
    desk.reset_operator(&office.head, id, &password("нове довге слово"), later)
        .unwrap();
    assert!(try_in(desk, "reader", "нове довге слово", later).is_ok());
}

/// A telephone that is being set up changes nothing before it has proven that it has the key.
#[test]
fn the_old_telephone_counts_until_the_new_one_is_proven() {
    let office = Office::new();
    let desk = &office.desk;
    let reader = office.actor(Role::Reader);
    let old = desk.begin_second_factor(&reader, START).unwrap();
    desk.prove_second_factor(&reader, &code_of(&old.base32, START), START)
        .unwrap();
    let new = desk.begin_second_factor(&reader, START).unwrap();
    let with = |key: &str, now| {
        desk.sign_in("reader", &password(PASSWORD), Some(&code_of(key, now)), now)
            .map(drop)
    };
    let later = START.plus(60);
    assert!(matches!(with(&new.base32, later), Err(Error::Credentials)));
    assert!(with(&old.base32, later).is_ok());
    desk.prove_second_factor(&reader, &code_of(&new.base32, later), later)
        .unwrap();
    let last = START.plus(120);
    assert!(matches!(with(&old.base32, last), Err(Error::Credentials)));
    assert!(with(&new.base32, last).is_ok());
}

/// DESK-39: whatever the roles say, and at once for those who are at work.
#[test]
fn an_office_that_insists_on_a_second_factor_lets_nobody_do_anything_without() {
    let office = Office::new();
    let desk = &office.desk;
    let session = try_in(desk, "printer", PASSWORD, START).unwrap();
    assert!(!session.actor.second_factor_missing());
    let settings = crate::Settings {
        second_factor_required: true,
        ..desk.settings().unwrap()
    };
    desk.change_settings(&office.head, &settings, START)
        .unwrap();
    for login in ["printer", "head"] {
        let actor = try_in(desk, login, PASSWORD, START).unwrap().actor;
        assert!(actor.second_factor_missing());
        assert!(Action::ALL.iter().all(|action| !actor.may(*action)));
        assert!(!actor.roles().has(Role::Head), "{login}");
    }
    let printer = desk.actor(&session.token, START).unwrap();
    let refused = desk.print_jobs(&printer, 9);
    assert!(
        matches!(refused, Err(Error::SecondFactorMissing)),
        "{refused:?}"
    );
    // What the role does not allow is told as that.
    let refused = desk.operators(&printer);
    assert!(matches!(refused, Err(Error::Forbidden { .. })));

    let factor = desk.begin_second_factor(&printer, START).unwrap();
    desk.prove_second_factor(&printer, &code_of(&factor.base32, START), START)
        .unwrap();
    let printer = desk.actor(&session.token, START).unwrap();
    assert!(desk.print_jobs(&printer, 9).is_ok());
}

#[test]
fn an_office_keeps_a_head() {
    let office = Office::new();
    let id = office.head.id().unwrap();
    let alone = office
        .desk
        .set_operator_active(&office.head, id, false, START);
    assert!(matches!(alone, Err(Error::LastHead)));
    let demoted = office.desk.change_operator(
        &office.head,
        id,
        "head",
        Language::English,
        Roles::of(&[Role::Reader]),
        START,
    );
    assert!(matches!(demoted, Err(Error::LastHead)));
    let second = operator("second", &[Role::Head]);
    office
        .desk
        .add_operator(&office.head, &second, START)
        .unwrap();
    assert!(
        office
            .desk
            .set_operator_active(&office.head, id, false, START)
            .is_ok()
    );
}

#[test]
fn passwords_change_with_the_old_one_only_and_logins_are_unique() {
    let office = Office::new();
    let desk = &office.desk;
    let reader = office.actor(Role::Reader);
    let new = password("зовсім інше слово");
    let refused = desk.change_password(&reader, &password("wrong password"), &new, START);
    assert!(matches!(refused, Err(Error::Credentials)));
    desk.change_password(&reader, &password(PASSWORD), &new, START)
        .unwrap();
    assert!(matches!(
        try_in(desk, "reader", PASSWORD, START),
        Err(Error::Credentials)
    ));
    assert!(try_in(desk, "reader", "зовсім інше слово", START).is_ok());
    let taken = desk.add_operator(&office.head, &operator("READER", &[]), START);
    assert!(matches!(taken, Err(Error::LoginTaken)));
}

#[test]
fn the_desk_opens_once_and_only_with_its_passphrase() {
    let office = Office::new();
    let home = office.folder.path();
    let open = |text: &str| Desk::open(home, &password(text), START);
    assert!(matches!(
        open(crate::testing::PASSPHRASE),
        Err(Error::Busy { .. })
    ));
    let Office { desk, folder, .. } = office;
    desk.change_passphrase(&password(crate::testing::PASSPHRASE), &password("нове"))
        .unwrap();
    drop(desk);
    let open = |text: &str| Desk::open(folder.path(), &password(text), START);
    assert!(matches!(
        open(crate::testing::PASSPHRASE),
        Err(Error::WrongPassphrase)
    ));
    let desk = open("нове").unwrap();
    assert_eq!(signed_in(&desk, "head").name(), "head");
    drop(desk);
    let first = crate::FirstRun {
        settings: crate::Settings {
            name: "x".into(),
            ..Default::default()
        },
        head: operator("head", &[]),
    };
    let again = Desk::create(folder.path(), &password("x"), &first, START);
    assert!(matches!(again, Err(Error::Exists { .. })));
    let nowhere = tempfile::tempdir().unwrap();
    assert!(matches!(
        Desk::open(nowhere.path(), &password("x"), START),
        Err(Error::None { .. })
    ));
}

/// DESK-10: who prints gets the document, and nothing of the letter on a screen; the log says that he had it.
#[test]
fn who_prints_does_not_read() {
    let office = Office::new();
    let list = crate::testing::List::default();
    let letter = list.receive(1, "Петренко Сергій", "Чекаємо", &[b"photo"]);
    let desk = &office.desk;
    desk.import(&list, START).unwrap();
    desk.begin_review(&office.head, &[letter], START).unwrap();
    desk.pass(&office.head, &[letter], START).unwrap();
    let printer = office.actor(Role::Printer);
    crate::printing::print_for_test(desk, &printer, &[letter]);
    let document = desk.print_job_document(&printer, 1, START).unwrap();
    assert!(!document.is_empty());
    for refused in [
        desk.open_letter(&printer, letter, START).map(drop),
        desk.picture(&printer, letter, 0, START).map(drop),
    ] {
        assert!(matches!(
            refused,
            Err(Error::Forbidden {
                action: Action::ReadLetter
            })
        ));
    }
    let filter = crate::AuditFilter {
        operator: printer.id(),
        count: 9,
        ..Default::default()
    };
    let deeds: Vec<String> = desk
        .audit_entries(&office.head, &filter)
        .unwrap()
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert!(deeds.contains(&"document_taken".to_owned()), "{deeds:?}");
    assert!(!deeds.contains(&"letter_opened".to_owned()));
}

/// Somebody who tries names is seen, and cannot fill the log.
#[test]
fn logins_that_nobody_has_are_noted_once_a_minute() {
    let office = Office::new();
    let desk = &office.desk;
    let password = "щось зовсім інше".to_owned().into();
    for seconds in [0, 5, 59, 70] {
        let tried = desk.sign_in("nobody", &password, None, START.plus(seconds));
        assert!(matches!(tried, Err(Error::Credentials)));
    }
    let filter = crate::AuditFilter {
        count: 99,
        ..Default::default()
    };
    let entries = desk.audit_entries(&office.head, &filter).unwrap();
    let noted = entries
        .iter()
        .filter(|entry| entry.action == "sign_in_refused");
    assert_eq!(noted.count(), 2);
}
