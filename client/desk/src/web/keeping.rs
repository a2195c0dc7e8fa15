//! What is kept for how long: what is erased by itself, counted from what, when the next of it goes, and what never goes.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    fields::Fields,
    listing,
    refusal::Refusal,
    routes::{Need, Routes},
    settings::drawers,
    shell::{self, Room},
    show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{Action, Due, KEEP_DAYS_MAX, Kept, Settings};

const NEED: Need = Need::May(&[Action::ChangeSettings]);

const COLUMNS: [listing::Column; 5] = [
    ("keeping-what", false),
    ("keeping-from", false),
    ("keeping-days", true),
    ("keeping-running", true),
    ("keeping-next", false),
];

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings/keeping", NEED, show)
        .post("/settings/keeping", NEED, change)
}

/// `GET /settings/keeping`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None, None).await
}

async fn page(
    visit: &Visit,
    wrong: Option<&str>,
    kept: Option<&Fields>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (settings, due) = visit
        .site
        .ask(move |desk| Ok((desk.settings()?, desk.erasures_due(&actor)?)))
        .await?;
    let t = &visit.texts;
    let title = t.say("keeping-title");
    let page = visit.page(
        Room::Settings,
        &title,
        html! {
            div.head { h1 { (t.say("room-settings")) } }
            (drawers(visit, "/settings/keeping"))
            (shell::wrong(wrong))
            p { (t.say("keeping-lead")) }
            form method="post" action="/settings/keeping" data-keep="keeping" {
                (visit.token_field())
                (listing::table(t, &title, &COLUMNS, &html! {
                    @for it in &due { (line(t, it, &settings, kept)) }
                }))
                p.sub.small { (t.say("keeping-days-hint")) }
                p { button.main type="submit" { (t.say("account-save")) } }
            }
            section.box {
                h2 { (t.say("keeping-never")) }
                ul {
                    @for key in ["keeping-never-work", "keeping-never-way", "keeping-never-register", "keeping-never-log"] {
                        li { (t.say(key)) }
                    }
                }
                p.sub { (t.say("keeping-never-hint")) }
            }
        },
    );
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// A kind with its field; the document of a print job goes with its letters, so that it has none of its own.
fn line(t: &Texts, due: &Due, settings: &Settings, kept: Option<&Fields>) -> Markup {
    let word = due.kind.word();
    let what = t.say(&format!("kept-{word}"));
    let days = match kept {
        Some(kept) if kept.has(word) => kept.get(word).to_owned(),
        _ => due.kind.days(settings).to_string(),
    };
    html! {
        tr {
            td data-label=(t.say("keeping-what")) { (what) }
            td data-label=(t.say("keeping-from")) { (t.say(&format!("kept-{word}-from"))) }
            td.number data-label=(t.say("keeping-days")) {
                @if due.kind == Kept::Documents { (days) } @else {
                    input.digits name=(word) value=(days) inputmode="numeric" required autocomplete="off"
                        aria-label=(t.with("keeping-days-of", args![what = what.clone()]));
                }
            }
            td.number data-label=(t.say("keeping-running")) { (t.number(due.count)) }
            td data-label=(t.say("keeping-next")) {
                @match due.first {
                    // It goes with the next day's round.
                    Some(first) if first <= show::now() => (t.say("keeping-now")),
                    Some(first) => (t.day(first)),
                    None => "–",
                }
            }
        }
    }
}

/// `POST /settings/keeping`
async fn change(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let days = |kind: Kept| {
        fields
            .number::<u32>(kind.word())
            .filter(|days| (1..=KEEP_DAYS_MAX).contains(days))
    };
    let numbers = [
        days(Kept::Letters),
        days(Kept::Pages),
        days(Kept::Requests),
        days(Kept::Messages),
    ];
    let [Some(letters), Some(pages), Some(requests), Some(messages)] = numbers else {
        let sentence = visit.texts.say("keeping-wrong");
        return page(&visit, Some(&sentence), Some(&fields)).await;
    };
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| {
            let settings = Settings {
                keep_after_print_days: letters,
                keep_scans_days: pages,
                keep_requests_days: requests,
                keep_messages_days: messages,
                ..desk.settings()?
            };
            desk.change_settings(&actor, &settings, show::now())
        })
        .await?;
    Ok(see("/settings/keeping?done=saved"))
}
