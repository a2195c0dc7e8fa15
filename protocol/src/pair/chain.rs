//! Tags and keys from chains; roots and chains of epochs (SEAL-6, SEAL-7).

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{ContactId, state::Role};
use crate::{envelope::Tag, limits::ENVELOPE_TAG_LEN, secret::Secret, suite::derive};

/// What finds and opens one letter, besides a private key.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct LetterKey {
    pub(super) tag: Tag,
    pub(super) psk: Secret,
}

/// A chain key, standing at one number.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Chain(Secret);

impl Chain {
    pub(super) fn tag(&self) -> Tag {
        truncate(&derive(&self.0, b"", b"tidings chain tag v1", &[]))
    }

    pub(super) fn letter_key(&self) -> LetterKey {
        LetterKey {
            tag: self.tag(),
            psk: derive(&self.0, b"", b"tidings chain psk v1", &[]),
        }
    }

    #[cfg(test)]
    pub(super) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key of the following number; there is no way back.
    pub(super) fn step(&self) -> Self {
        Self(derive(&self.0, b"", b"tidings chain step v1", &[]))
    }
}

pub(super) fn truncate(secret: &Secret) -> Tag {
    let mut tag = [0; ENVELOPE_TAG_LEN];
    tag.copy_from_slice(&secret.expose()[..ENVELOPE_TAG_LEN]);
    let out = Tag(tag);
    tag.zeroize();
    out
}

/// What an epoch starts from. The root itself is not kept: it would bring every chain key back.
#[derive(Clone)]
pub(super) struct EpochSecrets {
    family_to_desk: Chain,
    desk_to_family: Chain,
    /// From which the next epoch's root comes, together with the desk's seed.
    pub(super) link: Secret,
}

impl EpochSecrets {
    /// Epoch 0, from the family's pair seed.
    pub(super) fn first(pair_seed: &Secret, contact: &ContactId) -> Self {
        let root = derive(pair_seed, contact.as_bytes(), b"tidings pair root v1", &[]);
        Self::of_root(&root, contact, 0)
    }

    /// The epoch after the one that `link` belongs to, from the desk's seed.
    pub(super) fn following(link: &Secret, seed: &Secret, contact: &ContactId, epoch: u32) -> Self {
        let root = derive(
            seed,
            link.expose(),
            b"tidings epoch root v1",
            &[contact.as_bytes(), &epoch.to_le_bytes()],
        );
        Self::of_root(&root, contact, epoch)
    }

    fn of_root(root: &Secret, contact: &ContactId, epoch: u32) -> Self {
        let chain = |sender: Role| {
            Chain(derive(
                root,
                contact.as_bytes(),
                b"tidings chain v1",
                &[&epoch.to_le_bytes(), &[sender.direction()]],
            ))
        };
        Self {
            family_to_desk: chain(Role::Family),
            desk_to_family: chain(Role::Desk),
            link: derive(
                root,
                contact.as_bytes(),
                b"tidings epoch link v1",
                &[&epoch.to_le_bytes()],
            ),
        }
    }

    /// The chain of the letters that `sender` writes.
    pub(super) fn chain_of(&self, sender: Role) -> Chain {
        match sender {
            Role::Family => self.family_to_desk.clone(),
            Role::Desk => self.desk_to_family.clone(),
        }
    }
}
