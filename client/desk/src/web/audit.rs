//! The log: who did what, and whether anybody has changed it since.

use maud::{Markup, html};

use super::{
    fields::Fields,
    letter::name_of,
    listing,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::Room,
    texts::{Texts, args},
    visit::Visit,
};
use crate::{Action, AuditFilter, AuditReport, Entry, Kept, OperatorId};

/// Entries on one page.
const PAGE: u32 = 100;

const COLUMNS: [listing::Column; 5] = [
    ("inbox-column-number", true),
    ("audit-when", false),
    ("audit-who", false),
    ("audit-what", false),
    ("audit-about", false),
];

const NEED: Need = Need::May(&[Action::SeeAudit]);

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/audit", NEED, show)
        .post("/audit/verify", NEED, verify)
}

/// `GET /audit`
async fn show(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    page(&visit, &fields, None).await
}

/// `POST /audit/verify`
async fn verify(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let report = visit
        .site
        .ask(move |desk| desk.verify_audit(&actor, None))
        .await?;
    page(&visit, &fields, Some(&report)).await
}

async fn page(
    visit: &Visit,
    fields: &Fields,
    report: Option<&AuditReport>,
) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let filter = AuditFilter {
        operator: fields.number("operator").map(OperatorId),
        subject: None,
        before: fields.number("before"),
        count: PAGE,
    };
    let chosen = filter.operator;
    let (entries, names) = visit
        .site
        .ask(move |desk| Ok((desk.audit_entries(&actor, &filter)?, desk.operator_names()?)))
        .await?;
    let t = &visit.texts;
    let title = t.say("room-audit");
    Ok(visit.page(Room::Audit, &title, html! {
        div.head {
            h1 { (title) }
            form method="post" action="/audit/verify" {
                (visit.token_field())
                button type="submit" { (t.say("audit-verify")) }
            }
        }
        p.sub { (t.say("audit-lead")) }
        (told(t, report))
        form.filters method="get" action="/audit" {
            div.field {
                label for="field-operator" { (t.say("audit-who")) }
                select #field-operator name="operator" data-submits="" {
                    option value="" { (t.say("inbox-any")) }
                    @for (id, name) in &names {
                        option value=(id.0) selected[chosen == Some(*id)] { (name) }
                    }
                }
            }
            button type="submit" { (t.say("inbox-search")) }
        }
        @if entries.is_empty() {
            div.box.empty { h2 { (t.say("audit-empty")) } }
        } @else {
            (listing::table(t, &title, &COLUMNS, &html! {
                @for entry in &entries { (line(t, entry, &names)) }
            }))
            div.pager {
                span {}
                @if let Some(last) = entries.last().filter(|last| last.seq > 1 && entries.len() == PAGE as usize) {
                    a.button rel="next" data-key="n" href=(format!("/audit?{}", fields.query_with("before", &last.seq.to_string()))) {
                        (t.say("audit-older")) " " kbd aria-hidden="true" { "N" }
                    }
                }
            }
        }
    }))
}

fn told(t: &Texts, report: Option<&AuditReport>) -> Markup {
    html! {
        @if let Some(report) = report {
            @if report.is_whole() {
                div.notice.good role="status" { p { (t.with("audit-whole", args![count = report.entries])) } }
            } @else {
                div.notice.bad role="alert" {
                    p { (t.with("audit-broken", args![count = report.faults.len() as u64])) }
                }
            }
        }
    }
}

fn line(t: &Texts, entry: &Entry, names: &[(OperatorId, String)]) -> Markup {
    let did = t
        .find(&format!("did-{}", entry.action.replace('_', "-")), &[])
        .unwrap_or_else(|| entry.action.clone());
    let who = entry
        .operator
        .map_or_else(|| t.say("audit-by-itself"), |id| name_of(names, id));
    html! {
        tr {
            td.number data-label=(t.say("inbox-column-number")) { (entry.seq) }
            td data-label=(t.say("audit-when")) { (t.moment(entry.at)) }
            td data-label=(t.say("audit-who")) { (who) }
            td data-label=(t.say("audit-what")) {
                (did)
                @if !entry.detail.is_empty() { span.sub { " · " (detail(t, &entry.action, &entry.detail)) } }
            }
            td data-label=(t.say("audit-about")) { (subject(t, &entry.subject, names)) }
        }
    }
}

