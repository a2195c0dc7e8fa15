//! The decoders that are fuzzed.

pub mod decoders;
