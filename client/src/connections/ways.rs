//! What is remembered of the ways to a relay: which one led there last, and on which of them connections freeze (REACH-4,
//! REACH-9).

use std::{sync::atomic::Ordering, time::Duration};

use tidings_protocol::{
    limits::{CELL_LEN, FREEZE_BUDGET},
    relay_identity::{RelayAddress, RootFingerprint},
};

use super::{Connections, Purpose, Question, Verified, unpoisoned};
use crate::{
    Error,
    records::{LastWay, WaysRecord},
    transport::{Carrier, TransportError, Way},
};

/// The head start of each way before the next (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);
/// The head start of the way that led to the relay last, in multiples of what it took then.
const FAVOURITE_TIMES: u32 = 3;
const FAVOURITE_MIN: Duration = Duration::from_millis(300);
const FAVOURITE_MAX: Duration = Duration::from_secs(3);
/// How long a favourite is good without being noted anew, in seconds.
const NOTED_ANEW: u64 = 3_600;
/// Bytes of one cell on the wire, with what carries it: headers, seals, acknowledgements.
const CELL_ON_WIRE: u64 = CELL_LEN as u64 + 700;
/// Bytes of a handshake, either way: post-quantum shares, a certificate chain.
const HANDSHAKE: u64 = 4_500;
/// Bytes of a frame's head with the terms of a piece.
const PIECE_HEAD: u64 = 1_536;
/// After so many connections that were closed early because of one freeze, one is let go on: it may have been a tunnel on the
/// road.
const DOUBTED_AFTER: u32 = 4;

impl Connections {
    /// The ways in the order in which they are tried, each with the head start of the one before it.
    pub(super) fn in_order(
        &self,
        relay: &RelayAddress,
        mut ways: Vec<Way>,
    ) -> Result<Vec<(Duration, Way)>, Error> {
        let now = (self.clock)();
        let memory = self.ways(&relay.root)?;
        let shunned = unpoisoned(&self.shunned).clone();
        let is_shunned = |way: &Way| shunned.contains(&(relay.root, way.carrier));
        let favourite = memory.favourite(now);
        let is_favourite =
            |way: &Way| !is_shunned(way) && favourite.is_some_and(|last| last.is(way));
        ways.sort_by_key(|way| (is_shunned(way), !is_favourite(way)));
        let second_after = match (favourite, ways.first()) {
            (Some(last), Some(first)) if is_favourite(first) => {
                let took = Duration::from_millis(u64::from(last.took));
                (took * FAVOURITE_TIMES).clamp(FAVOURITE_MIN, FAVOURITE_MAX)
            }
            _ => HEAD_START,
        };
        let after = |place| match place {
            0 => Duration::ZERO,
            1 => second_after,
            _ => HEAD_START,
        };
        let ordered = ways.into_iter().enumerate();
        Ok(ordered.map(|(place, way)| (after(place), way)).collect())
    }

    /// A way led to the relay.
    pub(super) fn worked(
        &self,
        relay: &RelayAddress,
        way: &Way,
        took: Duration,
    ) -> Result<(), Error> {
        let now = (self.clock)();
        let memory = self.ways(&relay.root)?;
        let known = memory
            .favourite(now)
            .is_some_and(|last| last.is(way) && now < last.when.plus(NOTED_ANEW));
        if known {
            return Ok(());
        }
        let last = Some(LastWay {
            carrier: way.carrier,
            address: way.address,
            took: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            when: now,
        });
        self.remember(relay, |ways| ways.last = last)
    }

    /// Whether connections to the relay freeze on this carrier.
    pub(super) fn freezes(&self, root: &RootFingerprint, carrier: Carrier) -> Result<bool, Error> {
        let memory = self.ways(root)?;
        Ok(memory.freeze(carrier, (self.clock)()).is_some())
    }

