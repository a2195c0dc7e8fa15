//! The plain number of a sheet: what a person reads, says on the telephone and types.
//!
//! Eight digits and two check digits, written `1234-5678-89`. The check digits are ISO/IEC 7064, MOD 97-10, the system of
//! bank account numbers: since 97 is prime and 10 generates all of its 96 classes, every wrong digit and every exchange of
//! two digits, neighbours or not, is caught (PAPER-2); of other mistakes one in 97 passes. A person who types a number
//! sees the sheet beside it, so that one is seen too (PAPER-4).
//!
//! Never shaped like a telephone number: a censor takes those out.

use std::{fmt, str::FromStr};

/// Digits that count.
pub const VALUE_DIGITS: usize = 8;
/// Digits in all: [`VALUE_DIGITS`] and two check digits.
pub const DIGITS: usize = VALUE_DIGITS + 2;
/// Largest value: 66,000 sheets a month last for a hundred years.
pub const VALUE_MAX: u32 = 99_999_999;

/// The number that stands on every page of one sheet, 1 to [`VALUE_MAX`]. Who gives numbers out gives none twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SheetNumber(u32);

impl SheetNumber {
    /// The number of this value.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] for 0 and for values above [`VALUE_MAX`].
    pub const fn new(value: u32) -> Result<Self, NumberError> {
        if value == 0 || value > VALUE_MAX {
            return Err(NumberError::OutOfRange { got: value });
        }
        Ok(Self(value))
    }

    /// The value, without check digits.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The two check digits as a value, 2 to 98 (PAPER-2).
    #[must_use]
    pub const fn check(self) -> u32 {
        // 98 and not 97: the remainder of the whole is one, so that a number of noughts does not check.
        98 - (self.0 % 97) * (100 % 97) % 97
    }

    /// All ten digits without separators, as a machine passes them on.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:08}{:02}", self.0, self.check())
    }

    /// Reads what a person typed (PAPER-3): spaces, dashes, dots, slashes and a leading number sign are passed over, letters
    /// that look like digits count as those, wide and Arabic-Indic digits count as digits.
    ///
    /// # Errors
    /// [`NumberError`], which says what is wrong.
    ///
    /// ```
    /// use tidings_paper::number::{NumberError, SheetNumber};
    ///
    /// let number = SheetNumber::new(12_345_678)?;
    /// assert_eq!(number.to_string(), "1234-5678-89");
    /// assert_eq!(SheetNumber::parse("№ 1234 5б78–В9"), Ok(number));
    /// assert_eq!(
    ///     SheetNumber::parse("1324-5678-89"),
    ///     Err(NumberError::CheckDigits),
    /// );
    /// # Ok::<(), NumberError>(())
    /// ```
    pub fn parse(typed: &str) -> Result<Self, NumberError> {
        let mut value = 0_u64;
        let mut got = 0;
        for (index, character) in typed.chars().enumerate() {
            let Some(digit) = digit_of(character) else {
                if is_separator(character) {
                    continue;
                }
                return Err(NumberError::Character {
                    character,
                    position: index + 1,
                });
            };
            got += 1;
            if got <= DIGITS {
                value = value * 10 + u64::from(digit);
            }
        }
        match got {
            0 => return Err(NumberError::Empty),
            DIGITS => {}
            _ => return Err(NumberError::Length { got }),
        }
        if value % 97 != 1 {
            return Err(NumberError::CheckDigits);
        }
        let number = u32::try_from(value / 100)
            .map_err(|_| NumberError::CheckDigits)
            .and_then(Self::new)?;
        // 99, 00 and 01 have the remainders of 02, 97 and 98: one number has one spelling.
        if u64::from(number.check()) == value % 100 {
            Ok(number)
        } else {
            Err(NumberError::CheckDigits)
        }
    }
}

/// Grouped for people: `1234-5678-89`.
impl fmt::Display for SheetNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:04}-{:02}",
            self.0 / 10_000,
            self.0 % 10_000,
            self.check()
        )
    }
}

/// Numbers lead to letters, and debug output to logs.
impl fmt::Debug for SheetNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SheetNumber(..)")
    }
}

impl FromStr for SheetNumber {
    type Err = NumberError;

    fn from_str(typed: &str) -> Result<Self, NumberError> {
        Self::parse(typed)
    }
}

/// Why something is not a sheet number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// No digit at all.
    #[error("no digits were given, a sheet number has {DIGITS}")]
    Empty,
    /// Something that is neither a digit, nor looks like one, nor separates digits.
    #[error("character {position} is {character:?}: a sheet number has digits only")]
    Character {
        /// What stands there.
        character: char,
        /// Counted from 1 in what was typed, separators included.
        position: usize,
    },
    /// Too few or too many digits.
    #[error("the number has {got} digits, a sheet number has {DIGITS}")]
    Length {
        /// Digits given.
        got: usize,
    },
    /// The digits do not belong together: one is wrong, or two are exchanged.
    #[error("the check digits do not fit: a digit is wrong, or two are exchanged")]
    CheckDigits,
    /// Nought, or more than [`VALUE_MAX`].
    #[error("{got} is not a sheet number: they go from 1 to {VALUE_MAX}")]
    OutOfRange {
        /// The value.
        got: u32,
    },
}

impl NumberError {
    /// A stable name of the kind of error, the key of its translations.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "sheet-number-empty",
            Self::Character { .. } => "sheet-number-character",
            Self::Length { .. } => "sheet-number-length",
            Self::CheckDigits => "sheet-number-check-digits",
            Self::OutOfRange { .. } => "sheet-number-out-of-range",
        }
    }
}

