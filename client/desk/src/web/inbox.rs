//! The inbox: letters by what has to be done with them, found by names in any script.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use tidings_client::LetterNumber;
use tidings_protocol::language::Language;

use super::{
    fields::Fields,
    letter::name_of,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::Room,
    show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{
    Action, Evidence, LetterCounts, LetterFilter, LetterPage, LetterRow, Opening, OperatorId,
    Order, State, Tracked,
};

/// Letters on one page.
const PAGE: usize = 50;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/letters", Need::May(&[Action::SeeLetters]), show)
        .post("/letters/track", Need::May(&[Action::Track]), track)
}

/// A drawer of the inbox: the states that want the same to be done.
struct Drawer {
    word: &'static str,
    name: &'static str,
    empty: &'static str,
    states: &'static [State],
}

static DRAWERS: [Drawer; 6] = [
    Drawer {
        word: "review",
        name: "inbox-drawer-review",
        empty: "inbox-empty-review",
        states: &[State::TakenByDesk, State::InReview],
    },
    Drawer {
        word: "held",
        name: "inbox-drawer-held",
        empty: "inbox-empty-held",
        states: &[State::Held],
    },
    Drawer {
        word: "print",
        name: "inbox-drawer-print",
        empty: "inbox-empty-print",
        states: &[State::Passed, State::PassedWithCuts],
    },
    Drawer {
        word: "pack",
        name: "inbox-drawer-pack",
        empty: "inbox-empty-pack",
        states: &[State::Printed, State::Packed],
    },
    Drawer {
        word: "away",
        name: "inbox-drawer-away",
        empty: "inbox-empty-away",
        states: &[
            State::WithCarrier,
            State::AtReceivingSide,
            State::HandoverReported,
        ],
    },
    Drawer {
        word: "all",
        name: "inbox-drawer-all",
        empty: "inbox-empty-all",
        states: &[],
    },
];

impl Drawer {
    /// The drawer that was asked for; else the one with this operator's work.
    fn of(visit: &Visit, fields: &Fields) -> &'static Self {
        let asked = fields.get("drawer");
        let usual = if visit.may(Action::Review) {
            "review"
        } else if visit.may(Action::Print) {
            "print"
        } else {
            "all"
        };
        let find = |word: &str| DRAWERS.iter().find(|drawer| drawer.word == word);
        find(asked).or_else(|| find(usual)).unwrap_or(&DRAWERS[0])
    }

    fn count(&self, counts: &LetterCounts) -> u64 {
        if self.states.is_empty() {
            counts.total()
        } else {
            self.states.iter().map(|state| counts.of(*state)).sum()
        }
    }
}

/// `GET /letters`
async fn show(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let drawer = Drawer::of(&visit, &fields);
    // A number that is typed and sent opens its letter.
    if let Some(number) = fields.number::<u64>("find").filter(|_| !visit.is_script) {
        return Ok(see(&format!("/letters/{number}")));
    }
    let filter = filter_of(drawer, &fields);
    let after = fields.some("after").map(str::parse).transpose()?;
    let actor = visit.actor()?;
    let agrees = visit.may(Action::Agree);
    let shown = visit
        .site
        .ask(move |desk| {
            let openings = match agrees {
                true => desk.openings(&actor, show::now())?,
                false => Vec::new(),
            };
            Ok(Shown {
                page: desk.letters(&actor, &filter, after, PAGE)?,
                counts: desk.letter_counts(&actor)?,
                names: match openings.is_empty() {
                    true => Vec::new(),
                    false => desk.operator_names()?,
                },
                openings,
            })
        })
        .await?;
    Ok(inbox(&visit, &fields, drawer, &shown).into_response())
}

/// What the page shows.
struct Shown {
    page: LetterPage,
    counts: LetterCounts,
    /// Colleagues who want to open a letter together with somebody.
    openings: Vec<Opening>,
    names: Vec<(OperatorId, String)>,
}

fn filter_of(drawer: &Drawer, fields: &Fields) -> LetterFilter {
    LetterFilter {
        states: drawer.states.to_vec(),
        search: fields.get("find").to_owned(),
        language: fields.get("language").parse().ok(),
        pictures: match fields.get("pictures") {
            "with" => Some(true),
            "without" => Some(false),
            _ => None,
        },
        order: if fields.get("order") == "newest" {
            Order::Newest
        } else {
            Order::Oldest
        },
        ..LetterFilter::default()
    }
}

