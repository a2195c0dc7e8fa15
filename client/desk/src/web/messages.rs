//! What families write to the office itself, and what a person of the office answers.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::LetterNumber;
use tidings_protocol::language::Language;

use super::{
    fields::Fields,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Room},
    show,
    texts::args,
    visit::{Visit, see},
};
use crate::{Action, Message};

const NEED: Need = Need::May(&[Action::Write]);
/// Messages on one page.
const PAGE: u32 = 50;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/messages", NEED, show)
        .get("/messages/{number}", NEED, show_one)
        .post("/messages/{number}/answer", NEED, answer)
        .post("/messages/{number}/lay-by", NEED, lay_by)
}

/// `GET /messages`
async fn show(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let waiting = fields.get("which") != "all";
    let after = LetterNumber(fields.number("after").unwrap_or(0));
    let actor = visit.actor()?;
    let messages = visit
        .site
        .ask(move |desk| desk.messages(&actor, waiting, after, PAGE))
        .await?;
    let t = &visit.texts;
    let title = t.say("messages-title");
    Ok(visit.page(Room::Messages, &title, html! {
        div.head { h1 { (title) } }
        p {
            @if waiting { a href="/messages?which=all" { (t.say("messages-show-all")) } }
            @else { a href="/messages" { (t.say("messages-show-waiting")) } }
        }
        @if messages.is_empty() {
            div.box.empty { h2 { (t.say("messages-empty")) } p { (t.say("messages-empty-hint")) } }
        } @else {
            div.scroll {
                table.fold {
                    caption.unseen { (title) }
                    thead {
                        tr {
                            th.number scope="col" { (t.say("inbox-column-number")) }
                            th scope="col" { (t.say("inbox-column-writer")) }
                            th scope="col" { (t.say("messages-text")) }
                            th.number scope="col" { (t.say("inbox-column-waits")) }
                        }
                    }
                    tbody { @for it in &messages { (line(&visit, it)) } }
                }
            }
            div.pager {
                span {}
                @if let Some(last) = messages.last().filter(|_| messages.len() == PAGE as usize) {
                    a.button rel="next" data-key="n" href=(format!("/messages?{}", fields.query_with("after", &last.number.0.to_string()))) {
                        (t.say("inbox-next-page")) " " kbd aria-hidden="true" { "N" }
                    }
                }
            }
        }
    }))
}

fn line(visit: &Visit, it: &Message) -> Markup {
    let t = &visit.texts;
    let beginning: String = it
        .text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect();
    html! {
        tr data-open="" {
            td.number data-label=(t.say("inbox-column-number")) { (it.number.0) }
            td data-label=(t.say("inbox-column-writer")) {
                a.whole href=(format!("/messages/{}", it.number.0)) { (it.writer) }
            }
            td data-label=(t.say("messages-text")) { (beginning) }
            td.number data-label=(t.say("inbox-column-waits")) {
                @if it.done.is_some() { span.state.done { (t.say("messages-done")) } } @else { (t.since(it.received)) }
            }
        }
    }
}

/// `GET /messages/{number}`
async fn show_one(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    one(&visit, number, &Fields::default(), None).await
}

async fn one(
    visit: &Visit,
    number: u64,
    kept: &Fields,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let it = visit
        .site
        .ask(move |desk| desk.message(&actor, LetterNumber(number), show::now()))
        .await?;
    let t = &visit.texts;
    let title = t.with("messages-one", args![name = it.writer.clone()]);
    let chosen: Language = kept
        .get("language")
        .parse()
        .unwrap_or_else(|_| t.language());
    let page = visit.page(Room::Messages, &title, html! {
        p { a href="/messages" { "← " (t.say("messages-title")) } }
        div.head { h1 { (title) } span.sub { (t.moment(it.received)) } }
        (shell::wrong(wrong))
        @if it.text.is_empty() { div.notice { p { (t.say("letter-erased")) } } }
        @else { article.letter-text aria-label=(t.say("messages-text")) { (it.text) } }
        form.box method="post" action=(format!("/messages/{number}/answer")) data-keep=(format!("message-{number}")) {
            (visit.token_field())
            div.field {
                label for="field-text" { (t.say("messages-answer")) }
                textarea #field-text name="text" rows="6" required aria-describedby="text-hint" { (kept.get("text")) }
                p.hint #text-hint { (t.say("messages-answer-hint")) }
            }
            div.field {
                label for="field-language" { (t.say("inbox-language")) }
                select #field-language name="language" {
                    @for language in Language::ALL {
                        option value=(language.code()) lang=(language.code()) selected[language == chosen] {
                            (shell::own_name(language))
                        }
                    }
                }
            }
            div.row {
                button.main type="submit" { (t.say("messages-send")) }
                @if it.done.is_none() {
                    button type="submit" formaction=(format!("/messages/{number}/lay-by")) formnovalidate {
                        (t.say("messages-lay-by"))
                    }
                }
            }
        }
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// `POST /messages/{number}/answer`
async fn answer(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let language: Language = fields
        .get("language")
        .parse()
        .map_err(|_| Refusal::Malformed)?;
    let text = fields.get("text").replace("\r\n", "\n");
    let actor = visit.actor()?;
    let answered = visit
        .site
        .ask_both(move |desk, account| {
            let said = (language, text.as_str());
            desk.answer_message(&actor, account, LetterNumber(number), said, show::now())
        })
        .await;
    match answered {
        Ok(_) => {
            if let Some(rounds) = visit.site.rounds() {
                rounds.poke();
            }
            Ok(see("/messages?done=message-answered"))
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(&visit, number, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /messages/{number}/lay-by`
async fn lay_by(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.lay_message_by(&actor, LetterNumber(number), show::now()))
        .await?;
    Ok(see("/messages?done=saved"))
}
