//! Workbooks: told apart by what is in the archive; XLSX is read cell by cell, and the size that a sheet claims is never
//! believed (LISTS-4).

use std::io::{self, Cursor, Read};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use crate::{
    limits::{COLUMNS_MAX, ROWS_MAX, UNPACKED_BYTES_MAX, UNPACKED_FILES_MAX},
    ods,
    sheet::{Cell, Gathered, ListError, Row, Source},
};

/// Days between the two beginnings of time that workbooks know: 1900 and 1904.
const DAYS_1904: f64 = 1_462.0;

pub(crate) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<(Source, Vec<Row>), ListError> {
    let mut archive = unpacked(bytes)?;
    if archive.index_for_name("xl/workbook.xml").is_none() {
        return match archive.index_for_name(ods::CONTENT) {
            Some(_) => ods::read(&mut archive, wanted),
            None => Err(ListError::OtherArchive),
        };
    }
    let mut workbook: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(ListError::DamagedWorkbook)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .filter(|sheet| wanted.is_some() || sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    for name in &names {
        if wanted.is_some_and(|wanted| wanted != name) {
            continue;
        }
        let rows = rows(&mut workbook, name)?;
        if !rows.is_empty() {
            let others = names
                .iter()
                .filter(|other| *other != name)
                .cloned()
                .collect();
            let source = Source::Workbook {
                sheet: name.clone(),
                others,
            };
            return Ok((source, rows));
        }
    }
    Err(ListError::NoSuchSheet)
}

/// Unpacks everything into nothing once, counting: what an archive says about its sizes may be a lie.
fn unpacked(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, ListError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(ListError::DamagedArchive)?;
    if archive.len() > UNPACKED_FILES_MAX {
        return Err(ListError::Bomb);
    }
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(ListError::DamagedArchive)?;
        let unpacked =
            io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(ListError::DamagedPart)?;
        left = left.checked_sub(unpacked).ok_or(ListError::Bomb)?;
    }
    Ok(archive)
}

fn rows(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<Row>, ListError> {
    let shift = if workbook.has_1904_epoch() {
        DAYS_1904
    } else {
        0.0
    };
    let mut cells = workbook
        .worksheet_cells_reader(name)
        .map_err(ListError::DamagedWorkbook)?;
    let mut gathered = Gathered::default();
    let (mut current, mut row) = (0_u32, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(ListError::DamagedWorkbook)? {
        let (number, column) = cell.get_position();
        let value = cell_of(cell.get_value(), shift);
        if value.is_empty() {
            continue;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= COLUMNS_MAX {
            return Err(ListError::TooManyColumns {
                got: column.saturating_add(1),
            });
        }
        if number != current {
            gathered.push(current.saturating_add(1), std::mem::take(&mut row))?;
            current = number;
        }
        if usize::try_from(number).unwrap_or(usize::MAX) >= ROWS_MAX * 4 {
            return Err(ListError::TooManyRows);
        }
        if row.len() <= column {
            row.resize(column + 1, Cell::Empty);
        }
        row[column] = value;
    }
    gathered.push(current.saturating_add(1), row)?;
    Ok(gathered.into_rows())
}

fn cell_of(value: &DataRef<'_>, shift: f64) -> Cell {
    match value {
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        #[expect(
            clippy::cast_precision_loss,
            reason = "what a spreadsheet holds came out of a float"
        )]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::DateTime(day) if day.is_datetime() => Cell::Day(day.as_f64() + shift),
        DataRef::DateTime(span) => Cell::Number(span.as_f64()),
        // `1985-12-31T00:00:00`: the time of day of a birth is nobody's business.
        DataRef::DateTimeIso(text) => Cell::text(text.split('T').next().unwrap_or_default()),
        DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Bool(_) | DataRef::Error(_) | DataRef::Empty => Cell::Empty,
    }
}
