//! How times, spans and sizes are shown to a reader: in the office's time zone, in the reader's language.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use tidings_protocol::{
    language::Language,
    time::{Day, UnixTime},
};

use super::texts::{Texts, args};

/// What a moment is on the wall of the office; `None` for one beyond the calendar.
fn local(moment: UnixTime) -> Option<Zoned> {
    let seconds = i64::try_from(moment.0).ok()?;
    let timestamp = Timestamp::from_second(seconds).ok()?;
    Some(timestamp.to_zoned(TimeZone::system()))
}

/// The present, by this machine's clock.
pub(crate) fn now() -> UnixTime {
    UnixTime(u64::try_from(Timestamp::now().as_second()).unwrap_or(0))
}

/// The noon of a day of the calendar, so that it is the same day in every time zone of ours.
pub(crate) fn day_of(day: Day) -> UnixTime {
    day.start().plus(12 * 3_600)
}

/// Today in the office's time zone.
pub(crate) fn today() -> Date {
    Zoned::now().date()
}

impl Texts {
    /// Day, month and year: `22 листопада 2026`.
    pub(crate) fn date(&self, date: Date) -> String {
        const MONTHS: [&str; 12] = [
            "month-january",
            "month-february",
            "month-march",
            "month-april",
            "month-may",
            "month-june",
            "month-july",
            "month-august",
            "month-september",
            "month-october",
            "month-november",
            "month-december",
        ];
        let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
        let month = MONTHS
            .get(month)
            .map_or_else(String::new, |id| self.say(id));
        format!("{} {month} {}", date.day(), date.year())
    }

    /// Month and year, as a heading: `листопад 2026`.
    pub(crate) fn month(&self, date: Date) -> String {
        const MONTHS: [&str; 12] = [
            "month-name-january",
            "month-name-february",
            "month-name-march",
            "month-name-april",
            "month-name-may",
            "month-name-june",
            "month-name-july",
            "month-name-august",
            "month-name-september",
            "month-name-october",
            "month-name-november",
            "month-name-december",
        ];
        let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
        let month = MONTHS
            .get(month)
            .map_or_else(String::new, |id| self.say(id));
        format!("{month} {}", date.year())
    }

    /// The day of a moment.
    pub(crate) fn day(&self, moment: UnixTime) -> String {
        local(moment).map_or_else(String::new, |at| self.date(at.date()))
    }

    /// Day and time: `22 листопада 2026, 14:05`.
    pub(crate) fn moment(&self, moment: UnixTime) -> String {
        local(moment).map_or_else(String::new, |at| {
            format!(
                "{}, {:02}:{:02}",
                self.date(at.date()),
                at.hour(),
                at.minute()
            )
        })
    }

    /// For narrow columns: `22.11.2026`; in English `22 Nov 2026`, where digits alone mean one day here and another there.
    pub(crate) fn short_date(&self, moment: UnixTime) -> String {
        local(moment).map_or_else(String::new, |at| {
            if self.language() == Language::English {
                return at.date().strftime("%-d %b %Y").to_string();
            }
            format!("{:02}.{:02}.{}", at.day(), at.month(), at.year())
        })
    }

    /// Time of day: `14:05`.
    pub(crate) fn clock(&self, moment: UnixTime) -> String {
        local(moment).map_or_else(String::new, |at| {
            format!("{:02}:{:02}", at.hour(), at.minute())
        })
    }

    /// How long something has been waiting, in the one unit that matters.
    pub(crate) fn span(&self, seconds: u64) -> String {
        match seconds {
            0..60 => self.say("span-moment"),
            60..3_600 => self.count("span-minutes", seconds / 60),
            3_600..172_800 => self.count("span-hours", seconds / 3_600),
            _ => self.count("span-days", seconds / 86_400),
        }
    }

    /// The span since a moment that has passed.
    pub(crate) fn since(&self, moment: UnixTime) -> String {
        self.span(now().0.saturating_sub(moment.0))
    }

    /// A number with its thousands set apart, as the language does it.
    pub(crate) fn number(&self, number: u64) -> String {
        let apart = if self.language() == Language::English {
            ','
        } else {
            '\u{a0}'
        };
        let digits = number.to_string();
        // Four digits stay together in Ukrainian and Russian typography.
        if digits.len() < 5 && apart != ',' {
            return digits;
        }
        let mut shown = String::with_capacity(digits.len() * 2);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                shown.push(apart);
            }
            shown.push(digit);
        }
        shown
    }

    /// A size in bytes, rounded to what a person compares.
    pub(crate) fn size(&self, bytes: u64) -> String {
        match bytes {
            0..1_024 => self.with("size-bytes", args![n = bytes]),
            1_024..1_048_576 => self.with("size-kib", args![n = bytes.div_ceil(1_024)]),
            _ => self.with("size-mib", args![n = bytes.div_ceil(1_048_576)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_the_language_groups_them() {
        let shown = |language, number| Texts::of(language).number(number);
        assert_eq!(shown(Language::English, 1_234), "1,234");
        assert_eq!(shown(Language::Ukrainian, 1_234), "1234");
        assert_eq!(shown(Language::Ukrainian, 100_000), "100\u{a0}000");
        assert_eq!(shown(Language::Russian, 1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(shown(Language::English, 0), "0");
    }

    #[test]
    fn spans_take_the_unit_that_matters() {
        let texts = Texts::of(Language::Ukrainian);
        assert_eq!(texts.span(61), "1 хвилина");
        assert_eq!(texts.span(3 * 3_600), "3 години");
        assert_eq!(texts.span(5 * 86_400), "5 днів");
        let texts = Texts::of(Language::Russian);
        assert_eq!(texts.span(21 * 86_400), "21 день");
    }

    #[test]
    fn short_dates_mean_one_day_everywhere() {
        let noon = UnixTime(1_793_620_800);
        let shown = |language| Texts::of(language).short_date(noon);
        assert_eq!(shown(Language::English), "2 Nov 2026");
        assert_eq!(shown(Language::Ukrainian), "02.11.2026");
    }

    #[test]
    fn months_stand_in_the_genitive() {
        let date = Date::constant(2026, 11, 22);
        assert_eq!(
            Texts::of(Language::Ukrainian).date(date),
            "22 листопада 2026"
        );
        assert_eq!(Texts::of(Language::Russian).date(date), "22 ноября 2026");
        assert_eq!(Texts::of(Language::English).date(date), "22 November 2026");
    }
}
