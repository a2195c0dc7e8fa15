use super::*;
use crate::{
    Action, Post, Role,
    testing::{List, Office, START, lock},
};
use tidings_client::{Direction, LetterKind};

fn imported(office: &Office, list: &List) -> ImportReport {
    office.desk.import(list, START).unwrap()
}

fn all(office: &Office, filter: &LetterFilter) -> Vec<u64> {
    let page = office
        .desk
        .letters(&office.head, filter, None, 100)
        .unwrap();
    page.rows.iter().map(|row| row.number.0).collect()
}

fn searching(text: &str) -> LetterFilter {
    LetterFilter {
        search: text.into(),
        ..Default::default()
    }
}

#[test]
fn what_was_collected_is_taken_over_once() {
    let office = Office::new();
    let list = List::default();
    list.receive(1, "Іван Петренко", "Любий Іване!\nЧекаємо.", &[b"jpeg"]);
    list.message(1, "Чи є новини?");
    list.add(Direction::Out, LetterKind::Status, 1, None, "", Vec::new());
    let first = imported(&office, &list);
    assert_eq!(first.letters, [LetterNumber(1)]);
    assert_eq!(first.messages, [LetterNumber(2)]);
    assert_eq!((first.enclosures, first.awaited), (1, 0));
    assert_eq!(imported(&office, &list), ImportReport::default());

    let office = office.reopened();
    assert_eq!(imported(&office, &list), ImportReport::default());
    let reader = office.actor(Role::Reader);
    let opened = office
        .desk
        .open_letter(&reader, LetterNumber(1), START)
        .unwrap();
    assert_eq!(opened.text, "Любий Іване!\nЧекаємо.");
    assert_eq!(opened.row.addressee.as_deref(), Some("Іван Петренко"));
    assert_eq!((opened.row.lines, opened.row.pictures), (2, 1));
    assert_eq!(opened.row.state, State::TakenByDesk);
    let picture = office
        .desk
        .picture(&reader, LetterNumber(1), 0, START)
        .unwrap();
    assert_eq!(picture.bytes, b"jpeg");
}

#[test]
fn what_has_not_come_yet_follows() {
    let office = Office::new();
    let list = List::default();
    let waits = vec![None];
    list.add(
        Direction::In,
        LetterKind::Letter,
        1,
        Some("Іван"),
        "text",
        waits,
    );
    list.add(Direction::In, LetterKind::Unknown, 1, None, "", Vec::new());
    let report = imported(&office, &list);
    assert_eq!((report.letters.len(), report.awaited), (1, 2));
    let picture = || office.desk.picture(&office.head, LetterNumber(1), 0, START);
    assert!(matches!(picture(), Err(Error::NotFetched)));
    {
        let mut letters = lock(&list.letters);
        letters[0].1[0] = Some(b"jpeg".to_vec());
        letters[1].0.kind = LetterKind::Letter;
        letters[1].0.addressee = Some("Петро".into());
    }
    let report = imported(&office, &list);
    assert_eq!(report.letters, [LetterNumber(2)]);
    assert_eq!((report.enclosures, report.awaited), (1, 0));
    assert_eq!(picture().unwrap().bytes, b"jpeg");
    assert_eq!(imported(&office, &list), ImportReport::default());
}

/// An account that fails at one call, for every call.
struct Failing<'a> {
    list: &'a List,
    left: std::sync::Mutex<u32>,
}

impl Failing<'_> {
    fn spend(&self) -> Result<(), tidings_client::Error> {
        let mut left = lock(&self.left);
        *left = left
            .checked_sub(1)
            .ok_or(tidings_client::Error::VaultDamaged {
                what: "a test broke it",
            })?;
        Ok(())
    }
}

