//! Reception: which letters may still come, by epoch, and what opens them (SEAL-8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Position, Received, TagChanges, chain::Chain, chain::LetterKey};
use crate::{
    envelope::Tag,
    limits::{DAY_SECONDS, GAP_SPAN, GAPS_MAX, KEY_LIFE_DAYS},
    secret::Secret,
    time::UnixTime,
};

/// A number passed over: its letter may still come.
#[derive(Clone, Serialize, Deserialize)]
struct Gap {
    key: LetterKey,
    until: UnixTime,
}

/// The chain of an epoch that still goes on.
#[derive(Clone, Serialize, Deserialize)]
struct Ahead {
    /// Stands at `highest + 1`.
    chain: Chain,
    /// Stands at `highest + window + 1`: gives the next tag to expect without walking the window.
    frontier: Chain,
}

/// Reception of one epoch.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ReceiveEpoch {
    epoch: u32,
    highest: u32,
    /// `None` once the sender has told its last number.
    ahead: Option<Ahead>,
    gaps: BTreeMap<u32, Gap>,
}

/// The letter that a tag stands for.
pub(super) struct Expected {
    pub(super) position: Position,
    pub(super) psk: Secret,
}

/// What a peer says about its own sending cannot be true.
#[derive(Debug)]
pub(super) struct Contradiction;

impl ReceiveEpoch {
    fn new(epoch: u32, chain: Chain, window: u32, tags: &mut TagChanges) -> Self {
        let mut frontier = chain.clone();
        for _ in 0..window {
            tags.added.push(frontier.tag());
            frontier = frontier.step();
        }
        Self {
            epoch,
            highest: 0,
            ahead: Some(Ahead { chain, frontier }),
            gaps: BTreeMap::new(),
        }
    }

    fn find(&self, tag: &Tag, window: u32) -> Option<(u32, Secret)> {
        if let Some((number, gap)) = self.gaps.iter().find(|(_, gap)| gap.key.tag == *tag) {
            return Some((*number, gap.key.psk.clone()));
        }
        let mut chain = self.ahead.as_ref()?.chain.clone();
        for number in (self.highest..).skip(1).take(window as usize) {
            if chain.tag() == *tag {
                return Some((number, chain.letter_key().psk));
            }
            chain = chain.step();
        }
        None
    }

    /// The letter of this number has been opened: it never opens again.
    fn take(&mut self, number: u32, until: UnixTime, tags: &mut TagChanges) {
        if let Some(gap) = self.gaps.remove(&number) {
            tags.removed.push(gap.key.tag);
            return;
        }
        self.pass_to(number, until, tags);
        if let Some(gap) = self.gaps.remove(&number) {
            tags.removed.push(gap.key.tag);
        }
    }

    /// Moves the chain beyond `number`; every number passed becomes a gap.
    fn pass_to(&mut self, number: u32, until: UnixTime, tags: &mut TagChanges) {
        let Some(ahead) = &mut self.ahead else { return };
        while self.highest < number {
            self.highest += 1;
            let key = ahead.chain.letter_key();
            self.gaps.insert(self.highest, Gap { key, until });
            ahead.chain = ahead.chain.step();
            tags.added.push(ahead.frontier.tag());
            ahead.frontier = ahead.frontier.step();
        }
        let behind = self.highest.saturating_sub(GAP_SPAN);
        while let Some(oldest) = self.gaps.first_entry() {
            if *oldest.key() >= behind {
                break;
            }
            tags.removed.push(oldest.remove().key.tag);
        }
    }

    /// The sender's last number is known: what lies beyond never comes.
    fn close(
        &mut self,
        last: u32,
        window: u32,
        until: UnixTime,
        tags: &mut TagChanges,
    ) -> Result<(), Contradiction> {
        if self.ahead.is_none() {
            return Ok(());
        }
        if last < self.highest || last - self.highest > window {
            return Err(Contradiction);
        }
        self.pass_to(last, until, tags);
        if let Some(ahead) = self.ahead.take() {
            let mut chain = ahead.chain;
            for _ in 0..window {
                tags.removed.push(chain.tag());
                chain = chain.step();
            }
        }
        Ok(())
    }
}

/// Reception of all epochs, oldest first.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Reception {
    window: u32,
    epochs: Vec<ReceiveEpoch>,
}

impl Reception {
    /// Expects nothing; `window` numbers beyond the highest will be expected in every epoch.
    pub(super) fn new(window: u32) -> Self {
        Self {
            window,
            epochs: Vec::new(),
        }
    }

    /// Expects letters of a further epoch.
    pub(super) fn add(&mut self, epoch: u32, chain: Chain, tags: &mut TagChanges) {
        self.epochs
            .push(ReceiveEpoch::new(epoch, chain, self.window, tags));
    }

