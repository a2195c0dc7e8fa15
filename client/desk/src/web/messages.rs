//! What families write to the office itself, and what a person of the office answers. A letter that names nobody is here too,
//! until somebody says for whom it is.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::{Contact, LetterNumber};
use tidings_protocol::language::Language;

use super::{
    fields::Fields,
    letter, listing,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Field, Room},
    show,
    texts::args,
    visit::{Visit, see},
};
use crate::{Action, EnclosureInfo, Message};

const NEED: Need = Need::May(&[Action::Write]);
/// Messages on one page.
const PAGE: u32 = 50;
/// People for whom the family wrote before, that are offered.
const OFFERED: u32 = 10;

const COLUMNS: [listing::Column; 4] = [
    ("inbox-column-number", true),
    ("inbox-column-writer", false),
    ("messages-text", false),
    ("inbox-column-waits", true),
];

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/messages", NEED, show)
        .get("/messages/{number}", NEED, show_one)
        .get("/messages/{number}/pictures/{place}", NEED, picture)
        .post("/messages/{number}/answer", NEED, answer)
        .post("/messages/{number}/lay-by", NEED, lay_by)
        .post("/messages/{number}/address", NEED, address)
        .post(
            "/messages/{number}/verify",
            Need::May(&[Action::KeepContacts]),
            verify,
        )
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
    let last = messages.last().filter(|_| messages.len() == PAGE as usize);
    let next = last.map(|last| {
        let query = fields.query_with("after", &last.number.0.to_string());
        format!("/messages?{query}")
    });
    Ok(visit.page(
        Room::Messages,
        &title,
        html! {
            div.head { h1 { (title) } }
            p {
                @if waiting { a href="/messages?which=all" { (t.say("messages-show-all")) } }
                @else { a href="/messages" { (t.say("messages-show-waiting")) } }
            }
            @if messages.is_empty() {
                div.box.empty { h2 { (t.say("messages-empty")) } p { (t.say("messages-empty-hint")) } }
            } @else {
                (listing::table(t, &title, &COLUMNS, &html! { @for it in &messages { (line(&visit, it)) } }))
                (listing::next(t, next.as_deref()))
            }
        },
    ))
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
            td data-label=(t.say("messages-text")) {
                @if it.erased.is_some() { span.sub { (t.say("messages-erased")) } } @else { (beginning) }
            }
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

/// What the page of a message shows.
struct Opened {
    message: Message,
    enclosures: Vec<EnclosureInfo>,
    contact: Option<Contact>,
    /// For whom the family wrote before.
    people: Vec<String>,
}

