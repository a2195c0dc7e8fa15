//! The first message of a client: an opening with its first unit, or a hello in clear of the same length (CHAN-2, CHAN-3).

use super::{ChannelError, Unit};
use crate::{
    limits::{CELL_LEN, CHANNEL_FIRST_LEN, CHANNEL_OPENING_LEN},
    relay_identity::OnlineKeyHash,
    suite::Encapsulation,
};

/// A first message, not yet believed.
#[derive(Debug)]
pub enum FirstMessage<'m> {
    /// A cell in clear. It may hold a hello and nothing else, which the relay checks (CHAN-3).
    Clear(Unit<'m>),
    /// Opens a channel.
    Opening(Opening<'m>),
}

/// What opens a channel: [`Opening::accept`] it with the key that it names.
#[derive(Debug)]
pub struct Opening<'m> {
    pub(super) online_key: OnlineKeyHash,
    pub(super) encapsulation: &'m [u8; Encapsulation::LEN],
    pub(super) unit: &'m mut [u8],
}

impl<'m> FirstMessage<'m> {
    /// Tells the two kinds apart: an opening never begins with 32 zeros.
    ///
    /// # Errors
    /// [`ChannelError::FirstLength`]; for a message that begins with zeros [`ChannelError::NotClear`] and
    /// [`ChannelError::Number`].
    pub fn parse(message: &'m mut [u8]) -> Result<Self, ChannelError> {
        let got = message.len();
        if got != CHANNEL_FIRST_LEN {
            return Err(ChannelError::FirstLength { got });
        }
        let (opening, unit) = message.split_at_mut(CHANNEL_OPENING_LEN);
        let (online_key, encapsulation) = opening.split_at(OnlineKeyHash::LEN);
        if online_key.iter().all(|&byte| byte == 0) {
            if encapsulation.iter().any(|&byte| byte != 0) {
                return Err(ChannelError::NotClear);
            }
            let unit = Unit::from_clear(unit)?;
            super::check_number(unit.number)?;
            return Ok(Self::Clear(unit));
        }
        let length = ChannelError::FirstLength { got };
        Ok(Self::Opening(Opening {
            online_key: OnlineKeyHash::from_slice(online_key).ok_or(length.clone())?,
            encapsulation: encapsulation.try_into().map_err(|_| length)?,
            unit,
        }))
    }
}

impl Opening<'_> {
    /// Which of the relay's online keys it is sealed to.
    #[must_use]
    pub fn online_key(&self) -> OnlineKeyHash {
        self.online_key
    }
}

/// The first message of a client that does not know the relay's online key yet: a hello in clear, as long as an opening, so
/// that nobody who watches tells the two apart (CHAN-3). `cell` MUST be the frame of a hello.
#[must_use]
pub fn clear_first(number: u32, cell: &[u8; CELL_LEN]) -> Vec<u8> {
    let mut message = vec![0; CHANNEL_OPENING_LEN];
    message.append(&mut super::clear_unit(number, cell));
    message
}
