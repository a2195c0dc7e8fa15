//! How long pages of the inbox take when it holds many letters: over HTTP, from a served desk with its encrypted store.
//!
//! `cargo run --release -p tidings-tests --example desk_inbox [LETTERS]`; 100,000 letters without a number.
#![expect(clippy::print_stdout, reason = "its output is the result")]

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail, ensure};
use tidings_client::{
    Account, ContactNumber, Direction, Draft, Enclosure, EnclosureKind, Error as AccountError,
    Letter, LetterKind, LetterNumber, LetterState, NewAccount, SecretString,
};
use tidings_desk::{Desk as Office, FirstRun, NewOperator, Post, Role, Roles, Settings};
use tidings_protocol::{
    language::Language,
    notice::{Custody, StatusNote},
    relay_identity::RelayAddress,
    time::UnixTime,
};
use tidings_tests::{
    cli::PASSPHRASE,
    desk::{Desk, PASSWORD, Visitor},
    http::escaped,
    relay::Relay,
};

/// What a page may take.
const GOAL: Duration = Duration::from_millis(150);
/// How often each page is asked for.
const ROUNDS: usize = 21;

const SURNAMES: [&str; 16] = [
    "Петренко",
    "Іваненко",
    "Шевченко",
    "Ковальчук",
    "Бондар",
    "Мельник",
    "Ткаченко",
    "Кравченко",
    "Олійник",
    "Поліщук",
    "Савченко",
    "Руденко",
    "Гончар",
    "Лисенко",
    "Марченко",
    "Білоус",
];
const GIVEN: [&str; 8] = [
    "Іван",
    "Сергій",
    "Олександр",
    "Андрій",
    "Володимир",
    "Микола",
    "Дмитро",
    "Олег",
];
const PATRONYMICS: [&str; 6] = [
    "Петрович",
    "Іванович",
    "Сергійович",
    "Олександрович",
    "Миколайович",
    "Васильович",
];

/// An account that makes letters up as they are asked for.
struct Made(u64);

impl Made {
    fn letter(number: u64) -> Letter {
        let pick = |words: &[&'static str], by: u64| {
            let place = usize::try_from(number / by).unwrap_or(0) % words.len();
            words[place]
        };
        // Few: each is taken over by itself, which is not what is measured here.
        let photos = u32::from(number.is_multiple_of(50));
        Letter {
            number: LetterNumber(number),
            direction: Direction::In,
            contact: ContactNumber(number % 4_000 + 1),
            contact_name: format!(
                "{} {}",
                pick(&["Олена", "Марія", "Ганна"], 7),
                number % 4_000
            ),
            date: UnixTime(1_780_000_000 + number * 60),
            kind: LetterKind::Letter,
            state: LetterState::OPENED,
            // The end of the surname makes some thousands of different ones.
            addressee: Some(format!(
                "{}{} {} {}",
                pick(&SURNAMES, 1),
                ["", "ук", "енко", "ський"][usize::try_from(number / 16 % 4).unwrap_or(0)],
                pick(&GIVEN, 3),
                pick(&PATRONYMICS, 5)
            )),
            text: Some("Любий! У нас усе добре, яблуня зацвіла.\nЦілую.".to_owned()),
            answers: None,
            enclosures: (0..photos)
                .map(|place| Enclosure {
                    kind: EnclosureKind::Photo,
                    name: format!("photo-{place}.jpg"),
                    media_type: "image/jpeg".into(),
                    bytes: 5,
                    fetched: true,
                })
                .collect(),
            notice: None,
            unread: false,
        }
    }
}

impl Post for Made {
    fn letters_after(
        &self,
        after: LetterNumber,
        count: usize,
    ) -> Result<Vec<Letter>, AccountError> {
        Ok((after.0 + 1..=self.0)
            .take(count)
            .map(Self::letter)
            .collect())
    }

    fn last_number(&self) -> Result<LetterNumber, AccountError> {
        Ok(LetterNumber(self.0))
    }

    fn letter(&self, number: LetterNumber) -> Result<Letter, AccountError> {
        Ok(Self::letter(number.0))
    }

    fn enclosure(&self, _: LetterNumber, _: usize) -> Result<Vec<u8>, AccountError> {
        Ok(b"photo".to_vec())
    }

