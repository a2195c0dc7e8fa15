//! One letter: what stands in it, its pictures, where it has been, who may open it.

mod custody;
mod facts;

use axum::{
    extract::Path,
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::LetterNumber;

pub(crate) use self::facts::{trust, verify_form};
use super::{
    fields::Fields,
    inbox::state,
    preview,
    refusal::Refusal,
    review,
    routes::{Need, Routes},
    shell::{self, Room},
    show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{Action, EnclosureInfo, Error, LetterRow, OpenedLetter, Opening, OperatorId, Step};

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/letters/{number}", Need::May(&[Action::SeeLetters]), show)
        .get(
            "/letters/{number}/pictures/{place}",
            Need::May(&[Action::ReadLetter]),
            picture,
        )
        .post(
            "/letters/{number}/two-people",
            Need::May(&[Action::Restrict]),
            two_people,
        )
        .post(
            "/letters/{number}/ask",
            Need::May(&[Action::ReadLetter]),
            ask,
        )
        .post(
            "/letters/{number}/agree",
            Need::May(&[Action::Agree]),
            agree,
        )
        .post(
            "/letters/{number}/verify",
            Need::May(&[Action::KeepContacts]),
            verify,
        )
        .room(custody::routes)
}

/// What the page of a letter shows: opened for those who may read it, otherwise what lists show.
enum Seen {
    Opened(Box<OpenedLetter>),
    Closed {
        row: Box<LetterRow>,
        steps: Vec<Step>,
        needs_second: bool,
    },
}

impl Seen {
    fn row(&self) -> &LetterRow {
        match self {
            Self::Opened(letter) => &letter.row,
            Self::Closed { row, .. } => row,
        }
    }

    fn steps(&self) -> &[Step] {
        match self {
            Self::Opened(letter) => &letter.steps,
            Self::Closed { steps, .. } => steps,
        }
    }
}

/// `GET /letters/{number}`
async fn show(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    page(&visit, LetterNumber(number), None).await
}

/// The page, with what went wrong with a form of the review on it.
pub(crate) async fn page(
    visit: &Visit,
    number: LetterNumber,
    wrong: Option<&review::Wrong>,
) -> Result<Response, Refusal> {
    page_with(visit, number, wrong, &custody::Told::default()).await
}

/// The page, with what a form of its custody has brought.
async fn page_with(
    visit: &Visit,
    number: LetterNumber,
    wrong: Option<&review::Wrong>,
    told: &custody::Told,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let reads = visit.may(Action::ReadLetter);
    let agrees = visit.may(Action::Agree);
    let reviews = visit.may(Action::Review);
    let now = show::now();
    let (seen, names, openings, contact, reviewing, custody) = visit
        .site
        .ask_both(move |desk, account| {
            if reviews {
                review::take_up(desk, &actor, number)?;
            }
            let opened = if reads {
                Some(desk.open_letter(&actor, number, now))
            } else {
                None
            };
            let seen = match opened {
                Some(Ok(letter)) => Seen::Opened(Box::new(letter)),
                None | Some(Err(Error::SecondPersonNeeded | Error::NoAccess)) => Seen::Closed {
                    row: Box::new(desk.letter_row(&actor, number)?),
                    steps: desk.letter_steps(&actor, number)?,
                    needs_second: matches!(opened, Some(Err(Error::SecondPersonNeeded))),
                },
                Some(Err(other)) => return Err(other),
            };
            let openings = if agrees {
                desk.openings(&actor, now)?
            } else {
                Vec::new()
            };
            let contact = account.contact(seen.row().contact).ok();
            let reviewing = match (&seen, reviews) {
                (Seen::Opened(letter), true) => {
                    Some(review::Reviewing::read(desk, &actor, letter)?)
                }
                _ => None,
            };
            let custody = custody::Custody::read(desk, &actor, seen.row())?;
            Ok((
                seen,
                desk.operator_names()?,
                openings,
                contact,
                reviewing,
                custody,
            ))
        })
        .await?;
    let t = &visit.texts;
    let row = seen.row();
    let person = row
        .addressee
        .clone()
        .unwrap_or_else(|| t.say("inbox-no-person"));
    let title = t.with(
        "letter-title",
        args![number = row.number.0, person = person.clone()],
    );
    let content = html! {
        div.head {
            h1 { (title) }
            span.row.middle {
                (state(t, row.state))
                @if row.two_people { span.tag { (t.say("letter-two-people")) } }
                @if row.restricted { span.tag { (t.say("letter-restricted")) } }
            }
        }
        (shell::wrong(told.wrong.as_deref()))
        (asked(visit, row, &openings, &names))
        div.beside {
            div {
                @match &seen {
                    Seen::Opened(letter) => {
                        (text(t, letter, reviewing.as_ref()))
                        (custody::original(t, row, told))
                        (pictures(t, &letter.enclosures, &format!("/letters/{}", row.number.0), row.erased.is_some()))
                        @if row.erased.is_none() { (preview::beginning(t, row.number)) }
                    }
                    Seen::Closed { needs_second, .. } => (closed(visit, row, *needs_second))
                }
            }
            div {
                @if let Some(reviewing) = &reviewing { (review::decisions(visit, row, reviewing, wrong)) }
                (facts::facts(visit, row, contact.as_ref(), &custody))
                (custody.replies(visit))
                (facts::way(t, seen.steps(), &names))
                (custody.notes(t))
                (custody.forms(visit, row, &names))
            }
        }
    };
    let status = if wrong.is_some() || told.wrong.is_some() {
        axum::http::StatusCode::UNPROCESSABLE_ENTITY
    } else {
        axum::http::StatusCode::OK
    };
    Ok((status, visit.page(Room::Inbox, &title, content)).into_response())
}

fn text(t: &Texts, letter: &OpenedLetter, reviewing: Option<&review::Reviewing>) -> Markup {
    html! {
        @if letter.row.erased.is_some() {
            div.notice { p { (t.say("letter-erased")) } }
        } @else if letter.text.is_empty() {
            div.notice { p { (t.say("letter-no-text")) } }
        } @else {
            article.letter-text lang=(letter.row.language.code()) aria-label=(t.say("letter-text")) {
                @match reviewing {
                    Some(reviewing) => (reviewing.marked(&letter.text)),
                    None => (letter.text),
                }
            }
        }
    }
}

/// What is enclosed, shown from below `base`.
pub(crate) fn pictures(
    t: &Texts,
    enclosures: &[EnclosureInfo],
    base: &str,
    is_erased: bool,
) -> Markup {
    html! {
        @if !enclosures.is_empty() {
            section aria-label=(t.say("letter-enclosures")) {
                div.pictures {
                    @for it in enclosures {
                        @let address = format!("{base}/pictures/{}", it.place);
                        figure {
                            @if it.bytes.is_none() {
                                p.sub { (t.say(if is_erased { "letter-enclosure-erased" } else { "letter-enclosure-awaited" })) }
                            } @else if is_picture(it) {
                                a href=(address) { img src=(address) alt=(t.with("letter-picture", args![
                                    kind = t.say(kind_name(&it.kind)), place = u64::from(it.place) + 1
                                ])) loading="lazy"; }
                            } @else {
                                p { a.button href=(address) download=(it.name) { (t.say("letter-save-file")) } }
                            }
                            figcaption {
                                (t.say(kind_name(&it.kind)))
                                @if let Some(bytes) = it.bytes { ", " (t.size(bytes)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether it is shown, and may be left out.
pub(crate) fn is_picture(it: &EnclosureInfo) -> bool {
    matches!(it.kind.as_str(), "photo" | "drawing" | "scan")
}

fn kind_name(kind: &str) -> &'static str {
    match kind {
        "photo" => "letter-kind-photo",
        "drawing" => "letter-kind-drawing",
        "voice" => "letter-kind-voice",
        "scan" => "letter-kind-scan",
        "text" => "letter-kind-text",
        _ => "letter-kind-other",
    }
}

fn closed(visit: &Visit, row: &LetterRow, needs_second: bool) -> Markup {
    let t = &visit.texts;
    html! {
        div.box.empty {
            @if needs_second {
                h2 { (t.say("letter-second-heading")) }
                p { (t.say("letter-second-lead")) }
                form method="post" action=(format!("/letters/{}/ask", row.number.0)) {
                    (visit.token_field())
                    button.main type="submit" { (t.say("letter-second-ask")) }
                }
            } @else {
                h2 { (t.say("letter-closed-heading")) }
                @if visit.may(Action::Print) { p { (t.say("letter-closed-lead")) } }
            }
        }
    }
}

/// A colleague who wants to open this letter with the reader's agreement.
fn asked(
    visit: &Visit,
    row: &LetterRow,
    openings: &[Opening],
    names: &[(OperatorId, String)],
) -> Markup {
    let t = &visit.texts;
    html! {
        @for opening in openings.iter().filter(|opening| opening.letter == row.number) {
            div.notice.warn {
                form method="post" action=(format!("/letters/{}/agree", row.number.0)) {
                    (visit.token_field())
                    input type="hidden" name="who" value=(opening.asked_by.0);
                    p { (t.with("letter-asked", args![name = name_of(names, opening.asked_by)])) }
                    button type="submit" { (t.say("letter-agree")) }
                }
            }
        }
    }
}

/// What an operator is called.
pub(crate) fn name_of(names: &[(OperatorId, String)], id: OperatorId) -> String {
    names
        .iter()
        .find(|(of, _)| *of == id)
        .map_or_else(|| format!("№ {}", id.0), |(_, name)| name.clone())
}

/// `GET /letters/{number}/pictures/{place}`
async fn picture(
    visit: Visit,
    Path((number, place)): Path<(u64, u32)>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let picture = visit
        .site
        .ask(move |desk| desk.picture(&actor, LetterNumber(number), place, show::now()))
        .await?;
    Ok(file(picture.bytes))
}

/// A file of somebody else's, served as what its bytes say: a picture is shown, anything else is only saved.
pub(crate) fn file(bytes: Vec<u8>) -> Response {
    let kind = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(kind.unwrap_or("application/octet-stream")),
    );
    if kind.is_none() {
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    response
}

/// `POST /letters/{number}/two-people`
async fn two_people(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let two = fields.has("two");
    visit
        .site
        .ask(move |desk| desk.set_two_people(&actor, LetterNumber(number), two, show::now()))
        .await?;
    Ok(see(&format!("/letters/{number}")))
}

/// `POST /letters/{number}/ask`
async fn ask(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.ask_opening(&actor, LetterNumber(number), show::now()))
        .await?;
    Ok(see(&format!("/letters/{number}?done=asked")))
}

/// `POST /letters/{number}/agree`
async fn agree(visit: Visit, Path(number): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let who = OperatorId(fields.number("who").ok_or(Refusal::Malformed)?);
    visit
        .site
        .ask(move |desk| desk.agree(&actor, LetterNumber(number), who, show::now()))
        .await?;
    Ok(see(&format!("/letters/{number}?done=agreed")))
}

/// `POST /letters/{number}/verify`: a person has made sure which family writes.
async fn verify(visit: Visit, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask_both(move |desk, account| {
            let contact = desk.letter_row(&actor, LetterNumber(number))?.contact;
            desk.verify_family(&actor, account, contact, show::now())
        })
        .await?;
    if let Some(rounds) = visit.site.rounds() {
        rounds.poke();
    }
    Ok(see(&format!("/letters/{number}?done=verified")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn files_are_served_as_what_they_are() {
        let kind = |bytes: &[u8]| {
            let response = file(bytes.to_vec());
            let of = |name| {
                response
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            (of(CONTENT_TYPE).unwrap(), of(CONTENT_DISPOSITION))
        };
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), ("image/jpeg".to_owned(), None));
        assert_eq!(
            kind(b"RIFF\0\0\0\0WEBPVP8 "),
            ("image/webp".to_owned(), None)
        );
        let page = kind(b"<html><script>alert(1)</script>");
        assert_eq!(
            page,
            (
                "application/octet-stream".to_owned(),
                Some("attachment".to_owned())
            )
        );
    }
}
