//! The folder into which the office's scanner writes.

use serde::{Deserialize, Serialize};
use tidings_protocol::time::UnixTime;

use crate::{Action, Actor, Desk, Error, Subject, settings};

/// The name of the setting.
const FOLDER: &str = "scan_folder";

/// A folder that is watched for files to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanFolder {
    /// Where it is, on the machine of the desk.
    pub path: String,
    /// Whether files are erased once they are stored; otherwise they are moved to `taken` in it.
    pub erase: bool,
}

impl Desk {
    /// The folder that is watched, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn scan_folder(&self) -> Result<Option<ScanFolder>, Error> {
        let kept = self.store.read("reading the scans' folder", |sql| {
            settings::get::<Option<ScanFolder>>(sql, FOLDER)
        })?;
        Ok(kept.flatten())
    }

    /// Has a folder watched, or none any more.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`].
    pub fn set_scan_folder(
        &self,
        by: &Actor,
        folder: Option<&ScanFolder>,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "naming the scans' folder",
            by,
            Action::ChangeSettings,
            now,
            |sql, log| {
                settings::put(sql, FOLDER, &folder)?;
                log.add("scan_folder_named", Subject::Office, "");
                Ok(())
            },
        )
    }
}
