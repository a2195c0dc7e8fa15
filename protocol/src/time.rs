//! Time as an argument. The core never asks for it.

use serde::{Deserialize, Serialize};

use crate::limits::DAY_SECONDS;

/// Seconds since 1970-01-01 00:00 UTC, without leap seconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// The day in which this moment lies.
    #[must_use]
    pub fn day(self) -> Day {
        Day(u32::try_from(self.0 / DAY_SECONDS).unwrap_or(u32::MAX))
    }

    /// This moment and `seconds` more; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// This moment less `seconds`; stays at 1970 instead of wrapping.
    #[must_use]
    pub fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }
}

/// Days since 1970-01-01 (UTC). The finest time that a relay writes down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub struct Day(pub u32);

impl Day {
    /// The first moment of the day.
    #[must_use]
    pub fn start(self) -> UnixTime {
        UnixTime(u64::from(self.0) * DAY_SECONDS)
    }

    /// This day and `days` more; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// This day less `days`; stays at 1970 instead of wrapping.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }
}
