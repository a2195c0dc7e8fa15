//! Prekeys: to what a family seals its first letters, before the office has answered.
//!
//! Normative text: `docs/spec/prekeys.md`, rules PREKEY-1 to PREKEY-14. Each week has its own X-Wing key. An office puts a
//! [`PrekeyRecord`] with this week's and the next ones on its shelf; a family verifies it
//! ([`PrekeyRecord::verify`]) and picks one ([`VerifiedPrekeys::choose`]); the office keeps the private halves
//! ([`OfficeKeys`]) until no letter to them can still be under way.

mod office_keys;
#[cfg(test)]
mod tests;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use self::office_keys::{OfficeKeys, Rotation};
pub use crate::prekey_secret::PrekeySecret;
use crate::{
    clocks::Clocks,
    ids::{Signature, SigningPublic},
    limits::{PREKEY_EPOCH_DAYS, PREKEY_GRACE_SECONDS, PREKEYS_MAX, PREKEYS_ON_SHELF},
    office::{OfficeError, OfficeSubkey, Role, SubkeyCertificate},
    pair::RecipientPrekey,
    suite::{KemPublic, SUITE_1, SuiteError},
    time::{Day, UnixTime},
    wire,
};

/// The version of prekey records that this crate reads and writes.
pub const PREKEY_VERSION: u8 = 1;

/// A week: epoch `n` begins with day `7n` since 1970-01-01 (a Thursday) and ends with day `7n + 6` (PREKEY-1).
///
/// The days of validity are not stated a second time: a record whose epoch and days contradict each other cannot exist,
/// and a thief of a subkey cannot push a family to an epoch beyond the subkey's own validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PrekeyEpoch(pub u32);

/// One public prekey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prekey {
    /// Its week.
    pub epoch: PrekeyEpoch,
    /// The key to seal to.
    pub key: KemPublic,
}

/// What lies on an office's shelf at a relay: up to [`PREKEYS_ON_SHELF`] prekeys under the signature of a subkey whose
/// certificate is with them (PREKEY-2). Not yet verified; does not print itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeyRecord {
    version: u8,
    certificate: SubkeyCertificate,
    #[serde(with = "serde_bytes")]
    shelf: Vec<u8>,
    signature: Signature,
}

/// What the subkey signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Shelf {
    suite: u8,
    prekeys: Vec<Prekey>,
}

/// Prekeys that an office's subkey signed. Only [`PrekeyRecord::verify`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPrekeys {
    prekeys: Vec<VerifiedPrekey>,
}

/// A prekey that an office's subkey signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedPrekey {
    identity: SigningPublic,
    prekey: Prekey,
}

/// The prekey to seal to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChosenPrekey<'a> {
    /// The prekey. Remember its epoch as the highest seen of its identity.
    pub prekey: &'a VerifiedPrekey,
    /// A clock is wrong, the device's or the relay's: warn, and send all the same.
    pub clock_doubt: bool,
    /// The time of the clock by which the prekey is good: [`crate::pair::SealContext::now`] for the letter sealed to it.
    pub now: UnixTime,
}

