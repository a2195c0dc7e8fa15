//! Figures: what came, what went, how long it took, and what was lost. A report for others without small counts.

use axum::response::Response;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use maud::{Markup, html};
use tidings_paper::{DocumentId, forms::ReportForm, geometry::Paper};
use tidings_protocol::time::UnixTime;

use super::{
    card::saved,
    fields::Fields,
    parcels::papers,
    press::OfficePress,
    print::pdf_response,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::Room,
    show,
    texts::{Texts, args},
    visit::Visit,
};
use crate::{
    Action, Clock, ClockLevel, Figures, QUOTA_FLOOR, Quota, ReportLine, RouteLoss, SMALL_COUNT,
    State,
};

const NEED: Need = Need::May(&[Action::SeeFigures]);
/// Months that can be chosen.
const MONTHS: i64 = 24;
/// Clocks of each kind that are listed.
const CLOCKS: u32 = 50;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/figures", NEED, show)
        .get("/figures/report", NEED, report)
        .get("/figures/report.pdf", NEED, report_pdf)
}

/// The first day of the month that was asked for, `2026-11`; of this one otherwise.
fn month(fields: &Fields) -> Date {
    let asked = format!("{}-01", fields.get("month"));
    let this = show::today().first_of_month();
    asked.parse().unwrap_or(this)
}

/// From the first moment of a month until that of the next.
fn span(first: Date) -> (UnixTime, UnixTime) {
    let at = |date: Date| {
        let midnight = date.to_zoned(TimeZone::system());
        UnixTime(midnight.map_or(0, |at| {
            u64::try_from(at.timestamp().as_second()).unwrap_or(0)
        }))
    };
    let next = first.checked_add(1.month()).unwrap_or(first);
    (at(first), at(next))
}

/// This month, from its first moment until that of the next.
pub(crate) fn this_month() -> (UnixTime, UnixTime) {
    span(show::today().first_of_month())
}

/// What went to a captive and came from him this month, beside what he may send at the least.
pub(crate) fn quota(t: &Texts, quota: &Quota) -> Markup {
    html! {
        dt { (t.say("quota-month")) }
        dd {
            (t.count("quota-letters", quota.letters)) ", " (t.count("quota-replies", quota.replies))
            div.sub.small { (t.count("quota-floor", QUOTA_FLOOR)) }
            @if quota.is_short() { span.state.warn { (t.say("quota-short")) } }
        }
    }
}

/// `GET /figures`
async fn show(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let first = month(&fields);
    let (from, until) = span(first);
    let actor = visit.actor()?;
    let (figures, losses, routes, clocks) = visit
        .site
        .ask(move |desk| {
            Ok((
                desk.figures(&actor, from, until)?,
                desk.loss_by_route(&actor)?,
                desk.routes(&actor)?,
                desk.clocks(&actor, show::now(), CLOCKS)?,
            ))
        })
        .await?;
    let t = &visit.texts;
    let title = t.say("room-figures");
    let word = month_word(first);
    Ok(visit.page(Room::Figures, &title, html! {
        div.head {
            h1 { (title) }
            form.row method="get" action="/figures" {
                div.field {
                    label.unseen for="field-month" { (t.say("figures-month")) }
                    select #field-month name="month" data-submits="" {
                        @for back in 0..MONTHS {
                            @let it = show::today().first_of_month().checked_sub(back.months()).unwrap_or(first);
                            option value=(month_word(it)) selected[it == first] { (t.month(it)) }
                        }
                    }
                }
                button type="submit" { (t.say("figures-show")) }
                a.button href=(format!("/figures/report.pdf?month={word}")) target="_blank" rel="noopener" { (t.say("figures-report-pdf")) }
                a.button href=(format!("/figures/report?month={word}")) download=(format!("report-{word}.csv")) {
                    (t.say("figures-report"))
                }
            }
        }
        div.columns.tight {
            (big(t, "figures-received", figures.received))
            (big(t, "figures-printed", reached(&figures, State::Printed)))
            (big(t, "figures-replies", figures.replies))
            (big(t, "figures-families", figures.families))
        }
        section.box {
            h2 { (t.say("figures-by-day")) }
            (plot(t, first, &figures.by_day))
        }
        div.columns {
            section.box {
                h2 { (t.say("figures-waiting")) }
                @match (figures.wait_median, figures.wait_most) {
                    (Some(median), Some(most)) => dl.facts {
                        dt { (t.say("figures-wait-median")) } dd { (t.span(median)) }
                        dt { (t.say("figures-wait-most")) } dd { (t.span(most)) }
                    },
                    _ => p.sub { (t.say("figures-nothing-printed")) },
                }
            }
            section.box {
                h2 { (t.say("figures-clocks")) }
                (clock_list(t, &clocks))
            }
            section.box {
                h2 { (t.say("figures-losses")) }
                @if losses.is_empty() { p.sub { (t.say("figures-no-losses")) } }
                @else { (loss_table(t, &losses, |id| routes.iter().find(|route| route.id == id).map(|route| route.name.clone()))) }
            }
        }
        section.box {
            h2 { (t.say("figures-states")) }
            div.scroll {
                table {
                    caption.unseen { (t.say("figures-states")) }
                    thead { tr { th scope="col" { (t.say("inbox-column-state")) } th.number scope="col" { (t.say("room-letters")) } } }
                    tbody {
                        @for (state, count) in &figures.reached {
                            tr { td { (super::inbox::state(t, *state)) } td.number { (t.number(*count)) } }
                        }
                    }
                }
            }
        }
    }))
}