impl Post for Failing<'_> {
    fn letters_after(
        &self,
        after: LetterNumber,
        _: usize,
    ) -> Result<Vec<tidings_client::Letter>, tidings_client::Error> {
        self.spend()?;
        // Small batches, so that there are many places to fail at.
        self.list.letters_after(after, 2)
    }
    fn last_number(&self) -> Result<LetterNumber, tidings_client::Error> {
        self.list.last_number()
    }
    fn letter(
        &self,
        number: LetterNumber,
    ) -> Result<tidings_client::Letter, tidings_client::Error> {
        self.spend()?;
        Post::letter(self.list, number)
    }
    fn enclosure(
        &self,
        number: LetterNumber,
        place: usize,
    ) -> Result<Vec<u8>, tidings_client::Error> {
        self.spend()?;
        Post::enclosure(self.list, number, place)
    }
    fn reply(
        &self,
        to: LetterNumber,
        draft: tidings_client::Draft,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::reply(self.list, to, draft)
    }
    fn write(
        &self,
        to: ContactNumber,
        draft: tidings_client::Draft,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::write(self.list, to, draft)
    }
    fn verify(&self, contact: ContactNumber) -> Result<(), tidings_client::Error> {
        Post::verify(self.list, contact)
    }
    fn state(
        &self,
        about: LetterNumber,
        note: tidings_protocol::notice::StatusNote,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::state(self.list, about, note)
    }
    fn tell(
        &self,
        contact: ContactNumber,
        custody: tidings_protocol::notice::Custody,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::tell(self.list, contact, custody)
    }
    fn erase(&self, number: LetterNumber) -> Result<(), tidings_client::Error> {
        Post::erase(self.list, number)
    }
}

#[test]
fn an_import_that_fails_anywhere_goes_on_where_it_was() {
    let list = List::default();
    for n in 0..5 {
        list.receive(n, "Іван", "text", &[b"one", b"two"]);
    }
    let office = Office::new();
    let mut failures = 0;
    for calls in 0.. {
        let failing = Failing {
            list: &list,
            left: std::sync::Mutex::new(calls),
        };
        match office.desk.import(&failing, START) {
            Ok(_) => break,
            Err(_) => failures += 1,
        }
    }
    assert!(failures > 3, "it was broken off often: {failures}");
    assert_eq!(all(&office, &LetterFilter::default()), [1, 2, 3, 4, 5]);
    for letter in 1..=5 {
        for place in 0..2 {
            let picture = office
                .desk
                .picture(&office.head, LetterNumber(letter), place, START);
            assert!(picture.is_ok(), "{letter} {place}");
        }
    }
}

#[test]
fn lists_page_without_gaps_or_doubles_in_both_orders() {
    let office = Office::new();
    let list = List::default();
    for n in 1..=25 {
        list.receive(n, "Іван", "text", &[]);
    }
    imported(&office, &list);
    for order in [Order::Oldest, Order::Newest] {
        let filter = LetterFilter {
            order,
            ..Default::default()
        };
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = office
                .desk
                .letters(&office.head, &filter, after, 7)
                .unwrap();
            seen.extend(page.rows.iter().map(|row| row.number.0));
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().unwrap());
        }
        let mut expected: Vec<u64> = (1..=25).collect();
        if order == Order::Newest {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
    assert!(matches!("12".parse::<Cursor>(), Err(Error::Cursor)));
}

#[test]
fn filters_narrow_and_combine() {
    let office = Office::new();
    let list = List::default();
    list.receive(1, "Іван", "Їжа", &[b"x"]);
    list.receive(2, "Іван", "Был дома", &[]);
    list.receive(1, "Іван", "Dear Ivan", &[]);
    imported(&office, &list);
    let with = |change: fn(&mut LetterFilter)| {
        let mut filter = LetterFilter::default();
        change(&mut filter);
        all(&office, &filter)
    };
    assert_eq!(with(|f| f.language = Some(Language::Russian)), [2]);
    assert_eq!(with(|f| f.pictures = Some(true)), [1]);
    assert_eq!(with(|f| f.contact = Some(ContactNumber(1))), [1, 3]);
    assert_eq!(with(|f| f.states = vec![State::Held]), [0; 0]);
    assert_eq!(
        with(|f| f.states = vec![State::Held, State::TakenByDesk]),
        [1, 2, 3]
    );
    assert_eq!(with(|f| f.from = Some(START.plus(120))), [2, 3]);
    assert_eq!(
        with(|f| {
            f.contact = Some(ContactNumber(1));
            f.language = Some(Language::English);
        }),
        [3]
    );
}

#[test]
fn names_are_found_in_any_script_with_typos_and_by_number() {
    let office = Office::new();
    let list = List::default();
    for name in [
        "Петренко Сергій Іванович",
        "Шевченко Олександр",
        "Мельник Володимир",
        "Ковальчук Юрій",
    ] {
        list.receive(7, name, "text", &[]);
    }
    imported(&office, &list);
    for (text, expected) in [
        ("Сергій Петренко", &[1][..]),
        ("Сергей Петренко", &[1]),
        ("Petrenko", &[1]),
        ("Петернко", &[1]),
        ("шевченк", &[2]),
        ("Volodymyr", &[3]),
        ("Melnik", &[3]),
        ("Кавальчук", &[4]),
        ("Бондаренко Тарас", &[]),
        ("Олена", &[1, 2, 3, 4]),
        ("3", &[3]),
        ("\" OR *", &[]),
    ] {
        assert_eq!(all(&office, &searching(text)), expected, "{text}");
    }
}

