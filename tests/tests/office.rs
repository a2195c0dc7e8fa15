//! The desk's own library over a real account and a real relay, without a page: what a family is told and what not, what is
//! taken in when the office's program is killed again and again, and what comes back from a backup on another machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{path::Path, thread, time::Duration};

use tidings_client::{
    Account, Attachment, ContactNumber, Draft, EnclosureKind, Letter, LetterKind, LetterNumber,
    NewAccount, SecretString, Silent, Verification, vault::Cost,
};
use tidings_desk::{
    Actor, Desk, Document, Error, Evidence, FirstRun, LetterFilter, NewOperator, PageFound,
    PageRead, PaperSize, PersonForm, Press, PressError, PrintJob, PrintLetter, PrintListed,
    ReadError, Reader, RequestForm, Role, Roles, ScannedFile, Settings, State, Tracked,
    back_up_office, restore_office,
};
use tidings_protocol::{
    language::Language,
    letter::{PersonEvent, PersonState},
    time::UnixTime,
};
use tidings_tests::{cli, desk::PASSWORD, relay::Relay};

const CHEAP: Cost = Cost {
    memory_kib: 8_192,
    passes: 1,
    lanes: 1,
};
/// The sentence that ends whatever an office tells, as `notes/uk.txt` has it.
const NO_MONEY: &str = "Ми ніколи не просимо грошей.";

fn words(text: &str) -> SecretString {
    text.to_owned().into()
}

fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixTime(since.unwrap().as_secs())
}

/// Prints sheet numbers and texts, a page for each letter.
struct Plain;

impl Press for Plain {
    fn print(
        &self,
        _: &PrintJob,
        _: &[PrintListed],
        letters: &mut dyn Iterator<Item = Result<PrintLetter, Error>>,
        out: &mut dyn std::io::Write,
    ) -> Result<Document, PressError> {
        let mut pages = Vec::new();
        for letter in letters {
            pages.push(letter?.sheet.to_string());
        }
        out.write_all(pages.join("\n").as_bytes()).unwrap();
        Ok(Document {
            pages: u32::try_from(pages.len()).unwrap(),
            left_out: Vec::new(),
        })
    }
}

/// Reads a pile of which each line is a sheet's number; the picture of every page is a real scan.
struct Sheets(Vec<u8>);

impl Reader for Sheets {
    fn open<'a>(&'a self, file: Vec<u8>) -> Result<Box<dyn ScannedFile + 'a>, ReadError> {
        let text = String::from_utf8_lossy(&file);
        let pages = text.lines().map(|line| PageRead {
            found: PageFound::Sheet {
                sheet: line.parse().unwrap(),
                page: 1,
                pages: 1,
            },
            media_type: "image/png".into(),
            image: self.0.clone(),
            ticks: None,
        });
        Ok(Box::new(pages.collect::<Vec<_>>()))
    }
}

/// A relay, an office with its desk, and a family that has the office's card.
struct Post {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    relay: Relay,
    account: Account,
    desk: Desk,
    head: Actor,
    family: Account,
    office: ContactNumber,
}