fn month_word(first: Date) -> String {
    format!("{:04}-{:02}", first.year(), first.month())
}

fn reached(figures: &Figures, state: State) -> u64 {
    figures
        .reached
        .iter()
        .find(|(of, _)| *of == state)
        .map_or(0, |(_, count)| *count)
}

fn big(t: &Texts, name: &str, count: u64) -> Markup {
    html! { section.box { div.huge { (t.number(count)) } div.sub { (t.say(name)) } } }
}

/// Bars of one month, one for each day, with the same figures as a table for whoever does not see them.
fn plot(t: &Texts, first: Date, days: &[u64]) -> Markup {
    const HEIGHT: u64 = 120;
    let most = days.iter().copied().max().unwrap_or(0).max(1);
    let width = days.len().max(1) * 24;
    html! {
        svg.plot viewBox=(format!("0 0 {} {}", width + 40, HEIGHT + 30)) role="img" aria-label=(t.say("figures-by-day")) {
            line.axis x1="30" y1=(HEIGHT + 6) x2=(width + 36) y2=(HEIGHT + 6) {}
            text x="26" y="14" text-anchor="end" { (most) }
            text x="26" y=(HEIGHT + 6) text-anchor="end" { "0" }
            @for (place, count) in days.iter().enumerate() {
                @let height = count * HEIGHT / most;
                rect.bar-mark x=(34 + place * 24) y=(HEIGHT + 6 - height) width="16" height=(height) {
                    title { (place + 1) ": " (count) }
                }
                @if place % 5 == 0 { text x=(42 + place * 24) y=(HEIGHT + 22) text-anchor="middle" { (place + 1) } }
            }
        }
        details {
            summary { (t.say("figures-as-table")) }
            table {
                caption.unseen { (t.say("figures-by-day")) }
                thead { tr { th scope="col" { (t.say("figures-day")) } th.number scope="col" { (t.say("room-letters")) } } }
                tbody {
                    @for (place, count) in days.iter().enumerate() {
                        @let day = first.checked_add((place as i64).days()).unwrap_or(first);
                        tr { td { (t.date(day)) } td.number { (t.number(*count)) } }
                    }
                }
            }
        }
    }
}

fn clock_list(t: &Texts, clocks: &[Clock]) -> Markup {
    html! {
        @if clocks.is_empty() { p { span.state.done { (t.say("clocks-fine")) } } }
        @else {
            ul.hints {
                @for clock in clocks {
                    li {
                        @let shape = if clock.level == ClockLevel::Over { "bad" } else { "warn" };
                        span.state.(shape) { (t.say(&format!("clock-{}", clock.kind.word()))) }
                        div.small {
                            @if let Some(letter) = clock.letter {
                                a href=(format!("/letters/{}", letter.0)) { (t.say("subject-letter")) " " (letter.0) }
                            }
                            @if let Some(person) = clock.person {
                                a href=(format!("/register/people/{person}")) { (t.say("subject-person")) " " (person) }
                            }
                            ", "
                            (t.with(if clock.level == ClockLevel::Over { "clocks-over" } else { "clocks-until" }, args![date = t.day(clock.due)]))
                        }
                    }
                }
            }
        }
    }
}

