//! Papers of a campaign: the manifest that travels with the parcels, and labels for them.

use axum::{extract::Path, response::Response};
use data_encoding::HEXLOWER;
use tidings_paper::{
    DocumentId, Pages, PaperError,
    forms::{
        Contents, Handover, Label, LabelSheet, LabelsForm, ManifestForm, ManifestParcel,
        ParcelLabel, Signed,
    },
    number::SheetNumber,
};

use super::{SEE, campaign};
use crate::{
    Count, Error, Manifest, Parcel,
    web::{
        press::OfficePress, print::pdf_response, refusal::Refusal, routes::Routes, show,
        visit::Visit,
    },
};

/// Parcels that are read at once.
const PAGE: u32 = 500;
/// Blank rows for handovers to come.
const BLANKS: usize = 4;

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/parcels/{campaign}/manifest.pdf", SEE, manifest)
        .get("/parcels/{campaign}/labels.pdf", SEE, labels)
}

/// Every parcel of a campaign, in the order of its list.
async fn parcels(visit: &Visit, id: u64) -> Result<Vec<Parcel>, Refusal> {
    let actor = visit.actor()?;
    visit
        .site
        .ask(move |desk| {
            let mut all: Vec<Parcel> = Vec::new();
            loop {
                let after = all.last().map_or(0, |parcel| parcel.id);
                let page = desk.parcels(&actor, id, None, after, PAGE)?;
                let is_last = page.len() < PAGE as usize;
                all.extend(page);
                if is_last {
                    return Ok(all);
                }
            }
        })
        .await
}

/// `GET /parcels/{campaign}/manifest.pdf`: to be signed by hand at every handover. The office's own signature
/// stands on it, over the bytes that the CSV has.
async fn manifest(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let language = visit.texts.language();
    let ours = visit.texts.say("parcels-ours");
    let theirs = visit.texts.say("parcels-theirs");
    let pdf = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            let manifest = desk.manifest(&actor, id, super::manifest_words(desk)?, now)?;
            let counts = desk.counts(&actor, id)?;
            let parcels = manifest
                .rows
                .iter()
                .map(|row| ManifestParcel {
                    number: row.code.clone(),
                    seal: Some(row.seal.clone()),
                    addressee: row.code.clone(),
                    contents: contents(&row.contents),
                    grams: Some(row.grams),
                    letters: row
                        .sheets
                        .iter()
                        .filter_map(|sheet| SheetNumber::new(*sheet).ok())
                        .collect(),
                    packers: row.packers.to_vec(),
                })
                .collect();
            let form = ManifestForm {
                campaign: manifest.name.clone(),
                list: manifest.campaign.to_string(),
                language,
                parcels,
                handovers: counts
                    .iter()
                    .map(|count| handover(count, &ours, &theirs))
                    .collect(),
                blank_handovers: BLANKS,
                signed: Some(Signed {
                    fingerprint: manifest.fingerprint(),
                    signature: HEXLOWER.encode(manifest.signature.as_bytes()),
                    key: HEXLOWER.encode(manifest.key.as_bytes()),
                }),
            };
            let press = OfficePress::of(desk)?;
            set(form.set(press.office()), &id_of(&manifest))
        })
        .await?;
    Ok(pdf_response(pdf, &format!("manifest-{id}.pdf")))
}

fn id_of(manifest: &Manifest) -> DocumentId {
    DocumentId {
        id: format!("manifest {}", manifest.campaign),
        printed: manifest.at,
    }
}

fn handover(count: &Count, ours: &str, theirs: &str) -> Handover {
    let (by, to) = if count.theirs {
        (ours, theirs)
    } else {
        (ours, "")
    };
    Handover {
        day: count.at.day(),
        by: by.to_owned(),
        to: to.to_owned(),
        counted: count.counted,
        exceptions: count.note.clone().filter(|note| !note.is_empty()),
    }
}

/// `soap, 2` a line; a line without a quantity is one of it.
fn contents(text: &str) -> Vec<Contents> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let counted = line
                .rsplit_once([',', ';', '×', '\t'])
                .and_then(|(what, count)| Some((what.trim(), count.trim().parse().ok()?)));
            let (what, count) = counted.unwrap_or((line, 1));
            Contents {
                what: what.to_owned(),
                count,
            }
        })
        .collect()
}

/// `GET /parcels/{campaign}/labels.pdf`: one label for each parcel of the list, with its own number for the packers' scanner: codes of lists may be in
/// any script.
async fn labels(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let it = campaign(&visit, id).await?;
    let all = parcels(&visit, id).await?;
    let language = visit.texts.language();
    let pdf = visit
        .site
        .ask(move |desk| {
            let labels: Vec<Label> = all
                .into_iter()
                .map(|parcel| {
                    Label::Parcel(ParcelLabel {
                        language,
                        campaign: it.name.clone(),
                        list: id.to_string(),
                        machine: parcel.label_code(),
                        addressee: parcel.code.clone(),
                        parcel: parcel.code,
                        seal: parcel.seal,
                    })
                })
                .collect();
            if labels.is_empty() {
                return Err(Error::NotFound {
                    what: "parcel",
                    number: id,
                });
            }
            let form = LabelsForm {
                sheet: LabelSheet::Eight,
                used: 0,
                labels,
            };
            let press = OfficePress::of(desk)?;
            let id = DocumentId {
                id: format!("labels {id}"),
                printed: show::now(),
            };
            set(form.set(press.office()), &id)
        })
        .await?;
    Ok(pdf_response(pdf, &format!("labels-{id}.pdf")))
}

/// Pages as a document.
pub(in crate::web) fn set(
    pages: Result<Pages, PaperError>,
    id: &DocumentId,
) -> Result<Vec<u8>, Error> {
    pages
        .and_then(|pages| pages.to_pdf(id))
        .map_err(|_| Error::Damaged {
            what: "a form cannot be set",
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_line_by_line() {
        let read: Vec<(String, u32)> =
            contents("мило, 2\r\n\r\nшкарпетки вовняні; 3\nкнига\nчай, кава")
                .into_iter()
                .map(|one| (one.what, one.count))
                .collect();
        let expected = [
            ("мило", 2),
            ("шкарпетки вовняні", 3),
            ("книга", 1),
            ("чай, кава", 1),
        ];
        assert_eq!(read, expected.map(|(what, count)| (what.to_owned(), count)));
    }
}
