//! Replies: scanned files are taken in, pages that could not be read wait for a person who types their number, replies that lack
//! a page wait for it.

mod file;
mod queue;
mod reply;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    fields::Fields,
    listing,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Field, Room},
    show,
    texts::{Texts, args},
    upload::Uploads,
    visit::{Visit, see},
};
use crate::{Action, Reply, ReplyState, SCAN_FILE_MAX, Scan, ScanFolder, Taken};

const NEED: Need = Need::May(&[Action::Scan]);
/// Files that are listed.
const SCANS: u32 = 50;
/// Pages of the queue that are counted.
const QUEUE: u32 = 500;
/// Pages of one reply that a person may count: those of a sheet, and some of the captive's own paper.
const PAGES_MAX: u8 = 9;
/// Replies that are listed: those that lack a page, and the newest others.
const REPLIES: u32 = 50;

const FILES: [listing::Column; 4] = [
    ("replies-file", false),
    ("replies-taken", false),
    ("print-pages", true),
    ("inbox-column-state", false),
];
const ANSWERS: [listing::Column; 4] = [
    ("replies-reply", false),
    ("replies-answers", false),
    ("replies-taken", false),
    ("inbox-column-state", false),
];

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/replies", NEED, show)
        .upload("/replies", NEED, SCAN_FILE_MAX + 1_048_576, take)
        .post(
            "/replies/folder",
            Need::May(&[Action::ChangeSettings]),
            name_folder,
        )
        .get("/replies/queue", NEED, queue::show)
        .get("/replies/pages/{id}", NEED, queue::image)
        .post("/replies/pages/{id}", NEED, queue::decide)
        .get("/replies/files/{id}", NEED, file::show)
        .post("/replies/files/{id}", NEED, file::change)
        .get("/replies/{id}", NEED, reply::show)
        .post("/replies/{id}", NEED, reply::finish)
}

/// `GET /replies`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None, None).await
}

/// What the page shows.
struct Shown {
    scans: Vec<Scan>,
    queued: u64,
    open: Vec<Reply>,
    latest: Vec<Reply>,
    folder: Option<ScanFolder>,
}

async fn page(
    visit: &Visit,
    kept: Option<&Fields>,
    wrong: Option<String>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let shown = visit
        .site
        .ask(move |desk| {
            let mut latest = desk.replies(&actor, None, REPLIES)?;
            latest.retain(|reply| reply.state != ReplyState::Open);
            Ok(Shown {
                scans: desk.scans(&actor, SCANS)?,
                queued: desk.queued_pages(&actor, QUEUE)?.len() as u64,
                open: desk.replies(&actor, Some(ReplyState::Open), REPLIES)?,
                latest,
                folder: desk.scan_folder()?,
            })
        })
        .await?;
    let t = &visit.texts;
    let title = t.say("room-replies");
    let is_reading = shown.scans.iter().any(|scan| scan.waiting);
    let is_wrong = wrong.is_some();
    let page = visit.page(Room::Replies, &title, html! {
        div.head { h1 { (title) } }
        (shell::wrong(wrong.as_deref()))
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
        (folder(visit, shown.folder.as_ref(), kept))
        div #scans hx-get="/replies" hx-select="#scans" hx-swap="outerHTML" hx-trigger=[is_reading.then_some("every 2s")] {
            (troubles(visit))
            @if shown.queued > 0 {
                div.notice.warn {
                    p { (t.count("replies-queued", shown.queued)) }
                    p { a.button href="/replies/queue" data-key="q" { (t.say("replies-queue-open")) " " kbd aria-hidden="true" { "Q" } } }
                }
            }
            @if !shown.open.is_empty() {
                h2 { (t.say("replies-open")) }
                p.sub { (t.say("replies-open-hint")) }
                (replies(t, &shown.open, "replies-open"))
            }
            @if shown.scans.is_empty() {
                div.box.empty { h2 { (t.say("replies-empty")) } p { (t.say("replies-empty-hint")) } }
            } @else {
                h2 { (t.say("replies-scans")) }
                (files(t, &shown.scans))
            }
            @if !shown.latest.is_empty() {
                h2 { (t.say("replies-latest")) }
                (replies(t, &shown.latest, "replies-latest"))
            }
        }
    });
    let status = if is_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// What is wrong with the folder of scans, and with which files in it.
fn troubles(visit: &Visit) -> Markup {
    let t = &visit.texts;
    html! {
        @for (trouble, name) in visit.site.scan_troubles() {
            div.notice.warn role="status" {
                (t.with(&format!("scan-trouble-{}", trouble.word()), args![name = name]))
            }
        }
    }
}

