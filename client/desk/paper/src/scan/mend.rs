//! Reads what is left of a symbol that somebody has written over (PAPER-12).
//!
//! Fourteen codewords of correction mend seven that are wrong, or fourteen of which it is known that they may be. Ink over a module
//! shows: part of it is darker than the rest. So codewords are struck out, the most doubtful first, until what remains makes a code
//! that is proven. The office's tag and the kind of page are known beforehand, and need not be read at all.

use std::sync::LazyLock;

use datamatrix::{DataMatrix, SymbolSize, data::decode_data, placement::MatrixMap};

use crate::{
    code::{CodeKey, MODULES, PageCode, PageKind},
    geometry::{Corner, Paper},
    number::SheetNumber,
};

/// Codewords of a symbol of 18 × 18 modules, and how many of them correct the others (PAPER-8).
pub(crate) const CODEWORDS: usize = 32;
const CORRECTION: usize = 14;

/// Codewords as they were read.
pub(crate) struct Damaged {
    pub(crate) words: [u8; CODEWORDS],
    /// How doubtful each is: compared with each other only.
    pub(crate) doubts: [f64; CODEWORDS],
}

/// Codewords that are known before anything is read, by place; others are none.
pub(crate) type Foreknown = [Option<u8>; CODEWORDS];

impl Damaged {
    /// From the modules, row by row: whether each is dark, and how doubtful that is.
    pub(crate) fn of(dark: &[bool], doubts: &[f64]) -> Self {
        let of_module = |module: &usize| doubts.get(*module).copied().unwrap_or(1.0);
        Self {
            words: std::array::from_fn(|word| {
                PLACES[word].iter().fold(0, |bits, module| {
                    bits << 1 | u8::from(dark.get(*module).copied().unwrap_or(false))
                })
            }),
            // One wrong module spoils the word; of two words as bad as each other, the one with more of it goes first.
            doubts: std::array::from_fn(|word| {
                let modules = PLACES[word].iter().map(of_module);
                modules.clone().fold(0.0, f64::max) + 0.1 * modules.sum::<f64>()
            }),
        }
    }

    /// What the symbol may say: each way to strike out codewords that leaves something whole. Most of it is nonsense.
    pub(crate) fn readings(&self, foreknown: &[Foreknown]) -> impl Iterator<Item = Vec<u8>> {
        let unknown: Foreknown = [None; CODEWORDS];
        std::iter::once(unknown)
            .chain(foreknown.iter().copied())
            .flat_map(move |known| {
                let mut words = self.words;
                for (word, known) in words.iter_mut().zip(&known) {
                    *word = known.unwrap_or(*word);
                }
                let mut order: Vec<usize> = (0..CODEWORDS)
                    .filter(|word| known[*word].is_none())
                    .collect();
                order.sort_by(|one, other| self.doubts[*other].total_cmp(&self.doubts[*one]));
                (0..=CORRECTION).filter_map(move |struck| {
                    let mut mended = words;
                    let struck = order.get(..struck)?;
                    correct(&mut mended, struck).then_some(mended)
                })
            })
            .filter_map(|mended| decode_data(&mended[..CODEWORDS - CORRECTION]).ok())
    }
}

/// What the codes of these offices have in common at this corner, for each key and each kind of page.
pub(crate) fn foreknown(keys: &[CodeKey], paper: Paper, corner: Corner) -> Vec<Foreknown> {
    let mut all = Vec::new();
    for key in keys {
        for kind in [PageKind::Reply, PageKind::Letter] {
            // Codes that share nothing but what is sought.
            let samples = [
                (11_111_111, 1, 1),
                (98_765_432, 2, 2),
                (4_242, 3, 4),
                (70_000_001, 5, 40),
            ];
            let words: Vec<Vec<u8>> = samples
                .into_iter()
                .filter_map(|(number, page, pages)| {
                    let number = SheetNumber::new(number).ok()?;
                    let code = PageCode::new(number, kind, paper, page, pages).ok()?;
                    let symbol = DataMatrix::encode(&code.seal(corner, key), SymbolSize::Square18);
                    Some(symbol.ok()?.codewords().to_vec())
                })
                .collect();
            all.push(std::array::from_fn(|place| {
                let mut at_place = words.iter().map(|words| words.get(place).copied());
                let first = at_place.next().flatten()?;
                at_place.all(|word| word == Some(first)).then_some(first)
            }));
        }
    }
    all
}

