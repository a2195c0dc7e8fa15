//! What a letter is bound to: `info` and `aad` of HPKE (SEAL-3).

use sha2::{Digest, Sha256};

use super::{ContactId, KeyHash, Position, state::Role};
use crate::{
    envelope::{ENVELOPE_VERSION, Tag},
    ids::SigningPublic,
    limits::ENVELOPE_TAG_LEN,
    suite::{KemPublic, SUITE_1},
};

impl KeyHash {
    pub(super) fn of(key: &KemPublic) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }
}

/// How a letter is keyed. The values are part of `info`.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A first letter in base mode.
    First = 0,
    /// A first letter in PSK mode under an invitation.
    Invited = 1,
    /// A later letter in PSK mode under a chain.
    Later = 2,
}

pub(super) struct Binding<'a> {
    pub(super) kind: Kind,
    pub(super) desk: &'a SigningPublic,
    /// `None` in first letters: their reader does not know it yet.
    pub(super) contact: Option<&'a ContactId>,
    pub(super) sender: Role,
    /// Zero in first letters.
    pub(super) position: Position,
    /// Zero in later letters.
    pub(super) prekey_epoch: u32,
    pub(super) recipient: &'a KeyHash,
}

const LABEL: &[u8; 17] = b"tidings letter v1";

impl Binding<'_> {
    /// 128 bytes, every field at its fixed place.
    pub(super) fn info(&self) -> Vec<u8> {
        let mut info = Vec::with_capacity(128);
        info.extend_from_slice(LABEL);
        info.push(SUITE_1);
        info.push(self.kind as u8);
        info.extend_from_slice(self.desk.as_bytes());
        info.extend_from_slice(self.contact.unwrap_or(&ContactId([0; 32])).as_bytes());
        info.extend_from_slice(&self.position.epoch.to_le_bytes());
        info.push(self.sender.direction());
        info.extend_from_slice(&self.position.number.to_le_bytes());
        info.extend_from_slice(&self.prekey_epoch.to_le_bytes());
        info.extend_from_slice(self.recipient.as_bytes());
        info
    }
}

/// `version ‖ suite ‖ tag`: what precedes the encapsulation in the envelope.
pub(super) fn aad(tag: &Tag) -> [u8; 2 + ENVELOPE_TAG_LEN] {
    let mut aad = [0; 2 + ENVELOPE_TAG_LEN];
    aad[0] = ENVELOPE_VERSION;
    aad[1] = SUITE_1;
    aad[2..].copy_from_slice(tag.as_bytes());
    aad
}
