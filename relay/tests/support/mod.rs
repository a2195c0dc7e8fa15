//! What the relay's integration tests share: a store in memory, a small client, a running relay.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "every test file uses its own part, and a test stops at the first surprise"
)]

pub mod client;
pub mod history;
pub mod memory;
pub mod process;
pub mod running;
pub mod web;

use rand::SeedableRng;
use tidings_protocol::exchange::Answer;

/// The random source of a test.
pub fn rng(seed: u64) -> rand::rngs::StdRng {
    rand::rngs::StdRng::seed_from_u64(seed)
}

/// An envelope that differs from every other `number`.
pub fn envelope(number: u64) -> Vec<u8> {
    let mut envelope = vec![0; tidings_protocol::limits::ENVELOPE_LEN];
    rand::Rng::fill_bytes(&mut rng(number), &mut envelope);
    envelope
}

/// Whether an answer says that the letter is kept.
pub fn is_deposited(answer: &Answer) -> bool {
    matches!(answer, Answer::Deposited { .. })
}