/// The modules of each codeword, highest bit first, counted row by row over the whole symbol.
static PLACES: LazyLock<[[usize; 8]; CODEWORDS]> = LazyLock::new(|| {
    let size = SymbolSize::Square18;
    let bits = |words: &[u8]| {
        MatrixMap::<bool>::new_with_codewords(words, size)
            .bitmap()
            .bits()
            .to_vec()
    };
    let none = bits(&[0; CODEWORDS]);
    std::array::from_fn(|word| {
        std::array::from_fn(|bit| {
            let mut words = [0; CODEWORDS];
            words[word] = 0x80 >> bit;
            let lit = bits(&words);
            // One module differs from the empty symbol.
            let differs = lit.iter().zip(&none).position(|(lit, none)| lit != none);
            differs.unwrap_or(MODULES * MODULES)
        })
    })
});

/// Powers of 2 in the field of 256 elements that Data Matrix uses (modulus 0x12D), twice, and their logarithms.
static FIELD: ([u8; 510], [u8; 256]) = {
    let (mut powers, mut logs) = ([0; 510], [0; 256]);
    let mut power = 1_u16;
    let mut place = 0;
    while place < 255 {
        powers[place] = power as u8;
        powers[place + 255] = power as u8;
        logs[power as usize] = place as u8;
        power <<= 1;
        if power > 255 {
            power ^= 0x12d;
        }
        place += 1;
    }
    (powers, logs)
};

fn power(of_two: usize) -> u8 {
    FIELD.0[of_two % 255]
}

fn times(one: u8, other: u8) -> u8 {
    if one == 0 || other == 0 {
        return 0;
    }
    FIELD.0[usize::from(FIELD.1[usize::from(one)]) + usize::from(FIELD.1[usize::from(other)])]
}

/// One divided by this, which must not be nought.
fn inverse(of: u8) -> u8 {
    power(255 - usize::from(FIELD.1[usize::from(of)]))
}

/// The value of a polynomial, its lowest coefficient first.
fn value(polynomial: &[u8], at: u8) -> u8 {
    polynomial
        .iter()
        .rev()
        .fold(0, |sum, coefficient| times(sum, at) ^ coefficient)
}

/// `sum += factor × polynomial`, the sum grown as needed.
fn add(sum: &mut Vec<u8>, polynomial: &[u8], factor: u8) {
    if sum.len() < polynomial.len() {
        sum.resize(polynomial.len(), 0);
    }
    for (sum, coefficient) in sum.iter_mut().zip(polynomial) {
        *sum ^= times(*coefficient, factor);
    }
}

/// The word read as a polynomial, highest coefficient first, at the powers 1 to 14 of two: all nought if nothing is wrong.
fn syndromes(words: &[u8; CODEWORDS]) -> [u8; CORRECTION] {
    std::array::from_fn(|place| {
        words
            .iter()
            .fold(0, |sum, word| times(sum, power(place + 1)) ^ word)
    })
}

