//! The client library of Tidings: what a family's device and an office do, over one encrypted vault.
//!
//! [`Account`] is the door. It thinks little by itself: letters, cards and exchanges are decided by
//! [`tidings_protocol`]; here they meet a disk ([`vault`]) and a network ([`transport`]).
//!
//! Driving contract: the methods that change something write it to the vault and return; they never touch the network,
//! so they work offline. [`Account::send`] and [`Account::collect`] are the only ones that do. Both may be
//! interrupted at any moment, by a dropped future or a killed process, and go on where they were the next time.
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
mod files;
pub mod letters;
mod numbers;
pub mod office;
pub mod outbox;
mod pairs;
pub mod pictures;
pub mod progress;
mod records;
pub mod surroundings;
mod sync;
mod tidy;
pub mod transport;
pub mod vault;
mod voice;

pub use self::{
    account::{Account, AccountStatus, NewAccount},
    contacts::{Contact, ContactNumber, Renewal, Role, Trust, Verification},
    error::{Error, Field},
    letters::{
        Attachment, CollectReport, Direction, Draft, Enclosure, EnclosureKind, Letter, LetterKind,
        LetterNumber, LetterState, Notice,
    },
    office::OfficeCard,
    outbox::{NextTry, SendReport, Waiting, WaitingKind},
    progress::{Progress, Silent, Transfer, Warning},
    surroundings::Surroundings,
};
pub use secrecy::{ExposeSecret, SecretString};
