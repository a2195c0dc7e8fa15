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
    secret: Vec<u8>,
    public: Vec<u8>,
}

impl Bare {
    /// HPKE in PSK mode, as the seal uses it: keys and encapsulation from and to bytes, as they are stored and sent, one
    /// message of the same length. With `fresh` the sender also makes the key for the answer.
    fn round(&self, rng: &mut StdRng, fresh: bool) -> (Duration, Duration) {
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
        if fresh {
            let (_, public) = XWing::gen_keypair_with_rng(rng);
            std::hint::black_box(public.to_bytes());
        }
        let seal = begun.elapsed();
        let begun = Instant::now();
        let enc = <XWing as hpke::Kem>::EncappedKey::from_bytes(&enc).unwrap();
        let secret = <XWing as hpke::Kem>::PrivateKey::from_bytes(&self.secret).unwrap();
        let mode = OpModeR::Psk(bundle());
        let mut receiver = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &mode, &secret, &enc, &info,
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

    /// A letter of the desk, measured.
    fn round(&mut self) -> (Duration, Duration) {
        let desk = self.desk.clone();
        let begun = Instant::now();
        let (desk, envelope) = self.seal(&desk);
        let seal = begun.elapsed();
        let begun = Instant::now();
        let (family, _) = self.family.open(&envelope, NOW).unwrap();
        let open = begun.elapsed();
        (self.desk, self.family) = (desk, family);
        (seal, open)
    }

    /// The family's answer uses the key that the desk offered: the desk's next letter makes another.
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
        secret: secret.to_bytes().to_vec(),
        public: public.to_bytes().to_vec(),
    };
    let mut ends = Ends::new();
    for _ in 0..2 {
        ends.round();
        ends.answer();
    }
    let mut times = [const { (Vec::new(), Vec::new()) }; 4];
    for _ in 0..ROUNDS {
        // Interleaved, so that a busy machine disturbs all alike.
        let measured = [
            bare.round(&mut rng, true),
            ends.round(),
            bare.round(&mut rng, false),
            ends.round(),
        ];
        ends.answer();
        for ((seals, opens), (seal, open)) in times.iter_mut().zip(measured) {
            seals.push(seal);
            opens.push(open);
        }
    }
    let [bare_fresh, fresh, bare, same] =
        times.map(|(seals, opens)| (median(seals), median(opens)));
    println!("medians of {ROUNDS} rounds, full letters, microseconds");
    println!("                                   seal    open    both   ratio");
    for (what, (seal, open), yardstick) in [
        ("bare HPKE, X-Wing, PSK mode", bare, bare),
        ("a letter after a letter", same, bare),
        ("bare HPKE and a fresh key pair", bare_fresh, bare_fresh),
        ("a letter after an answer", fresh, bare_fresh),
    ] {
        let both = seal + open;
        let ratio = both / (yardstick.0 + yardstick.1);
        println!("{what:<33} {seal:>6.0}  {open:>6.0}  {both:>6.0}  {ratio:>6.2}");
    }
}
