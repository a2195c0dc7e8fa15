//! Mailbags (`.mailbag`): sealed envelopes and blob chunks as files that anybody may carry, where no network does.
//!
//! Normative text: `docs/spec/mailbag.md`, rules BAG-1 to BAG-17. A bag tells who reads it what a relay learns that is given the
//! same envelopes and chunks, and gives him no more rights than that: chunks travel with the right to write them, never with
//! those to read or delete.
//!
//! ```text
//! PackingBuilder ─ envelope, chunk ─▶ Packing ─ write(part size, Parts) ─▶ part 1 … part n
//! Source (a file) ─ Part::open ─▶ Part ─ Bag::gather ─▶ Bag ─ missing, check ─▶ Checked
//!                                                         └ entries, read_body ─▶ envelopes and chunks
//! ```
//!
//! Memory is bounded by the largest entry, a chunk of a mebibyte, and by some 300 bytes for each entry of a bag that is
//! written. Files are the shell's: they come in as [`Source`] and [`Parts`].

mod entry;
mod error;
mod pack;
mod part;
mod read;
#[cfg(test)]
mod tests;
mod unpack;

pub use self::{
    entry::{CarriedChunk, CarriedEnvelope, Contents, Entry, WriteRight},
    error::MailbagError,
    pack::{Packing, PackingBuilder, Parts, padded_len},
    part::{BagSet, Layout, PartHead},
    read::{Bag, Checked, Part, Source},
    unpack::{Event, Unpacker},
};

/// The version of mailbags that this crate reads and writes.
pub const MAILBAG_VERSION: u8 = 1;
