//! People who come on a list.

use rusqlite::Transaction;
use tidings_protocol::time::UnixTime;

use super::{
    people::{PersonForm, save},
    service::{ServiceDetails, seal_details},
};
use crate::{Action, Actor, Desk, Error, Subject};

/// A person of a list: what goes into the register, and what goes to the compartment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPerson {
    /// For the register; with a source.
    pub form: PersonForm,
    /// For the compartment, if the list has it.
    pub service: Option<ServiceDetails>,
}

impl Desk {
    /// Takes a list of people over ([`crate::people_list`]), all or none. Those whose source is there already are passed over.
    /// Returns how many are new.
    ///
    /// # Errors
    /// As [`Desk::save_person`].
    pub fn import_people(
        &self,
        by: &Actor,
        people: &[ListedPerson],
        now: UnixTime,
    ) -> Result<u64, Error> {
        self.act(
            "taking a list over",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let mut new = 0;
                for ListedPerson { form, service } in people {
                    if is_known(sql, form.source.trim())? {
                        continue;
                    }
                    let form = PersonForm {
                        id: 0,
                        ..form.clone()
                    };
                    if let Some(id) = save(sql, &form, now)? {
                        if let Some(details) = service {
                            seal_details(sql, id, details)?;
                        }
                        new += 1;
                    }
                }
                log.add("people_imported", Subject::Office, &new.to_string());
                Ok(new)
            },
        )
    }
}

/// Whether this row of a list was taken over before.
fn is_known(sql: &Transaction<'_>, source: &str) -> Result<bool, Error> {
    let known: i64 = sql
        .prepare_cached("SELECT count(*) FROM people WHERE source = ?1")?
        .query_row([source], |row| row.get(0))?;
    Ok(known > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
        testing::{Office, START},
    };

    #[test]
    fn a_list_of_people_is_taken_over_once() {
        let office = Office::new();
        let desk = &office.desk;
        let worker = &office.actor(Role::CaseWorker);
        let listed = |row: usize, name: &str, unit: Option<&str>| ListedPerson {
            form: PersonForm {
                source: format!("list 7 row {row}"),
                name: name.into(),
                ..PersonForm::default()
            },
            service: unit.map(|unit| ServiceDetails {
                unit: unit.into(),
                rank: String::new(),
            }),
        };
        let people = [
            listed(0, "Петренко Сергій", Some("А1234")),
            listed(1, "Шевченко Тарас", None),
        ];
        assert_eq!(desk.import_people(worker, &people, START).unwrap(), 2);
        assert_eq!(desk.import_people(worker, &people, START).unwrap(), 0);
        let found = desk.people(worker, "", 0, 9).unwrap();
        let sealed: Vec<bool> = found
            .iter()
            .map(|person| person.has_service_details)
            .collect();
        assert_eq!(sealed, [true, false]);
        let compartment = desk.open_compartment(&office.head, None, START).unwrap();
        let details = desk
            .service_details(&office.head, &compartment, found[0].id, START)
            .unwrap();
        assert_eq!(details.unwrap().unit, "А1234");

        let bad = [listed(2, "Бондар Іван", None), listed(3, " ", None)];
        assert!(desk.import_people(worker, &bad, START).is_err());
        assert_eq!(
            desk.people(worker, "", 0, 9).unwrap().len(),
            2,
            "all or none"
        );
    }
}
