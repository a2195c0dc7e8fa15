//! Taking a list over: a file is uploaded, its columns are given their meaning, rows that cannot be taken are named. Parcels
//! of a campaign and people of the register come in this way.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_lists::{
    Expected, Field, ListError, Mapping, MappingError, Notice, Sheet, guess, limits,
};

use super::{
    fields::Fields,
    refusal::Refusal,
    shell::{self, Room},
    texts::{Texts, args},
    upload::Uploads,
    visit::Visit,
};
use crate::{Reading, RowError, RowFault};

/// Bytes of a form with a list.
pub(crate) const FORM_MAX: usize = limits::FILE_BYTES_MAX + 65_536;
/// Rows that are shown before a list is taken over.
const SHOWN: usize = 5;
/// Faults that are shown.
const FAULTS: usize = 100;

/// Where a list goes.
pub(crate) struct Target {
    /// The room of the pages.
    pub(crate) room: Room,
    /// The page to which they lead back, and what it is called.
    pub(crate) back: (String, String),
    /// Where the file is sent to, and looked for again.
    pub(crate) file: String,
    /// Where the meaning of the columns is sent to.
    pub(crate) rows: String,
    /// The text that says what is expected.
    pub(crate) lead: &'static str,
    /// What the office calls the list, if that matters.
    pub(crate) name: Option<String>,
}

impl Target {
    /// The page that asks for a file.
    pub(crate) fn ask(&self, visit: &Visit, wrong: Option<&str>) -> Response {
        let t = &visit.texts;
        let title = t.say("parcels-list");
        let page = visit.page(self.room, &title, html! {
            p { a href=(self.back.0) { "← " (self.back.1) } }
            h1 { (title) }
            (shell::wrong(wrong))
            form.box method="post" action=(self.file) enctype="multipart/form-data" {
                (visit.token_field())
                p { (t.say(self.lead)) }
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
        (status, page).into_response()
    }

    /// Reads the file and asks what its columns mean.
    pub(crate) async fn take(self, visit: &Visit, uploads: Uploads) -> Result<Response, Refusal> {
        let Some(file) = uploads.files.into_iter().next() else {
            return Ok(self.ask(visit, Some(&visit.texts.say("list-none"))));
        };
        let target = Self {
            name: self.name.as_ref().map(|_| file.name.clone()),
            ..self
        };
        let read = visit
            .site
            .blocking(move || Ok(tidings_lists::read(&file.bytes, None)))
            .await?;
        match read {
            Ok(sheet) => {
                let mapping = guess(&sheet).mapping;
                let page = target.columns(visit, &sheet, &mapping, None::<&Reading<()>>, None);
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
                Ok(target.ask(visit, Some(&visit.texts.say(key))))
            }
        }
    }

    /// The rows that are to be taken over, or the page that says what stands in the way.
    pub(crate) fn choose<T>(
        &self,
        visit: &Visit,
        fields: &Fields,
        read: impl FnOnce(&Sheet, &Mapping) -> Result<Reading<T>, MappingError>,
    ) -> Result<Result<Vec<T>, Response>, Refusal> {
        let t = &visit.texts;
        let session = visit.inside()?.token.clone();
        let Some(sheet) = visit.site.kept_list(session.expose()) else {
            return Ok(Err(self.ask(visit, Some(&t.say("list-gone")))));
        };
        let none = None::<&Reading<T>>;
        let mapping = match chosen(&sheet, fields) {
            Ok(mapping) => mapping,
            Err(key) => {
                let guessed = guess(&sheet).mapping;
                let page = self.columns(visit, &sheet, &guessed, none, Some(&t.say(key)));
                return Ok(Err(page));
            }
        };
        let Ok(read) = read(&sheet, &mapping) else {
            let page = self.columns(visit, &sheet, &mapping, none, Some(&t.say("list-no-name")));
            return Ok(Err(page));
        };
        if read.good.is_empty() || !(read.errors.is_empty() || fields.has("only-good")) {
            return Ok(Err(self.columns(
                visit,
                &sheet,
                &mapping,
                Some(&read),
                None,
            )));
        }
        Ok(Ok(read.good))
    }

    fn columns<T>(
        &self,
        visit: &Visit,
        sheet: &Sheet,
        mapping: &Mapping,
        read: Option<&Reading<T>>,
        wrong: Option<&str>,
    ) -> Response {
        let t = &visit.texts;
        let title = t.say("list-columns");
        let page = visit.page(self.room, &title, html! {
            p { a href=(self.back.0) { "← " (self.back.1) } }
            h1 { (title) }
            (shell::wrong(wrong))
            @if let Some(read) = read { (faults(t, sheet, read)) }
            form method="post" action=(self.rows) {
                (visit.token_field())
                @if let Some(name) = &self.name {
                    (shell::Field {
                        name: "list-name", label: t.say("list-name"), value: name, required: true,
                        hint: Some(t.say("list-name-hint")), ..shell::Field::default()
                    })
                }
                p.sub { (t.say("list-columns-lead")) }
                div.box.scroll {
                    table {
                        caption.unseen { (title) }
                        thead {
                            tr {
                                @for (column, (head, held)) in sheet.header.iter().zip(mapping.fields()).enumerate() {
                                    th scope="col" {
                                        label for=(format!("column-{column}")) {
                                            @if head.is_empty() { (column + 1) } @else { (head) }
                                        }
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
                    a.button href=(self.file) { (t.say("list-other")) }
                }
            }
        });
        page.into_response()
    }
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

fn faults(t: &Texts, sheet: &Sheet, read: &Reading<impl Sized>) -> Markup {
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
