//! Frozen letters in `tests/vectors/seal/`: one file a letter, named after what it shows. Each says with which key, chain and
//! context a reader tries to open it and what must come of it, so that another implementation can check itself.
//!
//! `TIDINGS_WRITE_VECTORS=1` writes them; otherwise every byte must be the same. A changed file is a format change.

use std::{fmt::Write as _, path::PathBuf};

use rand_core::{TryCryptoRng, TryRng};

use super::{
    ContactId, KeyHash, LetterId, Pair, Position, Purpose, RecipientPrekey, ReplyTo, Role,
    SealContext,
    binding::{Binding, Kind, aad},
    body::{self, Content, FirstBody},
    chain::{Chain, EpochSecrets},
    first_contact::{self, FirstLetterKeys, Invitation, KnownInvitation},
    send::{Addressing, open_body, seal_body},
};
use crate::{
    envelope::{Envelope, Tag},
    hedge::HedgedRng,
    ids::SigningPublic,
    limits::ENVELOPE_PLAINTEXT_LEN,
    prekey_secret::PrekeySecret,
    secret::Secret,
    suite::{self, KemSecret, Psk},
    time::UnixTime,
};

const DESK: SigningPublic = SigningPublic([0xd5; 32]);
const NOW: UnixTime = UnixTime(1_790_000_000);
const CONTENT: &str = "Вечер добрый. Мы живы, кот тоже. Чекаємо на вас.";

/// The worst generator: the hedge alone makes letters differ.
struct Zeros;

impl TryRng for Zeros {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        dst.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

fn context(prekey: &PrekeySecret) -> SealContext<'_> {
    static VAULT: std::sync::OnceLock<Secret> = std::sync::OnceLock::new();
    SealContext {
        prekey: Some(RecipientPrekey {
            epoch: prekey.epoch,
            key: &prekey.public,
            not_after: prekey.not_after,
        }),
        vault_secret: VAULT.get_or_init(|| Secret::new([0x7a; 32])),
        purpose: Purpose::Letter,
        id: None,
        now: NOW,
    }
}

/// What a reader brings to an envelope.
#[derive(Clone)]
struct Reader {
    kind: Kind,
    desk: SigningPublic,
    contact: Option<ContactId>,
    sender: Role,
    position: Position,
    prekey_epoch: u32,
    key: KemSecret,
    /// Later letters: the chain key at the letter's number.
    chain: Option<Chain>,
    invitation: Option<Invitation>,
}

impl Reader {
    fn psk(&self) -> Option<Secret> {
        let chain = self.chain.as_ref().map(|chain| chain.letter_key().psk);
        chain.or(self
            .invitation
            .as_ref()
            .map(|invitation| invitation.psk(&self.desk)))
    }

    fn binding<'a>(&'a self, hash: &'a KeyHash) -> Binding<'a> {
        Binding {
            kind: self.kind,
            desk: &self.desk,
            contact: self.contact.as_ref(),
            sender: self.sender,
            position: self.position,
            prekey_epoch: self.prekey_epoch,
            recipient: hash,
        }
    }
}

/// What becomes of an envelope: the outcome's name and the padded plaintext, if the seal opens.
fn read(bytes: &[u8], reader: &Reader) -> (&'static str, Option<Vec<u8>>) {
    let Ok(envelope) = Envelope::from_slice(bytes) else {
        return ("refused as an envelope", None);
    };
    if let Some(chain) = &reader.chain
        && chain.tag() != envelope.tag()
    {
        return ("refused by its tag", None);
    }
    let hash = KeyHash::of(&reader.key.public().unwrap());
    let psk = reader.psk();
    match open_body(&envelope, &reader.key, psk.as_ref(), &reader.binding(&hash)) {
        Err(_) => ("refused by the seal", None),
        Ok(plaintext) => {
            let reads = match reader.kind {
                Kind::Later => body::read_later(&plaintext).is_ok(),
                Kind::First | Kind::Invited => body::read_first(&plaintext).is_ok(),
            };
            let outcome = if reads { "opens" } else { "refused as a body" };
            (outcome, Some(plaintext.to_vec()))
        }
    }
}

struct File {
    text: String,
}

impl File {
    fn new(about: &str) -> Self {
        let mut text = String::new();
        for line in about.lines() {
            writeln!(text, "# {line}").unwrap();
        }
        Self { text }
    }

    fn hex(&mut self, name: &str, bytes: &[u8]) {
        writeln!(self.text, "{name}: {}", hex::encode(bytes)).unwrap();
    }