/// The folder that is watched: everybody sees it, a head names it.
fn folder(visit: &Visit, folder: Option<&ScanFolder>, kept: Option<&Fields>) -> Markup {
    let t = &visit.texts;
    if !visit.may(Action::ChangeSettings) {
        return html! {
            @if let Some(folder) = folder {
                p.sub { (t.with("replies-folder-watched", args![path = folder.path.clone()])) }
            }
        };
    }
    let stored = folder.map_or("", |folder| folder.path.as_str());
    let path = kept.map_or(stored, |kept| kept.get("path"));
    let erase = kept.map_or(folder.is_some_and(|folder| folder.erase), |kept| {
        kept.has("erase")
    });
    html! {
        details.box open[kept.is_some()] {
            summary {
                @if folder.is_some() { (t.with("replies-folder-watched", args![path = stored.to_owned()])) }
                @else { (t.say("replies-folder-none")) }
            }
            form method="post" action="/replies/folder" {
                (visit.token_field())
                (Field {
                    name: "path", label: t.say("replies-folder"), value: path,
                    hint: Some(t.say("replies-folder-hint")), ..Field::default()
                })
                p {
                    label.inline {
                        input type="checkbox" name="erase" value="yes" checked[erase];
                        span { (t.say("replies-folder-erase")) }
                    }
                }
                p.hint { (t.say("replies-folder-erase-hint")) }
                button type="submit" { (t.say("account-save")) }
            }
        }
    }
}

/// `POST /replies/folder`
async fn name_folder(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let path = fields.get("path").trim().to_owned();
    let wish = (!path.is_empty()).then(|| ScanFolder {
        path,
        erase: fields.has("erase"),
    });
    if let Some(folder) = &wish {
        let at = std::path::Path::new(&folder.path);
        if !at.is_absolute() || std::fs::read_dir(at).is_err() {
            let sentence = visit.texts.say("replies-folder-wrong");
            return page(&visit, Some(&fields), Some(sentence)).await;
        }
    }
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.set_scan_folder(&actor, wish.as_ref(), show::now()))
        .await?;
    visit.site.ring();
    Ok(see("/replies?done=saved"))
}

fn files(t: &Texts, scans: &[Scan]) -> Markup {
    let rows = html! { @for scan in scans { (line(t, scan)) } };
    listing::table(t, &t.say("replies-scans"), &FILES, &rows)
}

fn line(t: &Texts, scan: &Scan) -> Markup {
    html! {
        tr {
            td data-label=(t.say("replies-file")) { a href=(format!("/replies/files/{}", scan.id)) { (scan.name) } }
            td data-label=(t.say("replies-taken")) { (t.moment(scan.taken)) }
            td.number data-label=(t.say("print-pages")) { @if scan.pages > 0 { (t.number(scan.pages)) } }
            td data-label=(t.say("inbox-column-state")) { (scan_state(t, scan)) }
        }
    }
}

fn scan_state(t: &Texts, scan: &Scan) -> Markup {
    html! {
        @if let Some(code) = &scan.failure {
            span.state.bad { (t.find(code, &[]).unwrap_or_else(|| t.say("scan-failed"))) }
        } @else if scan.waiting && scan.pages > 0 {
            span.state.half { (t.with("scan-reading-page", args![read = scan.read, pages = scan.pages])) }
        } @else if scan.waiting {
            span.state.half { (t.say("scan-reading")) }
        } @else if scan.queued > 0 {
            span.state.wait { (t.count("scan-queued", scan.queued)) }
        } @else {
            span.state.done { (t.say("scan-done")) }
        }
    }
}

fn replies(t: &Texts, replies: &[Reply], caption: &str) -> Markup {
    let rows = html! {
        @for reply in replies {
            tr {
                td data-label=(t.say("replies-reply")) { a href=(format!("/replies/{}", reply.id)) { (t.number(reply.id)) } }
                td data-label=(t.say("replies-answers")) { (t.number(reply.letter.0)) }
                td data-label=(t.say("replies-taken")) { (t.moment(reply.made)) }
                td data-label=(t.say("inbox-column-state")) { (reply_state(t, reply)) }
            }
        }
    };
    listing::table(t, &t.say(caption), &ANSWERS, &rows)
}

fn reply_state(t: &Texts, reply: &Reply) -> Markup {
    html! {
        @match (reply.state, &reply.failure) {
            (ReplyState::Open, _) => span.state.wait { (t.with("replies-state-open", args![pages = reply.pages, of = reply.of])) },
            (ReplyState::Ready, Some(code)) => span.state.warn {
                (t.find(&format!("error-{code}"), &[]).unwrap_or_else(|| t.say("replies-state-ready")))
            },
            (ReplyState::Ready, None) => span.state.half { (t.say("replies-state-ready")) },
            (ReplyState::Sent, _) => span.state.done { (t.say("replies-state-sent")) },
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
