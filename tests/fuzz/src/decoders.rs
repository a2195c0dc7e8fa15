//! One function for each decoder: any bytes may come, none may panic, and what is accepted must be the one encoding of what
//! it means. The fuzz targets call these, and so does a test that runs the committed corpus on any compiler
//! (`tests/tests/corpus.rs`).

use std::str::FromStr;

use tidings_protocol::{
    blob::{BlobOpener, BlobRef},
    card::{CardFile, SignedCard},
    channel::{Assembled, Assembler, ChannelError, FirstMessage, Unit, clear_first},
    envelope::Envelope,
    exchange::{Answer, Frame, Request, frame},
    ids::SigningPublic,
    letter::Content,
    limits::{
        BLOB_REF_MAX, CELL_LEN, FRAME_BODY_MAX, FRAME_HEAD_MAX, MAILBAG_HEAD_LEN, MAILBAG_UNIT,
    },
    mailbag::{BagSet, Event, MailbagError, PartHead, Unpacker},
    notice::{NoticeForOthers, SignedNotice},
    owner::{OwnerAnswer, OwnerRequest},
    pair::{Pair, first_contact, rewritten_body},
    prekey::PrekeyRecord,
    relay_identity::{Certificate, RelayAddress, RootFingerprint, SignedCertificate},
    secret::Secret,
    suite::KemSecret,
    time::UnixTime,
    wire,
};
use tidings_relay::store::rewritten;

/// Takes any bytes; panics only if the decoder is wrong.
pub type Decoder = fn(&[u8]);

/// Every decoder by the name of its fuzz target.
pub const ALL: [(&str, Decoder); 22] = [
    ("frame", frame),
    ("request", request),
    ("answer", answer),
    ("channel_first", channel_first),
    ("channel_units", channel_units),
    ("owner_request", owner_request),
    ("owner_answer", owner_answer),
    ("certificate", certificate),
    ("relay_address", relay_address),
    ("card", card),
    ("card_link", card_link),
    ("card_file", card_file),
    ("prekeys", prekeys),
    ("envelope", envelope),
    ("letter_body", letter_body),
    ("letter", letter),
    ("notice", notice),
    ("pair", pair),
    ("store_record", store_record),
    ("blob_chunk", blob_chunk),
    ("mailbag_head", mailbag_head),
    ("mailbag", mailbag),
];

/// A frame, whole cells with zero padding.
pub fn frame(bytes: &[u8]) {
    if let Ok(parsed) = Frame::parse(bytes) {
        let again = frame::build(parsed.head, parsed.body);
        assert!(again.is_ok_and(|again| again == bytes), "another frame");
    }
}

/// A client's first message in a WebSocket: taken as a hello in clear only if it is the one encoding of it, and as an opening
/// only if it was sealed to the relay's key.
pub fn channel_first(bytes: &[u8]) {
    let mut message = bytes.to_vec();
    match FirstMessage::parse(&mut message) {
        Ok(FirstMessage::Clear(unit)) => {
            assert!(
                clear_first(unit.number, unit.cell) == bytes,
                "another hello"
            );
        }
        Ok(FirstMessage::Opening(opening)) => {
            assert!(opening.online_key().0[..] == bytes[..32], "another key");
            let online = KemSecret::from_seed(Secret::new([0x22; 32]));
            assert!(opening.accept(&RootFingerprint([0; 32]), &online).is_err());
        }
        Err(_) => {}
    }
}

