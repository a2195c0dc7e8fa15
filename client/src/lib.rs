//! The client library of Tidings.

pub mod pictures;
