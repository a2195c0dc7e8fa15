//! Keeps account of letters: what was sent, what the relay acknowledged, what the owner deleted; and checks a relay against
//! it. The one promise that everything else rests on: nothing acknowledged is ever lost.

use std::collections::{HashMap, HashSet};

use anyhow::ensure;
use rand::Rng;
use tidings_protocol::{
    ids::{EnvelopeHash, MailboxAddress},
    limits::{ACKNOWLEDGE_MAX, COLLECT_MAX, ENVELOPE_LEN},
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::VerifiedCertificate,
    secret::SigningSecret,
};

use crate::line::Line;

/// A mailbox with its owner's key and the account of its letters.
pub struct Ledger {
    owner: SigningSecret,
    /// Deposits that were begun; the relay may hold them or not.
    sent: HashSet<EnvelopeHash>,
    /// Deposits that the relay acknowledged: it must hold them until they are deleted.
    acknowledged: HashSet<EnvelopeHash>,
    /// Deletions that were begun: from then on a letter may be gone.
    going: HashSet<EnvelopeHash>,
    /// Deletions that the relay confirmed: such a letter must not come again.
    gone: HashSet<EnvelopeHash>,
}

/// What a ledger has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Letters that the relay acknowledged.
    pub acknowledged: usize,
    /// Of those, letters that the owner collected and deleted.
    pub gone: usize,
}

impl Ledger {
    /// Makes a mailbox at the relay.
    ///
    /// # Errors
    /// If the relay does not make it.
    pub async fn open(line: &Line, certificate: &VerifiedCertificate) -> anyhow::Result<Self> {
        let owner = SigningSecret::random(&mut rand::rng());
        let (answer, _) = line
            .owner(&owner, certificate, &OwnerRequest::CreateMailbox)
            .await?;
        ensure!(
            matches!(answer, OwnerAnswer::Created { .. }),
            "a new mailbox was answered with {answer:?}"
        );
        Ok(Self {
            owner,
            sent: HashSet::new(),
            acknowledged: HashSet::new(),
            going: HashSet::new(),
            gone: HashSet::new(),
        })
    }

    /// Where letters for it are deposited.
    #[must_use]
    pub fn address(&self) -> MailboxAddress {
        MailboxAddress::of(&self.owner.public())
    }

    /// A deposit is about to begin.
    pub fn sends(&mut self, envelope: &[u8]) -> EnvelopeHash {
        let hash = EnvelopeHash::of(envelope);
        self.sent.insert(hash);
        hash
    }

    /// The relay acknowledged a deposit.
    pub fn acknowledged(&mut self, hash: EnvelopeHash) {
        self.acknowledged.insert(hash);
    }

    /// The totals.
    #[must_use]
    pub fn count(&self) -> Count {
        Count {
            acknowledged: self.acknowledged.len(),
            gone: self.gone.len(),
        }
    }

    /// Collects everything that waits and holds it against the account.
    ///
    /// # Errors
    /// If an acknowledged letter is missing, a deleted one is back, one comes twice, or one was never sent.
    pub async fn audit(
        &self,
        line: &Line,
        certificate: &VerifiedCertificate,
    ) -> anyhow::Result<Vec<EnvelopeHash>> {
        let waiting = self.collect(line, certificate).await?;
        let mut seen = HashSet::new();
        for hash in &waiting {
            ensure!(seen.insert(*hash), "a letter came twice");
            ensure!(self.sent.contains(hash), "a letter came that nobody sent");
            ensure!(!self.gone.contains(hash), "a deleted letter came back");
        }
        let missing = self
            .acknowledged
            .iter()
            .filter(|hash| !seen.contains(*hash) && !self.going.contains(*hash))
            .count();
        ensure!(
            missing == 0,
            "{missing} of {} acknowledged letters are lost",
            self.acknowledged.len()
        );
        Ok(waiting)
    }

    /// Deletes these letters at the relay.
    ///
    /// # Errors
    /// If the relay does not answer, or not as it should; the letters may then be gone or not.
    pub async fn delete(
        &mut self,
        line: &Line,
        certificate: &VerifiedCertificate,
        letters: &[EnvelopeHash],
    ) -> anyhow::Result<()> {
        for letters in letters.chunks(ACKNOWLEDGE_MAX) {
            self.going.extend(letters);
            let request = OwnerRequest::Acknowledge {
                letters: letters.to_vec(),
            };
            let (answer, _) = line.owner(&self.owner, certificate, &request).await?;
            ensure!(answer == OwnerAnswer::Acknowledged, "{answer:?}");
            self.gone.extend(letters);
        }
        Ok(())
    }

    /// Every letter that waits, by place.
    async fn collect(
        &self,
        line: &Line,
        certificate: &VerifiedCertificate,
    ) -> anyhow::Result<Vec<EnvelopeHash>> {
        let (mut waiting, mut places) = (Vec::new(), HashMap::new());
        let mut after = 0;
        loop {
            let request = OwnerRequest::Collect {
                after,
                max: COLLECT_MAX,
            };
            let (answer, body) = line.owner(&self.owner, certificate, &request).await?;
            let OwnerAnswer::Collected {
                places: more_places,
                more,
            } = answer
            else {
                anyhow::bail!("a collect was answered with {answer:?}");
            };
            for (&place, envelope) in more_places.iter().zip(body.chunks(ENVELOPE_LEN)) {
                ensure!(place > after, "place {place} follows {after}");
                after = place;
                let hash = EnvelopeHash::of(envelope);
                ensure!(
                    places.insert(place, hash).is_none(),
                    "place {place} came twice"
                );
                waiting.push(hash);
            }
            if !more {
                return Ok(waiting);
            }
            ensure!(!more_places.is_empty(), "more wait, but none came");
        }
    }
}

/// An envelope that no other equals, to a relay as good as a sealed one.
#[must_use]
pub fn envelope() -> Vec<u8> {
    let mut envelope = vec![0; ENVELOPE_LEN];
    rand::rng().fill_bytes(&mut envelope);
    // Version and suite.
    envelope[..2].copy_from_slice(&[1, 1]);
    envelope
}
