//! Letters as a person sees them.

use std::{cell::OnceCell, fmt, io};

use serde::{Deserialize, Serialize};
use tidings_protocol::{letter, time::UnixTime};
use zeroize::Zeroize as _;

use crate::{
    Account, ContactNumber, Error, Warning,
    account::account,
    blobs::open_file,
    outbox::withdraw,
    records::{
        BlobFile, CarriedRecord, ContactRecord, DepositRecord, EnclosureRecord, Job, JobRecord,
        LetterIdRecord, LetterKey, LetterRecord, NewsRecord,
    },
    vault::Tables,
};

/// Names a letter in this account, from 1, in and out; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LetterNumber(pub u64);

impl fmt::Display for LetterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which way a letter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Received.
    In,
    /// Written here.
    Out,
}

/// What a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterKind {
    /// A letter to a captive.
    Letter,
    /// A captive's reply, as the office scanned it.
    Reply,
    /// An office's notice about a letter or a person.
    Status,
    /// A message between family and office.
    Text,
    /// Of a kind that a newer program knows.
    Unknown,
}

impl LetterKind {
    /// Whether it is an office's notice and nobody's letter.
    #[must_use]
    pub fn is_notice(self) -> bool {
        self == Self::Status
    }

    /// `letter`, `reply`, `status`, `text`, `unknown`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Reply => "reply",
            Self::Status => "status",
            Self::Text => "text",
            Self::Unknown => "unknown",
        }
    }
}

/// Where a letter is, in the project's words for states (`sealed`, `at_relay`, `taken_by_desk`, …; `opened` for one that
/// was received).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterState(&'static str);

impl LetterState {
    /// Written, and waits for a key of the office before it can be sealed.
    pub const DRAFT: Self = Self("draft");
    /// Sealed; waits on this device.
    pub const SEALED: Self = Self("sealed");
    /// In a mailbag that was given to a courier, and still in the outbox: it goes over the network as well as soon as there is
    /// one, and the other side removes the double.
    pub const WITH_COURIER: Self = Self("with_courier");
    /// Durably stored by a relay.
    pub const AT_RELAY: Self = Self("at_relay");
    /// Taken back before it left this device.
    pub const WITHDRAWN: Self = Self("withdrawn");
    /// Opened: here, or, if it was written here, by the program of the other side. An office's notices say more.
    pub const OPENED: Self = Self("opened");
    /// Written here, deposited, and never to be collected: the other side has given up its mailbox, or no relay keeps it any
    /// more.
    pub const UNDELIVERABLE: Self = Self("undeliverable");

    /// Of a notice that is about no letter: the office has ended the correspondence (NOTICE-11).
    pub(crate) const CLOSED: Self = Self("closed");

    /// The state of this word.
    pub(crate) fn of(word: &str) -> Self {
        let opened = Self::OPENED.0;
        let known = tidings_protocol::letter::LetterState::WORDS
            .into_iter()
            .chain([opened, Self::UNDELIVERABLE.0, Self::WITH_COURIER.0])
            .find(|known| *known == word);
        Self(known.unwrap_or(opened))
    }

    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.0
    }
}

/// What is enclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnclosureKind {
    /// A photograph.
    Photo,
    /// A drawing.
    Drawing,
    /// A voice note.
    Voice,
    /// A scanned page of a reply.
    Scan,
    /// A text.
    Text,
    /// Something that a newer program knows.
    Other,
}

impl EnclosureKind {
    /// `photo`, `drawing`, `voice`, `scan`, `text`, `unknown`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Drawing => "drawing",
            Self::Voice => "voice",
            Self::Scan => "scan",
            Self::Text => "text",
            Self::Other => "unknown",
        }
    }
}

impl From<letter::EnclosureKind> for EnclosureKind {
    fn from(kind: letter::EnclosureKind) -> Self {
        match kind {
            letter::EnclosureKind::Photo => Self::Photo,
            letter::EnclosureKind::Drawing => Self::Drawing,
            letter::EnclosureKind::Voice => Self::Voice,
            letter::EnclosureKind::Scan => Self::Scan,
            letter::EnclosureKind::Text => Self::Text,
            letter::EnclosureKind::Other(_) => Self::Other,
        }
    }
}