/// Reed-Solomon decoding with erasures (Blahut, "Algebraic Codes for Data Transmission", 7.4): `e` wrong codewords elsewhere and `s` struck
/// ones are mended as long as `2e + s` is at most 14. `false`, and rubbish in `words`, where that cannot be.
fn correct(words: &mut [u8; CODEWORDS], struck: &[usize]) -> bool {
    let syndromes = syndromes(words);
    if syndromes == [0; CORRECTION] {
        return true;
    }
    let locator_of = |word: usize| power(CODEWORDS - 1 - word);
    // The product of (1 - X x) over what is struck.
    let mut locator = vec![1];
    for word in struck {
        let mut shifted = locator.clone();
        shifted.insert(0, 0);
        add(&mut locator, &shifted, locator_of(*word));
    }
    let mut before = locator.clone();
    let mut length = struck.len();
    for round in struck.len() + 1..=CORRECTION {
        before.insert(0, 0);
        let discrepancy = (0..=length.min(round - 1)).fold(0, |sum, place| {
            let coefficient = locator.get(place).copied().unwrap_or(0);
            sum ^ times(coefficient, syndromes[round - 1 - place])
        });
        if discrepancy == 0 {
            continue;
        }
        let mut next = locator.clone();
        add(&mut next, &before, discrepancy);
        if 2 * length < round + struck.len() {
            before.clear();
            add(&mut before, &locator, inverse(discrepancy));
            length = round + struck.len() - length;
        }
        locator = next;
    }
    let wrong: Vec<usize> = (0..CODEWORDS)
        .filter(|word| value(&locator, inverse(locator_of(*word))) == 0)
        .collect();
    if wrong.len() != length {
        return false;
    }
    // Forney: what to add at each place.
    let mut evaluator = [0; CORRECTION];
    for (place, sum) in evaluator.iter_mut().enumerate() {
        for (lower, coefficient) in locator.iter().enumerate().take(place + 1) {
            *sum ^= times(*coefficient, syndromes[place - lower]);
        }
    }
    // In this field the derivative keeps the odd coefficients, one place lower, and loses the even ones.
    let derivative: Vec<u8> = locator
        .iter()
        .enumerate()
        .skip(1)
        .map(|(place, coefficient)| if place % 2 == 1 { *coefficient } else { 0 })
        .collect();
    for word in wrong {
        let at = inverse(locator_of(word));
        let slope = value(&derivative, at);
        if slope == 0 {
            return false;
        }
        words[word] ^= times(value(&evaluator, at), inverse(slope));
    }
    self::syndromes(words) == [0; CORRECTION]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    fn encoded(bytes: &[u8; 16]) -> [u8; CODEWORDS] {
        let symbol = DataMatrix::encode(bytes, SymbolSize::Square18).unwrap();
        symbol.codewords().try_into().unwrap()
    }

    fn key() -> CodeKey {
        CodeKey::new([3; 32])
    }

    proptest! {
        /// PAPER-8: as many as the correction can mend, wherever they are and whatever they say.
        #[test]
        fn errors_and_struck_words_are_mended(
            bytes in any::<[u8; 16]>(),
            places in Just((0..CODEWORDS).collect::<Vec<usize>>()).prop_shuffle(),
            noise in proptest::collection::vec(1..=255_u8, CODEWORDS),
            struck in 0..=CORRECTION,
        ) {
            let whole = encoded(&bytes);
            let errors = (CORRECTION - struck) / 2;
            let mut words = whole;
            for place in &places[..struck + errors] {
                words[*place] ^= noise[*place];
            }
            prop_assert!(correct(&mut words, &places[..struck]));
            prop_assert_eq!(words, whole);
        }

        #[test]
        fn no_words_panic(words in any::<[u8; CODEWORDS]>(), struck in 0..CODEWORDS) {
            let struck: Vec<usize> = (0..struck.min(CORRECTION)).collect();
            let mut mended = words;
            if correct(&mut mended, &struck) {
                prop_assert_eq!(syndromes(&mended), [0; CORRECTION]);
            }
        }
    }

    #[test]
    fn modules_make_the_words_that_made_them() {
        let symbol = DataMatrix::encode(b"sixteen bytes ok", SymbolSize::Square18).unwrap();
        let bitmap = symbol.bitmap();
        let damaged = Damaged::of(bitmap.bits(), &[0.0; MODULES * MODULES]);
        assert_eq!(damaged.words.as_slice(), symbol.codewords());
    }

    /// PAPER-12: ten words are wrong, three more than the correction finds by itself; that they are doubtful is enough.
    #[test]
    fn doubt_mends_more_than_correction_alone() {
        let number = SheetNumber::new(31_415_926).unwrap();
        let code = PageCode::new(number, PageKind::Reply, Paper::A4, 1, 2).unwrap();
        let sealed = code.seal(Corner::TopRight, &key());
        let mut words = encoded(&sealed);
        let mut doubts = [0.1; CODEWORDS];
        for place in (0..CODEWORDS).step_by(3).take(10) {
            words[place] ^= 0x5a;
            doubts[place] = 0.9;
        }
        assert!(!correct(&mut { words }, &[]));
        let damaged = Damaged { words, doubts };
        assert!(damaged.readings(&[]).any(|bytes| bytes == sealed));
    }

    /// Ten words are wrong and look like any others; four of them say what is known beforehand.
    #[test]
    fn what_is_known_beforehand_need_not_be_read() {
        let number = SheetNumber::new(27_182_818).unwrap();
        let code = PageCode::new(number, PageKind::Letter, Paper::A5, 1, 1).unwrap();
        let corner = Corner::BottomLeft;
        let sealed = code.seal(corner, &key());
        let known = foreknown(&[key()], Paper::A5, corner);
        let whole = encoded(&sealed);
        let of_kind = &known[1];
        let places: Vec<usize> = (0..CODEWORDS)
            .filter(|place| of_kind[*place].is_some())
            .collect();
        assert!(places.len() >= 4, "{}", places.len());
        assert!(
            places
                .iter()
                .all(|place| of_kind[*place] == Some(whole[*place]))
        );
        let mut words = whole;
        let unknown = (0..CODEWORDS)
            .rev()
            .filter(|place| of_kind[*place].is_none());
        for place in places.iter().copied().take(4).chain(unknown.take(6)) {
            words[place] ^= 0x33;
        }
        let damaged = Damaged {
            words,
            doubts: [0.5; CODEWORDS],
        };
        assert!(!damaged.readings(&[]).any(|bytes| bytes == sealed));
        assert!(damaged.readings(&known).any(|bytes| bytes == sealed));
    }
}
