//! Lists from other offices, as the desk takes them over. [`tidings_lists`] reads the file and blanks numbers of identity
//! documents; here rows become parcels of a campaign or people of the register, and what does not fit is named row by
//! row (DESK-35).

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tidings_lists::{
    CellError, Entry, Field, Mapping, MappingError, Notice, Sheet, documents, import,
};
use tidings_protocol::limits::PERSON_NAME_MAX as NAME_MAX;

use crate::{
    PersonForm,
    register::{FIELD_MAX, ListedPerson, ServiceDetails},
};

/// Bytes of what stands outside on a parcel: a label holds no more.
pub(crate) const CODE_MAX: usize = 40;

/// A row of a campaign's list: one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// What stands outside on the parcel.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Date of birth, as [`tidings_names::BirthDate`] shows it.
    pub born: Option<String>,
    /// Where he is held.
    pub place: Option<String>,
    /// Internment number.
    pub number: Option<String>,
    /// Remark.
    pub remark: Option<String>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFault {
    /// A cell holds something else than its column does.
    Cell(CellError),
    /// The list has a column of codes, and this row has none.
    NoCode,
    /// The code stands in an earlier row already.
    CodeTwice {
        /// That row, as a list program numbers it.
        row: u32,
    },
    /// A text is longer than the desk keeps.
    TooLong {
        /// Which one.
        field: Field,
        /// Bytes at most.
        limit: usize,
    },
}

/// Why a row is not taken over. A row may have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The row, as a list program numbers it.
    pub row: u32,
    /// What is wrong.
    pub fault: RowFault,
}

/// What a list gives: the rows that can be taken over, and what a person has to be told about the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// Rows without a fault, in their order.
    pub good: Vec<T>,
    /// What is wrong with the others.
    pub errors: Vec<RowError>,
    /// Documents that were not read, people who stand in it twice.
    pub notices: Vec<Notice>,
}

/// Reads a campaign's list. One without a column of codes gets codes from its rows: `0001`, `0002`, …
///
/// # Errors
/// When no column holds a name.
pub fn parcel_list(sheet: &Sheet, mapping: &Mapping) -> Result<Reading<ListRow>, MappingError> {
    let has_codes = mapping.column(Field::Parcel).is_some();
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut place = 0_u32;
    read(sheet, mapping, |entry| {
        place += 1;
        let code = match has_codes {
            true => entry.parcel.clone(),
            false => format!("{place:04}"),
        };
        if code.is_empty() || code.contains(documents::BLANK) {
            return Err(RowFault::NoCode);
        }
        let short = |field, text: &str, limit| short(field, text, limit);
        short(Field::Parcel, &code, CODE_MAX)?;
        short(Field::FullName, &entry.written, NAME_MAX)?;
        let remark = entry.note.replace('\n', "; ");
        for (field, text) in [
            (Field::Place, &entry.place),
            (Field::CaptiveNumber, &entry.captive_number),
            (Field::Note, &remark),
        ] {
            short(field, text, FIELD_MAX)?;
        }
        if let Some(row) = codes.get(&code) {
            return Err(RowFault::CodeTwice { row: *row });
        }
        codes.insert(code.clone(), entry.row);
        Ok(ListRow {
            code,
            name: entry.written.clone(),
            born: entry.person.birth.map(|birth| birth.to_string()),
            place: some(&entry.place),
            number: some(&entry.captive_number),
            remark: some(&remark),
        })
    })
}

