//! Mailbags: sealed post as files, for an office or families without a network (`docs/spec/mailbag.md`). What was brought is taken
//! in, what waits is packed, and it is told which letters were.

mod made;
mod pack;
mod parts;
mod take;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::{Account, ContactNumber, WaitingKind};

pub(crate) use self::parts::forget_broken_off;
use self::{
    pack::Chosen,
    parts::{Begun, begun},
    take::Told,
};
use super::{
    letter::name_of,
    listing,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Room},
    texts::{Texts, args},
    visit::Visit,
};
use crate::{Action, BagTaken, Error, Made, OperatorId};

const NEED: Need = Need::May(&[Action::CarryPost]);
/// Bags that are listed of each kind.
const LISTED: u32 = 20;
/// Bytes of one upload: the largest bag there is, with room for the heads of its parts and of the form.
const UPLOAD_MAX: usize = 34_359_738_368 + 16_777_216;

const TAKEN: [listing::Column; 6] = [
    ("audit-when", false),
    ("audit-who", false),
    ("mailbags-bag", false),
    ("mailbags-letters", true),
    ("mailbags-pictures", true),
    ("mailbags-others", true),
];
const MADE: [listing::Column; 6] = [
    ("audit-when", false),
    ("audit-who", false),
    ("mailbags-bag", false),
    ("mailbags-letters", true),
    ("mailbags-notes", true),
    ("mailbags-files", false),
];

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/mailbags", NEED, show)
        .upload("/mailbags", NEED, UPLOAD_MAX, take::take)
        .post("/mailbags/begun", NEED, take::decide)
        .post("/mailbags/pack", NEED, pack::pack)
        .get("/mailbags/{bag}", NEED, made::show)
        .get("/mailbags/{bag}/parts/{part}", NEED, made::part)
        .post("/mailbags/{bag}/erase", NEED, made::erase)
}

/// `GET /mailbags`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, &[], &Chosen::default()).await
}

/// What the page shows.
struct Shown {
    begun: Vec<Begun>,
    waiting: Vec<Family>,
    taken: Vec<BagTaken>,
    made: Vec<Made>,
    names: Vec<(OperatorId, String)>,
}

/// A family for which something waits.
struct Family {
    contact: ContactNumber,
    name: String,
    /// Letters and notes.
    count: u64,
    /// How many of them a courier was given before.
    carried: u64,
}

async fn page(visit: &Visit, told: &[Told], chosen: &Chosen) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let shown = visit
        .site
        .ask_both(move |desk, account| {
            Ok(Shown {
                begun: begun(&desk.begun_mailbags()),
                waiting: waiting(account)?,
                taken: desk.mailbags_taken(&actor, LISTED)?,
                made: desk.mailbags_made(&actor, LISTED)?,
                names: desk.operator_names()?,
            })
        })
        .await?;
    let t = &visit.texts;
    let title = t.say("mailbags-title");
    let is_wrong = chosen.wrong.is_some() || told.iter().any(Told::is_bad);
    let page = visit.page(Room::Mailbags, &title, html! {
        div.head { h1 { (title) } }
        p.sub { (t.say("mailbags-lead")) }
        @for told in told { (told.notice(t)) }
        (shell::wrong(chosen.wrong.as_deref()))
        div.columns {
            section.box {
                h2 { (t.say("mailbags-take-title")) }
                form method="post" action="/mailbags" enctype="multipart/form-data" {
                    (visit.token_field())
                    div.field {
                        label for="field-parts" { (t.say("mailbags-parts")) }
                        input #field-parts type="file" name="parts" multiple required aria-describedby="parts-hint";
                        p.hint #parts-hint { (t.say("mailbags-parts-hint")) }
                    }
                    button.main type="submit" { (t.say("mailbags-take")) }
                }
                @for bag in &shown.begun { (take::begun_bag(visit, bag)) }
            }
            (pack::form(visit, &shown.waiting, chosen))
        }
        @if !shown.made.is_empty() {
            h2 { (t.say("mailbags-made")) }
            (listing::table(t, &t.say("mailbags-made"), &MADE, &html! {
                @for bag in &shown.made { (made_line(t, bag, &shown.names)) }
            }))
        }
        @if !shown.taken.is_empty() {
            h2 { (t.say("mailbags-taken")) }
            (listing::table(t, &t.say("mailbags-taken"), &TAKEN, &html! {
                @for bag in &shown.taken { (taken_line(t, bag, &shown.names)) }
            }))
        }
    });
    let status = if is_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// What waits for each family, by its name.
fn waiting(account: &Account) -> Result<Vec<Family>, Error> {
    let mut families: Vec<Family> = Vec::new();
    for item in account.outbox()? {
        let (WaitingKind::Letter(_), Some(contact)) = (item.kind, item.to) else {
            continue;
        };
        let carried = u64::from(item.with_courier);
        match families.iter_mut().find(|it| it.contact == contact) {
            Some(family) => {
                family.count += 1;
                family.carried += carried;
            }
            None => families.push(Family {
                contact,
                name: String::new(),
                count: 1,
                carried,
            }),
        }
    }
    if families.is_empty() {
        return Ok(families);
    }
    for contact in account.contacts()? {
        let family = families.iter_mut().find(|it| it.contact == contact.number);
        if let Some(family) = family {
            family.name = contact.name;
        }
    }
    families.sort_by(|a, b| a.name.cmp(&b.name).then(a.contact.cmp(&b.contact)));
    Ok(families)
}

fn who(t: &Texts, operator: Option<OperatorId>, names: &[(OperatorId, String)]) -> String {
    operator.map_or_else(|| t.say("audit-by-itself"), |id| name_of(names, id))
}

fn made_line(t: &Texts, bag: &Made, names: &[(OperatorId, String)]) -> Markup {
    html! {
        tr data-open="" {
            td data-label=(t.say("audit-when")) { (t.moment(bag.at)) }
            td data-label=(t.say("audit-who")) { (who(t, bag.operator, names)) }
            td data-label=(t.say("mailbags-bag")) {
                a.whole href=(format!("/mailbags/{}", bag.number)) { (bag.name) }
            }
            td.number data-label=(t.say("mailbags-letters")) { (t.number(bag.letters)) }
            td.number data-label=(t.say("mailbags-notes")) { (t.number(bag.notices)) }
            td data-label=(t.say("mailbags-files")) { (files(t, bag)) }
        }
    }
}

/// How many files there are, or that they are gone.
fn files(t: &Texts, bag: &Made) -> Markup {
    html! {
        @if bag.part_files().is_empty() { span.sub { (t.say("mailbags-files-gone")) } } @else {
            (t.with("mailbags-files-here", args![count = bag.parts, size = t.size(bag.bytes)]))
        }
    }
}

fn taken_line(t: &Texts, bag: &BagTaken, names: &[(OperatorId, String)]) -> Markup {
    html! {
        tr {
            td data-label=(t.say("audit-when")) { (t.moment(bag.at)) }
            td data-label=(t.say("audit-who")) { (who(t, bag.operator, names)) }
            td data-label=(t.say("mailbags-bag")) { (bag.what.name) }
            td.number data-label=(t.say("mailbags-letters")) { (t.number(bag.what.letters)) }
            td.number data-label=(t.say("mailbags-pictures")) { (t.number(bag.what.pictures)) }
            td.number data-label=(t.say("mailbags-others")) { (t.number(bag.what.others)) }
        }
    }
}
