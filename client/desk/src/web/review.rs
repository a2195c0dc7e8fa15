//! Reviewing a letter: hints, rules of its route, and the four decisions.

use std::ops::Range;

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use tidings_client::LetterNumber;
use tidings_hints::{Hint, find};

use super::{
    fields::Fields,
    inbox::language_name,
    letter,
    refusal::Refusal,
    routes::{Need, Routes},
    shell, show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{
    Action, Actor, Cuts, Desk, Error, HoldReason, LetterFilter, LetterRow, OpenedLetter,
    RefusalReason, Route, RuleBreak, State,
};

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post(
            "/letters/{number}/review",
            Need::May(&[Action::Review]),
            decide,
        )
        .post(
            "/letters/{number}/route",
            Need::May(&[Action::Review]),
            set_route,
        )
}

/// What a reviewer is shown besides the letter.
pub(crate) struct Reviewing {
    hints: Vec<Hint>,
    /// What stands at each of them.
    words: Vec<String>,
    /// Places of pictures, which may be left out.
    pictures: Vec<u32>,
    breaks: Vec<RuleBreak>,
    routes: Vec<Route>,
}

impl Reviewing {
    /// Reads it.
    pub(crate) fn read(desk: &Desk, by: &Actor, opened: &OpenedLetter) -> Result<Self, Error> {
        let hints = find(&opened.text);
        Ok(Self {
            words: words(&opened.text, &hints),
            hints,
            pictures: opened
                .enclosures
                .iter()
                .filter(|it| letter::is_picture(it))
                .map(|it| it.place)
                .collect(),
            breaks: desk.rule_breaks(by, opened.row.number)?,
            routes: desk.routes(by)?,
        })
    }

    /// The text with its hints marked.
    pub(crate) fn marked(&self, text: &str) -> Markup {
        let mut parts: Vec<(&str, bool)> = Vec::new();
        let mut from = 0;
        for hint in &self.hints {
            let Range { start, end } = hint.span;
            if start < from {
                continue;
            }
            let (Some(before), Some(within)) = (text.get(from..start), text.get(start..end)) else {
                continue;
            };
            parts.push((before, false));
            parts.push((within, true));
            from = end;
        }
        parts.push((text.get(from..).unwrap_or_default(), false));
        html! {
            @for (part, is_marked) in parts {
                @if is_marked { mark { (part) } } @else { (part) }
            }
        }
    }
}

fn words(text: &str, hints: &[Hint]) -> Vec<String> {
    hints
        .iter()
        .map(|hint| text.get(hint.span.clone()).unwrap_or_default().to_owned())
        .collect()
}

/// Takes a new letter for review because a reviewer opens it, so that two do not read the same one.
pub(crate) fn take_up(desk: &Desk, by: &Actor, number: LetterNumber) -> Result<(), Error> {
    if desk.letter_row(by, number)?.state != State::TakenByDesk {
        return Ok(());
    }
    match desk.begin_review(by, &[number], show::now()) {
        // Somebody else was quicker by a moment, or this reviewer may not open it now.
        Err(Error::Transition { .. } | Error::SecondPersonNeeded | Error::NoAccess) => Ok(()),
        other => other,
    }
}

/// A decision that did not work, with what was typed for it.
pub(crate) struct Wrong {
    sentence: String,
    fields: Fields,
}

/// Decisions that a letter in this state can take.
fn is_open(state: State) -> bool {
    matches!(state, State::TakenByDesk | State::InReview)
}

