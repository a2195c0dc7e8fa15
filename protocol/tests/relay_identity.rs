//! The frozen vectors of `tests/vectors/relay_identity/` (`docs/spec/relay-identity.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod vectors;

use serde_bytes::ByteBuf;
use tidings_protocol::{
    limits::FRAME_HEAD_MAX,
    relay_identity::{
        AddressError, Certificate, CertificateError, HostError, RelayAddress, RootFingerprint,
        SignedCertificate,
    },
    secret::{Secret, SigningSecret},
    suite::KemSecret,
    time::Day,
    wire,
};
use vectors::{Vector, compare};

const LABEL: &[u8] = b"tidings relay certificate v1";

fn root_key() -> SigningSecret {
    SigningSecret::from_seed(&Secret::new([0x11; 32]))
}

fn certificate() -> Certificate {
    Certificate {
        root: root_key().public(),
        sequence: 1_312_000,
        not_before: Day(20_499),
        not_after: Day(20_529),
        tls_key: SigningSecret::from_seed(&Secret::new([0x44; 32])).public(),
        online_key: KemSecret::from_seed(Secret::new([0x22; 32]))
            .public()
            .unwrap(),
    }
}

/// Signs whatever bytes there are: also those that [`Certificate::sign`] would not.
fn sign_bytes(bytes: &[u8], key: &SigningSecret) -> Vec<u8> {
    let signature = key.sign(LABEL, &[bytes]);
    wire::encode("", &(ByteBuf::from(bytes), signature)).unwrap()
}

fn signed(certificate: &Certificate, key: &SigningSecret) -> Vec<u8> {
    sign_bytes(&wire::encode("", certificate).unwrap(), key)
}

/// Certificates that must be refused: name, comment, bytes, highest sequence seen, reason.
fn flawed() -> Vec<(&'static str, &'static str, Vec<u8>, u64, &'static str)> {
    let good = certificate();
    let encoded = wire::encode("", &good).unwrap();
    let thief = SigningSecret::from_seed(&Secret::new([0x99; 32]));
    let mut flipped = signed(&good, &root_key());
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let with = |change: fn(&mut Certificate)| {
        let mut changed = certificate();
        change(&mut changed);
        signed(&changed, &root_key())
    };
    let of_thief = Certificate {
        root: thief.public(),
        ..good.clone()
    };
    vec![
        (
            "certificate_other_root",
            "RELAY-3: whole and signed, but by another root than the address pins",
            signed(&of_thief, &thief),
            0,
            "other root",
        ),
        (
            "certificate_signed_by_another",
            "RELAY-3: names the pinned root, signed by another key",
            signed(&good, &thief),
            0,
            "signature",
        ),
        (
            "certificate_signature_flipped",
            "RELAY-3: one bit of the signature",
            flipped,
            0,
            "signature",
        ),
        (
            "certificate_31_days",
            "RELAY-2: valid for a day too long",
            with(|c| c.not_after = Day(20_530)),
            0,
            "validity",
        ),
        (
            "certificate_reversed",
            "RELAY-2: ends before it begins",
            with(|c| c.not_after = Day(20_498)),
            0,
            "validity",
        ),
        (
            "certificate_retired",
            "RELAY-5: a later one was seen",
            signed(&good, &root_key()),
            1_312_001,
            "retired",
        ),
        (
            "certificate_trailing_byte",
            "RELAY-3: a byte behind the certificate, signed with it",
            sign_bytes(&[&encoded[..], &[0]].concat(), &root_key()),
            0,
            "malformed",
        ),
        (
            "certificate_truncated",
            "RELAY-3: without its last byte, and signed so",
            sign_bytes(&encoded[..encoded.len() - 1], &root_key()),
            0,
            "malformed",
        ),
    ]
}

fn reason(error: CertificateError) -> &'static str {
    match error {
        CertificateError::Malformed => "malformed",
        CertificateError::OtherRoot => "other root",
        CertificateError::Signature => "signature",
        CertificateError::Validity { .. } => "validity",
        CertificateError::Retired { .. } => "retired",
    }
}

const FINGERPRINT: &str = "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq";

/// Texts after `tidings://` or whole, with what they are.
fn addresses() -> Vec<(&'static str, String, &'static str)> {
    let at = |place: &str| format!("tidings://{place}/#{FINGERPRINT}");
    vec![
        ("name", at("relay.example.org:443"), "good"),
        ("upper_case", at("Relay.Example.ORG:443"), "good"),
        ("ipv4", at("192.0.2.7:4433"), "good"),
        ("ipv6", at("[2001:db8::7]:443"), "good"),
        (
            "scheme",
            at("relay.example.org:443").replace("tidings", "https"),
            "scheme",
        ),
        ("no_port", at("relay.example.org"), "port"),
        ("port_zero", at("relay.example.org:0"), "port"),
        ("port_too_high", at("relay.example.org:65536"), "port"),
        (
            "no_fingerprint",
            "tidings://relay.example.org:443/".to_owned(),
            "no fingerprint",
        ),
        (
            "fingerprint_short",
            at("relay.example.org:443").trim_end_matches('q').to_owned(),
            "fingerprint",
        ),
        ("host_with_space", at("relay example:443"), "host"),
        ("host_of_digits", at("192.0.2:443"), "host"),
        ("ipv6_in_wrong_brackets", at("[relay.example]:443"), "host"),
    ]
}