fn inbox(visit: &Visit, fields: &Fields, drawer: &Drawer, shown: &Shown) -> Markup {
    let t = &visit.texts;
    let (page, counts) = (&shown.page, &shown.counts);
    visit.page(Room::Inbox, &t.say("room-letters"), html! {
        div.head { h1 { (t.say("room-letters")) } }
        @for opening in &shown.openings {
            @let asked = args![name = name_of(&shown.names, opening.asked_by), number = opening.letter.0];
            div.notice.warn role="status" {
                p { (t.with("inbox-asked", asked)) }
                p { a.button href=(format!("/letters/{}", opening.letter.0)) { (t.say("inbox-asked-open")) } }
            }
        }
        nav aria-label=(t.say("inbox-drawers")) {
            ul.drawers {
                @for it in &DRAWERS {
                    li {
                        a href=(format!("/letters?drawer={}", it.word))
                            aria-current=[(it.word == drawer.word).then_some("page")] {
                            (t.say(it.name)) " " span.count { (t.number(it.count(counts))) }
                        }
                    }
                }
            }
        }
        (filters(t, fields, drawer))
        div #list {
            @if page.rows.is_empty() { (nothing(visit, fields, drawer)) } @else { (list(visit, fields, page)) }
        }
    })
}

fn filters(t: &Texts, fields: &Fields, drawer: &Drawer) -> Markup {
    let option = |name: &str, value: &str, text: String| {
        html! { option value=(value) selected[fields.get(name) == value] { (text) } }
    };
    html! {
        form.filters method="get" action="/letters" role="search"
            hx-get="/letters" hx-target="#list" hx-select="#list" hx-swap="outerHTML"
            hx-trigger="input changed delay:250ms from:#find, change from:select" {
            input type="hidden" name="drawer" value=(drawer.word);
            div.field.search {
                label for="find" { (t.say("inbox-find")) " " kbd aria-hidden="true" { "/" } }
                input #find type="search" name="find" value=(fields.get("find")) autocomplete="off" spellcheck="false"
                    placeholder=(t.say("inbox-find-hint"));
            }
            div.field {
                label for="field-language" { (t.say("inbox-language")) }
                select #field-language name="language" {
                    (option("language", "", t.say("inbox-any")))
                    @for language in Language::ALL {
                        (option("language", language.code(), t.say(language_name(language))))
                    }
                }
            }
            div.field {
                label for="field-pictures" { (t.say("inbox-pictures")) }
                select #field-pictures name="pictures" {
                    (option("pictures", "", t.say("inbox-any")))
                    (option("pictures", "with", t.say("inbox-pictures-with")))
                    (option("pictures", "without", t.say("inbox-pictures-without")))
                }
            }
            div.field {
                label for="field-order" { (t.say("inbox-order")) }
                select #field-order name="order" {
                    (option("order", "", t.say("inbox-order-oldest")))
                    (option("order", "newest", t.say("inbox-order-newest")))
                }
            }
            button type="submit" { (t.say("inbox-search")) }
        }
    }
}

/// The name of a language in the reader's language.
pub(crate) fn language_name(language: Language) -> &'static str {
    match language {
        Language::Ukrainian => "language-ukrainian",
        Language::Russian => "language-russian",
        Language::English => "language-english",
    }
}

fn nothing(visit: &Visit, fields: &Fields, drawer: &Drawer) -> Markup {
    let t = &visit.texts;
    let is_filtered = ["find", "language", "pictures", "after"]
        .iter()
        .any(|name| fields.some(name).is_some());
    html! {
        div.box.empty {
            @if is_filtered {
                h2 { (t.say("inbox-nothing-found")) }
                p { (t.say("inbox-nothing-found-hint")) }
                p { a.button href=(format!("/letters?drawer={}", drawer.word)) { (t.say("inbox-show-all")) } }
            } @else {
                h2 { (t.say(drawer.empty)) }
                @if drawer.word == "review" || drawer.word == "all" {
                    p { (t.say("inbox-empty-hint")) }
                    p { a.button href="/card" { (t.say("inbox-empty-card")) } }
                }
            }
        }
    }
}

