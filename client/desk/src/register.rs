//! The register: people who are sought and people who are known, requests of families, and who is whom.
//!
//! Matching ranks and never decides: a person confirms each match, and where something speaks against it, two. Unit and
//! rank lie in the compartment. Identity documents are not taken.

mod listed;
mod matching;
mod merging;
mod people;
mod requests;
mod returned;
mod service;

use tidings_lists::documents;
use tidings_names::{BirthDate, FullName, Person};
use tidings_protocol::letter::{Evidence, PersonEvent, PersonState};

pub use self::{
    listed::ListedPerson,
    matching::PersonCandidate,
    merging::{Holds, PersonPast, StateEntry},
    people::{PersonForm, PersonRow},
    requests::{AnswersReport, Request, RequestForm},
    returned::{RouteLoss, Tick},
    service::ServiceDetails,
};
use tidings_protocol::limits::PERSON_NAME_MAX as NAME_MAX;

use crate::{Error, desk::line};

/// What is known about a person, what happened last, and how the office knows.
pub(crate) type Standing = (PersonState, Option<PersonEvent>, Evidence);

/// Bytes of any other field.
pub(crate) const FIELD_MAX: usize = 400;

/// A field that may be empty, checked.
fn field(what: &'static str, text: &str) -> Result<Option<String>, Error> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let text = line(what, text, FIELD_MAX)?;
    // Such numbers are worth money to whoever steals the register, and nobody needs them here (LISTS-8).
    match documents::find(&text)[..] {
        [] => Ok(Some(text)),
        _ => Err(Error::IdentityDocument),
    }
}

/// The person of a name and a date of birth as they are stored: what cannot be read as a date is left out of matching.
pub(crate) fn person_of(name: &str, born: Option<&str>) -> Option<Person> {
    let birth = born.and_then(|born| BirthDate::parse(born).ok());
    FullName::parse(name)
        .ok()
        .map(|name| Person::new(name, birth))
}

/// A word of the database as one of a list, or the first of the list for one that nobody wrote.
fn state_of(word: &str) -> PersonState {
    word.parse().unwrap_or(PersonState::NoRecord)
}

fn evidence_of(word: &str) -> Evidence {
    word.parse().unwrap_or(Evidence::DeskSaw)
}

fn event_of(word: Option<String>) -> Option<PersonEvent> {
    word.and_then(|word| word.parse().ok())
}

#[cfg(test)]
mod tests;
