//! The channel: what carries frames where TLS proves nothing, that is inside a WebSocket (normative text:
//! `docs/spec/channel.md`).
//!
//! On TCP the relay shows a certificate like any web server, which says nothing of its root, and somebody else may end TLS. So
//! the client encapsulates to the online key that the pinned root signed, and both sides seal cells under keys that follow from
//! it. Whoever is not the relay opens nothing and answers nothing.
//!
//! Driving contract, for both sides. The client sends one *first message*: [`ClientChannel::open`] makes the ends of a channel,
//! of which the sealer puts the opening before its first unit; or, while it does not know the relay's online key, a hello
//! by [`clear_first`], answered by a clear unit, after which another first message follows. The relay reads it with
//! [`FirstMessage::parse`]. Everything behind it is units, each one message: [`UnitSealer::seal`] and [`UnitOpener::open`], in
//! the order in which they are sent. A frame of several cells is several units of one number; [`Assembler`] puts them together.
//! After any [`ChannelError`] the channel is of no use any more. How a connection ends and what strangers see (CHAN-9, CHAN-10) is not
//! decided here.

mod assembler;
mod first;
mod unit;

use data_encoding::BASE32_NOPAD;
use rand_core::CryptoRng;

pub use self::{
    assembler::{Assembled, Assembler},
    first::{FirstMessage, Opening, clear_first},
    unit::{FromRelay, Unit, UnitOpener, UnitSealer, clear_unit},
};
use crate::{
    exchange::FrameError,
    ids::labelled_hash,
    limits::{CHANNEL_FIRST_LEN, CHANNEL_NUMBER_MAX, CHANNEL_UNIT_LEN, WEBSOCKET_PATH_BYTES},
    relay_identity::{OnlineKeyHash, RootFingerprint, VerifiedCertificate},
    suite::{self, Encapsulation, KemSecret, SuiteError},
};

/// Why a channel ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// A first message of another length.
    #[error("first message of {got} bytes, expected {CHANNEL_FIRST_LEN}")]
    FirstLength {
        /// Bytes that came.
        got: usize,
    },
    /// A unit of another length.
    #[error("unit of {got} bytes, expected {CHANNEL_UNIT_LEN}")]
    UnitLength {
        /// Bytes that came.
        got: usize,
    },
    /// What should be zeros in a clear message is not.
    #[error("a clear message holds something where zeros belong")]
    NotClear,
    /// The relay's key is none, or the bytes were not sealed by the other end, in this order, for this channel.
    #[error("channel: {0}")]
    Suite(#[from] SuiteError),
    /// A number outside of those that requests may have.
    #[error("unit with number {got}, requests have 1 to {CHANNEL_NUMBER_MAX}")]
    Number {
        /// That came, or was to be sent.
        got: u32,
    },
    /// A unit of another frame inside one that is not whole yet.
    #[error("unit with number {got} inside of frame {expected}")]
    Interleaved {
        /// The frame that is under way.
        expected: u32,
        /// The number that came.
        got: u32,
    },
    /// A frame that is none.
    #[error("frame with number {number}: {source}")]
    Frame {
        /// Its number.
        number: u32,
        /// What is wrong with it.
        source: FrameError,
    },
}

const INFO: &[u8] = b"tidings channel v1";
const TO_RELAY: &[u8] = b"tidings channel to relay v1";
const TO_CLIENT: &[u8] = b"tidings channel to client v1";
const PATH_LABEL: &[u8] = b"tidings websocket path v1";

/// The path under which a relay of this root takes WebSockets (CHAN-1): a slash and 32 characters. Every other path is the
/// site's, so that only somebody who has the relay's address can tell it from a plain web server.
#[must_use]
pub fn websocket_path(root: &RootFingerprint) -> String {
    let hash = labelled_hash(PATH_LABEL, &[root.as_bytes()]);
    let name = BASE32_NOPAD.encode(&hash[..WEBSOCKET_PATH_BYTES]);
    format!("/{}", name.to_ascii_lowercase())
}

/// The client's ends of a channel.
#[derive(Debug)]
pub struct ClientChannel {
    /// Seals units for the relay; its first message holds the opening.
    pub sealer: UnitSealer,
    /// Opens the relay's units.
    pub opener: UnitOpener,
}

/// The relay's ends of a channel.
#[derive(Debug)]
pub struct RelayChannel {
    /// Opens the client's units; the first one is opened already.
    pub opener: UnitOpener,
    /// Seals units for the client.
    pub sealer: UnitSealer,
}

impl ClientChannel {
    /// A channel to the relay of `certificate`, which the pinned root signed (CHAN-4). Costs no round trip: the opening goes
    /// out with the first unit.
    ///
    /// # Errors
    /// [`ChannelError::Suite`] if the relay's key is malformed.
    pub fn open(
        certificate: &VerifiedCertificate,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, ChannelError> {
        let root = RootFingerprint::of(&certificate.certificate().root);
        let online_key = certificate.online_key_hash();
        let (encapsulation, context) = suite::encapsulate(
            &certificate.certificate().online_key,
            None,
            &info(&root, &online_key),
            rng,
        )?;
        let opening = [&online_key.0[..], &encapsulation.0].concat();
        Ok(Self {
            sealer: UnitSealer::new(&context.export(TO_RELAY)?, opening),
            opener: UnitOpener::new(&context.export(TO_CLIENT)?),
        })
    }
}

impl<'m> Opening<'m> {
    /// Takes up the channel with the online key that the opening names, and opens its first unit (CHAN-4).
    ///
    /// # Errors
    /// [`ChannelError::Suite`] if it was sealed to another key or changed, [`ChannelError::Number`].
    pub fn accept(
        self,
        root: &RootFingerprint,
        secret: &KemSecret,
    ) -> Result<(RelayChannel, Unit<'m>), ChannelError> {
        let info = info(root, &self.online_key);
        let encapsulation = Encapsulation(*self.encapsulation);
        let context = suite::decapsulate(secret, &encapsulation, None, &info)?;
        let mut channel = RelayChannel {
            opener: UnitOpener::new(&context.export(TO_RELAY)?),
            sealer: UnitSealer::new(&context.export(TO_CLIENT)?, Vec::new()),
        };
        let unit = channel.opener.open(self.unit)?;
        Ok((channel, unit))
    }
}

fn info(root: &RootFingerprint, online_key: &OnlineKeyHash) -> Vec<u8> {
    [INFO, &root.0, &online_key.0].concat()
}

/// CHAN-5: numbers of requests. Zero belongs to no request, and the upper half is kept for what is forwarded (CHAN-11).
fn check_number(number: u32) -> Result<u32, ChannelError> {
    if (1..=CHANNEL_NUMBER_MAX).contains(&number) {
        Ok(number)
    } else {
        Err(ChannelError::Number { got: number })
    }
}

#[cfg(test)]
mod tests;
