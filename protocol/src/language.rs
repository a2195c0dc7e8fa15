//! The three languages that Tidings speaks to people: Ukrainian, Russian, English.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A language of check words, cards and screens.
///
/// On the wire it is its number, one byte: 0, 1, 2. The numbers are frozen (WORDS-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Language {
    /// Ukrainian, code `uk`, number 0.
    Ukrainian = 0,
    /// Russian, code `ru`, number 1.
    Russian = 1,
    /// English, code `en`, number 2.
    English = 2,
}

/// A code or a number that names none of the three languages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// Not one of the codes.
    #[error("reading a language: expected \"uk\", \"ru\" or \"en\", got {0:?}")]
    Code(String),
    /// Not one of the numbers.
    #[error("reading a language: expected 0, 1 or 2, got {0}")]
    Number(u8),
}

impl Language {
    /// All languages, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Ukrainian, Self::Russian, Self::English];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ukrainian => "uk",
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    /// The frozen number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
            .ok_or_else(|| LanguageError::Code(code.to_owned()))
    }
}

impl TryFrom<u8> for Language {
    type Error = LanguageError;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|language| language.number() == number)
            .ok_or(LanguageError::Number(number))
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(u8::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn words_2_numbers_and_codes_are_frozen() {
        for (language, number, code) in [
            (Language::Ukrainian, 0, "uk"),
            (Language::Russian, 1, "ru"),
            (Language::English, 2, "en"),
        ] {
            assert_eq!(wire::encode("language", &language).unwrap(), [number]);
            assert_eq!(
                wire::decode::<Language, 1>("language", &[number]).unwrap(),
                language
            );
            assert_eq!(code.parse::<Language>().unwrap(), language);
            assert_eq!(language.to_string(), code);
        }
    }

    #[test]
    fn words_2_other_numbers_and_codes_are_refused() {
        assert!(wire::decode::<Language, 1>("language", &[3]).is_err());
        assert_eq!(Language::try_from(3), Err(LanguageError::Number(3)));
        assert_eq!(
            "ua".parse::<Language>(),
            Err(LanguageError::Code("ua".to_owned()))
        );
    }
}
