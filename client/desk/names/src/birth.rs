//! Dates of birth as families and lists give them: with a precision, and with the mistakes that people make (NAMES-19, NAMES-20).

use std::fmt;

/// A date of birth and how much of it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BirthDate {
    /// The day is known.
    Day {
        /// Year, 1900 to 2100.
        year: u16,
        /// Month, 1 to 12.
        month: u8,
        /// Day of the month, 1 to 31, valid in that month.
        day: u8,
    },
    /// Only month and year are known.
    Month {
        /// Year, 1900 to 2100.
        year: u16,
        /// Month, 1 to 12.
        month: u8,
    },
    /// Only the year is known.
    Year {
        /// Year, 1900 to 2100.
        year: u16,
    },
    /// The year is a guess.
    About {
        /// Year, 1900 to 2100.
        year: u16,
    },
}

/// Why a text is not a date of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BirthError {
    /// No known form: expected `31.12.1985`, `1985-12-31`, `12.1985`, `31 грудня 1985`, `1985` or `бл. 1985`.
    #[error("reading a date of birth: no known form of date")]
    Form,
    /// The year has two digits: 1925 and 2025 cannot be told apart without today's date, and a guess would be kept for ever.
    #[error("reading a date of birth: expected a year of four digits, got {got:02}")]
    TwoDigitYear {
        /// The year as it was written.
        got: u8,
    },
    /// The year is outside 1900 to 2100.
    #[error("reading a date of birth: expected a year from 1900 to 2100, got {got}")]
    Year {
        /// The year as it was written.
        got: u32,
    },
    /// There is no such day.
    #[error("reading a date of birth: there is no day {day} in month {month} of {year}")]
    NoSuchDay {
        /// Year.
        year: u16,
        /// Month as it was written.
        month: u32,
        /// Day as it was written.
        day: u32,
    },
}

/// Characters of a text that is read as a date.
const TEXT_MAX: usize = 60;

impl BirthDate {
    /// A day of the calendar.
    ///
    /// # Errors
    /// When the year is outside 1900 to 2100 or there is no such day.
    pub fn day(year: u32, month: u32, day: u32) -> Result<Self, BirthError> {
        let year = year_of(year)?;
        let length = month_length(year, month);
        match (u8::try_from(month), u8::try_from(day)) {
            (Ok(small_month), Ok(small_day)) if day >= 1 && day <= length => Ok(Self::Day {
                year,
                month: small_month,
                day: small_day,
            }),
            _ => Err(BirthError::NoSuchDay { year, month, day }),
        }
    }

    /// A month.
    ///
    /// # Errors
    /// When the year is outside 1900 to 2100 or the month outside 1 to 12.
    pub fn month(year: u32, month: u32) -> Result<Self, BirthError> {
        let year = year_of(year)?;
        match u8::try_from(month) {
            Ok(small @ 1..=12) => Ok(Self::Month { year, month: small }),
            _ => Err(BirthError::NoSuchDay {
                year,
                month,
                day: 1,
            }),
        }
    }

