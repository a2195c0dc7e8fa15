//! Merging loses nothing (DESK-23).

use super::*;
use crate::{Holds, PersonRow, StateEntry};
use proptest::prelude::*;

const DIED: Option<PersonEvent> = Some(PersonEvent::Died);

impl Registered {
    fn stands(&self, id: u64, (state, event, evidence): Standing) {
        self.office
            .desk
            .set_person_state(&self.worker, id, state, event, evidence, START)
            .unwrap();
    }

    fn merge(&self, keep: u64, merge: u64, holds: Option<Holds>) -> Result<(), Error> {
        let head = &self.office.head;
        self.office
            .desk
            .merge_people(&self.worker, head, (keep, merge), holds, START)
    }

    fn row(&self, id: u64) -> PersonRow {
        self.office.desk.person(&self.worker, id).unwrap()
    }

    fn about(&self, name: &str, person: u64) -> u64 {
        let request = self.request(name, "");
        let head = Some(&self.office.head);
        self.office
            .desk
            .confirm_match(&self.worker, head, request, person, START)
            .unwrap();
        request
    }
}

/// What happened once: the record without news was kept, the death went, and the family was told that there is no record.
#[test]
fn a_death_in_either_record_stays_and_is_not_answered_by_the_program() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let list = List::default();
    let name = "Петренко Сергій Іванович";
    for turned in [false, true] {
        let (bare, dead) = (registered.person(name, ""), registered.person(name, ""));
        let died = (
            PersonState::CaptiveConfirmed,
            DIED,
            Evidence::DetainingSideSays,
        );
        registered.stands(dead, died);
        let requests = [registered.about(name, bare), registered.about(name, dead)];
        let (keep, merge) = if turned { (dead, bare) } else { (bare, dead) };
        // Answered before anybody knew that both are one.
        desk.answer_request(&registered.worker, requests[0], false, START)
            .unwrap();
        registered.merge(keep, merge, None).unwrap();
        let now = registered.row(keep);
        assert_eq!((now.state, now.event, now.evidence), died);
        assert_eq!(desk.send_answers(&list, START).unwrap().sent, 0);
        assert!(lock(&list.told).is_empty(), "a family was told something");
        for request in requests {
            let answered = desk.answer_request(&registered.worker, request, false, START);
            assert!(matches!(answered, Err(Error::ToldByAPerson)), "{turned}");
        }
    }
}

#[test]
fn records_that_differ_ask_and_nothing_is_merged_meanwhile() {
    let registered = Registered::new();
    let name = "Петренко Сергій";
    let captive = (
        PersonState::CaptiveConfirmed,
        None,
        Evidence::DetainingSideSays,
    );
    let home = (
        PersonState::Released,
        Some(PersonEvent::Repatriated),
        Evidence::ReleasedPersonConfirms,
    );
    let (one, other) = (registered.person(name, ""), registered.person(name, ""));
    registered.stands(one, captive);
    registered.stands(other, home);
    let before = (registered.row(one), registered.row(other));
    match registered.merge(one, other, None) {
        Err(Error::RecordsDiffer { kept, merged }) => {
            assert_eq!((kept, merged), ((captive.0, captive.1), (home.0, home.1)));
        }
        got => panic!("{got:?}"),
    }
    assert_eq!((registered.row(one), registered.row(other)), before);
    registered.merge(one, other, Some(Holds::Merged)).unwrap();
    let now = registered.row(one);
    assert_eq!((now.state, now.event, now.evidence), home);

    let dead = registered.person(name, "");
    registered.stands(dead, (home.0, DIED, home.2));
    let living = registered.merge(one, dead, Some(Holds::Kept));
    assert!(matches!(living, Err(Error::DeathStays)), "{living:?}");
    registered.merge(one, dead, Some(Holds::Merged)).unwrap();
    assert_eq!(registered.row(one).event, DIED);
}

#[test]
fn spellings_and_what_is_sealed_are_found_under_the_one_that_stays() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let keep = registered.person("Петренко Сергій", "");
    let double = desk
        .save_person(
            worker,
            &PersonForm {
                birthplace: "Суми".into(),
                number: "IV-77".into(),
                ..form("Кравцов Богдан", "1990")
            },
            START,
        )
        .unwrap();
    for (person, unit, rank) in [(keep, "", "капітан"), (double, "93 бригада", "сержант")]
    {
        let details = ServiceDetails {
            unit: unit.into(),
            rank: rank.into(),
        };
        desk.seal_service_details(worker, person, &details, START)
            .unwrap();
    }
    registered.merge(keep, double, None).unwrap();
    let row = registered.row(keep);
    assert_eq!(
        (
            row.birthplace.as_deref(),
            row.number.as_deref(),
            row.born.as_deref()
        ),
        (Some("Суми"), Some("IV-77"), Some("1990"))
    );
    let found = |name| -> Vec<u64> {
        let found = desk.people(worker, name, 0, 9).unwrap();
        found.iter().map(|row| row.id).collect()
    };
    assert_eq!(
        (found("Петренко"), found("Кравцов")),
        (vec![keep], vec![keep])
    );
    // Also once the record that stays is written anew.
    let again = PersonForm {
        id: keep,
        ..form("Петренко Сергій Іванович", "1990")
    };
    desk.save_person(worker, &again, START).unwrap();
    assert_eq!(found("Кравцов Богдан"), [keep]);
    let past = desk.person_past(worker, keep).unwrap();
    assert_eq!(past.records[0].name, "Кравцов Богдан");
    let compartment = desk.open_compartment(worker, None, START).unwrap();
    let details = desk
        .service_details(worker, &compartment, keep, START)
        .unwrap()
        .unwrap();
    assert_eq!(
        (details.unit.as_str(), details.rank.as_str()),
        ("93 бригада", "капітан; сержант")
    );
}

