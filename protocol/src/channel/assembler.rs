//! Puts the units of one direction together to frames (CHAN-8).

use super::{ChannelError, Unit};
use crate::exchange::FrameLengths;

/// Collects the cells of one frame after the other. Holds no more than has come, and what has come is bounded by the prefix in
/// the first cell (EXCH-2).
#[derive(Debug, Default)]
pub struct Assembler {
    growing: Option<Growing>,
}

#[derive(Debug)]
struct Growing {
    number: u32,
    wire_len: usize,
    frame: Vec<u8>,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assembled {
    /// More units of this frame are to come.
    Growing {
        /// Its number.
        number: u32,
        /// Bytes of the whole frame; a multiple of [`crate::limits::CELL_LEN`].
        wire_len: usize,
    },
    /// The frame is whole; [`crate::exchange::Frame::parse`] reads it.
    Whole {
        /// Its number.
        number: u32,
        /// Its bytes.
        frame: Vec<u8>,
    },
}

impl Assembler {
    /// Nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next unit.
    ///
    /// # Errors
    /// [`ChannelError::Interleaved`], [`ChannelError::Frame`] for a prefix over the limits.
    pub fn push(&mut self, unit: Unit<'_>) -> Result<Assembled, ChannelError> {
        let number = unit.number;
        let mut growing = match self.growing.take() {
            Some(growing) if growing.number == number => growing,
            Some(growing) => {
                return Err(ChannelError::Interleaved {
                    expected: growing.number,
                    got: number,
                });
            }
            None => Growing {
                number,
                wire_len: FrameLengths::parse(unit.cell)
                    .map_err(|source| ChannelError::Frame { number, source })?
                    .wire_len(),
                frame: Vec::new(),
            },
        };
        growing.frame.extend_from_slice(unit.cell);
        if growing.frame.len() == growing.wire_len {
            let frame = growing.frame;
            return Ok(Assembled::Whole { number, frame });
        }
        let wire_len = growing.wire_len;
        self.growing = Some(growing);
        Ok(Assembled::Growing { number, wire_len })
    }
}
