//! The log: who did what, and whether anybody has changed it since.

use maud::{Markup, html};

use super::{
    fields::Fields,
    letter::name_of,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::Room,
    texts::{Texts, args},
    visit::Visit,
};
use crate::{Action, AuditFilter, AuditReport, Entry, OperatorId};

/// Entries on one page.
const PAGE: u32 = 100;

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
            div.scroll {
                table.fold {
                    caption.unseen { (title) }
                    thead {
                        tr {
                            th.number scope="col" { (t.say("inbox-column-number")) }
                            th scope="col" { (t.say("audit-when")) }
                            th scope="col" { (t.say("audit-who")) }
                            th scope="col" { (t.say("audit-what")) }
                            th scope="col" { (t.say("audit-about")) }
                        }
                    }
                    tbody { @for entry in &entries { (line(t, entry, &names)) } }
                }
            }
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
                @if !entry.detail.is_empty() { span.sub { " · " (detail(t, &entry.detail)) } }
            }
            td data-label=(t.say("audit-about")) { (subject(t, &entry.subject, names)) }
        }
    }
}

/// Particulars are two states, or roles; anything else is shown as it stands.
fn detail(t: &Texts, detail: &str) -> String {
    let told = |room: &str| {
        detail
            .split(' ')
            .map(|word| t.find(&format!("{room}-{word}"), &[]))
            .collect::<Option<Vec<String>>>()
    };
    if let Some(states) = told("state") {
        states.join(" → ")
    } else if let Some(roles) = told("role") {
        roles.join(", ")
    } else {
        detail.to_owned()
    }
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
        assert_eq!(detail(&t, "in_review passed"), "на перевірці → пропущено");
        assert_eq!(
            detail(&t, "printer scanner"),
            "друк і пакування, сканування відповідей"
        );
        assert_eq!(detail(&t, "Офіс «Вісті»"), "Офіс «Вісті»");
        assert_eq!(detail(&t, "3 0"), "3 0");
        let shown = subject(&t, "letter:12", &[]).into_string();
        assert!(shown.contains("/letters/12"), "{shown}");
    }
}