    fn reply(&self, to: LetterNumber, _: Draft) -> Result<LetterNumber, AccountError> {
        Err(AccountError::NoLetter { number: to })
    }

    fn write(&self, _: ContactNumber, _: Draft) -> Result<LetterNumber, AccountError> {
        Err(AccountError::NotVerified)
    }

    fn verify(&self, _: ContactNumber) -> Result<(), AccountError> {
        Ok(())
    }

    fn state(&self, _: LetterNumber, _: StatusNote) -> Result<LetterNumber, AccountError> {
        Err(AccountError::NotVerified)
    }

    fn tell(&self, _: ContactNumber, _: Custody) -> Result<LetterNumber, AccountError> {
        Err(AccountError::NotVerified)
    }

    fn erase(&self, _: LetterNumber) -> Result<(), AccountError> {
        Ok(())
    }
}

fn main() -> anyhow::Result<()> {
    let count: u64 = match std::env::args().nth(1) {
        Some(text) => text.parse().context("LETTERS is a number")?,
        None => 100_000,
    };
    let folder = tempfile::tempdir()?;
    let relay = Relay::start(folder.path())?;
    let begun = Instant::now();
    fill(&folder.path().join("desk"), relay.address(), count)?;
    println!(
        "{count} letters taken in in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    let begun = Instant::now();
    let desk = Desk::start(folder.path())?;
    println!("opened in {:.1} s", begun.elapsed().as_secs_f64());
    measure(&desk)?;
    desk.stop()
}

fn fill(home: &Path, relay: &RelayAddress, count: u64) -> anyhow::Result<()> {
    let passphrase = SecretString::from(PASSPHRASE.to_owned());
    let now = UnixTime(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    Account::create(
        home,
        &passphrase,
        NewAccount {
            name: "Office".to_owned(),
            relay: relay.clone(),
            languages: Language::ALL.to_vec(),
        },
    )?;
    let first = FirstRun {
        settings: Settings {
            name: "Office".to_owned(),
            ..Settings::default()
        },
        head: NewOperator {
            login: "head".to_owned(),
            name: "Олена Коваль".to_owned(),
            language: Language::Ukrainian,
            roles: Roles::of(&Role::ALL),
            password: SecretString::from(PASSWORD.to_owned()),
        },
    };
    let desk = Office::create(home, &passphrase, &first, now)?;
    let taken = desk.import(&Made(count), now)?.letters.len();
    ensure!(taken as u64 == count, "{taken} letters of {count}");
    Ok(())
}

/// Asks for each page as a browser does, and says how long the middle and the slowest answer took.
fn measure(desk: &Desk) -> anyhow::Result<()> {
    let mut head = Visitor::new(desk);
    head.sign_in("head", PASSWORD)?;
    let pages = [
        ("first page", "/letters?drawer=all".to_owned()),
        ("to be reviewed", "/letters?drawer=review".to_owned()),
        (
            "newest first",
            "/letters?drawer=all&order=newest".to_owned(),
        ),
        (
            "English, with pictures",
            "/letters?drawer=all&language=en&pictures=with".to_owned(),
        ),
        ("search: Петренко Іван", search("Петренко Іван")),
        ("search: Petrenko Serhii", search("Petrenko Serhii")),
        (
            "search: Ковалчук Володимр (slips)",
            search("Ковалчук Володимр"),
        ),
        ("search: енко (a part)", search("енко")),
        ("search: nobody", search("Неіснуючий Ніхто")),
    ];
    let mut slowest = Duration::ZERO;
    println!("{:36} {:>9} {:>9}", "page", "median", "slowest");
    for (name, path) in &pages {
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let answer = head.get(path)?;
            times.push(begun.elapsed());
            ensure!(answer.status == 200, "{path}: {}", answer.status);
        }
        times.sort();
        let (median, last) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        println!(
            "{name:36} {:>6} ms {:>6} ms",
            median.as_millis(),
            last.as_millis()
        );
        slowest = slowest.max(median);
    }
    if slowest > GOAL {
        bail!("the goal is {} ms", GOAL.as_millis());
    }
    Ok(())
}

fn search(text: &str) -> String {
    format!("/letters?drawer=all&find={}", escaped(text))
}
