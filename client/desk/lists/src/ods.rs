//! ODS, read event by event: how often a row or a cell says that it is repeated is counted, never believed (LISTS-4).

use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
    mem::take,
};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
use zip::ZipArchive;

use crate::{
    limits::{COLUMNS_MAX, ROWS_MAX},
    sheet::{Cell, Gathered, ListError, Row, Source},
};

/// The part of the archive that holds every table.
pub(crate) const CONTENT: &str = "content.xml";

/// Reads the table of this name, or the first visible one with rows. What the archive unpacks to has been counted before.
pub(crate) fn read(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    wanted: Option<&str>,
) -> Result<(Source, Vec<Row>), ListError> {
    let mut content = String::new();
    archive
        .by_name(CONTENT)
        .map_err(ListError::DamagedArchive)?
        .read_to_string(&mut content)
        .map_err(ListError::DamagedPart)?;
    let mut reading = Reading::default();
    let mut events = Reader::from_str(&content);
    loop {
        match events.read_event().map_err(ListError::DamagedTable)? {
            Event::Start(element) => reading.begin(&element, wanted)?,
            Event::Empty(element) => {
                reading.begin(&element, wanted)?;
                reading.end(element.local_name().into_inner())?;
            }
            Event::End(element) => reading.end(element.local_name().into_inner())?,
            Event::Text(text) => reading.say(&text.xml10_content()),
            Event::CData(text) => reading.say(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let letter = reference
                    .resolve_char_ref()
                    .map_err(ListError::DamagedTable)?;
                match letter {
                    Some(letter) => reading.say(letter.encode_utf8(&mut [0; 4])),
                    // Nobody may define entities: none is followed but the five of XML itself.
                    None => reading.say(resolve_xml_entity(&reference).unwrap_or(" ")),
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    reading.done(wanted)
}

/// What is known at one place of the file.
#[derive(Default)]
struct Reading {
    is_spreadsheet: bool,
    /// The style that is being described, and those that hide a table.
    style: String,
    hidden: BTreeSet<String>,
    /// Names of the visible tables.
    names: Vec<String>,
    /// The table that is read or was.
    taken: Option<(String, Vec<Row>)>,
    table: Option<Table>,
    /// How deep inside a remark on a cell, which is no part of it.
    remark: usize,
}

/// The table that is being read.
#[derive(Default)]
struct Table {
    name: String,
    rows: Gathered,
    /// Rows before the current one.
    number: u32,
    repeat: u32,
    row: Vec<Cell>,
    /// Columns before the current one.
    column: usize,
    cell: Option<Value>,
}

/// The cell that is being read.
struct Value {
    kind: String,
    /// What stands in its attributes: a number, or a day.
    value: String,
    text: String,
    repeat: usize,
}

impl Reading {
    fn begin(&mut self, element: &BytesStart<'_>, wanted: Option<&str>) -> Result<(), ListError> {
        let name = element.local_name();
        match name.into_inner() {
            "spreadsheet" => self.is_spreadsheet = true,
            "style" => self.style = attribute(element, "name")?.unwrap_or_default(),
            "table-properties" if attribute(element, "display")?.as_deref() == Some("false") => {
                self.hidden.insert(self.style.clone());
            }
            "table" if self.table.is_none() => self.begin_table(element, wanted)?,
            "annotation" => self.remark += 1,
            _ if self.remark > 0 => {}
            other => {
                if let Some(table) = &mut self.table {
                    table.begin(other, element)?;
                }
            }
        }
        Ok(())
    }

    fn begin_table(
        &mut self,
        element: &BytesStart<'_>,
        wanted: Option<&str>,
    ) -> Result<(), ListError> {
        let name = attribute(element, "name")?.unwrap_or_default();
        let style = attribute(element, "style-name")?.unwrap_or_default();
        if wanted.is_none() && self.hidden.contains(&style) {
            return Ok(());
        }
        self.names.push(name.clone());
        let is_wanted = wanted.is_none_or(|wanted| wanted == name);
        if self.taken.is_none() && is_wanted {
            self.table = Some(Table {
                name,
                ..Table::default()
            });
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), ListError> {
        match name {
            "annotation" => self.remark = self.remark.saturating_sub(1),
            _ if self.remark > 0 => {}
            "table" => {
                if let Some(table) = self.table.take() {
                    let rows = table.rows.into_rows();
                    if !rows.is_empty() {
                        self.taken = Some((table.name, rows));
                    }
                }
            }
            other => {
                if let Some(table) = &mut self.table {
                    table.end(other)?;
                }
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &str) {
        let cell = self.table.as_mut().and_then(|table| table.cell.as_mut());
        if let Some(cell) = cell.filter(|_| self.remark == 0) {
            cell.text.push_str(text);
        }
    }

    fn done(self, wanted: Option<&str>) -> Result<(Source, Vec<Row>), ListError> {
        match self.taken {
            Some((sheet, rows)) => {
                let others = self.names.into_iter().filter(|name| *name != sheet);
                let source = Source::Workbook {
                    others: others.collect(),
                    sheet,
                };
                Ok((source, rows))
            }
            None if !self.is_spreadsheet && wanted.is_none() => Err(ListError::OtherArchive),
            None => Err(ListError::NoSuchSheet),
        }
    }
}

impl Table {
    fn begin(&mut self, name: &str, element: &BytesStart<'_>) -> Result<(), ListError> {
        match name {
            "table-row" => {
                self.row.clear();
                self.column = 0;
                self.repeat = repeated(element, "number-rows-repeated")?;
            }
            "table-cell" | "covered-table-cell" => {
                let kind = attribute(element, "value-type")?.unwrap_or_default();
                let value = match kind.as_str() {
                    "date" => attribute(element, "date-value")?,
                    _ => attribute(element, "value")?,
                };
                let repeat = repeated(element, "number-columns-repeated")?;
                self.cell = Some(Value {
                    kind,
                    value: value.unwrap_or_default(),
                    text: String::new(),
                    repeat: usize::try_from(repeat).unwrap_or(usize::MAX),
                });
            }
            // Blanks, tabulators and the ends of lines are elements; a second paragraph is another line.
            "s" | "tab" | "line-break" | "p" => {
                if let Some(cell) = &mut self.cell
                    && !cell.text.is_empty()
                {
                    cell.text.push(' ');
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), ListError> {
        match name {
            "table-cell" | "covered-table-cell" => {
                if let Some(value) = self.cell.take() {
                    self.put(&value)?;
                }
            }
            "table-row" => self.end_row()?,
            _ => {}
        }
        Ok(())
    }

    fn put(&mut self, value: &Value) -> Result<(), ListError> {
        let cell = cell_of(value);
        let end = self.column.saturating_add(value.repeat);
        if !cell.is_empty() {
            if end > COLUMNS_MAX {
                return Err(ListError::TooManyColumns { got: end });
            }
            self.row.resize(self.column, Cell::Empty);
            self.row.resize(end, cell);
        }
        self.column = end;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ListError> {
        let first = self.number;
        self.number = first.saturating_add(self.repeat);
        if self.row.is_empty() {
            return Ok(());
        }
        let row = take(&mut self.row);
        for number in first..self.number {
            if usize::try_from(number).unwrap_or(usize::MAX) >= ROWS_MAX * 4 {
                return Err(ListError::TooManyRows);
            }
            self.rows.push(number.saturating_add(1), row.clone())?;
        }
        Ok(())
    }
}

fn cell_of(value: &Value) -> Cell {
    match value.kind.as_str() {
        "float" | "currency" | "percentage" => match value.value.parse() {
            Ok(number) => Cell::Number(number),
            Err(_) => Cell::text(&value.text),
        },
        // The time of day of a birth is nobody's business.
        "date" => Cell::text(&day(value.value.split('T').next().unwrap_or_default())),
        "time" | "boolean" => Cell::Empty,
        _ => Cell::text(&value.text),
    }
}

/// `1985-12-31` as people write it.
fn day(iso: &str) -> String {
    match iso.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] if year.len() == 4 => format!("{day}.{month}.{year}"),
        _ => iso.to_owned(),
    }
}

fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u32, ListError> {
    let times = attribute(element, name)?;
    Ok(times.map_or(1, |times| times.parse().unwrap_or(u32::MAX)))
}

/// The value of an attribute, whatever prefix its name has.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, ListError> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| ListError::DamagedTable(error.into()))?;
        if attribute.key.local_name().into_inner() == name {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(ListError::DamagedTable)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}
