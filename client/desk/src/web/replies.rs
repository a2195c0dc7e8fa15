//! Replies: scanned files are taken in, pages that could not be read wait for a person who types their number.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_paper::number::SheetNumber;

use super::{
    fields::Fields,
    letter,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{Field, Room},
    show,
    texts::Texts,
    upload::Uploads,
    visit::{Visit, see},
};
use crate::{Action, QueuedPage, SCAN_FILE_MAX, Scan, Taken};

const NEED: Need = Need::May(&[Action::Scan]);
/// Files that are listed.
const SCANS: u32 = 50;
/// Pages of the queue that are counted.
const QUEUE: u32 = 500;
/// Pages that a sheet has, at most.
const PAGES_MAX: u8 = 2;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/replies", NEED, show)
        .upload("/replies", NEED, SCAN_FILE_MAX + 1_048_576, take)
        .get("/replies/queue", NEED, show_queue)
        .get("/replies/pages/{id}", NEED, image)
        .post("/replies/pages/{id}", NEED, place)
}

/// `GET /replies`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (scans, queue) = visit
        .site
        .ask(move |desk| {
            Ok((
                desk.scans(&actor, SCANS)?,
                desk.queued_pages(&actor, QUEUE)?,
            ))
        })
        .await?;
    let t = &visit.texts;
    let title = t.say("room-replies");
    let is_reading = scans.iter().any(|scan| scan.waiting);
    Ok(visit.page(Room::Replies, &title, html! {
        div.head { h1 { (title) } }
        form.box method="post" action="/replies" enctype="multipart/form-data" {
            (visit.token_field())
            div.row {
                div.field {
                    label for="field-files" { (t.say("replies-files")) }
                    input #field-files type="file" name="files" multiple required
                        accept=".pdf,.png,.jpg,.jpeg,.tif,.tiff,.webp,application/pdf,image/*" aria-describedby="files-hint";
                    p.hint #files-hint { (t.say("replies-files-hint")) }
                }
                button.main type="submit" { (t.say("replies-take")) }
            }
        }
        div #scans hx-get="/replies" hx-select="#scans" hx-swap="outerHTML" hx-trigger=[is_reading.then_some("every 3s")] {
            @if !queue.is_empty() {
                div.notice.warn {
                    p { (t.count("replies-queued", queue.len() as u64)) }
                    p { a.button href="/replies/queue" data-key="q" { (t.say("replies-queue-open")) " " kbd aria-hidden="true" { "Q" } } }
                }
            }
            @if scans.is_empty() {
                div.box.empty { h2 { (t.say("replies-empty")) } p { (t.say("replies-empty-hint")) } }
            } @else {
                div.scroll {
                    table.fold {
                        caption.unseen { (t.say("replies-scans")) }
                        thead {
                            tr {
                                th scope="col" { (t.say("replies-file")) }
                                th scope="col" { (t.say("replies-taken")) }
                                th.number scope="col" { (t.say("print-pages")) }
                                th scope="col" { (t.say("inbox-column-state")) }
                            }
                        }
                        tbody { @for scan in &scans { (line(t, scan)) } }
                    }
                }
            }
        }
    }).into_response())
}

fn line(t: &Texts, scan: &Scan) -> Markup {
    html! {
        tr {
            td data-label=(t.say("replies-file")) { (scan.name) }
            td data-label=(t.say("replies-taken")) { (t.moment(scan.taken)) }
            td.number data-label=(t.say("print-pages")) { @if !scan.waiting { (t.number(scan.pages)) } }
            td data-label=(t.say("inbox-column-state")) {
                @if let Some(code) = &scan.failure {
                    span.state.bad { (t.find(&format!("scan-failed-{code}"), &[]).unwrap_or_else(|| t.say("scan-failed"))) }
                } @else if scan.waiting {
                    span.state.half { (t.say("scan-reading")) }
                } @else if scan.queued > 0 {
                    span.state.wait { (t.count("scan-queued", scan.queued)) }
                } @else {
                    span.state.done { (t.say("scan-done")) }
                }
            }
        }
    }
}

