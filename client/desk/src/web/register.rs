//! The register: people who are sought and known, and requests of families. The desk ranks; people decide.

mod custody;
mod import;
mod people;
mod requests;

use maud::{Markup, html};
use tidings_client::SecretString;
use tidings_protocol::letter::{Evidence, PersonEvent, PersonState};

use super::{
    fields::Fields,
    routes::{Need, Routes},
    shell::Field,
    texts::Texts,
    visit::Visit,
};
use crate::{Action, Desk, Error, SignIn};

const SEE: Need = Need::May(&[Action::SeeRegister]);
const KEEP: Need = Need::May(&[Action::KeepRegister]);

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .room(people::routes)
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

/// Fields in which a second person signs.
fn second_person(visit: &Visit, kept: &Fields, hint: &str) -> Markup {
    let t = &visit.texts;
    html! {
        fieldset {
            legend { (t.say("second-heading")) }
            p.sub.small { (hint) }
            (Field { name: "second-login", label: t.say("begin-login"), value: kept.get("second-login"), ..Field::default() })
            (Field { name: "second-password", kind: "password", label: t.say("begin-password"), ..Field::default() })
            (Field { name: "second-code", label: t.say("sign-in-code"), digits: true, complete: "one-time-code", ..Field::default() })
        }
    }
}

/// A second person whose role does not allow the deed is told what one with a wrong password is: it is not the reader's own
/// role that is lacking.
fn second_refused<T>(done: Result<T, Error>) -> Result<T, Error> {
    match done {
        Err(Error::Forbidden { .. }) => Err(Error::Credentials),
        other => other,
    }
}

/// The second person, signed in for one deed; `None` if nobody is named. The session has to be ended by whoever asked.
fn sign_second(desk: &Desk, fields: &Fields) -> Result<Option<SignIn>, Error> {
    let Some(login) = fields.some("second-login") else {
        return Ok(None);
    };
    let password = SecretString::from(fields.get("second-password").to_owned());
    desk.sign_in(
        login,
        &password,
        fields.some("second-code"),
        super::show::now(),
    )
    .map(Some)
}
