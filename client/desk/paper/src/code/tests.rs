//! Payloads and symbols: what opens, what is refused, and the frozen vectors in `tests/vectors/paper/`.
//!
//! `TIDINGS_WRITE_VECTORS=1` writes them; otherwise every byte must be the same. A changed file is a format change.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use proptest::prelude::*;

use super::*;

fn key(byte: u8) -> CodeKey {
    CodeKey::new([byte; 32])
}

fn page_code() -> impl Strategy<Value = PageCode> {
    (
        1..=crate::number::VALUE_MAX,
        prop_oneof![Just(PageKind::Reply), Just(PageKind::Letter)],
        prop_oneof![Just(Paper::A4), Just(Paper::A5)],
        (1..=PAGES_MAX).prop_flat_map(|pages| (1..=pages, Just(pages))),
    )
        .prop_map(|(number, kind, paper, (page, pages))| {
            PageCode::new(SheetNumber::new(number).unwrap(), kind, paper, page, pages).unwrap()
        })
}

fn corner() -> impl Strategy<Value = Corner> {
    prop_oneof![Just(Corner::TopRight), Just(Corner::BottomLeft)]
}

proptest! {
    // PAPER-5
    #[test]
    fn a_sealed_code_opens_to_itself(code in page_code(), corner in corner(), byte: u8) {
        let payload = code.seal(corner, &key(byte));
        prop_assert_eq!(PageCode::open(&payload, &[key(!byte), key(byte)]), Ok((code, corner)));
    }

    // PAPER-7
    #[test]
    fn no_damage_passes(
        code in page_code(),
        corner in corner(),
        damage in proptest::collection::vec((0..CODE_LEN, 1..=u8::MAX), 1..4),
    ) {
        let whole = code.seal(corner, &key(7));
        let mut payload = whole;
        for (place, change) in damage {
            payload[place] ^= change;
        }
        prop_assert_eq!(PageCode::open(&payload, &[key(7)]).is_ok(), payload == whole);
    }

    #[test]
    fn nothing_read_panics_or_routes(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(PageCode::open(&bytes, &[key(1), key(2)]).is_err());
        prop_assert!(PageCode::open(&bytes, &[]).is_err());
    }

    // PAPER-8
    #[test]
    fn any_payload_has_a_symbol_and_comes_back(payload: [u8; CODE_LEN]) {
        let modules = symbol(&payload).concat();
        prop_assert_eq!(DataMatrix::decode(&modules, MODULES).unwrap(), payload.to_vec());
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let code = PageCode::new(
        SheetNumber::new(12_345_678).unwrap(),
        PageKind::Reply,
        Paper::A4,
        2,
        3,
    )
    .unwrap();
    for corner in Corner::ALL {
        let whole = code.seal(corner, &key(7));
        for bit in 0..CODE_LEN * 8 {
            let mut payload = whole;
            payload[bit / 8] ^= 1 << (bit % 8);
            assert!(PageCode::open(&payload, &[key(7)]).is_err(), "bit {bit}");
        }
    }
}

/// The upper left module is black, the upper right one white: the corner from which readers take the orientation.
#[test]
fn the_solid_sides_are_left_and_below() {
    let modules = symbol(&[0x5a; CODE_LEN]);
    assert!(modules.iter().all(|row| row[0]));
    assert!(modules[MODULES - 1].iter().all(|module| *module));
    assert!(!modules[0][MODULES - 1]);
}

#[test]
fn keys_do_not_print() {
    let key = CodeKey::new([0xab; 32]);
    assert!(!format!("{key:?}").contains("abab"));
}

/// Payloads that a reader meets, and what must come of them.
fn cases() -> Vec<(&'static str, &'static str, CodeKey, Vec<u8>)> {
    let office = CodeKey::new(std::array::from_fn(|index| u8::try_from(index).unwrap()));
    let code = |number, kind, paper, page, pages| {
        PageCode::new(SheetNumber::new(number).unwrap(), kind, paper, page, pages).unwrap()
    };
    let first = code(12_345_678, PageKind::Reply, Paper::A4, 1, 2);
    let proven = |change: &dyn Fn(&mut [u8])| {
        let mut payload = first.seal(Corner::TopRight, &office).to_vec();
        change(&mut payload);
        let mac = office.mac(PROOF_LABEL, &payload[..SIGNED_LEN]).finalize();
        payload[SIGNED_LEN..].copy_from_slice(&mac.into_bytes()[..PROOF_LEN]);
        payload
    };
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut payload = first.seal(Corner::TopRight, &office).to_vec();
        change(&mut payload);
        payload
    };
    let sealed = |code: PageCode, corner| code.seal(corner, &office).to_vec();
    let cases = vec![
        (
            "paper_reply_top",
            "The first page of a reply sheet, upper right corner.",
            sealed(first, Corner::TopRight),
        ),
        (
            "paper_reply_bottom",
            "The same page, lower left corner.",
            sealed(first, Corner::BottomLeft),
        ),
        (
            "paper_letter_a5_last",
            "The last page of the longest letter, on A5, with the largest number.",
            sealed(
                code(99_999_999, PageKind::Letter, Paper::A5, 40, 40),
                Corner::BottomLeft,
            ),
        ),
        (
            "paper_version_unknown",
            "A version that nobody has written yet.",
            proven(&|payload| payload[0] = 0x21),
        ),
        (
            "paper_kind_unknown",
            "A proven code of a kind that nobody has written yet.",
            proven(&|payload| payload[0] = 0x1f),
        ),
        (
            "paper_page_zero",
            "Proven, but pages are counted from 1.",
            proven(&|payload| payload[8] = 0),
        ),
        (
            "paper_page_beyond",
            "Proven, but page 3 of 2.",
            proven(&|payload| payload[8] = 3),
        ),
        (
            "paper_pages_reserved_bit",
            "Proven, but the high bits of the number of pages are kept for later.",
            proven(&|payload| payload[9] = 0x42),
        ),
        (
            "paper_number_zero",
            "Proven, but numbers are counted from 1.",
            proven(&|payload| payload[4..8].fill(0)),
        ),
        (
            "paper_number_beyond",
            "Proven, but nine digits.",
            proven(&|payload| payload[4..8].copy_from_slice(&100_000_000_u32.to_be_bytes())),
        ),
        (
            "paper_proof_flipped",
            "One bit of the proof is wrong.",
            changed(&|payload| payload[15] ^= 1),
        ),
        (
            "paper_number_flipped",
            "One bit of the number is wrong: the proof does not hold.",
            changed(&|payload| payload[7] ^= 1),
        ),
        (
            "paper_another_office",
            "A code of an office with another key.",
            first.seal(Corner::TopRight, &key(9)).to_vec(),
        ),
        (
            "paper_another_office_posing",
            "A code of an office with another key, under the tag of this one.",
            changed(&|payload| {
                let other = first.seal(Corner::TopRight, &key(9));
                payload[4..].copy_from_slice(&other[4..]);
            }),
        ),
        (
            "paper_truncated",
            "A byte is missing.",
            changed(&|payload| payload.truncate(15)),
        ),
        (
            "paper_trailing_byte",
            "A byte too many.",
            changed(&|payload| payload.push(0)),
        ),
    ];
    cases
        .into_iter()
        .map(|(name, note, payload)| (name, note, office.clone(), payload))
        .collect()
}