/// An enclosure of a letter.
#[derive(Debug, Clone)]
pub struct Enclosure {
    /// What it is.
    pub kind: EnclosureKind,
    /// File name, without a path.
    pub name: String,
    /// Registered media type.
    pub media_type: String,
    /// Its size once opened, in bytes.
    pub bytes: u64,
    /// Whether it is all on this device.
    pub fetched: bool,
}

/// What an office states, and whether its signature makes it a notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Whether the office signed it, for this contact. If not, it is *not a notice*.
    pub verified: bool,
    /// The state: a word like those of [`LetterState`], or `closed` if the office has ended the correspondence; empty if the
    /// notice states a fact.
    pub state: &'static str,
    /// Grade of evidence: `desk_saw`, `carrier_receipt`, `detaining_side_says`, `captive_wrote`,
    /// `released_person_confirms`.
    pub grade: &'static str,
    /// The letter that it is about, if that was written here.
    pub about: Option<LetterNumber>,
}

/// A letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its number.
    pub number: LetterNumber,
    /// In or out.
    pub direction: Direction,
    /// The other side.
    pub contact: ContactNumber,
    /// What the other side is called here.
    pub contact_name: String,
    /// When it was written or opened, by this device's clock.
    pub date: UnixTime,
    /// What it is.
    pub kind: LetterKind,
    /// Where it is.
    pub state: LetterState,
    /// For which captive; for a reply or a notice, that of the letter that it is about.
    pub addressee: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The letter that it answers, if that is in this account.
    pub answers: Option<LetterNumber>,
    /// What is enclosed.
    pub enclosures: Vec<Enclosure>,
    /// If it is a notice.
    pub notice: Option<Notice>,
    /// Received, and nobody has read it yet ([`Account::set_read`]).
    pub unread: bool,
}

impl Letter {
    /// Whether a line that says it came has said all of it: a notice without a remark.
    #[must_use]
    pub fn is_told_in_a_line(&self) -> bool {
        self.kind == LetterKind::Status && self.text.is_none()
    }
}

/// A file to enclose: its name says what it claims to be, its bytes are looked at.
#[derive(Clone)]
pub struct Attachment {
    /// What to make of it: a photo, a drawing, a voice note or a scan.
    pub kind: EnclosureKind,
    /// File name; a path before it is dropped.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Attachment({}, {} bytes)",
            self.kind.word(),
            self.bytes.len()
        )
    }
}

/// What a letter is written from.
#[derive(Clone, Default)]
pub struct Draft {
    /// Full name of the captive for whom it is.
    pub addressee: Option<String>,
    /// The text; may be empty if something is enclosed.
    pub text: String,
    /// What is enclosed, in order.
    pub attachments: Vec<Attachment>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Draft({} bytes, {:?})",
            self.text.len(),
            self.attachments
        )
    }
}

/// What a collect brought. What earlier ones brought and nobody was told of is in [`Account::news`].
#[derive(Debug, Default)]
pub struct CollectReport {
    /// New letters, in the order in which they were opened.
    pub letters: Vec<LetterNumber>,
    /// New contacts: families that wrote for the first time.
    pub contacts: Vec<ContactNumber>,
    /// Envelopes that cannot be opened yet and are kept.
    pub parked: u64,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What failed; the next collect tries again.
    pub failures: Vec<crate::Error>,
}

