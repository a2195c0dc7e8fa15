//! What an account takes from the machine that it runs on. Tests and a page in a browser bring their own.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use tidings_protocol::time::UnixTime;

use crate::{
    Error,
    transport::{Native, Transport},
    vault::Cost,
};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// Network, clock, and what a passphrase costs.
#[derive(Clone)]
pub struct Surroundings {
    /// Reaches relays.
    pub transport: Arc<dyn Transport>,
    /// Tells the time.
    pub clock: Clock,
    /// For vaults that are made, and passphrases that are changed.
    pub cost: Cost,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The device's network, the system's clock, and [`Cost::STANDARD`].
    ///
    /// # Errors
    /// [`Error::Native`].
    pub fn native() -> Result<Self, Error> {
        Ok(Self {
            transport: Arc::new(Native::new()?),
            clock: Arc::new(system_time),
            cost: Cost::STANDARD,
        })
    }

    pub(crate) fn now(&self) -> UnixTime {
        (self.clock)()
    }
}

fn system_time() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    UnixTime(since.map_or(0, |since| since.as_secs()))
}

/// The system's randomness. It panics where the system has none: nothing can be sealed there.
pub(crate) fn random() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}
