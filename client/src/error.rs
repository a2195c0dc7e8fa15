//! What can go wrong, with a stable code and the figures that a translated sentence needs.

mod codes;

use std::{
    io,
    path::{Path, PathBuf},
};

use tidings_protocol::{
    blob::BlobError,
    card::{CardError, CardFileError},
    exchange::{FrameError, Refusal},
    letter::LetterError,
    line::LineError,
    mailbag::MailbagError,
    name::NameError,
    notice::NoticeError,
    office::OfficeError,
    owner::OwnerError,
    pair::{NeverSealed, SealError},
    prekey::PrekeyError,
    relay_identity::{CertificateError, RelayAddress},
    suite::SuiteError,
    wire::WireError,
};

use crate::{
    ContactNumber, LetterNumber,
    pictures::PictureError,
    transport::{NativeError, TransportError},
};

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
    /// Nothing can be written to the account's folder: what it holds can be read, and that is all.
    #[error("nothing can be written to the account in {}", home.display())]
    ReadOnly {
        /// The folder.
        home: PathBuf,
    },
    /// The account's mailboxes are at its relay: letters may be on their way to them.
    #[error("the account's mailboxes are at its relay already")]
    RelayKept {
        /// The relay that stays.
        relay: RelayAddress,
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
    /// The vault's database failed: a full disk, a broken one.
    #[error("{doing}: {source}")]
    VaultStorage {
        /// What was attempted.
        doing: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no room for a change of the vault. Nothing has changed.
    #[error("{doing}: {source}")]
    VaultFull {
        /// What was attempted.
        doing: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The vault could be written to when it was opened, and cannot any more. Nothing has changed.
    #[error("{doing}: {source}")]
    VaultUnwritable {
        /// What was attempted.
        doing: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Stored or received bytes are not what they should be.
    #[error(transparent)]
    Wire(#[from] WireError),
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
    /// A name that is empty or too long.
    #[error("a name has 1 to {limit} bytes on one line, got {got} bytes")]
    Name {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A name that looks like another than it is (LETTER-19).
    #[error(transparent)]
    NameLooks(#[from] NameError),
    /// A contact called by digits only would be taken for the number of another one.
    #[error("a name of a contact is more than digits")]
    NameDigits,
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
    /// The sealed file of an enclosure is gone from the account's folder, or is not what was stored there.
    #[error("{path} is missing or damaged")]
    FileLost {
        /// The file.
        path: PathBuf,
    },
    /// The check words heard are not those of the contact.
    #[error("the check words differ")]
    WordsDiffer,
    /// A family has no check words.
    #[error("the contact is not an office")]
    NotAnOffice,
    /// Nothing is sent to this contact any more.
    #[error("the contact is frozen")]
    Frozen,
    /// The office has ended the correspondence.
    #[error("the office has ended the correspondence")]
    Closed,
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
    /// The enclosure is not of a kind that a letter takes.
    #[error("a letter takes photos, drawings, voice notes and scans, not {kind}")]
    EnclosureKind {
        /// The word of the kind.
        kind: &'static str,
    },
    /// An office writes nothing personal to a family before a person has verified it.
    #[error("the contact is not verified")]
    NotVerified,
    /// After a restored backup the contact has to be renewed before anything is written.
    #[error("the contact has to be renewed first")]
    MustBegin,
    /// The card is this account's own.
    #[error("the card is this account's own")]
    OwnCard,
    /// The text holds what a letter cannot, or is too long.
    #[error(transparent)]
    Line(#[from] LineError),
    /// A card was refused.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A card file was refused.
    #[error(transparent)]
    CardFile(#[from] CardFileError),
    /// Prekeys were refused.
    #[error(transparent)]
    Prekeys(#[from] PrekeyError),
    /// The office has no prekey that can be used: it has not been at its desk for weeks, or has not published yet.
    #[error("the office has no prekey that can be used")]
    NoPrekey,
    /// A subkey was refused.
    #[error(transparent)]
    Office(#[from] OfficeError),
    /// A notice could not be made.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// A content could not be made.
    #[error(transparent)]
    Content(#[from] LetterError),
    /// A blob was refused.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A letter could not be sealed.
    #[error(transparent)]
    Seal(SealError),
    /// A primitive refused a key.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// A position that was never sealed.
    #[error(transparent)]
    NeverSealed(#[from] NeverSealed),
    /// The network cannot be set up.
    #[error(transparent)]
    Native(#[from] NativeError),
    /// The network settings leave no way: through a proxy, over QUIC alone.
    #[error("QUIC does not pass a proxy")]
    NetworkSettings,
    /// Another copy of this account is in use: nothing is sent before a person decides
    /// ([`crate::Account::settle_copy`]).
    #[error("another copy of this account is in use")]
    Copied,
    /// The mailbox for the answer is not at the relay yet; the letter waits for it.
    #[error("the mailbox for the answer is not made yet")]
    MailboxNotMade,
    /// The relay does not know the mailbox of the other side, and may have lost it: its owner makes it again.
    #[error("the mailbox is missing at a relay that may have lost it")]
    MailboxMissing,
    /// The relay could not be reached, or the connection to it failed.
    #[error(transparent)]
    RelayUnreached {
        /// What happened.
        #[from]
        source: TransportError,
    },
    /// What answers cannot prove to be the relay of the address. Nothing was sent to it.
    #[error(transparent)]
    RelayIdentity(#[from] CertificateError),
    /// What answers shows the relay's certificate and another key than it names. Nothing was sent to it.
    #[error("the relay's certificate names another key than the connection shows")]
    RelayOtherKey,
    /// An owner's request or the answer to it is refused.
    #[error(transparent)]
    RelayOwner(#[from] OwnerError),
    /// The relay answered something else than was asked.
    #[error("the relay did not answer with {expected}")]
    RelayAnswer {
        /// What would have been right.
        expected: &'static str,
    },
    /// A frame could not be built.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A file is not a mailbag, or not all of one; nothing of it was taken.
    #[error("{}: {source}", path.display())]
    Mailbag {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: MailbagError,
    },
    /// Nothing in the mailbags is for this account.
    #[error("nothing in the mailbag is for this account")]
    MailbagForOthers,
    /// A relay packed the chunk, which has only the hash of the right to write it.
    #[error("the chunk was packed by a relay and cannot be left at another over the network")]
    ChunkByHash,
    /// Nothing waits that a courier could take.
    #[error("nothing waits that could be given to a courier")]
    NothingToCarry,
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
    /// Whether a failure of this code means no more than that the relay itself was out of reach: it may be tried again as soon
    /// as the relay answers.
    pub(crate) fn is_code_of_reach(code: &str) -> bool {
        matches!(
            code,
            "relay-unreached"
                | "relay-name"
                | "relay-other"
                | "relay-intercepted"
                | "relay-identity"
                | "network-settings"
                | "proxy-unreached"
                | "proxy-other"
                | "proxy-password"
                | "proxy-forbids"
                | "proxy-relay-silent"
        )
    }

    /// Whether the account itself is in trouble: no further item of an outbox can be worked on.
    pub(crate) fn is_of_the_vault(&self) -> bool {
        matches!(
            self,
            Self::VaultStorage { .. }
                | Self::VaultFull { .. }
                | Self::VaultUnwritable { .. }
                | Self::VaultDamaged { .. }
                | Self::VaultVersion { .. }
                | Self::Wire(_)
                | Self::ReadOnly { .. }
                | Self::Disk { .. }
        )
    }
}

/// What a person can do about it has a code of its own.
impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Frozen(_) => Self::Frozen,
            SealError::WindowFull { unanswered, .. } => Self::WindowFull { unanswered },
            SealError::NeedsPrekey | SealError::PrekeyExpired { .. } => Self::NoPrekey,
            other => Self::Seal(other),
        }
    }
}

/// Says what was done where when a file operation failed.
pub(crate) fn disk(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Disk {
        doing,
        path,
        source,
    }
}