impl Account {
    /// All letters, in and out, by number.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn letters(&self) -> Result<Vec<Letter>, Error> {
        self.safe.read(|tables| {
            let plains = Plains::new(tables);
            let all = plains.all()?;
            all.iter()
                .map(|(number, record)| shown(&plains, *number, record))
                .collect()
        })
    }

    /// Letters after this number, in and out, in the order of their numbers, at most `count`. For an office that reads what is
    /// new without reading everything.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn letters_after(&self, after: LetterNumber, count: usize) -> Result<Vec<Letter>, Error> {
        self.safe.read(|tables| {
            let plains = Plains::new(tables);
            tables
                .after::<LetterRecord>(&after, count)?
                .iter()
                .map(|(number, record)| shown(&plains, *number, record))
                .collect()
        })
    }

    /// The highest number that a letter ever had, in or out; 0 if there was none.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn last_number(&self) -> Result<LetterNumber, Error> {
        self.safe
            .read(|tables| Ok(LetterNumber(account(tables)?.last_letter)))
    }

    /// The opened bytes of an enclosure, by its place in [`Letter::enclosures`].
    ///
    /// # Errors
    /// [`Error::NoLetter`], [`Error::NoEnclosure`], [`Error::NotFetched`].
    pub fn enclosure(&self, number: LetterNumber, place: usize) -> Result<Vec<u8>, Error> {
        let enclosure = self.enclosure_record(number, place)?;
        self.opened_file(&enclosure.whole)
    }

    /// The opened bytes of an enclosure's preview: a small JPEG, fetched before the whole. `None` if it has none.
    ///
    /// # Errors
    /// As [`Account::enclosure`].
    pub fn preview(&self, number: LetterNumber, place: usize) -> Result<Option<Vec<u8>>, Error> {
        let enclosure = self.enclosure_record(number, place)?;
        enclosure
            .preview
            .map(|preview| self.opened_file(&preview))
            .transpose()
    }

    fn enclosure_record(
        &self,
        number: LetterNumber,
        place: usize,
    ) -> Result<EnclosureRecord, Error> {
        let letter = self
            .safe
            .read(|tables| tables.get::<LetterRecord>(&number))?
            .ok_or(Error::NoLetter { number })?;
        let count = letter.enclosures.len();
        letter
            .enclosures
            .get(place)
            .cloned()
            .ok_or(Error::NoEnclosure { number, count })
    }

    fn opened_file(&self, file: &BlobFile) -> Result<Vec<u8>, Error> {
        if !file.complete {
            return Err(Error::NotFetched);
        }
        let path = self.file(file.file);
        match open_file(&path, &file.blob) {
            Ok(bytes) => Ok(bytes.to_vec()),
            // It was whole once: whatever became of it, the account's folder is not what it was.
            Err(Error::Disk { source, .. })
                if matches!(
                    source.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof
                ) =>
            {
                Err(Error::FileLost { path })
            }
            Err(Error::Blob(_)) => Err(Error::FileLost { path }),
            Err(error) => Err(error),
        }
    }

    /// Erases what a received letter says and encloses, here. That it came, from whom and for whom, stays, so that it can
    /// still be answered.
    ///
    /// # Errors
    /// [`Error::NoLetter`]; [`Error::NoLetter`] as well for one that was written here.
    pub fn erase_letter(&self, number: LetterNumber) -> Result<(), Error> {
        let files = self.safe.transact(|tables| {
            let mut letter = tables
                .get::<LetterRecord>(&number)?
                .filter(|letter| letter.direction == Direction::In)
                .ok_or(Error::NoLetter { number })?;
            let files = letter.files();
            letter.text.zeroize();
            letter.text = None;
            letter.enclosures.clear();
            letter.moved = None;
            tables.put(&number, &letter)?;
            Ok(files)
        })?;
        self.remove_files(&files)
    }

    /// Deletes a letter from this device: text, keys of its enclosures, their files. One that has not left this device is
    /// withdrawn; what is already at the relay still reaches the other side.
    ///
    /// # Errors
    /// [`Error::NoLetter`].
    pub fn forget_letter(&self, number: LetterNumber) -> Result<(), Error> {
        let files = self.safe.transact(|tables| {
            let letter = tables
                .get::<LetterRecord>(&number)?
                .ok_or(Error::NoLetter { number })?;
            for (job, record) in tables.all::<JobRecord>()? {
                match &record.job {
                    Job::Deliver(delivery) if delivery.letter == number => {
                        withdraw(tables, job, delivery)?;
                    }
                    _ => {}
                }
            }
            tables.remove::<DepositRecord>(&number)?;
            tables.remove::<CarriedRecord>(&number)?;
            tables.remove::<NewsRecord>(&number)?;
            if let Some(id) = letter.id {
                tables.remove::<LetterIdRecord>(&LetterKey(letter.contact, id))?;
            }
            tables.remove::<LetterRecord>(&number)?;
            Ok(letter.files())
        })?;
        self.remove_files(&files)
    }
}

