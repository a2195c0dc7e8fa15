//! Requests that only the owner of a mailbox may make, and their answers (EXCH-12 to EXCH-14).
//!
//! They do not lean on TLS: a browser cannot bind to its connection, and an entry relay ends it. The request is sealed to
//! the relay's online key and signed, inside the seal, with the mailbox's own key; the answer is sealed under a key that only
//! this request's sender can derive. Whoever forwards or replays the bytes learns neither mailbox nor letters.

use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Aead};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{
    exchange::{AnswerNonce, Refusal},
    ids::{EnvelopeHash, MailboxAddress, Signature, SigningPublic},
    limits::{
        ACKNOWLEDGE_MAX, COLLECT_MAX, ENVELOPE_LEN, FRAME_BODY_MAX, FRAME_HEAD_MAX, PREKEYS_MAX,
        WATCH_SECONDS_MAX,
    },
    relay_identity::{OnlineKeyHash, RootFingerprint, VerifiedCertificate},
    secret::{Secret, SigningSecret},
    suite::{self, Encapsulation, KemSecret, SuiteError},
    wire::{self, WireError},
};

/// What an owner asks. The order of variants is their number on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerRequest {
    /// Makes the mailbox whose address the owner's key gives, or confirms that it is there.
    CreateMailbox,
    /// Asks for waiting letters after a place in the mailbox, oldest first. Deletes nothing.
    Collect {
        /// Place of the last letter already seen; 0 for the beginning.
        after: u64,
        /// At most this many, from 1 to [`COLLECT_MAX`].
        max: u16,
    },
    /// Deletes letters by hash, once they are safe on the owner's disk. Naming one that is gone is no error.
    Acknowledge {
        /// At most [`ACKNOWLEDGE_MAX`].
        letters: Vec<EnvelopeHash>,
    },
    /// Answers when there is a letter after `after`, or when `seconds` have passed.
    Watch {
        /// Place of the last letter already seen.
        after: u64,
        /// At most [`WATCH_SECONDS_MAX`].
        seconds: u16,
    },
    /// Puts prekeys on the shelf of this mailbox, in place of those with a lower sequence.
    PublishPrekeys {
        /// Above every earlier one; the same one again with the same record is no error.
        sequence: u64,
        /// Opaque to the relay; at most [`PREKEYS_MAX`] bytes.
        #[serde(with = "serde_bytes")]
        record: Vec<u8>,
    },
    /// Deletes the mailbox and all that waits in it; the address stays closed.
    DeleteMailbox,
}

/// What the relay answers to the owner. The order of variants is their number on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerAnswer {
    /// The mailbox is there.
    Created {
        /// Letters that it may hold.
        quota: u32,
    },
    /// Waiting letters; the sealed body holds their envelopes one after the other, in the same order.
    Collected {
        /// Place of each letter, rising.
        places: Vec<u64>,
        /// Whether more wait after the last one.
        more: bool,
    },
    /// The letters named are gone.
    Acknowledged,
    /// Whether a letter waits after the place named.
    Watched {
        /// False if the time passed.
        waiting: bool,
    },
    /// The prekeys are on the shelf.
    Published,
    /// The mailbox is gone.
    Deleted,
    /// The request was not done, and why.
    Refused(Refusal),
}

/// An owner's request as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedOwnerRequest {
    /// To which of the relay's online keys it is sealed.
    pub online_key: OnlineKeyHash,
    /// The encapsulation.
    pub encapsulation: Encapsulation,
    /// The sealed [`SignedOwnerRequest`].
    #[serde(with = "serde_bytes")]
    pub ciphertext: Vec<u8>,
}

/// What is inside the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SignedOwnerRequest {
    owner: SigningPublic,
    signature: Signature,
    #[serde(with = "serde_bytes")]
    request: Vec<u8>,
}

