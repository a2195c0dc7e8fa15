//! Taking a list over: a file is uploaded, its columns are given their meaning, rows that cannot be taken are named.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::html;

use super::{PLAN, campaign};
use crate::{
    Field as ListField, ListError, Mapping, RowError, RowFault, Sheet, guess, read_rows,
    read_sheet,
    web::{
        fields::Fields,
        refusal::Refusal,
        routes::Routes,
        shell::{self, Room},
        show,
        texts::{Texts, args},
        upload::Uploads,
        visit::{Visit, see},
    },
};

/// Largest list, in bytes: 50,000 rows of a spreadsheet.
const FILE_MAX: usize = 16 * 1_048_576;
/// Rows that are shown before a list is taken over.
const SHOWN: usize = 5;
/// Faults that are shown.
const FAULTS: usize = 100;

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/parcels/{campaign}/list", PLAN, show)
        .upload("/parcels/{campaign}/list", PLAN, FILE_MAX + 65_536, take)
        .post("/parcels/{campaign}/rows", PLAN, rows)
}

/// `GET /parcels/{campaign}/list`
async fn show(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    ask(&visit, id, None).await
}

async fn ask(visit: &Visit, id: u64, wrong: Option<&str>) -> Result<Response, Refusal> {
    let it = campaign(visit, id).await?;
    let t = &visit.texts;
    let title = t.say("parcels-list");
    let page = visit.page(Room::Parcels, &title, html! {
        p { a href=(format!("/parcels/{id}")) { "← " (it.name) } }
        h1 { (title) }
        (shell::wrong(wrong))
        form.box method="post" action=(format!("/parcels/{id}/list")) enctype="multipart/form-data" {
            (visit.token_field())
            p { (t.say("list-lead")) }
            div.field {
                label for="field-list" { (t.say("list-file")) }
                input #field-list type="file" name="list" required accept=".csv,.xlsx,.xls,.ods,text/csv";
            }
            button.main type="submit" { (t.say("list-read")) }
        }
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// `POST /parcels/{campaign}/list`
async fn take(visit: Visit, Path(id): Path<u64>, uploads: Uploads) -> Result<Response, Refusal> {
    let Some(file) = uploads.files.into_iter().next() else {
        let sentence = visit.texts.say("list-none");
        return ask(&visit, id, Some(&sentence)).await;
    };
    let read = visit
        .site
        .blocking(move || Ok(read_sheet(&file.bytes)))
        .await?;
    match read {
        Ok(sheet) => {
            let mapping = guess(&sheet.heads);
            let page = mapping_page(&visit, id, &sheet, &mapping, &[], None).await?;
            visit.site.keep_list(visit.inside()?.token.expose(), sheet);
            Ok(page)
        }
        Err(error) => {
            let key = match error {
                ListError::Empty => "list-empty",
                ListError::TooLong => "list-too-long",
                ListError::Unreadable => "list-unreadable",
            };
            let sentence = visit.texts.say(key);
            ask(&visit, id, Some(&sentence)).await
        }
    }
}

async fn mapping_page(
    visit: &Visit,
    id: u64,
    sheet: &Sheet,
    mapping: &Mapping,
    faults: &[RowError],
    good: Option<usize>,
) -> Result<Response, Refusal> {
    let it = campaign(visit, id).await?;
    let t = &visit.texts;
    let title = t.say("list-columns");
    let meaning = |column: usize| {
        mapping
            .columns
            .iter()
            .find(|(_, of)| *of == column)
            .map(|(field, _)| *field)
    };
    let page = visit.page(Room::Parcels, &title, html! {
        p { a href=(format!("/parcels/{id}")) { "← " (it.name) } }
        h1 { (title) }
        @if let Some(good) = good {
            div.notice.warn role="alert" {
                p { (t.count("list-faults", faults.len() as u64)) }
                p { (t.count("list-good", good as u64)) }
            }
            div.box.scroll {
                table {
                    caption { (t.say("list-faults-caption")) }
                    thead { tr { th.number scope="col" { (t.say("list-row")) } th scope="col" { (t.say("list-fault")) } } }
                    tbody {
                        @for fault in faults.iter().take(FAULTS) {
                            tr { td.number { (fault.row) } td { (sentence(t, &fault.fault)) } }
                        }
                    }
                }
            }
        }
        form method="post" action=(format!("/parcels/{id}/rows")) {
            (visit.token_field())
            p.sub { (t.say("list-columns-lead")) }
            div.box.scroll {
                table {
                    caption.unseen { (title) }
                    thead {
                        tr {
                            @for (column, head) in sheet.heads.iter().enumerate() {
                                th scope="col" {
                                    label for=(format!("column-{column}")) { (head) }
                                    select id=(format!("column-{column}")) name=(format!("column-{column}")) {
                                        option value="" { (t.say("list-unused")) }
                                        @for field in ListField::ALL {
                                            option value=(field.word()) selected[meaning(column) == Some(field)] {
                                                (t.say(&format!("field-{}", field.word())))
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in sheet.rows.iter().take(SHOWN) {
                            tr { @for cell in row { td { (cell) } } }
                        }
                    }
                }
            }
            p.sub { (t.count("list-rows", sheet.rows.len() as u64)) }
            div.row {
                button.main type="submit" { (t.say("list-take")) }
                @if good.is_some_and(|good| good > 0) {
                    button type="submit" name="only-good" value="yes" { (t.say("list-take-good")) }
                }
                a.button href=(format!("/parcels/{id}/list")) { (t.say("list-other")) }
            }
        }
    });
    Ok(page.into_response())
}

fn sentence(t: &Texts, fault: &RowFault) -> String {
    let field = |field: &ListField| t.say(&format!("field-{}", field.word()));
    match fault {
        RowFault::Empty(of) => t.with("list-fault-empty", args![field = field(of)]),
        RowFault::TooLong(of) => t.with("list-fault-too-long", args![field = field(of)]),
        RowFault::CodeTwice { row } => t.with("list-fault-twice", args![row = *row as u64]),
    }
}

/// `POST /parcels/{campaign}/rows`
async fn rows(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let session = visit.inside()?.token.clone();
    let Some(sheet) = visit.site.kept_list(session.expose()) else {
        let sentence = visit.texts.say("list-gone");
        return ask(&visit, id, Some(&sentence)).await;
    };
    let columns = (0..sheet.heads.len()).filter_map(|column| {
        let word = fields.get(&format!("column-{column}"));
        let field = ListField::ALL
            .into_iter()
            .find(|field| field.word() == word)?;
        Some((field, column))
    });
    let mapping = Mapping {
        columns: columns.collect(),
    };
    let (good, faults) = read_rows(&sheet, &mapping);
    if good.is_empty() || !(faults.is_empty() || fields.has("only-good")) {
        return mapping_page(&visit, id, &sheet, &mapping, &faults, Some(good.len())).await;
    }
    let actor = visit.actor()?;
    let new = visit
        .site
        .ask(move |desk| desk.import_list(&actor, id, &good, show::now()))
        .await?;
    visit.site.forget_list(session.expose());
    Ok(see(&format!("/parcels/{id}?done=list-taken&count={new}")))
}
