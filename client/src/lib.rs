//! The client library of Tidings: what a family's device and an office do, over one encrypted vault.
//!
//! [`Account`] is the door. It thinks little by itself: letters, cards and exchanges are decided by
//! [`tidings_protocol`]; here they meet a disk ([`vault`]) and a network ([`transport`]).
//!
//! ```no_run
//! use tidings_client::{Account, Attachment, Draft, EnclosureKind, Silent};
//!
//! # async fn write(card: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let account = Account::open("/home/olia/.tidings".as_ref(), &"passphrase".to_owned().into())?;
//! let office = account.add_contact(card, None)?;
//! let photo = Attachment { kind: EnclosureKind::Photo, name: "garden.jpg".into(), bytes: std::fs::read("garden.jpg")? };
//! let draft = Draft { addressee: Some("Іван Петренко".into()), text: "Любий Іване…".into(), attachments: vec![photo] };
//! account.write(office.number, draft)?;
//! account.send(false, &Silent).await?;
//! for number in account.collect(&Silent).await?.letters {
//!     println!("{:?}", account.letter(number)?.text);
//! }
//! # Ok(()) }
//! ```
//!
//! `examples/first_letter.rs` is the same as a program.
//!
//! # Driving contract
//!
//! Methods that change something write it to the vault and return; they never touch the network, so they work offline.
//! [`Account::export_mailbag`] and [`Account::import_mailbag`] carry whole letters that way.
//! [`Account::send`], [`Account::collect`], [`Account::wait_for_letters`] and [`Account::deliver_mailbag`] are the only ones that do. They may be interrupted
//! at any moment, by a dropped future or a killed process, and go on where they were the next time. What fails for one letter
//! is in the report and does not hold up the others; an `Err` means that the account itself is in trouble. An office's
//! answers by itself are in the outbox after a collect: send then.
//!
//! | room | what it does |
//! |---|---|
//! | [`account`], `relay`, `backup` | making, opening, destroying, another relay, backing up |
//! | [`office`] | card, subkeys, weekly prekeys |
//! | [`contacts`], `pairs` | who is written to, how far they are trusted, what is remembered |
//! | `compose`, `notices`, [`letters`], `news`, `blobs` | writing, stating, reading, what nobody has read yet, sealed files |
//! | [`outbox`], `sync`, `turn`, `tidy` | sending, collecting, noticing a copy of this vault, the daily work |
//! | [`network`], `connections`, [`transport`] | what may be used, who is asked over which connection, and whether it is the relay that was meant |
//! | [`mailbag`] | the same post as files that people carry |
//! | [`vault`], `records` | what lies on disk (`docs/spec/vault.md`) |
//! | [`pictures`] | pixels in, pixels out |
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )
)]

pub mod account;
mod backup;
mod blobs;
mod compose;
mod connections;
pub mod contacts;
mod error;
pub mod files;
pub mod letters;
pub mod mailbag;
pub mod network;
mod news;
mod notices;
mod numbers;
pub mod office;
pub mod outbox;
mod pairs;
pub mod pictures;
pub mod progress;
mod records;
mod relay;
pub mod surroundings;
mod sync;
mod tidy;
pub mod transport;
mod turn;
pub mod vault;
mod voice;

pub use self::{
    account::{Account, AccountStatus, NewAccount},
    contacts::{Contact, ContactNumber, Parting, Renewal, Role, Trust, Verification},
    error::{Error, Field},
    letters::{
        Attachment, CollectReport, Direction, Draft, Enclosure, EnclosureKind, Letter, LetterKind,
        LetterNumber, LetterState, Notice,
    },
    mailbag::{DeliverReport, ExportOrder, ExportReport, ImportReport},
    network::{Network, Proxy},
    news::News,
    office::OfficeCard,
    outbox::{NextTry, SendReport, Waiting, WaitingKind},
    progress::{MailbagStep, MailbagWork, Progress, Silent, Transfer, Warning},
    surroundings::Surroundings,
    turn::CopyVerdict,
};
pub use secrecy::{ExposeSecret, SecretString};
