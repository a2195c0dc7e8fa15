//! The office's side of prekeys: private halves, their weekly change and their end (PREKEY-11 to PREKEY-14).

use core::cmp::Reverse;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{Prekey, PrekeyEpoch, PrekeyError, PrekeyRecord};
use crate::{
    clocks::Clocks,
    ids::SigningPublic,
    limits::{DAY_SECONDS, KEY_LIFE_DAYS, PREKEYS_ON_SHELF},
    office::{OfficeSubkey, Role},
    prekey_secret::PrekeySecret,
    secret::Secret,
    time::UnixTime,
};

/// What an office's device needs to be written to: a subkey, and the private halves of its prekeys, newest epoch first.
/// Serialises for the vault; all of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeKeys {
    identity: SigningPublic,
    subkey: OfficeSubkey,
    prekeys: Vec<PrekeySecret>,
}

/// What [`OfficeKeys::rotate`] decided: store `keys`, then publish `record`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The keys from now on.
    pub keys: OfficeKeys,
    /// What goes onto the shelf.
    pub record: PrekeyRecord,
    /// Epochs that got a key now.
    pub made: Vec<PrekeyEpoch>,
    /// Epochs whose private half is gone now. Whatever was kept for them (hashes of first letters) may go too.
    pub deleted: Vec<PrekeyEpoch>,
    /// The clocks disagree: warn. Nothing was deleted.
    pub clock_doubt: bool,
}

impl OfficeKeys {
    /// An office that has no prekeys yet: [`Self::rotate`] makes them.
    #[must_use]
    pub fn new(identity: SigningPublic, subkey: OfficeSubkey) -> Self {
        Self {
            identity,
            subkey,
            prekeys: Vec::new(),
        }
    }

    /// The office's identity.
    #[must_use]
    pub fn identity(&self) -> &SigningPublic {
        &self.identity
    }

    /// The subkey that signs daily.
    #[must_use]
    pub fn subkey(&self) -> &OfficeSubkey {
        &self.subkey
    }

    /// Takes a new subkey into use; prekeys stay, and the next [`Self::rotate`] signs them with it.
    #[must_use]
    pub fn with_subkey(self, subkey: OfficeSubkey) -> Self {
        Self { subkey, ..self }
    }

    /// The private halves, newest epoch first: the order in which a desk tries them on a first letter.
    #[must_use]
    pub fn secrets(&self) -> &[PrekeySecret] {
        &self.prekeys
    }

    /// The private half of one epoch.
    #[must_use]
    pub fn secret(&self, epoch: PrekeyEpoch) -> Option<&PrekeySecret> {
        self.prekeys.iter().find(|prekey| prekey.epoch == epoch.0)
    }

    /// Makes the keys of this week and the next ones as far as the subkey's certificate reaches, signs the shelf, and
    /// deletes private halves past their time (PREKEY-11 to PREKEY-14). Changes nothing itself: it gives back what is to be
    /// stored before it is published. Call it daily, and whenever the subkey changed; keys that are there stay.
    ///
    /// Only if both clocks agree that its time has passed is anything deleted: an office whose clock jumped by a year
    /// must not lose the letters under way.
    ///
    /// # Errors
    /// [`PrekeyError::Office`] if the certificate does not cover this week or does not allow prekeys: the desk's head has
    /// to certify a new subkey.
    pub fn rotate(
        &self,
        clocks: Clocks,
        rng: &mut impl CryptoRng,
    ) -> Result<Rotation, PrekeyError> {
        let epochs = self.shelf_epochs(clocks)?;
        let clock_doubt = clocks.disagree();
        let (mut prekeys, gone): (Vec<_>, Vec<_>) = self
            .prekeys
            .iter()
            .cloned()
            .partition(|prekey| clock_doubt || !clocks.surely_past(delete_after(prekey)));
        let mut made = Vec::new();
        for &epoch in &epochs {
            if !prekeys.iter().any(|prekey| prekey.epoch == epoch.0) {
                let seed = Secret::random(rng);
                prekeys.push(PrekeySecret::new(epoch.0, seed, epoch.end())?);
                made.push(epoch);
            }
        }
        prekeys.sort_by_key(|prekey| Reverse(prekey.epoch));
        let shelf = prekeys
            .iter()
            .rev()
            .map(|prekey| Prekey {
                epoch: PrekeyEpoch(prekey.epoch),
                key: prekey.public,
            })
            .filter(|prekey| epochs.contains(&prekey.epoch))
            .collect();
        let record = PrekeyRecord::sign(&self.subkey, &self.identity, shelf)?;
        let keys = Self {
            identity: self.identity,
            subkey: self.subkey.clone(),
            prekeys,
        };
        Ok(Rotation {
            keys,
            record,
            made,
            deleted: gone
                .iter()
                .map(|prekey| PrekeyEpoch(prekey.epoch))
                .collect(),
            clock_doubt,
        })
    }

    /// This week and the next ones whose last day the certificate covers; at least one.
    fn shelf_epochs(&self, clocks: Clocks) -> Result<Vec<PrekeyEpoch>, PrekeyError> {
        let subkey = self.subkey.certificate().verify(&self.identity)?;
        let covers = |epoch: PrekeyEpoch| subkey.check(Role::Prekeys, [epoch.last_day()]);
        let this_week = PrekeyEpoch::of(clocks.day());
        let epochs: Vec<_> = (this_week.0..)
            .take(PREKEYS_ON_SHELF)
            .map(PrekeyEpoch)
            .filter(|&epoch| covers(epoch).is_ok())
            .collect();
        if epochs.is_empty() {
            covers(this_week)?;
        }
        Ok(epochs)
    }
}

/// PREKEY-12: when no letter to it can still be under way.
fn delete_after(prekey: &PrekeySecret) -> UnixTime {
    prekey
        .not_after
        .plus(u64::from(KEY_LIFE_DAYS) * DAY_SECONDS)
}