/// `POST /replies`
async fn take(visit: Visit, uploads: Uploads) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let taken = visit
        .site
        .ask(move |desk| {
            let mut counts = (0_u64, 0_u64);
            for file in &uploads.files {
                match desk.take_scan(&actor, &file.name, &file.bytes, show::now())? {
                    Taken::New(_) => counts.0 += 1,
                    Taken::Doubled(_) => counts.1 += 1,
                }
            }
            Ok(counts)
        })
        .await?;
    visit.site.ring();
    Ok(see(&match taken {
        (0, 0) => "/replies".to_owned(),
        (0, doubled) => format!("/replies?done=scans-doubled&count={doubled}"),
        (new, _) => format!("/replies?done=scans-taken&count={new}"),
    }))
}

/// `GET /replies/queue`
async fn show_queue(visit: Visit) -> Result<Response, Refusal> {
    queue(&visit, &Fields::default(), None).await
}

async fn queue(visit: &Visit, kept: &Fields, wrong: Option<&str>) -> Result<Response, Refusal> {
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
                Some(first) => (one(visit, first, kept, wrong)),
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

fn one(visit: &Visit, page: &QueuedPage, kept: &Fields, wrong: Option<&str>) -> Markup {
    let t = &visit.texts;
    let address = format!("/replies/pages/{}", page.id);
    let chosen = |name: &str, value: u8| {
        kept.number::<u8>(name)
            .map_or(value == 1, |kept| kept == value)
    };
    html! {
        div.beside {
            a href=(address) target="_blank" rel="noopener" {
                img.sheet src=(address) alt=(t.say("replies-page-picture"));
            }
            section.box {
                h2 { (t.say(&format!("page-{}", page.state.word()))) }
                p.sub { (t.say(&format!("page-{}-hint", page.state.word()))) }
                form method="post" action=(address) {
                    (visit.token_field())
                    (Field {
                        name: "sheet", label: t.say("replies-number"), value: kept.get("sheet"), focus: true, digits: true,
                        hint: Some(t.say("replies-number-hint")), wrong: wrong.map(str::to_owned), ..Field::default()
                    })
                    div.row {
                        @for (name, label) in [("page", "replies-page"), ("pages", "replies-of")] {
                            div.field {
                                label for=(format!("field-{name}")) { (t.say(label)) }
                                select id=(format!("field-{name}")) name=(name) {
                                    @for number in 1..=PAGES_MAX {
                                        option value=(number) selected[chosen(name, number)] { (number) }
                                    }
                                }
                            }
                        }
                    }
                    p {
                        label.inline {
                            input type="checkbox" name="anew" value="yes" checked[kept.has("anew")];
                            span { (t.say("replies-anew")) }
                        }
                    }
                    div.row {
                        button.main type="submit" { (t.say("replies-place")) }
                        button type="submit" name="discard" value="yes" formnovalidate { (t.say("replies-discard")) }
                    }
                }
            }
        }
    }
}

/// `GET /replies/pages/{id}`
async fn image(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let image = visit
        .site
        .ask(move |desk| desk.page_image(&actor, id))
        .await?;
    Ok(letter::file(image.bytes))
}

/// `POST /replies/pages/{id}`
async fn place(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    if fields.has("discard") {
        visit
            .site
            .ask(move |desk| desk.discard_page(&actor, id, show::now()))
            .await?;
        return Ok(see("/replies/queue"));
    }
    let Ok(number) = SheetNumber::parse(fields.get("sheet")) else {
        let sentence = visit.texts.say("replies-number-wrong");
        return queue(&visit, &fields, Some(&sentence)).await;
    };
    let (Some(page), Some(pages)) = (fields.number::<u8>("page"), fields.number::<u8>("pages"))
    else {
        return Err(Refusal::Malformed);
    };
    let anew = fields.has("anew");
    let placed = visit
        .site
        .ask(move |desk| {
            let (sheet, now) = (number.value(), show::now());
            let (page, pages) = (page.max(1), pages.max(page));
            if anew {
                desk.place_page_anew(&actor, id, sheet, page, pages, now)
            } else {
                desk.place_page(&actor, id, sheet, page, pages, now)
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
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            queue(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}