fn outcome(payload: &[u8], key: &CodeKey) -> String {
    match PageCode::open(payload, std::slice::from_ref(key)) {
        Ok((code, corner)) => {
            let mut text = String::from("outcome: good\n");
            writeln!(text, "number: {}", code.number()).unwrap();
            writeln!(text, "kind: {:?}", code.kind()).unwrap();
            writeln!(text, "paper: {:?}", code.paper()).unwrap();
            writeln!(text, "page: {} of {}", code.page(), code.pages()).unwrap();
            writeln!(text, "corner: {corner:?}").unwrap();
            for row in symbol(payload.try_into().unwrap()) {
                let row: String = row
                    .iter()
                    .map(|black| if *black { '#' } else { '.' })
                    .collect();
                writeln!(text, "symbol: {row}").unwrap();
            }
            text
        }
        Err(error) => format!("outcome: {}\n", error.code()),
    }
}

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/paper")
}

#[test]
fn frozen_payloads_stay_as_they_are() {
    let mut expected = BTreeMap::new();
    for (name, note, key, payload) in cases() {
        let mut text = format!("# {note}\n");
        writeln!(text, "key: {}", hex::encode(*key.0)).unwrap();
        writeln!(text, "tag: {}", key.tag()).unwrap();
        writeln!(text, "payload: {}", hex::encode(&payload)).unwrap();
        text.push_str(&outcome(&payload, &key));
        expected.insert(format!("{name}.txt"), text);
    }
    let mut numbers = String::from("# Values and the numbers that people read.\n");
    for value in [1, 2, 33, 97, 98, 12_345_678, 50_000_000, 99_999_999] {
        writeln!(numbers, "{value}: {}", SheetNumber::new(value).unwrap()).unwrap();
    }
    expected.insert("paper_numbers.txt".into(), numbers);

    if std::env::var_os("TIDINGS_WRITE_VECTORS").is_some() {
        fs::create_dir_all(vectors()).unwrap();
        for (name, text) in &expected {
            fs::write(vectors().join(name), text).unwrap();
        }
    }
    let found: BTreeMap<String, String> = fs::read_dir(vectors())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    assert_eq!(found, expected);
}

/// Opens the files as a stranger would: by what is written in them, not by what we would write.
#[test]
fn frozen_payloads_open_as_their_files_say() {
    let mut seen = 0;
    for entry in fs::read_dir(vectors()).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let Some(key) = field("key") else { continue };
        let key = CodeKey::new(hex::decode(key).unwrap().try_into().unwrap());
        assert_eq!(key.tag().to_string(), field("tag").unwrap());
        let payload = hex::decode(field("payload").unwrap()).unwrap();
        let (_, expected) = text.split_once("outcome").unwrap();
        assert_eq!(outcome(&payload, &key), format!("outcome{expected}"));
        seen += 1;
    }
    assert!(seen >= 16, "only {seen} vectors were read");
}
