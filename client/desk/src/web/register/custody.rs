//! What ties a person of the register to letters: which are for him, one record for two, letters for him who came home.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};

use super::{KEEP, person};
use crate::{
    Action, Actor, Desk, Error, Holds, LetterFilter, LetterRow, PersonRow, PressError, Quota,
    web::{
        fields::Fields,
        figures::{quota, this_month},
        inbox::{state, ticked},
        press::OfficePress,
        print::pdf_response,
        refusal::Refusal,
        routes::{Need, Routes},
        second,
        shell::Field,
        show,
        visit::Visit,
    },
};

/// Letters that are offered as being for a person.
const OFFERED: usize = 20;

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/register/people/{id}/letters", KEEP, name_letters)
        .post("/register/people/{id}/merge", KEEP, merge)
        .get(
            "/register/people/{id}/closed.pdf",
            Need::May(&[Action::RecordReturned]),
            closed,
        )
}

/// Letters of a person and those that may be his.
pub(super) struct Letters {
    /// Confirmed.
    his: Vec<LetterRow>,
    /// Alike by name, for nobody of the register yet.
    offered: Vec<LetterRow>,
    /// Not arrived as far as is known, and still here.
    never_arrived: usize,
    /// Of this month.
    quota: Quota,
}

impl Letters {
    pub(super) fn read(desk: &Desk, by: &Actor, person: &PersonRow) -> Result<Self, Error> {
        let of = LetterFilter {
            person: Some(person.id),
            ..LetterFilter::default()
        };
        let alike = LetterFilter {
            search: person.name.clone(),
            ..LetterFilter::default()
        };
        let mut offered = desk.letters(by, &alike, None, 5 * OFFERED)?.rows;
        offered.retain(|row| row.person.is_none());
        offered.truncate(OFFERED);
        let never_arrived = if by.may(Action::RecordReturned) {
            desk.letters_never_arrived(by, person.id)?.len()
        } else {
            0
        };
        let (from, until) = this_month();
        Ok(Self {
            quota: desk.quota(by, person.id, from, until)?,
            his: desk.letters(by, &of, None, 500)?.rows,
            offered,
            never_arrived,
        })
    }

    /// The box on his page.
    pub(super) fn shown(&self, visit: &Visit, person: &PersonRow) -> Markup {
        let t = &visit.texts;
        html! {
            section.box {
                h2 { (t.say("person-letters")) }
                dl.facts { (quota(t, &self.quota)) }
                @if self.his.is_empty() { p.sub { (t.say("person-letters-none")) } } @else {
                    ul.hints {
                        @for row in &self.his {
                            li.row.middle {
                                a href=(format!("/letters/{}", row.number.0)) { (row.number.0) }
                                span { (row.writer) }
                                (state(t, row.state))
                            }
                        }
                    }
                }
                @if !self.offered.is_empty() && visit.may(Action::KeepRegister) {
                    form method="post" action=(format!("/register/people/{}/letters", person.id)) {
                        (visit.token_field())
                        fieldset {
                            legend { (t.say("person-letters-offered")) }
                            p.sub.small { (t.say("person-letters-hint")) }
                            @for row in &self.offered {
                                div { label.inline {
                                    input type="checkbox" name="letter" value=(row.number.0);
                                    span { (row.number.0) ". " (row.addressee.clone().unwrap_or_default()) " — " (row.writer) }
                                } }
                            }
                        }
                        button type="submit" { (t.say("person-letters-bind")) }
                    }
                }
            }
        }
    }

    /// For him who came home: what never reached him is handed to him closed.
    pub(super) fn closed(&self, visit: &Visit, person: &PersonRow) -> Markup {
        let t = &visit.texts;
        html! {
            @if self.never_arrived > 0 && visit.may(Action::RecordReturned) {
                section.box {
                    h2 { (t.say("returned-closed")) }
                    p.sub { (t.say("returned-closed-lead")) }
                    p { (t.count("returned-closed-count", self.never_arrived as u64)) }
                    p {
                        a.button href=(format!("/register/people/{}/closed.pdf", person.id)) target="_blank" rel="noopener" {
                            (t.say("returned-closed-print"))
                        }
                    }
                }
            }
        }
    }
}

/// Two records of one person.
pub(super) fn merge_form(visit: &Visit, person: &PersonRow, kept: &Fields) -> Markup {
    let t = &visit.texts;
    html! {
        @if visit.may(Action::KeepRegister) {
            details.box open[kept.has("other")] {
                summary { (t.say("person-merge")) }
                form method="post" action=(format!("/register/people/{}/merge", person.id)) {
                    (visit.token_field())
                    p.sub.small { (t.say("person-merge-hint")) }
                    (Field {
                        name: "other", label: t.say("person-merge-other"), value: kept.get("other"), digits: true,
                        required: true, ..Field::default()
                    })
                    div.field {
                        label for="field-holds" { (t.say("person-merge-differs")) }
                        select #field-holds name="holds" {
                            @for (value, text) in [("", "person-merge-asks"), ("kept", "person-merge-this"), ("merged", "person-merge-that")] {
                                option value=(value) selected[kept.get("holds") == value] { (t.say(text)) }
                            }
                        }
                    }
                    (second::fields(visit, kept, &t.say("person-merge-second"), true))
                    button.grave type="submit" { (t.say("person-merge-submit")) }
                }
            }
        }
    }
}

/// `POST /register/people/{id}/letters`
async fn name_letters(
    visit: Visit,
    Path(id): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let letters = ticked(&fields)?;
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask(move |desk| desk.set_letter_person(&actor, &letters, Some(id), show::now()))
        .await;
    person::after(&visit, id, done.map(|()| id), &Fields::default()).await
}

/// `POST /register/people/{id}/merge`: the other record becomes part of this one.
async fn merge(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let Some(other) = fields.number::<u64>("other") else {
        let sentence = visit.texts.say("settings-number-wrong");
        return person::one(&visit, id, Some(&sentence), &fields, None).await;
    };
    let holds = match fields.get("holds") {
        "kept" => Some(Holds::Kept),
        "merged" => Some(Holds::Merged),
        _ => None,
    };
    let actor = visit.actor()?;
    let wish = fields.clone();
    let done = visit
        .site
        .ask(move |desk| {
            second::with(desk, &wish, |second| {
                let second = second.ok_or(Error::SamePerson)?;
                desk.merge_people(&actor, second, (id, other), holds, show::now())
            })
        })
        .await;
    person::after(&visit, id, done.map(|()| id), &fields).await
}

/// `GET /register/people/{id}/closed.pdf`
async fn closed(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let printed = visit
        .site
        .ask(move |desk| {
            let press = OfficePress::of(desk)?;
            match desk.print_never_arrived(&actor, id, &press, show::now()) {
                Ok(document) => Ok(document),
                Err(PressError::Desk(error)) => Err(error),
                Err(PressError::Paper { .. } | PressError::Stopped) => Err(Error::Damaged {
                    what: "a letter cannot be set",
                }),
            }
        })
        .await?;
    Ok(pdf_response(printed, &format!("person-{id}.pdf")))
}
