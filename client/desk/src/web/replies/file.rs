//! A file that was taken in, and what became of its pages.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::scan_state;
use crate::{
    ScanPage, ScanPageState,
    web::{
        fields::Fields,
        listing,
        refusal::Refusal,
        shell::Room,
        show,
        texts::args,
        visit::{Visit, see},
    },
};

const COLUMNS: [listing::Column; 3] = [
    ("replies-page", true),
    ("replies-became", false),
    ("replies-page-picture", false),
];

/// `GET /replies/files/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (scan, pages) = visit
        .site
        .ask(move |desk| desk.scan_pages(&actor, id))
        .await?;
    let t = &visit.texts;
    let doubled = pages.iter().any(|page| {
        matches!(page.state, ScanPageState::Waits(state) if state == crate::PageState::Doubled)
    });
    let page = visit.page(
        Room::Replies,
        &scan.name,
        html! {
            p { a href="/replies" { "← " (t.say("room-replies")) } }
            div.head { h1 { (scan.name) } (scan_state(t, &scan)) }
            p.sub { (t.moment(scan.taken)) }
            @if scan.failure.is_some() || doubled {
                form method="post" action=(format!("/replies/files/{id}")) {
                    (visit.token_field())
                    div.row {
                        @if scan.failure.is_some() {
                            button type="submit" name="what" value="retry" { (t.say("print-retry")) }
                            button type="submit" name="what" value="erase" { (t.say("replies-file-erase")) }
                        }
                        @if doubled {
                            button type="submit" name="what" value="doubles" { (t.say("replies-doubles")) }
                        }
                    }
                }
            }
            @if !pages.is_empty() {
                p.hint { (t.say("replies-file-hint")) }
                (listing::table(t, &t.say("print-pages"), &COLUMNS, &html! {
                    @for page in &pages { (line(&visit, page)) }
                }))
            }
        },
    );
    Ok(page.into_response())
}

fn line(visit: &Visit, page: &ScanPage) -> Markup {
    let t = &visit.texts;
    let address = format!("/replies/pages/{}", page.id);
    html! {
        tr {
            td.number data-label=(t.say("replies-page")) { (page.place + 1) }
            td data-label=(t.say("replies-became")) {
                @match page.state {
                    ScanPageState::Joined(reply) => a href=(format!("/replies/{reply}")) {
                        (t.with("replies-in-reply", args![reply = reply]))
                    },
                    ScanPageState::Same => span.state { (t.say("replies-same")) },
                    ScanPageState::Aside => {
                        span.state { (t.say("replies-aside")) } " "
                        @if page.has_image {
                            form.inline method="post" action=(address) {
                                (visit.token_field())
                                button type="submit" name="restore" value="yes" { (t.say("replies-restore")) }
                            }
                        }
                    },
                    ScanPageState::Waits(state) => span.state.wait { (t.say(&format!("page-{}", state.word()))) },
                }
            }
            td data-label=(t.say("replies-page-picture")) {
                @if page.has_image { a href=(address) target="_blank" rel="noopener" { (t.say("replies-look")) } }
            }
        }
    }
}

/// `POST /replies/files/{id}`
pub(super) async fn change(
    visit: Visit,
    Path(id): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let what = fields.get("what").to_owned();
    let then = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            Ok(match what.as_str() {
                "retry" => desk
                    .retry_scan(&actor, id, now)
                    .map(|()| Some("/replies".to_owned()))?,
                "erase" => desk
                    .erase_scan(&actor, id, now)
                    .map(|()| Some("/replies".to_owned()))?,
                "doubles" => {
                    let count = desk.discard_doubles(&actor, id, now)?;
                    Some(format!("/replies/queue?done=pages-aside&count={count}"))
                }
                _ => None,
            })
        })
        .await?
        .ok_or(Refusal::Malformed)?;
    visit.site.ring();
    Ok(see(&then))
}
