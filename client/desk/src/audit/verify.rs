//! Checking the log from its first entry to its last (DESK-15).

use std::fmt;

use rusqlite::Row;

use super::{AuditHead, ENTRY_LABEL, Entry, entry_of, head::holds, signature_of};
use crate::{Action, Actor, Desk, Error};

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditFault {
    /// Entries are missing before this place.
    Gap {
        /// The place.
        at: u64,
    },
    /// The entry is not the one that was written: changed, moved, or its predecessor was.
    Changed {
        /// Its place.
        at: u64,
    },
    /// The entry was not signed by this desk.
    Unsigned {
        /// Its place.
        at: u64,
    },
    /// The log ends before, or differs at, a place that it had reached.
    Cut {
        /// Entries that there were.
        reached: u64,
        /// Entries that there are.
        got: u64,
    },
    /// The desk found the log cut when it was opened.
    CutBefore {
        /// The entry that says so.
        at: u64,
    },
    /// The file that says how far the log reached is gone or was changed.
    HeadMissing,
}

/// `gap 5`, `changed 4`, `cut 9 5`: words for a terminal, with the places.
impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { at } => write!(f, "gap {at}"),
            Self::Changed { at } => write!(f, "changed {at}"),
            Self::Unsigned { at } => write!(f, "unsigned {at}"),
            Self::Cut { reached, got } => write!(f, "cut {reached} {got}"),
            Self::CutBefore { at } => write!(f, "cut-before {at}"),
            Self::HeadMissing => write!(f, "head-missing"),
        }
    }
}

/// What a check found.
#[derive(Debug, Clone)]
pub struct AuditReport {
    /// Entries that were read.
    pub entries: u64,
    /// How far the log reaches.
    pub head: AuditHead,
    /// What is wrong; at most the first hundred.
    pub faults: Vec<AuditFault>,
}

impl AuditReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Faults that are told.
const FAULTS_MAX: usize = 100;

impl Desk {
    /// Checks every entry: place, hash of all before it, signature; then the noted head, and one that was noted elsewhere,
    /// if it is given. About a second for 20,000 entries.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeAudit`].
    pub fn verify_audit(
        &self,
        by: &Actor,
        elsewhere: Option<&AuditHead>,
    ) -> Result<AuditReport, Error> {
        by.need(Action::SeeAudit)?;
        self.verify(elsewhere)
    }

    /// The same for whoever has the machine and the desk's passphrase, with no session: from the command line.
    ///
    /// # Errors
    /// Those of the store.
    pub fn verify_audit_alone(&self) -> Result<AuditReport, Error> {
        self.verify(None)
    }

    fn verify(&self, elsewhere: Option<&AuditHead>) -> Result<AuditReport, Error> {
        // Before the log: an entry that comes meanwhile makes the log longer than its head, which is no fault.
        let noted = self.noted_head()?;
        self.store.read("checking the log", |sql| {
            let mut faults = Vec::new();
            let mut head = AuditHead {
                seq: 0,
                hash: [0; 32],
            };
            let mut entries = 0;
            let mut statement = sql.prepare(
                "SELECT seq, at, operator, action, subject, detail, hash, signature
                 FROM audit ORDER BY seq",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                entries += 1;
                check(row, &mut head, self, &mut faults)?;
            }
            match &noted {
                None if head.seq > 0 => faults.push(AuditFault::HeadMissing),
                _ => {}
            }
            for expected in noted.iter().chain(elsewhere) {
                if !holds(sql, expected)? {
                    faults.push(AuditFault::Cut {
                        reached: expected.seq,
                        got: head.seq,
                    });
                }
            }
            faults.truncate(FAULTS_MAX);
            Ok(AuditReport {
                entries,
                head,
                faults,
            })
        })
    }
}

fn check(
    row: &Row<'_>,
    head: &mut AuditHead,
    desk: &Desk,
    faults: &mut Vec<AuditFault>,
) -> Result<(), Error> {
    let entry: Entry = entry_of(row)?;
    let stored: Vec<u8> = row.get(6)?;
    let signature: Vec<u8> = row.get(7)?;
    let at = entry.seq;
    if at != head.seq + 1 {
        faults.push(AuditFault::Gap { at });
    }
    let hash = entry.hash(&head.hash);
    if stored != hash {
        faults.push(AuditFault::Changed { at });
    }
    let stored: [u8; 32] = stored.try_into().unwrap_or(hash);
    let signed = signature_of(&signature).is_some_and(|signature| {
        let key = desk.signer.public();
        key.verify(ENTRY_LABEL, &[&stored], &signature).is_ok()
    });
    if !signed {
        faults.push(AuditFault::Unsigned { at });
    }
    if entry.action == "log_cut" {
        faults.push(AuditFault::CutBefore { at });
    }
    // Going on from the stored hash names each changed entry once, not every one after it.
    *head = AuditHead {
        seq: at,
        hash: stored,
    };
    Ok(())
}
