//! One person who stands in the register twice (DESK-23).

use rusqlite::params;
use tidings_protocol::time::UnixTime;

use super::people::person;
use crate::{Action, Actor, Desk, Error, Subject, store::int};

impl Desk {
    /// Merges one person into another: letters, requests and parcels of the one are the other's from now on. Two people
    /// decide it; what stood in the merged record stays in the database under its old number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::SamePerson`] if the two deciding are one, or the two to
    /// be merged; [`Error::NotFound`].
    pub fn merge_people(
        &self,
        by: &Actor,
        second: &Actor,
        keep: u64,
        merge: u64,
        now: UnixTime,
    ) -> Result<(), Error> {
        second.need(Action::KeepRegister)?;
        if second.operator_id()? == by.operator_id()? {
            return Err(Error::SamePerson);
        }
        self.act(
            "merging two people",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                let (keep, merge) = (person(sql, keep)?.id, person(sql, merge)?.id);
                if keep == merge {
                    return Err(Error::SamePerson);
                }
                for table in ["letters", "requests", "parcels", "arrivals"] {
                    sql.execute(
                        &format!("UPDATE {table} SET person = ?1 WHERE person = ?2"),
                        params![int(keep), int(merge)],
                    )?;
                }
                // Also those that were merged into the one before: a number leads to its person in one step.
                sql.execute(
                    "UPDATE people SET merged = ?1 WHERE person = ?2 OR merged = ?2",
                    params![int(keep), int(merge)],
                )?;
                sql.execute("DELETE FROM person_keys WHERE rowid = ?1", [int(merge)])?;
                log.add("people_merged", Subject::Person(keep), &merge.to_string());
                Ok(())
            },
        )
    }
}
