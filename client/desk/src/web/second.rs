//! A second person who signs for one deed with login, password and code, on the page of the first.

use maud::{Markup, html};
use tidings_client::SecretString;

use super::{fields::Fields, shell::Field, show, visit::Visit};
use crate::{Actor, Desk, Error};

/// Fields in which a second person signs.
pub(crate) fn fields(visit: &Visit, kept: &Fields, hint: &str, required: bool) -> Markup {
    let t = &visit.texts;
    html! {
        fieldset {
            legend { (t.say("second-heading")) }
            p.sub.small { (hint) }
            (Field { name: "second-login", label: t.say("begin-login"), value: kept.get("second-login"), required, ..Field::default() })
            (Field { name: "second-password", kind: "password", label: t.say("begin-password"), required, ..Field::default() })
            (Field {
                name: "second-code", label: t.say("sign-in-code"), digits: true, complete: "one-time-code", ..Field::default()
            })
        }
    }
}

/// Does `deed` together with the second person, or alone if nobody is named; no session is left of the second one. One whose
/// role does not allow the deed is told what one with a wrong password is: it is not the reader's own role that is lacking.
pub(crate) fn with<T>(
    desk: &Desk,
    fields: &Fields,
    deed: impl FnOnce(Option<&Actor>) -> Result<T, Error>,
) -> Result<T, Error> {
    let Some(login) = fields.some("second-login") else {
        return deed(None);
    };
    let password = SecretString::from(fields.get("second-password").to_owned());
    let signed = desk.sign_in(login, &password, fields.some("second-code"), show::now())?;
    let done = deed(Some(&signed.actor));
    desk.sign_out(&signed.token)?;
    match done {
        Err(Error::Forbidden { .. }) => Err(Error::Credentials),
        other => other,
    }
}
