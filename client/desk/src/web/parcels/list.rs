//! Taking a list over: a file is uploaded, its columns are given their meaning, rows that cannot be taken are named.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_lists::{
    Expected, Field, ListError, Mapping, MappingError, Notice, Sheet, guess, limits,
};

use super::{PLAN, campaign};
use crate::{
    ListRow, Reading, RowError, RowFault, parcel_list,
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

/// Bytes round a file in a form.
const FORM_MAX: usize = 65_536;
/// Rows that are shown before a list is taken over.
const SHOWN: usize = 5;
/// Faults that are shown.
const FAULTS: usize = 100;

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/parcels/{campaign}/list", PLAN, show)
        .upload(
            "/parcels/{campaign}/list",
            PLAN,
            limits::FILE_BYTES_MAX + FORM_MAX,
            take,
        )
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
                input #field-list type="file" name="list" required accept=".csv,.xlsx,.ods,text/csv";
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
        .blocking(move || Ok(tidings_lists::read(&file.bytes, None)))
        .await?;
    match read {
        Ok(sheet) => {
            let mapping = guess(&sheet).mapping;
            let page = mapping_page(&visit, id, &sheet, &mapping, None, None).await?;
            visit.site.keep_list(visit.inside()?.token.expose(), sheet);
            Ok(page)
        }
        Err(error) => {
            let key = match error {
                ListError::Empty | ListError::NoSuchSheet => "list-empty",
                ListError::TooLarge { .. }
                | ListError::TooManyRows
                | ListError::TooManyColumns { .. }
                | ListError::TooMuch => "list-too-long",
                _ => "list-unreadable",
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
    read: Option<&Reading<ListRow>>,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let it = campaign(visit, id).await?;
    let t = &visit.texts;
    let title = t.say("list-columns");
    let page = visit.page(Room::Parcels, &title, html! {
        p { a href=(format!("/parcels/{id}")) { "← " (it.name) } }
        h1 { (title) }
        (shell::wrong(wrong))
        @if let Some(read) = read { (faults(t, sheet, read)) }
        form method="post" action=(format!("/parcels/{id}/rows")) {
            (visit.token_field())
            p.sub { (t.say("list-columns-lead")) }
            div.box.scroll {
                table {
                    caption.unseen { (title) }
                    thead {
                        tr {
                            @for (column, (head, held)) in sheet.header.iter().zip(mapping.fields()).enumerate() {
                                th scope="col" {
                                    label for=(format!("column-{column}")) { (head) }
                                    select id=(format!("column-{column}")) name=(format!("column-{column}")) {
                                        @for field in Field::ALL {
                                            option value=(field.key()) selected[field == *held] { (name(t, field)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in sheet.rows.iter().take(SHOWN) {
                            tr { @for column in 0..sheet.header.len() { td { (shown(mapping, row, column)) } } }
                        }
                    }
                }
            }
            p.sub { (t.count("list-rows", sheet.rows.len() as u64)) }
            div.row {
                button.main type="submit" { (t.say("list-take")) }
                @if read.is_some_and(|read| !read.good.is_empty()) {
                    button type="submit" name="only-good" value="yes" { (t.say("list-take-good")) }
                }
                a.button href=(format!("/parcels/{id}/list")) { (t.say("list-other")) }
            }
        }
    });
    Ok(page.into_response())
}

/// A cell as it is shown before a list is taken over: no number of a document, not even once.
fn shown(mapping: &Mapping, row: &tidings_lists::Row, column: usize) -> String {
    let cell = row.cells.get(column).map(tidings_lists::Cell::shown);
    let cell = cell.unwrap_or_default();
    match mapping.fields().get(column) {
        Some(Field::Document) if !cell.is_empty() => tidings_lists::documents::BLANK.to_owned(),
        _ => tidings_lists::documents::blank(&cell).0,
    }
}

fn faults(t: &Texts, sheet: &Sheet, read: &Reading<ListRow>) -> Markup {
    html! {
        @if !read.errors.is_empty() {
            div.notice.warn role="alert" {
                p { (t.count("list-faults", rows_of(&read.errors))) }
                p { (t.count("list-good", read.good.len() as u64)) }
            }
            div.box.scroll {
                table {
                    caption { (t.say("list-faults-caption")) }
                    thead { tr { th.number scope="col" { (t.say("list-row")) } th scope="col" { (t.say("list-fault")) } } }
                    tbody {
                        @for fault in read.errors.iter().take(FAULTS) {
                            tr { td.number { (fault.row) } td { (sentence(t, &fault.fault)) } }
                        }
                    }
                }
            }
        }
        @if !read.notices.is_empty() {
            ul.hints {
                @for notice in read.notices.iter().take(FAULTS) {
                    li { (told(t, sheet, notice)) }
                }
            }
        }
    }
}

/// How many rows have errors; a row may have several, one after the other.
fn rows_of(errors: &[RowError]) -> u64 {
    let mut rows: Vec<u32> = errors.iter().map(|error| error.row).collect();
    rows.dedup();
    rows.len() as u64
}

fn name(t: &Texts, field: Field) -> String {
    t.say(&format!("field-{}", field.key()))
}

fn sentence(t: &Texts, fault: &RowFault) -> String {
    match fault {
        RowFault::NoCode => t.with("list-fault-empty", args![field = name(t, Field::Parcel)]),
        RowFault::CodeTwice { row } => t.with("list-fault-twice", args![row = u64::from(*row)]),
        RowFault::TooLong { field, .. } => {
            t.with("list-fault-too-long", args![field = name(t, *field)])
        }
        RowFault::Cell(error) => {
            let key = match error.expected {
                Expected::Name => "list-fault-name",
                Expected::Surname => "list-fault-surname",
                Expected::Date => "list-fault-date",
                Expected::FourDigitYear => "list-fault-year",
                Expected::YearInRange => "list-fault-year-range",
                Expected::ExistingDay => "list-fault-day",
                Expected::Sex => "list-fault-sex",
                Expected::ShorterText { .. } => "list-fault-too-long",
            };
            let sentence = t.with(key, args![field = name(t, error.field)]);
            match error.found.as_str() {
                "" => sentence,
                found => format!("{sentence} ({found})"),
            }
        }
    }
}

fn told(t: &Texts, sheet: &Sheet, notice: &Notice) -> String {
    let head = |column: usize| {
        let head = sheet.header.get(column).filter(|head| !head.is_empty());
        head.map_or_else(|| (column + 1).to_string(), Clone::clone)
    };
    match notice {
        Notice::DocumentColumn { column, .. } => {
            t.with("list-notice-column", args![column = head(*column)])
        }
        Notice::DocumentBlanked { row, column, .. } => t.with(
            "list-notice-blanked",
            args![row = u64::from(*row), column = head(*column)],
        ),
        Notice::Repeated { row, first } => t.with(
            "list-notice-repeated",
            args![row = u64::from(*row), first = u64::from(*first)],
        ),
    }
}

/// The mapping that a person chose, or the key of a sentence that says why there is none.
fn chosen(sheet: &Sheet, fields: &Fields) -> Result<Mapping, &'static str> {
    let mut mapping = Mapping::none(sheet.header.len());
    for column in 0..sheet.header.len() {
        let word = fields.get(&format!("column-{column}"));
        let field = Field::from_key(word).unwrap_or(Field::Ignored);
        mapping.set(column, field).map_err(|error| match error {
            MappingError::Twice { .. } => "list-column-twice",
            MappingError::NoSuchColumn { .. } | MappingError::NoName => "list-no-name",
        })?;
    }
    mapping.check().map_err(|_| "list-no-name")?;
    Ok(mapping)
}

/// `POST /parcels/{campaign}/rows`
async fn rows(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let session = visit.inside()?.token.clone();
    let Some(sheet) = visit.site.kept_list(session.expose()) else {
        let sentence = visit.texts.say("list-gone");
        return ask(&visit, id, Some(&sentence)).await;
    };
    let mapping = match chosen(&sheet, &fields) {
        Ok(mapping) => mapping,
        Err(key) => {
            let sentence = visit.texts.say(key);
            let guessed = guess(&sheet).mapping;
            return mapping_page(&visit, id, &sheet, &guessed, None, Some(&sentence)).await;
        }
    };
    let Ok(read) = parcel_list(&sheet, &mapping) else {
        let sentence = visit.texts.say("list-no-name");
        return mapping_page(&visit, id, &sheet, &mapping, None, Some(&sentence)).await;
    };
    if read.good.is_empty() || !(read.errors.is_empty() || fields.has("only-good")) {
        return mapping_page(&visit, id, &sheet, &mapping, Some(&read), None).await;
    }
    let actor = visit.actor()?;
    let new = visit
        .site
        .ask(move |desk| desk.import_list(&actor, id, &read.good, show::now()))
        .await?;
    visit.site.forget_list(session.expose());
    Ok(see(&format!("/parcels/{id}?done=list-taken&count={new}")))
}
