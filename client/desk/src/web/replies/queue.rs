//! Pages that wait for a person, who sees the page large, types the number that stands on it, sees to whom it leads, and says
//! that it belongs there (PAPER-4).

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_paper::number::{NumberError, SheetNumber};

use super::{PAGES_MAX, QUEUE};
use crate::{
    Aside, PageState, QueuedPage, SheetOwner,
    web::{
        fields::Fields,
        letter,
        print::sheet_digits,
        refusal::Refusal,
        shell::{Field, Room},
        show,
        texts::{Texts, args},
        visit::{Visit, see},
    },
};

/// What was typed about the first page of the queue.
#[derive(Default)]
struct Typed {
    fields: Fields,
    /// What is wrong with it.
    wrong: Option<String>,
    /// To whom the number leads, once it is right.
    owner: Option<SheetOwner>,
}

/// `GET /replies/queue`
pub(super) async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, &Typed::default()).await
}

async fn page(visit: &Visit, typed: &Typed) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let pages = visit
        .site
        .ask(move |desk| desk.queued_pages(&actor, QUEUE))
        .await?;
    let t = &visit.texts;
    let title = t.say("replies-queue");
    let page = visit.page(
        Room::Replies,
        &title,
        html! {
            p { a href="/replies" { "← " (t.say("room-replies")) } }
            div.head {
                h1 { (title) }
                @if !pages.is_empty() { span.sub { (t.count("replies-left", pages.len() as u64)) } }
            }
            @match pages.first() {
                None => div.box.empty {
                    h2 { (t.say("replies-queue-empty")) }
                    p { a.button href="/replies" { (t.say("room-replies")) } }
                },
                Some(first) => (one(visit, first, typed)),
            }
        },
    );
    let status = if typed.wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn one(visit: &Visit, page: &QueuedPage, typed: &Typed) -> Markup {
    let t = &visit.texts;
    let address = format!("/replies/pages/{}", page.id);
    let word = page.state.word();
    html! {
        div.beside {
            @if page.state == PageState::Broken {
                div.box.empty { p { (t.say("page-broken-nothing")) } }
            } @else {
                a href=(address) target="_blank" rel="noopener" {
                    img.sheet src=(address) alt=(t.say("replies-page-picture"));
                }
            }
            section.box {
                h2 { (t.say(&format!("page-{word}"))) }
                p.sub { (t.say(&format!("page-{word}-hint"))) }
                p.small {
                    a href=(format!("/replies/files/{}", page.scan)) { (page.file) }
                    ", " (t.with("replies-page-of-file", args![page = page.place + 1]))
                }
                @if let Some((sheet, number, pages)) = page.said {
                    p { (t.with("replies-said", args![sheet = sheet_digits(sheet), page = number, pages = pages])) }
                }
                // A picture of several sheets belongs to nobody: there is no number to type.
                @if page.state != PageState::Several {
                    form method="post" action=(address) {
                        (visit.token_field())
                        @match &typed.owner {
                            Some(owner) => (confirm(t, owner, &typed.fields)),
                            None => (ask(t, page, typed)),
                        }
                    }
                }
                (aside(visit, page, &address))
            }
        }
    }
}

/// The number and the page are asked for.
fn ask(t: &Texts, page: &QueuedPage, typed: &Typed) -> Markup {
    let said = page.said.filter(|_| page.state != PageState::Returned);
    let sheet = match (typed.fields.some("sheet"), said) {
        (Some(kept), _) => kept.to_owned(),
        (None, Some((sheet, ..))) => sheet_digits(sheet),
        (None, None) => String::new(),
    };
    let chosen = |name: &str, said: Option<u8>, value: u8| {
        typed.fields.number::<u8>(name).or(said).unwrap_or(1) == value
    };
    html! {
        (Field {
            name: "sheet", label: t.say("replies-number"), value: &sheet, focus: true, digits: true,
            hint: Some(t.say("replies-number-hint")), wrong: typed.wrong.clone(), ..Field::default()
        })
        @if let Some(near) = page.near {
            p.hint { (t.with("replies-near", args![sheet = sheet_digits(near)])) }
        }
        div.row {
            @for (name, label, said) in [
                ("page", "replies-page", said.map(|(_, page, _)| page)),
                ("pages", "replies-of", said.map(|(_, _, pages)| pages)),
            ] {
                div.field {
                    label for=(format!("field-{name}")) { (t.say(label)) }
                    select id=(format!("field-{name}")) name=(name) {
                        @for number in 1..=PAGES_MAX {
                            option value=(number) selected[chosen(name, said, number)] { (number) }
                        }
                    }
                }
            }
        }
        p.hint { (t.say("replies-page-hint")) }
        button.main type="submit" { (t.say("replies-whose")) }
    }
}

/// To whom the number leads is shown beside the page, and a person says that it is so.
fn confirm(t: &Texts, owner: &SheetOwner, fields: &Fields) -> Markup {
    let (page, pages) = pages_of(fields).unwrap_or((1, 1));
    let is_there = owner.there.contains(&page);
    html! {
        @for name in ["sheet", "page", "pages"] {
            input type="hidden" name=(name) value=(fields.get(name));
        }
        input type="hidden" name="sure" value="yes";
        p { strong { (fields.get("sheet")) } ", " (t.with("replies-page-number", args![page = page, pages = pages])) }
        dl.facts {
            dt { (t.say("replies-answers-who")) } dd { (owner.addressee.clone().unwrap_or_default()) }
            dt { (t.say("replies-answers-whom")) } dd { (owner.writer) }
            dt { (t.say("replies-answers")) } dd { (t.number(owner.letter.0)) }
        }
        p { (t.say("replies-compare")) }
        @if is_there {
            div.notice.warn { (t.with("replies-is-there", args![page = page])) }
            p {
                label.inline {
                    input type="checkbox" name="anew" value="yes" required;
                    span { (t.say("replies-anew")) }
                }
            }
        }
        div.row {
            button.main type="submit" { (t.say("replies-place")) }
            a.button href="/replies/queue" { (t.say("replies-not-so")) }
        }
    }
}