/// Why prekeys cannot be made, read, believed or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrekeyError {
    /// A record of a version that this program does not know.
    #[error("the prekey record has version {got}, this program knows version {PREKEY_VERSION}")]
    Version {
        /// The record's version.
        got: u8,
    },
    /// Not an encoding of a prekey record.
    #[error("the prekey record is malformed")]
    Malformed,
    /// Larger than a record may be.
    #[error("the prekey record has {got} bytes, at most {PREKEYS_MAX} are allowed")]
    TooLong {
        /// Its size in bytes.
        got: usize,
    },
    /// Bytes follow the record's end.
    #[error("{extra} bytes follow the end of the prekey record")]
    Trailing {
        /// Number of bytes after the end.
        extra: usize,
    },
    /// The subkey or its signature is refused.
    #[error("the prekey record: {0}")]
    Office(#[from] OfficeError),
    /// Keys of a suite that this program does not know.
    #[error("the prekeys are of suite {got}, this program knows suite {SUITE_1}")]
    Suite {
        /// The record's suite.
        got: u8,
    },
    /// Another number of prekeys than allowed.
    #[error("the record holds {got} prekeys, from 1 to {PREKEYS_ON_SHELF} are allowed")]
    Count {
        /// Prekeys in the record.
        got: usize,
    },
    /// The epochs do not rise.
    #[error("the epochs in the prekey record do not rise")]
    Order,
    /// Every prekey is of an earlier week than one used before: somebody shows an old record.
    #[error("the newest prekey is of week {}, but one of week {} was used before", got.0, seen.0)]
    LowerEpoch {
        /// Highest epoch in the record.
        got: PrekeyEpoch,
        /// Highest epoch used before.
        seen: PrekeyEpoch,
    },
    /// Every prekey ended more than the grace ago, by every clock known.
    #[error("the newest prekey ended on day {}: the office has not been at its desk, or a clock is wrong", last.0)]
    Expired {
        /// Last day of the newest prekey.
        last: Day,
    },
    /// A primitive refused a key.
    #[error(transparent)]
    Key(#[from] SuiteError),
}

const RECORD_LABEL: &[u8] = b"tidings prekeys v1";

impl PrekeyEpoch {
    /// The epoch in which `day` lies.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self(day.0 / PREKEY_EPOCH_DAYS)
    }

    /// First day.
    #[must_use]
    pub fn first_day(self) -> Day {
        Day(self.0.saturating_mul(PREKEY_EPOCH_DAYS))
    }

    /// Last day.
    #[must_use]
    pub fn last_day(self) -> Day {
        self.first_day().plus(PREKEY_EPOCH_DAYS - 1)
    }

    /// The first moment after it (`not_after` of PREKEY-1, exclusive).
    #[must_use]
    pub fn end(self) -> UnixTime {
        self.last_day().plus(1).start()
    }
}

impl PrekeyRecord {
    /// Signs a shelf of prekeys (PREKEY-3).
    ///
    /// # Errors
    /// [`PrekeyError`]: whatever a reader would refuse is not signed.
    pub fn sign(
        subkey: &OfficeSubkey,
        identity: &SigningPublic,
        prekeys: Vec<Prekey>,
    ) -> Result<Self, PrekeyError> {
        let certificate = subkey.certificate().clone();
        let shelf = Shelf {
            suite: SUITE_1,
            prekeys,
        };
        let bytes = wire::encode("prekeys", &shelf).map_err(|_| PrekeyError::Malformed)?;
        let signature = subkey.sign(
            RECORD_LABEL,
            &[&[PREKEY_VERSION], certificate.certified_bytes(), &bytes],
        );
        let record = Self {
            version: PREKEY_VERSION,
            certificate,
            shelf: bytes,
            signature,
        };
        record.verify(identity)?;
        Ok(record)
    }

    /// The bytes of the record, at most [`PREKEYS_MAX`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode("prekey record", self).unwrap_or_default()
    }

    /// Reads the bytes of a record. Believes nothing: see [`Self::verify`].
    ///
    /// # Errors
    /// [`PrekeyError::TooLong`], [`PrekeyError::Version`], [`PrekeyError::Trailing`] or [`PrekeyError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PrekeyError> {
        if bytes.len() > PREKEYS_MAX {
            return Err(PrekeyError::TooLong { got: bytes.len() });
        }
        match bytes.first() {
            None => return Err(PrekeyError::Malformed),
            Some(&got) if got != PREKEY_VERSION => return Err(PrekeyError::Version { got }),
            Some(_) => {}
        }
        wire::decode::<Self, { PREKEYS_MAX + 64 }>("prekey record", bytes).map_err(|error| {
            match error {
                wire::WireError::Trailing { extra, .. } => PrekeyError::Trailing { extra },
                _ => PrekeyError::Malformed,
            }
        })
    }

    /// Verifies the chain identity → subkey → prekeys (PREKEY-4 to PREKEY-7). The clock is a question of its own:
    /// [`VerifiedPrekeys::choose`].
    ///
    /// # Errors
    /// [`PrekeyError`]; every one of them means: seal to none of these keys.
    pub fn verify(&self, identity: &SigningPublic) -> Result<VerifiedPrekeys, PrekeyError> {
        if self.version != PREKEY_VERSION {
            return Err(PrekeyError::Version { got: self.version });
        }
        let subkey = self.certificate.verify(identity)?;
        let shelf: Shelf = wire::decode::<_, { PREKEYS_MAX + 64 }>("prekeys", &self.shelf)
            .map_err(|_| PrekeyError::Malformed)?;
        let days = shelf.prekeys.iter().map(|prekey| prekey.epoch.last_day());
        subkey.verify(
            Role::Prekeys,
            days,
            RECORD_LABEL,
            &[
                &[self.version],
                self.certificate.certified_bytes(),
                &self.shelf,
            ],
            &self.signature,
        )?;
        if shelf.suite != SUITE_1 {
            return Err(PrekeyError::Suite { got: shelf.suite });
        }
        if !(1..=PREKEYS_ON_SHELF).contains(&shelf.prekeys.len()) {
            return Err(PrekeyError::Count {
                got: shelf.prekeys.len(),
            });
        }
        if !shelf.prekeys.is_sorted_by(|a, b| a.epoch < b.epoch) {
            return Err(PrekeyError::Order);
        }
        let identity = *identity;
        let prekeys = shelf
            .prekeys
            .into_iter()
            .map(|prekey| VerifiedPrekey { identity, prekey })
            .collect();
        Ok(VerifiedPrekeys { prekeys })
    }
}

