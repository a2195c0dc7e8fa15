//! What the machine gives: the time and randomness. Nothing else in this crate asks for either.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use tidings_protocol::time::{Day, UnixTime};

/// Where the time comes from; tests bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixTime + Send + Sync>);

impl Clock {
    /// The machine's clock. One that stands before 1970 reads as 1970.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| {
            UnixTime(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |since| since.as_secs()),
            )
        })
    }

    /// A clock of one's own.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Today, the finest time that a relay writes down.
    #[must_use]
    pub fn today(&self) -> Day {
        (self.0)().day()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock(…)")
    }
}

/// Randomness of the operating system. A machine that has none cannot run a relay: drawing from it then panics.
#[must_use]
pub fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
