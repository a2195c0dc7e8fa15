//! Short texts that people typed and other people will see: names, relations, reasons.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// One line of text of at most `MAX` bytes of UTF-8, not empty, without control characters and without characters that
/// turn the direction of writing (LETTER-4): what is shown is what was written. Does not print itself: it may be a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line<const MAX: usize>(String);

/// Why a text is not a [`Line`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing in it.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the text has {got} bytes, at most {limit} are allowed")]
    TooLong {
        /// Bytes of UTF-8 given.
        got: usize,
        /// Bytes of UTF-8 allowed.
        limit: usize,
    },
    /// A line break, another control character, or one that turns the direction of writing.
    #[error("the text holds a control character (U+{code:04X}) at byte {at}")]
    Control {
        /// The character's code point.
        code: u32,
        /// Where it stands.
        at: usize,
    },
    /// A file name with a path in it, or one that names a folder.
    #[error("a file name must not hold a path")]
    Path,
}

impl<const MAX: usize> Line<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// [`LineError`].
    pub fn new(text: impl Into<String>) -> Result<Self, LineError> {
        let text = text.into();
        if text.is_empty() {
            return Err(LineError::Empty);
        }
        if text.len() > MAX {
            return Err(LineError::TooLong {
                got: text.len(),
                limit: MAX,
            });
        }
        match text.char_indices().find(|&(_, c)| is_hidden(c)) {
            Some((at, c)) => Err(LineError::Control { code: c.into(), at }),
            None => Ok(Self(text)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line and paragraph separators, and the embeddings, overrides and isolates of Unicode's UAX 9.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = LineError;

    fn try_from(text: String) -> Result<Self, LineError> {
        Self::new(text)
    }
}

impl<const MAX: usize> From<Line<MAX>> for String {
    fn from(line: Line<MAX>) -> Self {
        line.0
    }
}

impl<const MAX: usize> FromStr for Line<MAX> {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        Self::new(text)
    }
}

impl<const MAX: usize> fmt::Debug for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_4_what_is_hidden_or_too_long_is_refused() {
        let refused = |text: &str| Line::<8>::new(text).unwrap_err();
        assert_eq!(refused(""), LineError::Empty);
        assert_eq!(refused("Олена"), LineError::TooLong { got: 10, limit: 8 });
        assert_eq!(refused("a\nb"), LineError::Control { code: 10, at: 1 });
        let turned = LineError::Control {
            code: 0x202e,
            at: 2,
        };
        assert_eq!(refused("ab\u{202e}c"), turned);
        assert_eq!(Line::<8>::new("Оля").unwrap().as_str(), "Оля");
    }

    #[test]
    fn letter_4_the_decoder_checks_too() {
        let bytes = crate::wire::encode("line", &"a\tb").unwrap();
        assert!(crate::wire::decode::<Line<8>, 64>("line", &bytes).is_err());
        let bytes = crate::wire::encode("line", &"a b").unwrap();
        assert!(crate::wire::decode::<Line<8>, 64>("line", &bytes).is_ok());
    }

    #[test]
    fn a_line_does_not_print_itself() {
        assert_eq!(format!("{:?}", Line::<8>::new("Оля").unwrap()), "Line(…)");
    }
}
