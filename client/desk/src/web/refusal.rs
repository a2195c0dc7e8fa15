//! Why a page was not shown or a form not taken: a sentence in the person's language, on a page that leads on.

use std::sync::Arc;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use fluent_templates::fluent_bundle::FluentValue;
use tidings_client::Field;
use tidings_protocol::letter::{PersonEvent, PersonState};

use super::texts::{Texts, args};
use crate::Error;

/// Why there is no page. [`super::visit::recognise`] turns it into one, in the reader's language.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// Nobody is signed in.
    SignIn,
    /// The session is locked.
    Locked,
    /// The office insists on a second factor, and the operator has to set one up first.
    SecondFactor,
    /// The operator's roles do not reach here.
    Forbidden,
    /// There is no such page, letter, sheet.
    NotFound,
    /// The form does not read.
    Malformed,
    /// The form or file is larger than the desk takes.
    TooLarge,
    /// The form's token is not of this visit: a page from before the last sign-in, or another site.
    Stale,
    /// The desk is not set up yet, and the visitor does not hold its code.
    NotBegun,
    /// The domain said no.
    Failed(Arc<Error>),
    /// The desk itself is broken: a bug.
    Broken,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Forbidden { .. } | Error::NoAccess => Self::Forbidden,
            Error::NotFound { .. } => Self::NotFound,
            Error::SessionLocked => Self::Locked,
            Error::SessionEnded => Self::SignIn,
            other => Self::Failed(Arc::new(other)),
        }
    }
}

impl Refusal {
    /// The status under which it is told.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Locked => StatusCode::LOCKED,
            Self::SecondFactor | Self::Forbidden | Self::Stale | Self::NotBegun => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Failed(error) => match **error {
                Error::DiskFull { .. } => StatusCode::INSUFFICIENT_STORAGE,
                Error::Store { .. }
                | Error::Sql(_)
                | Error::Disk { .. }
                | Error::Damaged { .. }
                | Error::NoRandomness => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            },
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence.
    pub(crate) fn sentence(&self, texts: &Texts) -> String {
        match self {
            Self::SignIn => texts.say("refusal-sign-in"),
            Self::Locked => texts.say("refusal-locked"),
            Self::SecondFactor => texts.say("error-second-factor-missing"),
            Self::Forbidden => texts.say("refusal-forbidden"),
            Self::NotFound => texts.say("refusal-not-found"),
            Self::Malformed => texts.say("refusal-malformed"),
            Self::TooLarge => texts.say("refusal-too-large"),
            Self::Stale => texts.say("refusal-stale"),
            Self::NotBegun => texts.say("refusal-not-begun"),
            Self::Failed(error) => sentence(texts, error),
            Self::Broken => texts.say("refusal-broken"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The figures in what the account refused. Of a file, people know the name alone.
fn figures(error: &tidings_client::Error) -> Vec<(&'static str, FluentValue<'static>)> {
    let shown = |(name, field)| match field {
        Field::Number(number) => (name, FluentValue::from(number)),
        Field::Text(text) if name == "path" => {
            let file = text.rsplit(['/', '\\']).next().unwrap_or_default();
            (name, file.to_owned().into())
        }
        Field::Text(text) => (name, text.into()),
    };
    error.fields().into_iter().map(shown).collect()
}

/// What the domain refused, as a sentence that says what to do.
pub(crate) fn sentence(texts: &Texts, error: &Error) -> String {
    let code = error.code();
    let arguments = match error {
        Error::LockedOut { until } => {
            // The minute that is shown has to be over.
            vec![("time", texts.clock(until.plus(59)).into())]
        }
        Error::WeakPassword { least } => vec![("count", (*least as u64).into())],
        Error::RecordsDiffer { kept, merged } => {
            let said = |(state, event): &(PersonState, Option<PersonEvent>)| {
                let state = texts.say(&format!("person-{}", state.word()));
                match event {
                    Some(event) => {
                        format!("{state}, {}", texts.say(&format!("event-{}", event.word())))
                    }
                    None => state,
                }
            };
            vec![("kept", said(kept).into()), ("merged", said(merged).into())]
        }
        Error::Account(error) => figures(error),
        Error::Text { limit, .. } => vec![("limit", (*limit as u64).into())],
        Error::Transition { from, to } => vec![
            ("from", texts.say(&format!("state-{}", from.word())).into()),
            ("to", texts.say(&format!("state-{}", to.word())).into()),
        ],
        _ => Vec::new(),
    };
    texts
        .find(&format!("error-{code}"), &arguments)
        .unwrap_or_else(|| texts.with("error-other", args![code = code]))
}
