//! People of the register.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::SecretString;
use tidings_protocol::letter::{Evidence, PersonEvent, PersonState};

use super::{
    KEEP, SEE,
    custody::{Letters, merge_form},
    drawers, event_name, grade_name, person_state,
};
use crate::{
    Action, LetterRow, PersonForm, PersonRow, ServiceDetails, Tick,
    web::{
        fields::Fields,
        inbox::state,
        refusal::Refusal,
        routes::{Need, Routes},
        shell::{self, Field, Room},
        show,
        texts::Texts,
        visit::{Visit, see},
    },
};

/// People on one page.
const PAGE: u32 = 50;

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/register", SEE, show_all)
        .get("/register/people/{id}", SEE, show_one)
        .post("/register/people/{id}", KEEP, save)
        .post("/register/people/{id}/state", KEEP, set_state)
        .post("/register/people/{id}/card", KEEP, card)
        .post("/register/people/{id}/service", KEEP, seal)
        .post(
            "/register/people/{id}/open",
            Need::May(&[Action::OpenCompartment]),
            open,
        )
        .post(
            "/register/people/{id}/returned",
            Need::May(&[Action::RecordReturned]),
            returned,
        )
}

/// `GET /register`
async fn show_all(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let search = fields.get("find").to_owned();
    let after = fields.number("after").unwrap_or(0);
    let people = visit
        .site
        .ask(move |desk| desk.people(&actor, &search, after, PAGE))
        .await?;
    let t = &visit.texts;
    let title = t.say("room-register");
    Ok(visit.page(Room::Register, &title, html! {
        div.head {
            h1 { (title) }
            @if visit.may(Action::KeepRegister) {
                span.actions {
                    a.button href="/register/list" { (t.say("parcels-list")) }
                    a.button.main href="/register/people/0" { (t.say("register-add")) }
                }
            }
        }
        (drawers(t, true))
        form.filters method="get" action="/register" role="search" hx-get="/register" hx-target="#list" hx-select="#list"
            hx-swap="outerHTML" hx-trigger="input changed delay:250ms from:#find" {
            div.field.search {
                label for="find" { (t.say("inbox-find")) " " kbd aria-hidden="true" { "/" } }
                input #find type="search" name="find" value=(fields.get("find")) autocomplete="off" spellcheck="false"
                    placeholder=(t.say("register-find-hint"));
            }
            button type="submit" { (t.say("inbox-search")) }
        }
        div #list {
            @if people.is_empty() {
                div.box.empty {
                    @if fields.some("find").is_some() {
                        h2 { (t.say("inbox-nothing-found")) }
                        p { (t.say("register-nothing-found-hint")) }
                    } @else {
                        h2 { (t.say("register-empty")) }
                        p { (t.say("register-empty-hint")) }
                    }
                }
            } @else {
                div.scroll {
                    table.fold {
                        caption.unseen { (t.say("register-people")) }
                        thead {
                            tr {
                                th.number scope="col" { (t.say("inbox-column-number")) }
                                th scope="col" { (t.say("operators-name")) }
                                th scope="col" { (t.say("field-born")) }
                                th scope="col" { (t.say("register-known")) }
                                th scope="col" { (t.say("register-since")) }
                            }
                        }
                        tbody { @for person in &people { (line(t, person)) } }
                    }
                }
                div.pager {
                    span {}
                    @if let Some(last) = people.last().filter(|_| people.len() == PAGE as usize && fields.some("find").is_none()) {
                        a.button rel="next" data-key="n" href=(format!("/register?after={}", last.id)) {
                            (t.say("inbox-next-page")) " " kbd aria-hidden="true" { "N" }
                        }
                    }
                }
            }
        }
    }))
}

fn line(t: &Texts, person: &PersonRow) -> Markup {
    html! {
        tr data-open="" {
            td.number data-label=(t.say("inbox-column-number")) { (person.id) }
            td data-label=(t.say("operators-name")) {
                a.whole href=(format!("/register/people/{}", person.id)) { (person.name) }
                @if let Some(latin) = &person.latin { span.sub { " · " (latin) } }
            }
            td data-label=(t.say("field-born")) { (person.born.clone().unwrap_or_default()) }
            td data-label=(t.say("register-known")) { (person_state(t, person.state)) }
            td data-label=(t.say("register-since")) { (t.short_date(person.since)) }
        }
    }
}

