//! The key for the answer (SEAL-9): mine, of which one is in use, one is offered and older ones wait for missing letters;
//! and the peer's newest.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{KeyHash, Position, epochs::Contradiction, epochs::gap_end};
use crate::{
    limits::DRAINING_MAX,
    suite::{KemPublic, KemSecret, SuiteError},
    time::UnixTime,
};

/// A key that the peer has used.
#[derive(Clone, Serialize, Deserialize)]
struct Used {
    secret: KemSecret,
    hash: KeyHash,
    /// The first letter sealed to it, as the peer says.
    since: Position,
    /// The last letter that it opened: the peer never goes back, so an older letter was sealed to no newer key.
    latest: Position,
}

/// A key that stands in every letter until the peer uses it.
#[derive(Clone, Serialize, Deserialize)]
struct Offered {
    secret: KemSecret,
    public: KemPublic,
    hash: KeyHash,
}

/// A key that newer letters no longer use.
#[derive(Clone, Serialize, Deserialize)]
struct Draining {
    key: Used,
    /// The first letter sealed to its successor.
    before: Position,
    until: UnixTime,
}

/// My private keys.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct MyKeys {
    current: Option<Used>,
    offered: Option<Offered>,
    draining: Vec<Draining>,
    /// Index of the newest key made; they rise from 1.
    last_index: u32,
}

/// Which of my keys opened a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Offered,
    Current,
    Draining(usize),
}

impl MyKeys {
    pub(super) fn none() -> Self {
        Self {
            current: None,
            offered: None,
            draining: Vec::new(),
            last_index: 0,
        }
    }

    /// The offered key; a fresh one if the last was used.
    pub(super) fn offer(
        &mut self,
        rng: &mut impl CryptoRng,
    ) -> Result<(u32, KemPublic), SuiteError> {
        if let Some(offered) = &self.offered {
            return Ok((self.last_index, offered.public));
        }
        let secret = KemSecret::random(rng);
        let public = secret.public()?;
        self.offered = Some(Offered {
            secret,
            public,
            hash: KeyHash::of(&public),
        });
        // Four billion changes of key take longer than any pair lives.
        self.last_index = self.last_index.saturating_add(1);
        Ok((self.last_index, public))
    }

    /// Keys that may open the letter at `position`, likeliest first: at most two.
    pub(super) fn candidates(&self, position: Position) -> Vec<(Which, &KemSecret, &KeyHash)> {
        let drained = self
            .draining
            .iter()
            .enumerate()
            .find(|(_, key)| key.key.since <= position && position < key.before);
        if let Some((at, key)) = drained {
            return vec![(Which::Draining(at), &key.key.secret, &key.key.hash)];
        }
        if self
            .current
            .as_ref()
            .is_some_and(|key| position < key.since)
        {
            // Its key has been given up, or was never there.
            return Vec::new();
        }
        let newest = self
            .current
            .as_ref()
            .is_none_or(|key| key.latest < position);
        let offered = self
            .offered
            .iter()
            .filter(|_| newest)
            .map(|key| (Which::Offered, &key.secret, &key.hash));
        let current = self
            .current
            .iter()
            .map(|key| (Which::Current, &key.secret, &key.hash));
        offered.chain(current).collect()
    }

    /// A letter opened with `which`, and its sender says since when it uses that key.
    pub(super) fn used(
        &mut self,
        which: Which,
        since: Position,
        position: Position,
        now: UnixTime,
    ) -> Result<(), Contradiction> {
        let known = match which {
            Which::Current => self.current.as_mut().map(|key| {
                key.latest = key.latest.max(position);
                key.since
            }),
            Which::Draining(at) => self.draining.get(at).map(|key| key.key.since),
            Which::Offered => {
                let rises = self.current.as_ref().is_none_or(|key| key.latest < since);
                if !rises || since > position {
                    return Err(Contradiction);
                }
                self.promote(since, position, now);
                Some(since)
            }
        };
        if known == Some(since) {
            Ok(())
        } else {
            Err(Contradiction)
        }
    }

    fn promote(&mut self, since: Position, latest: Position, now: UnixTime) {
        let Some(offered) = self.offered.take() else {
            return;
        };
        let superseded = self.current.replace(Used {
            secret: offered.secret,
            hash: offered.hash,
            since,
            latest,
        });
        if let Some(key) = superseded {
            self.draining.push(Draining {
                key,
                before: since,
                until: gap_end(now),
            });
        }
    }

    /// Wipes every superseded key that no letter can need any more.
    pub(super) fn drain(&mut self, needed: impl Fn(Position, Position) -> bool) {
        self.draining
            .retain(|key| needed(key.key.since, key.before));
        if self.draining.len() > DRAINING_MAX {
            self.draining.drain(..self.draining.len() - DRAINING_MAX);
        }
    }

    /// Wipes superseded keys whose time is over.
    pub(super) fn expire(&mut self, now: UnixTime) {
        self.draining.retain_mut(|key| {
            key.until = key.until.min(gap_end(now));
            key.until > now
        });
    }

    #[cfg(test)]
    pub(super) fn with_next_offer(&self) -> Self {
        Self {
            offered: None,
            last_index: self.last_index + 1,
            ..self.clone()
        }
    }

    #[cfg(test)]
    pub(super) fn draining_secrets(&self) -> Vec<KemSecret> {
        self.draining
            .iter()
            .map(|key| key.key.secret.clone())
            .collect()
    }

    pub(super) fn draining_count(&self) -> usize {
        self.draining.len()
    }
}

/// The peer's newest key that I have seen.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct PeerKey {
    index: u32,
    pub(super) key: KemPublic,
    pub(super) hash: KeyHash,
    /// The first letter that I sealed to it.
    since: Option<Position>,
}

impl PeerKey {
    pub(super) fn new(index: u32, key: KemPublic) -> Self {
        Self {
            index,
            key,
            hash: KeyHash::of(&key),
            since: None,
        }
    }

    /// Notes its first use; returns the first position sealed to it.
    pub(super) fn use_at(&mut self, position: Position) -> Position {
        *self.since.get_or_insert(position)
    }

    /// Takes a newer key over, never an older one; the same index always names the same key.
    pub(super) fn take_newer(&mut self, index: u32, key: &KemPublic) -> Result<(), Contradiction> {
        if index == self.index && *key != self.key {
            return Err(Contradiction);
        }
        if index > self.index {
            *self = Self::new(index, *key);
        }
        Ok(())
    }
}
