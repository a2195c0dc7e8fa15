//! Why a picture was refused.

use super::format::{Claim, Foreign, Format};

/// Why a picture cannot be sent. Each says what was looked at, what was expected and what was found; [`Self::code`] is
/// the key under which the translations say it to a family member.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// No bytes at all.
    #[error("the picture file is empty")]
    Empty,

    /// Larger than [`super::limits::INPUT_BYTES`].
    #[error("the picture file has {got} bytes, at most {limit} are taken: save it smaller")]
    FileTooLarge {
        /// Bytes allowed.
        limit: usize,
        /// Bytes found.
        got: usize,
    },

    /// The first bytes are no picture that anybody knows.
    #[error("not a picture: expected JPEG, PNG, WebP or HEIC, the file begins with {start:02X?}")]
    UnknownFormat {
        /// The first bytes of the file, zeros behind its end.
        start: [u8; 8],
    },

    /// A format that is not read here.
    #[error(
        "the file is {found}: expected JPEG, PNG, WebP or HEIC; save the picture as JPEG or PNG"
    )]
    ForeignFormat {
        /// What it is.
        found: Foreign,
    },

    /// The name or media type contradicts the bytes.
    #[error(
        "the file is called {declared} but holds {found}: if that is the right picture, name it so or save it anew"
    )]
    Mislabelled {
        /// What the name or media type says.
        declared: Claim,
        /// What the bytes are.
        found: Format,
    },

    /// Width or height is zero.
    #[error("the {format} says it has {width} x {height} pixels: nothing to show")]
    ZeroSize {
        /// Format of the file.
        format: Format,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },

    /// More pixels than [`super::limits::INPUT_PIXELS`], or a side over [`super::limits::INPUT_SIDE`].
    #[error("the {format} says it has {width} x {height} pixels, at most {limit} pixels are taken")]
    TooManyPixels {
        /// Format of the file.
        format: Format,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Pixels allowed.
        limit: u64,
    },

    /// Decoding would take more than [`super::limits::WORKING_BYTES`].
    #[error(
        "decoding the {format} would take {needed} bytes of memory, at most {limit} are given: save it smaller, or as an ordinary JPEG"
    )]
    TooMuchMemory {
        /// Format of the file.
        format: Format,
        /// Bytes that decoding would take, estimated from the header.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },

    /// The file ends, or its coded pixels end, before the picture is whole.
    #[error(
        "the {format} is cut off at byte {offset}, while expecting {expected}: copy or save it again"
    )]
    Truncated {
        /// Format of the file.
        format: Format,
        /// Where the end was met.
        offset: usize,
        /// What was to come.
        expected: &'static str,
    },

    /// A part contradicts the format: wrong check sum, impossible value, parts out of order.
    #[error("the {format} is damaged at byte {offset}: expected {expected}")]
    Corrupt {
        /// Format of the file.
        format: Format,
        /// Where.
        offset: usize,
        /// What a sound file has there.
        expected: &'static str,
    },

    /// More than one frame.
    #[error(
        "the {format} moves: only still pictures can be printed; save one frame as JPEG or PNG"
    )]
    Animated {
        /// Format of the file.
        format: Format,
    },

    /// A sound file in a rare coding that the decoder does not know.
    #[error("the {format} uses {coding}, which is not read: save it as an ordinary JPEG")]
    UnsupportedCoding {
        /// Format of the file.
        format: Format,
        /// The coding.
        coding: &'static str,
    },

    /// The decoder refused what the checks before it let pass.
    #[error("the {format} could not be decoded")]
    Undecodable {
        /// Format of the file.
        format: Format,
        /// What the decoder said.
        #[source]
        source: DecoderError,
    },

    /// Scaling failed, which sizes checked before rule out.
    #[error("scaling the picture from {from:?} to {to:?} pixels failed")]
    Scale {
        /// Width and height before.
        from: (u32, u32),
        /// Width and height wanted.
        to: (u32, u32),
        /// What the scaler said.
        #[source]
        source: fast_image_resize::ResizeError,
    },

    /// Encoding failed, or nothing small enough came out.
    #[error("encoding the {width} x {height} picture failed")]
    Encode {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// What the encoder said.
        #[source]
        source: EncoderError,
    },
}

impl PictureError {
    /// A stable name of the kind of error, the key of its translations.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "picture-empty",
            Self::FileTooLarge { .. } => "picture-file-too-large",
            Self::UnknownFormat { .. } => "picture-unknown-format",
            Self::ForeignFormat { .. } => "picture-foreign-format",
            Self::Mislabelled { .. } => "picture-mislabelled",
            Self::ZeroSize { .. } => "picture-zero-size",
            Self::TooManyPixels { .. } => "picture-too-many-pixels",
            Self::TooMuchMemory { .. } => "picture-too-much-memory",
            Self::Truncated { .. } => "picture-truncated",
            Self::Corrupt { .. } => "picture-corrupt",
            Self::Animated { .. } => "picture-animated",
            Self::UnsupportedCoding { .. } => "picture-unsupported-coding",
            Self::Undecodable { .. } => "picture-undecodable",
            Self::Scale { .. } => "picture-scale-failed",
            Self::Encode { .. } => "picture-encode-failed",
        }
    }

    /// Every code that [`Self::code`] can give, for the test that all are translated.
    pub const CODES: [&'static str; 15] = [
        "picture-empty",
        "picture-file-too-large",
        "picture-unknown-format",
        "picture-foreign-format",
        "picture-mislabelled",
        "picture-zero-size",
        "picture-too-many-pixels",
        "picture-too-much-memory",
        "picture-truncated",
        "picture-corrupt",
        "picture-animated",
        "picture-unsupported-coding",
        "picture-undecodable",
        "picture-scale-failed",
        "picture-encode-failed",
    ];
}

/// What a decoder said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecoderError {
    /// The decoder of JPEG, PNG and WebP.
    #[error(transparent)]
    Image(#[from] image::ImageError),
    /// The decoder of HEIC.
    #[error(transparent)]
    Heic(#[from] heic_decoder::HeifError),
    /// A decoder panicked; what it had is thrown away.
    #[error("the decoder gave up on an inner contradiction")]
    Panicked,
    /// The decoder gave another number of bytes than its header promised.
    #[error("the decoder promised {expected} bytes and gave {got}")]
    Length {
        /// Bytes by the header.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
}

/// What an encoder said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// The JPEG encoder.
    #[error(transparent)]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// The PNG encoder.
    #[error(transparent)]
    Png(#[from] png::EncodingError),
    /// Even the coarsest coding was larger than allowed.
    #[error("the smallest coding has {got} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
        /// Bytes of the smallest.
        got: usize,
    },
}