/// `GET /register/people/{id}`; number 0 is the form for somebody new.
async fn show_one(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    one(&visit, id, None, &Fields::default(), None).await
}

pub(super) async fn one(
    visit: &Visit,
    id: u64,
    wrong: Option<&str>,
    kept: &Fields,
    details: Option<&ServiceDetails>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let returns = visit.may(Action::RecordReturned);
    let (person, letters, his) = if id == 0 {
        (None, Vec::new(), None)
    } else {
        let read = visit.site.ask(move |desk| {
            let person = desk.person(&actor, id)?;
            let letters = if returns {
                desk.letters_of_person(&actor, person.id)?
            } else {
                Vec::new()
            };
            let his = Letters::read(desk, &actor, &person)?;
            Ok((Some(person), letters, Some(his)))
        });
        read.await?
    };
    let t = &visit.texts;
    let title = person
        .as_ref()
        .map_or_else(|| t.say("register-new"), |person| person.name.clone());
    let keeps = visit.may(Action::KeepRegister);
    let page = visit.page(
        Room::Register,
        &title,
        html! {
            p { a href="/register" { "← " (t.say("room-register")) } }
            div.head {
                h1 { (title) }
                @if let Some(person) = &person { (person_state(t, person.state)) }
            }
            (shell::wrong(wrong))
            div.columns {
                @if keeps { (person_form(visit, person.as_ref(), kept)) }
                @if let Some(person) = &person {
                    div {
                        (known(visit, person))
                        @if let Some(his) = &his { (his.shown(visit, person)) }
                        (service(visit, person, details))
                    }
                }
            }
            @if let Some(person) = &person {
                @if !letters.is_empty() { (ticks(visit, person, &letters)) }
                @if let Some(his) = &his { (his.closed(visit, person)) }
                (merge_form(visit, person, kept))
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

fn person_form(visit: &Visit, person: Option<&PersonRow>, kept: &Fields) -> Markup {
    let t = &visit.texts;
    let id = person.map_or(0, |person| person.id);
    let value = |name: &str, stored: Option<&str>| {
        if kept.has(name) {
            kept.get(name).to_owned()
        } else {
            stored.unwrap_or_default().to_owned()
        }
    };
    let fields = [
        ("name", "register-name", person.map(|it| it.name.as_str())),
        (
            "latin",
            "register-latin",
            person.and_then(|it| it.latin.as_deref()),
        ),
        (
            "born",
            "field-born",
            person.and_then(|it| it.born.as_deref()),
        ),
        (
            "birthplace",
            "register-birthplace",
            person.and_then(|it| it.birthplace.as_deref()),
        ),
        (
            "parents",
            "register-parents",
            person.and_then(|it| it.parents.as_deref()),
        ),
        (
            "residence",
            "register-residence",
            person.and_then(|it| it.residence.as_deref()),
        ),
        (
            "number",
            "field-number",
            person.and_then(|it| it.number.as_deref()),
        ),
    ];
    html! {
        section.box {
            h2 { (t.say("register-facts")) }
            form method="post" action=(format!("/register/people/{id}")) data-keep=(format!("person-{id}")) {
                (visit.token_field())
                @for (name, label, stored) in fields {
                    (Field {
                        name, label: t.say(label), value: &value(name, stored), required: name == "name",
                        hint: (name == "born").then(|| t.say("register-born-hint")), ..Field::default()
                    })
                }
                p.sub.small { (t.say("register-no-documents")) }
                button.main type="submit" { (t.say("account-save")) }
            }
        }
    }
}

fn known(visit: &Visit, person: &PersonRow) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("register-known")) }
            dl.facts {
                dt { (t.say("register-answer")) }
                dd { (person_state(t, person.state)) }
                @if let Some(event) = person.event { dt { (t.say("register-event")) } dd { (event_name(t, event)) } }
                dt { (t.say("register-grade")) }
                dd { (grade_name(t, person.evidence)) }
                dt { (t.say("register-since")) }
                dd { (t.day(person.since)) }
                @if let Some(card) = person.card { dt { (t.say("register-card")) } dd { (t.day(card)) } }
            }
            @if visit.may(Action::KeepRegister) {
                form method="post" action=(format!("/register/people/{}/state", person.id)) {
                    (visit.token_field())
                    div.row {
                        div.field {
                            label for="field-state" { (t.say("register-answer")) }
                            select #field-state name="state" {
                                @for it in PersonState::ALL {
                                    option value=(it.word()) selected[*it == person.state] { (t.say(&format!("person-{}", it.word()))) }
                                }
                            }
                        }
                        div.field {
                            label for="field-event" { (t.say("register-event")) }
                            select #field-event name="event" {
                                option value="" { (t.say("review-no-route")) }
                                @for it in PersonEvent::ALL {
                                    option value=(it.word()) selected[Some(*it) == person.event] { (event_name(t, *it)) }
                                }
                            }
                        }
                        div.field {
                            label for="field-grade" { (t.say("register-grade")) }
                            select #field-grade name="grade" {
                                @for it in Evidence::ALL {
                                    option value=(it.word()) selected[*it == person.evidence] { (grade_name(t, *it)) }
                                }
                            }
                        }
                    }
                    p.sub.small { (t.say("register-death-hint")) }
                    button type="submit" { (t.say("inbox-record")) }
                }
                @if person.card.is_none() {
                    form method="post" action=(format!("/register/people/{}/card", person.id)) {
                        (visit.token_field())
                        button type="submit" { (t.say("register-card-came")) }
                    }
                }
            }
        }
    }
}

