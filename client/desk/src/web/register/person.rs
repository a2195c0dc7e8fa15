//! One person of the register: who it is, what is known and how, unit and rank in their compartment.

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
    event_name, grade_name, person_state, returned,
};
use crate::{
    Action, PersonForm, PersonPast, PersonRow, ServiceDetails,
    web::{
        fields::Fields,
        refusal::Refusal,
        routes::{Need, Routes},
        shell::{self, Field, Room},
        show,
        texts::args,
        visit::{Visit, see},
    },
};

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/register/people/{id}", SEE, show)
        .post("/register/people/{id}", KEEP, save)
        .post("/register/people/{id}/state", KEEP, set_state)
        .post("/register/people/{id}/card", KEEP, card)
        .post("/register/people/{id}/service", KEEP, seal)
        .post(
            "/register/people/{id}/service/erase",
            Need::May(&[Action::OpenCompartment]),
            erase,
        )
        .post(
            "/register/people/{id}/open",
            Need::May(&[Action::OpenCompartment]),
            open,
        )
}

/// `GET /register/people/{id}`; number 0 is the form for somebody new.
async fn show(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
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
    let (person, letters, his, past) = if id == 0 {
        (None, Vec::new(), None, PersonPast::default())
    } else {
        let read = visit.site.ask(move |desk| {
            let person = desk.open_person(&actor, id, show::now())?;
            let past = desk.person_past(&actor, person.id)?;
            let letters = if returns {
                desk.letters_of_person(&actor, person.id)?
            } else {
                Vec::new()
            };
            let his = Letters::read(desk, &actor, &person)?;
            Ok((Some(person), letters, Some(his), past))
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
                        (known(visit, person, &past))
                        @if let Some(his) = &his { (his.shown(visit, person)) }
                        (service(visit, person, details))
                    }
                }
            }
            @if let Some(person) = &person {
                // Nobody is asked which letters arrived before he is home.
                @if person.state == PersonState::Released {
                    @if !letters.is_empty() { (returned::ticks(visit, person, &letters)) }
                    @if let Some(his) = &his { (his.closed(visit, person)) }
                }
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

fn known(visit: &Visit, person: &PersonRow, past: &PersonPast) -> Markup {
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
            (before(visit, person, past))
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
                    @if person.state != PersonState::Released { p.sub.small { (t.say("register-home-hint")) } }
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

/// What was written down earlier, and the records that became part of this one: a merge hides nothing.
fn before(visit: &Visit, person: &PersonRow, past: &PersonPast) -> Markup {
    let t = &visit.texts;
    html! {
        @if past.states.len() > 1 || !past.records.is_empty() {
            details open[!past.records.is_empty()] {
                summary { (t.say("person-past")) }
                ul.hints {
                    @for entry in past.states.iter().rev() {
                        li.row.middle {
                            span.sub { (t.day(entry.at)) }
                            (person_state(t, entry.state))
                            @if let Some(event) = entry.event { strong { (event_name(t, event)) } }
                            span.sub { (grade_name(t, entry.evidence)) }
                            @if entry.record != person.id {
                                span.sub { (t.with("person-past-record", args![number = entry.record])) }
                            }
                        }
                    }
                }
                @if !past.records.is_empty() {
                    h3 { (t.say("person-past-records")) }
                    ul.hints {
                        @for record in &past.records {
                            li {
                                (t.with("person-past-record", args![number = record.id])) ": " (record.name)
                                @for text in [&record.latin, &record.born, &record.birthplace, &record.parents, &record.residence, &record.number]
                                    .into_iter().flatten() { ", " (text) }
                            }
                        }
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
                form method="post" action=(format!("/register/people/{}/service/erase", person.id)) {
                    (visit.token_field())
                    p.sub.small { (t.say("service-erase-hint")) }
                    (Field {
                        name: "passphrase", kind: "password", label: t.say("service-passphrase"),
                        hint: Some(t.say("service-passphrase-hint")), ..Field::default()
                    })
                    button.grave type="submit" { (t.say("service-erase")) }
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
                        p.sub.small { (t.say("service-seal-hint")) }
                        button type="submit" { (t.say("service-seal")) }
                    }
                }
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

/// `POST /register/people/{id}/service/erase`: with the compartment opened for this one act.
async fn erase(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let passphrase = fields
        .some("passphrase")
        .map(|text| SecretString::from(text.to_owned()));
    let done = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            let compartment = desk.open_compartment(&actor, passphrase.as_ref(), now)?;
            desk.erase_service_details(&actor, &compartment, id, now)
        })
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
