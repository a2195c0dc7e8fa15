//! Families and offices on temporary folders, with a clock of their own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tempfile::TempDir;
use tidings_client::{
    Account, Attachment, CollectReport, Contact, Draft, EnclosureKind, Letter, NewAccount,
    SecretString, SendReport, Silent, Surroundings, vault::Cost,
};
use tidings_protocol::time::UnixTime;

use crate::relay::{MemoryRelay, TODAY};

/// One account.
pub(crate) struct Person {
    pub(crate) account: Account,
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<AtomicU64>,
    relay: MemoryRelay,
}

pub(crate) fn passphrase() -> SecretString {
    "калина".to_owned().into()
}

/// What a passphrase costs in tests.
pub(crate) const CHEAP: Cost = Cost {
    memory_kib: 8_192,
    passes: 1,
    lanes: 1,
};

pub(crate) fn surroundings(relay: &MemoryRelay, clock: &Arc<AtomicU64>) -> Surroundings {
    let clock = Arc::clone(clock);
    Surroundings {
        transport: Arc::new(relay.clone()),
        clock: Arc::new(move || UnixTime(clock.load(Ordering::Relaxed))),
        cost: CHEAP,
    }
}

impl Person {
    pub(crate) fn new(name: &str, relay: &MemoryRelay) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicU64::new(TODAY.start().0 + 40_000));
        let new = NewAccount {
            name: name.to_owned(),
            relay: relay.address(),
            languages: vec![],
        };
        let home = folder.path().join("home");
        let around = surroundings(relay, &clock);
        Self {
            account: Account::create_in(&home, &passphrase(), new, around).unwrap(),
            folder,
            clock,
            relay: relay.clone(),
        }
    }

    /// Ends the process, so to speak, and begins another.
    pub(crate) fn reopened(self) -> Self {
        let Self {
            account,
            folder,
            clock,
            relay,
        } = self;
        drop(account);
        let home = folder.path().join("home");
        let around = surroundings(&relay, &clock);
        Self {
            account: Account::open_in(&home, &passphrase(), around).unwrap(),
            folder,
            clock,
            relay,
        }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self) -> SendReport {
        self.account.send(false, &Silent).await.unwrap()
    }

    pub(crate) async fn collect(&self) -> CollectReport {
        self.account.collect(&Silent).await.unwrap()
    }

    /// Collects, and lets the office's own answers go out.
    pub(crate) async fn sync(&self) -> CollectReport {
        let report = self.collect().await;
        self.send().await;
        report
    }

    /// The letters that came, without notices.
    pub(crate) fn received(&self) -> Vec<Letter> {
        let mut letters = self.account.letters().unwrap();
        letters.retain(|letter| {
            letter.direction == tidings_client::Direction::In
                && letter.kind != tidings_client::LetterKind::Status
        });
        letters
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let letters = self.received().into_iter();
        letters.filter_map(|letter| letter.text).collect()
    }

    pub(crate) fn only_contact(&self) -> Contact {
        let contacts = self.account.contacts().unwrap();
        assert_eq!(contacts.len(), 1);
        contacts.into_iter().next().unwrap()
    }
}

pub(crate) fn text(text: &str) -> Draft {
    Draft {
        text: text.to_owned(),
        ..Draft::default()
    }
}

/// A letter with a drawing whose pixels do not compress: its seal has several chunks.
pub(crate) fn with_drawing(words: &str, side: u32) -> Draft {
    Draft {
        addressee: Some("Іван Петренко".to_owned()),
        text: words.to_owned(),
        attachments: vec![Attachment {
            kind: EnclosureKind::Drawing,
            name: "малюнок.png".to_owned(),
            bytes: png(side),
        }],
    }
}

fn png(side: u32) -> Vec<u8> {
    let mut pixel = 12_345_u32;
    let pixels = (0..side * side * 3)
        .map(|_| {
            pixel = pixel.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pixel.to_be_bytes()[0]
        })
        .collect();
    let image = image::RgbImage::from_raw(side, side, pixels).unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// An office that has published its card, and a family that has its card and its mailboxes.
pub(crate) async fn office_and_family(relay: &MemoryRelay) -> (Person, Person) {
    let office = Person::new("Бюро", relay);
    let card = office.account.card().unwrap();
    assert_eq!(office.send().await.waiting, 0);
    let family = Person::new("Оля", relay);
    family.account.add_contact(&card.link, None).unwrap();
    assert_eq!(family.send().await.waiting, 0);
    (office, family)
}