impl fmt::Debug for PrekeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrekeyRecord(…)")
    }
}

impl VerifiedPrekeys {
    /// The prekeys, oldest epoch first; at least one.
    #[must_use]
    pub fn prekeys(&self) -> &[VerifiedPrekey] {
        &self.prekeys
    }

    /// Picks the prekey to seal to (PREKEY-8 to PREKEY-10). `highest_seen` is the highest epoch that was ever chosen for
    /// this identity; keep the answer's.
    ///
    /// The clock to act upon is the device's, or the relay's day if that is more than a day away. By it, the newest prekey
    /// whose week has begun is taken, if it ended not longer ago than the grace; a week that has not begun is taken if
    /// there is no other: its private half exists already, and a clock that is behind must not lock a family out. If all
    /// have expired by that clock, the other one is asked.
    ///
    /// # Errors
    /// [`PrekeyError::LowerEpoch`] or [`PrekeyError::Expired`].
    pub fn choose(
        &self,
        clocks: Clocks,
        highest_seen: Option<PrekeyEpoch>,
    ) -> Result<ChosenPrekey<'_>, PrekeyError> {
        let floor = highest_seen.unwrap_or(PrekeyEpoch(0));
        let first_good = self
            .prekeys
            .partition_point(|prekey| prekey.epoch() < floor);
        let candidates = &self.prekeys[first_good..];
        let newest = |prekeys: &[VerifiedPrekey]| {
            prekeys.last().map_or(PrekeyEpoch(0), VerifiedPrekey::epoch)
        };
        if candidates.is_empty() {
            return Err(PrekeyError::LowerEpoch {
                got: newest(&self.prekeys),
                seen: floor,
            });
        }
        let (prekey, moment) = clocks
            .moments()
            .find_map(|moment| Some((current(candidates, moment)?, moment)))
            .ok_or(PrekeyError::Expired {
                last: newest(candidates).last_day(),
            })?;
        let early = prekey.epoch() > PrekeyEpoch::of(moment.day().plus(1));
        Ok(ChosenPrekey {
            prekey,
            clock_doubt: early || clocks.disagree(),
            now: moment,
        })
    }
}

/// The newest prekey whose week has begun at `moment`, else the first to begin; `None` if that one has expired.
fn current(candidates: &[VerifiedPrekey], moment: UnixTime) -> Option<&VerifiedPrekey> {
    let week = PrekeyEpoch::of(moment.day());
    let begun = candidates.partition_point(|prekey| prekey.epoch() <= week);
    let not_expired =
        |prekey: &&VerifiedPrekey| moment <= prekey.epoch().end().plus(PREKEY_GRACE_SECONDS);
    candidates[..begun]
        .last()
        .filter(not_expired)
        .or_else(|| candidates.get(begun))
}

impl<'a> ChosenPrekey<'a> {
    /// What the pair seals a first letter to.
    #[must_use]
    pub fn recipient(&self) -> RecipientPrekey<'a> {
        RecipientPrekey {
            epoch: self.prekey.epoch().0,
            key: self.prekey.key(),
            not_after: self.prekey.epoch().end(),
        }
    }
}

impl VerifiedPrekey {
    /// The office to which it belongs.
    #[must_use]
    pub fn identity(&self) -> &SigningPublic {
        &self.identity
    }

    /// Its week.
    #[must_use]
    pub fn epoch(&self) -> PrekeyEpoch {
        self.prekey.epoch
    }

    /// The key to seal to.
    #[must_use]
    pub fn key(&self) -> &KemPublic {
        &self.prekey.key
    }
}
