//! What is known of a letter beside its contents, and its way so far.

use maud::{Markup, html};
use tidings_client::{Contact, Trust};

use super::{custody, name_of};
use crate::{
    Action, LetterRow, OperatorId, Step,
    web::{
        envelopes, figures,
        inbox::{language_name, state},
        print::sheet,
        review,
        texts::Texts,
        visit::Visit,
    },
};

/// Who writes, in which language, since when, under which number; and what may be done about it.
pub(super) fn facts(
    visit: &Visit,
    row: &LetterRow,
    contact: Option<&Contact>,
    custody: &custody::Custody,
) -> Markup {
    let t = &visit.texts;
    let number = row.number.0;
    html! {
        section.box {
            h2 { (t.say("letter-about")) }
            dl.facts {
                dt { (t.say("inbox-column-writer")) }
                dd { (row.writer) }
                dt { (t.say("inbox-column-language")) }
                dd { (t.say(language_name(row.language))) }
                dt { (t.say("letter-received")) }
                dd { (t.moment(row.received)) }
                dt { (t.say("letter-lines")) }
                dd { (row.lines) }
                @if row.sheet.is_some() {
                    dt { (t.say("letter-sheet")) }
                    dd { code { (sheet(row)) } }
                }
                @if let Some(person) = &custody.person {
                    dt { (t.say("subject-person")) }
                    dd { a href=(format!("/register/people/{}", person.id)) { (person.name) } }
                }
                @if let Some(quota) = &custody.quota { (figures::quota(t, quota)) }
                @if let Some(contact) = contact { (trust(t, contact)) }
            }
            (verify_form(visit, contact, &format!("/letters/{number}/verify")))
            @if row.sheet.is_some() && visit.may(Action::Print) {
                details {
                    summary { (t.say("envelopes-one")) }
                    (envelopes::form(t, &format!("/letters/{number}/label.pdf")))
                }
            }
            @if visit.may(Action::Restrict) && !row.two_people {
                form method="post" action=(format!("/letters/{number}/two-people")) {
                    (visit.token_field())
                    input type="hidden" name="two" value="yes";
                    button.plain type="submit" { (t.say("letter-two-people-set")) }
                }
            }
            @if row.two_people && visit.may(Action::OpenOriginal) {
                form method="post" action=(format!("/letters/{number}/two-people")) {
                    (visit.token_field())
                    button.plain type="submit" { (t.say("letter-two-people-lift")) }
                }
            }
        }
    }
}

/// How far a family is trusted, as a fact among others.
pub(crate) fn trust(t: &Texts, contact: &Contact) -> Markup {
    html! {
        dt { (t.say("letter-family")) }
        dd {
            @match contact.trust {
                Trust::Verified { .. } => span.state.done { (t.say("letter-family-verified")) },
                Trust::Unverified => span.state.warn { (t.say("letter-family-unverified")) },
                Trust::Frozen => span.state.bad { (t.say("letter-family-frozen")) },
            }
        }
    }
}

/// For a family of which nobody knows yet who writes.
pub(crate) fn verify_form(visit: &Visit, contact: Option<&Contact>, action: &str) -> Markup {
    let t = &visit.texts;
    html! {
        @if contact.is_some_and(|contact| contact.trust == Trust::Unverified) && visit.may(Action::KeepContacts) {
            form method="post" action=(action) {
                (visit.token_field())
                p.small { (t.say("letter-family-hint")) }
                button type="submit" { (t.say("letter-family-verify")) }
            }
        }
    }
}

/// Where it has been, oldest first.
pub(super) fn way(t: &Texts, steps: &[Step], names: &[(OperatorId, String)]) -> Markup {
    html! {
        section.box {
            h2 { (t.say("letter-way")) }
            ol.way {
                @for step in steps {
                    li {
                        (state(t, step.state))
                        div.sub.small {
                            time { (t.moment(step.at)) }
                            @if let Some(by) = step.by { " · " (name_of(names, by)) }
                            @if let Some(note) = &step.note { " · " (review::note(t, note)) }
                        }
                    }
                }
            }
        }
    }
}
