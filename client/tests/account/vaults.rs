//! The vault: passphrases, damage, two at once, wiping, and a process that is killed in the middle of its transactions.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use tidings_client::{
    Account, Draft, Error, SecretString,
    vault::{Table, Transaction, Vault, native::NativeVault},
};
use tidings_protocol::secret::Secret;

use crate::{
    people::{Person, passphrase, surroundings},
    relay::MemoryRelay,
};

fn reopen(person: &Person, words: &str) -> Result<Account, Error> {
    let words: SecretString = words.to_owned().into();
    let around = surroundings(&MemoryRelay::new(), &person.clock);
    Account::open_in(&person.folder.path().join("home"), &words, around)
}

/// VAULT-5: the second is refused, whatever its passphrase.
#[test]
fn the_second_process_is_refused() {
    let person = Person::new("Оля", &MemoryRelay::new());
    assert!(matches!(
        reopen(&person, "калина"),
        Err(Error::VaultBusy { .. })
    ));
    assert!(matches!(
        Account::wipe(person.account.home()),
        Err(Error::VaultBusy { .. })
    ));
}

/// VAULT-2, VAULT-4: a wrong passphrase and a damaged vault are different errors.
#[test]
fn a_wrong_passphrase_is_told_from_damage() {
    let person = Person::new("Оля", &MemoryRelay::new());
    let home = person.account.home().to_owned();
    let new: SecretString = "нова".to_owned().into();
    assert!(matches!(
        person.account.change_passphrase(&new, &new),
        Err(Error::WrongPassphrase)
    ));
    person
        .account
        .change_passphrase(&passphrase(), &new)
        .unwrap();
    let Person {
        account,
        folder: _folder,
        clock,
        ..
    } = person;
    drop(account);
    let around = || surroundings(&MemoryRelay::new(), &clock);
    let open = |words: &SecretString| Account::open_in(&home, words, around());
    assert!(matches!(open(&passphrase()), Err(Error::WrongPassphrase)));
    drop(open(&new).unwrap());
    let database = home.join("vault.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[100] ^= 1;
    fs::write(&database, &bytes).unwrap();
    assert!(matches!(open(&new), Err(Error::VaultDamaged { .. })));
    assert!(matches!(open(&passphrase()), Err(Error::WrongPassphrase)));
    fs::remove_file(&database).unwrap();
    assert!(matches!(open(&new), Err(Error::VaultDamaged { .. })));
}

/// VAULT-10: what is wiped is gone; what was never finished is no account.
#[test]
fn wiping_leaves_nothing_and_an_unfinished_account_is_made_anew() {
    let relay = MemoryRelay::new();
    let person = Person::new("Оля", &relay);
    let home = person.account.home().to_owned();
    let Person {
        folder,
        account,
        clock,
        ..
    } = person;
    drop(account);
    Account::wipe(&home).unwrap();
    assert!(!home.exists());
    assert!(matches!(Account::wipe(&home), Err(Error::NoVault { .. })));
    fs::create_dir(&home).unwrap();
    fs::write(home.join("vault.db"), b"left by a process that was killed").unwrap();
    fs::write(home.join("photo.jpg"), b"somebody else's").unwrap();
    let new = tidings_client::NewAccount {
        name: "Оля".to_owned(),
        relay: relay.address(),
        languages: vec![],
    };
    let around = surroundings(&relay, &clock);
    drop(Account::create_in(&home, &passphrase(), new, around).unwrap());
    Account::wipe(&home).unwrap();
    assert!(home.join("photo.jpg").exists());
    drop(folder);
}

/// VAULT-8: no page of the database, and no file beside it, shows what is in it.
#[test]
fn nothing_readable_lies_on_disk() {
    let relay = MemoryRelay::new();
    let person = Person::new("Слово-мітка", &relay);
    let card = Person::new("Бюро-мітка", &relay).account.card().unwrap();
    person.account.add_contact(&card.link, None).unwrap();
    let contact = person.only_contact().number;
    person
        .account
        .write(contact, crate::people::with_drawing("Текст-мітка", 100))
        .unwrap();
    let mut seen = 0;
    for folder in [
        person.account.home().to_owned(),
        person.account.home().join("files"),
    ] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = fs::read(&path).unwrap();
                seen += bytes.len();
                for needle in ["мітка", "Петренко", "PNG", "SQLite", "relay.example"] {
                    let found = bytes
                        .windows(needle.len())
                        .any(|part| part == needle.as_bytes());
                    assert!(!found, "{needle} in {}", path.display());
                }
            }
        }
    }
    assert!(seen > 50_000);
}

