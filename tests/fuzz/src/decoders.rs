//! One function for each decoder: any bytes may come, none may panic, and what is accepted must be the one encoding of what
//! it means. The fuzz targets call these, and so does a test that runs the committed corpus on any compiler
//! (`tests/tests/corpus.rs`).

use std::str::FromStr;

use tidings_protocol::{
    exchange::{Answer, Frame, Request, frame},
    limits::FRAME_HEAD_MAX,
    owner::{OwnerAnswer, OwnerRequest},
    relay_identity::{Certificate, RelayAddress, RootFingerprint, SignedCertificate},
    wire,
};

/// Takes any bytes; panics only if the decoder is wrong.
pub type Decoder = fn(&[u8]);

/// Every decoder by the name of its fuzz target.
pub const ALL: [(&str, Decoder); 7] = [
    ("frame", frame),
    ("request", request),
    ("answer", answer),
    ("owner_request", owner_request),
    ("owner_answer", owner_answer),
    ("certificate", certificate),
    ("relay_address", relay_address),
];

/// A frame, whole cells with zero padding.
pub fn frame(bytes: &[u8]) {
    if let Ok(parsed) = Frame::parse(bytes) {
        let again = frame::build(parsed.head, parsed.body);
        assert!(again.is_ok_and(|again| again == bytes), "another frame");
    }
}

/// The head of a request.
pub fn request(bytes: &[u8]) {
    if let Ok(request) = Request::from_head(bytes) {
        same(wire::encode("request", &request), bytes);
    }
}

/// The head of an answer; the certificate inside a hello is looked at, too.
pub fn answer(bytes: &[u8]) {
    if let Ok(answer) = Answer::from_head(bytes) {
        same(wire::encode("answer", &answer), bytes);
        if let Answer::Hello(hello) = &answer {
            let _ = hello.certificate.verify(&RootFingerprint([0; 32]), 0);
        }
    }
}

/// What an owner asks, as it stands inside the seal.
pub fn owner_request(bytes: &[u8]) {
    if let Ok(request) = wire::decode::<OwnerRequest, FRAME_HEAD_MAX>("owner's request", bytes) {
        same(wire::encode("owner's request", &request), bytes);
        let _ = request.check();
    }
}

/// What an owner is answered, as it stands inside the seal.
pub fn owner_answer(bytes: &[u8]) {
    if let Ok(answer) = wire::decode::<OwnerAnswer, FRAME_HEAD_MAX>("owner's answer", bytes) {
        same(wire::encode("owner's answer", &answer), bytes);
    }
}

/// A relay's certificate, with its signature and what is inside.
pub fn certificate(bytes: &[u8]) {
    if let Ok(signed) = SignedCertificate::from_bytes(bytes) {
        same(signed.to_bytes(), bytes);
        let _ = signed.verify(&RootFingerprint([0; 32]), 0);
    }
    if let Ok(inside) = wire::decode::<Certificate, FRAME_HEAD_MAX>("certificate", bytes) {
        same(wire::encode("certificate", &inside), bytes);
    }
}

/// A relay's address as people copy it. Capitals and blanks around it are forgiven, so only the meaning must stay.
pub fn relay_address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(address) = RelayAddress::from_str(text) {
        let written = address.to_string();
        assert!(RelayAddress::from_str(&written) == Ok(address), "{written}");
        assert!(written.len() <= text.len() + 2, "{written} from {text}");
    }
}

fn same<E>(again: Result<Vec<u8>, E>, bytes: &[u8]) {
    assert!(
        again.is_ok_and(|again| again == bytes),
        "accepted bytes are not the encoding of what they mean"
    );
}
