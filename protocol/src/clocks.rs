//! Two clocks, of which either may be wrong.
//!
//! A family's telephone may be a year off, and a relay may lie. Neither alone locks a family out (PREKEY-9): what one of
//! the two clocks holds for valid is used, and the person is warned that a clock must be wrong.

use crate::time::{Day, UnixTime};

/// The device's clock and, if the relay was reached, the relay's day ([`crate::exchange::HelloAnswer::day`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// What the device says.
    pub local: UnixTime,
    /// What the relay says, rounded to the day; `None` if it was not asked.
    pub relay: Option<Day>,
}

impl Clocks {
    /// Both clocks.
    #[must_use]
    pub fn new(local: UnixTime, relay: Option<Day>) -> Self {
        Self { local, relay }
    }

    /// Whether the two are more than a day apart: at least one is wrong.
    #[must_use]
    pub fn disagree(&self) -> bool {
        self.relay
            .is_some_and(|relay| relay.0.abs_diff(self.local.day().0) > 1)
    }

    /// The day to act upon: the device's, unless the relay's is more than a day away from it. A relay that lies gains no
    /// more than a delay; a telephone that is wrong would otherwise lose letters.
    #[must_use]
    pub fn day(&self) -> Day {
        match self.relay {
            Some(relay) if self.disagree() => relay,
            _ => self.local.day(),
        }
    }

    /// The moments that the clocks give, the one to act upon first. The relay's day counts from its first second.
    pub(crate) fn moments(&self) -> impl Iterator<Item = UnixTime> {
        let relay = self
            .relay
            .filter(|_| self.disagree())
            .map(|day| day.start());
        relay.into_iter().chain([self.local])
    }

    /// Whether both clocks are known and both say that `end` has passed: what has to be so before anything is deleted.
    pub(crate) fn surely_past(&self, end: UnixTime) -> bool {
        self.local > end && self.relay.is_some_and(|relay| relay.start() > end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixTime = UnixTime(20_000 * 86_400 + 43_200);

    #[test]
    fn a_day_apart_is_no_disagreement() {
        for (relay, disagree) in [
            (19_998, true),
            (19_999, false),
            (20_001, false),
            (20_002, true),
        ] {
            let clocks = Clocks::new(NOON, Some(Day(relay)));
            assert_eq!(clocks.disagree(), disagree, "relay's day {relay}");
        }
        assert!(!Clocks::new(NOON, None).disagree());
    }

    #[test]
    fn the_relays_day_counts_when_they_disagree() {
        assert_eq!(Clocks::new(NOON, Some(Day(20_365))).day(), Day(20_365));
        assert_eq!(Clocks::new(NOON, Some(Day(20_001))).day(), Day(20_000));
        assert_eq!(Clocks::new(NOON, None).day(), Day(20_000));
    }

    #[test]
    fn one_clock_alone_never_makes_anything_past() {
        let end = Day(20_000).start();
        let late = Day(20_400);
        assert!(Clocks::new(NOON, Some(late)).surely_past(end));
        assert!(!Clocks::new(NOON, None).surely_past(end));
        assert!(!Clocks::new(NOON, Some(Day(19_000))).surely_past(end));
        assert!(!Clocks::new(UnixTime(0), Some(late)).surely_past(end));
    }
}
