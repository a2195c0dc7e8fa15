//! A mailbag that was made: its parts, to be saved on whatever carries them, and the letters in it.

use std::fs;

use axum::{
    body::Body,
    extract::Path,
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::{Account, Letter, LetterKind};

use super::who;
use crate::{
    BagLetter, Made,
    error::disk,
    web::{
        backup::pieces,
        listing,
        refusal::Refusal,
        shell::Room,
        show,
        texts::{Texts, args},
        visit::{Visit, see},
    },
};

const LETTERS: [listing::Column; 4] = [
    ("mailbags-family", false),
    ("mailbags-what", false),
    ("mailbags-written", false),
    ("inbox-column-state", false),
];

/// `GET /mailbags/{bag}`
pub(super) async fn show(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (bag, letters, names) = visit
        .site
        .ask_both(move |desk, account| {
            let (bag, letters) = desk.mailbag(&actor, number)?;
            let letters = letters.into_iter().map(|it| looked_up(account, it));
            Ok((bag, letters.collect::<Vec<_>>(), desk.operator_names()?))
        })
        .await?;
    let t = &visit.texts;
    let title = t.with("mailbags-one", args![bag = bag.name.clone()]);
    let page = visit.page(
        Room::Mailbags,
        &title,
        html! {
            p { a href="/mailbags" { "← " (t.say("mailbags-title")) } }
            div.head { h1 { (title) } }
            p.sub {
                (t.moment(bag.at)) " · " (who(t, bag.operator, &names)) " · "
                @if bag.letters > 0 { (t.count("mailbags-count-letters", bag.letters)) }
                @if bag.letters > 0 && bag.notices > 0 { " · " }
                @if bag.notices > 0 { (t.count("mailbags-count-notes", bag.notices)) }
            }
            (parts(&visit, &bag))
            @if !letters.is_empty() {
                h2 { (t.say("mailbags-carried-title")) }
                (listing::table(t, &t.say("mailbags-carried-title"), &LETTERS, &html! {
                    @for (it, letter) in &letters { (line(t, it, letter.as_ref())) }
                }))
            }
            p.sub { (t.say("mailbags-carried-hint")) }
        },
    );
    Ok(page.into_response())
}

/// What the account knows of a letter; nothing, once it is erased there.
fn looked_up(account: &Account, it: BagLetter) -> (BagLetter, Option<Letter>) {
    let letter = account.letter(it.letter).ok();
    (it, letter)
}

fn parts(visit: &Visit, bag: &Made) -> Markup {
    let t = &visit.texts;
    let files = bag.part_files();
    html! {
        section.box {
            h2 { (t.say("mailbags-files")) }
            @if files.is_empty() {
                p { (t.say("mailbags-files-gone-long")) }
            } @else {
                p { (t.count("mailbags-give", files.len() as u64)) }
                ul {
                    @for (part, file) in (1_u32..).zip(&files) {
                        @let name = file.file_name().unwrap_or_default().to_string_lossy();
                        li {
                            a href=(format!("/mailbags/{}/parts/{part}", bag.number)) download=(name) { (name) }
                            @if let Ok(metadata) = file.metadata() { " " span.sub { (t.size(metadata.len())) } }
                        }
                    }
                }
                form method="post" action=(format!("/mailbags/{}/erase", bag.number)) {
                    (visit.token_field())
                    p.sub.small { (t.say("mailbags-erase-hint")) }
                    button type="submit" { (t.say("mailbags-erase")) }
                }
            }
        }
    }
}

fn line(t: &Texts, it: &BagLetter, letter: Option<&Letter>) -> Markup {
    let what = match letter {
        Some(letter) => match (letter.kind, letter.answers) {
            (LetterKind::Reply, Some(about)) => {
                t.with("mailbags-reply", args![number = about.0.to_string()])
            }
            (_, Some(about)) => t.with("mailbags-answer", args![number = about.0.to_string()]),
            _ => t.say("mailbags-message"),
        },
        None => t.say("mailbags-unknown"),
    };
    html! {
        tr {
            td data-label=(t.say("mailbags-family")) { @if let Some(letter) = letter { (letter.contact_name) } }
            td data-label=(t.say("mailbags-what")) { (what) }
            td data-label=(t.say("mailbags-written")) { @if let Some(letter) = letter { (t.moment(letter.date)) } }
            td data-label=(t.say("inbox-column-state")) {
                @if let Some(code) = &it.left_out {
                    span.state.warn {
                        (t.find(&format!("error-{code}"), &[]).unwrap_or_else(|| t.say("mailbags-left-out")))
                    }
                } @else { span.state.done { (t.say("mailbags-packed")) } }
            }
        }
    }
}

/// `GET /mailbags/{bag}/parts/{part}`
pub(super) async fn part(
    visit: Visit,
    Path((number, part)): Path<(u64, u32)>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (file, length, name) = visit
        .site
        .ask(move |desk| {
            let path = desk.mailbag_part(&actor, number, part, show::now())?;
            let file = fs::File::open(&path).map_err(disk("reading", &path))?;
            let length = file.metadata().map_err(disk("reading", &path))?.len();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok((file, length, name.into_owned()))
        })
        .await?;
    let mut response = Body::from_stream(pieces(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// `POST /mailbags/{bag}/erase`
pub(super) async fn erase(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.erase_mailbag(&actor, number, show::now()))
        .await?;
    Ok(see(&format!("/mailbags/{number}?done=mailbag-erased")))
}