fn service(visit: &Visit, person: &PersonRow, details: Option<&ServiceDetails>) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("service-heading")) }
            p.sub.small { (t.say("service-lead")) }
            @if let Some(details) = details {
                dl.facts {
                    dt { (t.say("service-unit")) } dd { (details.unit) }
                    dt { (t.say("service-rank")) } dd { (details.rank) }
                }
            }
            @if person.has_service_details && visit.may(Action::OpenCompartment) && details.is_none() {
                form method="post" action=(format!("/register/people/{}/open", person.id)) {
                    (visit.token_field())
                    (Field {
                        name: "passphrase", kind: "password", label: t.say("service-passphrase"),
                        hint: Some(t.say("service-passphrase-hint")), ..Field::default()
                    })
                    button type="submit" { (t.say("service-open")) }
                }
            }
            @if visit.may(Action::KeepRegister) {
                details {
                    summary { (t.say("service-seal-heading")) }
                    form method="post" action=(format!("/register/people/{}/service", person.id)) {
                        (visit.token_field())
                        (Field { name: "unit", label: t.say("service-unit"), ..Field::default() })
                        (Field { name: "rank", label: t.say("service-rank"), ..Field::default() })
                        button type="submit" { (t.say("service-seal")) }
                    }
                }
            }
        }
    }
}

/// Letters that went out for a person who came home: he ticks those that reached him.
fn ticks(visit: &Visit, person: &PersonRow, letters: &[LetterRow]) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("returned-heading")) }
            p.sub { (t.say("returned-lead")) }
            form method="post" action=(format!("/register/people/{}/returned", person.id)) data-keep=(format!("returned-{}", person.id)) {
                (visit.token_field())
                div.scroll {
                    table.fold {
                        caption.unseen { (t.say("returned-heading")) }
                        thead {
                            tr {
                                th scope="col" { (t.say("returned-arrived")) }
                                th scope="col" { (t.say("letter-sheet")) }
                                th scope="col" { (t.say("inbox-column-writer")) }
                                th scope="col" { (t.say("letter-received")) }
                                th scope="col" { (t.say("inbox-column-state")) }
                            }
                        }
                        tbody {
                            @for row in letters {
                                tr {
                                    td data-label=(t.say("returned-arrived")) {
                                        @for (value, name) in [("yes", "returned-yes"), ("no", "returned-no"), ("", "returned-unasked")] {
                                            label.inline {
                                                input type="radio" name=(format!("letter-{}", row.number.0)) value=(value) checked[value.is_empty()];
                                                span { (t.say(name)) }
                                            }
                                            " "
                                        }
                                    }
                                    td data-label=(t.say("letter-sheet")) { code { (crate::web::print::sheet(row)) } }
                                    td data-label=(t.say("inbox-column-writer")) { (row.writer) }
                                    td data-label=(t.say("letter-received")) { (t.short_date(row.received)) }
                                    td data-label=(t.say("inbox-column-state")) { (state(t, row.state)) }
                                }
                            }
                        }
                    }
                }
                p { button.main type="submit" { (t.say("inbox-record")) } }
            }
        }
    }
}

