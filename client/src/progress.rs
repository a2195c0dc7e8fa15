//! What is told while bytes cross, and what a person should know although nothing failed.

use crate::LetterNumber;

/// How far a transfer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Up to the relay, or down from it.
    pub upload: bool,
    /// The letter that it belongs to.
    pub letter: LetterNumber,
    /// Name of the enclosure.
    pub name: String,
    /// Sealed bytes that have crossed, earlier attempts included.
    pub done: u64,
    /// Sealed bytes in all.
    pub total: u64,
}

/// Hears how far transfers are. Called often; must not block.
pub trait Progress: Send + Sync {
    /// One step of one transfer.
    fn transfer(&self, transfer: &Transfer);

    /// One step of writing or reading a mailbag.
    fn mailbag(&self, _step: MailbagStep) {}
}

/// How far the work on a mailbag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailbagStep {
    /// What is being done.
    pub work: MailbagWork,
    /// Bytes done, except where [`MailbagWork`] says otherwise.
    pub done: u64,
    /// In all.
    pub total: u64,
}

/// What is done with a mailbag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailbagWork {
    /// Its files are written.
    Write,
    /// Every byte is compared with its checksums.
    Check,
    /// Letters are opened, and their enclosures put together.
    Take,
    /// Its envelopes and chunks are left at relays; figures count these.
    Deliver,
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn transfer(&self, _: &Transfer) {}
}

impl<F: Fn(&Transfer) + Send + Sync> Progress for F {
    fn transfer(&self, transfer: &Transfer) {
        self(transfer);
    }
}

/// Something that is wrong and did not stop a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// This device's clock seems to be behind: the relay's certificate is not valid yet by it.
    ClockBehind,
    /// This device's clock is ahead, or the relay has not renewed its certificate.
    ClockAhead,
    /// This device's clock and the relay's differ by days.
    ClocksDiffer,
    /// This account was restored from a backup; contacts begin anew.
    Restored,
    /// Another copy of this account is in use: nothing is sent or acknowledged before a person decides
    /// ([`crate::Account::settle_copy`]).
    Copied,
}

impl Warning {
    /// A stable word: `clock-behind`, `clock-ahead`, `clock`, `restored`, `copied`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ClockBehind => "clock-behind",
            Self::ClockAhead => "clock-ahead",
            Self::ClocksDiffer => "clock",
            Self::Restored => "restored",
            Self::Copied => "copied",
        }
    }
}
