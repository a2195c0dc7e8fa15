//! The register: people who are sought and known, and requests of families. The desk ranks; people decide.

mod custody;
mod import;
mod people;
mod person;
mod requests;
mod returned;

use maud::{Markup, html};
use tidings_protocol::letter::{Evidence, PersonEvent, PersonState};

use super::{
    routes::{Need, Routes},
    texts::Texts,
};
use crate::Action;

const SEE: Need = Need::May(&[Action::SeeRegister]);
const KEEP: Need = Need::May(&[Action::KeepRegister]);

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .room(people::routes)
        .room(person::routes)
        .room(returned::routes)
        .room(custody::routes)
        .room(import::routes)
        .room(requests::routes)
}

/// What people and requests have in common above them.
fn drawers(t: &Texts, is_people: bool) -> Markup {
    html! {
        ul.drawers {
            li { a href="/register" aria-current=[is_people.then_some("page")] { (t.say("register-people")) } }
            li { a href="/register/requests" aria-current=[(!is_people).then_some("page")] { (t.say("register-requests")) } }
        }
    }
}

/// What is known about a person, by word and shape.
fn person_state(t: &Texts, state: PersonState) -> Markup {
    let shape = match state {
        PersonState::NoRecord => "",
        PersonState::RecordedNoCaptivityData => "half",
        PersonState::ProbablyCaptive => "warn",
        PersonState::CaptiveConfirmed | PersonState::Released => "done",
    };
    html! { span.state.(shape) { (t.say(&format!("person-{}", state.word()))) } }
}

fn event_name(t: &Texts, event: PersonEvent) -> String {
    t.say(&format!("event-{}", event.word()))
}

fn grade_name(t: &Texts, evidence: Evidence) -> String {
    t.say(&format!("grade-{}", evidence.word()))
}
