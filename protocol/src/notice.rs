//! Signed notices: the status of a letter, custody, a fact that fraudsters would like to invent.
//!
//! Normative text: `docs/spec/letters.md`, rules NOTICE-1 to NOTICE-11. Whatever else an office writes is a message, and is
//! shown as "not a notice" (NOTICE-10): there is no other way to make a [`VerifiedNotice`] than [`SignedNotice::verify`].
//!
//! The signature covers `HMAC(r, contact ‖ epoch ‖ number)`, and `r` is only inside the letter: the family can check that the
//! notice was meant for it and for this very letter, while a copy passed on ([`SignedNotice::for_others`]) shows that the
//! office said it and names nobody.

mod body;
#[cfg(test)]
mod tests;

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use self::body::{Closing, Custody, Fact, NoticeBody, StatusNote};
use crate::{
    ids::{Signature, SigningPublic, byte_string},
    limits::{NOTICE_BODY_MAX, NOTICE_MAX},
    office::{OfficeError, OfficeSubkey, Role, SubkeyCertificate},
    pair::{ContactId, Position},
    secret::Secret,
    time::Day,
    wire,
};

/// The version of notices that this crate reads and writes.
pub const NOTICE_VERSION: u8 = 1;

byte_string! {
    /// Binds a notice to a pair and a letter without naming them (NOTICE-3).
    NoticeBinding, 32
}

/// For whom a notice is: the pair, and the letter in which it travels. The desk takes the position that the pair gives the
/// letter when it is sealed; a notice that is sent again in another letter is signed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticePlace {
    /// The pair.
    pub contact: ContactId,
    /// Epoch and number of the letter, in the desk's direction.
    pub position: Position,
}

/// A notice as it travels inside a letter; not yet verified.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedNotice {
    version: u8,
    kind: u8,
    date: Day,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    r: Secret,
    certificate: SubkeyCertificate,
    signature: Signature,
}

/// A notice that can be shown to others: whether the office said it can be checked, for whom it was cannot be seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeForOthers {
    version: u8,
    kind: u8,
    date: Day,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    binding: NoticeBinding,
    certificate: SubkeyCertificate,
    signature: Signature,
}

/// A notice that an office signed for this family and this letter. Only [`SignedNotice::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedNotice {
    date: Day,
    body: NoticeBody,
}

/// A notice that an office signed, for somebody. Only [`NoticeForOthers::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownNotice {
    date: Day,
    body: NoticeBody,
}

/// Why a notice cannot be made, read or believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// A notice of a version that this program does not know.
    #[error("the notice has version {got}, this program knows version {NOTICE_VERSION}")]
    Version {
        /// The notice's version.
        got: u8,
    },
    /// A kind, or a word in it, that this program does not know, or not an encoding of a notice.
    #[error("the notice says something that this program does not know")]
    Body,
    /// Not an encoding of a notice, cut off or damaged.
    #[error("the notice is malformed")]
    Malformed,
    /// Larger than a notice may be.
    #[error("the notice has {got} bytes, at most {limit} are allowed")]
    TooLong {
        /// Its size in bytes.
        got: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not signed by the office, or meant for another family or letter.
    #[error("the notice was not signed for this letter by this office")]
    Signature,
    /// The subkey is refused.
    #[error("the notice: {0}")]
    Office(#[from] OfficeError),
    /// A death is told by a person of the desk, never by a program (NOTICE-9).
    #[error("a death is told by a person, not by a notice")]
    ToldByAPerson,
}

const NOTICE_LABEL: &[u8] = b"tidings notice v1";

impl NoticeBody {
    /// Signs the notice for one family and one letter (NOTICE-2).
    ///
    /// # Errors
    /// [`NoticeError`]: whatever the family would refuse is not signed.
    pub fn sign(
        &self,
        date: Day,
        place: &NoticePlace,
        identity: &SigningPublic,
        subkey: &OfficeSubkey,
        rng: &mut impl CryptoRng,
    ) -> Result<SignedNotice, NoticeError> {
        let certificate = subkey.certificate().clone();
        certificate.verify(identity)?.check(Role::Notices, [date])?;
        let (kind, body) = self.encode()?;
        if body.len() > NOTICE_BODY_MAX {
            return Err(NoticeError::TooLong {
                got: body.len(),
                limit: NOTICE_BODY_MAX,
            });
        }
        let r = Secret::random(rng);
        let binding = binding(&r, place);
        let head = Head {
            version: NOTICE_VERSION,
            kind,
            date,
        };
        let signature = head.with_parts(&body, &binding, &certificate, |parts| {
            subkey.sign(NOTICE_LABEL, parts)
        });
        Ok(SignedNotice {
            version: NOTICE_VERSION,
            kind,
            date,
            body,
            r,
            certificate,
            signature,
        })
    }
}

impl SignedNotice {
    /// The bytes of the notice, at most [`NOTICE_MAX`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Fields that bincode can always express.
        wire::encode("notice", self).unwrap_or_default()
    }

    /// Reads the bytes of a notice. Believes nothing: see [`Self::verify`].
    ///
    /// # Errors
    /// [`NoticeError::TooLong`], [`NoticeError::Version`] or [`NoticeError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NoticeError> {
        read_head(bytes)?;
        wire::decode::<Self, { NOTICE_MAX + 64 }>("notice", bytes)
            .map_err(|_| NoticeError::Malformed)
    }

    /// Verifies that the office `identity` signed the notice for this pair and this letter (NOTICE-4 to NOTICE-7). The day of
    /// the notice must lie within the subkey's certificate; no clock is asked.
    ///
    /// # Errors
    /// [`NoticeError`]; every one of them but [`NoticeError::Version`] and [`NoticeError::Body`] means: show it as not a
    /// notice.
    pub fn verify(
        &self,
        identity: &SigningPublic,
        place: &NoticePlace,
    ) -> Result<VerifiedNotice, NoticeError> {
        let shown = self.for_others(place).verify(identity)?;
        Ok(VerifiedNotice {
            date: shown.date,
            body: shown.body,
        })
    }

    /// The same notice without what ties it to this family, to be shown to others (NOTICE-8).
    #[must_use]
    pub fn for_others(&self, place: &NoticePlace) -> NoticeForOthers {
        NoticeForOthers {
            version: self.version,
            kind: self.kind,
            date: self.date,
            body: self.body.clone(),
            binding: binding(&self.r, place),
            certificate: self.certificate.clone(),
            signature: self.signature,
        }
    }
}