async fn one(
    visit: &Visit,
    number: u64,
    kept: &Fields,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let opened = visit
        .site
        .ask_both(move |desk, account| {
            let number = LetterNumber(number);
            let message = desk.message(&actor, number, show::now())?;
            Ok(Opened {
                enclosures: desk.message_enclosures(&actor, account, number)?,
                contact: account.contact(message.contact).ok(),
                people: desk.addressees_of(&actor, message.contact, OFFERED)?,
                message,
            })
        })
        .await?;
    let t = &visit.texts;
    let it = &opened.message;
    let title = t.with("messages-one", args![name = it.writer.clone()]);
    let page = visit.page(Room::Messages, &title, html! {
        p { a href="/messages" { "← " (t.say("messages-title")) } }
        div.head { h1 { (title) } span.sub { (t.moment(it.received)) } }
        (shell::wrong(wrong))
        div.beside {
            div {
                @if it.erased.is_some() { div.notice { p { (t.say("messages-erased")) } } }
                @else if it.text.is_empty() { div.notice { p { (t.say("letter-no-text")) } } }
                @else { article.letter-text aria-label=(t.say("messages-text")) { (it.text) } }
                (letter::pictures(t, &opened.enclosures, &format!("/messages/{number}"), it.erased.is_some()))
                (answer_form(visit, it, kept))
            }
            div {
                @if let Some(contact) = &opened.contact {
                    section.box {
                        h2 { (t.say("letter-family")) }
                        dl.facts {
                            dt { (t.say("inbox-column-writer")) }
                            dd { (it.writer) }
                            (letter::trust(t, contact))
                        }
                        (letter::verify_form(visit, Some(contact), &format!("/messages/{number}/verify")))
                    }
                }
                @if it.unaddressed && it.erased.is_none() { (address_form(visit, it, &opened.people, kept)) }
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

fn answer_form(visit: &Visit, it: &Message, kept: &Fields) -> Markup {
    let t = &visit.texts;
    let number = it.number.0;
    let chosen: Language = kept
        .get("language")
        .parse()
        .unwrap_or_else(|_| t.language());
    html! {
        form.box method="post" action=(format!("/messages/{number}/answer")) data-keep=(format!("message-{number}")) {
            (visit.token_field())
            div.field {
                label for="field-text" { (t.say("messages-answer")) }
                textarea #field-text name="text" rows="6" required aria-describedby="text-hint" { (kept.get("text")) }
                p.hint #text-hint { (t.say("messages-answer-hint")) }
            }
            div.field {
                label for="field-language" { (t.say("messages-language")) }
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
    }
}

/// It may be a letter to a captive whose writer forgot to say to whom.
fn address_form(visit: &Visit, it: &Message, people: &[String], kept: &Fields) -> Markup {
    let t = &visit.texts;
    let number = it.number.0;
    html! {
        section.box {
            h2 { (t.say("messages-address")) }
            p.sub.small { (t.say("messages-address-lead")) }
            form method="post" action=(format!("/messages/{number}/address")) data-keep=(format!("address-{number}")) {
                (visit.token_field())
                (Field {
                    name: "person", label: t.say("messages-address-person"), value: kept.get("person"), required: true,
                    hint: Some(t.say("messages-address-hint")), ..Field::default()
                })
                button type="submit" { (t.say("messages-address-submit")) }
            }
            @if !people.is_empty() {
                p.small { (t.say("messages-address-before")) }
                @for person in people {
                    form method="post" action=(format!("/messages/{number}/address")) {
                        (visit.token_field())
                        input type="hidden" name="person" value=(person);
                        button.plain type="submit" { (person) }
                    }
                }
            }
        }
    }
}

/// `GET /messages/{number}/pictures/{place}`
async fn picture(
    visit: Visit,
    Path((number, place)): Path<(u64, u32)>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let picture = visit
        .site
        .ask_both(move |desk, account| {
            desk.message_picture(&actor, account, LetterNumber(number), place)
        })
        .await?;
    Ok(letter::file(picture.bytes))
}

/// What the domain said to a form of a message's page: the page again with a sentence, or the way on.
async fn after(
    visit: &Visit,
    number: u64,
    done: Result<(), Refusal>,
    fields: &Fields,
    way: &str,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => {
            if let Some(rounds) = visit.site.rounds() {
                rounds.poke();
            }
            Ok(see(way))
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(visit, number, fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
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
    let way = "/messages?done=message-answered";
    after(&visit, number, answered.map(drop), &fields, way).await
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

/// `POST /messages/{number}/address`: it is a letter, to this person.
async fn address(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let person = fields.get("person").to_owned();
    let done = visit
        .site
        .ask_both(move |desk, account| {
            desk.address_message(&actor, account, LetterNumber(number), &person, show::now())
        })
        .await;
    let way = format!("/letters/{number}?done=message-addressed");
    after(&visit, number, done, &fields, &way).await
}

/// `POST /messages/{number}/verify`
async fn verify(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask_both(move |desk, account| {
            let now = show::now();
            let contact = desk.message(&actor, LetterNumber(number), now)?.contact;
            desk.verify_family(&actor, account, contact, now)
        })
        .await;
    let way = format!("/messages/{number}?done=verified");
    after(&visit, number, done, &Fields::default(), &way).await
}