    /// Reads a date: `31.12.1985`, `31/12/1985`, `1985-12-31`, `12.1985`, `1985`, `31 грудня 1985 р.н.`, `декабрь 1985`,
    /// `December 31, 1985`, `бл. 1985`, `около 1985`, `~1985`, `1985?`. Day before month where both are numbers, except
    /// when that gives no date and the other way round does.
    ///
    /// # Errors
    /// See [`BirthError`].
    pub fn parse(text: &str) -> Result<Self, BirthError> {
        let text = text.trim().to_lowercase();
        if text.chars().count() > TEXT_MAX {
            return Err(BirthError::Form);
        }
        let about = is_about(&text);
        let pieces = pieces(&text);
        let numbers: Vec<(u32, usize)> = pieces.iter().filter_map(Piece::number).collect();
        let named = pieces.iter().find_map(Piece::month);
        if about {
            return match (numbers.as_slice(), named) {
                ([(year, 4)], None) => Ok(Self::About {
                    year: year_of(*year)?,
                }),
                _ => Err(BirthError::Form),
            };
        }
        match (numbers.as_slice(), named) {
            ([(year, 4)], None) => Ok(Self::Year {
                year: year_of(*year)?,
            }),
            ([(year, 4)], Some(month)) => Self::month(*year, month),
            ([(day, 1 | 2), (year, 4)], Some(month)) | ([(year, 4), (day, 1 | 2)], Some(month)) => {
                Self::day(*year, month, *day)
            }
            ([(month, 1 | 2), (year, 4)], None) | ([(year, 4), (month, 1 | 2)], None) => {
                Self::month(*year, *month)
            }
            ([(year, 4), (month, 1 | 2), (day, 1 | 2)], None) => Self::day(*year, *month, *day),
            ([(day, 1 | 2), (month, 1 | 2), (year, 4)], None) => Self::day(*year, *month, *day)
                // American lists: 12/31/1985 can only be meant one way.
                .or_else(|error| Self::day(*year, *day, *month).map_err(|_| error)),
            ([_, _, (year, 2)], None) | ([_, (year, 2)], Some(_)) => {
                Err(BirthError::TwoDigitYear {
                    got: u8::try_from(*year).unwrap_or_default(),
                })
            }
            ([(compact, 8)], None) => {
                Self::day(compact / 10_000, compact / 100 % 100, compact % 100).or_else(|_| {
                    Self::day(
                        compact % 10_000,
                        compact / 10_000 % 100,
                        compact / 1_000_000,
                    )
                })
            }
            _ => Err(BirthError::Form),
        }
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        match self {
            Self::Day { year, .. }
            | Self::Month { year, .. }
            | Self::Year { year }
            | Self::About { year } => year,
        }
    }
}

/// `31.12.1985`, `12.1985`, `1985`, `~1985`: what [`BirthDate::parse`] reads back as the same date.
impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day { year, month, day } => write!(f, "{day:02}.{month:02}.{year}"),
            Self::Month { year, month } => write!(f, "{month:02}.{year}"),
            Self::Year { year } => write!(f, "{year}"),
            Self::About { year } => write!(f, "~{year}"),
        }
    }
}

fn year_of(year: u32) -> Result<u16, BirthError> {
    u16::try_from(year)
        .ok()
        .filter(|year| (1900..=2100).contains(year))
        .ok_or(BirthError::Year { got: year })
}

const fn month_length(year: u16, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

fn is_about(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "~",
        "?",
        "≈",
        "бл.",
        "близько",
        "приблизно",
        "около",
        "прибл",
        "примерно",
        "about",
        "circa",
        "approx",
    ];
    WORDS.iter().any(|word| text.contains(word))
        || text.starts_with("ок.")
        || text.starts_with("c.")
}

/// A run of digits or of letters.
enum Piece {
    Digits(u32, usize),
    Letters(String),
}

impl Piece {
    fn number(&self) -> Option<(u32, usize)> {
        match self {
            Self::Digits(value, length) => Some((*value, *length)),
            Self::Letters(_) => None,
        }
    }

    fn month(&self) -> Option<u32> {
        match self {
            Self::Letters(word) => month_named(word),
            Self::Digits(..) => None,
        }
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if let Some(digit) = letter.to_digit(10) {
            let (mut value, mut length) = (digit, 1);
            while let Some(digit) = letters.peek().and_then(|next| next.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(digit);
                length += 1;
                letters.next();
            }
            pieces.push(Piece::Digits(value, length));
        } else if letter.is_alphabetic() {
            let mut word = String::from(letter);
            while let Some(next) = letters.next_if(|next| next.is_alphabetic()) {
                word.push(next);
            }
            pieces.push(Piece::Letters(word));
        }
    }
    pieces
}

/// A month by the beginning of its name in three languages, in any case of the noun.
fn month_named(word: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &["січ", "янв", "jan"],
        &["лют", "фев", "feb"],
        &["бер", "мар", "mar"],
        &["кві", "апр", "apr"],
        &["трав", "мая", "май", "мае", "may"],
        &["чер", "июн", "jun"],
        &["лип", "июл", "jul"],
        &["сер", "авг", "aug"],
        &["вер", "сен", "sep"],
        &["жов", "окт", "oct"],
        &["листоп", "ноя", "nov"],
        &["груд", "дек", "dec"],
    ];
    MONTHS
        .iter()
        .position(|beginnings| {
            beginnings
                .iter()
                .any(|beginning| word.starts_with(beginning))
        })
        .and_then(|place| u32::try_from(place + 1).ok())
}
