use super::*;
use crate::{
    HoldReason, RefusalReason, Role, Tracked,
    testing::{List, Office, START, lock},
};
use tidings_client::{ContactNumber, Draft};

const ONE: LetterNumber = LetterNumber(1);

fn passed(list: &List) -> (Office, Actor) {
    let office = Office::new();
    list.receive(1, "Іван", "Чекаємо вдома, їжа смачна.", &[]);
    office.desk.import(list, START).unwrap();
    let reader = office.actor(Role::Reader);
    office.desk.begin_review(&reader, &[ONE], START).unwrap();
    (office, reader)
}

fn stated_words(list: &List) -> Vec<&'static str> {
    let stated = lock(&list.stated);
    stated.iter().map(|(_, note)| note.state.word()).collect()
}

#[test]
fn each_step_is_told_once_with_its_evidence_and_the_warning() {
    let list = List::default();
    let (office, reader) = passed(&list);
    let desk = &office.desk;
    desk.hold(&reader, &[ONE], HoldReason::FamilyAsked, START)
        .unwrap();
    assert_eq!(desk.send_notes(&list, START).unwrap().sent, 1);
    desk.refuse(&reader, &[ONE], RefusalReason::Military, START)
        .unwrap();
    assert_eq!(desk.send_notes(&list, START).unwrap().sent, 1);
    assert_eq!(
        desk.send_notes(&list, START).unwrap(),
        NotesReport::default()
    );
    let stated = lock(&list.stated);
    let (about, held) = &stated[0];
    assert_eq!((*about, held.evidence), (ONE, Evidence::DeskSaw));
    let remark = held.remark.as_str();
    assert!(remark.contains("чекаємо на вашу відповідь"), "{remark}");
    assert!(remark.ends_with("Ми ніколи не просимо грошей."), "{remark}");
    let (_, refused) = &stated[1];
    assert!(
        matches!(&refused.state, LetterState::Refused { reason } if reason.as_str().contains("військові"))
    );
}

/// A letter that was held and then passed was both; one whose passing was taken back before anybody heard of it was refused.
#[test]
fn each_decision_is_told_and_one_that_was_taken_back_unsaid_is_not() {
    let list = List::default();
    let (office, reader) = passed(&list);
    let desk = &office.desk;
    desk.hold(&reader, &[ONE], HoldReason::SecondOpinion, START)
        .unwrap();
    desk.begin_review(&reader, &[ONE], START).unwrap();
    desk.pass(&reader, &[ONE], START).unwrap();
    desk.begin_review(&reader, &[ONE], START).unwrap();
    desk.refuse(&reader, &[ONE], RefusalReason::Military, START)
        .unwrap();
    desk.send_notes(&list, START).unwrap();
    assert_eq!(stated_words(&list), ["held", "refused"]);
}

/// What a family that is verified late hears: everything, in its order.
#[test]
fn notes_that_waited_all_go_in_their_order() {
    let list = List::default();
    let (office, reader) = passed(&list);
    let desk = &office.desk;
    lock(&list.unverified).push(ContactNumber(1));
    desk.pass(&reader, &[ONE], START).unwrap();
    let printer = office.actor(Role::Printer);
    crate::printing::print_for_test(desk, &printer, &[ONE]);
    desk.send_notes(&list, START).unwrap();
    for what in [Tracked::WithCarrier, Tracked::HandoverReported] {
        desk.track(&printer, &[ONE], what, Evidence::CarrierReceipt, START)
            .unwrap();
    }
    let report = desk.send_notes(&list, START).unwrap();
    assert_eq!((report.sent, report.waiting), (0, 4));
    lock(&list.unverified).clear();
    assert_eq!(desk.send_notes(&list, START).unwrap().sent, 4);
    assert_eq!(
        stated_words(&list),
        ["passed", "printed", "with_carrier", "handover_reported"]
    );
}

#[test]
fn a_family_that_nobody_verified_waits_and_holds_up_no_other() {
    let list = List::default();
    let (office, reader) = passed(&list);
    let desk = &office.desk;
    list.receive(2, "Петро", "text", &[]);
    desk.import(&list, START).unwrap();
    desk.begin_review(&reader, &[LetterNumber(2)], START)
        .unwrap();
    lock(&list.unverified).push(ContactNumber(1));
    desk.pass(&reader, &[ONE, LetterNumber(2)], START).unwrap();
    let report = desk.send_notes(&list, START).unwrap();
    assert_eq!(
        report,
        NotesReport {
            sent: 1,
            waiting: 1
        }
    );
    let waiting = desk.notes_waiting(&reader, 9).unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].failure.as_deref(), Some("contact-not-verified"));
    lock(&list.unverified).clear();
    assert_eq!(desk.send_notes(&list, START).unwrap().sent, 1);
    assert!(desk.notes_waiting(&reader, 9).unwrap().is_empty());
}

/// An account that takes a note and then the power fails, before the desk has heard of it.
struct PowerLoss<'a>(&'a List);

