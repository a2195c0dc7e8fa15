//! Tracing requests: what a family tells, who it may be, what is answered.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::{Contact, ContactNumber, Role};

use super::{KEEP, SEE, drawers, grade_name, person_state};
use crate::{
    Action, PersonCandidate, Request, RequestForm,
    web::{
        fields::Fields,
        listing,
        refusal::Refusal,
        routes::Routes,
        second,
        shell::{self, Field, Room},
        show,
        texts::{Texts, args},
        visit::{Visit, see},
    },
};

/// Requests on one page.
const PAGE: u32 = 50;

const COLUMNS: [listing::Column; 5] = [
    ("inbox-column-number", true),
    ("request-sought", false),
    ("request-enquirer", false),
    ("inbox-column-waits", true),
    ("inbox-column-state", false),
];

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/register/requests", SEE, show_all)
        .get("/register/requests/new", KEEP, show_new)
        .post("/register/requests", KEEP, open)
        .get("/register/requests/{id}", SEE, show_one)
        .post("/register/requests/{id}/confirm", KEEP, confirm)
        .post("/register/requests/{id}/answer", KEEP, answer)
        .post("/register/requests/{id}/close", KEEP, close)
}

/// `GET /register/requests`
async fn show_all(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let after = fields.number("after").unwrap_or(0);
    let open_only = fields.get("which") != "all";
    let requests = visit
        .site
        .ask(move |desk| desk.requests(&actor, open_only, after, PAGE))
        .await?;
    let t = &visit.texts;
    let title = t.say("register-requests");
    let last = requests.last().filter(|_| requests.len() == PAGE as usize);
    let next = last.map(|last| {
        let query = fields.query_with("after", &last.id.to_string());
        format!("/register/requests?{query}")
    });
    Ok(visit.page(Room::Register, &title, html! {
        div.head {
            h1 { (t.say("room-register")) }
            @if visit.may(Action::KeepRegister) {
                a.button.main href="/register/requests/new" { (t.say("request-new")) }
            }
        }
        (drawers(t, false))
        p {
            @if open_only { a href="/register/requests?which=all" { (t.say("request-show-all")) } }
            @else { a href="/register/requests" { (t.say("request-show-open")) } }
        }
        @if requests.is_empty() {
            div.box.empty { h2 { (t.say("request-empty")) } p { (t.say("request-empty-hint")) } }
        } @else {
            (listing::table(t, &title, &COLUMNS, &html! { @for request in &requests { (line(t, request)) } }))
            (listing::next(t, next.as_deref()))
        }
    }))
}

fn line(t: &Texts, request: &Request) -> Markup {
    html! {
        tr data-open="" {
            td.number data-label=(t.say("inbox-column-number")) { (request.id) }
            td data-label=(t.say("request-sought")) {
                a.whole href=(format!("/register/requests/{}", request.id)) { (request.form.name) }
                @if !request.form.born.is_empty() { span.sub { ", " (request.form.born) } }
            }
            td data-label=(t.say("request-enquirer")) { (request.form.enquirer) ", " (request.form.relation) }
            td.number data-label=(t.say("inbox-column-waits")) { (t.since(request.opened)) }
            td data-label=(t.say("inbox-column-state")) { (standing(t, request)) }
        }
    }
}

fn standing(t: &Texts, request: &Request) -> Markup {
    html! {
        @if request.closed.is_some() { span.state.wait { (t.say("request-closed")) } }
        @else if request.sent.is_some() { span.state.done { (t.say("request-answered")) } }
        @else if request.answer.is_some() { span.state.half { (t.say("request-answer-waits")) } }
        @else if request.person.is_some() { span.state.half { (t.say("request-confirmed")) } }
        @else { span.state.new { (t.say("request-open")) } }
    }
}

/// What a family tells: name in the form, label.
const FORM: [(&str, &str); 10] = [
    ("enquirer", "request-enquirer"),
    ("relation", "request-relation"),
    ("name", "register-name"),
    ("latin", "register-latin"),
    ("born", "field-born"),
    ("birthplace", "register-birthplace"),
    ("parents", "register-parents"),
    ("residence", "register-residence"),
    ("last-contact", "request-last-contact"),
    ("marks", "request-marks"),
];

/// `GET /register/requests/new`
async fn show_new(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    form(&visit, &fields, None).await
}

