//! Dates of birth in cells: text in any usual form, days of a workbook, bare numbers (LISTS-6).

use tidings_names::{BirthDate, BirthError};

use crate::sheet::Cell;

/// Days of a workbook that can be somebody's date of birth: 1919 to 2064. Smaller numbers are years or mistakes.
const DAYS: std::ops::RangeInclusive<f64> = 7_000.0..=60_000.0;

/// The date of a cell.
pub(crate) fn birth(cell: &Cell) -> Result<Option<BirthDate>, BirthError> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::TooLong(_) => Err(BirthError::Form),
        Cell::Text(text) => birth_of_text(text).map(Some),
        Cell::Day(serial) => of_serial(*serial).map(Some),
        Cell::Number(number) if DAYS.contains(number) => of_serial(*number).map(Some),
        Cell::Number(number) => BirthDate::parse(&number.to_string()).map(Some),
    }
}

/// `31.12.1985 00:00:00` and `31.12.1985 р.н.` are dates, too; a number of five digits in a text is a day of a workbook that was
/// saved as CSV.
fn birth_of_text(text: &str) -> Result<BirthDate, BirthError> {
    if text.len() == 5
        && let Ok(serial) = text.parse::<f64>()
        && DAYS.contains(&serial)
    {
        return of_serial(serial);
    }
    let without_time = match text.split_once([' ', 'T']) {
        Some((date, time))
            if time
                .trim()
                .starts_with(|digit: char| digit.is_ascii_digit())
                && time.contains(':') =>
        {
            date
        }
        _ => text,
    };
    BirthDate::parse(without_time)
}

fn of_serial(serial: f64) -> Result<BirthDate, BirthError> {
    let (year, month, day) = civil(serial).ok_or(BirthError::Form)?;
    BirthDate::day(year, month, day)
}

pub(crate) fn shown(serial: f64) -> String {
    match civil(serial) {
        Some((year, month, day)) => format!("{day:02}.{month:02}.{year:04}"),
        None => serial.to_string(),
    }
}

/// Year, month and day of a day counted from 30 December 1899: the Gregorian calendar by whole days.
fn civil(serial: f64) -> Option<(u32, u32, u32)> {
    // Serial 60 is a day that never was (29 February 1900); nobody alive was born before it.
    if !(61.0..200_000.0).contains(&serial) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range has just been checked"
    )]
    let days = serial as u32;
    // Days since 1 March of the year 0 (H. Hinnant, "chrono-compatible low-level date algorithms").
    let days = days + 693_899;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u32::from(month <= 2);
    Some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::civil;

    /// Days that spreadsheets show so.
    #[test]
    fn serials_are_days_of_the_calendar() {
        for (serial, date) in [
            (61.0, (1900, 3, 1)),
            (25_569.0, (1970, 1, 1)),
            (31_118.0, (1985, 3, 12)),
            (36_525.0, (1999, 12, 31)),
            (36_585.0, (2000, 2, 29)),
            (36_586.5, (2000, 3, 1)),
            (45_000.0, (2023, 3, 15)),
        ] {
            assert_eq!(civil(serial), Some(date), "{serial}");
        }
        assert_eq!(civil(60.0), None);
        assert_eq!(civil(f64::NAN), None);
        assert_eq!(civil(-1.0), None);
    }
}