impl Post {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let home = folder.path().join("office");
        let account = account(&home, "Бюро", &relay);
        let card = account.card().unwrap().link;
        let first = FirstRun {
            settings: Settings {
                name: "Бюро".into(),
                ..Settings::default()
            },
            head: NewOperator {
                login: "head".into(),
                name: "Олена".into(),
                language: Language::Ukrainian,
                roles: Roles::of(&[Role::Head]),
                password: words(PASSWORD),
            },
        };
        let desk = Desk::create_at(&home, &words(cli::PASSPHRASE), &first, now(), CHEAP).unwrap();
        let head = sign_in(&desk);
        let family = account_of_family(folder.path(), &relay);
        runtime.block_on(account.send(true, &Silent)).unwrap();
        let office = family.add_contact(&card, None).unwrap().number;
        Self {
            folder,
            runtime,
            relay,
            account,
            desk,
            head,
            family,
            office,
        }
    }

    /// The family writes, and the office takes the letter in.
    fn family_writes(&self, text: &str) -> LetterNumber {
        let drawing = std::fs::read(tidings_tests::fixture("pictures/drawing-scan.png")).unwrap();
        let draft = Draft {
            addressee: Some(support::PERSON.into()),
            text: text.into(),
            attachments: vec![Attachment {
                kind: EnclosureKind::Drawing,
                name: "drawing.png".into(),
                bytes: drawing,
            }],
        };
        self.family.write(self.office, draft).unwrap();
        let sent = self.runtime.block_on(self.family.send(true, &Silent));
        assert!(sent.unwrap().failures.is_empty());
        let collected = self
            .runtime
            .block_on(self.account.collect(&Silent))
            .unwrap();
        assert!(collected.failures.is_empty(), "{:?}", collected.failures);
        let taken = self.desk.import(&self.account, now()).unwrap();
        let [letter] = taken.letters[..] else {
            panic!("{taken:?}")
        };
        letter
    }

    /// Everything that waits at the office goes out, and the family looks what has come.
    fn told(&self) -> Vec<Letter> {
        self.desk.send_replies(&self.account, now()).unwrap();
        self.desk.send_notes(&self.account, now()).unwrap();
        self.desk.send_answers(&self.account, now()).unwrap();
        self.runtime
            .block_on(self.account.send(true, &Silent))
            .unwrap();
        let report = self.runtime.block_on(self.family.collect(&Silent)).unwrap();
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        let letters = report.letters.into_iter();
        letters
            .map(|number| self.family.letter(number).unwrap())
            .collect()
    }
}

fn account(home: &Path, name: &str, relay: &Relay) -> Account {
    let new = NewAccount {
        name: name.into(),
        relay: relay.address().clone(),
        languages: Language::ALL.to_vec(),
    };
    Account::create(home, &words(cli::PASSPHRASE), new).unwrap()
}

fn account_of_family(folder: &Path, relay: &Relay) -> Account {
    account(&folder.join("family"), "Марія", relay)
}

fn sign_in(desk: &Desk) -> Actor {
    desk.sign_in("head", &words(PASSWORD), None, now())
        .unwrap()
        .actor
}

/// What a notice states, how the office knows, and what it says; every one signed and with the warning.
fn notice(letter: &Letter) -> (&'static str, &'static str, String) {
    assert_eq!(letter.kind, LetterKind::Status);
    let notice = letter.notice.as_ref().unwrap();
    assert!(notice.verified, "{notice:?}");
    let text = letter.text.clone().unwrap_or_default();
    (notice.state, notice.grade, text)
}

/// DESK-4, DESK-16 to DESK-20: one letter from the family's desk to the captive's answer, each step told, signed, with its grade.
#[test]
fn a_family_is_told_every_step_signed_and_warned() {
    let post = Post::open();
    let (desk, head) = (&post.desk, &post.head);
    let letter = post.family_writes("Любий Іване! У нас усе добре, чекаємо. Її яблуня цвіте.");
    let again = desk.import(&post.account, now()).unwrap();
    assert!(again.letters.is_empty(), "{again:?}");
    let row = desk.letter_row(head, letter).unwrap();
    assert_eq!(row.state, State::TakenByDesk);
    desk.picture(head, letter, 0, now()).unwrap();

    // That the letter was taken in, the account tells by itself.
    let taken = post.told();
    assert_eq!(notice(&taken[0]).0, "taken_by_desk");
    // What nobody has verified is told nothing more; nothing is lost by waiting.
    desk.begin_review(head, &[letter], now()).unwrap();
    desk.pass(head, &[letter], now()).unwrap();
    assert!(post.told().is_empty());
    assert_eq!(desk.notes_waiting(head, 9).unwrap().len(), 1);
    post.account
        .verify_contact(row.contact, &Verification::Person)
        .unwrap();

    let mut seen = Vec::new();
    let mut look = |post: &Post| {
        let told = post.told();
        let [one] = &told[..] else {
            panic!("{} notices: {told:?}", told.len())
        };
        let (state, grade, text) = notice(one);
        assert!(text.ends_with(NO_MONEY), "{state}: {text}");
        seen.push((state, grade));
    };
    look(&post);
    let job = desk
        .make_print_job(head, &[letter], PaperSize::A4, 1, now())
        .unwrap();
    desk.run_print_jobs(&Plain, now()).unwrap();
    look(&post);
    for (what, evidence) in [
        (Tracked::WithCarrier, Evidence::CarrierReceipt),
        (Tracked::HandoverReported, Evidence::DetainingSideSays),
    ] {
        desk.track(head, &[letter], what, evidence, now()).unwrap();
        look(&post);
    }
    assert_eq!(
        seen,
        [
            ("passed", "desk_saw"),
            ("printed", "desk_saw"),
            ("with_carrier", "carrier_receipt"),
            ("handover_reported", "detaining_side_says"),
        ]
    );

    // The answer comes back on paper.
    let sheet = desk.print_job_letters(head, job).unwrap()[0].sheet.unwrap();
    let scan = std::fs::read(tidings_tests::fixture("pictures/drawing-scan.png")).unwrap();
    desk.take_scan(head, "pile", sheet.to_string().as_bytes(), now())
        .unwrap();
    desk.read_scans(&Sheets(scan), now()).unwrap();
    let told = post.told();
    let kinds: Vec<LetterKind> = told.iter().map(|letter| letter.kind).collect();
    assert!(kinds.contains(&LetterKind::Reply), "{kinds:?}");
    let reply = told
        .iter()
        .find(|letter| letter.kind == LetterKind::Reply)
        .unwrap();
    assert_eq!(reply.enclosures.len(), 1);
    assert!(post.told().is_empty(), "everything was told once");
    assert!(desk.verify_audit(head, None).unwrap().is_whole());
}