/// Reads a list of people for the register. `list` is what the office calls it: the same row of the same list is taken over
/// once, also when the list comes again with other rows corrected. Unit and rank go to the compartment; remarks, parcels and
/// routes are no part of the register and are left.
///
/// # Errors
/// When no column holds a name.
pub fn people_list(
    list: &str,
    sheet: &Sheet,
    mapping: &Mapping,
) -> Result<Reading<ListedPerson>, MappingError> {
    let mut seen: HashMap<[u8; 32], u32> = HashMap::new();
    read(sheet, mapping, |entry| {
        for (field, text, limit) in [
            (Field::FullName, &entry.written, NAME_MAX),
            (Field::OtherName, &entry.other_written, FIELD_MAX),
            (Field::BirthPlace, &entry.birth_place, FIELD_MAX),
            (Field::CaptiveNumber, &entry.captive_number, NAME_MAX),
            (Field::Unit, &entry.unit, FIELD_MAX),
            (Field::Rank, &entry.rank, FIELD_MAX),
        ] {
            short(field, text, limit)?;
        }
        let born = entry.person.birth.map(|birth| birth.to_string());
        let form = PersonForm {
            name: entry.written.clone(),
            latin: entry.other_written.clone(),
            born: born.unwrap_or_default(),
            birthplace: entry.birth_place.clone(),
            number: entry.captive_number.clone(),
            ..PersonForm::default()
        };
        // Two rows that are the same in everything are two people until somebody says otherwise.
        let row = digest(list, &form);
        let times = seen.entry(row).or_insert(0);
        *times += 1;
        let has_service = !(entry.unit.is_empty() && entry.rank.is_empty());
        Ok(ListedPerson {
            form: PersonForm {
                source: format!("{} {times}", HEXLOWER.encode(&row[..16])),
                ..form
            },
            service: has_service.then(|| ServiceDetails {
                unit: entry.unit.clone(),
                rank: entry.rank.clone(),
            }),
        })
    })
}

fn read<T>(
    sheet: &Sheet,
    mapping: &Mapping,
    mut take: impl FnMut(&Entry) -> Result<T, RowFault>,
) -> Result<Reading<T>, MappingError> {
    let outcome = import(sheet, mapping)?;
    let mut errors: Vec<RowError> = outcome
        .bad
        .into_iter()
        .flat_map(|bad| {
            bad.errors.into_iter().map(move |error| RowError {
                row: bad.row,
                fault: RowFault::Cell(error),
            })
        })
        .collect();
    let mut good = Vec::new();
    for entry in &outcome.good {
        match take(entry) {
            Ok(taken) => good.push(taken),
            Err(fault) => errors.push(RowError {
                row: entry.row,
                fault,
            }),
        }
    }
    errors.sort_by_key(|error| error.row);
    Ok(Reading {
        good,
        errors,
        notices: outcome.notices,
    })
}

