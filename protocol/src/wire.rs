//! How a value becomes bytes, and back: `bincode` 2 in one fixed configuration, behind one door.
//!
//! Little-endian, variable-length integers. What `bincode` leaves open is closed here (spec rules WIRE-1 to WIRE-4):
//! a hard limit before anything is allocated, no trailing bytes, and only the one canonical encoding of a value.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Why bytes are not the value that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Longer than the limit of this kind of value.
    #[error("{what}: {got} bytes, at most {limit} are allowed")]
    TooLong {
        /// What was being read.
        what: &'static str,
        /// Length of the input in bytes.
        got: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are not an encoding of the value: truncated, an unknown variant, or garbage.
    #[error("{what}: not a valid encoding")]
    Malformed {
        /// What was being read.
        what: &'static str,
    },
    /// Bytes follow the end of the value.
    #[error("{what}: {extra} bytes follow its end")]
    Trailing {
        /// What was being read.
        what: &'static str,
        /// Number of bytes after the end.
        extra: usize,
    },
    /// The bytes decode to the value but are not its canonical encoding.
    #[error("{what}: not the canonical encoding")]
    NotCanonical {
        /// What was being read.
        what: &'static str,
    },
    /// The value cannot be encoded (a length that does not fit, an unsupported type).
    #[error("{what}: cannot be encoded")]
    Unencodable {
        /// What was being written.
        what: &'static str,
    },
}

/// Encodes `value` (WIRE-1).
///
/// # Errors
/// [`WireError::Unencodable`] only for types that serde cannot express; none in this crate.
pub fn encode<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>, WireError> {
    bincode::serde::encode_to_vec(value, bincode::config::standard())
        .map_err(|_| WireError::Unencodable { what })
}

/// Encodes a value that holds secrets: the same bytes as [`encode`], in memory that is wiped on drop and was allocated
/// once, so that no abandoned copy stays behind.
///
/// # Errors
/// As [`encode`].
pub fn encode_secret<T: Serialize>(
    what: &'static str,
    value: &T,
) -> Result<Zeroizing<Vec<u8>>, WireError> {
    let config = bincode::config::standard();
    let mut size = bincode::enc::write::SizeWriter::default();
    bincode::serde::encode_into_writer(value, &mut size, config)
        .map_err(|_| WireError::Unencodable { what })?;
    let mut bytes = Zeroizing::new(vec![0; size.bytes_written]);
    bincode::serde::encode_into_slice(value, &mut bytes, config)
        .map_err(|_| WireError::Unencodable { what })?;
    Ok(bytes)
}

/// [`decode`] for a value that holds secrets: what is encoded anew for comparison is wiped.
///
/// # Errors
/// As [`decode`].
pub fn decode_secret<T, const LIMIT: usize>(
    what: &'static str,
    bytes: &[u8],
) -> Result<T, WireError>
where
    T: Serialize + DeserializeOwned,
{
    let value = decode_whole::<T, LIMIT>(what, bytes)?;
    if **encode_secret(what, &value)? != *bytes {
        return Err(WireError::NotCanonical { what });
    }
    Ok(value)
}

/// Decodes a whole value of at most `LIMIT` bytes (WIRE-2 to WIRE-4). `what` names the value in errors.
///
/// `LIMIT` is also the budget of what decoding may claim, in which an integer and a length prefix count with their size
/// in memory (a length: eight bytes), not with their shorter size on the wire: leave room for that.
///
/// # Errors
/// [`WireError`] tells what was being read and what was wrong; nothing larger than `LIMIT` is ever allocated.
pub fn decode<T, const LIMIT: usize>(what: &'static str, bytes: &[u8]) -> Result<T, WireError>
where
    T: Serialize + DeserializeOwned,
{
    let value = decode_whole::<T, LIMIT>(what, bytes)?;
    if encode(what, &value)? != bytes {
        return Err(WireError::NotCanonical { what });
    }
    Ok(value)
}

fn decode_whole<T, const LIMIT: usize>(what: &'static str, bytes: &[u8]) -> Result<T, WireError>
where
    T: DeserializeOwned,
{
    if bytes.len() > LIMIT {
        return Err(WireError::TooLong {
            what,
            got: bytes.len(),
            limit: LIMIT,
        });
    }
    let config: Configuration<LittleEndian, Varint, Limit<LIMIT>> =
        bincode::config::standard().with_limit::<LIMIT>();
    let (value, consumed): (T, usize) = bincode::serde::decode_from_slice(bytes, config)
        .map_err(|_| WireError::Malformed { what })?;
    if consumed != bytes.len() {
        return Err(WireError::Trailing {
            what,
            extra: bytes.len() - consumed,
        });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WIRE-2: one byte over the limit is refused before decoding.
    #[test]
    fn over_the_limit_is_refused() {
        let bytes = encode("text", &"x".repeat(8)).unwrap();
        assert_eq!(decode::<String, 16>("text", &bytes).unwrap().len(), 8);
        let bytes = encode("text", &"x".repeat(16)).unwrap();
        assert_eq!(
            decode::<String, 16>("text", &bytes),
            Err(WireError::TooLong {
                what: "text",
                got: 17,
                limit: 16
            })
        );
    }

    /// WIRE-2: a length prefix that promises more than the limit allocates nothing and is refused.
    #[test]
    fn promised_length_is_not_believed() {
        let bytes = [253, 255, 255, 255, 255, 255, 255, 255, 127];
        assert_eq!(
            decode::<Vec<u8>, 64>("list", &bytes),
            Err(WireError::Malformed { what: "list" })
        );
    }

    /// WIRE-3: bytes after the end are refused.
    #[test]
    fn trailing_bytes_are_refused() {
        assert_eq!(
            decode::<u8, 16>("number", &[1, 2]),
            Err(WireError::Trailing {
                what: "number",
                extra: 1
            })
        );
    }

    /// WIRE-4: the number 1 in three bytes is not its canonical encoding.
    #[test]
    fn longer_integers_are_refused() {
        assert_eq!(
            decode::<u16, 16>("number", &[251, 1, 0]),
            Err(WireError::NotCanonical { what: "number" })
        );
    }
}