/// Units that were opened already, as frames are put together of them: for each a byte that is its number and the eight bytes
/// with which its cell begins.
pub fn channel_units(bytes: &[u8]) {
    let mut assembler = Assembler::new();
    let mut under_way = None;
    for [number, prefix @ ..] in bytes.as_chunks::<9>().0 {
        let mut cell = [0; CELL_LEN];
        cell[..8].copy_from_slice(prefix);
        let number = u32::from(*number);
        match assembler.push(Unit {
            number,
            cell: &cell,
        }) {
            Ok(Assembled::Growing { wire_len, .. }) => {
                assert!(wire_len <= FRAME_BODY_MAX + 2 * CELL_LEN, "{wire_len}");
                assert!(under_way.is_none_or(|under_way| under_way == number));
                under_way = Some(number);
            }
            Ok(Assembled::Whole { number: got, frame }) => {
                assert!(got == number && under_way.is_none_or(|under_way| under_way == number));
                under_way = None;
                self::frame(&frame);
            }
            Err(ChannelError::Interleaved { expected, got }) => {
                assert!(under_way == Some(expected) && got == number);
                return;
            }
            Err(_) => return,
        }
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

/// An office's card.
pub fn card(bytes: &[u8]) {
    if let Ok(card) = SignedCard::decode(bytes) {
        assert!(card.encode() == bytes, "another card");
        verify_card(&card);
    }
}

/// A card's link in the middle of any text.
pub fn card_link(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(card) = SignedCard::from_text(text) {
        assert!(SignedCard::from_text(&card.to_link()) == Ok(card.clone()));
        assert!(SignedCard::from_text(&card.to_qr_text()) == Ok(card.clone()));
        verify_card(&card);
    }
}

/// A verified card goes into every form and comes back.
fn verify_card(card: &SignedCard) {
    if let Ok(verified) = card.verify() {
        assert!(
            SignedCard::from_text(&card.to_link()).is_ok_and(|again| again == *verified.signed())
        );
    }
}

/// A card file: card and prekeys.
pub fn card_file(bytes: &[u8]) {
    if let Ok(file) = CardFile::decode(bytes) {
        assert!(file.encode() == bytes, "another card file");
        let _ = file.verify();
    }
}

/// A record of the prekey shelf.
pub fn prekeys(bytes: &[u8]) {
    if let Ok(record) = PrekeyRecord::decode(bytes) {
        assert!(record.encode() == bytes, "another prekey record");
        let _ = record.verify(&SigningPublic([1; 32]));
    }
}

/// An envelope, and a desk's look at it.
pub fn envelope(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::from_slice(bytes) {
        assert!(envelope.as_bytes() == bytes);
        let keys = first_contact::FirstLetterKeys {
            desk: &SigningPublic([1; 32]),
            prekeys: &[],
            invitations: &|_| None,
            seen: &|_| false,
        };
        assert!(first_contact::open(&envelope, &keys).is_err());
    }
}

/// What is inside a letter, behind the seal.
pub fn letter_body(bytes: &[u8]) {
    for again in rewritten_body(bytes).into_iter().flatten() {
        // A plaintext that comes out of an envelope has one length; here only the padding may be shorter or longer.
        let common = again.len().min(bytes.len());
        assert!(again[..common] == bytes[..common], "another body");
        let rest = again[common..].iter().chain(&bytes[common..]);
        assert!(rest.copied().all(|byte| byte == 0), "another length");
    }
}

/// The content of a letter: text, enclosures, answers.
pub fn letter(bytes: &[u8]) {
    if let Ok(letter) = Content::decode(bytes) {
        same(letter.encode(), bytes);
    }
}

/// A signed notice, for its family and for others.
pub fn notice(bytes: &[u8]) {
    if let Ok(notice) = SignedNotice::decode(bytes) {
        assert!(notice.encode() == bytes, "another notice");
    }
    if let Ok(notice) = NoticeForOthers::decode(bytes) {
        assert!(notice.encode() == bytes, "another notice for others");
        let _ = notice.verify(&SigningPublic([1; 32]));
    }
}

/// What both sides remember of each other, as stored.
pub fn pair(bytes: &[u8]) {
    if let Ok(pair) = Pair::from_bytes(bytes) {
        same(pair.to_bytes().map(|bytes| bytes.to_vec()), bytes);
        // A stored pair that decodes must also be safe to work with.
        let _ = (
            pair.window_left(),
            pair.received(),
            pair.expected_tags().count(),
        );
        let _ = pair.expire(UnixTime(2_000_000_000));
    }
}

/// What a relay's store keeps: the first byte chooses the kind of record.
pub fn store_record(bytes: &[u8]) {
    if let Some((&kind, record)) = bytes.split_first()
        && let Some(again) = rewritten::rewritten(kind % rewritten::KINDS, record)
    {
        assert!(again == record, "another record");
    }
}

fn same<E>(again: Result<Vec<u8>, E>, bytes: &[u8]) {
    assert!(
        again.is_ok_and(|again| again == bytes),
        "accepted bytes are not the encoding of what they mean"
    );
}

/// The head of a part of a mailbag.
pub fn mailbag_head(bytes: &[u8]) {
    let Ok(head) = <&[u8; MAILBAG_HEAD_LEN]>::try_from(bytes) else {
        return;
    };
    if let Ok(read) = PartHead::decode(head) {
        assert!(read.encode() == *head, "another head");
        let layout = read.layout;
        assert!(layout.range(layout.count()).end == layout.payload());
    }
}

/// The name of a mailbag and its payload without the zeros at its end, in pieces of the length in the first byte.
pub fn mailbag(bytes: &[u8]) {
    let Some((&piece, rest)) = bytes.split_first() else {
        return;
    };
    let Some((set, payload)) = rest.split_first_chunk::<32>() else {
        return;
    };
    let mut unpacker = Unpacker::new(BagSet(*set), MAILBAG_UNIT);
    let mut payload = payload.to_vec();
    payload.resize(
        usize::try_from(MAILBAG_UNIT)
            .unwrap_or(0)
            .max(payload.len()),
        0,
    );
    let mut entries = 0_u64;
    let unpacked = payload
        .chunks(usize::from(piece).max(1) * 64)
        .try_for_each(|bytes| {
            unpacker.push(bytes, &mut |event| {
                if let Event::Entry { entry, body, .. } = event {
                    assert!(entry.is_body(body), "another body");
                    entries += 1;
                }
                Ok::<_, MailbagError>(())
            })
        });
    if unpacked.is_ok()
        && let Ok(contents) = unpacker.finish()
    {
        assert!(contents.entries() == entries, "another number of entries");
    }
}

/// A blob's reference behind its length in one byte, and a chunk as a relay might give it out.
pub fn blob_chunk(bytes: &[u8]) {
    let Some((&len, rest)) = bytes.split_first() else {
        return;
    };
    let Some((reference, chunk)) = rest.split_at_checked(usize::from(len)) else {
        return;
    };
    let Ok(blob) = wire::decode::<BlobRef, BLOB_REF_MAX>("blob reference", reference) else {
        return;
    };
    same(wire::encode("blob reference", &blob), reference);
    // A size over the limit is refused here.
    let (Ok(plan), Ok(mut opener)) = (blob.plan(), BlobOpener::new(&blob)) else {
        return;
    };
    let last = plan.total() - 1;
    for index in [0, last, last + 1] {
        let _ = opener.open_chunk(index, chunk.to_vec());
    }
}