async fn form(visit: &Visit, kept: &Fields, wrong: Option<&str>) -> Result<Response, Refusal> {
    let contacts: Vec<Contact> = visit
        .site
        .ask_both(|_, account| Ok(account.contacts()?))
        .await?;
    let t = &visit.texts;
    let title = t.say("request-new");
    let chosen: Option<u64> = kept.number("contact");
    let page = visit.page(Room::Register, &title, html! {
        p { a href="/register/requests" { "← " (t.say("register-requests")) } }
        h1 { (title) }
        (shell::wrong(wrong))
        form.box method="post" action="/register/requests" data-keep="request-new" {
            (visit.token_field())
            div.field {
                label for="field-contact" { (t.say("letter-family")) }
                select #field-contact name="contact" required {
                    option value="" { (t.say("request-choose-family")) }
                    @for contact in contacts.iter().filter(|contact| contact.role == Role::Family) {
                        option value=(contact.number.0) selected[chosen == Some(contact.number.0)] { (contact.name) }
                    }
                }
                p.hint { (t.say("request-family-hint")) }
            }
            @for (name, label) in FORM {
                (Field {
                    name, label: t.say(label), value: kept.get(name), required: name == "name" || name == "enquirer",
                    hint: (name == "born").then(|| t.say("register-born-hint")), ..Field::default()
                })
            }
            fieldset {
                legend { (t.say("request-consents")) }
                @for (name, label) in [("search", "request-may-search"), ("share", "request-may-share"), ("publish", "request-may-publish")] {
                    div {
                        label.inline {
                            input type="checkbox" name=(name) value="yes" checked[kept.has(name)];
                            span { (t.say(label)) }
                        }
                    }
                }
            }
            p.sub.small { (t.say("register-no-documents")) }
            button.main type="submit" { (t.say("request-open-submit")) }
        }
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// `POST /register/requests`
async fn open(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let Some(contact) = fields.number("contact").map(ContactNumber) else {
        let sentence = visit.texts.say("request-choose-family");
        return form(&visit, &fields, Some(&sentence)).await;
    };
    let field = |name: &str| fields.get(name).to_owned();
    let told = RequestForm {
        enquirer: field("enquirer"),
        relation: field("relation"),
        name: field("name"),
        latin: field("latin"),
        born: field("born"),
        birthplace: field("birthplace"),
        parents: field("parents"),
        residence: field("residence"),
        last_contact: field("last-contact"),
        marks: field("marks"),
        may_search: fields.has("search"),
        may_share: fields.has("share"),
        may_publish: fields.has("publish"),
    };
    let actor = visit.actor()?;
    let opened = visit
        .site
        .ask(move |desk| desk.open_request(&actor, contact, &told, show::now()))
        .await;
    match opened {
        Ok(id) => Ok(see(&format!("/register/requests/{id}"))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            form(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `GET /register/requests/{id}`
async fn show_one(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    one(&visit, id, &Fields::default(), None).await
}

async fn one(
    visit: &Visit,
    id: u64,
    kept: &Fields,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (request, candidates) = visit
        .site
        .ask(move |desk| Ok((desk.request(&actor, id)?, desk.candidates(&actor, id)?)))
        .await?;
    let t = &visit.texts;
    let title = t.with(
        "request-title",
        args![number = id, name = request.form.name.clone()],
    );
    let told = [
        ("request-enquirer", &request.form.enquirer),
        ("request-relation", &request.form.relation),
        ("register-name", &request.form.name),
        ("register-latin", &request.form.latin),
        ("field-born", &request.form.born),
        ("register-birthplace", &request.form.birthplace),
        ("register-parents", &request.form.parents),
        ("register-residence", &request.form.residence),
        ("request-last-contact", &request.form.last_contact),
        ("request-marks", &request.form.marks),
    ];
    let page = visit.page(Room::Register, &title, html! {
        p { a href="/register/requests" { "← " (t.say("register-requests")) } }
        div.head { h1 { (title) } (standing(t, &request)) }
        (shell::wrong(wrong))
        div.beside {
            section.box {
                h2 { (t.say("request-candidates")) }
                p.sub { (t.say("request-candidates-lead")) }
                @if candidates.is_empty() { p { (t.say("request-nobody")) } }
                @for candidate in &candidates { (possible(visit, &request, candidate, kept)) }
            }
            div {
                section.box {
                    h2 { (t.say("request-told")) }
                    dl.facts {
                        @for (label, value) in told.iter().filter(|(_, value)| !value.is_empty()) {
                            dt { (t.say(label)) }
                            dd { (value) }
                        }
                    }
                    p.small {
                        @for (may, label) in [
                            (request.form.may_search, "request-may-search"), (request.form.may_share, "request-may-share"),
                            (request.form.may_publish, "request-may-publish"),
                        ] {
                            span.state.(if may { "done" } else { "bad" }) { (t.say(label)) }
                            br;
                        }
                    }
                }
                (answering(visit, &request))
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

fn possible(
    visit: &Visit,
    request: &Request,
    candidate: &PersonCandidate,
    kept: &Fields,
) -> Markup {
    let t = &visit.texts;
    let person = &candidate.person;
    let is_confirmed = request.person == Some(person.id);
    let reasons = |against: bool| {
        candidate
            .found
            .reasons
            .iter()
            .filter(move |reason| reason.is_against() == against)
            .map(|reason| {
                t.find(&format!("match-{}", reason.key()), &[])
                    .unwrap_or_else(|| reason.key().to_owned())
            })
            .collect::<Vec<_>>()
            .join("; ")
    };
    let (for_it, against) = (reasons(false), reasons(true));
    html! {
        div.box {
            div.head {
                h3 {
                    a href=(format!("/register/people/{}", person.id)) { (person.name) }
                    @if let Some(born) = &person.born { ", " (born) }
                }
                @if is_confirmed { span.state.done { (t.say("request-is-the-one")) } }
                @else { span.tag { (t.say(strength(candidate))) } }
            }
            p.small { span.state.done { (t.say("request-for")) ":" } " " (for_it) }
            @if !against.is_empty() { p.small { span.state.warn { (t.say("request-against")) ":" } " " (against) } }
            p { (person_state(t, person.state)) }
            @if !is_confirmed && request.closed.is_none() && visit.may(Action::KeepRegister) {
                details {
                    summary { (t.say("request-confirm-heading")) }
                    form method="post" action=(format!("/register/requests/{}/confirm", request.id)) {
                        (visit.token_field())
                        input type="hidden" name="person" value=(person.id);
                        (second::fields(visit, kept, &t.say("request-second-hint"), false))
                        button type="submit" { (t.say("request-confirm")) }
                    }
                }
            }
        }
    }
}

fn strength(candidate: &PersonCandidate) -> &'static str {
    use tidings_names::Strength;
    match candidate.found.strength() {
        Strength::Weak => "match-weak",
        Strength::Possible => "match-possible",
        Strength::Likely => "match-likely",
        Strength::Strong => "match-strong",
    }
}

fn answering(visit: &Visit, request: &Request) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("request-answer-heading")) }
            @if let Some((state, evidence)) = &request.answer {
                p { (person_state(t, *state)) }
                p.sub.small { (grade_name(t, *evidence)) }
            }
            @if request.closed.is_none() && visit.may(Action::KeepRegister) {
                form method="post" action=(format!("/register/requests/{}/answer", request.id)) {
                    (visit.token_field())
                    div.row {
                        @if request.person.is_some() {
                            button.main type="submit" { (t.say("request-answer")) }
                        }
                        button type="submit" name="nothing" value="yes" { (t.say("request-answer-nothing")) }
                    }
                    p.sub.small { (t.say("request-answer-hint")) }
                }
                form method="post" action=(format!("/register/requests/{}/close", request.id)) {
                    (visit.token_field())
                    button type="submit" { (t.say("request-close")) }
                }
            }
        }
    }
}

async fn after(
    visit: &Visit,
    id: u64,
    done: Result<(), Refusal>,
    fields: &Fields,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => {
            if let Some(rounds) = visit.site.rounds() {
                rounds.poke();
            }
            Ok(see(&format!("/register/requests/{id}?done=saved")))
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(visit, id, fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /register/requests/{id}/confirm`
async fn confirm(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let person = fields.number("person").ok_or(Refusal::Malformed)?;
    let wish = fields.clone();
    let done = visit
        .site
        .ask(move |desk| {
            second::with(desk, &wish, |second| {
                desk.confirm_match(&actor, second, id, person, show::now())
            })
        })
        .await;
    after(&visit, id, done, &fields).await
}

/// `POST /register/requests/{id}/answer`
async fn answer(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let nothing = fields.has("nothing");
    let done = visit
        .site
        .ask(move |desk| desk.answer_request(&actor, id, nothing, show::now()))
        .await;
    after(&visit, id, done, &fields).await
}

/// `POST /register/requests/{id}/close`
async fn close(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask(move |desk| desk.close_request(&actor, id, show::now()))
        .await;
    after(&visit, id, done, &Fields::default()).await
}