    fn word(&mut self, name: &str, word: impl std::fmt::Display) {
        writeln!(self.text, "{name}: {word}").unwrap();
    }

    /// Writes or compares.
    fn settle(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/seal");
        let path = folder.join(format!("{name}.txt"));
        if std::env::var_os("TIDINGS_WRITE_VECTORS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &self.text).unwrap();
        }
        let frozen = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(frozen == self.text, "{name}: not the frozen bytes");
    }
}

fn letter_file(name: &str, about: &str, bytes: &[u8], reader: &Reader, outcome: &str) {
    let (came, plaintext) = read(bytes, reader);
    assert_eq!(came, outcome, "{name}");
    let mut file = File::new(about);
    file.word("outcome", outcome);
    file.word("kind", reader.kind as u8);
    file.hex("desk_identity", reader.desk.as_bytes());
    file.hex(
        "contact_id",
        reader.contact.unwrap_or(ContactId([0; 32])).as_bytes(),
    );
    file.word("direction", reader.sender.direction());
    file.word("epoch", reader.position.epoch);
    file.word("number", reader.position.number);
    file.word("prekey_epoch", reader.prekey_epoch);
    let public = reader.key.public().unwrap();
    let hash = KeyHash::of(&public);
    file.hex("recipient_seed", reader.key.seed().expose());
    file.hex("recipient_key_sha256", hash.as_bytes());
    if let Some(chain) = &reader.chain {
        file.hex("chain_key", chain.expose());
        file.hex("chain_tag", chain.tag().as_bytes());
    }
    if let Some(invitation) = &reader.invitation {
        file.hex("invitation", invitation.secret().expose());
    }
    if let Some(psk) = reader.psk() {
        file.hex("psk", psk.expose());
    }
    file.hex("info", &reader.binding(&hash).info());
    if let Ok(envelope) = Envelope::from_slice(bytes) {
        file.hex("aad", &aad(&envelope.tag()));
    }
    file.hex("envelope", bytes);
    if let Some(plaintext) = plaintext {
        file.hex("plaintext", &plaintext);
    }
    if outcome == "opens" {
        file.hex("content", CONTENT.as_bytes());
    }
    file.settle(name);
}

/// One family and one desk, and a letter of every kind.
struct Story {
    prekey: PrekeySecret,
    first: (Vec<u8>, Reader),
    invited: (Vec<u8>, Reader),
    answer: (Vec<u8>, Reader),
    from_family: (Vec<u8>, Reader),
    from_desk: (Vec<u8>, Reader),
}

fn story() -> Story {
    let prekey = PrekeySecret::new(2_921, Secret::new([0x11; 32]), NOW.plus(604_800)).unwrap();
    let seal = |pair: &mut Pair| {
        let (next, sealed) = pair
            .seal(CONTENT.as_bytes(), context(&prekey), &mut Zeros)
            .unwrap();
        *pair = next;
        (sealed.envelope, sealed.position)
    };
    let first_reader = |invitation: Option<Invitation>| Reader {
        kind: if invitation.is_some() {
            Kind::Invited
        } else {
            Kind::First
        },
        desk: DESK,
        contact: None,
        sender: Role::Family,
        position: Position {
            epoch: 0,
            number: 0,
        },
        prekey_epoch: prekey.epoch,
        key: prekey.secret.clone(),
        chain: None,
        invitation,
    };
    let meet = |invitation: Option<Invitation>| {
        let reply_to = ReplyTo::new(b"where the desk answers".to_vec()).unwrap();
        let vault = context(&prekey).vault_secret;
        Pair::first_contact(DESK, reply_to, invitation, vault, &mut Zeros)
            .unwrap()
            .0
    };
    let invitation = Invitation::from_secret(Secret::new([0x1b; 32]));
    let (invited, _) = seal(&mut meet(Some(invitation.clone())));

    let mut family = meet(None);
    let (first, _) = seal(&mut family);
    let keys = FirstLetterKeys {
        desk: &DESK,
        prekeys: core::slice::from_ref(&prekey),
        invitations: &|_| None::<KnownInvitation>,
        seen: &|_| false,
    };
    let (mut desk, _) = first_contact::open(&first, &keys).unwrap().begin().unwrap();
    let later = |from: &mut Pair, to: &mut Pair| {
        let chain = from.sending.chain.clone();
        let (envelope, position) = seal(from);
        let (_, key, _) = to
            .mine
            .candidates(position)
            .into_iter()
            .next()
            .expect("a key is offered");
        let reader = Reader {
            kind: Kind::Later,
            desk: DESK,
            contact: Some(to.contact),
            sender: from.role,
            position,
            prekey_epoch: 0,
            key: key.clone(),
            chain,
            invitation: None,
        };
        let (next, _) = to.open(&envelope, NOW).unwrap();
        *to = next;
        (envelope.as_bytes().to_vec(), reader)
    };
    let answer = later(&mut desk, &mut family);
    let from_family = later(&mut family, &mut desk);
    let from_desk = later(&mut desk, &mut family);
    Story {
        first: (first.as_bytes().to_vec(), first_reader(None)),
        invited: (invited.as_bytes().to_vec(), first_reader(Some(invitation))),
        answer,
        from_family,
        from_desk,
        prekey,
    }
}

