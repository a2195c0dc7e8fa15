//! A letter as it will look on paper, before it is printed: the pages that the press would set, drawn in grey.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::LetterNumber;
use tidings_paper::{Pages, preview_height};

use super::{
    fields::Fields,
    inbox::ticked,
    letter::file,
    press::{OfficePress, paper_of},
    refusal::Refusal,
    routes::{Need, Routes},
    shell::Room,
    show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{Action, Error, PaperSize};

const NEED: Need = Need::May(&[Action::ReadLetter, Action::Print]);
/// Pixels across of a page: sharp enough to read on a screen of 1,366.
const WIDTH: u32 = 900;
/// Letters of a batch that can be looked through beforehand.
const AMONG_MAX: usize = 40;
/// Pages of a reply sheet at most.
const REPLY_PAGES_MAX: u8 = 2;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/letters/{number}/preview", NEED, show)
        .get("/letters/{number}/preview/{place}", NEED, page)
        .post("/print/preview", Need::May(&[Action::Print]), batch)
}

/// On what a letter is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice {
    letter: LetterNumber,
    paper: PaperSize,
    reply: u8,
}

impl Choice {
    /// As an address says it; A4 with one page for the reply where it does not.
    fn read(letter: LetterNumber, fields: &Fields) -> Self {
        Self {
            letter,
            paper: PaperSize::of(fields.get("paper")).unwrap_or(PaperSize::A4),
            reply: fields
                .number("reply")
                .map_or(1, |pages: u8| pages.min(REPLY_PAGES_MAX)),
        }
    }

    /// The address of the whole, or of one page.
    fn address(self, page: Option<usize>) -> String {
        let page = page.map_or_else(String::new, |page| format!("/{page}"));
        format!(
            "/letters/{}/preview{page}?paper={}&reply={}",
            self.letter.0,
            self.paper.word(),
            self.reply
        )
    }
}

/// Pages that were set for the screen.
pub(crate) struct Preview {
    choice: Choice,
    pages: Pages,
    /// When they were set.
    pub(crate) set: Instant,
    /// Whether the text and the pictures are left out: for those who print without reading.
    closed: bool,
}

/// Sets the letter, and keeps its pages for the pictures that the browser asks for next. The log notes it here, once.
async fn set(visit: &Visit, choice: Choice) -> Result<Arc<Preview>, Refusal> {
    let actor = visit.actor()?;
    let (reads, prints) = (visit.may(Action::ReadLetter), visit.may(Action::Print));
    let preview = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            let opened = if reads {
                desk.preview_letter(&actor, choice.letter, now)
            } else {
                Err(Error::NoAccess)
            };
            let (letter, closed) = match opened {
                Err(Error::NoAccess | Error::SecondPersonNeeded) if prints => {
                    (desk.preview_closed(&actor, choice.letter)?, true)
                }
                other => (other?, false),
            };
            let pages = OfficePress::of(desk)?
                .preview(letter, choice.paper, choice.reply, now.day())
                .map_err(|_| Error::Damaged {
                    what: "a letter cannot be set",
                })?;
            Ok(Preview {
                choice,
                pages,
                set: Instant::now(),
                closed,
            })
        })
        .await?;
    let preview = Arc::new(preview);
    visit
        .site
        .keep_preview(visit.inside()?.token.expose(), Arc::clone(&preview));
    Ok(preview)
}

/// `GET /letters/{number}/preview`
async fn show(visit: Visit, Path(number): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let choice = Choice::read(LetterNumber(number), &fields);
    let preview = set(&visit, choice).await?;
    let t = &visit.texts;
    let title = t.with("preview-title", args![number = number]);
    let among = among(&fields);
    Ok(visit
        .page(
            Room::Inbox,
            &title,
            html! {
                p { a href=(format!("/letters/{number}")) { "← " (t.with("preview-back", args![number = number])) } }
                h1 { (title) }
                p.sub { (t.say("preview-lead")) }
                @if preview.closed { div.notice { p { (t.say("preview-closed")) } } }
                (chooser(t, choice, &fields))
                (neighbours(t, choice, &among, fields.get("among")))
                (sheets(t, &preview))
            },
        )
        .into_response())
}

/// The first page, and the way to all, for whoever looks at the letter: fetched when it is unfolded.
pub(crate) fn beginning(t: &Texts, letter: LetterNumber) -> Markup {
    let choice = Choice {
        letter,
        paper: PaperSize::A4,
        reply: 1,
    };
    html! {
        p {
            a.button href=(choice.address(None)) data-key="v" {
                (t.say("preview-all")) " " kbd aria-hidden="true" { "V" }
            }
        }
        details.box.sheets {
            summary { (t.say("preview-first")) }
            figure {
                img src=(choice.address(Some(1))) width=(WIDTH) height=(preview_height(paper_of(choice.paper), WIDTH))
                    alt=(t.say("preview-first")) loading="lazy";
            }
        }
    }
}

