//! What can go wrong, with a stable code and the figures that a translated sentence needs.

use std::{io, path::PathBuf};

use tidings_protocol::{exchange::Refusal, time::UnixTime};

use crate::{ContactNumber, LetterNumber, pictures::PictureError};

/// Every failure of this library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is an account already.
    #[error("there is an account in {} already", home.display())]
    VaultExists {
        /// The folder.
        home: PathBuf,
    },
    /// There is no account.
    #[error("there is no account in {}", home.display())]
    NoVault {
        /// The folder.
        home: PathBuf,
    },
    /// Another process has the account open.
    #[error("the account in {} is open in another process", home.display())]
    VaultBusy {
        /// The folder.
        home: PathBuf,
    },
    /// The passphrase does not open the vault.
    #[error("the passphrase does not open the vault")]
    WrongPassphrase,
    /// The vault's files were changed or cut.
    #[error("the vault is damaged: {what}")]
    VaultDamaged {
        /// What does not read.
        what: &'static str,
    },
    /// The vault was written by a newer program.
    #[error("the vault has version {got}, this program knows up to {known}")]
    VaultVersion {
        /// Version of the vault.
        got: u32,
        /// Highest version known.
        known: u32,
    },
    /// A file or folder could not be read or written.
    #[error("{doing} {}", path.display())]
    Disk {
        /// What was attempted.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A name that is empty, too long, or holds control characters.
    #[error("a name has 1 to {limit} bytes on one line, got {got} bytes")]
    Name {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Another contact has this name.
    #[error("another contact has this name")]
    NameTaken {
        /// The other contact.
        by: ContactNumber,
    },
    /// No contact of this name or number.
    #[error("no such contact")]
    NoContact {
        /// What was asked for.
        asked: String,
    },
    /// No letter of this number.
    #[error("no letter {number}")]
    NoLetter {
        /// What was asked for.
        number: LetterNumber,
    },
    /// The letter was written here and cannot be answered.
    #[error("letter {number} was written here")]
    OwnLetter {
        /// The letter.
        number: LetterNumber,
    },
    /// The letter has fewer enclosures.
    #[error("letter {number} has {count} enclosures")]
    NoEnclosure {
        /// The letter.
        number: LetterNumber,
        /// How many it has.
        count: usize,
    },
    /// The enclosure is not yet all on this device.
    #[error("the enclosure is not fetched yet")]
    NotFetched,
    /// The check words heard are not those of the contact.
    #[error("the check words differ")]
    WordsDiffer,
    /// A family has no check words.
    #[error("the contact is not an office")]
    NotAnOffice,
    /// Nothing is sent to this contact any more.
    #[error("the contact is frozen")]
    Frozen,
    /// Only the family can begin anew.
    #[error("only the family can begin anew")]
    FamilyMustBegin,
    /// The other side has to collect and answer before more can be written.
    #[error("{unanswered} letters without an answer")]
    WindowFull {
        /// Letters since the last word of the other side.
        unanswered: u32,
    },
    /// Neither text nor enclosure.
    #[error("the letter is empty")]
    EmptyLetter,
    /// The voice note is too long or not a sound file of a known kind.
    #[error("a voice note is Ogg, MP3, M4A or WAV of at most {limit} bytes, got {got}")]
    Voice {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More enclosures than a letter holds.
    #[error("{got} enclosures, at most {limit} are allowed")]
    TooManyEnclosures {
        /// Enclosures given.
        got: usize,
        /// Enclosures allowed.
        limit: usize,
    },
    /// A picture was refused.
    #[error("{name}: {source}")]
    Picture {
        /// File name.
        name: String,
        /// Why.
        source: PictureError,
    },
    /// The relay could not be reached.
    #[error("the relay cannot be reached")]
    Relay {
        /// When it is tried next, if it will be.
        next: Option<UnixTime>,
    },
    /// The relay refused a request.
    #[error("the relay refused: {refusal}")]
    Refused {
        /// Its reason.
        refusal: Refusal,
    },
}

/// A figure or text of an error, for a translated sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

impl Error {
    /// A stable name of the failure, in kebab case: the key of its translation.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::VaultExists { .. } => "vault-exists",
            Self::NoVault { .. } => "vault-none",
            Self::VaultBusy { .. } => "vault-busy",
            Self::WrongPassphrase => "passphrase-wrong",
            Self::VaultDamaged { .. } => "vault-damaged",
            Self::VaultVersion { .. } => "vault-version",
            Self::Disk { .. } => "disk",
            Self::Name { .. } => "name",
            Self::NameTaken { .. } => "name-taken",
            Self::NoContact { .. } => "contact-none",
            Self::NoLetter { .. } => "letter-none",
            Self::OwnLetter { .. } => "letter-own",
            Self::NoEnclosure { .. } => "enclosure-none",
            Self::NotFetched => "enclosure-not-fetched",
            Self::WordsDiffer => "words-differ",
            Self::NotAnOffice => "contact-not-office",
            Self::Frozen => "contact-frozen",
            Self::FamilyMustBegin => "contact-family-must-begin",
            Self::WindowFull { .. } => "contact-window-full",
            Self::EmptyLetter => "letter-empty",
            Self::Voice { .. } => "voice",
            Self::TooManyEnclosures { .. } => "enclosures-too-many",
            Self::Picture { source, .. } => source.code(),
            Self::Relay { .. } => "relay-unreached",
            Self::Refused { refusal } => refusal_code(*refusal),
        }
    }

    /// The figures of the failure by name, as the translations use them.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, Field)> {
        let text = |name, text: &dyn std::fmt::Display| (name, Field::Text(text.to_string()));
        let number = |name, number| (name, Field::Number(number));
        match self {
            Self::VaultExists { home } | Self::NoVault { home } | Self::VaultBusy { home } => {
                vec![text("home", &home.display())]
            }
            Self::VaultDamaged { what } => vec![text("what", what)],
            Self::VaultVersion { got, known } => {
                vec![
                    number("got", u64::from(*got)),
                    number("known", u64::from(*known)),
                ]
            }
            Self::Disk { path, source, .. } => {
                vec![text("path", &path.display()), text("reason", source)]
            }
            Self::Name { got, limit }
            | Self::Voice { got, limit }
            | Self::TooManyEnclosures { got, limit } => {
                vec![number("got", *got as u64), number("limit", *limit as u64)]
            }
            Self::NameTaken { by } => vec![number("number", by.0)],
            Self::NoContact { asked } => vec![text("name", asked)],
            Self::NoLetter { number: letter }
            | Self::OwnLetter { number: letter }
            | Self::NoEnclosure { number: letter, .. } => vec![number("number", letter.0)],
            Self::WindowFull { unanswered } => vec![number("count", u64::from(*unanswered))],
            Self::Picture { name, .. } => vec![text("name", name)],
            _ => Vec::new(),
        }
    }
}

fn refusal_code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed => "relay-malformed",
        Refusal::Version { .. } => "relay-version",
        Refusal::NoMailbox => "relay-no-mailbox",
        Refusal::MailboxFull => "relay-mailbox-full",
        Refusal::RelayFull => "relay-full",
        Refusal::Storage => "relay-storage",
        Refusal::OnlineKey => "relay-online-key",
        Refusal::NotAuthorised => "relay-not-authorised",
        Refusal::MailboxDeleted => "relay-mailbox-deleted",
        Refusal::Stale { .. } => "relay-stale",
        Refusal::NoPrekeys => "relay-no-prekeys",
        Refusal::NoBlob => "relay-no-blob",
        Refusal::BlobIncomplete { .. } => "relay-blob-incomplete",
        Refusal::BlobPiece { .. } => "relay-blob-piece",
        Refusal::Busy => "relay-busy",
        Refusal::Stopping => "relay-stopping",
    }
}