fn short(field: Field, text: &str, limit: usize) -> Result<(), RowFault> {
    match text.len() <= limit {
        true => Ok(()),
        false => Err(RowFault::TooLong { field, limit }),
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What tells a row of a list from its others.
fn digest(list: &str, form: &PersonForm) -> [u8; 32] {
    let parts = [
        list.trim(),
        &form.name,
        &form.latin,
        &form.born,
        &form.birthplace,
        &form.number,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use tidings_lists::{Expected, guess, read};

    use super::*;

    fn parcels(text: &str) -> Reading<ListRow> {
        let sheet = read(text.as_bytes(), None).unwrap();
        parcel_list(&sheet, &guess(&sheet).mapping).unwrap()
    }

    fn people(list: &str, text: &str) -> Reading<ListedPerson> {
        let sheet = read(text.as_bytes(), None).unwrap();
        people_list(list, &sheet, &guess(&sheet).mapping).unwrap()
    }

    #[test]
    fn a_campaigns_list_becomes_parcels() {
        let reading = parcels(
            "\u{feff}Посилка;Прізвище;Ім'я;По батькові;Дата народження;Табір;Примітка\r\n\
             П-1;Петренко;Сергій;Іванович;3 травня 1990 р.н.;Колонія 7;\r\n\
             П-2;Шевченко;Олесь;;;;\"так; двічі\"\r\n",
        );
        assert_eq!(
            (&reading.errors[..], &reading.notices[..]),
            (&[][..], &[][..])
        );
        assert_eq!(
            reading.good,
            [
                ListRow {
                    code: "П-1".into(),
                    name: "Петренко Сергій Іванович".into(),
                    born: Some("03.05.1990".into()),
                    place: Some("Колонія 7".into()),
                    number: None,
                    remark: None,
                },
                ListRow {
                    code: "П-2".into(),
                    name: "Шевченко Олесь".into(),
                    born: None,
                    place: None,
                    number: None,
                    remark: Some("так; двічі".into()),
                },
            ]
        );
    }

    #[test]
    fn every_row_that_is_no_parcel_is_named() {
        let long = "x".repeat(CODE_MAX + 1);
        let reading = parcels(&format!(
            "Parcel,Name,Born\nA,Ann Lee,1990\n,Bob Ray,1990\nC,,1990\nA,Dan Fox,1990\n{long},Eve Day,1990\nF,Fay Orr,31.02.1990\nG,Gus Ash,1991\n"
        ));
        let names: Vec<&str> = reading.good.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["Ann Lee", "Gus Ash"]);
        let faults: Vec<(u32, &RowFault)> = reading
            .errors
            .iter()
            .map(|error| (error.row, &error.fault))
            .collect();
        assert_eq!(faults.len(), 5, "{faults:?}");
        assert_eq!(faults[0], (3, &RowFault::NoCode));
        assert!(matches!(
            faults[1],
            (
                4,
                RowFault::Cell(CellError {
                    expected: Expected::Name,
                    ..
                })
            )
        ));
        assert_eq!(faults[2], (5, &RowFault::CodeTwice { row: 2 }));
        assert_eq!(
            faults[3],
            (
                6,
                &RowFault::TooLong {
                    field: Field::Parcel,
                    limit: CODE_MAX
                }
            )
        );
        assert!(matches!(
            faults[4],
            (
                7,
                RowFault::Cell(CellError {
                    expected: Expected::ExistingDay,
                    ..
                })
            )
        ));
    }

    #[test]
    fn a_list_without_codes_gets_them() {
        let reading = parcels("ПІБ\nПетренко Сергій\nШевченко Олесь\n");
        let codes: Vec<&str> = reading.good.iter().map(|row| row.code.as_str()).collect();
        assert_eq!(codes, ["0001", "0002"]);
    }

    #[test]
    fn a_list_of_people_keeps_unit_and_rank_apart_and_no_document() {
        let reading = people(
            "Список 7",
            "ПІБ;Дата народження;Військова частина;Звання;РНОКПП;Місце народження\n\
             Петренко Сергій Іванович;03.05.1990;А1234;сержант;3299811111;Київ, паспорт КВ 123456\n\
             Шевченко Тарас;1988;;;;Канів\n",
        );
        assert_eq!(reading.errors, []);
        assert_eq!(reading.notices.len(), 2, "{:?}", reading.notices);
        let first = &reading.good[0];
        let service = first.service.as_ref().unwrap();
        assert_eq!(
            (service.unit.as_str(), service.rank.as_str()),
            ("А1234", "сержант")
        );
        assert_eq!(reading.good[1].service, None);
        let kept = format!("{:?}", first.form);
        for gone in ["3299811111", "123456", "А1234"] {
            assert!(!kept.contains(gone), "{kept}");
        }
    }

    #[test]
    fn a_row_is_known_again_in_its_own_list_only() {
        let text =
            "ПІБ;Дата народження\nПетренко Сергій;1990\nПетренко Сергій;1990\nШевченко Тарас;88\n";
        let sources = |list: &str, text: &str| -> Vec<String> {
            let people = people(list, text).good.into_iter();
            people.map(|person| person.form.source).collect()
        };
        let first = sources("a", text);
        assert_eq!(first.len(), 2);
        assert_ne!(first[0], first[1], "two rows are two people");
        let mended = sources("a", &text.replace(";88", ";1988"));
        assert_eq!(mended[..2], first[..], "the corrected list comes again");
        assert_ne!(sources("b", text), first);
    }
}