/// Why an owner's request or its answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerError {
    /// Sealed to a key that this relay does not have.
    #[error("sealed to an online key that this relay does not have")]
    OnlineKey,
    /// The seal does not open.
    #[error("owner's request or answer: {0}")]
    Suite(#[from] SuiteError),
    /// The signature inside does not verify.
    #[error("owner's request is not signed by the mailbox's key")]
    Signature,
    /// The contents are not a request or an answer.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A number in the request is over its limit.
    #[error("{what}: {got}, from {least} to {most} are allowed")]
    Limit {
        /// Which number.
        what: &'static str,
        /// Given.
        got: usize,
        /// Smallest allowed.
        least: usize,
        /// Largest allowed.
        most: usize,
    },
    /// The answer's body is not as long as its places say.
    #[error("collect answer with {places} letters has a body of {got} bytes")]
    Body {
        /// Letters announced.
        places: usize,
        /// Bytes that came.
        got: usize,
    },
}

const INFO: &[u8] = b"tidings owner request v1";
const SIGN_LABEL: &[u8] = b"tidings owner signature v1";
const EXPORT_LABEL: &[u8] = b"tidings owner answer exporter v1";
const ANSWER_LABEL: &[u8] = b"tidings owner answer v1";

impl OwnerRequest {
    /// Checks the numbers against the limits (EXCH-14).
    ///
    /// # Errors
    /// [`OwnerError::Limit`].
    pub fn check(&self) -> Result<(), OwnerError> {
        let (what, got, least, most) = match self {
            Self::Collect { max, .. } => (
                "letters to collect",
                usize::from(*max),
                1,
                usize::from(COLLECT_MAX),
            ),
            Self::Acknowledge { letters } => {
                ("letters to acknowledge", letters.len(), 1, ACKNOWLEDGE_MAX)
            }
            Self::Watch { seconds, .. } => (
                "seconds to watch",
                usize::from(*seconds),
                1,
                usize::from(WATCH_SECONDS_MAX),
            ),
            Self::PublishPrekeys { record, .. } => {
                ("bytes of prekeys", record.len(), 1, PREKEYS_MAX)
            }
            Self::CreateMailbox | Self::DeleteMailbox => return Ok(()),
        };
        if (least..=most).contains(&got) {
            Ok(())
        } else {
            Err(OwnerError::Limit {
                what,
                got,
                least,
                most,
            })
        }
    }

    /// Signs and seals the request for the relay of `certificate` (EXCH-12). The second value opens the answer.
    ///
    /// # Errors
    /// [`OwnerError::Limit`] for a request that would be refused, [`OwnerError::Suite`] if the relay's key is malformed.
    pub fn seal(
        &self,
        owner: &SigningSecret,
        certificate: &VerifiedCertificate,
        rng: &mut impl CryptoRng,
    ) -> Result<(SealedOwnerRequest, AnswerOpener), OwnerError> {
        self.check()?;
        let root = RootFingerprint::of(&certificate.certificate().root);
        let online_key = certificate.online_key_hash();
        let info = request_info(&root, &online_key);
        let (encapsulation, mut sealer) =
            suite::encapsulate(&certificate.certificate().online_key, None, &info, rng)?;
        let request = wire::encode("owner's request", self)?;
        let signature = owner.sign(
            SIGN_LABEL,
            &[&root.0, &online_key.0, &encapsulation.0, &request],
        );
        let signed = SignedOwnerRequest {
            owner: owner.public(),
            signature,
            request,
        };
        let ciphertext = sealer.seal(&wire::encode("owner's request", &signed)?, b"")?;
        let opener = AnswerOpener(sealer.export(EXPORT_LABEL)?);
        Ok((
            SealedOwnerRequest {
                online_key,
                encapsulation,
                ciphertext,
            },
            opener,
        ))
    }
}

fn request_info(root: &RootFingerprint, online_key: &OnlineKeyHash) -> Vec<u8> {
    [INFO, &root.0, &online_key.0].concat()
}