/// SEAL-1 to SEAL-7: a letter of every kind, as frozen.
#[test]
fn vectors_of_letters_that_open() {
    let story = story();
    let opens = |name, about, letter: &(Vec<u8>, Reader)| {
        letter_file(name, about, &letter.0, &letter.1, "opens");
    };
    opens(
        "first_letter",
        "The first letter of a family, base mode, random tag, to a prekey of the desk.",
        &story.first,
    );
    opens(
        "first_letter_invited",
        "A first letter under an invitation: PSK mode, tag and key derived from the invitation.",
        &story.invited,
    );
    opens(
        "answer_with_proposal",
        "The desk's first answer, PSK mode, epoch 0, to the key that the first letter offered; it proposes epoch 1.",
        &story.answer,
    );
    opens(
        "later_letter_of_family",
        "The family's next letter, PSK mode, epoch 1, to the key that the answer offered.",
        &story.from_family,
    );
    opens(
        "later_letter_of_desk",
        "The desk's next letter, PSK mode, epoch 1.",
        &story.from_desk,
    );
}

/// SEAL-1 to SEAL-4: what must be refused, each with one flaw.
#[test]
fn vectors_of_letters_that_are_refused() {
    let story = story();
    let (bytes, reader) = &story.from_family;
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    let refused = |name, about, bytes: &[u8], reader: &Reader, outcome| {
        letter_file(name, about, bytes, reader, outcome);
    };
    refused(
        "version_unknown",
        "Envelope version 0.",
        &flipped(0),
        reader,
        "refused as an envelope",
    );
    refused(
        "suite_unknown",
        "Suite 0.",
        &flipped(1),
        reader,
        "refused as an envelope",
    );
    refused(
        "tag_flipped",
        "One bit of the tag changed.",
        &flipped(5),
        reader,
        "refused by its tag",
    );
    refused(
        "encapsulation_flipped",
        "One bit of the ML-KEM half changed.",
        &flipped(40),
        reader,
        "refused by the seal",
    );
    refused(
        "encapsulation_x25519_top_bit_flipped",
        "The bit of the X25519 share that X25519 itself ignores.",
        &{
            let mut bytes = bytes.clone();
            bytes[1_137] ^= 0x80;
            bytes
        },
        reader,
        "refused by the seal",
    );
    refused(
        "ciphertext_flipped",
        "One bit of the ciphertext changed.",
        &flipped(4_000),
        reader,
        "refused by the seal",
    );
    refused(
        "ciphertext_truncated",
        "The last byte is missing.",
        &bytes[..bytes.len() - 1],
        reader,
        "refused as an envelope",
    );
    let (first, first_reader) = &story.first;
    let mut first_tag = first.clone();
    first_tag[9] ^= 1;
    refused(
        "first_letter_tag_flipped",
        "The random tag of a first letter is bound too.",
        &first_tag,
        first_reader,
        "refused by the seal",
    );

    let changed = |change: &dyn Fn(&mut Reader)| {
        let mut reader = reader.clone();
        change(&mut reader);
        reader
    };
    refused(
        "wrong_desk",
        "Read under another desk's identity.",
        bytes,
        &changed(&|r| r.desk = SigningPublic([0xd6; 32])),
        "refused by the seal",
    );
    refused(
        "wrong_contact",
        "Read under another contact's id.",
        bytes,
        &changed(&|r| r.contact = Some(ContactId([1; 32]))),
        "refused by the seal",
    );
    refused(
        "wrong_direction",
        "Read as a letter of the desk.",
        bytes,
        &changed(&|r| r.sender = Role::Desk),
        "refused by the seal",
    );
    refused(
        "wrong_number",
        "Read under the following number, with the right chain key.",
        bytes,
        &changed(&|r| r.position.number += 1),
        "refused by the seal",
    );
    refused(
        "wrong_epoch",
        "Read under the epoch before, with the right chain key.",
        bytes,
        &changed(&|r| r.position.epoch -= 1),
        "refused by the seal",
    );
    refused(
        "wrong_key",
        "Read with the desk's prekey instead of the key of the pair.",
        bytes,
        &changed(&|r| r.key = story.prekey.secret.clone()),
        "refused by the seal",
    );
    refused(
        "old_epoch_chain",
        "Read with a chain key of epoch 0.",
        bytes,
        &changed(&|r| r.chain = story.answer.1.chain.clone()),
        "refused by its tag",
    );
    refused(
        "later_letter_read_as_first",
        "A later letter read in base mode.",
        bytes,
        &changed(&|r| {
            r.kind = Kind::First;
            r.chain = None;
        }),
        "refused by the seal",
    );
    let mut wrong_prekey_epoch = first_reader.clone();
    wrong_prekey_epoch.prekey_epoch += 1;
    refused(
        "wrong_prekey_epoch",
        "A first letter read under another prekey epoch, with the right key.",
        first,
        &wrong_prekey_epoch,
        "refused by the seal",
    );
    let mut other_invitation = story.invited.1.clone();
    other_invitation.invitation = Some(Invitation::from_secret(Secret::new([0x1c; 32])));
    refused(
        "wrong_invitation",
        "Read under another invitation.",
        &story.invited.0,
        &other_invitation,
        "refused by the seal",
    );
}