/// DESK-19: whatever the register says, no program tells of a death; what a person writes goes out under the office's name.
#[test]
fn nothing_about_a_death_is_told_but_by_a_person() {
    let post = Post::open();
    let (desk, head) = (&post.desk, &post.head);
    let letter = post.family_writes("Любий Іване! Її яблуня цвіте.");
    let contact = desk.letter_row(head, letter).unwrap().contact;
    post.account
        .verify_contact(contact, &Verification::Person)
        .unwrap();
    post.told();
    let person = PersonForm {
        name: support::PERSON.into(),
        ..PersonForm::default()
    };
    let person = desk.save_person(head, &person, now()).unwrap();
    desk.set_letter_person(head, &[letter], Some(person), now())
        .unwrap();
    let form = RequestForm {
        enquirer: "Марія".into(),
        name: support::PERSON.into(),
        may_search: true,
        ..RequestForm::default()
    };
    let request = desk.open_request(head, contact, &form, now()).unwrap();
    desk.confirm_match(head, None, request, person, now())
        .unwrap();
    let state = |state, event| {
        let grade = Evidence::DetainingSideSays;
        desk.set_person_state(head, person, state, event, grade, now())
            .unwrap();
    };
    state(PersonState::CaptiveConfirmed, None);
    desk.answer_request(head, request, false, now()).unwrap();
    // Before the answer is on its way, he is known to be dead.
    state(PersonState::CaptiveConfirmed, Some(PersonEvent::Died));
    assert!(post.told().is_empty());
    assert!(matches!(
        desk.answer_request(head, request, false, now()),
        Err(Error::ToldByAPerson)
    ));
    assert!(matches!(
        desk.save_template(head, Language::Ukrainian, State::Lost, "Він помер.", now()),
        Err(Error::ToldByAPerson)
    ));
    assert!(post.told().is_empty());

    let text = (Language::Ukrainian, "Зателефонуйте нам, будь ласка.");
    desk.write_to_family(head, &post.account, contact, text, now())
        .unwrap();
    let told = post.told();
    assert_eq!(told[0].kind, LetterKind::Text);
    let said = told[0].text.clone().unwrap();
    assert!(
        said.starts_with(text.1) && said.ends_with(NO_MONEY),
        "{said}"
    );
}

