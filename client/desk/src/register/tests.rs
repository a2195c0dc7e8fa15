use super::*;

mod merging;

use crate::{
    Actor, Role, State, Subject,
    printing::print_for_test,
    testing::{List, Office, START, lock},
};
use tidings_client::{ContactNumber, LetterNumber, SecretString};
use tidings_names::Strength;
use tidings_protocol::limits::DAY_SECONDS;

fn form(name: &str, born: &str) -> PersonForm {
    PersonForm {
        name: name.into(),
        born: born.into(),
        ..PersonForm::default()
    }
}

fn asking(name: &str, born: &str) -> RequestForm {
    RequestForm {
        enquirer: "Олена Петренко".into(),
        name: name.into(),
        born: born.into(),
        may_search: true,
        ..RequestForm::default()
    }
}

struct Registered {
    office: Office,
    worker: Actor,
}

impl Registered {
    fn new() -> Self {
        let office = Office::new();
        let worker = office.actor(Role::CaseWorker);
        Self { office, worker }
    }

    fn person(&self, name: &str, born: &str) -> u64 {
        self.office
            .desk
            .save_person(&self.worker, &form(name, born), START)
            .unwrap()
    }

    fn request(&self, name: &str, born: &str) -> u64 {
        let form = asking(name, born);
        self.office
            .desk
            .open_request(&self.worker, ContactNumber(1), &form, START)
            .unwrap()
    }

    fn confirmed(&self, id: u64) {
        let desk = &self.office.desk;
        let (state, evidence) = (PersonState::CaptiveConfirmed, Evidence::DetainingSideSays);
        desk.set_person_state(&self.worker, id, state, None, evidence, START)
            .unwrap();
    }
}

#[test]
fn candidates_are_ranked_over_scripts_and_spellings() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let right = registered.person("Петренко Сергій Іванович", "03.05.1990");
    registered.person("Петренко Семен Олегович", "11.12.1971");
    registered.person("Шевченко Тарас", "1990");
    for (name, born) in [
        ("Петренко Сергей Иванович", "03.05.1990"),
        ("Serhii Petrenko", "05.03.1990"),
        ("Петренко Сергій", ""),
    ] {
        let request = registered.request(name, born);
        let found = desk.candidates(&registered.worker, request).unwrap();
        assert_eq!(found[0].person.id, right, "{name}");
        assert!(
            found
                .iter()
                .all(|candidate| candidate.person.name != "Шевченко Тарас")
        );
        assert!(!found[0].found.reasons.is_empty());
    }
}

/// Nobody is matched by the program, and a doubtful match takes two.
#[test]
fn a_person_confirms_and_where_something_differs_two_do() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let person = registered.person("Петренко Сергій Іванович", "03.05.1990");
    let same = registered.request("Петренко Сергей Иванович", "03.05.1990");
    assert_eq!(desk.request(worker, same).unwrap().person, None);
    desk.confirm_match(worker, None, same, person, START)
        .unwrap();
    assert_eq!(desk.request(worker, same).unwrap().person, Some(person));

    let other = registered.request("Петренко Сергій Миколайович", "19.11.1963");
    let confirm = |second| desk.confirm_match(worker, second, other, person, START);
    assert!(matches!(confirm(None), Err(Error::SecondPersonNeeded)));
    assert!(matches!(confirm(Some(worker)), Err(Error::SamePerson)));
    let reader = registered.office.actor(Role::Reader);
    assert!(matches!(
        confirm(Some(&reader)),
        Err(Error::Forbidden { .. })
    ));
    confirm(Some(&registered.office.head)).unwrap();
}

