//! Lists from other offices: CSV and XLSX, with columns that a person maps, and every bad row named.

use std::io::Cursor;

use calamine::{Data, Reader as _};

/// Rows that a list has, at most.
const ROWS_MAX: usize = 50_000;
/// Columns that are looked at.
const COLUMNS_MAX: usize = 64;
/// Bytes of a cell, at most; longer ones are named as faults.
const CELL_MAX: usize = 400;

/// A table as it was read, without meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The first row.
    pub heads: Vec<String>,
    /// The other rows, each as long as the first.
    pub rows: Vec<Vec<String>>,
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What stands outside on the parcel.
    Code,
    /// Full name, or the family name if others have their own columns.
    Name,
    /// Given name.
    Given,
    /// Patronymic.
    Patronymic,
    /// Date of birth.
    Born,
    /// Place.
    Place,
    /// Internment number.
    Number,
    /// A remark.
    Remark,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Code,
        Self::Name,
        Self::Given,
        Self::Patronymic,
        Self::Born,
        Self::Place,
        Self::Number,
        Self::Remark,
    ];

    /// The word of the translations (`field-…`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::Given => "given",
            Self::Patronymic => "patronymic",
            Self::Born => "born",
            Self::Place => "place",
            Self::Number => "number",
            Self::Remark => "remark",
        }
    }

    /// Beginnings of headings that mean it, in three languages.
    fn heads(self) -> &'static [&'static str] {
        match self {
            Self::Code => &["код", "code", "шифр", "№ посил", "№ пос"],
            Self::Name => &[
                "піб",
                "фио",
                "прізвище",
                "фамилия",
                "name",
                "surname",
                "full name",
                "повне ім",
            ],
            Self::Given => &["ім'я", "ім’я", "імʼя", "имя", "given", "first name"],
            Self::Patronymic => &["по батькові", "отчество", "patronymic", "middle"],
            Self::Born => &[
                "дата народ",
                "дата рожд",
                "д.н",
                "рік народ",
                "год рожд",
                "born",
                "date of birth",
                "birth",
            ],
            Self::Place => &["місце", "место", "place", "табір", "лагерь", "camp"],
            Self::Number => &[
                "особистий ном",
                "личный ном",
                "номер",
                "number",
                "no",
                "internment",
            ],
            Self::Remark => &["приміт", "примеч", "remark", "note", "комент", "коммент"],
        }
    }
}

/// Which column means what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// A field and its column, from 0.
    pub columns: Vec<(Field, usize)>,
}

impl Mapping {
    fn column(&self, field: Field) -> Option<usize> {
        let found = self.columns.iter().find(|(of, _)| *of == field);
        found.map(|(_, column)| *column)
    }
}

/// A row of a list, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// What stands outside on the parcel.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Date of birth as written.
    pub born: Option<String>,
    /// Place.
    pub place: Option<String>,
    /// Internment number.
    pub number: Option<String>,
    /// Remark.
    pub remark: Option<String>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFault {
    /// A field that every row needs is empty.
    Empty(Field),
    /// A cell is longer than any name.
    TooLong(Field),
    /// The code stands in an earlier row already.
    CodeTwice {
        /// That row, as a list program numbers it.
        row: usize,
    },
}

/// A row that cannot be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowError {
    /// The row, as a list program numbers it: the heading is 1.
    pub row: usize,
    /// What is wrong.
    pub fault: RowFault,
}

/// Why a file is no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Neither CSV nor a spreadsheet that opens.
    #[error("the file is no list that can be read")]
    Unreadable,
    /// No row besides the heading.
    #[error("the list is empty")]
    Empty,
    /// More rows than are taken over at once.
    #[error("the list has more than {ROWS_MAX} rows")]
    TooLong,
}

/// Reads a table. A spreadsheet is told by its first bytes, never by its name; of several sheets the first counts.
///
/// # Errors
/// [`ListError`].
pub fn read_sheet(file: &[u8]) -> Result<Sheet, ListError> {
    let rows = if file.starts_with(b"PK") {
        spreadsheet(file)?
    } else {
        csv(file)?
    };
    let mut rows = rows
        .into_iter()
        .filter(|row| row.iter().any(|cell| !cell.is_empty()));
    let heads = rows.next().ok_or(ListError::Empty)?;
    let mut body = Vec::new();
    for mut row in rows {
        if body.len() == ROWS_MAX {
            return Err(ListError::TooLong);
        }
        row.resize(heads.len(), String::new());
        body.push(row);
    }
    if body.is_empty() {
        return Err(ListError::Empty);
    }
    Ok(Sheet { heads, rows: body })
}

fn spreadsheet(file: &[u8]) -> Result<Vec<Vec<String>>, ListError> {
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(file)).map_err(|_| ListError::Unreadable)?;
    let range = book
        .worksheet_range_at(0)
        .ok_or(ListError::Empty)?
        .map_err(|_| ListError::Unreadable)?;
    if range.height() > ROWS_MAX + 1 {
        return Err(ListError::TooLong);
    }
    let rows = range
        .rows()
        .map(|row| row.iter().take(COLUMNS_MAX).map(cell).collect());
    Ok(rows.collect())
}

fn cell(data: &Data) -> String {
    match data {
        // A whole number has no ".0" for people; a date is one, not a count of days.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{day:02}.{month:02}.{year}")
        }
        other => clean(&other.to_string()),
    }
}