/// DESK-28 to DESK-30: the machine is gone; on another one everything is there, and nobody is told anything twice.
#[test]
fn an_office_comes_back_on_another_machine() {
    let post = Post::open();
    let (desk, head) = (&post.desk, &post.head);
    let letter = post.family_writes("Любий Іване! Її яблуня цвіте.");
    let contact = desk.letter_row(head, letter).unwrap().contact;
    post.account
        .verify_contact(contact, &Verification::Person)
        .unwrap();
    post.told();
    desk.begin_review(head, &[letter], now()).unwrap();
    desk.pass(head, &[letter], now()).unwrap();
    let stick = post.folder.path().join("stick");
    back_up_office(
        desk,
        &post.account,
        head,
        &stick,
        &words("слово копії"),
        now(),
    )
    .unwrap();
    let Post {
        folder,
        runtime,
        relay,
        account,
        desk,
        family,
        office,
        ..
    } = post;
    drop((desk, account));
    let home = folder.path().join("other machine");
    for wrong in [cli::PASSPHRASE, ""] {
        let refused = restore_office(&home, &stick, &words(wrong), now());
        assert!(
            matches!(refused, Err(Error::BackupPassphrase)),
            "{refused:?}"
        );
        assert!(!home.exists(), "nothing was made");
    }
    let (desk, account) = restore_office(&home, &stick, &words("слово копії"), now()).unwrap();
    let head = sign_in(&desk);
    let opened = desk.open_letter(&head, letter, now()).unwrap();
    assert!(opened.text.contains("яблуня"));
    assert_eq!(opened.row.state, State::Passed);
    desk.picture(&head, letter, 0, now()).unwrap();
    assert!(desk.import(&account, now()).unwrap().letters.is_empty());
    assert!(desk.verify_audit(&head, None).unwrap().is_whole());
    // The note waits: under the old keys nobody is written to.
    let notes = desk.send_notes(&account, now()).unwrap();
    assert_eq!((notes.sent, notes.waiting), (0, 1));
    // The same card goes on: the family begins anew, and is heard.
    runtime.block_on(account.send(true, &Silent)).unwrap();
    family.freeze_contact(office).unwrap();
    family.renew_contact(office).unwrap();
    let draft = Draft {
        addressee: Some(support::PERSON.into()),
        text: "Чи дійшов мій лист? Її не чути.".into(),
        attachments: Vec::new(),
    };
    family.write(office, draft).unwrap();
    runtime.block_on(family.send(true, &Silent)).unwrap();
    runtime.block_on(account.collect(&Silent)).unwrap();
    let taken = desk.import(&account, now()).unwrap();
    assert_eq!(taken.letters.len(), 1, "{taken:?}");
    relay.stop().unwrap();
}

/// DESK-4: the program is killed again and again while letters come; each is there once.
#[test]
fn every_letter_is_taken_over_once_whatever_is_killed() {
    const LETTERS: u32 = 8;
    let mut office = support::Office::open();
    let family = office.another_family();
    let text = office.folder().join("letter.txt");
    std::fs::write(&text, "Любий Іване! Її яблуня цвіте.").unwrap();
    let drawing = tidings_tests::fixture("pictures/drawing-scan.png");
    let write = [
        "write",
        "--to",
        "office",
        "--for",
        support::PERSON,
        "--text",
        text.to_str().unwrap(),
        "--drawing",
        drawing.to_str().unwrap(),
    ];
    for step in 0..LETTERS {
        family.json(&write).unwrap();
        // Before, while and after the office collects, opens and takes over.
        thread::sleep(Duration::from_millis(u64::from(step * 173 % 900)));
        office.kill_and_restart();
    }
    office.wait_for_letters(LETTERS);
    let home = office.close();
    let desk = Desk::open(&home, &words(cli::PASSPHRASE), now()).unwrap();
    let head = sign_in(&desk);
    let rows = desk
        .letters(&head, &LetterFilter::default(), None, 99)
        .unwrap()
        .rows;
    let mut numbers: Vec<u64> = rows.iter().map(|row| row.number.0).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), LETTERS as usize, "{numbers:?}");
    for row in &rows {
        let opened = desk.open_letter(&head, row.number, now()).unwrap();
        assert_eq!(opened.enclosures.len(), 1);
        desk.picture(&head, row.number, 0, now()).unwrap();
    }
    assert!(desk.verify_audit(&head, None).unwrap().is_whole());
    desk.check_storage().unwrap();
}
