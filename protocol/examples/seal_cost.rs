//! What a sealed letter costs beside the bare primitives, in one run: `cargo run --release -p tidings-protocol --example
//! seal_cost`. Prints medians and their ratio; the goal is 1.3 at most.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement prints, and stops at the first surprise"
)]

use std::time::{Duration, Instant};

use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, PskBundle, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::XWing,
};
use rand::{SeedableRng, rngs::StdRng};
use tidings_protocol::{
    ids::SigningPublic,
    limits::{ENVELOPE_PLAINTEXT_LEN, LETTER_CONTENT_MAX},
    pair::{
        Pair, Purpose, RecipientPrekey, ReplyTo, SealContext,
        first_contact::{self, FirstLetterKeys},
    },
    prekey_secret::PrekeySecret,
    secret::Secret,
    time::UnixTime,
};

const ROUNDS: usize = 600;
const DESK: SigningPublic = SigningPublic([0xd5; 32]);
const NOW: UnixTime = UnixTime(1_790_000_000);

struct Bare {
    secret: <XWing as hpke::Kem>::PrivateKey,
    public: Vec<u8>,
}

impl Bare {
    /// HPKE in PSK mode, as the seal uses it: key and encapsulation from and to bytes, one message of the same length.
    fn round(&self, rng: &mut StdRng) -> (Duration, Duration) {
        let plaintext = vec![7; ENVELOPE_PLAINTEXT_LEN];
        let (psk, info, aad) = ([9; 32], [1; 128], [2; 18]);
        let bundle = || PskBundle::new(&psk, &aad[2..]).unwrap();
        let begun = Instant::now();
        let public = <XWing as hpke::Kem>::PublicKey::from_bytes(&self.public).unwrap();
        let mode = OpModeS::Psk(bundle());
        let (enc, mut sender) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &mode, &public, &info, rng,
        )
        .unwrap();
        let sealed = sender.seal(&plaintext, &aad).unwrap();
        let enc = enc.to_bytes();
        let seal = begun.elapsed();
        let begun = Instant::now();
        let enc = <XWing as hpke::Kem>::EncappedKey::from_bytes(&enc).unwrap();
        let mode = OpModeR::Psk(bundle());
        let mut receiver = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &mode,
            &self.secret,
            &enc,
            &info,
        )
        .unwrap();
        let opened = receiver.open(&sealed, &aad).unwrap();
        let open = begun.elapsed();
        assert_eq!(opened, plaintext);
        (seal, open)
    }
}

struct Ends {
    rng: StdRng,
    vault: Secret,
    prekey: PrekeySecret,
    family: Pair,
    desk: Pair,
}

impl Ends {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let prekey = PrekeySecret::new(1, Secret::new([7; 32]), NOW.plus(604_800)).unwrap();
        let vault = Secret::new([3; 32]);
        let reply_to = ReplyTo::new(vec![1; 90]).unwrap();
        let (family, _) = Pair::first_contact(DESK, reply_to, None, &vault, &mut rng).unwrap();
        let mut ends = Self {
            rng,
            vault,
            prekey,
            desk: family.clone(),
            family,
        };
        let family = ends.family.clone();
        let (family, first) = ends.seal(&family);
        ends.family = family;
        let keys = FirstLetterKeys {
            desk: &DESK,
            prekeys: core::slice::from_ref(&ends.prekey),
            invitations: &|_| None,
            seen: &|_| false,
        };
        ends.desk = first_contact::open(&first, &keys)
            .unwrap()
            .begin()
            .unwrap()
            .0;
        ends
    }

    fn seal(&mut self, pair: &Pair) -> (Pair, tidings_protocol::envelope::Envelope) {
        let context = SealContext {
            prekey: Some(RecipientPrekey {
                epoch: self.prekey.epoch,
                key: &self.prekey.public,
                not_after: self.prekey.not_after,
            }),
            vault_secret: &self.vault,
            purpose: Purpose::Letter,
            id: None,
            now: NOW,
        };
        let content = [0x41; LETTER_CONTENT_MAX];
        let (next, sealed) = pair.seal(&content, context, &mut self.rng).unwrap();
        (next, sealed.envelope)
    }

    /// A letter of the desk, measured; `answered` makes the family answer it, so that every letter brings a fresh key.
    fn round(&mut self, answered: bool) -> (Duration, Duration) {
        let desk = self.desk.clone();
        let begun = Instant::now();
        let (desk, envelope) = self.seal(&desk);
        let seal = begun.elapsed();
        let begun = Instant::now();
        let (family, _) = self.family.open(&envelope, NOW).unwrap();
        let open = begun.elapsed();
        (self.desk, self.family) = (desk, family);
        if answered {
            self.answer();
        }
        (seal, open)
    }

    fn answer(&mut self) {
        let family = self.family.clone();
        let (family, envelope) = self.seal(&family);
        self.family = family;
        self.desk = self.desk.open(&envelope, NOW).unwrap().0;
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn main() {
    let mut rng = StdRng::seed_from_u64(2);
    let (secret, public) = XWing::gen_keypair_with_rng(&mut rng);
    let bare = Bare {
        secret,
        public: public.to_bytes().to_vec(),
    };
    let mut ends = Ends::new();
    ends.round(true);
    ends.round(true);
    let mut times = [const { (Vec::new(), Vec::new()) }; 3];
    for round in 0..ROUNDS {
        // Interleaved, so that a busy machine disturbs all alike.
        let measured = [bare.round(&mut rng), ends.round(false), ends.round(true)];
        for ((seals, opens), (seal, open)) in times.iter_mut().zip(measured) {
            seals.push(seal);
            opens.push(open);
        }
        if round % 32 == 0 {
            ends.answer();
        }
    }
    let [bare, same, fresh] = times.map(|(seals, opens)| (median(seals), median(opens)));
    println!("medians of {ROUNDS} rounds, full letters, microseconds");
    println!("                              seal    open    both   ratio");
    for (what, (seal, open)) in [
        ("bare HPKE, X-Wing, PSK mode", bare),
        ("letter after a letter", same),
        ("letter after an answer", fresh),
    ] {
        let both = seal + open;
        println!(
            "{what:<28} {seal:>6.0}  {open:>6.0}  {both:>6.0}  {:>6.2}",
            both / (bare.0 + bare.1)
        );
    }
}
