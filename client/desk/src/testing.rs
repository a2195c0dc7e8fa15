//! What the desk's tests share: a desk in a temporary folder, operators of each role, and an account that is only a list.

use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;
use tidings_client::{
    ContactNumber, Direction, Draft, Enclosure, EnclosureKind, Error as AccountError, Letter,
    LetterKind, LetterNumber, LetterState, Notice, vault::Cost,
};
use tidings_protocol::{
    language::Language,
    notice::{Custody, StatusNote},
    time::UnixTime,
};

use crate::{
    Actor, Desk, FirstRun, ManifestWords, NewOperator, PageFound, PageRead, Post, ReadError,
    Reader, Role, Roles, ScannedFile, Settings,
};

/// A cost that tests can bear.
pub(crate) const CHEAP: Cost = Cost {
    memory_kib: 8_192,
    passes: 1,
    lanes: 1,
};
/// When tests begin.
pub(crate) const START: UnixTime = UnixTime(1_790_000_000);
/// The passphrase of every test desk.
pub(crate) const PASSPHRASE: &str = "слово за словом";
/// The password of every test operator.
pub(crate) const PASSWORD: &str = "дуже довге слово";

/// A desk with one operator of each role.
pub(crate) struct Office {
    pub(crate) desk: Desk,
    pub(crate) head: Actor,
    pub(crate) folder: TempDir,
}

impl Office {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first = FirstRun {
            settings: Settings {
                name: "Бюро".into(),
                ..Settings::default()
            },
            head: operator("head", &[]),
        };
        let desk = Desk::create_at(
            folder.path(),
            &PASSPHRASE.to_owned().into(),
            &first,
            START,
            CHEAP,
        )
        .unwrap();
        let head = signed_in(&desk, "head");
        for role in Role::ALL {
            if role != Role::Head {
                desk.add_operator(&head, &operator(role.word(), &[role]), START)
                    .unwrap();
            }
        }
        Self { desk, head, folder }
    }

    /// The operator who has this role alone.
    pub(crate) fn actor(&self, role: Role) -> Actor {
        signed_in(&self.desk, role.word())
    }

    /// Closes the desk and opens it again, as after a kill.
    pub(crate) fn reopened(self) -> Self {
        let Self { desk, head, folder } = self;
        drop(desk);
        let desk = open(folder.path());
        Self { desk, head, folder }
    }
}

pub(crate) fn open(home: &std::path::Path) -> Desk {
    Desk::open_at(home, &PASSPHRASE.to_owned().into(), START, CHEAP).unwrap()
}

pub(crate) fn operator(login: &str, roles: &[Role]) -> NewOperator {
    NewOperator {
        login: login.into(),
        name: login.into(),
        language: Language::Ukrainian,
        roles: Roles::of(roles),
        password: PASSWORD.to_owned().into(),
    }
}

/// Words of a manifest.
pub(crate) fn manifest_words(since: UnixTime) -> ManifestWords {
    ManifestWords {
        campaign: "Кампанія".into(),
        heads: [
            "Код",
            "Пломба",
            "Грами",
            "Вміст",
            "Листи",
            "Пакував",
            "Перевірив",
        ]
        .map(str::to_owned),
        time: format!("day {}", since.0 / 86_400),
    }
}

pub(crate) fn signed_in(desk: &Desk, login: &str) -> Actor {
    let sign_in = desk.sign_in(login, &PASSWORD.to_owned().into(), None, START);
    sign_in.unwrap().actor
}

/// A reader of files with a page a line: the value of its sheet, or a page that nobody can read.
pub(crate) struct Lines;

impl Reader for Lines {
    fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
        let text = String::from_utf8(file).map_err(|_| ReadError { code: "broken" })?;
        let pages = text.lines().map(|line| PageRead {
            found: match line.parse() {
                Ok(sheet) => PageFound::Sheet {
                    sheet,
                    page: 1,
                    pages: 1,
                },
                Err(_) => PageFound::Unread,
            },
            media_type: "image/png".into(),
            image: line.as_bytes().to_vec(),
            ticks: None,
        });
        Ok(Box::new(pages.collect::<Vec<_>>()))
    }
}

/// The bytes of a letter's enclosures, those that have come.
type Enclosed = Vec<Option<Vec<u8>>>;

/// An account that is a list of letters.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) letters: Mutex<Vec<(Letter, Enclosed)>>,
    /// What was stated, by the letter that it is about.
    pub(crate) stated: Mutex<Vec<(LetterNumber, StatusNote)>>,
    /// What was told about people.
    pub(crate) told: Mutex<Vec<(ContactNumber, Custody)>>,
    /// What was replied.
    pub(crate) replies: Mutex<Vec<(LetterNumber, Draft)>>,
    /// Families that nobody has verified.
    pub(crate) unverified: Mutex<Vec<ContactNumber>>,
}

impl List {
    /// A letter from a family, with these pictures.
    pub(crate) fn receive(
        &self,
        contact: u64,
        addressee: &str,
        text: &str,
        pictures: &[&[u8]],
    ) -> LetterNumber {
        let bytes = pictures.iter().map(|bytes| Some(bytes.to_vec())).collect();
        self.add(
            Direction::In,
            LetterKind::Letter,
            contact,
            Some(addressee),
            text,
            bytes,
        )
    }

    /// A message to the office.
    pub(crate) fn message(&self, contact: u64, text: &str) -> LetterNumber {
        self.add(
            Direction::In,
            LetterKind::Text,
            contact,
            None,
            text,
            Vec::new(),
        )
    }

