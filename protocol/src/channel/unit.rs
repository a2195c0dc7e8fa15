//! Units: a number and a cell, sealed, always of one length (CHAN-5, CHAN-6).

use core::fmt;

use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::AeadInOut};

use super::{ChannelError, check_number};
use crate::{
    limits::{AEAD_TAG_LEN, CELL_LEN, CHANNEL_NUMBER_LEN, CHANNEL_NUMBER_MAX, CHANNEL_UNIT_LEN},
    secret::Secret,
    suite::SuiteError,
};

/// What a unit holds, borrowed from the message in which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit<'m> {
    /// To which request it belongs; 0 only in a clear answer that belongs to none.
    pub number: u32,
    /// One cell of a frame.
    pub cell: &'m [u8; CELL_LEN],
}

/// What came from the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromRelay<'m> {
    /// Sealed in the channel.
    Sealed(Unit<'m>),
    /// In clear, which the relay only sends before anything sealed, to refuse the opening (CHAN-7). It proves nothing: the
    /// client says hello again, and believes nothing else of it.
    Clear(Unit<'m>),
}

/// Seals units of one direction, each under the next nonce. Wiped on drop.
pub struct UnitSealer {
    cipher: ChaCha20Poly1305,
    nonces: Nonces,
    /// What goes before the first unit.
    opening: Vec<u8>,
}

/// Opens units of one direction, in the order in which they were sealed. Wiped on drop.
pub struct UnitOpener {
    cipher: ChaCha20Poly1305,
    nonces: Nonces,
}

/// CHAN-6: four zeros and a counter of 64 bits, little-endian.
#[derive(Default)]
struct Nonces {
    next: u64,
}

impl Nonces {
    /// `None` only after as many units as no connection carries.
    fn next(&mut self) -> Option<[u8; 12]> {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.next.to_le_bytes());
        self.next = self.next.checked_add(1)?;
        Some(nonce)
    }
}

impl UnitSealer {
    pub(super) fn new(key: &Secret, opening: Vec<u8>) -> Self {
        Self {
            cipher: ChaCha20Poly1305::new(key.expose().into()),
            nonces: Nonces::default(),
            opening,
        }
    }

    /// The message that carries one cell of the frame with this number: [`CHANNEL_UNIT_LEN`] bytes, and for the first one of
    /// a client [`crate::limits::CHANNEL_FIRST_LEN`], because the opening stands before it. Messages MUST be sent in the order in
    /// which they were sealed.
    ///
    /// # Errors
    /// [`ChannelError::Number`].
    pub fn seal(&mut self, number: u32, cell: &[u8; CELL_LEN]) -> Result<Vec<u8>, ChannelError> {
        check_number(number)?;
        let nonce = self.nonces.next().ok_or(SuiteError::Seal)?;
        let opening_len = self.opening.len();
        let mut message = Vec::with_capacity(opening_len + CHANNEL_UNIT_LEN);
        message.append(&mut self.opening);
        message.extend_from_slice(&number.to_le_bytes());
        message.extend_from_slice(cell);
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), b"", (&mut message[opening_len..]).into())
            .map_err(|_| SuiteError::Seal)?;
        message.extend_from_slice(&tag);
        Ok(message)
    }
}

impl UnitOpener {
    pub(super) fn new(key: &Secret) -> Self {
        Self {
            cipher: ChaCha20Poly1305::new(key.expose().into()),
            nonces: Nonces::default(),
        }
    }

    /// Opens the next unit of the other side, in place.
    ///
    /// # Errors
    /// [`ChannelError::UnitLength`]; [`ChannelError::Suite`] for a unit that was changed, left out, doubled or is of another
    /// channel; [`ChannelError::Number`].
    pub fn open<'m>(&mut self, message: &'m mut [u8]) -> Result<Unit<'m>, ChannelError> {
        let got = message.len();
        if got != CHANNEL_UNIT_LEN {
            return Err(ChannelError::UnitLength { got });
        }
        let nonce = self.nonces.next().ok_or(SuiteError::Open)?;
        let (text, tag) = message
            .split_last_chunk_mut::<AEAD_TAG_LEN>()
            .ok_or(ChannelError::UnitLength { got })?;
        self.cipher
            .decrypt_inout_detached(&nonce.into(), b"", (&mut *text).into(), &(*tag).into())
            .map_err(|_| SuiteError::Open)?;
        let unit = split(text).ok_or(ChannelError::UnitLength { got })?;
        check_number(unit.number)?;
        Ok(unit)
    }

    /// The client's way to read: as [`Self::open`], but while nothing sealed has come the relay may answer in clear.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_or_clear<'m>(
        &mut self,
        message: &'m mut [u8],
    ) -> Result<FromRelay<'m>, ChannelError> {
        // A sealed unit ends in sixteen zeros once in 2^128.
        if self.nonces.next == 0 && message.ends_with(&[0; AEAD_TAG_LEN]) {
            return Unit::from_clear(message).map(FromRelay::Clear);
        }
        self.open(message).map(FromRelay::Sealed)
    }
}

/// The unit that carries a cell in clear (CHAN-3, CHAN-7): the tag is zeros. For the relay's answers to a hello in clear, and,
/// with number 0, its refusal of an opening.
#[must_use]
pub fn clear_unit(number: u32, cell: &[u8; CELL_LEN]) -> Vec<u8> {
    let mut message = Vec::with_capacity(CHANNEL_UNIT_LEN);
    message.extend_from_slice(&number.to_le_bytes());
    message.extend_from_slice(cell);
    message.resize(CHANNEL_UNIT_LEN, 0);
    message
}

impl<'m> Unit<'m> {
    /// Reads a clear unit.
    ///
    /// # Errors
    /// [`ChannelError::UnitLength`], [`ChannelError::NotClear`], [`ChannelError::Number`].
    pub fn from_clear(message: &'m [u8]) -> Result<Self, ChannelError> {
        let got = message.len();
        let (text, tag) = message
            .split_last_chunk::<AEAD_TAG_LEN>()
            .ok_or(ChannelError::UnitLength { got })?;
        let unit = split(text).ok_or(ChannelError::UnitLength { got })?;
        if *tag != [0; AEAD_TAG_LEN] {
            return Err(ChannelError::NotClear);
        }
        if unit.number > CHANNEL_NUMBER_MAX {
            return Err(ChannelError::Number { got: unit.number });
        }
        Ok(unit)
    }
}

fn split(text: &[u8]) -> Option<Unit<'_>> {
    let (number, cell) = text.split_first_chunk::<CHANNEL_NUMBER_LEN>()?;
    Some(Unit {
        number: u32::from_le_bytes(*number),
        cell: cell.try_into().ok()?,
    })
}

impl fmt::Debug for UnitSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnitSealer(…)")
    }
}

impl fmt::Debug for UnitOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnitOpener(…)")
    }
}
