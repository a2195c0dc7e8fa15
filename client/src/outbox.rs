//! What waits to be sent.

use tidings_protocol::time::UnixTime;

use crate::{ContactNumber, Error, LetterNumber, Warning};

/// What one waiting item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingKind {
    /// A letter with its enclosures.
    Letter(LetterNumber),
    /// A mailbox to be made at the relay.
    Mailbox,
    /// Prekeys to be put on the shelf.
    Prekeys,
    /// A deletion at the relay.
    Deletion,
}

/// When it is tried next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextTry {
    /// At the next send.
    Now,
    /// After a pause, because it failed.
    At(UnixTime),
    /// Never by itself: the relay refused it for good, and a person must decide.
    Never,
}

/// One item of the outbox.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it is.
    pub kind: WaitingKind,
    /// To whom, if to a contact.
    pub to: Option<ContactNumber>,
    /// Bytes already at the relay, of enclosures and envelope.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
    /// When it is tried next.
    pub next: NextTry,
    /// Code of the last failure ([`Error::code`]).
    pub failed: Option<String>,
}

/// What a send did.
#[derive(Debug, Default)]
pub struct SendReport {
    /// Items that are done.
    pub sent: u64,
    /// Items that still wait.
    pub waiting: u64,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What failed; later sends try again.
    pub failures: Vec<Error>,
}