/// An owner's request that was opened and whose signature holds.
#[derive(Debug)]
pub struct OpenedOwnerRequest {
    /// The mailbox, as the owner's key gives it.
    pub mailbox: MailboxAddress,
    /// What is asked, within the limits.
    pub request: OwnerRequest,
    /// Seals the answer.
    pub answer: AnswerSealer,
}

impl SealedOwnerRequest {
    /// Opens and verifies a request at the relay (EXCH-12). `key_of` finds the online key by its hash.
    ///
    /// # Errors
    /// [`OwnerError`]; the client is told no more than a [`Refusal`].
    pub fn open<'k>(
        &self,
        root: &RootFingerprint,
        key_of: impl FnOnce(&OnlineKeyHash) -> Option<&'k KemSecret>,
    ) -> Result<OpenedOwnerRequest, OwnerError> {
        let secret = key_of(&self.online_key).ok_or(OwnerError::OnlineKey)?;
        let info = request_info(root, &self.online_key);
        let mut opener = suite::decapsulate(secret, &self.encapsulation, None, &info)?;
        let inner = opener.open(&self.ciphertext, b"")?;
        let signed: SignedOwnerRequest =
            wire::decode::<_, FRAME_HEAD_MAX>("owner's request", &inner)?;
        signed
            .owner
            .verify(
                SIGN_LABEL,
                &[
                    &root.0,
                    &self.online_key.0,
                    &self.encapsulation.0,
                    &signed.request,
                ],
                &signed.signature,
            )
            .map_err(|_| OwnerError::Signature)?;
        let request: OwnerRequest =
            wire::decode::<_, FRAME_HEAD_MAX>("owner's request", &signed.request)?;
        request.check()?;
        let answer = AnswerSealer(opener.export(EXPORT_LABEL)?);
        Ok(OpenedOwnerRequest {
            mailbox: MailboxAddress::of(&signed.owner),
            request,
            answer,
        })
    }
}

/// Seals the answer to one request.
#[derive(Debug)]
pub struct AnswerSealer(Secret);

/// Opens the answer to one request.
#[derive(Debug)]
pub struct AnswerOpener(Secret);