fn loss_table(t: &Texts, losses: &[RouteLoss], name: impl Fn(u64) -> Option<String>) -> Markup {
    html! {
        table {
            caption.unseen { (t.say("figures-losses")) }
            thead {
                tr {
                    th scope="col" { (t.say("review-route")) }
                    th.number scope="col" { (t.say("figures-told")) }
                    th.number scope="col" { (t.say("figures-arrived")) }
                }
            }
            tbody {
                @for loss in losses {
                    tr {
                        td { (loss.route.and_then(&name).unwrap_or_else(|| t.say("review-no-route"))) }
                        td.number { (loss.told) }
                        td.number { (loss.arrived) " (" (loss.arrived.saturating_mul(100) / loss.told.max(1)) " %)" }
                    }
                }
            }
        }
    }
}

/// `GET /figures/report`
async fn report(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let first = month(&fields);
    let (from, until) = span(first);
    let actor = visit.actor()?;
    let lines = visit
        .site
        .ask(move |desk| desk.report(&actor, from, until))
        .await?;
    let text = csv(&visit.texts, &lines);
    let name = format!("report-{}.csv", month_word(first));
    Ok(saved(text.into_bytes(), "text/csv; charset=utf-8", &name))
}

/// `GET /figures/report.pdf`: the same on paper.
async fn report_pdf(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let first = month(&fields);
    let (from, until) = span(first);
    let actor = visit.actor()?;
    let t = visit.texts.clone();
    let pdf = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            let lines = desk
                .report(&actor, from, until)?
                .iter()
                .map(|line| (line_name(&t, &line.word), line_count(&t, line)))
                .collect();
            let form = ReportForm {
                title: t.with("figures-report-title", args![month = t.month(first)]),
                note: t.count("figures-report-note", SMALL_COUNT),
                language: t.language(),
                drawn: now.day(),
                lines,
            };
            let press = OfficePress::of(desk)?;
            let id = DocumentId {
                id: format!("report {}", month_word(first)),
                printed: now,
            };
            papers::set(form.set(&press.printing(Paper::A4)), &id)
        })
        .await?;
    Ok(pdf_response(
        pdf,
        &format!("report-{}.pdf", month_word(first)),
    ))
}

fn line_count(t: &Texts, line: &ReportLine) -> String {
    line.count.map_or_else(
        || t.count("figures-too-small", SMALL_COUNT),
        |count| t.number(count),
    )
}

/// Begins with the mark by which spreadsheets know UTF-8.
fn csv(t: &Texts, lines: &[ReportLine]) -> String {
    let mut text = String::from("\u{feff}");
    for line in lines {
        let name = line_name(t, &line.word);
        let count = line.count.map_or_else(
            || t.count("figures-too-small", SMALL_COUNT),
            |count| count.to_string(),
        );
        text.push_str(&format!(
            "\"{}\",\"{count}\"\r\n",
            name.replace('"', "\"\"")
        ));
    }
    text
}

/// What a line of the report counts: a word of its own, a letter's state, or what became of letters on a route.
fn line_name(t: &Texts, word: &str) -> String {
    let route = word
        .strip_prefix("route-")
        .and_then(|rest| rest.rsplit_once('-'));
    if let Some((route, what)) = route {
        let key = if what == "arrived" {
            "figures-route-arrived"
        } else {
            "figures-route-lost"
        };
        return t.with(key, args![route = route]);
    }
    t.find(&format!("figure-{word}"), &[])
        .or_else(|| t.find(&format!("state-{word}"), &[]))
        .unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::{language::Language, limits::DAY_SECONDS};

    #[test]
    fn a_month_is_as_long_as_the_calendar_says() {
        for (asked, days) in [("2026-11", 30), ("2028-02", 29), ("2026-12", 31)] {
            let fields = Fields::read(format!("month={asked}").as_bytes());
            let (from, until) = span(month(&fields));
            let hours = (until.0 - from.0) / 3_600;
            // An hour more or less where the clocks change.
            assert!(
                hours.abs_diff(days * DAY_SECONDS / 3_600) <= 1,
                "{asked}: {hours}"
            );
        }
    }

    #[test]
    fn small_counts_are_told_in_words() {
        let lines = [
            ReportLine {
                word: "received".to_owned(),
                count: Some(12),
            },
            ReportLine {
                word: "lost".to_owned(),
                count: None,
            },
        ];
        let text = csv(&Texts::of(Language::English), &lines);
        assert!(
            text.contains("\"12\"") && text.contains("fewer than 5"),
            "{text}"
        );
    }
}