const CHILD: &str = "TIDINGS_TEST_VAULT_CHILD";
const ROWS: u64 = 20;

/// Not a test of its own: the process that is killed. Adds one to every row of a table, in one transaction, and says so.
#[test]
fn killed_in_transactions_child() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let mut vault = NativeVault::create(path.as_ref(), &Secret::new([5; 32])).unwrap();
    for _ in 0..100_000 {
        let mut change = vault.begin().unwrap();
        let next = value(&*change, 0) + 1;
        for row in 0..ROWS {
            let bytes = next.to_be_bytes().repeat(300);
            change
                .put(Table::Letters, &row.to_be_bytes(), &bytes)
                .unwrap();
        }
        change.commit().unwrap();
        println!("committed {next}");
    }
}

fn value(change: &dyn Transaction, row: u64) -> u64 {
    let bytes = change.get(Table::Letters, &row.to_be_bytes()).unwrap();
    bytes.map_or(0, |bytes| {
        let first: [u8; 8] = bytes[..8].try_into().unwrap();
        assert!(bytes.chunks(8).all(|part| part == first), "a torn row");
        u64::from_be_bytes(first)
    })
}

/// VAULT-6: killed at any moment, the vault has each transaction whole or not at all, and every one that was committed.
#[test]
fn killed_in_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.db");
    let mut committed = 0;
    for round in 0..15_u64 {
        let log = folder.path().join("out");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "vaults::killed_in_transactions_child",
                "--nocapture",
            ])
            .env(CHILD, &path)
            .stdout(fs::File::create(&log).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60 + round * 37 % 200));
        child.kill().unwrap();
        child.wait().unwrap();
        let said = fs::read_to_string(&log).unwrap();
        let last = said
            .lines()
            .filter_map(|line| line.strip_prefix("committed ")?.parse().ok());
        committed = last.max().unwrap_or(committed);
        if !path.exists() {
            continue;
        }
        let mut vault = NativeVault::create(&path, &Secret::new([5; 32])).unwrap();
        vault.check().unwrap();
        let change = vault.begin().unwrap();
        let first = value(&*change, 0);
        assert!(
            first >= committed,
            "round {round}: {first} kept, {committed} committed"
        );
        for row in 1..ROWS {
            assert_eq!(value(&*change, row), first, "round {round}");
        }
    }
    assert!(
        committed > 15,
        "the rounds committed something: {committed}"
    );
}

/// LETTER-19: whoever chooses a name here is told when it does not look like what it is; and a card that comes again
/// brings no other name.
#[test]
fn names_are_checked_and_a_known_card_renames_nobody() {
    let relay = MemoryRelay::new();
    let office = Person::new("Office", &relay);
    let family = Person::new("Family", &relay);
    let card = office.account.card().unwrap();
    let long = "я".repeat(41);
    let add = |name| family.account.add_contact(&card.link, name);
    assert_eq!(add(Some("Бюро\u{200b}")).unwrap_err().code(), "name-hidden");
    assert_eq!(add(Some("Бюpо")).unwrap_err().code(), "name-mixed");
    assert_eq!(add(Some("  ")).unwrap_err().code(), "name-empty");
    assert_eq!(add(Some(&long)).unwrap_err().code(), "name-too-long");
    assert!(family.account.contacts().unwrap().is_empty());

    let contact = add(Some("Моє бюро")).unwrap();
    let again = add(Some("Інша назва")).unwrap();
    assert_eq!(
        (again.number, again.name.as_str()),
        (contact.number, "Моє бюро")
    );
    let number = contact.number;
    // й of two characters is the й of one.
    let renamed = family.account.rename_contact(number, "Мии\u{306}").unwrap();
    assert_eq!(renamed.name, "Мий");
    assert_eq!(
        family.account.find_contact("мии\u{306}").unwrap().number,
        number
    );

    let draft = Draft {
        addressee: Some("Тарас\u{202e}".to_owned()),
        text: "Привіт".to_owned(),
        ..Draft::default()
    };
    let refused = family.account.write(number, draft).unwrap_err();
    assert_eq!(refused.code(), "name-hidden");
}