impl AnswerSealer {
    /// Seals an answer and its body under a key that no other answer has (EXCH-13): the nonce goes into the head
    /// ([`crate::exchange::Answer::Owner`]), the ciphertext is the body of the frame.
    ///
    /// # Errors
    /// [`OwnerError::Suite`] past the primitive's length limit.
    pub fn seal(
        &self,
        answer: &OwnerAnswer,
        body: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(AnswerNonce, Vec<u8>), OwnerError> {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let head = wire::encode("owner's answer", answer)?;
        let head_len = u32::try_from(head.len()).map_err(|_| SuiteError::Seal)?;
        let mut plaintext = Vec::with_capacity(4 + head.len() + body.len() + 16);
        plaintext.extend_from_slice(&head_len.to_le_bytes());
        plaintext.extend_from_slice(&head);
        plaintext.extend_from_slice(body);
        let ciphertext = answer_cipher(&self.0, &nonce)
            .encrypt(&[0; 12].into(), plaintext.as_slice())
            .map_err(|_| SuiteError::Seal)?;
        Ok((AnswerNonce(nonce), ciphertext))
    }
}

impl AnswerOpener {
    /// Opens an answer; the second value is its body.
    ///
    /// # Errors
    /// [`OwnerError`] for anything but an unchanged answer to this very request.
    pub fn open(
        &self,
        nonce: &AnswerNonce,
        ciphertext: &[u8],
    ) -> Result<(OwnerAnswer, Vec<u8>), OwnerError> {
        if ciphertext.len() > FRAME_BODY_MAX {
            return Err(WireError::TooLong {
                what: "owner's answer",
                got: ciphertext.len(),
                limit: FRAME_BODY_MAX,
            }
            .into());
        }
        let plaintext = answer_cipher(&self.0, &nonce.0)
            .decrypt(&[0; 12].into(), ciphertext)
            .map_err(|_| SuiteError::Open)?;
        let malformed = WireError::Malformed {
            what: "owner's answer",
        };
        let (head_len, rest) = plaintext
            .split_first_chunk::<4>()
            .ok_or(malformed.clone())?;
        let (head, body) = usize::try_from(u32::from_le_bytes(*head_len))
            .ok()
            .and_then(|len| rest.split_at_checked(len))
            .ok_or(malformed)?;
        let answer = wire::decode::<OwnerAnswer, FRAME_HEAD_MAX>("owner's answer", head)?;
        if let OwnerAnswer::Collected { places, .. } = &answer
            && body.len() != places.len() * ENVELOPE_LEN
        {
            return Err(OwnerError::Body {
                places: places.len(),
                got: body.len(),
            });
        }
        Ok((answer, body.to_vec()))
    }
}

/// A key used once: the nonce of the AEAD can stay zero.
fn answer_cipher(exported: &Secret, nonce: &[u8; 32]) -> ChaCha20Poly1305 {
    let key = suite::derive(exported, nonce, ANSWER_LABEL, &[]);
    ChaCha20Poly1305::new(key.expose().into())
}

const _: () = assert!(COLLECT_MAX as usize * ENVELOPE_LEN + 4 + 2_048 + 16 <= FRAME_BODY_MAX);
const _: () = assert!(frame_head_holds_places());

const fn frame_head_holds_places() -> bool {
    COLLECT_MAX as usize * 9 + 16 <= FRAME_HEAD_MAX
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::{relay_identity::Certificate, time::Day};

    fn rng(seed: u64) -> rand::rngs::StdRng {
        rand::rngs::StdRng::seed_from_u64(seed)
    }

    struct Relay {
        root: RootFingerprint,
        online: KemSecret,
        certificate: VerifiedCertificate,
    }

    fn relay() -> Relay {
        let root_key = SigningSecret::random(&mut rng(1));
        let online = KemSecret::random(&mut rng(2));
        let root = RootFingerprint::of(&root_key.public());
        let certificate = Certificate {
            root: root_key.public(),
            sequence: 1,
            not_before: Day(1),
            not_after: Day(2),
            tls_key: root_key.public(),
            online_key: online.public().unwrap(),
        };
        let certificate = certificate
            .sign(&root_key)
            .unwrap()
            .verify(&root, 0)
            .unwrap();
        Relay {
            root,
            online,
            certificate,
        }
    }

    fn collect() -> OwnerRequest {
        OwnerRequest::Collect { after: 7, max: 2 }
    }

    #[test]
    fn a_request_and_its_answer_cross() {
        let relay = relay();
        let owner = SigningSecret::random(&mut rng(3));
        let (sealed, opener) = collect()
            .seal(&owner, &relay.certificate, &mut rng(4))
            .unwrap();
        let opened = sealed.open(&relay.root, |_| Some(&relay.online)).unwrap();
        assert_eq!(opened.mailbox, MailboxAddress::of(&owner.public()));
        assert_eq!(opened.request, collect());
        let answer = OwnerAnswer::Collected {
            places: vec![8, 9],
            more: false,
        };
        let body = vec![5; 2 * ENVELOPE_LEN];
        let (nonce, ciphertext) = opened.answer.seal(&answer, &body, &mut rng(5)).unwrap();
        assert_eq!(opener.open(&nonce, &ciphertext).unwrap(), (answer, body));
    }

    /// EXCH-12: a request made for one relay is worthless at another, and a changed one does not open.
    #[test]
    fn a_request_is_bound_to_relay_and_bytes() {
        let relay = relay();
        let owner = SigningSecret::random(&mut rng(3));
        let (sealed, _) = collect()
            .seal(&owner, &relay.certificate, &mut rng(4))
            .unwrap();
        let other = RootFingerprint([9; 32]);
        assert!(matches!(
            sealed.open(&other, |_| Some(&relay.online)),
            Err(OwnerError::Suite(SuiteError::Open))
        ));
        assert!(matches!(
            sealed.open(&relay.root, |_| None),
            Err(OwnerError::OnlineKey)
        ));
        let mut changed = sealed;
        changed.ciphertext[40] ^= 1;
        assert!(matches!(
            changed.open(&relay.root, |_| Some(&relay.online)),
            Err(OwnerError::Suite(SuiteError::Open))
        ));
    }

    /// EXCH-12: somebody who seals correctly but signs with another key than he names is refused.
    #[test]
    fn a_forged_owner_is_refused() {
        let relay = relay();
        let (thief, victim) = (
            SigningSecret::random(&mut rng(3)),
            SigningSecret::random(&mut rng(6)),
        );
        let root = relay.root;
        let online_key = relay.certificate.online_key_hash();
        let (encapsulation, mut sealer) = suite::encapsulate(
            &relay.certificate.certificate().online_key,
            None,
            &request_info(&root, &online_key),
            &mut rng(4),
        )
        .unwrap();
        let request = wire::encode("", &OwnerRequest::DeleteMailbox).unwrap();
        let signature = thief.sign(
            SIGN_LABEL,
            &[&root.0, &online_key.0, &encapsulation.0, &request],
        );
        let signed = SignedOwnerRequest {
            owner: victim.public(),
            signature,
            request,
        };
        let ciphertext = sealer
            .seal(&wire::encode("", &signed).unwrap(), b"")
            .unwrap();
        let sealed = SealedOwnerRequest {
            online_key,
            encapsulation,
            ciphertext,
        };
        assert!(matches!(
            sealed.open(&root, |_| Some(&relay.online)),
            Err(OwnerError::Signature)
        ));
    }

    /// EXCH-13: an answer opens for its own request only.
    #[test]
    fn a_replayed_request_gets_an_answer_that_only_its_sender_reads() {
        let relay = relay();
        let owner = SigningSecret::random(&mut rng(3));
        let (first, first_opener) = collect()
            .seal(&owner, &relay.certificate, &mut rng(4))
            .unwrap();
        let (_, second_opener) = collect()
            .seal(&owner, &relay.certificate, &mut rng(5))
            .unwrap();
        let opened = first.open(&relay.root, |_| Some(&relay.online)).unwrap();
        let (nonce, ciphertext) = opened
            .answer
            .seal(&OwnerAnswer::Deleted, b"", &mut rng(6))
            .unwrap();
        assert!(first_opener.open(&nonce, &ciphertext).is_ok());
        assert!(second_opener.open(&nonce, &ciphertext).is_err());
        let mut changed = ciphertext;
        changed[0] ^= 1;
        assert!(first_opener.open(&nonce, &changed).is_err());
    }

    /// EXCH-14: numbers over the limits are refused on both sides.
    #[test]
    fn limits_hold() {
        for request in [
            OwnerRequest::Collect { after: 0, max: 0 },
            OwnerRequest::Collect {
                after: 0,
                max: COLLECT_MAX + 1,
            },
            OwnerRequest::Acknowledge { letters: vec![] },
            OwnerRequest::Acknowledge {
                letters: vec![EnvelopeHash([0; 32]); ACKNOWLEDGE_MAX + 1],
            },
            OwnerRequest::Watch {
                after: 0,
                seconds: WATCH_SECONDS_MAX + 1,
            },
            OwnerRequest::PublishPrekeys {
                sequence: 1,
                record: vec![0; PREKEYS_MAX + 1],
            },
        ] {
            assert!(
                matches!(request.check(), Err(OwnerError::Limit { .. })),
                "{request:?}"
            );
        }
    }
}
