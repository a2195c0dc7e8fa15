//! What relays told.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ids::SigningPublic,
    limits::DAY_SECONDS,
    prekey::PrekeyRecord,
    relay_identity::{RootFingerprint, SignedCertificate, VerifiedCertificate},
    time::{Day, UnixTime},
};

use crate::vault::{Record, Table};

/// A relay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RelayRecord {
    pub(crate) certificate: SignedCertificate,
    /// The day that it told.
    pub(crate) day: Day,
    /// When it told it, by this device's clock.
    pub(crate) told: UnixTime,
    /// When it last answered, by this device's clock.
    pub(crate) reached: UnixTime,
}

impl Record for RelayRecord {
    const TABLE: Table = Table::Relays;
    type Key = RootFingerprint;
}

impl RelayRecord {
    /// The certificate, if its root is the pinned one.
    pub(crate) fn verified(&self, root: &RootFingerprint) -> Option<VerifiedCertificate> {
        self.certificate.verify(root, 0).ok()
    }

    /// Whether hello was said less than a day ago.
    pub(crate) fn is_fresh(&self, now: UnixTime) -> bool {
        now >= self.told && now < self.told.plus(DAY_SECONDS)
    }

    /// The relay's day, carried on by this device's clock, for a week; a clock that was set meanwhile makes it void.
    pub(crate) fn day_now(&self, now: UnixTime) -> Option<Day> {
        let passed = now.0.checked_sub(self.told.0)? / DAY_SECONDS;
        (passed < 7).then(|| self.day.plus(u32::try_from(passed).unwrap_or(0)))
    }
}

/// Prekeys of an office, as they were last fetched or came with its card file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PrekeysRecord {
    pub(crate) shelf: PrekeyRecord,
    pub(crate) fetched: UnixTime,
    /// Highest epoch ever used.
    pub(crate) highest: Option<u32>,
}

impl Record for PrekeysRecord {
    const TABLE: Table = Table::Prekeys;
    type Key = SigningPublic;
}
