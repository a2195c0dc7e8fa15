//! Pages that are printed and pages that are scanned back.
//!
//! The crate takes plain values and bytes; it knows nothing of letters' storage, of people or of networks. The normative text is
//! `docs/spec/paper.md`.

pub mod code;
pub mod geometry;
pub mod number;
pub mod scan;
