//! The folder into which the office's scanner writes.

use std::path::Path;

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
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`]; [`Error::NotForScans`] for one of the system or of the desk itself:
    /// files are taken out of it and erased.
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
                if let Some(folder) = folder
                    && !is_for_scans(Path::new(&folder.path), self.home())
                {
                    return Err(Error::NotForScans);
                }
                settings::put(sql, FOLDER, &folder)?;
                log.add("scan_folder_named", Subject::Office, "");
                Ok(())
            },
        )
    }
}

/// Folders of the machine, with all that is in them; so are folders of keys, whoever they belong to.
const SYSTEM: [&str; 9] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys", "/usr",
];

fn is_for_scans(folder: &Path, home: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (folder, home) = (real(folder), real(home));
    folder.parent().is_some()
        && !folder.starts_with(&home)
        && !SYSTEM.iter().any(|system| folder.starts_with(system))
        && !folder.iter().any(|name| name == ".ssh")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Office, START};

    #[test]
    fn folders_of_the_system_and_of_the_desk_hold_no_scans() {
        let office = Office::new();
        let scans = tempfile::tempdir().unwrap();
        let home = office.desk.home().to_owned();
        let inner = home.join("files");
        std::fs::create_dir_all(&inner).unwrap();
        for (path, is_taken) in [
            (scans.path().to_owned(), true),
            (home.clone(), false),
            (home.join("."), false),
            (inner, false),
            ("/".into(), false),
            ("/etc".into(), false),
            ("/usr/../etc".into(), false),
            (scans.path().join(".ssh/new"), false),
        ] {
            let folder = ScanFolder {
                path: path.display().to_string(),
                erase: true,
            };
            let named = office
                .desk
                .set_scan_folder(&office.head, Some(&folder), START);
            match named {
                Ok(()) => assert!(is_taken, "{path:?}"),
                Err(Error::NotForScans) => assert!(!is_taken, "{path:?}"),
                Err(other) => panic!("{path:?}: {other:?}"),
            }
        }
    }
}
