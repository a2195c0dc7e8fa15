//! Somebody came home and says which letters reached him.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use tidings_client::LetterNumber;

use super::person;
use crate::{
    Action, LetterRow, PersonRow, Tick,
    web::{
        fields::Fields,
        inbox::state,
        listing,
        print::sheet,
        refusal::Refusal,
        routes::{Need, Routes},
        show,
        visit::Visit,
    },
};

const COLUMNS: [listing::Column; 5] = [
    ("returned-arrived", false),
    ("letter-sheet", false),
    ("inbox-column-writer", false),
    ("letter-received", false),
    ("inbox-column-state", false),
];

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.post(
        "/register/people/{id}/returned",
        Need::May(&[Action::RecordReturned]),
        returned,
    )
}

/// Letters that went out for a person who came home: he ticks those that reached him.
pub(super) fn ticks(visit: &Visit, person: &PersonRow, letters: &[LetterRow]) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("returned-heading")) }
            p.sub { (t.say("returned-lead")) }
            form method="post" action=(format!("/register/people/{}/returned", person.id)) data-keep=(format!("returned-{}", person.id)) {
                (visit.token_field())
                (listing::table(t, &t.say("returned-heading"), &COLUMNS, &html! {
                    @for row in letters { (line(visit, row)) }
                }))
                p { button.main type="submit" { (t.say("inbox-record")) } }
            }
        }
    }
}

fn line(visit: &Visit, row: &LetterRow) -> Markup {
    let t = &visit.texts;
    html! {
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
            td data-label=(t.say("letter-sheet")) { code { (sheet(row)) } }
            td data-label=(t.say("inbox-column-writer")) { (row.writer) }
            td data-label=(t.say("letter-received")) { (t.short_date(row.received)) }
            td data-label=(t.say("inbox-column-state")) { (state(t, row.state)) }
        }
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
                letter: LetterNumber(letter),
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
    person::after(&visit, id, done.map(|()| id), &Fields::default()).await
}