impl Post for PowerLoss<'_> {
    fn letters_after(
        &self,
        after: LetterNumber,
        count: usize,
    ) -> Result<Vec<Letter>, tidings_client::Error> {
        self.0.letters_after(after, count)
    }
    fn last_number(&self) -> Result<LetterNumber, tidings_client::Error> {
        self.0.last_number()
    }
    fn letter(&self, number: LetterNumber) -> Result<Letter, tidings_client::Error> {
        Post::letter(self.0, number)
    }
    fn enclosure(
        &self,
        number: LetterNumber,
        place: usize,
    ) -> Result<Vec<u8>, tidings_client::Error> {
        Post::enclosure(self.0, number, place)
    }
    fn reply(&self, to: LetterNumber, draft: Draft) -> Result<LetterNumber, tidings_client::Error> {
        Post::reply(self.0, to, draft)
    }
    fn write(
        &self,
        to: ContactNumber,
        draft: Draft,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::write(self.0, to, draft)
    }
    fn verify(&self, contact: ContactNumber) -> Result<(), tidings_client::Error> {
        Post::verify(self.0, contact)
    }
    fn state(
        &self,
        about: LetterNumber,
        note: StatusNote,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::state(self.0, about, note)?;
        Err(tidings_client::Error::VaultDamaged {
            what: "the power is gone",
        })
    }
    fn tell(
        &self,
        contact: ContactNumber,
        custody: tidings_protocol::notice::Custody,
    ) -> Result<LetterNumber, tidings_client::Error> {
        Post::tell(self.0, contact, custody)
    }
    fn erase(&self, number: LetterNumber) -> Result<(), tidings_client::Error> {
        Post::erase(self.0, number)
    }
}

#[test]
fn a_note_that_got_there_before_the_power_failed_is_not_sent_twice() {
    let list = List::default();
    let (office, reader) = passed(&list);
    office.desk.pass(&reader, &[ONE], START).unwrap();
    assert!(office.desk.send_notes(&PowerLoss(&list), START).is_err());
    let office = office.reopened();
    // Other letters may have come meanwhile.
    list.receive(5, "Петро", "text", &[]);
    assert_eq!(office.desk.send_notes(&list, START).unwrap().sent, 1);
    assert_eq!(stated_words(&list), ["passed"], "stated once");
    assert_eq!(office.desk.send_notes(&list, START).unwrap().sent, 0);
}

/// Sending began, and the power failed before the account took it.
#[test]
fn a_note_that_did_not_get_there_is_sent() {
    let list = List::default();
    let (office, reader) = passed(&list);
    office.desk.pass(&reader, &[ONE], START).unwrap();
    office
        .desk
        .store
        .write("testing", |sql| {
            Ok(sql.execute("UPDATE notes SET after = 1", [])?)
        })
        .unwrap();
    assert_eq!(office.desk.send_notes(&list, START).unwrap().sent, 1);
    assert_eq!(stated_words(&list), ["passed"]);
}

#[test]
fn a_changed_wording_is_used_in_its_language_and_an_empty_one_brings_back_the_first() {
    let list = List::default();
    let (office, reader) = passed(&list);
    let desk = &office.desk;
    let head = &office.head;
    let save = |text: &str| desk.save_template(head, Language::Ukrainian, State::Held, text, START);
    let first = desk.templates().unwrap();
    save("Лист у нас, зачекайте.").unwrap();
    assert!(matches!(
        desk.save_template(&reader, Language::Ukrainian, State::Held, "x", START),
        Err(Error::Forbidden { .. })
    ));
    desk.hold(&reader, &[ONE], HoldReason::SecondOpinion, START)
        .unwrap();
    desk.send_notes(&list, START).unwrap();
    assert!(
        lock(&list.stated)[0]
            .1
            .remark
            .as_str()
            .starts_with("Лист у нас, зачекайте.")
    );
    assert_ne!(desk.templates().unwrap(), first);
    save("  ").unwrap();
    assert_eq!(desk.templates().unwrap(), first);
}

#[test]
fn what_others_say_is_told_as_what_others_say() {
    let list = List::default();
    let (office, reader) = passed(&list);
    let desk = &office.desk;
    desk.pass(&reader, &[ONE], START).unwrap();
    let printer = office.actor(Role::Printer);
    let early = desk.track(
        &printer,
        &[ONE],
        Tracked::WithCarrier,
        Evidence::CarrierReceipt,
        START,
    );
    assert!(
        matches!(early, Err(Error::Transition { .. })),
        "not printed yet"
    );
    crate::printing::print_for_test(desk, &printer, &[ONE]);
    for (what, evidence) in [
        (Tracked::WithCarrier, Evidence::CarrierReceipt),
        (Tracked::HandoverReported, Evidence::DetainingSideSays),
        (
            Tracked::Returned(Returned::Transferred),
            Evidence::DetainingSideSays,
        ),
    ] {
        desk.track(&printer, &[ONE], what, evidence, START).unwrap();
        desk.send_notes(&list, START).unwrap();
        let stated = lock(&list.stated);
        assert_eq!(stated.last().unwrap().1.evidence, evidence);
    }
    let stated = lock(&list.stated);
    let last = &stated.last().unwrap().1.state;
    assert_eq!(*last, LetterState::Returned(Returned::Transferred));
}