/// Particulars in words, as the deed has them; numbers, and what nobody has words for, as they stand.
fn detail(t: &Texts, action: &str, detail: &str) -> String {
    let words: Vec<&str> = detail.split(' ').collect();
    let all = |room: &str, between: &str| {
        let said: Option<Vec<String>> = words
            .iter()
            .map(|word| t.find(&format!("{room}-{word}"), &[]))
            .collect();
        said.map(|said| said.join(between))
    };
    let said = match (action, words.as_slice()) {
        ("letter_moved" | "note_sent", _) => all("state", " → "),
        ("parcel_moved", _) => all("parcel", " → "),
        ("person_state" | "request_answered", _) => all("person", ""),
        ("service_details_sealed", [_, ..]) => all("service", ", "),
        ("operator_added" | "operator_changed", _) => all("role", ", "),
        ("refused", _) => t.find(&format!("action-{}", words.join("-")), &[]),
        ("count_noted", [stage, counted, expected]) => t
            .find(&format!("parcel-{stage}"), &[])
            .map(|stage| format!("{stage}: {counted} / {expected}")),
        ("template_changed", [language, state]) => t
            .find(&format!("state-{state}"), &[])
            .map(|state| format!("{state} ({language})")),
        ("erased_by_time", counts) => {
            let kinds = Kept::ALL.iter().zip(counts);
            let gone = kinds.filter(|(_, count)| **count != "0");
            let gone: Vec<String> = gone
                .map(|(kind, count)| {
                    format!("{} — {count}", t.say(&format!("kept-{}", kind.word())))
                })
                .collect();
            Some(gone.join("; "))
        }
        _ => None,
    };
    said.unwrap_or_else(|| detail.to_owned())
}

/// `letter:12` as a link with its name.
fn subject(t: &Texts, subject: &str, names: &[(OperatorId, String)]) -> Markup {
    let (kind, number) = subject.split_once(':').unwrap_or((subject, ""));
    let name = t
        .find(&format!("subject-{kind}"), &[])
        .unwrap_or_else(|| kind.to_owned());
    let id: Option<u64> = number.parse().ok();
    html! {
        @match (kind, id) {
            ("letter", Some(id)) => a href=(format!("/letters/{id}")) { (name) " " (id) },
            ("operator", Some(id)) => (name_of(names, OperatorId(id))),
            (_, Some(id)) => { (name) " " (id) },
            _ => (name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::language::Language;

    #[test]
    fn particulars_are_told_in_the_readers_language() {
        let t = Texts::of(Language::Ukrainian);
        for (action, particulars, told) in [
            (
                "letter_moved",
                "in_review passed",
                "на перевірці → пропущено",
            ),
            (
                "operator_added",
                "printer scanner",
                "друк і пакування, сканування відповідей",
            ),
            ("parcel_moved", "packed sealed", "запаковано → запечатано"),
            ("person_state", "captive_confirmed", "полон підтверджено"),
            ("count_noted", "counted 0 1", "пораховано: 0 / 1"),
            ("template_changed", "uk printed", "надруковано (uk)"),
            ("refused", "see the log", "дивитися журнал"),
            (
                "erased_by_time",
                "0 0 0 2 1",
                "запити про розшук — 2; текст і зображення повідомлень від родин — 1",
            ),
            ("desk_made", "Офіс «Вісті»", "Офіс «Вісті»"),
            ("letter_cut", "3 0", "3 0"),
        ] {
            assert_eq!(detail(&t, action, particulars), told);
        }
        // Every action can be named to whoever was refused it.
        for action in Action::ALL {
            let key = format!("action-{}", action.word().replace(' ', "-"));
            assert!(t.find(&key, &[]).is_some(), "{key}");
        }
        let shown = subject(&t, "letter:12", &[]).into_string();
        assert!(shown.contains("/letters/12"), "{shown}");
    }
}
