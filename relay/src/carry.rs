//! Post that people carry between relays that have no line (`docs/spec/mailbag.md`, BAG-15 and BAG-16). Works on the store of a
//! relay that is stopped; a running one is given post over the network.
//!
//! Nothing that is exported is removed: letters stay until their owner acknowledges them or they expire, so that a lost stick
//! costs nothing, and importing twice changes nothing.

mod export;
mod files;
mod import;

use std::path::PathBuf;

use tidings_protocol::mailbag::MailbagError;

pub use self::{
    export::{Exported, Wish, export},
    files::{BagFile, open_bag},
    import::{Imported, import},
};
use crate::store::StoreError;

/// Why post could not be carried.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// A file is not a mailbag, or not all of one.
    #[error("{path}: {source}")]
    Mailbag {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: MailbagError,
    },
    /// Files of several bags were named.
    #[error("the files belong to {got} mailbags: import one after the other")]
    Several {
        /// How many.
        got: usize,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No letter waits in the mailboxes, and no chunk is kept.
    #[error("nothing waits for these mailboxes")]
    Nothing,
    /// The store refused or failed; what it answered before is kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A thread ended before it answered.
    #[error("a thread that reads or writes the mailbag ended")]
    Thread,
}
