//! What it costs to turn one word into another, in hundredths of a wrong letter (NAMES-9, NAMES-10).
//!
//! A Damerau–Levenshtein distance (optimal string alignment) with prices: sounds that tables, ears and pens confuse are
//! cheap to exchange, neighbouring keys cheaper than far ones.

use std::sync::LazyLock;

use crate::{
    keyboard::neighbours,
    sounds::{
        A, B, CH, D, E, F, G, H, I, J, K, L, M, N, O, P, R, S, SH, SHCH, SOUND_KINDS, T, TS, U, V,
        X, YA, YE, YO, YU, Z, ZH, is_vowel,
    },
};

/// Price of one letter that is wrong, missing or too many.
pub(crate) const LETTER: u32 = 100;
/// Price of two neighbouring letters in the wrong order.
const EXCHANGED: u32 = 70;
/// Price of a neighbouring key.
const NEIGHBOUR: u32 = 70;
/// Price of a doubled letter.
const DOUBLED: u32 = 20;
/// Longest row that is compared; longer ones are cut.
pub(crate) const ROW_MAX: usize = 32;

/// Pairs of sounds that are confused, and their price.
const CONFUSED: [(u8, u8, u32); 50] = [
    // Tables: the same letter written in different ways.
    (I, J, 10),
    (E, YE, 5),
    (E, YO, 10),
    (YE, YO, 10),
    (O, YO, 20),
    (A, YA, 25),
    (U, YU, 25),
    (G, H, 5),
    (H, X, 10),
    (H, K, 70),
    (I, YE, 30),
    (J, YE, 30),
    // Languages and ears: Білий and Белый, Кобиляк and Кобеляк, безударные гласные.
    (E, I, 35),
    (A, O, 35),
    (YA, YE, 35),
    (YA, E, 45),
    (YA, I, 60),
    (I, O, 60),
    (O, U, 60),
    (A, E, 65),
    (I, YU, 70),
    (U, V, 50),
    (I, YA, 60),
    // Voiced and voiceless.
    (B, P, 50),
    (D, T, 50),
    (G, K, 55),
    (V, F, 30),
    (Z, S, 45),
    (ZH, SH, 50),
    // Neighbours in the mouth.
    (G, X, 40),
    (K, X, 45),
    (S, TS, 50),
    (Z, TS, 70),
    (T, TS, 60),
    (K, TS, 55),
    (CH, TS, 60),
    (CH, SH, 50),
    (CH, SHCH, 50),
    (SH, SHCH, 30),
    (S, SH, 60),
    (Z, ZH, 55),
    (S, SHCH, 75),
    (CH, T, 75),
    (ZH, D, 80),
    (ZH, G, 75),
    (CH, X, 60),
    (M, N, 65),
    (L, R, 75),
    (L, V, 75),
    (F, T, 80),
];

static SOUND_PRICES: LazyLock<[[u8; SOUND_KINDS]; SOUND_KINDS]> = LazyLock::new(|| {
    let mut prices = [[100_u8; SOUND_KINDS]; SOUND_KINDS];
    for (sound, row) in prices.iter_mut().enumerate() {
        row[sound] = 0;
    }
    for (one, other, price) in CONFUSED {
        let price = u8::try_from(price).unwrap_or(100);
        prices[usize::from(one)][usize::from(other)] = price;
        prices[usize::from(other)][usize::from(one)] = price;
    }
    prices
});

/// The distance of two rows of sounds, in hundredths; `None` when it is above the limit.
pub(crate) fn between_sounds(one: &[u8], other: &[u8], limit: u32) -> Option<u32> {
    let prices = &*SOUND_PRICES;
    distance(
        one,
        other,
        limit,
        |a, b| u32::from(prices[usize::from(a)][usize::from(b)]),
        |row, at| {
            let sound = row[at];
            let before = at.checked_sub(1).map(|before| row[before]);
            if before == Some(sound) {
                DOUBLED
            } else if sound == J {
                15
            } else if sound == I && row.get(at + 1).is_some_and(|next| is_vowel(*next)) {
                30
            } else {
                LETTER
            }
        },
    )
}

/// The distance of two words of one script, letter by letter, in hundredths; `None` when it is above the limit.
pub(crate) fn between_letters(one: &[char], other: &[char], limit: u32) -> Option<u32> {
    distance(one, other, limit, letter_price, |row, at| match row[at] {
        'ь' | 'ъ' | '\'' => 15,
        letter if at > 0 && row[at - 1] == letter => DOUBLED,
        _ => LETTER,
    })
}

fn letter_price(one: char, other: char) -> u32 {
    let (low, high) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    match (low, high) {
        _ if low == high => 0,
        ('г', 'ґ') | ('е', 'ё' | 'є') | ('ё', 'є') | ('и', 'й' | 'ы' | 'і') | ('ы', 'і') => {
            10
        }
        ('э', 'ё' | 'є') | ('е', 'э') | ('й' | 'і', 'і' | 'ї') | ('ъ', 'ь') | ('\'', 'ь' | 'ъ') => {
            10
        }
        ('е', 'и' | 'і') | ('а', 'о') | ('е', 'я') => 40,
        ('б', 'п') | ('д', 'т') | ('з', 'с') | ('в', 'ф') | ('ш', 'щ') | ('г', 'х') => {
            50
        }
        _ if neighbours(low, high) => NEIGHBOUR,
        _ => LETTER,
    }
}

/// Optimal string alignment over at most [`ROW_MAX`] places, stopped as soon as a whole line is above the limit.
fn distance<T: Copy + PartialEq>(
    one: &[T],
    other: &[T],
    limit: u32,
    exchange: impl Fn(T, T) -> u32,
    single: impl Fn(&[T], usize) -> u32,
) -> Option<u32> {
    let one = &one[..one.len().min(ROW_MAX)];
    let other = &other[..other.len().min(ROW_MAX)];
    let mut before_last = [0_u32; ROW_MAX + 1];
    let mut last = [0_u32; ROW_MAX + 1];
    let mut line = [0_u32; ROW_MAX + 1];
    for column in 0..other.len() {
        last[column + 1] = last[column] + single(other, column);
    }
    for row in 0..one.len() {
        let removed = single(one, row);
        line[0] = last[0] + removed;
        let mut least = line[0];
        for column in 0..other.len() {
            let mut price = (last[column] + exchange(one[row], other[column]))
                .min(last[column + 1] + removed)
                .min(line[column] + single(other, column));
            if row > 0
                && column > 0
                && one[row] == other[column - 1]
                && one[row - 1] == other[column]
                && one[row] != one[row - 1]
            {
                price = price.min(before_last[column - 1] + EXCHANGED);
            }
            line[column + 1] = price;
            least = least.min(price);
        }
        // A later exchange of neighbours reaches back two lines, so both must be above the limit.
        if least > limit && last[..=other.len()].iter().all(|price| *price > limit) {
            return None;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut line);
    }
    let whole = last[other.len()];
    (whole <= limit).then_some(whole)
}
