//! What families need to write to the office: its card as a link and a code, and the words for the telephone.

use axum::{
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_paper::{DocumentId, forms::PosterForm, geometry::Paper};
use tidings_protocol::language::Language;

use super::{
    parcels::papers,
    press::OfficePress,
    print::pdf_response,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Room},
    show,
    texts::args,
    visit::Visit,
};
/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/card", Need::Signed, show)
        .get("/card/file", Need::Signed, file)
        .get("/card/poster", Need::Signed, poster)
}

/// `GET /card`
async fn show(visit: Visit) -> Result<Markup, Refusal> {
    let card = visit
        .site
        .ask_both(|_, account| Ok(account.card()?))
        .await?;
    let t = &visit.texts;
    let title = t.say("room-card");
    let last = show::day_of(card.not_after);
    Ok(visit.page(Room::Card, &title, html! {
        div.head { h1 { (title) } }
        @if card.published {
            p.sub { (t.say("card-lead")) }
        } @else {
            div.notice.warn { p { (t.say("card-waits")) } }
        }
        div.columns {
            section.box {
                h2 { (card.name) }
                (shell::qr(&card.qr_text, &t.say("card-qr-label")))
                p.sub.small { (t.with("card-valid", args![date = t.day(last)])) }
            }
            section.box {
                h2 { (t.say("card-link")) }
                p { (t.say("card-link-lead")) }
                div.field {
                    label.unseen for="card-link" { (t.say("card-link")) }
                    textarea #card-link rows="4" readonly spellcheck="false" { (card.link) }
                }
                div.row {
                    button type="button" data-copy="card-link" {
                        (t.say("card-copy")) span data-done="" hidden { " ✓ " (t.say("card-copied")) }
                    }
                    a.button href="/card/file" download="office.tidings" { (t.say("card-file")) }
                }
                p.sub.small { (t.say("card-file-hint")) }
            }
        }
        section.box {
            h2 { (t.say("card-words")) }
            p { (t.say("card-words-lead")) }
            @for language in in_order(t.language()) {
                h3 lang=(language.code()) { (shell::own_name(language)) }
                ol.words lang=(language.code()) {
                    @for word in card.words.words(language) { li { (word) } }
                }
            }
        }
        section.box {
            h2 { (t.say("card-poster")) }
            p { (t.say("card-poster-lead")) }
            p { a.button href="/card/poster" target="_blank" rel="noopener" { (t.say("card-poster-open")) } }
        }
    }))
}

/// The reader's language first.
fn in_order(first: Language) -> impl Iterator<Item = Language> {
    std::iter::once(first).chain(
        Language::ALL
            .into_iter()
            .filter(move |language| *language != first),
    )
}

/// `GET /card/file`: the card with prekeys, for families who write without a connection.
async fn file(visit: Visit) -> Result<Response, Refusal> {
    let card = visit
        .site
        .ask_both(|_, account| Ok(account.card()?))
        .await?;
    Ok(saved(
        card.file,
        "application/octet-stream",
        "office.tidings",
    ))
}

/// `GET /card/poster`: one page for a wall, in three languages.
async fn poster(visit: Visit) -> Result<Response, Refusal> {
    let pdf = visit
        .site
        .ask_both(|desk, account| {
            let card = account.card()?;
            let words = |language| {
                let words = card.words.words(language);
                words
                    .iter()
                    .map(|&word| word.to_owned())
                    .collect::<Vec<_>>()
            };
            let form = PosterForm {
                link: card.link.clone(),
                check_words: Language::ALL.map(words),
            };
            let press = OfficePress::of(desk)?;
            let id = DocumentId {
                id: "poster".to_owned(),
                printed: show::now(),
            };
            papers::set(form.set(&press.printing(Paper::A4)), &id)
        })
        .await?;
    Ok(pdf_response(pdf, "poster.pdf"))
}

/// Bytes to be saved under a name.
pub(crate) fn saved(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}