/// The reviewer's box.
pub(crate) fn decisions(
    visit: &Visit,
    row: &LetterRow,
    reviewing: &Reviewing,
    wrong: Option<&Wrong>,
) -> Markup {
    let t = &visit.texts;
    let number = row.number.0;
    let empty = Fields::default();
    let kept = wrong.map_or(&empty, |wrong| &wrong.fields);
    html! {
        section.box aria-label=(t.say("review-heading")) {
            h2 { (t.say("review-heading")) }
            (shell::wrong(wrong.map(|wrong| wrong.sentence.as_str())))
            (rules(t, reviewing))
            @if is_open(row.state) {
                form method="post" action=(format!("/letters/{number}/review")) data-keep=(format!("review-{number}")) {
                    (visit.token_field())
                    (hint_list(t, reviewing, kept))
                    div.decisions {
                        button.main type="submit" name="decision" value="pass" data-key="p" {
                            (t.say("review-pass")) kbd aria-hidden="true" { "P" }
                        }
                        details open[kept.get("decision") == "cut"] {
                            summary { (t.say("review-cut-heading")) }
                            div.field {
                                label for="field-cuts" { (t.say("review-cuts")) }
                                textarea #field-cuts name="cuts" rows="3" spellcheck="false" aria-describedby="cuts-hint" {
                                    (kept.get("cuts"))
                                }
                                p.hint #cuts-hint { (t.say("review-cuts-hint")) }
                            }
                            button type="button" data-take-selection="field-cuts" data-key="c" {
                                (t.say("review-take-selection")) kbd aria-hidden="true" { "C" }
                            }
                            @if !reviewing.pictures.is_empty() {
                                fieldset {
                                    legend { (t.say("review-leave-out")) }
                                    @for place in &reviewing.pictures {
                                        label.inline {
                                            input type="checkbox" name="leave-out" value=(place)
                                                checked[kept.all("leave-out").any(|it| it == place.to_string())];
                                            span { (t.with("review-picture", args![place = u64::from(*place) + 1])) }
                                        }
                                        " "
                                    }
                                }
                            }
                            button type="submit" name="decision" value="cut" { (t.say("review-cut")) }
                        }
                        details open[kept.get("decision") == "hold"] {
                            summary { (t.say("review-hold-heading")) }
                            div.field {
                                label for="field-hold" { (t.say("review-reason")) }
                                select #field-hold name="hold" {
                                    @for reason in HoldReason::ALL {
                                        option value=(reason.word()) selected[kept.get("hold") == reason.word()] {
                                            (t.say(&format!("reason-{}", reason.word())))
                                        }
                                    }
                                }
                            }
                            button type="submit" name="decision" value="hold" { (t.say("review-hold")) }
                        }
                        details open[kept.get("decision") == "refuse"] {
                            summary { (t.say("review-refuse-heading")) }
                            div.field {
                                label for="field-refuse" { (t.say("review-reason")) }
                                select #field-refuse name="refuse" {
                                    @for reason in RefusalReason::ALL {
                                        option value=(reason.word()) selected[kept.get("refuse") == reason.word()] {
                                            (t.say(&format!("reason-{}", reason.word())))
                                        }
                                    }
                                }
                            }
                            button.grave type="submit" name="decision" value="refuse" { (t.say("review-refuse")) }
                        }
                        button type="submit" name="decision" value="back" formnovalidate { (t.say("review-back")) }
                    }
                }
            } @else if row.state.can_become(State::InReview) {
                form method="post" action=(format!("/letters/{number}/review")) {
                    (visit.token_field())
                    button type="submit" name="decision" value="again" { (t.say("review-again")) }
                }
            } @else {
                p.sub { (t.say("review-over")) }
            }
            (route_form(visit, row, reviewing))
        }
    }
}

fn rules(t: &Texts, reviewing: &Reviewing) -> Markup {
    html! {
        @for broken in &reviewing.breaks {
            div.notice.warn {
                p {
                    @match broken {
                        RuleBreak::Closed => (t.say("rule-closed")),
                        RuleBreak::Language { got } => (t.with("rule-language", args![language = t.say(language_name(*got))])),
                        RuleBreak::Lines { got, limit } => (t.with("rule-lines", args![got = *got, limit = *limit])),
                        RuleBreak::Pictures { got, limit } => (t.with("rule-pictures", args![got = *got, limit = *limit])),
                    }
                }
            }
        }
    }
}

