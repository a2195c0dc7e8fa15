//! The doors themselves: each function of the desk that takes an actor, with what it needs.

use tidings_client::{ContactNumber, LetterNumber};
use tidings_protocol::{
    language::Language,
    letter::{Evidence, ParcelState, PersonState},
};

use crate::{
    Action, Actor, Aside, AuditFilter, Cuts, Desk, Document, Error, HoldReason, LetterFilter,
    ListedPerson, MailbagMade, MailbagTaken, OperatorId, PaperSize, PersonForm, Press, PressError,
    PrintJob, PrintLetter, PrintListed, RefusalReason, RequestForm, Roles, Route, Sealing,
    ServiceDetails, Stage, State, Tracked,
    testing::{List, PASSWORD, START, manifest_words, operator, signed_in},
};

const ONE: LetterNumber = LetterNumber(1);
const NOBODY: OperatorId = OperatorId(99);

pub(super) type Door = (&'static str, Action, fn(&Desk, &Actor) -> Result<(), Error>);

/// Every function of the desk that takes an actor and asks the table, with the action that it needs.
pub(super) const DOORS: &[Door] = &[
    ("audit_entries", Action::SeeAudit, |desk, by| {
        desk.audit_entries(by, &AuditFilter::default()).map(drop)
    }),
    ("verify_audit", Action::SeeAudit, |desk, by| {
        desk.verify_audit(by, None).map(drop)
    }),
    ("begin_carrying", Action::CarryPost, |desk, by| {
        desk.begin_carrying(by, START)
    }),
    ("mailbag_taken", Action::CarryPost, |desk, by| {
        desk.mailbag_taken(by, &MailbagTaken::default(), START)
            .map(drop)
    }),
    ("mailbag_made", Action::CarryPost, |desk, by| {
        desk.mailbag_made(by, &MailbagMade::default(), START)
            .map(drop)
    }),
    ("mailbags_taken", Action::CarryPost, |desk, by| {
        desk.mailbags_taken(by, 1).map(drop)
    }),
    ("mailbags_made", Action::CarryPost, |desk, by| {
        desk.mailbags_made(by, 1).map(drop)
    }),
    ("mailbag", Action::CarryPost, |desk, by| {
        desk.mailbag(by, 1).map(drop)
    }),
    ("mailbag_part", Action::CarryPost, |desk, by| {
        desk.mailbag_part(by, 1, 1, START).map(drop)
    }),
    ("erase_mailbag", Action::CarryPost, |desk, by| {
        desk.erase_mailbag(by, 99, START)
    }),
    ("change_network", Action::ChangeSettings, |desk, by| {
        desk.change_network(by, "", || Ok(()), START)
    }),
    ("export_people", Action::BackUp, |desk, by| {
        desk.export_people(by, START).map(drop)
    }),
    ("back_up", Action::BackUp, |desk, by| {
        let to = desk.home().join(format!("backup-{}", by.operator_id()?.0));
        desk.back_up(by, &to, &PASSWORD.to_owned().into(), START)
    }),
    ("open_compartment", Action::OpenCompartment, |desk, by| {
        desk.open_compartment(by, None, START).map(drop)
    }),
    ("service_details", Action::OpenCompartment, |desk, by| {
        let compartment = desk.open_compartment(&head_of(desk), None, START)?;
        desk.service_details(by, &compartment, 1, START).map(drop)
    }),
    (
        "erase_service_details",
        Action::OpenCompartment,
        |desk, by| {
            let compartment = desk.open_compartment(&head_of(desk), None, START)?;
            desk.erase_service_details(by, &compartment, 1, START)
        },
    ),
    ("figures", Action::SeeFigures, |desk, by| {
        desk.figures(by, START, START).map(drop)
    }),
    ("report", Action::SeeFigures, |desk, by| {
        desk.report(by, START, START).map(drop)
    }),
    ("loss_by_route", Action::SeeFigures, |desk, by| {
        desk.loss_by_route(by).map(drop)
    }),
    ("set_two_people", Action::Restrict, |desk, by| {
        desk.set_two_people(by, ONE, true, START)
    }),
    ("lift two_people", Action::OpenOriginal, |desk, by| {
        desk.set_two_people(by, ONE, false, START)
    }),
    ("set_access", Action::Restrict, |desk, by| {
        desk.set_access(by, ONE, &[by.operator_id()?], START)
    }),
    ("lift access", Action::OpenOriginal, |desk, by| {
        desk.set_access(by, ONE, &[], START)
    }),
    ("ask_opening", Action::ReadLetter, |desk, by| {
        desk.ask_opening(by, ONE, START)
    }),
    ("openings", Action::Agree, |desk, by| {
        desk.openings(by, START).map(drop)
    }),
    ("agree", Action::Agree, |desk, by| {
        desk.agree(by, ONE, NOBODY, START)
    }),
    ("letters", Action::SeeLetters, |desk, by| {
        desk.letters(by, &LetterFilter::default(), None, 9)
            .map(drop)
    }),
    ("letter_counts", Action::SeeLetters, |desk, by| {
        desk.letter_counts(by).map(drop)
    }),
    ("letter_row", Action::SeeLetters, |desk, by| {
        desk.letter_row(by, ONE).map(drop)
    }),
    ("letter_steps", Action::SeeLetters, |desk, by| {
        desk.letter_steps(by, ONE).map(drop)
    }),
    ("letter_notes", Action::SeeLetters, |desk, by| {
        desk.letter_notes(by, ONE).map(drop)
    }),
    ("letter_replies", Action::SeeLetters, |desk, by| {
        desk.letter_replies(by, ONE).map(drop)
    }),
    ("notes_waiting", Action::SeeLetters, |desk, by| {
        desk.notes_waiting(by, 9).map(drop)
    }),
    ("clocks", Action::SeeLetters, |desk, by| {
        desk.clocks(by, START, 9).map(drop)
    }),
    ("quota", Action::SeeLetters, |desk, by| {
        desk.quota(by, 1, START, START).map(drop)
    }),
    ("routes", Action::SeeLetters, |desk, by| {
        desk.routes(by).map(drop)
    }),
    ("rule_breaks", Action::SeeLetters, |desk, by| {
        desk.rule_breaks(by, ONE).map(drop)
    }),
    ("open_letter", Action::ReadLetter, |desk, by| {
        desk.open_letter(by, ONE, START).map(drop)
    }),
    ("picture", Action::ReadLetter, |desk, by| {
        desk.picture(by, ONE, 0, START).map(drop)
    }),
    ("track", Action::Track, |desk, by| {
        desk.track(
            by,
            &[ONE],
            Tracked::WithCarrier,
            Evidence::CarrierReceipt,
            START,
        )
    }),
    ("messages", Action::Write, |desk, by| {
        desk.messages(by, true, LetterNumber(0), 9).map(drop)
    }),
    ("message", Action::Write, |desk, by| {
        desk.message(by, LetterNumber(2), START).map(drop)
    }),
    ("answer_message", Action::Write, |desk, by| {
        let text = (Language::English, "Not yet.");
        desk.answer_message(by, &List::default(), LetterNumber(2), text, START)
            .map(drop)
    }),
    ("message_enclosures", Action::Write, |desk, by| {
        desk.message_enclosures(by, &List::default(), LetterNumber(2))
            .map(drop)
    }),
    ("message_picture", Action::Write, |desk, by| {
        desk.message_picture(by, &List::default(), LetterNumber(2), 0)
            .map(drop)
    }),
    ("addressees_of", Action::Write, |desk, by| {
        desk.addressees_of(by, ContactNumber(1), 9).map(drop)
    }),
    ("address_message", Action::Write, |desk, by| {
        desk.address_message(by, &List::default(), LetterNumber(2), "Петренко", START)
    }),
    ("verify_family", Action::KeepContacts, |desk, by| {
        desk.verify_family(by, &List::default(), ContactNumber(1), START)
    }),
    ("write_to_family", Action::Write, |desk, by| {
        let text = (Language::English, "Please write.");
        desk.write_to_family(by, &List::default(), ContactNumber(1), text, START)
            .map(drop)
    }),
    ("lay_message_by", Action::Write, |desk, by| {
        desk.lay_message_by(by, LetterNumber(2), START)
    }),
    ("erasures_due", Action::ChangeSettings, |desk, by| {
        desk.erasures_due(by).map(drop)
    }),
    ("save_template", Action::EditTemplates, |desk, by| {
        desk.save_template(by, Language::English, State::Held, "It waits.", START)
    }),
    ("operators", Action::KeepOperators, |desk, by| {
        desk.operators(by).map(drop)
    }),
    ("add_operator", Action::KeepOperators, |desk, by| {
        desk.add_operator(by, &operator("new", &[]), START)
            .map(drop)
    }),
    ("change_operator", Action::KeepOperators, |desk, by| {
        desk.change_operator(
            by,
            NOBODY,
            "name",
            Language::English,
            Roles::default(),
            START,
        )
    }),
    ("set_operator_active", Action::KeepOperators, |desk, by| {
        desk.set_operator_active(by, NOBODY, true, START)
    }),
    ("reset_operator", Action::KeepOperators, |desk, by| {
        desk.reset_operator(by, NOBODY, &PASSWORD.to_owned().into(), START)
    }),
    ("parcels", Action::Track, |desk, by| {
        desk.parcels(by, 1, None, 0, 9).map(drop)
    }),
    ("find_parcel", Action::Track, |desk, by| {
        desk.find_parcel(by, 1, "П-1").map(drop)
    }),
    ("parcel", Action::Track, |desk, by| {
        desk.parcel(by, 1).map(drop)
    }),
    ("campaigns", Action::Track, |desk, by| {
        desk.campaigns(by).map(drop)
    }),
    ("offered_letters", Action::Track, |desk, by| {
        desk.offered_letters(by, 1).map(drop)
    }),
    ("note_count", Action::Track, |desk, by| {
        desk.note_count(by, 1, (Stage::Crossed, false), 1, "", START)
            .map(drop)
    }),
    ("counts", Action::Track, |desk, by| {
        desk.counts(by, 1).map(drop)
    }),
    ("hand_over", Action::Track, |desk, by| {
        desk.hand_over(by, &[1], Stage::Crossed, START).map(drop)
    }),
    ("note_exception", Action::Track, |desk, by| {
        desk.note_exception(by, 1, ParcelState::Opened, "", START)
            .map(drop)
    }),
    ("manifest", Action::Track, |desk, by| {
        desk.manifest(by, 1, manifest_words, START).map(drop)
    }),
    ("make_campaign", Action::PlanCampaign, |desk, by| {
        desk.make_campaign(by, "Весна", None, START).map(drop)
    }),
    ("import_list", Action::PlanCampaign, |desk, by| {
        desk.import_list(by, 1, &[], START).map(drop)
    }),
    ("close_campaign", Action::PlanCampaign, |desk, by| {
        desk.close_campaign(by, 99, START)
    }),
    ("note_family", Action::PlanCampaign, |desk, by| {
        desk.note_family(by, 1, false, START).map(drop)
    }),
    ("bind_letters", Action::Pack, |desk, by| {
        desk.bind_letters(by, 1, &[ONE], START).map(drop)
    }),
    ("unbind_letter", Action::Pack, |desk, by| {
        desk.unbind_letter(by, ONE, START).map(drop)
    }),
    ("pack_letter", Action::Pack, |desk, by| {
        desk.pack_letter(by, 1, 1, START).map(drop)
    }),
    ("take_out", Action::Pack, |desk, by| {
        desk.take_out(by, 1, 1, START).map(drop)
    }),
    ("seal_parcel", Action::Pack, |desk, by| {
        let sealing = Sealing {
            seal: "1".into(),
            grams: 1,
            contents: String::new(),
        };
        desk.seal_parcel(by, &second_of(desk), 1, &sealing, START)
            .map(drop)
    }),
    ("unseal_parcel", Action::Pack, |desk, by| {
        desk.unseal_parcel(by, 1, START).map(drop)
    }),
    ("preview_letter", Action::ReadLetter, |desk, by| {
        desk.preview_letter(by, ONE, START).map(drop)
    }),
    ("preview_closed", Action::Print, |desk, by| {
        desk.preview_closed(by, ONE).map(drop)
    }),
    ("make_print_job", Action::Print, |desk, by| {
        desk.make_print_job(by, &[ONE], PaperSize::A4, 1, START)
            .map(drop)
    }),
    ("print_jobs", Action::Print, |desk, by| {
        desk.print_jobs(by, 9).map(drop)
    }),
    ("print_job", Action::Print, |desk, by| {
        desk.print_job(by, 1).map(drop)
    }),
    ("print_job_letters", Action::Print, |desk, by| {
        desk.print_job_letters(by, 1).map(drop)
    }),
    ("print_job_failures", Action::Print, |desk, by| {
        desk.print_job_failures(by, 1).map(drop)
    }),
    ("print_job_document", Action::Print, |desk, by| {
        desk.print_job_document(by, 1, START).map(drop)
    }),
    ("take_print_job", Action::Print, |desk, by| {
        desk.take_print_job(by, 1, START).map(drop)
    }),
    ("print_job_piece", Action::Print, |desk, by| {
        desk.print_job_piece(by, 1, 0).map(drop)
    }),
    ("retry_print_job", Action::Print, |desk, by| {
        desk.retry_print_job(by, 1, START).map(drop)
    }),
    ("close_print_job", Action::Print, |desk, by| {
        desk.close_print_job(by, 1, START).map(drop)
    }),
    ("person", Action::SeeRegister, |desk, by| {
        desk.person(by, 1).map(drop)
    }),
    ("open_person", Action::SeeRegister, |desk, by| {
        desk.open_person(by, 1, START).map(drop)
    }),
    ("person_past", Action::SeeRegister, |desk, by| {
        desk.person_past(by, 1).map(drop)
    }),
    ("look_through_people", Action::SeeRegister, |desk, by| {
        desk.look_through_people(by, "", 0, 9, START).map(drop)
    }),
    ("people", Action::SeeRegister, |desk, by| {
        desk.people(by, "", 0, 9).map(drop)
    }),
    ("requests", Action::SeeRegister, |desk, by| {
        desk.requests(by, true, 0, 9).map(drop)
    }),
    ("request", Action::SeeRegister, |desk, by| {
        desk.request(by, 1).map(drop)
    }),
    ("candidates", Action::SeeRegister, |desk, by| {
        desk.candidates(by, 1).map(drop)
    }),
    ("quotas", Action::SeeRegister, |desk, by| {
        desk.quotas(by, START, START, 9).map(drop)
    }),
    ("save_person", Action::KeepRegister, |desk, by| {
        desk.save_person(by, &PersonForm::default(), START)
            .map(drop)
    }),
    ("import_people", Action::KeepRegister, |desk, by| {
        let nobody = ListedPerson {
            form: PersonForm::default(),
            service: None,
        };
        desk.import_people(by, &[nobody], START).map(drop)
    }),
    ("set_person_state", Action::KeepRegister, |desk, by| {
        desk.set_person_state(by, 1, PersonState::NoRecord, None, Evidence::DeskSaw, START)
    }),
    ("note_capture_card", Action::KeepRegister, |desk, by| {
        desk.note_capture_card(by, 1, START)
    }),
    ("seal_service_details", Action::KeepRegister, |desk, by| {
        let details = ServiceDetails {
            unit: String::new(),
            rank: String::new(),
        };
        desk.seal_service_details(by, 1, &details, START)
    }),
    ("set_letter_person", Action::KeepRegister, |desk, by| {
        desk.set_letter_person(by, &[ONE], None, START)
    }),
    ("merge_people", Action::KeepRegister, |desk, by| {
        desk.merge_people(by, &second_of(desk), (1, 2), None, START)
    }),
    ("open_request", Action::KeepRegister, |desk, by| {
        let form = RequestForm {
            enquirer: "Олена".into(),
            name: "Петренко Сергій".into(),
            may_search: true,
            ..RequestForm::default()
        };
        desk.open_request(by, ContactNumber(1), &form, START)
            .map(drop)
    }),
    ("confirm_match", Action::KeepRegister, |desk, by| {
        desk.confirm_match(by, None, 99, 99, START)
    }),
    ("answer_request", Action::KeepRegister, |desk, by| {
        desk.answer_request(by, 99, true, START)
    }),
    ("close_request", Action::KeepRegister, |desk, by| {
        desk.close_request(by, 99, START)
    }),
    ("letters_of_person", Action::RecordReturned, |desk, by| {
        desk.letters_of_person(by, 1).map(drop)
    }),
    ("record_returned", Action::RecordReturned, |desk, by| {
        desk.record_returned(by, 1, &[], START).map(drop)
    }),
    (
        "letters_never_arrived",
        Action::RecordReturned,
        |desk, by| desk.letters_never_arrived(by, 1).map(drop),
    ),
    ("misplaced", Action::Track, |desk, by| {
        desk.misplaced(by, 1).map(drop)
    }),
    (
        "print_never_arrived",
        Action::RecordReturned,
        |desk, by| match desk.print_never_arrived(by, 99, &NoPress, START) {
            Ok(_) | Err(PressError::Paper { .. } | PressError::Stopped) => Ok(()),
            Err(PressError::Desk(error)) => Err(error),
        },
    ),
    ("take_scan", Action::Scan, |desk, by| {
        let file = format!("pile of {}", by.operator_id()?.0);
        desk.take_scan(by, "pile", file.as_bytes(), START).map(drop)
    }),
    ("scans", Action::Scan, |desk, by| {
        desk.scans(by, 9).map(drop)
    }),
    ("replies", Action::Scan, |desk, by| {
        desk.replies(by, None, 9).map(drop)
    }),
    ("queued_pages", Action::Scan, |desk, by| {
        desk.queued_pages(by, 9).map(drop)
    }),
    ("page_image", Action::Scan, |desk, by| {
        desk.page_image(by, 1).map(drop)
    }),
    ("place_page", Action::Scan, |desk, by| {
        desk.place_page(by, 1, 1, 1, 1, START).map(drop)
    }),
    ("place_page_anew", Action::Scan, |desk, by| {
        desk.place_page_anew(by, 1, 1, 1, 1, START).map(drop)
    }),
    ("discard_page", Action::Scan, |desk, by| {
        desk.discard_page(by, 1, Aside::NoReply, START).map(drop)
    }),
    ("discard_doubles", Action::Scan, |desk, by| {
        desk.discard_doubles(by, 1, START).map(drop)
    }),
    ("restore_page", Action::Scan, |desk, by| {
        desk.restore_page(by, 1, START).map(drop)
    }),
    ("retry_scan", Action::Scan, |desk, by| {
        desk.retry_scan(by, 1, START).map(drop)
    }),
    ("erase_scan", Action::Scan, |desk, by| {
        desk.erase_scan(by, 1, START).map(drop)
    }),
    ("sheet_owner", Action::Scan, |desk, by| {
        desk.sheet_owner(by, 1).map(drop)
    }),
    ("scan_pages", Action::Scan, |desk, by| {
        desk.scan_pages(by, 1).map(drop)
    }),
    ("reply_pages", Action::Scan, |desk, by| {
        desk.reply_pages(by, 1).map(drop)
    }),
    ("set_scan_folder", Action::ChangeSettings, |desk, by| {
        desk.set_scan_folder(by, None, START).map(drop)
    }),
    ("finish_reply", Action::Scan, |desk, by| {
        desk.finish_reply(by, 1, START).map(drop)
    }),
    ("erase_letter", Action::Erase, |desk, by| {
        desk.erase_letter(by, &List::default(), LetterNumber(99), START)
    }),
    ("begin_review", Action::Review, |desk, by| {
        desk.begin_review(by, &[ONE], START)
    }),
    ("end_review", Action::Review, |desk, by| {
        desk.end_review(by, &[ONE], START)
    }),
    ("pass", Action::Review, |desk, by| {
        desk.pass(by, &[ONE], START)
    }),
    ("hold", Action::Review, |desk, by| {
        desk.hold(by, &[ONE], HoldReason::SecondOpinion, START)
    }),
    ("refuse", Action::Review, |desk, by| {
        desk.refuse(by, &[LetterNumber(99)], RefusalReason::Military, START)
    }),
    ("pass_with_cuts", Action::Review, |desk, by| {
        desk.pass_with_cuts(by, ONE, &Cuts::default(), START)
    }),
    ("open_original", Action::OpenOriginal, |desk, by| {
        let compartment = desk.open_compartment(&head_of(desk), None, START)?;
        desk.open_original(by, &compartment, ONE, START).map(drop)
    }),
    ("save_route", Action::ChangeSettings, |desk, by| {
        let route = Route {
            id: 0,
            name: "Мінськ".into(),
            languages: Vec::new(),
            lines: None,
            pictures: None,
            dated: false,
            open: true,
        };
        desk.save_route(by, &route, START).map(drop)
    }),
    ("set_route", Action::Review, |desk, by| {
        desk.set_route(by, &[ONE], None, START)
    }),
    ("change_settings", Action::ChangeSettings, |desk, by| {
        desk.change_settings(by, &desk.settings()?, START)
    }),
    // Last: from then on the compartment opens with it alone.
    (
        "set_compartment_passphrase",
        Action::ChangeSettings,
        |desk, by| desk.set_compartment_passphrase(by, None, &PASSWORD.to_owned().into(), START),
    ),
];

/// A press that nothing reaches: there are no letters to print.
struct NoPress;

impl Press for NoPress {
    fn print(
        &self,
        _: &PrintJob,
        _: &[PrintListed],
        _: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
        _: &mut dyn std::io::Write,
    ) -> Result<Document, PressError> {
        Err(PressError::Desk(Error::NoSheet))
    }
}

fn head_of(desk: &Desk) -> Actor {
    signed_in(desk, "head")
}

/// A second head: where two decide, the other one may always.
fn second_of(desk: &Desk) -> Actor {
    signed_in(desk, "second")
}