#[test]
fn an_answer_says_what_the_register_says_and_is_sent_once() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let list = List::default();
    let person = registered.person("Петренко Сергій", "1990");
    let request = registered.request("Петренко Сергій", "1990");
    let answer = |nothing| desk.answer_request(worker, request, nothing, START);
    assert!(matches!(answer(false), Err(Error::NoMatch)), "about nobody");
    desk.confirm_match(
        worker,
        Some(&registered.office.head),
        request,
        person,
        START,
    )
    .unwrap();
    assert!(
        matches!(answer(true), Err(Error::NoMatch)),
        "somebody is known"
    );
    registered.confirmed(person);
    answer(false).unwrap();
    assert_eq!(desk.send_answers(&list, START).unwrap().sent, 1);
    assert_eq!(desk.send_answers(&list, START).unwrap().sent, 0);
    let told = lock(&list.told);
    let (contact, custody) = &told[0];
    assert_eq!(*contact, ContactNumber(1));
    assert_eq!(
        (custody.state, custody.evidence, custody.event),
        (
            PersonState::CaptiveConfirmed,
            Evidence::DetainingSideSays,
            None
        )
    );
}

#[test]
fn an_answer_that_got_there_before_the_power_failed_is_not_sent_twice() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let list = List::default();
    let request = registered.request("Петренко Сергій", "1990");
    desk.answer_request(&registered.worker, request, true, START)
        .unwrap();
    desk.send_answers(&list, START).unwrap();
    desk.store
        .write("testing", |sql| {
            Ok(sql.execute("UPDATE requests SET sent = NULL", [])?)
        })
        .unwrap();
    assert_eq!(desk.send_answers(&list, START).unwrap().sent, 1);
    assert_eq!(lock(&list.told).len(), 1);
}

#[test]
fn a_death_is_written_down_and_told_by_nobody_but_a_person() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let list = List::default();
    let person = registered.person("Петренко Сергій Іванович", "03.05.1990");
    let request = registered.request("Петренко Сергій Іванович", "03.05.1990");
    desk.confirm_match(worker, None, request, person, START)
        .unwrap();
    registered.confirmed(person);
    desk.answer_request(worker, request, false, START).unwrap();
    let died = Some(PersonEvent::Died);
    let state = PersonState::CaptiveConfirmed;
    desk.set_person_state(
        worker,
        person,
        state,
        died,
        Evidence::DetainingSideSays,
        START,
    )
    .unwrap();
    // Answered before, and not sent yet: it is not sent any more.
    let other = registered.request("Бондар Іван", "");
    desk.answer_request(worker, other, true, START).unwrap();
    let report = desk.send_answers(&list, START).unwrap();
    assert_eq!(
        report,
        AnswersReport {
            sent: 1,
            waiting: 1
        },
        "it holds up no other"
    );
    assert_eq!(lock(&list.told)[0].1.state, PersonState::NoRecord);
    let kept = desk.request(worker, request).unwrap();
    assert_eq!(
        (kept.answer, kept.failure.as_deref()),
        (None, Some("told-by-a-person"))
    );
    let again = desk.answer_request(worker, request, false, START);
    assert!(matches!(again, Err(Error::ToldByAPerson)));
}

#[test]
fn nothing_is_searched_without_consent_and_no_document_is_kept() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let mut form = asking("Петренко Сергій", "");
    form.may_search = false;
    let refused = desk.open_request(&registered.worker, ContactNumber(1), &form, START);
    assert!(matches!(refused, Err(Error::NoConsent)));
    for document in ["паспорт КВ 123456", "ІПН 3012345678", "id 123456789"] {
        let mut form = asking("Петренко Сергій", "");
        form.marks = document.into();
        let refused = desk.open_request(&registered.worker, ContactNumber(1), &form, START);
        assert!(
            matches!(refused, Err(Error::IdentityDocument)),
            "{document}"
        );
    }
    for harmless in [
        "шрам на лівій руці, 178 см",
        "03.05.1990",
        "вул. Миру 12, кв. 5, 04071 Київ",
        "дзвонив 12.05.2024 з +38 (067) 123-45-67",
        "067 123 45 67",
    ] {
        let mut form = asking("Петренко Сергій", "");
        form.marks = harmless.into();
        let taken = desk.open_request(&registered.worker, ContactNumber(1), &form, START);
        assert!(taken.is_ok(), "{harmless}");
    }
}