/// What else can be done with the page.
fn aside(visit: &Visit, page: &QueuedPage, address: &str) -> Markup {
    let t = &visit.texts;
    let choices: &[(Aside, &str)] = match page.state {
        PageState::Doubled => &[
            (Aside::Double, "replies-aside-double"),
            (Aside::NoReply, "replies-aside-no-reply"),
        ],
        PageState::Returned | PageState::Foreign | PageState::Several => {
            &[(Aside::NoReply, "replies-aside-seen")]
        }
        PageState::Broken => &[(Aside::NoReply, "replies-aside-broken")],
        PageState::Unread | PageState::Differ | PageState::Counts => &[
            (Aside::Blank, "replies-aside-blank"),
            (Aside::NoReply, "replies-aside-no-reply"),
        ],
    };
    html! {
        form method="post" action=(address) {
            (visit.token_field())
            div.row {
                @for (aside, label) in choices {
                    button type="submit" name="discard" value=(aside.word()) { (t.say(label)) }
                }
            }
            p.hint { (t.say("replies-aside-hint")) }
        }
        @if page.state == PageState::Doubled {
            form method="post" action=(format!("/replies/files/{}", page.scan)) {
                (visit.token_field())
                button type="submit" name="what" value="doubles" { (t.say("replies-doubles")) }
            }
        }
    }
}

/// `GET /replies/pages/{id}`
pub(super) async fn image(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let image = visit
        .site
        .ask(move |desk| desk.page_image(&actor, id))
        .await?;
    Ok(letter::file(image.bytes))
}

/// `POST /replies/pages/{id}`
pub(super) async fn decide(
    visit: Visit,
    Path(id): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    if let Some(word) = fields.some("discard") {
        let why = Aside::of(word).ok_or(Refusal::Malformed)?;
        visit
            .site
            .ask(move |desk| desk.discard_page(&actor, id, why, show::now()))
            .await?;
        return Ok(see("/replies/queue"));
    }
    if fields.has("restore") {
        visit
            .site
            .ask(move |desk| desk.restore_page(&actor, id, show::now()))
            .await?;
        return Ok(see("/replies/queue"));
    }
    let number = match SheetNumber::parse(fields.get("sheet")) {
        Ok(number) => number,
        Err(error) => {
            let wrong = Some(number_wrong(&visit.texts, &error));
            return page(
                &visit,
                &Typed {
                    fields,
                    wrong,
                    owner: None,
                },
            )
            .await;
        }
    };
    let (at, pages) = pages_of(&fields).ok_or(Refusal::Malformed)?;
    if !fields.has("sure") {
        let owner = visit
            .site
            .ask(move |desk| desk.sheet_owner(&actor, number.value()))
            .await;
        return match owner {
            Ok(owner) => {
                let owner = Some(owner);
                page(
                    &visit,
                    &Typed {
                        fields,
                        wrong: None,
                        owner,
                    },
                )
                .await
            }
            Err(refused) => again(&visit, fields, refused).await,
        };
    }
    let anew = fields.has("anew");
    let placed = visit
        .site
        .ask(move |desk| {
            let (sheet, now) = (number.value(), show::now());
            if anew {
                desk.place_page_anew(&actor, id, sheet, at, pages, now)
            } else {
                desk.place_page(&actor, id, sheet, at, pages, now)
            }
        })
        .await;
    match placed {
        Ok(()) => {
            if let Some(rounds) = visit.site.rounds() {
                rounds.poke();
            }
            Ok(see("/replies/queue?done=page-placed"))
        }
        Err(refused) => again(&visit, fields, refused).await,
    }
}

/// The page once more, with what the desk has to say about what was typed.
async fn again(visit: &Visit, fields: Fields, refused: Refusal) -> Result<Response, Refusal> {
    match refused {
        Refusal::Failed(_) => {
            let wrong = Some(refused.sentence(&visit.texts));
            page(
                visit,
                &Typed {
                    fields,
                    wrong,
                    owner: None,
                },
            )
            .await
        }
        other => Err(other),
    }
}

/// Page and pages as they were chosen; a sheet has at least as many pages as its last one says.
fn pages_of(fields: &Fields) -> Option<(u8, u8)> {
    let page: u8 = fields.number("page")?;
    let pages: u8 = fields.number("pages")?;
    let allowed = 1..=PAGES_MAX;
    (allowed.contains(&page) && allowed.contains(&pages)).then_some((page, pages.max(page)))
}

/// What is wrong with a number, so that it can be put right.
fn number_wrong(t: &Texts, error: &NumberError) -> String {
    match error {
        NumberError::Empty => t.say("replies-number-empty"),
        NumberError::Character { character, .. } => t.with(
            "replies-number-character",
            args![character = character.to_string()],
        ),
        NumberError::Length { got } => t.with("replies-number-length", args![count = *got as u64]),
        NumberError::CheckDigits => t.say("replies-number-check"),
        NumberError::OutOfRange { .. } => t.say("replies-number-range"),
    }
}