/// The digit that a character is or looks like (PAPER-3).
fn digit_of(character: char) -> Option<u8> {
    let digit = match character {
        '0'..='9' => return u8::try_from(u32::from(character) - u32::from('0')).ok(),
        '\u{ff10}'..='\u{ff19}' => return u8::try_from(u32::from(character) - 0xff10).ok(),
        '\u{0660}'..='\u{0669}' => return u8::try_from(u32::from(character) - 0x0660).ok(),
        '\u{06f0}'..='\u{06f9}' => return u8::try_from(u32::from(character) - 0x06f0).ok(),
        // Latin, then Cyrillic.
        'O' | 'o' | 'Q' | 'D' | 'О' | 'о' => 0,
        'I' | 'i' | 'l' | '|' | '!' | 'І' | 'і' | 'Ӏ' => 1,
        'Z' | 'z' => 2,
        'З' | 'з' | 'Э' | 'э' => 3,
        'Ч' | 'ч' => 4,
        'S' | 's' | 'Ѕ' | 'ѕ' => 5,
        'b' | 'б' => 6,
        'B' | 'В' | 'в' => 8,
        'g' | 'q' => 9,
        _ => return None,
    };
    Some(digit)
}

/// What people put between groups of digits, and before a number.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '\u{00ad}' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '\u{200b}'
                    | '\u{feff}'
                    | '.'
                    | ','
                    | '/'
                    | '_'
                    | '#'
                    | '№'
        )
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "tests stop at the first surprise"
    )]

    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = SheetNumber> {
        (1..=VALUE_MAX).prop_map(|value| SheetNumber::new(value).unwrap())
    }

    proptest! {
        // PAPER-1
        #[test]
        fn numbers_are_read_as_they_are_written(number in number()) {
            prop_assert_eq!(SheetNumber::parse(&number.to_string()), Ok(number));
            prop_assert_eq!(SheetNumber::parse(&number.digits()), Ok(number));
            prop_assert_eq!(number.digits().len(), DIGITS);
        }

        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,40}") {
            if let Ok(number) = SheetNumber::parse(&typed) {
                prop_assert_eq!(SheetNumber::new(number.value()), Ok(number));
            }
        }
    }

    // PAPER-2: all of them, not a sample of positions.
    #[test]
    fn every_wrong_digit_and_every_exchange_is_caught() {
        for value in (1..=VALUE_MAX).step_by(999_983).chain(1..200) {
            let digits: Vec<u8> = SheetNumber::new(value).unwrap().digits().into_bytes();
            for place in 0..DIGITS {
                for wrong in b'0'..=b'9' {
                    let mut typed = digits.clone();
                    typed[place] = wrong;
                    let parsed = SheetNumber::parse(std::str::from_utf8(&typed).unwrap());
                    assert_eq!(parsed.is_ok(), wrong == digits[place], "{value} {place}");
                }
                for other in 0..place {
                    let mut typed = digits.clone();
                    typed.swap(place, other);
                    let parsed = SheetNumber::parse(std::str::from_utf8(&typed).unwrap());
                    assert_eq!(parsed.is_ok(), digits[place] == digits[other], "{value}");
                }
            }
        }
    }

    #[test]
    fn each_mistake_has_its_own_answer() {
        let cases = [
            ("", NumberError::Empty),
            (" -- № ", NumberError::Empty),
            ("1234-5678-8", NumberError::Length { got: 9 }),
            ("1234-5678-890", NumberError::Length { got: 11 }),
            (
                "1234-56Ж8-89",
                NumberError::Character {
                    character: 'Ж',
                    position: 8,
                },
            ),
            ("1234-5678-88", NumberError::CheckDigits),
            ("2134-5678-89", NumberError::CheckDigits),
            ("0000-0000-00", NumberError::CheckDigits),
            ("0000-0000-98", NumberError::OutOfRange { got: 0 }),
        ];
        for (typed, expected) in cases {
            assert_eq!(SheetNumber::parse(typed), Err(expected), "{typed:?}");
        }
        assert_eq!(
            SheetNumber::new(VALUE_MAX + 1),
            Err(NumberError::OutOfRange { got: VALUE_MAX + 1 })
        );
    }

    // PAPER-3
    #[test]
    fn letters_that_look_like_digits_count_as_those() {
        let number = SheetNumber::new(1_234_568).unwrap();
        let written = number.to_string();
        for (letter, digit) in [
            ('О', '0'),
            ('O', '0'),
            ('о', '0'),
            ('І', '1'),
            ('l', '1'),
            ('Z', '2'),
            ('З', '3'),
            ('Ч', '4'),
            ('S', '5'),
            ('б', '6'),
            ('В', '8'),
            ('B', '8'),
            ('３', '3'),
        ] {
            let typed = written.replace(digit, &letter.to_string());
            assert_eq!(SheetNumber::parse(&typed), Ok(number), "{typed}");
        }
        for separated in ["0123 4568", "0123–4568", "0123\u{a0}4568", "01.23/45_68"] {
            let typed = format!("№{separated}—{:02}", number.check());
            assert_eq!(SheetNumber::parse(&typed), Ok(number), "{typed}");
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        // 97 + 1 = 98, 0 + 1 = 1: the same remainder twice among the two-digit values.
        for value in 1..=500_u32 {
            let right = SheetNumber::new(value).unwrap();
            let spellings = (0..100)
                .filter(|check| SheetNumber::parse(&format!("{value:08}{check:02}")).is_ok())
                .count();
            assert_eq!(spellings, 1, "{right}");
        }
    }
}
