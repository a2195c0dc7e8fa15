//! The people of the register, found by their names.

use axum::response::Response;
use maud::{Markup, html};

use super::{SEE, drawers, event_name, grade_name, person_state};
use crate::{
    Action, PersonRow,
    parcels::quoted,
    web::{
        card::saved,
        fields::Fields,
        listing,
        refusal::Refusal,
        routes::{Need, Routes},
        shell::Room,
        show,
        texts::Texts,
        visit::Visit,
    },
};

/// People on one page.
const PAGE: u32 = 50;

const COLUMNS: [listing::Column; 5] = [
    ("inbox-column-number", true),
    ("operators-name", false),
    ("field-born", false),
    ("register-known", false),
    ("register-since", false),
];

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/register", SEE, show).get(
        "/register/people.csv",
        Need::May(&[Action::BackUp]),
        export,
    )
}

/// `GET /register`
async fn show(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let search = fields.get("find").to_owned();
    let after = fields.number("after").unwrap_or(0);
    let people = visit
        .site
        .ask(move |desk| desk.look_through_people(&actor, &search, after, PAGE, show::now()))
        .await?;
    let t = &visit.texts;
    let title = t.say("room-register");
    let last = people
        .last()
        .filter(|_| people.len() == PAGE as usize && fields.some("find").is_none());
    let next = last.map(|last| format!("/register?after={}", last.id));
    Ok(visit.page(Room::Register, &title, html! {
        div.head {
            h1 { (title) }
            @if visit.may(Action::KeepRegister) {
                span.actions {
                    @if visit.may(Action::BackUp) {
                        a.button href="/register/people.csv" download="register.csv" { (t.say("register-export")) }
                    }
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
                (listing::table(t, &t.say("register-people"), &COLUMNS, &html! {
                    @for person in &people { (line(t, person)) }
                }))
                (listing::next(t, next.as_deref()))
            }
        }
    }))
}

/// `GET /register/people.csv`: begins with the mark by which spreadsheets know UTF-8.
async fn export(visit: Visit) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let people = visit
        .site
        .ask(move |desk| desk.export_people(&actor, show::now()))
        .await?;
    let name = format!("register-{}.csv", show::today());
    let text = csv(&visit.texts, &people);
    Ok(saved(text.into_bytes(), "text/csv; charset=utf-8", &name))
}

fn csv(t: &Texts, people: &[PersonRow]) -> String {
    let heads = [
        "inbox-column-number",
        "register-name",
        "register-latin",
        "field-born",
        "register-birthplace",
        "register-parents",
        "register-residence",
        "field-number",
        "register-known",
        "register-event",
        "register-grade",
        "register-since",
    ];
    let line = |fields: [String; 12]| fields.map(|field| quoted(&field)).join(",") + "\r\n";
    let mut text = String::from("\u{feff}") + &line(heads.map(|head| t.say(head)));
    for person in people {
        let known = |field: &Option<String>| field.clone().unwrap_or_default();
        text.push_str(&line([
            person.id.to_string(),
            person.name.clone(),
            known(&person.latin),
            known(&person.born),
            known(&person.birthplace),
            known(&person.parents),
            known(&person.residence),
            known(&person.number),
            t.say(&format!("person-{}", person.state.word())),
            person
                .event
                .map_or_else(String::new, |event| event_name(t, event)),
            grade_name(t, person.evidence),
            t.short_date(person.since),
        ]));
    }
    text
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
