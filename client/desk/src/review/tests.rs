use super::*;
use crate::{
    LetterFilter, Role, Subject, Tracked,
    testing::{List, Office, START},
};
use tidings_protocol::{language::Language, limits::DAY_SECONDS};

const ONE: LetterNumber = LetterNumber(1);
const TWO: LetterNumber = LetterNumber(2);

/// An office with two letters in review.
fn reviewing() -> (Office, Actor) {
    let office = Office::new();
    let list = List::default();
    list.receive(
        1,
        "Іван",
        "Брат служить у бригаді.\nЧекаємо.",
        &[b"one", b"two"],
    );
    list.receive(2, "Петро", "Как ты? Мы ждём.", &[]);
    office.desk.import(&list, START).unwrap();
    let reader = office.actor(Role::Reader);
    office
        .desk
        .begin_review(&reader, &[ONE, TWO], START)
        .unwrap();
    (office, reader)
}

fn state(office: &Office, number: LetterNumber) -> State {
    office.desk.letter_row(&office.head, number).unwrap().state
}

#[test]
fn letters_pass_are_held_or_refused_with_a_reason() {
    let (office, reader) = reviewing();
    let desk = &office.desk;
    desk.pass(&reader, &[ONE], START).unwrap();
    desk.hold(&reader, &[TWO], HoldReason::CaptivityUnconfirmed, START)
        .unwrap();
    assert_eq!(state(&office, ONE), State::Passed);
    let held = desk.letter_row(&reader, TWO).unwrap();
    assert_eq!(
        (held.state, held.reason.as_deref()),
        (State::Held, Some("captivity_unconfirmed"))
    );
    desk.refuse(&reader, &[TWO], RefusalReason::Political, START)
        .unwrap();
    assert_eq!(state(&office, TWO), State::Refused);
    let steps = desk.letter_steps(&reader, TWO).unwrap();
    let states: Vec<State> = steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [
            State::TakenByDesk,
            State::InReview,
            State::Held,
            State::Refused
        ]
    );
    assert_eq!(steps[3].by, reader.id());
}

#[test]
fn a_bulk_action_moves_all_or_none() {
    let (office, reader) = reviewing();
    office.desk.pass(&reader, &[TWO], START).unwrap();
    let refused = office.desk.pass(&reader, &[ONE, TWO], START);
    assert!(matches!(
        refused,
        Err(Error::Transition {
            from: State::Passed,
            to: State::Passed
        })
    ));
    assert_eq!(state(&office, ONE), State::InReview);
}

#[test]
fn who_does_not_review_does_not_decide() {
    let (office, _) = reviewing();
    for role in [Role::Printer, Role::Scanner, Role::CaseWorker] {
        let refused = office.desk.pass(&office.actor(role), &[ONE], START);
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{role:?}");
    }
    assert_eq!(state(&office, ONE), State::InReview);
}

#[test]
fn cuts_show_and_the_original_opens_for_a_head_only() {
    let (office, reader) = reviewing();
    let desk = &office.desk;
    let text = desk.open_letter(&reader, ONE, START).unwrap().text;
    let from = text.find("у бригаді").unwrap();
    let cuts = Cuts {
        text: vec![from..from + "у бригаді".len()],
        enclosures: vec![1],
    };
    desk.pass_with_cuts(&reader, ONE, &cuts, START).unwrap();
    let cut = desk.open_letter(&reader, ONE, START).unwrap();
    assert_eq!(cut.text, "Брат служить █████████.\nЧекаємо.");
    assert_eq!(cut.row.state, State::PassedWithCuts);

    let compartment = desk.open_compartment(&office.head, None, START).unwrap();
    let refused = desk.open_original(&reader, &compartment, ONE, START);
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    let original = desk
        .open_original(&office.head, &compartment, ONE, START)
        .unwrap();
    assert_eq!(original, text);
    let filter = crate::AuditFilter {
        subject: Some(Subject::Letter(1)),
        count: 1,
        ..Default::default()
    };
    let entries = desk.audit_entries(&office.head, &filter).unwrap();
    assert_eq!(entries[0].action, "original_opened");
}

#[test]
fn what_was_cut_once_never_passes_whole() {
    let (office, reader) = reviewing();
    let desk = &office.desk;
    let cuts = Cuts {
        text: vec![0.."Брат".len()],
        enclosures: vec![],
    };
    desk.pass_with_cuts(&reader, ONE, &cuts, START).unwrap();
    desk.begin_review(&reader, &[ONE], START).unwrap();
    let more = Cuts {
        text: vec![0.."████".len() + " служить".len()],
        enclosures: vec![],
    };
    desk.pass_with_cuts(&reader, ONE, &more, START).unwrap();
    desk.begin_review(&reader, &[ONE], START).unwrap();
    desk.pass(&reader, &[ONE], START).unwrap();
    assert_eq!(state(&office, ONE), State::PassedWithCuts);
    let compartment = desk.open_compartment(&office.head, None, START).unwrap();
    let original = desk
        .open_original(&office.head, &compartment, ONE, START)
        .unwrap();
    assert!(
        original.starts_with("Брат служить"),
        "the first original stays"
    );
}

