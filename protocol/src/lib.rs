//! The pure core of Tidings: what a letter, a card, a blob and an exchange *are*, byte for byte.
//!
//! Nothing in this crate reads a clock, opens a socket, touches a disk or asks the operating system for
//! randomness. Time comes in as [`time::UnixTime`], randomness as `&mut impl rand_core::CryptoRng`, bytes as slices;
//! answers are values. The relay and the client are shells that drive it, and so can a simulation that replays
//! every history from a seed.
//!
//! Read in this order: [`limits`] (every number, with its reason), [`wire`] (how a value becomes bytes),
//! [`ids`] (the names of things), [`suite`] (the one cryptographic suite), then the rooms:
//!
//! | room | what it decides | normative text |
//! |---|---|---|
//! | [`envelope`], [`pair`] | how a letter is sealed and opened, and what both sides remember | `docs/spec/seal.md` |
//! | [`exchange`] | requests and answers between client and relay, frames and cells | `docs/spec/exchange.md` |
//! | [`owner`] | requests that only a mailbox's owner may make | `docs/spec/exchange.md` |
//! | [`channel`] | how frames are sealed inside a WebSocket, where TLS proves nothing | `docs/spec/channel.md` |
//! | [`relay_identity`] | offline root, online certificate, relay address | `docs/spec/relay-identity.md` |
//! | [`card`], [`office`] | who an office is, and how families learn it | `docs/spec/cards.md` |
//! | [`prekey`] | to what first letters are sealed | `docs/spec/prekeys.md` |
//! | [`letter`], [`notice`] | what is inside a letter, and what an office signs | `docs/spec/letters.md` |
//! | [`line`], [`name`] | texts that people typed, and names that others read | `docs/spec/letters.md` |
//! | [`blob`] | pictures, voice, long text | `docs/spec/blobs.md` |
//! | [`mailbag`] | sealed post as files that people carry | `docs/spec/mailbag.md` |
//! | [`words`] | check words of an identity key, suggested passphrases | `docs/spec/words.md` |
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )
)]

pub mod blob;
pub mod card;
pub mod channel;
pub mod clocks;
pub mod envelope;
pub mod exchange;
pub mod hedge;
pub mod ids;
pub mod language;
pub mod letter;
pub mod limits;
pub mod line;
pub mod mailbag;
pub mod name;
pub mod notice;
pub mod office;
pub mod owner;
pub mod pair;
pub mod prekey;
pub mod prekey_secret;
pub mod relay_identity;
pub mod secret;
pub mod suite;
pub mod time;
pub mod wire;
pub mod words;
