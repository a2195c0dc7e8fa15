//! What couriers carry: letters that were given to one, and chunks that one brought before their letter could be opened.

use serde::{Deserialize, Serialize};
use tidings_protocol::{blob::ChunkHash, ids::BlobId, time::Day};

use super::FileNumber;
use crate::{
    LetterNumber,
    vault::{Record, Table},
};

/// A letter that was packed into a mailbag. It stays in the outbox: the courier may never arrive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CarriedRecord {
    /// The day on which it was packed for the first time.
    pub(crate) since: Day,
    /// How often it was packed.
    pub(crate) times: u32,
}

impl Record for CarriedRecord {
    const TABLE: Table = Table::Carried;
    type Key = LetterNumber;
}

/// A chunk from a mailbag, kept for a letter that nothing opens yet (BAG-14).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HeldRecord {
    /// The file in which it lies, and nothing else.
    pub(crate) file: FileNumber,
    pub(crate) hash: ChunkHash,
    pub(crate) since: Day,
}

impl Record for HeldRecord {
    const TABLE: Table = Table::Held;
    type Key = BlobId;
}
