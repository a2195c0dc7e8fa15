//! Tidings' relay: stores and forwards sealed letters, never sees contents.
//!
//! Read in this order: [`server`] (what starts and stops together), `listener` (who may connect), `connection` (streams, units
//! and frames), [`web`] (what TCP is to strangers), [`rules`] (what is answered to each request), [`store`] (where it is kept). Beside the path of a request stand
//! [`identity`] (keys and certificate), [`watch`] (who waits for letters), [`budget`] (memory), `housekeeping` (what happens
//! by itself), [`carry`] (post that people carry between relays), [`settings`], and [`limits`] (every number with its reason).
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )
)]

mod admission;
pub mod budget;
pub mod carry;
pub mod clock;
mod connection;
mod housekeeping;
pub mod identity;
pub mod limits;
mod listener;
pub mod logging;
pub mod rules;
pub mod server;
pub mod settings;
pub mod store;
pub mod watch;
pub mod web;

pub use self::{connection::close, server::Server};
