//! The pages of the desk: server-rendered HTML for the browsers of one office.
//!
//! A page calls the domain and shows what it says; it decides nothing. The way of a request:
//!
//! 1. [`guard`]: is it meant for this desk, does it come from our own page; headers for every answer
//! 2. [`visit`]: who asks, in which language
//! 3. [`routes`]: may they; for forms: is the token theirs, and was the very same form sent already ([`once`])
//! 4. a handler, which asks the domain on a thread that may wait
//! 5. a refusal from anywhere becomes a page in the reader's language
//!
//! | room | what it shows |
//! |---|---|
//! | `doors` | the first run, signing in, the lock, one's own account |
//! | `inbox`, `letter` | letters that came in, reading and reviewing one |
//! | `card` | what families need to write to the office |
//! | `rounds` | what the post is doing |

mod assets;
mod audit;
mod backup;
mod card;
mod carrying;
mod doors;
mod envelopes;
mod fields;
mod figures;
mod guard;
mod inbox;
mod keeping;
mod letter;
mod listing;
mod lists;
mod mailbags;
mod messages;
mod network;
mod notes;
mod once;
mod operators;
mod parcels;
mod press;
mod preview;
mod print;
mod refusal;
mod register;
mod replies;
mod review;
mod rounds;
mod routes;
mod scanner;
mod second;
mod serve;
mod settings;
mod shell;
mod show;
mod site;
mod texts;
mod upload;
mod visit;
mod watch;
mod workshop;

use axum::{Router, middleware::from_fn_with_state, response::Response, routing};
use tower_http::catch_panic::CatchPanicLayer;

use self::{
    refusal::Refusal,
    routes::Routes,
    site::Site,
    visit::{PULSE, Visit, see},
};
pub use self::{
    routes::{Need, Route},
    serve::{Ready, Start, StartError, serve, stop_signal},
    texts::Texts,
};

/// Beginnings of texts whose ends are words of the domain.
#[cfg(test)]
const COMPOSED_TEXTS: &[&str] = &[
    "error-",
    "state-",
    "done-",
    "post-",
    "role-",
    "did-",
    "reason-",
    "hint-",
    "subject-",
    "job-",
    "page-",
    "scan-",
    "parcel-",
    "field-",
    "person-",
    "event-",
    "grade-",
    "match-",
    "figure-",
    "clock-",
    "reply-",
    "print-why-",
    "kept-",
    "action-",
];
/// Beginnings of all texts: what begins so in a source is one.
#[cfg(test)]
const TEXT_ROOMS: &[&str] = &[
    "account-",
    "audit-",
    "backup-",
    "begin-",
    "card-",
    "check-",
    "code-",
    "done-",
    "envelopes-",
    "inbox-",
    "keeping-",
    "language-",
    "letter-",
    "list-",
    "lock-",
    "mailbags-",
    "messages-",
    "month-",
    "network-",
    "notes-",
    "operators-",
    "pack-",
    "parcels-",
    "post-",
    "preview-",
    "print-",
    "quota-",
    "recovery-",
    "refusal-",
    "register-",
    "replies-",
    "request-",
    "returned-",
    "review-",
    "room-",
    "rooms-",
    "rule-",
    "settings-",
    "sign-in-",
    "size-",
    "skip-",
    "span-",
    "start-",
    "unlock-",
];

fn gathered() -> Routes {
    Routes::default()
        .get("/", Need::Nothing, home)
        .get(PULSE, Need::Entered, rounds::show_pulse)
        .room(doors::routes)
        .room(inbox::routes)
        .room(letter::routes)
        .room(review::routes)
        .room(messages::routes)
        .room(card::routes)
        .room(print::routes)
        .room(preview::routes)
        .room(envelopes::routes)
        .room(parcels::routes)
        .room(replies::routes)
        .room(mailbags::routes)
        .room(register::routes)
        .room(figures::routes)
        .room(operators::routes)
        .room(audit::routes)
        .room(settings::routes)
        .room(network::routes)
        .room(keeping::routes)
        .room(notes::routes)
        .room(backup::routes)
}

/// Every page and form of the desk with who may use it.
#[must_use]
pub fn table() -> Vec<Route> {
    gathered().into_table()
}

/// What is served.
fn pages(site: Site) -> Router {
    let pages = gathered()
        .into_router()
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(from_fn_with_state(site.clone(), visit::recognise));
    Router::new()
        .route("/assets/{name}", routing::get(assets::asset))
        .merge(pages)
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site.clone(), guard::check_origin))
        .with_state(site)
}

/// The first page of whoever it is.
async fn home(visit: Visit) -> Result<Response, Refusal> {
    if visit.site.desk().is_none() {
        return Err(Refusal::NotBegun);
    }
    if visit.inside()?.actor.second_factor_missing() {
        return Err(Refusal::SecondFactor);
    }
    Ok(see(shell::first_room(&visit)))
}

async fn nowhere() -> Refusal {
    Refusal::NotFound
}
