//! What relays told.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ids::SigningPublic,
    limits::{DAY_SECONDS, FREEZE_BUDGET},
    prekey::PrekeyRecord,
    relay_identity::{RootFingerprint, SignedCertificate, VerifiedCertificate},
    time::{Day, UnixTime},
};

use crate::{
    network::Network,
    transport::{Carrier, Way},
    vault::{Record, Table},
};

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
    /// A relay of which nothing is known but its certificate.
    pub(crate) fn untold(certificate: SignedCertificate) -> Self {
        Self {
            certificate,
            day: Day(0),
            told: UnixTime(0),
            reached: UnixTime(0),
        }
    }

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

/// What a person set.
impl Record for Network {
    const TABLE: Table = Table::Network;
    type Key = ();
}

/// What is remembered of the ways to a relay (REACH-4, REACH-9).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WaysRecord {
    /// The way that last led to it.
    pub(crate) last: Option<LastWay>,
    /// Carriers on which connections to it froze, each once.
    pub(crate) freezes: Vec<Freeze>,
}

/// A way that led to a relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastWay {
    pub(crate) carrier: Carrier,
    pub(crate) address: Option<SocketAddr>,
    /// Milliseconds until the relay had proved itself.
    pub(crate) took: u32,
    pub(crate) when: UnixTime,
}

/// A carrier on which connections froze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Freeze {
    pub(crate) carrier: Carrier,
    /// Bytes in either direction that one connection is known to carry: it is closed before it carries more.
    pub(crate) budget: u32,
    /// How often it was seen: once may have been a tunnel on the road.
    pub(crate) seen: u32,
    pub(crate) when: UnixTime,
}

impl Record for WaysRecord {
    const TABLE: Table = Table::Ways;
    type Key = RootFingerprint;
}

/// How long it is believed, in seconds, that a network is as it was: people move, censors change their mind.
const WAYS_BELIEVED: u64 = DAY_SECONDS;

impl WaysRecord {
    /// The way to try first.
    pub(crate) fn favourite(&self, now: UnixTime) -> Option<&LastWay> {
        self.last.as_ref().filter(|last| is_recent(last.when, now))
    }

    /// What is known of a carrier's freezing.
    pub(crate) fn freeze(&self, carrier: Carrier, now: UnixTime) -> Option<&Freeze> {
        self.freezes
            .iter()
            .find(|freeze| freeze.carrier == carrier && is_recent(freeze.when, now))
    }

    /// Notes that a connection froze which had carried `passed` bytes well before.
    pub(crate) fn note_freeze(&mut self, carrier: Carrier, passed: u64, now: UnixTime) {
        let seen = self.freeze(carrier, now).map_or(0, |freeze| freeze.seen);
        self.freezes.retain(|freeze| freeze.carrier != carrier);
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        self.freezes.push(Freeze {
            carrier,
            budget: passed.max(FREEZE_BUDGET as u32),
            seen: seen.saturating_add(1),
            when: now,
        });
    }

    /// Notes that a connection carried more than was thought possible.
    pub(crate) fn forget_freeze(&mut self, carrier: Carrier) {
        self.freezes.retain(|freeze| freeze.carrier != carrier);
    }
}

impl LastWay {
    pub(crate) fn is(&self, way: &Way) -> bool {
        self.carrier == way.carrier && self.address == way.address
    }
}

fn is_recent(when: UnixTime, now: UnixTime) -> bool {
    now >= when && now < when.plus(WAYS_BELIEVED)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// REACH-9: what one connection carried well is the budget of the next, and never less than a letter needs; a day later the
    /// network is tried anew.
    #[test]
    fn a_freeze_is_believed_for_a_day() {
        let now = UnixTime(1_000_000);
        let mut ways = WaysRecord::default();
        ways.note_freeze(Carrier::Tcp, 9_000, now);
        assert_eq!(ways.freeze(Carrier::Quic, now), None);
        let freeze = ways.freeze(Carrier::Tcp, now).unwrap();
        assert_eq!((freeze.budget as usize, freeze.seen), (FREEZE_BUDGET, 1));
        ways.note_freeze(Carrier::Tcp, 60_000, now);
        let freeze = ways
            .freeze(Carrier::Tcp, now.plus(WAYS_BELIEVED - 1))
            .unwrap();
        assert_eq!((freeze.budget, freeze.seen), (60_000, 2));
        assert_eq!(ways.freezes.len(), 1);
        assert_eq!(ways.freeze(Carrier::Tcp, now.plus(WAYS_BELIEVED)), None);
        // A clock that was set back makes it void.
        assert_eq!(ways.freeze(Carrier::Tcp, UnixTime(999_999)), None);
        ways.forget_freeze(Carrier::Tcp);
        assert_eq!(ways.freeze(Carrier::Tcp, now), None);
    }
}
