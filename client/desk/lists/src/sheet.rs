//! A list as rows of cells, whatever file it came in (LISTS-1, LISTS-2).

use crate::{
    limits::{
        CELL_CHARS_MAX, CELLS_MAX, COLUMNS_MAX, FILE_BYTES_MAX, HEADER_ROWS, ROWS_MAX,
        TEXT_BYTES_MAX, UNPACKED_BYTES_MAX, UNPACKED_FILES_MAX,
    },
    text,
    titles::is_header,
    workbook,
};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing, or blanks only.
    Empty,
    /// Text without blanks round it.
    Text(String),
    /// The beginning of a text that is longer than [`CELL_CHARS_MAX`].
    TooLong(String),
    /// A number of a workbook.
    Number(f64),
    /// A day of a workbook: days since 30 December 1899.
    Day(f64),
}

impl Cell {
    /// The cell as people see it: whole numbers without a fraction, days as `31.12.1985`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::TooLong(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(serial) => crate::dates::shown(*serial),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(crate) fn text(text: &str) -> Self {
        let text = text.trim_matches(|letter: char| {
            letter.is_whitespace() || matches!(letter, '\u{FEFF}' | '\u{200B}' | '\0')
        });
        if text.is_empty() {
            return Self::Empty;
        }
        match text.char_indices().nth(CELL_CHARS_MAX) {
            Some((end, _)) => Self::TooLong(text[..end].to_owned()),
            None => Self::Text(text.to_owned()),
        }
    }
}

/// One row and its number in the file: the line of a CSV, the row of a worksheet, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number that the person sees in the program the list was made with.
    pub number: u32,
    /// Cells from the left; cells behind the last full one are left out.
    pub cells: Vec<Cell>,
}

/// The encoding of a CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// The Windows code page of both languages.
    Windows1251,
    /// KOI8-U.
    Koi8,
    /// The code page of DOS.
    Ibm866,
    /// The code page of old Macintoshes.
    MacCyrillic,
}

/// What kind of file it was, for the page to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Lines of text.
    Text {
        /// Its encoding.
        encoding: Encoding,
        /// What stands between the cells.
        separator: char,
    },
    /// A worksheet.
    Workbook {
        /// The sheet that was read.
        sheet: String,
        /// Other sheets of the workbook, which were not.
        others: Vec<String>,
    },
}