    pub(super) fn find(&self, tag: &Tag) -> Option<Expected> {
        // The newest epoch is the likeliest.
        self.epochs.iter().rev().find_map(|epoch| {
            let (number, psk) = epoch.find(tag, self.window)?;
            let position = Position {
                epoch: epoch.epoch,
                number,
            };
            Some(Expected { position, psk })
        })
    }

    /// Every tag that may come, with its position.
    pub(super) fn tags(&self) -> impl Iterator<Item = (Tag, Position)> + '_ {
        self.epochs.iter().flat_map(|epoch| {
            let at = |number| Position {
                epoch: epoch.epoch,
                number,
            };
            let gaps = epoch
                .gaps
                .iter()
                .map(move |(number, gap)| (gap.key.tag, at(*number)));
            let ahead = epoch.ahead.as_ref().map(|ahead| ahead.chain.clone());
            let mut number = epoch.highest;
            let ahead = core::iter::successors(ahead, |chain| Some(chain.step()))
                .take(self.window as usize)
                .map(move |chain| {
                    number += 1;
                    (chain.tag(), at(number))
                });
            gaps.chain(ahead)
        })
    }

    pub(super) fn take(&mut self, position: Position, now: UnixTime, tags: &mut TagChanges) {
        if let Some(epoch) = self.epoch_mut(position.epoch) {
            epoch.take(position.number, gap_end(now), tags);
        }
        self.tidy(tags);
    }

    pub(super) fn close(
        &mut self,
        epoch: u32,
        last: u32,
        now: UnixTime,
        tags: &mut TagChanges,
    ) -> Result<(), Contradiction> {
        let window = self.window;
        if let Some(epoch) = self.epoch_mut(epoch) {
            epoch.close(last, window, gap_end(now), tags)?;
        }
        self.tidy(tags);
        Ok(())
    }

    /// The sender will never send this number.
    pub(super) fn abandon(&mut self, position: Position, tags: &mut TagChanges) {
        if let Some(epoch) = self.epoch_mut(position.epoch)
            && let Some(gap) = epoch.gaps.remove(&position.number)
        {
            tags.removed.push(gap.key.tag);
        }
        self.tidy(tags);
    }

    /// Drops gaps whose time is over. A time further away than a gap may live comes from a clock that was wrong.
    pub(super) fn expire(&mut self, now: UnixTime, tags: &mut TagChanges) {
        for epoch in &mut self.epochs {
            epoch.gaps.retain(|_, gap| {
                gap.until = gap.until.min(gap_end(now));
                let alive = gap.until > now;
                if !alive {
                    tags.removed.push(gap.key.tag);
                }
                alive
            });
        }
        self.tidy(tags);
    }

    /// Whether a letter between the two positions may still open.
    pub(super) fn any_gap(&self, from: Position, before: Position) -> bool {
        self.epochs.iter().any(|epoch| {
            epoch.gaps.keys().any(|number| {
                let position = Position {
                    epoch: epoch.epoch,
                    number: *number,
                };
                from <= position && position < before
            })
        })
    }

    /// What to tell the sender: the newest epochs, newest first.
    pub(super) fn received(&self) -> impl Iterator<Item = Received> + '_ {
        self.epochs
            .iter()
            .rev()
            .filter(|epoch| epoch.highest > 0)
            .map(|epoch| Received::new(epoch.epoch, epoch.highest, epoch.gaps.keys().copied()))
    }

    /// How many numbers were passed over and may still come.
    pub(super) fn gap_count(&self) -> usize {
        self.epochs.iter().map(|epoch| epoch.gaps.len()).sum()
    }

    fn epoch_mut(&mut self, epoch: u32) -> Option<&mut ReceiveEpoch> {
        self.epochs.iter_mut().find(|known| known.epoch == epoch)
    }

    /// Keeps within the limits, forgets what is complete, and settles what was both added and removed in this step.
    fn tidy(&mut self, tags: &mut TagChanges) {
        while self.gap_count() > GAPS_MAX {
            let oldest = self
                .epochs
                .iter_mut()
                .find_map(|epoch| epoch.gaps.pop_first());
            if let Some((_, gap)) = oldest {
                tags.removed.push(gap.key.tag);
            }
        }
        self.epochs
            .retain(|epoch| epoch.ahead.is_some() || !epoch.gaps.is_empty());
        tags.settle();
    }
}

impl TagChanges {
    /// A tag that came and went within one step never was.
    fn settle(&mut self) {
        if self.added.is_empty() || self.removed.is_empty() {
            return;
        }
        let removed: std::collections::BTreeSet<Tag> = self.removed.iter().copied().collect();
        let both: std::collections::BTreeSet<Tag> = self
            .added
            .iter()
            .filter(|tag| removed.contains(tag))
            .copied()
            .collect();
        self.added.retain(|tag| !both.contains(tag));
        self.removed.retain(|tag| !both.contains(tag));
    }
}

/// When a gap that is noticed `now` is given up.
pub(super) fn gap_end(now: UnixTime) -> UnixTime {
    now.plus(u64::from(KEY_LIFE_DAYS) * DAY_SECONDS)
}
