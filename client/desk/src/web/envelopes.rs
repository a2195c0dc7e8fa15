//! Labels for the envelopes of letters: of one, or of all in a print job, in its order. They name nobody whom the lists do not name.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use tidings_client::LetterNumber;
use tidings_paper::{
    DocumentId,
    forms::{Label, LabelSheet, LabelsForm},
};

use super::{
    fields::Fields,
    parcels::papers::set,
    press::{OfficePress, envelope},
    print::pdf_response,
    refusal::Refusal,
    routes::{Need, Routes},
    show,
    texts::Texts,
    visit::Visit,
};
use crate::{Action, Error, LetterRow};

const NEED: Need = Need::May(&[Action::Print]);
/// The sheet of labels that envelopes take.
const SHEET: LabelSheet = LabelSheet::Fourteen;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/letters/{number}/label.pdf", NEED, of_letter)
        .get("/print/{id}/labels.pdf", NEED, of_job)
}

/// The form that asks for labels; `address` gives the document.
pub(crate) fn form(t: &Texts, address: &str) -> Markup {
    let last = SHEET.count() - 1;
    html! {
        form.row method="get" action=(address) target="_blank" {
            div.field {
                label for="field-used" { (t.say("envelopes-used")) }
                input #field-used type="number" name="used" value="0" min="0" max=(last) required aria-describedby="used-hint";
                p.hint #used-hint { (t.say("envelopes-used-hint")) }
            }
            button type="submit" { (t.say("envelopes-print")) }
        }
    }
}

/// `GET /letters/{number}/label.pdf`
async fn of_letter(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let letters = visit
        .site
        .ask(move |desk| Ok(vec![desk.letter_row(&actor, LetterNumber(number))?]))
        .await?;
    labels(&visit, letters, &fields, &format!("label {number}")).await
}

/// `GET /print/{id}/labels.pdf`
async fn of_job(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let letters = visit
        .site
        .ask(move |desk| {
            desk.print_job(&actor, id)?;
            desk.print_job_letters(&actor, id)
        })
        .await?;
    labels(&visit, letters, &fields, &format!("labels {id}")).await
}

/// The document; `name` tells it from every other of the office.
async fn labels(
    visit: &Visit,
    letters: Vec<LetterRow>,
    fields: &Fields,
    name: &str,
) -> Result<Response, Refusal> {
    let used = match fields.some("used") {
        None => 0,
        Some(_) => fields
            .number::<usize>("used")
            .filter(|used| *used < SHEET.count())
            .ok_or(Refusal::Malformed)?,
    };
    let id = DocumentId {
        id: name.to_owned(),
        printed: show::now(),
    };
    let pdf = visit
        .site
        .ask(move |desk| {
            let labels: Vec<Label> = letters
                .into_iter()
                .filter_map(envelope)
                .map(Label::Envelope)
                .collect();
            if labels.is_empty() {
                return Err(Error::NotFound {
                    what: "letter with a number on paper",
                    number: 0,
                });
            }
            let form = LabelsForm {
                sheet: SHEET,
                used,
                labels,
            };
            let press = OfficePress::of(desk)?;
            set(form.set(press.office()), &id)
        })
        .await?;
    Ok(pdf_response(
        pdf,
        &format!("{}.pdf", name.replace(' ', "-")),
    ))
}