#[test]
fn unit_and_rank_open_with_the_compartment_only() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let pass: SecretString = "окреме слово".to_owned().into();
    desk.set_compartment_passphrase(&registered.office.head, None, &pass, START)
        .unwrap();
    let person = registered.person("Петренко Сергій", "");
    let details = ServiceDetails {
        unit: "93 бригада".into(),
        rank: "сержант".into(),
    };
    desk.seal_service_details(worker, person, &details, START)
        .unwrap();
    assert!(desk.person(worker, person).unwrap().has_service_details);
    let compartment = desk.open_compartment(worker, Some(&pass), START).unwrap();
    let opened = || {
        desk.service_details(worker, &compartment, person, START)
            .unwrap()
    };
    assert_eq!(opened(), Some(details.clone()));
    let only = |unit: &str, rank: &str| ServiceDetails {
        unit: unit.into(),
        rank: rank.into(),
    };
    let seal = |given: &ServiceDetails| desk.seal_service_details(worker, person, given, START);
    seal(&only("", "капітан")).unwrap();
    assert_eq!(
        opened(),
        Some(only("93 бригада", "капітан")),
        "the unit stays"
    );
    assert!(matches!(seal(&only(" ", "")), Err(Error::Text { .. })));
    assert_eq!(opened(), Some(only("93 бригада", "капітан")));
    desk.erase_service_details(worker, &compartment, person, START)
        .unwrap();
    assert_eq!(opened(), None);
    assert!(!desk.person(worker, person).unwrap().has_service_details);
    let filter = crate::AuditFilter {
        subject: Some(Subject::Person(person)),
        count: 1,
        ..Default::default()
    };
    let entries = desk
        .audit_entries(&registered.office.head, &filter)
        .unwrap();
    assert_eq!(entries[0].action, "service_details_opened");
}

#[test]
fn two_people_merge_doubles_and_everything_follows() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let (worker, head) = (&registered.worker, &registered.office.head);
    let list = List::default();
    let letter = list.receive(1, "Петренко Сергей", "text", &[]);
    desk.import(&list, START).unwrap();
    let keep = registered.person("Петренко Сергій Іванович", "1990");
    let double = registered.person("Петренко Сергей", "");
    desk.set_letter_person(worker, &[letter], Some(double), START)
        .unwrap();
    assert!(matches!(
        desk.merge_people(worker, worker, (keep, double), None, START),
        Err(Error::SamePerson)
    ));
    assert!(matches!(
        desk.merge_people(worker, head, (keep, keep), None, START),
        Err(Error::SamePerson)
    ));
    desk.merge_people(worker, head, (keep, double), None, START)
        .unwrap();
    assert_eq!(desk.letter_row(worker, letter).unwrap().person, Some(keep));
    assert_eq!(
        desk.person(worker, double).unwrap().id,
        keep,
        "the old number leads to him"
    );
    let found = desk.people(worker, "Петренко", 0, 9).unwrap();
    assert_eq!(
        found.iter().map(|person| person.id).collect::<Vec<_>>(),
        [keep]
    );
}

#[test]
fn the_week_of_the_capture_card_runs_and_begins_again_on_transfer() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let person = registered.person("Петренко Сергій", "");
    registered.confirmed(person);
    let clocks = |days: u64| {
        let now = START.plus(days * DAY_SECONDS);
        let mut clocks = desk.clocks(worker, now, 9).unwrap();
        clocks.retain(|clock| clock.person == Some(person));
        clocks
    };
    assert_eq!(clocks(4), []);
    assert_eq!(clocks(6)[0].level, crate::ClockLevel::Warning);
    assert_eq!(clocks(7)[0].level, crate::ClockLevel::Over);
    desk.note_capture_card(worker, person, START).unwrap();
    assert_eq!(clocks(8), []);
    let (state, event) = (
        PersonState::CaptiveConfirmed,
        Some(PersonEvent::Transferred),
    );
    let moved = START.plus(20 * DAY_SECONDS);
    desk.set_person_state(
        worker,
        person,
        state,
        event,
        Evidence::DetainingSideSays,
        moved,
    )
    .unwrap();
    assert_eq!(clocks(27)[0].due, moved.plus(7 * DAY_SECONDS));
}

