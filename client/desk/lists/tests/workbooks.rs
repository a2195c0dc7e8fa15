//! Workbooks of both kinds, and files that are meant to do harm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::io::{Cursor, Write};

use proptest::prelude::*;
use tidings_lists::{
    Expected, ListError, Notice, Outcome, Sheet, Source, guess, import, limits, read,
};
use tidings_names::BirthDate;
use zip::{ZipWriter, write::SimpleFileOptions};

fn imported(list: &Sheet) -> Outcome {
    import(list, &guess(list).mapping).unwrap()
}

/// A workbook as a program writes it, with these sheets of XML rows.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, content: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let number = |at: usize| at + 1;
    let list: String = sheets
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            format!(
                r#"<sheet name="{name}" sheetId="{0}" r:id="rId{0}"/>"#,
                number(at)
            )
        })
        .collect();
    let relations: String = (0..sheets.len())
        .map(|at| {
            format!(r#"<Relationship Id="rId{0}" Type="{relation}/worksheet" Target="worksheets/sheet{0}.xml"/>"#, number(at))
        })
        .collect();
    part(
        "[Content_Types].xml",
        &format!(
            r#"<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#
        ),
    );
    part(
        "_rels/.rels",
        &format!(
            r#"<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        ),
    );
    part(
        "xl/workbook.xml",
        &format!(
            r#"<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>{list}</sheets></workbook>"#
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!(
            r#"<Relationships xmlns="{package}/relationships">{relations}<Relationship Id="rId99" Type="{relation}/styles" Target="styles.xml"/></Relationships>"#
        ),
    );
    part(
        "xl/styles.xml",
        &format!(
            r#"<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
        ),
    );
    for (at, (_, rows)) in sheets.iter().enumerate() {
        part(
            &format!("xl/worksheets/sheet{}.xml", number(at)),
            &format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
        );
    }
    zip.finish().unwrap().into_inner()
}

fn text_cell(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// LISTS-4, LISTS-6: rows, numbers and days of a workbook.
#[test]
fn a_workbook_is_read() {
    let header = format!(
        "<row r=\"3\">{}{}{}</row>",
        text_cell("A3", "ПІБ"),
        text_cell("B3", "Дата народження"),
        text_cell("C3", "РНОКПП")
    );
    let rows = format!(
        "{header}<row r=\"4\">{}<c r=\"B4\" s=\"1\"><v>31118</v></c><c r=\"C4\"><v>3111800012</v></c></row>\
         <row r=\"6\">{}<c r=\"B6\"><v>1990</v></c></row>\
         <row r=\"7\">{}<c r=\"B7\"><v>31118</v></c></row>\
         <row r=\"8\">{}<c r=\"B8\"><v>77</v></c></row>",
        text_cell("A4", "Коваленко Сергій"),
        text_cell("A6", "Шевчук Микола"),
        text_cell("A7", "Бойко Олег"),
        text_cell("A8", "Савчук Роман"),
    );
    let file = workbook(&[("Порожній", ""), ("Список", &rows), ("Інше", &header)]);
    let list = read(&file, None).unwrap();
    assert_eq!(
        list.source,
        Source::Workbook {
            sheet: "Список".to_owned(),
            others: vec!["Порожній".to_owned(), "Інше".to_owned()]
        }
    );
    let outcome = imported(&list);
    let births: Vec<_> = outcome
        .good
        .iter()
        .map(|entry| (entry.row, entry.person.birth))
        .collect();
    let day = BirthDate::day(1985, 3, 12).ok();
    assert_eq!(
        births,
        [
            (4, day),
            (6, Some(BirthDate::Year { year: 1990 })),
            (7, day)
        ]
    );
    assert_eq!(
        (outcome.bad[0].row, outcome.bad[0].errors[0].expected),
        (8, Expected::Date)
    );
    assert_eq!(
        outcome.notices,
        [Notice::DocumentColumn {
            column: 2,
            cells: 1
        }]
    );
    assert!(matches!(
        read(&file, Some("Немає")),
        Err(ListError::NoSuchSheet)
    ));
}

/// An ODS workbook with these styles and tables.
fn ods(styles: &str, tables: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let content = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"
        ><office:automatic-styles>{styles}</office:automatic-styles
        ><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"#
    );
    for (name, content) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", &content),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn ods_text(text: &str) -> String {
    format!(
        r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
    )
}

/// LISTS-4, LISTS-6: what LibreOffice writes, with rows and cells that it says are repeated, remarks, a hidden table.
#[test]
fn an_open_document_is_read() {
    let header = format!(
        "<table:table-row>{}{}{}{}</table:table-row>",
        ods_text("ПІБ"),
        ods_text("Дата народження"),
        ods_text("Табір"),
        ods_text("Посилка")
    );
    let rows = format!(
        r#"<table:table-row>{sergiy}<table:table-cell office:value-type="date" office:date-value="1985-03-12T00:00:00"><text:p>12.03.85</text:p></table:table-cell>{place}<table:table-cell office:value-type="float" office:value="7"><text:p>7,00</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16380"/></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        <table:table-row>{mykola}<table:table-cell office:value-type="float" office:value="1990"/><table:covered-table-cell/><table:table-cell office:value-type="string"><office:annotation><text:p>нотатка</text:p></office:annotation><text:p>П<text:s/>8</text:p><text:p>б</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#,
        sergiy = ods_text("Коваленко  Сергій"),
        place = ods_text("Колонія &lt;3&gt; &#8470;1"),
        mykola = ods_text("Шевчук Микола"),
    );
    let style = |name: &str, display: bool| {
        format!(
            r#"<style:style style:name="{name}"><style:table-properties table:display="{display}"/></style:style>"#
        )
    };
    let table = |name: &str, style: &str, rows: &str| {
        format!(
            r#"<table:table table:name="{name}" table:style-name="{style}">{rows}</table:table>"#
        )
    };
    let file = ods(
        &(style("ta1", true) + &style("ta2", false)),
        &(table("Таємне", "ta2", &header)
            + &table("Порожній", "ta1", "")
            + &table("Список", "ta1", &(header.clone() + &rows))
            + &table("Інше", "ta1", &header)),
    );
    let list = read(&file, None).unwrap();
    assert_eq!(
        list.source,
        Source::Workbook {
            sheet: "Список".to_owned(),
            others: vec!["Порожній".to_owned(), "Інше".to_owned()]
        }
    );
    let outcome = imported(&list);
    assert_eq!(outcome.bad, []);
    let got: Vec<_> = outcome
        .good
        .iter()
        .map(|entry| {
            let birth = entry.person.birth.unwrap().to_string();
            (
                entry.row,
                entry.written.as_str(),
                birth,
                entry.place.as_str(),
                entry.parcel.as_str(),
            )
        })
        .collect();
    assert_eq!(
        got,
        [
            (
                2,
                "Коваленко Сергій",
                "12.03.1985".to_owned(),
                "Колонія <3> №1",
                "7"
            ),
            (5, "Шевчук Микола", "1990".to_owned(), "", "П 8 б"),
        ]
    );
    assert_eq!(read(&file, Some("Таємне")).unwrap().rows, []);
    assert!(matches!(
        read(&file, Some("Немає")),
        Err(ListError::NoSuchSheet)
    ));
}

/// LISTS-2, LISTS-4: a few bytes that say they are millions of cells, and XML that is none.
#[test]
fn an_open_document_that_lies_is_refused() {
    let cell = |times: u32| {
        format!(
            r#"<table:table-cell table:number-columns-repeated="{times}" office:value-type="string"><text:p>x</text:p></table:table-cell>"#
        )
    };
    let one = |row_times: u32, cells: &str| {
        ods(
            "",
            &format!(
                r#"<table:table table:name="a"><table:table-row table:number-rows-repeated="{row_times}">{cells}</table:table-row></table:table>"#
            ),
        )
    };
    assert_eq!(read(&one(3, &cell(2)), None).unwrap().rows.len(), 3);
    for (file, expected) in [
        (one(u32::MAX, &cell(1)), "TooManyRows"),
        (one(1, &cell(u32::MAX)), "TooManyColumns"),
        (one(200_000, &cell(64)), "TooMuch"),
        (ods("", "<table:table><table:table-row>"), "DamagedTable"),
        (ods("", "</wrong>"), "DamagedTable"),
        (
            ods("", "<table:table b='1' b='2'></table:table>"),
            "DamagedTable",
        ),
    ] {
        match read(&file, None) {
            Err(error) => assert!(
                format!("{error:?}").starts_with(expected),
                "{expected}: {error:?}"
            ),
            Ok(sheet) => panic!("{expected}: {sheet:?}"),
        }
    }
    let mut text = ZipWriter::new(Cursor::new(Vec::new()));
    text.start_file("content.xml", SimpleFileOptions::default())
        .unwrap();
    text.write_all(b"<office:document-content><office:text/></office:document-content>")
        .unwrap();
    let text = text.finish().unwrap().into_inner();
    assert!(matches!(read(&text, None), Err(ListError::OtherArchive)));
}

/// LISTS-2: files that are small and would become large, and files that are something else.
#[test]
fn harmful_files_are_refused() {
    let far = workbook(&[(
        "a",
        &format!("<row r=\"1048576\">{}</row>", text_cell("B1048576", "x")),
    )]);
    assert!(matches!(read(&far, None), Err(ListError::TooManyRows)));
    let wide = workbook(&[(
        "a",
        &format!("<row r=\"1\">{}</row>", text_cell("XFD1", "x")),
    )]);
    assert!(matches!(
        read(&wide, None),
        Err(ListError::TooManyColumns { got: 16_384 })
    ));
    let zeros = " ".repeat(usize::try_from(limits::UNPACKED_BYTES_MAX).unwrap() + 1);
    let bomb = workbook(&[("a", &zeros)]);
    assert!(bomb.len() < 2_000_000, "{}", bomb.len());
    assert!(matches!(read(&bomb, None), Err(ListError::Bomb)));
    let many = workbook(&vec![("a", ""); limits::UNPACKED_FILES_MAX]);
    assert!(matches!(read(&many, None), Err(ListError::Bomb)));
    let mut cut = workbook(&[("a", "")]);
    cut.truncate(cut.len() / 2);
    assert!(matches!(
        read(&cut, None),
        Err(ListError::DamagedArchive(_))
    ));
    let mut other = ZipWriter::new(Cursor::new(Vec::new()));
    other
        .start_file("mimetype", SimpleFileOptions::default())
        .unwrap();
    let other = other.finish().unwrap().into_inner();
    assert!(matches!(read(&other, None), Err(ListError::OtherArchive)));
    assert!(matches!(
        read(&[0xD0, 0xCF, 0x11, 0xE0, 0, 0], None),
        Err(ListError::OldWorkbook)
    ));
    assert!(matches!(
        read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\xff\xfe", None),
        Err(ListError::NoText)
    ));
    assert!(matches!(read(b"", None), Err(ListError::Empty)));
    assert!(matches!(read(b"\n;;;\n", None), Err(ListError::Empty)));
    assert!(matches!(
        read(&vec![b'a'; limits::FILE_BYTES_MAX + 1], None),
        Err(ListError::TooLarge { .. })
    ));
    let wide = ";".repeat(100) + "x";
    assert!(matches!(
        read(wide.as_bytes(), None),
        Err(ListError::TooManyColumns { got: 101 })
    ));
    let long = "x\n".repeat(limits::ROWS_MAX + 1);
    assert!(matches!(
        read(long.as_bytes(), None),
        Err(ListError::TooManyRows)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_workbooks_do_not_panic(at in 0_usize..4_000, value in any::<u8>()) {
        let rows = format!("<row r=\"1\">{}{}</row>", text_cell("A1", "ПІБ"), text_cell("B1", "Дата народження"));
        let cells = ods_text("ПІБ") + &ods_text("Дата народження");
        let table = format!("<table:table table:name=\"a\"><table:table-row>{cells}</table:table-row></table:table>");
        for mut file in [workbook(&[("a", &rows)]), ods("", &table)] {
            let at = at % file.len();
            file[at] = value;
            let _ = read(&file, None);
        }
    }

    /// Whatever stands in the place of the tables: an answer or an error, never a panic and never more than the limits.
    #[test]
    fn any_text_as_tables_is_answered(text in "(<(/?)(table:table|table:table-row|table:table-cell|text:p)( table:number-(rows|columns)-repeated=\"[0-9]{1,10}\")?/?>|[a-zі&;]{1,3}){0,30}") {
        if let Ok(list) = read(&ods("", &text), None) {
            prop_assert!(list.rows.len() <= limits::ROWS_MAX);
        }
    }
}
