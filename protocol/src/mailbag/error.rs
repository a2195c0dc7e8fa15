//! Why files are not a mailbag, or not all of it.

use std::io;

use super::MAILBAG_VERSION;
use crate::{
    limits::{MAILBAG_PART_MAX, MAILBAG_PART_MIN, MAILBAG_PARTS_MAX, MAILBAG_RELAYS_MAX},
    wire::WireError,
};

/// What is wrong with a mailbag, or with one of its parts.
#[derive(Debug, thiserror::Error)]
pub enum MailbagError {
    /// The file does not begin as mailbags do.
    #[error("the file is not a mailbag of Tidings")]
    NoMailbag,
    /// A mailbag of a version that this program does not know.
    #[error("the mailbag has version {got}, this program knows version {MAILBAG_VERSION}")]
    Version {
        /// The file's version.
        got: u8,
    },
    /// The head of the file is damaged: of which bag it is part cannot be told.
    #[error("the first bytes of the mailbag are damaged")]
    Head,
    /// The file is shorter than its head says.
    #[error("the mailbag file has {got} bytes, {expected} were expected: it is cut off")]
    Truncated {
        /// Bytes that a whole file has.
        expected: u64,
        /// Bytes that it has.
        got: u64,
    },
    /// Bytes follow the end.
    #[error("{extra} bytes follow the end of the mailbag file")]
    Trailing {
        /// Number of bytes after the end.
        extra: u64,
    },
    /// The bytes of a part are not those that were written.
    #[error("part {number} of the mailbag is damaged")]
    Damaged {
        /// Its number, from 1.
        number: u32,
    },
    /// Parts are missing.
    #[error("{} of {count} parts of the mailbag are missing, the first is part {}", missing.len(), missing.first().copied().unwrap_or_default())]
    Missing {
        /// Their numbers, rising.
        missing: Vec<u32>,
        /// How many parts there are.
        count: u32,
    },
    /// Every part is as it was written, and what is in them is not a mailbag: whoever wrote it made a mistake.
    #[error("the contents of the mailbag are malformed: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
    /// A record inside does not decode.
    #[error("the contents of the mailbag: {0}")]
    Wire(#[from] WireError),
    /// The bag would be larger than any.
    #[error("the mailbag would have {got} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes that it would have.
        got: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// More relays than a bag names.
    #[error("the mailbag would name {got} relays, at most {MAILBAG_RELAYS_MAX} are allowed")]
    TooManyRelays {
        /// Relays given.
        got: usize,
    },
    /// No file can be made of this part size.
    #[error("parts have from {MAILBAG_PART_MIN} to {MAILBAG_PART_MAX} bytes, got {got}")]
    PartSize {
        /// Bytes given.
        got: u64,
    },
    /// The parts would be too many.
    #[error("parts of this size would be {got}, at most {MAILBAG_PARTS_MAX} are allowed")]
    TooManyParts {
        /// How many there would be.
        got: u64,
    },
    /// A file could not be read or written.
    #[error("the mailbag file: {0}")]
    Io(#[from] io::Error),
}
