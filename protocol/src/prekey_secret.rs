//! The private half of a prekey, as a desk keeps it (SEAL-13).

use serde::{Deserialize, Serialize};

use crate::{
    limits::{DAY_SECONDS, KEY_LIFE_DAYS},
    secret::Secret,
    suite::{KemPublic, KemSecret, SuiteError},
    time::UnixTime,
};

/// A desk's private key for the first letters of one epoch (a week) of prekeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeySecret {
    /// The epoch of the prekey; rises from week to week, never 0.
    pub epoch: u32,
    /// The private key.
    pub secret: KemSecret,
    /// The public key, as published.
    pub public: KemPublic,
    /// The end of its validity, as published.
    pub not_after: UnixTime,
}

impl PrekeySecret {
    /// From the epoch's seed.
    ///
    /// # Errors
    /// [`SuiteError::Key`] never for a seed of 32 bytes.
    pub fn new(epoch: u32, seed: Secret, not_after: UnixTime) -> Result<Self, SuiteError> {
        let secret = KemSecret::from_seed(seed);
        Ok(Self {
            epoch,
            public: secret.public()?,
            secret,
            not_after,
        })
    }

    /// Whether it is time to wipe it, with the hashes of first letters that it opened: [`KEY_LIFE_DAYS`] after the end of
    /// its validity (SEAL-13).
    #[must_use]
    pub fn is_over(&self, now: UnixTime) -> bool {
        now > self.not_after.plus(u64::from(KEY_LIFE_DAYS) * DAY_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEAL-13: a letter that a relay kept for its longest time still opens.
    #[test]
    fn a_prekey_outlives_the_longest_retention() {
        let end = UnixTime(1_000_000);
        let prekey = PrekeySecret::new(3, Secret::new([1; 32]), end).unwrap();
        assert!(!prekey.is_over(end.plus(194 * DAY_SECONDS)));
        assert!(!prekey.is_over(end.plus(210 * DAY_SECONDS)));
        assert!(prekey.is_over(end.plus(210 * DAY_SECONDS + 1)));
    }
}