/// SEAL-4: what a sender with the right keys must not write, and a reader refuses.
#[test]
fn vectors_of_bodies_that_are_refused() {
    let story = story();
    let reader = &story.first.1;
    let body = FirstBody {
        id: LetterId([1; 16]),
        number: 1,
        pair_seed: Secret::new([2; 32]),
        reply_to: ReplyTo::new(vec![]).unwrap(),
        key: story.prekey.public,
        content: Content(CONTENT.as_bytes().to_vec()),
    };
    let honest = body::pad(&body).unwrap();
    let sealed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut plaintext = honest.to_vec();
        change(&mut plaintext);
        assert_eq!(plaintext.len(), ENVELOPE_PLAINTEXT_LEN);
        let hash = KeyHash::of(&story.prekey.public);
        let info = reader.binding(&hash).info();
        let tag = Tag([7; 16]);
        let mut rng = HedgedRng::new(&mut Zeros, &Secret::new([0; 32]), b"vectors", &[&plaintext]);
        let (encapsulation, mut sealer) =
            suite::encapsulate(&story.prekey.public, None::<Psk<'_>>, &info, &mut rng).unwrap();
        let ciphertext = sealer.seal(&plaintext, &aad(&tag)).unwrap();
        Envelope::assemble(&tag, &encapsulation, &ciphertext)
            .unwrap()
            .as_bytes()
            .to_vec()
    };
    let length = usize::from(u16::from_le_bytes([honest[0], honest[1]]));
    let refused = |name, about, change: &dyn Fn(&mut Vec<u8>)| {
        letter_file(name, about, &sealed(change), reader, "refused as a body");
    };
    refused(
        "padding_not_zero",
        "The last byte of the padding is 1.",
        &|p| p[ENVELOPE_PLAINTEXT_LEN - 1] = 1,
    );
    refused(
        "body_with_trailing_byte",
        "The length counts one byte more than the body has.",
        &|p| {
            p[..2].copy_from_slice(&u16::try_from(length + 1).unwrap().to_le_bytes());
        },
    );
    refused(
        "body_truncated",
        "The length counts one byte less than the body has; the rest of the padding is zero.",
        &|p| {
            p[..2].copy_from_slice(&u16::try_from(length - 1).unwrap().to_le_bytes());
            p[1 + length] = 0;
        },
    );
    refused(
        "length_beyond_the_end",
        "The length is larger than the plaintext.",
        &|p| p[..2].copy_from_slice(&[0xff, 0xff]),
    );
    refused(
        "reply_address_too_long",
        "The reply address promises 401 bytes.",
        &|p| {
            // Its length follows length, id, number and seed.
            let at = 2 + 17 + 1 + 33;
            assert_eq!(p[at], 0, "empty until now");
            p.splice(at..=at, [251, 0x91, 0x01]);
            p.truncate(ENVELOPE_PLAINTEXT_LEN);
        },
    );
}