impl NoticeForOthers {
    /// The bytes, at most [`NOTICE_MAX`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode("notice", self).unwrap_or_default()
    }

    /// Reads the bytes. Believes nothing: see [`Self::verify`].
    ///
    /// # Errors
    /// [`NoticeError::TooLong`], [`NoticeError::Version`] or [`NoticeError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NoticeError> {
        read_head(bytes)?;
        wire::decode::<Self, { NOTICE_MAX + 64 }>("notice", bytes)
            .map_err(|_| NoticeError::Malformed)
    }

    /// Verifies that the office `identity` signed this for somebody.
    ///
    /// # Errors
    /// [`NoticeError`].
    pub fn verify(&self, identity: &SigningPublic) -> Result<ShownNotice, NoticeError> {
        if self.version != NOTICE_VERSION {
            return Err(NoticeError::Version { got: self.version });
        }
        let subkey = self.certificate.verify(identity)?;
        let head = Head {
            version: self.version,
            kind: self.kind,
            date: self.date,
        };
        head.with_parts(&self.body, &self.binding, &self.certificate, |parts| {
            subkey.verify(
                Role::Notices,
                [self.date],
                NOTICE_LABEL,
                parts,
                &self.signature,
            )
        })
        .map_err(|error| match error {
            OfficeError::Signature => NoticeError::Signature,
            other => NoticeError::Office(other),
        })?;
        Ok(ShownNotice {
            date: self.date,
            body: NoticeBody::decode(self.kind, &self.body)?,
        })
    }
}

impl VerifiedNotice {
    /// The day on which the office says it.
    #[must_use]
    pub fn date(&self) -> Day {
        self.date
    }

    /// What the office says.
    #[must_use]
    pub fn body(&self) -> &NoticeBody {
        &self.body
    }
}

impl ShownNotice {
    /// The day on which the office said it.
    #[must_use]
    pub fn date(&self) -> Day {
        self.date
    }

    /// What the office said.
    #[must_use]
    pub fn body(&self) -> &NoticeBody {
        &self.body
    }
}

/// The small fields that are signed.
struct Head {
    version: u8,
    kind: u8,
    date: Day,
}

impl Head {
    /// Lays out what is signed (NOTICE-2) and hands it to `then`.
    fn with_parts<T>(
        &self,
        body: &[u8],
        binding: &NoticeBinding,
        certificate: &SubkeyCertificate,
        then: impl FnOnce(&[&[u8]]) -> T,
    ) -> T {
        let content: [u8; 32] = Sha256::digest(body).into();
        then(&[
            &[self.version, self.kind],
            &self.date.0.to_le_bytes(),
            &content,
            &binding.0,
            certificate.certified_bytes(),
        ])
    }
}

/// NOTICE-3: `HMAC-SHA256(r, contact ‖ epoch ‖ number)`, numbers in four bytes, little-endian.
fn binding(r: &Secret, place: &NoticePlace) -> NoticeBinding {
    // RFC 2104: a key shorter than a block of the hash is filled up with zeros.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(r.expose());
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(&place.contact.0);
    mac.update(&place.position.epoch.to_le_bytes());
    mac.update(&place.position.number.to_le_bytes());
    NoticeBinding(mac.finalize().into_bytes().into())
}

/// Length and version, before anything is decoded.
fn read_head(bytes: &[u8]) -> Result<(), NoticeError> {
    if bytes.len() > NOTICE_MAX {
        return Err(NoticeError::TooLong {
            got: bytes.len(),
            limit: NOTICE_MAX,
        });
    }
    match bytes.first() {
        None => Err(NoticeError::Malformed),
        Some(&got) if got != NOTICE_VERSION => Err(NoticeError::Version { got }),
        Some(_) => Ok(()),
    }
}

impl fmt::Debug for SignedNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedNotice(…)")
    }
}

impl fmt::Debug for NoticeForOthers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoticeForOthers(…)")
    }
}