fn judge(text: &str) -> &'static str {
    match text.parse::<RelayAddress>() {
        Ok(_) => "good",
        Err(AddressError::Scheme) => "scheme",
        Err(AddressError::Card) => "card",
        Err(AddressError::NoFingerprint) => "no fingerprint",
        Err(AddressError::Fingerprint) => "fingerprint",
        Err(AddressError::Port) => "port",
        Err(AddressError::Host(HostError::Label | HostError::Length { .. })) => "host",
    }
}

fn all() -> Vec<Vector> {
    let good = certificate();
    let bytes = signed(&good, &root_key());
    let fingerprint = RootFingerprint::of(&root_key().public());
    let verified = SignedCertificate::from_bytes(&bytes)
        .unwrap()
        .verify(&fingerprint, 0)
        .unwrap();
    let mut vectors = vec![
        Vector::new(
            "certificate",
            "RELAY-1 to RELAY-4: a certificate, signed. The seeds are private: root and TLS (Ed25519), online (X-Wing).",
        )
        .hex("root_seed", [0x11; 32])
        .hex("tls_seed", [0x44; 32])
        .hex("online_seed", [0x22; 32])
        .hex("root", good.root.0)
        .hex("root_fingerprint", fingerprint.0)
        .text("sequence", &good.sequence.to_string())
        .text("not_before", &good.not_before.0.to_string())
        .text("not_after", &good.not_after.0.to_string())
        .hex("tls_key", good.tls_key.0)
        .hex("online_key", good.online_key.0)
        .hex("online_key_hash", verified.online_key_hash().0)
        .hex("certificate", wire::encode("", &good).unwrap())
        .hex("signed", &bytes),
    ];
    for (name, comment, bytes, seen, reason) in flawed() {
        vectors.push(
            Vector::new(name, comment)
                .hex("root_fingerprint", fingerprint.0)
                .text("highest_seen", &seen.to_string())
                .hex("signed", &bytes)
                .text("refused", reason),
        );
    }
    let mut texts = Vector::new(
        "addresses",
        "RELAY-7: addresses and what becomes of them. The root fingerprint is the bytes 00 01 02 … 1f.",
    );
    for (name, text, judgement) in addresses() {
        texts = texts
            .text(name, &text)
            .text(&format!("{name}_is"), judgement);
    }
    vectors.push(texts);
    vectors
}

#[test]
fn certificates_are_frozen() {
    let frozen = compare("relay_identity", &all());
    let file = &frozen["certificate"];
    let root = RootFingerprint::from_slice(&file.hex("root_fingerprint")).unwrap();
    let signed = SignedCertificate::from_bytes(&file.hex("signed")).unwrap();
    assert_eq!(signed, certificate().sign(&root_key()).unwrap());
    let verified = signed.verify(&root, certificate().sequence).unwrap();
    assert_eq!(verified.certificate(), &certificate());
    assert_eq!(
        verified.online_key_hash().0.to_vec(),
        file.hex("online_key_hash")
    );
    let inner: Certificate =
        wire::decode::<_, FRAME_HEAD_MAX>("", &file.hex("certificate")).unwrap();
    assert_eq!(inner, certificate());

    for (name, ..) in flawed() {
        let file = &frozen[name];
        let seen = file.text("highest_seen").parse().unwrap();
        let root = RootFingerprint::from_slice(&file.hex("root_fingerprint")).unwrap();
        let signed = SignedCertificate::from_bytes(&file.hex("signed")).unwrap();
        let refused = signed.verify(&root, seen).expect_err(name);
        assert_eq!(reason(refused), file.text("refused"), "{name}");
    }
}

#[test]
fn addresses_are_frozen() {
    let frozen = compare("relay_identity", &all());
    let file = &frozen["addresses"];
    let counted: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).unwrap());
    for (name, ..) in addresses() {
        let text = file.text(name);
        assert_eq!(judge(text), file.text(&format!("{name}_is")), "{name}");
        if let Ok(address) = text.parse::<RelayAddress>() {
            assert_eq!(address.root, RootFingerprint(counted), "{name}");
            assert_eq!(address.to_string(), text.to_lowercase(), "{name}");
        }
    }
}