/// Comma, semicolon or tab: whichever the heading has most of.
fn csv(file: &[u8]) -> Result<Vec<Vec<String>>, ListError> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|_| ListError::Unreadable)?;
    let head = text.lines().next().ok_or(ListError::Empty)?;
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| head.bytes().filter(|byte| byte == delimiter).count())
        .unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| ListError::Unreadable)?;
        rows.push(record.iter().take(COLUMNS_MAX).map(clean).collect());
        if rows.len() > ROWS_MAX + 1 {
            return Err(ListError::TooLong);
        }
    }
    Ok(rows)
}

fn clean(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Which column most likely means what; a person looks it over.
#[must_use]
pub fn guess(heads: &[String]) -> Mapping {
    let mut columns: Vec<(Field, usize)> = Vec::new();
    for field in Field::ALL {
        let found = heads.iter().enumerate().position(|(column, head)| {
            let head = head.to_lowercase();
            let is_free = columns.iter().all(|(_, taken)| *taken != column);
            is_free && field.heads().iter().any(|begin| head.starts_with(begin))
        });
        if let Some(column) = found {
            columns.push((field, column));
        }
    }
    Mapping { columns }
}

/// Reads rows by a mapping: good ones, and for each bad one what is wrong with it. A list without a column of codes gets codes
/// from its row numbers.
#[must_use]
pub fn read_rows(sheet: &Sheet, mapping: &Mapping) -> (Vec<ListRow>, Vec<RowError>) {
    let (mut good, mut bad): (Vec<ListRow>, Vec<RowError>) = (Vec::new(), Vec::new());
    let mut codes = std::collections::HashMap::new();
    for (index, cells) in sheet.rows.iter().enumerate() {
        let number = index + 2;
        let get = |field: Field| {
            let cell = mapping.column(field).and_then(|column| cells.get(column));
            cell.map(String::as_str).filter(|cell| !cell.is_empty())
        };
        let mut fault = |fault| {
            bad.push(RowError { row: number, fault });
        };
        let too_long = Field::ALL
            .into_iter()
            .find(|field| get(*field).is_some_and(|cell| cell.len() > CELL_MAX));
        if let Some(field) = too_long {
            fault(RowFault::TooLong(field));
            continue;
        }
        let code = match (mapping.column(Field::Code), get(Field::Code)) {
            (None, _) => format!("{:04}", index + 1),
            (Some(_), Some(code)) => code.to_owned(),
            (Some(_), None) => {
                fault(RowFault::Empty(Field::Code));
                continue;
            }
        };
        let Some(name) = get(Field::Name) else {
            fault(RowFault::Empty(Field::Name));
            continue;
        };
        if let Some(row) = codes.get(&code) {
            fault(RowFault::CodeTwice { row: *row });
            continue;
        }
        codes.insert(code.clone(), number);
        let name = [Some(name), get(Field::Given), get(Field::Patronymic)];
        let owned = |field| get(field).map(str::to_owned);
        good.push(ListRow {
            code,
            name: name.into_iter().flatten().collect::<Vec<_>>().join(" "),
            born: owned(Field::Born),
            place: owned(Field::Place),
            number: owned(Field::Number),
            remark: owned(Field::Remark),
        });
    }
    (good, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> (Vec<ListRow>, Vec<RowError>) {
        let sheet = read_sheet(text.as_bytes()).unwrap();
        read_rows(&sheet, &guess(&sheet.heads))
    }

    #[test]
    fn columns_are_guessed_and_names_joined() {
        let text = "\u{feff}Код;Прізвище;Ім'я;По батькові;Дата народження;Примітка\r\n\
            П-1;Петренко;Сергій;Іванович;03.05.1990;\r\n\
            П-2;Шевченко;\"Олесь; мол.\";;;так\r\n";
        let (rows, errors) = list(text);
        assert_eq!(errors, []);
        assert_eq!(rows[0].name, "Петренко Сергій Іванович");
        assert_eq!(rows[0].born.as_deref(), Some("03.05.1990"));
        assert_eq!(rows[1].name, "Шевченко Олесь; мол.");
        assert_eq!(
            (rows[1].code.as_str(), rows[1].remark.as_deref()),
            ("П-2", Some("так"))
        );
    }

    #[test]
    fn every_bad_row_is_named_as_the_list_program_numbers_it() {
        let long = "x".repeat(CELL_MAX + 1);
        let text = format!("code,name\nA,Ann\n,Bob\nC,\nA,Dan\nE,{long}\nF,Fay\n");
        let (rows, errors) = list(&text);
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["Ann", "Fay"]);
        let faults: Vec<(usize, RowFault)> = errors
            .iter()
            .map(|error| (error.row, error.fault))
            .collect();
        assert_eq!(
            faults,
            [
                (3, RowFault::Empty(Field::Code)),
                (4, RowFault::Empty(Field::Name)),
                (5, RowFault::CodeTwice { row: 2 }),
                (6, RowFault::TooLong(Field::Name)),
            ]
        );
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (file, expected) in [
            (&b""[..], ListError::Empty),
            (b"name,code\n", ListError::Empty),
            (b"PK\x03\x04 not a workbook", ListError::Unreadable),
            (b"\xff\xfe\x00", ListError::Unreadable),
        ] {
            assert_eq!(read_sheet(file), Err(expected));
        }
        let endless = format!("name\n{}", "x\n".repeat(ROWS_MAX + 1));
        assert_eq!(read_sheet(endless.as_bytes()), Err(ListError::TooLong));
    }

    #[test]
    fn a_list_without_codes_gets_them() {
        let (rows, _) = list("ПІБ\nПетренко Сергій\nШевченко Олесь\n");
        let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
        assert_eq!(codes, ["0001", "0002"]);
    }
}
