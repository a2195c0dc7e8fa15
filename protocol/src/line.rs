//! Texts that people typed and other people will see: names, relations, reasons ([`Line`]), and letters ([`Prose`]).

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

/// Text of several lines of at most `MAX` bytes of UTF-8, possibly empty: no control characters but line feed and tab, none
/// that turns the direction of writing (LETTER-5). Does not print itself: it is a letter.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Prose<MAX> {
    /// Takes what somebody typed or pasted: line ends of any system become line feeds, and what a [`Prose`] must not hold
    /// is left out.
    ///
    /// # Errors
    /// [`LineError::TooLong`], of the text that is left.
    pub fn typed(text: &str) -> Result<Self, LineError> {
        let text = text.replace("\r\n", "\n");
        let kept = text
            .chars()
            .map(|c| match c {
                '\r' | '\u{2028}' | '\u{2029}' => '\n',
                c => c,
            })
            .filter(|&c| stands_in_prose(c))
            .collect();
        Self::checked(kept)
    }

    fn checked(text: String) -> Result<Self, LineError> {
        if text.len() > MAX {
            return Err(LineError::TooLong {
                got: text.len(),
                limit: MAX,
            });
        }
        match text.char_indices().find(|&(_, c)| !stands_in_prose(c)) {
            Some((at, c)) => Err(LineError::Control { code: c.into(), at }),
            None => Ok(Self(text)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn stands_in_prose(c: char) -> bool {
    matches!(c, '\n' | '\t') || !is_hidden(c)
}

impl<const MAX: usize> TryFrom<String> for Prose<MAX> {
    type Error = LineError;

    fn try_from(text: String) -> Result<Self, LineError> {
        Self::checked(text)
    }
}

impl<const MAX: usize> From<Prose<MAX>> for String {
    fn from(prose: Prose<MAX>) -> Self {
        prose.0
    }
}

impl<const MAX: usize> fmt::Debug for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prose({} bytes)", self.0.len())
    }
}

/// The name of a file, without any path: a [`Line`] that no system takes for a folder or a way out of one (LETTER-6).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName<const MAX: usize>(Line<MAX>);

impl<const MAX: usize> FileName<MAX> {
    /// Checks a name.
    ///
    /// # Errors
    /// [`LineError`]; [`LineError::Path`] for a name that holds `/`, `\\` or `:`, or that begins with a dot.
    pub fn new(name: impl Into<String>) -> Result<Self, LineError> {
        let line = Line::new(name)?;
        if line.as_str().starts_with('.') || line.as_str().contains(['/', '\\', ':']) {
            return Err(LineError::Path);
        }
        Ok(Self(line))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<const MAX: usize> TryFrom<String> for FileName<MAX> {
    type Error = LineError;

    fn try_from(name: String) -> Result<Self, LineError> {
        Self::new(name)
    }
}

impl<const MAX: usize> From<FileName<MAX>> for String {
    fn from(name: FileName<MAX>) -> Self {
        name.0.into()
    }
}

impl<const MAX: usize> fmt::Debug for FileName<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileName(…)")
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
    fn nothing_prints_itself() {
        let line = Line::<8>::new("Оля").unwrap();
        let prose = Prose::<8>::typed("Оля").unwrap();
        let file = FileName::<8>::new("Оля").unwrap();
        assert_eq!(
            format!("{line:?} {prose:?} {file:?}"),
            "Line(…) Prose(6 bytes) FileName(…)"
        );
    }

    #[test]
    fn letter_5_typed_text_is_cleaned_and_read_text_is_checked() {
        let typed = Prose::<64>::typed("Мамо,\r\n\tя тут\u{202e}.\u{2028}Оля\u{7}").unwrap();
        assert_eq!(typed.as_str(), "Мамо,\n\tя тут.\nОля");
        let bytes = crate::wire::encode("prose", &"a\rb").unwrap();
        assert!(crate::wire::decode::<Prose<8>, 64>("prose", &bytes).is_err());
        assert!(Prose::<4>::typed("Оля").is_err());
        assert!(Prose::<4>::typed("").unwrap().is_empty());
    }

    #[test]
    fn letter_6_a_file_name_leads_nowhere() {
        for name in ["../a", "/etc/passwd", "a\\b", "C:x", ".bashrc", ".."] {
            assert_eq!(FileName::<64>::new(name), Err(LineError::Path), "{name}");
        }
        assert!(FileName::<64>::new("малюнок 1.png").is_ok());
    }
}
