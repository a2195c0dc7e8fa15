//! Bad rows as a file that can be corrected and read again (LISTS-9).

use crate::{
    rows::{BadRow, CellError},
    sheet::Sheet,
};

/// A CSV (UTF-8 with a mark, semicolons, CRLF: what spreadsheets open without asking) of the bad rows: two columns in front,
/// the row's number and what is wrong, then the cells under their titles. `titles` are those of the two columns, `describe`
/// puts an error into words.
///
/// No cell begins with a character that makes a spreadsheet compute: it would run on the machine of whoever opens it.
#[must_use]
pub fn export_bad(
    sheet: &Sheet,
    bad: &[BadRow],
    titles: [&str; 2],
    describe: impl Fn(&CellError) -> String,
) -> Vec<u8> {
    let mut out = String::from("\u{FEFF}");
    let header = titles
        .iter()
        .copied()
        .chain(sheet.header.iter().map(String::as_str));
    line(&mut out, header);
    for row in bad {
        let number = row.row.to_string();
        let wrong: Vec<String> = row.errors.iter().map(&describe).collect();
        let wrong = wrong.join("; ");
        let front = [number.as_str(), wrong.as_str()];
        line(
            &mut out,
            front
                .into_iter()
                .chain(row.cells.iter().map(String::as_str)),
        );
    }
    out.into_bytes()
}

fn line<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(';');
        }
        let computes = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let quoted = cell.contains([';', '"', '\n', '\r', ',']) || computes;
        if quoted {
            out.push('"');
        }
        if computes {
            out.push('\'');
        }
        if quoted {
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}