/// All letters, read when the first plain number is looked up: most letters name no other.
pub(crate) struct Plains<'a> {
    tables: &'a Tables<'a>,
    all: OnceCell<Vec<(LetterNumber, LetterRecord)>>,
}

impl<'a> Plains<'a> {
    pub(crate) fn new(tables: &'a Tables<'a>) -> Self {
        Self {
            tables,
            all: OnceCell::new(),
        }
    }

    fn all(&self) -> Result<&[(LetterNumber, LetterRecord)], Error> {
        if let Some(all) = self.all.get() {
            return Ok(all);
        }
        let all = self.tables.all::<LetterRecord>()?;
        Ok(self.all.get_or_init(|| all))
    }
}

/// A letter as a person sees it.
pub(crate) fn shown(
    plains: &Plains<'_>,
    number: LetterNumber,
    record: &LetterRecord,
) -> Result<Letter, Error> {
    let by_plain = |direction: Direction, plain: Option<u32>| -> Result<_, Error> {
        let Some(plain) = plain else { return Ok(None) };
        let found = plains.all()?.iter().find(|(_, letter)| {
            letter.contact == record.contact
                && letter.direction == direction
                && letter.plain == Some(plain)
        });
        Ok(found.map(|(number, _)| *number))
    };
    let other = match record.direction {
        Direction::In => Direction::Out,
        Direction::Out => Direction::In,
    };
    let mut addressee = record.addressee.clone();
    let about = record.notice.as_ref().and_then(|notice| notice.about);
    if addressee.is_none()
        && let Some(about) = by_plain(other, about.or(record.answers))?
    {
        let letter = plains.tables.get::<LetterRecord>(&about)?;
        addressee = letter.and_then(|letter| letter.addressee.clone());
    }
    let contact = plains.tables.get::<ContactRecord>(&record.contact)?;
    let notice = match &record.notice {
        Some(notice) => Some(Notice {
            verified: notice.verified,
            state: known_word(&notice.state),
            grade: known_word(&notice.evidence),
            about: by_plain(other, notice.about)?,
        }),
        None => None,
    };
    Ok(Letter {
        number,
        direction: record.direction,
        contact: record.contact,
        contact_name: contact.map_or_else(String::new, |contact| contact.name),
        date: record.date,
        kind: record.kind,
        state: LetterState::of(&record.state),
        addressee,
        text: record.text.clone(),
        answers: by_plain(other, record.answers)?,
        enclosures: record.enclosures.iter().map(shown_enclosure).collect(),
        notice,
        unread: plains.tables.get::<NewsRecord>(&number)?.is_some(),
    })
}

fn shown_enclosure(record: &EnclosureRecord) -> Enclosure {
    Enclosure {
        kind: record.kind.into(),
        name: record.name.clone(),
        media_type: record.media_type.clone(),
        bytes: record.whole.blob.size(),
        fetched: record.whole.complete,
    }
}

/// The frozen word that equals a stored one; empty for one that this program does not know.
fn known_word(word: &str) -> &'static str {
    letter::LetterState::WORDS
        .into_iter()
        .chain(letter::PersonState::ALL.iter().map(|state| state.word()))
        .chain(letter::Evidence::ALL.iter().map(|evidence| evidence.word()))
        .chain([LetterState::CLOSED.word()])
        .find(|known| *known == word)
        .unwrap_or("")
}
