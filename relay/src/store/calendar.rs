//! The store's own count of days (STORE-21): a clock that is wrong, or was, makes nothing expire early.

use serde::{Deserialize, Serialize};
use tidings_protocol::time::Day;

use super::records::Record;

/// What is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calendar {
    /// The day that the clock showed last.
    pub shown: Day,
    /// The day that the store counts. Never goes back.
    pub day: Day,
}

impl Record for Calendar {
    const NAME: &'static str = "calendar record";
}

impl Calendar {
    /// The calendar when the clock shows `shown`: the first one takes the clock's day; after that a later day than the last
    /// one shown, however much later, counts as one day, and an earlier one as none.
    pub(super) fn turned(before: Option<Self>, shown: Day) -> Self {
        match before {
            None => Self { shown, day: shown },
            Some(before) => Self {
                shown,
                day: before.day.plus(u32::from(shown > before.shown)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STORE-21, against the days that really passed: whatever the clock shows, the count is never ahead of them.
    #[test]
    fn the_count_is_never_ahead_of_the_days_that_passed() {
        let mut dice = super::super::conformance::Dice(5);
        for history in 0..200 {
            let first = 20_000 + u32::try_from(dice.below(800)).unwrap();
            let mut calendar = Calendar::turned(None, Day(first));
            let (mut error, mut last) = (0, calendar.day);
            for passed in 1..400_u32 {
                if dice.below(20) == 0 {
                    error = i64::try_from(dice.below(800)).unwrap() - 400;
                }
                let shown = (i64::from(first + passed) + error).max(0);
                calendar = Calendar::turned(Some(calendar), Day(u32::try_from(shown).unwrap()));
                assert!(calendar.day >= last, "history {history}, day {passed}");
                assert!(
                    calendar.day <= Day(first + passed),
                    "history {history}, day {passed}"
                );
                last = calendar.day;
            }
            // And with a clock that is right again it goes on by itself.
            let shown = calendar.shown;
            let later = Calendar::turned(Some(calendar), shown.plus(1));
            assert_eq!(later.day, calendar.day.plus(1));
        }
    }
}