pub(super) async fn after(
    visit: &Visit,
    id: u64,
    done: Result<u64, Refusal>,
    fields: &Fields,
) -> Result<Response, Refusal> {
    match done {
        Ok(id) => Ok(see(&format!("/register/people/{id}?done=saved"))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(visit, id, Some(&sentence), fields, None).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /register/people/{id}`
async fn save(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let field = |name: &str| fields.get(name).to_owned();
    let form = PersonForm {
        id,
        name: field("name"),
        latin: field("latin"),
        born: field("born"),
        birthplace: field("birthplace"),
        parents: field("parents"),
        residence: field("residence"),
        number: field("number"),
        ..PersonForm::default()
    };
    let done = visit
        .site
        .ask(move |desk| desk.save_person(&actor, &form, show::now()))
        .await;
    after(&visit, id, done, &fields).await
}

/// `POST /register/people/{id}/state`
async fn set_state(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let known: PersonState = fields
        .get("state")
        .parse()
        .map_err(|_| Refusal::Malformed)?;
    let event: Option<PersonEvent> = fields.get("event").parse().ok();
    let evidence: Evidence = fields
        .get("grade")
        .parse()
        .map_err(|_| Refusal::Malformed)?;
    let done = visit
        .site
        .ask(move |desk| desk.set_person_state(&actor, id, known, event, evidence, show::now()))
        .await;
    after(&visit, id, done.map(|()| id), &Fields::default()).await
}

/// `POST /register/people/{id}/card`
async fn card(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask(move |desk| desk.note_capture_card(&actor, id, show::now()))
        .await;
    after(&visit, id, done.map(|()| id), &Fields::default()).await
}

/// `POST /register/people/{id}/service`
async fn seal(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let details = ServiceDetails {
        unit: fields.get("unit").to_owned(),
        rank: fields.get("rank").to_owned(),
    };
    let done = visit
        .site
        .ask(move |desk| desk.seal_service_details(&actor, id, &details, show::now()))
        .await;
    after(&visit, id, done.map(|()| id), &Fields::default()).await
}

/// `POST /register/people/{id}/open`: shown once, on this page; the compartment is closed again at once.
async fn open(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let passphrase = fields
        .some("passphrase")
        .map(|text| SecretString::from(text.to_owned()));
    let opened = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            let compartment = desk.open_compartment(&actor, passphrase.as_ref(), now)?;
            desk.service_details(&actor, &compartment, id, now)
        })
        .await;
    match opened {
        Ok(details) => one(&visit, id, None, &Fields::default(), details.as_ref()).await,
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(&visit, id, Some(&sentence), &Fields::default(), None).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /register/people/{id}/returned`
async fn returned(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let ticks: Vec<Tick> = fields
        .iter()
        .filter_map(|(name, value)| {
            let letter = name.strip_prefix("letter-")?.parse().ok()?;
            let arrived = match value {
                "yes" => true,
                "no" => false,
                _ => return None,
            };
            Some(Tick {
                letter: tidings_client::LetterNumber(letter),
                arrived,
            })
        })
        .collect();
    let done = visit
        .site
        .ask(move |desk| desk.record_returned(&actor, id, &ticks, show::now()))
        .await;
    if let Some(rounds) = visit.site.rounds() {
        rounds.poke();
    }
    after(&visit, id, done.map(|()| id), &Fields::default()).await
}
