//! Printing: jobs of letters, their documents.

use axum::{
    body::Body,
    extract::Path,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::LetterNumber;

use super::{
    envelopes,
    fields::Fields,
    inbox::{state, ticked},
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Room},
    show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{Action, JobState, LetterFilter, LetterRow, PaperSize, PrintJob, State};

const NEED: Need = Need::May(&[Action::Print]);
/// Jobs that are listed.
const JOBS: u32 = 50;
/// Letters of one page of the inbox, for "everything that waits".
const EVERYTHING: usize = 200;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/print", NEED, show)
        .post("/print/new", NEED, ask)
        .post("/print", NEED, make)
        .get("/print/{id}", NEED, show_one)
        .get("/print/{id}/document", NEED, document)
        .post("/print/{id}/retry", NEED, retry)
        .post("/print/{id}/close", NEED, close)
}

/// `GET /print`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (jobs, waiting) = visit
        .site
        .ask(move |desk| {
            let counts = desk.letter_counts(&actor)?;
            let waiting = counts.of(State::Passed) + counts.of(State::PassedWithCuts);
            Ok((desk.print_jobs(&actor, JOBS)?, waiting))
        })
        .await?;
    let t = &visit.texts;
    let title = t.say("room-print");
    let is_working = jobs.iter().any(|job| job.state == JobState::Waiting);
    Ok(visit.page(Room::Print, &title, html! {
        div.head { h1 { (title) } }
        @if waiting > 0 {
            form.box method="post" action="/print/new" {
                (visit.token_field())
                input type="hidden" name="everything" value="yes";
                div.row.middle {
                    span { (t.count("print-waiting", waiting)) }
                    button.main type="submit" data-key="p" { (t.say("print-all")) " " kbd aria-hidden="true" { "P" } }
                    a.button href="/letters?drawer=print" { (t.say("print-choose")) }
                }
            }
        }
        div #jobs hx-get="/print" hx-select="#jobs" hx-swap="outerHTML" hx-trigger=[is_working.then_some("every 3s")] {
            @if jobs.is_empty() {
                div.box.empty {
                    h2 { (t.say("print-empty")) }
                    @if waiting == 0 { p { (t.say("print-empty-hint")) } }
                }
            } @else {
                div.scroll {
                    table.fold {
                        caption.unseen { (t.say("print-jobs")) }
                        thead {
                            tr {
                                th.number scope="col" { (t.say("inbox-column-number")) }
                                th scope="col" { (t.say("print-made")) }
                                th.number scope="col" { (t.say("print-letters")) }
                                th.number scope="col" { (t.say("print-pages")) }
                                th scope="col" { (t.say("inbox-column-state")) }
                                th scope="col" { (t.say("print-document")) }
                            }
                        }
                        tbody { @for job in &jobs { (line(t, job)) } }
                    }
                }
            }
        }
    }).into_response())
}

fn line(t: &Texts, job: &PrintJob) -> Markup {
    html! {
        tr data-open="" {
            td.number data-label=(t.say("inbox-column-number")) {
                a.whole href=(format!("/print/{}", job.id)) { (job.id) }
            }
            td data-label=(t.say("print-made")) { (t.moment(job.made)) }
            td.number data-label=(t.say("print-letters")) { (t.number(job.letters)) }
            td.number data-label=(t.say("print-pages")) { @if let Some(pages) = job.pages { (t.number(u64::from(pages))) } }
            td data-label=(t.say("inbox-column-state")) { (job_state(t, job)) }
            td data-label=(t.say("print-document")) {
                @if job.has_document {
                    a.button href=(format!("/print/{}/document", job.id)) target="_blank" rel="noopener" { "PDF" }
                }
            }
        }
    }
}

fn job_state(t: &Texts, job: &PrintJob) -> Markup {
    let shape = match job.state {
        JobState::Waiting => "half",
        JobState::Printed => "done",
        JobState::Failed => "bad",
        JobState::Closed => "wait",
    };
    html! { span.state.(shape) { (t.say(&format!("job-{}", job.state.word()))) } }
}

/// `POST /print/new`: how the ticked letters, or all that wait, are to be printed.
async fn ask(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    question(&visit, &fields, None).await
}