    pub(crate) fn add(
        &self,
        direction: Direction,
        kind: LetterKind,
        contact: u64,
        addressee: Option<&str>,
        text: &str,
        bytes: Vec<Option<Vec<u8>>>,
    ) -> LetterNumber {
        let mut letters = lock(&self.letters);
        let number = LetterNumber(letters.len() as u64 + 1);
        let enclosures = bytes
            .iter()
            .enumerate()
            .map(|(place, bytes)| Enclosure {
                kind: EnclosureKind::Photo,
                name: format!("photo-{place}.jpg"),
                media_type: "image/jpeg".into(),
                bytes: bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
                fetched: bytes.is_some(),
            })
            .collect();
        let letter = Letter {
            number,
            direction,
            contact: ContactNumber(contact),
            contact_name: format!("Олена {contact}"),
            date: START.plus(number.0 * 60),
            kind,
            state: match direction {
                Direction::In => LetterState::OPENED,
                Direction::Out => LetterState::AT_RELAY,
            },
            addressee: addressee.map(str::to_owned),
            text: Some(text.to_owned()),
            answers: None,
            enclosures,
            notice: None,
            unread: false,
        };
        letters.push((letter, bytes));
        number
    }

    fn sent(&self, to: LetterNumber, kind: LetterKind) -> Result<LetterNumber, AccountError> {
        let contact = Post::letter(self, to)?.contact;
        if lock(&self.unverified).contains(&contact) {
            return Err(AccountError::NotVerified);
        }
        let number = self.add(Direction::Out, kind, contact.0, None, "", Vec::new());
        if let Some((letter, _)) = lock(&self.letters).last_mut() {
            letter.answers = Some(to);
        }
        Ok(number)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Post for List {
    fn letters_after(
        &self,
        after: LetterNumber,
        count: usize,
    ) -> Result<Vec<Letter>, AccountError> {
        let letters = lock(&self.letters);
        let after = letters.iter().filter(|(letter, _)| letter.number > after);
        Ok(after
            .take(count)
            .map(|(letter, _)| letter.clone())
            .collect())
    }

    fn last_number(&self) -> Result<LetterNumber, AccountError> {
        Ok(LetterNumber(lock(&self.letters).len() as u64))
    }

    fn letter(&self, number: LetterNumber) -> Result<Letter, AccountError> {
        let letters = lock(&self.letters);
        let found = letters.iter().find(|(letter, _)| letter.number == number);
        found
            .map(|(letter, _)| letter.clone())
            .ok_or(AccountError::NoLetter { number })
    }

    fn enclosure(&self, number: LetterNumber, place: usize) -> Result<Vec<u8>, AccountError> {
        let letters = lock(&self.letters);
        let found = letters.iter().find(|(letter, _)| letter.number == number);
        let (_, bytes) = found.ok_or(AccountError::NoLetter { number })?;
        match bytes.get(place) {
            Some(Some(bytes)) => Ok(bytes.clone()),
            _ => Err(AccountError::NotFetched),
        }
    }

    fn reply(&self, to: LetterNumber, draft: Draft) -> Result<LetterNumber, AccountError> {
        let number = self.sent(to, LetterKind::Reply)?;
        lock(&self.replies).push((to, draft));
        Ok(number)
    }

    fn write(&self, to: ContactNumber, draft: Draft) -> Result<LetterNumber, AccountError> {
        if lock(&self.unverified).contains(&to) {
            return Err(AccountError::NotVerified);
        }
        Ok(self.add(
            Direction::Out,
            LetterKind::Text,
            to.0,
            None,
            &draft.text,
            Vec::new(),
        ))
    }

    fn verify(&self, contact: ContactNumber) -> Result<(), AccountError> {
        lock(&self.unverified).retain(|unverified| *unverified != contact);
        Ok(())
    }

    fn state(&self, about: LetterNumber, note: StatusNote) -> Result<LetterNumber, AccountError> {
        let number = self.sent(about, LetterKind::Status)?;
        if let Some((letter, _)) = lock(&self.letters).last_mut() {
            letter.notice = Some(Notice {
                verified: true,
                state: note.state.word(),
                grade: note.evidence.word(),
                about: Some(about),
            });
        }
        lock(&self.stated).push((about, note));
        Ok(number)
    }

    fn tell(&self, contact: ContactNumber, custody: Custody) -> Result<LetterNumber, AccountError> {
        if lock(&self.unverified).contains(&contact) {
            return Err(AccountError::NotVerified);
        }
        let number = self.add(
            Direction::Out,
            LetterKind::Status,
            contact.0,
            None,
            "",
            Vec::new(),
        );
        if let Some((letter, _)) = lock(&self.letters).last_mut() {
            letter.notice = Some(Notice {
                verified: true,
                state: custody.state.word(),
                grade: custody.evidence.word(),
                about: None,
            });
        }
        lock(&self.told).push((contact, custody));
        Ok(number)
    }

    fn erase(&self, number: LetterNumber) -> Result<(), AccountError> {
        let mut letters = lock(&self.letters);
        let found = letters
            .iter_mut()
            .find(|(letter, _)| letter.number == number);
        let (letter, bytes) = found.ok_or(AccountError::NoLetter { number })?;
        letter.text = None;
        letter.enclosures.clear();
        bytes.clear();
        Ok(())
    }
}