/// SEAL-5 to SEAL-7: names, roots, chains, tags, invitations.
#[test]
fn vectors_of_the_key_schedule() {
    let mut file = File::new(
        "From a pair seed to tags and keys of epoch 0, and from a proposal's seed to those of epoch 1.\n\
         The contact id takes the family's first key, given here by its private seed.",
    );
    let pair_seed = Secret::new([0x21; 32]);
    let key = KemSecret::from_seed(Secret::new([0x22; 32]));
    let reply_to = ReplyTo::new(b"where the desk answers".to_vec()).unwrap();
    let contact = first_contact::contact_id(&pair_seed, &DESK, &reply_to, &key.public().unwrap());
    file.hex("pair_seed", pair_seed.expose());
    file.hex("desk_identity", DESK.as_bytes());
    file.hex("reply_to", reply_to.as_bytes());
    file.hex("family_key_seed", key.seed().expose());
    file.hex("contact_id", contact.as_bytes());
    let mut secrets = EpochSecrets::first(&pair_seed, &contact);
    let seed = Secret::new([0x23; 32]);
    for epoch in 0..2 {
        if epoch == 1 {
            file.hex("proposal_seed", seed.expose());
            secrets = EpochSecrets::following(&secrets.link, &seed, &contact, 1);
        }
        for role in [Role::Family, Role::Desk] {
            let chain = secrets.chain_of(role);
            let name = |what: &str| format!("epoch_{epoch}_direction_{}_{what}", role.direction());
            file.hex(&name("chain_1"), chain.expose());
            file.hex(&name("tag_1"), chain.tag().as_bytes());
            file.hex(&name("psk_1"), chain.letter_key().psk.expose());
            file.hex(&name("chain_2"), chain.step().expose());
        }
        file.hex(&format!("epoch_{epoch}_link"), secrets.link.expose());
    }
    let invitation = Invitation::from_secret(Secret::new([0x24; 32]));
    file.hex("invitation", invitation.secret().expose());
    file.hex("invitation_id", invitation.id().as_bytes());
    file.hex("invitation_psk", invitation.psk(&DESK).expose());
    for (number, tag) in (1..).zip(invitation.tags(&DESK).take(2)) {
        file.hex(&format!("invitation_tag_{number}"), tag.as_bytes());
    }
    file.settle("key_schedule");
}

/// SEAL-14: a stored pair of each role reads for ever.
#[test]
fn vectors_of_stored_pairs() {
    let story = story();
    let (mut family, _) = Pair::first_contact(
        DESK,
        ReplyTo::new(b"where the desk answers".to_vec()).unwrap(),
        None,
        context(&story.prekey).vault_secret,
        &mut Zeros,
    )
    .unwrap();
    family = family
        .seal(CONTENT.as_bytes(), context(&story.prekey), &mut Zeros)
        .unwrap()
        .0;
    let mut file = File::new("A family's pair after its first letter, as stored.");
    file.hex("pair", &family.to_bytes().unwrap());
    file.settle("stored_family");
    let first = Envelope::from_slice(&story.first.0).unwrap();
    let keys = FirstLetterKeys {
        desk: &DESK,
        prekeys: core::slice::from_ref(&story.prekey),
        invitations: &|_| None,
        seen: &|_| false,
    };
    let (desk, _) = first_contact::open(&first, &keys).unwrap().begin().unwrap();
    let desk = desk
        .seal(CONTENT.as_bytes(), context(&story.prekey), &mut Zeros)
        .unwrap()
        .0;
    let mut file = File::new("A desk's pair after its first answer, as stored: a proposal is out.");
    file.hex("pair", &desk.to_bytes().unwrap());
    file.settle("stored_desk");
    for pair in [family, desk] {
        let bytes = pair.to_bytes().unwrap();
        assert!(Pair::from_bytes(&bytes).unwrap().to_bytes().unwrap() == bytes);
        assert!(Pair::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }
}

/// SEAL-12: with a generator that gives nothing but zeros, letters still share neither encapsulation nor id.
#[test]
fn a_dead_generator_repeats_nothing() {
    let story = story();
    let letters = [
        &story.first,
        &story.answer,
        &story.from_family,
        &story.from_desk,
    ];
    for (at, one) in letters.iter().enumerate() {
        for other in &letters[at + 1..] {
            assert_ne!(one.0[18..1_138], other.0[18..1_138]);
        }
    }
    let body = Content(vec![]);
    let to = Addressing {
        recipient: &story.prekey.public,
        tag: &Tag([0; 16]),
        psk: None,
        info: b"",
    };
    let vault = |byte| Secret::new([byte; 32]);
    let seal = |vault: &Secret| {
        let mut fresh = HedgedRng::new(&mut Zeros, vault, b"test", &[]);
        seal_body(&body, &to, vault, &mut fresh).unwrap()
    };
    assert_eq!(seal(&vault(1)), seal(&vault(1)));
    assert_ne!(seal(&vault(1)), seal(&vault(2)));
}