async fn question(
    visit: &Visit,
    fields: &Fields,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let letters = if fields.has("everything") {
        let actor = visit.actor()?;
        let filter = LetterFilter {
            states: vec![State::Passed, State::PassedWithCuts],
            ..LetterFilter::default()
        };
        visit
            .site
            .ask(move |desk| {
                let mut numbers = Vec::new();
                let mut after = None;
                loop {
                    let page = desk.letters(&actor, &filter, after, EVERYTHING)?;
                    numbers.extend(page.rows.iter().map(|row| row.number));
                    after = page.next;
                    if after.is_none() || numbers.len() >= crate::PRINT_JOB_MAX {
                        numbers.truncate(crate::PRINT_JOB_MAX);
                        return Ok(numbers);
                    }
                }
            })
            .await?
    } else {
        ticked(fields)?
    };
    let t = &visit.texts;
    let title = t.say("print-new");
    let chosen = |name: &str, value: &str, usual: bool| match fields.some(name) {
        Some(kept) => kept == value,
        None => usual,
    };
    let page = visit.page(Room::Print, &title, html! {
        h1 { (title) }
        (shell::wrong(wrong))
        form.box method="post" action="/print" data-keep="print-new" {
            (visit.token_field())
            @for letter in &letters { input type="hidden" name="letter" value=(letter.0); }
            p { (t.count("print-letters-chosen", letters.len() as u64)) }
            fieldset {
                legend { (t.say("print-paper")) }
                @for (word, name) in [("a4", "print-paper-a4"), ("a5", "print-paper-a5")] {
                    label.inline {
                        input type="radio" name="paper" value=(word) checked[chosen("paper", word, word == "a4")];
                        span { (t.say(name)) }
                    }
                    " "
                }
            }
            fieldset {
                legend { (t.say("print-reply")) }
                p.sub.small { (t.say("print-reply-hint")) }
                @for (word, name) in [("1", "print-reply-one"), ("2", "print-reply-two"), ("0", "print-reply-none")] {
                    label.inline {
                        input type="radio" name="reply" value=(word) checked[chosen("reply", word, word == "1")];
                        span { (t.say(name)) }
                    }
                    " "
                }
            }
            div.row.middle {
                button.main type="submit" disabled[letters.is_empty()] { (t.say("print-make")) }
                // In a window of its own: what is chosen here stays.
                button type="submit" formaction="/print/preview" formtarget="_blank" disabled[letters.is_empty()] data-key="v" {
                    (t.say("preview-before-print")) " " kbd aria-hidden="true" { "V" }
                }
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

/// `POST /print`
async fn make(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let letters: Vec<LetterNumber> = ticked(&fields)?;
    let paper = PaperSize::of(fields.get("paper")).ok_or(Refusal::Malformed)?;
    let reply = fields.number("reply").ok_or(Refusal::Malformed)?;
    let actor = visit.actor()?;
    let made = visit
        .site
        .ask(move |desk| desk.make_print_job(&actor, &letters, paper, reply, show::now()))
        .await;
    match made {
        Ok(id) => {
            visit.site.ring();
            Ok(see(&format!("/print/{id}")))
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            question(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `GET /print/{id}`
async fn show_one(visit: Visit, Path(id): Path<u64>) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let (job, letters, failures) = visit
        .site
        .ask(move |desk| {
            Ok((
                desk.print_job(&actor, id)?,
                desk.print_job_letters(&actor, id)?,
                desk.print_job_failures(&actor, id)?,
            ))
        })
        .await?;
    let t = &visit.texts;
    let title = t.with("print-job", args![number = id]);
    let address = format!("/print/{id}");
    Ok(visit.page(Room::Print, &title, html! {
        p { a href="/print" { "← " (t.say("room-print")) } }
        div #job hx-get=(address) hx-select="#job" hx-swap="outerHTML"
            hx-trigger=[(job.state == JobState::Waiting).then_some("every 2s")] {
            div.head {
                h1 { (title) }
                (job_state(t, &job))
            }
            @match job.state {
                JobState::Waiting => div.notice { p { (t.say("print-making")) } progress aria-label=(t.say("print-making")) {} },
                JobState::Failed => div.notice.bad {
                    p { (failure(t, job.failure.as_deref().unwrap_or_default())) }
                    form method="post" action=(format!("{address}/retry")) {
                        (visit.token_field())
                        button type="submit" { (t.say("print-retry")) }
                    }
                },
                JobState::Printed => div.box {
                    p { (t.count("print-ready", u64::from(job.pages.unwrap_or(0)))) }
                    div.row {
                        a.button.main href=(format!("{address}/document")) target="_blank" rel="noopener" data-key="o" {
                            (t.say("print-open")) " " kbd aria-hidden="true" { "O" }
                        }
                        form method="post" action=(format!("{address}/close")) {
                            (visit.token_field())
                            button type="submit" { (t.say("print-erase")) }
                        }
                    }
                    p.sub.small { (t.say("print-erase-hint")) }
                },
                JobState::Closed => div.notice { p { (t.say("print-closed")) } },
            }
            @if matches!(job.state, JobState::Waiting | JobState::Failed) {
                form method="post" action=(format!("{address}/close")) {
                    (visit.token_field())
                    button type="submit" { (t.say("print-take-back")) }
                }
            }
            @if letters.iter().any(|row| row.sheet.is_some()) {
                section.box {
                    h2 { (t.say("envelopes-heading")) }
                    (envelopes::form(t, &format!("{address}/labels.pdf")))
                }
            }
            (left_out(t, &failures))
            (letter_list(t, &letters))
        }
    }))
}

/// Letters that are not in the document, and why: nobody must think that they are on paper.
fn left_out(t: &Texts, failures: &[(LetterNumber, String)]) -> Markup {
    html! {
        @if !failures.is_empty() {
            div.notice.bad role="alert" {
                p { (t.count("print-left-out", failures.len() as u64)) }
                ul {
                    @for (letter, code) in failures {
                        li {
                            a href=(format!("/letters/{}", letter.0)) { (letter.0) } " — "
                            (t.find(&format!("print-why-{code}"), &[]).unwrap_or_else(|| code.clone()))
                        }
                    }
                }
            }
        }
    }
}

fn letter_list(t: &Texts, letters: &[LetterRow]) -> Markup {
    html! {
        div.box.scroll {
            table.fold {
                caption { (t.say("print-letters")) }
                thead {
                    tr {
                        th.number scope="col" { (t.say("inbox-column-number")) }
                        th scope="col" { (t.say("inbox-column-person")) }
                        th scope="col" { (t.say("letter-sheet")) }
                        th scope="col" { (t.say("inbox-column-state")) }
                    }
                }
                tbody {
                    @for row in letters {
                        tr data-open="" {
                            td.number data-label=(t.say("inbox-column-number")) { (row.number.0) }
                            td data-label=(t.say("inbox-column-person")) {
                                a.whole href=(format!("/letters/{}", row.number.0)) {
                                    (row.addressee.clone().unwrap_or_else(|| t.say("inbox-no-person")))
                                }
                            }
                            td data-label=(t.say("letter-sheet")) { code { (sheet(row)) } }
                            td data-label=(t.say("inbox-column-state")) { (state(t, row.state)) }
                        }
                    }
                }
            }
        }
    }
}

/// The number on a letter's paper as it is read out.
pub(crate) fn sheet(row: &LetterRow) -> String {
    row.sheet.map_or_else(String::new, sheet_digits)
}

/// A sheet's value with its check digits, in groups.
pub(crate) fn sheet_digits(value: u32) -> String {
    tidings_paper::number::SheetNumber::new(value)
        .map_or_else(|_| value.to_string(), |number| number.to_string())
}

/// Why a whole job failed: the code of an error, or a letter and why it cannot be set.
fn failure(t: &Texts, told: &str) -> String {
    let of_letter = told.split_once(' ').and_then(|(letter, code)| {
        let why = t.find(&format!("print-why-{code}"), &[])?;
        Some(format!("{letter}: {why}"))
    });
    of_letter
        .or_else(|| t.find(&format!("error-{told}"), &[]))
        .unwrap_or_else(|| t.with("print-failed", args![reason = told]))
}

/// `GET /print/{id}/document`: piece by piece, since it may be larger than memory should hold.
async fn document(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let by = actor.clone();
    let length = visit
        .site
        .ask(move |desk| desk.take_print_job(&by, id, show::now()))
        .await?;
    let pieces = futures_util::stream::try_unfold(0, move |place| {
        let (site, actor) = (visit.site.clone(), actor.clone());
        async move {
            let piece = site
                .ask(move |desk| desk.print_job_piece(&actor, id, place))
                .await;
            // The browser shows a document that is cut off as one that is.
            let piece = piece.map_err(|_| std::io::Error::other("the document ends early"))?;
            Ok::<_, std::io::Error>(piece.map(|piece| (piece, place + 1)))
        }
    });
    let mut response = pdf_response(Body::from_stream(pieces), &format!("letters-{id}.pdf"));
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

/// A document that the browser shows.
pub(crate) fn pdf_response(pdf: impl IntoResponse, name: &str) -> Response {
    let mut response = pdf.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// `POST /print/{id}/retry`
async fn retry(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.retry_print_job(&actor, id, show::now()))
        .await?;
    visit.site.ring();
    Ok(see(&format!("/print/{id}")))
}

/// `POST /print/{id}/close`
async fn close(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.close_print_job(&actor, id, show::now()))
        .await?;
    Ok(see("/print?done=job-closed"))
}
