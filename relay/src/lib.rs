//! Tidings' relay: stores and forwards sealed letters, never sees contents.

pub mod store;
