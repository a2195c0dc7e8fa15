//! Sheets as paper: printed, written on, spoilt, and put under a scanner.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test and bench uses a part of this, and stops at the first surprise"
)]

pub mod canvas;
pub mod cases;
pub mod chance;
pub mod files;
pub mod processor;
pub mod sheet;
pub mod spoil;