/// A list as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What kind of file it was.
    pub source: Source,
    /// Titles of the columns, empty where there is none; as many as the widest row has cells.
    pub header: Vec<String>,
    /// The rows below the header, empty ones left out.
    pub rows: Vec<Row>,
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file is larger than the limit.
    #[error("reading a list: expected at most {FILE_BYTES_MAX} bytes, got {got}")]
    TooLarge {
        /// Bytes of the file.
        got: usize,
    },
    /// There is no row in it.
    #[error("reading a list: expected at least one row, got none")]
    Empty,
    /// An old workbook (.xls), or one locked with a password: both have this outer form.
    #[error(
        "reading a list: expected CSV, XLSX or ODS, got a workbook of the old form or one with a password"
    )]
    OldWorkbook,
    /// A ZIP archive that is neither XLSX nor ODS: a document, a compressed folder.
    #[error("reading a list: expected an XLSX or ODS workbook, got another archive")]
    OtherArchive,
    /// A file of no text: a picture, a PDF.
    #[error("reading a list: expected CSV, XLSX or ODS, got a file that is no text")]
    NoText,
    /// The workbook unpacks to more than the limit.
    #[error(
        "reading a list: expected a workbook of at most {UNPACKED_FILES_MAX} files and {UNPACKED_BYTES_MAX} bytes unpacked"
    )]
    Bomb,
    /// Too many rows.
    #[error("reading a list: expected at most {ROWS_MAX} rows")]
    TooManyRows,
    /// Too many columns.
    #[error("reading a list: expected at most {COLUMNS_MAX} columns, got {got}")]
    TooManyColumns {
        /// Columns of the widest row.
        got: usize,
    },
    /// Too many cells, or too much text in them.
    #[error(
        "reading a list: expected at most {CELLS_MAX} cells and {TEXT_BYTES_MAX} bytes of text"
    )]
    TooMuch,
    /// The workbook has no sheet of this name, or none at all.
    #[error("reading a list: the workbook has no such sheet with rows in it")]
    NoSuchSheet,
    /// The workbook is damaged.
    #[error("reading a list: the workbook is damaged")]
    DamagedWorkbook(#[source] calamine::XlsxError),
    /// The tables of an ODS workbook are damaged.
    #[error("reading a list: the tables of the workbook are damaged")]
    DamagedTable(#[source] quick_xml::Error),
    /// The archive round the workbook is damaged.
    #[error("reading a list: the archive of the workbook is damaged")]
    DamagedArchive(#[source] zip::result::ZipError),
    /// A part of the archive does not unpack.
    #[error("reading a list: a part of the workbook does not unpack")]
    DamagedPart(#[source] std::io::Error),
    /// The lines are no CSV.
    #[error("reading a list: the lines are no CSV")]
    Csv(#[source] csv::Error),
}

/// Reads a list from the bytes of a file. In a workbook it reads the sheet of this name, or the first visible one with rows.
///
/// # Errors
/// See [`ListError`]; nothing of the file is kept then.
pub fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Sheet, ListError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(ListError::TooLarge { got: bytes.len() });
    }
    let (source, rows) = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        workbook::read(bytes, sheet)?
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(ListError::OldWorkbook);
    } else {
        text::read(bytes)?
    };
    titled(source, rows)
}

/// Finds the header among the first rows; without one all rows are data.
fn titled(source: Source, mut rows: Vec<Row>) -> Result<Sheet, ListError> {
    if rows.is_empty() {
        return Err(ListError::Empty);
    }
    let likeness = |row: &Row| {
        row.cells
            .iter()
            .filter(|cell| is_header(&cell.shown()))
            .count()
    };
    let best = rows
        .iter()
        .take(HEADER_ROWS)
        .enumerate()
        .map(|(place, row)| (likeness(row), place))
        // The first of equals.
        .max_by_key(|(likeness, place)| (*likeness, std::cmp::Reverse(*place)))
        .filter(|(likeness, place)| *likeness >= 2 || *likeness == 1 && *place == 0);
    let mut header: Vec<String> = match best {
        Some((_, place)) => {
            let titles = rows.drain(..=place).next_back();
            titles
                .map(|row| row.cells.iter().map(Cell::shown).collect())
                .unwrap_or_default()
        }
        None => Vec::new(),
    };
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    header.resize(header.len().max(width), String::new());
    Ok(Sheet {
        source,
        header,
        rows,
    })
}

/// Rows while they are read: keeps the limits.
#[derive(Default)]
pub(crate) struct Gathered {
    rows: Vec<Row>,
    cells: usize,
    bytes: usize,
}

impl Gathered {
    pub(crate) fn push(&mut self, number: u32, mut cells: Vec<Cell>) -> Result<(), ListError> {
        while cells.last().is_some_and(Cell::is_empty) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if cells.len() > COLUMNS_MAX {
            return Err(ListError::TooManyColumns { got: cells.len() });
        }
        self.cells += cells.len();
        self.bytes += cells
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) | Cell::TooLong(text) => text.len(),
                _ => 0,
            })
            .sum::<usize>();
        if self.cells > CELLS_MAX || self.bytes > TEXT_BYTES_MAX {
            return Err(ListError::TooMuch);
        }
        if self.rows.len() >= ROWS_MAX {
            return Err(ListError::TooManyRows);
        }
        self.rows.push(Row { number, cells });
        Ok(())
    }

    pub(crate) fn into_rows(self) -> Vec<Row> {
        self.rows
    }
}