#[test]
fn cuts_that_cut_nothing_are_refused_and_change_nothing() {
    let (office, reader) = reviewing();
    for cuts in [
        Cuts::default(),
        Cuts {
            text: vec![0..10_000],
            enclosures: vec![],
        },
        Cuts {
            text: vec![],
            enclosures: vec![9],
        },
    ] {
        let refused = office.desk.pass_with_cuts(&reader, ONE, &cuts, START);
        assert!(matches!(refused, Err(Error::Cuts)), "{cuts:?}");
    }
    assert_eq!(state(&office, ONE), State::InReview);
    let compartment = office
        .desk
        .open_compartment(&office.head, None, START)
        .unwrap();
    let none = office
        .desk
        .open_original(&office.head, &compartment, ONE, START);
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

#[test]
fn a_route_names_every_rule_that_a_letter_breaks() {
    let (office, reader) = reviewing();
    let desk = &office.desk;
    let mut route = Route {
        id: 0,
        name: "Мінськ".into(),
        languages: vec![Language::Russian],
        lines: Some(1),
        pictures: Some(1),
        dated: true,
        open: true,
    };
    assert!(matches!(
        desk.save_route(&reader, &route, START),
        Err(Error::Forbidden { .. })
    ));
    route.id = desk.save_route(&office.head, &route, START).unwrap();
    desk.set_route(&reader, &[ONE, TWO], Some(route.id), START)
        .unwrap();
    assert_eq!(
        desk.rule_breaks(&reader, ONE).unwrap(),
        [
            RuleBreak::Language {
                got: Language::Ukrainian
            },
            RuleBreak::Lines { got: 2, limit: 1 },
            RuleBreak::Pictures { got: 2, limit: 1 },
        ]
    );
    assert_eq!(desk.rule_breaks(&reader, TWO).unwrap(), []);
    route.open = false;
    desk.save_route(&office.head, &route, START).unwrap();
    assert_eq!(desk.rule_breaks(&reader, TWO).unwrap(), [RuleBreak::Closed]);
    let on_it = LetterFilter {
        route: Some(route.id),
        ..Default::default()
    };
    assert_eq!(
        desk.letters(&reader, &on_it, None, 9).unwrap().rows.len(),
        2
    );
}

#[test]
fn clocks_warn_before_they_run_out_and_held_letters_have_none() {
    let (office, reader) = reviewing();
    let desk = &office.desk;
    let day = |days: u64| START.plus(days * DAY_SECONDS);
    let of = |now| desk.clocks(&reader, now, 9).unwrap();
    assert_eq!(of(day(4)), []);
    let warning = of(day(6));
    assert_eq!(warning.len(), 2);
    assert!(
        warning
            .iter()
            .all(|clock| { clock.kind == ClockKind::Review && clock.level == ClockLevel::Warning })
    );
    assert_eq!(of(day(8))[0].level, ClockLevel::Over);
    desk.hold(&reader, &[TWO], HoldReason::SecondOpinion, day(1))
        .unwrap();
    desk.pass(&reader, &[ONE], day(1)).unwrap();
    assert_eq!(of(day(8)), []);
    let dispatch = of(day(12));
    assert_eq!(dispatch.len(), 1);
    assert_eq!(
        (dispatch[0].kind, dispatch[0].letter),
        (ClockKind::Dispatch, Some(ONE))
    );
    assert_eq!(dispatch[0].due, day(15));
}

/// DESK-31: a reply that lies here is late as well, until it is on its way to the family.
#[test]
fn a_reply_that_is_not_sent_on_has_a_clock() {
    let (office, list) = printed(1);
    let (desk, head) = (&office.desk, &office.head);
    let day = |days: u64| START.plus(days * DAY_SECONDS);
    let of = |now| -> Vec<ClockKind> {
        let clocks = desk.clocks(head, now, 9).unwrap().into_iter();
        clocks.map(|clock| clock.kind).collect()
    };
    scan(&office, 1, START);
    assert_eq!(of(day(4)), []);
    assert_eq!(of(day(5)), [ClockKind::Reply]);
    let late = desk.clocks(head, day(7), 9).unwrap();
    assert_eq!(
        (late[0].letter, late[0].due, late[0].level),
        (Some(ONE), day(7), ClockLevel::Over)
    );
    desk.send_replies(&list, day(7)).unwrap();
    assert_eq!(of(day(9)), []);
}

/// Letters on paper, from as many families, all for person 1 of the register.
fn printed(letters: u64) -> (Office, List) {
    let office = Office::new();
    let list = List::default();
    let numbers: Vec<LetterNumber> = (1..=letters)
        .map(|n| list.receive(n, "Петренко Сергій", "Чекаємо", &[]))
        .collect();
    let (desk, head) = (&office.desk, &office.head);
    desk.import(&list, START).unwrap();
    let person = crate::PersonForm {
        name: "Петренко Сергій".into(),
        ..Default::default()
    };
    let person = desk.save_person(head, &person, START).unwrap();
    desk.set_letter_person(head, &numbers, Some(person), START)
        .unwrap();
    desk.begin_review(head, &numbers, START).unwrap();
    desk.pass(head, &numbers, START).unwrap();
    crate::printing::print_for_test(desk, head, &numbers);
    (office, list)
}

/// A reply of one page to this letter comes back.
fn scan(office: &Office, letter: u64, at: tidings_protocol::time::UnixTime) {
    let (desk, head) = (&office.desk, &office.head);
    let row = desk.letter_row(head, LetterNumber(letter)).unwrap();
    let file = row.sheet.unwrap().to_string();
    desk.take_scan(head, "pile", file.as_bytes(), at).unwrap();
    desk.read_scans(&crate::testing::Lines, at).unwrap();
}

/// DESK-32: what left and what came, each in its month, for each captive.
#[test]
fn the_quota_counts_what_left_and_what_came_in_its_month() {
    let (office, _list) = printed(8);
    let (desk, head) = (&office.desk, &office.head);
    let day = |days: u64| START.plus(days * DAY_SECONDS);
    let numbers: Vec<LetterNumber> = (1..=8).map(LetterNumber).collect();
    let leave = |letters: &[LetterNumber], what, at| {
        let grade = Evidence::CarrierReceipt;
        desk.track(head, letters, what, grade, at).unwrap();
    };
    leave(&numbers[..7], Tracked::WithCarrier, day(1));
    // What arrives a month later has left in the month before.
    leave(&numbers[..1], Tracked::AtReceivingSide, day(35));
    leave(&numbers[7..], Tracked::WithCarrier, day(35));
    for letter in 1..=3 {
        scan(&office, letter, day(20));
    }
    scan(&office, 4, day(40));
    let month = |from, until| desk.quota(head, 1, day(from), day(until)).unwrap();
    let first = month(0, 30);
    assert_eq!((first.letters, first.replies), (7, 3));
    assert_eq!((first.left(), first.is_short()), (3, true));
    let second = month(30, 60);
    assert_eq!((second.letters, second.replies), (1, 1));
    assert_eq!((second.left(), second.is_short()), (5, false));
    assert_eq!(month(60, 90).replies, 0);
    let everybody = desk.quotas(head, day(0), day(30), 9).unwrap();
    assert_eq!(everybody, [first]);
    assert_eq!(desk.quota(head, 2, day(0), day(30)).unwrap().letters, 0);
}

/// DESK-37: where the office waits for it, nothing passes before a person of the register is a captive who is confirmed.
#[test]
fn the_send_gate_holds_letters_until_captivity_is_confirmed() {
    let (office, reader) = reviewing();
    let (desk, head) = (&office.desk, &office.head);
    let settings = Settings {
        hold_until_confirmed: true,
        ..desk.settings().unwrap()
    };
    desk.change_settings(head, &settings, START).unwrap();
    let person = crate::PersonForm {
        name: "Петренко Іван".into(),
        ..Default::default()
    };
    let person = desk.save_person(head, &person, START).unwrap();
    let cut = Cuts {
        enclosures: vec![0],
        ..Cuts::default()
    };
    let refused = || {
        let passed = desk.pass(&reader, &[ONE, TWO], START);
        assert!(matches!(passed, Err(Error::CaptivityUnconfirmed)));
        let passed = desk.pass_with_cuts(&reader, ONE, &cut, START);
        assert!(matches!(passed, Err(Error::CaptivityUnconfirmed)));
        assert_eq!(state(&office, ONE), State::InReview);
    };
    refused();
    desk.set_letter_person(head, &[ONE], Some(person), START)
        .unwrap();
    refused();
    let known = |state| {
        let grade = Evidence::DetainingSideSays;
        desk.set_person_state(head, person, state, None, grade, START)
            .unwrap();
    };
    known(PersonState::ProbablyCaptive);
    refused();
    known(PersonState::CaptiveConfirmed);
    desk.pass(&reader, &[ONE], START).unwrap();
    assert_eq!(state(&office, ONE), State::Passed);
    desk.hold(&reader, &[TWO], HoldReason::CaptivityUnconfirmed, START)
        .unwrap();
}