/// On which paper, with which reply sheet: asked again by the address, so that going back works.
fn chooser(t: &Texts, choice: Choice, fields: &Fields) -> Markup {
    html! {
        form.row method="get" action=(format!("/letters/{}/preview", choice.letter.0)) {
            @if let Some(among) = fields.some("among") { input type="hidden" name="among" value=(among); }
            div.field {
                label for="field-paper" { (t.say("print-paper")) }
                select #field-paper name="paper" {
                    @for (size, name) in [(PaperSize::A4, "print-paper-a4"), (PaperSize::A5, "print-paper-a5")] {
                        option value=(size.word()) selected[size == choice.paper] { (t.say(name)) }
                    }
                }
            }
            div.field {
                label for="field-reply" { (t.say("print-reply")) }
                select #field-reply name="reply" {
                    @for (pages, name) in [(1, "print-reply-one"), (2, "print-reply-two"), (0, "print-reply-none")] {
                        option value=(pages) selected[pages == choice.reply] { (t.say(name)) }
                    }
                }
            }
            button type="submit" { (t.say("preview-show")) }
        }
    }
}

/// Letters of a batch that is about to be printed, as the address names them.
fn among(fields: &Fields) -> Vec<LetterNumber> {
    fields
        .get("among")
        .split(',')
        .filter_map(|number| number.parse().ok())
        .map(LetterNumber)
        .take(AMONG_MAX)
        .collect()
}

/// To the letters before and after in the batch.
fn neighbours(t: &Texts, choice: Choice, among: &[LetterNumber], list: &str) -> Markup {
    let at = among.iter().position(|letter| *letter == choice.letter);
    let address = |letter: LetterNumber| {
        let list: String = form_urlencoded::byte_serialize(list.as_bytes()).collect();
        format!("{}&among={list}", Choice { letter, ..choice }.address(None))
    };
    html! {
        @if let (Some(at), true) = (at, among.len() > 1) {
            nav.row.middle aria-label=(t.say("preview-among")) {
                @if let Some(before) = at.checked_sub(1).and_then(|at| among.get(at)) {
                    a.button href=(address(*before)) { "← " (t.say("preview-before")) }
                }
                span { (t.with("preview-of", args![place = at as u64 + 1, count = among.len() as u64])) }
                @if let Some(after) = among.get(at + 1) {
                    a.button href=(address(*after)) { (t.say("preview-after")) " →" }
                }
            }
        }
    }
}

fn sheets(t: &Texts, preview: &Preview) -> Markup {
    let height = preview_height(paper_of(preview.choice.paper), WIDTH);
    let count = preview.pages.len();
    html! {
        div.sheets {
            @for page in 1..=count {
                @let name = t.with("preview-page", args![page = page as u64, pages = count as u64]);
                figure {
                    img src=(preview.choice.address(Some(page))) width=(WIDTH) height=(height) alt=(name)
                        loading=[(page > 2).then_some("lazy")];
                    figcaption { (name) }
                }
            }
        }
    }
}

/// `GET /letters/{number}/preview/{place}`: a page, counted from 1
async fn page(
    visit: Visit,
    Path((number, place)): Path<(u64, usize)>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let choice = Choice::read(LetterNumber(number), &fields);
    let kept = visit.site.kept_preview(visit.inside()?.token.expose());
    let preview = match kept.filter(|kept| kept.choice == choice) {
        Some(kept) => kept,
        None => set(&visit, choice).await?,
    };
    let drawn = visit
        .site
        .blocking(move || {
            let at = place.checked_sub(1).ok_or(Refusal::NotFound)?;
            let drawn = preview.pages.preview(at, WIDTH);
            drawn.map_err(|_| Refusal::Broken)?.ok_or(Refusal::NotFound)
        })
        .await?;
    Ok(file(drawn))
}

/// `POST /print/preview`: the letters of a batch that is about to be made, beginning with the first.
async fn batch(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    // Whoever asks has a desk open; the letters are looked at one by one.
    visit.inside()?;
    let letters = ticked(&fields)?;
    let first = *letters.first().ok_or(Refusal::Malformed)?;
    let among: Vec<String> = letters
        .iter()
        .take(AMONG_MAX)
        .map(|letter| letter.0.to_string())
        .collect();
    let address = Choice::read(first, &fields).address(None);
    Ok(see(&format!("{address}&among={}", among.join("%2C"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(query: &str) -> Choice {
        Choice::read(LetterNumber(7), &Fields::read(query.as_bytes()))
    }

    #[test]
    fn an_address_says_on_what_a_letter_is_shown() {
        assert_eq!(
            choice("").address(None),
            "/letters/7/preview?paper=a4&reply=1"
        );
        let other = choice("paper=a5&reply=0");
        assert_eq!(
            other.address(Some(2)),
            "/letters/7/preview/2?paper=a5&reply=0"
        );
        assert_eq!(choice("paper=a5&reply=0"), other);
        // Nonsense is as if nothing were said, and no sheet has more pages than there are forms.
        assert_eq!(choice("paper=a3&reply=x"), choice(""));
        assert_eq!(choice("reply=200").reply, REPLY_PAGES_MAX);
    }

    #[test]
    fn the_letters_of_a_batch_are_counted() {
        let read = |query: &str| among(&Fields::read(query.as_bytes()));
        assert_eq!(read("among=3,5,x,8"), [3, 5, 8].map(LetterNumber));
        assert!(read("").is_empty());
        let many: Vec<String> = (1..=99).map(|n| n.to_string()).collect();
        assert_eq!(read(&format!("among={}", many.join(","))).len(), AMONG_MAX);
    }
}