fn hint_list(t: &Texts, reviewing: &Reviewing, kept: &Fields) -> Markup {
    html! {
        @if reviewing.hints.is_empty() {
            p.sub { (t.say("review-no-hints")) }
        } @else {
            fieldset {
                legend { (t.say("review-hints")) }
                p.sub.small { (t.say("review-hints-lead")) }
                ul.hints {
                    @for (place, (hint, word)) in reviewing.hints.iter().zip(&reviewing.words).enumerate() {
                        @let value = format!("{}-{}", hint.span.start, hint.span.end);
                        li {
                            label.inline for=(format!("hint-{place}")) {
                                input id=(format!("hint-{place}")) type="checkbox" name="hint" value=(value)
                                    checked[kept.all("hint").any(|it| it == value)];
                                span { b { (word) } " — " (t.say(&format!("hint-{}", hint.kind.key()))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn route_form(visit: &Visit, row: &LetterRow, reviewing: &Reviewing) -> Markup {
    let t = &visit.texts;
    html! {
        @if !reviewing.routes.is_empty() {
            form.row method="post" action=(format!("/letters/{}/route", row.number.0)) {
                (visit.token_field())
                div.field {
                    label for="field-route" { (t.say("review-route")) }
                    select #field-route name="route" {
                        option value="" { (t.say("review-no-route")) }
                        @for route in &reviewing.routes {
                            option value=(route.id) selected[row.route == Some(route.id)] { (route.name) }
                        }
                    }
                }
                button type="submit" { (t.say("account-save")) }
            }
        }
    }
}

/// What was noted with a state: the word of a reason, or a number.
pub(crate) fn note(t: &Texts, note: &str) -> String {
    t.find(&format!("reason-{note}"), &[])
        .unwrap_or_else(|| note.to_owned())
}

/// `POST /letters/{number}/review`
async fn decide(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let number = LetterNumber(number);
    let actor = visit.actor()?;
    let asked = fields.clone();
    let decided = visit
        .site
        .ask(move |desk| carry_out(desk, &actor, number, &asked))
        .await;
    match decided {
        Ok(Ok(done)) => {
            if let Some(rounds) = visit.site.rounds() {
                rounds.poke();
            }
            let next = next_letter(&visit).await?;
            Ok(see(&match next {
                Some(next) if done != "again" => format!("/letters/{}?done=review-{done}", next.0),
                _ if done == "again" => format!("/letters/{}", number.0),
                _ => format!("/letters?drawer=review&done=review-{done}"),
            }))
        }
        Ok(Err(why)) => {
            let sentence = visit.texts.say(why);
            letter::page(&visit, number, Some(&Wrong { sentence, fields })).await
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            letter::page(&visit, number, Some(&Wrong { sentence, fields })).await
        }
        Err(other) => Err(other),
    }
}

/// The word of what was done, or the text that says why nothing was.
fn carry_out(
    desk: &Desk,
    by: &Actor,
    number: LetterNumber,
    fields: &Fields,
) -> Result<Result<&'static str, &'static str>, Error> {
    let now = show::now();
    let letters = [number];
    let has_cuts = fields.has("hint") || fields.has("leave-out") || fields.some("cuts").is_some();
    let unknown = || Error::NotFound {
        what: "reason",
        number: 0,
    };
    match fields.get("decision") {
        // Whoever ticked something meant to cut it.
        "pass" if has_cuts => return Ok(Err("review-cuts-ticked")),
        "pass" => desk.pass(by, &letters, now)?,
        "cut" => {
            let letter = desk.open_letter(by, number, now)?;
            let Some(cuts) = cuts(&letter.text, fields) else {
                return Ok(Err("review-cut-not-found"));
            };
            desk.pass_with_cuts(by, number, &cuts, now)?;
            return Ok(Ok("cut"));
        }
        "hold" => {
            let reason = HoldReason::of(fields.get("hold")).ok_or_else(unknown)?;
            desk.hold(by, &letters, reason, now)?;
            return Ok(Ok("held"));
        }
        "refuse" => {
            let reason = RefusalReason::of(fields.get("refuse")).ok_or_else(unknown)?;
            desk.refuse(by, &letters, reason, now)?;
            return Ok(Ok("refused"));
        }
        "back" => {
            desk.end_review(by, &letters, now)?;
            return Ok(Ok("back"));
        }
        "again" => {
            desk.begin_review(by, &letters, now)?;
            return Ok(Ok("again"));
        }
        _ => return Err(unknown()),
    }
    Ok(Ok("passed"))
}

/// Ticked hints, typed passages (each wherever it stands), pictures that are left out.
fn cuts(text: &str, fields: &Fields) -> Option<Cuts> {
    let mut cuts = Cuts::default();
    for hint in fields.all("hint") {
        let (start, end) = hint.split_once('-')?;
        cuts.text.push(start.parse().ok()?..end.parse().ok()?);
    }
    for passage in fields
        .get("cuts")
        .lines()
        .map(str::trim)
        .filter(|passage| !passage.is_empty())
    {
        let before = cuts.text.len();
        cuts.text.extend(
            text.match_indices(passage)
                .map(|(at, found)| at..at + found.len()),
        );
        if cuts.text.len() == before {
            return None;
        }
    }
    for place in fields.all("leave-out") {
        cuts.enclosures.push(place.parse().ok()?);
    }
    Some(cuts)
}

/// The letter that waits longest for review: the reviewer goes on without the list.
async fn next_letter(visit: &Visit) -> Result<Option<LetterNumber>, Refusal> {
    let actor = visit.actor()?;
    let filter = LetterFilter {
        states: vec![State::TakenByDesk],
        ..LetterFilter::default()
    };
    let page = visit
        .site
        .ask(move |desk| desk.letters(&actor, &filter, None, 1))
        .await?;
    Ok(page.rows.first().map(|row| row.number))
}

/// `POST /letters/{number}/route`
async fn set_route(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let route = fields.number("route");
    visit
        .site
        .ask(move |desk| desk.set_route(&actor, &[LetterNumber(number)], route, show::now()))
        .await?;
    Ok(see(&format!("/letters/{number}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn passages_are_cut_wherever_they_stand() {
        let text = "Ніна тут.\nНіна там.";
        let read = |form: &str| cuts(text, &Fields::read(form.as_bytes()));
        let found = read("cuts=Ніна\r\n&leave-out=1").unwrap();
        assert_eq!(found.text, [0..8, 17..25]);
        assert_eq!(found.enclosures, [1]);
        assert_eq!(read("cuts=Ганна"), None);
        assert_eq!(read("hint=0-8").unwrap().text, [0..8]);
        assert_eq!(read("hint=x-8"), None);
        assert_eq!(read("").unwrap(), Cuts::default());
    }

    #[test]
    fn hints_are_marked_and_everything_else_stays() {
        let text = "Мій полк <b>";
        let hints = find(text);
        let reviewing = Reviewing {
            words: words(text, &hints),
            hints,
            pictures: Vec::new(),
            breaks: Vec::new(),
            routes: Vec::new(),
        };
        let shown = reviewing.marked(text).into_string();
        assert_eq!(shown, "Мій <mark>полк</mark> &lt;b&gt;");
    }
}
