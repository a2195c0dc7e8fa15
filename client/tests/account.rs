//! Accounts against a relay in memory that can lie, freeze and fail, with clocks that can be wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

#[path = "account/backups.rs"]
mod backups;
#[path = "account/copies.rs"]
mod copies;
#[path = "account/letters.rs"]
mod letters;
#[path = "account/lies.rs"]
mod lies;
#[path = "account/people.rs"]
mod people;
#[path = "account/relay.rs"]
mod relay;
#[path = "account/vaults.rs"]
mod vaults;
#[path = "account/ways.rs"]
mod ways;
