//! One reply: its pages in their order, what is missing, what was ticked.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::reply_state;
use crate::{
    BoxTick, ReplyPage, ReplyState,
    web::{
        refusal::Refusal,
        shell::Room,
        show,
        texts::{Texts, args},
        visit::{Visit, see},
    },
};

/// `GET /replies/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (reply, pages) = visit
        .site
        .ask(move |desk| desk.reply_pages(&actor, id))
        .await?;
    let t = &visit.texts;
    let title = t.with("replies-in-reply", args![reply = id]);
    let missing: Vec<String> = (1..=reply.of)
        .filter(|number| !pages.iter().any(|page| u32::from(page.number) == *number))
        .map(|number| number.to_string())
        .collect();
    let page = visit.page(
        Room::Replies,
        &title,
        html! {
            p { a href="/replies" { "← " (t.say("room-replies")) } }
            div.head { h1 { (title) } (reply_state(t, &reply)) }
            p.sub { (t.with("replies-answers-letter", args![letter = reply.letter.0])) }
            @if reply.state == ReplyState::Open {
                div.notice.warn {
                    p { (t.with("replies-missing", args![pages = missing.join(", ")])) }
                    form method="post" action=(format!("/replies/{id}")) {
                        (visit.token_field())
                        button type="submit" { (t.say("replies-finish")) }
                        p.hint { (t.say("replies-finish-hint")) }
                    }
                }
            }
            @for page in &pages { (one(t, page)) }
        },
    );
    Ok(page.into_response())
}

fn one(t: &Texts, page: &ReplyPage) -> Markup {
    let address = format!("/replies/pages/{}", page.id);
    html! {
        section.box {
            h2 { (t.with("replies-page-single", args![page = page.number])) }
            @if let Some(ticks) = &page.ticks { (ticked(t, ticks)) }
            @if page.has_image {
                a href=(address) target="_blank" rel="noopener" {
                    img.sheet src=(address) alt=(t.say("replies-page-picture"));
                }
            } @else { p.sub { (t.say("replies-erased")) } }
        }
    }
}

/// PAPER-16: a hint beside the page, no status.
fn ticked(t: &Texts, ticks: &[BoxTick; 4]) -> Markup {
    let words = [
        "replies-tick-letter",
        "replies-tick-photo",
        "replies-tick-drawing",
        "replies-tick-parcel",
    ];
    html! {
        p { (t.say("replies-ticks")) }
        ul {
            @for (tick, word) in ticks.iter().zip(words) {
                li {
                    (t.say(word)) ": "
                    (t.say(match tick {
                        BoxTick::Yes => "replies-tick-yes",
                        BoxTick::No => "replies-tick-no",
                        BoxTick::Unsure => "replies-tick-unsure",
                    }))
                }
            }
        }
    }
}

/// `POST /replies/{id}`
pub(super) async fn finish(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.finish_reply(&actor, id, show::now()))
        .await?;
    if let Some(rounds) = visit.site.rounds() {
        rounds.poke();
    }
    Ok(see(&format!("/replies/{id}?done=saved")))
}