    /// Whether a connection may carry one more exchange before it freezes.
    pub(super) fn has_room(
        &self,
        relay: &RelayAddress,
        link: &Verified,
        question: &Question,
    ) -> Result<bool, Error> {
        let memory = self.ways(&relay.root)?;
        let carrier = link.way.carrier;
        let Some(freeze) = memory.freeze(carrier, (self.clock)()) else {
            return Ok(true);
        };
        let budget = u64::from(freeze.budget);
        let passed = link.passed.load(Ordering::Relaxed);
        let after = link.connection.carried().fuller() + question.cells() * CELL_ON_WIRE;
        // The first exchange has no better connection; and one that has carried more already did not freeze.
        if passed == 0 || passed > budget || after <= budget {
            return Ok(true);
        }
        let mut closed = unpoisoned(&self.closed_early);
        let closed = closed.entry((relay.root, carrier)).or_default();
        *closed = closed.saturating_add(1);
        Ok(freeze.seen == 1 && *closed == DOUBTED_AFTER)
    }

    /// Bytes of a piece that pass in one exchange, as far as is known; none if nothing is known to freeze.
    pub(crate) fn piece(
        &self,
        relay: &RelayAddress,
        purpose: Purpose,
    ) -> Result<Option<usize>, Error> {
        let now = (self.clock)();
        let memory = self.ways(&relay.root)?;
        let open = unpoisoned(&self.open)
            .get(&(relay.root, purpose))
            .map(|link| link.way.carrier);
        let carrier = open
            .or_else(|| memory.favourite(now).map(|last| last.carrier))
            .unwrap_or(Carrier::Quic);
        Ok(memory.freeze(carrier, now).map(|freeze| {
            let cells = u64::from(freeze.budget).saturating_sub(HANDSHAKE) / CELL_ON_WIRE;
            let bytes = cells.max(1) * CELL_LEN as u64 - PIECE_HEAD;
            usize::try_from(bytes).unwrap_or(usize::MAX)
        }))
    }

    /// An exchange was whole.
    pub(super) fn note_passed(&self, relay: &RelayAddress, link: &Verified) -> Result<(), Error> {
        let carried = link.connection.carried().fuller();
        link.passed.store(carried, Ordering::Relaxed);
        let carrier = link.way.carrier;
        let memory = self.ways(&relay.root)?;
        let doubtful = memory.freeze(carrier, (self.clock)());
        if doubtful.is_some_and(|freeze| carried > u64::from(freeze.budget) * 3 / 2) {
            unpoisoned(&self.closed_early).remove(&(relay.root, carrier));
            self.remember(relay, |ways| ways.forget_freeze(carrier))?;
        }
        Ok(())
    }

    /// If a connection froze in an exchange: after it had carried something well, or under more than a letter, the network lets
    /// so much through and no more. Where not even one cell passes, the carrier is of no use for the moment.
    pub(super) fn note_trouble<T>(
        &self,
        relay: &RelayAddress,
        link: &Verified,
        cells: u64,
        asked: &Result<T, Error>,
    ) -> Result<(), Error> {
        let frozen = TransportError::Frozen;
        if !matches!(asked, Err(Error::RelayUnreached { source }) if *source == frozen) {
            return Ok(());
        }
        let carrier = link.way.carrier;
        let passed = link.passed.load(Ordering::Relaxed);
        if passed == 0 && cells == 1 {
            self.shun(relay, carrier);
            return Ok(());
        }
        let now = (self.clock)();
        self.remember(relay, |ways| ways.note_freeze(carrier, passed, now))
    }

    /// Tries a carrier last for the moment.
    pub(super) fn shun(&self, relay: &RelayAddress, carrier: Carrier) {
        unpoisoned(&self.shunned).insert((relay.root, carrier));
    }

    fn ways(&self, root: &RootFingerprint) -> Result<WaysRecord, Error> {
        let record = self.safe.read(|tables| tables.get::<WaysRecord>(root))?;
        Ok(record.unwrap_or_default())
    }

    fn remember(
        &self,
        relay: &RelayAddress,
        change: impl FnOnce(&mut WaysRecord),
    ) -> Result<(), Error> {
        self.safe.transact(|tables| {
            let mut ways = tables.get::<WaysRecord>(&relay.root)?.unwrap_or_default();
            change(&mut ways);
            tables.put(&relay.root, &ways)
        })
    }
}

const _: () = assert!(
    HANDSHAKE + CELL_ON_WIRE <= FREEZE_BUDGET as u64 + 300,
    "one cell is always worth an attempt"
);
