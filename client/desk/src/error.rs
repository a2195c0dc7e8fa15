//! What can go wrong at the desk, with a stable code for the sentence that a person sees.

use std::{
    io,
    path::{Path, PathBuf},
};

use tidings_protocol::{
    letter::{ParcelState, PersonEvent, PersonState},
    time::UnixTime,
};

use crate::{Action, State};

/// Every failure of the desk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is a desk already.
    #[error("there is a desk in {} already", home.display())]
    Exists {
        /// The folder.
        home: PathBuf,
    },
    /// There is no desk.
    #[error("there is no desk in {}", home.display())]
    None {
        /// The folder.
        home: PathBuf,
    },
    /// Another process has the desk open.
    #[error("the desk in {} is open in another process", home.display())]
    Busy {
        /// The folder.
        home: PathBuf,
    },
    /// The passphrase does not open the desk.
    #[error("the passphrase does not open the desk")]
    WrongPassphrase,
    /// The passphrase does not open the backup.
    #[error("the passphrase is not the one under which the backup was made")]
    BackupPassphrase,
    /// A file or folder from which nothing can be restored.
    #[error("{} is no backup of an office", path.display())]
    NoBackup {
        /// Which.
        path: PathBuf,
    },
    /// Stored data is not what it should be.
    #[error("the desk's data is damaged: {what}")]
    Damaged {
        /// What does not read.
        what: &'static str,
    },
    /// The desk was written by a newer program.
    #[error("the desk's data has version {got}, this program knows up to {known}")]
    Version {
        /// Version found.
        got: u32,
        /// Highest version known.
        known: u32,
    },
    /// The disk is full. Nothing was lost; what was attempted was not done.
    #[error("{doing}: the disk is full")]
    DiskFull {
        /// What was attempted.
        doing: &'static str,
    },
    /// The database failed.
    #[error("{doing}: {source}")]
    Store {
        /// What was attempted.
        doing: &'static str,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// The database failed, within a transaction that has yet to say what it was for.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A file or folder could not be read or written.
    #[error("{doing} {}: {source}", path.display())]
    Disk {
        /// What was attempted.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The account failed.
    #[error(transparent)]
    Account(#[from] tidings_client::Error),
    /// The operator has no role that may do this.
    #[error("none of the operator's roles may {}", action.word())]
    Forbidden {
        /// What was attempted.
        action: Action,
    },
    /// Nothing of this number.
    #[error("there is no {what} {number}")]
    NotFound {
        /// Of what kind.
        what: &'static str,
        /// The number asked for.
        number: u64,
    },
    /// A text that is empty, too long, or holds control characters.
    #[error("the {what} is empty, too long or holds control characters; at most {limit} bytes")]
    Text {
        /// Which text.
        what: &'static str,
        /// Bytes allowed.
        limit: usize,
    },
    /// Login, password or code are wrong. Which of them is not said.
    #[error("login, password or code are wrong")]
    Credentials,
    /// The password is right; the second factor is asked for.
    #[error("the code of the second factor is needed")]
    CodeNeeded,
    /// The office insists on a second factor, and the operator has not set one up.
    #[error("the office insists on a second factor that the operator has not set up")]
    SecondFactorMissing,
    /// Too many wrong attempts.
    #[error("too many wrong attempts: locked until {}", until.0)]
    LockedOut {
        /// When the next attempt is looked at.
        until: UnixTime,
    },
    /// The session is locked; the password unlocks it.
    #[error("the session is locked")]
    SessionLocked,
    /// There is no such session, or it has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// A password that is too short or too common.
    #[error("a password has at least {least} characters and is not a common one")]
    WeakPassword {
        /// Characters needed.
        least: usize,
    },
    /// Another operator has this login.
    #[error("another operator has this login")]
    LoginTaken,
    /// The last active head would be gone.
    #[error("an office keeps at least one active head")]
    LastHead,
    /// A letter cannot go from this state to that.
    #[error("a letter cannot go from {} to {}", from.word(), to.word())]
    Transition {
        /// Where it is.
        from: State,
        /// Where it was to go.
        to: State,
    },
    /// The letter is opened by two people, and the second one has not agreed.
    #[error("a second person has to agree before this is opened")]
    SecondPersonNeeded,
    /// The same person cannot be both of two.
    #[error("the second person has to be another one")]
    SamePerson,
    /// The operator is not among those who may open this letter.
    #[error("the letter is open to others only")]
    NoAccess,
    /// What was asked for has been erased.
    #[error("the contents have been erased")]
    Erased,
    /// The contents have not come yet.
    #[error("the contents have not come yet")]
    NotFetched,
    /// Nothing is cut, or what is to be cut is not in the letter.
    #[error("the cuts do not fit the letter")]
    Cuts,
    /// A death is told by a person of the desk, never by a program.
    #[error("a death is told by a person, not by a note")]
    ToldByAPerson,
    /// Nobody has confirmed that he for whom the letter is is a captive, and the office waits for that.
    #[error("the captivity is not confirmed, and letters wait for that")]
    CaptivityUnconfirmed,
    /// A wording with a place to be filled in, which nothing fills.
    #[error("a wording holds no braces: nothing is filled in")]
    Placeholder,
    /// The letter is in a job that is not done.
    #[error("the letter is in print job {job} already")]
    InAnotherJob {
        /// The job.
        job: u64,
    },
    /// None, or more than are taken at once.
    #[error("{got} at once; at least one and at most {limit}")]
    TooMany {
        /// How many.
        got: usize,
        /// How many may be.
        limit: usize,
    },
    /// A file that is larger than any that is taken in.
    #[error("the file has {got} bytes, at most {limit} are taken in")]
    TooLarge {
        /// Its size in bytes.
        got: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The number was never given out by this office.
    #[error("no sheet of this office has this number")]
    NoSheet,
    /// The reply has another picture of this page.
    #[error("the reply has this page already")]
    PageIsThere,
    /// A folder of the system or of the desk, out of which no files are taken.
    #[error("files are not taken out of a folder of the system or of the desk")]
    NotForScans,
    /// More than one sheet lies in the picture.
    #[error("more than one sheet lies in the picture")]
    SeveralSheets,
    /// No parcel of the campaign has this code.
    #[error("no parcel has this code")]
    NoParcel,
    /// A parcel cannot go from this state to that.
    #[error("a parcel cannot go from {from} to {to}")]
    ParcelTransition {
        /// Where it is.
        from: ParcelState,
        /// Where it was to go.
        to: ParcelState,
    },
    /// Nothing is put into a parcel that is sealed or has left.
    #[error("the parcel is {state}: nothing is put in or taken out")]
    ParcelClosed {
        /// Where it is.
        state: ParcelState,
    },
    /// The letter belongs into another parcel.
    #[error("the letter belongs into parcel {parcel}")]
    BoundElsewhere {
        /// The other parcel.
        parcel: u64,
    },
    /// Letters that belong into the parcel are not in it.
    #[error("{missing} letters are missing in the parcel")]
    LettersMissing {
        /// How many.
        missing: usize,
    },
    /// Letters that do not belong into the parcel were not taken out.
    #[error("{misplaced} letters do not belong into the parcel")]
    LettersMisplaced {
        /// How many.
        misplaced: u64,
    },
    /// Another parcel of the campaign has this seal.
    #[error("another parcel has this seal")]
    SealTaken,
    /// The family has not agreed that the office searches.
    #[error("the family has not agreed to a search")]
    NoConsent,
    /// The number of an identity document, which is never kept.
    #[error("numbers of identity documents are not kept")]
    IdentityDocument,
    /// Two records of one person differ in what is known, and nobody has said which holds.
    #[error("one record says {}, the other {}", standing(kept), standing(merged))]
    RecordsDiffer {
        /// What the record that stays says.
        kept: (PersonState, Option<PersonEvent>),
        /// What the one that is merged into it says.
        merged: (PersonState, Option<PersonEvent>),
    },
    /// Merging would take back that somebody died.
    #[error("one record says that he died: that is not merged away")]
    DeathStays,
    /// A date that is no day of the calendar.
    #[error("there is no such day")]
    NoSuchDay,
    /// An answer about nobody, or that nothing is known about somebody who is.
    #[error("the answer does not fit who was confirmed")]
    NoMatch,
    /// What came as an answer to the office is no letter to anybody else.
    #[error("an answer to the office is no letter")]
    NotALetter,
    /// A cursor of a page that is none of ours.
    #[error("not a place in a list")]
    Cursor,
    /// The system has no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

impl Error {
    /// A stable name of the failure, in kebab case: the key of its translation (`error-…`).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "desk-exists",
            Self::None { .. } => "desk-none",
            Self::Busy { .. } => "desk-busy",
            Self::WrongPassphrase => "passphrase-wrong",
            Self::BackupPassphrase => "backup-passphrase",
            Self::NoBackup { .. } => "backup-none",
            Self::Damaged { .. } => "desk-damaged",
            Self::Version { .. } => "desk-version",
            Self::DiskFull { .. } => "disk-full",
            Self::Store { .. } | Self::Sql(_) => "store",
            Self::Disk { .. } => "disk",
            Self::Account(tidings_client::Error::Disk { source, .. })
                if source.kind() == io::ErrorKind::StorageFull =>
            {
                "disk-full"
            }
            Self::Account(error) => error.code(),
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not-found",
            Self::Text { .. } => "text",
            Self::Credentials => "credentials",
            Self::CodeNeeded => "code-needed",
            Self::SecondFactorMissing => "second-factor-missing",
            Self::LockedOut { .. } => "locked-out",
            Self::SessionLocked => "session-locked",
            Self::SessionEnded => "session-ended",
            Self::WeakPassword { .. } => "password-weak",
            Self::LoginTaken => "login-taken",
            Self::LastHead => "last-head",
            Self::Transition { .. } => "transition",
            Self::SecondPersonNeeded => "second-person-needed",
            Self::SamePerson => "same-person",
            Self::NoAccess => "no-access",
            Self::Erased => "erased",
            Self::NotFetched => "not-fetched",
            Self::Cuts => "cuts",
            Self::ToldByAPerson => "told-by-a-person",
            Self::CaptivityUnconfirmed => "captivity-unconfirmed",
            Self::Placeholder => "placeholder",
            Self::InAnotherJob { .. } => "in-another-job",
            Self::TooMany { .. } => "too-many",
            Self::TooLarge { .. } => "too-large",
            Self::NoSheet => "no-sheet",
            Self::PageIsThere => "page-is-there",
            Self::NotForScans => "not-for-scans",
            Self::SeveralSheets => "several-sheets",
            Self::NoParcel => "no-parcel",
            Self::ParcelTransition { .. } => "parcel-transition",
            Self::ParcelClosed { .. } => "parcel-closed",
            Self::BoundElsewhere { .. } => "bound-elsewhere",
            Self::LettersMissing { .. } => "letters-missing",
            Self::LettersMisplaced { .. } => "letters-misplaced",
            Self::SealTaken => "seal-taken",
            Self::NoConsent => "no-consent",
            Self::IdentityDocument => "identity-document",
            Self::RecordsDiffer { .. } => "records-differ",
            Self::DeathStays => "death-stays",
            Self::NoSuchDay => "no-such-day",
            Self::NoMatch => "no-match",
            Self::NotALetter => "not-a-letter",
            Self::Cursor => "cursor",
            Self::NoRandomness => "no-randomness",
        }
    }

    /// Says what a database error interrupted, and tells a full disk and a damaged file from everything else.
    pub(crate) fn during(self, doing: &'static str) -> Self {
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(failure, _))
                if failure.code == rusqlite::ErrorCode::DiskFull =>
            {
                Self::DiskFull { doing }
            }
            Self::Sql(rusqlite::Error::SqliteFailure(failure, _))
                if matches!(
                    failure.code,
                    rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase
                ) =>
            {
                Self::Damaged {
                    what: "a page of the database is not what was written",
                }
            }
            Self::Sql(source) => Self::Store { doing, source },
            other => other,
        }
    }
}

fn standing((state, event): &(PersonState, Option<PersonEvent>)) -> String {
    event.map_or_else(
        || state.word().to_owned(),
        |event| format!("{} and {}", state.word(), event.word()),
    )
}

/// Says which file an I/O error was about.
pub(crate) fn disk(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| {
        if source.kind() == io::ErrorKind::StorageFull {
            Error::DiskFull { doing }
        } else {
            Error::Disk {
                doing,
                path,
                source,
            }
        }
    }
}
