//! Frames and cells: `head length ‖ body length ‖ head ‖ body ‖ zeros`, up to a whole number of cells (EXCH-1 to EXCH-4).

use crate::{
    limits::{CELL_LEN, FRAME_BODY_MAX, FRAME_HEAD_MAX, FRAME_PREFIX_LEN},
    wire::WireError,
};

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The head is empty or over its limit.
    #[error("frame head of {got} bytes, from 1 to {FRAME_HEAD_MAX} are allowed")]
    Head {
        /// Promised length in bytes.
        got: u64,
    },
    /// The body is over its limit.
    #[error("frame body of {got} bytes, at most {FRAME_BODY_MAX} are allowed")]
    Body {
        /// Promised length in bytes.
        got: u64,
    },
    /// The input is not as long as its prefix says.
    #[error("frame of {expected} bytes expected, got {got}")]
    Length {
        /// What the prefix asks for, padding included.
        expected: usize,
        /// Length of the input.
        got: usize,
    },
    /// The padding is not all zeros.
    #[error("frame padding is not zero")]
    Padding,
    /// The head does not hold what it should.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// What the first [`FRAME_PREFIX_LEN`] bytes of a frame promise, checked against the limits (EXCH-2): read one cell, ask
/// this for the whole length, then read the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLengths {
    head: usize,
    body: usize,
}

/// The parts of a frame, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The encoded request or answer.
    pub head: &'a [u8],
    /// Raw bytes that belong to it.
    pub body: &'a [u8],
}

impl FrameLengths {
    /// Reads the prefix of a frame.
    ///
    /// # Errors
    /// [`FrameError::Length`] if there are fewer bytes than a prefix, [`FrameError::Head`] or [`FrameError::Body`] for
    /// lengths over the limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, FrameError> {
        let Some((&[a, b, c, d, e, f, g, h], _)) = bytes.split_first_chunk::<FRAME_PREFIX_LEN>()
        else {
            return Err(FrameError::Length {
                expected: FRAME_PREFIX_LEN,
                got: bytes.len(),
            });
        };
        let (head, body) = (
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        );
        match (usize::try_from(head), usize::try_from(body)) {
            (Ok(0), _) => Err(FrameError::Head { got: 0 }),
            (Ok(head), Ok(body)) if head <= FRAME_HEAD_MAX && body <= FRAME_BODY_MAX => {
                Ok(Self { head, body })
            }
            (Ok(head), _) if head <= FRAME_HEAD_MAX => Err(FrameError::Body { got: body.into() }),
            _ => Err(FrameError::Head { got: head.into() }),
        }
    }

    /// Bytes of the whole frame on the wire, padding included: a multiple of [`CELL_LEN`].
    #[must_use]
    pub fn wire_len(self) -> usize {
        (FRAME_PREFIX_LEN + self.head + self.body).div_ceil(CELL_LEN) * CELL_LEN
    }

    /// Splits the bytes of a whole frame into its parts (EXCH-3).
    ///
    /// # Errors
    /// [`FrameError::Length`] if the input is not exactly [`Self::wire_len`] long, [`FrameError::Padding`] if anything
    /// but zeros follows the body.
    pub fn split(self, bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
        let expected = self.wire_len();
        if bytes.len() != expected {
            return Err(FrameError::Length {
                expected,
                got: bytes.len(),
            });
        }
        let (head, rest) = bytes[FRAME_PREFIX_LEN..].split_at(self.head);
        let (body, padding) = rest.split_at(self.body);
        if padding.iter().any(|&byte| byte != 0) {
            return Err(FrameError::Padding);
        }
        Ok(Frame { head, body })
    }
}

impl<'a> Frame<'a> {
    /// Reads a whole frame.
    ///
    /// # Errors
    /// Those of [`FrameLengths::parse`] and [`FrameLengths::split`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        FrameLengths::parse(bytes)?.split(bytes)
    }
}

/// Builds a frame (EXCH-1).
///
/// # Errors
/// [`FrameError::Head`] or [`FrameError::Body`] for parts over the limits.
pub fn build(head: &[u8], body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut prefix = [0; FRAME_PREFIX_LEN];
    let lengths = [head.len(), body.len()].map(|len| u32::try_from(len).unwrap_or(u32::MAX));
    prefix[..4].copy_from_slice(&lengths[0].to_le_bytes());
    prefix[4..].copy_from_slice(&lengths[1].to_le_bytes());
    let wire_len = FrameLengths::parse(&prefix)?.wire_len();
    let mut frame = Vec::with_capacity(wire_len);
    frame.extend_from_slice(&prefix);
    frame.extend_from_slice(head);
    frame.extend_from_slice(body);
    frame.resize(wire_len, 0);
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_fills_whole_cells() {
        for (body, cells) in [
            (0, 1),
            (CELL_LEN - 9, 1),
            (CELL_LEN - 8, 2),
            (FRAME_BODY_MAX, 115),
        ] {
            let frame = build(&[1], &vec![7; body]).unwrap();
            assert_eq!(frame.len(), cells * CELL_LEN, "body of {body}");
        }
    }

    #[test]
    fn lengths_over_the_limits_are_refused_from_the_prefix_alone() {
        let prefix = |head: u32, body: u32| [head.to_le_bytes(), body.to_le_bytes()].concat();
        let head_max = u32::try_from(FRAME_HEAD_MAX).unwrap();
        let body_max = u32::try_from(FRAME_BODY_MAX).unwrap();
        assert!(FrameLengths::parse(&prefix(head_max, body_max)).is_ok());
        assert_eq!(
            FrameLengths::parse(&prefix(0, 0)),
            Err(FrameError::Head { got: 0 })
        );
        assert!(matches!(
            FrameLengths::parse(&prefix(head_max + 1, 0)),
            Err(FrameError::Head { .. })
        ));
        assert!(matches!(
            FrameLengths::parse(&prefix(1, body_max + 1)),
            Err(FrameError::Body { .. })
        ));
        assert!(matches!(
            FrameLengths::parse(&[1, 0, 0]),
            Err(FrameError::Length { .. })
        ));
    }

    #[test]
    fn padding_must_be_zero() {
        let mut frame = build(b"head", b"body").unwrap();
        *frame.last_mut().unwrap() = 1;
        assert_eq!(Frame::parse(&frame), Err(FrameError::Padding));
    }

    proptest! {
        #[test]
        fn build_and_parse_agree(head in prop::collection::vec(any::<u8>(), 1..300), body in prop::collection::vec(any::<u8>(), 0..30_000)) {
            let frame = build(&head, &body).unwrap();
            prop_assert_eq!(Frame::parse(&frame), Ok(Frame { head: &head, body: &body }));
            prop_assert!(Frame::parse(&frame[..frame.len() - 1]).is_err());
        }

        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
            let _ = Frame::parse(&bytes);
        }
    }
}