/// Letters to one man on paper, and one that never left.
fn returned() -> (Registered, u64, [LetterNumber; 3]) {
    let registered = Registered::new();
    let list = List::default();
    let letters = [1, 2, 3].map(|n| list.receive(n, "Петренко Сергій", "text", &[]));
    {
        let (desk, head) = (&registered.office.desk, &registered.office.head);
        desk.import(&list, START).unwrap();
        desk.begin_review(head, &letters, START).unwrap();
        desk.pass(head, &letters, START).unwrap();
        print_for_test(desk, head, &letters[..2]);
        let evidence = Evidence::CarrierReceipt;
        desk.track(
            head,
            &letters[..2],
            crate::Tracked::WithCarrier,
            evidence,
            START,
        )
        .unwrap();
    }
    let person = registered.person("Петренко Сергій", "");
    let desk = &registered.office.desk;
    desk.set_letter_person(&registered.worker, &letters, Some(person), START)
        .unwrap();
    (registered, person, letters)
}

#[test]
fn what_one_who_came_home_ticks_closes_the_ledger() {
    let (registered, person, letters) = returned();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    assert_eq!(
        desk.letters_of_person(worker, person).unwrap().len(),
        2,
        "those on paper"
    );
    let ticks = [
        Tick {
            letter: letters[0],
            arrived: true,
        },
        Tick {
            letter: letters[1],
            arrived: false,
        },
    ];
    desk.record_returned(worker, person, &ticks, START).unwrap();
    let state = |letter| desk.letter_row(worker, letter).unwrap().state;
    assert_eq!(
        (state(letters[0]), state(letters[1])),
        (State::HandoverReported, State::Lost)
    );
    let notes = desk.letter_notes(worker, letters[0]).unwrap();
    assert_eq!(
        notes.last().unwrap().evidence,
        Evidence::ReleasedPersonConfirms
    );
    let loss = desk.loss_by_route(worker).unwrap();
    let expected = RouteLoss {
        route: None,
        told: 2,
        arrived: 1,
    };
    assert_eq!(loss, [expected]);
    let never: Vec<LetterNumber> = desk
        .letters_never_arrived(worker, person)
        .unwrap()
        .iter()
        .map(|row| row.number)
        .collect();
    assert_eq!(never, [letters[1], letters[2]]);
}

#[test]
fn nobody_ticks_letters_of_another() {
    let (registered, _, letters) = returned();
    let desk = &registered.office.desk;
    let other = registered.person("Шевченко Тарас", "");
    let tick = Tick {
        letter: letters[0],
        arrived: true,
    };
    let refused = desk.record_returned(&registered.worker, other, &[tick], START);
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    assert!(desk.loss_by_route(&registered.worker).unwrap().is_empty());
}

/// Not every form of a date is one, and a strength never stands for a decision.
#[test]
fn a_name_that_cannot_be_read_finds_nobody() {
    let registered = Registered::new();
    registered.person("Петренко Сергій", "колись навесні");
    let request = registered.request("12345", "");
    assert!(
        registered
            .office
            .desk
            .candidates(&registered.worker, request)
            .unwrap()
            .is_empty()
    );
    let request = registered.request("Петренко Сергій", "невідомо");
    let found = registered
        .office
        .desk
        .candidates(&registered.worker, request)
        .unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].found.strength() < Strength::Strong);
}