#[test]
fn opening_is_for_readers_and_stands_in_the_log() {
    let office = Office::new();
    let list = List::default();
    let number = list.receive(1, "Іван", "text", &[b"x"]);
    imported(&office, &list);
    let desk = &office.desk;
    let printer = office.actor(Role::Printer);
    assert!(
        desk.letters(&printer, &LetterFilter::default(), None, 5)
            .is_ok()
    );
    for refused in [
        desk.open_letter(&printer, number, START).map(drop),
        desk.picture(&printer, number, 0, START).map(drop),
    ] {
        assert!(matches!(
            refused,
            Err(Error::Forbidden {
                action: Action::ReadLetter
            })
        ));
    }
    let reader = office.actor(Role::Reader);
    desk.open_letter(&reader, number, START).unwrap();
    let filter = crate::AuditFilter {
        subject: Some(Subject::Letter(1)),
        count: 1,
        ..Default::default()
    };
    let entries = desk.audit_entries(&office.head, &filter).unwrap();
    assert_eq!(entries[0].action, "letter_opened");
    assert_eq!(entries[0].operator, reader.id());
}

#[test]
fn two_people_open_a_sensitive_letter() {
    let office = Office::new();
    let list = List::default();
    let number = list.receive(1, "Іван", "text", &[b"x"]);
    imported(&office, &list);
    let desk = &office.desk;
    let (reader, worker) = (office.actor(Role::Reader), office.actor(Role::CaseWorker));
    desk.set_two_people(&reader, number, true, START).unwrap();
    let open = |now| desk.open_letter(&reader, number, now);
    assert!(matches!(open(START), Err(Error::SecondPersonNeeded)));
    assert!(matches!(
        desk.picture(&reader, number, 0, START),
        Err(Error::SecondPersonNeeded)
    ));
    // Not even a head alone.
    assert!(matches!(
        desk.open_letter(&office.head, number, START),
        Err(Error::SecondPersonNeeded)
    ));
    let own = reader.id().unwrap();
    assert!(matches!(
        desk.agree(&worker, number, own, START),
        Err(Error::NotFound { .. })
    ));
    desk.ask_opening(&reader, number, START).unwrap();
    assert!(matches!(
        desk.agree(&reader, number, own, START),
        Err(Error::SamePerson)
    ));
    assert!(desk.openings(&reader, START).unwrap().is_empty());
    assert_eq!(desk.openings(&worker, START).unwrap().len(), 1);
    desk.agree(&worker, number, own, START).unwrap();
    assert!(open(START).is_ok());
    assert!(matches!(
        desk.open_letter(&worker, number, START),
        Err(Error::SecondPersonNeeded)
    ));
    let late = START.plus(access::OPENING_SECONDS);
    assert!(matches!(open(late), Err(Error::SecondPersonNeeded)));
    assert!(matches!(
        desk.set_two_people(&reader, number, false, START),
        Err(Error::Forbidden { .. })
    ));
    desk.set_two_people(&office.head, number, false, START)
        .unwrap();
    assert!(open(late).is_ok());
}

#[test]
fn a_restricted_letter_is_open_to_those_on_its_list() {
    let office = Office::new();
    let list = List::default();
    let number = list.receive(1, "Іван", "text", &[]);
    imported(&office, &list);
    let desk = &office.desk;
    let (reader, worker) = (office.actor(Role::Reader), office.actor(Role::CaseWorker));
    let only = [worker.id().unwrap()];
    desk.set_access(&worker, number, &only, START).unwrap();
    assert!(matches!(
        desk.open_letter(&reader, number, START),
        Err(Error::NoAccess)
    ));
    let mine = [reader.id().unwrap()];
    assert!(matches!(
        desk.set_access(&reader, number, &mine, START),
        Err(Error::NoAccess)
    ));
    assert!(desk.open_letter(&worker, number, START).is_ok());
    assert!(desk.open_letter(&office.head, number, START).is_ok());
}