fn list(visit: &Visit, fields: &Fields, page: &LetterPage) -> Markup {
    let t = &visit.texts;
    let bulk = visit.may(Action::Print) || visit.may(Action::Track);
    html! {
        form method="post" action="/letters/track" {
            (visit.token_field())
            input type="hidden" name="drawer" value=(fields.get("drawer"));
            @if bulk {
                div.bulk {
                    span { (t.say("inbox-ticked")) ": " strong data-ticked="" { "0" } }
                    @if visit.may(Action::Print) {
                        button type="submit" formaction="/print/new" data-bulk="" data-key="p" {
                            (t.say("inbox-print")) " " kbd aria-hidden="true" { "P" }
                        }
                    }
                    @if visit.may(Action::Track) {
                        span.row.middle {
                            label.unseen for="field-where" { (t.say("inbox-where")) }
                            select #field-where name="where" {
                                @for (word, state) in TRACKED {
                                    option value=(word) { (t.say(&format!("state-{}", state.word()))) }
                                }
                            }
                            label.unseen for="field-grade" { (t.say("register-grade")) }
                            select #field-grade name="grade" {
                                @for grade in Evidence::ALL {
                                    option value=(grade.word()) { (t.say(&format!("grade-{}", grade.word()))) }
                                }
                            }
                            button type="submit" data-bulk="" { (t.say("inbox-record")) }
                        }
                    }
                }
            }
            div.scroll {
                table.inbox.fold {
                    caption.unseen { (t.say("room-letters")) }
                    thead {
                        tr {
                            @if bulk {
                                th.tick-cell scope="col" {
                                    input type="checkbox" data-all="" aria-label=(t.say("inbox-tick-all"));
                                }
                            }
                            th.number scope="col" { (t.say("inbox-column-number")) }
                            th.person scope="col" { (t.say("inbox-column-person")) }
                            th.writer scope="col" { (t.say("inbox-column-writer")) }
                            th scope="col" { (t.say("inbox-column-language")) }
                            th.number scope="col" { (t.say("inbox-column-pictures")) }
                            th.number scope="col" { (t.say("inbox-column-waits")) }
                            th scope="col" { (t.say("inbox-column-state")) }
                        }
                    }
                    tbody {
                        @for row in &page.rows { (line(t, row, bulk)) }
                    }
                }
            }
        }
        div.pager {
            span { (t.count("inbox-shown", page.rows.len() as u64)) }
            span.row.middle {
                @if fields.some("after").is_some() {
                    a.button href=(format!("/letters?{}", fields.query_with("after", ""))) { (t.say("inbox-first-page")) }
                }
                @if let Some(next) = page.next {
                    a.button rel="next" data-key="n" href=(format!("/letters?{}", fields.query_with("after", &next.to_string()))) {
                        (t.say("inbox-next-page")) " " kbd aria-hidden="true" { "N" }
                    }
                }
            }
        }
    }
}

fn line(t: &Texts, row: &LetterRow, bulk: bool) -> Markup {
    let person = row
        .addressee
        .clone()
        .unwrap_or_else(|| t.say("inbox-no-person"));
    let number = row.number.0;
    html! {
        tr data-open="" .seen[row.state != State::TakenByDesk] {
            @if bulk {
                td.tick-cell {
                    input type="checkbox" name="letter" value=(number)
                        aria-label=(t.with("inbox-tick", args![number = number, person = person.clone()]));
                }
            }
            td.number data-label=(t.say("inbox-column-number")) { (number) }
            td data-label=(t.say("inbox-column-person")) {
                a.whole href=(format!("/letters/{number}")) { (person) }
                @if row.two_people { " " span.tag { (t.say("letter-two-people")) } }
                @if row.restricted { " " span.tag { (t.say("letter-restricted")) } }
            }
            td.writer data-label=(t.say("inbox-column-writer")) { (row.writer) }
            td data-label=(t.say("inbox-column-language")) { (t.say(language_name(row.language))) }
            td.number data-label=(t.say("inbox-column-pictures")) { (row.pictures) }
            td.number data-label=(t.say("inbox-column-waits")) {
                time title=(t.moment(row.received)) { (t.since(row.received)) }
            }
            td data-label=(t.say("inbox-column-state")) { (state(t, row.state)) }
        }
    }
}

/// A letter's state by word and shape.
pub(crate) fn state(t: &Texts, state: State) -> Markup {
    let shape = match state {
        State::TakenByDesk => "new",
        State::InReview => "half",
        State::Passed
        | State::Printed
        | State::Packed
        | State::WithCarrier
        | State::AtReceivingSide
        | State::HandoverReported
        | State::ReplyReceived => "done",
        State::PassedWithCuts => "cut",
        State::Held => "wait",
        State::Refused | State::Lost => "bad",
        State::Returned | State::Withdrawn => "warn",
    };
    html! { span.state.(shape) { (t.say(&format!("state-{}", state.word()))) } }
}

/// What somebody can record about letters that left, by the word in the form.
const TRACKED: [(&str, State); 5] = [
    ("with-carrier", State::WithCarrier),
    ("at-receiving-side", State::AtReceivingSide),
    ("handover-reported", State::HandoverReported),
    ("lost", State::Lost),
    ("withdrawn", State::Withdrawn),
];

/// `POST /letters/track`
async fn track(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let what = match fields.get("where") {
        "with-carrier" => Tracked::WithCarrier,
        "at-receiving-side" => Tracked::AtReceivingSide,
        "handover-reported" => Tracked::HandoverReported,
        "lost" => Tracked::Lost,
        "withdrawn" => Tracked::Withdrawn,
        _ => return Err(Refusal::Malformed),
    };
    let evidence = fields.get("grade").parse().unwrap_or(Evidence::DeskSaw);
    let letters = ticked(&fields)?;
    let count = letters.len();
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| desk.track(&actor, &letters, what, evidence, show::now()))
        .await?;
    let drawer = Drawer::of(&visit, &fields).word;
    Ok(see(&format!(
        "/letters?drawer={drawer}&done=tracked&count={count}"
    )))
}

/// The letters that were ticked in a list.
pub(crate) fn ticked(fields: &Fields) -> Result<Vec<LetterNumber>, Refusal> {
    fields
        .all("letter")
        .map(|number| {
            number
                .parse()
                .map(LetterNumber)
                .map_err(|_| Refusal::Malformed)
        })
        .collect()
}