fn standing() -> impl Strategy<Value = Standing> {
    let event = prop_oneof![
        3 => Just(None),
        2 => prop::sample::select(PersonEvent::ALL).prop_map(Some),
    ];
    (
        prop::sample::select(PersonState::ALL),
        event,
        prop::sample::select(Evidence::ALL),
    )
}

#[test]
fn no_order_of_merges_loses_a_state_an_event_or_a_request() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let name = "Петренко Сергій Іванович";
    let cases = (
        prop::collection::vec(prop::collection::vec(standing(), 0..3), 2..5),
        prop::collection::vec(
            (any::<prop::sample::Index>(), any::<bool>(), any::<bool>()),
            4,
        ),
    );
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |((records, merges) in cases)| {
        let mut written: Vec<StateEntry> = Vec::new();
        let mut last: Vec<Standing> = Vec::new();
        let mut alive = Vec::new();
        let mut requests = Vec::new();
        for states in &records {
            let id = registered.person(name, "");
            for (state, event, evidence) in states {
                registered.stands(id, (*state, *event, *evidence));
                written.push(StateEntry { record: id, at: START, state: *state, event: *event, evidence: *evidence });
            }
            last.push(states.last().copied().unwrap_or((PersonState::NoRecord, None, Evidence::DeskSaw)));
            requests.push(registered.about(name, id));
            alive.push(id);
        }
        for (which, turned, kept) in merges {
            if alive.len() < 2 {
                break;
            }
            let other = alive.swap_remove(which.index(alive.len()));
            let one = alive.pop().unwrap();
            let (keep, merge) = if turned { (one, other) } else { (other, one) };
            let before = (registered.row(keep), registered.row(merge));
            let choice = if kept { [Holds::Kept, Holds::Merged] } else { [Holds::Merged, Holds::Kept] };
            match registered.merge(keep, merge, None) {
                Ok(()) => {}
                Err(Error::RecordsDiffer { .. }) => {
                    prop_assert_eq!(&(registered.row(keep), registered.row(merge)), &before);
                    match registered.merge(keep, merge, Some(choice[0])) {
                        Ok(()) => {}
                        Err(Error::DeathStays) => {
                            prop_assert_eq!(&(registered.row(keep), registered.row(merge)), &before);
                            registered.merge(keep, merge, Some(choice[1])).unwrap();
                        }
                        Err(other) => prop_assert!(false, "{other:?}"),
                    }
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
            alive.push(keep);
        }
        prop_assert_eq!(alive.len(), 1);
        let all = registered.row(alive[0]);
        let past = desk.person_past(worker, all.id).unwrap();
        for entry in &written {
            let count = |states: &[StateEntry]| states.iter().filter(|one| *one == entry).count();
            prop_assert!(count(&past.states) >= count(&written), "lost: {entry:?}");
        }
        let says = |(state, event, _): &Standing| *state != PersonState::NoRecord || event.is_some();
        let now = (all.state, all.event, all.evidence);
        prop_assert!(last.contains(&now), "{now:?} was never known");
        prop_assert_eq!(says(&now), last.iter().any(says));
        let died = last.iter().any(|(_, event, _)| *event == DIED);
        prop_assert_eq!(all.event == DIED, died);
        for request in requests {
            prop_assert_eq!(desk.request(worker, request).unwrap().person, Some(all.id));
            match desk.answer_request(worker, request, false, START) {
                Err(Error::ToldByAPerson) => prop_assert!(died),
                Ok(()) => {
                    prop_assert!(!died);
                    let answer = desk.request(worker, request).unwrap().answer;
                    prop_assert_eq!(answer, Some((all.state, all.evidence)));
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    });
}

/// Reading is noted as well: who looked at whom, and who went through the list (DESK-41).
#[test]
fn the_log_says_who_read_the_register() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let person = registered.person("Петренко Сергій", "");
    let later = START.plus(3_600);
    for now in [START, START.plus(5), later] {
        desk.open_person(worker, person, now).unwrap();
        desk.look_through_people(worker, "Петр", 0, 9, now).unwrap();
    }
    desk.look_through_people(worker, "", 0, 9, later).unwrap();
    let entries = desk
        .audit_entries(
            &registered.office.head,
            &crate::AuditFilter {
                count: 99,
                ..Default::default()
            },
        )
        .unwrap();
    let noted = |action: &str| -> Vec<&str> {
        let noted = entries.iter().filter(|entry| entry.action == action);
        noted.map(|entry| entry.detail.as_str()).collect()
    };
    assert_eq!(noted("person_opened"), ["", ""], "once in ten minutes");
    assert_eq!(noted("register_searched"), ["", ""], "and never a name");
    assert_eq!(noted("register_listed"), [format!("{person}–{person}")]);
}

#[test]
fn slips_and_numbers_of_documents_stop_at_the_door() {
    let registered = Registered::new();
    let desk = &registered.office.desk;
    let worker = &registered.worker;
    let save = |name, born| desk.save_person(worker, &form(name, born), START);
    for born in ["31.02.1990", "32.01.1990", "29.02.1991"] {
        assert!(
            matches!(save("Петренко Сергій", born), Err(Error::NoSuchDay)),
            "{born}"
        );
    }
    for name in ["паспорт КВ 123456 Іван", "Іван КВ123456"] {
        assert!(
            matches!(save(name, ""), Err(Error::IdentityDocument)),
            "{name}"
        );
        let asked = desk.open_request(worker, ContactNumber(1), &asking(name, ""), START);
        assert!(matches!(asked, Err(Error::IdentityDocument)), "{name}");
    }
    for born in ["29.02.1992", "бл. 1990", "колись навесні", ""] {
        save("Петренко Сергій", born).unwrap();
    }
}
